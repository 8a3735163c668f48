//! Credentials, and the words of a server that lets nobody in.

use std::fmt;

use md5::{Digest, Md5};
use zeroize::{Zeroize, Zeroizing};

use super::action::check_setting;
use super::error::{Error, ErrorKind, Result, said};

/// The user and the secret. The secret is wiped from memory when this is dropped.
#[derive(Clone)]
pub struct Credentials {
    username: String,
    secret: Zeroizing<String>,
}

impl Credentials {
    /// A user of `manager.conf` and the secret that goes with it.
    pub fn new(username: impl Into<String>, secret: impl Into<String>) -> Credentials {
        Credentials { username: username.into(), secret: Zeroizing::new(secret.into()) }
    }

    /// The user's name.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The secret.
    pub(super) fn secret(&self) -> &[u8] {
        self.secret.as_bytes()
    }

    /// Tells whether they can be sent.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if there is no user name, or if a line of AMI cannot carry them.
    pub fn check(&self) -> Result<()> {
        if self.username.is_empty() {
            return Err(Error::invalid("no user name is set; give a user of the server's manager.conf"));
        }
        check_setting("user name", &self.username)?;
        check_setting("secret", &self.secret)
    }

    /// The `Key` of a `Login` that answers a challenge: the MD5 that AMI prescribes. For programs that write for themselves.
    pub fn login_key(&self, challenge: &[u8]) -> String {
        self.key(challenge).to_string()
    }

    /// The answer to a challenge. It keeps the secret off the wire and is no more than that.
    pub(super) fn key(&self, challenge: &[u8]) -> Zeroizing<String> {
        let key = self.compute_key(challenge);
        wipe_stack();
        key
    }

    /// In a frame of its own, which is wiped.
    #[inline(never)]
    fn compute_key(&self, challenge: &[u8]) -> Zeroizing<String> {
        let mut hasher = Md5::new();
        hasher.update(challenge);
        hasher.update(self.secret.as_bytes());
        let digest = Zeroizing::new(<[u8; 16]>::from(hasher.finalize()));
        // At once: growing in steps would leave copies behind.
        let mut key = Zeroizing::new(String::with_capacity(2 * digest.len()));
        for byte in digest.iter() {
            key.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default()));
        }
        key
    }
}

/// Overwrites the stack, where the data of a function that has returned still is.
#[inline(never)]
fn wipe_stack() {
    let mut used = [1_u8; 4096];
    std::hint::black_box(&mut used).zeroize();
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// A refusal of the login that may pass by itself, and what it means.
pub(super) fn passing_refusal(words: &[u8]) -> Option<&'static str> {
    let has = |part: &[u8]| words.to_ascii_lowercase().windows(part.len()).any(|window| window == part);
    if has(b"already in use") {
        Some(
            "manager.conf has allowmultiplelogin=no, and another session of this user is open, or hangs there after it was \
             cut off ('manager show connected' tells)",
        )
    } else if has(b"shutting down") {
        Some("the server stops or starts anew, which may wait for the end of its calls; try again later")
    } else if [&b"too many"[..], b"try again", b"busy", b"not ready", b"temporarily"].iter().any(|part| has(part)) {
        Some("try again later")
    } else {
        None
    }
}

/// Why a login was refused. A wrong secret stays wrong.
pub(super) fn refused_login(username: &str, words: &[u8]) -> Error {
    let passing = passing_refusal(words);
    let kind = if passing.is_some() { ErrorKind::Disconnected } else { ErrorKind::Auth };
    let advice = passing.unwrap_or(
        "check user name, secret and the addresses that manager.conf permits (deny, permit, acl of this user); the \
         server's own log tells which of them it is",
    );
    Error::new(kind, format!("the server refused user \"{username}\": {}; {advice}", said(words)))
        .with_peer_message(words)
}
