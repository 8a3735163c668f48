//! The most that a server may send.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt};

use super::exception::invalid;
use super::parking::park_at_exit;
use crate::protocol;

/// Sets a limit, if one is given.
pub(super) fn set(place: &mut usize, name: &str, wanted: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let Some(wanted) = wanted else { return Ok(()) };
    park_at_exit();
    let py = wanted.py();
    if !wanted.is_instance_of::<PyInt>() || wanted.is_instance_of::<PyBool>() {
        let kind = wanted.get_type().name()?;
        return Err(PyTypeError::new_err(format!("the limit {name} must be an int, and a {kind} is not")));
    }
    if wanted.lt(1)? {
        return Err(invalid(py, &format!("the limit {name} must be at least 1, not {}", wanted.str()?)));
    }
    // More than there can be is as good as no limit.
    *place = wanted.extract().unwrap_or(usize::MAX);
    Ok(())
}

/// Limits of what the server may send, for clients and gateways. An answer over a limit fails its own call alone, with
/// ProtocolError of code 202; a server that goes over one with anything else loses the connection.
///
/// banner      bytes of the first line
/// line        bytes of one line
/// headers     headers of one message, not counting Output
/// message     bytes of one message, not counting a command's output
/// response    bytes of one response that an action waits for, which may be a whole file, in lines of its own
///             or in a single one; lines, headers and messages that are responses have this limit where
///             their own is smaller, unless that was set below its default
/// output      bytes of one command's output
/// list        entries of one list
/// list_bytes  bytes of memory that the entries of one list take
#[pyclass(frozen, module = "libami", name = "Limits")]
pub(super) struct Limits(pub protocol::Limits);

#[pymethods]
impl Limits {
    #[new]
    #[pyo3(
        signature = (
            *, banner=None, line=None, headers=None, message=None, response=None, output=None, list=None, list_bytes=None
        ),
        text_signature = "(*, banner=256, line=65535, headers=4096, message=1048576, response=20971520, output=16777216, \
                          list=1000000, list_bytes=134217728)"
    )]
    #[expect(clippy::too_many_arguments)]
    fn new(
        banner: Option<&Bound<'_, PyAny>>,
        line: Option<&Bound<'_, PyAny>>,
        headers: Option<&Bound<'_, PyAny>>,
        message: Option<&Bound<'_, PyAny>>,
        response: Option<&Bound<'_, PyAny>>,
        output: Option<&Bound<'_, PyAny>>,
        list: Option<&Bound<'_, PyAny>>,
        list_bytes: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Limits> {
        let mut limits = protocol::Limits::default();
        set(&mut limits.banner, "banner", banner)?;
        set(&mut limits.line, "line", line)?;
        set(&mut limits.headers, "headers", headers)?;
        set(&mut limits.frame, "message", message)?;
        set(&mut limits.response, "response", response)?;
        set(&mut limits.output, "output", output)?;
        set(&mut limits.list, "list", list)?;
        set(&mut limits.list_bytes, "list_bytes", list_bytes)?;
        Ok(Limits(limits))
    }

    /// Bytes of the first line.
    #[getter]
    fn banner(&self) -> usize {
        self.0.banner
    }

    /// Bytes of one line.
    #[getter]
    fn line(&self) -> usize {
        self.0.line
    }

    /// Headers of one message, not counting Output.
    #[getter]
    fn headers(&self) -> usize {
        self.0.headers
    }

    /// Bytes of one message, not counting a command's output.
    #[getter]
    fn message(&self) -> usize {
        self.0.frame
    }

    /// Bytes of one response.
    #[getter]
    fn response(&self) -> usize {
        self.0.response
    }

    /// Bytes of one command's output.
    #[getter]
    fn output(&self) -> usize {
        self.0.output
    }

    /// Entries of one list.
    #[getter]
    fn list(&self) -> usize {
        self.0.list
    }

    /// Bytes of memory that the entries of one list take.
    #[getter]
    fn list_bytes(&self) -> usize {
        self.0.list_bytes
    }

    fn __repr__(&self) -> String {
        let protocol::Limits { banner, line, headers, frame, response, output, list, list_bytes } = self.0;
        format!(
            "libami.Limits(banner={banner}, line={line}, headers={headers}, message={frame}, response={response}, \
             output={output}, list={list}, list_bytes={list_bytes})"
        )
    }
}
