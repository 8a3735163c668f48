//! What several test files need: the recorded sessions, a splitter that owes nothing to the parser, a logged-in session.
#![allow(dead_code)] // each file uses a part

use std::path::Path;
use std::time::{Duration, Instant};

use ami::protocol::{Credentials, Gap, Output, Session, SessionConfig, Skipped};
use ami::{Batch, ErrorKind, Kind, Message, Response};

pub const VERSIONS: [&str; 4] = ["1.8", "13", "16", "22"];
pub const END_COMMAND: &[u8] = b"--END COMMAND--\r\n\r\n";

pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// `NAME.server.ami` or `NAME.client.ami` of one server.
pub fn capture(version: &str, file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/captures/asterisk-{version}"));
    std::fs::read(folder.join(file)).expect("the capture is there")
}

/// The name and bytes of what every server sent in every recorded session.
pub fn server_captures() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for version in VERSIONS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/captures/asterisk-{version}"));
        for entry in std::fs::read_dir(folder).expect("the captures are there") {
            let name = entry.expect("a name").file_name().into_string().expect("plain names");
            if name.ends_with(".server.ami") {
                all.push((format!("{version}/{name}"), capture(version, &name)));
            }
        }
    }
    assert_eq!(all.len(), 4 * 8, "eight sessions of each server");
    all
}

/// A frame by the plainest reading of the wire.
pub struct Frame {
    pub headers: Headers,
    /// The text between the headers and the end of a `Follows` reply.
    pub text: Option<Vec<u8>>,
}

impl Frame {
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let found = self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| value.as_slice())
    }

    pub fn is_event(&self) -> bool {
        self.headers[0].0 == b"Event"
    }
}

pub fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn split_line(line: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let colon = find(line, b":").unwrap_or_else(|| panic!("no colon in {:?}", String::from_utf8_lossy(line)));
    let value = &line[colon + 1..];
    (line[..colon].to_vec(), value.strip_prefix(b" ").unwrap_or(value).to_vec())
}

/// The first line, and then each message with the empty lines before it, as they stand on the wire.
pub fn pieces(bytes: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (banner, mut rest) = bytes.split_at(find(bytes, b"\r\n").expect("a banner") + 2);
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let message = rest.trim_ascii_start();
        let marker = if message.starts_with(b"Response: Follows\r\n") { END_COMMAND } else { b"\r\n\r\n" };
        let end = rest.len() - message.len() + find(message, marker).expect("a whole message") + marker.len();
        pieces.push(&rest[..end]);
        rest = &rest[end..];
    }
    (banner, pieces)
}

/// The banner and the frames of a whole recorded session.
pub fn split(bytes: &[u8]) -> (Vec<u8>, Vec<Frame>) {
    let end = find(bytes, b"\r\n").expect("a banner");
    let (banner, mut rest) = (bytes[..end].to_vec(), &bytes[end + 2..]);
    let mut frames = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(b"\r\n") {
            rest = after;
            continue;
        }
        let mut headers = Vec::new();
        if rest.starts_with(b"Response: Follows\r\n") {
            while [&b"Response: "[..], b"Privilege: ", b"ActionID: "].iter().any(|name| rest.starts_with(name)) {
                let end = find(rest, b"\r\n").expect("a line end");
                headers.push(split_line(&rest[..end]));
                rest = &rest[end + 2..];
            }
            let end = find(rest, END_COMMAND).expect("the end of the text");
            frames.push(Frame { headers, text: Some(rest[..end].to_vec()) });
            rest = &rest[end + END_COMMAND.len()..];
            continue;
        }
        let end = find(rest, b"\r\n\r\n").expect("a whole frame");
        let mut lines = &rest[..end + 2];
        while !lines.is_empty() {
            let end = find(lines, b"\r\n").expect("a line end");
            headers.push(split_line(&lines[..end]));
            lines = &lines[end + 2..];
        }
        frames.push(Frame { headers, text: None });
        rest = &rest[end + 4..];
    }
    (banner, frames)
}

pub fn headers(message: &Message) -> Headers {
    message.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

/// Everything that can be seen of a message, for comparisons.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub kind: Kind,
    pub name: String,
    pub action_id: Option<String>,
    pub headers: Vec<(String, String)>,
}

/// Bytes as text that shows every byte.
pub fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

pub fn seen(message: &Message) -> Seen {
    Seen {
        kind: message.kind(),
        name: shown(message.name()),
        action_id: message.action_id().map(shown),
        headers: message.iter().map(|(name, value)| (shown(name), shown(value))).collect(),
    }
}

pub const SECRET: &str = "s3cr3t-0f-adm1n";
pub const PREFIX: &str = "own-";

pub fn session_config() -> SessionConfig {
    SessionConfig::new(Credentials::new("admin", SECRET), PREFIX)
}

/// What came out of a session.
#[derive(Default)]
pub struct Outcome {
    pub ready: bool,
    pub done: Vec<(u32, Result<Response, ami::Error>)>,
    pub events: Vec<Message>,
    pub gaps: Vec<Gap>,
    pub strays: Vec<(Batch, Skipped)>,
    /// Links that were lost, and how long until the next attempt.
    pub lost: Vec<(ami::Error, Duration)>,
    /// The attempt that the owner was last asked for.
    pub connect: Option<u32>,
    pub ended: Option<ami::Error>,
    /// What came out, in order, by a letter each: Ready, Event, Stray, Gap, Done, Lost, Connect, X for the end.
    pub order: String,
}

impl Outcome {
    pub fn kinds(&self) -> Vec<(u32, Option<ErrorKind>)> {
        self.done.iter().map(|(token, result)| (*token, result.as_ref().err().map(ami::Error::kind))).collect()
    }
}

/// A session with a clock, and what came out of it so far.
pub struct Link {
    pub session: Session<u32>,
    pub now: Instant,
    pub out: Outcome,
}

impl Link {
    /// A link that is up; nothing was received yet.
    pub fn up(config: SessionConfig, allow_plain: bool) -> Link {
        let now = Instant::now();
        let mut session = Session::new(config);
        session.connected(allow_plain, now + Duration::from_secs(10));
        Link { session, now, out: Outcome::default() }
    }

    /// A session without a link.
    pub fn new(config: SessionConfig) -> Link {
        Link { session: Session::new(config), now: Instant::now(), out: Outcome::default() }
    }

    /// A link that is logged in, with nothing left to write.
    pub fn ready() -> Link {
        Link::ready_with(session_config())
    }

    pub fn ready_with(config: SessionConfig) -> Link {
        let mut link = Link::up(config, false);
        link.log_in(b"Asterisk Call Manager/5.0.4\r\n");
        assert!(link.out.ready, "the login was accepted");
        link
    }

    /// Answers the challenge and the login.
    pub fn log_in(&mut self, banner: &[u8]) {
        self.feed(banner);
        let id = self.sent_header("ActionID");
        self.feed(format!("Response: Success\r\nActionID: {id}\r\nChallenge: 138536221\r\n\r\n"));
        self.send();
        self.feed("Response: Success\r\nMessage: Authentication accepted\r\n\r\n");
    }

    /// As servers do that know ActionIDs.
    pub fn log_in_with_ids(&mut self, banner: &[u8]) {
        self.feed(banner);
        let id = self.sent_header("ActionID");
        self.feed(format!("Response: Success\r\nActionID: {id}\r\nChallenge: 138536221\r\n\r\n"));
        let id = self.sent_header("ActionID");
        self.feed(format!("Response: Success\r\nActionID: {id}\r\nMessage: Authentication accepted\r\n\r\n"));
    }

    /// As servers do that leave them out.
    pub fn log_in_without_ids(&mut self, banner: &[u8]) {
        self.feed(banner);
        self.send();
        self.feed("Response: Success\r\nChallenge: 138536221\r\n\r\n");
        self.send();
        self.feed("Response: Success\r\nMessage: Authentication accepted\r\n\r\n");
    }

    pub fn feed(&mut self, bytes: impl AsRef<[u8]>) {
        self.session.buffer().extend_from_slice(bytes.as_ref());
        self.session.received(self.now);
        self.poll();
    }

    /// Feeds in pieces of this many bytes.
    pub fn feed_cut(&mut self, bytes: &[u8], size: usize) {
        bytes.chunks(size).for_each(|piece| self.feed(piece));
    }

    pub fn pass(&mut self, time: Duration) {
        self.now += time;
        self.session.tick(self.now);
        self.poll();
    }

    pub fn poll(&mut self) {
        while let Some(output) = self.session.poll() {
            assert!(self.out.ended.is_none(), "nothing comes after the end: {output:?}");
            let letter = match output {
                Output::Ready => {
                    self.out.ready = true;
                    'R'
                }
                Output::Events(batch) => {
                    self.out.events.extend(batch.iter());
                    'E'
                }
                Output::Gap(gap) => {
                    self.out.gaps.push(gap);
                    'G'
                }
                Output::Stray { messages, skipped } => {
                    self.out.strays.push((messages, skipped));
                    'S'
                }
                Output::Done(token, result) => {
                    self.out.done.push((token, result));
                    'D'
                }
                Output::Lost { cause, retry_in } => {
                    self.out.lost.push((cause, retry_in));
                    'L'
                }
                Output::Connect { attempt } => {
                    self.out.connect = Some(attempt);
                    'C'
                }
                Output::Ended(error) => {
                    self.out.ended = Some(error);
                    'X'
                }
                other => panic!("an output unknown here: {other:?}"),
            };
            self.out.order.push(letter);
        }
    }

    /// Takes all that is to be written.
    pub fn send(&mut self) -> Vec<u8> {
        let bytes = self.session.transmit().to_vec();
        self.session.transmitted(bytes.len());
        bytes
    }

    /// Takes all that is to be written and returns the value of this header in it.
    pub fn sent_header(&mut self, name: &str) -> String {
        let text = String::from_utf8(self.send()).expect("text");
        let start = format!("{name}: ");
        let line = text.lines().rev().find_map(|line| line.strip_prefix(start.as_str()));
        line.unwrap_or_else(|| panic!("no {name} in {text:?}")).to_owned()
    }

    /// Submits the action and writes it.
    pub fn submit(&mut self, token: u32, action: &ami::Action) {
        self.session.submit(action, None, self.now, token).expect("accepted");
        self.send();
    }

    /// The outcome of the only action that ended.
    pub fn only(&mut self) -> Result<Response, ami::Error> {
        assert_eq!(self.out.done.len(), 1, "one action has ended");
        self.out.done.remove(0).1
    }
}

/// A small generator of random numbers: the same every time.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Below this bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
