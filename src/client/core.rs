//! The shared core of a client: its session and connection, and the way of outcomes and events to those who wait for them.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "blocking")]
use std::sync::atomic::{AtomicI32, Ordering};
use std::task::Waker;
use std::time::{Instant, SystemTime};

use tokio::sync::{oneshot, watch};

use super::config::Config;
use super::state::State;
use super::tls;
use super::transport::Transport;
use super::turns::{Turn, Turns};
use crate::error::{Error, ErrorKind, Result, printable};
use crate::events::{Broadcaster, marker};
use crate::protocol::{Output, Response, Session, Tickets};

/// The receiver of an action's outcome.
pub(crate) enum Done {
    /// Called on the thread that drives the connection, so it must only hand the outcome on.
    Told(Box<dyn FnOnce(Result<Response>) + Send>),
    /// Gets it with those of other actions that end in the same step.
    #[cfg_attr(not(feature = "blocking"), expect(dead_code, reason = "the pool alone has such"))]
    Gathered(Box<dyn Gathered>),
}

/// One of those that get their outcomes together.
pub(crate) trait Gathered: Send {
    /// The place where the outcomes go to. Those of one client's actions have the same.
    fn place(&self) -> Arc<dyn Gather>;

    /// Takes its outcome.
    #[cfg_attr(not(feature = "blocking"), expect(dead_code, reason = "the pool alone calls it"))]
    fn take(self: Box<Self>, outcome: Result<Response>);
}

/// An action's outcome on its way to the one that takes it.
pub(crate) type Outcome = (Box<dyn Gathered>, Result<Response>);

/// A place for outcomes.
pub(crate) trait Gather: Send + Sync {
    /// Takes the outcomes of a step. Called on the thread that drives the connection, so it must only hand them on.
    fn gather(self: Arc<Self>, outcomes: Vec<Outcome>);
}

/// The number of bytes that are written in one turn with the core; the rest follows in the next turns.
const WRITE: usize = 256 * 1024;

/// As long as so few actions are in flight, a caller writes its own.
pub(super) const WRITE_AT_ONCE: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    New,
    Opening,
    Open,
    Closing,
    Over,
}

pub(super) struct Core {
    pub session: Session<Done>,
    pub phase: Phase,
    pub transport: Option<Transport>,
    #[cfg(feature = "blocking")]
    pub socket: Arc<SocketNumber>,
    /// The socket takes no more for now; the connection's task waits for it.
    pub blocked: bool,
    #[cfg(feature = "python")]
    /// Actions of it wait for the end of the turn of an event loop.
    pub is_held: bool,
    /// The connection's task, whether it was asked to run, and when it wakes by itself.
    pub task: Option<Waker>,
    pub asked: bool,
    pub alarm: Option<Instant>,
    pub bytes_received: u64,
    /// The most actions that were in flight since none was, and how many that were before.
    pub most: usize,
    pub most_before: usize,
    pub opened: Option<oneshot::Sender<Result<()>>>,
    pub closed: Vec<oneshot::Sender<()>>,
}

impl Core {
    /// Writes what the socket takes now. A socket that takes all that there is does not make it long: the connection's task
    /// goes on.
    pub fn flush(&mut self) {
        let mut left = WRITE;
        if !self.blocked {
            self.session.unsend_cancelled();
        }
        while let Some(transport) = &mut self.transport
            && !self.blocked
            && (transport.wants_write() || !self.session.transmit().is_empty())
        {
            if left == 0 {
                return self.ask();
            }
            let bytes = self.session.transmit();
            // Never vectored: the standard library's vectored write may raise SIGPIPE.
            match transport.try_write(&bytes[..bytes.len().min(left)]) {
                Ok(count) => {
                    self.session.transmitted(count);
                    left = left.saturating_sub(count);
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    self.blocked = true;
                    self.ask();
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.session.disconnected(tls::lost(error), Instant::now());
                    self.hang_up();
                    self.ask();
                }
            }
        }
    }

    /// Writes again, as there may be room now.
    ///
    /// # Errors
    /// [`std::io::ErrorKind::WouldBlock`] if there was none.
    pub fn flush_blocked(&mut self) -> std::io::Result<()> {
        self.blocked = false;
        self.flush();
        if self.blocked { Err(std::io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
    }

    /// Has an action written that was just submitted. As long as so few are in flight, this thread writes; beyond, the
    /// connection's task writes what has gathered. One that does not wait for its outcome is likely to be followed by as many
    /// as the last time: if each of the first few was a write, the server would answer each by itself as well.
    pub fn send(&mut self, waits: bool) {
        let in_flight = self.session.in_flight();
        if in_flight <= 1 {
            self.most_before = std::mem::take(&mut self.most);
        }
        self.most = self.most.max(in_flight);
        if in_flight <= WRITE_AT_ONCE && (waits || self.most_before <= WRITE_AT_ONCE) {
            self.flush();
        } else {
            self.ask();
        }
    }

    /// Takes a new connection.
    pub fn link_up(&mut self, transport: Transport) {
        #[cfg(feature = "blocking")]
        self.socket.0.store(transport.number(), Ordering::Release);
        self.transport = Some(transport);
    }

    /// Closes the connection.
    pub fn hang_up(&mut self) {
        // First: a child of a fork in between must not take a number that is free for one of ours.
        #[cfg(feature = "blocking")]
        self.socket.0.store(-1, Ordering::Release);
        self.transport = None;
        self.blocked = false;
    }

    /// Has the connection's task look again.
    pub fn ask(&mut self) {
        if !std::mem::replace(&mut self.asked, true)
            && let Some(task) = &self.task
        {
            task.wake_by_ref();
        }
    }
}

/// The number of the connection's descriptor, or -1: to be read without a lock, which the child of a fork may find taken for
/// ever.
#[cfg(feature = "blocking")]
pub(super) struct SocketNumber(AtomicI32);

#[cfg(feature = "blocking")]
impl SocketNumber {
    pub fn none() -> SocketNumber {
        SocketNumber(AtomicI32::new(-1))
    }
}

pub(super) struct Shared {
    pub config: Config,
    #[cfg(feature = "blocking")]
    pub socket: Arc<SocketNumber>,
    pub core: Turns<Core>,
    /// Those of the session, for actions that are encoded before they have a turn with the core.
    pub tickets: Arc<Tickets>,
    pub broadcaster: Arc<Broadcaster>,
    pub state: watch::Sender<State>,
}

impl Shared {
    /// Waits for a turn with the core. All turns are short: what makes them long is done in pieces.
    pub fn core(&self) -> Turn<'_, Core> {
        self.core.take()
    }

    #[cfg(feature = "blocking")]
    pub fn inherited_socket(&self) -> Option<std::os::fd::RawFd> {
        let number = self.socket.0.swap(-1, Ordering::AcqRel);
        (number >= 0).then_some(number)
    }

    pub fn turn(&self, state: State, more: &[(&str, String)]) {
        self.state.send_replace(state);
        self.broadcaster.mark(&marker::state(state.name(), more));
    }

    pub fn start_close(&self) {
        let mut core = self.core();
        match core.phase {
            Phase::New => {
                core.phase = Phase::Over;
                drop(core);
                self.end_events(&Error::closed());
            }
            Phase::Opening | Phase::Open => {
                core.phase = Phase::Closing;
                core.session.log_off(Instant::now());
                core.flush();
                core.ask();
            }
            Phase::Closing | Phase::Over => {}
        }
    }

    /// The server, for logs.
    pub fn place(&self) -> Place<'_> {
        Place(&self.config)
    }

    /// Hands out what has come of a step. Called without a lock, as subscribers of logs are the program's own code too.
    pub fn dispatch(&self, outputs: Vec<Output<Done>>) {
        let mut gathered = Vec::new();
        for output in outputs {
            match output {
                Output::Ready => {
                    let (opened, banner) = {
                        let mut core = self.core();
                        if core.phase == Phase::Opening {
                            core.phase = Phase::Open;
                        }
                        (core.opened.take(), core.session.banner().map(|banner| printable(banner.as_bytes())))
                    };
                    tracing::info!(target: "ami::client", "{}: logged in, {}", self.place(), banner.unwrap_or_default());
                    self.turn(State::Open, &[]);
                    if let Some(opened) = opened {
                        let _ = opened.send(Ok(()));
                    }
                }
                Output::Events(batch) => self.broadcaster.publish(&batch),
                Output::Stray { messages, skipped } => self.broadcaster.publish_strays(&messages, skipped),
                Output::Gap(gap) => {
                    let (now, wall) = (Instant::now(), SystemTime::now());
                    let time = |at: Instant| wall.checked_sub(now - at).unwrap_or(SystemTime::UNIX_EPOCH);
                    self.broadcaster.mark(&marker::gap(time(gap.from), time(gap.until), &gap.cause.to_string()));
                }
                Output::Done(done, result) => {
                    if let Err(error) = &result
                        && matches!(error.kind(), ErrorKind::Timeout | ErrorKind::OutcomeUnknown)
                    {
                        tracing::warn!(target: "ami::client", "{}: {error}", self.place());
                    }
                    match done {
                        Done::Told(done) => done(result),
                        Done::Gathered(done) => gathered.push((done, result)),
                    }
                }
                Output::Lost { cause, retry_in } => {
                    tracing::warn!(target: "ami::client", "{}: the connection is lost: {cause}; the next attempt is in {retry_in:?}", self.place());
                    let cause = cause.to_string();
                    self.turn(State::Waiting, &[("Cause", cause), ("RetryIn", retry_in.as_millis().to_string())]);
                }
                Output::Connect { attempt } => {
                    tracing::info!(target: "ami::client", "{}: connecting again, attempt {attempt}", self.place());
                    self.turn(State::Connecting, &[("Attempt", attempt.to_string())]);
                }
                Output::Ended(error) => {
                    hand_over(&mut gathered);
                    self.end(&error);
                }
            }
        }
        hand_over(&mut gathered);
    }

    /// The last that readers of events hear.
    fn end_events(&self, error: &Error) {
        let cause = error.to_string();
        let last = marker::state(State::Closed.name(), &[("Cause", cause)]);
        // The reason first: whoever waits for a state then asks for it.
        self.broadcaster.end_with(Some(&last), error);
        self.state.send_replace(State::Closed);
    }

    fn end(&self, error: &Error) {
        match error.kind() {
            ErrorKind::Closed => tracing::debug!(target: "ami::client", "{}: closed", self.place()),
            ErrorKind::NotAmi | ErrorKind::Protocol | ErrorKind::Limit => {
                tracing::error!(target: "ami::client", "{}: {error}", self.place())
            }
            _ => tracing::warn!(target: "ami::client", "{}: the connection is over: {error}", self.place()),
        }
        self.end_events(error);
        let (opened, waiting) = {
            let mut core = self.core();
            core.phase = Phase::Over;
            core.hang_up();
            core.task = None;
            (core.opened.take(), std::mem::take(&mut core.closed))
        };
        if let Some(opened) = opened {
            let _ = opened.send(Err(error.clone()));
        }
        for closed in waiting {
            let _ = closed.send(());
        }
    }
}

/// Hands what was gathered to its place.
fn hand_over(gathered: &mut Vec<Outcome>) {
    if let Some((first, _)) = gathered.first() {
        first.place().gather(std::mem::take(gathered));
    }
}

/// Written only if somebody reads the log.
pub(super) struct Place<'a>(&'a Config);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = self.0.place();
        write!(f, "{host}:{port}")
    }
}
