//! Finds SMS, reports and USSD texts in the events of a server, whichever gateway it is.
//!
//! A state machine without input and output: events and time go in, what was found comes out.

mod allo;
mod assembly;
mod channel;
mod command_line;
mod cut;
mod dongle;
mod echoes;
mod events;
mod found;
mod wire;
mod yeastar;

pub use events::SmsReader;
pub(super) use found::Word;
