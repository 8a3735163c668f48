//! Events as subscriptions give them: as they are, or as views.

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::message::{Event, is_shared};
use super::text::Text;
use super::view::{Derived, View};
use crate::lock::lock;
use crate::protocol;

/// The classes of the views that a subscription gives in place of events, each with the name of its event.
#[derive(Default)]
pub(super) struct Views(Vec<(String, Derived<View>)>);

impl Views {
    pub fn new(classes: &[Bound<'_, PyType>]) -> PyResult<Views> {
        let named = |class: &Bound<'_, PyType>| Ok((class.getattr("NAME")?.extract()?, Derived::new(class)?));
        Ok(Views(classes.iter().map(named).collect::<PyResult<_>>()?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&self, event: &protocol::Message) -> Option<&Derived<View>> {
        let is_it = |(name, _): &&(String, _)| name.as_bytes().eq_ignore_ascii_case(event.name());
        self.0.iter().find(is_it).map(|(_, class)| class)
    }
}

/// An event or a view of one.
pub(super) enum Seen {
    Event(Py<Event>),
    View(Py<View>),
}

impl Seen {
    pub fn create(py: Python<'_>, event: protocol::Message, text: &Arc<Text>, views: &Views) -> PyResult<Seen> {
        match views.of(&event) {
            Some(class) => View::create(py, class, event, text).map(Seen::View),
            None => Event::create(py, event, text).map(Seen::Event),
        }
    }

    /// The object, for the program.
    pub fn object(&self, py: Python<'_>) -> Py<PyAny> {
        match self {
            Seen::Event(event) => event.clone_ref(py).into_any(),
            Seen::View(view) => view.clone_ref(py).into_any(),
        }
    }

    /// The program has had its turn with it. If it keeps it, it shall cost no more than its own size.
    pub fn let_go(self, py: Python<'_>) {
        match self {
            Seen::Event(event) if is_shared(py, &event) => event.bind(py).as_super().get().detach(),
            Seen::Event(_) => {}
            Seen::View(view) => view.get().let_go(py, is_shared(py, &view)),
        }
    }
}

/// The last ones of an iteration. The program's variable still holds the last one when the next one is asked for, so the one
/// before it says whether they are kept.
#[derive(Default)]
pub(super) struct Recent(Mutex<[Option<Seen>; 2]>);

impl Recent {
    pub fn push(&self, py: Python<'_>, seen: Seen) {
        let past = {
            let mut recent = lock(&self.0);
            recent.swap(0, 1);
            recent[1].replace(seen)
        };
        if let Some(past) = past {
            past.let_go(py);
        }
    }
}
