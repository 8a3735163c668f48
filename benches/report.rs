//! What the Rust programs of the benchmark measure of themselves, and how they say it: one line of JSON.

// Not each of them needs all of it.
#![allow(dead_code)]

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Processor time so far, in seconds.
pub fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the kernel says it");
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

/// A number that the kernel says of this program: VmRSS, VmHWM, Threads.
pub fn own(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the kernel says it");
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.and_then(|value| value.split_whitespace().next()?.parse().ok()).expect("a number")
}

pub fn fds() -> f64 {
    std::fs::read_dir("/proc/self/fd").expect("the kernel lists them").count() as f64
}

/// This share of the times is no longer than what is returned, in µs.
pub fn quantile_us(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let at = (times.len() as f64 * share) as usize;
    times.get(at.min(times.len().saturating_sub(1))).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

/// The rate of events that Pings are timed beside.
pub const PACE: &str = "10000";

pub fn latencies(times: &mut [Duration]) -> Vec<(&'static str, f64)> {
    let shares = [("median_us", 0.5), ("p99_us", 0.99), ("p999_us", 0.999), ("worst_us", 1.0)];
    shares.into_iter().map(|(name, share)| (name, quantile_us(times, share))).collect()
}

pub struct Run {
    start: Instant,
    cpu: f64,
}

impl Run {
    pub fn begin() -> Run {
        Run { cpu: cpu_seconds(), start: Instant::now() }
    }

    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub fn report(&self, done: u64, check: u64, more: &[(&str, f64)]) {
        self.report_at(Instant::now(), done, check, more);
    }

    /// For one whose end was only noticed later.
    pub fn report_at(&self, end: Instant, done: u64, check: u64, more: &[(&str, f64)]) {
        let (seconds, cpu) = ((end - self.start).as_secs_f64(), cpu_seconds() - self.cpu);
        let more: String = more.iter().map(|(name, value)| format!(", \"{name}\": {value}")).collect();
        println!(
            "{{\"seconds\": {seconds:.6}, \"cpu_seconds\": {cpu:.6}, \"done\": {done}, \"check\": {check}, \
             \"peak_kb\": {}{more}}}",
            own("VmHWM")
        );
    }
}
