//! From bytes to messages. Every byte is looked at once, however the bytes are cut.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use memchr::{memchr, memmem};

use super::error::{Error, ErrorKind, Result, printable};
use super::limits::{Limits, MOST, bounded, for_responses, over_limit};
use super::lines::{Line, Lines};
use super::message::{Batch, Block, COPY_BELOW, Header, MessageKind, NONE, Record, tag};

/// The line that ends the text of a `Response: Follows`.
pub(super) const END_COMMAND: &[u8] = b"--END COMMAND--";
/// A line that Yeastar's gateways put before the empty line of their events.
const END_SMS_EVENT: &[u8] = b"--END SMS EVENT--";
/// The privilege of those events.
const SMS_PRIVILEGE: &[u8] = b"smscommand";
/// Lines before a message that belong to none are kept with it up to so many bytes.
const LONGEST_LEAD: usize = 4096;

/// The commands whose answer may be a text behind `Response: Follows`, as far as the owner of a [`Scanner`] knows them.
pub(super) trait Commands {
    /// Tells whether the answer to a command may come. Without one, `Response: Follows` is a message like any other: a text of
    /// somebody else's that stands in an event can hold such a line.
    fn any(&self) -> bool;
    /// Tells whether a command has this ActionID.
    fn has(&self, id: &[u8]) -> bool;
    /// Tells whether an action of any kind waits for the answer with this ActionID.
    fn awaits(&self, id: &[u8]) -> bool;
    /// Tells whether an action can be told that the answer to it was over a limit, and fail alone.
    fn are_told(&self) -> bool;
    /// Tells whether the server leaves the ActionID out, where these headers have come of the answer.
    fn without_id(&self, has_privilege: bool) -> bool;
}

/// The text of a command that is not complete.
pub(super) enum Text<'a> {
    /// There is none, or nobody knows yet.
    None,
    /// The one with this ActionID.
    Of(&'a [u8]),
    /// The server leaves the ActionID out.
    WithoutId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Banner,
    Headers,
    /// After `Response: Follows`: at most one `Privilege` and one `ActionID` of a command stand before the text.
    Follows {
        privilege: bool,
        action_id: bool,
    },
    /// In the text that started at this offset.
    Text {
        start: usize,
    },
    /// In the rest of an answer that is over a limit; a text ends otherwise than headers do.
    Skip {
        text: bool,
    },
}

// Bytes that were received may hold secrets and people's texts, so neither shows them.
impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanner").field("state", &self.state).field("banner", &self.banner).finish_non_exhaustive()
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("messages", &self.records.len()).finish_non_exhaustive()
    }
}

/// The parser under `Parser` and the session, which says itself which ActionIDs are its own.
pub(super) struct Scanner {
    buffer: BytesMut,
    limits: Limits,
    /// The limits of the open message, if it is an answer that an action waits for and is over the usual ones.
    raised: Option<Box<Limits>>,
    state: State,
    /// The bytes that were skipped of an answer that is over a limit, and whether they ended within a line.
    skipped: usize,
    in_line: bool,
    /// The limits that answers are over, in order.
    overs: VecDeque<Error>,
    /// The start of the current line, and the place up to which its end was looked for.
    line: usize,
    seen: usize,
    /// The start of the lines that belong to no message and stand before the next one.
    lead: usize,
    /// The current message's line `--END SMS EVENT--`, of which the next line tells whether it is part of a value.
    mark: Option<Range<usize>>,
    headers: Vec<Header>,
    records: Vec<Record>,
    open: Option<Record>,
    /// `Output` headers of the open message.
    outputs: usize,
    banner: Option<Box<str>>,
    error: Option<Error>,
}

impl Scanner {
    pub fn new(limits: Limits) -> Scanner {
        Scanner {
            buffer: BytesMut::new(),
            limits: bounded(limits),
            raised: None,
            state: State::Banner,
            skipped: 0,
            in_line: false,
            overs: VecDeque::new(),
            line: 0,
            seen: 0,
            lead: 0,
            mark: None,
            headers: Vec::new(),
            records: Vec::new(),
            open: None,
            outputs: 0,
            banner: None,
            error: None,
        }
    }

    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = bounded(limits);
        if let Some(raised) = &mut self.raised {
            **raised = for_responses(self.limits);
        }
    }

    /// The buffer to append bytes to as they are received.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    pub fn banner(&self) -> Option<&str> {
        self.banner.as_deref()
    }

    /// Tells whether every byte so far belonged to a whole message.
    pub fn at_boundary(&self) -> bool {
        self.open.is_none() && self.line == self.buffer.len() && !matches!(self.state, State::Skip { .. })
    }

    /// Takes in what was appended to the buffer; complete messages come out of `take`, and after them the error.
    pub fn scan(&mut self, commands: &impl Commands) {
        while self.error.is_none()
            && let Err(error) = self.advance(commands)
        {
            if error.kind() == ErrorKind::Limit && (self.raise_limits(commands) || self.skip_rest(&error, commands)) {
                continue;
            }
            // The message with the fault never comes out.
            self.open = None;
            self.mark = None;
            self.headers.truncate(self.records.iter().map(|record| record.count as usize).sum());
            self.error = Some(error);
        }
    }

    /// Tells whether a command's text is under way, or may be.
    pub fn is_in_text(&self) -> bool {
        matches!(self.state, State::Follows { .. } | State::Text { .. })
    }

    /// The command whose text is under way.
    pub fn open_text(&self) -> Text<'_> {
        match (self.state, self.open_answer()) {
            (State::Follows { .. } | State::Text { .. }, Some(id)) => Text::Of(id),
            (State::Text { .. }, None) => Text::WithoutId,
            _ => Text::None,
        }
    }

    /// Reads what was taken for a command's text as messages like any other, with the next `scan`.
    pub fn give_up_text(&mut self) {
        if let State::Text { start } = self.state {
            (self.line, self.seen) = (start, start);
        }
        if self.is_in_text() {
            self.state = State::Headers;
        }
    }

    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// The limit that the next answer of those that are over one is over.
    pub fn take_over(&mut self) -> Option<Error> {
        self.overs.pop_front()
    }

    /// Lets the open message be as large as an answer may be, if it is one that an action waits for and was not let yet.
    fn raise_limits(&mut self, commands: &impl Commands) -> bool {
        let is_awaited = || self.open_answer().is_some_and(|id| commands.awaits(id));
        let may_be_raised = self.raised.is_none() && matches!(self.state, State::Headers) && is_awaited();
        if may_be_raised {
            self.raised = Some(Box::new(for_responses(self.limits)));
        }
        may_be_raised
    }

    /// The ActionID of the open message, if it is a response.
    fn open_answer(&self) -> Option<&[u8]> {
        let record =
            self.open.as_ref().filter(|record| record.kind == MessageKind::Response && record.action_id != NONE)?;
        let id = &self.headers[record.first as usize + record.action_id as usize];
        Some(&self.buffer[id.value as usize..(id.value + id.value_len) as usize])
    }

    /// Hands out the first headers of the open message, and skips the rest of it, if it is an answer that an action waits
    /// for: the action is to learn it, and the others need not.
    fn skip_rest(&mut self, error: &Error, commands: &impl Commands) -> bool {
        let is_awaited = commands.are_told() && self.open_answer().is_some_and(|id| commands.awaits(id));
        let Some(record) = self.open.filter(|_| is_awaited) else { return false };
        let own = &self.headers[record.first as usize..];
        let value_end = |header: &Header| (header.value + header.value_len) as usize;
        let before = self.line.min(record.start as usize + KEPT_BYTES);
        let kept = own.iter().take(KEPT_HEADERS).take_while(|header| value_end(header) < before).count();
        if record.action_id as usize >= kept {
            return false;
        }
        // With the NUL behind the last value.
        let end = value_end(&own[kept - 1]) + 1;
        self.headers.truncate(record.first as usize + kept);
        let rest = self.buffer.split_off(self.line);
        self.buffer.truncate(end);
        self.buffer.extend_from_slice(&rest);
        self.open = None;
        self.mark = None;
        self.records.push(Record { over: true, ..record.finished(end, self.headers.len()) });
        self.overs.push_back(error.clone());
        self.state = State::Skip { text: self.is_in_text() };
        (self.outputs, self.skipped, self.in_line, self.raised) = (0, 0, false, None);
        self.go_on_at(end);
        true
    }

    /// Skips all that stands before this place.
    fn go_on_at(&mut self, place: usize) {
        self.skipped += place.saturating_sub(self.line);
        (self.line, self.seen, self.lead) = (place, place, place);
    }

    /// Looks for the end of an answer that is over a limit; whether it was found.
    fn skip(&mut self, text: bool) -> Result<bool> {
        if self.skipped > MOST_SKIPPED {
            return Err(over_limit("an answer", MOST_SKIPPED, "bytes"));
        }
        loop {
            let rest = &self.buffer[self.seen..];
            let (at, ends) = if text {
                let Some(at) = memmem::find(rest, END_COMMAND) else {
                    self.go_on_at(self.seen.max(self.buffer.len().saturating_sub(END_COMMAND.len() - 1)));
                    return Ok(false);
                };
                (at, line_ends(&rest[at + END_COMMAND.len()..]))
            } else {
                let Some(at) = memchr(b'\n', rest) else {
                    if self.in_line || rest != b"\r" {
                        self.in_line |= !rest.is_empty();
                        self.go_on_at(self.buffer.len());
                    }
                    return Ok(false);
                };
                let is_empty = !self.in_line && line_end(&rest[..=at]) == 0;
                self.in_line = false;
                (at, if is_empty { LineEnds::Two(1) } else { LineEnds::Other })
            };
            let place = self.seen + at;
            match ends {
                LineEnds::Two(length) => {
                    self.go_on_at(place + length + if text { END_COMMAND.len() } else { 0 });
                    self.state = State::Headers;
                    return Ok(true);
                }
                LineEnds::Incomplete => {
                    self.go_on_at(place);
                    return Ok(false);
                }
                LineEnds::Other => self.go_on_at(place + 1),
            }
        }
    }

    fn advance(&mut self, commands: &impl Commands) -> Result<()> {
        if self.buffer.len() > MOST {
            return Err(over_limit("a message or a read", MOST, "bytes"));
        }
        loop {
            let more = match self.state {
                State::Banner => self.banner_line()?,
                State::Headers => self.headers()?,
                State::Follows { privilege, action_id } => self.follows_line(privilege, action_id, commands)?,
                State::Text { start } => self.text(start)?,
                State::Skip { text } => self.skip(text)?,
            };
            if !more {
                return Ok(());
            }
        }
    }

    /// Takes lines as headers until there are no more or another state begins; whether one did.
    fn headers(&mut self) -> Result<bool> {
        while self.state == State::Headers {
            if self.seen > self.line || self.mark.is_some() {
                // No line end is looked for again where there was none.
                let Some((end, lf)) = self.next_line()? else { return Ok(false) };
                self.header_line(end, lf)?;
                continue;
            }
            let mut lines = Lines::new(self.line);
            while self.state == State::Headers && self.mark.is_none() {
                let Some(lf) = self.plain_lines(&mut lines) else { return self.no_line_end() };
                let end = self.line + line_end(&self.buffer[self.line..=lf]);
                self.check_line(end)?;
                self.header_line(end, lf)?;
            }
        }
        Ok(true)
    }

    /// Takes the lines that nearly all traffic is made of; where the LF of the first stands that is any other.
    fn plain_lines(&mut self, lines: &mut Lines) -> Option<usize> {
        // A message that is no longer than a line may be has no longer line.
        let longest = self.limits.frame.min(self.limits.line);
        loop {
            let (lf, colon) = match &self.open {
                Some(record) => {
                    let limits = self.raised.as_deref().unwrap_or(&self.limits);
                    let longest = limits.frame.min(limits.line);
                    let most = (record.start as usize + longest, record.first as usize + limits.headers);
                    // In short lines no name is too long.
                    let read = if longest > LONGEST_NAME { plain_headers::<true> } else { plain_headers::<false> };
                    let (line, other) = read(&mut self.buffer, lines, self.line, &mut self.headers, most);
                    self.line = line;
                    self.seen = line;
                    other?
                }
                None => lines.next(&self.buffer)?,
            };
            let line = self.line;
            let text = &self.buffer[line..=lf];
            let end = line_end(text);
            if end == 0 {
                if self.open.is_some() {
                    self.finish(lf + 1);
                } else {
                    self.pass_over(lf + 1);
                }
            } else if self.open.is_none()
                && text[..end].get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"Event:"))
                && end <= longest
                && self.limits.headers > 0
            {
                self.open = Some(Record { kind: MessageKind::Event, key: 0, ..self.begun() });
                let length = colon - line;
                self.headers.push(header_of(&mut self.buffer[line..=lf], line, length, length, end));
            } else {
                return Some(lf);
            }
            self.pass(lf);
        }
    }

    /// Takes the current line, whatever it is.
    fn header_line(&mut self, end: usize, lf: usize) -> Result<()> {
        if let Some(mark) = self.mark.clone() {
            if end > self.line || !self.is_sms_event() {
                self.go_on_with(mark)?;
            }
            self.mark = None;
        }
        match memchr(b':', &self.buffer[self.line..end]) {
            _ if end == self.line && self.open.is_none() => self.pass_over(lf + 1),
            _ if end == self.line => self.finish(lf + 1),
            None | Some(0) => self.continuation(end, lf)?,
            Some(length) if length > LONGEST_NAME => {
                return Err(over_limit("a header's name", LONGEST_NAME, "bytes"));
            }
            Some(length) => self.header(self.line + length, end)?,
        }
        self.pass(lf);
        Ok(())
    }

    /// The limits of the open message.
    fn message_limits(&self) -> &Limits {
        self.raised.as_deref().unwrap_or(&self.limits)
    }

    /// The message that begins with the current line, and what stands before it.
    fn begun(&self) -> Record {
        Record { lead: (self.line - self.lead) as u32, ..Record::new(self.line, self.headers.len()) }
    }

    /// The lines up to here belong to no message.
    fn pass_over(&mut self, next: usize) {
        self.lead = self.lead.max(next.saturating_sub(LONGEST_LEAD));
    }

    /// Tells whether the open message is an event of those that end with `--END SMS EVENT--`.
    fn is_sms_event(&self) -> bool {
        let Some(record) = self.open.as_ref().filter(|record| record.kind == MessageKind::Event) else { return false };
        let part = |from: u32, length: u32| &self.buffer[from as usize..(from + length) as usize];
        self.headers[record.first as usize..].iter().enumerate().any(|(index, header)| {
            let value = part(header.value, header.value_len);
            let is_named =
                || [&b"ReceivedSMS"[..], b"UpdateSMSSend"].iter().any(|name| value.eq_ignore_ascii_case(name));
            index == record.key as usize && is_named()
                || part(header.name, header.name_len.into()).eq_ignore_ascii_case(b"Privilege")
                    && memmem::find(value, SMS_PRIVILEGE).is_some()
        })
    }

    /// Goes on behind this LF.
    fn pass(&mut self, lf: usize) {
        self.line = lf + 1;
        self.seen = lf + 1;
    }

    /// The end of the text of the current line, and the place of its LF.
    fn next_line(&mut self) -> Result<Option<(usize, usize)>> {
        let Some(at) = memchr(b'\n', &self.buffer[self.seen..]) else {
            self.no_line_end()?;
            return Ok(None);
        };
        let lf = self.seen + at;
        let end = self.line + line_end(&self.buffer[self.line..=lf]);
        self.check_line(end)?;
        Ok(Some((end, lf)))
    }

    /// More bytes are needed: never the beginning of another state.
    fn no_line_end(&mut self) -> Result<bool> {
        self.seen = self.buffer.len();
        let cr = usize::from(self.seen > self.line && self.buffer.last() == Some(&b'\r'));
        self.check_line(self.seen - cr)?;
        Ok(false)
    }

    fn check_line(&self, end: usize) -> Result<()> {
        let limit = match self.state {
            State::Banner => self.limits.banner,
            State::Headers | State::Skip { .. } => self.message_limits().line,
            // The line may hold the end of the text, which does not count; the text is measured by itself.
            State::Follows { .. } | State::Text { .. } => self.limits.output + END_COMMAND.len(),
        };
        match self.state {
            // It has no line end.
            State::Banner if self.buffer.starts_with(TLS_ALERT) => Err(not_ami(&self.buffer)),
            _ if end - self.line <= limit => Ok(()),
            State::Banner => Err(not_ami(&self.buffer[..limit])),
            _ => Err(over_limit("a line", limit, "bytes")),
        }
    }

    fn banner_line(&mut self) -> Result<bool> {
        let Some((end, lf)) = self.next_line()? else { return Ok(false) };
        let line = &self.buffer[self.line..end];
        let version = line.iter().rposition(|&byte| byte == b'/').map(|slash| &line[slash + 1..]).unwrap_or_default();
        if version.is_empty() || !version.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
            return Err(not_ami(line));
        }
        self.banner = Some(String::from_utf8_lossy(line).into());
        self.state = State::Headers;
        self.pass(lf);
        self.lead = self.line;
        Ok(true)
    }

    /// The line from `self.line` to `end` has its first colon here, and a name before it.
    fn header(&mut self, colon: usize, end: usize) -> Result<()> {
        let line = self.line;
        // Old servers have blanks between some names and the colon.
        let last = self.buffer[line..colon].iter().rposition(|&byte| byte != b' ');
        let name = last.map_or(colon - line, |last| last + 1);
        let says = says(&self.buffer[line..line + name]);
        if matches!(says, Some(Says::MessageKind(_))) && self.lacks_its_end() {
            self.open = self.open.map(|record| Record { unterminated: true, ..record });
            self.finish(line);
        }
        let is_output = matches!(says, Some(Says::Output));
        self.check_message(usize::from(!is_output), is_output || self.outputs > 0, end)?;
        let begun = self.begun();
        let record = self.open.get_or_insert(begun);
        let index = self.headers.len() as u32 - record.first;
        let header = header_of(&mut self.buffer[line..=end], line, name, colon - line, end - line);
        let value = &self.buffer[header.value as usize..end];
        match says {
            Some(Says::MessageKind(kind)) if record.key == NONE => {
                record.key = index;
                record.kind = kind;
                if kind == MessageKind::Response && value.eq_ignore_ascii_case(b"Follows") {
                    self.state = State::Follows { privilege: false, action_id: false };
                }
            }
            Some(Says::ActionId) if record.action_id == NONE => record.action_id = index,
            Some(Says::Output) => self.outputs += 1,
            Some(Says::MessageKind(_) | Says::ActionId) | None => {}
        }
        self.headers.push(header);
        Ok(())
    }

    /// Tells whether the open message may have so many headers more, and go on up to here. Asked before anything is changed, as
    /// the limits may be raised.
    fn check_message(&self, more: usize, has_output: bool, end: usize) -> Result<()> {
        let limits = self.message_limits();
        let (first, start) = self
            .open
            .as_ref()
            .map_or((self.headers.len(), self.line), |record| (record.first as usize, record.start as usize));
        if self.headers.len() - first - self.outputs + more > limits.headers {
            return Err(over_limit("a message", limits.headers, "headers"));
        }
        let limit = if has_output { self.limits.frame + self.limits.output } else { limits.frame };
        if end - start > limit { Err(over_limit("a message", limit, "bytes")) } else { Ok(()) }
    }

    /// Asterisk 1.6.0 leaves the empty line out after `Ping: Pong`, and first after `Events: On` and `Events: Off`.
    fn lacks_its_end(&self) -> bool {
        let Some(record) = &self.open else { return false };
        let Some(last) = self.headers.last() else { return false };
        let part = |from: u32, len: u32| &self.buffer[from as usize..(from + len) as usize];
        let is = |name: &[u8], values: &[&[u8]]| {
            part(last.name, u32::from(last.name_len)).eq_ignore_ascii_case(name)
                && values.contains(&part(last.value, last.value_len))
        };
        record.kind == MessageKind::Response
            && self.headers.len() - record.first as usize == 2
            && (is(b"Ping", &[b"Pong"]) || is(b"Events", &[b"On", b"Off"]))
    }

    /// A line without a name goes on with the value before it: old servers send values with raw line ends.
    fn continuation(&mut self, end: usize, lf: usize) -> Result<()> {
        let line = self.line;
        let is_mark = &self.buffer[line..end] == END_SMS_EVENT;
        match self.open {
            Some(_) if is_mark => self.mark = Some(line..end),
            Some(_) if !self.is_behind_an_id() => self.go_on_with(line..end)?,
            None if is_mark => self.pass_over(lf + 1),
            _ => {
                // Nothing to go on with: kept as a header without a name.
                self.check_message(1, self.outputs > 0, end)?;
                let begun = self.begun();
                self.open.get_or_insert(begun);
                self.headers.push(Header {
                    name: line as u32,
                    value: line as u32,
                    value_len: (end - line) as u32,
                    name_len: 0,
                    tag: 0,
                });
                self.buffer[end] = 0;
            }
        }
        Ok(())
    }

    /// Tells whether the last header is one whose value has but one line: an id that must stay comparable.
    fn is_behind_an_id(&self) -> bool {
        self.headers.last().is_some_and(|last| {
            let name = &self.buffer[last.name as usize..last.name as usize + usize::from(last.name_len)];
            last.name_len == 8 && [&b"ActionID"[..], b"Uniqueid"].iter().any(|id| name.eq_ignore_ascii_case(id))
        })
    }

    /// This line is part of the last value.
    fn go_on_with(&mut self, line: Range<usize>) -> Result<()> {
        self.check_message(0, false, line.end)?;
        let Some(last) = self.headers.last_mut() else { return Ok(()) };
        let value_end = (last.value + last.value_len) as usize;
        self.buffer[value_end] = if line.start - value_end == 2 { b'\r' } else { b'\n' };
        last.value_len = (line.end - last.value as usize) as u32;
        self.buffer[line.end] = 0;
        Ok(())
    }

    /// Takes a line as a header if it belongs before the text of a `Follows` reply, and otherwise begins the text with it,
    /// if the reply is one to a command; whether there was one.
    fn follows_line(&mut self, privilege: bool, action_id: bool, commands: &impl Commands) -> Result<bool> {
        if !commands.any() {
            self.state = State::Headers;
            return Ok(true);
        }
        let Some((end, lf)) = self.next_line()? else { return Ok(false) };
        let line = &self.buffer[self.line..end];
        if let Some(colon) = line.iter().take(10).position(|&byte| byte == b':') {
            let (name, value) = (&line[..colon], &line[colon + 1..]);
            let value = value.strip_prefix(b" ").unwrap_or(value);
            let is_privilege = name.eq_ignore_ascii_case(b"Privilege") && !privilege;
            let is_action_id = name.eq_ignore_ascii_case(b"ActionID") && !action_id && commands.has(value);
            if is_privilege || is_action_id {
                self.header(self.line + colon, end)?;
                self.state =
                    State::Follows { privilege: privilege || is_privilege, action_id: action_id || is_action_id };
                self.pass(lf);
                return Ok(true);
            }
        }
        self.seen = self.line;
        self.state = match action_id || commands.without_id(privilege) {
            true => State::Text { start: self.line },
            false => State::Headers,
        };
        Ok(true)
    }

    /// Looks for the end of a command's text; whether it was found.
    fn text(&mut self, start: usize) -> Result<bool> {
        loop {
            let Some(at) = memmem::find(&self.buffer[self.seen..], END_COMMAND) else {
                self.seen = self.seen.max(self.buffer.len().saturating_sub(END_COMMAND.len() - 1));
                return self.check_text(start);
            };
            let marker = self.seen + at;
            let after = marker + END_COMMAND.len();
            match line_ends(&self.buffer[after..]) {
                LineEnds::Two(length) => {
                    self.seen = marker;
                    self.check_text(start)?;
                    let text = &self.buffer[start..marker];
                    let end = start + text.strip_suffix(b"\n").unwrap_or(text).len();
                    self.buffer[end] = 0;
                    if let Some(record) = &mut self.open {
                        record.body = (start as u32, end as u32);
                    }
                    self.state = State::Headers;
                    self.finish(after + length);
                    self.line = after + length;
                    self.seen = self.line;
                    return Ok(true);
                }
                LineEnds::Incomplete => {
                    self.seen = marker;
                    return self.check_text(start);
                }
                LineEnds::Other => self.seen = marker + 1,
            }
        }
    }

    /// Holds what was searched, which is text for certain, against its limit.
    fn check_text(&self, start: usize) -> Result<bool> {
        if self.seen - start > self.limits.output {
            return Err(over_limit("a command's output", self.limits.output, "bytes"));
        }
        Ok(false)
    }

    fn finish(&mut self, end: usize) {
        self.outputs = 0;
        self.raised = None;
        self.lead = end;
        if let Some(record) = self.open.take() {
            self.records.push(record.finished(end, self.headers.len()));
        }
    }

    /// The complete messages so far.
    pub fn take(&mut self) -> Option<Batch> {
        // Complete messages are consumed, and lines of none that are too many to be kept.
        let cut = self.lead;
        if self.records.is_empty() {
            if cut > 0 {
                self.consume(cut, false);
            }
            return None;
        }
        let whole = self.open.as_ref().map_or(self.headers.len(), |record| record.first as usize);
        // The next read is likely to bring about as much as this one.
        let about = |count: usize| count + count / 8;
        let mut next = Vec::with_capacity(about(self.headers.len()));
        next.extend_from_slice(&self.headers[whole..]);
        let mut headers = std::mem::replace(&mut self.headers, next);
        headers.truncate(whole);
        let next = Vec::with_capacity(about(self.records.len()));
        let mut records = std::mem::replace(&mut self.records, next);
        if headers.capacity() > 2 * headers.len() {
            headers.shrink_to_fit();
            records.shrink_to_fit();
        }
        let bytes = self.consume(cut, true);
        Some(Batch::all(Arc::new(Block { bytes, headers, records, in_read_buffer: cut >= COPY_BELOW })))
    }

    fn consume(&mut self, cut: usize, wanted: bool) -> Bytes {
        let bytes = if !wanted {
            bytes::Buf::advance(&mut self.buffer, cut);
            Bytes::new()
        } else if cut < COPY_BELOW {
            let copy = Bytes::copy_from_slice(&self.buffer[..cut]);
            bytes::Buf::advance(&mut self.buffer, cut);
            copy
        } else {
            self.buffer.split_to(cut).freeze()
        };
        self.line -= cut;
        self.seen -= cut;
        self.lead = 0;
        if let Some(mark) = &mut self.mark {
            *mark = mark.start - cut..mark.end - cut;
        }
        if let State::Text { start } = &mut self.state {
            *start -= cut;
        }
        let cut = cut as u32;
        if let Some(record) = &mut self.open {
            record.start -= cut;
            record.first = 0;
        }
        for header in &mut self.headers {
            header.name -= cut;
            header.value -= cut;
        }
        bytes
    }
}

/// Takes the lines of an open message from this one on that are headers like any other (`LONG_NAMES`: and whose names may be too
/// long), no further than this LF and no more headers than so many; where the next line begins, and that line.
#[inline(never)]
fn plain_headers<const LONG_NAMES: bool>(
    bytes: &mut [u8],
    lines: &mut Lines,
    mut line: usize,
    headers: &mut Vec<Header>,
    (last, most): (usize, usize),
) -> (usize, Option<Line>) {
    let mut rest = *lines;
    let other = loop {
        let Some((lf, colon)) = rest.next(bytes) else { break None };
        let text = &mut bytes[line..=lf];
        let end = line_end(text);
        let length = colon.wrapping_sub(line);
        let is_plain = match text.get(..length.min(end)) {
            Some(name @ [.., last]) => {
                length < end && !(LONG_NAMES && length > LONGEST_NAME) && *last != b' ' && !is_special(name)
            }
            _ => false,
        };
        if !is_plain || lf > last || headers.len() >= most {
            break Some((lf, colon));
        }
        headers.push(header_of(text, line, length, length, end));
        line = lf + 1;
    };
    *lines = rest;
    (line, other)
}

/// The end of the text of a line, of which this is all.
#[inline]
fn line_end(text: &[u8]) -> usize {
    match text {
        [.., b'\r', _] => text.len() - 2,
        _ => text.len() - 1,
    }
}

/// The header that this line is, whose text ends here and whose name does there; both get their NUL.
#[inline]
fn header_of(text: &mut [u8], line: usize, name: usize, colon: usize, end: usize) -> Header {
    let value = colon + 1 + usize::from(text[colon + 1] == b' ');
    let tag = tag(&text[..name]);
    text[name] = 0;
    text[end] = 0;
    Header {
        name: line as u32,
        value: (line + value) as u32,
        value_len: (end - value) as u32,
        name_len: name as u16,
        tag,
    }
}

/// Tells whether a header of this name tells the parser something.
#[inline]
fn is_special(name: &[u8]) -> bool {
    const LENGTHS: u64 = 1 << 5 | 1 << 6 | 1 << 8;
    name.len() <= 8 && LENGTHS >> name.len() & 1 != 0 && says(name).is_some()
}

/// The thing that a header of this name tells the parser.
fn says(name: &[u8]) -> Option<Says> {
    match name {
        _ if name.eq_ignore_ascii_case(b"Event") => Some(Says::MessageKind(MessageKind::Event)),
        _ if name.eq_ignore_ascii_case(b"Response") => Some(Says::MessageKind(MessageKind::Response)),
        _ if name.eq_ignore_ascii_case(b"ActionID") => Some(Says::ActionId),
        _ if name.eq_ignore_ascii_case(b"Output") => Some(Says::Output),
        _ => None,
    }
}

/// A thing that a header's name tells the parser.
enum Says {
    MessageKind(MessageKind),
    ActionId,
    Output,
}

/// No name of a header may be longer than its length can say.
const LONGEST_NAME: usize = u16::MAX as usize;
/// The headers and bytes that are kept of an answer that is over a limit: enough to tell which one it is.
const KEPT_HEADERS: usize = 16;
const KEPT_BYTES: usize = 64 << 10;
/// The number of its bytes that are skipped before the connection is given up.
const MOST_SKIPPED: usize = 1 << 30;
enum LineEnds {
    /// Two line ends, and their bytes together.
    Two(usize),
    /// More bytes are needed to tell.
    Incomplete,
    Other,
}

fn line_ends(bytes: &[u8]) -> LineEnds {
    let mut at = 0;
    for _ in 0..2 {
        if bytes.get(at) == Some(&b'\r') {
            at += 1;
        }
        match bytes.get(at) {
            Some(b'\n') => at += 1,
            Some(_) => return LineEnds::Other,
            None => return LineEnds::Incomplete,
        }
    }
    LineEnds::Two(at)
}

/// The first bytes of an alert, which TLS sends to those who do not speak it.
const TLS_ALERT: &[u8] = &[0x15, 0x03];

fn not_ami(line: &[u8]) -> Error {
    if line.starts_with(TLS_ALERT) {
        return Error::new(ErrorKind::NotAmi, "the server expects TLS on this port; switch on the setting tls");
    }
    let shown = printable(&line[..line.len().min(40)]);
    Error::new(
        ErrorKind::NotAmi,
        format!(
            "this is no Asterisk manager port, it said \"{shown}\"; check host and port (5038 unless manager.conf says otherwise)"
        ),
    )
}
