//! A file descriptor that is readable while events wait.

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

pub(super) struct WakeFd {
    shared: Arc<Shared>,
    waker: Waker,
}

impl WakeFd {
    pub fn new() -> Result<WakeFd> {
        let fd = EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)
            .map_err(|error| Error::new(ErrorKind::Io, format!("no file descriptor could be made: {error}")))?;
        let shared = Arc::new(Shared { fd, readable: AtomicBool::new(false) });
        Ok(WakeFd { waker: Waker::from(Arc::clone(&shared)), shared })
    }

    pub fn raw(&self) -> RawFd {
        self.shared.fd.as_raw_fd()
    }

    /// Makes the descriptor readable when it is called.
    pub fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Makes the descriptor unreadable. Ask the queue after this, not before.
    pub fn clear(&self) {
        // The descriptor first: a wake-up in between then only makes it readable for nothing.
        if self.shared.readable.load(Ordering::Acquire) {
            let _ = self.shared.fd.read();
            self.shared.readable.store(false, Ordering::Release);
        }
    }
}
