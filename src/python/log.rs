//! The library's log, on its way to `logging`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use pyo3::prelude::*;
use tracing::Level;
use tracing::level_filters::LevelFilter;

use super::exception::own;
use super::interpreter::{Live, attach, is_ending, logging, register};
use super::wait::{SLICE, detach};
use crate::blocking::log::{Former, LONGEST_WAIT, Line, Sink, off, set, still_busy};
use crate::lock::lock;

#[derive(Default)]
struct Loggers {
    /// By the part of the library that they are for.
    by_target: HashMap<&'static str, Py<PyAny>>,
    /// The exit has interrupted a handler.
    is_over: bool,
}

impl Loggers {
    fn get<'py>(&mut self, py: Python<'py>, target: &'static str) -> PyResult<Bound<'py, PyAny>> {
        if let Some(logger) = self.by_target.get(target) {
            return Ok(logger.bind(py).clone());
        }
        // `ami::client` is `libami.client` in Python.
        let name = format!("lib{}", target.replace("::", "."));
        let logger = logging(py)?.call_method1("getLogger", (name,))?;
        self.by_target.insert(target, logger.clone().unbind());
        Ok(logger)
    }

    fn log(&mut self, py: Python<'_>, line: &Line) -> PyResult<()> {
        let level = match line.level {
            Level::ERROR => 40,
            Level::WARN => 30,
            Level::INFO => 20,
            _ => 10,
        };
        let logger = self.get(py, line.target)?;
        if !logger.call_method1("isEnabledFor", (level,))?.is_truthy()? {
            return Ok(());
        }
        let name = logger.getattr("name")?;
        let record = logger.call_method1("makeRecord", (name, level, "libami", 0, &line.message, (), py.None()))?;
        // The time at which it happened, and not that at which it came here.
        let created = line.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        record.setattr("created", created.as_secs_f64())?;
        record.setattr("msecs", f64::from(created.subsec_millis()))?;
        logger.call_method1("handle", (record,))?;
        Ok(())
    }
}

impl Sink for Loggers {
    fn take(&mut self, lines: Vec<Line>) {
        attach(|py| {
            for line in &lines {
                // The next line would be stuck there too.
                if self.is_over {
                    return;
                }
                if let Err(error) = self.log(py, line) {
                    error.write_unraisable(py, None);
                    self.is_over = is_ending();
                }
            }
        });
    }
}

impl Drop for Loggers {
    fn drop(&mut self) {
        let loggers = std::mem::take(&mut self.by_target);
        attach(|_| drop(loggers));
    }
}

/// The log of the interpreter's last days, and what it was replaced by.
#[derive(Default)]
struct Logging(OnceLock<Former>);

impl Live for Logging {
    fn stop(&self, timeout: Duration) -> bool {
        self.0.get_or_init(off).wait(timeout)
    }
}

/// Waits until the sink before has gone, as long as the program lets it.
fn wait(py: Python<'_>, former: &Former) -> PyResult<()> {
    let deadline = Instant::now() + LONGEST_WAIT;
    // Its thread comes to the interpreter, so nobody may keep that meanwhile.
    while !detach(py, || former.wait(SLICE)) {
        py.check_signals()?;
        if Instant::now() >= deadline {
            let error = still_busy();
            return Err(own(py, error.kind(), error.message()));
        }
    }
    Ok(())
}

/// Keeps what is stopped at exit.
static LIVE: Mutex<Option<Arc<dyn Live>>> = Mutex::new(None);

/// Has the library log to `logging` from a level of that on; 0 turns it off.
#[pyfunction]
#[pyo3(signature = (level, /))]
pub(super) fn set_log_level(py: Python<'_>, level: i32) -> PyResult<()> {
    let filter = match level {
        ..=0 => return wait(py, &off()),
        1..=10 => LevelFilter::DEBUG,
        11..=20 => LevelFilter::INFO,
        21..=30 => LevelFilter::WARN,
        _ => LevelFilter::ERROR,
    };
    logging(py)?;
    let live: Arc<dyn Live> = Arc::new(Logging::default());
    register(py, Arc::downgrade(&live))?;
    *lock(&LIVE) = Some(live);
    let former = set(filter, || Box::new(Loggers::default()));
    wait(py, &former.map_err(|error| own(py, error.kind(), error.message()))?)
}
