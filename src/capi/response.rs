use std::ffi::c_char;
use std::sync::{Arc, OnceLock};

use super::ami_event;
use super::guard::guard;
use super::handle::{Counted, Handle, add_ref, drop_ref, shared};
use super::strings::{get, get_nth, value};
use crate::protocol::{Message, Response};

/// The whole response to an action: its headers, the entries of a list, the output of a command. It never changes.
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

/// The value at an index among the headers of one name, for a header that comes several times.
///
/// @param response  the response, or NULL.
/// @param name      the header's name, in any case.
/// @param index     from 0, in the order in which the server sent them; other headers are not counted.
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

/// The name of the header at an index, in the order in which the server sent them.
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

/// The value of the header at an index, in the order in which the server sent them.
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

/// The output of a command: its lines joined by LF, without LF at the end. It is the same for all server versions.
///
/// @param response  the response, or NULL.
/// @param length    where to put the text's length in bytes, or NULL.
/// @return the output, followed by a NUL; NULL, and length 0, if the action was not a command.
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

/// The number of entries of a list response, without its closing event.
///
/// @param response  the response, or NULL.
/// @return the number; 0 for a response that is not a list.
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

/// The entry of a list response at an index.
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

/// The event that closed a list response.
///
/// @param response  the response, or NULL.
/// @return the closing event; NULL if the response is not a list, or has no such event.
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

/// Copies a response into memory of its own. Responses that arrived together share memory, and keeping one of them keeps
/// the memory of all. To keep a response for long, detach it and release the original.
///
/// @param response  the response, or NULL.
/// @return the copy, with each entry of its list; NULL for NULL.
///
/// - **Ownership:** a new reference, which the caller releases with ami_response_unref. The reference to the original
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

/// Adds a reference to a response, to keep it. This also keeps the memory of responses that arrived together with it, see
/// ami_response_detach.
///
/// @param response  the response, or NULL.
/// @return the same response.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_response_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_response_ref(response: *const ami_response) -> *mut ami_response {
    // SAFETY: the caller borrows or keeps the response.
    unsafe { add_ref(response) }
}

/// Releases a reference to a response; the last release frees it.
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
