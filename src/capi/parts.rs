use std::ffi::c_char;

use super::boundary::{output, reference, status};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::strings::{content, terminated, text as utf8, value};
use super::{ami_error, ami_gateway, ami_status};
use crate::error::Error;
use crate::gsm::pdu::Encoding;
use crate::gsm::{Repertoire, SmsParts};

/// The text is sent in the GSM default alphabet; units are septets.
pub const AMI_ENCODING_GSM7: i32 = 0;
/// The text is sent in UCS-2; units are UTF-16 code units.
pub const AMI_ENCODING_UCS2: i32 = 1;

/// A text split into SMS: its encoding and its parts. It never changes.
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

/// Splits a text into SMS as the standard says: a single SMS holds 160 septets or 70 UTF-16 units, each of several parts
/// 153 or 67. Nothing is sent. The commands of a gateway may allow less: see ami_gateway_parts.
///
/// @param text   the text in UTF-8; an empty text takes one SMS.
/// @param parts  where to put the parts.
/// @param error  where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the parts are the caller's, to be freed with ami_sms_parts_free.
/// - **Threads:** any.
/// - **Errors:** AMI_E_INVALID for NULL, for a text that is not valid UTF-8, and for a text that takes more than 255 SMS.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_new(
    text: *const c_char,
    parts: *mut *mut ami_sms_parts,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("parts", parts)?;
            let found = SmsParts::of(utf8("text of the SMS", text)?, Repertoire::Gsm7)?;
            *place = boxed(ami_sms_parts::from(found));
            Ok::<(), Error>(())
        })
    }
}

/// Splits a text into SMS as they are sent through a gateway, whether libami or the gateway splits it. Nothing is sent.
/// Drivers of dongles differ; libami uses what the server tells about its driver.
///
/// @param gateway  the gateway.
/// @param text     the text in UTF-8.
/// @param parts    where to put the parts.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the parts are the caller's, to be freed with ami_sms_parts_free.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for NULL, for a text that is not valid UTF-8, and for a text that cannot be sent.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_parts(
    gateway: *const ami_gateway,
    text: *const c_char,
    parts: *mut *mut ami_sms_parts,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("parts", parts)?;
            let gateway = reference("gateway", gateway)?.gateway.asynchronous()?;
            let found = gateway.parts(utf8("text of the SMS", text)?)?;
            *place = boxed(ami_sms_parts::from(found));
            Ok::<(), Error>(())
        })
    }
}

/// The encoding of the text: AMI_ENCODING_GSM7, or AMI_ENCODING_UCS2 if it has a character outside the GSM default
/// alphabet.
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

/// The length of the whole text in units: septets, or UTF-16 units.
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

/// The number of parts of the text.
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

/// The text of one part. Characters are never split.
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

/// The length of one part in units: septets, or UTF-16 units.
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

/// The units that are still free in the last part: septets, or UTF-16 units.
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
/// - **Threads:** no other thread may use them.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_parts_free(parts: *mut ami_sms_parts) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(parts) }
}
