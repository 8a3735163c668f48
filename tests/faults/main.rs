//! Real servers behind bad links: nothing is sent twice, nothing ends silently, nothing hangs.
//!
//!     python3 tests/asterisk/servers.py exec -- cargo test --test faults -- --test-threads 1
//!
//! The tests run one at a time, since they count a server's events. AMI_SOAK_SECONDS sets the length of the long ones.

mod answers;
mod calls;
mod filters;
mod proxy;
mod settings;
mod tally;

use std::collections::HashMap;
use std::future::Future;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ami::events::QueueLimits;
use ami::{Action, Client, Config, Error, ErrorKind, Filter, MessageKind, Reconnect, State, Subscription};

use proxy::{End, Fault, Proxy, Way};
use support::clock::{PATIENCE, patience};
use support::random::Random;

const SECOND: Duration = Duration::from_secs(1);

fn on_the_first(fault: Fault) -> impl FnMut(usize) -> Fault {
    move |number| if number == 0 { fault } else { Fault::default() }
}

fn servers() -> Vec<SocketAddr> {
    ["AMI_ASTERISK_16", "AMI_ASTERISK_22"]
        .iter()
        .map(|name| {
            let place = std::env::var(name).unwrap_or_else(|_| {
                panic!("{name} does not say where a real server is; see the first lines of tests/faults/main.rs")
            });
            place.parse().expect("host:port")
        })
        .collect()
}

fn config(port: u16) -> Config {
    Config::new("127.0.0.1", "admin", "amp111").port(port)
}

fn soon() -> Reconnect {
    Reconnect::new(Duration::from_millis(1), Duration::from_millis(50))
}

async fn direct(server: SocketAddr, mask: &str) -> Client {
    patience("a direct login", Client::connect(config(server.port()).event_mask(mask))).await.expect("logged in")
}

fn kind<T>(result: &Result<T, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}

fn user_event(name: &str, number: usize) -> Action {
    Action::new("UserEvent").with("UserEvent", name).with("N", number.to_string())
}

/// Names that no other test uses, so that they can share a server.
fn own_name(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{what}{}x{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn soak() -> Option<Duration> {
    let seconds = std::env::var("AMI_SOAK_SECONDS").ok()?;
    Some(Duration::from_secs(seconds.parse().expect("a number of seconds")))
}

/// Sees what a server carries out, without any fault between.
struct Observer {
    client: Client,
    events: Subscription,
    name: String,
    /// The number of times that each number was carried out.
    seen: HashMap<usize, usize>,
}

impl Observer {
    async fn start(server: SocketAddr, name: &str) -> Observer {
        let limits = QueueLimits::default().events(10_000_000).bytes(4 << 30);
        let settings = config(server.port()).event_mask("user").event_queue(limits);
        let client = patience("the observer's login", Client::connect(settings)).await.expect("logged in");
        let events = client.subscribe(Filter::names(["UserEvent", "#lagged"]).expect("names")).expect("open");
        Observer { client, events, name: name.to_owned(), seen: HashMap::new() }
    }

    /// Reads on until this name was carried out with this number.
    async fn read_to(&mut self, name: &str, number: usize) {
        loop {
            let event = patience("what the observer sees", self.events.next()).await.expect("its link holds");
            assert_eq!(event.kind(), MessageKind::Event, "the observer loses nothing");
            let is = event.text("UserEvent").unwrap_or_default();
            let of = event.text("N").and_then(|text| text.parse().ok());
            if let Some(of) = of.filter(|_| is == self.name) {
                *self.seen.entry(of).or_insert(0) += 1;
            }
            if is == name && of == Some(number) {
                return;
            }
        }
    }

    /// Reads all that was carried out until now.
    async fn catch_up(&mut self) {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}End", self.name);
        patience("the end", self.client.call(&user_event(&name, number))).await.expect("carried out");
        self.read_to(&name, number).await;
    }

    async fn count(&mut self, number: usize) -> usize {
        self.catch_up().await;
        self.seen.get(&number).copied().unwrap_or(0)
    }
}

// ------------------------------------------------------------------------------------------ one fault at a time

#[tokio::test]
async fn faults_before_the_login_are_named_at_once() {
    for server in servers() {
        let proxy = Proxy::start(server, |_| Fault::default()).await;
        let open = async |limit: Duration| {
            let outcome = Client::connect(config(proxy.port).connect_timeout(limit));
            kind(&patience("an attempt", outcome).await)
        };
        assert_eq!(open(PATIENCE).await, None, "without a fault it works");
        proxy.set(|_| Fault { mute: true, ..Fault::default() });
        assert_eq!(open(SECOND / 5).await, Some(ErrorKind::Timeout));
        proxy.set(|_| Fault::to_client(10, End::Stall));
        assert_eq!(open(SECOND / 5).await, Some(ErrorKind::Timeout), "in the middle of the banner");
        // Wherever the link is cut, up to the login's answer.
        for end in [End::Close, End::Reset] {
            for after in (0..150).step_by(7) {
                proxy.set(move |_| Fault::to_client(after, end));
                assert_eq!(open(PATIENCE).await, Some(ErrorKind::Disconnected), "{end:?} after {after} bytes");
            }
            for after in (0..150).step_by(7) {
                proxy.set(move |_| Fault::to_server(after, end));
                assert_eq!(open(PATIENCE).await, Some(ErrorKind::Disconnected), "{end:?} after {after} bytes sent");
            }
        }
        proxy.set(|_| Fault::to_client(0, End::Garbage(500)));
        let error = open(SECOND).await.expect("not AMI");
        assert!(matches!(error, ErrorKind::NotAmi | ErrorKind::Protocol | ErrorKind::Limit), "{error:?}");
        let port = proxy.port;
        drop(proxy);
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {}
        assert_eq!(kind(&Client::connect(config(port)).await), Some(ErrorKind::Refused));
    }
}

#[tokio::test]
async fn faults_stream_of_single_late_bytes_reads_the_same() {
    for server in servers() {
        let plain = direct(server, "off").await;
        let dripping = Way { piece: 1, ..Way::default() };
        let late = Way { delay: Duration::from_millis(30), ..Way::default() };
        for way in [dripping, late] {
            let proxy =
                Proxy::start(server, move |_| Fault { to_client: way, to_server: way, ..Fault::default() }).await;
            let client = patience("a login", Client::connect(config(proxy.port))).await.expect("logged in");
            for action in [
                Action::new("ListCommands"),
                Action::new("Command").with("Command", "core show help"),
                Action::new("ShowDialPlan").with("Context", "default"),
                Action::new("CoreSettings"),
            ] {
                let (one, other) = (client.call(&action), plain.call(&action));
                let (one, other) = (
                    patience("a call", one).await.expect("answered"),
                    patience("a call", other).await.expect("answered"),
                );
                assert_eq!(one.output(), other.output(), "{action:?}");
                assert_eq!(one.message().len(), other.message().len(), "{action:?}");
                assert_eq!(one.events().len(), other.events().len(), "{action:?}");
            }
            patience("closing", client.close()).await.expect("closed");
        }
    }
}

#[tokio::test]
async fn faults_cut_between_request_and_answer_is_an_unknown_outcome() {
    for server in servers() {
        let name = own_name("Between");
        let mut observer = Observer::start(server, &name).await;
        for (number, end) in [End::Close, End::Reset].into_iter().enumerate() {
            let proxy = Proxy::start(server, on_the_first(Fault::after_login(5, end))).await;
            let settings = config(proxy.port).event_mask("off").reconnect(soon());
            let client = patience("a login", Client::connect(settings)).await.expect("logged in");
            let outcome = patience("the call", client.call(&user_event(&name, number))).await;
            assert_eq!(kind(&outcome), Some(ErrorKind::OutcomeUnknown), "{end:?}");
            patience("the next link", client.until(State::Open)).await.expect("open again");
            patience("a ping", client.ping()).await.expect("a pong");
            assert_eq!(observer.count(number).await, 1, "it was carried out, and not sent again");
        }
    }
}

#[tokio::test]
async fn faults_request_cut_in_two_is_not_finished_on_the_next_connection() {
    for server in servers() {
        let name = own_name("Half");
        let mut observer = Observer::start(server, &name).await;
        let proxy = Proxy::start(server, |_| Fault::default()).await;
        let settings = config(proxy.port).event_mask("off").reconnect(soon()).wait_for_reconnect(true);
        let client = patience("a login", Client::connect(settings.clone())).await.expect("logged in");
        let login = client.stats().bytes_sent as usize;
        drop(client);
        for extra in [1, 20, 60] {
            let first = proxy.links();
            proxy.set(
                move |number| {
                    if number == first { Fault::to_server(login + extra, End::Close) } else { Fault::default() }
                },
            );
            let client = patience("a login", Client::connect(settings.clone())).await.expect("logged in");
            let outcome = patience("the call", client.call(&user_event(&name, extra))).await;
            assert_eq!(kind(&outcome), Some(ErrorKind::OutcomeUnknown), "{extra} bytes were on their way");
            patience("a ping", client.ping()).await.expect("a pong");
            assert_eq!(observer.count(extra).await, 0, "half an action is none");
        }
    }
}

#[tokio::test]
async fn faults_event_cut_in_two_is_not_delivered() {
    for server in servers() {
        let name = own_name("Cut");
        let sender = direct(server, "off").await;
        for extra in [3, 20, 50, 80] {
            let proxy = Proxy::start(server, on_the_first(Fault::after_login(extra, End::Reset))).await;
            let settings = config(proxy.port).event_mask("user").reconnect(soon());
            let client = patience("a login", Client::connect(settings)).await.expect("logged in");
            let mut all = client.subscribe(Filter::all()).expect("open");
            let mut number = 0;
            while client.stats().reconnects == 0 {
                number += 1;
                patience("an event", sender.call(&user_event(&name, number))).await.expect("sent");
            }
            patience("the last", sender.call(&user_event(&name, 9999))).await.expect("sent");
            loop {
                let event = patience("an event", all.next()).await.expect("it goes on");
                if event.kind() != MessageKind::Event || event.text("UserEvent").as_deref() != Some(&*name) {
                    continue;
                }
                let number = event.text("N").expect("whole").into_owned();
                assert_eq!(event.get("Event"), Some(&b"UserEvent"[..]));
                if number == "9999" {
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn faults_half_open_connection_is_found_by_the_keepalive() {
    for server in servers() {
        let proxy = Proxy::start(server, on_the_first(Fault::after_login(0, End::Stall))).await;
        let keepalive = SECOND / 5;
        let settings =
            config(proxy.port).event_mask("off").reconnect(soon()).keepalive(keepalive).keepalive_timeout(keepalive);
        let client = patience("a login", Client::connect(settings)).await.expect("logged in");
        let from = Instant::now();
        patience("the loss", client.until(State::Waiting)).await.expect("found");
        assert!(from.elapsed() >= keepalive * 2, "not before its time: {:?}", from.elapsed());
        patience("the next link", client.until(State::Open)).await.expect("open again");
        patience("a ping", client.ping()).await.expect("a pong");
    }
}

#[tokio::test]
async fn faults_garbage_in_the_stream_ends_no_more_than_the_connection() {
    for server in servers() {
        for count in [1, 10, 1000, 100_000] {
            let proxy = Proxy::start(server, on_the_first(Fault::after_login(4, End::Garbage(count)))).await;
            let settings = config(proxy.port).event_mask("off").reconnect(soon()).action_timeout(SECOND / 2);
            let client = patience("a login", Client::connect(settings)).await.expect("logged in");
            // Either the link is given up or the answer was taken for something else; never a hang, never a panic.
            for _ in 0..3 {
                let outcome = patience("a call", client.call(&Action::new("CoreSettings"))).await;
                let kind = kind(&outcome);
                let may = [ErrorKind::OutcomeUnknown, ErrorKind::Disconnected];
                assert!(kind.is_none_or(|kind| may.contains(&kind)), "{kind:?}");
            }
            proxy.set(|_| Fault::default());
            proxy.cut();
            let deadline = Instant::now() + PATIENCE;
            while let Err(error) = client.ping().await {
                assert!(Instant::now() < deadline, "it recovers: {error}, {:?}", client.state());
            }
        }
    }
}

#[tokio::test]
async fn faults_endless_stream_is_left_at_the_limit() {
    for server in servers() {
        let proxy = Proxy::start(server, |_| Fault::after_login(0, End::Endless)).await;
        let settings = config(proxy.port).event_mask("off");
        let client = patience("a login", Client::connect(settings)).await.expect("logged in");
        let mut all = client.subscribe(Filter::all()).expect("open");
        assert_eq!(kind(&patience("the end", all.next()).await), Some(ErrorKind::Limit));
        // The kernel's buffers were filled from the proxy as well.
        assert!(proxy.endless() < 16 << 20, "{} bytes were taken", proxy.endless());
        assert!(client.stats().bytes_received < 1 << 20, "{} bytes were read", client.stats().bytes_received);
    }
}

// ------------------------------------------------------------------------------------------- events across cuts

/// Between two gaps, what is received and what is counted as lost is all that was sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_events_between_gaps_are_received_or_counted() {
    for server in servers() {
        let name = own_name("Serial");
        let sender = direct(server, "off").await;
        let mut random = Random::new(0x0dd0_5eed ^ u64::from(server.port()));
        let proxy = Proxy::start(server, move |_| Fault::to_client(2000 + random.below(60_000), End::Reset)).await;
        let limits = QueueLimits::default().events(40);
        let settings = config(proxy.port).event_mask("user").reconnect(soon()).event_queue(limits);
        let client = patience("a login", Client::connect(settings)).await.expect("logged in");
        let mut events =
            client.subscribe(Filter::names(["UserEvent", "#lagged", "#gap"]).expect("names")).expect("open");
        let over = Arc::new(AtomicBool::new(false));
        let sending = tokio::spawn({
            let (over, name) = (Arc::clone(&over), name.clone());
            async move {
                let mut number = 0;
                while !over.load(Ordering::Relaxed) {
                    let calls: Vec<_> = (0..20).map(|at| user_event(&name, number + at)).collect();
                    let calls = calls.iter().map(|action| sender.call(action));
                    for call in futures_of(calls).await {
                        call.expect("sent");
                    }
                    number += 20;
                }
                number
            }
        });
        let (mut gaps, mut lags, mut seen, mut lost) = (0, 0, 0, 0);
        // The last number of this interval, and how many were lost behind it.
        let (mut last, mut behind) = (None, 0);
        let wanted = if soak().is_some() { 300 } else { 20 };
        while gaps < wanted || lags < 5 {
            let event = patience("an event", events.next()).await.expect("it goes on");
            match event.kind() {
                MessageKind::Gap => {
                    gaps += 1;
                    (last, behind) = (None, 0);
                }
                MessageKind::Lagged => {
                    lags += 1;
                    let count: usize = event.text("Lost").and_then(|text| text.parse().ok()).expect("a number");
                    lost += count;
                    behind += count;
                }
                _ => {
                    if event.text("UserEvent").as_deref() != Some(&*name) {
                        continue;
                    }
                    seen += 1;
                    let number: usize = event.text("N").and_then(|text| text.parse().ok()).expect("a number");
                    if let Some(last) = last {
                        assert_eq!(number, last + behind + 1, "between two gaps every one is received or counted");
                    }
                    (last, behind) = (Some(number), 0);
                    if seen % 50 == 0 {
                        // A reader that is late now and then.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            }
        }
        over.store(true, Ordering::Relaxed);
        let sent = sending.await.expect("no panic");
        println!("{server}: {sent} events sent, {gaps} gaps: {seen} received, {lost} counted as lost in {lags} places");
    }
}

/// Waits for all of them.
async fn futures_of<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        let mut all = true;
        for (future, result) in &mut futures {
            if result.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(value) => *result = Some(value),
                    std::task::Poll::Pending => all = false,
                }
            }
        }
        if all { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    futures.into_iter().map(|(_, result)| result.expect("ready")).collect()
}

// -------------------------------------------------------------------------------------------- a server that dies

/// A server of one's own, that can be killed and started again.
struct Controlled {
    process: Child,
    output: BufReader<ChildStdout>,
    place: SocketAddr,
}

impl Controlled {
    /// With these settings in the general section of its manager.conf.
    fn start(generation: &str, settings: &[&str]) -> Controlled {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/asterisk/servers.py");
        let mut process = Command::new("python3")
            .args([script, "control", generation])
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3");
        let mut output = BufReader::new(process.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("text");
        let place = line.trim().parse().expect("the server starts, and says where it is");
        Controlled { process, output, place }
    }

    fn ask(&mut self, what: &str) {
        writeln!(self.process.stdin.as_ref().expect("piped"), "{what}").expect("it listens");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        assert_eq!(line, "ok\n");
    }
}

impl Drop for Controlled {
    fn drop(&mut self) {
        // The end of its input ends it, and it removes what the server wrote.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

#[test]
fn faults_server_killed_and_started_again_under_load_is_found_again() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    for generation in ["16", "22"] {
        let mut server = Controlled::start(generation, &[]);
        let name = own_name("Killed");
        let over = Arc::new(AtomicBool::new(false));
        let counts: Arc<Mutex<HashMap<Option<&str>, usize>>> = Arc::default();
        let load = {
            let (over, counts, place, name) = (Arc::clone(&over), Arc::clone(&counts), server.place, name.clone());
            runtime.spawn(async move {
                let mut clients: Vec<Client> = Vec::new();
                for _ in 0..20 {
                    let policy = Reconnect::new(Duration::from_millis(20), SECOND);
                    let settings = config(place.port()).event_mask("user").reconnect(policy);
                    clients.push(patience("a login", Client::connect(settings)).await.expect("logged in"));
                }
                let mut workers = tokio::task::JoinSet::new();
                for client in &clients {
                    let (client, over, counts) = (client.clone(), Arc::clone(&over), Arc::clone(&counts));
                    let name = name.clone();
                    workers.spawn(async move {
                        let mut number = 0;
                        while !over.load(Ordering::Relaxed) {
                            number += 1;
                            let outcome = patience("a call", client.call(&user_event(&name, number))).await;
                            let kind = kind(&outcome);
                            *counts.lock().expect("no panic").entry(kind.map(ErrorKind::name)).or_insert(0) += 1;
                            if kind.is_some() {
                                patience("the next link", client.until(State::Open)).await.expect("it is made again");
                            }
                        }
                    });
                }
                while let Some(worker) = workers.join_next().await {
                    worker.expect("no panic");
                }
                clients
            })
        };
        let calls = |counts: &Mutex<HashMap<Option<&str>, usize>>| {
            counts.lock().expect("no panic").get(&None).copied().unwrap_or(0)
        };
        let rounds = if soak().is_some() { 5 } else { 2 };
        for _ in 0..rounds {
            let before = calls(&counts);
            let deadline = Instant::now() + PATIENCE;
            while calls(&counts) < before + 500 {
                assert!(Instant::now() < deadline && !load.is_finished(), "the load goes on");
                std::thread::sleep(Duration::from_millis(10));
            }
            server.ask("kill");
            server.ask("start");
        }
        let before = calls(&counts);
        let deadline = Instant::now() + PATIENCE;
        while calls(&counts) < before + 500 {
            assert!(Instant::now() < deadline && !load.is_finished(), "the load goes on after the last start");
            std::thread::sleep(Duration::from_millis(10));
        }
        over.store(true, Ordering::Relaxed);
        let clients = runtime.block_on(load).expect("no panic");
        for client in &clients {
            // A client that was late to come back may have missed a whole life.
            let reconnects = client.stats().reconnects;
            assert!(reconnects >= 1 && reconnects <= rounds as u64, "{reconnects} for {rounds} deaths");
            assert_eq!(client.stats().in_flight, 0);
        }
        let counts = counts.lock().expect("no panic");
        println!("Asterisk {generation} killed {rounds} times under {} clients: {counts:?}", clients.len());
        for kind in counts.keys().flatten() {
            assert!(["AMI_E_OUTCOME_UNKNOWN", "AMI_E_DISCONNECTED"].contains(kind), "{counts:?}");
        }
        runtime.block_on(async {
            for client in clients {
                client.close().await.expect("closed");
            }
        });
    }
}
