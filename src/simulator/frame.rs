//! Frames: headers ended by CRLF, then an empty line.

use super::classes::Classes;
use super::clock;

#[derive(Default)]
pub(super) struct Frame(Vec<u8>);

impl Frame {
    /// A response of the given kind; the ActionID of the request, if it had one, comes second.
    pub(super) fn response(kind: &str, action_id: &[u8]) -> Frame {
        Frame::default().header("Response", kind).action_id(action_id)
    }

    pub(super) fn event(name: &str, class: Classes, timestamp: bool) -> Frame {
        let frame = Frame::default().header("Event", name).header("Privilege", class.privilege());
        if timestamp { frame.header("Timestamp", clock::timestamp()) } else { frame }
    }

    pub(super) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Frame {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b": ");
        self.line(value.as_ref())
    }

    /// The header `ActionID`, unless it is empty.
    pub(super) fn action_id(self, action_id: &[u8]) -> Frame {
        if action_id.is_empty() { self } else { self.header("ActionID", action_id) }
    }

    /// The same where Asterisk has room for so many bytes of it, an end included: a longer one loses what is too much, and
    /// its line end first.
    pub(super) fn action_id_within(self, action_id: &[u8], room: usize) -> Frame {
        let end = self.0.len() + room - 1;
        let mut frame = self.action_id(action_id);
        frame.0.truncate(end);
        frame
    }

    /// A line as it is.
    pub(super) fn line(mut self, line: &[u8]) -> Frame {
        self.0.extend_from_slice(line);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.line(b"").0
    }

    /// The frame so far, for one that goes on later.
    pub(super) fn partial(self) -> Vec<u8> {
        self.0
    }
}
