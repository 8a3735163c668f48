//! A channel's life, which is all that an AMI client sees of a message.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::super::bus::Event;
use super::super::classes::Classes;
use super::super::clock;
use super::super::frame::Frame;
use super::super::gateway::Gateway;
use super::super::model::Model;

/// A channel that the driver makes for a message, as events show it.
pub(super) struct Channel {
    span: u32,
    name: String,
    unique_id: String,
    timestamps: bool,
}

impl Channel {
    /// `what` stands in its name, behind the driver's.
    pub(super) fn new(gateway: &Gateway, what: &str, span: u32) -> Channel {
        let driver = if gateway.options.model == Model::Allo { "AGSM" } else { "EXTRA" };
        let number = gateway.channels.fetch_add(1, Ordering::Relaxed) + 1;
        Channel {
            span,
            name: format!("{driver}-{what}/{}-{number}", 2 * span - 1),
            unique_id: format!("{}.{number}", clock::since_epoch(SystemTime::now()).as_secs()),
            timestamps: gateway.options.timestamps,
        }
    }

    fn event(&self, name: &str, class: Classes) -> Frame {
        Frame::event(name, class, self.timestamps).header("Channel", &self.name)
    }

    pub(super) fn created(&self) -> Event {
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
        (Classes::CALL, frame.finish().into())
    }

    pub(super) fn variable(&self, name: &str, value: impl AsRef<[u8]>) -> Event {
        let frame = self
            .event("VarSet", Classes::DIALPLAN)
            .header("Variable", name)
            .header("Value", value)
            .header("Uniqueid", &self.unique_id);
        (Classes::DIALPLAN, frame.finish().into())
    }

    /// One step of the dialplan, in the span's context.
    pub(super) fn system(&self, extension: &str, command: &[u8]) -> Event {
        let frame = self
            .event("Newexten", Classes::DIALPLAN)
            .header("Context", format!("gsm-{}", self.span))
            .header("Extension", extension)
            .header("Priority", "1")
            .header("Application", "System")
            .header("AppData", command)
            .header("Uniqueid", &self.unique_id);
        (Classes::DIALPLAN, frame.finish().into())
    }

    pub(super) fn hung_up(&self) -> Event {
        let frame = self
            .event("Hangup", Classes::CALL)
            .header("Uniqueid", &self.unique_id)
            .header("CallerIDNum", "<unknown>")
            .header("CallerIDName", "<unknown>")
            .header("ConnectedLineNum", "<unknown>")
            .header("ConnectedLineName", "<unknown>")
            .header("Cause", "16")
            .header("Cause-txt", "Normal Clearing");
        (Classes::CALL, frame.finish().into())
    }
}
