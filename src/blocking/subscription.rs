//! Subscriptions with callbacks.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::callback::Callback;
use super::fork::ProcessStamp;
use super::pool::in_callback;
use super::runtime::Runtime;
use crate::error::{Error, ErrorKind, Result};
use crate::events::QueueCounters;
use crate::protocol::later;

/// A subscription with a callback. Dropping it closes it, as [`Subscription::close`] does.
pub struct Subscription {
    pub(super) stamp: ProcessStamp,
    pub(super) callback: Option<Arc<Callback>>,
    /// The pool's threads must be there until it has ended.
    pub(super) runtime: Option<Arc<Runtime>>,
    pub(super) patience: Duration,
}

impl Subscription {
    /// Ends it: no call begins after this, and what waits is discarded. Outside callbacks it waits for a running call and
    /// until the callback's data was let go, at most for the action timeout.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if the call did not return in time: the data is let go when it does.
    pub fn close(&self) -> Result<()> {
        if self.close_within(self.patience) {
            return Ok(());
        }
        let reason = self.callback.as_ref().map_or("", |callback| callback.reason());
        Err(Error::new(
            ErrorKind::Busy,
            format!("{reason}; the subscription is closed, and the callback's data is let go when it is over"),
        ))
    }

    /// [`Subscription::close`], waiting no longer than this; called again, it goes on waiting. Returns whether there is
    /// nothing left to wait for, as always inside callbacks.
    pub fn close_within(&self, timeout: Duration) -> bool {
        let callback = self.callback.as_ref().filter(|_| self.stamp.is_current());
        callback.is_none_or(|callback| callback.close(later(Instant::now(), timeout)) || in_callback())
    }

    /// Counts of all that went through it so far. Events count as delivered once a call is about to get the batch that they are in.
    ///
    /// # Errors
    /// [`ErrorKind::Forked`].
    pub fn counters(&self) -> Result<QueueCounters> {
        self.stamp.check()?;
        Ok(self.callback.as_ref().map(|callback| callback.counters()).unwrap_or_default())
    }

    /// Lets go of it: it lasts as long as its client does.
    pub fn detach(mut self) {
        if self.stamp.is_current() {
            self.callback = None;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if self.stamp.is_current() {
            let _ = self.close();
        } else {
            std::mem::forget((self.callback.take(), self.runtime.take()));
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
