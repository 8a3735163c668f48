//! The session without a socket: recorded sessions, login, matching, lists, deadlines, and a model of it all.

mod deadlines;
mod lists;
mod login;
mod matching;
mod model;
mod recorded;
mod strangers;

use std::time::Duration;

use ami::{Action, Error, ErrorKind, Message, Response};

use support::captures::shown;

const SECOND: Duration = Duration::from_secs(1);

fn action(name: &str, id: &str) -> Action {
    Action::new(name).with("ActionID", id)
}

fn kind(result: &Result<Response, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}

/// The values of this header in these messages.
fn values(messages: &[Message], name: &str) -> Vec<String> {
    messages.iter().map(|message| shown(message.get(name).unwrap_or(b"?"))).collect()
}
