//! Who drives input and output: the thread that is there for it, or one that waits.
//!
//! What goes through another thread takes longer, and more work, by a change of threads. A thread whose waits are short and
//! follow each other closely therefore drives input and output itself while it waits, for all links of the process. The shared
//! thread is out of the way meanwhile, and takes over again when nobody has come for [`PATIENCE`].

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::runtime::Runtime;
use super::wait::park;

/// A wait that took no longer, and that another one follows so soon, is followed by one that drives.
const SOON: Duration = Duration::from_micros(500);
/// The time, or twice that, for which nobody may drive after the last wait: events that come in then are so much late.
const PATIENCE: Duration = Duration::from_millis(1);
/// A deadline that is found so late was not seen in time: the process was stopped, or the machine had other things to do.
const PAUSE: Duration = Duration::from_millis(20);
/// Time enough for what has come to be read and handed on.
const LOOK: Duration = Duration::from_millis(20);
/// So many events at once are a stream, in which reading and handling had better be two threads' work.
const STREAM: usize = 16;

thread_local! {
    /// The time at which this thread last got what it waited for, if that came fast.
    static ANSWERED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Waits for the future, at most until the deadline. Nothing is lost if time runs out first and the future is kept.
///
/// The future must not need a runtime around it: those of this crate only need theirs to be alive.
pub fn wait<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let start = Instant::now();
    let mut future = pin!(future);
    let output = match to_drive(start) {
        Some(runtime) => runtime.drive(future.as_mut(), deadline),
        None => park(future.as_mut(), deadline),
    };
    let output = output.or_else(|| look_again(future, deadline));
    note(start, output.is_some());
    output
}

/// A process that was stopped goes on with its deadline passed, and what it waited for may have come meanwhile.
fn look_again<F: Future>(future: Pin<&mut F>, deadline: Option<Instant>) -> Option<F::Output> {
    let now = Instant::now();
    if now.saturating_duration_since(deadline?) <= PAUSE {
        return None;
    }
    if let Some(runtime) = Runtime::current() {
        runtime.lending.call_in();
    }
    park(future, Some(now + LOOK))
}

/// Waits as [`wait`] does for something that is in no hurry: the runtime is not kept alive for it.
pub(super) fn wait_idly<F: Future>(mut future: Pin<&mut F>, deadline: Instant) -> Option<F::Output> {
    let start = Instant::now();
    let driven = to_drive(start).and_then(|runtime| runtime.drive(future.as_mut(), Some(deadline.min(start + SOON))));
    let output = driven.or_else(|| park(future, Some(deadline)));
    note(start, output.is_some());
    output
}

/// So many events came at once.
pub(super) fn got(events: usize) {
    if events >= STREAM {
        ANSWERED.set(None);
    }
}

fn note(start: Instant, came: bool) {
    let now = Instant::now();
    ANSWERED.set((came && now - start <= SOON).then_some(now));
}

/// The runtime that this thread is to drive, if it is to. If not, the shared thread is asked to.
fn to_drive(now: Instant) -> Option<Arc<Runtime>> {
    let is_soon = ANSWERED.get().is_some_and(|at| now - at <= SOON);
    let runtime = Runtime::current()?;
    // A runtime cannot be driven within another one, nor by a thread that has let go of what belongs to it.
    let may = || tokio::runtime::Handle::try_current().is_err_and(|error| error.is_missing_context());
    if is_soon && may() {
        return Some(runtime);
    }
    runtime.lending.call_in();
    None
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
    /// The number of threads that drive or wait for their turn to, and of all that came so far.
    active: usize,
    turns: u64,
    /// The shared thread waits for the last of them, or is to take over as soon as that has left.
    wanted: bool,
    over: bool,
}

/// The table by which input and output pass between the shared thread and those that wait.
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

    /// Has the shared thread take over as soon as nobody drives: somebody waits who does not.
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
            let is_quiet = state.turns == seen;
            if state.active == 0 && (is_quiet || state.wanted) {
                (state.lent, state.wanted) = (false, false);
                return true;
            }
            seen = state.turns;
            state.wanted |= is_quiet;
            state = if state.wanted {
                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.changed.wait_timeout(state, PATIENCE).unwrap_or_else(PoisonError::into_inner).0
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

#[cfg(all(test, not(ami_loom)))]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    const PATIENT: Duration = Duration::from_secs(20);

    /// There is one runtime in a process, and these look at who drives it.
    static ALONE: Mutex<()> = Mutex::new(());

    fn alone() -> (MutexGuard<'static, ()>, Arc<Runtime>) {
        (ALONE.lock().unwrap_or_else(PoisonError::into_inner), Runtime::get().expect("a runtime"))
    }

    /// Waits for a task, and tells which thread it ran on.
    fn thread_of_a_task(runtime: &Arc<Runtime>) -> thread::ThreadId {
        let task = runtime.handle.spawn(async { thread::current().id() });
        wait(task, Some(Instant::now() + PATIENT)).expect("in time").expect("no panic")
    }

    /// Waits until this thread drives, as it does once its waits are short.
    fn until_this_one_drives(runtime: &Arc<Runtime>) {
        let start = Instant::now();
        while thread_of_a_task(runtime) != thread::current().id() {
            assert!(start.elapsed() < PATIENT, "it never drives");
        }
    }

    /// The shared thread may run a task before it has noted that it drives again.
    fn until_it_is_not_lent(runtime: &Runtime) {
        let start = Instant::now();
        while runtime.lending.lock().lent {
            assert!(start.elapsed() < PATIENT, "it stays lent");
            thread::yield_now();
        }
    }

    #[test]
    fn a_thread_that_waits_again_and_again_drives() {
        let (_alone, runtime) = alone();
        assert_ne!(thread_of_a_task(&runtime), thread::current().id(), "the first wait is one for the shared thread");
        until_this_one_drives(&runtime);
        assert!(runtime.lending.lock().lent);
    }

    #[test]
    fn the_shared_thread_takes_over_when_nobody_drives() {
        let (_alone, runtime) = alone();
        let mut shortest = PATIENT;
        for _ in 0..20 {
            until_this_one_drives(&runtime);
            let since = Instant::now();
            // Nobody waits for this one within the runtime.
            let (sender, receiver) = channel();
            runtime.handle.spawn(async move { sender.send(thread::current().id()) });
            let ran_on = receiver.recv_timeout(PATIENT).expect("it is driven");
            shortest = shortest.min(since.elapsed());
            assert_ne!(ran_on, thread::current().id());
            until_it_is_not_lent(&runtime);
        }
        // Twice the patience, but for what else the machine does.
        assert!(shortest < 20 * PATIENCE, "it took {shortest:?}");
    }

    #[test]
    fn in_a_stream_the_shared_thread_drives() {
        let (_alone, runtime) = alone();
        for _ in 0..20 {
            until_this_one_drives(&runtime);
            // However long that wait was.
            ANSWERED.set(Some(Instant::now()));
            got(STREAM - 1);
            assert!(ANSWERED.get().is_some());
            got(STREAM);
            assert_ne!(thread_of_a_task(&runtime), thread::current().id());
            until_it_is_not_lent(&runtime);
        }
    }

    #[test]
    fn one_that_drives_for_long_is_followed_by_the_shared_thread() {
        let (_alone, runtime) = alone();
        until_this_one_drives(&runtime);
        let sleep = runtime.handle.spawn(async { tokio::time::sleep(20 * PATIENCE).await });
        wait(sleep, None).expect("no deadline").expect("no panic");
        let (sender, receiver) = channel();
        runtime.handle.spawn(async move { sender.send(()) });
        receiver.recv_timeout(PATIENT).expect("it is driven");
    }

    #[test]
    fn many_that_wait_all_get_what_they_wait_for() {
        let (_alone, runtime) = alone();
        thread::scope(|scope| {
            for number in 0..6 {
                let runtime = &runtime;
                scope.spawn(move || {
                    for round in 0..500 {
                        thread_of_a_task(runtime);
                        // Some rest now and then, so that others have to take over.
                        if round % (7 + number) == 0 {
                            let pause = runtime.handle.spawn(async { tokio::time::sleep(PATIENCE).await });
                            wait(pause, Some(Instant::now() + PATIENT)).expect("in time").expect("no panic");
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn a_wait_ends_at_its_deadline_and_what_was_waited_for_is_kept() {
        let (_alone, runtime) = alone();
        until_this_one_drives(&runtime);
        let (sender, mut receiver) = tokio::sync::oneshot::channel();
        assert!(wait(&mut receiver, Some(Instant::now() + 3 * PATIENCE)).is_none());
        sender.send(1).expect("it still waits");
        assert_eq!(wait(receiver, None).expect("no deadline"), Ok(1));
    }

    #[test]
    fn within_another_runtime_others_drive() {
        let (_alone, runtime) = alone();
        until_this_one_drives(&runtime);
        let other = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let here = thread::current().id();
        other.block_on(async { (0..100).for_each(|_| assert_ne!(thread_of_a_task(&runtime), here)) });
    }

    #[test]
    fn the_runtime_may_be_let_go_of_while_a_thread_drives() {
        for _ in 0..20 {
            let (_alone, runtime) = alone();
            until_this_one_drives(&runtime);
            let last = runtime.handle.spawn(async { thread::current().id() });
            drop(runtime);
            // It is over, or still driven by this wait; never stuck.
            assert!(wait(last, Some(Instant::now() + PATIENT)).is_some());
        }
    }
}
