//! Outcomes of submitted actions, handed to programs' code on threads of the pool or of the program's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::drive::{STREAM, note_burst};
use super::outstanding::Outstanding;
use super::pool::{Job, as_callback, in_callback};
use super::runner::Runner;
use crate::client::{Gather, Gathered, Outcome};
use crate::error::Result;
use crate::lock::lock;
use crate::protocol::Response;

/// Outcomes that one turn on a thread hands over, so that others get theirs.
const TURN: usize = 1024;
/// So many outcomes at once are handed over by another thread than the one that reads.
const WINDOW: usize = 256;

/// Runs the turn of a thread that hands over outcomes, in whatever those who take them need around them. It may leave it out
/// where they are gone.
pub(crate) type Around = fn(&mut dyn FnMut());

enum Ready {
    Action(Outcome),
    Other(Box<dyn FnOnce() + Send>),
}

#[derive(Default)]
struct State {
    ready: VecDeque<Ready>,
    /// Tells whether a turn waits for a thread, and how many are running.
    waiting: bool,
    running: usize,
}

pub(super) struct Completions {
    state: Mutex<State>,
    /// Those that were submitted and whose completion has not returned.
    outstanding: Outstanding,
    around: Around,
    /// Runs these, and the callbacks of the same client.
    pub runner: Runner,
}

/// Counts as outstanding until it is dropped.
struct Expected(Arc<Completions>);

impl Drop for Expected {
    fn drop(&mut self) {
        self.0.outstanding.end();
    }
}

/// A completion of an action that is under way. Its fields are dropped in this order.
struct Waiting<F> {
    completion: F,
    expected: Expected,
}

impl<F: FnOnce(Result<Response>) + Send> Gathered for Waiting<F> {
    fn place(&self) -> Arc<dyn Gather> {
        Arc::clone(&self.expected.0) as Arc<dyn Gather>
    }

    fn take(self: Box<Self>, outcome: Result<Response>) {
        let Waiting { completion, expected: _expected } = *self;
        completion(outcome);
    }
}

impl Completions {
    pub fn new(runner: Runner, around: Around) -> Arc<Completions> {
        Arc::new(Completions { state: Mutex::default(), outstanding: Outstanding::default(), around, runner })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn expect(self: &Arc<Self>) -> Expected {
        self.outstanding.begin();
        Expected(Arc::clone(self))
    }

    /// Something that hands an action's outcome over to this completion; if it is dropped, the completion is too.
    pub fn of_action(
        self: &Arc<Self>,
        completion: impl FnOnce(Result<Response>) + Send + 'static,
    ) -> Box<dyn Gathered> {
        Box::new(Waiting { completion, expected: self.expect() })
    }

    /// The same for an outcome of any kind.
    pub fn of<T: Send + 'static>(
        self: &Arc<Self>,
        completion: impl FnOnce(T) + Send + 'static,
    ) -> Box<dyn FnOnce(T) + Send> {
        let expected = self.expect();
        Box::new(move |outcome| {
            let completions = Arc::clone(&expected.0);
            let ready = Box::new(move || {
                let _expected = expected;
                completion(outcome);
            });
            completions.push([Ready::Other(ready)]);
        })
    }

    fn push(self: &Arc<Self>, ready: impl IntoIterator<Item = Ready>) {
        let mut state = self.lock();
        state.ready.extend(ready);
        self.see_to(state);
        // The program's thread may wait for these in `drain`.
        if self.runner.has_executor() {
            self.outstanding.nudge();
        }
    }

    /// Has a turn wait for a thread if there is something to hand over. Should one that runs never return, the pool takes
    /// the waiting one after a while.
    fn see_to(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let running = state.running;
        // In the last turn of an executor, threads of the pool would take what is to run there. The end of that run looks again.
        let is_last = running > 0 && self.runner.is_in_last_turn();
        if state.ready.is_empty() || is_last || std::mem::replace(&mut state.waiting, true) {
            return;
        }
        drop(state);
        let job = Arc::clone(self) as Arc<dyn Job>;
        if running == 0 { self.runner.schedule(job) } else { self.runner.schedule_in_reserve(job) }
    }

    /// Waits until all have been handed over, at most until the deadline; whether they have. Never waits in a callback.
    pub fn drain(self: &Arc<Self>, deadline: Instant) -> bool {
        if in_callback() {
            return self.outstanding.is_none();
        }
        // The thread that they wait for hands them over itself.
        while self.runner.waits_for_this_thread() {
            self.hand_over(TURN);
            if !self.outstanding.wait_or(deadline, || !self.lock().ready.is_empty()) {
                return false;
            }
            if self.outstanding.is_none() {
                return true;
            }
        }
        self.outstanding.wait(deadline)
    }

    /// Hands over what is ready, one after the other, at most so many; returns how many.
    fn hand_over(self: &Arc<Self>, most: usize) -> usize {
        for count in 0..most {
            let mut state = self.lock();
            let Some(ready) = state.ready.pop_front() else { return count };
            self.see_to(state);
            as_callback(|| match ready {
                Ready::Action((done, outcome)) => done.take(outcome),
                Ready::Other(done) => done(),
            });
        }
        most
    }
}

impl Gather for Completions {
    fn gather(self: Arc<Self>, outcomes: Vec<Outcome>) {
        self.push(outcomes.into_iter().map(Ready::Action));
    }
}

impl Job for Completions {
    fn run(self: Arc<Self>, most: usize) -> usize {
        {
            let mut state = self.lock();
            state.waiting = false;
            state.running += 1;
        }
        let mut count = None;
        (self.around)(&mut || count = Some(self.hand_over(most.min(TURN))));
        if count.is_none() {
            // Those who would take them are gone.
            let gone = std::mem::take(&mut self.lock().ready);
            drop(gone);
        }
        let count = count.unwrap_or_default();
        // A window of actions is no stream: its next outcomes come when the program has sent again.
        note_burst(count / WINDOW * STREAM);
        let mut state = self.lock();
        state.running -= 1;
        self.see_to(state);
        count
    }
}
