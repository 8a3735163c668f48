//! Hostile texts through a session and a reader: each arrives as it was sent, with honest ones beside it, and all that is
//! asked meanwhile is answered.

use std::time::{Duration, Instant};

use ami::protocol::{Credentials, Output, Session, SessionConfig};

use super::exchange::{Exchange, OWN_PREFIX, Sent};
use super::ledger::{Fault, Faults, Ledger, summary};
use super::random::Random;
use super::wire::{OWN_ID, SHAPES, Shape};

/// The ports of a gateway.
const PORTS: usize = 4;
/// In so many ways a text alone is tried.
const SEEDS: u64 = 6;

/// Sends texts through a gateway of this shape, each of its own sender, honest ones among them; what has become of them.
pub fn exchange(shape: Shape, texts: &[Vec<u8>], random: &mut Random) -> Ledger {
    let mut messages = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let port = 1 + random.below(PORTS);
        // Before it on another port, behind it on its own, or beside it.
        for _ in 0..1 + random.below(2) {
            let port = if random.one_in(3) { port } else { 1 + random.below(PORTS) };
            let honest = messages.len();
            messages.push(Sent {
                port,
                sender: format!("+861360{honest:06}"),
                text: format!("honest {honest}").into_bytes(),
                honest: true,
            });
        }
        messages.push(Sent { port, sender: format!("+44791{number:06}"), text: text.clone(), honest: false });
    }
    let last = messages.len();
    for port in 1..=PORTS {
        messages.push(Sent {
            port,
            sender: format!("+861361{port:06}"),
            text: format!("honest {}", last + port).into_bytes(),
            honest: true,
        });
    }
    Exchange::run(shape, &messages, random)
}

/// What is left of a text that still fails in one of these ways: pieces that do not matter are taken out.
pub fn shrink(shape: Shape, text: &[u8], faults: &[Fault]) -> Option<(Vec<u8>, Faults)> {
    // Some orders of events and steps of a dialplan let it pass.
    let failing = |text: &[u8]| {
        (0..SEEDS).find_map(|seed| {
            let ledger = exchange(shape, &[text.to_vec()], &mut Random::new(seed));
            ledger.faults.iter().any(|(fault, _)| faults.contains(fault)).then_some(ledger.faults)
        })
    };
    let mut found = failing(text)?;
    let mut text = text.to_vec();
    let mut size = text.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        let mut is_shorter = false;
        while at < text.len() {
            let mut shorter = text.clone();
            shorter.drain(at..(at + size).min(text.len()));
            // Half a character is another text.
            match failing(&shorter).filter(|_| std::str::from_utf8(&shorter).is_ok()) {
                Some(faults) => {
                    (text, found, is_shorter) = (shorter, faults, true);
                }
                None => at += size,
            }
        }
        if size == 1 && !is_shorter {
            return Some((text, found));
        }
        size = (size / 2).max(1);
    }
}

/// Any texts, told by any gateway. Texts are parted by 0xff.
pub fn texts(bytes: &[u8]) {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let shape = SHAPES[usize::from(first) % SHAPES.len()];
    let texts: Vec<Vec<u8>> = rest
        .split(|&byte| byte == 0xff)
        .take(6)
        .map(|text| {
            // No driver's text holds a NUL. A mark of the byte order is left out of what it stands in front of.
            let text: Vec<u8> = text.iter().copied().filter(|byte| *byte != 0).collect();
            String::from_utf8_lossy(&text).replace('\u{feff}', "").into_bytes()
        })
        .collect();
    // Nobody can tell from the server who knows its ids and the client's.
    let knows = |text: &[u8], id: &str| text.windows(id.len()).any(|window| window == id.as_bytes());
    if texts.iter().any(|text| text.len() > 480 || knows(text, OWN_ID) || knows(text, OWN_PREFIX)) {
        return;
    }
    let seed = rest.iter().fold(u64::from(first), |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    let ledger = exchange(shape, &texts, &mut Random::new(seed));
    assert!(ledger.faults.is_empty(), "{shape:?}:\n{}", summary(&ledger.faults));
    if let Some(line) = texts.iter().find(|text| !text.is_empty()) {
        memory(line);
    }
}

/// A message that goes on for ever, a line over and over: what is kept of it is bounded.
pub fn memory(line: &[u8]) {
    const LIMIT: usize = 8 << 10;
    let mut config = SessionConfig::new(Credentials::new("user", "secret"), OWN_PREFIX);
    (config.limits.frame, config.limits.output, config.limits.line) = (LIMIT, LIMIT, LIMIT);
    let now = Instant::now();
    let mut session: Session<()> = Session::new(config);
    session.connected(true, now + Duration::from_secs(10));
    let line = [line, b"\r\n"].concat();
    let many = line.repeat(512_usize.div_ceil(line.len()));
    session.buffer().extend_from_slice(b"Asterisk Call Manager/1.1\r\nEvent: X\r\n");
    let mut fed = 0;
    while fed < 4 * LIMIT {
        session.buffer().extend_from_slice(&many);
        fed += many.len();
        session.received(now);
        while let Some(output) = session.poll() {
            if matches!(output, Output::Ended(_) | Output::Lost { .. }) {
                return;
            }
        }
        let kept = session.buffer().len();
        assert!(kept <= 2 * LIMIT + many.len(), "{kept} bytes are kept of a message, {LIMIT} are allowed");
    }
}
