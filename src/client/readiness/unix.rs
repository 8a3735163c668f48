//! A descriptor that is watched beside the socket itself.
#![allow(unsafe_code)]

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

pub(in crate::client) struct Readiness(AsyncFd<Arc<TcpStream>>);

impl Readiness {
    /// Begins to watch. A socket is watched once at a time.
    pub fn new(socket: &Arc<TcpStream>, interest: Interest) -> io::Result<Readiness> {
        // SAFETY: the socket stays open, with the same number, as long as anybody has it.
        Ok(Readiness(unsafe { AsyncFd::register_with_interest(Arc::clone(socket), interest) }?))
    }

    /// Reads once there is something. The function says, too, if it has left nothing: then there is no need to try again.
    pub fn poll_read<T>(
        &self,
        cx: &mut Context<'_>,
        mut read: impl FnMut() -> io::Result<(T, bool)>,
    ) -> Poll<io::Result<T>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(cx))?;
            match read() {
                Ok((value, is_empty)) => {
                    if is_empty {
                        ready.clear_ready();
                    }
                    return Poll::Ready(Ok(value));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Writes once there is room; the function fails with `WouldBlock` if there is none.
    pub fn poll_write(&self, cx: &mut Context<'_>, mut write: impl FnMut() -> io::Result<()>) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.0.poll_write_ready(cx))?;
            match write() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                other => return Poll::Ready(other),
            }
        }
    }
}
