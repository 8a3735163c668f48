//! Parsing is linear in the bytes however they are cut: twice the bytes take twice the instructions, and no more. Counted by
//! valgrind on this very program, since time proves nothing.

use std::process::Command;

use ami::protocol::Parser;
use support::server::BANNER;

/// The tolerance above linear cost: buffers that grow, and the counter's resolution.
const SLACK: f64 = 1.15;

/// Makes about this many bytes of one kind.
type Make = fn(usize) -> String;

/// Messages that a server may send in numbers.
const KINDS: [(&str, Make); 6] = [
    ("a long line", |size| format!("Event: A\r\nKey: {}\r\n\r\n", "x".repeat(size))),
    ("many headers", |size| format!("Event: A\r\n{}\r\n", "Key: 45678\r\n".repeat(size / 12))),
    ("raw line ends in a value", |size| format!("Event: A\r\nKey: v\r\n{}\r\n", "continued\r\n".repeat(size / 11))),
    ("a text in one piece", |size| {
        let text = "a line\n--END COMMAND--\r\n- --END COMMAND-\n".repeat(size / 41);
        format!("Response: Follows\r\nPrivilege: Command\r\n{text}--END COMMAND--\r\n\r\n")
    }),
    ("a text in headers", |size| format!("Response: Success\r\n{}\r\n", "Output: a line\r\n".repeat(size / 16))),
    ("many messages", |size| "Event: A\r\nKey: v\r\n\r\n".repeat(size / 20)),
];

fn parse(kind: usize, size: usize, piece: usize) {
    let mut parser = Parser::new();
    parser.feed(BANNER.as_bytes()).expect("the banner is right");
    let mut messages = 0;
    for piece in KINDS[kind].1(size).as_bytes().chunks(piece) {
        parser.feed(piece).expect("the messages are right");
        while parser.next().expect("the messages are right").is_some() {
            messages += 1;
        }
    }
    assert!(messages > 0 && parser.finish().is_ok());
}

fn instructions(kind: usize, size: usize, piece: usize) -> f64 {
    let itself = std::env::current_exe().expect("a program has a path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(itself)
        .args([kind, size, piece].map(|number| number.to_string()))
        .output()
        .expect("valgrind counts the instructions; install it");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let count = said.split("Collected : ").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    count.expect("valgrind says how many there were")
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if let [kind, size, piece] = numbers[..] {
        return parse(kind, size, piece);
    }
    let (small, piece) = (16_000, 1);
    let mut failed = 0;
    for (kind, (name, _)) in KINDS.iter().enumerate() {
        let [zero, one, two] = [0, 1, 2].map(|times| instructions(kind, (small * times).max(100), piece));
        let growth = (two - zero) / (one - zero) / 2.0;
        let good = growth < SLACK;
        failed += usize::from(!good);
        println!("test {name}: {growth:.3} of linear ... {}", if good { "ok" } else { "FAILED" });
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {} passed; {failed} failed; 0 ignored", KINDS.len() - failed);
    std::process::exit(i32::from(failed > 0));
}
