//! Times that no clock can hold.

use std::time::{Duration, Instant};

/// The time that is so much later; one that no clock can hold is as good as never.
pub(crate) fn later(now: Instant, wait: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    now.checked_add(wait).unwrap_or_else(|| now + NEVER)
}
