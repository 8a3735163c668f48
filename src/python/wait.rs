//! Waiting with the interpreter free for others, and with signal handlers run meanwhile.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::parking::park_at_exit;
use crate::blocking;

/// The time that a signal handler, that of Ctrl-C above all, has to wait for its turn at most.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// Waits for a future. If a signal handler raises, the future is dropped.
pub(super) fn wait<F>(py: Python<'_>, future: F) -> PyResult<F::Output>
where
    F: Future + Send,
    F::Output: Send,
{
    park_at_exit();
    let mut future = pin!(future);
    loop {
        let until = Instant::now() + SLICE;
        if let Some(output) = py.detach(|| blocking::wait(future.as_mut(), Some(until))) {
            return Ok(output);
        }
        py.check_signals()?;
    }
}
