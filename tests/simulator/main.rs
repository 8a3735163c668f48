//! The simulated gateways, spoken to in raw bytes: they have to hold without any client of ours.
#![cfg(feature = "simulator")]

mod anything;
mod client;
mod core;
mod dialects;
mod network;
mod open_driver;
mod samples;
