use std::ffi::{OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::ami_status;
use super::boundary::{exclusive, status};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::parser::set_limit;
use super::strings::{bytes, text};
use crate::blocking::ExecutorJobs;
use crate::client::{Config, Tls};
use crate::error::{Error, Result};
use crate::events::{OverflowPolicy, QueueLimits};
use crate::gsm::{Dialect, GatewayConfig};
use crate::protocol::{ActionQueue, Credentials, Reconnect};

/// Policy of an event queue that is full: drop the oldest events.
pub const AMI_QUEUE_DROP_OLDEST: i32 = 0;
/// Policy of an event queue that is full: drop new events.
pub const AMI_QUEUE_DROP_NEWEST: i32 = 1;
/// Policy of an event queue that is full: end the subscription, with AMI_E_OVERFLOW.
pub const AMI_QUEUE_CLOSE: i32 = 2;

/// A configuration: the server, the user, the limits. Connecting copies it; later changes have no effect on existing
/// clients.
pub struct ami_config {
    pub(super) config: GatewayConfig,
    /// Runs the callbacks; without it, libami's threads do.
    pub(super) executor: Option<Arc<ExecutorJobs>>,
    username: String,
    secret: zeroize::Zeroizing<String>,
    /// Kept here, so that it does not matter in which order it is set.
    reconnect: Reconnect,
    reconnects: bool,
    tls: Option<Tls>,
    /// Setters that refused something and were not asked again with success: with less than the program wanted, such as without
    /// TLS, nothing connects.
    refused: Vec<(String, Error)>,
}

impl Handle for ami_config {
    type Owned = Boxed;
}

impl ami_config {
    /// The settings to connect with, unless one of them was refused.
    pub(super) fn wanted(&self) -> Result<GatewayConfig> {
        match self.refused.first() {
            None => Ok(self.config.clone()),
            Some((setter, error)) => Err(Error::invalid(format!(
                "{setter} was refused: {error}; nothing connects with a configuration that lacks what was to be set, so check \
                 what each setter returns"
            ))),
        }
    }

    fn change(&mut self, change: impl FnOnce(Config) -> Config) {
        self.config.client = change(std::mem::take(&mut self.config.client));
    }

    fn change_gateway(&mut self, change: impl FnOnce(GatewayConfig) -> GatewayConfig) {
        self.config = change(std::mem::take(&mut self.config));
    }

    fn set_reconnect(&mut self) {
        let reconnect = self.reconnects.then_some(self.reconnect);
        self.change(|config| config.reconnect(reconnect));
    }

    fn set_credentials(&mut self) {
        let credentials = Credentials::new(self.username.clone(), self.secret.as_str());
        self.change(|config| config.credentials(credentials));
    }

    fn set_tls(&mut self, tls: Option<Tls>) {
        self.tls.clone_from(&tls);
        self.change(|config| config.tls(tls));
    }

    /// Changes how TLS is used, which switches it on.
    fn change_tls(&mut self, change: impl FnOnce(Tls) -> Tls) {
        let tls = change(self.tls.take().unwrap_or_default());
        self.set_tls(Some(tls));
    }
}

/// Changes a configuration. A refusal is kept for whoever connects with it, until the same setter succeeds.
pub(super) unsafe fn change(
    config: *mut ami_config,
    setter: &str,
    change: impl FnOnce(&mut ami_config) -> Result<()>,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            let config = exclusive("configuration", config)?;
            let changed = change(config);
            let before = config.refused.iter().position(|(other, _)| other == setter);
            match (&changed, before) {
                (Ok(()), Some(at)) => drop(config.refused.remove(at)),
                (Err(error), None) => config.refused.push((setter.to_owned(), error.clone())),
                _ => {}
            }
            changed
        })
    }
}

/// Checks a text and hands it to a setter.
unsafe fn set(
    config: *mut ami_config,
    setter: &str,
    what: &str,
    value: *const c_char,
    set: impl FnOnce(&mut ami_config, &str) -> Result<()>,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, setter, |config| {
            let value = text(what, value)?;
            Config::check_setting(what, value)?;
            set(config, value)
        })
    }
}

/// The name of a file, which may be any bytes.
unsafe fn path<'a>(what: &str, path: *const c_char) -> Result<&'a Path> {
    // SAFETY: as `bytes`.
    let bytes = unsafe { bytes(what, path) }?;
    if bytes.is_empty() {
        return Err(Error::invalid(format!("the name of the {what} is empty")));
    }
    Ok(Path::new(OsStr::from_bytes(bytes)))
}

/// Sets a switch.
unsafe fn set_switch(
    config: *mut ami_config,
    setter: &str,
    on: c_int,
    set: impl FnOnce(Config, bool) -> Config,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, setter, |config| {
            config.change(|config| set(config, on != 0));
            Ok(())
        })
    }
}

/// Sets a time, which may be none.
unsafe fn set_time(
    config: *mut ami_config,
    setter: &str,
    ms: u32,
    set: impl FnOnce(&mut ami_config, Duration),
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, setter, |config| {
            if ms == u32::MAX {
                return Err(Error::invalid("a time must end"));
            }
            set(config, Duration::from_millis(ms.into()));
            Ok(())
        })
    }
}

/// Sets a time of a millisecond or more.
unsafe fn set_timeout(
    config: *mut ami_config,
    setter: &str,
    ms: u32,
    set: impl FnOnce(&mut ami_config, Duration),
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        if ms == 0 {
            return change(config, setter, |_| Err(Error::invalid("a timeout of 0 ms leaves no time")));
        }
        set_time(config, setter, ms, set)
    }
}

/// Makes a configuration with the defaults: port 5038 without TLS, 10 s to connect, 10 s for an action, a Ping after 30 s
/// of silence, no reconnecting, all events, event queues of 65,536 events and 32 MiB that drop the oldest events. Host,
/// user name and secret must be set.
///
/// A configuration remembers a setter that failed, because connecting without the wanted setting, such as TLS, could be
/// dangerous: ami_client_new, ami_client_connect and ami_gateway_connect then fail with AMI_E_INVALID, and the error names
/// the first setter that failed and its reason. Calling that setter again with success clears it.
///
/// @return the configuration.
///
/// - **Ownership:** the caller's, to be freed with ami_config_free.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn ami_config_new() -> *mut ami_config {
    guard(std::ptr::null_mut(), || {
        boxed(ami_config {
            config: GatewayConfig::default(),
            executor: None,
            username: String::new(),
            secret: zeroize::Zeroizing::new(String::new()),
            reconnect: Reconnect::new(Duration::ZERO, Duration::ZERO),
            reconnects: false,
            tls: None,
            refused: Vec::new(),
        })
    })
}

/// Frees a configuration; its secret is wiped.
///
/// @param config  the configuration, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_free(config: *mut ami_config) {
    // SAFETY: NULL or a configuration of ours, for the last time.
    unsafe { free(config) };
}

/// Sets the server's name or address.
///
/// @param config  the configuration.
/// @param host    the name or address.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, empty, not UTF-8 or holds CR or LF.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_host(config: *mut ami_config, host: *const c_char) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set(config, "ami_config_set_host", "host", host, |config, host| {
            if host.is_empty() {
                return Err(Error::invalid("the host is empty"));
            }
            config.change(|config| config.host(host));
            Ok(())
        })
    }
}

/// Sets the server's port; unless set 5038, or 5039 with TLS.
///
/// @param config  the configuration.
/// @param port    the port.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_port(config: *mut ami_config, port: u16) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_port", |config| {
            if port == 0 {
                return Err(Error::invalid("there is no port 0"));
            }
            config.change(|config| config.port(port));
            Ok(())
        })
    }
}

/// Sets the user of the server's manager.conf.
///
/// @param config    the configuration.
/// @param username  the user's name.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, not UTF-8, too long or holds CR or LF.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_username(config: *mut ami_config, username: *const c_char) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set(config, "ami_config_set_username", "user name", username, |config, username| {
            username.clone_into(&mut config.username);
            config.set_credentials();
            Ok(())
        })
    }
}

/// Sets the user's secret. It is wiped from memory when the configuration and its clients are freed.
///
/// @param config  the configuration.
/// @param secret  the secret.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, not UTF-8, too long or holds CR or LF.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_secret(config: *mut ami_config, secret: *const c_char) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set(config, "ami_config_set_secret", "secret", secret, |config, secret| {
            config.secret = zeroize::Zeroizing::new(secret.to_owned());
            config.set_credentials();
            Ok(())
        })
    }
}

/// Sets the event mask: the classes of events that the server sends.
///
/// @param config  the configuration.
/// @param mask    "on" (the default), "off", or classes such as "system,call": system, call, log, verbose, command, agent, user,
///                config, dtmf, reporting, cdr, dialplan, originate, agi, cc, aoc, test, security, message, all, none; in
///                lower case, with commas and without blanks.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, empty, names an unknown class, is not UTF-8 or contains CR or LF.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_event_mask(config: *mut ami_config, mask: *const c_char) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set(config, "ami_config_set_event_mask", "event mask", mask, |config, mask| {
            Config::check_event_mask(mask)?;
            config.change(|config| config.event_mask(mask));
            Ok(())
        })
    }
}

/// Sets the connect timeout: the time to connect and log in; default 10,000.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_connect_timeout_ms(config: *mut ami_config, ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set_timeout(config, "ami_config_set_connect_timeout_ms", ms, |config, time| {
            config.change(|config| config.connect_timeout(time))
        })
    }
}

/// Sets the action timeout: the time for an action whose call passes AMI_TIMEOUT_DEFAULT; default 10,000.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_action_timeout_ms(config: *mut ami_config, ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set_timeout(config, "ami_config_set_action_timeout_ms", ms, |config, time| {
            config.change(|config| config.action_timeout(time))
        })
    }
}

/// Sets the keepalive interval: after so many milliseconds without input libami sends a Ping; default 30,000. It sends none
/// while a command, or another action that blocks the session, is in progress.
///
/// @param config  the configuration.
/// @param ms      milliseconds; 0 switches the keepalive off.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_keepalive_ms(config: *mut ami_config, ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set_time(config, "ami_config_set_keepalive_ms", ms, |config, time| {
            config.change(|config| config.keepalive(time))
        })
    }
}

/// Sets the keepalive timeout: the connection counts as dead if nothing comes for so many milliseconds after the Ping;
/// default 10,000.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_keepalive_timeout_ms(config: *mut ami_config, ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set_timeout(config, "ami_config_set_keepalive_timeout_ms", ms, |config, time| {
            config.change(|config| config.keepalive_timeout(time))
        })
    }
}

/// Sets how a client reconnects when its connection is lost after the login. It waits min_ms before the first attempt and
/// twice as long before each further one, up to max_ms. The real wait is random, between half of that time and all of it,
/// so that the clients of one server do not all come back at once. A refused user name or secret ends the client.
///
/// A marker of kind AMI_EVENT_GAP shows in the stream of events where events may be missing. Subscriptions, the event mask
/// and filters are restored before any new event is delivered. Nothing is sent twice: actions that were written end with
/// AMI_E_OUTCOME_UNKNOWN; actions that were not written end with AMI_E_DISCONNECTED, or wait if
/// ami_config_set_wait_for_reconnect says so.
///
/// @param config  the configuration.
/// @param min_ms  milliseconds before the first attempt.
/// @param max_ms  the longest wait between attempts, in milliseconds. Both 0, the default: the client does not reconnect; a
///                lost connection ends it.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if only min_ms is 0, if max_ms is less than min_ms, and for AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_reconnect(config: *mut ami_config, min_ms: u32, max_ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_reconnect", |config| {
            let off = min_ms == 0 && max_ms == 0;
            if max_ms == u32::MAX {
                return Err(Error::invalid("the longest wait before a reconnect must end"));
            }
            let mut reconnect = config.reconnect;
            reconnect.min = Duration::from_millis(min_ms.into());
            reconnect.max = Duration::from_millis(max_ms.into());
            if !off {
                reconnect.check()?;
            }
            (config.reconnects, config.reconnect) = (!off, reconnect);
            config.set_reconnect();
            Ok(())
        })
    }
}

/// Sets the number of attempts to reconnect, and the time after which a connection counts as stable.
///
/// @param config        the configuration.
/// @param attempts      the client ends after so many failed attempts in a row; 0, the default: no limit.
/// @param stable_ms     milliseconds; default 10,000. A connection that lasts so long resets the count and the wait; one
///                      that is lost sooner counts as a failed attempt.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_reconnect_limit(
    config: *mut ami_config,
    attempts: u32,
    stable_ms: u32,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_reconnect_limit", |config| {
            config.reconnect.attempts = (attempts > 0).then_some(attempts);
            config.reconnect.stable_after = Duration::from_millis(stable_ms.into());
            config.set_reconnect();
            Ok(())
        })
    }
}

/// Sets the fate of actions that were not written yet when the connection was lost, and of actions that are called while it
/// is down.
///
/// @param config  the configuration.
/// @param wait    0, the default: they fail at once with AMI_E_DISCONNECTED; not 0: they wait for the next connection,
///                within their timeouts.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_wait_for_reconnect(config: *mut ami_config, wait: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set_switch(config, "ami_config_set_wait_for_reconnect", wait, Config::wait_for_reconnect) }
}

/// Sets whether the first connection is retried too, with the waits of ami_config_set_reconnect: for services that start
/// before their server. Connecting then waits until a connection succeeds, for as many attempts as
/// ami_config_set_reconnect_limit allows. A refused user name or secret ends it, and so does ami_client_close in another
/// thread.
///
/// @param config  the configuration.
/// @param retry   0, the default: the first failure is the result; not 0: the connection is retried. Connecting fails with
///                AMI_E_INVALID unless ami_config_set_reconnect was called too.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_retry_first_connect(config: *mut ami_config, retry: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set_switch(config, "ami_config_set_retry_first_connect", retry, Config::retry_first_connect) }
}

/// Sets the size of the queue of each subscription and its policy when it is full. Lost events are counted, and a marker of
/// kind AMI_EVENT_LAGGED stands in their place.
///
/// @param config      the configuration.
/// @param max_events  events in the queue at most; default 65,536.
/// @param max_bytes   bytes of memory for these events at most; default 32 MiB.
/// @param policy      AMI_QUEUE_DROP_OLDEST (the default), AMI_QUEUE_DROP_NEWEST or AMI_QUEUE_CLOSE.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a bound of 0 and an unknown policy.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_event_queue(
    config: *mut ami_config,
    max_events: usize,
    max_bytes: usize,
    policy: i32,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_event_queue", |config| {
            let policy = match policy {
                AMI_QUEUE_DROP_OLDEST => OverflowPolicy::DropOldest,
                AMI_QUEUE_DROP_NEWEST => OverflowPolicy::DropNewest,
                AMI_QUEUE_CLOSE => OverflowPolicy::Close,
                _ => return Err(Error::invalid("there is no such queue policy")),
            };
            let limits = QueueLimits { events: max_events, bytes: max_bytes, policy };
            limits.check()?;
            config.change(|config| config.event_queue(limits));
            Ok(())
        })
    }
}

/// Sets how many actions may wait to be written, because the server reads slowly or the client reconnects. Up to five times
/// as many actions may be in progress, including those that wait for their responses. Beyond that ami_client_submit,
/// ami_client_call and all other functions that send actions fail at once with AMI_E_OVERFLOW: nothing is written, and the
/// action can be sent again when responses have come.
///
/// @param config       the configuration.
/// @param max_actions  actions at most; default 200,000.
/// @param max_bytes    bytes of all these actions at most; default 32 MiB.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a bound of 0.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_action_queue(
    config: *mut ami_config,
    max_actions: usize,
    max_bytes: usize,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_action_queue", |config| {
            if max_actions == 0 || max_bytes == 0 {
                return Err(Error::invalid("a bound of 0 would let no action be sent"));
            }
            config.change(|config| config.action_queue(ActionQueue { actions: max_actions, bytes: max_bytes }));
            Ok(())
        })
    }
}

/// Sets a limit for the input from the server. A response over a limit ends only its own call, with AMI_E_LIMIT. Any other
/// message over a limit ends the connection, and calls end with AMI_E_LIMIT or AMI_E_OUTCOME_UNKNOWN. Lines and messages
/// cannot be larger than 2 GiB, whatever the limit.
///
/// @param config  the configuration.
/// @param limit   one of AMI_LIMIT_….
/// @param value   the new limit.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for an unknown limit and for 0.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_limit(config: *mut ami_config, limit: i32, value: usize) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, &format!("ami_config_set_limit for limit {limit}"), |config| {
            let mut limits = config.config.client.limits;
            set_limit(&mut limits, limit, value)?;
            config.change(|config| config.limits(limits));
            Ok(())
        })
    }
}

/// Sets the dialect: the commands for SMS and USSD.
///
/// - "auto", the default: ami_gateway_connect asks the gateway;
/// - "openvox": OpenVox VoxStack with the open driver, chan_extra 2.0.8;
/// - "openvox-firmware": OpenVox VoxStack with its later driver, whose commands have an argument for flash SMS;
/// - "openvox-2013": OpenVox VoxStack as described in its documents of 2013;
/// - "allo": ALLO gateways;
/// - "yeastar": Yeastar TG and MyPBX;
/// - "dongle", "quectel": Asterisk with chan_dongle or chan_quectel; ports have names;
/// - or a command line of your own for SMS, with the placeholders {port}, {to} and {text}, and optionally {timeout}, {id}
///   and {flash}, such as "gsm send sync sms {port} {to} {text} {timeout} {id}". libami quotes the values. A command with
///   {timeout} waits for the network, and the gateway must answer it as OpenVox does.
///
/// @param config   the configuration.
/// @param dialect  one of these.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for an unknown name, and for a command line without {port}, {to} or {text}.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_dialect(config: *mut ami_config, dialect: *const c_char) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set(config, "ami_config_set_dialect", "dialect", dialect, |config, dialect| {
            Dialect::of_setting(dialect)?;
            config.change_gateway(|config| config.dialect(dialect));
            Ok(())
        })
    }
}

/// Sets the time to wait for the missing parts of an incoming SMS, counted from its first part; default 300,000. Then the
/// SMS is delivered without them.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_parts_timeout_ms(config: *mut ami_config, ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set_timeout(config, "ami_config_set_parts_timeout_ms", ms, |config, time| {
            config.change_gateway(|config| config.parts_timeout(time))
        })
    }
}

/// Sets how many SMS may wait for each port of a gateway; default 1,000.
///
/// @param config    the configuration.
/// @param messages  the number at most.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_send_queue(config: *mut ami_config, messages: usize) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_send_queue", |config| {
            if messages == 0 {
                return Err(Error::invalid("a port's queue must hold at least one SMS"));
            }
            config.change_gateway(|config| config.send_queue(messages));
            Ok(())
        })
    }
}

/// Sets the rest of a port: the time in which it sends nothing after an SMS with unknown outcome, after an SMS that was
/// only queued, and after a USSD code without a reply; default 5,000. The reason: drivers report a result for a port, not
/// for an SMS, so a late result could be taken for that of the next SMS.
///
/// The rest applies to all clients and gateways of this process with the same host and port. It begins when the gateway has
/// stopped trying; if the connection was lost before that, it begins when the timeout of the SMS is over.
///
/// Drivers retry after 2 seconds, so a rest below 3,000 is not safe: an SMS after an unknown outcome could be reported as
/// sent although it was not.
///
/// @param config  the configuration.
/// @param ms      milliseconds; 0 for no rest.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_port_rest_ms(config: *mut ami_config, ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set_time(config, "ami_config_set_port_rest_ms", ms, |config, time| {
            config.change_gateway(|config| config.port_cooldown(time))
        })
    }
}

/// Sets whether the secret may be sent unencrypted when the server offers no MD5 challenge. Loopback connections
/// (127.0.0.0/8 and ::1) and TLS with a verified certificate do not need this.
///
/// @param config  the configuration.
/// @param allow   not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_allow_plain_login(config: *mut ami_config, allow: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set_switch(config, "ami_config_set_allow_plain_login", allow, Config::allow_plain_login) }
}

/// Switches TLS on or off. With TLS the certificate of the server must be signed by an authority that the system trusts (or
/// by one in SSL_CERT_FILE or SSL_CERT_DIR, if these environment variables are set), and must contain the configured host.
/// The other functions for TLS change these rules, and each of them switches TLS on.
///
/// Only TLS 1.2 and 1.3 are supported; a server with older versions only cannot be reached. If a certificate or a handshake
/// fails, ami_client_connect and ami_client_open give AMI_E_TLS, and the error message says what to do.
///
/// @param config  the configuration.
/// @param on      not 0 for TLS; 0 (the default) for no TLS, which also clears all other TLS settings.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_tls(config: *mut ami_config, on: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_tls", |config| {
            if on == 0 {
                config.set_tls(None);
            } else {
                config.change_tls(|tls| tls);
            }
            Ok(())
        })
    }
}

/// Sets a PEM file with the trusted authorities; no others are trusted then. The file may also contain the certificate of
/// the server itself, for example a self-signed one: it is then trusted for the names in it, or for every name if it
/// contains none. Switches TLS on.
///
/// Certificates of X.509 version 1 or without subjectAltName, as Asterisk's script ast_tls_cert makes them, are accepted if
/// they are in the file, or if an authority in the file has signed them directly and their common name is exactly the
/// wanted name. RSA keys need at least 2048 bits.
///
/// ami_client_new and ami_client_connect read the file, and give AMI_E_INVALID if they cannot use it. It is read again for
/// each connection, so a renewed file is used.
///
/// @param config  the configuration.
/// @param file    the file's name.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL or empty.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_tls_ca_file(config: *mut ami_config, file: *const c_char) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_tls_ca_file", |config| {
            let file = path("CA file", file)?;
            config.change_tls(|tls| tls.ca_file(file));
            Ok(())
        })
    }
}

/// Sets the name that the certificate of the server must contain; default: the configured host. Switches TLS on.
///
/// @param config  the configuration.
/// @param name    a host name or an address.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, empty, not UTF-8 or contains CR or LF. ami_client_new and ami_client_connect
///   refuse a name that no certificate can contain.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_tls_server_name(config: *mut ami_config, name: *const c_char) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set(config, "ami_config_set_tls_server_name", "server name", name, |config, name| {
            if name.is_empty() {
                return Err(Error::invalid("the server name is empty"));
            }
            config.change_tls(|tls| tls.server_name(name));
            Ok(())
        })
    }
}

/// Sets the certificate of the client, for a server that asks for one. Switches TLS on. Both files are PEM files, and are
/// read as often as the CA file.
///
/// @param config      the configuration.
/// @param chain_file  the name of a file with the certificate, followed by the intermediate certificates.
/// @param key_file    the name of a file with its private key, which must have no pass phrase.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if one is NULL or empty.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_tls_client_certificate(
    config: *mut ami_config,
    chain_file: *const c_char,
    key_file: *const c_char,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_tls_client_certificate", |config| {
            let (chain, key) = (path("certificate file", chain_file)?, path("key file", key_file)?);
            config.change_tls(|tls| tls.client_certificate(chain, key));
            Ok(())
        })
    }
}

/// Accepts every certificate of the server. Danger: an attacker between this machine and the server can then read and
/// change everything. Only for tests and for servers whose certificate cannot be verified. A login without a challenge then
/// needs ami_config_set_allow_plain_login. Switches TLS on.
///
/// @param config  the configuration.
/// @param accept  not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_tls_danger_accept_any_certificate(
    config: *mut ami_config,
    accept: c_int,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_tls_danger_accept_any_certificate", |config| {
            config.change_tls(|tls| tls.danger_accept_any_certificate(accept != 0));
            Ok(())
        })
    }
}
