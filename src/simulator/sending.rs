//! Outgoing messages, whatever the command: what is noted of them, and their way over the network.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use super::pdu::{Part, Submit};
use super::radio::{Outcome, Radio};
use super::{Incoming, Shared, clock, incoming, lock};

/// A message's place in a longer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Concatenation {
    /// The number that its parts have in common.
    pub reference: u16,
    /// How many parts there are.
    pub total: u8,
    /// Which one this is, from 1.
    pub sequence: u8,
}

/// An SMS that the gateway was asked to send, noted when the command is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentSms {
    /// GSM port, as commands count them; of dongles from 1.
    pub span: u32,
    /// Number as given.
    pub destination: String,
    /// Text as the gateway understood it; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// The id given with the command, if any; of dongles the payload.
    pub id: Option<String>,
    /// Whether the command waits for the result (`gsm send sync sms`).
    pub sync: bool,
    /// What became of it. Where the span's latency exceeds the command's timeout, that is not what was answered.
    pub outcome: Outcome,
    /// The command or action that it came by, such as `gsm send sync sms` or `DongleSendSMS`.
    pub command: String,
    /// Number of messages that it goes out as.
    pub parts: usize,
    /// Its place in a longer message, if the command told one.
    pub concatenation: Option<Concatenation>,
    /// Whether it is for the screen at once (class 0).
    pub flash: bool,
    /// Whether a delivery report is asked for.
    pub report: bool,
    /// Minutes for which the network is to try, if told.
    pub validity: Option<u32>,
    /// The PDU in hex, if the command gave one.
    pub pdu: Option<String>,
}

impl SentSms {
    /// Notes what a PDU says.
    pub(super) fn describe(&mut self, submit: &Submit) {
        self.destination.clone_from(&submit.destination);
        self.text = submit.part.text();
        self.concatenation = submit.part.concatenation();
        self.flash = submit.part.is_flash();
        self.report = submit.report;
        self.validity = submit.validity;
    }
}

/// A message that the network took. One that was sent has as many as it has parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AiredSms {
    /// Place in [`Simulator::sent`](super::Simulator::sent) of the one that it belongs to, from 0.
    pub sms: usize,
    /// GSM port that it left by.
    pub span: u32,
    /// Number that it is for.
    pub destination: String,
    /// Its text, as far as the alphabet has it.
    pub text: String,
    /// Its place in a longer message, if it has one.
    pub concatenation: Option<Concatenation>,
    /// Whether it is for the screen at once (class 0).
    pub flash: bool,
    /// The span at which it came in, if its number is one of the gateway's own and it was not lost.
    pub arrived: Option<u32>,
}

/// A message that is on its way, and what becomes of it.
pub(super) struct Accepted {
    place: usize,
    pub(super) sms: SentSms,
    parts: Vec<Part>,
}

impl Shared {
    /// Notes a message and decides what becomes of it. Of none that the network could not carry will it take a part.
    pub(super) fn accept(&self, radio: &Radio, mut sms: SentSms, parts: Vec<Part>) -> Accepted {
        let carried = !parts.is_empty() && parts.iter().all(Part::fits);
        sms.outcome = if carried { radio.next_outcome() } else { Outcome::Failed };
        if !sms.sync && sms.outcome == Outcome::Busy {
            sms.outcome = Outcome::Sent;
        }
        sms.parts = parts.len();
        Accepted { place: self.note(sms.clone()), sms, parts }
    }

    /// Notes a message; returns its place.
    pub(super) fn note(&self, sms: SentSms) -> usize {
        let mut sent = lock(&self.sent);
        sent.push(sms);
        sent.len() - 1
    }

    /// The span that has the number.
    fn owner(&self, number: &str) -> Option<u32> {
        let bare = |number: &str| number.trim_start_matches('+').to_owned();
        let own = |other: &String| !other.is_empty() && bare(other) == bare(number);
        let index = self.options.numbers.iter().position(own)?;
        Some(self.options.model.first_span() + index as u32).filter(|span| self.radio(*span).is_some())
    }

    /// The span's own number, empty if it has none.
    pub(super) fn number(&self, span: u32) -> &str {
        let index = span.saturating_sub(self.options.model.first_span()) as usize;
        self.options.numbers.get(index).map_or("", String::as_str)
    }

    /// Between a driver's attempts to send.
    pub(super) fn retry(&self) -> Duration {
        self.seconds(2).max(Duration::from_millis(1))
    }
}

impl Accepted {
    /// Takes the time on the air and lets the message come in where it is addressed to. Returns whether the network
    /// took it; nothing if it never says. A message that is late waits `late`.
    pub(super) async fn transmit(self, shared: Arc<Shared>, late: Duration) -> Option<bool> {
        let radio = shared.radio(self.sms.span)?;
        match self.sms.outcome {
            Outcome::TimedOut => return None,
            Outcome::Late => sleep(late).await,
            _ => {}
        }
        while !radio.is_ready() {
            if lock(&shared.sessions).stopped {
                return None;
            }
            sleep(shared.retry()).await;
        }
        let air = radio.air.lock().await;
        let taken = self.sms.outcome != Outcome::Failed;
        for part in self.parts.iter().take(if taken { usize::MAX } else { 1 }) {
            radio.pass().await;
            if taken {
                self.carry(&shared, part);
            }
        }
        drop(air);
        radio.result.send_replace(taken);
        Some(taken)
    }

    fn carry(&self, shared: &Shared, part: &Part) {
        let SentSms { span, destination, outcome, .. } = &self.sms;
        let arrived = shared.owner(destination).filter(|_| *outcome != Outcome::Lost);
        lock(&shared.aired).push(AiredSms {
            sms: self.place,
            span: *span,
            destination: destination.clone(),
            text: part.text(),
            concatenation: part.concatenation(),
            flash: part.is_flash(),
            arrived,
        });
        if let Some(to) = arrived {
            let (date, time) = clock::date_and_time(SystemTime::now(), shared.options.time_zone, '/');
            let message = Incoming {
                sender: shared.number(*span).to_owned(),
                time: format!("{date} {time}"),
                ..Incoming::default()
            };
            incoming::arrive(shared, to, &message, std::slice::from_ref(part));
        }
    }
}
