//! The settings of a client or a gateway.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::error::OrRaise;
use super::exception::invalid;
use super::limits::Limits;
use super::seconds::{time_limit, time_or_zero};
use super::text::{Text, utf8};
use super::tls;
use crate::client::Config;
use crate::events::{OverflowPolicy, QueueLimits};
use crate::gsm::{Dialect, GatewayConfig};
use crate::protocol::ActionQueue;

/// The fields of libami.Reconnect.
#[derive(FromPyObject)]
struct Reconnect {
    min: f64,
    max: f64,
    attempts: Option<i64>,
    stable_after: f64,
    wait: bool,
    first: bool,
}

impl Reconnect {
    fn policy(&self, py: Python<'_>) -> PyResult<crate::Reconnect> {
        let wait = |what, seconds| Ok::<_, PyErr>(time_limit(py, what, Some(seconds))?.unwrap_or_default());
        let (min, max) = (wait("first wait to reconnect", self.min)?, wait("longest wait to reconnect", self.max)?);
        let mut policy = crate::Reconnect::new(min, max);
        policy.attempts = match self.attempts {
            Some(attempts) if attempts < 1 => {
                return Err(invalid(py, "the attempts to reconnect must be at least 1; None for no limit"));
            }
            attempts => attempts.map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX)),
        };
        let always = "takes every connection for stable";
        policy.stable_after = time_or_zero(py, "time until a connection is stable", always, self.stable_after)?;
        Ok(policy)
    }
}

/// The settings of a client or a gateway.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct Settings {
    pub config: GatewayConfig,
    pub text: Arc<Text>,
    pub action_timeout: Duration,
}

#[pymethods]
impl Settings {
    #[new]
    #[pyo3(signature = (
        host, port, *, username, secret, event_mask, connect_timeout, action_timeout, keepalive, keepalive_timeout,
        reconnect, queue_events, queue_bytes, queue_policy, action_queue, action_queue_bytes, limits, tls, allow_plain_login,
        dialect, parts_timeout, send_queue, port_rest, encoding, errors
    ))]
    #[expect(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        host: &Bound<'_, PyString>,
        port: i64,
        username: &Bound<'_, PyString>,
        secret: &Bound<'_, PyString>,
        event_mask: &Bound<'_, PyString>,
        connect_timeout: f64,
        action_timeout: f64,
        keepalive: Option<f64>,
        keepalive_timeout: f64,
        reconnect: Option<Reconnect>,
        queue_events: i64,
        queue_bytes: i64,
        queue_policy: &str,
        action_queue: i64,
        action_queue_bytes: i64,
        limits: Option<&Limits>,
        tls: &Bound<'_, PyAny>,
        allow_plain_login: bool,
        dialect: &str,
        parts_timeout: f64,
        send_queue: i64,
        port_rest: f64,
        encoding: &str,
        errors: &str,
    ) -> PyResult<Settings> {
        let text = Arc::new(Text::new(py, encoding, errors)?);
        let port = u16::try_from(port).ok().filter(|port| *port != 0);
        let port = port.ok_or_else(|| invalid(py, "the port must be a number from 1 to 65535"))?;
        let policy = match queue_policy {
            "drop-oldest" => OverflowPolicy::DropOldest,
            "drop-newest" => OverflowPolicy::DropNewest,
            "close" => OverflowPolicy::Close,
            _ => return Err(invalid(py, "the queue policy must be \"drop-oldest\", \"drop-newest\" or \"close\"")),
        };
        let bound = |number: i64| usize::try_from(number).unwrap_or(0);
        Dialect::of_setting(dialect).or_raise(py, &text)?;
        let action_timeout = time_limit(py, "action timeout", Some(action_timeout))?.unwrap_or_default();
        let keepalive = time_or_zero(py, "keepalive", "or None switches it off", keepalive.unwrap_or_default())?;
        let keepalive_timeout = time_limit(py, "keepalive timeout", Some(keepalive_timeout))?.unwrap_or_default();
        let port_rest = time_or_zero(py, "rest of a port", "gives it none", port_rest)?;
        let config = Config::new(utf8("host", host)?, utf8("user name", username)?, utf8("secret", secret)?)
            .port(port)
            .event_mask(utf8("event mask", event_mask)?)
            .connect_timeout(time_limit(py, "connect timeout", Some(connect_timeout))?.unwrap_or_default())
            .action_timeout(action_timeout)
            .keepalive(keepalive)
            .keepalive_timeout(keepalive_timeout)
            .reconnect(reconnect.as_ref().map(|reconnect| reconnect.policy(py)).transpose()?)
            .wait_for_reconnect(reconnect.as_ref().is_some_and(|reconnect| reconnect.wait))
            .retry_first_connect(reconnect.is_some_and(|reconnect| reconnect.first))
            .limits(limits.map(|limits| limits.0).unwrap_or_default())
            .event_queue(QueueLimits { events: bound(queue_events), bytes: bound(queue_bytes), policy })
            .action_queue(ActionQueue { actions: bound(action_queue), bytes: bound(action_queue_bytes) })
            .tls(tls::settings(tls)?)
            .allow_plain_login(allow_plain_login);
        let config = GatewayConfig::new(config)
            .dialect(dialect)
            .parts_timeout(time_limit(py, "timeout for parts", Some(parts_timeout))?.unwrap_or_default())
            .send_queue(bound(send_queue))
            .port_cooldown(port_rest);
        Ok(Settings { config, text, action_timeout })
    }
}
