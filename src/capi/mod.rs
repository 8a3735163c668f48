//! The C ABI. `include/ami.h` is generated from this module; `tests/abi.rs` has the order of its objects.
//!
//! Rules of the house: every function is written out (the header generator does not see macros), runs inside `guard` or
//! `status` so that no panic crosses the border, and turns pointers into references by the functions of `boundary` and
//! `strings`. Objects are given out and taken back by those of `handle`, which tell the two kinds of ownership apart.

#![allow(unsafe_code)]
#![allow(non_camel_case_types)]
// The header says in C's terms what callers must do.
#![allow(clippy::missing_safety_doc)]

mod action;
mod boundary;
mod catalog;
mod client;
mod config;
mod error;
mod event;
mod executor;
mod filter;
mod gateway;
mod guard;
mod handle;
mod library;
mod log;
mod originate;
mod parser;
mod parts;
mod ports;
mod receipt;
mod request;
mod response;
#[cfg(feature = "simulator")]
mod simulator;
mod sms;
mod stats;
mod strings;
mod subscription;
mod timeout;
mod typed;
mod user_data;
mod ussd;
mod ussd_reply;

pub use action::*;
pub use catalog::*;
pub use client::*;
pub use config::*;
pub use error::*;
pub use event::*;
pub use executor::*;
pub use filter::*;
pub use gateway::*;
pub use library::*;
pub use log::*;
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
pub use timeout::*;
pub use typed::*;
pub use user_data::*;
pub use ussd::*;
pub use ussd_reply::*;
