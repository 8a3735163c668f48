//! Who gets events: each reader has a queue of its own.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::oneshot;

use super::event::Event;
use super::queue::{Filter, Queue, QueueCounters, QueueLimits};
use crate::error::{Error, ErrorKind, Result, said};
use crate::protocol::{Batch, Message, Skipped};

/// What a source can tell beside what others have named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A server: events of any name, and the markers of a link.
    Server,
    /// What comes in at a gateway, which libami has named alone.
    Inbox,
}

impl Source {
    /// Refuses names that can never come.
    fn check(self, filter: &Filter) -> Result<()> {
        match self {
            Source::Server => match filter.find_name(|name| name.starts_with('#') && !LINK.contains(&name)) {
                None => Ok(()),
                Some(name) if INBOX.contains(&name) => Err(Error::invalid(format!(
                    "{name} is an event of an inbox, not of a client's events: subscribe to incoming SMS, or to a gateway; a \
                     client tells events of the server and {}",
                    LINK.join(", ")
                ))),
                Some(name) => Err(Error::invalid(format!(
                    "nothing is ever named {:?}; a client tells events of the server and {}",
                    said(name.as_bytes()),
                    LINK.join(", ")
                ))),
            },
            Source::Inbox => match filter.find_name(|name| !INBOX.contains(&name)) {
                None => Ok(()),
                Some(name) => Err(Error::invalid(format!(
                    "a gateway tells nothing named {:?}; it tells {}",
                    said(name.as_bytes()),
                    INBOX.join(", ")
                ))),
            },
        }
    }
}

/// The markers of a link.
const LINK: [&str; 4] = ["#lagged", "#gap", "#state", "#skipped"];
/// All that comes in at a gateway.
const INBOX: [&str; 7] = ["#sms", "#report", "#ussd", "#unreadable", "#gap", "#lagged", "#state"];

/// Hands out the events of one source.
pub(crate) struct Hub {
    limits: QueueLimits,
    source: Source,
    readers: Mutex<Readers>,
    /// Let go of with the last reader, for a source that is there for them alone.
    _last: Option<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Readers {
    /// Replaced as a whole, so that events are handed out without the lock: a reader that is woken may go away.
    queues: Arc<[Arc<Queue>]>,
    end: Option<Error>,
    /// The marker before the end, for those who come later.
    last: Option<Message>,
}

impl Hub {
    /// One of a server's events. The limits are those of each reader's queue.
    pub fn new(limits: QueueLimits) -> Arc<Hub> {
        Arc::new(Hub { limits, source: Source::Server, readers: Mutex::default(), _last: None })
    }

    /// One of what comes in at a gateway. Its source learns when nobody reads any more: the receiver is let go of then.
    pub fn watched(limits: QueueLimits) -> (Arc<Hub>, oneshot::Receiver<()>) {
        let (sender, last) = oneshot::channel();
        (Arc::new(Hub { limits, source: Source::Inbox, readers: Mutex::default(), _last: Some(sender) }), last)
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn publish(&self, batch: &Batch) {
        let queues = Arc::clone(&self.readers().queues);
        queues.iter().for_each(|queue| queue.push(batch));
    }

    /// What is neither an event nor an answer goes to those who read pieces; the others are told how much it was.
    pub fn publish_strays(&self, messages: &Batch, skipped: Skipped) {
        let queues = Arc::clone(&self.readers().queues);
        queues.iter().for_each(|queue| queue.push_strays(messages, skipped));
    }

    pub fn mark(&self, marker: &Message) {
        let queues = Arc::clone(&self.readers().queues);
        queues.iter().for_each(|queue| queue.mark(marker));
    }

    /// No more will come, but for this marker, for this reason.
    pub fn end_with(&self, last: Option<&Message>, reason: &Error) {
        let queues = {
            let mut readers = self.readers();
            if readers.end.is_none() {
                (readers.end, readers.last) = (Some(reason.clone()), last.cloned());
            }
            std::mem::take(&mut readers.queues)
        };
        for queue in &*queues {
            last.iter().for_each(|marker| queue.mark(marker));
            queue.end(reason);
        }
    }

    /// Why no more will come, if so.
    pub fn ended(&self) -> Option<Error> {
        self.readers().end.clone()
    }

    /// Where the source was lost for good the subscription has ended, and says why; one that was closed takes no more.
    pub fn subscribe(hub: &Arc<Hub>, filter: Filter) -> Result<Subscription> {
        hub.source.check(&filter)?;
        let queue = Arc::new(Queue::new(filter, hub.limits));
        let mut readers = hub.readers();
        match &readers.end {
            Some(reason) if reason.kind() == ErrorKind::Closed => return Err(reason.clone()),
            Some(reason) => {
                readers.last.iter().for_each(|marker| queue.mark(marker));
                queue.end(reason);
            }
            None => readers.queues = readers.queues.iter().chain([&queue]).cloned().collect(),
        }
        drop(readers);
        Ok(Subscription { queue, hub: Arc::clone(hub), batch: None })
    }
}

/// A bounded queue of events. It may outlive its client: what waits can still be read, then it has ended.
pub struct Subscription {
    queue: Arc<Queue>,
    hub: Arc<Hub>,
    batch: Option<Batch>,
}

impl Subscription {
    #[cfg(feature = "blocking")]
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// The next event or marker; waits for it.
    ///
    /// # Errors
    /// Why the subscription has ended: [`ErrorKind::Closed`], [`ErrorKind::Disconnected`] and others.
    pub async fn next(&mut self) -> Result<Event> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What waits now, at least one event; waits for it. The cheapest way to read many.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub async fn next_batch(&mut self) -> Result<Batch> {
        if let Some(batch) = self.batch.take().filter(|batch| !batch.is_empty()) {
            return Ok(batch);
        }
        std::future::poll_fn(|cx| self.queue.poll(cx)).await
    }

    /// Polls for the next event.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event>> {
        loop {
            if let Some(event) = self.batch.as_mut().and_then(Batch::pop) {
                return Poll::Ready(Ok(event));
            }
            self.batch = None;
            match self.queue.poll(cx) {
                Poll::Ready(Ok(batch)) => self.batch = Some(batch),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// The next event, if one waits.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub fn try_next(&mut self) -> Result<Option<Event>> {
        let mut next = pin!(self.next());
        match next.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result.map(Some),
            Poll::Pending => Ok(None),
        }
    }

    /// What went through it so far. Events that were taken together and not read yet count as waiting.
    pub fn counters(&self) -> QueueCounters {
        self.queue.counters().untaken(&self.batch)
    }

    /// Ends the subscription; what waits is discarded.
    pub fn close(&mut self) {
        self.batch = None;
        self.queue.discard();
        let mut readers = self.hub.readers();
        readers.queues = readers.queues.iter().filter(|queue| !Arc::ptr_eq(queue, &self.queue)).cloned().collect();
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
