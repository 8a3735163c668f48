//! Events, responses and mail that come out of a pickle.

use std::sync::Arc;

use pyo3::prelude::*;

use super::content::{Unpickled, unpickled};
use super::gsm::mail;
use super::message::{Event, Response};
use super::parking::park_at_exit;
use super::text::Text;
use crate::protocol;

fn text_of(py: Python<'_>, encoding: &str, errors: &str) -> PyResult<Arc<Text>> {
    Ok(Arc::new(Text::new(py, encoding, errors)?))
}

/// Makes an event of a pickle.
#[pyfunction(name = "_event")]
pub(super) fn unpickle_event(py: Python<'_>, message: Unpickled, encoding: &str, errors: &str) -> PyResult<Py<Event>> {
    park_at_exit();
    Event::create(py, unpickled(py, &message)?, &text_of(py, encoding, errors)?)
}

/// Makes an SMS, a report, a USSD text or an unreadable message of a pickle.
#[pyfunction(name = "_mail")]
pub(super) fn unpickle_mail(py: Python<'_>, message: Unpickled, encoding: &str, errors: &str) -> PyResult<Py<PyAny>> {
    park_at_exit();
    mail(py, unpickled(py, &message)?, &text_of(py, encoding, errors)?)
}

/// Makes a response of a pickle.
#[pyfunction(name = "_response")]
pub(super) fn unpickle_response(
    py: Python<'_>,
    message: Unpickled,
    events: Vec<Unpickled>,
    end_event: Option<Unpickled>,
    output: Option<Vec<u8>>,
    encoding: &str,
    errors: &str,
) -> PyResult<Py<Response>> {
    park_at_exit();
    let events = events.iter().map(|event| unpickled(py, event)).collect::<PyResult<_>>()?;
    let end = end_event.map(|event| unpickled(py, &event)).transpose()?;
    let response = protocol::Response::copied(unpickled(py, &message)?, events, end, output);
    Response::create(py, response, &text_of(py, encoding, errors)?)
}
