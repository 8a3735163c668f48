//! The actions of clients and gateways.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::call::{Make, Running, asked};
use super::message::Response;
use super::pending::Pending;
use super::seconds::time_limit;
use super::text::{Text, utf8};
use crate::client::{Client, FilteredBy};
use crate::protocol::{self, Action};
use crate::typed::EventFilter;

/// Headers as Python has them.
pub(super) type Headers<'py> = Vec<(Bound<'py, PyString>, Bound<'py, PyAny>)>;

/// Makes an action of what Python gives.
pub(super) fn action_of(text: &Text, name: &Bound<'_, PyString>, headers: &Headers<'_>) -> PyResult<Action> {
    let mut action = Action::new(utf8("name of the action", name)?);
    for (name, value) in headers {
        text.add(&mut action, utf8("name of a header", name)?, value)?;
    }
    Ok(action)
}

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
    ) -> PyResult<Pending> {
        let action = action_of(&self.text, name, headers)?;
        let timeout = time_limit(py, "deadline", deadline)?;
        Ok(self.call(action, timeout, Response::create))
    }

    /// The same for an event loop.
    pub fn asked(
        self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        headers: &Headers<'_>,
        deadline: Option<f64>,
    ) -> PyResult<Running> {
        let action = action_of(&self.text, name, headers)?;
        let timeout = time_limit(py, "deadline", deadline)?;
        Ok(asked(self.client, self.text, action, timeout, |py, response, text| {
            Ok(Response::create(py, response, text)?.into_any())
        }))
    }

    pub fn command(self, py: Python<'_>, cli: &Bound<'_, PyString>, timeout: Option<f64>) -> PyResult<Pending> {
        let mut action = Action::new("Command");
        self.text.add(&mut action, "Command", cli)?;
        let timeout = time_limit(py, "timeout", timeout)?;
        Ok(self.call(action, timeout, |py, response, text| {
            Ok(text.decode(py, response.output().unwrap_or_default())?.unbind())
        }))
    }

    /// The way in which the server keeps to the filter, by name.
    pub fn filter_events(self, filter: EventFilter) -> Pending {
        let Session { client, text } = self;
        Pending::new(&text, async move { client.filter_events(&filter).await }, |_, by, _| {
            Ok(match by {
                FilteredBy::Criteria => "criteria",
                FilteredBy::Expressions => "expressions",
                FilteredBy::Client => "client",
            })
        })
    }

    pub fn can(self, action: String) -> Pending {
        let Session { client, text } = self;
        Pending::new(&text, async move { client.can(&action).await }, |_, can, _| Ok(can))
    }

    pub fn ping(self) -> Pending {
        let Session { client, text } = self;
        Pending::new(&text, async move { client.ping().await }, |_, time, _| Ok(time.as_secs_f64()))
    }

    /// The same for an event loop.
    pub fn pinged(self) -> Running {
        let start = Instant::now();
        asked(self.client, self.text, Action::new("Ping"), None, move |py, _, _| {
            start.elapsed().as_secs_f64().into_py_any(py)
        })
    }

    fn call<R>(self, action: Action, timeout: Option<Duration>, make: Make<protocol::Response, R>) -> Pending
    where
        R: for<'py> IntoPyObject<'py> + 'static,
    {
        let Session { client, text } = self;
        Pending::new(&text, async move { client.call_within(&action, timeout).await }, make)
    }
}
