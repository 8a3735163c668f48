//! Locks, for which a panic elsewhere means nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nothing is left half changed by a panic under one of these locks, so poisoning means nothing.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
