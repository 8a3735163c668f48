//! Texts as the driver itself tells them, where it hands on no line of the modem's: twice, as lines and in base64, which alone
//! has a text whole. What comes as lines waits a moment for the other; where that came first, the lines are known and left
//! out.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::ussd::without_filling;
use crate::events::Event;
use crate::gsm::incoming::{Sms, Ussd};
use crate::gsm::reader::assembly::Piece;
use crate::gsm::reader::found::Found;
use crate::gsm::text::decode_text;

/// The two come right behind each other.
const TWIN_WAIT: Duration = Duration::from_secs(1);
const TWINS: usize = 4096;
/// The bytes of memory that texts which are held back may take: a thousand times what comes over the air in that time.
const HELD_BYTES: usize = 4 << 20;

/// The part that both events have: the lines that are not empty.
#[derive(Hash)]
struct Text {
    is_ussd: bool,
    port: String,
    sender: String,
    lines: Vec<Vec<u8>>,
}

struct Twin {
    /// A digest of the text, which may be large. With keys that nobody knows, so that nobody can make a text that is taken
    /// for another.
    text: u64,
    until: Instant,
    is_whole: bool,
    /// The message that is handed out if the whole does not come, unless it had to give way before.
    held: Option<Held>,
}

struct Held {
    found: Box<Found>,
    cost: usize,
}

impl Held {
    fn new(found: Found) -> Held {
        let cost = match &found {
            Found::Piece(piece) => piece.cost(),
            Found::Ussd(ussd) => size_of::<Found>() + ussd.port.capacity() + ussd.text.capacity(),
            _ => size_of::<Found>(),
        };
        Held { found: Box::new(found), cost }
    }
}

#[derive(Default)]
pub(super) struct Twins {
    /// The oldest first.
    twins: VecDeque<Twin>,
    /// The bytes of memory that the texts take which are held back.
    held: usize,
    keys: RandomState,
}

fn lines_of(text: &[u8]) -> Vec<Vec<u8>> {
    text.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

impl Twins {
    pub fn lines(&mut self, event: &Event, port: String, is_ussd: bool, now: Instant, out: &mut Vec<Found>) {
        let Some(count) = event.text("LineCount").and_then(|count| count.trim().parse::<usize>().ok()) else {
            let why =
                "the event of a text ends before it says how many lines it has, as if its sender's name had cut it";
            return out.push(Found::unreadable(port, why, event.wire()));
        };
        let lines: Vec<Vec<u8>> = (0..count)
            .map_while(|at| event.get(&format!("MessageLine{at}")).map(<[u8]>::to_vec))
            .filter(|line| !line.is_empty())
            .collect();
        let sender = event.get("From").map(decode_text).unwrap_or_default();
        let text = Text { is_ussd, port, sender, lines };
        let digest = self.keys.hash_one(&text);
        // The whole came first.
        if let Some(at) = self.twins.iter().position(|twin| twin.text == digest && twin.is_whole) {
            self.remove(at);
            return;
        }
        let held = Held::new(found(&text, text.lines.join(&b'\n')));
        self.held += held.cost;
        self.wait(Twin { text: digest, until: now + TWIN_WAIT, is_whole: false, held: Some(held) }, out);
    }

    pub fn whole(&mut self, event: &Event, port: String, is_ussd: bool, now: Instant, out: &mut Vec<Found>) {
        let sender = event.get("From").map(decode_text).unwrap_or_default();
        let Some(whole) = event.get("Message").and_then(|text| BASE64.decode(text.trim_ascii()).ok()) else {
            // The lines tell it, as far as they do.
            return out.push(Found::unreadable(port, "the base64 of a text cannot be read", event.wire()));
        };
        let text = Text { is_ussd, port, sender, lines: lines_of(&whole) };
        let digest = self.keys.hash_one(&text);
        let lines = self.twins.iter().position(|twin| twin.text == digest && !twin.is_whole);
        match lines.and_then(|at| self.remove(at)) {
            // The lines had to give way.
            Some(Twin { held: None, .. }) => return,
            Some(_) => {}
            None => self.wait(Twin { text: digest, until: now + TWIN_WAIT, is_whole: true, held: None }, out),
        }
        out.push(found(&text, whole));
    }

    fn wait(&mut self, twin: Twin, out: &mut Vec<Found>) {
        if self.twins.len() == TWINS {
            self.give_up(out);
        }
        self.twins.push_back(twin);
        while self.held > HELD_BYTES {
            // The largest, so that no other has to give way for it. Its whole is left out then.
            let cost = |twin: &Twin| twin.held.as_ref().map_or(0, |held| held.cost);
            let Some(held) = self.twins.iter_mut().max_by_key(|twin| cost(twin)).and_then(|twin| twin.held.take())
            else {
                return;
            };
            self.held -= held.cost;
            out.push(*held.found);
        }
    }

    fn remove(&mut self, at: usize) -> Option<Twin> {
        let twin = self.twins.remove(at)?;
        self.held -= twin.held.as_ref().map_or(0, |held| held.cost);
        Some(twin)
    }

    /// Hands out the oldest as it is.
    fn give_up(&mut self, out: &mut Vec<Found>) {
        out.extend(self.remove(0).and_then(|twin| twin.held).map(|held| *held.found));
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.twins.front().map(|twin| twin.until)
    }

    pub fn expire(&mut self, now: Instant, out: &mut Vec<Found>) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            self.give_up(out);
        }
    }

    pub fn finish(&mut self, out: &mut Vec<Found>) {
        while !self.twins.is_empty() {
            self.give_up(out);
        }
    }
}

fn found(text: &Text, raw: Vec<u8>) -> Found {
    let (port, decoded) = (text.port.clone(), decode_text(&raw));
    if text.is_ussd {
        return Found::Ussd(Ussd { port, text: without_filling(decoded), ..Ussd::default() });
    }
    let sms = Sms { port, sender: text.sender.clone(), text: decoded, parts: 1, raw, ..Sms::default() };
    Found::Piece(Piece { sms, place: None, data: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Parser;

    /// The messages that come of these events at once, as port, sender and text.
    fn read(twins: &mut Twins, events: &str, now: Instant) -> Vec<(String, String, String)> {
        let mut parser = Parser::new();
        parser.feed(format!("Asterisk Call Manager/1.1\r\n{events}").as_bytes()).expect("events");
        let mut out = Vec::new();
        while let Some(event) = parser.next().expect("events") {
            let port = event.text("Device").expect("a device").into_owned();
            match event.name() {
                b"DongleNewSMS" => twins.lines(&event, port, false, now, &mut out),
                _ => twins.whole(&event, port, false, now, &mut out),
            }
        }
        shown(out)
    }

    fn shown(out: Vec<Found>) -> Vec<(String, String, String)> {
        let sms = out.into_iter().map(|found| match found {
            Found::Piece(piece) => piece.sms,
            other => panic!("{other:?} is no SMS"),
        });
        sms.map(|sms| (sms.port, sms.sender, sms.text)).collect()
    }

    fn lines(sender: usize, text: &str) -> String {
        format!("Event: DongleNewSMS\r\nDevice: d\r\nFrom: {sender}\r\nLineCount: 1\r\nMessageLine0: {text}\r\n\r\n")
    }

    fn whole(sender: usize, text: &str) -> String {
        let text = BASE64.encode(text);
        format!("Event: DongleNewSMSBase64\r\nDevice: d\r\nFrom: {sender}\r\nMessage: {text}\r\n\r\n")
    }

    #[test]
    fn twins_in_a_flood_of_texts_are_told_once_and_whole() {
        for (size, count) in [(1, 3000), (10_000, 1000), (40_000, 300)] {
            for lines_first in [true, false] {
                let (mut twins, now) = (Twins::default(), Instant::now());
                let text = |at: usize| format!("{at}{}", "x".repeat(size));
                let mut came = read(&mut twins, &lines(count, "honest"), now);
                let halves = if lines_first { [lines, whole] } else { [whole, lines] };
                for half in halves {
                    for at in 0..count {
                        came.extend(read(&mut twins, &half(at, &text(at)), now));
                        assert!(twins.held <= HELD_BYTES, "{} bytes are held", twins.held);
                    }
                }
                assert_eq!(came.len(), count, "each once, of {size} bytes");
                came.extend(read(&mut twins, &whole(count, "\r\nhonest\r\n"), now));
                assert_eq!(came.pop().expect("one").2, "\r\nhonest\r\n", "the largest gave way");
                came.sort();
                came.dedup();
                assert_eq!(came.len(), count);
                let mut late = Vec::new();
                twins.expire(now + TWIN_WAIT, &mut late);
                assert!(late.is_empty() && twins.twins.is_empty() && twins.held == 0);
            }
        }
    }

    #[test]
    fn equal_texts_are_as_many_as_came() {
        let (mut twins, now) = (Twins::default(), Instant::now());
        let came = read(&mut twins, &(lines(1, "a") + &lines(1, "a") + &whole(1, "a") + &whole(1, "a")), now);
        assert_eq!(came.len(), 2);
        let came = read(&mut twins, &(whole(1, "a") + &whole(1, "a") + &lines(1, "a") + &lines(1, "a")), now);
        assert_eq!(came.len(), 2);
        assert_eq!(read(&mut twins, &(lines(1, "a") + &lines(2, "a") + &whole(2, "a")), now).len(), 1);
        let mut late = Vec::new();
        twins.finish(&mut late);
        assert_eq!(shown(late), [("d".to_owned(), "1".to_owned(), "a".to_owned())]);
    }
}
