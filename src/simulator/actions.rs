//! Which actions a model knows, and who may use them.

use super::Shared;
use super::model::Family;
use super::{dongle, yeastar};

/// An action that a model knows.
pub(super) struct Action {
    pub(super) name: String,
    pub(super) synopsis: &'static str,
    /// The classes of which one is needed; none: anybody may.
    pub(super) classes: &'static str,
}

/// Name, synopsis and classes of what every Asterisk knows.
const CORE: [(&str, &str, &str); 11] = [
    ("WaitEvent", "Wait for an event to occur", ""),
    ("CoreStatus", "Show PBX core status variables", "system,reporting"),
    ("CoreSettings", "Show PBX core settings (version etc)", "system,reporting"),
    ("UserEvent", "Send an arbitrary event", "user"),
    ("ListCommands", "List available manager commands", ""),
    ("Command", "Execute Asterisk CLI Command", "command"),
    ("Ping", "Keepalive command", ""),
    ("Challenge", "Generate Challenge for MD5 Auth", ""),
    ("Login", "Login Manager", ""),
    ("Logoff", "Logoff Manager", ""),
    ("Events", "Control Event Flow", ""),
];

/// All that the model knows.
pub(super) fn known(shared: &Shared) -> Vec<Action> {
    let model = shared.options.model;
    let core = CORE.iter().map(|(name, synopsis, classes)| ((*name).to_owned(), *synopsis, *classes));
    let all: Vec<_> = match model.family() {
        Family::Extra => core.collect(),
        // Of commands it has those for SMS only.
        Family::Yeastar => core.filter(|(name, ..)| name != "Command").chain([yeastar::action()]).collect(),
        Family::Dongle => {
            let own = dongle::ACTIONS.iter().filter(|(name, ..)| *name != "SendPDU" || shared.is_older_dongle());
            let title = model.title();
            core.chain(own.map(|(name, synopsis, classes)| (format!("{title}{name}"), *synopsis, *classes))).collect()
        }
    };
    all.into_iter().map(|(name, synopsis, classes)| Action { name, synopsis, classes }).collect()
}
