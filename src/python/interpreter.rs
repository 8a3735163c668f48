//! The way of libami's threads into the interpreter, and its end: everything with threads is stopped before, because a thread
//! that comes afterwards is parked for ever, see `parking`.

use std::cell::Cell;
use std::ffi::c_long;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use pyo3::exceptions::PySystemExit;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::exception::own;
use super::parking::park_at_exit;
use super::wait::{SLICE, detach};
use crate::blocking::at_end;
use crate::error::ErrorKind;
use crate::lock::lock;

/// The time that the exit waits for callbacks that are running, and for those that it has interrupted.
const EXIT_WAIT: Duration = Duration::from_secs(5);
const INTERRUPTED_WAIT: Duration = Duration::from_secs(1);

/// Something with threads that may call Python.
pub(super) trait Live: Send + Sync {
    /// Has it stop, and waits for that no longer than this; returns whether it has. Called detached.
    fn stop(&self, timeout: Duration) -> bool;
}

static LIVE: Mutex<Vec<Weak<dyn Live>>> = Mutex::new(Vec::new());
/// The threads of libami's that are in the interpreter.
static INSIDE: Mutex<Vec<c_long>> = Mutex::new(Vec::new());
/// The interpreter is about to end: everything is being stopped.
static ENDING: AtomicBool = AtomicBool::new(false);
static OVER: AtomicBool = AtomicBool::new(false);

/// Has this stopped at exit. Nothing can be registered once that is past.
pub(super) fn register(py: Python<'_>, live: Weak<dyn Live>) -> PyResult<()> {
    if OVER.load(Ordering::Acquire) {
        return Err(own(py, ErrorKind::State, "the interpreter is about to end"));
    }
    let mut all = lock(&LIVE);
    all.retain(|other| other.strong_count() > 0);
    all.push(live);
    Ok(())
}

/// Tells whether everything is being stopped, as the interpreter ends.
pub(super) fn is_ending() -> bool {
    ENDING.load(Ordering::Acquire)
}

/// The interpreter's state of a thread of libami's. It is kept as long as the thread lives: to make one for each visit
/// costs more than most callbacks do.
#[derive(Clone, Copy)]
struct Visitor {
    state: ffi::PyGILState_STATE,
    thread: *mut ffi::PyThreadState,
    ident: c_long,
}

thread_local! {
    /// Nothing on the program's own threads.
    static VISITOR: Cell<Option<Visitor>> = const { Cell::new(None) };
}

#[allow(unsafe_code)]
impl Visitor {
    fn of_this_thread() -> Option<Visitor> {
        VISITOR.get().or_else(|| {
            // SAFETY: the interpreter is there. A thread that it does not know is not attached, and may come and leave again.
            unsafe {
                if !ffi::PyGILState_GetThisThreadState().is_null() || !at_end(Visitor::leave) {
                    return None;
                }
                let state = ffi::PyGILState_Ensure();
                let ident = ffi::PyThread_get_thread_ident() as c_long;
                VISITOR.set(Some(Visitor { state, thread: ffi::PyEval_SaveThread(), ident }));
            }
            VISITOR.get()
        })
    }

    fn leave() {
        if let Some(visitor) = VISITOR.take()
            && !OVER.load(Ordering::Acquire)
        {
            // SAFETY: this is the thread that it was made on, it is not attached, and the interpreter is there.
            unsafe {
                ffi::PyEval_RestoreThread(visitor.thread);
                ffi::PyGILState_Release(visitor.state);
            }
        }
    }
}

/// Runs this on a thread of libami's with the interpreter, unless that is gone or about to go.
pub(super) fn attach<R>(run: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    if OVER.load(Ordering::Acquire) {
        return None;
    }
    park_at_exit();
    let ident = Visitor::of_this_thread().map(|visitor| visitor.ident);
    Python::try_attach(|py| {
        lock(&INSIDE).extend(ident);
        let result = run(py);
        let mut inside = lock(&INSIDE);
        if let Some(at) = inside.iter().position(|other| Some(*other) == ident) {
            inside.swap_remove(at);
        }
        result
    })
}

/// Waits until all have stopped; returns whether they have.
fn stopped(live: &[Arc<dyn Live>], timeout: Duration) -> PyResult<bool> {
    let deadline = Instant::now() + timeout;
    for live in live {
        while !live.stop(SLICE) {
            Python::attach(|py| py.check_signals())?;
            if Instant::now() >= deadline {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Has callbacks that do not return raise SystemExit.
#[allow(unsafe_code)]
fn interrupt(py: Python<'_>) {
    let exception = py.get_type::<PySystemExit>();
    for thread in lock(&INSIDE).iter() {
        // SAFETY: this thread is attached, the class is alive, and for a thread that is gone nothing happens.
        unsafe { ffi::PyThreadState_SetAsyncExc(*thread, exception.as_ptr()) };
    }
}

/// Stops everything; called by `atexit`.
#[pyfunction]
fn stop_all(py: Python<'_>) -> PyResult<()> {
    ENDING.store(true, Ordering::Release);
    let live: Vec<Arc<dyn Live>> = lock(&LIVE).drain(..).filter_map(|live| live.upgrade()).collect();
    let result = detach(py, || {
        for live in &live {
            live.stop(Duration::ZERO);
        }
        let result = stopped(&live, EXIT_WAIT);
        if !matches!(result, Ok(true)) {
            Python::attach(interrupt);
            stopped(&live, INTERRUPTED_WAIT)?;
        }
        result
    });
    OVER.store(true, Ordering::Release);
    detach(py, || drop(live));
    result.map(drop)
}

/// The module `logging`, once libami has asked for it.
static LOGGING: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
/// `logging` was not there when libami came: `atexit` would call its end first.
static LOGGING_IS_LATER: AtomicBool = AtomicBool::new(false);

/// Gets `logging`. It is imported when it is first needed, as that takes longer than all of libami. Its handlers must not be
/// closed before the last callback has ended, so its end is taken over if it came later than libami.
pub(super) fn logging(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    let found = LOGGING.get_or_try_init(py, || {
        let logging = py.import("logging")?;
        if LOGGING_IS_LATER.load(Ordering::Relaxed) {
            py.import("atexit")?.call_method1("unregister", (logging.getattr("shutdown")?,))?;
        }
        Ok::<_, PyErr>(logging.unbind())
    })?;
    Ok(found.bind(py))
}

/// Ends `logging` if that was taken over; called by `atexit`.
#[pyfunction]
fn end_logging(py: Python<'_>) -> PyResult<()> {
    LOGGING.get(py).map_or(Ok(()), |logging| logging.call_method0(py, "shutdown").map(drop))
}

/// Registers with `atexit`, which calls first what came last.
pub(super) fn prepare(py: Python<'_>) -> PyResult<()> {
    let atexit = py.import("atexit")?;
    if !py.import("sys")?.getattr("modules")?.contains("logging")? {
        LOGGING_IS_LATER.store(true, Ordering::Relaxed);
        atexit.call_method1("register", (wrap_pyfunction!(end_logging, py)?,))?;
    }
    atexit.call_method1("register", (wrap_pyfunction!(stop_all, py)?,))?;
    Ok(())
}
