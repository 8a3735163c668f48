//! Calls and streams on an event loop.
//!
//! The futures of the core need no runtime around them, so a loop's own thread polls them: no thread of libami's comes to
//! the interpreter for them, and what the input and output thread has for a loop wakes it through one descriptor, once
//! however much it is.

use std::collections::HashMap;
use std::future::Future;
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use pyo3::exceptions::{PyBaseException, PyRuntimeError, PyStopAsyncIteration, PyStopIteration};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyString};
use pyo3::{IntoPyObjectExt, PyTraverseError, PyVisit, intern};

use super::call::{Calling, Finish, Headers, Running, running};
use super::client::Client;
use super::error::{OrRaise, own};
use super::gsm::{Port, Sms, mail};
use super::message::{Event, Recent};
use super::parking::park_at_exit;
use super::stats::Counters;
use super::stream::Idle;
use super::text::Text;
use super::waiting::Waiting;
use crate::client::{QueueCounters, Subscription};
use crate::error::{Error, ErrorKind};
use crate::sync::{EventFd, event_fd};
use crate::{gsm, protocol};

/// So many events are taken from a stream before the loop gets a turn, for a stream that never runs dry.
const TURN: u32 = 256;

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which calls and streams the loop has to look at.
struct Ready {
    ids: Mutex<Vec<u64>>,
    /// Readable when there are some, and now and then for nothing: a [`crate::blocking::WakeFd`] never is, but holds its loop
    /// up until the thread that wakes it has returned from that.
    fd: EventFd,
    is_rung: AtomicBool,
}

impl Ready {
    fn ring(&self, id: u64) {
        lock(&self.ids).push(id);
        if !self.is_rung.swap(true, Ordering::AcqRel) {
            // It can only fail if the counter is full, and then the descriptor is readable.
            let _ = self.fd.write(1);
            // Where both share a processor, the loop need not wait until this thread has nothing left to do.
            std::thread::yield_now();
        }
    }

    fn take(&self) -> Vec<u64> {
        // In this order: who rings from the second step on writes, and who came before is found in the third.
        let _ = self.fd.read();
        self.is_rung.swap(false, Ordering::AcqRel);
        std::mem::take(&mut *lock(&self.ids))
    }
}

/// The waker of a call or a stream.
struct Bell {
    id: u64,
    ready: Arc<Ready>,
    /// Its id is in the list already.
    rung: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.ready.ring(self.id);
        }
    }
}

/// A waiter for a stream.
type Waiters = Mutex<Vec<Py<Waiting>>>;

enum Slot {
    Call { running: Running, bell: Arc<Bell>, waiting: Py<Waiting> },
    Stream { waiters: Arc<Waiters>, bell: Arc<Bell> },
}

/// The executor of the calls and streams of one event loop. The loop calls `run` whenever the descriptor is readable.
#[pyclass(frozen, weakref, module = "libami._native")]
pub(super) struct Executor {
    ready: Arc<Ready>,
    /// Nothing of Python's runs while this is locked.
    slots: Mutex<HashMap<u64, Slot>>,
    next: AtomicU64,
}

impl Executor {
    fn bell(&self) -> Arc<Bell> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        Arc::new(Bell { id, ready: Arc::clone(&self.ready), rung: AtomicBool::new(false) })
    }

    fn keep(&self, id: u64, slot: Slot) {
        lock(&self.slots).insert(id, slot);
    }

    /// Drops what has this id; a call is cancelled by that.
    fn forget(&self, id: u64) {
        let slot = lock(&self.slots).remove(&id);
        drop(slot);
    }

    /// Has those go on that wait for this. What they let through is a request to end the program.
    fn turn(&self, py: Python<'_>, id: u64) -> PyResult<()> {
        let slot = lock(&self.slots).remove(&id);
        match slot {
            Some(Slot::Call { mut running, bell, waiting }) => match poll(&mut running, &bell) {
                Poll::Pending => {
                    self.keep(id, Slot::Call { running, bell, waiting });
                    Ok(())
                }
                Poll::Ready(finish) => Waiting::end(waiting.bind(py), finish(py)),
            },
            Some(Slot::Stream { waiters, bell }) => {
                // What comes from here on is news again.
                bell.rung.store(false, Ordering::Release);
                self.keep(id, Slot::Stream { waiters: Arc::clone(&waiters), bell });
                let waiting = std::mem::take(&mut *lock(&waiters));
                let mut result = Ok(());
                for waiting in waiting {
                    result = result.and(settle(waiting.bind(py), false));
                }
                result
            }
            None => Ok(()),
        }
    }
}

fn poll(running: &mut Running, bell: &Arc<Bell>) -> Poll<Finish> {
    bell.rung.store(false, Ordering::Release);
    let waker = Waker::from(Arc::clone(bell));
    running.as_mut().poll(&mut Context::from_waker(&waker))
}

/// Ends the wait for a stream, unless it was given up.
fn settle(waiting: &Bound<'_, Waiting>, expired: bool) -> PyResult<()> {
    Waiting::end(waiting, Ok(PyBool::new(waiting.py(), expired).to_owned().into_any().unbind()))
}

/// The function that a loop calls when a stream was idle for too long.
#[pyfunction]
fn expire(waiting: &Bound<'_, Waiting>) -> PyResult<()> {
    settle(waiting, true)
}

#[pymethods]
impl Executor {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Executor> {
        let fd = event_fd().map_err(|error| {
            own(py, ErrorKind::Io, &format!("no file descriptor for the event loop could be made: {error}"))
        })?;
        let ready = Arc::new(Ready { ids: Mutex::default(), fd, is_rung: AtomicBool::new(false) });
        Ok(Executor { ready, slots: Mutex::default(), next: AtomicU64::new(0) })
    }

    /// The descriptor to watch.
    fn fileno(&self) -> i32 {
        self.ready.fd.as_raw_fd()
    }

    /// Looks at what has news.
    fn run(&self, py: Python<'_>) -> PyResult<()> {
        let mut result = Ok(());
        for id in self.ready.take() {
            result = result.and(self.turn(py, id));
        }
        result
    }

    /// The number of calls and streams.
    fn __len__(&self) -> usize {
        lock(&self.slots).len()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(slots) = self.slots.try_lock() else { return Ok(()) };
        for slot in slots.values() {
            match slot {
                Slot::Call { waiting, .. } => visit.call(waiting)?,
                Slot::Stream { waiters, .. } => {
                    let Ok(waiters) = waiters.try_lock() else { continue };
                    waiters.iter().try_for_each(|waiting| visit.call(waiting))?;
                }
            }
        }
        Ok(())
    }
}

/// Tells whether this is the loop that runs here.
pub(super) fn check_loop(py: Python<'_>, event_loop: &Py<PyAny>) -> PyResult<()> {
    park_at_exit();
    static RUNNING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let running = RUNNING.import(py, "asyncio", "get_running_loop")?.call0()?;
    if running.is(event_loop) {
        return Ok(());
    }
    let message = "the client belongs to another event loop; make one in each loop";
    Err(own(py, ErrorKind::State, message))
}

/// Raises what has been thrown into something that is awaited.
fn thrown(kind: Bound<'_, PyAny>, value: Option<Bound<'_, PyAny>>) -> PyErr {
    park_at_exit();
    PyErr::from_value(match value.filter(|value| !value.is_none()) {
        None => kind,
        Some(value) if value.is_instance_of::<PyBaseException>() => value,
        Some(value) => match kind.call1((value,)) {
            Ok(error) => error,
            Err(error) => return error,
        },
    })
}

/// A call that was begun. Whoever awaits it gets its result; letting go of it cancels it.
#[pyclass(module = "libami._native")]
pub(super) struct Call {
    executor: Py<Executor>,
    id: u64,
    waiting: Option<Py<Waiting>>,
    begun: bool,
    /// It ended at once.
    done: Option<Py<PyAny>>,
}

impl Call {
    /// Begins a call: what it has to write is written now.
    pub fn start(
        py: Python<'_>,
        executor: &Py<Executor>,
        event_loop: &Py<PyAny>,
        mut running: Running,
    ) -> PyResult<Call> {
        let this = executor.get();
        let bell = this.bell();
        let id = bell.id;
        let mut call = Call { executor: executor.clone_ref(py), id, waiting: None, begun: false, done: None };
        match poll(&mut running, &bell) {
            Poll::Ready(finish) => call.done = Some(finish(py)?),
            Poll::Pending => {
                let waiting = Waiting::new(py, event_loop)?;
                call.waiting = Some(waiting.clone_ref(py));
                this.keep(id, Slot::Call { running, bell, waiting });
            }
        }
        Ok(call)
    }

    fn cancel(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.get().give_up();
            self.executor.get().forget(self.id);
        }
    }
}

#[pymethods]
impl Call {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if let Some(value) = self.done.take() {
            return Err(PyStopIteration::new_err((value,)));
        }
        match &self.waiting {
            Some(waiting) if !std::mem::replace(&mut self.begun, true) && !waiting.get().is_over() => {
                Ok(waiting.clone_ref(py).into_any())
            }
            Some(waiting) => {
                let outcome = waiting.get().take();
                self.waiting = None;
                Err(PyStopIteration::new_err((outcome?,)))
            }
            None => Err(PyRuntimeError::new_err("the call was awaited already")),
        }
    }

    fn send(&mut self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.__next__(py)
    }

    #[pyo3(signature = (kind, value=None, _traceback=None, /))]
    fn throw(
        &mut self,
        kind: Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        _traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.cancel();
        Err(thrown(kind, value))
    }

    fn close(&mut self) {
        self.cancel();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.executor)?;
        visit.call(&self.waiting)?;
        visit.call(&self.done)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// A client's calls on one event loop. libami.aio.Client is the one to use.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct AsyncClient {
    client: Py<Client>,
    executor: Py<Executor>,
    event_loop: Py<PyAny>,
}

impl AsyncClient {
    fn start<T, E, R>(&self, py: Python<'_>, calling: impl Calling<T, E, R>) -> PyResult<Call>
    where
        T: Send + 'static,
        E: Send + 'static,
        R: for<'py> IntoPyObject<'py> + 'static,
        Result<T, E>: OrRaise<T>,
    {
        Call::start(py, &self.executor, &self.event_loop, running(calling))
    }

    fn stream(&self, py: Python<'_>, source: Source, idle: Idle, owner: Option<Py<PyAny>>) -> AsyncStream {
        let text = self.client.get().text();
        AsyncStream::new(py, &self.executor, &self.event_loop, text, source, idle, owner)
    }

    /// The client, on its own loop's thread.
    fn here(&self, py: Python<'_>) -> PyResult<&Client> {
        check_loop(py, &self.event_loop)?;
        Ok(self.client.get())
    }
}

#[pymethods]
impl AsyncClient {
    #[new]
    fn new(client: Py<Client>, executor: Py<Executor>, event_loop: Py<PyAny>) -> AsyncClient {
        client.get().use_on_a_loop();
        AsyncClient { client, executor, event_loop }
    }

    fn open(&self, py: Python<'_>) -> PyResult<Call> {
        self.start(py, self.here(py)?.opening(py)?)
    }

    fn close(&self, py: Python<'_>) -> PyResult<Call> {
        self.start(py, self.here(py)?.closing(py)?)
    }

    /// Begins to close and waits for nothing.
    fn abandon(&self) {
        self.client.get().start_close();
    }

    #[pyo3(signature = (name, headers, deadline=None))]
    fn action(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        headers: Headers<'_>,
        deadline: Option<f64>,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.session(py)?.action(py, name, &headers, deadline)?)
    }

    #[pyo3(signature = (cli, deadline=None))]
    fn command(&self, py: Python<'_>, cli: &Bound<'_, PyString>, deadline: Option<f64>) -> PyResult<Call> {
        self.start(py, self.here(py)?.session(py)?.command(py, cli, deadline)?)
    }

    fn originate(
        &self,
        py: Python<'_>,
        channel: &Bound<'_, PyString>,
        arguments: &Bound<'_, PyDict>,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().originating(py, channel, arguments)?)
    }

    fn start_originate(
        &self,
        py: Python<'_>,
        channel: &Bound<'_, PyString>,
        arguments: &Bound<'_, PyDict>,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().originated(py, channel, arguments)?)
    }

    #[pyo3(signature = (state, timeout=None))]
    fn wait_for_state(&self, py: Python<'_>, state: &str, timeout: Option<f64>) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().wait_for_state(py, state, timeout)?)
    }

    fn ping(&self, py: Python<'_>) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().ping(py)?)
    }

    #[pyo3(signature = (span, to, text, timeout=None, id=None, *, queue=false))]
    #[expect(clippy::too_many_arguments)]
    fn send_sms(
        &self,
        py: Python<'_>,
        span: Port,
        to: &Bound<'_, PyString>,
        text: &Bound<'_, PyString>,
        timeout: Option<f64>,
        id: Option<&Bound<'_, PyString>>,
        queue: bool,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().send_sms(py, span, to, text, timeout, id, queue)?)
    }

    #[pyo3(signature = (span, code, timeout=None))]
    fn send_ussd(
        &self,
        py: Python<'_>,
        span: Port,
        code: &Bound<'_, PyString>,
        timeout: Option<f64>,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().send_ussd(py, span, code, timeout)?)
    }

    fn events(
        &self,
        py: Python<'_>,
        names: Option<Vec<String>>,
        timeout: Option<f64>,
        idle_timeout: Option<f64>,
        owner: Option<Py<PyAny>>,
    ) -> PyResult<AsyncStream> {
        let client = self.here(py)?;
        client.check_open(py)?;
        let idle = Idle::new(py, timeout, idle_timeout)?;
        let events = client.core(py)?.subscribe(client.filter(py, names)?).or_raise(py, client.text())?;
        Ok(self.stream(py, Source::Events(events), idle, owner))
    }

    fn inbox(&self, py: Python<'_>, timeout: Option<f64>, owner: Option<Py<PyAny>>) -> PyResult<AsyncStream> {
        let client = self.here(py)?;
        client.check_open(py)?;
        let idle = Idle::new(py, timeout, None)?;
        let inbox = client.inbox(py)?;
        Ok(self.stream(py, Source::Inbox(inbox), idle, owner))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.client)?;
        visit.call(&self.executor)?;
        visit.call(&self.event_loop)
    }
}

pub(super) enum Source {
    Events(Subscription),
    Inbox(gsm::Inbox),
    Mail(Subscription),
}

enum Item {
    Event(protocol::Message),
    Sms(gsm::Sms),
    Mail(protocol::Message),
}

impl Source {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Item, Error>> {
        match self {
            Source::Events(events) => events.poll_next(cx).map_ok(Item::Event),
            // Between two SMS it keeps nothing, so each poll may be of a new future.
            Source::Inbox(inbox) => pin!(inbox.next()).poll(cx).map_ok(Item::Sms),
            Source::Mail(mail) => mail.poll_next(cx).map_ok(Item::Mail),
        }
    }

    fn counters(&self) -> QueueCounters {
        match self {
            Source::Events(events) | Source::Mail(events) => events.counters(),
            Source::Inbox(inbox) => inbox.counters(),
        }
    }

    fn close(&mut self) {
        match self {
            Source::Events(events) | Source::Mail(events) => events.close(),
            Source::Inbox(inbox) => inbox.close(),
        }
    }
}

/// A stream of an event loop. libami.aio has the ones to use.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct AsyncStream {
    /// Nothing of Python's runs while this is locked.
    source: Mutex<Source>,
    text: Arc<Text>,
    recent: Recent,
    idle: Idle,
    id: u64,
    /// Always the same, so that waits that are given up leave nothing with the queue.
    waker: Waker,
    waiters: Arc<Waiters>,
    /// Items since the loop last had a turn.
    taken: AtomicU32,
    executor: Py<Executor>,
    event_loop: Py<PyAny>,
    /// The client, which it keeps alive.
    owner: Option<Py<PyAny>>,
}

impl AsyncStream {
    pub fn new(
        py: Python<'_>,
        executor: &Py<Executor>,
        event_loop: &Py<PyAny>,
        text: &Arc<Text>,
        source: Source,
        idle: Idle,
        owner: Option<Py<PyAny>>,
    ) -> AsyncStream {
        let bell = executor.get().bell();
        let waiters = Arc::new(Waiters::default());
        let slot = Slot::Stream { waiters: Arc::clone(&waiters), bell: Arc::clone(&bell) };
        executor.get().keep(bell.id, slot);
        AsyncStream {
            source: Mutex::new(source),
            text: Arc::clone(text),
            recent: Recent::default(),
            idle,
            id: bell.id,
            waker: Waker::from(bell),
            waiters,
            taken: AtomicU32::new(0),
            executor: executor.clone_ref(py),
            event_loop: event_loop.clone_ref(py),
            owner,
        }
    }

    fn poll(&self) -> Poll<Result<Item, Error>> {
        lock(&self.source).poll(&mut Context::from_waker(&self.waker))
    }

    fn make(&self, py: Python<'_>, item: Item) -> PyResult<Py<PyAny>> {
        match item {
            Item::Event(event) => {
                let event = Event::create(py, event, &self.text)?;
                self.recent.push(py, &event);
                Ok(event.into_any())
            }
            Item::Sms(sms) => Sms(sms).into_py_any(py),
            Item::Mail(event) => mail(py, event, &self.text),
        }
    }

    /// A future that ends when there is news, or the deadline has passed.
    fn wait(&self, py: Python<'_>, deadline: Option<Instant>) -> PyResult<Wait> {
        static EXPIRE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        check_loop(py, &self.event_loop)?;
        let waiting = Waiting::new(py, &self.event_loop)?;
        let mut wait = Wait { waiting: waiting.clone_ref(py), timer: None };
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now()).as_secs_f64();
            let expire =
                EXPIRE.get_or_try_init(py, || Ok::<_, PyErr>(wrap_pyfunction!(expire, py)?.into_any().unbind()))?;
            let timer = self.event_loop.call_method1(py, intern!(py, "call_later"), (left, expire, &waiting))?;
            wait.timer = Some(timer);
        }
        let mut waiters = lock(&self.waiters);
        // Those that were given up go.
        waiters.retain(|other| !other.get().is_over());
        waiters.push(waiting);
        Ok(wait)
    }
}

#[pymethods]
impl AsyncStream {
    /// The next item, if one waits and it is not the loop's turn.
    fn take(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.taken.fetch_add(1, Ordering::Relaxed) >= TURN {
            return Ok(None);
        }
        match self.poll() {
            Poll::Ready(Ok(item)) => self.make(py, item).map(Some),
            // What has ended says so again.
            Poll::Ready(Err(_)) | Poll::Pending => Ok(None),
        }
    }

    fn next(slf: Py<Self>) -> Next {
        Next { stream: slf, wait: None, deadline: None, begun: false }
    }

    /// Counts of all that went through it so far: events, of which for an inbox not each is an SMS.
    #[getter]
    fn counters(&self) -> Counters {
        Counters(lock(&self.source).counters())
    }

    /// Unsubscribes: what waits is discarded, and the iteration ends, in other tasks as well.
    fn close(&self) {
        lock(&self.source).close();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.executor)?;
        visit.call(&self.event_loop)?;
        visit.call(&self.owner)
    }
}

impl Drop for AsyncStream {
    fn drop(&mut self) {
        self.executor.get().forget(self.id);
    }
}

/// A wait for news of a stream.
struct Wait {
    waiting: Py<Waiting>,
    timer: Option<Py<PyAny>>,
}

impl Wait {
    /// True if the time had run out.
    fn end(&self, py: Python<'_>) -> PyResult<bool> {
        self.waiting.get().take()?.is_truthy(py)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        park_at_exit();
        self.waiting.get().give_up();
        if let Some(timer) = &self.timer {
            // A loop that was closed takes no more, and needs none.
            Python::try_attach(|py| drop(timer.call_method0(py, intern!(py, "cancel"))));
        }
    }
}

/// The next item of a stream, when it is awaited. It is taken at the very end, so that one which is given up loses nothing.
#[pyclass(module = "libami._native")]
pub(super) struct Next {
    stream: Py<AsyncStream>,
    wait: Option<Wait>,
    deadline: Option<Instant>,
    begun: bool,
}

#[pymethods]
impl Next {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// The value that is yielded is for the loop: a future to wait for, or None for a turn.
    fn __next__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let stream = self.stream.get();
        let expired = match self.wait.take() {
            Some(wait) => {
                stream.taken.store(0, Ordering::Relaxed);
                wait.end(py)?
            }
            None => false,
        };
        if stream.taken.fetch_add(1, Ordering::Relaxed) >= TURN {
            stream.taken.store(0, Ordering::Relaxed);
            return Ok(py.None());
        }
        match stream.poll() {
            Poll::Ready(Ok(item)) => Err(PyStopIteration::new_err((stream.make(py, item)?,))),
            Poll::Ready(Err(error)) if error.kind() == ErrorKind::Closed => Err(PyStopAsyncIteration::new_err(())),
            Poll::Ready(Err(error)) => Err::<Py<PyAny>, _>(error).or_raise(py, &stream.text),
            Poll::Pending => {
                if !std::mem::replace(&mut self.begun, true) {
                    self.deadline = stream.idle.timeout.map(|timeout| Instant::now() + timeout);
                }
                if expired || stream.idle.timeout.is_some_and(|timeout| timeout.is_zero()) {
                    stream.idle.check(py)?;
                    return Err(PyStopAsyncIteration::new_err(()));
                }
                let wait = self.wait.insert(stream.wait(py, self.deadline)?);
                Ok(wait.waiting.clone_ref(py).into_any())
            }
        }
    }

    fn send(&mut self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.__next__(py)
    }

    #[pyo3(signature = (kind, value=None, _traceback=None, /))]
    fn throw(
        &mut self,
        kind: Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        _traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.wait = None;
        Err(thrown(kind, value))
    }

    fn close(&mut self) {
        self.wait = None;
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.stream)?;
        if let Some(wait) = &self.wait {
            visit.call(&wait.waiting)?;
            visit.call(&wait.timer)?;
        }
        Ok(())
    }
}
