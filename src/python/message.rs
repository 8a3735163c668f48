//! Events and responses as frozen mappings over the frame that the core parsed. Nothing is decoded until it is asked for.

use std::sync::Arc;

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyList, PyString, PyTuple, PyType};

use super::text::Text;
use crate::protocol::{self, Kind};

/// What events and responses have in common: a frozen mapping from header names to their first values. Names are compared
/// without case and listed once each, in the order and the spelling of their first appearance.
#[pyclass(frozen, subclass, mapping, module = "libami")]
pub(super) struct Message {
    message: protocol::Message,
    text: Arc<Text>,
}

/// A name that a header may have; nothing else is in the mapping.
fn header_name<'a>(key: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    key.cast::<PyString>().ok()?.to_str().ok()
}

impl Message {
    pub fn new(message: protocol::Message, text: &Arc<Text>) -> Message {
        Message { message, text: Arc::clone(text) }
    }

    pub fn inner(&self) -> &protocol::Message {
        &self.message
    }

    pub fn decode<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
        self.text.decode(py, bytes)
    }

    /// The header names, each once.
    fn names(&self) -> Vec<&[u8]> {
        let mut names: Vec<&[u8]> = Vec::new();
        for (name, _) in self.message.iter() {
            if !names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
        names
    }

    fn decoded_names<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyString>>> {
        self.names().into_iter().map(|name| self.decode(py, name)).collect()
    }

    fn same_headers(&self, other: &Message) -> bool {
        let (mine, others) = (&self.message, &other.message);
        mine.kind() == others.kind()
            && mine.len() == others.len()
            && mine.iter().zip(others.iter()).all(|((a, x), (b, y))| a.eq_ignore_ascii_case(b) && x == y)
    }
}

/// One of the views that `collections.abc` makes of a mapping.
fn view<'py>(mapping: &Bound<'py, Message>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    mapping.py().import("collections.abc")?.getattr(name)?.call1((mapping,))
}

#[pymethods]
impl Message {
    fn __getitem__<'py>(&self, py: Python<'py>, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
        match header_name(name).and_then(|name| self.message.get(name)) {
            Some(value) => self.decode(py, value),
            None => Err(PyKeyError::new_err(name.clone().unbind())),
        }
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        header_name(name).is_some_and(|name| self.message.get(name).is_some())
    }

    fn __len__(&self) -> usize {
        self.names().len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        PyTuple::new(py, self.decoded_names(py)?)?.try_iter()
    }

    /// Two of them are equal if they are of the same kind and have the same headers in the same order; another mapping is
    /// equal to one if the first values are.
    fn __eq__<'py>(slf: &Bound<'py, Message>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        static MAPPING: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let py = slf.py();
        if let Ok(other) = other.cast::<Message>() {
            return Ok(slf.get().same_headers(other.get()).into_pyobject(py)?.to_owned().into_any());
        }
        if !other.is_instance(MAPPING.import(py, "collections.abc", "Mapping")?)? {
            return Ok(py.NotImplemented().into_bound(py));
        }
        let (mine, others) = (PyDict::new(py), PyDict::new(py));
        mine.update(slf.as_any().cast()?)?;
        others.update(other.cast()?)?;
        mine.rich_compare(others, pyo3::basic::CompareOp::Eq)
    }

    /// The first value of this header, or the default.
    #[pyo3(signature = (name, default=None, /))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match header_name(name).and_then(|name| self.message.get(name)) {
            Some(value) => Ok(Some(self.decode(py, value)?.into_any())),
            None => Ok(default),
        }
    }

    /// All values of this header, in order.
    #[pyo3(signature = (name, /))]
    fn get_all<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Vec<Bound<'py, PyString>>> {
        self.message.get_all(name).map(|value| self.decode(py, value)).collect()
    }

    /// The first value of this header as the bytes that the server sent, or None.
    #[pyo3(signature = (name, /))]
    fn get_bytes<'py>(&self, py: Python<'py>, name: &str) -> Option<Bound<'py, PyBytes>> {
        self.message.get(name).map(|value| PyBytes::new(py, value))
    }

    /// All headers, in the order of the wire, with their duplicates.
    fn multi_items<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyString>, Bound<'py, PyString>)>> {
        self.message.iter().map(|(name, value)| Ok((self.decode(py, name)?, self.decode(py, value)?))).collect()
    }

    /// A view of the header names.
    fn keys<'py>(slf: &Bound<'py, Message>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, "KeysView")
    }

    /// A view of the first values.
    fn values<'py>(slf: &Bound<'py, Message>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, "ValuesView")
    }

    /// A view of the header names with their first values.
    fn items<'py>(slf: &Bound<'py, Message>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, "ItemsView")
    }

    /// Values may be secrets and people's texts, so only names are shown.
    fn __repr__(slf: &Bound<'_, Message>) -> PyResult<String> {
        let this = slf.get();
        let class = slf.get_type().name()?;
        let name = String::from_utf8_lossy(this.message.name());
        let names: Vec<_> = this.names().into_iter().map(String::from_utf8_lossy).collect();
        Ok(format!("<libami.{class} {name}: {}>", names.join(", ")))
    }
}

/// An event of the server, or a marker of libami: a frozen mapping of its headers.
#[pyclass(frozen, extends = Message, module = "libami")]
pub(super) struct Event;

impl Event {
    pub fn create(py: Python<'_>, message: protocol::Message, text: &Arc<Text>) -> PyResult<Py<Event>> {
        Py::new(py, (Event, Message { message, text: Arc::clone(text) }))
    }
}

#[pymethods]
impl Event {
    /// What happened, such as "Newexten"; "#lagged", "#gap" and "#state" for markers.
    #[getter]
    fn name<'py>(slf: &Bound<'py, Event>) -> PyResult<Bound<'py, PyString>> {
        let this = slf.as_super().get();
        this.decode(slf.py(), this.message.name())
    }

    /// "server" for what the server sent; "lagged" where events were lost, "gap" where the link was down, "state" where its
    /// state changed.
    #[getter]
    fn kind(slf: &Bound<'_, Event>) -> &'static str {
        match slf.as_super().get().message.kind() {
            Kind::Lagged => "lagged",
            Kind::Gap => "gap",
            Kind::State => "state",
            _ => "server",
        }
    }

    /// How many events were lost here; 0 for anything but a "lagged" marker.
    #[getter]
    fn lost(slf: &Bound<'_, Event>) -> u64 {
        let message = &slf.as_super().get().message;
        let lost = message.text("Lost").filter(|_| message.kind() == Kind::Lagged);
        lost.and_then(|lost| lost.parse().ok()).unwrap_or(0)
    }

    /// For how many seconds the link was down here; 0 for anything but a "gap" marker.
    #[getter]
    fn outage(slf: &Bound<'_, Event>) -> f64 {
        let message = &slf.as_super().get().message;
        let time = |name| message.text(name).filter(|_| message.kind() == Kind::Gap)?.parse::<f64>().ok();
        time("From").zip(time("Until")).map_or(0.0, |(from, until)| (until - from).max(0.0))
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
        let message = Message { message: response.message().clone(), text: Arc::clone(text) };
        Py::new(py, (Response { response, events: PyOnceLock::new() }, message))
    }
}

#[pymethods]
impl Response {
    /// A list's entries, without its closing event.
    #[getter]
    fn events<'py>(slf: &Bound<'py, Response>) -> PyResult<Bound<'py, PyList>> {
        let (py, this) = (slf.py(), slf.get());
        let text = &slf.as_super().get().text;
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

    /// A command's text: its lines joined by "\n", without one at the end; None for other actions.
    #[getter]
    fn output<'py>(slf: &Bound<'py, Response>) -> PyResult<Option<Bound<'py, PyString>>> {
        let text = &slf.as_super().get().text;
        slf.get().response.output().map(|output| text.decode(slf.py(), output)).transpose()
    }
}
