//! The recorded sessions, a splitter of them that shares no code with the parser, and a message's parts for comparisons.

use std::path::{Path, PathBuf};

use ami::{Message, MessageKind};

pub const VERSIONS: [&str; 4] = ["1.8", "13", "16", "22"];
pub const END_COMMAND: &[u8] = b"--END COMMAND--\r\n\r\n";

pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures").join(format!("asterisk-{version}"))
}

/// `NAME.server.ami` or `NAME.client.ami` of one server.
pub fn capture(version: &str, file: &str) -> Vec<u8> {
    std::fs::read(folder(version).join(file)).expect("the capture is there")
}

/// The name and bytes of what every server sent in every recorded session.
pub fn server_captures() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for version in VERSIONS {
        for entry in std::fs::read_dir(folder(version)).expect("the captures are there") {
            let name = entry.expect("a name").file_name().into_string().expect("plain names");
            if name.ends_with(".server.ami") {
                all.push((format!("{version}/{name}"), capture(version, &name)));
            }
        }
    }
    assert_eq!(all.len(), 4 * 8, "eight sessions of each server");
    all
}

/// A frame by the plainest reading of the wire.
pub struct Frame {
    pub headers: Headers,
    /// The text between the headers and the end of a `Follows` reply.
    pub text: Option<Vec<u8>>,
}

impl Frame {
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let found = self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| value.as_slice())
    }

    pub fn is_event(&self) -> bool {
        self.headers[0].0 == b"Event"
    }
}

pub fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn split_line(line: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let colon = find(line, b":").unwrap_or_else(|| panic!("no colon in {:?}", String::from_utf8_lossy(line)));
    let value = &line[colon + 1..];
    (line[..colon].to_vec(), value.strip_prefix(b" ").unwrap_or(value).to_vec())
}

/// The first line, and then each message with the empty lines before it, as they stand on the wire.
pub fn pieces(bytes: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (banner, mut rest) = bytes.split_at(find(bytes, b"\r\n").expect("a banner") + 2);
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let message = rest.trim_ascii_start();
        let marker = if message.starts_with(b"Response: Follows\r\n") { END_COMMAND } else { b"\r\n\r\n" };
        let end = rest.len() - message.len() + find(message, marker).expect("a whole message") + marker.len();
        pieces.push(&rest[..end]);
        rest = &rest[end..];
    }
    (banner, pieces)
}

/// The banner and the frames of a whole recorded session.
pub fn split(bytes: &[u8]) -> (Vec<u8>, Vec<Frame>) {
    let end = find(bytes, b"\r\n").expect("a banner");
    let (banner, mut rest) = (bytes[..end].to_vec(), &bytes[end + 2..]);
    let mut frames = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(b"\r\n") {
            rest = after;
            continue;
        }
        let mut headers = Vec::new();
        if rest.starts_with(b"Response: Follows\r\n") {
            while [&b"Response: "[..], b"Privilege: ", b"ActionID: "].iter().any(|name| rest.starts_with(name)) {
                let end = find(rest, b"\r\n").expect("a line end");
                headers.push(split_line(&rest[..end]));
                rest = &rest[end + 2..];
            }
            let end = find(rest, END_COMMAND).expect("the end of the text");
            frames.push(Frame { headers, text: Some(rest[..end].to_vec()) });
            rest = &rest[end + END_COMMAND.len()..];
            continue;
        }
        let end = find(rest, b"\r\n\r\n").expect("a whole frame");
        let mut lines = &rest[..end + 2];
        while !lines.is_empty() {
            let end = find(lines, b"\r\n").expect("a line end");
            headers.push(split_line(&lines[..end]));
            lines = &lines[end + 2..];
        }
        frames.push(Frame { headers, text: None });
        rest = &rest[end + 4..];
    }
    (banner, frames)
}

pub fn headers(message: &Message) -> Headers {
    message.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

/// Everything that can be seen of a message, for comparisons.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub kind: MessageKind,
    pub name: String,
    pub action_id: Option<String>,
    pub headers: Vec<(String, String)>,
}

/// Bytes as text that shows every byte.
pub fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

pub fn seen(message: &Message) -> Seen {
    Seen {
        kind: message.kind(),
        name: shown(message.name()),
        action_id: message.action_id().map(shown),
        headers: message.iter().map(|(name, value)| (shown(name), shown(value))).collect(),
    }
}
