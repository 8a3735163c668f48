//! A gateway for programs without a tokio runtime.

use std::fmt;
use std::io;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::handle::Simulator;
use super::options::Options;

/// A gateway on a thread of its own, which ends when this is dropped.
pub struct SimulatorThread {
    running: Option<Running>,
    pid: u32,
}

struct Running {
    simulator: Simulator,
    thread: JoinHandle<()>,
    /// The thread waits for this to be dropped.
    until: oneshot::Sender<()>,
}

impl SimulatorThread {
    /// Starts it, as [`Simulator::start`] does.
    ///
    /// # Errors
    /// Those of [`Simulator::start`]; the thread or its runtime cannot be made.
    pub fn start(options: Options) -> io::Result<SimulatorThread> {
        let (sender, started) = mpsc::channel();
        let (until, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("ami-simulator".into()).spawn(move || {
            // Signals belong to the program's own threads.
            #[cfg(unix)]
            let _ = nix::sys::signal::SigSet::all().thread_block();
            runtime.block_on(async {
                let _ = sender.send(Simulator::start(options).await);
                let _ = ended.await;
            });
        })?;
        let simulator = started.recv().map_err(|_| io::Error::other("the simulated gateway's thread died"))??;
        let running = Some(Running { simulator, thread, until });
        Ok(SimulatorThread { running, pid: std::process::id() })
    }

    /// The gateway. Nothing in the child of a fork: the thread does not exist there.
    pub fn simulator(&self) -> Option<&Simulator> {
        self.running.as_ref().filter(|_| self.pid == std::process::id()).map(|running| &running.simulator)
    }

    /// Ends the gateway and waits for its thread, which must not be the one that calls this.
    pub fn join(mut self) {
        if self.simulator().is_some()
            && let Some(Running { simulator, thread, until }) = self.running.take()
        {
            drop((simulator, until));
            let _ = thread.join();
        }
    }
}

impl Drop for SimulatorThread {
    fn drop(&mut self) {
        if self.simulator().is_none() {
            std::mem::forget(self.running.take());
        }
    }
}

impl fmt::Debug for SimulatorThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimulatorThread").field(&self.simulator()).finish()
    }
}
