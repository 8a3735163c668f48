//! The client for ordinary threads: calls that wait, callbacks on libami's threads or on the program's own, a file descriptor to
//! poll.
//!
//! All clients of a process share one thread for input and output. Threads whose waits are short and follow each other closely
//! do its work while they wait, so that what they wait for need not go through another thread.

mod callback;
mod client;
mod completions;
mod drive;
mod events;
mod executor;
mod fork;
mod gateway;
mod handlers;
mod inbox;
mod io;
#[cfg(any(feature = "capi", feature = "python"))]
pub(crate) mod log;
#[cfg(all(test, ami_loom))]
mod models;
mod outstanding;
mod park;
mod per_process;
mod pool;
mod runner;
mod runtime;
mod subscription;
mod thread;
mod typed;
mod wait;
mod wake_fd;

pub use callback::Stop;
pub use client::Client;
#[cfg(feature = "python")]
pub(crate) use client::Submitted;
pub use events::Events;
pub use executor::Executor;
#[cfg(feature = "capi")]
pub(crate) use executor::ExecutorJobs;
#[cfg(feature = "python")]
pub(crate) use fork::ProcessStamp;
pub use gateway::{Gateway, UssdDialogue};
pub use inbox::Inbox;
#[cfg(feature = "python")]
pub(crate) use runtime::in_runtime;
pub use runtime::shut_down;
pub use subscription::Subscription;
#[cfg(feature = "python")]
pub(crate) use thread::at_end;
#[doc(hidden)]
pub use wait::wait;
#[doc(hidden)]
pub use wake_fd::WakeFd;
