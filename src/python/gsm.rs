//! SMS, reports and USSD texts that come in, and ports as programs name them.

use std::sync::Arc;

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use super::content::reduce_mail;
use super::datetime::datetime;
use super::error::OrRaise;
use super::message::Event;
use super::parking::park_at_exit;
use super::pdu::encoding_name;
use super::text::{Text, utf8};
use crate::gsm::{self, Incoming, Repertoire};
use crate::protocol;

/// A port as a program names it: by its number, counted from 1, or by its name.
pub(super) enum Port {
    Span(i64),
    Name(String),
}

impl<'py> FromPyObject<'_, 'py> for Port {
    type Error = PyErr;

    fn extract(port: Borrowed<'_, 'py, PyAny>) -> PyResult<Port> {
        park_at_exit();
        if let Ok(span) = port.extract() {
            return Ok(Port::Span(span));
        }
        port.extract().map(Port::Name).map_err(|_| {
            let kind = port.get_type().name().map_or_else(|_| "value".to_owned(), |name| name.to_string());
            PyTypeError::new_err(format!(
                "a port is its number, an int from 1, or its name, a str; a {kind} is neither"
            ))
        })
    }
}

impl From<Port> for gsm::Port {
    fn from(port: Port) -> gsm::Port {
        match port {
            // A number that no port has is refused as 0 is.
            Port::Span(span) => u32::try_from(span).unwrap_or(0).into(),
            Port::Name(name) => name.as_str().into(),
        }
    }
}

/// Makes Python's object of an SMS, report, reply or marker that came in.
pub(super) fn mail(py: Python<'_>, event: protocol::Message, text: &Arc<Text>) -> PyResult<Py<PyAny>> {
    match Incoming::from_event(&event) {
        Some(Incoming::Sms(sms)) => Sms(sms).into_py_any(py),
        Some(Incoming::Report(report)) => Report { report, text: Arc::clone(text) }.into_py_any(py),
        Some(Incoming::Ussd(ussd)) => Ussd(ussd).into_py_any(py),
        Some(Incoming::Unreadable(unreadable)) => Unreadable(unreadable).into_py_any(py),
        None => Event::create(py, event, text)?.into_py_any(py),
    }
}

/// The pickle of what came in, which is that of the event that it came with.
fn reduce<'py>(py: Python<'py>, incoming: Incoming, text: &Text) -> PyResult<Bound<'py, PyAny>> {
    reduce_mail(py, &incoming.into_event(), text)?.into_bound_py_any(py)
}

/// An SMS that came in.
#[pyclass(frozen, module = "libami")]
pub(super) struct Sms(pub gsm::Sms);

#[pymethods]
impl Sms {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("sender", "text");

    /// The port's number, counted from 1; 0 where ports have names.
    #[getter]
    fn span(&self) -> u32 {
        self.0.span()
    }

    /// The port's name, such as "4" or "dongle0".
    #[getter]
    fn port(&self) -> &str {
        self.0.port()
    }

    /// The sender: a number, or a name.
    #[getter]
    fn sender(&self) -> &str {
        self.0.sender()
    }

    /// The time at which the network took it: aware where the gateway tells the zone, else naive. None where the gateway tells no
    /// time, or something else than a time. For an SMS in parts it is the first part's.
    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        datetime(py, self.0.time())
    }

    /// The same as text: ISO 8601, or the gateway's own text where that is no time; empty where it tells no time.
    #[getter]
    fn time_text(&self) -> &str {
        self.0.time()
    }

    /// The text; empty for an SMS that is no text, see data.
    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    /// The number of the SMS centre that delivered it, or None where the gateway does not tell it.
    #[getter]
    fn smsc(&self) -> Option<&str> {
        self.0.smsc()
    }

    /// The class, or None: 0 is shown at once and not kept, 1 to 3 say where it belongs: the phone, its SIM, or a
    /// machine behind it.
    #[getter]
    fn message_class(&self) -> Option<u8> {
        self.0.class()
    }

    /// The number of parts that it was sent in.
    #[getter]
    fn parts(&self) -> u32 {
        self.0.parts()
    }

    /// The parts that did not arrive in time, counted from 1.
    #[getter]
    fn missing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.missing())
    }

    /// True if all of it arrived.
    #[getter]
    fn is_complete(&self) -> bool {
        self.0.is_complete()
    }

    /// The parts' PDUs in hex, with the SMS centre's number in front, where the gateway hands them out.
    #[getter]
    fn pdus<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.pdus())
    }

    /// The text as bytes before they were decoded: the user data of the PDUs, or what the gateway wrote.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.raw())
    }

    /// The octets of an SMS that is no text, such as the notice of an MMS; of one in parts those of all that arrived, in
    /// order. None for a text, and where the gateway hands on nothing but texts.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.data().map(|data| PyBytes::new(py, data))
    }

    /// The port of the application that it is for, such as 2948 for notices of MMS, or None where it names none.
    #[getter]
    fn application_port(&self) -> Option<u16> {
        self.0.application_port()
    }

    /// The sender and the text are people's own, so they are not shown.
    fn __repr__(&self) -> String {
        format!("<libami.Sms on port {} at {}>", self.port(), self.time_text())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        reduce(py, Incoming::Sms(self.0.clone()), &Text::default())
    }

    /// It never changes, so a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// The outcome of an SMS that was sent, as the gateway tells it later: that the network took it or not, and where it was asked
/// for, that the recipient has it or not.
#[pyclass(frozen, module = "libami.gateway")]
pub(super) struct Report {
    report: gsm::Report,
    text: Arc<Text>,
}

#[pymethods]
impl Report {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("outcome",);

    /// The port's number, counted from 1; 0 where ports have names or the gateway does not tell.
    #[getter]
    fn span(&self) -> u32 {
        self.report.span()
    }

    /// The port's name; empty where the gateway does not tell.
    #[getter]
    fn port(&self) -> &str {
        self.report.port()
    }

    /// The id that the SMS was sent with, or None where the gateway does not repeat it.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.report.id()
    }

    /// As of a receipt: "queued", "sent", "failed", "delivered", "undelivered" or "unknown".
    #[getter]
    fn outcome(&self) -> &'static str {
        self.report.outcome().name()
    }

    /// The number that it was sent to, or None where the gateway does not tell it.
    #[getter]
    fn recipient(&self) -> Option<&str> {
        self.report.recipient()
    }

    /// The time at which the SMS centre took it, or None: aware where the zone is told, else naive.
    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        datetime(py, self.report.time().unwrap_or_default())
    }

    /// The same as the gateway's text, in ISO 8601 where it is a time, or None.
    #[getter]
    fn time_text(&self) -> Option<&str> {
        self.report.time()
    }

    /// The time at which it was delivered, or at which the SMS centre stopped trying, or None: aware where the zone is told,
    /// else naive.
    #[getter]
    fn done<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        datetime(py, self.report.done().unwrap_or_default())
    }

    /// The same as the gateway's text, in ISO 8601 where it is a time, or None.
    #[getter]
    fn done_text(&self) -> Option<&str> {
        self.report.done()
    }

    /// The network's reference of the SMS, or None.
    #[getter]
    fn reference(&self) -> Option<u8> {
        self.report.reference()
    }

    /// The network's own status (3GPP TS 23.040, 9.2.3.15), or None.
    #[getter]
    fn status(&self) -> Option<u8> {
        self.report.status()
    }

    /// The gateway's own text; it may be empty.
    #[getter]
    fn words<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.text.decode(py, self.report.peer_text())
    }

    /// The number is people's own, so it is not shown.
    fn __repr__(&self) -> String {
        format!("<libami.gateway.Report {} on port {}>", self.outcome(), self.port())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        reduce(py, Incoming::Report(self.report.clone()), &self.text)
    }

    /// It never changes, so a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// A USSD message: a text that came by itself, or what came of a code where a gateway tells that with an event.
#[pyclass(frozen, module = "libami.gateway")]
pub(super) struct Ussd(gsm::Ussd);

#[pymethods]
impl Ussd {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("text",);

    /// The port's number, counted from 1; 0 where ports have names.
    #[getter]
    fn span(&self) -> u32 {
        self.0.span()
    }

    /// The port's name.
    #[getter]
    fn port(&self) -> &str {
        self.0.port()
    }

    /// The text.
    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    /// True if the network waits for an answer, or None where the gateway does not tell.
    #[getter]
    fn wants_answer(&self) -> Option<bool> {
        self.0.wants_answer()
    }

    /// "final": a text that wants no answer; "question": one that does; "ended": the network has ended the dialogue;
    /// "other-client": something else on the modem took the reply; "not-supported": the network does not know the code;
    /// "timed-out": it gave up waiting; "not-sent": the modem did not take the code. None where the gateway does not tell.
    #[getter]
    fn mode(&self) -> Option<&'static str> {
        self.0.mode().map(gsm::UssdMode::name)
    }

    /// The driver's own name for the code that this is about, the ID of the answer to its action; None where it tells none.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.0.id()
    }

    /// The text may hold a balance or a number, so it is not shown.
    fn __repr__(&self) -> String {
        format!("<libami.gateway.Ussd on port {}>", self.port())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        reduce(py, Incoming::Ussd(self.0.clone()), &Text::default())
    }

    /// It never changes, so a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// Something that looks like an SMS and cannot be read, or came in a way that an SMS cannot.
#[pyclass(frozen, module = "libami.gateway")]
pub(super) struct Unreadable(gsm::Unreadable);

#[pymethods]
impl Unreadable {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("why",);

    /// The port's name; empty where it could not be told.
    #[getter]
    fn port(&self) -> &str {
        self.0.port()
    }

    /// The reason why it cannot be read.
    #[getter]
    fn why(&self) -> &str {
        self.0.why()
    }

    /// The bytes that came, as the server sent them.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.raw())
    }

    fn __repr__(&self) -> String {
        format!("<libami.gateway.Unreadable on port {}: {}>", self.port(), self.why())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        reduce(py, Incoming::Unreadable(self.0.clone()), &Text::default())
    }

    /// It never changes, so a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// The network's reply to a USSD code.
#[pyclass(frozen, module = "libami")]
pub(super) struct UssdReply(pub gsm::UssdReply);

#[pymethods]
impl UssdReply {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("text",);

    /// The text.
    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    /// True if the network waits for an answer; send it as another code.
    #[getter]
    fn wants_answer(&self) -> bool {
        self.0.wants_answer()
    }

    /// Its text is people's own, so it is not shown.
    fn __repr__(&self) -> String {
        let wants = if self.wants_answer() { "wants an answer" } else { "wants no answer" };
        format!("<libami.UssdReply of {} characters, {wants}>", self.text().chars().count())
    }
}

/// A text as the SMS that it takes.
#[pyclass(frozen, module = "libami")]
pub(super) struct SmsParts {
    encoding: &'static str,
    units: usize,
    left: usize,
    /// Each with its units.
    pieces: Vec<(String, usize)>,
}

impl From<gsm::SmsParts<'_>> for SmsParts {
    fn from(parts: gsm::SmsParts<'_>) -> SmsParts {
        SmsParts {
            encoding: encoding_name(parts.encoding()),
            units: parts.units(),
            left: parts.room(),
            pieces: parts.parts().map(|(text, units)| (text.to_owned(), units)).collect(),
        }
    }
}

#[pymethods]
impl SmsParts {
    /// "gsm7", whose units are septets, or "ucs2", whose units are those of UTF-16, if the text has a character that the
    /// default alphabet of GSM has not.
    #[getter]
    fn encoding(&self) -> &'static str {
        self.encoding
    }

    /// The room that all of the text takes, in units.
    #[getter]
    fn units(&self) -> usize {
        self.units
    }

    /// The number of SMS that it takes, at least one.
    #[getter]
    fn count(&self) -> usize {
        self.pieces.len()
    }

    /// The text of each SMS. No character is cut in two.
    #[getter]
    fn parts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.pieces.iter().map(|(text, _)| text))
    }

    /// The room that each SMS takes, in units.
    #[getter]
    fn sizes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.pieces.iter().map(|(_, units)| units))
    }

    /// The room that is left in the last SMS, in units.
    #[getter]
    fn left(&self) -> usize {
        self.left
    }

    /// The text is people's own, so it is not shown.
    fn __repr__(&self) -> String {
        format!("<libami.SmsParts: {} of {} units in {}>", self.count(), self.units, self.encoding)
    }
}

/// Count the SMS that a text takes and split it, as the standard has it: one SMS holds 160 septets or 70 units of UTF-16, each
/// of several 153 or 67. Nothing is sent. A gateway's own commands may carry less.
///
///     >>> parts = libami.sms_parts("hello " * 40)
///     >>> parts.count, parts.encoding, parts.units
///     (2, 'gsm7', 240)
///
/// Raises InvalidValue if it takes more than 255 SMS, or holds half a surrogate pair.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(super) fn sms_parts(text: &Bound<'_, PyString>) -> PyResult<SmsParts> {
    let parts = gsm::SmsParts::of(utf8("text", text)?, Repertoire::Gsm7);
    Ok(parts.or_raise(text.py(), &Text::default().into())?.into())
}
