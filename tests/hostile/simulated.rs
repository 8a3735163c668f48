//! Hostile texts through each simulated gateway and a client, with honest ones and actions beside them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ami::gsm::InboxItem;
use ami::simulator::{Coding, Incoming, Model, Options, Simulator, Yeastar};
use ami::{Action, Client, Config, Error, Filter, MessageKind, Response};
use tokio::time::timeout;

use crate::alphabet::driver_texts;
use crate::checks::hostile;
use crate::checks::ledger::{Fault, Faults, Ledger, summary};
use crate::checks::random::Random;
use crate::soak_texts;
use support::clock::PATIENCE;

/// Texts through each gateway, unless more are asked for.
const TEXTS: usize = 500;
/// Hostile texts between two times that everything is waited for.
const TOGETHER: usize = 20;

/// The setup of a gateway, and its way to report incoming SMS.
#[derive(Clone, Default)]
pub struct Setting {
    pub model: Model,
    pub text_mode: bool,
    pub without_variables: bool,
    pub base64_first: bool,
    pub yeastar: Yeastar,
    /// Classes of events that the account may see; all of them if empty.
    pub read: &'static str,
    /// Something may be told as unreadable beside what arrives, or instead of a hostile text.
    pub may_be_unreadable: bool,
}

impl Setting {
    pub fn of(model: Model) -> Setting {
        Setting { model, ..Setting::default() }
    }

    /// The texts that a message has to arrive as. Gateways that hand over PDUs, percents or base64 tell it as it was sent.
    /// A driver that writes the text itself makes each part of a long one a message of its own, in the bytes of the
    /// driver's table, before the text gets to the wire.
    fn expected(&self, message: &Incoming) -> Vec<String> {
        match self.model {
            Model::Yeastar | Model::Dongle | Model::Quectel => vec![message.text.clone()],
            _ if self.text_mode || self.without_variables => {
                driver_texts(&message.text, message.coding == Coding::Ucs2)
            }
            _ => vec![message.text.clone()],
        }
    }

    fn port(&self, span: u32) -> String {
        match self.model {
            Model::Dongle | Model::Quectel => format!("{}{}", self.model.name(), span - 1),
            _ => span.to_string(),
        }
    }

    /// The actions that are called in between: each has an answer that does not change.
    fn actions(&self) -> Vec<Action> {
        let command = |line: &str| Action::new("Command").with("Command", line);
        let own = match self.model {
            Model::Yeastar => vec![Action::new("smscommand").with("Command", "gsm show spans")],
            Model::Dongle => vec![command("dongle show devices"), Action::new("DongleShowDevices")],
            Model::Quectel => vec![command("quectel show devices"), Action::new("QuectelShowDevices")],
            Model::Allo => vec![command("allogsm show spans"), command("core show help allogsm send sms")],
            _ => vec![command("gsm show spans"), command("core show help gsm send sms")],
        };
        [vec![Action::new("Ping"), Action::new("ListCommands"), Action::new("CoreSettings")], own].concat()
    }
}

/// A gateway and its client. What came in is in the ledger.
pub struct Scene {
    setting: Setting,
    pub simulator: Simulator,
    pub client: Client,
    ledger: Arc<Mutex<Ledger>>,
    reading: tokio::task::JoinHandle<()>,
    watching: tokio::task::JoinHandle<()>,
    /// The answer to each action when all was quiet.
    answers: Vec<(Action, String)>,
    count: usize,
}

/// The parts of an answer that do not change.
fn shown(response: &Response) -> String {
    let message = |message: &ami::Message| {
        let headers = message.iter().filter(|(name, _)| {
            !["ActionID", "Timestamp"].iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
        });
        let line = |(name, value): (&[u8], &[u8])| {
            format!("{}: {}\n", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
        };
        headers.map(line).collect::<String>()
    };
    let events: String = response.events().iter().chain(response.end_event()).map(message).collect();
    let output = response.output().map(String::from_utf8_lossy).unwrap_or_default();
    let is_forged = response.get("Timestamp").is_some_and(|time| time.starts_with(b"666"));
    format!("{}{events}{output}{}", message(response.message()), if is_forged { "forged" } else { "" })
}

impl Scene {
    pub async fn open(setting: Setting) -> Scene {
        let read = if setting.read.is_empty() { "all" } else { setting.read };
        let options = Options::default().model(setting.model).yeastar(setting.yeastar).read(read.into());
        let simulator = Simulator::start(options).await.expect("a simulator");
        let config = Config::new("127.0.0.1", "admin", "amp111").port(simulator.port()).action_timeout(PATIENCE / 2);
        let client = timeout(PATIENCE, Client::connect(config)).await.expect("in time").expect("a client");
        let mut answers = Vec::new();
        for action in setting.actions() {
            let answer = timeout(PATIENCE, client.call(&action)).await.expect("in time").expect("an answer");
            answers.push((action, shown(&answer)));
        }
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let mut inbox = client.inbox().expect("an inbox");
        let own = Filter::names(["#gap", "#lagged", "#state"]);
        let mut markers = client.subscribe(own.expect("names")).expect("a subscription");
        let into = Arc::clone(&ledger);
        let reading = tokio::spawn(async move {
            while let Ok(mail) = inbox.next_item().await {
                match mail {
                    InboxItem::Incoming(incoming) => lock(&into).arrived(&incoming),
                    mail => lock(&into).fault(Fault::Marker, format!("in the inbox: {mail:?}")),
                }
            }
        });
        let into = Arc::clone(&ledger);
        let watching = tokio::spawn(async move {
            while let Ok(event) = markers.next().await {
                if event.kind() != MessageKind::State {
                    let name = String::from_utf8_lossy(event.name()).into_owned();
                    lock(&into).fault(Fault::Marker, format!("{name} of the kind {:?}", event.kind()));
                }
            }
        });
        Scene { setting, simulator, client, ledger, reading, watching, answers, count: 0 }
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    fn span(&self, place: usize) -> u32 {
        let spans: Vec<u32> = self.simulator.spans().collect();
        spans[place % spans.len()]
    }

    /// A message comes in.
    fn deliver(&mut self, place: usize, text: &str, coding: Coding, honest: bool) {
        let span = self.span(place);
        self.count += 1;
        let sender = format!("+{}{:07}", if honest { "86136" } else { "44791" }, self.count);
        self.deliver_from(span, &sender, text, coding, honest);
    }

    fn deliver_from(&mut self, span: u32, sender: &str, text: &str, coding: Coding, honest: bool) {
        let message = Incoming::new(sender, text)
            .coding(coding)
            .text_mode(self.setting.text_mode)
            .without_variables(self.setting.without_variables)
            .base64_first(self.setting.base64_first);
        for text in self.setting.expected(&message) {
            self.ledger().sent(&self.setting.port(span), sender, &text, honest);
        }
        self.simulator.deliver(span, &message);
    }

    pub fn hostile(&mut self, place: usize, text: &str) {
        self.deliver(place, text, Coding::Fitting, false);
    }

    /// From a sender of this name.
    pub fn named(&mut self, place: usize, name: &str, text: &str) {
        let span = self.span(place);
        self.deliver_from(span, name, text, Coding::Fitting, true);
    }

    pub fn honest(&mut self, place: usize) {
        let text = format!("honest {}", self.count + 1);
        self.deliver(place, &text, Coding::Fitting, true);
    }

    /// Asks all that there is to ask, side by side; whether it was answered.
    pub async fn ask(&self) -> bool {
        let asked: Vec<_> = self
            .answers
            .iter()
            .map(|(action, answer)| {
                let (client, action, answer) = (self.client.clone(), action.clone(), answer.clone());
                tokio::spawn(async move {
                    let words = match client.call(&action).await {
                        Ok(response) if shown(&response) == answer => return None,
                        Ok(response) => format!("answered {:?}, not {answer:?}", shown(&response)),
                        Err(error) => error.to_string(),
                    };
                    Some(format!("{}: {words}", action.name()))
                })
            })
            .collect();
        let mut is_answered = true;
        for asked in asked {
            if let Some(words) = asked.await.expect("no panic") {
                self.ledger().fault(Fault::Action, words);
                is_answered = false;
            }
        }
        is_answered
    }

    /// Waits until all has arrived, as long as something does arrive.
    pub async fn until_arrived(&self) {
        let (mut missing, mut waits) = (usize::MAX, 0);
        while missing > 0 && waits < 2000 && self.client.is_open() {
            let left = self.ledger().missing();
            waits = if left < missing { 0 } else { waits + 1 };
            missing = left;
            tokio::time::sleep(Duration::from_millis(if waits < 4 { 1 } else { 10 })).await;
        }
    }

    /// Closes the client, which hands out all that waits; what went wrong.
    pub async fn close(self) -> Faults {
        if !self.client.is_open() {
            self.ledger().fault(Fault::Link, "the connection was lost");
        }
        let closed: Result<(), Error> = timeout(PATIENCE, self.client.close()).await.expect("in time");
        closed.expect("closed");
        timeout(PATIENCE, self.reading).await.expect("in time").expect("no panic");
        timeout(PATIENCE, self.watching).await.expect("in time").expect("no panic");
        let mut ledger = lock(&self.ledger);
        ledger.close(self.setting.may_be_unreadable);
        std::mem::take(&mut ledger.faults)
    }
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn hold(setting: Setting, tests: usize) {
    let texts = soak_texts(20, tests).unwrap_or(TEXTS);
    let (mut left, mut seed) = (texts, 0);
    while left > 0 {
        seed += 1;
        let mut random = Random::new(seed);
        let mut scene = Scene::open(setting.clone()).await;
        // A gateway is started anew at times, so that what failed can be repeated.
        for _ in 0..left.min(1000).div_ceil(TOGETHER) {
            for _ in 0..TOGETHER {
                let place = random.below(4);
                let text = hostile::text(&mut random);
                let coding = if random.one_in(4) { Coding::Ucs2 } else { Coding::Fitting };
                scene.honest(random.below(4));
                scene.deliver(place, &text, coding, false);
                scene.honest(if random.one_in(2) { place } else { random.below(4) });
                if random.one_in(4) {
                    tokio::task::yield_now().await;
                }
            }
            let is_answered = scene.ask().await;
            scene.until_arrived().await;
            if !is_answered || scene.ledger().missing() > 0 {
                break;
            }
        }
        left = left.saturating_sub(1000);
        let faults = scene.close().await;
        assert!(faults.is_empty(), "{} with the seed {seed}:\n{}", setting.model.name(), summary(&faults));
    }
}

macro_rules! settings {
    ($($test:ident: $model:ident { $($field:ident: $value:expr),* },)*) => {
        const TESTS: usize = [$(stringify!($test)),*].len();
        $(
            #[tokio::test]
            async fn $test() {
                hold(Setting { $($field: $value,)* ..Setting::of(Model::$model) }, TESTS).await;
            }
        )*
    };
}

settings! {
    openvox_tells_texts_by_pdu: OpenVox {},
    openvox_tells_texts_in_text_mode: OpenVox { text_mode: true },
    openvox_tells_texts_without_variables: OpenVox { without_variables: true },
    openvox_tells_texts_to_who_sees_no_calls: OpenVox { read: "dialplan" },
    openvox_tells_texts_in_text_mode_to_who_sees_no_calls: OpenVox { text_mode: true, read: "dialplan" },
    openvox_firmware_tells_texts_by_pdu: OpenVoxFirmware {},
    openvox_2013_tells_texts_in_text_mode: OpenVox2013 { text_mode: true },
    allo_tells_texts_by_pdu: Allo {},
    allo_tells_texts_in_text_mode: Allo { text_mode: true },
    allo_tells_texts_without_variables: Allo { text_mode: true, without_variables: true },
    allo_tells_texts_by_its_event_alone: Allo { read: "system" },
    allo_tells_texts_in_text_mode_by_its_event_alone: Allo { text_mode: true, read: "system" },
    yeastar_tells_texts_in_percents: Yeastar {},
    yeastar_older_tells_texts_in_percents: Yeastar {
        yeastar: Yeastar::default().gsm_port(true).index_from_one(true).byte_order_mark(true)
    },
    dongle_tells_texts_in_base64: Dongle {},
    quectel_tells_texts_in_base64_first: Quectel { base64_first: true },
}
