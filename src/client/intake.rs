//! What a link brings, read by its task without the core's lock.

use std::cell::Cell;
use std::io::{self, Read};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use socket2::SockRef;
use tokio::net::TcpStream;

use super::Core;
use super::tls::lost;
use super::transport::{Transport, poll_socket};
use crate::protocol::READ_BUFFER;

/// Room for one read, which is also the most that the session is given in one turn.
const READ: usize = READ_BUFFER;
/// Room for a read that the runtime knows nothing of.
const UNTOLD: usize = 16 * 1024;

/// A deadline that is found so late was not seen in time: the process was stopped, or something kept its thread.
const PAUSE: Duration = Duration::from_millis(20);
/// So much may lie in a socket at most, by the limits that systems have.
const SOCKET: usize = 8 << 20;

thread_local! {
    /// The read buffer that idle links lend each other: a link keeps one only while a message is incomplete.
    static SPARE: Cell<Option<BytesMut>> = const { Cell::new(None) };
}

/// The reading end of a link.
pub(super) struct Intake {
    socket: Arc<TcpStream>,
    /// The session's buffer, which has it only while it takes in what is there: an incomplete message, and what came behind it.
    plain: BytesMut,
    /// How much of it the session has seen.
    seen: usize,
    /// For a link through TLS: what was read.
    sealed: Option<BytesMut>,
    /// A deadline has passed; so much is to be read first, if it is there.
    unjudged: Option<usize>,
}

impl Intake {
    pub fn new(transport: &Transport) -> Intake {
        let sealed = transport.is_sealed().then(BytesMut::new);
        Intake { socket: Arc::clone(transport.socket()), plain: BytesMut::new(), seen: 0, sealed, unjudged: None }
    }

    /// Reads what has come, as much as there is room for.
    pub fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let buffer = self.sealed.as_mut().unwrap_or(&mut self.plain);
        if buffer.capacity() == 0
            && let Some(spare) = SPARE.take()
        {
            *buffer = spare;
        }
        if buffer.capacity() - buffer.len() < READ / 4 {
            buffer.reserve(READ);
        }
        let mut result = poll_socket(&self.socket, cx, |socket| socket.try_read_buf(buffer));
        if result.is_pending() && self.unjudged.is_some() {
            result = read_untold(&self.socket, buffer);
        }
        if result.is_pending() {
            self.rest();
        }
        result
    }

    /// Lets go of buffers with nothing in them.
    fn rest(&mut self) {
        for buffer in [Some(&mut self.plain), self.sealed.as_mut()].into_iter().flatten() {
            if buffer.is_empty() && buffer.capacity() > 0 {
                SPARE.set(Some(std::mem::take(buffer)));
            }
        }
    }

    /// Whether what lay in the socket when this deadline passed has been read, now that a read has brought so much. Until then
    /// reads are to go on. A process that was stopped finds the answers to its actions together with their deadlines.
    ///
    /// What comes without end does not keep a deadline from being judged.
    pub fn may_judge(&mut self, passed: Instant, now: Instant, count: usize) -> bool {
        let left = match self.unjudged {
            None if now.saturating_duration_since(passed) > PAUSE => SOCKET,
            None => 1,
            // It has no more.
            Some(_) if count == 0 => 0,
            Some(left) => left.saturating_sub(count),
        };
        self.unjudged = (left > 0).then_some(left);
        left == 0
    }
}

/// Reads what has come and the runtime does not know of: it looks at its sockets before it lets anything run, but a process
/// that was stopped may go on between the two.
fn read_untold(socket: &TcpStream, buffer: &mut BytesMut) -> Poll<io::Result<usize>> {
    let mut room = [0; UNTOLD];
    loop {
        match (&*SockRef::from(socket)).read(&mut room) {
            Ok(count) => {
                buffer.extend_from_slice(&room[..count]);
                return Poll::Ready(Ok(count));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

impl Core {
    /// Has the session take in what a read has brought.
    pub(super) fn take_in(&mut self, intake: &mut Intake, read: io::Result<usize>, now: Instant) {
        match read {
            Ok(0) => self.session.end_of_input(now),
            Ok(_) => self.take_in_what_is_there(intake, now),
            Err(error) => self.session.disconnected(lost(&error), now),
        }
    }

    /// Has the session take in what was read and what TLS has kept.
    pub(super) fn take_in_what_is_there(&mut self, intake: &mut Intake, now: Instant) {
        // Without a link there is no use for what came of it.
        let Some(transport) = &mut self.transport else { return };
        let mut goes_on = Ok(true);
        if let Some(sealed) = &mut intake.sealed {
            goes_on = transport.open(sealed, &mut intake.plain);
            sealed.clear();
        }
        let count = intake.plain.len() - intake.seen;
        if count > 0 {
            self.bytes_received += count as u64;
            std::mem::swap(self.session.buffer(), &mut intake.plain);
            self.session.received(now);
            std::mem::swap(self.session.buffer(), &mut intake.plain);
            intake.seen = intake.plain.len();
        }
        match goes_on {
            Ok(true) => {}
            Ok(false) => self.session.end_of_input(now),
            Err(error) => self.session.disconnected(lost(&error), now),
        }
    }
}
