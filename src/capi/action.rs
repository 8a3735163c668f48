use std::ffi::{c_char, c_void};

use zeroize::Zeroizing;

use super::boundary::{exclusive, reference, status};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::strings::{bytes, slice, text};
use super::{ami_error, ami_status};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{Action, Credentials};

/// A request to the server: a name and headers in order.
pub struct ami_action {
    pub(super) action: Action,
}

impl Handle for ami_action {
    type Owned = Boxed;
}

/// Makes an action. If its name is not valid, the call that sends it fails and its error tells why.
///
/// @param name  its name, such as "CoreStatus".
/// @return the action; NULL if the name is NULL or not UTF-8.
///
/// - **Ownership:** the caller's, to be freed with ami_action_free.
/// - **Threads:** any.
/// - **Errors:** see ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_action_new(name: *const c_char) -> *mut ami_action {
    guard(std::ptr::null_mut(), || {
        // SAFETY: NULL or a C string.
        unsafe { text("action's name", name) }
            .map_or(std::ptr::null_mut(), |name| boxed(ami_action { action: Action::new(name) }))
    })
}

/// Appends a header. It can be called several times, also with the same name. An ActionID added here is sent unchanged.
///
/// @param action  the action.
/// @param name    the header's name, without a colon.
/// @param value   its value.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for an action.
/// - **Errors:** AMI_E_INVALID for CR or LF, a value that begins with a blank (the server would remove it), a line over
///   1022 bytes, and more than 128 headers. The action cannot be sent after that; the call that tries fails with the same
///   reason.
/// - **Since:** 0.1.0
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

/// Appends a header as ami_action_add does, with a value of a given length that need not end with a NUL.
///
/// @param action  the action.
/// @param name    the header's name, without a colon.
/// @param value   its value; may be NULL if length is 0.
/// @param length  the bytes of the value.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for an action.
/// - **Errors:** as ami_action_add; a NUL in the value is refused as well, and a length over PTRDIFF_MAX.
/// - **Since:** 0.1.0
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

/// Appends a header Variable that sets one channel variable, or a function such as CALLERID(name). It can be called several
/// times. A server splits such a header at commas and removes quotes and backslashes, so libami escapes these in the value.
///
/// @param action  the action.
/// @param name    the variable's name.
/// @param value   its value.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for an action.
/// - **Errors:** AMI_E_INVALID for a name with a blank, a comma, an equals sign, a quote or a backslash, which the server
///   would take for another name; and as ami_action_add.
/// - **Since:** 0.1.0
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
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_action_free(action: *mut ami_action) {
    // SAFETY: NULL or an action of ours, for the last time.
    unsafe { free(action) };
}

/// Writes the bytes of an action to a buffer, for programs that use only the parser and write to the socket themselves.
/// They contain an ActionID only if one was added.
///
/// @param action  the action.
/// @param buffer  where to put the bytes, without a NUL at the end; may be NULL if size is 0.
/// @param size    the size of the buffer in bytes.
/// @param length  where to put the length of the whole action in bytes, or NULL; it is set also if the buffer is too small.
///                On other failures 0 is put there.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the error is the caller's. The buffer may hold a secret afterwards: it is the caller's to wipe.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_OVERFLOW if the buffer is too small; it is not changed then. AMI_E_INVALID for an action with a name
///   or header that was refused.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_action_encode(
    action: *const ami_action,
    buffer: *mut c_void,
    size: usize,
    length: *mut usize,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let mut place = length.as_mut();
            place.iter_mut().for_each(|place| **place = 0);
            let encoded = Zeroizing::new(reference("action", action)?.action.to_bytes()?);
            if let Some(place) = place {
                *place = encoded.len();
            }
            if encoded.len() > size {
                let text = format!("the action takes {} bytes, and the buffer has room for {size}", encoded.len());
                return Err(Error::new(ErrorKind::Overflow, text));
            }
            if buffer.is_null() {
                return Err(Error::invalid("the buffer is NULL"));
            }
            buffer.cast::<u8>().copy_from_nonoverlapping(encoded.as_ptr(), encoded.len());
            Ok(())
        })
    }
}

/// Computes the header Key of a Login with AuthType MD5 from the Challenge of the server, for programs that use only the
/// parser. So the secret itself is not sent.
///
/// @param challenge  the header Challenge of the server's response.
/// @param secret     the user's secret.
/// @param key        where to put the key: 32 characters and a NUL.
///
/// - **Ownership:** copies.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for NULL, and for a secret that is not UTF-8.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_login_key(
    challenge: *const c_char,
    secret: *const c_char,
    key: *mut c_char,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            let (challenge, secret) = (bytes("challenge", challenge)?, text("secret", secret)?);
            if key.is_null() {
                return Err(Error::invalid("the place for the key is NULL"));
            }
            let made = Zeroizing::new(Credentials::new("", secret).login_key(challenge));
            key.cast::<u8>().copy_from_nonoverlapping(made.as_ptr(), made.len());
            key.add(made.len()).write(0);
            Ok(())
        })
    }
}
