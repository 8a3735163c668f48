//! The transcript of all sessions, line by line.

use std::sync::Arc;

/// Called for every line that is said, on the thread that runs the session: be brief.
pub type Transcript = Arc<dyn Fn(&TranscriptLine) + Send + Sync>;

/// Who said a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The program that connected.
    Client,
    /// The simulated gateway.
    Gateway,
}

/// One line of what was said, without its line end. Values of `Secret` and `Key` headers are `***`.
#[derive(Clone, Debug)]
pub struct TranscriptLine {
    /// Number of the session, from 1 in order of connection.
    pub session: u64,
    /// Who said it.
    pub speaker: Speaker,
    /// What was said; bytes that are not UTF-8 are replaced.
    pub text: String,
}
