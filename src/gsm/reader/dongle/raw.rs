//! Lines of the modem's that drivers hand on, with line ends written as `\r` and `\n`.

use crate::error::Result;
use crate::gsm::pdu::Pdu;

/// The line ends as they were. A backslash itself is not escaped, so only these two are read.
pub(super) fn with_line_ends(message: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(message.len());
    let mut rest = message;
    while let Some((first, tail)) = rest.split_first() {
        let (byte, tail) = match (first, tail) {
            (b'\\', [b'r', tail @ ..]) => (b'\r', tail),
            (b'\\', [b'n', tail @ ..]) => (b'\n', tail),
            _ => (*first, tail),
        };
        plain.push(byte);
        rest = tail;
    }
    plain
}

/// The text behind a modem's word, such as `+CMGR:`.
pub(super) fn behind<'a>(message: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let at = memchr::memmem::find(message, word)?;
    Some(message[at + word.len()..].trim_ascii())
}

/// An SMS or a status report as the modem read it from its card: `+CMGR: 0,,159`, a line end and the PDU.
pub(super) struct Stored {
    pub hex: String,
    /// The number of octets without the SMS centre's, as the modem tells it.
    length: Option<usize>,
}

impl Stored {
    /// Nothing for a modem in text mode, which says the state in words and has no PDU.
    pub fn read(message: &[u8]) -> Option<Stored> {
        let message = with_line_ends(message);
        let message = behind(&message, b"+CMGR:")?;
        let end = memchr::memchr2(b'\r', b'\n', message)?;
        let (head, rest) = message.split_at(end);
        if head.first() == Some(&b'"') {
            return None;
        }
        let pdu = rest.trim_ascii().split(u8::is_ascii_whitespace).next()?;
        let length = head.rsplit(|&byte| byte == b',').next().and_then(|length| std::str::from_utf8(length).ok());
        Some(Stored {
            hex: String::from_utf8_lossy(pdu).into_owned(),
            length: length.and_then(|length| length.trim().parse().ok()),
        })
    }

    /// The PDU. Some modems leave the SMS centre's number out altogether: then all octets are the SMS's.
    pub fn pdu(&self) -> Result<Pdu> {
        if self.length.is_some_and(|length| self.hex.len() == 2 * length) {
            return Pdu::from_hex(format!("00{}", self.hex));
        }
        Pdu::from_hex(&self.hex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_read_and_nothing_else() {
        assert_eq!(with_line_ends(br"a\r\nb\\n\t\"), b"a\r\nb\\\n\\t\\");
    }

    #[test]
    fn raw_stored_sms_has_its_pdu() {
        let hex = |message: &[u8]| Stored::read(message).map(|stored| stored.hex);
        assert_eq!(hex(br"+CMGR: 0,,29\r\n0791AB").as_deref(), Some("0791AB"));
        assert_eq!(hex(br"+CMGR: 1,name,29\r\n0791AB\r\n\r\nOK\r\n").as_deref(), Some("0791AB"));
        assert_eq!(hex(b"+CMGR:0,\"\",29\r\n0791ab").as_deref(), Some("0791ab"));
        for other in [&br#"+CMGR: "REC UNREAD","+1",,"26/03/04"\r\nhello"#[..], b"+CMGR: 0,,29", b"", b"+CUSD: 0"] {
            assert_eq!(hex(other), None);
        }
    }

    #[test]
    fn raw_pdu_without_an_sms_centre_is_read_by_its_length() {
        let tpdu = "040B913306000020F1000062304021436540024834";
        for (centre, length) in [("", tpdu.len() / 2), ("00", tpdu.len() / 2), ("0791947101670000", tpdu.len() / 2)] {
            let message = format!(r"+CMGR: 0,,{length}\r\n{centre}{tpdu}");
            let Ok(Pdu::Deliver(sms)) = Stored::read(message.as_bytes()).expect("a PDU").pdu() else {
                panic!("{message} is an SMS")
            };
            assert_eq!(sms.sender().as_str(), "+33600000021");
        }
    }
}
