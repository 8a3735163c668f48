//! Abilities in which the versions of a driver of modems differ.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use super::names::Dialect;
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::lock::lock;
use crate::protocol::{Action, Response};

/// The way in which a driver takes an SMS, and tells what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::gsm) enum Abilities {
    /// Not known. It is spoken to as to one that [`Abilities::Codes`].
    #[default]
    Unknown,
    /// It undoes C escapes, codes and splits texts, and reports with the payload that it was given.
    Codes,
    /// It takes PDUs, and tells by an id of its own, which is in its answer.
    TakesPdus,
    /// It tells by an id of its own as well, but takes texts only: each as it is, and as one SMS.
    TakesTexts,
}

impl Abilities {
    /// By the actions that the server lists for this account.
    pub fn of_list(dialect: &Dialect, list: &Response) -> Abilities {
        let Some(driver) = dialect.driver() else { return Abilities::Unknown };
        let has = |verb: &str| list.get(&format!("{driver}{verb}")).is_some();
        match (has("SendPDU"), has("SendSMS")) {
            (true, _) => Abilities::TakesPdus,
            (false, true) => Abilities::Codes,
            // An account may be told less than it may do.
            (false, false) => Abilities::Unknown,
        }
    }

    /// By its answer to a text that it took.
    fn of_answer(self, answer: &Response) -> Abilities {
        match self {
            Abilities::TakesPdus => self,
            _ if answer.get("ID").is_some() => Abilities::TakesTexts,
            _ => Abilities::Codes,
        }
    }
}

/// The driver behind a client's link, as far as it is known. Behind the next link there may be another one.
#[derive(Default)]
pub(in crate::gsm) struct Driver(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// The link over which the server was asked, by how many there were before it.
    link: Option<u64>,
    abilities: Abilities,
}

impl Driver {
    fn lock(&self) -> MutexGuard<'_, Known> {
        lock(&self.0)
    }

    /// Its abilities, as far as they are known by now.
    pub fn known(&self) -> Abilities {
        self.lock().abilities
    }

    /// Takes what the server's list of actions says.
    pub fn set(&self, client: &Client, abilities: Abilities) {
        *self.lock() = Known { link: Some(client.stats().reconnects), abilities };
    }

    /// Asks the server, once for each of its links. A server that does not say leaves it unknown.
    ///
    /// # Errors
    /// Those of a link that is down: nothing was asked.
    pub async fn ask(&self, client: &Client, dialect: &Dialect, within: Duration) -> Result<Abilities> {
        let is_asked = |known: &Known| known.link == Some(client.stats().reconnects);
        if dialect.driver().is_none() || is_asked(&self.lock()) {
            return Ok(self.known());
        }
        let abilities = match client.call_within(&Action::new("ListCommands"), within).await {
            Ok(list) => Abilities::of_list(dialect, &list),
            Err(error) if matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::Closed) => return Err(error),
            Err(_) => Abilities::Unknown,
        };
        self.set(client, abilities);
        Ok(abilities)
    }

    /// Takes what its answer to a text shows.
    pub fn learn(&self, answer: &Response) {
        let known = &mut *self.lock();
        known.abilities = known.abilities.of_answer(answer);
    }
}
