//! The bounds of what a server may send.

use super::error::{Error, ErrorKind};

/// The most that a server may send of each thing before the connection is given up. The defaults are far above anything a real
/// server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the first line, which names the protocol.
    pub banner: usize,
    /// Bytes of one line.
    pub line: usize,
    /// Headers of one message, not counting `Output`.
    pub headers: usize,
    /// Bytes of one message, not counting a command's output.
    pub frame: usize,
    /// Bytes of one response, which may be a whole file in a line of its own each, or in a single one. Lines, headers and
    /// messages of a response that an action waits for, or whose ActionID a parser was told to expect, have this limit where
    /// their own is smaller, unless that was set below its default.
    pub response: usize,
    /// Bytes of one command's output.
    pub output: usize,
    /// Entries of one list.
    pub list: usize,
    /// Bytes of memory that the entries of one list take.
    pub list_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            banner: 256,
            line: 65_535,
            headers: 4096,
            frame: 1 << 20,
            response: 20 << 20,
            output: 16 << 20,
            list: 1_000_000,
            list_bytes: 128 << 20,
        }
    }
}

impl Limits {
    /// Sets the bytes that the first line may have.
    #[must_use]
    pub fn banner(self, banner: usize) -> Limits {
        Limits { banner, ..self }
    }

    /// Sets the bytes that a line may have.
    #[must_use]
    pub fn line(self, line: usize) -> Limits {
        Limits { line, ..self }
    }

    /// Sets the headers that a message may have.
    #[must_use]
    pub fn headers(self, headers: usize) -> Limits {
        Limits { headers, ..self }
    }

    /// Sets the bytes that a message may have.
    #[must_use]
    pub fn frame(self, frame: usize) -> Limits {
        Limits { frame, ..self }
    }

    /// Sets the bytes that a response may have.
    #[must_use]
    pub fn response(self, response: usize) -> Limits {
        Limits { response, ..self }
    }

    /// Sets the bytes that a command's output may have.
    #[must_use]
    pub fn output(self, output: usize) -> Limits {
        Limits { output, ..self }
    }

    /// Sets the entries that a list may have.
    #[must_use]
    pub fn list(self, list: usize) -> Limits {
        Limits { list, ..self }
    }

    /// Sets the bytes of memory that the entries of a list may take.
    #[must_use]
    pub fn list_bytes(self, list_bytes: usize) -> Limits {
        Limits { list_bytes, ..self }
    }
}

/// The buffer cannot be larger: offsets into it are 32 bits.
pub(super) const MOST: usize = i32::MAX as usize;

pub(super) fn over_limit(what: &str, limit: usize, unit: &str) -> Error {
    Error::new(
        ErrorKind::Limit,
        format!("the server sent {what} of more than {limit} {unit}; raise that limit if it is meant to"),
    )
}

/// A response may have so many headers, unless the limit of headers is below or above.
const RESPONSE_HEADERS: usize = 1_000_000;

/// A response may be larger than other messages: whoever asks for a file gets it in one.
pub(super) fn for_responses(limits: Limits) -> Limits {
    let usual = Limits::default();
    let raised = |limit: usize, usual: usize, to: usize| if limit < usual { limit } else { limit.max(to) };
    Limits {
        line: raised(limits.line, usual.line, limits.response),
        headers: raised(limits.headers, usual.headers, RESPONSE_HEADERS),
        frame: raised(limits.frame, usual.frame, limits.response),
        ..limits
    }
}

/// No offset may be larger than its 32 bits can say.
pub(super) fn bounded(limits: Limits) -> Limits {
    Limits {
        line: limits.line.min(MOST),
        response: limits.response.min(MOST),
        frame: limits.frame.min(MOST),
        output: limits.output.min(MOST),
        headers: limits.headers.min(MOST),
        ..limits
    }
}
