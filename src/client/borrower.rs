//! The event loop's part in reading a connection.

use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::sync::{Arc, TryLockError};
use std::task::Waker;
use std::time::Instant;

use super::core::Phase;
use super::link::{Line, State, is_flood, weight};
use crate::lock::lock;
use crate::protocol::Output;

/// The connection that an event loop is to watch.
pub(crate) enum Lent {
    /// This one. It is kept open until this is dropped.
    Socket(Arc<TcpStream>),
    /// None for now.
    Nothing,
    /// None ever again.
    Over,
}

/// A client's connections, lent to an event loop: it reads them, and hands out what came, on its own thread. As long as it does not come,
/// the connection's task reads in its place.
pub(crate) struct Borrower(Arc<Line>);

impl Borrower {
    /// Borrows the connections. The waker is called when there is another one, none any more, or when the loop has not come for too long.
    /// `None` if the client is over, or lent already.
    pub(super) fn new(line: &Arc<Line>, news: Waker) -> Option<Borrower> {
        let mut link = lock(&line.link);
        if link.borrower.is_some() || line.shared.core().phase == Phase::Over {
            return None;
        }
        link.borrower = Some(news);
        if line.shared.core().session.is_ready() {
            line.offer(&mut link);
        }
        drop(link);
        Some(Borrower(Arc::clone(line)))
    }

    /// The connection to watch for input from now on.
    pub fn lent(&self) -> Lent {
        let link = lock(&self.0.link);
        match &link.state {
            State::Up(intake)
                if link.left.is_empty() && link.loan.as_ref().is_some_and(|loan| loan.flooded_until().is_none()) =>
            {
                Lent::Socket(Arc::clone(intake.socket()))
            }
            _ if self.0.shared.core().phase == Phase::Over => Lent::Over,
            _ => Lent::Nothing,
        }
    }

    /// The loop is here, and watches what it was told to. If the task reads in its place, it lets go.
    pub fn visit(&self) {
        self.0.visits.fetch_add(1, Ordering::SeqCst);
        if self.0.is_kept.load(Ordering::SeqCst) {
            self.0.shared.core().ask();
        }
    }

    /// Reads what has come, no more than one turn takes, and hands it out. Returns whether this socket is to be watched any longer.
    pub fn read(&self, socket: &Arc<TcpStream>) -> bool {
        let line = &*self.0;
        self.visit();
        let mut link = match line.link.try_lock() {
            Ok(link) => link,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // The task is at it.
            Err(TryLockError::WouldBlock) => return true,
        };
        let link = &mut *link;
        let State::Up(intake) = &mut link.state else { return false };
        if !Arc::ptr_eq(intake.socket(), socket) || !link.left.is_empty() {
            return false;
        }
        let Some(loan) = &mut link.loan else { return false };
        if !loan.is_lent() {
            return loan.is_kept();
        }
        let Some(read) = intake.read_untold() else { return true };
        let (count, now) = (*read.as_ref().unwrap_or(&0), Instant::now());
        let is_flood = is_flood(count);
        if is_flood {
            loan.flood(now);
        }
        let mut outputs: Vec<_> = {
            let mut turn = line.shared.core();
            turn.weigh(weight(count));
            let core = &mut *turn;
            core.take_in(intake, read, now);
            core.flush();
            let due = core.session.next_deadline();
            if is_flood || due.is_some_and(|due| core.alarm.is_none_or(|alarm| due < alarm)) {
                core.ask();
            }
            std::iter::from_fn(|| core.session.poll()).collect()
        };
        intake.rest();
        let is_plain =
            |output: &Output<_>| matches!(output, Output::Events(_) | Output::Stray { .. } | Output::Done(..));
        if let Some(first) = outputs.iter().position(|output| !is_plain(output)) {
            link.left = outputs.split_off(first);
        }
        line.shared.dispatch(outputs);
        if !link.left.is_empty() {
            line.shared.core().ask();
        }
        link.left.is_empty() && !is_flood
    }
}

impl Drop for Borrower {
    fn drop(&mut self) {
        let mut link = lock(&self.0.link);
        (link.borrower, link.loan) = (None, None);
        drop(link);
        // From now on the task reads.
        self.0.shared.core().ask();
    }
}
