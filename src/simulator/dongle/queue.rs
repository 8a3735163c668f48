//! What is queued for a modem, and what is told of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use tokio::time::sleep;

use super::super::clock;
use super::super::gateway::Gateway;
use super::super::incoming::Report;
use super::super::outcome::Outcome;
use super::super::pdu::Part;
use super::super::radio::Radio;
use super::super::sending::Accepted;
use super::super::sent::SentSms;
use super::super::ussd;
use super::super::ussd_menu::UssdReply;
use super::device::{Device, is_older};
use super::events;
use super::power::restart;
use super::texts;

/// How long the network may take for a USSD code.
const USSD_SECONDS: i64 = 30;

/// What was queued: the answer, and the number by which bg111's events name it.
pub(super) struct Queued {
    pub(super) answer: String,
    pub(super) number: u64,
}

/// An SMS as an action or a command gives it.
#[derive(Default)]
pub(super) struct Request {
    pub(super) command: String,
    pub(super) destination: String,
    pub(super) text: String,
    pub(super) validity: Option<u32>,
    pub(super) report: bool,
    pub(super) payload: Option<String>,
}

impl Request {
    pub(super) fn queue(self, gateway: &Arc<Gateway>, device: &Device<'_>) -> Result<Queued, String> {
        let reference = gateway.messages.fetch_add(1, Ordering::Relaxed) as u8;
        let is_older = is_older(&gateway.options);
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
        Ok(queue(gateway, device, sms, parts))
    }
}

/// How long a driver waits for the modem to say what became of an SMS, before it begins anew.
const ANSWER_SECONDS: i64 = 40;

/// Hands a message to the device, whose events tell how it goes. What is queued when the device goes is lost.
pub(super) fn queue(gateway: &Arc<Gateway>, device: &Device<'_>, sms: SentSms, parts: Vec<Part>) -> Queued {
    let answer = format!("[{}] SMS queued for send", device.name);
    let number = gateway.channels.fetch_add(1, Ordering::Relaxed) + 1;
    let accepted = Accepted::new(gateway, device.radio, sms, parts);
    let mut restarts = device.radio.restarts.subscribe();
    let (gateway, name) = (Arc::clone(gateway), device.name.clone());
    tokio::spawn(async move {
        let Some(radio) = gateway.radio(accepted.sms.span) else { return };
        let sms = accepted.sms.clone();
        let late = gateway.retry();
        let taken = async {
            if sms.outcome == Outcome::TimedOut {
                let _air = radio.air.lock().await;
                sleep(gateway.seconds(ANSWER_SECONDS)).await;
                return None;
            }
            accepted.transmit(Arc::clone(&gateway), late).await
        };
        let taken = tokio::select! {
            biased;
            _ = restarts.changed() => return,
            taken = taken => taken,
        };
        match taken {
            Some(taken) => told(&gateway, radio, &name, number, &sms, taken),
            None => restart(&gateway, &Device { span: sms.span, name, radio }),
        }
    });
    Queued { answer, number }
}

/// Tells what became of a message, and what the network reports of it.
fn told(gateway: &Gateway, radio: &Radio, name: &str, number: u64, sms: &SentSms, taken: bool) {
    let is_older = is_older(&gateway.options);
    let references: Vec<u8> = (0..sms.parts).map(|_| radio.references.fetch_add(1, Ordering::Relaxed)).collect();
    if is_older {
        if taken && gateway.options.dongle_2019 {
            events::status(gateway, "SMSStatus", name, number, "Sending", references.first().copied());
        }
        events::status(gateway, "SMSStatus", name, number, if taken { "Sent" } else { "NotSent" }, None);
    } else if !taken || !sms.report {
        let report = Report { payload: sms.id.clone().unwrap_or_default(), success: taken, ..Report::default() };
        events::report(gateway, sms.span, &report);
    }
    if !taken || !sms.report || sms.outcome == Outcome::Lost {
        return;
    }
    let (date, time) = clock::date_and_time(SystemTime::now(), gateway.options.time_zone, '/');
    for reference in &references {
        events::status_report(gateway, sms.span, *reference, &sms.destination, &format!("{date} {time}"), 0);
    }
    if !is_older {
        let time = format!("{} {time} {:+03}:00", date.replace('/', "-"), gateway.options.time_zone);
        let report = Report {
            payload: sms.id.clone().unwrap_or_default(),
            sent: time.clone(),
            delivered: time,
            success: true,
            kind: 1,
            codes: vec![0; sms.parts],
        };
        events::report(gateway, sms.span, &report);
    }
}

pub(super) fn queue_ussd(gateway: &Arc<Gateway>, device: &Device<'_>, code: String) -> Queued {
    let number = gateway.channels.fetch_add(1, Ordering::Relaxed) + 1;
    let (span, name) = (device.span, device.name.clone());
    let mut restarts = device.radio.restarts.subscribe();
    let gateway = Arc::clone(gateway);
    tokio::spawn(async move {
        let Some(radio) = gateway.radio(span) else { return };
        let reply = tokio::select! {
            biased;
            _ = restarts.changed() => return,
            reply = ussd::request(&gateway, radio, &code, gateway.seconds(USSD_SECONDS)) => reply,
        };
        if is_older(&gateway.options) {
            // That the modem took it, and nothing more.
            let is_taken = matches!(reply, UssdReply::Text { .. } | UssdReply::TimedOut);
            events::status(&gateway, "USSDStatus", &name, number, if is_taken { "Sent" } else { "NotSent" }, None);
        }
        if let UssdReply::Text { text, responses, dcs } = reply {
            events::ussd(&gateway, span, &text, responses, dcs);
        }
    });
    Queued { answer: format!("[{}] USSD queued for send", device.name), number }
}
