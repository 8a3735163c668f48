//! Outcomes of SMS.

/// The outcome of an SMS, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The gateway has it; more is known only if a report comes.
    Queued,
    /// The network took it.
    Sent,
    /// It was not sent. Of a text that the gateway splits by itself (dongles), some parts may have been.
    Failed,
    /// The port is in use; nothing was sent.
    Busy,
    /// No answer in time: it may have gone out, or may still do so.
    Unknown,
    /// It never left: nothing was written to the gateway.
    NotSent,
    /// The recipient has it.
    Delivered,
    /// The network could not deliver it.
    Undelivered,
}

const NAMES: [(Outcome, &str); 8] = [
    (Outcome::Queued, "queued"),
    (Outcome::Sent, "sent"),
    (Outcome::Failed, "failed"),
    (Outcome::Busy, "busy"),
    (Outcome::Unknown, "unknown"),
    (Outcome::NotSent, "not-sent"),
    (Outcome::Delivered, "delivered"),
    (Outcome::Undelivered, "undelivered"),
];

impl Outcome {
    /// Its name, such as `sent`.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(outcome, _)| *outcome == self).map_or("unknown", |(_, name)| name)
    }

    pub(super) fn named(name: &str) -> Option<Outcome> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(outcome, _)| *outcome)
    }

    /// Tells whether the next part may follow.
    pub(super) fn is_good(self) -> bool {
        matches!(self, Outcome::Queued | Outcome::Sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_names_are_distinct() {
        for (outcome, name) in NAMES {
            assert_eq!((outcome.name(), Outcome::named(name)), (name, Some(outcome)));
        }
    }
}
