//! Ids by which gateways report what became of a message: one message at a time has each.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::address::Address;
use super::process::PerProcess;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::lock;

/// The time for which a report may come after libami gave up waiting for it: a gateway with a queue of its own may need many
/// minutes.
const REST: Duration = Duration::from_secs(600);
/// At most so many ids are remembered.
const MOST: usize = 100_000;

static IDS: PerProcess<Mutex<Ids>> = PerProcess::new();

fn ids() -> MutexGuard<'static, Ids> {
    lock(IDS.get())
}

/// The ids in use, and those that rest.
#[derive(Default)]
struct Ids {
    /// Until when an id rests; `None` while its message is waiting or under way.
    used: HashMap<(Address, Box<str>), Option<Instant>>,
    /// At this size the ids whose rest is over are forgotten.
    forget_at: usize,
}

impl Ids {
    fn forget(&mut self, now: Instant) {
        if self.used.len() >= self.forget_at.max(1024) {
            self.used.retain(|_, until| until.is_none_or(|until| until > now));
            self.forget_at = 2 * self.used.len();
        }
    }
}

/// The use of an id by one message. Dropping it frees the id, or has it rest if the outcome of its message is unknown.
pub(super) struct UsedId {
    key: (Address, Box<str>),
    is_open: bool,
}

impl UsedId {
    /// Takes an id for a message.
    pub fn take(gateway: &Address, id: &str) -> Result<UsedId> {
        let (key, now) = ((gateway.clone(), id.into()), Instant::now());
        let mut ids = ids();
        match ids.used.get(&key) {
            Some(None) => {
                return Err(Error::invalid(format!(
                    "the id {id} is that of a message which has no result yet; this gateway tells results by id, so give \
                     each message its own"
                )));
            }
            Some(Some(until)) if *until > now => {
                return Err(Error::invalid(format!(
                    "the id {id} is that of a message whose result is not known and may still come; this gateway \
                     tells results by id, so give another one, or the same in {} s",
                    until.duration_since(now).as_secs() + 1
                )));
            }
            _ => {}
        }
        ids.forget(now);
        if ids.used.len() >= MOST {
            let text = format!("{MOST} ids of messages are in use; wait for the results of some");
            return Err(Error::new(ErrorKind::Overflow, text));
        }
        ids.used.insert(key.clone(), None);
        Ok(UsedId { key, is_open: false })
    }

    /// Tells whether a report with this id may still come when it is dropped.
    pub fn set_open(&mut self, is_open: bool) {
        self.is_open = is_open;
    }
}

impl Drop for UsedId {
    fn drop(&mut self) {
        let mut ids = ids();
        if self.is_open {
            if let Some(until) = ids.used.get_mut(&self.key) {
                *until = Some(Instant::now() + REST);
            }
        } else {
            ids.used.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Config;

    fn gateway(port: u16) -> Address {
        Address::of(&Config::new("ids.invalid", "", "").port(port))
    }

    #[test]
    fn ids_are_refused_while_their_message_has_no_result() {
        let first = UsedId::take(&gateway(1), "a").expect("free");
        let error = UsedId::take(&gateway(1), "a").err().expect("in use");
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        // Another gateway, or another id, is another matter.
        let _other = UsedId::take(&gateway(2), "a").expect("free");
        let _other = UsedId::take(&gateway(1), "b").expect("free");
        drop(first);
        let mut again = UsedId::take(&gateway(1), "a").expect("free again");
        again.set_open(true);
        drop(again);
        let error = UsedId::take(&gateway(1), "a").err().expect("it rests");
        assert!(error.to_string().contains("600 s"), "{error}");
    }

    #[test]
    fn ids_whose_rest_is_over_are_forgotten() {
        let mut ids = Ids::default();
        let now = Instant::now();
        for number in 0..2000 {
            ids.forget(now + Duration::from_secs(number));
            let key = (gateway(3), number.to_string().into());
            ids.used.insert(key, Some(now + Duration::from_secs(number + 10)));
        }
        assert!(ids.used.len() <= 1100, "{} ids are kept", ids.used.len());
    }
}
