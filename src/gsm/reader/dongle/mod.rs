//! SMS, reports and USSD texts of chan_dongle, chan_quectel and chan_datacard.
//!
//! A driver tells all that comes in three times: first as the modem's own line, with the PDU of an SMS or the coding of a
//! USSD text, then as lines of text and in base64 as far as it can decode it. The modem's line is read here, and the
//! driver's own events are its echoes; where a driver hands on no such line, its texts count.

mod driver;
mod echoes;
mod raw;
mod reports;
mod twins;
mod ussd;

pub(super) use driver::Dongles;
