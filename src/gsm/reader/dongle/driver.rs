//! Events of a driver, by what they tell.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Instant;

use super::echoes::{Echoes, Kind};
use super::raw::Stored;
use super::reports::Reports;
use super::twins::Twins;
use super::ussd;
use crate::events::Event;
use crate::gsm::incoming::{Report, Ussd, UssdMode};
use crate::gsm::reader::found::{Found, found_in};
use crate::gsm::text::decode_text;

const DRIVERS: [&[u8]; 3] = [b"Dongle", b"Quectel", b"Datacard"];

#[derive(Default)]
pub(in crate::gsm::reader) struct Dongles {
    echoes: Echoes,
    twins: Twins,
    reports: Reports,
    /// Which drivers tell by `…Status` what became of an SMS or a code: those tell nothing of reports.
    tells_status: [bool; DRIVERS.len()],
    keys: RandomState,
}

impl Dongles {
    pub fn read(&mut self, event: &Event, now: Instant, out: &mut Vec<Found>) {
        let name = event.name();
        let Some((driver, rest)) = DRIVERS.iter().enumerate().find_map(|(at, driver)| {
            let (prefix, rest) = name.split_at_checked(driver.len())?;
            prefix.eq_ignore_ascii_case(driver).then(|| (at, rest.to_ascii_lowercase()))
        }) else {
            return;
        };
        let port = event.get("Device").map(decode_text).unwrap_or_default();
        match &rest[..] {
            b"newcmgr" => self.stored(event, port, driver, now, out),
            b"newcusd" => self.network_word(event, port, now, out),
            b"newsms" => self.text(event, port, Kind::Sms, false, now, out),
            b"newsmsbase64" => self.text(event, port, Kind::Sms, true, now, out),
            b"newussd" => self.text(event, port, Kind::Ussd, false, now, out),
            b"newussdbase64" => self.text(event, port, Kind::Ussd, true, now, out),
            b"report" => out.push(Found::Report(self.reports.driver(event, port))),
            b"smsstatus" => {
                self.tells_status[driver] = true;
                let keys = &self.keys;
                let report = self.reports.status(event, port, |port, id| keys.hash_one((port, id)));
                out.extend(report.map(Found::Report));
            }
            b"status" if event.get("Status").is_some_and(|status| status.eq_ignore_ascii_case(b"Disconnect")) => {
                out.push(Found::Gone(port));
            }
            b"ussdstatus" => {
                self.tells_status[driver] = true;
                out.extend(refused(event, port));
            }
            _ => {}
        }
    }

    /// An SMS or a status report, as the modem read it from its card.
    fn stored(&mut self, event: &Event, port: String, driver: usize, now: Instant, out: &mut Vec<Found>) {
        // Of a modem in text mode the driver's own events tell.
        self.echoes.forget(self.keys.hash_one(&port), Kind::Sms);
        let Some(stored) = event.get("Message").and_then(Stored::read) else { return };
        let found = match stored.pdu() {
            Ok(pdu) => found_in(pdu, stored.hex, &port),
            Err(error) => {
                let why = format!("the PDU of an SMS cannot be read: {error}");
                return out.push(Found::unreadable(port, &why, event.wire()));
            }
        };
        match found {
            Some(Found::Report(report)) => {
                let waits = !self.tells_status[driver];
                told(out, |reports| self.reports.network(report, waits, now, reports));
            }
            Some(found) => {
                self.echoes.expect(self.keys.hash_one(&port), Kind::Sms, now);
                out.push(found);
            }
            // One that was sent, and is kept on the card.
            None => {}
        }
    }

    /// A USSD message, as the modem told it.
    fn network_word(&mut self, event: &Event, port: String, now: Instant, out: &mut Vec<Found>) {
        self.echoes.forget(self.keys.hash_one(&port), Kind::Ussd);
        let Some((mode, text)) = event.get("Message").and_then(ussd::read) else { return };
        self.echoes.expect(self.keys.hash_one(&port), Kind::Ussd, now);
        out.push(Found::Ussd(Ussd { port, text, mode: Some(mode), id: None }));
    }

    /// The driver's own word.
    fn text(&mut self, event: &Event, port: String, kind: Kind, is_whole: bool, now: Instant, out: &mut Vec<Found>) {
        if self.echoes.is_one(self.keys.hash_one(&port), kind, is_whole, now) {
            return;
        }
        let is_ussd = kind == Kind::Ussd;
        if is_whole {
            self.twins.whole(event, port, is_ussd, now, out);
        } else {
            self.twins.lines(event, port, is_ussd, now, out);
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.twins.deadline().into_iter().chain(self.reports.deadline()).min()
    }

    pub fn expire(&mut self, now: Instant, out: &mut Vec<Found>) {
        self.twins.expire(now, out);
        told(out, |reports| self.reports.expire(now, reports));
    }

    /// The link is gone.
    pub fn finish(&mut self, out: &mut Vec<Found>) {
        self.echoes.clear();
        self.twins.finish(out);
        told(out, |reports| self.reports.finish(reports));
    }
}

/// Adds the reports that come of it.
fn told(out: &mut Vec<Found>, tell: impl FnOnce(&mut Vec<Report>)) {
    let mut reports = Vec::new();
    tell(&mut reports);
    out.extend(reports.into_iter().map(Found::Report));
}

/// `…USSDStatus: NotSent`: the modem did not take a code. `Sent` is only that it did, and what comes of it is still to be told.
fn refused(event: &Event, port: String) -> Option<Found> {
    let is_refused = event.get("Status").is_some_and(|status| status.eq_ignore_ascii_case(b"NotSent"));
    let id = event.get("ID").map(decode_text).filter(|id| !id.is_empty() && id != "(nil)")?;
    let mode = Some(UssdMode::NotSent);
    is_refused.then(|| Found::Ussd(Ussd { port, text: String::new(), mode, id: Some(id) }))
}
