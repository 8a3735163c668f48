//! Errors, once for every layer: a kind that programs branch on and a message that people read.

use std::borrow::Cow;
use std::ffi::CStr;
use std::fmt;
use std::sync::Arc;

use super::response::Response;

/// The cause of an [`Error`], for programs to branch on. The numbers are the `ami_status` values of the C API and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// An argument was refused; nothing was written.
    Invalid = 1,
    /// The call does not fit the object's state.
    State = 2,
    /// Something is still running; try again.
    Busy = 3,
    /// The handle was inherited across `fork`.
    Forked = 4,
    /// The client or subscription is closed.
    Closed = 5,
    /// A bug in libami, reported instead of crashing the program.
    Internal = 6,
    /// Known, but not available here.
    Unsupported = 7,
    /// The subscription ended because its queue was full and its policy is to close.
    Overflow = 8,
    /// The header is not there, or says nothing.
    Absent = 9,
    /// The header says something else than a value of the wanted type.
    Format = 10,
    /// The host name could not be resolved.
    Resolve = 100,
    /// Nothing accepted the connection.
    Refused = 101,
    /// Time ran out before anything was written.
    Timeout = 102,
    /// The connection is down; nothing was written.
    Disconnected = 103,
    /// TLS could not be set up; the text says why, and what to do.
    Tls = 104,
    /// Another input or output error.
    Io = 105,
    /// The server does not speak AMI.
    NotAmi = 200,
    /// The server broke the protocol.
    Protocol = 201,
    /// The server exceeded a limit of [`Limits`](super::Limits).
    Limit = 202,
    /// The server refused the user name or the secret.
    Auth = 203,
    /// The server offers no login method that is allowed on this connection.
    AuthMethod = 204,
    /// The server refused the action.
    Action = 300,
    /// The account lacks the class that the action needs.
    Permission = 301,
    /// The CLI refused the command.
    Command = 302,
    /// The gateway could not send the SMS.
    SmsFailed = 310,
    /// The gateway's port is in use; nothing was sent.
    SmsBusy = 311,
    /// The USSD request failed.
    Ussd = 312,
    /// It was written, and whether it ran is not known.
    OutcomeUnknown = 400,
}

impl ErrorKind {
    const ALL: &'static [(ErrorKind, &'static CStr)] = &[
        (ErrorKind::Invalid, c"AMI_E_INVALID"),
        (ErrorKind::State, c"AMI_E_STATE"),
        (ErrorKind::Busy, c"AMI_E_BUSY"),
        (ErrorKind::Forked, c"AMI_E_FORKED"),
        (ErrorKind::Closed, c"AMI_E_CLOSED"),
        (ErrorKind::Internal, c"AMI_E_INTERNAL"),
        (ErrorKind::Unsupported, c"AMI_E_UNSUPPORTED"),
        (ErrorKind::Overflow, c"AMI_E_OVERFLOW"),
        (ErrorKind::Absent, c"AMI_E_ABSENT"),
        (ErrorKind::Format, c"AMI_E_FORMAT"),
        (ErrorKind::Resolve, c"AMI_E_RESOLVE"),
        (ErrorKind::Refused, c"AMI_E_REFUSED"),
        (ErrorKind::Timeout, c"AMI_E_TIMEOUT"),
        (ErrorKind::Disconnected, c"AMI_E_DISCONNECTED"),
        (ErrorKind::Tls, c"AMI_E_TLS"),
        (ErrorKind::Io, c"AMI_E_IO"),
        (ErrorKind::NotAmi, c"AMI_E_NOT_AMI"),
        (ErrorKind::Protocol, c"AMI_E_PROTOCOL"),
        (ErrorKind::Limit, c"AMI_E_LIMIT"),
        (ErrorKind::Auth, c"AMI_E_AUTH"),
        (ErrorKind::AuthMethod, c"AMI_E_AUTH_METHOD"),
        (ErrorKind::Action, c"AMI_E_ACTION"),
        (ErrorKind::Permission, c"AMI_E_PERMISSION"),
        (ErrorKind::Command, c"AMI_E_COMMAND"),
        (ErrorKind::SmsFailed, c"AMI_E_SMS_FAILED"),
        (ErrorKind::SmsBusy, c"AMI_E_SMS_BUSY"),
        (ErrorKind::Ussd, c"AMI_E_USSD"),
        (ErrorKind::OutcomeUnknown, c"AMI_E_OUTCOME_UNKNOWN"),
    ];

    /// The `ami_status` value.
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// The name of the `ami_status` value, such as `AMI_E_AUTH`.
    pub fn name(self) -> &'static str {
        self.c_name().to_str().unwrap_or_default()
    }

    /// [`ErrorKind::name`] with a NUL behind it.
    #[doc(hidden)]
    pub fn c_name(self) -> &'static CStr {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or(c"AMI_E_INTERNAL", |(_, name)| name)
    }

    /// The kind with this `ami_status` value, if there is one.
    pub fn from_code(code: i32) -> Option<ErrorKind> {
        Self::ALL.iter().map(|(kind, _)| *kind).find(|kind| kind.code() == code)
    }

    /// Every kind, in the order of the values.
    pub fn all() -> impl Iterator<Item = ErrorKind> {
        Self::ALL.iter().map(|(kind, _)| *kind)
    }
}

/// Why something failed. Its text says what to do and never holds a secret.
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    /// The system's number; 0 for none.
    os_code: i32,
    cause: Option<ErrorKind>,
    message: Cow<'static, str>,
    /// Apart, as most errors have nothing of it, and results are as large as their errors.
    detail: Option<Box<Detail>>,
}

#[derive(Clone, Default)]
struct Detail {
    peer_message: Option<Box<[u8]>>,
    response: Option<Response>,
    source: Option<Source>,
}

type Source = Arc<dyn std::error::Error + Send + Sync>;

/// The result of libami's calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of this kind, for whoever drives a [`Session`](super::Session) and has to say why its connection is gone.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Error { kind, os_code: 0, cause: None, message: message.into(), detail: None }
    }

    /// The same with the error that caused it, as its [`source`](std::error::Error::source). Its text is shown to people like
    /// that of this error, so it must hold no secret.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.detail_mut().source = Some(Arc::new(source));
        self
    }

    /// The same with the source of another error, of which this one tells.
    pub(crate) fn with_source_of<'a>(mut self, other: impl Into<Option<&'a Error>>) -> Self {
        if let Some(source) = other.into().and_then(Error::shared_source) {
            self.detail_mut().source = Some(Arc::clone(source));
        }
        self
    }

    fn shared_source(&self) -> Option<&Source> {
        self.detail.as_ref()?.source.as_ref()
    }

    fn detail_mut(&mut self) -> &mut Detail {
        self.detail.get_or_insert_default()
    }

    pub(crate) fn closed() -> Self {
        Error::new(ErrorKind::Closed, "the client is closed")
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn with_peer_message(mut self, words: &[u8]) -> Self {
        self.detail_mut().peer_message = Some(words.into());
        self
    }

    /// The same with another text.
    #[cfg(feature = "client")]
    pub(crate) fn with_message(self, message: impl Into<Cow<'static, str>>) -> Self {
        Error { message: message.into(), ..self }
    }

    /// With the kind of what led to it, or of what led to that. An error of the same kind adds nothing.
    pub(crate) fn caused_by(mut self, kind: ErrorKind, deeper: Option<ErrorKind>) -> Self {
        self.cause = deeper.or(Some(kind)).filter(|kind| *kind != self.kind);
        self
    }

    pub(crate) fn with_response(mut self, response: Response) -> Self {
        self.detail_mut().response = Some(response);
        self
    }

    /// With the number that the system has given, if it gave one.
    #[cfg(feature = "client")]
    pub(crate) fn with_os_code(mut self, code: Option<i32>) -> Self {
        self.os_code = code.unwrap_or_default();
        self
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The kind of error that led to this one, if it is not the first: why the connection of a lost client broke, or why an
    /// outcome is unknown.
    pub fn cause(&self) -> Option<ErrorKind> {
        self.cause
    }

    /// The text, for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The server's own words: the `Message` of a refusal, or what a refused command printed. They may echo what was sent.
    pub fn peer_message(&self) -> Option<&[u8]> {
        self.detail.as_ref()?.peer_message.as_deref()
    }

    /// The system's number for what went wrong (`errno`, such as that of `ECONNREFUSED`), if the system gave one: for
    /// connections that could not be made, or broke.
    pub fn os_code(&self) -> Option<i32> {
        Some(self.os_code).filter(|code| *code != 0)
    }

    /// Tells whether the server refused an action ([`ErrorKind::Action`]) because what it names is not there: a channel, an
    /// endpoint, an entry of the database, a queue's member. Servers tell it by their words alone, in English in all versions;
    /// so it is recognised by them, and a module that words it otherwise is not.
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::Action && self.peer_message().is_some_and(says_not_found)
    }

    /// The response that refused the action.
    pub fn response(&self) -> Option<&Response> {
        self.detail.as_ref()?.response.as_ref()
    }
}

/// Tells whether a server's words say that something is not there.
fn says_not_found(words: &[u8]) -> bool {
    let words = words.trim_ascii().to_ascii_lowercase();
    let words = words.strip_suffix(b".").unwrap_or(&words);
    let has = |part: &&[u8]| memchr::memmem::find(words, part).is_some();
    [&b"not found"[..], b"no such ", b"does not exist", b"not be found"].iter().any(has)
        || [&b"unable to retrieve"[..], b"unable to find", b"did not find", b"no active "]
            .iter()
            .any(|start| words.starts_with(start))
        || (words.starts_with(b"no ") && has(&&b" found"[..]))
        || words.ends_with(b"not there")
}

/// A peer's words as part of a text: what is no plain character is escaped, and no more than is read at a glance.
pub(crate) fn printable(words: &[u8]) -> String {
    const GLANCE: usize = 200;
    let words = String::from_utf8_lossy(words);
    let mut text = String::new();
    for c in words.chars() {
        if text.len() > GLANCE {
            text.push('…');
            break;
        }
        if c.is_control() { text.extend(c.escape_default()) } else { text.push(c) }
    }
    text
}

/// A peer's words without something that must not be shown.
pub(crate) fn redact(words: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut rest = words;
    let mut shown = Vec::with_capacity(words.len());
    while let Some(at) = memchr::memmem::find(rest, secret).filter(|_| !secret.is_empty()) {
        shown.extend_from_slice(&rest[..at]);
        shown.extend_from_slice(b"***");
        rest = &rest[at + secret.len()..];
    }
    shown.extend_from_slice(rest);
    shown
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.message, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&**self.shared_source()?)
    }
}

// The peer's words may echo an SMS text or a command, so `Debug` leaves them out.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.kind).field("message", &self.message).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_size_does_not_make_results_larger() {
        assert_eq!(size_of::<Result<Response>>(), size_of::<Response>());
    }
}
