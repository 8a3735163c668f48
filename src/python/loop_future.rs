//! The futures that tasks of asyncio wait for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use pyo3::exceptions::asyncio::{CancelledError, InvalidStateError};
use pyo3::exceptions::{PyBaseException, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit, ffi, intern};

use super::parking::park_at_exit;
use crate::lock::lock;

/// The function that a task has called to go on, and the context for that.
type Waking = (Py<PyAny>, Option<Py<PyAny>>);

#[derive(Default)]
struct State {
    waking: Vec<Waking>,
    is_over: bool,
    /// The result, until it is taken.
    outcome: Option<PyResult<Py<PyAny>>>,
    /// It was cancelled, with this for a message.
    cancelled: Option<Option<Py<PyAny>>>,
}

/// The object that a task waits for. To tasks it is a future of asyncio, but for this: they go on at once when it ends, not in the
/// loop's next turn, which would cost as much again as the news itself. It therefore ends in a turn of its loop, outside tasks.
#[pyclass(frozen, subclass, module = "libami._native")]
pub(super) struct LoopFuture {
    event_loop: Py<PyAny>,
    is_yielded: AtomicBool,
    /// Nothing of Python's runs while this is locked.
    state: Mutex<State>,
}

impl LoopFuture {
    pub fn new(py: Python<'_>, event_loop: &Py<PyAny>) -> LoopFuture {
        LoopFuture { event_loop: event_loop.clone_ref(py), is_yielded: AtomicBool::new(true), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub fn is_over(&self) -> bool {
        self.state().is_over
    }

    /// Nobody waits any more.
    pub fn give_up(&self) {
        let mut state = self.state();
        state.is_over = true;
        let waking = std::mem::take(&mut state.waking);
        drop(state);
        drop(waking);
    }

    /// Ends it, unless it is over, and has those that wait go on now.
    ///
    /// # Errors
    /// The exceptions that such a task lets through: a request to end the program.
    pub fn end(slf: &Bound<'_, LoopFuture>, outcome: PyResult<Py<PyAny>>) -> PyResult<()> {
        park_at_exit();
        let py = slf.py();
        let waking = {
            let mut state = slf.get().state();
            if state.is_over {
                return Ok(());
            }
            state.is_over = true;
            state.outcome = Some(outcome);
            std::mem::take(&mut state.waking)
        };
        let mut result = Ok(());
        for (call, context) in waking {
            let called = match context {
                Some(context) => context.call_method1(py, intern!(py, "run"), (call, slf)),
                None => call.call1(py, (slf,)),
            };
            result = result.and(called.map(drop));
        }
        result
    }

    /// The result that it ended with.
    ///
    /// # Errors
    /// As it ended, and if it has not.
    pub fn take(&self) -> PyResult<Py<PyAny>> {
        let outcome = self.state().outcome.take();
        outcome.unwrap_or_else(|| Err(InvalidStateError::new_err("there is no result")))
    }

    fn call_soon(slf: &Bound<'_, LoopFuture>, (call, context): Waking) -> PyResult<()> {
        park_at_exit();
        let py = slf.py();
        let keywords = PyDict::new(py);
        keywords.set_item(intern!(py, "context"), context)?;
        slf.get().event_loop.call_method(py, intern!(py, "call_soon"), (call, slf), Some(&keywords))?;
        Ok(())
    }
}

#[pymethods]
impl LoopFuture {
    #[getter(_asyncio_future_blocking)]
    fn is_yielded(&self) -> bool {
        self.is_yielded.load(Ordering::Relaxed)
    }

    #[setter(_asyncio_future_blocking)]
    fn set_is_yielded(&self, is_yielded: bool) {
        self.is_yielded.store(is_yielded, Ordering::Relaxed);
    }

    fn get_loop(&self, py: Python<'_>) -> Py<PyAny> {
        self.event_loop.clone_ref(py)
    }

    #[pyo3(signature = (call, /, *, context=None))]
    fn add_done_callback(slf: &Bound<'_, Self>, call: Py<PyAny>, context: Option<Py<PyAny>>) -> PyResult<()> {
        let waking = (call, context);
        {
            let mut state = slf.get().state();
            if !state.is_over {
                state.waking.push(waking);
                return Ok(());
            }
        }
        LoopFuture::call_soon(slf, waking)
    }

    #[pyo3(signature = (msg=None))]
    fn cancel(slf: &Bound<'_, Self>, msg: Option<Py<PyAny>>) -> PyResult<bool> {
        let waking = {
            let mut state = slf.get().state();
            if state.is_over {
                return Ok(false);
            }
            state.is_over = true;
            state.cancelled = Some(msg);
            std::mem::take(&mut state.waking)
        };
        for waking in waking {
            LoopFuture::call_soon(slf, waking)?;
        }
        Ok(true)
    }

    fn done(&self) -> bool {
        self.is_over()
    }

    fn cancelled(&self) -> bool {
        self.state().cancelled.is_some()
    }

    /// For the task that goes on: what came of it is for whoever yielded this to take.
    fn result(&self, py: Python<'_>) -> PyResult<()> {
        let state = self.state();
        match &state.cancelled {
            Some(None) => Err(CancelledError::new_err(())),
            Some(Some(message)) => Err(CancelledError::new_err((message.clone_ref(py),))),
            None if state.is_over => Ok(()),
            None => Err(InvalidStateError::new_err("there is no result yet")),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.event_loop)?;
        let Ok(state) = self.state.try_lock() else { return Ok(()) };
        for (call, context) in &state.waking {
            visit.call(call)?;
            visit.call(context)?;
        }
        match &state.outcome {
            Some(Ok(value)) => visit.call(value),
            _ => Ok(()),
        }
    }
}

/// The next step of something that is awaited.
pub(super) enum Step<'py> {
    /// This is for the loop.
    Yield(Bound<'py, PyAny>),
    /// It ends with this value.
    Return(Bound<'py, PyAny>),
}

impl<'py> Step<'py> {
    /// As `__next__` says it.
    #[allow(unsafe_code)]
    pub fn next(self) -> Option<Bound<'py, PyAny>> {
        match self {
            Step::Yield(value) => Some(value),
            Step::Return(value) => {
                let py = value.py();
                if value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyBaseException>() {
                    // It would be taken for the exception's arguments, or for the exception.
                    PyStopIteration::new_err((value.unbind(),)).restore(py);
                } else {
                    // SAFETY: this thread is in the interpreter, and both are alive. No exception is made of it: its awaiter
                    // takes the value.
                    unsafe { ffi::PyErr_SetObject(ffi::PyExc_StopIteration, value.as_ptr()) };
                }
                None
            }
        }
    }

    /// As `send` says it.
    pub fn sent(self) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Step::Yield(value) => Ok(value),
            Step::Return(value) => Err(PyStopIteration::new_err((value.unbind(),))),
        }
    }
}

/// Raises what has been thrown into something that is awaited.
pub(super) fn thrown(kind: Bound<'_, PyAny>, value: Option<Bound<'_, PyAny>>) -> PyErr {
    park_at_exit();
    PyErr::from_value(match value.filter(|value| !value.is_none()) {
        None => kind,
        Some(value) if value.is_instance_of::<PyBaseException>() => value,
        Some(value) => match kind.call1((value,)) {
            Ok(error) => error,
            Err(error) => return error,
        },
    })
}
