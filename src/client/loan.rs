//! The choice of who reads a connection that is lent to an event loop: the loop, or the connection's task.
//!
//! The loop reads as long as it comes, and the task does nothing for input meanwhile. It only looks, by a timer on a busy connection
//! and by the first input on a quiet one, if the loop has come. One that leaves input lying has something else to do: then the task reads,
//! until the loop comes again. While very much comes, the task reads as well: so two threads share the work.

use std::time::{Duration, Instant};

/// On a busy connection the task looks so often.
const REST: Duration = Duration::from_millis(5);
/// The time that a loop has for input that the task has noticed.
const GRACE: Duration = Duration::from_millis(2);
/// The time for which the task reads after a flood.
const FLOOD: Duration = Duration::from_millis(20);

/// The task's part in reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// It reads.
    Read,
    /// It is told of input, see [`Loan::notice`].
    Watch,
    /// It is not told of input, and looks again then.
    Rest(Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Kept,
    Watched,
    /// Input was there, which the loop has to read by then.
    Noticed(Instant),
    Busy(Instant),
    /// The task reads, until then at least.
    Flooded(Instant),
}

/// A connection that is lent, or may be. It counts by the loop's visits, a number that goes up whenever the loop comes.
#[derive(Debug)]
pub(super) struct Loan {
    state: State,
    /// The visits until the last look, and its time.
    visits: u32,
    looked: Instant,
    /// The last looks followed each other so closely that a timer costs less.
    is_brisk: bool,
}

impl Loan {
    /// One that the task reads until the loop comes.
    pub fn new(visits: u32, now: Instant) -> Loan {
        Loan { state: State::Kept, visits, looked: now, is_brisk: false }
    }

    /// Tells whether the loop may read.
    #[cfg(any(test, feature = "python"))]
    pub fn is_lent(&self) -> bool {
        !self.is_kept() && self.flooded_until().is_none()
    }

    /// Tells whether the task reads until the loop comes.
    pub fn is_kept(&self) -> bool {
        self.state == State::Kept
    }

    /// The time until which the task reads in any case.
    pub fn flooded_until(&self) -> Option<Instant> {
        if let State::Flooded(until) = self.state { Some(until) } else { None }
    }

    /// A read has brought so much that the task is to read for a while.
    pub fn flood(&mut self, now: Instant) {
        self.state = State::Flooded(now + FLOOD);
    }

    /// The task looks, after so many visits in all.
    pub fn look(&mut self, visits: u32, now: Instant) -> Duty {
        let came = visits.wrapping_sub(self.visits);
        match self.state {
            State::Busy(until) if now < until => return Duty::Rest(until),
            State::Noticed(until) if came == 0 && now < until => return Duty::Rest(until),
            State::Flooded(until) if now < until => return Duty::Read,
            _ => {}
        }
        let is_brisk = came > 1 || now.saturating_duration_since(self.looked) < REST;
        self.state = match self.state {
            State::Kept | State::Noticed(_) if came == 0 => State::Kept,
            State::Flooded(_) => State::Kept,
            State::Noticed(_) if self.is_brisk => State::Busy(now + REST),
            State::Watched if came > 0 && is_brisk => State::Busy(now + REST),
            State::Busy(_) if came > 0 => State::Busy(now + REST),
            _ => State::Watched,
        };
        (self.visits, self.looked, self.is_brisk) = (visits, now, is_brisk);
        match self.state {
            State::Kept | State::Flooded(_) => Duty::Read,
            State::Watched => Duty::Watch,
            State::Noticed(until) | State::Busy(until) => Duty::Rest(until),
        }
    }

    /// Input lies in the socket that the task watches.
    pub fn notice(&mut self, now: Instant) -> Duty {
        let until = now + GRACE;
        self.state = State::Noticed(until);
        Duty::Rest(until)
    }
}

#[cfg(all(test, not(ami_loom)))]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_micros(100);
    /// The loop may go just after a look, so that the next one still finds that it came.
    const LONGEST: Duration = Duration::from_micros(2 * 5000 + 2000 + 300);

    /// A socket, a loop that reads it unless it is busy, and the task.
    struct World {
        loan: Loan,
        now: Instant,
        visits: u32,
        /// Bytes came then, and nobody has read them yet.
        input: Option<Instant>,
        /// The loop does not come before then.
        busy_until: Instant,
        duty: Duty,
        looks: usize,
        read_by_task: usize,
        longest: Duration,
    }

    impl World {
        fn new() -> World {
            let now = Instant::now();
            let loan = Loan::new(0, now);
            World {
                loan,
                now,
                visits: 0,
                input: None,
                busy_until: now,
                duty: Duty::Read,
                looks: 0,
                read_by_task: 0,
                longest: Duration::ZERO,
            }
        }

        fn look(&mut self) {
            self.looks += 1;
            self.duty = self.loan.look(self.visits, self.now);
            if self.duty == Duty::Watch && self.input.is_some() {
                self.duty = self.loan.notice(self.now);
            }
            if self.duty == Duty::Read && self.input.is_some() {
                self.read_by_task += 1;
                self.read();
            }
            assert_eq!(self.loan.is_lent(), self.duty != Duty::Read);
        }

        fn read(&mut self) {
            let lay = self.input.take().map_or(Duration::ZERO, |came| self.now - came);
            self.longest = self.longest.max(lay);
        }

        fn loop_comes(&mut self) {
            self.visits += 1;
            if self.loan.is_lent() {
                self.read();
            } else {
                // It has the task look.
                self.look();
            }
        }

        /// A moment passes, in which input may come. The task comes first: it is woken by the same input.
        fn pass(&mut self, comes: bool) {
            self.now += TICK;
            if comes {
                self.input.get_or_insert(self.now);
            }
            let is_due = match self.duty {
                Duty::Read | Duty::Watch => comes,
                Duty::Rest(at) => at <= self.now,
            };
            if is_due {
                self.look();
            }
            // It is told that the task reads, but watches nothing in a flood.
            if (self.input.is_some() || self.loan.is_kept())
                && self.loan.flooded_until().is_none()
                && self.now >= self.busy_until
            {
                self.loop_comes();
            }
        }

        /// So much time passes, with input at this distance.
        fn pass_all(&mut self, time: Duration, apart: Duration) {
            let ticks = time.as_micros() / TICK.as_micros();
            let apart = (apart.as_micros() / TICK.as_micros()).max(1);
            for tick in 0..ticks {
                self.pass(tick % apart == apart - 1);
            }
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    fn lent() -> World {
        let mut world = World::new();
        world.loop_comes();
        world
    }

    #[test]
    fn loan_begins_when_the_loop_comes() {
        let mut world = World::new();
        world.busy_until = world.now + SECOND;
        world.pass_all(SECOND / 2, TICK);
        assert_eq!(world.read_by_task, 5000);
        world.loop_comes();
        assert!(world.loan.is_lent());
    }

    #[test]
    fn loan_of_an_idle_connection_wakes_nobody() {
        let mut world = lent();
        world.pass_all(SECOND / 10, TICK);
        let looks = world.looks;
        world.pass_all(SECOND, 2 * SECOND);
        assert!(world.looks - looks <= 2, "{} looks", world.looks - looks);
    }

    #[test]
    fn loan_of_a_busy_connection_is_looked_at_by_a_timer_alone() {
        for apart in [TICK, Duration::from_millis(1), Duration::from_millis(4), Duration::from_millis(8)] {
            let mut world = lent();
            world.pass_all(SECOND, apart);
            assert_eq!(world.read_by_task, 0);
            assert!(world.looks <= 255, "{} looks with input every {apart:?}", world.looks);
        }
        let mut world = lent();
        world.pass_all(SECOND, SECOND / 50);
        assert_eq!(world.read_by_task, 0);
        assert!(world.looks <= 101, "{} looks with input every 20 ms", world.looks);
    }

    #[test]
    fn loan_is_taken_back_from_a_loop_that_does_not_come_and_returned_when_it_does() {
        for apart in [TICK, Duration::from_millis(1), Duration::from_millis(30)] {
            let mut world = lent();
            world.pass_all(SECOND / 10, apart);
            world.busy_until = world.now + SECOND;
            world.pass_all(SECOND / 2, apart);
            assert!(world.longest <= LONGEST, "input lay for {:?}", world.longest);
            assert!(world.read_by_task > 0);
            let read = world.read_by_task;
            world.pass_all(SECOND, apart);
            assert!(world.loan.is_lent());
            world.pass_all(SECOND, apart);
            assert!(world.read_by_task <= read + (SECOND.as_micros() / 2 / apart.as_micros()) as usize + 1);
        }
    }

    #[test]
    fn loan_of_a_flood_is_read_by_the_task_until_it_is_over() {
        let mut world = lent();
        world.pass_all(SECOND / 10, TICK);
        for _ in 0..10 {
            world.loan.flood(world.now);
            world.look();
            assert!(!world.loan.is_lent());
            assert!(!world.loan.is_kept());
            world.pass_all(FLOOD / 2, TICK);
        }
        let read = world.read_by_task;
        assert!(read > 500);
        world.pass_all(SECOND, TICK);
        assert!(world.loan.is_lent());
        assert!(world.read_by_task < read + 200, "{} reads", world.read_by_task - read);
    }

    #[test]
    fn loan_leaves_nothing_lying_whatever_the_loop_does() {
        let mut seed = 1_u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..200 {
            let mut world = lent();
            let (apart, busy) = (1 + random(300), 1 + random(400));
            for _ in 0..20_000 {
                if world.now >= world.busy_until && random(busy) == 0 {
                    world.busy_until = world.now + TICK * random(300) as u32;
                }
                let comes = random(apart) == 0;
                world.pass(comes);
            }
            assert!(world.longest <= LONGEST, "input lay for {:?}", world.longest);
        }
    }
}
