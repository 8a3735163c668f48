use std::ffi::{c_char, c_int};
use std::time::Duration;

use super::ami_status;
use super::boundary::{exclusive, status};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::strings::text as utf8;
use crate::error::{Error, Result};
use crate::gsm::{Port, Priority, SmsRequest};

/// Priority of an SMS in the queue of its port: after all others.
pub const AMI_PRIORITY_LOW: i32 = 0;
/// Priority of an SMS in the queue of its port: in order of arrival.
pub const AMI_PRIORITY_NORMAL: i32 = 1;
/// Priority of an SMS in the queue of its port: before all others.
pub const AMI_PRIORITY_HIGH: i32 = 2;

/// An SMS to be sent through a gateway.
pub struct ami_sms_request {
    pub(super) request: Result<SmsRequest>,
}

impl Handle for ami_sms_request {
    type Owned = Boxed;
}

/// A text for a number, through a port or, for NULL, the one that the gateway chooses.
///
/// # Safety
/// They are C strings; the port may be NULL.
pub(super) unsafe fn text_for(port: *const c_char, to: *const c_char, text: *const c_char) -> Result<SmsRequest> {
    // SAFETY: as said above.
    unsafe {
        let port = if port.is_null() { Port::Any } else { utf8("port", port)?.into() };
        Ok(SmsRequest::new(port, utf8("number", to)?, utf8("text of the SMS", text)?))
    }
}

/// Makes a request to send an SMS. If an argument is not valid, the call that sends the request fails and its error tells
/// why.
///
/// @param port  the port: its number from 1, such as "1", or its name, such as "dongle0". NULL: the gateway chooses the
///              ready port with the shortest queue, and ami_receipt_port tells which it was.
/// @param to    the number of the recipient: 1 to 20 digits, optionally with a + before them.
/// @param text  the text in UTF-8. A text that is too long for one SMS is sent in up to 255 parts.
/// @return the request.
///
/// - **Ownership:** copies; the request is the caller's, to be freed with ami_sms_request_free.
/// - **Threads:** any.
/// - **Errors:** see ami_gateway_send.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_new(
    port: *const c_char,
    to: *const c_char,
    text: *const c_char,
) -> *mut ami_sms_request {
    // SAFETY: the caller keeps to the header.
    guard(std::ptr::null_mut(), || boxed(ami_sms_request { request: unsafe { text_for(port, to, text) } }))
}

/// Changes a request. One that was refused something stays refused, so that no other SMS is sent than was wanted.
unsafe fn set(request: *mut ami_sms_request, change: impl FnOnce(SmsRequest) -> Result<SmsRequest>) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            let request = &mut exclusive("request", request)?.request;
            *request = change(request.clone()?);
            request.as_ref().map(drop).map_err(Clone::clone)
        })
    }
}

fn time(what: &str, ms: u32) -> Result<Duration> {
    if ms == 0 || ms == u32::MAX {
        return Err(Error::invalid(format!("the {what} must be at least a millisecond, and must end")));
    }
    Ok(Duration::from_millis(ms.into()))
}

/// Sets the time for the gateway to send each part of the text; default: the action timeout.
///
/// @param request  the request.
/// @param ms       milliseconds, rounded up to seconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER. The request cannot be sent after that; the call that tries fails
///   with the same reason.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_timeout_ms(request: *mut ami_sms_request, ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set(request, |request| Ok(request.timeout(time("timeout", ms)?))) }
}

/// Sets an id for the SMS, chosen by the program. The receipt contains it, and reports do if the gateway repeats it.
///
/// Some gateways report the result with the id (Yeastar, newer dongles, and PDUs elsewhere). There only one SMS at a time
/// may have an id: a second one fails with AMI_E_INVALID while the first is in its queue or being sent, and for ten minutes
/// more if its outcome is unknown, or is AMI_SMS_QUEUED because the report of a dongle did not come. It is best to give
/// each SMS an id of its own: delivery reports contain nothing else to tell SMS apart.
///
/// @param request  the request.
/// @param id       letters, digits, _ . -, 64 at most.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for an id of another form, kept as by ami_sms_request_set_timeout_ms.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_id(request: *mut ami_sms_request, id: *const c_char) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set(request, |request| {
            let id = utf8("id", id)?;
            SmsRequest::check_id(id)?;
            Ok(request.id(id))
        })
    }
}

/// Sets whether the SMS is a flash SMS (class 0): shown at once and not stored.
///
/// @param request  the request.
/// @param flash    not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for NULL. If the gateway does not support it, the call that sends the request gives
///   AMI_E_UNSUPPORTED.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_flash(request: *mut ami_sms_request, flash: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set(request, |request| Ok(request.flash(flash != 0))) }
}

/// Sets the validity of the SMS: the time for the network to deliver it; default: the network decides.
///
/// @param request  the request.
/// @param seconds  seconds, rounded up to a value that an SMS can contain: steps of 5 minutes up to 12 hours, then larger
///                 ones, 63 weeks at most.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for 0, kept as by ami_sms_request_set_timeout_ms. If the gateway does not support it, or not
///   so long, the call that sends the request fails.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_validity_seconds(
    request: *mut ami_sms_request,
    seconds: u32,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set(request, |request| match seconds {
            0 => Err(Error::invalid("an SMS cannot be valid for no time")),
            seconds => Ok(request.validity(Duration::from_secs(seconds.into()))),
        })
    }
}

/// Sets whether to ask the network for a delivery report. Some gateways forward it: then it comes as the event "#report" of
/// ami_gateway_open_inbox.
///
/// @param request  the request.
/// @param wanted   not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for NULL. If the gateway does not support it, the call that sends the request gives
///   AMI_E_UNSUPPORTED.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_report(request: *mut ami_sms_request, wanted: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set(request, |request| Ok(request.report(wanted != 0))) }
}

/// Sets whether libami encodes the SMS as a PDU although the gateway could encode it. An SMS that only a PDU can express is
/// always sent as a PDU.
///
/// @param request  the request.
/// @param by_pdu   not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for NULL. If the gateway does not support it, the call that sends the request gives
///   AMI_E_UNSUPPORTED.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_by_pdu(request: *mut ami_sms_request, by_pdu: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set(request, |request| Ok(request.by_pdu(by_pdu != 0))) }
}

/// Sets the priority of the SMS in the queue of its port.
///
/// @param request   the request.
/// @param priority  AMI_PRIORITY_LOW, AMI_PRIORITY_NORMAL (the default) or AMI_PRIORITY_HIGH.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for another priority, kept as by ami_sms_request_set_timeout_ms.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_priority(request: *mut ami_sms_request, priority: i32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        set(request, |request| {
            let priority = match priority {
                AMI_PRIORITY_LOW => Priority::Low,
                AMI_PRIORITY_NORMAL => Priority::Normal,
                AMI_PRIORITY_HIGH => Priority::High,
                _ => return Err(Error::invalid("there is no such priority")),
            };
            Ok(request.priority(priority))
        })
    }
}

/// Sets the time to begin sending the SMS, counted from the call that sends it. If the SMS waits longer in the queue, or
/// the port is busy or the gateway not reachable for longer, the SMS is not sent.
///
/// @param request  the request.
/// @param ms       milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER, kept as by ami_sms_request_set_timeout_ms.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_within_ms(request: *mut ami_sms_request, ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set(request, |request| Ok(request.within(time("time to begin", ms)?))) }
}

/// Frees a request. It can be freed as soon as the call that sends it has returned.
///
/// @param request  the request, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_free(request: *mut ami_sms_request) {
    // SAFETY: NULL or a request of ours, for the last time.
    unsafe { free(request) };
}
