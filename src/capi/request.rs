use std::ffi::{c_char, c_int};
use std::time::Duration;

use super::ami_status;
use super::boundary::{exclusive, status};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::strings::text as utf8;
use crate::error::{Error, Result};
use crate::gsm::{Port, Priority, SmsRequest};

/// Of the SMS that wait for a port, after all others.
pub const AMI_PRIORITY_LOW: i32 = 0;
/// Of the SMS that wait for a port, in their turn.
pub const AMI_PRIORITY_NORMAL: i32 = 1;
/// Of the SMS that wait for a port, before all others.
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

/// Makes a request to send an SMS. A request that cannot be sent is explained by the call that sends it.
///
/// @param port  the port: its number, counted from 1, or its name, such as "dongle0". NULL lets the gateway choose one of the
///              ports that are ready, the one with the shortest queue; ami_receipt_port tells which it was.
/// @param to    the number: 1 to 20 digits, with a + before a country code if wanted.
/// @param text  the text: valid UTF-8; a text that is too long for one SMS goes in parts, 255 at most.
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

/// Sets how long the gateway tries, for each part of the text; the action timeout unless set.
///
/// @param request  the request.
/// @param ms       milliseconds, rounded up to seconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for 0 and UINT32_MAX. The request keeps the reason of each refusal and cannot be sent any
///   more; the call that tries tells it.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_timeout_ms(request: *mut ami_sms_request, ms: u32) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set(request, |request| Ok(request.timeout(time("timeout", ms)?))) }
}

/// Sets a name of the caller's for the SMS. It stands in the receipt, and in reports where the gateway repeats it.
///
/// If a report with the id tells the result (Yeastar, newer dongles, and what goes as a PDU elsewhere), one SMS at a time
/// has it: another one is refused, with AMI_E_INVALID, as long as the first waits or is under way, and for ten minutes if its
/// outcome is unknown, or queued where its report was waited for (dongles). Afterwards it is free; but reports of delivery name
/// nothing else, so better give each SMS its own.
///
/// @param request  the request.
/// @param id       letters, digits, _ . -, 64 at most.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for another id, remembered as for ami_sms_request_set_timeout_ms.
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

/// Sets whether the SMS is to be shown at once and not kept (class 0).
///
/// @param request  the request.
/// @param flash    0 (the default) or not.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for NULL. Where the gateway cannot, the call that sends it gives AMI_E_UNSUPPORTED.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_flash(request: *mut ami_sms_request, flash: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set(request, |request| Ok(request.flash(flash != 0))) }
}

/// Sets for how long the network tries to deliver the SMS; as it likes unless set.
///
/// @param request  the request.
/// @param seconds  seconds, rounded up to what an SMS can say: steps of 5 minutes at first, 63 weeks at most.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for 0, remembered as for ami_sms_request_set_timeout_ms. Where the gateway cannot, or so
///   long, the call that sends it tells.
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

/// Sets whether the network is asked to tell when the SMS was delivered. Whether that can be seen, as the event "#report" of
/// ami_gateway_open_inbox, depends on the gateway.
///
/// @param request  the request.
/// @param wanted   0 (the default) or not.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for NULL. Where the gateway cannot, the call that sends it gives AMI_E_UNSUPPORTED.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_report(request: *mut ami_sms_request, wanted: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set(request, |request| Ok(request.report(wanted != 0))) }
}

/// Sets whether libami codes the SMS itself and hands it over as a PDU, even where the gateway could code it. What only a PDU
/// can say goes that way by itself.
///
/// @param request  the request.
/// @param by_pdu   0 (the default) or not.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for NULL. Where the gateway cannot, the call that sends it gives AMI_E_UNSUPPORTED.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_set_by_pdu(request: *mut ami_sms_request, by_pdu: c_int) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { set(request, |request| Ok(request.by_pdu(by_pdu != 0))) }
}

/// Sets the place of the SMS among those that wait for its port.
///
/// @param request   the request.
/// @param priority  AMI_PRIORITY_LOW, AMI_PRIORITY_NORMAL (the default) or AMI_PRIORITY_HIGH.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for another priority, remembered as for ami_sms_request_set_timeout_ms.
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

/// Sets by when the SMS must have been begun, counted from the call that sends it: if it waits for its port for longer, or
/// finds the port busy or the gateway out of reach for longer, it is not sent.
///
/// @param request  the request.
/// @param ms       milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for 0 and UINT32_MAX, remembered as for ami_sms_request_set_timeout_ms.
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
/// - **Threads:** nobody else may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_request_free(request: *mut ami_sms_request) {
    // SAFETY: NULL or a request of ours, for the last time.
    unsafe { free(request) };
}
