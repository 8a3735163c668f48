//! The runtime that drives input and output for all links of the process: the shared thread does, or a thread that waits.

use std::future::Future;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::park::park;
use super::thread::spawn;
use crate::lock::{lock, unpoisoned};

/// The time, or twice that, for which nobody may drive after the last wait: events that come in then are so much late.
pub(super) const PATIENCE: Duration = Duration::from_millis(1);

/// Input and output of the process. Its thread ends after this is dropped.
pub(super) struct Io {
    pub handle: tokio::runtime::Handle,
    lending: Arc<Lending>,
    /// Taken at the end, as the thread has to be the last that has it.
    driven: Option<Arc<tokio::runtime::Runtime>>,
}

impl Io {
    /// Starts it with its thread.
    pub fn start() -> std::io::Result<(Arc<Io>, JoinHandle<()>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (handle, driven) = (runtime.handle().clone(), Arc::new(runtime));
        let lending = Arc::new(Lending::default());
        let (thread_driven, thread_lending) = (Arc::clone(&driven), Arc::clone(&lending));
        let thread = spawn("ami-io", move || keep_driving(thread_driven, &thread_lending))?;
        Ok((Arc::new(Io { handle, lending, driven: Some(driven) }), thread))
    }

    /// Drives it on this thread until the future is ready, at most until the deadline.
    pub fn drive<F: Future>(&self, future: F, deadline: Option<Instant>) -> Option<F::Output> {
        let Some(driven) = &self.driven else { return park(future, deadline) };
        let _turn = self.lending.borrow();
        driven.block_on(async {
            match deadline {
                None => Some(future.await),
                Some(deadline) => tokio::time::timeout_at(deadline.into(), future).await.ok(),
            }
        })
    }

    /// Has the shared thread take over as soon as nobody drives: somebody waits who does not.
    pub fn call_in(&self) {
        self.lending.call_in();
    }

    /// Tells whether the shared thread keeps out of it.
    #[cfg(test)]
    pub fn is_lent(&self) -> bool {
        self.lending.lock().lent
    }
}

impl Drop for Io {
    fn drop(&mut self) {
        self.driven = None;
        self.lending.end();
    }
}

#[derive(Default)]
struct State {
    /// The shared thread keeps out of it.
    lent: bool,
    /// The number of threads that drive or wait for their turn to, and of all that came so far.
    active: usize,
    turns: u64,
    /// The shared thread waits for the last of them, or is to take over as soon as that has left.
    wanted: bool,
    over: bool,
}

/// The table by which input and output pass between the shared thread and those that wait.
#[derive(Default)]
struct Lending {
    state: Mutex<State>,
    changed: Condvar,
    /// Has the shared thread let go.
    recall: Notify,
}

struct Turn<'a>(&'a Lending);

impl Lending {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn call_in(&self) {
        let mut state = self.lock();
        if state.lent && !std::mem::replace(&mut state.wanted, true) && state.active == 0 {
            self.changed.notify_one();
        }
    }

    fn borrow(&self) -> Turn<'_> {
        let mut state = self.lock();
        state.active += 1;
        state.turns += 1;
        if !std::mem::replace(&mut state.lent, true) {
            self.recall.notify_one();
        }
        Turn(self)
    }

    /// Ends the shared thread's work.
    fn end(&self) {
        self.lock().over = true;
        self.recall.notify_one();
        self.changed.notify_one();
    }

    /// Waits until nobody drives any more; whether the work goes on.
    fn rest(&self) -> bool {
        let mut state = self.lock();
        let mut seen = 0;
        while !state.over {
            let is_quiet = state.turns == seen;
            if state.active == 0 && (is_quiet || state.wanted) {
                (state.lent, state.wanted) = (false, false);
                return true;
            }
            seen = state.turns;
            state.wanted |= is_quiet;
            state = if state.wanted {
                unpoisoned(self.changed.wait(state))
            } else {
                unpoisoned(self.changed.wait_timeout(state, PATIENCE)).0
            };
        }
        false
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.active -= 1;
        if state.active == 0 && state.wanted {
            self.0.changed.notify_one();
        }
    }
}

/// The work of the shared thread until its end.
fn keep_driving(driven: Arc<tokio::runtime::Runtime>, lending: &Lending) {
    loop {
        driven.block_on(lending.recall.notified());
        if !lending.rest() {
            break;
        }
    }
    // A look-up of a name may still run, and nobody wants to know it.
    if let Some(driven) = Arc::into_inner(driven) {
        driven.shutdown_background();
    }
}
