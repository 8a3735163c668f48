//! The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038).

/// In the order of their codes; 0x1B leads to the extension table.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION: [(char, u8); 10] = [
    ('\u{c}', 0x0A),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2F),
    ('[', 0x3C),
    ('~', 0x3D),
    (']', 0x3E),
    ('|', 0x40),
    ('€', 0x65),
];
const ESCAPE: u8 = 0x1B;

/// The number of septets that a character takes; nothing if the alphabet lacks it.
pub(super) fn cost(c: char) -> Option<usize> {
    if EXTENSION.iter().any(|(other, _)| *other == c) {
        Some(2)
    } else {
        (c != '\u{1b}' && BASIC.contains(c)).then_some(1)
    }
}

/// Characters outside the alphabet become question marks.
pub(super) fn septets(text: &str) -> Vec<u8> {
    let mut septets = Vec::new();
    for c in text.chars() {
        if let Some((_, code)) = EXTENSION.iter().find(|(other, _)| *other == c) {
            septets.extend([ESCAPE, *code]);
        } else {
            let c = if cost(c).is_some() { c } else { '?' };
            septets.extend(BASIC.chars().position(|other| other == c).map(|code| code as u8));
        }
    }
    septets
}

/// The text of septets. A code that the extension table lacks is read in the basic one.
pub(super) fn text(septets: &[u8]) -> String {
    characters(septets).collect()
}

/// The text of septets by the basic table alone, in which the escape is a character.
pub(super) fn text_without_escapes(septets: &[u8]) -> String {
    septets.iter().filter_map(|septet| BASIC.chars().nth(usize::from(*septet))).collect()
}

/// The text as the open driver's table has it: a byte of Latin-1 for each character, and 0xFF for what that lacks.
pub(super) fn latin1(septets: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for c in characters(septets) {
        match c {
            // The table does not know it: the code behind the escape is taken for a character.
            '€' => bytes.extend([0xFF, b'e']),
            _ => bytes.push(u8::try_from(c).unwrap_or(0xFF)),
        }
    }
    bytes
}

fn characters(septets: &[u8]) -> impl Iterator<Item = char> {
    let basic: Vec<char> = BASIC.chars().collect();
    let mut codes = septets.iter();
    std::iter::from_fn(move || {
        let mut code = *codes.next()?;
        if code == ESCAPE {
            code = *codes.next().unwrap_or(&0x20);
            if let Some((c, _)) = EXTENSION.iter().find(|(_, other)| *other == code) {
                return Some(*c);
            }
        }
        basic.get(usize::from(code)).copied()
    })
}

/// Packs septets into octets after `fill` zero bits.
pub(super) fn pack(septets: &[u8], fill: usize) -> Vec<u8> {
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

/// As many septets as there are, at most `count`, after `fill` bits.
pub(super) fn unpack(octets: &[u8], fill: usize, count: usize) -> Vec<u8> {
    let septet = |index: usize| {
        let bit = fill + 7 * index;
        let pair = [*octets.get(bit / 8)?, *octets.get(bit / 8 + 1).unwrap_or(&0)];
        ((bit + 7).div_ceil(8) <= octets.len()).then(|| (u16::from_le_bytes(pair) >> (bit % 8)) as u8 & 0x7F)
    };
    (0..count).map_while(septet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphabet_codes_are_decoded() {
        assert_eq!(BASIC.chars().count(), 128);
        let all: String = BASIC.chars().filter(|c| *c != '\u{1b}').chain(EXTENSION.map(|(c, _)| c)).collect();
        assert_eq!(text(&septets(&all)), all);
        assert_eq!(septets("é€`"), [5, 0x1B, 0x65, 0x3F]);
        assert_eq!((cost('a'), cost('€'), cost('ê')), (Some(1), Some(2), None));
        for fill in 0..7 {
            let codes = septets(&all);
            assert_eq!(unpack(&pack(&codes, fill), fill, codes.len()), codes);
        }
        assert_eq!(unpack(&[0xFF], 0, 9), [0x7F]);
    }

    #[test]
    fn alphabet_of_the_driver_is_latin1_with_holes() {
        assert_eq!(latin1(&septets("aé£ΔΩ€[")), [b'a', 0xE9, 0xA3, 0xFF, 0xFF, 0xFF, b'e', b'[']);
    }
}
