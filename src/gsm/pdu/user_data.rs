//! User data of an SMS: coding (23.038 4), header (23.040 9.2.3.24), text.

use std::fmt;

use super::alphabet::{Encoding, MAX_OCTETS, Tables, decode_ucs2, unpack};
use super::octets::Reader;
use crate::error::{Error, Result};

/// The data coding scheme (23.038 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coding(pub(super) u8);

impl Coding {
    /// The coding of a text, with the class of one that is shown at once and not kept if that is wanted.
    pub(super) fn of(encoding: Encoding, flash: bool) -> Coding {
        let alphabet = match encoding {
            Encoding::Gsm7 => 0x00,
            Encoding::Octets => 0x04,
            Encoding::Ucs2 => 0x08,
        };
        Coding(if flash { 0x10 | alphabet } else { alphabet })
    }

    /// The general groups, with and without automatic deletion.
    fn is_general(self) -> bool {
        self.0 < 0x80
    }

    /// The group of coding and class, in which there is always a class.
    fn is_class_group(self) -> bool {
        self.0 >> 4 == 0xf
    }

    fn is_compressed(self) -> bool {
        self.is_general() && self.0 & 0x20 != 0
    }

    fn class(self) -> Option<u8> {
        let meant = if self.is_general() { self.0 & 0x10 != 0 } else { self.is_class_group() };
        meant.then_some(self.0 & 3)
    }

    /// Reserved values count as the default alphabet.
    fn encoding(self) -> Encoding {
        match self.0 >> 4 {
            0x0..=0x7 => match self.0 >> 2 & 3 {
                1 => Encoding::Octets,
                2 => Encoding::Ucs2,
                _ => Encoding::Gsm7,
            },
            // A message waits, in UCS-2; the groups before it say the same in the default alphabet.
            0xe => Encoding::Ucs2,
            0xf if self.0 & 0x04 != 0 => Encoding::Octets,
            _ => Encoding::Gsm7,
        }
    }
}

/// Which part of a longer text an SMS is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Part {
    /// The number that all parts of a text have in common.
    pub reference: u16,
    /// The number of parts, at least one.
    pub total: u8,
    /// Which of them it is, from 1 to `total`.
    pub index: u8,
}

impl Part {
    /// Numbers that cannot be are to be taken for no part (23.040 9.2.3.24.1).
    fn new(reference: u16, total: u8, index: u8) -> Option<Part> {
        (1..=total).contains(&index).then_some(Part { reference, total, index })
    }
}

/// The user data of an SMS.
#[derive(Clone, PartialEq, Eq)]
pub struct UserData {
    coding: Coding,
    header: Box<[u8]>,
    octets: Box<[u8]>,
    text: Option<Box<str>>,
    elements: Elements,
    unknown_table: Option<u8>,
}

impl UserData {
    /// The text, unless it is octets or compressed.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The encoding.
    pub fn encoding(&self) -> Encoding {
        self.coding.encoding()
    }

    /// The class: 0 is shown at once and not kept, 1 to 3 say where it belongs: the phone, its SIM, or a machine behind
    /// it.
    pub fn class(&self) -> Option<u8> {
        self.coding.class()
    }

    /// The data coding scheme, as it came (23.038 4).
    pub fn coding(&self) -> u8 {
        self.coding.0
    }

    /// Tells whether it is compressed, so that its text is not known.
    pub fn is_compressed(&self) -> bool {
        self.coding.is_compressed()
    }

    /// Which part of a longer text it is.
    pub fn part(&self) -> Option<Part> {
        self.elements.part
    }

    /// The application port that it is for.
    pub fn port(&self) -> Option<u16> {
        self.elements.port
    }

    /// The number of a language whose tables the text was written by and which are not known here (23.038 6.2.1.2.4),
    /// so that it was read by those of the default alphabet and some of its characters may be others.
    pub fn unknown_table(&self) -> Option<u8> {
        self.unknown_table
    }

    /// The header's elements, as they came; empty if there are none.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The octets behind the header, as they came; septets are packed, with the bits in front that fill up the header.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The text of all parts of a longer one, in their order; nothing if one of them has none. A character whose halves
    /// came in two parts, as some phones send them, is whole here.
    pub fn join<'a>(parts: impl IntoIterator<Item = &'a UserData>) -> Option<String> {
        let mut text = String::new();
        let mut ucs2 = Vec::new();
        for part in parts {
            let plain = part.text()?;
            if part.encoding() == Encoding::Ucs2 {
                // Half a unit would shift all that follows.
                ucs2.extend_from_slice(&part.octets[..part.octets.len() & !1]);
            } else {
                text += &decode_ucs2(&std::mem::take(&mut ucs2));
                text += plain;
            }
        }
        Some(text + &decode_ucs2(&ucs2))
    }

    pub(super) fn read(reader: &mut Reader<'_>, coding: Coding, has_header: bool) -> Result<UserData> {
        const FIELD: &str = "the user data";
        let length = usize::from(reader.octet("the length of the user data")?);
        // The length counts septets, unless they are compressed (23.040 9.2.3.16).
        let packed = coding.encoding() == Encoding::Gsm7 && !coding.is_compressed();
        let count = if packed { (length * 7).div_ceil(8) } else { length };
        if count > MAX_OCTETS {
            return Err(reader.refuse(format!("says that {FIELD} has {count} octets; {MAX_OCTETS} are the most")));
        }
        let start = reader.at;
        let octets = reader.take(count, FIELD)?;
        let (header, used) = if has_header {
            let header = octets.split_first().and_then(|(length, rest)| rest.get(..(*length).into()));
            let header = header.ok_or_else(|| {
                Error::invalid(format!(
                    "the header at octet {start} of the PDU is longer than {FIELD}, which has {count} octets"
                ))
            })?;
            (header, 1 + header.len())
        } else {
            (&[][..], 0)
        };
        let elements = Elements::read(header).unwrap_or_default();
        let tables = Tables::new(elements.locking, elements.single);
        let unknown_table = tables.unknown.filter(|_| packed);
        let text = match coding.encoding() {
            _ if coding.is_compressed() => None,
            Encoding::Octets => None,
            Encoding::Ucs2 => Some(decode_ucs2(&octets[used..])),
            Encoding::Gsm7 => {
                // The text begins at a septet of its own (23.040 9.2.3.24).
                let first = (used * 8).div_ceil(7);
                Some(tables.decode(unpack(octets, first * 7, length.saturating_sub(first))))
            }
        };
        Ok(UserData {
            coding,
            header: header.into(),
            octets: octets[used..].into(),
            text: text.map(Into::into),
            elements,
            unknown_table,
        })
    }
}

impl fmt::Debug for UserData {
    // What it says is people's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserData")
            .field("coding", &self.coding.0)
            .field("part", &self.elements.part)
            .finish_non_exhaustive()
    }
}

/// The elements of a header that are of use.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Elements {
    part: Option<Part>,
    port: Option<u16>,
    locking: Option<u8>,
    single: Option<u8>,
}

impl Elements {
    /// Others are skipped, and of two of a kind the last one counts. If the last element is longer than the header, all
    /// of it is to be ignored (23.040 9.2.3.24).
    fn read(mut header: &[u8]) -> Option<Elements> {
        let mut elements = Elements::default();
        while let [id, length, rest @ ..] = header {
            let (value, rest) = rest.split_at_checked((*length).into())?;
            header = rest;
            match (id, value) {
                (0x00, [reference, total, index]) => {
                    elements.part = Part::new((*reference).into(), *total, *index).or(elements.part);
                }
                (0x08, [high, low, total, index]) => {
                    elements.part = Part::new(u16::from_be_bytes([*high, *low]), *total, *index).or(elements.part);
                }
                (0x04, [destination, _]) => elements.port = Some((*destination).into()),
                (0x05, [high, low, _, _]) => elements.port = Some(u16::from_be_bytes([*high, *low])),
                (0x24, [language]) => elements.single = Some(*language),
                (0x25, [language]) => elements.locking = Some(*language),
                _ => {}
            }
        }
        header.is_empty().then_some(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8], coding: u8, has_header: bool) -> Result<UserData> {
        UserData::read(&mut Reader::new(octets), Coding(coding), has_header)
    }

    fn with_header(header: &[u8]) -> UserData {
        let octets = [&[header.len() as u8 + 3, header.len() as u8][..], header, &[0, b'a']].concat();
        read(&octets, 0x08, true).expect("it can be read")
    }

    /// 23.038 4, table of coding groups.
    #[test]
    fn codings() {
        use Encoding::{Gsm7, Octets, Ucs2};
        for (coding, encoding, class, compressed) in [
            (0x00, Gsm7, None, false),
            (0x04, Octets, None, false),
            (0x08, Ucs2, None, false),
            (0x0c, Gsm7, None, false),
            (0x03, Gsm7, None, false),
            (0x10, Gsm7, Some(0), false),
            (0x15, Octets, Some(1), false),
            (0x1a, Ucs2, Some(2), false),
            (0x28, Ucs2, None, true),
            (0x48, Ucs2, None, false),
            (0x50, Gsm7, Some(0), false),
            (0x8c, Gsm7, None, false),
            (0xb4, Gsm7, None, false),
            (0xc8, Gsm7, None, false),
            (0xd8, Gsm7, None, false),
            (0xe8, Ucs2, None, false),
            (0xf0, Gsm7, Some(0), false),
            (0xf3, Gsm7, Some(3), false),
            (0xf6, Octets, Some(2), false),
        ] {
            let found = Coding(coding);
            assert_eq!(
                (found.encoding(), found.class(), found.is_compressed()),
                (encoding, class, compressed),
                "{coding:#x}"
            );
        }
        assert_eq!((Coding::of(Gsm7, true).0, Coding::of(Ucs2, false).0), (0x10, 0x08));
    }

    #[test]
    fn parts_of_both_widths() {
        let part = |header: &[u8]| with_header(header).part();
        assert_eq!(part(&[0, 3, 7, 2, 1]), Some(Part { reference: 7, total: 2, index: 1 }));
        assert_eq!(part(&[8, 4, 1, 2, 255, 255]), Some(Part { reference: 258, total: 255, index: 255 }));
        // None at all, number nought, more than there are.
        for impossible in [[0, 3, 7, 0, 0], [0, 3, 7, 0, 1], [0, 3, 7, 2, 0], [0, 3, 7, 2, 3]] {
            assert_eq!(part(&impossible), None);
        }
        // The last one that can be counts.
        assert_eq!(part(&[0, 3, 7, 2, 1, 8, 4, 0, 9, 2, 2]), Some(Part { reference: 9, total: 2, index: 2 }));
        assert_eq!(part(&[0, 3, 7, 2, 1, 0, 3, 8, 0, 0]), Some(Part { reference: 7, total: 2, index: 1 }));
    }

    #[test]
    fn other_elements() {
        let data = with_header(&[0x70, 2, 9, 9, 0x05, 4, 0x0b, 0x84, 0x23, 0xf0, 0x00, 0, 0x7f, 0]);
        assert_eq!((data.port(), data.part(), data.text()), (Some(2948), None, Some("a")));
        assert_eq!(with_header(&[0x04, 2, 240, 1]).port(), Some(240));
        assert_eq!(data.header().len(), 14);
    }

    #[test]
    fn headers_that_are_too_short_or_too_long() {
        // The last element needs more than there is: no element counts, and the text stays.
        for header in [&[0, 3, 7, 2, 1, 0x70, 9, 1][..], &[0, 3, 7, 2, 1, 0x70]] {
            let data = with_header(header);
            assert_eq!((data.part(), data.text()), (None, Some("a")));
        }
        let said = |octets: &[u8]| read(octets, 0x08, true).expect_err("it cannot be read").to_string();
        let longer = "the header at octet 1 of the PDU is longer than the user data, which has ";
        assert_eq!(said(&[2, 9, 0]), format!("{longer}2 octets"));
        assert_eq!(said(&[2, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), format!("{longer}2 octets"));
        assert_eq!(said(&[0]), format!("{longer}0 octets"));
        // Septets that the header has taken up already.
        assert_eq!(read(&[3, 2, 0x70, 0], 0x00, true).expect("it can be read").text(), Some(""));
    }

    #[test]
    fn national_tables() {
        let text = |header: &[u8]| {
            let octets = [&[5 + header.len() as u8, header.len() as u8][..], header, &[0; 5]].concat();
            let data = read(&octets, 0x00, true).expect("it can be read");
            (data.text().map(str::to_owned), data.unknown_table())
        };
        // Three octets of header are four septets, and the rest are zeros, which are the @.
        assert_eq!(text(&[0x24, 1, 1]), (Some("@@@".into()), None));
        assert_eq!(text(&[0x25, 1, 4]).1, Some(4));
        assert_eq!(text(&[0x24, 1, 13]).1, Some(13));
        // In UCS-2 they mean nothing.
        assert_eq!(with_header(&[0x24, 1, 4]).unknown_table(), None);
    }

    #[test]
    fn more_than_an_sms_carries() {
        let said = |length, coding| {
            let octets = [&[length][..], &[0; 255]].concat();
            read(&octets, coding, false).err().map(|error| error.to_string())
        };
        let expected = "octet 0 of the PDU says that the user data has 141 octets; 140 are the most";
        assert_eq!(said(161, 0x00).as_deref(), Some(expected));
        assert_eq!(said(141, 0x04).as_deref(), Some(expected));
        assert_eq!(said(160, 0x00), None);
        assert_eq!(said(140, 0x08), None);
    }

    #[test]
    fn parts_that_are_joined() {
        let part = |octets: &[u8], coding| read(octets, coding, false).expect("it can be read");
        let (first, second) = (part(&[4, 0, 0x61, 0xd8, 0x3d], 0x08), part(&[5, 0xde, 0, 0, 0x62, 0], 0x08));
        let (septets, data) = (part(&[1, 0x63], 0x00), part(&[1, 0x63], 0x04));
        assert_eq!(UserData::join([&first, &second, &septets, &first]).as_deref(), Some("a😀bca\u{fffd}"));
        assert_eq!(UserData::join([&first, &data]), None);
        assert_eq!(UserData::join([]).as_deref(), Some(""));
    }

    #[test]
    fn user_data_that_is_no_text_is_kept() {
        let data = read(&[3, 1, 2, 3], 0x20, false).expect("it can be read");
        assert_eq!((data.text(), data.is_compressed(), data.octets()), (None, true, &[1, 2, 3][..]));
        let data = read(&[3, 1, 2, 3, 9], 0x04, false).expect("it can be read");
        assert_eq!((data.text(), data.encoding(), data.octets()), (None, Encoding::Octets, &[1, 2, 3][..]));
        let data = read(&[4, 0, 0x61, 0, 0x62], 0x08, false).expect("it can be read");
        assert_eq!((data.text(), data.octets()), (Some("ab"), &[0, 0x61, 0, 0x62][..]));
    }
}
