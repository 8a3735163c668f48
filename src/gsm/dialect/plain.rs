//! Limits of commands that carry a text and nothing else.

use crate::error::{Error, Result};
use crate::gsm::parts::{Repertoire, SmsParts};
use crate::gsm::pdu::Encoding;
use crate::gsm::request::SmsRequest;

/// Tells whether a message has options that commands with texts lack; the drivers of chan_extra take them with a PDU.
pub(super) fn needs_pdu(request: &SmsRequest) -> bool {
    request.by_pdu || request.validity.is_some() || request.report
}

/// A text for a command that sends one SMS.
pub(super) fn single(text: &str) -> Result<&str> {
    let parts = SmsParts::of(text, Repertoire::Ascii)?;
    if parts.is_single() {
        return Ok(text);
    }
    let (limit, why) = match parts.encoding() {
        Encoding::Gsm7 => (160, ""),
        _ => (70, ", as it holds a character that is not ASCII"),
    };
    Err(Error::invalid(format!(
        "the text takes {} of the {limit} places of one SMS{why}, and cannot go in parts here; send several shorter texts",
        parts.units()
    )))
}
