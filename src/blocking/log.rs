//! The library's log, for programs in other languages. What is logged goes into a ring of bounded size; a thread of its own takes it
//! from there to the program. So no thread of the library ever waits for the program's code, or for an interpreter.
//!
//! It is off at first, and then a line that would be logged costs one load.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
#[cfg(feature = "python")]
use std::time::SystemTime;

use tracing::callsite::rebuild_interest_cache;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record as SpanRecord};
use tracing::subscriber::{Interest, Subscriber, set_global_default};
use tracing::{Event, Level, Metadata};

use super::fork;
use super::per_process::PerProcess;
use super::pool::as_callback;
use super::thread::spawn;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::{lock, unpoisoned};

/// The most lines that may wait, and the most bytes of one.
const LINES: usize = 1000;
const LONGEST: usize = 4096;
/// The longest wait for a program's function that is still running.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The target of what the log says of itself.
const OWN_TARGET: &str = "ami::log";

/// A line of the log.
pub(crate) struct Line {
    pub level: Level,
    /// The part of the library that it comes from, such as `ami::client`.
    pub target: &'static str,
    pub message: String,
    #[cfg(feature = "python")]
    pub time: SystemTime,
}

impl Line {
    fn new(level: Level, target: &'static str, message: String) -> Line {
        Line {
            level,
            target,
            message,
            #[cfg(feature = "python")]
            time: SystemTime::now(),
        }
    }
}

/// The program's end of the log.
pub(crate) trait Sink: Send {
    /// Takes lines, in order, on the log's own thread.
    fn take(&mut self, lines: Vec<Line>);
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<Line>,
    lost: u64,
    is_over: bool,
    /// The sink has gone.
    is_done: bool,
}

/// The lines between the library and one sink.
#[derive(Default)]
struct Ring {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Ring {
    fn put(&self, line: Line) {
        let mut waiting = lock(&self.waiting);
        if waiting.is_over {
            return;
        }
        if waiting.lines.len() >= LINES {
            waiting.lost += 1;
            return;
        }
        waiting.lines.push_back(line);
        if waiting.lines.len() == 1 {
            self.changed.notify_all();
        }
    }

    /// Waits for lines; nothing once it is over.
    fn take(&self) -> Option<Vec<Line>> {
        let mut waiting = lock(&self.waiting);
        while waiting.lines.is_empty() && !waiting.is_over {
            waiting = unpoisoned(self.changed.wait(waiting));
        }
        if waiting.lines.is_empty() {
            return None;
        }
        let mut lines: Vec<Line> = waiting.lines.drain(..).collect();
        // They were lost after all that had room.
        let lost = std::mem::take(&mut waiting.lost);
        if lost > 0 {
            let message = format!("{lost} lines of the log were lost here, as the program took them too slowly");
            lines.push(Line::new(Level::WARN, OWN_TARGET, message));
        }
        Some(lines)
    }

    fn note(&self, note: impl FnOnce(&mut Waiting)) {
        note(&mut lock(&self.waiting));
        self.changed.notify_all();
    }

    /// Waits until the sink has gone, for so long at most; returns whether it has.
    fn wait_for_end(&self, timeout: Duration) -> bool {
        let waiting = lock(&self.waiting);
        unpoisoned(self.changed.wait_timeout_while(waiting, timeout, |waiting| !waiting.is_done)).0.is_done
    }

    fn hand_over(&self, mut sink: Box<dyn Sink>) {
        while let Some(lines) = self.take() {
            as_callback(|| sink.take(lines));
        }
        as_callback(|| drop(sink));
        self.note(|waiting| waiting.is_done = true);
    }
}

/// The ring that is in use.
#[derive(Default)]
struct Log {
    ring: Mutex<Option<Arc<Ring>>>,
}

static LOG: PerProcess<Log> = PerProcess::new();
/// The lines that are wanted, as [`number`] counts levels.
static WANTED: AtomicU8 = AtomicU8::new(0);

thread_local! {
    /// The ring whose thread this is.
    static OWN: Cell<*const Ring> = const { Cell::new(std::ptr::null()) };
}

const LEVELS: [LevelFilter; 6] = [
    LevelFilter::OFF,
    LevelFilter::ERROR,
    LevelFilter::WARN,
    LevelFilter::INFO,
    LevelFilter::DEBUG,
    LevelFilter::TRACE,
];

fn wanted() -> LevelFilter {
    LEVELS[usize::from(WANTED.load(Ordering::Relaxed))]
}

/// Takes what the library logs.
struct Collector;

impl Subscriber for Collector {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= wanted() && metadata.is_event() && metadata.target().starts_with("ami::")
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(wanted())
    }

    fn event(&self, event: &Event<'_>) {
        // The child of a fork has no thread that would take it.
        let Some(ring) = LOG.existing().and_then(|log| lock(&log.ring).clone()) else { return };
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        ring.put(Line::new(*metadata.level(), metadata.target(), text.finish()));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &SpanRecord<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The message of a line, and its fields as `name=value` behind it.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn finish(mut self) -> String {
        self.message.push_str(&self.fields);
        if self.message.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|&at| self.message.is_char_boundary(at)).unwrap_or(0);
            self.message.truncate(end);
            self.message.push('…');
        }
        self.message
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text never fails.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("the thread of the log could not be started: {error}")).with_source(error)
}

/// The sink that another one has replaced: it gets all lines up to then, and goes.
#[must_use = "it may still be in use"]
pub(crate) struct Former(Option<Arc<Ring>>);

impl Former {
    /// Waits until it has gone, no longer than this; returns whether it has. Called by itself it does not wait: it goes as soon as that
    /// call returns.
    pub fn wait(&self, timeout: Duration) -> bool {
        let Some(ring) = &self.0 else { return true };
        if OWN.get() == Arc::as_ptr(ring) {
            return true;
        }
        if !ring.wait_for_end(timeout) {
            return false;
        }
        if let Some(thread) = lock(&ring.thread).take() {
            let _ = thread.join();
        }
        true
    }

    /// The same, for as long as a program's function may take.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if it is still in use.
    #[cfg(feature = "capi")]
    pub fn await_end(&self) -> Result<()> {
        if self.wait(LONGEST_WAIT) { Ok(()) } else { Err(still_busy()) }
    }
}

/// The error for a sink that does not let go.
pub(crate) fn still_busy() -> Error {
    Error::new(ErrorKind::Busy, "the function that the log went to before is still running; it goes when it returns")
}

/// Has lines of this level and the more urgent ones go to a sink from now on, which is made on the log's thread, in place of the sink
/// before.
///
/// # Errors
/// [`ErrorKind::Io`] if the system starts no thread; the log is as before then, and no sink is made.
pub(crate) fn set(level: LevelFilter, make: impl FnOnce() -> Box<dyn Sink> + Send + 'static) -> Result<Former> {
    fork::watch().map_err(failed)?;
    let ring = Arc::new(Ring::default());
    let own = Arc::clone(&ring);
    let thread = spawn("ami-log", move || {
        OWN.set(Arc::as_ptr(&own));
        own.hand_over(make());
    });
    *lock(&ring.thread) = Some(thread.map_err(failed)?);
    Ok(replace(level, Some(ring)))
}

/// Turns the log off.
pub(crate) fn off() -> Former {
    if LOG.existing().is_some() { replace(LevelFilter::OFF, None) } else { Former(None) }
}

fn replace(level: LevelFilter, new: Option<Arc<Ring>>) -> Former {
    let number = LEVELS.iter().position(|other| *other == level).unwrap_or(0);
    // It stays for ever; a second time it is refused.
    let _ = set_global_default(Collector);
    let old = std::mem::replace(&mut *lock(&LOG.place().ring), new);
    WANTED.store(u8::try_from(number).unwrap_or(0), Ordering::Relaxed);
    rebuild_interest_cache();
    if let Some(old) = &old {
        old.note(|waiting| waiting.is_over = true);
    }
    Former(old)
}

#[cfg(test)]
mod tests {
    use std::sync::MutexGuard;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// The log belongs to the process: one test at a time has it.
    fn alone() -> MutexGuard<'static, ()> {
        static ONE: Mutex<()> = Mutex::new(());
        lock(&ONE)
    }

    struct Told(Sender<Vec<Line>>);

    impl Sink for Told {
        fn take(&mut self, lines: Vec<Line>) {
            let own = |line: &Line| line.target == "ami::tested" || line.target == OWN_TARGET;
            let lines: Vec<Line> = lines.into_iter().filter(own).collect();
            if !lines.is_empty() {
                let _ = self.0.send(lines);
            }
        }
    }

    fn start(level: LevelFilter) -> Receiver<Vec<Line>> {
        let (tell, told) = channel();
        assert!(set(level, move || Box::new(Told(tell))).expect("a thread").wait(PATIENCE));
        told
    }

    #[test]
    fn log_lines_come_with_level_target_and_fields() {
        let _alone = alone();
        let told = start(LevelFilter::INFO);
        tracing::warn!(target: "ami::tested", attempt = 3, place = "here", "connecting {}", "again");
        tracing::debug!(target: "ami::tested", "not wanted");
        tracing::error!(target: "amiable", "not the library's");
        tracing::info!(target: "ami::tested", "{}", "ü".repeat(LONGEST));
        let stale = start(LevelFilter::OFF);
        let lines: Vec<Line> = told.into_iter().flatten().collect();
        assert_eq!(lines.len(), 2, "all of them have come before the sink went");
        assert_eq!((lines[0].level, lines[0].target), (Level::WARN, "ami::tested"));
        assert_eq!(lines[0].message, "connecting again attempt=3 place=\"here\"");
        assert_eq!(lines[1].message, format!("{}…", "ü".repeat(LONGEST / 2)));
        tracing::error!(target: "ami::tested", "nobody wants it");
        assert!(off().wait(PATIENCE));
        assert_eq!(LevelFilter::current(), LevelFilter::OFF, "a line costs a load");
        assert_eq!(stale.into_iter().count(), 0);
    }

    /// A sink that waits for its gate with each batch.
    struct Slow(Told, Sender<()>, Receiver<()>);

    impl Sink for Slow {
        fn take(&mut self, lines: Vec<Line>) {
            self.1.send(()).expect("the test is there");
            self.2.recv_timeout(PATIENCE).expect("the test goes on");
            self.0.take(lines);
        }
    }

    #[test]
    fn log_that_is_taken_slowly_says_what_was_lost() {
        let _alone = alone();
        let ((tell, told), (begin, began), (go, gate)) = (channel(), channel(), channel());
        let before = set(LevelFilter::INFO, move || Box::new(Slow(Told(tell), begin, gate))).expect("a thread");
        assert!(before.wait(PATIENCE));
        tracing::info!(target: "ami::tested", "first");
        began.recv_timeout(PATIENCE).expect("it is taken");
        let filled = std::time::Instant::now();
        for number in 0..LINES + 7 {
            tracing::info!(target: "ami::tested", "{number}");
        }
        assert!(filled.elapsed() < PATIENCE / 2, "nobody waits for the sink");
        go.send(()).expect("the sink is there");
        began.recv_timeout(PATIENCE).expect("the rest is taken");
        go.send(()).expect("the sink is there");
        assert!(off().wait(PATIENCE));
        let lines: Vec<Line> = told.into_iter().flatten().collect();
        let others = lines.iter().filter(|line| line.target != OWN_TARGET).count();
        // Other tests' lines may have taken some of the room.
        let last = lines.last().expect("lines");
        let lost: usize = last.message.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
        assert_eq!((last.level, last.target), (Level::WARN, OWN_TARGET));
        assert!(last.message.ends_with("lines of the log were lost here, as the program took them too slowly"));
        assert!(others + lost >= LINES + 8 && others <= LINES + 1, "{others} and {lost}");
        assert_eq!(lines[1].message, "0", "the older ones stay");
    }

    #[test]
    fn log_end_is_waited_for_no_longer_than_told() {
        let _alone = alone();
        let ((tell, _told), (begin, began), (go, gate)) = (channel(), channel(), channel());
        let before = set(LevelFilter::INFO, move || Box::new(Slow(Told(tell), begin, gate))).expect("a thread");
        assert!(before.wait(PATIENCE));
        tracing::info!(target: "ami::tested", "first");
        began.recv_timeout(PATIENCE).expect("it is taken");
        let former = off();
        assert!(!former.wait(Duration::from_millis(10)));
        go.send(()).expect("the sink is there");
        assert!(former.wait(PATIENCE));
        assert!(off().wait(Duration::ZERO), "there is none any more");
    }

    /// A sink that turns the log off itself.
    struct Ends(Sender<()>);

    impl Sink for Ends {
        fn take(&mut self, _: Vec<Line>) {
            assert!(off().wait(PATIENCE), "it does not wait for itself");
            self.0.send(()).expect("the test is there");
        }
    }

    #[test]
    fn log_can_be_turned_off_by_its_own_sink() {
        let _alone = alone();
        let (tell, told) = channel();
        assert!(set(LevelFilter::INFO, move || Box::new(Ends(tell))).expect("a thread").wait(PATIENCE));
        tracing::info!(target: "ami::tested", "first");
        told.recv_timeout(PATIENCE).expect("it came");
        assert!(told.recv_timeout(PATIENCE).is_err(), "the sink has gone");
    }
}
