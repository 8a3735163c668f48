//! The library's log, in C's terms.

use std::ffi::{CString, c_char, c_void};

use tracing::Level;
use tracing::level_filters::LevelFilter;

use super::ami_status;
use super::boundary::status;
use super::user_data::{Unregistered, UserData, ami_drop_fn};
use crate::blocking::log::{Line, Sink, off, set};
use crate::error::Error;

/// Level of the log: nothing is logged. It is the default.
pub const AMI_LOG_OFF: i32 = 0;
/// Level of the log: what needs somebody's attention, such as a server that does not speak AMI.
pub const AMI_LOG_ERROR: i32 = 1;
/// Level of the log: what went wrong and is dealt with, such as a lost connection, or an action without a response.
pub const AMI_LOG_WARNING: i32 = 2;
/// Level of the log: the steps of a connection, such as a login.
pub const AMI_LOG_INFO: i32 = 3;
/// Level of the log: details for people who look for a fault.
pub const AMI_LOG_DEBUG: i32 = 4;

/// Called for each line of the log. The level is one of AMI_LOG_…; the target is the part of the library that the line comes
/// from, such as "ami::client"; both texts are UTF-8, end with a NUL and are valid during the call. A line names servers, and the
/// names of actions, but no secret, number or text. Calls come one at a time, in order, on a thread that the library has for
/// this. A callback may take long: no other part of the library waits for it. At most 1,000 lines wait meanwhile; more are lost,
/// and a line with the target "ami::log" then tells how many. A callback may call all functions, ami_log_set too.
pub type ami_log_fn =
    Option<unsafe extern "C" fn(level: i32, target: *const c_char, message: *const c_char, user_data: *mut c_void)>;

struct Callback {
    call: unsafe extern "C" fn(i32, *const c_char, *const c_char, *mut c_void),
    data: UserData,
}

impl Sink for Callback {
    fn take(&mut self, lines: Vec<Line>) {
        for line in lines {
            let level = match line.level {
                Level::ERROR => AMI_LOG_ERROR,
                Level::WARN => AMI_LOG_WARNING,
                Level::INFO => AMI_LOG_INFO,
                _ => AMI_LOG_DEBUG,
            };
            let (target, message) = (text(line.target), text(&line.message));
            // SAFETY: the program gave the function with this data, and the texts live until it returns.
            unsafe { (self.call)(level, target.as_ptr(), message.as_ptr(), self.data.pointer()) };
        }
    }
}

/// A text without the NULs that would end it.
fn text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// Has the library log to a function, for the whole process. It replaces the one before: when ami_log_set has returned AMI_OK
/// outside of a log callback, that one has got all lines up to now, is not running and will not run, and its drop has run; inside
/// of it, that is so as soon as it returns. Turned off, as it is at first, the log costs nothing. The log of the parent does not go on in the
/// child of a fork: the child can call ami_log_set for itself.
///
/// @param level      AMI_LOG_OFF, AMI_LOG_ERROR, AMI_LOG_WARNING, AMI_LOG_INFO or AMI_LOG_DEBUG: lines of this level and the more
///                   urgent ones are logged.
/// @param call       the function; it may be NULL for AMI_LOG_OFF, which ignores it.
/// @param user_data  passed to the function.
/// @param drop       called once with user_data when libami will not use it any more, or NULL. It is not called if ami_log_set
///                   fails, but for AMI_E_BUSY; for AMI_LOG_OFF it is ignored.
///
/// - **Ownership:** on success user_data belongs to libami until drop is called.
/// - **Threads:** any.
/// - **Errors:** AMI_E_INVALID for another level, and for a level without a function; AMI_E_IO if the system starts no thread: the
///   log is then as before. AMI_E_BUSY if the function before does not return within 10 s: it is replaced nevertheless, and its
///   drop runs when it returns.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_log_set(
    level: i32,
    call: ami_log_fn,
    user_data: *mut c_void,
    drop: ami_drop_fn,
) -> ami_status {
    let data = Unregistered::new(user_data, drop);
    let run = || {
        let filter = match level {
            AMI_LOG_OFF => return off().await_end(),
            AMI_LOG_ERROR => LevelFilter::ERROR,
            AMI_LOG_WARNING => LevelFilter::WARN,
            AMI_LOG_INFO => LevelFilter::INFO,
            AMI_LOG_DEBUG => LevelFilter::DEBUG,
            _ => return Err(Error::invalid("the level of the log is not one of AMI_LOG_…")),
        };
        let call = call.ok_or_else(|| Error::invalid("the function for the log is NULL"))?;
        let former = set(filter, move || {
            // SAFETY: the program gave data and release together, and here they are taken over once.
            Box::new(Callback { call, data: unsafe { UserData::new(&data) } })
        })?;
        former.await_end()
    };
    // SAFETY: no place for an error is given.
    unsafe { status(std::ptr::null_mut(), run) }
}
