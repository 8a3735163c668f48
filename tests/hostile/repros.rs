//! Texts and words of a server that once did harm, one by one.

use std::time::{Duration, Instant};

use ami::protocol::{Credentials, Output, Session, SessionConfig};
use ami::simulator::Model;
use ami::{Action, Filter, MessageKind};

use crate::checks::hostile::HEADERS;
use crate::checks::ledger::summary;
use crate::checks::random::Random;
use crate::checks::texts::exchange;
use crate::checks::wire::{SHAPES, Shape};
use crate::simulated::{Scene, Setting};

const MODELS: [Model; 7] = [
    Model::OpenVox,
    Model::OpenVoxFirmware,
    Model::OpenVox2013,
    Model::Allo,
    Model::Yeastar,
    Model::Dongle,
    Model::Quectel,
];

/// The shapes of the drivers that write texts unchanged.
fn raw_settings() -> Vec<Setting> {
    let models = [Model::OpenVox, Model::OpenVoxFirmware, Model::OpenVox2013, Model::Allo];
    let modes = |model| {
        [
            Setting::of(model),
            Setting { text_mode: true, ..Setting::of(model) },
            Setting { text_mode: true, without_variables: true, ..Setting::of(model) },
        ]
    };
    models.into_iter().flat_map(modes).collect()
}

/// The text comes in on the first port, and honest ones behind it on all of them; each arrives, and all that is asked is
/// answered.
async fn holds(setting: Setting, texts: &[&str]) {
    let shown = format!(
        "{} text mode {}, without variables {}",
        setting.model.name(),
        setting.text_mode,
        setting.without_variables
    );
    let mut scene = Scene::open(setting).await;
    for text in texts {
        scene.hostile(0, text);
        for place in 0..8 {
            scene.honest(place);
        }
    }
    scene.ask().await;
    scene.until_arrived().await;
    let faults = scene.close().await;
    assert!(faults.is_empty(), "{shown}: {texts:?}:\n{}", summary(&faults));
}

/// The same without a simulator, for every kind of server there is.
fn holds_on_every_wire(text: &str) {
    for shape in SHAPES {
        for seed in 0..10 {
            let ledger = exchange(shape, &[text.as_bytes().to_vec()], &mut Random::new(seed));
            assert!(ledger.faults.is_empty(), "{shape:?} with the seed {seed}:\n{}", summary(&ledger.faults));
        }
    }
}

fn logged_in(now: Instant) -> Session<usize> {
    let mut session = Session::new(SessionConfig::new(Credentials::new("user", "secret"), "own-"));
    session.connected(true, now + Duration::from_secs(10));
    for said in [
        "Asterisk Call Manager/1.1\r\n",
        "Response: Success\r\nActionID: own-1\r\nChallenge: 1\r\n\r\n",
        "Response: Success\r\nActionID: own-2\r\n\r\n",
    ] {
        session.buffer().extend_from_slice(said.as_bytes());
        session.received(now);
        session.transmitted(session.transmit().len());
    }
    while session.poll().is_some() {}
    assert!(session.is_ready());
    session
}

/// The session's outputs: the number of events of this name, and the results of the actions.
fn hear(session: &mut Session<usize>, bytes: &str, name: &str, now: Instant) -> (usize, Vec<(usize, String)>) {
    session.buffer().extend_from_slice(bytes.as_bytes());
    session.received(now);
    let (mut events, mut done) = (0, Vec::new());
    while let Some(output) = session.poll() {
        match output {
            Output::Events(batch) => {
                events += batch.iter().filter(|event| event.kind() == MessageKind::Event && event.is(name)).count();
            }
            Output::Done(token, Ok(response)) => {
                let output = response.output().map(|text| String::from_utf8_lossy(text).into_owned());
                let stamp = response.text("Timestamp").map(|text| text.into_owned());
                done.push((token, output.or(stamp).unwrap_or_default()));
            }
            Output::Done(token, Err(error)) => done.push((token, error.to_string())),
            Output::Lost { cause, .. } | Output::Ended(cause) => panic!("the connection is lost: {cause}"),
            _ => {}
        }
    }
    (events, done)
}

// ---- a reply with a text that nobody has asked for ----

const BLIND: &str = "hi\r\n\r\nResponse: Follows\r\nbye";

#[tokio::test]
async fn hostile_response_follows_hides_no_events_from_a_client() {
    for setting in raw_settings() {
        holds(setting, &[BLIND]).await;
    }
    for model in MODELS {
        holds(Setting::of(model), &[BLIND, "hi\n\nResponse: Follows\nPrivilege: Command\nbye"]).await;
    }
}

#[test]
fn hostile_response_follows_hides_no_events_from_a_session() {
    holds_on_every_wire(BLIND);
    holds_on_every_wire("hi\n\nResponse: Follows\nPrivilege: Command\nActionID: 7\nbye\n--END COMMAND--\n\nbye");
}

#[test]
fn hostile_response_follows_without_a_command_hides_no_events() {
    let now = Instant::now();
    for lines in ["", "Privilege: Command\r\n", "Privilege: Command\r\nActionID: 7\r\n", "ActionID: own-7\r\n"] {
        let mut session = logged_in(now);
        let event = format!("Event: VarSet\r\nValue: hi\r\n\r\nResponse: Follows\r\n{lines}bye\r\n\r\n");
        let hangups = "Event: Hangup\r\n\r\n".repeat(1000);
        assert_eq!(hear(&mut session, &(event + &hangups), "Hangup", now).0, 1000, "{lines:?}");
    }
}

#[test]
fn hostile_response_follows_is_not_the_answer_of_a_command() {
    let now = Instant::now();
    for lines in ["", "Privilege: Command\r\n", "Privilege: Command\r\nActionID: 7\r\n", "Privilege: SMSCommand\r\n"] {
        let mut session = logged_in(now);
        let command = Action::new("Command").with("Command", "core show uptime");
        session.submit(&command, None, now, 1).expect("taken");
        session.transmitted(session.transmit().len());
        let forged = format!("Event: VarSet\r\nValue: hi\r\n\r\nResponse: Follows\r\n{lines}forged\r\n\r\n");
        let answer =
            "Response: Follows\r\nPrivilege: Command\r\nActionID: own-3\r\nSystem uptime: 1\n--END COMMAND--\r\n\r\n";
        let hangup = "Event: Hangup\r\n\r\n";
        let (events, done) = hear(&mut session, &format!("{forged}{hangup}{answer}{hangup}"), "Hangup", now);
        assert_eq!(done, [(1, "System uptime: 1".to_owned())], "{lines:?}");
        assert_eq!(events, 2, "{lines:?}");
    }
}

#[test]
fn hostile_response_in_a_text_answers_no_ping() {
    let now = Instant::now();
    for forged in ["Success", "Pong", "Error", "Goodbye", "", "y"] {
        for lines in ["", "Ping: Pong\r\n", "ActionID: 7\r\n", "Ping: Pong\r\nTimestamp: 666.666\r\n"] {
            let mut session = logged_in(now);
            // The server has shown that it says the ActionIDs back.
            for (token, id) in [(1, "own-3"), (2, "own-4")] {
                session.submit(&Action::new("Ping"), None, now, token).expect("taken");
                session.transmitted(session.transmit().len());
                let forged = format!("Event: VarSet\r\nValue: hi\r\n\r\nResponse: {forged}\r\n{lines}\r\n");
                let pong =
                    format!("Response: Success\r\nActionID: {id}\r\nPing: Pong\r\nTimestamp: 25.{token}\r\n\r\n");
                let said = if token == 1 { pong } else { forged + &pong };
                let (_, done) = hear(&mut session, &said, "Hangup", now);
                assert_eq!(done, [(token, format!("25.{token}"))], "{forged:?} with {lines:?}", forged = said);
            }
        }
    }
}

// ---- pieces of a text that look like anything but events of the driver ----

const DINNER: &str = "Dear customer,\n\nEvent: Dinner at 8\nPlace: Main Street 5";
const RESPONSE: &str = "x\r\n\r\nResponse: y\r\nz";

#[tokio::test]
async fn hostile_text_with_an_event_of_no_driver_is_whole() {
    for setting in raw_settings() {
        holds(setting, &[DINNER]).await;
    }
}

#[tokio::test]
async fn hostile_text_with_a_response_harms_no_other_text() {
    for setting in raw_settings() {
        holds(setting, &[RESPONSE]).await;
    }
}

#[test]
fn hostile_text_with_an_event_or_a_response_is_whole_on_every_wire() {
    holds_on_every_wire(DINNER);
    holds_on_every_wire(RESPONSE);
}

// ---- the sender of somebody else ----

const FORGED_PDU: &str = "hi\r\nPDU: 000407D0C2A0730900006211034140143211D9775D0E1ABFC965507A0E8AC96634";

#[tokio::test]
async fn hostile_pdu_in_a_text_of_allo_forges_no_sender() {
    for setting in raw_settings().into_iter().filter(|setting| setting.model == Model::Allo) {
        holds(setting, &[FORGED_PDU]).await;
    }
    holds(Setting { read: "system", ..Setting::of(Model::Allo) }, &[FORGED_PDU]).await;
}

#[tokio::test]
async fn hostile_line_of_allo_that_is_no_pdu_doubles_no_text() {
    for setting in raw_settings().into_iter().filter(|setting| setting.model == Model::Allo) {
        holds(setting, &["hi\r\nPDU: x", "hi\r\nPDU: x\r\n\r\nmore", "PDU: x"]).await;
    }
}

#[tokio::test]
async fn hostile_message_of_allo_without_variables_comes_once() {
    let mut scene = Scene::open(Setting { without_variables: true, ..Setting::of(Model::Allo) }).await;
    (0..4).for_each(|place| scene.honest(place));
    scene.until_arrived().await;
    let faults = scene.close().await;
    assert!(faults.is_empty(), "{}", summary(&faults));
}

#[test]
fn hostile_pdu_in_a_text_is_text_on_every_wire() {
    holds_on_every_wire(FORGED_PDU);
    holds_on_every_wire("hi\r\nPDU: x");
    holds_on_every_wire("x\n\nEvent: VarSet\nVariable: SMSPDU\nValue: 0004");
}

// ---- empty lines ----

#[tokio::test]
async fn hostile_empty_lines_in_a_row_are_kept() {
    let texts = [
        "\r\n\r\n",
        "\n\n\n",
        "a\r\n\r\n\r\n\r\nb",
        "a\n\r\n\n\r\nb\n\n",
        "\r\r\r",
        "\n",
        "a\r",
        "\r\n\n\n\r\n\r\nx: y\r\n\r\n\r\n",
    ];
    for setting in raw_settings() {
        holds(setting, &texts).await;
    }
}

#[test]
fn hostile_empty_lines_in_a_row_are_kept_on_every_wire() {
    for text in ["\n\n\n", "a\r\n\r\n\r\n\r\nb", "\r\n\r\n--END SMS EVENT--\r\n\r\n\r\nb\n\n", "--END SMS EVENT--"] {
        holds_on_every_wire(text);
    }
}

#[test]
fn hostile_dialplan_steps_in_a_text_are_no_events() {
    // `Set` and `NoOp` are told with what they are given, and so is each variable that a text is copied to.
    for text in [
        "x\n\nEvent: ReceivedSMS\nSender: BANK\nContent: x\n\n",
        "x\nUniqueid: 9.9\n\nEvent: ReceivedSMS\nSender: BANK\n\n",
    ] {
        for shape in [Shape::Pdu, Shape::Text, Shape::Dialplan, Shape::TextUnannounced] {
            for seed in 0..40 {
                let ledger = exchange(shape, &[text.as_bytes().to_vec()], &mut Random::new(seed));
                assert!(ledger.faults.is_empty(), "{shape:?} with the seed {seed}:\n{}", summary(&ledger.faults));
            }
        }
    }
}

#[test]
fn hostile_blanks_before_a_colon_are_kept() {
    let blanks = [" ", "\t", "\r", "\u{c}", "  ", " \t", "\r ", "\t\t\t", "\r\r"];
    let texts: Vec<Vec<u8>> = blanks
        .iter()
        .flat_map(|blank| {
            [
                format!("x\n\na{blank}: b"),
                format!("a{blank}:\nb"),
                format!("\n\n{blank}: b{blank}\n\nc{blank}:{blank}d"),
            ]
        })
        .map(String::into_bytes)
        .collect();
    for shape in SHAPES {
        let ledger = exchange(shape, &texts, &mut Random::new(1));
        assert!(ledger.faults.is_empty(), "{shape:?}:\n{}", summary(&ledger.faults));
    }
}

/// In every place of a text: as its first line, within it, behind it, behind an empty line.
#[test]
fn hostile_lines_of_the_event_format_are_text() {
    let places = |line: &&str| {
        [format!("\n{line}"), format!("x\r\n{line}\r\ny: z"), format!("{line}\n"), format!("x\n\n{line}\n\ny")]
    };
    let texts: Vec<Vec<u8>> = HEADERS.iter().flat_map(places).map(String::into_bytes).collect();
    for shape in SHAPES {
        for seed in 0..2 {
            let ledger = exchange(shape, &texts, &mut Random::new(seed));
            assert!(ledger.faults.is_empty(), "{shape:?} with the seed {seed}:\n{}", summary(&ledger.faults));
        }
    }
}

/// Networks let a sender be a name of up to eleven characters, and the alphabet has line ends and quotes. Drivers write it as
/// it is.
#[tokio::test]
async fn hostile_names_of_senders_are_data() {
    let names = [
        "Bank",
        "A\r\n\r\nB",
        "\nEvent: x",
        "\n\nEvent:a",
        "x\r\nPDU: 00",
        "a\" \"b",
        "\"",
        "\\",
        "\nUniqueid:",
        "A\n\n: b",
        "\n",
        "a\r",
    ];
    for mut setting in raw_settings().into_iter().filter(|setting| !setting.without_variables) {
        // ALLO's own event is told as unreadable where the name has cut it; the channel brings the message all the same.
        setting.may_be_unreadable = setting.model == Model::Allo;
        let shown = format!("{} text mode {}", setting.model.name(), setting.text_mode);
        let mut scene = Scene::open(setting).await;
        for (place, name) in names.iter().enumerate() {
            scene.named(place, name, &format!("text {place}"));
            scene.honest(place);
            scene.honest(place + 1);
        }
        scene.ask().await;
        scene.until_arrived().await;
        let faults = scene.close().await;
        assert!(faults.is_empty(), "{shown}:\n{}", summary(&faults));
    }
}

// ---- what only libami says ----

#[tokio::test]
async fn hostile_markers_come_from_libami_alone() {
    for model in [Model::OpenVox, Model::Yeastar, Model::Dongle] {
        let mut scene = Scene::open(Setting::of(model)).await;
        let mut all = scene.client.subscribe(Filter::all()).expect("a subscription");
        for name in ["#gap", "#lagged", "#state", "#sms", "#report", "#ussd", "#unreadable"] {
            let frame =
                format!("Event: {name}\r\nPort: 1\r\nSender: BANK\r\nText: x\r\nLost: 7\r\nState: closed\r\n\r\n");
            assert_eq!(scene.simulator.emit("system", frame.as_bytes()), 1);
        }
        scene.honest(0);
        scene.ask().await;
        scene.until_arrived().await;
        // A reader of everything can tell by the kind, if they are delivered at all.
        while let Some(event) = all.try_next().expect("an open subscription") {
            assert!(
                !matches!(
                    event.kind(),
                    MessageKind::Gap | MessageKind::Lagged | MessageKind::State | MessageKind::Derived
                ),
                "{event:?}"
            );
        }
        drop(all);
        let faults = scene.close().await;
        assert!(faults.is_empty(), "{}:\n{}", model.name(), summary(&faults));
    }
}

#[test]
fn hostile_login_is_accepted_by_success_alone() {
    let now = Instant::now();
    for answer in ["Goodbye", "Pong", "", "Successful"] {
        for id in ["ActionID: own-2\r\n", ""] {
            let mut session: Session<usize> =
                Session::new(SessionConfig::new(Credentials::new("user", "secret"), "own-"));
            session.connected(true, now + Duration::from_secs(10));
            for said in [
                "Asterisk Call Manager/1.1\r\n".to_owned(),
                "Response: Success\r\nActionID: own-1\r\nChallenge: 1\r\n\r\n".to_owned(),
                format!("Response: {answer}\r\n{id}Message: Thanks for all the fish.\r\n\r\n"),
            ] {
                session.buffer().extend_from_slice(said.as_bytes());
                session.received(now);
                session.transmitted(session.transmit().len());
            }
            session.tick(now + Duration::from_secs(11));
            let outputs: Vec<Output<usize>> = std::iter::from_fn(|| session.poll()).collect();
            assert!(
                matches!(outputs[..], [Output::Ended(_)]),
                "\"Response: {answer}\" to the login ends it with an error: {outputs:?}"
            );
        }
    }
}
