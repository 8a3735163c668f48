//! The server: says yes to every login, answers Pings, sends recorded events as fast as they are taken, cuts links.

use std::collections::HashMap;
use std::io::{BufRead as _, Write as _};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use support::random::Random;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::LocalSet;

/// The share of rare events: one in this many, each with a number of its own.
const RARE: u64 = 1000;
const CHUNK: usize = 64 * 1024;
/// A link that is to be cut is cut within so many bytes; some 300 of them are a login's.
const CUT_WITHIN: usize = 600;

#[derive(Default)]
struct Seen {
    accepted: u64,
    live: u64,
    /// The number of logins of each user.
    logins: HashMap<String, u64>,
    pings: u64,
    events: u64,
    rare: u64,
    written: u64,
    longest_wait: Duration,
}

type Shared = Arc<Mutex<Seen>>;

fn lock(seen: &Shared) -> MutexGuard<'_, Seen> {
    seen.lock().expect("no panic")
}

/// Serves until its standard input ends.
pub fn run(options: &str) {
    super::process::raise_fd_limit();
    let (port, cuts) = options.split_once(' ').expect("port and cuts");
    let (port, cuts): (u16, bool) = (port.parse().expect("a port"), cuts.parse().expect("whether"));
    let seen = Shared::default();
    std::thread::spawn({
        let seen = Arc::clone(&seen);
        move || answer_reports(&seen)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, serve(port, cuts, seen));
}

fn answer_reports(seen: &Shared) {
    for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
        let line = {
            let seen = lock(seen);
            format!(
                "accepted={} live={} users={} most={} pings={} events={} rare={} written={} wait_us={}",
                seen.accepted,
                seen.live,
                seen.logins.len(),
                seen.logins.values().max().copied().unwrap_or(0),
                seen.pings,
                seen.events,
                seen.rare,
                seen.written,
                seen.longest_wait.as_micros(),
            )
        };
        println!("{line}");
    }
    std::process::exit(0);
}

/// The events of a recording, without its answers.
fn recorded() -> Vec<Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/captures/asterisk-16/calls-20.server.ami");
    let text = String::from_utf8(std::fs::read(path).expect("the recording is there")).expect("text");
    let frames = text.split_inclusive("\r\n\r\n");
    frames.filter(|frame| frame.starts_with("Event:")).map(|frame| frame.as_bytes().to_vec()).collect()
}

async fn serve(port: u16, cuts: bool, seen: Shared) {
    let socket = TcpSocket::new_v4().expect("a socket");
    // The port is the one of a server that was killed.
    socket.set_reuseaddr(true).expect("it can be");
    socket.bind(([127, 0, 0, 1], port).into()).expect("the port is free");
    let listener = socket.listen(4096).expect("it listens");
    println!("listening");
    std::io::stdout().flush().expect("somebody reads");
    let events: Rc<[Vec<u8>]> = recorded().into();
    let mut random = Random::new(0x5eed_0bad_cafe_0001);
    loop {
        let (stream, _) = listener.accept().await.expect("a link");
        stream.set_nodelay(true).expect("it can be");
        let number = {
            let mut seen = lock(&seen);
            seen.accepted += 1;
            seen.live += 1;
            seen.accepted
        };
        // Every second one.
        let cut = (cuts && number % 2 == 0).then(|| random.below(CUT_WITHIN));
        let reset = random.below(2) == 0;
        let (events, seen) = (Rc::clone(&events), Arc::clone(&seen));
        tokio::task::spawn_local(async move {
            let mut session =
                Session { events, seen, out: Vec::new(), done: 0, next: 0, logged_in: false, flood: None };
            session.run(stream, cut, reset).await;
            lock(&session.seen).live -= 1;
        });
    }
}

struct Session {
    events: Rc<[Vec<u8>]>,
    seen: Shared,
    out: Vec<u8>,
    /// The number of its bytes that are written.
    done: usize,
    /// The next event of the recording.
    next: usize,
    logged_in: bool,
    /// Until when, and up to which number, events are sent, and what answers the action that asked for them.
    flood: Option<(Instant, u64, String)>,
}

impl Session {
    async fn run(&mut self, stream: TcpStream, cut: Option<usize>, reset: bool) {
        let (mut reader, mut writer) = stream.into_split();
        let mut input = Vec::new();
        let mut left = cut.unwrap_or(usize::MAX);
        let mut since = Instant::now();
        self.out.extend_from_slice(b"Asterisk Call Manager/5.0.5\r\n");
        loop {
            self.fill();
            let waiting = &self.out[self.done..];
            let waiting = &waiting[..waiting.len().min(left)];
            if left == 0 || (cut.is_some() && waiting.is_empty() && self.logged_in) {
                if reset {
                    let stream = reader.reunite(writer).expect("both halves of one");
                    stream.set_zero_linger().expect("it can be");
                }
                return;
            }
            tokio::select! {
                sent = writer.write(waiting), if !waiting.is_empty() => {
                    let Ok(sent) = sent else { return };
                    self.done += sent;
                    left -= if cut.is_some() { sent } else { 0 };
                    let now = Instant::now();
                    let mut seen = lock(&self.seen);
                    seen.written += sent as u64;
                    seen.longest_wait = seen.longest_wait.max(now - since);
                    since = now;
                }
                got = reader.read_buf(&mut input) => {
                    if !matches!(got, Ok(1..)) {
                        return;
                    }
                    if self.done == self.out.len() {
                        since = Instant::now();
                    }
                    if !self.take(&mut input) {
                        let _ = writer.write_all(&self.out[self.done..]).await;
                        return;
                    }
                }
            }
        }
    }

    /// Sees to it that there is something to write as long as events are to be sent.
    fn fill(&mut self) {
        if self.done == self.out.len() {
            self.out.clear();
            self.done = 0;
        }
        let Some((until, least, answer)) = &self.flood else { return };
        if !self.out.is_empty() {
            return;
        }
        let mut seen = lock(&self.seen);
        if Instant::now() >= *until && seen.events >= *least {
            self.out.extend_from_slice(answer.as_bytes());
            self.flood = None;
            return;
        }
        while self.out.len() < CHUNK {
            if seen.events.is_multiple_of(RARE) {
                let rare = format!("Event: Rare\r\nPrivilege: user,all\r\nN: {}\r\n\r\n", seen.rare);
                self.out.extend_from_slice(rare.as_bytes());
                seen.rare += 1;
            } else {
                self.out.extend_from_slice(&self.events[self.next]);
                self.next = (self.next + 1) % self.events.len();
            }
            seen.events += 1;
        }
    }

    /// Answers the whole actions among what came in; whether the session goes on.
    fn take(&mut self, input: &mut Vec<u8>) -> bool {
        let text = String::from_utf8_lossy(input).into_owned();
        let end = text.rfind("\r\n\r\n").map_or(0, |at| at + 4);
        input.drain(..end);
        for action in text[..end].split_terminator("\r\n\r\n") {
            let header = |name: &str| {
                let mut lines = action.lines().filter_map(|line| line.split_once(": "));
                lines.find(|(have, _)| *have == name).map_or("", |(_, value)| value)
            };
            let answer =
                |result: &str| format!("Response: Success\r\nActionID: {}\r\n{result}\r\n", header("ActionID"));
            let said = match header("Action") {
                "Challenge" => answer("Challenge: 123456789\r\n"),
                "Login" => {
                    *lock(&self.seen).logins.entry(header("Username").to_owned()).or_insert(0) += 1;
                    self.logged_in = true;
                    let booted = "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n";
                    answer("Message: Authentication accepted\r\n") + booted
                }
                "Ping" => {
                    lock(&self.seen).pings += 1;
                    answer("Ping: Pong\r\nTimestamp: 1795375051.873508\r\n")
                }
                "Flood" => {
                    let seconds = header("Seconds").parse().expect("a number");
                    let least = header("Events").parse().expect("a number");
                    let until = Instant::now() + Duration::from_secs_f64(seconds);
                    self.flood = Some((until, least, answer("Message: Done\r\n")));
                    continue;
                }
                "Send" => {
                    for at in 0..header("Count").parse().expect("a number") {
                        let event = &self.events[at % self.events.len()];
                        match header("Events") {
                            "rare" => {
                                let headers = event.iter().position(|byte| *byte == b'\n').expect("a line");
                                self.out.extend_from_slice(b"Event: Rare\r\n");
                                self.out.extend_from_slice(&event[headers + 1..]);
                            }
                            _ => self.out.extend_from_slice(event),
                        }
                    }
                    answer("Message: Sent\r\n")
                }
                "Logoff" => {
                    self.out.extend_from_slice(answer("Message: Thanks for all the fish.\r\n").as_bytes());
                    return false;
                }
                other => panic!("{other}"),
            };
            self.out.extend_from_slice(said.as_bytes());
        }
        true
    }
}
