//! SMS and USSD through GSM gateways, on top of the client's public interface.

mod address;
mod cli;
mod client;
mod desk;
mod detect;
mod dialect;
mod gateway;
mod ids;
mod incoming;
mod parts;
pub mod pdu;
mod port_choice;
mod port_queue;
mod ports;
mod post;
mod process;
mod reader;
mod receipt;
mod refusal;
mod request;
mod resting;
mod send;
mod text;
mod ussd;

pub use dialect::{Dialect, Template};
pub use gateway::{Gateway, Power, UssdDialogue};
pub use incoming::{Incoming, Report, Sms, Unreadable, Ussd, UssdMode};
pub use parts::{Repertoire, SmsParts};
pub use port_queue::Sending;
pub use ports::{PortStatus, Signal};
pub use post::{Inbox, Mail};
pub use reader::Reader;
pub use receipt::{Outcome, PartReceipt, Receipt, SendError};
pub use request::{Port, Priority, SmsRequest};
pub use ussd::UssdReply;
