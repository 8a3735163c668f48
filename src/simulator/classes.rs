//! Classes of actions and events, which permissions and event masks are made of.

/// In the order of their bits: an event mask may also be given as a number. The last one is Yeastar's.
const NAMES: &str = "system,call,log,verbose,command,agent,user,config,dtmf,reporting,cdr,dialplan,originate,agi,hook,\
                     cc,aoc,test,smscommand";

/// A set of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Classes(u32);

impl Classes {
    pub(super) const NONE: Classes = Classes(0);
    pub(super) const ALL: Classes = Classes((1 << 19) - 1);
    pub(super) const SYSTEM: Classes = Classes(1);
    pub(super) const CALL: Classes = Classes(1 << 1);
    pub(super) const USER: Classes = Classes(1 << 6);
    pub(super) const DIALPLAN: Classes = Classes(1 << 11);
    pub(super) const SMSCOMMAND: Classes = Classes(1 << 18);

    /// A list as in manager.conf. Unknown names count for nothing.
    pub(super) fn named(list: &str) -> Classes {
        let bits = list.split(',').map(|name| {
            let name = name.trim();
            if name.eq_ignore_ascii_case("all") {
                return Classes::ALL.0;
            }
            NAMES.split(',').position(|known| known.eq_ignore_ascii_case(name)).map_or(0, |bit| 1 << bit)
        });
        Classes(bits.fold(0, |all, one| all | one))
    }

    /// An event mask as Asterisk reads it: a number, yes or no in any of its spellings, or a list. Nothing for an empty one.
    pub(super) fn mask(text: &[u8]) -> Option<Classes> {
        let is_one_of = |words: [&str; 5]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
        if text.is_empty() {
            None
        } else if text.iter().all(u8::is_ascii_digit) {
            let number = std::str::from_utf8(text).ok().and_then(|digits| digits.parse::<i32>().ok());
            Some(Classes(number.unwrap_or(i32::MAX).unsigned_abs()))
        } else if is_one_of(["on", "yes", "true", "y", "t"]) {
            Some(Classes::ALL)
        } else if is_one_of(["off", "no", "false", "n", "f"]) {
            Some(Classes::NONE)
        } else {
            Some(Classes::of_mask(text))
        }
    }

    /// A list in a mask, with the oddities of Asterisk: case and blanks count, and all but the last name may be shortened, so
    /// that `a,call` means `all`, too.
    fn of_mask(list: &[u8]) -> Classes {
        let has = |name: &str| {
            let (name, mut rest) = (name.as_bytes(), list);
            while let Some(comma) = rest.iter().position(|byte| *byte == b',') {
                if name.starts_with(&rest[..comma]) {
                    return true;
                }
                rest = &rest[comma + 1..];
            }
            name == rest
        };
        if has("all") {
            return Classes::ALL;
        }
        let names = NAMES.split(',').enumerate().filter(|(_, name)| *name != "hook" && has(name));
        Classes(names.fold(0, |all, (bit, _)| all | 1 << bit))
    }

    pub(super) fn from_bits(bits: u32) -> Classes {
        Classes(bits)
    }

    pub(super) fn bits(self) -> u32 {
        self.0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` are in this set.
    pub(super) fn covers(self, other: Classes) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn and(self, other: Classes) -> Classes {
        Classes(self.0 & other.0)
    }

    /// The value of an event's `Privilege` header: the names, then `all`.
    pub(super) fn privilege(self) -> String {
        let names = NAMES.split(',').enumerate().filter(|(bit, _)| self.0 & (1 << bit) != 0).map(|(_, name)| name);
        names.chain(["all"]).collect::<Vec<_>>().join(",")
    }
}
