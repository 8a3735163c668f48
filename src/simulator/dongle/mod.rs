//! chan_dongle and chan_quectel: actions, and the same on the command line. Everything is queued, and events tell
//! what became of it.

mod actions;
mod assembly;
mod commands;
mod device;
mod driver;
mod events;
mod power;
mod queue;
mod texts;

pub(super) use driver::ChanDongle;
