//! The readiness of a socket, as the runtime learns of it. `ami_portable` takes Windows' way on Linux, so that it can be
//! tested there.

#[cfg(any(not(unix), ami_portable))]
mod portable;
#[cfg(all(unix, not(ami_portable)))]
mod unix;

#[cfg(any(not(unix), ami_portable))]
pub(super) use portable::Readiness;
#[cfg(all(unix, not(ami_portable)))]
pub(super) use unix::Readiness;
