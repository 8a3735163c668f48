//! Events in which the driver tells again what the modem's own line has told.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The driver decodes a line as soon as it has told of it.
const WAIT: Duration = Duration::from_secs(30);
/// The number of ports that are remembered.
const PORTS: usize = 256;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sms,
    Ussd,
}

struct Echo {
    /// A digest of the port's name.
    port: u64,
    kind: Kind,
    /// True if the text is still to come as lines, and whole in base64.
    lines: bool,
    whole: bool,
    until: Instant,
}

/// A driver reads one SMS of a port after the other, and its own events of one come before the line of the next.
#[derive(Default)]
pub(super) struct Echoes(VecDeque<Echo>);

impl Echoes {
    /// The modem's line has told of something.
    pub fn expect(&mut self, port: u64, kind: Kind, now: Instant) {
        self.forget(port, kind);
        self.0.truncate(PORTS - 1);
        self.0.push_front(Echo { port, kind, lines: true, whole: true, until: now + WAIT });
    }

    /// The modem's line could not be read, so the driver's events are no echoes.
    pub fn forget(&mut self, port: u64, kind: Kind) {
        self.0.retain(|echo| echo.port != port || echo.kind != kind);
    }

    /// Tells whether an event of the driver's tells again what was told.
    pub fn is_one(&mut self, port: u64, kind: Kind, is_whole: bool, now: Instant) -> bool {
        let known = self.0.iter_mut().find(|echo| echo.port == port && echo.kind == kind && now < echo.until);
        let open = known.map(|echo| if is_whole { &mut echo.whole } else { &mut echo.lines });
        open.is_some_and(std::mem::take)
    }

    /// The link is gone, and the echoes with it.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_are_one_of_each_kind_for_a_line() {
        let (mut echoes, now) = (Echoes::default(), Instant::now());
        assert!(!echoes.is_one(1, Kind::Sms, false, now), "nothing was told");
        echoes.expect(1, Kind::Sms, now);
        assert!(!echoes.is_one(2, Kind::Sms, false, now), "of another port");
        assert!(!echoes.is_one(1, Kind::Ussd, false, now), "of another kind");
        assert!(echoes.is_one(1, Kind::Sms, false, now) && echoes.is_one(1, Kind::Sms, true, now));
        assert!(!echoes.is_one(1, Kind::Sms, false, now) && !echoes.is_one(1, Kind::Sms, true, now));
        echoes.expect(1, Kind::Sms, now);
        assert!(!echoes.is_one(1, Kind::Sms, true, now + WAIT), "too late");
        echoes.forget(1, Kind::Sms);
        assert!(!echoes.is_one(1, Kind::Sms, true, now), "forgotten");
    }

    #[test]
    fn echoes_are_bounded_in_ports() {
        let (mut echoes, now) = (Echoes::default(), Instant::now());
        for port in 0..10_000 {
            echoes.expect(port, Kind::Sms, now);
        }
        assert_eq!(echoes.0.len(), PORTS);
        assert!(echoes.is_one(9_999, Kind::Sms, false, now));
    }
}
