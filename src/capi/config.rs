use std::ffi::{OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use super::ami_status;
use super::boundary::{exclusive, status};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::parser::set_limit;
use super::strings::{bytes, text};
use crate::client::{Config, Tls};
use crate::error::{Error, Result};
use crate::events::{OverflowPolicy, QueueLimits};
use crate::gsm::{Dialect, GatewayConfig};
use crate::protocol::{ActionQueue, Credentials, Reconnect};

/// A full event queue drops its oldest events.
pub const AMI_QUEUE_DROP_OLDEST: i32 = 0;
/// A full event queue drops new events.
pub const AMI_QUEUE_DROP_NEWEST: i32 = 1;
/// A full event queue ends its subscription.
pub const AMI_QUEUE_CLOSE: i32 = 2;

/// Settings: the place to connect to, the user, the limits. Connecting copies it; later changes change no client.
pub struct ami_config {
    pub(super) config: GatewayConfig,
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
unsafe fn change(
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

/// Makes a configuration with the defaults: port 5038 without TLS, 10 s to connect, 10 s an action, a Ping after 30 s of
/// silence, no reconnecting, all events, queues of 65,536 events and 32 MiB that drop the oldest. Host, user name and secret
/// must be set.
///
/// A setter that refuses something leaves a configuration that lacks what the program wanted, such as TLS, and nothing connects
/// with it: ami_client_new, ami_client_connect and ami_gateway_connect give AMI_E_INVALID, and their error names the first such
/// setter with its reason, until the same setter is called again and gives AMI_OK.
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
/// - **Threads:** nobody else may use it.
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

/// Sets which events the server sends.
///
/// @param config  the configuration.
/// @param mask    "on" (the default), "off", or classes such as "system,call": system, call, log, verbose, command, agent, user,
///                config, dtmf, reporting, cdr, dialplan, originate, agi, cc, aoc, test, security, message, all, none; in
///                lower case, with commas and without blanks.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, empty, has a class that is none, is not UTF-8 or holds CR or LF.
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

/// Sets how long connecting may take, up to the accepted login; 10,000 unless set.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and UINT32_MAX.
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

/// Sets how long an action may take unless its call says otherwise; 10,000 unless set.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and UINT32_MAX.
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

/// Sets after how long a silence the server is asked for a sign of life with a Ping; 30,000 unless set. Not while a command,
/// or another action that blocks the session, is outstanding.
///
/// @param config  the configuration.
/// @param ms      milliseconds; 0: never.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for UINT32_MAX.
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

/// Sets how long the server may stay silent after that Ping until the link is taken for dead; 10,000 unless set.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and UINT32_MAX.
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

/// Sets how a link that is lost after the login is made again. The first attempt comes after min_ms, each further one after
/// twice as long, up to max_ms; what is really waited is between half of it and all of it, by chance, so that clients of one
/// server do not come back all at once. A login that is refused is not tried again.
///
/// What was missed stands in the stream of events as a marker of kind AMI_EVENT_GAP. Subscriptions, the event mask and
/// filters are in force again before any event comes. Nothing is sent twice: actions that were written end with
/// AMI_E_OUTCOME_UNKNOWN, others with AMI_E_DISCONNECTED unless ami_config_set_wait_for_reconnect lets them wait.
///
/// @param config  the configuration.
/// @param min_ms  milliseconds before the first attempt.
/// @param max_ms  milliseconds between attempts at most; 0 and 0, the default: a lost link ends the client.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if only min_ms is 0, if max_ms is less than min_ms, and for UINT32_MAX.
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

/// Sets when reconnecting is given up, and when a link counts as stable.
///
/// @param config        the configuration.
/// @param attempts      attempts in a row that may fail before the client ends; 0, the default: no limit.
/// @param stable_ms     milliseconds; 10,000 unless set. A link that held so long starts the count and the waits anew; one
///                      that breaks sooner counts as a failed attempt.
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

/// Sets what becomes of actions that were not written when the link was lost, or are called while it is down.
///
/// @param config  the configuration.
/// @param wait    0, the default: they fail at once with AMI_E_DISCONNECTED; otherwise they wait for the next link, within
///                their timeouts.
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

/// Sets whether the first connection is retried too, as ami_config_set_reconnect says: for services that start before their
/// server does. Connecting then waits until a connection holds, for as many attempts as ami_config_set_reconnect_limit allows. A
/// login that is refused ends it, and so does ami_client_close in another thread.
///
/// @param config  the configuration.
/// @param retry   0, the default: the first failure is the result; otherwise it is retried, and connecting is refused with
///                AMI_E_INVALID unless ami_config_set_reconnect says how.
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

/// Sets the bounds of each subscription's queue and what happens at them. What is lost is counted, and a marker of kind
/// AMI_EVENT_LAGGED stands in its place.
///
/// @param config      the configuration.
/// @param max_events  events that wait at most; 65,536 unless set.
/// @param max_bytes   bytes of memory that waiting events take at most; 32 MiB unless set.
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

/// Sets how many actions may wait to be written, as for a server that reads too slowly, or for a link that is made again. Five
/// times as many may be under way in all, those that wait for their answers among them. One more is refused at once with
/// AMI_E_OVERFLOW by ami_client_submit, ami_client_call and whatever else sends actions: nothing is written of it, and it can be
/// sent once answers have come.
///
/// @param config       the configuration.
/// @param max_actions  actions at most; 200,000 unless set.
/// @param max_bytes    bytes of them all at most; 32 MiB unless set.
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

/// Changes what the server may send at most. An answer over a limit ends its own call alone, with AMI_E_LIMIT. A server that
/// exceeds a limit with anything else loses the link, and calls end with AMI_E_LIMIT or AMI_E_OUTCOME_UNKNOWN. Of lines and
/// messages a program can hold 2 GiB at most, whatever the limit.
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

/// Sets whose commands are used for SMS and USSD:
///
/// - "auto", the default: ami_gateway_connect asks the gateway; for a client it stands for "openvox";
/// - "openvox": OpenVox VoxStack with the open driver, chan_extra 2.0.8;
/// - "openvox-firmware": OpenVox VoxStack with its later driver, whose commands have an argument for flash SMS;
/// - "openvox-2013": OpenVox VoxStack as its documents of 2013 have it;
/// - "allo": ALLO gateways;
/// - "yeastar": Yeastar TG and MyPBX;
/// - "dongle", "quectel": Asterisk with chan_dongle or chan_quectel; ports have names;
/// - or a command of the caller's for SMS, with {port}, {to} and {text} in it, which libami quotes, and {timeout}, {id} and
///   {flash} if wanted, such as "gsm send sync sms {port} {to} {text} {timeout} {id}". One with {timeout} waits for the
///   network, and its answer must be OpenVox's.
///
/// @param config   the configuration.
/// @param dialect  one of these.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for an unknown name, and for a command that lacks something.
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

/// Sets how long an incoming SMS waits for its parts, from the first that came; 300,000 unless set. Then it is handed out as it
/// is.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and UINT32_MAX.
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

/// Sets how many SMS may wait for each port of a gateway; 1,000 unless set.
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

/// Sets how long a port rests after an SMS whose outcome is unknown, or that was only handed over, and after a USSD code without
/// a reply; 5,000 unless set. Drivers tell results by port, not by SMS: that of one that was late may be taken for the next
/// one's.
///
/// The rest holds for all gateways and clients of the process that send to the same host and port. It begins when the gateway
/// has given up; if the link was lost before, when the timeout of the SMS is over. A client waits for it as a gateway does.
///
/// Drivers try again after 2 seconds. With a shorter rest, as with none, an SMS that follows an unknown outcome may be said to
/// be sent, and not be: no less than 3,000 is safe.
///
/// @param config  the configuration.
/// @param ms      milliseconds; 0: not at all.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for UINT32_MAX.
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

/// Sets whether the secret may cross a network in the clear where the server offers no MD5 challenge. A loopback link,
/// to 127.0.0.0/8 or ::1, needs no leave, nor does TLS to a server whose certificate is verified.
///
/// @param config  the configuration.
/// @param allow   0 (the default) or not.
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

/// Switches TLS on or off. With TLS the server's certificate must come from an authority that the system trusts (or those
/// of the environment variables SSL_CERT_FILE and SSL_CERT_DIR), and must name the host that is connected to; the other
/// functions for TLS change that, and each switches TLS on as well.
///
/// The versions are 1.2 and 1.3: a server that has only older ones cannot be reached. What is wrong with a certificate or a
/// handshake is told by ami_client_connect and ami_client_open with AMI_E_TLS, and the text says what to do.
///
/// @param config  the configuration.
/// @param on      0 (the default), which forgets all settings for TLS, or not.
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

/// Sets a file in PEM form with the authorities that are trusted, and no others are. A server's own certificate may stand
/// there as well, as is usual where it has signed itself: it is then trusted for the names that it has, or for every name if it
/// has none. Switches TLS on.
///
/// Certificates as Asterisk's ast_tls_cert makes them, of X.509 version 1 or without a subjectAltName, are taken if an
/// authority in this file has signed them itself and their common name is exactly the one that is wanted; and if they stand
/// in the file. Keys of RSA need 2048 bits.
///
/// The file is read by ami_client_new and ami_client_connect, which give AMI_E_INVALID if it cannot be used, and again for
/// each connection, so that a renewed one counts.
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

/// Sets the name that the server's certificate must have; the host that is connected to unless set. Switches TLS on.
///
/// @param config  the configuration.
/// @param name    a host name or an address.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, empty, not UTF-8 or holds CR or LF. One that no certificate can have is told
///   by ami_client_new and ami_client_connect.
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

/// Sets the certificate that the client shows to a server that asks for one. Switches TLS on. The files are in PEM form and
/// read as the CA file is.
///
/// @param config      the configuration.
/// @param chain_file  the name of a file with the certificate and those between it and its authority, in this order.
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

/// Accepts every certificate of the server: whoever can get between this machine and the server can then read and change
/// everything. For tests, and for servers whose certificate nothing else can be done about. A login without challenge then
/// needs ami_config_set_allow_plain_login. Switches TLS on.
///
/// @param config  the configuration.
/// @param accept  0 (the default) or not.
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
