//! What the fuzzers hold against the library. The fuzz targets feed it from libFuzzer, `tests/fuzz_smoke.rs` from a fixed seed.

pub mod exchange;
pub mod hostile;
pub mod ledger;
#[path = "../../tests/support/random.rs"]
pub mod random;
pub mod reader;
pub mod reconnect;
pub mod texts;
pub mod wire;

use std::time::{Duration, Instant};

use ami::Action;
use ami::gsm::pdu::{Pdu, Submit, UserData};
use ami::gsm::{Incoming, SmsReader};
use ami::protocol::{Credentials, Message, Output, Parser, Session, SessionConfig};

fn logged_in(now: Instant) -> Session<usize> {
    let mut session = Session::new(SessionConfig::new(Credentials::new("user", "secret"), "own-"));
    session.connected(true, now + Duration::from_secs(10));
    for said in [
        "Asterisk Call Manager/1.1\r\n",
        "Response: Success\r\nActionID: own-1\r\nChallenge: 1\r\n\r\n",
        "Response: Success\r\nActionID: own-2\r\n\r\n",
    ] {
        session.buffer().extend_from_slice(said.as_bytes());
        session.received(now);
        session.transmitted(session.transmit().len());
    }
    while session.poll().is_some() {}
    assert!(session.is_ready());
    session
}

type Seen = (Vec<(Vec<u8>, Vec<u8>)>, Option<Vec<u8>>, Vec<u8>);

fn seen(message: &Message) -> Seen {
    let headers = message.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    let rest = if message.is_empty() { Vec::new() } else { message.rest(0) };
    (headers, message.output().map(|text| text.into_owned()), rest)
}

fn parse<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Seen>, Option<ami::ErrorKind>, bool) {
    let mut parser = Parser::new();
    let mut messages = Vec::new();
    for piece in pieces {
        let _ = parser.feed(piece);
        loop {
            match parser.next() {
                Ok(Some(message)) => messages.push(seen(&message)),
                Ok(None) => break,
                Err(error) => return (messages, Some(error.kind()), false),
            }
        }
    }
    (messages, None, parser.finish().is_ok())
}

/// Any bytes, cut anywhere: no panic, the same messages as in one piece, and every offset inside the buffer.
pub fn parser(size: u8, bytes: &[u8]) {
    let whole = parse(std::iter::once(bytes));
    let cut = parse(bytes.chunks(usize::from(size).max(1)));
    assert_eq!(whole, cut);
}

const ACTIONS: [&str; 8] =
    ["Ping", "Command", "CoreShowChannels", "Status", "DBGet", "WaitEvent", "UserEvent", "DataGet"];

/// A server that says anything at any time: no panic, and every action ends exactly once.
pub fn session(bytes: &[u8]) {
    let mut now = Instant::now();
    let mut session = logged_in(now);
    let mut ended: Vec<u32> = Vec::new();
    let mut over = false;
    // The first byte of each piece says what happens: an action, time, a write, or bytes from the server.
    for piece in bytes.split(|&byte| byte == 0xff) {
        let Some((&first, rest)) = piece.split_first() else { continue };
        match first % 8 {
            0 | 1 => {
                let mut action = Action::new(ACTIONS[usize::from(first / 8) % ACTIONS.len()]);
                if !rest.is_empty() && rest.len() < 8 {
                    let _ = action.add("ActionID", rest);
                }
                if session.submit(&action, None, now, ended.len()).is_ok() {
                    ended.push(0);
                }
            }
            2 => {
                now += Duration::from_secs(u64::from(first) / 4);
                session.tick(now);
            }
            3 => {
                let count = session.transmit().len().min(usize::from(first));
                session.transmitted(count);
            }
            _ => {
                session.buffer().extend_from_slice(rest);
                session.received(now);
            }
        }
        while let Some(output) = session.poll() {
            assert!(!over, "nothing comes after the end");
            match output {
                Output::Done(token, _) => ended[token] += 1,
                Output::Ended(_) => over = true,
                Output::Events(batch) => assert!(!batch.is_empty()),
                _ => {}
            }
        }
        let open = ended.iter().filter(|count| **count == 0).count();
        assert_eq!(open, session.in_flight());
    }
    session.end_of_input(now);
    while let Some(output) = session.poll() {
        if let Output::Done(token, _) = output {
            ended[token] += 1;
        }
    }
    assert!(ended.iter().all(|count| *count == 1));
}

/// As Asterisk reads: lines end at LF, one CR before it is cut, blanks before a value are skipped, an empty line ends.
fn read(bytes: &[u8]) -> Vec<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut actions = vec![Vec::new()];
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").expect("every line ends");
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.len() <= 1022 && !line.contains(&0));
        if line.is_empty() {
            actions.push(Vec::new());
            continue;
        }
        let colon = line.iter().position(|&byte| byte == b':').expect("every line is a header");
        let value = &line[colon + 1..];
        let value = &value[value.iter().position(|&byte| byte != b' ').unwrap_or(value.len())..];
        let action = actions.last_mut().expect("there is one");
        action.push((line[..colon].to_vec(), value.to_vec()));
        assert!(action.len() <= 128);
    }
    assert_eq!(actions.pop(), Some(Vec::new()), "an action ends");
    actions
}

/// Any names and values: what a server reads back is exactly what was asked, or the action was refused.
pub fn encoder(name: &str, headers: &[(&str, &[u8])]) {
    let now = Instant::now();
    let mut session = logged_in(now);
    let mut action = Action::new(name);
    for (name, value) in headers {
        let _ = action.add(*name, value);
    }
    if session.submit(&action, None, now, 0).is_err() {
        assert!(session.transmit().is_empty(), "a refused action writes nothing");
        return;
    }
    let actions = read(session.transmit());
    let [got] = actions.as_slice() else { panic!("one action became {}", actions.len()) };
    assert_eq!(got[0], (b"Action".to_vec(), name.as_bytes().to_vec()));
    assert!(got[1].0 == b"ActionID");
    let rest: Vec<_> = headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("ActionID")).collect();
    assert_eq!(got.len(), rest.len() + 2);
    for ((name, value), got) in rest.into_iter().zip(&got[2..]) {
        assert_eq!((name.as_bytes(), *value), (got.0.as_slice(), got.1.as_slice()));
    }
}

fn event(app_data: &[u8]) -> Option<Message> {
    let mut parser = Parser::new();
    let mut bytes =
        b"Asterisk Call Manager/1.1\r\nEvent: Newexten\r\nChannel: EXTRA-SMS/3-1\r\nApplication: System\r\nAppData: "
            .to_vec();
    bytes.extend_from_slice(app_data);
    bytes.extend_from_slice(b"\r\nUniqueid: 1\r\n\r\n");
    let _ = parser.feed(&bytes);
    parser.next().ok().flatten()
}

fn read_sms(app_data: &[u8]) -> Option<Incoming> {
    let (mut reader, now) = (SmsReader::new(Duration::from_secs(60)), Instant::now());
    reader.read(&event(app_data)?, now);
    reader.expire(now + Duration::from_secs(60));
    reader.next()
}

/// The escaping of the gateway's driver.
fn escaped(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '`') {
            line.push_str(r"\\\");
        }
        line.push(c);
    }
    line
}

/// Any command line in a dialplan event: no panic; and what a gateway makes of any text comes back as that text.
pub fn process_sms(bytes: &[u8], text: &str) {
    read_sms(bytes);
    // An empty line ends a message, whatever it stands in; a NUL cannot be in an SMS; an order mark is left out.
    if text.contains("\n\n")
        || text.contains("\n\r\n")
        || text.contains('\0')
        || text.starts_with(['\u{feff}', '\n', '\r'])
    {
        return;
    }
    let line = format!(
        "/my_tools/process_sms \"4\" \"10086\" \"2014/09/11 09:36:47\" \"{}\" > /dev/null 2>&1 &",
        escaped(text)
    );
    let Some(Incoming::Sms(sms)) = read_sms(line.as_bytes()) else { panic!("a gateway's own line is an SMS") };
    assert_eq!((sms.span(), sms.sender(), sms.time()), (4, "10086", "2014-09-11T09:36:47"));
    assert_eq!(sms.text(), text);
}

/// Any octets: no panic, and the same in hex; and any text that is sent is read back, each part within its bounds.
pub fn pdu(octets: &[u8], text: &str) {
    let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(Pdu::decode(octets).ok(), Pdu::from_hex(&hex).ok());
    let _ = Pdu::decode_tpdu(octets);
    let _ = Pdu::from_hex(octets);

    let Ok(pdus) = Submit::new("+8613632919026", text).reference(7).encode() else {
        assert!(text.len() > 255 * 66, "only a long text is refused");
        return;
    };
    let mut joined = String::new();
    for (pdu, index) in pdus.iter().zip(1_u8..) {
        assert!(pdu.hex().len() <= 318);
        let Ok(Pdu::Submit(sms)) = Pdu::decode(pdu.octets()) else { panic!("what is sent can be read") };
        assert_eq!(sms.destination().as_str(), "+8613632919026");
        let part = sms.user_data().part().map(|part| (part.reference, usize::from(part.total), part.index));
        assert_eq!(part, (pdus.len() > 1).then_some((7, pdus.len(), index)));
        joined += sms.user_data().text().expect("it is text");
        let carried = |data: &UserData| data.octets().len() + data.header().len();
        assert!(carried(sms.user_data()) <= 140);
    }
    assert_eq!(joined, text);
}
