//! The program's own code: callbacks of subscriptions, and completions of what was submitted.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::callback::{Callback, Sink};
use super::completions::{Around, Completions};
use super::executor::ExecutorJobs;
use super::fork::ProcessStamp;
use super::pool::in_callback;
use super::runner::Runner;
use super::runtime::Runtime;
use super::subscription::Subscription;
use crate::client::Done;
use crate::error::{Error, ErrorKind, Result};
use crate::events;
use crate::lock::lock;
use crate::protocol::Response;

pub(super) struct Handlers {
    pub runtime: Arc<Runtime>,
    completions: Arc<Completions>,
    callbacks: Mutex<Callbacks>,
    /// The time that a running callback has to return in when its client is closed.
    patience: Duration,
}

#[derive(Default)]
struct Callbacks {
    running: Vec<Arc<Callback>>,
    /// Set as the client is closed: none may begin after that.
    closed: bool,
}

impl Handlers {
    /// With an executor, all of the program's code runs on its thread.
    pub fn new(patience: Duration, around: Around, executor: Option<Arc<ExecutorJobs>>) -> Result<Handlers> {
        let runtime = Runtime::get()?;
        let runner = Runner::new(Arc::clone(&runtime.pool), executor)?;
        let completions = Completions::new(runner, around);
        Ok(Handlers { runtime, completions, callbacks: Mutex::default(), patience })
    }

    fn callbacks(&self) -> MutexGuard<'_, Callbacks> {
        lock(&self.callbacks)
    }

    /// Refuses to begin anything once the client is closed.
    pub fn check(&self) -> Result<()> {
        if self.callbacks().closed { Err(Error::closed()) } else { Ok(()) }
    }

    /// Has a sink, which is made only if that is not refused, take what a subscription brings.
    pub fn callback(
        &self,
        stamp: ProcessStamp,
        subscription: events::Subscription,
        make: impl FnOnce() -> Sink,
    ) -> Result<Subscription> {
        self.completions.runner.ensure()?;
        let mut callbacks = self.callbacks();
        if callbacks.closed {
            return Err(Error::closed());
        }
        let callback = Callback::start(subscription, self.completions.runner.clone(), make());
        callbacks.running.retain(|other| !other.has_ended());
        callbacks.running.push(Arc::clone(&callback));
        drop(callbacks);
        let runtime = Some(Arc::clone(&self.runtime));
        Ok(Subscription { stamp, callback: Some(callback), runtime, patience: self.patience })
    }

    /// Submits something whose outcome the completion gets here, exactly once; never if it was refused, as it is where no
    /// thread can be had to call it on.
    pub fn expect<T: Send + 'static, E: From<Error>>(
        &self,
        completion: impl FnOnce(T) + Send + 'static,
        submit: impl FnOnce(Box<dyn FnOnce(T) + Send>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.completions.runner.ensure()?;
        submit(self.completions.of(completion))
    }

    /// The same for an action.
    pub fn expect_action(&self, completion: impl FnOnce(Result<Response>) + Send + 'static) -> Result<Done> {
        self.completions.runner.ensure()?;
        Ok(Done::Gathered(self.completions.of_action(completion)))
    }

    /// Ends all callbacks and waits for what is running, outside callbacks, until the deadline.
    pub fn end(&self, deadline: Instant, whose: &str) -> Result<()> {
        // They stay in the list meanwhile, so that another thread that closes waits for them as well.
        let callbacks = {
            let mut callbacks = self.callbacks();
            callbacks.closed = true;
            callbacks.running.clone()
        };
        let mut all = true;
        for callback in callbacks {
            all &= callback.close(deadline);
        }
        self.callbacks().running.retain(|callback| !callback.has_ended());
        all &= self.completions.drain(deadline);
        if all || in_callback() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Busy,
            format!(
                "{}; the {whose} is closed, and the data of its callbacks is let go when they are over",
                self.completions.runner.reason()
            ),
        ))
    }
}
