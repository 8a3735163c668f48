//! A text is data, whatever is in it: what comes of SMS that are made to look like what a server says.
#![cfg(feature = "simulator")]

mod alphabet;
#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code)] // the fuzzers use the rest
mod checks;
mod losses;
mod repros;
mod simulated;
mod wire;

/// The number of texts for each of these tests in a long run; this percentage of all texts is theirs.
fn soak_texts(percent: usize, tests: usize) -> Option<usize> {
    let all: usize = std::env::var("AMI_SOAK_TEXTS").ok()?.parse().expect("AMI_SOAK_TEXTS is a number");
    Some((all / 100 * percent).div_ceil(tests))
}
