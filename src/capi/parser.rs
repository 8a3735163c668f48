use std::ffi::{CString, c_char, c_int, c_void};

use super::boundary::{exclusive, output, reference, status};
use super::guard::guard;
use super::handle::{Boxed, Counted, Handle, add_ref, boxed, drop_ref, free, shared};
use super::strings::{bytes, c_string, content, get, get_nth, slice, terminated, text, value};
use super::{ami_error, ami_status};
use crate::error::{Error, Result};
use crate::protocol::{Limits, Message, MessageKind, Parser, escapes_values, unescape};

/// A message that answers an action.
pub const AMI_MESSAGE_RESPONSE: i32 = 0;
/// A message that reports what happened.
pub const AMI_MESSAGE_EVENT: i32 = 1;
/// A message with neither a Response nor an Event header.
pub const AMI_MESSAGE_OTHER: i32 = 2;

/// Limit: bytes of the first line, the banner; default 256.
pub const AMI_LIMIT_BANNER: i32 = 0;
/// Limit: bytes of one line; default 65,535.
pub const AMI_LIMIT_LINE: i32 = 1;
/// Limit: headers of one message, without the headers Output; default 4,096.
pub const AMI_LIMIT_HEADERS: i32 = 2;
/// Limit: bytes of one message, without the output of a command; default 1 MiB.
pub const AMI_LIMIT_MESSAGE: i32 = 3;
/// Limit: bytes of the output of one command; default 16 MiB.
pub const AMI_LIMIT_OUTPUT: i32 = 4;
/// Limit: entries of one list; default 1,000,000. Only clients check it, not parsers.
pub const AMI_LIMIT_LIST: i32 = 5;
/// Limit: bytes of memory for the entries of one list; default 128 MiB. Only clients check it, not parsers.
pub const AMI_LIMIT_LIST_BYTES: i32 = 6;
/// Limit: bytes of one response that an action waits for, or whose ActionID a parser expects; default 20 MiB. A response
/// can be a whole file, so this limit replaces the limits for lines, headers and messages in such a response, unless those
/// are set below their defaults.
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

/// A parser: it turns bytes into messages, for programs with their own event loop. It opens no socket and starts no thread.
pub struct ami_parser {
    parser: Parser,
    limits: Limits,
    banner: Option<CString>,
}

impl Handle for ami_parser {
    type Owned = Boxed;
}

/// A message as the server sent it: headers in their order; names match in any case. It never changes.
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

/// Sets a limit. Input over a limit is AMI_E_LIMIT; a banner over its limit is AMI_E_NOT_AMI.
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

/// Gives bytes to a parser; they may be cut anywhere. ami_parser_next gives the messages.
///
/// @param parser  the parser.
/// @param bytes   the bytes; may be NULL if length is 0.
/// @param length  their number.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_INVALID for NULL and for a length over PTRDIFF_MAX. Errors in the bytes come from ami_parser_next,
///   after the messages before them; from then on this function gives them too.
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

/// Gives the next message. The first line of the server is not a message, see ami_parser_banner.
///
/// @param parser   the parser.
/// @param message  where to put the message; NULL is put there if more bytes are needed, and on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the message, to be released with ami_message_unref, and the error are the caller's.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_NOT_AMI, AMI_E_LIMIT: final; no more messages will come.
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

/// Tells a parser that an action with this ActionID was sent. Old servers send the output of a command directly after the
/// headers of the response; when the parser knows the ActionIDs, it cannot take a line of that output for a header.
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

/// Tells a parser that no more bytes will come.
///
/// @param parser  the parser.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_PROTOCOL if the bytes ended inside a message; AMI_E_NOT_AMI and AMI_E_LIMIT if these came before.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_parser_finish(parser: *mut ami_parser, error: *mut *mut ami_error) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { status(error, || exclusive("parser", parser)?.parser.finish()) }
}

/// The first line of the server, such as "Asterisk Call Manager/5.0.5".
///
/// @param parser  the parser, or NULL.
/// @return the line; NULL before it has come.
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
/// - **Threads:** no other thread may use it.
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
            MessageKind::Response => AMI_MESSAGE_RESPONSE,
            MessageKind::Event => AMI_MESSAGE_EVENT,
            _ => AMI_MESSAGE_OTHER,
        })
    })
}

/// The value of the header Event or Response: the name of an event, or the result of a response, such as "Success".
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

/// The value at an index among the headers of one name, for a header that comes several times.
///
/// @param message  the message, or NULL.
/// @param name     the header's name, in any case.
/// @param index    from 0, in the order in which the server sent them; other headers are not counted.
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

/// The name of the header at an index, in the order in which the server sent them.
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

/// The value of the header at an index, in the order in which the server sent them.
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

/// The output of a command in its response: its lines joined by LF, without LF at the end. It is the same for all server
/// versions.
///
/// @param message  the message, or NULL.
/// @param length   where to put the text's length in bytes, or NULL.
/// @return the output, followed by a NUL; NULL, and length 0, for any other message.
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

/// Copies a message into memory of its own. Messages that were fed together share memory, and keeping one of them keeps the
/// memory of all. To keep a message for long, detach it and release the original.
///
/// @param message  the message, or NULL.
/// @return the copy; NULL for NULL.
///
/// - **Ownership:** a new reference, which the caller releases with ami_message_unref. The reference to the original stays.
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

/// Adds a reference to a message, to keep it. This also keeps the memory of messages that were fed together with it, see
/// ami_message_detach.
///
/// @param message  the message, or NULL.
/// @return the same message.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_message_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_message_ref(message: *const ami_message) -> *mut ami_message {
    // SAFETY: the caller keeps the message.
    unsafe { add_ref(message) }
}

/// Releases a reference to a message; the last release frees it.
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

/// Tells whether a server of this version escapes the values of VarSet and ChanVariable and caller names as C does. Servers
/// do so from 13.5.0 on; older ones send them unchanged.
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

/// Replaces the escapes of C in a value, such as backslash and n, by the characters that they mean. Anything else stays.
///
/// @param value   the value; may be NULL if length is 0.
/// @param length  its length in bytes.
/// @param buffer  where to put the plain value and a NUL; its size must be length + 1 bytes.
/// @return the length of the plain value in bytes, without the NUL; never more than length.
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
