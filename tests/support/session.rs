//! A session of the protocol with a clock and without a socket.

use std::time::{Duration, Instant};

use ami::protocol::{Credentials, Gap, Output, Session, SessionConfig, Skipped};
use ami::{Batch, ErrorKind, Message, Response};

use crate::server::SECRET;

pub const PREFIX: &str = "own-";

pub fn session_config() -> SessionConfig {
    SessionConfig::new(Credentials::new("admin", SECRET), PREFIX)
}

/// The outputs of a session, by kind.
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
    /// The order of the outputs, a letter each: Ready, Event, Stray, Gap, Done, Lost, Connect, X for the end.
    pub order: String,
}

impl Outcome {
    pub fn kinds(&self) -> Vec<(u32, Option<ErrorKind>)> {
        self.done.iter().map(|(token, result)| (*token, result.as_ref().err().map(ami::Error::kind))).collect()
    }
}

/// A session with a clock, and its outputs so far.
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
