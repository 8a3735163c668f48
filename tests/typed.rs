//! Typed actions and views of events.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use ami::protocol::Parser;
use ami::typed::actions::{
    DBPut, JabberSend, MixMonitorMute, Originate, QueuePause, QueueStatus, Setvar, UserEvent, WaitEvent,
};
use ami::typed::events::{BridgeEnter, ConfbridgeJoin, DialEnd, Hangup, OriginateResponse, QueueMemberStatus, Status};
use ami::typed::values::{DialStatus, Open};
use ami::typed::{Entry, EventFilter, Rule, View};
use ami::{ErrorKind, Message, MessageKind};

use support::captures::{server_captures, shown};

/// Counts what each thread asks for.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn typed_view_allocates_nothing() {
    let event = message(
        "Event: DialEnd\nChannel: SIP/1-1\nChannelState: 6\nDestChannel: SIP/2-1\nDestUniqueid: 1.2\nDialStatus: ODD\n\
         LastCall: 1700000000\nPaused: 1\n\n",
    );
    let before = ALLOCATIONS.get();
    let dial: DialEnd = event.view().expect("a DialEnd");
    let found = (dial.channel().name(), dial.channel().state(), dial.dest().uniqueid(), dial.dial_status());
    let member = QueueMemberStatus::over(&event);
    let more = (member.last_call(), member.paused(), member.penalty());
    assert_eq!(ALLOCATIONS.get(), before);
    assert_eq!(found.1, Some(6));
    assert!(
        matches!(found, (Some(_), _, Some(_), Some(Open::Other(_)))) && matches!(more, (Some(_), Some(true), None))
    );
}

fn message(text: &str) -> Message {
    let mut parser = Parser::new();
    parser.feed(b"Asterisk Call Manager/5.0\r\n").expect("a banner");
    parser.feed(text.replace('\n', "\r\n").as_bytes()).expect("a short message");
    parser.next().expect("a good message").expect("a whole message")
}

fn sent(action: &ami::Action) -> String {
    String::from_utf8(action.to_bytes().expect("can be sent")).expect("text")
}

#[test]
fn typed_action_writes_headers_as_servers_spell_them() {
    let originate = Originate::new("PJSIP/100")
        .exten("200")
        .context("default")
        .priority(1)
        .timeout(Duration::from_millis(1_500))
        .early_media(true)
        .async_(false)
        .variable("A", "1,2")
        .variable("B", 2)
        .header("X-Own", "mine");
    assert_eq!(
        sent(&originate.action()),
        "Action: Originate\r\nChannel: PJSIP/100\r\nExten: 200\r\nContext: default\r\nPriority: 1\r\nTimeout: 1500\r\n\
         EarlyMedia: yes\r\nAsync: no\r\nVariable: A=1\\,2\r\nVariable: B=2\r\nX-Own: mine\r\n\r\n"
    );
}

#[test]
fn typed_action_takes_the_last_value_of_a_header_that_stands_once() {
    let action = DBPut::new("a").key("k").family("b").val("1").val("2").action();
    assert_eq!(sent(&action), "Action: DBPut\r\nFamily: b\r\nKey: k\r\nVal: 2\r\n\r\n");
    let refused = DBPut::new("a").key("k").key("line\r\nend").action();
    assert_eq!(refused.check().expect_err("refused").kind(), ErrorKind::Invalid);
}

#[test]
fn typed_action_writes_yes_and_no_as_the_header_takes_them() {
    let action = MixMonitorMute::new("SIP/1").direction("both").state(true).action();
    assert_eq!(action.get("State"), Some(&b"1"[..]));
    assert_eq!(QueuePause::new("SIP/1").paused(false).action().get("Paused"), Some(&b"no"[..]));
}

#[test]
fn typed_action_writes_durations_in_the_unit_of_the_header() {
    assert_eq!(WaitEvent::new(Duration::from_millis(1_001)).action().get("Timeout"), Some(&b"2"[..]));
    let originate = Originate::new("SIP/1").timeout(Duration::from_micros(1));
    assert_eq!(originate.action().get("Timeout"), Some(&b"1"[..]));
}

#[test]
fn typed_action_without_a_required_header_is_refused_unless_unchecked() {
    let setvar = Setvar::new("NAME");
    let error = setvar.action().check().expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().contains("Value"), "{error}");
    assert_eq!(sent(&setvar.clone().unchecked().action()), "Action: Setvar\r\nVariable: NAME\r\n\r\n");
    // An empty value is a value.
    assert_eq!(sent(&setvar.value("").action()), "Action: Setvar\r\nVariable: NAME\r\nValue: \r\n\r\n");
    // The XML demands JID, which no server reads.
    assert!(JabberSend::new("account").message("m").action().check().is_err());
    assert!(JabberSend::new("account").message("m").screen_name("s").action().check().is_ok());
    assert!(UserEvent::new("Mine").header("Anything", 1).action().check().is_ok());
}

#[test]
fn typed_view_reads_headers_by_type() {
    let event = message(
        "Event: Hangup\nChannel: SIP/1-1\nChannelState: 6\nChannelStateDesc: Up\nCallerIDNum: 100\nCallerIDName: <unknown>\n\
         Priority: x\nUniqueid: 1.2\nCause: 16\nCause-txt: Normal Clearing\nChanVariable: A=1\nChanVariable: B\n\n",
    );
    let hangup: Hangup = event.view().expect("a Hangup");
    let channel = hangup.channel();
    assert_eq!(channel.name().as_deref(), Some("SIP/1-1"));
    assert_eq!((channel.state(), channel.priority()), (Some(6), None));
    assert_eq!(channel.caller_id_num().as_deref(), Some("100"));
    assert_eq!((channel.caller_id_name(), channel.linkedid()), (None, None));
    assert_eq!((hangup.cause(), hangup.cause_txt().as_deref()), (Some(16), Some("Normal Clearing")));
    let variables: Vec<_> = channel.chan_variable().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(variables, ["A=1", "B="]);
    assert_eq!(hangup.raw().get("Priority"), Some(&b"x"[..]));
    assert!(event.view::<DialEnd>().is_none());
    assert_eq!(Hangup::NAME, "Hangup");
}

#[test]
fn typed_view_reads_blocks_by_their_prefix() {
    let event = message(
        "Event: DialEnd\nChannel: SIP/1-1\nUniqueid: 1.1\nDestChannel: SIP/2-1\nDestUniqueid: 1.2\nDialStatus: ANSWER\n\n",
    );
    let dial: DialEnd = event.view().expect("a DialEnd");
    assert_eq!(dial.channel().uniqueid().as_deref(), Some("1.1"));
    assert_eq!(dial.dest().uniqueid().as_deref(), Some("1.2"));
    assert_eq!(dial.dial_status(), Some(Open::Known(DialStatus::Answer)));
    let odd = message("Event: DialEnd\nDialStatus: LATER\n\n");
    let odd = odd.view::<DialEnd>().expect("a DialEnd").dial_status().expect("there");
    assert_eq!((odd.clone(), odd.known()), (Open::Other("LATER".into()), None));
    let enter = message("Event: BridgeEnter\nBridgeUniqueid: b\nBridgeNumChannels: 2\nChannel: c\n\n");
    let bridge = enter.view::<BridgeEnter>().expect("a BridgeEnter").bridge();
    assert_eq!((bridge.uniqueid().as_deref(), bridge.num_channels()), (Some("b"), Some(2)));
}

#[test]
fn typed_view_reads_flags_and_times() {
    let event =
        message("Event: QueueMemberStatus\nLastCall: 1700000000\nLastPause: 0\nPaused: 1\nInCall: 0\nStatus: 2\n\n");
    let member: QueueMemberStatus = event.view().expect("a QueueMemberStatus");
    assert_eq!(member.last_call(), Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
    assert_eq!((member.last_pause(), member.paused(), member.in_call()), (None, Some(true), Some(false)));
    assert_eq!(member.status(), Some(2));
    let join = message("Event: ConfbridgeJoin\nAdmin: Yes\nConference: 1\n\n");
    assert_eq!(join.view::<ConfbridgeJoin>().expect("a ConfbridgeJoin").admin(), Some(true));
    let response = message("Event: OriginateResponse\nReason: 4\n\n");
    assert_eq!(response.view::<OriginateResponse>().expect("one").reason(), Some(4));
}

/// Tells from the text of an event, as a server reads it, whether it has this name and a header of which this holds.
fn holds(event: &Message, name: &str, header: &str, mut test: impl FnMut(&str) -> bool) -> bool {
    let wire = String::from_utf8_lossy(&event.wire()).into_owned();
    let start = format!("{header}: ");
    wire.starts_with(&format!("Event: {name}\r\n"))
        && wire.lines().filter_map(|line| line.strip_prefix(&start)).any(&mut test)
}

#[test]
fn filter_chooses_recorded_events_as_their_text_says() {
    let begins = EventFilter::new().include(Rule::event("Newexten").begins("Application", "Wa"));
    let ends = EventFilter::new().include(Rule::event("VarSet").ends("Variable", "Z"));
    let contains = EventFilter::new().include(Rule::event("Newchannel").contains("Channel", "default"));
    let equals = EventFilter::new().exclude(Rule::event("Hangup").equals("Cause", "16"));
    let mut counts = [0; 4];
    for (_, bytes) in server_captures() {
        let mut parser = Parser::new();
        parser.feed(&bytes).expect("a recorded session");
        while let Some(event) = parser.next().expect("a good message") {
            if event.kind() != MessageKind::Event {
                continue;
            }
            let wanted = [
                (&begins, holds(&event, "Newexten", "Application", |value| value.starts_with("Wa"))),
                (&ends, holds(&event, "VarSet", "Variable", |value| value.ends_with('Z'))),
                (&contains, holds(&event, "Newchannel", "Channel", |value| value.contains("default"))),
                (&equals, !holds(&event, "Hangup", "Cause", |value| value == "16")),
            ];
            for (count, (filter, passes)) in counts.iter_mut().zip(wanted) {
                assert_eq!(filter.matches(&event), passes, "{filter:?} {event:?}");
                *count += usize::from(passes);
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

#[test]
fn filter_is_written_in_both_forms() {
    let filter = EventFilter::new()
        .include("Hangup")
        .include(Rule::event("Newchannel").begins("Channel", "PJSIP/1.2"))
        .exclude(Rule::any().ends("Channel", "!x"))
        .exclude(Rule::any().begins("Channel", "!x^"));
    let texts = |actions: Vec<ami::Action>, name: &str| {
        let value =
            |action: &ami::Action| action.get(name).map(|value| String::from_utf8(value.to_vec()).expect("text"));
        actions.iter().map(value).collect::<Vec<_>>()
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        texts(filter.criteria().expect("good"), "MatchCriteria"),
        [
            text("action(include) name(Hangup)"),
            text("action(include) name(Newchannel) header(Channel) method(starts_with)"),
            text("action(exclude) header(Channel) method(regex)"),
            text("action(exclude) header(Channel) method(regex)"),
        ]
    );
    assert_eq!(
        texts(filter.criteria().expect("good"), "Filter"),
        [None, text("PJSIP/1.2"), text("[!]x$"), text(r"^[!]x\^")]
    );
    assert_eq!(
        texts(filter.expressions().expect("good"), "Filter"),
        [
            text("^Event: Hangup[[:cntrl:]]"),
            text("^Event: Newchannel[[:cntrl:]].*[[:cntrl:]]Channel: PJSIP/1[.]2"),
            text("![[:cntrl:]]Channel: [^[:cntrl:]]*[!]x[[:cntrl:]]"),
            text(r"![[:cntrl:]]Channel: [!]x\^"),
        ]
    );
}

#[test]
fn filter_refuses_what_a_server_cannot_be_told() {
    let bad = [
        Rule::any(),
        Rule::event(""),
        Rule::event("A B"),
        Rule::event("A,B"),
        Rule::event("A)"),
        Rule::event("A("),
        Rule::event("A\r\nB"),
        Rule::event("A").equals("", "x"),
        Rule::event("A").equals("B C", "x"),
        Rule::event("A").equals("B:", "x"),
        Rule::event("A").equals("B", ""),
        Rule::event("A").equals("B", "x\ny"),
        Rule::any().equals("Event", "x"),
        Rule::event("A").equals("B", "x").equals("C", "y"),
    ];
    for rule in bad {
        for filter in
            [EventFilter::new().include(rule.clone()), EventFilter::new().include("Hangup").exclude(rule.clone())]
        {
            assert_eq!(filter.criteria().expect_err("refused").kind(), ErrorKind::Invalid, "{rule:?}");
            assert_eq!(filter.expressions().expect_err("refused").kind(), ErrorKind::Invalid, "{rule:?}");
        }
    }
}

#[test]
fn filter_tells_the_needed_events_that_it_cuts() {
    assert!(EventFilter::new().cuts().is_empty());
    assert!(
        EventFilter::new().exclude("Hangup").exclude(Rule::event("VarSet").contains("Variable", "x")).cuts().is_empty()
    );
    let with = EventFilter::new().include("Hangup").include("OriginateResponse");
    assert_eq!(with.cuts(), ["AsyncAGI", "AsyncAGIEnd", "AsyncAGIExec", "AsyncAGIStart"]);
    assert_eq!(EventFilter::new().exclude("OriginateResponse").cuts(), ["OriginateResponse"]);
    assert_eq!(EventFilter::new().exclude(Rule::any().begins("Channel", "Local/")).cuts().len(), 5);
}

/// Headers that any event may have, and those of programs.
fn is_general(event: &str, header: &str) -> bool {
    let general = ["Event", "Privilege", "ActionID", "EventList", "ListItems", "Timestamp", "SystemName"];
    general.contains(&header) || event == "UserEvent"
}

#[test]
fn typed_views_know_each_header_of_the_recorded_events() {
    let (mut events, mut unknown) = (0, BTreeSet::new());
    for (name, bytes) in server_captures() {
        let mut parser = Parser::new();
        parser.feed(&bytes).expect("a recorded session");
        while let Some(event) = parser.next().expect("a good message") {
            if event.kind() != MessageKind::Event {
                continue;
            }
            events += 1;
            let title = shown(event.name());
            let Some(entry) = Entry::event(&title) else {
                unknown.insert(format!("{name}: {title}"));
                continue;
            };
            for (header, _) in event.iter() {
                let header = shown(header);
                let is_known = entry.headers().any(|(known, _)| known.eq_ignore_ascii_case(&header));
                if !is_known && !is_general(&title, &header) {
                    unknown.insert(format!("{name}: {title}: {header}"));
                }
            }
        }
    }
    assert!(events > 1_000, "{events} events");
    assert_eq!(unknown.into_iter().collect::<Vec<_>>(), Vec::<String>::new());
}

#[cfg(feature = "client")]
mod called {
    use ami::typed::actions::MailboxCount;
    use ami::{Client, Config};
    use support::clock::patience;
    use support::server::{SECRET, Server};

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn typed_action_is_called_and_one_that_is_refused_is_not_written() {
        let server = Server::start().await;
        let config = Config::new("127.0.0.1", "admin", SECRET).port(server.port());
        let served = async {
            let mut peer = server.accept().await;
            peer.log_in("").await;
            let asked = peer.action().await;
            peer.say(asked.accept()).await;
            assert_eq!((asked.name.as_str(), asked.get("Mailbox")), ("MailboxCount", Some("100@default")));
            while let Some(asked) = peer.try_action().await {
                peer.say(asked.accept()).await;
            }
        };
        let calls = async {
            let client = Client::connect(config).await.expect("logged in");
            let refused = Setvar::new("NAME").call(&client).await.expect_err("refused");
            assert_eq!(refused.kind(), ErrorKind::Invalid);
            let count = MailboxCount::new("100@default");
            count.call_within(&client, Duration::from_secs(60)).await.expect("accepted");
            client.close().await.expect("closed");
        };
        patience("the calls", async { tokio::join!(served, calls) }).await;
    }

    #[tokio::test(flavor = "current_thread")]
    async fn can_asks_once_a_connection_and_permission_errors_name_the_class() {
        let server = Server::start().await;
        let config = Config::new("127.0.0.1", "admin", SECRET)
            .port(server.port())
            .reconnect(ami::Reconnect::new(Duration::from_millis(1), Duration::from_millis(9)));
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let lists = [
            "Ping: Keepalive.  (Priv: <none>)\r\nPJSIPShowEndpoints: L.  (Priv: system,all)\r\n",
            "Ping:  (Priv: <none>)\r\nReload: (Priv: system)\r\nMessage: Reload\r\n",
        ];
        let served = async {
            for list in lists {
                let mut peer = server.accept().await;
                peer.log_in("").await;
                while let Some(action) = peer.try_action().await {
                    match action.name.as_str() {
                        "ListCommands" => {
                            asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                            peer.say(action.reply("Success", list)).await;
                        }
                        "Reload" | "corestatus" | "Unknown" => {
                            peer.say(action.reply("Error", "Message: Permission denied\r\n")).await;
                        }
                        "HangUp" => break,
                        _ => peer.say(action.accept()).await,
                    }
                }
            }
        };
        let calls = async {
            let client = Client::connect(config).await.expect("logged in");
            for (name, can) in
                [("pjsipshowendpoints", true), ("PJSIPShowEndpoints", true), ("Reload", false), ("Message", false)]
            {
                assert_eq!(client.can(name).await.expect("told"), can, "{name}");
            }
            assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
            for (name, class) in
                [("Reload", "config or system"), ("corestatus", "reporting or system"), ("Unknown", "that it needs")]
            {
                let error = client.call(&ami::Action::new(name)).await.expect_err("refused");
                assert_eq!(error.kind(), ErrorKind::Permission);
                let wanted = format!("give the account the class {class} (write= in manager.conf)");
                assert!(error.message().contains(&wanted), "{error}");
            }
            let _ = client.call(&ami::Action::new("HangUp")).await;
            patience("another connection", async {
                while client.stats().reconnects == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
            .await;
            assert!(client.can("Reload").await.expect("told"));
            assert!(!client.can("PJSIPShowEndpoints").await.expect("told"));
            assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 2);
            client.close().await.expect("closed");
        };
        patience("the calls", async { tokio::join!(served, calls) }).await;
    }

    #[tokio::test(flavor = "current_thread")]
    async fn filter_is_left_to_the_program_by_a_server_without_filters() {
        for (said, by) in [
            (
                "Invalid/unknown command: Filter. Use Action: ListCommands to show available commands.",
                Some(ami::client::FilteredBy::Client),
            ),
            ("Permission denied", None),
            ("Something else", None),
        ] {
            let server = Server::start().await;
            let config = Config::new("127.0.0.1", "admin", SECRET).port(server.port());
            let served = async {
                let mut peer = server.accept().await;
                peer.log_in("").await;
                let mut filters = 0;
                while let Some(action) = peer.try_action().await {
                    if action.name == "Filter" {
                        filters += 1;
                        peer.say(action.reply("Error", &format!("Message: {said}\r\n"))).await;
                    } else {
                        peer.say(action.accept()).await;
                    }
                }
                filters
            };
            let calls = async {
                let client = Client::connect(config).await.expect("logged in");
                let result = client.filter_events(&EventFilter::new().include("Hangup")).await;
                client.close().await.expect("closed");
                result
            };
            let (filters, result) = patience("the calls", async { tokio::join!(served, calls) }).await;
            assert_eq!((filters, result.ok()), (1, by), "{said}");
        }
    }
}

#[test]
fn typed_actions_without_required_headers_begin_empty() {
    assert_eq!(sent(&QueueStatus::new().action()), "Action: QueueStatus\r\n\r\n");
    let status = message("Event: Status\nChannel: c\nSeconds: 5\n\n");
    assert_eq!(status.view::<Status>().expect("a Status").seconds(), Some(5));
}

/// The methods of a type in generated code, but for its constructor.
fn methods(code: &str, begin: &str) -> BTreeSet<String> {
    let (_, rest) = code.split_once(begin).unwrap_or_else(|| panic!("there is {begin:?}"));
    let (body, _) = rest.split_once("\n}\n").expect("an end");
    let found = body.lines().filter_map(|line| line.trim().strip_prefix("pub fn ")?.split('(').next());
    found.filter(|name| *name != "new").map(str::to_owned).collect()
}

#[test]
fn typed_names_are_the_same_as_in_python() {
    let actions = include_str!(concat!(env!("OUT_DIR"), "/actions.rs"));
    let events = include_str!(concat!(env!("OUT_DIR"), "/events.rs"));
    let blocks = include_str!(concat!(env!("OUT_DIR"), "/blocks.rs"));
    let table = include_str!("../python/libami/_catalogue.txt");
    let mut count = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let type_name = |name: &str| {
            let mut name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            name[..1].make_ascii_uppercase();
            name
        };
        let (code, begin, headers) = match fields[0] {
            "action" => (actions, format!("impl {} {{", type_name(fields[2])), &fields[4..]),
            "event" => (events, format!("impl<'a> {}<'a> {{", fields[1]), &fields[3..]),
            _ => (blocks, format!("impl<'a> {}<'a> {{", type_name(fields[1])), &fields[3..]),
        };
        let wanted: BTreeSet<String> =
            headers.iter().map(|field| field.split(' ').next().expect("a name").to_owned()).collect();
        assert_eq!(methods(code, &begin), wanted, "{begin}");
        count += 1;
    }
    assert!(count > 500, "{count}");
}
