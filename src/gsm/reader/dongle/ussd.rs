//! USSD texts as the modem hands them over: `+CUSD: 0,"C2303BEC1E97413118",15`.

use super::raw::{behind, with_line_ends};
use crate::gsm::incoming::UssdMode;
use crate::gsm::pdu::alphabet::{Encoding, decode_ucs2, decode_ussd};
use crate::gsm::text::decode_text;
use crate::gsm::ussd::is_ucs2;

/// The default alphabet, in no particular language: what a modem means that tells no coding.
const DEFAULT_CODING: u32 = 15;

/// Reads the line; nothing if it has no mode that is known.
pub(super) fn read(message: &[u8]) -> Option<(UssdMode, String)> {
    let said = behind(message, b"+CUSD:")?;
    let (mode, rest) = number(said)?;
    let mode = UssdMode::numbered(u8::try_from(mode).ok()?)?;
    // A plain text may have quotes of its own, so it goes from the first one to the last.
    let Some(start) = memchr::memchr(b'"', rest) else { return Some((mode, String::new())) };
    let text = &rest[start + 1..];
    let end = memchr::memrchr(b'"', text).unwrap_or(text.len());
    let coding =
        text.get(end + 1..).and_then(|rest| number(rest.trim_ascii_start().strip_prefix(b",")?.trim_ascii_start()));
    Some((mode, decode(&text[..end], coding.map_or(DEFAULT_CODING, |(coding, _)| coding))))
}

/// The number that stands first, and what follows it.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count());
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, rest))
}

/// A text without the carriage return at its end that only fills up its last octet (23.038 6.1.2.3.1), for drivers that
/// hand on nothing but what they have decoded.
pub(super) fn without_filling(mut text: String) -> String {
    let septets: usize = text.chars().map(|c| Encoding::Gsm7.units(c)).sum();
    if text.ends_with('\r') && septets.is_multiple_of(8) && Encoding::of(&text) == Encoding::Gsm7 {
        text.pop();
    }
    text
}

/// Modems hand a text over in hex, packed or in UCS-2, or as it is, whatever coding they say.
fn decode(text: &[u8], coding: u32) -> String {
    let plain = || decode_text(&with_line_ends(text));
    let Some(octets) = from_hex(text) else { return plain() };
    if is_ucs2(coding) {
        if !octets.len().is_multiple_of(2) {
            return plain();
        }
        return decode_ucs2(without_language(&octets, coding));
    }
    if is_data(coding) {
        return plain();
    }
    let packed = decode_ussd(&octets);
    // Digits alone are more often a number than the octets of a text.
    let is_number = text.iter().all(u8::is_ascii_digit);
    let usual = if is_number { " " } else { " \n\r.,:;!?'\"()+-*/=%&#<>£$€_" };
    if packed.chars().all(|c| c.is_ascii_alphanumeric() || usual.contains(c)) {
        return without_language_line(packed, coding);
    }
    match looks_like_ucs2(&octets, if is_number { 4 } else { 2 }) {
        // A modem whose character set is UCS-2 may use it whatever the network's coding is.
        Some(ucs2) => ucs2,
        None if is_number => plain(),
        None => without_language_line(packed, coding),
    }
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) || !text.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let digits = std::str::from_utf8(text).ok()?;
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}

/// Octets (23.038 5).
fn is_data(coding: u32) -> bool {
    (0x40..0x80).contains(&coding) && coding & 0x0c == 0x04 || coding >> 4 == 0xf && coding & 0x04 != 0
}

/// UCS-2 whose coding says that its language stands in front, in two septets (23.038 5).
fn without_language(octets: &[u8], coding: u32) -> &[u8] {
    match octets {
        [first, second, rest @ ..] if coding == 0x11 => {
            let letters = [first & 0x7f, first >> 7 | (second & 0x3f) << 1];
            let is_language = letters.iter().all(u8::is_ascii_lowercase) && second >> 6 == 0;
            if is_language { rest } else { octets }
        }
        _ => octets,
    }
}

/// The same in the default alphabet: two letters and a carriage return.
fn without_language_line(text: String, coding: u32) -> String {
    match text.as_bytes() {
        [a, b, b'\r', ..] if coding == 0x10 && a.is_ascii_lowercase() && b.is_ascii_lowercase() => text[3..].to_owned(),
        _ => text,
    }
}

/// The text, if it is UCS-2 by all that can be seen: so many units at least, and letters of one script.
fn looks_like_ucs2(octets: &[u8], least: usize) -> Option<String> {
    if !octets.len().is_multiple_of(2) {
        return None;
    }
    let text = decode_ucs2(octets);
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r');
    let unused = |c: char| c == char::REPLACEMENT_CHARACTER || ('\u{e000}'..='\u{f8ff}').contains(&c);
    if !text.chars().all(|c| is_text(c) && !unused(c)) {
        return None;
    }
    let mut scripts = text.chars().filter_map(script);
    let first = scripts.next();
    if !scripts.all(|script| Some(script) == first) {
        return None;
    }
    // Of the large scripts any two octets may be a character.
    let least = if matches!(first, Some(Script::Han | Script::Hangul)) { 4 } else { least };
    (octets.len() / 2 >= least).then_some(text)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Han,
    Hangul,
    /// Of the others a block of 256 characters each.
    Block(u32),
}

/// Nothing for a character that stands in texts of any script.
fn script(c: char) -> Option<Script> {
    Some(match u32::from(c) {
        // Latin letters too, as names stand in texts of other scripts.
        0x00..=0x24f | 0x1e00..=0x1eff | 0x2000..=0x27ff | 0xfe00..=0xfe0f | 0x1f000.. => return None,
        0x3000..=0x9fff | 0xf900..=0xfaff | 0xff00..=0xffef => Script::Han,
        0xac00..=0xd7af | 0x1100..=0x11ff => Script::Hangul,
        block => Script::Block(block >> 8),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &str) -> String {
        read(line.as_bytes()).expect("a line").1
    }

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02X}")).collect()
    }

    fn ucs2(text: &str) -> String {
        hex(&text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>())
    }

    #[test]
    fn ussd_mode_comes_with_a_text_or_without() {
        for (line, mode, text) in [
            ("+CUSD: 0", UssdMode::Final, ""),
            ("+CUSD:1,\"\",15", UssdMode::Question, ""),
            ("+CUSD: 2", UssdMode::Ended, ""),
            ("+CUSD: 3,\"no\",15", UssdMode::OtherClient, "no"),
            ("+CUSD: 4", UssdMode::NotSupported, ""),
            ("+CUSD: 5", UssdMode::TimedOut, ""),
        ] {
            assert_eq!(read(line.as_bytes()), Some((mode, text.to_owned())), "{line}");
        }
        for none in ["", "+CUSD:", "+CUSD: x", "+CUSD: 6", "+CUSD: 99", "+CMGR: 0"] {
            assert_eq!(read(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn packed_texts_lose_the_filling_and_nothing_else() {
        assert_eq!(text("+CUSD: 0,\"C2303BEC1E971B\",15"), "Balance");
        assert_eq!(text("+CUSD: 0,\"31D98C56B3DD70\",15"), "12345678");
        assert_eq!(text("+CUSD: 0,\"C2303BEC1E97413118\",15"), "Balance 10");
        assert_eq!(text("+CUSD: 0,\"C2303BEC1E97413118\""), "Balance 10");
        assert_eq!(without_filling("Balance\r".into()), "Balance");
        assert_eq!(without_filling("Balance 10\r".into()), "Balance 10\r", "a line end of the text's own");
        assert_eq!(without_filling("Баланс\r\n\r".into()), "Баланс\r\n\r");
    }

    #[test]
    fn plain_texts_are_told_as_they_are() {
        assert_eq!(text("+CUSD: 0,\"pay, \"now\", 5\",68"), "pay, \"now\", 5");
        assert_eq!(text(r#"+CUSD: 0,"one\r\ntwo",15"#), "one\r\ntwo");
        assert_eq!(text("+CUSD: 0,\"cut"), "cut");
        assert_eq!(text(r#"+CUSD: 0,"0411",72\r\n"#), "Б", "with the line's end");
        for number in ["1234", "12345678", "0151234567", "1000000000", "98765432109876"] {
            assert_eq!(text(&format!("+CUSD: 0,\"{number}\",15")), number);
        }
    }

    #[test]
    fn ucs2_is_found_whatever_the_coding_says() {
        for said in [
            "Баланс",
            "Ваш баланс 10 ₽",
            "υπόλοιπο",
            "رصيدك 10",
            "残高は十円です",
            "잔액이 있습니다",
            "Solde: 5 €",
            "ok 😀",
            "Υπόλοιπο στο Café",
        ] {
            for coding in [0, 1, 8, 15, 17, 72] {
                assert_eq!(text(&format!("+CUSD: 0,\"{}\",{coding}", ucs2(said))), said, "{coding}");
            }
        }
        // With the language in front, as the standard has it.
        assert_eq!(text(&format!("+CUSD: 0,\"F23A{}\",17", ucs2("Баланс"))), "Баланс");
        assert_eq!(text("+CUSD: 0,\"657743186687DDE332280603\",16"), "Balance 10", "and in septets");
    }
}
