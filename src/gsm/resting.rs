//! Ports that are in use or rest, for all gateways and clients of the process.
//!
//! Drivers tell the result of an SMS by port, not by message, and a USSD reply names no code. So one message at a time waits
//! for its result at a port, and after one whose result may still come nothing else does until that is over.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::sleep_until;

use super::address::Address;
use super::process::PerProcess;
use super::request::Port;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::lock;
use crate::protocol::later;

/// A port that goes on saying that it is sending rests no longer than this.
const LONGEST: Duration = Duration::from_secs(60);
/// At most so many ports are remembered.
const MOST: usize = 10_000;

/// The purpose that a port is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// An SMS whose result the port tells.
    Result,
    /// An SMS that is only handed over, of whose result nothing is waited for. Several may be, one after the other.
    HandOver,
    /// A USSD code.
    Ussd,
}

/// The state that a port is left in when it is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing: the result is known, or nothing was written.
    Nothing,
    /// A message whose result nobody waits for, and which the port may tell all the same.
    HandedOver,
    /// A message or code whose outcome is unknown. The gateway may be at it for so long.
    Unknown(Duration),
}

/// A port for SMS, or the same for USSD; neither disturbs the other.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    gateway: Address,
    port: Port,
    is_ussd: bool,
}

#[derive(Clone, Copy)]
struct Rest {
    until: Instant,
    /// From then on it is over, whatever the port says of itself.
    longest: Instant,
    length: Duration,
}

impl Rest {
    fn new(busy: Duration, length: Duration) -> Rest {
        let until = later(later(Instant::now(), busy), length);
        Rest { until, longest: later(until, LONGEST), length }
    }
}

#[derive(Default)]
struct State {
    /// A message that waits for its result.
    is_taken: bool,
    handing_over: usize,
    unknown: Option<Rest>,
    handed_over: Option<Rest>,
}

impl State {
    fn is_in_use(&self) -> bool {
        self.is_taken || self.handing_over > 0
    }

    /// The reason why a purpose has to wait.
    fn rest(&self, purpose: Purpose) -> Option<Rest> {
        // Of messages handed over, the results are not taken for those of others handed over.
        let handed_over = self.handed_over.filter(|_| purpose == Purpose::Result);
        self.unknown.into_iter().chain(handed_over).max_by_key(|rest| rest.until)
    }

    fn is_over(&self, now: Instant) -> bool {
        let is_over = |rest: Option<Rest>| rest.is_none_or(|rest| rest.longest <= now);
        !self.is_in_use() && is_over(self.unknown) && is_over(self.handed_over)
    }
}

#[derive(Default)]
struct Shared {
    ports: Mutex<Ports>,
    /// Notified when a port is released.
    released: Notify,
}

static SHARED: PerProcess<Shared> = PerProcess::new();

fn ports() -> MutexGuard<'static, Ports> {
    lock(&SHARED.get().ports)
}

/// Notified when a port of any gateway is released.
pub(super) fn released() -> &'static Notify {
    &SHARED.get().released
}

/// The ports of all gateways that are in use or rest.
#[derive(Default)]
struct Ports {
    states: HashMap<Key, State>,
    /// At this size the ports whose rest is over are forgotten.
    forget_at: usize,
}

impl Ports {
    fn take(&mut self, key: &Key, purpose: Purpose, ignores_rests: bool) -> Result<bool, Wait> {
        let now = Instant::now();
        if let Some(state) = self.states.get_mut(key) {
            if state.is_taken || purpose != Purpose::HandOver && state.is_in_use() {
                return Err(Wait::InUse);
            }
            let rest = state.rest(purpose).filter(|rest| !ignores_rests && rest.longest > now);
            if let Some(rest) = rest.filter(|rest| rest.until > now) {
                return Err(Wait::Rests(rest.until));
            }
            state.add(purpose);
            return Ok(rest.is_some() && purpose != Purpose::Ussd);
        }
        if self.states.len() >= self.forget_at.max(1024) {
            self.states.retain(|_, state| !state.is_over(now));
            self.forget_at = 2 * self.states.len();
        }
        if self.states.len() >= MOST {
            return Err(Wait::Full);
        }
        self.states.entry(key.clone()).or_default().add(purpose);
        Ok(false)
    }

    fn release(&mut self, key: &Key, purpose: Purpose, left: Left, length: Duration) {
        let Some(state) = self.states.get_mut(key) else { return };
        match purpose {
            Purpose::HandOver => state.handing_over -= 1,
            _ => state.is_taken = false,
        }
        let (rest, new) = match left {
            _ if length.is_zero() => (None, None),
            Left::Nothing => (None, None),
            Left::HandedOver => (Some(&mut state.handed_over), Some(Rest::new(Duration::ZERO, length))),
            Left::Unknown(busy) => (Some(&mut state.unknown), Some(Rest::new(busy, length))),
        };
        if let (Some(rest), Some(new)) = (rest, new) {
            *rest = Some(rest.filter(|rest| rest.until > new.until).unwrap_or(new));
        }
        if state.is_over(Instant::now()) {
            self.states.remove(key);
        }
    }
}

impl State {
    fn add(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::HandOver => self.handing_over += 1,
            _ => self.is_taken = true,
        }
    }
}

/// Why a port cannot be had now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Another message is under way there.
    InUse,
    /// It rests until then.
    Rests(Instant),
    /// Too many others are in use or rest.
    Full,
}

/// A port of a gateway, for whoever sends there.
#[derive(Clone)]
pub(super) struct Place {
    gateway: Address,
    port: Port,
    /// The rest after this sender's messages. Without any, this sender waits for no rests either.
    rest: Duration,
}

impl Place {
    pub fn new(gateway: Address, port: &Port, rest: Duration) -> Place {
        // Drivers compare the names of ports without case.
        let port = match port {
            Port::Name(name) => Port::Name(name.to_ascii_lowercase().into()),
            port => port.clone(),
        };
        Place { gateway, port, rest }
    }

    /// The rest of the port after this sender's messages.
    pub fn rest(&self) -> Duration {
        self.rest
    }

    /// Says that a message that waits for its result would wait for the port to have rested.
    pub fn rests(&self) -> bool {
        let key = Key { gateway: self.gateway.clone(), port: self.port.clone(), is_ussd: false };
        let rest = ports().states.get(&key).and_then(|state| state.rest(Purpose::Result));
        !self.rest.is_zero() && rest.is_some_and(|rest| rest.until > Instant::now())
    }

    /// The port, if it can be had now.
    pub fn take(&self, purpose: Purpose) -> Result<TakenPort, Wait> {
        let is_ussd = purpose == Purpose::Ussd;
        let key = Key { gateway: self.gateway.clone(), port: self.port.clone(), is_ussd };
        let asks = ports().take(&key, purpose, self.rest.is_zero())?;
        Ok(TakenPort { key, purpose, rest: self.rest, asks, left: Left::Nothing })
    }

    /// The port as soon as it can be had, but not after this time; nothing is sent then.
    pub async fn taken_by(&self, purpose: Purpose, until: Instant) -> Result<TakenPort> {
        loop {
            // Made before the question, so that no release in between is missed.
            let mut released = std::pin::pin!(released().notified());
            released.as_mut().enable();
            let wait = match self.take(purpose) {
                Ok(taken) => return Ok(taken),
                Err(wait) => wait,
            };
            let look_again = match wait {
                Wait::Rests(end) => end.min(until),
                Wait::InUse | Wait::Full => until,
            };
            if look_again <= Instant::now() || matches!(wait, Wait::Rests(end) if end > until) {
                return Err(self.refusal(purpose, wait));
            }
            tokio::select! {
                () = released => {}
                () = sleep_until(look_again.into()) => {}
            }
        }
    }

    /// Why nothing was sent.
    pub fn refusal(&self, purpose: Purpose, wait: Wait) -> Error {
        let port = &self.port;
        let (kind, what) = match purpose {
            Purpose::Ussd => (ErrorKind::Ussd, "USSD code"),
            _ => (ErrorKind::SmsBusy, "SMS"),
        };
        match wait {
            Wait::InUse => {
                let text =
                    format!("port {port} is sending another {what} of this process; nothing was sent, try again");
                Error::new(kind, text)
            }
            Wait::Rests(until) => {
                let rest = until.saturating_duration_since(Instant::now()).as_secs() + 1;
                let text = format!(
                    "port {port} rests for another {rest} s, as it may still tell the result of an earlier {what}; nothing \
                     was sent, try again then"
                );
                Error::new(kind, text)
            }
            Wait::Full => {
                let text = format!("{MOST} ports are in use or rest; nothing was sent, try again later");
                Error::new(ErrorKind::Overflow, text)
            }
        }
    }
}

/// A port that is in use; dropping it releases it.
pub(super) struct TakenPort {
    key: Key,
    purpose: Purpose,
    rest: Duration,
    asks: bool,
    left: Left,
}

impl TakenPort {
    /// Tells whether the port has rested, and is to be asked whether it is still sending.
    pub fn is_to_be_asked(&self) -> bool {
        self.asks
    }

    /// The port said whether it is still sending. If so it rests once more, and is not to be used now.
    pub fn said(&mut self, is_sending: bool) {
        self.asks = is_sending;
        let mut ports = ports();
        let Some(state) = ports.states.get_mut(&self.key) else { return };
        for rest in [&mut state.unknown, &mut state.handed_over] {
            *rest = rest.filter(|_| is_sending).map(|rest| Rest { until: later(Instant::now(), rest.length), ..rest });
        }
    }

    /// For the answer to a command whose caller may have gone.
    pub fn late_answer(&self) -> LateAnswer {
        LateAnswer(self.key.clone())
    }

    /// Sets what is left at the port if it is released from now on.
    pub fn leave(&mut self, left: Left) {
        self.left = left;
    }
}

/// Tells that a gateway is over with a command, where its caller had given up and the port rests for as long as the gateway might
/// have been at it.
pub(super) struct LateAnswer(Key);

impl LateAnswer {
    pub fn came(self) {
        if let Some(state) = ports().states.get_mut(&self.0) {
            state.unknown = state.unknown.map(|rest| {
                let new = Rest::new(Duration::ZERO, rest.length);
                if new.until < rest.until { new } else { rest }
            });
        }
        released().notify_waiters();
    }
}

impl Drop for TakenPort {
    fn drop(&mut self) {
        ports().release(&self.key, self.purpose, self.left, self.rest);
        released().notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Config;

    const REST: Duration = Duration::from_secs(5);

    /// A port of its own for each test.
    fn place(host: &str) -> Place {
        Place::new(Address::of(&Config::new(host, "", "")), &1.into(), REST)
    }

    fn leave(place: &Place, purpose: Purpose, left: Left) {
        let mut taken = place.take(purpose).unwrap_or_else(|wait| panic!("it is {wait:?}"));
        taken.leave(left);
    }

    fn rests_for(place: &Place, purpose: Purpose) -> Option<u64> {
        match place.take(purpose) {
            Err(Wait::Rests(until)) => Some(until.duration_since(Instant::now()).as_secs_f64().ceil() as u64),
            Err(wait) => panic!("it is {wait:?}"),
            Ok(_) => None,
        }
    }

    #[test]
    fn one_message_at_a_time_waits_for_a_result() {
        let place = place("one.invalid");
        let taken = place.take(Purpose::Result).unwrap_or_else(|wait| panic!("{wait:?}"));
        for purpose in [Purpose::Result, Purpose::HandOver] {
            assert_eq!(place.take(purpose).err(), Some(Wait::InUse));
        }
        assert!(place.take(Purpose::Ussd).is_ok(), "USSD is told apart");
        drop(taken);
        let several = [(); 2].map(|()| place.take(Purpose::HandOver));
        assert!(several.iter().all(Result::is_ok));
        assert_eq!(place.take(Purpose::Result).err(), Some(Wait::InUse));
        drop(several);
        assert!(place.take(Purpose::Result).is_ok());
    }

    #[test]
    fn resting_depends_on_the_state_that_was_left() {
        let place = place("left.invalid");
        leave(&place, Purpose::HandOver, Left::HandedOver);
        assert_eq!((rests_for(&place, Purpose::Result), rests_for(&place, Purpose::HandOver)), (Some(5), None));
        leave(&place, Purpose::HandOver, Left::Unknown(Duration::from_secs(20)));
        assert_eq!((rests_for(&place, Purpose::Result), rests_for(&place, Purpose::HandOver)), (Some(25), Some(25)));
        assert_eq!(rests_for(&place, Purpose::Ussd), None);
        // Whoever has switched rests off neither leaves one nor waits for one.
        let hasty = Place { rest: Duration::ZERO, ..place.clone() };
        leave(&hasty, Purpose::Result, Left::Unknown(REST));
        assert_eq!(rests_for(&place, Purpose::Result), Some(25));
    }

    #[test]
    fn resting_begins_again_for_a_port_that_is_still_sending() {
        let place = Place { rest: Duration::from_nanos(1), ..place("still.invalid") };
        leave(&place, Purpose::Result, Left::Unknown(Duration::ZERO));
        std::thread::sleep(Duration::from_millis(1));
        let mut taken = place.take(Purpose::Result).unwrap_or_else(|wait| panic!("{wait:?}"));
        assert!(taken.is_to_be_asked());
        taken.said(true);
        drop(taken);
        std::thread::sleep(Duration::from_millis(1));
        let mut taken = place.take(Purpose::Result).unwrap_or_else(|wait| panic!("{wait:?}"));
        assert!(taken.is_to_be_asked());
        taken.said(false);
        drop(taken);
        let taken = place.take(Purpose::Result).unwrap_or_else(|wait| panic!("{wait:?}"));
        assert!(!taken.is_to_be_asked());
    }

    #[test]
    fn ports_are_forgotten_and_their_number_is_bounded() {
        let mut ports = Ports::default();
        let key = |number: u32| Key { gateway: place("many.invalid").gateway, port: number.into(), is_ussd: false };
        for number in 0..5000 {
            assert!(ports.take(&key(number), Purpose::Result, false).is_ok());
            ports.release(&key(number), Purpose::Result, Left::Nothing, REST);
        }
        assert!(ports.states.is_empty());
        for number in 0..MOST as u32 {
            assert!(ports.take(&key(number), Purpose::Result, false).is_ok());
            ports.release(&key(number), Purpose::Result, Left::Unknown(Duration::ZERO), REST);
        }
        assert_eq!(ports.take(&key(MOST as u32), Purpose::Result, false), Err(Wait::Full));
    }
}
