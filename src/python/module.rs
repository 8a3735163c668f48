//! The module as Python imports it.

use pyo3::prelude::*;

/// The native half of libami; use the package instead.
///
/// It does not need the global lock: classes are frozen, or borrow-checked by PyO3; what is shared is behind locks of its own or
/// atomic, and no such lock is held while the interpreter is waited for.
#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    use crate::python::{exception, interpreter, mapping};

    #[pymodule_export]
    use crate::python::async_stream::{AsyncStream, Next};
    #[pymodule_export]
    use crate::python::client::{Client, Subscription};
    #[pymodule_export]
    use crate::python::escape::{escapes_values, unescape};
    #[pymodule_export]
    use crate::python::executor::Executor;
    #[pymodule_export]
    use crate::python::filter::EventFilter;
    #[pymodule_export]
    use crate::python::gateway::{Gateway, PortStatus, SmsRequest, UssdDialogue};
    #[pymodule_export]
    use crate::python::gsm::{Report, Sms, SmsParts, Unreadable, Ussd, UssdReply, sms_parts};
    #[pymodule_export]
    use crate::python::limits::Limits;
    #[pymodule_export]
    use crate::python::log::set_log_level;
    #[pymodule_export]
    use crate::python::message::{Event, Message, Response};
    #[pymodule_export]
    use crate::python::originate::Originated;
    #[pymodule_export]
    use crate::python::parser::{ParsedMessage, Parser, encode_action, login_key};
    #[pymodule_export]
    use crate::python::pdu::{Deliver, Part, StatusReport, Submit, UserData, decode_pdu, encode_pdu};
    #[pymodule_export]
    use crate::python::pending::{Call, Pending};
    #[pymodule_export]
    use crate::python::receipt::{PartReceipt, Receipt};
    #[pymodule_export]
    use crate::python::settings::Settings;
    #[pymodule_export]
    use crate::python::simulator::Simulator;
    #[pymodule_export]
    use crate::python::stats::{Counters, RoundTrips, Stats};
    #[pymodule_export]
    use crate::python::stream::{EventStream, Inbox, Stream, ViewStream};
    #[pymodule_export]
    use crate::python::submitted::Submitted;
    #[pymodule_export]
    use crate::python::tls::Tls;
    #[pymodule_export]
    use crate::python::unpickle::{unpickle_event, unpickle_mail, unpickle_response};
    #[pymodule_export]
    use crate::python::view::{Block, BlockField, HeaderField, View};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        let statuses = exception::statuses(py)?;
        exception::prepare(py, &statuses)?;
        module.add("STATUSES", statuses)?;
        mapping::prepare(py, py.get_type::<Message>())?;
        interpreter::prepare(py)
    }
}
