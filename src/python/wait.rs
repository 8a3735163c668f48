//! Waiting with the interpreter free for others, and with signal handlers run meanwhile.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::error::invalid;
use super::parking::park_at_exit;
use crate::blocking;

/// The time that a signal handler, that of Ctrl-C above all, has to wait for its turn at most.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// Longer times than this are as good as for ever, and an `Instant` can hold them.
const FOR_EVER: f64 = 1e9;

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

/// A time that a call may take.
pub(super) fn time_limit(py: Python<'_>, what: &str, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    match seconds {
        Some(seconds) if seconds.is_nan() || seconds <= 0.0 => {
            Err(invalid(py, &format!("the {what} must be more than 0 seconds; leave it out for the default")))
        }
        seconds => Ok(seconds.map(duration)),
    }
}

/// A time that something may be idle; 0 does not wait at all.
pub(super) fn idle_limit(py: Python<'_>, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    match seconds {
        Some(seconds) if seconds.is_nan() || seconds < 0.0 => {
            Err(invalid(py, "the timeout must not be negative; leave it out to wait for ever"))
        }
        seconds => Ok(seconds.map(duration)),
    }
}

/// A time of which 0 has a meaning of its own.
pub(super) fn time_or_zero(py: Python<'_>, what: &str, zero: &str, seconds: f64) -> PyResult<Duration> {
    if seconds.is_nan() || seconds < 0.0 {
        return Err(invalid(py, &format!("the {what} must not be negative; 0 {zero}")));
    }
    Ok(duration(seconds))
}

fn duration(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.min(FOR_EVER))
}
