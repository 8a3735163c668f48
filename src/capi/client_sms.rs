//! SMS and USSD by a client: one session, no queues. Ports and gateways as a whole have files of their own.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{call_timeout, reference, wanted};
use super::error::Failure;
use super::handle::shared;
use super::strings::text;
use super::subscription::subscribed;
use super::user_data::UserData;
use super::{
    ami_client, ami_drop_fn, ami_error, ami_receipt, ami_sms, ami_sms_fn, ami_status, ami_subscription, ami_ussd_reply,
};
use crate::error::Result;
use crate::gsm::{Sms, SmsRequest};

unsafe fn request(
    span: u32,
    destination: *const c_char,
    message: *const c_char,
    timeout_ms: u32,
    id: *const c_char,
) -> Result<SmsRequest> {
    // SAFETY: the caller passes C strings; the id may be NULL.
    let mut request =
        unsafe { SmsRequest::new(span, text("destination", destination)?, text("text of the SMS", message)?) };
    if let Some(timeout) = call_timeout(timeout_ms)? {
        request = request.timeout(timeout);
    }
    if !id.is_null() {
        request = request.id(unsafe { text("id", id) }?);
    }
    Ok(request)
}

/// Sends an SMS through a GSM gateway and waits until the network took it, or did not. It is never sent twice by libami.
/// ami_gateway_send does it in a queue, with more choices, and for ports that have names.
///
/// AMI_OK says that the network took it, or, of gateways that do not tell that, that the gateway has it: ami_receipt_outcome is
/// AMI_SMS_SENT or AMI_SMS_QUEUED.
///
/// The gateway serves one session's requests one after the other: no event and no other answer comes meanwhile.
///
/// A port that is sending another SMS of this process, or rests after one whose outcome is unknown or that was only handed over
/// (ami_config_set_port_rest_ms), is waited for first: for the timeout and the rest together, then it counts as busy.
///
/// For gateways that tell results by id (Yeastar, newer dongles), another SMS with the same id is refused until the result is known,
/// and for ten minutes if it stays unknown.
///
/// @param client       the client.
/// @param span         the port, counted from 1.
/// @param destination  the number: 1 to 20 digits, with a + before a country code if wanted.
/// @param text         the text: valid UTF-8; what is too long for one SMS goes in parts, 255 at most.
/// @param timeout_ms   how long the gateway tries, in milliseconds, rounded up to seconds; 0 for the action timeout.
/// @param id           a name for the SMS that the gateway repeats: letters, digits, _ . -, 64 at most; NULL for none.
/// @param receipt      where to put the receipt, or NULL; NULL is put there on failure.
/// @param error        where to put the error, or NULL; NULL is put there on success.
/// Ownership: the receipt, to be given up with ami_receipt_unref, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_SMS_FAILED, AMI_E_SMS_BUSY (nothing was sent), AMI_E_OUTCOME_UNKNOWN (it may still go out): see
/// ami_error_receipt. AMI_E_INVALID: an argument was refused, or the id is in use, and nothing was sent. And those of
/// ami_client_call.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_send_sms(
    client: *const ami_client,
    span: u32,
    destination: *const c_char,
    text: *const c_char,
    timeout_ms: u32,
    id: *const c_char,
    receipt: *mut *mut ami_receipt,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(receipt, error, shared, || {
            let request = request(span, destination, text, timeout_ms, id)?;
            Ok::<_, Failure>(reference("client", client)?.client.send_sms(&request)?)
        })
    }
}

/// Hands an SMS to a GSM gateway and does not wait for the network. The port rests afterwards for those that wait for a result;
/// it is waited for as by ami_client_send_sms, but not for what was only handed over as well.
///
/// @param client       the client.
/// @param span         the port, counted from 1.
/// @param destination  as for ami_client_send_sms.
/// @param text         as for ami_client_send_sms.
/// @param id           as for ami_client_send_sms.
/// @param receipt      where to put the receipt, or NULL; NULL is put there on failure.
/// @param error        where to put the error, or NULL; NULL is put there on success.
/// Ownership: the receipt, to be given up with ami_receipt_unref, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_SMS_FAILED if the gateway refused it, AMI_E_SMS_BUSY (nothing was sent), AMI_E_UNSUPPORTED if it knows
/// no GSM commands, AMI_E_INVALID, and those of ami_client_call.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_queue_sms(
    client: *const ami_client,
    span: u32,
    destination: *const c_char,
    text: *const c_char,
    id: *const c_char,
    receipt: *mut *mut ami_receipt,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(receipt, error, shared, || {
            let request = request(span, destination, text, 0, id)?;
            Ok::<_, Failure>(reference("client", client)?.client.queue_sms(&request)?)
        })
    }
}

/// Sends a USSD code, or an answer to a menu, and waits for the network's reply.
///
/// A reply does not say which code it answers. So after a code without a reply in time the port rests for USSD
/// (ami_config_set_port_rest_ms), and one code at a time of this process is under way at a port; that is waited for first, for
/// the timeout and the rest together.
///
/// @param client      the client.
/// @param span        the port, counted from 1.
/// @param code        digits, * and #, such as "*100#".
/// @param timeout_ms  how long the gateway waits, in milliseconds, rounded up to seconds; 0 for the action timeout.
/// @param reply       where to put the reply, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
/// Ownership: the reply, to be given up with ami_ussd_reply_unref, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_USSD with the gateway's words in ami_error_peer_message; AMI_E_OUTCOME_UNKNOWN if no reply came in time;
/// AMI_E_INVALID; and those of ami_client_call.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_send_ussd(
    client: *const ami_client,
    span: u32,
    code: *const c_char,
    timeout_ms: u32,
    reply: *mut *mut ami_ussd_reply,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(reply, error, shared, || {
            let timeout = call_timeout(timeout_ms)?;
            let code = text("USSD code", code)?;
            reference("client", client)?.client.send_ussd(span, code, timeout)
        })
    }
}

/// A sink that calls a program's function with each SMS.
///
/// # Safety
/// The program gave this function for this data.
pub(super) unsafe fn sms_call(
    call: unsafe extern "C" fn(*const ami_sms, *mut c_void),
    data: UserData,
) -> impl FnMut(&Sms) + Send {
    move |sms| {
        let sms = Arc::new(ami_sms::from(sms));
        // SAFETY: as said above.
        unsafe { call(Arc::as_ptr(&sms), data.pointer()) };
    }
}

/// Subscribes to incoming SMS from now on, by callback. See ami_event_fn for what holds inside it.
///
/// @param client        the client; it need not be open yet.
/// @param call          what to call.
/// @param user_data     what to call it with.
/// @param drop          called once with the user data, after the last call; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
/// Ownership: as for ami_client_subscribe.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID for a missing callback, AMI_E_CLOSED for a closed client.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_subscribe_sms(
    client: *const ami_client,
    call: ami_sms_fn,
    user_data: *mut c_void,
    drop: ami_drop_fn,
    subscription: *mut *mut ami_subscription,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        subscribed(subscription, error, call, (user_data, drop), |call, data| {
            reference("client", client)?.client.on_sms_with(move || sms_call(call, UserData::new(&data)))
        })
    }
}
