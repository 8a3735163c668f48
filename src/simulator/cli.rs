//! The command line behind the actions `Command` and `smscommand`: finding the command and its arguments.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::model::Family;
use super::radio::Radio;
use super::{Shared, clock, core, dongle, extra, yeastar};

const MAX_ARGUMENTS: usize = 64;

/// A command that a gateway knows.
pub(super) struct Entry {
    /// With `gsm` or `dongle` for the first word, whatever the model calls it.
    pub(super) words: &'static str,
    /// What the usage text says behind the words.
    pub(super) arguments: &'static str,
    pub(super) about: &'static str,
    pub(super) command: Command,
}

#[derive(Clone, Copy)]
pub(super) enum Command {
    Help,
    Version,
    Uptime,
    Channels,
    Extra(extra::Command),
    Yeastar(yeastar::Command),
    Dongle(dongle::Command),
}

const CORE: [Entry; 4] = [
    Entry {
        words: "core show help",
        arguments: "[topic]",
        about: "When called with a topic as an argument, displays usage information on the given command.",
        command: Command::Help,
    },
    Entry {
        words: "core show version",
        arguments: "",
        about: "Shows Asterisk version information.",
        command: Command::Version,
    },
    Entry {
        words: "core show uptime",
        arguments: "[seconds]",
        about: "Shows Asterisk uptime information.\n       The seconds word returns the uptime in seconds only.",
        command: Command::Uptime,
    },
    Entry {
        words: "core show channels",
        arguments: "[concise|verbose|count]",
        about: "Lists the channels that there are.",
        command: Command::Channels,
    },
];

/// First words that a gateway knows from commands which are not simulated; they show in `No such command`.
const OTHER_WORDS: [&str; 1] = ["no"];

/// Why a command is refused.
pub(super) enum Refusal {
    /// The usage text is printed.
    Usage,
    /// This is printed, and that the command failed.
    Failed(String),
}

/// What a command prints.
pub(super) type Printed = Result<String, Refusal>;

/// A command that is being run.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Arc<Shared>,
    /// The words of the command as the model spells them.
    pub(super) words: String,
    pub(super) arguments: &'a [Vec<u8>],
    pub(super) action_id: &'a [u8],
}

impl<'a> Call<'a> {
    /// The port that an argument names, or what is printed instead.
    pub(super) fn span(&self, argument: &[u8]) -> Result<(u32, &'a Radio), Refusal> {
        let number = integer(argument).unwrap_or(0);
        let found = u32::try_from(number).ok().and_then(|span| Some((span, self.shared.radio(span)?)));
        found.ok_or_else(|| {
            let spans = self.shared.spans();
            let (first, last) = (spans.start(), spans.end());
            Refusal::Failed(format!("Invalid span '{number}'.  Should be a number from {first} to {last}\n"))
        })
    }
}

/// What a command line printed, and whether the command did what was asked.
pub(super) struct Output {
    pub(super) text: Vec<u8>,
    pub(super) success: bool,
}

/// Runs a command line.
pub(super) async fn run(shared: Arc<Shared>, line: Vec<u8>, action_id: Vec<u8>) -> Output {
    let words = split(&line);
    if words.is_empty() {
        return Output { text: Vec::new(), success: true };
    }
    let Some((entry, arguments)) = find(&shared, &words) else {
        let text = [
            b"No such command '",
            &*line,
            b"' (type 'core show help ",
            &nearest(&shared, &words),
            b"' for other possible commands)\n",
        ]
        .concat();
        return Output { text, success: false };
    };
    let call = Call { shared: &shared, words: entry.spelled(&shared), arguments, action_id: &action_id };
    let printed = match entry.command {
        Command::Help => help(&call),
        Command::Version => version(&call),
        Command::Uptime => uptime(&call),
        Command::Channels => channels(&call),
        Command::Extra(command) => extra::run(command, &call).await,
        Command::Yeastar(command) => yeastar::run(command, &call).await,
        Command::Dongle(command) => dongle::run(command, &call),
    };
    match printed {
        Ok(text) => Output { text: text.into_bytes(), success: true },
        Err(Refusal::Usage) => Output { text: entry.usage(&shared).into_bytes(), success: false },
        Err(Refusal::Failed(text)) => {
            let text = [text.as_bytes(), b"Command '", &line, b"' failed.\n"].concat();
            Output { text, success: false }
        }
    }
}

fn entries(shared: &Shared) -> impl Iterator<Item = &'static Entry> {
    let model = shared.options.model;
    let (core, own): (&[Entry], &[Entry]) = match model.family() {
        Family::Extra => (&CORE, extra::commands(model)),
        Family::Yeastar => (&[], &yeastar::COMMANDS),
        Family::Dongle => (&CORE, &dongle::COMMANDS),
    };
    own.iter().chain(core)
}

impl Entry {
    /// The words as the model spells them.
    fn spelled(&self, shared: &Shared) -> String {
        match self.words.split_once(' ') {
            Some(("gsm" | "dongle", rest)) => format!("{} {rest}", shared.options.model.word()),
            _ => self.words.to_owned(),
        }
    }

    /// What is printed when the arguments are wrong (known word for word of `sync sms`).
    fn usage(&self, shared: &Shared) -> String {
        let blank = if self.arguments.is_empty() { "" } else { " " };
        format!("Usage: {}{blank}{}{blank}\n       {}\n", self.spelled(shared), self.arguments, self.about)
    }
}

/// The command that a line begins with, and the arguments behind it.
fn find<'a>(shared: &Shared, line: &'a [Vec<u8>]) -> Option<(&'static Entry, &'a [Vec<u8>])> {
    entries(shared).find_map(|entry| {
        let words = entry.spelled(shared);
        starts_with(line, &words).then(|| (entry, &line[words.split(' ').count()..]))
    })
}

/// Splits a line into arguments at blanks and tabs. A quote starts or ends a stretch in which those count as text,
/// a backslash makes any next byte text, and a quote that is left open ends with the line.
fn split(line: &[u8]) -> Vec<Vec<u8>> {
    let mut arguments = Vec::new();
    let mut current: Option<Vec<u8>> = None;
    let mut quoted = false;
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                quoted = !quoted;
                current.get_or_insert_default();
            }
            b' ' | b'\t' if !quoted => arguments.extend(current.take()),
            b'\\' => current.get_or_insert_default().extend(bytes.next()),
            _ => current.get_or_insert_default().push(byte),
        }
    }
    arguments.extend(current);
    arguments.truncate(MAX_ARGUMENTS);
    arguments
}

fn starts_with(arguments: &[Vec<u8>], words: &str) -> bool {
    let mut arguments = arguments.iter();
    words.split(' ').all(|word| arguments.next().is_some_and(|argument| argument.eq_ignore_ascii_case(word.as_bytes())))
}

/// The arguments up to the first that no command has at its place.
fn nearest(shared: &Shared, arguments: &[Vec<u8>]) -> Vec<u8> {
    let known = |count: usize| {
        let begins = |words: &str| {
            let start: Vec<&str> = words.split(' ').take(count).collect();
            start.len() == count && starts_with(arguments, &start.join(" "))
        };
        entries(shared).any(|entry| begins(&entry.spelled(shared))) || OTHER_WORDS.iter().any(|word| begins(word))
    };
    let count = (1..=arguments.len()).find(|count| !known(*count)).unwrap_or(arguments.len());
    arguments[..count].join(&b' ')
}

/// The number at the start of an argument, if there is one.
pub(super) fn integer(argument: &[u8]) -> Option<i64> {
    let text = argument.trim_ascii_start();
    let sign = usize::from(text.starts_with(b"-") || text.starts_with(b"+"));
    let digits = text[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..sign + digits]).ok()?.parse().ok()
}

/// An argument as text; bytes that are not UTF-8 are replaced.
pub(super) fn text(argument: &[u8]) -> String {
    String::from_utf8_lossy(argument).into_owned()
}

/// The usage of one command, or a list of those that begin with the words.
fn help(call: &Call<'_>) -> Printed {
    let shared = call.shared;
    if let Some((entry, [])) = find(shared, call.arguments) {
        return Ok(entry.usage(shared));
    }
    let topic = text(&call.arguments.join(&b' '));
    let begins = |words: &str| {
        let mut words = words.split(' ');
        call.arguments
            .iter()
            .all(|argument| words.next().is_some_and(|word| argument.eq_ignore_ascii_case(word.as_bytes())))
    };
    let list: String = entries(shared)
        .map(|entry| (entry.spelled(shared), entry.about))
        .filter(|(words, _)| begins(words))
        .map(|(words, about)| format!("{words:>30.30} {about}\n"))
        .collect();
    Ok(if list.is_empty() { format!("No such command '{topic}'.\n") } else { list })
}

fn version(call: &Call<'_>) -> Printed {
    if !call.arguments.is_empty() {
        return Err(Refusal::Usage);
    }
    let (date, time) = clock::date_and_time(call.shared.started, 0, '-');
    let version = call.shared.core().version();
    let machine = if call.shared.options.model.family() == Family::Dongle { "x86_64" } else { "blackfin" };
    Ok(format!("Asterisk {version} built by root @ simulator on a {machine} running Linux on {date} {time} UTC\n"))
}

fn uptime(call: &Call<'_>) -> Printed {
    let elapsed = call.shared.started.elapsed().unwrap_or_default();
    let time = match call.arguments {
        [] => core::uptime(elapsed),
        [word] if word.eq_ignore_ascii_case(b"seconds") => elapsed.as_secs().to_string(),
        _ => return Err(Refusal::Usage),
    };
    Ok(["System uptime", "Last reload"].map(|what| format!("{what}: {time}\n")).concat())
}

/// A message has a channel for a moment only, so there are none.
fn channels(call: &Call<'_>) -> Printed {
    let kind = match call.arguments {
        [] => String::new(),
        [kind] => text(kind).to_ascii_lowercase(),
        _ => return Err(Refusal::Usage),
    };
    let columns: &[(&str, usize)] = match kind.as_str() {
        "" => &[("Channel", 20), ("Location", 20), ("State", 7), ("Application(Data)", 30)],
        "concise" => return Ok(String::new()),
        "verbose" => &[
            ("Channel", 20),
            ("Context", 20),
            ("Extension", 16),
            ("Priority", 4),
            ("State", 7),
            ("Application", 12),
            ("Data", 25),
            ("CallerID", 15),
            ("Duration", 8),
            ("Accountcode", 11),
            ("PeerAccount", 11),
            ("BridgedTo", 20),
        ],
        "count" => &[],
        _ => return Err(Refusal::Usage),
    };
    let head: Vec<String> = columns.iter().map(|(name, width)| format!("{name:width$.width$}")).collect();
    let head = if head.is_empty() { String::new() } else { format!("{}\n", head.join(" ")) };
    let processed = call.shared.channels.load(Ordering::Relaxed);
    let calls = if processed == 1 { "call" } else { "calls" };
    Ok(format!("{head}0 active channels\n0 active calls\n{processed} {calls} processed\n"))
}
