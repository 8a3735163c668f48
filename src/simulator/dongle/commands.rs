//! The command line of the driver.

use std::sync::atomic::Ordering;

use super::super::argument::text;
use super::super::gateway::{Call, Entry, Printed, Refusal, Run};
use super::device::{Device, devices, working};
use super::events;
use super::queue::{Queued, Request, queue_ussd};
use crate::lock::lock;

pub(super) static COMMANDS: [Entry; 3] = [
    Entry::new("dongle sms", "<device> <number> <message>", "Send a SMS from the device", Run::Immediate(sms)),
    Entry::new("dongle ussd", "<device> <command>", "Send ussd command from the device", Run::Immediate(ussd)),
    Entry::new("dongle show devices", "", "Show device states", Run::Immediate(show_devices)),
];

fn sms(call: &Call<'_>) -> Printed {
    let [device, number, words @ ..] = call.arguments else { return Err(Refusal::Usage) };
    if words.is_empty() {
        return Err(Refusal::Usage);
    }
    let sms = Request {
        command: call.words.clone(),
        destination: text(number),
        text: text(&words.join(&b' ')),
        ..Request::default()
    };
    Ok(printed(working(call.gateway, &text(device)).and_then(|device| sms.queue(call.gateway, &device))))
}

fn ussd(call: &Call<'_>) -> Printed {
    let [device, code] = call.arguments else { return Err(Refusal::Usage) };
    let device = working(call.gateway, &text(device));
    Ok(printed(device.map(|device| queue_ussd(call.gateway, &device, text(code)))))
}

/// The command line prints a refusal as it does an answer.
fn printed(answer: Result<Queued, String>) -> String {
    format!("{}\n", answer.map_or_else(|refusal| refusal, |queued| queued.answer))
}

fn show_devices(call: &Call<'_>) -> Printed {
    let [] = call.arguments else { return Err(Refusal::Usage) };
    let gateway = call.gateway;
    let head =
        format!("{:<12} {:<5} {:<10} {:<4} {:<14} {}\n", "ID", "Group", "State", "RSSI", "Provider Name", "Number");
    Ok(devices(gateway).fold(head, |printed, Device { span, name, radio }| {
        let conditions = &lock(&radio.conditions);
        let state = &conditions.state;
        let (signal, network, number) = (state.signal, &state.network, gateway.number(span));
        let words = events::state_words(state, conditions.activity, radio.stopped.load(Ordering::Relaxed));
        printed + &format!("{name:<12} {:<5} {words:<10} {signal:<4} {network:<14} {number}\n", 0)
    }))
}
