//! The program's own thread for callbacks, in place of the pool's: jobs wait here until that thread runs them, and a descriptor
//! says that they do.

use std::collections::VecDeque;
use std::fmt;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::thread::{ThreadId, current};

use super::fork::{self, ProcessStamp};
use super::pool::Job;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::unpoisoned;
use crate::sync::{EventFd, Mutex, MutexGuard, event_fd};

/// The most functions of the program that one turn calls, unless it is told another number. A loop has other things to do.
const TURN: usize = 256;

struct State {
    jobs: VecDeque<Arc<dyn Job>>,
    /// The descriptor was written, or the thread that set this is about to write it.
    is_readable: bool,
    /// The thread that had the last turn; before the first turn, the thread that made the executor.
    thread: ThreadId,
    /// Turns in progress, one inside the other.
    turns: usize,
    is_freed: bool,
}

/// The jobs of an executor, which it shares with its clients.
pub(crate) struct ExecutorJobs {
    state: Mutex<State>,
    /// Readable while jobs wait.
    fd: EventFd,
    stamp: ProcessStamp,
}

impl ExecutorJobs {
    pub(super) fn new() -> Result<ExecutorJobs> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Io, format!("no file descriptor for an executor could be made: {error}"))
                .with_source(error)
        };
        fork::watch().map_err(failed)?;
        let fd = event_fd().map_err(|error| failed(error.into()))?;
        let state =
            State { jobs: VecDeque::new(), is_readable: false, thread: current().id(), turns: 0, is_freed: false };
        Ok(ExecutorJobs { state: Mutex::new(state), fd, stamp: ProcessStamp::current() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }

    /// Refuses to be used in another process, or once the executor is freed.
    pub fn check(&self) -> Result<()> {
        self.stamp.check()?;
        if self.is_freed() {
            return Err(Error::new(ErrorKind::State, "the executor is freed; make another one for a new client"));
        }
        Ok(())
    }

    fn is_freed(&self) -> bool {
        self.lock().is_freed
    }

    /// Tells whether the executor is freed, and its thread runs what waited.
    pub(super) fn is_in_last_turn(&self) -> bool {
        let state = self.lock();
        state.is_freed && state.turns > 0
    }

    /// Tells whether this thread is the program's thread for these jobs.
    pub(super) fn is_here(&self) -> bool {
        let state = self.lock();
        !state.is_freed && state.thread == current().id()
    }

    /// Tells whether another thread is the program's thread for these jobs.
    pub(super) fn is_elsewhere(&self) -> bool {
        let state = self.lock();
        !state.is_freed && state.thread != current().id()
    }

    /// Has the program's thread run the job. Gives it back once the executor is freed.
    pub(super) fn push(&self, job: Arc<dyn Job>) -> Result<(), Arc<dyn Job>> {
        let mut state = self.lock();
        if state.is_freed {
            return Err(job);
        }
        state.jobs.push_back(job);
        let was_readable = std::mem::replace(&mut state.is_readable, true);
        // Before the write: the thread that it wakes would have to wait for the lock.
        drop(state);
        if !was_readable {
            // It can only fail if the counter is full, and then the descriptor is readable.
            let _ = self.fd.write(1);
        }
        Ok(())
    }

    /// Runs the jobs that wait now, until they have called so many functions of the program (0: the usual number). Returns the
    /// number of calls; 0 while another thread has a turn, and in another process.
    pub fn run(&self, most: usize) -> usize {
        self.turn(if most == 0 { TURN } else { most })
    }

    fn turn(&self, most: usize) -> usize {
        let Some(turn) = self.begin() else { return 0 };
        let mut called = 0;
        for _ in 0..turn.found {
            if called >= most {
                break;
            }
            let Some(job) = self.take() else { break };
            called += job.run(most - called);
        }
        // No job comes after that; the pool gets those that go on.
        if self.is_freed() {
            called += std::iter::from_fn(|| self.take()).map(|job| job.run(usize::MAX)).sum::<usize>();
        }
        drop(turn);
        called
    }

    /// Begins a turn of this thread.
    fn begin(&self) -> Option<Turn<'_>> {
        // First: in another process the lock may be held for ever.
        if !self.stamp.is_current() {
            return None;
        }
        let (mut state, here) = (self.lock(), current().id());
        if state.turns > 0 && state.thread != here {
            return None;
        }
        state.thread = here;
        state.turns += 1;
        Some(Turn { found: state.jobs.len(), jobs: self })
    }

    fn take(&self) -> Option<Arc<dyn Job>> {
        self.lock().jobs.pop_front()
    }

    /// Takes no more jobs, and runs each that waits once. Inside a turn, that is done at the turn's end.
    pub(super) fn free(&self) {
        let has_turn = {
            let mut state = self.lock();
            state.is_freed = true;
            state.turns > 0
        };
        if !has_turn {
            self.turn(0);
        }
    }

    #[cfg(all(test, ami_loom))]
    pub(super) fn is_readable(&self) -> bool {
        self.fd.is_readable()
    }
}

/// A turn of the program's thread. At its end the descriptor says if jobs are left.
struct Turn<'a> {
    jobs: &'a ExecutorJobs,
    /// The number of jobs that waited at its beginning.
    found: usize,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.jobs.lock();
        state.turns -= 1;
        // A thread writes after it has let go of the lock, so its job may be gone by then. A turn that finds no job takes such a
        // write back.
        if state.jobs.is_empty() && (state.is_readable || self.found == 0) {
            let _ = self.jobs.fd.read();
            state.is_readable = false;
        }
    }
}

/// A thread of the program's for callbacks, such as that of its event loop. Clients and gateways that are made with an executor
/// call the program's code only inside [`Executor::run`]: callbacks, completions, and the ends of both. So the program needs no
/// locks.
///
/// The executor's thread is the one that called `run` last; before the first call, the one that made the executor. A client can
/// be closed and dropped there, inside callbacks too: what is left of it then runs on that thread. On other threads, closing
/// waits until `run` is called.
///
/// Dropping the executor runs what waits. Clients that still exist have threads of the library's from then on.
pub struct Executor {
    jobs: Arc<ExecutorJobs>,
}

impl Executor {
    /// An executor of this thread.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the system gives no descriptor.
    pub fn new() -> Result<Executor> {
        Ok(Executor { jobs: Arc::new(ExecutorJobs::new()?) })
    }

    /// A descriptor that is readable while something waits for [`Executor::run`]. Poll it; do not read or close it.
    ///
    /// # Errors
    /// [`ErrorKind::Forked`].
    pub fn fd(&self) -> Result<RawFd> {
        self.jobs.stamp.check()?;
        Ok(self.jobs.fd.as_raw_fd())
    }

    /// Runs what waits now, and calls at most this number of the program's functions (0: 256). Returns the number of calls; 0
    /// while another thread is inside it, and in the child of a fork. It may be called inside a callback.
    pub fn run(&self, most: usize) -> usize {
        self.jobs.run(most)
    }

    /// For clients. They do not keep the executor.
    pub(crate) fn jobs(&self) -> Arc<ExecutorJobs> {
        Arc::clone(&self.jobs)
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        if self.jobs.stamp.is_current() {
            self.jobs.free();
        } else {
            // A thread of the parent's may have been changing the jobs at the fork.
            fork::close_inherited(self.jobs.fd.as_raw_fd());
            std::mem::forget(Arc::clone(&self.jobs));
        }
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Executor").field(&self.jobs.fd.as_raw_fd()).finish()
    }
}
