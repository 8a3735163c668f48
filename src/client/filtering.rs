use super::api::Client;
use crate::protocol::{Error, ErrorKind, Result};
use crate::typed::EventFilter;

/// The way in which a server keeps to a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FilteredBy {
    /// By criteria that it reads exactly.
    Criteria,
    /// By regular expressions.
    Expressions,
    /// Not at all: it knows no filters, as Asterisk 1.8. The program uses [`EventFilter::matches`].
    Client,
}

impl Client {
    /// Has the server send only events that pass the filter, for all readers of this client; see [`EventFilter::cuts`]. The
    /// filter is restored on further connections. Nothing takes it back but a new client: a further filter adds its rules.
    /// The server is asked first, without effect, in which form it takes filters.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a rule that no server can be told, with nothing written; [`ErrorKind::Permission`] without
    /// the class `system`; and those of [`Client::call`]. If the server refuses one of several rules, those before it are in
    /// force.
    pub async fn filter_events(&self, filter: &EventFilter) -> Result<FilteredBy> {
        let (criteria, expressions) = (filter.criteria()?, filter.expressions()?);
        let (by, actions) = match self.call(&EventFilter::probe()).await {
            Ok(_) => {
                return Err(Error::new(
                    ErrorKind::Protocol,
                    "the server took a filter that is none, so it has set none",
                ));
            }
            Err(error) if error.kind() == ErrorKind::Action => {
                let words = error.peer_message().unwrap_or_default().to_ascii_lowercase();
                let says = |part: &str| memchr::memmem::find(&words, part.as_bytes()).is_some();
                if says("formatted incorrectly") {
                    (FilteredBy::Criteria, criteria)
                } else if says("did not compile") {
                    (FilteredBy::Expressions, expressions)
                } else if says("unknown command") {
                    return Ok(FilteredBy::Client);
                } else {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        };
        for action in actions {
            self.call(&action).await?;
        }
        Ok(by)
    }
}
