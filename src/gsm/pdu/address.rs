//! Numbers and names of senders, recipients and SMS centres.

use std::fmt;

use super::alphabet::{Tables, unpack};
use super::octets::Reader;
use crate::error::{Error, Result};

/// A number, or the name that a sender goes by.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    kind: u8,
    text: Box<str>,
}

/// Semi-octets in the order of their values (23.040 9.1.2.3); the last value of all, 15, fills up.
const DIGITS: &[u8; 15] = b"0123456789*#abc";

/// 23.040 9.1.2.5: an address has 12 octets at most, of which two are its length and kind.
const MAX_DIGITS: usize = 20;

const INTERNATIONAL: u8 = 1;
const ALPHANUMERIC: u8 = 5;

impl Address {
    /// The number's digits (also `*`, `#`, `a`, `b` and `c`), with a `+` in front if it is an international one; or the
    /// name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The type of number: 0 unknown, 1 international, 2 national, 3 of the network's own, 4 a subscriber's, 5 a name,
    /// 6 abbreviated (23.040 9.1.2.5).
    pub fn type_of_number(&self) -> u8 {
        self.kind >> 4 & 7
    }

    /// The numbering plan: 0 unknown, 1 telephones; others are rare (23.040 9.1.2.5).
    pub fn numbering_plan(&self) -> u8 {
        self.kind & 0xf
    }

    /// Tells whether it is a name, which cannot be answered.
    pub fn is_name(&self) -> bool {
        self.type_of_number() == ALPHANUMERIC
    }

    /// An address whose length counts semi-octets (23.040 9.1.2.5).
    pub(super) fn read(reader: &mut Reader<'_>, field: &str) -> Result<Address> {
        let digits = usize::from(reader.octet(field)?);
        if digits > MAX_DIGITS {
            return Err(reader.refuse(format!("says that {field} has {digits} digits; {MAX_DIGITS} are the most")));
        }
        let kind = reader.octet(field)?;
        Ok(Address::decode(kind, reader.take(digits.div_ceil(2), field)?, digits))
    }

    /// The SMS centre's address, whose length counts octets with the kind (24.011 8.2.5.1), if there is one.
    pub(super) fn read_centre(reader: &mut Reader<'_>) -> Result<Option<Address>> {
        const FIELD: &str = "the SMS centre's number";
        let length = usize::from(reader.octet(FIELD)?);
        if length > 1 + MAX_DIGITS / 2 {
            return Err(reader.refuse(format!("says that {FIELD} has {length} octets; 11 are the most")));
        }
        let Some((kind, digits)) = reader.take(length, FIELD)?.split_first() else { return Ok(None) };
        Ok(Some(Address::decode(*kind, digits, digits.len() * 2)))
    }

    fn decode(kind: u8, octets: &[u8], digits: usize) -> Address {
        let mut address = Address { kind, text: Box::default() };
        address.text = if address.is_name() {
            Tables::default().decode(unpack(octets, 0, digits * 4 / 7)).into()
        } else {
            let plus = (address.type_of_number() == INTERNATIONAL && digits > 0).then_some('+');
            let halves = octets.iter().flat_map(|octet| [octet & 0xf, octet >> 4]).take(digits);
            let digits = halves.map_while(|half| DIGITS.get(usize::from(half))).map(|digit| char::from(*digit));
            plus.into_iter().chain(digits).collect()
        };
        address
    }
}

/// The octets of a number, the way [`Address::read`] has them.
pub(super) fn encode(number: &str) -> Result<Vec<u8>> {
    let refuse = || {
        Error::invalid("the destination is no number; write 1 to 20 digits, with a + before a country code if wanted")
    };
    let (kind, digits) = match number.strip_prefix('+') {
        Some(digits) => (0x91, digits),
        None => (0x81, number),
    };
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return Err(refuse());
    }
    let half = |digit: u8| DIGITS.iter().zip(0..).find(|(other, _)| **other == digit).map(|(_, half): (_, u8)| half);
    let halves: Option<Vec<u8>> = digits.bytes().map(|digit| half(digit.to_ascii_lowercase())).collect();
    let mut octets = vec![digits.len() as u8, kind];
    octets.extend(halves.ok_or_else(refuse)?.chunks(2).map(|pair| pair[0] | pair.get(1).unwrap_or(&0xf) << 4));
    Ok(octets)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Address {
    // Whose it is, is people's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::alphabet::{pack, septets};
    use super::*;

    fn read(octets: &[u8]) -> Result<Address> {
        Address::read(&mut Reader::new(octets), "the sender")
    }

    fn text(octets: &[u8]) -> String {
        read(octets).expect("it is an address").to_string()
    }

    #[test]
    fn numbers_both_ways() {
        for number in ["+8613632919026", "10086", "*100#", "12abc", "1", "+12345678901234567890"] {
            assert_eq!(text(&encode(number).expect("it is a number")), number);
        }
        assert_eq!(encode("+27838890001").expect("it is a number"), [11, 0x91, 0x72, 0x38, 0x88, 0x09, 0x00, 0xf1]);
        for number in ["", "+", "1 2", "INFO", "1+2", "123456789012345678901", "١"] {
            assert!(encode(number).is_err(), "{number}");
        }
    }

    #[test]
    fn names() {
        assert_eq!(text(&[0x0d, 0xd0, 0x4f, 0x78, 0xd9, 0x6d, 0x7d, 0xe3, 0x01]), "OpenVox");
        assert!(read(&[0x00, 0xd0]).expect("it is an address").is_name());
        // Eleven characters are twenty semi-octets, of which the last has three bits that say nothing.
        let eleven = [&[20, 0xd0][..], &pack(&septets("abcdefghijk"), 0)].concat();
        assert_eq!(text(&eleven), "abcdefghijk");
    }

    #[test]
    fn odd_numbers() {
        assert_eq!(text(&[0, 0x91]), "");
        // What fills up ends a number, even before its length says so.
        assert_eq!(text(&[4, 0x81, 0x21, 0xff]), "12");
        let national = read(&[2, 0xa1, 0x21]).expect("it is an address");
        assert_eq!((national.as_str(), national.type_of_number(), national.numbering_plan()), ("12", 2, 1));
    }

    #[test]
    fn lengths_that_cannot_be() {
        let said = |octets: &[u8]| read(octets).expect_err("it is no address").to_string();
        assert_eq!(said(&[21, 0x81]), "octet 0 of the PDU says that the sender has 21 digits; 20 are the most");
        assert_eq!(
            said(&[4, 0x81, 0x21]),
            "the PDU ends at octet 3, within the sender, which needs 2 octets from octet 2"
        );
        let mut reader = Reader::new(&[12, 0x91]);
        assert!(Address::read_centre(&mut reader).is_err());
        assert_eq!(Address::read_centre(&mut Reader::new(&[0])).expect("it has none"), None);
    }
}
