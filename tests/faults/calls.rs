//! Calls, lists and events of real servers that are seldom asked for: each whole, and each brought home to its action.

use ami::client::Originate;
use ami::protocol::unescape;
use ami::{Action, Client, Config, Error, ErrorKind, Filter, Message, Response, Subscription};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Controlled, config, own_name, servers};
use support::clock::patience;

async fn open(config: Config) -> Client {
    patience("a login", Client::connect(config)).await.expect("logged in")
}

async fn call(client: &Client, action: Action) -> Result<Response, Error> {
    patience(action.name(), client.call(&action)).await
}

/// A list that is whole: it has a closing event, which counts it.
async fn list(client: &Client, action: Action) -> Response {
    let name = action.name().to_owned();
    let response = call(client, action).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    let end = response.end_event().unwrap_or_else(|| panic!("{name} has an end"));
    let count = end.text("ListItems").expect("a count").into_owned();
    assert_eq!(count, response.events().len().to_string(), "{name}");
    response
}

fn text(message: &Message, name: &str) -> String {
    message.text(name).unwrap_or_else(|| panic!("{name} in {message:?}")).into_owned()
}

fn subscribe(client: &Client, name: &str) -> Subscription {
    client.subscribe(Filter::names([name]).expect("a name")).expect("open")
}

/// The next event that has this.
async fn with(events: &mut Subscription, header: &str, value: &str) -> Message {
    loop {
        let event = patience(value, events.next()).await.expect("it comes");
        if event.text(header).is_some_and(|has| has == value) {
            return event.detached();
        }
    }
}

fn held() -> Originate {
    Originate::new("Local/hold@default").application("Wait", "600")
}

/// The near end of a call that holds.
async fn hold(client: &Client) -> String {
    let outcome = patience("a call", client.originate(&held())).await.expect("an outcome");
    assert!(outcome.is_answered());
    String::from_utf8(outcome.channel().expect("a channel").to_vec()).expect("text")
}

async fn hang_up(client: &Client, channels: &[&str]) {
    for channel in channels {
        // A bridge takes the other one along.
        let _ = call(client, Action::new("Hangup").with("Channel", channel)).await;
    }
}

#[tokio::test]
async fn faults_state_lists_hold_their_values_and_presences_are_escaped() {
    for server in servers() {
        let client = open(config(server.port())).await;
        let mut changes = subscribe(&client, "PresenceStateChange");
        let name = own_name("Seen");
        let set = |variable: String, value: String| {
            let action = Action::new("Setvar").with("Variable", variable).with("Value", value);
            call(&client, action)
        };
        set(format!("DEVICE_STATE(Custom:{name})"), "BUSY".into()).await.expect("set");
        let said = "back at \"two\"\r\nEvent: Forged\\n, truly";
        let coded = STANDARD.encode(said);
        set(format!("PRESENCE_STATE(CustomPresence:{name})"), format!("away,{coded},{coded},e")).await.expect("set");

        let devices = list(&client, Action::new("DeviceStateList")).await;
        let device = format!("Custom:{name}");
        let state = devices.events().iter().find(|state| text(state, "Device") == device).expect("it is there");
        assert!(state.is("DeviceStateChange"));
        assert_eq!(text(state, "State"), "BUSY");

        let hints = list(&client, Action::new("ExtensionStateList")).await;
        assert!(hints.events().iter().any(|hint| hint.is("ExtensionStatus") && text(hint, "Exten") == "1001"));

        let presentity = format!("CustomPresence:{name}");
        let presences = list(&client, Action::new("PresenceStateList")).await;
        let listed = presences.events().iter().find(|one| text(one, "Presentity") == presentity).expect("there");
        let told = with(&mut changes, "Presentity", &presentity).await;
        for presence in [listed, &told] {
            assert_eq!(text(presence, "Status"), "away");
            for header in ["Subtype", "Message"] {
                let value = presence.get(header).expect("a value");
                assert!(!value.contains(&b'\n'), "{presence:?}");
                assert_eq!(unescape(value), said.as_bytes(), "{header}");
            }
        }
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_originate_three_at_once_keep_their_own_ids() {
    for server in servers() {
        let client = open(config(server.port())).await;
        let mut made = subscribe(&client, "Newchannel");
        let ids: Vec<(String, String)> = (0..3).map(|_| (own_name("Near"), own_name("Far"))).collect();
        let calls = ids.iter().map(|(near, far)| {
            let call = held().header("ChannelId", near).header("OtherChannelId", far);
            let client = client.clone();
            tokio::spawn(async move { client.originate(&call).await })
        });
        let mut channels = Vec::new();
        for (call, (near, _)) in calls.collect::<Vec<_>>().into_iter().zip(&ids) {
            let outcome = patience("a call", call).await.expect("no panic").expect("an outcome");
            assert!(outcome.is_answered());
            assert_eq!(outcome.uniqueid(), Some(near.as_bytes()));
            channels.push(String::from_utf8(outcome.channel().expect("a channel").to_vec()).expect("text"));
        }
        let mut told = Vec::new();
        while told.len() < 6 {
            let id = text(&patience("a channel", made.next()).await.expect("it comes"), "Uniqueid");
            if ids.iter().any(|(near, far)| id == *near || id == *far) {
                told.push(id);
            }
        }
        told.sort_unstable();
        let mut expected: Vec<String> = ids.iter().flat_map(|(near, far)| [near.clone(), far.clone()]).collect();
        expected.sort_unstable();
        assert_eq!(told, expected, "each once");
        // An id is for one channel at a time.
        let again = held().header("ChannelId", &ids[0].0);
        let outcome = patience("a call", client.originate(&again)).await.expect("an outcome");
        assert!(!outcome.is_answered(), "it is taken");
        hang_up(&client, &channels.iter().map(String::as_str).collect::<Vec<_>>()).await;
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_bridge_closing_event_has_data_and_two_channels_are_redirected() {
    for server in servers() {
        let client = open(config(server.port())).await;
        let (a, b) = (hold(&client).await, hold(&client).await);
        let mut entered = subscribe(&client, "BridgeEnter");
        let action = Action::new("Bridge").with("Channel1", &a).with("Channel2", &b);
        call(&client, action).await.expect("bridged");
        let id = text(&with(&mut entered, "Channel", &a).await, "BridgeUniqueid");
        with(&mut entered, "Channel", &b).await;
        assert!(
            list(&client, Action::new("BridgeList")).await.events().iter().any(|one| text(one, "BridgeUniqueid") == id)
        );
        let info = list(&client, Action::new("BridgeInfo").with("BridgeUniqueid", &id)).await;
        let mut inside: Vec<String> = info.events().iter().map(|one| text(one, "Channel")).collect();
        inside.sort_unstable();
        assert!(inside.contains(&a) && inside.contains(&b), "{inside:?}");
        let end = info.end_event().expect("an end");
        assert_eq!(text(end, "BridgeUniqueid"), id);
        assert_eq!(text(end, "BridgeNumChannels"), inside.len().to_string());
        let error = call(&client, Action::new("BridgeInfo").with("BridgeUniqueid", "nope")).await.expect_err("none");
        assert_eq!(error.kind(), ErrorKind::Action);

        let mut steps = subscribe(&client, "Newexten");
        let both = Action::new("Redirect")
            .with("Channel", &a)
            .with("ExtraChannel", &b)
            .with("Context", "default")
            .with("Exten", "echo")
            .with("Priority", "1")
            .with("ExtraContext", "default")
            .with("ExtraExten", "hold")
            .with("ExtraPriority", "1");
        call(&client, both).await.expect("redirected");
        let mut at = Vec::new();
        while at.len() < 2 {
            let step = patience("a step", steps.next()).await.expect("it comes");
            let (channel, exten) = (text(&step, "Channel"), text(&step, "Exten"));
            if [&a, &b].contains(&&channel) && !at.contains(&(channel.clone(), exten.clone())) {
                at.push((channel, exten));
            }
        }
        at.sort_unstable();
        let mut expected = vec![(a.clone(), "echo".to_owned()), (b.clone(), "hold".to_owned())];
        expected.sort_unstable();
        assert_eq!(at, expected);
        hang_up(&client, &[&a, &b]).await;
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_recording_is_stopped_by_its_id() {
    for server in servers() {
        let client = open(config(server.port())).await;
        let channel = hold(&client).await;
        let mut ids = Vec::new();
        for _ in 0..2 {
            let file = format!("{}.wav", own_name("Recorded"));
            let start = Action::new("MixMonitor").with("Channel", &channel).with("File", file).with("Options", "i(ID)");
            ids.push(text(call(&client, start).await.expect("it records").message(), "MixMonitorID"));
        }
        assert_ne!(ids[0], ids[1]);
        let stop = |id: &str| Action::new("StopMixMonitor").with("Channel", &channel).with("MixMonitorID", id);
        for id in &ids {
            call(&client, stop(id)).await.expect("it stops");
        }
        let error = call(&client, stop("nope")).await.expect_err("none of that id");
        assert_eq!(error.kind(), ErrorKind::Action, "{error}");
        hang_up(&client, &[&channel]).await;
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_channel_variables_come_in_order_with_the_empty_ones() {
    for generation in ["16", "22"] {
        let server = Controlled::start(generation, &["channelvars=FIRST,UNSET,LAST"]);
        let client = open(config(server.place.port())).await;
        let mut hangups = subscribe(&client, "Hangup");
        let id = own_name("Varied");
        let call_with = held().header("ChannelId", &id).variable("FIRST", "a=1, b: 2").variable("LAST", "z");
        let outcome = patience("a call", client.originate(&call_with)).await.expect("an outcome");
        let channel = String::from_utf8(outcome.channel().expect("a channel").to_vec()).expect("text");
        let all = Action::new("Status").with("Channel", &channel).with("AllVariables", "true");
        let status = list(&client, all).await;
        let variables: Vec<String> = status.events()[0].get_all("Variable").map(shown).collect();
        for expected in ["FIRST=a=1, b: 2", "LAST=z"] {
            assert!(variables.iter().any(|variable| variable == expected), "{variables:?}");
        }
        let some = Action::new("Status").with("Channel", &channel).with("Variables", "LAST,FIRST,CHANNEL(state)");
        let status = list(&client, some).await;
        let variables: Vec<String> = status.events()[0].get_all("Variable").map(shown).collect();
        assert_eq!(variables, ["LAST=z", "FIRST=a=1, b: 2", "CHANNEL(state)=Up"]);
        hang_up(&client, &[&channel]).await;
        let hangup = with(&mut hangups, "Uniqueid", &id).await;
        let told: Vec<String> = hangup.get_all("ChanVariable").map(shown).collect();
        assert_eq!(told, ["FIRST=a=1, b: 2", "UNSET=", "LAST=z"]);
        patience("a close", client.close()).await.expect("closed");
    }
}

fn shown(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

#[tokio::test]
async fn faults_pjsip_lists_are_whole() {
    for generation in ["16", "22"] {
        let server = Controlled::start(generation, &["--pjsip"]);
        let client = open(config(server.place.port())).await;
        let one = |name: &'static str| (name, 1);
        for (name, least) in [
            one("PJSIPShowAors"),
            one("PJSIPShowAuths"),
            one("PJSIPShowEndpoints"),
            one("PJSIPShowRegistrationsInbound"),
            one("PJSIPShowResourceLists"),
            ("PJSIPShowRegistrationInboundContactStatuses", 0),
            ("PJSIPShowRegistrationsOutbound", 0),
            ("PJSIPShowSubscriptionsInbound", 0),
            ("PJSIPShowSubscriptionsOutbound", 0),
        ] {
            let count = list(&client, Action::new(name)).await.events().len();
            assert!(count >= least, "{name}: {count}");
        }
        let endpoint = list(&client, Action::new("PJSIPShowEndpoint").with("Endpoint", "2001")).await;
        for kind in ["EndpointDetail", "AuthDetail", "AorDetail", "TransportDetail", "ContactStatusDetail"] {
            assert!(endpoint.events().iter().any(|detail| detail.is(kind)), "{kind}: {endpoint:?}");
        }
        // Some actions with nothing to list are refused, in words that end in a line end of their own.
        for action in [Action::new("PJSIPShowContacts"), Action::new("PJSIPShowEndpoint").with("Endpoint", "nope")] {
            let error = call(&client, action).await.expect_err("nothing there");
            assert_eq!(error.kind(), ErrorKind::Action, "{error}");
        }
        patience("a Ping", client.ping()).await.expect("answered");
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_missing_caches_are_refused_in_words() {
    for server in servers() {
        let client = open(config(server.port())).await;
        for (action, object) in [
            ("SorceryMemoryCacheExpire", false),
            ("SorceryMemoryCacheExpireObject", true),
            ("SorceryMemoryCachePopulate", false),
            ("SorceryMemoryCacheStale", false),
            ("SorceryMemoryCacheStaleObject", true),
        ] {
            let of = |cache: Option<&str>| {
                let action = cache.into_iter().fold(Action::new(action), |action, cache| action.with("Cache", cache));
                if object { action.with("Object", "o") } else { action }
            };
            let unnamed = call(&client, of(None)).await.expect_err("which cache?");
            let unknown = call(&client, of(Some("nope"))).await.expect_err("no such cache");
            for error in [&unnamed, &unknown] {
                assert_eq!(error.kind(), ErrorKind::Action, "{error}");
                assert!(error.peer_message().is_some_and(|words| !words.is_empty()), "{action}");
            }
            assert_ne!(unnamed.peer_message(), unknown.peer_message());
        }
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_user_event_headers_may_have_any_order() {
    for server in servers() {
        let client = open(config(server.port())).await;
        let mut events = subscribe(&client, "UserEvent");
        let name = own_name("Ordered");
        let headers = [("First", "1"), ("UserEvent", name.as_str()), ("Twice", "a"), ("Twice", "b"), ("Empty", "")];
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 1, 0, 3]] {
            let action = order.iter().fold(Action::new("UserEvent"), |action, at| {
                let (name, value) = headers[*at];
                action.with(name, value)
            });
            call(&client, action).await.expect("sent");
            let event = with(&mut events, "UserEvent", &name).await;
            let told: Vec<(String, String)> = event
                .iter()
                .map(|(name, value)| (shown(name), shown(value)))
                .filter(|(name, _)| headers.iter().any(|(own, _)| own == name) && name != "UserEvent")
                .collect();
            let expected: Vec<(String, String)> = order
                .iter()
                .map(|at| headers[*at])
                .filter(|(name, _)| *name != "UserEvent")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(told, expected);
        }
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_account_filters_let_a_whole_list_pass() {
    for server in servers() {
        let admin = open(config(server.port())).await;
        let channel = hold(&admin).await;
        let filtered = Config::new("127.0.0.1", "filtered", "filteredsecret").port(server.port());
        let client = open(filtered).await;
        let mut events = client.subscribe(Filter::all()).expect("open");
        for name in ["CoreShowChannels", "Status", "ExtensionStateList"] {
            assert!(!list(&client, Action::new(name)).await.events().is_empty(), "{name}");
        }
        for name in ["Unwanted", "Wanted"] {
            call(&admin, Action::new("UserEvent").with("UserEvent", name)).await.expect("sent");
        }
        let event = loop {
            let event = patience("an event", events.next()).await.expect("it comes");
            // The login's own event passes no filter.
            if !event.is("FullyBooted") && !event.is("#state") {
                break event;
            }
        };
        assert_eq!(text(&event, "UserEvent"), "Wanted");
        hang_up(&admin, &[&channel]).await;
        for client in [client, admin] {
            patience("a close", client.close()).await.expect("closed");
        }
    }
}
