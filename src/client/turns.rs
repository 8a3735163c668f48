//! A lock that is passed on in the order in which it was asked for.
//!
//! A mutex of the standard library goes to whoever comes first. That is again and again the thread that has just let go of it,
//! as one that waits must be woken first: a link whose server never stops sending would keep every caller waiting. Here
//! whoever lets go while others wait hands it to the one that has waited longest, so each waits for one turn of every
//! other that came before, and no more.

use std::collections::VecDeque;
use std::hint;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, PoisonError};

use crate::sync::{AtomicU8, Condvar, Mutex, MutexGuard, Ordering};

/// Nobody has it.
const FREE: u8 = 0;
/// Somebody has it.
const TAKEN: u8 = 1;
/// Somebody has it, and whoever lets go of it looks whether others wait.
const WANTED: u8 = 2;

/// Most turns are short, and over before a thread could be put to sleep.
const SPINS: u32 = if cfg!(ami_loom) { 0 } else { 100 };

/// A value that threads use in turns.
pub(super) struct Turns<T> {
    state: AtomicU8,
    /// Locked by whoever has the turn, so nobody ever waits for this one.
    value: Mutex<T>,
    line: Mutex<Line>,
}

/// Those who wait, and how many came and were served so far.
#[derive(Default)]
struct Line {
    waiting: VecDeque<Arc<Condvar>>,
    came: u64,
    served: u64,
}

/// Access to the value, until it is dropped.
pub(super) struct Turn<'a, T> {
    value: MutexGuard<'a, T>,
    /// Dropped after the value is unlocked.
    _taken: Taken<'a, T>,
}

struct Taken<'a, T>(&'a Turns<T>);

impl<T> Turns<T> {
    pub fn new(value: T) -> Turns<T> {
        Turns { state: AtomicU8::new(FREE), value: Mutex::new(value), line: Mutex::default() }
    }

    /// Waits for a turn.
    pub fn take(&self) -> Turn<'_, T> {
        if !self.try_take() {
            self.wait();
        }
        Turn { value: self.value.lock().unwrap_or_else(PoisonError::into_inner), _taken: Taken(self) }
    }

    fn try_take(&self) -> bool {
        self.state.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    fn wait(&self) {
        for _ in 0..SPINS {
            hint::spin_loop();
            if self.state.load(Ordering::Relaxed) == FREE && self.try_take() {
                return;
            }
        }
        let mut line = self.line();
        if self.state.swap(WANTED, Ordering::AcqRel) == FREE {
            // It is this thread's. That nobody waits is found out at its end.
            return;
        }
        let number = line.came;
        line.came += 1;
        let place = Arc::new(Condvar::new());
        line.waiting.push_back(Arc::clone(&place));
        while line.served <= number {
            line = place.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }

    #[cold]
    fn pass_on(&self) {
        let mut line = self.line();
        let Some(place) = line.waiting.pop_front() else {
            self.state.store(FREE, Ordering::Release);
            return;
        };
        line.served += 1;
        place.notify_one();
    }

    /// How many wait.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.line().waiting.len()
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        if self.0.state.compare_exchange(TAKEN, FREE, Ordering::Release, Ordering::Relaxed).is_err() {
            self.0.pass_on();
        }
    }
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

#[cfg(all(test, ami_loom))]
mod models {
    use loom::thread;

    use super::*;

    fn model(run: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(run);
    }

    #[test]
    fn every_thread_has_its_turns_alone() {
        model(|| {
            let turns = Arc::new(Turns::new(0));
            let add = |turns: &Turns<i32>| {
                let mut turn = turns.take();
                let before = *turn;
                thread::yield_now();
                *turn = before + 1;
            };
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let turns = Arc::clone(&turns);
                    thread::spawn(move || add(&turns))
                })
                .collect();
            add(&turns);
            add(&turns);
            others.into_iter().for_each(|other| other.join().expect("no panic"));
            assert_eq!(*turns.take(), 4);
            assert_eq!(turns.waiting(), 0);
        });
    }

    #[test]
    fn one_that_waits_is_next() {
        model(|| {
            let turns = Arc::new(Turns::new(Vec::new()));
            let turn = turns.take();
            let other = {
                let turns = Arc::clone(&turns);
                thread::spawn(move || turns.take().push("other"))
            };
            let waits = turns.waiting() > 0;
            drop(turn);
            turns.take().push("this");
            other.join().expect("no panic");
            let order = turns.take().clone();
            assert!(!waits || order == ["other", "this"], "{order:?}");
        });
    }
}

#[cfg(all(test, not(ami_loom)))]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn until_so_many_wait<T>(turns: &Turns<T>, count: usize) {
        let start = Instant::now();
        while turns.waiting() < count {
            assert!(start.elapsed() < PATIENCE, "they never wait");
            thread::yield_now();
        }
    }

    #[test]
    fn one_that_never_rests_passes_its_turn_on_to_each_that_waits() {
        const WAITING: usize = 20;
        let turns = Turns::new(Vec::new());
        thread::scope(|scope| {
            for round in 0..50 {
                let mut turn = turns.take();
                for number in 0..WAITING {
                    let turns = &turns;
                    scope.spawn(move || turns.take().push(number));
                    until_so_many_wait(turns, number + 1);
                }
                turn.clear();
                drop(turn);
                let served: Vec<usize> = turns.take().clone();
                assert_eq!(served, Vec::from_iter(0..WAITING), "in round {round}");
            }
        });
    }

    #[test]
    fn a_turn_passes_on_after_a_panic() {
        let turns = Turns::new(1);
        thread::scope(|scope| {
            let failed = scope.spawn(|| {
                let _turn = turns.take();
                panic!("as is meant");
            });
            assert!(failed.join().is_err());
        });
        assert_eq!(*turns.take(), 1);
    }

    #[test]
    fn many_that_come_again_and_again_all_get_their_turns() {
        const EACH: usize = 5_000;
        let turns = Turns::new(0);
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| (0..EACH).for_each(|_| *turns.take() += 1));
            }
        });
        assert_eq!(*turns.take(), 6 * EACH);
        assert_eq!(turns.waiting(), 0);
    }
}
