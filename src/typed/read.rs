//! Values of headers as numbers, times and the like.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::values::{Known, Open};
use crate::protocol::Message;

/// The reason why a value is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The header is missing, or says nothing.
    Absent,
    /// It says something else.
    Wrong,
}

type Found<T> = Result<T, Missing>;

/// Servers write these where there is nothing.
const NOTHING: [&[u8]; 6] = [b"", b"<unknown>", b"<none>", b"(null)", b"n/a", b"-none-"];

/// The value of a header that says something.
#[inline]
pub(crate) fn value<'a>(message: &'a Message, name: &str) -> Found<&'a [u8]> {
    let value = message.get(name).ok_or(Missing::Absent)?;
    // The longest of them has nine bytes.
    if value.len() <= 9 && NOTHING.iter().any(|nothing| value.eq_ignore_ascii_case(nothing)) {
        return Err(Missing::Absent);
    }
    Ok(value)
}

#[inline]
pub(crate) fn text<'a>(message: &'a Message, name: &str) -> Option<Cow<'a, str>> {
    value(message, name).ok().map(String::from_utf8_lossy)
}

#[inline]
pub(crate) fn int(message: &Message, name: &str) -> Option<i64> {
    try_int(message, name).ok()
}

#[inline]
pub(crate) fn flag(message: &Message, name: &str) -> Option<bool> {
    try_flag(message, name).ok()
}

pub(crate) fn time(message: &Message, name: &str) -> Option<SystemTime> {
    let micros = u64::try_from(try_micros(message, name).ok()?).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_micros(micros))
}

/// One of the known values or another.
pub(crate) fn open<'a, K: Known>(message: &'a Message, name: &str) -> Option<Open<'a, K>> {
    let value = value(message, name).ok()?;
    Some(K::of(value).map_or_else(|| Open::Other(String::from_utf8_lossy(value)), Open::Known))
}

/// All values of a header as names and values.
pub(crate) fn pairs<'a>(
    message: &'a Message,
    name: &'static str,
) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + 'a {
    let text = String::from_utf8_lossy;
    message.get_all(name).map(pair).map(move |(name, value)| (text(name), text(value)))
}

/// A value as a name and a value, which a `=` parts.
pub(crate) fn pair(value: &[u8]) -> (&[u8], &[u8]) {
    let at = memchr::memchr(b'=', value).unwrap_or(value.len());
    (&value[..at], value.get(at + 1..).unwrap_or_default())
}

/// A whole number.
pub(crate) fn try_int(message: &Message, name: &str) -> Found<i64> {
    let value = value(message, name)?.trim_ascii();
    std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).ok_or(Missing::Wrong)
}

/// Yes or no in the seven ways in which servers say it.
pub(crate) fn try_flag(message: &Message, name: &str) -> Found<bool> {
    let value = value(message, name)?.trim_ascii();
    let is_one = |words: &[&[u8]]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    if is_one(&[b"yes", b"1", b"true", b"on", b"enabled"]) {
        Ok(true)
    } else if is_one(&[b"no", b"0", b"false", b"off", b"disabled"]) {
        Ok(false)
    } else {
        Err(Missing::Wrong)
    }
}

/// Microseconds since 1970 UTC. A time of 0 is none: servers write it for what has not happened yet.
pub(crate) fn try_micros(message: &Message, name: &str) -> Found<i64> {
    let value = value(message, name)?.trim_ascii();
    let micros = std::str::from_utf8(value).ok().and_then(|text| seconds(text).or_else(|| date(text)));
    match micros {
        Some(0) => Err(Missing::Absent),
        Some(micros) => Ok(micros),
        None => Err(Missing::Wrong),
    }
}

/// The microseconds of `1700000000` or `1700000000.123456`.
fn seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    number(whole)?.checked_mul(1_000_000)?.checked_add(micros(fraction)?)
}

/// The microseconds of `2026-01-02T03:04:05.678+0100`. A time without a zone is local to the server, so nobody can tell.
fn date(text: &str) -> Option<i64> {
    let (day, clock) = text.split_once('T')?;
    let at = clock.find(['+', '-', 'Z'])?;
    let (clock, zone) = clock.split_at(at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [year, month, day] = three(day, '-')?;
    let [hour, minute, second] = three(clock, ':')?;
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset(zone)?;
    Some((minutes * 60 + second) * 1_000_000 + micros(fraction)?)
}

/// Days from 1970 to a day of the calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
}

/// The minutes by which a zone is ahead.
fn offset(zone: &str) -> Option<i64> {
    let Some(digits) = zone.strip_prefix(['+', '-']) else { return (zone == "Z").then_some(0) };
    let digits = number(&digits.replacen(':', "", 1)).filter(|_| digits.len() >= 4)?;
    let minutes = digits / 100 * 60 + digits % 100;
    Some(if zone.starts_with('-') { -minutes } else { minutes })
}

fn three(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(number);
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

/// A number of digits alone.
fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The microseconds of the digits behind a point.
fn micros(fraction: &str) -> Option<i64> {
    let digits = fraction.get(..6).unwrap_or(fraction);
    number(fraction.get(6..).filter(|rest| !rest.is_empty()).unwrap_or("0"))?;
    Some(number(digits)? * 10_i64.pow(6 - digits.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(value: &str, read: impl Fn(&Message, &str) -> Found<T>) -> Found<T> {
        let mut parser = crate::protocol::Parser::new();
        parser.feed(format!("Asterisk Call Manager/5.0\r\nEvent: A\r\nX: {value}\r\n\r\n").as_bytes()).unwrap();
        read(&parser.next().unwrap().unwrap(), "X")
    }

    #[test]
    fn typed_int_tells_nothing_from_wrong() {
        assert_eq!(read("16", try_int), Ok(16));
        assert_eq!(read("-2", try_int), Ok(-2));
        for nothing in ["", "<unknown>", "<none>", "(null)", "N/A", "-none-", "<UNKNOWN>"] {
            assert_eq!(read(nothing, try_int), Err(Missing::Absent), "{nothing:?}");
        }
        for wrong in ["1x", "1410399407.12", "00:01:23", "9223372036854775808", "<unknown>s"] {
            assert_eq!(read(wrong, try_int), Err(Missing::Wrong), "{wrong}");
        }
        assert_eq!(read("1", |message, _| try_int(message, "Y")), Err(Missing::Absent));
    }

    #[test]
    fn typed_flag_knows_each_spelling() {
        for yes in ["Yes", "1", "true", "True", "on", "enabled", "Enabled"] {
            assert_eq!(read(yes, try_flag), Ok(true), "{yes}");
        }
        for no in ["No", "0", "false", "False", "off", "disabled", "OFF"] {
            assert_eq!(read(no, try_flag), Ok(false), "{no}");
        }
        for wrong in ["2", "y", "maybe"] {
            assert_eq!(read(wrong, try_flag), Err(Missing::Wrong), "{wrong}");
        }
    }

    #[test]
    fn typed_time_reads_seconds_and_dates_with_a_zone() {
        assert_eq!(read("1700000000", try_micros), Ok(1_700_000_000_000_000));
        assert_eq!(read("1700000000.5", try_micros), Ok(1_700_000_000_500_000));
        assert_eq!(read("1700000000.123456", try_micros), Ok(1_700_000_000_123_456));
        assert_eq!(read("2023-11-14T22:13:20.000+0000", try_micros), Ok(1_700_000_000_000_000));
        assert_eq!(read("2023-11-15T00:13:20.250+02:00", try_micros), Ok(1_700_000_000_250_000));
        assert_eq!(read("2023-11-14T17:13:20-0500", try_micros), Ok(1_700_000_000_000_000));
        assert_eq!(read("2000-02-29T00:00:00Z", try_micros), Ok(951_782_400_000_000));
        assert_eq!(read("1970-01-01T00:00:01Z", try_micros), Ok(1_000_000));
        assert_eq!(read("0", try_micros), Err(Missing::Absent));
        for wrong in [
            "2023-11-14 22:13:20",
            "2023-11-14T22:13:20",
            "2023-13-01T00:00:00Z",
            "x",
            "1.x",
            "-1",
            "1e9",
            "99999999999999999999",
        ] {
            assert_eq!(read(wrong, try_micros), Err(Missing::Wrong), "{wrong}");
        }
    }
}
