//! Slow readers, many sessions, and what is left behind by thousands of them: memory, descriptors and threads.
//!
//!     python3 tests/asterisk/servers.py exec -- cargo test --features capi,simulator --test load
//!
//! Each test is a process of its own, so that its memory is its own, and so is each server. A word after `--` chooses the
//! tests with that word in their names. AMI_SOAK_SECONDS makes them larger and longer.

mod crowd;
mod leaks;
mod pins;
mod process;
mod real;
mod server;
mod slow;

use std::process::Command;
use std::time::{Duration, Instant};

use process::{SERVER, soak};
use support::clock::PATIENCE;

/// Tells a process of this program which test it runs.
const TEST: &str = "AMI_LOAD_TEST";

struct Test {
    name: String,
    run: Box<dyn Fn()>,
}

fn tests() -> Vec<Test> {
    let mut tests = Vec::new();
    let mut add = |name: String, run: Box<dyn Fn()>| tests.push(Test { name, run });
    let flood = soak().map_or(Duration::from_secs(5), |time| time / 10);
    for way in slow::WAYS {
        for (policy, _) in slow::POLICIES {
            let run = move || slow::run(way, policy, flood);
            add(format!("slow consumer, {way}, {policy}"), Box::new(run));
        }
    }
    for kind in pins::KINDS {
        add(format!("sparse events, {kind}"), Box::new(move || pins::run(kind)));
    }
    add("slow consumer, real server".to_owned(), Box::new(move || real::run(flood)));
    let (count, idle, backoff) = match soak() {
        None => (500, Duration::from_secs(5), Duration::from_secs(1)),
        Some(_) => (9000, Duration::from_secs(60), Duration::from_secs(6)),
    };
    for face in crowd::FACES {
        add(format!("many sessions, {face}"), Box::new(move || crowd::run(face, count, idle, backoff)));
    }
    add("many sessions, real server".to_owned(), Box::new(|| crowd::run_real(real::place(), 200)));
    let cycles = if soak().is_some() { 10_000 } else { 1000 };
    for face in leaks::FACES {
        add(format!("nothing left behind, {face}"), Box::new(move || leaks::run(face, cycles)));
    }
    tests
}

/// Runs the test in a process of its own; whether it passed.
fn passes(name: &str) -> bool {
    let itself = std::env::current_exe().expect("a program has a path");
    let mut process = Command::new(itself).env(TEST, name).spawn().expect("it starts");
    let deadline = Instant::now() + 5 * PATIENCE + soak().unwrap_or_default();
    loop {
        if let Some(status) = process.try_wait().expect("it is a child") {
            return status.success();
        }
        if Instant::now() > deadline {
            println!("{name} takes for ever");
            let _ = process.kill();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn main() {
    if let Ok(options) = std::env::var(SERVER) {
        return server::run(&options);
    }
    if let Ok(name) = std::env::var(TEST) {
        let tests = tests();
        return (tests.iter().find(|test| test.name == name).expect("a test").run)();
    }
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let (mut passed, mut failed) = (0, 0);
    for test in tests() {
        if !chosen.iter().all(|word| test.name.contains(word)) {
            continue;
        }
        println!("test {} ...", test.name);
        let good = passes(&test.name);
        println!("test {} ... {}", test.name, if good { "ok" } else { "FAILED" });
        *(if good { &mut passed } else { &mut failed }) += 1;
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored");
    std::process::exit(i32::from(failed > 0));
}
