//! A file descriptor that a waker makes readable.

use std::fmt;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::task::{Wake, Waker};

use crate::error::{Error, ErrorKind, Result};
use crate::lock::unpoisoned;
use crate::sync::{EventFd, Mutex, MutexGuard, event_fd};

struct Shared {
    fd: EventFd,
    /// Tells whether it was written. Locked until that is so: otherwise a late write makes it readable for nothing, for ever.
    readable: Mutex<bool>,
}

impl Shared {
    fn readable(&self) -> MutexGuard<'_, bool> {
        unpoisoned(self.readable.lock())
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut readable = self.readable();
        if !std::mem::replace(&mut *readable, true) {
            // It can only fail if the counter is full, and then the descriptor is readable.
            let _ = self.fd.write(1);
        }
    }
}

/// A file descriptor that becomes readable when its waker is called, for programs with a poll loop of their own.
pub struct WakeFd {
    shared: Arc<Shared>,
    waker: Waker,
}

impl WakeFd {
    /// One that is not readable yet.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if none can be made.
    pub fn new() -> Result<WakeFd> {
        let fd = event_fd()
            .map_err(|error| Error::new(ErrorKind::Io, format!("no file descriptor could be made: {error}")))?;
        let shared = Arc::new(Shared { fd, readable: Mutex::new(false) });
        Ok(WakeFd { waker: Waker::from(Arc::clone(&shared)), shared })
    }

    /// The descriptor. It belongs to this object: poll it, do not read or close it.
    pub fn raw(&self) -> RawFd {
        self.shared.fd.as_raw_fd()
    }

    /// Makes the descriptor readable when it is called.
    pub fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Makes the descriptor unreadable. Look for what the waker was called for after this, not before.
    pub fn clear(&self) {
        let mut readable = self.shared.readable();
        if std::mem::take(&mut *readable) {
            let _ = self.shared.fd.read();
        }
    }
}

#[cfg(all(test, ami_loom))]
impl WakeFd {
    pub(super) fn is_readable(&self) -> bool {
        self.shared.fd.is_readable()
    }
}

impl fmt::Debug for WakeFd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WakeFd").field(&self.raw()).finish()
    }
}
