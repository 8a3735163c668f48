//! The handle to a running gateway.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::arrival;
use super::chan_extra::ChanExtra;
use super::classes::Classes;
use super::dongle::ChanDongle;
use super::gateway::{Driver, Gateway};
use super::incoming::{Incoming, Report};
use super::model::Model;
use super::options::Options;
use super::outcome::Outcome;
use super::radio::{Activity, SpanState};
use super::sent::{AiredSms, SentSms};
use super::session;
use super::ussd_menu::{UssdMenu, UssdReply};
use super::yeastar::YeastarDriver;
use crate::lock::lock;

/// A running gateway. Clones are handles to the same one, which stops when the last is dropped.
#[derive(Clone)]
pub struct Simulator {
    handle: Arc<Handle>,
}

/// Stops the gateway with the last [`Simulator`]; the tasks themselves hold [`Gateway`] only.
struct Handle(Arc<Gateway>);

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
        let driver = driver_of(options.model);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let port = listener.local_addr()?.port();
        let gateway = Arc::new(Gateway::new(options, driver, port));
        tokio::spawn(accept(Arc::clone(&gateway), listener, gateway.tasks.subscribe()));
        Ok(Simulator { handle: Arc::new(Handle(gateway)) })
    }

    fn gateway(&self) -> &Gateway {
        &self.handle.0
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.gateway().port
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
        arrival::deliver(self.gateway(), span, message)
    }

    /// Lets a USSD text come in that nobody asked for, and returns the number of sessions that see it. Only dongles
    /// tell of one. `responses` is 1 if the network wants an answer.
    pub fn deliver_ussd(&self, span: u32, text: &str, responses: u8) -> usize {
        let gateway = self.gateway();
        gateway.radio(span).map_or(0, |_| gateway.driver.tell_ussd(gateway, span, text, responses))
    }

    /// Tells what became of an SMS, and returns the number of sessions that see it. Only dongles tell of that.
    pub fn deliver_report(&self, span: u32, report: &Report) -> usize {
        let gateway = self.gateway();
        gateway.radio(span).map_or(0, |_| gateway.driver.tell_report(gateway, span, report))
    }

    /// What the gateway was asked to send so far, in order.
    pub fn sent(&self) -> Vec<SentSms> {
        lock(&self.gateway().sent).clone()
    }

    /// How many messages the gateway was asked to send so far.
    pub fn sent_count(&self) -> usize {
        lock(&self.gateway().sent).len()
    }

    /// One message that the gateway was asked to send, counted from 0.
    pub fn sent_at(&self, index: usize) -> Option<SentSms> {
        lock(&self.gateway().sent).get(index).cloned()
    }

    /// What the network took so far, in order: a message each, so a part each of what was split.
    pub fn aired(&self) -> Vec<AiredSms> {
        lock(&self.gateway().aired).clone()
    }

    /// How many messages the network took so far.
    pub fn aired_count(&self) -> usize {
        lock(&self.gateway().aired).len()
    }

    /// One message that the network took, counted from 0.
    pub fn aired_at(&self, index: usize) -> Option<AiredSms> {
        lock(&self.gateway().aired).get(index).cloned()
    }

    /// The numbers of the spans.
    pub fn spans(&self) -> RangeInclusive<u32> {
        self.gateway().spans()
    }

    /// Sets how sends on a span end from now on. A span that does not exist is ignored, here and below.
    pub fn set_outcome(&self, span: u32, outcome: Outcome) {
        self.gateway().set(span, |conditions| conditions.outcome = outcome);
    }

    /// Adds what becomes of the next messages of a span, one for each; after them it is as set.
    pub fn next_outcomes(&self, span: u32, outcomes: impl IntoIterator<Item = Outcome>) {
        self.gateway().set(span, |conditions| conditions.next.extend(outcomes));
    }

    /// Sets by what chance, of 1 in all, a message of a span meets which outcome; for the rest it is as set. The same
    /// seed ([`Options::seed`]) gives the same outcomes.
    pub fn set_rates(&self, span: u32, rates: &[(Outcome, f64)]) {
        self.gateway().set(span, |conditions| conditions.rates = rates.to_vec());
    }

    /// Sets how long the network takes for each message or USSD request of a span; nothing by default.
    pub fn set_latency(&self, span: u32, latency: Duration) {
        self.set_latency_range(span, latency, latency);
    }

    /// Sets between what times the network takes for each message or USSD request of a span. The same seed
    /// ([`Options::seed`]) gives the same ones.
    pub fn set_latency_range(&self, span: u32, shortest: Duration, longest: Duration) {
        self.gateway().set(span, |conditions| conditions.latency = (shortest, longest));
    }

    /// Sets what status commands tell of a span. While it is off, or cannot reach the network, what it is to send
    /// waits.
    pub fn set_state(&self, span: u32, state: SpanState) {
        let before = self.state(span);
        self.gateway().set(span, |conditions| conditions.state = state.clone());
        if let Some(before) = before {
            self.gateway().driver.tell_change(self.gateway(), span, &before, &state);
        }
    }

    /// Sets what a dongle shows that it is doing, as long as it works. Only dongles tell of it.
    pub fn set_activity(&self, span: u32, activity: Activity) {
        self.gateway().set(span, |conditions| conditions.activity = activity);
    }

    /// What status commands tell of a span, if it exists.
    pub fn state(&self, span: u32) -> Option<SpanState> {
        self.gateway().radio(span).map(|radio| lock(&radio.conditions).state.clone())
    }

    /// Sets the answer to a USSD code on every span. Codes without one are answered `UNKNOWN APPLICATION`.
    pub fn set_ussd(&self, code: &str, reply: UssdReply) {
        self.set_ussd_menu(code, reply.into());
    }

    /// Sets the menu that a USSD code leads to on every span.
    pub fn set_ussd_menu(&self, code: &str, menu: UssdMenu) {
        lock(&self.gateway().ussd).insert(code.to_owned(), menu);
    }

    /// Sends bytes as they are, as an event of the given class, to every session whose account and mask let it
    /// through, and returns their number. An unknown class reaches nobody.
    pub fn emit(&self, class: &str, frame: &[u8]) -> usize {
        let class = Classes::named(class);
        if class.is_empty() { 0 } else { self.gateway().bus.broadcast(&[(class, frame.into())], class) }
    }

    /// Number of open connections, logged in or not.
    pub fn sessions(&self) -> usize {
        self.gateway().bus.count()
    }

    /// Closes every connection without a word. Commands under way still run to their end, as in a gateway.
    pub fn disconnect_all(&self) {
        self.gateway().bus.disconnect_all();
    }

    /// Closes the listener and every connection. More calls do nothing. The sockets are closed by the runtime a
    /// moment later; [`closed`](Self::closed) waits for that.
    pub fn stop(&self) {
        self.gateway().stop();
    }

    /// Waits until the gateway is stopped and all its sockets are closed, so that its port can be bound again.
    pub async fn closed(&self) {
        self.gateway().tasks.closed().await;
    }
}

async fn accept(gateway: Arc<Gateway>, listener: TcpListener, task: watch::Receiver<()>) {
    loop {
        let accepted = tokio::select! {
            () = gateway.stop.notified() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => session::spawn(&gateway, stream),
            // Most likely out of file descriptors, which takes a while to pass.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    drop(listener);
    drop(task);
}

/// The driver of a model, which is chosen here alone.
fn driver_of(model: Model) -> Box<dyn Driver> {
    match model {
        Model::OpenVox | Model::OpenVoxFirmware | Model::OpenVox2013 | Model::Allo => Box::new(ChanExtra),
        Model::Yeastar => Box::new(YeastarDriver),
        Model::Dongle | Model::Quectel => Box::new(ChanDongle::default()),
    }
}
