//! Waiting for a future on an ordinary thread.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Instant;

struct Parker {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}

fn parker() -> (Arc<Parker>, Waker) {
    let parker = Arc::new(Parker { thread: std::thread::current(), woken: AtomicBool::new(false) });
    (Arc::clone(&parker), Waker::from(parker))
}

/// Waits for the future, at most until the deadline. Nothing is lost if time runs out first and the future is kept.
///
/// The future must not need a runtime around it: those of this crate only need theirs to be alive.
pub fn wait<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    thread_local! {
        static PARKER: (Arc<Parker>, Waker) = parker();
    }
    // A thread that is about to end has none any more: destructors may run then, and may wait.
    let (parker, waker) = PARKER.try_with(Clone::clone).unwrap_or_else(|_| parker());
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        parker.woken.store(false, Ordering::Relaxed);
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        while !parker.woken.load(Ordering::Acquire) {
            match deadline {
                None => std::thread::park(),
                Some(deadline) => {
                    let now = Instant::now();
                    if now >= deadline {
                        return None;
                    }
                    std::thread::park_timeout(deadline - now);
                }
            }
        }
    }
}
