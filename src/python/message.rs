//! Events and responses as frozen mappings over the frame that the core parsed. Nothing is decoded until it is asked for.

use std::sync::{Arc, RwLock, RwLockReadGuard, TryLockError};

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyList, PyString, PyTuple};
use pyo3::{IntoPyObjectExt, ffi};

use super::content::{
    dict_of, dict_of_response, hash_of_message, hash_of_response, reduce_event, reduce_response, same_message,
    same_response, shown,
};
use super::mapping::{is_mapping, view};
use super::parking::park_at_exit;
use super::text::Text;
use crate::lock::unpoisoned;
use crate::protocol::{self, MessageKind};

/// The base of events and responses: a frozen mapping from header names to their first values. Names are compared
/// without case and listed once each, in the order and the spelling of their first appearance.
#[pyclass(frozen, subclass, mapping, module = "libami")]
pub(super) struct Message {
    /// Changes only its place in memory.
    message: RwLock<protocol::Message>,
    text: Arc<Text>,
}

/// A name that a header may have; nothing else is in the mapping.
fn header_name<'a>(key: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    key.cast::<PyString>().ok()?.to_str().ok()
}

/// The header names, each once.
fn names(message: &protocol::Message) -> Vec<&[u8]> {
    let mut names: Vec<&[u8]> = Vec::new();
    for (name, _) in message.iter() {
        if !names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    names
}

impl Message {
    pub fn new(message: protocol::Message, text: &Arc<Text>) -> Message {
        Message { message: RwLock::new(message), text: Arc::clone(text) }
    }

    pub fn inner(&self) -> RwLockReadGuard<'_, protocol::Message> {
        unpoisoned(self.message.read())
    }

    /// The same in memory of its own.
    pub fn detached(&self) -> Message {
        Message::new(self.inner().detached(), &self.text)
    }

    pub fn text(&self) -> &Arc<Text> {
        &self.text
    }

    /// Has it hold nothing but itself.
    pub fn detach(&self) {
        let detached = self.inner().detached();
        self.replace(detached);
    }

    /// Has it share the memory of another one that says the same.
    pub fn share(&self, other: &Message) {
        let message = other.inner().clone();
        self.replace(message);
    }

    /// Puts the same message in the place of its own. If that is just being read, the next one that asks may do so.
    fn replace(&self, message: protocol::Message) {
        let place = match self.message.try_write() {
            Ok(place) => Some(place),
            Err(TryLockError::Poisoned(place)) => Some(place.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(mut place) = place {
            *place = message;
        }
    }

    pub fn decode<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
        self.text.decode(py, bytes)
    }

    fn decoded_names<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyString>>> {
        park_at_exit();
        names(&self.inner()).into_iter().map(|name| self.decode(py, name)).collect()
    }
}

#[pymethods]
impl Message {
    fn __getitem__<'py>(&self, py: Python<'py>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
        let message = self.inner();
        match header_name(name).and_then(|name| message.get(name)) {
            Some(value) => self.decode(py, value),
            None => Err(PyKeyError::new_err(name.clone().unbind())),
        }
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        header_name(name).is_some_and(|name| self.inner().get(name).is_some())
    }

    fn __len__(&self) -> usize {
        names(&self.inner()).len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        PyTuple::new(py, self.decoded_names(py)?)?.try_iter()
    }

    /// Two of them are equal if they are of the same kind and have the same headers in the same order, and responses if their
    /// entries, closing events and texts are equal too; another mapping is equal to one if the first values are.
    fn __eq__<'py>(slf: &Bound<'py, Message>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        park_at_exit();
        let py = slf.py();
        if let Ok(other) = other.cast::<Message>() {
            let is_same = match (slf.cast::<Response>(), other.cast::<Response>()) {
                (Ok(mine), Ok(others)) => same_response(&mine.get().response, &others.get().response),
                (Err(_), Err(_)) => same_message(&slf.get().inner(), &other.get().inner()),
                _ => false,
            };
            return Ok(is_same.into_pyobject(py)?.to_owned().into_any());
        }
        if !is_mapping(other)? {
            return Ok(py.NotImplemented().into_bound(py));
        }
        let (mine, others) = (PyDict::new(py), PyDict::new(py));
        // PyO3 would ask `sys.modules` what a mapping is.
        mine.call_method1("update", (slf,))?;
        others.call_method1("update", (other,))?;
        mine.rich_compare(others, pyo3::basic::CompareOp::Eq)
    }

    /// By what it says, as `==` compares: equal ones have the same.
    fn __hash__(slf: &Bound<'_, Message>) -> u64 {
        match slf.cast::<Response>() {
            Ok(response) => hash_of_response(&response.get().response),
            Err(_) => hash_of_message(&slf.get().inner()),
        }
    }

    /// It never changes, so a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    /// All headers as a dict that `json.dumps` takes: a name that comes once with its value, one that comes more often with
    /// the list of its values, spelt as at first. With the error handler "surrogateescape", the default, bytes that are not
    /// of the encoding are lone surrogates in values: escape them in JSON, as `json.dumps` does by default, or connect with
    /// `errors="replace"`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict_of(py, &self.inner(), &self.text)
    }

    /// The first value of this header, or the default.
    #[pyo3(signature = (name, default=None, /))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let message = self.inner();
        match header_name(name).and_then(|name| message.get(name)) {
            Some(value) => Ok(Some(self.decode(py, value)?.into_any())),
            None => Ok(default),
        }
    }

    /// All values of this header, in order.
    #[pyo3(signature = (name, /))]
    fn get_all<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Vec<Bound<'py, PyString>>> {
        park_at_exit();
        self.inner().get_all(name).map(|value| self.decode(py, value)).collect()
    }

    /// The first value of this header as the bytes that the server sent, or None.
    #[pyo3(signature = (name, /))]
    fn get_bytes<'py>(&self, py: Python<'py>, name: &str) -> Option<Bound<'py, PyBytes>> {
        self.inner().get(name).map(|value| PyBytes::new(py, value))
    }

    /// All headers, in the order of the wire, with their duplicates.
    fn multi_items<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyString>, Bound<'py, PyString>)>> {
        park_at_exit();
        self.inner().iter().map(|(name, value)| Ok((self.decode(py, name)?, self.decode(py, value)?))).collect()
    }

    /// A view of the header names.
    fn keys<'py>(slf: &Bound<'py, Message>) -> PyResult<Bound<'py, PyAny>> {
        view(slf.as_any(), 0)
    }

    /// A view of the first values.
    fn values<'py>(slf: &Bound<'py, Message>) -> PyResult<Bound<'py, PyAny>> {
        view(slf.as_any(), 1)
    }

    /// A view of the header names with their first values.
    fn items<'py>(slf: &Bound<'py, Message>) -> PyResult<Bound<'py, PyAny>> {
        view(slf.as_any(), 2)
    }

    /// Values may be secrets and people's texts, so of most headers only the names are shown.
    fn __repr__(slf: &Bound<'_, Message>) -> PyResult<String> {
        let message = slf.get().inner();
        let more = match slf.cast::<Response>().map(|response| response.get().response.events().len()) {
            Ok(0) | Err(_) => String::new(),
            Ok(entries) => format!("; {entries} entries"),
        };
        shown(slf.as_any(), &message, &names(&message), &more)
    }
}

/// An event of the server, or a marker of libami: a frozen mapping of its headers.
#[pyclass(frozen, extends = Message, module = "libami")]
pub(super) struct Event;

impl Event {
    pub fn create(py: Python<'_>, message: protocol::Message, text: &Arc<Text>) -> PyResult<Py<Event>> {
        Py::new(py, (Event, Message::new(message, text)))
    }
}

/// Tells whether somebody else holds it too.
#[allow(unsafe_code)]
pub(super) fn is_shared<T>(_py: Python<'_>, object: &Py<T>) -> bool {
    // SAFETY: it is alive, and this thread is in the interpreter.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) > 1 }
}

#[pymethods]
impl Event {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("name",);

    /// The event's name, such as "Newexten"; "#lagged", "#gap" and "#state" for markers.
    #[getter]
    fn name<'py>(slf: &Bound<'py, Event>) -> PyResult<Bound<'py, PyString>> {
        let this = slf.as_super().get();
        this.decode(slf.py(), this.inner().name())
    }

    /// "server" for an event of the server; "lagged" where events were dropped, "gap" where the connection was lost, "state" where
    /// its state changed; "skipped" where the server sent something that is neither an event nor an answer; "derived" for events that
    /// libami made of others, such as an SMS.
    #[getter]
    fn kind(slf: &Bound<'_, Event>) -> &'static str {
        match slf.as_super().get().inner().kind() {
            MessageKind::Lagged => "lagged",
            MessageKind::Gap => "gap",
            MessageKind::State => "state",
            MessageKind::Derived => "derived",
            MessageKind::Skipped => "skipped",
            _ => "server",
        }
    }

    /// The number of events that were lost here; 0 for anything but a "lagged" marker.
    #[getter]
    fn lost(slf: &Bound<'_, Event>) -> u64 {
        let message = slf.as_super().get().inner();
        let lost = message.text("Lost").filter(|_| message.kind() == MessageKind::Lagged);
        lost.and_then(|lost| lost.parse().ok()).unwrap_or(0)
    }

    /// The seconds without a connection here; 0 for anything but a "gap" marker.
    #[getter]
    fn outage(slf: &Bound<'_, Event>) -> f64 {
        let message = slf.as_super().get().inner();
        let time = |name| message.text(name).filter(|_| message.kind() == MessageKind::Gap)?.parse::<f64>().ok();
        time("From").zip(time("Until")).map_or(0.0, |(from, until)| (until - from).max(0.0))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Event>) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.as_super().get();
        reduce_event(slf.py(), &this.inner(), &this.text)?.into_bound_py_any(slf.py())
    }

    /// The event in memory of its own. Entries of a list share memory, and one of them that is kept keeps it all. Events of
    /// an iteration or a callback need no detaching: once they are kept, they are in memory of their own.
    fn detached(slf: &Bound<'_, Event>) -> PyResult<Py<Event>> {
        Py::new(slf.py(), (Event, slf.as_super().get().detached()))
    }
}

/// The whole answer to an action: a frozen mapping of the response's headers, with the entries of a list and the text of a
/// command.
#[pyclass(frozen, extends = Message, module = "libami")]
pub(super) struct Response {
    response: protocol::Response,
    /// Made once, so that an entry is always the same object.
    events: PyOnceLock<Py<PyTuple>>,
}

impl Response {
    pub fn create(py: Python<'_>, response: protocol::Response, text: &Arc<Text>) -> PyResult<Py<Response>> {
        let message = Message::new(response.message().clone(), text);
        Py::new(py, (Response { response, events: PyOnceLock::new() }, message))
    }
}

#[pymethods]
impl Response {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("events", "output");

    /// A list's entries, without its closing event.
    #[getter]
    fn events<'py>(slf: &Bound<'py, Response>) -> PyResult<Bound<'py, PyList>> {
        let (py, this) = (slf.py(), slf.get());
        let text = &slf.as_super().get().text;
        park_at_exit();
        let events = this.events.get_or_try_init(py, || {
            let events = this.response.events().iter().map(|message| Event::create(py, message.clone(), text));
            Ok::<_, PyErr>(PyTuple::new(py, events.collect::<PyResult<Vec<_>>>()?)?.unbind())
        })?;
        Ok(events.bind(py).to_list())
    }

    /// A list's closing event, or None.
    #[getter]
    fn end_event(slf: &Bound<'_, Response>) -> PyResult<Option<Py<Event>>> {
        let end = slf.get().response.end_event();
        end.map(|message| Event::create(slf.py(), message.clone(), &slf.as_super().get().text)).transpose()
    }

    /// The response's headers as `Message.to_dict` has them, and where there are some: `events`, the entries of the list,
    /// `end_event`, which closes it, and `output`, a command's text.
    fn to_dict<'py>(slf: &Bound<'py, Response>) -> PyResult<Bound<'py, PyDict>> {
        dict_of_response(slf.py(), &slf.get().response, &slf.as_super().get().text)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Response>) -> PyResult<Bound<'py, PyAny>> {
        let text = &slf.as_super().get().text;
        reduce_response(slf.py(), &slf.get().response, text)?.into_bound_py_any(slf.py())
    }

    /// The response in memory of its own, and each entry of its list too. Answers that arrived together share memory, and
    /// one of them that is kept keeps it all.
    fn detached(slf: &Bound<'_, Response>) -> PyResult<Py<Response>> {
        Response::create(slf.py(), slf.get().response.detached(), &slf.as_super().get().text)
    }

    /// A command's text: its lines joined by "\n", without one at the end; None for other actions.
    #[getter]
    fn output<'py>(slf: &Bound<'py, Response>) -> PyResult<Option<Bound<'py, PyString>>> {
        let text = &slf.as_super().get().text;
        slf.get().response.output().map(|output| text.decode(slf.py(), output)).transpose()
    }
}
