//! Errors of the core, raised with what they bring along: the server's words, the response, the receipt.

use std::sync::Arc;

use pyo3::prelude::*;

use super::exception::exception;
use super::message::Response;
use super::receipt::Receipt;
use super::text::Text;
use crate::error::Error;
use crate::gsm::SendError;

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
