//! The habits of a server with ActionIDs, as far as it has shown them on one connection.

use crate::catalog::ActionFacts;

/// The answers that come with their ActionID, and those that come without.
pub(super) struct IdHabits {
    /// Actions whose reply has come with its ActionID, or without it: it always does.
    with_id: Vec<&'static ActionFacts>,
    without_id: Vec<&'static ActionFacts>,
    /// The server has left the ActionID out of an answer to the login.
    pub omitted_in_login: bool,
    /// Every answer so far has come without its ActionID, so the server leaves it out everywhere.
    pub omitted_always: bool,
}

impl Default for IdHabits {
    fn default() -> Self {
        IdHabits { with_id: Vec::new(), without_id: Vec::new(), omitted_in_login: false, omitted_always: true }
    }
}

impl IdHabits {
    /// Takes note of an answer to an action of this kind.
    pub fn note(&mut self, facts: &'static ActionFacts, has_id: bool) {
        // A server that knows ActionIDs at all leaves none out of a command's answer.
        self.omitted_always &= !has_id;
        if has_id && facts.reply_without_id.is_some() && !self.has_id(facts) {
            self.with_id.push(facts);
        }
    }

    /// Takes note that a reply of this kind had no ActionID, as none with it has come in time.
    pub fn note_omitted(&mut self, facts: &'static ActionFacts) {
        self.without_id.push(facts);
    }

    /// Tells whether replies of this kind have their ActionID.
    pub fn has_id(&self, facts: &'static ActionFacts) -> bool {
        is_among(&self.with_id, facts)
    }

    /// Tells whether replies of this kind are known to lack it.
    pub fn lacks_id(&self, facts: &'static ActionFacts) -> bool {
        self.omitted_in_login || is_among(&self.without_id, facts)
    }
}

/// Tells whether these facts, which there are once, are among those.
fn is_among(known: &[&'static ActionFacts], facts: &'static ActionFacts) -> bool {
    known.iter().any(|known| std::ptr::eq(*known, facts))
}
