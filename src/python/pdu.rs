//! SMS as they are on the wire. `python/libami/pdu.py` has the calls.

use std::time::Duration;

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyString};

use super::datetime::datetime;
use super::error::OrRaise;
use super::exception::invalid;
use super::parking::park_at_exit;
use super::seconds::time_or_zero;
use super::text::{Text, utf8};
use crate::gsm::pdu::{self, Address, Delivery, Encoding, Pdu, Timestamp};

pub(super) fn encoding_name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "gsm7",
        Encoding::Octets => "octets",
        Encoding::Ucs2 => "ucs2",
    }
}

fn shown(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

/// The place of an SMS in a longer text.
#[pyclass(frozen, eq, hash, get_all, module = "libami.pdu")]
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Part {
    /// The number that all parts of a text have in common.
    reference: u16,
    /// The number of parts, at least one.
    total: u8,
    /// Its number among them, from 1 to `total`.
    index: u8,
}

#[pymethods]
impl Part {
    fn __repr__(&self) -> String {
        format!("<libami.pdu.Part {} of {}, reference {}>", self.index, self.total, self.reference)
    }
}

/// The content of an SMS.
#[pyclass(frozen, module = "libami.pdu")]
pub(super) struct UserData(pdu::UserData);

#[pymethods]
impl UserData {
    /// The text; None if it is octets or compressed.
    #[getter]
    fn text(&self) -> Option<&str> {
        self.0.text()
    }

    /// The encoding: "gsm7", "ucs2", or "octets" that are no text.
    #[getter]
    fn encoding(&self) -> &'static str {
        encoding_name(self.0.encoding())
    }

    /// The class, or None: 0 is shown at once and not kept, 1 to 3 say where it belongs: the phone, its SIM, or a
    /// machine behind it.
    #[getter]
    fn message_class(&self) -> Option<u8> {
        self.0.class()
    }

    /// The data coding scheme, as it came.
    #[getter]
    fn coding(&self) -> u8 {
        self.0.coding()
    }

    /// True if it is compressed, so that its text is not known.
    #[getter]
    fn is_compressed(&self) -> bool {
        self.0.is_compressed()
    }

    /// Its place in a longer text, or None.
    #[getter]
    fn part(&self) -> Option<Part> {
        self.0.part().map(|pdu::Part { reference, total, index }| Part { reference, total, index })
    }

    /// The application port that it is for, or None.
    #[getter]
    fn port(&self) -> Option<u16> {
        self.0.port()
    }

    /// The number of a language whose tables the text was written by and which are not known here, so that some of its
    /// characters may be others; None if all is well.
    #[getter]
    fn unknown_table(&self) -> Option<u8> {
        self.0.unknown_table()
    }

    /// The header's elements, as they came; empty if there are none.
    #[getter]
    fn header<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.header())
    }

    /// The octets behind the header, as they came; septets are packed, with the bits in front that fill up the header.
    #[getter]
    fn octets<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.octets())
    }

    fn __repr__(&self) -> String {
        format!("<libami.pdu.UserData of {} octets as {}>", self.0.octets().len(), self.encoding())
    }
}

/// An SMS that came in.
#[pyclass(frozen, module = "libami.pdu")]
pub(super) struct Deliver(pdu::Deliver);

#[pymethods]
impl Deliver {
    /// The SMS centre's number; None if the PDU has none.
    #[getter]
    fn smsc(&self) -> Option<&str> {
        self.0.smsc().map(Address::as_str)
    }

    /// The sender: a number, with a + in front if it is an international one, or a name.
    #[getter]
    fn sender(&self) -> &str {
        self.0.sender().as_str()
    }

    /// True if the sender goes by a name, which cannot be answered.
    #[getter]
    fn sender_is_name(&self) -> bool {
        self.0.sender().is_name()
    }

    /// The time at which the SMS centre took it, an aware datetime; None if it told no time.
    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        datetime(py, &shown(self.0.time()).unwrap_or_default())
    }

    /// The same as text, in ISO 8601 with its zone.
    #[getter]
    fn time_text(&self) -> Option<String> {
        shown(self.0.time())
    }

    /// The protocol identifier: 0 as a rule.
    #[getter]
    fn protocol_id(&self) -> u8 {
        self.0.protocol_id()
    }

    /// True if its sender will be told that it arrived.
    #[getter]
    fn is_reported(&self) -> bool {
        self.0.is_reported()
    }

    /// The content.
    #[getter]
    fn user_data(&self) -> UserData {
        UserData(self.0.user_data().clone())
    }

    /// The sender and the text are people's own, so they are not shown.
    fn __repr__(&self) -> String {
        format!("<libami.pdu.Deliver at {}>", self.time_text().as_deref().unwrap_or("no time"))
    }
}

/// The outcome of an SMS.
#[pyclass(frozen, module = "libami.pdu")]
pub(super) struct StatusReport(pdu::StatusReport);

#[pymethods]
impl StatusReport {
    /// The SMS centre's number; None if the PDU has none.
    #[getter]
    fn smsc(&self) -> Option<&str> {
        self.0.smsc().map(Address::as_str)
    }

    /// The number that the modem gave the SMS when it sent it.
    #[getter]
    fn reference(&self) -> u8 {
        self.0.reference()
    }

    /// The number that the SMS was for.
    #[getter]
    fn recipient(&self) -> &str {
        self.0.recipient().as_str()
    }

    /// The time at which the SMS centre took the SMS, an aware datetime; None if it told no time.
    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        datetime(py, &shown(self.0.time()).unwrap_or_default())
    }

    /// The same as text, in ISO 8601 with its zone.
    #[getter]
    fn time_text(&self) -> Option<String> {
        shown(self.0.time())
    }

    /// The time at which it was delivered, or tried for the last time, an aware datetime; None if that is not told.
    #[getter]
    fn discharge_time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        datetime(py, &shown(self.0.discharge_time()).unwrap_or_default())
    }

    /// The same as text, in ISO 8601 with its zone.
    #[getter]
    fn discharge_time_text(&self) -> Option<String> {
        shown(self.0.discharge_time())
    }

    /// The status, as it came.
    #[getter]
    fn status(&self) -> u8 {
        self.0.status()
    }

    /// The meaning of the status. "delivered": it arrived. "completed": the SMS centre is done with it and does not say
    /// whether it arrived. "trying": not yet. "failed-permanently" and "failed-temporarily": it did not arrive, and the
    /// SMS centre tries no more.
    #[getter]
    fn delivery(&self) -> &'static str {
        match self.0.delivery() {
            Delivery::Delivered => "delivered",
            Delivery::Completed => "completed",
            Delivery::Trying => "trying",
            Delivery::FailedPermanently => "failed-permanently",
            Delivery::FailedTemporarily => "failed-temporarily",
        }
    }

    /// The number is people's own, so it is not shown.
    fn __repr__(&self) -> String {
        format!("<libami.pdu.StatusReport of {}: {}>", self.reference(), self.delivery())
    }
}

/// An SMS that was sent or is to be sent.
#[pyclass(frozen, module = "libami.pdu")]
pub(super) struct Submit(pdu::Submitted);

#[pymethods]
impl Submit {
    /// The number of the message; 0 if the modem is to give one.
    #[getter]
    fn reference(&self) -> u8 {
        self.0.reference()
    }

    /// The number that it is for.
    #[getter]
    fn destination(&self) -> &str {
        self.0.destination().as_str()
    }

    /// The protocol identifier: 0 as a rule.
    #[getter]
    fn protocol_id(&self) -> u8 {
        self.0.protocol_id()
    }

    /// For how many seconds the network is to try; None if that is not told, or is told as a point in time.
    #[getter]
    fn validity(&self) -> Option<f64> {
        self.0.validity().map(|validity| validity.as_secs_f64())
    }

    /// True if a status report is wanted.
    #[getter]
    fn wants_report(&self) -> bool {
        self.0.wants_report()
    }

    /// The content.
    #[getter]
    fn user_data(&self) -> UserData {
        UserData(self.0.user_data().clone())
    }

    /// The number and the text are people's own, so they are not shown.
    fn __repr__(&self) -> &'static str {
        "<libami.pdu.Submit>"
    }
}

/// libami.pdu.decode is the one to use.
#[pyfunction]
pub(super) fn decode_pdu<'py>(pdu: &Bound<'py, PyAny>, smsc: bool) -> PyResult<Bound<'py, PyAny>> {
    let py = pdu.py();
    let decode = |octets: &[u8]| if smsc { Pdu::decode(octets) } else { Pdu::decode_tpdu(octets) };
    let decoded = if let Ok(hex) = pdu.cast::<PyString>() {
        pdu::from_hex(utf8("PDU", hex)?.as_bytes()).and_then(|octets| decode(&octets))
    } else {
        let octets = pdu.extract::<PyBackedBytes>();
        decode(&octets.map_err(|_| PyTypeError::new_err("a PDU is hex in a str, or of type bytes or bytearray"))?)
    };
    match decoded.or_raise(py, &Text::default().into())? {
        Pdu::Deliver(sms) => Deliver(sms).into_bound_py_any(py),
        Pdu::StatusReport(report) => StatusReport(report).into_bound_py_any(py),
        Pdu::Submit(sms) => Submit(sms).into_bound_py_any(py),
    }
}

/// libami.pdu.encode is the one to use.
#[pyfunction]
pub(super) fn encode_pdu(
    to: &Bound<'_, PyString>,
    text: &Bound<'_, PyString>,
    flash: bool,
    validity: Option<f64>,
    status_report: bool,
    reference: i64,
    wide_reference: bool,
) -> PyResult<Vec<String>> {
    park_at_exit();
    let py = to.py();
    let limit = if wide_reference { 65535 } else { 255 };
    let reference = u16::try_from(reference).ok().filter(|reference| *reference <= limit);
    let reference = reference.ok_or_else(|| invalid(py, &format!("the reference must be from 0 to {limit}")))?;
    let mut submit = pdu::Submit::new(utf8("destination", to)?, utf8("text", text)?)
        .flash(flash)
        .status_report(status_report)
        .reference(reference)
        .wide_reference(wide_reference);
    if let Some(seconds) = validity {
        let validity: Duration = time_or_zero(py, "validity", "is the shortest there is", seconds)?;
        submit = submit.validity(validity);
    }
    let pdus = submit.encode().or_raise(py, &Text::default().into())?;
    Ok(pdus.iter().map(pdu::SubmitPdu::hex).collect())
}
