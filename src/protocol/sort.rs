//! The first of two passes over messages that arrived together: which of them belong to actions, and what each is.
//!
//! Messages of one read share memory, and those of actions are kept longer than the events around them. So they are sorted
//! first, then selected into a batch that pins nothing else, and only then taken, in a second pass of the session's. In between
//! the first pass has to remember what a message changes for those behind it: [`Pending::following`] and
//! [`Pending::answered`], lists that gather, and the server's habits. It keeps no message, but one that is in doubt.

use std::time::Instant;

use super::in_flight::InFlight;
use super::message::{Batch, Message, MessageKind, Skipped};
use super::pending::{Following, Pending};
use super::reply::{closes_list, follows, is_refusal, starts_list};
use super::scanner::END_COMMAND;
use super::strays::Strays;
use crate::catalog::Gathers;

/// The role of a message in the answer to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The whole answer, or the last response of it.
    Answer,
    /// The response, on which more follows.
    Opening,
    Entry,
    /// The entry that is all there is.
    OnlyEntry,
    /// The event that ends a list.
    Close,
    /// An event that is an entry, and goes to subscribers as well.
    Gathered,
}

/// Messages by their places in a batch.
#[derive(Default)]
pub(super) struct Sorted {
    /// Messages of actions, with their tickets, in order.
    pub parts: Vec<(u32, u64, Part)>,
    /// Events for subscribers.
    pub news: Vec<u32>,
    /// Messages that are neither.
    pub strays: Strays,
    /// Actions whose answer is over a limit.
    pub overs: Vec<u64>,
}

pub(super) struct Sorter {
    /// Strays are wanted.
    strays: bool,
    /// The text of a command was given up, and its rest may still come.
    pub late_text: bool,
}

impl Sorter {
    pub fn new(strays: bool) -> Sorter {
        Sorter { strays, late_text: false }
    }

    /// Sorts what arrived together. `is_login`: while logging in.
    pub fn sort<T>(&mut self, batch: &Batch, in_flight: &mut InFlight<T>, is_login: bool, now: Instant) -> Sorted {
        let mut sorted = Sorted::default();
        for at in 0..batch.len() as u32 {
            let part = classify(batch, at, in_flight, is_login, now);
            let is_late = self.late_text && {
                let is_answer = part.is_some_and(|(ticket, _)| !in_flight.is_command(ticket));
                self.is_late_text(&batch.message(at), is_answer)
            };
            match part {
                Some((ticket, _)) if batch.is_over(at) => sorted.overs.push(ticket),
                Some((ticket, part)) => {
                    sorted.parts.push((at, ticket, part));
                    if part == Part::Gathered {
                        sorted.news.push(at);
                    } else if self.strays && !is_login && !batch.has_action_id(at) {
                        // A text may look like it, and then lacks it.
                        sorted.strays.add(at, Skipped::default());
                    }
                }
                None if is_late || batch.kind(at) == MessageKind::Response => {
                    if self.strays {
                        sorted.strays.add(at, batch.extent(at));
                    }
                }
                None => sorted.news.push(at),
            }
        }
        sorted
    }

    /// Tells whether the message is a piece of a command's text that was given up. An answer to something else says that the
    /// text is over.
    fn is_late_text(&mut self, message: &Message, is_answer: bool) -> bool {
        self.late_text = !is_answer && !message.wire().trim_ascii_end().ends_with(END_COMMAND);
        message.kind() == MessageKind::Other
    }
}

/// The action that the message belongs to, and what it is to it.
fn classify<T>(
    batch: &Batch,
    at: u32,
    in_flight: &mut InFlight<T>,
    is_login: bool,
    now: Instant,
) -> Option<(u64, Part)> {
    if in_flight.is_empty() {
        return None;
    }
    let kind = batch.kind(at);
    let without_action = |in_flight: &InFlight<T>| match kind {
        MessageKind::Event => gathered(batch, at, in_flight),
        _ => None,
    };
    if !batch.has_action_id(at) && matches!(kind, MessageKind::Event | MessageKind::Other) {
        return if kind == MessageKind::Event { without_action(in_flight) } else { text_of_fenced(in_flight) };
    }
    let message = batch.message(at);
    let ticket = match message.action_id() {
        Some(id) => in_flight.find(id),
        None if is_login => in_flight.login_without_id(),
        None => in_flight.oldest_without_id(&message, now),
    };
    let has_id = message.action_id().is_some();
    let Some((ticket, pending)) = ticket.and_then(|ticket| Some((ticket, in_flight.hear(ticket, has_id)?))) else {
        return without_action(in_flight);
    };
    let part = match kind {
        MessageKind::Event | MessageKind::Other => match part_of_event(pending, &message) {
            Some(part) => part,
            None => return without_action(in_flight),
        },
        _ => part_of_response(pending, &message),
    };
    match part {
        Part::Entry => {}
        Part::Opening => {
            if pending.following == Following::List && pending.facts.gathers != Gathers::Nothing {
                in_flight.gather(ticket);
            }
        }
        Part::Answer | Part::OnlyEntry | Part::Close | Part::Gathered => {
            pending.answered = true;
            in_flight.stop_gathering(ticket);
        }
    }
    Some((ticket, part))
}

/// An event with an action's ActionID may be none of its answer: `UserEvent`, `OriginateResponse`.
fn part_of_event(pending: &Pending, message: &Message) -> Option<Part> {
    let is_event = message.kind() == MessageKind::Event;
    match pending.following {
        _ if is_event && pending.facts.answer_event.is_some_and(|name| message.is(name)) => Some(Part::Answer),
        Following::Nothing | Following::Response => None,
        Following::Event => Some(Part::OnlyEntry),
        Following::List if is_event && closes_list(pending, message) => Some(Part::Close),
        // An entry may lack its name.
        Following::List => Some(Part::Entry),
    }
}

fn part_of_response(pending: &mut Pending, message: &Message) -> Part {
    let more = if is_refusal(message) { Following::Nothing } else { follows(pending, message) };
    if more == Following::Nothing {
        return Part::Answer;
    }
    pending.following = more;
    pending.lists_by_header = starts_list(message);
    Part::Opening
}

/// The list that an event without an ActionID belongs to.
fn gathered<T>(batch: &Batch, at: u32, in_flight: &InFlight<T>) -> Option<(u64, Part)> {
    let (ticket, pending) = in_flight.gathering()?;
    match pending.facts.gathers {
        Gathers::Everything => Some((ticket, Part::Gathered)),
        Gathers::Named(name) if batch.message(at).is(name) => Some((ticket, Part::Entry)),
        Gathers::Nothing | Gathers::Named(_) => None,
    }
}

/// The action whose answer is a text and no response.
fn text_of_fenced<T>(in_flight: &InFlight<T>) -> Option<(u64, Part)> {
    let (ticket, pending) = in_flight.fenced()?;
    (pending.following == Following::Nothing).then_some((ticket, Part::Entry))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::action::Action;
    use super::super::draft::Draft;
    use super::super::limits::Limits;
    use super::super::pending::Owner;
    use super::super::scanner::Scanner;
    use super::super::ticket::Tickets;
    use super::*;

    /// Sorts these messages for actions that were written, in the order of their tickets.
    fn sort(actions: &[&str], messages: &[&str], is_login: bool) -> (Sorted, InFlight<u32>) {
        let mut in_flight = InFlight::new(Arc::new(Tickets::new("p-".to_owned())));
        let now = Instant::now();
        for (token, name) in (0..).zip(actions) {
            let action = Action::new(*name);
            let draft = Draft::new(&action, in_flight.tickets(), Duration::from_secs(1), now);
            in_flight.insert(draft.expect("it can be written"), Owner::Caller(token), false);
        }
        in_flight.wrote(in_flight.unwritten().len());
        let mut scanner = Scanner::new(Limits::default());
        scanner.buffer().extend_from_slice(b"Asterisk Call Manager/1.1\r\n");
        for message in messages {
            scanner.buffer().extend_from_slice(format!("{}\r\n\r\n", message.replace('|', "\r\n")).as_bytes());
        }
        scanner.scan(&in_flight);
        let batch = scanner.take().expect("messages");
        (Sorter::new(true).sort(&batch, &mut in_flight, is_login, now), in_flight)
    }

    #[test]
    fn sort_follows_a_list_through_the_batch_and_lets_news_pass() {
        let (sorted, in_flight) = sort(
            &["CoreShowChannels", "Ping"],
            &[
                "Response: Success|ActionID: p-1|EventList: start|Message: Channels will follow",
                "Event: Hangup",
                "Event: CoreShowChannel|ActionID: p-1",
                "Response: Success|ActionID: p-2|Ping: Pong",
                "Event: UserEvent|ActionID: p-2",
                "Event: CoreShowChannelsComplete|ActionID: p-1|EventList: Complete",
                "Event: Late|ActionID: p-1",
            ],
            false,
        );
        let expected = [(0, 1, Part::Opening), (2, 1, Part::Entry), (3, 2, Part::Answer), (5, 1, Part::Close)];
        assert_eq!(sorted.parts, expected);
        assert_eq!((sorted.news, sorted.overs), (vec![1, 4, 6], vec![]));
        assert!(sorted.strays.is_empty());
        // No message was taken yet, and no action has ended.
        assert_eq!(in_flight.callers(), 2);
        let (_, list) = in_flight.get(1).expect("the list");
        assert!(list.answered && list.response.is_none() && list.entries.is_empty());
    }

    #[test]
    fn sort_gives_gathered_events_to_the_answer_and_to_subscribers() {
        let (sorted, _) = sort(
            &["WaitEvent"],
            &[
                "Response: Success|ActionID: p-1|Message: Waiting for Event completed.",
                "Event: Hangup",
                "Event: WaitEventComplete|ActionID: p-1",
                "Event: Newchannel",
            ],
            false,
        );
        assert_eq!(sorted.parts, [(0, 1, Part::Opening), (1, 1, Part::Gathered), (2, 1, Part::Close)]);
        assert_eq!(sorted.news, [1, 3]);
    }

    #[test]
    fn sort_sets_responses_of_nobody_aside() {
        let (sorted, _) = sort(&["Ping"], &["Response: Success|ActionID: p-9", "Event: Hangup"], false);
        assert_eq!((sorted.parts, sorted.news), (vec![], vec![1]));
        assert!(!sorted.strays.is_empty());
    }
}
