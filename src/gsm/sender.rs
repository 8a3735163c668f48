//! Sends messages and USSD codes over a client, and waits for what becomes of them.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use tokio::time::{timeout, timeout_at};

use super::address::Address;
use super::desk::{Told, Waiter};
use super::dialect::{Dialect, Driver, Expected, ResultSource, Transmission};
use super::ids::UsedId;
use super::inbox_feed::InboxFeed;
use super::incoming::UssdMode;
use super::outcome::Outcome;
use super::ports::PortStatus;
use super::receipt::{self, PartResult, Receipt, SendError};
use super::refusal::repeats;
use super::request::{Port, SmsRequest, check_ussd, whole_seconds};
use super::resting::{Left, Place, Purpose, TakenPort};
use super::ussd::{UssdReply, lost_ussd, no_answer, not_taken, reply_of};
use crate::client::{Client, Done};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{Action, Response, later};

/// The client waits for an answer longer than the gateway by this.
const SLACK: Duration = Duration::from_secs(5);
/// A port that is busy is asked again after this.
const BUSY_WAIT: Duration = Duration::from_millis(500);

/// The way that messages go out by.
pub(super) struct Sender<'a> {
    pub client: &'a Client,
    /// Where reports come in, for dialects that tell what becomes of a message by events.
    pub feed: Option<&'a InboxFeed>,
    pub dialect: &'a Dialect,
    /// The driver, where there are several for a dialect.
    pub driver: &'a Driver,
    /// True if a port that is busy is asked again: in a gateway's queue, whose ports have sessions of their own.
    pub retry: Option<RetryPolicy<'a>>,
}

/// The things that a message has taken: its port where that tells results, its id where reports do.
#[derive(Default)]
pub(super) struct Held {
    pub port: Option<TakenPort>,
    pub id: Option<UsedId>,
    /// Why nothing that waits for the port can be sent any more: the driver let go of it, or the link is lost.
    pub lost: Option<Lost>,
}

/// The loss that took a message which was with a driver.
#[derive(Clone, Debug)]
pub(super) enum Lost {
    /// The driver has let go of the device.
    Device,
    /// The link, for this reason.
    Link(Error),
}

impl Held {
    /// Sets what is left if they are released from now on.
    fn leave(&mut self, left: Left) {
        if let Some(port) = &mut self.port {
            port.leave(left);
        }
        if let Some(id) = &mut self.id {
            id.set_open(matches!(left, Left::Unknown(_)));
        }
    }
}

/// Until when something is tried again, unless it is closed first.
pub(super) struct RetryPolicy<'a> {
    pub until: Instant,
    pub closed: &'a watch::Sender<bool>,
    /// True if nobody waits for it any more.
    pub is_given_up: &'a (dyn Fn() -> bool + Send + Sync),
}

impl RetryPolicy<'_> {
    /// Waits for so long; says whether there was the time for it.
    pub async fn wait(&self, time: Duration) -> bool {
        Instant::now() + time < self.until && rest(self.closed, time).await
    }
}

/// Waits for so long, unless it is closed meanwhile; says whether it is not.
async fn rest(closed: &watch::Sender<bool>, time: Duration) -> bool {
    timeout(time, closed.subscribe().wait_for(|closed| *closed)).await.is_err()
}

impl Sender<'_> {
    /// Sends a message; its port rests for the cooldown afterwards if its outcome is unknown.
    pub async fn send(&self, request: &SmsRequest, cooldown: Duration) -> Result<Receipt, SendError> {
        let timeout = request.timeout.unwrap_or(self.client.config().action_timeout);
        let abilities = self.driver.ask(self.client, self.dialect, self.client.config().action_timeout).await?;
        let transmissions = self.dialect.transmissions(request, timeout, abilities)?;
        self.send_alone(request, &transmissions, timeout, cooldown).await
    }

    /// Hands a message over.
    pub async fn queue(&self, request: &SmsRequest, cooldown: Duration) -> Result<Receipt, SendError> {
        let timeout = request.timeout.unwrap_or(self.client.config().action_timeout);
        let abilities = self.driver.ask(self.client, self.dialect, self.client.config().action_timeout).await?;
        let transmissions = self.dialect.handing_over(request, timeout, abilities)?;
        self.send_alone(request, &transmissions, timeout, cooldown).await
    }

    /// Sends a message that is in no queue: it waits for its port itself.
    async fn send_alone(
        &self,
        request: &SmsRequest,
        transmissions: &[Transmission],
        timeout: Duration,
        cooldown: Duration,
    ) -> Result<Receipt, SendError> {
        let config = self.client.config();
        let mut held = Held { id: self.dialect.used_id(config, request, transmissions)?, ..Held::default() };
        if let Some(purpose) = self.dialect.purpose(transmissions) {
            let place = Place::new(Address::of(config), &request.port, cooldown);
            let patience = request.within.unwrap_or_else(|| timeout.saturating_add(place.rest()));
            let taken = place.taken_by(purpose, later(Instant::now(), patience)).await;
            let busy = |error| SendError::with(error, Receipt::of_all(request, Outcome::Busy, transmissions.len()));
            held.port = Some(taken.map_err(busy)?);
        }
        self.carry_out(request, transmissions, &mut held).await
    }

    /// For how long the gateway may still be at a command of which it has not told the end.
    fn still_busy(&self, time: Duration, since: Instant) -> Duration {
        // Where others share the session, the gateway may only be about to begin with it.
        if self.retry.is_some() { time.saturating_sub(since.elapsed()) } else { time }
    }

    /// Transmits what a message takes, part by part. What follows a part that did not go is not begun.
    pub async fn carry_out(
        &self,
        request: &SmsRequest,
        transmissions: &[Transmission],
        held: &mut Held,
    ) -> Result<Receipt, SendError> {
        let mut results = Vec::with_capacity(transmissions.len());
        let mut left = Left::Nothing;
        for transmission in transmissions {
            let time = match &transmission.result_source {
                ResultSource::Answer(time) => *time,
                ResultSource::None | ResultSource::Report(_) => self.client.config().action_timeout,
            };
            let result = loop {
                // What is given up from here on has an outcome that nobody knows.
                held.leave(Left::Unknown(time));
                let since = Instant::now();
                let result = self.transmit(request, transmission, held.port.as_ref(), &mut held.lost).await;
                left = match result.outcome {
                    Outcome::Unknown if result.is_answered => Left::Unknown(Duration::ZERO),
                    Outcome::Unknown => Left::Unknown(self.still_busy(time, since)),
                    Outcome::Queued => Left::HandedOver,
                    _ => left,
                };
                held.leave(left);
                // Its report may still come, and is not the next message's with the same id.
                if let (Outcome::Queued, ResultSource::Report(_), Some(id)) =
                    (result.outcome, &transmission.result_source, &mut held.id)
                {
                    id.set_open(true);
                }
                match &self.retry {
                    Some(retry) if result.outcome == Outcome::Busy => {
                        // What has begun is not left at half.
                        if !retry.wait(BUSY_WAIT).await || results.is_empty() && (retry.is_given_up)() {
                            break result;
                        }
                    }
                    _ => break result,
                }
            };
            let is_good = result.outcome.is_good();
            results.push(result);
            if !is_good {
                break;
            }
        }
        receipt::of(request, results, transmissions.len())
    }

    /// Sends an action; its answer is told to the port also if nobody waits for it any more.
    async fn call(&self, action: &Action, within: Duration, port: Option<&TakenPort>) -> Result<Response> {
        let Some(port) = port.map(TakenPort::late_answer) else {
            return self.client.call_within(action, within).await;
        };
        let (sender, receiver) = oneshot::channel();
        let done = Box::new(move |result: Result<Response>| match sender.send(result) {
            Err(Err(error)) if error.kind() == ErrorKind::OutcomeUnknown => {}
            Err(_) => port.came(),
            Ok(()) => {}
        });
        if let Err(error) = self.client.submit(action, Some(within), Done::Told(done)) {
            // A loop of calls that fail at once must not keep the link's task from its turn.
            tokio::task::coop::consume_budget().await;
            return Err(error);
        }
        receiver.await.unwrap_or_else(|_| Err(Error::closed()))
    }

    async fn transmit(
        &self,
        request: &SmsRequest,
        transmission: &Transmission,
        port: Option<&TakenPort>,
        lost: &mut Option<Lost>,
    ) -> PartResult {
        let private = &request.private();
        let usual = self.client.config().action_timeout;
        let call = |within| async move {
            self.call(&transmission.action, within, port).await.map_err(|error| reserved(error, private))
        };
        match &transmission.result_source {
            ResultSource::Answer(time) => PartResult::of_waiting(request, &call(*time + SLACK).await),
            ResultSource::None => PartResult::of_handing_over(request, &call(usual).await),
            ResultSource::Report(expected) => self.reported(request, expected, call(usual), lost).await,
        }
    }

    /// Waits for the answer and then for the report that says whether the network took the message.
    async fn reported(
        &self,
        request: &SmsRequest,
        expected: &Expected,
        call: impl Future<Output = Result<Response>>,
        lost: &mut Option<Lost>,
    ) -> PartResult {
        // From before the action on: what is told of it may come before its answer.
        let mut waiter = match self.waiter(&request.port, false) {
            Ok(waiter) => waiter,
            Err(error) => return PartResult::of_handing_over(request, &Err(error)),
        };
        let until = later(Instant::now(), expected.within);
        let (port, is_dongle) = (&request.port, self.dialect.names_ports());
        let answer = call.await;
        let result = PartResult::of_handing_over(request, &answer);
        let named = answer.as_ref().ok().and_then(|response| response.text("ID"));
        let named = named.filter(|id| is_dongle && id != "(nil)");
        if let (Ok(response), Some(_), true) = (&answer, &expected.id, is_dongle) {
            self.driver.learn(response);
        }
        let Some(id) = named.as_deref().or(expected.id.as_deref()).filter(|_| result.outcome.is_good()) else {
            // The link takes with it what waits.
            if result.outcome == Outcome::Unknown && is_dongle && !self.client.is_open() {
                *lost = result.error.clone().map(Lost::Link);
            }
            return result;
        };
        let silence = loop {
            match timeout_at(until.into(), waiter.next()).await {
                Err(_) => break expected.silence,
                Ok(Told::Report(report)) if report.id() == Some(id) => match report.outcome() {
                    Outcome::Queued => {}
                    Outcome::Unknown => break expected.silence,
                    outcome => {
                        return PartResult::reported(port, outcome, report.peer_text(), expected.pieces, &result);
                    }
                },
                Ok(Told::Gone) => {
                    *lost = Some(Lost::Device);
                    return PartResult::lost(format!("the driver let go of port {port} before it told"));
                }
                // A gateway with a queue of its own may tell it over the next link.
                Ok(Told::Lost(_)) if !is_dongle => {}
                Ok(Told::Lost(cause) | Told::Over(cause)) => {
                    let result = PartResult::lost(format!("the connection was lost ({cause}) before port {port} told"));
                    *lost = Some(Lost::Link(cause)).filter(|_| is_dongle);
                    return result;
                }
                Ok(_) => {}
            }
        };
        if silence.is_good() {
            return result;
        }
        if expected.id.as_deref() != Some(id) {
            waiter.leave_open(port, id);
        }
        PartResult::late(port)
    }

    fn waiter(&self, port: &Port, takes_ussd: bool) -> Result<Waiter> {
        let feed = self.feed.ok_or_else(|| Error::new(ErrorKind::Internal, "nobody reads this gateway's reports"))?;
        Ok(feed.wait(port, takes_ussd))
    }

    /// Sends a USSD code that is in no queue: it waits for its port itself.
    pub async fn send_ussd(
        &self,
        port: &Port,
        code: &str,
        timeout: Option<Duration>,
        cooldown: Duration,
    ) -> Result<UssdReply> {
        check_ussd(code)?;
        self.dialect.ussd(port, code, 1)?;
        let config = self.client.config();
        let place = Place::new(Address::of(config), port, cooldown);
        let patience = timeout.unwrap_or(config.action_timeout).saturating_add(place.rest());
        let taken = place.taken_by(Purpose::Ussd, later(Instant::now(), patience)).await?;
        self.ussd(port, code, timeout, &mut Held { port: Some(taken), ..Held::default() }).await
    }

    /// Sends a USSD code and waits for the network's reply.
    pub async fn ussd(&self, port: &Port, code: &str, timeout: Option<Duration>, held: &mut Held) -> Result<UssdReply> {
        let timeout = timeout.unwrap_or(self.client.config().action_timeout);
        let seconds = whole_seconds(timeout);
        let action = self.dialect.ussd(port, code, seconds)?;
        let time = Duration::from_secs(seconds);
        held.leave(Left::Unknown(time));
        let since = Instant::now();
        let reply = if self.dialect.names_ports() {
            self.ussd_by_events(port, code, &action, later(since, timeout), &mut held.lost).await
        } else {
            let answer = self.call(&action, time + SLACK, held.port.as_ref()).await;
            reply_of(code, answer.map_err(|error| reserved(error, &[code])))
        };
        held.leave(match &reply {
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                // A driver with events has handed it on; others say when they give up.
                let has_ended = self.dialect.names_ports() || error.peer_message().is_some();
                Left::Unknown(if has_ended { Duration::ZERO } else { self.still_busy(time, since) })
            }
            _ => Left::Nothing,
        });
        reply
    }

    /// Where the driver only takes the code, and the network's reply is an event.
    async fn ussd_by_events(
        &self,
        port: &Port,
        code: &str,
        action: &Action,
        until: Instant,
        lost: &mut Option<Lost>,
    ) -> Result<UssdReply> {
        let mut waiter = self.waiter(port, true)?;
        let answer = self.client.call(action).await.map_err(|error| not_taken(code, reserved(error, &[code])))?;
        let id = answer.text("ID");
        loop {
            match timeout_at(until.into(), waiter.next()).await.map_err(|_| no_answer())? {
                // The modem refused a code of somebody else's.
                Told::Ussd(ussd) if ussd.mode() == Some(UssdMode::NotSent) && ussd.id() != id.as_deref() => {
                    waiter.pass_on(ussd);
                }
                Told::Ussd(ussd) => return ussd.into_reply(),
                Told::Gone => {
                    *lost = Some(Lost::Device);
                    return Err(lost_ussd(format!("the driver let go of port {port}")));
                }
                Told::Lost(cause) | Told::Over(cause) => {
                    let error = lost_ussd(format!("the connection was lost ({cause})"));
                    *lost = Some(Lost::Link(cause));
                    return Err(error);
                }
                Told::Report(_) => {}
            }
        }
    }
}

/// Tells whether a port says that it is sending an SMS.
pub(super) async fn is_still_sending(client: &Client, dialect: &Dialect, port: &Port) -> bool {
    let show = dialect.command(format!("{} show span {port}", dialect.word()));
    match client.call(&show).await {
        Ok(answer) => {
            let text = String::from_utf8_lossy(answer.output().unwrap_or_default()).into_owned();
            let status = PortStatus::new(port.clone()).with_details(&text);
            status.state().is_some_and(|state| state.contains("SMS SENDING"))
        }
        // It cannot tell.
        Err(_) => false,
    }
}

/// An error without words that repeat what people wrote; they are in peer_message, for whoever asks.
fn reserved(error: Error, private: &[&str]) -> Error {
    if error.peer_message().is_some_and(|words| repeats(words, private)) {
        return error.with_message("the server refused the command; its words, which repeat it, are in peer_message");
    }
    error
}
