//! An SMS that comes in, as chan_extra and its forks show it: the life of a channel that runs `sms@gsm-N`.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::super::classes::Classes;
use super::super::frame::Frame;
use super::super::incoming::{Incoming, deliver_pdu};
use super::super::model::Model;
use super::super::pdu::Part;
use super::super::session::Event;
use super::super::{Shared, clock};

/// Bytes that the driver copies of a PDU.
const MAX_PDU: usize = 512;

/// Tells of a message, part by part, and returns the number of sessions that see dialplan events.
pub(in super::super) fn tell(shared: &Shared, span: u32, message: &Incoming, parts: &[Part]) -> usize {
    let options = &shared.options;
    // The driver loses the sender of a message that names no SMS centre.
    let sender = if options.smsc.is_empty() { "" } else { message.sender.as_str() };
    let time = &message.time;
    let zone = format!("GMT{:+}", options.time_zone);
    let prefix = if options.model == Model::Allo { "AGSM-SMS" } else { "EXTRA-SMS" };

    let mut events = Vec::new();
    for part in parts {
        let number = shared.channels.fetch_add(1, Ordering::Relaxed) + 1;
        let plain = part.driver_text();
        let text = escape(&plain);
        let mut pdu = match &message.pdu {
            _ if message.text_mode => Vec::new(),
            Some(pdu) => pdu.clone().into_bytes(),
            None => deliver_pdu(shared, message, part).into_bytes(),
        };
        pdu.truncate(MAX_PDU);
        if options.model == Model::Allo {
            events.push(gsm_event(shared, span, message, sender, &plain, &pdu));
        }
        let channel = Channel {
            name: format!("{prefix}/{}-{number}", 2 * span - 1),
            unique_id: format!("{}.{number}", clock::since_epoch(SystemTime::now()).as_secs()),
            timestamps: options.timestamps,
        };
        events.push(channel.created());
        if !message.without_variables {
            events.push(channel.variable("SMSSRC", sender));
            events.push(channel.variable("SMSTXT", &text));
            events.push(channel.variable("SMSPDU", &pdu));
            events.push(channel.variable("SMSTIME", time));
            events.push(channel.variable("SMSTZ", &zone));
            events.push(channel.variable("DIALSTATUS", "SMS_END"));
        }
        let start = format!(r#"/my_tools/process_sms "{span}" "{sender}" "{time}" ""#);
        let command = [start.as_bytes(), &text, br#"" > /dev/null 2>&1 &"#].concat();
        events.push(channel.system(&format!("gsm-{span}"), &command));
        if !message.without_variables {
            events.push(channel.variable("SYSTEMSTATUS", "SUCCESS"));
        }
        events.push(channel.hung_up());
    }
    shared.broadcast(&events, Classes::DIALPLAN)
}

/// ALLO's own event. Its text is as it came.
fn gsm_event(shared: &Shared, span: u32, message: &Incoming, sender: &str, text: &[u8], pdu: &[u8]) -> Event {
    let frame = Frame::event("GSMEventSMS", Classes::SYSTEM, shared.options.timestamps)
        .header("GSMEvent", "SMS Received")
        .header("Time", &message.time)
        .header("Span", span.to_string())
        .header("Mode", if message.text_mode { "TEXT" } else { "PDU" })
        .header("Sender", sender)
        .header("SMSC", &shared.options.smsc)
        .header("Length", text.len().to_string())
        .header("Text", text)
        .header("PDU", pdu);
    (Classes::SYSTEM, frame.end().into())
}

struct Channel {
    name: String,
    unique_id: String,
    timestamps: bool,
}

impl Channel {
    fn event(&self, name: &str, class: Classes) -> Frame {
        Frame::event(name, class, self.timestamps).header("Channel", &self.name)
    }

    fn created(&self) -> Event {
        let frame = self
            .event("Newchannel", Classes::CALL)
            .header("ChannelState", "0")
            .header("ChannelStateDesc", "Down")
            .header("CallerIDNum", "")
            .header("CallerIDName", "")
            .header("AccountCode", "")
            .header("Exten", "")
            .header("Context", "")
            .header("Uniqueid", &self.unique_id);
        (Classes::CALL, frame.end().into())
    }

    fn variable(&self, name: &str, value: impl AsRef<[u8]>) -> Event {
        let frame = self
            .event("VarSet", Classes::DIALPLAN)
            .header("Variable", name)
            .header("Value", value)
            .header("Uniqueid", &self.unique_id);
        (Classes::DIALPLAN, frame.end().into())
    }

    fn system(&self, context: &str, command: &[u8]) -> Event {
        let frame = self
            .event("Newexten", Classes::DIALPLAN)
            .header("Context", context)
            .header("Extension", "sms")
            .header("Priority", "1")
            .header("Application", "System")
            .header("AppData", command)
            .header("Uniqueid", &self.unique_id);
        (Classes::DIALPLAN, frame.end().into())
    }

    fn hung_up(&self) -> Event {
        let frame = self
            .event("Hangup", Classes::CALL)
            .header("Uniqueid", &self.unique_id)
            .header("CallerIDNum", "<unknown>")
            .header("CallerIDName", "<unknown>")
            .header("ConnectedLineNum", "<unknown>")
            .header("ConnectedLineName", "<unknown>")
            .header("Cause", "16")
            .header("Cause-txt", "Normal Clearing");
        (Classes::CALL, frame.end().into())
    }
}

/// As the driver does it, for a text that Asterisk and then a shell will each unescape once. Line ends stay as they
/// are, and so does `$`.
fn escape(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for byte in text {
        if matches!(byte, b'"' | b'`' | b'\\') {
            escaped.extend(br"\\\");
        }
        escaped.push(*byte);
    }
    escaped
}
