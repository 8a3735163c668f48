//! Times of the network as Python's datetime.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::parking::park_at_exit;

/// The form that the core gives a time: ISO 8601 down to the second, with a zone behind it where one is told.
fn is_iso(time: &str) -> bool {
    let is_at = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    };
    time.len() >= 19 && time.bytes().take(19).enumerate().all(is_at)
}

/// A datetime: aware where the time has a zone, else naive. None for what is no time, such as the 31st of June.
pub(super) fn datetime<'py>(py: Python<'py>, time: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    static DATETIME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if !is_iso(time) {
        return Ok(None);
    }
    park_at_exit();
    let datetime = DATETIME.import(py, "datetime", "datetime")?;
    Ok(datetime.call_method1("fromisoformat", (time,)).ok())
}
