//! Python's exceptions for libami's errors. `python/libami/_errors.py` alone says which class stands for which status.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::parking::park_at_exit;
use crate::error::ErrorKind;

/// Found with the first import: `sys.modules` may be emptied before the end, and another import would make other classes.
static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Gets what makes the exceptions, and tells it the names of their codes.
pub(super) fn prepare(py: Python<'_>, statuses: &Bound<'_, PyDict>) -> PyResult<()> {
    let module = py.import("libami._errors")?;
    module.getattr("NAMES")?.cast_into::<PyDict>()?.update(statuses.as_mapping())?;
    MAKE.get_or_try_init(py, || Ok::<_, PyErr>(module.getattr("make")?.unbind()))?;
    Ok(())
}

/// Makes an exception of what `make` in `python/libami/_errors.py` takes.
pub(super) fn exception<'py>(py: Python<'py>, arguments: impl pyo3::call::PyCallArgs<'py>) -> PyErr {
    park_at_exit();
    MAKE.import(py, "libami._errors", "make")
        .and_then(|make| make.call1(arguments))
        .map_or_else(|error| error, PyErr::from_value)
}

/// An exception of this layer's own.
pub(super) fn own(py: Python<'_>, kind: ErrorKind, message: &str) -> PyErr {
    exception(py, (kind.code(), message))
}

/// An argument is refused.
pub(super) fn invalid(py: Python<'_>, message: &str) -> PyErr {
    own(py, ErrorKind::Invalid, message)
}

/// The name of each status, by its number.
pub(super) fn statuses(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let statuses = PyDict::new(py);
    for kind in ErrorKind::all() {
        statuses.set_item(kind.code(), kind.name())?;
    }
    Ok(statuses)
}
