//! The parser for programs with their own loop.

use std::collections::{HashSet, VecDeque};

use bytes::BufMut;

use super::error::{Error, ErrorKind, Result};
use super::limits::Limits;
use super::message::{Batch, Message, MessageKind};
use super::scanner::{Commands, Scanner};

/// Larger pieces of input are read one such piece after the other, so that no buffer outgrows its offsets.
const FED_AT_ONCE: usize = 1 << 24;

/// The ActionIDs that a program has said, or none yet. It need not say which of them are commands.
struct Expected<'a>(Option<&'a HashSet<Box<[u8]>>>);

impl Commands for Expected<'_> {
    fn any(&self) -> bool {
        true
    }

    fn has(&self, id: &[u8]) -> bool {
        self.0.is_none_or(|expected| expected.contains(id))
    }

    fn awaits(&self, id: &[u8]) -> bool {
        self.0.is_some_and(|expected| expected.contains(id))
    }

    fn are_told(&self) -> bool {
        false
    }

    fn without_id(&self, has_privilege: bool) -> bool {
        has_privilege
    }
}

/// A parser for programs with their own loop: bytes in, messages out. An error is final.
///
/// It does not know which commands were sent, so a `Response: Follows` with a `Privilege` or an `ActionID` behind it begins a
/// text, wherever it stands. [`Session`](super::Session) knows, and takes it for a text only where a command waits for one.
///
/// ```
/// use ami::protocol::Parser;
///
/// let mut parser = Parser::new();
/// parser.feed(b"Asterisk Call Manager/1.1\r\nEvent: Hangup\r\nCause: 16\r\n\r\n")?;
/// let message = parser.next()?.expect("a whole message was fed");
/// assert_eq!(message.name(), b"Hangup");
/// assert_eq!(message.get("cause"), Some(&b"16"[..]));
/// # Ok::<(), ami::Error>(())
/// ```
#[derive(Debug)]
pub struct Parser {
    scanner: Scanner,
    expected: Option<HashSet<Box<[u8]>>>,
    ready: Option<Batch>,
    more: VecDeque<Batch>,
}

impl Default for Parser {
    fn default() -> Self {
        Parser::new()
    }
}

impl Parser {
    /// A parser with the default limits, before the banner.
    pub fn new() -> Parser {
        Parser::with_limits(Limits::default())
    }

    /// A parser with other limits.
    pub fn with_limits(limits: Limits) -> Parser {
        Parser { scanner: Scanner::new(limits), expected: None, ready: None, more: VecDeque::new() }
    }

    /// Says that an action with this ActionID was sent. Old servers put a command's text right behind the headers of the
    /// reply; once a program has said what it sent, no line of such a text can pass for one of those headers.
    pub fn expect_action_id(&mut self, action_id: &[u8]) {
        self.expected.get_or_insert_default().insert(action_id.into());
    }

    /// Changes the limits for what is still to come.
    pub fn set_limits(&mut self, limits: Limits) {
        self.scanner.set_limits(limits);
    }

    /// Takes bytes in, cut anywhere.
    ///
    /// # Errors
    /// The error that [`Parser::next`] returns once the messages before it were taken; the bytes are then dropped.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some(error) = self.scanner.error() {
            return Err(error.clone());
        }
        for some in bytes.chunks(FED_AT_ONCE) {
            self.scanner.buffer().put_slice(some);
            self.scanner.scan(&Expected(self.expected.as_ref()));
            self.more.extend(std::iter::from_fn(|| self.scanner.take()));
        }
        Ok(())
    }

    /// The next message, or `None` if more bytes are needed.
    ///
    /// # Errors
    /// [`ErrorKind::NotAmi`], [`ErrorKind::Limit`]: after all the messages before the fault, and then for ever.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Message>> {
        loop {
            if let Some(message) = self.ready.as_mut().and_then(Batch::pop) {
                if let (Some(expected), Some(id), MessageKind::Response) =
                    (&mut self.expected, message.action_id(), message.kind())
                {
                    expected.remove(id);
                }
                return Ok(Some(message));
            }
            self.ready = self.more.pop_front();
            if self.ready.is_none() {
                return self.scanner.error().map_or(Ok(None), |error| Err(error.clone()));
            }
        }
    }

    /// The server's first line, once it has come.
    pub fn banner(&self) -> Option<&str> {
        self.scanner.banner()
    }

    /// Says that no more bytes will come.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] if they ended within a message.
    pub fn finish(&self) -> Result<()> {
        match self.scanner.error() {
            Some(error) => Err(error.clone()),
            None if self.scanner.at_boundary() => Ok(()),
            None => Err(Error::new(ErrorKind::Protocol, "the connection ended within a message")),
        }
    }
}

/// This number of events that came together.
#[cfg(all(test, ami_loom))]
pub(crate) fn batch_of_events(count: usize) -> Batch {
    let mut scanner = Scanner::new(Limits::default());
    scanner.buffer().extend_from_slice(b"Asterisk Call Manager/1.1\r\n");
    scanner.buffer().extend_from_slice(&b"Event: Tick\r\n\r\n".repeat(count));
    scanner.scan(&Expected(Some(&HashSet::new())));
    scanner.take().expect("events")
}
