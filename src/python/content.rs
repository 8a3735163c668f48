//! The contents of events and responses: compared, hashed, pickled, and made into a dict.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use super::exception::invalid;
use super::parking::park_at_exit;
use super::text::Text;
use crate::protocol::{self, MessageKind};

/// The kinds that a message of Python's may have, by their names in a pickle.
const KINDS: [(MessageKind, &str); 7] = [
    (MessageKind::Response, "response"),
    (MessageKind::Event, "event"),
    (MessageKind::Lagged, "lagged"),
    (MessageKind::Gap, "gap"),
    (MessageKind::State, "state"),
    (MessageKind::Skipped, "skipped"),
    (MessageKind::Derived, "derived"),
];

fn kind_name(kind: MessageKind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("other", |(_, name)| name)
}

/// Tells whether two messages are of the same kind and have the same headers in the same order; names are compared without case.
pub(super) fn same_message(mine: &protocol::Message, others: &protocol::Message) -> bool {
    mine.kind() == others.kind()
        && mine.len() == others.len()
        && mine.iter().zip(others.iter()).all(|((a, x), (b, y))| a.eq_ignore_ascii_case(b) && x == y)
}

/// Tells whether two answers are the same as a whole.
pub(super) fn same_response(mine: &protocol::Response, others: &protocol::Response) -> bool {
    let same = |pair: (&protocol::Message, &protocol::Message)| same_message(pair.0, pair.1);
    same((mine.message(), others.message()))
        && mine.output() == others.output()
        && mine.events().len() == others.events().len()
        && mine.events().iter().zip(others.events()).all(same)
        && match (mine.end_event(), others.end_event()) {
            (Some(mine), Some(others)) => same((mine, others)),
            (mine, others) => mine.is_none() && others.is_none(),
        }
}

/// Starts a hash; the same for the whole process.
fn hasher() -> impl Hasher {
    static STATE: OnceLock<RandomState> = OnceLock::new();
    STATE.get_or_init(RandomState::new).build_hasher()
}

fn hash_into(message: &protocol::Message, hasher: &mut impl Hasher) {
    message.kind().hash(hasher);
    for (name, value) in message.iter() {
        name.to_ascii_lowercase().hash(hasher);
        value.hash(hasher);
    }
}

/// Equal messages have the same.
pub(super) fn hash_of_message(message: &protocol::Message) -> u64 {
    let mut hasher = hasher();
    hash_into(message, &mut hasher);
    hasher.finish()
}

/// Equal answers have the same.
pub(super) fn hash_of_response(response: &protocol::Response) -> u64 {
    let mut hasher = hasher();
    hash_into(response.message(), &mut hasher);
    response.output().hash(&mut hasher);
    for message in response.events().iter().chain(response.end_event()) {
        hash_into(message, &mut hasher);
    }
    hasher.finish()
}

/// The headers as a dict: the value of a name that comes once, a list of those of one that comes more often.
pub(super) fn dict_of<'py>(py: Python<'py>, message: &protocol::Message, text: &Text) -> PyResult<Bound<'py, PyDict>> {
    park_at_exit();
    // Each name by its place in the dict, so that many of one cost no more than as many of several.
    let mut places: std::collections::HashMap<Vec<u8>, usize> = std::collections::HashMap::new();
    let mut entries: Vec<(&[u8], Vec<&[u8]>)> = Vec::new();
    for (name, value) in message.iter() {
        let at = *places.entry(name.to_ascii_lowercase()).or_insert(entries.len());
        match entries.get_mut(at) {
            Some((_, values)) => values.push(value),
            None => entries.push((name, vec![value])),
        }
    }
    let dict = PyDict::new(py);
    for (name, values) in entries {
        let name = text.decode(py, name)?;
        if let [value] = values[..] {
            dict.set_item(name, text.decode(py, value)?)?;
        } else {
            let values = values.into_iter().map(|value| text.decode(py, value));
            dict.set_item(name, values.collect::<PyResult<Vec<_>>>()?)?;
        }
    }
    Ok(dict)
}

/// The whole answer as a dict.
pub(super) fn dict_of_response<'py>(
    py: Python<'py>,
    response: &protocol::Response,
    text: &Text,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = dict_of(py, response.message(), text)?;
    if response.end_event().is_some() || !response.events().is_empty() {
        let events = PyList::empty(py);
        for event in response.events() {
            events.append(dict_of(py, event, text)?)?;
        }
        dict.set_item("events", events)?;
    }
    if let Some(end) = response.end_event() {
        dict.set_item("end_event", dict_of(py, end, text)?)?;
    }
    if let Some(output) = response.output() {
        dict.set_item("output", text.decode(py, output)?)?;
    }
    Ok(dict)
}

/// A message in a pickle: the name of its kind, and its headers as the server's bytes.
type Pickled<'py> = (String, Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>);

fn pickled<'py>(py: Python<'py>, message: &protocol::Message) -> Pickled<'py> {
    let headers = message.iter().map(|(name, value)| (PyBytes::new(py, name), PyBytes::new(py, value)));
    (kind_name(message.kind()).to_owned(), headers.collect())
}

/// The message of a pickle, as bytes.
pub(super) type Unpickled = (String, Vec<(Vec<u8>, Vec<u8>)>);

/// The message that was pickled.
pub(super) fn unpickled(py: Python<'_>, (kind, headers): &Unpickled) -> PyResult<protocol::Message> {
    let kind = KINDS.iter().find(|(_, name)| name == kind).map_or(MessageKind::Other, |(kind, _)| *kind);
    protocol::Message::copied(kind, headers)
        .ok_or_else(|| invalid(py, "the pickle holds a message that is larger than one can be"))
}

type Reduced<'py, A> = PyResult<(Bound<'py, PyAny>, A)>;

fn maker<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    park_at_exit();
    py.import("libami._native")?.getattr(name)
}

type PickledEvent<'py> = (Pickled<'py>, String, String);
type PickledResponse<'py> =
    (Pickled<'py>, Vec<Pickled<'py>>, Option<Pickled<'py>>, Option<Bound<'py, PyBytes>>, String, String);

/// An event for a pickle: the function of `unpickle` that makes it, and the arguments for that.
pub(super) fn reduce_event<'py>(
    py: Python<'py>,
    event: &protocol::Message,
    text: &Text,
) -> Reduced<'py, PickledEvent<'py>> {
    let (encoding, errors) = text.codec();
    let message = pickled(py, event);
    Ok((maker(py, "_event")?, (message, encoding, errors)))
}

/// Mail for a pickle, in the same way.
pub(super) fn reduce_mail<'py>(
    py: Python<'py>,
    event: &protocol::Message,
    text: &Text,
) -> Reduced<'py, PickledEvent<'py>> {
    let (_, arguments) = reduce_event(py, event, text)?;
    Ok((maker(py, "_mail")?, arguments))
}

/// A response for a pickle, in the same way.
pub(super) fn reduce_response<'py>(
    py: Python<'py>,
    response: &protocol::Response,
    text: &Text,
) -> Reduced<'py, PickledResponse<'py>> {
    let (encoding, errors) = text.codec();
    let events = response.events().iter().map(|event| pickled(py, event)).collect();
    let end = response.end_event().map(|event| pickled(py, event));
    let output = response.output().map(|output| PyBytes::new(py, output));
    let message = pickled(py, response.message());
    Ok((maker(py, "_response")?, (message, events, end, output, encoding, errors)))
}

/// The most headers that are shown of a message.
const SHOWN: usize = 24;
/// The most characters that are shown of a value.
const GLANCE: usize = 40;
/// Headers whose values are shown: states, reasons and the server's own ids, which are nobody's secret.
const OPEN: [&str; 20] = [
    "Attempt",
    "Bytes",
    "Cause",
    "Cause-txt",
    "ChannelState",
    "ChannelStateDesc",
    "DestUniqueid",
    "DeviceState",
    "DialStatus",
    "EventList",
    "Linkedid",
    "ListItems",
    "Lost",
    "PeerStatus",
    "Queue",
    "Reason",
    "RetryIn",
    "State",
    "Status",
    "Uniqueid",
];

fn is_open(name: &[u8]) -> bool {
    OPEN.iter().any(|open| open.as_bytes().eq_ignore_ascii_case(name))
}

/// A header as it is shown.
fn shown_header(message: &protocol::Message, name: &[u8]) -> String {
    let shown = String::from_utf8_lossy(name).into_owned();
    let Some((_, value)) = message.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).filter(|_| is_open(name))
    else {
        return shown;
    };
    let value = String::from_utf8_lossy(value);
    let first: String = value.chars().take(GLANCE).collect();
    let more = if first.len() < value.len() { "..." } else { "" };
    format!("{shown}={first:?}{more}")
}

/// Values may be secrets and people's texts, so most headers are shown by their names alone, and of many the first ones.
pub(super) fn shown(
    slf: &Bound<'_, PyAny>,
    message: &protocol::Message,
    names: &[&[u8]],
    more: &str,
) -> PyResult<String> {
    let class = slf.get_type().name()?;
    let mut listed: Vec<_> = names.iter().take(SHOWN).map(|name| shown_header(message, name)).collect();
    if names.len() > SHOWN {
        listed.push(format!("and {} more", names.len() - SHOWN));
    }
    let name = String::from_utf8_lossy(message.name());
    Ok(format!("<libami.{class} {name}: {}{more}>", listed.join(", ")))
}
