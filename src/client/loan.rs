//! The choice of who reads a connection that is lent to an event loop: the loop, or the connection's task.
//!
//! The loop reads as long as it comes, and the task does nothing for input meanwhile. It only looks, by a timer on a busy connection
//! and by the first input on a quiet one, if the loop has come. One that leaves input lying has something else to do: then the task reads,
//! until the loop comes again.

use std::time::{Duration, Instant};

/// On a busy connection the task looks so often.
const REST: Duration = Duration::from_millis(5);
/// The time that a loop has for input that the task has noticed.
const GRACE: Duration = Duration::from_millis(2);

/// The task's part in reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// It reads.
    Read,
    /// It is told of input, see [`Loan::notice`].
    Watch,
    /// It leaves the loop its time, and looks again then.
    Wait(Instant),
    /// It is not even told of input, and looks again then.
    Rest(Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Kept,
    Watched,
    /// Input was there, which the loop has to read by then.
    Noticed(Instant),
    Busy(Instant),
}

/// A connection that is lent, or may be. It counts by the loop's visits, a number that goes up whenever the loop comes.
#[derive(Debug)]
pub(super) struct Loan {
    state: State,
    /// The visits until the last look, and its time.
    visits: u32,
    looked: Instant,
}

impl Loan {
    /// One that the task reads until the loop comes.
    pub fn new(visits: u32, now: Instant) -> Loan {
        Loan { state: State::Kept, visits, looked: now }
    }

    /// Tells whether the loop may read.
    pub fn is_lent(&self) -> bool {
        self.state != State::Kept
    }

    /// The task looks, after so many visits in all.
    pub fn look(&mut self, visits: u32, now: Instant) -> Duty {
        let came = visits.wrapping_sub(self.visits);
        match self.state {
            State::Busy(until) if now < until => return Duty::Rest(until),
            State::Noticed(until) if came == 0 && now < until => return Duty::Wait(until),
            State::Kept | State::Noticed(_) if came == 0 => self.state = State::Kept,
            // Once in a while is not worth a timer.
            State::Watched | State::Noticed(_) | State::Busy(_)
                if came > 1 || came == 1 && now.saturating_duration_since(self.looked) < REST =>
            {
                self.state = State::Busy(now + REST);
            }
            _ => self.state = State::Watched,
        }
        (self.visits, self.looked) = (visits, now);
        match self.state {
            State::Kept => Duty::Read,
            State::Watched => Duty::Watch,
            State::Noticed(until) => Duty::Wait(until),
            State::Busy(until) => Duty::Rest(until),
        }
    }

    /// Input lies in the socket that the task watches; the time at which it looks again.
    pub fn notice(&mut self, now: Instant) -> Instant {
        let until = now + GRACE;
        self.state = State::Noticed(until);
        until
    }
}
