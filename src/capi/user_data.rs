//! A program's data for its callbacks and completions.

use std::ffi::c_void;

/// Called once with user_data when libami will not use it any more.
pub type ami_drop_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// A program's data before its callback is registered; nothing is done with it.
#[derive(Clone, Copy)]
pub(super) struct Unregistered {
    pointer: *mut c_void,
    release: ami_drop_fn,
}

// SAFETY: as for `UserData`.
unsafe impl Send for Unregistered {}

impl Unregistered {
    pub fn new(pointer: *mut c_void, release: ami_drop_fn) -> Unregistered {
        Unregistered { pointer, release }
    }
}

/// A program's data for a callback. Made only once the callback is registered: until then the data is the program's.
pub(super) struct UserData {
    pointer: *mut c_void,
    release: ami_drop_fn,
}

// SAFETY: the header says that the data is used and let go of on other threads.
unsafe impl Send for UserData {}

impl UserData {
    /// Takes the data over from the program: it is released when this goes.
    ///
    /// # Safety
    /// The program gave the data and its release together, and for one registration it is taken over once.
    pub unsafe fn new(data: &Unregistered) -> UserData {
        UserData { pointer: data.pointer, release: data.release }
    }

    /// The data, for a call.
    pub fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the program gave this function for this data, and this is the one call of it.
            unsafe { release(self.pointer) };
        }
    }
}
