//! The C ABI. `include/ami.h` is generated from this module.
//!
//! Rules of the house: every function is written out (the header generator does not see macros), runs inside `guard` or
//! `status` so that no panic crosses the border, and turns pointers into references by the functions of `boundary` and
//! `strings`. Objects are given out and taken back by those of `handle`, which tell the two kinds of ownership apart.

#![allow(unsafe_code)]
#![allow(non_camel_case_types)]
// What callers owe is said in the header, in C's terms.
#![allow(clippy::missing_safety_doc)]

mod boundary;
mod guard;
mod handle;
mod strings;
mod user_data;

// The header has the functions in the order of these files. An empty line keeps a file behind those before it.
mod library;

mod action;
mod client;
mod config;
mod error;
mod event;
mod gateway;
mod originate;
mod parser;
mod parts;
mod ports;
mod request;
mod response;
#[cfg(feature = "simulator")]
mod simulator;

mod sms;

mod receipt;
mod ussd_reply;

mod stats;
mod subscription;
mod ussd;

pub use action::*;
pub use client::*;
pub use config::*;
pub use error::*;
pub use event::*;
pub use gateway::*;
pub use library::*;
pub use originate::*;
pub use parser::*;
pub use parts::*;
pub use ports::*;
pub use receipt::*;
pub use request::*;
pub use response::*;
#[cfg(feature = "simulator")]
pub use simulator::*;
pub use sms::*;
pub use stats::*;
pub use subscription::*;
pub use user_data::*;
pub use ussd::*;
pub use ussd_reply::*;
