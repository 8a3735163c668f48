//! Recorded sessions of real drivers, each replayed through the reader at the times at which it came, and what the reader
//! makes of it held against what the modem had. `tests/captures/drivers/README.md` says what was recorded.
#![cfg(feature = "client")]

use std::time::{Duration, Instant};

use ami::gsm::{Incoming, Outcome, Report, Sms, SmsReader, Ussd, UssdMode};
use ami::protocol::Parser;
use support::driver_captures::{Capture, captures, literal, number, same, string};

const PATIENCE: Duration = Duration::from_secs(300);

/// The reader's finds.
fn replay(capture: &Capture) -> Vec<Incoming> {
    let (mut parser, mut reader, start) = (Parser::new(), SmsReader::new(PATIENCE), Instant::now());
    let frames: Vec<(f64, usize)> = capture
        .of_server()
        .map(|line| (line.seconds, line.text.split(' ').next().and_then(|at| at.get(1..)).expect("an offset")))
        .map(|(seconds, at)| (seconds, at.parse().expect("an offset")))
        .collect();
    let ends = frames.iter().skip(1).map(|(_, at)| *at).chain([capture.server.len()]);
    let mut incoming = Vec::new();
    let mut now = start;
    for ((seconds, at), end) in frames.iter().zip(ends) {
        now = start + Duration::from_secs_f64(*seconds);
        reader.expire(now);
        parser.feed(&capture.server[*at..end]).expect("messages");
        while let Some(message) = parser.next().expect("messages") {
            reader.read(&message, now);
        }
        incoming.extend(std::iter::from_fn(|| reader.next()));
    }
    reader.expire(now + PATIENCE);
    incoming.extend(std::iter::from_fn(|| reader.next()));
    assert_eq!(reader.deadline(), None, "{}: nothing waits for ever", capture.name);
    incoming
}

#[derive(Clone, Debug, PartialEq)]
struct Text {
    sender: String,
    text: String,
    data: Option<Vec<u8>>,
    application_port: Option<u16>,
    time: String,
    smsc: Option<String>,
    class: Option<u8>,
    missing: Vec<u32>,
}

impl Text {
    fn came(sms: &Sms) -> Text {
        Text {
            sender: sms.sender().to_owned(),
            text: sms.text().to_owned(),
            data: sms.data().map(<[u8]>::to_vec),
            application_port: sms.application_port(),
            time: sms.time().to_owned(),
            smsc: sms.smsc().map(str::to_owned),
            class: sms.class(),
            missing: sms.missing().to_vec(),
        }
    }

    /// `from '…', text '…', coding 16, …`
    fn truth(line: &str) -> Text {
        let (sender, rest) = string(line.strip_prefix("from ").expect("a sender"));
        let (text, is_data, rest) = literal(rest.strip_prefix(", text ").expect("a text"));
        let header = rest.split_once("header ").map(|(_, header)| literal(header).0);
        Text {
            sender,
            text: if is_data { String::new() } else { String::from_utf8(text.clone()).expect("UTF-8") },
            data: is_data.then_some(text),
            application_port: header.map(|header| u16::from_be_bytes([header[2], header[3]])),
            time: "2026-03-04T12:34:56+01:00".to_owned(),
            smsc: (!rest.contains("centre None")).then(|| "+491710760000".to_owned()),
            class: number(rest, "coding ").filter(|coding| [16, 24, 240].contains(coding)).map(|_| 0),
            missing: Vec::new(),
        }
    }
}

fn sms_of(incoming: &[Incoming]) -> Vec<Text> {
    let sms = incoming.iter().filter_map(|incoming| match incoming {
        Incoming::Sms(sms) => Some(Text::came(sms)),
        _ => None,
    });
    sms.collect()
}

fn reports_of(incoming: &[Incoming]) -> Vec<&Report> {
    let reports = incoming.iter().filter_map(|incoming| match incoming {
        Incoming::Report(report) => Some(report),
        _ => None,
    });
    reports.collect()
}

fn ussd_of(incoming: &[Incoming]) -> Vec<&Ussd> {
    let ussd = incoming.iter().filter_map(|incoming| match incoming {
        Incoming::Ussd(ussd) => Some(ussd),
        _ => None,
    });
    ussd.collect()
}

/// Each capture that a check says something of, with what the reader makes of it. All differences are told at once.
fn each(check: impl Fn(&Capture, &[Incoming]) -> Option<Result<(), String>>) -> usize {
    let (mut count, mut wrong) = (0, Vec::new());
    for capture in captures() {
        let incoming = replay(&capture);
        let Some(result) = check(&capture, &incoming) else { continue };
        count += 1;
        if let Err(difference) = result {
            wrong.push(format!("{}/{}: {difference}", capture.driver, capture.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
    count
}

#[test]
fn drivers_incoming_sms_are_those_of_the_modem() {
    let count = each(|capture, incoming| {
        let mut truth: Vec<Text> = capture.of("#", "SMS comes in: ").map(Text::truth).collect();
        if capture.of("m<", "+CMGR: ").next().is_some() {
            truth.extend(capture.of("#", "SMS lies on the card: ").map(Text::truth));
        }
        if capture.of("#", "part 1 of 3 comes in").next().is_some() {
            // Parts of a text that another event has whole.
            let whole = Capture::read(capture.driver, "in-3-parts".to_owned());
            truth.extend(whole.of("#", "SMS comes in: ").map(Text::truth));
        }
        if capture.name == "in-2-of-3-parts" {
            // Each part but the last has 153 septets.
            truth[0].text.replace_range(153..306, "");
            truth[0].missing = vec![2];
        }
        Some(same(sms_of(incoming), truth))
    });
    assert!(count > 690, "{count} captures were replayed");
}

#[test]
fn drivers_sms_are_unreadable_only_where_a_name_cuts_the_frames() {
    each(|capture, incoming| {
        let unreadable = incoming.iter().filter(|incoming| matches!(incoming, Incoming::Unreadable(_))).count();
        Some(same(unreadable, 0)).filter(|_| capture.name != "in-sender-crlf")
    });
}

#[test]
fn drivers_ussd_is_what_the_network_said() {
    let count = each(|capture, incoming| {
        let mut truth: Vec<(UssdMode, String)> = capture
            .of("#", "USSD reply")
            .map(|line| {
                let mode = match number(line, "mode ").expect("a mode") {
                    0 => UssdMode::Final,
                    1 => UssdMode::Question,
                    2 => UssdMode::Ended,
                    3 => UssdMode::OtherClient,
                    4 => UssdMode::NotSupported,
                    _ => UssdMode::TimedOut,
                };
                let text = line.split_once("text ").map_or(String::new(), |(_, text)| string(text).0);
                let text = match text {
                    raw if raw.contains("F23A0411") => "Баланс".to_owned(),
                    raw if raw.starts_with("+CUSD") && raw.contains("C2303BEC1E97413118") => "Balance 10".to_owned(),
                    raw if raw.contains("C2303B4C1E83C8E573") => "Baladc deg".to_owned(),
                    raw if raw.starts_with("+CUSD") => String::new(),
                    text => text,
                };
                (mode, text)
            })
            .collect();
        // A code that the modem did not take; of one driver in two there is no word of it.
        if ["ussd-refused", "refused-at-once"].contains(&&capture.name[..]) && !capture.is_newer() {
            truth.push((UssdMode::NotSent, String::new()));
        }
        let came = ussd_of(incoming);
        let modes = came.iter().map(|ussd| (ussd.mode().expect("a mode"), ussd.text().to_owned()));
        if truth.is_empty() && came.is_empty() {
            return None;
        }
        let answers = came.iter().all(|ussd| ussd.wants_answer() == Some(ussd.mode() == Some(UssdMode::Question)));
        Some(same(modes.collect(), truth).and(same(answers, true)))
    });
    assert!(count > 150, "{count} captures have USSD");
}

#[test]
fn drivers_reports_are_those_of_the_network() {
    let count = each(|capture, incoming| {
        // SMS that the driver read from the card.
        let truth: Vec<(u8, u8)> = capture
            .of("#", "report comes: of the SMS with ")
            .filter(|line| !line.ends_with("by +CDS") && capture.of("m<", "+CMGR: ").next().is_some())
            .map(|line| {
                let status = line.split_once("status 0x").expect("a status").1;
                let status = u8::from_str_radix(&status[..2], 16).expect("hex");
                (number(line, "reference ").expect("a reference") as u8, status)
            })
            .collect();
        let handed = capture.of("#", "SMS handed over: to ").next().map(|line| string(line).0);
        let is_network = |report: &&&Report| report.status().is_some();
        let reports = reports_of(incoming);
        let came: Vec<_> = reports.iter().filter(is_network).collect();
        if truth.is_empty() {
            return Some(same(came.len(), 0));
        }
        // The driver tells of an SMS in parts once, by its worst part.
        let is_whole =
            capture.of("#", "SMS handed over: ").any(|line| line.contains(" part 2 of ")) && capture.is_newer();
        let expected: Vec<(u8, u8)> = if is_whole {
            truth.iter().copied().max_by_key(|(_, status)| *status).into_iter().collect()
        } else {
            truth
        };
        let told = |report: &&&Report| (report.reference().unwrap_or(255), report.status().unwrap_or(255));
        same(
            came.iter()
                .map(told)
                .map(|(reference, status)| if is_whole { (0, status) } else { (reference, status) })
                .collect(),
            expected
                .iter()
                .map(|(reference, status)| if is_whole { (0, *status) } else { (*reference, *status) })
                .collect::<Vec<_>>(),
        )
        .and_then(|()| {
            for report in came {
                let status = report.status().unwrap_or(255);
                let outcome = match status {
                    0 => Outcome::Delivered,
                    1..=0x3f => Outcome::Sent,
                    _ => Outcome::Undelivered,
                };
                same(report.outcome(), outcome)?;
                same(report.recipient(), handed.as_deref())?;
                same(report.time().map(|time| time.len()), Some("2026-03-04T12:34:56+01:00".len()))?;
                same(report.done().map(|time| &time[10..11]), Some("T"))?;
                // The driver tells of what it is done with, by the id that it was given.
                let is_final = !(0x20..0x40).contains(&status);
                same(report.id().is_some(), capture.is_newer() && is_final)?;
            }
            Ok(())
        })
        .into()
    });
    assert!(count > 690, "{count} captures were replayed");
}

#[test]
fn drivers_results_are_those_of_the_driver() {
    let count = each(|capture, incoming| {
        let reports = reports_of(incoming);
        let of =
            |outcome| reports.iter().filter(|report| report.outcome() == outcome && report.status().is_none()).count();
        let (sent, failed) = (of(Outcome::Sent), of(Outcome::Failed));
        let taken = capture.of("m<", "+CMGS: ").count();
        if reports.iter().any(|report| report.id() == Some("(nil)")) {
            return Some(Err("a report of nobody's SMS".to_owned()));
        }
        if of(Outcome::Delivered) + of(Outcome::Undelivered) > 0 {
            return Some(Err("a report of the network's without its status".to_owned()));
        }
        let is_over = matches!(&capture.name[..], "report-none-until-validity-over" | "sms-unplugged-validity-over");
        if of(Outcome::Unknown) != usize::from(is_over) {
            return Some(Err("something is unknown".to_owned()));
        }
        let handed: Vec<&str> = capture.of("#", "SMS handed over: ").collect();
        let [one] = handed[..] else {
            return Some(same(sent <= taken, true));
        };
        let is_known = !one.contains("report asked for") || !capture.is_newer();
        let is_lost = capture.name == "sms-late-44s" || capture.name == "unasked-cmgs";
        if is_lost || !is_known && taken > 0 || is_over {
            return Some(same(sent + failed, 0));
        }
        let refused = capture.of("#", "network: refused").count();
        let told = |count: usize| usize::from(count > 0);
        Some(same((sent, failed), (told(taken), told(refused))))
    });
    assert!(count > 690, "{count} captures were replayed");
}
