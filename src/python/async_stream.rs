//! Events and mail to iterate over on an event loop.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::{PyTraverseError, PyVisit, intern};

use super::error::OrRaise;
use super::executor::{Executor, Slot, Waiters, settle};
use super::loop_future::{LoopFuture, Step, thrown};
use super::parking::park_at_exit;
use super::stats::Counters;
use super::stream::{Idle, Items};
use crate::error::{Error, ErrorKind};
use crate::events::Subscription;
use crate::lock::lock;
use crate::protocol;

/// The most events that are taken from a stream before the loop gets a turn.
const TURN: u32 = 256;

/// The function that a loop calls when a stream was idle for too long.
#[pyfunction]
fn expire(waiting: &Bound<'_, LoopFuture>) -> PyResult<()> {
    settle(waiting, true)
}

/// A stream of an event loop. libami.aio has the ones to use.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct AsyncStream {
    /// Nothing of Python's runs while this is locked.
    events: Mutex<Subscription>,
    items: Items,
    idle: Idle,
    id: u64,
    /// Always the same, so that waits that are cancelled leave nothing with the queue.
    waker: Waker,
    waiters: Arc<Waiters>,
    /// Items since the loop last had a turn.
    taken: AtomicU32,
    executor: Py<Executor>,
    event_loop: Py<PyAny>,
    /// The client, which it keeps alive.
    owner: Option<Py<PyAny>>,
}

impl AsyncStream {
    pub fn new(
        py: Python<'_>,
        executor: &Py<Executor>,
        event_loop: &Py<PyAny>,
        events: Subscription,
        items: Items,
        idle: Idle,
        owner: Option<Py<PyAny>>,
    ) -> AsyncStream {
        let waking = executor.get().waker();
        let waiters = Arc::new(Waiters::default());
        let slot = Slot::Stream { waiters: Arc::clone(&waiters), waking: Arc::clone(&waking) };
        executor.get().keep(waking.id, slot);
        AsyncStream {
            events: Mutex::new(events),
            items,
            idle,
            id: waking.id,
            waker: Waker::from(waking),
            waiters,
            taken: AtomicU32::new(0),
            executor: executor.clone_ref(py),
            event_loop: event_loop.clone_ref(py),
            owner,
        }
    }

    fn poll(&self) -> Poll<Result<protocol::Message, Error>> {
        lock(&self.events).poll_next(&mut Context::from_waker(&self.waker))
    }

    /// A future that ends when there is news, or the deadline has passed.
    fn wait(&self, py: Python<'_>, deadline: Option<Instant>) -> PyResult<Wait> {
        static EXPIRE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        self.executor.get().check_here(py, &self.event_loop)?;
        let waiting = Py::new(py, LoopFuture::new(py, &self.event_loop))?;
        let mut wait = Wait { waiting: waiting.clone_ref(py), timer: None };
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now()).as_secs_f64();
            let expire =
                EXPIRE.get_or_try_init(py, || Ok::<_, PyErr>(wrap_pyfunction!(expire, py)?.into_any().unbind()))?;
            let timer = self.event_loop.call_method1(py, intern!(py, "call_later"), (left, expire, &waiting))?;
            wait.timer = Some(timer);
        }
        let mut waiters = lock(&self.waiters);
        // Those that were given up go.
        waiters.retain(|other| !other.get().is_over());
        waiters.push(waiting);
        Ok(wait)
    }
}

#[pymethods]
impl AsyncStream {
    /// The next item, if one waits and it is not the loop's turn.
    fn take(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.taken.fetch_add(1, Ordering::Relaxed) >= TURN {
            return Ok(None);
        }
        match self.poll() {
            Poll::Ready(Ok(event)) => self.items.make(py, event).map(Some),
            // A stream that has ended says so again in `next`.
            Poll::Ready(Err(_)) | Poll::Pending => Ok(None),
        }
    }

    fn next(slf: Py<Self>) -> Next {
        Next { stream: slf, wait: None, deadline: None, begun: false }
    }

    /// Counts of all that went through it so far.
    #[getter]
    fn counters(&self) -> Counters {
        Counters(lock(&self.events).counters())
    }

    /// Unsubscribes: what waits is discarded, and the iteration ends, in other tasks as well.
    fn close(&self) {
        lock(&self.events).close();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.executor)?;
        visit.call(&self.event_loop)?;
        visit.call(&self.owner)
    }
}

impl Drop for AsyncStream {
    fn drop(&mut self) {
        self.executor.get().forget(self.id);
    }
}

/// A wait for news of a stream.
struct Wait {
    waiting: Py<LoopFuture>,
    timer: Option<Py<PyAny>>,
}

impl Wait {
    /// True if the time had run out.
    fn end(&self, py: Python<'_>) -> PyResult<bool> {
        self.waiting.get().take()?.is_truthy(py)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        park_at_exit();
        self.waiting.get().give_up();
        if let Some(timer) = &self.timer {
            // A loop that was closed takes no more, and needs none.
            Python::try_attach(|py| drop(timer.call_method0(py, intern!(py, "cancel"))));
        }
    }
}

/// The next item of a stream, when it is awaited. It is taken at the very end, so that a wait that is cancelled loses nothing.
#[pyclass(module = "libami._native")]
pub(super) struct Next {
    stream: Py<AsyncStream>,
    wait: Option<Wait>,
    deadline: Option<Instant>,
    begun: bool,
}

impl Next {
    /// The value that is yielded is for the loop: a future to wait for, or None for a turn.
    fn step<'py>(&mut self, py: Python<'py>) -> PyResult<Step<'py>> {
        let stream = self.stream.get();
        let expired = match self.wait.take() {
            Some(wait) => {
                stream.taken.store(0, Ordering::Relaxed);
                wait.end(py)?
            }
            None => false,
        };
        if stream.taken.fetch_add(1, Ordering::Relaxed) >= TURN {
            stream.taken.store(0, Ordering::Relaxed);
            return Ok(Step::Yield(py.None().into_bound(py)));
        }
        match stream.poll() {
            Poll::Ready(Ok(event)) => Ok(Step::Return(stream.items.make(py, event)?.into_bound(py))),
            Poll::Ready(Err(error)) if error.kind() == ErrorKind::Closed => Err(PyStopAsyncIteration::new_err(())),
            Poll::Ready(Err(error)) => Err::<Step<'_>, _>(error).or_raise(py, stream.items.text()),
            Poll::Pending => {
                if !std::mem::replace(&mut self.begun, true) {
                    self.deadline = stream.idle.timeout.map(|timeout| Instant::now() + timeout);
                }
                if expired || stream.idle.timeout.is_some_and(|timeout| timeout.is_zero()) {
                    stream.idle.check(py)?;
                    return Err(PyStopAsyncIteration::new_err(()));
                }
                let wait = self.wait.insert(stream.wait(py, self.deadline)?);
                Ok(Step::Yield(wait.waiting.bind(py).clone().into_any()))
            }
        }
    }
}

#[pymethods]
impl Next {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.step(py)?.next())
    }

    fn send<'py>(&mut self, py: Python<'py>, _value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.step(py)?.sent()
    }

    #[pyo3(signature = (kind, value=None, _traceback=None, /))]
    fn throw(
        &mut self,
        kind: Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        _traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.wait = None;
        Err(thrown(kind, value))
    }

    fn close(&mut self) {
        self.wait = None;
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.stream)?;
        if let Some(wait) = &self.wait {
            visit.call(&wait.waiting)?;
            visit.call(&wait.timer)?;
        }
        Ok(())
    }
}
