//! The threads that callbacks run on: started when needed, gone when idle, but for one in reserve. A callback that never
//! returns takes its thread and nothing else.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::drive::wait_idly;
use super::io::Io;
use super::thread::spawn;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::lock;

/// Threads that are started without a wait.
const BASE: usize = 2;
/// Threads at most, when all others are stuck in callbacks.
const MOST: usize = 512;
/// An idle thread ends after so long, unless it is the last idle one.
const IDLE: Duration = Duration::from_secs(10);
/// The time that a job waits for a thread until another one is started.
const STUCK: Duration = Duration::from_millis(10);

/// Something to run on a thread of the pool, or on one of the program's.
pub(super) trait Job: Send + Sync {
    /// Has one turn, in which it calls at most so many functions of the program's; returns the number of calls.
    fn run(self: Arc<Self>, most: usize) -> usize;
}

thread_local! {
    static IN_CALLBACK: Cell<usize> = const { Cell::new(0) };
}

/// Tells whether this thread is inside a callback of libami, where nothing may wait for callbacks.
pub(crate) fn in_callback() -> bool {
    IN_CALLBACK.get() > 0
}

/// Runs a program's code as a callback; a panic ends with it.
pub(super) fn as_callback(run: impl FnOnce()) {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            IN_CALLBACK.set(IN_CALLBACK.get() - 1);
        }
    }
    IN_CALLBACK.set(IN_CALLBACK.get() + 1);
    let _leave = Leave;
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err() {
        tracing::error!("a callback panicked");
    }
}

/// Threads that can be waited for at the end of all.
#[derive(Default)]
pub(super) struct Threads(Mutex<Vec<JoinHandle<()>>>);

impl Threads {
    fn all(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        lock(&self.0)
    }

    fn add(&self, thread: JoinHandle<()>) {
        let mut all = self.all();
        all.retain(|other| !other.is_finished());
        all.push(thread);
    }

    /// Lets go of those that have ended; whether these were all.
    pub fn join_ended(&self) -> bool {
        let mut all = self.all();
        let (ended, others) = std::mem::take(&mut *all).into_iter().partition(JoinHandle::is_finished);
        *all = others;
        let ended: Vec<JoinHandle<()>> = ended;
        ended.into_iter().for_each(|thread| drop(thread.join()));
        all.is_empty()
    }
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Arc<dyn Job>>,
    threads: usize,
    idle: usize,
    /// Counts the jobs that were taken.
    taken: u64,
    watched: bool,
    /// No further thread could be started: it is logged once until one can.
    refused: bool,
    closing: bool,
}

pub(super) struct Pool {
    state: Mutex<State>,
    /// Wakes an idle thread, the one that was busy last: it may be at work as input and output is.
    more: Notify,
    /// A thread has been started, and one stays from then on: a system may refuse to start one later.
    staffed: AtomicBool,
    threads: Arc<Threads>,
    /// Input and output, which its idle threads drive, and its watch runs on.
    io: Weak<Io>,
    runtime: tokio::runtime::Handle,
}

impl Pool {
    /// Its threads are put among the others.
    pub fn new(io: Weak<Io>, runtime: tokio::runtime::Handle, threads: Arc<Threads>) -> Arc<Pool> {
        Arc::new(Pool {
            threads,
            state: Mutex::default(),
            more: Notify::new(),
            staffed: AtomicBool::new(false),
            io,
            runtime,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Sees to it that there is a thread, which stays until the pool is closed. To be asked for before anything is promised to
    /// run here.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the system starts no thread.
    pub fn ensure_thread(self: &Arc<Self>) -> Result<()> {
        if self.staffed.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut state = self.lock();
        if state.threads == 0 {
            self.start_thread(&mut state).map_err(|error| {
                Error::new(
                    ErrorKind::Io,
                    format!(
                        "no thread for callbacks could be started: {error}; let this process have more threads (ulimit -u, \
                         pids.max or TasksMax), or more memory"
                    ),
                )
                .with_source(error)
            })?;
        }
        self.staffed.store(true, Ordering::Release);
        Ok(())
    }

    /// Has the job run soon.
    pub fn schedule(self: &Arc<Self>, job: Arc<dyn Job>) {
        let mut state = self.lock();
        state.jobs.push_back(job);
        let has_idle = state.idle > 0;
        // An idle thread takes one job, however often it is woken for it.
        if state.jobs.len() > state.idle && state.threads < BASE {
            self.add_thread(&mut state);
        }
        self.watch(&mut state);
        drop(state);
        // Last: it would only wake to wait for the lock.
        if has_idle {
            self.more.notify_last();
        }
    }

    /// Has the job run if the thread that asks for it should get stuck.
    pub fn schedule_in_reserve(self: &Arc<Self>, job: Arc<dyn Job>) {
        let mut state = self.lock();
        state.jobs.push_back(job);
        self.watch(&mut state);
    }

    fn start_thread(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let pool = Arc::clone(self);
        self.threads.add(spawn("ami-callback", move || pool.work())?);
        state.threads += 1;
        Ok(())
    }

    /// Starts one more. Without it the job waits for a thread that is there.
    fn add_thread(self: &Arc<Self>, state: &mut State) {
        match self.start_thread(state) {
            Ok(()) => state.refused = false,
            Err(error) if !std::mem::replace(&mut state.refused, true) => {
                tracing::warn!("no further thread for callbacks could be started: {error}; those that are there go on");
            }
            Err(_) => {}
        }
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.taken += 1;
                drop(state);
                job.run(usize::MAX);
                state = self.lock();
                continue;
            }
            if state.closing {
                break;
            }
            state.idle += 1;
            let mut more = pin!(self.more.notified());
            more.as_mut().enable();
            drop(state);
            let came = wait_idly(&self.io, more, Instant::now() + IDLE).is_some();
            state = self.lock();
            state.idle -= 1;
            // The last idle one stays: when a job comes, it may be too late to start another.
            if !came && state.jobs.is_empty() && state.idle > 0 {
                break;
            }
        }
        state.threads -= 1;
    }

    /// Sees to it that a waiting job is taken even if every thread is stuck.
    fn watch(self: &Arc<Self>, state: &mut State) {
        if std::mem::replace(&mut state.watched, true) {
            return;
        }
        let pool = Arc::downgrade(self);
        let mut taken = state.taken;
        self.runtime.spawn(async move {
            loop {
                tokio::time::sleep(STUCK).await;
                let Some(pool) = pool.upgrade() else { return };
                let mut state = pool.lock();
                if state.jobs.is_empty() {
                    state.watched = false;
                    return;
                }
                if state.taken == taken {
                    if state.idle > 0 {
                        pool.more.notify_last();
                    } else if state.threads < MOST {
                        pool.add_thread(&mut state);
                    }
                }
                taken = state.taken;
            }
        });
    }

    /// Lets the threads end once nothing waits.
    pub fn close(&self) {
        self.lock().closing = true;
        self.more.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Says that it runs, and goes on once it is told to.
    struct Step(Mutex<(Sender<()>, Receiver<()>)>);

    impl Job for Step {
        fn run(self: Arc<Self>, _: usize) -> usize {
            let step = lock(&self.0);
            step.0.send(()).expect("the test is there");
            step.1.recv().expect("the test is there");
            1
        }
    }

    fn step() -> (Arc<Step>, Receiver<()>, Sender<()>) {
        let ((say, runs), (go, told)) = (channel(), channel());
        (Arc::new(Step(Mutex::new((say, told)))), runs, go)
    }

    /// An idle thread that was woken for a job is not there for the next one.
    #[test]
    fn two_jobs_at_once_have_two_threads() {
        // Nobody drives it, so the watchdog helps nobody.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let patience = Duration::from_secs(20);
        for _ in 0..100 {
            let pool = Pool::new(Weak::new(), runtime.handle().clone(), Arc::default());
            let (first, runs, go) = step();
            pool.schedule(first);
            runs.recv_timeout(patience).expect("the first job runs");
            go.send(()).expect("the job is there");
            while pool.lock().idle == 0 {
                std::thread::yield_now();
            }
            let ((second, second_runs, end_second), (third, third_runs, end_third)) = (step(), step());
            pool.schedule(second);
            pool.schedule(third);
            second_runs.recv_timeout(patience).expect("the second job runs");
            let both = third_runs.recv_timeout(patience).is_ok();
            end_second.send(()).expect("the job is there");
            end_third.send(()).expect("the job is there");
            pool.close();
            assert!(both, "the third job waits for the second one");
        }
    }
}
