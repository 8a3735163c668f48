//! The task that drives one link: it moves bytes and time between the socket and the session.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Sleep, sleep_until, timeout_at};

use super::tls::lost;
use super::transport::{Transport, handshake};
use super::{Config, Core, Done, Phase, Shared};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{Output, READ_BUFFER, later};

/// Room for one read.
const READ: usize = READ_BUFFER;
/// When nothing is due, the alarm is set so far away.
const FAR: Duration = Duration::from_secs(24 * 3600);

/// A read of so much is likely to be followed by another one; so many are taken together.
const READ_MUCH: usize = READ / 4 * 3;
const READS: usize = 4;
/// After so many of those in a row others of the thread get a turn, and timers and other sockets are looked at.
const TURN: usize = 2;

thread_local! {
    /// The read buffer that idle links lend each other: a link keeps one only while a message is incomplete.
    static SPARE: Cell<Option<BytesMut>> = const { Cell::new(None) };
}

/// Connects, logs in and keeps the session going until it ends. The session ends with this future too, even if it is
/// dropped before it began, as when its runtime stops.
pub(super) fn drive(shared: Arc<Shared>) -> impl Future<Output = ()> + Send {
    let end = EndWithTask(Arc::clone(&shared));
    async move {
        let _end = end;
        run(&shared).await;
    }
}

/// What the task holds of the link.
enum Link {
    Down,
    Connecting(Pin<Box<dyn Future<Output = Result<Transport>> + Send>>, Instant),
    Up,
}

async fn run(shared: &Arc<Shared>) {
    let mut alarm = pin!(sleep_until((Instant::now() + FAR).into()));
    let mut link = attempt(shared);
    let mut steps = 0;
    loop {
        let outputs = std::future::poll_fn(|cx| {
            let step = shared.poll_step(cx, &mut link, alarm.as_mut());
            if step.is_pending() {
                steps = 0;
            }
            step
        })
        .await;
        let (mut over, mut again) = (false, false);
        for output in &outputs {
            match output {
                Output::Lost { .. } => link = Link::Down,
                Output::Connect { .. } => again = true,
                Output::Ended(_) => over = true,
                _ => {}
            }
        }
        if !matches!(link, Link::Up) {
            shared.core().hang_up();
        }
        shared.dispatch(outputs);
        if over {
            return;
        }
        if again {
            link = attempt(shared);
        }
        steps += 1;
        if steps == TURN {
            steps = 0;
            // A task that only wakes itself would keep timers and sockets waiting for dozens of its turns.
            tokio::task::yield_now().await;
        }
    }
}

fn attempt(shared: &Arc<Shared>) -> Link {
    tracing::debug!("{}: connecting", shared.place());
    let deadline = later(Instant::now(), shared.config.connect_timeout);
    let config = shared.config.clone();
    Link::Connecting(Box::pin(async move { connect(&config, deadline).await }), deadline)
}

struct EndWithTask(Arc<Shared>);

impl Drop for EndWithTask {
    fn drop(&mut self) {
        self.0.give_up(Error::new(ErrorKind::Disconnected, "the runtime that drove the connection has stopped"));
    }
}

impl Shared {
    /// Ends the session for a reason of ours, unless it has ended.
    fn give_up(&self, error: Error) {
        let outputs = {
            let mut core = self.core();
            let error = if core.phase == Phase::Closing { Error::closed() } else { error };
            core.session.abort(error);
            std::iter::from_fn(|| core.session.poll()).collect()
        };
        self.dispatch(outputs);
    }

    /// One step: what the time, the socket and the callers have for the session, and what came of it.
    fn poll_step(&self, cx: &mut Context<'_>, link: &mut Link, mut alarm: Pin<&mut Sleep>) -> Poll<Vec<Output<Done>>> {
        let mut core = self.core();
        let core = &mut *core;
        if !core.task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
            core.task = Some(cx.waker().clone());
        }
        core.asked = false;
        loop {
            let now = Instant::now();
            if core.session.next_deadline().is_some_and(|at| at <= now) {
                core.session.tick(now);
            }
            let moved = match link {
                Link::Down => false,
                Link::Connecting(connecting, deadline) => match connecting.as_mut().poll(cx) {
                    Poll::Ready(Ok(transport)) => {
                        let allow_plain = transport.is_private() || self.config.allow_plain_login;
                        core.link_up(transport);
                        core.session.connected(allow_plain, *deadline);
                        *link = Link::Up;
                        true
                    }
                    Poll::Ready(Err(error)) => {
                        core.session.disconnected(error, now);
                        *link = Link::Down;
                        true
                    }
                    Poll::Pending => false,
                },
                Link::Up => core.poll_reads(cx, now),
            };
            core.flush();
            let outputs: Vec<_> = std::iter::from_fn(|| core.session.poll()).collect();
            if !outputs.is_empty() {
                return Poll::Ready(outputs);
            }
            if moved {
                continue;
            }
            if core.blocked
                && let Some(transport) = &core.transport
                && transport.poll_write_ready(cx).is_ready()
            {
                core.blocked = false;
                continue;
            }
            // An alarm that is set for earlier may as well stay.
            let due = core.session.next_deadline().unwrap_or(now + FAR);
            if core.alarm.is_none_or(|at| due < at) {
                alarm.as_mut().reset(due.into());
                core.alarm = Some(due);
            }
            ready!(alarm.as_mut().poll(cx));
            core.alarm = None;
        }
    }
}

impl Core {
    /// Reads what has come; whether anything has. Reads that bring much are followed by more, so that one wake-up of whoever
    /// waits for events does for them all.
    fn poll_reads(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut moved = false;
        for _ in 0..READS {
            let transport = self.transport.as_mut();
            let read = transport.map_or(Poll::Pending, |transport| poll_read(cx, transport, self.session.buffer()));
            match &read {
                Poll::Ready(Ok(0)) => self.session.end_of_input(now),
                Poll::Ready(Ok(count)) => {
                    self.bytes_received += *count as u64;
                    self.session.received(now);
                }
                Poll::Ready(Err(error)) => self.session.disconnected(lost(error), now),
                Poll::Pending => {}
            }
            moved |= read.is_ready();
            if !matches!(read, Poll::Ready(Ok(READ_MUCH..))) {
                break;
            }
        }
        moved
    }
}

fn poll_read(cx: &mut Context<'_>, transport: &mut Transport, buffer: &mut BytesMut) -> Poll<io::Result<usize>> {
    if buffer.capacity() == 0
        && let Some(spare) = SPARE.take()
    {
        *buffer = spare;
    }
    if buffer.capacity() - buffer.len() < READ / 4 {
        buffer.reserve(READ);
    }
    let result = transport.poll_read(cx, buffer);
    if result.is_pending() && buffer.is_empty() {
        SPARE.set(Some(std::mem::take(buffer)));
    }
    result
}

async fn connect(config: &Config, deadline: Instant) -> Result<Transport> {
    let (host, port) = config.place();
    let place = format!("{host}:{port}");
    let late = |what: &str| Error::new(ErrorKind::Timeout, format!("{place} did not {what}"));
    let stream = timeout_at(deadline.into(), connect_any(config, &place))
        .await
        .unwrap_or_else(|_| Err(late("accept the connection in time; check the address and any firewall between")))?;
    timeout_at(deadline.into(), handshake(stream, config)).await.unwrap_or_else(|_| {
        Err(late("answer the TLS handshake in time; is this a manager port with TLS (5039 as a rule)?"))
    })
}

async fn connect_any(config: &Config, place: &str) -> Result<TcpStream> {
    let unresolved = |why: String| {
        let host = &config.host;
        Error::new(
            ErrorKind::Resolve,
            format!("the host name {host:?} could not be resolved{why}; check how it is spelt"),
        )
    };
    let addresses: Vec<SocketAddr> =
        lookup_host(config.place()).await.map_err(|error| unresolved(format!(": {error}")))?.collect();
    let mut failure = unresolved(String::new());
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Actions are small and somebody waits for each.
                stream.set_nodelay(true).map_err(|error| lost(&error))?;
                return Ok(stream);
            }
            Err(error) => failure = refused(place, &error),
        }
    }
    Err(failure)
}

fn refused(place: &str, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::new(
            ErrorKind::Refused,
            format!(
                "nothing listens on {place}; is the manager enabled and bound there (manager.conf), and the port right?"
            ),
        ),
        io::ErrorKind::TimedOut => Error::new(
            ErrorKind::Timeout,
            format!("{place} did not accept the connection in time; check the address and any firewall between"),
        ),
        // It was accepted, and gone before it could be used.
        io::ErrorKind::ConnectionReset => lost(error),
        _ => Error::new(ErrorKind::Io, format!("the connection to {place} failed: {error}")),
    }
}
