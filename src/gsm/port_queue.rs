//! Queues of the ports of a gateway, and the workers that send what waits there.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot, watch};
use tokio::time::{sleep_until, timeout};

use super::address::Address;
use super::config::GatewayConfig;
use super::dialect::is_refusal;
use super::dialect::{Abilities, Dialect, Driver, Transmission};
use super::ids::UsedId;
use super::inbox_feed::InboxFeed;
use super::outcome::Outcome;
use super::port_choice::PortChoice;
use super::receipt::{Receipt, SendError};
use super::request::{Port, Priority, SmsRequest};
use super::resting::{Place, Purpose, TakenPort, Wait, released};
use super::sender::{Held, Lost, RetryPolicy, Sender, is_still_sending};
use super::ussd::UssdReply;
use crate::client::Client;
#[cfg(feature = "blocking")]
use crate::client::WeakClient;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::{lock, unpoisoned};
use crate::protocol::later;

/// A session that could not be made is tried again after this.
const LINK_WAIT: Duration = Duration::from_secs(1);
/// A port for which nothing came for so long is left: its session ends, and with it its task.
pub(super) const IDLE: Duration = Duration::from_secs(30);

/// The queue of a port.
pub(super) struct PortQueue {
    pub port: Port,
    place: Place,
    /// The timeout of what has none of its own.
    usual: Duration,
    pub queued: Mutex<Queued>,
    pub more: Notify,
    closed: watch::Sender<bool>,
    /// Its last session.
    #[cfg(feature = "blocking")]
    pub link: Mutex<Option<WeakClient>>,
}

#[derive(Default)]
pub(super) struct Queued {
    pub closed: bool,
    pub next: u64,
    /// USSD codes before messages, then the highest priority first, then the oldest.
    pub requests: BTreeMap<Rank, Request>,
    /// The worker has taken a request out and is sending it.
    is_sending: bool,
    /// The first of them if it waits for the port to be released or to have rested, and since when.
    held_up: Option<(Rank, Instant)>,
}

pub(super) type Rank = (bool, Reverse<Priority>, u64);

pub(super) struct Request {
    pub task: Task,
    /// The purpose that the port is taken for, where that matters.
    pub purpose: Option<Purpose>,
    /// Given up if nobody waits for it any more.
    pub is_awaited: bool,
    pub since: Instant,
}

/// An SMS and what it takes.
pub(super) struct OutgoingSms {
    pub request: SmsRequest,
    /// The driver's abilities that it is coded for.
    pub abilities: Abilities,
    pub transmissions: Vec<Transmission>,
    /// Its id, where reports tell its result by that.
    pub id: Option<UsedId>,
    pub done: oneshot::Sender<Result<Receipt, SendError>>,
}

impl OutgoingSms {
    pub fn receipt(&self, outcome: Outcome) -> Receipt {
        Receipt::of_all(&self.request, outcome, self.transmissions.len())
    }
}

pub(super) enum Task {
    Sms(Box<OutgoingSms>),
    Ussd { port: Port, code: String, timeout: Option<Duration>, done: oneshot::Sender<Result<UssdReply>> },
}

impl Request {
    pub fn is_abandoned(&self) -> bool {
        self.is_awaited
            && match &self.task {
                Task::Sms(sms) => sms.done.is_closed(),
                Task::Ussd { done, .. } => done.is_closed(),
            }
    }

    /// By when it is to have been begun.
    pub fn until(&self) -> Option<Instant> {
        match &self.task {
            Task::Sms(sms) => sms.request.within.map(|within| later(self.since, within)),
            Task::Ussd { .. } => None,
        }
    }

    /// Ends one that was not begun in time.
    pub fn expire(self) {
        let text = "the SMS waited for its port for too long; nothing was sent";
        self.refuse(Error::new(ErrorKind::Timeout, text));
    }

    /// For how long the gateway tries.
    fn timeout(&self) -> Option<Duration> {
        match &self.task {
            Task::Sms(sms) => sms.request.timeout,
            Task::Ussd { timeout, .. } => *timeout,
        }
    }

    /// Its place in the queue, as the request of this number.
    pub fn rank(&self, number: u64) -> Rank {
        match &self.task {
            Task::Sms(sms) => (true, Reverse(sms.request.priority), number),
            Task::Ussd { .. } => (false, Reverse(Priority::High), number),
        }
    }

    /// Ends it with nothing written; its receipt says so.
    pub fn refuse(self, error: Error) -> Option<Receipt> {
        self.end(error, Outcome::NotSent)
    }

    fn end(self, error: Error, outcome: Outcome) -> Option<Receipt> {
        match self.task {
            Task::Sms(sms) => {
                let receipt = sms.receipt(outcome);
                let _ = sms.done.send(Err(SendError::with(error, receipt.clone())));
                Some(receipt)
            }
            Task::Ussd { done, .. } => {
                let _ = done.send(Err(error));
                None
            }
        }
    }
}

/// The next step of a port.
pub(super) enum Turn {
    Send(Request, Option<TakenPort>),
    /// To be asked whether it is still sending.
    Ask(TakenPort),
}

impl PortQueue {
    pub fn new(config: &GatewayConfig, port: &Port) -> PortQueue {
        PortQueue {
            port: port.clone(),
            place: Place::new(Address::of(&config.client), port, config.port_cooldown),
            usual: config.client.action_timeout,
            queued: Mutex::default(),
            more: Notify::new(),
            closed: watch::Sender::new(false),
            #[cfg(feature = "blocking")]
            link: Mutex::default(),
        }
    }

    /// The requests that a new one would wait for.
    pub fn len(&self) -> usize {
        let queued = lock(&self.queued);
        queued.requests.values().filter(|request| !request.is_abandoned()).count() + usize::from(queued.is_sending)
    }

    /// Ends when the queue is closed.
    pub async fn closed(&self) {
        // Its sender is in the queue.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// The first request whose port can be had; `None` once the queue is closed.
    pub async fn next(&self) -> Option<Turn> {
        loop {
            let more = self.more.notified();
            let mut released = std::pin::pin!(released().notified());
            // Before the question, so that no release in between is missed.
            released.as_mut().enable();
            let mut look_again = None;
            {
                let mut queued = lock(&self.queued);
                queued.is_sending = false;
                if queued.closed && queued.requests.is_empty() {
                    return None;
                }
                match self.first(&mut queued) {
                    Ok(Some(turn)) => return Some(turn),
                    Ok(None) => {}
                    Err(wait) => look_again = Some(self.hold_up(&mut queued, wait)),
                }
            }
            let wait = async {
                match look_again {
                    Some(until) => sleep_until(until.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = more => {}
                () = released, if look_again.is_some() => {}
                () = wait => {}
            }
        }
    }

    fn first(&self, queued: &mut Queued) -> Result<Option<Turn>, Wait> {
        let (mut tried, mut wait) = (Vec::new(), None::<Wait>);
        let ready = queued.requests.iter().find_map(|(rank, request)| {
            if request.is_abandoned() {
                return Some((*rank, None));
            }
            let Some(purpose) = request.purpose else { return Some((*rank, None)) };
            if tried.contains(&purpose) {
                return None;
            }
            tried.push(purpose);
            match self.place.take(purpose) {
                Ok(taken) => Some((*rank, Some(taken))),
                Err(new) => {
                    wait = Some(match (wait, new) {
                        (Some(Wait::Rests(one)), Wait::Rests(other)) => Wait::Rests(one.min(other)),
                        (Some(wait @ Wait::Rests(_)), _) => wait,
                        (_, new) => new,
                    });
                    None
                }
            }
        });
        match ready {
            Some((_, Some(taken))) if taken.is_to_be_asked() => Ok(Some(Turn::Ask(taken))),
            Some((rank, taken)) => Ok(queued.requests.remove(&rank).map(|request| {
                queued.is_sending = true;
                Turn::Send(request, taken)
            })),
            None => wait.map_or(Ok(None), Err),
        }
    }

    /// Nothing that waits can have the port. What has no time left is refused; says when to look again.
    fn hold_up(&self, queued: &mut Queued, wait: Wait) -> Instant {
        let now = Instant::now();
        let mut look_again = match wait {
            Wait::Rests(until) => until,
            Wait::InUse | Wait::Full => later(now, IDLE),
        };
        let is_late = |request: &Request| request.until().is_some_and(|until| until <= now);
        let late: Vec<Rank> =
            queued.requests.iter().filter(|(_, request)| is_late(request)).map(|(rank, _)| *rank).collect();
        late.iter().filter_map(|rank| queued.requests.remove(rank)).for_each(Request::expire);
        look_again = queued.requests.values().filter_map(Request::until).fold(look_again, Instant::min);
        let Some((&rank, request)) = queued.requests.first_key_value() else { return now };
        let since = match queued.held_up {
            Some((first, since)) if first == rank => since,
            _ => now,
        };
        queued.held_up = Some((rank, since));
        // As for a port that is busy: only the first one's patience ends, not that of all behind it.
        if let (None, Some(purpose)) = (request.until(), request.purpose) {
            let patience = request.timeout().unwrap_or(self.usual).saturating_add(self.place.rest());
            let until = later(since, patience);
            if until <= now {
                if let Some(request) = queued.requests.remove(&rank) {
                    request.end(self.place.refusal(purpose, wait), Outcome::Busy);
                }
                return now;
            }
            look_again = look_again.min(until);
        }
        look_again
    }

    /// Takes all that waits.
    fn give_up(&self) -> Vec<Request> {
        std::mem::take(&mut lock(&self.queued).requests).into_values().collect()
    }

    /// Ends what waited for a port when that, or the link, was lost: with a driver that lets go of a device, what it has for it
    /// goes without a word, so nothing is handed over until somebody asks for it anew.
    fn refuse_lost(&self, requests: Vec<Request>, lost: &Lost) {
        for request in requests {
            let what = match &request.task {
                Task::Sms(_) => (ErrorKind::SmsFailed, "the SMS was handed over"),
                Task::Ussd { .. } => (ErrorKind::Ussd, "the USSD code was sent"),
            };
            let error = match (lost, what) {
                (Lost::Device, (kind, what)) => {
                    Error::new(kind, format!("the driver let go of port {} before {what}; nothing was sent", self.port))
                }
                (Lost::Link(cause), (_, what)) => Error::new(
                    ErrorKind::Disconnected,
                    format!("the connection was lost ({cause}) before {what}; nothing was sent"),
                ),
            };
            request.refuse(error);
        }
    }

    pub fn close(&self) -> Vec<Request> {
        let mut queued = lock(&self.queued);
        queued.closed = true;
        let requests = std::mem::take(&mut queued.requests).into_values().collect();
        drop(queued);
        self.more.notify_one();
        self.closed.send_replace(true);
        requests
    }
}

pub(super) fn refuse_all(requests: Vec<Request>) {
    requests.into_iter().for_each(|request| drop(request.refuse(closed())));
}

/// The worker of a port. Its runtime may stop at any time: whoever waits learns it then.
pub(super) struct Worker {
    pub queue: Arc<PortQueue>,
    pub under_way: Option<Request>,
    /// Of `Shared::working`.
    pub _working: watch::Receiver<()>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(request) = self.under_way.take() {
            let text = "the runtime that sends for this port has stopped meanwhile; it may have gone out";
            request.end(Error::new(ErrorKind::OutcomeUnknown, text), Outcome::Unknown);
        }
        refuse_all(self.queue.close());
    }
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the gateway was closed before this was begun; nothing was sent")
}

/// A message in a port's queue, and later its receipt. Dropping it does not take it back.
#[derive(Debug)]
pub struct Sending(pub(super) oneshot::Receiver<Result<Receipt, SendError>>);

impl Future for Sending {
    type Output = Result<Receipt, SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| answer.unwrap_or_else(|_| Err(closed().into())))
    }
}

/// Sends what waits for a port, one after the other, until the port is left.
pub(super) async fn work(mut worker: Worker, gateway: Weak<Shared>) {
    let queue = Arc::clone(&worker.queue);
    let mut session = None;
    loop {
        let turn = match timeout(IDLE, queue.next()).await {
            Ok(Some(turn)) => turn,
            Ok(None) => break,
            // What waits for a rest to end is still there.
            Err(_) if gateway.upgrade().is_none_or(|shared| shared.leave(&queue)) => break,
            Err(_) => continue,
        };
        let Some(shared) = gateway.upgrade() else {
            if let Turn::Send(request, _) = turn {
                request.refuse(closed());
            }
            break;
        };
        match turn {
            Turn::Ask(mut taken) => {
                let client = session.as_ref().filter(|session: &&Client| session.is_open()).unwrap_or(&shared.events);
                taken.said(is_still_sending(client, &shared.dialect, &queue.port).await);
            }
            Turn::Send(request, _) if request.is_abandoned() => {}
            Turn::Send(request, taken) => {
                worker.under_way = Some(request);
                let is_refused = shared.carry_out(&mut worker.under_way, taken, &queue, &mut session).await;
                // A port that there is not, as a rule: its session is not kept for the next one.
                if is_refused && shared.leave(&queue) {
                    break;
                }
            }
        }
    }
    if let Some(session) = session {
        let _ = session.close().await;
    }
}

/// All that the queues of a gateway's ports share.
pub(super) struct Shared {
    pub config: GatewayConfig,
    pub dialect: Dialect,
    pub driver: Driver,
    pub events: Client,
    pub feed: InboxFeed,
    pub queues: Mutex<PortQueues>,
    pub choice: PortChoice,
    /// Each worker holds a receiver.
    pub working: watch::Sender<()>,
}

#[derive(Default)]
pub(super) struct PortQueues {
    pub closed: bool,
    pub ports: HashMap<Port, Arc<PortQueue>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        let queues = unpoisoned(self.queues.get_mut());
        queues.ports.values().for_each(|queue| refuse_all(queue.close()));
    }
}

impl Shared {
    /// Has a port without work forgotten; says whether it has none.
    pub fn leave(&self, queue: &Arc<PortQueue>) -> bool {
        let mut queues = lock(&self.queues);
        let mut queued = lock(&queue.queued);
        if !queued.requests.is_empty() {
            return false;
        }
        queued.closed = true;
        if queues.ports.get(&queue.port).is_some_and(|other| Arc::ptr_eq(other, queue)) {
            queues.ports.remove(&queue.port);
        }
        true
    }

    /// Ends the request; it stays where it is as long as it is under way. Returns whether the gateway refused the command
    /// itself, and so did not even try.
    async fn carry_out(
        &self,
        under_way: &mut Option<Request>,
        taken: Option<TakenPort>,
        queue: &PortQueue,
        session: &mut Option<Client>,
    ) -> bool {
        let refuse =
            |under_way: &mut Option<Request>, error| drop(under_way.take().map(|request| request.refuse(error)));
        let Some(request) = under_way else { return false };
        let mut held = match &mut request.task {
            Task::Sms(sms) => Held { port: taken, id: sms.id.take(), lost: None },
            Task::Ussd { .. } => Held { port: taken, ..Held::default() },
        };
        let request = &*request;
        let is_given_up = &|| request.is_abandoned();
        let until = request.until();
        loop {
            if until.is_some_and(|until| until <= Instant::now()) {
                under_way.take().into_iter().for_each(Request::expire);
                return false;
            }
            let is_new = session.is_none();
            let client = match self.session(&request.task, queue, session).await {
                Ok(client) => client,
                Err(error) => {
                    if let Some(until) = until.filter(|_| may_pass(&error))
                        && (RetryPolicy { until, closed: &queue.closed, is_given_up }).wait(LINK_WAIT).await
                        && !is_given_up()
                    {
                        continue;
                    }
                    refuse(under_way, error);
                    return false;
                }
            };
            let patience = request.timeout().unwrap_or(self.config.client.action_timeout);
            let retry = RetryPolicy {
                until: until.unwrap_or_else(|| later(Instant::now(), patience)),
                closed: &queue.closed,
                is_given_up,
            };
            let (dialect, driver) = (&self.dialect, &self.driver);
            let sender = Sender { client, feed: Some(&self.feed), dialect, driver, retry: Some(retry) };
            match &request.task {
                Task::Sms(sms) => {
                    let result = match self.coded(client, sms, &mut held).await {
                        Ok(transmissions) => sender.carry_out(&sms.request, &transmissions, &mut held).await,
                        Err(error) => Err(error.into()),
                    };
                    // A session that had died unseen: nothing was written, so another one may take it.
                    let is_unwritten =
                        matches!(&result, Err(error) if error.receipt().is_none() && is_dead(error.error()));
                    if is_unwritten && !is_new && session.take().is_some() {
                        continue;
                    }
                    self.choice.note(&queue.port, result.is_ok());
                    let is_refused = matches!(&result, Err(error) if error.kind() == ErrorKind::SmsFailed
                        && error.receipt().is_some_and(|receipt| is_refusal(receipt.peer_text())));
                    // Before anybody is told: who sends again at once is to find it as it is.
                    let given_up = held.lost.take().map(|lost| (queue.give_up(), lost));
                    drop(held);
                    if let Some(Request { task: Task::Sms(sms), .. }) = under_way.take() {
                        let result = result.map_err(|error| match error.into_parts() {
                            (error, None) => SendError::with(error, sms.receipt(Outcome::NotSent)),
                            (error, Some(receipt)) => SendError::with(error, receipt),
                        });
                        let _ = sms.done.send(result);
                    }
                    given_up.into_iter().for_each(|(requests, lost)| queue.refuse_lost(requests, &lost));
                    return is_refused;
                }
                Task::Ussd { port, code, timeout, .. } => {
                    let result = sender.ussd(port, code, *timeout, &mut held).await;
                    if matches!(&result, Err(error) if is_dead(error)) && !is_new && session.take().is_some() {
                        continue;
                    }
                    let is_refused = matches!(&result, Err(error) if error.kind() == ErrorKind::Ussd
                        && error.peer_message().is_some_and(is_refusal));
                    let given_up = held.lost.take().map(|lost| (queue.give_up(), lost));
                    drop(held);
                    if let Some(Request { task: Task::Ussd { done, .. }, .. }) = under_way.take() {
                        let _ = done.send(result);
                    }
                    given_up.into_iter().for_each(|(requests, lost)| queue.refuse_lost(requests, &lost));
                    return is_refused;
                }
            }
        }
    }

    /// The transmissions of a message for the driver of now: behind a link that was made again there may be another one than it
    /// was coded for.
    async fn coded<'a>(
        &self,
        client: &Client,
        sms: &'a OutgoingSms,
        held: &mut Held,
    ) -> Result<Cow<'a, [Transmission]>> {
        let abilities = self.driver.ask(client, &self.dialect, self.config.client.action_timeout).await?;
        if abilities == sms.abilities {
            return Ok(Cow::Borrowed(&sms.transmissions));
        }
        let timeout = sms.request.timeout.unwrap_or(self.config.client.action_timeout);
        let transmissions = self.dialect.transmissions(&sms.request, timeout, abilities)?;
        if held.id.is_none() {
            held.id = self.dialect.used_id(&self.config.client, &sms.request, &transmissions)?;
        }
        Ok(Cow::Owned(transmissions))
    }

    /// The session to send by: the one for events where the task does not block it, else one of the port's own.
    #[cfg_attr(not(feature = "blocking"), expect(unused_variables))]
    async fn session<'a>(
        &'a self,
        task: &Task,
        queue: &PortQueue,
        session: &'a mut Option<Client>,
    ) -> Result<&'a Client> {
        let blocks = match task {
            Task::Sms(_) => self.dialect.blocks(),
            Task::Ussd { .. } => !self.dialect.names_ports(),
        };
        if !blocks {
            return Ok(&self.events);
        }
        let client = match session.take().filter(Client::is_open) {
            Some(client) => client,
            None => {
                let client = Client::new(self.config.client.clone().event_mask("off").reconnect(None))?;
                #[cfg(feature = "blocking")]
                lock(&queue.link).replace(client.weak());
                client.open().await?;
                client
            }
        };
        Ok(session.insert(client))
    }
}

/// Tells whether the link was down, and nothing written.
fn is_dead(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::Closed)
}

/// Tells whether another attempt to connect may go better.
fn may_pass(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused | ErrorKind::Timeout | ErrorKind::Disconnected | ErrorKind::Io)
}
