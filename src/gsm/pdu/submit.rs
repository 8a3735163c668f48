//! SMS that are to be sent.

use std::fmt;
use std::time::Duration;

use super::address;
use super::alphabet::{Encoding, HEADER, WIDE_HEADER, encode_ucs2, pack, septets, split};
use super::octets::{HAS_HEADER, STATUS_REPORT, SUBMIT, VALIDITY, to_hex};
use super::user_data::Coding;
use crate::error::{Error, Result};

/// A text that is to be sent, as SMS-SUBMIT PDUs (23.040 9.2.2.2).
#[derive(Clone)]
#[must_use]
pub struct Submit<'a> {
    destination: &'a str,
    text: &'a str,
    flash: bool,
    validity: Option<Duration>,
    status_report: bool,
    reference: u16,
    wide_reference: bool,
}

impl<'a> Submit<'a> {
    /// A text for a number: 1 to 20 digits, with a `+` in front if it begins with a country code. Besides digits there
    /// may be `*`, `#`, `a`, `b` and `c`.
    pub fn new(destination: &'a str, text: &'a str) -> Submit<'a> {
        Submit {
            destination,
            text,
            flash: false,
            validity: None,
            status_report: false,
            reference: 0,
            wide_reference: false,
        }
    }

    /// Sets whether phones show it at once and do not keep it (class 0).
    pub fn flash(self, flash: bool) -> Submit<'a> {
        Submit { flash, ..self }
    }

    /// Sets the time for which the network tries to deliver it, 63 weeks at most; without it, the network decides. The
    /// standard has steps of 5 minutes up to 12 hours, of half an hour up to a day, of a day up to 30, and then of a week;
    /// this is rounded up.
    pub fn validity(self, validity: Duration) -> Submit<'a> {
        Submit { validity: Some(validity), ..self }
    }

    /// Sets whether a report of what became of it is wanted, for each part.
    pub fn status_report(self, wanted: bool) -> Submit<'a> {
        Submit { status_report: wanted, ..self }
    }

    /// Sets the number that the parts of a long text have in common; another number for each text of the last hours. It has 8
    /// bits, and the higher ones are left out, unless [`Submit::wide_reference`] asks for more.
    pub fn reference(self, reference: u16) -> Submit<'a> {
        Submit { reference, ..self }
    }

    /// Sets whether the reference has 16 bits, for which a part holds one character less (152 or 66).
    pub fn wide_reference(self, wide: bool) -> Submit<'a> {
        Submit { wide_reference: wide, ..self }
    }

    /// The PDUs: one, or one for each part of a text that does not fit into one.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for a destination that is no number, a validity of more than 63 weeks, or a text that
    /// takes more than 255 parts.
    pub fn encode(&self) -> Result<Vec<SubmitPdu>> {
        let destination = address::encode(self.destination)?;
        let validity = self.validity.map(relative_validity).transpose()?;
        let encoding = Encoding::of(self.text);
        let header = if self.wide_reference { WIDE_HEADER } else { HEADER };
        let pieces = split(self.text, encoding, header)?;
        let total = u8::try_from(pieces.len()).unwrap_or(u8::MAX);
        let pdu = |((piece, _), index): ((&str, usize), u8)| {
            let header = if total > 1 { self.header(total, index) } else { Vec::new() };
            let mut flags = SUBMIT;
            flags |= if self.status_report { STATUS_REPORT } else { 0 };
            flags |= if header.is_empty() { 0 } else { HAS_HEADER };
            flags |= if validity.is_some() { VALIDITY } else { 0 };
            // No SMS centre: the one of the SIM. The modem counts messages itself, so their reference is nought.
            let mut octets = vec![0, flags, 0];
            octets.extend(&destination);
            octets.extend([0, Coding::of(encoding, self.flash).0]);
            octets.extend(validity);
            octets.extend(user_data(encoding, header, piece));
            SubmitPdu { octets: octets.into() }
        };
        Ok(pieces.into_iter().zip(1..=total).map(pdu).collect())
    }

    /// 23.040 9.2.3.24.1 and 9.2.3.24.8, with the header's length in front.
    fn header(&self, total: u8, index: u8) -> Vec<u8> {
        let [high, low] = self.reference.to_be_bytes();
        if self.wide_reference { vec![6, 8, 4, high, low, total, index] } else { vec![5, 0, 3, low, total, index] }
    }
}

/// The length and what it counts.
fn user_data(encoding: Encoding, header: Vec<u8>, text: &str) -> Vec<u8> {
    let (length, rest) = match encoding {
        Encoding::Ucs2 => {
            let units = encode_ucs2(text);
            (header.len() + units.len(), units)
        }
        _ => {
            let septets = septets(text);
            let first = (header.len() * 8).div_ceil(7);
            // Bits that fill up the header are packed with the text, and begin an octet.
            (first + septets.len(), pack(&septets, first * 7 - header.len() * 8))
        }
    };
    [&[length as u8][..], &header, &rest].concat()
}

/// The least time of 23.040 9.2.3.12.1 that is not shorter.
fn relative_validity(validity: Duration) -> Result<u8> {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    const WEEK: u64 = 7 * DAY;
    let seconds = validity.as_secs().saturating_add(u64::from(validity.subsec_nanos() > 0));
    let octet = if seconds <= 12 * HOUR {
        seconds.div_ceil(5 * MINUTE).max(1) - 1
    } else if seconds <= DAY {
        143 + (seconds - 12 * HOUR).div_ceil(30 * MINUTE)
    } else if seconds <= 30 * DAY {
        166 + seconds.div_ceil(DAY)
    } else {
        192 + seconds.div_ceil(WEEK)
    };
    u8::try_from(octet).map_err(|_| Error::invalid("the validity is longer than 63 weeks, which is the most"))
}

/// The time that this octet stands for.
pub(super) fn validity_of(octet: u8) -> Duration {
    let minutes = match u64::from(octet) {
        octet @ ..=143 => (octet + 1) * 5,
        octet @ 144..=167 => 12 * 60 + (octet - 143) * 30,
        octet @ 168..=196 => (octet - 166) * 24 * 60,
        octet => (octet - 192) * 7 * 24 * 60,
    };
    Duration::from_secs(minutes * 60)
}

impl fmt::Debug for Submit<'_> {
    // The text and the number are people's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submit").field("flash", &self.flash).field("validity", &self.validity).finish_non_exhaustive()
    }
}

/// An SMS as a modem takes it.
#[derive(Clone, PartialEq, Eq)]
pub struct SubmitPdu {
    octets: Box<[u8]>,
}

impl SubmitPdu {
    /// Its octets, of which the first says that the SIM's own SMS centre is to be used.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The octets in upper-case hex: 318 digits at most.
    pub fn hex(&self) -> String {
        to_hex(&self.octets)
    }

    /// The number of octets without the SMS centre's: what `AT+CMGS` takes.
    pub fn tpdu_len(&self) -> usize {
        self.octets.len() - 1
    }
}

impl fmt::Debug for SubmitPdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitPdu").field("tpdu_len", &self.tpdu_len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(submit: &Submit<'_>) -> Vec<String> {
        submit.encode().expect("it can be sent").iter().map(SubmitPdu::hex).collect()
    }

    #[test]
    fn one_sms() {
        let plain = Submit::new("+8613632919026", "hellohello");
        assert_eq!(hex(&plain), ["0001000D91683136929120F600000AE8329BFD4697D9EC37"]);
        assert_eq!(plain.encode().expect("it can be sent")[0].tpdu_len(), 23);
        assert_eq!(
            hex(&Submit::new("10086", "您😀")),
            ["000100058101800600080660A8D83DDE00".replace("018006", "0180F6")]
        );
        let full = plain.flash(true).status_report(true).validity(Duration::from_secs(86400));
        assert_eq!(hex(&full), ["0031000D91683136929120F60010A70AE8329BFD4697D9EC37"]);
    }

    #[test]
    fn parts_and_their_headers() {
        let text = "a".repeat(161);
        let long = Submit::new("1", &text).reference(0x1234);
        let pdus = hex(&long);
        assert_eq!(pdus.len(), 2);
        assert!(pdus[0].starts_with("0041000181F10000A0050003340201"), "{}", pdus[0]);
        assert_eq!(pdus[1], "0041000181F100000F050003340202C2E170381C0E8701");
        let wide = hex(&long.wide_reference(true));
        assert!(wide[0].starts_with("0041000181F10000A006080412340201"), "{}", wide[0]);
        // The header takes eight septets without a bit left over.
        assert_eq!(wide[1], "0041000181F100001106080412340202E170381C0E87C361");
    }

    /// 23.040 9.2.3.12.1
    #[test]
    fn validities() {
        for octet in 0..=u8::MAX {
            let exact = validity_of(octet);
            assert_eq!(relative_validity(exact).ok(), Some(octet));
            assert_eq!(relative_validity(exact - Duration::from_nanos(1)).ok(), Some(octet));
            let longer = relative_validity(exact + Duration::from_nanos(1)).ok();
            assert_eq!(longer, octet.checked_add(1));
        }
        assert_eq!(validity_of(0), Duration::from_secs(5 * 60));
        assert_eq!(validity_of(255), Duration::from_secs(63 * 7 * 86400));
        assert_eq!(relative_validity(Duration::ZERO).ok(), Some(0));
        assert!(relative_validity(Duration::MAX).is_err());
    }

    #[test]
    fn submit_refuses_a_text_that_cannot_be_sent() {
        let said = |submit: Submit<'_>| submit.encode().expect_err("it cannot be sent").to_string();
        assert!(said(Submit::new("INFO", "a")).contains("no number"));
        let text = "您".repeat(255 * 67);
        assert_eq!(Submit::new("1", &text).encode().map(|pdus| pdus.len()).ok(), Some(255));
        assert_eq!(
            said(Submit::new("1", &(text + "a"))),
            "the text takes 256 SMS; 255 are the most that belong together"
        );
    }
}
