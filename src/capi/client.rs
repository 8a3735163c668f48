use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::boundary::{call_timeout, output, reference, status, wanted};
use super::error::{Failure, lend};
use super::handle::{Boxed, Handle, boxed, free, shared};
use super::strings::text;
use super::user_data::{Unregistered, UserData};
use super::{AMI_OK, ami_action, ami_config, ami_drop_fn, ami_error, ami_response, ami_status};
use crate::blocking::Client;
use crate::error::Error;

/// A client of one server. Everything but ami_client_free may be called from any thread, several at once, and from inside
/// callbacks.
pub struct ami_client {
    pub(super) client: Client,
}

impl Handle for ami_client {
    type Owned = Boxed;
}

/// Tells how a submitted action ended. The status and what it points to are borrowed for the call: the response of a
/// success, the error of a failure, the other one is NULL. ami_response_ref keeps a response.
pub type ami_completion_fn = Option<
    unsafe extern "C" fn(
        status: ami_status,
        response: *const ami_response,
        error: *const ami_error,
        user_data: *mut c_void,
    ),
>;

/// Connects and logs in: ami_client_new and ami_client_open in one.
///
/// @param config  the configuration; it is copied.
/// @param client  where to put the client; NULL is put there on failure.
/// @param error   where to put the error, or NULL; NULL is put there on success.
/// Ownership: the client and the error are the caller's.
/// Threads: any.
/// Errors: those of ami_client_new and ami_client_open.
/// Since: 0.1.0
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
            let config = reference("configuration", config)?.wanted()?;
            let client = Client::of_gateway(config)?;
            client.open()?;
            *place = boxed(ami_client { client });
            Ok::<(), Error>(())
        })
    }
}

/// Makes a client that is not connected yet. It can be subscribed to, so that no event is missed once it is open.
///
/// @param config  the configuration; it is copied.
/// @param client  where to put the client; NULL is put there on failure.
/// @param error   where to put the error, or NULL; NULL is put there on success.
/// Ownership: the client and the error are the caller's.
/// Threads: any.
/// Errors: AMI_E_INVALID for a configuration that cannot work, or that was refused something; AMI_E_TLS if the system trusts no
/// authorities that TLS could go by; AMI_E_IO if the library's thread cannot start.
/// Since: 0.1.0
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
            let config = reference("configuration", config)?.wanted()?;
            *place = boxed(ami_client { client: Client::of_gateway(config)? });
            Ok::<(), Error>(())
        })
    }
}

/// Connects and logs in, within the connect timeout. Once for a client; ami_client_close cancels it.
///
/// @param client  the client.
/// @param error   where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_RESOLVE, AMI_E_REFUSED, AMI_E_TIMEOUT, AMI_E_IO, AMI_E_DISCONNECTED: no link. AMI_E_TLS: no TLS that
/// can be trusted. AMI_E_NOT_AMI, AMI_E_PROTOCOL, AMI_E_LIMIT: not an AMI server. AMI_E_AUTH, AMI_E_AUTH_METHOD: no login.
/// AMI_E_STATE: open already. AMI_E_CLOSED: closed meanwhile or before.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_open(client: *const ami_client, error: *mut *mut ami_error) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, || reference("client", client)?.client.open()) }
}

/// Logs off and ends everything: waiting calls, completions, subscriptions. Does nothing the second time. When it returns
/// AMI_OK outside a callback, no callback, completion or drop of this client is running or will run, and its session is over;
/// for the server's goodbye it waits 2 s at most. Inside any libami callback it does not wait and takes effect after it.
///
/// @param client  the client.
/// @param error   where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_BUSY if a callback did not return within the action timeout; the client is closed all the same, and that
/// callback's drop runs when it returns.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_close(client: *const ami_client, error: *mut *mut ami_error) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, || reference("client", client)?.client.close()) }
}

/// Closes a client, as ami_client_close does, and frees it. Subscriptions may outlive it: what waits in those that are
/// pulled can still be read.
///
/// @param client  the client, or NULL.
/// Ownership: takes it.
/// Threads: nobody else may use it. Inside a callback it does not wait. In the child of a fork it only forgets it, and closes
/// what it has inherited of the link, which the parent's is not harmed by: a daemon that has connected before it became one
/// frees the client and makes another.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_free(client: *mut ami_client) {
    // SAFETY: NULL or a client of ours, for the last time.
    unsafe { free(client) };
}

/// Sends an action and waits for its whole answer: a list with all its entries, a command with its text.
///
/// @param client      the client.
/// @param action      the action; it can be freed or sent again afterwards.
/// @param timeout_ms  milliseconds; 0 for the configured action timeout. A wait that the action itself asks of the server
///                    (WaitEvent, Originate without Async) comes on top.
/// @param response    where to put the response, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
/// Ownership: the response, to be given up with ami_response_unref, and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_ACTION, AMI_E_PERMISSION, AMI_E_COMMAND: refused, see ami_error_response. AMI_E_INVALID, AMI_E_STATE,
/// AMI_E_TIMEOUT, AMI_E_DISCONNECTED, AMI_E_CLOSED, AMI_E_OVERFLOW: it was not written. AMI_E_OUTCOME_UNKNOWN: it was written,
/// and may have been carried out.
/// Since: 0.1.0
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

/// Sends an action and returns. `done` is called exactly once, on a thread of libami's, also when the client is closed
/// first; then `drop`. Completions of different actions may run at the same time.
///
/// @param client      the client.
/// @param action      the action; it can be freed or sent again afterwards.
/// @param timeout_ms  as for ami_client_call.
/// @param done        what to call.
/// @param user_data   what to call it with.
/// @param drop        called with the user data after `done`, or NULL.
/// @param error       where to put the error, or NULL; NULL is put there on success.
/// Ownership: on success the user data is libami's until `drop`; on failure it stays the caller's, and neither `done` nor
/// `drop` is called. The error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_STATE, AMI_E_DISCONNECTED, AMI_E_CLOSED: it was not sent. AMI_E_OVERFLOW: nor was it because too
/// many wait to be written, see ami_config_set_action_queue. AMI_E_IO: nor was it because no thread
/// could be started to call `done` on. The outcome has the others.
/// Since: 0.1.0
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

/// Runs a CLI command; ami_response_output is its text. Build the line from trusted text only: whoever writes it commands
/// the server.
///
/// @param client      the client.
/// @param cli         the command line, such as "core show version".
/// @param timeout_ms  as for ami_client_call.
/// @param response    where to put the response, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
/// Ownership: the response and the error are the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_COMMAND if the CLI did not accept it, on every server version: its words are ami_error_peer_message; and
/// those of ami_client_call.
/// Since: 0.1.0
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

/// Sends a Ping and waits for the answer.
///
/// @param client         the client.
/// @param round_trip_us  where to put how long it took, in microseconds, or NULL.
/// @param error          where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: those of ami_client_call.
/// Since: 0.1.0
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
