//! The reading end of a connection, which its task reads without the core's lock.

use std::cell::Cell;
use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::core::{Core, Done};
use super::tls::lost;
use super::watch::{Watch, read};
use crate::events::READ_BUFFER;
use crate::protocol::Session;

/// Room for one read, which is also the most that the session is given in one turn.
const READ: usize = READ_BUFFER;

/// A deadline that is found so late was not seen in time: the process was stopped, or something kept its thread.
const PAUSE: Duration = Duration::from_millis(20);
/// The most bytes that may lie in a socket, by the limits that systems have.
const SOCKET: usize = 8 << 20;

thread_local! {
    /// The read buffer that idle connections lend each other: a connection keeps one only while a message is incomplete.
    static SPARE: Cell<Option<BytesMut>> = const { Cell::new(None) };
}

/// The reading end of a connection.
pub(super) struct Intake {
    watch: Watch,
    /// The session's buffer, which has it only while it takes in what is there: an incomplete message, and what came behind it.
    plain: BytesMut,
    /// The number of its bytes that the session has seen.
    seen: usize,
    /// For a connection through TLS: what was read.
    sealed: Option<BytesMut>,
    /// A deadline has passed; so much is to be read first, if it is there, and until then at the latest.
    unjudged: Option<(usize, Instant)>,
}

impl Intake {
    pub fn new(watch: Watch, is_sealed: bool) -> Intake {
        let sealed = is_sealed.then(BytesMut::new);
        Intake { watch, plain: BytesMut::new(), seen: 0, sealed, unjudged: None }
    }

    pub fn watch(&mut self) -> &mut Watch {
        &mut self.watch
    }

    pub fn socket(&self) -> &Arc<TcpStream> {
        self.watch.socket()
    }

    /// The socket's watch, and the buffer to read into.
    fn prepare(&mut self) -> (&Watch, &mut BytesMut) {
        let buffer = self.sealed.as_mut().unwrap_or(&mut self.plain);
        if buffer.capacity() == 0
            && let Some(spare) = SPARE.take()
        {
            *buffer = spare;
        }
        if buffer.capacity() - buffer.len() < READ / 4 {
            buffer.reserve(READ);
        }
        (&self.watch, buffer)
    }

    /// Reads what has come, but no more than the session is to be given in one turn.
    pub fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let (watch, buffer) = self.prepare();
        let read = watch.poll_read(cx, |socket| read(socket, buffer, READ));
        if read.is_pending() { self.poll_unjudged() } else { read }
    }

    /// Reads what has come and the runtime does not know of, if a deadline is to be judged after it: the runtime looks at its sockets
    /// before it lets anything run, but a process that was stopped may go on between the two.
    pub fn poll_unjudged(&mut self) -> Poll<io::Result<usize>> {
        if self.unjudged.is_some()
            && let Some(result) = self.read_untold()
        {
            return Poll::Ready(result);
        }
        self.rest();
        Poll::Pending
    }

    /// Reads what has come, whatever the runtime knows of; None if there is nothing.
    pub fn read_untold(&mut self) -> Option<io::Result<usize>> {
        let (watch, buffer) = self.prepare();
        match read(watch.socket(), buffer, READ) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            other => Some(other.map(|(count, _)| count)),
        }
    }

    /// Lets go of buffers with nothing in them.
    pub fn rest(&mut self) {
        for buffer in [Some(&mut self.plain), self.sealed.as_mut()].into_iter().flatten() {
            if buffer.is_empty() && buffer.capacity() > 0 {
                SPARE.set(Some(std::mem::take(buffer)));
            }
        }
    }

    /// Has the session do something that it needs its buffer for.
    pub fn lend(&mut self, core: &mut Core, work: impl FnOnce(&mut Session<Done>)) {
        std::mem::swap(core.session.buffer(), &mut self.plain);
        work(&mut core.session);
        std::mem::swap(core.session.buffer(), &mut self.plain);
        self.seen = self.plain.len();
    }

    /// Tells whether what lay in the socket when this deadline passed has been read, now that a read has brought so much. Until then
    /// reads are to go on. A process that was stopped finds the answers to its actions together with their deadlines.
    ///
    /// What comes without end does not keep a deadline from being judged: one that is found late is at most twice as late.
    pub fn may_judge(&mut self, passed: Instant, now: Instant, count: usize) -> bool {
        let late = now.saturating_duration_since(passed);
        self.unjudged = match self.unjudged {
            None if late > PAUSE => Some((SOCKET, now + late)),
            None => Some((1, now)),
            Some((left, until)) if count > 0 && left > count && now < until => Some((left - count, until)),
            // It has no more, or that was enough.
            Some(_) => None,
        };
        self.unjudged.is_none()
    }
}

impl Core {
    /// Has the session take in what a read has brought.
    pub(super) fn take_in(&mut self, intake: &mut Intake, read: io::Result<usize>, now: Instant) {
        match read {
            Ok(0) => self.session.end_of_input(now),
            Ok(_) => self.take_in_what_is_there(intake, now),
            Err(error) => self.session.disconnected(lost(error), now),
        }
    }

    /// Has the session take in what was read and what TLS has kept.
    pub(super) fn take_in_what_is_there(&mut self, intake: &mut Intake, now: Instant) {
        // Without a connection there is no use for what came of it.
        let Some(transport) = &mut self.transport else { return };
        let mut goes_on = Ok(true);
        if let Some(sealed) = &mut intake.sealed {
            goes_on = transport.open(sealed, &mut intake.plain);
            sealed.clear();
        }
        let count = intake.plain.len() - intake.seen;
        if count > 0 {
            self.bytes_received += count as u64;
            intake.lend(self, |session| session.received(now));
        }
        match goes_on {
            Ok(true) => {}
            Ok(false) => self.session.end_of_input(now),
            Err(error) => self.session.disconnected(lost(error), now),
        }
    }
}

#[cfg(all(test, not(ami_loom)))]
mod tests {
    use std::future::poll_fn;
    use std::io::Write;

    use super::*;

    const LATE: Duration = Duration::from_millis(30);

    async fn intake() -> (Intake, TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let socket = tokio::net::TcpStream::connect(address).await.expect("connected");
        let (peer, _) = listener.accept().expect("a client");
        (Intake::new(Watch::new(socket).expect("watched"), false), peer)
    }

    #[tokio::test]
    async fn intake_reads_no_more_than_one_turn_takes() {
        let (mut intake, mut peer) = intake().await;
        let writer = std::thread::spawn(move || peer.write_all(&vec![b'x'; 64 * READ]));
        // As it is after a long message.
        intake.plain.reserve(16 * READ);
        let (mut total, mut most) = (0, 0);
        while total < 64 * READ {
            let count = poll_fn(|cx| intake.poll_read(cx)).await.expect("read");
            (total, most) = (total + count, most.max(count));
            assert!(count <= READ, "{count} bytes");
        }
        assert_eq!(most, READ, "there was more");
        writer.join().expect("no panic").expect("written");
    }

    #[tokio::test]
    async fn intake_reads_waiting_bytes_before_a_deadline_is_judged() {
        let (mut intake, mut peer) = intake().await;
        // Nothing there, so far as the runtime knows.
        assert!(poll_fn(|cx| Poll::Ready(intake.poll_read(cx))).await.is_pending());
        peer.write_all(b"late").expect("written");
        let now = Instant::now();
        assert!(poll_fn(|cx| Poll::Ready(intake.poll_read(cx))).await.is_pending(), "it has not looked again");
        assert!(!intake.may_judge(now, now, 0));
        let read = poll_fn(|cx| Poll::Ready(intake.poll_read(cx))).await;
        assert!(matches!(read, Poll::Ready(Ok(4))), "{read:?}");
        assert!(intake.may_judge(now, now, 4));
        assert_eq!(intake.plain, "late");
    }

    #[tokio::test]
    async fn intake_deadline_waits_for_one_read_and_after_a_pause_for_a_full_socket() {
        let (mut intake, _peer) = intake().await;
        let passed = Instant::now();
        for _ in 0..3 {
            assert!(!intake.may_judge(passed, passed, READ));
            assert!(intake.may_judge(passed, passed, READ));
        }
        for _ in 0..3 {
            let mut reads = 0;
            while !intake.may_judge(passed, passed + LATE, READ) {
                reads += 1;
            }
            assert_eq!(reads, SOCKET / READ);
        }
        // It takes no longer than the pause did.
        assert!(!intake.may_judge(passed, passed + LATE, READ));
        assert!(!intake.may_judge(passed, passed + 2 * LATE - Duration::from_millis(1), READ));
        assert!(intake.may_judge(passed, passed + 2 * LATE, READ));
        // A socket that has no more is all that there was.
        assert!(!intake.may_judge(passed, passed + LATE, READ));
        assert!(!intake.may_judge(passed, passed + LATE, READ));
        assert!(intake.may_judge(passed, passed + LATE, 0));
    }
}
