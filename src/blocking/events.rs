//! Events to be pulled, by waiting or behind a file descriptor.

use std::collections::VecDeque;
use std::fmt;
use std::os::fd::RawFd;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::drive::note_burst;
use super::fork::ProcessStamp;
use super::wait::wait;
use super::wake_fd::WakeFd;
use crate::error::Result;
use crate::events::{Event, KEPT_ROOM, Queue, QueueCounters, Subscription};
use crate::lock::unpoisoned;
use crate::protocol::Batch;
use crate::sync::{Mutex, MutexGuard};

/// The events that were taken from the queue and not pulled yet.
#[derive(Default)]
struct Taken {
    batches: VecDeque<Batch>,
    /// Nothing is pulled after that, not even what a thread was just taking.
    closed: bool,
}

/// The state that the threads which pull share.
pub(super) struct Pull {
    queue: Arc<Queue>,
    taken: Mutex<Taken>,
    fd: OnceLock<Result<WakeFd>>,
    /// Held by the one thread at a time that may change what the descriptor says.
    fd_turn: Mutex<()>,
}

impl Pull {
    pub fn new(queue: Arc<Queue>) -> Pull {
        Pull { queue, taken: Mutex::new(Taken::default()), fd: OnceLock::new(), fd_turn: Mutex::new(()) }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        unpoisoned(self.taken.lock())
    }

    fn pop(&self) -> Option<Event> {
        let batches = &mut self.taken().batches;
        let mut event = None;
        while let Some(batch) = batches.front_mut() {
            event = event.or_else(|| batch.pop());
            if !batch.is_empty() {
                return event;
            }
            // Its block would stay until the reader looks again.
            batches.pop_front();
        }
        if batches.capacity() > KEPT_ROOM {
            batches.shrink_to(KEPT_ROOM);
        }
        event
    }

    fn has_taken(&self) -> bool {
        !self.taken().batches.is_empty()
    }

    pub fn next(&self, deadline: Option<Instant>) -> Result<Option<Event>> {
        if let Some(event) = self.pop() {
            return Ok(Some(event));
        }
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return match self.poll_event(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(result) => result.map(Some),
                Poll::Pending => Ok(None),
            };
        }
        let next = wait(std::future::poll_fn(|cx| self.poll_event(cx)), deadline).transpose();
        note_burst(self.taken().batches.iter().map(Batch::len).sum());
        next
    }

    fn poll_event(&self, cx: &mut Context<'_>) -> Poll<Result<Event>> {
        loop {
            if let Some(event) = self.pop() {
                return Poll::Ready(Ok(event));
            }
            match self.poll(cx) {
                Poll::Ready(Ok(batch)) => {
                    let is_shared = batch.len() > 1;
                    let mut taken = self.taken();
                    if taken.closed {
                        continue;
                    }
                    taken.batches.push_back(batch);
                    drop(taken);
                    if is_shared {
                        // Others may wait, and would not hear of it from the queue.
                        self.say_readable();
                        self.queue.wake();
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                // Another thread may have taken a batch before this one began to wait.
                Poll::Pending if self.has_taken() => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn fd_turn(&self) -> MutexGuard<'_, ()> {
        unpoisoned(self.fd_turn.lock())
    }

    fn say_readable(&self) {
        if let Some(Ok(fd)) = self.fd.get() {
            let _turn = self.fd_turn();
            fd.waker().wake_by_ref();
        }
    }

    /// Asks the queue, and has the descriptor say what came of it.
    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<Batch>> {
        let Some(Ok(fd)) = self.fd.get() else {
            return self.queue.poll(cx);
        };
        let _turn = self.fd_turn();
        fd.clear();
        let first = self.queue.poll(&mut Context::from_waker(fd.waker()));
        if first.is_ready() || self.has_taken() {
            fd.waker().wake_by_ref();
        }
        if first.is_ready() { first } else { self.queue.poll(cx) }
    }

    pub fn fd(&self) -> Result<&WakeFd> {
        let fd = self.fd.get_or_init(WakeFd::new).as_ref().map_err(Clone::clone)?;
        let _turn = self.fd_turn();
        if self.has_taken() {
            fd.waker().wake_by_ref();
        } else {
            self.queue.arm(fd.waker());
        }
        Ok(fd)
    }

    pub fn counters(&self) -> QueueCounters {
        // First: what is in there has left the queue.
        let taken = self.taken();
        self.queue.counters().untaken(&taken.batches)
    }

    pub fn close(&self) {
        let mut taken = self.taken();
        taken.closed = true;
        taken.batches.clear();
        drop(taken);
        self.queue.discard();
    }
}

/// A subscription to pull from, by waiting or behind a file descriptor. It may outlive its client: what waits can still be
/// read, then it has ended. Every method may be called from any thread.
pub struct Events {
    stamp: ProcessStamp,
    subscription: Option<Subscription>,
    pull: Pull,
}

impl Events {
    pub(super) fn new(subscription: Subscription, stamp: ProcessStamp) -> Events {
        Events { stamp, pull: Pull::new(Arc::clone(subscription.queue())), subscription: Some(subscription) }
    }

    fn pull(&self) -> Result<&Pull> {
        self.stamp.check()?;
        Ok(&self.pull)
    }

    /// The next event or marker; waits for it until the deadline, for ever without one.
    ///
    /// # Errors
    /// The reason of its end: [`crate::ErrorKind::Closed`], [`crate::ErrorKind::Disconnected`] and others;
    /// [`crate::ErrorKind::Forked`].
    pub fn next(&self, deadline: Option<Instant>) -> Result<Option<Event>> {
        self.pull()?.next(deadline)
    }

    /// A descriptor that is readable while something waits, until a pull finds nothing, and at the end. It is made at the
    /// first call and belongs to this subscription: poll it, do not read or close it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if none can be made; [`crate::ErrorKind::Forked`].
    pub fn fd(&self) -> Result<RawFd> {
        self.pull()?.fd().map(WakeFd::raw)
    }

    /// Counts of all that went through it so far.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Forked`].
    pub fn counters(&self) -> Result<QueueCounters> {
        Ok(self.pull()?.counters())
    }

    /// Ends it: what waits is discarded, and a thread that waits is woken. Nothing can be pulled after this.
    pub fn close(&self) {
        if let Ok(pull) = self.pull() {
            pull.close();
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if !self.stamp.is_current() {
            // The parent may have been changing either at the fork.
            let taken = unpoisoned(self.pull.taken.get_mut());
            std::mem::forget((self.subscription.take(), std::mem::take(taken)));
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
