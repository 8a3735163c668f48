//! Times that programs give in seconds.

use std::time::Duration;

use pyo3::prelude::*;

use super::exception::invalid;

/// Longer times than this are as good as for ever, and an `Instant` can hold them.
const FOR_EVER: f64 = 1e9;

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
