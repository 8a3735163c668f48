//! Events that wait pin no large read buffers: pieces of some kilobytes, each read by itself, of which few are kept.

use ami::blocking::{self, wait};
use ami::events::{OverflowPolicy, QueueLimits};
use ami::{Action, Client, Config, Filter};

use super::process::{KB, MB, Server, free_port, memory};

const LIMIT: usize = 8 * MB;
/// Memory may grow by this beyond the limit.
const MARGIN: usize = LIMIT / 2;
/// Events of a piece: more than what is copied anyway, and a small part of a read buffer.
const PIECE: usize = 25;
/// The reader keeps one piece of this many.
const KEPT: usize = 8;

pub const KINDS: [&str; 2] = ["dropped", "filtered"];

/// Has the server send a piece, and is answered once it was read.
fn ask(client: &Client, rare: bool) {
    let events = if rare { "rare" } else { "plain" };
    let send = Action::new("Send").with("Count", PIECE.to_string()).with("Events", events);
    wait(client.call(&send), None).expect("a result").expect("sent");
}

pub fn run(kind: &str) {
    let server = Server::start(free_port(), false);
    let policy = if kind == "dropped" { OverflowPolicy::DropNewest } else { OverflowPolicy::DropOldest };
    let limits = QueueLimits::default().bytes(LIMIT).policy(policy);
    let config = Config::new("127.0.0.1", "admin", "secret").port(server.port).event_queue(limits);
    let owner = blocking::Client::connect(config).expect("logged in");
    let client = owner.asynchronous().expect("no fork");
    let filter = if kind == "dropped" { Filter::all() } else { Filter::names(["Rare"]).expect("a name") };
    let mut events = client.subscribe(filter).expect("open");
    // Memory of passing events is counted before.
    for _ in 0..100 {
        ask(client, false);
    }
    while events.try_next().expect("open").is_some() {}
    let before = memory();
    let mut pieces = 0;
    while events.counters().dropped == 0 {
        ask(client, true);
        pieces += 1;
        for _ in 1..KEPT {
            if kind == "filtered" {
                ask(client, false);
            }
        }
    }
    let full = memory();
    if kind == "dropped" {
        // All that waits is replaced, piece by piece, and most is lost in between.
        for _ in 0..pieces {
            for _ in 0..=PIECE {
                events.try_next().expect("open").expect("it waits");
            }
            for _ in 0..KEPT {
                ask(client, true);
            }
        }
    }
    let waiting = events.counters();
    let growth = memory().saturating_sub(before);
    println!(
        "  one piece of {PIECE} events in {KEPT} is kept: {} events and {} KB of {} KB wait; memory grew by {} KB, by {} KB \
         until the queue was full",
        waiting.waiting,
        waiting.waiting_bytes / KB,
        LIMIT / KB,
        growth / KB,
        full.saturating_sub(before) / KB,
    );
    assert!(waiting.waiting_bytes > LIMIT / 2, "{waiting:?}");
    assert!(growth < LIMIT + MARGIN, "memory grew by {growth} bytes");
}
