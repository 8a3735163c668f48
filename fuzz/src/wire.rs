//! What gateways write for a message that comes in, event by event and byte by byte as the recorded sessions have it, and
//! what a reader must make of it.
//!
//! Each event is written at once, with the text as it is: only Yeastar's percents, the dongles' base64 and the escapes of
//! servers from 13.5 on keep it in its place.

use super::random::Random;

/// How a gateway tells of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// chan_extra on 1.8.20: a channel, its variables with the PDU, steps of the dialplan.
    Pdu,
    /// The same in text mode, which has no PDU.
    Text,
    /// The steps of the dialplan alone.
    CommandLine,
    /// The same as `Text`, for an account that may not see calls: no channel is announced.
    TextUnannounced,
    CommandLineUnannounced,
    /// A dialplan that sets the variables itself, step by step, on a Local channel.
    Dialplan,
    /// chan_allogsm: an event with the text in it, and then what `Pdu` or `Text` has.
    AlloPdu,
    AlloText,
    /// The event alone.
    AlloEventPdu,
    AlloEventText,
    /// Yeastar's event, with the text percent-encoded.
    Yeastar,
    /// chan_dongle: the lines, and the whole in base64.
    Dongle,
    /// The lines alone, as the oldest drivers have it.
    DongleLines,
    /// Asterisk from 13.5 on, which escapes variables and writes the command line last.
    Newer,
}

pub const SHAPES: [Shape; 14] = [
    Shape::Pdu,
    Shape::Text,
    Shape::CommandLine,
    Shape::TextUnannounced,
    Shape::CommandLineUnannounced,
    Shape::Dialplan,
    Shape::AlloPdu,
    Shape::AlloText,
    Shape::AlloEventPdu,
    Shape::AlloEventText,
    Shape::Yeastar,
    Shape::Dongle,
    Shape::DongleLines,
    Shape::Newer,
];

impl Shape {
    /// Whether values of variables are escaped as C does.
    pub fn escapes(self) -> bool {
        self == Shape::Newer
    }

    fn is_announced(self) -> bool {
        !matches!(self, Shape::TextUnannounced | Shape::CommandLineUnannounced)
    }

    fn has_pdu(self) -> bool {
        matches!(self, Shape::Pdu | Shape::AlloPdu | Shape::AlloEventPdu)
    }

    /// Whether bytes that are no UTF-8 can be in a text.
    fn takes_bytes(self) -> bool {
        !self.has_pdu() && !matches!(self, Shape::Dongle | Shape::Yeastar | Shape::Newer)
    }

    /// The name that a port has.
    pub fn port(self, number: usize) -> String {
        match self {
            Shape::Dongle | Shape::DongleLines => format!("dongle{}", number - 1),
            _ => number.to_string(),
        }
    }
}

/// A message on its way: what is written of it, and what it has to be read as.
pub struct Call {
    /// An event each.
    pub frames: Vec<Vec<u8>>,
    /// One text; where a message has parts, each part is a call, and the last one has the text.
    pub text: Option<String>,
}

/// A server that writes messages. Its ids are its own.
pub struct Gateway {
    pub shape: Shape,
    /// Whether events have a `Timestamp`.
    pub timestamps: bool,
    calls: usize,
}

const SECONDS: usize = 1_795_375_060;
/// What no text may hold.
pub const OWN_ID: &str = "1795375060.";
const TIME: &str = "2014/09/11 09:36:47";

impl Gateway {
    pub fn new(shape: Shape, timestamps: bool) -> Gateway {
        Gateway { shape, timestamps, calls: 850 }
    }

    /// A message as this gateway tells of it.
    pub fn message(&mut self, port: usize, sender: &str, text: &[u8], random: &mut Random) -> Vec<Call> {
        let lossy = String::from_utf8_lossy(text);
        let latin;
        let bytes = match self.shape.takes_bytes() {
            true if random.one_in(4) && !lossy.is_ascii() => {
                // As the driver's table has it, where the alphabet of GSM has the character.
                latin = lossy.chars().map(|c| u8::try_from(c).unwrap_or(0xff)).collect::<Vec<u8>>();
                &latin[..]
            }
            true => text,
            false => lossy.as_bytes(),
        };
        match self.shape {
            Shape::Pdu | Shape::AlloPdu | Shape::AlloEventPdu => {
                let parts = pdus(sender, &lossy, self.calls as u8);
                let last = parts.len() - 1;
                let mut calls = Vec::new();
                for (at, (pdu, part)) in parts.iter().enumerate() {
                    let frames = self.call(port, sender, part.as_bytes(), pdu, random);
                    calls.push(Call { frames, text: (at == last).then(|| lossy.to_string()) });
                }
                calls
            }
            Shape::Yeastar => vec![Call { frames: self.yeastar(port, sender, bytes), text: Some(decoded(bytes)) }],
            Shape::Dongle | Shape::DongleLines => self.dongle(port, sender, bytes),
            _ => vec![Call { frames: self.call(port, sender, bytes, "", random), text: Some(decoded(bytes)) }],
        }
    }

    fn event(&self, name: &str, class: &str, headers: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = format!("Event: {name}\r\nPrivilege: {class}\r\n").into_bytes();
        if self.timestamps {
            bytes.extend_from_slice(b"Timestamp: 1795375060.093653\r\n");
        }
        for (name, value) in headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }

    /// The life of a channel that brings a message.
    fn call(&mut self, port: usize, sender: &str, text: &[u8], pdu: &str, random: &mut Random) -> Vec<Vec<u8>> {
        self.calls += 1;
        let (shape, number) = (self.shape, self.calls);
        let mut frames = Vec::new();
        if matches!(shape, Shape::AlloPdu | Shape::AlloText | Shape::AlloEventPdu | Shape::AlloEventText) {
            frames.push(self.allo_event(port, sender, text, pdu));
        }
        if matches!(shape, Shape::AlloEventPdu | Shape::AlloEventText) {
            return frames;
        }
        let driver = match shape {
            Shape::AlloPdu | Shape::AlloText => "AGSM-SMS",
            _ => "EXTRA-SMS",
        };
        let name = match shape {
            Shape::Dialplan | Shape::Newer => format!("Local/sms@gsm-{port}-{number:08x};2"),
            _ => format!("{driver}/{}-{number}", 2 * port - 1),
        };
        let channel =
            Channel { gateway: self, name, id: format!("{SECONDS}.{number}"), context: format!("gsm-{port}") };
        if shape.is_announced() {
            frames.push(channel.created());
        }
        let text = &escaped(text);
        let command = [
            format!("/my_tools/process_sms \"{port}\" \"{sender}\" \"{TIME}\" \"").as_bytes(),
            text,
            b"\" > /dev/null 2>&1 &",
        ]
        .concat();
        let mut steps = match shape {
            Shape::CommandLine | Shape::CommandLineUnannounced => vec![],
            Shape::Dialplan | Shape::Newer => {
                let set = |name: &str, value: &[u8]| channel.set(name, value);
                [set("SMSSRC", sender.as_bytes()), set("SMSTXT", text), set("SMSTIME", TIME.as_bytes())].concat()
            }
            _ => {
                let variables = [
                    ("SMSSRC", sender.as_bytes()),
                    ("SMSTXT", text),
                    ("SMSPDU", pdu.as_bytes()),
                    ("SMSTIME", TIME.as_bytes()),
                    ("SMSTZ", b"GMT+8"),
                    ("DIALSTATUS", b"SMS_END"),
                ];
                variables.iter().map(|(name, value)| channel.variable(name, value)).collect()
            }
        };
        // What else a dialplan may do with the text. Newer servers write nothing behind such a step by which its end could
        // be told.
        let has_variables = !steps.is_empty() && shape != Shape::Newer;
        match random.below(4) {
            0 if has_variables => steps.extend(channel.set("MESSAGE", text)),
            1 if has_variables => steps.push(channel.step("NoOp", text)),
            2 if has_variables => {
                steps.push(channel.step("NoOp", &[b"from: ", sender.as_bytes(), b", ", text].concat()))
            }
            _ => {}
        }
        // A dialplan without a command is enough where there are variables.
        if !has_variables || !random.one_in(4) {
            steps.push(channel.step("System", &command));
            if shape != Shape::CommandLine && shape != Shape::CommandLineUnannounced {
                steps.push(channel.variable("SYSTEMSTATUS", b"SUCCESS"));
            }
        }
        frames.extend(steps);
        if shape.is_announced() {
            frames.push(channel.hung_up());
        }
        frames
    }

    fn allo_event(&self, port: usize, sender: &str, text: &[u8], pdu: &str) -> Vec<u8> {
        let (port, length) = (port.to_string(), text.len().to_string());
        let headers = [
            ("GSMEvent", &b"SMS Received"[..]),
            ("Time", TIME.as_bytes()),
            ("Span", port.as_bytes()),
            ("Mode", if pdu.is_empty() { b"TEXT" } else { b"PDU" }),
            ("Sender", sender.as_bytes()),
            ("SMSC", b"+8613800755500"),
            ("Length", length.as_bytes()),
            ("Text", text),
            ("PDU", pdu.as_bytes()),
        ];
        self.event("GSMEventSMS", "system,all", &headers)
    }

    fn yeastar(&self, port: usize, sender: &str, text: &[u8]) -> Vec<Vec<u8>> {
        let content: String = text
            .iter()
            .map(|byte| match byte {
                b' ' => "+".to_owned(),
                _ if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        let frame = format!(
            "Event: ReceivedSMS\r\nPrivilege: all,smscommand\r\nID: \r\nGsmSpan: {port}\r\nSender: {sender}\r\n\
             Recvtime: 2026-03-25 17:20:48\r\nIndex: 0\r\nTotal: 1\r\nSmsc: +19703769769\r\nContent: {content}\r\n\
             --END SMS EVENT--\r\n\r\n"
        );
        vec![frame.into_bytes()]
    }

    fn dongle(&self, port: usize, sender: &str, text: &[u8]) -> Vec<Call> {
        let device = self.shape.port(port);
        // The driver splits texts at each CR and LF, and drops lines that are empty, before it writes anything.
        let lines: Vec<&[u8]> =
            text.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty()).collect();
        let count = lines.len().to_string();
        let names: Vec<String> = (0..lines.len()).map(|at| format!("MessageLine{at}")).collect();
        let mut headers =
            vec![("Device", device.as_bytes()), ("From", sender.as_bytes()), ("LineCount", count.as_bytes())];
        headers.extend(names.iter().map(String::as_str).zip(lines.iter().copied()));
        let mut frames = vec![self.event("DongleNewSMS", "call,all", &headers)];
        // The driver ends this one twice.
        frames[0].extend_from_slice(b"\r\n");
        if self.shape == Shape::DongleLines {
            return vec![Call { frames, text: Some(decoded(&lines.join(&b'\n'))) }];
        }
        let base64 = base64(text);
        let whole = [("Device", device.as_bytes()), ("From", sender.as_bytes()), ("Message", base64.as_bytes())];
        frames.push(self.event("DongleNewSMSBase64", "call,all", &whole));
        vec![Call { frames, text: Some(decoded(text)) }]
    }
}

struct Channel<'a> {
    gateway: &'a Gateway,
    name: String,
    id: String,
    context: String,
}

impl Channel<'_> {
    fn event(&self, name: &str, class: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
        let channel = [("Channel", self.name.as_bytes())];
        let id = [("Uniqueid", self.id.as_bytes())];
        let all = if self.gateway.shape.escapes() {
            let place = [("Context", self.context.as_bytes()), ("Exten", &b"sms"[..])];
            [&channel[..], &place, &id, more].concat()
        } else {
            [&channel[..], more, &id].concat()
        };
        self.gateway.event(name, class, &all)
    }

    fn created(&self) -> Vec<u8> {
        let headers: [(&str, &[u8]); 5] = [
            ("ChannelState", b"0"),
            ("ChannelStateDesc", b"Down"),
            ("CallerIDNum", b""),
            ("Exten", b""),
            ("Context", b""),
        ];
        self.event("Newchannel", "call,all", &headers)
    }

    fn variable(&self, name: &str, value: &[u8]) -> Vec<u8> {
        let value = if self.gateway.shape.escapes() { c_escaped(value) } else { value.to_vec() };
        self.event("VarSet", "dialplan,all", &[("Variable", name.as_bytes()), ("Value", &value)])
    }

    fn step(&self, application: &str, data: &[u8]) -> Vec<u8> {
        let step = [
            ("Extension", &b"sms"[..]),
            ("Priority", b"1"),
            ("Application", application.as_bytes()),
            ("AppData", data),
        ];
        if self.gateway.shape.escapes() {
            return self.event("Newexten", "dialplan,all", &step);
        }
        self.event("Newexten", "dialplan,all", &[&[("Context", self.context.as_bytes())][..], &step].concat())
    }

    /// A step that sets a variable, which a server tells twice: as a step, and as what has become of the variable.
    fn set(&self, name: &str, value: &[u8]) -> Vec<Vec<u8>> {
        let mut frames = vec![self.variable(name, value)];
        if !self.gateway.shape.escapes() {
            frames.insert(0, self.step("Set", &[name.as_bytes(), b"=", value].concat()));
        }
        frames
    }

    fn hung_up(&self) -> Vec<u8> {
        let headers: [(&str, &[u8]); 4] = [
            ("CallerIDNum", b"<unknown>"),
            ("CallerIDName", b"<unknown>"),
            ("Cause", b"16"),
            ("Cause-txt", b"Normal Clearing"),
        ];
        self.event("Hangup", "call,all", &headers)
    }
}

/// As libami says that it reads bytes: UTF-8 where they are, else Latin-1.
fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// As chan_extra escapes a text: for the dialplan, which unescapes once, and for a shell, which does so once more.
fn escaped(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for byte in text {
        if matches!(byte, b'"' | b'`' | b'\\') {
            escaped.extend_from_slice(br"\\\");
        }
        escaped.push(*byte);
    }
    escaped
}

/// As Asterisk escapes the values of variables from 13.5 on.
fn c_escaped(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'\n' => escaped.extend_from_slice(b"\\n"),
            b'\r' => escaped.extend_from_slice(b"\\r"),
            b'\t' => escaped.extend_from_slice(b"\\t"),
            b'\\' | b'"' | b'\'' | b'?' => escaped.extend_from_slice(&[b'\\', *byte]),
            0x07 => escaped.extend_from_slice(b"\\a"),
            0x08 => escaped.extend_from_slice(b"\\b"),
            0x0b => escaped.extend_from_slice(b"\\v"),
            0x0c => escaped.extend_from_slice(b"\\f"),
            _ => escaped.push(*byte),
        }
    }
    escaped
}

/// SMS-DELIVER in UCS-2, as many as the text takes, each with its piece of the text. The sender is a number with a plus.
fn pdus(sender: &str, text: &str, reference: u8) -> Vec<(String, String)> {
    let fits = text.encode_utf16().count() <= 70;
    let mut parts = vec![String::new()];
    let mut room = if fits { 70 } else { 67 };
    for c in text.chars() {
        if c.len_utf16() > room {
            parts.push(String::new());
            room = 67;
        }
        room -= c.len_utf16();
        parts.last_mut().expect("there is one").push(c);
    }
    let total = parts.len();
    let digits: Vec<u8> = sender.bytes().filter(u8::is_ascii_digit).collect();
    let swapped: String = digits
        .chunks(2)
        .flat_map(|pair| [pair.get(1).map_or('F', |digit| char::from(*digit)), char::from(pair[0])])
        .collect();
    let pdu = |at: usize, part: &str| {
        let units: String = part.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        let header = if total > 1 { format!("050003{reference:02X}{total:02X}{:02X}", at + 1) } else { String::new() };
        let first = if total > 1 { "44" } else { "04" };
        let length = (header.len() + units.len()) / 2;
        format!("0891683108705505F0{first}{:02X}91{swapped}000841901190637423{length:02X}{header}{units}", digits.len())
    };
    parts.iter().enumerate().map(|(at, part)| (pdu(at, part), part.clone())).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        let digit = |at: usize| char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]);
        (0..4).map(|at| if at <= group.len() { digit(at) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
