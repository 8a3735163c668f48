//! The command line behind the actions `Command` and `smscommand`: finding the command and its arguments.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::argument::text;
use super::gateway::{Call, Entry, Gateway, Printed, Refusal, Run};
use super::{clock, core};

const MAX_ARGUMENTS: usize = 64;

const CORE: [Entry; 4] = [
    Entry {
        words: "core show help",
        arguments: "[topic]",
        about: "When called with a topic as an argument, displays usage information on the given command.",
        run: Run::Immediate(help),
    },
    Entry {
        words: "core show version",
        arguments: "",
        about: "Shows Asterisk version information.",
        run: Run::Immediate(version),
    },
    Entry {
        words: "core show uptime",
        arguments: "[seconds]",
        about: "Shows Asterisk uptime information.\n       The seconds word returns the uptime in seconds only.",
        run: Run::Immediate(uptime),
    },
    Entry {
        words: "core show channels",
        arguments: "[concise|verbose|count]",
        about: "Lists the channels that there are.",
        run: Run::Immediate(channels),
    },
];

/// First words that a gateway knows from commands which are not simulated; they show in `No such command`.
const OTHER_WORDS: [&str; 1] = ["no"];

/// What a command line printed, and whether the command did what was asked.
pub(super) struct Output {
    pub(super) text: Vec<u8>,
    pub(super) success: bool,
}

/// Runs a command line.
pub(super) async fn run(gateway: Arc<Gateway>, line: Vec<u8>, action_id: Vec<u8>) -> Output {
    let words = split(&line);
    if words.is_empty() {
        return Output { text: Vec::new(), success: true };
    }
    let Some((entry, arguments)) = find(&gateway, &words) else {
        let text = [
            b"No such command '",
            &*line,
            b"' (type 'core show help ",
            &nearest(&gateway, &words),
            b"' for other possible commands)\n",
        ]
        .concat();
        return Output { text, success: false };
    };
    let call = Call { gateway: &gateway, words: entry.spelled(&gateway), arguments, action_id: &action_id };
    let printed = match entry.run {
        Run::Immediate(run) => run(&call),
        Run::Waiting(run) => run(&call).await,
    };
    match printed {
        Ok(text) => Output { text: text.into_bytes(), success: true },
        Err(Refusal::Usage) => Output { text: entry.usage(&gateway).into_bytes(), success: false },
        Err(Refusal::Failed(text)) => {
            let text = [text.as_bytes(), b"Command '", &line, b"' failed.\n"].concat();
            Output { text, success: false }
        }
    }
}

fn entries(gateway: &Gateway) -> impl Iterator<Item = &'static Entry> {
    let core: &[Entry] = if gateway.driver.has_core_commands() { &CORE } else { &[] };
    gateway.driver.commands(&gateway.options).iter().chain(core)
}

/// The command that a line begins with, and the arguments behind it.
fn find<'a>(gateway: &Gateway, line: &'a [Vec<u8>]) -> Option<(&'static Entry, &'a [Vec<u8>])> {
    entries(gateway).find_map(|entry| {
        let words = entry.spelled(gateway);
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
fn nearest(gateway: &Gateway, arguments: &[Vec<u8>]) -> Vec<u8> {
    let known = |count: usize| {
        let begins = |words: &str| {
            let start: Vec<&str> = words.split(' ').take(count).collect();
            start.len() == count && starts_with(arguments, &start.join(" "))
        };
        entries(gateway).any(|entry| begins(&entry.spelled(gateway))) || OTHER_WORDS.iter().any(|word| begins(word))
    };
    let count = (1..=arguments.len()).find(|count| !known(*count)).unwrap_or(arguments.len());
    arguments[..count].join(&b' ')
}

/// The usage of one command, or a list of those that begin with the words.
fn help(call: &Call<'_>) -> Printed {
    let gateway = call.gateway;
    if let Some((entry, [])) = find(gateway, call.arguments) {
        return Ok(entry.usage(gateway));
    }
    let topic = text(&call.arguments.join(&b' '));
    let begins = |words: &str| {
        let mut words = words.split(' ');
        call.arguments
            .iter()
            .all(|argument| words.next().is_some_and(|word| argument.eq_ignore_ascii_case(word.as_bytes())))
    };
    let list: String = entries(gateway)
        .map(|entry| (entry.spelled(gateway), entry.about))
        .filter(|(words, _)| begins(words))
        .map(|(words, about)| format!("{words:>30.30} {about}\n"))
        .collect();
    Ok(if list.is_empty() { format!("No such command '{topic}'.\n") } else { list })
}

fn version(call: &Call<'_>) -> Printed {
    if !call.arguments.is_empty() {
        return Err(Refusal::Usage);
    }
    let (date, time) = clock::date_and_time(call.gateway.started, 0, '-');
    let version = call.gateway.core().version();
    let machine = call.gateway.driver.machine();
    Ok(format!("Asterisk {version} built by root @ simulator on a {machine} running Linux on {date} {time} UTC\n"))
}

fn uptime(call: &Call<'_>) -> Printed {
    let elapsed = call.gateway.started.elapsed().unwrap_or_default();
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
    let processed = call.gateway.channels.load(Ordering::Relaxed);
    let calls = if processed == 1 { "call" } else { "calls" };
    Ok(format!("{head}0 active channels\n0 active calls\n{processed} {calls} processed\n"))
}
