//! A flood of a real server while a handler takes a millisecond an event.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ami::events::QueueLimits;
use ami::{Action, Client, Config, Filter, State, blocking};
use tokio::task::JoinSet;

use super::slow::Seen;
use support::clock::{PATIENCE, patience, wait_until};

/// The sessions that make the flood, and the events that each has in flight.
const SESSIONS: usize = 4;
const UNDER_WAY: usize = 32;
/// The number of events that come is to be this many times the number that the handler takes.
const FASTER: u64 = 3;
/// A queue that is full soon.
const QUEUE: usize = 2000;
/// An account whose sessions are closed when they do not take what is written within 100 ms, as by default.
const ACCOUNT: (&str, &str) = ("impatient", "impatientsecret");

/// The address of the newest real server.
pub fn place() -> SocketAddr {
    let place = std::env::var("AMI_ASTERISK_22")
        .expect("AMI_ASTERISK_22 says where a real server is; see the first lines of tests/load/main.rs");
    place.parse().expect("host:port")
}

/// A session that reads nothing once it is logged in.
fn log_in_and_fall_asleep(place: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(place).expect("a link");
    stream.set_read_timeout(Some(PATIENCE)).expect("it can be");
    let (name, secret) = ACCOUNT;
    write!(stream, "Action: Login\r\nUsername: {name}\r\nSecret: {secret}\r\n\r\n").expect("written");
    let mut said = Vec::new();
    while !said.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        said.extend_from_slice(&byte);
    }
    assert!(String::from_utf8_lossy(&said).contains("Success"));
    stream
}

pub fn run(time: Duration) {
    let place = place();
    let config = |(name, secret): (&str, &str)| Config::new("127.0.0.1", name, secret).port(place.port());
    let limits = QueueLimits::default().events(QUEUE);
    let owner = blocking::Client::new(config(ACCOUNT).event_mask("user").event_queue(limits)).expect("it can work");
    let seen = Arc::new(Seen::default());
    let handler = Arc::clone(&seen);
    let slow = owner
        .on(Filter::names(["UserEvent", "#lagged"]).expect("names"), move |event| {
            if handler.count(event) {
                std::thread::sleep(Duration::from_millis(1));
            }
        })
        .expect("open");
    owner.open().expect("logged in");
    let mut asleep = log_in_and_fall_asleep(place);

    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (sent, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let flood = runtime.spawn({
        let (sent, over) = (Arc::clone(&sent), Arc::clone(&over));
        let config = config(("admin", "amp111")).event_mask("off");
        async move {
            let mut workers = JoinSet::new();
            for _ in 0..SESSIONS {
                let client = patience("a login", Client::connect(config.clone())).await.expect("logged in");
                for _ in 0..UNDER_WAY {
                    let (client, sent, over) = (client.clone(), Arc::clone(&sent), Arc::clone(&over));
                    workers.spawn(async move {
                        // As long as the recorded events are.
                        let action = Action::new("UserEvent").with("UserEvent", "Flood").with("Text", "x".repeat(320));
                        while !over.load(Ordering::Relaxed) {
                            patience("a call", client.call(&action)).await.expect("carried out");
                            sent.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
            }
            workers.join_all().await;
        }
    });
    let from = Instant::now();
    let mut pings = 0;
    while from.elapsed() < time {
        owner.ping().expect("every action is answered in time");
        pings += 1;
        // The server's time is for the flood.
        std::thread::sleep(Duration::from_millis(5));
    }
    let worked = seen.events.load(Ordering::SeqCst);
    over.store(true, Ordering::Relaxed);
    runtime.block_on(flood).expect("no panic");
    let sent = sent.load(Ordering::Relaxed);
    seen.hurry.store(true, Ordering::Relaxed);
    let counters = || slow.counters().expect("no fork");
    wait_until("what was sent", || counters().received >= sent);
    wait_until("what waits", || {
        let now = counters();
        now.waiting == 0
            && seen.events.load(Ordering::SeqCst) == now.delivered
            && seen.lost.load(Ordering::SeqCst) == now.dropped
    });
    let total = counters();
    println!(
        "  {:.1} s: {sent} events of {SESSIONS} sessions; handled {worked} meanwhile, {} in all, dropped {}; {pings} Pings answered",
        from.elapsed().as_secs_f64(),
        total.delivered,
        total.dropped,
    );
    assert_eq!((total.received, total.delivered + total.dropped), (sent, sent), "each one once");
    assert!(sent > FASTER * worked && total.dropped > 0, "the flood is more than the handler takes: {sent}, {total:?}");
    assert_eq!(owner.state().expect("no fork"), State::Open, "the server did not close the session");
    owner.ping().expect("it is alive");

    // A session that does not read is closed: else the flood proves nothing.
    let mut taken = 0;
    let mut buffer = vec![0; 1 << 16];
    let end = loop {
        match asleep.read(&mut buffer) {
            Ok(0) => break true,
            Ok(count) => taken += count as u64,
            Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    };
    println!("  a session that did not read was closed by the server: {end}, after {taken} bytes");
    assert!(end, "the server closes a session that does not read");
    owner.close().expect("closed");
}
