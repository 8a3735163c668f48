//! Random scripts of what servers answer, in every shape and cut anywhere: each call ends once and with exactly what the
//! script meant for it, and what was meant for nobody comes as events or is counted.

use ami::{Action, ErrorKind, Message, Response};
use support::captures::shown;
use support::random::Random;
use support::session::{Link, session_config};

/// The result that a call is to end with.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
    Done {
        /// The mark of the response that counts.
        mark: String,
        entries: Vec<String>,
        end: Option<String>,
        output: Option<String>,
    },
    Refused {
        words: String,
    },
}

/// A call: the action, the server's messages to it in order, and their meaning.
struct Call {
    action: Action,
    says: Vec<String>,
    /// The marks of what is said that subscribers are given too.
    news: Vec<Vec<String>>,
    meant: Ending,
}

/// Lines of a command's text that look like something else.
const LINES: [&str; 10] = [
    "a plain line",
    "Response: Follows",
    "Response: Success",
    "ActionID: c0",
    "Event: QueueStatusComplete",
    "--END COMMAND",
    "x --END COMMAND-- y",
    "EventList: Complete",
    "",
    "Ping: Pong",
];

fn done(mark: &str) -> Ending {
    Ending::Done { mark: mark.to_owned(), entries: Vec::new(), end: None, output: None }
}

fn refused(words: &str) -> Ending {
    Ending::Refused { words: words.to_owned() }
}

fn call(at: usize, random: &mut Random) -> Call {
    let id = format!("c{at}");
    let mark = format!("m{at}");
    let response = |kind: &str, more: &str| format!("Response: {kind}\r\nActionID: {id}\r\nMark: {mark}\r\n{more}\r\n");
    let event = |name: &str, number: usize, more: &str| {
        format!("Event: {name}\r\nActionID: {id}\r\nMark: {mark}.{number}\r\n{more}\r\n")
    };
    let count = random.below(5);
    let entries: Vec<String> = (0..count).map(|number| format!("{mark}.{number}")).collect();
    // A list: its name, how it begins, its entry, its end, and what its end says.
    let list = |name: &str, begins: &str, entry: &str, end: &str, ends: &str| {
        let mut says = vec![response("Success", begins)];
        says.extend((0..count).map(|number| event(entry, number, "")));
        says.push(event(end, count, ends));
        let end = Some(format!("{mark}.{count}"));
        (name.to_owned(), says, Ending::Done { mark: mark.clone(), entries: entries.clone(), end, output: None })
    };
    let shape = random.below(12);
    let (name, says, meant) = match shape {
        0 => ("CoreSettings".to_owned(), vec![response("Success", "")], done(&mark)),
        1 => ("Hangup".to_owned(), vec![response("Error", "Message: No such channel\r\n")], refused("No such channel")),
        2 => list(
            "CoreShowChannels",
            "EventList: start\r\nMessage: Channels will follow\r\n",
            "CoreShowChannel",
            "CoreShowChannelsComplete",
            "EventList: Complete\r\n",
        ),
        // As before the header.
        3 => list("QueueStatus", "Message: Queue status will follow\r\n", "QueueMember", "QueueStatusComplete", ""),
        4 => ("VoicemailUsersList".to_owned(), vec![response("Success", "Message: There are none\r\n")], done(&mark)),
        5 => (
            "Status".to_owned(),
            vec![response("Error", "Message: Channel does not exist.\r\n")],
            refused("Channel does not exist."),
        ),
        6 => {
            let begins = "EventList: start\r\nMessage: Channel status will follow\r\n";
            let (name, says, _) = list("Status", begins, "Status", "StatusComplete", "EventList: cancelled\r\n");
            (name, says, refused(""))
        }
        7 | 8 => {
            let lines: Vec<&str> = (0..1 + count).map(|_| LINES[random.below(LINES.len())]).collect();
            let says = if shape == 7 {
                // The one before 14. Its end is a line of its own.
                let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
                format!("Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\n{text}--END COMMAND--\r\n\r\n")
            } else {
                let text: String = lines.iter().map(|line| format!("Output: {line}\r\n")).collect();
                response("Success", &format!("Message: Command output follows\r\n{text}"))
            };
            let mark = if shape == 7 { String::new() } else { mark.clone() };
            let meant = Ending::Done { mark, entries: Vec::new(), end: None, output: Some(lines.join("\n")) };
            ("Command".to_owned(), vec![says], meant)
        }
        9 => {
            let first =
                format!("Response: Success\r\nActionID: {id}\r\nMessage: Attempting to send Jabber Message\r\n\r\n");
            let (second, meant) = if count.is_multiple_of(2) {
                (response("Success", ""), done(&mark))
            } else {
                (response("Error", "Message: Could not find Sender\r\n"), refused("Could not find Sender"))
            };
            ("JabberSend".to_owned(), vec![first, second], meant)
        }
        10 => {
            let says = vec![response("Success", "Message: FAXStats event will follow\r\n"), event("FAXStats", 0, "")];
            let entries = vec![format!("{mark}.0")];
            ("FAXStats".to_owned(), says, Ending::Done { mark: mark.clone(), entries, end: None, output: None })
        }
        _ => {
            let begins = "Message: Waiting for Event completed.\r\n";
            let (name, mut says, meant) = list("WaitEvent", begins, "Newexten", "WaitEventComplete", "");
            // They are the server's news as they always are.
            says[1..=count].iter_mut().for_each(|event| *event = event.replace(&format!("ActionID: {id}\r\n"), ""));
            (name, says, meant)
        }
    };
    // A WaitEvent's events go to all others as well.
    let news = says
        .iter()
        .enumerate()
        .map(|(at, _)| match (name.as_str(), &meant) {
            ("WaitEvent", Ending::Done { entries, .. }) if (1..=entries.len()).contains(&at) => {
                vec![entries[at - 1].clone()]
            }
            _ => Vec::new(),
        })
        .collect();
    let mut action = Action::new(&name).with("ActionID", &id);
    if name == "Command" {
        action = action.with("Command", "core show channels");
    }
    Call { action, says, news, meant }
}

fn mark(message: &Message) -> String {
    message.get("Mark").map(shown).unwrap_or_default()
}

fn ending(result: Result<Response, ami::Error>, meant: &Ending) -> Ending {
    match result {
        Ok(response) => Ending::Done {
            mark: mark(response.message()),
            entries: response.events().iter().map(mark).collect(),
            end: response.end_event().map(mark),
            output: response.output().map(|text| String::from_utf8_lossy(text).into_owned()),
        },
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Action, "{error}");
            match meant {
                // The end of a cancelled list has no words.
                Ending::Refused { words } if words.is_empty() => {
                    assert!(error.to_string().contains("cancelled the list"), "{error}");
                    Ending::Refused { words: String::new() }
                }
                _ => Ending::Refused { words: shown(error.peer_message().unwrap_or_default()) },
            }
        }
    }
}

/// A message that nobody asked for, and true if it is an event.
fn unasked(number: usize, random: &mut Random) -> (String, bool) {
    let said = [
        ("Event: News\r\n", true),
        ("Event: QueueMember\r\nActionID: stranger\r\n", true),
        ("Event: StatusComplete\r\nActionID: stranger\r\nEventList: Complete\r\n", true),
        ("Event: OriginateResponse\r\nActionID: stranger\r\nResponse: Failure\r\n", true),
        ("Response: Success\r\nActionID: stranger\r\n", false),
        ("Response: Error\r\nMessage: Missing action in request\r\n", false),
        ("Response: Follows\r\nPrivilege: Command\r\nActionID: stranger\r\n", false),
    ];
    let (said, is_event) = said[random.below(said.len())];
    (format!("{said}Mark: n{number}\r\n\r\n"), is_event)
}

fn run(seed: u64) {
    let mut random = Random::new(seed);
    let mut config = session_config();
    config.strays = true;
    let mut link = Link::up(config, false);
    link.log_in_with_ids(b"Asterisk Call Manager/1.1\r\n");
    let calls: Vec<Call> = (0..1 + random.below(8)).map(|at| call(at, &mut random)).collect();
    for (at, call) in calls.iter().enumerate() {
        link.submit(at as u32, &call.action);
    }
    let mut said = String::new();
    let (mut news, mut strays) = (Vec::new(), 0);
    let mut next = vec![0; calls.len()];
    let mut number = 0;
    while let Some(open) = (0..calls.len()).find(|&at| next[at] < calls[at].says.len()) {
        if random.below(3) == 0 {
            let (unasked, is_event) = unasked(number, &mut random);
            said += &unasked;
            if is_event {
                news.push(format!("n{number}"));
            } else {
                strays += 1;
            }
            number += 1;
            continue;
        }
        let any = random.below(calls.len());
        let at = if next[any] < calls[any].says.len() { any } else { open };
        // A server does nothing else while it waits for events.
        let count = if calls[at].action.name() == "WaitEvent" { calls[at].says.len() } else { 1 };
        for _ in 0..count {
            said += &calls[at].says[next[at]];
            news.extend(calls[at].news[next[at]].iter().cloned());
            next[at] += 1;
        }
        // An answer that comes twice is nobody's.
        if next[at] == calls[at].says.len() && said.ends_with(&calls[at].says[0]) && random.below(4) == 0 {
            let again = &calls[at].says[0];
            if !again.starts_with("Response: Follows") {
                said += again;
                strays += 1;
            }
        }
    }
    let mut rest = said.as_bytes();
    let largest = [1, 7, 100, 4000][random.below(4)];
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(1 + random.below(largest)));
        link.feed(piece);
        rest = after;
    }
    let what = || format!("seed {seed}:\n{said}");
    let mut results: Vec<_> = std::mem::take(&mut link.out.done);
    results.sort_by_key(|(token, _)| *token);
    assert_eq!(
        results.iter().map(|(token, _)| *token as usize).collect::<Vec<_>>(),
        Vec::from_iter(0..calls.len()),
        "{}",
        what()
    );
    for ((_, result), call) in results.into_iter().zip(&calls) {
        assert_eq!(ending(result, &call.meant), call.meant, "{}", what());
    }
    assert_eq!(link.out.events.iter().map(mark).collect::<Vec<_>>(), news, "{}", what());
    assert_eq!(link.out.strays.iter().map(|(_, skipped)| skipped.messages).sum::<u64>(), strays, "{}", what());
    assert!(link.out.ended.is_none(), "{}", what());
}

#[test]
fn calls_of_random_scripts_get_exactly_their_answers() {
    (0..3000).for_each(run);
}
