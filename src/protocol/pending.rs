//! An action that waits for its answer.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::action::Action;
use super::message::Message;
use super::outbox::Outgoing;
use crate::catalog::{self, ActionFacts};

/// The one that gets the answer.
pub(super) enum Owner<T> {
    /// A caller, by its token.
    Caller(T),
    Challenge,
    Login,
    /// The session, which restores a mask or a filter.
    Restore,
    Keepalive,
    Logoff,
    /// The session, by a `Ping` behind the action of this ticket, which may get no response: with the answer to the `Ping`
    /// the server is done with that one.
    Fence(u64),
    /// Nobody: the caller was told that the outcome is unknown, and an answer may still come.
    Abandoned,
}

/// The continuation of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Following {
    Nothing,
    List,
    /// A single event, and then nothing that says so.
    Event,
    /// Another response, which counts.
    Response,
}

/// An action that was encoded, and what has come of its answer so far.
pub(super) struct Pending {
    pub facts: &'static ActionFacts,
    pub name: String,
    /// The caller's own ActionID; without it, libami's.
    pub own_id: Option<Box<[u8]>>,
    /// A command, whose answer may be a text.
    pub is_command: bool,
    /// The CLI line of a command.
    pub command: Option<Box<[u8]>>,
    /// Values that the action tells the server and that no error may show.
    pub secrets: Vec<Zeroizing<Vec<u8>>>,
    pub since: Instant,
    pub deadline: Instant,
    /// The server answers nothing else until this action has ended, at the latest until its first deadline.
    pub blocks: Option<Instant>,
    /// The action itself, if it is to be done again on a new connection once it has succeeded.
    pub lasting: Option<Box<Action>>,
    /// Its bytes, on their way out, and its place among all actions of the session.
    pub bytes: Outgoing,
    pub place: u64,
    /// The first of its messages that more follow on: how they end. Set as messages are classified.
    pub following: Following,
    /// The response said by its header `EventList` that a list follows. Set as messages are classified.
    pub lists_by_header: bool,
    /// Its last message was classified; it is completed in the second pass.
    pub answered: bool,
    /// The response, once it was taken in the second pass.
    pub response: Option<Message>,
    pub entries: Vec<Message>,
    /// The memory that the entries take, in bytes.
    pub entry_bytes: usize,
    /// A message without an ActionID that may be the reply, and the time until which one with it may still come.
    pub doubtful: Option<Box<(Message, Instant)>>,
}

impl Pending {
    /// An action of which nothing has come yet. `wait` is the time that it asks the server itself to take.
    pub fn new(
        action: &Action,
        own_id: Option<Box<[u8]>>,
        bytes: Outgoing,
        wait: Option<Duration>,
        (since, deadline): (Instant, Instant),
    ) -> Pending {
        let is_command = ["Command", "smscommand"].iter().any(|name| action.name().eq_ignore_ascii_case(name));
        Pending {
            facts: catalog::action(action.name()),
            name: action.name().to_owned(),
            own_id,
            is_command,
            command: if is_command { action.get("Command").map(Into::into) } else { None },
            secrets: action.secrets().map(|secret| Zeroizing::new(secret.to_vec())).collect(),
            since,
            deadline,
            blocks: (is_command || wait.is_some()).then_some(deadline),
            lasting: is_lasting(action).then(|| Box::new(action.clone())),
            bytes,
            place: 0,
            following: Following::Nothing,
            lists_by_header: false,
            answered: false,
            response: None,
            entries: Vec::new(),
            entry_bytes: 0,
            doubtful: None,
        }
    }
}

/// Tells whether the action changes which events this session gets, for as long as the session lasts.
fn is_lasting(action: &Action) -> bool {
    let is = |name: &str, header: &str| action.name().eq_ignore_ascii_case(name) && action.get(header).is_some();
    is("Events", "EventMask") || is("Filter", "Operation")
}
