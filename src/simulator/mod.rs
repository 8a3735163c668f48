//! Simulated GSM gateways for tests and demonstrations, each a [`Model`] on a loopback port, as far as its manager
//! interface can be seen from outside. The default is an OpenVox VoxStack (Asterisk 1.8.20.0, chan_extra 2.0.8).
//!
//! It shares no code with the client, so that the two cannot agree on a mistake. Start it with
//! [`Simulator::start`] on a tokio runtime that has its I/O and time drivers enabled; every other function may be
//! called from any thread, never blocks on the network, and needs no runtime. [`SimulatorThread`] brings its own.
//!
//! ```
//! use ami::simulator::{Options, Outcome, Simulator};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let gateway = Simulator::start(Options { secret: "topsecret".into(), ..Options::default() }).await?;
//! gateway.set_outcome(2, Outcome::Failed);
//! println!("a gateway on 127.0.0.1:{}", gateway.port());
//! gateway.deliver_sms(1, "+8613632919026", "hello", "2014/09/11 09:36:47");
//! # std::io::Result::Ok(())
//! # })?;
//! # std::io::Result::Ok(())
//! ```

mod actions;
mod alphabet;
mod classes;
mod cli;
mod clock;
mod core;
mod dongle;
mod extra;
mod frame;
mod incoming;
mod model;
mod names;
mod pdu;
mod radio;
mod request;
mod sending;
mod session;
mod thread;
mod ussd;
mod yeastar;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

pub use dongle::events::Report;
pub use incoming::Incoming;
pub use model::{Core, Model};
pub use pdu::Coding;
pub use radio::{Activity, Outcome, Registration, Sim, SpanState};
pub use sending::{AiredSms, Concatenation, SentSms};
pub use thread::SimulatorThread;
pub use ussd::{UssdMenu, UssdReply};
pub use yeastar::Yeastar;

use classes::Classes;
use model::Family;
use radio::Radio;
use session::{Event, Peer};

/// Called for every line that is said, on the thread that runs the session: be brief.
pub type Transcript = Arc<dyn Fn(&TranscriptLine) + Send + Sync>;

/// How a gateway is set up. All fields may be set; [`Options::default`] suits most tests.
#[derive(Clone)]
pub struct Options {
    /// Which gateway it is; [`Model::OpenVox`] by default.
    pub model: Model,
    /// The Asterisk that it runs on; by default the model's own: 1.8 for gateways, 16 for dongles. It shows in the
    /// banner, after login, and in how the output of commands is framed; events are those of 1.8.
    pub core: Option<Core>,
    /// In what a Yeastar gateway's firmware differs.
    pub yeastar: Yeastar,
    /// Whether a dongle has bg111's driver: `DongleSendPDU`, `ID` in answers, and `DongleSMSStatus` instead of the
    /// driver's own word in `DongleReport`.
    pub bg111: bool,
    /// Whether a dongle has chan_dongle's driver of 2015 to 2020: as bg111's, and `DongleSMSStatus` says `Sending` first, with
    /// the network's reference.
    pub dongle_2019: bool,
    /// Whether the dialplan of OpenVox and ALLO gateways has the extensions `sms_send_ok` and `sms_send_failed`, which
    /// tell what became of messages that were only handed over; it does not by default.
    pub send_results: bool,
    /// What chance is made of: the same seed gives the same outcomes and latencies.
    pub seed: u64,
    /// TCP port on 127.0.0.1; 0, the default, takes any free one.
    pub port: u16,
    /// Name of the one account, `admin` by default.
    pub username: String,
    /// Its secret, `amp111` by default.
    pub secret: String,
    /// Number of GSM ports, 1 to 999; 4 by default. They are counted from 1, Yeastar's from 2.
    pub spans: u32,
    /// Classes of events the account may see, as in manager.conf: `all` (default) or a list such as `system,dialplan`.
    pub read: String,
    /// Classes of actions the account may use, written like `read`; `all` by default.
    pub write: String,
    /// How long a failed login waits before it is answered and the connection closed; 10 ms by default (Asterisk: 1 s).
    pub login_failure_delay: Duration,
    /// How long a session may take to log in; 30 s by default. Then it is closed without a word.
    pub auth_timeout: Duration,
    /// How many sessions may be open that are not logged in, 50 by default; one more is closed without a word.
    pub auth_limit: usize,
    /// Whether the account may have several sessions at a time; it may by default.
    pub allow_multiple_login: bool,
    /// Number of the SMS centre in the PDUs of incoming messages. Without one the sender is lost, as in the driver.
    pub smsc: String,
    /// Zone of the SMS centre's times, in hours from UTC; 8 by default.
    pub time_zone: i8,
    /// Own numbers of the spans, that of the first span first. An SMS sent to one of them comes in there. None by
    /// default.
    pub numbers: Vec<String>,
    /// How long one second of a timeout in a request lasts; less than a second makes tests of timeouts quick.
    pub second: Duration,
    /// Whether events carry a `Timestamp` header (`timestampevents` in manager.conf); they do not by default.
    pub timestamps: bool,
    /// Bytes of events that may wait for one session, 8 MiB by default; a session that falls further behind is closed.
    pub backlog: usize,
    /// How long one write may wait for a peer that does not read before its session is closed; 5 s by default.
    pub write_timeout: Duration,
    /// Told every line that is said on any session, with secrets hidden.
    pub transcript: Option<Transcript>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            model: Model::default(),
            core: None,
            yeastar: Yeastar::default(),
            bg111: false,
            dongle_2019: false,
            send_results: false,
            seed: 0,
            port: 0,
            username: "admin".into(),
            secret: "amp111".into(),
            spans: 4,
            read: "all".into(),
            write: "all".into(),
            login_failure_delay: Duration::from_millis(10),
            auth_timeout: Duration::from_secs(30),
            auth_limit: 50,
            allow_multiple_login: true,
            smsc: "+8613800755500".into(),
            time_zone: 8,
            numbers: Vec::new(),
            second: Duration::from_secs(1),
            timestamps: false,
            backlog: 8 << 20,
            write_timeout: Duration::from_secs(5),
            transcript: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("model", &self.model)
            .field("port", &self.port)
            .field("username", &self.username)
            .field("secret", &"***")
            .field("spans", &self.spans)
            .field("read", &self.read)
            .field("write", &self.write)
            .finish_non_exhaustive()
    }
}

/// Who said a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The program that connected.
    Client,
    /// The simulated gateway.
    Gateway,
}

/// One line of what was said, without its line end. Values of `Secret` and `Key` headers are `***`.
#[derive(Clone, Debug)]
pub struct TranscriptLine {
    /// Number of the session, from 1 in order of connection.
    pub session: u64,
    /// Who said it.
    pub speaker: Speaker,
    /// What was said; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// A running gateway. Clones are handles to the same one, which stops when the last is dropped.
#[derive(Clone)]
pub struct Simulator {
    handle: Arc<Handle>,
}

/// Stops the gateway with the last [`Simulator`]; the tasks themselves hold [`Shared`] only.
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("port", &self.port()).field("sessions", &self.sessions()).finish()
    }
}

impl Simulator {
    /// Binds 127.0.0.1 and serves it with tasks on the current tokio runtime.
    ///
    /// # Errors
    /// The port cannot be bound, or the number of spans is out of range.
    ///
    /// # Panics
    /// Outside a tokio runtime, or on one without its I/O driver.
    pub async fn start(options: Options) -> io::Result<Simulator> {
        if !(1..=999).contains(&options.spans) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "spans must be 1 to 999"));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let shared = Arc::new(Shared {
            port: listener.local_addr()?.port(),
            started: SystemTime::now(),
            read: Classes::named(&options.read),
            write: Classes::named(&options.write),
            radios: (0..options.spans).map(|index| Radio::new(options.seed ^ u64::from(index) << 32)).collect(),
            options,
            assembly: incoming::Assembly::default(),
            aired: Mutex::default(),
            channels: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            sessions: Mutex::default(),
            sent: Mutex::default(),
            ussd: Mutex::default(),
            variables: Mutex::default(),
            database: Mutex::default(),
            stop: Notify::new(),
            tasks: watch::Sender::new(()),
        });
        tokio::spawn(accept(Arc::clone(&shared), listener, shared.tasks.subscribe()));
        Ok(Simulator { handle: Arc::new(Handle(shared)) })
    }

    fn shared(&self) -> &Shared {
        &self.handle.0
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.shared().port
    }

    /// Lets an SMS come in, in as many parts as it needs, and returns the number of sessions that see it; 0 for a span
    /// that does not exist.
    ///
    /// `time` is the SMS centre's, `YYYY/MM/DD HH:MM:SS`.
    pub fn deliver_sms(&self, span: u32, sender: &str, text: &str, time: &str) -> usize {
        self.deliver(span, &Incoming { time: time.to_owned(), ..Incoming::new(sender, text) })
    }

    /// Lets an SMS come in that may be odd, and returns the number of sessions that see it; 0 for a span that does not
    /// exist.
    pub fn deliver(&self, span: u32, message: &Incoming) -> usize {
        incoming::deliver(self.shared(), span, message)
    }

    /// Lets a USSD text come in that nobody asked for, and returns the number of sessions that see it. Only dongles
    /// tell of one. `responses` is 1 if the network wants an answer.
    pub fn deliver_ussd(&self, span: u32, text: &str, responses: u8) -> usize {
        let shared = self.shared();
        if shared.options.model.family() != Family::Dongle || shared.radio(span).is_none() {
            return 0;
        }
        dongle::events::ussd(shared, span, text, responses, ussd::dcs_of(text))
    }

    /// Tells what became of an SMS, and returns the number of sessions that see it. Only dongles tell of that.
    pub fn deliver_report(&self, span: u32, report: &Report) -> usize {
        let shared = self.shared();
        if shared.options.model.family() != Family::Dongle || shared.radio(span).is_none() {
            return 0;
        }
        dongle::events::report(shared, span, report)
    }

    /// What the gateway was asked to send so far, in order.
    pub fn sent(&self) -> Vec<SentSms> {
        lock(&self.shared().sent).clone()
    }

    /// How many messages the gateway was asked to send so far.
    pub fn sent_count(&self) -> usize {
        lock(&self.shared().sent).len()
    }

    /// One message that the gateway was asked to send, counted from 0.
    pub fn sent_at(&self, index: usize) -> Option<SentSms> {
        lock(&self.shared().sent).get(index).cloned()
    }

    /// What the network took so far, in order: a message each, so a part each of what was split.
    pub fn aired(&self) -> Vec<AiredSms> {
        lock(&self.shared().aired).clone()
    }

    /// How many messages the network took so far.
    pub fn aired_count(&self) -> usize {
        lock(&self.shared().aired).len()
    }

    /// One message that the network took, counted from 0.
    pub fn aired_at(&self, index: usize) -> Option<AiredSms> {
        lock(&self.shared().aired).get(index).cloned()
    }

    /// The numbers of the spans.
    pub fn spans(&self) -> RangeInclusive<u32> {
        self.shared().spans()
    }

    /// Sets how sends on a span end from now on. A span that does not exist is ignored, here and below.
    pub fn set_outcome(&self, span: u32, outcome: Outcome) {
        self.shared().set(span, |conditions| conditions.outcome = outcome);
    }

    /// Adds what becomes of the next messages of a span, one for each; after them it is as set.
    pub fn next_outcomes(&self, span: u32, outcomes: impl IntoIterator<Item = Outcome>) {
        self.shared().set(span, |conditions| conditions.next.extend(outcomes));
    }

    /// Sets by what chance, of 1 in all, a message of a span meets which outcome; for the rest it is as set. The same
    /// seed ([`Options::seed`]) gives the same outcomes.
    pub fn set_rates(&self, span: u32, rates: &[(Outcome, f64)]) {
        self.shared().set(span, |conditions| conditions.rates = rates.to_vec());
    }

    /// Sets how long the network takes for each message or USSD request of a span; nothing by default.
    pub fn set_latency(&self, span: u32, latency: Duration) {
        self.set_latency_range(span, latency, latency);
    }

    /// Sets between what times the network takes for each message or USSD request of a span. The same seed
    /// ([`Options::seed`]) gives the same ones.
    pub fn set_latency_range(&self, span: u32, shortest: Duration, longest: Duration) {
        self.shared().set(span, |conditions| conditions.latency = (shortest, longest));
    }

    /// Sets what status commands tell of a span. While it is off, or cannot reach the network, what it is to send
    /// waits.
    pub fn set_state(&self, span: u32, state: SpanState) {
        let before = self.state(span);
        self.shared().set(span, |conditions| conditions.state = state.clone());
        if let (Some(before), Family::Dongle) = (before, self.shared().options.model.family()) {
            dongle::changed(self.shared(), span, &before, &state);
        }
    }

    /// Sets what a dongle shows that it is doing, as long as it works. Only dongles tell of it.
    pub fn set_activity(&self, span: u32, activity: Activity) {
        self.shared().set(span, |conditions| conditions.activity = activity);
    }

    /// What status commands tell of a span, if it exists.
    pub fn state(&self, span: u32) -> Option<SpanState> {
        self.shared().radio(span).map(|radio| lock(&radio.conditions).state.clone())
    }

    /// Sets the answer to a USSD code on every span. Codes without one are answered `UNKNOWN APPLICATION`.
    pub fn set_ussd(&self, code: &str, reply: UssdReply) {
        self.set_ussd_menu(code, reply.into());
    }

    /// Sets the menu that a USSD code leads to on every span.
    pub fn set_ussd_menu(&self, code: &str, menu: UssdMenu) {
        lock(&self.shared().ussd).insert(code.to_owned(), menu);
    }

    /// Sends bytes as they are, as an event of the given class, to every session whose account and mask let it
    /// through, and returns their number. An unknown class reaches nobody.
    pub fn emit(&self, class: &str, frame: &[u8]) -> usize {
        let class = Classes::named(class);
        if class.is_empty() { 0 } else { self.shared().broadcast(&[(class, frame.into())], class) }
    }

    /// Number of open connections, logged in or not.
    pub fn sessions(&self) -> usize {
        lock(&self.shared().sessions).open.len()
    }

    /// Closes every connection without a word. Commands under way still run to their end, as in a gateway.
    pub fn disconnect_all(&self) {
        self.shared().disconnect_all();
    }

    /// Closes the listener and every connection. More calls do nothing. The sockets are closed by the runtime a
    /// moment later; [`closed`](Self::closed) waits for that.
    pub fn stop(&self) {
        self.shared().stop();
    }

    /// Waits until the gateway is stopped and all its sockets are closed, so that its port can be bound again.
    pub async fn closed(&self) {
        self.shared().tasks.closed().await;
    }
}

/// What the sessions and the handles have in common.
struct Shared {
    options: Options,
    port: u16,
    started: SystemTime,
    read: Classes,
    write: Classes,
    radios: Vec<Radio>,
    /// Number of channels created so far.
    channels: AtomicU64,
    /// Number of messages that came in so far.
    messages: AtomicU64,
    sessions: Mutex<Sessions>,
    sent: Mutex<Vec<SentSms>>,
    aired: Mutex<Vec<AiredSms>>,
    assembly: incoming::Assembly,
    ussd: Mutex<HashMap<String, UssdMenu>>,
    variables: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
    database: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
    stop: Notify,
    /// Every task that owns a socket holds a receiver.
    tasks: watch::Sender<()>,
}

#[derive(Default)]
struct Sessions {
    stopped: bool,
    last: u64,
    open: BTreeMap<u64, Arc<Peer>>,
}

impl Shared {
    fn core(&self) -> Core {
        self.options.core.unwrap_or(self.options.model.core())
    }

    fn spans(&self) -> RangeInclusive<u32> {
        let first = self.options.model.first_span();
        first..=first + self.options.spans - 1
    }

    fn radio(&self, span: u32) -> Option<&Radio> {
        self.radios.get(span.checked_sub(self.options.model.first_span())? as usize)
    }

    fn set(&self, span: u32, change: impl FnOnce(&mut radio::Conditions)) {
        if let Some(radio) = self.radio(span) {
            change(&mut lock(&radio.conditions));
        }
    }

    /// Whether the driver is one of chan_dongle's before 2020.
    fn is_older_dongle(&self) -> bool {
        self.options.bg111 || self.options.dongle_2019
    }

    /// The time that a request's number of seconds stands for.
    fn seconds(&self, seconds: i64) -> Duration {
        self.options.second.saturating_mul(u32::try_from(seconds.max(0)).unwrap_or(u32::MAX))
    }

    /// Queues events to every session that may see them and returns how many see the class `counted`. Never waits: a
    /// session that has too much queued is closed instead.
    fn broadcast(&self, events: &[Event], counted: Classes) -> usize {
        let mut count = 0;
        lock(&self.sessions).open.retain(|_, peer| {
            let kept = events.iter().all(|event| peer.queue(event, self.options.backlog));
            if kept {
                count += usize::from(peer.filter().covers(counted));
            } else {
                peer.close();
            }
            kept
        });
        count
    }

    fn disconnect_all(&self) {
        for peer in std::mem::take(&mut lock(&self.sessions).open).into_values() {
            peer.close();
        }
    }

    fn stop(&self) {
        lock(&self.sessions).stopped = true;
        self.stop.notify_one();
        self.disconnect_all();
    }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, task: watch::Receiver<()>) {
    loop {
        let accepted = tokio::select! {
            () = shared.stop.notified() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => session::spawn(&shared, stream),
            // Most likely out of file descriptors, which takes a while to pass.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    drop(listener);
    drop(task);
}

/// Nothing is left half changed by a panic under one of these locks, so poisoning means nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
