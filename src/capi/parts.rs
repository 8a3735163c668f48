use std::ffi::c_char;

use super::boundary::{output, reference, status};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::strings::{content, terminated, text, value};
use super::{ami_error, ami_gateway, ami_status};
use crate::error::Error;
use crate::gsm::pdu::Encoding;
use crate::gsm::{Repertoire, SmsParts};

/// The text goes in the default alphabet of GSM: units are septets.
pub const AMI_ENCODING_GSM7: i32 = 0;
/// The text goes in UCS-2: units are those of UTF-16.
pub const AMI_ENCODING_UCS2: i32 = 1;

/// A text as SMS: its encoding and its parts. It never changes.
pub struct ami_sms_parts {
    encoding: i32,
    units: usize,
    left: usize,
    /// Each with its units.
    pieces: Vec<(Box<[u8]>, usize)>,
}

impl Handle for ami_sms_parts {
    type Owned = Boxed;
}

impl From<SmsParts<'_>> for ami_sms_parts {
    fn from(parts: SmsParts<'_>) -> ami_sms_parts {
        ami_sms_parts {
            encoding: if parts.encoding() == Encoding::Gsm7 { AMI_ENCODING_GSM7 } else { AMI_ENCODING_UCS2 },
            units: parts.units(),
            left: parts.room(),
            pieces: parts.parts().map(|(text, units)| (terminated(text.as_bytes()), units)).collect(),
        }
    }
}

unsafe fn borrow<'a>(parts: *const ami_sms_parts) -> Option<&'a ami_sms_parts> {
    // SAFETY: the caller passes NULL or parts that it keeps.
    unsafe { parts.as_ref() }
}

/// Counts what a text takes as SMS and splits it, as the standard has it: one SMS holds 160 septets or 70 units of
/// UTF-16, each of several 153 or 67. Nothing is sent. What a gateway's own commands can carry may be less: see
/// ami_gateway_parts.
///
/// @param message  the text; an empty one takes an SMS too.
/// @param parts    where to put the parts.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the parts are the caller's, to be freed with ami_sms_parts_free.
/// - **Threads:** any.
/// - **Errors:** AMI_E_INVALID for NULL, for a text that is not valid UTF-8, and for one that takes more than 255 SMS.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_new(
    message: *const c_char,
    parts: *mut *mut ami_sms_parts,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("parts", parts)?;
            let found = SmsParts::of(text("text of the SMS", message)?, Repertoire::Gsm7)?;
            *place = boxed(ami_sms_parts::from(found));
            Ok::<(), Error>(())
        })
    }
}

/// Counts what a text takes as SMS in a gateway's dialect and splits it, as libami or the gateway does. Nothing is sent. Drivers of
/// dongles differ: it is what the one here makes of it, as far as the server tells which it is.
///
/// @param gateway  the gateway.
/// @param message  the text.
/// @param parts    where to put the parts.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the parts are the caller's, to be freed with ami_sms_parts_free.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for NULL, for a text that is not valid UTF-8, and for one that cannot be sent.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_parts(
    gateway: *const ami_gateway,
    message: *const c_char,
    parts: *mut *mut ami_sms_parts,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("parts", parts)?;
            let gateway = reference("gateway", gateway)?.gateway.asynchronous()?;
            let found = gateway.parts(text("text of the SMS", message)?)?;
            *place = boxed(ami_sms_parts::from(found));
            Ok::<(), Error>(())
        })
    }
}

/// The encoding that the text goes in: AMI_ENCODING_GSM7, or AMI_ENCODING_UCS2 if it has a character that the default alphabet has not.
///
/// @param parts  the parts, or NULL.
/// @return one of AMI_ENCODING_…; AMI_ENCODING_GSM7 for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_encoding(parts: *const ami_sms_parts) -> i32 {
    // SAFETY: the caller keeps to the header.
    guard(AMI_ENCODING_GSM7, || unsafe { borrow(parts) }.map_or(AMI_ENCODING_GSM7, |parts| parts.encoding))
}

/// The room that all of the text takes, in septets or units of UTF-16.
///
/// @param parts  the parts, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_units(parts: *const ami_sms_parts) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { borrow(parts) }.map_or(0, |parts| parts.units))
}

/// The number of SMS that the text takes.
///
/// @param parts  the parts, or NULL.
/// @return the number, from 1 to 255; 0 for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_count(parts: *const ami_sms_parts) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { borrow(parts) }.map_or(0, |parts| parts.pieces.len()))
}

/// The text of one SMS. No character is cut in two.
///
/// @param parts   the parts, or NULL.
/// @param index   from 0.
/// @param length  where to put the text's length in bytes, or NULL.
/// @return the text in UTF-8, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the parts.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_text_at(
    parts: *const ami_sms_parts,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    guard(std::ptr::null(), || {
        let piece = unsafe { borrow(parts) }.and_then(|parts| parts.pieces.get(index));
        unsafe { value(piece.map(|(text, _)| content(text)), length) }
    })
}

/// The room that one SMS takes, in septets or units of UTF-16.
///
/// @param parts  the parts, or NULL.
/// @param index  from 0.
/// @return the number; 0 beyond the last.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_units_at(parts: *const ami_sms_parts, index: usize) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { borrow(parts) }.and_then(|parts| parts.pieces.get(index)).map_or(0, |(_, units)| *units))
}

/// The room that is left in the last SMS, in septets or units of UTF-16.
///
/// @param parts  the parts, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_left(parts: *const ami_sms_parts) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { borrow(parts) }.map_or(0, |parts| parts.left))
}

/// Frees the parts, and their texts with them.
///
/// @param parts  the parts, or NULL.
///
/// - **Ownership:** takes them.
/// - **Threads:** any; no other may use them any more.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_free(parts: *mut ami_sms_parts) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(parts) }
}
