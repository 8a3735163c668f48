//! The alphabets of 3GPP TS 23.038, and how their characters are packed.

use std::iter;

use crate::error::{Error, Result};

/// The encoding of the user data of an SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// The default alphabet with its extension: 7 bits a character, and twice that for some.
    Gsm7,
    /// Octets that are no text.
    Octets,
    /// UTF-16, which the standard calls UCS-2: 16 bits a character, and twice that for those outside the basic plane.
    Ucs2,
}

impl Encoding {
    /// The one that a text takes least room in.
    pub(crate) fn of(text: &str) -> Encoding {
        if text.chars().all(|c| code(c).is_some()) { Encoding::Gsm7 } else { Encoding::Ucs2 }
    }

    /// The septets, octets or UTF-16 units of a character.
    pub(crate) fn units(self, c: char) -> usize {
        match self {
            Encoding::Gsm7 => code(c).map_or(1, |code| 1 + usize::from(code.escaped)),
            Encoding::Octets => c.len_utf8(),
            Encoding::Ucs2 => c.len_utf16(),
        }
    }

    /// The number of units that fit into an SMS besides a header of this many octets.
    pub(crate) fn room(self, header: usize) -> usize {
        let octets = MAX_OCTETS - header;
        match self {
            Encoding::Gsm7 => octets * 8 / 7,
            Encoding::Octets => octets,
            Encoding::Ucs2 => octets / 2,
        }
    }
}

/// The octets of user data in an SMS (23.040 9.2.3.16).
pub(super) const MAX_OCTETS: usize = 140;

/// The header counts parts in one octet.
const MAX_PARTS: usize = 255;

/// The header of a part, with its length: with a reference of one octet, and of two (23.040 9.2.3.24.1, 9.2.3.24.8).
pub(crate) const HEADER: usize = 6;
pub(crate) const WIDE_HEADER: usize = 7;

const ESCAPE: u8 = 0x1b;

/// The default alphabet (23.038 6.2.1), sixteen in a row. The blank at 0x1b stands for the escape.
#[rustfmt::skip]
const DEFAULT: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ' ', 'Æ', 'æ', 'ß', 'É',
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// Some characters of a table, each by its code.
type Characters = &'static [(u8, char)];

/// The characters behind an escape (23.038 6.2.1.1).
const EXTENSION: Characters = &[
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// A language's tables as far as they differ from the default alphabet and its extension (23.038 annex A).
struct Language {
    number: u8,
    locking: Characters,
    single: Characters,
}

#[rustfmt::skip]
const LANGUAGES: [Language; 3] = [
    // Turkish.
    Language {
        number: 1,
        locking: &[
            (0x04, '€'), (0x07, 'ı'), (0x0b, 'Ğ'), (0x0c, 'ğ'), (0x1c, 'Ş'), (0x1d, 'ş'), (0x40, 'İ'), (0x60, 'ç'),
        ],
        single: &[
            (0x47, 'Ğ'), (0x49, 'İ'), (0x53, 'Ş'), (0x63, 'ç'), (0x67, 'ğ'), (0x69, 'ı'), (0x73, 'ş'),
        ],
    },
    // Spanish, which has no locking table.
    Language {
        number: 2,
        locking: &[],
        single: &[
            (0x09, 'ç'), (0x41, 'Á'), (0x49, 'Í'), (0x4f, 'Ó'), (0x55, 'Ú'), (0x61, 'á'), (0x69, 'í'), (0x6f, 'ó'),
            (0x75, 'ú'),
        ],
    },
    // Portuguese.
    Language {
        number: 3,
        locking: &[
            (0x04, 'ê'), (0x06, 'ú'), (0x07, 'í'), (0x08, 'ó'), (0x09, 'ç'), (0x0b, 'Ô'), (0x0c, 'ô'), (0x0e, 'Á'),
            (0x0f, 'á'), (0x12, 'ª'), (0x13, 'Ç'), (0x14, 'À'), (0x15, '∞'), (0x16, '^'), (0x17, '\\'), (0x18, '€'),
            (0x19, 'Ó'), (0x1a, '|'), (0x1c, 'Â'), (0x1d, 'â'), (0x1e, 'Ê'), (0x24, 'º'), (0x40, 'Í'), (0x5b, 'Ã'),
            (0x5c, 'Õ'), (0x5d, 'Ú'), (0x60, '~'), (0x7b, 'ã'), (0x7c, 'õ'), (0x7d, '`'),
        ],
        single: &[
            (0x05, 'ê'), (0x09, 'ç'), (0x0b, 'Ô'), (0x0c, 'ô'), (0x0e, 'Á'), (0x0f, 'á'), (0x12, 'Φ'), (0x13, 'Γ'),
            (0x15, 'Ω'), (0x16, 'Π'), (0x17, 'Ψ'), (0x18, 'Σ'), (0x19, 'Θ'), (0x1f, 'Ê'), (0x41, 'À'), (0x49, 'Í'),
            (0x4f, 'Ó'), (0x55, 'Ú'), (0x5b, 'Ã'), (0x5c, 'Õ'), (0x61, 'Â'), (0x69, 'í'), (0x6f, 'ó'), (0x75, 'ú'),
            (0x7b, 'ã'), (0x7c, 'õ'), (0x7f, 'â'),
        ],
    },
];

fn find(characters: Characters, code: u8) -> Option<char> {
    characters.iter().find(|(other, _)| *other == code).map(|(_, c)| *c)
}

/// Where a character is.
#[derive(Clone, Copy)]
struct Code {
    escaped: bool,
    septet: u8,
}

fn code(c: char) -> Option<Code> {
    // Most of ASCII stands where it does in ASCII.
    let plain = |septet| Code { escaped: false, septet };
    if c.is_ascii() && DEFAULT[c as usize] == c {
        return Some(plain(c as u8));
    }
    let at = |(septet, _): &(u8, char)| Code { escaped: true, septet: *septet };
    let extended = EXTENSION.iter().find(|(_, other)| *other == c).map(at);
    extended.or_else(|| DEFAULT.iter().zip(0..).find(|(other, _)| **other == c).map(|(_, septet)| plain(septet)))
}

/// The septets of a text that has no other characters than the default alphabet's.
pub(crate) fn septets(text: &str) -> Vec<u8> {
    let mut septets = Vec::with_capacity(text.len());
    for code in text.chars().filter_map(code) {
        if code.escaped {
            septets.push(ESCAPE);
        }
        septets.push(code.septet);
    }
    septets
}

/// The tables that septets are read by.
#[derive(Default)]
pub(super) struct Tables {
    locking: Characters,
    single: Characters,
    /// The number of a language whose tables are not here.
    pub(super) unknown: Option<u8>,
}

impl Tables {
    /// By the numbers of languages (23.038 6.2.1.2.4); the default alphabet's tables stand in for what is not here.
    pub(super) fn new(locking: Option<u8>, single: Option<u8>) -> Tables {
        let mut tables = Tables::default();
        let mut language = |number: Option<u8>| {
            // Nothing is named, or the default alphabet.
            let number = number.filter(|number| *number != 0)?;
            let language = LANGUAGES.iter().find(|language| language.number == number);
            if language.is_none() {
                tables.unknown = Some(number);
            }
            language
        };
        let (locking, single) = (language(locking), language(single));
        tables.locking = locking.map_or(&[], |language| language.locking);
        tables.single = single.map_or(&[], |language| language.single);
        tables
    }

    pub(super) fn decode(&self, mut septets: impl Iterator<Item = u8>) -> String {
        let plain = |septet: u8| find(self.locking, septet).unwrap_or(DEFAULT[usize::from(septet)]);
        let next = || {
            let septet = septets.next()?;
            if septet != ESCAPE {
                return Some(plain(septet));
            }
            Some(match septets.next() {
                // A second escape is for tables to come, and shown as a blank till then (23.038 6.2.1.1, note 1).
                None | Some(ESCAPE) => ' ',
                // What the extension does not have is shown as without the escape (23.038 6.2.1.1).
                Some(septet) => {
                    find(self.single, septet).or_else(|| find(EXTENSION, septet)).unwrap_or_else(|| plain(septet))
                }
            })
        };
        iter::from_fn(next).collect()
    }
}

/// Packs septets into octets (23.038 6.1.2.1) that already hold so many bits; those are left zero.
pub(super) fn pack(septets: &[u8], first_bit: usize) -> Vec<u8> {
    let mut octets = vec![0; (first_bit + septets.len() * 7).div_ceil(8)];
    for (septet, bit) in septets.iter().zip((first_bit..).step_by(7)) {
        let [low, high] = (u16::from(*septet) << (bit % 8)).to_le_bytes();
        octets[bit / 8] |= low;
        if high != 0 {
            octets[bit / 8 + 1] |= high;
        }
    }
    octets
}

/// The septets from this bit on; those behind the end are zero.
pub(super) fn unpack(octets: &[u8], first_bit: usize, count: usize) -> impl Iterator<Item = u8> {
    let octet = |at: usize| octets.get(at).copied().unwrap_or(0);
    (first_bit..).step_by(7).take(count).map(move |bit| {
        let pair = u16::from_le_bytes([octet(bit / 8), octet(bit / 8 + 1)]);
        (pair >> (bit % 8)) as u8 & 0x7f
    })
}

/// A USSD text in septets, as many as there is room for (23.038 6.1.2.3). A carriage return that only fills up the last octet
/// is none of its characters.
pub(crate) fn decode_ussd(octets: &[u8]) -> String {
    let mut septets: Vec<u8> = unpack(octets, 0, octets.len() * 8 / 7).collect();
    if septets.len().is_multiple_of(8) && septets.last() == Some(&b'\r') {
        septets.pop();
    }
    Tables::default().decode(septets.into_iter())
}

/// UTF-16, most significant octet first (23.038 6.2.3). Half a surrogate pair or half a unit is shown as U+FFFD.
pub(crate) fn decode_ucs2(octets: &[u8]) -> String {
    let (units, rest) = octets.as_chunks();
    let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
    let half = (!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER);
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).chain(half).collect()
}

pub(super) fn encode_ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Splits a text that does not fit into one SMS, for parts that each have a header of so many octets, and gives each
/// piece with its units. An escaped character and a surrogate pair stay whole.
pub(crate) fn split(text: &str, encoding: Encoding, header: usize) -> Result<Vec<(&str, usize)>> {
    let units: usize = text.chars().map(|c| encoding.units(c)).sum();
    if units <= encoding.room(0) {
        return Ok(vec![(text, units)]);
    }
    let room = encoding.room(header);
    let mut pieces = Vec::new();
    let (mut start, mut taken) = (0, 0);
    for (at, c) in text.char_indices() {
        let units = encoding.units(c);
        if taken + units > room {
            pieces.push((&text[start..at], taken));
            (start, taken) = (at, 0);
        }
        taken += units;
    }
    pieces.push((&text[start..], taken));
    check_count(pieces.len())?;
    Ok(pieces)
}

/// Refuses more parts than there are numbers for.
pub(crate) fn check_count(count: usize) -> Result<()> {
    if count <= MAX_PARTS {
        return Ok(());
    }
    Err(Error::invalid(format!("the text takes {count} SMS; {MAX_PARTS} are the most that belong together")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) -> String {
        let septets = septets(text);
        for first_bit in 0..8 {
            let octets = pack(&septets, first_bit);
            assert_eq!(unpack(&octets, first_bit, septets.len()).collect::<Vec<_>>(), septets);
        }
        Tables::default().decode(septets.into_iter())
    }

    #[test]
    fn both_tables_both_ways() {
        let default: String = DEFAULT.iter().zip(0..).filter(|(_, code)| *code != ESCAPE).map(|(c, _)| *c).collect();
        let extension: String = EXTENSION.iter().map(|(_, c)| *c).collect();
        assert_eq!(round_trip(&default), default);
        assert_eq!(round_trip(&extension), extension);
        assert_eq!((septets(&default).len(), septets(&extension).len()), (127, 20));
        assert_eq!(Encoding::of(&(default + &extension)), Encoding::Gsm7);
        for c in ['`', 'ç', '\u{1b}', '\0', '\t', '您', '😀', '\u{a0}'] {
            assert_eq!(Encoding::of(&c.to_string()), Encoding::Ucs2, "{c:?}");
        }
    }

    /// 23.038 6.1.2.1.1: one character after the other, from the least significant bit on.
    #[test]
    fn packed_as_in_the_standard() {
        assert_eq!(pack(&septets("1"), 0), [0x31]);
        assert_eq!(pack(&septets("12"), 0), [0x31, 0x19]);
        assert_eq!(pack(&septets("hellohello"), 0), [0xe8, 0x32, 0x9b, 0xfd, 0x46, 0x97, 0xd9, 0xec, 0x37]);
    }

    #[test]
    fn escapes_without_a_character() {
        let decode = |septets: &[u8]| Tables::default().decode(septets.iter().copied());
        assert_eq!(decode(&[ESCAPE, 0x61, ESCAPE, 0x02]), "a$");
        assert_eq!(decode(&[0x61, ESCAPE, ESCAPE, 0x65]), "a e");
        assert_eq!(decode(&[0x61, ESCAPE]), "a ");
        assert_eq!(decode(&[ESCAPE, 0x65, ESCAPE, 0x0a, ESCAPE, 0x0d]), "€\u{c}\r");
    }

    #[test]
    fn national_tables() {
        let decode = |locking, single, septets: &[u8]| {
            let tables = Tables::new(locking, single);
            (tables.decode(septets.iter().copied()), tables.unknown)
        };
        // Turkish: s with cedilla locked and shifted, and the euro of the extension.
        assert_eq!(decode(Some(1), Some(1), &[0x1d, ESCAPE, 0x73, ESCAPE, 0x65, 0x61]), ("şş€a".into(), None));
        assert_eq!(decode(None, Some(2), &[ESCAPE, 0x61, ESCAPE, 0x7a]), ("áz".into(), None));
        assert_eq!(decode(Some(3), None, &[0x7b, ESCAPE, 0x7b]), ("ãã".into(), None));
        assert_eq!(decode(Some(0), Some(0), &[0x7b]), ("ä".into(), None));
        // Bengali is not here, nor is what stands for no language.
        assert_eq!(decode(Some(4), None, &[0x7b]), ("ä".into(), Some(4)));
        assert_eq!(decode(None, Some(255), &[0x7b]), ("ä".into(), Some(255)));
    }

    #[test]
    fn surrogates() {
        assert_eq!(decode_ucs2(&encode_ucs2("您😀a")), "您😀a");
        assert_eq!(decode_ucs2(&[0xd8, 0x3d, 0, 0x61, 0xde, 0, 0x60]), "\u{fffd}a\u{fffd}\u{fffd}");
    }
}
