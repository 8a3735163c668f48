//! SMS and USSD through GSM gateways, on top of the client's public interface.

mod cli;
mod inbox;
mod parts;
pub mod pdu;
mod receipt;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use inbox::{Inbox, Sms};
pub use parts::{Repertoire, SmsParts};
pub use receipt::{Outcome, Receipt, SendError, UssdReply};

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result, said};
use crate::protocol::{Action, Response};
use cli::quote;

/// How much longer than the gateway the client waits for an answer.
const SLACK: Duration = Duration::from_secs(5);

/// Whose commands a gateway understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// OpenVox VoxStack with the open driver (chan_extra 2.0.8); what `auto` means for now.
    OpenVox,
}

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(name: &str) -> Result<Dialect> {
        match name {
            "auto" | "openvox" => Ok(Dialect::OpenVox),
            _ => Err(Error::invalid(format!("there is no dialect named {name:?}; use auto or openvox"))),
        }
    }
}

/// An SMS to be sent.
#[derive(Clone)]
pub struct SmsRequest<'a> {
    span: u32,
    destination: &'a str,
    text: &'a str,
    timeout: Option<Duration>,
    id: Option<&'a str>,
}

impl<'a> SmsRequest<'a> {
    /// A text for a number, through the port of this number, counted from 1.
    pub fn new(span: u32, destination: &'a str, text: &'a str) -> SmsRequest<'a> {
        SmsRequest { span, destination, text, timeout: None, id: None }
    }

    /// How long the gateway tries; the action timeout by default. It counts whole seconds, so this is rounded up.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> SmsRequest<'a> {
        SmsRequest { timeout: Some(timeout), ..self }
    }

    /// A name of the caller's that the gateway repeats in its answer: letters, digits, `_`, `.` and `-`, 64 at most.
    #[must_use]
    pub fn id(self, id: &'a str) -> SmsRequest<'a> {
        SmsRequest { id: Some(id), ..self }
    }

    fn check(&self) -> Result<()> {
        check_span(self.span)?;
        let digits = self.destination.strip_prefix('+').unwrap_or(self.destination);
        if digits.is_empty() || digits.len() > 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::invalid(
                "the destination is no telephone number; write 1 to 20 digits, with a + before a country code if wanted",
            ));
        }
        if let Some(id) = self.id {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
            if id.is_empty() || id.len() > 64 || !id.bytes().all(fits) {
                return Err(Error::invalid("the id must be 1 to 64 letters, digits, _, . or -"));
            }
        }
        check_text(self.text)
    }

    fn seconds(&self, client: &Client) -> u64 {
        whole_seconds(self.timeout.unwrap_or(client.config().action_timeout))
    }

    /// What is people's own in it.
    fn private(&self) -> [&'a str; 2] {
        [self.destination, self.text]
    }

    fn receipt(&self, outcome: Outcome, words: &[u8]) -> Receipt {
        Receipt::new(self.span, self.destination, self.id, outcome, words)
    }
}

// The text and the number are people's own, so they are not shown.
impl fmt::Debug for SmsRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsRequest").field("span", &self.span).field("id", &self.id).finish_non_exhaustive()
    }
}

fn whole_seconds(timeout: Duration) -> u64 {
    (timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0)).max(1)
}

fn check_span(span: u32) -> Result<()> {
    if span == 0 || span > u32::from(u16::MAX) {
        return Err(Error::invalid(format!("there is no port {span}; ports are counted from 1")));
    }
    Ok(())
}

/// The open driver takes one SMS at a time, and encodes a longer text past the end of its own buffer.
fn check_text(text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid("the text is empty"));
    }
    if text.chars().any(|c| c.is_control()) {
        return Err(Error::invalid(
            "the text holds a line break or another control character, which this gateway's command cannot carry; \
             put a blank there",
        ));
    }
    if text.chars().any(|c| u32::from(c) > 0xffff) {
        return Err(Error::invalid(
            "the text holds a character outside Unicode's basic plane, such as an emoji, which this gateway garbles; \
             leave it out",
        ));
    }
    let (length, limit, unit) = if text.is_ascii() {
        let extended = text.bytes().filter(|byte| br"^{}\[]~|".contains(byte)).count();
        (text.len() + extended, 160, "characters")
    } else {
        (text.chars().count(), 70, "characters, as it holds one that is not ASCII")
    };
    if length > limit {
        return Err(Error::invalid(format!(
            "the text takes {length} of the {limit} places of one SMS ({unit}); send it in parts"
        )));
    }
    Ok(())
}

impl Client {
    fn dialect(&self) -> Result<Dialect> {
        self.config().dialect.parse()
    }

    /// `private` is what no error may say, whatever the gateway repeats of it.
    async fn gateway_command(&self, line: &str, gateway_timeout: Duration, private: &[&str]) -> Result<Response> {
        let action = Action::new("Command").with("Command", line);
        self.call_within(&action, gateway_timeout + SLACK).await.map_err(|error| reserved(error, private))
    }

    /// Sends an SMS and waits until the network took it, or did not.
    ///
    /// The gateway serves one session's requests one after the other, so nothing else is answered meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::SmsFailed`], [`ErrorKind::SmsBusy`] (nothing was sent), [`ErrorKind::OutcomeUnknown`] (it may still
    /// go out; libami never sends it again), each with a receipt; and those of [`Client::call`].
    pub async fn send_sms(&self, request: &SmsRequest<'_>) -> Result<Receipt, SendError> {
        request.check()?;
        let Dialect::OpenVox = self.dialect()?;
        let seconds = request.seconds(self);
        let mut line =
            format!("gsm send sync sms {} {} {} {seconds}", request.span, request.destination, quote(request.text));
        if let Some(id) = request.id {
            line.push(' ');
            line.push_str(id);
        }
        let answer = self.gateway_command(&line, Duration::from_secs(seconds), &request.private()).await;
        receipt::of_sms(request, answer)
    }

    /// Hands an SMS to the gateway and does not wait for the network; what becomes of it is not reported.
    ///
    /// # Errors
    /// [`ErrorKind::SmsFailed`] if the gateway refused it, and those of [`Client::call`].
    pub async fn queue_sms(&self, request: &SmsRequest<'_>) -> Result<Receipt, SendError> {
        request.check()?;
        let Dialect::OpenVox = self.dialect()?;
        let mut line = format!("gsm send sms {} {} {}", request.span, request.destination, quote(request.text));
        if let Some(id) = request.id {
            line.push(' ');
            line.push_str(id);
        }
        let answer = self.gateway_command(&line, self.config().action_timeout, &request.private()).await;
        receipt::of_queued_sms(request, answer)
    }

    /// Sends a USSD code such as `*100#`, or an answer to a menu, and waits for the network's reply. Without a timeout the
    /// action timeout counts; the gateway counts whole seconds, so it is rounded up.
    ///
    /// # Errors
    /// [`ErrorKind::Ussd`] with the gateway's words, [`ErrorKind::OutcomeUnknown`] if no reply came in time, and those of
    /// [`Client::call`].
    pub async fn send_ussd(&self, span: u32, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        check_span(span)?;
        if code.is_empty()
            || code.len() > 160
            || !code.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'*' | b'#' | b'+'))
        {
            return Err(Error::invalid("the USSD code must be digits, * and #, such as *100#"));
        }
        let Dialect::OpenVox = self.dialect()?;
        let seconds = whole_seconds(timeout.unwrap_or(self.config().action_timeout));
        let line = format!("gsm send ussd {span} {} {seconds}", quote(code));
        receipt::of_ussd(code, self.gateway_command(&line, Duration::from_secs(seconds), &[code]).await)
    }

    /// The SMS that come in from now on.
    ///
    /// # Errors
    /// As [`Client::subscribe`].
    pub fn inbox(&self) -> Result<Inbox> {
        Ok(Inbox::new(self.subscribe(inbox::filter())?))
    }
}

/// Whether the words repeat one of these, as it is or as it was quoted in the command.
fn repeats(words: &[u8], private: &[&str]) -> bool {
    let has = |what: &str| memchr::memmem::find(words, what.as_bytes()).is_some();
    private.iter().any(|what| !what.is_empty() && (has(what) || has(quote(what).trim_matches('"'))))
}

/// An error without words that repeat what people wrote; they are in the peer message, for whoever asks.
fn reserved(error: Error, private: &[&str]) -> Error {
    if error.peer_message().is_some_and(|words| repeats(words, private)) {
        return error
            .with_message("the server refused the command; its words, which repeat it, are in the peer message");
    }
    error
}

/// The gateway's refusal of a command as an error of this kind; its words become the peer's.
fn refused(kind: ErrorKind, what: &str, error: &Error, private: &[&str]) -> Error {
    let words = error.peer_message().unwrap_or_default();
    let text = if words.starts_with(b"No such command") {
        "the server knows no GSM commands; is it the gateway, and is the dialect right?".to_owned()
    } else if words.starts_with(b"Usage:") {
        format!("the gateway takes other arguments {what}; is the dialect right?")
    } else {
        // The words echo the command, but as a rule not in their first line.
        let first = words.split(|&byte| byte == b'\n').next().unwrap_or_default();
        if first.starts_with(b"Command '") || repeats(first, private) {
            format!("the gateway refused {what}; its words are in the peer message")
        } else {
            format!("the gateway refused {what}: {}", said(first))
        }
    };
    Error::new(kind, text).with_peer_message(words)
}
