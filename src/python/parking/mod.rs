//! The end of the interpreter in the middle of a call, for daemon threads and for callbacks that do not return.
//!
//! Python before 3.14 ends a thread that asks for the interpreter's lock by then with `pthread_exit`. For that glibc unwinds the
//! thread's stack, and where Rust catches panics, as PyO3 does in each call, the process is aborted. PyO3 parks a thread
//! that asks for the lock itself, as its frame is unwound, but not one whose call has led to Python's code, which asks for the
//! lock now and then. In a module that was linked by zig, whose unwinder is another than glibc's, a frame of libami's cannot
//! even be unwound. Here they are all parked for ever, before anything is; Python 3.14 does so by itself.

#[cfg(target_env = "gnu")]
mod glibc;
#[cfg(not(target_env = "gnu"))]
mod others;

#[cfg(target_env = "gnu")]
pub(super) use glibc::park_at_exit;
#[cfg(not(target_env = "gnu"))]
pub(super) use others::park_at_exit;
