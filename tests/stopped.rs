//! A process that was stopped reads what came meanwhile before it judges what its time is up for.
//!
//! The client is a process of its own, which is stopped and goes on as the server wants it; the server is here.
#![cfg(feature = "blocking")]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ami::client::Tls;
use ami::{Action, Client, Config, Filter, blocking};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use support::clock::PATIENCE;
use support::server::{Asked, BANNER, ThreadPeer};
use tokio::runtime::Builder;

/// The time of an action, a keepalive's Ping or a login that is to run out.
const DEADLINE: Duration = Duration::from_secs(1);
/// A process is stopped until so long after that.
const LATE: Duration = Duration::from_millis(300);

/// Tells a process of this program to be the client: the port, what drives it, and what is to run out.
const CLIENT: &str = "AMI_STOPPED_CLIENT";
const FACES: [&str; 4] = ["blocking", "current_thread", "multi_thread", TLS];
/// The last of them again, through TLS.
const TLS: &str = "tls";

// ---- the client's side ----

/// Logs in and sends an action, and a second one whatever becomes of it.
fn client(port: u16, face: &str, what: &str) -> Vec<String> {
    let config = Config::new("127.0.0.1", "admin", "secret").port(port);
    let config = config.connect_timeout(PATIENCE).action_timeout(PATIENCE).keepalive(PATIENCE);
    let config = match what {
        "action" => config.action_timeout(DEADLINE),
        "keepalive" => config.keepalive(DEADLINE).keepalive_timeout(DEADLINE),
        "login" => config.connect_timeout(DEADLINE),
        _ => panic!("what is {what}?"),
    };
    let config = if face == TLS { config.tls(Tls::new().danger_accept_any_certificate(true)) } else { config };
    let tell = |outcome: Result<(), ami::Error>| outcome.map_or_else(|error| error.to_string(), |()| "fine".to_owned());
    let actions = ["First", "Second"].map(Action::new);
    if face == "wait" {
        let client = blocking::Client::connect(config).expect("logged in");
        let events = client.subscribe(Filter::names(["News"]).expect("a name")).expect("subscribed");
        client.call(&actions[0]).expect("answered");
        let event = events.next(Some(Instant::now() + DEADLINE)).expect("open");
        return vec![
            event.map_or_else(|| "nothing".to_owned(), |event| String::from_utf8_lossy(event.name()).into_owned()),
        ];
    }
    if face == "blocking" {
        let client = match blocking::Client::connect(config) {
            Ok(client) => client,
            Err(error) => return vec![error.to_string()],
        };
        return actions.iter().map(|action| tell(client.call(action).map(drop))).collect();
    }
    let mut builder =
        if face == "current_thread" { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build().expect("a runtime").block_on(async {
        let client = match Client::connect(config).await {
            Ok(client) => client,
            Err(error) => return vec![error.to_string()],
        };
        let mut told = Vec::new();
        for action in &actions {
            told.push(tell(client.call(action).await.map(drop)));
        }
        told
    })
}

/// Is the client of the other tests, where it is told to; by itself it is one that nobody stops.
#[test]
fn stopped_client_program_gets_its_answers_when_it_runs() {
    match std::env::var(CLIENT) {
        Ok(told) => {
            let [port, face, what] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("what is {told}?") };
            for outcome in client(port.parse().expect("a port"), face, what) {
                println!("outcome: {outcome}");
            }
        }
        Err(_) => {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = listener.local_addr().expect("an address").port();
            let server = thread::spawn(move || Peer::accept(&listener, None, false).answer_all());
            assert_eq!(client(port, "blocking", "action"), ["fine", "fine"]);
            server.join().expect("no panic");
        }
    }
}

// ---- the server's side ----

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// The server's side of a connection through TLS.
fn sealed(stream: TcpStream) -> impl Stream {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let settings = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate with its key");
    StreamOwned::new(ServerConnection::new(Arc::new(settings)).expect("a connection"), stream)
}

struct Peer {
    connection: ThreadPeer<Box<dyn Stream + Send>>,
    /// The moment at which the last action had come.
    at: Instant,
    process: Option<Process>,
}

struct Process(Child);

impl Process {
    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id() as i32), signal).expect("it is there");
    }

    /// Stops all of its threads.
    fn stop(&self) {
        self.signal(Signal::SIGSTOP);
        let start = Instant::now();
        let tasks = format!("/proc/{}/task", self.0.id());
        let is_stopped = |task: std::io::Result<std::fs::DirEntry>| {
            let stat = std::fs::read_to_string(task.expect("a thread").path().join("stat")).unwrap_or_default();
            stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
        };
        while !std::fs::read_dir(&tasks).expect("it is there").all(is_stopped) {
            assert!(start.elapsed() < PATIENCE, "it does not stop");
            thread::yield_now();
        }
    }

    /// The outcomes of its actions, once it has ended.
    fn outcomes(mut self) -> Vec<String> {
        let mut text = String::new();
        self.0.stdout.take().expect("piped").read_to_string(&mut text).expect("text");
        assert!(self.0.wait().expect("it ends").success(), "{text}");
        text.lines().filter_map(|line| Some(line.split_once("outcome: ")?.1.to_owned())).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Peer {
    /// Starts a client and waits for it.
    fn of(face: &str, what: &str) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let process = Command::new(std::env::current_exe().expect("a program has a path"))
            .args(["--exact", "--nocapture", "stopped_client_program_gets_its_answers_when_it_runs"])
            .env(CLIENT, format!("{port} {face} {what}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        Peer::accept(&listener, Some(Process(process)), face == TLS)
    }

    fn accept(listener: &TcpListener, process: Option<Process>, tls: bool) -> Peer {
        let (stream, _) = listener.accept().expect("a client");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let stream: Box<dyn Stream + Send> = if tls { Box::new(sealed(stream)) } else { Box::new(stream) };
        let mut peer = Peer { connection: ThreadPeer::new(stream), at: Instant::now(), process };
        peer.say(BANNER);
        peer
    }

    fn say(&mut self, text: &str) {
        self.connection.say(text);
    }

    /// The next action; none at the end of the connection, which the client ends as it likes.
    fn next(&mut self) -> Option<Asked> {
        let asked = match self.connection.try_action() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("no action in time"),
            asked => asked.ok().flatten(),
        };
        self.at = Instant::now();
        asked
    }

    /// Answers all that comes before an action of this name.
    fn until(&mut self, name: &str) -> Asked {
        loop {
            let asked = self.next().expect("an action");
            if asked.name == name {
                return asked;
            }
            self.say(&asked.accept());
        }
    }

    fn answer_all(&mut self) {
        while let Some(asked) = self.next() {
            self.say(&asked.accept());
        }
    }

    /// Has the client stopped while this is said, and until its time for the action is up.
    fn say_while_stopped(&mut self, text: &str) {
        let process = self.process.as_ref().expect("a process");
        process.stop();
        self.say(text);
        let until = self.at + DEADLINE + LATE;
        thread::sleep(until.saturating_duration_since(Instant::now()));
        self.process.as_ref().expect("a process").signal(Signal::SIGCONT);
    }

    fn outcomes(mut self) -> Vec<String> {
        self.answer_all();
        self.process.take().expect("a process").outcomes()
    }
}

#[test]
fn stopped_process_takes_an_answer_that_came_meanwhile() {
    for face in FACES {
        let mut peer = Peer::of(face, "action");
        let asked = peer.until("First");
        peer.say_while_stopped(&asked.accept());
        assert_eq!(peer.outcomes(), ["fine", "fine"], "{face}");
    }
}

#[test]
fn stopped_process_takes_an_answer_behind_many_events() {
    // As many as fit into the socket of a process that does not read: 60 KB. What is still in the server's came later.
    let events = "Event: News\r\nN: 1\r\n\r\n".repeat(2_500);
    for face in FACES {
        let mut peer = Peer::of(face, "action");
        let asked = peer.until("First");
        peer.say_while_stopped(&format!("{events}{}", asked.accept()));
        assert_eq!(peer.outcomes(), ["fine", "fine"], "{face}");
    }
}

#[test]
fn stopped_process_ends_an_unanswered_action_when_it_goes_on() {
    for face in FACES {
        let mut peer = Peer::of(face, "action");
        peer.until("First");
        peer.say_while_stopped("Event: News\r\n\r\n");
        let goes_on = Instant::now();
        let next = peer.until("Second");
        assert!(goes_on.elapsed() < DEADLINE, "{face}: {:?}", goes_on.elapsed());
        peer.say(&next.accept());
        let outcomes = peer.outcomes();
        assert!(outcomes[0].contains("First was sent and not answered in time"), "{face}: {outcomes:?}");
        assert_eq!(outcomes[1], "fine", "{face}");
    }
}

#[test]
fn stopped_process_keeps_the_connection_by_an_answered_keepalive() {
    for face in FACES {
        let mut peer = Peer::of(face, "keepalive");
        let first = peer.until("First");
        peer.say(&first.accept());
        let second = peer.until("Second");
        let ping = peer.until("Ping");
        peer.say_while_stopped(&(ping.accept() + &second.accept()));
        assert_eq!(peer.outcomes(), ["fine", "fine"], "{face}");
    }
}

#[test]
fn stopped_process_takes_a_login_that_was_answered_meanwhile() {
    for face in FACES {
        let mut peer = Peer::of(face, "login");
        let asked = peer.until("Login");
        peer.say_while_stopped(&asked.accept());
        assert_eq!(peer.outcomes(), ["fine", "fine"], "{face}");
    }
}

#[test]
fn stopped_process_wait_gets_the_event_that_came_meanwhile() {
    for _ in 0..3 {
        let mut peer = Peer::of("wait", "action");
        let asked = peer.until("First");
        peer.say(&asked.accept());
        // It waits from now on, as far as can be seen from here.
        thread::sleep(DEADLINE / 4);
        peer.at = Instant::now();
        peer.say_while_stopped("Event: News\r\n\r\n");
        assert_eq!(peer.outcomes(), ["News"]);
    }
}
