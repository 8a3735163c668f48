//! The network's reply to a USSD code, for clients and for dialogues.

use std::ffi::{c_char, c_int};

use super::guard::guard;
use super::handle::{Counted, Handle, add_ref, drop_ref};
use super::strings::{content, terminated, value};
use crate::gsm::UssdReply;

/// The network's reply to a USSD code. It never changes.
pub struct ami_ussd_reply {
    text: Box<[u8]>,
    wants_answer: bool,
}

impl Handle for ami_ussd_reply {
    type Owned = Counted;
}

impl From<UssdReply> for ami_ussd_reply {
    fn from(reply: UssdReply) -> ami_ussd_reply {
        ami_ussd_reply { text: terminated(reply.text().as_bytes()), wants_answer: reply.wants_answer() }
    }
}

/// The text of a USSD reply.
///
/// @param reply   the reply, or NULL.
/// @param length  where to put its length in bytes, or NULL.
/// @return the text in UTF-8, followed by a NUL; NULL, and length 0, for NULL.
///
/// - **Ownership:** belongs to the reply.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_reply_text(reply: *const ami_ussd_reply, length: *mut usize) -> *const c_char {
    // SAFETY: NULL or a reply that is alive.
    unsafe { value(reply.as_ref().map(|reply| content(&reply.text)), length) }
}

/// Tells whether the network waits for an answer to its reply. Send the answer as another USSD code.
///
/// @param reply  the reply, or NULL.
/// @return 1 if it does, else 0.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_reply_wants_answer(reply: *const ami_ussd_reply) -> c_int {
    // SAFETY: NULL or a reply that is alive.
    guard(0, || i32::from(unsafe { reply.as_ref() }.is_some_and(|reply| reply.wants_answer)))
}

/// Adds a reference to a USSD reply, to keep it beyond the USSD session that lends it.
///
/// @param reply  the reply, or NULL.
/// @return the same reply.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_ussd_reply_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_reply_ref(reply: *const ami_ussd_reply) -> *mut ami_ussd_reply {
    // SAFETY: the caller borrows or keeps the reply.
    unsafe { add_ref(reply) }
}

/// Releases a reference to a USSD reply; the last release frees it.
///
/// @param reply  the reply, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_reply_unref(reply: *mut ami_ussd_reply) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(reply) };
}
