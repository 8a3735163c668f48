//! Receipts of SMS. Errors hold them too.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::text::Text;
use crate::gsm;

/// The outcome of one of the SMS that a text took.
#[pyclass(frozen, module = "libami")]
pub(super) struct PartReceipt {
    part: gsm::PartReceipt,
    text: Arc<Text>,
}

#[pymethods]
impl PartReceipt {
    /// As of the receipt.
    #[getter]
    fn outcome(&self) -> &'static str {
        self.part.outcome().name()
    }

    /// The gateway's own text; it may be empty.
    #[getter]
    fn words<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.text.decode(py, self.part.peer_text())
    }

    fn __repr__(&self) -> String {
        format!("<libami.PartReceipt {}>", self.outcome())
    }
}

/// A receipt: all that is known of an SMS that was to be sent.
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
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("outcome",);

    /// "sent": the network took it. "queued": the gateway has it, and more is known only if a report comes. "failed": it was
    /// not sent; of a text that the gateway splits by itself (dongles), some parts may have been. "busy": the port is in use,
    /// and nothing was sent. "unknown": it may have gone out, or may still do so. "not-sent": nothing was written to the
    /// gateway. "delivered", "undelivered": the recipient has it, or will not get it.
    ///
    /// If parts differ it is "unknown" if one of them is, else "failed".
    #[getter]
    fn outcome(&self) -> &'static str {
        self.receipt.outcome().name()
    }

    /// The number of the port that it was to go through; 0 where ports have names.
    #[getter]
    fn span(&self) -> u32 {
        self.receipt.span()
    }

    /// The name of that port, such as "4" or "dongle0".
    #[getter]
    fn port(&self) -> String {
        self.receipt.port().to_string()
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

    /// The number of SMS that the text takes, as far as libami hands them over one by one.
    #[getter]
    fn parts(&self) -> u32 {
        self.receipt.parts()
    }

    /// Each of them, in order.
    #[getter]
    fn each_part<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let parts = self.receipt.each_part().iter();
        let parts = parts.map(|part| Py::new(py, PartReceipt { part: part.clone(), text: Arc::clone(&self.text) }));
        PyTuple::new(py, parts.collect::<PyResult<Vec<_>>>()?)
    }

    /// The gateway's last text; it may be empty.
    #[getter]
    fn words<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.text.decode(py, self.receipt.peer_text())
    }

    /// The number is people's own, so it is not shown.
    fn __repr__(&self) -> String {
        format!("<libami.Receipt {} through port {}>", self.outcome(), self.receipt.port())
    }
}
