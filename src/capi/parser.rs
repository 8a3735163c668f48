use std::ffi::{CString, c_char, c_int, c_void};

use super::boundary::{exclusive, output, reference, status};
use super::guard::guard;
use super::handle::{Boxed, Counted, Handle, add_ref, boxed, drop_ref, free, shared};
use super::strings::{bytes, c_string, content, get, get_nth, slice, terminated, text, value};
use super::{ami_error, ami_status};
use crate::error::{Error, Result};
use crate::protocol::{Kind, Limits, Message, Parser, escapes_values, unescape};

/// A message that answers an action.
pub const AMI_MESSAGE_RESPONSE: i32 = 0;
/// A message that reports what happened.
pub const AMI_MESSAGE_EVENT: i32 = 1;
/// A message with neither a Response nor an Event header.
pub const AMI_MESSAGE_OTHER: i32 = 2;

/// Limit: bytes of the first line, which names the protocol; 256 unless set.
pub const AMI_LIMIT_BANNER: i32 = 0;
/// Limit: bytes of one line; 65,535 unless set.
pub const AMI_LIMIT_LINE: i32 = 1;
/// Limit: headers of one message, not counting Output; 4,096 unless set.
pub const AMI_LIMIT_HEADERS: i32 = 2;
/// Limit: bytes of one message, not counting a command's output; 1 MiB unless set.
pub const AMI_LIMIT_MESSAGE: i32 = 3;
/// Limit: bytes of one command's output; 16 MiB unless set.
pub const AMI_LIMIT_OUTPUT: i32 = 4;
/// Limit: entries of one list; 1,000,000 unless set. A parser does not count them, a client does.
pub const AMI_LIMIT_LIST: i32 = 5;
/// Limit: bytes of memory that the entries of one list take; 128 MiB unless set. A parser does not count them, a client does.
pub const AMI_LIMIT_LIST_BYTES: i32 = 6;
/// Limit: bytes of one response that an action waits for, or whose ActionID a parser was told to expect, in place of the
/// limits of lines, headers and messages where these are smaller and not set below their defaults; 20 MiB unless set. A
/// response may be a whole file.
pub const AMI_LIMIT_RESPONSE: i32 = 7;

/// Changes one limit.
pub(super) fn set_limit(limits: &mut Limits, limit: i32, value: usize) -> Result<()> {
    let place = match limit {
        AMI_LIMIT_BANNER => &mut limits.banner,
        AMI_LIMIT_LINE => &mut limits.line,
        AMI_LIMIT_HEADERS => &mut limits.headers,
        AMI_LIMIT_MESSAGE => &mut limits.frame,
        AMI_LIMIT_OUTPUT => &mut limits.output,
        AMI_LIMIT_LIST => &mut limits.list,
        AMI_LIMIT_LIST_BYTES => &mut limits.list_bytes,
        AMI_LIMIT_RESPONSE => &mut limits.response,
        _ => return Err(Error::invalid("there is no such limit; use one of AMI_LIMIT_…")),
    };
    if value == 0 {
        return Err(Error::invalid("a limit must be at least 1"));
    }
    *place = value;
    Ok(())
}

/// Turns bytes into messages, for programs with their own loop. It opens no socket and starts no thread.
pub struct ami_parser {
    parser: Parser,
    limits: Limits,
    banner: Option<CString>,
}

impl Handle for ami_parser {
    type Owned = Boxed;
}

/// A message as the server sent it: headers in order, names without case. It never changes.
pub struct ami_message {
    message: Message,
    /// A command's text, with a NUL behind.
    output: Option<Box<[u8]>>,
}

impl Handle for ami_message {
    type Owned = Counted;
}

impl From<Message> for ami_message {
    fn from(message: Message) -> ami_message {
        let output = message.output().map(|text| terminated(&text));
        ami_message { message, output }
    }
}

unsafe fn borrow<'a>(message: *const ami_message) -> Option<&'a ami_message> {
    // SAFETY: the caller passes NULL or a message that it keeps.
    unsafe { message.as_ref() }
}

/// Makes a parser that waits for a server's first byte.
///
/// @return the parser.
///
/// - **Ownership:** the caller's, to be freed with ami_parser_free.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn ami_parser_new() -> *mut ami_parser {
    guard(std::ptr::null_mut(), || {
        let limits = Limits::default();
        boxed(ami_parser { parser: Parser::with_limits(limits), limits, banner: None })
    })
}

/// Changes a limit. What exceeds one is AMI_E_LIMIT, and the banner's AMI_E_NOT_AMI.
///
/// @param parser  the parser.
/// @param limit   one of AMI_LIMIT_….
/// @param value   the new limit.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_INVALID for an unknown limit and for 0.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_parser_set_limit(parser: *mut ami_parser, limit: i32, value: usize) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            let parser = exclusive("parser", parser)?;
            set_limit(&mut parser.limits, limit, value)?;
            parser.parser.set_limits(parser.limits);
            Ok::<(), Error>(())
        })
    }
}

/// Takes bytes in, cut anywhere. Pull the messages with ami_parser_next.
///
/// @param parser  the parser.
/// @param bytes   the bytes; may be NULL if length is 0.
/// @param length  how many.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_INVALID for NULL and for a length over PTRDIFF_MAX. What is wrong with the bytes is told by
///   ami_parser_next, after the messages before it; from then on by this function too.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_parser_feed(
    parser: *mut ami_parser,
    bytes: *const c_void,
    length: usize,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let parser = exclusive("parser", parser)?;
            if length > 0 {
                parser.parser.feed(slice("input", bytes, length)?)?;
            }
            if parser.banner.is_none() {
                parser.banner = parser.parser.banner().map(|banner| c_string(banner.as_bytes()));
            }
            Ok::<(), Error>(())
        })
    }
}

/// Gives the next message. The server's first line is none, see ami_parser_banner, and neither is an empty one.
///
/// @param parser   the parser.
/// @param message  where to put the message; NULL is put there if more bytes are needed, and on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the message, to be given up with ami_message_unref, and the error are the caller's.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_NOT_AMI, AMI_E_LIMIT: final, nothing more will come.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_parser_next(
    parser: *mut ami_parser,
    message: *mut *mut ami_message,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let place = output("message", message)?;
            if let Some(message) = exclusive("parser", parser)?.parser.next()? {
                *place = shared(message);
            }
            Ok::<(), Error>(())
        })
    }
}

/// Says that an action with this ActionID was sent. Old servers put a command's text right behind the headers of the reply;
/// once a program says what it sends, no line of a text can pass for one of those headers.
///
/// @param parser     the parser.
/// @param action_id  the ActionID.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_parser_expect_action_id(parser: *mut ami_parser, action_id: *const c_char) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(std::ptr::null_mut(), || {
            exclusive("parser", parser)?.parser.expect_action_id(bytes("ActionID", action_id)?);
            Ok::<(), Error>(())
        })
    }
}

/// Says that no more bytes will come.
///
/// @param parser  the parser.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_PROTOCOL if they ended within a message; AMI_E_NOT_AMI and AMI_E_LIMIT if that came before.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_parser_finish(parser: *mut ami_parser, error: *mut *mut ami_error) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, || exclusive("parser", parser)?.parser.finish()) }
}

/// The server's first line, such as "Asterisk Call Manager/5.0.5".
///
/// @param parser  the parser, or NULL.
/// @return the line; NULL until it has come.
///
/// - **Ownership:** belongs to the parser.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_parser_banner(parser: *const ami_parser) -> *const c_char {
    // SAFETY: the caller keeps to the header.
    let banner = unsafe { reference("parser", parser) }.ok().and_then(|parser| parser.banner.as_ref());
    banner.map_or(std::ptr::null(), |banner| banner.as_ptr())
}

/// Frees a parser. Its messages may outlive it.
///
/// @param parser  the parser, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** nobody else may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_parser_free(parser: *mut ami_parser) {
    // SAFETY: NULL or a parser of ours, for the last time.
    unsafe { free(parser) };
}

/// The kind of a message.
///
/// @param message  the message, or NULL.
/// @return AMI_MESSAGE_RESPONSE, AMI_MESSAGE_EVENT or AMI_MESSAGE_OTHER; -1 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_kind(message: *const ami_message) -> i32 {
    // SAFETY: the caller keeps to the header.
    guard(-1, || {
        unsafe { borrow(message) }.map_or(-1, |borrowed| match borrowed.message.kind() {
            Kind::Response => AMI_MESSAGE_RESPONSE,
            Kind::Event => AMI_MESSAGE_EVENT,
            _ => AMI_MESSAGE_OTHER,
        })
    })
}

/// The value of the header that says what a message is: an event's name, a response's result such as "Success".
///
/// @param message  the message, or NULL.
/// @return the value; "" for NULL and for AMI_MESSAGE_OTHER.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_name(message: *const ami_message) -> *const c_char {
    guard(c"".as_ptr(), || {
        // SAFETY: the caller keeps to the header; every value is followed by a NUL.
        match unsafe { borrow(message) }.map(|borrowed| borrowed.message.name()) {
            Some(name) if !name.is_empty() => name.as_ptr().cast(),
            _ => c"".as_ptr(),
        }
    })
}

/// The first value of a header.
///
/// @param message  the message, or NULL.
/// @param name     the header's name, in any case.
/// @param length   where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, if there is none.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_get(
    message: *const ami_message,
    name: *const c_char,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(get(borrow(message).map(|borrowed| &borrowed.message), name), length) }
    })
}

/// One of the values of a header that may come several times.
///
/// @param message  the message, or NULL.
/// @param name     the header's name, in any case.
/// @param index    from 0, counted among the headers of this name, in the order of the wire.
/// @param length   where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_get_nth(
    message: *const ami_message,
    name: *const c_char,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(get_nth(borrow(message).map(|borrowed| &borrowed.message), name, index), length) }
    })
}

/// The number of headers of a message.
///
/// @param message  the message, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_header_count(message: *const ami_message) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { borrow(message) }.map_or(0, |borrowed| borrowed.message.len()))
}

/// The name of the header at an index, in the order of the wire.
///
/// @param message  the message, or NULL.
/// @param index    from 0.
/// @param length   where to put the name's length in bytes, or NULL.
/// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_header_name_at(
    message: *const ami_message,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        let header = unsafe { borrow(message) }.and_then(|borrowed| borrowed.message.header(index));
        unsafe { value(header.map(|(name, _)| name), length) }
    })
}

/// The value of the header at an index, in the order of the wire.
///
/// @param message  the message, or NULL.
/// @param index    from 0.
/// @param length   where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_header_value_at(
    message: *const ami_message,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        let header = unsafe { borrow(message) }.and_then(|borrowed| borrowed.message.header(index));
        unsafe { value(header.map(|(_, value)| value), length) }
    })
}

/// The text of a message that answers a command: its lines joined by LF, no LF at the end. The same for every server
/// version.
///
/// @param message  the message, or NULL.
/// @param length   where to put the text's length in bytes, or NULL.
/// @return the text, followed by a NUL; NULL, and length 0, for any other message.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_output(message: *const ami_message, length: *mut usize) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        let text = unsafe { borrow(message) }.and_then(|borrowed| borrowed.output.as_deref());
        unsafe { value(text.map(content), length) }
    })
}

/// Makes a message that costs its own size. Messages that were fed together share memory, and one of them that is kept keeps
/// all of it: one that is kept for long is to be kept like this, and the other given up.
///
/// @param message  the message, or NULL.
/// @return a message with the same contents in memory of its own; NULL for NULL.
///
/// - **Ownership:** a reference of the caller's, to be given up with ami_message_unref. The one for the old message stays.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_detach(message: *const ami_message) -> *mut ami_message {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller keeps the message.
        unsafe { borrow(message) }.map_or(std::ptr::null_mut(), |borrowed| shared(borrowed.message.detached()))
    })
}

/// Keeps a message, and with it the memory of all that were fed together with it; see ami_message_detach.
///
/// @param message  the message, or NULL.
/// @return the same message.
///
/// - **Ownership:** one more reference, the caller's, to be given up with ami_message_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_ref(message: *const ami_message) -> *mut ami_message {
    // SAFETY: the caller keeps the message.
    unsafe { add_ref(message) }
}

/// Gives up a reference to a message; the last one frees it.
///
/// @param message  the message, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_unref(message: *mut ami_message) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(message) };
}

/// Tells whether a server of this version escapes the values of VarSet and ChanVariable and the names of callers as C does: from
/// 13.5.0 on. Older ones send them raw.
///
/// @param asterisk_version  the AsteriskVersion of CoreSettings, such as "16.28.0".
/// @return 1 if it does, else 0; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_escapes_values(asterisk_version: *const c_char) -> c_int {
    // SAFETY: NULL or a C string.
    guard(0, || i32::from(unsafe { text("version", asterisk_version) }.is_ok_and(escapes_values)))
}

/// Undoes C's escapes of one character in a value, such as a back-slash and n for a line end. What is no escape stays.
///
/// @param value   the value; may be NULL if length is 0.
/// @param length  its bytes.
/// @param buffer  where to put the plain value and a NUL: length + 1 bytes.
/// @return the bytes of the plain value, the NUL not counted; never more than length.
///
/// - **Ownership:** copies.
/// - **Threads:** any; several at once.
/// - **Errors:** none; nothing is written to a NULL buffer, and a length over PTRDIFF_MAX counts as 0.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_unescape(value: *const c_char, length: usize, buffer: *mut c_char) -> usize {
    guard(0, || {
        if buffer.is_null() {
            return 0;
        }
        // SAFETY: the caller passes so many bytes.
        let plain = unescape(unsafe { slice("value", value.cast(), length) }.unwrap_or_default());
        // SAFETY: the buffer has room for the value, which never grows, and a NUL.
        unsafe {
            buffer.cast::<u8>().copy_from(plain.as_ptr(), plain.len());
            buffer.add(plain.len()).write(0);
        }
        plain.len()
    })
}
