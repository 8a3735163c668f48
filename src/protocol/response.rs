//! The whole answer to an action.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::message::Message;

/// The whole answer to an action: the response, a list's entries, a command's text. Cloning is cheap.
#[derive(Clone)]
pub struct Response {
    message: Message,
    /// None, or at least one.
    events: Option<Arc<[Message]>>,
    end: Option<Message>,
    /// The lines of several `Output` headers, joined, or a text without its CRs, with a NUL behind.
    joined: Option<Arc<[u8]>>,
}

impl Response {
    pub(super) fn new(message: Message, events: Vec<Message>, end: Option<Message>) -> Response {
        let joined = match message.output() {
            Some(Cow::Owned(mut text)) => {
                text.push(0);
                Some(text.into())
            }
            _ => None,
        };
        let events = (!events.is_empty()).then(|| events.into());
        Response { message, events, end, joined }
    }

    /// The response that another process has seen.
    #[cfg(feature = "python")]
    pub(crate) fn copied(
        message: Message,
        events: Vec<Message>,
        end: Option<Message>,
        output: Option<Vec<u8>>,
    ) -> Response {
        let joined = output.map(|mut text| {
            text.push(0);
            text.into()
        });
        Response { joined, ..Response::new(message, events, end) }
    }

    /// The response itself: headers in order.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// The first value of this header of the response.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.message.get(name)
    }

    /// The first value of this header as text; bytes that are no UTF-8 are replaced by U+FFFD.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.message.text(name)
    }

    /// A list's entries, without its closing event.
    pub fn events(&self) -> &[Message] {
        self.events.as_deref().unwrap_or_default()
    }

    /// A list's closing event.
    pub fn end_event(&self) -> Option<&Message> {
        self.end.as_ref()
    }

    /// The response in memory of its own, and each entry of its list too, see [`Message::detached`].
    #[must_use]
    pub fn detached(&self) -> Response {
        Response {
            message: self.message.detached(),
            events: self.events.as_ref().map(|events| events.iter().map(Message::detached).collect()),
            end: self.end.as_ref().map(Message::detached),
            joined: self.joined.clone(),
        }
    }

    /// A command's text: its lines joined by LF, no LF at the end. The same for every server version. A NUL stands behind it
    /// in memory.
    pub fn output(&self) -> Option<&[u8]> {
        self.joined.as_deref().map(|text| &text[..text.len() - 1]).or_else(|| self.message.body())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("message", &self.message)
            .field("events", &self.events().len())
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
