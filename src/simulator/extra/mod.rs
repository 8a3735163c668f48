//! chan_extra and its forks: commands on the command line, and channels for what comes in.

mod channel;
pub(super) mod incoming;
mod result;
mod status;

use std::fmt::Write as _;
use std::sync::Arc;

use tokio::time::timeout;

use super::alphabet;
use super::cli::{self, Call, Entry, Printed, Refusal, integer, text};
use super::model::Model;
use super::pdu::{self, Body, Part};
use super::radio::{InUse, Outcome, Radio, Settings};
use super::sending::SentSms;
use super::ussd::{self, UssdReply};

pub(super) use status::{show_span, show_spans};

const MAX_DESTINATION: usize = 64;
const MAX_MESSAGE: usize = 320;
const MAX_PDU: usize = 352;
const DEFAULT_USSD_TIMEOUT: i64 = 10;
/// Between two attempts to send.
const RETRY_SECONDS: i64 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Command {
    SendSms,
    SendSyncSms,
    SendSyncCsms,
    SendPdu,
    SendAt,
    SendSyncAt,
    SendUssd,
    Set(Setting),
    Show(Setting),
    ShowSpan,
    ShowSpans,
    ShowVersion,
    CheckPhone,
    Power,
    ReloadSpan,
}

/// What `gsm set send sms` sets of a span.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Setting {
    Mode,
    Smsc,
    Coding,
}

const fn entry(words: &'static str, arguments: &'static str, about: &'static str, command: Command) -> Entry {
    Entry { words, arguments, about, command: cli::Command::Extra(command) }
}

const SMS: &str = "Send SMS on a given GSM span";
const USSD: &str = "Send USSD on a given GSM span";

const SHOW_SPAN: Entry =
    entry("gsm show span", "<span>", "Displays GSM Information on a given GSM span", Command::ShowSpan);
const SHOW_SPANS: Entry = entry("gsm show spans", "", "Displays GSM Information", Command::ShowSpans);
const SHOW_VERSION: Entry = entry("gsm show version", "", "Displays the driver's version", Command::ShowVersion);

/// What the open driver and the later one have in common, with the arguments of the commands in which they differ.
const fn driver(sync_sms: &'static str, sync_csms: &'static str) -> [Entry; 19] {
    const AT: &str = "Send AT command on a given GSM span";
    [
        entry("gsm send sms", "<span> <destination> <message> [id]", SMS, Command::SendSms),
        entry("gsm send sync sms", sync_sms, SMS, Command::SendSyncSms),
        entry("gsm send sync csms", sync_csms, "Send concatenated SMS on a given GSM span", Command::SendSyncCsms),
        entry("gsm send pdu", "<span> <PDU> [id]", "Send PDU on a given GSM span", Command::SendPdu),
        entry("gsm send at", "<span> <AT command>", AT, Command::SendAt),
        entry("gsm send sync at", "<span> <AT command> <timeout>", AT, Command::SendSyncAt),
        entry("gsm send ussd", "<span> <message> [timeout]", USSD, Command::SendUssd),
        entry("gsm set send sms mode", "<pdu|text> <span>", "Set SMS mode", Command::Set(Setting::Mode)),
        entry("gsm set send sms smsc", "<span> <number>", "Set SMS centre", Command::Set(Setting::Smsc)),
        entry("gsm set send sms coding", "<span> <coding>", "Set SMS coding", Command::Set(Setting::Coding)),
        entry("gsm show send sms mode", "<span>", "Show SMS mode", Command::Show(Setting::Mode)),
        entry("gsm show send sms smsc", "<span>", "Show SMS centre", Command::Show(Setting::Smsc)),
        entry("gsm show send sms coding", "<span>", "Show SMS coding", Command::Show(Setting::Coding)),
        SHOW_SPAN,
        SHOW_SPANS,
        SHOW_VERSION,
        entry("gsm check phone stat", "<span> <number>", "Check a phone's state", Command::CheckPhone),
        entry("gsm power", "<on|off|reset|stat> <span>", "Power a given GSM span on or off", Command::Power),
        entry("gsm reload span", "<span>", "Reload a given GSM span", Command::ReloadSpan),
    ]
}

static OPEN: [Entry; 19] = driver(
    "<span> <destination> <message> <timeout> [id]",
    "<span> <destination> <message> <flag> <smscount> <smssequence> <timeout> [id]",
);
static FIRMWARE: [Entry; 19] = driver(
    "<span> <destination> <message> <timeout> <flash> [id]",
    "<span> <destination> <message> <flag> <smscount> <smssequence> <timeout> <flash> [id]",
);
static MANUAL: [Entry; 6] = [
    entry("gsm send sms", "<span> <destination> <message> <timeout> [id]", SMS, Command::SendSms),
    entry("gsm send syncsms", "<span> <destination> <message> <timeout> [id]", SMS, Command::SendSyncSms),
    entry("gsm send ussd", "<span> <destination> <message> <timeout> [id]", USSD, Command::SendUssd),
    SHOW_SPAN,
    SHOW_SPANS,
    SHOW_VERSION,
];

pub(super) fn commands(model: Model) -> &'static [Entry] {
    match model {
        Model::OpenVoxFirmware => &FIRMWARE,
        Model::OpenVox2013 => &MANUAL,
        _ => &OPEN,
    }
}

pub(super) async fn run(command: Command, call: &Call<'_>) -> Printed {
    match command {
        Command::SendSms => send_sms(call),
        Command::SendSyncSms => send_sync_sms(call).await,
        Command::SendSyncCsms => send_sync_csms(call).await,
        Command::SendPdu => send_pdu(call),
        Command::SendUssd => send_ussd(call).await,
        Command::ShowSpans => show_spans(call),
        Command::ShowSpan => show_span(call),
        _ => status::run(command, call),
    }
}

/// A message as a command gave it.
struct Message<'a> {
    span: u32,
    radio: &'a Radio,
    sms: SentSms,
    part: Option<Part>,
}

/// What all commands that take a text have.
struct Given<'a> {
    span: &'a [u8],
    destination: &'a [u8],
    text: &'a [u8],
    id: Option<&'a Vec<u8>>,
    flash: bool,
    /// Reference, count and sequence number.
    place: Option<[u8; 3]>,
}

impl<'a> Message<'a> {
    fn read(call: &Call<'a>, given: &Given<'_>) -> Result<Message<'a>, Refusal> {
        let (span, radio) = call.span(given.span)?;
        check_lengths(given.destination, given.text, MAX_MESSAGE)?;
        let settings = radio.settings();
        if settings.text_mode && !given.text.is_ascii() {
            return Err(Refusal::Failed("Only support ASCII on text mode\n".to_owned()));
        }
        let bytes =
            if call.shared.options.model == Model::OpenVoxFirmware { unescape(given.text) } else { given.text.into() };
        let destination = text(given.destination);
        let part = is_number(&destination).then(|| encode(&bytes, &settings, given.flash, given.place));
        let sms = SentSms {
            span,
            destination,
            text: text(&bytes),
            id: given.id.map(|id| text(id)),
            command: call.words.clone(),
            concatenation: part.as_ref().and_then(Part::concatenation),
            flash: given.flash,
            // The driver asks for one and does not tell when it comes; the network tries for five minutes.
            report: true,
            validity: Some(5),
            ..SentSms::default()
        };
        Ok(Message { span, radio, sms, part })
    }
}

/// Lengths in bytes that a driver takes.
pub(super) fn check_lengths(destination: &[u8], text: &[u8], most: usize) -> Result<(), Refusal> {
    let complaint = if destination.is_empty() {
        "Destination number too short.\n"
    } else if destination.len() > MAX_DESTINATION {
        "Destination number too long.\n"
    } else if text.is_empty() {
        "SMS message too short.\n"
    } else if text.len() > most {
        "SMS message too long.\n"
    } else {
        return Ok(());
    };
    Err(Refusal::Failed(complaint.to_owned()))
}

/// A PDU takes digits only, after an optional plus sign.
fn is_number(destination: &str) -> bool {
    let digits = destination.strip_prefix('+').unwrap_or(destination);
    digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// One message, as the driver encodes a text. It splits nothing; one that is too long does not fit.
fn encode(bytes: &[u8], settings: &Settings, flash: bool, place: Option<[u8; 3]>) -> Part {
    let utf8 = settings.coding.eq_ignore_ascii_case("utf-8");
    let bytewise = settings.coding.is_empty() || settings.coding.eq_ignore_ascii_case("ascii");
    let narrow = bytewise || bytes.is_ascii();
    let text = || bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let body = match narrow {
        true => Body::Septets(alphabet::septets(&text())),
        false if utf8 => Body::Units(units(bytes)),
        false => Body::Units(String::from_utf8_lossy(bytes).encode_utf16().collect()),
    };
    let header = match place {
        None => Vec::new(),
        Some([flag, count, sequence]) if narrow => vec![6, 8, 4, 0, flag, count, sequence],
        Some([flag, count, sequence]) => vec![5, 0, 3, flag, count, sequence],
    };
    let dcs = if narrow { 0x00 } else { 0x08 } | if flash { 0x10 } else { 0 };
    Part { header, dcs, body }
}

/// UTF-8 as the driver reads it: it knows of one to three bytes only, so longer characters come out as others and
/// take the byte behind them with them.
fn units(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::new();
    let mut bytes = bytes.iter().map(|byte| u16::from(*byte));
    while let Some(first) = bytes.next() {
        let mut more = || bytes.next().unwrap_or(0) & 0x3F;
        units.push(match first {
            0..0x80 => first,
            0x80..0xE0 => (first & 0x1F) << 6 | more(),
            _ => (first & 0x0F) << 12 | more() << 6 | more(),
        });
    }
    units
}

/// The later driver undoes its own escapes behind those of the command line.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next().map(|next| match next {
                b'n' => b'\n',
                b'r' => b'\r',
                other => other,
            })),
            _ => plain.push(byte),
        }
    }
    plain
}

/// Says nothing about how it goes.
fn send_sms(call: &Call<'_>) -> Printed {
    let [span, destination, text, rest @ ..] = call.arguments else { return Err(Refusal::Usage) };
    // The manual's program leaves the timeout out.
    let id = if call.shared.options.model == Model::OpenVox2013 { rest.get(1) } else { rest.first() };
    let given = Given { span, destination, text, id, flash: false, place: None };
    let message = Message::read(call, &given)?;
    let part = message.part.ok_or_else(|| Refusal::Failed("Encode pdu error\n".to_owned()))?;
    queue(call, message.radio, message.sms, vec![part])
}

fn queue(call: &Call<'_>, radio: &Radio, sms: SentSms, parts: Vec<Part>) -> Printed {
    let text_mode = radio.settings().text_mode && sms.pdu.is_none();
    let pdu = match (&sms.pdu, parts.first()) {
        (Some(pdu), _) => pdu.clone(),
        (None, Some(part)) if !text_mode => pdu::encode_submit(&sms.destination, part),
        _ => String::new(),
    };
    let accepted = call.shared.accept(radio, sms, parts);
    let (shared, sms) = (Arc::clone(call.shared), accepted.sms.clone());
    tokio::spawn(async move {
        let taken = accepted.transmit(Arc::clone(&shared), shared.retry()).await;
        if let Some(taken) = taken.filter(|_| shared.options.send_results) {
            result::tell(&shared, &sms, &pdu, text_mode, taken);
        }
    });
    Ok(String::new())
}

/// The id behind the arguments that have to be there, and whether it is to flash, where that comes first.
fn flash_and_id<'a>(call: &Call<'_>, rest: &'a [Vec<u8>]) -> (bool, Option<&'a Vec<u8>>) {
    match (call.shared.options.model, rest) {
        (Model::OpenVoxFirmware, [flash, rest @ ..]) => (integer(flash) == Some(1), rest.first()),
        _ => (false, rest.first()),
    }
}

async fn send_sync_sms(call: &Call<'_>) -> Printed {
    let [span, destination, text, seconds, rest @ ..] = call.arguments else { return Err(Refusal::Usage) };
    let (flash, id) = flash_and_id(call, rest);
    let action_id = call.action_id.to_vec();
    let takes_action_id = call.shared.options.model == Model::OpenVox2013 && !action_id.is_empty();
    let id = id.or(takes_action_id.then_some(&action_id));
    let given = Given { span, destination, text, id, flash, place: None };
    send_sync(call, Message::read(call, &given)?, "SEND SMS", seconds).await
}

async fn send_sync_csms(call: &Call<'_>) -> Printed {
    let [span, destination, text, flag, count, sequence, seconds, rest @ ..] = call.arguments else {
        return Err(Refusal::Usage);
    };
    let (flash, id) = flash_and_id(call, rest);
    let place = [flag, count, sequence].map(|argument| integer(argument).unwrap_or(0) as u8);
    let given = Given { span, destination, text, id, flash, place: Some(place) };
    send_sync(call, Message::read(call, &given)?, "SEND CONCATENATED SMS", seconds).await
}

async fn send_sync(call: &Call<'_>, message: Message<'_>, what: &str, seconds: &[u8]) -> Printed {
    let Message { span, radio, mut sms, part } = message;
    sms.sync = true;
    let mut answer = sms.id.as_ref().map(|id| format!("ID:{id} ")).unwrap_or_default();
    let _ = write!(answer, "SPAN:{span} {what} TO PHONE");
    let destination = sms.destination.clone();
    let Some(part) = part else {
        return Err(Refusal::Failed(format!("{answer} {destination} ENCODE PDU FAIL\n")));
    };
    let Some(_using) = InUse::take(&radio.sms_busy) else {
        call.shared.note(SentSms { outcome: Outcome::Busy, parts: 1, ..sms });
        return Ok(format!("{answer} {destination} WAS USING\n"));
    };
    let accepted = call.shared.accept(radio, sms, vec![part]);
    if accepted.sms.outcome == Outcome::Busy {
        return Ok(format!("{answer} {destination} WAS USING\n"));
    }
    let seconds = integer(seconds).unwrap_or(0).clamp(0, u32::MAX.into());
    let wait = call.shared.seconds(seconds);
    // The first attempt after the command gave up.
    let late = call.shared.seconds(seconds - seconds % RETRY_SECONDS + RETRY_SECONDS);
    let mut result = radio.result.subscribe();
    // A message goes on when nobody waits for it any more.
    tokio::spawn(accepted.transmit(Arc::clone(call.shared), late));
    let heard = timeout(wait, result.changed()).await.is_ok();
    let taken = *result.borrow();
    Ok(match (heard, taken) {
        (false, _) => format!("{answer}:{destination} TIMEOUT\n"),
        (true, false) => format!("{answer}:{destination} WAS FAILED\n"),
        (true, true) => format!("{answer}:{destination} SUCCESSFULLY\n"),
    })
}

fn send_pdu(call: &Call<'_>) -> Printed {
    let [span, pdu, rest @ ..] = call.arguments else { return Err(Refusal::Usage) };
    let (span, radio) = call.span(span)?;
    match pdu.len() {
        0 => return Err(Refusal::Failed("PDU message too short.\n".to_owned())),
        1..=MAX_PDU => {}
        _ => return Err(Refusal::Failed("PDU message too long.\n".to_owned())),
    }
    let hex = text(pdu);
    let mut sms = SentSms {
        span,
        id: rest.first().map(|id| text(id)),
        command: call.words.clone(),
        pdu: Some(hex.clone()),
        ..SentSms::default()
    };
    // One that is wrong is refused by the modem, of which nothing is told.
    let parts = pdu::submit(&hex).map(|submit| {
        sms.describe(&submit);
        submit.part
    });
    queue(call, radio, sms, parts.into_iter().collect())
}

async fn send_ussd(call: &Call<'_>) -> Printed {
    let model = call.shared.options.model;
    let (span, code, seconds) = match (model, call.arguments) {
        (Model::OpenVox2013, [span, _, code, seconds] | [span, _, code, seconds, _]) => (span, code, integer(seconds)),
        (Model::OpenVox2013, _) => return Err(Refusal::Usage),
        (_, [span, code]) => (span, code, Some(DEFAULT_USSD_TIMEOUT)),
        (_, [span, code, seconds]) => (span, code, integer(seconds)),
        _ => return Err(Refusal::Usage),
    };
    let (span, radio) = call.span(span)?;
    let wait = call.shared.seconds(seconds.unwrap_or(0));
    Ok(match ussd::request(call.shared, radio, &text(code), wait).await {
        UssdReply::Text { text, responses, dcs } if matches!(model, Model::OpenVox2013 | Model::Allo) => {
            older_words(span, &text, responses, dcs)
        }
        UssdReply::Text { text, responses, dcs } => {
            format!("1:Recive USSD on span {span},responses:{responses},code:{dcs}\nText:{text}\n")
        }
        UssdReply::Busy => format!("0:Sending USSD now on span {span}\n"),
        UssdReply::Failed => format!("0:Send USSD failed on span {span}\n"),
        // 110 is ETIMEDOUT.
        UssdReply::TimedOut => format!("0:Send USSD timeout on span {span}(110)\n"),
    })
}

/// An answer as drivers before 2.0.7 print it.
pub(super) fn older_words(span: u32, text: &str, responses: u8, dcs: u8) -> String {
    format!(
        "1:Recive USSD sucess on span {span}\n\tUSSD Responses:{responses}\n\tUSSD Code:{dcs}\n\tUSSD Message:{text}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_driver_garbles_what_lies_beyond_three_bytes() {
        assert_eq!(units("aé您".as_bytes()), [0x61, 0xE9, 0x60A8]);
        assert_eq!(units("😀xy".as_bytes()), [0x07D8, 0x0038, 0x79]);
        assert_eq!(units(&[0xE6]), [0x6000]);
    }

    #[test]
    fn the_later_driver_undoes_escapes_once_more() {
        assert_eq!(unescape(br#"a\nb\\n \" \ c\"#), b"a\nb\\n \"  c");
    }
}
