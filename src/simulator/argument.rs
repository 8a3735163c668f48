//! Arguments of commands, and values of headers, as Asterisk reads them.

/// The number at the start of an argument, if there is one.
pub(super) fn integer(argument: &[u8]) -> Option<i64> {
    let text = argument.trim_ascii_start();
    let sign = usize::from(text.starts_with(b"-") || text.starts_with(b"+"));
    let digits = text[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..sign + digits]).ok()?.parse().ok()
}

/// An argument as text; bytes that are not UTF-8 are replaced.
pub(super) fn text(argument: &[u8]) -> String {
    String::from_utf8_lossy(argument).into_owned()
}
