//! The bytes of one connection, as they are or through TLS.

use std::io::{self, BufRead, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use rustls::{ClientConnection, IoState};

use super::config::Config;
use super::tls;
use super::watch::Watch;
use crate::error::{Error, ErrorKind, Result};

/// The most bytes of a TLS record. It counts as written once TLS has taken it in, so it must not be much. Asterisk reads no more into its buffer
/// at a time, and what it leaves of a record lies in its TLS library, unanswered until other bytes come.
const RECORD: usize = 1024;

/// A connection that is ready for AMI. What comes in is read elsewhere, see [`Intake`](super::intake::Intake).
pub(super) struct Transport {
    socket: Arc<TcpStream>,
    tls: Option<Box<ClientConnection>>,
    is_private: bool,
}

/// Makes of a socket what its configuration asks for.
pub(super) async fn handshake(watch: &Watch, config: &Config) -> Result<Transport> {
    let socket = Arc::clone(watch.socket());
    let is_loopback = socket.peer_addr().is_ok_and(|peer| peer.ip().is_loopback());
    let Some(tls) = &config.tls else { return Ok(Transport { socket, tls: None, is_private: is_loopback }) };
    // It was good when the client was made: a file has changed since.
    let connection = tls
        .connection(&config.host)
        .map_err(|error| Error::new(ErrorKind::Tls, error.message().to_owned()).with_source_of(&error))?;
    let is_private = is_loopback || tls.is_verified();
    let mut transport = Transport { socket, tls: Some(Box::new(connection)), is_private };
    match std::future::poll_fn(|cx| transport.poll_handshake(watch, cx)).await {
        Ok(()) => Ok(transport),
        Err(error) => Err(tls::failed(error)),
    }
}

impl Transport {
    /// Tells whether a secret may go through as it is: the connection does not leave the machine, or goes through TLS to a server
    /// that has proved who it is.
    pub fn is_private(&self) -> bool {
        self.is_private
    }

    /// The descriptor's number.
    #[cfg(feature = "blocking")]
    pub fn number(&self) -> std::os::fd::RawFd {
        std::os::fd::AsRawFd::as_raw_fd(&self.socket)
    }

    fn poll_handshake(&mut self, watch: &Watch, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(tls) = &mut self.tls else { return Poll::Ready(Ok(())) };
        loop {
            let mut sent = send(tls, &self.socket);
            if sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
                sent = ready!(watch.poll_write(cx, || send(tls, &self.socket)));
            }
            if sent.is_ok() && !tls.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            // A server that takes no more may have said why.
            if ready!(watch.poll_read(cx, |socket| Ok((receive(tls, socket)?, false))))? == 0 {
                return Poll::Ready(Err(sent.err().unwrap_or(io::ErrorKind::UnexpectedEof.into())));
            }
        }
    }

    /// Tells whether what is read comes through TLS, for [`Transport::open`].
    pub fn is_sealed(&self) -> bool {
        self.tls.is_some()
    }

    /// Opens what was read and appends it to the buffer; whether there may be more. That the end was announced is not asked
    /// for, as servers of this protocol just hang up.
    pub fn open(&mut self, mut sealed: &[u8], buffer: &mut BytesMut) -> io::Result<bool> {
        let Some(tls) = &mut self.tls else { return Ok(true) };
        loop {
            // Bytes that were good before a fault come first.
            let state = decrypt(tls);
            take(tls, buffer)?;
            if state?.peer_has_closed() {
                return Ok(false);
            }
            if sealed.is_empty() {
                return Ok(true);
            }
            let count = tls.read_tls(&mut sealed)?;
            if count == 0 {
                return Ok(false);
            }
        }
    }

    /// Tells whether bytes that were accepted still wait to be sent, by another [`Transport::try_write`].
    pub fn wants_write(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Accepts some of the bytes, possibly none as long as earlier ones wait.
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return (&*self.socket).write(bytes) };
        send(tls, &self.socket)?;
        tls.writer().write(&bytes[..record(bytes)])
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Some(tls) = &mut self.tls {
            // Says goodbye, and in the case of a failure what it was, if the socket takes it.
            tls.send_close_notify();
            let _ = send(tls, &self.socket);
        }
    }
}

/// The number of bytes for the next record: whole lines, so that nothing of the one before is left in the server's buffer.
fn record(bytes: &[u8]) -> usize {
    let most = bytes.len().min(RECORD);
    memchr::memrchr(b'\n', &bytes[..most]).map_or(most, |end| end + 1)
}

/// Writes what is encrypted.
fn send(tls: &mut ClientConnection, socket: &TcpStream) -> io::Result<()> {
    while tls.wants_write() {
        match tls.write_tls(&mut Outlet(socket)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => other.map(drop)?,
        }
    }
    Ok(())
}

/// Reads and decrypts something, or finds the end.
fn receive(tls: &mut ClientConnection, mut socket: &TcpStream) -> io::Result<usize> {
    decrypt(tls)?;
    loop {
        match tls.read_tls(&mut socket) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(count) => {
                // Bytes that were good before a fault come first: the fault is told again next time.
                let _ = decrypt(tls);
                return Ok(count);
            }
        }
    }
}

fn decrypt(tls: &mut ClientConnection) -> io::Result<IoState> {
    tls.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Moves what is decrypted to the buffer.
fn take(tls: &mut ClientConnection, buffer: &mut BytesMut) -> io::Result<()> {
    let mut reader = tls.reader();
    loop {
        let count = match reader.fill_buf() {
            Ok(chunk) => {
                buffer.extend_from_slice(chunk);
                chunk.len()
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::UnexpectedEof) => 0,
            Err(error) => return Err(error),
        };
        if count == 0 {
            return Ok(());
        }
        reader.consume(count);
    }
}

/// The socket as rustls writes it. It asks for vectored writes, and those of the standard library may raise SIGPIPE; the
/// default one writes the first slice.
struct Outlet<'a>(&'a TcpStream);

impl Write for Outlet<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, not(ami_loom)))]
mod tests {
    use super::*;

    #[test]
    fn tls_record_holds_whole_lines_that_fit_into_the_buffer_of_the_server() {
        assert_eq!(record(b""), 0);
        assert_eq!(record(b"Action: Ping\r\n\r\n"), 16);
        assert_eq!(record(b"Action: Ping\r\nAct"), 14);
        let ping = "Action: Ping\r\nActionID: 1\r\n\r\n";
        assert_eq!(record(ping.repeat(100).as_bytes()), RECORD / ping.len() * ping.len());
        assert_eq!(record(&[b'x'; 5000]), RECORD);
    }
}
