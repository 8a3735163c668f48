//! The inbox of a gateway, for ordinary threads.

use std::time::Instant;

use super::events::Events;
use crate::error::Result;
use crate::events::QueueCounters;
use crate::gsm::{InboxItem, Incoming, Sms};

/// The SMS, reports and USSD texts that come in, in order, and the markers `#lagged` and `#gap`. Every method may be called
/// from any thread.
#[derive(Debug)]
pub struct Inbox {
    events: Events,
}

impl Inbox {
    pub(super) fn new(events: Events) -> Inbox {
        Inbox { events }
    }

    /// The next item of any kind; waits for it until the deadline, for ever without one.
    ///
    /// # Errors
    /// As [`Events::next`].
    pub fn next_item(&self, deadline: Option<Instant>) -> Result<Option<InboxItem>> {
        let event = self.events.next(deadline)?;
        Ok(event.map(|event| Incoming::from_event(&event).map_or(InboxItem::Marker(event), InboxItem::Incoming)))
    }

    /// The next SMS; waits for it until the deadline, for ever without one, and passes over everything else.
    ///
    /// # Errors
    /// As [`Events::next`].
    pub fn next(&self, deadline: Option<Instant>) -> Result<Option<Sms>> {
        loop {
            match self.next_item(deadline)? {
                Some(InboxItem::Incoming(Incoming::Sms(sms))) => return Ok(Some(sms)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// Counts of what went through it so far.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Forked`].
    pub fn counters(&self) -> Result<QueueCounters> {
        self.events.counters()
    }

    /// Ends it: what waits is discarded, and a thread that waits is woken.
    pub fn close(&self) {
        self.events.close();
    }
}
