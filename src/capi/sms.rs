use std::ffi::{CString, c_char, c_void};

use super::guard::guard;
use super::handle::{Counted, Handle, add_ref, drop_ref};
use super::strings::{c_string, content, terminated, value};
use crate::gsm::Sms;

/// An incoming SMS. It never changes.
pub struct ami_sms {
    span: u32,
    port: CString,
    sender: CString,
    time: CString,
    /// With a NUL behind it; one inside is the sender's.
    text: Box<[u8]>,
    smsc: Option<CString>,
    class: i32,
    parts: u32,
    missing: usize,
    pdus: Vec<CString>,
    raw: Box<[u8]>,
    data: Option<Box<[u8]>>,
    application_port: i32,
}

impl Handle for ami_sms {
    type Owned = Counted;
}

impl From<&Sms> for ami_sms {
    fn from(sms: &Sms) -> ami_sms {
        ami_sms {
            span: sms.span(),
            port: c_string(sms.port().as_bytes()),
            sender: c_string(sms.sender().as_bytes()),
            time: c_string(sms.time().as_bytes()),
            text: terminated(sms.text().as_bytes()),
            smsc: sms.smsc().map(|smsc| c_string(smsc.as_bytes())),
            class: sms.class().map_or(-1, i32::from),
            parts: sms.parts(),
            missing: sms.missing().len(),
            pdus: sms.pdus().iter().map(|pdu| c_string(pdu.as_bytes())).collect(),
            raw: terminated(sms.raw()),
            data: sms.data().map(terminated),
            application_port: sms.application_port().map_or(-1, i32::from),
        }
    }
}

/// The number of the port at which an SMS arrived.
///
/// @param sms  the SMS, or NULL.
/// @return the number, from 1; 0 for NULL, and if ports have names.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_port_number(sms: *const ami_sms) -> u32 {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(0, |sms| sms.span)
}

/// The port at which an SMS arrived as a text, such as "4" or "dongle0".
///
/// @param sms  the SMS, or NULL.
/// @return the text; "" for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_port(sms: *const ami_sms) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(c"".as_ptr(), |sms| sms.port.as_ptr())
}

/// The sender of an SMS: a number or a name.
///
/// @param sms  the SMS, or NULL.
/// @return the sender; "" for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_sender(sms: *const ami_sms) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(c"".as_ptr(), |sms| sms.sender.as_ptr())
}

/// The text of an SMS; empty for a binary SMS, see ami_sms_data.
///
/// @param sms     the SMS, or NULL.
/// @param length  where to put its length in bytes, or NULL.
/// @return the text in UTF-8, followed by a NUL; NULL, and length 0, for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_text(sms: *const ami_sms, length: *mut usize) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { value(sms.as_ref().map(|sms| content(&sms.text)), length) }
}

/// The time at which the SMS centre received an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return ISO 8601, with a time zone if the gateway tells one; "" if it tells no time, and for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_time(sms: *const ami_sms) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(c"".as_ptr(), |sms| sms.time.as_ptr())
}

/// The time at which the SMS centre received an SMS, as a number.
///
/// @param sms  the SMS, or NULL.
/// @return seconds since 1970 UTC; -1 if the gateway tells no time or no time zone, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_time_epoch(sms: *const ami_sms) -> i64 {
    // SAFETY: NULL or an SMS that is alive.
    guard(-1, || unsafe { sms.as_ref() }.and_then(|sms| epoch(sms.time.to_bytes())).unwrap_or(-1))
}

/// The seconds since 1970 of a time such as `2014-09-11T09:36:47+08:00`; none without a zone, and for a time that is no such
/// text.
fn epoch(time: &[u8]) -> Option<i64> {
    const FORM: &[u8; 25] = b"0000-00-00T00:00:00?00:00";
    let fits = |(&byte, &form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        b'?' => matches!(byte, b'+' | b'-'),
        _ => byte == form,
    };
    if time.len() != FORM.len() || !time.iter().zip(FORM).all(fits) {
        return None;
    }
    let number =
        |from: usize, to: usize| time[from..to].iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of_month = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days_of_month).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Years begin in March, so that the day of a leap year is their last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = days + (month * 153 + 2) / 5 + day - 719_469;
    let zone = (number(20, 22) * 60 + number(23, 25)) * 60;
    let local = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some(if time[19] == b'-' { local + zone } else { local - zone })
}

/// The number of the SMS centre of an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return the number; NULL if the gateway does not tell it.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_smsc(sms: *const ami_sms) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    let smsc = unsafe { sms.as_ref() }.and_then(|sms| sms.smsc.as_ref());
    smsc.map_or(std::ptr::null(), |smsc| smsc.as_ptr())
}

/// The message class of an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return 0 (flash: shown at once and not stored) to 3; -1 if there is none, if the gateway does not tell it, and
///         for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_class(sms: *const ami_sms) -> i32 {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(-1, |sms| sms.class)
}

/// The octets of a binary SMS, such as an MMS notification; those of all parts that arrived, in order.
///
/// @param sms     the SMS, or NULL.
/// @param length  where to put their number, or NULL.
/// @return the octets, followed by a NUL; NULL, and length 0, for a text, if the gateway forwards only texts, and
///         for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_data(sms: *const ami_sms, length: *mut usize) -> *const c_void {
    // SAFETY: NULL or an SMS that is alive.
    let data = unsafe { sms.as_ref() }.and_then(|sms| sms.data.as_deref());
    unsafe { value(data.map(content), length) }.cast()
}

/// The application port of an SMS, such as 2948 for MMS notifications.
///
/// @param sms  the SMS, or NULL.
/// @return 0 to 65535; -1 if it has none, if the gateway does not tell it, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_application_port(sms: *const ami_sms) -> i32 {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(-1, |sms| sms.application_port)
}

/// The number of parts in which an SMS was sent.
///
/// @param sms  the SMS, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_part_count(sms: *const ami_sms) -> u32 {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(0, |sms| sms.parts)
}

/// The number of parts of an SMS that did not arrive in time, see ami_config_set_parts_timeout_ms. The header Missing of
/// its event lists them.
///
/// @param sms  the SMS, or NULL.
/// @return the number; 0 if the SMS is complete, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_missing_count(sms: *const ami_sms) -> usize {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(0, |sms| sms.missing)
}

/// The number of PDUs of an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return one for each part that arrived; 0 if the gateway forwards no PDUs, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_pdu_count(sms: *const ami_sms) -> usize {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { sms.as_ref() }.map_or(0, |sms| sms.pdus.len())
}

/// A PDU of an SMS.
///
/// @param sms    the SMS, or NULL.
/// @param index  from 0, in the order of the parts.
/// @return the PDU in hexadecimal, with the number of the SMS centre at its beginning; NULL beyond the last.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_pdu_at(sms: *const ami_sms, index: usize) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    let pdu = unsafe { sms.as_ref() }.and_then(|sms| sms.pdus.get(index));
    pdu.map_or(std::ptr::null(), |pdu| pdu.as_ptr())
}

/// The bytes of an SMS before decoding: the user data of its PDUs, or the bytes that the gateway sent.
///
/// @param sms     the SMS, or NULL.
/// @param length  where to put their number, or NULL.
/// @return the bytes, followed by a NUL; NULL, and length 0, for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_raw(sms: *const ami_sms, length: *mut usize) -> *const c_char {
    // SAFETY: NULL or an SMS that is alive.
    unsafe { value(sms.as_ref().map(|sms| content(&sms.raw)), length) }
}

/// Adds a reference to an SMS, to keep it beyond the callback that lends it.
///
/// @param sms  the SMS, or NULL.
/// @return the same SMS.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_sms_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_ref(sms: *const ami_sms) -> *mut ami_sms {
    // SAFETY: the caller borrows or keeps the SMS.
    unsafe { add_ref(sms) }
}

/// Releases a reference to an SMS; the last release frees it.
///
/// @param sms  the SMS, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_sms_unref(sms: *mut ami_sms) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(sms) };
}

#[cfg(test)]
mod tests {
    use super::epoch;

    #[test]
    fn sms_time_epoch_takes_the_zone_off() {
        assert_eq!(epoch(b"1970-01-01T00:00:00+00:00"), Some(0));
        assert_eq!(epoch(b"2014-09-11T09:36:47+08:00"), Some(1_410_399_407));
        assert_eq!(epoch(b"2014-09-10T16:51:47-08:45"), Some(1_410_399_407));
        assert_eq!(epoch(b"2024-02-29T23:59:59+00:00"), Some(1_709_251_199));
        assert_eq!(epoch(b"2000-03-01T00:00:00+00:00"), Some(951_868_800));
        assert_eq!(epoch(b"2089-12-31T23:59:59+00:00"), Some(3_786_911_999));
    }

    #[test]
    fn sms_time_epoch_is_none_for_a_time_without_a_zone_and_for_no_time() {
        let texts: [&[u8]; 9] = [
            b"",
            b"2014-09-11T09:36:47",
            b"2014-09-11T09:36:47Z",
            b"2014-09-11 09:36:47+08:00",
            b"2014-13-11T09:36:47+08:00",
            b"2023-02-29T09:36:47+08:00",
            b"2014-09-11T24:36:47+08:00",
            b"2014-09-11T09:36:47+0800x",
            b"at noon, or a bit later!!",
        ];
        for text in texts {
            assert_eq!(epoch(text), None, "{}", String::from_utf8_lossy(text));
        }
    }
}
