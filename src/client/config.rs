//! The settings of a client.

use std::fmt;
use std::time::Duration;

use super::tls::Tls;
use crate::error::{Error, Result, printable};
use crate::events::QueueLimits;
use crate::protocol::{ActionQueue, Credentials, Limits, Reconnect, check_setting};

/// The words that servers take for all events and for none.
const SWITCHES: [&str; 10] = ["on", "yes", "true", "y", "t", "off", "no", "false", "n", "f"];
/// The classes of events that servers have had so far. They compare them with case.
const CLASSES: [&str; 21] = [
    "system",
    "call",
    "log",
    "verbose",
    "command",
    "agent",
    "user",
    "config",
    "dtmf",
    "reporting",
    "cdr",
    "dialplan",
    "originate",
    "agi",
    "cc",
    "aoc",
    "test",
    "security",
    "message",
    "all",
    "none",
];

/// Where to connect, as whom, and with which limits. The defaults are those of the C API.
#[derive(Clone)]
pub struct Config {
    pub(crate) host: String,
    port: Option<u16>,
    pub(crate) tls: Option<Tls>,
    pub(crate) credentials: Credentials,
    pub(crate) event_mask: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) action_timeout: Duration,
    pub(crate) keepalive: Duration,
    pub(crate) keepalive_timeout: Duration,
    pub(crate) reconnect: Option<Reconnect>,
    pub(crate) wait_for_reconnect: bool,
    pub(crate) retry_first_connect: bool,
    pub(crate) queue: QueueLimits,
    pub(crate) action_queue: ActionQueue,
    pub(crate) limits: Limits,
    pub(crate) allow_plain_login: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            host: String::new(),
            port: None,
            tls: None,
            credentials: Credentials::new("", ""),
            event_mask: "on".to_owned(),
            connect_timeout: Duration::from_secs(10),
            action_timeout: Duration::from_secs(10),
            keepalive: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(10),
            reconnect: None,
            wait_for_reconnect: false,
            retry_first_connect: false,
            queue: QueueLimits::default(),
            action_queue: ActionQueue::default(),
            limits: Limits::default(),
            allow_plain_login: false,
        }
    }
}

impl Config {
    /// A server's host name or address, a user of its `manager.conf` and that user's secret; the rest by default.
    pub fn new(host: impl Into<String>, username: impl Into<String>, secret: impl Into<String>) -> Config {
        Config { host: host.into(), credentials: Credentials::new(username, secret), ..Config::default() }
    }

    /// The host name or address.
    #[must_use]
    pub fn host(self, host: impl Into<String>) -> Config {
        Config { host: host.into(), ..self }
    }

    /// The port; by default 5038, or 5039 through TLS.
    #[must_use]
    pub fn port(self, port: u16) -> Config {
        Config { port: Some(port), ..self }
    }

    /// Connects through TLS, or not (`None`, the default).
    #[must_use]
    pub fn tls(self, tls: impl Into<Option<Tls>>) -> Config {
        Config { tls: tls.into(), ..self }
    }

    /// The user and the secret.
    #[must_use]
    pub fn credentials(self, credentials: Credentials) -> Config {
        Config { credentials, ..self }
    }

    /// Which events the server sends: `on` (the default), `off`, or classes such as `system,call`.
    #[must_use]
    pub fn event_mask(self, mask: impl Into<String>) -> Config {
        Config { event_mask: mask.into(), ..self }
    }

    /// The time from the first packet to the accepted login; 10 seconds by default.
    #[must_use]
    pub fn connect_timeout(self, timeout: Duration) -> Config {
        Config { connect_timeout: timeout, ..self }
    }

    /// The time that an action may take unless the call says otherwise; 10 seconds by default.
    #[must_use]
    pub fn action_timeout(self, timeout: Duration) -> Config {
        Config { action_timeout: timeout, ..self }
    }

    /// After how long a silence of the server it is asked for a sign of life with a `Ping`; 30 seconds by default, zero for
    /// never. Not while a command or another action that blocks the session is outstanding.
    #[must_use]
    pub fn keepalive(self, interval: Duration) -> Config {
        Config { keepalive: interval, ..self }
    }

    /// The time that the server may stay silent after that `Ping` until the connection is taken for dead; 10 seconds by default.
    #[must_use]
    pub fn keepalive_timeout(self, timeout: Duration) -> Config {
        Config { keepalive_timeout: timeout, ..self }
    }

    /// Reconnects after a connection is lost that was logged in; `None`, the default: it ends the client. A login
    /// that is refused ends it always.
    #[must_use]
    pub fn reconnect(self, reconnect: impl Into<Option<Reconnect>>) -> Config {
        Config { reconnect: reconnect.into(), ..self }
    }

    /// Sets whether actions that were not written when the connection was lost, or are called while it is down, wait for the
    /// next one, within their timeouts. Otherwise, as by default, they fail at once with [`crate::ErrorKind::Disconnected`].
    #[must_use]
    pub fn wait_for_reconnect(self, wait: bool) -> Config {
        Config { wait_for_reconnect: wait, ..self }
    }

    /// Sets whether the first connection is retried too, as [`Config::reconnect`] says: for services that start before their
    /// server does. [`crate::Client::open`] then waits until one holds, for as many attempts as are allowed; closing the
    /// client, or dropping the future, ends it, and so does a login that is refused. No by default: the first failure is its
    /// result.
    #[must_use]
    pub fn retry_first_connect(self, retry: bool) -> Config {
        Config { retry_first_connect: retry, ..self }
    }

    /// The bounds of each subscription's queue.
    #[must_use]
    pub fn event_queue(self, queue: QueueLimits) -> Config {
        Config { queue, ..self }
    }

    /// The number of actions that may wait to be written; five times as many may be under way in all, those that wait for their
    /// answers among them. One more is refused at once with [`crate::ErrorKind::Overflow`], by calls as well: nothing waits for
    /// room.
    #[must_use]
    pub fn action_queue(self, queue: ActionQueue) -> Config {
        Config { action_queue: queue, ..self }
    }

    /// The sizes of what the server may send; a server that sends more is disconnected.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Config {
        Config { limits, ..self }
    }

    /// Sets whether the secret may cross a network in the clear, where the server offers no MD5 challenge. No by default; a
    /// loopback connection, to 127.0.0.0/8 or ::1, never needs it, nor does TLS to a server whose certificate is verified.
    #[must_use]
    pub fn allow_plain_login(self, allow: bool) -> Config {
        Config { allow_plain_login: allow, ..self }
    }

    /// Refuses a text setting that cannot stand in a line of the login. The value is not shown: it may be the secret.
    #[doc(hidden)]
    pub fn check_setting(what: &str, value: &str) -> Result<()> {
        check_setting(what, value)
    }

    /// Refuses an event mask that servers do not know: they would take it, and send nothing.
    #[doc(hidden)]
    pub fn check_event_mask(mask: &str) -> Result<()> {
        check_setting("event mask", mask)?;
        if mask.is_empty() {
            return Err(Error::invalid("the event mask is empty; use on, off or classes such as system,call"));
        }
        let is_word = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(mask));
        if is_word(&SWITCHES) || mask.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(());
        }
        match mask.split(',').find(|class| !CLASSES.contains(class)) {
            None => Ok(()),
            Some(class) => Err(Error::invalid(format!(
                "the event mask has {:?}, which is no class of events; write on, off, or classes with commas and without \
                 blanks, in lower case, of these: {}",
                printable(class.as_bytes()),
                CLASSES.join(", ")
            ))),
        }
    }

    /// Where to connect.
    pub(crate) fn place(&self) -> (&str, u16) {
        (&self.host, self.port.unwrap_or(if self.tls.is_some() { 5039 } else { 5038 }))
    }

    /// Tells whether a client can be made of it.
    pub(crate) fn check(&self) -> Result<()> {
        if self.host.is_empty() {
            return Err(Error::invalid("no host is set; give the server's name or address"));
        }
        check_setting("host", &self.host)?;
        Config::check_event_mask(&self.event_mask)?;
        self.credentials.check()?;
        self.reconnect.as_ref().map_or(Ok(()), Reconnect::check)?;
        if self.retry_first_connect && self.reconnect.is_none() {
            return Err(Error::invalid("to retry the first connection, set how to reconnect too"));
        }
        self.queue.check()?;
        if self.action_queue.actions == 0 || self.action_queue.bytes == 0 {
            return Err(Error::invalid("at least one action and one byte must be allowed to wait to be written"));
        }
        if self.keepalive_timeout.is_zero() && !self.keepalive.is_zero() {
            return Err(Error::invalid("a server needs more than no time to answer a Ping; set a keepalive timeout"));
        }
        self.tls.as_ref().map_or(Ok(()), |tls| tls.connection(&self.host).map(drop))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("host", &self.host)
            .field("port", &self.place().1)
            .field("tls", &self.tls)
            .field("credentials", &self.credentials)
            .field("event_mask", &self.event_mask)
            .finish_non_exhaustive()
    }
}
