//! The actions whose answers end or match in a way of their own.

/// The facts about the answer to an action that the answer itself does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ActionFacts {
    name: &'static str,
    /// The event that ends the list, for servers that send no `EventList` header.
    pub closing: Option<&'static str>,
    /// The one entry that such a list has at most, for servers that do not send the closing event either.
    pub only_entry: Option<&'static str>,
    /// The event that is the whole answer, without any response.
    pub answer_event: Option<&'static str>,
    /// Old servers leave the ActionID out of the reply, which is told by this header.
    pub reply_without_id: Option<&'static str>,
    /// Events without an ActionID that belong to the answer, between the response and the closing event.
    pub gathers: Gathers,
    /// The words of a first response that says nothing: another one follows.
    pub first_words: Option<&'static str>,
    /// Some servers carry it out and send no response, at most a text.
    pub is_never_answered: bool,
    /// Some servers are set up to carry it out without a word.
    pub may_be_silent: bool,
}

/// Events without an ActionID that belong to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gathers {
    Nothing,
    /// All of them, which are news as well.
    Everything,
    /// Those of this name.
    Named(&'static str),
}

const PLAIN: ActionFacts = ActionFacts {
    name: "",
    closing: None,
    only_entry: None,
    answer_event: None,
    reply_without_id: None,
    gathers: Gathers::Nothing,
    first_words: None,
    is_never_answered: false,
    may_be_silent: false,
};

/// The words of a first response after which another one follows.
const FIRST_WORDS: &str = "Attempting to send Jabber Message";

// From the recorded sessions, the servers' own documentation and their sources, 1.4 to 23: as asterisk.txt has them.
include!(concat!(env!("OUT_DIR"), "/facts.rs"));

/// The facts that are known of the action of this name.
pub(crate) fn action(name: &str) -> &'static ActionFacts {
    let Some(bounds) = BOUNDS.get(name.len()..).and_then(|bounds| bounds.first_chunk::<2>()) else { return &PLAIN };
    BY_LENGTH[usize::from(bounds[0])..usize::from(bounds[1])]
        .iter()
        .map(|at| &ACTIONS[usize::from(*at)])
        .find(|facts| facts.name.eq_ignore_ascii_case(name))
        .unwrap_or(&PLAIN)
}

/// No name is longer.
const LONGEST: usize = 48;

/// The actions by the length of their names: few names are as long as a given one.
static BY_LENGTH: [u8; ACTIONS.len()] = {
    let mut ordered = [0; ACTIONS.len()];
    let (mut count, mut length) = (0, 0);
    while length <= LONGEST {
        let mut at = 0;
        while at < ACTIONS.len() {
            if ACTIONS[at].name.len() == length {
                ordered[count] = at as u8;
                count += 1;
            }
            at += 1;
        }
        length += 1;
    }
    assert!(count == ACTIONS.len() && count <= u8::MAX as usize);
    ordered
};

/// The index in `BY_LENGTH` at which the names of each length begin, and the end of the longest.
static BOUNDS: [u8; LONGEST + 2] = {
    let mut bounds = [0; LONGEST + 2];
    let mut at = 0;
    while at < ACTIONS.len() {
        let mut length = ACTIONS[at].name.len() + 1;
        while length < bounds.len() {
            bounds[length] += 1;
            length += 1;
        }
        at += 1;
    }
    bounds
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn action_is_found_in_any_case_and_no_other_name_is() {
        for facts in ACTIONS {
            for name in [facts.name.to_owned(), facts.name.to_lowercase(), facts.name.to_uppercase()] {
                assert_eq!(action(&name), facts, "{name}");
            }
            assert_eq!(action(&format!("{}x", facts.name)), &PLAIN);
            assert_eq!(action(&format!("{}x", &facts.name[..facts.name.len() - 1])), &PLAIN);
        }
        for name in ["Pong".to_owned(), "x".repeat(LONGEST), "x".repeat(LONGEST + 1), "x".repeat(300), String::new()] {
            assert_eq!(action(&name), &PLAIN, "{name}");
        }
    }
}
