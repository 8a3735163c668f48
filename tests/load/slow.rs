//! A handler that takes a millisecond an event while the server sends as fast as it can: memory is bounded, the server is
//! never held up, actions are answered, every loss is counted and marked, and other subscriptions lose nothing.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use ami::blocking::{self, wait};
use ami::events::{OverflowPolicy, QueueCounters, QueueLimits};
use ami::{Action, Client, Config, Error, ErrorKind, Event, Filter, MessageKind};

use super::process::{KB, MB, Server, free_port, memory, peak_memory, quantile, reset_peak_memory};
use support::clock::{PATIENCE, patience, wait_until};

/// The work of a slow handler for an event.
const WORK: Duration = Duration::from_millis(1);
/// Memory may grow by this beyond the queue's limit: ends of read buffers that nothing fits into, lists that grow by
/// doubling, the batch that the handler has, and what the allocator does not give back.
const MARGIN: usize = 16 * MB;
/// The events of one read of the socket, which a reader that pulls may have taken from the queue.
const BATCH: usize = 256 * KB;
/// The longest that the server may wait for the socket to take more. Real ones hang up after 100 ms by default, but they
/// do not share two processors with the client and other tests.
const STALL: Duration = Duration::from_secs(5);
/// The number of events sent is to be this many times the number handled: then the server does not wait for the handler.
const FASTER: u64 = 5;
/// The least number of events sent, for any time: three times the size of a queue.
const LEAST: u64 = 150_000;

pub const WAYS: [&str; 3] = ["callback", "pull", "asynchronous"];
pub const POLICIES: [(&str, OverflowPolicy); 3] = [
    ("drop-oldest", OverflowPolicy::DropOldest),
    ("drop-newest", OverflowPolicy::DropNewest),
    ("close", OverflowPolicy::Close),
];

/// The counts of a slow handler.
#[derive(Default)]
pub struct Seen {
    pub events: AtomicU64,
    pub lost: AtomicU64,
    markers: AtomicU64,
    /// It need not be slow any more.
    pub hurry: AtomicBool,
}

impl Seen {
    /// True if the event needs work.
    pub fn count(&self, event: &Event) -> bool {
        if event.kind() == MessageKind::Lagged {
            self.lost.fetch_add(lost(event), Ordering::SeqCst);
            self.markers.fetch_add(1, Ordering::SeqCst);
            return false;
        }
        self.events.fetch_add(1, Ordering::SeqCst);
        !self.hurry.load(Ordering::Relaxed)
    }
}

pub fn lost(marker: &Event) -> u64 {
    marker.text("Lost").and_then(|text| text.parse().ok()).expect("a number")
}

/// Tells that what owned it was let go of.
struct Told(#[allow(dead_code)] mpsc::Sender<()>);

/// A client of one of the faces, its slow subscription, and where that says that it has ended.
struct Face {
    client: Client,
    counters: Box<dyn Fn() -> QueueCounters + Send + Sync>,
    ended: mpsc::Receiver<()>,
    /// Why it has ended, where the face says that.
    reason: Arc<Mutex<Option<Error>>>,
    /// The owner that keeps it going.
    _owner: Box<dyn std::any::Any>,
}

impl Face {
    fn open(way: &str, config: Config, seen: &Arc<Seen>) -> Face {
        let seen = Arc::clone(seen);
        let reason: Arc<Mutex<Option<Error>>> = Arc::default();
        let (sender, ended) = mpsc::channel();
        let told = Told(sender);
        if way == "asynchronous" {
            // Link and handler share one thread.
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
            let client = Client::new(config).expect("it can work");
            let subscription = Arc::new(Mutex::new(client.subscribe(Filter::all()).expect("open")));
            runtime.block_on(patience("a login", client.open())).expect("logged in");
            let why = Arc::clone(&reason);
            runtime.spawn({
                let subscription = Arc::clone(&subscription);
                async move {
                    let _told = told;
                    let next = || poll_fn(|cx| subscription.lock().expect("no panic").poll_next(cx));
                    let error = loop {
                        match next().await {
                            Ok(event) if seen.count(&event) => tokio::time::sleep(WORK).await,
                            Ok(_) => {}
                            Err(error) => break error,
                        }
                    };
                    *why.lock().expect("no panic") = Some(error);
                }
            });
            let counters = Box::new(move || subscription.lock().expect("no panic").counters());
            return Face { client, counters, ended, reason, _owner: Box::new(runtime) };
        }
        let owner = blocking::Client::new(config).expect("it can work");
        let client = owner.asynchronous().expect("no fork").clone();
        if way == "pull" {
            let events = Arc::new(owner.subscribe(Filter::all()).expect("open"));
            let why = Arc::clone(&reason);
            std::thread::spawn({
                let events = Arc::clone(&events);
                move || {
                    let _told = told;
                    let error = loop {
                        match events.next(None) {
                            Ok(event) if seen.count(event.as_ref().expect("it waits")) => std::thread::sleep(WORK),
                            Ok(_) => {}
                            Err(error) => break error,
                        }
                    };
                    *why.lock().expect("no panic") = Some(error);
                }
            });
            owner.open().expect("logged in");
            let counters = Box::new(move || events.counters().expect("no fork"));
            return Face { client, counters, ended, reason, _owner: Box::new(owner) };
        }
        let subscription = owner
            .on(Filter::all(), move |event| {
                let _told = &told;
                if seen.count(event) {
                    std::thread::sleep(WORK);
                }
            })
            .expect("open");
        owner.open().expect("logged in");
        let counters = Box::new(move || subscription.counters().expect("no fork"));
        Face { client, counters, ended, reason, _owner: Box::new(owner) }
    }
}

/// Reads the rare events, all of them; returns how many there were once it has ended.
fn read_rare(client: &Client) -> std::thread::JoinHandle<u64> {
    let mut rare = client.subscribe(Filter::names(["Rare", "#lagged"]).expect("names")).expect("open");
    std::thread::spawn(move || {
        let mut count = 0;
        while let Some(Ok(event)) = wait(rare.next(), None) {
            assert_eq!(event.text("N").as_deref(), Some(&*count.to_string()), "none is missing: {event:?}");
            count += 1;
        }
        count
    })
}

pub fn run(way: &str, policy: &str, time: Duration) {
    let policy = POLICIES.iter().find(|(name, _)| *name == policy).expect("a policy").1;
    let limits = QueueLimits::default().policy(policy);
    let mut server = Server::start(free_port(), false);
    let seen = Arc::new(Seen::default());
    let config = Config::new("127.0.0.1", "slow", "secret").port(server.port).event_queue(limits);
    let face = Face::open(way, config, &seen);
    let client = &face.client;
    let rare = read_rare(client);
    let ping = || wait(client.ping(), None).expect("a result").expect("answered in time");
    let mut quiet: Vec<Duration> = (0..1000).map(|_| ping()).collect();
    let before = memory();
    reset_peak_memory();

    let over = AtomicBool::new(false);
    let mut busy = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                busy.push(ping());
                let now = (face.counters)();
                assert_eq!(now.received, now.delivered + now.dropped + now.waiting as u64, "at any time: {now:?}");
                assert!(now.waiting_bytes <= limits.bytes + BATCH, "{now:?}");
            }
        });
        let flood =
            Action::new("Flood").with("Seconds", time.as_secs_f64().to_string()).with("Events", LEAST.to_string());
        let answer = wait(client.call_within(&flood, time + PATIENCE), None);
        over.store(true, Ordering::Relaxed);
        answer.expect("a result").expect("the stream ends");
    });
    let (pings, worked) = (busy.len(), seen.events.load(Ordering::SeqCst));
    let peak = peak_memory();

    // Waiting events are delivered, or the subscription is over.
    seen.hurry.store(true, Ordering::Relaxed);
    let counters = || (face.counters)();
    wait_until("what waits", || {
        let now = counters();
        now.waiting == 0 && seen.events.load(Ordering::SeqCst) == now.delivered
    });
    if policy == OverflowPolicy::Close {
        face.ended.recv_timeout(PATIENCE).expect_err("the sender is dropped");
        let reason = face.reason.lock().expect("no panic").clone();
        assert!(way == "callback" || reason.is_some_and(|error| error.kind() == ErrorKind::Overflow));
    }
    wait_until("the last marker", || seen.lost.load(Ordering::SeqCst) == counters().dropped);
    let total = counters();
    let report = server.report();
    let stats = client.stats();
    let growth = peak.saturating_sub(before);
    let longest = Duration::from_micros(report.get("wait_us"));
    println!(
        "  {:.1} s: {} events, {:.0} MB sent and read; handled {worked} meanwhile, {} in all, dropped {} in {} places; memory \
         grew by {:.1} MB at most, limit {} MB; server waited {:.1} ms at most; {pings} Pings p50 {:.0} µs, p99 {:.0} µs, \
         without the stream {:.0} µs, {:.0} µs; {} rare events",
        time.as_secs_f64(),
        report.get("events"),
        report.get("written") as f64 / 1e6,
        total.delivered,
        total.dropped,
        seen.markers.load(Ordering::SeqCst),
        growth as f64 / MB as f64,
        limits.bytes / MB,
        longest.as_secs_f64() * 1e3,
        quantile(&mut busy, 0.5).as_secs_f64() * 1e6,
        quantile(&mut busy, 0.99).as_secs_f64() * 1e6,
        quantile(&mut quiet, 0.5).as_secs_f64() * 1e6,
        quantile(&mut quiet, 0.99).as_secs_f64() * 1e6,
        report.get("rare"),
    );

    assert_eq!(total.received, total.delivered + total.dropped, "{total:?}");
    assert!(total.dropped > 0 && pings > 0, "{total:?}, {pings}");
    if policy != OverflowPolicy::Close {
        assert_eq!(total.received, report.get("events") + 1, "all that was sent, and FullyBooted");
    }
    assert_eq!(stats.events, report.get("events") + 1);
    assert_eq!(stats.bytes_received, report.get("written"), "everything is read");
    assert!(report.get("events") > FASTER * worked, "the server goes at its own pace");
    assert!(longest < STALL, "the server is held up for {longest:?}");
    assert!(growth < limits.bytes + MARGIN, "memory grew by {growth} bytes");
    wait(client.close(), None).expect("a result").expect("closed");
    assert_eq!(rare.join().expect("none is missing"), report.get("rare"));
}
