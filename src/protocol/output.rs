//! Outputs of a session for its owner.

use std::time::{Duration, Instant};

use super::error::{Error, ErrorKind, Result};
use super::message::{Batch, Skipped};
use super::response::Response;

/// An action that was not taken: why, and the caller's token for it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refused<T> {
    /// Why.
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

/// An output of the session.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output<T> {
    /// The login was accepted; after a reconnect, mask and filters are in force again as well.
    Ready,
    /// Events, in order, for whoever wants them.
    Events(Batch),
    /// Messages that came between events and are none: responses that answer nothing, and events that bear the name of a
    /// marker. It is for who puts together what a text has cut in pieces; all others are told how much it was. Only with
    /// [`SessionConfig::strays`](super::SessionConfig::strays).
    Stray {
        /// The messages.
        messages: Batch,
        /// The part of it that has not come out in any other way.
        skipped: Skipped,
    },
    /// The link was down between what came before this and what comes next.
    Gap(Gap),
    /// The action that was submitted with this token has ended.
    Done(T, Result<Response>),
    /// The link is lost and must be closed. [`Output::Connect`] follows in time.
    Lost {
        /// Why.
        cause: Error,
        /// The time until the next attempt.
        retry_in: Duration,
    },
    /// The link is to be made again.
    Connect {
        /// Which attempt since the last stable link this is, from 1.
        attempt: u32,
    },
    /// The session is over; the link must be closed. Nothing comes after this.
    Ended(Error),
}

/// A time without a link, in which events may have been missed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Gap {
    /// When something was last received before it.
    pub from: Instant,
    /// When the new link was logged in.
    pub until: Instant,
    /// Why the link was lost.
    pub cause: Error,
}
