//! A server and a client that do anything at any time, held against a model: every action ends once.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use ami::protocol::Reconnect;
use ami::{Action, ErrorKind};

use crate::{kind, values};
use support::captures::shown;
use support::random::Random;
use support::session::{Link, session_config};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Plain,
    Refused,
    List,
    OldList,
    Command,
    Ping,
}

struct Submitted {
    shape: Shape,
    id: String,
    entries: usize,
    due: Duration,
    written: usize,
    length: usize,
    /// `None` while it is in flight.
    expected: Option<Option<ErrorKind>>,
}

/// A server that answers what it has read in its own time, and what each action must end with.
struct Model {
    link: Link,
    random: Random,
    /// Since the start.
    time: Duration,
    actions: Vec<Submitted>,
    /// The bytes to be written, by token, in order.
    unwritten: VecDeque<usize>,
    /// True if actions wait while the connection is down.
    waits: bool,
    down: bool,
    /// Frames that the server has still to send for what it has read: each list goes out in order.
    answers: Vec<VecDeque<(String, Option<usize>)>>,
    pings: VecDeque<(String, Option<usize>)>,
    /// Bytes that the server sent and the session did not get yet, and which tokens end where in them.
    wire: Vec<u8>,
    ends: VecDeque<(usize, usize)>,
    events: usize,
    delivered_events: VecDeque<usize>,
    lost_events: usize,
}

impl Model {
    fn new(seed: u64) -> Model {
        let mut config = session_config();
        config.seed = seed;
        config.keepalive = Duration::ZERO;
        config.reconnect = Some(Reconnect::new(Duration::from_millis(50), Duration::from_millis(500)));
        config.wait_for_reconnect = seed.is_multiple_of(2);
        Model {
            waits: config.wait_for_reconnect,
            down: false,
            link: Link::ready_with(config),
            random: Random::new(seed),
            time: Duration::ZERO,
            actions: Vec::new(),
            unwritten: VecDeque::new(),
            answers: Vec::new(),
            pings: VecDeque::new(),
            wire: Vec::new(),
            ends: VecDeque::new(),
            events: 0,
            delivered_events: VecDeque::new(),
            lost_events: 0,
        }
    }

    fn submit(&mut self) {
        use Shape::{Command, List, OldList, Ping, Plain, Refused};
        let token = self.actions.len();
        let shape = [Plain, Refused, List, OldList, Command, Ping][self.random.below(6)];
        let name = match shape {
            Plain | Refused => "CoreSettings",
            List => "CoreShowChannels",
            OldList => "Status",
            Command => "Command",
            Ping => "Ping",
        };
        let mut action = Action::new(name).with("Token", token.to_string());
        if shape == Command {
            action = action.with("Command", "core show uptime");
        }
        if self.random.below(2) == 0 {
            action = action.with("ActionID", format!("caller {token}"));
        }
        let timeout = Duration::from_millis(1 + self.random.below(2000) as u64);
        let from = self.link.session.transmit().len();
        let submitted = self.link.session.submit(&action, Some(timeout), self.link.now, token as u32);
        if self.down && !self.waits {
            assert_eq!(submitted.expect_err("the connection is down").kind(), ErrorKind::Disconnected);
            return;
        }
        submitted.expect("accepted");
        let entries = self.random.below(4);
        let due = self.time + timeout;
        if self.down {
            assert_eq!(self.link.session.transmit().len(), from, "nothing goes out yet");
            self.actions.push(Submitted {
                shape,
                id: String::new(),
                entries,
                due,
                written: 0,
                length: 0,
                expected: None,
            });
            self.unwritten.push_back(token);
            return;
        }
        let wire = String::from_utf8(self.link.session.transmit()[from..].to_vec()).expect("text");
        let id = wire.lines().find_map(|line| line.strip_prefix("ActionID: ")).expect("an ActionID").to_owned();
        let length = wire.len();
        self.actions.push(Submitted { shape, id, entries, due, written: 0, length, expected: None });
        self.unwritten.push_back(token);
    }

    /// The server reads some of what is to be written, and plans its answers.
    fn write(&mut self) {
        let total: usize =
            self.unwritten.iter().map(|token| self.actions[*token].length - self.actions[*token].written).sum();
        assert_eq!(self.link.session.transmit().len(), total, "exactly the actions that are not withdrawn are written");
        let mut count = if self.random.below(2) == 0 { total } else { self.random.below(total + 1) };
        self.link.session.transmitted(count);
        while count > 0 {
            let token = *self.unwritten.front().expect("something to write");
            let action = &mut self.actions[token];
            let step = count.min(action.length - action.written);
            action.written += step;
            count -= step;
            if action.written == action.length {
                self.unwritten.pop_front();
                self.plan(token);
            }
        }
    }

    fn plan(&mut self, token: usize) {
        let Submitted { shape, id, entries, .. } = &self.actions[token];
        let id_line = format!("ActionID: {id}\r\nToken: {token}\r\n");
        let end = Some(token);
        let mut frames = VecDeque::new();
        match shape {
            Shape::Plain => frames.push_back((format!("Response: Success\r\n{id_line}\r\n"), end)),
            Shape::Refused => {
                frames.push_back((format!("Response: Error\r\n{id_line}Message: no {token}\r\n\r\n"), end))
            }
            Shape::Ping => {
                return self
                    .pings
                    .push_back((format!("Response: Success\r\nPing: Pong\r\nToken: {token}\r\n\r\n"), end));
            }
            Shape::Command => {
                let text = format!("Event: x\n\nToken: {token}\n--END COMMAND--\r\n-\n");
                let head = format!("Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\n");
                frames.push_back((format!("{head}{text}--END COMMAND--\r\n\r\n"), end));
            }
            Shape::List | Shape::OldList => {
                let new = *shape == Shape::List;
                let header = |word| if new { format!("EventList: {word}\r\n") } else { String::new() };
                frames.push_back((format!("Response: Success\r\n{id_line}{}\r\n", header("start")), None));
                for n in 0..*entries {
                    frames.push_back((format!("Event: Entry\r\n{id_line}N: {n}\r\n\r\n"), None));
                }
                let name = if new { "CoreShowChannelsComplete" } else { "StatusComplete" };
                frames.push_back((format!("Event: {name}\r\n{id_line}{}\r\n", header("Complete")), end));
            }
        }
        self.answers.push(frames);
    }

    /// The server sends a frame of some answer, or an event.
    fn speak(&mut self) {
        let frame = match self.random.below(4) {
            0 => {
                self.events += 1;
                Some((format!("Event: News\r\nSerial: {}\r\n\r\n", self.events - 1), None))
            }
            1 => self.pings.pop_front(),
            _ if !self.answers.is_empty() => {
                let at = self.random.below(self.answers.len());
                let frame = self.answers[at].pop_front();
                self.answers.retain(|frames| !frames.is_empty());
                frame
            }
            _ => None,
        };
        if let Some((bytes, end)) = frame {
            if bytes.starts_with("Event: News") {
                self.delivered_events.push_back(self.wire.len() + bytes.len());
            }
            self.wire.extend(bytes.as_bytes());
            if let Some(token) = end {
                self.ends.push_back((self.wire.len(), token));
            }
        }
    }

    /// The session gets some of what was sent.
    fn deliver(&mut self) {
        let count = if self.random.below(3) == 0 { self.wire.len() } else { self.random.below(self.wire.len() + 1) };
        let bytes: Vec<u8> = self.wire.drain(..count).collect();
        while self.ends.front().is_some_and(|(at, _)| *at <= count) {
            let (_, token) = self.ends.pop_front().expect("an end");
            let refused = (self.actions[token].shape == Shape::Refused).then_some(ErrorKind::Action);
            self.actions[token].expected.get_or_insert(refused);
        }
        self.ends.iter_mut().for_each(|(at, _)| *at -= count);
        while self.delivered_events.front().is_some_and(|at| *at <= count) {
            self.delivered_events.pop_front();
        }
        self.delivered_events.iter_mut().for_each(|at| *at -= count);
        self.link.feed(bytes);
        self.check();
    }

    fn pass(&mut self) {
        let step = Duration::from_millis(self.random.below(300) as u64);
        self.time += step;
        for (token, action) in self.actions.iter_mut().enumerate() {
            if action.expected.is_none() && action.due <= self.time {
                let written = action.written > 0;
                action.expected = Some(Some(if written { ErrorKind::OutcomeUnknown } else { ErrorKind::Timeout }));
                if !written {
                    self.unwritten.retain(|other| *other != token);
                }
            }
        }
        self.link.pass(step);
        self.check();
    }

    /// The link is lost, and with it what the server had not said.
    fn lose(&mut self) {
        for action in self.actions.iter_mut().filter(|action| action.expected.is_none()) {
            if action.written > 0 {
                action.expected = Some(Some(ErrorKind::OutcomeUnknown));
            } else if !self.waits {
                action.expected = Some(Some(ErrorKind::Disconnected));
            }
        }
        let actions = &self.actions;
        self.unwritten.retain(|token| actions[*token].expected.is_none());
        self.answers.clear();
        self.pings.clear();
        self.wire.clear();
        self.ends.clear();
        self.lost_events += self.delivered_events.len();
        self.delivered_events.clear();
        self.down = true;
        let gaps = self.link.out.gaps.len();
        self.link.session.end_of_input(self.link.now);
        self.link.poll();
        assert_eq!(self.link.out.gaps.len(), gaps);
        self.check();
    }

    /// There is a link again: what waited for it goes out.
    fn relink(&mut self) {
        let gaps = self.link.out.gaps.len();
        while self.link.out.connect.is_none() {
            self.pass();
        }
        self.link.out.connect = None;
        self.link.session.connected(false, self.link.now + Duration::from_secs(60));
        self.link.log_in(b"Asterisk Call Manager/5.0.4\r\n");
        assert_eq!(self.link.out.gaps.len(), gaps + 1);
        self.down = false;
        let wire = String::from_utf8(self.link.session.transmit().to_vec()).expect("text");
        let mut frames = wire.split_inclusive("\r\n\r\n");
        for token in &self.unwritten {
            let frame = frames.next().expect("what waited goes out");
            let line = |name| frame.lines().find_map(|line| line.strip_prefix(name)).expect("a line").to_owned();
            assert_eq!(line("Token: "), token.to_string(), "in order");
            let action = &mut self.actions[*token];
            (action.id, action.length) = (line("ActionID: "), frame.len());
        }
        assert_eq!(frames.next(), None, "and nothing else");
    }

    fn end(&mut self) {
        for action in self.actions.iter_mut().filter(|action| action.expected.is_none()) {
            let written = action.written > 0;
            action.expected = Some(Some(if written { ErrorKind::OutcomeUnknown } else { ErrorKind::Closed }));
        }
        let begun = self.unwritten.front().map(|token| &self.actions[*token]).filter(|action| action.written > 0);
        let rest = begun.map_or(0, |action| action.length - action.written);
        self.link.session.log_off(self.link.now);
        self.link.poll();
        self.check();
        let wire = self.link.session.transmit();
        assert!(if self.down { wire.is_empty() } else { wire[rest..].starts_with(b"Action: Logoff\r\n") });
        self.link.session.end_of_input(self.link.now);
        self.link.poll();
        assert!(self.link.out.ended.is_some());
    }

    /// Exactly the actions that must have ended have, once each, with what they must.
    fn check(&mut self) {
        let in_flight = self.actions.iter().filter(|action| action.expected.is_none()).count();
        assert_eq!(self.link.session.in_flight(), in_flight);
        let mut ended = vec![0; self.actions.len()];
        for (token, result) in &self.link.out.done {
            let action = &self.actions[*token as usize];
            ended[*token as usize] += 1;
            assert_eq!(action.expected, Some(kind(result)), "{:?} {}", action.shape, action.id);
            let Ok(response) = result else { continue };
            let token = token.to_string();
            if action.shape == Shape::Command {
                let text = format!("Event: x\n\nToken: {token}\n--END COMMAND--\r\n-");
                assert_eq!(response.output().map(shown), Some(shown(text.as_bytes())));
            } else {
                assert_eq!(response.get("Token"), Some(token.as_bytes()));
            }
            let is_list = matches!(action.shape, Shape::List | Shape::OldList);
            let numbers: Vec<String> = (0..action.entries).map(|n| n.to_string()).collect();
            assert_eq!(values(response.events(), "N"), if is_list { numbers } else { Vec::new() });
            assert!(values(response.events(), "Token").iter().all(|have| *have == token));
            assert_eq!(response.end_event().is_some(), is_list);
        }
        for (action, ended) in self.actions.iter().zip(ended) {
            assert_eq!(ended, usize::from(action.expected.is_some()), "{:?} {}", action.shape, action.id);
        }
        let serials = values(&self.link.out.events, "Serial");
        assert_eq!(serials.len(), self.events - self.delivered_events.len() - self.lost_events);
        assert!(serials.is_sorted_by_key(|serial| serial.parse::<usize>().expect("a number")));
    }
}

#[test]
fn model_every_action_ends_once_and_every_event_comes_out_once() {
    let (mut successes, mut errors) = (0, BTreeMap::new());
    for seed in 0..300 {
        let mut model = Model::new(seed);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..200 {
                match model.random.below(100) {
                    0..16 => model.submit(),
                    98.. if !model.down => model.lose(),
                    90.. if model.down => model.relink(),
                    16..32 if !model.down => model.write(),
                    32..72 if !model.down => model.speak(),
                    72..88 if !model.down => model.deliver(),
                    88.. => model.pass(),
                    _ => {}
                }
            }
            model.end();
        }));
        if let Err(cause) = result {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(cause);
        }
        for (_, result) in &model.link.out.done {
            match kind(result) {
                None => successes += 1,
                Some(kind) => *errors.entry(kind.name()).or_insert(0) += 1,
            }
        }
    }
    assert!(successes > 1000, "the model reaches success: {successes}");
    use ErrorKind::{Action, Closed, Disconnected, OutcomeUnknown, Timeout};
    for kind in [Action, Closed, Disconnected, OutcomeUnknown, Timeout] {
        assert!(errors.get(kind.name()).is_some_and(|count| *count > 50), "the model reaches {kind:?}: {errors:?}");
    }
}
