//! Mappings as Python's `collections.abc` has them.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use super::parking::park_at_exit;

/// The classes of `collections.abc` for mappings, from the first import on: `sys.modules` may be emptied before the end.
static MAPPING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static VIEWS: [PyOnceLock<Py<PyAny>>; 3] = [PyOnceLock::new(), PyOnceLock::new(), PyOnceLock::new()];
const VIEW_NAMES: [&str; 3] = ["KeysView", "ValuesView", "ItemsView"];

/// Gets what mappings need of Python's own modules, and makes this class one of them.
pub(super) fn prepare(py: Python<'_>, class: Bound<'_, PyType>) -> PyResult<()> {
    let mapping = MAPPING.import(py, "collections.abc", "Mapping")?;
    for (view, name) in VIEWS.iter().zip(VIEW_NAMES) {
        view.import(py, "collections.abc", name)?;
    }
    mapping.call_method1("register", (class,))?;
    Ok(())
}

/// Tells whether it is a mapping of Python's, of whatever class.
pub(super) fn is_mapping(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    object.is_instance(MAPPING.import(object.py(), "collections.abc", "Mapping")?)
}

/// A view that `collections.abc` makes of a mapping.
pub(super) fn view<'py>(mapping: &Bound<'py, PyAny>, at: usize) -> PyResult<Bound<'py, PyAny>> {
    park_at_exit();
    VIEWS[at].import(mapping.py(), "collections.abc", VIEW_NAMES[at])?.call1((mapping,))
}
