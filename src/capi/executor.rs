use std::ffi::c_int;

use super::boundary::{reference, status};
use super::config::change;
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::{ami_config, ami_error, ami_status};
use crate::blocking::Executor;
use crate::error::Error;

/// An executor: it runs callbacks on a thread of the program, such as the thread of its event loop. Clients and gateways that
/// are made from a configuration with an executor (ami_config_set_executor) call functions of the program only inside
/// ami_executor_run: callbacks, completions, and the drops of both. So a program with one thread needs no locks.
///
/// The program watches ami_executor_fd in its loop, and calls ami_executor_run whenever it is readable. Headers in ami/adapters
/// do that for libuv, libevent, GLib and Qt. Several clients and gateways can have the same executor.
///
/// The thread of an executor is the one that called ami_executor_run last; before the first call, the one that called
/// ami_executor_new. On this thread close and free never wait for the executor: completions and drops that are left run inside
/// ami_client_close, ami_gateway_close, ami_subscription_close and the free functions, and events that are left are discarded. On
/// another thread these functions wait until the executor's thread has run what is left, at most for the action timeout, and then
/// give AMI_E_BUSY. If the executor's thread has ended, call ami_executor_run once on the thread that closes.
///
/// A call that waits, such as ami_client_call, can be made inside a callback, but the loop stands still meanwhile;
/// ami_client_submit, ami_gateway_submit and ami_client_start do not wait.
pub struct ami_executor {
    executor: Executor,
}

impl Handle for ami_executor {
    type Owned = Boxed;
}

/// Makes an executor. It takes one file descriptor.
///
/// @param error  where to put the error, or NULL; NULL is put there on success.
/// @return the executor; NULL on failure.
///
/// - **Ownership:** the executor, to be freed with ami_executor_free, and the error are the caller's.
/// - **Threads:** any. The calling thread becomes the executor's thread.
/// - **Errors:** AMI_E_IO if the system gives no descriptor.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_executor_new(error: *mut *mut ami_error) -> *mut ami_executor {
    let mut made = std::ptr::null_mut();
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            made = boxed(ami_executor { executor: Executor::new()? });
            Ok::<(), Error>(())
        });
    }
    made
}

/// A file descriptor that is readable while something waits for ami_executor_run. It is level-triggered: it stays readable until
/// ami_executor_run has left nothing. Poll it; do not read or close it. Stop polling it before ami_executor_free: that closes it,
/// and the system may give its number to another file.
///
/// @param executor  the executor, or NULL.
/// @return the descriptor; -1 for NULL and in the child of a fork.
///
/// - **Ownership:** belongs to the executor.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_executor_fd(executor: *const ami_executor) -> c_int {
    // SAFETY: NULL or an executor that is alive.
    guard(-1, || unsafe { executor.as_ref() }.and_then(|executor| executor.executor.fd().ok()).unwrap_or(-1))
}

/// Runs what waits on the calling thread, which becomes the executor's thread: callbacks, completions and drops. It returns when
/// nothing waits, after `max` calls, and also while more keeps coming; the descriptor is then still readable. So a flood of events
/// does not keep the loop from its other work.
///
/// The calls of one subscription come in order. Inside a callback, the executor's clients can be closed and freed, and so can the
/// executor; ami_executor_run can be called there too, by a loop inside the loop.
///
/// @param executor  the executor, or NULL.
/// @param max       the most calls of functions of the program, or 0 for 256. A completion and its drop count as one call.
/// @return the number of calls; 0 for NULL, while another thread is inside ami_executor_run, and in the child of a fork.
///
/// - **Ownership:** borrows.
/// - **Threads:** one at a time for an executor.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_executor_run(executor: *mut ami_executor, max: usize) -> usize {
    guard(0, || {
        // SAFETY: NULL or an executor that is alive. A callback may free it, so only its jobs are used from here on.
        let jobs = unsafe { executor.as_ref() }.map(|executor| executor.executor.jobs());
        jobs.map_or(0, |jobs| jobs.run(max))
    })
}

/// Frees an executor. First it runs what waits on the calling thread: completions, drops, and events, but of a flood of events
/// only the first ones. Free the clients and gateways before: if there are still some, their callbacks and completions run on
/// threads of libami from then on, as without an executor, and no new client can be made from a configuration with this executor.
///
/// @param executor  the executor, or NULL.
///
/// - **Ownership:** takes it. Stop watching its descriptor before.
/// - **Threads:** no other thread may use it. Inside its own callbacks it returns at once, and what waits runs before
///   ami_executor_run returns. In the child of a fork nothing runs, and the child's copy of the descriptor is closed.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_executor_free(executor: *mut ami_executor) {
    // SAFETY: NULL or an executor of ours, for the last time.
    unsafe { free(executor) };
}

/// Sets the executor for callbacks, completions and drops of the clients and gateways that are made from this configuration.
/// Without one, they run on threads of libami. The callback of ami_log_set always runs on a thread of libami.
///
/// @param config    the configuration.
/// @param executor  the executor; it has to be freed after the clients and gateways, see ami_executor_free.
///
/// - **Ownership:** the executor stays the caller's.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for NULL; AMI_E_FORKED for an executor of the parent process. ami_client_new,
///   ami_client_connect and ami_gateway_connect give AMI_E_STATE if the executor was freed.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_config_set_executor(config: *mut ami_config, executor: *mut ami_executor) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        change(config, "ami_config_set_executor", |config| {
            let jobs = reference("executor", executor)?.executor.jobs();
            jobs.check()?;
            config.executor = Some(jobs);
            Ok(())
        })
    }
}
