//! The transcript of all sessions, line by line.

use std::sync::Arc;

/// Called for every line that is said, on the thread that runs the session: be brief.
pub type Transcript = Arc<dyn Fn(&TranscriptLine) + Send + Sync>;

/// The side that said a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Speaker {
    /// The program that connected.
    Client,
    /// The simulated gateway.
    Gateway,
}

/// A line that was said, without its line end. Values of `Secret` and `Key` headers are `***`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TranscriptLine {
    /// Number of the session, from 1 in order of connection.
    pub session: u64,
    /// The side that said it.
    pub speaker: Speaker,
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: String,
}
