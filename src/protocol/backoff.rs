//! When to connect again after a link was lost.

use std::time::{Duration, Instant};

#[cfg(feature = "client")]
use super::error::{Error, Result};

/// Settings to reconnect after a connection is lost. Attempts are ever further apart, and not in step with other clients of
/// the same server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconnect {
    /// The wait before the first attempt; each further one waits twice as long. What is really waited is between half of
    /// it and all of it, by chance.
    pub min: Duration,
    /// The longest wait.
    pub max: Duration,
    /// The number of attempts in a row that may fail before the session ends; `None`: it never gives up.
    pub attempts: Option<u32>,
    /// A link that held so long starts the count anew. One that breaks sooner counts as another failed attempt, so that a
    /// server that accepts and hangs up is not called ever faster.
    pub stable_after: Duration,
}

impl Reconnect {
    /// First after `min`, at last every `max`; for ever, and a link is stable after 10 seconds.
    pub fn new(min: Duration, max: Duration) -> Reconnect {
        Reconnect { min, max, attempts: None, stable_after: Duration::from_secs(10) }
    }

    /// Sets how many attempts in a row may fail before the session ends; `None`, the default, for no limit.
    #[must_use]
    pub fn attempts(self, attempts: impl Into<Option<u32>>) -> Reconnect {
        Reconnect { attempts: attempts.into(), ..self }
    }

    /// Sets the time after which a connection counts as stable.
    #[must_use]
    pub fn stable_after(self, time: Duration) -> Reconnect {
        Reconnect { stable_after: time, ..self }
    }

    /// Refuses waits that cannot be.
    #[cfg(feature = "client")]
    pub(crate) fn check(&self) -> Result<()> {
        if self.min.is_zero() || self.max < self.min {
            return Err(Error::invalid(
                "the waits before a reconnect must be more than zero, and the longest no shorter than the first",
            ));
        }
        Ok(())
    }
}

/// The state of it.
#[derive(Debug)]
pub(super) struct Backoff {
    policy: Reconnect,
    random: u64,
    /// Attempts since the last stable link.
    attempts: u32,
    up_since: Option<Instant>,
}

impl Backoff {
    pub fn new(policy: Reconnect, seed: u64) -> Backoff {
        Backoff { policy, random: seed, attempts: 0, up_since: None }
    }

    /// The link is there and logged in.
    pub fn up(&mut self, now: Instant) {
        self.up_since = Some(now);
    }

    /// The link, or an attempt to make it, failed. How long to wait until the next one; `None` if that was the last.
    pub fn down(&mut self, now: Instant) -> Option<Duration> {
        if self.up_since.take().is_some_and(|since| now.saturating_duration_since(since) >= self.policy.stable_after) {
            self.attempts = 0;
        }
        if self.policy.attempts.is_some_and(|most| self.attempts >= most) {
            return None;
        }
        let doubled = 1u32.checked_shl(self.attempts).unwrap_or(u32::MAX);
        self.attempts = self.attempts.saturating_add(1);
        let whole = self.policy.min.saturating_mul(doubled).min(self.policy.max.max(self.policy.min));
        Some(whole / 2 + (whole / 2).mul_f64(self.chance()))
    }

    /// Which attempt since the last stable link the next one is.
    pub fn attempt(&self) -> u32 {
        self.attempts
    }

    /// A number from 0 to 1 (SplitMix64).
    fn chance(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as f64 / u64::MAX as f64
    }
}
