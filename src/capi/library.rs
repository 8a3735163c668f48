//! The library as a whole: its version and its end.

use std::ffi::c_char;

use super::boundary::status;
use super::{ami_error, ami_status};

/// The timeout of a call: the configured action timeout.
pub const AMI_TIMEOUT_DEFAULT: u32 = 0;
/// The timeout of a wait for an event or a state: do not wait, only look.
pub const AMI_DONT_WAIT: u32 = 0;
/// The timeout of a wait for an event or a state: wait without end. Calls refuse it.
pub const AMI_WAIT_FOREVER: u32 = u32::MAX;

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
