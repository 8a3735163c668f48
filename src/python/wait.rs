//! Waiting with the interpreter free for others, and with signal handlers run meanwhile.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::parking::park_at_exit;
use crate::blocking;

/// The time that a signal handler, that of Ctrl-C above all, has to wait for its turn at most.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// Lets other threads have the interpreter meanwhile. A thread that is ended as it takes it back is parked before a frame of
/// libami's is unwound: PyO3 parks it in the middle of that, which works only with the unwinder that glibc itself uses.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(super) fn detach<T: Send>(py: Python<'_>, run: impl FnOnce() -> T + Send) -> T {
    park_at_exit();
    py.detach(run)
}

/// Waits for a future. If a signal handler raises, the future is dropped.
pub(super) fn wait<F>(py: Python<'_>, future: F) -> PyResult<F::Output>
where
    F: Future + Send,
    F::Output: Send,
{
    let mut future = pin!(future);
    loop {
        let until = Instant::now() + SLICE;
        if let Some(output) = detach(py, || blocking::wait(future.as_mut(), Some(until))) {
            return Ok(output);
        }
        py.check_signals()?;
    }
}
