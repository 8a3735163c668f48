//! Everybody has a turn beside a server that sends as fast as loopback can, whatever it sends: deadlines hold, and calls,
//! submits, close and stats go through.
#![cfg(feature = "blocking")]

use std::future::Future;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ami::{Action, Client, Config, ErrorKind, Filter, blocking};
use support::clock::PATIENCE;
use support::server::{BANNER, SECRET, ThreadPeer};
use tokio::runtime::{Builder, Runtime};

/// The longest time of a flood. A call that waits for its end is too late for every test here.
const FLOOD: Duration = Duration::from_secs(5);
const DEADLINE: Duration = Duration::from_millis(200);
/// The delay that a busy machine may add.
const SLACK: Duration = Duration::from_secs(1);

/// Each flood takes all that there is of the machine.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

// ---- the server's side ----

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flood {
    ForeignResponses,
    EmptyLines,
    EndsOfSms,
    Events,
    HalfMessages,
    LongLines,
}

const FLOODS: [Flood; 6] = [
    Flood::ForeignResponses,
    Flood::EmptyLines,
    Flood::EndsOfSms,
    Flood::Events,
    Flood::HalfMessages,
    Flood::LongLines,
];

impl Flood {
    /// The pieces that are written again and again, one write each.
    fn writes(self) -> Vec<Vec<u8>> {
        let much = |line: &str| vec![line.repeat(256 * 1024 / line.len()).into_bytes()];
        match self {
            Flood::ForeignResponses => much("Response: X\r\nActionID: foo\r\n\r\n"),
            Flood::EmptyLines => much("\r\n"),
            Flood::EndsOfSms => much("--END SMS EVENT--\r\n"),
            Flood::Events => much("Event: News\r\nChannel: SIP/100-00000001\r\nUniqueid: 1500000000.1\r\n\r\n"),
            Flood::HalfMessages => vec![b"Event: News\r\nChan".to_vec(), b"nel: SIP/100\r\n\r\n".to_vec()],
            Flood::LongLines => much(&format!("Event: News\r\nLong: {}\r\n\r\n", "x".repeat(65_000))),
        }
    }
}

/// Logs a client in, answers Pings until `Flood` is asked for, and sends from then on; nothing is answered any more.
struct Server {
    port: u16,
    stream: Arc<OnceLock<TcpStream>>,
    /// Told once the flood has begun to fill the socket.
    begun: mpsc::Receiver<()>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start(flood: Flood) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let stream = Arc::new(OnceLock::new());
        let (sender, begun) = mpsc::channel();
        let accepted = Arc::clone(&stream);
        let thread = thread::spawn(move || {
            serve(accepted.get_or_init(|| listener.accept().expect("a client").0), flood, &sender);
        });
        Server { port, stream, begun, thread: Some(thread) }
    }

    fn config(&self) -> Config {
        Config::new("127.0.0.1", "admin", SECRET).port(self.port)
    }

    /// Waits until there is more than the client can have read.
    fn expect_flood(&self) {
        self.begun.recv_timeout(PATIENCE).expect("the flood begins");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.get() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server's thread has failed");
        }
    }
}

fn serve(stream: &TcpStream, flood: Flood, begun: &mpsc::Sender<()>) {
    stream.set_nodelay(true).expect("a socket");
    let mut peer = ThreadPeer::new(stream);
    peer.say(BANNER);
    while let Ok(Some(asked)) = peer.try_action() {
        if asked.name == "Flood" {
            break;
        }
        if asked.name != "Silence" && peer.try_say(asked.accept()).is_err() {
            return;
        }
    }
    let writes = flood.writes();
    let (start, mut written) = (Instant::now(), 0);
    while start.elapsed() < FLOOD {
        for bytes in writes.iter().cycle().take(64.min(writes.len() * 32)) {
            if peer.try_say(bytes).is_err() {
                return;
            }
            written += bytes.len();
            if written > 512 * 1024 / writes.len().pow(4) {
                let _ = begun.send(());
            }
        }
    }
}

// ---- the client's side ----

/// The same client from a plain thread, and from tasks of both kinds of runtimes.
enum Face {
    Blocking(blocking::Client),
    Tokio(Runtime, Client),
}

const FACES: [&str; 3] = ["blocking", "current_thread", "multi_thread"];

impl Face {
    fn connect(face: &str, config: Config) -> Face {
        let mut builder = match face {
            "blocking" => return Face::Blocking(blocking::Client::connect(config).expect("logged in")),
            "current_thread" => Builder::new_current_thread(),
            _ => Builder::new_multi_thread(),
        };
        let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
        let client = runtime.block_on(Client::connect(config)).expect("logged in");
        Face::Tokio(runtime, client)
    }

    fn within<T: Send + 'static>(runtime: &Runtime, future: impl Future<Output = T> + Send + 'static) -> T {
        runtime.block_on(async { tokio::spawn(future).await }).expect("no panic")
    }

    /// The result of an action, and its time.
    fn call(&self, name: &'static str, timeout: Duration) -> (Option<ErrorKind>, Duration) {
        let action = Action::new(name);
        let start = Instant::now();
        let result = match self {
            Face::Blocking(client) => client.call_within(&action, Some(timeout)),
            Face::Tokio(runtime, client) => {
                let client = client.clone();
                Face::within(runtime, async move { client.call_within(&action, timeout).await })
            }
        };
        (result.err().map(|error| error.kind()), start.elapsed())
    }

    fn close(&self) -> Duration {
        let start = Instant::now();
        match self {
            Face::Blocking(client) => client.close(),
            Face::Tokio(runtime, client) => {
                let client = client.clone();
                Face::within(runtime, async move { client.close().await })
            }
        }
        .expect("closed");
        start.elapsed()
    }

    fn start_flood(&self, server: &Server) {
        let (ended, _) = self.call("Flood", Duration::from_millis(1));
        assert!(matches!(ended, Some(ErrorKind::OutcomeUnknown | ErrorKind::Timeout)), "{ended:?}");
        server.expect_flood();
    }
}

#[test]
fn deadline_holds_beside_any_flood() {
    let _alone = alone();
    for face in FACES {
        for flood in FLOODS {
            let server = Server::start(flood);
            let client = Face::connect(face, server.config());
            let (unknown, idle) = client.call("Silence", DEADLINE);
            assert_eq!(unknown, Some(ErrorKind::OutcomeUnknown));
            client.start_flood(&server);
            let (ended, took) = client.call("Silence", DEADLINE);
            // Bytes that the server does not read may not have been written.
            assert!(
                matches!(ended, Some(ErrorKind::OutcomeUnknown | ErrorKind::Timeout)),
                "{face}, {flood:?}: {ended:?}"
            );
            assert!(took < 2 * idle + SLACK, "{face}, {flood:?}: {took:?}, and {idle:?} without it");
            // Or the client waits for the answer to its Logoff.
            drop(server);
        }
    }
}

#[test]
fn deadline_holds_beside_events_that_overflow_a_queue() {
    let _alone = alone();
    let server = Server::start(Flood::Events);
    let client = blocking::Client::connect(server.config()).expect("logged in");
    let events = client.subscribe(Filter::all()).expect("subscribed");
    let _callback = client.on(Filter::all(), |_| thread::sleep(Duration::from_millis(1))).expect("subscribed");
    let face = Face::Blocking(client);
    let (_, idle) = face.call("Silence", DEADLINE);
    face.start_flood(&server);
    let (ended, took) = face.call("Silence", DEADLINE);
    assert!(matches!(ended, Some(ErrorKind::OutcomeUnknown | ErrorKind::Timeout)), "{ended:?}");
    assert!(took < 2 * idle + SLACK, "{took:?}, and {idle:?} without it");
    let since = Instant::now();
    while events.counters().expect("here").dropped == 0 {
        assert!(since.elapsed() < PATIENCE, "the reader is not too slow");
        thread::sleep(Duration::from_millis(1));
    }
    drop(server);
}

#[test]
fn close_takes_no_longer_beside_a_flood() {
    let _alone = alone();
    for face in FACES {
        let server = Server::start(Flood::ForeignResponses);
        let client = Face::connect(face, server.config());
        client.start_flood(&server);
        // It waits two seconds for the answer to its Logoff.
        let took = client.close();
        assert!(took < Duration::from_secs(2) + SLACK, "{face}: {took:?}");
    }
}

/// The longest time of looks at the stats, one after another.
fn time_of_looks(client: &blocking::Client) -> Duration {
    let start = Instant::now();
    for _ in 0..100 {
        client.stats().expect("here");
        thread::sleep(Duration::from_millis(1));
    }
    start.elapsed()
}

#[test]
fn stats_take_no_longer_beside_any_flood() {
    let _alone = alone();
    for flood in FLOODS {
        let server = Server::start(flood);
        let client = Face::connect("blocking", server.config());
        let Face::Blocking(looked_at) = &client else { unreachable!() };
        let idle = time_of_looks(looked_at);
        client.start_flood(&server);
        let took = time_of_looks(looked_at);
        assert!(took < 2 * idle + SLACK, "{flood:?}: {took:?}, and {idle:?} without it");
        drop(server);
    }
}

#[test]
fn threads_have_their_turns_beside_a_flood() {
    const THREADS: usize = 8;
    let _alone = alone();
    let server = Server::start(Flood::ForeignResponses);
    let client = Face::connect("blocking", server.config());
    let Face::Blocking(looked_at) = &client else { unreachable!() };
    let idle = time_of_looks(looked_at);
    client.start_flood(&server);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| time_of_looks(looked_at))).collect();
        for thread in threads {
            let took = thread.join().expect("no panic");
            assert!(took < 2 * idle + SLACK, "{took:?}, and {idle:?} without it");
        }
    });
    // The link has its turns beside those who never rest.
    let (sender, ended) = mpsc::channel();
    let begun = Instant::now();
    looked_at
        .submit(&Action::new("Silence"), Some(DEADLINE), move |outcome| {
            let _ = sender.send((outcome.is_err(), begun.elapsed()));
        })
        .expect("submitted");
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| while begun.elapsed() < 2 * DEADLINE && looked_at.stats().is_ok() {});
        }
    });
    let (failed, took) = ended.recv_timeout(PATIENCE).expect("it ends");
    assert!(failed && took < 2 * DEADLINE + SLACK, "{took:?}");
    drop(server);
}
