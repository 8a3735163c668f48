//! Who drives input and output: the thread that is there for it, or one that waits.
//!
//! An answer that goes through another thread takes longer by a change of threads. A thread that waits again soon after a
//! wait therefore drives input and output itself until its wait is over, for all links of the process. The shared thread is
//! out of the way meanwhile, and takes over again when nobody has come for [`PATIENCE`].

use std::cell::Cell;
use std::future::Future;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::runtime::Runtime;
use super::wait::park;

/// A wait so soon after another one drives.
const SOON: Duration = Duration::from_micros(500);
/// So long, or twice that, nobody may drive after the last wait: what comes in then is so much late.
const PATIENCE: Duration = Duration::from_micros(500);

thread_local! {
    /// When this thread last got what it waited for.
    static ANSWERED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Waits for the future, at most until the deadline. Nothing is lost if time runs out first and the future is kept.
///
/// The future must not need a runtime around it: those of this crate only need theirs to be alive.
pub fn wait<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let is_soon = ANSWERED.get().is_some_and(|at| at.elapsed() < SOON);
    let output = match Runtime::current().filter(|runtime| (is_soon || runtime.lending.is_lent()) && may_drive()) {
        Some(runtime) => runtime.drive(future, deadline),
        None => park(future, deadline),
    };
    ANSWERED.set(output.as_ref().map(|_| Instant::now()));
    output
}

/// A runtime cannot be driven within another one, nor by a thread that has let go of what belongs to it.
fn may_drive() -> bool {
    tokio::runtime::Handle::try_current().is_err_and(|error| error.is_missing_context())
}

impl Runtime {
    fn drive<F: Future>(&self, future: F, deadline: Option<Instant>) -> Option<F::Output> {
        let Some(driven) = &self.driven else { return park(future, deadline) };
        let _turn = self.lending.borrow();
        driven.block_on(async {
            match deadline {
                None => Some(future.await),
                Some(deadline) => tokio::time::timeout_at(deadline.into(), future).await.ok(),
            }
        })
    }
}

#[derive(Default)]
struct State {
    /// The shared thread keeps out of it.
    lent: bool,
    /// How many threads drive or wait for their turn to, and how many came so far.
    active: usize,
    turns: u64,
    /// The shared thread waits for the last of them.
    wanted: bool,
    over: bool,
}

/// How input and output pass between the shared thread and those that wait.
#[derive(Default)]
pub(super) struct Lending {
    state: Mutex<State>,
    changed: Condvar,
    /// Has the shared thread let go.
    recall: Notify,
}

struct Turn<'a>(&'a Lending);

impl Lending {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_lent(&self) -> bool {
        self.lock().lent
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
    pub fn end(&self) {
        self.lock().over = true;
        self.recall.notify_one();
        self.changed.notify_one();
    }

    /// Waits until nobody drives any more; whether the work goes on.
    fn rest(&self) -> bool {
        let mut state = self.lock();
        let mut seen = 0;
        while !state.over {
            if state.turns != seen {
                seen = state.turns;
                state = self.changed.wait_timeout(state, PATIENCE).unwrap_or_else(PoisonError::into_inner).0;
            } else if state.active > 0 {
                state.wanted = true;
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.wanted = false;
            } else {
                state.lent = false;
                return true;
            }
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

/// What the shared thread does until its end.
pub(super) fn keep_driving(driven: Arc<tokio::runtime::Runtime>, lending: &Lending) {
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
