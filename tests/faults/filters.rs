//! Filters of events on real servers: the same events pass there as here.

use std::time::Duration;

use ami::client::FilteredBy;
use ami::typed::actions::UserEvent;
use ami::typed::{EventFilter, Rule};
use ami::{Client, ErrorKind, Event, Filter, Reconnect, Subscription};

use super::{config, servers};
use support::clock::patience;

/// Values with all that means something in an expression.
const KINDS: [&str; 14] = [
    "plain",
    "plain and more",
    "not plain",
    "a.b*c",
    "axbxc",
    "x[1]",
    "^top",
    "!bang",
    r"back\slash",
    "(p|q)",
    "$5+?{}",
    "end",
    "PJSIP/1",
    "the end",
];

fn event(rule: Rule) -> EventFilter {
    // The last one shows that all before it have come.
    EventFilter::new().include(rule).include(Rule::event("UserEvent").equals("Kind", "last"))
}

fn filters() -> Vec<EventFilter> {
    let user = || Rule::event("UserEvent");
    let mut found: Vec<EventFilter> = KINDS.iter().map(|kind| event(user().equals("Kind", kind))).collect();
    found.extend([
        event(user().begins("Kind", "plain")),
        event(user().begins("Kind", "!b")),
        event(user().contains("Kind", "lai")),
        event(user().contains("Kind", "[1")),
        event(user().contains("Kind", "!")),
        event(user().ends("Kind", "end")),
        event(user().ends("Kind", "{}")),
        event(Rule::any().begins("Kind", "PJSIP/")),
        event(Rule::event("Hangup")),
        event(user()).exclude(Rule::any().contains("Kind", "x")),
        EventFilter::new().exclude(user().begins("Kind", "p")),
        EventFilter::new().exclude(user().equals("Kind", "plain")).exclude("Newchannel"),
    ]);
    found
}

/// The user events up to the last one.
async fn kinds(events: &mut Subscription, mut wanted: impl FnMut(&Event) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let event = patience("an event", events.next()).await.expect("an event");
        let Some(kind) = event.text("Kind") else { continue };
        if kind == "last" {
            return found;
        }
        if wanted(&event) {
            found.push(kind.into_owned());
        }
    }
}

#[tokio::test]
async fn filters_let_the_same_events_pass_on_servers_and_here() {
    for (server, by) in servers().into_iter().zip([FilteredBy::Expressions, FilteredBy::Criteria]) {
        let all = patience("a login", Client::connect(config(server.port()))).await.expect("logged in");
        for filter in filters() {
            let client = patience("a login", Client::connect(config(server.port()))).await.expect("logged in");
            assert_eq!(patience("a filter", client.filter_events(&filter)).await.expect("set"), by);
            let mut there = client.subscribe(Filter::names(["UserEvent"]).expect("good")).expect("open");
            let mut here = all.subscribe(Filter::names(["UserEvent"]).expect("good")).expect("open");
            for kind in KINDS.into_iter().chain(["last"]) {
                let action = UserEvent::new("Filtered").header("Kind", kind);
                patience("a user event", action.call(&all)).await.expect("sent");
            }
            let wanted = kinds(&mut here, |event| filter.matches(event)).await;
            assert_eq!(kinds(&mut there, |_| true).await, wanted, "{filter:?}");
            patience("a close", client.close()).await.expect("closed");
        }
        patience("a close", all.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn filters_are_restored_on_the_next_connection() {
    for server in servers() {
        let reconnect = Reconnect::new(Duration::from_millis(1), Duration::from_millis(50));
        let client =
            patience("a login", Client::connect(config(server.port()).reconnect(reconnect))).await.expect("in");
        let filter = event(Rule::event("UserEvent").begins("Kind", "plain"));
        patience("a filter", client.filter_events(&filter)).await.expect("set");
        let _ = patience("a hangup", client.call(&ami::Action::new("Logoff"))).await;
        patience("another connection", async {
            while client.stats().reconnects == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        let mut events = client.subscribe(Filter::names(["UserEvent"]).expect("good")).expect("open");
        for kind in KINDS.into_iter().chain(["last"]) {
            patience("a user event", UserEvent::new("F").header("Kind", kind).call(&client)).await.expect("sent");
        }
        assert_eq!(kinds(&mut events, |_| true).await, ["plain", "plain and more"]);
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn filters_that_a_server_cannot_be_told_are_not_written() {
    for server in servers() {
        let client = patience("a login", Client::connect(config(server.port()))).await.expect("logged in");
        let actions = client.stats().actions;
        for rule in
            [Rule::any(), Rule::event("A B"), Rule::event("A").equals("B)", "c"), Rule::event("A").equals("B", "")]
        {
            let error = client.filter_events(&EventFilter::new().include(rule)).await.expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
        assert_eq!(client.stats().actions, actions);
        patience("a close", client.close()).await.expect("closed");
    }
}
