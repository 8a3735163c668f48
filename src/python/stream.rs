//! Events and mail to iterate over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::error::OrRaise;
use super::exception::{invalid, own};
use super::gsm::mail;
use super::seconds::idle_limit;
use super::seen::{Recent, Seen, Views};
use super::stats::Counters;
use super::text::Text;
use super::wait::{SLICE, detach};
use crate::blocking::Events;
use crate::error::ErrorKind;
use crate::protocol;

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

/// The items that a stream makes of events.
pub(super) struct Items {
    text: Arc<Text>,
    kind: Kind,
}

enum Kind {
    /// The events themselves, or views of them.
    Events(Views, Recent),
    /// The mail of a gateway.
    Mail,
}

impl Items {
    pub fn events(text: &Arc<Text>, views: Views) -> Items {
        Items { text: Arc::clone(text), kind: Kind::Events(views, Recent::default()) }
    }

    pub fn mail(text: &Arc<Text>) -> Items {
        Items { text: Arc::clone(text), kind: Kind::Mail }
    }

    pub fn text(&self) -> &Arc<Text> {
        &self.text
    }

    pub fn make(&self, py: Python<'_>, event: protocol::Message) -> PyResult<Py<PyAny>> {
        let Kind::Events(views, recent) = &self.kind else { return mail(py, event, &self.text) };
        let seen = Seen::create(py, event, &self.text, views)?;
        let object = seen.object(py);
        recent.push(py, seen);
        Ok(object)
    }
}

/// A subscription of a thread, its items, how long it may be idle, and its client, which it keeps alive.
pub(super) struct Pulled {
    events: Events,
    items: Items,
    idle: Idle,
    owner: Py<PyAny>,
    /// A time that is past.
    since: Instant,
}

impl Pulled {
    pub fn new(events: Events, items: Items, idle: Idle, owner: Py<PyAny>) -> Pulled {
        Pulled { events, items, idle, owner, since: Instant::now() }
    }

    /// The next item; nothing when time has run out or it was closed here.
    fn next(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        // An event that waits is taken without letting go of the interpreter, or a look at the clock.
        let mut step = self.events.next(Some(self.since));
        let mut deadline = None;
        loop {
            match step {
                Ok(Some(event)) => return self.items.make(py, event).map(Some),
                Err(error) if error.kind() == ErrorKind::Closed => return Ok(None),
                Err(error) => return Err(error).or_raise(py, &self.items.text),
                Ok(None) if deadline.is_some_and(|deadline| deadline <= Instant::now()) => {
                    return self.idle.check(py).map(|()| None);
                }
                Ok(None) => py.check_signals()?,
            }
            deadline = deadline.or_else(|| self.idle.timeout.map(|timeout| Instant::now() + timeout));
            let slice = Instant::now() + SLICE;
            let until = deadline.map_or(slice, |deadline| deadline.min(slice));
            step = detach(py, || self.events.next(Some(until)));
        }
    }

    /// What waits, up to so many.
    fn drain(&self, py: Python<'_>, limit: usize) -> PyResult<Vec<Py<PyAny>>> {
        let mut items = Vec::new();
        while items.len() < limit {
            match self.events.next(Some(self.since)) {
                Ok(Some(event)) => items.push(self.items.make(py, event)?),
                Ok(None) => break,
                // It is told again the next time.
                Err(_) if !items.is_empty() => break,
                Err(error) => return Err(error).or_raise(py, &self.items.text),
            }
        }
        Ok(items)
    }
}

/// A stream of a thread. EventStream and Inbox are the ones to use.
#[pyclass(frozen, subclass, module = "libami._native")]
pub(super) struct Stream(Pulled);

#[pymethods]
impl Stream {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.0.next(py)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyAny>) {
        self.close();
    }

    /// The descriptor that is readable while something waits, until `drain` or the iteration finds nothing, and at the end: for
    /// event loops other than asyncio. Poll it, do not read or close it, and keep the stream meanwhile.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        self.0.events.fd().or_raise(py, &self.0.items.text)
    }

    /// What waits, at most `limit` items, without waiting: a list, which is empty if nothing waits. At the end it raises:
    /// ClosedError if the stream or its client was closed here, otherwise as the iteration.
    #[pyo3(signature = (limit = 1000))]
    fn drain(&self, py: Python<'_>, limit: usize) -> PyResult<Vec<Py<PyAny>>> {
        self.0.drain(py, limit)
    }

    /// Counts of all that went through it so far.
    #[getter]
    fn counters(&self, py: Python<'_>) -> PyResult<Counters> {
        Ok(Counters(self.0.events.counters().or_raise(py, &self.0.items.text)?))
    }

    /// Unsubscribes: what waits is discarded, and the iteration ends, in other threads as well.
    fn close(&self) {
        self.0.events.close();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0.owner)
    }
}

/// Events of a client or gateway, from the call of events() on: an iterator and a context manager.
#[pyclass(frozen, extends = Stream, module = "libami")]
pub(super) struct EventStream;

/// Views of events, from the call of events() on: an iterator and a context manager.
#[pyclass(frozen, generic, extends = Stream, module = "libami")]
pub(super) struct ViewStream;

/// The stream of such events: an EventStream, or a ViewStream if there are views among them.
pub(super) fn event_stream(
    py: Python<'_>,
    text: &Arc<Text>,
    events: Events,
    views: Views,
    idle: Idle,
    owner: Py<PyAny>,
) -> PyResult<Py<PyAny>> {
    let is_plain = views.is_empty();
    let stream = PyClassInitializer::from(Stream(Pulled::new(events, Items::events(text, views), idle, owner)));
    Ok(if is_plain {
        Py::new(py, stream.add_subclass(EventStream))?.into_any()
    } else {
        Py::new(py, stream.add_subclass(ViewStream))?.into_any()
    })
}

/// Mail of a gateway, from the call of inbox() on: an iterator and a context manager.
#[pyclass(frozen, extends = Stream, module = "libami.gateway")]
pub(super) struct Inbox;

impl Inbox {
    pub fn create(py: Python<'_>, pulled: Pulled) -> PyResult<Py<Inbox>> {
        Py::new(py, PyClassInitializer::from(Stream(pulled)).add_subclass(Inbox))
    }
}
