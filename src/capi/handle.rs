//! Objects that a program holds by pointer.
//!
//! The type says which of the two ways it is owned, once: `free` takes only what was `boxed`, and references are added to
//! and dropped from what is `shared` alone. So an `_unref` that frees, or a `_free` that counts, does not compile.

use std::sync::Arc;

use super::guard::guard;

/// An object that a program holds. Each type has one `impl`, so it cannot be owned in both ways.
pub(super) trait Handle {
    /// [`Boxed`] or [`Counted`].
    type Owned;
}

/// Owned by one: given out by [`boxed`], and goes back by [`free`].
pub(super) struct Boxed;

/// Owned by all who hold a reference: given out by [`shared`], kept by [`add_ref`], given up by [`drop_ref`].
pub(super) struct Counted;

/// An object that belongs to the caller.
pub(super) fn boxed<T: Handle<Owned = Boxed>>(object: T) -> *mut T {
    Box::into_raw(Box::new(object))
}

/// Frees what [`boxed`] gave out.
pub(super) unsafe fn free<T: Handle<Owned = Boxed>>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: the caller passes an object of ours for the last time.
        guard((), || drop(unsafe { Box::from_raw(pointer) }));
    }
}

/// A shared object with one reference, the caller's.
pub(super) fn shared<T, P: Handle<Owned = Counted> + From<T>>(value: T) -> *mut P {
    Arc::into_raw(Arc::new(P::from(value))).cast_mut()
}

/// Adds a reference to what [`shared`] gave out.
pub(super) unsafe fn add_ref<T: Handle<Owned = Counted>>(pointer: *const T) -> *mut T {
    if !pointer.is_null() {
        // SAFETY: the caller holds a reference.
        unsafe { Arc::increment_strong_count(pointer) };
    }
    pointer.cast_mut()
}

/// Drops a reference.
pub(super) unsafe fn drop_ref<T: Handle<Owned = Counted>>(pointer: *const T) {
    if !pointer.is_null() {
        // SAFETY: the caller gives up a reference that it held.
        guard((), || drop(unsafe { Arc::from_raw(pointer) }));
    }
}
