//! Who gets events: each reader has a queue of its own.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::oneshot;

use super::Event;
use super::config::QueueLimits;
use super::queue::{Filter, Queue, QueueCounters};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{Batch, Message, Skipped};

/// Hands out the events of one source.
pub(crate) struct Hub {
    limits: QueueLimits,
    readers: Mutex<Readers>,
    /// Let go of with the last reader, for a source that is there for them alone.
    _last: Option<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Readers {
    /// Replaced as a whole, so that events are handed out without the lock: a reader that is woken may go away.
    queues: Arc<[Arc<Queue>]>,
    end: Option<Error>,
}

impl Hub {
    /// The limits are those of each reader's queue.
    pub fn new(limits: QueueLimits) -> Arc<Hub> {
        Arc::new(Hub { limits, readers: Mutex::default(), _last: None })
    }

    /// One whose source learns when nobody reads any more: the receiver is let go of then.
    pub fn watched(limits: QueueLimits) -> (Arc<Hub>, oneshot::Receiver<()>) {
        let (sender, last) = oneshot::channel();
        (Arc::new(Hub { limits, readers: Mutex::default(), _last: Some(sender) }), last)
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

    /// No more will come, for this reason.
    pub fn end(&self, reason: &Error) {
        let queues = {
            let mut readers = self.readers();
            readers.end.get_or_insert_with(|| reason.clone());
            std::mem::take(&mut readers.queues)
        };
        queues.iter().for_each(|queue| queue.end(reason));
    }

    /// Why no more will come, if so.
    pub fn ended(&self) -> Option<Error> {
        self.readers().end.clone()
    }

    /// Where the source was lost for good the subscription has ended, and says why; one that was closed takes no more.
    pub fn subscribe(hub: &Arc<Hub>, filter: Filter) -> Result<Subscription> {
        let queue = Arc::new(Queue::new(filter, hub.limits));
        let mut readers = hub.readers();
        match &readers.end {
            Some(reason) if reason.kind() == ErrorKind::Closed => return Err(reason.clone()),
            Some(reason) => queue.end(reason),
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
