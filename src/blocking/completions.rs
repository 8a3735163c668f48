//! Outcomes of submitted actions, handed to programs' code on threads of the pool.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

use super::drive::got;
use super::pool::{Job, Pool, as_callback, in_callback};
use crate::lock::{lock, unpoisoned};

/// Outcomes that one turn on a thread hands over, so that others get theirs.
const TURN: usize = 1024;

type Completion = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    ready: VecDeque<Completion>,
    /// Actions that were submitted and whose completion has not returned.
    outstanding: usize,
    /// Tells whether a turn waits for a thread, and how many are running.
    waiting: bool,
    running: usize,
    /// The number of those that wait for the last one.
    draining: usize,
}

impl State {
    /// One has returned, or never came.
    fn settle(&mut self, done: &Condvar) {
        self.outstanding -= 1;
        // To tell nobody would be a call of the system all the same.
        if self.outstanding == 0 && self.draining > 0 {
            done.notify_all();
        }
    }
}

pub(super) struct Completions {
    state: Mutex<State>,
    done: Condvar,
    pool: Arc<Pool>,
}

impl Completions {
    pub fn new(pool: Arc<Pool>) -> Arc<Completions> {
        Arc::new(Completions { state: Mutex::default(), done: Condvar::new(), pool })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// One more action is under way.
    pub fn expect(&self) {
        self.lock().outstanding += 1;
    }

    /// It was not submitted after all.
    pub fn forget(&self) {
        self.lock().settle(&self.done);
    }

    /// It has ended.
    pub fn push(self: &Arc<Self>, completion: Completion) {
        let mut state = self.lock();
        state.ready.push_back(completion);
        self.see_to(state);
    }

    /// Has a turn wait for a thread if there is something to hand over. Should one that runs never return, the pool takes
    /// the waiting one after a while.
    fn see_to(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        if state.ready.is_empty() || std::mem::replace(&mut state.waiting, true) {
            return;
        }
        let running = state.running;
        drop(state);
        let job = Arc::clone(self) as Arc<dyn Job>;
        if running == 0 { self.pool.schedule(job) } else { self.pool.schedule_in_reserve(job) }
    }

    /// Waits until all have been handed over, at most until the deadline; whether they have. Never waits in a callback.
    pub fn drain(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while state.outstanding > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if in_callback() || left.is_zero() {
                return false;
            }
            state.draining += 1;
            state = unpoisoned(self.done.wait_timeout(state, left)).0;
            state.draining -= 1;
        }
        true
    }
}

impl Job for Completions {
    fn run(self: Arc<Self>) {
        let mut state = self.lock();
        state.waiting = false;
        state.running += 1;
        let mut count = 0;
        while count < TURN {
            let Some(completion) = state.ready.pop_front() else { break };
            self.see_to(state);
            as_callback(completion);
            count += 1;
            state = self.lock();
            state.settle(&self.done);
        }
        got(count);
        state.running -= 1;
        self.see_to(state);
    }
}
