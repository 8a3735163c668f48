//! The simulated gateways, for C programs' tests. `include/ami_simulator.h` is generated from this file alone.

use std::ffi::c_char;
use std::io;
use std::str::FromStr;
use std::time::Duration;

use super::boundary::{output, reference, status};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed};
use super::strings::{slice, text};
use super::{ami_error, ami_status};
use crate::blocking;
use crate::error::{Error, ErrorKind, Result};
use crate::simulator::{Incoming, Options, Report, SentSms, Simulator, SimulatorThread, UssdReply};

/// A simulated GSM gateway on a port of 127.0.0.1, running on a thread of its own.
pub struct ami_simulator {
    thread: SimulatorThread,
}

impl Handle for ami_simulator {
    type Owned = Boxed;
}

/// The gateway, unless it was left behind in the parent process.
unsafe fn simulator<'a>(pointer: *const ami_simulator) -> Result<&'a Simulator> {
    // SAFETY: the caller passes NULL or a gateway that is alive.
    let gateway = unsafe { reference("simulator", pointer) }?;
    gateway.thread.simulator().ok_or_else(|| {
        Error::new(ErrorKind::Forked, "the simulated gateway belongs to the parent process; start one of your own")
    })
}

/// The settings `name=value` of a list that ends with NULL; NULL will do for none.
unsafe fn settings<'a>(list: *const *const c_char) -> Result<Vec<(&'a str, &'a str)>> {
    let mut settings = Vec::new();
    if list.is_null() {
        return Ok(settings);
    }
    for place in 0.. {
        // SAFETY: the caller ends the list with NULL.
        let setting = unsafe { *list.add(place) };
        if setting.is_null() {
            break;
        }
        // SAFETY: the caller passes C strings.
        let setting = unsafe { text("setting", setting) }?;
        let (name, value) =
            setting.split_once('=').ok_or_else(|| Error::invalid(format!("{setting:?} is not name=value")))?;
        settings.push((name, value));
    }
    Ok(settings)
}

fn unknown(name: &str) -> Error {
    Error::invalid(format!("there is no setting {name:?}; see ami_simulator.h"))
}

/// A number.
fn number<T: FromStr>(name: &str, value: &str) -> Result<T> {
    value.parse().map_err(|_| Error::invalid(format!("{name}={value} is not a number that fits")))
}

fn flag(name: &str, value: &str) -> Result<bool> {
    match value {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(Error::invalid(format!("{name}={value} is neither 0 nor 1"))),
    }
}

/// One of a list of names.
fn choice<T: FromStr<Err = String>>(value: &str) -> Result<T> {
    value.parse().map_err(Error::invalid)
}

/// The parts of a list with commas.
fn list<T>(value: &str, mut part: impl FnMut(&str) -> Result<T>) -> Result<Vec<T>> {
    value.split(',').filter(|word| !word.is_empty()).map(|word| part(word.trim())).collect()
}

fn options(settings: Vec<(&str, &str)>) -> Result<Options> {
    let mut options = Options::default();
    for (name, value) in settings {
        match name {
            "model" => options.model = choice(value)?,
            "asterisk" => options.core = Some(choice(value)?),
            "port" => options.port = number(name, value)?,
            "username" => options.username = value.to_owned(),
            "secret" => options.secret = value.to_owned(),
            "spans" => options.spans = number(name, value)?,
            "read" => options.read = value.to_owned(),
            "write" => options.write = value.to_owned(),
            "smsc" => options.smsc = value.to_owned(),
            "numbers" => options.numbers = list(value, |number| Ok(number.to_owned()))?,
            "second_ms" => options.second = Duration::from_millis(number(name, value)?),
            "login_failure_delay_ms" => options.login_failure_delay = Duration::from_millis(number(name, value)?),
            "auth_timeout_ms" => options.auth_timeout = Duration::from_millis(number(name, value)?),
            "auth_limit" => options.auth_limit = number(name, value)?,
            "allow_multiple_login" => options.allow_multiple_login = flag(name, value)?,
            "seed" => options.seed = number(name, value)?,
            "yeastar_gsm_port" => options.yeastar.gsm_port = flag(name, value)?,
            "yeastar_index_from_one" => options.yeastar.index_from_one = flag(name, value)?,
            "yeastar_byte_order_mark" => options.yeastar.byte_order_mark = flag(name, value)?,
            "yeastar_older_ussd" => options.yeastar.older_ussd = flag(name, value)?,
            "bg111" => options.bg111 = flag(name, value)?,
            "dongle_2019" => options.dongle_2019 = flag(name, value)?,
            "send_results" => options.send_results = flag(name, value)?,
            _ => return Err(unknown(name)),
        }
    }
    Ok(options)
}

/// Starts a simulated gateway and waits until it listens.
///
/// @param settings   "name=value" each, then NULL; or NULL for an OpenVox gateway as described here.
///     model: openvox, openvox-firmware, openvox-2013, allo, yeastar, dongle or quectel.
///     asterisk: 1.8, 13, 16 or 22; by default 1.8, with dongles 16.
///     port: the TCP port; 0, the default, takes any free one.
///     username, secret: of the one account; admin and amp111 by default.
///     read, write: the account's classes, as in manager.conf; all by default.
///     spans: the number of GSM ports, 4 by default. They are counted from 1, Yeastar's from 2.
///     numbers: the ports' own numbers, with commas between; an SMS sent to one of them comes in there.
///     smsc: the number of the SMS centre.
///     second_ms: how many milliseconds a second of a timeout lasts; 1000 by default.
///     login_failure_delay_ms: how many milliseconds a refused login takes; 10 by default (Asterisk: 1000).
///     auth_timeout_ms: how many milliseconds a session may take to log in; 30000 by default.
///     auth_limit: how many sessions may be open that are not logged in; 50 by default.
///     allow_multiple_login: 0 if the account may have one session at a time; 1 by default.
///     seed: of what is left to chance; 0 by default.
///     yeastar_gsm_port, yeastar_index_from_one, yeastar_byte_order_mark, yeastar_older_ussd: 1 for firmware
///     that does so.
///     bg111: 1 for dongles with the driver of that name.
///     dongle_2019: 1 for dongles with chan_dongle's driver of 2015 to 2020.
///     send_results: 1 if the dialplan tells what became of messages that were only handed over (OpenVox, ALLO).
/// @param simulator  where to put the gateway; NULL is put there on failure.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the gateway, to be freed with ami_simulator_free, and the error are the caller's.
/// Threads: any.
/// Errors: AMI_E_INVALID for a setting that there is not; AMI_E_IO, if the port is taken for one.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_start(
    settings: *const *const c_char,
    simulator: *mut *mut ami_simulator,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("simulator", simulator)?;
            let options = options(self::settings(settings)?)?;
            let thread = SimulatorThread::start(options).map_err(|error| {
                let kind = if error.kind() == io::ErrorKind::InvalidInput { ErrorKind::Invalid } else { ErrorKind::Io };
                Error::new(kind, format!("the simulated gateway cannot start: {error}"))
            })?;
            *place = boxed(ami_simulator { thread });
            Ok::<(), Error>(())
        })
    }
}

/// The TCP port on 127.0.0.1.
///
/// @param simulator  the gateway, or NULL.
/// @return the port; 0 for NULL and in the child of a fork.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_port(simulator: *const ami_simulator) -> u16 {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { self::simulator(simulator) }.map_or(0, Simulator::port))
}

/// The number of connections that are open, logged in or not.
///
/// @param simulator  the gateway, or NULL.
/// @return the number; 0 for NULL and in the child of a fork.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_sessions(simulator: *const ami_simulator) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { self::simulator(simulator) }.map_or(0, Simulator::sessions))
}

/// Does something with a gateway that tells sessions of it, and puts their number where the caller may want it.
unsafe fn tell(
    simulator: *const ami_simulator,
    told: *mut usize,
    error: *mut *mut ami_error,
    run: impl FnOnce(&Simulator) -> Result<usize>,
) -> ami_status {
    // SAFETY: the caller passes NULL or a place for a number, and a gateway as in the header.
    unsafe {
        status(error, || {
            let number = run(self::simulator(simulator)?)?;
            if let Some(told) = told.as_mut() {
                *told = number;
            }
            Ok::<(), Error>(())
        })
    }
}

/// Lets an SMS come in, in as many parts as it needs.
///
/// @param simulator  the gateway.
/// @param span       the port that it comes in at.
/// @param sender     a number, or a name of up to eleven characters.
/// @param message    the text, in UTF-8.
/// @param settings   "name=value" each, then NULL; or NULL.
///     time: the SMS centre's, YYYY/MM/DD HH:MM:SS; now by default.
///     parts: which parts come, in this order, counted from 1, with commas between; by default all.
///     coding: fitting (the default), 7-bit or ucs-2.
///     flash: 1 if it is for the screen at once.
///     text_mode: 1 if the port knows no PDU (OpenVox, ALLO).
///     without_variables: 1 if no VarSet tells of it (OpenVox, ALLO).
///     pdu: what is told instead of the PDU, hex or not (OpenVox, ALLO); the PDU, of which the driver tells nothing more
///     (dongles).
///     base64_first: 1 if the event with the base64 comes first (dongles).
/// @param told       where to put the number of sessions that were told, or NULL; untouched on failure.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_deliver_sms(
    simulator: *const ami_simulator,
    span: u32,
    sender: *const c_char,
    message: *const c_char,
    settings: *const *const c_char,
    told: *mut usize,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(simulator, told, error, |simulator| {
            let mut incoming = Incoming::new(text("sender", sender)?, text("text of the SMS", message)?);
            for (name, value) in self::settings(settings)? {
                match name {
                    "time" => incoming.time = value.to_owned(),
                    "parts" => incoming.parts = list(value, |part| number(name, part))?,
                    "coding" => incoming.coding = choice(value)?,
                    "flash" => incoming.flash = flag(name, value)?,
                    "text_mode" => incoming.text_mode = flag(name, value)?,
                    "without_variables" => incoming.without_variables = flag(name, value)?,
                    "pdu" => incoming.pdu = Some(value.to_owned()),
                    "base64_first" => incoming.base64_first = flag(name, value)?,
                    _ => return Err(unknown(name)),
                }
            }
            Ok(simulator.deliver(span, &incoming))
        })
    }
}

/// Lets a USSD text come in that nobody asked for. Only dongles tell of one.
///
/// @param simulator  the gateway.
/// @param span       the port that it comes in at.
/// @param message    the text, in UTF-8.
/// @param responses  1 if the network wants an answer, 0 if not, 2 if it ended a menu.
/// @param told       where to put the number of sessions that were told, or NULL; untouched on failure.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_deliver_ussd(
    simulator: *const ami_simulator,
    span: u32,
    message: *const c_char,
    responses: u8,
    told: *mut usize,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(simulator, told, error, |simulator| {
            Ok(simulator.deliver_ussd(span, text("USSD text", message)?, responses))
        })
    }
}

/// Tells what became of an SMS. Only dongles tell of that.
///
/// @param simulator  the gateway.
/// @param span       the port that it was sent through.
/// @param payload    what was given with the SMS.
/// @param success    whether it was delivered: 0 or 1.
/// @param told       where to put the number of sessions that were told, or NULL; untouched on failure.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_deliver_report(
    simulator: *const ami_simulator,
    span: u32,
    payload: *const c_char,
    success: i32,
    told: *mut usize,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(simulator, told, error, |simulator| {
            let payload = text("payload", payload)?.to_owned();
            let success = success != 0;
            // 70: the validity period expired.
            let codes = vec![if success { 0 } else { 70 }];
            let report = Report { payload, success, kind: 1, codes, ..Report::default() };
            Ok(simulator.deliver_report(span, &report))
        })
    }
}

/// Sends a frame as it is, as an event, to every session that sees events of this class.
///
/// @param simulator    the gateway.
/// @param event_class  the class, such as user; an unknown one reaches nobody.
/// @param frame        the bytes, with their line ends.
/// @param length       how many.
/// @param told         where to put the number of sessions that were told, or NULL; untouched on failure.
/// @param error        where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_emit(
    simulator: *const ami_simulator,
    event_class: *const c_char,
    frame: *const c_char,
    length: usize,
    told: *mut usize,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(simulator, told, error, |simulator| {
            Ok(simulator.emit(text("class", event_class)?, slice("frame", frame.cast(), length)?))
        })
    }
}

/// Sets how sends through a port end from now on.
///
/// @param simulator  the gateway.
/// @param span       the port; one that does not exist is ignored.
/// @param outcome    sent, failed, busy, timeout (and not sent), late (times out and is sent still) or lost.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_set_outcome(
    simulator: *const ami_simulator,
    span: u32,
    outcome: *const c_char,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            self::simulator(simulator)?.set_outcome(span, choice(text("outcome", outcome)?)?);
            Ok::<(), Error>(())
        })
    }
}

/// Adds how the next send through a port ends, behind those that were added before.
///
/// @param simulator  the gateway.
/// @param span       the port; one that does not exist is ignored.
/// @param outcome    as for ami_simulator_set_outcome.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_next_outcome(
    simulator: *const ami_simulator,
    span: u32,
    outcome: *const c_char,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            self::simulator(simulator)?.next_outcomes(span, [choice(text("outcome", outcome)?)?]);
            Ok::<(), Error>(())
        })
    }
}

/// Sets how long the network takes for each message or USSD code of a port.
///
/// @param simulator  the gateway.
/// @param span       the port; one that does not exist is ignored.
/// @param shortest   at least so many milliseconds.
/// @param longest    at most so many; the same number if it is not to vary.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_set_latency_ms(
    simulator: *const ami_simulator,
    span: u32,
    shortest: u32,
    longest: u32,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let [shortest, longest] = [shortest, longest].map(|ms| Duration::from_millis(ms.into()));
            self::simulator(simulator)?.set_latency_range(span, shortest, longest);
            Ok::<(), Error>(())
        })
    }
}

/// Switches a port on or off. What it is to send while it is off waits.
///
/// @param simulator  the gateway.
/// @param span       the port.
/// @param on         whether it is on: 0 or 1.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_set_power(
    simulator: *const ami_simulator,
    span: u32,
    on: i32,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let simulator = self::simulator(simulator)?;
            let mut state = simulator.state(span).ok_or_else(|| Error::invalid(format!("there is no span {span}")))?;
            state.power = on != 0;
            simulator.set_state(span, state);
            Ok::<(), Error>(())
        })
    }
}

/// Sets the reply to a USSD code, on every port.
///
/// @param simulator     the gateway.
/// @param code          the code, or the answer to a menu.
/// @param reply         the text, in UTF-8.
/// @param wants_answer  whether the network wants an answer to it: 0 or 1.
/// @param error         where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_set_ussd(
    simulator: *const ami_simulator,
    code: *const c_char,
    reply: *const c_char,
    wants_answer: i32,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let reply = text("reply", reply)?;
            let reply = if wants_answer != 0 { UssdReply::menu(reply) } else { UssdReply::text(reply) };
            self::simulator(simulator)?.set_ussd(text("code", code)?, reply);
            Ok::<(), Error>(())
        })
    }
}

/// The number of messages that the gateway was asked to send so far.
///
/// @param simulator  the gateway, or NULL.
/// @return the number; 0 for NULL and in the child of a fork.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_sent_count(simulator: *const ami_simulator) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { self::simulator(simulator) }.map_or(0, Simulator::sent_count))
}

/// Something of a message that the gateway was asked to send, as text.
///
/// @param simulator  the gateway.
/// @param index      which one, from 0, in order.
/// @param field      span, destination, text, id, sync, outcome, command, parts, reference, total, sequence, flash,
///     report, validity or pdu. What there is not is empty; what is so or not is 1 or 0.
/// @param buffer     where to put it, with a NUL behind.
/// @param size       how large that is.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID: there is no such message or field, or it does not fit; AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_sent_at(
    simulator: *const ami_simulator,
    index: usize,
    field: *const c_char,
    buffer: *mut c_char,
    size: usize,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let sms = self::simulator(simulator)?.sent_at(index);
            let sms = sms.ok_or_else(|| Error::invalid("so many messages were not sent"))?;
            write(&sent_field(&sms, text("field", field)?)?, buffer, size)
        })
    }
}

fn sent_field(sms: &SentSms, field: &str) -> Result<String> {
    let yes = |so: bool| u8::from(so).to_string();
    let place = sms.concatenation;
    Ok(match field {
        "span" => sms.span.to_string(),
        "destination" => sms.destination.clone(),
        "text" => sms.text.clone(),
        "id" => sms.id.clone().unwrap_or_default(),
        "sync" => yes(sms.sync),
        "outcome" => sms.outcome.to_string(),
        "command" => sms.command.clone(),
        "parts" => sms.parts.to_string(),
        "reference" => place.map_or_else(String::new, |place| place.reference.to_string()),
        "total" => place.map_or_else(String::new, |place| place.total.to_string()),
        "sequence" => place.map_or_else(String::new, |place| place.sequence.to_string()),
        "flash" => yes(sms.flash),
        "report" => yes(sms.report),
        "validity" => sms.validity.map_or_else(String::new, |minutes| minutes.to_string()),
        "pdu" => sms.pdu.clone().unwrap_or_default(),
        _ => return Err(Error::invalid(format!("an SMS that was sent has no field {field:?}"))),
    })
}

/// A text with a NUL behind.
unsafe fn write(value: &str, buffer: *mut c_char, size: usize) -> Result<()> {
    if buffer.is_null() || value.len() >= size {
        return Err(Error::invalid(format!("it takes a buffer of {} bytes", value.len() + 1)));
    }
    // SAFETY: the caller has so many bytes.
    unsafe {
        buffer.cast::<u8>().copy_from_nonoverlapping(value.as_ptr(), value.len());
        buffer.add(value.len()).write(0);
    }
    Ok(())
}

/// The number of messages that the network took so far: each part of what was split is one.
///
/// @param simulator  the gateway, or NULL.
/// @return the number; 0 for NULL and in the child of a fork.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_aired_count(simulator: *const ami_simulator) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { self::simulator(simulator) }.map_or(0, Simulator::aired_count))
}

/// Something of a message that the network took, as text.
///
/// @param simulator  the gateway.
/// @param index      which one, from 0, in order.
/// @param field      sms (the index of the one that was sent), span, destination, text, flash, or arrived (the port at
///     which it came in; empty if at none).
/// @param buffer     where to put it, with a NUL behind.
/// @param size       how large that is.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID: there is no such message or field, or it does not fit; AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_aired_at(
    simulator: *const ami_simulator,
    index: usize,
    field: *const c_char,
    buffer: *mut c_char,
    size: usize,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let sms = self::simulator(simulator)?.aired_at(index);
            let sms = sms.ok_or_else(|| Error::invalid("so many messages were not taken"))?;
            let value = match text("field", field)? {
                "sms" => sms.sms.to_string(),
                "span" => sms.span.to_string(),
                "destination" => sms.destination,
                "text" => sms.text,
                "flash" => u8::from(sms.flash).to_string(),
                "arrived" => sms.arrived.map_or_else(String::new, |span| span.to_string()),
                field => return Err(Error::invalid(format!("a message that was taken has no field {field:?}"))),
            };
            write(&value, buffer, size)
        })
    }
}

/// Closes every connection without a word. Commands under way still run to their end.
///
/// @param simulator  the gateway.
/// @param error      where to put the error, or NULL; NULL is put there on success.
/// Ownership: the error is the caller's.
/// Threads: any; several at once.
/// Errors: AMI_E_INVALID, AMI_E_FORKED.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_disconnect_all(
    simulator: *const ami_simulator,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            self::simulator(simulator)?.disconnect_all();
            Ok::<(), Error>(())
        })
    }
}

/// Closes the listener and every connection, and waits until they are closed. The second time it does nothing. What was
/// sent can still be asked.
///
/// @param simulator  the gateway, or NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_stop(simulator: *const ami_simulator) {
    guard((), || {
        // SAFETY: the caller keeps to the header.
        if let Ok(simulator) = unsafe { self::simulator(simulator) } {
            simulator.stop();
            blocking::wait(simulator.closed(), None);
        }
    });
}

/// Stops a gateway and frees it. In the child of a fork it is only forgotten.
///
/// @param simulator  the gateway, or NULL.
/// Ownership: takes the gateway back.
/// Threads: any; nobody else may use it any more.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_simulator_free(simulator: *mut ami_simulator) {
    if !simulator.is_null() {
        // SAFETY: the caller passes a gateway of ours for the last time.
        guard((), || unsafe { Box::from_raw(simulator) }.thread.join());
    }
}
