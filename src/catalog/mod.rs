//! Facts about Asterisk: its actions and events, and the actions whose answers end or match in a way of their own.

mod actions;
mod tables;
mod waits;

pub(crate) use actions::{ActionFacts, Gathers, action};
pub use tables::Entry;
#[cfg(feature = "client")]
pub(crate) use waits::is_true;
pub(crate) use waits::own_wait;
