//! Simulated GSM gateways for tests and demonstrations, each a [`Model`] on a loopback port, as far as its manager
//! interface can be seen from outside. The default is an OpenVox VoxStack (Asterisk 1.8.20.0, chan_extra 2.0.8).
//!
//! It shares no code with the client, so that the two cannot agree on a mistake. Start it with
//! [`Simulator::start`] on a tokio runtime that has its I/O and time drivers enabled; every other function may be
//! called from any thread, never blocks on the network, and needs no runtime. [`SimulatorThread`] brings its own.
//!
//! ```
//! use ami::simulator::{Options, Outcome, Simulator};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let gateway = Simulator::start(Options::default().secret("topsecret".into())).await?;
//! gateway.set_outcome(2, Outcome::Failed);
//! println!("a gateway on 127.0.0.1:{}", gateway.port());
//! gateway.deliver_sms(1, "+8613632919026", "hello", "2014/09/11 09:36:47");
//! # std::io::Result::Ok(())
//! # })?;
//! # std::io::Result::Ok(())
//! ```

mod actions;
mod alphabet;
mod argument;
mod arrival;
mod bus;
mod chan_extra;
mod classes;
mod cli;
mod clock;
mod core;
mod dongle;
mod frame;
mod gateway;
mod handle;
mod incoming;
mod model;
mod named_enum;
mod options;
mod outcome;
mod pdu;
mod radio;
mod request;
mod sending;
mod sent;
mod session;
mod setters;
mod thread;
mod transcript;
mod ussd;
mod ussd_menu;
mod yeastar;

pub use handle::Simulator;
pub use incoming::{Incoming, Report};
pub use model::{Core, Model};
pub use options::{Options, Yeastar};
pub use outcome::Outcome;
pub use pdu::{Coding, Concatenation};
pub use radio::{Activity, Registration, Sim, SpanState};
pub use sent::{AiredSms, SentSms};
pub use thread::SimulatorThread;
pub use transcript::{Speaker, Transcript, TranscriptLine};
pub use ussd_menu::{UssdMenu, UssdReply};
