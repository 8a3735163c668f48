//! Threads of the library.

use std::cell::Cell;
use std::io;
use std::thread::JoinHandle;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Signals of a fault in the thread that gets them. Blocked, they would end the program past its crash handler.
const FAULTS: [Signal; 7] =
    [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGTRAP, Signal::SIGSYS, Signal::SIGABRT];

thread_local! {
    /// The function to run at the end of this thread, if the thread is the library's; None on a thread of the program.
    static AT_END: Cell<Option<fn()>> = const { Cell::new(None) };
}

struct End;

impl Drop for End {
    fn drop(&mut self) {
        if let Some(run) = AT_END.take() {
            run();
        }
    }
}

/// Has this run at the end of this thread, while all that belongs to the thread is there: what is thread-local is destroyed in
/// another order by each C library. Does nothing, and returns false, on a thread of the program.
#[cfg(feature = "python")]
pub(crate) fn at_end(run: fn()) -> bool {
    let is_ours = AT_END.get().is_some();
    if is_ours {
        AT_END.set(Some(run));
    }
    is_ours
}

/// Starts a thread that takes no signals but those of its own faults: they belong to the program's own threads.
pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let mut all = SigSet::all();
    FAULTS.into_iter().for_each(|fault| all.remove(fault));
    let before = all.thread_swap_mask(SigmaskHow::SIG_SETMASK);
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(|| {
        AT_END.set(Some(|| ()));
        let _end = End;
        run();
    });
    if let Ok(before) = before {
        let _ = before.thread_set_mask();
    }
    thread
}
