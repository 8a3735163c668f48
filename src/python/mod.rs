//! The Python face, on the public Rust API. `python/libami/__init__.py` puts the friendlier calls on top of it.
//!
//! Rules of the house: whatever may wait, or takes a lock that somebody else may hold while waiting for the interpreter,
//! runs detached from it; threads of libami's come to the interpreter through [`attach`] only; what may lead to Python's code,
//! arguments that are no strings among it, calls `park_at_exit` first.

mod aio;
mod call;
mod callback;
mod client;
mod content;
mod error;
mod escape;
mod gateway;
mod gsm;
mod interpreter;
mod limits;
mod message;
mod originate;
mod parking;
mod parser;
mod pdu;
mod simulator;
mod stats;
mod stream;
mod text;
mod tls;
mod wait;
mod waiting;

use pyo3::prelude::*;

/// The native half of libami; use the package instead.
///
/// It does not need the global lock: classes are frozen, or borrow-checked by PyO3; what is shared is behind locks of its own or
/// atomic, and no such lock is held while the interpreter is waited for.
#[pymodule(gil_used = false)]
mod _native {
    use super::*;

    #[pymodule_export]
    use super::aio::{AsyncClient, AsyncStream, Call, Executor, Next};
    #[pymodule_export]
    use super::call::Pending;
    #[pymodule_export]
    use super::client::{Client, Settings, Subscription};
    #[pymodule_export]
    use super::content::{unpickle_event, unpickle_response};
    #[pymodule_export]
    use super::escape::{escapes_values, unescape};
    #[pymodule_export]
    use super::gateway::{Gateway, PortStatus, SmsRequest, UssdDialogue};
    #[pymodule_export]
    use super::gsm::{PartReceipt, Receipt, Report, Sms, SmsParts, Unreadable, Ussd, UssdReply, sms_parts};
    #[pymodule_export]
    use super::limits::Limits;
    #[pymodule_export]
    use super::message::{Event, Message, Response};
    #[pymodule_export]
    use super::originate::Originated;
    #[pymodule_export]
    use super::parser::{ParsedMessage, Parser, encode_action, login_key};
    #[pymodule_export]
    use super::pdu::{Deliver, Part, StatusReport, Submit, UserData, decode_pdu, encode_pdu};
    #[pymodule_export]
    use super::simulator::Simulator;
    #[pymodule_export]
    use super::stats::{Counters, RoundTrips, Stats};
    #[pymodule_export]
    use super::stream::{EventStream, GatewayInbox, Inbox};
    #[pymodule_export]
    use super::tls::Tls;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        let statuses = error::statuses(py)?;
        error::prepare(py, &statuses)?;
        module.add("STATUSES", statuses)?;
        message::prepare(py)?;
        callback::prepare(py)?;
        interpreter::prepare(py)
    }
}
