//! Messages and reports that come in from the network.

use super::pdu::Coding;
use super::setters::setters;

/// An SMS that comes in, and what is odd about it.
///
/// ```
/// use ami::simulator::Incoming;
///
/// // The second of three parts is lost, the third comes first and twice.
/// let torn = Incoming::new("10086", "x".repeat(400)).parts(vec![3, 3, 1]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incoming {
    /// A number, or a name of up to eleven characters.
    pub sender: String,
    /// Text; one that is too long for one message comes in parts.
    pub text: String,
    /// The SMS centre's time, `YYYY/MM/DD HH:MM:SS`; now if empty.
    pub time: String,
    /// The parts that come, in this order, counted from 1; all of them in order if empty.
    pub parts: Vec<usize>,
    /// The encoding that the text is carried in.
    pub coding: Coding,
    /// The message is for the screen at once (class 0).
    pub flash: bool,
    /// OpenVox and ALLO: the port is in text mode, which knows no PDU.
    pub text_mode: bool,
    /// OpenVox and ALLO: no `VarSet` tells of it, only `Newexten`.
    pub without_variables: bool,
    /// OpenVox and ALLO: what is told instead of the PDU, hex or not. Only the first 512 bytes are. Dongles: the PDU that the
    /// modem has, of which the driver tells nothing more.
    pub pdu: Option<String>,
    /// Dongles: the event with the base64 comes before the one with the lines.
    pub base64_first: bool,
}

setters! { Incoming:
    sender: String,
    text: String,
    time: String,
    parts: Vec<usize>,
    coding: Coding,
    flash: bool,
    text_mode: bool,
    without_variables: bool,
    pdu: Option<String>,
    base64_first: bool,
}

impl Incoming {
    /// A message that comes now, as messages should.
    pub fn new(sender: impl Into<String>, text: impl Into<String>) -> Incoming {
        Incoming { sender: sender.into(), text: text.into(), ..Incoming::default() }
    }
}

/// The fate of an SMS, as chan_dongle reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The payload that was given with the SMS.
    pub payload: String,
    /// The time at which the SMS centre had it, as text.
    pub sent: String,
    /// The time at which it was delivered, as text.
    pub delivered: String,
    /// The message was delivered.
    pub success: bool,
    /// 0: the driver's own word; 1: the network's report; 2: none came in time.
    pub kind: u8,
    /// The network's code for each part, 0 for one that was delivered.
    pub codes: Vec<u8>,
}

setters! { Report:
    payload: String,
    sent: String,
    delivered: String,
    success: bool,
    kind: u8,
    codes: Vec<u8>,
}
