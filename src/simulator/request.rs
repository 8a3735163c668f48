//! What comes in: bytes cut into lines, and lines gathered into requests.

/// Bytes of a line with its end; Asterisk's buffer.
pub(super) const LINE_BUFFER: usize = 1024;

/// Cuts what comes in into lines, with the limit and the habits of Asterisk's buffer.
#[derive(Default)]
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    /// Of a line that is too long the last byte in the buffer stays, as it may be half of a line end (from 16 on).
    pub(super) keeps_last: bool,
}

pub(super) enum Line {
    Text(Vec<u8>),
    /// A full buffer without a line end was thrown away; what follows counts as another line.
    TooLong,
}

impl Input {
    /// How much is read at a time when there is no whole line.
    pub(super) fn room(&self) -> usize {
        LINE_BUFFER - self.bytes.len()
    }

    pub(super) fn next_line(&mut self) -> Option<Line> {
        let buffer = &self.bytes[..self.bytes.len().min(LINE_BUFFER)];
        if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
            line.pop();
            line.pop_if(|last| *last == b'\r');
            // The rest is not looked at.
            line.truncate(line.iter().position(|byte| *byte == 0).unwrap_or(line.len()));
            Some(Line::Text(line))
        } else if buffer.len() == LINE_BUFFER {
            self.bytes.drain(..LINE_BUFFER - usize::from(self.keeps_last));
            Some(Line::TooLong)
        } else {
            None
        }
    }
}

#[derive(Default)]
pub(super) struct Request {
    pub(super) headers: Vec<Vec<u8>>,
    pub(super) line_too_long: bool,
    pub(super) too_many_lines: bool,
}

impl Request {
    /// Value of the first header of that name, empty if there is none.
    pub(super) fn get(&self, name: &str) -> &[u8] {
        self.headers.iter().find_map(|line| value_of(line, name)).unwrap_or_default()
    }

    /// The first that is not empty.
    pub(super) fn action(&self) -> &[u8] {
        let mut values = self.headers.iter().filter_map(|line| value_of(line, "Action"));
        values.find(|value| !value.is_empty()).unwrap_or_default()
    }

    pub(super) fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(self.get(name)).into_owned()
    }

    pub(super) fn action_id(&self) -> &[u8] {
        self.get("ActionID")
    }
}

/// The value, without blanks and control characters before it, if the header has that name.
pub(super) fn value_of<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    start.eq_ignore_ascii_case(name.as_bytes()).then(|| {
        let start = value.iter().position(|byte| *byte > b' ').unwrap_or(value.len());
        &value[start..]
    })
}
