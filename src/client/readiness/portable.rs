//! A stream of the runtime's own beside the socket, for systems without descriptors.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::Interest;

pub(in crate::client) struct Readiness(tokio::net::TcpStream);

impl Readiness {
    /// Begins to watch. The runtime tells of input and of room for output, whatever the interest.
    pub fn new(socket: &Arc<TcpStream>, _interest: Interest) -> io::Result<Readiness> {
        Ok(Readiness(tokio::net::TcpStream::from_std(socket.try_clone()?)?))
    }

    /// As `unix` does; but only a read that would block has the runtime watch again, so one that has left nothing is followed
    /// by another.
    pub fn poll_read<T>(
        &self,
        cx: &mut Context<'_>,
        mut read: impl FnMut() -> io::Result<(T, bool)>,
    ) -> Poll<io::Result<T>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match self.0.try_io(Interest::READABLE, &mut read) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return Poll::Ready(other.map(|(value, _is_empty)| value)),
            }
        }
    }

    /// Writes once there is room; the function fails with `WouldBlock` if there is none.
    pub fn poll_write(&self, cx: &mut Context<'_>, mut write: impl FnMut() -> io::Result<()>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_io(Interest::WRITABLE, &mut write) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return Poll::Ready(other),
            }
        }
    }
}
