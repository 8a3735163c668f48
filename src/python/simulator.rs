//! The simulated gateway, on a thread of its own.

use std::str::FromStr;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use nix::sys::signal::SigSet;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use tokio::sync::oneshot;

use super::callback::Callback;
use super::interpreter::{self, Live, attach};
use super::wait::wait;
use crate::blocking;
use crate::simulator::{self, Options, Speaker, TranscriptLine, UssdReply};

/// A gateway, and what its thread waits for to be dropped.
type Running = (simulator::Simulator, oneshot::Sender<()>);

struct Gateway {
    running: Option<Running>,
    pid: u32,
}

impl Gateway {
    /// Nothing in the child of a fork: the thread does not exist there.
    fn simulator(&self) -> Option<&simulator::Simulator> {
        self.running.as_ref().filter(|_| self.pid == std::process::id()).map(|(simulator, _)| simulator)
    }
}

impl Live for Gateway {
    fn stop(&self, timeout: Duration) -> bool {
        self.simulator().is_none_or(|simulator| {
            simulator.stop();
            blocking::wait(simulator.closed(), Some(Instant::now() + timeout)).is_some()
        })
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if self.simulator().is_none() {
            std::mem::forget(self.running.take());
        }
    }
}

/// Starts a gateway on a thread of its own.
fn start(py: Python<'_>, options: Options) -> PyResult<Running> {
    let (sender, started) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("ami-simulator".into()).spawn(move || {
        // Signals belong to the program's own threads.
        let _ = SigSet::all().thread_block();
        runtime.block_on(async {
            let (running, ended) = oneshot::channel();
            let result = simulator::Simulator::start(options).await.map(|simulator| (simulator, running));
            let _ = sender.send(result);
            let _ = ended.await;
        });
    })?;
    let result = wait(py, started)?.map_err(|_| PyRuntimeError::new_err("the simulated gateway's thread died"))?;
    Ok(result?)
}

fn duration(what: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|error| PyValueError::new_err(format!("the {what}: {error}")))
}

/// What a name stands for: an outcome, a model.
fn named<T: FromStr<Err = String>>(name: &str) -> PyResult<T> {
    name.parse().map_err(PyValueError::new_err)
}

/// An SMS that was to be sent: span, destination, text, id, whether the command waited, outcome.
type Sent = (u32, String, String, Option<String>, bool, &'static str);

/// A simulated GSM gateway. libami.simulator.Simulator is the one to use.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct Simulator {
    gateway: Arc<Gateway>,
}

impl Simulator {
    /// Runs detached, as the gateway may wait for the interpreter to hand out a line of the transcript.
    fn with<T: Send>(&self, py: Python<'_>, run: impl FnOnce(&simulator::Simulator) -> T + Send) -> PyResult<T> {
        let gone = || PyRuntimeError::new_err("the simulated gateway belongs to the parent process");
        let simulator = self.gateway.simulator().ok_or_else(gone)?;
        Ok(py.detach(|| run(simulator)))
    }
}

#[pymethods]
impl Simulator {
    #[new]
    #[pyo3(signature = (*, port, username, secret, spans, read, write, numbers, second, transcript))]
    #[expect(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        port: u16,
        username: String,
        secret: String,
        spans: u32,
        read: String,
        write: String,
        numbers: Vec<String>,
        second: f64,
        transcript: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Simulator> {
        let transcript = transcript.as_ref().map(Callback::new).transpose()?.map(|callback| {
            let tell = move |line: &TranscriptLine| {
                let speaker = if line.speaker == Speaker::Client { "client" } else { "gateway" };
                attach(|py| callback.call(py, Ok((line.session, speaker, &line.text))));
            };
            Arc::new(tell) as simulator::Transcript
        });
        let second = duration("second", second)?;
        let options =
            Options { port, username, secret, spans, read, write, numbers, second, transcript, ..Options::default() };
        let gateway = Arc::new(Gateway { running: Some(start(py, options)?), pid: std::process::id() });
        let live: Weak<Gateway> = Arc::downgrade(&gateway);
        interpreter::register(py, live)?;
        Ok(Simulator { gateway })
    }

    #[getter]
    fn port(&self, py: Python<'_>) -> PyResult<u16> {
        self.with(py, simulator::Simulator::port)
    }

    #[getter]
    fn sessions(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, simulator::Simulator::sessions)
    }

    fn sent(&self, py: Python<'_>) -> PyResult<Vec<Sent>> {
        let sent = self.with(py, simulator::Simulator::sent)?;
        Ok(sent
            .into_iter()
            .map(|sms| (sms.span, sms.destination, sms.text, sms.id, sms.sync, sms.outcome.name()))
            .collect())
    }

    fn deliver_sms(&self, py: Python<'_>, span: u32, sender: &str, text: &str, time: &str) -> PyResult<usize> {
        self.with(py, |simulator| simulator.deliver_sms(span, sender, text, time))
    }

    fn set_outcome(&self, py: Python<'_>, span: u32, outcome: &str) -> PyResult<()> {
        let outcome = named(outcome)?;
        self.with(py, |simulator| simulator.set_outcome(span, outcome))
    }

    fn set_latency(&self, py: Python<'_>, span: u32, seconds: f64) -> PyResult<()> {
        let latency = duration("latency", seconds)?;
        self.with(py, |simulator| simulator.set_latency(span, latency))
    }

    fn set_ussd(&self, py: Python<'_>, code: &str, text: &str, menu: bool, outcome: &str) -> PyResult<()> {
        let reply = match outcome {
            "sent" if menu => UssdReply::menu(text),
            "sent" => UssdReply::text(text),
            "failed" => UssdReply::Failed,
            "busy" => UssdReply::Busy,
            "timeout" => UssdReply::TimedOut,
            _ => {
                let message = format!("no USSD code ends {outcome:?}; use sent, failed, busy or timeout");
                return Err(PyValueError::new_err(message));
            }
        };
        self.with(py, |simulator| simulator.set_ussd(code, reply))
    }

    fn emit(&self, py: Python<'_>, event_class: &str, frame: &[u8]) -> PyResult<usize> {
        self.with(py, |simulator| simulator.emit(event_class, frame))
    }

    fn disconnect_all(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, simulator::Simulator::disconnect_all)
    }

    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, simulator::Simulator::stop)?;
        match self.gateway.simulator() {
            Some(simulator) => wait(py, simulator.closed()),
            None => Ok(()),
        }
    }
}
