//! Where incoming SMS, reports and USSD texts are handed out, to any number of readers.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use tokio::time::sleep_until;

use super::desk::{Desk, Waiter};
use super::incoming::Incoming;
use super::reader::{SmsReader, Word};
use super::request::Port;
use crate::client::{Client, State};
use crate::error::{Error, ErrorKind, Result};
use crate::events::{Broadcaster, Event, Filter, QueueCounters, Subscription};
use crate::protocol::{Batch, MessageKind};

/// Reads a client's events as long as somebody reads what is found in them.
#[derive(Clone)]
pub(super) struct InboxFeed {
    hub: Arc<Broadcaster>,
    desk: Arc<Desk>,
    /// The task that reads holds the receiver.
    reading: Arc<watch::Sender<()>>,
}

impl InboxFeed {
    /// Begins to read.
    pub fn of(client: &Client, patience: Duration) -> Result<InboxFeed> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
            Error::new(
                ErrorKind::State,
                "an inbox is opened on a tokio runtime; other threads need the blocking client",
            )
        })?;
        let events = client.subscribe(Filter::pieces())?;
        let (hub, last) = Broadcaster::watched(client.config().queue);
        let (reading, receiver) = watch::channel(());
        let desk = Arc::new(Desk::default());
        let task = FeedTask {
            events,
            client: client.weak(),
            reader: SmsReader::new(patience),
            knows_escapes: false,
            hub: Arc::downgrade(&hub),
            last: None,
            desk: Arc::clone(&desk),
            end: Error::new(ErrorKind::Disconnected, "the runtime that read the events has stopped"),
            _reading: receiver,
        };
        runtime.spawn(run(task, last));
        Ok(InboxFeed { hub, desk, reading: Arc::new(reading) })
    }

    /// Waits until all that came is handed out and no more will come.
    pub async fn ended(&self) {
        self.reading.closed().await;
    }

    /// Subscribes to what comes in from now on.
    pub fn subscribe(&self, filter: Filter) -> Result<Subscription> {
        Subscription::new(&self.hub, filter)
    }

    /// Has a call wait for words of a port from now on.
    pub fn wait(&self, port: &Port, takes_ussd: bool) -> Waiter {
        Desk::wait(&self.desk, &self.hub, port, takes_ussd)
    }
}

/// Reads events, and tells those who read what is found in them when no more will come, also if its runtime stops.
struct FeedTask {
    events: Subscription,
    client: crate::client::WeakClient,
    reader: SmsReader,
    knows_escapes: bool,
    hub: Weak<Broadcaster>,
    /// The marker before the end.
    last: Option<Event>,
    /// Calls that wait for what is found.
    desk: Arc<Desk>,
    /// Why no more will come.
    end: Error,
    _reading: watch::Receiver<()>,
}

async fn run(mut task: FeedTask, mut last: oneshot::Receiver<()>) {
    loop {
        let deadline = task.reader.deadline();
        let wait = async {
            match deadline {
                Some(deadline) => sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        let came = tokio::select! {
            biased;
            _ = &mut last => return,
            batch = task.events.next_batch() => Some(batch),
            () = wait => None,
        };
        match came {
            None => task.reader.expire(Instant::now()),
            Some(Ok(batch)) => task.take(&batch),
            Some(Err(reason)) => {
                task.end = reason;
                return;
            }
        }
        task.hand_out();
    }
}

impl FeedTask {
    fn take(&mut self, batch: &Batch) {
        let now = Instant::now();
        for event in batch.iter() {
            if event.kind() == MessageKind::State {
                self.turn(&event);
                continue;
            }
            if matches!(event.kind(), MessageKind::Lagged | MessageKind::Gap) {
                self.knows_escapes = false;
                if event.kind() == MessageKind::Gap {
                    self.reader.interrupt(now);
                } else {
                    self.reader.lagged(now);
                }
                self.hand_out();
                if let Some(hub) = self.hub.upgrade() {
                    hub.mark(&event.detached());
                }
                continue;
            }
            if !self.knows_escapes {
                self.knows_escapes = true;
                self.reader.set_escapes(self.client.banner().is_some_and(|banner| escapes_values(&banner)));
            }
            self.reader.read(&event, now);
        }
        // Behind what has come: it may be what was waited for.
        self.reader.expire(now);
    }

    /// The connection is in another state.
    fn turn(&mut self, state: &Event) {
        // What came before is told before.
        self.hand_out();
        let is = |name: State| state.get("State") == Some(name.name().as_bytes());
        if is(State::Waiting) || is(State::Closed) {
            let cause = state.text("Cause").unwrap_or_default();
            self.desk.lost(&Error::new(ErrorKind::Disconnected, cause.into_owned()));
        }
        if is(State::Closed) {
            self.last = Some(state.detached());
        } else if let Some(hub) = self.hub.upgrade() {
            hub.mark(&state.detached());
        }
    }

    fn hand_out(&mut self) {
        let Some(hub) = self.hub.upgrade() else { return };
        while let Some(word) = self.reader.next_word() {
            match word {
                Word::Gone(port) => self.desk.gone(&port),
                Word::Incoming(incoming) => {
                    if let Some(incoming) = self.desk.tell(incoming) {
                        hub.publish(&Batch::from(incoming.into_event()));
                    }
                }
            }
        }
    }
}

impl Drop for FeedTask {
    fn drop(&mut self) {
        self.reader.finish(Instant::now());
        self.hand_out();
        self.desk.end(&self.end);
        if let Some(hub) = self.hub.upgrade() {
            hub.end_with(self.last.as_ref(), &self.end);
        }
    }
}

/// Tells whether a server with this first line writes values as C does: Asterisk from 13.5, which says 2.8 or so, on.
fn escapes_values(banner: &str) -> bool {
    let version = banner.rsplit('/').next().unwrap_or_default();
    let mut numbers = version.split('.').map(|number| number.trim().parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (2, 8)
}

/// Incoming items in order: SMS, reports, USSD texts, what cannot be read; and the markers `#lagged` and `#gap`.
#[derive(Debug)]
pub struct Inbox {
    subscription: Subscription,
}

/// An item of an inbox.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum InboxItem {
    /// Something came in.
    Incoming(Incoming),
    /// Events were lost, or the connection was down: a marker that says how many or how long. What came then is not known.
    Marker(Event),
}

impl Inbox {
    pub(super) fn new(subscription: Subscription) -> Inbox {
        Inbox { subscription }
    }

    /// The events that it is made of: `#sms`, `#report`, `#ussd`, `#unreadable`, `#lagged` and `#gap`.
    pub fn into_subscription(self) -> Subscription {
        self.subscription
    }

    /// The next item of any kind; waits for it.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub async fn next_item(&mut self) -> Result<InboxItem> {
        let event = self.subscription.next().await?;
        Ok(Incoming::from_event(&event).map_or(InboxItem::Marker(event), InboxItem::Incoming))
    }

    /// The next SMS; waits for it, and passes over everything else.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub async fn next(&mut self) -> Result<super::Sms> {
        loop {
            if let InboxItem::Incoming(Incoming::Sms(sms)) = self.next_item().await? {
                return Ok(sms);
            }
        }
    }

    /// Counts of the items so far.
    pub fn counters(&self) -> QueueCounters {
        self.subscription.counters()
    }

    /// Ends it; what waits is discarded.
    pub fn close(&mut self) {
        self.subscription.close();
    }
}

#[cfg(test)]
mod tests {
    use super::escapes_values;

    #[test]
    fn servers_that_escape_are_told_by_their_first_line() {
        for (banner, escapes) in [
            ("Asterisk Call Manager/1.1", false),
            ("Asterisk Call Manager/2.5.0", false),
            ("Asterisk Call Manager/2.10.6", true),
            ("Asterisk Call Manager/5.0.5", true),
            ("Asterisk Call Manager/11.0.0", true),
            ("nothing", false),
        ] {
            assert_eq!(escapes_values(banner), escapes, "{banner}");
        }
    }
}
