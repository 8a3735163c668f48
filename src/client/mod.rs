//! The asynchronous client, on tokio.

mod api;
mod certificate;
mod config;
mod connect;
mod core;
mod event;
mod hub;
mod intake;
mod link;
mod originate;
mod queue;
mod state;
mod tls;
mod transport;
mod turns;

pub use api::Client;
pub(crate) use api::WeakClient;
pub use config::{Config, Policy, QueueLimits};
pub use event::Event;
pub(crate) use hub::Hub;
pub use hub::Subscription;
pub use originate::{Originate, OriginateOutcome, OriginateReason};
#[cfg(feature = "blocking")]
pub(crate) use queue::Queue;
pub use queue::{Filter, QueueCounters};
pub use state::{State, Stats};
pub use tls::Tls;
