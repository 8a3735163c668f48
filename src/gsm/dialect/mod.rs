//! Dialects: the commands that a gateway understands, and messages and USSD codes put in them.

mod abilities;
mod commands;
mod dongle;
mod names;
mod transmission;

pub(super) use abilities::{Abilities, Driver};
pub use names::{Dialect, Template};
pub(super) use transmission::{Expected, ResultSource, Transmission};
