//! Types at which threads meet, in the files whose protocols are proven by models. Under `--cfg ami_loom` it is loom's, which
//! goes through every order in which they can.

#[cfg(ami_loom)]
use loom as source;
#[cfg(not(ami_loom))]
use std as source;

#[cfg(feature = "blocking")]
pub(crate) use source::sync::atomic::AtomicUsize;
pub(crate) use source::sync::atomic::{AtomicU8, Ordering};
pub(crate) use source::sync::{Condvar, Mutex, MutexGuard};
#[cfg(feature = "blocking")]
pub(crate) use source::thread_local;

#[cfg(all(feature = "blocking", not(target_os = "linux")))]
compile_error!(
    "the features blocking, capi and python of libami need Linux, as they use its eventfd and signal masks; on other systems \
     the feature client works, for programs with tokio: default-features = false, features = [\"client\"]"
);

#[cfg(all(feature = "blocking", not(ami_loom)))]
mod descriptor {
    use nix::sys::eventfd::EfdFlags;
    pub(crate) use nix::sys::eventfd::EventFd;

    pub(crate) fn event_fd() -> nix::Result<EventFd> {
        EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)
    }
}

#[cfg(all(feature = "blocking", ami_loom))]
mod descriptor {
    use std::os::fd::{AsRawFd, RawFd};

    use loom::sync::Mutex;

    /// A stand-in for a descriptor, into which no model could look: the number that a real one holds.
    pub(crate) struct EventFd(Mutex<u64>);

    pub(crate) fn event_fd() -> nix::Result<EventFd> {
        Ok(EventFd(Mutex::new(0)))
    }

    impl EventFd {
        pub fn write(&self, more: u64) -> nix::Result<usize> {
            *self.0.lock().expect("no panic") += more;
            Ok(size_of::<u64>())
        }

        pub fn read(&self) -> nix::Result<u64> {
            Ok(std::mem::take(&mut *self.0.lock().expect("no panic")))
        }

        #[cfg(test)]
        pub fn is_readable(&self) -> bool {
            *self.0.lock().expect("no panic") > 0
        }
    }

    impl AsRawFd for EventFd {
        fn as_raw_fd(&self) -> RawFd {
            -1
        }
    }
}

#[cfg(feature = "blocking")]
pub(crate) use descriptor::{EventFd, event_fd};
