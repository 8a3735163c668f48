//! Which process of a line of forks this is: what a child inherits has no threads there, and its locks may be held by nobody.

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

/// Says whose child one is: handles do not survive `fork`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home {
    generation: u64,
}

impl Home {
    /// To be asked for once the runtime is there: from then on forks are counted.
    pub fn here() -> Home {
        Home { generation: generation() }
    }

    pub fn is_here(self) -> bool {
        self.generation == generation()
    }

    pub fn check(self) -> Result<()> {
        if self.is_here() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Forked,
            "this handle belongs to the parent process; make a new client in the child of a fork",
        ))
    }
}
