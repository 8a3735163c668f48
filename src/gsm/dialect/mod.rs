//! Dialects: the commands that a gateway understands, and messages and USSD codes put in them. A family of gateways has a file.

mod abilities;
mod chan_extra;
mod commands;
mod dongle;
mod names;
mod plain;
mod template;
mod transmission;
mod yeastar;

pub(super) use abilities::{Abilities, Driver};
pub(super) use chan_extra::{is_refusal, outcome_of};
pub use names::Dialect;
pub use template::Template;
pub(super) use transmission::{Expected, ResultSource, Transmission};
