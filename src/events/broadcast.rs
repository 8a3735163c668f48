//! The events of one source, handed out to the queues of all that have subscribed.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::oneshot;

use super::filter::Filter;
use super::queue::{Queue, QueueLimits};
use crate::error::{Error, ErrorKind, Result, printable};
use crate::lock::lock;
use crate::protocol::{Batch, Message, Skipped};

/// The kind of a source, which decides what events it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A server: events of any name, and the markers of a connection.
    Server,
    /// An inbox of a gateway: messages, reports and replies, which libami alone has named.
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
                    printable(name.as_bytes()),
                    LINK.join(", ")
                ))),
            },
            Source::Inbox => match filter.find_name(|name| !INBOX.contains(&name)) {
                None => Ok(()),
                Some(name) => Err(Error::invalid(format!(
                    "a gateway tells nothing named {:?}; it tells {}",
                    printable(name.as_bytes()),
                    INBOX.join(", ")
                ))),
            },
        }
    }
}

/// The markers of a connection.
const LINK: [&str; 4] = ["#lagged", "#gap", "#state", "#skipped"];
/// The events and markers of an inbox.
const INBOX: [&str; 7] = ["#sms", "#report", "#ussd", "#unreadable", "#gap", "#lagged", "#state"];

/// Hands out the events of one source.
pub(crate) struct Broadcaster {
    limits: QueueLimits,
    source: Source,
    readers: Mutex<Readers>,
    /// Dropped with the last reader, for a source that is there for its readers alone.
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

impl Broadcaster {
    /// A broadcaster of a server's events. The limits are those of each reader's queue.
    pub fn new(limits: QueueLimits) -> Arc<Broadcaster> {
        Arc::new(Broadcaster { limits, source: Source::Server, readers: Mutex::default(), _last: None })
    }

    /// A broadcaster of an inbox. Its source learns when the last reader has gone: the receiver is told of the drop then.
    pub fn watched(limits: QueueLimits) -> (Arc<Broadcaster>, oneshot::Receiver<()>) {
        let (sender, last) = oneshot::channel();
        let readers = Mutex::default();
        (Arc::new(Broadcaster { limits, source: Source::Inbox, readers, _last: Some(sender) }), last)
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        lock(&self.readers)
    }

    pub fn publish(&self, batch: &Batch) {
        let queues = Arc::clone(&self.readers().queues);
        queues.iter().for_each(|queue| queue.push(batch));
    }

    /// Hands out what is neither an event nor an answer: readers of pieces get it, the others a marker with its size.
    pub fn publish_strays(&self, messages: &Batch, skipped: Skipped) {
        let queues = Arc::clone(&self.readers().queues);
        queues.iter().for_each(|queue| queue.push_strays(messages, skipped));
    }

    pub fn mark(&self, marker: &Message) {
        let queues = Arc::clone(&self.readers().queues);
        queues.iter().for_each(|queue| queue.mark(marker));
    }

    /// Ends all subscriptions for this reason, after this last marker.
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

    /// The reason why the source has ended, if it has.
    pub fn ended(&self) -> Option<Error> {
        self.readers().end.clone()
    }

    /// A queue for one more reader. It has ended, and says why, where the source was lost for good; a source that was closed
    /// takes no more readers.
    pub(super) fn add(&self, filter: Filter) -> Result<Arc<Queue>> {
        self.source.check(&filter)?;
        let queue = Arc::new(Queue::new(filter, self.limits));
        let mut readers = self.readers();
        match &readers.end {
            Some(reason) if reason.kind() == ErrorKind::Closed => return Err(reason.clone()),
            Some(reason) => {
                readers.last.iter().for_each(|marker| queue.mark(marker));
                queue.end(reason);
            }
            None => readers.queues = readers.queues.iter().chain([&queue]).cloned().collect(),
        }
        Ok(queue)
    }

    /// Takes a reader's queue out.
    pub(super) fn remove(&self, queue: &Arc<Queue>) {
        let mut readers = self.readers();
        readers.queues = readers.queues.iter().filter(|other| !Arc::ptr_eq(other, queue)).cloned().collect();
    }
}
