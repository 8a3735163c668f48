//! Dialects: the commands that a gateway understands, and messages and USSD codes put in them.

mod abilities;
mod commands;
mod dongle;

pub(super) use abilities::{Abilities, Driver};
pub use commands::{Dialect, Template};
pub(super) use commands::{Expected, Transmission, Verdict};
