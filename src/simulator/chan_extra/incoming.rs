//! An SMS that comes in, as chan_extra and its forks show it: the life of a channel that runs `sms@gsm-N`.

use super::super::arrival::deliver_pdu;
use super::super::bus::Event;
use super::super::classes::Classes;
use super::super::frame::Frame;
use super::super::gateway::Gateway;
use super::super::incoming::Incoming;
use super::super::model::Model;
use super::super::pdu::Part;
use super::channel::Channel;

/// Bytes that the driver copies of a PDU.
const MAX_PDU: usize = 512;

/// Tells of a message, part by part, and returns the number of sessions that see dialplan events.
pub(super) fn tell(gateway: &Gateway, span: u32, message: &Incoming, parts: &[Part]) -> usize {
    let options = &gateway.options;
    // The driver loses the sender of a message that names no SMS centre.
    let sender = if options.smsc.is_empty() { "" } else { message.sender.as_str() };
    let time = &message.time;
    let zone = format!("GMT{:+}", options.time_zone);

    let mut events = Vec::new();
    for part in parts {
        let plain = part.driver_text();
        let text = escape(&plain);
        let mut pdu = match &message.pdu {
            _ if message.text_mode => Vec::new(),
            Some(pdu) => pdu.clone().into_bytes(),
            None => deliver_pdu(gateway, message, part).into_bytes(),
        };
        pdu.truncate(MAX_PDU);
        if options.model == Model::Allo {
            events.push(gsm_event(gateway, span, message, sender, &plain, &pdu));
        }
        let channel = Channel::new(gateway, "SMS", span);
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
        events.push(channel.system("sms", &command));
        if !message.without_variables {
            events.push(channel.variable("SYSTEMSTATUS", "SUCCESS"));
        }
        events.push(channel.hung_up());
    }
    gateway.bus.broadcast(&events, Classes::DIALPLAN)
}

/// ALLO's own event. Its text is as it came.
fn gsm_event(gateway: &Gateway, span: u32, message: &Incoming, sender: &str, text: &[u8], pdu: &[u8]) -> Event {
    let frame = Frame::event("GSMEventSMS", Classes::SYSTEM, gateway.options.timestamps)
        .header("GSMEvent", "SMS Received")
        .header("Time", &message.time)
        .header("Span", span.to_string())
        .header("Mode", if message.text_mode { "TEXT" } else { "PDU" })
        .header("Sender", sender)
        .header("SMSC", &gateway.options.smsc)
        .header("Length", text.len().to_string())
        .header("Text", text)
        .header("PDU", pdu);
    (Classes::SYSTEM, frame.finish().into())
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
