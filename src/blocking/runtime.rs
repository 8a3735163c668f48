//! The runtime that all links of the process share, and its thread, from the first client to the last.

use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;

use super::drive::{Lending, keep_driving};
use super::fork;
use super::pool::{Pool, spawn};
use crate::error::{Error, ErrorKind, Result};

pub(super) struct Runtime {
    pub handle: tokio::runtime::Handle,
    pub pool: Arc<Pool>,
    pub lending: Arc<Lending>,
    /// Taken at the end, as the thread has to be the last that has it.
    pub driven: Option<Arc<tokio::runtime::Runtime>>,
}

#[derive(Default)]
struct Current {
    runtime: Weak<Runtime>,
    /// Its thread, or the one before it that is about to end.
    thread: Option<JoinHandle<()>>,
}

/// Each process of a line of forks has a place of its own: another thread may have held the lock of the parent's place at the
/// fork, and nobody would let go of it here.
struct Place {
    generation: u64,
    current: Mutex<Current>,
    /// The parent's, which is never touched again.
    _before: *mut Place,
}

static PLACE: AtomicPtr<Place> = AtomicPtr::new(std::ptr::null_mut());

#[allow(unsafe_code)]
fn place() -> &'static Place {
    let generation = fork::generation();
    let mut seen = PLACE.load(Ordering::Acquire);
    loop {
        // SAFETY: what was put there is never freed.
        if let Some(place) = unsafe { seen.as_ref() }
            && place.generation == generation
        {
            return place;
        }
        let new = Box::into_raw(Box::new(Place { generation, current: Mutex::default(), _before: seen }));
        match PLACE.compare_exchange(seen, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => seen = new,
            Err(other) => {
                // SAFETY: nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
                seen = other;
            }
        }
    }
}

impl Runtime {
    /// The process's runtime, started if there is none. A child of `fork` gets one of its own.
    pub fn get() -> Result<Arc<Runtime>> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Io, format!("the input and output thread could not be started: {error}"))
        };
        fork::watch().map_err(failed)?;
        let mut current = place().current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = current.runtime.upgrade() {
            return Ok(runtime);
        }
        // Where clients come and go fast, those that are ending would pile up, and their descriptors with them.
        if let Some(thread) = current.thread.take() {
            let _ = thread.join();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (handle, driven) = (runtime.handle().clone(), Arc::new(runtime));
        let lending = Arc::new(Lending::default());
        let (thread_driven, thread_lending) = (Arc::clone(&driven), Arc::clone(&lending));
        let thread = spawn("ami-io", move || keep_driving(thread_driven, &thread_lending)).map_err(failed)?;
        let pool = Pool::new(handle.clone());
        let runtime = Arc::new(Runtime { handle, pool, lending, driven: Some(driven) });
        *current = Current { runtime: Arc::downgrade(&runtime), thread: Some(thread) };
        Ok(runtime)
    }

    /// The process's runtime, if there is one.
    pub fn current() -> Option<Arc<Runtime>> {
        place().current.lock().unwrap_or_else(PoisonError::into_inner).runtime.upgrade()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.pool.close();
        self.driven = None;
        self.lending.end();
    }
}
