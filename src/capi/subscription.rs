use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

use super::boundary::{output, reference, status};
use super::error::ended;
use super::event::{Lender, give};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::strings::text;
use super::timeout::wait_until;
use super::user_data::{Unregistered, UserData};
use super::{ami_client, ami_drop_fn, ami_error, ami_event, ami_sms, ami_status};
use crate::blocking::{Events, Stop, Subscription};
use crate::error::{Error, ErrorKind, Result};
use crate::events::Filter;
use crate::gsm::Sms;
use crate::protocol::Batch;

/// A subscription: events that a program wants, given to a callback or pulled by the program. It may outlive its client.
pub enum ami_subscription {
    /// cbindgen:ignore
    Callback(Subscription),
    /// cbindgen:ignore
    Pulled(Events),
}

impl Handle for ami_subscription {
    type Owned = Boxed;
}

/// A callback for one event. The event is borrowed for the call; ami_event_ref keeps it.
///
/// The calls of one subscription come one after the other, on threads of libami, not always the same thread; or, if the client's
/// configuration has an executor (ami_config_set_executor), only on the thread that calls ami_executor_run. A callback may call
/// all functions of the library: an action is sent and its response comes, close and free take effect after the
/// callback. When ami_subscription_free, ami_client_close or ami_gateway_close has returned AMI_OK outside a callback, the
/// callback is not running and will not run, and its drop has run. A callback that never returns blocks only its own
/// subscription, or the whole thread of its executor. A callback must not throw an exception or call longjmp out of itself.
///
/// The threads of the library have stacks of 2 MiB. Callbacks, completions and drops share up to 512 threads: normally two
/// are started when they are needed, and more only while all others are blocked inside functions of the program. Idle
/// threads end after 10 s, except the last one. Do not cancel (pthread_cancel) or end (pthread_exit) a thread inside a
/// callback: the process may abort. In these threads all signals are blocked except those of faults (SIGSEGV, SIGBUS,
/// SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT). A process that is started inside a callback inherits these blocked signals,
/// and would ignore SIGTERM: clear the mask in the child first (sigemptyset, sigprocmask), or use
/// posix_spawnattr_setsigmask with POSIX_SPAWN_SETSIGMASK.
pub type ami_event_fn = Option<unsafe extern "C" fn(event: *const ami_event, user_data: *mut c_void)>;

/// A callback for one incoming SMS. The SMS is borrowed for the call; ami_sms_ref keeps it. ami_event_fn has the other
/// rules.
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

/// Subscribes a callback to events from now on. ami_event_fn has the rules for callbacks.
///
/// @param client        the client; it need not be open yet.
/// @param names         names of events in any case, with commas between them, such as "Newexten,VarSet". A * matches any
///                      characters: "Queue*". NULL for all events. The markers "#lagged", "#gap" and "#skipped" come if
///                      they are named in full, and with NULL; "#state" comes only if it is named.
/// @param call          the function to call.
/// @param user_data     the pointer to pass to it.
/// @param drop          called once with user_data after the last call of the other function; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the subscription is the caller's, to be freed with ami_subscription_free. On success libami holds
///   user_data until `drop`; on failure the caller keeps it, and `drop` is not called. The error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for an empty name, for one with a blank, `:`, `;` or `|`, for a name with # that is not a
///   marker, and for a NULL callback; AMI_E_CLOSED for a closed client; AMI_E_IO if no thread for the callback can be
///   started. If the client's connection is lost for good, the subscription has already ended, and `drop` is called at
///   once.
/// - **Since:** 0.1.0
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

/// Subscribes to events from now on. The program pulls them with ami_subscription_next, and can poll ami_subscription_fd.
///
/// @param client        the client; it need not be open yet.
/// @param names         as for ami_client_subscribe.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the subscription, to be freed with ami_subscription_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for an empty name, for one with a blank, `:`, `;` or `|`, and for a name with # that is not
///   a marker; AMI_E_CLOSED for a closed client. If the client's connection is lost for good, the subscription has
///   already ended, and ami_subscription_next says why.
/// - **Since:** 0.1.0
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

/// Pulls the next event. After the end of the client a program can still pull the events in the queue; then each call gives
/// the reason for the end.
///
/// @param subscription  a subscription of ami_client_open_events or ami_gateway_open_inbox.
/// @param timeout_ms    milliseconds to wait, AMI_DONT_WAIT or AMI_WAIT_FOREVER. A signal does not interrupt the wait. A
///                      program that ends by a signal handler with a flag waits with a timeout and checks its flag, or
///                      polls ami_subscription_fd: poll is interrupted (EINTR).
/// @param event         where to put the event; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the event, to be released with ami_event_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_TIMEOUT: no event came in time; the subscription goes on. AMI_E_STATE: the subscription has a
///   callback. Any other status is the reason why the subscription has ended: AMI_E_CLOSED: this program closed it, or its
///   client. AMI_E_OVERFLOW: its queue was full, with the policy AMI_QUEUE_CLOSE. AMI_E_AUTH: the login was refused.
///   AMI_E_DISCONNECTED: the connection is lost for good, or could not be made in time (then ami_error_cause is
///   AMI_E_TIMEOUT). AMI_E_LIMIT and other statuses of ami_client_open: they ended the connection.
/// - **Since:** 0.1.0
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
            match events.next(wait_until(timeout_ms)).map_err(ended)? {
                Some(message) => *place = give(&message),
                None => return Err(Error::new(ErrorKind::Timeout, "no event came in time")),
            }
            Ok(())
        })
    }
}

/// A file descriptor that is readable while events are in the queue, until ami_subscription_next with AMI_DONT_WAIT gives
/// AMI_E_TIMEOUT, and after the end of the subscription. Poll it; do not read or close it. It is made by the first call.
/// Stop polling it before ami_subscription_free: that closes it, and the system may give its number to another file.
///
/// @param subscription  the subscription, or NULL.
/// @return the descriptor; -1 for NULL, for a subscription with a callback, and if none can be made.
///
/// - **Ownership:** belongs to the subscription.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_subscription_fd(subscription: *const ami_subscription) -> c_int {
    // SAFETY: NULL or a subscription that is alive.
    guard(-1, || match unsafe { subscription.as_ref() } {
        Some(ami_subscription::Pulled(events)) => events.fd().unwrap_or(-1),
        Some(ami_subscription::Callback(_)) | None => -1,
    })
}

/// Ends a subscription: events in its queue are discarded, and a thread that waits in ami_subscription_next is woken. If it
/// has a callback, this function waits until a running call and the drop have returned, at most for the action timeout;
/// inside callbacks it does not wait.
///
/// @param subscription  the subscription.
///
/// - **Ownership:** the subscription stays the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for NULL. AMI_E_BUSY if the callback did not return in time: the subscription is closed
///   nevertheless, and its drop runs when the callback returns.
/// - **Since:** 0.1.0
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

/// Ends a subscription, as ami_subscription_close does, and frees it. If a callback takes longer than the action timeout,
/// its drop runs when it returns; call ami_subscription_close first to learn that.
///
/// @param subscription  the subscription, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it. Inside a callback, also its own, it returns at once and takes effect after
///   the callback.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_subscription_free(subscription: *mut ami_subscription) {
    // SAFETY: NULL or a subscription of ours, for the last time.
    unsafe { free(subscription) };
}
