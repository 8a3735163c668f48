//! One session, without its socket: login, matching of answers, lists, commands, deadlines, keepalive, reconnecting.
//!
//! The owner moves bytes and time: [`Session::buffer`] and [`Session::received`] for what came in, [`Session::transmit`]
//! and [`Session::transmitted`] for what goes out, [`Session::next_deadline`] and [`Session::tick`] for time. After each of
//! them, [`Session::poll`] until it is empty. Links are the owner's as well: it makes one at first and at
//! [`Output::Connect`], and says [`Session::connected`] or [`Session::disconnected`].

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use md5::{Digest, Md5};
use memchr::memchr2;
use zeroize::{Zeroize, Zeroizing};

use super::action::{Action, MAX_HEADERS, MAX_LINE, check_setting};
use super::backoff::{Backoff, Reconnect};
use super::error::{Error, ErrorKind, Result, hide, said};
use super::message::{Batch, Kind, Message, Skipped};
use super::parser::{Commands, END_COMMAND, Limits, Scanner, Text};
use super::response::Response;
use super::stats::Counters;
use super::strays::Strays;
use crate::catalog::{self, ActionFacts, Gathers};

/// Answers that come after their action was given up are still told apart from news; so many actions are remembered.
const ABANDONED: usize = 1024;
/// How long a reply with an ActionID may come after a message that may be the reply without it.
const DOUBT: Duration = Duration::from_secs(1);
/// How long a list that may have no closing event waits for it after its only entry.
const CLOSING_GRACE: Duration = Duration::from_millis(500);
/// Written bytes are let go of at the latest when there are so many, and not for fewer.
const BACKLOG: usize = 64 * 1024;
/// Challenges that are as long as those of Asterisk are kept out of texts.
const SHORTEST_CHALLENGE: usize = 6;
/// So many times as many actions as may wait to be written may be under way in all.
const AWAITED: usize = 5;
const SECOND: Duration = Duration::from_secs(1);
/// How long `Logoff` may take before the link is cut.
const LOGOFF_WAIT: Duration = Duration::from_secs(2);
const BUSY_LOGOFF_WAIT: Duration = Duration::from_millis(100);

/// Who logs in. The secret is wiped from memory when this is dropped.
#[derive(Clone)]
pub struct Credentials {
    username: String,
    secret: Zeroizing<String>,
}

impl Credentials {
    /// A user of `manager.conf` and the secret that goes with it.
    pub fn new(username: impl Into<String>, secret: impl Into<String>) -> Credentials {
        Credentials { username: username.into(), secret: Zeroizing::new(secret.into()) }
    }

    /// The user's name.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Whether they can be sent.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if there is no user name, or if a line of AMI cannot carry them.
    pub fn check(&self) -> Result<()> {
        if self.username.is_empty() {
            return Err(Error::invalid("no user name is set; give a user of the server's manager.conf"));
        }
        check_setting("user name", &self.username)?;
        check_setting("secret", &self.secret)
    }

    /// The `Key` of a `Login` that answers a challenge: the MD5 that AMI prescribes. For programs that write for themselves.
    pub fn login_key(&self, challenge: &[u8]) -> String {
        self.key(challenge).to_string()
    }

    /// The answer to a challenge. It keeps the secret off the wire and is no more than that.
    fn key(&self, challenge: &[u8]) -> Zeroizing<String> {
        let key = self.compute_key(challenge);
        wipe_stack();
        key
    }

    /// In a frame of its own, which is wiped.
    #[inline(never)]
    fn compute_key(&self, challenge: &[u8]) -> Zeroizing<String> {
        let mut hasher = Md5::new();
        hasher.update(challenge);
        hasher.update(self.secret.as_bytes());
        let digest = Zeroizing::new(<[u8; 16]>::from(hasher.finalize()));
        // At once: growing in steps would leave copies behind.
        let mut key = Zeroizing::new(String::with_capacity(2 * digest.len()));
        for byte in digest.iter() {
            key.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default()));
        }
        key
    }
}

/// What a function that has returned worked with is still on the stack.
#[inline(never)]
fn wipe_stack() {
    let mut used = [1_u8; 4096];
    std::hint::black_box(&mut used).zeroize();
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// What a [`Session`] needs to know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionConfig {
    /// Who logs in.
    pub credentials: Credentials,
    /// The `Events` header of the login: `on`, `off`, or classes such as `system,call`.
    pub event_mask: String,
    /// How long an action may take unless its caller says otherwise.
    pub action_timeout: Duration,
    /// What the server may send at most.
    pub limits: Limits,
    /// What may wait to be written at most.
    pub action_queue: ActionQueue,
    /// What the ActionIDs that libami makes begin with; unique for the process and connection.
    pub id_prefix: String,
    /// After so long without a word from the server it is asked for one with a `Ping`; zero: never.
    pub keepalive: Duration,
    /// How long it may then stay silent until the link is taken for dead.
    pub keepalive_timeout: Duration,
    /// Whether and how a lost link is made again; `None`: it ends the session.
    pub reconnect: Option<Reconnect>,
    /// Whether the first link is tried again like one that was lost; otherwise it ends the session if it cannot be made.
    pub retry_first: bool,
    /// Whether actions that were not written when the link was lost, or are submitted while it is down, wait for the next
    /// one, within their deadlines. Otherwise they fail at once.
    pub wait_for_reconnect: bool,
    /// Any number, another one for each session: what is left to chance follows from it.
    pub seed: u64,
    /// Whether [`Output::Stray`] is wanted.
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
/// [`ErrorKind::Overflow`], and nothing is written of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionQueue {
    /// Actions; 200,000 by default.
    pub actions: usize,
    /// Bytes of them all, as they go out; 32 MiB by default.
    pub bytes: usize,
}

impl ActionQueue {
    const EMPTY: ActionQueue = ActionQueue { actions: 0, bytes: 0 };
}

impl Default for ActionQueue {
    fn default() -> Self {
        ActionQueue { actions: 200_000, bytes: 32 << 20 }
    }
}

/// An action that was not taken: why, and the caller's token for it.
#[derive(Debug)]
pub struct Refused<T> {
    /// Why.
    pub error: Error,
    /// The token.
    pub token: T,
}

impl<T> Refused<T> {
    /// What the error is about.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }
}

impl<T> From<Refused<T>> for Error {
    fn from(refused: Refused<T>) -> Error {
        refused.error
    }
}

/// What came of the bytes and the time.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output<T> {
    /// The login was accepted; after a reconnect, mask and filters are in force again as well.
    Ready,
    /// Events, in order, for whoever wants them.
    Events(Batch),
    /// What came between events and is none: responses that answer nothing, and events that bear the name of a marker. It is
    /// for who puts together what a text has cut in pieces; all others are told how much it was. Only with
    /// [`SessionConfig::strays`].
    Stray {
        /// The messages.
        messages: Batch,
        /// How much of it has not come out in any other way.
        skipped: Skipped,
    },
    /// The link was down between what came before this and what comes next.
    Gap(Gap),
    /// The action that was submitted with this token has ended.
    Done(T, Result<Response>),
    /// The link is lost and must be closed. [`Output::Connect`] follows in time.
    Lost {
        /// Why.
        cause: Error,
        /// How long until the next attempt.
        retry_in: Duration,
    },
    /// The link is to be made again.
    Connect {
        /// Which attempt since the last stable link this is, from 1.
        attempt: u32,
    },
    /// The session is over; the link must be closed. Nothing comes after this.
    Ended(Error),
}

/// A time without a link, in which events may have been missed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Gap {
    /// When something was last received before it.
    pub from: Instant,
    /// When the new link was logged in.
    pub until: Instant,
    /// Why the link was lost.
    pub cause: Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No link yet.
    Idle,
    /// No link any more; the next attempt comes in time.
    Waiting,
    /// The owner makes a new link.
    Connecting,
    /// Waiting for the first line.
    Banner,
    /// Logging in, and putting the mask and filters in force again.
    Login,
    Ready,
    /// `Logoff` was sent.
    Leaving,
    Ended,
}

enum Owner<T> {
    Caller(T),
    Challenge,
    Login,
    /// Puts a mask or a filter in force again.
    Restore,
    Keepalive,
    Logoff,
    /// A `Ping` behind an action that may get no response: with its answer the server is done with that one.
    Fence(u64),
    /// Its caller was told that the outcome is unknown; an answer may still come.
    Abandoned,
}

struct Pending<T> {
    owner: Owner<T>,
    facts: &'static ActionFacts,
    name: String,
    /// The caller's own ActionID; without it, libami's.
    own_id: Option<Box<[u8]>>,
    /// The CLI line, for an action that is a command.
    command: Option<Box<[u8]>>,
    /// What it tells the server that no error may show.
    secrets: Vec<Zeroizing<Vec<u8>>>,
    since: Instant,
    deadline: Instant,
    /// Until when at the latest the server answers nothing else meanwhile.
    blocks: Option<Instant>,
    /// What has to be done again on a new link, if this succeeds.
    lasting: Option<Box<Action>>,
    /// Where its bytes are in the outbound stream; [`HELD`] while they wait for a link.
    start: u64,
    length: usize,
    /// Its bytes, while they wait.
    held: Option<Zeroizing<Vec<u8>>>,
    /// The response, once it has come, and what follows on it.
    response: Option<Message>,
    following: Following,
    entries: Vec<Message>,
    /// The memory that the entries take.
    entry_bytes: usize,
    /// Its last message has passed; it is completed with the other messages that came along.
    answered: bool,
    /// A message without an ActionID that may be the reply, and until when one with it may still come.
    doubtful: Option<Box<(Message, Instant)>>,
}

const HELD: u64 = u64::MAX;

/// No action takes more bytes.
const LONGEST: usize = MAX_HEADERS * (MAX_LINE + 2) + 2;

/// Tickets are numbers of our own, one after the other: nobody can choose them so that they meet.
#[derive(Default)]
struct TicketHasher(u64);

impl Hasher for TicketHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    /// Tickets beside each other are beside each other in the table, as they are asked for. What tables compare first are the
    /// upper bits, so they vary too.
    fn write_u64(&mut self, number: u64) {
        self.0 = number ^ number << 57;
    }
}

type ByTicket<V> = HashMap<u64, V, BuildHasherDefault<TicketHasher>>;

/// What follows on a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Following {
    Nothing,
    List,
    /// One event, and then nothing that says so.
    Event,
    /// Another response, which counts.
    Response,
}

/// A message that belongs to an action.
enum Part {
    Answer,
    /// The answer, on which more follows.
    Opening,
    Entry,
    /// The entry that is all there is.
    OnlyEntry,
    Close,
    /// An event that is an entry and news as well.
    Gathered,
}

/// The state machine of one AMI session. `T` is the caller's token for an action.
pub struct Session<T> {
    config: SessionConfig,
    scanner: Scanner,
    state: State,
    allow_plain: bool,
    login_deadline: Option<Instant>,
    /// Actions by ticket; ours carry the ticket in their ActionID.
    pending: ByTicket<Pending<T>>,
    own_ids: HashMap<Box<[u8]>, u64>,
    next_ticket: u64,
    /// Room for the ActionID that is being made.
    made_id: Vec<u8>,
    deadlines: BinaryHeap<Reverse<(Instant, u64)>>,
    abandoned: VecDeque<u64>,
    /// Actions in flight whose reply may come without an ActionID, in order.
    without_id: VecDeque<u64>,
    /// Actions whose reply has come with its ActionID on this link, or without it: it always does.
    known_with_id: Vec<&'static ActionFacts>,
    known_without_id: Vec<&'static ActionFacts>,
    /// The server has left the ActionID out of an answer to the login.
    may_omit_ids: bool,
    /// Every answer so far has come without its ActionID, so the server leaves it out everywhere.
    omits_ids: bool,
    /// Commands in flight, whose answer may be a text.
    commands: BTreeSet<u64>,
    /// The text of a command was given up, and its rest may still come.
    late_text: bool,
    /// The action whose answer gathers the events that pass by.
    gathering: Option<u64>,
    /// The actions in flight that may get no response, but a text.
    fenced: VecDeque<u64>,
    /// Actions in flight on callers' behalf.
    in_flight: usize,
    out: Vec<u8>,
    out_done: usize,
    /// Whether a secret or a key is, or was, in there.
    out_has_secret: bool,
    /// What the login says besides the secret, and what was asked for it, while it lasts.
    login: Vec<Zeroizing<Vec<u8>>>,
    /// How many bytes were transmitted in all.
    transmitted: u64,
    outputs: VecDeque<Output<T>>,
    end: Option<Error>,
    /// When something was last received.
    heard: Option<Instant>,
    /// The keepalive's `Ping` in flight.
    ping: Option<u64>,
    /// The actions in flight that keep the server from answering anything else, by until when at the latest.
    blocking: BTreeSet<(Instant, u64)>,
    backoff: Option<Backoff>,
    /// When the next attempt is due.
    retry_at: Option<Instant>,
    /// There was a login.
    was_ready: bool,
    /// Since when the link that was logged in is down, and why.
    lost: Option<(Instant, Error)>,
    /// The filters that callers have set, in force again on every link, and how many of them are not yet.
    filters: Vec<Action>,
    restoring: usize,
    counters: Counters,
    /// What waits to be written, or more, and whether some of it may have gone since it was counted.
    unsent: ActionQueue,
    unsent_fell: bool,
}

impl<T> Session<T> {
    /// A session without a link.
    pub fn new(config: SessionConfig) -> Session<T> {
        Session {
            scanner: Scanner::new(config.limits),
            backoff: config.reconnect.map(|policy| Backoff::new(policy, config.seed)),
            config,
            state: State::Idle,
            allow_plain: false,
            login_deadline: None,
            pending: HashMap::default(),
            own_ids: HashMap::new(),
            next_ticket: 1,
            made_id: Vec::new(),
            deadlines: BinaryHeap::new(),
            abandoned: VecDeque::new(),
            without_id: VecDeque::new(),
            known_with_id: Vec::new(),
            known_without_id: Vec::new(),
            may_omit_ids: false,
            omits_ids: true,
            commands: BTreeSet::new(),
            late_text: false,
            gathering: None,
            fenced: VecDeque::new(),
            in_flight: 0,
            out: Vec::new(),
            out_done: 0,
            out_has_secret: false,
            login: Vec::new(),
            transmitted: 0,
            outputs: VecDeque::new(),
            end: None,
            heard: None,
            ping: None,
            blocking: BTreeSet::new(),
            retry_at: None,
            was_ready: false,
            lost: None,
            filters: Vec::new(),
            restoring: 0,
            counters: Counters::default(),
            unsent: ActionQueue::EMPTY,
            unsent_fell: false,
        }
    }

    /// The link is up. Login must be over by the deadline; `allow_plain` says whether the secret may go out as it is where
    /// the server offers no challenge.
    pub fn connected(&mut self, allow_plain: bool, deadline: Instant) {
        if matches!(self.state, State::Idle | State::Connecting) {
            self.state = State::Banner;
            self.allow_plain = allow_plain;
            self.login_deadline = Some(deadline);
        }
    }

    /// Whether actions can be submitted.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// The server's first line, once it has come.
    pub fn banner(&self) -> Option<&str> {
        self.scanner.banner()
    }

    /// How many callers' actions have not ended.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// What it has done so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many bytes were written in all.
    pub fn bytes_sent(&self) -> u64 {
        self.transmitted
    }

    /// Where to append what was received, before [`Session::received`].
    pub fn buffer(&mut self) -> &mut BytesMut {
        self.scanner.buffer()
    }

    /// Takes in what was appended to the buffer.
    pub fn received(&mut self, now: Instant) {
        if matches!(self.state, State::Idle | State::Waiting | State::Connecting | State::Ended) {
            self.scanner.buffer().clear();
            return;
        }
        let came = self.take_in(now);
        // Text that is only waited out is no sign of life: nobody sees any of it.
        if came || !self.scanner.is_in_text() {
            self.heard = Some(now);
        }
    }

    /// Reads what is in the buffer; whether a message was complete.
    fn take_in(&mut self, now: Instant) -> bool {
        self.scanner.scan(&InFlight {
            actions: Actions {
                pending: &self.pending,
                own_ids: &self.own_ids,
                prefix: &self.config.id_prefix,
                transmitted: self.transmitted,
            },
            commands: &self.commands,
            omits_ids: self.omits_ids,
        });
        if self.state == State::Banner && self.scanner.banner().is_some() {
            self.state = State::Login;
            self.start_login(now);
        }
        let mut came = false;
        while let Some(batch) = self.scanner.take() {
            came = true;
            self.handle(batch, now);
        }
        if let Some(error) = self.scanner.error().cloned() {
            self.fail(error, now);
        }
        came
    }

    /// Submits an action; `token` comes back with its outcome. Returns when it ends at the latest.
    ///
    /// # Errors
    /// The action is refused, or the session is not logged in. Nothing was written.
    pub fn submit(
        &mut self,
        action: &Action,
        timeout: Option<Duration>,
        now: Instant,
        token: T,
    ) -> Result<Instant, Refused<T>> {
        match self.prepare(action, timeout, now) {
            Ok((ticket, deadline)) => {
                if let Some(pending) = self.pending.get_mut(&ticket) {
                    pending.owner = Owner::Caller(token);
                    self.unsent.actions += 1;
                    self.unsent.bytes += pending.length;
                    self.in_flight += 1;
                    self.counters.actions += 1;
                    let facts = pending.facts;
                    if (facts.is_never_answered || facts.may_be_silent) && self.state == State::Ready {
                        self.fence(ticket, facts, deadline, now);
                    }
                }
                Ok(deadline)
            }
            Err(error) => Err(Refused { error, token }),
        }
    }

    /// Has the server say when it is done with an action that may get no response.
    fn fence(&mut self, ticket: u64, facts: &ActionFacts, deadline: Instant, now: Instant) {
        let timeout = deadline.saturating_duration_since(now);
        let is_sent = self.enqueue(&Action::new("Ping"), Some(timeout), now, Owner::Fence(ticket)).is_ok();
        if is_sent && facts.is_never_answered {
            self.fenced.push_back(ticket);
        }
    }

    /// The server is done with an action that may have got no response.
    fn pass_fence(&mut self, ticket: u64, now: Instant) {
        self.fenced.retain(|other| *other != ticket);
        if self.pending.get(&ticket).is_some_and(|pending| pending.doubtful.is_some()) {
            // A reply with an ActionID would have come before.
            return self.believe(ticket, now);
        }
        let Some(pending) = self.forget(ticket) else { return };
        if let Some(action) = pending.lasting {
            self.keep(*action);
        }
        let Owner::Caller(token) = pending.owner else { return };
        self.in_flight -= 1;
        let text: Vec<u8> = pending.entries.iter().flat_map(Message::wire).collect();
        let (name, words) = (&pending.name, self.hide(text.trim_ascii(), &pending.secrets));
        let more = match (pending.facts.may_be_silent, words.is_empty()) {
            (true, _) => "it has said nothing, as it does with brokeneventsaction=yes in manager.conf".to_owned(),
            (_, true) => format!("it never answers {name} with a response"),
            _ => format!("it never answers {name} with a response, but with a text, which is in the peer message"),
        };
        let error =
            Error::new(ErrorKind::OutcomeUnknown, format!("{name} was sent, and the server is done with it; {more}"));
        let error = if words.is_empty() { error } else { error.with_peer_message(&words) };
        self.outputs.push_back(Output::Done(token, Err(error)));
    }

    /// Takes a caller's action in, as yet without its token.
    fn prepare(&mut self, action: &Action, timeout: Option<Duration>, now: Instant) -> Result<(u64, Instant)> {
        action.check()?;
        match self.state {
            State::Ready => {
                self.check_room(action)?;
                self.enqueue(action, timeout, now, Owner::Abandoned)
            }
            State::Leaving | State::Ended => Err(self.end.clone().unwrap_or_else(Error::closed)),
            _ if !self.was_ready => Err(Error::new(ErrorKind::State, "the client is not logged in yet; open it first")),
            _ if self.config.wait_for_reconnect => {
                self.check_room(action)?;
                let from = self.out.len();
                let (ticket, deadline) = self.enqueue(action, timeout, now, Owner::Abandoned)?;
                self.hold(ticket, from);
                Ok((ticket, deadline))
            }
            _ => Err(self.end.clone().unwrap_or_else(Error::closed)),
        }
    }

    /// Refuses an action that would have too much wait to be written, as for a server that reads no more, or for answers, as for
    /// one that gives none.
    fn check_room(&mut self, action: &Action) -> Result<()> {
        let limits = self.config.action_queue;
        let awaited = limits.actions.saturating_mul(AWAITED);
        if self.in_flight < awaited
            && self.unsent.actions < limits.actions
            && self.unsent.bytes.saturating_add(LONGEST) <= limits.bytes
        {
            return Ok(());
        }
        // One that libami makes is hardly longer than what it begins with.
        let length = action.encoded_length(action.action_id().unwrap_or(self.config.id_prefix.as_bytes())) + 16;
        let fits = |unsent: ActionQueue| {
            unsent.actions < limits.actions && unsent.bytes.saturating_add(length) <= limits.bytes
        };
        if !fits(self.unsent) && std::mem::take(&mut self.unsent_fell) {
            let waiting = self.pending.values().filter(|pending| pending.start >= self.transmitted);
            self.unsent = waiting.fold(ActionQueue::EMPTY, |unsent, pending| ActionQueue {
                actions: unsent.actions + 1,
                bytes: unsent.bytes + pending.length,
            });
        }
        if !fits(self.unsent) || self.in_flight >= awaited {
            return Err(Error::new(
                ErrorKind::Overflow,
                format!(
                    "{} actions of {} bytes wait to be written, and {} and {} may; {} wait for that or for their answers, and \
                     {awaited} may (ami_config_set_action_queue, Config::action_queue in Rust, action_queue in Python); the \
                     server is too slow: wait for answers before sending more",
                    self.unsent.actions, self.unsent.bytes, limits.actions, limits.bytes, self.in_flight
                ),
            ));
        }
        Ok(())
    }

    /// Keeps the bytes of an action, which begin there, until there is a link.
    fn hold(&mut self, ticket: u64, from: usize) {
        let Some(pending) = self.pending.get_mut(&ticket) else { return };
        pending.start = HELD;
        pending.held = Some(Zeroizing::new(self.out[from..].to_vec()));
        self.out[from..].zeroize();
        self.out.truncate(from);
    }

    /// There is a link: what was held goes out.
    fn release(&mut self) {
        let room = self.pending.values().filter_map(|pending| pending.held.as_ref()).map(|bytes| bytes.len()).sum();
        // There may be a secret among it.
        self.out_has_secret |= room > 0;
        self.make_room(room);
        let mut held: Vec<(u64, &mut Pending<T>)> = self
            .pending
            .iter_mut()
            .filter(|(_, pending)| pending.held.is_some())
            .map(|(ticket, pending)| (*ticket, pending))
            .collect();
        held.sort_unstable_by_key(|(ticket, _)| *ticket);
        for (_, pending) in held {
            pending.start = self.transmitted + (self.out.len() - self.out_done) as u64;
            self.out.extend_from_slice(&pending.held.take().unwrap_or_default());
        }
    }

    /// Has so many bytes fit into what is to be written; it must not grow by itself while there is a secret in it, or it leaves
    /// a copy behind.
    fn make_room(&mut self, count: usize) {
        if self.out_has_secret && self.out.capacity() - self.out.len() < count {
            let mut larger = Vec::with_capacity(2 * (self.out.len() + count));
            larger.extend_from_slice(&self.out);
            self.out.zeroize();
            self.out = larger;
        }
    }

    /// A server's words without what must not be shown, should it say it back.
    fn hide(&self, words: &[u8], more: &[Zeroizing<Vec<u8>>]) -> Vec<u8> {
        let secret = [self.config.credentials.secret.as_bytes()];
        let all = secret.into_iter().chain(self.login.iter().chain(more).map(|secret| secret.as_slice()));
        all.fold(words.to_vec(), |words, secret| hide(&words, secret))
    }

    fn enqueue(
        &mut self,
        action: &Action,
        timeout: Option<Duration>,
        now: Instant,
        owner: Owner<T>,
    ) -> Result<(u64, Instant)> {
        let ticket = self.next_ticket;
        let own_id: Option<Box<[u8]>> = action.action_id().map(Into::into);
        if let Some(id) = &own_id {
            if id.starts_with(self.config.id_prefix.as_bytes()) {
                return Err(Error::invalid("an ActionID of libami's own form is not for callers; choose another"));
            }
            if self.own_ids.contains_key(id) {
                return Err(Error::invalid(
                    "an action with this ActionID was sent and not answered yet; use an ActionID once",
                ));
            }
        }
        let mut made_id = std::mem::take(&mut self.made_id);
        made_id.clear();
        append_id(&mut made_id, &self.config.id_prefix, ticket);
        let id = own_id.as_deref().unwrap_or(&made_id);
        self.make_room(action.encoded_length(id));
        let from = self.out.len();
        let encoded = action.encode(id, &mut self.out);
        self.made_id = made_id;
        encoded?;
        self.out_has_secret |= action.has_secret();
        let wait = catalog::own_wait(action.name(), |name| action.get(name));
        let timeout = timeout.unwrap_or(self.config.action_timeout);
        let deadline = later(now, timeout.saturating_add(wait.unwrap_or_default()));
        let is_command = ["Command", "smscommand"].iter().any(|name| action.name().eq_ignore_ascii_case(name));
        let facts = catalog::action(action.name());
        if facts.reply_without_id.is_some() {
            while self.without_id.front().is_some_and(|ticket| !self.pending.contains_key(ticket)) {
                self.without_id.pop_front();
            }
            self.without_id.push_back(ticket);
        }
        if let Some(id) = &own_id {
            self.own_ids.insert(id.clone(), ticket);
        }
        if is_command {
            self.commands.insert(ticket);
        }
        let blocks = (is_command || wait.is_some()).then_some(deadline);
        self.blocking.extend(blocks.map(|until| (until, ticket)));
        let lasting = !matches!(owner, Owner::Restore) && is_lasting(action);
        let lasting = lasting.then(|| Box::new(action.clone()));
        self.pending.insert(
            ticket,
            Pending {
                owner,
                facts,
                name: action.name().to_owned(),
                own_id,
                command: if is_command { action.get("Command").map(Into::into) } else { None },
                secrets: action.secrets().map(|secret| Zeroizing::new(secret.to_vec())).collect(),
                since: now,
                deadline,
                blocks,
                lasting,
                start: self.transmitted + (from - self.out_done) as u64,
                length: self.out.len() - from,
                held: None,
                response: None,
                following: Following::Nothing,
                entries: Vec::new(),
                entry_bytes: 0,
                answered: false,
                doubtful: None,
            },
        );
        self.deadlines.push(Reverse((deadline, ticket)));
        if self.deadlines.len() > 2 * self.pending.len() + 64 {
            self.deadlines.retain(|Reverse((_, ticket))| self.pending.contains_key(ticket));
            self.without_id.retain(|ticket| self.pending.contains_key(ticket));
        }
        self.next_ticket += 1;
        Ok((ticket, deadline))
    }

    /// What is to be written.
    pub fn transmit(&self) -> &[u8] {
        &self.out[self.out_done..]
    }

    /// So many bytes of [`Session::transmit`] were written. To be said before anything else is asked of the session: an
    /// action that was not written may be taken back.
    pub fn transmitted(&mut self, count: usize) {
        self.out_done += count;
        self.transmitted += count as u64;
        self.unsent_fell = true;
        if self.out_done >= self.out.len() {
            if std::mem::take(&mut self.out_has_secret) {
                self.out.zeroize();
            }
            self.out.clear();
            self.out.shrink_to(BACKLOG);
            self.out_done = 0;
        } else if self.out_done > BACKLOG && self.out_done > self.out.len() / 2 {
            self.out.drain(..self.out_done);
            self.out_done = 0;
        }
    }

    /// When [`Session::tick`] has to be called at the latest. It may be earlier than needed, never later.
    pub fn next_deadline(&self) -> Option<Instant> {
        let first = self.deadlines.peek().map(|Reverse((at, _))| *at);
        [self.login_deadline, self.retry_at, self.ping_at(), first].into_iter().flatten().min()
    }

    /// When the server has been silent long enough to be asked. An action that blocks the session has its time first.
    fn ping_at(&self) -> Option<Instant> {
        if self.state != State::Ready || self.config.keepalive.is_zero() || self.ping.is_some() {
            return None;
        }
        let blocked_until = self.blocking.last().map(|(until, _)| *until);
        Some(later(self.heard.max(blocked_until)?, self.config.keepalive))
    }

    fn keep_alive(&mut self, now: Instant) {
        let timeout = self.config.keepalive_timeout;
        match self.enqueue(&Action::new("Ping"), Some(timeout), now, Owner::Keepalive) {
            Ok((ticket, _)) => self.ping = Some(ticket),
            Err(error) => self.fail(error, now),
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) {
        if self.login_deadline.is_some_and(|at| at <= now) {
            let said = if self.scanner.banner().is_some() {
                "did not answer the login in time"
            } else {
                "said nothing in time; a port with TLS waits like that, see ami_config_set_tls, tls in Rust and Python"
            };
            let error = Error::new(
                ErrorKind::Timeout,
                format!("the server accepted the connection and {said}; is it an Asterisk manager port?"),
            );
            self.fail(error, now);
        }
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
            self.state = State::Connecting;
            let attempt = self.backoff.as_ref().map_or(0, Backoff::attempt);
            self.outputs.push_back(Output::Connect { attempt });
        }
        let mut unwritten = Vec::new();
        while let Some(Reverse((at, ticket))) = self.deadlines.peek().copied() {
            if at > now {
                break;
            }
            self.deadlines.pop();
            let Some(pending) = self.pending.get(&ticket) else { continue };
            let is_due = pending.deadline <= now;
            if pending.doubtful.as_ref().is_some_and(|doubtful| is_due || doubtful.1 <= now) {
                self.believe(ticket, now);
            } else if is_due {
                // Its deadline may have moved since; the later entry is in the heap as well.
                unwritten.extend(self.expire(ticket, now));
            }
        }
        self.withdraw(unwritten);
        if self.late_text && !self.scanner.is_in_text() {
            // What was given up with a deadline may hold messages.
            self.take_in(now);
        }
        if self.ping_at().is_some_and(|at| at <= now) {
            self.keep_alive(now);
        }
    }

    /// An action's time is up. Returns the action if nothing of it was written.
    fn expire(&mut self, ticket: u64, now: Instant) -> Option<Pending<T>> {
        let pending = self.pending.get_mut(&ticket)?;
        let is_enough = match pending.following {
            Following::List => pending.facts.only_entry.is_some() && !pending.entries.is_empty(),
            Following::Response => true,
            Following::Nothing | Following::Event => false,
        };
        if pending.response.is_some() && is_enough {
            self.complete(ticket, None, now);
            return None;
        }
        match std::mem::replace(&mut pending.owner, Owner::Abandoned) {
            Owner::Logoff => {
                self.finish(Error::closed());
                return None;
            }
            Owner::Abandoned | Owner::Challenge | Owner::Login | Owner::Restore => return None,
            Owner::Fence(_) => {
                self.abandon(ticket);
                return None;
            }
            Owner::Keepalive => {
                let until = later(self.heard.unwrap_or(now), self.config.keepalive_timeout);
                if until > now {
                    // It says something, only not yet the answer.
                    pending.owner = Owner::Keepalive;
                    pending.deadline = until;
                    self.deadlines.push(Reverse((until, ticket)));
                    return None;
                }
                let error = Error::new(
                    ErrorKind::Disconnected,
                    format!(
                        "the server has been silent for {} seconds and did not answer a Ping either; the link is taken for \
                         dead",
                        self.heard.map_or(0, |at| now.saturating_duration_since(at).as_secs())
                    ),
                );
                self.fail(error, now);
                return None;
            }
            Owner::Caller(token) => {
                self.in_flight -= 1;
                let name = pending.name.clone();
                if pending.start >= self.transmitted {
                    let text = format!("{name} could not be written in time; it was not sent");
                    self.outputs.push_back(Output::Done(token, Err(Error::new(ErrorKind::Timeout, text))));
                    return self.forget(ticket);
                }
                pending.entries = Vec::new();
                let text = format!("{name} was sent and not answered in time; it may have been carried out");
                self.outputs.push_back(Output::Done(token, Err(Error::new(ErrorKind::OutcomeUnknown, text))));
            }
        }
        if self.is_text_of(ticket) {
            self.scanner.give_up_text();
            self.late_text = true;
        }
        self.abandon(ticket);
        None
    }

    /// Keeps an action in mind whose caller waits no more, so that what still comes of it is not taken for news.
    fn abandon(&mut self, ticket: u64) {
        if self.gathering == Some(ticket) {
            self.gathering = None;
        }
        self.abandoned.push_back(ticket);
        if self.abandoned.len() > ABANDONED
            && let Some(oldest) = self.abandoned.pop_front()
        {
            self.forget(oldest);
        }
    }

    /// Whether the text that is under way is this command's.
    fn is_text_of(&self, ticket: u64) -> bool {
        match self.scanner.open_text() {
            Text::None => false,
            Text::Of(id) => self.find(id) == Some(ticket),
            Text::WithoutId => self.oldest_command() == Some(ticket),
        }
    }

    /// The command that an answer without an ActionID is one to.
    fn oldest_command(&self) -> Option<u64> {
        let is_awaited = |pending: &Pending<T>| !pending.answered && pending.start < self.transmitted;
        self.commands.iter().find(|ticket| self.pending.get(ticket).is_some_and(is_awaited)).copied()
    }

    /// Takes actions that were not written out of what is to be written.
    fn withdraw(&mut self, mut actions: Vec<Pending<T>>) {
        // What is held was never among it, and a link that ended meanwhile has taken all with it.
        actions.retain(|action| action.start != HELD);
        if actions.is_empty() || self.out.is_empty() {
            return;
        }
        actions.sort_unstable_by_key(|action| action.start);
        let base = self.transmitted - self.out_done as u64;
        let mut kept = Vec::with_capacity(self.out.len());
        let mut from = 0;
        // Up to which place how many bytes are gone.
        let mut gone = Vec::with_capacity(actions.len());
        let mut total = 0;
        for action in &actions {
            let start = (action.start - base) as usize;
            kept.extend_from_slice(&self.out[from..start]);
            from = start + action.length;
            total += action.length as u64;
            gone.push((action.start, total));
        }
        kept.extend_from_slice(&self.out[from..]);
        self.out.zeroize();
        self.out = kept;
        for other in self.pending.values_mut().filter(|other| other.start != HELD) {
            let before = gone.partition_point(|(start, _)| *start < other.start);
            other.start -= before.checked_sub(1).map_or(0, |last| gone[last].1);
        }
        // All that is left may have been written.
        self.transmitted(0);
    }

    fn forget(&mut self, ticket: u64) -> Option<Pending<T>> {
        let pending = self.pending.remove(&ticket)?;
        self.unsent_fell = true;
        if let Some(id) = &pending.own_id {
            self.own_ids.remove(id);
        }
        self.commands.remove(&ticket);
        if !self.fenced.is_empty() {
            self.fenced.retain(|other| *other != ticket);
        }
        if self.gathering == Some(ticket) {
            self.gathering = None;
        }
        if self.ping == Some(ticket) {
            self.ping = None;
        }
        if let Some(until) = pending.blocks {
            self.blocking.remove(&(until, ticket));
        }
        Some(pending)
    }

    /// Starts to log off; [`Output::Ended`] follows with [`ErrorKind::Closed`]. Callers' actions end now.
    pub fn log_off(&mut self, now: Instant) {
        match self.state {
            State::Ready => {
                self.end = Some(Error::closed());
                // First, or what was not written would be kept for another link, and written to this one all the same.
                self.state = State::Leaving;
                self.end_actions();
                let action = Action::new("Logoff");
                // A server that runs a command answers nothing until that has ended.
                let is_busy = self.pending.values().any(|pending| pending.command.is_some());
                let wait = if is_busy { BUSY_LOGOFF_WAIT } else { LOGOFF_WAIT };
                if self.enqueue(&action, Some(wait), now, Owner::Logoff).is_err() {
                    self.finish(Error::closed());
                }
            }
            State::Leaving | State::Ended => {}
            _ => self.finish(Error::closed()),
        }
    }

    /// The link is gone, or could not be had.
    pub fn disconnected(&mut self, cause: Error, now: Instant) {
        // While there is none, there is nothing to lose.
        if self.state != State::Waiting {
            self.fail(cause, now);
        }
    }

    /// Ends the session, whatever it is doing, for a reason of the owner's.
    pub fn abort(&mut self, cause: Error) {
        self.finish(if self.state == State::Leaving { Error::closed() } else { cause });
    }

    /// The server closed the link.
    pub fn end_of_input(&mut self, now: Instant) {
        let error = match self.state {
            State::Banner => Error::new(
                ErrorKind::Disconnected,
                "the server closed the connection without a word: too many sessions may be waiting for their login there \
                 (authlimit in manager.conf), or something before it does not let this address in or has no server behind \
                 it; a deny or permit of manager.conf is not it, that refuses the login in words",
            ),
            State::Login => Error::new(
                ErrorKind::Disconnected,
                "the server closed the connection during the login; it may have taken longer than authtimeout in \
                 manager.conf allows",
            ),
            _ => Error::new(ErrorKind::Disconnected, "the server closed the connection"),
        };
        self.disconnected(error, now);
    }

    /// The link, or the attempt to make it, has failed: there is another attempt, or that was the end.
    fn fail(&mut self, error: Error, now: Instant) {
        match self.state {
            State::Ended => return,
            State::Leaving => return self.finish(Error::closed()),
            _ if !self.was_ready && !self.config.retry_first => return self.finish(error),
            _ => {}
        }
        // Asking again with a secret that was refused would only get the address locked out.
        if matches!(error.kind(), ErrorKind::Auth | ErrorKind::AuthMethod) {
            return self.finish(error);
        }
        let Some(backoff) = &mut self.backoff else { return self.finish(error) };
        let Some(retry_in) = backoff.down(now) else {
            let attempts = backoff.attempt();
            return self.finish(Error::new(
                error.kind(),
                format!("{error}; {attempts} attempts to connect again did not bring a stable link"),
            ));
        };
        if self.was_ready {
            self.lost.get_or_insert_with(|| (self.heard.unwrap_or(now), error.clone()));
        }
        self.let_go(&error);
        self.state = State::Waiting;
        self.retry_at = Some(later(now, retry_in));
        self.outputs.push_back(Output::Lost { cause: error, retry_in });
    }

    fn finish(&mut self, error: Error) {
        if self.state == State::Ended {
            return;
        }
        self.state = State::Ended;
        self.let_go(&error);
        self.retry_at = None;
        self.outputs.push_back(Output::Ended(error));
    }

    /// Ends and forgets all that was about the link, except what may wait for the next one.
    fn let_go(&mut self, error: &Error) {
        self.login_deadline = None;
        self.end = Some(match error.kind() {
            ErrorKind::Closed => error.clone(),
            _ => Error::new(ErrorKind::Disconnected, format!("the link is down: {error}")),
        });
        self.end_actions();
        let unheld: Vec<u64> =
            self.pending.iter().filter(|(_, pending)| pending.start != HELD).map(|(ticket, _)| *ticket).collect();
        for ticket in unheld {
            self.forget(ticket);
        }
        self.deadlines.retain(|Reverse((_, ticket))| self.pending.contains_key(ticket));
        self.without_id.retain(|ticket| self.pending.contains_key(ticket));
        self.abandoned.clear();
        self.restoring = 0;
        self.login = Vec::new();
        self.out.zeroize();
        self.out = Vec::new();
        self.out_done = 0;
        self.out_has_secret = false;
        self.known_with_id.clear();
        self.known_without_id.clear();
        self.may_omit_ids = false;
        (self.omits_ids, self.late_text) = (true, false);
        self.scanner = Scanner::new(self.config.limits);
    }

    /// Ends callers' actions: those that were written with an unknown outcome. Those that were not may wait for another
    /// link.
    fn end_actions(&mut self) {
        let may_wait = self.config.wait_for_reconnect && !matches!(self.state, State::Leaving | State::Ended);
        let mut tickets: Vec<u64> = self.pending.keys().copied().collect();
        tickets.sort_unstable();
        let mut unwritten = Vec::new();
        for ticket in tickets {
            let Some(pending) = self.pending.get_mut(&ticket) else { continue };
            if may_wait && pending.start >= self.transmitted && matches!(pending.owner, Owner::Caller(_)) {
                if pending.start != HELD {
                    let from = self.out_done + (pending.start - self.transmitted) as usize;
                    pending.held = Some(Zeroizing::new(self.out[from..from + pending.length].to_vec()));
                    pending.start = HELD;
                }
                continue;
            }
            let Owner::Caller(token) = std::mem::replace(&mut pending.owner, Owner::Abandoned) else { continue };
            self.in_flight -= 1;
            let error = if pending.start >= self.transmitted {
                unwritten.extend(self.forget(ticket));
                self.end.clone().unwrap_or_else(Error::closed)
            } else {
                let name = &pending.name;
                Error::new(
                    ErrorKind::OutcomeUnknown,
                    format!("{name} was sent and the link ended before its answer; it may have been carried out"),
                )
            };
            self.outputs.push_back(Output::Done(token, Err(error)));
        }
        self.withdraw(unwritten);
        self.gathering = None;
    }

    /// What has come of it; call until there is nothing.
    pub fn poll(&mut self) -> Option<Output<T>> {
        self.outputs.pop_front()
    }

    fn start_login(&mut self, now: Instant) {
        let action = Action::new("Challenge").with("AuthType", "MD5");
        self.enqueue_login(&action, Owner::Challenge, now);
    }

    fn enqueue_login(&mut self, action: &Action, owner: Owner<T>, now: Instant) {
        // The login's own deadline counts, not the action's.
        let timeout = self.login_deadline.map(|at| at.saturating_duration_since(now).saturating_add(SECOND));
        if let Err(error) = self.enqueue(action, timeout, now, owner) {
            self.fail(error, now);
        }
    }

    fn challenged(&mut self, reply: &Message, now: Instant) {
        let words = self.hide(reply.get("Message").unwrap_or_default(), &[]);
        if is_refusal(reply) && passing_refusal(&words).is_some() {
            return self.fail(refused_login(self.config.credentials.username(), &words), now);
        }
        let credentials = self.config.credentials.clone();
        // With filters, events flow only once those are in force again.
        let mask = if self.filters.is_empty() { self.config.event_mask.clone() } else { "off".to_owned() };
        let login = Action::new("Login");
        let action = match reply.get("Challenge") {
            Some(challenge) if !challenge.is_empty() => {
                let key = credentials.key(challenge);
                self.login = vec![Zeroizing::new(key.as_bytes().to_vec())];
                // One that is short stands in any text.
                if challenge.len() >= SHORTEST_CHALLENGE {
                    self.login.push(Zeroizing::new(challenge.to_vec()));
                }
                login.with("AuthType", "MD5").with("Username", credentials.username()).with("Key", key.as_bytes())
            }
            _ if self.allow_plain => {
                login.with("Username", credentials.username()).with("Secret", credentials.secret.as_bytes())
            }
            _ => {
                return self.finish(
                    Error::new(
                        ErrorKind::AuthMethod,
                        "the server offers no MD5 challenge, and the secret is not sent in the clear; use TLS, or allow \
                         it with ami_config_set_allow_plain_login(config, 1), allow_plain_login in Rust and Python",
                    )
                    .with_peer_message(&self.hide(reply.get("Message").unwrap_or_default(), &[])),
                );
            }
        };
        self.enqueue_login(&action.with("Events", mask), Owner::Login, now);
    }

    fn logged_in(&mut self, reply: &Message, now: Instant) {
        if is_refusal(reply) {
            let words = self.hide(reply.get("Message").unwrap_or_default(), &[]);
            return self.fail(refused_login(self.config.credentials.username(), &words), now);
        }
        if !reply.is("Success") {
            let text = format!(
                "the server answered the login with \"{}\", which is neither Success nor Error; is it an Asterisk manager?",
                said(reply.name())
            );
            return self.fail(Error::new(ErrorKind::Protocol, text), now);
        }
        if self.filters.is_empty() {
            return self.ready(now);
        }
        let mask = Action::new("Events").with("EventMask", self.config.event_mask.as_bytes());
        self.restoring = self.filters.len();
        for action in self.filters.iter().cloned().chain([mask]).collect::<Vec<_>>() {
            self.enqueue_login(&action, Owner::Restore, now);
        }
    }

    fn restored(&mut self, name: &str, reply: &Message, now: Instant) {
        if is_refusal(reply) {
            let words = self.hide(reply.get("Message").unwrap_or_default(), &[]);
            let text = format!("the server refused {name}, which it took before: {}", said(&words));
            return self.fail(Error::new(ErrorKind::Action, text).with_peer_message(&words), now);
        }
        // The mask comes last and is not waited for: a server with brokeneventsaction=yes does not answer it.
        if self.state == State::Login {
            self.restoring -= 1;
            if self.restoring == 0 {
                self.ready(now);
            }
        }
    }

    /// Gives up the room for actions if there are none: most of many sessions are idle most of the time.
    fn rest(&mut self) {
        if self.pending.is_empty() {
            self.pending.shrink_to_fit();
        }
    }

    fn ready(&mut self, now: Instant) {
        self.rest();
        self.login_deadline = None;
        self.login = Vec::new();
        self.end = None;
        self.state = State::Ready;
        self.counters.reconnects += u64::from(std::mem::replace(&mut self.was_ready, true));
        if let Some(backoff) = &mut self.backoff {
            backoff.up(now);
        }
        self.outputs.push_back(Output::Ready);
        self.mark_gap(now);
        self.release();
    }

    /// Tells of the time without a link, once, before any event that came after it.
    fn mark_gap(&mut self, now: Instant) {
        if let Some((from, cause)) = self.lost.take() {
            self.outputs.push_back(Output::Gap(Gap { from, until: now, cause }));
        }
    }

    /// Sorts what arrived together into answers and news.
    fn handle(&mut self, batch: Batch, now: Instant) {
        let mut parts = Vec::new();
        let mut news = Vec::new();
        let mut strays = Strays::default();
        let mut overs = Vec::new();
        for at in 0..batch.len() as u32 {
            let part = self.part_of(&batch, at, now);
            let is_late =
                self.late_text && self.is_late_text(&batch.message(at), part.as_ref().map(|(ticket, _)| *ticket));
            match part {
                Some((ticket, _)) if batch.is_over(at) => overs.push(ticket),
                Some((ticket, Part::Gathered)) => {
                    parts.push((at, ticket, Part::Gathered));
                    news.push(at);
                }
                Some((ticket, part)) => {
                    parts.push((at, ticket, part));
                    if self.config.strays && self.state != State::Login && !batch.has_action_id(at) {
                        // A text may look like it, and then lacks it.
                        strays.add(at, Skipped::default());
                    }
                }
                None if is_late || batch.kind(at) == Kind::Response => {
                    if self.config.strays {
                        strays.add(at, batch.extent(at));
                    }
                }
                None => news.push(at),
            }
        }
        let picks: Vec<u32> = parts.iter().map(|(at, ..)| *at).collect();
        // The login's answer comes before the events that it lets flow.
        let after = if self.state == State::Login {
            Some((news, strays))
        } else {
            self.tell(news, strays, &batch);
            None
        };
        if !picks.is_empty() {
            self.answers(batch.select(picks), parts, now);
        }
        for ticket in overs {
            self.fail_over(ticket, now);
        }
        // A login that failed lets nothing flow.
        if let Some((news, strays)) = after
            && !(news.is_empty() && strays.is_empty())
            && matches!(self.state, State::Login | State::Ready)
        {
            self.mark_gap(now);
            self.tell(news, strays, &batch);
        }
    }

    /// The answer to an action is over a limit: that action fails, and no other.
    fn fail_over(&mut self, ticket: u64, now: Instant) {
        let (Some(limit), Some(pending)) = (self.scanner.take_over(), self.forget(ticket)) else { return };
        let error = Error::new(ErrorKind::Limit, format!("the answer to {} is too large: {limit}", pending.name));
        match pending.owner {
            Owner::Caller(token) => {
                self.in_flight -= 1;
                self.outputs.push_back(Output::Done(token, Err(error)));
            }
            Owner::Abandoned | Owner::Fence(_) => {}
            _ => self.fail(error, now),
        }
    }

    fn tell(&mut self, news: Vec<u32>, strays: Strays, batch: &Batch) {
        self.counters.events += news.len() as u64;
        if !strays.is_empty() {
            self.outputs.extend(strays.among(news, batch));
        } else if !news.is_empty() {
            self.outputs.push_back(Output::Events(batch.select(news)));
        }
    }

    /// Whether the message is a piece of a command's text that was given up. An answer to something else says that the
    /// text is over.
    fn is_late_text(&mut self, message: &Message, ticket: Option<u64>) -> bool {
        let is_answer = ticket.is_some_and(|ticket| !self.commands.contains(&ticket));
        self.late_text = !is_answer && !message.wire().trim_ascii_end().ends_with(END_COMMAND);
        message.kind() == Kind::Other
    }

    fn answers(&mut self, messages: Batch, parts: Vec<(u32, u64, Part)>, now: Instant) {
        for (message, (_, ticket, part)) in messages.iter().zip(parts) {
            match part {
                Part::Answer => self.answer(ticket, message, now),
                Part::Opening => {
                    // The message kept while sorting may pin a larger buffer than this one.
                    if let Some(pending) = self.pending.get_mut(&ticket) {
                        pending.response = Some(message);
                    }
                }
                Part::Entry | Part::Gathered => self.entry(ticket, message, now),
                Part::OnlyEntry => {
                    self.entry(ticket, message, now);
                    self.complete(ticket, None, now);
                }
                Part::Close => self.complete(ticket, Some(message), now),
            }
        }
    }

    /// Which action the message belongs to, and as what. Lists are opened and closed here as the messages pass.
    fn part_of(&mut self, batch: &Batch, at: u32, now: Instant) -> Option<(u64, Part)> {
        if self.pending.is_empty() {
            return None;
        }
        let (is_event, is_other) = (batch.kind(at) == Kind::Event, batch.kind(at) == Kind::Other);
        if !batch.has_action_id(at) && (is_event || is_other) {
            return if is_event { self.gathered(batch, at) } else { self.fenced_text() };
        }
        let message = batch.message(at);
        let ticket = match message.action_id() {
            Some(id) => self.find(id),
            None => self.oldest_without_id(&message, now),
        };
        let Some((ticket, pending)) = ticket.and_then(|ticket| Some((ticket, self.pending.get_mut(&ticket)?))) else {
            return if is_event { self.gathered(batch, at) } else { None };
        };
        // One that knows ActionIDs at all leaves none out of a command's answer.
        self.omits_ids &= message.action_id().is_none();
        if pending.facts.reply_without_id.is_some()
            && message.action_id().is_some()
            && !is_among(&self.known_with_id, pending.facts)
        {
            self.known_with_id.push(pending.facts);
        }
        let part = if is_event || is_other {
            match pending.following {
                _ if pending.facts.answer_event.is_some_and(|name| is_event && message.is(name)) => Part::Answer,
                // An event may carry the ActionID of an action that is no list: UserEvent, OriginateResponse.
                Following::Nothing | Following::Response => {
                    return if is_event { self.gathered(batch, at) } else { None };
                }
                Following::Event => Part::OnlyEntry,
                Following::List if is_event && closes_list(pending, &message) => Part::Close,
                // An entry may lack its name.
                Following::List => return Some((ticket, Part::Entry)),
            }
        } else {
            let more = if is_refusal(&message) { Following::Nothing } else { follows(pending, &message) };
            if more != Following::Nothing {
                if more == Following::List && pending.facts.gathers != Gathers::Nothing {
                    self.gathering = Some(ticket);
                }
                pending.following = more;
                pending.response = Some(message);
                return Some((ticket, Part::Opening));
            }
            Part::Answer
        };
        pending.answered = true;
        if self.gathering == Some(ticket) {
            self.gathering = None;
        }
        Some((ticket, part))
    }

    /// The list that an event without an ActionID belongs to.
    fn gathered(&self, batch: &Batch, at: u32) -> Option<(u64, Part)> {
        let ticket = self.gathering?;
        match self.pending.get(&ticket)?.facts.gathers {
            Gathers::Everything => Some((ticket, Part::Gathered)),
            Gathers::Named(name) if batch.message(at).is(name) => Some((ticket, Part::Entry)),
            Gathers::Nothing | Gathers::Named(_) => None,
        }
    }

    /// The action whose answer is a text and no response.
    fn fenced_text(&self) -> Option<(u64, Part)> {
        let ticket = *self.fenced.front()?;
        let pending = self.pending.get(&ticket)?;
        (pending.start < self.transmitted && pending.response.is_none()).then_some((ticket, Part::Entry))
    }

    fn find(&self, id: &[u8]) -> Option<u64> {
        let (pending, own_ids) = (&self.pending, &self.own_ids);
        Actions { pending, own_ids, prefix: &self.config.id_prefix, transmitted: self.transmitted }.find(id)
    }

    /// The action that a reply without an ActionID answers: the oldest of those that may be answered so.
    fn oldest_without_id(&mut self, reply: &Message, now: Instant) -> Option<u64> {
        if self.state == State::Login {
            let of_login = |owner: &Owner<T>| matches!(owner, Owner::Challenge | Owner::Login);
            let ticket = self.pending.iter().find(|(_, pending)| of_login(&pending.owner)).map(|(ticket, _)| *ticket);
            self.may_omit_ids |= ticket.is_some();
            return ticket;
        }
        if reply.body().is_some() {
            return self.oldest_command();
        }
        // A complaint about a line is no answer to any of them.
        if is_refusal(reply) {
            return None;
        }
        while self
            .without_id
            .front()
            .is_some_and(|ticket| self.pending.get(ticket).is_none_or(|pending| pending.answered))
        {
            self.without_id.pop_front();
        }
        let fits = |ticket: &&u64| {
            self.pending.get(*ticket).is_some_and(|pending| {
                let facts = pending.facts;
                let is_written = !pending.answered && pending.start < self.transmitted;
                is_written && !is_among(&self.known_with_id, facts) && is_reply_without_id(facts, reply)
            })
        };
        let ticket = self.without_id.iter().find(fits).copied()?;
        let pending = self.pending.get_mut(&ticket)?;
        if self.may_omit_ids || is_among(&self.known_without_id, pending.facts) {
            return Some(ticket);
        }
        // A text may look like it: the reply, if it has its ActionID, comes soon.
        if pending.doubtful.is_none() {
            pending.doubtful = Some(Box::new((reply.detached(), now + DOUBT)));
            self.deadlines.push(Reverse((now + DOUBT, ticket)));
        }
        None
    }

    /// The server has had time for a reply with an ActionID, so the one without it was the reply.
    fn believe(&mut self, ticket: u64, now: Instant) {
        let Some(pending) = self.pending.get_mut(&ticket) else { return };
        if let Some((reply, _)) = pending.doubtful.take().map(|doubtful| *doubtful) {
            self.known_without_id.push(pending.facts);
            pending.answered = true;
            self.answer(ticket, reply, now);
        }
    }

    fn answer(&mut self, ticket: u64, message: Message, now: Instant) {
        let Some(pending) = self.pending.get_mut(&ticket) else { return };
        match pending.owner {
            Owner::Challenge => {
                self.forget(ticket);
                self.challenged(&message, now);
            }
            Owner::Login => {
                self.forget(ticket);
                self.logged_in(&message, now);
            }
            Owner::Restore => {
                let name = self.forget(ticket).map(|pending| pending.name).unwrap_or_default();
                self.restored(&name, &message, now);
            }
            Owner::Keepalive => {
                if let Some(ping) = self.forget(ticket) {
                    self.counters.round_trips.record(now.saturating_duration_since(ping.since));
                }
                self.rest();
            }
            Owner::Fence(action) => {
                self.forget(ticket);
                self.pass_fence(action, now);
            }
            Owner::Logoff => self.finish(Error::closed()),
            Owner::Caller(_) | Owner::Abandoned => {
                pending.response = Some(message);
                self.complete(ticket, None, now);
            }
        }
    }

    fn entry(&mut self, ticket: u64, message: Message, now: Instant) {
        let Some(pending) = self.pending.get_mut(&ticket) else { return };
        let by_header = pending.response.as_ref().is_some_and(starts_list);
        if !by_header && pending.facts.only_entry.is_some_and(|name| message.is(name)) {
            pending.deadline = pending.deadline.min(now + CLOSING_GRACE);
            self.deadlines.push(Reverse((pending.deadline, ticket)));
        }
        if matches!(pending.owner, Owner::Caller(_)) {
            pending.entry_bytes += message.size();
            pending.entries.push(message);
        }
        let limits = self.config.limits;
        let (most, unit) = match pending.entries.len() > limits.list {
            true => (limits.list, "entries"),
            false if pending.entry_bytes > limits.list_bytes => (limits.list_bytes, "bytes"),
            false => return,
        };
        pending.entries = Vec::new();
        if let Owner::Caller(token) = std::mem::replace(&mut pending.owner, Owner::Abandoned) {
            let name = &pending.name;
            let text = format!(
                "the server sent a list of more than {most} {unit} for {name}; raise that limit if it is meant to"
            );
            self.in_flight -= 1;
            self.outputs.push_back(Output::Done(token, Err(Error::new(ErrorKind::Limit, text))));
            self.abandon(ticket);
        }
    }

    /// What it has asked for is in force, and is to be again on the next link.
    fn keep(&mut self, action: Action) {
        if action.name().eq_ignore_ascii_case("Filter") {
            return self.filters.push(action.without_action_id());
        }
        let mask = action.get("EventMask").map(String::from_utf8_lossy);
        self.config.event_mask = mask.unwrap_or_default().into_owned();
    }

    fn complete(&mut self, ticket: u64, end: Option<Message>, now: Instant) {
        let Some(pending) = self.forget(ticket) else { return };
        let Some(message) = pending.response else { return };
        // In force is in force, also if its caller did not wait for it.
        if let Some(action) = pending.lasting.filter(|_| !is_refusal(&message)) {
            self.keep(*action);
        }
        let Owner::Caller(token) = pending.owner else { return };
        self.in_flight -= 1;
        self.counters.round_trips.record(now.saturating_duration_since(pending.since));
        let is_cancelled = end.as_ref().is_some_and(|end| event_list(end).eq_ignore_ascii_case(b"cancelled"));
        // A text that some servers send in place of a response is none of its entries.
        let entries = if pending.facts.is_never_answered { Vec::new() } else { pending.entries };
        let response = Response::new(message, entries, end);
        if is_cancelled {
            let text = format!(
                "the server cancelled the list of {}; the {} entries that came are in the response",
                pending.name,
                response.events().len()
            );
            let error = Error::new(ErrorKind::Action, text).with_response(response);
            return self.outputs.push_back(Output::Done(token, Err(error)));
        }
        let result =
            judge(&pending.name, pending.command.as_deref(), response, |words| self.hide(words, &pending.secrets));
        self.outputs.push_back(Output::Done(token, result));
    }
}

impl<T> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.state)
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}

/// A time so much later; what no clock can hold is as good as never.
pub(crate) fn later(now: Instant, wait: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    now.checked_add(wait).unwrap_or_else(|| now + NEVER)
}

/// Whether it changes which events this session gets, for as long as the session lasts.
fn is_lasting(action: &Action) -> bool {
    let is = |name: &str, header: &str| action.name().eq_ignore_ascii_case(name) && action.get(header).is_some();
    is("Events", "EventMask") || is("Filter", "Operation")
}

/// The actions that wait for something, by their ActionIDs.
struct Actions<'a, T> {
    pending: &'a ByTicket<Pending<T>>,
    own_ids: &'a HashMap<Box<[u8]>, u64>,
    prefix: &'a str,
    transmitted: u64,
}

impl<T> Actions<'_, T> {
    fn find(&self, id: &[u8]) -> Option<u64> {
        let ticket = match id.strip_prefix(self.prefix.as_bytes()) {
            Some(number) => number_of(number)?,
            None => *self.own_ids.get(id)?,
        };
        self.waits(ticket).then_some(ticket)
    }

    /// Nothing answers what was not written.
    fn waits(&self, ticket: u64) -> bool {
        self.pending.get(&ticket).is_some_and(|pending| !pending.answered && pending.start < self.transmitted)
    }
}

/// The commands among them.
struct InFlight<'a, T> {
    actions: Actions<'a, T>,
    commands: &'a BTreeSet<u64>,
    omits_ids: bool,
}

impl<T> Commands for InFlight<'_, T> {
    fn any(&self) -> bool {
        self.commands.iter().any(|ticket| self.actions.waits(*ticket))
    }

    fn has(&self, id: &[u8]) -> bool {
        self.actions.find(id).is_some_and(|ticket| self.commands.contains(&ticket))
    }

    fn awaits(&self, id: &[u8]) -> bool {
        self.actions.find(id).is_some()
    }

    fn are_told(&self) -> bool {
        true
    }

    fn without_id(&self, _: bool) -> bool {
        let is_given_up = |pending: &Pending<T>| matches!(pending.owner, Owner::Abandoned);
        let is_awaited = |ticket| self.actions.pending.get(ticket).is_some_and(|pending| !is_given_up(pending));
        self.omits_ids && self.commands.iter().any(|ticket| self.actions.waits(*ticket) && is_awaited(ticket))
    }
}

/// The ActionID that goes with a ticket.
fn append_id(id: &mut Vec<u8>, prefix: &str, ticket: u64) {
    id.extend_from_slice(prefix.as_bytes());
    let digits = ticket.checked_ilog10().unwrap_or(0);
    id.extend((0..=digits).rev().map(|place| b'0' + (ticket / 10_u64.pow(place) % 10) as u8));
}

/// The ticket in an ActionID of ours.
fn number_of(digits: &[u8]) -> Option<u64> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
    digits.iter().try_fold(0_u64, |number, byte| number.checked_mul(10)?.checked_add(digit(byte)?))
}

/// Whether a reply without an ActionID can be the one to this action. A text that looks like a reply may come instead, with
/// the end of its event behind it.
fn is_reply_without_id(facts: &ActionFacts, reply: &Message) -> bool {
    reply.is("Success")
        && facts.reply_without_id.is_some_and(|header| reply.get(header).is_some())
        && reply.get("Uniqueid").is_none()
        && reply.iter().all(|(_, value)| memchr2(b'\r', b'\n', value).is_none())
}

/// A refusal of the login that may pass by itself, and what it means.
fn passing_refusal(words: &[u8]) -> Option<&'static str> {
    let has = |part: &[u8]| words.to_ascii_lowercase().windows(part.len()).any(|window| window == part);
    if has(b"already in use") {
        Some(
            "manager.conf has allowmultiplelogin=no, and another session of this user is open, or hangs there after it was \
             cut off ('manager show connected' tells)",
        )
    } else if has(b"shutting down") {
        Some("the server stops or starts anew, which may wait for the end of its calls; try again later")
    } else if [&b"too many"[..], b"try again", b"busy", b"not ready", b"temporarily"].iter().any(|part| has(part)) {
        Some("try again later")
    } else {
        None
    }
}

/// Why a login was refused. A wrong secret stays wrong.
fn refused_login(username: &str, words: &[u8]) -> Error {
    let passing = passing_refusal(words);
    let kind = if passing.is_some() { ErrorKind::Disconnected } else { ErrorKind::Auth };
    let advice = passing.unwrap_or(
        "check user name, secret and the addresses that manager.conf permits (deny, permit, acl of this user); the \
         server's own log tells which of them it is",
    );
    Error::new(kind, format!("the server refused user \"{username}\": {}; {advice}", said(words)))
        .with_peer_message(words)
}

fn is_refusal(message: &Message) -> bool {
    let name = message.name();
    message.kind() == Kind::Response
        && [&b"Error"[..], b"Failure", b"Failed"].iter().any(|refusal| name.eq_ignore_ascii_case(refusal))
}

fn event_list(message: &Message) -> &[u8] {
    message.get("EventList").unwrap_or_default()
}

fn starts_list(message: &Message) -> bool {
    event_list(message).eq_ignore_ascii_case(b"start")
}

/// Whether these facts, which there are once, are among those.
fn is_among(known: &[&'static ActionFacts], facts: &'static ActionFacts) -> bool {
    known.iter().any(|known| std::ptr::eq(*known, facts))
}

fn ends_with(words: &[u8], end: &[u8]) -> bool {
    words.len().checked_sub(end.len()).is_some_and(|at| words[at..].eq_ignore_ascii_case(end))
}

/// What follows on a response that is no refusal. The response itself says so, never the action's name alone: a list of
/// nothing may be a plain success.
fn follows<T>(pending: &Pending<T>, message: &Message) -> Following {
    let Some(words) = message.get("Message").map(<[u8]>::trim_ascii_end) else {
        let is_list = starts_list(message) || pending.facts.closing.is_some() || pending.following == Following::List;
        return if is_list { Following::List } else { Following::Nothing };
    };
    let is_first = |first: &str| pending.response.is_none() && words.eq_ignore_ascii_case(first.as_bytes());
    if starts_list(message)
        || pending.following == Following::List
        || pending.facts.gathers == Gathers::Everything
            && ends_with(words.get(..17).unwrap_or_default(), b"waiting for event")
    {
        Following::List
    } else if pending.facts.first_words.is_some_and(is_first) {
        Following::Response
    } else if ends_with(words, b"event will follow") {
        Following::Event
    } else if ends_with(words, b"will follow") {
        Following::List
    } else {
        Following::Nothing
    }
}

/// Whether an event with the list's ActionID ends it.
fn closes_list<T>(pending: &Pending<T>, message: &Message) -> bool {
    match pending.facts.closing {
        _ if ends_list(message) => true,
        Some(name) => message.is(name),
        // Of a list that nobody knows, and that does not say how it ends.
        None => {
            let by_header = pending.response.as_ref().is_some_and(starts_list);
            !by_header && ends_with(message.name(), b"complete")
        }
    }
}

fn ends_list(message: &Message) -> bool {
    [&b"complete"[..], b"cancelled"].iter().any(|end| event_list(message).eq_ignore_ascii_case(end))
}

/// Whether the answer is a success, and if not, what it is.
fn judge(name: &str, command: Option<&[u8]>, response: Response, hide: impl Fn(&[u8]) -> Vec<u8>) -> Result<Response> {
    if let (Some(command), Some(output)) = (command, response.output()) {
        // From version 14 on the reply says so; before, only the text does.
        if is_refusal(response.message()) || (response.message().body().is_some() && cli_refused(command, output)) {
            let text = if output.starts_with(b"No such command") {
                "the server has no such CLI command; 'core show help' lists those it has, and its words are in the peer message"
            } else {
                "the CLI did not accept the command; its words are in the peer message"
            };
            let output = hide(output);
            return Err(Error::new(ErrorKind::Command, text).with_peer_message(&output).with_response(response));
        }
    }
    if !is_refusal(response.message()) {
        return Ok(response);
    }
    let words = hide(response.get("Message").unwrap_or_default());
    let said = said(&words);
    let (kind, advice) = if words.eq_ignore_ascii_case(b"Permission denied") {
        (ErrorKind::Permission, "; give the account the class that it needs (write= in manager.conf)")
    } else {
        (ErrorKind::Action, "")
    };
    let text = format!("the server refused {name}: {said}{advice}");
    Err(Error::new(kind, text).with_peer_message(&words).with_response(response))
}

/// Whether a CLI of before version 14, where a failure looks like a success, refused the line.
fn cli_refused(command: &[u8], output: &[u8]) -> bool {
    if output.starts_with(b"No such command '") {
        return true;
    }
    let last = output.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
    if last.strip_prefix(b"Command '").and_then(|rest| rest.strip_suffix(b"' failed.")) == Some(command) {
        return true;
    }
    // Wrong arguments get the usage of the command that was sent, whose words come before any argument's name.
    let Some(usage) = output.strip_prefix(b"Usage: ") else { return false };
    let words = |line: &'_ [u8]| -> Vec<Vec<u8>> {
        let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
        line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(<[u8]>::to_ascii_lowercase).collect()
    };
    let sent = words(command);
    let used: Vec<_> = words(usage).into_iter().take_while(|word| word[0].is_ascii_alphanumeric()).take(2).collect();
    !used.is_empty() && sent.starts_with(&used[..used.len().min(sent.len().max(1))])
}
