//! The task that drives one link: it moves bytes and time between the socket and the session.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

use super::connect::connect;
use super::core::{Core, Done, Phase, Shared};
use super::intake::Intake;
use super::transport::Transport;
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{Output, READ_BUFFER, Session, later};

/// When nothing is due, the alarm is set so far away.
const FAR: Duration = Duration::from_secs(24 * 3600);

/// A read of so much is likely to be followed by another one; so many are taken together.
const READ_MUCH: usize = READ_BUFFER / 4 * 3;
const READS: usize = 4;
/// The bytes of a read that take as long as a caller's turn.
const SHORT: usize = 2048;
/// After so many of those in a row others of the thread get a turn, and timers and other sockets are looked at.
const TURN: usize = 2;

/// Connects, logs in and keeps the session going until it ends. The session ends with this future too, even if it is
/// dropped before it began, as when its runtime stops.
pub(super) fn drive(shared: Arc<Shared>) -> impl Future<Output = ()> + Send {
    let end = EndWithTask(Arc::clone(&shared));
    async move {
        let _end = end;
        run(&shared).await;
    }
}

/// The task's side of the connection.
enum Link {
    Down,
    Connecting(Pin<Box<dyn Future<Output = Result<Transport>> + Send>>, Instant),
    Up(Intake),
}

/// News of a connection for the session.
enum News {
    Connected(Result<Transport>),
    Read(io::Result<usize>),
}

impl Link {
    /// Waits for news. The core's lock is not needed for it.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<News> {
        match self {
            Link::Down => Poll::Pending,
            Link::Connecting(connecting, _) => connecting.as_mut().poll(cx).map(News::Connected),
            Link::Up(intake) => intake.poll_read(cx).map(News::Read),
        }
    }

    /// Has the session do something that it needs its buffer for.
    fn lend(&mut self, core: &mut Core, work: impl FnOnce(&mut Session<Done>)) {
        match self {
            Link::Up(intake) => intake.lend(core, work),
            Link::Down | Link::Connecting(..) => work(&mut core.session),
        }
    }

    /// Lets go of buffers with nothing in them.
    fn rest(&mut self) {
        if let Link::Up(intake) = self {
            intake.rest();
        }
    }

    /// Tells whether a deadline that has passed may be judged, now that a read has brought so much.
    fn may_judge(&mut self, passed: Instant, now: Instant, count: usize) -> bool {
        match self {
            Link::Up(intake) => intake.may_judge(passed, now, count),
            Link::Down | Link::Connecting(..) => true,
        }
    }
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
        let again = outputs.iter().any(|output| matches!(output, Output::Connect { .. }));
        let over = outputs.iter().any(|output| matches!(output, Output::Ended(_)));
        if ends_link(&outputs) {
            shared.core().hang_up();
            link = Link::Down;
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
            // Other links read meanwhile, and need no buffer of their own for it.
            link.rest();
            // A task that only wakes itself would keep timers and sockets waiting for dozens of its turns.
            tokio::task::yield_now().await;
        }
    }
}

fn ends_link(outputs: &[Output<Done>]) -> bool {
    outputs.iter().any(|output| matches!(output, Output::Lost { .. } | Output::Ended(_)))
}

fn attempt(shared: &Arc<Shared>) -> Link {
    tracing::debug!(target: "ami::client", "{}: connecting", shared.place());
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

    /// A step: what the socket, the time and the callers have for the session, and what came of it. The core is taken for
    /// one read's worth of work at a time.
    fn poll_step(&self, cx: &mut Context<'_>, link: &mut Link, mut alarm: Pin<&mut Sleep>) -> Poll<Vec<Output<Done>>> {
        let mut outputs = Vec::new();
        let mut reads = 0;
        loop {
            let news = link.poll(cx);
            let mut turn = self.core();
            let core = &mut *turn;
            if !core.task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
                core.task = Some(cx.waker().clone());
            }
            core.asked = false;
            // Not before the read: what it has brought came first.
            let now = Instant::now();
            let mut moved = news.is_ready();
            let count = match news {
                Poll::Ready(news) => self.take_in(core, link, news, now),
                Poll::Pending => 0,
            };
            turn.weigh(1 + (count / SHORT) as u32);
            let core = &mut *turn;
            if let Some(passed) = core.session.next_deadline().filter(|at| *at <= now) {
                if link.may_judge(passed, now, count) {
                    link.lend(core, |session| session.tick(now));
                } else {
                    moved = true;
                }
            }
            core.flush();
            outputs.extend(std::iter::from_fn(|| core.session.poll()));
            // Reads that bring much are followed by more, so that one wake-up of whoever waits for events does for them all.
            reads += 1;
            if count >= READ_MUCH && reads < READS && !ends_link(&outputs) {
                continue;
            }
            if moved || !outputs.is_empty() {
                return Poll::Ready(outputs);
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

    /// Has the session take in what came, and returns how many bytes a read has brought.
    fn take_in(&self, core: &mut Core, link: &mut Link, news: News, now: Instant) -> usize {
        match (news, &mut *link) {
            (News::Connected(Ok(transport)), Link::Connecting(_, deadline)) => {
                let allow_plain = transport.is_private() || self.config.allow_plain_login;
                let mut intake = Intake::new(&transport);
                core.link_up(transport);
                core.session.connected(allow_plain, *deadline);
                core.take_in_what_is_there(&mut intake, now);
                *link = Link::Up(intake);
            }
            (News::Connected(Err(error)), _) => {
                core.session.disconnected(error, now);
                *link = Link::Down;
            }
            (News::Read(read), Link::Up(intake)) => {
                let count = *read.as_ref().unwrap_or(&0);
                core.take_in(intake, read, now);
                return count;
            }
            // Each link has its own news.
            _ => {}
        }
        0
    }
}
