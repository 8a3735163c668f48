use crate::protocol::Message;

/// An event of the server, or a marker of libami.
pub type Event = Message;
