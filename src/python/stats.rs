//! Counts, as they were at one moment.

use std::time::Duration;

use pyo3::prelude::*;

use super::exception::invalid;
use super::parking::park_at_exit;
use crate::client;
use crate::events::QueueCounters;
use crate::protocol;

/// Counts of all that a client has done so far, by all its connections together.
#[pyclass(frozen, module = "libami")]
pub(super) struct Stats(pub client::Stats);

#[pymethods]
impl Stats {
    /// Bytes that the server sent.
    #[getter]
    fn bytes_received(&self) -> u64 {
        self.0.bytes_received
    }

    /// Bytes that were written.
    #[getter]
    fn bytes_sent(&self) -> u64 {
        self.0.bytes_sent
    }

    /// Events that came as news, not as the entries of a list.
    #[getter]
    fn events(&self) -> u64 {
        self.0.events
    }

    /// Actions that were accepted.
    #[getter]
    fn actions(&self) -> u64 {
        self.0.actions
    }

    /// Actions that have not ended.
    #[getter]
    fn in_flight(&self) -> usize {
        self.0.in_flight
    }

    /// Times that the client has connected again and logged in.
    #[getter]
    fn reconnects(&self) -> u64 {
        self.0.reconnects
    }

    /// The times that answers took, those to keepalive Pings among them.
    #[getter]
    fn round_trips(&self) -> RoundTrips {
        RoundTrips(self.0.round_trips.clone())
    }

    fn __repr__(&self) -> String {
        let client::Stats { bytes_received, bytes_sent, events, actions, in_flight, reconnects, .. } = &self.0;
        let round_trips = self.round_trips().__repr__();
        format!(
            "<libami.Stats bytes_received={bytes_received} bytes_sent={bytes_sent} events={events} actions={actions} \
             in_flight={in_flight} reconnects={reconnects} round_trips={round_trips}>"
        )
    }
}

fn seconds(time: Duration) -> f64 {
    if time == Duration::MAX { f64::INFINITY } else { time.as_secs_f64() }
}

/// The times that answers took, in seconds from the call to the whole answer: a histogram whose buckets each reach 19 % further
/// than the one before.
#[pyclass(frozen, module = "libami")]
pub(super) struct RoundTrips(protocol::RoundTrips);

#[pymethods]
impl RoundTrips {
    /// The number of answers.
    #[getter]
    fn count(&self) -> u64 {
        self.0.count()
    }

    /// The time that they took on average; 0 without any.
    #[getter]
    fn mean(&self) -> f64 {
        seconds(self.0.mean())
    }

    /// The time that the slowest took; 0 without any.
    #[getter]
    fn longest(&self) -> f64 {
        seconds(self.0.longest())
    }

    /// The time that this share of them took at most, from 0 to 1, such as 0.99; up to 19 % too long. 0 without any.
    #[pyo3(signature = (share, /))]
    fn quantile(&self, py: Python<'_>, share: f64) -> PyResult<f64> {
        park_at_exit();
        if !(0.0..=1.0).contains(&share) {
            return Err(invalid(py, "a share is a number from 0 to 1, such as 0.99"));
        }
        Ok(seconds(self.0.quantile(share)))
    }

    /// The buckets, shortest first: each with its upper end, infinity for the last one, and how many answers are in it. None
    /// without any answer.
    fn buckets(&self) -> Vec<(f64, u64)> {
        self.0.buckets().map(|(end, count)| (seconds(end), count)).collect()
    }

    fn __repr__(&self) -> String {
        format!("<libami.RoundTrips count={} mean={:.6} longest={:.6}>", self.count(), self.mean(), self.longest())
    }
}

/// Counts of all that went through the queue of a subscription so far. What is received is delivered, dropped, waiting, or was discarded
/// when the subscription was closed. Markers do not count.
#[pyclass(frozen, module = "libami")]
pub(super) struct Counters(pub QueueCounters);

#[pymethods]
impl Counters {
    /// Events that were wanted.
    #[getter]
    fn received(&self) -> u64 {
        self.0.received
    }

    /// Events that were taken, or handed to the callback.
    #[getter]
    fn delivered(&self) -> u64 {
        self.0.delivered
    }

    /// Events that were lost because the queue was full.
    #[getter]
    fn dropped(&self) -> u64 {
        self.0.dropped
    }

    /// Events that wait.
    #[getter]
    fn waiting(&self) -> usize {
        self.0.waiting
    }

    /// Bytes of memory that they take.
    #[getter]
    fn waiting_bytes(&self) -> usize {
        self.0.waiting_bytes
    }

    fn __repr__(&self) -> String {
        let QueueCounters { received, delivered, dropped, waiting, waiting_bytes, .. } = self.0;
        format!(
            "<libami.Counters received={received} delivered={delivered} dropped={dropped} waiting={waiting} \
             waiting_bytes={waiting_bytes}>"
        )
    }
}
