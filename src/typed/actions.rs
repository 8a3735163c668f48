//! A type for each action. `new` takes the first required header; there is a method for each known header, and `header`
//! for any other.

use std::time::Duration;

use super::caller::Caller;
use super::request::Request;
use super::value::Value;
use crate::protocol::Action;

macro_rules! common {
    ($name:ident) => {
        impl $name {
            /// Adds a header of this name, for those that the catalogue does not know.
            pub fn header(self, name: &str, value: impl Into<Value>) -> Self {
                Self(self.0.add(name, value.into()))
            }

            /// Has the action sent even without its required headers.
            pub fn unchecked(self) -> Self {
                Self(self.0.unchecked())
            }

            /// The action as it would be sent. If it cannot be sent, because a required header is missing or a value was
            /// refused, it says so when it is called: see [`Action::check`].
            #[must_use]
            pub fn action(&self) -> Action {
                self.0.action()
            }

            /// Calls the action.
            ///
            /// # Errors
            /// [`crate::ErrorKind::Invalid`], with nothing written, if it cannot be sent; and those of the client.
            pub fn call<'c, C: Caller + ?Sized>(&self, client: &'c C) -> C::Answer<'c> {
                self.0.call(client, None)
            }

            /// Calls the action with a timeout of its own.
            ///
            /// # Errors
            /// As those of a call without.
            pub fn call_within<'c, C: Caller + ?Sized>(&self, client: &'c C, timeout: Duration) -> C::Answer<'c> {
                self.0.call(client, Some(timeout))
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/actions.rs"));
