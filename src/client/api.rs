//! The client as programs use it.

use std::fmt;
#[cfg(feature = "python")]
use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
#[cfg(feature = "python")]
use std::task::Waker;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

#[cfg(feature = "python")]
use super::borrower::Borrower;
use super::config::Config;
#[cfg(feature = "blocking")]
use super::core::SocketNumber;
use super::core::{Core, Done, Phase, Shared};
use super::link::{self, Line};
use super::named::Named;
use super::state::{State, Stats};
use super::turns::Turns;
#[cfg(feature = "python")]
use super::unwritten;
use crate::error::{Error, ErrorKind, Result};
use crate::events::{Broadcaster, Filter, Subscription};
use crate::protocol::{Action, Draft, Response, Session, SessionConfig};

/// A client of one server: logs in, sends actions, hands out events. Clones share the session; it ends with the last one.
///
/// Everything may be called from any task and thread. [`Client::open`] needs a tokio runtime around it, the rest does not.
///
/// ```
/// # use ami::simulator::{Options, Simulator};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let gateway = Simulator::start(Options::default()).await?;
/// # let port = gateway.port();
/// use ami::{Action, Client, Config};
///
/// let client = Client::connect(Config::new("127.0.0.1", "admin", "amp111").port(port)).await?;
/// let settings = client.call(&Action::new("CoreSettings")).await?;
/// println!("Asterisk {}", settings.text("AsteriskVersion").unwrap_or_default());
/// client.close().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    handle: Arc<Handle>,
}

/// Ends the session when the last client is dropped; the connection's task holds only the line.
struct Handle {
    line: Arc<Line>,
    named: Named,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.line.shared.start_close();
    }
}

/// Unique for the process and the connection, and unlikely to meet another process's on the same server.
pub(super) fn id_prefix() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let salt = u64::from(std::process::id()) << 32 ^ since.as_micros() as u64;
    format!("ami-{:x}-{}-", salt & 0xffff_ffff_ffff, NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Client {
    /// A client that is not connected yet. It can be subscribed to, so that no event is missed once it is open.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a configuration that cannot work; [`ErrorKind::Tls`] if the system trusts no authorities
    /// that TLS could go by.
    pub fn new(config: Config) -> Result<Client> {
        config.check()?;
        let mut session = SessionConfig::new(config.credentials.clone(), id_prefix());
        session.event_mask.clone_from(&config.event_mask);
        session.action_timeout = config.action_timeout;
        session.limits = config.limits;
        session.action_queue = config.action_queue;
        session.keepalive = config.keepalive;
        session.keepalive_timeout = config.keepalive_timeout;
        session.reconnect = config.reconnect;
        session.wait_for_reconnect = config.wait_for_reconnect;
        session.retry_first = config.retry_first_connect;
        // Each is seeded anew.
        session.strays = true;
        session.seed = RandomState::new().build_hasher().finish();
        #[cfg(feature = "blocking")]
        let socket = Arc::new(SocketNumber::none());
        let core = Core {
            session: Session::new(session),
            phase: Phase::New,
            transport: None,
            #[cfg(feature = "blocking")]
            socket: Arc::clone(&socket),
            blocked: false,
            #[cfg(feature = "python")]
            is_held: false,
            task: None,
            asked: false,
            alarm: None,
            bytes_received: 0,
            most: 0,
            most_before: 0,
            opened: None,
            closed: Vec::new(),
        };
        let state = watch::Sender::new(State::New);
        let broadcaster = Broadcaster::new(config.queue);
        let tickets = Arc::clone(core.session.tickets());
        let shared = Arc::new(Shared {
            config,
            #[cfg(feature = "blocking")]
            socket,
            core: Turns::new(core),
            tickets,
            broadcaster,
            state,
        });
        Ok(Client { handle: Arc::new(Handle { line: Arc::new(Line::new(shared)), named: Named::default() }) })
    }

    /// Connects and logs in: [`Client::new`] and [`Client::open`] in one.
    ///
    /// # Errors
    /// As both.
    pub async fn connect(config: Config) -> Result<Client> {
        let client = Client::new(config)?;
        client.open().await?;
        Ok(client)
    }

    pub(super) fn named(&self) -> &Named {
        &self.handle.named
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.handle.line.shared
    }

    /// Connects and logs in, within the connect timeout. Once for a client; [`Client::close`] cancels it, and so does
    /// dropping the future.
    ///
    /// # Errors
    /// Exactly what went wrong: [`ErrorKind::Resolve`], [`ErrorKind::Refused`], [`ErrorKind::Timeout`],
    /// [`ErrorKind::Tls`], [`ErrorKind::NotAmi`], [`ErrorKind::Auth`], [`ErrorKind::AuthMethod`], [`ErrorKind::Closed`] and
    /// others.
    pub async fn open(&self) -> Result<()> {
        let opened = self.begin_to_open()?;
        let cancel = Cancel(Some(Arc::clone(self.shared())));
        let result = opened.await.unwrap_or_else(|_| Err(Error::closed()));
        cancel.disarm();
        result
    }

    /// [`Client::open`] without waiting: begins to connect and returns. The marker `#state` tells how it went, and
    /// [`Client::until`] waits for it.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the client was opened before, and without a tokio runtime around it; [`ErrorKind::Closed`].
    pub fn start(&self) -> Result<()> {
        self.begin_to_open().map(drop)
    }

    fn begin_to_open(&self) -> Result<oneshot::Receiver<Result<()>>> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
            Error::new(
                ErrorKind::State,
                "a client is opened on a tokio runtime; other threads need the blocking client",
            )
        })?;
        let (sender, receiver) = oneshot::channel();
        {
            let mut core = self.shared().core();
            match core.phase {
                Phase::New => core.phase = Phase::Opening,
                Phase::Opening | Phase::Open => {
                    return Err(Error::new(ErrorKind::State, "the client is open already"));
                }
                Phase::Closing | Phase::Over => {
                    return Err(Error::new(
                        ErrorKind::Closed,
                        "the client was closed or lost its connection; make a new one to connect again",
                    ));
                }
            }
            core.opened = Some(sender);
        }
        self.shared().turn(State::Connecting, &[]);
        runtime.spawn(link::drive(Arc::clone(&self.handle.line)));
        Ok(receiver)
    }

    /// Logs off and ends everything: waiting calls, subscriptions. Does nothing the second time.
    ///
    /// # Errors
    /// None so far.
    pub async fn close(&self) -> Result<()> {
        let shared = self.shared();
        shared.start_close();
        let (sender, receiver) = oneshot::channel();
        {
            let mut core = shared.core();
            if core.phase == Phase::Over {
                return Ok(());
            }
            core.closed.push(sender);
        }
        let _ = receiver.await;
        Ok(())
    }

    /// Starts to close and does not wait for it.
    #[cfg(feature = "blocking")]
    pub(crate) fn start_close(&self) {
        self.shared().start_close();
    }

    /// Lends the connections to an event loop, see [`Borrower`].
    #[cfg(feature = "python")]
    pub(crate) fn lend(&self, news: Waker) -> Option<Borrower> {
        Borrower::new(&self.handle.line, news)
    }

    /// The descriptor of the connection that the child of a fork has inherited, for it to close; once.
    #[cfg(feature = "blocking")]
    pub(crate) fn inherited_socket(&self) -> Option<std::os::fd::RawFd> {
        self.shared().inherited_socket()
    }

    /// Sends an action and hands its outcome to `done`, exactly once, unless it is cancelled by the ticket that is returned.
    pub(crate) fn submit(&self, action: &Action, timeout: Option<Duration>, done: Done) -> Result<u64> {
        let (now, shared) = (Instant::now(), self.shared());
        let draft = Draft::new(action, &shared.tickets, timeout.unwrap_or(shared.config.action_timeout), now)?;
        let (ticket, deadline) = (draft.ticket(), draft.deadline());
        let waits = matches!(done, Done::Told(_));
        let mut core = shared.core();
        if let Err(refused) = core.session.submit_draft(draft, now, done) {
            // What the token owns may call this client when it is let go of.
            drop(core);
            return Err(refused.error);
        }
        #[cfg(feature = "python")]
        let is_held = unwritten::keep(&mut core, shared);
        #[cfg(not(feature = "python"))]
        let is_held = false;
        if !is_held {
            core.send(waits);
        }
        if core.alarm.is_none_or(|alarm| deadline < alarm) {
            core.ask();
        }
        Ok(ticket)
    }

    /// Sends an action and waits for its whole answer, within the configured action timeout.
    ///
    /// # Errors
    /// [`ErrorKind::Action`], [`ErrorKind::Permission`], [`ErrorKind::Command`]: the server refused it, see
    /// [`Error::response`]. [`ErrorKind::Timeout`], [`ErrorKind::Disconnected`], [`ErrorKind::Closed`],
    /// [`ErrorKind::Invalid`], [`ErrorKind::State`]: it was not written, nor was it for [`ErrorKind::Overflow`]: too many wait
    /// to be, see [`Config::action_queue`]. [`ErrorKind::OutcomeUnknown`]: it was written, and may have been carried out.
    pub async fn call(&self, action: &Action) -> Result<Response> {
        self.call_within(action, None).await
    }

    /// [`Client::call`] with a timeout of its own. A wait that the action itself asks of the server (`WaitEvent`, `Originate`
    /// without `Async`) comes on top.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call_within(&self, action: &Action, timeout: impl Into<Option<Duration>>) -> Result<Response> {
        let (sender, receiver) = oneshot::channel();
        let done = Box::new(move |result| {
            let _ = sender.send(result);
        });
        if let Err(error) = self.submit(action, timeout.into(), Done::Told(done)) {
            // A loop of calls that fail at once must not keep the link's task from its turn.
            tokio::task::coop::consume_budget().await;
            return Err(error);
        }
        receiver.await.unwrap_or_else(|_| Err(Error::closed()))
    }

    /// Runs a CLI command; [`Response::output`] is its text.
    ///
    /// Build the line from trusted text only: whoever writes it commands the server.
    ///
    /// # Errors
    /// As [`Client::call`]; [`ErrorKind::Command`] if the CLI did not accept it, on every server version.
    pub async fn command(&self, line: &str) -> Result<Response> {
        self.command_within(line, None).await
    }

    /// [`Client::command`] with a timeout of its own.
    ///
    /// # Errors
    /// As [`Client::command`].
    pub async fn command_within(&self, line: &str, timeout: impl Into<Option<Duration>>) -> Result<Response> {
        self.call_within(&Action::new("Command").with("Command", line), timeout).await
    }

    /// Sends a `Ping`; returns how long the answer took.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn ping(&self) -> Result<Duration> {
        let start = Instant::now();
        self.call(&Action::new("Ping")).await?;
        Ok(start.elapsed())
    }

    /// Subscribes to events from now on. Where the connection was lost for good the subscription has ended, and says why.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] for a client that was closed; [`ErrorKind::Invalid`] for a name with `#` that is no marker.
    pub fn subscribe(&self, filter: Filter) -> Result<Subscription> {
        Subscription::new(&self.shared().broadcaster, filter)
    }

    /// Counts of what the client has done so far.
    pub fn stats(&self) -> Stats {
        let core = self.shared().core();
        let counters = core.session.counters().clone();
        Stats {
            bytes_received: core.bytes_received,
            bytes_sent: core.session.bytes_sent(),
            events: counters.events,
            actions: counters.actions,
            in_flight: core.session.in_flight(),
            reconnects: counters.reconnects,
            round_trips: counters.round_trips,
        }
    }

    /// The server's first line, such as `Asterisk Call Manager/5.0.5`, once it has come.
    pub fn banner(&self) -> Option<String> {
        self.shared().core().session.banner().map(str::to_owned)
    }

    /// The state of the connection. A subscription to the marker `#state` gets every change, in order with events.
    pub fn state(&self) -> State {
        *self.shared().state.borrow()
    }

    /// Waits until the connection is in this state.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] if the client is closed, or its connection lost for good, and the state can come no more.
    pub async fn until(&self, wanted: State) -> Result<()> {
        let mut states = self.shared().state.subscribe();
        let reached = states.wait_for(|state| *state == wanted || *state == State::Closed).await.map(|state| *state);
        match reached {
            Ok(state) if state == wanted => Ok(()),
            _ => Err(self.shared().broadcaster.ended().unwrap_or_else(Error::closed)),
        }
    }

    /// [`Client::until`] for no longer than the timeout; returns whether the state was reached. It needs a tokio runtime around
    /// it.
    ///
    /// # Errors
    /// As [`Client::until`].
    pub async fn until_within(&self, wanted: State, timeout: Duration) -> Result<bool> {
        match tokio::time::timeout(timeout, self.until(wanted)).await {
            Ok(reached) => reached.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Why it is over, if it is: closed, or its connection lost for good.
    #[cfg(feature = "python")]
    pub(crate) fn why_ended(&self) -> Option<Error> {
        self.shared().broadcaster.ended()
    }

    /// Waits until it is over, and does not keep it.
    #[cfg(feature = "python")]
    pub(crate) fn ending(&self) -> impl Future<Output = Error> + use<> {
        let (mut states, broadcaster) = (self.shared().state.subscribe(), Arc::clone(&self.shared().broadcaster));
        async move {
            let _ = states.wait_for(|state| *state == State::Closed).await;
            broadcaster.ended().unwrap_or_else(Error::closed)
        }
    }

    pub(crate) fn weak(&self) -> WeakClient {
        WeakClient(Arc::downgrade(self.shared()))
    }

    /// Tells whether the client is logged in.
    pub fn is_open(&self) -> bool {
        self.shared().core().session.is_ready()
    }

    /// The settings that the client was made with.
    pub fn config(&self) -> &Config {
        &self.shared().config
    }
}

/// A client that may be gone.
pub(crate) struct WeakClient(Weak<Shared>);

impl WeakClient {
    pub fn banner(&self) -> Option<String> {
        self.0.upgrade()?.core().session.banner().map(str::to_owned)
    }

    /// Ends an action whose outcome nobody waits for any more: it is not sent, or its answer is dropped. Whoever was to get the
    /// outcome is let go of.
    #[cfg(feature = "python")]
    pub fn cancel(&self, ticket: u64) {
        let token = self.0.upgrade().and_then(|shared| shared.core().session.cancel(ticket));
        // Without the lock, as it may call the client.
        drop(token);
    }

    /// As [`Client::inherited_socket`].
    #[cfg(feature = "blocking")]
    pub fn inherited_socket(&self) -> Option<std::os::fd::RawFd> {
        self.0.upgrade()?.inherited_socket()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", self.config()).field("open", &self.is_open()).finish()
    }
}

/// Closes the client if opening it is given up.
struct Cancel(Option<Arc<Shared>>);

impl Cancel {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.start_close();
        }
    }
}
