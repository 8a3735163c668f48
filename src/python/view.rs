//! Views of events. `libami.events` derives a class from `View` for each event, with a `HeaderField` for each of its headers.

use std::marker::PhantomData;
use std::sync::Arc;

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::impl_::pymethods::tp_new_impl;
use pyo3::prelude::*;
use pyo3::pyclass_init::PyClassInitializer;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use pyo3::{IntoPyObjectExt, PyClass};

use super::content::{hash_of_message, same_message};
use super::exception::invalid;
use super::message::{Event, Message, is_shared};
use super::parking::park_at_exit;
use super::text::Text;
use crate::protocol;
use crate::typed::read;

/// A class that Python derives from one of Rust's.
pub(super) struct Derived<T>(Py<PyType>, PhantomData<T>);

impl<T: PyClass> Derived<T> {
    pub fn new(class: &Bound<'_, PyType>) -> PyResult<Derived<T>> {
        if class.is_subclass_of::<T>()? {
            Ok(Derived(class.clone().unbind(), PhantomData))
        } else {
            Err(PyTypeError::new_err(format!("{} is not derived from {}", class.name()?, T::NAME)))
        }
    }

    /// Makes an object of it, without a call of Python's.
    #[allow(unsafe_code)]
    fn make(&self, py: Python<'_>, of: T) -> PyResult<Py<T>>
    where
        T: Into<PyClassInitializer<T>>,
    {
        // Of derived classes PyO3 makes objects in `__new__` alone, by this function of its macros: Cargo.toml pins its version.
        // SAFETY: the class is derived from T; what is made is an object of it, and ours.
        unsafe {
            let made = tp_new_impl::<PyClassInitializer<T>, T>(py, of.into(), self.0.bind(py).as_type_ptr())?;
            Ok(Bound::from_owned_ptr(py, made).cast_into_unchecked().unbind())
        }
    }
}

/// An event with a property for each of its headers: the base of the classes of libami.events.
#[pyclass(frozen, subclass, module = "libami.events")]
pub(super) struct View {
    message: Message,
    /// Made when it is asked for.
    raw: PyOnceLock<Py<Event>>,
}

impl View {
    pub fn create(
        py: Python<'_>,
        class: &Derived<View>,
        message: protocol::Message,
        text: &Arc<Text>,
    ) -> PyResult<Py<View>> {
        class.make(py, View { message: Message::new(message, text), raw: PyOnceLock::new() })
    }

    /// The program has had its turn with it. If it keeps it, or the event, that shall cost no more than its own size.
    pub fn let_go(&self, py: Python<'_>, is_kept: bool) {
        match self.raw.get(py) {
            Some(raw) if is_kept || is_shared(py, raw) => {
                let raw = raw.bind(py).as_super().get();
                raw.detach();
                self.message.share(raw);
            }
            None if is_kept => self.message.detach(),
            _ => {}
        }
    }

    fn event(&self, py: Python<'_>) -> PyResult<&Py<Event>> {
        park_at_exit();
        self.raw.get_or_try_init(py, || Event::create(py, self.message.inner().clone(), self.message.text()))
    }
}

#[pymethods]
impl View {
    /// The name of the event that it is a view of.
    #[classattr]
    const NAME: &'static str = "";

    #[new]
    fn new(raw: &Bound<'_, Event>) -> View {
        // A copy: what the event shares with others must not be kept by this when the event lets go of it.
        let view = View { message: raw.as_super().get().detached(), raw: PyOnceLock::new() };
        view.raw.get_or_init(raw.py(), || raw.clone().unbind());
        view
    }

    /// The event itself.
    #[getter]
    fn raw(&self, py: Python<'_>) -> PyResult<Py<Event>> {
        self.event(py).map(|event| event.clone_ref(py))
    }

    /// Two of them are equal if they are of the same class and their events are equal.
    fn __eq__(slf: &Bound<'_, View>, other: &Bound<'_, PyAny>) -> bool {
        let Ok(other) = other.cast::<View>() else { return false };
        slf.get_type().is(other.get_type()) && same_message(&slf.get().message.inner(), &other.get().message.inner())
    }

    fn __hash__(&self) -> u64 {
        hash_of_message(&self.message.inner())
    }

    /// It never changes, so a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(slf: &Bound<'py, View>) -> PyResult<(Bound<'py, PyType>, (Py<Event>,))> {
        Ok((slf.get_type(), (slf.get().raw(slf.py())?,)))
    }

    fn __repr__(slf: &Bound<'_, View>) -> PyResult<String> {
        let event = slf.get().event(slf.py())?;
        Ok(format!("<{} of {}>", slf.get_type().name()?, event.bind(slf.py()).repr()?))
    }
}

/// The headers of a channel or a bridge in an event: the base of ChannelHeaders and BridgeHeaders of libami.events.
#[pyclass(frozen, subclass, module = "libami.events")]
pub(super) struct Block {
    view: Py<View>,
    field: Py<BlockField>,
}

/// A pickle of a property: `getattr`, an object and a name.
type Property<'py> = (Bound<'py, PyAny>, (Py<View>, String));

#[pymethods]
impl Block {
    /// Two of them are equal if they are the same property of equal views.
    fn __eq__(slf: &Bound<'_, Block>, other: &Bound<'_, PyAny>) -> bool {
        let Ok(other) = other.cast::<Block>() else { return false };
        slf.get_type().is(other.get_type())
            && View::__eq__(slf.get().view.bind(slf.py()), other.get().view.bind(slf.py()))
    }

    fn __hash__(&self) -> u64 {
        self.view.get().__hash__()
    }

    /// It never changes, so a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(slf: &Bound<'py, Block>) -> PyResult<Property<'py>> {
        let (py, block) = (slf.py(), slf.get());
        let getattr = py.import("builtins")?.getattr("getattr")?;
        Ok((getattr, (block.view.clone_ref(py), block.field.get().name.clone())))
    }
}

/// The view that this is, or is a part of.
fn view_of<'a>(object: &'a Bound<'_, PyAny>) -> PyResult<&'a View> {
    match object.cast::<View>() {
        Ok(view) => Ok(view.get()),
        Err(_) => Ok(object.cast::<Block>()?.get().view.get()),
    }
}

/// The ways to read the value of a header.
enum Kind {
    Text,
    Int,
    Flag,
    Time,
    Pairs,
}

// A property of views and blocks: a header, read by its type. A docstring or signature of the class would hide the docstrings
// of its objects.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct HeaderField {
    kind: Kind,
    name: String,
}

/// Refuses to set or delete a property.
fn refuse() -> PyResult<()> {
    Err(PyAttributeError::new_err("a view of an event cannot be changed"))
}

#[pymethods]
impl HeaderField {
    #[new]
    #[pyo3(text_signature = None)]
    fn new(py: Python<'_>, kind: &str, name: String) -> PyResult<HeaderField> {
        let kind = match kind {
            "text" => Kind::Text,
            "int" => Kind::Int,
            "bool" => Kind::Flag,
            "time" => Kind::Time,
            "pair" => Kind::Pairs,
            _ => return Err(invalid(py, &format!("headers are not of a type {kind:?}"))),
        };
        Ok(HeaderField { kind, name })
    }

    #[getter]
    fn __doc__(&self) -> String {
        format!("The header {}.", self.name)
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        object: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, name) = (slf.py(), &slf.get().name);
        let Some(object) = object else { return Ok(slf.clone().into_any()) };
        let whole = &view_of(object)?.message;
        let message = whole.inner();
        match slf.get().kind {
            Kind::Text => {
                let value = read::value(&message, name).ok().map(|value| whole.decode(py, value));
                value.transpose()?.into_bound_py_any(py)
            }
            Kind::Int => read::int(&message, name).into_bound_py_any(py),
            Kind::Flag => read::flag(&message, name).into_bound_py_any(py),
            Kind::Time => {
                park_at_exit();
                // Python's times end with the year 9999.
                read::time(&message, name).and_then(|time| time.into_pyobject(py).ok()).into_bound_py_any(py)
            }
            Kind::Pairs => {
                park_at_exit();
                let pairs = PyDict::new(py);
                for (name, value) in message.get_all(name).map(read::pair) {
                    pairs.set_item(whole.decode(py, name)?, whole.decode(py, value)?)?;
                }
                Ok(pairs.into_any())
            }
        }
    }

    fn __set__(&self, _object: &Bound<'_, PyAny>, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        refuse()
    }

    fn __delete__(&self, _object: &Bound<'_, PyAny>) -> PyResult<()> {
        refuse()
    }
}

// A property of views: the headers of a channel or a bridge.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct BlockField {
    class: Derived<Block>,
    name: String,
    about: String,
}

#[pymethods]
impl BlockField {
    #[new]
    #[pyo3(text_signature = None)]
    fn new(block: &Bound<'_, PyType>, name: String, about: String) -> PyResult<BlockField> {
        Ok(BlockField { class: Derived::new(block)?, name, about })
    }

    #[getter]
    fn __doc__(&self) -> &str {
        &self.about
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        object: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(object) = object else { return Ok(slf.clone().into_any()) };
        park_at_exit();
        let view = object.cast::<View>()?.clone().unbind();
        let block = Block { view, field: slf.clone().unbind() };
        slf.get().class.make(slf.py(), block)?.into_bound_py_any(slf.py())
    }

    fn __set__(&self, _object: &Bound<'_, PyAny>, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        refuse()
    }

    fn __delete__(&self, _object: &Bound<'_, PyAny>) -> PyResult<()> {
        refuse()
    }
}
