use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// The names of the actions that a server has named, and the number of the connection on which it did.
#[derive(Default)]
pub(super) struct Named(Mutex<Option<(u64, Arc<HashSet<String>>)>>);

impl Named {
    /// The names of this connection.
    pub fn on(&self, link: u64) -> Option<Arc<HashSet<String>>> {
        lock(&self.0).as_ref().filter(|(of, _)| *of == link).map(|(_, names)| Arc::clone(names))
    }

    pub fn note(&self, link: u64, names: &Arc<HashSet<String>>) {
        *lock(&self.0) = Some((link, Arc::clone(names)));
    }
}
