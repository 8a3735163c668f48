//! A gateway as a whole: one session for what comes in, others for what goes out.

use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use tokio::time::{sleep_until, timeout};

use super::config::GatewayConfig;
use super::detect::detect;
use super::dialect::{Dialect, Driver};
use super::inbox_feed::{Inbox, InboxFeed};
use super::outcome::Outcome;
use super::parts::SmsParts;
use super::port_choice::{PortChoice, untold};
use super::port_queue::{IDLE, OutgoingSms, PortQueue, Request, Sending, Shared, Task, Turn, Worker, closed, work};
use super::ports::PortStatus;
use super::receipt::{Receipt, SendError};
use super::request::{Port, Power, SmsRequest, check_ussd};
use super::resting::Purpose;
use super::ussd::UssdReply;
use crate::client::Client;
#[cfg(feature = "blocking")]
use crate::client::WeakClient;
use crate::error::{Error, ErrorKind, Result};
use crate::events::{Filter, Subscription};
use crate::lock::lock;
use crate::protocol::{Action, later};

/// A GSM gateway: one login and one dialect, a session for events, and one for each port that sends.
///
/// Each port sends one message at a time, in order of priority; ports do so side by side. The session of a port without work
/// ends after 30 seconds, and at once if there is no such port. Clones share the gateway; it is closed with the last one.
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

impl Gateway {
    /// Logs in, and asks the gateway which dialect it speaks, unless the configuration says. Nothing is sent for that.
    ///
    /// The session for events asks for the classes that the dialect needs, unless the configuration names others than
    /// `on`.
    ///
    /// It takes no longer than the connect timeout for the login and the action timeout for all questions together.
    ///
    /// # Errors
    /// As [`Client::open`]; [`ErrorKind::Unsupported`] if no dialect is found, [`ErrorKind::Timeout`] if the gateway did not
    /// say in time which.
    pub async fn connect(config: impl Into<GatewayConfig>) -> Result<Gateway> {
        let config = config.into();
        config.check()?;
        let dialect = config.wanted_dialect()?;
        let settings = &config.client;
        let is_default = settings.event_mask == "on";
        let mut events = settings.clone();
        if is_default {
            events = events.event_mask(dialect.as_ref().map_or(Dialect::USUAL_CLASSES, Dialect::event_classes));
        }
        let events = Client::new(events)?;
        // Nothing that comes with the login is missed.
        let feed = InboxFeed::of(&events, config.parts_timeout)?;
        events.open().await?;
        let driver = Driver::default();
        let dialect = match dialect {
            Some(dialect) => {
                driver.ask(&events, &dialect, settings.action_timeout).await?;
                dialect
            }
            None => {
                let until = later(Instant::now(), settings.action_timeout);
                let (found, abilities) = detect(&events, until).await?;
                driver.set(&events, abilities);
                if is_default && found.event_classes() == "on" {
                    let left = until.saturating_duration_since(Instant::now());
                    match events.call_within(&Action::new("Events").with("EventMask", "on"), left).await {
                        // With brokeneventsaction=yes a server does as it is told and says nothing.
                        Err(error) if error.kind() != ErrorKind::OutcomeUnknown => return Err(error),
                        _ => {}
                    }
                }
                found
            }
        };
        let (queues, choice, working) = (Mutex::default(), PortChoice::default(), watch::Sender::new(()));
        Ok(Gateway { shared: Arc::new(Shared { config, dialect, driver, events, feed, queues, choice, working }) })
    }

    /// The dialect that it speaks.
    pub fn dialect(&self) -> &Dialect {
        &self.shared.dialect
    }

    /// The client for events, for actions of all kinds. Commands that wait for the network stop its events meanwhile.
    pub fn client(&self) -> &Client {
        &self.shared.events
    }

    /// The SMS and USSD codes that wait for a port, one under way not counted. [`GatewayConfig::send_queue`] says how many may.
    pub fn waiting(&self, port: impl Into<Port>) -> usize {
        let queues = lock(&self.shared.queues);
        queues.ports.get(&port.into()).map_or(0, |queue| {
            let queued = lock(&queue.queued);
            queued.requests.values().filter(|request| !request.is_abandoned()).count()
        })
    }

    /// The number of SMS that a text takes in this dialect, before it is sent. Drivers of dongles differ: it is what the one
    /// here makes of it, as far as the server tells which it is.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a text that cannot be sent.
    pub fn parts<'a>(&self, text: &'a str) -> Result<SmsParts<'a>> {
        self.shared.dialect.parts_by(text, self.shared.driver.known())
    }

    /// Puts a request into the queue of a port; one that is not taken there is refused.
    fn submit_request(&self, port: &Port, request: Request) -> Result<()> {
        let mut request = Some(request);
        let result = self.insert_request(port, &mut request);
        if let (Err(error), Some(request)) = (&result, request) {
            request.refuse(error.clone());
        }
        result
    }

    fn insert_request(&self, port: &Port, request: &mut Option<Request>) -> Result<()> {
        let mut queues = lock(&self.shared.queues);
        if queues.closed {
            return Err(Error::new(ErrorKind::Closed, "the gateway is closed"));
        }
        // One that is closed has lost its worker.
        let queue = match queues.ports.get(port).filter(|queue| !lock(&queue.queued).closed) {
            Some(queue) => Arc::clone(queue),
            None => {
                let queue = Arc::new(PortQueue::new(&self.shared.config, port));
                let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                    let text = "a gateway sends on a tokio runtime; other threads need the blocking gateway";
                    return Err(Error::new(ErrorKind::State, text));
                };
                queues.ports.insert(port.clone(), Arc::clone(&queue));
                let _working = self.shared.working.subscribe();
                let worker = Worker { queue: Arc::clone(&queue), under_way: None, _working };
                let shared = Arc::downgrade(&self.shared);
                match port {
                    Port::Any => runtime.spawn(pass_on(worker, shared)),
                    _ => runtime.spawn(work(worker, shared)),
                };
                queue
            }
        };
        let mut queued = lock(&queue.queued);
        if queued.closed {
            return Err(Error::new(ErrorKind::State, "the runtime that sends for this port has stopped"));
        }
        if queued.requests.len() >= self.shared.config.send_queue {
            queued.requests.retain(|_, request| !request.is_abandoned());
        }
        if queued.requests.len() >= self.shared.config.send_queue {
            let text = format!(
                "{} messages wait for port {port} already; wait for some of them, or choose a longer queue",
                queued.requests.len()
            );
            return Err(Error::new(ErrorKind::Overflow, text));
        }
        if let Some(request) = request.take() {
            let number = queued.next;
            queued.next += 1;
            queued.requests.insert(request.rank(number), request);
        }
        drop(queued);
        queue.more.notify_one();
        Ok(())
    }

    fn queued(&self, request: &SmsRequest, is_awaited: bool) -> Result<Sending, SendError> {
        let shared = &self.shared;
        let port = match &request.port {
            Port::Any => self.known_port().unwrap_or(Port::Any),
            port => port.clone(),
        };
        // What cannot be sent is refused now, not when its turn comes.
        let timeout = request.timeout.unwrap_or(shared.config.client.action_timeout);
        let abilities = shared.driver.known();
        let coded_for = if port == Port::Any { shared.dialect.some_port() } else { port.clone() };
        let mut request = request.clone().through(coded_for);
        let transmissions = shared.dialect.transmissions(&request, timeout, abilities)?;
        let id = shared.dialect.used_id(&shared.config.client, &request, &transmissions)?;
        let purpose = shared.dialect.purpose_in_queue(&transmissions).filter(|_| port != Port::Any);
        request = request.through(port.clone());
        let (done, receiver) = oneshot::channel();
        let sms = OutgoingSms { request, abilities, transmissions, id, done };
        let not_sent = sms.receipt(Outcome::NotSent);
        let request = Request { task: Task::Sms(Box::new(sms)), purpose, is_awaited, since: Instant::now() };
        match self.submit_request(&port, request) {
            Ok(()) => Ok(Sending(receiver)),
            Err(error) => Err(SendError::with(error, not_sent)),
        }
    }

    /// The port for a message that leaves it open, if the gateway told of its ports a short time ago.
    fn known_port(&self) -> Option<Port> {
        let length = |port: &Port| {
            let queue = lock(&self.shared.queues).ports.get(port).map(Arc::clone);
            queue.map_or(0, |queue| queue.len())
        };
        self.shared.choice.choose(length)
    }

    /// The port for a message that leaves it open.
    async fn chosen_port(&self) -> Result<Port> {
        loop {
            if let Some(port) = self.known_port() {
                return Ok(port);
            }
            let ports = self.list_ports(self.shared.config.client.action_timeout).await.map_err(untold)?;
            self.shared.choice.told(&self.shared.config, &ports)?;
        }
    }

    /// Sends an SMS and waits until the network took it, or did not: in its port's queue, then for the network. Given up
    /// before its turn it is not sent.
    ///
    /// With [`Port::Any`] the gateway chooses the port: of those that it shows as up, the one with the shortest queue, in turn
    /// where several have it; ports that rest, or have failed in the last minute, come after all others. The states of ports
    /// are asked for every 10 seconds at most. The receipt tells the port.
    ///
    /// A port that is busy is asked again until the time of [`SmsRequest::within`], or else for the request's timeout. One
    /// that rests ([`GatewayConfig::port_cooldown`]) is waited for as long, or else for the timeout and the rest together.
    ///
    /// When the driver lets go of a dongle that has a message, or the connection is lost, that message is
    /// [`Outcome::Unknown`], and those that wait for the dongle are [`Outcome::NotSent`].
    ///
    /// # Errors
    /// [`ErrorKind::SmsFailed`], [`ErrorKind::SmsBusy`] (nothing was sent), [`ErrorKind::OutcomeUnknown`] (it may still
    /// go out; libami never sends it again), [`ErrorKind::Overflow`] (the queue is full), [`ErrorKind::Closed`],
    /// [`ErrorKind::Timeout`] and others (nothing was sent), [`ErrorKind::Invalid`] and [`ErrorKind::Unsupported`] for
    /// what cannot be sent. With [`Port::Any`] also [`ErrorKind::Unsupported`] or [`ErrorKind::Permission`] if the gateway does
    /// not tell its ports, and [`ErrorKind::SmsFailed`] if none of them is up.
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
    /// before all messages. After a code without a reply in time the port rests for USSD, as a reply does not say which code
    /// it answers ([`GatewayConfig::port_cooldown`]).
    ///
    /// # Errors
    /// [`ErrorKind::Ussd`] with the gateway's words, [`ErrorKind::OutcomeUnknown`] if no reply came in time, and those of
    /// [`Client::call`].
    pub async fn send_ussd(&self, port: impl Into<Port>, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        check_ussd(code)?;
        self.send_ussd_text(port.into(), code, timeout).await
    }

    /// Sends a code, or an answer to a menu, which may be any text.
    async fn send_ussd_text(&self, port: Port, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        self.shared.dialect.ussd(&port, code, 1)?;
        let (done, receiver) = oneshot::channel();
        let task = Task::Ussd { port: port.clone(), code: code.to_owned(), timeout, done };
        let queued = Request { task, purpose: Some(Purpose::Ussd), is_awaited: true, since: Instant::now() };
        self.submit_request(&port, queued)?;
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
    /// [`GatewayConfig::parts_timeout`] is handed out as it is.
    ///
    /// # Errors
    /// As [`Client::subscribe`].
    pub fn inbox(&self) -> Result<Inbox> {
        self.subscribe(Filter::all()).map(Inbox::new)
    }

    /// Subscribes to what comes in from now on, as events: `#sms`, `#report`, `#ussd`, `#unreadable`, and the markers
    /// `#lagged`, `#gap` and, only if it is named, `#state`. [`super::Incoming::from_event`] reads them.
    ///
    /// # Errors
    /// As [`Client::subscribe`].
    pub fn subscribe(&self, filter: Filter) -> Result<Subscription> {
        self.shared.feed.subscribe(filter)
    }

    /// All ports, as they are now, asked for one by one within the action timeout in all: those for which there was no time
    /// left are there too, and say so ([`PortStatus::is_complete`]).
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn ports(&self) -> Result<Vec<PortStatus>> {
        self.ports_within(self.shared.config.client.action_timeout).await
    }

    /// [`Gateway::ports`] within another time than the action timeout.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn ports_within(&self, timeout: Duration) -> Result<Vec<PortStatus>> {
        let (client, dialect) = (&self.shared.events, &self.shared.dialect);
        let until = later(Instant::now(), timeout);
        let listed = self.list_ports(timeout).await?;
        if dialect.driver().is_some() {
            return Ok(listed);
        }
        let mut ports = Vec::with_capacity(listed.len());
        for port in listed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                ports.push(port.incomplete());
                continue;
            }
            let command = dialect.command(format!("{} show span {}", dialect.word(), port.port()));
            let answer = client.call_within(&command, left).await;
            ports.push(match answer {
                Ok(answer) => port.with_details(&String::from_utf8_lossy(answer.output().unwrap_or_default())),
                // A port that is off may have nothing to show.
                Err(error) if error.kind() == ErrorKind::Command => port,
                Err(_) if until <= Instant::now() => port.incomplete(),
                Err(error) => return Err(error),
            });
        }
        Ok(ports)
    }

    /// All ports with as much as one question tells.
    async fn list_ports(&self, timeout: Duration) -> Result<Vec<PortStatus>> {
        let (client, dialect) = (&self.shared.events, &self.shared.dialect);
        Ok(dialect.read_ports(&client.call_within(&dialect.show_ports(), timeout).await?))
    }

    /// Turns a port on or off, or begins it anew. Messages that are under way there may be lost.
    ///
    /// OpenVox's and ALLO's gateways have done it when this returns, after some two seconds. The drivers of dongles do it soon
    /// afterwards, and what they had queued for the device is lost.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] where the gateway has no such command; [`ErrorKind::Command`] if it does not say that it has
    /// done it, with its words; as [`Client::call`].
    pub async fn power(&self, port: impl Into<Port>, power: Power) -> Result<()> {
        let (port, dialect) = (port.into(), &self.shared.dialect);
        port.check()?;
        let answer = self.shared.events.call(&dialect.power(&port, power)?).await?;
        dialect.check_power(&port, power, &answer)
    }

    /// Has the gateway read a port's settings again. The drivers of dongles read those of all devices, when each is idle.
    ///
    /// # Errors
    /// [`ErrorKind::Action`] for a dongle that the driver does not list, where the account may ask; as [`Gateway::power`].
    pub async fn reload(&self, port: impl Into<Port>) -> Result<()> {
        let (port, dialect) = (port.into(), &self.shared.dialect);
        port.check()?;
        if let Some(show) = dialect.show_device(&port) {
            self.check_device(&port, &show).await?;
        }
        self.shared.events.call(&dialect.reload(&port)?).await.map(drop)
    }

    /// Refuses a device that the driver does not list: it takes any name to reload, and reads all settings.
    async fn check_device(&self, port: &Port, show: &Action) -> Result<()> {
        let name = port.to_string();
        let is_it = |device: PortStatus| device.port().to_string().eq_ignore_ascii_case(&name);
        match self.shared.events.call(show).await {
            Ok(list) if !list.events().iter().filter_map(PortStatus::of_device).any(is_it) => {
                Err(Error::new(ErrorKind::Action, format!("the driver has no port {port}; nothing was reloaded")))
            }
            // An account that may not ask is believed.
            Err(error) if !matches!(error.kind(), ErrorKind::Permission | ErrorKind::Action) => Err(error),
            _ => Ok(()),
        }
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
        self.shared.feed.ended().await;
        Ok(not_sent)
    }

    /// The descriptors of the connections that the child of a fork has inherited, for it to close; once.
    #[cfg(feature = "blocking")]
    pub(crate) fn inherited_sockets(&self) -> Vec<std::os::fd::RawFd> {
        let mut sockets: Vec<_> = self.shared.events.inherited_socket().into_iter().collect();
        // Whoever held a lock at the fork is not there to let go of it.
        if let Ok(queues) = self.shared.queues.try_lock() {
            let links = queues.ports.values().filter_map(|queue| queue.link.try_lock().ok());
            sockets.extend(links.filter_map(|link| link.as_ref().and_then(WeakClient::inherited_socket)));
        }
        sockets
    }

    /// Refuses what waits and what comes, and returns receipts of it.
    pub(crate) fn stop(&self) -> Vec<Receipt> {
        let queues = {
            let mut queues = lock(&self.shared.queues);
            queues.closed = true;
            std::mem::take(&mut queues.ports)
        };
        let requests = queues.into_values().flat_map(|queue| queue.close());
        requests.filter_map(|request| request.refuse(closed())).collect()
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("dialect", self.dialect()).field("client", &self.shared.events).finish()
    }
}

/// Puts messages that leave their port open into the queue of the port that is chosen, in their order.
async fn pass_on(worker: Worker, shared: Weak<Shared>) {
    let queue = &worker.queue;
    loop {
        let turn = timeout(IDLE, queue.next()).await;
        let gateway = shared.upgrade().map(|shared| Gateway { shared });
        let (gateway, request) = match (gateway, turn) {
            (Some(gateway), Ok(Some(Turn::Send(request, _)))) => (gateway, request),
            (None, Ok(Some(Turn::Send(request, _)))) => return drop(request.refuse(closed())),
            (Some(gateway), Err(_)) if !gateway.shared.leave(queue) => continue,
            _ => return,
        };
        if !request.is_abandoned() {
            gateway.pass_on(queue, request).await;
        }
    }
}

impl Gateway {
    async fn pass_on(&self, queue: &PortQueue, mut request: Request) {
        let until = request.until();
        let late = async {
            match until {
                Some(until) => sleep_until(until.into()).await,
                None => std::future::pending().await,
            }
        };
        let port = tokio::select! {
            port = self.chosen_port() => port,
            () = queue.closed() => Err(closed()),
            () = late => return request.expire(),
        };
        let port = match port {
            Ok(port) => port,
            Err(error) => return drop(request.refuse(error)),
        };
        if let Task::Sms(sms) = &mut request.task {
            let timeout = sms.request.timeout.unwrap_or(self.shared.config.client.action_timeout);
            sms.request = sms.request.clone().through(port.clone());
            match self.shared.dialect.transmissions(&sms.request, timeout, sms.abilities) {
                Ok(transmissions) => sms.transmissions = transmissions,
                Err(error) => return drop(request.refuse(error)),
            }
            request.purpose = self.shared.dialect.purpose_in_queue(&sms.transmissions);
        }
        // If it is not taken there, its sender learns why.
        let _ = self.submit_request(&port, request);
    }
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

    /// The network's last reply.
    pub fn reply(&self) -> &UssdReply {
        &self.reply
    }

    /// Tells whether the network waits for an answer.
    pub fn is_open(&self) -> bool {
        !self.ended && self.reply.wants_answer()
    }

    /// Answers, such as `1` for the first point of a menu, or a name where one is asked for, and waits for the next reply.
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
        match self.gateway.send_ussd_text(self.port.clone(), answer, self.timeout).await {
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
