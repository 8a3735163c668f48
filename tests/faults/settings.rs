//! Servers whose settings get in a client's way: one session a user, few that are not logged in, little time for a login, and
//! no answer to `Events`.

use ami::gsm::{Gateway, GatewayConfig};
use ami::{Action, Client, Config, ErrorKind, Filter, State, Subscription};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::proxy::{End, Fault, Proxy, Way};
use super::{Controlled, SECOND, config, direct, kind, own_name, servers, soon, user_event};
use support::clock::{PATIENCE, patience};

fn single(port: u16) -> Config {
    Config::new("127.0.0.1", "single", "singlesecret").port(port)
}

/// Finds a dead link fast.
fn alert(config: Config) -> Config {
    config.keepalive(SECOND / 10).keepalive_timeout(SECOND / 5)
}

/// The next state that is told for this cause.
async fn told(states: &mut Subscription, words: &str) -> String {
    loop {
        let state = patience(words, states.next()).await.expect("states are told");
        if let Some(cause) = state.text("Cause").filter(|cause| cause.contains(words)) {
            return cause.into_owned();
        }
    }
}

#[tokio::test]
async fn faults_session_cut_off_is_followed_once_the_server_ends_it() {
    for server in servers() {
        // The first link falls silent after the login, and the server does not learn of it.
        let proxy = Proxy::start(server, |number| match number {
            0 => Fault::after_login(0, End::Stall),
            _ => Fault::default(),
        })
        .await;
        let client = Client::new(alert(single(proxy.port)).reconnect(soon())).expect("a client");
        let mut states = client.subscribe(Filter::names(["#state"]).expect("names")).expect("open");
        patience("a login", client.open()).await.expect("logged in");
        let cause = told(&mut states, "Login Already In Use").await;
        assert!(cause.contains("allowmultiplelogin") && cause.contains("manager show connected"), "{cause}");
        assert_ne!(client.state(), State::Closed, "it is tried again");
        // The server lets go.
        proxy.cut();
        patience("the next link", client.until(State::Open)).await.expect("it is back");
        patience("a Ping", client.ping()).await.expect("answered");
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_attempts_beside_a_session_that_stays_are_bounded_and_quote_the_server() {
    for server in servers() {
        let first = patience("a login", Client::connect(single(server.port()))).await.expect("logged in");
        // At the first connection it is final, unless that is to be tried again.
        let refused = patience("a login", Client::connect(single(server.port()))).await.expect_err("in use");
        assert_eq!(refused.kind(), ErrorKind::Disconnected, "{refused}");
        assert_eq!(refused.peer_message(), Some(&b"Login Already In Use"[..]));
        let mut policy = soon();
        policy.attempts = Some(2);
        let settings = single(server.port()).reconnect(policy).retry_first_connect(true);
        let error = patience("two more", Client::connect(settings)).await.expect_err("in use");
        let text = error.to_string();
        assert!(text.contains("Login Already In Use") && text.contains("2 attempts"), "{text}");
        patience("a close", first.close()).await.expect("closed");
    }
}

/// Connections that do not log in.
async fn idlers(port: u16, count: usize) -> Vec<TcpStream> {
    let mut all = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
        let mut byte = [0];
        patience("a banner", stream.read_exact(&mut byte)).await.expect("there is room");
        all.push(stream);
    }
    all
}

#[tokio::test]
async fn faults_server_without_room_is_named_and_waited_for() {
    for generation in ["16", "22"] {
        let server = Controlled::start(generation, &["authlimit=2", "authtimeout=600"]);
        let proxy = Proxy::start(server.place, |_| Fault::default()).await;
        let client = {
            let settings = config(proxy.port).reconnect(soon());
            patience("a login", Client::connect(settings)).await.expect("logged in")
        };
        let mut states = client.subscribe(Filter::names(["#state"]).expect("names")).expect("open");
        let crowd = idlers(server.place.port(), 2).await;
        let error = patience("an attempt", Client::connect(config(server.place.port()))).await.expect_err("no room");
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
        assert!(error.to_string().contains("authlimit"), "{error}");
        // A client that reconnects, and one that waits for its first connection.
        proxy.cut();
        told(&mut states, "authlimit").await;
        let waiting =
            Client::new(config(server.place.port()).reconnect(soon()).retry_first_connect(true)).expect("one");
        let mut first = waiting.subscribe(Filter::names(["#state"]).expect("names")).expect("open");
        let opening = tokio::spawn({
            let waiting = waiting.clone();
            async move { waiting.open().await }
        });
        told(&mut first, "authlimit").await;
        drop(crowd);
        patience("the next link", client.until(State::Open)).await.expect("it is back");
        patience("the first link", opening).await.expect("no panic").expect("it is in");
        for client in [client, waiting] {
            patience("a Ping", client.ping()).await.expect("answered");
            patience("a close", client.close()).await.expect("closed");
        }
    }
}

#[tokio::test]
async fn faults_login_too_slow_is_named_and_tried_again() {
    for generation in ["16", "22"] {
        let server = Controlled::start(generation, &["authtimeout=1"]);
        let slow = Way { delay: PATIENCE, ..Way::default() };
        let late = Fault { to_server: slow, ..Fault::default() };
        let proxy = Proxy::start(server.place, move |number| if number < 2 { late } else { Fault::default() }).await;
        let settings = config(proxy.port).connect_timeout(PATIENCE);
        let error = patience("an attempt", Client::connect(settings.clone())).await.expect_err("too late");
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
        assert!(error.to_string().contains("authtimeout"), "{error}");
        let settings = settings.reconnect(soon()).retry_first_connect(true);
        let client = patience("the next attempt", Client::connect(settings)).await.expect("it is in");
        assert_eq!(proxy.links(), 3);
        patience("a close", client.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn faults_server_that_does_not_answer_events_obeys() {
    for generation in ["16", "22"] {
        let server = Controlled::start(generation, &["brokeneventsaction=yes"]);
        let proxy = Proxy::start(server.place, |_| Fault::default()).await;
        let other = direct(server.place, "off").await;
        let settings = config(proxy.port).event_mask("off").reconnect(soon()).action_timeout(2 * PATIENCE);
        let client = patience("a login", Client::connect(settings)).await.expect("logged in");
        let mut events = client.subscribe(Filter::names(["UserEvent", "#gap"]).expect("names")).expect("open");
        let mask = |mask: &str| Action::new("Events").with("EventMask", mask);
        let off = patience("an answer", client.call(&mask("off"))).await.expect("this one is answered");
        assert_eq!(off.get("Events"), Some(&b"Off"[..]));
        // Without an answer, the end comes all the same, and long before the deadline.
        let unknown = patience("an end", client.call(&mask("on"))).await;
        assert_eq!(kind(&unknown), Some(ErrorKind::OutcomeUnknown), "{unknown:?}");
        // The mask is in force, also on the next connection.
        for round in 0..2 {
            let name = own_name("Unanswered");
            patience("an event", other.call(&user_event(&name, round))).await.expect("sent");
            let event = patience("an event", events.next()).await.expect("it comes");
            assert_eq!(event.get("UserEvent"), Some(name.as_bytes()));
            if round == 0 {
                proxy.cut();
                let gap = patience("a gap", events.next()).await.expect("it is back");
                assert!(gap.is("#gap"), "{gap:?}");
            }
        }
        let gateway =
            patience("a gateway", Gateway::connect(GatewayConfig::new(config(server.place.port())).dialect("yeastar")));
        patience("a close", gateway.await.expect("it opens").close()).await.expect("closed");
        for client in [client, other] {
            patience("a close", client.close()).await.expect("closed");
        }
    }
}
