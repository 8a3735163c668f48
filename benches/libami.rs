//! libami by its Rust interfaces.
//!
//!     libami callback|async PORT events COUNT [RATE]
//!     libami callback|async PORT slow SECONDS
//!     libami callback|async PORT beside paced|bulk|slow SECONDS
//!     libami callback|async PORT ping|pipelined|window|sessions COUNT
//!
//! `callback` is the blocking client, `async` the one on tokio, with link and handler on one thread.

mod report;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use ami::client::Tls;
use ami::events::{OverflowPolicy, QueueLimits};
use ami::{Action, Client, Config, Event, Filter, MessageKind, blocking};
use report::{PACE, Run, cpu_seconds, fds, latencies, own};

const WORK: Duration = Duration::from_millis(1);
const PINGS_APART: Duration = Duration::from_millis(50);
const WINDOW: u64 = 64;

struct Arguments {
    mode: String,
    /// The load that Pings are timed beside, or the mode.
    load: String,
    count: u64,
    rate: String,
    config: Config,
}

impl Arguments {
    fn read(words: &[String]) -> Option<(String, Arguments)> {
        let [face, port, mode, rest @ ..] = words else { return None };
        let (load, rest) = if mode == "beside" { rest.split_first()? } else { (mode, rest) };
        let (count, rest) = rest.split_first()?;
        let rate = match rest {
            [rate, ..] => rate,
            [] if load == "paced" => PACE,
            [] => "0",
        };
        let config = Config::new("127.0.0.1", "bench", "bench").port(port.parse().ok()?);
        let mut config = config.action_timeout(Duration::from_secs(60));
        if let Some(authority) = std::env::var_os("BENCH_TLS") {
            config = config.tls(Tls::new().ca_file(authority));
        }
        if mode == "events" && rate == "0" {
            // In bulk nothing may be lost: what is measured is the whole path of every event.
            config = config
                .event_queue(QueueLimits::default().events(1 << 24).bytes(1 << 34).policy(OverflowPolicy::DropOldest));
        }
        let (mode, load, rate) = (mode.clone(), load.clone(), rate.to_owned());
        Some((face.clone(), Arguments { mode, load, count: count.parse().ok()?, rate, config }))
    }

    /// Pings are sent beside the events, which come for some seconds.
    fn is_pinged(&self) -> bool {
        self.mode == "slow" || self.mode == "beside"
    }

    fn ping_until(&self) -> Option<Instant> {
        self.is_pinged().then(|| Instant::now() + Duration::from_secs(self.count))
    }

    fn pings_apart(&self) -> Duration {
        if self.mode == "slow" { PINGS_APART } else { Duration::ZERO }
    }

    fn replay(&self) -> Action {
        let much = if self.is_pinged() { "Seconds" } else { "Count" };
        Action::new("Replay").with(much, self.count.to_string()).with("Rate", &self.rate)
    }
}

#[derive(Default)]
struct Handler {
    handled: u64,
    checked: u64,
    lost: u64,
    slow_until: Option<Instant>,
}

impl Handler {
    fn new(arguments: &Arguments) -> Handler {
        let slow_until = arguments.ping_until().filter(|_| arguments.load == "slow");
        Handler { slow_until, ..Handler::default() }
    }

    /// Reads two headers; returns whether it was the last event.
    fn take(&mut self, event: &Event) -> bool {
        if event.kind() == MessageKind::Lagged {
            self.lost += event.text("Lost").and_then(|lost| lost.parse::<u64>().ok()).expect("a number");
            return false;
        }
        let length = |name| event.get(name).map_or(0, <[u8]>::len) as u64;
        self.handled += 1;
        self.checked += length("Channel") + length("Uniqueid");
        event.is("ReplayEnd")
    }

    fn is_slow(&self) -> bool {
        self.slow_until.is_some_and(|until| Instant::now() < until)
    }

    fn report(&self, run: &Run, times: &mut [Duration]) {
        let mut more = vec![("lost", self.lost as f64)];
        if !times.is_empty() {
            more.push(("pings", times.len() as f64));
            more.extend(latencies(times));
        }
        run.report(self.handled, self.checked, &more);
    }
}

fn report_pings(run: &Run, times: &mut [Duration]) {
    let more = latencies(times);
    run.report(times.len() as u64, times.len() as u64, &more);
}

fn report_sessions(run: &Run, count: u64, before: (f64, f64, f64), took: Duration, idle_cpu: f64) {
    let each = |value: f64| value / count as f64;
    run.report(
        count,
        0,
        &[
            ("kb_each", each(own("VmRSS") - before.0)),
            ("threads_more", own("Threads") - before.1),
            ("fds_each", each(fds() - before.2)),
            ("idle_cpu_us", each(idle_cpu) * 1e6),
            ("connect_s", took.as_secs_f64()),
        ],
    );
}

fn standing() -> (f64, f64, f64) {
    (own("VmRSS"), own("Threads"), fds())
}

fn by_callback(arguments: &Arguments) -> ami::Result<()> {
    let client = blocking::Client::connect(arguments.config.clone())?;
    let ping = Action::new("Ping");
    let count = arguments.count;
    match arguments.mode.as_str() {
        "ping" => {
            let run = Run::begin();
            let mut times = Vec::with_capacity(count as usize);
            for _ in 0..count {
                let asked = Instant::now();
                client.call(&ping)?;
                times.push(asked.elapsed());
            }
            report_pings(&run, &mut times);
        }
        "pipelined" => {
            let (sender, finished) = mpsc::channel();
            let run = Run::begin();
            for _ in 0..count {
                let sender = sender.clone();
                client.submit(&ping, None, move |outcome| {
                    let _ = sender.send(outcome.is_ok());
                })?;
            }
            let good = finished.iter().take(count as usize).filter(|&good| good).count() as u64;
            run.report(count, good, &[]);
        }
        "window" => {
            let (sender, ended) = mpsc::channel();
            let run = Run::begin();
            let mut good = 0;
            for sent in 0..count {
                if sent >= WINDOW {
                    good += u64::from(ended.recv().expect("an outcome"));
                }
                let sender = sender.clone();
                client.submit(&ping, None, move |outcome| {
                    let _ = sender.send(outcome.is_ok());
                })?;
            }
            good += ended.iter().take(WINDOW.min(count) as usize).filter(|&good| good).count() as u64;
            run.report(count, good, &[]);
        }
        "sessions" => {
            let before = standing();
            let run = Run::begin();
            let connect = |_| blocking::Client::connect(arguments.config.clone());
            let clients = (0..count).map(connect).collect::<ami::Result<Vec<_>>>()?;
            let (took, busy) = (run.elapsed(), cpu_seconds());
            std::thread::sleep(Duration::from_secs(1));
            report_sessions(&run, clients.len() as u64, before, took, cpu_seconds() - busy);
        }
        _ => {
            let (sender, finished) = mpsc::channel();
            let run = Run::begin();
            let mut handler = Handler::new(arguments);
            let ping_until = arguments.ping_until();
            let _subscription = client.on(Filter::all(), move |event| {
                if handler.take(event) {
                    let _ = sender.send(std::mem::take(&mut handler));
                } else if handler.is_slow() {
                    std::thread::sleep(WORK);
                }
            })?;
            client.call(&arguments.replay())?;
            let mut times = Vec::new();
            while ping_until.is_some_and(|until| Instant::now() < until) {
                times.push(client.ping()?);
                if !arguments.pings_apart().is_zero() {
                    std::thread::sleep(arguments.pings_apart());
                }
            }
            finished.recv().expect("the stream has an end").report(&run, &mut times);
        }
    }
    Ok(())
}

async fn by_tokio(arguments: &Arguments) -> ami::Result<()> {
    let client = Client::connect(arguments.config.clone()).await?;
    let ping = Action::new("Ping");
    let count = arguments.count;
    match arguments.mode.as_str() {
        "ping" => {
            let run = Run::begin();
            let mut times = Vec::with_capacity(count as usize);
            for _ in 0..count {
                let asked = Instant::now();
                client.call(&ping).await?;
                times.push(asked.elapsed());
            }
            report_pings(&run, &mut times);
        }
        "pipelined" => {
            let run = Run::begin();
            let call = |_| {
                let (client, ping) = (client.clone(), ping.clone());
                tokio::spawn(async move { client.call(&ping).await })
            };
            let calls: Vec<_> = (0..count).map(call).collect();
            let mut good = 0;
            for call in calls {
                good += u64::from(call.await.expect("it does not panic").is_ok());
            }
            run.report(count, good, &[]);
        }
        "window" => {
            let run = Run::begin();
            let work = |_| {
                let (client, ping) = (client.clone(), ping.clone());
                tokio::spawn(async move {
                    let mut good = 0;
                    for _ in 0..count / WINDOW {
                        good += u64::from(client.call(&ping).await.is_ok());
                    }
                    good
                })
            };
            let workers: Vec<_> = (0..WINDOW).map(work).collect();
            let mut good = 0;
            for worker in workers {
                good += worker.await.expect("it does not panic");
            }
            run.report(count / WINDOW * WINDOW, good, &[]);
        }
        "sessions" => {
            let before = standing();
            let run = Run::begin();
            let mut clients = Vec::new();
            for _ in 0..count {
                clients.push(Client::connect(arguments.config.clone()).await?);
            }
            let (took, busy) = (run.elapsed(), cpu_seconds());
            tokio::time::sleep(Duration::from_secs(1)).await;
            report_sessions(&run, clients.len() as u64, before, took, cpu_seconds() - busy);
        }
        _ => {
            let run = Run::begin();
            let mut handler = Handler::new(arguments);
            let mut events = client.subscribe(Filter::all())?;
            client.call(&arguments.replay()).await?;
            let (ping_until, apart) = (arguments.ping_until(), arguments.pings_apart());
            // One that all have let go of is closed.
            let pinging = client.clone();
            let pings = tokio::spawn(async move {
                let mut times = Vec::new();
                while ping_until.is_some_and(|until| Instant::now() < until) {
                    times.push(pinging.ping().await.expect("an answer"));
                    if !apart.is_zero() {
                        tokio::time::sleep(apart).await;
                    }
                }
                times
            });
            let mut over = false;
            while !over {
                for event in events.next_batch().await?.iter() {
                    over |= handler.take(&event);
                    if handler.is_slow() {
                        tokio::time::sleep(WORK).await;
                    }
                }
            }
            handler.report(&run, &mut pings.await.expect("it does not panic"));
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (face, arguments) = Arguments::read(&words).ok_or("usage: libami callback|async PORT MODE COUNT [RATE]")?;
    if face == "callback" {
        by_callback(&arguments)?;
    } else {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(by_tokio(&arguments))?;
    }
    Ok(())
}
