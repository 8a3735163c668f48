//! A file descriptor that a waker makes readable.

use std::fmt;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::error::{Error, ErrorKind, Result};

struct Shared {
    fd: EventFd,
    readable: AtomicBool,
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.readable.swap(true, Ordering::AcqRel) {
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
        let fd = EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)
            .map_err(|error| Error::new(ErrorKind::Io, format!("no file descriptor could be made: {error}")))?;
        let shared = Arc::new(Shared { fd, readable: AtomicBool::new(false) });
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
        // The descriptor first: a wake-up in between then only makes it readable for nothing.
        if self.shared.readable.load(Ordering::Acquire) {
            let _ = self.shared.fd.read();
            self.shared.readable.store(false, Ordering::Release);
        }
    }
}

impl fmt::Debug for WakeFd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WakeFd").field(&self.raw()).finish()
    }
}
