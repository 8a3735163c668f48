//! Actions that the thread of an event loop submits in one turn, written together: one call of the system does for them all.

use std::cell::RefCell;
use std::sync::Arc;

use super::core::{Core, Shared, WRITE_AT_ONCE};

/// So many bytes are worth a call of the system of their own.
const MUCH: usize = 16 * 1024;

thread_local! {
    /// What this thread holds back in the turn that it is in.
    static TURN: RefCell<Option<Unwritten>> = const { RefCell::new(None) };
}

/// The clients whose actions wait to be written, which they are when this is dropped.
#[derive(Default)]
pub(crate) struct Unwritten {
    clients: Vec<Arc<Shared>>,
    /// Those of few in flight are not held back.
    writes_few: bool,
}

impl Unwritten {
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Takes on what another turn held back.
    pub fn append(&mut self, mut other: Unwritten) {
        self.clients.append(&mut other.clients);
    }
}

impl Drop for Unwritten {
    fn drop(&mut self) {
        for client in std::mem::take(&mut self.clients) {
            let mut core = client.core();
            core.is_held = false;
            core.flush();
        }
    }
}

/// Holds back the actions that this thread submits meanwhile.
pub(crate) fn hold<R>(turn: impl FnOnce() -> R) -> (R, Unwritten) {
    within(false, turn)
}

/// Holds back the actions that this thread submits meanwhile to clients that have many in flight.
pub(crate) fn hold_many<R>(turn: impl FnOnce() -> R) -> (R, Unwritten) {
    within(true, turn)
}

/// A turn within another one is part of that.
fn within<R>(writes_few: bool, turn: impl FnOnce() -> R) -> (R, Unwritten) {
    struct End(bool);

    impl Drop for End {
        fn drop(&mut self) {
            if self.0 {
                drop(TURN.take());
            }
        }
    }

    let is_first = TURN.with_borrow_mut(|held| {
        let is_first = held.is_none();
        held.get_or_insert_with(|| Unwritten { clients: Vec::new(), writes_few });
        is_first
    });
    let _end = End(is_first);
    let result = turn();
    let held = if is_first { TURN.take() } else { None };
    (result, held.unwrap_or_default())
}

/// Keeps an action that was submitted until the end of this thread's turn, if that holds it back. Returns false if it is to be written now, or by
/// the connection's task.
pub(super) fn keep(core: &mut Core, client: &Arc<Shared>) -> bool {
    let is_of_few = core.session.in_flight() <= WRITE_AT_ONCE;
    TURN.with_borrow_mut(|turn| match turn {
        None => false,
        Some(held) if held.writes_few && is_of_few => false,
        Some(held) => {
            if core.session.transmit().len() >= MUCH {
                core.flush();
            } else if !std::mem::replace(&mut core.is_held, true) {
                held.clients.push(Arc::clone(client));
            }
            true
        }
    })
}
