//! The counters of a session.

use std::time::Duration;

/// Buckets for each doubling of the time.
const STEPS: usize = 4;
/// From a microsecond to 134 seconds; the last bucket has no upper end.
const BUCKETS: usize = 27 * STEPS + 1;

/// The times that answers took, by buckets of which each reaches 19 % further than the one before.
#[derive(Clone, Debug, Default)]
pub struct RoundTrips {
    /// From the first bucket that has any to the last one: a session that is idle, and only Pings now and then, has few.
    counts: Vec<u64>,
    first: usize,
    count: u64,
    total: Duration,
    longest: Duration,
}

/// Within a doubling each step ends at this power of two: a quarter, a half, three quarters; as parts of 2^63.
const ENDS: [u64; STEPS - 1] = [0x9837_f051_8db8_a96f, 0xb504_f333_f9de_6484, 0xd744_fcca_d69d_6af4];

/// The first bucket that reaches so far.
fn bucket(micros: u64) -> usize {
    let doublings = micros.max(1).ilog2();
    let within = micros.max(1) << (63 - doublings);
    let steps = if within == 1 << 63 { 0 } else { 1 + ENDS.iter().filter(|end| within > **end).count() };
    doublings as usize * STEPS + steps
}

impl RoundTrips {
    pub(super) fn record(&mut self, time: Duration) {
        let bucket = bucket(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)).min(BUCKETS - 1);
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            self.counts.splice(..0, std::iter::repeat_n(0, self.first - bucket));
            self.first = bucket;
        }
        let at = bucket - self.first;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
        self.count += 1;
        self.total = self.total.saturating_add(time);
        self.longest = self.longest.max(time);
    }

    /// The number of answers.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The time that they took on average.
    pub fn mean(&self) -> Duration {
        if self.count == 0 { Duration::ZERO } else { self.total.div_f64(self.count as f64) }
    }

    /// The time that the slowest took.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// The time that this share of them took at most, from 0 to 1, such as 0.99; up to 19 % too long. Zero without any.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = (share.clamp(0.0, 1.0) * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let bucket = self.buckets().find(|(_, count)| {
            seen += count;
            seen >= wanted
        });
        bucket.map_or(Duration::ZERO, |(end, _)| end.min(self.longest))
    }

    /// The buckets, shortest first: each with its upper end and how many answers are in it. The last one has none and says
    /// [`Duration::MAX`].
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let buckets = if self.counts.is_empty() { 0 } else { BUCKETS };
        (0..buckets).map(|at| {
            let count = at.checked_sub(self.first).and_then(|at| self.counts.get(at)).copied().unwrap_or(0);
            let end = if at == BUCKETS - 1 {
                Duration::MAX
            } else {
                Duration::from_nanos((1000.0 * 2f64.powf(at as f64 / STEPS as f64)) as u64)
            };
            (end, count)
        })
    }
}

/// Counts of what a session has done so far, on all its connections together.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Unsolicited events: those that are no entries of a list.
    pub events: u64,
    /// Callers' actions that were accepted.
    pub actions: u64,
    /// Reconnects: connections that were made again and logged in.
    pub reconnects: u64,
    /// The times that callers' actions and keepalive Pings took from the call to the whole answer.
    pub round_trips: RoundTrips,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_at_most_a_bucket_too_long() {
        let mut trips = RoundTrips::default();
        assert_eq!((trips.quantile(0.5), trips.mean(), trips.buckets().count()), (Duration::ZERO, Duration::ZERO, 0));
        // From the middle to both ends.
        for millis in (500..=1000).chain((1..500).rev()) {
            trips.record(Duration::from_millis(millis));
        }
        for (share, exact) in [(0.0, 1.0), (0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let millis = trips.quantile(share).as_secs_f64() * 1000.0;
            assert!(millis >= exact && millis <= exact * 1.2, "{share}: {millis}");
        }
        assert_eq!((trips.count(), trips.longest()), (1000, Duration::from_secs(1)));
        assert_eq!(trips.mean(), Duration::from_micros(500_500));
        assert_eq!(trips.buckets().map(|(_, count)| count).sum::<u64>(), 1000);
    }

    #[test]
    fn buckets_are_as_logarithms_say() {
        for micros in (1..3000).chain([1 << 20, (1 << 20) + 1, 1 << 40, u64::MAX]) {
            let exact = (micros as f64).log2() * STEPS as f64;
            assert_eq!(bucket(micros), exact.ceil() as usize, "{micros}");
        }
        assert_eq!(bucket(0), 0);
    }

    #[test]
    fn round_trips_have_a_bucket_for_every_time() {
        for time in [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(3600), Duration::MAX] {
            let mut trips = RoundTrips::default();
            trips.record(time);
            let (end, _) = trips.buckets().find(|(_, count)| *count == 1).expect("a bucket");
            assert!(end >= time, "{time:?} is not within {end:?}");
            assert_eq!(trips.quantile(0.5), time);
        }
    }
}
