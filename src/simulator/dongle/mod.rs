//! chan_dongle and chan_quectel: actions, and the same on the command line. Everything is queued, and events tell
//! what became of it.

mod actions;
mod device;
pub(super) mod events;
mod queue;
mod texts;

use std::sync::atomic::Ordering;

use super::cli::{self, Call, Entry, Printed, Refusal, text};
use super::{Shared, lock};
use device::{Device, devices, working};
use queue::{Request, queue_ussd};

pub(super) use actions::{ACTIONS, act};
pub(super) use device::changed;

#[derive(Clone, Copy)]
pub(super) enum Command {
    Sms,
    Ussd,
    ShowDevices,
}

const fn entry(words: &'static str, arguments: &'static str, about: &'static str, command: Command) -> Entry {
    Entry { words, arguments, about, command: cli::Command::Dongle(command) }
}

pub(super) static COMMANDS: [Entry; 3] = [
    entry("dongle sms", "<device> <number> <message>", "Send a SMS from the device", Command::Sms),
    entry("dongle ussd", "<device> <command>", "Send ussd command from the device", Command::Ussd),
    entry("dongle show devices", "", "Show device states", Command::ShowDevices),
];

pub(super) fn run(command: Command, call: &Call<'_>) -> Printed {
    let answer = match (command, call.arguments) {
        (Command::Sms, [device, number, words @ ..]) if !words.is_empty() => {
            let sms = Request {
                command: call.words.clone(),
                destination: text(number),
                text: text(&words.join(&b' ')),
                ..Request::default()
            };
            working(call.shared, &text(device)).and_then(|device| sms.queue(call.shared, &device))
        }
        (Command::Ussd, [device, code]) => {
            working(call.shared, &text(device)).map(|device| queue_ussd(call.shared, &device, text(code)))
        }
        (Command::ShowDevices, []) => return Ok(show_devices(call.shared)),
        _ => return Err(Refusal::Usage),
    };
    // The command line prints a refusal as it does an answer.
    Ok(answer.map_or_else(|refusal| format!("{refusal}\n"), |queued| format!("{}\n", queued.answer)))
}

fn show_devices(shared: &Shared) -> String {
    let head =
        format!("{:<12} {:<5} {:<10} {:<4} {:<14} {}\n", "ID", "Group", "State", "RSSI", "Provider Name", "Number");
    devices(shared).fold(head, |printed, Device { span, name, radio }| {
        let conditions = &lock(&radio.conditions);
        let state = &conditions.state;
        let (signal, network, number) = (state.signal, &state.network, shared.number(span));
        let words = events::state_words(state, conditions.activity, radio.stopped.load(Ordering::Relaxed));
        printed + &format!("{name:<12} {:<5} {words:<10} {signal:<4} {network:<14} {number}\n", 0)
    })
}
