//! Events and SMS to iterate over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::error::OrRaise;
use super::exception::{invalid, own};
use super::gsm::{Sms, mail};
use super::message::{Event, Recent};
use super::seconds::idle_limit;
use super::stats::Counters;
use super::text::Text;
use super::wait::SLICE;
use crate::blocking::Events;
use crate::error::{Error, ErrorKind};
use crate::{gsm, protocol};

/// The time that a stream may be idle, and what happens then.
#[derive(Clone, Copy)]
pub(super) struct Idle {
    pub timeout: Option<Duration>,
    /// It is an error, and not the end of the iteration.
    raises: bool,
}

impl Idle {
    pub fn new(py: Python<'_>, timeout: Option<f64>, idle_timeout: Option<f64>) -> PyResult<Idle> {
        if timeout.is_some() && idle_timeout.is_some() {
            return Err(invalid(
                py,
                "timeout ends the iteration and idle_timeout raises TimeoutError; give one of them",
            ));
        }
        let raises = idle_timeout.is_some();
        Ok(Idle { timeout: idle_limit(py, timeout.or(idle_timeout))?, raises })
    }

    /// Raises, where that is wanted, for a stream that was idle too long.
    pub fn check(&self, py: Python<'_>) -> PyResult<()> {
        match self.timeout.filter(|_| self.raises) {
            Some(timeout) => {
                let text = format!("nothing came within {} seconds", timeout.as_secs_f64());
                Err(own(py, ErrorKind::Timeout, &text))
            }
            None => Ok(()),
        }
    }
}

/// A subscription, how long it may be idle, and its client, which it keeps alive.
pub(super) struct Pulled {
    events: Events,
    text: Arc<Text>,
    idle: Idle,
    owner: Py<PyAny>,
    /// A time that is past.
    since: Instant,
}

enum Step<T> {
    Got(T),
    /// Nothing came in time.
    Idle,
    /// It was closed here.
    Closed,
}

impl Pulled {
    pub fn new(events: Events, text: &Arc<Text>, idle: Idle, owner: Py<PyAny>) -> Pulled {
        Pulled { events, text: Arc::clone(text), idle, owner, since: Instant::now() }
    }

    /// The next that this makes something of; nothing when time has run out or it was closed here.
    fn next<T: Send>(&self, py: Python<'_>, pick: fn(protocol::Message) -> Option<T>) -> PyResult<Option<T>> {
        // What waits is taken without letting go of the interpreter, or a look at the clock.
        let mut step = self.step(self.since, pick);
        let mut deadline = None;
        loop {
            match step.or_raise(py, &self.text)? {
                Step::Got(found) => return Ok(Some(found)),
                Step::Closed => return Ok(None),
                Step::Idle if deadline.is_some_and(|deadline| deadline <= Instant::now()) => {
                    return self.idle.check(py).map(|()| None);
                }
                Step::Idle => py.check_signals()?,
            }
            deadline = deadline.or_else(|| self.idle.timeout.map(|timeout| Instant::now() + timeout));
            let slice = Instant::now() + SLICE;
            let until = deadline.map_or(slice, |deadline| deadline.min(slice));
            step = py.detach(|| self.step(until, pick));
        }
    }

    fn counters(&self, py: Python<'_>) -> PyResult<Counters> {
        Ok(Counters(self.events.counters().or_raise(py, &self.text)?))
    }

    fn step<T>(&self, until: Instant, pick: fn(protocol::Message) -> Option<T>) -> Result<Step<T>, Error> {
        loop {
            match self.events.next(Some(until)) {
                Ok(Some(event)) => {
                    if let Some(found) = pick(event) {
                        return Ok(Step::Got(found));
                    }
                }
                Ok(None) => return Ok(Step::Idle),
                Err(error) if error.kind() == ErrorKind::Closed => return Ok(Step::Closed),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Events of a client, from the call of events() on: an iterator and a context manager.
#[pyclass(frozen, module = "libami")]
pub(super) struct EventStream {
    pulled: Pulled,
    recent: Recent,
}

impl EventStream {
    pub fn new(pulled: Pulled) -> EventStream {
        EventStream { pulled, recent: Recent::default() }
    }
}

#[pymethods]
impl EventStream {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<Event>>> {
        let Some(event) = self.pulled.next(py, Some)? else { return Ok(None) };
        let event = Event::create(py, event, &self.pulled.text)?;
        self.recent.push(py, &event);
        Ok(Some(event))
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyAny>) {
        self.close();
    }

    /// Counts of all that went through it so far.
    #[getter]
    fn counters(&self, py: Python<'_>) -> PyResult<Counters> {
        self.pulled.counters(py)
    }

    /// Unsubscribes: what waits is discarded, and the iteration ends, in other threads as well.
    fn close(&self) {
        self.pulled.events.close();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.pulled.owner)
    }
}

/// SMS that come in, from the call of inbox() on: an iterator and a context manager.
#[pyclass(frozen, module = "libami")]
pub(super) struct Inbox(pub Pulled);

#[pymethods]
impl Inbox {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Sms>> {
        Ok(self.0.next(py, |event| gsm::Sms::from_event(&event))?.map(Sms))
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyAny>) {
        self.close();
    }

    /// Counts of all that went through it so far: events, of which not each is an SMS.
    #[getter]
    fn counters(&self, py: Python<'_>) -> PyResult<Counters> {
        self.0.counters(py)
    }

    /// Unsubscribes: what waits is discarded, and the iteration ends, in other threads as well.
    fn close(&self) {
        self.0.events.close();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0.owner)
    }
}

/// Mail of a gateway, from the call of inbox() on: an iterator and a context manager.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct GatewayInbox(pub Pulled);

#[pymethods]
impl GatewayInbox {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.0.next(py, Some)?.map(|event| mail(py, event, &self.0.text)).transpose()
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyAny>) {
        self.close();
    }

    /// Counts of all that went through it so far.
    #[getter]
    fn counters(&self, py: Python<'_>) -> PyResult<Counters> {
        self.0.counters(py)
    }

    /// Unsubscribes: what waits is discarded, and the iteration ends, in other threads as well.
    fn close(&self) {
        self.0.events.close();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0.owner)
    }
}
