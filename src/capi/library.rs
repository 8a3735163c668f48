//! The library as a whole: its version and its end.

use std::ffi::c_char;

use super::boundary::status;
use super::{ami_error, ami_status};
use crate::blocking::log::off;

/// The version of the library, such as "0.1.0".
///
/// @return a static string.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn ami_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The version of the library as a number that can be compared: AMI_VERSION_NUMBER is that of the header.
///
/// @return major * 1,000,000 + minor * 1,000 + patch.
///
/// - **Ownership:** none.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn ami_version_number() -> u32 {
    const NUMBER: u32 = version_number(env!("CARGO_PKG_VERSION"));
    NUMBER
}

const fn version_number(text: &str) -> u32 {
    let (bytes, mut at, mut part, mut number) = (text.as_bytes(), 0, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'.' => (number, part) = ((number + part) * 1000, 0),
            digit => part = part * 10 + (digit - b'0') as u32,
        }
        at += 1;
    }
    number + part
}

/// Waits until all threads of the library have ended. They end by themselves after the last client is freed; this function
/// waits for that, so that a leak checker finds nothing. Other programs do not need it. A new client starts the threads
/// again. It also turns the log off, as ami_log_set with AMI_LOG_OFF does. valgrind calls some of the memory that a process
/// keeps until its end "possibly lost", so run it with --errors-for-leak-kinds=definite.
///
/// @param error  where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any, but none that is inside a callback.
/// - **Errors:** AMI_E_STATE inside a callback, and after 5 s if clients, gateways, USSD sessions or subscriptions with
///   callbacks still exist: free them first. AMI_E_BUSY after 5 s if a callback does not return.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_shutdown(error: *mut *mut ami_error) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, || crate::blocking::shut_down().and_then(|()| off().await_end())) }
}

#[cfg(test)]
mod tests {
    use super::version_number;

    #[test]
    fn version_number_has_three_digits_a_part() {
        assert_eq!(version_number("0.1.0"), 1_000);
        assert_eq!(version_number("1.2.3"), 1_002_003);
        assert_eq!(version_number("12.345.678"), 12_345_678);
    }
}
