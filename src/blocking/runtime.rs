//! The runtime that all links of the process share, and its thread, from the first client to the last.

use std::future::Future;
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::fork;
use super::io::Io;
use super::per_process::PerProcess;
use super::pool::{Pool, Threads, in_callback};
use crate::error::{Error, ErrorKind, Result};
use crate::lock::lock;

/// The time that threads may take to end.
const SHUTDOWN: Duration = Duration::from_secs(5);

pub(super) struct Runtime {
    pub io: Arc<Io>,
    pub pool: Arc<Pool>,
}

#[derive(Default)]
struct Current {
    runtime: Weak<Runtime>,
    /// Its thread, or the one before it that is about to end.
    thread: Option<JoinHandle<()>>,
    /// Those for callbacks, of the runtimes before as well.
    callbacks: Arc<Threads>,
}

static CURRENT: PerProcess<Mutex<Current>> = PerProcess::new();

impl Runtime {
    /// The process's runtime, started if there is none. A child of `fork` gets one of its own.
    pub fn get() -> Result<Arc<Runtime>> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Io, format!("the input and output thread could not be started: {error}"))
                .with_source(error)
        };
        fork::watch().map_err(failed)?;
        let mut current = lock(CURRENT.place());
        if let Some(runtime) = current.runtime.upgrade() {
            return Ok(runtime);
        }
        // If clients come and go fast, threads that are ending would pile up, and their descriptors with them.
        if let Some(thread) = current.thread.take() {
            let _ = thread.join();
        }
        let (io, thread) = Io::start().map_err(failed)?;
        let pool = Pool::new(Arc::downgrade(&io), io.handle.clone(), Arc::clone(&current.callbacks));
        let runtime = Arc::new(Runtime { io, pool });
        (current.runtime, current.thread) = (Arc::downgrade(&runtime), Some(thread));
        Ok(runtime)
    }

    /// Waits for the end of all threads, which comes after that of the last client.
    ///
    /// # Errors
    /// [`ErrorKind::State`] inside a callback, and while there are clients, gateways or subscriptions with callbacks;
    /// [`ErrorKind::Busy`] if a callback does not return.
    pub fn shut_down() -> Result<()> {
        if in_callback() {
            return Err(Error::new(
                ErrorKind::State,
                "inside a callback the library cannot wait for the callback's end",
            ));
        }
        let deadline = Instant::now() + SHUTDOWN;
        loop {
            let mut current = lock(CURRENT.place());
            let is_used = current.runtime.strong_count() > 0;
            if !is_used {
                if let Some(ended) = current.thread.take_if(|thread| thread.is_finished()) {
                    let _ = ended.join();
                }
                if current.callbacks.join_ended() && current.thread.is_none() {
                    current.runtime = Weak::new();
                    return Ok(());
                }
            }
            drop(current);
            if Instant::now() >= deadline {
                return Err(if is_used {
                    Error::new(
                        ErrorKind::State,
                        "there are clients, gateways, dialogues or subscriptions with callbacks; free them first",
                    )
                } else {
                    Error::new(
                        ErrorKind::Busy,
                        "a callback is still running; the library's threads end when it returns",
                    )
                });
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The process's runtime, if there is one.
    pub fn current() -> Option<Arc<Runtime>> {
        lock(CURRENT.place()).runtime.upgrade()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.pool.close();
    }
}

/// Waits until all threads of this library have ended, as they do after the last client; another client starts them anew. For
/// programs that unload the library or look for leaks.
///
/// # Errors
/// [`ErrorKind::State`] inside a callback, and while there are clients, gateways or subscriptions with callbacks;
/// [`ErrorKind::Busy`] if a callback does not return.
pub fn shut_down() -> Result<()> {
    Runtime::shut_down()
}

/// Has a future run within the shared runtime where there is no client yet; to be waited for with [`wait`].
#[cfg(feature = "python")]
pub(crate) fn in_runtime<F: Future>(future: F) -> Result<impl Future<Output = F::Output> + use<F>> {
    Ok(within(Runtime::get()?, future))
}

/// A timer goes off only while its runtime is there.
pub(super) async fn within<F: Future>(runtime: Arc<Runtime>, future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|cx| {
        let _runtime = runtime.io.handle.enter();
        future.as_mut().poll(cx)
    })
    .await
}
