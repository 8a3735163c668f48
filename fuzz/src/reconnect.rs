//! A session whose links break, beside a model of the server: each action ends once, none is carried out twice, and what is
//! said not to have been sent was not.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ami::protocol::{Credentials, Output, Reconnect, Session, SessionConfig};
use ami::{Action, Error, ErrorKind};

const PREFIX: &str = "own-";

/// An action of a caller's.
#[derive(Default)]
struct Fate {
    ended: usize,
    /// How often the server has carried it out.
    carried_out: usize,
    /// It ended as one that was never sent.
    not_sent: bool,
    /// It ended with the server's answer.
    answered: bool,
}

/// The server's end of one link.
#[derive(Default)]
struct Server {
    /// Bytes of a request that is not whole.
    input: Vec<u8>,
    answers: VecDeque<String>,
}

impl Server {
    /// Takes bytes that have arrived; carries out each request that is whole.
    fn hear(&mut self, bytes: &[u8], fates: &mut [Fate]) {
        self.input.extend_from_slice(bytes);
        while let Some(end) = self.input.windows(4).position(|four| four == b"\r\n\r\n") {
            let request: Vec<u8> = self.input.drain(..end + 4).collect();
            let request = String::from_utf8(request).expect("requests are text here");
            let header = |name: &str| {
                let start = format!("{name}: ");
                request.lines().find_map(|line| line.strip_prefix(start.as_str())).unwrap_or_default().to_owned()
            };
            let id = header("ActionID");
            let answer = match header("Action").as_str() {
                "Challenge" => format!("Response: Success\r\nActionID: {id}\r\nChallenge: 138536221\r\n\r\n"),
                "Logoff" => format!("Response: Goodbye\r\nActionID: {id}\r\n\r\n"),
                "Ping" => format!("Response: Success\r\nActionID: {id}\r\nPing: Pong\r\n\r\n"),
                "Carry" => {
                    let number: usize = header("Number").parse().expect("a number");
                    fates[number].carried_out += 1;
                    format!("Response: Success\r\nActionID: {id}\r\nNumber: {number}\r\n\r\n")
                }
                _ => format!("Response: Success\r\nActionID: {id}\r\nMessage: done\r\n\r\n"),
            };
            self.answers.push_back(answer);
        }
    }
}

struct Play {
    session: Session<usize>,
    now: Instant,
    server: Option<Server>,
    fates: Vec<Fate>,
    /// The session wants a link.
    wants_link: bool,
    over: bool,
}

fn lost() -> Error {
    Error::new(ErrorKind::Disconnected, "the link is cut")
}

impl Play {
    fn poll(&mut self) {
        while let Some(output) = self.session.poll() {
            assert!(!self.over, "nothing comes after the end");
            match output {
                Output::Done(number, result) => {
                    let fate = &mut self.fates[number];
                    fate.ended += 1;
                    assert_eq!(fate.ended, 1, "an action ends once");
                    match result {
                        Ok(response) => {
                            assert_eq!(response.text("Number").as_deref(), Some(number.to_string().as_str()));
                            fate.answered = true;
                        }
                        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {}
                        Err(error) => {
                            let kinds = [ErrorKind::Timeout, ErrorKind::Disconnected, ErrorKind::Closed];
                            assert!(kinds.contains(&error.kind()), "{error}");
                            fate.not_sent = true;
                        }
                    }
                }
                Output::Connect { .. } => self.wants_link = true,
                Output::Lost { .. } => self.server = None,
                Output::Ended(_) => {
                    self.over = true;
                    self.server = None;
                }
                _ => {}
            }
        }
        for fate in &self.fates {
            assert!(fate.carried_out <= 1, "an action is carried out twice");
            assert!(!fate.not_sent || fate.carried_out == 0, "an action that was not sent is carried out");
            assert!(!fate.answered || fate.carried_out == 1, "an action is answered that was not carried out");
        }
        let open = self.fates.iter().filter(|fate| fate.ended == 0).count();
        assert_eq!(open, self.session.in_flight());
    }

    /// So many bytes are written, of which the server gets all but the last ones.
    fn write(&mut self, count: usize, lost: usize) {
        let Some(server) = &mut self.server else { return };
        let bytes = self.session.transmit();
        let count = count.min(bytes.len());
        let arrived = bytes[..count - lost.min(count)].to_vec();
        self.session.transmitted(count);
        server.hear(&arrived, &mut self.fates);
        if lost > 0 {
            // Behind what is lost nothing can arrive.
            self.cut(false);
        }
    }

    /// The server's next answer arrives, or some of it, and then no more.
    fn answer(&mut self, count: Option<usize>) {
        let Some(answer) = self.server.as_mut().and_then(|server| server.answers.pop_front()) else { return };
        let bytes = answer.as_bytes();
        self.session.buffer().extend_from_slice(&bytes[..count.unwrap_or(bytes.len()).min(bytes.len())]);
        self.session.received(self.now);
        self.poll();
        if count.is_some() {
            self.cut(true);
        }
    }

    fn cut(&mut self, by_server: bool) {
        if self.server.take().is_none() {
            return;
        }
        if by_server {
            self.session.end_of_input(self.now);
        } else {
            self.session.disconnected(lost(), self.now);
        }
        self.poll();
    }

    fn connect(&mut self, succeeds: bool) {
        if !std::mem::take(&mut self.wants_link) || self.over {
            return;
        }
        if succeeds {
            self.session.connected(true, self.now + Duration::from_secs(10));
            self.server = Some(Server {
                answers: VecDeque::from(["Asterisk Call Manager/1.1\r\n".to_owned()]),
                ..Server::default()
            });
        } else {
            self.session.disconnected(lost(), self.now);
        }
        self.poll();
    }

    /// All that can go well does.
    fn go_on(&mut self) {
        for _ in 0..8 {
            self.connect(true);
            self.write(usize::MAX, 0);
            self.answer(None);
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.session.tick(self.now);
        self.poll();
    }
}

/// The first byte says how the session is set up, each further one what happens.
pub fn reconnect(bytes: &[u8]) {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let mut config = SessionConfig::new(Credentials::new("user", "secret"), PREFIX);
    let mut policy = Reconnect::new(Duration::from_millis(100), Duration::from_secs(2));
    policy.attempts = (first & 1 != 0).then_some(5);
    config.reconnect = (first & 14 != 0).then_some(policy);
    config.wait_for_reconnect = first & 16 != 0;
    config.keepalive = Duration::from_secs(if first & 32 != 0 { 3 } else { 0 });
    config.keepalive_timeout = Duration::from_secs(2);
    config.action_timeout = Duration::from_secs(5);
    let mut play = Play {
        session: Session::new(config),
        now: Instant::now(),
        server: None,
        fates: Vec::new(),
        wants_link: true,
        over: false,
    };
    if first & 64 != 0 {
        play.go_on();
    }
    for &byte in rest.iter().take(400) {
        if play.over {
            break;
        }
        let size = usize::from(byte >> 3);
        match byte & 7 {
            0 => {
                let number = play.fates.len();
                let mut action = Action::new("Carry").with("Number", number.to_string());
                if size & 1 != 0 {
                    action = action.with("ActionID", format!("mine-{number}"));
                }
                let timeout = (size & 2 != 0).then(|| Duration::from_millis(200 * size as u64));
                if play.session.submit(&action, timeout, play.now, number).is_ok() {
                    play.fates.push(Fate::default());
                }
            }
            1 => play.write(usize::MAX, 0),
            2 => play.write(1 + size * 4, 0),
            3 => play.answer(None),
            4 if size & 1 == 0 => play.pass(Duration::from_millis(20 * size as u64)),
            4 => play.pass(Duration::from_millis(400 * size as u64)),
            5 if size & 3 == 0 => play.write(usize::MAX, size),
            5 if size & 3 == 1 => play.answer(Some(size * 2)),
            5 => play.cut(size & 4 != 0),
            6 => play.connect(size & 7 != 7),
            _ if size == 31 => {
                play.session.log_off(play.now);
                play.poll();
            }
            _ => play.go_on(),
        }
        play.poll();
    }
    // Time alone ends all that is left.
    for _ in 0..40 {
        play.pass(Duration::from_millis(500));
    }
    assert!(play.fates.iter().all(|fate| fate.ended == 1), "every action ends");
}
