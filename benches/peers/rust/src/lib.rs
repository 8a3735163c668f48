//! What the Rust programs of the benchmark have in common: all modes, for a client that is told how to connect, to send an
//! action, and to hear of events.
//!
//!     PROGRAM PORT events COUNT [RATE]
//!     PROGRAM PORT slow SECONDS
//!     PROGRAM PORT beside paced|bulk|slow SECONDS
//!     PROGRAM PORT ping|pipelined|window|sessions COUNT

#[path = "../../../report.rs"]
mod report;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use report::{PACE, Run, cpu_seconds, fds, latencies, own};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

const WORK: Duration = Duration::from_millis(1);
/// After so long without an event its end is taken to be lost.
const QUIET: Duration = Duration::from_secs(2);
const PINGS_APART: Duration = Duration::from_millis(50);
/// As many actions under way as each of them takes.
const IN_FLIGHT: usize = 200;
const WINDOW: usize = 64;

pub enum Next {
    /// An event, the length of two headers, and whether it is the last one.
    Event { read: usize, is_last: bool },
    /// So many events were lost, says the client.
    Lost(u64),
    /// There will be no more.
    End,
}

impl Next {
    pub fn event(name: &str, channel: Option<&str>, uniqueid: Option<&str>) -> Next {
        let read = channel.map_or(0, str::len) + uniqueid.map_or(0, str::len);
        Next::Event { read, is_last: name == "ReplayEnd" }
    }
}

pub trait Peer: Send + Sync + Sized + 'static {
    type Events: Send;

    /// With a queue for so many events, if that can be set; None: its default.
    fn connect(port: u16, queue: Option<usize>) -> impl Future<Output = Self> + Send;

    fn events(&self) -> impl Future<Output = Self::Events> + Send;

    fn next(events: &mut Self::Events) -> impl Future<Output = Next> + Send;

    /// Sends an action; whether it was answered.
    fn act(&self, name: &str, headers: &[(&str, &str)]) -> impl Future<Output = bool> + Send;
}

async fn ping<P: Peer>(peer: &P) -> bool {
    peer.act("Ping", &[]).await
}

async fn run<P: Peer>(port: u16, mode: &str, load: &str, count: u64, rate: &str) {
    // Memory for the queue is taken at once, so a limit that nothing could reach will not do.
    let queue = (mode == "events" && rate == "0").then_some(1 << 18);
    let peer = Arc::new(P::connect(port, queue).await);
    match mode {
        "ping" => {
            let run = Run::begin();
            let mut times = Vec::new();
            for _ in 0..count {
                let asked = Instant::now();
                assert!(ping(&*peer).await, "an answer");
                times.push(asked.elapsed());
            }
            run.report(count, count, &latencies(&mut times));
        }
        "pipelined" | "window" => {
            let run = Run::begin();
            let places = Arc::new(Semaphore::new(if mode == "window" { WINDOW } else { IN_FLIGHT }));
            let mut calls = Vec::new();
            for _ in 0..count {
                let place = Arc::clone(&places).acquire_owned().await.expect("open");
                let peer = Arc::clone(&peer);
                calls.push(tokio::spawn(async move {
                    let _place = place;
                    ping(&*peer).await
                }));
            }
            let mut good = 0;
            for call in calls {
                good += u64::from(call.await.expect("it does not panic"));
            }
            run.report(good, good, &[]);
        }
        "sessions" => {
            let before = (own("VmRSS"), own("Threads"), fds());
            let run = Run::begin();
            let mut peers = Vec::new();
            for _ in 0..count {
                peers.push(P::connect(port, None).await);
            }
            let busy = cpu_seconds();
            sleep(Duration::from_secs(1)).await;
            let each = |value: f64| value / count as f64;
            let more = [
                ("kb_each", each(own("VmRSS") - before.0)),
                ("threads_more", own("Threads") - before.1),
                ("fds_each", each(fds() - before.2)),
                ("idle_cpu_us", each(cpu_seconds() - busy) * 1e6),
            ];
            run.report(peers.len() as u64, 0, &more);
        }
        _ => {
            let is_pinged = mode == "slow" || mode == "beside";
            let apart = if mode == "slow" { PINGS_APART } else { Duration::ZERO };
            events(&peer, is_pinged.then_some(apart), load == "slow", count, rate).await;
        }
    }
}

/// Events, and Pings beside them so far apart, if any.
async fn events<P: Peer>(peer: &Arc<P>, pings_apart: Option<Duration>, is_slow: bool, count: u64, rate: &str) {
    let mut events = peer.events().await;
    let run = Run::begin();
    let ping_until = Instant::now() + Duration::from_secs(if pings_apart.is_some() { count } else { 0 });
    let much = if pings_apart.is_some() { "Seconds" } else { "Count" };
    assert!(peer.act("Replay", &[(much, &count.to_string()), ("Rate", rate)]).await, "an answer");
    let pings = tokio::spawn({
        let peer = Arc::clone(peer);
        async move {
            let mut times = Vec::new();
            while Instant::now() < ping_until {
                let asked = Instant::now();
                ping(&*peer).await;
                times.push(asked.elapsed());
                if let Some(apart) = pings_apart.filter(|apart| !apart.is_zero()) {
                    sleep(apart).await;
                }
            }
            times
        }
    });
    let (mut handled, mut checked, mut lost) = (0, 0, 0);
    let mut last = Instant::now();
    while let Ok(next) = timeout(QUIET, P::next(&mut events)).await {
        match next {
            Next::Event { read, is_last } => {
                handled += 1;
                checked += read as u64;
                // To look at the clock costs as much as the rest.
                if is_last || handled % 64 == 0 {
                    last = Instant::now();
                }
                if is_last {
                    break;
                }
            }
            Next::Lost(more) => lost += more,
            Next::End => break,
        }
        if is_slow && Instant::now() < ping_until {
            sleep(WORK).await;
        }
    }
    let mut more = vec![("lost", lost as f64)];
    if pings_apart.is_some() {
        let mut times =
            timeout(QUIET, pings).await.map_or_else(|_| Vec::new(), |times| times.expect("it does not panic"));
        more.push(("pings", times.len() as f64));
        more.extend(latencies(&mut times));
    }
    run.report_at(last, handled, checked, &more);
}

pub fn main<P: Peer>() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [port, mode, rest @ ..] = words.as_slice() else { panic!("usage: PORT MODE [LOAD] COUNT [RATE]") };
    let (load, rest) = if mode == "beside" { rest.split_first().expect("a load") } else { (mode, rest) };
    let (count, rest) = rest.split_first().expect("a count");
    let (port, count) = (port.parse().expect("a port"), count.parse().expect("a number"));
    let usual = if load == "paced" { PACE } else { "0" };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(run::<P>(port, mode, load, count, rest.first().map_or(usual, String::as_str)));
    // What still waits is of no use to anybody.
    std::process::exit(0);
}
