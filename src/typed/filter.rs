use crate::protocol::{Action, Error, Message, MessageKind, Result};

/// A condition on events: a name, a part of a header's value, or both.
///
/// Names and values are compared byte by byte, and in their case, as servers compare them: an event is named as the server
/// writes it. A header that stands several times fits if one of its values does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    event: Option<String>,
    header: Option<(String, Part, Vec<u8>)>,
    /// A second header was given.
    is_wrong: bool,
}

/// The part of a value that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Beginning,
    Anywhere,
    End,
}

impl Rule {
    /// Events of this name.
    pub fn event(name: impl Into<String>) -> Rule {
        Rule { event: Some(name.into()), header: None, is_wrong: false }
    }

    /// Events of any name; a header has to follow.
    pub fn any() -> Rule {
        Rule { event: None, header: None, is_wrong: false }
    }

    /// With a header of this value.
    pub fn equals(self, header: impl Into<String>, value: impl AsRef<[u8]>) -> Rule {
        self.with(header.into(), Part::Whole, value.as_ref())
    }

    /// With a header whose value begins with this.
    pub fn begins(self, header: impl Into<String>, value: impl AsRef<[u8]>) -> Rule {
        self.with(header.into(), Part::Beginning, value.as_ref())
    }

    /// With a header whose value contains this.
    pub fn contains(self, header: impl Into<String>, value: impl AsRef<[u8]>) -> Rule {
        self.with(header.into(), Part::Anywhere, value.as_ref())
    }

    /// With a header whose value ends with this.
    pub fn ends(self, header: impl Into<String>, value: impl AsRef<[u8]>) -> Rule {
        self.with(header.into(), Part::End, value.as_ref())
    }

    fn with(mut self, header: String, part: Part, value: &[u8]) -> Rule {
        self.is_wrong |= self.header.is_some();
        self.header = Some((header, part, value.to_vec()));
        self
    }

    /// Refuses what a server cannot be told, or would die of.
    fn check(&self) -> Result<()> {
        // In criteria these end a word, and one that is cut off takes the server down.
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !b",():".contains(&byte))
        };
        let wrong = if self.is_wrong {
            "a rule has one header; make a rule each"
        } else if self.event.is_none() && self.header.is_none() {
            "a rule needs the name of an event or a header"
        } else if self.event.as_deref().is_some_and(|name| !is_name(name)) {
            "a server's filter takes no name of an event that is empty or has a blank, a comma, a colon or a bracket"
        } else if self.header.as_ref().is_some_and(|(name, ..)| !is_name(name) || name.eq_ignore_ascii_case("Event")) {
            "a server's filter takes no name of a header that is empty or has a blank, a comma, a colon or a bracket; for the \
             header Event name the event"
        } else if self
            .header
            .as_ref()
            .is_some_and(|(_, _, value)| value.is_empty() || value.iter().any(u8::is_ascii_control))
        {
            "a server's filter takes no value that is empty or has control characters"
        } else {
            return Ok(());
        };
        Err(Error::invalid(wrong))
    }

    fn matches(&self, event: &Message) -> bool {
        self.event.as_ref().is_none_or(|name| event.name() == name.as_bytes())
            && self.header.as_ref().is_none_or(|(name, part, wanted)| {
                event.iter().filter(|(own, _)| *own == name.as_bytes()).any(|(_, value)| match part {
                    Part::Whole => value == wanted,
                    Part::Beginning => value.starts_with(wanted),
                    Part::Anywhere => memchr::memmem::find(value, wanted).is_some(),
                    Part::End => value.ends_with(wanted),
                })
            })
    }

    /// The rule for a server that knows criteria.
    fn criteria(&self, is_include: bool) -> Action {
        let mut criteria = format!("action({})", if is_include { "include" } else { "exclude" });
        if let Some(name) = &self.event {
            criteria += &format!(" name({name})");
        }
        let mut pattern = None;
        if let Some((name, part, value)) = &self.header {
            // A mark of exclamation at the beginning is always taken away.
            let is_plain = !value.starts_with(b"!");
            let method = match part {
                Part::Whole => "exact",
                Part::Beginning => "starts_with",
                Part::Anywhere => "contains",
                Part::End => "ends_with",
            };
            criteria += &format!(" header({name}) method({})", if is_plain { method } else { "regex" });
            pattern = Some(if is_plain { value.clone() } else { self.anchored(*part, value) });
        }
        let action = Action::new("Filter").with("Operation", "Add").with("MatchCriteria", criteria);
        match pattern {
            Some(pattern) => action.with("Filter", pattern),
            None => action,
        }
    }

    /// A value alone as an expression.
    fn anchored(&self, part: Part, value: &[u8]) -> Vec<u8> {
        let (begin, end): (&[u8], &[u8]) = match part {
            Part::Whole => (b"^", b"$"),
            Part::Beginning => (b"^", b""),
            Part::Anywhere => (b"", b""),
            Part::End => (b"", b"$"),
        };
        [begin, &quoted(value), end].concat()
    }

    /// The rule as an expression over the whole text of an event, in what basic and extended ones have in common.
    fn expression(&self, is_include: bool) -> Action {
        let mut pattern = Vec::from(if is_include { &b""[..] } else { b"!" });
        if let Some(name) = &self.event {
            pattern.extend_from_slice(b"^Event: ");
            pattern.extend(quoted(name.as_bytes()));
            pattern.extend_from_slice(b"[[:cntrl:]]");
        }
        if let Some((name, part, value)) = &self.header {
            if self.event.is_some() {
                pattern.extend_from_slice(b".*");
            }
            pattern.extend_from_slice(b"[[:cntrl:]]");
            pattern.extend(quoted(name.as_bytes()));
            pattern.extend_from_slice(b": ");
            if matches!(part, Part::Anywhere | Part::End) {
                pattern.extend_from_slice(b"[^[:cntrl:]]*");
            }
            pattern.extend(quoted(value));
            if matches!(part, Part::Whole | Part::End) {
                pattern.extend_from_slice(b"[[:cntrl:]]");
            }
        }
        Action::new("Filter").with("Operation", "Add").with("Filter", pattern)
    }
}

/// Events of this name.
impl From<&str> for Rule {
    fn from(name: &str) -> Rule {
        Rule::event(name)
    }
}

/// Text in which no character means more than itself.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    for &byte in text {
        match byte {
            b'^' => found.extend_from_slice(br"\^"),
            b'!' | b'.' | b'*' | b'[' | b']' | b'\\' | b'$' | b'+' | b'?' | b'(' | b')' | b'{' | b'}' | b'|' => {
                found.extend_from_slice(&[b'[', byte, b']']);
            }
            _ => found.push(byte),
        }
    }
    found
}

/// A choice of events, by their names and headers: for a server, which then sends no others, and for a program.
///
/// An event passes if one of the rules that include fits, or there are none, and none of those that exclude does.
///
/// ```
/// use ami::typed::{EventFilter, Rule};
///
/// let filter = EventFilter::new()
///     .include("Hangup")
///     .include(Rule::event("Newchannel").begins("Channel", "PJSIP/"))
///     .exclude(Rule::any().begins("Channel", "Local/"));
/// assert_eq!(filter.cuts(), ["AsyncAGI", "AsyncAGIEnd", "AsyncAGIExec", "AsyncAGIStart", "OriginateResponse"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    includes: Vec<Rule>,
    excludes: Vec<Rule>,
}

/// Events that calls of libami, or programs that drive calls, wait for.
const NEEDED: [&str; 5] = ["AsyncAGI", "AsyncAGIEnd", "AsyncAGIExec", "AsyncAGIStart", "OriginateResponse"];

impl EventFilter {
    /// A filter that all events pass.
    pub fn new() -> EventFilter {
        EventFilter::default()
    }

    /// Has events of this rule pass; a name alone is a rule too.
    #[must_use]
    pub fn include(mut self, rule: impl Into<Rule>) -> EventFilter {
        self.includes.push(rule.into());
        self
    }

    /// Has events of this rule not pass, even if a rule includes them.
    #[must_use]
    pub fn exclude(mut self, rule: impl Into<Rule>) -> EventFilter {
        self.excludes.push(rule.into());
        self
    }

    /// Tells whether an event passes. libami's own markers always do.
    pub fn matches(&self, event: &Message) -> bool {
        event.kind() != MessageKind::Event
            || ((self.includes.is_empty() || self.includes.iter().any(|rule| rule.matches(event)))
                && !self.excludes.iter().any(|rule| rule.matches(event)))
    }

    /// Events that a server does not send any more, or not all of them, and that something may wait for: the outcome of a
    /// call that the server sets up, and what AsyncAGI says.
    pub fn cuts(&self) -> Vec<&'static str> {
        let passes = |name: &str| {
            let is_included = |rule: &Rule| rule.event.as_deref() == Some(name) && rule.header.is_none();
            let may_be_excluded = |rule: &Rule| rule.event.as_deref().is_none_or(|event| event == name);
            (self.includes.is_empty() || self.includes.iter().any(is_included))
                && !self.excludes.iter().any(may_be_excluded)
        };
        NEEDED.into_iter().filter(|name| !passes(name)).collect()
    }

    /// The actions that set the filter on a server that knows `MatchCriteria`, from 18.26, 20.11 and 22.1 on. An older one takes
    /// them for a filter that everything passes.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for a rule that no server can be told.
    pub fn criteria(&self) -> Result<Vec<Action>> {
        self.actions(Rule::criteria)
    }

    /// The actions that set the filter by regular expressions, on a server from 10 on.
    ///
    /// # Errors
    /// As [`EventFilter::criteria`].
    pub fn expressions(&self) -> Result<Vec<Action>> {
        self.actions(Rule::expression)
    }

    fn actions(&self, make: impl Fn(&Rule, bool) -> Action) -> Result<Vec<Action>> {
        let rules =
            || self.includes.iter().map(|rule| (rule, true)).chain(self.excludes.iter().map(|rule| (rule, false)));
        rules().try_for_each(|(rule, _)| rule.check())?;
        let actions: Vec<Action> = rules().map(|(rule, is_include)| make(rule, is_include)).collect();
        actions.iter().try_for_each(Action::check)?;
        Ok(actions)
    }

    /// An action without effect, whose refusal tells whether the server knows `MatchCriteria`.
    #[cfg(feature = "client")]
    pub(crate) fn probe() -> Action {
        Action::new("Filter").with("Operation", "Add").with("MatchCriteria", "probe(x)").with("Filter", "[")
    }
}
