//! Sends messages and USSD codes over a client, and waits for what becomes of them.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{timeout, timeout_at};

use super::dialect::{Dialect, Transmission, Verdict};
use super::incoming::Incoming;
use super::post::Post;
use super::receipt::{self, Fate, Outcome, Receipt, SendError};
use super::repeats;
use super::request::{Port, SmsRequest, whole_seconds};
use super::ussd::{UssdReply, no_answer, not_taken, reply_of};
use crate::client::{Client, Filter, Subscription};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::later;

/// How much longer than the gateway the client waits for an answer.
const SLACK: Duration = Duration::from_secs(5);
/// A port that is busy is asked again after this.
const BUSY_WAIT: Duration = Duration::from_millis(500);

/// What messages go out by.
pub(super) struct Route<'a> {
    pub client: &'a Client,
    /// Where reports come in, for dialects that tell what becomes of a message by events.
    pub post: Option<&'a Post>,
    pub dialect: &'a Dialect,
    /// Whether a port that is busy is asked again.
    pub patience: Option<Patience<'a>>,
}

/// What is tried again until a time, unless it is closed first.
pub(super) struct Patience<'a> {
    pub until: Instant,
    pub closed: &'a watch::Sender<bool>,
    /// Whether nobody waits for it any more.
    pub is_given_up: &'a (dyn Fn() -> bool + Send + Sync),
}

impl Patience<'_> {
    /// Waits for so long; says whether there was the time for it.
    pub async fn wait(&self, time: Duration) -> bool {
        Instant::now() + time < self.until && rest(self.closed, time).await
    }
}

/// Waits for so long, unless it is closed meanwhile; says whether it is not.
pub(super) async fn rest(closed: &watch::Sender<bool>, time: Duration) -> bool {
    timeout(time, closed.subscribe().wait_for(|closed| *closed)).await.is_err()
}

impl Route<'_> {
    /// Sends a message.
    pub async fn send(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        let timeout = request.timeout.unwrap_or(self.client.config().action_timeout);
        self.carry_out(request, &self.dialect.transmissions(request, timeout)?).await
    }

    /// Hands a message over.
    pub async fn queue(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        let timeout = request.timeout.unwrap_or(self.client.config().action_timeout);
        self.carry_out(request, &self.dialect.handing_over(request, timeout)?).await
    }

    /// Transmits what a message takes, part by part. What follows a part that did not go is not begun.
    pub async fn carry_out(&self, request: &SmsRequest, transmissions: &[Transmission]) -> Result<Receipt, SendError> {
        let mut fates = Vec::with_capacity(transmissions.len());
        for transmission in transmissions {
            let fate = loop {
                let fate = self.transmit(request, transmission).await;
                match &self.patience {
                    Some(patience) if fate.outcome == Outcome::Busy => {
                        // What has begun is not left at half.
                        if !patience.wait(BUSY_WAIT).await || fates.is_empty() && (patience.is_given_up)() {
                            break fate;
                        }
                    }
                    _ => break fate,
                }
            };
            let is_good = fate.outcome.is_good();
            fates.push(fate);
            if !is_good {
                break;
            }
        }
        receipt::of(request, fates, transmissions.len())
    }

    async fn transmit(&self, request: &SmsRequest, transmission: &Transmission) -> Fate {
        let private = &request.private();
        let usual = self.client.config().action_timeout;
        let call = |within| async move {
            self.client.call_within(&transmission.action, within).await.map_err(|error| reserved(error, private))
        };
        match &transmission.verdict {
            Verdict::Answer(time) => Fate::of_waiting(request, &call(*time + SLACK).await),
            Verdict::None => Fate::of_handing_over(request, &call(usual).await),
            Verdict::Report { id, within } => {
                let mut reports = match self.subscribe("#report") {
                    Ok(reports) => reports,
                    Err(error) => return Fate::of_handing_over(request, &Err(error)),
                };
                let until = later(Instant::now(), *within);
                let answer = call(usual).await;
                let fate = Fate::of_handing_over(request, &answer);
                // A driver may tell the id only now.
                let named = answer.as_ref().ok().and_then(|response| response.text("ID").map(Into::into));
                match id.clone().or(named) {
                    Some(id) if fate.outcome.is_good() => report(&mut reports, &request.port, &id, until).await,
                    _ => fate,
                }
            }
        }
    }

    fn subscribe(&self, name: &str) -> Result<Subscription> {
        let post = self.post.ok_or_else(|| Error::new(ErrorKind::Internal, "nobody reads this gateway's reports"))?;
        post.subscribe(Filter::of(&[name]))
    }

    /// Sends a USSD code and waits for the network's reply.
    pub async fn ussd(&self, port: &Port, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        let timeout = timeout.unwrap_or(self.client.config().action_timeout);
        let seconds = whole_seconds(timeout);
        let action = self.dialect.ussd(port, code, seconds)?;
        if !self.dialect.names_ports() {
            let within = Duration::from_secs(seconds) + SLACK;
            let answer = self.client.call_within(&action, within).await.map_err(|error| reserved(error, &[code]));
            return reply_of(code, answer);
        }
        let mut texts = self.subscribe("#ussd")?;
        let until = later(Instant::now(), timeout);
        self.client.call(&action).await.map_err(|error| not_taken(code, reserved(error, &[code])))?;
        let name = port.to_string();
        loop {
            let event = timeout_at(until.into(), texts.next()).await.map_err(|_| no_answer())??;
            if let Some(Incoming::Ussd(ussd)) = Incoming::from_event(&event)
                && ussd.port() == name
            {
                return Ok(UssdReply::new(ussd.text().to_owned(), ussd.wants_answer().unwrap_or(false)));
            }
        }
    }
}

/// Waits for a report with this id that says whether the network took the message.
async fn report(reports: &mut Subscription, port: &Port, id: &str, until: Instant) -> Fate {
    let name = port.to_string();
    loop {
        let event = match timeout_at(until.into(), reports.next()).await {
            Err(_) => return Fate::late(port),
            Ok(Ok(event)) => event,
            Ok(Err(cause)) => {
                let text = format!("the link was lost before port {port} told whether the SMS went out: {cause}");
                let error = Error::new(ErrorKind::OutcomeUnknown, text);
                return Fate { outcome: Outcome::Unknown, words: Vec::new(), error: Some(error) };
            }
        };
        if let Some(Incoming::Report(report)) = Incoming::from_event(&event)
            && report.id() == Some(id)
            // A dongle's driver counts ids by itself, and may give one again.
            && (report.port().is_empty() || report.port() == name)
            && report.outcome() != Outcome::Queued
        {
            return Fate::reported(port, report.outcome(), report.words());
        }
    }
}

/// An error without words that repeat what people wrote; they are in the peer message, for whoever asks.
fn reserved(error: Error, private: &[&str]) -> Error {
    if error.peer_message().is_some_and(|words| repeats(words, private)) {
        return error
            .with_message("the server refused the command; its words, which repeat it, are in the peer message");
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Hub, QueueLimits};
    use crate::gsm::Report;
    use crate::protocol::Batch;

    #[tokio::test]
    async fn the_report_of_another_port_is_not_taken() {
        let (hub, _last) = Hub::watched(QueueLimits::default());
        let mut reports = Hub::subscribe(&hub, Filter::of(&["#report"])).expect("open");
        for (port, outcome) in [("dongle1", Outcome::Sent), ("dongle0", Outcome::Failed)] {
            let report = Report { id: Some("0x1f".to_owned()), ..Report::new(port.to_owned(), outcome) };
            hub.publish(&Batch::from(Incoming::Report(report).into_event()));
        }
        let until = Instant::now() + Duration::from_secs(30);
        assert_eq!(report(&mut reports, &"dongle0".into(), "0x1f", until).await.outcome, Outcome::Failed);
    }
}
