//! The command line that a gateway's dialplan runs for each SMS:
//! `…process_sms "<port>" "<sender>" "<time>" "<text>" > /dev/null 2>&1 &`.

use memchr::memmem;

/// The end of the command line.
const REDIRECTION: &[u8] = b" > /dev/null";

/// The words of the command line, as they were sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CommandLine<'a> {
    pub port: &'a [u8],
    pub sender: &'a [u8],
    pub time: &'a [u8],
    pub text: Vec<u8>,
}

impl<'a> CommandLine<'a> {
    /// Reads a line; `redirected` says that a redirection must follow the text.
    pub fn read(line: &'a [u8], redirected: bool) -> Option<CommandLine<'a>> {
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
        Some(CommandLine { port, sender, time, text: unescape(text) })
    }
}

/// Tells whether a line begins as one for an SMS does, and lacks its end.
pub(super) fn is_unfinished(line: &[u8]) -> bool {
    let text = (0..3).try_fold(line, |rest, _| quoted(rest).map(|(_, rest)| rest));
    text.and_then(|rest| rest.trim_ascii_start().strip_prefix(b"\""))
        .is_some_and(|text| last_quote(text, b"").is_none())
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
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let character = escaped(rest);
        plain.push(character.unwrap_or(first));
        rest = if character.is_some() { &rest[4..] } else { tail };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &[u8]) -> [Vec<u8>; 4] {
        let line = CommandLine::read(line, true).expect("the line is an SMS");
        [line.port.to_vec(), line.sender.to_vec(), line.time.to_vec(), line.text]
    }

    fn quad(port: &str, sender: &str, time: &str, text: &str) -> [Vec<u8>; 4] {
        [port, sender, time, text].map(|field| field.as_bytes().to_vec())
    }

    #[test]
    fn command_line_of_the_gateway() {
        let line = "/my_tools/process_sms \"4\" \"10086\" \"2014/09/11 09:36:47\" \"您当前帐户余额0元，其中\" > /dev/null 2>&1 &";
        assert_eq!(fields(line.as_bytes()), quad("4", "10086", "2014/09/11 09:36:47", "您当前帐户余额0元，其中"));
    }

    #[test]
    fn command_line_in_the_form_of_the_manual() {
        let line = b"process_sms \"2\" \"+8613632919026\" \"2013/08/20 15:17:45\" \"hello\" > /dev/null 2>&1 &";
        assert_eq!(fields(line), quad("2", "+8613632919026", "2013/08/20 15:17:45", "hello"));
    }

    #[test]
    fn ports_of_two_digits_and_senders_with_names() {
        let line = b"/my_tools/process_sms \"32\" \"INFO sms\" \"2014/09/11 09:36:47\" \"\" > /dev/null 2>&1 &";
        assert_eq!(fields(line), quad("32", "INFO sms", "2014/09/11 09:36:47", ""));
    }

    #[test]
    fn escapes_quotes_and_line_ends() {
        let line = b"p \"1\" \"1\" \"2014/09/11 09:36:47\" \"say \\\\\\\"hi\\\\\\\" \\\\\\\\ \\\\\\` $x\r\nsecond > /dev/null line\" > /dev/null 2>&1 &";
        assert_eq!(fields(line)[3], b"say \"hi\" \\ ` $x\r\nsecond > /dev/null line");
    }

    #[test]
    fn command_line_with_its_own_words_in_the_text() {
        let line = b"p \"1\" \"1\" \"2014/09/11 09:36:47\" \"a\\\\\\\" > /dev/null 2>&1 &\" > /dev/null 2>&1 &";
        assert_eq!(fields(line)[3], b"a\" > /dev/null 2>&1 &");
    }

    #[test]
    fn command_line_is_not_ended_by_an_escaped_quote() {
        let line = b"p \"1\" \"1\" \"t\" \"a\\\\\\\" > /dev/null 2>&1 &\r\nmore \"raw\" quotes\" > /dev/null 2>&1 &";
        assert_eq!(fields(line)[3], b"a\" > /dev/null 2>&1 &\r\nmore \"raw\" quotes");
        let cut = b"p \"1\" \"1\" \"t\" \"a\\\\\\\" > /dev/null 2>&1 &";
        assert!(CommandLine::read(cut, true).is_none() && is_unfinished(cut));
        assert!(!is_unfinished(line) && !is_unfinished(b"/bin/true"));
    }

    #[test]
    fn command_line_with_the_sms_centre_of_newer_firmware() {
        let line = b"cd /my_tools/lua/sms_receive/ && lua sms_receive.lua \"Board-1-gsm-4\" \"1\" \"t\" \"hi\" \"+8613800\" > /dev/null 2>&1 &";
        assert_eq!(fields(line), quad("Board-1-gsm-4", "1", "t", "hi"));
    }

    #[test]
    fn command_line_that_is_no_sms() {
        for line in
            [&b""[..], b"\"1\"", b"p \"1\" \"2\" \"3\"", b"p \"1\" \"2\" \"3\" text", b"p \"1\" \"2\" \"3\" \"text"]
        {
            assert!(CommandLine::read(line, false).is_none(), "{line:?}");
        }
    }
}
