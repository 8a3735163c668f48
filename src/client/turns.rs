//! A lock that nobody waits for longer than a few turns of others take.
//!
//! A mutex of the standard library goes to whoever comes first. That is again and again the thread that has just let go of it,
//! as one that waits must be woken first: a connection whose server never stops sending would keep every caller waiting. Here
//! too others may come first, as that keeps threads running, but not often: then whoever lets go hands it to the one that has
//! waited longest.

use std::collections::VecDeque;
use std::hint;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::lock::unpoisoned;
use crate::sync::{AtomicU8, Condvar, Mutex, MutexGuard, Ordering};

/// Somebody has it.
const TAKEN: u8 = 1;
/// Others wait in the line. Changes only while the line is locked.
const WANTED: u8 = 2;

/// Most turns are short, and over before a thread could be put to sleep.
const SPINS: u32 = if cfg!(ami_loom) { 0 } else { 100 };
/// The number of short turns of others that may come before that of the one that has waited longest, and of long ones fewer.
const PASSES: u32 = if cfg!(ami_loom) { 1 } else { 32 };

/// A value that threads use in turns.
pub(super) struct Turns<T> {
    state: AtomicU8,
    /// Locked by whoever has the turn, so nobody ever waits for this one.
    value: Mutex<T>,
    line: Mutex<Line>,
}

/// Those who wait, and how many came to the line and left it so far: who came as the next to leave is the first.
#[derive(Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    came: u64,
    left: u64,
}

struct Waiting {
    wake: Arc<Condvar>,
    /// It was woken and did not look yet.
    woken: bool,
    /// The turns that have come before it since it is the first.
    passed: u32,
}

/// Access to the value, until it is dropped.
pub(super) struct Turn<'a, T> {
    value: MutexGuard<'a, T>,
    /// Dropped after the value is unlocked.
    taken: Taken<'a, T>,
}

struct Taken<'a, T> {
    turns: &'a Turns<T>,
    weight: u32,
}

impl<T> Turns<T> {
    pub fn new(value: T) -> Turns<T> {
        Turns { state: AtomicU8::new(0), value: Mutex::new(value), line: Mutex::default() }
    }

    /// Waits for a turn.
    pub fn take(&self) -> Turn<'_, T> {
        if !self.swap(0, TAKEN) {
            self.wait();
        }
        let value = unpoisoned(self.value.lock());
        Turn { value, taken: Taken { turns: self, weight: 1 } }
    }

    fn swap(&self, old: u8, new: u8) -> bool {
        self.state.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Takes it if nobody has it, whoever waits.
    fn try_take(&self) -> bool {
        let state = self.state.load(Ordering::Relaxed);
        state & TAKEN == 0 && self.swap(state, state | TAKEN)
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        unpoisoned(self.line.lock())
    }

    #[cold]
    fn wait(&self) {
        for _ in 0..SPINS {
            hint::spin_loop();
            if self.try_take() {
                return;
            }
        }
        let mut line = self.line();
        loop {
            let state = self.state.load(Ordering::Relaxed);
            if state & TAKEN != 0 {
                if self.swap(state, state | WANTED) {
                    break;
                }
            } else if self.swap(state, state | TAKEN) {
                return;
            }
        }
        let number = line.came;
        line.came += 1;
        let wake = Arc::new(Condvar::new());
        line.waiting.push_back(Waiting { wake: Arc::clone(&wake), woken: false, passed: 0 });
        loop {
            line = unpoisoned(wake.wait(line));
            if line.left > number {
                // It was handed over.
                return;
            }
            if line.left == number {
                if self.try_take() {
                    self.leave(&mut line);
                    return;
                }
                line.waiting[0].woken = false;
            }
        }
    }

    /// The first in the line has it now.
    fn leave(&self, line: &mut Line) -> Option<Waiting> {
        line.left += 1;
        let first = line.waiting.pop_front();
        if line.waiting.is_empty() {
            self.state.store(TAKEN, Ordering::Relaxed);
        }
        first
    }

    #[cold]
    fn pass_on(&self, weight: u32) {
        let mut line = self.line();
        let Some(first) = line.waiting.front_mut() else { return self.state.store(0, Ordering::Release) };
        first.passed = first.passed.saturating_add(weight);
        if first.passed > PASSES {
            if let Some(first) = self.leave(&mut line) {
                first.wake.notify_one();
            }
            return;
        }
        let sleeps = !std::mem::replace(&mut first.woken, true);
        let wake = sleeps.then(|| Arc::clone(&first.wake));
        self.state.store(WANTED, Ordering::Release);
        drop(line);
        if let Some(wake) = wake {
            wake.notify_one();
        }
    }

    /// The number of threads that wait.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.line().waiting.len()
    }
}

impl<T> Turn<'_, T> {
    /// Says that this turn is as long as so many short ones.
    pub fn weigh(&mut self, weight: u32) {
        self.taken.weight = weight;
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        if !self.turns.swap(TAKEN, 0) {
            self.turns.pass_on(self.weight);
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
    fn turns_are_had_by_one_thread_alone() {
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
    fn one_that_waits_is_passed_over_by_so_many_turns_and_no_more() {
        model(|| {
            let turns = Arc::new(Turns::new(0));
            let turn = turns.take();
            let other = {
                let turns = Arc::clone(&turns);
                thread::spawn(move || *turns.take())
            };
            let waits = turns.waiting() > 0;
            drop(turn);
            for _ in 0..=PASSES {
                *turns.take() += 1;
            }
            let passed = other.join().expect("no panic");
            assert!(!waits || passed < PASSES + 1, "{passed}");
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

    /// The outcome for threads that wait behind one that never rests, whose turns have this weight: the order in which they are
    /// served, and how many turns the one takes meanwhile.
    fn serve_beside_one_that_never_rests(waiting: usize, weight: u32) -> (Vec<usize>, usize) {
        let turns = Turns::new(Vec::new());
        let mut taken = 0;
        thread::scope(|scope| {
            let mut turn = turns.take();
            for number in 0..waiting {
                let turns = &turns;
                scope.spawn(move || turns.take().push(number));
                until_so_many_wait(turns, number + 1);
            }
            while turn.len() < waiting {
                turn.weigh(weight);
                drop(turn);
                turn = turns.take();
                taken += 1;
            }
            (turn.clone(), taken)
        })
    }

    #[test]
    fn one_that_never_rests_lets_each_that_waits_come_in_its_order() {
        const WAITING: usize = 20;
        for weight in [1, 8, PASSES, u32::MAX] {
            for round in 0..20 {
                let (served, taken) = serve_beside_one_that_never_rests(WAITING, weight);
                assert_eq!(served, Vec::from_iter(0..WAITING), "in round {round}");
                // It is in line itself as soon as it was passed over.
                let most = WAITING * (PASSES / weight + 1) as usize + 1;
                assert!(taken <= most, "{taken} turns of the weight {weight}");
            }
        }
    }

    #[test]
    fn turns_pass_on_after_a_panic() {
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
