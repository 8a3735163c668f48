//! Actions: encoding, refusals, and a strict server that reads them.

use ami::protocol::{MAX_HEADERS, MAX_LINE};
use ami::{Action, Error, ErrorKind};

use crate::{parse, with_banner};
use support::captures::{find, shown};
use support::random::Random;
use support::session::Link;

fn sent(action: &Action) -> Result<String, Error> {
    let mut link = Link::ready();
    link.session.submit(action, None, link.now, 0)?;
    Ok(shown(&link.send()).replace("\\r\\n", "\r\n"))
}

#[test]
fn action_is_written_with_its_headers_in_order() {
    let action = Action::new("Originate")
        .with("Channel", "Local/1@x")
        .with("Variable", "A=1")
        .with("Variable", "")
        .with("actionid", "mine")
        .with("Variable", "B: 2 ");
    assert_eq!(
        sent(&action).expect("accepted"),
        "Action: Originate\r\nActionID: mine\r\nChannel: Local/1@x\r\nVariable: A=1\r\nVariable: \r\nVariable: B: 2 \r\n\r\n"
    );
    let made = sent(&Action::new("Ping")).expect("accepted");
    assert!(made.starts_with("Action: Ping\r\nActionID: own-") && made.ends_with("\r\n\r\n"), "{made:?}");
}

#[test]
fn action_header_that_would_break_a_line_is_refused_for_good() {
    let refusals = ["\r", "\n", "\0", "a\rb", "a\nb", "a\0b", "a\r\n", "\r\nAction: Logoff"];
    let mut actions: Vec<Action> = Vec::new();
    for bad in refusals {
        actions.push(Action::new(bad));
        actions.push(Action::new("Ping").with(bad, "v"));
        actions.push(Action::new("Ping").with("Key", bad));
        actions.push(Action::new("Ping").with("ActionID", bad));
    }
    actions.push(Action::new(""));
    actions.push(Action::new("Ping").with("", "v"));
    actions.push(Action::new("Ping").with("A:", "v"));
    actions.push(Action::new("Ping").with("A: b", "v"));
    actions.push(Action::new("Ping").with("ActionID", "1").with("ActionID", "2"));
    actions.push(Action::new("Ping").with("ActionID", "1").with("actionid", "1"));
    actions.push(Action::new("Ping").with("ActionID", ""));
    actions.push(Action::new("Ping").with("Action", "Logoff"));
    // A server skips the blanks before a value.
    for blank in [" x", "\tx", " "] {
        actions.push(Action::new("Ping").with("Key", blank));
        actions.push(Action::new(blank));
    }
    for action in actions {
        let later = action.clone().with("Good", "value");
        for action in [action, later] {
            assert_eq!(action.check().map_err(|error| error.kind()), Err(ErrorKind::Invalid), "{action:?}");
            let mut link = Link::ready();
            let refused = link.session.submit(&action, None, link.now, 0).expect_err("refused");
            assert_eq!(refused.kind(), ErrorKind::Invalid, "{action:?}");
            assert!(link.session.transmit().is_empty(), "{action:?}");
            assert_eq!(link.session.in_flight(), 0, "{action:?}");
        }
    }
}

#[test]
fn action_refused_header_is_named_and_not_added() {
    let mut action = Action::new("Originate");
    action.add("Channel", "Local/1@x").expect("accepted");
    let error = action.add("Data", "x\r\nAction: Logoff").expect_err("refused");
    assert!(error.message().contains("Data") && !error.message().contains("Logoff"), "{error}");
    assert_eq!(action.get("Data"), None);
    assert_eq!(action.get("channel"), Some(&b"Local/1@x"[..]));
    action.add("Exten", "1").expect("accepted by itself");
    assert_eq!(action.check().expect_err("remembered").message(), error.message());
}

#[test]
fn action_line_may_have_1022_bytes() {
    assert_eq!(MAX_LINE, 1022);
    for (name, id) in [("Key", false), ("ActionID", true)] {
        let room = MAX_LINE - name.len() - 2;
        let action = Action::new("Ping").with(name, "x".repeat(room));
        let wire = sent(&action).expect("accepted");
        assert_eq!(wire.lines().map(str::len).max(), Some(MAX_LINE), "{name}");
        assert_eq!(action.action_id().is_some(), id);
        let over = Action::new("Ping").with(name, "x".repeat(room + 1));
        assert_eq!(over.check().expect_err("too long").kind(), ErrorKind::Invalid, "{name}");
    }
    let room = MAX_LINE - "Action: ".len();
    assert!(Action::new("x".repeat(room)).check().is_ok());
    assert!(Action::new("x".repeat(room + 1)).check().is_err());
    // Bytes count, not characters.
    assert!(Action::new("Ping").with("Key", "\u{4f60}".repeat(339)).check().is_ok());
    assert!(Action::new("Ping").with("Key", "\u{4f60}".repeat(340)).check().is_err());
}

#[test]
fn action_may_have_128_headers() {
    assert_eq!(MAX_HEADERS, 128);
    for own_id in [None, Some(0), Some(126)] {
        let mut action = Action::new("Originate");
        for at in 0..=126 {
            if own_id == Some(at) {
                action.add("ActionID", "mine").expect("room for an ActionID");
            }
            if at < 126 {
                action.add("Variable", format!("V{at}=1")).unwrap_or_else(|error| panic!("header {at}: {error}"));
            }
        }
        let wire = sent(&action).expect("accepted");
        assert_eq!(wire.trim_end().lines().count(), MAX_HEADERS, "ActionID at {own_id:?}");
        let error = action.add("Variable", "one=more").map(|_| ()).expect_err("one too many");
        assert_eq!(error.kind(), ErrorKind::Invalid, "ActionID at {own_id:?}");
    }
}

#[test]
fn action_debug_shows_names_only() {
    let action = Action::new("Login").with("Secret", "hunter2").with("Other", "hunter2").with("ActionID", "hunter2");
    let debug = format!("{action:?}");
    assert!(debug.contains("Login") && debug.contains("Secret") && !debug.contains("hunter2"), "{debug}");
    let [message] = &parse(&with_banner(&[b"Event: A\r\nSecret: hunter2\r\n\r\n"]))[..] else { panic!("one message") };
    let debug = format!("{message:?}");
    assert!(debug.contains("Secret") && !debug.contains("hunter2"), "{debug}");
}

#[test]
fn action_is_read_by_a_strict_server_or_refused() {
    let mut random = Random::new(7);
    let pool = b"aZ:0 \t\r\n\0\\\"\xe4\xff.-";
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes =
            |most: usize| -> Vec<u8> { (0..random.below(most + 1)).map(|_| pool[random.below(pool.len())]).collect() };
        let mut action = Action::new("Test");
        let mut asked = vec![(b"Action".to_vec(), b"Test".to_vec()), (b"ActionID".to_vec(), b"id".to_vec())];
        action.add("ActionID", "id").expect("accepted");
        for _ in 0..2 {
            let (name, value) = (String::from_utf8_lossy(&bytes(3)).into_owned(), bytes(4));
            asked.push((name.clone().into_bytes(), value.clone()));
            action = action.with(name, value);
        }
        let mut link = Link::ready();
        if link.session.submit(&action, None, link.now, 0).is_err() {
            refused += 1;
            assert!(link.session.transmit().is_empty());
            continue;
        }
        accepted += 1;
        let wire = link.send();
        let read: Vec<(Vec<u8>, Vec<u8>)> = wire
            .strip_suffix(b"\r\n\r\n")
            .expect("an end")
            .split(|byte| *byte == b'\n')
            .map(|line| {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let colon = find(line, b": ").expect("a colon and a blank");
                (line[..colon].to_vec(), line[colon + 2..].to_vec())
            })
            .collect();
        assert!(read == asked, "{asked:?} was read as {read:?}");
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted} accepted, {refused} refused");
}
