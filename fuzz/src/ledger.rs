//! What was sent, held against what arrived.

use std::collections::HashMap;

use ami::gsm::Incoming;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A message that was sent did not arrive, and nothing was said of it.
    Gone,
    /// A message arrived more than once.
    Doubled,
    /// A message arrived from one who sent something else.
    Changed,
    /// Something arrived from one who sent nothing.
    Forged,
    /// Something was told as unreadable that was part of a text which can be read.
    Unreadable,
    /// An action ended without the answer that the server gave it.
    Action,
    /// The link ended.
    Link,
    /// A marker, or what only libami makes, came from the server.
    Marker,
    /// Something waits for a time that is past, or takes up more memory than it may.
    Stuck,
}

/// What went wrong, and with what.
pub type Faults = Vec<(Fault, String)>;

type Key = (String, String, String);

#[derive(Default)]
struct Entry {
    sent: usize,
    arrived: usize,
    honest: bool,
}

/// Keeps the account.
#[derive(Default)]
pub struct Ledger {
    entries: HashMap<Key, Entry>,
    /// The port of each sender.
    senders: HashMap<String, String>,
    /// Ports of what was told as unreadable, and why.
    unreadable: Vec<(String, String)>,
    pub faults: Faults,
}

impl Ledger {
    /// A message of this sender comes in. Nobody sends the same twice.
    pub fn sent(&mut self, port: &str, sender: &str, text: &str, honest: bool) {
        let entry = self.entries.entry((port.to_owned(), sender.to_owned(), text.to_owned())).or_default();
        entry.sent += 1;
        entry.honest = honest;
        self.senders.insert(sender.to_owned(), port.to_owned());
    }

    pub fn fault(&mut self, fault: Fault, words: impl Into<String>) {
        self.faults.push((fault, words.into()));
    }

    /// How many of those that were sent have not arrived and are not told as unreadable either.
    pub fn missing(&self) -> usize {
        let missing: usize = self.entries.values().map(|entry| entry.sent.saturating_sub(entry.arrived)).sum();
        missing.saturating_sub(self.unreadable.len())
    }

    /// Something has arrived.
    pub fn arrived(&mut self, incoming: &Incoming) {
        match incoming {
            Incoming::Sms(sms) => {
                let key = (sms.port().to_owned(), sms.sender().to_owned(), sms.text().to_owned());
                let shown = format!("port {:?}, sender {:?}, text {:?}", sms.port(), sms.sender(), sms.text());
                if !sms.missing().is_empty() {
                    self.fault(Fault::Changed, format!("{shown}, without the parts {:?}", sms.missing()));
                }
                match self.entries.get_mut(&key) {
                    Some(entry) if entry.arrived < entry.sent => entry.arrived += 1,
                    Some(_) => self.fault(Fault::Doubled, shown),
                    None if self.senders.contains_key(sms.sender()) => self.fault(Fault::Changed, shown),
                    None => self.fault(Fault::Forged, shown),
                }
            }
            Incoming::Unreadable(unreadable) => {
                self.unreadable.push((unreadable.port().to_owned(), unreadable.why().to_owned()));
            }
            // Nothing was sent that a report or a USSD text could be about.
            Incoming::Report(report) => self.fault(Fault::Forged, format!("a report of {:?}", report.id())),
            Incoming::Ussd(ussd) => self.fault(Fault::Forged, format!("a USSD text on {:?}", ussd.port())),
            _ => self.fault(Fault::Forged, "something unknown"),
        }
    }

    /// Nothing more will arrive. `tolerant`: a hostile text may be told as unreadable instead, and pieces of one as well.
    pub fn close(&mut self, tolerant: bool) {
        let mut unreadable = std::mem::take(&mut self.unreadable);
        let mut gone = Vec::new();
        for ((port, sender, text), entry) in &self.entries {
            for _ in entry.arrived..entry.sent {
                let said = unreadable.iter().position(|(other, _)| other == port || other.is_empty());
                match said.filter(|_| tolerant && !entry.honest) {
                    Some(at) => drop(unreadable.swap_remove(at)),
                    None => gone.push(format!("port {port:?}, sender {sender:?}, text {text:?}")),
                }
            }
        }
        self.faults.extend(gone.into_iter().map(|shown| (Fault::Gone, shown)));
        if !tolerant {
            let words = unreadable.into_iter().map(|(port, why)| (Fault::Unreadable, format!("port {port:?}: {why}")));
            self.faults.extend(words);
        }
        self.entries.clear();
    }
}

/// The faults by kind, with a few examples of each.
pub fn summary(faults: &[(Fault, String)]) -> String {
    let mut kinds: Vec<Fault> = faults.iter().map(|(fault, _)| *fault).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut text = String::new();
    for kind in kinds {
        let all: Vec<&String> = faults.iter().filter(|(fault, _)| *fault == kind).map(|(_, words)| words).collect();
        text += &format!("{kind:?}: {}\n", all.len());
        text.extend(all.iter().take(3).map(|words| format!("    {words}\n")));
    }
    text
}
