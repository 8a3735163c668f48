//! The ports of a gateway, as it shows them.

use std::fmt;

use super::request::Port;
use crate::events::Event;

/// The state of a port and of its network.
#[derive(Clone, PartialEq, Eq)]
pub struct PortStatus {
    port: Port,
    words: String,
    details: Vec<(String, String)>,
    is_complete: bool,
}

/// The signal quality of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(u8);

impl Signal {
    /// As modems tell it (27.007 8.5): 0 to 31, the more the better.
    pub fn quality(self) -> u8 {
        self.0
    }

    /// In dBm: from -113 (or less) to -51 (or more).
    pub fn dbm(self) -> i16 {
        2 * i16::from(self.0) - 113
    }

    /// In bars as a phone shows them: 0 to 5.
    pub fn bars(self) -> u8 {
        match self.0 {
            0..=1 => 0,
            2..=6 => 1,
            7..=11 => 2,
            12..=16 => 3,
            17..=21 => 4,
            _ => 5,
        }
    }
}

/// The states of a device that works, as chan_dongle and chan_quectel tell them: between calls, and with an SMS or a call.
const WORKING: [&str; 9] = ["Free", "SMS", "Ring", "Waiting", "Dialing", "Outgoing", "Incoming", "Active", "Held"];

impl PortStatus {
    /// The port.
    pub fn port(&self) -> &Port {
        &self.port
    }

    /// Its state in the gateway's own words, such as `Power on, Provisioned, Up, Active,Standard` or `Free`.
    pub fn peer_text(&self) -> &str {
        &self.words
    }

    /// Tells whether it can send and receive; also while it does, or while a call is up.
    pub fn is_up(&self) -> bool {
        self.says("Up") || WORKING.iter().any(|word| self.words.trim().eq_ignore_ascii_case(word))
    }

    /// Tells whether it has power. Of a dongle: whether its driver has the device.
    pub fn has_power(&self) -> bool {
        !["Power off", "Stopped", "Not connected"].iter().any(|word| self.says(word))
    }

    /// Tells whether one of its words, between commas, is this one.
    fn says(&self, word: &str) -> bool {
        self.words.split(',').any(|have| have.trim().eq_ignore_ascii_case(word))
    }

    /// Tells whether its SIM is there and unlocked, as far as the gateway tells.
    pub fn has_sim(&self) -> bool {
        !self.words.contains("Undetected SIM") && !self.words.contains("Pin (")
    }

    /// Something that the gateway tells, by its own name for it, compared without case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.details.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| &**value);
        value.filter(|value| !value.is_empty())
    }

    /// All that the gateway tells, in its order.
    pub fn details(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.details.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Tells whether the gateway told all of it in time. Otherwise only its state in words is known: there are no details.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn any(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The network operator's name.
    pub fn operator(&self) -> Option<&str> {
        self.any(&["Network Name", "ProviderName"]).filter(|name| *name != "NONE")
    }

    /// The registration, in the gateway's words.
    pub fn network_status(&self) -> Option<&str> {
        self.any(&["Network Status", "GSMRegistrationStatus"])
    }

    /// Tells whether it is registered with a network, at home or roaming.
    pub fn is_registered(&self) -> bool {
        self.network_status().is_some_and(|status| status.starts_with("Registered"))
    }

    /// The signal quality, where that is known; nothing without power.
    pub fn signal(&self) -> Option<Signal> {
        if !self.has_power() {
            return None;
        }
        let quality = self.any(&["Signal Quality (0,31)", "RSSI"])?;
        let quality = quality.split(',').next()?.trim().parse().ok()?;
        (quality <= 31).then_some(Signal(quality))
    }

    /// The number of the SIM card (IMSI).
    pub fn imsi(&self) -> Option<&str> {
        self.any(&["SIM IMSI", "IMSIState", "IMSI"])
    }

    /// The number of the modem (IMEI).
    pub fn imei(&self) -> Option<&str> {
        self.any(&["Model IMEI", "IMEIState", "IMEI"])
    }

    /// The number of the message centre.
    pub fn smsc(&self) -> Option<&str> {
        self.any(&["Send SMS Center Number", "SIM SMS Center Number", "SMSServiceCenter"])
    }

    /// The port's own telephone number, where the SIM holds it.
    pub fn own_number(&self) -> Option<&str> {
        self.any(&["Own Number", "SubscriberNumber"]).filter(|number| *number != "Unknown")
    }

    /// The last thing that happened there.
    pub fn last_event(&self) -> Option<&str> {
        self.get("Last event")
    }

    /// Its activity, such as `READY` or `SMS SENDING`.
    pub fn state(&self) -> Option<&str> {
        self.get("State")
    }

    pub(super) fn new(port: Port) -> PortStatus {
        PortStatus { port, words: String::new(), details: Vec::new(), is_complete: true }
    }

    /// Reads a line of `gsm show spans`: `GSM span 1: Power on, Provisioned, Up, Active,Standard`.
    pub(super) fn of_line(line: &str) -> Option<PortStatus> {
        let (span, words) = line.trim().strip_prefix("GSM span ")?.split_once(':')?;
        let port = Port::Span(span.trim().parse().ok()?);
        Some(PortStatus { words: words.trim().to_owned(), ..PortStatus::new(port) })
    }

    /// Marks a port for whose details there was no time.
    pub(super) fn incomplete(self) -> PortStatus {
        PortStatus { is_complete: false, ..self }
    }

    /// The answer of `gsm show span N`: lines of names and values, which may hold colons and commas.
    pub(super) fn with_details(mut self, text: &str) -> PortStatus {
        for line in text.lines() {
            if let Some((name, value)) = line.split_once(':')
                && !name.trim().is_empty()
            {
                self.details.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        self
    }

    /// An entry of `DongleShowDevices` and its kin.
    pub(super) fn of_device(entry: &Event) -> Option<PortStatus> {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let details: Vec<(String, String)> =
            entry.iter().skip(1).map(|(name, value)| (text(name), text(value))).collect();
        let port = Port::Name(entry.text("Device")?.into());
        let words = entry.text("State").unwrap_or_default().into_owned();
        Some(PortStatus { port, words, details, is_complete: true })
    }
}

impl fmt::Debug for PortStatus {
    // Numbers of the SIM and the modem are their owner's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortStatus").field("port", &self.port).field("words", &self.words).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_from_the_lines_of_show_spans() {
        let port = PortStatus::of_line("GSM span 12: Power on, Provisioned, Up, Active,Standard").expect("a port");
        assert_eq!((port.port(), port.is_up(), port.has_power(), port.has_sim()), (&Port::Span(12), true, true, true));
        let bare = PortStatus::of_line("GSM span 2: Power on, Provisioned, Undetected SIM Card, Active, Standard");
        let bare = bare.expect("a port");
        assert_eq!((bare.is_up(), bare.has_sim()), (false, false));
        let off = PortStatus::of_line("GSM span 3: Power off, Provisioned, Down, Active,Standard").expect("a port");
        assert_eq!((off.is_up(), off.has_power(), off.signal()), (false, false, None));
        assert!(PortStatus::of_line("No such command").is_none());
    }

    #[test]
    fn ports_from_the_lines_of_show_span() {
        let text = "D-channel: 2\nNetwork Name: CHINA: MOBILE\nNetwork Status: Registered (Roaming)\n\
                    Signal Quality (0,31): 17\nSIM SMS Center Number: +8613800755500\nLast event: \nState: READY\n\
                    Last send AT: AT+CREG?\\r\\n";
        let port = PortStatus::of_line("GSM span 1: Power on, Provisioned, Up, Active,Standard").expect("a port");
        let port = port.with_details(text);
        assert_eq!(port.operator(), Some("CHINA: MOBILE"));
        assert!(port.is_registered());
        let signal = port.signal().expect("a signal");
        assert_eq!((signal.quality(), signal.dbm(), signal.bars()), (17, -79, 4));
        assert_eq!((port.smsc(), port.last_event(), port.state()), (Some("+8613800755500"), None, Some("READY")));
        assert_eq!(port.get("last SEND at"), Some("AT+CREG?\\r\\n"));
        assert_eq!(port.details().count(), 8);
    }

    #[test]
    fn ports_from_the_states_of_devices() {
        let of = |words: &str| {
            let details = ["SubscriberNumber: Unknown", "RSSI: 0, <= -113 dBm"].join("\n");
            PortStatus { words: words.to_owned(), ..PortStatus::new("dongle0".into()) }.with_details(&details)
        };
        for state in WORKING {
            let port = of(state);
            assert!(port.is_up() && port.has_power() && port.signal().is_some(), "{state}");
        }
        for (state, has_power) in [
            ("GSM not registered", true),
            ("Not initialized", true),
            ("Used", true),
            ("Stopped", false),
            ("Not connected", false),
        ] {
            let port = of(state);
            assert_eq!(
                (port.is_up(), port.has_power(), port.signal().is_some()),
                (false, has_power, has_power),
                "{state}"
            );
            assert_eq!(port.own_number(), None);
        }
        // An OpenVox port that is down is active all the same.
        assert!(
            !PortStatus::of_line("GSM span 3: Power on, Provisioned, Down, Active,Standard").expect("a port").is_up()
        );
    }

    #[test]
    fn signal_that_is_not_known_is_none() {
        for quality in ["99", "", "x", "-1"] {
            let port = PortStatus::of_line("GSM span 1: Up").expect("a port");
            assert_eq!(port.with_details(&format!("Signal Quality (0,31): {quality}")).signal(), None, "{quality}");
        }
        let bars: Vec<u8> = [0, 2, 7, 12, 17, 31].map(|quality| Signal(quality).bars()).to_vec();
        assert_eq!(bars, [0, 1, 2, 3, 4, 5]);
        assert_eq!((Signal(0).dbm(), Signal(31).dbm()), (-113, -51));
    }
}
