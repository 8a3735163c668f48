//! `pthread_exit` as glibc has it.

#![allow(unsafe_code)]

use std::cell::{Cell, UnsafeCell};
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use nix::libc;

/// More frames than a stack has, as a rule: one that has so many is taken for one with frames of libami's.
const FRAMES: usize = 10_000;

/// `struct _pthread_cleanup_buffer`, which is part of glibc's ABI.
#[repr(C)]
struct Buffer {
    routine: extern "C" fn(*mut c_void),
    argument: *mut c_void,
    cancel_type: c_int,
    previous: *mut Buffer,
}

unsafe extern "C" {
    fn _pthread_cleanup_push(buffer: *mut Buffer, routine: extern "C" fn(*mut c_void), argument: *mut c_void);
    fn _pthread_cleanup_pop(buffer: *mut Buffer, execute: c_int);
}

/// A record that has `pthread_exit` call [`park_if_inside`] on this thread. It calls a routine before it unwinds the frame that the
/// routine's buffer is in. As this buffer is not on the stack, that is before it unwinds anything.
struct Routine(Box<UnsafeCell<MaybeUninit<Buffer>>>);

impl Routine {
    fn new() -> Routine {
        let routine = Routine(Box::new(UnsafeCell::new(MaybeUninit::uninit())));
        // SAFETY: the buffer is filled in by this, and keeps its place until it is taken off the thread's list.
        unsafe { _pthread_cleanup_push(routine.0.get().cast(), park_if_inside, ptr::null_mut()) };
        routine
    }
}

impl Drop for Routine {
    fn drop(&mut self) {
        // SAFETY: this is the same thread. It is at its end, so what came onto the list afterwards has left it.
        unsafe { _pthread_cleanup_pop(self.0.get().cast(), 0) };
    }
}

thread_local! {
    static IS_LISTED: Cell<bool> = const { Cell::new(false) };
    static ROUTINE: Routine = Routine::new();
}

/// From now on this thread is parked if it is ended in a call of libami's. Whatever may lead to Python's code calls this first.
#[inline]
pub(in crate::python) fn park_at_exit() {
    if !IS_LISTED.get() {
        list();
    }
}

#[cold]
fn list() {
    IS_LISTED.set(true);
    // A thread that is past its end makes no calls that last.
    let _ = ROUTINE.try_with(|_| ());
}

extern "C" fn park_if_inside(_argument: *mut c_void) {
    // A thread that has left libami may end as it likes: somebody may wait for it.
    if is_inside() {
        loop {
            std::thread::park();
        }
    }
}

/// Tells whether the stack has frames of libami's, but for those that have come to this.
fn is_inside() -> bool {
    let mut frames = vec![ptr::null_mut(); FRAMES];
    let Ok(size) = c_int::try_from(frames.len()) else { return true };
    // SAFETY: it writes so many addresses at most.
    let count = unsafe { libc::backtrace(frames.as_mut_ptr(), size) };
    if count >= size {
        return true;
    }
    frames.truncate(usize::try_from(count).unwrap_or_default());
    let own = library(park_if_inside as *mut c_void);
    frames.into_iter().map(library).skip_while(|library| *library == own).any(|library| library == own)
}

/// The address at which the library begins that has this address.
fn library(address: *mut c_void) -> *mut c_void {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: it fills this in or leaves it alone, and pointers that are all null are valid.
    unsafe {
        libc::dladdr(address, info.as_mut_ptr());
        info.assume_init().dli_fbase
    }
}
