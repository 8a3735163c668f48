//! Outcomes of SMS that were sent: the driver's word, and the network's reports.
//!
//! A driver hands a status report on as the modem reads it. Newer ones then tell of the whole SMS with the id that it was
//! sent with, once all its parts are reported; older ones tell nothing that can be believed.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::events::Event;
use crate::gsm::incoming::Report;
use crate::gsm::outcome::Outcome;
use crate::gsm::pdu::Delivery;
use crate::gsm::reader::found::outcome_of;
use crate::gsm::text::{self, decode_text};

/// The time for which the network's report of a part waits for the driver's word of the whole.
const WAIT: Duration = Duration::from_secs(10);
const HELD_BYTES: usize = 1 << 20;
/// The number of SMS that may be between the network's reference and the driver's word that they are sent.
const SENDING: usize = 256;

struct Held {
    report: Report,
    until: Instant,
}

#[derive(Default)]
pub(super) struct Reports {
    /// The network's, the oldest first.
    held: VecDeque<Held>,
    /// The bytes of memory that they take.
    cost: usize,
    /// The network's references of SMS by digests of their ports and ids.
    sending: VecDeque<(u64, u8)>,
}

fn cost(report: &Report) -> usize {
    let strings = [&report.recipient, &report.time, &report.done].map(|text| text.as_ref().map_or(0, String::capacity));
    size_of::<Held>() + report.port.capacity() + strings.iter().sum::<usize>()
}

impl Reports {
    /// A status report that the modem read; `waits` if the driver may tell of it again.
    pub fn network(&mut self, report: Report, waits: bool, now: Instant, out: &mut Vec<Report>) {
        if !waits {
            return out.push(report);
        }
        self.cost += cost(&report);
        self.held.push_back(Held { report, until: now + WAIT });
        while self.cost > HELD_BYTES {
            out.extend(self.remove(0));
        }
    }

    fn remove(&mut self, at: usize) -> Option<Report> {
        let report = self.held.remove(at)?.report;
        self.cost -= cost(&report);
        Some(report)
    }

    /// `DongleReport`: type 0 is the driver's own word, 1 the network's of all parts, 2 that none came in time.
    pub fn driver(&mut self, event: &Event, port: String) -> Report {
        let is_good = event.get("Success").map(<[u8]>::trim_ascii) == Some(b"1");
        let maybe = |name: &str| event.get(name).filter(|value| !value.is_empty()).map(decode_text);
        let mut report = Report::new(port, Outcome::Unknown);
        report.id = maybe("Payload");
        report.words = event.get("Report").unwrap_or_default().to_vec();
        match event.get("Type").map(<[u8]>::trim_ascii) {
            Some(b"0") => report.outcome = if is_good { Outcome::Sent } else { Outcome::Failed },
            Some(b"2") => {}
            _ => {
                report.time = event.get("SCTS").and_then(iso_time);
                report.done = event.get("DT").and_then(iso_time);
                let statuses = statuses(&report.words);
                (report.outcome, report.status) = whole(&statuses, is_good);
                self.complete(&mut report, statuses.len().max(1));
            }
        }
        report
    }

    /// Adds what the network's reports of the parts said, which come right before, and takes those out.
    fn complete(&mut self, report: &mut Report, parts: usize) {
        let of_port = |held: &Held| held.report.port == report.port;
        let Some(recipient) =
            self.held.iter().rev().find(|held| of_port(held)).map(|held| held.report.recipient.clone())
        else {
            return;
        };
        let its = |held: &Held| of_port(held) && held.report.recipient == recipient;
        let places: Vec<usize> =
            self.held.iter().enumerate().rev().filter(|(_, held)| its(held)).take(parts).map(|(at, _)| at).collect();
        let taken: Vec<Report> = places.into_iter().filter_map(|at| self.remove(at)).collect();
        // That the network still tried is of no use any more.
        let is_over = |held: &Held| {
            let is_one = |part: &Report| part.reference == held.report.reference;
            held.report.port == report.port && held.report.recipient == recipient && taken.iter().any(is_one)
        };
        while let Some(at) = self.held.iter().position(is_over) {
            self.remove(at);
        }
        report.recipient = recipient;
        let status = report.status;
        let deciding = taken.iter().find(|part| status.is_none() || part.status == status).or(taken.first());
        if let Some(part) = deciding {
            report.reference = part.reference;
            report.status = status.or(part.status);
            report.time = report.time.take().or_else(|| part.time.clone());
            report.done = report.done.take().or_else(|| part.done.clone());
        }
    }

    /// `DongleSMSStatus`, by which older drivers tell what became of an SMS whose `ID` they told when they took it.
    /// `Sending` comes with the network's reference in between. `Delivered` is told of reports that say something else as
    /// well, so only the reports themselves count; and an SMS that nobody asked for has the id `(nil)`.
    pub fn status(&mut self, event: &Event, port: String, digest: impl Fn(&str, &str) -> u64) -> Option<Report> {
        let id = event.get("ID").map(decode_text).filter(|id| !id.is_empty() && id != "(nil)")?;
        let words = event.get("Status").unwrap_or_default();
        let key = digest(&port, &id);
        if words.eq_ignore_ascii_case(b"Sending") {
            let reference = event.text("ForeignID").and_then(|reference| reference.trim().parse().ok())?;
            self.sending.retain(|(other, _)| *other != key);
            self.sending.truncate(SENDING - 1);
            self.sending.push_front((key, reference));
            return None;
        }
        let outcome = match words {
            _ if words.eq_ignore_ascii_case(b"Sent") => Outcome::Sent,
            _ if words.eq_ignore_ascii_case(b"NotSent") => Outcome::Failed,
            _ => return None,
        };
        let sending = self.sending.iter().position(|(other, _)| *other == key).and_then(|at| self.sending.remove(at));
        let reference = sending.map(|(_, reference)| reference).filter(|_| outcome == Outcome::Sent);
        Some(Report { id: Some(id), reference, words: words.to_vec(), ..Report::new(port, outcome) })
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.held.front().map(|held| held.until)
    }

    pub fn expire(&mut self, now: Instant, out: &mut Vec<Report>) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            out.extend(self.remove(0));
        }
    }

    pub fn finish(&mut self, out: &mut Vec<Report>) {
        while !self.held.is_empty() {
            out.extend(self.remove(0));
        }
        self.sending.clear();
    }
}

/// `000,065,`: TP-ST of each part, in decimal.
fn statuses(words: &[u8]) -> Vec<u8> {
    let words = String::from_utf8_lossy(words);
    words.split(',').filter_map(|status| status.trim().parse().ok()).collect()
}

/// The outcome of the whole by that of its parts, and the status of the part that decides: the first that failed, else the
/// first that is not known to have arrived.
fn whole(statuses: &[u8], is_good: bool) -> (Outcome, Option<u8>) {
    let of = |outcome| statuses.iter().copied().find(|status| outcome_of(Delivery::of(*status)) == outcome);
    if let Some(status) = of(Outcome::Undelivered) {
        return (Outcome::Undelivered, Some(status));
    }
    if !is_good {
        return (Outcome::Undelivered, None);
    }
    match of(Outcome::Sent) {
        Some(status) => (Outcome::Sent, Some(status)),
        None => (Outcome::Delivered, statuses.first().copied()),
    }
}

/// `2026-03-04 12:34:56 +01:00` as `2026-03-04T12:34:56+01:00`; the zone may be missing.
fn iso_time(time: &[u8]) -> Option<String> {
    let time = time.trim_ascii();
    let (time, zone) = time.split_at_checked(19)?;
    let zone = zone.trim_ascii();
    let is_zone = match zone {
        [] | b"Z" => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()),
        _ => false,
    };
    let time = text::iso_time(time)?;
    is_zone.then(|| time + &String::from_utf8_lossy(zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_iso_8601_or_nothing() {
        for (time, iso) in [
            ("2026-03-04 12:34:56 +01:00", Some("2026-03-04T12:34:56+01:00")),
            ("2026-03-04 12:34:56 -05:45", Some("2026-03-04T12:34:56-05:45")),
            ("2026-03-04 12:34:56", Some("2026-03-04T12:34:56")),
            ("", None),
            ("soon", None),
            ("2026-03-04 12:34:56 CET", None),
            ("2026-03-04 12:34:56 +1:00", None),
        ] {
            assert_eq!(iso_time(time.as_bytes()).as_deref(), iso, "{time}");
        }
    }

    #[test]
    fn reports_of_the_whole_follow_from_its_parts() {
        for (words, is_good, outcome, status) in [
            ("000,", true, Outcome::Delivered, Some(0)),
            ("000,000,000,", true, Outcome::Delivered, Some(0)),
            ("001,", true, Outcome::Sent, Some(1)),
            ("000,002,", true, Outcome::Sent, Some(2)),
            ("000,065,", false, Outcome::Undelivered, Some(65)),
            ("065,000,", true, Outcome::Undelivered, Some(65)),
            ("048,", true, Outcome::Sent, Some(48)),
            ("", true, Outcome::Delivered, None),
            ("", false, Outcome::Undelivered, None),
            ("000,", false, Outcome::Undelivered, None),
        ] {
            assert_eq!(whole(&statuses(words.as_bytes()), is_good), (outcome, status), "{words} {is_good}");
        }
    }

    #[test]
    fn reports_that_wait_are_bounded() {
        let (mut reports, now, mut out) = (Reports::default(), Instant::now(), Vec::new());
        let count = 100;
        for _ in 0..count {
            reports.network(Report::new("x".repeat(60_000), Outcome::Sent), true, now, &mut out);
            assert!(reports.cost <= HELD_BYTES);
        }
        assert!(!out.is_empty());
        reports.finish(&mut out);
        assert_eq!((out.len(), reports.cost), (count, 0));
    }
}
