//! Things found in one event, and read of a PDU.

use super::assembly::{Piece, Place};
use crate::gsm::incoming::{Incoming, Report, Sms, Unreadable, Ussd};
use crate::gsm::outcome::Outcome;
use crate::gsm::pdu::{Delivery, Pdu};

/// Something in an event, which may be a part only.
#[derive(Debug)]
pub(super) enum Found {
    Piece(Piece),
    /// By an event beside the channel that brings it too, and the PDU that it names.
    Announced(Piece, String),
    Report(Report),
    Ussd(Ussd),
    Unreadable(Unreadable),
    /// A device that its driver has let go of.
    Gone(String),
}

/// A word of the reader's: something that came in, or something of the gateway itself.
pub(in crate::gsm) enum Word {
    Incoming(Incoming),
    /// The driver has let go of this device, and of all that it had for it.
    Gone(String),
}

impl Found {
    pub fn unreadable(port: String, why: &str, raw: Vec<u8>) -> Found {
        Found::Unreadable(Unreadable { port, why: why.to_owned(), raw })
    }
}

/// Reads a PDU in hex, if it can be read and came in.
pub(super) fn pdu_in_hex(hex: &[u8], port: &str) -> Option<Found> {
    let hex = hex.trim_ascii();
    found_in(Pdu::from_hex(hex).ok()?, String::from_utf8_lossy(hex).into_owned(), port)
}

/// The message in a PDU; nothing if it is not one that came in.
pub(super) fn found_in(pdu: Pdu, hex: String, port: &str) -> Option<Found> {
    match pdu {
        Pdu::Deliver(deliver) => {
            let data = deliver.user_data();
            let place = data.part().map(|part| Place {
                reference: part.reference.to_string(),
                total: part.total.into(),
                index: part.index.into(),
            });
            let sms = Sms {
                port: port.to_owned(),
                sender: deliver.sender().as_str().to_owned(),
                time: deliver.time().map(|time| time.to_string()).unwrap_or_default(),
                text: data.text().unwrap_or_default().to_owned(),
                smsc: deliver.smsc().map(|smsc| smsc.as_str().to_owned()),
                class: data.class(),
                parts: 1,
                missing: Vec::new(),
                pdus: vec![hex],
                raw: data.octets().to_vec(),
                is_data: data.text().is_none(),
                application_port: data.port(),
            };
            Some(Found::Piece(Piece { sms, place, data: Some(data.clone()) }))
        }
        Pdu::StatusReport(status) => Some(Found::Report(Report {
            recipient: Some(status.recipient().as_str().to_owned()),
            time: status.time().map(|time| time.to_string()),
            done: status.discharge_time().map(|time| time.to_string()),
            reference: Some(status.reference()),
            status: Some(status.status()),
            ..Report::new(port.to_owned(), outcome_of(status.delivery()))
        })),
        _ => None,
    }
}

/// Of what was handed on or replaced, and of what is still tried, no more is known than that the network took it.
pub(super) fn outcome_of(delivery: Delivery) -> Outcome {
    match delivery {
        Delivery::Delivered => Outcome::Delivered,
        Delivery::FailedPermanently | Delivery::FailedTemporarily => Outcome::Undelivered,
        Delivery::Completed | Delivery::Trying => Outcome::Sent,
    }
}
