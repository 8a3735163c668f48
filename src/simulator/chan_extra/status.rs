//! Status and settings of spans. What the last ones print is known of a few only.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use super::super::argument::{integer, text};
use super::super::gateway::{Call, Printed, Refusal};
use super::super::radio::{Radio, Settings, Sim, SpanState};
use crate::lock::lock;

/// Nothing is printed if there is such a span.
fn on_span(call: &Call<'_>, span: &[u8]) -> Printed {
    call.span(span).map(|_| String::new())
}

pub(super) fn show_version(call: &Call<'_>) -> Printed {
    let [] = call.arguments else { return Err(Refusal::Usage) };
    Ok("Version: 2.0.8\n".to_owned())
}

pub(super) fn send_at(call: &Call<'_>) -> Printed {
    let [span, _] = call.arguments else { return Err(Refusal::Usage) };
    on_span(call, span)
}

pub(super) fn send_sync_at(call: &Call<'_>) -> Printed {
    let [span, at, timeout] = call.arguments else { return Err(Refusal::Usage) };
    integer(timeout).ok_or(Refusal::Usage)?;
    let (_, radio) = call.span(span)?;
    Ok(at_answer(&lock(&radio.conditions).state, &text(at)))
}

pub(super) fn check_phone(call: &Call<'_>) -> Printed {
    let [span, _] = call.arguments else { return Err(Refusal::Usage) };
    on_span(call, span)
}

pub(super) fn reload_span(call: &Call<'_>) -> Printed {
    let [span] = call.arguments else { return Err(Refusal::Usage) };
    on_span(call, span)
}

pub(super) fn set_mode(call: &Call<'_>) -> Printed {
    let [mode, span] = call.arguments else { return Err(Refusal::Usage) };
    let text_mode = match mode.to_ascii_lowercase().as_slice() {
        b"text" => true,
        b"pdu" => false,
        _ => return Err(Refusal::Usage),
    };
    let (_, radio) = call.span(span)?;
    lock(&radio.conditions).settings.text_mode = text_mode;
    Ok(String::new())
}

pub(super) fn set_smsc(call: &Call<'_>) -> Printed {
    set(call, |settings, value| settings.smsc = value)
}

pub(super) fn set_coding(call: &Call<'_>) -> Printed {
    set(call, |settings, value| settings.coding = value)
}

fn set(call: &Call<'_>, change: fn(&mut Settings, String)) -> Printed {
    let [span, value] = call.arguments else { return Err(Refusal::Usage) };
    let (_, radio) = call.span(span)?;
    change(&mut lock(&radio.conditions).settings, text(value));
    Ok(String::new())
}

pub(super) fn show_mode(call: &Call<'_>) -> Printed {
    show(call, |settings| if settings.text_mode { "text".to_owned() } else { "pdu".to_owned() })
}

pub(super) fn show_smsc(call: &Call<'_>) -> Printed {
    show(call, |settings| settings.smsc)
}

pub(super) fn show_coding(call: &Call<'_>) -> Printed {
    show(call, |settings| settings.coding)
}

fn show(call: &Call<'_>, value: fn(Settings) -> String) -> Printed {
    let [span] = call.arguments else { return Err(Refusal::Usage) };
    Ok(format!("{}\n", value(call.span(span)?.1.settings())))
}

pub(super) fn power(call: &Call<'_>) -> Printed {
    let [what, span] = call.arguments else { return Err(Refusal::Usage) };
    let (_, radio) = call.span(span)?;
    let (state, span) = (&mut lock(&radio.conditions).state, text(span));
    let (power, words) = match what.to_ascii_lowercase().as_slice() {
        b"stat" => return Ok(format!("{}\n", power_words(state))),
        b"on" => (true, format!("Power on span {span} sucessed\n")),
        b"off" => (false, format!("Power off span {span} sucessed\n")),
        b"reset" => (true, format!("Reset power on span {span} success\n")),
        _ => return Err(Refusal::Usage),
    };
    state.power = power;
    *lock(&radio.menu) = None;
    Ok(words)
}

/// No line end follows the last line.
fn at_answer(state: &SpanState, command: &str) -> String {
    match command.to_ascii_uppercase().as_str() {
        "AT+CSQ" => format!("+CSQ: {},{}\nOK", state.signal, state.bit_errors),
        "AT+CREG?" => format!("+CREG: 0,{}\nOK", state.registration as u8),
        command if command.starts_with("AT") => "OK".to_owned(),
        _ => "ERROR".to_owned(),
    }
}

fn power_words(state: &SpanState) -> &'static str {
    if state.power { "Power on" } else { "Power off" }
}

fn status(state: &SpanState) -> String {
    let link = match state {
        SpanState { power: false, .. } => "Down",
        SpanState { sim: Sim::Missing, .. } => "Undetected SIM Card",
        SpanState { sim: Sim::PinError, .. } => "Pin (SIM PIN) Error",
        SpanState { signal: 0, .. } => "No Signal",
        _ if state.is_ready() => "Up",
        _ => "Down",
    };
    format!("{}, Provisioned, {link}, Active,Standard", power_words(state))
}

pub(in super::super) fn show_spans(call: &Call<'_>) -> Printed {
    if !call.arguments.is_empty() {
        return Err(Refusal::Usage);
    }
    let mut printed = String::new();
    for (span, radio) in call.gateway.spans().zip(&call.gateway.radios) {
        let _ = writeln!(printed, "GSM span {span}: {}", status(&lock(&radio.conditions).state));
    }
    Ok(printed)
}

pub(in super::super) fn show_span(call: &Call<'_>) -> Printed {
    let [argument] = call.arguments else { return Err(Refusal::Usage) };
    if !argument.eq_ignore_ascii_case(b"all") {
        let (span, radio) = call.span(argument)?;
        return Ok(details(call, span, radio));
    }
    let mut printed = String::new();
    for (span, radio) in call.gateway.spans().zip(&call.gateway.radios) {
        let details = details(call, span, radio);
        let _ = writeln!(printed, "---Start Span {span}---\n{details}\n---End Span {span}---");
    }
    Ok(printed)
}

/// The escapes in the last lines are printed as such, and no line end follows the last.
fn details(call: &Call<'_>, span: u32, radio: &Radio) -> String {
    let doing = if radio.sms_busy.load(Ordering::Acquire) {
        "SMS SENDING"
    } else if radio.ussd_busy.load(Ordering::Acquire) {
        "USSD SENDING"
    } else {
        "READY"
    };
    let conditions = lock(&radio.conditions);
    let state = &conditions.state;
    let sending_smsc = match conditions.settings.smsc.as_str() {
        "" => String::new(),
        smsc => format!("Send SMS Center Number: {smsc}\n"),
    };
    let own_number = match call.gateway.number(span) {
        "" => String::new(),
        number => format!("Own Number: {number}\n"),
    };
    format!(
        "D-channel: {channel}\n\
         Status: {status}\n\
         Type: CPE\n\
         Manufacturer: SIMCOM_Ltd\n\
         Model Name: SIMCOM_SIM840W\n\
         Model IMEI: 86135300000{span:04}\n\
         Revision: Revision:1137B10SIM840W32\n\
         Network Name: {network}\n\
         Network Status: {registration}\n\
         Signal Quality (0,31): {signal}\n\
         BER value (0,7): {bit_errors}\n\
         SIM IMSI: 46001000000{span:04}\n\
         SIM SMS Center Number: {smsc}\n\
         {sending_smsc}\
         {own_number}\
         PDD: 0\n\
         ASR: 0\n\
         ACD: 0\n\
         Last event: \n\
         State: {doing}\n\
         Last send AT: AT+CREG?\\r\\n\n\
         Last receive AT: +CREG: 0,{creg}\\r\\n",
        channel = 2 * span,
        status = status(state),
        network = state.network,
        registration = state.registration.words(),
        signal = state.signal,
        bit_errors = state.bit_errors,
        smsc = call.gateway.options.smsc,
        creg = state.registration as u8,
    )
}
