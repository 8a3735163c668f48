//! Transmissions of a message, and the sources of their results.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::Duration;

use crate::error::Result;
use crate::gsm::outcome::Outcome;
use crate::gsm::pdu::{Submit, SubmitPdu};
use crate::gsm::request::SmsRequest;
use crate::protocol::Action;

/// The source of a message's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gsm) enum ResultSource {
    /// The command's answer, within so long.
    Answer(Duration),
    /// Nothing: the answer says only that it was taken.
    None,
    /// A report.
    Report(Expected),
}

/// The report that tells how a message fared. If neither this nor the answer names an id, there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gsm) struct Expected {
    /// The id that it has, unless the answer names another one.
    pub id: Option<String>,
    pub within: Duration,
    /// The outcome if none comes.
    pub silence: Outcome,
    /// The number of SMS that the gateway makes of the message.
    pub pieces: usize,
}

/// An action to be sent.
#[derive(Clone, Debug)]
pub(in crate::gsm) struct Transmission {
    pub action: Action,
    pub result_source: ResultSource,
}

/// A CLI command as an action.
pub(super) fn command(line: String) -> Action {
    Action::new("Command").with("Command", &line)
}

/// A number for the parts of a message: unlike those of the last ones.
pub(super) fn next_reference() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    if NEXT.load(Ordering::Relaxed) == 0 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let _ = NEXT.compare_exchange(0, now.subsec_micros() as u16 | 1, Ordering::Relaxed, Ordering::Relaxed);
    }
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// An id for a message without one: unlike all others, also those of other programs, which see the same reports.
pub(super) fn made_id() -> String {
    static PROGRAM: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // The child of a fork has the rest from its parent.
    let process = std::process::id();
    format!("ami-{:x}{process:x}-{}", *PROGRAM & 0xffff_ffff, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A message as PDUs of libami's own.
pub(super) fn submit(request: &SmsRequest) -> Result<Vec<SubmitPdu>> {
    let mut submit = Submit::new(&request.destination, &request.text)
        .flash(request.flash)
        .status_report(request.report)
        .reference(next_reference());
    if let Some(validity) = request.validity {
        submit = submit.validity(validity);
    }
    submit.encode()
}
