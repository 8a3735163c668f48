//! AMI without input and output: bytes in, messages out; actions in, bytes out; time is an argument.

mod action;
mod backoff;
mod draft;
pub(crate) mod error;
mod escape;
mod id_habits;
mod in_flight;
mod later;
mod limits;
mod lines;
mod login;
mod message;
mod outbox;
mod output;
mod parser;
mod pending;
mod reply;
mod response;
mod scanner;
mod session;
mod session_config;
mod sort;
mod stats;
mod strays;
mod ticket;
mod variable;

#[cfg(feature = "client")]
pub(crate) use action::check_setting;
pub use action::{Action, MAX_HEADERS, MAX_LINE};
pub use backoff::Reconnect;
#[cfg(feature = "client")]
pub(crate) use draft::Draft;
pub use error::{Error, ErrorKind, Result};
pub use escape::{escapes_values, unescape};
#[cfg(feature = "client")]
pub(crate) use later::later;
pub use limits::Limits;
pub use login::Credentials;
pub use message::{Batch, Message, MessageKind, Skipped};
pub use output::{Gap, Output, Refused};
pub use parser::Parser;
#[cfg(all(test, ami_loom))]
pub(crate) use parser::batch_of_events;
pub use response::Response;
pub use session::Session;
pub use session_config::{ActionQueue, SessionConfig};
pub use stats::{Counters, RoundTrips};
#[cfg(feature = "python")]
pub(crate) use ticket::ByTicket;
#[cfg(feature = "client")]
pub(crate) use ticket::Tickets;
