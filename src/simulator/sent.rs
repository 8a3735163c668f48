//! Records of messages: those that the gateway was asked to send, and those that the network took.

use super::outcome::Outcome;
use super::pdu::{Concatenation, Submit};

/// An SMS that the gateway was asked to send, noted when the command is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentSms {
    /// GSM port, as commands count them; of dongles from 1.
    pub span: u32,
    /// Number as given.
    pub destination: String,
    /// Text as the gateway understood it; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// The id given with the command, if any; of dongles the payload.
    pub id: Option<String>,
    /// Whether the command waits for the result (`gsm send sync sms`).
    pub sync: bool,
    /// What became of it. Where the span's latency exceeds the command's timeout, that is not what was answered.
    pub outcome: Outcome,
    /// The command or action that it came by, such as `gsm send sync sms` or `DongleSendSMS`.
    pub command: String,
    /// Number of messages that it goes out as.
    pub parts: usize,
    /// Its place in a longer message, if the command told one.
    pub concatenation: Option<Concatenation>,
    /// Whether it is for the screen at once (class 0).
    pub flash: bool,
    /// Whether a delivery report is asked for.
    pub report: bool,
    /// Minutes for which the network is to try, if told.
    pub validity: Option<u32>,
    /// The PDU in hex, if the command gave one.
    pub pdu: Option<String>,
}

impl SentSms {
    /// Notes what a PDU says.
    pub(super) fn describe(&mut self, submit: &Submit) {
        self.destination.clone_from(&submit.destination);
        self.text = submit.part.text();
        self.concatenation = submit.part.concatenation();
        self.flash = submit.part.is_flash();
        self.report = submit.report;
        self.validity = submit.validity;
    }
}

/// A message that the network took. One that was sent has as many as it has parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AiredSms {
    /// Place in [`Simulator::sent`](super::Simulator::sent) of the one that it belongs to, from 0.
    pub sms: usize,
    /// GSM port that it left by.
    pub span: u32,
    /// Number that it is for.
    pub destination: String,
    /// Its text, as far as the alphabet has it.
    pub text: String,
    /// Its place in a longer message, if it has one.
    pub concatenation: Option<Concatenation>,
    /// Whether it is for the screen at once (class 0).
    pub flash: bool,
    /// The span at which it came in, if its number is one of the gateway's own and it was not lost.
    pub arrived: Option<u32>,
}
