//! Keeps the channels, the states of devices and the members of queues as they are on the server, also after a lost
//! connection, and prints what changes: live_state HOST PORT USER SECRET

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use ami::{Action, Client, Config, Error, ErrorKind, Event, Filter, MessageKind, Reconnect};

// [kinds]
/// Things of one kind. `A/B` stands for a header that is called A or B.
struct Kind {
    name: &'static str,
    /// The action whose answer has all of them.
    listed_by: &'static str,
    /// The event of each of them in that answer.
    entry: &'static str,
    /// What tells of one that has come or changed.
    events: &'static [&'static str],
    /// What tells that one is gone.
    gone: &'static [&'static str],
    key: &'static [&'static str],
    facts: &'static [&'static str],
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "channel",
        listed_by: "CoreShowChannels",
        entry: "CoreShowChannel",
        events: &["Newchannel", "Newstate", "Rename"],
        gone: &["Hangup"],
        key: &["Uniqueid"],
        facts: &["Newname/Channel", "ChannelStateDesc"],
    },
    Kind {
        name: "device",
        listed_by: "DeviceStateList",
        entry: "DeviceStateChange",
        events: &["DeviceStateChange"],
        gone: &[],
        key: &["Device"],
        facts: &["State"],
    },
    Kind {
        name: "member",
        listed_by: "QueueStatus",
        entry: "QueueMember",
        events: &["QueueMemberAdded", "QueueMemberStatus", "QueueMemberPause"],
        gone: &["QueueMemberRemoved"],
        key: &["Queue", "Interface/Location"],
        facts: &["Status", "Paused"],
    },
];
// [/kinds]

/// The name of the kind and the values of its key.
type Key = (&'static str, Vec<String>);

/// The values of these headers; empty for one that is missing.
fn values(event: &Event, names: &[&str]) -> Vec<String> {
    let value = |names: &&str| names.split('/').find_map(|name| event.text(name)).unwrap_or_default().into_owned();
    names.iter().map(value).collect()
}

fn is_among(event: &Event, names: &[&str]) -> bool {
    names.iter().any(|name| event.is(name))
}

// [view]
/// All that the server has, kept by its events.
struct LiveState {
    client: Client,
    found: HashMap<Key, Vec<String>>,
}

impl LiveState {
    /// Takes the facts of an event, and returns the key of what it tells of.
    fn put(&mut self, kind: &Kind, event: &Event) -> Key {
        let key = (kind.name, values(event, kind.key));
        let mut facts = values(event, kind.facts);
        let before = self.found.get(&key);
        for (fact, old) in facts.iter_mut().zip(before.into_iter().flatten()) {
            // What an event leaves out stays as it is.
            if fact.is_empty() {
                fact.clone_from(old);
            }
        }
        if before != Some(&facts) {
            println!("{} {} is {}", key.0, key.1.join(" "), facts.join(" "));
            self.found.insert(key.clone(), facts);
        }
        key
    }

    fn drop(&mut self, key: &Key) {
        if self.found.remove(key).is_some() {
            println!("{} {} is gone", key.0, key.1.join(" "));
        }
    }

    fn apply(&mut self, event: &Event) {
        for kind in &KINDS {
            if is_among(event, kind.events) {
                self.put(kind, event);
            } else if is_among(event, kind.gone) {
                self.drop(&(kind.name, values(event, kind.key)));
            }
        }
    }
    // [/view]

    // [rebuild]
    /// Asks for everything, and forgets what is not there any more.
    async fn list_all(&mut self) -> Result<(), Error> {
        let mut listed = HashSet::new();
        for kind in &KINDS {
            // Older servers, and those without the module, do not have each list.
            if self.client.can(kind.listed_by).await? {
                let response = self.client.call(&Action::new(kind.listed_by)).await?;
                for entry in response.events().iter().filter(|entry| entry.is(kind.entry)) {
                    listed.insert(self.put(kind, entry));
                }
            }
        }
        let gone: Vec<Key> = self.found.keys().filter(|key| !listed.contains(*key)).cloned().collect();
        for key in &gone {
            self.drop(key);
        }
        println!("complete: {}", self.found.len());
        Ok(())
    }

    /// Lists all, as events are missing.
    async fn rebuild(&mut self) -> Result<(), Error> {
        loop {
            match self.list_all().await {
                // Lost again: another gap comes once there is a connection.
                Err(error) if error.kind() == ErrorKind::Disconnected => return Ok(()),
                // No answer in time; to ask twice does no harm.
                Err(error) if matches!(error.kind(), ErrorKind::OutcomeUnknown | ErrorKind::Timeout) => {}
                listed => return listed,
            }
        }
    }
    // [/rebuild]
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret] = arguments.as_slice() else {
        return Err("usage: live_state HOST PORT USER SECRET".into());
    };
    let again = Reconnect::new(Duration::from_secs(1), Duration::from_secs(60));
    // [main]
    let client = Client::new(Config::new(host, user, secret).port(port.parse()?).reconnect(again))?;
    // Subscribed first: what happens while the lists are read waits in the queue, and is applied to them.
    let names = KINDS.iter().flat_map(|kind| kind.events.iter().chain(kind.gone));
    let mut events = client.subscribe(Filter::names(names.copied().chain(["#gap", "#lagged"]))?)?;
    client.open().await?;
    let mut state = LiveState { client, found: HashMap::new() };
    state.rebuild().await?;
    loop {
        let event = events.next().await?;
        match event.kind() {
            MessageKind::Event => state.apply(&event),
            // A gap: the connection was lost; lagged: this program was too slow.
            _ => state.rebuild().await?,
        }
    }
    // [/main]
}
