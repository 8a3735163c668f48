//! A gateway as its sessions and handles share it, its driver, and the commands of that. They know each other, so they are in one
//! file.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::sync::{Notify, watch};

use super::actions::{self, Action};
use super::argument::integer;
use super::bus::Bus;
use super::classes::Classes;
use super::incoming::{Incoming, Report};
use super::model::Core;
use super::options::Options;
use super::pdu::Part;
use super::radio::{Conditions, Radio, SpanState};
use super::request::Request;
use super::sent::{AiredSms, SentSms};
use super::ussd_menu::UssdMenu;
use crate::lock::lock;

/// The driver of a gateway's modems, which makes models differ: its commands, actions and events.
pub(super) trait Driver: Send + Sync {
    /// Its own commands.
    fn commands(&self, options: &Options) -> &'static [Entry];

    /// True if the gateway has the action `Command` and, behind it, Asterisk's own commands.
    fn has_core_commands(&self) -> bool {
        true
    }

    /// Its own actions.
    fn actions(&self, _options: &Options) -> Vec<Action> {
        Vec::new()
    }

    /// The frames that answer an action, whose name is in small letters. Nothing if the action is not its own.
    fn act(&self, _gateway: &Arc<Gateway>, _action: &str, _request: &Request) -> Option<Vec<u8>> {
        None
    }

    /// Sends the events of an SMS that came in as these parts, and returns the number of sessions that see them.
    fn tell(&self, gateway: &Gateway, span: u32, message: &Incoming, parts: &[Part]) -> usize;

    /// Sends the events of a USSD text that nobody asked for, and returns the number of sessions that see them.
    fn tell_ussd(&self, _gateway: &Gateway, _span: u32, _text: &str, _responses: u8) -> usize {
        0
    }

    /// Sends the delivery report of an SMS, and returns the number of sessions that see it.
    fn tell_report(&self, _gateway: &Gateway, _span: u32, _report: &Report) -> usize {
        0
    }

    /// Sends the events of a port whose state was changed.
    fn tell_change(&self, _gateway: &Gateway, _span: u32, _before: &SpanState, _after: &SpanState) {}

    /// The processor that Asterisk was built for.
    fn machine(&self) -> &'static str {
        "blackfin"
    }
}

/// A gateway, as its sessions, its handles and its driver share it.
pub(super) struct Gateway {
    pub(super) options: Options,
    pub(super) driver: Box<dyn Driver>,
    pub(super) port: u16,
    pub(super) started: SystemTime,
    pub(super) read: Classes,
    pub(super) write: Classes,
    pub(super) radios: Vec<Radio>,
    /// Number of channels created so far.
    pub(super) channels: AtomicU64,
    /// Number of messages that came in so far.
    pub(super) messages: AtomicU64,
    pub(super) bus: Bus,
    pub(super) sent: Mutex<Vec<SentSms>>,
    pub(super) aired: Mutex<Vec<AiredSms>>,
    pub(super) ussd: Mutex<HashMap<String, UssdMenu>>,
    pub(super) variables: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(super) database: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(super) stop: Notify,
    /// Every task that owns a socket holds a receiver.
    pub(super) tasks: watch::Sender<()>,
}

impl Gateway {
    pub(super) fn new(options: Options, driver: Box<dyn Driver>, port: u16) -> Gateway {
        Gateway {
            driver,
            port,
            started: SystemTime::now(),
            read: Classes::named(&options.read),
            write: Classes::named(&options.write),
            radios: (0..options.spans).map(|index| Radio::new(options.seed ^ u64::from(index) << 32)).collect(),
            channels: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            bus: Bus::new(options.backlog),
            sent: Mutex::default(),
            aired: Mutex::default(),
            ussd: Mutex::default(),
            variables: Mutex::default(),
            database: Mutex::default(),
            stop: Notify::new(),
            tasks: watch::Sender::new(()),
            options,
        }
    }

    pub(super) fn core(&self) -> Core {
        self.options.core.unwrap_or(self.options.model.core())
    }

    /// All actions that there are.
    pub(super) fn actions(&self) -> Vec<Action> {
        let has_commands = self.driver.has_core_commands();
        let core = actions::core().filter(|action| has_commands || action.name != "Command");
        core.chain(self.driver.actions(&self.options)).collect()
    }

    pub(super) fn spans(&self) -> RangeInclusive<u32> {
        let first = self.options.model.first_span();
        first..=first + self.options.spans - 1
    }

    pub(super) fn radio(&self, span: u32) -> Option<&Radio> {
        self.radios.get(span.checked_sub(self.options.model.first_span())? as usize)
    }

    pub(super) fn set(&self, span: u32, change: impl FnOnce(&mut Conditions)) {
        if let Some(radio) = self.radio(span) {
            change(&mut lock(&radio.conditions));
        }
    }

    /// The span that has the number.
    pub(super) fn owner(&self, number: &str) -> Option<u32> {
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

    /// Notes a message that is to be sent; returns its place.
    pub(super) fn note(&self, sms: SentSms) -> usize {
        let mut sent = lock(&self.sent);
        sent.push(sms);
        sent.len() - 1
    }

    /// The time that a request's number of seconds stands for.
    pub(super) fn seconds(&self, seconds: i64) -> Duration {
        self.options.second.saturating_mul(u32::try_from(seconds.max(0)).unwrap_or(u32::MAX))
    }

    /// Between a driver's attempts to send.
    pub(super) fn retry(&self) -> Duration {
        self.seconds(2).max(Duration::from_millis(1))
    }

    pub(super) fn stop(&self) {
        self.bus.stop();
        self.stop.notify_one();
    }
}

/// A command that a gateway knows.
pub(super) struct Entry {
    /// With `gsm` or `dongle` for the first word, whatever the model calls it.
    pub(super) words: &'static str,
    /// What the usage text says behind the words.
    pub(super) arguments: &'static str,
    pub(super) about: &'static str,
    pub(super) run: Run,
}

impl Entry {
    pub(super) const fn new(words: &'static str, arguments: &'static str, about: &'static str, run: Run) -> Entry {
        Entry { words, arguments, about, run }
    }

    /// The words as the model spells them.
    pub(super) fn spelled(&self, gateway: &Gateway) -> String {
        match self.words.split_once(' ') {
            Some(("gsm" | "dongle", rest)) => format!("{} {rest}", gateway.options.model.word()),
            _ => self.words.to_owned(),
        }
    }

    /// What is printed when the arguments are wrong (known word for word of `sync sms`).
    pub(super) fn usage(&self, gateway: &Gateway) -> String {
        let blank = if self.arguments.is_empty() { "" } else { " " };
        format!("Usage: {}{blank}{}{blank}\n       {}\n", self.spelled(gateway), self.arguments, self.about)
    }
}

/// The function of a command.
pub(super) enum Run {
    Immediate(fn(&Call<'_>) -> Printed),
    /// For one that waits for the network.
    Waiting(for<'a> fn(&'a Call<'a>) -> Running<'a>),
}

pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Printed> + Send + 'a>>;

/// Why a command is refused.
pub(super) enum Refusal {
    /// The usage text is printed.
    Usage,
    /// This is printed, and that the command failed.
    Failed(String),
}

/// What a command prints.
pub(super) type Printed = Result<String, Refusal>;

/// A command that is being run.
pub(super) struct Call<'a> {
    pub(super) gateway: &'a Arc<Gateway>,
    /// The words of the command as the model spells them.
    pub(super) words: String,
    pub(super) arguments: &'a [Vec<u8>],
    pub(super) action_id: &'a [u8],
}

impl<'a> Call<'a> {
    /// The port that an argument names, or what is printed instead.
    pub(super) fn span(&self, argument: &[u8]) -> Result<(u32, &'a Radio), Refusal> {
        let number = integer(argument).unwrap_or(0);
        let found = u32::try_from(number).ok().and_then(|span| Some((span, self.gateway.radio(span)?)));
        found.ok_or_else(|| {
            let spans = self.gateway.spans();
            let (first, last) = (spans.start(), spans.end());
            Refusal::Failed(format!("Invalid span '{number}'.  Should be a number from {first} to {last}\n"))
        })
    }
}
