//! Commands of OpenVox's drivers (chan_extra, open and closed) and of ALLO's, which is their kin.

use std::time::Duration;

use super::names::Dialect;
use super::plain::{needs_pdu, single};
use super::transmission::{ResultSource, Transmission, command, made_id, next_reference, submit};
use crate::error::{Error, ErrorKind, Result, printable};
use crate::gsm::cli::quote;
use crate::gsm::outcome::Outcome;
use crate::gsm::parts::{Repertoire, SmsParts};
use crate::gsm::request::{Port, Power, SmsRequest, whole_seconds};
use crate::gsm::text::contains;
use crate::protocol::{Action, Response};

/// The classes of events that tell of SMS.
pub(super) const EVENTS: &str = "system,call,dialplan";

/// The transmissions of a message, each of which waits for the network, or PDUs where a text cannot carry it.
pub(super) fn transmissions(dialect: &Dialect, request: &SmsRequest, seconds: u64) -> Result<Vec<Transmission>> {
    let needs_more = request.flash || needs_pdu(request);
    match dialect {
        Dialect::OpenVox | Dialect::OpenVoxFirmware | Dialect::Allo if request.plain && !needs_more => {
            // A backquote is not in the alphabet of SMS: that it stands for something else is the sender's matter here.
            single(&request.text.replace('`', "'"))?;
            Ok(texts(dialect, request, &[&request.text], seconds))
        }
        Dialect::OpenVox | Dialect::Allo => {
            if needs_more {
                return pdus(dialect, request);
            }
            match SmsParts::of(&request.text, Repertoire::Ascii) {
                Ok(parts) => Ok(texts(dialect, request, &pieces(&parts), seconds)),
                Err(_) => pdus(dialect, request),
            }
        }
        // Its documents know neither parts nor PDUs.
        Dialect::OpenVox2013 => {
            dialect.check_plain(request, false)?;
            Ok(texts(dialect, request, &[single(&request.text)?], seconds))
        }
        Dialect::OpenVoxFirmware => {
            if needs_pdu(request) {
                return pdus(dialect, request);
            }
            // A line end is escaped once more, and takes one place in the SMS.
            let flat = request.text.replace("\r\n", "\n").replace(['\n', '\r'], " ");
            match SmsParts::of(&flat, Repertoire::Ascii) {
                Ok(parts) if parts.is_single() => Ok(texts(dialect, request, &[&request.text], seconds)),
                Ok(parts) if flat == *request.text => Ok(texts(dialect, request, &pieces(&parts), seconds)),
                _ => pdus(dialect, request),
            }
        }
        _ => pdus(dialect, request),
    }
}

/// The command that only hands over a message that takes one SMS.
pub(super) fn handing_over(dialect: &Dialect, request: &SmsRequest, timeout: Duration) -> Vec<Transmission> {
    let (word, port, to) = (dialect.word(), &request.port, &request.destination);
    let mut line = format!("{word} send sms {port} {to} {}", quote(&request.text));
    let seconds = whole_seconds(timeout).to_string();
    for more in (*dialect == Dialect::OpenVox2013).then_some(&*seconds).into_iter().chain(request.id.as_deref()) {
        line.push(' ');
        line.push_str(more);
    }
    vec![Transmission { action: command(line), result_source: ResultSource::None }]
}

/// By the commands of chan_extra and its kin.
fn texts(dialect: &Dialect, request: &SmsRequest, pieces: &[&str], seconds: u64) -> Vec<Transmission> {
    let (word, is_firmware) = (dialect.word(), *dialect == Dialect::OpenVoxFirmware);
    let reference = next_reference();
    // The firmware counts its arguments: without an id the flash flag would be taken for one.
    let id = request.id.as_deref().map(str::to_owned).or_else(|| is_firmware.then(made_id));
    let count = pieces.len();
    let transmissions = pieces.iter().enumerate().map(|(at, text)| {
        let (port, to) = (&request.port, &request.destination);
        let quoted = if is_firmware { quote_twice(text) } else { quote(text) };
        let mut line = if count > 1 {
            format!("{word} send sync csms {port} {to} {quoted} {} {count} {} {seconds}", reference & 0xff, at + 1)
        } else {
            let words = if *dialect == Dialect::OpenVox2013 { "syncsms" } else { "sync sms" };
            format!("{word} send {words} {port} {to} {quoted} {seconds}")
        };
        if is_firmware {
            line.push_str(if request.flash { " 1" } else { " 0" });
        }
        if let Some(id) = &id {
            line.push(' ');
            line.push_str(id);
        }
        Transmission { action: command(line), result_source: ResultSource::Answer(Duration::from_secs(seconds)) }
    });
    transmissions.collect()
}

/// By PDUs, which the driver only takes.
pub(super) fn pdus(dialect: &Dialect, request: &SmsRequest) -> Result<Vec<Transmission>> {
    let word = dialect.word();
    let transmissions = submit(request)?.into_iter().map(|pdu| {
        let mut line = format!("{word} send pdu {} {}", request.port, pdu.hex());
        if let Some(id) = &request.id {
            line.push(' ');
            line.push_str(id);
        }
        Transmission { action: command(line), result_source: ResultSource::None }
    });
    Ok(transmissions.collect())
}

/// The command that sends a USSD code.
pub(super) fn ussd(dialect: &Dialect, port: &Port, code: &str, seconds: u64) -> Action {
    let (word, code) = (dialect.word(), quote(code));
    dialect.command(match dialect {
        // Its documents want a destination, which no USSD code has.
        Dialect::OpenVox2013 => format!("{word} send ussd {port} {code} {code} {seconds}"),
        _ => format!("{word} send ussd {port} {code} {seconds}"),
    })
}

/// The command that turns a port on or off.
pub(super) fn power(dialect: &Dialect, port: &Port, power: Power) -> Action {
    dialect.command(format!("{} power {} {port}", dialect.word(), verb(power)))
}

/// Reads the answer to it: the CLI calls it a success whatever the driver says.
pub(super) fn check_power(port: &Port, power: Power, answer: &Response) -> Result<()> {
    let done = match power {
        Power::On => format!("Power on span {port} sucessed"),
        Power::Off => format!("Power off span {port} sucessed"),
        Power::Reset => format!("Reset power on span {port} success"),
    };
    let words = answer.output().unwrap_or_default();
    if words.trim_ascii() == done.as_bytes() {
        return Ok(());
    }
    let (verb, words_shown) = (verb(power), printable(words));
    let text = format!("the gateway does not say that it turned the power of port {port} {verb}: {words_shown:?}");
    Err(Error::new(ErrorKind::Command, text).with_peer_message(words))
}

fn verb(power: Power) -> &'static str {
    match power {
        Power::On => "on",
        Power::Off => "off",
        Power::Reset => "reset",
    }
}

fn pieces<'a>(parts: &SmsParts<'a>) -> Vec<&'a str> {
    parts.parts().map(|(text, _)| text).collect()
}

/// As the firmware's own programs write it, since its driver undoes one more escaping than the CLI.
fn quote_twice(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => quoted.push_str(r"\\\\"),
            '"' => quoted.push_str("\\\""),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\r' => quoted.push_str(r"\\n"),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The line that tells the result of a synchronous send. Others may echo the text, so they are not searched.
fn result_line(output: &[u8]) -> Option<&[u8]> {
    output
        .split(|&byte| byte == b'\n')
        .map(without_id)
        .find(|line| line.starts_with(b"SPAN:") && contains(line, b" SEND "))
}

/// Tells whether the gateway refused the command itself, such as one for a port that it does not have: then it tells no result.
pub(in crate::gsm) fn is_refusal(words: &[u8]) -> bool {
    let is_ussd = words.starts_with(b"0:") || words.starts_with(b"1:");
    !words.is_empty() && !is_ussd && result_line(words).is_none()
}

/// Without the id in front, which is the caller's and may hold any of the words.
fn without_id(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b"ID:") else { return line };
    rest.iter().position(|&byte| byte == b' ').map_or(rest, |blank| &rest[blank + 1..])
}

/// The outcome in the answer to a command that waits for the network.
pub(in crate::gsm) fn outcome_of(output: &[u8]) -> Option<Outcome> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipt_is_read_from_the_result_line_only() {
        let echo = b"Encode pdu error\nCommand 'gsm send sync sms 1 1 \"SPAN:1 SEND SUCCESSFULLY\" 5' failed.";
        assert_eq!(outcome_of(echo), None);
        assert_eq!(outcome_of(b"SPAN:1 SEND SMS TO PHONE:136 SUCCESSFULLY"), Some(Outcome::Sent));
        assert_eq!(outcome_of(b"SPAN:1 SEND CONCATENATED SMS TO PHONE:136 SUCCESSFULLY"), Some(Outcome::Sent));
        assert_eq!(outcome_of(b"ID:42 SPAN:1 SEND SMS TO PHONE:136 WAS FAILED"), Some(Outcome::Failed));
        assert_eq!(outcome_of(b"ID:SUCCESS SPAN:1 SEND SMS TO PHONE 136 WAS USING"), Some(Outcome::Busy));
        assert_eq!(outcome_of(b"ID:7 SPAN:1 SEND SMS TO PHONE:136 TIMEOUT"), Some(Outcome::Unknown));
        assert_eq!(outcome_of(b"ID:TIMEOUT SPAN:1 SEND SMS TO PHONE:136 SUCCESSFULLY"), Some(Outcome::Sent));
        assert_eq!(outcome_of(b"SPAN:1 SEND SMS TO PHONE 136 ENCODE PDU FAIL"), Some(Outcome::Failed));
    }
}
