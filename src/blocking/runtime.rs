//! The one thread that all links of the process share, from the first client to the last.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::oneshot;

use super::pool::{Pool, spawn};
use crate::error::{Error, ErrorKind, Result};

pub(super) struct Runtime {
    pub handle: tokio::runtime::Handle,
    pub pool: Arc<Pool>,
    pid: u32,
    stop: Option<oneshot::Sender<()>>,
}

/// Each process of a line of forks has a place of its own: another thread may have held the lock of the parent's place at the
/// fork, and nobody would let go of it here.
struct Place {
    /// Whose it is; 0 for nobody's.
    pid: AtomicU32,
    runtime: Mutex<Weak<Runtime>>,
}

const GENERATIONS: usize = 64;
static PLACES: [Place; GENERATIONS] =
    [const { Place { pid: AtomicU32::new(0), runtime: Mutex::new(Weak::new()) } }; GENERATIONS];

fn place() -> &'static Place {
    let me = std::process::id();
    let mine = |place: &&Place| {
        let taken = place.pid.compare_exchange(0, me, Ordering::AcqRel, Ordering::Acquire);
        taken.is_ok() || taken == Err(me)
    };
    PLACES.iter().find(mine).unwrap_or(&PLACES[me as usize % GENERATIONS])
}

impl Runtime {
    /// The process's runtime, started if there is none. A child of `fork` gets one of its own.
    pub fn get() -> Result<Arc<Runtime>> {
        let mut current = place().runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = current.upgrade() {
            if runtime.pid == std::process::id() {
                return Ok(runtime);
            }
            // The parent's thread does not exist here; nothing of it may be touched.
            std::mem::forget(runtime);
        }
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Io, format!("the input and output thread could not be started: {error}"))
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        spawn("ami-io", move || {
            let _ = runtime.block_on(stopped);
        })
        .map_err(failed)?;
        let pool = Pool::new(handle.clone());
        let runtime = Arc::new(Runtime { handle, pool, pid: std::process::id(), stop: Some(stop) });
        *current = Arc::downgrade(&runtime);
        Ok(runtime)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.pool.close();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}
