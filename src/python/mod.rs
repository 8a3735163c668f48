//! The Python face, on the public Rust API. The package `python/libami` puts the friendlier calls on top of it.
//!
//! Rules of the house: whatever may wait, or takes a lock that somebody else may hold while waiting for the interpreter,
//! runs detached from it; threads of libami's come to the interpreter through `interpreter::attach` only; what may lead to Python's code,
//! arguments that are no strings among it, calls `park_at_exit` first.

mod async_stream;
mod call;
mod callback;
mod client;
mod content;
mod datetime;
mod error;
mod escape;
mod exception;
mod executor;
mod filter;
mod gateway;
mod gsm;
mod interpreter;
mod limits;
mod log;
mod loop_future;
mod loop_reader;
mod mapping;
mod message;
mod module;
mod originate;
mod parking;
mod parser;
mod pdu;
mod pending;
mod receipt;
mod seconds;
mod seen;
mod session;
mod settings;
mod simulator;
mod stats;
mod stream;
mod submitted;
mod text;
mod tls;
mod unpickle;
mod view;
mod wait;
