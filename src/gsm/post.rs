//! Where incoming SMS, reports and USSD texts are handed out, to any number of readers.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::incoming::Incoming;
use super::reader::{self, Reader};
use crate::client::{Client, Filter, Hub, QueueCounters, Subscription};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{Batch, Kind};

/// Reads a client's events as long as somebody reads what is found in them.
#[derive(Clone)]
pub(super) struct Post {
    hub: Arc<Hub>,
}

impl Post {
    /// Begins to read.
    pub fn of(client: &Client, patience: Duration) -> Result<Post> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
            Error::new(
                ErrorKind::State,
                "an inbox is opened on a tokio runtime; for other threads there is ami::blocking",
            )
        })?;
        let events = client.subscribe(reader::filter())?;
        let (hub, last) = Hub::watched(client.config().queue);
        runtime.spawn(deliver(events, client.weak(), patience, Arc::downgrade(&hub), last));
        Ok(Post { hub })
    }

    /// What comes in from now on.
    pub fn subscribe(&self, filter: Filter) -> Result<Subscription> {
        Hub::subscribe(&self.hub, filter)
    }
}

async fn deliver(
    mut events: Subscription,
    client: crate::client::WeakClient,
    patience: Duration,
    hub: Weak<Hub>,
    mut last: tokio::sync::oneshot::Receiver<()>,
) {
    let mut reader = Reader::new(patience);
    let mut knows_escapes = false;
    loop {
        let deadline = reader.deadline();
        let wait = async {
            match deadline {
                Some(deadline) => sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        let came = tokio::select! {
            biased;
            _ = &mut last => return,
            batch = events.next_batch() => Some(batch),
            () = wait => None,
        };
        let Some(hub) = hub.upgrade() else { return };
        let now = Instant::now();
        reader.expire(now);
        match came {
            None => {}
            Some(Ok(batch)) => {
                for event in batch.iter() {
                    if matches!(event.kind(), Kind::Lagged | Kind::Gap) {
                        knows_escapes = false;
                        reader.interrupt(now);
                        hand_out(&mut reader, &hub);
                        hub.mark(&event.detached());
                        continue;
                    }
                    if !knows_escapes {
                        knows_escapes = true;
                        reader.set_escapes(client.banner().is_some_and(|banner| escapes_values(&banner)));
                    }
                    reader.read(&event, now);
                }
            }
            Some(Err(reason)) => {
                reader.finish(now);
                hand_out(&mut reader, &hub);
                return hub.end(&reason);
            }
        }
        hand_out(&mut reader, &hub);
    }
}

fn hand_out(reader: &mut Reader, hub: &Hub) {
    while let Some(incoming) = reader.next() {
        hub.publish(&Batch::from(incoming.into_event()));
    }
}

/// Whether a server with this first line writes values as C does: Asterisk from 13.5, which says 2.8 or so, on.
fn escapes_values(banner: &str) -> bool {
    let version = banner.rsplit('/').next().unwrap_or_default();
    let mut numbers = version.split('.').map(|number| number.trim().parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (2, 8)
}

/// What comes in, in order: SMS, reports, USSD texts, what cannot be read; and the markers `#lagged` and `#gap`.
#[derive(Debug)]
pub struct Inbox {
    subscription: Subscription,
}

/// What an inbox tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Mail {
    /// Something came in.
    Incoming(Incoming),
    /// Events were lost, or the link was down: a marker that says how many or how long. What came then is not known.
    Marker(crate::client::Event),
}

impl Inbox {
    pub(super) fn new(subscription: Subscription) -> Inbox {
        Inbox { subscription }
    }

    /// The events that it is made of: `#sms`, `#report`, `#ussd`, `#unreadable`, `#lagged` and `#gap`.
    pub fn into_subscription(self) -> Subscription {
        self.subscription
    }

    /// What comes next, whatever it is; waits for it.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub async fn next_mail(&mut self) -> Result<Mail> {
        let event = self.subscription.next().await?;
        Ok(Incoming::from_event(&event).map_or(Mail::Marker(event), Mail::Incoming))
    }

    /// The next SMS; waits for it, and passes over everything else.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub async fn next(&mut self) -> Result<super::Sms> {
        loop {
            if let Mail::Incoming(Incoming::Sms(sms)) = self.next_mail().await? {
                return Ok(sms);
            }
        }
    }

    /// What went through it so far.
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
