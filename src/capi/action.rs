use std::ffi::{c_char, c_void};

use super::{ami_status, bytes, exclusive, guard, slice, status, text};
use crate::error::Result;
use crate::protocol::Action;

/// A request to the server: a name and headers in order.
pub struct ami_action {
    pub(super) action: Action,
}

/// Makes an action. A name that cannot be sent is remembered and explained by the call that sends it.
///
/// @param name  its name, such as "CoreStatus".
/// @return the action; NULL if the name is NULL or not UTF-8.
/// Ownership: the caller's, to be freed with ami_action_free.
/// Threads: any.
/// Errors: see ami_client_call.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_action_new(name: *const c_char) -> *mut ami_action {
    guard(std::ptr::null_mut(), || {
        // SAFETY: NULL or a C string.
        unsafe { text("action's name", name) }
            .map_or(std::ptr::null_mut(), |name| Box::into_raw(Box::new(ami_action { action: Action::new(name) })))
    })
}

/// Appends a header; as often as wanted, also of one name. An ActionID given here goes out as it is.
///
/// @param action  the action.
/// @param name    the header's name, without a colon.
/// @param value   its value.
/// Ownership: copies.
/// Threads: one at a time for an action.
/// Errors: AMI_E_INVALID for CR or LF, a value that begins with a blank (the server would drop it), a line over 1022 bytes,
/// more than 128 headers. The action keeps the reason and cannot be sent any more; the call that tries tells it.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_action_add(
    action: *mut ami_action,
    name: *const c_char,
    value: *const c_char,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            let action = exclusive("action", action)?;
            add(action, text("header's name", name), bytes("header's value", value))
        })
    }
}

/// ami_action_add for a value of a given length, which need not end with a NUL.
///
/// @param action  the action.
/// @param name    the header's name, without a colon.
/// @param value   its value; may be NULL if length is 0.
/// @param length  the bytes of the value.
/// Ownership: copies.
/// Threads: one at a time for an action.
/// Errors: as ami_action_add; a NUL in the value is refused as well, and a length over PTRDIFF_MAX.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_action_add_n(
    action: *mut ami_action,
    name: *const c_char,
    value: *const c_void,
    length: usize,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            let action = exclusive("action", action)?;
            add(action, text("header's name", name), slice("header's value", value, length))
        })
    }
}

/// Appends a header Variable that sets one channel variable, or a function such as CALLERID(name); as often as wanted. A server
/// splits such a header at commas and takes quotes and backslashes out, so those are escaped in the value.
///
/// @param action  the action.
/// @param name    the variable's name.
/// @param value   its value.
/// Ownership: copies.
/// Threads: one at a time for an action.
/// Errors: AMI_E_INVALID for a name that the server would take for another one, with a blank, a comma, an equals sign, a quote or
/// a backslash in it; and as ami_action_add.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_action_add_variable(
    action: *mut ami_action,
    name: *const c_char,
    value: *const c_char,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            let action = exclusive("action", action)?;
            match (text("variable's name", name), bytes("variable's value", value)) {
                (Ok(name), Ok(value)) => action.action.add_variable(name, value).map(|_| ()),
                (Err(error), _) | (_, Err(error)) => {
                    action.action.refuse(error.clone());
                    Err(error)
                }
            }
        })
    }
}

fn add(action: &mut ami_action, name: Result<&str>, value: Result<&[u8]>) -> Result<()> {
    match (name, value) {
        (Ok(name), Ok(value)) => action.action.add(name, value).map(|_| ()),
        (Err(error), _) | (_, Err(error)) => {
            action.action.refuse(error.clone());
            Err(error)
        }
    }
}

/// Frees an action. It can be freed as soon as the call that sends it has returned.
///
/// @param action  the action, or NULL.
/// Ownership: takes it.
/// Threads: nobody else may use it.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_action_free(action: *mut ami_action) {
    // SAFETY: NULL or an action of ours, for the last time.
    unsafe { super::free(action) };
}
