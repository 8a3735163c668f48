//! Messages as the parser leaves them: many share one buffer, and a header is a pair of offsets into it.
//!
//! While it parses, the parser overwrites the colon after a name and the first byte of the line end after a value with NUL,
//! so that every name and every value can be handed to C where it stands.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

/// The kind of a message. The first of `Response` and `Event` among its headers says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageKind {
    /// Answers an action.
    Response,
    /// Reports what happened.
    Event,
    /// Has neither a `Response` nor an `Event` header.
    Other,
    /// A marker of libami: events were lost here. Its `Lost` header says how many.
    Lagged,
    /// A marker of libami: the connection was down here. Its headers `From` and `Until` are the times of the last word before
    /// and of the new login, in seconds since 1970 UTC; `Cause` says why.
    Gap,
    /// A marker of libami: the connection has another state, which its header `State` names.
    State,
    /// A marker of libami: the server sent something here that is neither an event nor the answer to an action. Its headers
    /// `Messages` and `Bytes` say how much.
    Skipped,
    /// An event that libami made of what the server sent, such as an SMS put together of its parts. Its name, which begins
    /// with `#`, says what it is.
    Derived,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub name: u32,
    pub value: u32,
    pub value_len: u32,
    pub name_len: u16,
    pub tag: u16,
}

/// A cheap hash of a header name that is the same for both cases of a letter.
#[inline]
pub(super) fn tag(name: &[u8]) -> u16 {
    match name {
        [] => 0,
        [first, ..] => {
            let last = name[name.len() - 1];
            (name.len() as u16) ^ (u16::from(first | 0x20) << 8) ^ (u16::from(last | 0x20) << 3)
        }
    }
}

/// The amount that the server sent that is neither an event nor the answer to an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Messages.
    pub messages: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
}

impl Skipped {
    /// Together with more of it.
    pub(crate) fn add(&mut self, more: Skipped) {
        self.messages += more.messages;
        self.bytes += more.bytes;
    }
}

pub(super) const NONE: u32 = u32::MAX;

/// Reads smaller than this are copied out, so that a message kept for long pins no large buffer.
pub(super) const COPY_BELOW: usize = 8 * 1024;

#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// The start and the end of the frame's bytes, its empty line included.
    pub start: u32,
    pub end: u32,
    /// Bytes of lines before it that belong to no message: more empty lines than one.
    pub lead: u32,
    pub first: u32,
    pub count: u32,
    /// The header that said what the message is, and the one that is its ActionID; or `NONE`.
    pub key: u32,
    pub action_id: u32,
    pub kind: MessageKind,
    /// The message is over a limit, and only its first headers are here.
    pub over: bool,
    /// The next message follows without an empty line.
    pub unterminated: bool,
    /// A `Follows` reply's text, or `NONE`.
    pub body: (u32, u32),
}

impl Record {
    pub fn new(start: usize, first: usize) -> Record {
        let (start, first) = (start as u32, first as u32);
        Record {
            start,
            end: start,
            lead: 0,
            first,
            count: 0,
            key: NONE,
            action_id: NONE,
            kind: MessageKind::Other,
            over: false,
            unterminated: false,
            body: (NONE, NONE),
        }
    }

    /// With the bytes up to here and the headers up to there.
    pub fn finished(self, end: usize, headers: usize) -> Record {
        Record { end: end as u32, count: headers as u32 - self.first, ..self }
    }

    fn headers(&self) -> std::ops::Range<usize> {
        self.first as usize..self.first as usize + self.count as usize
    }

    /// The start of the bytes that are kept of it.
    fn from(&self) -> u32 {
        self.start - self.lead
    }

    /// The bytes that are kept of it.
    fn length(&self) -> usize {
        (self.end - self.from()) as usize
    }

    /// The memory that the message takes, in bytes.
    fn size(&self) -> usize {
        self.length() + self.count as usize * size_of::<Header>() + size_of::<Record>()
    }
}

/// The messages of one read, in one buffer.
pub(super) struct Block {
    pub bytes: Bytes,
    pub headers: Vec<Header>,
    pub records: Vec<Record>,
    /// The bytes stand in a read buffer, which lives as long as they do.
    pub in_read_buffer: bool,
}

impl Block {
    /// A copy of some messages that pins nothing else.
    fn copy(&self, picks: impl Iterator<Item = u32> + Clone) -> Block {
        // Made for good, so without room to grow.
        let sums = picks
            .clone()
            .map(|pick| &self.records[pick as usize])
            .fold((0, 0, 0), |sums, record| (sums.0 + record.length(), sums.1 + record.count as usize, sums.2 + 1));
        let mut bytes = BytesMut::with_capacity(sums.0);
        let mut headers = Vec::with_capacity(sums.1);
        let mut records = Vec::with_capacity(sums.2);
        for pick in picks {
            let record = self.records[pick as usize];
            let from = bytes.len() as u32;
            bytes.extend_from_slice(&self.bytes[record.from() as usize..record.end as usize]);
            let moved = |offset: u32| offset - record.from() + from;
            let first = headers.len() as u32;
            headers.extend(self.headers[record.headers()].iter().map(|header| Header {
                name: moved(header.name),
                value: moved(header.value),
                ..*header
            }));
            let body = match record.body {
                (NONE, _) => record.body,
                (from, to) => (moved(from), moved(to)),
            };
            let start = moved(record.start);
            records.push(Record { start, end: bytes.len() as u32, first, body, ..record });
        }
        Block { bytes: bytes.freeze(), headers, records, in_read_buffer: false }
    }
}

/// A message: a response, an event, or a marker. Cloning is cheap: messages that arrived together share memory, see
/// [`Message::detached`].
///
/// Names are compared without case, values are the server's bytes, and headers keep their order and their duplicates.
#[derive(Clone)]
pub struct Message {
    block: Arc<Block>,
    index: u32,
}

impl Message {
    /// A message of this kind with these headers, as another process has seen it; nothing if they are more than a message
    /// holds.
    #[cfg(feature = "python")]
    pub(crate) fn copied(kind: MessageKind, headers: &[(Vec<u8>, Vec<u8>)]) -> Option<Message> {
        let length: usize = headers.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let fits = headers.iter().all(|(name, _)| u16::try_from(name.len()).is_ok());
        (fits && u32::try_from(length).is_ok())
            .then(|| Message::made(kind, headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))))
    }

    /// A message that libami makes: all names and values together take less than 4 GiB.
    #[cfg(feature = "client")]
    pub(crate) fn made<'a>(kind: MessageKind, headers: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Message {
        let mut bytes = BytesMut::new();
        let mut list = Vec::new();
        let mut record = Record { kind, ..Record::new(0, 0) };
        for (name, value) in headers {
            let start = bytes.len() as u32;
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(b"\0");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\0");
            let (at, is_named) = (list.len() as u32, |wanted: &[u8]| name.eq_ignore_ascii_case(wanted));
            if record.key == NONE && kind != MessageKind::Other && (is_named(b"Event") || is_named(b"Response")) {
                record.key = at;
            }
            if record.action_id == NONE && is_named(b"ActionID") {
                record.action_id = at;
            }
            list.push(Header {
                name: start,
                value: start + name.len() as u32 + 1,
                value_len: value.len() as u32,
                name_len: name.len() as u16,
                tag: tag(name),
            });
        }
        let record = Record { end: bytes.len() as u32, count: list.len() as u32, ..record };
        let block = Block { bytes: bytes.freeze(), headers: list, records: vec![record], in_read_buffer: false };
        Message { block: Arc::new(block), index: 0 }
    }

    fn record(&self) -> &Record {
        &self.block.records[self.index as usize]
    }

    fn headers(&self) -> &[Header] {
        &self.block.headers[self.record().headers()]
    }

    fn value_of(&self, header: &Header) -> &[u8] {
        &self.block.bytes[header.value as usize..(header.value + header.value_len) as usize]
    }

    fn name_of(&self, header: &Header) -> &[u8] {
        &self.block.bytes[header.name as usize..header.name as usize + header.name_len as usize]
    }

    /// The kind of the message.
    pub fn kind(&self) -> MessageKind {
        self.record().kind
    }

    /// The value of the header that says what the message is: an event's name, a response's result; empty for
    /// [`MessageKind::Other`].
    pub fn name(&self) -> &[u8] {
        self.headers().get(self.record().key as usize).map_or(b"", |header| self.value_of(header))
    }

    /// Tells whether the message has this name, compared without case.
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }

    /// The first value of this header.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.get_named(name.as_bytes())
    }

    /// The first value of the header of this name, which need not be text.
    pub(crate) fn get_named(&self, name: &[u8]) -> Option<&[u8]> {
        let wanted = tag(name);
        let header = self.headers().iter().find(|header| header.tag == wanted && self.has_name(header, name))?;
        Some(self.value_of(header))
    }

    /// Most programs write names as servers do.
    fn has_name(&self, header: &Header, name: &[u8]) -> bool {
        let own = self.name_of(header);
        own == name || own.eq_ignore_ascii_case(name)
    }

    /// All values of this header, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        let wanted = tag(name.as_bytes());
        self.headers()
            .iter()
            .filter(move |header| header.tag == wanted && self.has_name(header, name.as_bytes()))
            .map(|header| self.value_of(header))
    }

    /// The first value of this header as text; bytes that are no UTF-8 are replaced by U+FFFD.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(String::from_utf8_lossy)
    }

    /// The value of the first `ActionID` header.
    pub fn action_id(&self) -> Option<&[u8]> {
        self.headers().get(self.record().action_id as usize).map(|header| self.value_of(header))
    }

    /// The number of headers.
    pub fn len(&self) -> usize {
        self.record().count as usize
    }

    /// Tells whether there is no header at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name and value of the header at this index, in the order of the wire. Each is followed by a NUL in memory.
    pub fn header(&self, index: usize) -> Option<(&[u8], &[u8])> {
        self.headers().get(index).map(|header| (self.name_of(header), self.value_of(header)))
    }

    /// All headers, in the order of the wire. A line without a name, behind a value that has but one line, is a header
    /// whose name is empty.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + '_ {
        self.headers().iter().map(|header| (self.name_of(header), self.value_of(header)))
    }

    /// The bytes of the wire from the value of the header at this index to the end of the message. For values that hold
    /// raw line ends, as old servers send them, what looks like more headers may be part of the value.
    pub fn rest(&self, index: usize) -> Vec<u8> {
        let Some(from) = self.headers().get(index).map(|header| header.value as usize) else { return Vec::new() };
        self.restored(from)
    }

    /// The message as it came, with the empty line behind it.
    pub fn wire(&self) -> Vec<u8> {
        self.restored(self.record().start as usize)
    }

    /// The message as it came, with the empty lines before it that belong to no message. Where the text of an event has cut
    /// the event in pieces, these together are the text.
    #[cfg(feature = "client")]
    pub(crate) fn piece(&self) -> Vec<u8> {
        self.restored(self.record().from() as usize)
    }

    /// The bytes of the wire from here on.
    fn restored(&self, from: usize) -> Vec<u8> {
        let mut bytes = self.block.bytes[from..self.record().end as usize].to_vec();
        for header in self.headers().iter().filter(|header| header.value as usize >= from) {
            if header.name as usize >= from && header.name_len > 0 {
                let end = header.name as usize + header.name_len as usize - from;
                // If a colon follows, a blank stood before it.
                let is_blank = memchr::memchr(b':', &bytes[end + 1..header.value as usize - from]).is_some();
                bytes[end] = if is_blank { b' ' } else { b':' };
            }
            // The NUL behind a value was the first byte of a line end. Where an LF follows, that was a CR, unless both are
            // the whole end of the message.
            let end = (header.value + header.value_len) as usize - from;
            let is_cr = bytes.get(end + 1) == Some(&b'\n') && (end + 2 != bytes.len() || self.record().unterminated);
            bytes[end] = if is_cr { b'\r' } else { b'\n' };
        }
        if let (_, to) = self.record().body
            && to != NONE
        {
            // And that behind a command's text, if there is no line end, the first byte of what ends it.
            let (text, rest) = bytes.split_at_mut(to as usize - from + 1);
            text[to as usize - from] = if rest.starts_with(b"--E") { b'\n' } else { b'-' };
        }
        bytes
    }

    /// A command's text: its lines joined by LF, no LF at the end. The same for every server version.
    pub fn output(&self) -> Option<Cow<'_, [u8]>> {
        if let Some(body) = self.body() {
            return Some(without_crs(body));
        }
        let mut lines = self.get_all("Output");
        let mut text = lines.next()?.to_vec();
        for line in lines {
            text.push(b'\n');
            text.extend_from_slice(line);
        }
        Some(Cow::Owned(text))
    }

    /// The text of a `Response: Follows`, as sent but for its last line end.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        let (from, to) = self.record().body;
        (from != NONE).then(|| &self.block.bytes[from as usize..to as usize])
    }

    /// The message in memory of its own. One that is kept for long while those that arrived with it are not should be: it
    /// would hold the memory of all of them.
    #[must_use]
    pub fn detached(&self) -> Message {
        let block = &self.block;
        // Larger ones may be part of a read buffer.
        if block.records.len() == 1 && block.bytes.len() < COPY_BELOW {
            return self.clone();
        }
        Message { block: Arc::new(block.copy(std::iter::once(self.index))), index: 0 }
    }

    /// All the bytes that it is made of.
    #[cfg(feature = "capi")]
    pub(crate) fn bytes(&self) -> &[u8] {
        let record = &self.block.records[self.index as usize];
        &self.block.bytes[record.from() as usize..record.end as usize]
    }

    /// The same message over a copy of its bytes.
    #[cfg(feature = "capi")]
    pub(crate) fn over(&self, copy: bytes::Bytes) -> Message {
        let own = Block { bytes: copy, ..self.block.copy(std::iter::once(self.index)) };
        debug_assert_eq!(own.bytes, self.bytes());
        Message { block: Arc::new(own), index: 0 }
    }

    /// The memory that the message takes, in bytes.
    pub fn size(&self) -> usize {
        self.record().size()
    }
}

impl fmt::Debug for Message {
    // Header values may hold secrets and people's texts, so only names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(|(name, _)| String::from_utf8_lossy(name)).collect();
        f.debug_struct("Message")
            .field("kind", &self.kind())
            .field("name", &String::from_utf8_lossy(self.name()))
            .field("headers", &names)
            .finish()
    }
}

/// A text whose lines end with LF, also where something between has put a CR before each.
fn without_crs(text: &[u8]) -> Cow<'_, [u8]> {
    let mut ends = memchr::memchr_iter(b'\n', text).peekable();
    let has_lines = ends.peek().is_some() || text.ends_with(b"\r");
    if !has_lines || !ends.all(|at| text[..at].ends_with(b"\r")) {
        return Cow::Borrowed(text);
    }
    let lines = text.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Cow::Owned(lines.collect::<Vec<_>>().join(&b'\n'))
}

/// Messages that arrived together, in order.
#[derive(Clone, Debug)]
pub struct Batch {
    block: Arc<Block>,
    /// The chosen messages; without a list, all.
    picks: Option<Arc<[u32]>>,
    from: u32,
    to: u32,
}

impl Batch {
    pub(super) fn all(block: Arc<Block>) -> Batch {
        let to = block.records.len() as u32;
        Batch { block, picks: None, from: 0, to }
    }

    /// The number of messages that are left in the batch.
    pub fn len(&self) -> usize {
        (self.to - self.from) as usize
    }

    /// Tells whether no message is left.
    pub fn is_empty(&self) -> bool {
        self.from == self.to
    }

    fn record_index(&self, at: u32) -> u32 {
        self.picks.as_ref().map_or(at, |picks| picks[at as usize])
    }

    /// The message at this index.
    pub fn get(&self, index: usize) -> Option<Message> {
        let at = self.from as usize + index;
        (at < self.to as usize).then(|| Message { block: Arc::clone(&self.block), index: self.record_index(at as u32) })
    }

    /// The messages, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Message> + '_ {
        (self.from..self.to).map(|at| Message { block: Arc::clone(&self.block), index: self.record_index(at) })
    }

    /// Takes the first message out.
    pub fn pop(&mut self) -> Option<Message> {
        let message = self.get(0)?;
        self.from += 1;
        Some(message)
    }

    /// Drops messages from the front; returns what they cost, in bytes.
    pub fn skip(&mut self, count: usize) -> usize {
        let end = self.from + (count as u32).min(self.to - self.from);
        let size = (self.from..end).map(|at| self.size_at(at)).sum();
        self.from = end;
        size
    }

    /// Keeps only the first messages. Where they are few, they no longer pin the memory of the others.
    pub fn truncate(&mut self, count: usize) {
        let to = self.from + (count as u32).min(self.to - self.from);
        *self = self.select((self.from..to).map(|at| self.record_index(at)).collect());
    }

    /// Takes the messages from this one on out, as a batch of their own.
    #[must_use]
    pub fn split_off(&mut self, at: usize) -> Batch {
        let middle = self.from + (at as u32).min(self.to - self.from);
        let rest = Batch { from: middle, ..self.clone() };
        self.to = middle;
        rest
    }

    fn size_at(&self, at: u32) -> usize {
        self.block.records[self.record_index(at) as usize].size()
    }

    /// The memory that each message takes, in bytes.
    pub fn sizes(&self) -> impl Iterator<Item = usize> + '_ {
        (self.from..self.to).map(|at| self.size_at(at))
    }

    /// The messages whose kind and name are wanted. Where they are few, they are copied, so that they do not pin the
    /// memory of the others.
    #[must_use]
    pub fn filter(&self, mut wanted: impl FnMut(MessageKind, &[u8]) -> bool) -> Batch {
        let picks: Vec<u32> = (self.from..self.to)
            .map(|at| self.record_index(at))
            .filter(|&index| {
                let record = &self.block.records[index as usize];
                let name = self.block.headers.get(record.first as usize + record.key as usize);
                let name = name.filter(|_| record.key != NONE).map_or(&b""[..], |header| {
                    &self.block.bytes[header.value as usize..(header.value + header.value_len) as usize]
                });
                wanted(record.kind, name)
            })
            .collect();
        self.select(picks)
    }

    /// Copies the messages that are left, unless they take up most of the memory that they pin: for batches that wait long.
    /// `read_buffer` is the size in bytes of the buffers that were read into, which live as long as a batch in them.
    pub fn unpin(&mut self, read_buffer: usize) {
        let picks = || (self.from..self.to).map(|at| self.record_index(at));
        let length: usize = picks().map(|at| self.block.records[at as usize].length()).sum();
        let pinned = if self.block.in_read_buffer { read_buffer } else { 0 }.max(self.block.bytes.len());
        if length < pinned / 4 * 3 {
            *self = Batch::all(Arc::new(self.block.copy(picks())));
        }
    }

    pub(super) fn kind(&self, at: u32) -> MessageKind {
        self.block.records[at as usize].kind
    }

    /// The amount that the message is.
    pub(super) fn extent(&self, at: u32) -> Skipped {
        Skipped { messages: 1, bytes: self.block.records[at as usize].length() as u64 }
    }

    /// Tells whether the message is over a limit, and only its first headers are there.
    pub(super) fn is_over(&self, at: u32) -> bool {
        self.block.records[at as usize].over
    }

    pub(super) fn has_action_id(&self, at: u32) -> bool {
        self.block.records[at as usize].action_id != NONE
    }

    pub(super) fn message(&self, at: u32) -> Message {
        Message { block: Arc::clone(&self.block), index: at }
    }

    pub(super) fn select(&self, picks: Vec<u32>) -> Batch {
        let block = &self.block;
        if picks.len() == block.records.len() {
            return Batch::all(Arc::clone(block));
        }
        let chosen: usize = picks.iter().map(|&at| block.records[at as usize].length()).sum();
        if chosen < block.bytes.len() / 2 {
            return Batch::all(Arc::new(block.copy(picks.into_iter())));
        }
        let to = picks.len() as u32;
        Batch { block: Arc::clone(block), picks: Some(picks.into()), from: 0, to }
    }
}

impl From<Message> for Batch {
    fn from(message: Message) -> Batch {
        let whole = message.block.records.len() == 1;
        Batch { picks: (!whole).then(|| [message.index].into()), block: message.block, from: 0, to: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Parser;
    use super::*;

    fn messages(text: &str) -> Vec<Message> {
        let mut parser = Parser::new();
        parser.feed(b"Asterisk Call Manager/1.1\r\n").expect("a banner");
        parser.feed(text.as_bytes()).expect("messages");
        std::iter::from_fn(|| parser.next().expect("messages")).collect()
    }

    #[test]
    fn detached_message_holds_nothing_but_itself() {
        let many: String = (0..500).map(|at| format!("Event: Tick\r\nNumber: {at}\r\nEmpty:\r\n\r\n")).collect();
        let messages = messages(&many);
        let message = &messages[123];
        assert_eq!(message.block.records.len(), 500, "they arrived together");
        let own = message.detached();
        assert_eq!(Arc::strong_count(&own.block), 1);
        assert_eq!((own.block.records.len(), own.block.headers.len()), (1, 3));
        assert_eq!(own.block.bytes.len(), (message.record().end - message.record().start) as usize);
        assert_eq!(
            (own.name(), own.get("number"), own.get("empty")),
            (&b"Tick"[..], Some(&b"123"[..]), Some(&b""[..]))
        );
        assert!(own.iter().eq(message.iter()) && own.rest(0) == message.rest(0) && own.size() == message.size());
    }

    #[test]
    fn detached_message_that_came_alone_is_not_copied() {
        let messages = messages("Event: Tick\r\n\r\n");
        assert!(Arc::ptr_eq(&messages[0].block, &messages[0].detached().block));
        let large = self::messages(&format!("Event: Tick\r\nLong: {}\r\n\r\n", "x".repeat(COPY_BELOW)));
        assert!(!Arc::ptr_eq(&large[0].block, &large[0].detached().block), "it may be part of a read buffer");
    }
}
