//! One session, without its socket: login, matching of answers, lists, commands, deadlines, keepalive, reconnecting.
//!
//! The owner moves bytes and time: [`Session::buffer`] and [`Session::received`] for what came in, [`Session::transmit`]
//! and [`Session::transmitted`] for what goes out, [`Session::next_deadline`] and [`Session::tick`] for time. After each of
//! them, [`Session::poll`] until it is empty. Links are the owner's as well: it makes one at first and at
//! [`Output::Connect`], and says [`Session::connected`] or [`Session::disconnected`].

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::fmt;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use zeroize::Zeroizing;

use super::action::{Action, MAX_HEADERS, MAX_LINE};
use super::backoff::Backoff;
use super::error::{Error, ErrorKind, Result, hide, said};
use super::in_flight::{Actions, ByTicket, Following, InFlight, Owner, Pending, append_id};
use super::login::{passing_refusal, refused_login};
use super::message::{Batch, Kind, Message, Skipped};
use super::outbox::{Outbox, Outgoing};
use super::output::{Gap, Output, Refused};
use super::parser::{END_COMMAND, Scanner, Text};
use super::reply::{
    Part, closes_list, event_list, follows, is_among, is_refusal, is_reply_without_id, judge, starts_list,
};
use super::response::Response;
use super::session_config::{ActionQueue, SessionConfig};
use super::stats::Counters;
use super::strays::Strays;
use crate::catalog::{self, ActionFacts, Gathers};

/// Answers that come after their action was given up are still told apart from news; so many actions are remembered.
const ABANDONED: usize = 1024;
/// How long a reply with an ActionID may come after a message that may be the reply without it.
const DOUBT: Duration = Duration::from_secs(1);
/// How long a list that may have no closing event waits for it after its only entry.
const CLOSING_GRACE: Duration = Duration::from_millis(500);
/// Challenges that are as long as those of Asterisk are kept out of texts.
const SHORTEST_CHALLENGE: usize = 6;
/// So many times as many actions as may wait to be written may be under way in all.
const AWAITED: usize = 5;
const SECOND: Duration = Duration::from_secs(1);
/// How long `Logoff` may take before the link is cut.
const LOGOFF_WAIT: Duration = Duration::from_secs(2);
const BUSY_LOGOFF_WAIT: Duration = Duration::from_millis(100);

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

/// No action takes more bytes.
const LONGEST: usize = MAX_HEADERS * (MAX_LINE + 2) + 2;

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
    outbox: Outbox,
    /// What the login says besides the secret, and what was asked for it, while it lasts.
    login: Vec<Zeroizing<Vec<u8>>>,
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
            outbox: Outbox::default(),
            login: Vec::new(),
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

    /// Counts of what the session has done so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many bytes were written in all.
    pub fn bytes_sent(&self) -> u64 {
        self.outbox.written()
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
                outbox: &self.outbox,
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
                    self.unsent.bytes += pending.bytes.length();
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
                let (ticket, deadline) = self.enqueue(action, timeout, now, Owner::Abandoned)?;
                if let Some(pending) = self.pending.get_mut(&ticket) {
                    self.outbox.hold_last(&mut pending.bytes);
                }
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
            let waiting = self.pending.values().filter(|pending| !self.outbox.has_begun(&pending.bytes));
            self.unsent = waiting.fold(ActionQueue::EMPTY, |unsent, pending| ActionQueue {
                actions: unsent.actions + 1,
                bytes: unsent.bytes + pending.bytes.length(),
            });
        }
        if !fits(self.unsent) || self.in_flight >= awaited {
            return Err(Error::new(
                ErrorKind::Overflow,
                format!(
                    "{} actions of {} bytes wait to be written, and {} and {} may; {} wait for that or for their answers, and \
                     {awaited} may (see the setting action_queue); the server is too slow: wait for answers before sending more",
                    self.unsent.actions, self.unsent.bytes, limits.actions, limits.bytes, self.in_flight
                ),
            ));
        }
        Ok(())
    }

    /// There is a link: what was held goes out, in the order in which it was submitted.
    fn release(&mut self) {
        let mut held: Vec<(u64, &mut Outgoing)> = self
            .pending
            .iter_mut()
            .filter(|(_, pending)| pending.bytes.is_held())
            .map(|(ticket, pending)| (*ticket, &mut pending.bytes))
            .collect();
        held.sort_unstable_by_key(|(ticket, _)| *ticket);
        self.outbox.release(held.into_iter().map(|(_, bytes)| bytes));
    }

    /// A server's words without what must not be shown, should it say it back.
    fn hide(&self, words: &[u8], more: &[Zeroizing<Vec<u8>>]) -> Vec<u8> {
        let secret = [self.config.credentials.secret()];
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
        let pushed = self.outbox.push(action, id);
        self.made_id = made_id;
        let bytes = pushed?;
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
                bytes,
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
        self.outbox.unwritten()
    }

    /// So many bytes of [`Session::transmit`] were written. To be said before anything else is asked of the session: an
    /// action that was not written may be taken back.
    pub fn transmitted(&mut self, count: usize) {
        self.outbox.wrote(count);
        self.unsent_fell = true;
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
                "said nothing in time, as a port with TLS does when the setting tls is off"
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
                if !self.outbox.has_begun(&pending.bytes) {
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
        let is_awaited = |pending: &Pending<T>| !pending.answered && self.outbox.has_begun(&pending.bytes);
        self.commands.iter().find(|ticket| self.pending.get(ticket).is_some_and(is_awaited)).copied()
    }

    /// Takes actions that were not written out of what is to be written.
    fn withdraw(&mut self, actions: Vec<Pending<T>>) {
        if !actions.is_empty() {
            let actions: Vec<Outgoing> = actions.into_iter().map(|action| action.bytes).collect();
            self.outbox.withdraw(&actions, self.pending.values_mut().map(|pending| &mut pending.bytes));
            self.unsent_fell = true;
        }
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
            let text = format!("{error}; {attempts} attempts to connect again did not bring a stable link");
            return self.finish(Error::new(error.kind(), text).with_source_of(&error));
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
            _ => Error::new(ErrorKind::Disconnected, format!("the link is down: {error}")).with_source_of(error),
        });
        self.end_actions();
        let unheld: Vec<u64> =
            self.pending.iter().filter(|(_, pending)| !pending.bytes.is_held()).map(|(ticket, _)| *ticket).collect();
        for ticket in unheld {
            self.forget(ticket);
        }
        self.deadlines.retain(|Reverse((_, ticket))| self.pending.contains_key(ticket));
        self.without_id.retain(|ticket| self.pending.contains_key(ticket));
        self.abandoned.clear();
        self.restoring = 0;
        self.login = Vec::new();
        self.outbox.reset();
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
            if may_wait && !self.outbox.has_begun(&pending.bytes) && matches!(pending.owner, Owner::Caller(_)) {
                self.outbox.hold(&mut pending.bytes);
                continue;
            }
            let Owner::Caller(token) = std::mem::replace(&mut pending.owner, Owner::Abandoned) else { continue };
            self.in_flight -= 1;
            let error = if !self.outbox.has_begun(&pending.bytes) {
                unwritten.extend(self.forget(ticket));
                self.end.clone().unwrap_or_else(Error::closed)
            } else {
                let name = &pending.name;
                Error::new(
                    ErrorKind::OutcomeUnknown,
                    format!("{name} was sent and the link ended before its answer; it may have been carried out"),
                )
                .with_source_of(self.end.as_ref())
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
                login.with("Username", credentials.username()).with("Secret", credentials.secret())
            }
            _ => {
                return self.finish(
                    Error::new(
                        ErrorKind::AuthMethod,
                        "the server offers no MD5 challenge, and the secret is not sent in the clear; use TLS, or allow \
                         it with the setting allow_plain_login",
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
        (self.outbox.has_begun(&pending.bytes) && pending.response.is_none()).then_some((ticket, Part::Entry))
    }

    fn find(&self, id: &[u8]) -> Option<u64> {
        let (pending, own_ids) = (&self.pending, &self.own_ids);
        Actions { pending, own_ids, prefix: &self.config.id_prefix, outbox: &self.outbox }.find(id)
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
                let is_written = !pending.answered && self.outbox.has_begun(&pending.bytes);
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
