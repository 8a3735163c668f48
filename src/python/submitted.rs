//! Actions whose outcomes futures of concurrent.futures get.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::callback::logger;
use super::error::OrRaise;
use super::interpreter::attach;
use super::message::Response;
use super::parking::park_at_exit;
use super::seconds::time_limit;
use super::session::{Headers, action_of};
use super::text::Text;
use crate::blocking;
use crate::error::Error;
use crate::protocol;

/// An action that a future stands for. It keeps neither the client nor the future.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct Submitted {
    action: blocking::Submitted,
    text: Arc<Text>,
}

#[pymethods]
impl Submitted {
    /// Ends the action if it has not ended; the future gets nothing then.
    fn cancel(&self) {
        park_at_exit();
        self.action.cancel();
    }

    /// Refuses to be waited for in the child of a fork.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.action.check().or_raise(py, &self.text)
    }
}

/// An action as Python gives it.
pub(super) struct Request<'a, 'py> {
    pub name: &'a Bound<'py, PyString>,
    pub headers: &'a Headers<'py>,
    pub deadline: Option<f64>,
}

/// Sends an action. The future gets its outcome on a thread for callbacks; until then the owner is kept.
pub(super) fn submit(
    py: Python<'_>,
    client: &blocking::Client,
    text: &Arc<Text>,
    request: &Request<'_, '_>,
    future: Py<PyAny>,
    owner: Py<PyAny>,
) -> PyResult<Submitted> {
    // The future logs what functions that are added to it raise.
    logger(py)?;
    let action = action_of(text, request.name, request.headers)?;
    let timeout = time_limit(py, "deadline", request.deadline)?;
    let told = Arc::clone(text);
    // Called within `around`, which has attached the thread.
    let tell = move |outcome| {
        Python::attach(move |py| {
            resolve(future.bind(py), outcome, &told);
            drop((future, owner));
        });
    };
    let action = client.submit_action(&action, timeout, tell).or_raise(py, text)?;
    Ok(Submitted { action, text: Arc::clone(text) })
}

/// Tells a future what an action came to, unless it was cancelled.
fn resolve(future: &Bound<'_, PyAny>, outcome: Result<protocol::Response, Error>, text: &Arc<Text>) {
    let py = future.py();
    let told = match outcome.or_raise(py, text).and_then(|response| Response::create(py, response, text)) {
        Ok(response) => future.call_method1(intern!(py, "set_result"), (response,)),
        Err(error) => future.call_method1(intern!(py, "set_exception"), (error,)),
    };
    let Err(error) = told else { return };
    // What a function that was added raises is logged by the future, but for requests to end the program.
    let is_cancelled = future.call_method0(intern!(py, "cancelled")).and_then(|it| it.is_truthy());
    if !is_cancelled.unwrap_or(false) {
        error.write_unraisable(py, Some(future));
    }
}

/// Runs a turn with the interpreter: all outcomes of it come to it together.
pub(super) fn around(turn: &mut dyn FnMut()) {
    attach(|_| turn());
}
