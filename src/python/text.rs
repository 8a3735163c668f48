//! Bytes of the wire as Python's text, and the other way.

use std::borrow::Cow;
use std::ffi::CString;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::exception::invalid;
use super::mapping::is_mapping;
use super::parking::park_at_exit;
use crate::protocol::Action;

/// The codec of a client's texts.
pub(super) struct Text {
    encoding: CString,
    errors: CString,
    utf8: bool,
}

impl Default for Text {
    fn default() -> Text {
        Text { encoding: c"utf-8".to_owned(), errors: c"surrogateescape".to_owned(), utf8: true }
    }
}

impl Text {
    /// Refuses what Python's codecs do not know.
    pub fn new(py: Python<'_>, encoding: &str, errors: &str) -> PyResult<Text> {
        park_at_exit();
        let codecs = py.import("codecs")?;
        let unknown = |what: &str, name: &str| invalid(py, &format!("Python knows no {what} named {name:?}"));
        let codec = codecs.call_method1("lookup", (encoding,)).map_err(|_| unknown("encoding", encoding))?;
        codecs.call_method1("lookup_error", (errors,)).map_err(|_| unknown("error handler", errors))?;
        let text = Text {
            encoding: CString::new(encoding).map_err(|_| unknown("encoding", encoding))?,
            errors: CString::new(errors).map_err(|_| unknown("error handler", errors))?,
            utf8: codec.getattr("name")?.extract::<String>()? == "utf-8",
        };
        // Some codecs are not for text.
        text.decode(py, b"a").map_err(|_| unknown("text encoding", encoding))?;
        Ok(text)
    }

    /// The names of its codec and of what that does with errors.
    pub fn codec(&self) -> (String, String) {
        (self.encoding.to_string_lossy().into_owned(), self.errors.to_string_lossy().into_owned())
    }

    pub fn decode<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
        if self.utf8
            && let Ok(string) = PyString::from_bytes(py, bytes)
        {
            return Ok(string);
        }
        park_at_exit();
        PyString::from_encoded_object(&PyBytes::new(py, bytes), Some(&self.encoding), Some(&self.errors))
    }

    /// The value is not shown where it is refused: it may be a secret.
    pub fn encode<'a>(&self, name: &str, value: &'a Bound<'_, PyString>) -> PyResult<Cow<'a, [u8]>> {
        if self.utf8
            && let Ok(value) = value.to_str()
        {
            return Ok(Cow::Borrowed(value.as_bytes()));
        }
        park_at_exit();
        let encoding = self.encoding.to_string_lossy();
        let encoded = value
            .call_method1("encode", (&encoding, self.errors.to_string_lossy()))
            .map_err(|_| invalid(value.py(), &format!("the value of {name} cannot be encoded as {encoding}")))?;
        Ok(Cow::Owned(encoded.cast_into::<PyBytes>()?.as_bytes().to_vec()))
    }

    /// Adds a header, or one for each item of a list or tuple, or one for each variable of a mapping.
    pub fn add(&self, action: &mut Action, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        park_at_exit();
        if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            for item in value.try_iter()? {
                self.add_one(action, name, &item?)?;
            }
            return Ok(());
        }
        if name.eq_ignore_ascii_case("Variable") && takes_variables(action.name()) && is_mapping(value)? {
            for (name, value) in pairs(name, value)? {
                let bytes = self.value("a variable", &value)?;
                let added = action.add_variable(utf8("name of a variable", &name)?, bytes).map(drop);
                added.map_err(|error| invalid(value.py(), error.message()))?;
            }
            return Ok(());
        }
        self.add_one(action, name, value)
    }

    fn add_one(&self, action: &mut Action, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let bytes = self.bytes(name, value)?;
        match action.add(name, &bytes) {
            Ok(_) => Ok(()),
            Err(error) => Err(invalid(value.py(), error.message())),
        }
    }

    /// A value as it goes out, which may be a secret.
    pub fn value(&self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
        self.bytes(name, value).map(Cow::into_owned)
    }

    fn bytes<'a>(&self, name: &str, value: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
        park_at_exit();
        if let Ok(value) = value.cast::<PyString>() {
            self.encode(name, value)
        } else if let Ok(value) = value.cast::<PyBytes>() {
            Ok(Cow::Borrowed(value.as_bytes()))
        } else if let Ok(value) = value.cast::<PyBool>() {
            Ok(Cow::Borrowed(if value.is_true() { b"true" } else { b"false" }))
        } else if let Ok(number) = value.cast::<PyFloat>()
            && !number.value().is_finite()
        {
            Err(invalid(value.py(), &format!("the value of {name} is {number}, which no server takes as a number")))
        } else if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
            Ok(Cow::Owned(value.str()?.to_str()?.as_bytes().to_vec()))
        } else {
            let kind = value.get_type().name()?;
            let more = if is_mapping(value)? { "; Variable alone takes a mapping, of channel variables" } else { "" };
            let text = format!(
                "the value of {name} is of type {kind}; use str, bytes, int, float, bool, or a list of them{more}"
            );
            Err(PyTypeError::new_err(text))
        }
    }
}

/// Tells whether the header Variable sets variables; for these two it names one.
fn takes_variables(action: &str) -> bool {
    !action.eq_ignore_ascii_case("Setvar") && !action.eq_ignore_ascii_case("Getvar")
}

/// The pairs of a mapping.
pub(super) fn pairs<'py>(
    name: &str,
    mapping: &Bound<'py, PyAny>,
) -> PyResult<Vec<(Bound<'py, PyString>, Bound<'py, PyAny>)>> {
    park_at_exit();
    let wrong = || PyTypeError::new_err(format!("{name} takes a mapping from names, of type str, to values"));
    if !is_mapping(mapping)? {
        return Err(wrong());
    }
    let items = mapping.call_method0("items")?;
    items.try_iter()?.map(|item| item?.extract().map_err(|_| wrong())).collect()
}

/// Text that goes out as UTF-8. It is not shown where it is refused: it may be a secret.
pub(super) fn utf8<'a>(what: &str, text: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    text.to_str().map_err(|_| invalid(text.py(), &format!("the {what} holds half a surrogate pair; take it out")))
}
