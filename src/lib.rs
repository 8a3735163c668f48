//! Client library for the Asterisk Manager Interface (AMI).
//!
//! Layers, and arrows only go down:
//!
//! - `capi` and `python` are the two foreign faces, on the public Rust API only;
//! - `blocking` has the shared input/output thread, the threads that callbacks run on, and calls that wait;
//! - `gsm` sends and receives SMS and USSD through GSM gateways;
//! - `client` is the asynchronous client on tokio;
//! - `events` has the filters and queues between a source of events and its subscriptions;
//! - [`protocol`] is AMI without input and output, beside the `catalog` of what Asterisk knows.
//!
//! `simulator` is a GSM gateway that speaks the same wire, for tests; it shares no code with the client.

#![deny(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "capi")]
#[doc(hidden)]
pub mod capi;
mod catalog;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "client")]
pub mod events;
#[cfg(feature = "client")]
pub mod gsm;
#[cfg(feature = "client")]
mod lock;
pub mod protocol;
#[cfg(feature = "python")]
mod python;
#[cfg(feature = "client")]
mod sync;

#[cfg(feature = "client")]
pub use client::{Client, Config, State};
#[cfg(feature = "client")]
pub use events::{Event, Filter, Subscription};
#[cfg(feature = "client")]
pub(crate) use protocol::error;
pub use protocol::{Action, Batch, Error, ErrorKind, Kind, Message, Reconnect, Response, Result};

#[cfg(feature = "simulator")]
pub mod simulator;
