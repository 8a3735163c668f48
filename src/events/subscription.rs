//! The end of a broadcast that a reader holds.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::broadcast::Broadcaster;
use super::event::Event;
use super::filter::Filter;
use super::queue::{Queue, QueueCounters};
use crate::error::Result;
use crate::protocol::Batch;

/// A bounded queue of events. It may outlive its client: what waits can still be read, then it has ended.
pub struct Subscription {
    queue: Arc<Queue>,
    broadcaster: Arc<Broadcaster>,
    batch: Option<Batch>,
}

impl Subscription {
    /// Subscribes to a source.
    ///
    /// # Errors
    /// The source has no event that the filter names, or it was closed.
    pub(crate) fn new(broadcaster: &Arc<Broadcaster>, filter: Filter) -> Result<Subscription> {
        let queue = broadcaster.add(filter)?;
        Ok(Subscription { queue, broadcaster: Arc::clone(broadcaster), batch: None })
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// The next event or marker; waits for it.
    ///
    /// # Errors
    /// The reason why the subscription has ended: [`ErrorKind::Closed`](crate::ErrorKind::Closed),
    /// [`ErrorKind::Disconnected`](crate::ErrorKind::Disconnected) and others.
    pub async fn next(&mut self) -> Result<Event> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// All events that wait now, at least one; waits for it. The cheapest way to read many.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub async fn next_batch(&mut self) -> Result<Batch> {
        if let Some(batch) = self.batch.take().filter(|batch| !batch.is_empty()) {
            return Ok(batch);
        }
        std::future::poll_fn(|cx| self.queue.poll(cx)).await
    }

    /// Polls for the next event.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event>> {
        loop {
            if let Some(event) = self.batch.as_mut().and_then(Batch::pop) {
                return Poll::Ready(Ok(event));
            }
            self.batch = None;
            match self.queue.poll(cx) {
                Poll::Ready(Ok(batch)) => self.batch = Some(batch),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// The next event, if one waits.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub fn try_next(&mut self) -> Result<Option<Event>> {
        let mut next = pin!(self.next());
        match next.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result.map(Some),
            Poll::Pending => Ok(None),
        }
    }

    /// Counts of the events so far. Events that were taken together and not read yet count as waiting.
    pub fn counters(&self) -> QueueCounters {
        self.queue.counters().untaken(&self.batch)
    }

    /// Ends the subscription; what waits is discarded.
    pub fn close(&mut self) {
        self.batch = None;
        self.queue.discard();
        self.broadcaster.remove(&self.queue);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
