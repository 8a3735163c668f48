//! The executor of one event loop.
//!
//! The futures of the core need no runtime around them, so a loop's own thread polls them: no thread of libami's comes to
//! the interpreter for them, and what the input and output thread has for a loop wakes it through one descriptor, once
//! however much it is.

use std::cell::Cell;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBool;
use pyo3::{PyTraverseError, PyVisit, intern};

use super::call::Running;
use super::callback::logger;
use super::exception::own;
use super::loop_future::LoopFuture;
use super::parking::park_at_exit;
use crate::blocking::ProcessStamp;
use crate::client::{Unwritten, hold};
use crate::error::ErrorKind;
use crate::lock::lock;
use crate::protocol::ByTicket;
use crate::sync::{EventFd, event_fd};

/// The calls and streams that the loop has to look at.
struct Ready {
    ids: Mutex<Vec<u64>>,
    /// Readable when there are some, and now and then for nothing: a [`crate::blocking::WakeFd`] never is, but holds its loop
    /// up until the thread that wakes it has returned from that.
    fd: EventFd,
    is_notified: AtomicBool,
}

impl Ready {
    fn notify(&self, id: u64) {
        lock(&self.ids).push(id);
        if !self.is_notified.swap(true, Ordering::AcqRel) {
            // It can only fail if the counter is full, and then the descriptor is readable.
            let _ = self.fd.write(1);
            // On a processor that both share, the loop need not wait until this thread has nothing left to do.
            std::thread::yield_now();
        }
    }

    fn take(&self) -> Vec<u64> {
        let _ = self.fd.read();
        self.take_unseen()
    }

    /// The same without a look at the descriptor.
    fn take_unseen(&self) -> Vec<u64> {
        // In this order: who notifies from here on writes, and who came before is found.
        self.is_notified.swap(false, Ordering::AcqRel);
        std::mem::take(&mut *lock(&self.ids))
    }
}

/// The waker of a call or a stream.
pub(super) struct LoopWaker {
    pub id: u64,
    ready: Arc<Ready>,
    /// Its id is in the list already.
    is_notified: AtomicBool,
}

impl Wake for LoopWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_notified.swap(true, Ordering::AcqRel) {
            self.ready.notify(self.id);
        }
    }
}

thread_local! {
    /// The executor whose turn it is on this thread, by its address.
    static TURNING: Cell<usize> = const { Cell::new(0) };
}

/// Those that wait for a stream.
pub(super) type Waiters = Mutex<Vec<Py<LoopFuture>>>;

/// A connection that the loop reads.
pub(super) trait Connection: Send + Sync {
    /// Takes note that there is another one, or none, or that the loop has not come for too long.
    fn look(&self, py: Python<'_>) -> PyResult<()>;
}

/// A call, a stream or a connection, as the executor has it.
pub(super) enum Slot {
    Call { running: Running, waking: Arc<LoopWaker>, waiting: Py<LoopFuture> },
    Stream { waiters: Arc<Waiters>, waking: Arc<LoopWaker> },
    Connection { connection: Arc<dyn Connection>, waking: Arc<LoopWaker> },
}

/// The executor of the calls and streams of one event loop. The loop calls `run` whenever the descriptor is readable.
#[pyclass(frozen, weakref, module = "libami._native")]
pub(super) struct Executor {
    ready: Arc<Ready>,
    /// Nothing of Python's runs while this is locked.
    slots: Mutex<ByTicket<Slot>>,
    next: AtomicU64,
    /// The actions that were submitted in this turn of the loop, unless they were written at once.
    unwritten: Mutex<Unwritten>,
    stamp: ProcessStamp,
}

impl Executor {
    /// A waker with an id of its own.
    pub fn waker(&self) -> Arc<LoopWaker> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        Arc::new(LoopWaker { id, ready: Arc::clone(&self.ready), is_notified: AtomicBool::new(false) })
    }

    pub fn keep(&self, id: u64, slot: Slot) {
        lock(&self.slots).insert(id, slot);
    }

    /// Drops what has this id; a call is cancelled by that.
    pub fn forget(&self, id: u64) {
        let slot = lock(&self.slots).remove(&id);
        drop(slot);
    }

    /// Has those go on that wait for this. What they let through is a request to end the program.
    fn turn(&self, py: Python<'_>, id: u64) -> PyResult<()> {
        let slot = lock(&self.slots).remove(&id);
        match slot {
            Some(Slot::Call { mut running, waking, waiting }) => match poll(&mut running, &waking) {
                Poll::Pending => {
                    self.keep(id, Slot::Call { running, waking, waiting });
                    Ok(())
                }
                Poll::Ready(()) => LoopFuture::end(waiting.bind(py), running.finish(py)),
            },
            Some(Slot::Stream { waiters, waking }) => {
                // Events that come from here on wake it again.
                waking.is_notified.store(false, Ordering::Release);
                self.keep(id, Slot::Stream { waiters: Arc::clone(&waiters), waking });
                let waiting = std::mem::take(&mut *lock(&waiters));
                let mut result = Ok(());
                for waiting in waiting {
                    result = result.and(settle(waiting.bind(py), false));
                }
                result
            }
            Some(Slot::Connection { connection, waking }) => {
                waking.is_notified.store(false, Ordering::Release);
                self.keep(id, Slot::Connection { connection: Arc::clone(&connection), waking });
                connection.look(py)
            }
            None => Ok(()),
        }
    }

    /// Has a connection of this loop's read; returns what that says, and those who have news, for [`Executor::go_on`].
    pub fn read<R>(&self, read: impl FnOnce() -> R) -> (R, Vec<u64>) {
        // Who has news from here on need not wake the loop.
        self.ready.is_notified.store(true, Ordering::Release);
        let result = read();
        (result, self.ready.take_unseen())
    }

    /// Has those go on that wait for these, and writes what they submit.
    pub fn go_on(&self, py: Python<'_>, ids: Vec<u64>) -> PyResult<()> {
        let before = TURNING.replace(std::ptr::from_ref(self).addr());
        let (result, held) = hold(|| {
            let mut result = Ok(());
            for id in ids {
                result = result.and(self.turn(py, id));
            }
            result
        });
        self.write_all(held);
        TURNING.set(before);
        result
    }

    /// Refuses a loop that does not run here. In a turn of its own nobody needs to be asked.
    pub fn check_here(&self, py: Python<'_>, event_loop: &Py<PyAny>) -> PyResult<()> {
        if TURNING.get() == std::ptr::from_ref(self).addr() { Ok(()) } else { check_loop(py, event_loop) }
    }

    fn write_all(&self, held: Unwritten) {
        if self.stamp.is_current() {
            drop(held);
        } else {
            // The child of a fork has a copy of what its parent writes.
            std::mem::forget(held);
        }
    }

    /// Has this written in the loop's next turn, with what else there is then.
    pub fn write_later(slf: &Bound<'_, Executor>, event_loop: &Py<PyAny>, held: Unwritten) -> PyResult<()> {
        let is_first = {
            let mut unwritten = lock(&slf.get().unwritten);
            let is_first = unwritten.is_empty();
            unwritten.append(held);
            is_first
        };
        if is_first {
            let py = slf.py();
            let write = slf.getattr(intern!(py, "write"))?;
            event_loop.call_method1(py, intern!(py, "call_soon"), (write,))?;
        }
        Ok(())
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        // The loop is closed, or has gone.
        self.write();
    }
}

/// Polls a call, which wakes the loop when it can go on.
pub(super) fn poll(running: &mut Running, waking: &Arc<LoopWaker>) -> Poll<()> {
    waking.is_notified.store(false, Ordering::Release);
    let waker = Waker::from(Arc::clone(waking));
    running.poll(&mut Context::from_waker(&waker))
}

/// Ends the wait for a stream, unless it was cancelled.
pub(super) fn settle(waiting: &Bound<'_, LoopFuture>, expired: bool) -> PyResult<()> {
    LoopFuture::end(waiting, Ok(PyBool::new(waiting.py(), expired).to_owned().into_any().unbind()))
}

#[pymethods]
impl Executor {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Executor> {
        // The loop logs what callbacks raise.
        logger(py)?;
        let fd = event_fd().map_err(|error| {
            own(py, ErrorKind::Io, &format!("no file descriptor for the event loop could be made: {error}"))
        })?;
        let ready = Arc::new(Ready { ids: Mutex::default(), fd, is_notified: AtomicBool::new(false) });
        let (slots, unwritten) = (Mutex::default(), Mutex::default());
        Ok(Executor { ready, slots, next: AtomicU64::new(0), unwritten, stamp: ProcessStamp::current() })
    }

    /// The descriptor to watch.
    fn fileno(&self) -> i32 {
        self.ready.fd.as_raw_fd()
    }

    /// Writes the actions that have held.
    fn write(&self) {
        let held = std::mem::take(&mut *lock(&self.unwritten));
        self.write_all(held);
    }

    /// Looks at what has news.
    fn run(&self, py: Python<'_>) -> PyResult<()> {
        self.go_on(py, self.ready.take())
    }

    /// Refuses to be used on another loop than this.
    #[expect(clippy::unused_self)]
    fn check_loop(&self, py: Python<'_>, event_loop: Py<PyAny>) -> PyResult<()> {
        check_loop(py, &event_loop)
    }

    /// The number of calls and streams.
    fn __len__(&self) -> usize {
        lock(&self.slots).values().filter(|slot| !matches!(slot, Slot::Connection { .. })).count()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(slots) = self.slots.try_lock() else { return Ok(()) };
        for slot in slots.values() {
            match slot {
                Slot::Call { waiting, .. } => visit.call(waiting)?,
                Slot::Stream { waiters, .. } => {
                    let Ok(waiters) = waiters.try_lock() else { continue };
                    waiters.iter().try_for_each(|waiting| visit.call(waiting))?;
                }
                // It has nothing that could lead back here.
                Slot::Connection { .. } => {}
            }
        }
        Ok(())
    }
}

/// Refuses a loop that does not run here.
pub(super) fn check_loop(py: Python<'_>, event_loop: &Py<PyAny>) -> PyResult<()> {
    park_at_exit();
    static RUNNING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let running = RUNNING.import(py, "asyncio", "get_running_loop")?.call0()?;
    if running.is(event_loop) {
        return Ok(());
    }
    let message = "the client belongs to another event loop; make one in each loop";
    Err(own(py, ErrorKind::State, message))
}
