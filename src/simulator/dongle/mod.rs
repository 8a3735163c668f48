//! chan_dongle and chan_quectel: actions, and the same on the command line. Everything is queued, and events tell
//! what became of it.

mod actions;
pub(super) mod events;
mod texts;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use tokio::time::sleep;

use super::cli::{self, Call, Entry, Printed, Refusal, text};
use super::pdu::Part;
use super::radio::{Radio, SpanState};
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
            working(call.shared, &text(device)).and_then(|device| sms.queue(call.shared, &device))
        }
        (Command::Ussd, [device, code]) => {
            working(call.shared, &text(device)).map(|device| queue_ussd(call.shared, &device, text(code)))
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

/// Names count whatever the case.
fn device_named<'a>(shared: &'a Shared, name: &str) -> Option<Device<'a>> {
    devices(shared).find(|device| device.name.eq_ignore_ascii_case(name))
}

/// A device that can send; an error is what an action answers.
fn working<'a>(shared: &'a Shared, name: &str) -> Result<Device<'a>, String> {
    let is_older = shared.is_older_dongle();
    let Some(device) = device_named(shared, name) else {
        return Err(format!("[{name}] {}", if is_older { "no such device" } else { "Device disconnected" }));
    };
    let words = match lock(&device.radio.conditions).state.clone() {
        state if state.is_ready() => return Ok(device),
        _ if !is_older => "Device disconnected",
        state if !state.power && device.radio.stopped.load(Ordering::Relaxed) => "device disabled",
        _ => "Device not connected / initialized / registered",
    };
    Err(format!("[{}] {words}", device.name))
}

/// The driver lets go of the device, and of all that it had.
fn stop(shared: &Shared, device: &Device<'_>) {
    device.radio.stopped.store(true, Ordering::Relaxed);
    lock(&device.radio.conditions).state.power = false;
    gone(shared, device);
}

fn start(shared: &Shared, device: &Device<'_>) {
    device.radio.stopped.store(false, Ordering::Relaxed);
    lock(&device.radio.conditions).state.power = true;
    events::device_states(shared, &device.name, &["Connect", "Register", "Initialize"]);
}

fn restart(shared: &Shared, device: &Device<'_>) {
    gone(shared, device);
    start(shared, device);
}

/// The device is gone, and nothing is told of what was queued for it.
fn gone(shared: &Shared, device: &Device<'_>) {
    *lock(&device.radio.menu) = None;
    events::device_states(shared, &device.name, &["Free", "Disconnect"]);
    device.radio.restarts.send_modify(|restarts| *restarts += 1);
}

/// Tells of a device that was plugged in or out, or has found or lost its network.
pub(super) fn changed(shared: &Shared, span: u32, before: &SpanState, after: &SpanState) {
    let Some(radio) = shared.radio(span) else { return };
    let device = Device { span, name: name_of(shared, span), radio };
    match (before, after) {
        (SpanState { power: true, .. }, SpanState { power: false, .. }) => gone(shared, &device),
        (SpanState { power: false, .. }, SpanState { power: true, .. }) => start(shared, &device),
        _ if before.is_ready() && !after.is_ready() => events::device_states(shared, &device.name, &["Unregister"]),
        _ if !before.is_ready() && after.is_ready() => events::device_states(shared, &device.name, &["Register"]),
        _ => {}
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
        let is_older = shared.is_older_dongle();
        let parts = if is_older {
            let part = texts::unsplit(&self.text);
            vec![part.ok_or_else(|| format!("[{}] Error adding SMS commands to queue", device.name))?]
        } else {
            texts::split(&self.text, reference)
        };
        // Older drivers take every number for one with a country code.
        let is_bare = is_older && !self.destination.starts_with('+');
        let sms = SentSms {
            span: device.span,
            destination: if is_bare { format!("+{}", self.destination) } else { self.destination },
            text: self.text,
            id: self.payload,
            command: self.command,
            report: self.report,
            validity: self.validity,
            ..SentSms::default()
        };
        Ok(queue(shared, device, sms, parts))
    }
}

/// How long a driver waits for the modem to say what became of an SMS, before it begins anew.
const ANSWER_SECONDS: i64 = 40;

/// Hands a message to the device, whose events tell how it goes. What is queued when the device goes is lost.
fn queue(shared: &Arc<Shared>, device: &Device<'_>, sms: SentSms, parts: Vec<Part>) -> Queued {
    let answer = format!("[{}] SMS queued for send", device.name);
    let number = shared.channels.fetch_add(1, Ordering::Relaxed) + 1;
    let accepted = shared.accept(device.radio, sms, parts);
    let mut restarts = device.radio.restarts.subscribe();
    let (shared, name) = (Arc::clone(shared), device.name.clone());
    tokio::spawn(async move {
        let Some(radio) = shared.radio(accepted.sms.span) else { return };
        let sms = accepted.sms.clone();
        let late = shared.retry();
        let taken = async {
            if sms.outcome == super::Outcome::TimedOut {
                let _air = radio.air.lock().await;
                sleep(shared.seconds(ANSWER_SECONDS)).await;
                return None;
            }
            accepted.transmit(Arc::clone(&shared), late).await
        };
        let taken = tokio::select! {
            biased;
            _ = restarts.changed() => return,
            taken = taken => taken,
        };
        match taken {
            Some(taken) => told(&shared, radio, &name, number, &sms, taken),
            None => restart(&shared, &Device { span: sms.span, name, radio }),
        }
    });
    Queued { answer, number }
}

/// Tells what became of a message, and what the network reports of it.
fn told(shared: &Shared, radio: &Radio, name: &str, number: u64, sms: &SentSms, taken: bool) {
    let is_older = shared.is_older_dongle();
    let references: Vec<u8> = (0..sms.parts).map(|_| radio.references.fetch_add(1, Ordering::Relaxed)).collect();
    if is_older {
        if taken && shared.options.dongle_2019 {
            events::status(shared, "SMSStatus", name, number, "Sending", references.first().copied());
        }
        events::status(shared, "SMSStatus", name, number, if taken { "Sent" } else { "NotSent" }, None);
    } else if !taken || !sms.report {
        let report = Report { payload: sms.id.clone().unwrap_or_default(), success: taken, ..Report::default() };
        events::report(shared, sms.span, &report);
    }
    if !taken || !sms.report || sms.outcome == super::Outcome::Lost {
        return;
    }
    let (date, time) = clock::date_and_time(SystemTime::now(), shared.options.time_zone, '/');
    for reference in &references {
        events::status_report(shared, sms.span, *reference, &sms.destination, &format!("{date} {time}"), 0);
    }
    if !is_older {
        let time = format!("{} {time} {:+03}:00", date.replace('/', "-"), shared.options.time_zone);
        let report = Report {
            payload: sms.id.clone().unwrap_or_default(),
            sent: time.clone(),
            delivered: time,
            success: true,
            kind: 1,
            codes: vec![0; sms.parts],
        };
        events::report(shared, sms.span, &report);
    }
}

fn queue_ussd(shared: &Arc<Shared>, device: &Device<'_>, code: String) -> Queued {
    let number = shared.channels.fetch_add(1, Ordering::Relaxed) + 1;
    let (span, name) = (device.span, device.name.clone());
    let mut restarts = device.radio.restarts.subscribe();
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let Some(radio) = shared.radio(span) else { return };
        let reply = tokio::select! {
            biased;
            _ = restarts.changed() => return,
            reply = ussd::request(&shared, radio, &code, shared.seconds(USSD_SECONDS)) => reply,
        };
        if shared.is_older_dongle() {
            // That the modem took it, and nothing more.
            let is_taken = matches!(reply, UssdReply::Text { .. } | UssdReply::TimedOut);
            events::status(&shared, "USSDStatus", &name, number, if is_taken { "Sent" } else { "NotSent" }, None);
        }
        if let UssdReply::Text { text, responses, dcs } = reply {
            events::ussd(&shared, span, &text, responses, dcs);
        }
    });
    Queued { answer: format!("[{}] USSD queued for send", device.name), number }
}

fn show_devices(shared: &Shared) -> String {
    let head =
        format!("{:<12} {:<5} {:<10} {:<4} {:<14} {}\n", "ID", "Group", "State", "RSSI", "Provider Name", "Number");
    devices(shared).fold(head, |printed, Device { span, name, radio }| {
        let state = &lock(&radio.conditions).state;
        let (signal, network, number) = (state.signal, &state.network, shared.number(span));
        let words = events::state_words(state, radio.stopped.load(Ordering::Relaxed));
        printed + &format!("{name:<12} {:<5} {words:<10} {signal:<4} {network:<14} {number}\n", 0)
    })
}
