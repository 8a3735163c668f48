//! The choice of events that a subscription gets.

use crate::error::{Error, Result};
use crate::protocol::{Batch, Message, MessageKind};

/// The events that a subscription wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Lower-case names; none means everything.
    names: Option<Box<[Box<str>]>>,
    /// Lower-case patterns, which are names with a `*` in them.
    patterns: Box<[Box<str>]>,
    /// Messages that are neither events nor answers are wanted too, in place of the marker with its size.
    strays: bool,
}

impl Filter {
    /// All events that the server sends, and the markers `#lagged`, `#gap` and `#skipped`.
    pub fn all() -> Filter {
        Filter { names: None, patterns: Box::default(), strays: false }
    }

    /// Everything that answers no action, with whatever stands between events: an event that a text has cut in pieces is
    /// whole only with all of them. All markers come too.
    pub(crate) fn pieces() -> Filter {
        Filter { names: None, patterns: Box::default(), strays: true }
    }

    /// Only events of these names, compared without case. In a name a `*` stands for any characters, or none: `Queue*`. The
    /// markers `#lagged`, `#gap`, `#skipped` and `#state` come only if they are named in full; a server's event that has such
    /// a name does not.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty list, an empty name, a name with a blank, a control
    /// character, `:`, `;` or `|`, a `*` alone, and a `*` in the name of a marker.
    pub fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Filter> {
        let names: Vec<&str> = names.into_iter().map(str::trim).collect();
        if names.is_empty() || names.contains(&"") {
            return Err(Error::invalid("an event name is empty; write names such as \"Newexten,VarSet\""));
        }
        let separates = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ':' | ';' | '|');
        if let Some(name) = names.iter().find(|name| name.contains(separates)) {
            return Err(Error::invalid(format!(
                "{name:?} is not the name of an event: write names with commas between them, such as \"Hangup,UserEvent\", \
                 and a * for any other character in one"
            )));
        }
        if names.iter().any(|name| name.bytes().all(|byte| byte == b'*')) {
            return Err(Error::invalid("a * alone is no pattern; leave the names out for every event"));
        }
        if names.iter().any(|name| name.starts_with('#') && name.contains('*')) {
            return Err(Error::invalid(
                "a * stands for names of the server's events; markers such as #gap are named in full",
            ));
        }
        Ok(Filter::of(&names))
    }

    /// Names known to be good.
    pub(crate) fn of(names: &[&str]) -> Filter {
        let lower = |name: &&str| Box::from(name.to_ascii_lowercase());
        let (patterns, names): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| name.contains('*'));
        let (patterns, names) = (patterns.iter().map(lower).collect(), names.iter().map(lower).collect());
        Filter { names: Some(names), patterns, strays: false }
    }

    /// The first of its names and patterns, in lower case, that is such a one.
    pub(super) fn find_name(&self, is_it: impl Fn(&str) -> bool) -> Option<&str> {
        self.names.iter().flatten().chain(&self.patterns).map(|name| &**name).find(|name| is_it(name))
    }

    pub(super) fn wants(&self, name: &[u8]) -> bool {
        self.names.as_ref().is_none_or(|names| {
            names.iter().any(|have| have.as_bytes().eq_ignore_ascii_case(name))
                || (!self.patterns.is_empty() && self.has_pattern_of(name))
        })
    }

    /// Tells whether what is neither an event nor an answer is wanted as it is.
    pub(super) fn wants_strays(&self) -> bool {
        self.strays
    }

    /// Tells whether a pattern fits a name. None fits a marker's.
    fn has_pattern_of(&self, name: &[u8]) -> bool {
        !name.starts_with(b"#") && self.patterns.iter().any(|pattern| fits(pattern.as_bytes(), name))
    }

    pub(super) fn wants_marker(&self, marker: &Message) -> bool {
        self.wants(marker.name()) && (self.names.is_some() || self.strays || marker.kind() != MessageKind::State)
    }

    pub(super) fn apply(&self, batch: &Batch) -> Batch {
        match self.names {
            None => batch.clone(),
            // A reader that lists "#gap" or "#sms" waits for libami's own.
            Some(_) => {
                batch.filter(|kind, name| (kind == MessageKind::Derived || !name.starts_with(b"#")) && self.wants(name))
            }
        }
    }
}

/// Tells whether a name, in any case, fits a pattern in lower case.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // The place behind the last `*`, and where the name goes on behind what that stands for.
    let mut star = None;
    while let Some(byte) = name.get(from) {
        match (pattern.get(at), star) {
            (Some(b'*'), _) => {
                at += 1;
                star = Some((at, from));
            }
            (Some(wanted), _) if *wanted == byte.to_ascii_lowercase() => (at, from) = (at + 1, from + 1),
            (_, Some((behind, begun))) => {
                (at, from) = (behind, begun + 1);
                star = Some((behind, from));
            }
            (_, None) => return false,
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}
