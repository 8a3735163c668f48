//! Messages on their way in, whatever they look like to the manager interface.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::clock;
use super::gateway::Gateway;
use super::incoming::Incoming;
use super::pdu::{self, Coding, Envelope, Part};

/// Lets a message come in and returns the number of sessions that see it.
pub(super) fn deliver(gateway: &Gateway, span: u32, message: &Incoming) -> usize {
    let reference = gateway.messages.fetch_add(1, Ordering::Relaxed) as u8;
    let parts = if message.pdu.is_some() {
        vec![Part::new(&message.text, message.coding == Coding::SevenBit, message.flash, Vec::new())]
    } else {
        pdu::split(&message.text, message.coding, message.flash, reference)
    };
    let chosen: Vec<Part> = if message.parts.is_empty() {
        parts
    } else {
        message.parts.iter().filter_map(|number| parts.get(number.checked_sub(1)?)).cloned().collect()
    };
    arrive(gateway, span, message, &chosen)
}

/// Lets parts come in, with the rest as the message has it.
pub(super) fn arrive(gateway: &Gateway, span: u32, message: &Incoming, parts: &[Part]) -> usize {
    if gateway.radio(span).is_none() {
        return 0;
    }
    let mut message = message.clone();
    if message.time.is_empty() {
        let (date, time) = clock::date_and_time(SystemTime::now(), gateway.options.time_zone, '/');
        message.time = format!("{date} {time}");
    }
    gateway.driver.tell(gateway, span, &message, parts)
}

/// The part as a modem hands it over.
pub(super) fn deliver_pdu(gateway: &Gateway, message: &Incoming, part: &Part) -> String {
    let options = &gateway.options;
    let envelope =
        Envelope { smsc: &options.smsc, sender: &message.sender, time: &message.time, zone_hours: options.time_zone };
    pdu::deliver(&envelope, part)
}
