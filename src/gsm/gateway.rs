//! A gateway as a whole: one session for what comes in, others for what goes out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot, watch};

use super::dialect::{Dialect, Transmission};
use super::parts::SmsParts;
use super::ports::PortStatus;
use super::post::{Inbox, Post};
use super::receipt::{Outcome, Receipt, SendError};
use super::request::{Port, Priority, SmsRequest};
use super::send::{self, Patience, Route};
use super::ussd::UssdReply;
#[cfg(feature = "blocking")]
use crate::client::WeakClient;
use crate::client::{Client, Config, Filter, Subscription};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{Action, later};

/// A session that could not be made is tried again after this.
const LINK_WAIT: Duration = Duration::from_secs(1);
/// A port that goes on saying that it is sending rests no longer than this.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// A GSM gateway: one login and one dialect, a session for events, and one for each port that sends.
///
/// Each port sends one message at a time, in order of priority; ports do so side by side. Clones share the gateway; it is
/// closed with the last one.
///
/// ```
/// # use ami::simulator::{Options, Simulator};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let simulator = Simulator::start(Options::default()).await?;
/// # let port = simulator.port();
/// use ami::Config;
/// use ami::gsm::{Gateway, SmsRequest};
///
/// let gateway = Gateway::connect(Config::new("127.0.0.1", "admin", "amp111").port(port)).await?;
/// let receipt = gateway.send(&SmsRequest::new(1, "13632919026", "hello").id("greeting")).await?;
/// println!("{}: {:?}", receipt.id().unwrap_or_default(), receipt.outcome());
/// gateway.close().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    dialect: Dialect,
    events: Client,
    post: Post,
    lanes: Mutex<Lanes>,
    /// Each worker holds a receiver.
    working: watch::Sender<()>,
}

#[derive(Default)]
struct Lanes {
    closed: bool,
    ports: HashMap<Port, Arc<Lane>>,
}

/// What waits for a port, and who sends it.
struct Lane {
    port: Port,
    waiting: Mutex<Waiting>,
    more: Notify,
    closed: watch::Sender<bool>,
    /// Its last session.
    #[cfg(feature = "blocking")]
    link: Mutex<Option<WeakClient>>,
}

#[derive(Default)]
struct Waiting {
    closed: bool,
    next: u64,
    /// USSD codes before messages, then the highest priority first, then the oldest.
    jobs: BTreeMap<(bool, Reverse<Priority>, u64), Job>,
}

struct Job {
    task: Task,
    /// Given up if nobody waits for it any more.
    is_awaited: bool,
    since: Instant,
}

/// An SMS and what it takes.
struct OutgoingSms {
    request: SmsRequest,
    transmissions: Vec<Transmission>,
    done: oneshot::Sender<Result<Receipt, SendError>>,
}

impl OutgoingSms {
    fn receipt(&self, outcome: Outcome) -> Receipt {
        Receipt::of_all(&self.request, outcome, self.transmissions.len())
    }
}

enum Task {
    Sms(OutgoingSms),
    Ussd { port: Port, code: String, timeout: Option<Duration>, done: oneshot::Sender<Result<UssdReply>> },
}

impl Job {
    fn is_abandoned(&self) -> bool {
        self.is_awaited
            && match &self.task {
                Task::Sms(sms) => sms.done.is_closed(),
                Task::Ussd { done, .. } => done.is_closed(),
            }
    }

    /// Ends it with nothing written; its receipt says so.
    fn refuse(self, error: Error) -> Option<Receipt> {
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lane {
    /// The next job; `None` once the lane is closed.
    async fn next(&self) -> Option<Job> {
        loop {
            let more = self.more.notified();
            {
                let mut waiting = lock(&self.waiting);
                if let Some((_, job)) = waiting.jobs.pop_first() {
                    return Some(job);
                }
                if waiting.closed {
                    return None;
                }
            }
            more.await;
        }
    }

    fn close(&self) -> Vec<Job> {
        let mut waiting = lock(&self.waiting);
        waiting.closed = true;
        let jobs = std::mem::take(&mut waiting.jobs).into_values().collect();
        drop(waiting);
        self.more.notify_one();
        self.closed.send_replace(true);
        jobs
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let lanes = self.lanes.get_mut().unwrap_or_else(PoisonError::into_inner);
        lanes.ports.values().for_each(|lane| refuse_all(lane.close()));
    }
}

fn refuse_all(jobs: Vec<Job>) {
    jobs.into_iter().for_each(|job| drop(job.refuse(closed())));
}

/// Who sends for a port. Its runtime may stop at any time: whoever waits learns it then.
struct Worker {
    lane: Arc<Lane>,
    under_way: Option<Job>,
    /// Of [`Shared::working`].
    _working: watch::Receiver<()>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(job) = self.under_way.take() {
            let text = "the runtime that sends for this port has stopped meanwhile; it may have gone out";
            job.end(Error::new(ErrorKind::OutcomeUnknown, text), Outcome::Unknown);
        }
        refuse_all(self.lane.close());
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the gateway was closed before this was begun; nothing was sent")
}

/// A message in a port's queue, and later its receipt. Dropping it does not take it back.
#[derive(Debug)]
pub struct Sending(oneshot::Receiver<Result<Receipt, SendError>>);

impl Future for Sending {
    type Output = Result<Receipt, SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| answer.unwrap_or_else(|_| Err(closed().into())))
    }
}

impl Gateway {
    /// Logs in, and asks the gateway which dialect it speaks, unless the configuration says. Nothing is sent for that.
    ///
    /// The session for events asks for the classes that the dialect needs, unless the configuration names others than
    /// `on`.
    ///
    /// # Errors
    /// As [`Client::open`]; [`ErrorKind::Unsupported`] if no dialect is found.
    pub async fn connect(config: Config) -> Result<Gateway> {
        let dialect = Dialect::of_setting(&config.dialect)?;
        let mask = |dialect: &Dialect| if *dialect == Dialect::Yeastar { "on" } else { "system,call,dialplan" };
        let is_default = config.event_mask == "on";
        let mut events = config.clone();
        if is_default {
            events = events.event_mask(dialect.as_ref().map_or("system,call,dialplan", mask));
        }
        let events = Client::new(events)?;
        // Nothing that comes with the login is missed.
        let post = Post::of(&events, config.parts_timeout)?;
        events.open().await?;
        let dialect = match dialect {
            Some(dialect) => dialect,
            None => {
                let found = detect(&events).await?;
                if is_default && mask(&found) == "on" {
                    events.call(&Action::new("Events").with("EventMask", "on")).await?;
                }
                found
            }
        };
        let (lanes, working) = (Mutex::default(), watch::Sender::new(()));
        Ok(Gateway { shared: Arc::new(Shared { config, dialect, events, post, lanes, working }) })
    }

    /// The dialect that it speaks.
    pub fn dialect(&self) -> &Dialect {
        &self.shared.dialect
    }

    /// The client for events, for actions of all kinds. Commands that wait for the network stop its events meanwhile.
    pub fn client(&self) -> &Client {
        &self.shared.events
    }

    /// What a text takes in this dialect, before it is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a text that cannot be sent.
    pub fn parts<'a>(&self, text: &'a str) -> Result<SmsParts<'a>> {
        self.shared.dialect.parts(text)
    }

    fn submit_job(&self, port: &Port, job: Job) -> Result<()> {
        let mut lanes = lock(&self.shared.lanes);
        if lanes.closed {
            return Err(Error::new(ErrorKind::Closed, "the gateway is closed"));
        }
        // One that is closed has lost its worker.
        let lane = match lanes.ports.get(port).filter(|lane| !lock(&lane.waiting).closed) {
            Some(lane) => Arc::clone(lane),
            None => {
                let lane = Arc::new(Lane {
                    port: port.clone(),
                    waiting: Mutex::default(),
                    more: Notify::new(),
                    closed: watch::Sender::new(false),
                    #[cfg(feature = "blocking")]
                    link: Mutex::default(),
                });
                let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                    let text = "a gateway sends on a tokio runtime; for other threads there is ami::blocking";
                    return Err(Error::new(ErrorKind::State, text));
                };
                lanes.ports.insert(port.clone(), Arc::clone(&lane));
                let _working = self.shared.working.subscribe();
                let worker = Worker { lane: Arc::clone(&lane), under_way: None, _working };
                let gateway = Arc::downgrade(&self.shared);
                runtime.spawn(work(worker, gateway, self.shared.config.port_rest));
                lane
            }
        };
        let mut waiting = lock(&lane.waiting);
        if waiting.closed {
            return Err(Error::new(ErrorKind::State, "the runtime that sends for this port has stopped"));
        }
        if waiting.jobs.len() >= self.shared.config.send_queue {
            waiting.jobs.retain(|_, job| !job.is_abandoned());
        }
        if waiting.jobs.len() >= self.shared.config.send_queue {
            let text = format!(
                "{} messages wait for port {port} already; wait for some of them, or choose a longer queue",
                waiting.jobs.len()
            );
            return Err(Error::new(ErrorKind::Overflow, text));
        }
        let number = waiting.next;
        waiting.next += 1;
        let rank = match &job.task {
            Task::Sms(sms) => (true, Reverse(sms.request.priority)),
            Task::Ussd { .. } => (false, Reverse(Priority::High)),
        };
        waiting.jobs.insert((rank.0, rank.1, number), job);
        drop(waiting);
        lane.more.notify_one();
        Ok(())
    }

    fn queued(&self, request: &SmsRequest, is_awaited: bool) -> Result<Sending, SendError> {
        let shared = &self.shared;
        // What cannot be sent is refused now, not when its turn comes.
        let timeout = request.timeout.unwrap_or(shared.config.action_timeout);
        let transmissions = shared.dialect.transmissions(request, timeout)?;
        let (done, receiver) = oneshot::channel();
        let sms = OutgoingSms { request: request.clone(), transmissions, done };
        let not_sent = sms.receipt(Outcome::NotSent);
        let job = Job { task: Task::Sms(sms), is_awaited, since: Instant::now() };
        match self.submit_job(&request.port, job) {
            Ok(()) => Ok(Sending(receiver)),
            Err(error) => Err(SendError::with(error, not_sent)),
        }
    }

    /// Sends an SMS and waits until the network took it, or did not: in its port's queue, then for the network. Given up
    /// before its turn it is not sent.
    ///
    /// A port that is busy is asked again until the time of [`SmsRequest::within`], or else for the request's timeout.
    ///
    /// # Errors
    /// [`ErrorKind::SmsFailed`], [`ErrorKind::SmsBusy`] (nothing was sent), [`ErrorKind::OutcomeUnknown`] (it may still
    /// go out; libami never sends it again), [`ErrorKind::Overflow`] (the queue is full), [`ErrorKind::Closed`],
    /// [`ErrorKind::Timeout`] and others (nothing was sent), [`ErrorKind::Invalid`] and [`ErrorKind::Unsupported`] for
    /// what cannot be sent.
    pub async fn send(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        self.queued(request, true)?.await
    }

    /// Puts an SMS into its port's queue. Its receipt comes later, to whoever waits for it.
    ///
    /// # Errors
    /// As [`Gateway::send`] for what is not even put into the queue.
    pub fn submit(&self, request: &SmsRequest) -> Result<Sending, SendError> {
        self.queued(request, false)
    }

    /// Sends a USSD code such as `*100#`, or an answer to a menu, and waits for the network's reply, in the port's queue
    /// before all messages.
    ///
    /// # Errors
    /// [`ErrorKind::Ussd`] with the gateway's words, [`ErrorKind::OutcomeUnknown`] if no reply came in time, and those of
    /// [`Client::call`].
    pub async fn send_ussd(&self, port: impl Into<Port>, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        let port = port.into();
        self.shared.dialect.ussd(&port, code, 1)?;
        let (done, receiver) = oneshot::channel();
        let task = Task::Ussd { port: port.clone(), code: code.to_owned(), timeout, done };
        let job = Job { task, is_awaited: true, since: Instant::now() };
        self.submit_job(&port, job)?;
        receiver.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Begins a USSD dialogue with a code such as `*100#`.
    ///
    /// # Errors
    /// As [`Gateway::send_ussd`].
    pub async fn dial(&self, port: impl Into<Port>, code: &str, timeout: Option<Duration>) -> Result<UssdDialogue> {
        let port = port.into();
        let reply = self.send_ussd(port.clone(), code, timeout).await?;
        Ok(UssdDialogue { gateway: self.clone(), port, timeout, reply, ended: false })
    }

    /// The SMS, reports and USSD texts that come in from now on. A text in parts is put together; what has come of it by
    /// [`Config::parts_timeout`] is handed out as it is.
    ///
    /// # Errors
    /// As [`Client::subscribe`].
    pub fn inbox(&self) -> Result<Inbox> {
        self.subscribe(Filter::all()).map(Inbox::new)
    }

    /// What comes in from now on, as events: `#sms`, `#report`, `#ussd`, `#unreadable`, and the markers `#lagged` and
    /// `#gap`. [`super::Incoming::from_event`] reads them.
    ///
    /// # Errors
    /// As [`Client::subscribe`].
    pub fn subscribe(&self, filter: Filter) -> Result<Subscription> {
        self.shared.post.subscribe(filter)
    }

    /// All ports, as they are now.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn ports(&self) -> Result<Vec<PortStatus>> {
        let (client, dialect) = (&self.shared.events, &self.shared.dialect);
        if let Some(driver) = dialect.driver() {
            let answer = client.call(&Action::new(&*format!("{driver}ShowDevices"))).await?;
            return Ok(answer.events().iter().filter_map(PortStatus::of_device).collect());
        }
        let word = dialect.word();
        let spans = client.call(&dialect.command(format!("{word} show spans"))).await?;
        let text = String::from_utf8_lossy(spans.output().unwrap_or_default()).into_owned();
        let mut ports = Vec::new();
        for port in text.lines().filter_map(PortStatus::of_line) {
            let answer = client.call(&dialect.command(format!("{word} show span {}", port.port()))).await;
            ports.push(match answer {
                Ok(answer) => port.with_details(&String::from_utf8_lossy(answer.output().unwrap_or_default())),
                // A port that is off may have nothing to show.
                Err(error) if error.kind() == ErrorKind::Command => port,
                Err(error) => return Err(error),
            });
        }
        Ok(ports)
    }

    /// Turns a port on or off, or begins it anew. Messages that are under way there may be lost.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] where the gateway has no such command; as [`Client::call`].
    pub async fn power(&self, port: impl Into<Port>, power: Power) -> Result<()> {
        let (port, dialect) = (port.into(), &self.shared.dialect);
        port.check()?;
        let action = match (dialect.driver(), dialect) {
            (Some(driver), _) => {
                let verb = match power {
                    Power::On => "Start",
                    Power::Off => "Stop",
                    Power::Reset => "Restart",
                };
                Action::new(&*format!("{driver}{verb}")).with("Device", &*port.to_string()).with("When", "now")
            }
            (None, Dialect::Yeastar) => return Err(self.lacks("turning ports on and off")),
            (None, _) => {
                let verb = match power {
                    Power::On => "on",
                    Power::Off => "off",
                    Power::Reset => "reset",
                };
                dialect.command(format!("{} power {verb} {port}", dialect.word()))
            }
        };
        self.shared.events.call(&action).await.map(drop)
    }

    /// Has the gateway read a port's settings again.
    ///
    /// # Errors
    /// As [`Gateway::power`].
    pub async fn reload(&self, port: impl Into<Port>) -> Result<()> {
        let (port, dialect) = (port.into(), &self.shared.dialect);
        port.check()?;
        let action = match (dialect.driver(), dialect) {
            (Some(driver), _) => Action::new(&*format!("{driver}Reload")).with("When", "gracefully"),
            (None, Dialect::Yeastar) => return Err(self.lacks("reloading")),
            (None, _) => dialect.command(format!("{} reload span {port}", dialect.word())),
        };
        self.shared.events.call(&action).await.map(drop)
    }

    fn lacks(&self, what: &str) -> Error {
        Error::new(
            ErrorKind::Unsupported,
            format!("{what} is not among the commands of this dialect ({})", self.dialect()),
        )
    }

    /// Ends everything: what waits in queues is not sent, what is under way is waited for. Returns receipts of what was
    /// not sent; those who wait for it learn it as well. Does nothing the second time.
    ///
    /// # Errors
    /// None so far.
    pub async fn close(&self) -> Result<Vec<Receipt>> {
        let not_sent = self.stop();
        // Whoever waits beside this one waits for the same.
        self.shared.working.closed().await;
        self.shared.events.close().await?;
        self.shared.post.ended().await;
        Ok(not_sent)
    }

    /// The descriptors of the links that the child of a fork has inherited, for it to close; once.
    #[cfg(feature = "blocking")]
    pub(crate) fn inherited_sockets(&self) -> Vec<std::os::fd::RawFd> {
        let mut sockets: Vec<_> = self.shared.events.inherited_socket().into_iter().collect();
        // Whoever held a lock at the fork is not there to let go of it.
        if let Ok(lanes) = self.shared.lanes.try_lock() {
            let links = lanes.ports.values().filter_map(|lane| lane.link.try_lock().ok());
            sockets.extend(links.filter_map(|link| link.as_ref().and_then(WeakClient::inherited_socket)));
        }
        sockets
    }

    /// Refuses what waits and what comes, and returns receipts of it.
    pub(crate) fn stop(&self) -> Vec<Receipt> {
        let lanes = {
            let mut lanes = lock(&self.shared.lanes);
            lanes.closed = true;
            std::mem::take(&mut lanes.ports)
        };
        let jobs = lanes.into_values().flat_map(|lane| lane.close());
        jobs.filter_map(|job| job.refuse(closed())).collect()
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("dialect", self.dialect()).field("client", &self.shared.events).finish()
    }
}

/// What to do with a port's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Power {
    /// Turn it on.
    On,
    /// Turn it off.
    Off,
    /// Off and on again.
    Reset,
}

/// A talk with the network by USSD: its last reply, and the answers to it. The network ends it when it wants no answer, or
/// after a time of its own.
#[derive(Debug)]
pub struct UssdDialogue {
    gateway: Gateway,
    port: Port,
    timeout: Option<Duration>,
    reply: UssdReply,
    ended: bool,
}

impl UssdDialogue {
    #[cfg(feature = "blocking")]
    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// What the network said last.
    pub fn reply(&self) -> &UssdReply {
        &self.reply
    }

    /// Whether the network waits for an answer.
    pub fn is_open(&self) -> bool {
        !self.ended && self.reply.wants_answer()
    }

    /// Answers, such as `1` for the first point of a menu, and waits for the next reply.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the network waits for no answer; as [`Gateway::send_ussd`], after which the dialogue is over.
    pub async fn answer(&mut self, answer: &str) -> Result<&UssdReply> {
        if !self.is_open() {
            return Err(Error::new(
                ErrorKind::State,
                "the network waits for no answer; an answer now would begin another dialogue",
            ));
        }
        match self.gateway.send_ussd(self.port.clone(), answer, self.timeout).await {
            Ok(reply) => self.reply = reply,
            Err(error) => {
                self.ended |= error.kind() != ErrorKind::Invalid;
                return Err(error);
            }
        }
        Ok(&self.reply)
    }

    /// Ends it here. No gateway has a command for it: the network waits until it loses patience, and the port may be
    /// taken until then.
    pub fn end(&mut self) {
        self.ended = true;
    }
}

/// Sends what waits for a port, one after the other.
async fn work(mut worker: Worker, gateway: Weak<Shared>, rest: Duration) {
    let lane = Arc::clone(&worker.lane);
    let mut session = None;
    let mut resting: Option<Instant> = None;
    loop {
        if let Some(since) = resting
            && send::rest(&lane.closed, rest).await
        {
            let Some(shared) = gateway.upgrade() else { break };
            let is_over = since.elapsed() >= LONGEST_REST || !shared.is_still_sending(&lane.port, &session).await;
            resting = if is_over { None } else { resting };
            continue;
        }
        let Some(job) = lane.next().await else { break };
        let Some(shared) = gateway.upgrade() else {
            job.refuse(closed());
            break;
        };
        if job.is_abandoned() {
            continue;
        }
        worker.under_way = Some(job);
        if shared.carry_out(&mut worker.under_way, &lane, &mut session).await {
            resting = Some(Instant::now());
        }
    }
    if let Some(session) = session {
        let _ = session.close().await;
    }
}

impl Shared {
    /// Ends the job; it stays where it is as long as it is under way. Returns whether its result may
    /// still come, and be taken for the next one's.
    async fn carry_out(&self, under_way: &mut Option<Job>, lane: &Lane, session: &mut Option<Client>) -> bool {
        let refuse = |under_way: &mut Option<Job>, error| drop(under_way.take().map(|job| job.refuse(error)));
        let Some(job) = under_way else { return false };
        let is_given_up = &|| job.is_abandoned();
        let until = match &job.task {
            Task::Sms(sms) => sms.request.within.map(|within| later(job.since, within)),
            Task::Ussd { .. } => None,
        };
        loop {
            if until.is_some_and(|until| until <= Instant::now()) {
                let text = "the SMS waited for its port for too long; nothing was sent";
                refuse(under_way, Error::new(ErrorKind::Timeout, text));
                return false;
            }
            let is_new = session.is_none();
            let client = match self.session(&job.task, lane, session).await {
                Ok(client) => client,
                Err(error) => {
                    if let Some(until) = until.filter(|_| may_pass(&error))
                        && (Patience { until, closed: &lane.closed, is_given_up }).wait(LINK_WAIT).await
                        && !is_given_up()
                    {
                        continue;
                    }
                    refuse(under_way, error);
                    return false;
                }
            };
            let patience = match &job.task {
                Task::Sms(sms) => sms.request.timeout.unwrap_or(self.config.action_timeout),
                Task::Ussd { .. } => Duration::ZERO,
            };
            let patience = Patience {
                until: until.unwrap_or_else(|| later(Instant::now(), patience)),
                closed: &lane.closed,
                is_given_up,
            };
            let route = Route { client, post: Some(&self.post), dialect: &self.dialect, patience: Some(patience) };
            match &job.task {
                Task::Sms(sms) => {
                    let result = route.carry_out(&sms.request, &sms.transmissions).await;
                    // A session that had died unseen: nothing was written, so another one may take it.
                    let is_unwritten =
                        matches!(&result, Err(error) if error.receipt().is_none() && is_dead(error.error()));
                    if is_unwritten && !is_new && session.take().is_some() {
                        continue;
                    }
                    let is_open = match &result {
                        Ok(receipt) => receipt.outcome() == Outcome::Queued,
                        Err(error) => error.kind() == ErrorKind::OutcomeUnknown,
                    };
                    if let Some(Job { task: Task::Sms(sms), .. }) = under_way.take() {
                        let result = result.map_err(|error| match error.into_parts() {
                            (error, None) => SendError::with(error, sms.receipt(Outcome::NotSent)),
                            (error, Some(receipt)) => SendError::with(error, receipt),
                        });
                        let _ = sms.done.send(result);
                    }
                    return is_open && self.dialect.tells_by_port();
                }
                Task::Ussd { port, code, timeout, .. } => {
                    let result = route.ussd(port, code, *timeout).await;
                    if matches!(&result, Err(error) if is_dead(error)) && !is_new && session.take().is_some() {
                        continue;
                    }
                    if let Some(Job { task: Task::Ussd { done, .. }, .. }) = under_way.take() {
                        let _ = done.send(result);
                    }
                    return false;
                }
            }
        }
    }

    /// Whether the port says so.
    async fn is_still_sending(&self, port: &Port, session: &Option<Client>) -> bool {
        let client = session.as_ref().filter(|session| session.is_open()).unwrap_or(&self.events);
        let show = self.dialect.command(format!("{} show span {port}", self.dialect.word()));
        match client.call(&show).await {
            Ok(answer) => {
                let text = String::from_utf8_lossy(answer.output().unwrap_or_default()).into_owned();
                PortStatus::new(port.clone())
                    .with_details(&text)
                    .state()
                    .is_some_and(|state| state.contains("SMS SENDING"))
            }
            // It cannot tell.
            Err(_) => false,
        }
    }

    /// The session to send by: the one for events where the task does not block it, else one of the port's own.
    #[cfg_attr(not(feature = "blocking"), expect(unused_variables))]
    async fn session<'a>(&'a self, task: &Task, lane: &Lane, session: &'a mut Option<Client>) -> Result<&'a Client> {
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
                let client = Client::new(self.config.clone().event_mask("off").reconnect(None))?;
                #[cfg(feature = "blocking")]
                lock(&lane.link).replace(client.weak());
                client.open().await?;
                client
            }
        };
        Ok(session.insert(client))
    }
}

/// Whether the link was down, and nothing written.
fn is_dead(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::Closed)
}

/// Whether another attempt to connect may go better.
fn may_pass(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused | ErrorKind::Timeout | ErrorKind::Disconnected | ErrorKind::Io)
}

/// Asks what the gateway understands, by questions that send nothing.
async fn detect(client: &Client) -> Result<Dialect> {
    let answered = |error: &Error| {
        matches!(
            error.kind(),
            ErrorKind::Action | ErrorKind::Permission | ErrorKind::Command | ErrorKind::OutcomeUnknown
        )
    };
    match client.call(&Action::new("ListCommands")).await {
        Ok(list) => {
            let has = |action: &str| list.get(action).is_some();
            for (action, dialect) in [
                ("DongleSendSMS", Dialect::Dongle),
                ("QuectelSendSMS", Dialect::Quectel),
                ("smscommand", Dialect::Yeastar),
            ] {
                if has(action) {
                    return Ok(dialect);
                }
            }
        }
        Err(error) if answered(&error) => {}
        Err(error) => return Err(error),
    }
    for (command, dialect) in [
        ("gsm send sync sms", Dialect::OpenVox),
        ("gsm send syncsms", Dialect::OpenVox2013),
        ("allogsm send sync sms", Dialect::Allo),
        ("allogsm send sms", Dialect::Allo),
    ] {
        let help = match client.command(&format!("core show help {command}")).await {
            Ok(answer) => answer.output().unwrap_or_default().to_vec(),
            Err(error) if answered(&error) => continue,
            Err(error) => return Err(error),
        };
        let help = String::from_utf8_lossy(&help).to_ascii_lowercase();
        if help.contains(&format!("usage: {command}")) {
            let has_flash = help.contains("flash") && dialect == Dialect::OpenVox;
            return Ok(if has_flash { Dialect::OpenVoxFirmware } else { dialect });
        }
    }
    match client.call(&Dialect::Yeastar.command("gsm show spans".to_owned())).await {
        Ok(answer) if answer.output().unwrap_or_default().starts_with(b"GSM span") => return Ok(Dialect::Yeastar),
        Ok(_) => {}
        Err(error) if answered(&error) => {}
        Err(error) => return Err(error),
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        "no gateway's commands were found on this server, or the account may not use them; if it is a gateway all the \
         same, choose a dialect",
    ))
}
