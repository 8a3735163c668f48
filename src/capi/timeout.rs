//! The timeouts of calls and of waits.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// The timeout of a call: the configured action timeout.
pub const AMI_TIMEOUT_DEFAULT: u32 = 0;
/// The timeout of a wait for an event or a state: do not wait, only look.
pub const AMI_DONT_WAIT: u32 = 0;
/// The timeout of a wait for an event or a state: wait without end. Calls refuse it.
pub const AMI_WAIT_FOREVER: u32 = u32::MAX;

/// The timeout of a call; none stands for the configured one.
pub(super) fn call_timeout(ms: u32) -> Result<Option<Duration>> {
    match ms {
        AMI_TIMEOUT_DEFAULT => Ok(None),
        AMI_WAIT_FOREVER => {
            Err(Error::invalid("a call cannot wait for ever; give a timeout in milliseconds, or 0 for the default"))
        }
        ms => Ok(Some(Duration::from_millis(ms.into()))),
    }
}

/// The end of a wait for something; none if it may last for ever.
pub(super) fn wait_until(ms: u32) -> Option<Instant> {
    (ms != AMI_WAIT_FOREVER).then(|| Instant::now() + Duration::from_millis(ms.into()))
}
