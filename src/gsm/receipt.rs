//! Receipts of SMS, from the gateway's words.

use std::fmt;

use super::dialect::outcome_of;
use super::outcome::Outcome;
use super::refusal::refused;
use super::request::{Port, SmsRequest};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Response;

/// The outcome of one of the SMS that a text took.
#[derive(Clone, PartialEq, Eq)]
pub struct PartReceipt {
    outcome: Outcome,
    words: Box<[u8]>,
}

impl PartReceipt {
    /// The outcome.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The gateway's own text; it may be empty.
    pub fn peer_text(&self) -> &[u8] {
        &self.words
    }
}

impl fmt::Debug for PartReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartReceipt").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

/// The outcome of an SMS, whole and part by part.
#[derive(Clone)]
pub struct Receipt {
    port: Port,
    destination: Box<str>,
    id: Option<Box<str>>,
    parts: Vec<PartReceipt>,
}

impl Receipt {
    /// A receipt for so many parts, of which the last ones may never have been begun.
    fn new(request: &SmsRequest, done: Vec<PartReceipt>, count: usize) -> Receipt {
        let mut parts = done;
        parts.resize(count.max(1), PartReceipt { outcome: Outcome::NotSent, words: Box::default() });
        Receipt { port: request.port.clone(), destination: request.destination.clone(), id: request.id.clone(), parts }
    }

    /// A receipt that says the same of all parts.
    pub(super) fn of_all(request: &SmsRequest, outcome: Outcome, count: usize) -> Receipt {
        Receipt::new(request, vec![PartReceipt { outcome, words: Box::default() }; count], count)
    }

    /// The outcome of the whole: that of all of its parts, and where they differ, [`Outcome::Unknown`] if
    /// that is said of one, else [`Outcome::Failed`].
    pub fn outcome(&self) -> Outcome {
        let first = self.parts[0].outcome;
        if self.parts.iter().all(|part| part.outcome == first) {
            first
        } else if self.parts.iter().any(|part| part.outcome == Outcome::Unknown) {
            Outcome::Unknown
        } else {
            Outcome::Failed
        }
    }

    /// The port that it was to go through.
    pub fn port(&self) -> &Port {
        &self.port
    }

    /// The number of that port; 0 where ports have names.
    pub fn span(&self) -> u32 {
        self.port.span()
    }

    /// The number it is for.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// The caller's own name for it.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The number of SMS that the text takes, as far as libami hands them over one by one: a gateway that splits by itself tells
    /// nothing of its parts, and there is one.
    pub fn parts(&self) -> u32 {
        self.parts.len() as u32
    }

    /// Each of them, in order.
    pub fn each_part(&self) -> &[PartReceipt] {
        &self.parts
    }

    /// The gateway's last text; it may be empty.
    pub fn peer_text(&self) -> &[u8] {
        self.parts.iter().rev().map(PartReceipt::peer_text).find(|words| !words.is_empty()).unwrap_or_default()
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("port", &self.port)
            .field("id", &self.id)
            .field("outcome", &self.outcome())
            .field("parts", &self.parts.len())
            .finish_non_exhaustive()
    }
}

/// Why an SMS is not known to be sent, with a receipt if it reached the gateway or waited for its port.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub struct SendError {
    #[source]
    error: Error,
    receipt: Option<Box<Receipt>>,
}

impl SendError {
    pub(super) fn with(error: Error, receipt: Receipt) -> SendError {
        SendError { error, receipt: Some(Box::new(receipt)) }
    }

    /// The error.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// The receipt, if the SMS reached the gateway.
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

/// The result of one transmission.
pub(super) struct PartResult {
    pub outcome: Outcome,
    pub words: Vec<u8>,
    pub error: Option<Error>,
    /// True if the gateway has answered: it is not at it any more.
    pub is_answered: bool,
}

impl PartResult {
    fn good(outcome: Outcome, words: &[u8]) -> PartResult {
        PartResult { outcome, words: words.to_vec(), error: None, is_answered: true }
    }

    pub fn bad(outcome: Outcome, words: &[u8], error: Error) -> PartResult {
        PartResult { outcome, words: words.to_vec(), error: Some(error), is_answered: true }
    }

    /// Nobody told in time.
    pub fn late(port: &Port) -> PartResult {
        let error = Error::new(
            ErrorKind::OutcomeUnknown,
            format!(
                "port {port} did not send the SMS in time; the gateway may still do so, so do not just send it again"
            ),
        );
        PartResult::bad(Outcome::Unknown, b"", error.caused_by(ErrorKind::Timeout, None))
    }

    /// The gateway had the message when it, or the link to it, was lost.
    pub fn lost(what: String) -> PartResult {
        let text =
            format!("{what} whether the SMS went out; it may have, or may still do so, so do not just send it again");
        PartResult::bad(Outcome::Unknown, b"", Error::new(ErrorKind::OutcomeUnknown, text))
    }

    /// A report came of a message of which the gateway makes so many, and which it had taken.
    pub fn reported(port: &Port, outcome: Outcome, words: &[u8], pieces: usize, taken: &PartResult) -> PartResult {
        match outcome {
            // The network has taken also an SMS that it could not deliver.
            Outcome::Sent | Outcome::Delivered | Outcome::Undelivered => {
                PartResult::good(Outcome::Sent, if words.is_empty() { &taken.words } else { words })
            }
            // It says so of one of them, and goes on with the others.
            Outcome::Failed if pieces > 1 => {
                let error = failed(port);
                let text = format!(
                    "{error} It is one of {pieces} SMS that the driver makes of the text; others may have gone"
                );
                PartResult::bad(Outcome::Failed, words, Error::new(error.kind(), text))
            }
            Outcome::Failed => PartResult::bad(Outcome::Failed, words, failed(port)),
            _ => PartResult::late(port),
        }
    }

    /// The action could not be asked for.
    fn refused(request: &SmsRequest, error: &Error) -> PartResult {
        let words = error.peer_message().unwrap_or_default();
        match error.kind() {
            ErrorKind::OutcomeUnknown => {
                PartResult { is_answered: false, ..PartResult::bad(Outcome::Unknown, words, error.clone()) }
            }
            // The answer came, so the command has gone out.
            ErrorKind::Limit => {
                let text = format!("{error}; so it is not known whether the SMS was sent, do not just send it again");
                let error =
                    Error::new(ErrorKind::OutcomeUnknown, text).caused_by(error.kind(), None).with_source_of(error);
                PartResult::bad(Outcome::Unknown, words, error)
            }
            ErrorKind::Command | ErrorKind::Action => PartResult::bad(
                Outcome::Failed,
                words,
                refused(ErrorKind::SmsFailed, "to send an SMS", error, &request.private()),
            ),
            _ => PartResult::bad(Outcome::NotSent, words, error.clone()),
        }
    }

    /// The answer to a command that waits for the network.
    pub fn of_waiting(request: &SmsRequest, answer: &Result<Response>) -> PartResult {
        let output = match answer {
            Ok(response) => response.output().unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Command => error.peer_message().unwrap_or_default(),
            Err(error) => return PartResult::refused(request, error),
        };
        let port = &request.port;
        let error = match (outcome_of(output), answer) {
            (Some(Outcome::Sent), _) => return PartResult::good(Outcome::Sent, output),
            (Some(Outcome::Busy), _) => Error::new(
                ErrorKind::SmsBusy,
                format!("port {port} is sending another SMS; nothing was sent, try again"),
            ),
            (Some(Outcome::Failed), _) => failed(port),
            (None, Err(error)) => return PartResult::refused(request, error),
            (Some(_), _) => {
                let late = PartResult::late(port);
                return PartResult {
                    words: output.to_vec(),
                    error: late.error.map(|e| e.with_peer_message(output)),
                    ..late
                };
            }
            (None, Ok(_)) => Error::new(
                ErrorKind::OutcomeUnknown,
                "the gateway gave an answer that is not understood; it is in the receipt. Is the dialect right?",
            ),
        };
        PartResult::bad(outcome_of(output).unwrap_or(Outcome::Unknown), output, error.with_peer_message(output))
    }

    /// The answer to a command that only hands the message over.
    pub fn of_handing_over(request: &SmsRequest, answer: &Result<Response>) -> PartResult {
        match answer {
            // Commands of chan_extra say nothing where all is well, and those of chan_dongle this; actions have words of
            // their own. What a CLI refuses is an error already, so other words may mean anything.
            Ok(response) => match response.output() {
                Some(words) if !words.is_empty() && !words.trim_ascii_end().ends_with(b"queued for send") => {
                    let text =
                        "the gateway does not say that it took the SMS, which may go out; its words are in the receipt";
                    let error = Error::new(ErrorKind::OutcomeUnknown, text).with_peer_message(words);
                    PartResult::bad(Outcome::Unknown, words, error)
                }
                Some(words) => PartResult::good(Outcome::Queued, words),
                None => PartResult::good(Outcome::Queued, response.get("Message").unwrap_or_default()),
            },
            Err(error) => PartResult::refused(request, error),
        }
    }
}

fn failed(port: &Port) -> Error {
    Error::new(
        ErrorKind::SmsFailed,
        format!("port {port} could not send the SMS; is its SIM registered and in credit?"),
    )
}

/// The receipt for a message of so many parts, of which some were transmitted.
pub(super) fn of(request: &SmsRequest, results: Vec<PartResult>, count: usize) -> Result<Receipt, SendError> {
    let nothing_left = results.iter().all(|result| result.outcome == Outcome::NotSent);
    let mut error = None;
    let mut parts = Vec::with_capacity(count);
    for result in results {
        error = result.error;
        parts.push(PartReceipt { outcome: result.outcome, words: result.words.into() });
    }
    let gone = parts.iter().filter(|part| part.outcome.is_good()).count();
    match error {
        None => Ok(Receipt::new(request, parts, count)),
        Some(error) if nothing_left => Err(error.into()),
        Some(error) if gone == 0 => Err(SendError::with(error, Receipt::new(request, parts, count))),
        Some(error) => {
            let kind = if error.kind() == ErrorKind::OutcomeUnknown { error.kind() } else { ErrorKind::SmsFailed };
            let text = format!("{gone} of {count} parts are with the gateway, and the next one is not: {error}");
            let said = error.peer_message().unwrap_or_default().to_vec();
            let error = Error::new(kind, text).with_source_of(&error).with_peer_message(&said);
            Err(SendError::with(error, Receipt::new(request, parts, count)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipt_of_an_answer_over_a_limit_is_unknown() {
        let request = SmsRequest::new(1, "1", "text");
        let answer = Err(Error::new(ErrorKind::Limit, "the answer to Command is too large"));
        let result = PartResult::of_waiting(&request, &answer);
        assert_eq!(result.outcome, Outcome::Unknown);
        assert_eq!(result.error.map(|error| error.kind()), Some(ErrorKind::OutcomeUnknown));
    }

    #[test]
    fn receipt_of_the_whole_follows_from_its_parts() {
        let request = SmsRequest::new(1, "1", "text");
        let of = |outcomes: &[Outcome], count| {
            let parts = outcomes.iter().map(|outcome| PartReceipt { outcome: *outcome, words: Box::default() });
            Receipt::new(&request, parts.collect(), count).outcome()
        };
        assert_eq!(of(&[Outcome::Sent, Outcome::Sent], 2), Outcome::Sent);
        assert_eq!(of(&[Outcome::Busy], 1), Outcome::Busy);
        assert_eq!(of(&[Outcome::Sent, Outcome::Unknown], 3), Outcome::Unknown);
        assert_eq!(of(&[Outcome::Sent, Outcome::Busy], 3), Outcome::Failed);
        assert_eq!(of(&[], 3), Outcome::NotSent);
    }

    #[test]
    fn receipt_of_a_message_with_the_gateway_is_never_not_sent() {
        // A number that stands in the words of the error as well.
        let request = SmsRequest::new(1, "1", "text");
        let busy = Error::new(ErrorKind::SmsBusy, "port 1 is sending another SMS; nothing was sent, try again");
        let results = vec![PartResult::good(Outcome::Sent, b""), PartResult::bad(Outcome::Busy, b"", busy)];
        let error = of(&request, results, 2).expect_err("one part is missing");
        assert_eq!(error.kind(), ErrorKind::SmsFailed);
        assert!(error.to_string().starts_with("1 of 2 parts"), "{error}");
    }
}
