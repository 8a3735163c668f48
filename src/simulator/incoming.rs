//! Messages and reports that come in from the network.

use super::pdu::Coding;

/// An SMS that comes in, and what is odd about it.
///
/// ```
/// use ami::simulator::Incoming;
///
/// // The second of three parts is lost, the third comes first and twice.
/// let torn = Incoming { parts: vec![3, 3, 1], ..Incoming::new("10086", "x".repeat(400)) };
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    /// A number, or a name of up to eleven characters.
    pub sender: String,
    /// Text; one that is too long for one message comes in parts.
    pub text: String,
    /// The SMS centre's time, `YYYY/MM/DD HH:MM:SS`; now if empty.
    pub time: String,
    /// Which parts come, in this order, counted from 1; all of them in order if empty.
    pub parts: Vec<usize>,
    /// What the text is carried in.
    pub coding: Coding,
    /// Whether it is for the screen at once (class 0).
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

impl Incoming {
    /// A message that comes now, as messages should.
    pub fn new(sender: impl Into<String>, text: impl Into<String>) -> Incoming {
        Incoming { sender: sender.into(), text: text.into(), ..Incoming::default() }
    }
}

/// What became of an SMS, as chan_dongle reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was given with the SMS.
    pub payload: String,
    /// When the SMS centre had it, as text.
    pub sent: String,
    /// When it was delivered, as text.
    pub delivered: String,
    /// Whether it was.
    pub success: bool,
    /// 0: the driver's own word; 1: the network's report; 2: none came in time.
    pub kind: u8,
    /// The network's code for each part, 0 for one that was delivered.
    pub codes: Vec<u8>,
}
