//! The settings of a session.

use std::time::Duration;

use super::backoff::Reconnect;
use super::login::Credentials;
use super::parser::Limits;

/// The settings of a [`Session`](super::Session).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionConfig {
    /// The user and the secret.
    pub credentials: Credentials,
    /// The `Events` header of the login: `on`, `off`, or classes such as `system,call`.
    pub event_mask: String,
    /// The time that an action may take unless its caller says otherwise.
    pub action_timeout: Duration,
    /// The sizes of what the server may send.
    pub limits: Limits,
    /// The actions that may wait to be written.
    pub action_queue: ActionQueue,
    /// The start of the ActionIDs that libami makes; unique for the process and connection.
    pub id_prefix: String,
    /// After so long without a word from the server it is asked for one with a `Ping`; zero: never.
    pub keepalive: Duration,
    /// The time that it may then stay silent until the connection is taken for dead.
    pub keepalive_timeout: Duration,
    /// Reconnects after a connection is lost; `None`: the loss ends the session.
    pub reconnect: Option<Reconnect>,
    /// True if the first link is tried again like one that was lost; otherwise it ends the session if it cannot be made.
    pub retry_first: bool,
    /// True if actions that were not written when the link was lost, or are submitted while it is down, wait for the next
    /// one, within their deadlines. Otherwise they fail at once.
    pub wait_for_reconnect: bool,
    /// Any number, another one for each session: what is left to chance follows from it.
    pub seed: u64,
    /// True if [`Output::Stray`](super::Output::Stray) is wanted.
    pub strays: bool,
}

impl SessionConfig {
    /// The defaults: all events, 10 seconds an action, a `Ping` after 30 seconds of silence, no reconnecting.
    pub fn new(credentials: Credentials, id_prefix: impl Into<String>) -> SessionConfig {
        SessionConfig {
            credentials,
            event_mask: "on".to_owned(),
            action_timeout: Duration::from_secs(10),
            limits: Limits::default(),
            action_queue: ActionQueue::default(),
            id_prefix: id_prefix.into(),
            keepalive: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(10),
            reconnect: None,
            retry_first: false,
            wait_for_reconnect: false,
            seed: 0,
            strays: false,
        }
    }
}

/// The number of actions that may wait to be written, as for a server that reads too slowly, or for a link that is made again.
/// Five times as many may be under way in all, those that wait for their answers among them. One more is refused with
/// [`crate::ErrorKind::Overflow`], and nothing is written of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionQueue {
    /// Actions; 200,000 by default.
    pub actions: usize,
    /// Bytes of them all, as they go out; 32 MiB by default.
    pub bytes: usize,
}

impl ActionQueue {
    /// Sets the number of actions that may wait.
    #[must_use]
    pub fn actions(self, actions: usize) -> ActionQueue {
        ActionQueue { actions, ..self }
    }

    /// Sets the bytes that waiting actions may have together.
    #[must_use]
    pub fn bytes(self, bytes: usize) -> ActionQueue {
        ActionQueue { bytes, ..self }
    }

    pub(super) const EMPTY: ActionQueue = ActionQueue { actions: 0, bytes: 0 };
}

impl Default for ActionQueue {
    fn default() -> Self {
        ActionQueue { actions: 200_000, bytes: 32 << 20 }
    }
}
