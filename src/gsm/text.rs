//! Texts and times as drivers write them.

/// UTF-8 where it is, else Latin-1: drivers send both. A byte-order mark is left out.
pub(super) fn decode_text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// `2014/09/11 09:36:47` as `2014-09-11T09:36:47`.
pub(super) fn iso_time(time: &[u8]) -> Option<String> {
    let fits = time.len() == 19
        && time.iter().enumerate().all(|(at, &byte)| match at {
            4 | 7 => matches!(byte, b'/' | b'-'),
            10 => byte == b' ',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    fits.then(|| String::from_utf8_lossy(time).replace('/', "-").replace(' ', "T"))
}

/// `GMT+8` as `+08:00`.
pub(super) fn zone_of(zone: &[u8]) -> Option<String> {
    let offset = std::str::from_utf8(zone).ok()?.strip_prefix("GMT")?;
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "0"));
    let (sign, hours) = match hours.strip_prefix('-') {
        Some(hours) => ('-', hours),
        None => ('+', hours.strip_prefix('+').unwrap_or(hours)),
    };
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    (hours <= 14 && minutes < 60).then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

pub(super) fn contains(line: &[u8], words: &[u8]) -> bool {
    memchr::memmem::find(line, words).is_some()
}
