//! The process that handles belong to. The child of a fork inherits them without their threads, and with locks that may be held for
//! ever.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nix::libc;

use crate::error::{Error, ErrorKind, Result};

static GENERATION: AtomicU64 = AtomicU64::new(0);
static WATCHED: AtomicBool = AtomicBool::new(false);

/// The number of forks that led here, counted from the first [`watch`] on. Unlike the process's number it is never met again, and costs
/// no call of the system.
pub(super) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::AcqRel);
}

/// Has forks counted from now on.
pub(super) fn watch() -> io::Result<()> {
    // Several threads may come here at once, and the child of a fork that found one of them here: to be counted twice does no
    // harm, to wait for a thread that is not there would.
    if !WATCHED.load(Ordering::Acquire) {
        // SAFETY: the function does nothing but count, which is allowed after a fork, and it is never unloaded.
        match unsafe { libc::pthread_atfork(None, None, Some(in_child)) } {
            0 => WATCHED.store(true, Ordering::Release),
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    }
    Ok(())
}

/// Closes a descriptor that was inherited, in the child that nobody else uses it in.
pub(super) fn close_inherited(number: RawFd) {
    // SAFETY: it was open at the fork, and the object that owns it is forgotten in this process.
    drop(unsafe { OwnedFd::from_raw_fd(number) });
}

/// The process that a handle was made in. Handles do not survive `fork`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcessStamp {
    generation: u64,
}

impl ProcessStamp {
    /// The stamp of this process. To be taken once the runtime is there: from then on forks are counted.
    pub fn current() -> ProcessStamp {
        ProcessStamp { generation: generation() }
    }

    pub fn is_current(self) -> bool {
        self.generation == generation()
    }

    pub fn check(self) -> Result<()> {
        if self.is_current() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Forked,
            "this handle belongs to the parent process; make a new client in the child of a fork",
        ))
    }
}
