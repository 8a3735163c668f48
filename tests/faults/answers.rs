//! Answers of real servers whose shape or size is out of the ordinary.

use std::time::Duration;

use ami::protocol::Limits;
use ami::{Action, Client, ErrorKind};

use super::{config, servers};
use support::clock::patience;

/// The lines of `large.conf`.
const LARGE: usize = 100_000;
/// The memory for the answer, several copies included, in MB.
const MOST: u64 = 128;

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

fn file(action: &str) -> Action {
    Action::new(action).with("Filename", "large.conf")
}

#[tokio::test]
async fn faults_answer_as_large_as_a_file_comes_whole_in_bounded_memory() {
    for server in servers() {
        let client = patience("a login", Client::connect(config(server.port()))).await.expect("logged in");
        let before = resident();
        let answer = patience("a file", client.call(&file("GetConfig"))).await.expect("an answer");
        assert!(answer.message().len() > LARGE, "{} headers", answer.message().len());
        let lines = answer.message().iter().filter(|(name, _)| name.to_ascii_lowercase().starts_with(b"line-")).count();
        assert_eq!(lines, LARGE);
        let json = patience("a file in a line", client.call(&file("GetConfigJSON"))).await.expect("an answer");
        let length = json.get("JSON").map_or(0, <[u8]>::len);
        assert!(length > 2 << 20, "{length} bytes in a line");
        let more = resident().saturating_sub(before);
        assert!(more < MOST, "{more} MB");
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_answer_over_the_limit_fails_its_call_alone() {
    for server in servers() {
        let mut limits = Limits::default();
        limits.response = 1 << 20;
        let client = patience("a login", Client::connect(config(server.port()).limits(limits))).await.expect("in");
        let pings: Vec<_> = (0..100)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.ping().await })
            })
            .collect();
        let error = patience("a file", client.call(&file("GetConfig"))).await.expect_err("too large");
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        assert!(error.to_string().contains("GetConfig"), "{error}");
        for ping in pings {
            patience("a Ping", ping).await.expect("no panic").expect("answered");
        }
        patience("a Ping", client.ping()).await.expect("the link is there");
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_answer_without_a_list_comes_at_once() {
    for server in servers() {
        let client = patience("a login", Client::connect(config(server.port()))).await.expect("logged in");
        let has = {
            let commands = client.call(&Action::new("ListCommands")).await.expect("a list");
            move |name: &str| commands.get(name).is_some()
        };
        let started = std::time::Instant::now();
        let absent = Action::new("GetConfig").with("Filename", "manager.conf").with("Category", "absent");
        let answer = patience("no category", client.call(&absent)).await.expect("a success");
        assert!(answer.message().iter().any(|(_, value)| value.starts_with(b"No categories")), "{answer:?}");
        if has("VoicemailUserStatus") {
            let nobody = Action::new("VoicemailUserStatus").with("Context", "default").with("Mailbox", "4711");
            let answer = patience("no mailbox", client.call(&nobody)).await.expect("a success");
            assert!(answer.events().is_empty());
        }
        if has("FAXStats") {
            let answer = patience("one event", client.call(&Action::new("FAXStats"))).await.expect("an event");
            assert_eq!(answer.events().len(), 1);
            assert!(answer.events()[0].is("FAXStats"));
        }
        let none = Action::new("Hangup").with("Channel", "/^Nothing\\/like-this/");
        let answer = patience("no channels", client.call(&none)).await;
        assert!(answer.as_ref().is_ok_and(|list| list.events().is_empty()) || answer.is_err(), "{answer:?}");
        let queues = patience("no queues", client.call(&Action::new("QueueStatus"))).await.expect("a list");
        assert!(queues.end_event().is_some());
        assert!(started.elapsed() < Duration::from_secs(9), "none of them took its deadline");
        patience("a close", client.close()).await.expect("closed");
    }
}
