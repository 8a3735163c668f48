//! Values of an event's headers by their type.

use std::ffi::{c_char, c_int};

use super::event::{ami_event, message};
use super::guard::guard;
use super::strings::text;
use super::{AMI_E_ABSENT, AMI_E_FORMAT, AMI_E_INTERNAL, AMI_E_INVALID, AMI_OK, ami_status};
use crate::protocol::Message;
use crate::typed::read::{self, Missing};

/// Reads a value by its type.
unsafe fn typed<T>(
    event: *const ami_event,
    name: *const c_char,
    place: *mut T,
    read: impl FnOnce(&Message, &str) -> Result<T, Missing>,
) -> ami_status {
    // SAFETY: the caller passes NULL or an event that it borrows or keeps, NULL or a C string, and NULL or a place.
    unsafe {
        let (Some(message), Ok(name)) = (message(event), text("header's name", name)) else { return AMI_E_INVALID };
        match read(message, name) {
            Ok(value) => {
                if let Some(place) = place.as_mut() {
                    *place = value;
                }
                AMI_OK
            }
            Err(Missing::Absent) => AMI_E_ABSENT,
            Err(Missing::Wrong) => AMI_E_FORMAT,
        }
    }
}

/// The first value of a header as a whole number, such as that of Cause.
///
/// A number that is part of a text, as in "200(SR)", is none.
///
/// @param event  the event, or NULL.
/// @param name   the header's name, in any case.
/// @param value  where to put it, or NULL; it is not changed on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ABSENT if there is no such header, or if it says nothing, as servers do with an empty value,
///   with "unknown" or "none" in angle brackets, and with "(null)", "N/A" or "-none-". AMI_E_FORMAT if it says something
///   else. AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_get_int(
    event: *const ami_event,
    name: *const c_char,
    value: *mut i64,
) -> ami_status {
    guard(AMI_E_INTERNAL, || {
        // SAFETY: the caller keeps to the header.
        unsafe { typed(event, name, value, read::try_int) }
    })
}

/// The first value of a header as yes or no, in each way in which servers say it.
///
/// Yes, 1, true, on and enabled are 1; No, 0, false, off and disabled are 0; in any case.
///
/// @param event  the event, or NULL.
/// @param name   the header's name, in any case.
/// @param value  where to put it, or NULL; it is not changed on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ABSENT if there is no such header, or if it says nothing, as servers do with an empty value,
///   with "unknown" or "none" in angle brackets, and with "(null)", "N/A" or "-none-". AMI_E_FORMAT if it says something
///   else. AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_get_bool(
    event: *const ami_event,
    name: *const c_char,
    value: *mut c_int,
) -> ami_status {
    guard(AMI_E_INTERNAL, || {
        // SAFETY: the caller keeps to the header.
        unsafe { typed(event, name, value, |message, name| read::try_flag(message, name).map(c_int::from)) }
    })
}

/// The first value of a header as a time, in milliseconds since 1970 UTC.
///
/// Times are seconds since 1970, such as those of LastCall and Timestamp, or a date with a time zone, such as that of EventTV.
/// A date without a time zone is AMI_E_FORMAT, as nobody can tell its zone. A time of 0, as for a call that never was, is
/// AMI_E_ABSENT.
///
/// @param event  the event, or NULL.
/// @param name   the header's name, in any case.
/// @param milliseconds  where to put it, or NULL; it is not changed on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ABSENT if there is no such header, or if it says nothing, as servers do with an empty value,
///   with "unknown" or "none" in angle brackets, and with "(null)", "N/A" or "-none-". AMI_E_FORMAT if it says something
///   else. AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_get_time(
    event: *const ami_event,
    name: *const c_char,
    milliseconds: *mut i64,
) -> ami_status {
    guard(AMI_E_INTERNAL, || {
        // SAFETY: the caller keeps to the header.
        unsafe { typed(event, name, milliseconds, |message, name| Ok(read::try_micros(message, name)? / 1000)) }
    })
}
