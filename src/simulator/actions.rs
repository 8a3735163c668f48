//! The actions of every Asterisk, and who may use them.

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

/// The actions that every Asterisk knows.
pub(super) fn core() -> impl Iterator<Item = Action> {
    CORE.iter().map(|(name, synopsis, classes)| Action { name: (*name).to_owned(), synopsis, classes })
}
