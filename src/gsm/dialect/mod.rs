//! Whose commands a gateway understands, and how a message or a USSD code is put in them.

mod abilities;
mod commands;
mod dongle;

pub(super) use abilities::{Abilities, Driver};
pub use commands::{Dialect, Template};
pub(super) use commands::{Expected, Transmission, Verdict};
