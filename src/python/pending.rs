//! Calls as Python holds them: before they are begun, and while an event loop waits for them.

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::call::{Make, Running, running};
use super::error::OrRaise;
use super::executor::{Executor, Slot, check_loop, poll};
use super::loop_future::{LoopFuture, thrown};
use super::text::Text;
use super::wait::wait;
use crate::client::gather_many;
use crate::lock::lock;

/// A call that is not begun. Letting go of it, or of the wait for it, cancels it.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct Pending(Mutex<Option<Running>>);

impl Pending {
    /// A call of which Python gets what is made of its result.
    pub fn new<F, T, E, R>(text: &Arc<Text>, call: F, make: Make<T, R>) -> Pending
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
        R: for<'py> IntoPyObject<'py> + 'static,
        Result<T, E>: OrRaise<T>,
    {
        Pending(Mutex::new(Some(running(text, call, make))))
    }

    fn take(&self) -> PyResult<Running> {
        let running = lock(&self.0).take();
        running.ok_or_else(|| PyRuntimeError::new_err("the call was begun already"))
    }
}

#[pymethods]
impl Pending {
    /// Begins it, and waits for its result.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let mut running = self.take()?;
        wait(py, poll_fn(|context| running.poll(context)))?;
        running.finish(py)
    }

    /// Begins it on an event loop, where its result is to be awaited.
    fn start(&self, py: Python<'_>, executor: Py<Executor>, event_loop: Py<PyAny>) -> PyResult<Call> {
        check_loop(py, &event_loop)?;
        Call::start(py, &executor, &event_loop, self.take()?)
    }
}

/// A call that was begun. Whoever awaits it gets its result; letting go of it cancels it.
#[pyclass(module = "libami._native")]
pub(super) struct Call {
    executor: Py<Executor>,
    id: u64,
    waiting: Option<Py<LoopFuture>>,
    begun: bool,
    /// It ended at once.
    done: Option<Py<PyAny>>,
}

impl Call {
    /// Begins a call: what it has to write is written now.
    pub fn start(
        py: Python<'_>,
        executor: &Py<Executor>,
        event_loop: &Py<PyAny>,
        mut running: Running,
    ) -> PyResult<Call> {
        let this = executor.get();
        let waking = this.waker();
        let id = waking.id;
        let mut call = Call { executor: executor.clone_ref(py), id, waiting: None, begun: false, done: None };
        let (polled, gathered) = gather_many(|| poll(&mut running, &waking));
        if !gathered.is_empty() {
            Executor::write_later(executor.bind(py), event_loop, gathered)?;
        }
        match polled {
            Poll::Ready(()) => call.done = Some(running.finish(py)?),
            Poll::Pending => {
                let waiting = LoopFuture::new(py, event_loop)?;
                call.waiting = Some(waiting.clone_ref(py));
                this.keep(id, Slot::Call { running, waking, waiting });
            }
        }
        Ok(call)
    }

    fn cancel(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.get().give_up();
            self.executor.get().forget(self.id);
        }
    }
}

#[pymethods]
impl Call {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if let Some(value) = self.done.take() {
            return Err(PyStopIteration::new_err((value,)));
        }
        match &self.waiting {
            Some(waiting) if !std::mem::replace(&mut self.begun, true) && !waiting.get().is_over() => {
                Ok(waiting.clone_ref(py).into_any())
            }
            Some(waiting) => {
                let outcome = waiting.get().take();
                self.waiting = None;
                Err(PyStopIteration::new_err((outcome?,)))
            }
            None => Err(PyRuntimeError::new_err("the call was awaited already")),
        }
    }

    fn send(&mut self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.__next__(py)
    }

    #[pyo3(signature = (kind, value=None, _traceback=None, /))]
    fn throw(
        &mut self,
        kind: Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        _traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.cancel();
        Err(thrown(kind, value))
    }

    fn close(&mut self) {
        self.cancel();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.executor)?;
        visit.call(&self.waiting)?;
        visit.call(&self.done)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.cancel();
    }
}
