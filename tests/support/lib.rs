//! Helpers of several test crates: recorded sessions, a session without a socket, scripted servers, waits, random numbers.

pub mod captures;
pub mod clock;
pub mod driver_captures;
pub mod random;
pub mod server;
pub mod session;
