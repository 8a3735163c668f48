//! What became of an SMS or a USSD request, from the gateway's words.

use std::fmt;

use super::{SmsRequest, refused};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Response;

/// What is known of an SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The gateway has it and will report no more.
    Queued,
    /// The network took it.
    Sent,
    /// It was not sent.
    Failed,
    /// The port is in use; nothing was sent.
    Busy,
    /// No answer in time: it may have gone out, or may still do so.
    Unknown,
}

/// What became of an SMS.
#[derive(Clone)]
pub struct Receipt {
    span: u32,
    destination: Box<str>,
    id: Option<Box<str>>,
    outcome: Outcome,
    words: Box<[u8]>,
}

impl Receipt {
    pub(super) fn new(span: u32, destination: &str, id: Option<&str>, outcome: Outcome, words: &[u8]) -> Receipt {
        Receipt { span, destination: destination.into(), id: id.map(Into::into), outcome, words: words.into() }
    }

    /// What is known of it.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The port it went through.
    pub fn span(&self) -> u32 {
        self.span
    }

    /// The number it is for.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// The caller's own name for it.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// How many SMS the text took.
    pub fn parts(&self) -> u32 {
        1
    }

    /// What the gateway said; it may be empty.
    pub fn words(&self) -> &[u8] {
        &self.words
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("span", &self.span)
            .field("id", &self.id)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Why an SMS is not known to be sent, with a receipt if it reached the gateway.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub struct SendError {
    error: Error,
    receipt: Option<Box<Receipt>>,
}

impl SendError {
    fn with(error: Error, receipt: Receipt) -> SendError {
        SendError { error, receipt: Some(Box::new(receipt)) }
    }

    /// The error.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// What is known of the SMS, if it reached the gateway.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_deref()
    }

    /// Both.
    pub fn into_parts(self) -> (Error, Option<Receipt>) {
        (self.error, self.receipt.map(|receipt| *receipt))
    }
}

impl From<Error> for SendError {
    fn from(error: Error) -> SendError {
        SendError { error, receipt: None }
    }
}

/// The line that tells the result of a synchronous send. Others may echo the text, so they are not searched.
fn result_line(output: &[u8]) -> Option<&[u8]> {
    output.split(|&byte| byte == b'\n').find(|line| {
        let line = match line.strip_prefix(b"ID:") {
            Some(rest) => rest.iter().position(|&byte| byte == b' ').map_or(rest, |blank| &rest[blank + 1..]),
            None => line,
        };
        line.starts_with(b"SPAN:") && contains(line, b" SEND ")
    })
}

fn contains(line: &[u8], words: &[u8]) -> bool {
    memchr::memmem::find(line, words).is_some()
}

fn outcome_of(output: &[u8]) -> Option<Outcome> {
    let line = result_line(output)?;
    [
        (&b"WAS USING"[..], Outcome::Busy),
        (b"WAS FAILED", Outcome::Failed),
        (b"ENCODE PDU FAIL", Outcome::Failed),
        (b"TIMEOUT", Outcome::Unknown),
        (b"SUCCESS", Outcome::Sent),
    ]
    .into_iter()
    .find_map(|(words, outcome)| contains(line, words).then_some(outcome))
}

pub(super) fn of_sms(request: &SmsRequest<'_>, answer: Result<Response>) -> Result<Receipt, SendError> {
    let output = match &answer {
        Ok(response) => response.output().unwrap_or_default(),
        Err(error) => match error.kind() {
            ErrorKind::Command => error.peer_message().unwrap_or_default(),
            ErrorKind::OutcomeUnknown => {
                return Err(SendError::with(error.clone(), request.receipt(Outcome::Unknown, b"")));
            }
            _ => return Err(error.clone().into()),
        },
    };
    let outcome = outcome_of(output);
    let receipt = |outcome| request.receipt(outcome, output);
    let span = request.span;
    let error = match (outcome, &answer) {
        (Some(Outcome::Sent), _) => return Ok(receipt(Outcome::Sent)),
        (Some(Outcome::Busy), _) => {
            Error::new(ErrorKind::SmsBusy, format!("port {span} is sending another SMS; nothing was sent, try again"))
        }
        (Some(Outcome::Failed), _) => Error::new(
            ErrorKind::SmsFailed,
            format!("port {span} could not send the SMS; is its SIM registered and in credit?"),
        ),
        (None, Err(error)) => {
            return Err(SendError::with(
                refused(ErrorKind::SmsFailed, "to send an SMS", error, &request.private()),
                receipt(Outcome::Failed),
            ));
        }
        (Some(_), _) => Error::new(
            ErrorKind::OutcomeUnknown,
            format!(
                "port {span} did not send the SMS in time; the gateway may still do so, so do not just send it again"
            ),
        ),
        (None, Ok(_)) => Error::new(
            ErrorKind::OutcomeUnknown,
            "the gateway gave an answer that is not understood; it is in the receipt. Is the dialect right?",
        ),
    };
    Err(SendError::with(error.with_peer_message(output), receipt(outcome.unwrap_or(Outcome::Unknown))))
}

pub(super) fn of_queued_sms(request: &SmsRequest<'_>, answer: Result<Response>) -> Result<Receipt, SendError> {
    match answer {
        Ok(response) => {
            let words = response.output().unwrap_or_default();
            if words.is_empty() {
                return Ok(request.receipt(Outcome::Queued, words));
            }
            let text = "the gateway did not take the SMS; its words are in the receipt";
            let error = Error::new(ErrorKind::SmsFailed, text).with_peer_message(words);
            Err(SendError::with(error, request.receipt(Outcome::Failed, words)))
        }
        Err(error) => Err(match error.kind() {
            ErrorKind::Command => {
                let receipt = request.receipt(Outcome::Failed, error.peer_message().unwrap_or_default());
                SendError::with(refused(ErrorKind::SmsFailed, "to send an SMS", &error, &request.private()), receipt)
            }
            ErrorKind::OutcomeUnknown => SendError::with(error, request.receipt(Outcome::Unknown, b"")),
            _ => error.into(),
        }),
    }
}

/// The network's reply to a USSD request.
#[derive(Clone)]
pub struct UssdReply {
    text: String,
    /// The `<m>` of `+CUSD`.
    mode: u32,
}

impl UssdReply {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the network waits for an answer, to be sent as another USSD request.
    pub fn wants_answer(&self) -> bool {
        self.mode == 1
    }
}

impl fmt::Debug for UssdReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UssdReply").field("wants_answer", &self.wants_answer()).finish_non_exhaustive()
    }
}

pub(super) fn of_ussd(code: &str, answer: Result<Response>) -> Result<UssdReply> {
    let response = answer.map_err(|error| match error.kind() {
        ErrorKind::Command => refused(ErrorKind::Ussd, "to send a USSD code", &error, &[code]),
        _ => error,
    })?;
    let output = response.output().unwrap_or_default();
    let failed = |kind, text: &'static str| Err(Error::new(kind, text).with_peer_message(output));
    if output.starts_with(b"1:") {
        return match (number_after(output, b"responses:"), text_of_ussd(output)) {
            (Some(mode), Some(text)) => Ok(UssdReply { text: super::inbox::decode_text(text), mode }),
            _ => failed(ErrorKind::Ussd, "the gateway gave a USSD reply that is not understood; is the dialect right?"),
        };
    }
    let first = output.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if contains(first, b"timeout") {
        failed(ErrorKind::OutcomeUnknown, "the network did not answer the USSD code in time; it may have acted on it")
    } else if contains(first, b"Sending USSD now") {
        failed(ErrorKind::Ussd, "the port is busy with another USSD code; nothing was sent, try again")
    } else {
        failed(ErrorKind::Ussd, "the gateway could not send the USSD code; its words are in the peer message")
    }
}

/// `responses:0` in one release of the driver, `USSD Responses: 0` in others.
fn number_after(output: &[u8], words: &[u8]) -> Option<u32> {
    let lower = output.to_ascii_lowercase();
    let at = memchr::memmem::find(&lower, words)? + words.len();
    let rest = lower[at..].trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

/// `Text:…` in one release of the driver, a tab and `USSD Message:…` in others; it may have several lines.
fn text_of_ussd(output: &[u8]) -> Option<&[u8]> {
    [&b"\nText:"[..], b"\n\tUSSD Message:", b"\nUSSD Message:"].into_iter().find_map(|words| {
        let text = &output[memchr::memmem::find(output, words)? + words.len()..];
        Some(text.strip_prefix(b" ").unwrap_or(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_is_read_from_the_result_line_only() {
        let echo = b"Encode pdu error\nCommand 'gsm send sync sms 1 1 \"SPAN:1 SEND SUCCESSFULLY\" 5' failed.";
        assert_eq!(outcome_of(echo), None);
        assert_eq!(outcome_of(b"SPAN:1 SEND SMS TO PHONE:136 SUCCESSFULLY"), Some(Outcome::Sent));
        assert_eq!(outcome_of(b"ID:42 SPAN:1 SEND SMS TO PHONE:136 WAS FAILED"), Some(Outcome::Failed));
        assert_eq!(outcome_of(b"ID:SUCCESS SPAN:1 SEND SMS TO PHONE 136 WAS USING"), Some(Outcome::Busy));
        assert_eq!(outcome_of(b"ID:7 SPAN:1 SEND SMS TO PHONE:136 TIMEOUT"), Some(Outcome::Unknown));
        assert_eq!(outcome_of(b"SPAN:1 SEND SMS TO PHONE 136 ENCODE PDU FAIL"), Some(Outcome::Failed));
    }

    #[test]
    fn both_shapes_of_a_ussd_reply_are_read() {
        let new = b"1:Recive USSD on span 12,responses:1,code:15\nText:UNKNOWN\nAPPLICATION";
        assert_eq!(number_after(new, b"responses:"), Some(1));
        assert_eq!(text_of_ussd(new), Some(&b"UNKNOWN\nAPPLICATION"[..]));
        let old = b"1:Recive USSD sucess on span 3\n\tUSSD Responses: 0\n\tUSSD Code:15\n\tUSSD Message: Hi";
        assert_eq!(number_after(old, b"responses:"), Some(0));
        assert_eq!(text_of_ussd(old), Some(&b"Hi"[..]));
    }
}
