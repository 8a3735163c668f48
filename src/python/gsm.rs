//! SMS and USSD.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::text::Text;
use crate::gsm;

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
