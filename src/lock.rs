//! Locks whose data stays good whatever panics.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks it, also after a panic of another thread that had it: no lock of this crate is held while its data is half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
