//! The client and its subscriptions.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::callback::Callback;
use super::error::{OrRaise, invalid, own};
use super::gsm::{Receipt, Sms, UssdReply};
use super::interpreter::{self, Live, attach};
use super::message::{Event, Response};
use super::stream::{EventStream, Inbox, Pulled};
use super::text::{Text, utf8};
use super::wait::{SLICE, idle_limit, time_limit, wait};
use crate::blocking::{self, Events, Stop};
use crate::client::{Config, Filter, Policy, QueueLimits};
use crate::error::ErrorKind;
use crate::gsm::{Dialect, SmsRequest};
use crate::protocol::{Action, Batch};

/// What has to be stopped before the interpreter ends.
pub(super) struct Link {
    client: blocking::Client,
    text: Arc<Text>,
    action_timeout: Duration,
    /// Closed here, as opposed to lost.
    closed: AtomicBool,
}

impl Live for Link {
    fn stop(&self, timeout: Duration) -> bool {
        match self.client.close_within(timeout) {
            Ok(over) => over,
            // What was inherited from a parent process is the parent's to close.
            Err(error) => error.kind() != ErrorKind::Busy,
        }
    }
}

/// A client of one server. The package's Client is the one to use.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct Client {
    link: Option<Arc<Link>>,
}

impl Drop for Client {
    fn drop(&mut self) {
        // This closes it, which waits for callbacks, and those need the interpreter.
        let link = self.link.take();
        Python::try_attach(|py| py.detach(|| drop(link)));
    }
}

impl Deref for Client {
    type Target = Link;

    fn deref(&self) -> &Link {
        self.link.as_ref().expect("only Drop takes it")
    }
}

impl Client {
    /// Refuses what can have no effect any more.
    fn check_open(&self, py: Python<'_>) -> PyResult<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(own(py, ErrorKind::Closed, "the client is closed"));
        }
        Ok(())
    }

    /// The asynchronous client, whose futures are waited for.
    fn core(&self, py: Python<'_>) -> PyResult<&crate::client::Client> {
        self.client.asynchronous().or_raise(py, &self.text)
    }

    fn filter(&self, py: Python<'_>, names: Option<Vec<String>>) -> PyResult<Filter> {
        let filter = names.map_or_else(|| Ok(Filter::all()), |names| Filter::names(names.iter().map(String::as_str)));
        filter.or_raise(py, &self.text)
    }

    fn pulled(&self, events: Events, timeout: Option<Duration>, owner: Py<PyAny>) -> Pulled {
        Pulled { events, text: Arc::clone(&self.text), timeout, owner, since: Instant::now() }
    }

    fn call(&self, py: Python<'_>, action: &Action, deadline: Option<f64>) -> PyResult<crate::protocol::Response> {
        let timeout = time_limit(py, "deadline", deadline)?;
        wait(py, self.core(py)?.call_within(action, timeout))?.or_raise(py, &self.text)
    }
}

/// A port's number, in the range that the core can be asked about.
fn port_number(span: i64) -> u32 {
    u32::try_from(span).unwrap_or(0)
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (
        host, port, *, username, secret, event_mask, connect_timeout, action_timeout, queue_events, queue_bytes,
        queue_policy, allow_plain_login, dialect, encoding, errors
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
        queue_events: i64,
        queue_bytes: i64,
        queue_policy: &str,
        allow_plain_login: bool,
        dialect: &str,
        encoding: &str,
        errors: &str,
    ) -> PyResult<Client> {
        let text = Arc::new(Text::new(py, encoding, errors)?);
        let port = u16::try_from(port).ok().filter(|port| *port != 0);
        let port = port.ok_or_else(|| invalid(py, "the port must be a number from 1 to 65535"))?;
        let policy = match queue_policy {
            "drop-oldest" => Policy::DropOldest,
            "drop-newest" => Policy::DropNewest,
            "close" => Policy::Close,
            _ => return Err(invalid(py, "the queue policy must be \"drop-oldest\", \"drop-newest\" or \"close\"")),
        };
        let bound = |number: i64| usize::try_from(number).unwrap_or(0);
        dialect.parse::<Dialect>().or_raise(py, &text)?;
        let action_timeout = time_limit(py, "action timeout", Some(action_timeout))?.unwrap_or_default();
        let config = Config::new(utf8("host", host)?, utf8("user name", username)?, utf8("secret", secret)?)
            .port(port)
            .event_mask(utf8("event mask", event_mask)?)
            .connect_timeout(time_limit(py, "connect timeout", Some(connect_timeout))?.unwrap_or_default())
            .action_timeout(action_timeout)
            .event_queue(QueueLimits { events: bound(queue_events), bytes: bound(queue_bytes), policy })
            .allow_plain_login(allow_plain_login)
            .dialect(dialect);
        let client = blocking::Client::new(config).or_raise(py, &text)?;
        let link = Arc::new(Link { client, text, action_timeout, closed: AtomicBool::new(false) });
        let live: Weak<Link> = Arc::downgrade(&link);
        let made = Client { link: Some(link) };
        interpreter::register(py, live)?;
        Ok(made)
    }

    fn open(&self, py: Python<'_>) -> PyResult<()> {
        let opening = self.client.opening().or_raise(py, &self.text)?;
        wait(py, opening)?.or_raise(py, &self.text)
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.core(py)?;
        let link = &**self;
        link.closed.store(true, Ordering::Release);
        let deadline = Instant::now() + link.action_timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match py.detach(|| link.client.close_within(SLICE.min(left))) {
                Ok(true) => return Ok(()),
                // The session ends by itself.
                Ok(false) if left.is_zero() => return Ok(()),
                Err(error) if left.is_zero() || error.kind() != ErrorKind::Busy => {
                    return Err(error).or_raise(py, &link.text);
                }
                _ => py.check_signals()?,
            }
        }
    }

    #[getter]
    fn is_open(&self) -> bool {
        self.client.asynchronous().is_ok_and(|client| client.is_open())
    }

    #[getter]
    fn banner(&self) -> Option<String> {
        self.client.asynchronous().ok()?.banner()
    }

    #[pyo3(signature = (name, headers, deadline=None))]
    fn action(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        headers: Vec<(Bound<'_, PyString>, Bound<'_, PyAny>)>,
        deadline: Option<f64>,
    ) -> PyResult<Py<Response>> {
        let mut action = Action::new(utf8("name of the action", name)?);
        for (name, value) in &headers {
            self.text.add(&mut action, utf8("name of a header", name)?, value)?;
        }
        Response::create(py, self.call(py, &action, deadline)?, &self.text)
    }

    #[pyo3(signature = (cli, deadline=None))]
    fn command<'py>(
        &self,
        py: Python<'py>,
        cli: &Bound<'py, PyString>,
        deadline: Option<f64>,
    ) -> PyResult<Bound<'py, PyString>> {
        let mut action = Action::new("Command");
        self.text.add(&mut action, "Command", cli)?;
        let response = self.call(py, &action, deadline)?;
        self.text.decode(py, response.output().unwrap_or_default())
    }

    fn ping(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(wait(py, self.core(py)?.ping())?.or_raise(py, &self.text)?.as_secs_f64())
    }

    #[pyo3(signature = (span, to, text, timeout=None, id=None, *, queue=false))]
    #[expect(clippy::too_many_arguments)]
    fn send_sms(
        &self,
        py: Python<'_>,
        span: i64,
        to: &Bound<'_, PyString>,
        text: &Bound<'_, PyString>,
        timeout: Option<f64>,
        id: Option<&Bound<'_, PyString>>,
        queue: bool,
    ) -> PyResult<Receipt> {
        let mut request = SmsRequest::new(port_number(span), utf8("destination", to)?, utf8("text", text)?);
        if let Some(timeout) = time_limit(py, "timeout", timeout)? {
            request = request.timeout(timeout);
        }
        if let Some(id) = id {
            request = request.id(utf8("id", id)?);
        }
        let client = self.core(py)?;
        let sent = if queue { wait(py, client.queue_sms(&request))? } else { wait(py, client.send_sms(&request))? };
        Ok(Receipt::new(sent.or_raise(py, &self.text)?, &self.text))
    }

    #[pyo3(signature = (span, code, timeout=None))]
    fn send_ussd(
        &self,
        py: Python<'_>,
        span: i64,
        code: &Bound<'_, PyString>,
        timeout: Option<f64>,
    ) -> PyResult<UssdReply> {
        let timeout = time_limit(py, "timeout", timeout)?;
        let code = utf8("USSD code", code)?;
        let reply = wait(py, self.core(py)?.send_ussd(port_number(span), code, timeout))?;
        reply.or_raise(py, &self.text).map(UssdReply)
    }

    fn events(
        &self,
        py: Python<'_>,
        names: Option<Vec<String>>,
        timeout: Option<f64>,
        owner: Py<PyAny>,
    ) -> PyResult<EventStream> {
        self.check_open(py)?;
        let timeout = idle_limit(py, timeout)?;
        let events = self.client.events(self.filter(py, names)?).or_raise(py, &self.text)?;
        Ok(EventStream(self.pulled(events, timeout, owner)))
    }

    fn inbox(&self, py: Python<'_>, timeout: Option<f64>, owner: Py<PyAny>) -> PyResult<Inbox> {
        self.check_open(py)?;
        let timeout = idle_limit(py, timeout)?;
        let events = self.client.inbox().or_raise(py, &self.text)?;
        Ok(Inbox(self.pulled(events, timeout, owner)))
    }

    fn on(&self, py: Python<'_>, names: Option<Vec<String>>, callback: &Bound<'_, PyAny>) -> PyResult<Subscription> {
        self.check_open(py)?;
        let (callback, text) = (Callback::new(callback)?, Arc::clone(&self.text));
        let sink = move |batch: Batch, stop: Stop<'_>| {
            // The interpreter is had once a batch: once an event it would be had a hundred times less often a second.
            attach(|py| {
                for message in batch.iter().take_while(|_| !stop.is_set()) {
                    callback.call(py, Event::create(py, message, &text).map(|event| (event,)));
                }
            });
        };
        let subscription = self.client.on_batch(self.filter(py, names)?, sink);
        Ok(Subscription(Some(subscription.or_raise(py, &self.text)?)))
    }

    fn on_sms(&self, py: Python<'_>, callback: &Bound<'_, PyAny>) -> PyResult<Subscription> {
        self.check_open(py)?;
        let callback = Callback::new(callback)?;
        let call = move |sms: &crate::gsm::Sms| {
            attach(|py| callback.call(py, Ok((Sms(sms.clone()),))));
        };
        Ok(Subscription(Some(self.client.on_sms(call).or_raise(py, &self.text)?)))
    }
}

/// A callback's subscription. It lasts until it or its client is closed, whether this object is kept or not.
#[pyclass(frozen, module = "libami")]
pub(super) struct Subscription(Option<blocking::Subscription>);

#[pymethods]
impl Subscription {
    /// Ends it: no call begins after this, and events that wait are discarded. Outside callbacks it waits until a running
    /// call has returned.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        while !py.detach(|| self.0.as_ref().is_none_or(|subscription| subscription.close_within(SLICE))) {
            py.check_signals()?;
        }
        Ok(())
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(subscription) = self.0.take() {
            subscription.detach();
        }
    }
}
