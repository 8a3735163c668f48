//! The asynchronous client, on tokio.

mod api;
mod can;
mod certificate;
mod config;
mod connect;
mod core;
mod filtering;
mod intake;
mod link;
mod named;
mod originate;
mod state;
mod tls;
mod transport;
mod turns;
mod typed;

pub use api::Client;
pub(crate) use api::WeakClient;
pub use config::Config;
pub use filtering::FilteredBy;
pub use originate::{Originate, OriginateOutcome, OriginateReason};
pub use state::{State, Stats};
pub use tls::Tls;
