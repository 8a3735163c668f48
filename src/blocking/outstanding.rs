//! A count that threads can wait for to come back to nothing.

use std::time::Instant;

use crate::lock::unpoisoned;
use crate::sync::{AtomicUsize, Condvar, Mutex, Ordering};

/// The number of things that are under way. Counting takes no lock.
#[derive(Default)]
pub(super) struct Outstanding {
    count: AtomicUsize,
    /// The number of threads that wait.
    waiting: AtomicUsize,
    lock: Mutex<()>,
    changed: Condvar,
}

impl Outstanding {
    /// One more is under way.
    pub fn begin(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    /// One of them is over.
    pub fn end(&self) {
        // The other side changes the two in the opposite order, so one of both sees the other.
        if self.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.nudge();
        }
    }

    /// Has those that wait look again.
    pub fn nudge(&self) {
        if latest(&self.waiting) > 0 {
            // A thread that has seen what was before holds the lock until it sleeps.
            drop(unpoisoned(self.lock.lock()));
            self.changed.notify_all();
        }
    }

    /// Waits until none is under way, at most until the deadline; returns whether none is.
    pub fn wait(&self, deadline: Instant) -> bool {
        self.wait_or(deadline, || false);
        self.is_none()
    }

    /// Waits until none is under way, or something else is so, which [`Outstanding::nudge`] tells of; at most until the deadline.
    /// Returns whether one of both is so.
    pub fn wait_or(&self, deadline: Instant, is_so: impl Fn() -> bool) -> bool {
        let mut lock = unpoisoned(self.lock.lock());
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let mut is_over = self.is_none() || is_so();
        while !is_over {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            lock = unpoisoned(self.changed.wait_timeout(lock, left)).0;
            is_over = self.is_none() || is_so();
        }
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        is_over
    }

    pub fn is_none(&self) -> bool {
        latest(&self.count) == 0
    }
}

/// The value that is the last one in the order of changes; a load may give one from before.
fn latest(number: &AtomicUsize) -> usize {
    number.fetch_add(0, Ordering::AcqRel)
}
