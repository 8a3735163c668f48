//! How drivers write texts for the modem, and read those that it hands them.

use super::super::alphabet::{self, septets};
use super::super::pdu::{Body, Part};

/// What chan_dongle makes of a text: alone up to 159 septets, else with a header for 152 each. 160 it takes for one with a
/// header as well, and makes it too long. In UTF-16 it cuts wherever the room ends.
pub(super) fn split(text: &str, reference: u8) -> Vec<Part> {
    let is_narrow = text.chars().all(|c| alphabet::cost(c).is_some());
    let bodies: Vec<Body> = if is_narrow {
        let all = septets(text);
        match all.len() {
            0..=159 => vec![Body::Septets(all)],
            160 => all.chunks(159).map(|part| Body::Septets(part.to_vec())).collect(),
            _ => all.chunks(152).map(|part| Body::Septets(part.to_vec())).collect(),
        }
    } else {
        let all: Vec<u16> = text.encode_utf16().collect();
        let room = if all.len() <= 70 { 70 } else { 67 };
        all.chunks(room).map(|part| Body::Units(part.to_vec())).collect()
    };
    // The count is one octet.
    let total = bodies.len().min(255) as u8;
    let dcs = if is_narrow { 0x00 } else { 0x08 };
    let header = |index| if total > 1 { vec![5, 0, 3, reference, total, index] } else { Vec::new() };
    bodies.into_iter().zip(1..=total).map(|(body, index)| Part { header: header(index), dcs, body }).collect()
}

/// What drivers before 2020 make of it: one SMS whatever its length, and of ASCII the septets with its codes. Nothing if it is
/// more than they have room for.
pub(super) fn unsplit(text: &str) -> Option<Part> {
    let body = if text.is_ascii() {
        Body::Septets(text.bytes().collect())
    } else {
        Body::Units(text.encode_utf16().collect())
    };
    let (fits, dcs) = match &body {
        Body::Septets(septets) => (septets.len() <= 304, 0x00),
        Body::Units(units) => (units.len() <= 133, 0x08),
        Body::Octets(_) => (false, 0x04),
    };
    fits.then_some(Part { header: Vec::new(), dcs, body })
}

/// The text of an SMS as the driver decodes it, if it can: half of a surrogate pair it cannot. Those before 2020 know no escapes,
/// and read a character in the bits that fill up the last octet.
pub(super) fn read(part: &Part, is_older: bool) -> Option<String> {
    match &part.body {
        Body::Units(units) => String::from_utf16(units).ok(),
        Body::Septets(septets) if is_older => Some(read_older(septets) + filling(septets.len())),
        _ => Some(part.text()),
    }
}

/// What a sender's name ends with: all drivers read the bits that fill it up.
pub(super) fn name(sender: &str) -> String {
    let is_number = sender.trim_start_matches('+').bytes().all(|byte| byte.is_ascii_digit());
    if is_number { sender.to_owned() } else { format!("{sender}{}", filling(septets(sender).len())) }
}

fn filling(septets: usize) -> &'static str {
    if septets % 8 == 7 { "@" } else { "" }
}

/// With the escape as a character of its own.
pub(super) fn read_older(septets: &[u8]) -> String {
    septets.split_inclusive(|septet| *septet == 0x1b).map(alphabet::text_without_escapes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(text: &str) -> Vec<usize> {
        let of = |part: &Part| match &part.body {
            Body::Septets(septets) => septets.len(),
            Body::Units(units) => units.len(),
            Body::Octets(octets) => octets.len(),
        };
        split(text, 7).iter().map(of).collect()
    }

    #[test]
    fn chan_dongle_splits_at_152_and_makes_160_too_long() {
        assert_eq!(lengths(&"x".repeat(159)), [159]);
        assert_eq!(lengths(&"x".repeat(160)), [159, 1]);
        assert!(!split(&"x".repeat(160), 7)[0].fits());
        assert_eq!(lengths(&"x".repeat(161)), [152, 9]);
        assert_eq!(lengths(&"x".repeat(306)), [152, 152, 2]);
        assert_eq!(lengths(&"Я".repeat(70)), [70]);
        assert_eq!(lengths(&"Я".repeat(71)), [67, 4]);
        let cut = split(&format!("{}😀{}", "Я".repeat(66), "Я".repeat(10)), 7);
        assert!(cut.iter().all(|part| read(part, false).is_none()), "half a character is in each");
    }

    #[test]
    fn older_drivers_take_ascii_as_it_is_and_split_nothing() {
        assert_eq!(unsplit("a@b $5 {x}\\").map(|part| part.text()).as_deref(), Some("a¡b ¤5 äxñÖ"));
        assert_eq!(unsplit("Привет").map(|part| part.dcs), Some(0x08));
        assert!(!unsplit(&"x".repeat(161)).expect("there is room").fits());
        assert!(unsplit(&"x".repeat(305)).is_none() && unsplit(&"Я".repeat(134)).is_none());
    }

    #[test]
    fn older_drivers_read_less() {
        let part = |text: &str| Part::new(text, true, false, Vec::new());
        assert_eq!(read(&part("Balance"), true).as_deref(), Some("Balance@"));
        assert_eq!(read(&part("5 €"), true).as_deref(), Some("5 \u{1b}e"));
        assert_eq!(read(&part("5 €"), false).as_deref(), Some("5 €"));
        assert_eq!(
            (name("My Shop"), name("INFO"), name("+336000")),
            ("My Shop@".into(), "INFO".into(), "+336000".into())
        );
    }
}
