//! Calls as Python holds them: before they are begun, and while an event loop waits for them.

use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::call::{Make, Running, running};
use super::error::OrRaise;
use super::executor::{Executor, Slot, poll};
use super::loop_future::{LoopFuture, Step, thrown};
use super::text::Text;
use super::wait::wait;
use crate::client::hold_many;
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
    fn start(&self, py: Python<'_>, executor: Py<Executor>, event_loop: Py<PyAny>) -> PyResult<Py<Call>> {
        Call::begin(py, &executor, &event_loop, self.take()?)
    }
}

/// A call that was begun: the future that its task waits for, and what that awaits to get the result. Who stops waiting for it cancels it.
#[pyclass(frozen, extends = LoopFuture, module = "libami._native")]
pub(super) struct Call {
    executor: Py<Executor>,
    id: u64,
    /// The steps that it has taken so far, as a coroutine.
    step: AtomicU8,
}

/// It was not awaited yet.
const BEGUN: u8 = 0;
/// Somebody waits for it.
const AWAITED: u8 = 1;
/// It has given its result, or was cancelled.
const OVER: u8 = 2;

impl Call {
    /// Begins a call: what it has to write is written now, or with what else is submitted in this turn of the loop.
    pub fn begin(
        py: Python<'_>,
        executor: &Py<Executor>,
        event_loop: &Py<PyAny>,
        mut running: Running,
    ) -> PyResult<Py<Call>> {
        let this = executor.get();
        this.check_here(py, event_loop)?;
        let waking = this.waker();
        let id = waking.id;
        let (polled, held) = hold_many(|| poll(&mut running, &waking));
        if !held.is_empty() {
            Executor::write_later(executor.bind(py), event_loop, held)?;
        }
        let call = Call { executor: executor.clone_ref(py), id, step: AtomicU8::new(BEGUN) };
        let call = PyClassInitializer::from(LoopFuture::new(py, event_loop)).add_subclass(call);
        let call = Bound::new(py, call)?;
        match polled {
            Poll::Ready(()) => LoopFuture::end(call.as_super(), Ok(running.finish(py)?))?,
            Poll::Pending => {
                let waiting = call.as_super().clone().unbind();
                this.keep(id, Slot::Call { running, waking, waiting });
            }
        }
        Ok(call.unbind())
    }

    fn step<'py>(slf: &Bound<'py, Call>) -> PyResult<Step<'py>> {
        let (step, future) = (&slf.get().step, slf.as_super().get());
        match step.load(Ordering::Relaxed) {
            BEGUN if !future.is_over() => {
                step.store(AWAITED, Ordering::Relaxed);
                Ok(Step::Yield(slf.clone().into_any()))
            }
            OVER => Err(PyRuntimeError::new_err("the call was awaited already")),
            _ => {
                step.store(OVER, Ordering::Relaxed);
                Ok(Step::Return(future.take()?.into_bound(slf.py())))
            }
        }
    }

    fn cancel(slf: &Bound<'_, Call>) {
        let this = slf.get();
        if this.step.swap(OVER, Ordering::Relaxed) != OVER {
            slf.as_super().get().give_up();
            this.executor.get().forget(this.id);
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

    fn __next__<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(Call::step(slf)?.next())
    }

    fn send<'py>(slf: &Bound<'py, Self>, _value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Call::step(slf)?.sent()
    }

    #[pyo3(signature = (kind, value=None, _traceback=None, /))]
    fn throw<'py>(
        slf: &Bound<'py, Self>,
        kind: Bound<'py, PyAny>,
        value: Option<Bound<'py, PyAny>>,
        _traceback: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Call::cancel(slf);
        Err(thrown(kind, value))
    }

    fn close(slf: &Bound<'_, Self>) {
        Call::cancel(slf);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.executor)
    }
}
