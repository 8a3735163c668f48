//! Modems, and what they go through.

use std::sync::atomic::Ordering;

use super::super::radio::{Radio, SpanState};
use super::super::{Shared, lock};
use super::events;

/// A port with a name.
pub(super) struct Device<'a> {
    pub(super) span: u32,
    pub(super) name: String,
    pub(super) radio: &'a Radio,
}

pub(super) fn name_of(shared: &Shared, span: u32) -> String {
    format!("{}{}", shared.options.model.word(), span.saturating_sub(1))
}

pub(super) fn devices(shared: &Shared) -> impl Iterator<Item = Device<'_>> {
    let named = |(span, radio)| Device { span, name: name_of(shared, span), radio };
    shared.spans().zip(&shared.radios).map(named)
}

/// Names count whatever the case.
pub(super) fn device_named<'a>(shared: &'a Shared, name: &str) -> Option<Device<'a>> {
    devices(shared).find(|device| device.name.eq_ignore_ascii_case(name))
}

/// A device that can send; an error is what an action answers.
pub(super) fn working<'a>(shared: &'a Shared, name: &str) -> Result<Device<'a>, String> {
    let is_older = shared.is_older_dongle();
    let Some(device) = device_named(shared, name) else {
        return Err(format!("[{name}] {}", if is_older { "no such device" } else { "Device disconnected" }));
    };
    let words = match lock(&device.radio.conditions).state.clone() {
        state if state.is_ready() => return Ok(device),
        _ if !is_older => "Device disconnected",
        state if !state.power && device.radio.stopped.load(Ordering::Relaxed) => "device disabled",
        _ => "Device not connected / initialized / registered",
    };
    Err(format!("[{}] {words}", device.name))
}

/// The driver lets go of the device, and of all that it had.
pub(super) fn stop(shared: &Shared, device: &Device<'_>) {
    device.radio.stopped.store(true, Ordering::Relaxed);
    lock(&device.radio.conditions).state.power = false;
    gone(shared, device);
}

pub(super) fn start(shared: &Shared, device: &Device<'_>) {
    device.radio.stopped.store(false, Ordering::Relaxed);
    lock(&device.radio.conditions).state.power = true;
    events::device_states(shared, &device.name, &["Connect", "Register", "Initialize"]);
}

pub(super) fn restart(shared: &Shared, device: &Device<'_>) {
    gone(shared, device);
    start(shared, device);
}

/// The device is gone, and nothing is told of what was queued for it.
fn gone(shared: &Shared, device: &Device<'_>) {
    *lock(&device.radio.menu) = None;
    events::device_states(shared, &device.name, &["Free", "Disconnect"]);
    device.radio.restarts.send_modify(|restarts| *restarts += 1);
}

/// Tells of a device that was plugged in or out, or has found or lost its network.
pub(in super::super) fn changed(shared: &Shared, span: u32, before: &SpanState, after: &SpanState) {
    let Some(radio) = shared.radio(span) else { return };
    let device = Device { span, name: name_of(shared, span), radio };
    match (before, after) {
        (SpanState { power: true, .. }, SpanState { power: false, .. }) => gone(shared, &device),
        (SpanState { power: false, .. }, SpanState { power: true, .. }) => start(shared, &device),
        _ if before.is_ready() && !after.is_ready() => events::device_states(shared, &device.name, &["Unregister"]),
        _ if !before.is_ready() && after.is_ready() => events::device_states(shared, &device.name, &["Register"]),
        _ => {}
    }
}
