//! Incoming SMS, from the command line that a gateway's dialplan runs for each.

use std::fmt;

use memchr::memmem;

use crate::client::{Event, Filter, QueueCounters, Subscription};
use crate::error::Result;

/// An SMS that came in.
#[derive(Clone)]
pub struct Sms {
    port: String,
    sender: String,
    time: String,
    text: String,
}

impl Sms {
    /// The port's number, counted from 1; 0 where ports have names.
    pub fn span(&self) -> u32 {
        self.port.parse().unwrap_or(0)
    }

    /// The port's name, such as `4`.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The sender: a number, or a name.
    pub fn sender(&self) -> &str {
        &self.sender
    }

    /// When the network took it, in ISO 8601 without a zone: the gateway gives none here.
    pub fn time(&self) -> &str {
        &self.time
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The SMS that this event reports, if it reports one.
    pub fn from_event(event: &Event) -> Option<Sms> {
        if !event.is("Newexten") || !reports_sms(event) {
            return None;
        }
        let at = event.iter().position(|(name, _)| name.eq_ignore_ascii_case(b"AppData"))?;
        let (_, value) = event.header(at)?;
        // A line of the text that holds a colon was taken for a header; the rest of the frame has it as it was sent.
        Sms::from_command_line(value, true)
            .or_else(|| Sms::from_command_line(&event.rest(at), true))
            .or_else(|| Sms::from_command_line(value, false))
    }

    /// Reads `…process_sms "<port>" "<sender>" "<time>" "<text>" > /dev/null 2>&1 &`.
    fn from_command_line(line: &[u8], redirected: bool) -> Option<Sms> {
        let (port, rest) = quoted(line)?;
        let (sender, rest) = quoted(rest)?;
        let (time, rest) = quoted(rest)?;
        let text = rest.trim_ascii_start().strip_prefix(b"\"")?;
        let end = if redirected { REDIRECTION } else { b"" };
        let mut text = &text[..last_quote(text, end)?];
        if memmem::find(line, b".lua").is_some() {
            // This program is given the number of the message centre as well.
            text = strip_centre(text).unwrap_or(text);
        }
        Some(Sms {
            port: decode_text(port),
            sender: decode_text(sender),
            time: iso_time(time).unwrap_or_else(|| decode_text(time)),
            text: decode_text(&unescape(text)),
        })
    }
}

impl fmt::Debug for Sms {
    // The sender and the text are people's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms").field("port", &self.port).field("time", &self.time).finish_non_exhaustive()
    }
}

const REDIRECTION: &[u8] = b" > /dev/null";

/// Whether it is the dialplan step that a gateway takes for an incoming SMS.
fn reports_sms(event: &Event) -> bool {
    let is = |name: &str, values: &[&str]| {
        event.get(name).is_some_and(|value| values.iter().any(|other| value.eq_ignore_ascii_case(other.as_bytes())))
    };
    let channel = event.get("Channel").unwrap_or_default();
    let on_gsm_port = ["EXTRA-SMS/", "AGSM-SMS/", "EXTRA/"].iter().any(|prefix| channel.starts_with(prefix.as_bytes()));
    is("Application", &["System", "TrySystem", "Exec", "TryExec", "ExecIf"])
        && (on_gsm_port || is("Extension", &["sms"]))
}

/// The first quoted word and what follows it.
fn quoted(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = memchr::memchr(b'"', line)? + 1;
    let end = start + memchr::memchr(b'"', &line[start..])?;
    Some((&line[start..end], &line[end + 1..]))
}

fn strip_centre(text: &[u8]) -> Option<&[u8]> {
    let at = memmem::rfind(text, b"\" \"")?;
    let centre = &text[at + 3..];
    let digits = centre.strip_prefix(b"+").unwrap_or(centre);
    (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then(|| &text[..at])
}

/// Where the last quote is that is not escaped and has this behind it.
fn last_quote(text: &[u8], behind: &[u8]) -> Option<usize> {
    let mut last = None;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if escaped(rest).is_some() {
            at += 4;
            continue;
        }
        if rest[0] == b'"' && rest[1..].starts_with(behind) {
            last = Some(at);
        }
        at += 1;
    }
    last
}

/// The character that stands escaped here.
fn escaped(text: &[u8]) -> Option<u8> {
    match text {
        [b'\\', b'\\', b'\\', escaped @ (b'"' | b'\\' | b'`'), ..] => Some(*escaped),
        _ => None,
    }
}

/// Undoes the driver's escaping: three back-slashes before a quote, a back-slash or a backquote. Two are for the dialplan
/// and the shell, which read the line as well.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let character = escaped(rest);
        plain.push(character.unwrap_or(first));
        rest = if character.is_some() { &rest[4..] } else { tail };
    }
    plain
}

/// `2014/09/11 09:36:47` as `2014-09-11T09:36:47`.
fn iso_time(time: &[u8]) -> Option<String> {
    let fits = time.len() == 19
        && time.iter().enumerate().all(|(at, &byte)| match at {
            4 | 7 => matches!(byte, b'/' | b'-'),
            10 => byte == b' ',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    fits.then(|| String::from_utf8_lossy(time).replace('/', "-").replace(' ', "T"))
}

/// UTF-8 where it is, else Latin-1: the driver sends both. A byte-order mark is left out.
pub(super) fn decode_text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

pub(super) fn filter() -> Filter {
    Filter::of(&["Newexten"])
}

/// The SMS that come in, in order.
#[derive(Debug)]
pub struct Inbox {
    subscription: Subscription,
}

impl Inbox {
    pub(super) fn new(subscription: Subscription) -> Inbox {
        Inbox { subscription }
    }

    /// The events it is made of.
    #[cfg(feature = "blocking")]
    pub(crate) fn into_subscription(self) -> Subscription {
        self.subscription
    }

    /// The next SMS; waits for it.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub async fn next(&mut self) -> Result<Sms> {
        loop {
            if let Some(sms) = Sms::from_event(&self.subscription.next().await?) {
                return Ok(sms);
            }
        }
    }

    /// What went through it so far: events, of which not each is an SMS.
    pub fn counters(&self) -> QueueCounters {
        self.subscription.counters()
    }

    /// Ends it; what waits is discarded.
    pub fn close(&mut self) {
        self.subscription.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &[u8]) -> (String, String, String, String) {
        let sms = Sms::from_command_line(line, true).expect("the line is an SMS");
        (sms.port, sms.sender, sms.time, sms.text)
    }

    fn quad(a: &str, b: &str, c: &str, d: &str) -> (String, String, String, String) {
        (a.into(), b.into(), c.into(), d.into())
    }

    #[test]
    fn the_gateways_own_line() {
        let line = "/my_tools/process_sms \"4\" \"10086\" \"2014/09/11 09:36:47\" \"您当前帐户余额0元，其中\" > /dev/null 2>&1 &";
        assert_eq!(fields(line.as_bytes()), quad("4", "10086", "2014-09-11T09:36:47", "您当前帐户余额0元，其中"));
    }

    #[test]
    fn the_shape_that_the_manual_parses() {
        let line = b"process_sms \"2\" \"+8613632919026\" \"2013/08/20 15:17:45\" \"hello\" > /dev/null 2>&1 &";
        assert_eq!(fields(line), quad("2", "+8613632919026", "2013-08-20T15:17:45", "hello"));
    }

    #[test]
    fn ports_of_two_digits_and_senders_with_names() {
        let line = b"/my_tools/process_sms \"32\" \"INFO sms\" \"2014/09/11 09:36:47\" \"\" > /dev/null 2>&1 &";
        assert_eq!(fields(line), quad("32", "INFO sms", "2014-09-11T09:36:47", ""));
    }

    #[test]
    fn escapes_quotes_and_line_ends() {
        let line = b"p \"1\" \"1\" \"2014/09/11 09:36:47\" \"say \\\\\\\"hi\\\\\\\" \\\\\\\\ \\\\\\` $x\r\nsecond > /dev/null line\" > /dev/null 2>&1 &";
        assert_eq!(fields(line).3, "say \"hi\" \\ ` $x\r\nsecond > /dev/null line");
    }

    #[test]
    fn a_text_with_the_lines_own_words() {
        let line = b"p \"1\" \"1\" \"2014/09/11 09:36:47\" \"a\\\\\\\" > /dev/null 2>&1 &\" > /dev/null 2>&1 &";
        assert_eq!(fields(line).3, "a\" > /dev/null 2>&1 &");
    }

    #[test]
    fn an_escaped_quote_ends_nothing() {
        let line = b"p \"1\" \"1\" \"t\" \"a\\\\\\\" > /dev/null 2>&1 &\r\nmore \"raw\" quotes\" > /dev/null 2>&1 &";
        assert_eq!(fields(line).3, "a\" > /dev/null 2>&1 &\r\nmore \"raw\" quotes");
        assert!(Sms::from_command_line(b"p \"1\" \"1\" \"t\" \"a\\\\\\\" > /dev/null 2>&1 &", true).is_none());
    }

    #[test]
    fn latin_1_and_byte_order_mark() {
        assert_eq!(fields(b"p \"1\" \"1\" \"t\" \"caf\xe9\" > /dev/null").3, "caf\u{e9}");
        assert_eq!(fields(b"p \"1\" \"1\" \"t\" \"\xef\xbb\xbfhi\" > /dev/null").3, "hi");
    }

    #[test]
    fn the_message_centre_of_newer_firmware() {
        let line = b"cd /my_tools/lua/sms_receive/ && lua sms_receive.lua \"Board-1-gsm-4\" \"1\" \"t\" \"hi\" \"+8613800\" > /dev/null 2>&1 &";
        assert_eq!(fields(line), quad("Board-1-gsm-4", "1", "t", "hi"));
    }

    #[test]
    fn what_is_no_sms() {
        for line in
            [&b""[..], b"\"1\"", b"p \"1\" \"2\" \"3\"", b"p \"1\" \"2\" \"3\" text", b"p \"1\" \"2\" \"3\" \"text"]
        {
            assert!(Sms::from_command_line(line, false).is_none(), "{line:?}");
        }
    }
}
