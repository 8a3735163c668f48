//! Outgoing messages on their way over the network, whatever the command.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use super::gateway::Gateway;
use super::incoming::Incoming;
use super::outcome::Outcome;
use super::pdu::Part;
use super::radio::Radio;
use super::sent::{AiredSms, SentSms};
use super::{arrival, clock};
use crate::lock::lock;

/// A message that is on its way, and what becomes of it.
pub(super) struct Accepted {
    place: usize,
    pub(super) sms: SentSms,
    parts: Vec<Part>,
}

impl Accepted {
    /// Notes a message and decides what becomes of it. Of none that the network could not carry will it take a part.
    pub(super) fn new(gateway: &Gateway, radio: &Radio, mut sms: SentSms, parts: Vec<Part>) -> Accepted {
        let carried = !parts.is_empty() && parts.iter().all(Part::fits);
        sms.outcome = if carried { radio.next_outcome() } else { Outcome::Failed };
        if !sms.sync && sms.outcome == Outcome::Busy {
            sms.outcome = Outcome::Sent;
        }
        sms.parts = parts.len();
        Accepted { place: gateway.note(sms.clone()), sms, parts }
    }

    /// Takes the time on the air and lets the message come in where it is addressed to. Returns whether the network
    /// took it; nothing if it never says. A message that is late waits `late`.
    pub(super) async fn transmit(self, gateway: Arc<Gateway>, late: Duration) -> Option<bool> {
        let radio = gateway.radio(self.sms.span)?;
        match self.sms.outcome {
            Outcome::TimedOut => return None,
            Outcome::Late => sleep(late).await,
            _ => {}
        }
        while !radio.is_ready() {
            if gateway.bus.is_stopped() {
                return None;
            }
            sleep(gateway.retry()).await;
        }
        let air = radio.air.lock().await;
        let taken = self.sms.outcome != Outcome::Failed;
        for part in self.parts.iter().take(if taken { usize::MAX } else { 1 }) {
            radio.pass().await;
            if taken {
                self.carry(&gateway, part);
            }
        }
        drop(air);
        radio.result.send_replace(taken);
        Some(taken)
    }

    fn carry(&self, gateway: &Gateway, part: &Part) {
        let SentSms { span, destination, outcome, .. } = &self.sms;
        let arrived = gateway.owner(destination).filter(|_| *outcome != Outcome::Lost);
        lock(&gateway.aired).push(AiredSms {
            sms: self.place,
            span: *span,
            destination: destination.clone(),
            text: part.text(),
            concatenation: part.concatenation(),
            flash: part.is_flash(),
            arrived,
        });
        if let Some(to) = arrived {
            let (date, time) = clock::date_and_time(SystemTime::now(), gateway.options.time_zone, '/');
            let message = Incoming {
                sender: gateway.number(*span).to_owned(),
                time: format!("{date} {time}"),
                ..Incoming::default()
            };
            arrival::arrive(gateway, to, &message, std::slice::from_ref(part));
        }
    }
}
