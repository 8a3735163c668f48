//! A connection's socket, as the runtime watches it.

#![allow(unsafe_code)]

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{BufMut, BytesMut};
use socket2::SockRef;
use tokio::io::Interest;

use super::readiness::Readiness;

/// A socket that the runtime watches. Reading and writing are the socket's own and need no runtime.
pub(super) struct Watch {
    socket: Arc<TcpStream>,
    /// None if the system refused it.
    watched: Option<Readiness>,
    is_told_of_input: bool,
}

impl Watch {
    pub fn new(stream: tokio::net::TcpStream) -> io::Result<Watch> {
        let mut watch = Watch { socket: Arc::new(stream.into_std()?), watched: None, is_told_of_input: false };
        watch.tell_of_input(true)?;
        Ok(watch)
    }

    pub fn socket(&self) -> &Arc<TcpStream> {
        &self.socket
    }

    /// Has the runtime told of input, or only of room for output: then input wakes no thread of it.
    pub fn tell_of_input(&mut self, is_told: bool) -> io::Result<()> {
        if is_told != self.is_told_of_input || self.watched.is_none() {
            let interest = if is_told { Interest::READABLE | Interest::WRITABLE } else { Interest::WRITABLE };
            // A socket is watched once at a time.
            self.watched = None;
            self.watched = Some(Readiness::new(&self.socket, interest)?);
            self.is_told_of_input = is_told;
        }
        Ok(())
    }

    fn watched(&self) -> io::Result<&Readiness> {
        self.watched.as_ref().ok_or_else(|| io::Error::other("the socket is not watched"))
    }

    /// Reads once there is something. The function says, too, if it has left nothing: then there is no need to try again.
    pub fn poll_read<T>(
        &self,
        cx: &mut Context<'_>,
        mut read: impl FnMut(&TcpStream) -> io::Result<(T, bool)>,
    ) -> Poll<io::Result<T>> {
        self.watched()?.poll_read(cx, || read(&self.socket))
    }

    /// Waits until something lies in the socket.
    pub fn poll_input(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_read(cx, |socket| socket.peek(&mut [0]).map(|_| ((), false)))
    }

    /// Writes once there is room; the function fails with `WouldBlock` if there is none.
    pub fn poll_write(&self, cx: &mut Context<'_>, write: impl FnMut() -> io::Result<()>) -> Poll<io::Result<()>> {
        self.watched()?.poll_write(cx, write)
    }
}

/// Reads once, at most so much. Returns the number of bytes, and whether there are no more: a read that leaves room has emptied the
/// socket.
pub(super) fn read(socket: &TcpStream, buffer: &mut BytesMut, most: usize) -> io::Result<(usize, bool)> {
    let room = buffer.spare_capacity_mut();
    let most = most.min(room.len());
    loop {
        match SockRef::from(socket).recv(&mut room[..most]) {
            Ok(count) => {
                // SAFETY: so many bytes were read into this room.
                unsafe { buffer.advance_mut(count) };
                return Ok((count, 0 < count && count < most));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
