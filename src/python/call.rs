//! Calls that are under way, to be waited for by a thread or by an event loop.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use super::error::OrRaise;
use super::text::Text;

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

/// Python gets None.
#[expect(clippy::unnecessary_wraps)]
pub(super) fn nothing(_py: Python<'_>, (): (), _text: &Arc<Text>) -> PyResult<()> {
    Ok(())
}
