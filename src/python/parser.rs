//! The parser alone, for programs with their own loop.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyString};
use zeroize::Zeroizing;

use super::error::OrRaise;
use super::limits;
use super::message::Message;
use super::parking::park_at_exit;
use super::session::Headers;
use super::text::{Text, utf8};
use crate::protocol::{self, Action, Credentials, Limits, MessageKind};

/// A message as the parser found it: a frozen mapping of its headers that knows what it is.
#[pyclass(frozen, extends = Message, module = "libami.protocol", name = "ParsedMessage")]
pub(super) struct ParsedMessage;

#[pymethods]
impl ParsedMessage {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("kind", "name");

    /// "response", "event", or "other" for what is neither.
    #[getter]
    fn kind(slf: &Bound<'_, ParsedMessage>) -> &'static str {
        match slf.as_super().get().inner().kind() {
            MessageKind::Response => "response",
            MessageKind::Event => "event",
            _ => "other",
        }
    }

    /// An event's name, or a response's result, such as "Success"; empty for what is neither.
    #[getter]
    fn name<'py>(slf: &Bound<'py, ParsedMessage>) -> PyResult<Bound<'py, PyString>> {
        let message = slf.as_super().get();
        message.decode(slf.py(), message.inner().name())
    }

    /// The ActionID of the action that it belongs to, or None.
    #[getter]
    fn action_id<'py>(slf: &Bound<'py, ParsedMessage>) -> PyResult<Option<Bound<'py, PyString>>> {
        let message = slf.as_super().get();
        message.inner().action_id().map(|id| message.decode(slf.py(), id)).transpose()
    }

    /// A command's text, whatever the server's version: its lines joined by "\n", without one at the end; None for others.
    #[getter]
    fn output<'py>(slf: &Bound<'py, ParsedMessage>) -> PyResult<Option<Bound<'py, PyString>>> {
        let message = slf.as_super().get();
        message.inner().output().map(|output| message.decode(slf.py(), &output)).transpose()
    }

    /// The bytes of the wire from the value of the header at this index of `multi_items` to the end of the message: old
    /// servers send values with raw line ends, and what follows those may be more of the value.
    #[pyo3(signature = (index, /))]
    fn rest<'py>(slf: &Bound<'py, ParsedMessage>, index: usize) -> Bound<'py, PyBytes> {
        park_at_exit();
        PyBytes::new(slf.py(), &slf.as_super().get().inner().rest(index))
    }

    /// The message in memory of its own. Messages that were fed together share memory, and one of them that is kept keeps it
    /// all.
    fn detached(slf: &Bound<'_, ParsedMessage>) -> PyResult<Py<ParsedMessage>> {
        Py::new(slf.py(), (ParsedMessage, slf.as_super().get().detached()))
    }
}

/// A parser for programs with their own loop: bytes in, messages out. It opens no socket and starts no thread.
///
/// Iterating gives the messages that are complete by now, and can go on when more was fed. An error is final, and comes
/// after all the messages before it. `encoding` and `errors` say how values are decoded.
#[pyclass(module = "libami.protocol")]
pub(super) struct Parser {
    parser: protocol::Parser,
    text: Arc<Text>,
    limits: Limits,
}

#[pymethods]
impl Parser {
    #[new]
    #[pyo3(signature = (*, encoding="utf-8", errors="surrogateescape"))]
    fn new(py: Python<'_>, encoding: &str, errors: &str) -> PyResult<Parser> {
        let text = Arc::new(Text::new(py, encoding, errors)?);
        Ok(Parser { parser: protocol::Parser::new(), text, limits: Limits::default() })
    }

    /// Takes bytes in, cut anywhere.
    ///
    /// Raises the error that `next` raised, or will raise once the messages before it were taken, if there was one before.
    #[pyo3(signature = (data, /))]
    fn feed(&mut self, py: Python<'_>, data: PyBackedBytes) -> PyResult<()> {
        self.parser.feed(&data).or_raise(py, &self.text)
    }

    /// The next message, or None if more bytes are needed.
    ///
    /// Raises ProtocolError for what is no AMI or goes over a limit.
    fn next(&mut self, py: Python<'_>) -> PyResult<Option<Py<ParsedMessage>>> {
        let message = self.parser.next().or_raise(py, &self.text)?;
        message.map(|message| Py::new(py, (ParsedMessage, Message::new(message, &self.text)))).transpose()
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Py<ParsedMessage>>> {
        self.next(py)
    }

    /// Says that an action with this ActionID was sent. Old servers put a command's text right behind the headers of the
    /// reply; once a program has said what it sent, no line of such a text can pass for one of those headers.
    #[pyo3(signature = (action_id, /))]
    fn expect_action_id(&mut self, action_id: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(id) = action_id.cast::<PyBytes>() {
            self.parser.expect_action_id(id.as_bytes());
        } else if let Ok(id) = action_id.cast::<PyString>() {
            self.parser.expect_action_id(&self.text.encode("ActionID", id)?);
        } else {
            return Err(PyTypeError::new_err("an ActionID is of type str or bytes"));
        }
        Ok(())
    }

    /// Says that no more bytes will come.
    ///
    /// Raises ProtocolError if they ended within a message.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        self.parser.finish().or_raise(py, &self.text)
    }

    /// The server's first line, once it has come.
    #[getter]
    fn banner(&self) -> Option<&str> {
        self.parser.banner()
    }

    /// Changes limits for what is still to come; what is left out stays as it is.
    ///
    /// banner     bytes of the first line
    /// line       bytes of one line; 65,535 at most
    /// headers    headers of one message, not counting Output
    /// frame      bytes of one message, not counting a command's output
    /// response   bytes of one response whose ActionID was said to `expect_action_id`, see `libami.Limits`
    /// output     bytes of one command's output
    #[pyo3(signature = (*, banner=None, line=None, headers=None, frame=None, response=None, output=None))]
    fn set_limits(
        &mut self,
        banner: Option<&Bound<'_, PyAny>>,
        line: Option<&Bound<'_, PyAny>>,
        headers: Option<&Bound<'_, PyAny>>,
        frame: Option<&Bound<'_, PyAny>>,
        response: Option<&Bound<'_, PyAny>>,
        output: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let mut limits = self.limits;
        limits::set(&mut limits.banner, "banner", banner)?;
        limits::set(&mut limits.line, "line", line)?;
        limits::set(&mut limits.headers, "headers", headers)?;
        limits::set(&mut limits.frame, "frame", frame)?;
        limits::set(&mut limits.response, "response", response)?;
        limits::set(&mut limits.output, "output", output)?;
        self.limits = limits;
        self.parser.set_limits(limits);
        Ok(())
    }
}

/// An action as it goes over the wire.
#[pyfunction]
pub(super) fn encode_action<'py>(
    py: Python<'py>,
    name: &Bound<'_, PyString>,
    headers: Headers<'_>,
) -> PyResult<Bound<'py, PyBytes>> {
    park_at_exit();
    let text = Arc::new(Text::default());
    let mut action = Action::new(utf8("name of the action", name)?);
    for (name, value) in &headers {
        text.add(&mut action, utf8("name of a header", name)?, value)?;
    }
    let bytes = Zeroizing::new(action.to_bytes().or_raise(py, &text)?);
    Ok(PyBytes::new(py, &bytes))
}

/// The `Key` of a `Login` that answers a `Challenge` with `AuthType` MD5: the secret itself then does not cross the network.
#[pyfunction]
#[pyo3(signature = (challenge, secret, /))]
pub(super) fn login_key(challenge: &Bound<'_, PyString>, secret: &Bound<'_, PyString>) -> PyResult<String> {
    let (challenge, secret) = (utf8("challenge", challenge)?, utf8("secret", secret)?);
    Ok(Credentials::new("", secret).login_key(challenge.as_bytes()))
}
