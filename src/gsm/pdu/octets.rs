//! The octets of a PDU, in hex and one after the other.

use std::fmt::Write as _;

use crate::error::{Error, Result};

// The first octet of a TPDU (23.040 9.2.3): which one it is, and flags.
pub const SUBMIT: u8 = 0x01;
pub const STATUS_REPORT_TYPE: u8 = 0x02;
pub const VALIDITY: u8 = 0x10;
pub const STATUS_REPORT: u8 = 0x20;
pub const HAS_HEADER: u8 = 0x40;

/// Takes one field after the other, and says where one is missing.
pub struct Reader<'a> {
    octets: &'a [u8],
    /// Where the next field begins.
    pub at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(octets: &'a [u8]) -> Reader<'a> {
        Reader { octets, at: 0 }
    }

    pub fn take(&mut self, count: usize, field: &str) -> Result<&'a [u8]> {
        let (start, end) = (self.at, self.octets.len());
        let taken = self.octets[start..].get(..count).ok_or_else(|| {
            Error::invalid(format!(
                "the PDU ends at octet {end}, within {field}, which needs {count} octets from octet {start}"
            ))
        })?;
        self.at += count;
        Ok(taken)
    }

    pub fn octet(&mut self, field: &str) -> Result<u8> {
        Ok(self.array::<1>(field)?[0])
    }

    pub fn array<const N: usize>(&mut self, field: &str) -> Result<&'a [u8; N]> {
        let taken = self.take(N, field)?;
        Ok(taken.first_chunk().unwrap_or(&[0; N]))
    }

    /// An error about the octets that were taken last.
    pub fn refuse(&self, what: String) -> Error {
        Error::invalid(format!("octet {} of the PDU {what}", self.at - 1))
    }
}

pub fn to_hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut hex, octet| {
        let _ = write!(hex, "{octet:02X}");
        hex
    })
}

pub(crate) fn from_hex(hex: &[u8]) -> Result<Vec<u8>> {
    let hex = hex.trim_ascii();
    let digit = |digit: &u8| char::from(*digit).to_digit(16);
    if let Some(at) = hex.iter().position(|byte| digit(byte).is_none()) {
        return Err(Error::invalid(format!("the PDU's character {at} is no hex digit")));
    }
    let (pairs, rest) = hex.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Error::invalid(format!("the PDU has {} hex digits; the last one is half an octet", hex.len())));
    }
    Ok(pairs.iter().filter_map(|[high, low]| Some((digit(high)? << 4 | digit(low)?) as u8)).collect())
}
