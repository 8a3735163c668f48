use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use super::error::{Failure, c_string};
use super::{
    Unregistered, UserData, add_ref, ami_client, ami_drop_fn, ami_error, ami_sms_fn, ami_status, ami_subscription,
    call_timeout, drop_ref, guard, output, reference, status, text, value,
};
use crate::error::{Error, Result};
use crate::gsm::{Outcome, Receipt, Sms, SmsRequest, UssdReply};

/// The gateway has the SMS and will report no more.
pub const AMI_SMS_QUEUED: i32 = 0;
/// The network took the SMS.
pub const AMI_SMS_SENT: i32 = 1;
/// The SMS was not sent.
pub const AMI_SMS_FAILED: i32 = 2;
/// The gateway's port is in use; nothing was sent.
pub const AMI_SMS_BUSY: i32 = 3;
/// No answer in time: the SMS may have gone out, or may still do so.
pub const AMI_SMS_UNKNOWN: i32 = 4;
/// The SMS never left: nothing was written to the gateway.
pub const AMI_SMS_NOT_SENT: i32 = 5;
/// The recipient has the SMS.
pub const AMI_SMS_DELIVERED: i32 = 6;
/// The network could not deliver the SMS.
pub const AMI_SMS_UNDELIVERED: i32 = 7;

/// An SMS that came in. It never changes.
pub struct ami_sms {
    span: u32,
    port: CString,
    sender: CString,
    time: CString,
    /// With a NUL behind it; one inside is the sender's.
    text: Box<[u8]>,
}

impl From<&Sms> for ami_sms {
    fn from(sms: &Sms) -> ami_sms {
        ami_sms {
            span: sms.span(),
            port: c_string(sms.port().as_bytes()),
            sender: c_string(sms.sender().as_bytes()),
            time: c_string(sms.time().as_bytes()),
            text: terminated(sms.text().as_bytes()),
        }
    }
}

/// What is known of an SMS that was to be sent. It never changes.
pub struct ami_receipt {
    outcome: i32,
    span: u32,
    parts: u32,
    id: Option<CString>,
    words: Box<[u8]>,
}

impl From<Receipt> for ami_receipt {
    fn from(receipt: Receipt) -> ami_receipt {
        ami_receipt {
            outcome: match receipt.outcome() {
                Outcome::Queued => AMI_SMS_QUEUED,
                Outcome::Sent => AMI_SMS_SENT,
                Outcome::Failed => AMI_SMS_FAILED,
                Outcome::Busy => AMI_SMS_BUSY,
                Outcome::Unknown => AMI_SMS_UNKNOWN,
                Outcome::NotSent => AMI_SMS_NOT_SENT,
                Outcome::Delivered => AMI_SMS_DELIVERED,
                Outcome::Undelivered => AMI_SMS_UNDELIVERED,
            },
            span: receipt.span(),
            parts: receipt.parts(),
            id: receipt.id().map(|id| c_string(id.as_bytes())),
            words: terminated(receipt.words()),
        }
    }
}

/// The network's reply to a USSD code. It never changes.
pub struct ami_ussd_reply {
    text: Box<[u8]>,
    wants_answer: bool,
}

impl From<UssdReply> for ami_ussd_reply {
    fn from(reply: UssdReply) -> ami_ussd_reply {
        ami_ussd_reply { text: terminated(reply.text().as_bytes()), wants_answer: reply.wants_answer() }
    }
}

pub(super) fn terminated(text: &[u8]) -> Box<[u8]> {
    let mut owned = Vec::with_capacity(text.len() + 1);
    owned.extend_from_slice(text);
    owned.push(0);
    owned.into()
}

/// What stands before the NUL.
pub(super) fn content(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\0").unwrap_or(text)
}

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

/// Puts a receipt where the caller may want it.
unsafe fn sent(
    receipt: *mut *mut ami_receipt,
    error: *mut *mut ami_error,
    run: impl FnOnce() -> std::result::Result<Receipt, Failure>,
) -> ami_status {
    // SAFETY: the caller passes NULL or a place for a pointer.
    unsafe {
        let place = receipt.as_mut().map(|place| {
            *place = std::ptr::null_mut();
            place
        });
        status(error, || {
            let receipt = run()?;
            if let Some(place) = place {
                *place = Arc::into_raw(Arc::new(ami_receipt::from(receipt))).cast_mut();
            }
            Ok::<(), Failure>(())
        })
    }
}

/// Sends an SMS through a GSM gateway and waits until the network took it, or did not. It is never sent twice by libami.
///
/// The gateway serves one session's requests one after the other: no event and no other answer comes meanwhile.
///
/// @param client       the client.
/// @param span         the port, counted from 1.
/// @param destination  the number: 1 to 20 digits, with a + before a country code if wanted.
/// @param text         the text: valid UTF-8, one SMS long (160 characters, or 70 if one of them is not ASCII), no line
///                     breaks.
/// @param timeout_ms   how long the gateway tries, in milliseconds, rounded up to seconds; 0 for the action timeout.
/// @param id           a name for the SMS that the gateway repeats: letters, digits, _ . -, 64 at most; NULL for none.
/// @param receipt      where to put the receipt, or NULL; NULL is put there on failure.
/// @param error        where to put the error, or NULL; NULL is put there on success.
/// Ownership: the receipt, to be given up with ami_receipt_unref, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_SMS_FAILED, AMI_E_SMS_BUSY (nothing was sent), AMI_E_OUTCOME_UNKNOWN (it may still go out): see
/// ami_error_receipt. AMI_E_INVALID: an argument was refused and nothing was sent. And those of ami_client_call.
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
        sent(receipt, error, || {
            let request = request(span, destination, text, timeout_ms, id)?;
            Ok(reference("client", client)?.client.send_sms(&request)?)
        })
    }
}

/// Hands an SMS to a GSM gateway and does not wait for the network; what becomes of it is not reported.
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
/// Errors: AMI_E_SMS_FAILED if the gateway refused it, AMI_E_INVALID, and those of ami_client_call.
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
        sent(receipt, error, || {
            let request = request(span, destination, text, 0, id)?;
            Ok(reference("client", client)?.client.queue_sms(&request)?)
        })
    }
}

/// Sends a USSD code, or an answer to a menu, and waits for the network's reply.
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
        let place = reply.as_mut().map(|place| {
            *place = std::ptr::null_mut();
            place
        });
        status(error, || {
            let timeout = call_timeout(timeout_ms)?;
            let code = text("USSD code", code)?;
            let reply = reference("client", client)?.client.send_ussd(span, code, timeout)?;
            if let Some(place) = place {
                *place = Arc::into_raw(Arc::new(ami_ussd_reply::from(reply))).cast_mut();
            }
            Ok::<(), Error>(())
        })
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
        status(error, || {
            let place = output("subscription", subscription)?;
            let client = reference("client", client)?;
            let call = call.ok_or_else(|| Error::invalid("the callback is NULL"))?;
            let data = Unregistered { pointer: user_data, release: drop };
            let made = client.client.on_sms_with(move || {
                let data = UserData::new(&data);
                move |sms: &Sms| {
                    let sms = Arc::new(ami_sms::from(sms));
                    call(Arc::as_ptr(&sms), data.pointer());
                }
            })?;
            *place = Box::into_raw(Box::new(ami_subscription::Callback(made)));
            Ok::<(), Error>(())
        })
    }
}

/// The port that an SMS came in on, counted from 1.
///
/// @param sms  the SMS, or NULL.
/// @return the port's number; 0 for NULL and where ports have names.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_span(sms: *const ami_sms) -> u32 {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(0, |sms| sms.span)
}

/// The name of the port that an SMS came in on, such as "4".
///
/// @param sms  the SMS, or NULL.
/// @return the name; "" for NULL.
/// Ownership: belongs to the SMS.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_port(sms: *const ami_sms) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(c"".as_ptr(), |sms| sms.port.as_ptr())
}

/// The sender of an SMS: a number or a name.
///
/// @param sms  the SMS, or NULL.
/// @return the sender; "" for NULL.
/// Ownership: belongs to the SMS.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_sender(sms: *const ami_sms) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(c"".as_ptr(), |sms| sms.sender.as_ptr())
}

/// The text of an SMS.
///
/// @param sms     the SMS, or NULL.
/// @param length  where to put its length in bytes, or NULL.
/// @return the text in UTF-8, followed by a NUL; NULL, and length 0, for NULL.
/// Ownership: belongs to the SMS.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_text(sms: *const ami_sms, length: *mut usize) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { value(sms.as_ref().map(|sms| content(&sms.text)), length) }
}

/// When the network took an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return ISO 8601, with a zone where the gateway tells one; "" for NULL.
/// Ownership: belongs to the SMS.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_time(sms: *const ami_sms) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(c"".as_ptr(), |sms| sms.time.as_ptr())
}

/// Keeps an SMS beyond the callback that lends it.
///
/// @param sms  the SMS, or NULL.
/// @return the same SMS.
/// Ownership: one more reference, the caller's, to be given up with ami_sms_unref.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_ref(sms: *const ami_sms) -> *mut ami_sms {
    // SAFETY: the caller borrows or keeps the SMS.
    unsafe { add_ref(sms) }
}

/// Gives up a reference to an SMS; the last one frees it.
///
/// @param sms  the SMS, or NULL.
/// Ownership: takes one reference.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_unref(sms: *mut ami_sms) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(sms) };
}

/// What is known of an SMS that was to be sent.
///
/// @param receipt  the receipt, or NULL.
/// @return AMI_SMS_QUEUED, AMI_SMS_SENT, AMI_SMS_FAILED, AMI_SMS_BUSY or AMI_SMS_UNKNOWN; -1 for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_outcome(receipt: *const ami_receipt) -> i32 {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(-1, |receipt| receipt.outcome)
}

/// The port that an SMS was to go through.
///
/// @param receipt  the receipt, or NULL.
/// @return the port, counted from 1; 0 for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_span(receipt: *const ami_receipt) -> u32 {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(0, |receipt| receipt.span)
}

/// How many SMS the text took.
///
/// @param receipt  the receipt, or NULL.
/// @return the number; 0 for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_parts(receipt: *const ami_receipt) -> u32 {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(0, |receipt| receipt.parts)
}

/// The caller's own name for the SMS.
///
/// @param receipt  the receipt, or NULL.
/// @return the id that was given; NULL if none was.
/// Ownership: belongs to the receipt.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_id(receipt: *const ami_receipt) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    let id = unsafe { receipt.as_ref() }.and_then(|receipt| receipt.id.as_ref());
    id.map_or(std::ptr::null(), |id| id.as_ptr())
}

/// What the gateway said about an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @param length   where to put the words' length in bytes, or NULL.
/// @return the words, which may be empty, followed by a NUL; NULL, and length 0, for NULL.
/// Ownership: belongs to the receipt.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_words(receipt: *const ami_receipt, length: *mut usize) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { value(receipt.as_ref().map(|receipt| content(&receipt.words)), length) }
}

/// Keeps a receipt beyond the error that lends it.
///
/// @param receipt  the receipt, or NULL.
/// @return the same receipt.
/// Ownership: one more reference, the caller's, to be given up with ami_receipt_unref.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_ref(receipt: *const ami_receipt) -> *mut ami_receipt {
    // SAFETY: the caller borrows or keeps the receipt.
    unsafe { add_ref(receipt) }
}

/// Gives up a reference to a receipt; the last one frees it.
///
/// @param receipt  the receipt, or NULL.
/// Ownership: takes one reference.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_unref(receipt: *mut ami_receipt) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(receipt) };
}

/// The text of a USSD reply.
///
/// @param reply   the reply, or NULL.
/// @param length  where to put its length in bytes, or NULL.
/// @return the text in UTF-8, followed by a NUL; NULL, and length 0, for NULL.
/// Ownership: belongs to the reply.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_reply_text(reply: *const ami_ussd_reply, length: *mut usize) -> *const c_char {
    // SAFETY: NULL or a reply that is alive.
    unsafe { value(reply.as_ref().map(|reply| content(&reply.text)), length) }
}

/// Whether the network waits for an answer to its USSD reply, to be sent with ami_client_send_ussd.
///
/// @param reply  the reply, or NULL.
/// @return 1 if it does, else 0.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_reply_wants_answer(reply: *const ami_ussd_reply) -> i32 {
    // SAFETY: NULL or a reply that is alive.
    guard(0, || i32::from(unsafe { reply.as_ref() }.is_some_and(|reply| reply.wants_answer)))
}

/// Gives up a reference to a USSD reply; the last one frees it.
///
/// @param reply  the reply, or NULL.
/// Ownership: takes one reference.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_reply_unref(reply: *mut ami_ussd_reply) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(reply) };
}
