//! Any names and values: what a server reads back is exactly what was asked, or the action was refused.

#![no_main]

use std::time::{Duration, Instant};

use ami::Action;
use ami::protocol::{Credentials, Session, SessionConfig};
use libfuzzer_sys::fuzz_target;

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

fuzz_target!(|input: (&str, Vec<(&str, &[u8])>)| {
    let (name, headers) = input;
    let now = Instant::now();
    let mut session = Session::<()>::new(SessionConfig::new(Credentials::new("user", "secret"), "own-"));
    session.connected(true, now + Duration::from_secs(10));
    for login in [
        "Asterisk Call Manager/1.1\r\nResponse: Success\r\nActionID: own-1\r\nChallenge: 1\r\n\r\n",
        "Response: Success\r\nActionID: own-2\r\n\r\n",
    ] {
        session.buffer().extend_from_slice(login.as_bytes());
        session.received(now);
        session.transmitted(session.transmit().len());
    }
    while session.poll().is_some() {}
    assert!(session.is_ready());
    let mut action = Action::new(name);
    for (name, value) in &headers {
        let _ = action.add(*name, value);
    }
    if session.submit(&action, None, now, ()).is_err() {
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
});
