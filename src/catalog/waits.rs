//! Actions that make their caller wait.

use std::time::Duration;

/// How long the server itself may take before it answers, by the action's own headers, if the action makes it wait.
pub(crate) fn own_wait<'a>(name: &str, get: impl Fn(&str) -> Option<&'a [u8]>) -> Option<Duration> {
    let number = |header: &str| std::str::from_utf8(get(header)?).ok()?.trim().parse::<u64>().ok();
    if name.eq_ignore_ascii_case("WaitEvent") {
        // Seconds. Without a number, or with -1, it waits for ever: then only the call's own deadline counts.
        return Some(Duration::from_secs(number("Timeout").unwrap_or(0)));
    }
    if name.eq_ignore_ascii_case("Originate") && !get("Async").is_some_and(is_true) {
        // Milliseconds; 30 seconds unless given. Without Async the answer comes when the call was answered, or was not.
        return Some(Duration::from_millis(number("Timeout").unwrap_or(30_000)));
    }
    None
}

/// What the server takes for yes.
pub(crate) fn is_true(value: &[u8]) -> bool {
    [&b"yes"[..], b"true", b"y", b"t", b"1", b"on"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}
