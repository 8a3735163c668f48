//! Filters of events, for servers and programs.

use std::ffi::{c_char, c_int};

use super::boundary::{exclusive, reference, status};
use super::client::ami_client;
use super::event::{ami_event, message};
use super::guard::guard;
use super::handle::{Boxed, Handle, boxed, free};
use super::strings::text;
use super::{ami_error, ami_status};
use crate::client::FilteredBy;
use crate::error::{Error, Result};
use crate::typed::{EventFilter, Rule};

/// A rule of a filter: the value is the text.
pub const AMI_MATCH_EQUALS: i32 = 0;
/// A rule of a filter: the value begins with the text.
pub const AMI_MATCH_BEGINS: i32 = 1;
/// A rule of a filter: the value contains the text.
pub const AMI_MATCH_CONTAINS: i32 = 2;
/// A rule of a filter: the value ends with the text.
pub const AMI_MATCH_ENDS: i32 = 3;

/// A server that keeps to a filter by criteria, which it reads exactly: from 18.26, 20.11 and 22.1 on.
pub const AMI_FILTERED_BY_CRITERIA: i32 = 0;
/// A server that keeps to a filter by regular expressions, with the same result.
pub const AMI_FILTERED_BY_EXPRESSIONS: i32 = 1;
/// A server that knows no filters, such as Asterisk 1.8: the program asks ami_filter_matches.
pub const AMI_FILTERED_BY_CLIENT: i32 = 2;

/// A choice of events, by their names and headers: for a server, which then sends no others, and for a program. An event
/// passes if one of the rules that include fits, or there are none, and none of those that exclude does. Names and values are
/// compared in their case, as servers compare them.
pub struct ami_filter {
    filter: EventFilter,
}

impl Handle for ami_filter {
    type Owned = Boxed;
}

unsafe fn rule(event: *const c_char, header: *const c_char, part: i32, value: *const c_char) -> Result<Rule> {
    // SAFETY: the caller passes NULL or C strings.
    unsafe {
        let rule = if event.is_null() { Rule::any() } else { Rule::event(text("event's name", event)?) };
        if header.is_null() {
            return Ok(rule);
        }
        let (header, value) = (text("header's name", header)?, text("value", value)?);
        Ok(match part {
            AMI_MATCH_EQUALS => rule.equals(header, value),
            AMI_MATCH_BEGINS => rule.begins(header, value),
            AMI_MATCH_CONTAINS => rule.contains(header, value),
            AMI_MATCH_ENDS => rule.ends(header, value),
            _ => return Err(Error::invalid("the way to compare is none of AMI_MATCH_…")),
        })
    }
}

/// Adds a rule that a server can be told.
unsafe fn add(
    filter: *mut ami_filter,
    rule: Result<Rule>,
    add: impl FnOnce(EventFilter, Rule) -> EventFilter,
) -> ami_status {
    // SAFETY: the caller passes NULL or a filter that nobody else uses meanwhile.
    unsafe {
        status(std::ptr::null_mut(), || {
            let place = &mut exclusive("filter", filter)?.filter;
            let changed = add(place.clone(), rule?);
            changed.criteria()?;
            *place = changed;
            Ok::<(), Error>(())
        })
    }
}

/// Makes a filter that all events pass.
///
/// @return the filter.
///
/// - **Ownership:** the filter is the caller's, to be freed with ami_filter_free.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn ami_filter_new() -> *mut ami_filter {
    guard(std::ptr::null_mut(), || boxed(ami_filter { filter: EventFilter::new() }))
}

/// Adds a rule to a filter: events that it fits pass.
///
/// @param filter  the filter.
/// @param event   the name of the events, as the server writes it; or NULL for events of any name with such a header.
/// @param header  the name of a header, as the server writes it; or NULL for all events of the name.
/// @param how     AMI_MATCH_EQUALS, AMI_MATCH_BEGINS, AMI_MATCH_CONTAINS or AMI_MATCH_ENDS; not looked at without a header.
/// @param value   the value or its part; not looked at without a header.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a filter.
/// - **Errors:** AMI_E_INVALID, and the filter stays as it is, for a rule that no server can be told: with neither a name nor
///   a header; with an empty name or one with a blank, a comma, a colon or a bracket; with an empty value or one with control
///   characters; with the header Event.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_filter_include(
    filter: *mut ami_filter,
    event: *const c_char,
    header: *const c_char,
    how: i32,
    value: *const c_char,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { add(filter, rule(event, header, how, value), EventFilter::include) }
}

/// Adds a rule to a filter: events that it fits do not pass, even if a rule includes them.
///
/// @param filter  the filter.
/// @param event   the name of the events, as the server writes it; or NULL for events of any name with such a header.
/// @param header  the name of a header, as the server writes it; or NULL for all events of the name.
/// @param how     AMI_MATCH_EQUALS, AMI_MATCH_BEGINS, AMI_MATCH_CONTAINS or AMI_MATCH_ENDS; not looked at without a header.
/// @param value   the value or its part; not looked at without a header.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a filter.
/// - **Errors:** AMI_E_INVALID, and the filter stays as it is, for a rule that no server can be told: with neither a name nor
///   a header; with an empty name or one with a blank, a comma, a colon or a bracket; with an empty value or one with control
///   characters; with the header Event.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_filter_exclude(
    filter: *mut ami_filter,
    event: *const c_char,
    header: *const c_char,
    how: i32,
    value: *const c_char,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe { add(filter, rule(event, header, how, value), EventFilter::exclude) }
}

/// Tells whether an event passes a filter. Markers of libami always do.
///
/// @param filter  the filter, or NULL for one that all events pass.
/// @param event   the event, or NULL.
/// @return 1 if it passes, else 0; 0 for the event NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_filter_matches(filter: *const ami_filter, event: *const ami_event) -> c_int {
    guard(0, || {
        // SAFETY: the caller keeps to the header.
        let (filter, message) = unsafe { (filter.as_ref(), message(event)) };
        c_int::from(message.is_some_and(|message| filter.is_none_or(|filter| filter.filter.matches(message))))
    })
}

/// Frees a filter. It can be freed as soon as ami_client_filter_events has returned.
///
/// @param filter  the filter, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_filter_free(filter: *mut ami_filter) {
    // SAFETY: NULL or a filter of ours, for the last time.
    unsafe { free(filter) };
}

/// Has the server send only events that pass a filter, for all subscriptions of the client, also on further connections. A
/// further filter adds its rules; nothing takes one back but a new client. A filter that does not include OriginateResponse
/// takes from ami_client_originate the outcome that it waits for.
///
/// @param client  the client.
/// @param filter  the filter.
/// @param by      where to put AMI_FILTERED_BY_CRITERIA, AMI_FILTERED_BY_EXPRESSIONS or AMI_FILTERED_BY_CLIENT; or NULL.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_PERMISSION without the class system; those of ami_client_call. If the server refuses one of several
///   rules, those before it are in force.
/// - **Since:** 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ami_client_filter_events(
    client: *const ami_client,
    filter: *const ami_filter,
    by: *mut i32,
    error: *mut *mut ami_error,
) -> ami_status {
    // SAFETY: the caller keeps to the header.
    unsafe {
        status(error, || {
            let filter = &reference("filter", filter)?.filter;
            let filtered = reference("client", client)?.client.filter_events(filter)?;
            if let Some(place) = by.as_mut() {
                *place = match filtered {
                    FilteredBy::Criteria => AMI_FILTERED_BY_CRITERIA,
                    FilteredBy::Expressions => AMI_FILTERED_BY_EXPRESSIONS,
                    FilteredBy::Client => AMI_FILTERED_BY_CLIENT,
                };
            }
            Ok::<(), Error>(())
        })
    }
}
