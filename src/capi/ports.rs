use std::ffi::{CString, c_char, c_int};

use super::boundary::{output, reference, status};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::strings::{bytes, c_string, text, value};
use super::timeout::call_timeout;
use super::{ami_error, ami_gateway, ami_status};
use crate::error::{Error, Result};
use crate::gsm::{PortStatus, Power};

/// Turns a port off.
pub const AMI_POWER_OFF: i32 = 0;
/// Turns a port on.
pub const AMI_POWER_ON: i32 = 1;
/// Turns a port off and on again.
pub const AMI_POWER_RESET: i32 = 2;

/// A list of the ports of a gateway with their states at the time of the request. It never changes.
pub struct ami_ports {
    ports: Vec<Port>,
}

impl Handle for ami_ports {
    type Owned = Boxed;
}

struct Port {
    status: PortStatus,
    name: CString,
    words: CString,
    state: Option<CString>,
    operator: Option<CString>,
    smsc: Option<CString>,
    last_event: Option<CString>,
    details: Vec<Detail>,
}

struct Detail {
    name: String,
    value: CString,
}

impl From<PortStatus> for Port {
    fn from(status: PortStatus) -> Port {
        let own = |text: &str| c_string(text.as_bytes());
        Port {
            name: own(&status.port().to_string()),
            words: own(status.peer_text()),
            state: status.state().map(own),
            operator: status.operator().map(own),
            smsc: status.smsc().map(own),
            last_event: status.last_event().map(own),
            details: status
                .details()
                .map(|(name, value)| Detail { name: name.to_owned(), value: own(value) })
                .collect(),
            status,
        }
    }
}

unsafe fn port<'a>(ports: *const ami_ports, index: usize) -> Option<&'a Port> {
    // SAFETY: the caller passes NULL or ports that are alive.
    unsafe { ports.as_ref() }.and_then(|ports| ports.ports.get(index))
}

/// Something of a port that may not be known.
unsafe fn known(ports: *const ami_ports, index: usize, get: impl Fn(&Port) -> Option<&CString>) -> *const c_char {
    // SAFETY: as `port`.
    guard(std::ptr::null(), || {
        unsafe { port(ports, index) }.and_then(get).map_or(std::ptr::null(), |text| text.as_ptr())
    })
}

/// Tells whether something is so.
unsafe fn is(ports: *const ami_ports, index: usize, ask: impl Fn(&PortStatus) -> bool) -> c_int {
    // SAFETY: as `port`.
    guard(0, || unsafe { port(ports, index) }.map_or(0, |port| ask(&port.status).into()))
}

/// Asks a gateway for the states of all its ports, one after the other, within the action timeout for all of them. Ports
/// for which there was no time are in the list too, see ami_ports_is_complete_at.
///
/// @param gateway  the gateway.
/// @param ports    where to put the ports; NULL is put there on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the ports, to be freed with ami_ports_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** as ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_ports(
    gateway: *const ami_gateway,
    ports: *mut *mut ami_ports,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { ami_gateway_ports_within(gateway, 0, ports, error) }
}

/// Asks for the states of all ports, as ami_gateway_ports does, with a timeout of its own.
///
/// @param gateway     the gateway.
/// @param timeout_ms  milliseconds for all ports together, or AMI_TIMEOUT_DEFAULT.
/// @param ports       where to put the ports; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the ports, to be freed with ami_ports_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for AMI_WAIT_FOREVER; as ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_ports_within(
    gateway: *const ami_gateway,
    timeout_ms: u32,
    ports: *mut *mut ami_ports,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("ports", ports)?;
            let gateway = &reference("gateway", gateway)?.gateway;
            let found = match call_timeout(timeout_ms)? {
                None => gateway.ports()?,
                Some(timeout) => gateway.ports_within(timeout)?,
            };
            *place = boxed(ami_ports { ports: found.into_iter().map(Port::from).collect() });
            Ok::<(), Error>(())
        })
    }
}

/// Tells whether the gateway answered all questions about a port in time. If not, ami_ports_words_at has the state of the
/// port as a text, and the other functions know only what follows from that text.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it did; 0 if not, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_is_complete_at(ports: *const ami_ports, index: usize) -> c_int {
    // SAFETY: the caller keeps to the header.
    unsafe { is(ports, index, PortStatus::is_complete) }
}

/// The number of ports.
///
/// @param ports  the ports, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_count(ports: *const ami_ports) -> usize {
    // SAFETY: NULL or ports that are alive.
    guard(0, || unsafe { ports.as_ref() }.map_or(0, |ports| ports.ports.len()))
}

/// The port, as the functions of gateways take it: its number, such as "4", or its name, such as "dongle0".
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the name; NULL beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_name_at(ports: *const ami_ports, index: usize) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    unsafe { known(ports, index, |port| Some(&port.name)) }
}

/// The condition of a port in the gateway's own text, such as "Power on, Provisioned, Up, Active,Standard" or "Free".
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the text, which may be empty; NULL beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_words_at(ports: *const ami_ports, index: usize) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    unsafe { known(ports, index, |port| Some(&port.words)) }
}

/// The activity of a port in the gateway's own text, such as "READY".
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the text; NULL if the gateway does not tell it, and beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_state_at(ports: *const ami_ports, index: usize) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    unsafe { known(ports, index, |port| port.state.as_ref()) }
}

/// Tells whether a port can send and receive.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it can; 0 if not, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_is_up_at(ports: *const ami_ports, index: usize) -> c_int {
    // SAFETY: the caller keeps to the header.
    unsafe { is(ports, index, PortStatus::is_up) }
}

/// Tells whether a port has power. For a dongle: whether its driver has the device.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it has; 0 if not, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_has_power_at(ports: *const ami_ports, index: usize) -> c_int {
    // SAFETY: the caller keeps to the header.
    unsafe { is(ports, index, PortStatus::has_power) }
}

/// Tells whether the SIM card of a port is present and unlocked, as far as the gateway tells.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it is; 0 if not, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_has_sim_at(ports: *const ami_ports, index: usize) -> c_int {
    // SAFETY: the caller keeps to the header.
    unsafe { is(ports, index, PortStatus::has_sim) }
}

/// Tells whether a port is registered with a network, at home or roaming.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it is; 0 if not, if the gateway does not tell it, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_is_registered_at(ports: *const ami_ports, index: usize) -> c_int {
    // SAFETY: the caller keeps to the header.
    unsafe { is(ports, index, PortStatus::is_registered) }
}

/// The name of the network's operator.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the name; NULL if it is not known, and beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_operator_at(ports: *const ami_ports, index: usize) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    unsafe { known(ports, index, |port| port.operator.as_ref()) }
}

/// The signal strength of a port.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return dBm, from -113 (or less) to -51 (or more); 0 if it is not known, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_signal_at(ports: *const ami_ports, index: usize) -> i32 {
    // SAFETY: the caller keeps to the header.
    guard(0, || {
        unsafe { port(ports, index) }.and_then(|port| port.status.signal()).map_or(0, |signal| signal.dbm().into())
    })
}

/// The signal strength of a port in bars, as a phone shows it.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 0 to 5; -1 if it is not known, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_bars_at(ports: *const ami_ports, index: usize) -> i32 {
    // SAFETY: the caller keeps to the header.
    guard(-1, || {
        unsafe { port(ports, index) }.and_then(|port| port.status.signal()).map_or(-1, |signal| signal.bars().into())
    })
}

/// The number of the SMS centre of a port.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the number; NULL if it is not known, and beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_smsc_at(ports: *const ami_ports, index: usize) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    unsafe { known(ports, index, |port| port.smsc.as_ref()) }
}

/// The last event at a port in the gateway's own text.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the text; NULL if there is none, and beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_last_event_at(ports: *const ami_ports, index: usize) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    unsafe { known(ports, index, |port| port.last_event.as_ref()) }
}

/// Another value that the gateway tells about a port.
///
/// @param ports   the ports, or NULL.
/// @param index   from 0.
/// @param name    the gateway's own name for it, such as "Model IMEI" or "IMEIState", in any case.
/// @param length  where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, if there is none or it is empty.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_get_at(
    ports: *const ami_ports,
    index: usize,
    name: *const c_char,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        let (port, name) = unsafe { (port(ports, index), bytes("name", name)) };
        let found = port.zip(name.ok()).and_then(|(port, name)| {
            port.details.iter().find(|detail| detail.name.as_bytes().eq_ignore_ascii_case(name))
        });
        let found = found.map(|detail| detail.value.as_bytes());
        unsafe { value(found.filter(|value| !value.is_empty()), length) }
    })
}

/// Frees ports, and all their texts with them.
///
/// @param ports  the ports, or NULL.
///
/// - **Ownership:** takes them.
/// - **Threads:** no other thread may use them.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_ports_free(ports: *mut ami_ports) {
    // SAFETY: NULL or ports of ours, for the last time.
    unsafe { free(ports) };
}

/// Turns a port on, off, or off and on again. SMS that are being sent through it may be lost.
///
/// Gateways of OpenVox and ALLO have done it when this function returns, after about two seconds. Drivers of dongles do it
/// soon afterwards, and lose the SMS in their own queue for the device.
///
/// @param gateway  the gateway.
/// @param port     the port's number or name.
/// @param power    AMI_POWER_OFF, AMI_POWER_ON or AMI_POWER_RESET.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_UNSUPPORTED if the gateway has no such command; AMI_E_COMMAND if it does not confirm it, with its
///   text in ami_error_peer_message; and those of ami_client_call.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_power(
    gateway: *const ami_gateway,
    port: *const c_char,
    power: i32,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let gateway = reference("gateway", gateway)?;
            gateway.gateway.power(text("port", port)?, power_of(power)?)
        })
    }
}

fn power_of(power: i32) -> Result<Power> {
    match power {
        AMI_POWER_OFF => Ok(Power::Off),
        AMI_POWER_ON => Ok(Power::On),
        AMI_POWER_RESET => Ok(Power::Reset),
        _ => Err(Error::invalid("a port's power can be turned off, on, or off and on again; there is nothing else")),
    }
}

/// Tells a gateway to read the settings of a port again. Drivers of dongles read the settings of all devices, each when it
/// is idle.
///
/// @param gateway  the gateway.
/// @param port     the port's number or name.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ACTION for a dongle that the driver does not list, if the account may ask for the list; and those of
///   ami_gateway_power.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_gateway_reload(
    gateway: *const ami_gateway,
    port: *const c_char,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, || reference("gateway", gateway)?.gateway.reload(text("port", port)?)) }
}
