use super::boundary::{call_timeout, reference, wanted};
use super::event::give;
use super::{ami_action, ami_client, ami_error, ami_event, ami_status};
use crate::client::{Originate, OriginateOutcome};

/// There is no such extension, or the call failed otherwise.
pub const AMI_ORIGINATE_FAILED: i32 = 0;
/// It rang and nobody answered, or the other end hung up first.
pub const AMI_ORIGINATE_NO_ANSWER: i32 = 1;
/// It was answered.
pub const AMI_ORIGINATE_ANSWERED: i32 = 4;
/// The other end is busy.
pub const AMI_ORIGINATE_BUSY: i32 = 5;
/// The other end refused it, or no circuit was free.
pub const AMI_ORIGINATE_CONGESTION: i32 = 8;

/// Has the server set up a call, and waits until it is answered or is not. It goes out with Async, so that it does not block
/// the session; the outcome comes with the event OriginateResponse, for which the account must read the class call and the
/// event mask have it.
///
/// @param client      the client.
/// @param action      an action Originate: Channel; Context, Exten and Priority, or Application and Data; variables with
///                    ami_action_add_variable. How long the channel is rung is its header Timeout, in milliseconds; 30 seconds
///                    unless set.
/// @param timeout_ms  milliseconds that the server may take beyond the ringing; 0 for the configured action timeout.
/// @param reason      where to put what became of it, one of AMI_ORIGINATE_..., or NULL; it is put there on success only.
/// @param event       where to put the event OriginateResponse, or NULL; NULL is put there on failure. Its Channel and
///                    Uniqueid are the call's.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the event, to be given up with ami_event_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** those of ami_client_call, where AMI_E_ACTION says that the server did not take the call on. A call that is
///   not answered is none. AMI_E_OUTCOME_UNKNOWN also if the call was taken on and its outcome was not told in time, or may
///   have been missed while the link was down: it may be up. AMI_E_INVALID for another action, and for one whose Async is
///   not true.
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
