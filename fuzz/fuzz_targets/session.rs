//! A server that says anything at any time: no panic, and every action ends exactly once.

#![no_main]

use std::time::{Duration, Instant};

use ami::Action;
use ami::protocol::{Credentials, Output, Session, SessionConfig};
use libfuzzer_sys::fuzz_target;

const ACTIONS: [&str; 8] =
    ["Ping", "Command", "CoreShowChannels", "Status", "DBGet", "WaitEvent", "UserEvent", "DataGet"];

fuzz_target!(|bytes: &[u8]| {
    let mut now = Instant::now();
    let mut session = Session::<usize>::new(SessionConfig::new(Credentials::new("user", "secret"), "own-"));
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
                Output::Ready => {}
            }
        }
        let open = ended.iter().filter(|count| **count == 0).count();
        assert_eq!(open, session.in_flight());
    }
    session.end_of_input();
    while let Some(output) = session.poll() {
        if let Output::Done(token, _) = output {
            ended[token] += 1;
        }
    }
    assert!(ended.iter().all(|count| *count == 1));
});
