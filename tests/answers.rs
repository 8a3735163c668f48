//! Each call ends with what the server meant for it, whatever the shape of the answer. The frames are those of the servers'
//! sources, 1.4 to 23.

use std::time::Duration;

use ami::{Action, ErrorKind, Message, Response};
use support::captures::shown;
use support::session::{Link, session_config};

fn action(name: &str) -> Action {
    Action::new(name).with("ActionID", "x")
}

/// A link to a server that writes ActionIDs, and is told of what is no answer.
fn link() -> Link {
    let mut config = session_config();
    config.strays = true;
    let mut link = Link::up(config, false);
    link.log_in_with_ids(b"Asterisk Call Manager/1.1\r\n");
    link
}

/// The action's result when the server says this.
fn answered(name: &str, said: &str) -> Response {
    let mut link = link();
    link.submit(0, &action(name));
    link.feed(said);
    let response = link.only().unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(link.out.events.is_empty(), "{name}: all of it is the answer");
    response
}

fn names(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| shown(message.name())).collect()
}

/// Action, the words of its response, an entry, the closing event; for all lists that servers have had.
const LISTS: [(&str, &str, &str, &str); 53] = [
    ("Agents", "Agents will follow", "Agents", "AgentsComplete"),
    ("BridgeInfo", "Bridge channel listing will follow", "BridgeInfoChannel", "BridgeInfoComplete"),
    ("BridgeList", "Bridge listing will follow", "BridgeListItem", "BridgeListComplete"),
    (
        "BridgeTechnologyList",
        "Bridge technology listing will follow",
        "BridgeTechnologyListItem",
        "BridgeTechnologyListComplete",
    ),
    ("ConfbridgeList", "Confbridge user list will follow", "ConfbridgeList", "ConfbridgeListComplete"),
    ("ConfbridgeListRooms", "Confbridge conferences will follow", "ConfbridgeListRooms", "ConfbridgeListRoomsComplete"),
    ("CoreShowChannelMap", "Channel map will follow", "CoreShowChannelMap", "CoreShowChannelMapComplete"),
    ("CoreShowChannels", "Channels will follow", "CoreShowChannel", "CoreShowChannelsComplete"),
    ("DAHDIShowChannels", "DAHDI channel status will follow", "DAHDIShowChannels", "DAHDIShowChannelsComplete"),
    ("DAHDIShowStatus", "DAHDI span statuses will follow", "DAHDIShowStatus", "DAHDIShowStatusComplete"),
    ("DBGet", "Result will follow", "DBGetResponse", "DBGetComplete"),
    ("DBGetTree", "Result will follow", "DBGetTreeResponse", "DBGetTreeComplete"),
    ("DeviceStateList", "Device State Changes will follow", "DeviceStateChange", "DeviceStateListComplete"),
    ("ExtensionStateList", "Extension Statuses will follow", "ExtensionStatus", "ExtensionStateListComplete"),
    ("FAXSessions", "FAXSessionsEntry event list will follow", "FAXSessionsEntry", "FAXSessionsComplete"),
    ("Hangup", "Channels hung up will follow", "ChannelHungup", "ChannelsHungupListComplete"),
    ("IAXpeerlist", "IAX Peer status list will follow", "PeerEntry", "PeerlistComplete"),
    ("IAXpeers", "Peer status list will follow", "PeerEntry", "PeerlistComplete"),
    ("IAXregistry", "Registrations will follow", "RegistryEntry", "RegistrationsComplete"),
    ("MeetmeList", "Meetme user list will follow", "MeetmeList", "MeetmeListComplete"),
    ("MeetmeListRooms", "Meetme conferences will follow", "MeetmeListRooms", "MeetmeListRoomsComplete"),
    ("MWIGet", "Mailboxes will follow", "MWIGet", "MWIGetComplete"),
    ("ParkedCalls", "Parked calls will follow", "ParkedCall", "ParkedCallsComplete"),
    ("Parkinglots", "Parking lots will follow", "Parkinglot", "ParkinglotsComplete"),
    ("PJSIPHangup", "Channels hung up will follow", "ChannelHungup", "ChannelsHungupListComplete"),
    ("PJSIPShowAors", "A listing of AORs will follow", "AorList", "AorListComplete"),
    ("PJSIPShowAuths", "A listing of Auths will follow", "AuthList", "AuthListComplete"),
    ("PJSIPShowContacts", "A listing of Contacts will follow", "ContactList", "ContactListComplete"),
    ("PJSIPShowEndpoint", "Events for each object will follow", "AorDetail", "EndpointDetailComplete"),
    ("PJSIPShowEndpoints", "A listing of Endpoints will follow", "EndpointList", "EndpointListComplete"),
    (
        "PJSIPShowMaintenance",
        "Maintenance statuses will follow",
        "PJSIPMaintenanceStatus",
        "PJSIPMaintenanceStatusComplete",
    ),
    (
        "PJSIPShowRegistrationInboundContactStatuses",
        "Contacts will follow",
        "ContactStatusDetail",
        "ContactStatusDetailComplete",
    ),
    (
        "PJSIPShowRegistrationsInbound",
        "Registrations will follow",
        "InboundRegistrationDetail",
        "InboundRegistrationDetailComplete",
    ),
    ("PJSIPShowRegistrationsOutbound", "Registrations will follow", "AuthDetail", "OutboundRegistrationDetailComplete"),
    ("PJSIPShowResourceLists", "Resource lists will follow", "ResourceListDetail", "ResourceListDetailComplete"),
    (
        "PJSIPShowSubscriptionsInbound",
        "Subscriptions will follow",
        "InboundSubscriptionDetail",
        "InboundSubscriptionDetailComplete",
    ),
    (
        "PJSIPShowSubscriptionsOutbound",
        "Subscriptions will follow",
        "OutboundSubscriptionDetail",
        "OutboundSubscriptionDetailComplete",
    ),
    ("PresenceStateList", "Presence State Changes will follow", "PresenceStateChange", "PresenceStateListComplete"),
    ("PRIShowSpans", "Span status will follow", "PRIShowSpans", "PRIShowSpansComplete"),
    ("QueueStatus", "Queue status will follow", "QueueMember", "QueueStatusComplete"),
    ("QueueSummary", "Queue summary will follow", "QueueSummary", "QueueSummaryComplete"),
    ("ShowDialPlan", "DialPlan list will follow", "ListDialplan", "ShowDialPlanComplete"),
    ("SIPpeers", "Peer status list will follow", "PeerEntry", "PeerlistComplete"),
    ("SIPpeerstatus", "Peer status will follow", "PeerStatus", "SIPpeerstatusComplete"),
    ("SIPshowregistry", "Registrations will follow", "RegistryEntry", "RegistrationsComplete"),
    ("SKINNYdevices", "Device status list will follow", "DeviceEntry", "DevicelistComplete"),
    ("SKINNYlines", "Line status list will follow", "LineEntry", "LinelistComplete"),
    ("Status", "Channel status will follow", "Status", "StatusComplete"),
    ("VoicemailBoxSummary", "Voicemail box detail will follow", "VoicemailBoxDetail", "VoicemailBoxDetailComplete"),
    ("VoicemailUsersList", "Voicemail user list will follow", "VoicemailUserEntry", "VoicemailUserEntryComplete"),
    ("VoicemailUserStatus", "Voicemail user detail will follow", "VoicemailUserDetail", "VoicemailUserDetailComplete"),
    ("WaitEvent", "Waiting for Event completed.", "Entry", "WaitEventComplete"),
    // An action that nobody knows.
    ("VendorShowThings", "Things will follow", "Thing", "VendorShowThingsComplete"),
];

#[test]
fn list_ends_by_its_header_or_by_its_closing_event() {
    for (name, words, entry, closing) in LISTS {
        for with_header in [true, false] {
            let header = |word: &str| if with_header { format!("EventList: {word}\r\n") } else { String::new() };
            let response = answered(
                name,
                &format!(
                    "Response: Success\r\nActionID: x\r\n{}Message: {words}\r\n\r\n\
                     Event: {entry}\r\nNumber: 1\r\nActionID: x\r\n\r\nEvent: {entry}\r\nActionID: x\r\nNumber: 2\r\n\r\n\
                     Event: {closing}\r\n{}ListItems: 2\r\nActionID: x\r\n\r\n",
                    header("start"),
                    header("Complete")
                ),
            );
            assert_eq!(names(response.events()), [entry, entry], "{name}");
            assert!(response.end_event().is_some_and(|end| end.is(closing)), "{name}");
        }
    }
}

#[test]
fn list_of_nothing_may_be_a_plain_success() {
    for (name, words) in [
        ("VoicemailUsersList", "There are no voicemail users currently defined."),
        ("VoicemailUserStatus", "There is no voicemail user of the given info."),
        ("VoicemailBoxSummary", "There is no voicemail user matching the given user."),
        ("Hangup", "Channel Hungup"),
        ("PJSIPHangup", "Channel Hungup"),
        ("QueueStatus", "Nothing to tell"),
    ] {
        let response = answered(name, &format!("Response: Success\r\nActionID: x\r\nMessage: {words}\r\n\r\n"));
        assert!(response.events().is_empty() && response.end_event().is_none(), "{name}");
        assert_eq!(response.text("Message").as_deref(), Some(words));
    }
}

#[test]
fn list_cancelled_by_the_server_is_an_error_with_its_entries() {
    let mut link = link();
    link.submit(0, &action("Status"));
    link.feed("Response: Success\r\nActionID: x\r\nEventList: start\r\nMessage: Channel status will follow\r\n\r\n");
    link.feed(
        "Event: Status\r\nActionID: x\r\n\r\nEvent: StatusComplete\r\nActionID: x\r\nEventList: cancelled\r\n\r\n",
    );
    let error = link.only().expect_err("it is not whole");
    assert_eq!(error.kind(), ErrorKind::Action);
    assert!(error.to_string().contains("cancelled the list of Status"), "{error}");
    assert_eq!(error.response().map(|response| response.events().len()), Some(1));
}

#[test]
fn list_of_asterisk_11_has_entries_without_action_ids() {
    let mut link = link();
    link.submit(0, &action("Parkinglots"));
    link.feed("Response: Success\r\nActionID: x\r\nMessage: Parking lots will follow\r\n\r\n");
    link.feed("Event: Parkinglot\r\nName: a\r\n\r\nEvent: Newchannel\r\n\r\nEvent: Parkinglot\r\nName: b\r\n\r\n");
    link.feed("Event: ParkinglotsComplete\r\nActionID: x\r\n\r\nEvent: Parkinglot\r\nName: c\r\n\r\n");
    assert_eq!(link.only().expect("a list").events().len(), 2);
    assert_eq!(names(&link.out.events), ["Newchannel", "Parkinglot"], "what is no entry is news");
}

#[test]
fn list_entry_without_a_name_is_kept() {
    let response = answered(
        "QueueStatus",
        "Response: Success\r\nActionID: x\r\nMessage: Queue status will follow\r\n\r\nQueue: a\r\nActionID: x\r\n\r\n\
         Event: QueueStatusComplete\r\nActionID: x\r\n\r\n",
    );
    assert_eq!(response.events().len(), 1);
    assert_eq!(response.events()[0].get("Queue"), Some(&b"a"[..]));
}

#[test]
fn list_may_be_one_event() {
    for name in ["FAXStats", "FAXSession"] {
        let response = answered(
            name,
            &format!(
                "Response: Success\r\nActionID: x\r\nMessage: {name} event will follow\r\n\r\n\
                 Event: {name}\r\nActionID: x\r\nCurrentSessions: 0\r\n\r\n"
            ),
        );
        assert_eq!(names(response.events()), [name]);
        assert!(response.end_event().is_none());
    }
}

#[test]
fn response_second_of_two_counts() {
    let first = "Response: Success\r\nActionID: x\r\nMessage: Attempting to send Jabber Message\r\n\r\n";
    let response = answered("JabberSend", &format!("{first}Response: Success\r\nActionID: x\r\n\r\n"));
    assert!(response.get("Message").is_none());
    let mut link = link();
    link.submit(0, &action("JabberSend"));
    link.feed(format!("{first}Response: Error\r\nActionID: x\r\nMessage: Could not find Sender\r\n\r\n"));
    assert_eq!(link.only().expect_err("refused").kind(), ErrorKind::Action);
    // Without a second one the first is the answer.
    let mut link = self::link();
    link.submit(0, &action("JabberSend"));
    link.feed(first);
    assert!(link.out.done.is_empty());
    link.pass(Duration::from_secs(10));
    assert!(link.only().is_ok());
}

#[test]
fn response_with_a_line_without_a_name_is_matched() {
    for said in [
        "Response: Success\r\nActionID: x\r\nNo categories found\r\n\r\n",
        "Response: Success\nActionID: x\nNo\nmore\n\n",
    ] {
        let response = answered("GetConfig", said);
        assert_eq!(response.message().action_id(), Some(&b"x"[..]));
        let (name, words) = response.message().header(2).expect("the line is kept");
        assert!(name.is_empty() && words.starts_with(b"No"), "{}", shown(words));
        assert_eq!(response.message().wire(), said.as_bytes());
    }
}

#[test]
fn pong_without_an_empty_line_keeps_its_headers() {
    for (end, next) in [("\r\n", "Event: A\r\n\r\n"), ("\n", "Event: A\r\n\r\n"), ("\n\n", ""), ("\r\n\r\n", "")] {
        for (name, header) in [("Ping", "Ping: Pong"), ("Events", "Events: On"), ("Events", "Events: Off")] {
            let mut link = link();
            link.submit(0, &action(name));
            let said = format!("Response: Success\r\n{header}{end}");
            link.feed(format!("{said}{next}"));
            let came: Vec<u8> =
                link.out.strays.iter().flat_map(|(batch, _)| batch.iter().flat_map(|piece| piece.wire())).collect();
            let done = link.out.done.drain(..).flat_map(|(_, result)| result.expect("an answer").message().wire());
            let came: Vec<u8> = came.into_iter().chain(done).collect();
            assert_eq!(shown(&came), shown(said.as_bytes()), "{name} {end:?}");
        }
    }
}

/// The first releases of 1.6.0 leave both the ActionID and the empty line out of these two answers.
#[test]
fn response_without_action_id_and_empty_line_ends_at_the_next_message() {
    let mut link = link();
    link.submit(0, &action("Events"));
    link.submit(1, &Action::new("CoreStatus").with("ActionID", "y"));
    link.feed(
        "Response: Success\r\nEvents: Off\r\nResponse: Success\r\nPing: Pong\r\n\
         Response: Success\r\nActionID: y\r\nCoreCurrentCalls: 0\r\n\r\n",
    );
    link.pass(Duration::from_secs(1));
    let mut outcomes = link.out.kinds();
    outcomes.sort_unstable_by_key(|(token, _)| *token);
    assert_eq!(outcomes, [(0, None), (1, None)]);
}

#[test]
fn header_name_loses_the_blank_before_its_colon() {
    let said = "Response: Success\r\nActionID: x\r\nReg-Contact : sip:a@b\r\nA  :b\r\n : c\r\n\r\n";
    let response = answered("SIPshowpeer", said);
    assert_eq!(response.get("Reg-Contact"), Some(&b"sip:a@b"[..]));
    assert_eq!(response.get("A"), Some(&b"b"[..]));
    assert_eq!(shown(&response.message().wire()), shown(said.as_bytes()));
}

#[test]
fn response_without_action_id_is_matched_by_order() {
    for (name, said) in
        [("Events", "Response: Success\r\nEvents: Off\r\n\r\n"), ("Ping", "Response: Success\r\nPing: Pong\r\n\r\n")]
    {
        let mut link = link();
        link.submit(0, &Action::new("CoreStatus"));
        link.submit(1, &action(name));
        link.feed(said);
        link.pass(Duration::from_secs(1));
        assert_eq!(link.out.kinds(), [(1, None)], "{name}");
    }
}

#[test]
fn response_without_action_id_counts_once_the_next_ping_is_answered() {
    let mut link = link();
    link.session.submit(&action("Events"), None, link.now, 0).expect("accepted");
    let fence = link.sent_header("ActionID");
    link.feed("Response: Success\r\nEvents: On\r\n\r\n");
    assert!(link.out.done.is_empty(), "it may be a text");
    link.feed(format!("Response: Success\r\nActionID: {fence}\r\nPing: Pong\r\n\r\n"));
    assert_eq!(link.only().expect("answered").get("Events"), Some(&b"On"[..]));
    // An action answered with its ActionID needs no Ping's answer.
    link.submit(1, &action("Events"));
    link.feed("Response: Success\r\nActionID: x\r\nEvents: Off\r\n\r\n");
    assert!(link.only().is_ok());
    link.pass(Duration::from_secs(60));
    assert!(link.session.is_ready() && link.out.done.is_empty());
}

#[test]
fn action_that_is_never_answered_ends_with_the_next_pong() {
    for (name, text) in [
        (
            "Queues",
            "support has 0 calls (max unlimited) in 'ringall' strategy\r\n   No Members\r\n   No Callers\r\n\r\n\r\n",
        ),
        ("IAXnetstats", "\r\n"),
        ("SIPqualifypeer", "\r\n\r\n"),
        ("SKINNYshowline", "Name: 100\r\nCallGroup: 1\r\n\r\n\r\n"),
        ("QueueRule", "RuleList: a\r\nRule: 10,20,30\r\n\r\n"),
    ] {
        let mut link = link();
        link.session.submit(&action(name), None, link.now, 0).expect("accepted");
        let fence = link.sent_header("ActionID");
        assert_ne!(fence, "x", "a Ping goes out behind it");
        link.feed(text);
        assert!(link.out.done.is_empty());
        link.feed(format!("Response: Success\r\nActionID: {fence}\r\nPing: Pong\r\n\r\n"));
        let error = link.only().expect_err("it is not answered");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{name}");
        assert!(error.to_string().contains("never answers"), "{error}");
        let words = String::from_utf8_lossy(error.peer_message().unwrap_or_default()).into_owned();
        assert_eq!(words, text.trim(), "{name}");
        assert!(link.out.events.is_empty(), "{name}: its text is no news");
    }
    // A later server answers it, and that is the answer.
    let mut link = link();
    link.session.submit(&action("SIPqualifypeer"), None, link.now, 0).expect("accepted");
    let fence = link.sent_header("ActionID");
    link.feed("Response: Success\r\nActionID: x\r\nMessage: SIP peer found - will qualify\r\n\r\n");
    link.feed(format!("Response: Success\r\nActionID: {fence}\r\nPing: Pong\r\n\r\n"));
    assert!(link.only().is_ok());
}

#[test]
fn command_text_loses_the_crs_that_a_relay_put_before_each_lf() {
    let reply =
        |text: &str| format!("Response: Follows\r\nPrivilege: Command\r\nActionID: x\r\n{text}--END COMMAND--\r\n\r\n");
    for (text, expected) in [("a\r\nb\r\n", "a\nb"), ("a\nb\n", "a\nb"), ("a\nb\r\nc\n", "a\nb\r\nc"), ("a\r\n", "a")] {
        let response = answered("Command", &reply(text));
        assert_eq!(response.output().map(shown), Some(shown(expected.as_bytes())), "{text:?}");
    }
}

// ---- answers of any size ----

/// A link whose limits are these.
fn limited(change: impl FnOnce(&mut ami::protocol::Limits)) -> Link {
    let mut config = session_config();
    change(&mut config.limits);
    let mut link = Link::up(config, false);
    link.log_in_with_ids(b"Asterisk Call Manager/1.1\r\n");
    link
}

#[test]
fn response_of_100000_lines_or_one_line_of_megabytes_comes_whole() {
    let lines: String = (0..100_000).map(|n| format!("Line-000000-{n:06}: exten=s,{n},NoOp(x)\r\n")).collect();
    let response =
        answered("GetConfig", &format!("Response: Success\r\nActionID: x\r\nCategory-000000: general\r\n{lines}\r\n"));
    assert_eq!(response.message().len(), 100_003);
    assert_eq!(response.get("line-000000-099999"), Some(&b"exten=s,99999,NoOp(x)"[..]));
    let json = "\"k\":\"v\",".repeat(1 << 19);
    let response = answered("GetConfigJSON", &format!("Response: Success\r\nActionID: x\r\nJSON: {{{json}}}\r\n\r\n"));
    assert_eq!(response.get("JSON").map(<[u8]>::len), Some(json.len() + 2));
}

#[test]
fn response_over_a_limit_fails_its_call_alone() {
    type Change = fn(&mut ami::protocol::Limits);
    let line = format!("Json: {}\r\n", "x".repeat(200));
    let cases: [(&str, Change, String); 6] = [
        ("bytes", |limits| limits.response = 1 << 20, "Line: value\r\n".repeat(120_000)),
        ("bytes", |limits| limits.frame = 400, "Line: value\r\n".repeat(100)),
        ("headers", |limits| limits.headers = 20, "Line: value\r\n".repeat(100)),
        ("bytes", |limits| limits.line = 100, line.repeat(3)),
        ("bytes", |limits| limits.frame = 400, "no name\r\n".repeat(100)),
        ("bytes", |limits| limits.output = 400, "Output: text\r\n".repeat(100_000)),
    ];
    for (at, (unit, change, rest)) in cases.into_iter().enumerate() {
        for piece in [usize::MAX, 1000, 7, 1] {
            if piece < 1000 && rest.len() > 100_000 {
                continue;
            }
            let mut link = limited(change);
            link.submit(0, &action("GetConfig"));
            (1..=1000)
                .for_each(|token| link.submit(token, &Action::new("CoreStatus").with("ActionID", format!("y{token}"))));
            link.feed_cut(format!("Response: Success\r\nActionID: x\r\n{rest}\r\n").as_bytes(), piece);
            let error = link.out.done.pop().expect("it has ended").1.expect_err("too large");
            assert_eq!(error.kind(), ErrorKind::Limit, "{at}");
            let text = error.to_string();
            assert!(text.contains("GetConfig") && text.contains(unit) && text.contains("raise that limit"), "{text}");
            link.feed("Event: News\r\n\r\n");
            (1..=1000).for_each(|token| link.feed(format!("Response: Success\r\nActionID: y{token}\r\n\r\n")));
            assert_eq!(link.out.done.len(), 1000, "{at}: the others do not notice");
            assert!(link.out.done.iter().all(|(_, result)| result.is_ok()) && link.out.ended.is_none());
            assert_eq!(names(&link.out.events), ["News"], "{at} in pieces of {piece}");
        }
    }
}

#[test]
fn command_text_over_the_limit_fails_its_call_alone() {
    for piece in [usize::MAX, 100, 1] {
        let mut link = limited(|limits| limits.output = 500);
        link.submit(0, &action("Command").with("Command", "core show x"));
        link.submit(1, &Action::new("CoreStatus").with("ActionID", "y"));
        let text = "a line\n\n--END COMMAND--x\n".repeat(100);
        link.feed_cut(
            format!("Response: Follows\r\nPrivilege: Command\r\nActionID: x\r\n{text}--END COMMAND--\r\n\r\n")
                .as_bytes(),
            piece,
        );
        assert_eq!(link.out.kinds(), [(0, Some(ErrorKind::Limit))]);
        link.feed("Event: News\r\n\r\nResponse: Success\r\nActionID: y\r\n\r\n");
        assert_eq!(link.out.kinds()[1], (1, None));
        assert_eq!(names(&link.out.events), ["News"]);
    }
}

#[test]
fn message_over_a_limit_that_nobody_asked_for_ends_the_connection() {
    for said in ["Event: News\r\n", "Response: Success\r\nActionID: nobody\r\n"] {
        let mut link = limited(|limits| limits.frame = 400);
        link.submit(0, &action("GetConfig"));
        link.feed(format!("{said}{}\r\n", "Line: value\r\n".repeat(100)));
        assert_eq!(link.out.ended.as_ref().map(ami::Error::kind), Some(ErrorKind::Limit));
    }
}
