use std::ffi::{c_char, c_int, c_void};
use std::time::{Duration, Instant};

use super::boundary::{output, reference, status};
use super::event::{Lender, give};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::strings::text;
use super::user_data::{Unregistered, UserData};
use super::{ami_client, ami_drop_fn, ami_error, ami_event, ami_sms, ami_status};
use crate::blocking::{Events, Stop, Subscription};
use crate::client::Filter;
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Batch;

/// Events that a program wants, by callback or to be pulled. It may outlive its client.
pub enum ami_subscription {
    /// cbindgen:ignore
    Callback(Subscription),
    /// cbindgen:ignore
    Pulled(Events),
}

impl Handle for ami_subscription {
    type Owned = Boxed;
}

/// Takes one event. It is borrowed for the call; ami_event_ref keeps it.
///
/// Calls of one subscription are sequential, on a thread of libami's, not always the same, in which all signals but those
/// of a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT) are blocked. Everything may be called from inside
/// it: an action is sent and answered, close and free take effect after it. Once ami_subscription_free, ami_client_close or
/// ami_gateway_close has returned AMI_OK outside a callback, it is not running and will not run, and its drop has run. A call
/// that never returns harms its own subscription only. No exception and no longjmp may leave it.
///
/// The library's threads have stacks of 2 MiB. Callbacks, completions and drops share up to 512 of them: two are started when
/// they are needed, more only while all others are inside program's functions that do not return, and idle ones end after 10 s
/// but for the last. A thread inside a callback must not be cancelled (pthread_cancel) nor ended (pthread_exit): the process
/// may be aborted. What is started from inside a callback inherits its blocked signals, through fork and exec as well: a
/// program that is started there would not end by SIGTERM, so clear the mask first (sigemptyset, sigprocmask) in the child, or
/// with posix_spawnattr_setsigmask and POSIX_SPAWN_SETSIGMASK.
pub type ami_event_fn = Option<unsafe extern "C" fn(event: *const ami_event, user_data: *mut c_void)>;

/// Takes one incoming SMS. It is borrowed for the call; ami_sms_ref keeps it. The rest as for ami_event_fn.
pub type ami_sms_fn = Option<unsafe extern "C" fn(sms: *const ami_sms, user_data: *mut c_void)>;

pub(super) unsafe fn filter(names: *const c_char) -> Result<Filter> {
    if names.is_null() {
        return Ok(Filter::all());
    }
    // SAFETY: the caller passes a C string.
    Filter::names(unsafe { text("list of event names", names) }?.split(','))
}

/// Makes a subscription with a program's function.
///
/// # Safety
/// `subscription` and `error` are NULL or places for a pointer.
pub(super) unsafe fn subscribed<F>(
    subscription: *mut *mut ami_subscription,
    error: *mut *mut ami_error,
    call: Option<F>,
    (pointer, release): (*mut c_void, ami_drop_fn),
    make: impl FnOnce(F, Unregistered) -> Result<Subscription>,
) -> ami_status {
    // SAFETY: as said above.
    unsafe {
        status(error, || {
            let place = output("subscription", subscription)?;
            let call = call.ok_or_else(|| Error::invalid("the callback is NULL"))?;
            let made = make(call, Unregistered::new(pointer, release))?;
            *place = boxed(ami_subscription::Callback(made));
            Ok::<(), Error>(())
        })
    }
}

/// A sink that calls a program's function with each event.
///
/// # Safety
/// The program gave this function for this data.
pub(super) unsafe fn event_call(
    call: unsafe extern "C" fn(*const ami_event, *mut c_void),
    data: UserData,
) -> impl FnMut(Batch, Stop<'_>) + Send {
    let mut lender = Lender::default();
    move |batch, stop| {
        for message in batch.iter().take_while(|_| !stop.is_set()) {
            // SAFETY: as said above.
            lender.lend(&message, |event| unsafe { call(event, data.pointer()) });
        }
    }
}

/// Subscribes to events from now on, by callback. See ami_event_fn for what holds inside it.
///
/// @param client        the client; it need not be open yet.
/// @param names         event names, such as "Newexten,VarSet", in any case, in which a * stands for any characters, or none:
///                      "Queue*"; NULL for everything that is no answer. The markers "#lagged", "#gap" and "#skipped" come
///                      only if they are named in full, or with NULL, and "#state" only if it is named.
/// @param call          what to call.
/// @param user_data     what to call it with.
/// @param drop          called once with the user data, after the last call; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
/// Ownership: the subscription is the caller's, to be freed with ami_subscription_free. On success the user data is
/// libami's until `drop`; on failure it stays the caller's, and `drop` is not called. The error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID for an empty name, for one with # that is no marker, and for a missing callback, AMI_E_CLOSED for a
/// closed client, AMI_E_IO if no thread can be started to call it on. If the link broke, the subscription has ended, and `drop` is
/// called at once.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_subscribe(
    client: *const ami_client,
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
            let client = &reference("client", client)?.client;
            client.on_batch_with(filter(names)?, move || event_call(call, UserData::new(&data)))
        })
    }
}

/// Subscribes to events from now on, to be pulled with ami_subscription_next, or when ami_subscription_fd is readable.
///
/// @param client        the client; it need not be open yet.
/// @param names         as for ami_client_subscribe.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
/// Ownership: the subscription, to be freed with ami_subscription_free, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID for an empty name and for one with # that is no marker, AMI_E_CLOSED for a closed client. If the link
/// broke, the subscription has ended, and ami_subscription_next says why.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_open_events(
    client: *const ami_client,
    names: *const c_char,
    subscription: *mut *mut ami_subscription,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("subscription", subscription)?;
            let events = reference("client", client)?.client.subscribe(filter(names)?)?;
            *place = boxed(ami_subscription::Pulled(events));
            Ok::<(), Error>(())
        })
    }
}

/// Pulls the next event. After the client has ended, what waits can still be pulled.
///
/// @param subscription  a subscription of ami_client_open_events or ami_gateway_open_inbox.
/// @param timeout_ms    milliseconds to wait; 0 does not wait, UINT32_MAX waits for ever. A signal does not end the wait, nor does
///                      a handler that only sets a flag: a program that is to end by SIGINT waits with a timeout and looks at its
///                      flag, or polls ami_subscription_fd, whose poll gives EINTR.
/// @param event         where to put the event; NULL is put there if none came in time, and on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
/// Ownership: the event, to be given up with ami_event_unref, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_CLOSED when it has ended; the message says why. AMI_E_STATE for a subscription with a callback.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_subscription_next(
    subscription: *const ami_subscription,
    timeout_ms: u32,
    event: *mut *mut ami_event,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("event", event)?;
            let ami_subscription::Pulled(events) = reference("subscription", subscription)? else {
                return Err(Error::new(ErrorKind::State, "the subscription hands its events to a callback"));
            };
            let deadline = (timeout_ms != u32::MAX).then(|| Instant::now() + Duration::from_millis(timeout_ms.into()));
            let next = events.next(deadline).map_err(|error| match error.kind() {
                ErrorKind::Invalid | ErrorKind::Forked => error,
                _ => Error::new(ErrorKind::Closed, error.message().to_owned()),
            })?;
            if let Some(message) = next {
                *place = give(&message);
            }
            Ok(())
        })
    }
}

/// A file descriptor that is readable while events wait, until ami_subscription_next with timeout 0 finds none, and at the
/// end. Poll it; do not read or close it. It is made on first use.
///
/// @param subscription  the subscription, or NULL.
/// @return the descriptor; -1 for NULL, for a subscription with a callback, and if none can be made.
/// Ownership: belongs to the subscription.
/// Threads: any; several at once.
/// Errors: see the return value.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_subscription_fd(subscription: *const ami_subscription) -> c_int {
    // SAFETY: NULL or a subscription that is alive.
    guard(-1, || match unsafe { subscription.as_ref() } {
        Some(ami_subscription::Pulled(events)) => events.fd().unwrap_or(-1),
        Some(ami_subscription::Callback(_)) | None => -1,
    })
}

/// Ends a subscription: what waits is discarded, and a thread that waits in ami_subscription_next is woken. With a callback
/// it waits, outside callbacks, until a running call and the drop are done, at most for the action timeout.
///
/// @param subscription  the subscription.
/// Ownership: the subscription stays the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID for NULL. AMI_E_BUSY if the call did not return in time: the subscription is closed all the same, and its
/// drop runs when the call returns.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_subscription_close(subscription: *const ami_subscription) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            match reference("subscription", subscription)? {
                ami_subscription::Callback(callback) => callback.close()?,
                ami_subscription::Pulled(events) => events.close(),
            }
            Ok::<(), Error>(())
        })
    }
}

/// Ends a subscription and frees it. With a callback it waits, outside callbacks, until a running call and the drop are done, at
/// most for the action timeout: the drop of a call that takes longer runs when it returns, and ami_subscription_close tells
/// before.
///
/// @param subscription  the subscription, or NULL.
/// Ownership: takes it.
/// Threads: nobody else may use it. Inside a callback, its own too, it does not wait and takes effect after it.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_subscription_free(subscription: *mut ami_subscription) {
    // SAFETY: NULL or a subscription of ours, for the last time.
    unsafe { free(subscription) };
}
