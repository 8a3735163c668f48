//! Yeastar TG and MyPBX: commands behind the action `smscommand`, and events that tell of messages.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::actions::Action;
use super::argument::{integer, text};
use super::bus::Event;
use super::chan_extra;
use super::classes::Classes;
use super::frame::Frame;
use super::gateway::{Call, Driver, Entry, Gateway, Printed, Refusal, Run};
use super::incoming::Incoming;
use super::options::Options;
use super::pdu::{self, Body, Coding, Part};
use super::sending::Accepted;
use super::sent::SentSms;
use super::ussd;
use super::ussd_menu::{UCS2, UssdReply};

const MAX_CONTENT: usize = 1024;
const DEFAULT_USSD_TIMEOUT: i64 = 30;
/// What begins a UCS-2 text on some firmware.
const BYTE_ORDER_MARK: &str = "\u{feff}";

static COMMANDS: [Entry; 4] = [
    Entry::new(
        "gsm send sms",
        "<span> <destination> <message> [id]",
        "Send SMS on a given GSM span",
        Run::Immediate(send_sms),
    ),
    Entry::new(
        "gsm send ussd",
        "<span> <message> [timeout]",
        "Send USSD on a given GSM span",
        Run::Waiting(|call| Box::pin(send_ussd(call))),
    ),
    Entry::new(
        "gsm show span",
        "<span>",
        "Displays GSM Information on a given GSM span",
        Run::Immediate(chan_extra::show_span),
    ),
    Entry::new("gsm show spans", "", "Displays GSM Information", Run::Immediate(chan_extra::show_spans)),
];

/// The driver of the gateways' modems.
pub(super) struct YeastarDriver;

impl Driver for YeastarDriver {
    fn commands(&self, _: &Options) -> &'static [Entry] {
        &COMMANDS
    }

    /// Of commands it has those for SMS only.
    fn has_core_commands(&self) -> bool {
        false
    }

    /// The one action through which commands come.
    fn actions(&self, _: &Options) -> Vec<Action> {
        let name = "smscommand".to_owned();
        vec![Action { name, synopsis: "Execute SMS command", classes: "smscommand,command" }]
    }

    fn tell(&self, gateway: &Gateway, span: u32, message: &Incoming, parts: &[Part]) -> usize {
        tell(gateway, span, message, parts)
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
    chan_extra::check_lengths(destination, &plain, MAX_CONTENT)?;
    let plain = text(&plain);
    let reference = call.gateway.messages.fetch_add(1, Ordering::Relaxed) as u8;
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
    let accepted = Accepted::new(call.gateway, radio, sms, parts);
    let gateway = Arc::clone(call.gateway);
    tokio::spawn(async move {
        let late = gateway.retry();
        if let Some(taken) = accepted.transmit(Arc::clone(&gateway), late).await {
            let frame = frame("UpdateSMSSend")
                .header("ID", shown_id)
                .header("Smsc", &gateway.options.smsc)
                .header("Status", if taken { "1" } else { "0" });
            gateway.bus.broadcast(&[finished(frame)], Classes::SMSCOMMAND);
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
    let wait = call.gateway.seconds(seconds);
    Ok(match ussd::request(call.gateway, radio, &text(code), wait).await {
        UssdReply::Text { text, responses, dcs } => {
            let shown = if dcs == UCS2 { pdu::ucs2_hex(&text) } else { text };
            let length = shown.len();
            if call.gateway.options.yeastar.older_ussd {
                return Ok(chan_extra::older_words(span, &shown, responses, dcs));
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
fn tell(gateway: &Gateway, span: u32, message: &Incoming, parts: &[Part]) -> usize {
    let firmware = gateway.options.yeastar;
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
                .header("Smsc", &gateway.options.smsc)
                .header("Content", percent_encode(&content));
            finished(frame)
        })
        .collect();
    gateway.bus.broadcast(&events, Classes::SMSCOMMAND)
}

fn frame(event: &str) -> Frame {
    Frame::default().header("Event", event).header("Privilege", "all,smscommand")
}

fn finished(frame: Frame) -> Event {
    (Classes::SMSCOMMAND, frame.line(b"--END SMS EVENT--").finish().into())
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
