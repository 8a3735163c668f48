//! Texts as the drivers encode them.

use super::super::alphabet;
use super::super::pdu::{Body, Part};
use super::super::radio::Settings;

/// A message, as the driver encodes a text. It splits nothing; one that is too long does not fit.
pub(super) fn encode(bytes: &[u8], settings: &Settings, flash: bool, place: Option<[u8; 3]>) -> Part {
    let utf8 = settings.coding.eq_ignore_ascii_case("utf-8");
    let bytewise = settings.coding.is_empty() || settings.coding.eq_ignore_ascii_case("ascii");
    let narrow = bytewise || bytes.is_ascii();
    let text = || bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let body = match narrow {
        true => Body::Septets(alphabet::septets(&text())),
        false if utf8 => Body::Units(units(bytes)),
        false => Body::Units(String::from_utf8_lossy(bytes).encode_utf16().collect()),
    };
    let header = match place {
        None => Vec::new(),
        Some([flag, count, sequence]) if narrow => vec![6, 8, 4, 0, flag, count, sequence],
        Some([flag, count, sequence]) => vec![5, 0, 3, flag, count, sequence],
    };
    let dcs = if narrow { 0x00 } else { 0x08 } | if flash { 0x10 } else { 0 };
    Part { header, dcs, body }
}

/// UTF-8 as the driver reads it: it knows of one to three bytes only, so longer characters come out as others and
/// take the byte behind them with them.
fn units(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::new();
    let mut bytes = bytes.iter().map(|byte| u16::from(*byte));
    while let Some(first) = bytes.next() {
        let mut more = || bytes.next().unwrap_or(0) & 0x3F;
        units.push(match first {
            0..0x80 => first,
            0x80..0xE0 => (first & 0x1F) << 6 | more(),
            _ => (first & 0x0F) << 12 | more() << 6 | more(),
        });
    }
    units
}

/// The later driver undoes its own escapes behind those of the command line.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next().map(|next| match next {
                b'n' => b'\n',
                b'r' => b'\r',
                other => other,
            })),
            _ => plain.push(byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encode_open_driver_garbles_characters_beyond_three_bytes() {
        assert_eq!(units("aé您".as_bytes()), [0x61, 0xE9, 0x60A8]);
        assert_eq!(units("😀xy".as_bytes()), [0x07D8, 0x0038, 0x79]);
        assert_eq!(units(&[0xE6]), [0x6000]);
    }

    #[test]
    fn encode_later_driver_undoes_escapes_once_more() {
        assert_eq!(unescape(br#"a\nb\\n \" \ c\"#), b"a\nb\\n \"  c");
    }
}
