//! An SMS that comes in, as the manager interface shows it: the life of a channel that runs `sms@gsm-N`.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::classes::Classes;
use super::frame::Frame;
use super::pdu::{self, Envelope};
use super::session::Event;
use super::{Shared, clock};

/// Tells of a message, part by part, and returns the number of sessions that see dialplan events.
pub(super) fn deliver(shared: &Shared, span: u32, sender: &str, text: &str, time: &str) -> usize {
    if shared.radio(span).is_none() {
        return 0;
    }
    let options = &shared.options;
    let envelope = Envelope { smsc: &options.smsc, sender, time, zone_hours: options.time_zone };
    let reference = shared.messages.fetch_add(1, Ordering::Relaxed) as u8;
    // The driver loses the sender of a message that names no SMS centre.
    let sender = if options.smsc.is_empty() { "" } else { sender };
    let zone = format!("GMT{:+}", options.time_zone);

    let mut events = Vec::new();
    for part in pdu::deliver(&envelope, text, reference) {
        let number = shared.channels.fetch_add(1, Ordering::Relaxed) + 1;
        let text = escape(&part.text);
        let channel = Channel {
            name: format!("EXTRA-SMS/{}-{number}", 2 * span - 1),
            unique_id: format!("{}.{number}", clock::since_epoch(SystemTime::now()).as_secs()),
            timestamps: options.timestamps,
        };
        events.push(channel.created());
        events.push(channel.variable("SMSSRC", sender));
        events.push(channel.variable("SMSTXT", &text));
        events.push(channel.variable("SMSPDU", &part.pdu));
        events.push(channel.variable("SMSTIME", time));
        events.push(channel.variable("SMSTZ", &zone));
        events.push(channel.variable("DIALSTATUS", "SMS_END"));
        events.push(channel.system(
            &format!("gsm-{span}"),
            &format!(r#"/my_tools/process_sms "{span}" "{sender}" "{time}" "{text}" > /dev/null 2>&1 &"#),
        ));
        events.push(channel.variable("SYSTEMSTATUS", "SUCCESS"));
        events.push(channel.hung_up());
    }
    shared.broadcast(&events, Classes::DIALPLAN)
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

    fn variable(&self, name: &str, value: &str) -> Event {
        let frame = self
            .event("VarSet", Classes::DIALPLAN)
            .header("Variable", name)
            .header("Value", value)
            .header("Uniqueid", &self.unique_id);
        (Classes::DIALPLAN, frame.end().into())
    }

    fn system(&self, context: &str, command: &str) -> Event {
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
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '"' | '`' | '\\') {
            escaped.push_str(r"\\\");
        }
        escaped.push(c);
    }
    escaped
}
