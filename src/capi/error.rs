use std::ffi::{CString, c_char, c_int};
use std::sync::Arc;

use super::guard::guard;
use super::handle::{Boxed, Handle, free};
use super::strings::c_string;
use super::{ami_receipt, ami_response};
use crate::error::{Error, ErrorKind};
use crate::gsm::SendError;

/// The result of a call: AMI_OK, or one of AMI_E_…. Later versions may add values; no value changes. The range of a status
/// tells what happened to the request:
///
/// - 1 to 99: the program called the library wrongly or at a wrong time; nothing was written to the server;
/// - 100 to 199: there is no connection; nothing was written;
/// - 200 to 299: the protocol or the login failed; nothing was written (AMI_E_LIMIT can be an exception);
/// - 300 to 399: the server refused the request;
/// - 400 to 499: the request was written, and its outcome is unknown.
pub type ami_status = i32;

/// Success.
pub const AMI_OK: ami_status = 0;
/// Usage: an argument is not valid; nothing was written.
pub const AMI_E_INVALID: ami_status = 1;
/// Usage: the call does not fit the object's state.
pub const AMI_E_STATE: ami_status = 2;
/// Usage: something is still running; try again.
pub const AMI_E_BUSY: ami_status = 3;
/// Usage: the object was made before fork, in the parent process.
pub const AMI_E_FORKED: ami_status = 4;
/// Usage: the client, gateway or subscription is closed.
pub const AMI_E_CLOSED: ami_status = 5;
/// A bug in libami, reported instead of crashing the program.
pub const AMI_E_INTERNAL: ami_status = 6;
/// Usage: this server or gateway does not support it.
pub const AMI_E_UNSUPPORTED: ami_status = 7;
/// Usage: a queue is full, so the SMS or the action was not accepted; or the queue of a subscription is full and its policy
/// is AMI_QUEUE_CLOSE, so the subscription has ended; or a buffer is too small.
pub const AMI_E_OVERFLOW: ami_status = 8;
/// Usage: the header is not there, or says nothing. From ami_event_get_int and its like.
pub const AMI_E_ABSENT: ami_status = 9;
/// Usage: the header says something else than a value of this type. From ami_event_get_int and its like.
pub const AMI_E_FORMAT: ami_status = 10;
/// I/O: the host name could not be resolved.
pub const AMI_E_RESOLVE: ami_status = 100;
/// I/O: nothing accepted the connection.
pub const AMI_E_REFUSED: ami_status = 101;
/// I/O: the time was over before anything was written. From a function that waits for an event or a state: it did not come
/// in time.
pub const AMI_E_TIMEOUT: ami_status = 102;
/// I/O: the connection is lost; nothing was written.
pub const AMI_E_DISCONNECTED: ami_status = 103;
/// I/O: TLS could not be set up.
pub const AMI_E_TLS: ami_status = 104;
/// I/O: another input or output error.
pub const AMI_E_IO: ami_status = 105;
/// Protocol: the server does not speak AMI.
pub const AMI_E_NOT_AMI: ami_status = 200;
/// Protocol: the server broke the protocol.
pub const AMI_E_PROTOCOL: ami_status = 201;
/// Protocol: the server sent more than a limit allows. If the response to an action is too large, that action was written
/// and carried out.
pub const AMI_E_LIMIT: ami_status = 202;
/// Login: the server refused the user name or the secret.
pub const AMI_E_AUTH: ami_status = 203;
/// Login: the server offers no login method that is allowed on this connection.
pub const AMI_E_AUTH_METHOD: ami_status = 204;
/// Refusal: the server refused the action. ami_error_is_not_found tells whether the reason is that something does not
/// exist.
pub const AMI_E_ACTION: ami_status = 300;
/// Refusal: the account lacks the class that the action needs.
pub const AMI_E_PERMISSION: ami_status = 301;
/// Refusal: the CLI did not accept the command.
pub const AMI_E_COMMAND: ami_status = 302;
/// Refusal: the gateway could not send the SMS.
pub const AMI_E_SMS_FAILED: ami_status = 310;
/// Refusal: the gateway's port is in use; nothing was sent.
pub const AMI_E_SMS_BUSY: ami_status = 311;
/// Refusal: the USSD request failed.
pub const AMI_E_USSD: ami_status = 312;
/// The request was written; it may or may not have been carried out.
pub const AMI_E_OUTCOME_UNKNOWN: ami_status = 400;

/// The reason why a call failed. The message is for people, says what to do and never contains a secret.
pub struct ami_error {
    kind: ErrorKind,
    cause: Option<ErrorKind>,
    os_code: i32,
    is_not_found: bool,
    message: CString,
    peer_message: Option<CString>,
    response: Option<Arc<ami_response>>,
    receipt: Option<Arc<ami_receipt>>,
}

impl Handle for ami_error {
    type Owned = Boxed;
}

/// An error with the receipt that goes with it, on their way to the program.
pub(super) struct Failure {
    pub error: Error,
    pub receipt: Option<Arc<ami_receipt>>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { error, receipt: None }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Failure {
        let (error, receipt) = error.into_parts();
        Failure { error, receipt: receipt.map(|receipt| Arc::new(receipt.into())) }
    }
}

impl From<Failure> for ami_error {
    fn from(failure: Failure) -> ami_error {
        let Failure { error, receipt } = failure;
        ami_error {
            kind: error.kind(),
            cause: error.cause(),
            os_code: error.os_code().unwrap_or_default(),
            is_not_found: error.is_not_found(),
            message: c_string(error.message().as_bytes()),
            peer_message: error.peer_message().map(c_string),
            response: error.response().map(|response| Arc::new(ami_response::from(response.clone()))),
            receipt,
        }
    }
}

/// The status that the call returned.
///
/// @param error  the error, or NULL.
/// @return its AMI_E_…; AMI_OK for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_error_code(error: *const ami_error) -> ami_status {
    // SAFETY: NULL or an error that is alive.
    unsafe { error.as_ref() }.map_or(AMI_OK, |error| error.kind.code())
}

/// The status of the cause of an error. For AMI_E_OUTCOME_UNKNOWN it tells why no response came: AMI_E_TIMEOUT, or the
/// reason for the end of the connection, such as AMI_E_DISCONNECTED. For AMI_E_DISCONNECTED it tells why the connection
/// ended: such as AMI_E_LIMIT, or AMI_E_TIMEOUT if connecting took too long.
///
/// @param error  the error, or NULL.
/// @return one of AMI_E_…; AMI_OK if there is no other cause than ami_error_code, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_error_cause(error: *const ami_error) -> ami_status {
    // SAFETY: NULL or an error that is alive.
    unsafe { error.as_ref() }.and_then(|error| error.cause).map_or(AMI_OK, ErrorKind::code)
}

/// The errno of the operating system for a connection that could not be made or was lost.
///
/// @param error  the error, or NULL.
/// @return a value such as ECONNREFUSED; 0 if there is none, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_error_errno(error: *const ami_error) -> i32 {
    // SAFETY: NULL or an error that is alive.
    unsafe { error.as_ref() }.map_or(0, |error| error.os_code)
}

/// Tells whether the server refused an action (AMI_E_ACTION) because something that the action names does not exist: a
/// channel, an endpoint, a database entry, a queue member. AMI has no code for this, so libami recognises the usual English
/// texts of Asterisk, such as "No such channel". A server module with another text is not recognised.
///
/// @param error  the error, or NULL.
/// @return 1 if it does not exist; else 0, also for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_error_is_not_found(error: *const ami_error) -> c_int {
    // SAFETY: NULL or an error that is alive.
    unsafe { error.as_ref() }.map_or(0, |error| i32::from(error.is_not_found))
}

/// The message of an error, in English: the problem and what to do about it.
///
/// @param error  the error, or NULL.
/// @return the text; "" for NULL.
///
/// - **Ownership:** belongs to the error.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_error_message(error: *const ami_error) -> *const c_char {
    // SAFETY: NULL or an error that is alive.
    unsafe { error.as_ref() }.map_or(c"".as_ptr(), |error| error.message.as_ptr())
}

/// The text of the server: the header Message of a refusal, or the output of a refused command. It may repeat what was
/// sent.
///
/// @param error  the error, or NULL.
/// @return the text, or NULL if the server sent none.
///
/// - **Ownership:** belongs to the error.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_error_peer_message(error: *const ami_error) -> *const c_char {
    // SAFETY: NULL or an error that is alive.
    let words = unsafe { error.as_ref() }.and_then(|error| error.peer_message.as_ref());
    words.map_or(std::ptr::null(), |words| words.as_ptr())
}

/// The response that refused the action.
///
/// @param error  the error, or NULL.
/// @return the response, or NULL if there was none.
///
/// - **Ownership:** belongs to the error; ami_response_ref keeps it.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_error_response(error: *const ami_error) -> *const ami_response {
    // SAFETY: NULL or an error that is alive.
    let response = unsafe { error.as_ref() }.and_then(|error| error.response.as_ref());
    response.map_or(std::ptr::null(), Arc::as_ptr)
}

/// The receipt of an SMS that was not sent, or may not have been sent.
///
/// @param error  the error, or NULL.
/// @return the receipt; NULL if the SMS neither reached the gateway nor waited for its port.
///
/// - **Ownership:** belongs to the error; ami_receipt_ref keeps it.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_error_receipt(error: *const ami_error) -> *const ami_receipt {
    // SAFETY: NULL or an error that is alive.
    let receipt = unsafe { error.as_ref() }.and_then(|error| error.receipt.as_ref());
    receipt.map_or(std::ptr::null(), Arc::as_ptr)
}

/// Frees an error.
///
/// @param error  the error, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_error_free(error: *mut ami_error) {
    // SAFETY: NULL or an error of ours, for the last time.
    unsafe { free(error) };
}

/// The name of a status, such as "AMI_E_AUTH".
///
/// @param status  a status.
/// @return a static string; "AMI_E_?" for a value that this version does not know.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn ami_status_name(status: ami_status) -> *const c_char {
    guard(c"AMI_E_?".as_ptr(), || match status {
        AMI_OK => c"AMI_OK".as_ptr(),
        code => ErrorKind::from_code(code).map_or(c"AMI_E_?".as_ptr(), |kind| kind.c_name().as_ptr()),
    })
}

/// The error of a client's or a subscription's end. AMI_E_TIMEOUT says that a wait was too short and may be repeated, so an end
/// by a connection that was not made in time is told otherwise.
pub(super) fn ended(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Timeout => {
            Error::new(ErrorKind::Disconnected, error.message().to_owned()).caused_by(ErrorKind::Timeout, None)
        }
        _ => error,
    }
}

/// Tells whether the request of a call may have reached the server. If not, nothing has changed there.
///
/// The range decides: nothing was written for 1 to 299, the request was written for 300 and above. Two statuses below 300
/// are exceptions and count as written: AMI_E_LIMIT, because the response to a written action may be too large, and
/// AMI_E_INTERNAL, because libami cannot know.
///
/// @param status  the status that a call returned.
/// @return 1 if the request was written or may have been written, also for AMI_OK; else 0.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn ami_status_was_written(status: ami_status) -> c_int {
    match status {
        AMI_OK | AMI_E_INTERNAL | AMI_E_LIMIT => 1,
        status => c_int::from(status >= 300),
    }
}

/// Tells whether it makes sense and is safe to call again later with the same arguments. It is safe because the request was
/// not carried out; it makes sense because the obstacle may disappear: a full queue, a port in use, a server that is down.
///
/// @param status  the status that a call returned.
/// @return 1 for AMI_E_BUSY, AMI_E_OVERFLOW, AMI_E_RESOLVE, AMI_E_REFUSED, AMI_E_TIMEOUT, AMI_E_DISCONNECTED,
///         AMI_E_IO and AMI_E_SMS_BUSY; else 0. It is 0 for AMI_E_OUTCOME_UNKNOWN: the request may have been carried out
///         already.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn ami_status_is_retryable(status: ami_status) -> c_int {
    c_int::from(matches!(
        status,
        AMI_E_BUSY
            | AMI_E_OVERFLOW
            | AMI_E_RESOLVE
            | AMI_E_REFUSED
            | AMI_E_TIMEOUT
            | AMI_E_DISCONNECTED
            | AMI_E_IO
            | AMI_E_SMS_BUSY
    ))
}

/// Lets a borrowed error be shown to a callback.
pub(super) fn lend(failure: Failure, show: impl FnOnce(ami_status, *const ami_error)) {
    let error = ami_error::from(failure);
    show(error.kind.code(), &raw const error);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_values_are_those_of_the_kinds() {
        let values = [
            AMI_E_INVALID,
            AMI_E_STATE,
            AMI_E_BUSY,
            AMI_E_FORKED,
            AMI_E_CLOSED,
            AMI_E_INTERNAL,
            AMI_E_UNSUPPORTED,
            AMI_E_OVERFLOW,
            AMI_E_ABSENT,
            AMI_E_FORMAT,
            AMI_E_RESOLVE,
            AMI_E_REFUSED,
            AMI_E_TIMEOUT,
            AMI_E_DISCONNECTED,
            AMI_E_TLS,
            AMI_E_IO,
            AMI_E_NOT_AMI,
            AMI_E_PROTOCOL,
            AMI_E_LIMIT,
            AMI_E_AUTH,
            AMI_E_AUTH_METHOD,
            AMI_E_ACTION,
            AMI_E_PERMISSION,
            AMI_E_COMMAND,
            AMI_E_SMS_FAILED,
            AMI_E_SMS_BUSY,
            AMI_E_USSD,
            AMI_E_OUTCOME_UNKNOWN,
        ];
        assert!(values.into_iter().eq(ErrorKind::all().map(ErrorKind::code)));
    }
}
