use std::ffi::{c_char, c_int};
use std::sync::Arc;

use super::boundary::{call_timeout, exclusive, output, reference, status, wanted};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free, shared};
use super::strings::text;
use super::{ami_error, ami_gateway, ami_status, ami_ussd_reply};
use crate::blocking::UssdDialogue;
use crate::error::Error;

/// A talk with the network by USSD: its last reply, and the answers to it.
pub struct ami_ussd_dialogue {
    dialogue: UssdDialogue,
    reply: Arc<ami_ussd_reply>,
}

impl Handle for ami_ussd_dialogue {
    type Owned = Boxed;
}

/// Sends a USSD code, or an answer to a menu, and waits for the network's reply; in its port's queue before all SMS.
///
/// A reply does not say which code it answers. So after a code without a reply in time the port rests for USSD
/// (ami_config_set_port_rest_ms), and one code at a time of this process is under way at a port.
///
/// @param gateway     the gateway.
/// @param port        the port: its number, counted from 1, or its name, such as "dongle0".
/// @param code        digits, * and #, such as "*100#".
/// @param timeout_ms  how long the gateway waits, in milliseconds, rounded up to seconds; 0 for the action timeout.
/// @param reply       where to put the reply, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the reply, to be given up with ami_ussd_reply_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_USSD with the gateway's words in ami_error_peer_message; AMI_E_OUTCOME_UNKNOWN if no reply came in
///   time; AMI_E_INVALID; AMI_E_OVERFLOW if the port's queue is full; AMI_E_CLOSED; and those of ami_client_call.
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

/// Begins a USSD dialogue: sends a code and waits for the network's reply, which ami_ussd_dialogue_reply shows.
///
/// @param gateway     the gateway.
/// @param port        as for ami_gateway_send_ussd.
/// @param code        as for ami_gateway_send_ussd.
/// @param timeout_ms  as for ami_gateway_send_ussd, for each answer as well.
/// @param dialogue    where to put the dialogue; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the dialogue, to be freed with ami_ussd_dialogue_free, and the error are the caller's. The dialogue may
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

/// The network's last reply.
///
/// @param dialogue  the dialogue, or NULL.
/// @return the reply; NULL for NULL.
///
/// - **Ownership:** belongs to the dialogue, until the next answer; ami_ussd_reply_ref keeps it.
/// - **Threads:** one at a time for a dialogue.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_dialogue_reply(dialogue: *const ami_ussd_dialogue) -> *const ami_ussd_reply {
    // SAFETY: NULL or a dialogue that is alive.
    unsafe { dialogue.as_ref() }.map_or(std::ptr::null(), |dialogue| Arc::as_ptr(&dialogue.reply))
}

/// Tells whether the network waits for an answer.
///
/// @param dialogue  the dialogue, or NULL.
/// @return 1 if it does; 0 if not, once the dialogue was ended or an answer failed, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** one at a time for a dialogue.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_dialogue_is_open(dialogue: *const ami_ussd_dialogue) -> c_int {
    // SAFETY: NULL or a dialogue that is alive.
    guard(0, || unsafe { dialogue.as_ref() }.map_or(0, |dialogue| dialogue.dialogue.is_open().into()))
}

/// Answers, and waits for the next reply, which ami_ussd_dialogue_reply shows then.
///
/// @param dialogue  the dialogue.
/// @param answer    what to answer, such as "1" for the first point of a menu: digits, * and #.
/// @param error     where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** one at a time for a dialogue.
/// - **Errors:** AMI_E_STATE if the network waits for no answer. AMI_E_INVALID for what is no answer: another may follow.
///   Those of ami_gateway_send_ussd, after which the dialogue is over; the last reply stays.
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

/// Ends a dialogue here: no answer can be given any more. No gateway has a command for it: the network waits until it loses
/// patience, and the port may be taken until then.
///
/// @param dialogue  the dialogue.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a dialogue.
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

/// Frees a dialogue. One that is open is left as by ami_ussd_dialogue_end.
///
/// @param dialogue  the dialogue, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** nobody else may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_dialogue_free(dialogue: *mut ami_ussd_dialogue) {
    // SAFETY: NULL or a dialogue of ours, for the last time.
    unsafe { free(dialogue) };
}
