//! What became of a message that was only handed over, where the dialplan has extensions for that.

use super::super::classes::Classes;
use super::super::gateway::Gateway;
use super::super::sent::SentSms;
use super::channel::Channel;

/// Tells how it went, on a channel of its own.
pub(super) fn tell(gateway: &Gateway, sms: &SentSms, pdu: &str, text_mode: bool, sent: bool) {
    let channel = Channel::new(gateway, "SMSSEND", sms.span);
    let id = sms.id.as_deref().unwrap_or_default();
    let extension = if sent { "sms_send_ok" } else { "sms_send_failed" };
    let events = [
        channel.created(),
        channel.variable("SMS_SEND_TYPE", if text_mode { "text" } else { "pdu" }),
        // So it is called, and it is the destination.
        channel.variable("SMS_SEND_SENDER", &sms.destination),
        channel.variable("SMS_SEND_TXT", if sms.pdu.is_some() { "" } else { &sms.text }),
        channel.variable("SMS_SEND_PDU", pdu),
        channel.variable("SMS_SEND_ID", id),
        channel.variable("DIALSTATUS", "SMS_SEND_END"),
        channel.system(extension, format!("touch /tmp/S{id}").as_bytes()),
        channel.variable("SYSTEMSTATUS", "SUCCESS"),
        channel.hung_up(),
    ];
    gateway.bus.broadcast(&events, Classes::DIALPLAN);
}
