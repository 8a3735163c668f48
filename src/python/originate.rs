//! Calls that the server sets up.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::exception::invalid;
use super::message::{Event, Response};
use super::parking::park_at_exit;
use super::seconds::time_limit;
use super::text::{Text, pairs, utf8};
use crate::client::{self, OriginateOutcome};

/// The arguments of a call besides its channel.
const ARGUMENTS: &str = "context, exten, priority, application, data, timeout, caller_id, variable, account, early_media, headers, deadline and wait";

/// The arguments of a call, each taken out once.
struct Arguments<'a, 'py> {
    given: &'a Bound<'py, PyDict>,
    text: &'a Text,
}

impl<'py> Arguments<'_, 'py> {
    fn take(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let value = self.given.get_item(name)?;
        if value.is_some() {
            self.given.del_item(name)?;
        }
        Ok(value.filter(|value| !value.is_none()))
    }

    fn value(&self, name: &str) -> PyResult<Option<Vec<u8>>> {
        self.take(name)?.map(|value| self.text.value(name, &value)).transpose()
    }

    fn seconds(&self, name: &str) -> PyResult<Option<std::time::Duration>> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        let kind = value.get_type().name()?;
        let wrong = |_| PyTypeError::new_err(format!("{name} is a number of seconds, and a {kind} is not"));
        time_limit(value.py(), name, Some(value.extract().map_err(wrong)?))
    }
}

/// Takes the arguments out of the dict.
pub(super) fn call_of(
    channel: &Bound<'_, PyString>,
    given: &Bound<'_, PyDict>,
    text: &Text,
) -> PyResult<client::Originate> {
    park_at_exit();
    let py = channel.py();
    let arguments = Arguments { given, text };
    let mut call = client::Originate::new(text.encode("channel", channel)?);
    let (context, exten, priority) =
        (arguments.value("context")?, arguments.value("exten")?, arguments.value("priority")?);
    let (application, data) = (arguments.value("application")?, arguments.value("data")?);
    call = match (context, exten, application) {
        (Some(context), Some(exten), None) if data.is_none() => {
            call.extension(context, exten, priority.unwrap_or_else(|| b"1".to_vec()))
        }
        (None, None, Some(application)) if priority.is_none() => {
            call.application(application, data.unwrap_or_default())
        }
        _ => {
            let text = "say what the answered channel does: context= and exten=, or application=, with data= for that";
            return Err(invalid(py, text));
        }
    };
    if let Some(timeout) = arguments.seconds("timeout")? {
        call = call.timeout(timeout);
    }
    if let Some(deadline) = arguments.seconds("deadline")? {
        call = call.deadline(deadline);
    }
    for (name, header) in [("caller_id", "CallerID"), ("account", "Account"), ("early_media", "EarlyMedia")] {
        if let Some(value) = arguments.value(name)? {
            call = call.header(header, value);
        }
    }
    if let Some(variables) = arguments.take("variable")? {
        for (name, value) in pairs("variable", &variables)? {
            call = call.variable(utf8("name of a variable", &name)?, text.value("a variable", &value)?);
        }
    }
    if let Some(headers) = arguments.take("headers")? {
        for (name, value) in pairs("headers", &headers)? {
            call = call.header(utf8("name of a header", &name)?, text.value("a header", &value)?);
        }
    }
    match given.keys().get_item(0) {
        Ok(name) => {
            Err(PyTypeError::new_err(format!("originate() takes no argument named {name}; it takes {ARGUMENTS}")))
        }
        Err(_) => Ok(call),
    }
}

/// The outcome of a call that the server was to set up.
#[pyclass(frozen, module = "libami")]
pub(super) struct Originated {
    outcome: OriginateOutcome,
    response: Py<Response>,
    event: Py<Event>,
    text: Arc<Text>,
}

impl Originated {
    pub fn create(py: Python<'_>, outcome: OriginateOutcome, text: &Arc<Text>) -> PyResult<Py<Originated>> {
        let response = Response::create(py, outcome.response().clone(), text)?;
        let event = Event::create(py, outcome.event().clone(), text)?;
        Py::new(py, Originated { outcome, response, event, text: Arc::clone(text) })
    }
}

#[pymethods]
impl Originated {
    /// True if it was answered.
    #[getter]
    fn answered(&self) -> bool {
        self.outcome.is_answered()
    }

    /// "answered", "no-answer", "busy", "congestion", or "failed", as when there is no such extension.
    #[getter]
    fn reason(&self) -> &'static str {
        self.outcome.reason().name()
    }

    /// The channel's name; of a call that was not answered it may be what was asked for. None if it was not told.
    #[getter]
    fn channel<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        self.outcome.channel().map(|channel| self.text.decode(py, channel)).transpose()
    }

    /// The channel's Uniqueid, or None if there was no channel.
    #[getter]
    fn uniqueid<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        self.outcome.uniqueid().map(|id| self.text.decode(py, id)).transpose()
    }

    /// The server's answer to the action, which says that it takes the call on.
    #[getter]
    fn response(&self, py: Python<'_>) -> Py<Response> {
        self.response.clone_ref(py)
    }

    /// The event that told the outcome, OriginateResponse.
    #[getter]
    fn event(&self, py: Python<'_>) -> Py<Event> {
        self.event.clone_ref(py)
    }

    /// Channels may be people's numbers, so they are not shown.
    fn __repr__(&self) -> String {
        format!("<libami.Originated: {}>", self.reason())
    }
}
