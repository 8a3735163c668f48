use std::time::Duration;

use super::caller::Caller;
use super::value::Value;
use crate::protocol::{Action, Error};

/// An action that knows its required headers.
#[derive(Clone, Debug)]
pub(super) struct Request {
    action: Action,
    required: &'static [&'static str],
}

impl Request {
    pub fn new(name: &'static str, required: &'static [&'static str]) -> Request {
        Request { action: Action::new(name), required }
    }

    /// Sets a header that stands once.
    pub fn set(mut self, name: &str, value: Value) -> Request {
        self.action.put(name, value.bytes());
        self
    }

    /// Adds a header that may stand several times.
    pub fn add(mut self, name: &str, value: Value) -> Request {
        // A refusal shows when the action is sent.
        let _ = self.action.add(name, value.bytes());
        self
    }

    /// Adds a variable.
    pub fn pair(mut self, name: &str, value: Value) -> Request {
        let _ = self.action.add_variable(name, value.bytes());
        self
    }

    pub fn unchecked(mut self) -> Request {
        self.required = &[];
        self
    }

    /// The action, which is refused if a required header is missing.
    pub fn action(&self) -> Action {
        let mut action = self.action.clone();
        if let Some(missing) = self.required.iter().find(|name| action.get(name).is_none()) {
            let text = format!("{} needs the header {missing}; set it, or send the action unchecked", action.name());
            action.refuse(Error::invalid(text));
        }
        action
    }

    pub fn call<'c, C: Caller + ?Sized>(&self, caller: &'c C, timeout: Option<Duration>) -> C::Answer<'c> {
        caller.call_typed(self.action(), timeout)
    }
}
