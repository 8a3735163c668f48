//! Events on their way from one source to any number of readers: each subscription has a filter and a bounded queue.

mod broadcast;
mod event;
mod filter;
pub(crate) mod marker;
mod queue;
mod subscription;

pub(crate) use broadcast::Broadcaster;
pub use event::Event;
pub use filter::Filter;
pub(crate) use queue::READ_BUFFER;
#[cfg(feature = "blocking")]
pub(crate) use queue::{KEPT_ROOM, Queue};
pub use queue::{OverflowPolicy, QueueCounters, QueueLimits};
pub use subscription::Subscription;
