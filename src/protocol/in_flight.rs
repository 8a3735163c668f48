//! The table of actions in flight: who waits for which answer, until when, and in which order they were sent.
//!
//! It owns tickets, callers' ActionIDs, deadlines, the bytes on their way out, and what the server has shown of its habits. It
//! decides nothing about the session, and makes no output.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::action::{MAX_HEADERS, MAX_LINE};
use super::draft::Draft;
use super::error::{Error, ErrorKind, Result};
use super::id_habits::IdHabits;
use super::message::Message;
use super::outbox::{Outbox, Outgoing};
use super::pending::{Owner, Pending};
use super::reply::{is_refusal, is_reply_without_id};
use super::scanner::Commands;
use super::session_config::ActionQueue;
use super::ticket::{ByTicket, Tickets, ticket_in};

/// The number of abandoned actions that are remembered, so that their late answers are not taken for news.
const ABANDONED: usize = 1024;
/// The time in which a reply with an ActionID may come after a message that may be the reply without it.
const DOUBT: Duration = Duration::from_secs(1);
/// This many times as many actions as may wait to be written may be in flight in all.
const AWAITED: usize = 5;
/// No action takes more bytes.
const LONGEST: usize = MAX_HEADERS * (MAX_LINE + 2) + 2;

struct Entry<T> {
    owner: Owner<T>,
    action: Pending,
}

/// Something whose time has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The deadline of this action.
    Deadline(u64),
    /// The end of the doubt about a reply to this action, see [`InFlight::believe`].
    Doubt(u64),
}

/// An action of a caller's that has ended with the connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ended<T> {
    pub token: T,
    pub name: String,
    /// A part of it was written, so it may have been carried out.
    pub is_written: bool,
}

pub(super) struct InFlight<T> {
    tickets: Arc<Tickets>,
    /// The number of actions that were ever put in the table: tickets are taken before, in any order.
    places: u64,
    table: ByTicket<Entry<T>>,
    /// Tickets by the ActionIDs that callers have chosen.
    own_ids: HashMap<Box<[u8]>, u64>,
    /// Times of deadlines and doubts. Entries of actions that have ended, or whose deadline has moved, may still be in it.
    deadlines: BinaryHeap<Reverse<(Instant, u64)>>,
    /// Abandoned actions, the oldest first. Some may have ended.
    abandoned: VecDeque<u64>,
    /// Actions whose reply may come without an ActionID, the oldest first. Some may have ended.
    without_id: VecDeque<u64>,
    /// Commands, whose answer may be a text, by their places.
    commands: BTreeMap<u64, u64>,
    /// Actions that keep the server from answering anything else, by the time until which they may.
    blocking: BTreeSet<(Instant, u64)>,
    /// Actions that may get no response, but a text, with a `Ping` behind each. The oldest first.
    fenced: VecDeque<u64>,
    /// The action whose answer gathers the events that pass by.
    gathering: Option<u64>,
    /// The number of callers' actions.
    callers: usize,
    /// At least the actions of callers that are not written, and whether some were written or ended since they were counted.
    unsent: ActionQueue,
    unsent_fell: bool,
    outbox: Outbox,
    /// Actions that were removed before they were written, and whose bytes are still to be withdrawn.
    cancelled: Vec<Pending>,
    pub habits: IdHabits,
}

impl<T> InFlight<T> {
    pub fn new(tickets: Arc<Tickets>) -> InFlight<T> {
        InFlight {
            tickets,
            places: 0,
            table: ByTicket::default(),
            own_ids: HashMap::new(),
            deadlines: BinaryHeap::new(),
            abandoned: VecDeque::new(),
            without_id: VecDeque::new(),
            commands: BTreeMap::new(),
            blocking: BTreeSet::new(),
            fenced: VecDeque::new(),
            gathering: None,
            callers: 0,
            unsent: ActionQueue::EMPTY,
            unsent_fell: false,
            outbox: Outbox::default(),
            cancelled: Vec::new(),
            habits: IdHabits::default(),
        }
    }

    /// The source of tickets and ActionIDs.
    pub fn tickets(&self) -> &Arc<Tickets> {
        &self.tickets
    }

    /// The number of callers' actions that have not ended.
    pub fn callers(&self) -> usize {
        self.callers
    }

    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub fn contains(&self, ticket: u64) -> bool {
        self.table.contains_key(&ticket)
    }

    pub fn get(&self, ticket: u64) -> Option<(&Owner<T>, &Pending)> {
        self.table.get(&ticket).map(|entry| (&entry.owner, &entry.action))
    }

    pub fn get_mut(&mut self, ticket: u64) -> Option<(&Owner<T>, &mut Pending)> {
        self.table.get_mut(&ticket).map(|entry| (&entry.owner, &mut entry.action))
    }

    /// Refuses an action that would have too much wait to be written, as for a server that reads no more, or for answers, as for
    /// one that gives none.
    pub fn check_room(&mut self, draft: &Draft, limits: ActionQueue) -> Result<()> {
        let awaited = limits.actions.saturating_mul(AWAITED);
        if self.callers < awaited
            && self.unsent.actions < limits.actions
            && self.unsent.bytes.saturating_add(LONGEST) <= limits.bytes
        {
            return Ok(());
        }
        let length = draft.action.bytes.length();
        let fits = |unsent: ActionQueue| {
            unsent.actions < limits.actions && unsent.bytes.saturating_add(length) <= limits.bytes
        };
        if !fits(self.unsent) && std::mem::take(&mut self.unsent_fell) {
            let waiting = self.table.values().filter(|entry| !self.outbox.has_begun(&entry.action.bytes));
            self.unsent = waiting.fold(ActionQueue::EMPTY, |unsent, entry| ActionQueue {
                actions: unsent.actions + 1,
                bytes: unsent.bytes + entry.action.bytes.length(),
            });
        }
        if !fits(self.unsent) || self.callers >= awaited {
            return Err(Error::new(
                ErrorKind::Overflow,
                format!(
                    "{} actions of {} bytes wait to be written, and {} and {} may; {} wait for that or for their answers, and \
                     {awaited} may (see the setting action_queue); the server is too slow: wait for answers before sending more",
                    self.unsent.actions, self.unsent.bytes, limits.actions, limits.bytes, self.callers
                ),
            ));
        }
        Ok(())
    }

    /// Refuses an ActionID that another action has.
    pub fn check_own_id(&self, draft: &Draft) -> Result<()> {
        if draft.action.own_id.as_ref().is_some_and(|id| self.own_ids.contains_key(id)) {
            return Err(Error::invalid(
                "an action with this ActionID was sent and not answered yet; use an ActionID once",
            ));
        }
        Ok(())
    }

    /// Puts an action in the table, and its bytes behind those that are to be written; if it is to be held, it waits for a
    /// connection. Returns its ticket.
    pub fn insert(&mut self, draft: Draft, owner: Owner<T>, is_held: bool) -> u64 {
        let Draft { ticket, mut action } = draft;
        if !is_held {
            self.outbox.push(&mut action.bytes);
        }
        self.places += 1;
        action.place = self.places;
        if let Some(id) = &action.own_id {
            self.own_ids.insert(id.clone(), ticket);
        }
        if matches!(owner, Owner::Restore) {
            action.lasting = None;
        }
        if action.facts.reply_without_id.is_some() {
            while self.without_id.front().is_some_and(|ticket| !self.table.contains_key(ticket)) {
                self.without_id.pop_front();
            }
            self.without_id.push_back(ticket);
        }
        if action.is_command {
            self.commands.insert(action.place, ticket);
        }
        let deadline = action.deadline;
        self.blocking.extend(action.blocks.map(|until| (until, ticket)));
        if matches!(owner, Owner::Caller(_)) {
            self.callers += 1;
            self.unsent.actions += 1;
            self.unsent.bytes += action.bytes.length();
        }
        self.table.insert(ticket, Entry { owner, action });
        self.deadlines.push(Reverse((deadline, ticket)));
        if self.deadlines.len() > 2 * self.table.len() + 64 {
            self.drop_ended();
        }
        ticket
    }

    /// Drops what is left of actions that have ended.
    fn drop_ended(&mut self) {
        self.deadlines.retain(|Reverse((_, ticket))| self.table.contains_key(ticket));
        self.without_id.retain(|ticket| self.table.contains_key(ticket));
    }

    /// Takes an action out of the table. If nothing of it was written, its bytes are still to be withdrawn, see
    /// [`InFlight::unsend`].
    pub fn remove(&mut self, ticket: u64) -> Option<(Owner<T>, Pending)> {
        let Entry { owner, action } = self.table.remove(&ticket)?;
        self.unsent_fell = true;
        if let Some(id) = &action.own_id {
            self.own_ids.remove(id);
        }
        if action.is_command {
            self.commands.remove(&action.place);
        }
        self.unfence(ticket);
        self.stop_gathering(ticket);
        if let Some(until) = action.blocks {
            self.blocking.remove(&(until, ticket));
        }
        self.callers -= usize::from(matches!(owner, Owner::Caller(_)));
        Some((owner, action))
    }

    /// Takes the bytes of actions that were removed before they were written out of those that are to be written.
    pub fn unsend(&mut self, mut actions: Vec<Pending>) {
        actions.append(&mut self.cancelled);
        if !actions.is_empty() {
            let actions: Vec<Outgoing> = actions.into_iter().map(|action| action.bytes).collect();
            self.outbox.withdraw(&actions, self.table.values_mut().map(|entry| &mut entry.action.bytes));
            self.unsent_fell = true;
        }
    }

    /// Takes an action of a caller's out of the table if nothing of it was written; otherwise it is remembered, as its answer
    /// still comes. Its bytes are withdrawn with those of others, see [`InFlight::unsend_cancelled`]. Returns its token.
    #[cfg(any(test, feature = "python"))]
    pub fn cancel(&mut self, ticket: u64) -> Option<T> {
        let entry = self.table.get(&ticket)?;
        if !matches!(entry.owner, Owner::Caller(_)) {
            return None;
        }
        if self.outbox.has_begun(&entry.action.bytes) {
            return self.abandon(ticket);
        }
        let (owner, action) = self.remove(ticket)?;
        self.cancelled.push(action);
        match owner {
            Owner::Caller(token) => Some(token),
            _ => None,
        }
    }

    /// Takes the bytes of cancelled actions out of those that are to be written. All at once, as each time takes as long as
    /// there are actions in flight.
    #[cfg(any(test, feature = "client"))]
    pub fn unsend_cancelled(&mut self) {
        self.unsend(Vec::new());
    }

    /// Remembers an action that nobody waits for any more, so that what still comes of it is not taken for news. Returns the
    /// token of its caller.
    pub fn abandon(&mut self, ticket: u64) -> Option<T> {
        let entry = self.table.get_mut(&ticket)?;
        entry.action.entries = Vec::new();
        let owner = std::mem::replace(&mut entry.owner, Owner::Abandoned);
        self.stop_gathering(ticket);
        self.abandoned.push_back(ticket);
        if self.abandoned.len() > ABANDONED
            && let Some(oldest) = self.abandoned.pop_front()
        {
            self.remove(oldest);
        }
        self.token_of(owner)
    }

    /// The token of a caller who waits no more.
    fn token_of(&mut self, owner: Owner<T>) -> Option<T> {
        let Owner::Caller(token) = owner else { return None };
        self.callers -= 1;
        Some(token)
    }

    /// Ends callers' actions, in the order in which they were submitted. With `may_wait`, those that were not written wait for
    /// another connection instead. No other action has an owner from then on.
    pub fn end_callers(&mut self, may_wait: bool) -> Vec<Ended<T>> {
        let mut tickets: Vec<(u64, u64)> =
            self.table.iter().map(|(ticket, entry)| (entry.action.place, *ticket)).collect();
        tickets.sort_unstable();
        let (mut ended, mut unwritten) = (Vec::new(), Vec::new());
        for (_, ticket) in tickets {
            let Some(Entry { owner, action }) = self.table.get_mut(&ticket) else { continue };
            let is_written = self.outbox.has_begun(&action.bytes);
            if may_wait && !is_written && matches!(owner, Owner::Caller(_)) {
                self.outbox.hold(&mut action.bytes);
                continue;
            }
            let (owner, name) = (std::mem::replace(owner, Owner::Abandoned), action.name.clone());
            if let Some(token) = self.token_of(owner) {
                if !is_written {
                    unwritten.extend(self.remove(ticket).map(|(_, action)| action));
                }
                ended.push(Ended { token, name, is_written });
            }
        }
        self.unsend(unwritten);
        self.gathering = None;
        ended
    }

    /// Forgets all that was about the connection: only actions that wait for another one stay.
    pub fn drop_link(&mut self) {
        let is_held = |entry: &Entry<T>| entry.action.bytes.is_held();
        let unheld: Vec<u64> =
            self.table.iter().filter(|(_, entry)| !is_held(entry)).map(|(ticket, _)| *ticket).collect();
        for ticket in unheld {
            self.remove(ticket);
        }
        self.drop_ended();
        self.abandoned.clear();
        self.cancelled.clear();
        self.outbox.reset();
        self.habits = IdHabits::default();
    }

    /// Has the actions that waited for a connection written, in the order in which they were submitted.
    pub fn release(&mut self) {
        let held = self.table.values_mut().map(|entry| &mut entry.action).filter(|action| action.bytes.is_held());
        let mut held: Vec<&mut Pending> = held.collect();
        held.sort_unstable_by_key(|action| action.place);
        for action in held {
            self.outbox.push(&mut action.bytes);
        }
    }

    /// Gives up the room for actions if there are none: most of many sessions are idle most of the time.
    pub fn shrink(&mut self) {
        if self.table.is_empty() {
            self.table.shrink_to_fit();
        }
    }
}

/// Bytes and time.
impl<T> InFlight<T> {
    /// The bytes that are to be written.
    pub fn unwritten(&self) -> &[u8] {
        self.outbox.unwritten()
    }

    /// Takes note that the first bytes of them were written.
    pub fn wrote(&mut self, count: usize) {
        self.outbox.wrote(count);
        self.unsent_fell = true;
        self.cancelled.retain(|action| !self.outbox.has_begun(&action.bytes));
    }

    /// The number of bytes that were written in all.
    pub fn written(&self) -> u64 {
        self.outbox.written()
    }

    /// The time of the next deadline or doubt, or an earlier one.
    pub fn next_time(&self) -> Option<Instant> {
        self.deadlines.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes out what is due next, if anything is.
    pub fn take_due(&mut self, now: Instant) -> Option<Due> {
        while let Some(Reverse((at, ticket))) = self.deadlines.peek().copied() {
            if at > now {
                break;
            }
            self.deadlines.pop();
            let Some(Entry { action, .. }) = self.table.get(&ticket) else { continue };
            // The deadline may have moved since; the later time is in the heap as well.
            let is_due = action.deadline <= now;
            if action.doubtful.as_ref().is_some_and(|doubtful| is_due || doubtful.1 <= now) {
                return Some(Due::Doubt(ticket));
            }
            if is_due {
                return Some(Due::Deadline(ticket));
            }
        }
        None
    }

    pub fn set_deadline(&mut self, ticket: u64, deadline: Instant) {
        if let Some(entry) = self.table.get_mut(&ticket) {
            entry.action.deadline = deadline;
            self.deadlines.push(Reverse((deadline, ticket)));
        }
    }

    /// The time until which the server may answer nothing else.
    pub fn blocked_until(&self) -> Option<Instant> {
        self.blocking.last().map(|(until, _)| *until)
    }
}

/// The action that a message answers.
impl<T> InFlight<T> {
    /// Tells whether anything of the action was written: then it may have been carried out.
    pub fn has_begun(&self, action: &Pending) -> bool {
        self.outbox.has_begun(&action.bytes)
    }

    /// Nothing answers an action that was not written.
    fn awaits_answer(&self, ticket: u64) -> bool {
        self.table.get(&ticket).is_some_and(|entry| !entry.action.answered && self.has_begun(&entry.action))
    }

    /// The action with this ActionID, if its answer may still come.
    pub fn find(&self, id: &[u8]) -> Option<u64> {
        let ticket = match self.tickets.own(id) {
            Some(digits) => ticket_in(digits)?,
            None => *self.own_ids.get(id)?,
        };
        self.awaits_answer(ticket).then_some(ticket)
    }

    pub fn is_command(&self, ticket: u64) -> bool {
        self.table.get(&ticket).is_some_and(|entry| entry.action.is_command)
    }

    pub fn has_commands(&self) -> bool {
        !self.commands.is_empty()
    }

    /// The command that an answer without an ActionID belongs to.
    pub fn oldest_command(&self) -> Option<u64> {
        self.commands.values().find(|ticket| self.awaits_answer(**ticket)).copied()
    }

    /// The action of the login that a reply without an ActionID answers.
    pub fn login_without_id(&mut self) -> Option<u64> {
        let is_of_login = |entry: &Entry<T>| matches!(entry.owner, Owner::Challenge | Owner::Login);
        let ticket = self.table.iter().find(|(_, entry)| is_of_login(entry)).map(|(ticket, _)| *ticket);
        self.habits.omitted_in_login |= ticket.is_some();
        ticket
    }

    /// The action that a reply without an ActionID answers: the oldest of those that may be answered so. Where this server is
    /// not known to leave the ActionID out, the reply is kept for a second first, see [`InFlight::believe`].
    pub fn oldest_without_id(&mut self, reply: &Message, now: Instant) -> Option<u64> {
        if reply.body().is_some() {
            return self.oldest_command();
        }
        // A complaint about a line is no answer to any of them.
        if is_refusal(reply) {
            return None;
        }
        let is_over = |ticket: &u64| self.table.get(ticket).is_none_or(|entry| entry.action.answered);
        while self.without_id.front().is_some_and(is_over) {
            self.without_id.pop_front();
        }
        let fits = |ticket: &&u64| {
            self.awaits_answer(**ticket)
                && self.table.get(*ticket).is_some_and(|entry| {
                    let facts = entry.action.facts;
                    !self.habits.has_id(facts) && is_reply_without_id(facts, reply)
                })
        };
        let ticket = self.without_id.iter().find(fits).copied()?;
        let action = &mut self.table.get_mut(&ticket)?.action;
        if self.habits.lacks_id(action.facts) {
            return Some(ticket);
        }
        // A text may look like it: the reply, if it has its ActionID, comes soon.
        if action.doubtful.is_none() {
            action.doubtful = Some(Box::new((reply.detached(), now + DOUBT)));
            self.deadlines.push(Reverse((now + DOUBT, ticket)));
        }
        None
    }

    /// Takes the reply that was kept: the server has had time for one with an ActionID, so the one without it was the reply.
    pub fn believe(&mut self, ticket: u64) -> Option<Message> {
        let action = &mut self.table.get_mut(&ticket)?.action;
        let (reply, _) = *action.doubtful.take()?;
        action.answered = true;
        self.habits.note_omitted(action.facts);
        Some(reply)
    }

    /// The action that a message belongs to; takes note of whether the server has put the ActionID in.
    pub fn hear(&mut self, ticket: u64, has_id: bool) -> Option<&mut Pending> {
        let action = &mut self.table.get_mut(&ticket)?.action;
        self.habits.note(action.facts, has_id);
        Some(action)
    }

    /// Has the answer of this action gather the events that pass by.
    pub fn gather(&mut self, ticket: u64) {
        self.gathering = Some(ticket);
    }

    pub fn stop_gathering(&mut self, ticket: u64) {
        if self.gathering == Some(ticket) {
            self.gathering = None;
        }
    }

    pub fn gathering(&self) -> Option<(u64, &Pending)> {
        let ticket = self.gathering?;
        self.table.get(&ticket).map(|entry| (ticket, &entry.action))
    }

    /// Notes that a `Ping` goes behind this action, which may get a text in place of a response.
    pub fn fence(&mut self, ticket: u64) {
        self.fenced.push_back(ticket);
    }

    pub fn unfence(&mut self, ticket: u64) {
        if !self.fenced.is_empty() {
            self.fenced.retain(|other| *other != ticket);
        }
    }

    /// The oldest action that may get a text in place of a response, if it was written.
    pub fn fenced(&self) -> Option<(u64, &Pending)> {
        let ticket = *self.fenced.front()?;
        let action = &self.table.get(&ticket)?.action;
        self.has_begun(action).then_some((ticket, action))
    }
}

impl<T> Commands for InFlight<T> {
    fn any(&self) -> bool {
        self.oldest_command().is_some()
    }

    fn has(&self, id: &[u8]) -> bool {
        self.find(id).is_some_and(|ticket| self.is_command(ticket))
    }

    fn awaits(&self, id: &[u8]) -> bool {
        self.find(id).is_some()
    }

    fn are_told(&self) -> bool {
        true
    }

    fn without_id(&self, _: bool) -> bool {
        let is_abandoned = |ticket| self.get(ticket).is_none_or(|(owner, _)| matches!(owner, Owner::Abandoned));
        self.habits.omitted_always
            && self.commands.values().any(|ticket| self.awaits_answer(*ticket) && !is_abandoned(*ticket))
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::super::action::Action;
    use super::super::limits::Limits;
    use super::super::scanner::Scanner;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn tickets() -> Arc<Tickets> {
        Arc::new(Tickets::new("p-".to_owned()))
    }

    struct Table {
        actions: InFlight<u32>,
        start: Instant,
    }

    impl Table {
        fn new() -> Table {
            Table { actions: InFlight::new(tickets()), start: Instant::now() }
        }

        fn at(&self, seconds: u32) -> Instant {
            self.start + seconds * SECOND
        }

        fn draft(&self, action: &Action, seconds: u32) -> Result<Draft> {
            Draft::new(action, self.actions.tickets(), seconds * SECOND, self.start)
        }

        fn check_room(&mut self, limits: ActionQueue) -> Result<()> {
            let draft = self.draft(&Action::new("Ping"), 1)?;
            self.actions.check_room(&draft, limits)
        }

        fn try_submit(&mut self, action: &Action, seconds: u32, token: u32) -> Result<u64> {
            let draft = self.draft(action, seconds)?;
            self.actions.check_own_id(&draft)?;
            Ok(self.actions.insert(draft, Owner::Caller(token), false))
        }

        fn submit(&mut self, action: &Action, seconds: u32, token: u32) -> u64 {
            self.try_submit(action, seconds, token).expect("it is taken")
        }

        fn write_all(&mut self) {
            let count = self.actions.unwritten().len();
            self.actions.wrote(count);
        }

        fn due(&mut self, seconds: u32) -> Vec<Due> {
            let now = self.at(seconds);
            std::iter::from_fn(|| self.actions.take_due(now)).collect()
        }
    }

    fn message(text: &str) -> Message {
        let mut scanner = Scanner::new(Limits::default());
        *scanner.buffer() = BytesMut::from(&format!("Asterisk Call Manager/1.1\r\n{text}\r\n\r\n")[..]);
        scanner.scan(&InFlight::<()>::new(tickets()));
        scanner.take().expect("a batch").pop().expect("a message")
    }

    #[test]
    fn tickets_and_own_ids_find_their_actions_once_written() {
        let mut table = Table::new();
        let ours = table.submit(&Action::new("Ping"), 1, 1);
        let own = table.submit(&Action::new("Ping").with("ActionID", "mine"), 1, 2);
        assert_eq!((table.actions.find(b"p-1"), table.actions.find(b"mine")), (None, None), "nothing was written");
        let first = "Action: Ping\r\nActionID: p-1\r\n\r\n";
        assert!(table.actions.unwritten().starts_with(first.as_bytes()));
        table.actions.wrote(first.len());
        assert_eq!((table.actions.find(b"p-1"), table.actions.find(b"mine")), (Some(ours), None));
        table.write_all();
        assert_eq!(table.actions.find(b"mine"), Some(own));
        for other in [&b"p-3"[..], b"p-", b"p-x", b"Mine", b""] {
            assert_eq!(table.actions.find(other), None);
        }
    }

    #[test]
    fn own_ids_are_refused_twice_and_in_libamis_form_and_free_after_the_end() {
        let mut table = Table::new();
        let named = Action::new("Ping").with("ActionID", "mine");
        let ticket = table.submit(&named, 1, 1);
        let unwritten = table.actions.unwritten().len();
        for id in ["mine", "p-7"] {
            let refused = table.try_submit(&Action::new("Ping").with("ActionID", id), 1, 2).expect_err("refused");
            assert_eq!(refused.kind(), ErrorKind::Invalid, "{id}");
        }
        assert_eq!((table.actions.unwritten().len(), table.actions.callers()), (unwritten, 1), "nothing goes out");
        assert!(table.actions.remove(ticket).is_some_and(|(owner, _)| matches!(owner, Owner::Caller(1))));
        assert_eq!(table.actions.callers(), 0);
        assert!(table.submit(&named, 1, 3) > ticket);
    }

    #[test]
    fn deadlines_come_in_order_and_follow_when_they_are_moved() {
        let mut table = Table::new();
        let late = table.submit(&Action::new("Ping"), 5, 1);
        let early = table.submit(&Action::new("Ping"), 2, 2);
        let ended = table.submit(&Action::new("Ping"), 1, 3);
        let moved = table.submit(&Action::new("Ping"), 3, 4);
        table.actions.remove(ended);
        let seventh = table.at(7);
        table.actions.set_deadline(moved, seventh);
        assert_eq!(table.due(1), []);
        assert_eq!(table.due(4), [Due::Deadline(early)]);
        assert_eq!(table.actions.next_time(), Some(table.at(5)));
        assert_eq!(table.due(6), [Due::Deadline(late)]);
        assert_eq!(table.due(7), [Due::Deadline(moved)]);
        assert_eq!((table.due(100), table.actions.next_time()), (vec![], None));
    }

    #[test]
    fn deadlines_of_actions_that_have_ended_do_not_pile_up() {
        let mut table = Table::new();
        let mut most = 0;
        for token in 0..10_000 {
            let ticket = table.submit(&Action::new("Ping"), 10, token);
            table.actions.remove(ticket);
            most = most.max(table.actions.deadlines.len()).max(table.actions.without_id.len());
        }
        assert!(most <= 64 + 3, "{most} entries for one action at a time");
    }

    #[test]
    fn blocking_lasts_until_the_latest_deadline_of_a_command_or_a_wait() {
        let mut table = Table::new();
        table.submit(&Action::new("Ping"), 9, 1);
        assert_eq!(table.actions.blocked_until(), None);
        let command = table.submit(&Action::new("Command").with("Command", "core show uptime"), 4, 2);
        let wait = table.submit(&Action::new("WaitEvent").with("Timeout", "10"), 1, 3);
        assert!(table.actions.blocked_until() > Some(table.at(10)), "the action's own time counts");
        table.actions.remove(wait);
        assert_eq!(table.actions.blocked_until(), Some(table.at(4)));
        let ninth = table.at(9);
        table.actions.set_deadline(command, ninth);
        table.actions.remove(command);
        assert_eq!(table.actions.blocked_until(), None);
        assert!(!table.actions.has_commands());
    }

    #[test]
    fn in_flight_without_id_answers_the_oldest_written_action_after_a_second_of_doubt() {
        let mut table = Table::new();
        let pong = message("Response: Success\r\nPing: Pong");
        let first = table.submit(&Action::new("Ping"), 10, 1);
        let now = table.start;
        assert_eq!(table.actions.oldest_without_id(&pong, now), None, "nothing was written");
        table.write_all();
        let second = table.submit(&Action::new("Ping"), 10, 2);
        assert_eq!((table.actions.oldest_without_id(&pong, now), table.due(0)), (None, vec![]), "it is in doubt");
        assert_eq!(table.due(1), [Due::Doubt(first)]);
        let reply = table.actions.believe(first).expect("the reply was kept");
        assert_eq!(reply.get("Ping"), Some(&b"Pong"[..]));
        assert!(table.actions.believe(first).is_none());
        table.actions.remove(first);
        table.write_all();
        // The server is known to leave the ActionID out by now.
        assert_eq!(table.actions.oldest_without_id(&pong, now), Some(second));
        assert_eq!(table.actions.oldest_without_id(&message("Response: Error\r\nMessage: No"), now), None);
    }

    #[test]
    fn in_flight_without_id_takes_no_reply_where_replies_of_the_kind_have_an_id() {
        let mut table = Table::new();
        let ticket = table.submit(&Action::new("Ping"), 10, 1);
        table.write_all();
        assert!(table.actions.hear(ticket, true).is_some());
        let now = table.start;
        let pong = message("Response: Success\r\nPing: Pong");
        assert_eq!((table.actions.oldest_without_id(&pong, now), table.due(5)), (None, vec![]));
    }

    #[test]
    fn abandoned_actions_give_their_token_once_and_are_remembered_up_to_a_number() {
        let mut table = Table::new();
        let first = table.submit(&Action::new("WaitEvent"), 1, 7);
        table.write_all();
        table.actions.gather(first);
        assert_eq!((table.actions.abandon(first), table.actions.callers()), (Some(7), 0));
        assert!(table.actions.gathering().is_none());
        assert_eq!(table.actions.find(b"p-1"), Some(first), "its late answer is known");
        for token in 0..ABANDONED as u32 {
            assert!(table.actions.contains(first));
            let ticket = table.submit(&Action::new("Ping"), 1, token);
            assert_eq!(table.actions.abandon(ticket), Some(token));
        }
        assert!(!table.actions.contains(first));
        assert_eq!(table.actions.abandon(first), None);
    }

    #[test]
    fn cancelled_actions_are_not_sent_and_others_keep_their_bytes() {
        for cancelled in 0..1_u32 << 4 {
            let mut table = Table::new();
            let tickets: Vec<u64> = (0..4)
                .map(|token| table.submit(&Action::new("Ping").with("At", token.to_string()), 1, token))
                .collect();
            // The first one has begun.
            table.actions.wrote(1);
            let is_cancelled = |token: u32| cancelled >> token & 1 == 1;
            for (token, ticket) in (0..).zip(&tickets).filter(|(token, _)| is_cancelled(*token)) {
                assert_eq!(table.actions.cancel(*ticket), Some(token));
                assert_eq!(table.actions.cancel(*ticket), None, "once");
            }
            assert_eq!(table.actions.callers(), (4 - cancelled.count_ones()) as usize);
            // Another one is taken back by itself meanwhile, as at its deadline.
            let late = table.submit(&Action::new("Ping").with("At", "late"), 1, 9);
            let late = table.actions.remove(late).map(|(_, action)| action);
            table.actions.unsend(late.into_iter().collect());
            table.actions.unsend_cancelled();
            let sent = String::from_utf8(table.actions.unwritten().to_vec()).expect("text");
            for (token, ticket) in (0..).zip(&tickets) {
                let is_sent = sent.contains(&format!("At: {token}\r\n"));
                assert_eq!(is_sent, token == 0 || !is_cancelled(token), "{token} of {cancelled:b}");
                assert_eq!(table.actions.contains(*ticket), is_sent, "the answer to what was sent still comes");
            }
            table.write_all();
            assert_eq!(table.actions.unwritten(), b"");
        }
    }

    #[test]
    fn cancelled_actions_that_were_written_meanwhile_are_sent_whole() {
        let mut table = Table::new();
        let tickets = [1, 2].map(|token| table.submit(&Action::new("Ping"), 1, token));
        let length = table.actions.unwritten().len();
        for ticket in tickets {
            assert!(table.actions.cancel(ticket).is_some());
        }
        table.actions.wrote(length / 2 + 1);
        table.actions.unsend_cancelled();
        assert_eq!(table.actions.unwritten().len(), length - length / 2 - 1);
    }

    #[test]
    fn cancelled_actions_do_not_outlive_their_connection() {
        let mut table = Table::new();
        let ticket = table.submit(&Action::new("Ping"), 1, 1);
        assert_eq!(table.actions.cancel(ticket), Some(1));
        table.actions.end_callers(false);
        table.actions.drop_link();
        table.submit(&Action::new("Ping").with("ActionID", "next"), 1, 2);
        table.actions.unsend_cancelled();
        assert_eq!(table.actions.unwritten(), b"Action: Ping\r\nActionID: next\r\n\r\n");
    }

    #[test]
    fn tickets_taken_in_another_order_do_not_change_that_of_commands() {
        let mut table = Table::new();
        let command = Action::new("Command").with("Command", "core show uptime");
        let early = table.draft(&command, 1).expect("it can be sent");
        let late = table.draft(&command, 1).expect("it can be sent");
        let (early_ticket, late_ticket) = (early.ticket, late.ticket);
        // Two threads: the one that has taken its ticket last is the first with its turn.
        table.actions.insert(late, Owner::Caller(1), false);
        table.actions.insert(early, Owner::Caller(2), false);
        table.write_all();
        assert!(early_ticket < late_ticket);
        assert_eq!(table.actions.oldest_command(), Some(late_ticket), "the server answers in the order of the wire");
        table.actions.remove(late_ticket);
        assert_eq!(table.actions.oldest_command(), Some(early_ticket));
    }

    #[test]
    fn room_is_for_so_many_unwritten_actions_and_five_times_as_many_in_all() {
        let mut table = Table::new();
        let limits = ActionQueue { actions: 2, bytes: 1 << 20 };
        let mut tickets = Vec::new();
        for token in 0..10 {
            assert!(table.check_room(limits).is_ok(), "action {token}");
            tickets.push(table.submit(&Action::new("Ping"), 1, token));
            if token % 2 == 1 {
                assert!(table.check_room(limits).is_err(), "two are not written");
                table.write_all();
            }
        }
        let refused = table.check_room(limits).expect_err("ten wait for their answers");
        assert_eq!(refused.kind(), ErrorKind::Overflow);
        table.actions.remove(tickets[0]);
        assert!(table.check_room(limits).is_ok());
        assert!(table.check_room(ActionQueue { actions: 99, bytes: 20 }).is_err());
    }

    #[test]
    fn end_of_a_connection_ends_callers_in_order_and_holds_what_was_not_written() {
        for may_wait in [false, true] {
            let mut table = Table::new();
            for token in 1..=2 {
                table.submit(&Action::new("Ping"), 1, token);
            }
            table.write_all();
            for token in 3..=4 {
                table.submit(&Action::new("Hangup").with("Channel", token.to_string()), 1, token);
            }
            let ended = |token, name: &str, is_written| Ended { token, name: name.to_owned(), is_written };
            let mut expected = vec![ended(1, "Ping", true), ended(2, "Ping", true)];
            if !may_wait {
                expected.extend([ended(3, "Hangup", false), ended(4, "Hangup", false)]);
            }
            assert_eq!(table.actions.end_callers(may_wait), expected);
            table.actions.drop_link();
            assert_eq!((table.actions.unwritten(), table.actions.find(b"p-1")), (&b""[..], None));
            assert_eq!(table.actions.callers(), if may_wait { 2 } else { 0 });
            table.actions.release();
            let bytes = String::from_utf8(table.actions.unwritten().to_vec()).expect("text");
            let channels: Vec<&str> = bytes.lines().filter_map(|line| line.strip_prefix("Channel: ")).collect();
            assert_eq!(channels, if may_wait { vec!["3", "4"] } else { vec![] });
        }
    }
}
