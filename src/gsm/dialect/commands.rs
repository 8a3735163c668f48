//! The commands and actions of a gateway, by its dialect.

use std::time::Duration;

use super::abilities::Abilities;
use super::names::Dialect;
use super::transmission::{Expected, ResultSource, Transmission};
use super::{chan_extra, dongle, template, yeastar};
use crate::client::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::gsm::address::Address;
use crate::gsm::ids::UsedId;
use crate::gsm::parts::{Repertoire, SmsParts};
use crate::gsm::ports::PortStatus;
use crate::gsm::request::{Port, Power, SmsRequest, check_ussd_answer, whole_seconds};
use crate::gsm::resting::Purpose;
use crate::protocol::{Action, Response};

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
            Dialect::Template(template) => template.has("{id}"),
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
        match self {
            Dialect::OpenVox | Dialect::OpenVoxFirmware | Dialect::OpenVox2013 | Dialect::Allo => {
                chan_extra::transmissions(self, request, seconds)
            }
            Dialect::Yeastar => {
                self.check_plain(request, false)?;
                yeastar::transmissions(request, timeout)
            }
            Dialect::Dongle | Dialect::Quectel => dongle::transmissions(self, request, timeout, abilities),
            Dialect::Template(template) => {
                self.check_plain(request, template.has("{flash}"))?;
                template::transmissions(template, request, seconds)
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
                return Ok(chan_extra::handing_over(self, request, timeout));
            }
            // Only PDUs are taken without waiting.
            Dialect::OpenVox | Dialect::Allo | Dialect::OpenVoxFirmware if waits => {
                return chan_extra::pdus(self, request);
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

    /// The action that sends a USSD code or an answer to a menu.
    pub(in crate::gsm) fn ussd(&self, port: &Port, code: &str, seconds: u64) -> Result<Action> {
        port.check()?;
        self.check_port(port)?;
        check_ussd_answer(code)?;
        Ok(match self.driver() {
            Some(driver) => dongle::ussd(driver, port, code),
            None => chan_extra::ussd(self, port, code, seconds),
        })
    }
}

/// Ports and events.
impl Dialect {
    /// The classes of events that most gateways need.
    pub(in crate::gsm) const USUAL_CLASSES: &'static str = chan_extra::EVENTS;

    /// The classes of events that tell of SMS, reports and USSD.
    pub(in crate::gsm) fn event_classes(&self) -> &'static str {
        match self {
            Dialect::Yeastar => yeastar::EVENTS,
            Dialect::Dongle | Dialect::Quectel => dongle::EVENTS,
            _ => Dialect::USUAL_CLASSES,
        }
    }

    /// The action that lists the ports.
    pub(in crate::gsm) fn show_ports(&self) -> Action {
        match self.driver() {
            Some(driver) => dongle::show_devices(driver, None),
            None => self.command(format!("{} show spans", self.word())),
        }
    }

    /// Reads the answer to it.
    pub(in crate::gsm) fn read_ports(&self, answer: &Response) -> Vec<PortStatus> {
        if self.names_ports() {
            return answer.events().iter().filter_map(PortStatus::of_device).collect();
        }
        let text = String::from_utf8_lossy(answer.output().unwrap_or_default());
        text.lines().filter_map(PortStatus::of_line).collect()
    }

    /// The action that lists one device, where the driver takes any name for one.
    pub(in crate::gsm) fn show_device(&self, port: &Port) -> Option<Action> {
        self.driver().map(|driver| dongle::show_devices(driver, Some(port)))
    }

    /// The action that turns a port on or off.
    pub(in crate::gsm) fn power(&self, port: &Port, power: Power) -> Result<Action> {
        match (self.driver(), self) {
            (Some(driver), _) => Ok(dongle::power(driver, port, power)),
            (None, Dialect::Yeastar) => Err(self.has_no("turning ports on and off")),
            (None, _) => Ok(chan_extra::power(self, port, power)),
        }
    }

    /// Reads the answer to it.
    pub(in crate::gsm) fn check_power(&self, port: &Port, power: Power, answer: &Response) -> Result<()> {
        match self.driver() {
            Some(_) => Ok(()),
            None => chan_extra::check_power(port, power, answer),
        }
    }

    /// The action that has the gateway read a port's settings again.
    pub(in crate::gsm) fn reload(&self, port: &Port) -> Result<Action> {
        match (self.driver(), self) {
            (Some(driver), _) => Ok(dongle::reload(driver)),
            (None, Dialect::Yeastar) => Err(self.has_no("reloading")),
            (None, _) => Ok(self.command(format!("{} reload span {port}", self.word()))),
        }
    }
}
