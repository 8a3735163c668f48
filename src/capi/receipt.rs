//! The receipt of an SMS. Errors hold it too, so it needs none of what may fail.

use std::ffi::{CString, c_char};

use super::handle::{Counted, Handle, add_ref, drop_ref};
use super::strings::{c_string, content, terminated, value};
use crate::gsm::{Outcome, Receipt};

/// The gateway accepted the SMS; only a report can tell more.
pub const AMI_SMS_QUEUED: i32 = 0;
/// The network accepted the SMS.
pub const AMI_SMS_SENT: i32 = 1;
/// The SMS was not sent. If the gateway splits the text itself (dongles), some parts may have been sent.
pub const AMI_SMS_FAILED: i32 = 2;
/// The gateway's port is in use; nothing was sent.
pub const AMI_SMS_BUSY: i32 = 3;
/// The outcome is unknown: the SMS may have been sent, or may still be sent.
pub const AMI_SMS_UNKNOWN: i32 = 4;
/// The SMS was not sent: nothing was written to the gateway.
pub const AMI_SMS_NOT_SENT: i32 = 5;
/// The recipient received the SMS; only in reports.
pub const AMI_SMS_DELIVERED: i32 = 6;
/// The network could not deliver the SMS; only in reports.
pub const AMI_SMS_UNDELIVERED: i32 = 7;

/// A receipt: the outcome of an SMS and the gateway's texts about it. It never changes.
pub struct ami_receipt {
    outcome: i32,
    span: u32,
    port: CString,
    destination: CString,
    id: Option<CString>,
    /// The outcome of each, and what the gateway said of it.
    parts: Vec<(i32, Box<[u8]>)>,
    words: Box<[u8]>,
}

impl Handle for ami_receipt {
    type Owned = Counted;
}

fn number_of(outcome: Outcome) -> i32 {
    match outcome {
        Outcome::Queued => AMI_SMS_QUEUED,
        Outcome::Sent => AMI_SMS_SENT,
        Outcome::Failed => AMI_SMS_FAILED,
        Outcome::Busy => AMI_SMS_BUSY,
        Outcome::Unknown => AMI_SMS_UNKNOWN,
        Outcome::NotSent => AMI_SMS_NOT_SENT,
        Outcome::Delivered => AMI_SMS_DELIVERED,
        Outcome::Undelivered => AMI_SMS_UNDELIVERED,
    }
}

impl From<Receipt> for ami_receipt {
    fn from(receipt: Receipt) -> ami_receipt {
        let parts = receipt.each_part().iter().map(|part| (number_of(part.outcome()), terminated(part.peer_text())));
        ami_receipt {
            outcome: number_of(receipt.outcome()),
            span: receipt.span(),
            port: c_string(receipt.port().to_string().as_bytes()),
            destination: c_string(receipt.destination().as_bytes()),
            id: receipt.id().map(|id| c_string(id.as_bytes())),
            parts: parts.collect(),
            words: terminated(receipt.peer_text()),
        }
    }
}

/// The outcome of an SMS, over all its parts.
///
/// @param receipt  the receipt, or NULL.
/// @return AMI_SMS_QUEUED, AMI_SMS_SENT, AMI_SMS_FAILED, AMI_SMS_BUSY, AMI_SMS_UNKNOWN or AMI_SMS_NOT_SENT. If its
///         parts differ: AMI_SMS_UNKNOWN if one part is unknown, else AMI_SMS_FAILED. -1 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_outcome(receipt: *const ami_receipt) -> i32 {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(-1, |receipt| receipt.outcome)
}

/// The number of the port of an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @return the number, from 1; 0 for NULL, and if ports have names.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_port_number(receipt: *const ami_receipt) -> u32 {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(0, |receipt| receipt.span)
}

/// The port of an SMS as a text, such as "4" or "dongle0".
///
/// @param receipt  the receipt, or NULL.
/// @return the text; "" for NULL.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_port(receipt: *const ami_receipt) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(c"".as_ptr(), |receipt| receipt.port.as_ptr())
}

/// The number of the recipient of an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @return the number; "" for NULL.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_to(receipt: *const ami_receipt) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(c"".as_ptr(), |receipt| receipt.destination.as_ptr())
}

/// The number of parts of an SMS. It is 1 if the gateway splits the text itself.
///
/// @param receipt  the receipt, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_parts(receipt: *const ami_receipt) -> u32 {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(0, |receipt| receipt.parts.len() as u32)
}

/// The outcome of one part of an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @param index    from 0.
/// @return AMI_SMS_QUEUED, AMI_SMS_SENT, AMI_SMS_FAILED, AMI_SMS_BUSY, AMI_SMS_UNKNOWN or AMI_SMS_NOT_SENT; -1 beyond the
///         last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_part_outcome_at(receipt: *const ami_receipt, index: usize) -> i32 {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.and_then(|receipt| receipt.parts.get(index)).map_or(-1, |(outcome, _)| *outcome)
}

/// The gateway's text about one part of an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @param index    from 0.
/// @param length   where to put the length of the text in bytes, or NULL.
/// @return the text, which may be empty, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_part_words_at(
    receipt: *const ami_receipt,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    let part = unsafe { receipt.as_ref() }.and_then(|receipt| receipt.parts.get(index));
    unsafe { value(part.map(|(_, words)| content(words)), length) }
}

/// The id of an SMS, from ami_sms_request_set_id.
///
/// @param receipt  the receipt, or NULL.
/// @return the id; NULL if none was set.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_id(receipt: *const ami_receipt) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    let id = unsafe { receipt.as_ref() }.and_then(|receipt| receipt.id.as_ref());
    id.map_or(std::ptr::null(), |id| id.as_ptr())
}

/// The gateway's last text about an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @param length   where to put the length of the text in bytes, or NULL.
/// @return the text, which may be empty, followed by a NUL; NULL, and length 0, for NULL.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_words(receipt: *const ami_receipt, length: *mut usize) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { value(receipt.as_ref().map(|receipt| content(&receipt.words)), length) }
}

/// Adds a reference to a receipt, to keep it beyond the error, the callback or the list that lends it.
///
/// @param receipt  the receipt, or NULL.
/// @return the same receipt.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_receipt_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_ref(receipt: *const ami_receipt) -> *mut ami_receipt {
    // SAFETY: the caller borrows or keeps the receipt.
    unsafe { add_ref(receipt) }
}

/// Releases a reference to a receipt; the last release frees it.
///
/// @param receipt  the receipt, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_unref(receipt: *mut ami_receipt) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(receipt) };
}
