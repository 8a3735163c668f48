//! Recorded sessions of real drivers, replayed to a gateway that sends: a server answers and tells as the driver did, and what
//! the gateway says of each SMS and USSD code is held against what the modem had.
#![cfg(feature = "client")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ami::gsm::pdu::Pdu;
use ami::gsm::{Gateway, GatewayConfig, InboxItem, Incoming, Outcome, Receipt, SendError, SmsRequest};
use ami::{Config, ErrorKind};
use support::clock::PATIENCE;
use support::driver_captures::{Capture, Line, captures, folder, literal, number, same, string};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// For what the driver says nothing of.
const SHORT: Duration = Duration::from_millis(300);

type Headers = Vec<(String, String)>;

fn get<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(have, _)| have == name).map(|(_, value)| &**value)
}

fn headers(frame: &str) -> Headers {
    let line = |line: &str| line.split_once(':').map(|(name, value)| (name.into(), value.trim_start().into()));
    frame.split("\r\n").filter_map(line).collect()
}

/// The part of a driver, as it was played in a capture.
struct Script {
    /// The names of these actions have it in them.
    verb: &'static str,
    /// The answer that lists its actions.
    list: String,
    /// The actions that were sent, each with its answers.
    actions: Vec<(Headers, String)>,
    /// The events, each with the number of actions after which it came.
    events: Vec<(String, usize)>,
    /// The connection was lost at the end.
    is_lost: bool,
}

/// The frames of the client or the server in a capture, with their times.
fn frames<'a>(capture: &Capture, bytes: &'a [u8], kind: &str) -> Vec<(f64, &'a str)> {
    let bytes = std::str::from_utf8(bytes).expect("UTF-8");
    let starts: Vec<(f64, usize)> = capture
        .lines
        .iter()
        .filter(|line| line.kind == kind)
        .map(|line| (line.seconds, number(&line.text, "@").expect("an offset") as usize))
        .collect();
    let ends = starts.iter().skip(1).map(|(_, at)| *at).chain([bytes.len()]);
    starts.iter().zip(ends).map(|((seconds, at), end)| (*seconds, &bytes[*at..end])).collect()
}

impl Script {
    /// With the actions that begin so.
    fn of(capture: &Capture, verb: &'static str) -> Script {
        let client =
            std::fs::read(folder(capture.driver).join(format!("{}.client.ami", capture.name))).expect("a file");
        let frames_of = |kind| frames(capture, if kind == "c>" { &client } else { &capture.server }, kind);
        let server = frames_of("s<");
        let mut actions = Vec::new();
        for (_, frame) in frames_of("c>") {
            let said = headers(frame);
            if get(&said, "Action").is_some_and(|action| action.contains(verb)) {
                let id = format!("ActionID: {}\r\n", get(&said, "ActionID").expect("an id"));
                let answer = server.iter().map(|(_, frame)| *frame).filter(|frame| frame.contains(&id)).collect();
                actions.push((said, answer));
            }
        }
        let handed: Vec<f64> = capture.lines.iter().filter(|line| is_handed(line)).map(|line| line.seconds).collect();
        let (mut events, mut after, mut ended) = (Vec::new(), 1, 0);
        for (seconds, frame) in server {
            if !frame.starts_with("Event:") || frame.contains("\r\nActionID:") {
                continue;
            }
            let said = headers(frame);
            let is_of = |(action, _): &(Headers, String)| get(action, "Payload") == get(&said, "Payload");
            // It ends one after the other, and lets go of a device once it was handed so many.
            after = match (get(&said, "Event").unwrap_or_default(), get(&said, "Status")) {
                (word, _) if word.ends_with("Report") => {
                    actions.iter().position(is_of).map_or(after, |place| place + 1)
                }
                (_, Some("Sent" | "NotSent")) => {
                    ended += 1;
                    ended
                }
                (_, Some("Sending")) if get(&said, "ID") != Some("(nil)") => ended + 1,
                (_, Some("Disconnect")) => handed.iter().filter(|handed| **handed <= seconds).count(),
                _ => after,
            };
            after = after.clamp(1, actions.len().max(1));
            events.push((frame.to_owned(), after));
        }
        let list = Capture::read(capture.driver, "login-list-commands".to_owned());
        let list = frames(&list, &list.server, "s<")[2].1.to_owned();
        let is_lost = capture.of("#", "the AMI connection is closed").next().is_some();
        Script { verb, list, events, actions, is_lost }
    }

    /// Says whether the driver tells what became of it, or lets go of the device.
    fn tells(&self) -> bool {
        let words = ["Report\r\n", "Status: Sent\r\n", "Status: NotSent\r\n", "Status: Disconnect\r\n"];
        let is_refused = self.actions.iter().any(|(_, answer)| answer.starts_with("Response: Error"));
        is_refused || self.events.iter().any(|(frame, _)| words.iter().any(|word| frame.contains(word)))
    }
}

fn is_handed(line: &Line) -> bool {
    line.kind == "#" && (line.text.starts_with("SMS handed over: ") || line.text.starts_with("USSD asked: "))
}

/// A server that does so, and what it was sent.
struct Server {
    config: GatewayConfig,
    sent: Arc<Mutex<Vec<Headers>>>,
}

impl Server {
    async fn start(script: Script) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let sent = Arc::<Mutex<Vec<Headers>>>::default();
        let noted = Arc::clone(&sent);
        tokio::spawn(async move {
            let (socket, _) = listener.accept().await.expect("a client");
            let _ = serve(socket, &script, &noted).await;
        });
        let config = Config::new("127.0.0.1", "gateway", "example").port(port).reconnect(None);
        let config = GatewayConfig::new(config).dialect("auto").port_cooldown(Duration::ZERO);
        Server { config, sent }
    }
}

async fn serve(socket: TcpStream, script: &Script, sent: &Mutex<Vec<Headers>>) -> std::io::Result<()> {
    let (input, mut output) = socket.into_split();
    let mut lines = BufReader::new(input).lines();
    output.write_all(b"Asterisk Call Manager/5.0.4\r\n").await?;
    let mut events = script.events.iter();
    let mut payloads = Vec::new();
    let mut said = Headers::new();
    while let Some(line) = lines.next_line().await? {
        if let Some((name, value)) = line.split_once(": ") {
            said.push((name.to_owned(), value.to_owned()));
            continue;
        }
        let action = std::mem::take(&mut said);
        let id = get(&action, "ActionID").unwrap_or_default();
        let success = |more: &str| format!("Response: Success\r\nActionID: {id}\r\n{more}\r\n");
        let reply = match get(&action, "Action").unwrap_or_default() {
            "Challenge" => success("Challenge: 1\r\n"),
            "ListCommands" => answered(&script.list, id),
            word if word.contains(script.verb) => {
                sent.lock().expect("whole").push(action.clone());
                let number = sent.lock().expect("whole").len();
                payloads.push(get(&action, "Payload").unwrap_or_default().to_owned());
                let Some((_, answer)) = script.actions.get(number - 1) else { panic!("{action:?} was never sent") };
                let mut reply = answered(answer, id);
                while let Some((event, _)) = events.as_slice().first().filter(|(_, after)| *after <= number) {
                    reply += &with_payload(event, script, &payloads);
                    events.next();
                }
                reply
            }
            "Logoff" => format!("Response: Goodbye\r\nActionID: {id}\r\n\r\n"),
            _ => success(""),
        };
        output.write_all(reply.as_bytes()).await?;
        if script.is_lost && events.len() == 0 {
            return Ok(());
        }
    }
    Ok(())
}

/// An answer to the action of this id.
fn answered(answer: &str, id: &str) -> String {
    let line = |line: &str| if line.starts_with("ActionID:") { format!("ActionID: {id}") } else { line.to_owned() };
    answer.split("\r\n").map(line).collect::<Vec<_>>().join("\r\n")
}

/// A driver's report with the payload that the client chose.
fn with_payload(event: &str, script: &Script, payloads: &[String]) -> String {
    let said = headers(event);
    let Some(payload) = get(&said, "Payload") else { return event.to_owned() };
    let place = script.actions.iter().position(|(action, _)| get(action, "Payload").unwrap_or_default() == payload);
    let own = &payloads[place.expect("a report of what was sent")];
    event.replacen(&format!("Payload: {payload}\r\n"), &format!("Payload: {own}\r\n"), 1)
}

// ---- what was true at the modem ----

/// The fate of one SMS, or of a part of one, that was handed over.
#[derive(Clone, Debug, PartialEq)]
struct Handed {
    to: String,
    text: String,
    is_flash: bool,
    /// The network's word, where the driver heard it while it had the device: taken or not.
    is_taken: Option<bool>,
    /// It is in the network, whoever knows it.
    is_there: bool,
}

fn handed(capture: &Capture) -> Vec<Handed> {
    let gone = capture.lines.iter().find(|line| line.kind == "s<" && line.text.contains("Status: Disconnect"));
    let gone = gone.map_or(f64::MAX, |line| line.seconds);
    let mut all = Vec::new();
    let mut network = capture.of("#", "network: ");
    for line in capture.lines.iter().filter(|line| is_handed(line) && line.text.starts_with("SMS")) {
        let (to, rest) = string(line.text.strip_prefix("SMS handed over: to ").expect("a number"));
        let (text, _, rest) = literal(rest.strip_prefix(", text ").expect("a text"));
        let fate = network.next().expect("a fate");
        let answered_at = match fate {
            _ if fate.contains("no answer") || fate.contains("unplugged") => f64::MAX,
            _ => {
                let after = fate.split_once("taken after ").and_then(|(_, time)| time.split(' ').next()?.parse().ok());
                line.seconds + after.unwrap_or(0.0)
            }
        };
        let is_there = fate.starts_with("taken");
        all.push(Handed {
            to,
            text: String::from_utf8(text).expect("UTF-8"),
            is_flash: number(rest, "coding 0x") == Some(10),
            is_taken: (answered_at < gone).then_some(is_there),
            is_there,
        });
    }
    all
}

/// The SMS that a capture is about, as a caller asks for them.
fn requests(capture: &Capture, script: &Script, handed: &[Handed]) -> Vec<SmsRequest> {
    let time = if script.tells() { PATIENCE } else { SHORT };
    let whole: String = handed.iter().map(|one| &*one.text).collect();
    let is_burst = capture.name.starts_with("burst");
    let actions = script.actions.iter().take(if is_burst { 5 } else { 1 });
    let requests = actions.map(|(action, _)| {
        let text = if is_burst || whole.is_empty() { get(action, "Message").unwrap_or("hello") } else { &whole };
        let to = get(action, "Number").or(handed.first().map(|one| &*one.to)).expect("a number");
        let device = get(action, "Device").expect("a device");
        let mut request = SmsRequest::new(device, to, text).timeout(time).flash(handed.iter().any(|one| one.is_flash));
        if let Some(payload) = get(action, "Payload") {
            // Ids rest by the server's address, and another capture's server may have had the same.
            request = request.id(&format!("{payload}-{}-{}", capture.driver, capture.name));
        }
        if let Some(minutes) = get(action, "Validity").and_then(|minutes| minutes.parse::<u64>().ok()) {
            request = request.validity(Duration::from_secs(60 * minutes));
        }
        request.report(get(action, "Report") == Some("yes") || capture.name == "sendpdu-report")
    });
    requests.collect()
}

fn outcome(result: Result<Receipt, SendError>) -> Outcome {
    match result {
        Ok(receipt) => receipt.outcome(),
        Err(error) => match error.receipt() {
            Some(receipt) => receipt.outcome(),
            None => panic!("{error}"),
        },
    }
}

/// The outcome that a true client tells of one SMS of a capture, of which this was handed over.
fn truth(capture: &Capture, script: &Script, handed: &[Handed], is_first: bool) -> Outcome {
    let is_refused = |(_, answer): &(Headers, String)| answer.starts_with("Response: Error");
    if handed.is_empty() {
        return match script.actions.iter().all(is_refused) {
            true => Outcome::Failed,
            // The driver had it, and nobody knows how far it came.
            false if is_first => Outcome::Unknown,
            false => Outcome::NotSent,
        };
    }
    if handed.iter().any(|one| one.is_taken == Some(false)) {
        return Outcome::Failed;
    }
    if handed.iter().any(|one| one.is_taken.is_none()) {
        return Outcome::Unknown;
    }
    // Of one with a report newer drivers say that the network took it when the report comes, and nothing if none does.
    let is_reported =
        script.events.iter().any(|(event, _)| event.contains("Report\r\n") && event.contains("Type: 1\r\n"));
    let asks = script.actions.iter().any(|(action, _)| get(action, "Report") == Some("yes"));
    if capture.is_newer() && asks && !is_reported { Outcome::Queued } else { Outcome::Sent }
}

async fn told(capture: &Capture) -> Result<(), String> {
    let script = Script::of(capture, "Send");
    let all = handed(capture);
    let requests = requests(capture, &script, &all);
    let of = |number: usize| -> Vec<Handed> {
        if requests.len() == 1 { all.clone() } else { all.iter().skip(number).take(1).cloned().collect() }
    };
    let truth: Vec<Outcome> =
        (0..requests.len()).map(|number| truth(capture, &script, &of(number), number == 0)).collect();
    let server = Server::start(script).await;
    let gateway = Gateway::connect(server.config.clone()).await.map_err(|error| error.to_string())?;
    // All of them before the first one's turn: with one thread, nothing runs in between.
    let sending: Vec<_> = requests.iter().map(|request| gateway.submit(request).expect("it can be sent")).collect();
    let mut came = Vec::new();
    for sending in sending {
        came.push(outcome(timeout(PATIENCE, sending).await.map_err(|_| "it takes for ever".to_owned())?));
    }
    gateway.close().await.map_err(|error| error.to_string())?;
    let sent = server.sent.lock().expect("whole").clone();
    for (number, outcome) in came.iter().enumerate() {
        let is_false = match outcome {
            Outcome::Sent => !of(number).iter().all(|one| one.is_there),
            Outcome::NotSent => !of(number).is_empty(),
            _ => false,
        };
        if is_false {
            return Err(format!("{outcome:?} of {:?}", of(number)));
        }
    }
    // Older drivers are handed PDUs.
    if !capture.is_newer() && !all.is_empty() {
        let texts: Vec<(String, String)> = sent
            .iter()
            .map(|action| match Pdu::from_hex(get(action, "PDU").unwrap_or_default()) {
                Ok(Pdu::Submit(sms)) => (
                    sms.destination().as_str().trim_start_matches('+').to_owned(),
                    sms.user_data().text().unwrap_or_default().to_owned(),
                ),
                other => panic!("{other:?} is handed over"),
            })
            .collect();
        let modem = all
            .iter()
            .take(sent.len())
            .map(|one| (one.to.trim_start_matches('+').to_owned(), one.text.clone()))
            .collect();
        if !capture.name.starts_with("text") && !capture.name.contains("parts") {
            same(texts, modem)?;
        }
    }
    same(came, truth)
}

/// Captures whose SMS a client can send again.
fn can_be_sent(capture: &Capture) -> bool {
    let name = &*capture.name;
    let begins = |begin: &str| name.starts_with(begin);
    match name {
        // A client never sends these.
        "text-quotes-raw" | "text-leading-blank-raw" | "text-latin1-bytes" | "text-160" | "sendpdu-bad" => false,
        "devices-stopped" | "devices-unregistered" | "devices-unplugged" => true,
        _ if begins("burst-5-remove-back") || begins("burst-5") && name.contains("back") => false,
        _ if begins("sms-") || begins("burst-5") || begins("report-") => true,
        _ if begins("sendpdu") => !capture.is_newer(),
        // Older drivers were given other texts there.
        _ if begins("text-") || begins("parts-") => capture.is_newer(),
        _ => false,
    }
}

#[tokio::test]
async fn senders_receipts_are_those_of_the_driver() {
    let (mut count, mut wrong) = (0, Vec::new());
    for capture in captures().iter().filter(|capture| can_be_sent(capture)) {
        count += 1;
        let result = told(capture).await;
        if let Err(difference) = result {
            wrong.push(format!("{}/{}: {difference}", capture.driver, capture.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 200, "{count} captures were replayed");
}

/// The reply to one USSD code: the text and whether it is a question, or the kind of the error.
type Reply = Result<(String, bool), ErrorKind>;

fn reply_of(capture: &Capture) -> Reply {
    let Some(line) = capture.of("#", "USSD reply").next() else {
        let is_refused = capture.name == "ussd-refused" && !capture.is_newer();
        return Err(if is_refused { ErrorKind::Ussd } else { ErrorKind::OutcomeUnknown });
    };
    let text = line.split_once("text ").map_or(String::new(), |(_, text)| string(text).0);
    match number(line, "mode ").expect("a mode") {
        5 => Err(ErrorKind::OutcomeUnknown),
        3 | 4 => Err(ErrorKind::Ussd),
        2 if text.is_empty() || text.contains("\"\"") => Err(ErrorKind::Ussd),
        mode => Ok((text, mode == 1)),
    }
}

async fn asked(capture: &Capture) -> Result<(), String> {
    let mut script = Script::of(capture, "SendUSSD");
    script.actions.truncate(1);
    let words = ["NewCUSD\r\n", "Status: NotSent\r\n", "Status: Disconnect\r\n"];
    let tells = script.events.iter().any(|(frame, _)| words.iter().any(|word| frame.contains(word)));
    let time = if tells { PATIENCE } else { SHORT };
    let replies = capture.of("#", "USSD reply").count();
    let code = get(&script.actions[0].0, "USSD").expect("a code").to_owned();
    let device = get(&script.actions[0].0, "Device").expect("a device").to_owned();
    let server = Server::start(script).await;
    let gateway = Gateway::connect(server.config.clone()).await.map_err(|error| error.to_string())?;
    let mut inbox = gateway.inbox().map_err(|error| error.to_string())?;
    let reply = timeout(PATIENCE, gateway.send_ussd(device.as_str(), &code, Some(time))).await;
    let reply = reply.map_err(|_| "it takes for ever".to_owned())?;
    gateway.close().await.map_err(|error| error.to_string())?;
    let mut others = 0;
    while let Ok(mail) = inbox.next_item().await {
        if let InboxItem::Incoming(Incoming::Ussd(ussd)) = mail {
            others += usize::from(ussd.mode() != Some(ami::gsm::UssdMode::NotSent));
        }
    }
    // The reply that the call waited for does not come into the inbox as well.
    same(others, replies.saturating_sub(1))?;
    let reply = reply.map(|reply| (reply.text().to_owned(), reply.wants_answer())).map_err(|error| error.kind());
    let truth = reply_of(capture);
    // Lines of the modem's that are shown as they are have their text elsewhere.
    match &truth {
        Ok((text, _)) if text.starts_with("+CUSD") => same(reply.is_ok(), true),
        _ => same(reply, truth),
    }
}

#[tokio::test]
async fn senders_ussd_replies_are_those_of_the_network() {
    let (mut count, mut wrong) = (0, Vec::new());
    for capture in captures() {
        // In some several codes go out, or none, or an SMS beside.
        let is_one = || Script::of(&capture, "SendUSSD").actions.len() == 1;
        if !capture.name.starts_with("ussd-") || capture.name == "ussd-sms-beside" || !is_one() {
            continue;
        }
        count += 1;
        if let Err(difference) = asked(&capture).await {
            wrong.push(format!("{}/{}: {difference}", capture.driver, capture.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 120, "{count} captures were replayed");
}

#[tokio::test]
async fn senders_ports_are_those_of_the_modems() {
    let up = (true, true);
    let off = (false, false);
    let names = [
        ("devices-idle", vec![up]),
        ("devices-sending", vec![up, up]),
        ("devices-reading", vec![up, up]),
        ("devices-ring", vec![up, up]),
        ("devices-stopped", vec![off, up]),
        ("devices-unplugged", vec![off, up]),
        ("devices-unregistered", vec![(false, true), up]),
    ];
    for capture in captures() {
        let Some((_, expected)) = names.iter().find(|(name, _)| *name == capture.name) else { continue };
        let place = format!("{}/{}", capture.driver, capture.name);
        let server = Server::start(Script::of(&capture, "ShowDevices")).await;
        let gateway =
            timeout(PATIENCE, Gateway::connect(server.config.clone())).await.expect("in time").expect("a gateway");
        for (is_up, has_power) in expected {
            let ports = timeout(PATIENCE, gateway.ports()).await.expect("in time").expect("ports");
            let [port] = &ports[..] else { panic!("{place}: {ports:?}") };
            assert_eq!((port.is_up(), port.has_power()), (*is_up, *has_power), "{place}: {port:?}");
            assert_eq!(port.signal().map(|signal| signal.quality()), has_power.then_some(21), "{place}");
            assert_eq!(port.own_number(), has_power.then_some("+33600000001"), "{place}");
            assert_eq!(port.is_registered(), *is_up, "{place}");
        }
    }
}
