//! Events on their way from one source to any number of readers: each subscription has a filter and a bounded queue.

mod broadcast;
mod event;
mod queue;

pub(crate) use broadcast::Hub;
pub use broadcast::Subscription;
pub use event::Event;
#[cfg(feature = "blocking")]
pub(crate) use queue::Queue;
pub use queue::{Filter, Policy, QueueCounters, QueueLimits};
