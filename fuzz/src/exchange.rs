//! A session and a reader of messages at one end, a server at the other, and nothing between them but bytes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ami::gsm::SmsReader;
use ami::protocol::{Credentials, Output, Response, Session, SessionConfig};
use ami::{Action, MessageKind};

use super::ledger::{Fault, Ledger};
use super::random::Random;
use super::wire::{Call, Gateway, Shape};

/// What the session's own ActionIDs begin with; no text may hold it.
pub const OWN_PREFIX: &str = "ami-7f3ac1-1-";

/// Longer than anything is waited for but the parts of a text.
const SETTLED: Duration = Duration::from_secs(40);
const PATIENCE: Duration = Duration::from_secs(300);

/// A message that comes in.
pub struct Sent {
    pub port: usize,
    pub sender: String,
    pub text: Vec<u8>,
    pub honest: bool,
}

/// What is asked of the server beside it all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Ping,
    Command,
    ListCommands,
    Status,
    Peers,
}

const ASKS: [Ask; 5] = [Ask::Ping, Ask::Command, Ask::ListCommands, Ask::Status, Ask::Peers];

impl Ask {
    fn action(self) -> Action {
        match self {
            Ask::Ping => Action::new("Ping"),
            Ask::Command => Action::new("Command").with("Command", "core show uptime"),
            Ask::ListCommands => Action::new("ListCommands"),
            Ask::Status => Action::new("Status"),
            Ask::Peers => Action::new("SIPpeers"),
        }
    }

    /// What the server answers, as 1.8 does; the number makes it the answer to this one.
    fn answer(self, id: &str, number: usize) -> String {
        let success = format!("Response: Success\r\nActionID: {id}\r\n");
        let entries = number % 4;
        let entry = |name: &str, at: usize| {
            format!("Event: {name}\r\nPrivilege: Call\r\nActionID: {id}\r\nChannel: SIP/{number}-{at}\r\n\r\n")
        };
        match self {
            Ask::Ping => format!("{success}Ping: Pong\r\nTimestamp: {number}.25\r\n\r\n"),
            Ask::Command => format!(
                "Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\nSystem uptime: {number}\n\n\
                 Response: Success\nLast reload: {number}\n--END COMMAND--\r\n\r\n"
            ),
            Ask::ListCommands => format!("{success}Ping: {number} (Priv: <none>)\r\nStatus: {number}\r\n\r\n"),
            Ask::Status => {
                let list: String = (0..entries).map(|at| entry("Status", at)).collect();
                let end = format!("Event: StatusComplete\r\nActionID: {id}\r\nItems: {entries}\r\n\r\n");
                format!("{success}Message: Channel status will follow\r\n\r\n{list}{end}")
            }
            Ask::Peers => {
                let list: String = (0..entries).map(|at| entry("PeerEntry", at)).collect();
                let end = format!(
                    "Event: PeerlistComplete\r\nEventList: Complete\r\nListItems: {entries}\r\nActionID: {id}\r\n\r\n"
                );
                format!("{success}EventList: start\r\nMessage: Peer status list will follow\r\n\r\n{list}{end}")
            }
        }
    }

    fn is_answered(self, response: &Response, number: usize) -> bool {
        let is = |name: &str, value: String| response.get(name) == Some(value.as_bytes());
        let channels = |name: &str| {
            response.events().len() == number % 4
                && response.events().iter().enumerate().all(|(at, entry)| {
                    entry.is(name) && entry.get("Channel") == Some(format!("SIP/{number}-{at}").as_bytes())
                })
        };
        match self {
            Ask::Ping => is("Timestamp", format!("{number}.25")),
            Ask::Command => {
                let text = format!("System uptime: {number}\n\nResponse: Success\nLast reload: {number}");
                response.output() == Some(text.as_bytes())
            }
            Ask::ListCommands => is("Ping", format!("{number} (Priv: <none>)")) && is("Status", number.to_string()),
            Ask::Status => channels("Status"),
            Ask::Peers => channels("PeerEntry"),
        }
    }
}

pub struct Exchange<'r> {
    random: &'r mut Random,
    session: Session<usize>,
    reader: SmsReader,
    now: Instant,
    /// What the server has written and the client has not got.
    wire: VecDeque<u8>,
    /// Bytes that come at once, at most.
    chunk: usize,
    /// What was asked, and whether it has ended.
    asked: Vec<(Ask, bool)>,
    /// What the server has not answered yet.
    answers: VecDeque<String>,
    /// The longest of what the server writes at once.
    longest: usize,
    over: bool,
    pub ledger: Ledger,
}

impl<'r> Exchange<'r> {
    fn new(escapes: bool, random: &'r mut Random) -> Exchange<'r> {
        let now = Instant::now();
        let mut config = SessionConfig::new(Credentials::new("user", "secret"), OWN_PREFIX);
        config.strays = true;
        let mut session = Session::new(config);
        session.connected(true, now + Duration::from_secs(10));
        let mut reader = SmsReader::new(PATIENCE);
        reader.set_escapes(escapes);
        // Most traffic comes in reads of all sizes; a byte at a time costs much and shows little more.
        let chunk = match random.below(24) {
            0 => 1,
            1 => 7,
            2..8 => 64,
            8..20 => 700,
            _ => 65_536,
        };
        let mut exchange = Exchange {
            random,
            session,
            reader,
            now,
            wire: VecDeque::new(),
            chunk,
            asked: Vec::new(),
            answers: VecDeque::new(),
            longest: 0,
            over: false,
            ledger: Ledger::default(),
        };
        for said in [
            "Asterisk Call Manager/1.1\r\n".to_owned(),
            format!("Response: Success\r\nActionID: {OWN_PREFIX}1\r\nChallenge: 138536221\r\n\r\n"),
            format!("Response: Success\r\nActionID: {OWN_PREFIX}2\r\nMessage: Authentication accepted\r\n\r\n"),
        ] {
            exchange.write(said.into_bytes());
            exchange.deliver_all();
            let written = exchange.session.transmit().len();
            exchange.session.transmitted(written);
        }
        assert!(exchange.session.is_ready());
        // Servers of before 1.8 leave the ActionID out of the answer to a Ping, and say it back otherwise. That this one says
        // it back here as well is known from its first answer on, and not before.
        exchange.submit(Ask::Ping);
        exchange.answer();
        exchange.deliver_all();
        exchange
    }

    /// Lets messages come in, side by side on their ports, among questions and answers; what has become of them.
    pub fn run(shape: Shape, messages: &[Sent], random: &'r mut Random) -> Ledger {
        let mut gateway = Gateway::new(shape, random.one_in(2));
        let mut ports: Vec<VecDeque<Call>> = Vec::new();
        let mut exchange = Exchange::new(shape.escapes(), random);
        for message in messages {
            let calls = gateway.message(message.port, &message.sender, &message.text, exchange.random);
            for text in calls.iter().filter_map(|call| call.text.as_deref()) {
                exchange.ledger.sent(&shape.port(message.port), &message.sender, text, message.honest);
            }
            if ports.len() <= message.port {
                ports.resize_with(message.port + 1, VecDeque::new);
            }
            ports[message.port].extend(calls);
        }
        // Each port has one call at a time, and the ports have theirs side by side.
        let mut streams: Vec<VecDeque<Vec<u8>>> =
            ports.into_iter().map(|calls| calls.into_iter().flat_map(|call| call.frames).collect()).collect();
        while !exchange.over {
            streams.retain(|frames| !frames.is_empty());
            if streams.is_empty() {
                break;
            }
            let at = exchange.random.below(streams.len());
            for _ in 0..1 + exchange.random.below(3) {
                let Some(frame) = streams[at].pop_front() else { break };
                exchange.write(frame);
            }
            if exchange.random.one_in(12) {
                exchange.ask();
            }
            if exchange.random.one_in(4) {
                exchange.answer();
            }
            while exchange.wire.len() > exchange.random.below(4096) {
                exchange.deliver();
            }
        }
        exchange.settle();
        exchange.ledger
    }

    fn write(&mut self, bytes: Vec<u8>) {
        self.longest = self.longest.max(bytes.len());
        self.wire.extend(bytes);
    }

    fn deliver_all(&mut self) {
        while !self.wire.is_empty() {
            self.deliver();
        }
    }

    /// The client gets some of what the server has written.
    fn deliver(&mut self) {
        let count = (1 + self.random.below(self.chunk)).min(self.wire.len());
        let bytes: Vec<u8> = self.wire.drain(..count).collect();
        self.now += Duration::from_micros(self.random.below(200) as u64);
        self.session.buffer().extend_from_slice(&bytes);
        self.session.received(self.now);
        self.poll();
        // What is kept of a message that is not whole: it, and what came with its beginning.
        if self.session.buffer().len() > self.longest + bytes.len() && !self.over {
            self.over = true;
            let kept = self.session.buffer().len();
            self.ledger.fault(Fault::Stuck, format!("{kept} bytes are kept of messages of at most {}", self.longest));
        }
    }

    /// Takes what has come of it. What goes from the session to the reader, and how, is here alone.
    fn poll(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Events(batch) => {
                    for event in batch.iter() {
                        if !matches!(event.kind(), MessageKind::Event | MessageKind::Response | MessageKind::Other) {
                            self.ledger.fault(Fault::Marker, format!("{:?}", event.kind()));
                        }
                        self.reader.read(&event, self.now);
                    }
                }
                Output::Stray { messages, .. } => {
                    for message in messages.iter() {
                        self.reader.read(&message, self.now);
                    }
                }
                Output::Done(number, result) => {
                    let (ask, has_ended) = &mut self.asked[number];
                    let words = match result {
                        Ok(_) if *has_ended => "ended twice".to_owned(),
                        Ok(response) if ask.is_answered(&response, number) => String::new(),
                        Ok(_) => "got another answer".to_owned(),
                        Err(error) => error.to_string(),
                    };
                    *has_ended = true;
                    if !words.is_empty() {
                        self.ledger.faults.push((Fault::Action, format!("{ask:?}: {words}")));
                    }
                }
                Output::Gap(_) => self.ledger.fault(Fault::Marker, "a gap where there was none"),
                Output::Lost { cause, .. } | Output::Ended(cause) => {
                    self.over = true;
                    self.ledger.fault(Fault::Link, cause.to_string());
                }
                _ => {}
            }
        }
        while let Some(incoming) = self.reader.next() {
            self.ledger.arrived(&incoming);
        }
    }

    fn ask(&mut self) {
        let ask = self.random.pick(&ASKS);
        self.submit(ask);
    }

    fn submit(&mut self, ask: Ask) {
        let number = self.asked.len();
        if self.session.submit(&ask.action(), None, self.now, number).is_ok() {
            self.asked.push((ask, false));
            self.hear();
        }
    }

    /// The server reads what the session writes. It answers in order, but not at once.
    fn hear(&mut self) {
        let text = String::from_utf8_lossy(self.session.transmit()).into_owned();
        self.session.transmitted(text.len());
        for request in text.split_terminator("\r\n\r\n") {
            let id = request.lines().find_map(|line| line.strip_prefix("ActionID: ")).unwrap_or_default();
            let number = self.asked.len() - 1;
            self.answers.push_back(self.asked[number].0.answer(id, number));
        }
    }

    fn answer(&mut self) {
        let Some(answer) = self.answers.pop_front() else { return };
        // The head of a command's answer goes out before the command runs. Nothing comes between.
        self.write(answer.into_bytes());
    }

    /// All that was written arrives, all that was asked is answered, and time passes.
    fn settle(&mut self) {
        while !self.answers.is_empty() {
            self.answer();
        }
        self.deliver_all();
        let end = self.now + SETTLED;
        while self.now < end {
            self.now += Duration::from_millis(500);
            self.reader.expire(self.now);
            if self.reader.deadline().is_some_and(|deadline| deadline <= self.now) {
                self.ledger.fault(Fault::Stuck, "a deadline of the reader's stays due");
                break;
            }
            if !self.over && self.now < end - Duration::from_secs(15) {
                self.session.tick(self.now);
            }
            self.poll();
        }
        self.reader.finish(self.now);
        self.poll();
        if self.reader.deadline().is_some() {
            self.ledger.fault(Fault::Stuck, "something waits for a time after the end");
        }
        for (ask, has_ended) in &self.asked {
            if !has_ended {
                self.ledger.faults.push((Fault::Action, format!("{ask:?} has not ended")));
            }
        }
        self.ledger.close(false);
    }
}
