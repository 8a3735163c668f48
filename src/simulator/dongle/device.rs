//! Modems, and which of them can send.

use std::sync::atomic::Ordering;

use super::super::gateway::Gateway;
use super::super::options::Options;
use super::super::radio::Radio;
use crate::lock::lock;

/// True for the drivers of chan_dongle before 2020.
pub(super) fn is_older(options: &Options) -> bool {
    options.bg111 || options.dongle_2019
}

/// A port with a name.
pub(super) struct Device<'a> {
    pub(super) span: u32,
    pub(super) name: String,
    pub(super) radio: &'a Radio,
}

pub(super) fn name_of(gateway: &Gateway, span: u32) -> String {
    format!("{}{}", gateway.options.model.word(), span.saturating_sub(1))
}

pub(super) fn devices(gateway: &Gateway) -> impl Iterator<Item = Device<'_>> {
    let named = |(span, radio)| Device { span, name: name_of(gateway, span), radio };
    gateway.spans().zip(&gateway.radios).map(named)
}

/// Names count whatever the case.
pub(super) fn device_named<'a>(gateway: &'a Gateway, name: &str) -> Option<Device<'a>> {
    devices(gateway).find(|device| device.name.eq_ignore_ascii_case(name))
}

/// A device that can send; an error is what an action answers.
pub(super) fn working<'a>(gateway: &'a Gateway, name: &str) -> Result<Device<'a>, String> {
    let is_older = is_older(&gateway.options);
    let Some(device) = device_named(gateway, name) else {
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
