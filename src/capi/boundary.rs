//! Entry into the library and the way out: pointers become references here, and results become a status and an error.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::Failure;
use super::handle::boxed;
use super::{AMI_OK, ami_error, ami_status};
use crate::error::{Error, ErrorKind, Result};

/// Runs a function that can fail, and tells how it went.
pub(super) unsafe fn status<F: Into<Failure>>(
    error: *mut *mut ami_error,
    run: impl FnOnce() -> std::result::Result<(), F>,
) -> ami_status {
    let failure = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure.into()),
        Err(_) => Some(Failure::from(Error::new(
            ErrorKind::Internal,
            "libami ran into a bug of its own; please report it with what the program did",
        ))),
    };
    let code = failure.as_ref().map_or(AMI_OK, |failure| failure.error.kind().code());
    if !error.is_null() {
        let object = failure.map_or(std::ptr::null_mut(), |failure| boxed(ami_error::from(failure)));
        // SAFETY: the caller passes NULL or a place for a pointer.
        unsafe { error.write(object) };
    }
    code
}

/// Runs a function whose result goes to a place where the caller may want it, or may not.
pub(super) unsafe fn wanted<T, P, F: Into<Failure>>(
    place: *mut *mut P,
    error: *mut *mut ami_error,
    put: impl FnOnce(T) -> *mut P,
    run: impl FnOnce() -> std::result::Result<T, F>,
) -> ami_status {
    // SAFETY: the caller passes NULL or a place for a pointer.
    unsafe {
        let place = place.as_mut().map(|place| {
            *place = std::ptr::null_mut();
            place
        });
        status(error, || {
            let result = run()?;
            if let Some(place) = place {
                *place = put(result);
            }
            Ok::<(), F>(())
        })
    }
}

/// An object that the caller still owns.
pub(super) unsafe fn reference<'a, T>(what: &str, pointer: *const T) -> Result<&'a T> {
    // SAFETY: the caller passes NULL or an object of this type that is alive.
    unsafe { pointer.as_ref() }.ok_or_else(|| Error::invalid(format!("the {what} is NULL")))
}

/// An object that nobody else uses meanwhile.
pub(super) unsafe fn exclusive<'a, T>(what: &str, pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: the caller passes NULL or an object of this type that is alive and not used by another thread.
    unsafe { pointer.as_mut() }.ok_or_else(|| Error::invalid(format!("the {what} is NULL")))
}

/// A place for a result, with NULL in it until there is one.
pub(super) unsafe fn output<'a, T>(what: &str, pointer: *mut *mut T) -> Result<&'a mut *mut T> {
    // SAFETY: the caller passes NULL or a place for a pointer.
    let place =
        unsafe { pointer.as_mut() }.ok_or_else(|| Error::invalid(format!("the place for the {what} is NULL")))?;
    *place = std::ptr::null_mut();
    Ok(place)
}
