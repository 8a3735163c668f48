//! Short messages as networks carry them and modems hand them over, in hex (3GPP TS 23.040).

use std::fmt::Write as _;

use super::alphabet::{self, pack, septets, unpack};
use super::named_enum::named;

/// Octets of user data that one message holds.
const CAPACITY: usize = 140;

/// One message on the air.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// User data header with its length in front; empty for none.
    pub(super) header: Vec<u8>,
    /// Data coding scheme.
    pub(super) dcs: u8,
    pub(super) body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Septets(Vec<u8>),
    Units(Vec<u16>),
    Octets(Vec<u8>),
}

/// A message's place in a longer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Concatenation {
    /// The number that its parts have in common.
    pub reference: u16,
    /// How many parts there are.
    pub total: u8,
    /// Which one this is, from 1.
    pub sequence: u8,
}

/// What a text is carried in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coding {
    /// In septets if the 7-bit alphabet has all of it, in UCS-2 otherwise.
    #[default]
    Fitting,
    /// In septets; characters that the alphabet lacks become question marks.
    SevenBit,
    /// In UCS-2.
    Ucs2,
}

named! { Coding, "coding": Fitting = "fitting", SevenBit = "7-bit", Ucs2 = "ucs-2" }

impl Part {
    /// A text of one part in septets or in UCS-2.
    pub(super) fn new(text: &str, narrow: bool, flash: bool, header: Vec<u8>) -> Part {
        let body = if narrow { Body::Septets(septets(text)) } else { Body::Units(text.encode_utf16().collect()) };
        let alphabet = if narrow { 0x00 } else { 0x08 };
        Part { header, dcs: if flash { 0x10 | alphabet } else { alphabet }, body }
    }

    pub(super) fn text(&self) -> String {
        match &self.body {
            Body::Septets(septets) => alphabet::text(septets),
            Body::Units(units) => String::from_utf16_lossy(units),
            Body::Octets(octets) => String::from_utf8_lossy(octets).into_owned(),
        }
    }

    /// The text as the open driver hands it on: Latin-1 where it came in septets.
    pub(super) fn driver_text(&self) -> Vec<u8> {
        match &self.body {
            Body::Septets(septets) => alphabet::latin1(septets),
            Body::Octets(octets) => octets.clone(),
            Body::Units(_) => self.text().into_bytes(),
        }
    }

    /// Whether it is for the screen at once (class 0).
    pub(super) fn is_flash(&self) -> bool {
        let has_class = self.dcs & 0xD0 == 0x10 || self.dcs & 0xF0 == 0xF0;
        has_class && self.dcs & 0x03 == 0
    }

    /// Its place in a longer message, if it has one.
    pub(super) fn concatenation(&self) -> Option<Concatenation> {
        let mut elements = self.header.get(1..)?;
        while let [kind, length, rest @ ..] = elements {
            let (value, rest) = rest.split_at_checked(usize::from(*length))?;
            match (kind, value) {
                (0x00, [reference, total, sequence]) => {
                    let reference = u16::from(*reference);
                    return Some(Concatenation { reference, total: *total, sequence: *sequence });
                }
                (0x08, [high, low, total, sequence]) => {
                    let reference = u16::from_be_bytes([*high, *low]);
                    return Some(Concatenation { reference, total: *total, sequence: *sequence });
                }
                _ => elements = rest,
            }
        }
        None
    }

    /// Whether one message holds it.
    pub(super) fn fits(&self) -> bool {
        self.user_data().1.len() <= CAPACITY
    }

    /// Length as it is told, in septets or octets, and the octets with the header.
    fn user_data(&self) -> (usize, Vec<u8>) {
        let mut octets = self.header.clone();
        match &self.body {
            Body::Septets(septets) => {
                // The text starts at the next septet boundary after the header.
                let header_septets = (octets.len() * 8).div_ceil(7);
                let fill = header_septets * 7 - octets.len() * 8;
                octets.extend(pack(septets, fill));
                return (header_septets + septets.len(), octets);
            }
            Body::Units(units) => octets.extend(units.iter().flat_map(|unit| unit.to_be_bytes())),
            Body::Octets(body) => octets.extend(body),
        }
        (octets.len(), octets)
    }
}

/// Splits a text as phones and networks do.
pub(super) fn split(text: &str, coding: Coding, flash: bool, reference: u8) -> Vec<Part> {
    let narrow = match coding {
        Coding::Fitting => text.chars().all(|c| alphabet::cost(c).is_some()),
        Coding::SevenBit => true,
        Coding::Ucs2 => false,
    };
    let cost = |c: char| if narrow { alphabet::cost(c).unwrap_or(1) } else { c.len_utf16() };
    let (single, multiple) = if narrow { (160, 153) } else { (70, 67) };

    let mut texts = Vec::new();
    let mut part = String::new();
    let fits = text.chars().map(cost).sum::<usize>() <= single;
    let mut room = if fits { single } else { multiple };
    for c in text.chars() {
        if cost(c) > room {
            texts.push(std::mem::take(&mut part));
            room = multiple;
        }
        room -= cost(c);
        part.push(c);
    }
    texts.push(part);
    // The count is one octet: no network carries more.
    texts.truncate(255);

    let count = texts.len() as u8;
    let header = |index| if count > 1 { vec![5, 0, 3, reference, count, index] } else { Vec::new() };
    texts.iter().zip(1..).map(|(text, index)| Part::new(text, narrow, flash, header(index))).collect()
}

/// Where and when the SMS centre says a message comes from.
pub(super) struct Envelope<'a> {
    pub(super) smsc: &'a str,
    pub(super) sender: &'a str,
    /// `YYYY/MM/DD HH:MM:SS`, in the zone of the SMS centre.
    pub(super) time: &'a str,
    pub(super) zone_hours: i8,
}

/// SMS-DELIVER with the SMS centre's number in front.
pub(super) fn deliver(envelope: &Envelope<'_>, part: &Part) -> String {
    let mut pdu = Vec::new();
    if envelope.smsc.is_empty() {
        pdu.push(0);
    } else {
        let (kind, digits) = number(envelope.smsc);
        pdu.push(1 + digits.len() as u8);
        pdu.push(kind);
        pdu.extend(digits);
    }
    // No more messages waiting; 0x40 says that a user data header follows.
    pdu.push(if part.header.is_empty() { 0x04 } else { 0x44 });
    pdu.extend(originator(envelope.sender));
    pdu.push(0);
    pdu.push(part.dcs);
    pdu.extend(service_time(envelope.time, envelope.zone_hours));
    let (length, octets) = part.user_data();
    pdu.push(length as u8);
    pdu.extend(octets);
    hex(&pdu)
}

/// SMS-STATUS-REPORT with the SMS centre's number in front, of an SMS to this number.
pub(super) fn status_report(envelope: &Envelope<'_>, reference: u8, status: u8) -> String {
    let (kind, centre) = number(envelope.smsc);
    let time = service_time(envelope.time, envelope.zone_hours);
    let digits = envelope.sender.bytes().filter(u8::is_ascii_digit).count().min(20) as u8;
    let (recipient_kind, recipient) = number(envelope.sender);
    let head = [&[1 + centre.len() as u8, kind][..], &centre, &[0x06, reference, digits, recipient_kind], &recipient];
    hex(&[&head.concat()[..], &time, &time, &[status]].concat())
}

/// Type of number and semi-octets.
fn number(text: &str) -> (u8, Vec<u8>) {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').take(20).collect();
    let kind = if text.starts_with('+') { 0x91 } else { 0x81 };
    (kind, digits.chunks(2).map(|pair| pair.get(1).unwrap_or(&0xF) << 4 | pair[0]).collect())
}

fn originator(sender: &str) -> Vec<u8> {
    let digits = sender.strip_prefix('+').unwrap_or(sender);
    let (length, kind, octets) = if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let (kind, octets) = number(sender);
        (digits.len().min(20), kind, octets)
    } else {
        // A name: at most eleven characters, counted in semi-octets.
        let mut septets = septets(sender);
        septets.truncate(11);
        ((septets.len() * 7).div_ceil(4), 0xD0, pack(&septets, 0))
    };
    [&[length as u8, kind][..], &octets].concat()
}

fn service_time(time: &str, zone_hours: i8) -> [u8; 7] {
    let digits: Vec<u8> = time.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let mut octets = [0; 7];
    // Year without its century up to seconds; an unreadable time is all zeros.
    if digits.len() == 14 {
        for (octet, pair) in octets.iter_mut().zip(digits[2..].chunks(2)) {
            *octet = pair[1] << 4 | pair[0];
        }
    }
    let quarters = zone_hours.unsigned_abs().min(19) * 4;
    let sign = if zone_hours < 0 { 0x08 } else { 0 };
    octets[6] = ((quarters % 10) << 4) | (quarters / 10) | sign;
    octets
}

/// What a program asks a modem to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Submit {
    pub(super) destination: String,
    /// Whether a status report is wanted.
    pub(super) report: bool,
    /// Minutes for which the network is to try, if told.
    pub(super) validity: Option<u32>,
    pub(super) part: Part,
}

/// Reads an SMS-SUBMIT with the SMS centre's number in front. Nothing if no modem would take it.
pub(super) fn submit(hex: &str) -> Option<Submit> {
    let octets = unhex(hex)?;
    let mut rest = octets.as_slice();
    let smsc = usize::from(octet(&mut rest)?);
    take(&mut rest, smsc)?;
    let first = octet(&mut rest)?;
    if first & 0x03 != 0x01 {
        return None;
    }
    let _reference = octet(&mut rest)?;
    let digits = usize::from(octet(&mut rest)?);
    let kind = octet(&mut rest)?;
    let destination = destination(kind, digits, take(&mut rest, digits.div_ceil(2))?);
    let _protocol = octet(&mut rest)?;
    let dcs = octet(&mut rest)?;
    let validity = match first >> 3 & 0x03 {
        0 => None,
        2 => Some(minutes(octet(&mut rest)?)),
        // Enhanced and absolute; told as no particular time.
        _ => take(&mut rest, 7).map(|_| None)?,
    };
    let length = usize::from(octet(&mut rest)?);
    let header = if first & 0x40 == 0 { 0 } else { usize::from(*rest.first()?) + 1 };
    let alphabet = if dcs & 0xF0 == 0xF0 { dcs & 0x04 } else { dcs & 0x0C };
    let (header, body) = rest.split_at_checked(header)?;
    let body = match alphabet {
        0x04 | 0x08 => {
            let body = body.get(..length.checked_sub(header.len())?)?;
            match alphabet {
                0x04 => Body::Octets(body.to_vec()),
                _ => Body::Units(body.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()),
            }
        }
        _ => {
            let header_septets = (header.len() * 8).div_ceil(7);
            let count = length.checked_sub(header_septets)?;
            let septets = unpack(body, header_septets * 7 - header.len() * 8, count);
            (septets.len() == count).then_some(Body::Septets(septets))?
        }
    };
    let part = Part { header: header.to_vec(), dcs, body };
    (part.fits() && !destination.is_empty()).then_some(Submit {
        destination,
        report: first & 0x20 != 0,
        validity,
        part,
    })
}

/// SMS-SUBMIT as the open driver makes it: no SMS centre in front, a report asked for, valid for five minutes.
pub(super) fn encode_submit(destination: &str, part: &Part) -> String {
    let (kind, digits) = number(destination);
    let count = destination.bytes().filter(u8::is_ascii_digit).count().min(20);
    let (length, octets) = part.user_data();
    let first = if part.header.is_empty() { 0x31 } else { 0x71 };
    hex(&[&[0, first, 0, count as u8, kind], &digits[..], &[0, part.dcs, 0, length as u8], &octets].concat())
}

fn octet(rest: &mut &[u8]) -> Option<u8> {
    take(rest, 1).map(|octets| octets[0])
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn destination(kind: u8, digits: usize, octets: &[u8]) -> String {
    if kind & 0x70 == 0x50 {
        return alphabet::text(&unpack(octets, 0, digits * 4 / 7));
    }
    let mut number = String::from(if kind & 0x70 == 0x10 { "+" } else { "" });
    let semi_octets = octets.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]).take(digits);
    number.extend(semi_octets.map(|digit| b"0123456789*#abc"[usize::from(digit).min(14)] as char));
    number
}

/// A relative validity period.
fn minutes(period: u8) -> u32 {
    let period = u32::from(period);
    match period {
        0..=143 => (period + 1) * 5,
        144..=167 => 12 * 60 + (period - 143) * 30,
        168..=196 => (period - 166) * 24 * 60,
        _ => (period - 192) * 7 * 24 * 60,
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02X}");
        text
    })
}

/// The octets of a PDU in hex without the SMS centre's number, as modems count them.
pub(super) fn tpdu_length(hex: &str) -> usize {
    let octets = unhex(hex).unwrap_or_default();
    octets.len().saturating_sub(1 + usize::from(octets.first().copied().unwrap_or(0)))
}

/// A USSD text in septets, in hex. Where the last octet has room for one more a carriage return fills it up.
pub(super) fn packed_hex(septets: &[u8]) -> String {
    hex(&pack(septets, 0))
}

/// A text in UCS-2, in hex.
pub(super) fn ucs2_hex(text: &str) -> String {
    hex(&text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>())
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The PDU of a short text, after the SMS centre's number.
    fn one(sender: &str, text: &str) -> String {
        let envelope = Envelope { smsc: "+8613800755500", sender, time: "2014/09/11 09:36:47", zone_hours: 8 };
        let parts = split(text, Coding::Fitting, false, 7);
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].text(), text);
        deliver(&envelope, &parts[0]).strip_prefix("0891683108705505F0").expect("the SMS centre comes first").to_owned()
    }

    #[test]
    fn seven_bit_text_from_an_international_number() {
        let header = concat!("04", "0D91683136929120F6", "0000", "41901190637423");
        assert_eq!(one("+8613632919026", "hellohello"), format!("{header}0AE8329BFD4697D9EC37"));
        let odd = "@$_ [x]{}\\~^|";
        assert_eq!(one("+8613632919026", odd), format!("{header}15004104B4E1E137BE0D6A93DABC36BD0D650304"));
        assert_eq!(one("+8613632919026", "é€"), format!("{header}03854D19"));
    }

    #[test]
    fn other_text_is_ucs2_and_other_numbers_are_unknown() {
        let expected = concat!("04", "05810180F6", "0008", "41901190637423", "06", "60A8D83DDE00");
        assert_eq!(one("10086", "您😀"), expected);
        assert!(one("10086", "`").contains("0008"));
    }

    #[test]
    fn names_count_their_semi_octets() {
        assert!(one("OpenVox", "x").starts_with("040DD04F78D96D7DE301"));
        assert!(one("", "x").starts_with("040081"));
    }

    #[test]
    fn long_texts_come_in_parts() {
        let lengths = |text: &str| {
            let parts = split(text, Coding::Fitting, false, 7);
            assert!(parts.iter().all(Part::fits));
            parts.iter().map(|part| part.text().chars().count()).collect::<Vec<_>>()
        };
        assert_eq!(lengths(&"a".repeat(160)), [160]);
        assert_eq!(lengths(&"a".repeat(307)), [153, 153, 1]);
        // An escaped character and a surrogate pair stay whole.
        assert_eq!(lengths(&format!("{}[{}", "a".repeat(152), "a".repeat(10))), [152, 11]);
        assert_eq!(lengths(&format!("{}😀{}", "é".repeat(66), "é".repeat(10))), [66, 11]);

        let envelope = Envelope { smsc: "", sender: "1", time: "soon", zone_hours: -5 };
        let parts = split(&"a".repeat(161), Coding::Fitting, true, 7);
        let expected = concat!("00", "44", "0181F1", "0010", "0000000000000A", "0F", "050003070202");
        assert_eq!(deliver(&envelope, &parts[1]), format!("{expected}C2E170381C0E8701"));
        assert!(parts[1].is_flash());
        assert_eq!(parts[1].concatenation(), Some(Concatenation { reference: 7, total: 2, sequence: 2 }));
    }

    #[test]
    fn one_message_holds_160_septets_or_70_units() {
        let fits = |text: &str, narrow| Part::new(text, narrow, false, Vec::new()).fits();
        assert!(fits(&"a".repeat(160), true) && !fits(&"a".repeat(161), true));
        assert!(fits(&"[".repeat(80), true) && !fits(&"[".repeat(81), true));
        assert!(fits(&"é".repeat(70), false) && !fits(&"é".repeat(71), false));
    }

    #[test]
    fn submits_are_read() {
        let plain = submit("0011000B813136921920F60000A70AE8329BFD4697D9EC37").expect("it is right");
        assert_eq!(plain.destination, "13632991026");
        assert_eq!((plain.part.text().as_str(), plain.validity, plain.report), ("hellohello", Some(24 * 60), false));
        assert!(!plain.part.is_flash());

        let parts = submit("00610004912143001808050003090201D83DDE00");
        assert_eq!(parts.map(|submit| submit.part.text()).as_deref(), Some("\u{fffd}"));
        let parts = submit("0061000491214300180A050003090201D83DDE00").expect("it is right");
        assert_eq!(parts.destination, "+1234");
        assert!(parts.report && parts.part.is_flash());
        assert_eq!(parts.part.text(), "😀");
        assert_eq!(parts.part.concatenation(), Some(Concatenation { reference: 9, total: 2, sequence: 1 }));

        let wide_reference = submit("00410002812100080B060804010203024E8A6642");
        assert_eq!(
            wide_reference.and_then(|submit| submit.part.concatenation()),
            Some(Concatenation { reference: 0x102, total: 3, sequence: 2 })
        );
        let part = Part::new("hi", true, true, vec![6, 8, 4, 0, 9, 2, 1]);
        let again = submit(&encode_submit("+123", &part)).expect("it is right");
        assert_eq!((again.destination.as_str(), again.report, again.validity), ("+123", true, Some(5)));
        assert_eq!(again.part, part);

        let header_cut = "0061000491214300180205000309";
        for wrong in ["", "00", "0", "zz", "0004000281210000", "001100028121000000A0", "ÿÿ", header_cut] {
            assert_eq!(submit(wrong), None, "{wrong}");
        }
        assert_eq!(
            [0, 143, 144, 167, 168, 196, 197, 255].map(minutes),
            [5, 720, 750, 1440, 2880, 43200, 50400, 635040]
        );
    }
}
