//! USSD: codes, replies, and dialogues of several.

use std::fmt;

use super::refusal::refused;
use super::text::{contains, decode_text};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Response;

/// The network's reply to a USSD request.
#[derive(Clone)]
pub struct UssdReply {
    text: String,
    wants_answer: bool,
}

impl UssdReply {
    pub(super) fn new(text: String, wants_answer: bool) -> UssdReply {
        UssdReply { text, wants_answer }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether the network waits for an answer, to be sent as another USSD request.
    pub fn wants_answer(&self) -> bool {
        self.wants_answer
    }
}

impl fmt::Debug for UssdReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UssdReply").field("wants_answer", &self.wants_answer).finish_non_exhaustive()
    }
}

pub(super) fn no_answer() -> Error {
    Error::new(ErrorKind::OutcomeUnknown, "the network did not answer the USSD code in time; it may have acted on it")
        .caused_by(ErrorKind::Timeout, None)
}

/// Whoever was to tell the reply is gone.
pub(super) fn lost_ussd(what: String) -> Error {
    let text = format!("{what} before the network's reply to the USSD code came; it may have acted on it");
    Error::new(ErrorKind::OutcomeUnknown, text)
}

/// Why a USSD code did not reach the network.
pub(super) fn not_taken(code: &str, error: Error) -> Error {
    match error.kind() {
        ErrorKind::Command | ErrorKind::Action => refused(ErrorKind::Ussd, "to send a USSD code", &error, &[code]),
        _ => error,
    }
}

/// Reads the answer of a command that waits for the network.
pub(super) fn reply_of(code: &str, answer: Result<Response>) -> Result<UssdReply> {
    let response = answer.map_err(|error| not_taken(code, error))?;
    let output = response.output().unwrap_or_default();
    let failed = |text: &'static str| Err(Error::new(ErrorKind::Ussd, text).with_peer_message(output));
    if output.starts_with(b"1:") {
        return match (number_after(output, b"responses:"), text_of(output)) {
            (Some(5), _) => Err(no_answer().with_peer_message(output)),
            (Some(3..), _) => failed("the network did not serve the USSD code; its words are in peer_message"),
            (Some(mode), Some(text)) => {
                let text = match number_after(output, b"code:") {
                    // chan_extra, which says Text, has decoded it and still names the coding.
                    Some(coding) if is_ucs2(coding) && !is_decoded(output) => {
                        decode_ucs2(text).unwrap_or_else(|| decode_text(text))
                    }
                    _ => decode_text(text),
                };
                Ok(UssdReply { text, wants_answer: mode == 1 })
            }
            _ => failed("the gateway gave a USSD reply that is not understood; is the dialect right?"),
        };
    }
    let first = output.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if contains(first, b"timeout") {
        Err(no_answer().with_peer_message(output))
    } else if contains(first, b"Sending USSD now") {
        failed("the port is busy with another USSD code; nothing was sent, try again")
    } else if output.starts_with(b"Usage:") {
        failed("the gateway takes other arguments to send a USSD code; is the dialect right?")
    } else {
        failed("the gateway could not send the USSD code; its words are in peer_message")
    }
}

/// Tells whether a cell broadcast's coding scheme means UCS-2 (23.038 5).
pub(super) fn is_ucs2(coding: u32) -> bool {
    coding == 0x11
        || (0x40..0x80).contains(&coding) && coding & 0x0c == 0x08
        || coding >> 4 == 9 && coding & 0x0c == 0x08
}

/// UCS-2 in hex, as some gateways hand it out; others have decoded it already.
fn decode_ucs2(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii();
    if text.is_empty() || !text.len().is_multiple_of(4) {
        return None;
    }
    let units: Option<Vec<u16>> = text
        .chunks_exact(4)
        .map(|digits| u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| digits[0] != b'+'))
        .collect();
    Some(String::from_utf16_lossy(&units?))
}

/// `responses:0` in one release of the driver, `USSD Responses: 0` in others.
fn number_after(output: &[u8], words: &[u8]) -> Option<u32> {
    // Of the text nothing is read.
    let head = text_of(output).map_or(output, |text| &output[..output.len() - text.len()]).to_ascii_lowercase();
    let at = memchr::memmem::find(&head, words)? + words.len();
    let rest = head[at..].trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

/// Tells whether the driver has decoded the text.
fn is_decoded(output: &[u8]) -> bool {
    memchr::memmem::find(output, b"\nText:").is_some_and(|at| !contains(&output[..at], b"USSD Message:"))
}

/// `Text:…` in one release of the driver, a tab and `USSD Message:…` in others; it may have several lines.
fn text_of(output: &[u8]) -> Option<&[u8]> {
    [&b"\nText:"[..], b"\n\tUSSD Message:", b"\nUSSD Message:"].into_iter().find_map(|words| {
        let text = &output[memchr::memmem::find(output, words)? + words.len()..];
        Some(text.strip_prefix(b" ").unwrap_or(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_a_reply_are_read() {
        let new = b"1:Recive USSD on span 12,responses:1,code:15\nText:UNKNOWN\nAPPLICATION";
        assert_eq!(number_after(new, b"responses:"), Some(1));
        assert_eq!(text_of(new), Some(&b"UNKNOWN\nAPPLICATION"[..]));
        let old = b"1:Recive USSD sucess on span 3\n\tUSSD Responses: 0\n\tUSSD Code:15\n\tUSSD Message: Hi";
        assert_eq!((number_after(old, b"responses:"), number_after(old, b"code:")), (Some(0), Some(15)));
        assert_eq!(text_of(old), Some(&b"Hi"[..]));
        let forged = b"1:Recive USSD on span 1\nText:responses:1,code:72";
        assert_eq!(number_after(forged, b"responses:"), None);
    }

    #[test]
    fn ussd_text_decoded_by_the_driver_is_not_decoded_again() {
        assert!(is_decoded(b"1:Recive USSD on span 1,responses:0,code:72\nText:12345678"));
        assert!(!is_decoded(b"1:Received USSD success on span: 6\n\tUSSD Code: 72\n\tUSSD Message: 6B22\nText:1234"));
    }

    #[test]
    fn ucs2_in_hex_is_decoded_where_the_coding_says_so() {
        assert!(is_ucs2(72) && is_ucs2(0x11) && !is_ucs2(15) && !is_ucs2(0));
        assert_eq!(decode_ucs2(b"6B228FCE4F7F7528").as_deref(), Some("欢迎使用"));
        assert_eq!(decode_ucs2(b"D83DDE00").as_deref(), Some("😀"));
        for text in [&b""[..], b"6B2", b"hello wo", b"+123+456"] {
            assert_eq!(decode_ucs2(text), None, "{text:?}");
        }
    }
}
