//! The meaning of replies.

use memchr::memchr2;

use super::error::{Error, ErrorKind, Result, printable};
use super::message::{Message, MessageKind};
use super::pending::{Following, Pending};
use super::response::Response;
use crate::catalog::{ActionFacts, Entry, Gathers};

/// Tells whether a reply without an ActionID can be the one to this action. A text that looks like a reply may come instead, with
/// the end of its event behind it.
pub(super) fn is_reply_without_id(facts: &ActionFacts, reply: &Message) -> bool {
    reply.is("Success")
        && facts.reply_without_id.is_some_and(|header| reply.get(header).is_some())
        && reply.get("Uniqueid").is_none()
        && reply.iter().all(|(_, value)| memchr2(b'\r', b'\n', value).is_none())
}

pub(super) fn is_refusal(message: &Message) -> bool {
    let name = message.name();
    message.kind() == MessageKind::Response
        && [&b"Error"[..], b"Failure", b"Failed"].iter().any(|refusal| name.eq_ignore_ascii_case(refusal))
}

pub(super) fn event_list(message: &Message) -> &[u8] {
    message.get("EventList").unwrap_or_default()
}

pub(super) fn starts_list(message: &Message) -> bool {
    event_list(message).eq_ignore_ascii_case(b"start")
}

fn ends_with(words: &[u8], end: &[u8]) -> bool {
    words.len().checked_sub(end.len()).is_some_and(|at| words[at..].eq_ignore_ascii_case(end))
}

/// The continuation of a response that is no refusal. The response itself tells it, never the action's name alone: a list of
/// nothing may be a plain success.
pub(super) fn follows(pending: &Pending, message: &Message) -> Following {
    let Some(words) = message.get("Message").map(<[u8]>::trim_ascii_end) else {
        let is_list = starts_list(message) || pending.facts.closing.is_some() || pending.following == Following::List;
        return if is_list { Following::List } else { Following::Nothing };
    };
    let is_first =
        |first: &str| pending.following == Following::Nothing && words.eq_ignore_ascii_case(first.as_bytes());
    if starts_list(message)
        || pending.following == Following::List
        || pending.facts.gathers == Gathers::Everything
            && ends_with(words.get(..17).unwrap_or_default(), b"waiting for event")
    {
        Following::List
    } else if pending.facts.first_words.is_some_and(is_first) {
        Following::Response
    } else if ends_with(words, b"event will follow") {
        Following::Event
    } else if ends_with(words, b"will follow") {
        Following::List
    } else {
        Following::Nothing
    }
}

/// Tells whether an event with the list's ActionID ends it.
pub(super) fn closes_list(pending: &Pending, message: &Message) -> bool {
    match pending.facts.closing {
        _ if ends_list(message) => true,
        Some(name) => message.is(name),
        // Of a list that nobody knows, and that does not say how it ends.
        None => !pending.lists_by_header && ends_with(message.name(), b"complete"),
    }
}

fn ends_list(message: &Message) -> bool {
    [&b"complete"[..], b"cancelled"].iter().any(|end| event_list(message).eq_ignore_ascii_case(end))
}

/// The response, if it is a success; otherwise the error that it is.
pub(super) fn check_reply(
    name: &str,
    command: Option<&[u8]>,
    response: Response,
    redact: impl Fn(&[u8]) -> Vec<u8>,
) -> Result<Response> {
    if let (Some(command), Some(output)) = (command, response.output()) {
        // From version 14 on the reply says so; before, only the text does.
        if is_refusal(response.message()) || (response.message().body().is_some() && cli_refused(command, output)) {
            let text = if output.starts_with(b"No such command") {
                "the server has no such CLI command; 'core show help' lists those it has, and its words are in peer_message"
            } else {
                "the CLI did not accept the command; its words are in peer_message"
            };
            let output = redact(output);
            return Err(Error::new(ErrorKind::Command, text).with_peer_message(&output).with_response(response));
        }
    }
    if !is_refusal(response.message()) {
        return Ok(response);
    }
    let peer_text = redact(response.get("Message").unwrap_or_default());
    let (kind, advice) = if peer_text.eq_ignore_ascii_case(b"Permission denied") {
        (ErrorKind::Permission, format!("; give the account the class {} (write= in manager.conf)", class_for(name)))
    } else {
        (ErrorKind::Action, String::new())
    };
    let text = format!("the server refused {name}: {}{advice}", printable(&peer_text));
    Err(Error::new(kind, text).with_peer_message(&peer_text).with_response(response))
}

/// The classes any of which permits the action, in words.
fn class_for(name: &str) -> String {
    let classes: Vec<_> = Entry::action(name).iter().flat_map(Entry::classes).collect();
    if classes.is_empty() { "that it needs".to_owned() } else { classes.join(" or ") }
}

/// Tells whether a CLI of before version 14, where a failure looks like a success, refused the line.
fn cli_refused(command: &[u8], output: &[u8]) -> bool {
    if output.starts_with(b"No such command '") {
        return true;
    }
    let last = output.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
    if last.strip_prefix(b"Command '").and_then(|rest| rest.strip_suffix(b"' failed.")) == Some(command) {
        return true;
    }
    // Wrong arguments get the usage of the command that was sent, whose words come before any argument's name.
    let Some(usage) = output.strip_prefix(b"Usage: ") else { return false };
    let words = |line: &'_ [u8]| -> Vec<Vec<u8>> {
        let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
        line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(<[u8]>::to_ascii_lowercase).collect()
    };
    let sent = words(command);
    let used: Vec<_> = words(usage).into_iter().take_while(|word| word[0].is_ascii_alphanumeric()).take(2).collect();
    !used.is_empty() && sent.starts_with(&used[..used.len().min(sent.len().max(1))])
}
