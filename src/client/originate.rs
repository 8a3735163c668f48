//! Calls that the server sets up, and what becomes of them.

use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::api::{Client, id_prefix};
use crate::error::{Error, ErrorKind, Result};
use crate::events::{Event, Filter};
use crate::protocol::{Action, Response, later};

/// The time that the server rings unless it is told: its own default.
const RINGS: Duration = Duration::from_secs(30);

/// A call to be set up: which channel is rung, and what happens to it once it is answered.
#[derive(Clone, Debug)]
pub struct Originate {
    action: Action,
    rings: Duration,
    deadline: Option<Duration>,
    is_placed: bool,
}

impl Originate {
    /// Rings this channel, such as `PJSIP/100`.
    pub fn new(channel: impl AsRef<[u8]>) -> Originate {
        let action = Action::new("Originate").with("Channel", channel).with("Async", "true");
        Originate { action, rings: RINGS, deadline: None, is_placed: false }
    }

    /// A call by an action `Originate` that is made already. It goes out with `Async`, so that it does not block the session.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for another action, and for one that asks to block.
    pub fn of_action(action: &Action) -> Result<Originate> {
        if !action.name().eq_ignore_ascii_case("Originate") {
            return Err(Error::invalid(format!("the action is {}, and calls are set up by Originate", action.name())));
        }
        let action = match action.flag("Async") {
            None => action.clone().with("Async", "true"),
            Some(true) => action.clone(),
            Some(false) => return Err(Error::invalid("the action would block the session; leave its Async out")),
        };
        let timeout = action.get("Timeout").and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
        let is_placed = action.get("Application").is_some() || action.get("Exten").is_some();
        Ok(Originate { rings: timeout.map_or(RINGS, Duration::from_millis), action, deadline: None, is_placed })
    }

    /// Has the answered channel go on in the dialplan.
    #[must_use]
    pub fn extension(
        self,
        context: impl AsRef<[u8]>,
        exten: impl AsRef<[u8]>,
        priority: impl AsRef<[u8]>,
    ) -> Originate {
        let placed = self.header("Context", context).header("Exten", exten).header("Priority", priority);
        Originate { is_placed: true, ..placed }
    }

    /// Has the answered channel run an application of the dialplan, such as `Playback` with `demo-thanks`.
    #[must_use]
    pub fn application(self, application: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Originate {
        let placed = self.header("Application", application).header("Data", data);
        Originate { is_placed: true, ..placed }
    }

    /// The time that the channel is rung; 30 seconds by default.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Originate {
        let set = self.header("Timeout", timeout.as_millis().max(1).to_string());
        Originate { rings: timeout, ..set }
    }

    /// The time that the server may take beyond the ringing; the configured action timeout by default.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Originate {
        Originate { deadline: Some(deadline), ..self }
    }

    /// The caller that is shown, such as `Alice <100>`.
    #[must_use]
    pub fn caller_id(self, caller_id: impl AsRef<[u8]>) -> Originate {
        self.header("CallerID", caller_id)
    }

    /// Sets a channel variable, see [`Action::add_variable`]; several are set in order.
    #[must_use]
    pub fn variable(self, name: &str, value: impl AsRef<[u8]>) -> Originate {
        Originate { action: self.action.with_variable(name, value), ..self }
    }

    /// Any other header of the action, such as `Account` or `EarlyMedia`.
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Originate {
        Originate { action: self.action.with(name, value), ..self }
    }

    /// Tells whether it can be sent.
    fn check(&self) -> Result<()> {
        self.action.check()?;
        if self.action.get("Channel").is_none_or(<[u8]>::is_empty) {
            return Err(Error::invalid("there is no channel to ring; name one such as PJSIP/100"));
        }
        if !self.is_placed {
            return Err(Error::invalid("say what the answered channel does: an extension, or an application"));
        }
        Ok(())
    }
}

/// The reason why a call was or was not answered, as `OriginateResponse` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginateReason {
    /// There is no such extension, or the call failed otherwise.
    Failed,
    /// It rang and nobody answered, or the other end hung up first.
    NoAnswer,
    /// It was answered.
    Answered,
    /// The other end is busy.
    Busy,
    /// The other end refused it, or no circuit was free.
    Congestion,
}

impl OriginateReason {
    fn of_number(number: &[u8]) -> OriginateReason {
        match number {
            // Hung up, rings here, rings there.
            b"1" | b"2" | b"3" => OriginateReason::NoAnswer,
            b"4" => OriginateReason::Answered,
            b"5" => OriginateReason::Busy,
            b"8" => OriginateReason::Congestion,
            _ => OriginateReason::Failed,
        }
    }

    /// The server's number for it.
    pub fn number(self) -> i32 {
        match self {
            OriginateReason::Failed => 0,
            OriginateReason::NoAnswer => 1,
            OriginateReason::Answered => 4,
            OriginateReason::Busy => 5,
            OriginateReason::Congestion => 8,
        }
    }

    /// Its name: `failed`, `no answer`, `answered`, `busy` or `congestion`.
    pub fn name(self) -> &'static str {
        match self {
            OriginateReason::Failed => "failed",
            OriginateReason::NoAnswer => "no-answer",
            OriginateReason::Answered => "answered",
            OriginateReason::Busy => "busy",
            OriginateReason::Congestion => "congestion",
        }
    }
}

/// The outcome of a call.
#[derive(Clone, Debug)]
pub struct OriginateOutcome {
    response: Response,
    event: Event,
}

impl OriginateOutcome {
    /// Tells whether it was answered.
    pub fn is_answered(&self) -> bool {
        self.event.get("Response").is_some_and(|said| said.eq_ignore_ascii_case(b"Success"))
    }

    /// The reason why it was, or was not.
    pub fn reason(&self) -> OriginateReason {
        let number = self.event.get("Reason").unwrap_or_default().trim_ascii();
        match OriginateReason::of_number(number) {
            // A channel that goes on was answered, whatever the number.
            _ if self.is_answered() => OriginateReason::Answered,
            // A channel that does not was not.
            OriginateReason::Answered => OriginateReason::Failed,
            reason => reason,
        }
    }

    /// The channel's name; of a call that was not answered, what was asked for.
    pub fn channel(&self) -> Option<&[u8]> {
        known(self.event.get("Channel"))
    }

    /// The channel's Uniqueid, if there was a channel.
    pub fn uniqueid(&self) -> Option<&[u8]> {
        known(self.event.get("Uniqueid"))
    }

    /// The server's answer to the action: it takes the call on.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The event that told the outcome, `OriginateResponse`.
    pub fn event(&self) -> &Event {
        &self.event
    }
}

fn known(value: Option<&[u8]>) -> Option<&[u8]> {
    value.filter(|value| !value.is_empty() && *value != b"<unknown>" && *value != b"<null>")
}

impl Client {
    /// Has the server set up a call, and waits until it is answered or is not. It is sent without blocking the session: other
    /// actions go on meanwhile, and the outcome comes with the event `OriginateResponse`, for which the account must read the
    /// class `call` and the event mask have it. It needs a tokio runtime around it, for the time.
    ///
    /// # Errors
    /// As [`Client::call`]; [`ErrorKind::OutcomeUnknown`] if the call was taken on and its outcome is not told in time, which
    /// is the ringing and the deadline together, or the connection was lost meanwhile. The call may then be up.
    pub async fn originate(&self, call: &Originate) -> Result<OriginateOutcome> {
        call.check()?;
        let (action, id) = self.with_id(call);
        // Before it is sent: the event may come before the answer.
        let mut events = self.subscribe(Filter::of(&["OriginateResponse"]))?;
        let allowed = call.deadline.unwrap_or(self.shared().config.action_timeout);
        let deadline = later(later(Instant::now(), call.rings), allowed);
        let response = self.call_within(&action, call.deadline).await?;
        // After it: while it waited for a connection there may have been gaps that it has nothing to do with.
        let mut gaps = self.subscribe(Filter::of(&["#gap"]))?;
        let told = async {
            loop {
                let event = events.next().await?;
                if event.action_id() == Some(&id) {
                    return Ok::<Event, Error>(event.detached());
                }
            }
        };
        tokio::select! {
            biased;
            told = told => match told {
                Ok(event) => Ok(OriginateOutcome { response, event }),
                Err(error) => Err(unknown(&format!("and its outcome was not told: {error}"))),
            },
            _ = gaps.next() => {
                Err(unknown("and the connection was down before its outcome was told, which may have been missed"))
            }
            () = sleep_until(deadline.into()) => Err(unknown(
                "and its outcome was not told in time; it comes with the event OriginateResponse, for which the account must \
                 read the class call and the event mask have it",
            )),
        }
    }

    /// Has the server set up a call, and does not wait for its outcome: that is in the event `OriginateResponse`
    /// with the ActionID of the response.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn start_originate(&self, call: &Originate) -> Result<Response> {
        call.check()?;
        self.call_within(&self.with_id(call).0, call.deadline).await
    }

    /// The action with the ActionID by which its event is known.
    fn with_id(&self, call: &Originate) -> (Action, Vec<u8>) {
        if let Some(id) = call.action.action_id() {
            return (call.action.clone(), id.to_vec());
        }
        let id = format!("{}call", id_prefix());
        (call.action.clone().with("ActionID", &id), id.into_bytes())
    }
}

fn unknown(why: &str) -> Error {
    Error::new(ErrorKind::OutcomeUnknown, format!("the server took the call on, {why}"))
}
