//! Errors as Python's exceptions. Which class stands for which status is said in `python/libami/_errors.py` alone.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::gsm::Receipt;
use super::message::Response;
use super::parking::park_at_exit;
use super::text::Text;
use crate::error::{Error, ErrorKind};
use crate::gsm::SendError;

/// Found with the first import: `sys.modules` may be emptied before the end, and another import would make other classes.
static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Gets what makes the exceptions, and tells it the names of their codes.
pub(super) fn prepare(py: Python<'_>, statuses: &Bound<'_, PyDict>) -> PyResult<()> {
    let module = py.import("libami._errors")?;
    module.getattr("NAMES")?.cast_into::<PyDict>()?.update(statuses.as_mapping())?;
    MAKE.get_or_try_init(py, || Ok::<_, PyErr>(module.getattr("make")?.unbind()))?;
    Ok(())
}

fn exception<'py>(py: Python<'py>, arguments: impl pyo3::call::PyCallArgs<'py>) -> PyErr {
    park_at_exit();
    MAKE.import(py, "libami._errors", "make")
        .and_then(|make| make.call1(arguments))
        .map_or_else(|error| error, PyErr::from_value)
}

/// An exception of this layer's own.
pub(super) fn own(py: Python<'_>, kind: ErrorKind, message: &str) -> PyErr {
    exception(py, (kind.code(), message))
}

/// An argument is refused.
pub(super) fn invalid(py: Python<'_>, message: &str) -> PyErr {
    own(py, ErrorKind::Invalid, message)
}

/// Turns errors into exceptions, with the server's words decoded as its client does.
pub(super) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>, text: &Arc<Text>) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T, Error> {
    fn or_raise(self, py: Python<'_>, text: &Arc<Text>) -> PyResult<T> {
        self.map_err(|error| raise(py, text, &error, None))
    }
}

impl<T> OrRaise<T> for Result<T, SendError> {
    fn or_raise(self, py: Python<'_>, text: &Arc<Text>) -> PyResult<T> {
        self.map_err(|error| {
            let (error, receipt) = error.into_parts();
            raise(py, text, &error, receipt.map(|receipt| Receipt::new(receipt, text)))
        })
    }
}

fn raise(py: Python<'_>, text: &Arc<Text>, error: &Error, receipt: Option<Receipt>) -> PyErr {
    let build = || -> PyResult<PyErr> {
        // Words that the client's encoding does not know must not hide the error.
        let decode = |words: &[u8]| text.decode(py, words).or_else(|_| Text::default().decode(py, words));
        let peer_message = error.peer_message().map(decode).transpose()?;
        let response = error.response().map(|response| Response::create(py, response.clone(), text)).transpose()?;
        let (code, is_not_found) = (error.kind().code(), error.is_not_found());
        Ok(exception(py, (code, error.message(), peer_message, response, receipt, error.os_code(), is_not_found)))
    };
    build().unwrap_or_else(|failure| failure)
}

/// The name of each status, by its number.
pub(super) fn statuses(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let statuses = PyDict::new(py);
    for kind in ErrorKind::all() {
        statuses.set_item(kind.code(), kind.name())?;
    }
    Ok(statuses)
}
