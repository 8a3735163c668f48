//! Connections that an event loop reads itself.

use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex};
use std::task::Waker;

use pyo3::call::PyCallArgs;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyWeakrefReference};

use super::executor::{Connection, Executor, Slot};
use super::parking::park_at_exit;
use super::wait::detach;
use crate::blocking::ProcessStamp;
use crate::client::{Borrower, Client, Lent};
use crate::lock::lock;

/// A client's connections, read by an event loop. The loop calls `run` whenever one is readable.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct LoopReader {
    stamp: ProcessStamp,
    borrower: Borrower,
    /// The executor keeps this, and the loop does both.
    executor: Py<PyWeakrefReference>,
    event_loop: Py<PyWeakrefReference>,
    id: u64,
    /// The connection that the loop watches. It stays open until the loop has stopped that: then its number may be another file's.
    watched: Mutex<Option<Arc<TcpStream>>>,
}

impl LoopReader {
    /// Has the loop read a client's connections from now on, unless another one does.
    pub fn begin(client: &Client, executor: &Bound<'_, Executor>, event_loop: &Bound<'_, PyAny>) -> PyResult<()> {
        let waking = executor.get().waker();
        let Some(borrower) = client.lend(Waker::from(Arc::clone(&waking))) else { return Ok(()) };
        let reader = LoopReader {
            stamp: ProcessStamp::current(),
            borrower,
            executor: PyWeakrefReference::new(executor)?.unbind(),
            event_loop: PyWeakrefReference::new(event_loop)?.unbind(),
            id: waking.id,
            watched: Mutex::default(),
        };
        let reader = Bound::new(executor.py(), reader)?;
        let connection = Arc::new(reader.clone().unbind());
        executor.get().keep(waking.id, Slot::Connection { connection, waking });
        LoopReader::watch(&reader)
    }

    /// Watches the connection that there is now.
    fn watch(slf: &Bound<'_, LoopReader>) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        if !this.stamp.is_current() {
            return Ok(());
        }
        let lent = detach(py, || this.borrower.lent());
        let socket = match &lent {
            Lent::Socket(socket) => Some(socket),
            Lent::Nothing | Lent::Over => None,
        };
        if !same(lock(&this.watched).as_ref(), socket) {
            this.unwatch(py)?;
            if let Some(socket) = socket {
                let run = slf.getattr(intern!(py, "run"))?;
                this.of_loop(py, intern!(py, "add_reader"), (socket.as_raw_fd(), run))?;
                *lock(&this.watched) = Some(Arc::clone(socket));
            }
        }
        match lent {
            Lent::Socket(_) => this.borrower.visit(),
            Lent::Nothing => {}
            Lent::Over => {
                if let Some(executor) = this.executor(py)? {
                    executor.get().forget(this.id);
                }
            }
        }
        Ok(())
    }

    fn unwatch(&self, py: Python<'_>) -> PyResult<()> {
        let watched = lock(&self.watched).take();
        if let Some(socket) = watched {
            self.of_loop(py, intern!(py, "remove_reader"), (socket.as_raw_fd(),))?;
        }
        Ok(())
    }

    /// Calls a method of the loop, if that is still there.
    fn of_loop<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        arguments: impl PyCallArgs<'py>,
    ) -> PyResult<()> {
        park_at_exit();
        if let Some(event_loop) = self.event_loop.bind(py).upgrade() {
            event_loop.call_method1(method, arguments)?;
        }
        Ok(())
    }

    fn executor<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, Executor>>> {
        self.executor.bind(py).upgrade_as::<Executor>()
    }
}

impl Connection for Py<LoopReader> {
    fn look(&self, py: Python<'_>) -> PyResult<()> {
        LoopReader::watch(self.bind(py))
    }
}

fn same(one: Option<&Arc<TcpStream>>, other: Option<&Arc<TcpStream>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

#[pymethods]
impl LoopReader {
    /// Reads what has come, and has all go on that waited for it.
    fn run(&self, py: Python<'_>) -> PyResult<()> {
        let watched = lock(&self.watched).clone();
        // What the child of a fork has inherited is its parent's to read.
        let Some(socket) = watched.filter(|_| self.stamp.is_current()) else { return Ok(()) };
        let Some(executor) = self.executor(py)? else { return Ok(()) };
        let (goes_on, news) = executor.get().read(|| self.borrower.read(&socket));
        // What stays readable and is not read here would have the loop call for nothing.
        let unwatched = if goes_on { Ok(()) } else { self.unwatch(py) };
        executor.get().go_on(py, news)?;
        unwatched
    }
}
