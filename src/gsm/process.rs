//! Values that all gateways and clients of a process share.

use std::sync::atomic::{AtomicPtr, Ordering};

/// A value of the process, made when it is asked for. The child of a fork begins with a new one: another thread of the parent
/// may have held a lock in it at the fork, and nobody would release that here.
pub(super) struct PerProcess<T> {
    current: AtomicPtr<Made<T>>,
}

struct Made<T> {
    number: u32,
    value: T,
    /// The parent's, which is never touched again.
    _before: AtomicPtr<Made<T>>,
}

impl<T: Default + Sync> PerProcess<T> {
    pub const fn new() -> PerProcess<T> {
        PerProcess { current: AtomicPtr::new(std::ptr::null_mut()) }
    }

    #[allow(unsafe_code)]
    pub fn get(&'static self) -> &'static T {
        let number = std::process::id();
        let mut seen = self.current.load(Ordering::Acquire);
        loop {
            // SAFETY: what was put there is never freed.
            if let Some(made) = unsafe { seen.as_ref() }
                && made.number == number
            {
                return &made.value;
            }
            let new = Box::into_raw(Box::new(Made { number, value: T::default(), _before: AtomicPtr::new(seen) }));
            match self.current.compare_exchange(seen, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => seen = new,
                Err(other) => {
                    // SAFETY: nobody else has seen it.
                    drop(unsafe { Box::from_raw(new) });
                    seen = other;
                }
            }
        }
    }
}
