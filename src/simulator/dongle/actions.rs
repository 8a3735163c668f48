//! Actions of chan_dongle, and of bg111's branch of it.

use std::sync::Arc;

use super::super::frame::Frame;
use super::super::pdu;
use super::super::request::Request as Said;
use super::super::sending::SentSms;
use super::super::{Shared, lock};
use super::{Device, Queued, Request, device_named, devices, events, queue, queue_ussd};

/// Name behind `Dongle`, synopsis, and classes of which one is needed.
pub(in super::super) const ACTIONS: [(&str, &str, &str); 11] = [
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

/// The frames that answer an action, named without its `Dongle`.
pub(in super::super) fn act(shared: &Arc<Shared>, action: &str, said: &Said) -> Vec<u8> {
    if action == "showdevices" {
        return show_devices(shared, said);
    }
    let answered = match action {
        "reload" => Ok(Queued { answer: "reload scheduled".to_owned(), number: 0 }),
        _ => device(shared, said).and_then(|device| match action {
            "sendsms" => send_sms(shared, said, &device),
            "sendussd" => {
                let code = given(said, "USSD", "USSD")?;
                queue_ussd(shared, &device, code)
            }
            "sendpdu" => send_pdu(shared, said, &device),
            _ => control(shared, action, said, &device),
        }),
    };
    let (kind, words, number) = match answered {
        Ok(Queued { answer, number }) => ("Success", answer, number),
        Err(refusal) => ("Error", refusal, 0),
    };
    let frame = Frame::response(kind, said.action_id()).header("Message", words);
    if number > 0 && shared.options.bg111 { frame.header("ID", format!("0x{number:x}")) } else { frame }.end()
}

fn given(said: &Said, header: &str, what: &str) -> Result<String, String> {
    Some(said.text(header)).filter(|value| !value.is_empty()).ok_or_else(|| format!("{what} not specified"))
}

fn device<'a>(shared: &'a Shared, said: &Said) -> Result<Device<'a>, String> {
    device_named(shared, &given(said, "Device", "Device")?)
}

fn send_sms(shared: &Arc<Shared>, said: &Said, device: &Device<'_>) -> Result<Queued, String> {
    let destination = given(said, "Number", "Number")?;
    given(said, "Message", "Message")?;
    let sms = Request {
        command: format!("{}SendSMS", shared.options.model.title()),
        destination,
        text: String::from_utf8_lossy(&unescape(said.get("Message"))).into_owned(),
        // `auto` says nothing.
        validity: said.text("Validity").parse().ok(),
        report: matches!(said.text("Report").to_ascii_lowercase().as_str(), "yes" | "true" | "y" | "t" | "1" | "on"),
        payload: Some(said.text("Payload")).filter(|payload| !payload.is_empty()),
    };
    sms.queue(shared, device)
}

fn send_pdu(shared: &Arc<Shared>, said: &Said, device: &Device<'_>) -> Result<Queued, String> {
    let hex = given(said, "PDU", "PDU")?;
    let submit = pdu::submit(&hex).ok_or_else(|| format!("[{}] Invalid PDU", device.name))?;
    let mut sms = SentSms {
        span: device.span,
        command: format!("{}SendPDU", shared.options.model.title()),
        pdu: Some(hex),
        ..SentSms::default()
    };
    sms.describe(&submit);
    queue(shared, device, sms, vec![submit.part])
}

/// Whatever the `When`, it happens now.
fn control(shared: &Shared, action: &str, said: &Said, device: &Device<'_>) -> Result<Queued, String> {
    let name = &device.name;
    let (on, states, words): (bool, &[&str], _) = match action {
        "reset" => (true, &["Disconnect", "Connect", "Initialize", "Register"], "Reset command queued for execute"),
        "restart" => (true, &["Disconnect", "Connect", "Initialize", "Register"], "Restart scheduled"),
        "start" => (true, &["Connect", "Initialize", "Register"], "Start scheduled"),
        "stop" => (false, &["Disconnect"], "Stop scheduled"),
        "remove" => (false, &["Disconnect"], "Removal scheduled"),
        _ => {
            if !matches!(said.text("Value").to_ascii_lowercase().as_str(), "enable" | "disable") {
                return Err("Invalid value for CCWA".to_owned());
            }
            let answer = format!("[{name}] Call-Waiting commands queued for execute");
            return Ok(Queued { answer, number: 0 });
        }
    };
    lock(&device.radio.conditions).state.power = on;
    *lock(&device.radio.menu) = None;
    events::device_states(shared, name, states);
    Ok(Queued { answer: format!("[{name}] {words}"), number: 0 })
}

fn show_devices(shared: &Shared, said: &Said) -> Vec<u8> {
    let title = shared.options.model.title();
    let only = said.text("Device");
    let mut frames = Frame::response("Success", said.action_id())
        .header("EventList", "start")
        .header("Message", "Device status list will follow")
        .end();
    let mut count = 0;
    for Device { span, name, radio } in devices(shared) {
        if !only.is_empty() && !name.eq_ignore_ascii_case(&only) {
            continue;
        }
        count += 1;
        let conditions = lock(&radio.conditions);
        let state = &conditions.state;
        let registration = state.registration.words();
        let frame = Frame::default()
            .header("Event", format!("{title}DeviceEntry"))
            .action_id(said.action_id())
            .header("Device", name)
            .header("Group", "0")
            .header("State", events::state_words(state))
            .header("Voice", "Yes")
            .header("SMS", "Yes")
            .header("IMEIState", format!("86135300000{span:04}"))
            .header("IMSIState", format!("46001000000{span:04}"))
            .header("GSMRegistrationStatus", registration)
            .header("RSSI", state.signal.to_string())
            .header("ProviderName", &state.network)
            .header("SubscriberNumber", shared.number(span))
            .header("SMSServiceCenter", &shared.options.smsc);
        frames.extend(frame.end());
    }
    let complete = Frame::default()
        .header("Event", format!("{title}ShowDevicesComplete"))
        .action_id(said.action_id())
        .header("EventList", "Complete")
        .header("ListItems", count.to_string());
    frames.extend(complete.end());
    frames
}

/// C escapes; an unknown one stays as it is.
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
            (b'\\', [escaped, ..]) => (escape(*escaped), 2),
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
fn escape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'v' => 0x0B,
        b'\\' | b'"' | b'\'' | b'?' => letter,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_escapes() {
        assert_eq!(unescape(br#"a\nb\r\t\\\"\'\x41\xe4z"#), b"a\nb\r\t\\\"'A\xe4z");
        assert_eq!(unescape(br"\x\q\"), br"\x\q\");
    }
}
