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
const CORE: [(&str, &str, &str); 27] = [
    ("WaitEvent", "Wait for an event to occur", ""),
    ("DBDelTree", "", "system"),
    ("DBDel", "", "system"),
    ("DBPut", "", "system"),
    ("DBGet", "", "system,reporting"),
    ("CoreShowChannels", "", "system,reporting"),
    ("CoreStatus", "Show PBX core status variables", "system,reporting"),
    ("CoreSettings", "Show PBX core settings (version etc)", "system,reporting"),
    ("UserEvent", "Send an arbitrary event", "user"),
    ("SendText", "", "call"),
    ("ListCommands", "List available manager commands", ""),
    ("MailboxCount", "", "call,reporting"),
    ("MailboxStatus", "", "call,reporting"),
    ("AbsoluteTimeout", "", "system,call"),
    ("ExtensionState", "", "call,reporting"),
    ("Command", "Execute Asterisk CLI Command", "command"),
    ("Atxfer", "", "call"),
    ("Redirect", "", "call"),
    ("Status", "", "system,call,reporting"),
    ("Getvar", "", "call,reporting"),
    ("Setvar", "", "call"),
    ("Ping", "Keepalive command", ""),
    ("Hangup", "", "system,call"),
    ("Challenge", "Generate Challenge for MD5 Auth", ""),
    ("Login", "Login Manager", ""),
    ("Logoff", "Logoff Manager", ""),
    ("Events", "Control Event Flow", ""),
];

/// Whether the driver has it, and not the core.
pub(super) fn is_drivers(shared: &Shared, action: &str) -> bool {
    let title = shared.options.model.title();
    shared.options.model.family() == Family::Dongle
        && action.get(..title.len()).is_some_and(|start| start.eq_ignore_ascii_case(title))
}

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
