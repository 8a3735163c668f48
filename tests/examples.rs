//! The programs of `examples/rust`, against a simulated gateway.
#![cfg(all(feature = "blocking", feature = "simulator"))]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use ami::simulator::{Incoming, Options, Simulator, SimulatorThread, UssdMenu, UssdReply};

/// Long enough for any machine; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every example has its test here, or in `tests/asterisk/test_examples.py` if a gateway cannot do what it wants.
const TESTED: [&str; 15] = [
    "async_agi",
    "edit_config",
    "gateway",
    "hangups",
    "live_state",
    "login",
    "originate",
    "parser",
    "read_sms",
    "send_sms",
    "send_ussd",
    "sms_center",
    "tls",
    "ussd_menu",
    "watch_calls",
];

/// Builds the examples where `cargo test` has put them already, which costs nothing then; the folder that they are in.
fn programs() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let mut features = vec!["blocking", "simulator"];
        features.extend(cfg!(feature = "capi").then_some("capi"));
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--examples", "--features", &features.join(",")]);
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        // Of this test: build scripts of dependencies would run anew for them.
        for (name, _) in std::env::vars_os() {
            let is_of_it = |start: &&str| name.as_encoded_bytes().starts_with(start.as_bytes());
            if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(is_of_it) {
                build.env_remove(&name);
            }
        }
        assert!(build.status().expect("cargo runs").success(), "the examples are not built");
        let test = std::env::current_exe().expect("a program");
        test.ancestors().nth(2).expect("the folder of the build").join("examples")
    })
}

/// A program that runs. Its lines come as it writes them, those for errors with "! " before them.
struct Program {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Program {
    fn start(name: &str, arguments: &[&str]) -> Program {
        let mut child = Command::new(programs().join(name))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let (sender, lines) = mpsc::channel();
        let read = |stream: Box<dyn Read + Send>, before: &'static str| {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = sender.send(format!("{before}{line}"));
                }
            });
        };
        read(Box::new(child.stdout.take().expect("piped")), "");
        read(Box::new(child.stderr.take().expect("piped")), "! ");
        Program { input: child.stdin.take(), child, lines }
    }

    /// The next line; `None` at the end.
    fn line(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("it writes nothing"),
        }
    }

    #[track_caller]
    fn says(&self, expected: &str) {
        assert_eq!(self.line().as_deref(), Some(expected));
    }

    fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("it is open");
        input.write_all(format!("{line}\n").as_bytes()).expect("it reads");
    }

    /// All that is left, and whether it ends well.
    fn end(mut self) -> (Vec<String>, bool) {
        self.input = None;
        let rest = std::iter::from_fn(|| self.line()).collect();
        (rest, self.child.wait().expect("it ends").success())
    }

    #[track_caller]
    fn ends_well(self) {
        assert_eq!(self.end(), (Vec::new(), true));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A simulated gateway.
struct Gateway(SimulatorThread);

impl Gateway {
    fn start() -> Gateway {
        let numbers = vec!["13800000001".to_owned(), "13800000002".to_owned()];
        let options = Options::default().numbers(numbers);
        Gateway(SimulatorThread::start(options).expect("a simulator"))
    }

    fn simulator(&self) -> &Simulator {
        self.0.simulator().expect("it runs")
    }

    /// Starts an example with the arguments to log in, and more.
    fn run(&self, name: &str, more: &[&str]) -> Program {
        let port = self.simulator().port().to_string();
        let mut arguments = vec!["127.0.0.1", &port, "admin", "amp111"];
        arguments.extend(more);
        Program::start(name, &arguments)
    }
}

#[test]
fn examples_are_all_tested() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/rust");
    let names = std::fs::read_dir(folder).expect("a folder").map(|entry| {
        let path = entry.expect("an entry").path();
        path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned()
    });
    assert_eq!(names.collect::<BTreeSet<_>>(), TESTED.map(str::to_owned).into());
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("text");
    for name in TESTED {
        assert!(manifest.contains(&format!("path = \"examples/rust/{name}.rs\"")), "{name} is not built");
    }
}

#[test]
fn examples_without_arguments_say_how_they_are_called() {
    for name in TESTED {
        let (lines, ends_well) = Program::start(name, &[]).end();
        assert!(!ends_well && lines.len() == 1, "{name}: {lines:?}");
        assert!(lines[0].contains(&format!("usage: {name} HOST PORT USER SECRET")), "{lines:?}");
    }
}

#[test]
fn examples_login() {
    let gateway = Gateway::start();
    let program = gateway.run("login", &[]);
    program.says("logged in: Asterisk 1.8.20.0");
    program.ends_well();
}

#[test]
fn examples_that_cannot_do_their_work_say_why() {
    let gateway = Gateway::start();
    for (name, more, why) in [
        ("originate", &["SIP/100", "default", "200"][..], "Invalid/unknown command"),
        ("edit_config", &["a.conf", "general", "name", "value"][..], "Invalid/unknown command"),
        ("tls", &["/nowhere/ca.pem"][..], "/nowhere/ca.pem"),
    ] {
        let (lines, ends_well) = gateway.run(name, more).end();
        assert!(!ends_well && lines.iter().any(|line| line.contains(why)), "{name}: {lines:?}");
    }
}

#[test]
fn examples_watch_calls() {
    let gateway = Gateway::start();
    let program = gateway.run("watch_calls", &[]);
    program.says("! watching");
    let hangup = "Event: Hangup\r\nChannel: SIP/100-1\r\nCause-txt: Normal Clearing\r\n\r\n";
    gateway.simulator().emit("call", hangup.as_bytes());
    program.says("Hangup SIP/100-1 Normal Clearing");
}

#[test]
fn examples_send_sms() {
    let gateway = Gateway::start();
    let (lines, ends_well) = gateway.run("send_sms", &["1", "10086", "hello"]).end();
    assert!(ends_well && lines.len() == 1 && lines[0].starts_with("sent: "), "{lines:?}");
    let sent = gateway.simulator().sent();
    assert_eq!((sent[0].span, &*sent[0].destination, &*sent[0].text), (1, "10086", "hello"));
}

#[test]
fn examples_send_ussd() {
    let gateway = Gateway::start();
    gateway.simulator().set_ussd("*100#", UssdReply::menu("Balance 5\n1 More"));
    let program = gateway.run("send_ussd", &["1", "*100#"]);
    program.says("reply: Balance 5");
    program.says("1 More");
    program.says("the network waits for an answer: send it as another code");
    program.ends_well();
}

#[test]
fn examples_ussd_menu() {
    let gateway = Gateway::start();
    let menu = UssdMenu::new("1 balance").choice("1", UssdReply::text("Balance 5"));
    gateway.simulator().set_ussd_menu("*100#", menu);
    let mut program = gateway.run("ussd_menu", &["1", "*100#"]);
    program.says("1 balance");
    program.type_line("1");
    program.says("Balance 5");
    program.ends_well();
}

#[test]
fn examples_read_sms() {
    let gateway = Gateway::start();
    let program = gateway.run("read_sms", &["1"]);
    program.says("! waiting for SMS");
    let message = Incoming::new("10086", "hello").time("2014/09/11 09:36:47".into());
    gateway.simulator().deliver(2, &message);
    program.says("from 10086 on port 2 at 2014-09-11T09:36:47+08:00: hello");
    program.ends_well();
}

#[test]
fn examples_sms_center() {
    let gateway = Gateway::start();
    let mut program = gateway.run("sms_center", &[]);
    program.type_line("1 10086 hello");
    program.says("sent to 10086");
    gateway.simulator().deliver(1, &Incoming::new("10010", "hi there"));
    program.says("from 10010 on port 1: hi there");
    program.type_line("hello");
    program.says("write: PORT NUMBER TEXT");
    program.ends_well();
}

#[test]
fn examples_gateway() {
    let gateway = Gateway::start();
    let program = gateway.run("gateway", &["1", "2", "13800000002"]);
    let (lines, ends_well) = program.end();
    assert!(ends_well, "{lines:?}");
    assert_eq!(lines[0], "dialect: openvox");
    for expected in ["port 1: sent", "port 2: from 13800000001", "port 2: sent", "port 1: from 13800000002: I am here"]
    {
        assert!(lines.iter().any(|line| line == expected), "{expected} is not in {lines:?}");
    }
}

#[test]
fn examples_parser() {
    let gateway = Gateway::start();
    let program = gateway.run("parser", &[]);
    program.says("answer: Success, Authentication accepted");
    gateway.simulator().deliver(1, &Incoming::new("10086", "hello"));
    let event = program.line().expect("an event");
    assert!(event.starts_with("event: ") && event.ends_with(" headers"), "{event}");
    // Nobody waits for it any more, and it does not end by itself.
    drop(program);
}
