//! The asynchronous client, on tokio.

mod api;
#[cfg(feature = "python")]
mod borrower;
mod can;
mod certificate;
mod config;
mod connect;
mod core;
mod filtering;
mod intake;
mod link;
mod loan;
mod named;
mod originate;
mod readiness;
mod state;
mod tls;
mod transport;
mod turns;
mod typed;
#[cfg(feature = "python")]
mod unwritten;
mod watch;

pub use api::Client;
pub(crate) use api::WeakClient;
#[cfg(feature = "python")]
pub(crate) use borrower::{Borrower, Lent};
pub use config::Config;
pub(crate) use core::Done;
#[cfg(feature = "blocking")]
pub(crate) use core::{Gather, Gathered, Outcome};
pub use filtering::FilteredBy;
pub use originate::{Originate, OriginateOutcome, OriginateReason};
pub use state::{State, Stats};
pub use tls::Tls;
#[cfg(feature = "python")]
pub(crate) use unwritten::{Unwritten, hold, hold_many};
