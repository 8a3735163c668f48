//! Devices that start and stop, come and go.

use std::sync::atomic::Ordering;

use super::super::gateway::Gateway;
use super::super::radio::SpanState;
use super::device::{Device, name_of};
use super::events;
use crate::lock::lock;

/// The driver lets go of the device, and of all that it had.
pub(super) fn stop(gateway: &Gateway, device: &Device<'_>) {
    device.radio.stopped.store(true, Ordering::Relaxed);
    lock(&device.radio.conditions).state.power = false;
    gone(gateway, device);
}

pub(super) fn start(gateway: &Gateway, device: &Device<'_>) {
    device.radio.stopped.store(false, Ordering::Relaxed);
    lock(&device.radio.conditions).state.power = true;
    events::device_states(gateway, &device.name, &["Connect", "Register", "Initialize"]);
}

pub(super) fn restart(gateway: &Gateway, device: &Device<'_>) {
    gone(gateway, device);
    start(gateway, device);
}

/// The device is gone, and nothing is told of what was queued for it.
fn gone(gateway: &Gateway, device: &Device<'_>) {
    *lock(&device.radio.menu) = None;
    events::device_states(gateway, &device.name, &["Free", "Disconnect"]);
    device.radio.restarts.send_modify(|restarts| *restarts += 1);
}

/// Tells of a device that was plugged in or out, or has found or lost its network.
pub(super) fn changed(gateway: &Gateway, span: u32, before: &SpanState, after: &SpanState) {
    let Some(radio) = gateway.radio(span) else { return };
    let device = Device { span, name: name_of(gateway, span), radio };
    match (before, after) {
        (SpanState { power: true, .. }, SpanState { power: false, .. }) => gone(gateway, &device),
        (SpanState { power: false, .. }, SpanState { power: true, .. }) => start(gateway, &device),
        _ if before.is_ready() && !after.is_ready() => events::device_states(gateway, &device.name, &["Unregister"]),
        _ if !before.is_ready() && after.is_ready() => events::device_states(gateway, &device.name, &["Register"]),
        _ => {}
    }
}
