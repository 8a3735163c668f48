//! Refusals in the gateway's words.

use super::cli::quote;
use crate::error::{Error, ErrorKind, printable};

/// The shortest PDU of an SMS has more hex digits than this.
const PDU_DIGITS: usize = 20;

/// Tells whether the words repeat one of these, as it is or as it was quoted in the command, or a PDU, which has a number and a
/// text in it.
pub(super) fn repeats(words: &[u8], private: &[&str]) -> bool {
    let has = |what: &str| memchr::memmem::find(words, what.as_bytes()).is_some();
    let has_pdu = words.split(|byte| !byte.is_ascii_hexdigit()).any(|digits| digits.len() > PDU_DIGITS);
    has_pdu || private.iter().any(|what| !what.is_empty() && (has(what) || has(quote(what).trim_matches('"'))))
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
            format!("the gateway refused {what}; its words are in peer_message")
        } else {
            format!("the gateway refused {what}: {}", printable(first))
        }
    };
    Error::new(kind, text).with_peer_message(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_does_not_repeat_a_pdu() {
        let pdu = "0001000B813136929120F6000012F0F21BCE2E9FE6A0F7DD0DBABFE5E439";
        let words = format!("Command 1 gsm send pdu 1 {pdu}");
        let error = Error::new(ErrorKind::Command, "refused").with_peer_message(words.as_bytes());
        let shown = refused(ErrorKind::SmsFailed, "to send an SMS", &error, &["13632919026", "hello"]);
        assert!(!shown.to_string().contains("F21BCE2E"), "{shown}");
        assert_eq!(shown.peer_message(), Some(words.as_bytes()), "the words may be asked for");
        let id = Error::new(ErrorKind::Command, "refused").with_peer_message(&b"no channel 5f3a2b1c"[..]);
        assert!(refused(ErrorKind::SmsFailed, "to send an SMS", &id, &[]).to_string().contains("5f3a2b1c"));
    }
}
