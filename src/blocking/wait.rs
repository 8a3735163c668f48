//! Waiting for what the links of this process bring.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use super::drive::{is_to_drive, note};
use super::park::park;
use super::runtime::Runtime;
use crate::error::{Error, ErrorKind, Result};

/// A deadline that is found so late was not seen in time: the process was stopped, or the machine had other things to do.
const PAUSE: Duration = Duration::from_millis(20);
/// Time enough for what has come to be read and handed on.
const LOOK: Duration = Duration::from_millis(20);
/// Waits for the future, at most until the deadline. Nothing is lost if time runs out first and the future is kept.
///
/// The future must not need a runtime around it: those of this crate only need theirs to be alive.
pub fn wait<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let start = Instant::now();
    let mut future = pin!(future);
    let output = match Runtime::current().filter(|runtime| is_to_drive(start, &runtime.io)) {
        Some(runtime) => runtime.io.drive(future.as_mut(), deadline),
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
        runtime.io.request_shared_thread();
    }
    park(future, Some(now + LOOK))
}

/// Takes the outcome of a wait that has no deadline, and so has an end.
pub(super) fn done<T, E: From<Error>>(outcome: Option<Result<T, E>>) -> Result<T, E> {
    outcome.unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "a wait without a deadline ran out").into()))
}

#[cfg(all(test, not(ami_loom)))]
mod tests {
    use std::sync::mpsc::channel;
    use std::sync::{Arc, Mutex, MutexGuard};
    use std::thread;

    use super::super::drive::{ANSWERED, STREAM, note_burst};
    use super::super::io::PATIENCE;
    use super::*;
    use crate::lock::lock;

    const PATIENT: Duration = Duration::from_secs(20);

    /// There is one runtime in a process, and these look at who drives it.
    static ALONE: Mutex<()> = Mutex::new(());

    fn alone() -> (MutexGuard<'static, ()>, Arc<Runtime>) {
        (lock(&ALONE), Runtime::get().expect("a runtime"))
    }

    /// Waits for a task, and tells which thread it ran on.
    fn thread_of_a_task(runtime: &Arc<Runtime>) -> thread::ThreadId {
        let task = runtime.io.handle.spawn(async { thread::current().id() });
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
        while runtime.io.is_lent() {
            assert!(start.elapsed() < PATIENT, "it stays lent");
            thread::yield_now();
        }
    }

    #[test]
    fn drive_is_taken_by_a_thread_that_waits_again_and_again() {
        let (_alone, runtime) = alone();
        assert_ne!(thread_of_a_task(&runtime), thread::current().id(), "the first wait is one for the shared thread");
        until_this_one_drives(&runtime);
        assert!(runtime.io.is_lent());
    }

    #[test]
    fn drive_goes_to_the_shared_thread_when_nobody_drives() {
        let (_alone, runtime) = alone();
        // The pauses of this machine, beside which the time is judged.
        let (mut shortest, mut pause) = (PATIENT, PATIENT);
        for _ in 0..20 {
            let since = Instant::now();
            thread::sleep(PATIENCE);
            pause = pause.min(since.elapsed());
            until_this_one_drives(&runtime);
            let since = Instant::now();
            // Nobody waits for this one within the runtime.
            let (sender, receiver) = channel();
            runtime.io.handle.spawn(async move { sender.send(thread::current().id()) });
            let ran_on = receiver.recv_timeout(PATIENT).expect("it is driven");
            shortest = shortest.min(since.elapsed());
            assert_ne!(ran_on, thread::current().id());
            until_it_is_not_lent(&runtime);
        }
        assert!(shortest < 10 * pause, "it took {shortest:?}, where a pause of {PATIENCE:?} takes {pause:?}");
    }

    #[test]
    fn in_a_stream_the_shared_thread_drives() {
        let (_alone, runtime) = alone();
        for _ in 0..20 {
            until_this_one_drives(&runtime);
            // However long that wait was.
            ANSWERED.set(Some(Instant::now()));
            note_burst(STREAM - 1);
            assert!(ANSWERED.get().is_some());
            note_burst(STREAM);
            assert_ne!(thread_of_a_task(&runtime), thread::current().id());
            until_it_is_not_lent(&runtime);
        }
    }

    #[test]
    fn one_that_drives_for_long_is_followed_by_the_shared_thread() {
        let (_alone, runtime) = alone();
        until_this_one_drives(&runtime);
        let sleep = runtime.io.handle.spawn(async { tokio::time::sleep(20 * PATIENCE).await });
        wait(sleep, None).expect("no deadline").expect("no panic");
        let (sender, receiver) = channel();
        runtime.io.handle.spawn(async move { sender.send(()) });
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
                            let pause = runtime.io.handle.spawn(async { tokio::time::sleep(PATIENCE).await });
                            wait(pause, Some(Instant::now() + PATIENT)).expect("in time").expect("no panic");
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn wait_ends_at_its_deadline_and_keeps_its_future() {
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
    fn runtime_may_be_dropped_while_a_thread_drives() {
        for _ in 0..20 {
            let (_alone, runtime) = alone();
            until_this_one_drives(&runtime);
            let last = runtime.io.handle.spawn(async { thread::current().id() });
            drop(runtime);
            // It is over, or still driven by this wait; never stuck.
            assert!(wait(last, Some(Instant::now() + PATIENT)).is_some());
        }
    }
}
