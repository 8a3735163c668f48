//! Calls that are under way, to be waited for by a thread or by an event loop.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use super::error::OrRaise;
use super::text::Text;
use crate::client::{Client, Done};
use crate::error::Error;
use crate::lock::lock;
use crate::protocol::{Action, Response};

/// Makes of a result what Python gets.
pub(super) type Make<T, R> = fn(Python<'_>, T, &Arc<Text>) -> PyResult<R>;

/// A call that is under way, whose kind does not show.
pub(super) trait Run: Send {
    /// Goes on with it, until it is over.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()>;

    /// Python's result of a call that is over.
    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

pub(super) type Running = Box<dyn Run>;

/// A call, and its result until the interpreter is there to make something of it.
struct Started<F: Future, R> {
    /// In a box of its own: moved from one into another, it would be kept in both.
    future: Pin<Box<F>>,
    result: Option<F::Output>,
    text: Arc<Text>,
    make: R,
}

impl<F, T, E, R> Run for Started<F, Make<T, R>>
where
    F: Future<Output = Result<T, E>> + Send,
    T: Send,
    E: Send,
    R: for<'py> IntoPyObject<'py>,
    Result<T, E>: OrRaise<T>,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.future.as_mut().poll(context).map(|result| self.result = Some(result))
    }

    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let result = self.result.expect("a call is finished when it is over");
        let value = result.or_raise(py, &self.text)?;
        (self.make)(py, value, &self.text)?.into_py_any(py)
    }
}

/// A call of which Python gets what is made of its result.
pub(super) fn running<F, T, E, R>(text: &Arc<Text>, call: F, make: Make<T, R>) -> Running
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    R: for<'py> IntoPyObject<'py> + 'static,
    Result<T, E>: OrRaise<T>,
{
    Box::new(Started { future: Box::pin(call), result: None, text: Arc::clone(text), make })
}

/// An action for an event loop, which costs less than the future of a call.
struct Asked<M> {
    client: Client,
    /// Until it is submitted.
    action: Option<(Action, Option<Duration>)>,
    answer: Arc<Mutex<Answer>>,
    text: Arc<Text>,
    make: M,
}

/// The place for an answer.
#[derive(Default)]
struct Answer {
    outcome: Option<Result<Response, Error>>,
    waker: Option<Waker>,
}

/// The one that puts it there.
struct Answering(Arc<Mutex<Answer>>);

impl Answering {
    fn put(&self, outcome: Result<Response, Error>) {
        let waker = {
            let mut answer = lock(&self.0);
            answer.outcome.get_or_insert(outcome);
            answer.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        // Unless there is one.
        self.put(Err(Error::closed()));
    }
}

impl<M> Run for Asked<M>
where
    M: FnOnce(Python<'_>, Response, &Arc<Text>) -> PyResult<Py<PyAny>> + Send,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        {
            let mut answer = lock(&self.answer);
            if answer.outcome.is_some() {
                return Poll::Ready(());
            }
            answer.waker = Some(context.waker().clone());
        }
        let Some((action, timeout)) = self.action.take() else { return Poll::Pending };
        let answering = Answering(Arc::clone(&self.answer));
        let done = Done::Told(Box::new(move |outcome| answering.put(outcome)));
        match self.client.submit(&action, timeout, done) {
            Ok(_) => Poll::Pending,
            Err(error) => {
                lock(&self.answer).outcome = Some(Err(error));
                Poll::Ready(())
            }
        }
    }

    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let outcome = lock(&self.answer).outcome.take();
        let response = outcome.expect("a call is finished when it is over").or_raise(py, &self.text)?;
        (self.make)(py, response, &self.text)
    }
}

/// An action for an event loop, of which Python gets what is made of its answer.
pub(super) fn asked<M>(client: Client, text: Arc<Text>, action: Action, timeout: Option<Duration>, make: M) -> Running
where
    M: FnOnce(Python<'_>, Response, &Arc<Text>) -> PyResult<Py<PyAny>> + Send + 'static,
{
    Box::new(Asked { client, action: Some((action, timeout)), answer: Arc::default(), text, make })
}

/// Python gets None.
#[expect(clippy::unnecessary_wraps)]
pub(super) fn nothing(_py: Python<'_>, (): (), _text: &Arc<Text>) -> PyResult<()> {
    Ok(())
}
