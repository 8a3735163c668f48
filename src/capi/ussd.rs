use std::ffi::{c_char, c_int};
use std::sync::Arc;

use super::boundary::{exclusive, output, reference, status, wanted};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free, shared};
use super::strings::text;
use super::timeout::call_timeout;
use super::{ami_error, ami_gateway, ami_status, ami_ussd_reply};
use crate::blocking::UssdDialogue;
use crate::error::Error;

/// A USSD session: the last reply of the network, and functions to answer it.
pub struct ami_ussd_dialogue {
    dialogue: UssdDialogue,
    reply: Arc<ami_ussd_reply>,
}

impl Handle for ami_ussd_dialogue {
    type Owned = Boxed;
}

/// Sends a USSD code, or an answer to a menu, and waits for the reply of the network. It goes before all SMS in the queue
/// of its port.
///
/// A reply does not tell which code it belongs to. So this process sends only one code at a time through a port, and after
/// a code without a reply the port rests for USSD (ami_config_set_port_rest_ms).
///
/// @param gateway     the gateway.
/// @param port        the port: its number from 1, such as "1", or its name, such as "dongle0".
/// @param code        digits, * and #, such as "*100#".
/// @param timeout_ms  milliseconds for the gateway to wait, rounded up to seconds, or AMI_TIMEOUT_DEFAULT.
/// @param reply       where to put the reply, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the reply, to be released with ami_ussd_reply_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_USSD: the request failed; ami_error_peer_message has the gateway's text. AMI_E_OUTCOME_UNKNOWN: no
///   reply came in time. AMI_E_OVERFLOW: the queue of the port is full. AMI_E_INVALID, AMI_E_CLOSED, and those of
///   ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_send_ussd(
    gateway: *const ami_gateway,
    port: *const c_char,
    code: *const c_char,
    timeout_ms: u32,
    reply: *mut *mut ami_ussd_reply,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(reply, error, shared, || {
            let gateway = reference("gateway", gateway)?;
            let (port, code) = (text("port", port)?, text("USSD code", code)?);
            gateway.gateway.send_ussd(port, code, call_timeout(timeout_ms)?)
        })
    }
}

/// Begins a USSD session: sends a code and waits for the reply of the network, which ami_ussd_dialogue_reply gives.
///
/// @param gateway     the gateway.
/// @param port        as for ami_gateway_send_ussd.
/// @param code        as for ami_gateway_send_ussd.
/// @param timeout_ms  as for ami_gateway_send_ussd, for each answer as well.
/// @param dialogue    where to put the USSD session; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the USSD session, to be freed with ami_ussd_dialogue_free, and the error are the caller's. It may
///   outlive the gateway: its last reply can still be read.
/// - **Threads:** any; several at once.
/// - **Errors:** as ami_gateway_send_ussd.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_dial(
    gateway: *const ami_gateway,
    port: *const c_char,
    code: *const c_char,
    timeout_ms: u32,
    dialogue: *mut *mut ami_ussd_dialogue,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("dialogue", dialogue)?;
            let gateway = reference("gateway", gateway)?;
            let (port, code) = (text("port", port)?, text("USSD code", code)?);
            let dialogue = gateway.gateway.dial(port, code, call_timeout(timeout_ms)?)?;
            let reply = Arc::new(dialogue.reply().clone().into());
            *place = boxed(ami_ussd_dialogue { dialogue, reply });
            Ok::<(), Error>(())
        })
    }
}

/// The last reply of the network in a USSD session.
///
/// @param dialogue  the USSD session, or NULL.
/// @return the reply; NULL for NULL.
///
/// - **Ownership:** belongs to the USSD session, until the next answer; ami_ussd_reply_ref keeps it.
/// - **Threads:** one at a time for a USSD session.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_dialogue_reply(dialogue: *const ami_ussd_dialogue) -> *const ami_ussd_reply {
    // SAFETY: NULL or a dialogue that is alive.
    unsafe { dialogue.as_ref() }.map_or(std::ptr::null(), |dialogue| Arc::as_ptr(&dialogue.reply))
}

/// Tells whether the network waits for an answer in a USSD session.
///
/// @param dialogue  the USSD session, or NULL.
/// @return 1 if it does; 0 if not, after the USSD session was ended or an answer failed, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** one at a time for a USSD session.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_dialogue_is_open(dialogue: *const ami_ussd_dialogue) -> c_int {
    // SAFETY: NULL or a dialogue that is alive.
    guard(0, || unsafe { dialogue.as_ref() }.map_or(0, |dialogue| dialogue.dialogue.is_open().into()))
}

/// Sends an answer in a USSD session and waits for the next reply, which ami_ussd_dialogue_reply gives then.
///
/// @param dialogue  the USSD session.
/// @param answer    digits, * and #, such as "1" for the first item of a menu.
/// @param error     where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** one at a time for a USSD session.
/// - **Errors:** AMI_E_STATE if the network waits for no answer. AMI_E_INVALID for an answer with other characters; another
///   answer may follow. Those of ami_gateway_send_ussd: the USSD session is over then, and the last reply stays.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_dialogue_answer(
    dialogue: *mut ami_ussd_dialogue,
    answer: *const c_char,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let dialogue = exclusive("dialogue", dialogue)?;
            let reply = dialogue.dialogue.answer(text("answer", answer)?)?;
            dialogue.reply = Arc::new(reply.clone().into());
            Ok::<(), Error>(())
        })
    }
}

/// Ends a USSD session for this program: it can send no more answers. Gateways have no command for this, so the network
/// waits until its own timeout, and the port may be busy until then.
///
/// @param dialogue  the USSD session.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a USSD session.
/// - **Errors:** AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_dialogue_end(dialogue: *mut ami_ussd_dialogue) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            exclusive("dialogue", dialogue)?.dialogue.end();
            Ok::<(), Error>(())
        })
    }
}

/// Frees a USSD session. If it is open, it is ended as by ami_ussd_dialogue_end.
///
/// @param dialogue  the USSD session, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_dialogue_free(dialogue: *mut ami_ussd_dialogue) {
    // SAFETY: NULL or a dialogue of ours, for the last time.
    unsafe { free(dialogue) };
}
