//! Events by callback: one call at a time for a subscription, on threads of the pool or of the program's.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use super::drive::note_burst;
use super::pool::{Job, as_callback, in_callback};
use super::runner::Runner;
use crate::events::{Queue, QueueCounters, Subscription};
use crate::gsm::Sms;
use crate::lock::{lock, unpoisoned};
use crate::protocol::Batch;

/// Batches that one turn on a thread takes, so that others get theirs.
const TURN: usize = 16;

/// Tells a callback that works through a batch to leave the rest.
#[derive(Clone, Copy)]
pub struct Stop<'a>(&'a AtomicBool);

impl Stop<'_> {
    /// Tells whether no more calls may be made.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Takes the events of a subscription, batch by batch.
pub(crate) type Sink = Box<dyn FnMut(Batch, Stop<'_>) + Send>;

/// Hands each SMS of an inbox to a function.
pub(super) fn sms_sink(mut call: impl FnMut(&Sms) + Send + 'static) -> Sink {
    Box::new(move |batch: Batch, stop: Stop<'_>| {
        for sms in batch.iter().filter_map(|event| Sms::from_event(&event)) {
            if stop.is_set() {
                return;
            }
            call(&sms);
        }
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Idle,
    Scheduled,
    Running,
    /// Running, and there is more to do afterwards.
    Again,
    /// The sink is being dropped.
    Ending,
    Ended,
}

struct State {
    stage: Stage,
    sink: Option<Sink>,
    /// The events that the last turn had no calls left for.
    rest: Option<Batch>,
    /// Let go of at the end, so that nobody asks any more whether an event is wanted here.
    subscription: Option<Subscription>,
}

pub(super) struct Callback {
    queue: Arc<Queue>,
    runner: Runner,
    state: Mutex<State>,
    ended: Condvar,
    stop: AtomicBool,
}

impl Callback {
    pub fn start(subscription: Subscription, runner: Runner, sink: Sink) -> Arc<Callback> {
        let queue = Arc::clone(subscription.queue());
        let state = State { stage: Stage::Idle, sink: Some(sink), rest: None, subscription: Some(subscription) };
        let (state, ended, stop) = (Mutex::new(state), Condvar::new(), AtomicBool::new(false));
        let callback = Arc::new(Callback { queue, runner, state, ended, stop });
        // The first turn finds nothing, and leaves the waker with the queue.
        callback.wake_by_ref();
        callback
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub fn counters(&self) -> QueueCounters {
        // First: what is in there has left the queue.
        let state = self.lock();
        self.queue.counters().untaken(&state.rest)
    }

    /// The reason why it has not ended in time.
    pub fn reason(&self) -> &'static str {
        self.runner.reason()
    }

    pub fn has_ended(&self) -> bool {
        self.lock().stage == Stage::Ended
    }

    fn end(&self, sink: Option<Sink>) {
        let (subscription, rest) = {
            let mut state = self.lock();
            (state.subscription.take(), state.rest.take())
        };
        drop((subscription, rest));
        as_callback(|| drop(sink));
        self.lock().stage = Stage::Ended;
        self.ended.notify_all();
    }

    /// Ends it: no call begins after this. Outside callbacks it waits until a running one and the drop are done, at most
    /// until the deadline; returns whether they are.
    pub fn close(self: &Arc<Self>, deadline: Instant) -> bool {
        self.stop.store(true, Ordering::Release);
        self.queue.discard();
        let mut state = self.lock();
        match state.stage {
            // Only the program's thread may let go of what is the program's.
            Stage::Idle if self.runner.waits_for_another_thread() => {
                state.stage = Stage::Scheduled;
                self.runner.schedule(Arc::clone(self) as Arc<dyn Job>);
            }
            Stage::Scheduled if self.runner.waits_for_another_thread() => {}
            Stage::Idle | Stage::Scheduled => {
                state.stage = Stage::Ending;
                let sink = state.sink.take();
                drop(state);
                self.end(sink);
                return true;
            }
            Stage::Running | Stage::Again | Stage::Ending | Stage::Ended => {}
        }
        while state.stage != Stage::Ended {
            if in_callback() {
                return false;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = unpoisoned(self.ended.wait_timeout(state, left)).0;
        }
        true
    }
}

impl Wake for Callback {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.lock();
        match state.stage {
            Stage::Idle => {
                state.stage = Stage::Scheduled;
                drop(state);
                self.runner.schedule(Arc::clone(self) as Arc<dyn Job>);
            }
            Stage::Running => state.stage = Stage::Again,
            Stage::Scheduled | Stage::Again | Stage::Ending | Stage::Ended => {}
        }
    }
}

impl Job for Callback {
    fn run(self: Arc<Self>, most: usize) -> usize {
        let (mut sink, mut rest) = {
            let mut state = self.lock();
            if state.stage != Stage::Scheduled {
                return 0;
            }
            state.stage = Stage::Running;
            (state.sink.take(), state.rest.take())
        };
        let waker = Waker::from(Arc::clone(&self));
        let mut cx = Context::from_waker(&waker);
        let mut over = false;
        let mut waiting = false;
        let mut left = most;
        for _ in 0..TURN {
            if left == 0 || self.stop.load(Ordering::Acquire) {
                break;
            }
            let next = rest.take().map_or_else(|| self.queue.poll(&mut cx), |batch| Poll::Ready(Ok(batch)));
            match next {
                Poll::Ready(Ok(mut batch)) => {
                    note_burst(batch.len());
                    if batch.len() > left {
                        let more = batch.split_off(left);
                        rest = Some(more);
                    }
                    left -= batch.len();
                    if let Some(sink) = &mut sink {
                        as_callback(|| sink(batch, Stop(&self.stop)));
                    }
                }
                Poll::Ready(Err(_)) => over = true,
                Poll::Pending => waiting = true,
            }
            if over || waiting {
                break;
            }
        }
        let mut state = self.lock();
        if over || self.stop.load(Ordering::Acquire) {
            state.stage = Stage::Ending;
            drop(state);
            self.end(sink);
            return most - left + 1;
        }
        (state.sink, state.rest) = (sink, rest);
        if waiting && state.stage == Stage::Running {
            state.stage = Stage::Idle;
            return most - left;
        }
        state.stage = Stage::Scheduled;
        drop(state);
        self.runner.schedule(Arc::clone(&self) as Arc<dyn Job>);
        most - left
    }
}
