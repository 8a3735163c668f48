//! The dialects by their names, and the facts in which they differ.

use std::fmt;
use std::str::FromStr;

use super::plain::needs_pdu;
use super::template::Template;
use super::transmission::command;
use crate::error::{Error, ErrorKind, Result};
use crate::gsm::request::{Port, SmsRequest};
use crate::protocol::Action;

/// Whose commands a gateway understands. They are chosen by their names, or by a command line of one's own with `{port}`,
/// `{to}` and `{text}` in it, and `{timeout}`, `{id}` and `{flash}` if wanted, such as
/// `gsm send sync sms {port} {to} {text} {timeout} {id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// `openvox`: OpenVox VoxStack with the open driver, chan_extra 2.0.8.
    OpenVox,
    /// `openvox-firmware`: OpenVox VoxStack with its later, closed driver, whose commands have an argument for flash SMS.
    OpenVoxFirmware,
    /// `openvox-2013`: OpenVox VoxStack as its documents of 2013 have it, with `syncsms` as one word.
    OpenVox2013,
    /// `allo`: ALLO gateways, with chan_allogsm.
    Allo,
    /// `yeastar`: Yeastar TG and MyPBX, with the action `smscommand`.
    Yeastar,
    /// `dongle`: Asterisk with chan_dongle.
    Dongle,
    /// `quectel`: Asterisk with chan_quectel.
    Quectel,
    /// A command of the caller's.
    Template(Template),
}

const NAMES: [(&str, Dialect); 7] = [
    ("openvox", Dialect::OpenVox),
    ("openvox-firmware", Dialect::OpenVoxFirmware),
    ("openvox-2013", Dialect::OpenVox2013),
    ("allo", Dialect::Allo),
    ("yeastar", Dialect::Yeastar),
    ("dongle", Dialect::Dongle),
    ("quectel", Dialect::Quectel),
];

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(name: &str) -> Result<Dialect> {
        if name.contains('{') {
            return Template::new(name).map(Dialect::Template);
        }
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, dialect)| dialect.clone()).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            Error::invalid(format!("there is no dialect named {name:?}; use auto, {} or a command", names.join(", ")))
        })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(_, dialect)| dialect == self) {
            Some((name, _)) => f.write_str(name),
            None => f.write_str("a command of the caller's"),
        }
    }
}

impl Dialect {
    /// Reads a setting: a dialect, or `None` to find out which, for `auto`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a name that is not known, or a command that lacks something.
    pub fn of_setting(setting: &str) -> Result<Option<Dialect>> {
        if setting == "auto" { Ok(None) } else { setting.parse().map(Some) }
    }
}

impl Dialect {
    /// Tells whether a message blocks its session until the network has answered. A USSD code does wherever ports have no names.
    pub fn blocks(&self) -> bool {
        !matches!(self, Dialect::Yeastar | Dialect::Dongle | Dialect::Quectel)
    }

    /// Tells whether ports have names.
    pub fn names_ports(&self) -> bool {
        matches!(self, Dialect::Dongle | Dialect::Quectel)
    }

    /// The first word of the actions and events of drivers that have any.
    pub(in crate::gsm) fn driver(&self) -> Option<&'static str> {
        match self {
            Dialect::Dongle => Some("Dongle"),
            Dialect::Quectel => Some("Quectel"),
            _ => None,
        }
    }

    /// A port such as this dialect has, for a message whose port is not known yet.
    pub(in crate::gsm) fn some_port(&self) -> Port {
        self.driver().map_or(Port::Span(1), |driver| format!("{}0", driver.to_ascii_lowercase()).as_str().into())
    }

    /// The first word of the commands.
    pub(in crate::gsm) fn word(&self) -> &'static str {
        if *self == Dialect::Allo { "allogsm" } else { "gsm" }
    }

    /// A command of this dialect.
    pub(in crate::gsm) fn command(&self, line: String) -> Action {
        if *self == Dialect::Yeastar { Action::new("smscommand").with("command", &line) } else { command(line) }
    }

    /// The refusal of something that no command of this dialect does.
    pub(super) fn has_no(&self, what: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("{what} is not among the commands of this dialect ({self})"))
    }

    /// The refusal of an option that the commands of this dialect lack.
    pub(super) fn lacks(&self, what: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("{what} cannot be asked for in this dialect ({self})"))
    }

    /// Tells whether it is a text and nothing else, but for flash where there is an argument for it.
    pub(super) fn check_plain(&self, request: &SmsRequest, has_flash: bool) -> Result<()> {
        if request.flash && !has_flash || needs_pdu(request) {
            return Err(self.lacks("a flash SMS, a PDU, a report or a validity"));
        }
        Ok(())
    }
}
