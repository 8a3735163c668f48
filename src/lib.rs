//! Client library for the Asterisk Manager Interface (AMI), with SMS and USSD through GSM gateways.
//!
//! ```no_run
//! use ami::gsm::{Gateway, SmsRequest};
//! use ami::{Action, Client, Config, Filter};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Actions and events of a server.
//! let client = Client::connect(Config::new("192.0.2.1", "admin", "secret")).await?;
//! let mut hangups = client.subscribe(Filter::names(["Hangup"])?)?;
//! let settings = client.call(&Action::new("CoreSettings")).await?;
//! println!("Asterisk {}", settings.text("AsteriskVersion").unwrap_or_default());
//! let event = hangups.next().await?;
//! println!("{} has hung up", event.text("Channel").unwrap_or_default());
//! client.close().await?;
//!
//! // SMS through a gateway, whose dialect is found out.
//! let gateway = Gateway::connect(Config::new("192.0.2.2", "admin", "secret")).await?;
//! let receipt = gateway.send(&SmsRequest::new(1, "13632919026", "hello")).await?;
//! println!("{}", receipt.outcome().name());
//! println!("{}", gateway.inbox()?.next().await?.text());
//! gateway.close().await?;
//! # Ok(()) }
//! ```
//!
//! # Features
//!
//! | feature | default | contents |
//! |---|---|---|
//! | (none) | always | [`protocol`]: the parser, actions and the session, without tokio, sockets and threads |
//! | `client` | yes | `client`, `events` and `gsm`, on tokio |
//! | `blocking` | no | `blocking`: the same for ordinary threads, with callbacks and file descriptors to poll (Linux alone) |
//! | `simulator` | no | `simulator`: simulated gateways for tests |
//! | `capi`, `python` | no | the C library and the Python module, which are built by themselves (Linux alone) |
//!
//! # Map
//!
//! | module | layer above | starting points |
//! |---|---|---|
//! | `blocking` | `gsm`, `client` | `blocking::Client`, `blocking::Gateway` |
//! | `gsm` | `client` | `gsm::Gateway`, `gsm::SmsRequest`, `gsm::Inbox`, `gsm::pdu` |
//! | `client` | `events`, `protocol` | `Client`, `Config`, `client::Tls`, `client::Originate` |
//! | `events` | `protocol` | `Subscription`, `Filter`, `events::QueueLimits` |
//! | [`protocol`] | nothing | [`Action`], [`Message`], [`Response`], [`protocol::Parser`], [`protocol::Session`] |
//! | [`typed`] | [`protocol`] | [`typed::actions`], [`typed::events`] |
//! | `simulator` | nothing | `simulator::Simulator`; it shares no protocol code with the client, so that one tests the other |
//!
//! [`Error`] and [`ErrorKind`] are the same in all of them. Each module uses those below it, through their public items and
//! some that are visible in this crate alone; the bindings for C and Python are above `blocking`.

// The programs in it are compiled with the other documentation.
#![cfg_attr(all(doctest, feature = "client"), doc = include_str!("../README.md"))]
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
pub mod typed;

#[cfg(feature = "client")]
pub use client::{Client, Config, State};
#[cfg(feature = "client")]
pub use events::{Event, Filter, Subscription};
#[cfg(feature = "client")]
pub(crate) use protocol::error;
pub use protocol::{Action, Batch, Error, ErrorKind, Message, MessageKind, Reconnect, Response, Result};

#[cfg(feature = "simulator")]
pub mod simulator;
