//! The catalogue of Asterisk's actions and events.

use std::ffi::{CStr, c_char, c_int};

use super::guard::guard;
use super::strings;
use crate::catalog::Entry;

/// The entry of this name, by the way to find it.
unsafe fn find(find: impl FnOnce(&str) -> Option<Entry>, name: *const c_char) -> Option<Entry> {
    // SAFETY: the caller passes NULL or a C string.
    find(unsafe { strings::text("name", name) }.ok()?)
}

fn text(text: Option<&'static CStr>) -> *const c_char {
    text.map_or(std::ptr::null(), CStr::as_ptr)
}

/// Tells whether the catalogue knows an action: one of Asterisk 1.8 to 23, or of the channel driver of a gateway.
///
/// @param name  the name, in any case; or NULL.
/// @return 1 if it does; else 0, also for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_has_action(name: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller keeps to the header.
        c_int::from(unsafe { find(Entry::action, name) }.is_some())
    })
}

/// The first major version of Asterisk that has an action, such as "1.8" or "13". Minor versions may lack it: the
/// action ListCommands tells what a server has.
///
/// @param name  the name, in any case; or NULL.
/// @return the version; NULL if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_action_since(name: *const c_char) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    guard(std::ptr::null(), || unsafe { text(find(Entry::action, name).map(|entry| entry.c_since())) })
}

/// The last major version of Asterisk that has an action.
///
/// @param name  the name, in any case; or NULL.
/// @return the version; NULL if the newest one has it, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_action_until(name: *const c_char) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    guard(std::ptr::null(), || unsafe { text(find(Entry::action, name).and_then(|entry| entry.c_until())) })
}

/// The classes that permit an action: the account needs one of them in write= of manager.conf.
///
/// @param name  the name, in any case; or NULL.
/// @return the classes with commas between them, such as "call,system"; "" for none; NULL if the catalogue does not know the
///         name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_action_classes(name: *const c_char) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    guard(std::ptr::null(), || unsafe { text(find(Entry::action, name).map(|entry| entry.c_classes())) })
}

/// The event that ends the list with which an action is answered.
///
/// @param name  the name, in any case; or NULL.
/// @return the name of the event; NULL for an action without a list, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_action_list_end(name: *const c_char) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    guard(std::ptr::null(), || unsafe { text(find(Entry::action, name).and_then(|entry| entry.c_list_end())) })
}

/// The number of headers that the catalogue knows of an action.
///
/// @param name  the name, in any case; or NULL.
/// @return the number; 0 if the catalogue does not know the name.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_action_header_count(name: *const c_char) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { find(Entry::action, name) }.map_or(0, |entry| entry.headers().len()))
}

/// A header of an action.
///
/// @param name      the name of the action, in any case; or NULL.
/// @param index     from 0.
/// @param required  where to put 1 if servers refuse the action without the header, else 0; or NULL.
/// @return the name of the header; NULL beyond the last, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_action_header_at(
    name: *const c_char,
    index: usize,
    required: *mut c_int,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe {
            let header = find(Entry::action, name).and_then(|entry| entry.c_header(index));
            if let Some(place) = required.as_mut() {
                *place = c_int::from(header.is_some_and(|(_, required)| required));
            }
            text(header.map(|(name, _)| name))
        }
    })
}

/// Tells whether the catalogue knows an event: one of Asterisk 1.8 to 23, or of the channel driver of a gateway.
///
/// @param name  the name, in any case; or NULL.
/// @return 1 if it does; else 0, also for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_has_event(name: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller keeps to the header.
        c_int::from(unsafe { find(Entry::event, name) }.is_some())
    })
}

/// The first major version of Asterisk that has an event, such as "1.8" or "13". Minor versions may lack it: the
/// action ListCommands tells what a server has.
///
/// @param name  the name, in any case; or NULL.
/// @return the version; NULL if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_event_since(name: *const c_char) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    guard(std::ptr::null(), || unsafe { text(find(Entry::event, name).map(|entry| entry.c_since())) })
}

/// The last major version of Asterisk that has an event.
///
/// @param name  the name, in any case; or NULL.
/// @return the version; NULL if the newest one has it, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_event_until(name: *const c_char) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    guard(std::ptr::null(), || unsafe { text(find(Entry::event, name).and_then(|entry| entry.c_until())) })
}

/// The classes of an event: the account needs all of them in read= of manager.conf, and so does the event mask. The entries
/// of lists have none.
///
/// @param name  the name, in any case; or NULL.
/// @return the classes with commas between them, such as "call,system"; "" for none; NULL if the catalogue does not know the
///         name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_event_classes(name: *const c_char) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    guard(std::ptr::null(), || unsafe { text(find(Entry::event, name).map(|entry| entry.c_classes())) })
}

/// The number of headers that the catalogue knows of an event.
///
/// @param name  the name, in any case; or NULL.
/// @return the number; 0 if the catalogue does not know the name.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_event_header_count(name: *const c_char) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { find(Entry::event, name) }.map_or(0, |entry| entry.headers().len()))
}

/// A header of an event.
///
/// @param name   the name of the event, in any case; or NULL.
/// @param index  from 0.
/// @return the name of the header; NULL beyond the last, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_catalog_event_header_at(name: *const c_char, index: usize) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        let header = unsafe { find(Entry::event, name) }.and_then(|entry| entry.c_header(index));
        text(header.map(|(name, _)| name))
    })
}
