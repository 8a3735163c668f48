//! The one rule for locks after a panic: the data stays good.
//!
//! No lock of this crate is held while its data is half changed, so that a thread may take it after another one has panicked.

use std::sync::{LockResult, Mutex, MutexGuard, PoisonError};

/// Locks the mutex.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    unpoisoned(mutex.lock())
}

/// The result of locking, or of waiting with a lock, whoever has panicked meanwhile. For locks of [`crate::sync`] and for all
/// that is no mutex.
pub(crate) fn unpoisoned<G>(result: LockResult<G>) -> G {
    result.unwrap_or_else(PoisonError::into_inner)
}
