//! What several test crates need: recorded sessions, a session without a socket, scripted servers, waits and random numbers.

pub mod captures;
pub mod clock;
pub mod driver_captures;
pub mod random;
pub mod server;
pub mod session;
