//! The C ABI, on the public Rust API. `include/ami.h` is generated from this module.
//!
//! Rules of the house: every function is written out (the header generator does not see macros), runs inside
//! `guard` or `status` so that no panic crosses the border, and turns pointers into references in one of the few
//! helpers below.

#![allow(unsafe_code)]
#![allow(non_camel_case_types)]
// What callers owe is said in the header, in C's terms.
#![allow(clippy::missing_safety_doc)]

mod action;
mod client;
mod config;
mod error;
mod event;
mod gateway;
mod originate;
mod parser;
mod parts;
mod ports;
mod request;
mod response;
#[cfg(feature = "simulator")]
mod simulator;
mod sms;
mod stats;
mod subscription;
mod ussd;

use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

pub use action::*;
pub use client::*;
pub use config::*;
pub use error::*;
pub use event::*;
pub use gateway::*;
pub use originate::*;
pub use parser::*;
pub use parts::*;
pub use ports::*;
pub use request::*;
pub use response::*;
#[cfg(feature = "simulator")]
pub use simulator::*;
pub use sms::*;
pub use stats::*;
pub use subscription::*;
pub use ussd::*;

use crate::error::{Error, ErrorKind, Result};

/// Called once with the user data when no more calls with it will be made.
pub type ami_drop_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// Runs a function that cannot fail; a bug becomes the default value.
fn guard<T>(default: T, run: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(default)
}

/// Runs a function that can fail, and tells how it went.
unsafe fn status<F: Into<Failure>>(
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
        let object = failure.map_or(std::ptr::null_mut(), |failure| Box::into_raw(Box::new(ami_error::from(failure))));
        // SAFETY: the caller passes NULL or a place for a pointer.
        unsafe { error.write(object) };
    }
    code
}

/// An object that the caller still owns.
unsafe fn reference<'a, T>(what: &str, pointer: *const T) -> Result<&'a T> {
    // SAFETY: the caller passes NULL or an object of this type that is alive.
    unsafe { pointer.as_ref() }.ok_or_else(|| Error::invalid(format!("the {what} is NULL")))
}

/// An object that nobody else uses meanwhile.
unsafe fn exclusive<'a, T>(what: &str, pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: the caller passes NULL or an object of this type that is alive and not used by another thread.
    unsafe { pointer.as_mut() }.ok_or_else(|| Error::invalid(format!("the {what} is NULL")))
}

/// The bytes of a C string.
unsafe fn bytes<'a>(what: &str, pointer: *const c_char) -> Result<&'a [u8]> {
    if pointer.is_null() {
        return Err(Error::invalid(format!("the {what} is NULL")));
    }
    // SAFETY: the caller passes a string that ends with a NUL.
    Ok(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}

/// So many bytes; NULL will do for none.
unsafe fn slice<'a>(what: &str, pointer: *const c_void, length: usize) -> Result<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(Error::invalid(format!("the {what} is NULL")));
    }
    if isize::try_from(length).is_err() {
        return Err(Error::invalid(format!("the length of the {what} is beyond any memory; is it a negative number?")));
    }
    // SAFETY: the caller passes so many bytes.
    Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), length) })
}

/// The text of a C string.
unsafe fn text<'a>(what: &str, pointer: *const c_char) -> Result<&'a str> {
    // SAFETY: as `bytes`.
    std::str::from_utf8(unsafe { bytes(what, pointer) }?)
        .map_err(|_| Error::invalid(format!("the {what} is not valid UTF-8")))
}

/// A place for a result, with NULL in it until there is one.
unsafe fn output<'a, T>(what: &str, pointer: *mut *mut T) -> Result<&'a mut *mut T> {
    // SAFETY: the caller passes NULL or a place for a pointer.
    let place =
        unsafe { pointer.as_mut() }.ok_or_else(|| Error::invalid(format!("the place for the {what} is NULL")))?;
    *place = std::ptr::null_mut();
    Ok(place)
}

/// Runs a function whose result goes to a place where the caller may want it, or may not.
unsafe fn wanted<T, P, F: Into<Failure>>(
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

/// A shared object with one reference, the caller's.
fn shared<T, P: From<T>>(value: T) -> *mut P {
    Arc::into_raw(Arc::new(P::from(value))).cast_mut()
}

/// A timeout of a call: 0 stands for the configured one.
fn call_timeout(ms: u32) -> Result<Option<Duration>> {
    match ms {
        0 => Ok(None),
        u32::MAX => {
            Err(Error::invalid("a call cannot wait for ever; give a timeout in milliseconds, or 0 for the default"))
        }
        ms => Ok(Some(Duration::from_millis(ms.into()))),
    }
}

/// Frees what `Box::into_raw` gave out.
unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: the caller passes an object of ours for the last time.
        guard((), || drop(unsafe { Box::from_raw(pointer) }));
    }
}

/// One more reference to what `Arc::into_raw` gave out.
unsafe fn add_ref<T>(pointer: *const T) -> *mut T {
    if !pointer.is_null() {
        // SAFETY: the caller holds a reference.
        unsafe { Arc::increment_strong_count(pointer) };
    }
    pointer.cast_mut()
}

/// One reference less.
unsafe fn drop_ref<T>(pointer: *const T) {
    if !pointer.is_null() {
        // SAFETY: the caller gives up a reference that it held.
        guard((), || drop(unsafe { Arc::from_raw(pointer) }));
    }
}

/// A value in memory that is followed by a NUL; NULL for none.
unsafe fn value(value: Option<&[u8]>, length: *mut usize) -> *const c_char {
    if let Some(place) = unsafe { length.as_mut() } {
        *place = value.map_or(0, <[u8]>::len);
    }
    value.map_or(std::ptr::null(), |value| value.as_ptr().cast())
}

/// A program's data for a callback. Made only once the callback is registered: until then the data is the program's.
struct UserData {
    pointer: *mut c_void,
    release: ami_drop_fn,
}

// SAFETY: the header says that the data is used and let go of on other threads.
unsafe impl Send for UserData {}

impl UserData {
    fn new(data: &Unregistered) -> UserData {
        UserData { pointer: data.pointer, release: data.release }
    }

    /// The data, for a call.
    fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the program gave this function for this data, and this is the one call of it.
            unsafe { release(self.pointer) };
        }
    }
}

/// A program's data before its callback is registered; nothing is done with it.
#[derive(Clone, Copy)]
struct Unregistered {
    pointer: *mut c_void,
    release: ami_drop_fn,
}

// SAFETY: as for `UserData`.
unsafe impl Send for Unregistered {}

/// The version of the library, such as "0.1.0".
///
/// @return a static string.
/// Ownership: belongs to the library.
/// Threads: any.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn ami_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Waits until all threads of the library have ended, as they do by themselves after the last client, so that nothing of theirs is
/// left when the program ends or looks for leaks. Not needed otherwise; another client starts them anew.
///
/// @param error  where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any, but none that is inside a callback.
/// Errors: AMI_E_STATE inside a callback, and after 5 s if there still are clients, gateways, dialogues or subscriptions with
/// callbacks: free them first. AMI_E_BUSY after 5 s if a callback does not return.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_shutdown(error: *mut *mut ami_error) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, crate::blocking::shut_down) }
}
