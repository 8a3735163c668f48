//! Commands that send an SMS.

use std::fmt::Write as _;
use std::sync::Arc;

use tokio::time::timeout;

use super::super::argument::{integer, text};
use super::super::gateway::{Call, Printed, Refusal};
use super::super::model::Model;
use super::super::outcome::Outcome;
use super::super::pdu::{self, Part};
use super::super::radio::{InUse, Radio};
use super::super::sending::Accepted;
use super::super::sent::SentSms;
use super::encode::{encode, unescape};
use super::result;

const MAX_DESTINATION: usize = 64;
const MAX_MESSAGE: usize = 320;
const MAX_PDU: usize = 352;
/// Between two attempts to send.
const RETRY_SECONDS: i64 = 2;

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
            if call.gateway.options.model == Model::OpenVoxFirmware { unescape(given.text) } else { given.text.into() };
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
pub(in super::super) fn check_lengths(destination: &[u8], text: &[u8], most: usize) -> Result<(), Refusal> {
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

/// Says nothing about how it goes.
pub(super) fn sms(call: &Call<'_>) -> Printed {
    let [span, destination, text, rest @ ..] = call.arguments else { return Err(Refusal::Usage) };
    // The manual's program leaves the timeout out.
    let id = if call.gateway.options.model == Model::OpenVox2013 { rest.get(1) } else { rest.first() };
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
    let accepted = Accepted::new(call.gateway, radio, sms, parts);
    let (gateway, sms) = (Arc::clone(call.gateway), accepted.sms.clone());
    tokio::spawn(async move {
        let taken = accepted.transmit(Arc::clone(&gateway), gateway.retry()).await;
        if let Some(taken) = taken.filter(|_| gateway.options.send_results) {
            result::tell(&gateway, &sms, &pdu, text_mode, taken);
        }
    });
    Ok(String::new())
}

/// The id behind the arguments that have to be there, and whether it is to flash, where that comes first.
fn flash_and_id<'a>(call: &Call<'_>, rest: &'a [Vec<u8>]) -> (bool, Option<&'a Vec<u8>>) {
    match (call.gateway.options.model, rest) {
        (Model::OpenVoxFirmware, [flash, rest @ ..]) => (integer(flash) == Some(1), rest.first()),
        _ => (false, rest.first()),
    }
}

pub(super) async fn sync_sms(call: &Call<'_>) -> Printed {
    let [span, destination, text, seconds, rest @ ..] = call.arguments else { return Err(Refusal::Usage) };
    let (flash, id) = flash_and_id(call, rest);
    let action_id = call.action_id.to_vec();
    let takes_action_id = call.gateway.options.model == Model::OpenVox2013 && !action_id.is_empty();
    let id = id.or(takes_action_id.then_some(&action_id));
    let given = Given { span, destination, text, id, flash, place: None };
    send_sync(call, Message::read(call, &given)?, "SEND SMS", seconds).await
}

pub(super) async fn sync_csms(call: &Call<'_>) -> Printed {
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
        call.gateway.note(SentSms { outcome: Outcome::Busy, parts: 1, ..sms });
        return Ok(format!("{answer} {destination} WAS USING\n"));
    };
    let accepted = Accepted::new(call.gateway, radio, sms, vec![part]);
    if accepted.sms.outcome == Outcome::Busy {
        return Ok(format!("{answer} {destination} WAS USING\n"));
    }
    let seconds = integer(seconds).unwrap_or(0).clamp(0, u32::MAX.into());
    let wait = call.gateway.seconds(seconds);
    // The first attempt after the command gave up.
    let late = call.gateway.seconds(seconds - seconds % RETRY_SECONDS + RETRY_SECONDS);
    let mut result = radio.result.subscribe();
    // A message goes on when nobody waits for it any more.
    tokio::spawn(accepted.transmit(Arc::clone(call.gateway), late));
    let heard = timeout(wait, result.changed()).await.is_ok();
    let taken = *result.borrow();
    Ok(match (heard, taken) {
        (false, _) => format!("{answer}:{destination} TIMEOUT\n"),
        (true, false) => format!("{answer}:{destination} WAS FAILED\n"),
        (true, true) => format!("{answer}:{destination} SUCCESSFULLY\n"),
    })
}

pub(super) fn pdu(call: &Call<'_>) -> Printed {
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
