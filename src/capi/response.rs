use std::ffi::c_char;
use std::sync::{Arc, OnceLock};

use super::ami_event;
use super::guard::guard;
use super::handle::{Counted, Handle, add_ref, drop_ref, shared};
use super::strings::{get, get_nth, value};
use crate::protocol::{Message, Response};

/// The whole answer to an action: the response's headers, a list's entries, a command's text. It never changes.
pub struct ami_response {
    response: Response,
    /// The entries, and behind them the closing event. Each is made when it is asked for: they point into the response, which
    /// must be at its last place by then; see `lend`.
    events: Box<[OnceLock<Arc<ami_event>>]>,
}

impl Handle for ami_response {
    type Owned = Counted;
}

impl From<Response> for ami_response {
    fn from(response: Response) -> ami_response {
        let events = (0..=response.events().len()).map(|_| OnceLock::new()).collect();
        ami_response { response, events }
    }
}

impl ami_response {
    /// Lends one of the events, for as long as the response is there.
    ///
    /// # Safety
    /// The response is at its last place: it is counted, and nobody takes it out again.
    unsafe fn lend(&self, index: usize, message: Option<&Message>) -> *const ami_event {
        match (self.events.get(index), message) {
            (Some(place), Some(message)) => {
                // SAFETY: the message belongs to the response, which stays where it is and goes after the event.
                Arc::as_ptr(place.get_or_init(|| unsafe { ami_event::lent(message) }))
            }
            _ => std::ptr::null(),
        }
    }
}

unsafe fn borrow<'a>(response: *const ami_response) -> Option<&'a ami_response> {
    // SAFETY: the caller passes NULL or a response that it borrows or keeps.
    unsafe { response.as_ref() }
}

/// The first value of a header of the response.
///
/// @param response  the response, or NULL.
/// @param name      the header's name, in any case.
/// @param length    where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, if there is none.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_get(
    response: *const ami_response,
    name: *const c_char,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(get(borrow(response).map(|borrowed| borrowed.response.message()), name), length) }
    })
}

/// One of the values of a header that may come several times.
///
/// @param response  the response, or NULL.
/// @param name      the header's name, in any case.
/// @param index     from 0, counted among the headers of this name, in the order of the wire.
/// @param length    where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_get_nth(
    response: *const ami_response,
    name: *const c_char,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(get_nth(borrow(response).map(|response| response.response.message()), name, index), length) }
    })
}

/// The number of headers of the response.
///
/// @param response  the response, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_header_count(response: *const ami_response) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { borrow(response) }.map_or(0, |response| response.response.message().len()))
}

/// The name of the header at an index, in the order of the wire.
///
/// @param response  the response, or NULL.
/// @param index     from 0.
/// @param length    where to put the name's length in bytes, or NULL.
/// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_header_name_at(
    response: *const ami_response,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        let header = unsafe { borrow(response) }.and_then(|response| response.response.message().header(index));
        unsafe { value(header.map(|(name, _)| name), length) }
    })
}

/// The value of the header at an index, in the order of the wire.
///
/// @param response  the response, or NULL.
/// @param index     from 0.
/// @param length    where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_header_value_at(
    response: *const ami_response,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        let header = unsafe { borrow(response) }.and_then(|response| response.response.message().header(index));
        unsafe { value(header.map(|(_, value)| value), length) }
    })
}

/// A command's text: its lines joined by LF, no LF at the end. The same for every server version.
///
/// @param response  the response, or NULL.
/// @param length    where to put the text's length in bytes, or NULL.
/// @return the text, followed by a NUL; NULL, and length 0, if the action was no command.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_output(response: *const ami_response, length: *mut usize) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(borrow(response).and_then(|response| response.response.output()), length) }
    })
}

/// The number of entries of the list that answered the action, its closing event not counted.
///
/// @param response  the response, or NULL.
/// @return the number; 0 for an answer that is no list.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_event_count(response: *const ami_response) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { borrow(response) }.map_or(0, |response| response.response.events().len()))
}

/// The entry of the list at an index.
///
/// @param response  the response, or NULL.
/// @param index     from 0.
/// @return the entry; NULL beyond the last.
///
/// - **Ownership:** belongs to the response; ami_event_ref keeps it longer.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_event_at(response: *const ami_response, index: usize) -> *const ami_event {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        let Some(response) = (unsafe { borrow(response) }) else { return std::ptr::null() };
        // SAFETY: a program's response is counted.
        unsafe { response.lend(index, response.response.events().get(index)) }
    })
}

/// The event that closed the list.
///
/// @param response  the response, or NULL.
/// @return the closing event; NULL if the answer was no list, or had none.
///
/// - **Ownership:** belongs to the response; ami_event_ref keeps it longer.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_end_event(response: *const ami_response) -> *const ami_event {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        let Some(response) = (unsafe { borrow(response) }) else { return std::ptr::null() };
        // SAFETY: as above.
        unsafe { response.lend(response.response.events().len(), response.response.end_event()) }
    })
}

/// Makes a response that costs its own size. Answers that arrived together share memory, and one of them that is kept keeps
/// all of it: one that is kept for long is to be kept like this, and the other given up.
///
/// @param response  the response, or NULL.
/// @return a response with the same contents, and each entry of its list, in memory of its own; NULL for NULL.
///
/// - **Ownership:** a reference of the caller's, to be given up with ami_response_unref. The one for the old response
///   stays.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_detach(response: *const ami_response) -> *mut ami_response {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller borrows or keeps the response.
        unsafe { borrow(response) }.map_or(std::ptr::null_mut(), |borrowed| shared(borrowed.response.detached()))
    })
}

/// Keeps a response, and with it the memory of answers that arrived together with it; see ami_response_detach.
///
/// @param response  the response, or NULL.
/// @return the same response.
///
/// - **Ownership:** one more reference, the caller's, to be given up with ami_response_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_ref(response: *const ami_response) -> *mut ami_response {
    // SAFETY: the caller borrows or keeps the response.
    unsafe { add_ref(response) }
}

/// Gives up a reference to a response; the last one frees it.
///
/// @param response  the response, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_unref(response: *mut ami_response) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(response) };
}
