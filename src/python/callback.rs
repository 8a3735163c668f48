//! A program's functions, called on libami's threads.

use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::interpreter::{attach, logging};

static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Gets the logger. Called before the first callback is there: some things cannot be imported any more when it ends.
pub(super) fn logger(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let made = || Ok::<_, PyErr>(logging(py)?.call_method1("getLogger", ("libami",))?.unbind());
    Ok(LOGGER.get_or_try_init(py, made)?.bind(py))
}

pub(super) struct Callback(Option<Py<PyAny>>);

impl Callback {
    pub fn new(callable: &Bound<'_, PyAny>) -> PyResult<Callback> {
        if callable.is_callable() {
            logger(callable.py())?;
            Ok(Callback(Some(callable.clone().unbind())))
        } else {
            Err(PyTypeError::new_err(format!(
                "a callback must be callable, and a {} is not",
                callable.get_type().name()?
            )))
        }
    }

    /// Calls it with what is made here. What it raises is logged.
    pub fn call<'py>(&self, py: Python<'py>, arguments: PyResult<impl PyCallArgs<'py>>) {
        let Some(callable) = self.0.as_ref().map(|callable| callable.bind(py)) else { return };
        if let Err(error) = arguments.and_then(|arguments| callable.call1(arguments))
            && let Err(failure) = log(callable, &error)
        {
            // Not even logging works.
            error.write_unraisable(py, Some(callable));
            failure.write_unraisable(py, Some(callable));
        }
    }
}

fn log(callable: &Bound<'_, PyAny>, error: &PyErr) -> PyResult<()> {
    let py = callable.py();
    let details = PyDict::new(py);
    details.set_item("exc_info", (error.get_type(py), error.value(py), error.traceback(py)))?;
    logger(py)?.call_method("error", ("the callback %r raised an exception", callable), Some(&details))?;
    Ok(())
}

/// Logs that callbacks get nothing more, and why.
pub(super) fn warn(py: Python<'_>, why: &str) {
    let text = "a connection is over, and its callbacks get nothing more: %s";
    if let Err(failure) = logger(py).and_then(|logger| logger.call_method1("warning", (text, why))) {
        failure.write_unraisable(py, None);
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        // PyO3 drops it when some thread comes to the interpreter.
        let callable = self.0.take();
        attach(|_| drop(callable));
    }
}
