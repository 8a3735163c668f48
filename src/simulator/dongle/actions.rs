//! Actions of chan_dongle, and of bg111's branch of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::actions::Action;
use super::super::frame::Frame;
use super::super::gateway::Gateway;
use super::super::options::Options;
use super::super::pdu;
use super::super::request::Request as Said;
use super::super::sent::SentSms;
use super::device::{Device, device_named, devices, is_older, name_of, working};
use super::events;
use super::power::{restart, start, stop};
use super::queue::{Queued, Request, queue, queue_ussd};
use crate::lock::lock;

/// Name behind `Dongle`, synopsis, and classes of which one is needed.
const ACTIONS: [(&str, &str, &str); 11] = [
    ("ShowDevices", "List devices", "system,reporting"),
    ("SendUSSD", "Send a ussd command to the device.", "call"),
    ("SendSMS", "Send a sms message.", "call"),
    ("SendPDU", "Send a pdu.", "call"),
    ("SetCCWA", "Enable or disable Call-Waiting.", "config"),
    ("Reset", "Reset a device.", "system,config"),
    ("Restart", "Restart a device.", "system,config"),
    ("Stop", "Stop a device.", "system,config"),
    ("Start", "Start a device.", "system,config"),
    ("Remove", "Remove a device.", "system,config"),
    ("Reload", "Reload the driver's configuration.", "system,config"),
];

/// The actions of this driver: older ones alone take PDUs.
pub(super) fn known(options: &Options) -> impl Iterator<Item = Action> {
    let (title, takes_pdus) = (options.model.title(), is_older(options));
    let own = ACTIONS.iter().filter(move |(name, ..)| *name != "SendPDU" || takes_pdus);
    own.map(move |(name, synopsis, classes)| Action { name: format!("{title}{name}"), synopsis, classes })
}

/// The frames that answer an action, named without its `Dongle`.
pub(super) fn act(gateway: &Arc<Gateway>, action: &str, said: &Said) -> Vec<u8> {
    if action == "showdevices" {
        return show_devices(gateway, said);
    }
    let answered = match action {
        "reload" => when(said).map(|()| Queued { answer: "reload scheduled".to_owned(), number: 0 }),
        "sendsms" => send_sms(gateway, said),
        "sendussd" => send_ussd(gateway, said),
        "sendpdu" => send_pdu(gateway, said),
        _ => control(gateway, action, said),
    };
    // Older drivers tell an id of whatever they were given, also of what they did not take.
    let has_id = is_older(&gateway.options) && matches!(action, "sendsms" | "sendussd" | "sendpdu");
    let (kind, words, id) = match answered {
        Ok(Queued { answer, number }) => ("Success", answer, format!("0x{number:x}")),
        Err(refusal) => ("Error", refusal, "(nil)".to_owned()),
    };
    let is_named = words.starts_with('[');
    let frame = Frame::response(kind, said.action_id()).header("Message", words);
    if has_id && is_named { frame.header("ID", id) } else { frame }.finish()
}

/// When it is to happen; whatever that is, it happens now.
fn when(said: &Said) -> Result<(), String> {
    let is_known = ["now", "gracefully", "when convenient"].contains(&&said.text("When").to_ascii_lowercase()[..]);
    is_known.then_some(()).ok_or_else(|| "Invalid value of When".to_owned())
}

fn given(said: &Said, header: &str, what: &str) -> Result<String, String> {
    Some(said.text(header)).filter(|value| !value.is_empty()).ok_or_else(|| format!("{what} not specified"))
}

fn send_sms(gateway: &Arc<Gateway>, said: &Said) -> Result<Queued, String> {
    let name = given(said, "Device", "Device")?;
    let destination = given(said, "Number", "Number")?;
    given(said, "Message", "Message")?;
    let device = working(gateway, &name)?;
    let digits = destination.strip_prefix('+').unwrap_or(&destination);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_older = is_older(&gateway.options);
    if !is_number && !is_older {
        return Err(format!("[{}] Invalid phone number", device.name));
    }
    let message = said.get("Message");
    let sms = Request {
        command: format!("{}SendSMS", gateway.options.model.title()),
        destination,
        text: String::from_utf8_lossy(&if is_older { message.to_vec() } else { unescape(message) }).into_owned(),
        // `auto` says nothing.
        validity: said.text("Validity").parse().ok(),
        report: matches!(said.text("Report").to_ascii_lowercase().as_str(), "yes" | "true" | "y" | "t" | "1" | "on"),
        payload: Some(said.text("Payload")).filter(|payload| !payload.is_empty() && !is_older),
    };
    sms.queue(gateway, &device)
}

fn send_ussd(gateway: &Arc<Gateway>, said: &Said) -> Result<Queued, String> {
    let name = given(said, "Device", "Device")?;
    let code = given(said, "USSD", "USSD")?;
    let device = working(gateway, &name)?;
    Ok(queue_ussd(gateway, &device, code))
}

fn send_pdu(gateway: &Arc<Gateway>, said: &Said) -> Result<Queued, String> {
    let name = given(said, "Device", "Device")?;
    let hex = given(said, "PDU", "PDU")?;
    let device = working(gateway, &name)?;
    let submit = pdu::submit(&hex).ok_or_else(|| format!("[{}] Invalid PDU", device.name))?;
    let mut sms = SentSms {
        span: device.span,
        command: format!("{}SendPDU", gateway.options.model.title()),
        pdu: Some(hex),
        ..SentSms::default()
    };
    sms.describe(&submit);
    Ok(queue(gateway, &device, sms, vec![submit.part]))
}

/// Tells a device what to do.
fn control(gateway: &Arc<Gateway>, action: &str, said: &Said) -> Result<Queued, String> {
    let name = given(said, "Device", "Device")?;
    if matches!(action, "stop" | "restart" | "remove") {
        when(said)?;
    }
    let known = || device_named(gateway, &name).ok_or_else(|| format!("[{name}] Device not found"));
    let words = match action {
        "restart" => {
            restart(gateway, &known()?);
            "Restart scheduled"
        }
        "start" => {
            start(gateway, &known()?);
            "Start scheduled"
        }
        "stop" => {
            stop(gateway, &known()?);
            "Stop scheduled"
        }
        "remove" => {
            stop(gateway, &known()?);
            "Removal scheduled"
        }
        "reset" => {
            // It waits its turn behind what is queued.
            let device = working(gateway, &name)?;
            let (gateway, span) = (Arc::clone(gateway), device.span);
            tokio::spawn(async move {
                let Some(radio) = gateway.radio(span) else { return };
                let air = radio.air.lock().await;
                drop(air);
                restart(&gateway, &Device { span, name: name_of(&gateway, span), radio });
            });
            "Reset command queued for execute"
        }
        _ => {
            if !matches!(said.text("Value").to_ascii_lowercase().as_str(), "enable" | "disable") {
                return Err("Invalid Value".to_owned());
            }
            working(gateway, &name)?;
            "Call-Waiting commands queued for execute"
        }
    };
    Ok(Queued { answer: format!("[{name}] {words}"), number: 0 })
}

fn show_devices(gateway: &Gateway, said: &Said) -> Vec<u8> {
    let title = gateway.options.model.title();
    let only = said.text("Device");
    let mut frames = Frame::response("Success", said.action_id())
        .header("EventList", "start")
        .header("Message", "Device status list will follow")
        .finish();
    let mut count = 0;
    for Device { span, name, radio } in devices(gateway) {
        if !only.is_empty() && !name.eq_ignore_ascii_case(&only) {
            continue;
        }
        count += 1;
        let stopped = radio.stopped.load(Ordering::Relaxed);
        let (state, activity) = {
            let conditions = lock(&radio.conditions);
            (conditions.state.clone(), conditions.activity)
        };
        let known = |value: String, unknown: &str| if state.power { value } else { unknown.to_owned() };
        let yes = if state.power { "Yes" } else { "No" };
        let asked = if stopped { "stop" } else { "start" };
        let number = Some(gateway.number(span)).filter(|number| state.power && !number.is_empty()).unwrap_or("Unknown");
        let frame = Frame::default()
            .header("Event", format!("{title}DeviceEntry"))
            .action_id(said.action_id())
            .header("Device", name)
            .header("Group", "0")
            .header("State", events::state_words(&state, activity, stopped))
            .header("Voice", yes)
            .header("SMS", yes)
            .header("IMEIState", known(format!("86135300000{span:04}"), ""))
            .header("IMSIState", known(format!("46001000000{span:04}"), ""))
            .header("GSMRegistrationStatus", known(events::registration_words(state.registration).into(), "Unknown"))
            .header("RSSI", events::signal_words(if state.power { state.signal } else { 0 }))
            .header("ProviderName", known(state.network.clone(), "NONE"))
            .header("SubscriberNumber", number)
            .header("SMSServiceCenter", known(gateway.options.smsc.clone(), ""))
            .header("CurrentDeviceState", if state.power { "start" } else { "stop" })
            .header("DesiredDeviceState", asked);
        frames.extend(frame.finish());
    }
    let complete = Frame::default()
        .header("Event", format!("{title}ShowDevicesComplete"))
        .action_id(said.action_id())
        .header("EventList", "Complete")
        .header("ListItems", count.to_string());
    frames.extend(complete.finish());
    frames
}

/// C escapes; a backslash before any other character stands for that.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let (value, length) = match (first, tail) {
            (b'\\', [b'x', digits @ ..]) => {
                let count = digits.iter().take(2).take_while(|digit| digit.is_ascii_hexdigit()).count();
                let hex = std::str::from_utf8(&digits[..count]).unwrap_or_default();
                (u8::from_str_radix(hex, 16).ok(), 2 + count)
            }
            (b'\\', [escaped, ..]) => (Some(escape(*escaped)), 2),
            _ => (Some(*first), 1),
        };
        match value {
            Some(value) => plain.push(value),
            None => plain.extend(&rest[..length]),
        }
        rest = &rest[length..];
    }
    plain
}

/// What a letter behind a backslash stands for.
fn escape(letter: u8) -> u8 {
    match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'v' => 0x0B,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_escapes() {
        assert_eq!(unescape(br#"a\nb\r\t\\\"\'\x41\xe4z"#), b"a\nb\r\t\\\"'A\xe4z");
        assert_eq!(unescape(br"\x\q\ \"), br"\xq \");
    }
}
