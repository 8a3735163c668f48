//! Times of the SMS centre (23.040 9.2.3.11).

use std::fmt;

/// A time in the zone of the SMS centre. Shown as `2014-09-11T09:36:47+08:00` (ISO 8601).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    year: u16,
    /// Month, day, hour, minute, second.
    rest: [u8; 5],
    zone_minutes: i16,
}

impl Timestamp {
    /// The minutes that its zone is ahead of UTC.
    pub fn zone_minutes(&self) -> i16 {
        self.zone_minutes
    }

    /// Nothing if it is no time.
    pub(super) fn decode(octets: &[u8; 7]) -> Option<Timestamp> {
        let two_digits = |octet: u8| {
            let (tens, ones) = (octet & 0xf, octet >> 4);
            (tens < 10 && ones < 10).then_some(tens * 10 + ones)
        };
        let [year, month, day, hour, minute, second, zone] = *octets;
        // There were no SMS before 1992.
        let year = 1990 + u16::from(two_digits(year)? + 10) % 100;
        let rest = [two_digits(month)?, two_digits(day)?, two_digits(hour)?, two_digits(minute)?, two_digits(second)?];
        // The zone counts quarters of an hour; the highest bit of its tens is the sign.
        let quarters = i16::from(two_digits(zone & !0x08)?);
        let zone_minutes = if zone & 0x08 == 0 { quarters * 15 } else { quarters * -15 };
        let [month, day, hour, minute, second] = rest;
        let days = match month {
            2 if year % 4 == 0 => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let exists = (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60;
        exists.then_some(Timestamp { year, rest, zone_minutes })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [month, day, hour, minute, second] = self.rest;
        let sign = if self.zone_minutes < 0 { '-' } else { '+' };
        let zone = self.zone_minutes.unsigned_abs();
        write!(f, "{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", self.year)?;
        write!(f, "{sign}{:02}:{:02}", zone / 60, zone % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    fn shown(octets: [u8; 7]) -> Option<String> {
        Timestamp::decode(&octets).map(|time| time.to_string())
    }

    #[test]
    fn digits_are_swapped_and_the_zone_has_a_sign() {
        assert_eq!(shown([0x41, 0x90, 0x11, 0x90, 0x63, 0x74, 0x23]).as_deref(), Some("2014-09-11T09:36:47+08:00"));
        // 35 quarters of an hour behind: the sign stands in the tens.
        assert_eq!(shown([0x42, 0x20, 0x92, 0x32, 0x95, 0x95, 0x5b]).as_deref(), Some("2024-02-29T23:59:59-08:45"));
        assert_eq!(shown([0, 0x10, 0x10, 0, 0, 0, 0]).as_deref(), Some("2000-01-01T00:00:00+00:00"));
        assert_eq!(shown([0x99, 0x30, 0x92, 0x51, 0x61, 0x95, 0x80]).as_deref(), Some("1999-03-29T15:16:59+02:00"));
    }

    #[test]
    fn timestamp_that_is_no_time_is_refused() {
        for octets in [
            [0; 7],
            [0xff; 7],
            [0x41, 0x31, 0x11, 0x90, 0x63, 0x74, 0x23],
            [0x32, 0x20, 0x92, 0, 0, 0, 0],
            [0x41, 0x90, 0x13, 0x90, 0x63, 0x74, 0x23],
            [0x41, 0x90, 0x11, 0x42, 0x63, 0x74, 0x23],
            [0x41, 0x90, 0x11, 0x90, 0x06, 0x74, 0x23],
            [0x41, 0x90, 0x11, 0x90, 0x63, 0x06, 0x23],
            [0x41, 0x90, 0x11, 0x90, 0x63, 0x74, 0xa0],
            [0x4a, 0x90, 0x11, 0x90, 0x63, 0x74, 0x23],
        ] {
            assert_eq!(shown(octets), None, "{octets:02x?}");
        }
    }
}
