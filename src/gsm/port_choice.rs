//! The port for a message whose sender leaves it open.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::address::Address;
use super::config::GatewayConfig;
use super::ports::PortStatus;
use super::request::Port;
use super::resting::Place;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::lock;

/// The states of ports that the gateway told are used for so long.
const FRESH: Duration = Duration::from_secs(10);
/// A port that has failed comes after the others for so long, or until it sends again.
const FAILED: Duration = Duration::from_secs(60);

/// The ports of a gateway, as far as they matter for the choice of one.
#[derive(Default)]
pub(super) struct PortChoice {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// The time of the gateway's answer.
    asked: Option<Instant>,
    ports: Vec<KnownPort>,
    /// Counts the choices.
    turn: u64,
}

struct KnownPort {
    port: Port,
    place: Place,
    is_ready: bool,
    failed: Option<Instant>,
    /// The last turn in which it was chosen.
    chosen: u64,
}

impl KnownPort {
    /// Comes after all ports for which this is false.
    fn is_last(&self) -> bool {
        self.failed.is_some_and(|since| since.elapsed() < FAILED) || self.place.rests()
    }
}

impl PortChoice {
    /// The ready port with the shortest queue, by what the gateway told a short time ago; `None` if it has to be asked. Of
    /// ports with equal queues the one comes first that was not chosen for the longest time. A port that has failed, or rests,
    /// comes after all others.
    pub fn choose(&self, queue: impl Fn(&Port) -> usize) -> Option<Port> {
        let mut known = lock(&self.known);
        known.asked.filter(|asked| asked.elapsed() < FRESH)?;
        known.turn += 1;
        let turn = known.turn;
        let ready = known.ports.iter_mut().filter(|port| port.is_ready);
        let chosen = ready.min_by_key(|port| (port.is_last(), queue(&port.port), port.chosen))?;
        chosen.chosen = turn;
        Some(chosen.port.clone())
    }

    /// The gateway told its ports.
    ///
    /// # Errors
    /// None of them is ready, or there are none.
    pub fn told(&self, config: &GatewayConfig, ports: &[PortStatus]) -> Result<()> {
        let mut known = lock(&self.known);
        let before = std::mem::take(&mut known.ports);
        known.asked = Some(Instant::now());
        known.ports = ports
            .iter()
            .map(|status| {
                let port = status.port();
                let (failed, chosen) = before
                    .iter()
                    .find(|known| known.port == *port)
                    .map_or((None, 0), |known| (known.failed, known.chosen));
                KnownPort {
                    port: port.clone(),
                    place: Place::new(Address::of(&config.client), port, config.port_cooldown),
                    is_ready: status.is_up(),
                    failed,
                    chosen,
                }
            })
            .collect();
        if known.ports.iter().any(|port| port.is_ready) {
            return Ok(());
        }
        let Some(first) = ports.first() else {
            return Err(Error::new(ErrorKind::Unsupported, "the gateway shows no ports; name the port of the SMS"));
        };
        let text = format!(
            "none of the gateway's {} ports is ready to send (port {}: {:?}); nothing was sent: look at the ports' states, \
             or name the port of the SMS",
            ports.len(),
            first.port(),
            first.peer_text()
        );
        Err(Error::new(ErrorKind::SmsFailed, text))
    }

    /// A message has gone through the port, or has not.
    pub fn note(&self, port: &Port, is_good: bool) {
        let mut known = lock(&self.known);
        if let Some(known) = known.ports.iter_mut().find(|known| known.port == *port) {
            known.failed = (!is_good).then(Instant::now);
        }
    }
}

/// Says which port to name, where the gateway did not tell its ports.
pub(super) fn untold(error: Error) -> Error {
    let kind = match error.kind() {
        ErrorKind::Action | ErrorKind::Command => ErrorKind::Unsupported,
        ErrorKind::Permission => ErrorKind::Permission,
        _ => return error,
    };
    let text = format!("the gateway does not tell its ports, so name the port of the SMS; nothing was sent ({error})");
    let told = Error::new(kind, text);
    match error.peer_message() {
        Some(words) => told.with_peer_message(words),
        None => told,
    }
}
