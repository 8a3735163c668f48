//! Yeastar TG and MyPBX: commands behind the action `smscommand`, and events that tell of messages.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::classes::Classes;
use super::cli::{self, Call, Entry, Printed, Refusal, integer, text};
use super::frame::Frame;
use super::incoming::Incoming;
use super::pdu::{self, Body, Coding, Part};
use super::sending::SentSms;
use super::session::Event;
use super::ussd::{self, UCS2, UssdReply};
use super::{Shared, extra};

const MAX_CONTENT: usize = 1024;
const DEFAULT_USSD_TIMEOUT: i64 = 30;
/// What begins a UCS-2 text on some firmware.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// In what the firmware of Yeastar's gateways differs. The default is that of the TG200 and TG400.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Yeastar {
    /// The port of an incoming message is called `GsmPort` instead of `GsmSpan`.
    pub gsm_port: bool,
    /// `Index` counts parts from 1 instead of 0.
    pub index_from_one: bool,
    /// Each part of a UCS-2 text begins with a byte order mark.
    pub byte_order_mark: bool,
    /// USSD is answered in the words of older drivers (`1:Recive USSD sucess`).
    pub older_ussd: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Command {
    SendSms,
    SendUssd,
    ShowSpan,
    ShowSpans,
}

const fn entry(words: &'static str, arguments: &'static str, about: &'static str, command: Command) -> Entry {
    Entry { words, arguments, about, command: cli::Command::Yeastar(command) }
}

pub(super) static COMMANDS: [Entry; 4] = [
    entry("gsm send sms", "<span> <destination> <message> [id]", "Send SMS on a given GSM span", Command::SendSms),
    entry("gsm send ussd", "<span> <message> [timeout]", "Send USSD on a given GSM span", Command::SendUssd),
    entry("gsm show span", "<span>", "Displays GSM Information on a given GSM span", Command::ShowSpan),
    entry("gsm show spans", "", "Displays GSM Information", Command::ShowSpans),
];

/// The one action through which commands come.
pub(super) fn action() -> (String, &'static str, &'static str) {
    ("smscommand".to_owned(), "Execute SMS command", "smscommand,command")
}

pub(super) async fn run(command: Command, call: &Call<'_>) -> Printed {
    match command {
        Command::SendSms => send_sms(call),
        Command::SendUssd => send_ussd(call).await,
        Command::ShowSpan => extra::show_span(call),
        Command::ShowSpans => extra::show_spans(call),
    }
}

/// Says nothing about how it goes; an event does.
fn send_sms(call: &Call<'_>) -> Printed {
    let ([span, destination, content] | [span, destination, content, _]) = call.arguments else {
        return Err(Refusal::Usage);
    };
    let id = call.arguments.get(3).map(|id| text(id));
    let (span, radio) = call.span(span)?;
    let plain = percent_decode(content);
    extra::check_lengths(destination, &plain, MAX_CONTENT)?;
    let plain = text(&plain);
    let reference = call.shared.messages.fetch_add(1, Ordering::Relaxed) as u8;
    let parts = pdu::split(&plain, Coding::Fitting, false, reference);
    let shown_id = id.clone().unwrap_or_else(|| "(null)".to_owned());
    let sms = SentSms {
        span,
        destination: text(destination),
        text: plain,
        id,
        command: call.words.clone(),
        ..SentSms::default()
    };
    let accepted = call.shared.accept(radio, sms, parts);
    let shared = Arc::clone(call.shared);
    tokio::spawn(async move {
        let late = shared.retry();
        if let Some(taken) = accepted.transmit(Arc::clone(&shared), late).await {
            let frame = frame("UpdateSMSSend")
                .header("ID", shown_id)
                .header("Smsc", &shared.options.smsc)
                .header("Status", if taken { "1" } else { "0" });
            shared.broadcast(&[finished(frame)], Classes::SMSCOMMAND);
        }
    });
    Ok(String::new())
}

async fn send_ussd(call: &Call<'_>) -> Printed {
    let (span, code, seconds) = match call.arguments {
        [span, code] => (span, code, DEFAULT_USSD_TIMEOUT),
        [span, code, seconds] => (span, code, integer(seconds).unwrap_or(0)),
        _ => return Err(Refusal::Usage),
    };
    let (span, radio) = call.span(span)?;
    let wait = call.shared.seconds(seconds);
    Ok(match ussd::request(call.shared, radio, &text(code), wait).await {
        UssdReply::Text { text, responses, dcs } => {
            let shown = if dcs == UCS2 { pdu::ucs2_hex(&text) } else { text };
            let length = shown.len();
            if call.shared.options.yeastar.older_ussd {
                return Ok(extra::older_words(span, &shown, responses, dcs));
            }
            format!(
                "1:Received USSD success on span: {span}\n\tUSSD Responses: {responses}\n\tUSSD Code: {dcs}\n\t\
                 USSD Len: {length}\n\tUSSD Message: {shown}\n"
            )
        }
        UssdReply::Busy => format!("0:Sending USSD now on span {span}\n"),
        UssdReply::Failed => format!("0:Send USSD failed on span {span}\n"),
        UssdReply::TimedOut => format!("0:Send USSD timeout on span {span}\n"),
    })
}

/// Tells of a message, part by part, and returns the number of sessions that see it.
pub(super) fn tell(shared: &Shared, span: u32, message: &Incoming, parts: &[Part]) -> usize {
    let firmware = shared.options.yeastar;
    let events: Vec<Event> = parts
        .iter()
        .map(|part| {
            let (id, index, total) = part.concatenation().map_or((String::new(), 1, 1), |place| {
                (format!("E95{:05X}", place.reference), place.sequence, place.total)
            });
            let index = if firmware.index_from_one { index } else { index.saturating_sub(1) };
            let marked = firmware.byte_order_mark && matches!(part.body, Body::Units(_));
            let content = format!("{}{}", if marked { BYTE_ORDER_MARK } else { "" }, part.text());
            let frame = frame("ReceivedSMS")
                .header("ID", id)
                .header(if firmware.gsm_port { "GsmPort" } else { "GsmSpan" }, span.to_string())
                .header("Sender", &message.sender)
                .header("Recvtime", message.time.replace('/', "-"))
                .header("Index", index.to_string())
                .header("Total", total.to_string())
                .header("Smsc", &shared.options.smsc)
                .header("Content", percent_encode(&content));
            finished(frame)
        })
        .collect();
    shared.broadcast(&events, Classes::SMSCOMMAND)
}

fn frame(event: &str) -> Frame {
    Frame::default().header("Event", event).header("Privilege", "all,smscommand")
}

fn finished(frame: Frame) -> Event {
    (Classes::SMSCOMMAND, frame.line(b"--END SMS EVENT--").end().into())
}

/// As `urlencode` does it; what is no escape stays.
fn percent_decode(content: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = content;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let digit = |place: usize| tail.get(place).and_then(|digit| char::from(*digit).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                plain.push((high << 4 | low) as u8);
                rest = &tail[2..];
            }
            (b'+', ..) => plain.push(b' '),
            _ => plain.push(*byte),
        }
    }
    plain
}

fn percent_encode(content: &str) -> String {
    content.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b' ' => encoded.push('+'),
            b'-' | b'.' | b'_' => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_there_and_back() {
        assert_eq!(percent_decode(b"a%0D%0Ab+c%2B%2b%zz%4"), b"a\r\nb c++%zz%4");
        assert_eq!(percent_encode("Got ir-_.+~\u{feff}"), "Got+ir-_.%2B%7E%EF%BB%BF");
        assert_eq!(percent_decode(percent_encode("您 +%\n").as_bytes()), "您 +%\n".as_bytes());
    }
}
