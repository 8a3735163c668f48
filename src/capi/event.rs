use std::ffi::c_char;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::ami_sms;
use super::guard::guard;
use super::handle::{Counted, Handle, add_ref, drop_ref, shared};
use super::strings::{get, get_nth, value};
use crate::gsm::Sms;
use crate::protocol::{Message, MessageKind};

/// An event of the server.
pub const AMI_EVENT_SERVER: i32 = 0;
/// A marker of libami named "#lagged": events were lost here because the queue of the subscription was full. Its header
/// Lost is their number.
pub const AMI_EVENT_LAGGED: i32 = 1;
/// A marker of libami named "#gap": the connection was lost here, and events may be missing. Its headers From and Until are
/// the time of the last input before it and the time of the new login, in seconds since 1970 UTC; Cause is the reason.
pub const AMI_EVENT_GAP: i32 = 2;
/// A marker of libami named "#state": the state of the client has changed. It comes only to subscriptions that name it. Its
/// header State is one of
///
/// - connecting: connecting and logging in; when reconnecting, Attempt is the number of the attempt, from 1;
/// - open: logged in;
/// - waiting: the connection is lost; Cause is the reason, and RetryIn the milliseconds until the next attempt;
/// - closed: the client has ended; Cause is the reason. It is the last event of such a subscription, also if the client
///   does not reconnect, if the login is refused, and for a subscription that is made later. Only ami_client_close may
///   discard it in a subscription with a callback, together with all other events in its queue.
pub const AMI_EVENT_STATE: i32 = 3;
/// An event that libami made from the server's events, such as an SMS that was put together from its parts. Its name begins
/// with #, see ami_gateway_open_inbox.
pub const AMI_EVENT_DERIVED: i32 = 4;
/// A marker of libami named "#skipped": the server sent messages here that are neither an event nor the response to an
/// action, such as a piece of a text that looks like one. Its headers Messages and Bytes are their number and size.
pub const AMI_EVENT_SKIPPED: i32 = 5;

/// An event: headers in their order; names match in any case; values are as the server sent them. It never changes.
pub struct ami_event {
    /// The message that it shows as long as it is only borrowed; not followed any more once it is kept.
    lent: *const Message,
    /// A copy of the bytes, made with the first pointer that the program asks for: such pointers must stay valid when the event is
    /// kept.
    copy: OnceLock<Bytes>,
    /// The event's own message once it is kept: the messages that arrived with it may then go.
    own: OnceLock<Message>,
}

impl Handle for ami_event {
    type Owned = Counted;
}

// SAFETY: who only borrows the event has it from a lender that is there and does not change; who keeps it reads what is its own.
unsafe impl Send for ami_event {}
// SAFETY: as above.
unsafe impl Sync for ami_event {}

impl ami_event {
    /// An event that shows this message.
    ///
    /// # Safety
    /// The message stays unchanged at its address as long as somebody may look at the event that has not kept it.
    unsafe fn lent_by(message: &Message) -> ami_event {
        ami_event { lent: message, copy: OnceLock::new(), own: OnceLock::new() }
    }

    /// The same with a count of references.
    ///
    /// # Safety
    /// As for `lent_by`.
    pub(super) unsafe fn lent(message: &Message) -> Arc<ami_event> {
        // SAFETY: as above.
        Arc::new(unsafe { ami_event::lent_by(message) })
    }

    fn lender(&self) -> &Message {
        // SAFETY: nobody keeps it, so it is borrowed, and the lender is there.
        unsafe { &*self.lent }
    }

    fn message(&self) -> &Message {
        self.own.get().unwrap_or_else(|| self.lender())
    }

    /// A part of the message, where it stays as long as the event does.
    fn part(&self, find: impl FnOnce(&Message) -> Option<&[u8]>) -> Option<&[u8]> {
        if let Some(own) = self.own.get() {
            return find(own);
        }
        let lender = self.lender();
        let (part, all) = (find(lender)?, lender.bytes());
        let at = part.as_ptr().addr() - all.as_ptr().addr();
        let copy = self.copy.get_or_init(|| Bytes::copy_from_slice(all));
        copy.get(at..at + part.len())
    }

    fn keep(&self) {
        self.own.get_or_init(|| {
            let lender = self.lender();
            lender.over(self.copy.get_or_init(|| Bytes::copy_from_slice(lender.bytes())).clone())
        });
    }
}

/// Lends a callback one event after the other. The next one takes the place of one that nobody keeps.
#[derive(Default)]
pub(super) struct Lender(Option<Arc<ami_event>>);

impl Lender {
    pub fn lend(&mut self, message: &Message, run: impl FnOnce(*const ami_event)) {
        // SAFETY: the message is borrowed for the whole call, and afterwards the header lets only those use the event who have
        // kept it.
        let lent = || unsafe { ami_event::lent_by(message) };
        let event = match self.0.as_mut().and_then(Arc::get_mut) {
            Some(unkept) => {
                *unkept = lent();
                self.0.as_ref()
            }
            None => Some(&*self.0.insert(Arc::new(lent()))),
        };
        if let Some(event) = event {
            run(Arc::as_ptr(event));
        }
    }
}

/// An event with a reference for the caller.
pub(super) fn give(message: &Message) -> *mut ami_event {
    let own = OnceLock::from(message.detached());
    shared(ami_event { lent: std::ptr::null(), copy: OnceLock::new(), own })
}

pub(super) unsafe fn message<'a>(event: *const ami_event) -> Option<&'a Message> {
    // SAFETY: the caller passes NULL or an event that it borrows or keeps.
    unsafe { event.as_ref() }.map(ami_event::message)
}

/// A part of an event, to be pointed to.
unsafe fn part<'a>(event: *const ami_event, find: impl FnOnce(&Message) -> Option<&[u8]>) -> Option<&'a [u8]> {
    // SAFETY: the caller passes NULL or an event that it borrows or keeps.
    unsafe { event.as_ref() }?.part(find)
}

/// The kind of an event.
///
/// @param event  the event, or NULL.
/// @return AMI_EVENT_SERVER, AMI_EVENT_LAGGED, AMI_EVENT_GAP, AMI_EVENT_STATE, AMI_EVENT_DERIVED or AMI_EVENT_SKIPPED;
///         -1 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_kind(event: *const ami_event) -> i32 {
    guard(-1, || {
        // SAFETY: the caller keeps to the header.
        unsafe { message(event) }.map_or(-1, |message| match message.kind() {
            MessageKind::Lagged => AMI_EVENT_LAGGED,
            MessageKind::Gap => AMI_EVENT_GAP,
            MessageKind::State => AMI_EVENT_STATE,
            MessageKind::Derived => AMI_EVENT_DERIVED,
            MessageKind::Skipped => AMI_EVENT_SKIPPED,
            _ => AMI_EVENT_SERVER,
        })
    })
}

/// The name of an event, such as "Hangup".
///
/// @param event  the event, or NULL.
/// @return the name; "" for NULL and for a message without an Event header.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_name(event: *const ami_event) -> *const c_char {
    guard(c"".as_ptr(), || {
        // SAFETY: the caller keeps to the header; every value is followed by a NUL.
        match unsafe { part(event, |message| Some(message.name())) } {
            Some(name) if !name.is_empty() => name.as_ptr().cast(),
            _ => c"".as_ptr(),
        }
    })
}

/// The first value of a header.
///
/// @param event   the event, or NULL.
/// @param name    the header's name, in any case.
/// @param length  where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, if there is none.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_get(
    event: *const ami_event,
    name: *const c_char,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(part(event, |message| get(Some(message), name)), length) }
    })
}

/// The value at an index among the headers of one name, for a header that comes several times.
///
/// @param event   the event, or NULL.
/// @param name    the header's name, in any case.
/// @param index   from 0, in the order in which the server sent them; other headers are not counted.
/// @param length  where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_get_nth(
    event: *const ami_event,
    name: *const c_char,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(part(event, |message| get_nth(Some(message), name, index)), length) }
    })
}

/// The number of headers of an event.
///
/// @param event  the event, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_header_count(event: *const ami_event) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { message(event) }.map_or(0, Message::len))
}

/// The name of the header at an index, in the order in which the server sent them.
///
/// @param event   the event, or NULL.
/// @param index   from 0.
/// @param length  where to put the name's length in bytes, or NULL.
/// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_header_name_at(
    event: *const ami_event,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(part(event, |message| message.header(index).map(|(name, _)| name)), length) }
    })
}

/// The value of the header at an index, in the order in which the server sent them.
///
/// @param event   the event, or NULL.
/// @param index   from 0.
/// @param length  where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_header_value_at(
    event: *const ami_event,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(part(event, |message| message.header(index).map(|(_, value)| value)), length) }
    })
}

/// The SMS in an event "#sms" of a gateway.
///
/// @param event  the event, or NULL.
/// @return the SMS; NULL for every other event, and for NULL.
///
/// - **Ownership:** a new reference, which the caller releases with ami_sms_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_sms(event: *const ami_event) -> *mut ami_sms {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { message(event) }.and_then(Sms::from_event).map_or(std::ptr::null_mut(), |sms| shared(&sms))
    })
}

/// Adds a reference to an event, to keep it beyond the callback or the response that lends it. A kept event takes only
/// memory of its own size; unlike a response or a message it need not be detached.
///
/// @param event  the event, or NULL.
/// @return the same event; NULL for NULL. Pointers to its name and headers, from before or after this call, stay
///         valid until the event is released.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_event_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_ref(event: *const ami_event) -> *mut ami_event {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller borrows or keeps the event.
        if let Some(event) = unsafe { event.as_ref() } {
            event.keep();
        }
        // SAFETY: as above; every event is counted.
        unsafe { add_ref(event) }
    })
}

/// Releases a reference to an event; the last release frees it.
///
/// @param event  the event, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_unref(event: *mut ami_event) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(event) };
}
