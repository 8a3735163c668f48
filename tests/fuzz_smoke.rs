//! The fuzzers' own checks on stable Rust: recorded sessions, changed here and there by a fixed seed.
#![cfg(feature = "client")]

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code)] // tests/hostile uses the rest
mod checks;

use std::path::Path;

use checks::hostile;
use checks::random::Random;

const ROUNDS: usize = 4000;
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// A piece of a recording with some bytes changed, left out, doubled or put in.
fn piece(random: &mut Random, recordings: &[Vec<u8>]) -> Vec<u8> {
    let recording = &recordings[random.below(recordings.len())];
    let start = random.below(recording.len());
    let mut piece = recording[start..recording.len().min(start + random.below(3000))].to_vec();
    for _ in 0..random.below(12) {
        let at = random.below(piece.len() + 1);
        match random.below(4) {
            0 if at < piece.len() => piece[at] = random.below(256) as u8,
            1 => drop(piece.splice(at..(at + random.below(20)).min(piece.len()), [])),
            2 => {
                let odd = [
                    &b"\r\n"[..],
                    b"\n",
                    b"\r",
                    b":",
                    b"\0",
                    b"\xff",
                    b"--END COMMAND--\r\n\r\n",
                    b"Response: Follows\r\n",
                ];
                drop(piece.splice(at..at, odd[random.below(odd.len())].iter().copied()));
            }
            _ => {
                let end = (at + random.below(200)).min(piece.len());
                let again = piece[at..end].to_vec();
                drop(piece.splice(end..end, again));
            }
        }
    }
    piece
}

fn recordings(ending: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the recordings are there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.is_dir())
        .flat_map(|server| std::fs::read_dir(server).expect("it can be read"))
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("it can be read")).collect()
}

fn rounds(ending: &str, check: impl FnMut(&mut Random, &[u8])) {
    rounds_with(&recordings(ending), check);
}

fn rounds_with(recordings: &[Vec<u8>], mut check: impl FnMut(&mut Random, &[u8])) {
    assert!(!recordings.is_empty());
    let mut random = Random::new(SEED);
    for _ in 0..ROUNDS {
        let piece = piece(&mut random, recordings);
        check(&mut random, &piece);
    }
}

#[test]
fn parser() {
    rounds(".server.ami", |random, piece| {
        let bytes = [b"Asterisk Call Manager/1.1\r\n", piece].concat();
        checks::parser(random.below(40) as u8, &bytes);
    });
}

#[test]
fn session() {
    rounds(".server.ami", |random, piece| {
        // Actions and writes, then what a server says, in a few pieces; the ActionIDs are the session's own.
        let mut bytes = Vec::new();
        for number in 0..random.below(8) {
            bytes.extend_from_slice(&[number as u8 * 8, 0xff, 0x03, 0xff]);
        }
        bytes.push(0x04);
        bytes.extend(piece.iter().map(|byte| if *byte == 0xff { b'x' } else { *byte }));
        let text = String::from_utf8_lossy(&bytes).replace("ActionID: ", "ActionID: own-3\r\nX: ");
        let bytes = if random.below(2) == 0 { bytes } else { text.into_bytes() };
        checks::session(&bytes);
    });
}

#[test]
fn encoder() {
    rounds(".client.ami", |_, piece| {
        let lines = piece.split(|&byte| byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            Some((std::str::from_utf8(&line[..colon]).ok()?, line[colon + 1..].trim_ascii()))
        });
        let headers: Vec<_> = lines.filter(|(name, _)| *name != "Action").collect();
        checks::encoder("Originate", &headers);
    });
}

#[test]
fn process_sms() {
    rounds("sms-newexten.server.ami", |_, piece| {
        let text = String::from_utf8_lossy(piece);
        checks::process_sms(piece, &text.replace("\r\n", " "));
    });
}

#[test]
fn pdu() {
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let pdus: Option<Vec<Vec<u8>>> = include_str!("../fuzz/pdus.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.as_bytes().chunks(2).map(octet).collect())
        .collect();
    let pdus = pdus.expect("they are hex");
    for pdu in &pdus {
        assert!(ami::gsm::pdu::Pdu::decode(pdu).is_ok(), "{pdu:02x?}");
    }
    let texts = recordings(".client.ami");
    rounds_with(&pdus, |random, pdu| {
        let text = piece(random, &texts);
        // Most pieces begin in the middle of a PDU, where a mistake is noticed at once.
        let start = [&b"\x00\x44\x05\x81\x01\x80\xf6\x00"[..], b"\x00\x06", b""][random.below(3)];
        checks::pdu(&[start, pdu].concat(), &String::from_utf8_lossy(&text));
    });
}

#[test]
fn reader() {
    let recordings = recordings(".server.ami");
    let mut random = Random::new(SEED);
    for _ in 0..ROUNDS / 4 {
        let mut bytes = Vec::new();
        for _ in 0..random.below(24) {
            let event = match random.below(3) {
                0 => piece(&mut random, &recordings),
                _ => hostile::text(&mut random).into_bytes(),
            };
            bytes.push(random.below(255) as u8);
            bytes.extend(event.into_iter().map(|byte| if byte == 0xff { b'x' } else { byte }));
            bytes.push(0xff);
        }
        checks::reader::reader(&bytes);
    }
}

#[test]
fn texts() {
    let mut random = Random::new(SEED);
    for _ in 0..ROUNDS / 8 {
        let mut bytes = vec![random.below(256) as u8];
        for _ in 0..1 + random.below(4) {
            bytes.extend(hostile::text(&mut random).into_bytes());
            bytes.push(0xff);
        }
        checks::texts::texts(&bytes);
    }
}

#[test]
fn memory() {
    for line in
        ["--END SMS EVENT--", "--END COMMAND--", "x", ":", "Event: X", "Output: x", "Response: Follows", "Ping: Pong"]
    {
        checks::texts::memory(line.as_bytes());
    }
}

#[test]
fn reconnect() {
    let mut random = Random::new(SEED);
    for _ in 0..ROUNDS {
        let bytes: Vec<u8> = (0..random.below(300)).map(|_| random.below(256) as u8).collect();
        checks::reconnect::reconnect(&bytes);
    }
}
