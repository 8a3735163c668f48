//! Waiting for a future on an ordinary thread, while others do what it needs.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use tokio::task::unconstrained;

use crate::lock::unpoisoned;
use crate::sync::{Condvar, Mutex, MutexGuard, thread_local};

/// The place where a thread waits. Not the thread's own parking place: a thread that is about to end has that no more, and its
/// destructors may wait too.
#[derive(Default)]
struct Parker {
    woken: Mutex<bool>,
    wake: Condvar,
}

impl Parker {
    fn lock(&self) -> MutexGuard<'_, bool> {
        unpoisoned(self.woken.lock())
    }

    /// Tells whether it was woken before the deadline.
    fn park(&self, deadline: Option<Instant>) -> bool {
        let mut woken = self.lock();
        while !std::mem::take(&mut *woken) {
            woken = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => unpoisoned(self.wake.wait(woken)),
                Some(left) if left.is_zero() => return false,
                Some(left) => unpoisoned(self.wake.wait_timeout(woken, left)).0,
            };
        }
        true
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !std::mem::replace(&mut *self.lock(), true) {
            self.wake.notify_one();
        }
    }
}

/// Waits for what others do for the future.
pub fn park<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    thread_local! {
        static PARKER: (Arc<Parker>, Waker) = parker();
    }
    let (parker, waker) = PARKER.try_with(Clone::clone).unwrap_or_else(|_| parker());
    let mut cx = Context::from_waker(&waker);
    // Where the thread is in a task of tokio's, that task's budget would end, and this thread wait for ever: the budget is given
    // anew when the task yields.
    let mut future = pin!(unconstrained(future));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        if !parker.park(deadline) {
            return None;
        }
    }
}

fn parker() -> (Arc<Parker>, Waker) {
    let parker = Arc::new(Parker::default());
    (Arc::clone(&parker), Waker::from(parker))
}
