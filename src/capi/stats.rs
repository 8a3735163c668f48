use std::time::Duration;

use super::boundary::{reference, status};
use super::guard::guard;
use super::{ami_client, ami_error, ami_status, ami_subscription};
use crate::client::{QueueCounters, State, Stats};
use crate::error::{Error, ErrorKind};

/// The client was not opened yet.
pub const AMI_STATE_NEW: i32 = 0;
/// The client connects or logs in, for the first time or again.
pub const AMI_STATE_CONNECTING: i32 = 1;
/// The client is logged in.
pub const AMI_STATE_OPEN: i32 = 2;
/// The client has lost its link; the next attempt to connect comes in time.
pub const AMI_STATE_WAITING: i32 = 3;
/// The client is closed, or its link lost for good.
pub const AMI_STATE_CLOSED: i32 = 4;

/// Of a client: bytes that the server sent.
pub const AMI_STAT_BYTES_RECEIVED: i32 = 0;
/// Of a client: bytes that were written.
pub const AMI_STAT_BYTES_SENT: i32 = 1;
/// Of a client: events that came as news, not as the entries of a list.
pub const AMI_STAT_EVENTS: i32 = 2;
/// Of a client: actions that were accepted.
pub const AMI_STAT_ACTIONS: i32 = 3;
/// Of a client: actions that have not ended.
pub const AMI_STAT_IN_FLIGHT: i32 = 4;
/// Of a client: links that were made again and logged in.
pub const AMI_STAT_RECONNECTS: i32 = 5;
/// Of a client: answers whose time was taken, those of keepalive Pings among them.
pub const AMI_STAT_ROUND_TRIPS: i32 = 6;
/// Of a subscription: events that were wanted.
pub const AMI_STAT_RECEIVED: i32 = 100;
/// Of a subscription: events that were pulled, or handed to the callback.
pub const AMI_STAT_DELIVERED: i32 = 101;
/// Of a subscription: events that were lost because the queue was full.
pub const AMI_STAT_DROPPED: i32 = 102;
/// Of a subscription: events that wait.
pub const AMI_STAT_WAITING: i32 = 103;
/// Of a subscription: bytes of memory that they take.
pub const AMI_STAT_WAITING_BYTES: i32 = 104;

/// Every state by its number.
const STATES: [State; 5] = [State::New, State::Connecting, State::Open, State::Waiting, State::Closed];

/// The state of a client's link. A subscription to the marker "#state" gets every change, in order with events.
///
/// @param client  the client, or NULL.
/// @return one of AMI_STATE_…; -1 for NULL and in the child of a fork.
/// Ownership: none.
/// Threads: any; several at once.
/// Errors: see the return value.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_state(client: *const ami_client) -> i32 {
    guard(-1, || {
        // SAFETY: NULL or a client that is alive.
        let state = unsafe { client.as_ref() }.and_then(|client| client.client.state().ok());
        state.and_then(|state| STATES.iter().position(|other| *other == state)).map_or(-1, |at| at as i32)
    })
}

/// Waits until the link of a client is in this state.
///
/// @param client      the client.
/// @param state       one of AMI_STATE_….
/// @param timeout_ms  milliseconds to wait; 0 does not wait, UINT32_MAX waits for ever.
/// @param error       where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once. Waiting in a callback keeps that callback's thread.
/// Errors: AMI_E_TIMEOUT if it did not come in time; AMI_E_INVALID for an unknown state; why the link was lost for good, such
/// as AMI_E_CLOSED, AMI_E_DISCONNECTED or AMI_E_AUTH, if it can come no more.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_await_state(
    client: *const ami_client,
    state: i32,
    timeout_ms: u32,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let client = reference("client", client)?;
            let state = usize::try_from(state).ok().and_then(|at| STATES.get(at));
            let state = *state.ok_or_else(|| Error::invalid("there is no such state; use one of AMI_STATE_…"))?;
            let timeout = if timeout_ms == u32::MAX { Duration::MAX } else { Duration::from_millis(timeout_ms.into()) };
            if client.client.until_within(state, timeout)? {
                return Ok(());
            }
            Err(Error::new(ErrorKind::Timeout, format!("the client is not {} in time", state.name())))
        })
    }
}

fn client_stat(stats: &Stats, stat: i32) -> u64 {
    match stat {
        AMI_STAT_BYTES_RECEIVED => stats.bytes_received,
        AMI_STAT_BYTES_SENT => stats.bytes_sent,
        AMI_STAT_EVENTS => stats.events,
        AMI_STAT_ACTIONS => stats.actions,
        AMI_STAT_IN_FLIGHT => stats.in_flight as u64,
        AMI_STAT_RECONNECTS => stats.reconnects,
        AMI_STAT_ROUND_TRIPS => stats.round_trips.count(),
        _ => 0,
    }
}

unsafe fn stats(client: *const ami_client) -> Option<Stats> {
    // SAFETY: NULL or a client that is alive.
    unsafe { client.as_ref() }.and_then(|client| client.client.stats().ok())
}

/// A number that tells what a client has done so far, all its links together.
///
/// @param client  the client, or NULL.
/// @param stat    one of AMI_STAT_… of a client.
/// @return the number; 0 for NULL, for an unknown one and in the child of a fork.
/// Ownership: none.
/// Threads: any; several at once.
/// Errors: see the return value.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_stat(client: *const ami_client, stat: i32) -> u64 {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { stats(client) }.map_or(0, |stats| client_stat(&stats, stat)))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The time that a share of the answers took at most, from the call to the whole answer.
///
/// @param client  the client, or NULL.
/// @param share   from 0 to 1, such as 0.99.
/// @return microseconds, up to 19 % too many; 0 for NULL, without any answer and in the child of a fork.
/// Ownership: none.
/// Threads: any; several at once.
/// Errors: see the return value.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_round_trip_us(client: *const ami_client, share: f64) -> u64 {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { stats(client) }.map_or(0, |stats| micros(stats.round_trips.quantile(share))))
}

/// One bucket of the histogram of round trips, shortest first.
///
/// @param client    the client.
/// @param index     the bucket's, from 0.
/// @param up_to_us  where to put its upper end in microseconds; UINT64_MAX is put there for the last one, which has none.
/// @param count     where to put how many answers are in it.
/// Ownership: none.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID behind the last bucket, and without any answer.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_round_trips_at(
    client: *const ami_client,
    index: usize,
    up_to_us: *mut u64,
    count: *mut u64,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            let (Some(up_to_us), Some(count)) = (up_to_us.as_mut(), count.as_mut()) else {
                return Err(Error::invalid("there is no place for the bucket"));
            };
            let stats = reference("client", client)?.client.stats()?;
            let bucket = stats.round_trips.buckets().nth(index);
            let (end, number) = bucket.ok_or_else(|| Error::invalid("there is no such bucket"))?;
            (*up_to_us, *count) = (micros(end), number);
            Ok(())
        })
    }
}

fn queue_stat(counters: &QueueCounters, stat: i32) -> u64 {
    match stat {
        AMI_STAT_RECEIVED => counters.received,
        AMI_STAT_DELIVERED => counters.delivered,
        AMI_STAT_DROPPED => counters.dropped,
        AMI_STAT_WAITING => counters.waiting as u64,
        AMI_STAT_WAITING_BYTES => counters.waiting_bytes as u64,
        _ => 0,
    }
}

/// A number that tells what went through a subscription so far. What is received is delivered, dropped, waiting, or was
/// discarded when the subscription was closed.
///
/// @param subscription  the subscription, or NULL.
/// @param stat          one of AMI_STAT_… of a subscription.
/// @return the number; 0 for NULL, for an unknown one and in the child of a fork.
/// Ownership: none.
/// Threads: any; several at once.
/// Errors: see the return value.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_subscription_stat(subscription: *const ami_subscription, stat: i32) -> u64 {
    guard(0, || {
        // SAFETY: NULL or a subscription that is alive.
        let counters = match unsafe { subscription.as_ref() } {
            Some(ami_subscription::Callback(callback)) => callback.counters().ok(),
            Some(ami_subscription::Pulled(events)) => events.counters().ok(),
            None => None,
        };
        counters.map_or(0, |counters| queue_stat(&counters, stat))
    })
}
