//! Calls that are under way, to be waited for by a thread or by an event loop.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::error::OrRaise;
use super::message::Response;
use super::seconds::time_limit;
use super::text::{Text, utf8};
use super::wait::wait;
use crate::client::Client;
use crate::error::Error;
use crate::protocol::{self, Action};

/// Makes of a result what Python gets.
pub(super) type Make<T, R> = fn(Python<'_>, T, &Arc<Text>) -> PyResult<R>;

/// A call that is under way.
pub(super) trait Calling<T, E, R>: Future<Output = Ended<T, E, R>> + Send + 'static {}

impl<T, E, R, F: Future<Output = Ended<T, E, R>> + Send + 'static> Calling<T, E, R> for F {}

/// The result of a call, until the interpreter is there to make something of it.
pub(super) struct Ended<T, E, R> {
    result: Result<T, E>,
    text: Arc<Text>,
    make: Make<T, R>,
}

impl<T, E, R> Ended<T, E, R>
where
    Result<T, E>: OrRaise<T>,
{
    pub fn finish(self, py: Python<'_>) -> PyResult<R> {
        let value = self.result.or_raise(py, &self.text)?;
        (self.make)(py, value, &self.text)
    }
}

/// A call of which Python gets what is made of its result.
pub(super) fn ended<T, E, R, F>(text: &Arc<Text>, call: F, make: Make<T, R>) -> impl Calling<T, E, R> + use<T, E, R, F>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    R: 'static,
{
    let text = Arc::clone(text);
    async move { Ended { result: call.await, text, make } }
}

/// Waits for a call.
pub(super) fn run<T: Send, E: Send, R>(py: Python<'_>, call: impl Future<Output = Ended<T, E, R>> + Send) -> PyResult<R>
where
    Result<T, E>: OrRaise<T>,
{
    wait(py, call)?.finish(py)
}

/// Makes the result that a call has ended with.
pub(super) type Finish = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;
pub(super) type Running = Pin<Box<dyn Future<Output = Finish> + Send>>;

/// A call whose kind does not show.
pub(super) fn running<T, E, R>(calling: impl Calling<T, E, R>) -> Running
where
    T: Send + 'static,
    E: Send + 'static,
    R: for<'py> IntoPyObject<'py> + 'static,
    Result<T, E>: OrRaise<T>,
{
    Box::pin(async move {
        let ended = calling.await;
        Box::new(move |py: Python<'_>| ended.finish(py)?.into_py_any(py)) as Finish
    })
}

/// Headers as Python has them.
pub(super) type Headers<'py> = Vec<(Bound<'py, PyString>, Bound<'py, PyAny>)>;

/// The client that actions are called on, with its encoding.
pub(super) struct Session {
    pub client: Client,
    pub text: Arc<Text>,
}

impl Session {
    pub fn action(
        self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        headers: &Headers<'_>,
        deadline: Option<f64>,
    ) -> PyResult<impl Calling<protocol::Response, Error, Py<Response>> + use<>> {
        let mut action = Action::new(utf8("name of the action", name)?);
        for (name, value) in headers {
            self.text.add(&mut action, utf8("name of a header", name)?, value)?;
        }
        self.call(py, action, deadline, Response::create)
    }

    pub fn command(
        self,
        py: Python<'_>,
        cli: &Bound<'_, PyString>,
        deadline: Option<f64>,
    ) -> PyResult<impl Calling<protocol::Response, Error, Py<PyString>> + use<>> {
        let mut action = Action::new("Command");
        self.text.add(&mut action, "Command", cli)?;
        self.call(py, action, deadline, |py, response, text| {
            Ok(text.decode(py, response.output().unwrap_or_default())?.unbind())
        })
    }

    fn call<R: 'static>(
        self,
        py: Python<'_>,
        action: Action,
        deadline: Option<f64>,
        make: Make<protocol::Response, R>,
    ) -> PyResult<impl Calling<protocol::Response, Error, R> + use<R>> {
        let timeout = time_limit(py, "deadline", deadline)?;
        let Session { client, text } = self;
        Ok(ended(&text, async move { client.call_within(&action, timeout).await }, make))
    }
}
