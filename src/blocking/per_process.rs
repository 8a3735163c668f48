//! A value that each process of a line of forks has for itself: another thread may have held a lock of the parent's at the fork, and
//! nobody would let go of it in the child.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicPtr, Ordering};

use super::fork;

struct Place<T> {
    generation: u64,
    value: T,
    /// The parent's, which is never touched again.
    _before: *mut Place<T>,
}

pub(super) struct PerProcess<T: Sync + 'static>(AtomicPtr<Place<T>>);

impl<T: Default + Sync + 'static> PerProcess<T> {
    pub const fn new() -> PerProcess<T> {
        PerProcess(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// The value of this process, made now if there is none. Forks must be counted: see [`fork::watch`].
    // By its name tools know what it keeps.
    #[inline(never)]
    pub fn place(&self) -> &'static T {
        let generation = fork::generation();
        loop {
            if let Some(value) = self.existing() {
                return value;
            }
            let seen = self.0.load(Ordering::Acquire);
            let new = Box::into_raw(Box::new(Place { generation, value: T::default(), _before: seen }));
            if self.0.compare_exchange(seen, new, Ordering::AcqRel, Ordering::Acquire).is_err() {
                // SAFETY: nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
            }
        }
    }

    /// The value of this process, if there is one.
    pub fn existing(&self) -> Option<&'static T> {
        // SAFETY: what was put there is never freed.
        let place = unsafe { self.0.load(Ordering::Acquire).as_ref() }?;
        (place.generation == fork::generation()).then_some(&place.value)
    }
}
