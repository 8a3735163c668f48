use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use super::boundary::{call_timeout, output, reference, status, wanted};
use super::client_sms::sms_call;
use super::error::{Failure, lend};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free, shared};
use super::strings::{c_string, text};
use super::subscription::{event_call, filter, subscribed};
use super::user_data::{Unregistered, UserData};
use super::{
    AMI_OK, ami_action, ami_client, ami_config, ami_drop_fn, ami_error, ami_event_fn, ami_receipt, ami_response,
    ami_sms_fn, ami_sms_request, ami_status, ami_subscription,
};
use crate::blocking::Gateway;
use crate::error::{Error, Result};
use crate::gsm::{Receipt, SmsRequest};

/// A GSM gateway as a whole: one session for what comes in, and one for each port that sends. Each port sends one SMS at a
/// time, in order of priority; ports do so side by side. Everything but ami_gateway_free may be called from any thread,
/// several at once, and from inside callbacks.
pub struct ami_gateway {
    pub(super) gateway: Gateway,
    client: ami_client,
    dialect: CString,
}

impl Handle for ami_gateway {
    type Owned = Boxed;
}

/// Tells what became of a submitted SMS. The status and what it points to are borrowed for the call: the receipt of one that
/// was sent, or else the error, which has a receipt as well; the other one is NULL. ami_receipt_ref keeps a receipt. The
/// rest as for ami_event_fn.
pub type ami_receipt_fn = Option<
    unsafe extern "C" fn(
        status: ami_status,
        receipt: *const ami_receipt,
        error: *const ami_error,
        user_data: *mut c_void,
    ),
>;

/// Receipts of several SMS. They never change.
pub struct ami_receipts {
    receipts: Vec<Arc<ami_receipt>>,
}

impl Handle for ami_receipts {
    type Owned = Boxed;
}

/// Connects to a gateway, logs in, and asks it which dialect it speaks, unless ami_config_set_dialect says. Nothing is sent for
/// that. Sessions for ports are made when they are needed, and ended after 30 s without work.
///
/// It takes no longer than the connect timeout for the login and the action timeout for all questions together.
///
/// Only those classes of events are asked for that the dialect needs, unless the configuration names others than "on".
/// Reconnecting, if it is configured, is for the session for what comes in; a port whose session is lost has another one made
/// for its next SMS.
///
/// @param config   the configuration; it is copied.
/// @param gateway  where to put the gateway; NULL is put there on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
/// Ownership: the gateway and the error are the caller's.
/// Threads: any.
/// Errors: those of ami_client_connect; AMI_E_UNSUPPORTED if no dialect is found, AMI_E_TIMEOUT if the gateway did not say in
/// time which.
/// Since: 0.1.0
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
            let gateway = Gateway::connect(reference("configuration", config)?.wanted()?)?;
            let dialect = c_string(gateway.asynchronous()?.dialect().to_string().as_bytes());
            let client = ami_client { client: gateway.client()? };
            *place = boxed(ami_gateway { gateway, client, dialect });
            Ok::<(), Error>(())
        })
    }
}

/// The dialect that a gateway speaks.
///
/// @param gateway  the gateway, or NULL.
/// @return its name, as ami_config_set_dialect takes it, or "a command of the caller's"; "" for NULL.
/// Ownership: belongs to the gateway.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_dialect(gateway: *const ami_gateway) -> *const c_char {
    // SAFETY: NULL or a gateway that is alive.
    unsafe { gateway.as_ref() }.map_or(c"".as_ptr(), |gateway| gateway.dialect.as_ptr())
}

/// The session for what comes in, as a client: for the server's own events (ami_client_subscribe, ami_client_open_events), the
/// state of the link, what it has done so far, and calls. An action that blocks the session stops what comes in meanwhile.
///
/// @param gateway  the gateway, or NULL.
/// @return the client; NULL for NULL.
/// Ownership: belongs to the gateway, until ami_gateway_free; never free it. It is closed with the gateway: ami_client_close gives
/// AMI_E_STATE. Callbacks that are subscribed by it are among those that ami_gateway_close ends.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_client(gateway: *const ami_gateway) -> *const ami_client {
    // SAFETY: NULL or a gateway that is alive.
    unsafe { gateway.as_ref() }.map_or(std::ptr::null(), |gateway| &raw const gateway.client)
}

/// The number of SMS and USSD codes that wait for a port, one that is under way not counted. ami_config_set_send_queue says how
/// many may.
///
/// @param gateway  the gateway, or NULL.
/// @param port     the port: a number from 1 or a name.
/// @return the number; 0 for NULL, for a port that nothing was sent through, and in the child of a fork.
/// Ownership: none.
/// Threads: any; several at once.
/// Errors: see the return value.
/// Since: 0.1.0
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

/// Ends everything: SMS and USSD codes that wait for their ports are not sent, what is under way is waited for, subscriptions
/// end. Does nothing the second time. When it returns AMI_OK outside a callback, no callback, completion or drop of this gateway
/// is running or will run, and its sessions are over. Inside any libami callback it does not wait and takes effect after it.
///
/// @param gateway  the gateway.
/// @param unsent   where to put the receipts of the SMS that were not sent, or NULL; NULL is put there on failure. Whoever
///                 waits for one of them is told as well, with AMI_E_CLOSED.
/// @param error    where to put the error, or NULL; NULL is put there on success.
/// Ownership: the receipts, to be freed with ami_receipts_free, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_BUSY if a callback did not return within the action timeout; the gateway is closed all the same, and that
/// callback's drop runs when it returns.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_close(
    gateway: *const ami_gateway,
    unsent: *mut *mut ami_receipts,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { wanted(unsent, error, list, || reference("gateway", gateway)?.gateway.close()) }
}

/// Closes a gateway, as ami_gateway_close does, and frees it. Subscriptions and dialogues may outlive it: what waits in
/// subscriptions that are pulled can still be read.
///
/// @param gateway  the gateway, or NULL.
/// Ownership: takes it.
/// Threads: nobody else may use it. Inside a callback it does not wait. In the child of a fork it only forgets it.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_free(gateway: *mut ami_gateway) {
    // SAFETY: NULL or a gateway of ours, for the last time.
    unsafe { free(gateway) };
}

/// The number of receipts.
///
/// @param receipts  the receipts, or NULL.
/// @return the number; 0 for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
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
/// Ownership: belongs to the receipts; ami_receipt_ref keeps it longer.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipts_at(receipts: *const ami_receipts, index: usize) -> *const ami_receipt {
    // SAFETY: NULL or receipts that are alive.
    let receipt = unsafe { receipts.as_ref() }.and_then(|receipts| receipts.receipts.get(index));
    receipt.map_or(std::ptr::null(), Arc::as_ptr)
}

/// Frees receipts.
///
/// @param receipts  the receipts, or NULL.
/// Ownership: takes them.
/// Threads: nobody else may use them.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_receipts_free(receipts: *mut ami_receipts) {
    // SAFETY: NULL or receipts of ours, for the last time.
    unsafe { free(receipts) };
}

unsafe fn request<'a>(request: *const ami_sms_request) -> Result<&'a SmsRequest> {
    // SAFETY: as `reference`.
    unsafe { reference("request", request) }?.request.as_ref().map_err(Clone::clone)
}

/// Sends an SMS and waits until the network took it, or did not: in its port's queue, then for the network. It is never sent
/// twice by libami. A port that is busy is asked again for the time of ami_sms_request_set_within_ms, or else for that of
/// ami_sms_request_set_timeout_ms. One that rests (ami_config_set_port_rest_ms) is waited for as long, or else for the timeout
/// and the rest together, and then counts as busy.
///
/// AMI_OK says that the network took it, or, of gateways that do not tell that, that the gateway has it: ami_receipt_outcome is
/// AMI_SMS_SENT or AMI_SMS_QUEUED.
///
/// When the driver lets go of a dongle that has an SMS, or the link is lost, that SMS is AMI_SMS_UNKNOWN, and those that wait for the
/// dongle are AMI_SMS_NOT_SENT.
///
/// @param gateway  the gateway.
/// @param request  the request; it can be freed or sent again afterwards.
/// @param receipt  where to put the receipt, or NULL; NULL is put there on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
/// Ownership: the receipt, to be given up with ami_receipt_unref, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_SMS_FAILED, AMI_E_SMS_BUSY (nothing was sent), AMI_E_OUTCOME_UNKNOWN (it may still go out): see
/// ami_error_receipt. Nothing was sent: AMI_E_OVERFLOW if the port's queue is full, AMI_E_TIMEOUT if it could not be begun in
/// time, AMI_E_CLOSED if the gateway was closed first, AMI_E_INVALID for what no SMS can be, AMI_E_UNSUPPORTED for what this
/// gateway cannot do, and those of ami_client_connect for the port's session.
/// Since: 0.1.0
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

/// Puts an SMS into its port's queue and returns. `done` is called exactly once, on a thread of libami's, also when the gateway is
/// closed first; then `drop`. Completions of different SMS may run at the same time.
///
/// @param gateway    the gateway.
/// @param request    the request; it can be freed or sent again afterwards.
/// @param done       what to call.
/// @param user_data  what to call it with.
/// @param drop       called with the user data after `done`, or NULL.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: on success the user data is libami's until `drop`; on failure it stays the caller's, and neither `done` nor
/// `drop` is called. The error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_OVERFLOW if the port's queue is full, AMI_E_INVALID, AMI_E_UNSUPPORTED, AMI_E_CLOSED: it will not be sent.
/// The outcome has the others of ami_gateway_send.
/// Since: 0.1.0
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

/// Subscribes to what comes in from now on, to be pulled with ami_subscription_next, or when ami_subscription_fd is readable.
///
/// It comes as events of kind AMI_EVENT_DERIVED, in order with the markers "#lagged" and "#gap" and, where it is named, "#state",
/// whose words are those of AMI_EVENT_STATE. What is not known has no header.
///
/// "#sms", an SMS: Span, Port, Sender, Time, Text, Smsc, Class, Parts, Missing (numbers of parts, with commas), Raw, IsData
/// ("true" where Raw is no text), ApplicationPort, and a Pdu for each part. ami_event_sms makes an ami_sms of it. A text in parts
/// comes when all are there, or as it is after the time of ami_config_set_parts_timeout_ms.
///
/// "#report", what became of an SMS that was sent: Span, Port, Id, Outcome ("sent", "failed", "delivered",
/// "undelivered", "queued" or "unknown"), Recipient, Time, Done (ISO 8601), Reference, Status (of 3GPP TS 23.040), Words.
///
/// "#ussd", a USSD message that no call of this gateway waits for: Span, Port, Text, WantsAnswer ("true" or "false"), Mode ("final", "question", "ended", "other-client", "not-supported", "timed-out" or "not-sent") and the driver's Id
/// of the code.
///
/// "#unreadable", what looks like an SMS and cannot be read, or is not to be believed: Span, Port, Why, Raw.
///
/// @param gateway       the gateway.
/// @param names         which of them, such as "#sms,#report,#gap"; NULL for all but "#state".
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
/// Ownership: the subscription, to be freed with ami_subscription_free, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID for a name that a gateway has not, AMI_E_CLOSED for a closed gateway. If the link broke, the subscription
/// has ended, and ami_subscription_next says why.
/// Since: 0.1.0
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

/// Subscribes to what comes in from now on, by callback. See ami_gateway_open_inbox for the events, and ami_event_fn for what
/// holds inside it.
///
/// @param gateway       the gateway.
/// @param names         as for ami_gateway_open_inbox.
/// @param call          what to call.
/// @param user_data     what to call it with.
/// @param drop          called once with the user data, after the last call; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
/// Ownership: as for ami_client_subscribe.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID for a name that a gateway has not, or a missing callback, AMI_E_CLOSED for a closed gateway. If the link
/// broke, the subscription has ended, and `drop` is called at once.
/// Since: 0.1.0
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

/// Subscribes to incoming SMS from now on, by callback. See ami_event_fn for what holds inside it.
///
/// @param gateway       the gateway.
/// @param call          what to call.
/// @param user_data     what to call it with.
/// @param drop          called once with the user data, after the last call; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
/// Ownership: as for ami_client_subscribe.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID for a missing callback, AMI_E_CLOSED for a closed gateway. If the link broke, the subscription has
/// ended, and `drop` is called at once.
/// Since: 0.1.0
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

/// Sends an action to a gateway, by the session for what comes in, and waits for its whole answer. A command that waits for the
/// network holds up that session meanwhile: for SMS and USSD there are functions of their own.
///
/// @param gateway     the gateway.
/// @param action      the action; it can be freed or sent again afterwards.
/// @param timeout_ms  as for ami_client_call.
/// @param response    where to put the response, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
/// Ownership: the response, to be given up with ami_response_unref, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: as ami_client_call.
/// Since: 0.1.0
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
