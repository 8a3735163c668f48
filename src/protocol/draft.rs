//! Actions that are encoded and not submitted yet.

use std::time::{Duration, Instant};

use super::action::Action;
use super::error::{Error, Result};
use super::later::later;
use super::outbox::Outgoing;
use super::pending::Pending;
use super::ticket::Tickets;
use crate::catalog;

/// An action with its ActionID, as bytes. All of it is made without the session, and so without the lock that guards it.
pub(crate) struct Draft {
    pub(super) ticket: u64,
    pub(super) action: Pending,
}

impl Draft {
    /// Encodes an action, with a ticket's ActionID or the caller's own. A wait that it asks of the server comes on top of the
    /// timeout.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for an action that was refused as it was made, and for an ActionID of libami's own form.
    pub fn new(action: &Action, tickets: &Tickets, timeout: Duration, now: Instant) -> Result<Draft> {
        let ticket = tickets.take();
        let own_id = action.action_id();
        let bytes = match own_id {
            Some(id) if tickets.own(id).is_some() => {
                return Err(Error::invalid("an ActionID of libami's own form is not for callers; choose another"));
            }
            Some(id) => action.encode(id.len(), |out| out.extend_from_slice(id)),
            None => action.encode(tickets.longest(), |out| tickets.append_id(ticket, out)),
        }?;
        let wait = catalog::own_wait(action.name(), |name| action.get(name));
        let deadline = later(now, timeout.saturating_add(wait.unwrap_or_default()));
        let bytes = Outgoing::new(bytes, action.has_secret());
        Ok(Draft { ticket, action: Pending::new(action, own_id.map(Into::into), bytes, wait, (now, deadline)) })
    }

    /// The number that the session knows the action by.
    #[cfg(feature = "client")]
    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    /// The time at which the action ends at the latest.
    pub fn deadline(&self) -> Instant {
        self.action.deadline
    }
}
