//! Many sessions in one process: what each costs, and how they come back when their server dies.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ami::protocol::Credentials;
use ami::{Client, Config, Filter, Reconnect, State, blocking};
use tokio::task::JoinSet;

use super::process::{KB, Server, cpu, fds, free_port, memory, raise_fd_limit, threads};
use support::clock::{PATIENCE, patience, until};

/// Sessions that connect at a time.
const AT_ONCE: usize = 64;
/// Sessions that are there before anything is counted: they pay for what all share, and for what those need that connect at a
/// time, which are the more the busier the machine is.
const FIRST: usize = 2 * AT_ONCE;
/// The memory of an idle session, and of a used one, which keeps room for actions.
const IDLE: usize = 6 * KB + KB / 4;
const USED: usize = 7 * KB + KB / 2;
/// The largest share of all attempts of a round that may fall into a tenth of its time.
const SHARE: f64 = 0.4;
/// Sessions are opened and come back within this.
const LIMIT: Duration = Duration::from_secs(120);

pub const FACES: [&str; 2] = ["blocking", "asynchronous"];

enum Session {
    Blocking(blocking::Client),
    Asynchronous(Client),
}

impl Session {
    async fn open(face: &str, config: Config) -> Session {
        if face == "blocking" {
            let client = blocking::Client::new(config).expect("it can work");
            client.opening().expect("no fork").await.expect("logged in");
            Session::Blocking(client)
        } else {
            Session::Asynchronous(Client::connect(config).await.expect("logged in"))
        }
    }

    fn client(&self) -> &Client {
        match self {
            Session::Blocking(client) => client.asynchronous().expect("no fork"),
            Session::Asynchronous(client) => client,
        }
    }
}

/// Opens sessions, some at a time, each with a user of its own.
async fn open(face: &'static str, config: &Config, numbers: std::ops::Range<usize>) -> Vec<Session> {
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let sessions = Arc::new(Mutex::new(Vec::with_capacity(numbers.len())));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (next, sessions, config, end) = (Arc::clone(&next), Arc::clone(&sessions), config.clone(), numbers.end);
        workers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= end {
                    return;
                }
                let config = config.clone().credentials(Credentials::new(format!("user{number}"), "secret"));
                let session = patience("a login", Session::open(face, config)).await;
                sessions.lock().expect("no panic").push(session);
            }
        });
    }
    workers.join_all().await;
    Arc::into_inner(sessions).expect("all workers are done").into_inner().expect("no panic")
}

struct Figures {
    memory: usize,
    fds: usize,
    threads: usize,
}

impl Figures {
    fn now() -> Figures {
        Figures { memory: memory(), fds: fds(), threads: threads() }
    }

    fn memory_each(&self, before: &Figures, count: usize) -> f64 {
        (self.memory as f64 - before.memory as f64) / count as f64
    }
}

/// The waits before attempts to connect, by the number of the attempt since the connection was lost. They are what the clients
/// choose: the times of the attempts themselves also depend on what else the machine does.
type Attempts = Arc<Mutex<BTreeMap<u32, Vec<Duration>>>>;

fn watch_attempts(session: &Session, attempts: &Attempts) {
    let mut states = session.client().subscribe(Filter::names(["#state"]).expect("a name")).expect("open");
    let attempts = Arc::clone(attempts);
    tokio::spawn(async move {
        let mut wait = Duration::ZERO;
        while let Ok(state) = states.next().await {
            if let Some(ms) = state.text("RetryIn").and_then(|text| text.parse().ok()) {
                wait = Duration::from_millis(ms);
            }
            if let Some(number) = state.text("Attempt").and_then(|text| text.parse().ok()) {
                attempts.lock().expect("no panic").entry(number).or_default().push(wait);
            }
        }
    });
}

/// The number of waits in each slice of this length.
fn slices(waits: &[Duration], length: Duration) -> Vec<usize> {
    let first = *waits.iter().min().expect("there are some");
    let mut counts = Vec::new();
    for wait in waits {
        let at = ((*wait - first).as_nanos() / length.as_nanos().max(1)) as usize;
        counts.resize(counts.len().max(at + 1), 0);
        counts[at] += 1;
    }
    counts
}

/// `backoff` is the wait before the first attempt to connect again.
pub fn run(face: &'static str, count: usize, idle: Duration, backoff: Duration) {
    let limit = raise_fd_limit();
    assert!(limit > count + 100, "the limit of {limit} descriptors is too low");
    let mut server = Server::start(free_port(), false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let config = Config::new("127.0.0.1", "user", "secret")
            .port(server.port)
            .connect_timeout(PATIENCE)
            .reconnect(Reconnect::new(backoff, backoff * 4));
        let mut sessions = open(face, &config, 0..FIRST).await;
        let before = Figures::now();
        let from = Instant::now();
        sessions.extend(open(face, &config, FIRST..count + FIRST).await);
        print!("  {count} sessions in {:.2} s: ", from.elapsed().as_secs_f64());
        let after = Figures::now();
        rest_idle(&sessions, &mut server, idle, [&before, &after]).await;

        let attempts = Attempts::default();
        for session in &sessions {
            watch_attempts(session, &attempts);
        }
        let mut server = restart(&sessions, server, &attempts).await;
        let report = server.report();
        check_attempts(std::mem::take(&mut *attempts.lock().expect("no panic")), sessions.len(), backoff);
        let again = Figures::now();
        println!("  {:.0} bytes each, with who watches them", again.memory_each(&before, count));
        let all = sessions.len() as u64;
        assert_eq!(report.get("users"), all, "none is lost");
        assert_eq!(report.get("accepted"), all, "none connects twice");
        assert_eq!(report.get("live"), all);
        assert!(sessions.iter().all(|session| session.client().stats().reconnects == 1));
        assert_eq!((again.fds, again.threads), (after.fds, after.threads));

        for session in &sessions {
            patience("closing", session.client().close()).await.expect("closed");
        }
        drop(sessions);
        assert!(fds() <= before.fds, "descriptors are given back");
    });
}

/// Pings each session that is counted once, lets all of them idle for so long, and checks what they take.
async fn rest_idle(sessions: &[Session], server: &mut Server, idle: Duration, [before, after]: [&Figures; 2]) {
    let count = sessions.len() - FIRST;
    let fresh = after.memory_each(before, count);
    for session in &sessions[FIRST..] {
        patience("a ping", session.client().ping()).await.expect("a pong");
    }
    let each = Figures::now().memory_each(before, count);
    let busy = cpu();
    tokio::time::sleep(idle).await;
    let busy = cpu() - busy;
    let all = sessions.len() as u64;
    let report = server.report();
    assert_eq!((report.get("live"), report.get("users")), (all, all));
    assert!(sessions.iter().all(|session| session.client().is_open()));
    println!(
        "{fresh:.0} bytes each, {each:.0} after a Ping, {:.2} descriptors each, {} threads as before; {:.2} s of processor \
         time in {:.0} s of idling with {} Pings",
        (after.fds - before.fds) as f64 / count as f64,
        after.threads,
        busy.as_secs_f64(),
        idle.as_secs_f64(),
        report.get("pings") - count as u64,
    );
    assert_eq!(after.fds - before.fds, count, "one descriptor each");
    assert_eq!(after.threads, before.threads, "no thread");
    assert!(fresh <= IDLE as f64, "an idle session takes {fresh:.0} bytes");
    assert!(each <= USED as f64, "a session takes {each:.0} bytes");
}

/// Kills the server, and starts it again once every session has asked for it in vain; waits until all are back.
async fn restart(sessions: &[Session], server: Server, attempts: &Attempts) -> Server {
    let lost = Instant::now();
    let port = server.port;
    drop(server);
    let tried = |number| attempts.lock().expect("no panic").get(&number).map_or(0, Vec::len);
    until("all try again", || tried(1) >= sessions.len()).await;
    let server = Server::start(port, false);
    for session in sessions {
        let open = session.client().until(State::Open);
        tokio::time::timeout(LIMIT, open).await.expect("soon").expect("it comes back");
    }
    print!(
        "  server killed and started again: all {} back after {:.2} s, ",
        sessions.len(),
        lost.elapsed().as_secs_f64()
    );
    for session in sessions {
        patience("a ping", session.client().ping()).await.expect("a pong");
    }
    server
}

/// No tenth of the time in which an attempt may come has more than its share of them.
fn check_attempts(attempts: BTreeMap<u32, Vec<Duration>>, all: usize, backoff: Duration) {
    let total: usize = attempts.values().map(Vec::len).sum();
    print!("{total} attempts");
    let mut rounds = 0;
    for (number, waits) in attempts.iter().filter(|(_, waits)| waits.len() > all / 2) {
        // A wait is half of the interval for certain, and up to the other half by chance.
        let window = (backoff * (1 << (number - 1)) / 2).min(backoff * 2);
        let counts = slices(waits, window / 10);
        let largest = *counts.iter().max().expect("some") as f64 / waits.len() as f64;
        print!(
            "; attempt {number}: {} in {} tenths of its window, {:.0} % in one",
            waits.len(),
            counts.len(),
            largest * 100.0
        );
        assert!(largest <= SHARE, "a stampede: {counts:?}");
        rounds += 1;
    }
    println!();
    assert!(rounds > 0);
}

/// Sessions of a real server.
pub fn run_real(place: SocketAddr, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let config = Config::new("127.0.0.1", "admin", "amp111").port(place.port()).event_mask("off");
        let connect = async || patience("a login", Client::connect(config.clone())).await.expect("logged in");
        let first = connect().await;
        let before = Figures::now();
        let from = Instant::now();
        let mut sessions = Vec::new();
        for _ in 0..count {
            sessions.push(connect().await);
        }
        let connected = from.elapsed();
        for session in &sessions {
            patience("a ping", session.ping()).await.expect("a pong");
        }
        let after = Figures::now();
        let each = after.memory_each(&before, count);
        println!("  {count} sessions in {:.2} s: {each:.0} bytes each, after a Ping", connected.as_secs_f64());
        assert_eq!((after.fds - before.fds, after.threads), (count, before.threads));
        for session in sessions.iter().chain([&first]) {
            patience("closing", session.close()).await.expect("closed");
        }
        assert_eq!(fds(), before.fds - 1, "descriptors are given back");
    });
}
