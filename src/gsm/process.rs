//! What all gateways and clients of a process share: which ports of which gateways are in use or rest, and which ids are.

use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::ids::Ids;
use super::resting::Ports;
use crate::client::Config;

/// Where a gateway is, as its user wrote it; host names are compared without case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Address {
    host: Box<str>,
    port: u16,
}

impl Address {
    pub fn of(config: &Config) -> Address {
        let (host, port) = config.place();
        Address { host: host.to_ascii_lowercase().into(), port }
    }
}

/// The shared state of one process.
pub(super) struct Process {
    number: u32,
    ports: Mutex<Ports>,
    ids: Mutex<Ids>,
    /// Notified when a port is let go of.
    pub released: Notify,
    /// The parent's, which is never touched again.
    _before: AtomicPtr<Process>,
}

impl Process {
    pub fn ports(&self) -> MutexGuard<'_, Ports> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn ids(&self) -> MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static CURRENT: AtomicPtr<Process> = AtomicPtr::new(std::ptr::null_mut());

/// The state of this process. The child of a fork begins with an empty one: another thread of the parent may have held a lock
/// at the fork, and nobody would release it here.
#[allow(unsafe_code)]
pub(super) fn process() -> &'static Process {
    let number = std::process::id();
    let mut seen = CURRENT.load(Ordering::Acquire);
    loop {
        // SAFETY: what was put there is never freed.
        if let Some(process) = unsafe { seen.as_ref() }
            && process.number == number
        {
            return process;
        }
        let new = Box::into_raw(Box::new(Process {
            number,
            ports: Mutex::default(),
            ids: Mutex::default(),
            released: Notify::new(),
            _before: AtomicPtr::new(seen),
        }));
        match CURRENT.compare_exchange(seen, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => seen = new,
            Err(other) => {
                // SAFETY: nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
                seen = other;
            }
        }
    }
}
