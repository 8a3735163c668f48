//! Memory stays bounded whatever a peer sends without end: at every place of the grammar, to the parser, to a client, to
//! the reader of SMS, and to the simulator. Counted at the allocator, in this program alone.
//!
//! AMI_SOAK_SECONDS adds what takes gigabytes: 13 of memory.
#![cfg(all(feature = "blocking", feature = "simulator"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::io::{ErrorKind as Io, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ami::events::{OverflowPolicy, QueueLimits};
use ami::gsm::{Incoming, SmsReader};
use ami::protocol::{Limits, Parser};
use ami::simulator::{Options, Simulator};
use ami::{Action, Client, Config, Error, ErrorKind, Filter, MessageKind, Response, blocking};

const KB: usize = 1 << 10;
const MB: usize = 1 << 20;
/// The bytes fed where something has to end them: more than any bound here.
const ENDLESS: usize = 160 * MB;
/// The memory for one stream whose messages are limited to 1 MiB: more than twice that, as buffers double.
const FEW: usize = 8 * MB;
/// The memory for a command's output of 16 MiB, and for the rest beside it.
const MOST: usize = 64 * MB;

// ---- what is allocated ----

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grow(size: usize) {
    PEAK.fetch_max(LIVE.fetch_add(size, Ordering::Relaxed) + size, Ordering::Relaxed);
}

// SAFETY: every call is handed on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grow(size);
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs this alone; it may have no more than so many bytes allocated at any time.
fn within<T>(most: usize, what: &str, run: impl FnOnce() -> T) -> T {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = run();
    let peak = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    println!("{what}: {} KB", peak / KB);
    assert!(peak <= most, "{what}: {} MB were allocated, {} are allowed", peak / MB, most / MB);
    result
}

// ---- places of the grammar ----

/// The end of a stream without an end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// It is given up as over a limit.
    Limit,
    /// It is no AMI.
    NotAmi,
    /// It goes on: each piece of it is complete.
    Never,
}
use End::{Limit, Never, NotAmi};
use support::clock::{PATIENCE, wait_until};
use support::server::{BANNER, SECRET, ThreadPeer};

/// A place behind the banner: what comes once, what comes without end, and what that comes to.
type Place = (&'static str, &'static str, &'static str, End);

const PLACES: [Place; 26] = [
    ("blank lines", "", "\r\n", Never),
    ("blank lines of LF", "", "\n", Never),
    ("CRs", "", "\r", Limit),
    ("NULs", "", "\0", Limit),
    ("lines of a NUL", "", "\0\r\n", Limit),
    ("a line without a colon", "", "x", Limit),
    ("lines without a colon", "", "x\r\n", Limit),
    ("lines of a colon", "", ":\r\n", Limit),
    ("--END SMS EVENT-- outside a message", "", "--END SMS EVENT--\r\n", Never),
    ("--END COMMAND-- outside a message", "", "--END COMMAND--\r\n", Limit),
    ("whole events", "", "Event: X\r\nKey: value\r\n\r\n", Never),
    ("whole responses of nobody", "", "Response: Success\r\nActionID: nobody's\r\n\r\n", Never),
    ("whole messages of no kind", "", "Key: value\r\n\r\n", Never),
    ("Pongs without an end", "", "Response: Pong\r\nPing: Pong\r\n", Never),
    ("a header's name", "Event: X\r\n", "n", Limit),
    ("a header's value", "Event: X\r\nKey: ", "v", Limit),
    ("a value of NULs", "Event: X\r\nKey: ", "\0", Limit),
    ("headers", "Event: X\r\n", "Key: value\r\n", Limit),
    ("headers without a value", "Event: X\r\n", "K:\r\n", Limit),
    ("headers of LF", "Event: X\r\n", "K:\n", Limit),
    ("headers of a message without a kind", "", "Key: value\r\n", Limit),
    ("Event headers", "Event: X\r\n", "Event: X\r\n", Limit),
    ("ActionID headers", "Response: Success\r\n", "ActionID: 1\r\n", Limit),
    ("lines that go on with a value", "Event: X\r\nKey: value\r\n", "goes on\r\n", Limit),
    ("lines of a NUL in a value", "Event: X\r\nKey: value\r\n", "\0\n", Limit),
    ("--END COMMAND-- in a message", "Event: X\r\n", "--END COMMAND--\r\n", Limit),
];

/// Headers that are a command's text.
const OUTPUTS: [Place; 4] = [
    ("an Output line", "Response: Success\r\nOutput: ", "o", Limit),
    ("Output lines", "Response: Success\r\n", "Output: a line of a command's text\r\n", Limit),
    ("Output lines of an event", "Event: X\r\n", "Output: a line of a command's text\r\n", Limit),
    ("a value behind an Output line", "Response: Success\r\nOutput: \r\nKey: value\r\n", "goes on\r\n", Limit),
];

/// The text of a command. A client without a command in flight takes it for a message.
const TEXTS: [Place; 6] = [
    ("a line of a command's text", "Response: Follows\r\n", "t", Limit),
    ("lines of a command's text", "Response: Follows\r\nPrivilege: Command\r\n", "a line\n", Limit),
    ("blank lines of a command's text", "Response: Follows\r\nPrivilege: Command\r\n", "\r\n", Limit),
    ("a text of Privilege lines", "Response: Follows\r\n", "Privilege: Command\r\n", Limit),
    ("a text of ActionID lines", "Response: Follows\r\n", "ActionID: nobody's\r\n", Limit),
    ("a text with its end in every line", "Response: Follows\r\nPrivilege: Command\r\n", "--END COMMAND--x\n", Limit),
];

/// The same bytes again and again, in pieces of about 64 KB.
fn pieces(unit: &str, total: usize) -> impl Iterator<Item = Vec<u8>> {
    let piece = unit.repeat((64 * KB / unit.len()).max(1)).into_bytes();
    let count = total.div_ceil(piece.len());
    std::iter::repeat_n(piece, count)
}

fn parse(parser: &mut Parser, bytes: &[u8]) -> Result<(), Error> {
    parser.feed(bytes)?;
    while parser.next()?.is_some() {}
    Ok(())
}

/// The end of a parser that is fed with this, up to a total.
fn fed(start: &str, unit: &str, total: usize, limits: Limits) -> End {
    let mut parser = Parser::with_limits(limits);
    let mut result = parse(&mut parser, start.as_bytes());
    for piece in pieces(unit, total) {
        if result.is_err() {
            break;
        }
        result = parse(&mut parser, &piece);
    }
    match result.map_err(|error| error.kind()) {
        Ok(()) => Never,
        Err(ErrorKind::Limit) => Limit,
        Err(ErrorKind::NotAmi) => NotAmi,
        Err(kind) => panic!("no parser says {kind:?}"),
    }
}

/// The number of bytes fed: twice the allowed number where the parser goes on, else more than enough.
fn total(end: End) -> usize {
    if end == Never { 2 * FEW } else { ENDLESS }
}

fn parser_ends(most: usize, places: &[Place]) {
    for (what, start, unit, end) in places {
        let start = format!("{BANNER}{start}");
        let came = within(most, what, || fed(&start, unit, total(*end), Limits::default()));
        assert_eq!(came, *end, "{what}");
    }
}

#[test]
fn parser_is_bounded_at_every_place() {
    parser_ends(FEW, &PLACES);
    parser_ends(MOST, &OUTPUTS);
    parser_ends(MOST, &TEXTS);
}

/// A header costs more than the eight bytes of such a line.
#[test]
fn parser_counts_the_cost_of_empty_output_lines() {
    parser_ends(2 * MOST, &[("empty Output lines", "Response: Success\r\n", "Output:\n", Limit)]);
}

#[test]
fn parser_is_bounded_before_the_banner() {
    for unit in ["x", "\0", "\r", "/1", "Asterisk Call Manager", "\r\n", "\n"] {
        assert_eq!(within(MB, "a banner", || fed("", unit, ENDLESS, Limits::default())), NotAmi, "{unit:?}");
    }
}

/// Large limits hold as they are said, and beyond what an offset can say it is an error and never a wrong message.
#[test]
fn parser_with_raised_limits_is_bounded_by_them() {
    let mut limits = Limits::default();
    (limits.frame, limits.headers) = (8 * MB, usize::MAX);
    let headers = || fed(&format!("{BANNER}Event: X\r\n"), "Key: value\r\n", ENDLESS, limits);
    // A header has 16 bytes of its own.
    assert_eq!(within(64 * MB, "headers up to 8 MiB", headers), Limit);
}

// ---- the client ----

/// A server on a thread of its own, for one connection.
struct Server {
    port: u16,
    thread: JoinHandle<()>,
}

impl Server {
    fn start(serve: impl FnOnce(Peer) + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
            stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
            serve(Peer::new(stream));
        });
        Server { port, thread }
    }

    fn config(&self) -> Config {
        Config::new("127.0.0.1", "admin", SECRET).port(self.port).action_timeout(PATIENCE).connect_timeout(PATIENCE)
    }

    fn join(self) {
        self.thread.join().expect("the server has done its part");
    }
}

type Peer = ThreadPeer<TcpStream>;

/// Says this once; tells if the client still takes it.
fn says(peer: &mut Peer, text: &str) -> bool {
    peer.try_say(text).is_ok()
}

/// Says this up to so many bytes in all; tells if the client took them.
fn says_much(peer: &mut Peer, unit: &str, total: usize) -> bool {
    pieces(unit, total).all(|piece| peer.try_say(piece).is_ok())
}

/// Says no more, and reads until the client has gone.
fn hang_up(peer: &mut Peer) {
    let _ = peer.stream.shutdown(Shutdown::Write);
    let _ = std::io::copy(&mut peer.stream, &mut std::io::sink());
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await.expect("it takes for ever") })
}

/// Why the client's link ended that was told this without end.
fn client_ends(start: &'static str, unit: &'static str, total: usize) -> ErrorKind {
    let server = Server::start(move |mut peer| {
        peer.log_in();
        let _ = says(&mut peer, start) && says_much(&mut peer, unit, total);
        hang_up(&mut peer);
    });
    let end = run(async {
        let client = Client::connect(server.config()).await.expect("logged in");
        let mut events = client.subscribe(Filter::all()).expect("open");
        loop {
            if let Err(error) = events.next().await {
                return error.kind();
            }
        }
    });
    server.join();
    end
}

#[test]
fn client_is_bounded_at_every_place() {
    let places = PLACES.map(|place| (FEW, place)).into_iter().chain(OUTPUTS.map(|place| (MOST, place)));
    for (most, (what, start, unit, end)) in places {
        let expected = if end == Never { ErrorKind::Disconnected } else { ErrorKind::Limit };
        let came = within(most, &format!("client, {what}"), || client_ends(start, unit, total(end)));
        assert_eq!(came, expected, "{what}");
    }
}

#[test]
fn client_without_a_command_in_flight_is_bounded_in_a_text() {
    for (what, start, unit, _) in TEXTS {
        let end = within(MOST, &format!("client, {what}"), || client_ends(start, unit, ENDLESS));
        // Nobody has asked for a text, so it may be taken for messages, and those may have ends.
        assert!(matches!(end, ErrorKind::Limit | ErrorKind::Disconnected), "{what}: {end:?}");
    }
}

/// The result of an action that is answered with this, `<ID>` standing for its ActionID, and then with endless units.
fn answered(action: &Action, start: &'static str, unit: &'static str, total: usize) -> Result<Response, Error> {
    let server = Server::start(move |mut peer| {
        peer.log_in();
        let id = peer.action().id;
        if says(&mut peer, &start.replace("<ID>", &id)) {
            says_much(&mut peer, &unit.replace("<ID>", &id), total);
        }
        hang_up(&mut peer);
    });
    let result = run(async {
        let client = Client::connect(server.config()).await.expect("logged in");
        client.call(action).await
    });
    server.join();
    result
}

#[test]
fn client_with_a_command_in_flight_is_bounded_in_its_text() {
    let command = Action::new("Command").with("Command", "core show help");
    let old = "Response: Follows\r\nPrivilege: Command\r\nActionID: <ID>\r\n";
    let new = "Response: Success\r\nActionID: <ID>\r\nMessage: Command output follows\r\n";
    for (what, start, unit) in [
        ("a line", old, "t"),
        ("lines", old, "a line of a command's text\n"),
        ("blank lines", old, "\r\n"),
        ("ends that are none", old, "--END COMMAND--\r\nx"),
        ("events", old, "Event: X\r\nKey: value\r\n\r\n"),
        ("an Output line", new, "o"),
        ("Output lines", new, "Output: a line of a command's text\r\n"),
    ] {
        let result = within(MOST, &format!("command, {what}"), || answered(&command, start, unit, ENDLESS));
        let kind = result.expect_err(what).kind();
        // If the connection ends with it, the command may have been carried out.
        assert!(matches!(kind, ErrorKind::Limit | ErrorKind::OutcomeUnknown), "{what}: {kind:?}");
    }
}

#[test]
fn login_answered_without_end_is_ended_by_the_limit() {
    for (what, start, unit, expected) in [
        ("the banner", "", "Asterisk", &[ErrorKind::NotAmi][..]),
        ("blank lines", BANNER, "\r\n", &[ErrorKind::Timeout, ErrorKind::Disconnected]),
        ("events", BANNER, "Event: X\r\nKey: value\r\n\r\n", &[ErrorKind::Timeout, ErrorKind::Disconnected]),
        ("headers", "Asterisk Call Manager/1.1\r\nResponse: Success\r\n", "Key: value\r\n", &[ErrorKind::Limit]),
    ] {
        let server = Server::start(move |mut peer| {
            let _ = says(&mut peer, start) && says_much(&mut peer, unit, 2 * FEW);
            hang_up(&mut peer);
        });
        let error = within(FEW, &format!("login, {what}"), || run(Client::connect(server.config())).err());
        server.join();
        let kind = error.expect("it is no login").kind();
        assert!(expected.contains(&kind), "{what}: {kind:?}");
    }
}

#[test]
fn queue_of_a_reader_that_never_reads_costs_no_more_than_itself() {
    for (what, unit) in [
        ("small events", "Event: X\r\n\r\n".to_owned()),
        ("large events", format!("Event: X\r\nKey: {}\r\n\r\n", "v".repeat(60 * KB))),
    ] {
        let server = Server::start(move |mut peer| {
            peer.log_in();
            assert!(says_much(&mut peer, &unit, MOST), "the socket is always drained");
            hang_up(&mut peer);
        });
        let queue = QueueLimits::default().events(usize::MAX).bytes(16 * MB);
        // Small ones cost as much again in tables of offsets, and are counted with them.
        within(MOST, &format!("nobody reads {what}"), || {
            run(async {
                let client = Client::connect(server.config().event_queue(queue)).await.expect("logged in");
                let unread = client.subscribe(Filter::all()).expect("open");
                let mut named = client.subscribe(Filter::names(["Y"]).expect("a name")).expect("open");
                named.next().await.expect_err("the server has gone");
                assert!(unread.counters().waiting_bytes <= 16 * MB);
                assert!(unread.counters().dropped > 0);
            });
        });
        server.join();
    }
}

// ---- what is found in events ----

/// An SMS of a Yeastar gateway, or a part of one.
fn received(sender: &str, reference: &str, index: usize, total: usize, content: &str) -> String {
    format!(
        "Event: ReceivedSMS\r\nGsmPort: 2\r\nID: {reference}\r\nSender: {sender}\r\nIndex: {index}\r\nTotal: {total}\r\n\
         Content: {content}\r\n\r\n"
    )
}

fn of_dongle(kind: &str, number: usize, text: &str) -> String {
    let head = format!("Event: Dongle{kind}\r\nDevice: dongle{}\r\nFrom: {number}\r\nLineCount: 1\r\n", number % 4);
    format!("{head}MessageLine0: {text}\r\nMessage: {text}\r\n\r\n")
}

/// Has a reader read so many bytes of this and throws away what it hands out; how much text that was, in bytes.
fn read(total: usize, mut next: impl FnMut(usize) -> String) -> usize {
    let mut parser = Parser::new();
    parser.feed(BANNER.as_bytes()).expect("a banner");
    let mut reader = SmsReader::new(PATIENCE);
    let (now, mut fed, mut out) = (Instant::now(), 0, 0);
    let mut take = |reader: &mut SmsReader| {
        while let Some(incoming) = reader.next() {
            out += match incoming {
                Incoming::Sms(sms) => sms.raw().len(),
                Incoming::Ussd(ussd) => ussd.text().len(),
                _ => 0,
            };
        }
    };
    for number in 0.. {
        let text = next(number);
        fed += text.len();
        if fed > total {
            break;
        }
        parser.feed(text.as_bytes()).expect("messages");
        while let Some(message) = parser.next().expect("messages") {
            reader.read(&message, now);
        }
        take(&mut reader);
    }
    reader.finish(now);
    take(&mut reader);
    out
}

#[test]
fn parts_that_wait_are_bounded_in_bytes_and_none_is_dropped() {
    let total = 64 * MB;
    for (what, content) in [("60 KB", 60 * KB), ("1 KB", KB), ("1 byte", 1)] {
        let content = "x".repeat(content);
        let mut parts = 0;
        let out = within(32 * MB, &format!("parts of {what}"), || {
            read(total / if content.len() == 1 { 8 } else { 1 }, |number| {
                parts = number;
                received("10086", &format!("{}", number / 254), number % 254 + 1, 255, &content)
            })
        });
        assert_eq!(out, parts * content.len(), "parts of {what}");
    }
}

#[test]
fn parts_of_pdus_that_wait_are_counted_with_their_decoded_form() {
    let mut parts = 0;
    // Without a bound all of them would wait.
    let out = within(10 * MB, "parts of PDUs", || {
        read(24 * MB, |number| {
            parts = number;
            // In UCS-2, with a header that says which part of which text it is.
            let header = format!("060804{:04X}FF{:02X}", number / 254, number % 254 + 1);
            let pdu = format!("004405810180F60008419011906374238B{header}{}", "0078".repeat(66));
            format!("Event: GSMEventSMS\r\nSpan: 1\r\nSender: 10086\r\nPDU: {pdu}\r\n\r\n")
        })
    });
    assert!(parts > 60_000 && out == parts * 132, "{out} octets of {parts} parts");
}

#[test]
fn parts_count_all_their_fields_and_not_only_the_text() {
    let long = "9".repeat(50 * KB);
    for what in ["sender", "reference", "time", "centre"] {
        within(32 * MB, &format!("parts with a long {what}"), || {
            read(64 * MB, |number| {
                let (sender, reference) = (format!("{number}"), format!("r{number}"));
                match what {
                    "sender" => received(&(long.clone() + &sender), &reference, 1, 2, "x"),
                    "reference" => received(&sender, &(long.clone() + &reference), 1, 2, "x"),
                    "time" => received(&sender, &format!("{reference}\r\nRecvtime: {long}"), 1, 2, "x"),
                    _ => received(&sender, &format!("{reference}\r\nSmsc: {long}"), 1, 2, "x"),
                }
            })
        });
    }
}

#[test]
fn parts_that_were_delivered_are_remembered_without_their_texts() {
    let content = "x".repeat(60 * KB);
    let out = within(16 * MB, "messages of two parts", || {
        read(64 * MB, |number| received("10086", &format!("{}", number / 2), number % 2 + 1, 2, &content))
    });
    assert!(out > 60 * MB, "each was handed out");
}

#[test]
fn texts_that_wait_for_their_duplicate_are_bounded_and_none_is_dropped() {
    let text = "x".repeat(60 * KB);
    for kind in ["NewSMS", "NewUSSD"] {
        let mut count = 0;
        let out = within(32 * MB, kind, || {
            read(64 * MB, |number| {
                count = number;
                of_dongle(kind, number, &text)
            })
        });
        assert_eq!(out, count * text.len(), "{kind}");
    }
    for kind in ["NewSMSBase64", "NewUSSDBase64", "NewCUSD"] {
        within(16 * MB, kind, || {
            read(64 * MB, |number| {
                of_dongle(kind, number, &text).replace("Device: ", &format!("Device: {text}{number}"))
            })
        });
    }
}

/// A gateway's SMS to an inbox that nobody reads, or whose callback never ends: more of them than its queue holds.
fn unread(large: bool, read: impl FnOnce(&blocking::Client)) {
    let server = Server::start(move |mut peer| {
        peer.log_in();
        let id = peer.action().id;
        let content = "x".repeat(if large { 60 * KB } else { 100 });
        let unit: String =
            (0..if large { 1 } else { 500 }).map(|n| received("10086", &n.to_string(), 1, 1, &content)).collect();
        assert!(says_much(&mut peer, &unit, if large { 64 * MB } else { 12 * MB }), "the socket is always drained");
        peer.say(format!("Response: Success\r\nActionID: {id}\r\n\r\n"));
        hang_up(&mut peer);
    });
    let queue = QueueLimits::default().events(usize::MAX).bytes(8 * MB).policy(OverflowPolicy::DropOldest);
    let client = blocking::Client::connect(server.config().event_queue(queue)).expect("logged in");
    read(&client);
    drop(client);
    server.join();
}

#[test]
fn inbox_that_nobody_reads_costs_no_more_than_its_queue() {
    for large in [true, false] {
        // The client's events wait in a queue as large before the SMS are found in them.
        within(40 * MB, if large { "an inbox of large SMS" } else { "an inbox of small SMS" }, || {
            unread(large, |client| {
                let inbox = client.inbox().expect("open");
                client.call(&Action::new("Flood")).expect("the flood is over");
                wait_until("the inbox", || inbox.counters().expect("here").dropped > 0);
                let counters = inbox.counters().expect("here");
                assert!(counters.waiting_bytes <= 8 * MB, "{counters:?}");
                let waited = std::iter::from_fn(|| inbox.next(Some(Instant::now())).ok().flatten());
                let sms = waited.filter(|event| event.kind() == MessageKind::Derived).take(counters.waiting);
                let held: usize = sms.map(|event| event.size()).sum();
                assert!((4 * MB..=8 * MB).contains(&held), "{held} bytes waited");
            });
        });
    }
}

#[test]
fn inbox_with_a_callback_that_never_returns_costs_no_more_than_its_queue() {
    for large in [true, false] {
        within(40 * MB, if large { "large SMS by callback" } else { "small SMS by callback" }, || {
            unread(large, |client| {
                let (go_on, stuck) = mpsc::channel::<()>();
                let inbox = client.on_sms(move |_| assert!(stuck.recv().is_err())).expect("open");
                client.call(&Action::new("Flood")).expect("the flood is over");
                wait_until("the inbox", || inbox.counters().expect("here").dropped > 0);
                let counters = inbox.counters().expect("here");
                assert!((4 * MB..=8 * MB).contains(&counters.waiting_bytes), "{counters:?}");
                drop(go_on);
            });
        });
    }
}

// ---- the simulator ----

/// Speaks to a simulator that the program may not outgrow; returns what it said.
fn told_simulator(speak: impl FnOnce(&mut Peer) + Send + 'static) {
    run(async {
        let simulator = Simulator::start(Options::default()).await.expect("a simulator");
        let stream = TcpStream::connect(("127.0.0.1", simulator.port())).expect("a connection");
        let speaking = tokio::task::spawn_blocking(move || {
            stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
            // The simulator's answers are thrown away, so that it goes on.
            let mut ear = stream.try_clone().expect("a descriptor");
            let hearing = std::thread::spawn(move || {
                let mut piece = [0; 64 * KB];
                while ear.read(&mut piece).is_ok_and(|count| count > 0) {}
            });
            let mut peer = Peer::new(stream);
            speak(&mut peer);
            // Once it hangs up, it has read all.
            let _ = peer.stream.shutdown(Shutdown::Write);
            hearing.join().expect("no panic");
        });
        speaking.await.expect("no panic");
    });
}

const LOGIN: &str = "Action: Login\r\nUsername: admin\r\nSecret: amp111\r\n\r\n";

#[test]
fn simulator_is_bounded_at_every_place() {
    for login in ["", LOGIN] {
        for (what, start, unit) in [
            ("a line", "", "x"),
            ("NULs", "", "\0"),
            ("blank lines", "", "\r\n"),
            ("lines", "", "x\r\n"),
            ("an action's name", "Action: ", "x"),
            ("headers of an action", "Action: Ping\r\n", "Key: value\r\n"),
            ("ActionIDs", "Action: Ping\r\n", "ActionID: 1\r\n"),
            ("a value", "Action: Ping\r\nKey: ", "v"),
            ("actions", "", "Action: Ping\r\nActionID: 1\r\n\r\n"),
            ("actions of no name", "", "Key: value\r\n\r\n"),
            ("events of the caller's", "", "Action: UserEvent\r\nUserEvent: X\r\n\r\n"),
        ] {
            within(MB / 4, &format!("simulator, {what}"), || {
                told_simulator(move |peer| {
                    assert!(says(peer, login) && says(peer, start) && says_much(peer, unit, MB / 2), "it reads on");
                });
            });
        }
    }
}

#[test]
fn simulator_is_bounded_where_its_peer_never_reads() {
    let ends = within(32 * MB, "simulator, answers that nobody reads", || {
        run(async {
            let options = Options::default().write_timeout(Duration::from_millis(200));
            let simulator = Simulator::start(options).await.expect("a simulator");
            let mut stream = TcpStream::connect(("127.0.0.1", simulator.port())).expect("a connection");
            tokio::task::spawn_blocking(move || {
                stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
                stream.write_all(LOGIN.as_bytes()).expect("it listens");
                for piece in pieces("Action: ListCommands\r\n\r\n", ENDLESS) {
                    if let Err(error) = stream.write_all(&piece) {
                        return matches!(error.kind(), Io::ConnectionReset | Io::BrokenPipe);
                    }
                }
                false
            })
            .await
            .expect("no panic")
        })
    });
    assert!(ends, "the simulator hangs up");
}

// ---- lines that end nothing, lists, and offsets ----

#[test]
fn parser_counts_the_end_line_of_an_sms_event_within_a_message() {
    let places = [
        ("--END SMS EVENT-- in an event", "Event: X\r\n", "--END SMS EVENT--\r\n", Limit),
        ("--END SMS EVENT-- in a value", "Event: X\r\nKey: value\r\n", "--END SMS EVENT--\r\n", Limit),
        ("--END SMS EVENT-- in a response", "Response: Success\r\n", "--END SMS EVENT--\r\n", Limit),
        (
            "--END SMS EVENT-- behind an Output line",
            "Response: Success\r\nOutput: \r\n",
            "--END SMS EVENT--\r\n",
            Limit,
        ),
    ];
    parser_ends(FEW, &places);
    for (what, start, unit, _) in places {
        let end = within(MOST, &format!("client, {what}"), || client_ends(start, unit, ENDLESS));
        assert_eq!(end, ErrorKind::Limit, "{what}");
    }
}

/// The entries of a list may take 128 MiB, and buffers that they came in as much.
#[test]
fn list_without_an_end_is_ended_within_bounded_memory() {
    let large: &'static str =
        format!("Event: QueueMember\r\nActionID: <ID>\r\nKey: {}\r\n\r\n", "v".repeat(60 * KB)).leak();
    for (what, name, start, unit) in [
        ("large entries", "QueueStatus", "Response: Success\r\nActionID: <ID>\r\nEventList: start\r\n\r\n", large),
        (
            "small entries",
            "QueueStatus",
            "Response: Success\r\nActionID: <ID>\r\nEventList: start\r\n\r\n",
            "Event: QueueMember\r\nActionID: <ID>\r\n\r\n",
        ),
        ("large events of a WaitEvent", "WaitEvent", "Response: Success\r\nActionID: <ID>\r\n\r\n", large),
        (
            "small events of a WaitEvent",
            "WaitEvent",
            "Response: Success\r\nActionID: <ID>\r\n\r\n",
            "Event: QueueMember\r\nActionID: <ID>\r\n\r\n",
        ),
    ] {
        let result = within(256 * MB, what, || answered(&Action::new(name), start, unit, 3 * ENDLESS));
        let kind = result.expect_err(what).kind();
        assert!(matches!(kind, ErrorKind::Limit | ErrorKind::OutcomeUnknown), "{what}: {kind:?}");
    }
}

#[test]
fn reader_calls_that_bring_sms_are_bounded_in_bytes() {
    let long = "x".repeat(55 * KB);
    let variable = |channel: &str, id: &str, name: &str, value: &str| {
        format!("Event: VarSet\r\nChannel: {channel}\r\nVariable: {name}\r\nValue: {value}\r\nUniqueid: {id}\r\n\r\n")
    };
    let (line, channel) = (format!("/my_tools/process_sms \"1\" \"10086\" \"\" \"{long}\""), "EXTRA-SMS/1-1");
    let kinds: [(&str, &dyn Fn(usize) -> String); 7] = [
        ("texts of calls", &|at| variable(&format!("EXTRA-SMS/{at}-1"), &format!("{at}.1"), "SMSTXT", &long)),
        ("PDUs of calls", &|at| variable(channel, &format!("{at}.1"), "SMSPDU", &long)),
        ("ids of calls", &|at| variable(channel, &format!("{long}{at}"), "SMSSRC", "10086")),
        ("announced channels", &|at| {
            format!("Event: Newchannel\r\nChannel: EXTRA-SMS/{long}-{at}\r\nUniqueid: {long}{at}\r\n\r\n")
        }),
        ("calls that have ended", &|at| {
            let id = format!("{long}{at}");
            variable(channel, &id, "SMSTXT", "x") + &format!("Event: Hangup\r\nUniqueid: {id}\r\n\r\n")
        }),
        ("steps of a dialplan", &|at| {
            let head = format!("Event: Newexten\r\nChannel: {channel}\r\nContext: gsm-1\r\nExtension: sms\r\n");
            format!("{head}Application: System\r\nAppData: {line}\r\nUniqueid: {at}.1\r\n\r\n")
        }),
        ("beginnings of texts", &|at| {
            let head = format!("Event: GSMEventSMS\r\nSpan: 1\r\nSender: {at}\r\nMode: PDU\r\n");
            format!("{head}Text: {long}\r\n\r\n")
        }),
    ];
    for (what, event) in kinds {
        within(32 * MB, what, || read(80 * MB, event));
    }
}

/// "No limit" is often written as the largest number.
#[test]
fn parser_takes_the_largest_limits() {
    let mut limits = Limits::default();
    let all = [&mut limits.banner, &mut limits.line, &mut limits.headers, &mut limits.frame, &mut limits.output];
    all.into_iter().for_each(|limit| *limit = usize::MAX);
    let mut parser = Parser::with_limits(limits);
    let text = "Response: Follows\r\nPrivilege: Command\r\na line\n--END COMMAND--\r\n\r\n";
    let lines = "Response: Success\r\nOutput: a line\r\n\r\nEvent: X\r\nKey: value\r\nKey: value\r\n\r\n";
    for byte in format!("{BANNER}{text}{lines}").bytes() {
        parser.feed(&[byte]).expect("no limit is reached");
    }
    let messages: Vec<_> = std::iter::from_fn(|| parser.next().expect("no limit is reached")).collect();
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[0].output().as_deref(), Some(&b"a line"[..]));
    assert_eq!(messages[1].output().as_deref(), Some(&b"a line"[..]));
    assert_eq!(messages[2].len(), 3);
}

/// Beyond 4 GiB an offset of 32 bits wraps: that far no limit may reach.
#[test]
fn parser_no_offset_wraps_beyond_four_gibibytes() {
    if std::env::var_os("AMI_SOAK_SECONDS").is_none() {
        return;
    }
    let mut limits = Limits::default();
    (limits.frame, limits.output, limits.headers) = (1 << 40, 1 << 40, 1 << 40);
    let line = "goes on ".repeat(8000) + "\r\n";
    for (what, start, unit) in [
        ("a command's text", "Response: Follows\r\nPrivilege: Command\r\n", &line),
        ("a value", "Event: X\r\nKey: value\r\n", &line),
    ] {
        let start = format!("{BANNER}{start}");
        // The buffer doubles.
        let end = within(13 << 30, what, || fed(&start, unit, 5 << 30, limits));
        assert_eq!(end, Limit, "{what}");
    }
}
