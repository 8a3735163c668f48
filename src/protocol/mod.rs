//! AMI without input and output: bytes in, messages out; actions in, bytes out; time is an argument.

mod action;
mod backoff;
pub(crate) mod error;
mod escape;
mod lines;
mod message;
mod parser;
mod response;
mod session;
mod stats;
mod strays;
mod variable;

#[cfg(feature = "client")]
pub(crate) use action::check_setting;
pub use action::{Action, MAX_HEADERS, MAX_LINE};
pub use backoff::Reconnect;
pub use error::{Error, ErrorKind, Result};
pub use escape::{escapes_values, unescape};
#[cfg(feature = "client")]
pub(crate) use message::READ_BUFFER;
pub use message::{Batch, Kind, Message, Skipped};
#[cfg(all(test, ami_loom))]
pub(crate) use parser::batch_of_events;
pub use parser::{Limits, Parser};
pub use response::Response;
#[cfg(feature = "client")]
pub(crate) use session::later;
pub use session::{ActionQueue, Credentials, Gap, Output, Refused, Session, SessionConfig};
pub use stats::{Counters, RoundTrips};
