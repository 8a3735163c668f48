//! The simulated gateway.

use std::str::FromStr;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::callback::Callback;
use super::interpreter::{self, Live, attach};
use super::parking::park_at_exit;
use super::wait::{detach, wait};
use crate::blocking;
use crate::simulator::{
    self, Concatenation, Incoming, Options, Report, SimulatorThread, SpanState, Speaker, TranscriptLine, UssdMenu,
    UssdReply, Yeastar,
};

impl Live for SimulatorThread {
    fn stop(&self, timeout: Duration) -> bool {
        self.simulator().is_none_or(|simulator| {
            simulator.stop();
            blocking::wait(simulator.closed(), Some(Instant::now() + timeout)).is_some()
        })
    }
}

fn duration(what: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|error| PyValueError::new_err(format!("the {what}: {error}")))
}

/// The value that a name stands for: an outcome, a model.
fn named<T: FromStr<Err = String>>(name: &str) -> PyResult<T> {
    name.parse().map_err(PyValueError::new_err)
}

/// Reference, number of parts and sequence number of a part.
type Place = Option<(u16, u8, u8)>;

/// An SMS that was to be sent: span, destination, text, id, whether the command waited, outcome, command; and parts,
/// place, whether it is to flash, whether a report is wanted, validity, PDU.
type Sent = (
    (u32, String, String, Option<String>, bool, &'static str, String),
    (usize, Place, bool, bool, Option<u32>, Option<String>),
);

/// A message that the network took: which SMS it belongs to, span, destination, text, place, whether it is to flash,
/// span that it came in at.
type Aired = (usize, u32, String, String, Place, bool, Option<u32>);

/// The answers of status commands: power, SIM card, registration, signal, bit errors, network.
type State = (bool, String, String, u8, i8, String);

fn place(concatenation: Option<Concatenation>) -> Place {
    concatenation.map(|place| (place.reference, place.total, place.sequence))
}

/// A menu as the package hands it over: a text, and answers with what they lead to.
fn menu(given: &Bound<'_, PyAny>) -> PyResult<UssdMenu> {
    let (text, choices): (String, Vec<(String, Bound<'_, PyAny>)>) = given.extract()?;
    choices.iter().try_fold(UssdMenu::new(text), |whole, (answer, next)| Ok(whole.choice(answer, menu(next)?)))
}

/// A simulated GSM gateway. libami.simulator.Simulator is the one to use.
#[pyclass(frozen, module = "libami._native")]
pub(super) struct Simulator {
    gateway: Arc<SimulatorThread>,
}

impl Simulator {
    /// Runs detached, as the gateway may wait for the interpreter to hand out a line of the transcript.
    fn with<T: Send>(&self, py: Python<'_>, run: impl FnOnce(&simulator::Simulator) -> T + Send) -> PyResult<T> {
        park_at_exit();
        let gone = || PyRuntimeError::new_err("the simulated gateway belongs to the parent process");
        let simulator = self.gateway.simulator().ok_or_else(gone)?;
        Ok(detach(py, || run(simulator)))
    }
}

#[pymethods]
impl Simulator {
    #[new]
    #[pyo3(signature = (
        *, model, core, yeastar, bg111, dongle_2019, send_results, seed, port, username, secret, spans, read, write, smsc, numbers,
        second, login_failure_delay, auth_timeout, auth_limit, allow_multiple_login, transcript
    ))]
    #[expect(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        model: &str,
        core: Option<&str>,
        yeastar: (bool, bool, bool, bool),
        bg111: bool,
        dongle_2019: bool,
        send_results: bool,
        seed: u64,
        port: u16,
        username: String,
        secret: String,
        spans: u32,
        read: String,
        write: String,
        smsc: String,
        numbers: Vec<String>,
        second: f64,
        login_failure_delay: f64,
        auth_timeout: f64,
        auth_limit: usize,
        allow_multiple_login: bool,
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
        let (gsm_port, index_from_one, byte_order_mark, older_ussd) = yeastar;
        let options = Options {
            model: named(model)?,
            core: core.map(named).transpose()?,
            yeastar: Yeastar { gsm_port, index_from_one, byte_order_mark, older_ussd },
            bg111,
            dongle_2019,
            send_results,
            seed,
            port,
            username,
            secret,
            spans,
            read,
            write,
            smsc,
            numbers,
            second,
            login_failure_delay: duration("login_failure_delay", login_failure_delay)?,
            auth_timeout: duration("auth_timeout", auth_timeout)?,
            auth_limit,
            allow_multiple_login,
            transcript,
            ..Options::default()
        };
        let gateway = Arc::new(detach(py, || SimulatorThread::start(options))?);
        let live: Weak<SimulatorThread> = Arc::downgrade(&gateway);
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
        let sent = sent.into_iter().map(|sms| {
            (
                (sms.span, sms.destination, sms.text, sms.id, sms.sync, sms.outcome.name(), sms.command),
                (sms.parts, place(sms.concatenation), sms.flash, sms.report, sms.validity, sms.pdu),
            )
        });
        Ok(sent.collect())
    }

    fn aired(&self, py: Python<'_>) -> PyResult<Vec<Aired>> {
        let aired = self.with(py, simulator::Simulator::aired)?.into_iter().map(|sms| {
            (sms.sms, sms.span, sms.destination, sms.text, place(sms.concatenation), sms.flash, sms.arrived)
        });
        Ok(aired.collect())
    }

    #[getter]
    fn spans(&self, py: Python<'_>) -> PyResult<(u32, u32)> {
        self.with(py, |simulator| simulator.spans().into_inner())
    }

    #[expect(clippy::too_many_arguments)]
    fn deliver_sms(
        &self,
        py: Python<'_>,
        span: u32,
        sender: String,
        text: String,
        time: String,
        parts: Vec<usize>,
        coding: &str,
        flash: bool,
        text_mode: bool,
        without_variables: bool,
        pdu: Option<String>,
        base64_first: bool,
    ) -> PyResult<usize> {
        let coding = named(coding)?;
        let message =
            Incoming { sender, text, time, parts, coding, flash, text_mode, without_variables, pdu, base64_first };
        self.with(py, |simulator| simulator.deliver(span, &message))
    }

    fn deliver_ussd(&self, py: Python<'_>, span: u32, text: &str, responses: u8) -> PyResult<usize> {
        self.with(py, |simulator| simulator.deliver_ussd(span, text, responses))
    }

    #[expect(clippy::too_many_arguments)]
    fn deliver_report(
        &self,
        py: Python<'_>,
        span: u32,
        payload: String,
        sent: String,
        delivered: String,
        success: bool,
        kind: u8,
        codes: Vec<u8>,
    ) -> PyResult<usize> {
        let report = Report { payload, sent, delivered, success, kind, codes };
        self.with(py, |simulator| simulator.deliver_report(span, &report))
    }

    fn set_outcome(&self, py: Python<'_>, span: u32, outcome: &str) -> PyResult<()> {
        let outcome = named(outcome)?;
        self.with(py, |simulator| simulator.set_outcome(span, outcome))
    }

    fn next_outcomes(&self, py: Python<'_>, span: u32, outcomes: Vec<String>) -> PyResult<()> {
        let outcomes: Vec<_> = outcomes.iter().map(|outcome| named(outcome)).collect::<PyResult<_>>()?;
        self.with(py, |simulator| simulator.next_outcomes(span, outcomes))
    }

    fn set_rates(&self, py: Python<'_>, span: u32, rates: Vec<(String, f64)>) -> PyResult<()> {
        let rates: Vec<_> = rates.iter().map(|(name, rate)| Ok((named(name)?, *rate))).collect::<PyResult<_>>()?;
        self.with(py, |simulator| simulator.set_rates(span, &rates))
    }

    fn set_latency(&self, py: Python<'_>, span: u32, shortest: f64, longest: f64) -> PyResult<()> {
        let (shortest, longest) = (duration("latency", shortest)?, duration("latency", longest)?);
        self.with(py, |simulator| simulator.set_latency_range(span, shortest, longest))
    }

    fn set_state(&self, py: Python<'_>, span: u32, state: State) -> PyResult<()> {
        let (power, sim, registration, signal, bit_errors, network) = state;
        let (sim, registration) = (named(&sim)?, named(&registration)?);
        let state = SpanState { power, sim, registration, signal, bit_errors, network };
        self.with(py, |simulator| simulator.set_state(span, state))
    }

    fn set_activity(&self, py: Python<'_>, span: u32, activity: &str) -> PyResult<()> {
        let activity = named(activity)?;
        self.with(py, |simulator| simulator.set_activity(span, activity))
    }

    fn state(&self, py: Python<'_>, span: u32) -> PyResult<Option<State>> {
        let state = self.with(py, |simulator| simulator.state(span))?;
        Ok(state.map(|SpanState { power, sim, registration, signal, bit_errors, network }| {
            (power, sim.to_string(), registration.to_string(), signal, bit_errors, network)
        }))
    }

    fn set_ussd_menu(&self, py: Python<'_>, code: &str, given: &Bound<'_, PyAny>) -> PyResult<()> {
        let menu = menu(given)?;
        self.with(py, |simulator| simulator.set_ussd_menu(code, menu))
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
