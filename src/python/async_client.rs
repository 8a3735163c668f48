//! A client's calls on an event loop.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit};

use super::async_stream::{AsyncStream, Source};
use super::call::{Calling, Headers, running};
use super::client::Client;
use super::error::OrRaise;
use super::executor::{Executor, check_loop};
use super::gsm::Port;
use super::pending::Call;
use super::stream::Idle;

/// A client's calls on one event loop. libami.aio.Client is the one to use.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct AsyncClient {
    client: Py<Client>,
    executor: Py<Executor>,
    event_loop: Py<PyAny>,
}

impl AsyncClient {
    fn start<T, E, R>(&self, py: Python<'_>, calling: impl Calling<T, E, R>) -> PyResult<Call>
    where
        T: Send + 'static,
        E: Send + 'static,
        R: for<'py> IntoPyObject<'py> + 'static,
        Result<T, E>: OrRaise<T>,
    {
        Call::start(py, &self.executor, &self.event_loop, running(calling))
    }

    fn stream(&self, py: Python<'_>, source: Source, idle: Idle, owner: Option<Py<PyAny>>) -> AsyncStream {
        let text = self.client.get().text();
        AsyncStream::new(py, &self.executor, &self.event_loop, text, source, idle, owner)
    }

    /// The client, on its own loop's thread.
    fn here(&self, py: Python<'_>) -> PyResult<&Client> {
        check_loop(py, &self.event_loop)?;
        Ok(self.client.get())
    }
}

#[pymethods]
impl AsyncClient {
    #[new]
    fn new(client: Py<Client>, executor: Py<Executor>, event_loop: Py<PyAny>) -> AsyncClient {
        client.get().use_on_a_loop();
        AsyncClient { client, executor, event_loop }
    }

    fn open(&self, py: Python<'_>) -> PyResult<Call> {
        self.start(py, self.here(py)?.opening(py)?)
    }

    fn close(&self, py: Python<'_>) -> PyResult<Call> {
        self.start(py, self.here(py)?.closing(py)?)
    }

    /// Begins to close and waits for nothing.
    fn abandon(&self) {
        self.client.get().start_close();
    }

    #[pyo3(signature = (name, headers, deadline=None))]
    fn action(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        headers: Headers<'_>,
        deadline: Option<f64>,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.session(py)?.action(py, name, &headers, deadline)?)
    }

    #[pyo3(signature = (cli, deadline=None))]
    fn command(&self, py: Python<'_>, cli: &Bound<'_, PyString>, deadline: Option<f64>) -> PyResult<Call> {
        self.start(py, self.here(py)?.session(py)?.command(py, cli, deadline)?)
    }

    fn originate(
        &self,
        py: Python<'_>,
        channel: &Bound<'_, PyString>,
        arguments: &Bound<'_, PyDict>,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().originating(py, channel, arguments)?)
    }

    fn start_originate(
        &self,
        py: Python<'_>,
        channel: &Bound<'_, PyString>,
        arguments: &Bound<'_, PyDict>,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().originated(py, channel, arguments)?)
    }

    #[pyo3(signature = (state, timeout=None))]
    fn wait_for_state(&self, py: Python<'_>, state: &str, timeout: Option<f64>) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().wait_for_state(py, state, timeout)?)
    }

    fn ping(&self, py: Python<'_>) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().ping(py)?)
    }

    #[pyo3(signature = (span, to, text, timeout=None, id=None, *, queue=false))]
    #[expect(clippy::too_many_arguments)]
    fn send_sms(
        &self,
        py: Python<'_>,
        span: Port,
        to: &Bound<'_, PyString>,
        text: &Bound<'_, PyString>,
        timeout: Option<f64>,
        id: Option<&Bound<'_, PyString>>,
        queue: bool,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().send_sms(py, span, to, text, timeout, id, queue)?)
    }

    #[pyo3(signature = (span, code, timeout=None))]
    fn send_ussd(
        &self,
        py: Python<'_>,
        span: Port,
        code: &Bound<'_, PyString>,
        timeout: Option<f64>,
    ) -> PyResult<Call> {
        self.start(py, self.here(py)?.link().send_ussd(py, span, code, timeout)?)
    }

    fn events(
        &self,
        py: Python<'_>,
        names: Option<Vec<String>>,
        timeout: Option<f64>,
        idle_timeout: Option<f64>,
        owner: Option<Py<PyAny>>,
    ) -> PyResult<AsyncStream> {
        let client = self.here(py)?;
        client.check_open(py)?;
        let idle = Idle::new(py, timeout, idle_timeout)?;
        let events = client.core(py)?.subscribe(client.filter(py, names)?).or_raise(py, client.text())?;
        Ok(self.stream(py, Source::Events(events), idle, owner))
    }

    fn inbox(&self, py: Python<'_>, timeout: Option<f64>, owner: Option<Py<PyAny>>) -> PyResult<AsyncStream> {
        let client = self.here(py)?;
        client.check_open(py)?;
        let idle = Idle::new(py, timeout, None)?;
        let inbox = client.inbox(py)?;
        Ok(self.stream(py, Source::Inbox(inbox), idle, owner))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.client)?;
        visit.call(&self.executor)?;
        visit.call(&self.event_loop)
    }
}
