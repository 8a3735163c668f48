//! Models of how threads meet, run through every order in which they can. docs/development.md says how to run them.
//!
//! A descriptor is a number here, see `crate::sync`, and time never runs out.

use std::future::poll_fn;
use std::sync::{Arc, LazyLock};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use loom::sync::Mutex;
use loom::thread;

use super::events::Pull;
use super::executor::ExecutorJobs;
use super::outstanding::Outstanding;
use super::park::park;
use super::pool::Job;
use super::wake_fd::WakeFd;
use crate::error::{Error, ErrorKind, Result};
use crate::events::{Filter, Queue, QueueLimits};
use crate::protocol::{Batch, batch_of_events};
use crate::sync::{AtomicUsize, Ordering};

static ONE: LazyLock<Batch> = LazyLock::new(|| batch_of_events(1));
static TWO: LazyLock<Batch> = LazyLock::new(|| batch_of_events(2));
static THREE: LazyLock<Batch> = LazyLock::new(|| batch_of_events(3));
/// For pulls that do not wait.
static PAST: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Enough switches for every meeting of two, and few enough to go through.
fn model(run: impl Fn() + Send + Sync + 'static) {
    (&*ONE, &*TWO, &*THREE, &*PAST);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(run);
}

fn queue() -> Arc<Queue> {
    Arc::new(Queue::new(Filter::all(), QueueLimits::default()))
}

fn pull() -> (Arc<Queue>, Arc<Pull>) {
    let queue = queue();
    (Arc::clone(&queue), Arc::new(Pull::new(queue)))
}

fn ended() -> Error {
    Error::new(ErrorKind::Disconnected, "the connection is gone")
}

fn has_event(next: Result<Option<crate::events::Event>>) -> bool {
    next.is_ok_and(|event| event.is_some())
}

/// Whatever there is now, the descriptor says so as long as it is there, and says nothing once nothing was found.
fn check_descriptor(pull: &Pull, fd: &WakeFd) -> usize {
    for found in 0.. {
        let readable = fd.is_readable();
        if !has_event(pull.next(Some(*PAST))) {
            assert!(!fd.is_readable(), "readable after a pull that found nothing");
            return found;
        }
        assert!(readable, "not readable, and something waits");
    }
    unreachable!()
}

#[test]
fn wake_up_is_never_lost() {
    model(|| {
        let slot = Arc::new(Mutex::new((0, None::<Waker>)));
        let other = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || {
                for _ in 0..2 {
                    let waker = {
                        let mut slot = slot.lock().expect("no panic");
                        slot.0 += 1;
                        slot.1.take()
                    };
                    waker.into_iter().for_each(Waker::wake);
                }
            })
        };
        // The second one begins with what is left of the first one's wake-ups.
        for wanted in [1, 2] {
            let reached = poll_fn(|cx| {
                let mut slot = slot.lock().expect("no panic");
                slot.1 = Some(cx.waker().clone());
                if slot.0 >= wanted { Poll::Ready(()) } else { Poll::Pending }
            });
            assert!(park(reached, None).is_some());
        }
        other.join().expect("no panic");
    });
}

#[test]
fn queue_reader_gets_everything_and_the_end() {
    model(|| {
        let queue = queue();
        let writer = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                queue.push(&ONE);
                queue.push(&TWO);
                queue.end(&ended());
            })
        };
        let mut got = 0;
        while let Some(Ok(batch)) = park(poll_fn(|cx| queue.poll(cx)), None) {
            got += batch.len();
        }
        assert_eq!(got, 3);
        writer.join().expect("no panic");
    });
}

#[test]
fn waker_that_is_armed_is_called() {
    for end in [false, true] {
        model(move || {
            let (queue, fd) = (queue(), WakeFd::new().expect("a descriptor"));
            let writer = {
                let queue = Arc::clone(&queue);
                thread::spawn(move || if end { queue.end(&ended()) } else { queue.push(&ONE) })
            };
            queue.arm(fd.waker());
            writer.join().expect("no panic");
            assert!(fd.is_readable());
        });
    }
}

#[test]
fn two_that_wait_each_get_one_of_two_events() {
    for with_descriptor in [false, true] {
        model(move || {
            let (queue, pull) = pull();
            let fd = with_descriptor.then(|| pull.fd().expect("a descriptor"));
            let other = {
                let pull = Arc::clone(&pull);
                thread::spawn(move || assert!(has_event(pull.next(None))))
            };
            let writer = thread::spawn(move || queue.push(&TWO));
            assert!(has_event(pull.next(None)));
            other.join().expect("no panic");
            writer.join().expect("no panic");
            if let Some(fd) = fd {
                assert_eq!(check_descriptor(&pull, fd), 0);
            }
        });
    }
}

#[test]
fn queue_end_is_for_all_readers_that_wait() {
    model(|| {
        let (queue, pull) = pull();
        let other = {
            let pull = Arc::clone(&pull);
            thread::spawn(move || assert!(pull.next(None).is_err()))
        };
        let writer = thread::spawn(move || queue.end(&ended()));
        assert!(pull.next(None).is_err());
        other.join().expect("no panic");
        writer.join().expect("no panic");
    });
}

#[test]
fn nothing_is_pulled_after_close() {
    model(|| {
        let (queue, pull) = pull();
        queue.push(&TWO);
        let other = {
            let pull = Arc::clone(&pull);
            thread::spawn(move || {
                let _ = pull.next(Some(*PAST));
            })
        };
        pull.close();
        assert!(pull.next(Some(*PAST)).is_err(), "pulled after close");
        other.join().expect("no panic");
        assert!(pull.next(Some(*PAST)).is_err(), "pulled after close");
    });
}

#[test]
fn closing_wakes_who_waits() {
    model(|| {
        let (queue, pull) = pull();
        let other = {
            let pull = Arc::clone(&pull);
            thread::spawn(move || {
                while let Ok(event) = pull.next(None) {
                    assert!(event.is_some());
                }
            })
        };
        queue.push(&TWO);
        pull.close();
        other.join().expect("no panic");
    });
}

#[test]
fn descriptor_is_readable_while_something_waits() {
    model(|| {
        let (queue, pull) = pull();
        let fd = pull.fd().expect("a descriptor");
        queue.push(&THREE);
        let other = {
            let pull = Arc::clone(&pull);
            thread::spawn(move || usize::from(has_event(pull.next(Some(*PAST)))))
        };
        let got = usize::from(has_event(pull.next(Some(*PAST))));
        let got = got + other.join().expect("no panic");
        assert_eq!(got + check_descriptor(&pull, fd), 3);
    });
}

#[test]
fn descriptor_is_not_readable_for_nothing() {
    model(|| {
        let (queue, pull) = pull();
        let fd = pull.fd().expect("a descriptor");
        let writer = thread::spawn(move || queue.push(&ONE));
        let got = (0..2).filter(|_| has_event(pull.next(Some(*PAST)))).count();
        writer.join().expect("no panic");
        assert_eq!(got + check_descriptor(&pull, fd), 1);
    });
}

#[test]
fn descriptor_is_not_readable_once_all_readers_found_nothing() {
    model(|| {
        let (queue, pull) = pull();
        let fd = pull.fd().expect("a descriptor");
        queue.push(&TWO);
        let pull_all = |pull: &Pull| while has_event(pull.next(Some(*PAST))) {};
        let other = {
            let pull = Arc::clone(&pull);
            thread::spawn(move || pull_all(&pull))
        };
        pull_all(&pull);
        other.join().expect("no panic");
        assert!(!fd.is_readable());
    });
}

#[test]
fn descriptor_made_late_is_readable_if_something_waits() {
    model(|| {
        let (queue, pull) = pull();
        let other = {
            let pull = Arc::clone(&pull);
            thread::spawn(move || usize::from(has_event(pull.next(Some(*PAST)))))
        };
        let writer = thread::spawn(move || queue.push(&TWO));
        // Either of them may come before it.
        drop(Mutex::new(()).lock());
        let fd = pull.fd().expect("a descriptor");
        let got = other.join().expect("no panic");
        writer.join().expect("no panic");
        assert_eq!(got + check_descriptor(&pull, fd), 2);
    });
}

#[test]
fn descriptor_is_readable_at_the_end() {
    for close in [false, true] {
        model(move || {
            let (queue, pull) = pull();
            let fd = pull.fd().expect("a descriptor");
            let other = {
                let pull = Arc::clone(&pull);
                thread::spawn(move || drop(pull.next(Some(*PAST))))
            };
            if close {
                pull.close()
            } else {
                queue.end(&ended())
            }
            other.join().expect("no panic");
            assert!(fd.is_readable());
            assert!(pull.next(Some(*PAST)).is_err());
            assert!(fd.is_readable());
        });
    }
}

#[test]
fn outstanding_wait_ends_with_the_last_one() {
    model(|| {
        let outstanding = Arc::new(Outstanding::default());
        outstanding.begin();
        outstanding.begin();
        let ends: Vec<_> = (0..2)
            .map(|_| {
                let outstanding = Arc::clone(&outstanding);
                thread::spawn(move || outstanding.end())
            })
            .collect();
        assert!(outstanding.wait(Instant::now() + Duration::from_secs(3600)), "a model's time never runs out");
        assert!(outstanding.is_none());
        ends.into_iter().for_each(|end| end.join().expect("no panic"));
    });
}

#[test]
fn outstanding_wait_of_several_threads_ends_for_each() {
    model(|| {
        let outstanding = Arc::new(Outstanding::default());
        outstanding.begin();
        let wait = |outstanding: &Outstanding| outstanding.wait(Instant::now() + Duration::from_secs(3600));
        let other = {
            let outstanding = Arc::clone(&outstanding);
            thread::spawn(move || wait(&outstanding))
        };
        let end = {
            let outstanding = Arc::clone(&outstanding);
            thread::spawn(move || outstanding.end())
        };
        assert!(wait(&outstanding));
        assert!(other.join().expect("no panic"));
        end.join().expect("no panic");
    });
}

#[test]
fn outstanding_wait_ends_with_something_else_that_is_told() {
    model(|| {
        let (outstanding, is_so) = (Arc::new(Outstanding::default()), Arc::new(Mutex::new(false)));
        outstanding.begin();
        let other = {
            let (outstanding, is_so) = (Arc::clone(&outstanding), Arc::clone(&is_so));
            thread::spawn(move || {
                *is_so.lock().expect("no panic") = true;
                outstanding.nudge();
            })
        };
        let end = Instant::now() + Duration::from_secs(3600);
        assert!(outstanding.wait_or(end, || *is_so.lock().expect("no panic")));
        assert!(!outstanding.is_none());
        other.join().expect("no panic");
    });
}

/// Counts its turns.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Job for Counted {
    fn run(self: Arc<Self>, _: usize) -> usize {
        self.0.fetch_add(1, Ordering::AcqRel);
        1
    }
}

impl Counted {
    fn turns(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

/// Pushes a job from a thread of its own; whether it was taken.
fn pushed(jobs: &Arc<ExecutorJobs>, job: &Arc<Counted>) -> thread::JoinHandle<bool> {
    let (jobs, job) = (Arc::clone(jobs), Arc::clone(job));
    thread::spawn(move || jobs.push(job).is_ok())
}

/// A loop, with nobody else there: whatever waits, the descriptor tells of it, and of nothing else for long.
fn run_while_readable(jobs: &ExecutorJobs) {
    let mut idle = 0;
    while jobs.is_readable() {
        idle = if jobs.run(1) == 0 { idle + 1 } else { 0 };
        assert!(idle < 2, "it stays readable for nothing");
    }
}

#[test]
fn executor_tells_of_every_job() {
    model(|| {
        let (jobs, job) = (Arc::new(ExecutorJobs::new().expect("a descriptor")), Arc::<Counted>::default());
        let others = [pushed(&jobs, &job), pushed(&jobs, &job)];
        jobs.run(1);
        for other in others {
            assert!(other.join().expect("no panic"), "it is not freed");
        }
        run_while_readable(&jobs);
        assert_eq!(job.turns(), 2);
    });
}

#[test]
fn executor_that_is_freed_runs_a_job_or_gives_it_back() {
    model(|| {
        let (jobs, job) = (Arc::new(ExecutorJobs::new().expect("a descriptor")), Arc::<Counted>::default());
        let others = [pushed(&jobs, &job), pushed(&jobs, &job)];
        jobs.free();
        let taken = others.into_iter().map(|other| other.join().expect("no panic"));
        let taken = taken.filter(|is_taken| *is_taken).count();
        assert_eq!(job.turns(), taken);
    });
}
