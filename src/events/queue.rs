//! The bounded queue between the reader of the socket and one reader of events. Whole batches go through it: one lock and
//! at most one wake-up a batch, never one an event.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::filter::Filter;
use super::marker;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::unpoisoned;
use crate::protocol::{Batch, Message, MessageKind, Skipped};
use crate::sync::{Mutex, MutexGuard};

/// The policy of a full event queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverflowPolicy {
    /// The oldest events make room.
    #[default]
    DropOldest,
    /// New events are dropped until there is room.
    DropNewest,
    /// The subscription ends.
    Close,
}

/// The bounds of one subscription's queue, and what happens at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueLimits {
    /// Events that wait at most.
    pub events: usize,
    /// Bytes of memory that waiting events take at most.
    pub bytes: usize,
    /// The policy of the queue when it is full.
    pub policy: OverflowPolicy,
}

impl QueueLimits {
    /// Sets the number of events that may wait.
    #[must_use]
    pub fn events(self, events: usize) -> QueueLimits {
        QueueLimits { events, ..self }
    }

    /// Sets the bytes of memory that waiting events may take.
    #[must_use]
    pub fn bytes(self, bytes: usize) -> QueueLimits {
        QueueLimits { bytes, ..self }
    }

    /// Sets the policy of a full queue.
    #[must_use]
    pub fn policy(self, policy: OverflowPolicy) -> QueueLimits {
        QueueLimits { policy, ..self }
    }

    /// Refuses bounds that leave no room for an event.
    pub(crate) fn check(&self) -> Result<()> {
        if self.events == 0 || self.bytes == 0 {
            return Err(Error::invalid("an event queue must hold at least one event and one byte"));
        }
        Ok(())
    }
}

impl Default for QueueLimits {
    fn default() -> Self {
        QueueLimits { events: 65_536, bytes: 32 << 20, policy: OverflowPolicy::DropOldest }
    }
}

enum Item {
    Events(Batch),
    /// This number of events was lost here.
    Lagged(u64),
    /// This amount was neither an event nor an answer.
    Skipped(Skipped),
    /// Stays where it is when events around it are dropped.
    Marker(Message),
}

/// The size of the buffers that connections read into, which a few events of one read pin.
pub(crate) const READ_BUFFER: usize = 64 * 1024;

/// The part of the bytes that may wait from which on memory that is pinned beside them is freed.
const LATE: usize = 16;

/// The room for batches that an empty queue keeps. A reader that was late leaves a longer one, which is given back.
pub(crate) const KEPT_ROOM: usize = 64;

/// The number of markers that may wait; then the oldest is dropped as events are.
const MARKERS: usize = 1000;

/// Counts of the events of one subscription. What is received is delivered, dropped, waiting, or was discarded when
/// the subscription was closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueCounters {
    /// Events that were wanted.
    pub received: u64,
    /// Events that the reader took.
    pub delivered: u64,
    /// Events that were lost because the queue was full.
    pub dropped: u64,
    /// Events that wait.
    pub waiting: usize,
    /// Bytes of memory that they take.
    pub waiting_bytes: usize,
}

impl QueueCounters {
    /// With events that left the queue and did not reach their reader yet.
    pub(crate) fn untaken<'a>(mut self, taken: impl IntoIterator<Item = &'a Batch>) -> QueueCounters {
        for batch in taken.into_iter().filter(|batch| !is_marker(batch)) {
            self.delivered -= batch.len() as u64;
            self.waiting += batch.len();
            self.waiting_bytes += batch.sizes().sum::<usize>();
        }
        self
    }
}

/// Tells whether the batch is a marker, which goes alone.
fn is_marker(batch: &Batch) -> bool {
    let kind = batch.get(0).map(|message| message.kind());
    kind.is_some_and(|kind| {
        matches!(kind, MessageKind::Lagged | MessageKind::Gap | MessageKind::State | MessageKind::Skipped)
    })
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    events: usize,
    bytes: usize,
    markers: usize,
    /// Lost behind the last item.
    lost_last: u64,
    received: u64,
    delivered: u64,
    dropped: u64,
    end: Option<Error>,
    wakers: Vec<Waker>,
}

pub(crate) struct Queue {
    filter: Filter,
    limits: QueueLimits,
    state: Mutex<State>,
}

impl Queue {
    pub fn new(filter: Filter, limits: QueueLimits) -> Queue {
        Queue { filter, limits, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }

    /// Takes in what of the batch is wanted. Never waits.
    pub fn push(&self, batch: &Batch) {
        let mut batch = self.filter.apply(batch);
        if batch.is_empty() {
            return;
        }
        let size: usize = batch.sizes().sum();
        let mut state = self.lock();
        if state.end.is_some() {
            return;
        }
        state.received += batch.len() as u64;
        let fits = state.events + batch.len() <= self.limits.events && state.bytes + size <= self.limits.bytes;
        let is_late = state.bytes > self.limits.bytes / LATE;
        if fits || self.limits.policy == OverflowPolicy::DropOldest {
            if is_late {
                batch.unpin(READ_BUFFER);
            }
            state.append(batch, size);
            if !fits {
                state.drop_oldest(self.limits);
            }
        } else {
            state.append_what_fits(batch, self.limits);
            if self.limits.policy == OverflowPolicy::Close {
                state.end = Some(Error::new(
                    ErrorKind::Overflow,
                    "the subscription ended because its queue was full and its policy is to close; read faster, or choose a \
                     larger queue or another policy",
                ));
            }
        }
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Takes in what is neither an event nor an answer: as it is, or how much it was, as wanted.
    pub fn push_strays(&self, messages: &Batch, skipped: Skipped) {
        if self.filter.wants_strays() {
            return self.push(messages);
        }
        if skipped == Skipped::default() || !self.filter.wants(b"#skipped") {
            return;
        }
        let mut state = self.lock();
        if state.end.is_some() {
            return;
        }
        state.skip(skipped);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Takes in a marker, if it is wanted.
    pub fn mark(&self, marker: &Message) {
        if !self.filter.wants_marker(marker) {
            return;
        }
        let mut state = self.lock();
        if state.end.is_some() {
            return;
        }
        state.mark(Item::Marker(marker.clone()));
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// No more will come: what waits can still be taken, then the reason is given.
    pub fn end(&self, reason: &Error) {
        let mut state = self.lock();
        state.end.get_or_insert_with(|| reason.clone());
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The reader is done: what waits is discarded.
    pub fn discard(&self) {
        let mut state = self.lock();
        let wakers = std::mem::take(&mut state.wakers);
        *state = State {
            end: Some(Error::new(ErrorKind::Closed, "the subscription is closed")),
            received: state.received,
            delivered: state.delivered,
            dropped: state.dropped,
            ..State::default()
        };
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The next events or marker; the reason once it has ended. When pending, the waker is called once there is more.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<Batch>> {
        let mut state = self.lock();
        match self.take(&mut state) {
            Some(result) => Poll::Ready(result),
            None => {
                if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
                    state.wakers.push(cx.waker().clone());
                }
                Poll::Pending
            }
        }
    }

    pub fn counters(&self) -> QueueCounters {
        let state = self.lock();
        QueueCounters {
            received: state.received,
            delivered: state.delivered,
            dropped: state.dropped,
            waiting: state.events,
            waiting_bytes: state.bytes,
        }
    }

    /// Has everybody who waits look again.
    #[cfg(feature = "blocking")]
    pub fn wake(&self) {
        let wakers = std::mem::take(&mut self.lock().wakers);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Calls the waker once there is something, at once if there is.
    #[cfg(feature = "blocking")]
    pub fn arm(&self, waker: &Waker) {
        let mut state = self.lock();
        let something = !state.items.is_empty() || state.lost_last > 0 || state.end.is_some();
        if something {
            waker.wake_by_ref();
        } else if !state.wakers.iter().any(|other| other.will_wake(waker)) {
            state.wakers.push(waker.clone());
        }
    }

    fn take(&self, state: &mut State) -> Option<Result<Batch>> {
        loop {
            let item = state.items.pop_front();
            state.give_back_room();
            let lost = match item {
                Some(Item::Events(batch)) => {
                    state.events -= batch.len();
                    state.delivered += batch.len() as u64;
                    state.bytes -= batch.sizes().sum::<usize>();
                    return Some(Ok(batch));
                }
                Some(Item::Lagged(lost)) => lost,
                Some(Item::Skipped(skipped)) => {
                    state.markers -= 1;
                    return Some(Ok(marker::skipped(skipped).into()));
                }
                Some(Item::Marker(marker)) => {
                    state.markers -= 1;
                    return Some(Ok(marker.into()));
                }
                None if state.lost_last > 0 => std::mem::take(&mut state.lost_last),
                None => return state.end.clone().map(Err),
            };
            let marker = marker::lagged(lost);
            if self.filter.wants_marker(&marker) {
                return Some(Ok(marker.into()));
            }
        }
    }
}

impl State {
    /// Keeps little room once the queue is empty. The reader may not look again until more comes.
    fn give_back_room(&mut self) {
        if self.items.is_empty() && self.items.capacity() > KEPT_ROOM {
            self.items.shrink_to(KEPT_ROOM);
        }
    }

    fn settle_losses(&mut self) {
        if self.lost_last > 0 {
            self.items.push_back(Item::Lagged(std::mem::take(&mut self.lost_last)));
        }
    }

    /// Notes what was skipped: a single marker tells of all between two events.
    fn skip(&mut self, more: Skipped) {
        match self.items.back_mut() {
            Some(Item::Skipped(skipped)) if self.lost_last == 0 => skipped.add(more),
            _ => self.mark(Item::Skipped(more)),
        }
    }

    fn mark(&mut self, marker: Item) {
        self.settle_losses();
        self.items.push_back(marker);
        self.markers += 1;
        if self.markers > MARKERS
            && let Some(at) = self.items.iter().position(|item| matches!(item, Item::Marker(_) | Item::Skipped(_)))
        {
            self.items[at] = Item::Lagged(1);
            self.markers -= 1;
            self.join_losses(at);
        }
    }

    /// Makes one of a loss and the losses beside it.
    fn join_losses(&mut self, mut at: usize) {
        while at > 0 && matches!(self.items[at - 1], Item::Lagged(_)) {
            at -= 1;
        }
        while let (Some(Item::Lagged(next)), Some(Item::Lagged(lost))) = (self.items.get(at + 1), self.items.get(at)) {
            let sum = lost + next;
            self.items[at] = Item::Lagged(sum);
            self.items.remove(at + 1);
        }
    }

    fn append(&mut self, batch: Batch, size: usize) {
        self.settle_losses();
        self.events += batch.len();
        self.bytes += size;
        self.items.push_back(Item::Events(batch));
    }

    fn append_what_fits(&mut self, mut batch: Batch, limits: QueueLimits) {
        let mut size = 0;
        let room = batch
            .sizes()
            .take(limits.events.saturating_sub(self.events))
            .take_while(|next| {
                let fits = self.bytes + size + next <= limits.bytes;
                size += if fits { *next } else { 0 };
                fits
            })
            .count();
        let lost = (batch.len() - room) as u64;
        if room > 0 {
            batch.truncate(room);
            batch.unpin(READ_BUFFER);
            self.append(batch, size);
        }
        self.lost_last += lost;
        self.dropped += lost;
    }

    fn drop_oldest(&mut self, limits: QueueLimits) {
        // Behind so many markers, and what was lost before and between them.
        let mut behind = 0;
        while self.events > limits.events || self.bytes > limits.bytes {
            match self.items.get_mut(behind) {
                Some(Item::Events(batch)) => {
                    let surplus = self.events.saturating_sub(limits.events);
                    let mut over = self.bytes.saturating_sub(limits.bytes);
                    let heavy = batch
                        .sizes()
                        .take_while(|size| {
                            let more = over > 0;
                            over = over.saturating_sub(*size);
                            more
                        })
                        .count();
                    let count = surplus.max(heavy).min(batch.len());
                    self.bytes -= batch.skip(count);
                    self.events -= count;
                    self.dropped += count as u64;
                    if batch.is_empty() {
                        self.items[behind] = Item::Lagged(count as u64);
                    } else {
                        self.items.insert(behind, Item::Lagged(count as u64));
                    }
                    self.join_losses(behind);
                }
                Some(Item::Lagged(_) | Item::Skipped(_) | Item::Marker(_)) => behind += 1,
                None => return,
            }
        }
    }
}

#[cfg(all(test, not(ami_loom)))]
mod tests {
    use super::*;
    use crate::protocol::Parser;

    #[test]
    fn queue_joins_losses_beside_each_other() {
        let limits = QueueLimits { events: 3, bytes: 1 << 20, policy: OverflowPolicy::DropOldest };
        let queue = Queue::new(Filter::names(["Tick", "#lagged", "#state"]).expect("names"), limits);
        let mut parser = Parser::new();
        parser.feed(b"Asterisk Call Manager/1.1\r\nEvent: Tick\r\n\r\n").expect("fed");
        let event = Batch::from(parser.next().expect("no fault").expect("an event"));
        (0..3).for_each(|_| queue.push(&event));
        // The oldest marker is lost right behind the events.
        (0..=MARKERS).for_each(|_| queue.mark(&marker::state("waiting", &[])));
        (0..3).for_each(|_| queue.push(&event));
        let mut seen = Vec::new();
        while let Poll::Ready(batch) = queue.poll(&mut Context::from_waker(Waker::noop())) {
            let message = batch.expect("open").pop().expect("a message");
            seen.push((message.kind(), message.text("Lost").map(|lost| lost.into_owned())));
        }
        assert_eq!(seen[0], (MessageKind::Lagged, Some("4".to_owned())));
        assert!(seen[1..=MARKERS].iter().all(|(kind, _)| *kind == MessageKind::State));
        assert!(seen[MARKERS + 1..].iter().all(|(kind, _)| *kind == MessageKind::Event));
        assert_eq!(seen.len(), 1 + MARKERS + 3);
        let counters = queue.counters();
        assert_eq!((counters.received, counters.delivered, counters.dropped, counters.waiting), (6, 3, 3, 0));
    }

    #[test]
    fn queue_that_was_drained_gives_its_room_back() {
        let queue = Queue::new(Filter::all(), QueueLimits::default());
        let mut parser = Parser::new();
        parser.feed(b"Asterisk Call Manager/1.1\r\nEvent: Tick\r\n\r\n").expect("fed");
        let event = Batch::from(parser.next().expect("no fault").expect("an event"));
        (0..5000).for_each(|_| queue.push(&event));
        // A reader that wants so many does not look again.
        for _ in 0..5000 {
            assert!(queue.poll(&mut Context::from_waker(Waker::noop())).is_ready());
        }
        let room = queue.lock().items.capacity();
        assert!(room < 2 * KEPT_ROOM, "room for {room} batches");
    }
}
