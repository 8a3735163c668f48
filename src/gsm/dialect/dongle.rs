//! Messages for chan_dongle and chan_quectel, as each of their versions takes them.

use std::time::Duration;

use super::abilities::Abilities;
use super::names::Dialect;
use super::transmission::{Expected, ResultSource, Transmission, made_id, submit};
use crate::error::{Error, Result};
use crate::gsm::outcome::Outcome;
use crate::gsm::parts::{Repertoire, SmsParts};
use crate::gsm::pdu::Encoding;
use crate::gsm::pdu::alphabet::septets;
use crate::gsm::request::{Port, Power, SmsRequest};
use crate::protocol::Action;

/// A line of an action holds 1,022 bytes, with the header's name, the colon and the blank.
const ROOM: usize = 1022 - "Message: ".len();

/// The classes of events. Steps of a dialplan may hold texts as they are, and nothing of theirs is read.
pub(super) const EVENTS: &str = "system,call";

/// The action that lists the devices, or one of them.
pub(super) fn show_devices(driver: &str, port: Option<&Port>) -> Action {
    let show = Action::new(format!("{driver}ShowDevices"));
    match port {
        Some(port) => show.with("Device", port.to_string()),
        None => show,
    }
}

/// The action that starts, stops or restarts a device.
pub(super) fn power(driver: &str, port: &Port, power: Power) -> Action {
    let verb = match power {
        Power::On => "Start",
        Power::Off => "Stop",
        Power::Reset => "Restart",
    };
    Action::new(format!("{driver}{verb}")).with("Device", port.to_string()).with("When", "now")
}

/// The action by which the driver reads the settings of all devices.
pub(super) fn reload(driver: &str) -> Action {
    Action::new(format!("{driver}Reload")).with("When", "gracefully")
}

/// The action that sends a USSD code.
pub(super) fn ussd(driver: &str, port: &Port, code: &str) -> Action {
    Action::new(format!("{driver}SendUSSD")).with("Device", port.to_string()).with("USSD", code)
}

/// The actions that a message takes.
pub(super) fn transmissions(
    dialect: &Dialect,
    request: &SmsRequest,
    timeout: Duration,
    abilities: Abilities,
) -> Result<Vec<Transmission>> {
    let driver = dialect.driver().unwrap_or_default();
    let report = |id, silence, pieces| ResultSource::Report(Expected { id, within: timeout, silence, pieces });
    if abilities == Abilities::TakesPdus {
        let transmissions = submit(request)?.into_iter().map(|pdu| {
            let action = Action::new(format!("{driver}SendPDU")).with("Device", request.port.to_string());
            let action = action.with("PDU", pdu.hex());
            Transmission { action, result_source: report(None, Outcome::Unknown, 1) }
        });
        return Ok(transmissions.collect());
    }
    if request.flash || request.by_pdu {
        return Err(dialect.lacks("a flash SMS or a PDU"));
    }
    let pieces = parts(&request.text, abilities)?.count();
    let is_coded = abilities != Abilities::TakesTexts;
    let (text, id) = if is_coded {
        (escaped(&request.text)?, Some(request.id.as_deref().map_or_else(made_id, str::to_owned)))
    } else {
        check_number(&request.destination)?;
        (request.text.to_string(), None)
    };
    let mut action = Action::new(format!("{driver}SendSMS"))
        .with("Device", request.port.to_string())
        .with("Number", &*request.destination)
        .with("Message", text);
    if let Some(validity) = request.validity {
        action = action.with("Validity", validity.as_secs().div_ceil(60).to_string());
    }
    if request.report {
        action = action.with("Report", "yes");
    }
    if let Some(id) = &id {
        action = action.with("Payload", &**id);
    }
    // Of one that a report is asked for the driver says nothing once the network has taken it.
    let silence = if is_coded && request.report { Outcome::Queued } else { Outcome::Unknown };
    Ok(vec![Transmission { action, result_source: report(id, silence, pieces) }])
}

/// The SMS that the driver makes of a text.
pub(super) fn parts(text: &str, abilities: Abilities) -> Result<SmsParts<'_>> {
    if text.contains('\0') && abilities != Abilities::TakesPdus {
        return Err(Error::invalid("the text holds a NUL, which this driver's actions cannot carry"));
    }
    match abilities {
        Abilities::TakesPdus => SmsParts::of(text, Repertoire::Gsm7),
        Abilities::TakesTexts => as_it_is(text),
        Abilities::Unknown | Abilities::Codes => {
            escaped(text)?;
            SmsParts::of(text, Repertoire::ChanDongle)
        }
    }
}

/// A text as a string in C, whose escapes the driver undoes. The server drops what looks blank at the beginning of a value.
fn escaped(text: &str) -> Result<String> {
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        match c {
            '\\' => escaped.push_str(r"\\"),
            '"' => escaped.push_str("\\\""),
            '\r' => escaped.push_str(r"\r"),
            '\n' => escaped.push_str(r"\n"),
            '\t' => escaped.push_str(r"\t"),
            '\0'..=' ' if at == 0 => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    if escaped.len() > ROOM {
        return Err(Error::invalid(format!(
            "the text takes {} bytes in UTF-8 with what is escaped, and this driver's action has room for {ROOM}; send it \
             in pieces",
            escaped.len()
        )));
    }
    Ok(escaped)
}

/// A text for a driver that neither splits nor undoes escapes. It sends ASCII by its codes, which are other characters in the
/// alphabet of SMS for some, and all else in UCS-2.
fn as_it_is(text: &str) -> Result<SmsParts<'_>> {
    let is_other = |c: &char| text.is_ascii() && septets(c.encode_utf8(&mut [0; 4])) != [*c as u8];
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(
            "the text holds a line end or another control character, which this driver cannot carry; put a blank there",
        ));
    }
    if text.starts_with(' ') {
        return Err(Error::invalid("the text begins with a blank, which this driver would lose; leave it out"));
    }
    if let Some(c) = text.chars().find(is_other) {
        return Err(Error::invalid(format!("the text holds {c:?}, which this driver sends as another character")));
    }
    let parts = SmsParts::of(text, Repertoire::Gsm7)?;
    let (units, most) = if text.is_ascii() {
        (text.len(), Encoding::Gsm7.room(0))
    } else {
        (text.encode_utf16().count(), Encoding::Ucs2.room(0))
    };
    if units > most {
        return Err(Error::invalid(format!(
            "the text takes {units} of the {most} places of one SMS, and this driver splits nothing; send it in pieces"
        )));
    }
    Ok(parts)
}

/// Such a driver takes every number for one with a country code.
fn check_number(number: &str) -> Result<()> {
    if number.starts_with('+') {
        return Ok(());
    }
    Err(Error::invalid("this driver takes every number for one with a country code; write it so, with a + in front"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, abilities: Abilities) -> String {
        parts(text, abilities).expect_err("it cannot be sent").to_string()
    }

    #[test]
    fn texts_are_escaped_for_c_and_begin_with_no_blank() {
        let of = |text: &str| escaped(text).expect("there is room");
        assert_eq!(of("say \"hi\" c:\\new\r\n\tä😀"), "say \\\"hi\\\" c:\\\\new\\r\\n\\tä😀");
        assert_eq!(
            (of("  two"), of("\ttab"), of("\u{1b}x ")),
            (r"\  two".into(), r"\ttab".into(), "\\\u{1b}x ".into())
        );
    }

    #[test]
    fn dongle_error_names_the_room_of_an_action() {
        assert_eq!(ROOM, 1013);
        for (text, length) in [("x".repeat(1014), "1014"), ("\n".repeat(507), "1014"), ("я".repeat(507), "1014")] {
            assert!(said(&text, Abilities::Codes).contains(&format!("takes {length} bytes")));
        }
        assert!(escaped(&"x".repeat(1013)).is_ok() && escaped(&"\n".repeat(506)).is_ok());
    }

    #[test]
    fn dongle_text_that_a_driver_without_escapes_garbles_is_refused() {
        let texts = [
            ("a\nb", "line end"),
            (" x", "blank"),
            ("a@b", "'@'"),
            ("5 $", "'$'"),
            ("{x}", "'{'"),
            ("c:\\", "'\\\\'"),
            ("a_b", "'_'"),
        ];
        for (text, part) in texts {
            assert!(
                said(text, Abilities::TakesTexts).contains(part),
                "{text:?}: {}",
                said(text, Abilities::TakesTexts)
            );
            assert!(parts(text, Abilities::TakesPdus).is_ok() && parts(text, Abilities::Codes).is_ok());
        }
        assert!(said(&"x".repeat(161), Abilities::TakesTexts).contains("161 of the 160"));
        assert!(said(&"я".repeat(71), Abilities::TakesTexts).contains("71 of the 70"));
        for text in ["plain, 12:30 \"q\"; #1", "ä@$ {x}", "Привет", &"x".repeat(160)] {
            assert!(parts(text, Abilities::TakesTexts).is_ok(), "{text}");
        }
        assert!(check_number("0151").is_err() && check_number("+4915").is_ok());
    }
}
