//! One GSM port: its state, what becomes of what is sent through it, and how long that takes.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::named_enum::named;
use super::outcome::Outcome;
use super::ussd_menu::UssdMenu;
use crate::lock::lock;

/// What a port says of its SIM card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sim {
    /// It works.
    #[default]
    Ready,
    /// There is none.
    Missing,
    /// Its PIN is wrong.
    PinError,
}

named! { Sim, "state of a SIM card": Ready = "ready", Missing = "missing", PinError = "pin-error" }

/// What a port says of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// Not registered, and not searching.
    NotRegistered,
    /// Registered in the home network.
    #[default]
    Home,
    /// Searching for a network.
    Searching,
    /// The network refused.
    Denied,
    /// Nothing is known.
    Unknown,
    /// Registered in another network.
    Roaming,
}

named! { Registration, "registration":
    NotRegistered = "not-registered",
    Home = "home",
    Searching = "searching",
    Denied = "denied",
    Unknown = "unknown",
    Roaming = "roaming",
}

/// The work of a dongle, as its driver shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activity {
    /// Nothing that is shown; an SMS that is being sent is not.
    #[default]
    Free,
    /// It reads an SMS.
    Sms,
    /// It rings.
    Ring,
    /// Another call waits.
    Waiting,
    /// It dials.
    Dialing,
    /// A call that it made is up.
    Outgoing,
    /// A call that it was given is up.
    Incoming,
    /// A call is on hold.
    Held,
}

named! { Activity, "activity":
    Free = "free",
    Sms = "sms",
    Ring = "ring",
    Waiting = "waiting",
    Dialing = "dialing",
    Outgoing = "outgoing",
    Incoming = "incoming",
    Held = "held",
}

impl Activity {
    pub(super) fn words(self) -> &'static str {
        match self {
            Activity::Free => "Free",
            Activity::Sms => "SMS",
            Activity::Ring => "Ring",
            Activity::Waiting => "Waiting",
            Activity::Dialing => "Dialing",
            Activity::Outgoing => "Outgoing",
            Activity::Incoming => "Incoming",
            Activity::Held => "Held",
        }
    }
}

impl Registration {
    pub(super) fn words(self) -> &'static str {
        match self {
            Registration::NotRegistered => "Not registered",
            Registration::Home => "Registered (Home network)",
            Registration::Searching => "Searching",
            Registration::Denied => "Registration denied",
            Registration::Unknown => "Unknown",
            Registration::Roaming => "Registered (Roaming)",
        }
    }
}

/// What status commands tell of a port. It sends while it is on, with a working SIM card, registered, and in reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanState {
    /// Whether it is on.
    pub power: bool,
    /// The state of its SIM card.
    pub sim: Sim,
    /// Its registration.
    pub registration: Registration,
    /// 0 (no signal) to 31.
    pub signal: u8,
    /// Bit errors: 0 to 7, or -1 if not known.
    pub bit_errors: i8,
    /// Name of the network.
    pub network: String,
}

impl Default for SpanState {
    fn default() -> Self {
        SpanState {
            power: true,
            sim: Sim::default(),
            registration: Registration::default(),
            signal: 23,
            bit_errors: 0,
            network: "SIMULATED".into(),
        }
    }
}

impl SpanState {
    pub(super) fn is_ready(&self) -> bool {
        let registered = matches!(self.registration, Registration::Home | Registration::Roaming);
        self.power && self.sim == Sim::Ready && registered && self.signal > 0
    }
}

/// One GSM port.
pub(super) struct Radio {
    pub(super) conditions: Mutex<Conditions>,
    /// Held while something is on the air; fair, so that messages leave in order.
    pub(super) air: tokio::sync::Mutex<()>,
    pub(super) sms_busy: AtomicBool,
    pub(super) ussd_busy: AtomicBool,
    /// Whether the network took the message that it was last heard of. There is one place for it: a command that
    /// waits takes the first result for its own, even if it is that of another message.
    pub(super) result: watch::Sender<bool>,
    /// Dongles: how often the driver has begun anew, and let go of what it had.
    pub(super) restarts: watch::Sender<u64>,
    /// Dongles: whether the driver was told to let go of the device.
    pub(super) stopped: AtomicBool,
    /// The network's reference of the next SMS.
    pub(super) references: AtomicU8,
    /// The USSD menu that an answer is wanted to.
    pub(super) menu: Mutex<Option<UssdMenu>>,
}

pub(super) struct Conditions {
    pub(super) state: SpanState,
    pub(super) activity: Activity,
    pub(super) settings: Settings,
    pub(super) outcome: Outcome,
    pub(super) next: VecDeque<Outcome>,
    pub(super) rates: Vec<(Outcome, f64)>,
    pub(super) latency: (Duration, Duration),
    /// Generators of their own, so that neither depends on how often the other was asked.
    outcomes: Random,
    latencies: Random,
}

/// What `gsm set send sms` sets.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) text_mode: bool,
    pub(super) coding: String,
    pub(super) smsc: String,
}

impl Radio {
    pub(super) fn new(seed: u64) -> Radio {
        let settings = Settings { text_mode: false, coding: "utf-8".into(), smsc: String::new() };
        let mut seeds = Random(seed);
        Radio {
            conditions: Mutex::new(Conditions {
                state: SpanState::default(),
                activity: Activity::default(),
                settings,
                outcome: Outcome::default(),
                next: VecDeque::new(),
                rates: Vec::new(),
                latency: (Duration::ZERO, Duration::ZERO),
                outcomes: Random(seeds.next()),
                latencies: Random(seeds.next()),
            }),
            air: tokio::sync::Mutex::default(),
            sms_busy: AtomicBool::new(false),
            ussd_busy: AtomicBool::new(false),
            result: watch::Sender::new(false),
            restarts: watch::Sender::new(0),
            stopped: AtomicBool::new(false),
            references: AtomicU8::new(0),
            menu: Mutex::default(),
        }
    }

    /// What becomes of the next message: as scripted, else by chance, else as always.
    pub(super) fn next_outcome(&self) -> Outcome {
        let conditions = &mut *lock(&self.conditions);
        if let Some(outcome) = conditions.next.pop_front() {
            return outcome;
        }
        let mut left = if conditions.rates.is_empty() { 1.0 } else { conditions.outcomes.fraction() };
        for (outcome, rate) in &conditions.rates {
            left -= rate;
            if left < 0.0 {
                return *outcome;
            }
        }
        conditions.outcome
    }

    pub(super) fn is_ready(&self) -> bool {
        lock(&self.conditions).state.is_ready()
    }

    pub(super) fn settings(&self) -> Settings {
        lock(&self.conditions).settings.clone()
    }

    /// Takes as long as the network does.
    pub(super) async fn pass(&self) {
        let latency = {
            let conditions = &mut *lock(&self.conditions);
            let (shortest, longest) = conditions.latency;
            let range = longest.saturating_sub(shortest);
            if range.is_zero() { shortest } else { shortest + range.mul_f64(conditions.latencies.fraction()) }
        };
        // Even a sleep of no length waits for the timer's next tick.
        if !latency.is_zero() {
            sleep(latency).await;
        }
    }
}

/// A mark that one synchronous command at a time can hold.
pub(super) struct InUse<'a>(&'a AtomicBool);

impl InUse<'_> {
    pub(super) fn take(mark: &AtomicBool) -> Option<InUse<'_>> {
        (!mark.swap(true, Ordering::AcqRel)).then(|| InUse(mark))
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// At least 0 and less than 1.
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripted_outcomes_come_first_then_chance() {
        let radio = Radio::new(7);
        let outcomes = |count| (0..count).map(|_| radio.next_outcome()).collect::<Vec<_>>();
        lock(&radio.conditions).next.extend([Outcome::Busy, Outcome::Lost]);
        lock(&radio.conditions).rates = vec![(Outcome::Failed, 0.25), (Outcome::Late, 0.25)];
        assert_eq!(outcomes(2), [Outcome::Busy, Outcome::Lost]);
        let drawn = outcomes(1000);
        for (outcome, least, most) in
            [(Outcome::Failed, 200, 300), (Outcome::Late, 200, 300), (Outcome::Sent, 450, 550)]
        {
            let count = drawn.iter().filter(|other| **other == outcome).count();
            assert!((least..most).contains(&count), "{outcome:?}: {count}");
        }
        let again = Radio::new(7);
        lock(&again.conditions).rates = lock(&radio.conditions).rates.clone();
        assert!(drawn.iter().all(|outcome| again.next_outcome() == *outcome));
        lock(&again.conditions).rates = vec![(Outcome::Failed, 1.0)];
        assert!((0..100).all(|_| again.next_outcome() == Outcome::Failed));
    }
}
