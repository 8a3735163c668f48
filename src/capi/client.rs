use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

use super::boundary::{output, reference, status, wanted};
use super::error::{Failure, lend};
use super::handle::{Boxed, Handle, boxed, free, shared};
use super::strings::text;
use super::timeout::call_timeout;
use super::user_data::{Unregistered, UserData};
use super::{AMI_OK, ami_action, ami_config, ami_drop_fn, ami_error, ami_response, ami_status};
use crate::blocking::Client;
use crate::error::{Error, Result};

/// A client: one session with one server. All functions except ami_client_free may be called from any thread, by several
/// threads at once, and from inside callbacks.
pub struct ami_client {
    pub(super) client: Client,
}

impl Handle for ami_client {
    type Owned = Boxed;
}

/// A completion: called once with the outcome of a submitted action. On success `response` is set and `error` is NULL; on
/// failure it is the other way round. Both are borrowed for the call; ami_response_ref keeps a response.
pub type ami_completion_fn = Option<
    unsafe extern "C" fn(
        status: ami_status,
        response: *const ami_response,
        error: *const ami_error,
        user_data: *mut c_void,
    ),
>;

unsafe fn made(config: *const ami_config) -> Result<ami_client> {
    // SAFETY: as `reference`.
    let config = unsafe { reference("configuration", config) }?;
    Ok(ami_client { client: Client::of_gateway_on(config.wanted()?, config.executor.clone())? })
}

/// Connects and logs in: ami_client_new and ami_client_open in one.
///
/// @param config  the configuration; it is copied.
/// @param client  where to put the client; NULL is put there on failure.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the client and the error are the caller's.
/// - **Threads:** any.
/// - **Errors:** those of ami_client_new and ami_client_open.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_connect(
    config: *const ami_config,
    client: *mut *mut ami_client,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("client", client)?;
            let client = made(config)?;
            client.client.open()?;
            *place = boxed(client);
            Ok::<(), Error>(())
        })
    }
}

/// Makes a client that is not connected yet. A program can subscribe to it before ami_client_open, so that it misses no
/// event.
///
/// @param config  the configuration; it is copied.
/// @param client  where to put the client; NULL is put there on failure.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the client and the error are the caller's.
/// - **Threads:** any.
/// - **Errors:** AMI_E_INVALID for a configuration that cannot work or one of whose setters failed; AMI_E_TLS if the system
///   has no trusted authorities; AMI_E_IO if the library cannot start its thread.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_new(
    config: *const ami_config,
    client: *mut *mut ami_client,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("client", client)?;
            *place = boxed(made(config)?);
            Ok::<(), Error>(())
        })
    }
}

/// Connects and logs in, within the connect timeout. It can be called once for a client. ami_client_close in another thread
/// cancels it.
///
/// @param client  the client.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_RESOLVE, AMI_E_REFUSED, AMI_E_TIMEOUT, AMI_E_IO, AMI_E_DISCONNECTED: no connection. AMI_E_TLS: the
///   TLS handshake or the certificate failed. AMI_E_NOT_AMI, AMI_E_PROTOCOL, AMI_E_LIMIT: not an AMI server. AMI_E_AUTH,
///   AMI_E_AUTH_METHOD: the login failed. AMI_E_STATE: the client was opened before. AMI_E_CLOSED: the client is closed.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_open(client: *const ami_client, error: *mut *mut ami_error) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, || reference("client", client)?.client.open()) }
}

/// Begins to connect and to log in, and returns at once; the program calls it in place of ami_client_open, for example on the
/// thread of an event loop. The marker "#state" tells the result: its State is "open", or "closed" with a Cause. So
/// subscribe to "#state" before. ami_client_await_state waits for the result and gives its status.
///
/// @param client  the client.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for NULL. AMI_E_STATE: the client was opened before. AMI_E_CLOSED: the client is closed.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_start(client: *const ami_client, error: *mut *mut ami_error) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, || reference("client", client)?.client.start()) }
}

/// Logs off and ends all calls, completions and subscriptions of a client. A second call does nothing. When it returns
/// AMI_OK outside a callback, no callback, completion or drop of this client is running or will run, and the session is
/// over. It waits at most 2 s for the response to the Logoff. Inside any libami callback it returns at once and takes
/// effect after that callback.
///
/// @param client  the client.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_BUSY if a callback did not return within the action timeout, or the thread of its executor did not run
///   what was left (see ami_executor). The client is closed nevertheless; the drop of that callback runs afterwards.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_close(client: *const ami_client, error: *mut *mut ami_error) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, || reference("client", client)?.client.close()) }
}

/// Closes a client, as ami_client_close does, and frees it. Subscriptions may outlive it: a program can still pull the
/// events that are in their queues.
///
/// @param client  the client, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it. Inside a callback it does not wait. In the child of a fork it only frees
///   memory and closes the child's copy of the socket; the parent's connection is not affected. So a daemon that connected
///   before its fork frees the client and makes a new one.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_free(client: *mut ami_client) {
    // SAFETY: NULL or a client of ours, for the last time.
    unsafe { free(client) };
}

/// Sends an action and waits for its whole response: a list with all its entries, a command with its output.
///
/// @param client      the client.
/// @param action      the action; it can be freed or sent again afterwards.
/// @param timeout_ms  milliseconds, or AMI_TIMEOUT_DEFAULT. A wait that is part of the action itself (WaitEvent, Originate
///                    without Async) is added to it.
/// @param response    where to put the response, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the response, to be released with ami_response_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ACTION, AMI_E_PERMISSION, AMI_E_COMMAND: the server refused it, see ami_error_response.
///   AMI_E_INVALID, AMI_E_STATE, AMI_E_TIMEOUT, AMI_E_DISCONNECTED, AMI_E_CLOSED, AMI_E_OVERFLOW: it was not written.
///   AMI_E_LIMIT: the response is too large. AMI_E_OUTCOME_UNKNOWN: it was written and may have been carried out.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_call(
    client: *const ami_client,
    action: *const ami_action,
    timeout_ms: u32,
    response: *mut *mut ami_response,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(response, error, shared, || {
            let action = reference("action", action)?;
            reference("client", client)?.client.call_within(&action.action, call_timeout(timeout_ms)?)
        })
    }
}

/// Sends an action and returns at once. `done` is called exactly once, on a thread of libami or of the executor, also if the
/// client is closed first; then `drop` is called. Completions of different actions may run at the same time.
///
/// @param client      the client.
/// @param action      the action; it can be freed or sent again afterwards.
/// @param timeout_ms  as for ami_client_call.
/// @param done        the function to call with the outcome.
/// @param user_data   the pointer to pass to it.
/// @param drop        called once with user_data after `done`; or NULL.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** on success libami holds user_data until `drop`; on failure the caller keeps it, and neither `done` nor
///   `drop` is called. The error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** the action was not sent. AMI_E_INVALID, AMI_E_STATE, AMI_E_DISCONNECTED, AMI_E_CLOSED; AMI_E_OVERFLOW if
///   too many actions are in progress, see ami_config_set_action_queue; AMI_E_IO if no thread for `done` can be started.
///   `done` gets the other errors of ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_submit(
    client: *const ami_client,
    action: *const ami_action,
    timeout_ms: u32,
    done: ami_completion_fn,
    user_data: *mut c_void,
    drop: ami_drop_fn,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let action = reference("action", action)?;
            let client = reference("client", client)?;
            let timeout = call_timeout(timeout_ms)?;
            let done = done.ok_or_else(|| Error::invalid("the completion is NULL"))?;
            let data = Unregistered::new(user_data, drop);
            client.client.submit(&action.action, timeout, move |outcome| {
                let data = UserData::new(&data);
                match outcome {
                    Ok(response) => {
                        let response = Arc::new(ami_response::from(response));
                        done(AMI_OK, Arc::as_ptr(&response), std::ptr::null(), data.pointer());
                    }
                    Err(error) => lend(Failure::from(error), |status, error| {
                        done(status, std::ptr::null(), error, data.pointer());
                    }),
                }
            })
        })
    }
}

/// Runs a CLI command; ami_response_output gives its output. Never build the line from untrusted text: a CLI command can do
/// anything at the server.
///
/// @param client      the client.
/// @param cli         the command line, such as "core show version".
/// @param timeout_ms  as for ami_client_call.
/// @param response    where to put the response, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the response and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_COMMAND if the CLI did not accept the command, with its output in ami_error_peer_message; and those
///   of ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_command(
    client: *const ami_client,
    cli: *const c_char,
    timeout_ms: u32,
    response: *mut *mut ami_response,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(response, error, shared, || {
            let line = text("command", cli)?;
            reference("client", client)?.client.command_within(line, call_timeout(timeout_ms)?)
        })
    }
}

/// Tells whether the server knows an action and lets this account call it. The server is asked by ListCommands once a
/// connection, by the first call.
///
/// @param client  the client.
/// @param action  the name of the action, in any case.
/// @param can     where to put 1 if it does, else 0; or NULL.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** those of ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_can(
    client: *const ami_client,
    action: *const c_char,
    can: *mut c_int,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let does = reference("client", client)?.client.can(text("action's name", action)?)?;
            if let Some(place) = can.as_mut() {
                *place = c_int::from(does);
            }
            Ok::<(), Error>(())
        })
    }
}

/// Sends a Ping and waits for the response.
///
/// @param client         the client.
/// @param round_trip_us  where to put the round-trip time in microseconds, or NULL.
/// @param error          where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** those of ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_ping(
    client: *const ami_client,
    round_trip_us: *mut u64,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let took = reference("client", client)?.client.ping()?;
            if let Some(place) = round_trip_us.as_mut() {
                *place = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            }
            Ok::<(), Error>(())
        })
    }
}
