//! Values that newer servers escape as C does.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyString};

use super::parking::park_at_exit;
use crate::protocol;

/// Undo C's escapes of one character in a value, such as a backslash and n for a line end. What is no escape stays as it is.
///
/// Text gives text, bytes give bytes. In an encoding whose characters may hold a backslash's byte (Big5, GBK, Shift JIS)
/// the text is wrong before it comes here: unescape what `get_bytes` gives, and decode that.
#[pyfunction]
#[pyo3(signature = (value, /))]
pub(super) fn unescape<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    park_at_exit();
    let py = value.py();
    if let Ok(text) = value.cast::<PyString>() {
        return unescape_text(text);
    }
    let bytes = value.extract::<PyBackedBytes>();
    let bytes = bytes.map_err(|_| PyTypeError::new_err("a value to unescape is of type str, bytes or bytearray"))?;
    Ok(PyBytes::new(py, &protocol::unescape(&bytes)).into_any())
}

fn unescape_text<'py>(text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    if let Ok(plain) = text.to_str() {
        return match protocol::unescape(plain.as_bytes()) {
            Cow::Borrowed(_) => Ok(text.clone().into_any()),
            Cow::Owned(plain) => Ok(PyString::from_bytes(py, &plain)?.into_any()),
        };
    }
    // Bytes that were no text are half surrogate pairs in it, and come out as such.
    let encoded = text.call_method1("encode", ("utf-8", "surrogatepass"))?.cast_into::<PyBytes>()?;
    let plain = PyBytes::new(py, &protocol::unescape(encoded.as_bytes()));
    Ok(PyString::from_encoded_object(&plain, Some(c"utf-8"), Some(c"surrogatepass"))?.into_any())
}

/// Tells whether a server of this version escapes the values of VarSet and ChanVariable and the names of callers: from 13.5.0 on.
/// Older ones send them raw, with any line ends in them. The version is the `AsteriskVersion` of the action `CoreSettings`.
#[pyfunction]
#[pyo3(signature = (asterisk_version, /))]
pub(super) fn escapes_values(asterisk_version: &Bound<'_, PyString>) -> bool {
    protocol::escapes_values(&asterisk_version.to_string_lossy())
}
