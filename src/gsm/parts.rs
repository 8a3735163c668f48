//! The number of SMS that a text takes, before it is sent.

use std::fmt;

use super::pdu::Encoding;
use super::pdu::alphabet::{HEADER, WIDE_HEADER, check_count, split};
use crate::error::{Error, Result};

/// Which characters a sender can carry, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repertoire {
    /// Whoever writes PDUs: all of Unicode, in septets where the default alphabet and its extension will do. Parts hold
    /// 153 septets or 67 UTF-16 units.
    Gsm7,
    /// OpenVox's open driver: only ASCII goes in septets. It has no backquote, no control characters, and no characters
    /// outside Unicode's basic plane. Parts hold 152 septets or 67 UTF-16 units.
    Ascii,
    /// chan_dongle since June 2020, and chan_quectel: all of Unicode, but 160 septets exactly they make too long. One SMS
    /// holds 159 septets or 70 UTF-16 units, parts hold 152 or 67. They may cut a surrogate pair in two, which is whole again
    /// where the text is put together; here the character counts to the first of its parts.
    ChanDongle,
}

/// A text as the SMS that it takes.
#[derive(Clone)]
pub struct SmsParts<'a> {
    encoding: Encoding,
    /// The units that the last piece may hold.
    limit: usize,
    /// At least one, each with its units.
    pieces: Vec<(&'a str, usize)>,
}

impl<'a> SmsParts<'a> {
    /// Counts and splits a text; an empty one takes an SMS too. An escaped character and a surrogate pair stay whole.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for a text that takes more than 255 SMS, or has a character that the repertoire has not.
    pub fn of(text: &'a str, repertoire: Repertoire) -> Result<SmsParts<'a>> {
        let (encoding, header) = match repertoire {
            Repertoire::Gsm7 => (Encoding::of(text), HEADER),
            Repertoire::Ascii => {
                check_ascii(text)?;
                if text.is_ascii() { (Encoding::Gsm7, WIDE_HEADER) } else { (Encoding::Ucs2, HEADER) }
            }
            Repertoire::ChanDongle => match Encoding::of(text) {
                Encoding::Gsm7 => (Encoding::Gsm7, WIDE_HEADER),
                encoding => (encoding, HEADER),
            },
        };
        let is_chan_dongle = repertoire == Repertoire::ChanDongle;
        let pieces = match encoding {
            Encoding::Ucs2 if is_chan_dongle => cut_units(text)?,
            _ => split(text, encoding, header)?,
        };
        let mut limit = encoding.room(if pieces.len() > 1 { header } else { 0 });
        if is_chan_dongle && encoding == Encoding::Gsm7 && pieces.len() == 1 {
            if pieces[0].1 == limit {
                return Err(Error::invalid(format!(
                    "the text takes {limit} septets exactly, of which this driver makes an SMS that is too long; add a \
                     character or leave one out"
                )));
            }
            limit -= 1;
        }
        Ok(SmsParts { encoding, limit, pieces })
    }

    /// The encoding: septets, or in UTF-16 units if it has a character that septets do not.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The septets or UTF-16 units of all of it.
    pub fn units(&self) -> usize {
        self.pieces.iter().map(|(_, units)| units).sum()
    }

    /// The number of SMS that the text takes, at least one.
    pub fn count(&self) -> usize {
        self.pieces.len()
    }

    /// Tells whether it fits into one SMS.
    pub fn is_single(&self) -> bool {
        self.pieces.len() == 1
    }

    /// The text of each SMS, and its septets or UTF-16 units.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = (&'a str, usize)> + '_ {
        self.pieces.iter().copied()
    }

    /// The number of septets or UTF-16 units that would still fit into the last SMS.
    pub fn room(&self) -> usize {
        self.limit - self.pieces.last().map_or(0, |(_, units)| *units)
    }
}

impl fmt::Debug for SmsParts<'_> {
    // The text is people's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsParts")
            .field("encoding", &self.encoding)
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}

/// In UTF-16, cut wherever the room of a part ends.
fn cut_units(text: &str) -> Result<Vec<(&str, usize)>> {
    let units = text.encode_utf16().count();
    if units <= Encoding::Ucs2.room(0) {
        return Ok(vec![(text, units)]);
    }
    let room = Encoding::Ucs2.room(HEADER);
    let (mut pieces, mut start, mut taken) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        if taken >= room {
            pieces.push((&text[start..at], room));
            (start, taken) = (at, taken - room);
        }
        taken += c.len_utf16();
    }
    if taken > room {
        pieces.push((&text[start..], room));
        (start, taken) = (text.len(), taken - room);
    }
    pieces.push((&text[start..], taken));
    check_count(pieces.len())?;
    Ok(pieces)
}

fn check_ascii(text: &str) -> Result<()> {
    let what = if text.chars().any(char::is_control) {
        "a line break or another control character, which this gateway's command cannot carry; put a blank there"
    } else if text.chars().any(|c| u32::from(c) > 0xffff) {
        "a character outside Unicode's basic plane, such as an emoji, which this gateway garbles; leave it out"
    } else if text.is_ascii() && text.contains('`') {
        "a backquote, which this gateway sends as another character; put a quote there"
    } else {
        return Ok(());
    };
    Err(Error::invalid(format!("the text holds {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(text: &str, repertoire: Repertoire) -> (Encoding, Vec<usize>, usize) {
        let parts = SmsParts::of(text, repertoire).expect("it can be sent");
        let sizes: Vec<usize> = parts.parts().map(|(_, units)| units).collect();
        assert_eq!(parts.parts().map(|(text, _)| text).collect::<String>(), text);
        assert_eq!((parts.count(), parts.is_single()), (sizes.len(), sizes.len() == 1));
        assert_eq!(parts.units(), sizes.iter().sum::<usize>());
        (parts.encoding(), sizes, parts.room())
    }

    #[test]
    fn parts_take_the_whole_alphabet() {
        use Encoding::{Gsm7, Ucs2};
        let of = |text: &str| sizes(text, Repertoire::Gsm7);
        assert_eq!(of(""), (Gsm7, vec![0], 160));
        assert_eq!(of("é€\n"), (Gsm7, vec![4], 156));
        assert_eq!(of(&"a".repeat(160)), (Gsm7, vec![160], 0));
        assert_eq!(of(&"a".repeat(161)), (Gsm7, vec![153, 8], 145));
        assert_eq!(of(&"a".repeat(306)), (Gsm7, vec![153, 153], 0));
        // What takes two septets goes as a whole into the next part.
        assert_eq!(of(&format!("{}€{}", "a".repeat(152), "a".repeat(10))), (Gsm7, vec![152, 12], 141));
        assert_eq!(of("`"), (Ucs2, vec![1], 69));
        assert_eq!(of(&"您".repeat(70)), (Ucs2, vec![70], 0));
        assert_eq!(of(&"您".repeat(71)), (Ucs2, vec![67, 4], 63));
        assert_eq!(of(&format!("{}😀{}", "您".repeat(66), "您".repeat(10))), (Ucs2, vec![66, 12], 55));
        assert_eq!(of(&"😀".repeat(36)), (Ucs2, vec![66, 6], 61));
    }

    #[test]
    fn ascii_alone() {
        use Encoding::{Gsm7, Ucs2};
        let of = |text: &str| sizes(text, Repertoire::Ascii);
        assert_eq!(of(r"^{}\[]~|"), (Gsm7, vec![16], 144));
        assert_eq!(of("£"), (Ucs2, vec![1], 69));
        assert_eq!(of(&"a".repeat(161)), (Gsm7, vec![152, 9], 143));
        assert_eq!(of(&"é".repeat(71)), (Ucs2, vec![67, 4], 63));
        // In UCS-2 it is sent right.
        assert_eq!(of("`é"), (Ucs2, vec![2], 68));
    }

    #[test]
    fn as_chan_dongle_does_it() {
        use Encoding::{Gsm7, Ucs2};
        let of = |text: &str| sizes(text, Repertoire::ChanDongle);
        assert_eq!(of("a"), (Gsm7, vec![1], 158));
        assert_eq!(of(&"a".repeat(159)), (Gsm7, vec![159], 0));
        assert_eq!(of(&"a".repeat(161)), (Gsm7, vec![152, 9], 143));
        assert_eq!(of(&"a".repeat(306)), (Gsm7, vec![152, 152, 2], 150));
        assert_eq!(of(&format!("{}€{}", "a".repeat(151), "a".repeat(10))), (Gsm7, vec![151, 12], 140));
        assert_eq!(of(&"я".repeat(70)), (Ucs2, vec![70], 0));
        assert_eq!(of(&"я".repeat(71)), (Ucs2, vec![67, 4], 63));
        assert_eq!(of(&format!("{}😀{}", "я".repeat(66), "я".repeat(10))), (Ucs2, vec![67, 11], 56));
        assert_eq!(of(&format!("{}😀", "я".repeat(133))), (Ucs2, vec![67, 67, 1], 66));
        for text in ["a".repeat(160), "€".repeat(80)] {
            let error = SmsParts::of(&text, Repertoire::ChanDongle).expect_err("too long as it is coded");
            assert!(error.to_string().contains("160 septets exactly"), "{error}");
        }
    }

    #[test]
    fn parts_refuse_a_text_that_cannot_be_sent() {
        let said = |text: &str, repertoire| SmsParts::of(text, repertoire).expect_err("it cannot").to_string();
        for (text, part) in [("a\nb", "line break"), ("😀", "emoji"), ("a`b", "backquote"), ("\u{7f}", "control")] {
            assert!(said(text, Repertoire::Ascii).contains(part), "{text:?}");
            assert!(SmsParts::of(text, Repertoire::Gsm7).is_ok());
        }
        assert_eq!(SmsParts::of(&"a".repeat(255 * 153), Repertoire::Gsm7).map(|parts| parts.count()).ok(), Some(255));
        let expected = "the text takes 256 SMS; 255 are the most that belong together";
        assert_eq!(said(&"a".repeat(255 * 153 + 1), Repertoire::Gsm7), expected);
    }
}
