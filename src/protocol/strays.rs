//! Messages that are neither events nor answers, kept in order with the events around them.

use super::message::{Batch, Skipped};
use super::output::Output;

/// Such messages, by their place among those that arrived together.
#[derive(Default)]
pub(super) struct Strays(Vec<(u32, Skipped)>);

impl Strays {
    pub fn add(&mut self, at: u32, skipped: Skipped) {
        self.0.push((at, skipped));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The outputs for these events and for the strays among them.
    pub fn among<T>(self, events: Vec<u32>, batch: &Batch) -> Vec<Output<T>> {
        let mut outputs = Vec::new();
        let (mut events, mut strays) = (events.as_slice(), self.0.as_slice());
        while !events.is_empty() || !strays.is_empty() {
            let next = strays.first().map_or(u32::MAX, |(at, _)| *at);
            let (before, rest) = events.split_at(events.partition_point(|at| *at < next));
            if !before.is_empty() {
                outputs.push(Output::Events(batch.select(before.to_vec())));
            }
            let next = rest.first().copied().unwrap_or(u32::MAX);
            let (run, more) = strays.split_at(strays.partition_point(|(at, _)| *at < next));
            if !run.is_empty() {
                let mut skipped = Skipped::default();
                run.iter().for_each(|(_, one)| skipped.add(*one));
                outputs
                    .push(Output::Stray { messages: batch.select(run.iter().map(|(at, _)| *at).collect()), skipped });
            }
            (events, strays) = (rest, more);
        }
        outputs
    }
}
