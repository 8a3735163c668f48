//! The choice of who drives input and output: the thread that is there for it, or one that waits.
//!
//! What goes through another thread takes longer, and more work, by a change of threads. A thread whose waits are short and
//! follow each other closely therefore drives input and output itself while it waits, for all links of the process. The shared
//! thread is out of the way meanwhile, and takes over again when nobody has come for a millisecond.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Weak;
use std::time::{Duration, Instant};

use super::io::Io;
use super::park::park;

/// A wait that took no longer, and that another one follows so soon, is followed by one that drives.
const SOON: Duration = Duration::from_micros(500);
/// So many events at once are a stream, in which reading and handling had better be two threads' work.
pub(super) const STREAM: usize = 16;

thread_local! {
    /// The time at which this thread last got what it waited for, if that came fast.
    pub(super) static ANSWERED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Waits for something that is in no hurry: input and output are not kept alive for it.
pub(super) fn wait_idly<F: Future>(io: &Weak<Io>, mut future: Pin<&mut F>, deadline: Instant) -> Option<F::Output> {
    let start = Instant::now();
    let io = io.upgrade().filter(|io| is_to_drive(start, io));
    let driven = io.and_then(|io| io.drive(future.as_mut(), Some(deadline.min(start + SOON))));
    let output = driven.or_else(|| park(future, Some(deadline)));
    note(start, output.is_some());
    output
}

/// So many events came at once.
pub(super) fn got(events: usize) {
    if events >= STREAM {
        ANSWERED.set(None);
    }
}

/// Notes whether this thread's wait, begun then, was a short one.
pub(super) fn note(start: Instant, came: bool) {
    let now = Instant::now();
    ANSWERED.set((came && now - start <= SOON).then_some(now));
}

/// Tells whether this thread is to drive input and output. If not, the shared thread is asked to.
pub(super) fn is_to_drive(now: Instant, io: &Io) -> bool {
    let is_soon = ANSWERED.get().is_some_and(|at| now - at <= SOON);
    // A runtime cannot be driven within another one, nor by a thread that has let go of what belongs to it.
    let may = || tokio::runtime::Handle::try_current().is_err_and(|error| error.is_missing_context());
    let is_to_drive = is_soon && may();
    if !is_to_drive {
        io.call_in();
    }
    is_to_drive
}
