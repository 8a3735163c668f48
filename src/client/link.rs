//! The task that drives a connection: it moves bytes and time between the socket and the session. Reading may be lent to an event
//! loop, see [`Loan`].

use std::future::Future;
use std::io;
use std::net::Shutdown;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

use super::connect::connect;
use super::core::{Core, Done, Phase, Shared};
use super::intake::Intake;
use super::loan::{Duty, Loan};
use super::transport::Transport;
use super::watch::Watch;
use crate::error::{Error, ErrorKind, Result};
use crate::events::READ_BUFFER;
use crate::lock::lock;
use crate::protocol::{Output, Session, later};

/// The time of the alarm when nothing is due.
const FAR: Duration = Duration::from_secs(24 * 3600);

/// A read of so much is likely to be followed by another one; so many are taken together.
const READ_MUCH: usize = READ_BUFFER / 4 * 3;
const READS: usize = 4;
/// The number of bytes of a read that take as long as a caller's turn.
const SHORT: usize = 2048;
/// After so many of those in a row others of the thread get a turn, and timers and other sockets are looked at.
const TURN: usize = 2;

/// A client's connections, one after the other.
pub(super) struct Line {
    pub shared: Arc<Shared>,
    /// Taken for a step until what has come of it is handed out: so its order is that of the wire, whoever takes the step.
    pub link: Mutex<Link>,
    /// The number of times that the event loop came that this is lent to.
    pub visits: AtomicU32,
    /// The task reads, though there is a loop that may.
    pub is_kept: AtomicBool,
}

/// The part of a connection that is held by whoever takes a step.
pub(super) struct Link {
    pub state: State,
    /// The event loop that the connection is lent to while the session is ready; it is told when it has to look.
    pub borrower: Option<Waker>,
    /// Few connections are lent, and all have room for this.
    pub loan: Option<Box<Loan>>,
    /// The time at which the task looks after the loop.
    look_at: Option<Instant>,
    /// Outputs of a step of the loop's that are the task's to hand out.
    pub left: Vec<Output<Done>>,
}

type Connecting = Pin<Box<dyn Future<Output = Result<(Transport, Watch)>> + Send>>;

pub(super) enum State {
    Down,
    Connecting(Connecting, Instant),
    Up(Intake),
}

/// Something that a connection has for the session.
enum News {
    Connected(Result<(Transport, Watch)>),
    Read(io::Result<usize>),
}

/// Connects, logs in and keeps the session going until it ends. The session ends with this future too, even if it is
/// dropped before it began, as when its runtime stops.
pub(super) fn drive(line: Arc<Line>) -> impl Future<Output = ()> + Send {
    let end = EndWithTask(Arc::clone(&line));
    async move {
        let _end = end;
        run(&line).await;
    }
}

impl Link {
    /// Has the session do something that it needs its buffer for.
    fn lend(&mut self, core: &mut Core, work: impl FnOnce(&mut Session<Done>)) {
        match &mut self.state {
            State::Up(intake) => intake.lend(core, work),
            State::Down | State::Connecting(..) => work(&mut core.session),
        }
    }

    /// Lets go of buffers with nothing in them.
    fn rest(&mut self) {
        if let State::Up(intake) = &mut self.state {
            intake.rest();
        }
    }

    /// Tells whether a deadline that has passed may be judged, now that a read has brought so much.
    fn may_judge(&mut self, passed: Instant, now: Instant, count: usize) -> bool {
        match &mut self.state {
            State::Up(intake) => intake.may_judge(passed, now, count),
            State::Down | State::Connecting(..) => true,
        }
    }

    /// Lets go of the connection. Its loop may keep the descriptor a while, as it has to stop watching it before the number can be
    /// another file's; the server is told now.
    fn close(&mut self) {
        if let State::Up(intake) = &self.state
            && self.borrower.is_some()
        {
            let _ = intake.socket().shutdown(Shutdown::Both);
        }
        (self.state, self.loan) = (State::Down, None);
        self.tell_borrower();
    }

    pub fn tell_borrower(&self) {
        if let Some(borrower) = &self.borrower {
            borrower.wake_by_ref();
        }
    }
}

async fn run(line: &Arc<Line>) {
    let mut alarm = pin!(sleep_until((Instant::now() + FAR).into()));
    lock(&line.link).state = attempt(&line.shared);
    let mut steps = 0;
    let mut over = false;
    while !over {
        over = std::future::poll_fn(|cx| {
            let mut link = lock(&line.link);
            let step = line.poll_step(cx, &mut link, alarm.as_mut());
            if step.is_pending() {
                steps = 0;
            }
            step.map(|outputs| line.conclude(&mut link, outputs))
        })
        .await;
        steps += 1;
        if steps == TURN {
            steps = 0;
            // Other connections read meanwhile, and need no buffer of their own for it.
            lock(&line.link).rest();
            // A task that only wakes itself would keep timers and sockets waiting for dozens of its turns.
            tokio::task::yield_now().await;
        }
    }
}

/// The length of a turn in which so much was read.
pub(super) fn weight(count: usize) -> u32 {
    1 + (count / SHORT) as u32
}

/// Tells whether a read of so much is likely to be followed by another one.
pub(super) fn is_flood(count: usize) -> bool {
    count >= READ_MUCH
}

fn ends_link(outputs: &[Output<Done>]) -> bool {
    outputs.iter().any(|output| matches!(output, Output::Lost { .. } | Output::Ended(_)))
}

fn attempt(shared: &Arc<Shared>) -> State {
    tracing::debug!(target: "ami::client", "{}: connecting", shared.place());
    let deadline = later(Instant::now(), shared.config.connect_timeout);
    let config = shared.config.clone();
    State::Connecting(Box::pin(async move { connect(&config, deadline).await }), deadline)
}

struct EndWithTask(Arc<Line>);

impl Drop for EndWithTask {
    fn drop(&mut self) {
        let shared = &self.0.shared;
        let mut link = lock(&self.0.link);
        link.close();
        shared.dispatch(std::mem::take(&mut link.left));
        shared.give_up(Error::new(ErrorKind::Disconnected, "the runtime that drove the connection has stopped"));
        link.tell_borrower();
    }
}

impl Line {
    pub fn new(shared: Arc<Shared>) -> Line {
        let link = Link { state: State::Down, borrower: None, loan: None, look_at: None, left: Vec::new() };
        Line { shared, link: Mutex::new(link), visits: AtomicU32::new(0), is_kept: AtomicBool::new(false) }
    }

    /// Lends the connection to the event loop, if there is one, and the session is ready. It begins when the loop comes.
    pub fn offer(&self, link: &mut Link) {
        if link.borrower.is_some() {
            link.loan = Some(Box::new(Loan::new(self.visits.load(Ordering::SeqCst), Instant::now())));
            self.is_kept.store(true, Ordering::SeqCst);
            link.tell_borrower();
        }
    }

    /// Waits for news. The core's lock is not needed for it.
    fn poll_news(&self, cx: &mut Context<'_>, link: &mut Link) -> Poll<News> {
        link.look_at = None;
        match &mut link.state {
            State::Down => Poll::Pending,
            State::Connecting(connecting, _) => connecting.as_mut().poll(cx).map(News::Connected),
            State::Up(_) if link.loan.is_some() => self.poll_lent(cx, link).map(News::Read),
            State::Up(intake) => {
                // The loop may have gone that it was lent to.
                if let Err(error) = intake.watch().tell_of_input(true) {
                    return Poll::Ready(News::Read(Err(error)));
                }
                intake.poll_read(cx).map(News::Read)
            }
        }
    }

    /// Looks after the loop that the connection is lent to, and reads in its place if it does not come.
    fn poll_lent(&self, cx: &mut Context<'_>, link: &mut Link) -> Poll<io::Result<usize>> {
        let (State::Up(intake), Some(loan)) = (&mut link.state, &mut link.loan) else { return Poll::Pending };
        let now = Instant::now();
        let was_kept = loan.is_kept();
        let mut duty = loan.look(self.visits.load(Ordering::SeqCst), now);
        intake.watch().tell_of_input(!matches!(duty, Duty::Rest(_)))?;
        if duty == Duty::Watch && intake.watch().poll_input(cx)?.is_ready() {
            // More of it would wake the thread each time.
            duty = loan.notice(now);
            intake.watch().tell_of_input(false)?;
        }
        self.is_kept.store(loan.is_kept(), Ordering::SeqCst);
        link.look_at = loan.flooded_until();
        match duty {
            Duty::Read => {
                if !was_kept && loan.is_kept() {
                    // Its next visit gives it back.
                    link.tell_borrower();
                }
                let State::Up(intake) = &mut link.state else { return Poll::Pending };
                return intake.poll_read(cx);
            }
            Duty::Watch => {}
            Duty::Rest(until) => link.look_at = Some(until),
        }
        intake.poll_unjudged()
    }

    /// Takes a step: gives the session what the socket, the time and the callers have for it, and collects its outputs. The core is taken for
    /// one read's worth of work at a time.
    fn poll_step(&self, cx: &mut Context<'_>, link: &mut Link, mut alarm: Pin<&mut Sleep>) -> Poll<Vec<Output<Done>>> {
        let mut outputs = std::mem::take(&mut link.left);
        if !outputs.is_empty() {
            return Poll::Ready(outputs);
        }
        let mut reads = 0;
        loop {
            let news = self.poll_news(cx, link);
            let mut turn = self.shared.core();
            let core = &mut *turn;
            if !core.task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
                core.task = Some(cx.waker().clone());
            }
            core.asked = false;
            // Not before the read: what it has brought came first.
            let now = Instant::now();
            let mut moved = news.is_ready();
            let count = match news {
                Poll::Ready(news) => self.shared.take_in(core, link, news, now),
                Poll::Pending => 0,
            };
            turn.weigh(weight(count));
            if is_flood(count)
                && let Some(loan) = &mut link.loan
            {
                loan.flood(now);
            }
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
            if is_flood(count) && reads < READS && !ends_link(&outputs) {
                continue;
            }
            if moved || !outputs.is_empty() {
                return Poll::Ready(outputs);
            }
            if core.blocked
                && let State::Up(intake) = &mut link.state
                && intake.watch().poll_write(cx, || core.flush_blocked()).is_ready()
            {
                continue;
            }
            // An alarm that is set for earlier may as well stay.
            let due = core.session.next_deadline().unwrap_or(now + FAR);
            let due = link.look_at.map_or(due, |at| due.min(at));
            if core.alarm.is_none_or(|at| due < at) {
                alarm.as_mut().reset(due.into());
                core.alarm = Some(due);
            }
            ready!(alarm.as_mut().poll(cx));
            core.alarm = None;
        }
    }

    /// Does what has come of a step; returns whether it was the last.
    fn conclude(&self, link: &mut Link, outputs: Vec<Output<Done>>) -> bool {
        let is_ready = outputs.iter().any(|output| matches!(output, Output::Ready));
        let again = outputs.iter().any(|output| matches!(output, Output::Connect { .. }));
        let over = outputs.iter().any(|output| matches!(output, Output::Ended(_)));
        if ends_link(&outputs) {
            self.shared.core().hang_up();
            link.close();
        } else if is_ready {
            // Before the news that it is: then the loop reads the first answer.
            self.offer(link);
        }
        self.shared.dispatch(outputs);
        if again {
            link.state = attempt(&self.shared);
        }
        over
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

    /// Has the session take in what came, and returns how many bytes a read has brought.
    fn take_in(&self, core: &mut Core, link: &mut Link, news: News, now: Instant) -> usize {
        match (news, &mut link.state) {
            (News::Connected(Ok((transport, watch))), State::Connecting(_, deadline)) => {
                let allow_plain = transport.is_private() || self.config.allow_plain_login;
                let mut intake = Intake::new(watch, transport.is_sealed());
                core.link_up(transport);
                core.session.connected(allow_plain, *deadline);
                core.take_in_what_is_there(&mut intake, now);
                link.state = State::Up(intake);
            }
            (News::Connected(Err(error)), _) => {
                core.session.disconnected(error, now);
                link.state = State::Down;
            }
            (News::Read(read), State::Up(intake)) => {
                let count = *read.as_ref().unwrap_or(&0);
                core.take_in(intake, read, now);
                return count;
            }
            // Each connection has its own news.
            _ => {}
        }
        0
    }
}
