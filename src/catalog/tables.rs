//! The actions and events of the catalogue, for whoever asks by name.

use std::fmt;

/// An action or an event of the catalogue. Places are those of texts in `POOL`, each with a NUL behind it.
struct Row {
    name: u16,
    since: u16,
    until: u16,
    classes: u16,
    end: u16,
    /// The first in `HEADERS`, and the one behind the last.
    headers: (u16, u16),
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// Marks a required header in `HEADERS`.
const REQUIRED: u16 = 0x8000;

/// The text at a place, without its NUL.
fn text(place: u16) -> &'static str {
    let rest = &POOL[usize::from(place)..];
    rest.split_once('\0').map_or(rest, |(text, _)| text)
}

/// The text at a place with its NUL.
#[cfg(feature = "capi")]
fn c_text(place: u16) -> &'static std::ffi::CStr {
    std::ffi::CStr::from_bytes_until_nul(&POOL.as_bytes()[usize::from(place)..]).unwrap_or_default()
}

/// The facts about an action or an event that Asterisk has in some version, 1.8 to 23, or a channel driver of a gateway.
#[derive(Clone, Copy)]
pub struct Entry(&'static Row);

impl Entry {
    /// The action of this name, in any case of its letters.
    pub fn action(name: &str) -> Option<Entry> {
        find(&ACTIONS, name)
    }

    /// The event of this name, in any case of its letters.
    pub fn event(name: &str) -> Option<Entry> {
        find(&EVENTS, name)
    }

    /// All actions, by name.
    pub fn actions() -> impl ExactSizeIterator<Item = Entry> {
        ACTIONS.iter().map(Entry)
    }

    /// All events, by name.
    pub fn events() -> impl ExactSizeIterator<Item = Entry> {
        EVENTS.iter().map(Entry)
    }

    /// The name, as servers write it.
    pub fn name(&self) -> &'static str {
        text(self.0.name)
    }

    /// The first major version of Asterisk that has it, such as `"1.8"` or `"13"`.
    pub fn since(&self) -> &'static str {
        text(self.0.since)
    }

    /// The last major version that has it, if the newest has it no more.
    pub fn until(&self) -> Option<&'static str> {
        Some(text(self.0.until)).filter(|until| !until.is_empty())
    }

    /// The classes: any one of them permits an action, where there are some; all of them are needed to receive an event.
    pub fn classes(&self) -> impl Iterator<Item = &'static str> {
        text(self.0.classes).split(',').filter(|class| !class.is_empty())
    }

    /// The event that ends the list with which the action is answered.
    pub fn list_end(&self) -> Option<&'static str> {
        Some(text(self.0.end)).filter(|end| !end.is_empty())
    }

    /// The headers, and whether an action needs each.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = (&'static str, bool)> {
        self.places().iter().map(|place| (text(place & !REQUIRED), place & REQUIRED != 0))
    }

    fn places(&self) -> &'static [u16] {
        let (from, to) = self.0.headers;
        &HEADERS[usize::from(from)..usize::from(to)]
    }
}

/// The same for C.
#[cfg(feature = "capi")]
impl Entry {
    pub(crate) fn c_since(&self) -> &'static std::ffi::CStr {
        c_text(self.0.since)
    }

    pub(crate) fn c_until(&self) -> Option<&'static std::ffi::CStr> {
        Some(c_text(self.0.until)).filter(|until| !until.is_empty())
    }

    pub(crate) fn c_classes(&self) -> &'static std::ffi::CStr {
        c_text(self.0.classes)
    }

    pub(crate) fn c_list_end(&self) -> Option<&'static std::ffi::CStr> {
        Some(c_text(self.0.end)).filter(|end| !end.is_empty())
    }

    pub(crate) fn c_header(&self, index: usize) -> Option<(&'static std::ffi::CStr, bool)> {
        let place = self.places().get(index)?;
        Some((c_text(place & !REQUIRED), place & REQUIRED != 0))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.name()).finish()
    }
}

fn find(rows: &'static [Row], name: &str) -> Option<Entry> {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    let at = rows.binary_search_by(|row| text(row.name).bytes().map(lower).cmp(name.bytes().map(lower)));
    at.ok().map(|at| Entry(&rows[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogue_finds_each_action_and_event_in_any_case_and_nothing_else() {
        type Find = fn(&str) -> Option<Entry>;
        let lists: [(Vec<Entry>, Find); 2] =
            [(Entry::actions().collect(), Entry::action), (Entry::events().collect(), Entry::event)];
        for (entries, find) in lists {
            for entry in entries {
                let name = entry.name();
                for name in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
                    assert_eq!(find(&name).expect("known").name(), entry.name());
                }
                assert!(find(&format!("{name}x")).is_none() || name == "FAXStat", "{name}");
            }
            for name in ["", "A", "\0", "zzz", "QueueStatus\0"] {
                assert!(find(name).is_none(), "{name:?}");
            }
        }
    }

    #[test]
    fn catalogue_knows_all_of_asterisk() {
        let is_driver = |entry: &Entry| {
            let name = entry.name();
            ["Dongle", "Quectel", "Zap"].iter().any(|start| name.starts_with(start))
                || ["smscommand", "UpdateSMSSend", "ReceivedSMS"].contains(&name)
        };
        assert_eq!(Entry::actions().filter(|entry| !is_driver(entry)).count(), 171);
        assert_eq!(Entry::events().filter(|entry| !is_driver(entry)).count(), 276);
    }

    #[test]
    fn catalogue_tells_versions_classes_lists_and_headers() {
        let originate = Entry::action("originate").expect("known");
        assert_eq!((originate.since(), originate.until(), originate.list_end()), ("1.8", None, None));
        assert_eq!(originate.classes().collect::<Vec<_>>(), ["originate"]);
        assert!(originate.headers().any(|header| header == ("Channel", true)));
        assert!(originate.headers().any(|header| header == ("Exten", false)));
        let monitor = Entry::action("Monitor").expect("known");
        assert_eq!((monitor.since(), monitor.until()), ("1.8", Some("20")));
        assert_eq!(Entry::action("QueueStatus").expect("known").list_end(), Some("QueueStatusComplete"));
        assert_eq!(Entry::action("QueueStatus").expect("known").classes().count(), 0);
        let dial = Entry::event("DialEnd").expect("known");
        assert_eq!((dial.since(), dial.classes().collect::<Vec<_>>()), ("13", vec!["call"]));
        for header in ["Channel", "DestChannel", "DestLinkedid", "DialStatus"] {
            assert!(dial.headers().any(|(name, _)| name == header), "{header}");
        }
        assert!(Entry::action("FilterList").is_none());
    }
}
