//! What Asterisk knows: for now, the actions whose answers end or match in a way of their own.

mod actions;
mod waits;

pub(crate) use actions::{ActionFacts, Gathers, action};
#[cfg(feature = "client")]
pub(crate) use waits::is_true;
pub(crate) use waits::own_wait;
