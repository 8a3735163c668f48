//! The kinds of PDUs.

use std::time::Duration;

use super::address::Address;
use super::octets::{HAS_HEADER, Reader, STATUS_REPORT, STATUS_REPORT_TYPE, SUBMIT, from_hex};
use super::submit::validity_of;
use super::timestamp::Timestamp;
use super::user_data::{Coding, UserData};
use crate::error::Result;

/// An SMS as a modem hands it over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pdu {
    /// An SMS that came in.
    Deliver(Deliver),
    /// The report about an SMS that was sent.
    StatusReport(StatusReport),
    /// An SMS that was sent or is to be sent.
    Submit(Submitted),
}

impl Pdu {
    /// Reads a PDU with the SMS centre's number in front, as modems and gateways give them. Octets behind its end are
    /// ignored.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`]; the text says at which octet it is wrong, counted from 0.
    pub fn decode(octets: &[u8]) -> Result<Pdu> {
        let mut reader = Reader::new(octets);
        let centre = Address::read_centre(&mut reader)?;
        read(&mut reader, centre)
    }

    /// Reads a PDU without the SMS centre's number. Otherwise as [`Pdu::decode`].
    ///
    /// # Errors
    /// As [`Pdu::decode`].
    pub fn decode_tpdu(octets: &[u8]) -> Result<Pdu> {
        read(&mut Reader::new(octets), None)
    }

    /// Reads a PDU in hex, in upper or lower case. Otherwise as [`Pdu::decode`].
    ///
    /// # Errors
    /// As [`Pdu::decode`], and if it is no hex.
    pub fn from_hex(hex: impl AsRef<[u8]>) -> Result<Pdu> {
        Pdu::decode(&from_hex(hex.as_ref())?)
    }
}

fn read(reader: &mut Reader<'_>, centre: Option<Address>) -> Result<Pdu> {
    let flags = reader.octet("the kind of the message")?;
    // A reserved kind is to be taken for an SMS that came in (23.040 9.2.3.1).
    Ok(match flags & 3 {
        SUBMIT => Pdu::Submit(Submitted::read(reader, flags)?),
        STATUS_REPORT_TYPE => Pdu::StatusReport(StatusReport::read(reader, centre)?),
        _ => Pdu::Deliver(Deliver::read(reader, flags, centre)?),
    })
}

/// An SMS that came in (SMS-DELIVER, 23.040 9.2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deliver {
    centre: Option<Address>,
    sender: Address,
    protocol: u8,
    time: Option<Timestamp>,
    status_report: bool,
    user_data: UserData,
}

impl Deliver {
    /// The SMS centre, if the PDU has its number.
    pub fn smsc(&self) -> Option<&Address> {
        self.centre.as_ref()
    }

    /// The sender.
    pub fn sender(&self) -> &Address {
        &self.sender
    }

    /// When the SMS centre took it, if that is a time.
    pub fn time(&self) -> Option<Timestamp> {
        self.time
    }

    /// The protocol identifier: 0 as a rule (23.040 9.2.3.9).
    pub fn protocol_id(&self) -> u8 {
        self.protocol
    }

    /// Tells whether its sender will be told that it arrived.
    pub fn is_reported(&self) -> bool {
        self.status_report
    }

    /// The user data.
    pub fn user_data(&self) -> &UserData {
        &self.user_data
    }

    fn read(reader: &mut Reader<'_>, flags: u8, centre: Option<Address>) -> Result<Deliver> {
        let sender = Address::read(reader, "the sender")?;
        let protocol = reader.octet("the protocol identifier")?;
        let coding = Coding(reader.octet("the data coding scheme")?);
        Ok(Deliver {
            centre,
            sender,
            protocol,
            time: Timestamp::decode(reader.array("the time")?),
            status_report: flags & STATUS_REPORT != 0,
            user_data: UserData::read(reader, coding, flags & HAS_HEADER != 0)?,
        })
    }
}

/// A report about an SMS (SMS-STATUS-REPORT, 23.040 9.2.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    centre: Option<Address>,
    reference: u8,
    recipient: Address,
    time: Option<Timestamp>,
    discharge_time: Option<Timestamp>,
    status: u8,
}

/// The status of an SMS by its SMS centre (23.040 9.2.3.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// It arrived.
    Delivered,
    /// The SMS centre is done with it and does not say whether it arrived: it was handed on, or another one took its
    /// place.
    Completed,
    /// It did not arrive yet; the SMS centre still tries.
    Trying,
    /// It cannot be delivered; the SMS centre tries no more.
    FailedPermanently,
    /// It could not be delivered this time; the SMS centre tries no more.
    FailedTemporarily,
}

impl Delivery {
    /// By the status's number.
    pub(crate) fn of(status: u8) -> Delivery {
        match status {
            0x00 => Delivery::Delivered,
            0x01 | 0x02 | 0x10..=0x1f => Delivery::Completed,
            0x20..=0x25 | 0x30..=0x3f => Delivery::Trying,
            0x40..=0x49 | 0x50..=0x5f => Delivery::FailedPermanently,
            // What is reserved stands for "service rejected", which is one of these.
            _ => Delivery::FailedTemporarily,
        }
    }
}

impl StatusReport {
    /// The SMS centre, if the PDU has its number.
    pub fn smsc(&self) -> Option<&Address> {
        self.centre.as_ref()
    }

    /// The number that the modem gave the SMS when it sent it.
    pub fn reference(&self) -> u8 {
        self.reference
    }

    /// The recipient of the SMS.
    pub fn recipient(&self) -> &Address {
        &self.recipient
    }

    /// When the SMS centre took the SMS, if that is a time.
    pub fn time(&self) -> Option<Timestamp> {
        self.time
    }

    /// When it was delivered, or tried for the last time, if that is a time.
    pub fn discharge_time(&self) -> Option<Timestamp> {
        self.discharge_time
    }

    /// The status, as it came.
    pub fn status(&self) -> u8 {
        self.status
    }

    /// The meaning of the status.
    pub fn delivery(&self) -> Delivery {
        Delivery::of(self.status)
    }

    fn read(reader: &mut Reader<'_>, centre: Option<Address>) -> Result<StatusReport> {
        Ok(StatusReport {
            centre,
            reference: reader.octet("the reference")?,
            recipient: Address::read(reader, "the recipient")?,
            time: Timestamp::decode(reader.array("the time")?),
            discharge_time: Timestamp::decode(reader.array("the time of delivery")?),
            // Optional fields may follow; none is of use here.
            status: reader.octet("the status")?,
        })
    }
}

/// An SMS that was sent or is to be sent (SMS-SUBMIT, 23.040 9.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    reference: u8,
    destination: Address,
    protocol: u8,
    validity: Option<Duration>,
    status_report: bool,
    user_data: UserData,
}

impl Submitted {
    /// The number of the message; 0 if the modem is to give one.
    pub fn reference(&self) -> u8 {
        self.reference
    }

    /// The recipient.
    pub fn destination(&self) -> &Address {
        &self.destination
    }

    /// The protocol identifier: 0 as a rule (23.040 9.2.3.9).
    pub fn protocol_id(&self) -> u8 {
        self.protocol
    }

    /// The time for which the network is to try, if that is told, and not as a point in time.
    pub fn validity(&self) -> Option<Duration> {
        self.validity
    }

    /// Tells whether a status report is wanted.
    pub fn wants_report(&self) -> bool {
        self.status_report
    }

    /// The user data.
    pub fn user_data(&self) -> &UserData {
        &self.user_data
    }

    fn read(reader: &mut Reader<'_>, flags: u8) -> Result<Submitted> {
        let reference = reader.octet("the reference")?;
        let destination = Address::read(reader, "the destination")?;
        let protocol = reader.octet("the protocol identifier")?;
        let coding = Coding(reader.octet("the data coding scheme")?);
        // 23.040 9.2.3.3: none, seven octets with more detail, one that counts from now on, or a point in time.
        let validity = match flags >> 3 & 3 {
            0 => None,
            2 => Some(validity_of(reader.octet("the validity")?)),
            _ => reader.take(7, "the validity").map(|_| None)?,
        };
        Ok(Submitted {
            reference,
            destination,
            protocol,
            validity,
            status_report: flags & STATUS_REPORT != 0,
            user_data: UserData::read(reader, coding, flags & HAS_HEADER != 0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Encoding, Part};
    use super::*;

    fn deliver(hex: &str) -> Deliver {
        match Pdu::from_hex(hex) {
            Ok(Pdu::Deliver(sms)) => sms,
            other => panic!("{other:?} is no SMS that came in"),
        }
    }

    fn report(hex: &str) -> StatusReport {
        match Pdu::from_hex(hex) {
            Ok(Pdu::StatusReport(report)) => report,
            other => panic!("{other:?} is no status report"),
        }
    }

    fn said(hex: &str) -> String {
        Pdu::from_hex(hex).expect_err("it is no PDU").to_string()
    }

    #[test]
    fn message_that_came_in_is_decoded() {
        let sms = deliver("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37");
        assert_eq!(sms.smsc().map(Address::as_str), Some("+27381000015"));
        assert_eq!((sms.sender().as_str(), sms.sender().type_of_number()), ("27838890001", 4));
        assert_eq!(sms.time().map(|time| time.to_string()).as_deref(), Some("1999-03-29T15:16:59+02:00"));
        assert_eq!((sms.protocol_id(), sms.is_reported()), (0, false));
        let data = sms.user_data();
        assert_eq!((data.text(), data.class(), data.part(), data.coding()), (Some("hellohello"), None, None, 0));
        assert_eq!(data.encoding(), Encoding::Gsm7);
        assert_eq!(data.octets(), [0xe8, 0x32, 0x9b, 0xfd, 0x46, 0x97, 0xd9, 0xec, 0x37]);
    }

    #[test]
    fn one_without_the_sms_centre() {
        let octets = from_hex(b"240DD04F78D96D7DE3010008419011906374230460A8597D").expect("it is hex");
        let Ok(Pdu::Deliver(sms)) = Pdu::decode_tpdu(&octets) else { panic!("it can be read") };
        assert_eq!((sms.smsc(), sms.sender().as_str(), sms.is_reported()), (None, "OpenVox", true));
        let with_empty = deliver("00240DD04F78D96D7DE3010008419011906374230460A8597D");
        assert_eq!(with_empty, sms);
    }

    #[test]
    fn message_part_in_septets_is_decoded() {
        let sms = deliver("004005810180F6000041901190637423 0F050003340202C2E170381C0E8701".replace(' ', "").as_str());
        let part = Part { reference: 0x34, total: 2, index: 2 };
        assert_eq!((sms.user_data().part(), sms.user_data().text()), (Some(part), Some("aaaaaaaa")));
        assert_eq!(sms.user_data().header(), [0, 3, 0x34, 2, 2]);
    }

    /// 23.040 9.2.3.1 and 9.2.3.11: what is reserved, and what is no time.
    #[test]
    fn kinds_and_times_that_do_not_exist() {
        let sms = deliver("000705810180F60000FFFFFFFFFFFFFF02E834");
        assert_eq!((sms.time(), sms.user_data().text()), (None, Some("hi")));
    }

    #[test]
    fn message_status_report_is_decoded() {
        let head = "0891683108705505F0062A0D91683136929120F64190119063742341901190736523";
        let found = report(&format!("{head}00"));
        assert_eq!(found.smsc().map(Address::as_str), Some("+8613800755500"));
        assert_eq!((found.reference(), found.recipient().as_str()), (42, "+8613632919026"));
        assert_eq!(found.time().map(|time| time.to_string()).as_deref(), Some("2014-09-11T09:36:47+08:00"));
        assert_eq!(found.discharge_time().map(|time| time.to_string()).as_deref(), Some("2014-09-11T09:37:56+08:00"));
        assert_eq!((found.status(), found.delivery()), (0, Delivery::Delivered));
        // 23.040 9.2.3.15; what is reserved stands for 0x63.
        for (statuses, delivery) in [
            (&[0x01, 0x02, 0x10, 0x1f][..], Delivery::Completed),
            (&[0x20, 0x25, 0x30, 0x3f], Delivery::Trying),
            (&[0x40, 0x46, 0x49, 0x50, 0x5f], Delivery::FailedPermanently),
            (&[0x60, 0x63, 0x70, 0x7f], Delivery::FailedTemporarily),
            (&[0x03, 0x0f, 0x26, 0x4a, 0x66, 0x80, 0xff], Delivery::FailedTemporarily),
        ] {
            for status in statuses {
                assert_eq!(report(&format!("{head}{status:02x}")).delivery(), delivery, "{status:#x}");
            }
        }
        // Optional fields are skipped.
        assert_eq!(report(&format!("{head}4607000002E834")).status(), 0x46);
    }

    #[test]
    fn message_to_be_sent_is_decoded() {
        let read = |hex: &str| match Pdu::from_hex(hex) {
            Ok(Pdu::Submit(sms)) => sms,
            other => panic!("{other:?} is no SMS to be sent"),
        };
        let sms = read("0031000D91683136929120F60010A70AE8329BFD4697D9EC37");
        assert_eq!((sms.destination().as_str(), sms.wants_report(), sms.reference()), ("+8613632919026", true, 0));
        assert_eq!((sms.validity(), sms.protocol_id()), (Some(Duration::from_secs(86400)), 0));
        assert_eq!((sms.user_data().text(), sms.user_data().class()), (Some("hellohello"), Some(0)));
        // The other ways to tell a validity take seven octets.
        for flags in ["09", "19"] {
            let sms = read(&format!("00{flags}070181F100004190119063742302E834"));
            assert_eq!((sms.validity(), sms.user_data().text(), sms.reference()), (None, Some("hi"), 7));
        }
    }

    #[test]
    fn message_errors_name_the_place() {
        assert_eq!(said("0004g"), "the PDU's character 4 is no hex digit");
        assert_eq!(said("00040"), "the PDU has 5 hex digits; the last one is half an octet");
        assert_eq!(
            said(""),
            "the PDU ends at octet 0, within the SMS centre's number, which needs 1 octets from octet 0"
        );
        assert_eq!(said("0C91"), "octet 0 of the PDU says that the SMS centre's number has 12 octets; 11 are the most");
        assert_eq!(said("000415"), "octet 2 of the PDU says that the sender has 21 digits; 20 are the most");
        let whole = "07917283010010F5440BC87238880900F10008993092516195800A050003340202D83DDE00";
        for end in (0..whole.len()).step_by(2) {
            assert!(said(&whole[..end]).starts_with("the PDU ends at octet "), "{end}");
        }
        // Blanks around it and octets behind it do not matter.
        assert_eq!(deliver(&format!(" {whole}\r\n")), deliver(&format!("{}ABCD", whole.to_lowercase())));
    }
}
