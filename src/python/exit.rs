//! The end of the interpreter: whatever has threads is stopped before, because a thread that comes for the interpreter
//! afterwards crashes or hangs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::error::own;
use crate::error::ErrorKind;

/// How long the exit waits for callbacks that are running.
const EXIT_WAIT: Duration = Duration::from_secs(10);

/// Something with threads that may call Python.
pub(super) trait Live: Send + Sync {
    /// Has it stop, and waits for that no longer than this; returns whether it has. Called detached.
    fn stop(&self, timeout: Duration) -> bool;
}

static LIVE: Mutex<Vec<Weak<dyn Live>>> = Mutex::new(Vec::new());
static OVER: AtomicBool = AtomicBool::new(false);

/// Has this stopped at exit. Nothing can be registered once that is past.
pub(super) fn register(py: Python<'_>, live: Weak<dyn Live>) -> PyResult<()> {
    if OVER.load(Ordering::Acquire) {
        return Err(own(py, ErrorKind::State, "the interpreter is about to end"));
    }
    let mut all = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|other| other.strong_count() > 0);
    all.push(live);
    Ok(())
}

/// Runs this with the interpreter, unless that is gone or about to go.
pub(super) fn attach<R>(run: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    if OVER.load(Ordering::Acquire) { None } else { Python::try_attach(run) }
}

/// Stops everything; called by `atexit`.
#[pyfunction]
fn stop_all(py: Python<'_>) -> PyResult<()> {
    let live: Vec<Arc<dyn Live>> = {
        let mut all = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
        all.drain(..).filter_map(|live| live.upgrade()).collect()
    };
    let deadline = Instant::now() + EXIT_WAIT;
    let result = py.detach(|| {
        // Started together, so that they are waited for together.
        live.iter().for_each(|live| drop(live.stop(Duration::ZERO)));
        live.iter().try_for_each(|live| {
            while !live.stop(super::wait::SLICE) && Instant::now() < deadline {
                Python::attach(Python::check_signals)?;
            }
            Ok(())
        })
    });
    OVER.store(true, Ordering::Release);
    py.detach(|| drop(live));
    result
}

/// Registers with `atexit`.
pub(super) fn prepare(py: Python<'_>) -> PyResult<()> {
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(stop_all, py)?,))?;
    Ok(())
}
