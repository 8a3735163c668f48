//! SMS and USSD.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::error::OrRaise;
use super::pdu::encoding_name;
use super::text::{Text, utf8};
use crate::gsm::{self, Repertoire};

/// An SMS that came in.
#[pyclass(frozen, module = "libami")]
pub(super) struct Sms(pub gsm::Sms);

#[pymethods]
impl Sms {
    /// The port's number, counted from 1; 0 where ports have names.
    #[getter]
    fn span(&self) -> u32 {
        self.0.span()
    }

    /// The port's name, such as "4".
    #[getter]
    fn port(&self) -> &str {
        self.0.port()
    }

    /// The sender: a number, or a name.
    #[getter]
    fn sender(&self) -> &str {
        self.0.sender()
    }

    /// When the network took it: ISO 8601, with a zone where the gateway tells one.
    #[getter]
    fn time(&self) -> &str {
        self.0.time()
    }

    /// The text.
    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    /// The sender and the text are people's own, so they are not shown.
    fn __repr__(&self) -> String {
        format!("<libami.Sms on port {} at {}>", self.port(), self.time())
    }
}

/// What is known of an SMS that was to be sent.
#[pyclass(frozen, module = "libami")]
pub(super) struct Receipt {
    receipt: gsm::Receipt,
    text: Arc<Text>,
}

impl Receipt {
    pub fn new(receipt: gsm::Receipt, text: &Arc<Text>) -> Receipt {
        Receipt { receipt, text: Arc::clone(text) }
    }
}

#[pymethods]
impl Receipt {
    /// "sent": the network took it. "queued": the gateway has it and will report no more. "failed": it was not sent. "busy":
    /// the port is in use, and nothing was sent. "unknown": it may have gone out, or may still do so. "not sent": nothing was
    /// written to the gateway.
    #[getter]
    fn outcome(&self) -> &'static str {
        self.receipt.outcome().name()
    }

    /// The port that it was to go through.
    #[getter]
    fn span(&self) -> u32 {
        self.receipt.span()
    }

    /// The number that it is for.
    #[getter]
    fn destination(&self) -> &str {
        self.receipt.destination()
    }

    /// The caller's own name for it, or None.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.receipt.id()
    }

    /// How many SMS the text took.
    #[getter]
    fn parts(&self) -> u32 {
        self.receipt.parts()
    }

    /// What the gateway said; it may be empty.
    #[getter]
    fn words<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.text.decode(py, self.receipt.words())
    }

    /// The number is people's own, so it is not shown.
    fn __repr__(&self) -> String {
        format!("<libami.Receipt {} through port {}>", self.outcome(), self.span())
    }
}

/// The network's reply to a USSD code.
#[pyclass(frozen, module = "libami")]
pub(super) struct UssdReply(pub gsm::UssdReply);

#[pymethods]
impl UssdReply {
    /// The text.
    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    /// Whether the network waits for an answer, to be sent as another code.
    #[getter]
    fn wants_answer(&self) -> bool {
        self.0.wants_answer()
    }

    fn __repr__(&self) -> &'static str {
        if self.wants_answer() { "<libami.UssdReply that wants an answer>" } else { "<libami.UssdReply>" }
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

#[pymethods]
impl SmsParts {
    /// "gsm7", whose units are septets, or "ucs2", whose units are those of UTF-16, if the text has a character that the
    /// default alphabet of GSM has not.
    #[getter]
    fn encoding(&self) -> &'static str {
        self.encoding
    }

    /// What all of the text takes, in units.
    #[getter]
    fn units(&self) -> usize {
        self.units
    }

    /// How many SMS it takes, at least one.
    #[getter]
    fn count(&self) -> usize {
        self.pieces.len()
    }

    /// The text of each SMS. No character is cut in two.
    #[getter]
    fn parts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.pieces.iter().map(|(text, _)| text))
    }

    /// What each SMS takes of its room, in units.
    #[getter]
    fn sizes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.pieces.iter().map(|(_, units)| units))
    }

    /// What room is left in the last SMS, in units.
    #[getter]
    fn left(&self) -> usize {
        self.left
    }

    /// The text is people's own, so it is not shown.
    fn __repr__(&self) -> String {
        format!("<libami.SmsParts: {} of {} units in {}>", self.count(), self.units, self.encoding)
    }
}

/// Count what a text takes as SMS and split it, as the standard has it: one SMS holds 160 septets or 70 units of UTF-16, each
/// of several 153 or 67. Nothing is sent. What a gateway's own commands can carry may be less.
///
/// Raises InvalidValue if it takes more than 255 SMS, or holds half a surrogate pair.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(super) fn sms_parts(text: &Bound<'_, PyString>) -> PyResult<SmsParts> {
    let parts = gsm::SmsParts::of(utf8("text", text)?, Repertoire::Gsm7);
    let parts = parts.or_raise(text.py(), &Text::default().into())?;
    Ok(SmsParts {
        encoding: encoding_name(parts.encoding()),
        units: parts.units(),
        left: parts.room(),
        pieces: parts.parts().map(|(text, units)| (text.to_owned(), units)).collect(),
    })
}
