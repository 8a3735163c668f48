//! A session, without its socket: login, matching of answers, lists, commands, deadlines, keepalive, reconnecting.
//!
//! The owner moves bytes and time: [`Session::buffer`] and [`Session::received`] for what came in, [`Session::transmit`]
//! and [`Session::transmitted`] for what goes out, [`Session::next_deadline`] and [`Session::tick`] for time. After each of
//! them, [`Session::poll`] until it is empty. Connections are the owner's as well: it makes one at first and at
//! [`Output::Connect`], and says [`Session::connected`] or [`Session::disconnected`].

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use zeroize::Zeroizing;

use super::action::Action;
use super::backoff::Backoff;
use super::draft::Draft;
use super::error::{Error, ErrorKind, Result, printable, redact};
use super::in_flight::{Due, InFlight};
use super::later::later;
use super::login::{answer_challenge, passing_refusal, refused_login};
use super::message::{Batch, Message};
use super::output::{Gap, Output, Refused};
use super::pending::{Following, Owner, Pending};
use super::reply::{check_reply, event_list, is_refusal, starts_list};
use super::response::Response;
use super::scanner::{Scanner, Text};
use super::session_config::SessionConfig;
use super::sort::{Part, Sorter};
use super::stats::Counters;
use super::strays::Strays;
use super::ticket::Tickets;
use crate::catalog::ActionFacts;

/// The time that a list which may have no closing event waits for it after its only entry.
const CLOSING_GRACE: Duration = Duration::from_millis(500);
const SECOND: Duration = Duration::from_secs(1);
/// The time that `Logoff` may take before the connection is cut.
const LOGOFF_WAIT: Duration = Duration::from_secs(2);
const BUSY_LOGOFF_WAIT: Duration = Duration::from_millis(100);

/// The state of a session. All transitions, which [`Session::enter`] alone makes:
///
/// | from         | event                                                  | to           |
/// |--------------|--------------------------------------------------------|--------------|
/// | `Idle`       | `connected`: the first connection is there             | `Banner`     |
/// | `Waiting`    | `tick`: the next attempt is due                        | `Connecting` |
/// | `Connecting` | `connected`                                            | `Banner`     |
/// | `Banner`     | `received`: the first line is complete                 | `Login`      |
/// | `Login`      | `received`: login accepted, mask and filters restored  | `Ready`      |
/// | `Ready`      | `log_off`                                              | `Leaving`    |
/// | all but `Waiting`, `Leaving`, `Ended` | the connection or the login fails, and another attempt is due | `Waiting` |
/// | all but `Ended` | a failure that is final, `abort`, `log_off` without a login, the end of `Leaving` | `Ended` |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No connection yet.
    Idle,
    /// No connection any more; the next attempt comes in time.
    Waiting,
    /// The owner makes a new connection.
    Connecting,
    /// Waiting for the first line.
    Banner,
    /// Logging in, and restoring the mask and filters.
    Login,
    Ready,
    /// `Logoff` was sent.
    Leaving,
    Ended,
}

impl State {
    /// The table of transitions.
    fn may_become(self, next: State) -> bool {
        use State::{Banner, Connecting, Ended, Idle, Leaving, Login, Ready, Waiting};
        match next {
            Idle => false,
            Connecting => self == Waiting,
            Banner => matches!(self, Idle | Connecting),
            Login => self == Banner,
            Ready => self == Login,
            Leaving => self == Ready,
            Waiting => !matches!(self, Waiting | Leaving | Ended),
            Ended => self != Ended,
        }
    }

    /// There is a connection.
    fn is_connected(self) -> bool {
        matches!(self, State::Banner | State::Login | State::Ready | State::Leaving)
    }
}

/// The state machine of one AMI session. `T` is the caller's token for an action.
pub struct Session<T> {
    config: SessionConfig,
    scanner: Scanner,
    state: State,
    allow_plain: bool,
    login_deadline: Option<Instant>,
    in_flight: InFlight<T>,
    sorter: Sorter,
    /// Values of the login besides the secret that no error may show, while it lasts.
    login: Vec<Zeroizing<Vec<u8>>>,
    outputs: VecDeque<Output<T>>,
    /// The error for actions that are submitted while none can be sent.
    unavailable: Option<Error>,
    /// The time of the last sign of life.
    heard: Option<Instant>,
    /// The last `Ping` of the keepalive, which may have ended.
    ping: Option<u64>,
    backoff: Option<Backoff>,
    /// The time of the next attempt.
    retry_at: Option<Instant>,
    /// There was a login.
    was_ready: bool,
    /// The time since when the connection that was logged in is down, and the cause.
    lost: Option<(Instant, Error)>,
    /// The filters that callers have set, which every new connection gets, and how many it has not got yet.
    filters: Vec<Action>,
    restoring: usize,
    counters: Counters,
}

impl<T> Session<T> {
    /// A session without a connection.
    pub fn new(mut config: SessionConfig) -> Session<T> {
        Session {
            scanner: Scanner::new(config.limits),
            state: State::Idle,
            allow_plain: false,
            login_deadline: None,
            in_flight: InFlight::new(Arc::new(Tickets::new(std::mem::take(&mut config.id_prefix)))),
            sorter: Sorter::new(config.strays),
            login: Vec::new(),
            outputs: VecDeque::new(),
            unavailable: None,
            heard: None,
            ping: None,
            backoff: config.reconnect.map(|policy| Backoff::new(policy, config.seed)),
            retry_at: None,
            was_ready: false,
            lost: None,
            filters: Vec::new(),
            restoring: 0,
            counters: Counters::default(),
            config,
        }
    }

    /// Goes from one state to another, as the table of [`State`] has it.
    fn enter(&mut self, next: State) {
        debug_assert!(self.state.may_become(next), "{:?} does not become {next:?}", self.state);
        self.state = next;
    }

    /// There is a connection. Login must be over by the deadline; with `allow_plain` the secret may go out as it is where the
    /// server offers no challenge.
    pub fn connected(&mut self, allow_plain: bool, deadline: Instant) {
        if matches!(self.state, State::Idle | State::Connecting) {
            self.enter(State::Banner);
            self.allow_plain = allow_plain;
            self.login_deadline = Some(deadline);
        }
    }

    /// Tells whether actions can be submitted.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// The server's first line, once it has come.
    pub fn banner(&self) -> Option<&str> {
        self.scanner.banner()
    }

    /// The number of callers' actions that have not ended.
    pub fn in_flight(&self) -> usize {
        self.in_flight.callers()
    }

    /// Counts of what the session has done so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The number of bytes that were written in all.
    pub fn bytes_sent(&self) -> u64 {
        self.in_flight.written()
    }

    /// The buffer to append bytes to as they are received, before [`Session::received`].
    pub fn buffer(&mut self) -> &mut BytesMut {
        self.scanner.buffer()
    }

    /// Takes in what was appended to the buffer.
    pub fn received(&mut self, now: Instant) {
        if !self.state.is_connected() {
            self.scanner.buffer().clear();
            return;
        }
        let came = self.take_in(now);
        // Text that is only waited out is no sign of life: nobody sees any of it.
        if came || !self.scanner.is_in_text() {
            self.heard = Some(now);
        }
    }

    /// Reads the messages in the buffer. Returns whether one was complete.
    fn take_in(&mut self, now: Instant) -> bool {
        self.scanner.scan(&self.in_flight);
        if self.state == State::Banner && self.scanner.banner().is_some() {
            self.enter(State::Login);
            self.start_login(now);
        }
        let mut came = false;
        while let Some(batch) = self.scanner.take() {
            came = true;
            self.handle(batch, now);
        }
        if let Some(error) = self.scanner.error().cloned() {
            self.link_failed(error, now);
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
        let timeout = timeout.unwrap_or(self.config.action_timeout);
        let draft = match Draft::new(action, self.in_flight.tickets(), timeout, now) {
            Ok(draft) => draft,
            Err(error) => return Err(Refused { error, token }),
        };
        let deadline = draft.deadline();
        self.submit_draft(draft, now, token).map(|()| deadline)
    }

    /// [`Session::submit`] for an action that was encoded before, with this session's tickets.
    pub(crate) fn submit_draft(&mut self, draft: Draft, now: Instant, token: T) -> Result<(), Refused<T>> {
        if let Err(error) = self.check(&draft) {
            return Err(Refused { error, token });
        }
        let is_ready = self.state == State::Ready;
        let deadline = draft.deadline();
        let ticket = self.in_flight.insert(draft, Owner::Caller(token), !is_ready);
        self.counters.actions += 1;
        if is_ready
            && let Some((_, pending)) = self.in_flight.get(ticket)
            && (pending.facts.is_never_answered || pending.facts.may_be_silent)
        {
            self.fence(ticket, pending.facts, deadline, now);
        }
        Ok(())
    }

    /// The source of the tickets that actions are encoded with.
    #[cfg(feature = "client")]
    pub(crate) fn tickets(&self) -> &Arc<Tickets> {
        self.in_flight.tickets()
    }

    /// Refuses an action that cannot be sent now, and cannot wait for another connection either.
    fn check(&mut self, draft: &Draft) -> Result<()> {
        let unavailable = || self.unavailable.clone().unwrap_or_else(Error::closed);
        match self.state {
            State::Ready => {}
            State::Leaving | State::Ended => return Err(unavailable()),
            _ if !self.was_ready => {
                return Err(Error::new(ErrorKind::State, "the client is not logged in yet; open it first"));
            }
            _ if self.config.wait_for_reconnect => {}
            _ => return Err(unavailable()),
        }
        self.in_flight.check_room(draft, self.config.action_queue)?;
        self.in_flight.check_own_id(draft)
    }

    /// Ends an action whose caller does not wait any more, and returns its token; nothing if it has ended. An action of which
    /// nothing was written is not sent, if [`Session::unsend_cancelled`] is called before [`Session::transmit`].
    #[cfg(feature = "python")]
    pub(crate) fn cancel(&mut self, ticket: u64) -> Option<T> {
        self.in_flight.cancel(ticket)
    }

    #[cfg(feature = "client")]
    pub(crate) fn unsend_cancelled(&mut self) {
        self.in_flight.unsend_cancelled();
    }

    /// Has the server say when it is done with an action that may get no response.
    fn fence(&mut self, ticket: u64, facts: &ActionFacts, deadline: Instant, now: Instant) {
        let timeout = deadline.saturating_duration_since(now);
        let is_sent = self.enqueue(&Action::new("Ping"), Some(timeout), now, Owner::Fence(ticket)).is_ok();
        if is_sent && facts.is_never_answered {
            self.in_flight.fence(ticket);
        }
    }

    /// The server is done with an action that may have got no response.
    fn pass_fence(&mut self, ticket: u64, now: Instant) {
        self.in_flight.unfence(ticket);
        if self.in_flight.get(ticket).is_some_and(|(_, pending)| pending.doubtful.is_some()) {
            // A reply with an ActionID would have come before.
            return self.believe(ticket, now);
        }
        let Some((owner, pending)) = self.in_flight.remove(ticket) else { return };
        if let Some(action) = pending.lasting {
            self.keep(*action);
        }
        let Owner::Caller(token) = owner else { return };
        let text: Vec<u8> = pending.entries.iter().flat_map(Message::wire).collect();
        let (name, peer_text) = (&pending.name, self.redact(text.trim_ascii(), &pending.secrets));
        let more = match (pending.facts.may_be_silent, peer_text.is_empty()) {
            (true, _) => "it has said nothing, as it does with brokeneventsaction=yes in manager.conf".to_owned(),
            (_, true) => format!("it never answers {name} with a response"),
            _ => format!("it never answers {name} with a response, but with a text, which is in peer_message"),
        };
        let error =
            Error::new(ErrorKind::OutcomeUnknown, format!("{name} was sent, and the server is done with it; {more}"));
        let error = if peer_text.is_empty() { error } else { error.with_peer_message(&peer_text) };
        self.outputs.push_back(Output::Done(token, Err(error)));
    }

    /// A server's words without the values that must not be shown, should it say them back.
    fn redact(&self, peer_text: &[u8], more: &[Zeroizing<Vec<u8>>]) -> Vec<u8> {
        let secret = [self.config.credentials.secret()];
        let all = secret.into_iter().chain(self.login.iter().chain(more).map(|secret| secret.as_slice()));
        all.fold(peer_text.to_vec(), |peer_text, secret| redact(&peer_text, secret))
    }

    /// Sends an action of the session's own.
    fn enqueue(&mut self, action: &Action, timeout: Option<Duration>, now: Instant, owner: Owner<T>) -> Result<u64> {
        let timeout = timeout.unwrap_or(self.config.action_timeout);
        let draft = Draft::new(action, self.in_flight.tickets(), timeout, now)?;
        Ok(self.in_flight.insert(draft, owner, false))
    }

    /// The bytes that are to be written.
    pub fn transmit(&self) -> &[u8] {
        self.in_flight.unwritten()
    }

    /// The first `count` bytes of [`Session::transmit`] were written. To be said before anything else is asked of the session:
    /// an action that was not written may be taken back.
    pub fn transmitted(&mut self, count: usize) {
        self.in_flight.wrote(count);
    }

    /// The time by which [`Session::tick`] has to be called. It may be earlier than needed, never later.
    pub fn next_deadline(&self) -> Option<Instant> {
        [self.login_deadline, self.retry_at, self.ping_at(), self.in_flight.next_time()].into_iter().flatten().min()
    }

    /// The time at which the server has been silent long enough to be asked. An action that blocks the session has its time first.
    fn ping_at(&self) -> Option<Instant> {
        let is_asked = || self.ping.is_some_and(|ticket| self.in_flight.contains(ticket));
        if self.state != State::Ready || self.config.keepalive.is_zero() || is_asked() {
            return None;
        }
        Some(later(self.heard.max(self.in_flight.blocked_until())?, self.config.keepalive))
    }

    fn keep_alive(&mut self, now: Instant) {
        let timeout = self.config.keepalive_timeout;
        match self.enqueue(&Action::new("Ping"), Some(timeout), now, Owner::Keepalive) {
            Ok(ticket) => self.ping = Some(ticket),
            Err(error) => self.link_failed(error, now),
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
            self.link_failed(error, now);
        }
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
            self.enter(State::Connecting);
            let attempt = self.backoff.as_ref().map_or(0, Backoff::attempt);
            self.outputs.push_back(Output::Connect { attempt });
        }
        let mut unwritten = Vec::new();
        while let Some(due) = self.in_flight.take_due(now) {
            match due {
                Due::Doubt(ticket) => self.believe(ticket, now),
                Due::Deadline(ticket) => unwritten.extend(self.expire(ticket, now)),
            }
        }
        self.in_flight.unsend(unwritten);
        if self.sorter.late_text && !self.scanner.is_in_text() {
            // A text that was given up with its command's deadline may hold messages.
            self.take_in(now);
        }
        if self.ping_at().is_some_and(|at| at <= now) {
            self.keep_alive(now);
        }
    }

    /// An action's time is up. Returns the action if nothing of it was written.
    fn expire(&mut self, ticket: u64, now: Instant) -> Option<Pending> {
        let (owner, pending) = self.in_flight.get(ticket)?;
        let is_enough = match pending.following {
            Following::List => pending.facts.only_entry.is_some() && !pending.entries.is_empty(),
            Following::Response => true,
            Following::Nothing | Following::Event => false,
        };
        if pending.response.is_some() && is_enough {
            self.complete(ticket, None, now);
            return None;
        }
        match owner {
            Owner::Abandoned => self.give_up_text_of(ticket),
            Owner::Logoff => self.end(Error::closed()),
            Owner::Keepalive => self.expire_keepalive(ticket, now),
            Owner::Challenge | Owner::Login | Owner::Restore | Owner::Fence(_) => {
                self.in_flight.abandon(ticket);
            }
            Owner::Caller(_) if self.in_flight.has_begun(pending) => {
                let name = pending.name.clone();
                self.give_up_text_of(ticket);
                let text = format!("{name} was sent and not answered in time; it may have been carried out");
                let error = Error::new(ErrorKind::OutcomeUnknown, text).caused_by(ErrorKind::Timeout, None);
                self.give_up(ticket, error);
            }
            Owner::Caller(_) => {
                let (owner, pending) = self.in_flight.remove(ticket)?;
                if let Owner::Caller(token) = owner {
                    let text = format!("{} could not be written in time; it was not sent", pending.name);
                    self.outputs.push_back(Output::Done(token, Err(Error::new(ErrorKind::Timeout, text))));
                }
                return Some(pending);
            }
        }
        None
    }

    /// A `Ping` was not answered in time: the connection is dead, unless the server says something else meanwhile.
    fn expire_keepalive(&mut self, ticket: u64, now: Instant) {
        let until = later(self.heard.unwrap_or(now), self.config.keepalive_timeout);
        if until > now {
            return self.in_flight.set_deadline(ticket, until);
        }
        let error = Error::new(
            ErrorKind::Disconnected,
            format!(
                "the server has been silent for {} seconds and did not answer a Ping either; the connection is taken for dead",
                self.heard.map_or(0, |at| now.saturating_duration_since(at).as_secs())
            ),
        );
        self.link_failed(error, now);
    }

    /// Ends a caller's action with this error, while its answer may still come.
    fn give_up(&mut self, ticket: u64, error: Error) {
        if let Some(token) = self.in_flight.abandon(ticket) {
            self.outputs.push_back(Output::Done(token, Err(error)));
        }
    }

    /// The text that is under way, if it is this command's, may have no end.
    fn give_up_text_of(&mut self, ticket: u64) {
        if self.is_text_of(ticket) {
            self.scanner.give_up_text();
            self.sorter.late_text = true;
        }
    }

    /// Tells whether the text that is under way is this command's.
    fn is_text_of(&self, ticket: u64) -> bool {
        match self.scanner.open_text() {
            Text::None => false,
            Text::Of(id) => self.in_flight.find(id) == Some(ticket),
            Text::WithoutId => self.in_flight.oldest_command() == Some(ticket),
        }
    }

    /// Starts to log off; [`Output::Ended`] follows with [`ErrorKind::Closed`]. Callers' actions end now.
    pub fn log_off(&mut self, now: Instant) {
        match self.state {
            State::Ready => {
                self.unavailable = Some(Error::closed());
                // First, or what was not written would be kept for another connection, and written to this one all the same.
                self.enter(State::Leaving);
                self.fail_actions();
                let action = Action::new("Logoff");
                // A server that runs a command answers nothing until that has ended.
                let is_busy = self.in_flight.has_commands();
                let wait = if is_busy { BUSY_LOGOFF_WAIT } else { LOGOFF_WAIT };
                if self.enqueue(&action, Some(wait), now, Owner::Logoff).is_err() {
                    self.end(Error::closed());
                }
            }
            State::Leaving | State::Ended => {}
            _ => self.end(Error::closed()),
        }
    }

    /// The connection is gone, or could not be made.
    pub fn disconnected(&mut self, cause: Error, now: Instant) {
        self.link_failed(cause, now);
    }

    /// Ends the session, whatever it is doing, for a reason of the owner's.
    pub fn abort(&mut self, cause: Error) {
        self.end(if self.state == State::Leaving { Error::closed() } else { cause });
    }

    /// The server closed the connection.
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

    /// The connection, or the attempt to make it, has failed: there is another attempt, or that was the end.
    fn link_failed(&mut self, error: Error, now: Instant) {
        match self.state {
            // While there is no connection, there is nothing to lose.
            State::Waiting | State::Ended => return,
            State::Leaving => return self.end(Error::closed()),
            _ if !self.was_ready && !self.config.retry_first => return self.end(error),
            _ => {}
        }
        // Asking again with a secret that was refused would only get the address locked out.
        if matches!(error.kind(), ErrorKind::Auth | ErrorKind::AuthMethod) {
            return self.end(error);
        }
        let Some(backoff) = &mut self.backoff else { return self.end(error) };
        let Some(retry_in) = backoff.down(now) else {
            let attempts = backoff.attempt();
            let text = format!("{error}; {attempts} attempts to connect again did not bring a stable connection");
            return self.end(Error::new(error.kind(), text).with_source_of(&error));
        };
        if self.was_ready {
            self.lost.get_or_insert_with(|| (self.heard.unwrap_or(now), error.clone()));
        }
        self.drop_link(&error);
        self.enter(State::Waiting);
        self.retry_at = Some(later(now, retry_in));
        self.outputs.push_back(Output::Lost { cause: error, retry_in });
    }

    /// Ends the session.
    fn end(&mut self, error: Error) {
        if self.state == State::Ended {
            return;
        }
        self.enter(State::Ended);
        self.drop_link(&error);
        self.retry_at = None;
        self.outputs.push_back(Output::Ended(error));
    }

    /// Ends and forgets all that was about the connection, except actions that may wait for the next one.
    fn drop_link(&mut self, error: &Error) {
        self.login_deadline = None;
        self.unavailable = Some(match error.kind() {
            ErrorKind::Closed => error.clone(),
            _ => Error::new(ErrorKind::Disconnected, format!("the connection is down: {error}"))
                .caused_by(error.kind(), error.cause())
                .with_source_of(error),
        });
        self.fail_actions();
        self.in_flight.drop_link();
        self.sorter.late_text = false;
        self.restoring = 0;
        self.login = Vec::new();
        self.scanner = Scanner::new(self.config.limits);
    }

    /// Ends callers' actions: those that were written with an unknown outcome. Those that were not may wait for another
    /// connection.
    fn fail_actions(&mut self) {
        let may_wait = self.config.wait_for_reconnect && !matches!(self.state, State::Leaving | State::Ended);
        for ended in self.in_flight.end_callers(may_wait) {
            let error = if ended.is_written {
                let text = format!(
                    "{} was sent and the connection ended before its answer; it may have been carried out",
                    ended.name
                );
                let end = self.unavailable.as_ref();
                Error::new(ErrorKind::OutcomeUnknown, text)
                    .caused_by(end.map_or(ErrorKind::Closed, Error::kind), end.and_then(Error::cause))
                    .with_source_of(end)
            } else {
                self.unavailable.clone().unwrap_or_else(Error::closed)
            };
            self.outputs.push_back(Output::Done(ended.token, Err(error)));
        }
    }

    /// The next output; to be called until there is none.
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
            self.link_failed(error, now);
        }
    }

    fn challenged(&mut self, reply: &Message, now: Instant) {
        let peer_text = self.redact(reply.get("Message").unwrap_or_default(), &[]);
        if is_refusal(reply) && passing_refusal(&peer_text).is_some() {
            return self.link_failed(refused_login(self.config.credentials.username(), &peer_text), now);
        }
        let challenge = reply.get("Challenge").unwrap_or_default();
        let Some((action, told)) = answer_challenge(&self.config.credentials, challenge, self.allow_plain) else {
            return self.end(
                Error::new(
                    ErrorKind::AuthMethod,
                    "the server offers no MD5 challenge, and the secret is not sent in the clear; use TLS, or allow \
                     it with the setting allow_plain_login",
                )
                .with_peer_message(&peer_text),
            );
        };
        self.login = told;
        // With filters, events flow only once those are restored.
        let mask = if self.filters.is_empty() { self.config.event_mask.clone() } else { "off".to_owned() };
        self.enqueue_login(&action.with("Events", mask), Owner::Login, now);
    }

    fn logged_in(&mut self, reply: &Message, now: Instant) {
        if is_refusal(reply) {
            let peer_text = self.redact(reply.get("Message").unwrap_or_default(), &[]);
            return self.link_failed(refused_login(self.config.credentials.username(), &peer_text), now);
        }
        if !reply.is("Success") {
            let text = format!(
                "the server answered the login with \"{}\", which is neither Success nor Error; is it an Asterisk manager?",
                printable(reply.name())
            );
            return self.link_failed(Error::new(ErrorKind::Protocol, text), now);
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
            let peer_text = self.redact(reply.get("Message").unwrap_or_default(), &[]);
            let text = format!("the server refused {name}, which it took before: {}", printable(&peer_text));
            return self.link_failed(Error::new(ErrorKind::Action, text).with_peer_message(&peer_text), now);
        }
        // The mask comes last and is not waited for: a server with brokeneventsaction=yes does not answer it.
        if self.state == State::Login {
            self.restoring -= 1;
            if self.restoring == 0 {
                self.ready(now);
            }
        }
    }

    fn ready(&mut self, now: Instant) {
        self.in_flight.shrink();
        self.login_deadline = None;
        self.login = Vec::new();
        self.unavailable = None;
        self.enter(State::Ready);
        self.counters.reconnects += u64::from(std::mem::replace(&mut self.was_ready, true));
        if let Some(backoff) = &mut self.backoff {
            backoff.up(now);
        }
        self.outputs.push_back(Output::Ready);
        self.mark_gap(now);
        self.in_flight.release();
    }

    /// Puts out the gap, the time without a connection, once, before any event that came after it.
    fn mark_gap(&mut self, now: Instant) {
        if let Some((from, cause)) = self.lost.take() {
            self.outputs.push_back(Output::Gap(Gap { from, until: now, cause }));
        }
    }

    /// Takes messages that arrived together: sorts them, and takes the parts of answers in a second pass.
    fn handle(&mut self, batch: Batch, now: Instant) {
        let is_login = self.state == State::Login;
        let sorted = self.sorter.sort(&batch, &mut self.in_flight, is_login, now);
        // The login's answer comes before the events that it lets flow.
        let after = if is_login {
            Some((sorted.news, sorted.strays))
        } else {
            self.publish(sorted.news, sorted.strays, &batch);
            None
        };
        if !sorted.parts.is_empty() {
            let messages = batch.select(sorted.parts.iter().map(|(at, ..)| *at).collect());
            for (message, (_, ticket, part)) in messages.iter().zip(sorted.parts) {
                self.take_part(ticket, part, message, now);
            }
        }
        for ticket in sorted.overs {
            self.fail_over(ticket, now);
        }
        // A login that failed lets nothing flow.
        if let Some((news, strays)) = after
            && !(news.is_empty() && strays.is_empty())
            && matches!(self.state, State::Login | State::Ready)
        {
            self.mark_gap(now);
            self.publish(news, strays, &batch);
        }
    }

    /// The second pass: takes a message of an action's answer, which pins nothing but other such messages.
    fn take_part(&mut self, ticket: u64, part: Part, message: Message, now: Instant) {
        match part {
            Part::Answer => self.answer(ticket, message, now),
            Part::Opening => {
                if let Some((_, pending)) = self.in_flight.get_mut(ticket) {
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

    /// The answer to an action is over a limit: that action fails, and no other.
    fn fail_over(&mut self, ticket: u64, now: Instant) {
        let (Some(limit), Some((owner, pending))) = (self.scanner.take_over(), self.in_flight.remove(ticket)) else {
            return;
        };
        let error = Error::new(ErrorKind::Limit, format!("the answer to {} is too large: {limit}", pending.name));
        match owner {
            Owner::Caller(token) => self.outputs.push_back(Output::Done(token, Err(error))),
            Owner::Abandoned | Owner::Fence(_) => {}
            _ => self.link_failed(error, now),
        }
    }

    fn publish(&mut self, news: Vec<u32>, strays: Strays, batch: &Batch) {
        self.counters.events += news.len() as u64;
        if !strays.is_empty() {
            self.outputs.extend(strays.among(news, batch));
        } else if !news.is_empty() {
            self.outputs.push_back(Output::Events(batch.select(news)));
        }
    }

    /// Takes the reply that was in doubt.
    fn believe(&mut self, ticket: u64, now: Instant) {
        if let Some(reply) = self.in_flight.believe(ticket) {
            self.answer(ticket, reply, now);
        }
    }

    fn answer(&mut self, ticket: u64, message: Message, now: Instant) {
        let Some((owner, pending)) = self.in_flight.get_mut(ticket) else { return };
        match *owner {
            Owner::Caller(_) | Owner::Abandoned => {
                pending.response = Some(message);
                self.complete(ticket, None, now);
            }
            Owner::Challenge => {
                self.in_flight.remove(ticket);
                self.challenged(&message, now);
            }
            Owner::Login => {
                self.in_flight.remove(ticket);
                self.logged_in(&message, now);
            }
            Owner::Restore => {
                let name = self.in_flight.remove(ticket).map(|(_, pending)| pending.name).unwrap_or_default();
                self.restored(&name, &message, now);
            }
            Owner::Keepalive => {
                if let Some((_, ping)) = self.in_flight.remove(ticket) {
                    self.counters.round_trips.record(now.saturating_duration_since(ping.since));
                }
                self.in_flight.shrink();
            }
            Owner::Fence(action) => {
                self.in_flight.remove(ticket);
                self.pass_fence(action, now);
            }
            Owner::Logoff => self.end(Error::closed()),
        }
    }

    fn entry(&mut self, ticket: u64, message: Message, now: Instant) {
        let Some((owner, pending)) = self.in_flight.get_mut(ticket) else { return };
        let by_header = pending.response.as_ref().is_some_and(starts_list);
        let is_only = !by_header && pending.facts.only_entry.is_some_and(|name| message.is(name));
        let until = is_only.then(|| pending.deadline.min(now + CLOSING_GRACE));
        if matches!(owner, Owner::Caller(_)) {
            pending.entry_bytes += message.size();
            pending.entries.push(message);
        }
        let limits = self.config.limits;
        let over = match pending.entries.len() > limits.list {
            true => Some((limits.list, "entries")),
            false => (pending.entry_bytes > limits.list_bytes).then_some((limits.list_bytes, "bytes")),
        };
        if let Some((most, unit)) = over
            && matches!(owner, Owner::Caller(_))
        {
            let name = &pending.name;
            let text = format!(
                "the server sent a list of more than {most} {unit} for {name}; raise that limit if it is meant to"
            );
            self.give_up(ticket, Error::new(ErrorKind::Limit, text));
        }
        if let Some(until) = until {
            self.in_flight.set_deadline(ticket, until);
        }
    }

    /// Remembers a mask or a filter that is in force, to restore it on the next connection.
    fn keep(&mut self, action: Action) {
        if action.name().eq_ignore_ascii_case("Filter") {
            return self.filters.push(action.without_action_id());
        }
        let mask = action.get("EventMask").map(String::from_utf8_lossy);
        self.config.event_mask = mask.unwrap_or_default().into_owned();
    }

    fn complete(&mut self, ticket: u64, end: Option<Message>, now: Instant) {
        let Some((owner, pending)) = self.in_flight.remove(ticket) else { return };
        let Some(message) = pending.response else { return };
        // In force is in force, also if its caller did not wait for it.
        if let Some(action) = pending.lasting.filter(|_| !is_refusal(&message)) {
            self.keep(*action);
        }
        let Owner::Caller(token) = owner else { return };
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
        let result = check_reply(&pending.name, pending.command.as_deref(), response, |peer_text| {
            self.redact(peer_text, &pending.secrets)
        });
        self.outputs.push_back(Output::Done(token, result));
    }
}

impl<T> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.state)
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 8] = [
        State::Idle,
        State::Waiting,
        State::Connecting,
        State::Banner,
        State::Login,
        State::Ready,
        State::Leaving,
        State::Ended,
    ];

    #[test]
    fn session_state_table_in_the_comment_is_the_one_in_force() {
        let rows = include_str!("session.rs").lines().filter_map(|line| line.strip_prefix("/// | "));
        let mut told = Vec::new();
        for row in rows.filter(|row| row.contains('`')) {
            let cells: Vec<&str> = row.split('|').collect();
            let named = |cell: &str, state: State| cell.contains(&format!("`{state:?}`"));
            let is_from = |state: &State| named(cells[0], *state) != cells[0].starts_with("all but");
            for from in STATES.iter().filter(|state| is_from(state)) {
                told.extend(STATES.iter().filter(|to| named(cells[2], **to)).map(|to| (*from, *to)));
            }
        }
        for from in STATES {
            for to in STATES {
                assert_eq!(from.may_become(to), told.contains(&(from, to)), "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "Idle does not become Ready")]
    fn session_state_cannot_change_but_by_the_table() {
        let config = SessionConfig::new(crate::protocol::Credentials::new("user", "secret"), "p-");
        Session::<()>::new(config).enter(State::Ready);
    }
}
