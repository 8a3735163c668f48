//! Calls that wait for what a gateway tells by events, and what they are told, in the order in which it came.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::mpsc;

use super::incoming::{Incoming, Report, Ussd};
use super::request::Port;
use crate::error::{Error, ErrorKind};
use crate::events::Broadcaster;
use crate::lock::lock;
use crate::protocol::Batch;

/// The number of messages that may wait for a call. It takes what comes at once, so this is reached only if somebody floods
/// the port.
const MOST: usize = 256;
/// The number of messages that are remembered of which the driver may still tell when nobody waits for it any more.
const OPEN: usize = 1024;

/// A word for a call that waits.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Report(Report),
    /// To this call alone: it waited for it.
    Ussd(Ussd),
    /// The driver has let go of the device, and of all that it had for it.
    Gone,
    /// The link is lost, and what it would have told. Another one may be made.
    Lost(Error),
    /// Nothing more will be told.
    Over(Error),
}

struct Waiting {
    number: u64,
    /// In lower case: drivers compare the names of ports without case.
    port: String,
    takes_ussd: bool,
    told: mpsc::Sender<Told>,
}

/// The calls that wait, each for its port.
#[derive(Default)]
pub(super) struct Desk(Mutex<Calls>);

#[derive(Default)]
struct Calls {
    next: u64,
    waiting: Vec<Waiting>,
    /// Ports and ids of messages that drivers still have, the oldest first. The ids are the drivers' own, and come again.
    open: VecDeque<(String, String)>,
    /// Why nothing more will be told.
    end: Option<Error>,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        lock(&self.0)
    }

    /// Waits for reports of a port, or of one that is not named, and for its USSD texts if they are wanted.
    pub fn wait(desk: &Arc<Desk>, hub: &Arc<Broadcaster>, port: &Port, takes_ussd: bool) -> Waiter {
        let (told, receiver) = mpsc::channel(MOST);
        let calls = &mut *desk.lock();
        match &calls.end {
            Some(end) => drop(told.try_send(Told::Over(end.clone()))),
            None => {
                let port = port.to_string().to_ascii_lowercase();
                calls.waiting.push(Waiting { number: calls.next, port, takes_ussd, told });
            }
        }
        let number = calls.next;
        calls.next += 1;
        Waiter { desk: Arc::clone(desk), hub: Arc::clone(hub), number, told: receiver }
    }

    /// Tells the calls that wait for it; returns what is for everybody else too.
    pub fn tell(&self, incoming: Incoming) -> Option<Incoming> {
        let calls = &mut *self.lock();
        match &incoming {
            Incoming::Report(report) if calls.is_open(report) => {}
            Incoming::Report(report) => {
                let is_its =
                    |call: &&Waiting| report.port().is_empty() || report.port().eq_ignore_ascii_case(&call.port);
                for call in calls.waiting.iter().filter(is_its) {
                    let _ = call.told.try_send(Told::Report(report.clone()));
                }
            }
            Incoming::Ussd(ussd) => {
                let is_its = |call: &&Waiting| call.takes_ussd && ussd.port().eq_ignore_ascii_case(&call.port);
                let call = calls.waiting.iter().find(is_its);
                if call.is_some_and(|call| call.told.try_send(Told::Ussd(ussd.clone())).is_ok()) {
                    return None;
                }
            }
            _ => {}
        }
        Some(incoming)
    }

    /// The driver has let go of a device.
    pub fn gone(&self, port: &str) {
        let calls = &mut *self.lock();
        calls.open.retain(|(other, _)| !other.eq_ignore_ascii_case(port));
        for call in calls.waiting.iter().filter(|call| call.port.eq_ignore_ascii_case(port)) {
            let _ = call.told.try_send(Told::Gone);
        }
    }

    /// The link is lost; there may be another one later.
    pub fn lost(&self, cause: &Error) {
        let calls = &mut *self.lock();
        calls.open.clear();
        for call in &calls.waiting {
            let _ = call.told.try_send(Told::Lost(cause.clone()));
        }
    }

    /// Nothing more will be told.
    pub fn end(&self, cause: &Error) {
        let calls = &mut *self.lock();
        for call in calls.waiting.drain(..) {
            let _ = call.told.try_send(Told::Over(cause.clone()));
        }
        calls.end.get_or_insert_with(|| cause.clone());
    }
}

impl Calls {
    /// Takes note of a report of a message for which nobody waits any more, and says whether it is one. A driver does not use the
    /// id for another message before.
    fn is_open(&mut self, report: &Report) -> bool {
        let is_its =
            |(port, id): &(String, String)| report.port().eq_ignore_ascii_case(port) && report.id() == Some(&**id);
        self.open.iter().position(is_its).and_then(|at| self.open.remove(at)).is_some()
    }
}

/// A call that waits. Dropping it ends that, and hands on the USSD texts that it did not take.
pub(super) struct Waiter {
    desk: Arc<Desk>,
    hub: Arc<Broadcaster>,
    number: u64,
    told: mpsc::Receiver<Told>,
}

impl Waiter {
    /// The next word; waits for it.
    pub async fn next(&mut self) -> Told {
        let stopped = || Told::Over(Error::new(ErrorKind::Disconnected, "nobody reads this gateway's events any more"));
        self.told.recv().await.unwrap_or_else(stopped)
    }

    /// Nobody waits any more for what becomes of the message with this id of the driver's own.
    pub fn leave_open(&self, port: &Port, id: &str) {
        let calls = &mut *self.desk.lock();
        if calls.open.len() == OPEN {
            calls.open.pop_front();
        }
        calls.open.push_back((port.to_string(), id.to_owned()));
    }

    /// Hands on a USSD text that is not for this call.
    pub fn pass_on(&self, ussd: Ussd) {
        self.hub.publish(&Batch::from(Incoming::Ussd(ussd).into_event()));
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.desk.lock().waiting.retain(|call| call.number != self.number);
        while let Ok(told) = self.told.try_recv() {
            if let Told::Ussd(ussd) = told {
                self.pass_on(ussd);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Filter, QueueLimits, Subscription};
    use crate::gsm::Outcome;

    fn ussd(port: &str) -> Incoming {
        Incoming::Ussd(Ussd { port: port.to_owned(), text: "Balance 10".to_owned(), ..Ussd::default() })
    }

    #[tokio::test]
    async fn desk_tells_each_call_of_its_port_alone() {
        let (hub, _last) = Broadcaster::watched(QueueLimits::default());
        let desk = Arc::default();
        let mut one = Desk::wait(&desk, &hub, &"dongle0".into(), false);
        let mut other = Desk::wait(&desk, &hub, &"Dongle1".into(), false);
        for (port, outcome) in [("dongle1", Outcome::Sent), ("DONGLE0", Outcome::Failed), ("", Outcome::Queued)] {
            let report = Incoming::Report(Report::new(port.to_owned(), outcome));
            assert!(desk.tell(report).is_some(), "it is for the inbox too");
        }
        desk.gone("dongle1");
        desk.lost(&Error::new(ErrorKind::Disconnected, "gone"));
        for (call, expected) in
            [(&mut one, vec!["Failed", "Queued", "lost"]), (&mut other, vec!["Sent", "Queued", "gone", "lost"])]
        {
            for expected in expected {
                let told = match call.next().await {
                    Told::Report(report) => format!("{:?}", report.outcome()),
                    Told::Gone => "gone".to_owned(),
                    Told::Lost(_) => "lost".to_owned(),
                    Told::Over(_) => "over".to_owned(),
                    Told::Ussd(_) => "ussd".to_owned(),
                };
                assert_eq!(told, expected);
            }
        }
    }

    /// The id is free for another message once the driver has told of the one that had it.
    #[tokio::test]
    async fn desk_does_not_give_a_late_report_to_the_next_message_with_the_same_id() {
        let (hub, _last) = Broadcaster::watched(QueueLimits::default());
        let (desk, port) = (Arc::default(), "dongle0".into());
        let told = |desk: &Arc<Desk>, port: &str, outcome| {
            let report = Report { id: Some("0x7f01".to_owned()), ..Report::new(port.to_owned(), outcome) };
            assert!(desk.tell(Incoming::Report(report)).is_some(), "it is for the inbox");
        };
        let mut call = Desk::wait(&desk, &hub, &port, false);
        call.leave_open(&port, "0x7f01");
        told(&desk, "dongle1", Outcome::Sent);
        told(&desk, "Dongle0", Outcome::Sent);
        told(&desk, "dongle0", Outcome::Failed);
        assert!(matches!(call.next().await, Told::Report(report) if report.outcome() == Outcome::Failed));
        // A driver that has let go of the device tells nothing more of what it had.
        call.leave_open(&port, "0x7f01");
        desk.gone("dongle0");
        told(&desk, "dongle0", Outcome::Sent);
        assert!(matches!(call.next().await, Told::Gone));
        assert!(matches!(call.next().await, Told::Report(report) if report.outcome() == Outcome::Sent));
    }

    #[tokio::test]
    async fn desk_tells_a_ussd_text_once() {
        let (hub, _last) = Broadcaster::watched(QueueLimits::default());
        let mut inbox = Subscription::new(&hub, Filter::all()).expect("open");
        let desk = Arc::default();
        assert!(desk_takes(&desk, "dongle0").is_none(), "nobody waits");
        let mut call = Desk::wait(&desk, &hub, &"dongle0".into(), true);
        assert!(desk_takes(&desk, "dongle1").is_none(), "it waits for another port");
        assert!(desk_takes(&desk, "Dongle0").is_some() && matches!(call.next().await, Told::Ussd(_)));
        // The call has its reply, and the inbox is to have the next one.
        assert!(desk_takes(&desk, "dongle0").is_some());
        drop(call);
        assert!(desk_takes(&desk, "dongle0").is_none());
        let event = inbox.try_next().expect("open").expect("an event");
        assert!(matches!(Incoming::from_event(&event), Some(Incoming::Ussd(_))));
        assert!(inbox.try_next().expect("open").is_none());
    }

    /// `Some` if a call has taken it.
    fn desk_takes(desk: &Arc<Desk>, port: &str) -> Option<()> {
        desk.tell(ussd(port)).is_none().then_some(())
    }

    #[tokio::test]
    async fn desk_tells_late_callers_of_the_end() {
        let (hub, _last) = Broadcaster::watched(QueueLimits::default());
        let desk = Arc::default();
        let mut before = Desk::wait(&desk, &hub, &"dongle0".into(), true);
        desk.end(&Error::closed());
        let mut after = Desk::wait(&desk, &hub, &"dongle0".into(), true);
        assert!(matches!(before.next().await, Told::Over(_)) && matches!(after.next().await, Told::Over(_)));
    }
}
