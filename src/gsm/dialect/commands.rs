//! Whose commands a gateway understands, and how a message or a USSD code is put in them.

use std::time::Duration;

use super::abilities::Abilities;
use super::dongle;
use super::names::{Dialect, command};
use super::transmission::{Expected, ResultSource, Transmission, made_id, next_reference, submit};
use crate::client::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::gsm::address::Address;
use crate::gsm::cli::quote;
use crate::gsm::ids::UsedId;
use crate::gsm::parts::{Repertoire, SmsParts};
use crate::gsm::pdu::Encoding;
use crate::gsm::receipt::Outcome;
use crate::gsm::request::{Port, SmsRequest, whole_seconds};
use crate::gsm::resting::Purpose;
use crate::protocol::Action;

/// The options of a message that the chan_extra drivers take with a PDU alone.
fn needs_pdu(request: &SmsRequest) -> bool {
    request.by_pdu || request.validity.is_some() || request.report
}

impl Dialect {
    /// The purpose that a message takes its port for, where drivers tell results by port: one that waits for its result may be
    /// told that of another.
    pub(in crate::gsm) fn purpose(&self, transmissions: &[Transmission]) -> Option<Purpose> {
        let waits = |transmission: &Transmission| matches!(transmission.result_source, ResultSource::Answer(_));
        match self {
            _ if !self.blocks() => None,
            _ if transmissions.iter().any(waits) => Some(Purpose::Result),
            _ => Some(Purpose::HandOver),
        }
    }

    /// The same for a message in a queue, whose port does one thing after the other: handed over all at once, what waits would
    /// be the driver's, and neither priority nor closing would mean anything.
    pub(in crate::gsm) fn purpose_in_queue(&self, transmissions: &[Transmission]) -> Option<Purpose> {
        match (self, self.purpose(transmissions)) {
            (Dialect::Template(_), purpose) => purpose,
            (_, purpose) => purpose.map(|_| Purpose::Result),
        }
    }

    /// Takes the id that the caller chose, where the gateway reports what becomes of the message by its id.
    pub(in crate::gsm) fn used_id(
        &self,
        config: &Config,
        request: &SmsRequest,
        transmissions: &[Transmission],
    ) -> Result<Option<UsedId>> {
        let Some(id) = request.id.as_deref() else { return Ok(None) };
        let has_another = |one: &Transmission| {
            matches!(one.result_source, ResultSource::Answer(_) | ResultSource::Report(Expected { id: None, .. }))
        };
        let is_told = match self {
            Dialect::Template(template) => template.0.contains("{id}"),
            _ => true,
        };
        if transmissions.iter().any(has_another) || !is_told {
            return Ok(None);
        }
        UsedId::take(&Address::of(config), id).map(Some)
    }

    fn check_port(&self, port: &Port) -> Result<()> {
        match (port, self.names_ports()) {
            (Port::Span(_), true) => Err(Error::invalid(format!(
                "ports have names here, such as {}0; give the port's name",
                self.driver().unwrap_or_default().to_ascii_lowercase()
            ))),
            (Port::Name(_), false) if !matches!(self, Dialect::Template(_)) => {
                Err(Error::invalid("ports are counted here; give the port's number, from 1"))
            }
            _ => Ok(()),
        }
    }

    /// Tells whether it is a text and nothing else, but for flash where there is an argument for it.
    fn check_plain(&self, request: &SmsRequest, has_flash: bool) -> Result<()> {
        if request.flash && !has_flash || needs_pdu(request) {
            return Err(self.lacks("a flash SMS, a PDU, a report or a validity"));
        }
        Ok(())
    }

    /// The parts in which a text goes, whoever cuts it. Drivers of dongles differ: this is for those since June
    /// 2020, and [`Gateway::parts`](crate::gsm::Gateway::parts) knows which it is.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a text that cannot be sent.
    pub fn parts<'a>(&self, text: &'a str) -> Result<SmsParts<'a>> {
        self.parts_by(text, Abilities::Unknown)
    }

    /// The same for a driver of which it is known what it can do.
    pub(in crate::gsm) fn parts_by<'a>(&self, text: &'a str, abilities: Abilities) -> Result<SmsParts<'a>> {
        match self {
            Dialect::Dongle | Dialect::Quectel => dongle::parts(text, abilities),
            Dialect::Yeastar => SmsParts::of(text, Repertoire::Gsm7),
            // What their commands cannot carry goes as PDUs.
            _ => SmsParts::of(text, Repertoire::Ascii).or_else(|_| SmsParts::of(text, Repertoire::Gsm7)),
        }
    }

    /// The transmissions that a message takes, in order; each only after the one before has gone.
    pub(in crate::gsm) fn transmissions(
        &self,
        request: &SmsRequest,
        timeout: Duration,
        abilities: Abilities,
    ) -> Result<Vec<Transmission>> {
        request.check()?;
        self.check_port(&request.port)?;
        let transmissions = self.coded(request, timeout, abilities)?;
        transmissions.iter().try_for_each(|transmission| transmission.action.check())?;
        Ok(transmissions)
    }

    fn coded(&self, request: &SmsRequest, timeout: Duration, abilities: Abilities) -> Result<Vec<Transmission>> {
        let seconds = whole_seconds(timeout);
        let needs_more = request.flash || needs_pdu(request);
        match self {
            Dialect::OpenVox | Dialect::OpenVoxFirmware | Dialect::Allo if request.plain && !needs_more => {
                // A backquote is not in the alphabet of SMS: that it stands for something else is the sender's matter here.
                single(&request.text.replace('`', "'"))?;
                Ok(self.texts(request, &[&request.text], seconds))
            }
            Dialect::OpenVox | Dialect::Allo => {
                if needs_more {
                    return self.pdus(request);
                }
                match SmsParts::of(&request.text, Repertoire::Ascii) {
                    Ok(parts) => Ok(self.texts(request, &pieces(&parts), seconds)),
                    Err(_) => self.pdus(request),
                }
            }
            // Its documents know neither parts nor PDUs.
            Dialect::OpenVox2013 => {
                self.check_plain(request, false)?;
                Ok(self.texts(request, &[single(&request.text)?], seconds))
            }
            Dialect::OpenVoxFirmware => {
                if needs_pdu(request) {
                    return self.pdus(request);
                }
                // A line end is escaped once more, and takes one place in the SMS.
                let flat = request.text.replace("\r\n", "\n").replace(['\n', '\r'], " ");
                match SmsParts::of(&flat, Repertoire::Ascii) {
                    Ok(parts) if parts.is_single() => Ok(self.texts(request, &[&request.text], seconds)),
                    Ok(parts) if flat == *request.text => Ok(self.texts(request, &pieces(&parts), seconds)),
                    _ => self.pdus(request),
                }
            }
            Dialect::Yeastar => self.yeastar(request, timeout),
            Dialect::Dongle | Dialect::Quectel => dongle::transmissions(self, request, timeout, abilities),
            Dialect::Template(template) => {
                self.check_plain(request, template.0.contains("{flash}"))?;
                single(&request.text)?;
                // Left out, the argument behind it would be taken for it.
                let id = request.id.as_deref().map_or_else(made_id, str::to_owned);
                let line = template.line(request, &request.text, seconds, &id);
                let result_source = if template.waits() {
                    ResultSource::Answer(Duration::from_secs(seconds))
                } else {
                    ResultSource::None
                };
                Ok(vec![Transmission { action: command(line), result_source }])
            }
        }
    }

    /// The transmissions that hand a message over, without waiting for the network.
    pub(in crate::gsm) fn handing_over(
        &self,
        request: &SmsRequest,
        timeout: Duration,
        abilities: Abilities,
    ) -> Result<Vec<Transmission>> {
        let mut transmissions = self.transmissions(request, timeout, abilities)?;
        let waits =
            transmissions.iter().any(|transmission| matches!(transmission.result_source, ResultSource::Answer(_)));
        match self {
            Dialect::OpenVox | Dialect::OpenVox2013 | Dialect::Allo if waits && transmissions.len() == 1 => {
                let (word, port, to) = (self.word(), &request.port, &request.destination);
                let mut line = format!("{word} send sms {port} {to} {}", quote(&request.text));
                let seconds = whole_seconds(timeout).to_string();
                for more in
                    (*self == Dialect::OpenVox2013).then_some(&*seconds).into_iter().chain(request.id.as_deref())
                {
                    line.push(' ');
                    line.push_str(more);
                }
                return Ok(vec![Transmission { action: command(line), result_source: ResultSource::None }]);
            }
            // Only PDUs are taken without waiting.
            Dialect::OpenVox | Dialect::Allo | Dialect::OpenVoxFirmware if waits => {
                return self.pdus(request);
            }
            Dialect::Template(_) if waits => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "the command for SMS waits for the network, as it has a {timeout}; queue with one that has none",
                ));
            }
            _ => {}
        }
        for transmission in &mut transmissions {
            transmission.result_source = ResultSource::None;
        }
        Ok(transmissions)
    }

    /// By the commands of chan_extra and its kin.
    fn texts(&self, request: &SmsRequest, pieces: &[&str], seconds: u64) -> Vec<Transmission> {
        let (word, is_firmware) = (self.word(), *self == Dialect::OpenVoxFirmware);
        let reference = next_reference();
        // The firmware counts its arguments: without an id the flash flag would be taken for one.
        let id = request.id.as_deref().map(str::to_owned).or_else(|| is_firmware.then(made_id));
        let count = pieces.len();
        let transmissions = pieces.iter().enumerate().map(|(at, text)| {
            let (port, to) = (&request.port, &request.destination);
            let quoted = if is_firmware { quote_twice(text) } else { quote(text) };
            let mut line = if count > 1 {
                format!("{word} send sync csms {port} {to} {quoted} {} {count} {} {seconds}", reference & 0xff, at + 1)
            } else {
                let words = if *self == Dialect::OpenVox2013 { "syncsms" } else { "sync sms" };
                format!("{word} send {words} {port} {to} {quoted} {seconds}")
            };
            if is_firmware {
                line.push_str(if request.flash { " 1" } else { " 0" });
            }
            if let Some(id) = &id {
                line.push(' ');
                line.push_str(id);
            }
            Transmission { action: command(line), result_source: ResultSource::Answer(Duration::from_secs(seconds)) }
        });
        transmissions.collect()
    }

    /// By PDUs, which the driver only takes.
    fn pdus(&self, request: &SmsRequest) -> Result<Vec<Transmission>> {
        let word = self.word();
        let transmissions = submit(request)?.into_iter().map(|pdu| {
            let mut line = format!("{word} send pdu {} {}", request.port, pdu.hex());
            if let Some(id) = &request.id {
                line.push(' ');
                line.push_str(id);
            }
            Transmission { action: command(line), result_source: ResultSource::None }
        });
        Ok(transmissions.collect())
    }

    /// The gateway splits by itself. The encoded text has neither blanks nor quotes.
    fn yeastar(&self, request: &SmsRequest, timeout: Duration) -> Result<Vec<Transmission>> {
        self.check_plain(request, false)?;
        if request.text.contains('\0') {
            return Err(Error::invalid("the text holds a NUL, which no SMS can carry"));
        }
        let id = request.id.as_deref().map_or_else(made_id, str::to_owned);
        let line = format!(
            "gsm send sms {} {} \"{}\" {id}",
            request.port,
            request.destination,
            percent_encoded(&request.text)
        );
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
        Ok(vec![Transmission { action: self.command(line), result_source }])
    }

    /// The action that sends a USSD code or an answer to a menu.
    pub(in crate::gsm) fn ussd(&self, port: &Port, code: &str, seconds: u64) -> Result<Action> {
        port.check()?;
        self.check_port(port)?;
        crate::gsm::request::check_ussd_answer(code)?;
        if let Some(driver) = self.driver() {
            let action = Action::new(format!("{driver}SendUSSD"));
            return Ok(action.with("Device", port.to_string()).with("USSD", code));
        }
        let (word, code) = (self.word(), quote(code));
        Ok(self.command(match self {
            // Its documents want a destination, which no USSD code has.
            Dialect::OpenVox2013 => format!("{word} send ussd {port} {code} {code} {seconds}"),
            _ => format!("{word} send ussd {port} {code} {seconds}"),
        }))
    }
}

/// A text for a command that sends one SMS.
fn single(text: &str) -> Result<&str> {
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

fn pieces<'a>(parts: &SmsParts<'a>) -> Vec<&'a str> {
    parts.parts().map(|(text, _)| text).collect()
}

/// As the firmware's own programs write it, since its driver undoes one more escaping than the CLI.
fn quote_twice(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => quoted.push_str(r"\\\\"),
            '"' => quoted.push_str("\\\""),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\r' => quoted.push_str(r"\\n"),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
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
