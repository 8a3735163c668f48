//! Client library for the Asterisk Manager Interface (AMI).
#[cfg(feature = "simulator")]
pub mod simulator;
