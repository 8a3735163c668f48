use std::time::Duration;

use crate::protocol::Action;

/// A client that typed actions can be called on.
pub trait Caller {
    /// The answer: a future, or the response itself.
    type Answer<'a>
    where
        Self: 'a;

    /// Sends the action. Without a time, the client's own timeout holds.
    fn call_typed(&self, action: Action, timeout: Option<Duration>) -> Self::Answer<'_>;
}
