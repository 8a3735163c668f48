//! Actions that the thread of an event loop submits in one turn, written together: one call of the system does for them all.

use std::cell::RefCell;
use std::sync::Arc;

use super::core::{Core, Shared};

/// So many bytes are worth a call of the system of their own.
const MUCH: usize = 16 * 1024;

thread_local! {
    /// What this thread has gathered in the turn that it is in.
    static TURN: RefCell<Option<Gathered>> = const { RefCell::new(None) };
}

/// The clients whose actions wait to be written, which they are when this is dropped.
#[derive(Default)]
pub(crate) struct Gathered {
    clients: Vec<Arc<Shared>>,
    /// A few actions in flight are not gathered, as those are waited for.
    writes_few: bool,
}

impl Gathered {
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Takes on what another turn has gathered.
    pub fn append(&mut self, mut other: Gathered) {
        self.clients.append(&mut other.clients);
    }
}

impl Drop for Gathered {
    fn drop(&mut self) {
        for client in std::mem::take(&mut self.clients) {
            let mut core = client.core();
            core.is_gathered = false;
            core.flush();
        }
    }
}

/// Gathers the actions that this thread submits meanwhile.
pub(crate) fn gather<R>(turn: impl FnOnce() -> R) -> (R, Gathered) {
    within(false, turn)
}

/// Gathers the actions that this thread submits meanwhile to clients that have many in flight.
pub(crate) fn gather_many<R>(turn: impl FnOnce() -> R) -> (R, Gathered) {
    within(true, turn)
}

/// A turn within another one is part of that.
fn within<R>(writes_few: bool, turn: impl FnOnce() -> R) -> (R, Gathered) {
    struct End(bool);

    impl Drop for End {
        fn drop(&mut self) {
            if self.0 {
                drop(TURN.take());
            }
        }
    }

    let is_first = TURN.with_borrow_mut(|gathered| {
        let is_first = gathered.is_none();
        gathered.get_or_insert_with(|| Gathered { clients: Vec::new(), writes_few });
        is_first
    });
    let _end = End(is_first);
    let result = turn();
    let gathered = if is_first { TURN.take() } else { None };
    (result, gathered.unwrap_or_default())
}

/// Keeps an action that was submitted until the end of this thread's turn, if that gathers. Returns false if it is to be written now, or by
/// the connection's task.
pub(super) fn keep(core: &mut Core, is_of_few: bool, client: &Arc<Shared>) -> bool {
    TURN.with_borrow_mut(|turn| match turn {
        None => false,
        Some(gathered) if gathered.writes_few && is_of_few => false,
        Some(gathered) => {
            if core.session.transmit().len() >= MUCH {
                core.flush();
            } else if !std::mem::replace(&mut core.is_gathered, true) {
                gathered.clients.push(Arc::clone(client));
            }
            true
        }
    })
}
