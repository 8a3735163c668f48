use super::boundary::{reference, wanted};
use super::event::give;
use super::timeout::call_timeout;
use super::{ami_action, ami_client, ami_error, ami_event, ami_status};
use crate::client::{Originate, OriginateOutcome};

/// The call failed: there is no such extension, or for another reason.
pub const AMI_ORIGINATE_FAILED: i32 = 0;
/// The phone rang and nobody answered, or the caller hung up first.
pub const AMI_ORIGINATE_NO_ANSWER: i32 = 1;
/// The call was answered.
pub const AMI_ORIGINATE_ANSWERED: i32 = 4;
/// The called party is busy.
pub const AMI_ORIGINATE_BUSY: i32 = 5;
/// The call was rejected, or no circuit was free.
pub const AMI_ORIGINATE_CONGESTION: i32 = 8;

/// Originates a call and waits until it is answered or fails. libami sends the action with Async, so that it does not block
/// the session. The outcome comes with the event OriginateResponse: the account needs read permission for the class call,
/// and the event mask must include it.
///
/// @param client      the client.
/// @param action      an action Originate with Channel, and either Context, Exten and Priority or Application and Data;
///                    variables with ami_action_add_variable. Its header Timeout is the time to let the phone ring, in
///                    milliseconds; default 30,000.
/// @param timeout_ms  milliseconds that the server may take in addition to the ringing, or AMI_TIMEOUT_DEFAULT.
/// @param reason      where to put the outcome of the call, one of AMI_ORIGINATE_…, or NULL; set on success only.
/// @param event       where to put the event OriginateResponse, or NULL; NULL is put there on failure. It has the Channel
///                    and the Uniqueid of the call. If there was no channel, its Uniqueid is `<unknown>` or `<null>`.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the event, to be released with ami_event_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** those of ami_client_call; AMI_E_ACTION says that the server did not start the call. A call that is not
///   answered is a success with another reason. AMI_E_OUTCOME_UNKNOWN also if the server started the call and the outcome
///   did not come in time, or may have been missed while the connection was down: the call may exist. AMI_E_INVALID for any
///   other action, and for one whose Async is not true.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_originate(
    client: *const ami_client,
    action: *const ami_action,
    timeout_ms: u32,
    reason: *mut i32,
    event: *mut *mut ami_event,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        wanted(
            event,
            error,
            |outcome: OriginateOutcome| give(outcome.event()),
            || {
                let mut call = Originate::of_action(&reference("action", action)?.action)?;
                if let Some(timeout) = call_timeout(timeout_ms)? {
                    call = call.deadline(timeout);
                }
                let outcome = reference("client", client)?.client.originate(&call)?;
                if let Some(place) = reason.as_mut() {
                    *place = outcome.reason().number();
                }
                Ok::<_, crate::error::Error>(outcome)
            },
        )
    }
}
