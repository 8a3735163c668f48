//! Certificates that webpki does not read: those of X.509 version 1 or 2, as Asterisk's `ast_tls_cert` makes them, and names
//! in the subject's common name. Nothing is read here but what decides whom to trust.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, OtherError};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const UTC_TIME: u8 = 0x17;
const LONG_TIME: u8 = 0x18;
/// The explicit tag of the version, which version 1 leaves out.
const VERSION: u8 = 0xa0;
/// 1.2.840.113549.1.1.1, as the beginning of an algorithm.
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// What makes a certificate of no use.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusable(&'static str);

/// What is still to be read of a piece in DER.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next element, which must have this tag: with its head, and without.
    fn element(&mut self, tag: u8) -> Option<(&'a [u8], &'a [u8])> {
        let all = self.0;
        let (&have, rest) = all.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // The shortest form is the only one that DER has, and none is longer than 16 MiB here.
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
                if length < 0x80 || digits[0] == 0 {
                    return None;
                }
                (length, rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        if have != tag {
            return None;
        }
        self.0 = rest;
        Some((&all[..all.len() - rest.len()], value))
    }

    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element(tag).map(|(_, value)| value)
    }

    /// The bytes of the next element, a string of whole bytes.
    fn bits(&mut self) -> Option<&'a [u8]> {
        self.value(BIT_STRING)?.strip_prefix(&[0])
    }

    fn is_next(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// A public key: its kind, and the key.
#[derive(Clone, Copy)]
struct Key<'a> {
    algorithm: &'a [u8],
    bits: &'a [u8],
    whole: &'a [u8],
}

pub(super) struct Certificate<'a> {
    /// What was signed, how, and the signature.
    signed: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
    is_old: bool,
    issuer: &'a [u8],
    /// In seconds since 1970, both included.
    from: i64,
    until: i64,
    subject: &'a [u8],
    key: Key<'a>,
}

impl<'a> Certificate<'a> {
    /// None for what is no certificate, or one of an older version that has what only version 3 can have.
    pub fn read(der: &'a CertificateDer<'_>) -> Option<Certificate<'a>> {
        let mut file = Der(der.as_ref());
        let mut outer = Der(file.value(SEQUENCE)?);
        file.end()?;
        let (signed, inner) = outer.element(SEQUENCE)?;
        let algorithm = outer.value(SEQUENCE)?;
        let signature = outer.bits()?;
        outer.end()?;

        let mut inner = Der(inner);
        let version = if inner.is_next(VERSION) {
            let mut version = Der(inner.value(VERSION)?);
            let number = version.value(INTEGER)?;
            version.end()?;
            number
        } else {
            &[0]
        };
        let is_old = match version {
            [0 | 1] => true,
            [2] => false,
            _ => return None,
        };
        inner.value(INTEGER)?;
        if inner.value(SEQUENCE)? != algorithm {
            return None;
        }
        let issuer = inner.value(SEQUENCE)?;
        let mut validity = Der(inner.value(SEQUENCE)?);
        let (from, until) = (time(&mut validity)?, time(&mut validity)?);
        validity.end()?;
        let subject = inner.value(SEQUENCE)?;
        let (whole, key) = inner.element(SEQUENCE)?;
        let mut key = Der(key);
        let key_of = Key { algorithm: key.value(SEQUENCE)?, bits: key.bits()?, whole };
        key.end()?;
        if is_old {
            inner.end()?;
        }
        Some(Certificate { signed, algorithm, signature, is_old, issuer, from, until, subject, key: key_of })
    }

    /// Whether it is of a version before 3, which webpki does not take.
    pub fn is_old(&self) -> bool {
        self.is_old
    }

    pub fn public_key(&self) -> SubjectPublicKeyInfoDer<'a> {
        self.key.whole.into()
    }

    /// That its key and its signature are such as can be relied on.
    pub fn check_strength(&self, algorithms: &WebPkiSupportedAlgorithms) -> Result<(), TlsError> {
        let unusable = |why| Err(CertificateError::Other(OtherError(Arc::new(Unusable(why)))).into());
        let is_rsa = self.key.algorithm.starts_with(RSA);
        // Shorter than the modulus alone: it has 256 bytes in a key of 2048 bits.
        if is_rsa && self.key.bits.len() < 256 {
            return unusable("its RSA key has less than 2048 bits");
        }
        if !algorithms.all.iter().any(|algorithm| algorithm.signature_alg_id().as_ref() == self.algorithm) {
            return unusable("it is signed in a way that proves nothing any more, such as with SHA-1");
        }
        Ok(())
    }

    pub fn check_time(&self, now: UnixTime) -> Result<(), TlsError> {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now < self.from {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > self.until {
            return Err(CertificateError::Expired.into());
        }
        Ok(())
    }

    /// Whether this one has signed it.
    pub fn is_signed_by(&self, authority: &Certificate<'_>, algorithms: &WebPkiSupportedAlgorithms) -> bool {
        let key = authority.key;
        self.issuer == authority.subject
            && algorithms.all.iter().any(|algorithm| {
                algorithm.signature_alg_id().as_ref() == self.algorithm
                    && algorithm.public_key_alg_id().as_ref() == key.algorithm
                    && algorithm.verify_signature(key.bits, self.signed, self.signature).is_ok()
            })
    }

    /// The common names of the subject.
    fn common_names(&self) -> Vec<&'a [u8]> {
        let mut names = Vec::new();
        let mut sets = Der(self.subject);
        while let Some(set) = sets.value(SET) {
            let mut parts = Der(set);
            while let Some(part) = parts.value(SEQUENCE) {
                let mut part = Der(part);
                // Whatever kind of string it is: ASCII is the same in all that a host's name can be written in.
                if part.value(OBJECT) == Some(COMMON_NAME)
                    && let Some(tag @ (0x0c | 0x13 | 0x14 | 0x16)) = part.0.first().copied()
                    && let Some(name) = part.value(tag)
                {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Whether a common name is exactly this name.
    ///
    /// # Errors
    /// For another; the names that it has are in it.
    pub fn check_common_name(&self, wanted: &ServerName<'_>) -> Result<(), TlsError> {
        let names = self.common_names();
        let is_it = |name: &&[u8]| match wanted {
            ServerName::DnsName(wanted) => wanted.as_ref().as_bytes().eq_ignore_ascii_case(name),
            ServerName::IpAddress(wanted) => {
                let name = std::str::from_utf8(name).ok().and_then(|name| name.parse().ok());
                name == Some(IpAddr::from(*wanted))
            }
            _ => false,
        };
        if names.iter().any(is_it) {
            return Ok(());
        }
        let presented = names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        Err(CertificateError::NotValidForNameContext { expected: wanted.to_owned(), presented }.into())
    }

    /// Whether its key has signed this in a handshake of TLS 1.2.
    pub fn check_tls12(
        &self,
        message: &[u8],
        dss: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), TlsError> {
        let of_scheme = algorithms.mapping.iter().find(|(scheme, _)| *scheme == dss.scheme).map(|(_, all)| *all);
        let good = of_scheme.unwrap_or_default().iter().any(|algorithm| {
            algorithm.public_key_alg_id().as_ref() == self.key.algorithm
                && algorithm.verify_signature(self.key.bits, message, dss.signature()).is_ok()
        });
        if good { Ok(()) } else { Err(CertificateError::BadSignature.into()) }
    }

    /// Whether its key has signed this in a handshake of TLS 1.3.
    pub fn check_tls13(
        &self,
        message: &[u8],
        dss: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), TlsError> {
        verify_tls13_signature_with_raw_key(message, &self.public_key(), dss, algorithms).map(drop)
    }
}

/// A time in one of the two forms that certificates have, in seconds since 1970.
fn time(der: &mut Der<'_>) -> Option<i64> {
    let is_long = der.is_next(LONG_TIME);
    let digits = der.value(if is_long { LONG_TIME } else { UTC_TIME })?.strip_suffix(b"Z")?;
    if digits.len() != if is_long { 14 } else { 12 } || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (year, rest) = digits.split_at(digits.len() - 10);
    let number = |digits: &[u8]| digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    let year = match number(year) {
        year if is_long => year,
        year if year < 50 => 2000 + year,
        year => 1900 + year,
    };
    let mut parts = rest.chunks(2).map(number);
    let mut part = |from: i64, to: i64| parts.next().filter(|part| (from..=to).contains(part));
    let (month, day) = (part(1, 12)?, part(1, 31)?);
    let (hour, minute, second) = (part(0, 23)?, part(0, 59)?, part(0, 59)?);
    // Counted from March on, so that the day of a leap year is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = days + (month * 153 + 2) / 5 + day - 719_469;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_time(tag: u8, text: &str) -> Option<i64> {
        let mut der = vec![tag, text.len() as u8];
        der.extend_from_slice(text.as_bytes());
        time(&mut Der(&der))
    }

    #[test]
    fn certificate_times_are_read_in_both_forms() {
        assert_eq!(read_time(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(read_time(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(read_time(UTC_TIME, "500101000000Z"), Some(-631_152_000));
        assert_eq!(read_time(LONG_TIME, "20000229120000Z"), Some(951_825_600));
        assert_eq!(read_time(LONG_TIME, "20000301000000Z"), Some(951_868_800));
        assert_eq!(read_time(LONG_TIME, "99991231235959Z"), Some(253_402_300_799));
    }

    #[test]
    fn certificate_times_that_are_none_are_refused() {
        for text in ["700101000000", "700101000000+", "701301000000Z", "700100000000Z", "700101240000Z", "7001010000Z"]
        {
            assert_eq!(read_time(UTC_TIME, text), None, "{text}");
        }
        assert_eq!(read_time(LONG_TIME, "700101000000Z"), None);
        assert_eq!(read_time(UTC_TIME, "19700101000000Z"), None);
        assert_eq!(read_time(UTC_TIME, "70010100000-Z"), None);
    }

    #[test]
    fn certificate_der_has_one_form_for_a_length() {
        let long = [&[SEQUENCE, 0x81, 0x80][..], &[0; 0x80]].concat();
        assert_eq!(Der(&long).value(SEQUENCE).map(<[u8]>::len), Some(0x80));
        assert_eq!(Der(&[SEQUENCE, 1, 7]).value(SEQUENCE), Some(&[7][..]));
        for bad in [
            &[SEQUENCE, 0x81, 1, 7][..],
            &[SEQUENCE, 0x82, 0, 1, 7],
            &[SEQUENCE, 0x80, 7, 0, 0],
            &[SEQUENCE, 0x84, 0, 0, 0, 1, 7],
            &[SEQUENCE, 2, 7],
            &[SEQUENCE],
            &[],
            &[SET, 1, 7],
        ] {
            assert_eq!(Der(bad).value(SEQUENCE), None, "{bad:?}");
        }
    }
}
