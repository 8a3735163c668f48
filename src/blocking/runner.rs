//! The choice of the threads on which a client's jobs run: those of the pool, or the program's own.

use std::sync::Arc;

use super::executor::ExecutorJobs;
use super::pool::{Job, Pool};
use crate::error::Result;

/// The place where all jobs of a client run.
#[derive(Clone)]
pub(super) struct Runner {
    /// Runs the jobs where there is no executor, or none any more.
    pool: Arc<Pool>,
    executor: Option<Arc<ExecutorJobs>>,
}

impl Runner {
    /// # Errors
    /// [`crate::ErrorKind::State`] if the executor is freed; [`crate::ErrorKind::Forked`] if it is the parent's.
    pub fn new(pool: Arc<Pool>, executor: Option<Arc<ExecutorJobs>>) -> Result<Runner> {
        if let Some(executor) = &executor {
            executor.check()?;
        }
        Ok(Runner { pool, executor })
    }

    /// Sees to it that jobs will run. To be asked before anything is promised to run here.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if the system starts no thread.
    pub fn ensure(&self) -> Result<()> {
        if self.executor.is_some() { Ok(()) } else { self.pool.ensure_thread() }
    }

    /// Has the job run soon.
    pub fn schedule(&self, job: Arc<dyn Job>) {
        let refused = match &self.executor {
            None => Some(job),
            Some(executor) => executor.push(job).err(),
        };
        if let Some(job) = refused {
            self.pool.schedule(job);
        }
    }

    /// Has the job run if the thread that asks for it should get stuck.
    pub fn schedule_in_reserve(&self, job: Arc<dyn Job>) {
        match &self.executor {
            None => self.pool.schedule_in_reserve(job),
            // Once it is freed, the thread that asks is none of the pool's, which may have no thread at all.
            Some(_) => self.schedule(job),
        }
    }

    /// Tells whether jobs wait for this thread of the program's, which must not wait for them.
    pub fn waits_for_this_thread(&self) -> bool {
        self.executor.as_ref().is_some_and(|executor| executor.is_here())
    }

    /// Tells whether jobs wait for another thread of the program's: nothing of the client may run on this one.
    pub fn waits_for_another_thread(&self) -> bool {
        self.executor.as_ref().is_some_and(|executor| executor.is_elsewhere())
    }

    /// Tells whether the executor is freed, and its thread runs what waited.
    pub fn is_in_last_turn(&self) -> bool {
        self.executor.as_ref().is_some_and(|executor| executor.is_in_last_turn())
    }

    /// Tells whether jobs wait for a thread of the program's.
    pub fn has_executor(&self) -> bool {
        self.executor.is_some()
    }

    /// The reason why what runs here has not ended in time.
    pub fn reason(&self) -> &'static str {
        if self.waits_for_another_thread() {
            "the thread of its executor did not run what was left"
        } else {
            "a callback is still running"
        }
    }
}
