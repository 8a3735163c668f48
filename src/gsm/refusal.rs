//! Refusals in the gateway's words.

use super::cli::quote;
use crate::error::{Error, ErrorKind, printable};

/// Tells whether the words repeat one of these, as it is or as it was quoted in the command.
pub(super) fn repeats(words: &[u8], private: &[&str]) -> bool {
    let has = |what: &str| memchr::memmem::find(words, what.as_bytes()).is_some();
    private.iter().any(|what| !what.is_empty() && (has(what) || has(quote(what).trim_matches('"'))))
}

/// The gateway's refusal of a command as an error of this kind; its words become the peer's.
pub(super) fn refused(kind: ErrorKind, what: &str, error: &Error, private: &[&str]) -> Error {
    let words = error.peer_message().unwrap_or_default();
    let is_unknown = words.starts_with(b"No such command") || words.starts_with(b"Invalid/unknown command");
    // No other SMS would fare better there.
    let kind = if is_unknown && kind == ErrorKind::SmsFailed { ErrorKind::Unsupported } else { kind };
    let text = if is_unknown {
        "the server knows no GSM commands; is it the gateway, and is the dialect right?".to_owned()
    } else if words.starts_with(b"Usage:") {
        format!("the gateway takes other arguments {what}; is the dialect right?")
    } else {
        // The words echo the command, but as a rule not in their first line.
        let first = words.split(|&byte| byte == b'\n').next().unwrap_or_default();
        if first.starts_with(b"Command '") || repeats(first, private) {
            format!("the gateway refused {what}; its words are in the peer message")
        } else {
            format!("the gateway refused {what}: {}", printable(first))
        }
    };
    Error::new(kind, text).with_peer_message(words)
}
