//! A gateway as a whole. `python/libami/gateway.py` has the calls for threads, `python/libami/aio/gateway.py` those for event
//! loops.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use tokio::sync::watch;

use super::async_stream::AsyncStream;
use super::call::nothing;
use super::callback::{Callback, logger};
use super::client::{Subscription, check_alive, state_of, warn_at_end};
use super::error::OrRaise;
use super::exception::{invalid, own};
use super::executor::{Executor, check_loop};
use super::gsm::{Port, SmsParts, UssdReply, mail};
use super::interpreter::{self, Live, attach};
use super::loop_reader::LoopReader;
use super::parking::park_at_exit;
use super::pending::{Call, Pending};
use super::receipt::Receipt;
use super::seconds::{idle_limit, time_limit};
use super::seen::Views;
use super::session::{Headers, Session};
use super::settings::Settings;
use super::stats::Stats;
use super::stream::{Idle, Inbox, Items, Pulled, event_stream};
use super::submitted::{Request, Submitted, around, submit};
use super::text::{Text, utf8};
use super::wait::{SLICE, detach};
use crate::blocking::{self, Stop};
use crate::client::State;
use crate::error::{Error, ErrorKind};
use crate::events::Filter;
use crate::gsm::{self, GatewayConfig, Power, Priority, SendError};
use crate::lock::lock;
use crate::protocol::Batch;

/// The names of what comes in through a gateway, and of the markers among it.
const MAIL: [&str; 7] = ["#sms", "#report", "#ussd", "#unreadable", "#gap", "#lagged", "#state"];

/// An SMS to be sent.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct SmsRequest(gsm::SmsRequest);

#[pymethods]
impl SmsRequest {
    #[new]
    #[pyo3(
        signature = (
            to, text, *, port=None, timeout=None, id=None, flash=false, validity=None, report=false, pdu=false,
            priority="normal", within=None
        ),
        text_signature = "(to, text, *, port=None, timeout=None, id=None, flash=False, validity=None, report=False, pdu=False, \
                          priority='normal', within=None)"
    )]
    #[expect(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        to: &Bound<'_, PyString>,
        text: &Bound<'_, PyString>,
        port: Option<Port>,
        timeout: Option<f64>,
        id: Option<&Bound<'_, PyString>>,
        flash: bool,
        validity: Option<f64>,
        report: bool,
        pdu: bool,
        priority: &str,
        within: Option<f64>,
    ) -> PyResult<SmsRequest> {
        park_at_exit();
        let priority = match priority {
            "low" => Priority::Low,
            "normal" => Priority::Normal,
            "high" => Priority::High,
            _ => return Err(invalid(py, "the priority must be \"low\", \"normal\" or \"high\"")),
        };
        let port = port.map_or(gsm::Port::Any, gsm::Port::from);
        let mut request = gsm::SmsRequest::new(port, utf8("destination", to)?, utf8("text", text)?)
            .flash(flash)
            .report(report)
            .by_pdu(pdu)
            .priority(priority);
        if let Some(timeout) = time_limit(py, "timeout", timeout)? {
            request = request.timeout(timeout);
        }
        if let Some(id) = id {
            request = request.id(utf8("id", id)?);
        }
        if let Some(validity) = time_limit(py, "validity", validity)? {
            request = request.validity(validity);
        }
        if let Some(within) = time_limit(py, "time to begin in", within)? {
            request = request.within(within);
        }
        Ok(SmsRequest(request))
    }
}

/// A gateway that is opened once, and what has to be stopped of it before the interpreter ends.
struct Link {
    config: GatewayConfig,
    text: Arc<Text>,
    action_timeout: Duration,
    gateway: OnceLock<blocking::Gateway>,
    /// Closed here, as opposed to lost.
    closed: watch::Sender<bool>,
    /// Told whenever it gets on with opening.
    opening: watch::Sender<Opening>,
    /// That its callbacks have ended will be logged.
    will_warn: AtomicBool,
}

/// The progress of opening it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    New,
    Begun,
    Done,
    Failed,
}

impl Link {
    fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    fn state(&self) -> State {
        match (self.gateway.get(), *self.opening.borrow()) {
            _ if self.is_closed() => State::Closed,
            (Some(gateway), _) => gateway.asynchronous().map_or(State::Closed, |gateway| gateway.client().state()),
            (None, Opening::New) => State::New,
            (None, Opening::Begun | Opening::Done) => State::Connecting,
            (None, Opening::Failed) => State::Closed,
        }
    }

    /// Waits until it is in this state.
    async fn until(&self, wanted: State) -> Result<(), Error> {
        let (mut opening, mut closed) = (self.opening.subscribe(), self.closed.subscribe());
        loop {
            let state = self.state();
            if state == wanted {
                return Ok(());
            }
            if state == State::Closed {
                let reason = self.gateway.get().map_or(Ok(()), |gateway| check_alive(gateway.asynchronous()?.client()));
                return Err(reason.err().unwrap_or_else(Error::closed));
            }
            match self.gateway.get() {
                Some(gateway) => return gateway.asynchronous()?.client().until(wanted).await,
                None => tokio::select! {
                    _ = opening.changed() => {}
                    _ = closed.changed() => {}
                },
            }
        }
    }

    fn gateway(&self, py: Python<'_>) -> PyResult<&blocking::Gateway> {
        park_at_exit();
        if self.is_closed() {
            return Err(own(py, ErrorKind::Closed, "the gateway is closed"));
        }
        self.gateway.get().ok_or_else(|| own(py, ErrorKind::State, "the gateway is not open; open it first"))
    }

    /// A call of the gateway's.
    fn call<T, E, R, F>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(gsm::Gateway) -> F,
        make: fn(Python<'_>, T, &Arc<Text>) -> PyResult<R>,
    ) -> PyResult<Pending>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
        R: for<'py> IntoPyObject<'py> + 'static,
        Result<T, E>: OrRaise<T>,
    {
        let gateway = self.gateway(py)?;
        let call = call(gateway.asynchronous().or_raise(py, &self.text)?.clone());
        let call = gateway.within(call).or_raise(py, &self.text)?;
        Ok(Pending::new(&self.text, call, make))
    }

    /// Begins to close, and waits no longer than this; returns whether it is over.
    fn close_within(&self, timeout: Duration) -> bool {
        self.closed.send_replace(true);
        match self.gateway.get().map(|gateway| gateway.close_within(timeout)) {
            None => true,
            Some(Ok(over)) => over,
            // A connection that was inherited from a parent process is the parent's to close.
            Some(Err(error)) => error.kind() != ErrorKind::Busy,
        }
    }
}

/// Reports the end of opening a gateway, also if it was cancelled.
struct Over<'a>(&'a Link, Opening);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.opening.send_replace(self.1);
    }
}

impl Live for Link {
    fn stop(&self, timeout: Duration) -> bool {
        self.close_within(timeout)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let closed = self.is_closed();
        let Some(gateway) = self.gateway.take() else { return };
        let is_over = || closed && gateway.close_within(Duration::ZERO).unwrap_or(false);
        if gateway.asynchronous().is_ok() && !is_over() {
            // Messages that are under way may take long, and callbacks need the interpreter.
            let _ = std::thread::Builder::new().name("ami-close".into()).spawn(move || drop(gateway));
        }
    }
}

/// A gateway. The package's Gateways are the ones to use.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct Gateway {
    link: Arc<Link>,
}

impl Gateway {
    fn filter(&self, py: Python<'_>, names: Option<Vec<String>>) -> PyResult<Filter> {
        let Some(names) = names else { return Ok(Filter::all()) };
        let is_known = |name: &String| MAIL.iter().any(|known| known.eq_ignore_ascii_case(name));
        if let Some(name) = names.iter().find(|name| !is_known(name)) {
            return Err(invalid(py, &format!("a gateway tells nothing named {name:?}; it tells {}", MAIL.join(", "))));
        }
        Filter::names(names.iter().map(String::as_str)).or_raise(py, &self.link.text)
    }

    /// A filter of the server's own events; SMS, reports and replies, which are made of them, are for the inbox.
    fn server_filter(&self, py: Python<'_>, names: Option<Vec<String>>) -> PyResult<Filter> {
        let Some(names) = names else { return Ok(Filter::all()) };
        if let Some(name) = names.iter().find(|name| MAIL[..4].iter().any(|mail| mail.eq_ignore_ascii_case(name))) {
            return Err(invalid(py, &format!("the server tells nothing named {name:?}; the inbox does")));
        }
        Filter::names(names.iter().map(String::as_str)).or_raise(py, &self.link.text)
    }
}

fn receipts(_py: Python<'_>, receipts: Vec<gsm::Receipt>, text: &Arc<Text>) -> PyResult<Vec<Receipt>> {
    Ok(receipts.into_iter().map(|receipt| Receipt::new(receipt, text)).collect())
}

fn receipt(_py: Python<'_>, receipt: gsm::Receipt, text: &Arc<Text>) -> PyResult<Receipt> {
    Ok(Receipt::new(receipt, text))
}

/// Tells a future of concurrent.futures what a call came to.
fn resolve(py: Python<'_>, future: &Py<PyAny>, outcome: Result<gsm::Receipt, SendError>, text: &Arc<Text>) {
    let told = match outcome.or_raise(py, text) {
        Ok(receipt) => future.call_method1(py, "set_result", (Receipt::new(receipt, text),)),
        Err(error) => future.call_method1(py, "set_exception", (error,)),
    };
    if let Err(error) = told {
        error.write_unraisable(py, Some(future.bind(py)));
    }
}

#[pymethods]
impl Gateway {
    #[new]
    fn new(py: Python<'_>, settings: &Settings) -> PyResult<Gateway> {
        let link = Arc::new(Link {
            config: settings.config.clone(),
            text: Arc::clone(&settings.text),
            action_timeout: settings.action_timeout,
            gateway: OnceLock::new(),
            closed: watch::Sender::new(false),
            opening: watch::Sender::new(Opening::New),
            will_warn: AtomicBool::new(false),
        });
        let live: Weak<Link> = Arc::downgrade(&link);
        interpreter::register(py, live)?;
        Ok(Gateway { link })
    }

    /// Connects and logs in. Closing it meanwhile cancels that.
    fn open(&self, py: Python<'_>) -> PyResult<Pending> {
        let link = Arc::clone(&self.link);
        let begin = |opening: &mut Opening| {
            let is_new = *opening == Opening::New;
            *opening = if is_new { Opening::Begun } else { *opening };
            is_new
        };
        if !link.opening.send_if_modified(begin) {
            return Err(own(py, ErrorKind::State, "a gateway is opened once; make another one"));
        }
        let connecting = blocking::Gateway::connecting(link.config.clone(), around).or_raise(py, &link.text)?;
        let text = Arc::clone(&link.text);
        let opening = async move {
            let mut over = Over(&link, Opening::Failed);
            let closed = || Error::new(ErrorKind::Closed, "the gateway was closed");
            let mut is_closed = link.closed.subscribe();
            let gateway = tokio::select! {
                biased;
                _ = is_closed.wait_for(|closed| *closed) => return Err(closed()),
                gateway = connecting => gateway?,
            };
            let _ = link.gateway.set(gateway);
            over.1 = Opening::Done;
            if link.is_closed() {
                link.close_within(Duration::ZERO);
                return Err(closed());
            }
            Ok(())
        };
        Ok(Pending::new(&text, opening, nothing))
    }

    /// Closes it for a thread; returns receipts of what was not sent.
    fn close(&self, py: Python<'_>) -> PyResult<Vec<Receipt>> {
        let link = &*self.link;
        link.closed.send_replace(true);
        let Some(gateway) = link.gateway.get() else { return Ok(Vec::new()) };
        let not_sent = detach(py, || gateway.stop()).or_raise(py, &link.text)?;
        let mut patience = None;
        loop {
            match detach(py, || gateway.close_within(SLICE)) {
                Ok(true) => return receipts(py, not_sent, &link.text),
                // Messages that are under way have timeouts of their own.
                Ok(false) => {}
                Err(error) => {
                    let until = *patience.get_or_insert_with(|| Instant::now() + link.action_timeout);
                    if error.kind() != ErrorKind::Busy || until <= Instant::now() {
                        return Err(error).or_raise(py, &link.text);
                    }
                }
            }
            py.check_signals()?;
        }
    }

    /// Closes it on an event loop.
    fn closing(&self, py: Python<'_>) -> PyResult<Pending> {
        let link = &*self.link;
        link.closed.send_replace(true);
        let gateway = link.gateway.get().map(|gateway| gateway.asynchronous().or_raise(py, &link.text)).transpose()?;
        let gateway = gateway.cloned();
        let closing = async move {
            match gateway {
                Some(gateway) => gateway.close().await,
                None => Ok(Vec::new()),
            }
        };
        Ok(Pending::new(&link.text, closing, receipts))
    }

    /// From now on the event loop, which runs here, reads the session for events. Those of the ports are for tasks of the runtime alone.
    fn lend(&self, py: Python<'_>, executor: &Bound<'_, Executor>, event_loop: &Bound<'_, PyAny>) -> PyResult<()> {
        let gateway = self.link.gateway.get().map(blocking::Gateway::asynchronous).transpose();
        match gateway.or_raise(py, &self.link.text)? {
            Some(gateway) => LoopReader::begin(gateway.client(), executor, event_loop),
            None => Ok(()),
        }
    }

    /// Begins to close and waits for nothing.
    fn abandon(&self) {
        self.link.close_within(Duration::ZERO);
    }

    #[getter]
    fn is_open(&self) -> bool {
        self.state() == State::Open.name()
    }

    /// A connection that was inherited from a parent process counts as closed.
    #[getter]
    fn state(&self) -> &'static str {
        self.link.state().name()
    }

    #[getter]
    fn dialect(&self, py: Python<'_>) -> PyResult<String> {
        let gateway = self.link.gateway(py)?.asynchronous().or_raise(py, &self.link.text)?;
        Ok(gateway.dialect().to_string())
    }

    fn parts(&self, py: Python<'_>, text: &Bound<'_, PyString>) -> PyResult<SmsParts> {
        let gateway = self.link.gateway(py)?.asynchronous().or_raise(py, &self.link.text)?;
        Ok(gateway.parts(utf8("text", text)?).or_raise(py, &self.link.text)?.into())
    }

    #[pyo3(signature = (name, headers, deadline=None))]
    fn action(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        headers: Headers<'_>,
        deadline: Option<f64>,
    ) -> PyResult<Pending> {
        self.session(py)?.action(py, name, &headers, deadline)
    }

    /// Sends it by the session for events, and has a future of concurrent.futures told what it comes to.
    fn submit_action(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        headers: Headers<'_>,
        deadline: Option<f64>,
        future: Py<PyAny>,
        owner: Py<PyAny>,
    ) -> PyResult<Submitted> {
        let client = self.link.gateway(py)?.client().or_raise(py, &self.link.text)?;
        let request = Request { name, headers: &headers, deadline };
        submit(py, &client, &self.link.text, &request, future, owner)
    }

    #[pyo3(signature = (cli, timeout=None))]
    fn command(&self, py: Python<'_>, cli: &Bound<'_, PyString>, timeout: Option<f64>) -> PyResult<Pending> {
        self.session(py)?.command(py, cli, timeout)
    }

    fn send(&self, py: Python<'_>, request: &SmsRequest) -> PyResult<Pending> {
        let request = request.0.clone();
        self.link.call(py, |gateway| async move { gateway.send(&request).await }, receipt)
    }

    /// Puts it into the queue and tells the future what becomes of it, on a thread of libami's.
    fn submit(&self, py: Python<'_>, request: &SmsRequest, future: Py<PyAny>) -> PyResult<()> {
        // The future logs what functions that are added to it raise.
        logger(py)?;
        let (gateway, text) = (self.link.gateway(py)?, Arc::clone(&self.link.text));
        let tell = move |outcome| {
            attach(move |py| resolve(py, &future, outcome, &text));
        };
        detach(py, || gateway.submit(&request.0, tell)).or_raise(py, &self.link.text)
    }

    /// Puts it into the queue; the call is to wait for what becomes of it.
    fn sending(&self, py: Python<'_>, request: &SmsRequest) -> PyResult<Pending> {
        let (gateway, text) = (self.link.gateway(py)?, &self.link.text);
        let sending = detach(py, || gateway.enter(|gateway| gateway.submit(&request.0)));
        let sending = sending.or_raise(py, text)?.or_raise(py, text)?;
        Ok(Pending::new(text, gateway.within(sending).or_raise(py, text)?, receipt))
    }

    #[pyo3(signature = (port, code, timeout=None))]
    fn send_ussd(
        &self,
        py: Python<'_>,
        port: Port,
        code: &Bound<'_, PyString>,
        timeout: Option<f64>,
    ) -> PyResult<Pending> {
        let timeout = time_limit(py, "timeout", timeout)?;
        let code = utf8("USSD code", code)?.to_owned();
        let send = |gateway: gsm::Gateway| async move { gateway.send_ussd(port, &code, timeout).await };
        self.link.call(py, send, |_, reply, _| Ok(UssdReply(reply)))
    }

    #[pyo3(signature = (port, code, timeout=None))]
    fn dial(&self, py: Python<'_>, port: Port, code: &Bound<'_, PyString>, timeout: Option<f64>) -> PyResult<Pending> {
        let timeout = time_limit(py, "timeout", timeout)?;
        let code = utf8("USSD code", code)?.to_owned();
        let link = Arc::clone(&self.link);
        let dial = |gateway: gsm::Gateway| async move {
            let dialogue = gateway.dial(port, &code, timeout).await?;
            Ok::<_, Error>((link, dialogue))
        };
        self.link.call(py, dial, |_, (link, dialogue), _| {
            let talk = Talk { reply: dialogue.reply().clone(), dialogue: Some(dialogue) };
            Ok(UssdDialogue { link, talk: Arc::new(Mutex::new(talk)) })
        })
    }

    #[pyo3(signature = (timeout=None))]
    fn ports(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending> {
        let timeout = time_limit(py, "timeout", timeout)?;
        let ports = move |gateway: gsm::Gateway| async move {
            match timeout {
                None => gateway.ports().await,
                Some(timeout) => gateway.ports_within(timeout).await,
            }
        };
        self.link.call(py, ports, |_, ports, _| Ok(ports.into_iter().map(PortStatus).collect::<Vec<_>>()))
    }

    fn power(&self, py: Python<'_>, port: Port, power: &str) -> PyResult<Pending> {
        let power = match power {
            "on" => Power::On,
            "off" => Power::Off,
            "reset" => Power::Reset,
            _ => return Err(invalid(py, "a port's power is turned \"on\" or \"off\", or \"reset\"")),
        };
        self.link.call(py, |gateway| async move { gateway.power(port, power).await }, nothing)
    }

    fn reload(&self, py: Python<'_>, port: Port) -> PyResult<Pending> {
        self.link.call(py, |gateway| async move { gateway.reload(port).await }, nothing)
    }

    fn inbox(&self, py: Python<'_>, timeout: Option<f64>, owner: Py<PyAny>) -> PyResult<Py<Inbox>> {
        let link = &*self.link;
        let (gateway, idle) = (link.gateway(py)?, Idle::new(py, timeout, None)?);
        let events = gateway.subscribe(Filter::all()).or_raise(py, &link.text)?;
        Inbox::create(py, Pulled::new(events, Items::mail(&link.text), idle, owner))
    }

    /// Events of the server, as they come to the session for what comes in.
    fn events(
        &self,
        py: Python<'_>,
        names: Option<Vec<String>>,
        views: Vec<Bound<'_, PyType>>,
        timeout: Option<f64>,
        idle_timeout: Option<f64>,
        owner: Py<PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let link = &*self.link;
        let (filter, idle) = (self.server_filter(py, names)?, Idle::new(py, timeout, idle_timeout)?);
        let gateway = link.gateway(py)?;
        let events = gateway.client().and_then(|client| client.subscribe(filter)).or_raise(py, &link.text)?;
        event_stream(py, &link.text, events, Views::new(&views)?, idle, owner)
    }

    /// The same for an event loop.
    #[expect(clippy::too_many_arguments)]
    fn events_on(
        &self,
        py: Python<'_>,
        executor: Py<Executor>,
        event_loop: Py<PyAny>,
        names: Option<Vec<String>>,
        views: Vec<Bound<'_, PyType>>,
        timeout: Option<f64>,
        idle_timeout: Option<f64>,
        owner: Option<Py<PyAny>>,
    ) -> PyResult<AsyncStream> {
        check_loop(py, &event_loop)?;
        let (link, idle) = (&*self.link, Idle::new(py, timeout, idle_timeout)?);
        let filter = self.server_filter(py, names)?;
        let gateway = link.gateway(py)?.asynchronous().or_raise(py, &link.text)?;
        let events = gateway.client().subscribe(filter).or_raise(py, &link.text)?;
        let items = Items::events(&link.text, Views::new(&views)?);
        Ok(AsyncStream::new(py, &executor, &event_loop, events, items, idle, owner))
    }

    /// The messages and codes that wait for a port.
    fn waiting(&self, py: Python<'_>, port: Port) -> PyResult<usize> {
        self.link.gateway(py)?.waiting(port).or_raise(py, &self.link.text)
    }

    fn stats(&self, py: Python<'_>) -> PyResult<Stats> {
        let gateway = self.link.gateway(py)?.asynchronous().or_raise(py, &self.link.text)?;
        Ok(Stats(gateway.client().stats()))
    }

    fn ping(&self, py: Python<'_>) -> PyResult<Pending> {
        Ok(self.session(py)?.ping())
    }

    /// The same, begun on an event loop.
    fn ping_on(&self, py: Python<'_>, executor: Py<Executor>, event_loop: Py<PyAny>) -> PyResult<Py<Call>> {
        Call::begin(py, &executor, &event_loop, self.session(py)?.pinged())
    }

    /// An action, begun on an event loop.
    fn action_on(
        &self,
        py: Python<'_>,
        executor: Py<Executor>,
        event_loop: Py<PyAny>,
        name: &Bound<'_, PyString>,
        headers: Headers<'_>,
        deadline: Option<f64>,
    ) -> PyResult<Py<Call>> {
        Call::begin(py, &executor, &event_loop, self.session(py)?.asked(py, name, &headers, deadline)?)
    }

    #[pyo3(signature = (state, timeout=None))]
    fn wait_for_state(&self, py: Python<'_>, state: &str, timeout: Option<f64>) -> PyResult<Pending> {
        let (wanted, timeout) = (state_of(py, state)?, idle_limit(py, timeout)?);
        let (link, text) = (Arc::clone(&self.link), Arc::clone(&self.link.text));
        let waiting = async move {
            let reaching = link.until(wanted);
            let Some(timeout) = timeout else { return reaching.await };
            match tokio::time::timeout(timeout, reaching).await {
                Ok(reached) => reached,
                Err(_) => {
                    let (wanted, state) = (wanted.name(), link.state().name());
                    let text = format!("the gateway was not {wanted} in time; it is {state}");
                    Err(Error::new(ErrorKind::Timeout, text))
                }
            }
        };
        let waiting = blocking::in_runtime(waiting).or_raise(py, &text)?;
        Ok(Pending::new(&text, waiting, nothing))
    }

    /// Refuses callbacks that would never be called.
    fn check_alive(&self, py: Python<'_>) -> PyResult<()> {
        let gateway = self.link.gateway(py)?.asynchronous().or_raise(py, &self.link.text)?;
        check_alive(gateway.client()).or_raise(py, &self.link.text)
    }

    fn on(
        &self,
        py: Python<'_>,
        names: Option<Vec<String>>,
        callback: &Bound<'_, PyAny>,
        owner: Py<PyAny>,
    ) -> PyResult<Subscription> {
        self.check_alive(py)?;
        let (gateway, text) = (self.link.gateway(py)?, Arc::clone(&self.link.text));
        let (filter, callback) = (self.filter(py, names)?, Callback::new(callback)?);
        let sink = move |batch: Batch, stop: Stop<'_>| {
            attach(|py| {
                for event in batch.iter().take_while(|_| !stop.is_set()) {
                    callback.call(py, mail(py, event, &text).map(|mail| (mail,)));
                }
            });
        };
        let subscription = gateway.on_batch_with(filter, || sink).or_raise(py, &self.link.text)?;
        if !self.link.will_warn.swap(true, Ordering::AcqRel) {
            let warn = |gateway: &gsm::Gateway| warn_at_end(gateway.client(), Arc::new(AtomicBool::new(true)));
            gateway.enter(warn).or_raise(py, &self.link.text)?;
        }
        Ok(Subscription::new(subscription, owner))
    }

    /// Mail for an event loop.
    fn inbox_on(
        &self,
        py: Python<'_>,
        executor: Py<Executor>,
        event_loop: Py<PyAny>,
        names: Option<Vec<String>>,
        timeout: Option<f64>,
        owner: Option<Py<PyAny>>,
    ) -> PyResult<AsyncStream> {
        check_loop(py, &event_loop)?;
        let (link, filter, idle) = (&*self.link, self.filter(py, names)?, Idle::new(py, timeout, None)?);
        let gateway = link.gateway(py)?.asynchronous().or_raise(py, &link.text)?;
        let events = gateway.subscribe(filter).or_raise(py, &link.text)?;
        Ok(AsyncStream::new(py, &executor, &event_loop, events, Items::mail(&link.text), idle, owner))
    }
}

impl Gateway {
    fn session(&self, py: Python<'_>) -> PyResult<Session> {
        let link = &*self.link;
        let client = link.gateway(py)?.asynchronous().or_raise(py, &link.text)?.client().clone();
        Ok(Session { client, text: Arc::clone(&link.text) })
    }
}

/// A USSD session. The package's UssdDialogues are the ones to use.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct UssdDialogue {
    link: Arc<Link>,
    talk: Arc<Mutex<Talk>>,
}

struct Talk {
    reply: gsm::UssdReply,
    /// Taken by an answer; an answer that is cancelled does not bring it back.
    dialogue: Option<gsm::UssdDialogue>,
}

#[pymethods]
impl UssdDialogue {
    #[getter]
    fn reply(&self) -> UssdReply {
        UssdReply(lock(&self.talk).reply.clone())
    }

    #[getter]
    fn is_open(&self) -> bool {
        lock(&self.talk).dialogue.as_ref().is_some_and(gsm::UssdDialogue::is_open)
    }

    fn answer(&self, py: Python<'_>, answer: &Bound<'_, PyString>) -> PyResult<Pending> {
        let (answer, talk) = (utf8("answer", answer)?.to_owned(), Arc::clone(&self.talk));
        let answering = async move {
            let taken = lock(&talk).dialogue.take();
            let over = "an answer is under way, or was given up, which ends the dialogue";
            let mut dialogue = taken.ok_or_else(|| Error::new(ErrorKind::State, over))?;
            let reply = dialogue.answer(&answer).await.cloned();
            let mut talk = lock(&talk);
            talk.reply = dialogue.reply().clone();
            talk.dialogue = Some(dialogue);
            reply
        };
        self.link.call(py, |_| answering, |_, reply, _| Ok(UssdReply(reply)))
    }

    fn end(&self) {
        if let Some(dialogue) = &mut lock(&self.talk).dialogue {
            dialogue.end();
        }
    }
}

/// A port's state and that of its network, as the gateway showed them.
#[pyclass(frozen, module = "libami.gateway")]
pub(super) struct PortStatus(gsm::PortStatus);

#[pymethods]
impl PortStatus {
    /// The port's name, such as "4" or "dongle0".
    #[getter]
    fn port(&self) -> String {
        self.0.port().to_string()
    }

    /// The port's number, counted from 1; 0 where ports have names.
    #[getter]
    fn span(&self) -> u32 {
        self.0.port().span()
    }

    /// Its state as the gateway's own text, such as "Power on, Provisioned, Up, Active,Standard" or "Free".
    #[getter]
    fn words(&self) -> &str {
        self.0.peer_text()
    }

    /// True if it can send and receive.
    #[getter]
    fn is_up(&self) -> bool {
        self.0.is_up()
    }

    /// True if it has power. Of a dongle: if its driver has the device.
    #[getter]
    fn has_power(&self) -> bool {
        self.0.has_power()
    }

    /// True if its SIM is there and unlocked, as far as the gateway tells.
    #[getter]
    fn has_sim(&self) -> bool {
        self.0.has_sim()
    }

    /// True if the gateway told all of it in time. Otherwise only `words` is known, and the values that follow from it.
    #[getter]
    fn is_complete(&self) -> bool {
        self.0.is_complete()
    }

    /// The network operator's name, or None.
    #[getter]
    fn operator(&self) -> Option<&str> {
        self.0.operator()
    }

    /// The registration as the gateway's text, or None.
    #[getter]
    fn network_status(&self) -> Option<&str> {
        self.0.network_status()
    }

    /// True if it is registered with a network, at home or roaming.
    #[getter]
    fn is_registered(&self) -> bool {
        self.0.is_registered()
    }

    /// The signal strength as modems tell it (3GPP TS 27.007, 8.5): 0 (weakest) to 31; None where it is not known.
    #[getter]
    fn signal(&self) -> Option<u8> {
        self.0.signal().map(gsm::Signal::quality)
    }

    /// The same in dBm: from -113 (or less) to -51 (or more).
    #[getter]
    fn dbm(&self) -> Option<i16> {
        self.0.signal().map(gsm::Signal::dbm)
    }

    /// The same in bars as a phone shows them: 0 to 5.
    #[getter]
    fn bars(&self) -> Option<u8> {
        self.0.signal().map(gsm::Signal::bars)
    }

    /// The number of the SIM card, or None.
    #[getter]
    fn imsi(&self) -> Option<&str> {
        self.0.imsi()
    }

    /// The number of the modem, or None.
    #[getter]
    fn imei(&self) -> Option<&str> {
        self.0.imei()
    }

    /// The number of the SMS centre, or None.
    #[getter]
    fn smsc(&self) -> Option<&str> {
        self.0.smsc()
    }

    /// The port's own telephone number, or None where the SIM does not hold it.
    #[getter]
    fn own_number(&self) -> Option<&str> {
        self.0.own_number()
    }

    /// The last event of the port, or None.
    #[getter]
    fn last_event(&self) -> Option<&str> {
        self.0.last_event()
    }

    /// The work that the port is doing, such as "READY" or "SMS SENDING", or None.
    #[getter]
    fn state(&self) -> Option<&str> {
        self.0.state()
    }

    /// All that the gateway tells, in its order and by its own names.
    #[getter]
    fn details<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let details = PyDict::new(py);
        for (name, value) in self.0.details() {
            details.set_item(name, value)?;
        }
        Ok(details)
    }

    /// Numbers of the SIM and the modem are their owner's, so they are not shown.
    fn __repr__(&self) -> String {
        format!("<libami.gateway.PortStatus of port {}: {}>", self.0.port(), self.0.peer_text())
    }
}
