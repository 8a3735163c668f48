//! Texts and bytes, from C and for C.

use std::ffi::{CStr, CString, c_char, c_void};

use crate::error::{Error, Result};
use crate::protocol::Message;

/// The bytes of a C string.
pub(super) unsafe fn bytes<'a>(what: &str, pointer: *const c_char) -> Result<&'a [u8]> {
    if pointer.is_null() {
        return Err(Error::invalid(format!("the {what} is NULL")));
    }
    // SAFETY: the caller passes a string that ends with a NUL.
    Ok(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}

/// Reads bytes by their place and number; the place may be NULL if there are none.
pub(super) unsafe fn slice<'a>(what: &str, pointer: *const c_void, length: usize) -> Result<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(Error::invalid(format!("the {what} is NULL")));
    }
    if isize::try_from(length).is_err() {
        return Err(Error::invalid(format!("the length of the {what} is beyond any memory; is it a negative number?")));
    }
    // SAFETY: the caller passes so many bytes.
    Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), length) })
}

/// The text of a C string.
pub(super) unsafe fn text<'a>(what: &str, pointer: *const c_char) -> Result<&'a str> {
    // SAFETY: as `bytes`.
    std::str::from_utf8(unsafe { bytes(what, pointer) }?)
        .map_err(|_| Error::invalid(format!("the {what} is not valid UTF-8")))
}

/// The first value of a header that a C string names.
pub(super) unsafe fn get(message: Option<&Message>, name: *const c_char) -> Option<&[u8]> {
    // SAFETY: the caller passes NULL or a C string.
    message?.get_named(unsafe { bytes("header's name", name) }.ok()?)
}

/// The value at an index among those of the headers that a C string names.
pub(super) unsafe fn get_nth(message: Option<&Message>, name: *const c_char, index: usize) -> Option<&[u8]> {
    // SAFETY: the caller passes NULL or a C string.
    let name = unsafe { bytes("header's name", name) }.ok()?;
    message?.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name)).nth(index).map(|(_, value)| value)
}

/// A value in memory that is followed by a NUL; NULL for none.
pub(super) unsafe fn value(value: Option<&[u8]>, length: *mut usize) -> *const c_char {
    if let Some(place) = unsafe { length.as_mut() } {
        *place = value.map_or(0, <[u8]>::len);
    }
    value.map_or(std::ptr::null(), |value| value.as_ptr().cast())
}

/// A C string; the first NUL ends it.
pub(super) fn c_string(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap_or_default()
}

/// A text with a NUL behind it; one inside is the text's.
pub(super) fn terminated(text: &[u8]) -> Box<[u8]> {
    let mut owned = Vec::with_capacity(text.len() + 1);
    owned.extend_from_slice(text);
    owned.push(0);
    owned.into()
}

/// The text without that NUL.
pub(super) fn content(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\0").unwrap_or(text)
}
