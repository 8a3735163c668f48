//! Filters of events, for servers and programs.

use pyo3::prelude::*;

use super::exception::invalid;
use super::message::Event;
use crate::typed;
use crate::typed::Rule;

/// A choice of events, by their names and headers: for a server, which then sends no others
/// (`Client.filter_events`), and for a program (`matches`).
///
///     libami.EventFilter().include("Hangup").include("Newchannel", begins=("Channel", "PJSIP/"))
///
/// An event passes if one of the rules that include fits, or there are none, and none of those that exclude
/// does. A rule has the name of an event, or one header and a text that its value equals, begins with,
/// contains or ends with; or both. Names and values are compared in their case, as servers compare them.
#[pyclass(frozen, module = "libami", name = "EventFilter")]
pub(super) struct EventFilter(pub typed::EventFilter);

type Pair = Option<(String, String)>;
type Add = fn(Rule, String, String) -> Rule;

fn rule(event: Option<String>, equals: Pair, begins: Pair, contains: Pair, ends: Pair) -> Rule {
    let mut rule = event.map_or_else(Rule::any, Rule::event);
    let adds: [Add; 4] = [Rule::equals, Rule::begins, Rule::contains, Rule::ends];
    for (pair, add) in [equals, begins, contains, ends].into_iter().zip(adds) {
        if let Some((header, value)) = pair {
            rule = add(rule, header, value);
        }
    }
    rule
}

/// The filter, or the reason why no server can be told.
fn checked(py: Python<'_>, filter: typed::EventFilter) -> PyResult<EventFilter> {
    filter.criteria().map_err(|error| invalid(py, error.message()))?;
    Ok(EventFilter(filter))
}

#[pymethods]
impl EventFilter {
    #[new]
    fn new() -> EventFilter {
        EventFilter(typed::EventFilter::new())
    }

    /// A filter with one more rule, whose events pass. Raises InvalidValue for a rule that no server can be told.
    #[pyo3(signature = (event=None, *, equals=None, begins=None, contains=None, ends=None))]
    fn include(
        &self,
        py: Python<'_>,
        event: Option<String>,
        equals: Pair,
        begins: Pair,
        contains: Pair,
        ends: Pair,
    ) -> PyResult<EventFilter> {
        checked(py, self.0.clone().include(rule(event, equals, begins, contains, ends)))
    }

    /// A filter with one more rule, whose events do not pass, even if a rule includes them. Raises InvalidValue for
    /// a rule that no server can be told.
    #[pyo3(signature = (event=None, *, equals=None, begins=None, contains=None, ends=None))]
    fn exclude(
        &self,
        py: Python<'_>,
        event: Option<String>,
        equals: Pair,
        begins: Pair,
        contains: Pair,
        ends: Pair,
    ) -> PyResult<EventFilter> {
        checked(py, self.0.clone().exclude(rule(event, equals, begins, contains, ends)))
    }

    /// True if the event passes. Markers of libami's own always do.
    fn matches(&self, event: &Bound<'_, Event>) -> bool {
        self.0.matches(&event.as_super().get().inner())
    }

    /// Names of events that a server does not send any more, or not all of them, and that something may wait for:
    /// the outcome of `Client.originate`, and what AsyncAGI says.
    #[getter]
    fn cuts(&self) -> Vec<&'static str> {
        self.0.cuts()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<EventFilter>().is_ok_and(|other| other.get().0 == self.0)
    }
}
