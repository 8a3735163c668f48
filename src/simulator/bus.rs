//! Events on their way to the sessions.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, mpsc};

use super::classes::Classes;
use crate::lock::lock;

/// An event's classes and its frame.
pub(super) type Event = (Classes, Arc<[u8]>);

/// The open sessions, to which events go.
pub(super) struct Bus {
    sessions: Mutex<Sessions>,
    /// Bytes of events that may wait for one session.
    backlog: usize,
}

#[derive(Default)]
struct Sessions {
    stopped: bool,
    last: u64,
    open: BTreeMap<u64, Arc<Peer>>,
}

impl Bus {
    pub(super) fn new(backlog: usize) -> Bus {
        Bus { sessions: Mutex::default(), backlog }
    }

    /// Adds a session and returns its number. Nothing once the gateway is stopped, or if so many are open already that are not
    /// logged in.
    pub(super) fn add(&self, peer: &Arc<Peer>, strangers: usize) -> Option<u64> {
        let mut sessions = lock(&self.sessions);
        if sessions.stopped || sessions.open.values().filter(|peer| !peer.is_logged_in()).count() >= strangers {
            return None;
        }
        sessions.last += 1;
        let id = sessions.last;
        sessions.open.insert(id, Arc::clone(peer));
        Some(id)
    }

    pub(super) fn remove(&self, id: u64) {
        lock(&self.sessions).open.remove(&id);
    }

    /// Number of open sessions, logged in or not.
    pub(super) fn count(&self) -> usize {
        lock(&self.sessions).open.len()
    }

    pub(super) fn has_login(&self) -> bool {
        lock(&self.sessions).open.values().any(|peer| peer.is_logged_in())
    }

    pub(super) fn is_stopped(&self) -> bool {
        lock(&self.sessions).stopped
    }

    /// Queues events to every session that may see them and returns how many see the class `counted`. Never waits: a
    /// session that has too much queued is closed instead.
    pub(super) fn broadcast(&self, events: &[Event], counted: Classes) -> usize {
        let mut count = 0;
        lock(&self.sessions).open.retain(|_, peer| {
            let kept = events.iter().all(|event| peer.queue(event, self.backlog));
            if kept {
                count += usize::from(peer.filter().covers(counted));
            } else {
                peer.close();
            }
            kept
        });
        count
    }

    pub(super) fn disconnect_all(&self) {
        for peer in std::mem::take(&mut lock(&self.sessions).open).into_values() {
            peer.close();
        }
    }

    /// Closes all sessions, and lets no other one in.
    pub(super) fn stop(&self) {
        lock(&self.sessions).stopped = true;
        self.disconnect_all();
    }
}

/// What others know of a session.
pub(super) struct Peer {
    events: mpsc::UnboundedSender<Event>,
    /// Classes of events it is sent; none before login.
    filter: AtomicU32,
    /// Bytes of events that wait.
    backlog: AtomicUsize,
    is_logged_in: AtomicBool,
    /// There was an event, which the session may not see.
    stirred: Notify,
    closed: Notify,
}

impl Peer {
    /// One that is not logged in, and the events that are queued for it.
    pub(super) fn new() -> (Peer, mpsc::UnboundedReceiver<Event>) {
        let (sender, events) = mpsc::unbounded_channel();
        let peer = Peer {
            events: sender,
            filter: AtomicU32::new(0),
            backlog: AtomicUsize::new(0),
            is_logged_in: AtomicBool::new(false),
            stirred: Notify::new(),
            closed: Notify::new(),
        };
        (peer, events)
    }

    fn close(&self) {
        self.closed.notify_one();
    }

    /// Waits until the session is to be closed.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }

    /// Waits for the next event, which the session may not see.
    pub(super) async fn stirred(&self) {
        self.stirred.notified().await;
    }

    pub(super) fn is_logged_in(&self) -> bool {
        self.is_logged_in.load(Ordering::Relaxed)
    }

    pub(super) fn log_in(&self) {
        self.is_logged_in.store(true, Ordering::Relaxed);
    }

    pub(super) fn filter(&self) -> Classes {
        Classes::from_bits(self.filter.load(Ordering::Relaxed))
    }

    pub(super) fn set_filter(&self, filter: Classes) {
        self.filter.store(filter.bits(), Ordering::Relaxed);
    }

    /// Queues an event if it passes the filter. False if too much is waiting.
    fn queue(&self, event: &Event, limit: usize) -> bool {
        let is_kept = !self.filter().covers(event.0) || {
            let waiting = self.backlog.fetch_add(event.1.len(), Ordering::Relaxed);
            (waiting == 0 || waiting + event.1.len() <= limit) && self.events.send(event.clone()).is_ok()
        };
        self.stirred.notify_waiters();
        is_kept
    }

    /// An event of so many bytes waits no more.
    pub(super) fn dequeued(&self, bytes: usize) {
        self.backlog.fetch_sub(bytes, Ordering::Relaxed);
    }
}
