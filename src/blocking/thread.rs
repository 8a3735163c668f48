//! Threads of the library.

use std::io;
use std::thread::JoinHandle;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Signals of a fault in the thread that gets them. Blocked, they would end the program past its crash handler.
const FAULTS: [Signal; 7] =
    [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGTRAP, Signal::SIGSYS, Signal::SIGABRT];

/// Starts a thread that takes no signals but those of its own faults: they belong to the program's own threads.
pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let mut all = SigSet::all();
    FAULTS.into_iter().for_each(|fault| all.remove(fault));
    let before = all.thread_swap_mask(SigmaskHow::SIG_SETMASK);
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    if let Ok(before) = before {
        let _ = before.thread_set_mask();
    }
    thread
}
