//! Recorded sessions of real drivers, as `tests/captures/drivers/README.md` says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub const NEWER: [&str; 2] = ["dongle-head", "quectel"];
pub const OLDER: [&str; 2] = ["dongle-2019", "dongle-bg"];

/// A session, and both sides' time line.
pub struct Capture {
    pub driver: &'static str,
    pub name: String,
    pub server: Vec<u8>,
    pub lines: Vec<Line>,
}

pub struct Line {
    pub seconds: f64,
    /// `m>` to the modem, `m<` from it, `#` the truth, `c>` from the client, `s<` to it.
    pub kind: String,
    pub text: String,
}

pub fn folder(driver: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures/drivers").join(driver)
}

pub fn captures() -> Vec<Capture> {
    let mut captures = Vec::new();
    for driver in NEWER.into_iter().chain(OLDER) {
        let files = std::fs::read_dir(folder(driver)).expect("a folder of captures");
        let names: BTreeSet<String> = files
            .filter_map(|file| {
                file.expect("a file").file_name().to_str()?.strip_suffix(".modem.txt").map(str::to_owned)
            })
            .collect();
        assert!(names.len() > 150, "{driver} has {} captures", names.len());
        captures.extend(names.into_iter().map(|name| Capture::read(driver, name)));
    }
    captures
}

impl Capture {
    pub fn read(driver: &'static str, name: String) -> Capture {
        let file = |end: &str| std::fs::read(folder(driver).join(format!("{name}.{end}"))).expect("a capture");
        let lines = String::from_utf8(file("modem.txt")).expect("UTF-8").lines().map(Line::read).collect();
        Capture { driver, server: file("server.ami"), name, lines }
    }

    pub fn is_newer(&self) -> bool {
        NEWER.contains(&self.driver)
    }

    /// The texts of one kind that begin so, without their beginning.
    pub fn of<'a>(&'a self, kind: &'a str, begin: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter(move |line| line.kind == kind).filter_map(move |line| line.text.strip_prefix(begin))
    }

    pub fn of_server(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.kind == "s<")
    }
}

impl Line {
    pub fn read(line: &str) -> Line {
        let (seconds, rest) = line.trim_start().split_once(' ').expect("a time");
        let (kind, text) = rest.trim_start().split_once(' ').unwrap_or((rest.trim(), ""));
        let text = if kind == "#" { text.trim_start() } else { text };
        Line { seconds: seconds.parse().expect("a time"), kind: kind.to_owned(), text: text.to_owned() }
    }
}

/// A Python literal, `'…'`, `"…"` or `b'…'`, and what follows it.
pub fn literal(text: &str) -> (Vec<u8>, bool, &str) {
    let (is_bytes, quoted) = text.strip_prefix('b').map_or((false, text), |rest| (true, rest));
    let quote = quoted.chars().next().expect("a quote");
    let mut value = Vec::new();
    let mut chars = quoted[1..].char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return (value, is_bytes, &quoted[at + 2..]);
        }
        if c != '\\' {
            value.extend(c.to_string().bytes());
            continue;
        }
        match chars.next().expect("an escape").1 {
            'n' => value.push(b'\n'),
            'r' => value.push(b'\r'),
            't' => value.push(b'\t'),
            'x' => {
                let digits: String = chars.by_ref().take(2).map(|(_, c)| c).collect();
                value.push(u8::from_str_radix(&digits, 16).expect("hex"));
            }
            other => value.extend(other.to_string().bytes()),
        }
    }
    panic!("{text} has no end");
}

pub fn string(text: &str) -> (String, &str) {
    let (value, is_bytes, rest) = literal(text);
    assert!(!is_bytes, "{text} is a string");
    (String::from_utf8(value).expect("UTF-8"), rest)
}

/// The number behind a word.
pub fn number(text: &str, word: &str) -> Option<u32> {
    let rest = &text[text.find(word)? + word.len()..];
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

pub fn same<T: PartialEq + std::fmt::Debug>(came: T, truth: T) -> Result<(), String> {
    if came == truth { Ok(()) } else { Err(format!("\n  came  {came:?}\n  truth {truth:?}")) }
}
