//! The client and its subscriptions.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use pyo3::{PyTraverseError, PyVisit};

use super::async_stream::AsyncStream;
use super::call::nothing;
use super::callback::{self, Callback};
use super::error::OrRaise;
use super::exception::{invalid, own};
use super::executor::{Executor, check_loop};
use super::filter::EventFilter;
use super::interpreter::{self, Live, attach};
use super::loop_reader::LoopReader;
use super::message::Response;
use super::originate::{Originated, call_of};
use super::parking::park_at_exit;
use super::pending::{Call, Pending};
use super::seconds::idle_limit;
use super::seen::{Seen, Views};
use super::session::{Headers, Session};
use super::settings::Settings;
use super::stats::{Counters, Stats};
use super::stream::{Idle, Items, event_stream};
use super::submitted::{Request, Submitted, around, submit};
use super::text::Text;
use super::wait::{SLICE, detach};
use crate::blocking::{self, Stop};
use crate::client::{self, State};
use crate::error::{Error, ErrorKind};
use crate::events::Filter;
use crate::lock::lock;
use crate::protocol::Batch;

/// The part of a client that has to be stopped before the interpreter ends.
pub(super) struct Link {
    client: blocking::Client,
    text: Arc<Text>,
    action_timeout: Duration,
    /// Closed here, as opposed to lost.
    closed: AtomicBool,
    /// Used by an event loop, whose thread must not wait.
    on_a_loop: AtomicBool,
    /// It was open once: until then whoever opens it is told why it ended.
    opened: Arc<AtomicBool>,
    /// That its callbacks have ended will be logged.
    will_warn: AtomicBool,
}

impl Live for Link {
    fn stop(&self, timeout: Duration) -> bool {
        match self.client.close_within(timeout) {
            Ok(over) => over,
            // A connection that was inherited from a parent process is the parent's to close.
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
        let Some(link) = self.link.take() else { return };
        if link.on_a_loop.load(Ordering::Relaxed) && matches!(link.client.close_within(Duration::ZERO), Ok(false)) {
            // The goodbye would hold up the event loop. There are no callbacks that would need the interpreter.
            let _ = std::thread::Builder::new().name("ami-close".into()).spawn(move || drop(link));
            return;
        }
        // This closes it, which waits for callbacks, and those need the interpreter.
        Python::try_attach(|py| detach(py, || drop(link)));
    }
}

impl Deref for Client {
    type Target = Link;

    fn deref(&self) -> &Link {
        self.link.as_ref().expect("only Drop takes it")
    }
}

impl Link {
    /// Refuses calls that can have no effect any more.
    fn check_open(&self, py: Python<'_>) -> PyResult<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(own(py, ErrorKind::Closed, "the client is closed"));
        }
        Ok(())
    }

    /// Has it logged if the connection ends, as the callbacks do without a word.
    fn warn_at_end(&self, py: Python<'_>) -> PyResult<()> {
        if self.will_warn.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let opened = Arc::clone(&self.opened);
        self.client.enter(|client| warn_at_end(client, opened)).or_raise(py, &self.text)
    }

    /// The asynchronous client, whose futures are waited for.
    fn core(&self, py: Python<'_>) -> PyResult<&client::Client> {
        self.client.asynchronous().or_raise(py, &self.text)
    }

    fn filter(&self, py: Python<'_>, names: Option<Vec<String>>) -> PyResult<Filter> {
        let filter = names.map_or_else(|| Ok(Filter::all()), |names| Filter::names(names.iter().map(String::as_str)));
        filter.or_raise(py, &self.text)
    }

    fn start_close(&self) {
        self.closed.store(true, Ordering::Release);
        let _ = self.client.close_within(Duration::ZERO);
    }

    fn session(&self, py: Python<'_>) -> PyResult<Session> {
        Ok(Session { client: self.core(py)?.clone(), text: Arc::clone(&self.text) })
    }
}

/// Refuses a client that gives no more events, with the reason of its end.
pub(super) fn check_alive(client: &client::Client) -> Result<(), Error> {
    client.why_ended().map_or(Ok(()), Err)
}

/// Logs the reason once the connection has ended; nothing if the client was closed here, or never opened. Called within the
/// runtime.
pub(super) fn warn_at_end(client: &client::Client, opened: Arc<AtomicBool>) {
    let ending = client.ending();
    tokio::spawn(async move {
        let error = ending.await;
        // A server in this process may be stopped before its client is, which is no news as the interpreter ends.
        if error.kind() != ErrorKind::Closed && opened.load(Ordering::Acquire) && !interpreter::is_ending() {
            // The program's log handlers must not hold up this thread.
            let log = move || attach(|py| callback::warn(py, &error.to_string()));
            let _ = std::thread::Builder::new().name("ami-log".into()).spawn(log);
        }
    });
}

pub(super) fn state_of(py: Python<'_>, state: &str) -> PyResult<State> {
    STATES.into_iter().find(|wanted| wanted.name() == state).ok_or_else(|| {
        let names = STATES.map(State::name).join(", ");
        invalid(py, &format!("there is no state named {state:?}; there are {names}"))
    })
}

const STATES: [State; 5] = [State::New, State::Connecting, State::Open, State::Waiting, State::Closed];

#[pymethods]
impl Client {
    #[new]
    fn new(py: Python<'_>, settings: &Settings) -> PyResult<Client> {
        let (config, text) = (settings.config.clone(), Arc::clone(&settings.text));
        let client = detach(py, || blocking::Client::of_gateway_around(config, around)).or_raise(py, &text)?;
        let link = Arc::new(Link {
            client,
            text,
            action_timeout: settings.action_timeout,
            closed: AtomicBool::new(false),
            on_a_loop: AtomicBool::new(false),
            opened: Arc::default(),
            will_warn: AtomicBool::new(false),
        });
        let live: Weak<Link> = Arc::downgrade(&link);
        let made = Client { link: Some(link) };
        interpreter::register(py, live)?;
        Ok(made)
    }

    /// Connects and logs in.
    fn open(&self, py: Python<'_>) -> PyResult<Pending> {
        let (opening, opened) = (self.client.opening().or_raise(py, &self.text)?, Arc::clone(&self.opened));
        let opening = async move {
            opening.await?;
            opened.store(true, Ordering::Release);
            Ok::<_, Error>(())
        };
        Ok(Pending::new(&self.text, opening, nothing))
    }

    /// Closes it for a thread.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.core(py)?;
        let link = &**self;
        link.closed.store(true, Ordering::Release);
        let deadline = Instant::now() + link.action_timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match detach(py, || link.client.close_within(SLICE.min(left))) {
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

    /// Begins to log off at once; the call ends when the session has.
    fn closing(&self, py: Python<'_>) -> PyResult<Pending> {
        let client = self.core(py)?.clone();
        self.start_close();
        Ok(Pending::new(&self.text, async move { client.close().await }, nothing))
    }

    /// Begins to close and waits for nothing.
    fn abandon(&self) {
        self.start_close();
    }

    /// It belongs to an event loop, whose thread must not wait when this is let go of.
    fn use_on_a_loop(&self) {
        self.on_a_loop.store(true, Ordering::Relaxed);
    }

    /// From now on the event loop, which runs here, reads the connections.
    fn lend(&self, py: Python<'_>, executor: &Bound<'_, Executor>, event_loop: &Bound<'_, PyAny>) -> PyResult<()> {
        LoopReader::begin(self.core(py)?, executor, event_loop)
    }

    #[getter]
    fn is_open(&self) -> bool {
        self.client.asynchronous().is_ok_and(|client| client.is_open())
    }

    /// A connection that was inherited from a parent process counts as closed.
    #[getter]
    fn state(&self) -> &'static str {
        self.client.state().unwrap_or(State::Closed).name()
    }

    #[pyo3(signature = (state, timeout=None))]
    fn wait_for_state(&self, py: Python<'_>, state: &str, timeout: Option<f64>) -> PyResult<Pending> {
        let wanted = state_of(py, state)?;
        let timeout = idle_limit(py, timeout)?;
        let reaching = self.client.reaching(wanted, timeout).or_raise(py, &self.text)?;
        let client = self.core(py)?.clone();
        let waiting = async move {
            if reaching.await? {
                return Ok(());
            }
            let (wanted, state) = (wanted.name(), client.state().name());
            Err(Error::new(ErrorKind::Timeout, format!("the client was not {wanted} in time; it is {state}")))
        };
        Ok(Pending::new(&self.text, waiting, nothing))
    }

    fn stats(&self, py: Python<'_>) -> PyResult<Stats> {
        Ok(Stats(self.client.stats().or_raise(py, &self.text)?))
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
        headers: Headers<'_>,
        deadline: Option<f64>,
    ) -> PyResult<Pending> {
        self.session(py)?.action(py, name, &headers, deadline)
    }

    /// Sends it, and has a future of concurrent.futures told what it comes to.
    fn submit_action(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        headers: Headers<'_>,
        deadline: Option<f64>,
        future: Py<PyAny>,
        owner: Py<PyAny>,
    ) -> PyResult<Submitted> {
        let request = Request { name, headers: &headers, deadline };
        submit(py, &self.client, &self.text, &request, future, owner)
    }

    #[pyo3(signature = (cli, timeout=None))]
    fn command(&self, py: Python<'_>, cli: &Bound<'_, PyString>, timeout: Option<f64>) -> PyResult<Pending> {
        self.session(py)?.command(py, cli, timeout)
    }

    fn filter_events(&self, py: Python<'_>, filter: &Bound<'_, EventFilter>) -> PyResult<Pending> {
        Ok(self.session(py)?.filter_events(filter.get().0.clone()))
    }

    fn can(&self, py: Python<'_>, action: String) -> PyResult<Pending> {
        Ok(self.session(py)?.can(action))
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

    /// Waits for the outcome of the call.
    fn originate(
        &self,
        py: Python<'_>,
        channel: &Bound<'_, PyString>,
        arguments: &Bound<'_, PyDict>,
    ) -> PyResult<Pending> {
        let (client, call) = (self.core(py)?.clone(), call_of(channel, arguments, &self.text)?);
        let calling = self.client.within(async move { client.originate(&call).await }).or_raise(py, &self.text)?;
        Ok(Pending::new(&self.text, calling, Originated::create))
    }

    /// Waits until the server has taken the call on, and not for its outcome.
    fn start_originate(
        &self,
        py: Python<'_>,
        channel: &Bound<'_, PyString>,
        arguments: &Bound<'_, PyDict>,
    ) -> PyResult<Pending> {
        let (client, call) = (self.core(py)?.clone(), call_of(channel, arguments, &self.text)?);
        let calling = async move { client.start_originate(&call).await };
        Ok(Pending::new(&self.text, calling, Response::create))
    }

    fn events(
        &self,
        py: Python<'_>,
        names: Option<Vec<String>>,
        views: Vec<Bound<'_, PyType>>,
        timeout: Option<f64>,
        idle_timeout: Option<f64>,
        owner: Py<PyAny>,
    ) -> PyResult<Py<PyAny>> {
        self.check_open(py)?;
        let idle = Idle::new(py, timeout, idle_timeout)?;
        let events = self.client.subscribe(self.filter(py, names)?).or_raise(py, &self.text)?;
        event_stream(py, &self.text, events, Views::new(&views)?, idle, owner)
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
        self.check_open(py)?;
        let idle = Idle::new(py, timeout, idle_timeout)?;
        let events = self.core(py)?.subscribe(self.filter(py, names)?).or_raise(py, &self.text)?;
        let items = Items::events(&self.text, Views::new(&views)?);
        Ok(AsyncStream::new(py, &executor, &event_loop, events, items, idle, owner))
    }

    fn on(
        &self,
        py: Python<'_>,
        names: Option<Vec<String>>,
        views: Vec<Bound<'_, PyType>>,
        callback: &Bound<'_, PyAny>,
        owner: Py<PyAny>,
    ) -> PyResult<Subscription> {
        self.check_alive(py)?;
        let (callback, views, text) = (Callback::new(callback)?, Views::new(&views)?, Arc::clone(&self.text));
        let sink = move |batch: Batch, stop: Stop<'_>| {
            // The interpreter is taken once for a batch: to take it once for each event is a hundred times slower.
            attach(|py| {
                for message in batch.iter().take_while(|_| !stop.is_set()) {
                    let seen = Seen::create(py, message, &text, &views);
                    let object = seen.as_ref().map(|seen| (seen.object(py),)).map_err(|error| error.clone_ref(py));
                    callback.call(py, object);
                    if let Ok(seen) = seen {
                        seen.let_go(py);
                    }
                }
            });
        };
        let subscription = self.client.on_batch(self.filter(py, names)?, sink).or_raise(py, &self.text)?;
        let subscription = Subscription::new(subscription, owner);
        self.warn_at_end(py)?;
        Ok(subscription)
    }

    /// Refuses callbacks that would never be called.
    fn check_alive(&self, py: Python<'_>) -> PyResult<()> {
        self.check_open(py)?;
        check_alive(self.core(py)?).or_raise(py, &self.text)
    }

    /// Refuses names that no event has.
    fn check_names(&self, py: Python<'_>, names: Option<Vec<String>>) -> PyResult<()> {
        self.filter(py, names).map(drop)
    }
}

/// A callback's subscription. It lasts until it or its client is closed, whether this object is kept or not. As long as it is
/// kept, it keeps its client.
#[pyclass(frozen, module = "libami")]
pub(super) struct Subscription {
    subscription: Option<blocking::Subscription>,
    /// The client, until this is closed.
    owner: Mutex<Option<Py<PyAny>>>,
}

impl Subscription {
    pub fn new(subscription: blocking::Subscription, owner: Py<PyAny>) -> Subscription {
        Subscription { subscription: Some(subscription), owner: Mutex::new(Some(owner)) }
    }

    fn let_go(&self) {
        let owner = lock(&self.owner).take();
        drop(owner);
    }
}

#[pymethods]
impl Subscription {
    /// Counts of all that went through it so far.
    #[getter]
    fn counters(&self, py: Python<'_>) -> PyResult<Counters> {
        let counters = self.subscription.as_ref().map(blocking::Subscription::counters).transpose();
        Ok(Counters(counters.or_raise(py, &Arc::default())?.unwrap_or_default()))
    }

    /// Ends it: no call begins after this, and events that wait are discarded. Outside callbacks it waits until a running
    /// call has returned.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        park_at_exit();
        while !detach(py, || self.subscription.as_ref().is_none_or(|subscription| subscription.close_within(SLICE))) {
            py.check_signals()?;
        }
        self.let_go();
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.owner.try_lock() {
            Ok(owner) => visit.call(&*owner),
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self) {
        self.let_go();
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // The client may go with it.
        park_at_exit();
        if let Some(subscription) = self.subscription.take() {
            subscription.detach();
        }
    }
}
