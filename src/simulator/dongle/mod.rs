//! chan_dongle and chan_quectel: actions, and the same on the command line. Everything is queued, and events tell
//! what became of it.

mod actions;
pub(super) mod events;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::cli::{self, Call, Entry, Printed, Refusal, text};
use super::pdu::{self, Coding, Part};
use super::radio::Radio;
use super::sending::SentSms;
use super::ussd::{self, UssdReply};
use super::{Shared, clock, lock};
use events::Report;

pub(super) use actions::{ACTIONS, act};

/// How long the network may take for a USSD code.
const USSD_SECONDS: i64 = 30;

#[derive(Clone, Copy)]
pub(super) enum Command {
    Sms,
    Ussd,
    ShowDevices,
}

const fn entry(words: &'static str, arguments: &'static str, about: &'static str, command: Command) -> Entry {
    Entry { words, arguments, about, command: cli::Command::Dongle(command) }
}

pub(super) static COMMANDS: [Entry; 3] = [
    entry("dongle sms", "<device> <number> <message>", "Send a SMS from the device", Command::Sms),
    entry("dongle ussd", "<device> <command>", "Send ussd command from the device", Command::Ussd),
    entry("dongle show devices", "", "Show device states", Command::ShowDevices),
];

pub(super) fn run(command: Command, call: &Call<'_>) -> Printed {
    let answer = match (command, call.arguments) {
        (Command::Sms, [device, number, words @ ..]) if !words.is_empty() => {
            let sms = Request {
                command: call.words.clone(),
                destination: text(number),
                text: text(&words.join(&b' ')),
                ..Request::default()
            };
            device_named(call.shared, &text(device)).and_then(|device| sms.queue(call.shared, &device))
        }
        (Command::Ussd, [device, code]) => {
            device_named(call.shared, &text(device)).and_then(|device| queue_ussd(call.shared, &device, text(code)))
        }
        (Command::ShowDevices, []) => return Ok(show_devices(call.shared)),
        _ => return Err(Refusal::Usage),
    };
    // The command line prints a refusal as it does an answer.
    Ok(answer.map_or_else(|refusal| format!("{refusal}\n"), |queued| format!("{}\n", queued.answer)))
}

/// A port with a name.
pub(super) struct Device<'a> {
    pub(super) span: u32,
    pub(super) name: String,
    pub(super) radio: &'a Radio,
}

pub(super) fn name_of(shared: &Shared, span: u32) -> String {
    format!("{}{}", shared.options.model.word(), span.saturating_sub(1))
}

fn devices(shared: &Shared) -> impl Iterator<Item = Device<'_>> {
    let named = |(span, radio)| Device { span, name: name_of(shared, span), radio };
    shared.spans().zip(&shared.radios).map(named)
}

/// Names count whatever the case. An error is what an action answers.
fn device_named<'a>(shared: &'a Shared, name: &str) -> Result<Device<'a>, String> {
    let found = devices(shared).find(|device| device.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| format!("[{name}] Device not found"))
}

impl Device<'_> {
    fn check_ready(&self) -> Result<(), String> {
        let ready = lock(&self.radio.conditions).state.is_ready();
        if ready { Ok(()) } else { Err(format!("[{}] Device not connected / initialized / registered", self.name)) }
    }
}

/// What was queued: the answer, and the number by which bg111's events name it.
struct Queued {
    answer: String,
    number: u64,
}

/// An SMS as an action or a command gives it.
#[derive(Default)]
struct Request {
    command: String,
    destination: String,
    text: String,
    validity: Option<u32>,
    report: bool,
    payload: Option<String>,
}

impl Request {
    fn queue(self, shared: &Arc<Shared>, device: &Device<'_>) -> Result<Queued, String> {
        let reference = shared.messages.fetch_add(1, Ordering::Relaxed) as u8;
        let parts = pdu::split(&self.text, Coding::Fitting, false, reference);
        let sms = SentSms {
            span: device.span,
            destination: self.destination,
            text: self.text,
            id: self.payload,
            command: self.command,
            report: self.report,
            validity: self.validity,
            ..SentSms::default()
        };
        queue(shared, device, sms, parts)
    }
}

/// Hands a message to the device, whose events tell how it goes.
fn queue(shared: &Arc<Shared>, device: &Device<'_>, sms: SentSms, parts: Vec<Part>) -> Result<Queued, String> {
    device.check_ready()?;
    let answer = format!("[{}] SMS queued for send", device.name);
    let number = shared.channels.fetch_add(1, Ordering::Relaxed) + 1;
    let accepted = shared.accept(device.radio, sms, parts);
    let (sms, parts) = (accepted.sms.clone(), accepted.sms.parts);
    let (shared, name) = (Arc::clone(shared), device.name.clone());
    tokio::spawn(async move {
        let lost = sms.outcome == super::Outcome::Lost;
        let late = shared.retry();
        let Some(taken) = accepted.transmit(Arc::clone(&shared), late).await else { return };
        if shared.options.bg111 {
            events::status(&shared, "SMSStatus", &name, number, taken);
        } else if !taken || !sms.report {
            let report = Report { payload: sms.id.unwrap_or_default(), success: taken, ..Report::default() };
            events::report(&shared, sms.span, &report);
        } else if !lost {
            let (date, time) = clock::date_and_time(SystemTime::now(), shared.options.time_zone, '-');
            let time = format!("{date} {time}");
            let report = Report {
                payload: sms.id.unwrap_or_default(),
                sent: time.clone(),
                delivered: time,
                success: true,
                kind: 1,
                codes: vec![0; parts],
            };
            events::report(&shared, sms.span, &report);
        }
    });
    Ok(Queued { answer, number })
}

fn queue_ussd(shared: &Arc<Shared>, device: &Device<'_>, code: String) -> Result<Queued, String> {
    device.check_ready()?;
    let number = shared.channels.fetch_add(1, Ordering::Relaxed) + 1;
    let (span, name) = (device.span, device.name.clone());
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let Some(radio) = shared.radio(span) else { return };
        let reply = ussd::request(&shared, radio, &code, shared.seconds(USSD_SECONDS)).await;
        if shared.options.bg111 {
            events::status(&shared, "USSDStatus", &name, number, matches!(reply, UssdReply::Text { .. }));
        }
        if let UssdReply::Text { text, responses, dcs } = reply {
            events::ussd(&shared, span, &text, responses, dcs);
        }
    });
    Ok(Queued { answer: format!("[{}] USSD queued for send", device.name), number })
}

fn show_devices(shared: &Shared) -> String {
    let head =
        format!("{:<12} {:<5} {:<10} {:<4} {:<14} {}\n", "ID", "Group", "State", "RSSI", "Provider Name", "Number");
    devices(shared).fold(head, |printed, Device { span, name, radio }| {
        let state = &lock(&radio.conditions).state;
        let (signal, network, number) = (state.signal, &state.network, shared.number(span));
        let words = events::state_words(state);
        printed + &format!("{name:<12} {:<5} {words:<10} {signal:<4} {network:<14} {number}\n", 0)
    })
}
