//! SMS-DELIVER as a GSM modem hands it over: hex, with the SMS centre's number in front (3GPP TS 23.040).

use std::fmt::Write as _;

/// One part of an incoming message.
pub(super) struct Part {
    pub(super) text: String,
    pub(super) pdu: String,
}

/// Where and when the SMS centre says a message comes from.
pub(super) struct Envelope<'a> {
    pub(super) smsc: &'a str,
    pub(super) sender: &'a str,
    /// `YYYY/MM/DD HH:MM:SS`, in the zone of the SMS centre.
    pub(super) time: &'a str,
    pub(super) zone_hours: i8,
}

/// Splits a text as a network does and encodes each part: in the 7-bit alphabet if all of it is ASCII that the
/// alphabet has, in UCS-2 otherwise.
pub(super) fn deliver(envelope: &Envelope<'_>, text: &str, reference: u8) -> Vec<Part> {
    let narrow = text.chars().all(|c| septet(c).is_some());
    let cost = |c: char| if narrow { septets_of(c) } else { c.len_utf16() };
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
    let parts = texts.into_iter().zip(1..).map(|(text, index)| {
        let header = if count > 1 { vec![5, 0, 3, reference, count, index] } else { Vec::new() };
        let pdu = hex(&encode(envelope, &text, narrow, &header));
        Part { text, pdu }
    });
    parts.collect()
}

/// Whether the driver can put the text of one `gsm send sms` into one message: ASCII goes out as septets, anything
/// else as UCS-2.
pub(super) fn fits_one(text: &str) -> bool {
    if text.is_ascii() { text.chars().map(septets_of).sum::<usize>() <= 160 } else { text.encode_utf16().count() <= 70 }
}

fn encode(envelope: &Envelope<'_>, text: &str, narrow: bool, header: &[u8]) -> Vec<u8> {
    let mut pdu = Vec::new();
    if envelope.smsc.is_empty() {
        pdu.push(0);
    } else {
        let (kind, digits) = number(envelope.smsc);
        pdu.push(1 + digits.len() as u8);
        pdu.push(kind);
        pdu.extend(digits);
    }
    // SMS-DELIVER, no more messages waiting; 0x40 says that a user data header follows.
    pdu.push(if header.is_empty() { 0x04 } else { 0x44 });
    pdu.extend(originator(envelope.sender));
    pdu.push(0);
    pdu.push(if narrow { 0x00 } else { 0x08 });
    pdu.extend(service_time(envelope.time, envelope.zone_hours));

    if narrow {
        let septets = septets(text);
        // The text starts at the next septet boundary after the header.
        let header_septets = (header.len() * 8).div_ceil(7);
        let fill = header_septets * 7 - header.len() * 8;
        pdu.push((header_septets + septets.len()) as u8);
        pdu.extend(header);
        pdu.extend(pack(&septets, fill));
    } else {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        pdu.push((header.len() + units.len()) as u8);
        pdu.extend(header);
        pdu.extend(units);
    }
    pdu
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

/// The ASCII part of the default alphabet: the code, and whether it is one of the extension table.
fn septet(c: char) -> Option<(bool, u8)> {
    Some(match c {
        '@' => (false, 0x00),
        '$' => (false, 0x02),
        '_' => (false, 0x11),
        '^' => (true, 0x14),
        '{' => (true, 0x28),
        '}' => (true, 0x29),
        '\\' => (true, 0x2F),
        '[' => (true, 0x3C),
        '~' => (true, 0x3D),
        ']' => (true, 0x3E),
        '|' => (true, 0x40),
        '`' => return None,
        '\n' | '\r' | ' '..='~' => (false, c as u8),
        _ => return None,
    })
}

fn septets_of(c: char) -> usize {
    if matches!(septet(c), Some((true, _))) { 2 } else { 1 }
}

/// Characters outside the alphabet become question marks.
fn septets(text: &str) -> Vec<u8> {
    let mut septets = Vec::new();
    for c in text.chars() {
        let (extended, code) = septet(c).unwrap_or((false, b'?'));
        if extended {
            septets.push(0x1B);
        }
        septets.push(code);
    }
    septets
}

/// Packs septets into octets after `fill` zero bits.
fn pack(septets: &[u8], fill: usize) -> Vec<u8> {
    let mut octets = Vec::new();
    let (mut bits, mut count) = (0_u32, fill);
    for septet in septets {
        bits |= u32::from(*septet) << count;
        count += 7;
        if count >= 8 {
            octets.push(bits as u8);
            bits >>= 8;
            count -= 8;
        }
    }
    if count > 0 {
        octets.push(bits as u8);
    }
    octets
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The PDU of a short text, after the SMS centre's number.
    fn one(sender: &str, text: &str) -> String {
        let envelope = Envelope { smsc: "+8613800755500", sender, time: "2014/09/11 09:36:47", zone_hours: 8 };
        let parts = deliver(&envelope, text, 7);
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].text, text);
        parts[0].pdu.strip_prefix("0891683108705505F0").expect("the SMS centre comes first").to_owned()
    }

    #[test]
    fn seven_bit_text_from_an_international_number() {
        let header = concat!("04", "0D91683136929120F6", "0000", "41901190637423");
        assert_eq!(one("+8613632919026", "hellohello"), format!("{header}0AE8329BFD4697D9EC37"));
        let odd = "@$_ [x]{}\\~^|";
        assert_eq!(one("+8613632919026", odd), format!("{header}15004104B4E1E137BE0D6A93DABC36BD0D650304"));
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
        let envelope = Envelope { smsc: "", sender: "1", time: "soon", zone_hours: -5 };
        let lengths = |text: &str| {
            let parts = deliver(&envelope, text, 7);
            parts.iter().map(|part| part.text.chars().count()).collect::<Vec<_>>()
        };
        assert_eq!(lengths(&"a".repeat(160)), [160]);
        assert_eq!(lengths(&"a".repeat(307)), [153, 153, 1]);
        // An escaped character and a surrogate pair stay whole.
        assert_eq!(lengths(&format!("{}[{}", "a".repeat(152), "a".repeat(10))), [152, 11]);
        assert_eq!(lengths(&format!("{}😀{}", "é".repeat(66), "é".repeat(10))), [66, 11]);

        let parts = deliver(&envelope, &"a".repeat(161), 7);
        let expected = concat!("00", "44", "0181F1", "0000", "0000000000000A", "0F", "050003070202");
        assert_eq!(parts[1].pdu, format!("{expected}C2E170381C0E8701"));
    }

    #[test]
    fn one_message_holds_160_septets_or_70_units() {
        assert!(fits_one(&"a".repeat(160)) && !fits_one(&"a".repeat(161)));
        assert!(fits_one(&"[".repeat(80)) && !fits_one(&"[".repeat(81)));
        assert!(fits_one(&"é".repeat(70)) && !fits_one(&"é".repeat(71)));
    }
}
