use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use super::boundary::{output, reference, status, wanted};
use super::error::{Failure, lend};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free, shared};
use super::request::text_for;
use super::strings::{c_string, text};
use super::subscription::{event_call, filter, sms_call, subscribed};
use super::timeout::call_timeout;
use super::user_data::{Unregistered, UserData};
use super::{
    AMI_OK, ami_action, ami_client, ami_config, ami_drop_fn, ami_error, ami_event_fn, ami_receipt, ami_response,
    ami_sms_fn, ami_sms_request, ami_status, ami_subscription,
};
use crate::blocking::Gateway;
use crate::error::{Error, Result};
use crate::gsm::{Receipt, SmsRequest};

/// A GSM gateway with all its ports. It has one session for incoming SMS and events, and one session for each port that
/// sends. A port sends one SMS at a time, in the order of priority; different ports send in parallel. All functions except
/// ami_gateway_free may be called from any thread, by several threads at once, and from inside callbacks.
pub struct ami_gateway {
    pub(super) gateway: Gateway,
    client: ami_client,
    dialect: CString,
}

impl Handle for ami_gateway {
    type Owned = Boxed;
}

/// A completion: called once with the outcome of a submitted SMS. On success `receipt` is set and `error` is NULL; on
/// failure it is the other way round, and ami_error_receipt gives the receipt. Both are borrowed for the call;
/// ami_receipt_ref keeps a receipt. ami_event_fn has the other rules.
pub type ami_receipt_fn = Option<
    unsafe extern "C" fn(
        status: ami_status,
        receipt: *const ami_receipt,
        error: *const ami_error,
        user_data: *mut c_void,
    ),
>;

/// A list of receipts. It never changes.
pub struct ami_receipts {
    receipts: Vec<Arc<ami_receipt>>,
}

impl Handle for ami_receipts {
    type Owned = Boxed;
}

/// Connects to a gateway, logs in, and asks it for its dialect unless ami_config_set_dialect names one. No SMS is sent for
/// that. A session for a port is opened when it is needed, and closed after 30 s without work.
///
/// It takes at most the connect timeout for the login and the action timeout for all questions about the dialect.
///
/// The event mask has only the classes that the dialect needs, unless the configuration sets another mask than "on".
/// Reconnecting, if it is configured, applies to the session for incoming SMS. A port whose session is lost gets a new one
/// for its next SMS.
///
/// @param config   the configuration; it is copied.
/// @param gateway  where to put the gateway; NULL is put there on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the gateway and the error are the caller's.
/// - **Threads:** any.
/// - **Errors:** those of ami_client_connect; AMI_E_UNSUPPORTED if the gateway has no known dialect; AMI_E_TIMEOUT if it
///   did not answer the questions in time.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_connect(
    config: *const ami_config,
    gateway: *mut *mut ami_gateway,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("gateway", gateway)?;
            let config = reference("configuration", config)?;
            let gateway = Gateway::connect_with(config.wanted()?, config.executor.clone())?;
            let dialect = c_string(gateway.asynchronous()?.dialect().to_string().as_bytes());
            let client = ami_client { client: gateway.client()? };
            *place = boxed(ami_gateway { gateway, client, dialect });
            Ok::<(), Error>(())
        })
    }
}

/// The dialect of a gateway.
///
/// @param gateway  the gateway, or NULL.
/// @return its name as in ami_config_set_dialect, or "a command of the caller's"; "" for NULL.
///
/// - **Ownership:** belongs to the gateway.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_dialect(gateway: *const ami_gateway) -> *const c_char {
    // SAFETY: NULL or a gateway that is alive.
    unsafe { gateway.as_ref() }.map_or(c"".as_ptr(), |gateway| gateway.dialect.as_ptr())
}

/// The session for incoming SMS, as a client: for the server's own events (ami_client_subscribe, ami_client_open_events),
/// the state of the connection, counters and calls. An action that blocks the session delays incoming SMS.
///
/// @param gateway  the gateway, or NULL.
/// @return the client; NULL for NULL.
///
/// - **Ownership:** belongs to the gateway, until ami_gateway_free; never free it. It is closed together with the gateway;
///   ami_client_close gives AMI_E_STATE. ami_gateway_close also ends the callbacks that are subscribed to it.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_client(gateway: *const ami_gateway) -> *const ami_client {
    // SAFETY: NULL or a gateway that is alive.
    unsafe { gateway.as_ref() }.map_or(std::ptr::null(), |gateway| &raw const gateway.client)
}

/// The number of SMS and USSD codes in the queue of a port, without the one that is being sent. ami_config_set_send_queue
/// sets the most.
///
/// @param gateway  the gateway, or NULL.
/// @param port     the port: a number from 1 or a name.
/// @return the number; 0 for NULL, for a port that has sent nothing yet, and in the child of a fork.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_waiting(gateway: *const ami_gateway, port: *const c_char) -> usize {
    guard(0, || {
        // SAFETY: NULL or a gateway that is alive, and NULL or a C string.
        let (gateway, port) = unsafe { (gateway.as_ref(), text("port", port)) };
        gateway.zip(port.ok()).and_then(|(gateway, port)| gateway.gateway.waiting(port).ok()).unwrap_or_default()
    })
}

fn list(receipts: Vec<Receipt>) -> *mut ami_receipts {
    let receipts = receipts.into_iter().map(|receipt| Arc::new(receipt.into())).collect();
    boxed(ami_receipts { receipts })
}

/// Closes a gateway: SMS and USSD codes in the queues are not sent, those that are being sent are waited for, and
/// subscriptions end. A second call does nothing. When it returns AMI_OK outside a callback, no callback, completion or
/// drop of this gateway is running or will run, and its sessions are over. Inside any libami callback it returns at once
/// and takes effect after that callback.
///
/// @param gateway  the gateway.
/// @param unsent   where to put the receipts of the SMS that were not sent, or NULL; NULL is put there on failure. Calls
///                 and completions of these SMS end with AMI_E_CLOSED.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the receipts, to be freed with ami_receipts_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_BUSY if a callback did not return within the action timeout, or the thread of its executor did not run
///   what was left (see ami_executor). The gateway is closed nevertheless; the drop of that callback runs afterwards.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_close(
    gateway: *const ami_gateway,
    unsent: *mut *mut ami_receipts,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { wanted(unsent, error, list, || reference("gateway", gateway)?.gateway.close()) }
}

/// Closes a gateway, as ami_gateway_close does, and frees it. Subscriptions and USSD sessions may outlive it: a program can
/// still pull the events that are in their queues.
///
/// @param gateway  the gateway, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it. Inside a callback it does not wait. In the child of a fork it only frees
///   memory.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_free(gateway: *mut ami_gateway) {
    // SAFETY: NULL or a gateway of ours, for the last time.
    unsafe { free(gateway) };
}

/// The number of receipts in a list.
///
/// @param receipts  the receipts, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipts_count(receipts: *const ami_receipts) -> usize {
    // SAFETY: NULL or receipts that are alive.
    unsafe { receipts.as_ref() }.map_or(0, |receipts| receipts.receipts.len())
}

/// The receipt at an index.
///
/// @param receipts  the receipts, or NULL.
/// @param index     from 0.
/// @return the receipt; NULL beyond the last.
///
/// - **Ownership:** belongs to the receipts; ami_receipt_ref keeps it longer.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipts_at(receipts: *const ami_receipts, index: usize) -> *const ami_receipt {
    // SAFETY: NULL or receipts that are alive.
    let receipt = unsafe { receipts.as_ref() }.and_then(|receipts| receipts.receipts.get(index));
    receipt.map_or(std::ptr::null(), Arc::as_ptr)
}

/// Frees a list of receipts.
///
/// @param receipts  the receipts, or NULL.
///
/// - **Ownership:** takes them.
/// - **Threads:** no other thread may use them.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipts_free(receipts: *mut ami_receipts) {
    // SAFETY: NULL or receipts of ours, for the last time.
    unsafe { free(receipts) };
}

unsafe fn request<'a>(request: *const ami_sms_request) -> Result<&'a SmsRequest> {
    // SAFETY: as `reference`.
    unsafe { reference("request", request) }?.request.as_ref().map_err(Clone::clone)
}

/// Sends an SMS and waits for its outcome: first in the queue of its port, then for the network. libami never sends an SMS
/// twice. If the port is busy, libami asks again for the time of ami_sms_request_set_within_ms; if that is not set, for the
/// time of ami_sms_request_set_timeout_ms. If the port rests (ami_config_set_port_rest_ms), libami waits for the time of
/// ami_sms_request_set_within_ms; if that is not set, for the timeout and the rest together. After that the port counts as
/// busy.
///
/// AMI_OK means that the network accepted the SMS (ami_receipt_outcome is AMI_SMS_SENT) or, with gateways that do not
/// report this, that the gateway accepted it (AMI_SMS_QUEUED).
///
/// If a dongle is disconnected from its driver, or the connection is lost, the SMS that is being sent ends with
/// AMI_SMS_UNKNOWN, and those in the queue of the dongle with AMI_SMS_NOT_SENT.
///
/// @param gateway  the gateway.
/// @param request  the request; it can be freed or sent again afterwards.
/// @param receipt  where to put the receipt, or NULL; NULL is put there on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the receipt, to be released with ami_receipt_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** ami_error_receipt gives the receipt. AMI_E_SMS_FAILED: it was not sent. AMI_E_SMS_BUSY: the port is in
///   use; nothing was sent. AMI_E_OUTCOME_UNKNOWN: it may have been sent, or may still be sent. With all others nothing was
///   sent: AMI_E_OVERFLOW: the queue of the port is full. AMI_E_TIMEOUT: sending could not begin in time. AMI_E_CLOSED: the
///   gateway was closed first. AMI_E_INVALID: the request is not valid. AMI_E_UNSUPPORTED: the gateway does not support it.
///   Those of ami_client_connect: the port got no session. Without a port also AMI_E_UNSUPPORTED and AMI_E_PERMISSION if
///   the gateway does not list its ports, and AMI_E_SMS_FAILED if no port is ready.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_send(
    gateway: *const ami_gateway,
    request: *const ami_sms_request,
    receipt: *mut *mut ami_receipt,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(receipt, error, shared, || {
            let gateway = reference("gateway", gateway)?;
            Ok::<_, Failure>(gateway.gateway.send(self::request(request)?)?)
        })
    }
}

/// Sends a text and waits for its outcome: as ami_gateway_send, for an SMS without further settings.
///
/// @param gateway     the gateway.
/// @param port        as for ami_sms_request_new.
/// @param to          as for ami_sms_request_new.
/// @param text        as for ami_sms_request_new.
/// @param timeout_ms  milliseconds for the gateway to send each part, rounded up to seconds, or AMI_TIMEOUT_DEFAULT.
/// @param receipt     where to put the receipt, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the receipt, to be released with ami_receipt_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** those of ami_gateway_send. AMI_E_INVALID for AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_send_text(
    gateway: *const ami_gateway,
    port: *const c_char,
    to: *const c_char,
    text: *const c_char,
    timeout_ms: u32,
    receipt: *mut *mut ami_receipt,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(receipt, error, shared, || {
            let gateway = reference("gateway", gateway)?;
            let mut request = text_for(port, to, text)?;
            if let Some(timeout) = call_timeout(timeout_ms)? {
                request = request.timeout(timeout);
            }
            Ok::<_, Failure>(gateway.gateway.send(&request)?)
        })
    }
}

/// Puts an SMS into the queue of its port and returns at once. `done` is called exactly once, on a thread of libami or of the
/// executor, also if the gateway is closed first; then `drop` is called. Completions of different SMS may run at the same time.
///
/// @param gateway    the gateway.
/// @param request    the request; it can be freed or sent again afterwards.
/// @param done       the function to call with the outcome.
/// @param user_data  the pointer to pass to it.
/// @param drop       called once with user_data after `done`; or NULL.
/// @param error      where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** on success libami holds user_data until `drop`; on failure the caller keeps it, and neither `done` nor
///   `drop` is called. The error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** the SMS will not be sent. AMI_E_OVERFLOW if the queue of the port is full; AMI_E_INVALID,
///   AMI_E_UNSUPPORTED, AMI_E_CLOSED. `done` gets the other errors of ami_gateway_send.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_submit(
    gateway: *const ami_gateway,
    request: *const ami_sms_request,
    done: ami_receipt_fn,
    user_data: *mut c_void,
    drop: ami_drop_fn,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let gateway = reference("gateway", gateway)?;
            let request = self::request(request)?;
            let done = done.ok_or_else(|| Error::invalid("the completion is NULL"))?;
            let data = Unregistered::new(user_data, drop);
            gateway.gateway.submit(request, move |outcome| {
                let data = UserData::new(&data);
                match outcome {
                    Ok(receipt) => {
                        let receipt = Arc::new(ami_receipt::from(receipt));
                        done(AMI_OK, Arc::as_ptr(&receipt), std::ptr::null(), data.pointer());
                    }
                    Err(error) => lend(Failure::from(error), |status, error| {
                        done(status, std::ptr::null(), error, data.pointer());
                    }),
                }
            })?;
            Ok::<(), Failure>(())
        })
    }
}

/// Subscribes to incoming SMS, reports and USSD messages from now on. The program pulls them as events with
/// ami_subscription_next, and can poll ami_subscription_fd.
///
/// The events have the kind AMI_EVENT_DERIVED. They come in order with the markers "#lagged" and "#gap", and with "#state"
/// if it is named (see AMI_EVENT_STATE). An event has no header for a value that is not known.
///
/// "#sms", an incoming SMS, with the headers Span, Port, Sender, Time, Text, Smsc, Class, Parts, Missing (numbers of the
/// missing parts, with commas), Raw, IsData ("true" if Raw is not a text), ApplicationPort, and a Pdu for each part.
/// ami_event_sms turns it into an ami_sms. A text in several parts comes when all parts have arrived, or without the
/// missing ones after the time of ami_config_set_parts_timeout_ms.
///
/// "#report", a report about a sent SMS, with the headers Span, Port, Id, Outcome ("sent", "failed", "delivered",
/// "undelivered", "queued" or "unknown"), Recipient, Time, Done (ISO 8601), Reference, Status (of 3GPP TS 23.040), Words.
///
/// "#ussd", a USSD message that no call of this gateway waits for, with the headers Span, Port, Text, WantsAnswer ("true"
/// or "false"), Mode ("final", "question", "ended", "other-client", "not-supported", "timed-out" or "not-sent") and Id, the
/// driver's id of the USSD code.
///
/// "#unreadable", an SMS that cannot be decoded or cannot be trusted, with the headers Span, Port, Why, Raw.
///
/// @param gateway       the gateway.
/// @param names         names of these events and markers, with commas, such as "#sms,#report,#gap"; NULL for all except
///                      "#state".
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the subscription, to be freed with ami_subscription_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for any other name; AMI_E_CLOSED for a closed gateway. If the client's connection is lost
///   for good, the subscription has already ended, and ami_subscription_next says why.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_open_inbox(
    gateway: *const ami_gateway,
    names: *const c_char,
    subscription: *mut *mut ami_subscription,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("subscription", subscription)?;
            let events = reference("gateway", gateway)?.gateway.subscribe(filter(names)?)?;
            *place = boxed(ami_subscription::Pulled(events));
            Ok::<(), Error>(())
        })
    }
}

/// Subscribes a callback to incoming SMS, reports and USSD messages from now on. ami_gateway_open_inbox describes the
/// events, ami_event_fn has the rules for callbacks.
///
/// @param gateway       the gateway.
/// @param names         as for ami_gateway_open_inbox.
/// @param call          the function to call.
/// @param user_data     the pointer to pass to it.
/// @param drop          called once with user_data after the last call of the other function; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** as for ami_client_subscribe.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for any other name and for a NULL callback; AMI_E_CLOSED for a closed gateway. If the
///   client's connection is lost for good, the subscription has already ended, and `drop` is called at once.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_subscribe(
    gateway: *const ami_gateway,
    names: *const c_char,
    call: ami_event_fn,
    user_data: *mut c_void,
    drop: ami_drop_fn,
    subscription: *mut *mut ami_subscription,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        subscribed(subscription, error, call, (user_data, drop), |call, data| {
            let gateway = &reference("gateway", gateway)?.gateway;
            gateway.on_batch_with(filter(names)?, move || event_call(call, UserData::new(&data)))
        })
    }
}

/// Subscribes a callback to incoming SMS from now on. ami_event_fn has the rules for callbacks.
///
/// @param gateway       the gateway.
/// @param call          the function to call.
/// @param user_data     the pointer to pass to it.
/// @param drop          called once with user_data after the last call of the other function; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** as for ami_client_subscribe.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for a NULL callback; AMI_E_CLOSED for a closed gateway. If the client's connection is lost
///   for good, the subscription has already ended, and `drop` is called at once.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_subscribe_sms(
    gateway: *const ami_gateway,
    call: ami_sms_fn,
    user_data: *mut c_void,
    drop: ami_drop_fn,
    subscription: *mut *mut ami_subscription,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        subscribed(subscription, error, call, (user_data, drop), |call, data| {
            reference("gateway", gateway)?.gateway.on_sms_with(move || sms_call(call, UserData::new(&data)))
        })
    }
}

/// Sends an action to a gateway in the session for incoming SMS and waits for its whole response. A command that waits for
/// the network blocks that session: use ami_gateway_send and ami_gateway_send_ussd for SMS and USSD.
///
/// @param gateway     the gateway.
/// @param action      the action; it can be freed or sent again afterwards.
/// @param timeout_ms  as for ami_client_call.
/// @param response    where to put the response, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the response, to be released with ami_response_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** as ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_call(
    gateway: *const ami_gateway,
    action: *const ami_action,
    timeout_ms: u32,
    response: *mut *mut ami_response,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(response, error, shared, || {
            let action = reference("action", action)?;
            reference("gateway", gateway)?.client.client.call_within(&action.action, call_timeout(timeout_ms)?)
        })
    }
}
