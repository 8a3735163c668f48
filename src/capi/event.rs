use std::ffi::c_char;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::ami_sms;
use super::guard::guard;
use super::handle::{Counted, Handle, add_ref, drop_ref, shared};
use super::strings::{get, value};
use crate::gsm::Sms;
use crate::protocol::{Kind, Message};

/// An event of the server.
pub const AMI_EVENT_SERVER: i32 = 0;
/// A marker of libami: the subscription's queue was full and events were lost here. Its header Lost says how many; its
/// name is "#lagged".
pub const AMI_EVENT_LAGGED: i32 = 1;
/// A marker of libami: the link was down here. Its name is "#gap"; its headers From and Until are the times of the last word
/// before and of the new login, in seconds since 1970 UTC, and Cause says why.
pub const AMI_EVENT_GAP: i32 = 2;
/// A marker of libami: the link has another state. Its name is "#state"; it comes only to subscriptions that name it. Its
/// header State is one of
///
/// - connecting: connecting and logging in; Attempt, from 1, says which attempt it is to make a lost link again;
/// - open: logged in;
/// - waiting: the link is lost; Cause says why, and RetryIn after how many milliseconds the next attempt comes;
/// - closed: over for good; Cause says why. It is the last event of each such subscription: also where a lost link is not made
///   again or a login is refused, and for one that is made after that. Only ami_client_close may discard it, in subscriptions
///   with a callback, as it discards all that waits in them.
pub const AMI_EVENT_STATE: i32 = 3;
/// An event that libami made of what the server sent, such as an SMS put together of its parts. Its name, which begins with
/// #, says what it is; see ami_gateway_open_inbox.
pub const AMI_EVENT_DERIVED: i32 = 4;
/// A marker of libami: the server sent something here that is neither an event nor the answer to an action, such as a piece
/// of a text message that looks like one. Its name is "#skipped"; its headers Messages and Bytes say how much.
pub const AMI_EVENT_SKIPPED: i32 = 5;

/// An event: headers in order, names without case, values as the server sent them. It never changes.
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

/// One event with a reference for the caller.
pub(super) fn give(message: &Message) -> *mut ami_event {
    let own = OnceLock::from(message.detached());
    shared(ami_event { lent: std::ptr::null(), copy: OnceLock::new(), own })
}

unsafe fn message<'a>(event: *const ami_event) -> Option<&'a Message> {
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
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_kind(event: *const ami_event) -> i32 {
    guard(-1, || {
        // SAFETY: the caller keeps to the header.
        unsafe { message(event) }.map_or(-1, |message| match message.kind() {
            Kind::Lagged => AMI_EVENT_LAGGED,
            Kind::Gap => AMI_EVENT_GAP,
            Kind::State => AMI_EVENT_STATE,
            Kind::Derived => AMI_EVENT_DERIVED,
            Kind::Skipped => AMI_EVENT_SKIPPED,
            _ => AMI_EVENT_SERVER,
        })
    })
}

/// An event's name, such as "Hangup".
///
/// @param event  the event, or NULL.
/// @return the name; "" for NULL and for a message without an Event header.
/// Ownership: belongs to the event.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
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
/// Ownership: belongs to the event.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
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

/// The number of headers of an event.
///
/// @param event  the event, or NULL.
/// @return the number; 0 for NULL.
/// Ownership: borrows.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_count(event: *const ami_event) -> usize {
    // SAFETY: the caller keeps to the header.
    guard(0, || unsafe { message(event) }.map_or(0, Message::len))
}

/// The name of the header at an index, in the order of the wire.
///
/// @param event   the event, or NULL.
/// @param index   from 0.
/// @param length  where to put the name's length in bytes, or NULL.
/// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
/// Ownership: belongs to the event.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_name_at(event: *const ami_event, index: usize, length: *mut usize) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(part(event, |message| message.header(index).map(|(name, _)| name)), length) }
    })
}

/// The value of the header at an index, in the order of the wire.
///
/// @param event   the event, or NULL.
/// @param index   from 0.
/// @param length  where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
/// Ownership: belongs to the event.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_value_at(
    event: *const ami_event,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { value(part(event, |message| message.header(index).map(|(_, value)| value)), length) }
    })
}

/// The SMS that an event "#sms" of a gateway is.
///
/// @param event  the event, or NULL.
/// @return the SMS; NULL for every other event, and for NULL.
/// Ownership: a reference of the caller's, to be given up with ami_sms_unref.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_sms(event: *const ami_event) -> *mut ami_sms {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller keeps to the header.
        unsafe { message(event) }.and_then(Sms::from_event).map_or(std::ptr::null_mut(), |sms| shared(&sms))
    })
}

/// Keeps an event beyond the callback, or beyond the response, that lends it. It costs its own size: what arrived with it
/// is not kept, so an event need not be detached as a message or a response that is kept for long.
///
/// @param event  the event, or NULL.
/// @return the same event; NULL for NULL. Pointers to its name and its headers, taken before or afterwards, hold as long as
///         it is kept.
/// Ownership: one more reference, the caller's, to be given up with ami_event_unref.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
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

/// Gives up a reference to an event; the last one frees it.
///
/// @param event  the event, or NULL.
/// Ownership: takes one reference.
/// Threads: any; several at once.
/// Errors: none.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_event_unref(event: *mut ami_event) {
    // SAFETY: the caller gives up a reference that it held.
    unsafe { drop_ref(event) };
}
