//! Actions, and what may be in them.

use std::fmt;

use zeroize::Zeroize;

use super::error::{Error, Result};

/// The longest line a server takes, in bytes, line end not counted.
pub const MAX_LINE: usize = 1022;
/// The number of headers that a server takes, `Action` and `ActionID` included.
pub const MAX_HEADERS: usize = 128;

/// A request to the server: a name and headers in order, as many of one name as wanted.
///
/// ```
/// use ami::Action;
///
/// let mut action = Action::new("Originate");
/// action.add("Channel", "Local/1@default")?.add("Variable", "A=1")?.add("Variable", "B=2")?;
/// assert!(action.add("Data", "x\r\nAction: Logoff").is_err());
/// # Ok::<(), ami::Error>(())
/// ```
#[derive(Clone)]
pub struct Action {
    name: String,
    headers: Vec<(String, Vec<u8>)>,
    /// The place of the caller's own ActionID.
    action_id: Option<usize>,
    /// The first header that was refused.
    refused: Option<Error>,
}

impl Action {
    /// An action of this name. A name that cannot be sent is refused when the action is.
    pub fn new(name: impl Into<String>) -> Action {
        let name = name.into();
        let refused = check_line("Action", name.as_bytes())
            .and_then(|()| if name.is_empty() { Err(Error::invalid("the action has no name")) } else { Ok(()) })
            .err();
        Action { name, headers: Vec::new(), action_id: None, refused }
    }

    /// Appends a header. An `ActionID` given here goes out as it is and is the one the answer is matched by.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for CR, LF or NUL, for a colon in the name, for a value that begins with a blank, for a
    /// line over [`MAX_LINE`] bytes and for more than [`MAX_HEADERS`] headers. The action then keeps the error and cannot be
    /// sent.
    pub fn add(&mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Result<&mut Action> {
        let (name, value) = (name.into(), value.as_ref());
        let checked = check_header(&name, value).and_then(|()| self.check_place(&name, value));
        match checked {
            Ok(()) => {
                if name.eq_ignore_ascii_case("ActionID") {
                    self.action_id = Some(self.headers.len());
                }
                self.headers.push((name, value.to_vec()));
                Ok(self)
            }
            Err(error) => {
                self.refused.get_or_insert_with(|| error.clone());
                Err(error)
            }
        }
    }

    /// Appends a header; a refusal shows when the action is sent.
    pub fn with(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Action {
        let _ = self.add(name, value);
        self
    }

    /// Sets a header that stands once: the last value counts. A refusal shows when the action is sent.
    pub(crate) fn put(&mut self, name: &str, value: &[u8]) {
        let place = self.headers.iter().position(|(have, _)| have.eq_ignore_ascii_case(name));
        match place {
            Some(at) if check_header(name, value).is_ok() => {
                let old = std::mem::replace(&mut self.headers[at].1, value.to_vec());
                if is_secret(name) {
                    { old }.zeroize();
                }
            }
            _ => drop(self.add(name, value)),
        }
    }

    /// Has the action refused for this reason, unless it has one already.
    pub(crate) fn refuse(&mut self, reason: Error) {
        self.refused.get_or_insert(reason);
    }

    fn check_place(&self, name: &str, value: &[u8]) -> Result<()> {
        if name.eq_ignore_ascii_case("Action") {
            return Err(Error::invalid("the action's name is given once, when it is made; add no Action header"));
        }
        if name.eq_ignore_ascii_case("ActionID") {
            if self.action_id().is_some() {
                return Err(Error::invalid("the action has an ActionID already"));
            }
            if value.is_empty() {
                return Err(Error::invalid("an ActionID must not be empty; leave it out to have one made"));
            }
        }
        // Room for Action itself, and for the ActionID that libami makes.
        let own = if self.action_id().is_some() || name.eq_ignore_ascii_case("ActionID") { 1 } else { 2 };
        if self.headers.len() + 1 + own > MAX_HEADERS {
            return Err(Error::invalid(format!(
                "an action takes {MAX_HEADERS} headers at most, Action and ActionID included; {name} is one too many"
            )));
        }
        Ok(())
    }

    /// The action's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first value of this header; names are compared without case.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
    }

    /// Tells whether the header means yes to the server; nothing if it is not there.
    #[cfg(feature = "client")]
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).map(crate::catalog::is_true)
    }

    /// The caller's own ActionID, if there is one.
    pub fn action_id(&self) -> Option<&[u8]> {
        self.headers.get(self.action_id?).map(|(_, value)| value.as_slice())
    }

    /// The same without the caller's ActionID, to be sent again.
    pub(super) fn without_action_id(mut self) -> Action {
        if let Some(at) = self.action_id.take() {
            self.headers.remove(at);
        }
        self
    }

    /// The values that are secrets, or made of one.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        // The Key of other actions is only a name.
        let of_login = |name: &str| name.eq_ignore_ascii_case("Secret") || self.name.eq_ignore_ascii_case("Login");
        let is_one = move |name: &str| is_secret(name) && of_login(name);
        self.headers.iter().filter(move |(name, _)| is_one(name)).map(|(_, value)| value.as_slice())
    }

    /// Tells whether a header may hold a secret, or what is made of one.
    pub(super) fn has_secret(&self) -> bool {
        self.headers.iter().any(|(name, _)| is_secret(name))
    }

    /// The reason why the action cannot be sent, if it cannot.
    pub fn check(&self) -> Result<()> {
        self.refused.clone().map_or(Ok(()), Err)
    }

    /// The action as the server reads it, for programs that use the [`super::Parser`] and write for themselves. An `ActionID`
    /// goes out only if one was added.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for what was refused as the action was made.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let id = self.action_id().unwrap_or_default();
        self.encode(id.len(), |out| out.extend_from_slice(id))
    }

    /// Writes the action as the server reads it, with an ActionID of at most so many bytes that is written by `write_id`.
    pub(super) fn encode(&self, longest_id: usize, write_id: impl FnOnce(&mut Vec<u8>)) -> Result<Vec<u8>> {
        self.check()?;
        let lines = self.headers.iter().map(|(name, value)| name.len() + value.len() + 4);
        // At once: growing in steps would leave copies of a secret behind.
        let mut out = Vec::with_capacity(self.name.len() + longest_id + 32 + lines.sum::<usize>());
        append_line(&mut out, "Action", self.name.as_bytes());
        if longest_id > 0 {
            out.extend_from_slice(b"ActionID: ");
            write_id(&mut out);
            out.extend_from_slice(b"\r\n");
        }
        for (at, (name, value)) in self.headers.iter().enumerate() {
            if self.action_id != Some(at) {
                append_line(&mut out, name, value);
            }
        }
        out.extend_from_slice(b"\r\n");
        Ok(out)
    }
}

/// Values may be secrets or people's texts, so only names are shown.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Action").field("name", &self.name).field("headers", &names).finish_non_exhaustive()
    }
}

impl Drop for Action {
    fn drop(&mut self) {
        for (name, value) in &mut self.headers {
            if is_secret(name) {
                value.zeroize();
            }
        }
    }
}

fn append_line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn is_secret(header: &str) -> bool {
    header.eq_ignore_ascii_case("Secret") || header.eq_ignore_ascii_case("Key")
}

fn check_header(name: &str, value: &[u8]) -> Result<()> {
    if name.is_empty() {
        return Err(Error::invalid("a header needs a name"));
    }
    if name.contains(':') {
        return Err(Error::invalid(format!("the header name {name:?} holds a colon")));
    }
    if let Some(byte) = forbidden(name.as_bytes()) {
        return Err(Error::invalid(format!("the header name {name:?} holds {byte}")));
    }
    check_line(name, value)
}

fn check_line(name: &str, value: &[u8]) -> Result<()> {
    if let Some(byte) = forbidden(value) {
        return Err(Error::invalid(format!(
            "the value of {name} holds {byte}, which would end the header; take it out or encode it"
        )));
    }
    if value.first().is_some_and(|byte| *byte <= b' ') {
        return Err(Error::invalid(format!("the value of {name} begins with a blank, which the server would drop")));
    }
    let length = name.len() + 2 + value.len();
    if length > MAX_LINE {
        return Err(Error::invalid(format!(
            "the line of {name} is {length} bytes long, and a server takes {MAX_LINE}; shorten the value"
        )));
    }
    Ok(())
}

/// Tells whether a setting can stand in a line of the login. The value is not shown: it may be the secret.
pub(crate) fn check_setting(what: &str, value: &str) -> Result<()> {
    if let Some(byte) = forbidden(value.as_bytes()) {
        return Err(Error::invalid(format!("the {what} holds {byte}, which no header can carry; take it out")));
    }
    if value.len() > MAX_LINE - 16 {
        return Err(Error::invalid(format!("the {what} is too long: a server takes lines of {MAX_LINE} bytes")));
    }
    Ok(())
}

fn forbidden(bytes: &[u8]) -> Option<&'static str> {
    memchr::memchr3(b'\r', b'\n', 0, bytes).map(|at| match bytes[at] {
        b'\r' => "a CR",
        b'\n' => "an LF",
        _ => "a NUL",
    })
}
