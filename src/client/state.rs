//! The state of a client's link, and its counters.

use crate::protocol::RoundTrips;

/// Counts of all that a client has done so far, over all its connections.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Bytes that the server sent, as they arrived from the connection.
    pub bytes_received: u64,
    /// Bytes that were written.
    pub bytes_sent: u64,
    /// Events that came as news, not as the entries of a list.
    pub events: u64,
    /// Actions that were accepted.
    pub actions: u64,
    /// Actions that have not ended.
    pub in_flight: usize,
    /// Links that were made again and logged in.
    pub reconnects: u64,
    /// Times that actions, keepalive Pings among them, took from the call to the whole answer.
    pub round_trips: RoundTrips,
}

/// The state of a client's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Not opened yet.
    New,
    /// Connecting or logging in, for the first time or again.
    Connecting,
    /// Logged in.
    Open,
    /// Lost; the next attempt to connect comes in time.
    Waiting,
    /// Over for good.
    Closed,
}

impl State {
    /// Its name, as in the header `State` of a `#state` marker.
    pub fn name(self) -> &'static str {
        match self {
            State::New => "new",
            State::Connecting => "connecting",
            State::Open => "open",
            State::Waiting => "waiting",
            State::Closed => "closed",
        }
    }
}
