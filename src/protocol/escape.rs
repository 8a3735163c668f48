//! Values that newer servers escape as C does.

use std::borrow::Cow;

/// Tells whether a server of this version (the `AsteriskVersion` of `CoreSettings`) escapes the values of `VarSet` and
/// `ChanVariable` and the names of callers: from 13.5.0 on. Older ones send them raw, with any line ends in them.
///
/// ```
/// use ami::protocol::escapes_values;
///
/// assert!(escapes_values("16.28.0~dfsg-0+deb11u4"));
/// assert!(!escapes_values("13.4.0") && !escapes_values("1.8.32.3"));
/// ```
pub fn escapes_values(asterisk_version: &str) -> bool {
    // Such as 13.5.0, certified/18.9-cert3, and the branches GIT-18-4a5b6c7 and SVN-branch-13-r437282M.
    let numbers = asterisk_version.trim().trim_start_matches("certified/");
    let is_number = |part: &&str| part.starts_with(|c: char| c.is_ascii_digit());
    let is_branch = numbers.starts_with("GIT-") || numbers.starts_with("SVN-");
    let Some(version) = numbers.split('-').find(is_number) else { return false };
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|digits| digits.parse::<u32>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next());
    // A branch has no minor version, and goes on after all of them.
    (major, minor.unwrap_or(if is_branch { u32::MAX } else { 0 })) >= (13, 5)
}

/// Undoes C's escapes of one character. What is no escape stays as it is.
///
/// ```
/// use ami::protocol::unescape;
///
/// assert_eq!(&*unescape(br#"first\nsecond \"quoted\" \\ \z"#), &b"first\nsecond \"quoted\" \\ \\z"[..]);
/// ```
pub fn unescape(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut plain = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail.first()) {
            (b'\\', Some(letter)) => letter_of(*letter),
            _ => None,
        };
        plain.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[1..] } else { tail };
    }
    Cow::Owned(plain)
}

fn letter_of(letter: u8) -> Option<u8> {
    Some(match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        b'\\' | b'\'' | b'"' | b'?' => letter,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_other_backslashes_kept() {
        assert_eq!(&*unescape(br#"\a\b\t\n\v\f\r\\\'\"\?"#), b"\x07\x08\t\n\x0b\x0c\r\\'\"?");
        for plain in [&b""[..], b"plain", b"\\", b"ends in \\", b"\\x41 \\0", b"\xff\\\xff"] {
            assert_eq!(&*unescape(plain), plain);
        }
        assert_eq!(&*unescape(br"\\n"), br"\n");
    }

    #[test]
    fn versions() {
        for (version, escapes) in [
            ("13.5.0", true),
            ("13.38.3", true),
            ("14.0", true),
            ("22.10.1+dfsg", true),
            ("12.8.2", false),
            ("11.25.3", false),
            ("", false),
            ("GIT-master", false),
            ("certified/18.9-cert3", true),
            ("certified/11.6-cert16", false),
            ("GIT-18-4a5b6c7", true),
            ("GIT-12-4a5b6c7", false),
            ("SVN-branch-13-r437282M", true),
            ("SVN-branch-1.8-r437282M", false),
            ("SVN-trunk-r437282", false),
        ] {
            assert_eq!(escapes_values(version), escapes, "{version}");
        }
    }
}
