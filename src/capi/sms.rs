use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use super::error::{Failure, c_string};
use super::subscription::subscribed;
use super::{
    UserData, add_ref, ami_client, ami_drop_fn, ami_error, ami_sms_fn, ami_status, ami_subscription, call_timeout,
    drop_ref, guard, reference, shared, text, value, wanted,
};
use crate::error::Result;
use crate::gsm::{Outcome, Receipt, Sms, SmsRequest, UssdReply};

/// The gateway has the SMS; more is known only if a report comes.
pub const AMI_SMS_QUEUED: i32 = 0;
/// The network took the SMS.
pub const AMI_SMS_SENT: i32 = 1;
/// The SMS was not sent. Of a text that the gateway splits by itself (dongles), some parts may have been.
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
    smsc: Option<CString>,
    class: i32,
    parts: u32,
    missing: usize,
    pdus: Vec<CString>,
    raw: Box<[u8]>,
    data: Option<Box<[u8]>>,
    application_port: i32,
}

impl From<&Sms> for ami_sms {
    fn from(sms: &Sms) -> ami_sms {
        ami_sms {
            span: sms.span(),
            port: c_string(sms.port().as_bytes()),
            sender: c_string(sms.sender().as_bytes()),
            time: c_string(sms.time().as_bytes()),
            text: terminated(sms.text().as_bytes()),
            smsc: sms.smsc().map(|smsc| c_string(smsc.as_bytes())),
            class: sms.class().map_or(-1, i32::from),
            parts: sms.parts(),
            missing: sms.missing().len(),
            pdus: sms.pdus().iter().map(|pdu| c_string(pdu.as_bytes())).collect(),
            raw: terminated(sms.raw()),
            data: sms.data().map(terminated),
            application_port: sms.application_port().map_or(-1, i32::from),
        }
    }
}

/// A receipt: all that is known of an SMS that was to be sent. It never changes.
pub struct ami_receipt {
    outcome: i32,
    span: u32,
    port: CString,
    destination: CString,
    id: Option<CString>,
    /// The outcome of each, and what the gateway said of it.
    parts: Vec<(i32, Box<[u8]>)>,
    words: Box<[u8]>,
}

fn number_of(outcome: Outcome) -> i32 {
    match outcome {
        Outcome::Queued => AMI_SMS_QUEUED,
        Outcome::Sent => AMI_SMS_SENT,
        Outcome::Failed => AMI_SMS_FAILED,
        Outcome::Busy => AMI_SMS_BUSY,
        Outcome::Unknown => AMI_SMS_UNKNOWN,
        Outcome::NotSent => AMI_SMS_NOT_SENT,
        Outcome::Delivered => AMI_SMS_DELIVERED,
        Outcome::Undelivered => AMI_SMS_UNDELIVERED,
    }
}

impl From<Receipt> for ami_receipt {
    fn from(receipt: Receipt) -> ami_receipt {
        let parts = receipt.each_part().iter().map(|part| (number_of(part.outcome()), terminated(part.words())));
        ami_receipt {
            outcome: number_of(receipt.outcome()),
            span: receipt.span(),
            port: c_string(receipt.port().to_string().as_bytes()),
            destination: c_string(receipt.destination().as_bytes()),
            id: receipt.id().map(|id| c_string(id.as_bytes())),
            parts: parts.collect(),
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

/// The text before the NUL.
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
/// Where gateways tell results by id (Yeastar, newer dongles), another SMS with the same id is refused until the result is known,
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
pub(super) fn sms_call(
    call: unsafe extern "C" fn(*const ami_sms, *mut c_void),
    data: UserData,
) -> impl FnMut(&Sms) + Send {
    move |sms| {
        let sms = Arc::new(ami_sms::from(sms));
        // SAFETY: the program gave this function for this data.
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

/// The text of an SMS; empty for one that is no text, see ami_sms_data.
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

/// The time at which the network took an SMS.
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

/// The number of the message centre that handed an SMS on.
///
/// @param sms  the SMS, or NULL.
/// @return the number; NULL where the gateway does not tell.
/// Ownership: belongs to the SMS.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_smsc(sms: *const ami_sms) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    let smsc = unsafe { sms.as_ref() }.and_then(|sms| sms.smsc.as_ref());
    smsc.map_or(std::ptr::null(), |smsc| smsc.as_ptr())
}

/// The message class of an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return 0 (to be shown at once and not kept) to 3; -1 for none, where the gateway does not tell, and for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_class(sms: *const ami_sms) -> i32 {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(-1, |sms| sms.class)
}

/// The octets of an SMS that is no text, such as the notice of an MMS; of one in parts those of all that arrived, in order.
///
/// @param sms     the SMS, or NULL.
/// @param length  where to put their number, or NULL.
/// @return the octets, followed by a NUL; NULL, and length 0, for a text, where the gateway hands on nothing but texts, and for
///         NULL.
/// Ownership: belongs to the SMS.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_data(sms: *const ami_sms, length: *mut usize) -> *const c_void {
    // SAFETY: NULL or an SMS that is alive.
    let data = unsafe { sms.as_ref() }.and_then(|sms| sms.data.as_deref());
    unsafe { value(data.map(content), length) }.cast()
}

/// The port of the application that an SMS is for, such as 2948 for notices of MMS.
///
/// @param sms  the SMS, or NULL.
/// @return 0 to 65535; -1 where it names none, where the gateway does not tell, and for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_application_port(sms: *const ami_sms) -> i32 {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(-1, |sms| sms.application_port)
}

/// The number of parts that an SMS was sent in.
///
/// @param sms  the SMS, or NULL.
/// @return the number; 0 for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_part_count(sms: *const ami_sms) -> u32 {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(0, |sms| sms.parts)
}

/// The number of parts of an SMS that did not arrive in time, see ami_config_set_parts_timeout_ms. Which ones the header Missing of
/// its event says.
///
/// @param sms  the SMS, or NULL.
/// @return the number; 0 if the SMS is complete, and for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_missing_count(sms: *const ami_sms) -> usize {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(0, |sms| sms.missing)
}

/// The number of PDUs of an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return one for each part that arrived; 0 where the gateway hands out none, and for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_pdu_count(sms: *const ami_sms) -> usize {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(0, |sms| sms.pdus.len())
}

/// A PDU of an SMS.
///
/// @param sms    the SMS, or NULL.
/// @param index  from 0, in the order of the parts.
/// @return the PDU in hex, with the message centre's number in front; NULL beyond the last.
/// Ownership: belongs to the SMS.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_pdu_at(sms: *const ami_sms, index: usize) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    let pdu = unsafe { sms.as_ref() }.and_then(|sms| sms.pdus.get(index));
    pdu.map_or(std::ptr::null(), |pdu| pdu.as_ptr())
}

/// The text of an SMS as bytes before they were decoded: the user data of its PDUs, or what the gateway wrote.
///
/// @param sms     the SMS, or NULL.
/// @param length  where to put their number, or NULL.
/// @return the bytes, followed by a NUL; NULL, and length 0, for NULL.
/// Ownership: belongs to the SMS.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_raw(sms: *const ami_sms, length: *mut usize) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { value(sms.as_ref().map(|sms| content(&sms.raw)), length) }
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

/// A receipt: all that is known of an SMS that was to be sent.
///
/// @param receipt  the receipt, or NULL.
/// @return what is known of all of its parts: AMI_SMS_QUEUED, AMI_SMS_SENT, AMI_SMS_FAILED, AMI_SMS_BUSY,
///         AMI_SMS_UNKNOWN or AMI_SMS_NOT_SENT; where they differ AMI_SMS_UNKNOWN, if that is said of one, else
///         AMI_SMS_FAILED. -1 for NULL.
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
/// @return the port's number, counted from 1; 0 for NULL and where ports have names.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_span(receipt: *const ami_receipt) -> u32 {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(0, |receipt| receipt.span)
}

/// The name of the port that an SMS was to go through, such as "4" or "dongle0".
///
/// @param receipt  the receipt, or NULL.
/// @return the name; "" for NULL.
/// Ownership: belongs to the receipt.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_port(receipt: *const ami_receipt) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(c"".as_ptr(), |receipt| receipt.port.as_ptr())
}

/// The number that an SMS was for.
///
/// @param receipt  the receipt, or NULL.
/// @return the number; "" for NULL.
/// Ownership: belongs to the receipt.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_destination(receipt: *const ami_receipt) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.map_or(c"".as_ptr(), |receipt| receipt.destination.as_ptr())
}

/// The number of SMS that the text took, as far as libami hands them over one by one: a gateway that splits by itself tells nothing of its
/// parts.
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
    unsafe { receipt.as_ref() }.map_or(0, |receipt| receipt.parts.len() as u32)
}

/// The outcome of one of the SMS that the text took.
///
/// @param receipt  the receipt, or NULL.
/// @param index    from 0.
/// @return AMI_SMS_QUEUED, AMI_SMS_SENT, AMI_SMS_FAILED, AMI_SMS_BUSY, AMI_SMS_UNKNOWN or AMI_SMS_NOT_SENT; -1 beyond the
///         last.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_part_outcome_at(receipt: *const ami_receipt, index: usize) -> i32 {
    // SAFETY: NULL or a receipt that is alive.
    unsafe { receipt.as_ref() }.and_then(|receipt| receipt.parts.get(index)).map_or(-1, |(outcome, _)| *outcome)
}

/// The gateway's words about one of the SMS that the text took.
///
/// @param receipt  the receipt, or NULL.
/// @param index    from 0.
/// @param length   where to put the words' length in bytes, or NULL.
/// @return the words, which may be empty, followed by a NUL; NULL, and length 0, beyond the last.
/// Ownership: belongs to the receipt.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipt_part_words_at(
    receipt: *const ami_receipt,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: NULL or a receipt that is alive.
    let part = unsafe { receipt.as_ref() }.and_then(|receipt| receipt.parts.get(index));
    unsafe { value(part.map(|(_, words)| content(words)), length) }
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

/// The gateway's last words about an SMS.
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

/// Keeps a receipt beyond what lends it: an error, a callback, or a list.
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

/// Tells whether the network waits for an answer to its USSD reply, to be sent as the code before was.
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

/// Keeps a USSD reply beyond the dialogue that lends it.
///
/// @param reply  the reply, or NULL.
/// @return the same reply.
/// Ownership: one more reference, the caller's, to be given up with ami_ussd_reply_unref.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ussd_reply_ref(reply: *const ami_ussd_reply) -> *mut ami_ussd_reply {
    // SAFETY: the caller borrows or keeps the reply.
    unsafe { add_ref(reply) }
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
