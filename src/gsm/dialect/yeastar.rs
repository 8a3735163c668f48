//! Commands of Yeastar's gateways.

use std::time::Duration;

use super::names::Dialect;
use super::transmission::{Expected, ResultSource, Transmission, made_id};
use crate::error::{Error, Result};
use crate::gsm::outcome::Outcome;
use crate::gsm::request::SmsRequest;

/// The classes of events: those of its SMS have a class that no other server knows.
pub(super) const EVENTS: &str = "on";

/// The one command of a message: the gateway splits by itself. The encoded text has neither blanks nor quotes.
pub(super) fn transmissions(request: &SmsRequest, timeout: Duration) -> Result<Vec<Transmission>> {
    if request.text.contains('\0') {
        return Err(Error::invalid("the text holds a NUL, which no SMS can carry"));
    }
    let id = request.id.as_deref().map_or_else(made_id, str::to_owned);
    let line =
        format!("gsm send sms {} {} \"{}\" {id}", request.port, request.destination, percent_encoded(&request.text));
    // The name of the header, the colon and the blank stand in the line too.
    let room = 1022 - "command: ".len();
    if line.len() > room {
        return Err(Error::invalid(format!(
            "the text takes {} bytes as this gateway wants it encoded, and its command has room for {room} in all; \
             send it in pieces",
            line.len()
        )));
    }
    let expected = Expected { id: Some(id), within: timeout, silence: Outcome::Unknown, pieces: 1 };
    let result_source = ResultSource::Report(expected);
    Ok(vec![Transmission { action: Dialect::Yeastar.command(line), result_source }])
}

/// As in an address of the web; blanks too.
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
