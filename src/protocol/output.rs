//! The outputs of a session, for its owner.

use std::time::{Duration, Instant};

use super::error::{Error, ErrorKind, Result};
use super::message::{Batch, Skipped};
use super::response::Response;

/// An action that was not taken: why, and the caller's token for it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refused<T> {
    /// The reason.
    pub error: Error,
    /// The token.
    pub token: T,
}

impl<T> Refused<T> {
    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }
}

impl<T> From<Refused<T>> for Error {
    fn from(refused: Refused<T>) -> Error {
        refused.error
    }
}

/// An output of a session.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output<T> {
    /// The login was accepted; after a reconnect, mask and filters are restored as well.
    Ready,
    /// Events, in order, for whoever wants them.
    Events(Batch),
    /// Messages between events that are none: responses that answer nothing, and events that bear the name of a marker. It is
    /// for readers that put events together which a text has cut in pieces; all others get its size. Only with
    /// [`SessionConfig::strays`](super::SessionConfig::strays).
    Stray {
        /// The messages.
        messages: Batch,
        /// The amount of it that has not come out in any other way.
        skipped: Skipped,
    },
    /// The connection was down between what came before this and what comes next.
    Gap(Gap),
    /// The action that was submitted with this token has ended.
    Done(T, Result<Response>),
    /// The connection is lost and must be closed. [`Output::Connect`] follows in time.
    Lost {
        /// The reason.
        cause: Error,
        /// The time until the next attempt.
        retry_in: Duration,
    },
    /// The owner is to connect again.
    Connect {
        /// The number of this attempt since the last stable connection, from 1.
        attempt: u32,
    },
    /// The session is over; the connection must be closed. Nothing comes after this.
    Ended(Error),
}

/// A time without a connection, in which events may have been missed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Gap {
    /// The time at which something was last received before it.
    pub from: Instant,
    /// The time of the login of the new connection.
    pub until: Instant,
    /// The reason why the connection was lost.
    pub cause: Error,
}
