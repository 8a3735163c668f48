//! The tokio client against servers that do what a test needs: opening, closing, calls, subscriptions, lost links.
#![cfg(feature = "client")]

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use ami::client::{Policy, QueueLimits};
use ami::{Action, Client, Config, Error, ErrorKind, Filter, Kind, Reconnect, Response, State, Subscription};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Long enough for any machine; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(20);
const BANNER: &str = "Asterisk Call Manager/1.1\r\n";
const SECRET: &str = "s3cr3t-0f-adm1n";

async fn patience<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} takes for ever"))
}

// ---- the server's side ----

struct Server {
    listener: TcpListener,
}

impl Server {
    async fn start() -> Server {
        Server { listener: TcpListener::bind("127.0.0.1:0").await.expect("a port") }
    }

    fn config(&self) -> Config {
        let port = self.listener.local_addr().expect("an address").port();
        Config::new("127.0.0.1", "admin", SECRET).port(port)
    }

    async fn accept(&self) -> Peer {
        let (stream, _) = patience("the connection", self.listener.accept()).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Peer { stream, read: Vec::new() }
    }

    /// Serves every connection until it is dropped: logs in and answers each action at once, with its `Echo` header.
    fn echo(self) -> tokio::task::AbortHandle {
        let serve = tokio::spawn(async move {
            let mut peers = JoinSet::new();
            while let Ok((stream, _)) = self.listener.accept().await {
                let mut peer = Peer { stream, read: Vec::new() };
                peers.spawn(async move {
                    if peer.stream.write_all(BANNER.as_bytes()).await.is_err() {
                        return;
                    }
                    while let Some(asked) = peer.try_action().await {
                        let word = if asked.name == "Logoff" { "Goodbye" } else { "Success" };
                        let echo = asked.get("Echo").unwrap_or_default();
                        let extra = if asked.name == "Challenge" { "Challenge: 1\r\n" } else { "" };
                        let id = &asked.id;
                        let reply = format!("Response: {word}\r\nActionID: {id}\r\nEcho: {echo}\r\n{extra}\r\n");
                        if peer.stream.write_all(reply.as_bytes()).await.is_err() || asked.name == "Logoff" {
                            return;
                        }
                    }
                });
            }
        });
        serve.abort_handle()
    }
}

struct Asked {
    name: String,
    id: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    fn success(&self) -> String {
        format!("Response: Success\r\nActionID: {}\r\nEcho: {}\r\n\r\n", self.id, self.get("Echo").unwrap_or_default())
    }
}

struct Peer {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Peer {
    async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        patience("writing", self.stream.write_all(bytes.as_ref())).await.expect("the client reads");
    }

    /// The next action; none at the end of the connection.
    async fn try_action(&mut self) -> Option<Asked> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end;
            }
            self.read.reserve(1 << 16);
            if !self.stream.read_buf(&mut self.read).await.is_ok_and(|count| count > 0) {
                return None;
            }
        };
        let text = String::from_utf8(self.read.drain(..end + 4).collect()).expect("text");
        let lines = text.trim_end().split("\r\n").map(|line| line.split_once(": ").expect("a header"));
        let headers: Vec<_> = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!((headers[0].0.as_str(), headers[1].0.as_str()), ("Action", "ActionID"));
        Some(Asked { name: headers[0].1.clone(), id: headers[1].1.clone(), headers })
    }

    async fn action(&mut self) -> Asked {
        patience("the next action", self.try_action()).await.expect("an action")
    }

    async fn expect_end(&mut self) {
        assert!(patience("the end", self.try_action()).await.is_none(), "the connection has ended");
    }

    async fn challenge(&mut self) -> Asked {
        self.say(BANNER).await;
        let asked = self.action().await;
        assert_eq!(asked.name, "Challenge");
        self.say(format!("Response: Success\r\nActionID: {}\r\nChallenge: 1\r\n\r\n", asked.id)).await;
        self.action().await
    }

    /// Accepts the login and says this in the same breath.
    async fn log_in(&mut self, behind: &str) {
        let asked = self.challenge().await;
        assert_eq!((asked.name.as_str(), asked.get("Username")), ("Login", Some("admin")));
        self.say(format!("{}{behind}", asked.success())).await;
    }

    async fn answer(&mut self) -> Asked {
        let asked = self.action().await;
        self.say(asked.success()).await;
        asked
    }
}

async fn connect(server: &Server, config: Config) -> (Client, Peer) {
    let (client, peer) = tokio::join!(patience("connecting", Client::connect(config)), async {
        let mut peer = server.accept().await;
        peer.log_in("").await;
        peer
    });
    (client.expect("logged in"), peer)
}

async fn connected() -> (Client, Peer) {
    let server = Server::start().await;
    connect(&server, server.config()).await
}

/// Everything that the server said so far has been handed out once this returns.
async fn settle(client: &Client, peer: &mut Peer) {
    let (pong, _) = tokio::join!(patience("a ping", client.ping()), peer.answer());
    pong.expect("a pong");
}

fn kind<T>(result: &Result<T, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}

fn spawn_call(client: &Client, action: Action) -> tokio::task::JoinHandle<Result<Response, Error>> {
    let client = client.clone();
    tokio::spawn(async move { client.call(&action).await })
}

async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
    patience("a task", task).await.expect("no panic")
}

fn news(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| format!("Event: News\r\nN: {number:04}\r\n\r\n")).collect()
}

/// What waits in the subscription: the number of each event, and `lost N` for a marker.
fn waiting(subscription: &mut Subscription) -> Vec<String> {
    std::iter::from_fn(|| subscription.try_next().ok().flatten())
        .map(|event| match event.kind() {
            Kind::Lagged => format!("lost {}", event.text("Lost").expect("a number")),
            Kind::Gap => "gap".to_owned(),
            Kind::State => event.text("State").expect("a state").into_owned(),
            _ => event.text("N").unwrap_or_default().trim_start_matches("000").to_owned(),
        })
        .collect()
}

// ---- opening ----

#[tokio::test]
async fn a_closed_port_is_refused() {
    let config = Server::start().await.config();
    let error = patience("connecting", Client::connect(config)).await.expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.os_code(), Some(libc_code(std::io::ErrorKind::ConnectionRefused)));
}

#[tokio::test]
async fn a_server_that_resets_at_once_is_a_lost_link() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let config = Config::new("127.0.0.1", "admin", SECRET).port(server.local_addr().expect("an address").port());
    // The reset comes while the client is still connecting, or later.
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            server.set_nonblocking(true).expect("a socket");
            let server = TcpListener::from_std(server).expect("a socket");
            while let Ok((stream, _)) = server.accept().await {
                stream.set_zero_linger().expect("a socket");
            }
        });
    });
    for _ in 0..200 {
        let error = patience("an attempt", Client::connect(config.clone())).await.expect_err("it is reset");
        assert_eq!(error.kind(), ErrorKind::Disconnected);
        // A reset that came before the first read may show as a broken pipe, or as the plain end.
        let resets = [std::io::ErrorKind::ConnectionReset, std::io::ErrorKind::BrokenPipe].map(libc_code);
        assert!(error.os_code().is_none_or(|code| resets.contains(&code)), "{:?}: {error}", error.os_code());
    }
}

/// The system's number of such an error.
fn libc_code(kind: std::io::ErrorKind) -> i32 {
    let code = (1..134).find(|code| std::io::Error::from_raw_os_error(*code).kind() == kind);
    code.expect("the system knows it")
}

#[tokio::test]
async fn an_unknown_host_is_not_resolved() {
    let config = Config::new("no-such-host.invalid", "admin", SECRET);
    let error = patience("connecting", Client::connect(config)).await.expect_err("no such host");
    assert_eq!(error.kind(), ErrorKind::Resolve);
    assert!(error.message().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn a_silent_server_is_given_up_in_time() {
    for said in ["", "Asterisk Call", BANNER] {
        let server = Server::start().await;
        let start = Instant::now();
        let config = server.config().connect_timeout(Duration::from_millis(150));
        let (result, _peer) = tokio::join!(patience("connecting", Client::connect(config)), async {
            let mut peer = server.accept().await;
            peer.say(said).await;
            peer
        });
        assert_eq!(kind(&result), Some(ErrorKind::Timeout), "{said:?}");
        assert!(start.elapsed() >= Duration::from_millis(150), "{said:?}");
    }
}

#[tokio::test]
async fn what_is_no_manager_port_is_told() {
    for (said, expected) in [
        ("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", ErrorKind::NotAmi),
        ("SSH-2.0-OpenSSH_9.2p1\r\n", ErrorKind::NotAmi),
        ("", ErrorKind::Disconnected),
        ("Asterisk Call", ErrorKind::Disconnected),
        (BANNER, ErrorKind::Disconnected),
    ] {
        let server = Server::start().await;
        let (result, ()) = tokio::join!(patience("connecting", Client::connect(server.config())), async {
            let mut peer = server.accept().await;
            peer.say(said).await;
            // A write of the client's may cross the end: that must not turn the error into another one.
            peer.stream.shutdown().await.expect("a socket");
            while peer.try_action().await.is_some() {}
        });
        assert_eq!(kind(&result), Some(expected), "{said:?}");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_an_auth_error() {
    let server = Server::start().await;
    let client = Client::new(server.config()).expect("a client");
    let (result, ()) = tokio::join!(patience("opening", client.open()), async {
        let mut peer = server.accept().await;
        let login = peer.challenge().await;
        assert_eq!(login.get("Secret"), None);
        peer.say(format!("Response: Error\r\nActionID: {}\r\nMessage: Authentication failed\r\n\r\n", login.id)).await;
        peer.expect_end().await;
    });
    let error = result.expect_err("refused");
    assert_eq!((error.kind(), error.peer_message()), (ErrorKind::Auth, Some(&b"Authentication failed"[..])));
    let shown = format!("{error} {error:?} {client:?} {:?}", client.config());
    assert!(shown.contains("admin") && !shown.contains(SECRET), "{shown}");
}

#[tokio::test]
async fn a_secret_crosses_no_network_in_the_clear() {
    for (host, allowed, outcome) in [
        ("127.0.0.1", false, None),
        // Mapped into IPv6 the address is none of those that pass for loopback.
        ("::ffff:127.0.0.1", false, Some(ErrorKind::AuthMethod)),
        ("::ffff:127.0.0.1", true, None),
    ] {
        let server = Server::start().await;
        let config = server.config().host(host).allow_plain_login(allowed);
        let (result, ()) = tokio::join!(patience("opening", Client::connect(config)), async {
            let mut peer = server.accept().await;
            peer.say(BANNER).await;
            let asked = peer.action().await;
            peer.say(format!("Response: Error\r\nActionID: {}\r\nMessage: Unknown\r\n\r\n", asked.id)).await;
            let login = peer.try_action().await;
            assert_eq!(
                login.as_ref().and_then(|login| login.get("Secret")),
                outcome.is_none().then_some(SECRET),
                "{host}"
            );
            if let Some(login) = login {
                peer.say(login.success()).await;
            }
        });
        assert_eq!(kind(&result), outcome, "{host}, allowed: {allowed}");
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused_at_once() {
    let good = || Config::new("127.0.0.1", "admin", SECRET);
    let none = QueueLimits::default().events(0);
    for config in [
        good().host(""),
        good().event_mask(""),
        good().event_mask("on\r\nSecret: x"),
        Config::new("127.0.0.1", "", SECRET),
        Config::new("127.0.0.1", "a\nb", SECRET),
        Config::new("127.0.0.1", "admin", "s3cr3t-0f-adm1n\r\n"),
        Config::new("127.0.0.1", "admin", format!("{SECRET}{}", "x".repeat(1100))),
        good().event_queue(none),
        good().keepalive_timeout(Duration::ZERO),
    ] {
        let error = Client::new(config).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
    }
}

#[tokio::test]
async fn a_client_opens_once() {
    let server = Server::start().await;
    let client = Client::new(server.config()).expect("a client");
    assert_eq!(kind(&client.ping().await), Some(ErrorKind::State), "not open yet");
    let mut opening = pin!(client.open());
    assert!(poll_fn(|cx| Poll::Ready(opening.as_mut().poll(cx).is_pending())).await);
    assert_eq!(kind(&client.open().await), Some(ErrorKind::State), "while it opens");
    let (result, mut peer) = tokio::join!(patience("opening", opening), async {
        let mut peer = server.accept().await;
        peer.log_in("").await;
        peer
    });
    result.expect("logged in");
    assert!(client.is_open());
    assert_eq!(client.banner().as_deref(), Some(BANNER.trim_end()));
    assert_eq!(kind(&client.open().await), Some(ErrorKind::State), "once it is open");
    let (closed, ()) = tokio::join!(patience("closing", client.close()), async {
        peer.answer().await;
    });
    closed.expect("closed");
    assert!(!client.is_open());
    assert_eq!(kind(&client.open().await), Some(ErrorKind::Closed), "once it is closed");
}

#[tokio::test]
async fn closing_ends_opening_at_every_stage() {
    for stage in 0..3 {
        let server = Server::start().await;
        let client = Client::new(server.config()).expect("a client");
        let (result, ()) = tokio::join!(patience("opening", client.open()), async {
            let mut peer = server.accept().await;
            if stage == 1 {
                peer.say(BANNER).await;
                peer.action().await;
            } else if stage == 2 {
                peer.challenge().await;
            }
            patience("closing", client.close()).await.expect("closed");
            peer.expect_end().await;
        });
        assert_eq!(kind(&result), Some(ErrorKind::Closed), "stage {stage}");
        assert_eq!(kind(&client.ping().await), Some(ErrorKind::Closed), "stage {stage}");
    }
    // Never opened at all.
    let client = Client::new(Config::new("127.0.0.1", "admin", SECRET)).expect("a client");
    client.close().await.expect("closed");
    client.close().await.expect("closed");
    assert_eq!(kind(&client.open().await), Some(ErrorKind::Closed));
}

#[tokio::test]
async fn dropping_the_opening_closes() {
    let server = Server::start().await;
    let client = Client::new(server.config()).expect("a client");
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let mut peer = {
        let mut opening = pin!(client.open());
        let mut accepting = pin!(server.accept());
        patience(
            "accepting",
            poll_fn(|cx| {
                assert!(opening.as_mut().poll(cx).is_pending());
                accepting.as_mut().poll(cx)
            }),
        )
        .await
    };
    peer.expect_end().await;
    assert_eq!(kind(&patience("the end", subscription.next()).await), Some(ErrorKind::Closed));
    patience("closing", client.close()).await.expect("closed");
    assert_eq!(kind(&client.open().await), Some(ErrorKind::Closed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn opening_and_closing_at_once_always_ends() {
    let server = Server::start().await;
    let config = server.config();
    let _serving = server.echo();
    for round in 0..200 {
        let client = Client::new(config.clone()).expect("a client");
        let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
        let opener = client.clone();
        let opening = tokio::spawn(async move { opener.open().await });
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        let pinger = client.clone();
        let ping = tokio::spawn(async move { pinger.ping().await });
        let (first, second) = tokio::join!(client.close(), client.close());
        assert!(first.is_ok() && second.is_ok());
        let opened = joined(opening).await;
        assert!(matches!(kind(&opened), None | Some(ErrorKind::Closed)), "round {round}: {opened:?}");
        let ping = joined(ping).await;
        let expected = [None, Some(ErrorKind::Closed), Some(ErrorKind::OutcomeUnknown), Some(ErrorKind::State)];
        assert!(expected.contains(&kind(&ping)), "round {round}: {ping:?}");
        assert_eq!(kind(&patience("the end", subscription.next()).await), Some(ErrorKind::Closed), "round {round}");
    }
}

// ---- closing and losing ----

#[tokio::test]
async fn closing_logs_off_and_wakes_every_waiting_call() {
    let (client, mut peer) = connected().await;
    let calls: Vec<_> = (0..10).map(|_| spawn_call(&client, Action::new("CoreStatus"))).collect();
    for _ in 0..10 {
        peer.action().await;
    }
    let closers: Vec<_> = (0..3)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.close().await })
        })
        .collect();
    // Calls do not wait for the server's goodbye.
    for call in calls {
        assert_eq!(kind(&joined(call).await), Some(ErrorKind::OutcomeUnknown));
    }
    let logoff = peer.action().await;
    assert_eq!(logoff.name, "Logoff");
    assert!(closers.iter().all(|closer| !closer.is_finished()), "the server has not said goodbye");
    peer.say(format!("Response: Goodbye\r\nActionID: {}\r\n\r\n", logoff.id)).await;
    for closer in closers {
        joined(closer).await.expect("closed");
    }
    peer.expect_end().await;
    client.close().await.expect("closed again");
    assert_eq!(kind(&client.ping().await), Some(ErrorKind::Closed));
    assert_eq!(kind(&client.subscribe(Filter::all())), Some(ErrorKind::Closed));
}

#[tokio::test]
async fn closing_does_not_wait_for_ever_for_a_goodbye() {
    let (client, mut peer) = connected().await;
    patience("closing", client.close()).await.expect("closed");
    assert_eq!(peer.action().await.name, "Logoff");
    peer.expect_end().await;
}

#[tokio::test]
async fn dropping_the_last_client_logs_off() {
    let (client, mut peer) = connected().await;
    let clone = client.clone();
    drop(client);
    settle(&clone, &mut peer).await;
    drop(clone);
    let logoff = peer.action().await;
    assert_eq!(logoff.name, "Logoff");
    peer.say(format!("Response: Goodbye\r\nActionID: {}\r\n\r\n", logoff.id)).await;
    peer.expect_end().await;
}

#[tokio::test]
async fn a_server_that_dies_ends_calls_and_subscriptions_once() {
    let (client, mut peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let read = spawn_call(&client, Action::new("CoreStatus"));
    peer.action().await;
    peer.say(format!("{}Event: News\r\nN: cut", news(0..2))).await;
    drop(peer);
    assert_eq!(kind(&joined(read).await), Some(ErrorKind::OutcomeUnknown));
    for expected in ["0000", "0001"] {
        let event = patience("an event", subscription.next()).await.expect("what came before");
        assert_eq!(event.text("N").as_deref(), Some(expected));
    }
    for _ in 0..2 {
        assert_eq!(kind(&patience("the end", subscription.next()).await), Some(ErrorKind::Disconnected));
    }
    let mut late = client.subscribe(Filter::all()).expect("a subscription");
    assert_eq!(kind(&patience("the end", late.next()).await), Some(ErrorKind::Disconnected));
    assert!(!client.is_open());
    assert_eq!(kind(&client.ping().await), Some(ErrorKind::Disconnected), "nothing was written");
    client.close().await.expect("closed");
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

#[test]
fn a_runtime_that_stops_ends_calls_and_subscriptions() {
    let (here, there) = (runtime(), runtime());
    let (client, mut peer) = there.block_on(async {
        let server = Server::start().await;
        let config = server.config();
        let accept = tokio::spawn(async move {
            let mut peer = server.accept().await;
            peer.log_in("").await;
            peer
        });
        let client = here.spawn(Client::connect(config)).await.expect("no panic").expect("logged in");
        (client, accept.await.expect("no panic"))
    });
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let call = there.spawn({
        let client = client.clone();
        async move { client.call(&Action::new("CoreStatus")).await }
    });
    there.block_on(peer.action());
    here.shutdown_timeout(PATIENCE);
    there.block_on(async {
        assert_eq!(kind(&joined(call).await), Some(ErrorKind::OutcomeUnknown));
        assert_eq!(kind(&patience("the end", subscription.next()).await), Some(ErrorKind::Disconnected));
        assert_eq!(kind(&client.ping().await), Some(ErrorKind::Disconnected));
        patience("closing", client.close()).await.expect("closed");
    });
}

#[test]
fn a_runtime_that_stops_before_the_link_began_ends_the_opening() {
    let (here, there) = (Builder::new_current_thread().enable_all().build().expect("a runtime"), runtime());
    let client = Client::new(Config::new("127.0.0.1", "admin", SECRET)).expect("a client");
    let mut opening = Box::pin(client.open());
    there.block_on(async {
        let guard = here.enter();
        assert!(poll_fn(|cx| Poll::Ready(opening.as_mut().poll(cx).is_pending())).await);
        drop(guard);
    });
    here.shutdown_background();
    there.block_on(async {
        assert_eq!(kind(&patience("opening", opening).await), Some(ErrorKind::Disconnected));
        patience("closing", client.close()).await.expect("closed");
    });
}

// ---- calls ----

#[tokio::test]
async fn a_hundred_calls_are_answered_in_reverse_order() {
    let (client, mut peer) = connected().await;
    let calls: Vec<_> = (0..100)
        .map(|number| spawn_call(&client, Action::new("CoreSettings").with("Echo", number.to_string())))
        .collect();
    let mut asked = Vec::new();
    for _ in 0..100 {
        asked.push(peer.action().await);
    }
    let ids: HashSet<&str> = asked.iter().map(|asked| asked.id.as_str()).collect();
    assert_eq!(ids.len(), 100);
    for asked in asked.iter().rev() {
        peer.say(asked.success()).await;
    }
    for (number, call) in calls.into_iter().enumerate() {
        let response = joined(call).await.expect("a response");
        assert_eq!(response.text("Echo").as_deref(), Some(number.to_string().as_str()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_call_is_forgotten_when_many_threads_call() {
    let server = Server::start().await;
    let config = server.config();
    let _serving = server.echo();
    let client = patience("connecting", Client::connect(config)).await.expect("logged in");
    let mut callers = JoinSet::new();
    for caller in 0..16 {
        let client = client.clone();
        callers.spawn(async move {
            for number in 0..300 {
                let mine = format!("{caller}.{number}");
                let action = Action::new("CoreSettings").with("Echo", &mine);
                let response = patience("a call", client.call(&action)).await.expect("a response");
                assert_eq!(response.text("Echo").as_deref(), Some(mine.as_str()));
            }
        });
    }
    while let Some(result) = callers.join_next().await {
        result.expect("no panic");
    }
    patience("closing", client.close()).await.expect("closed");
}

#[tokio::test]
async fn cancelled_calls_leave_nothing_behind() {
    let (client, mut peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let calls: Vec<_> = (0..50)
        .map(|number| spawn_call(&client, Action::new("CoreStatus").with("ActionID", format!("mine {number}"))))
        .collect();
    let mut asked = Vec::new();
    for _ in 0..50 {
        asked.push(peer.action().await);
    }
    for call in calls {
        call.abort();
        assert!(patience("the abort", call).await.expect_err("cancelled").is_cancelled());
    }
    let again = Action::new("CoreStatus").with("ActionID", "mine 7");
    assert_eq!(kind(&client.call(&again).await), Some(ErrorKind::Invalid), "the first one may still be answered");
    for asked in &asked {
        peer.say(asked.success()).await;
    }
    settle(&client, &mut peer).await;
    assert!(waiting(&mut subscription).is_empty(), "nobody's answers are no events");
    let (response, _) = tokio::join!(patience("a call", client.call(&again)), peer.answer());
    response.expect("a response");
}

#[tokio::test]
async fn a_timed_out_call_does_not_disturb_the_next() {
    let (client, mut peer) = connected().await;
    let slow = Action::new("CoreStatus").with("Echo", "slow");
    let late = patience("a call", client.call_within(&slow, Duration::from_millis(50))).await;
    assert_eq!(kind(&late), Some(ErrorKind::OutcomeUnknown));
    let slow = peer.action().await;
    let next = spawn_call(&client, Action::new("CoreStatus").with("Echo", "next"));
    let next_asked = peer.action().await;
    peer.say(format!("{}{}", slow.success(), next_asked.success())).await;
    assert_eq!(joined(next).await.expect("a response").text("Echo").as_deref(), Some("next"));
}

#[tokio::test]
async fn no_timeout_is_too_long() {
    let server = Server::start().await;
    let config = server.config().connect_timeout(Duration::MAX).action_timeout(Duration::MAX);
    let (client, mut peer) = connect(&server, config).await;
    let action = Action::new("CoreStatus");
    for timeout in [None, Some(Duration::MAX)] {
        let (response, _) = tokio::join!(patience("a call", client.call_within(&action, timeout)), peer.answer());
        response.expect("a response");
    }
}

#[tokio::test]
async fn commands_and_lists_come_whole() {
    let (client, mut peer) = connected().await;
    let (response, ()) = tokio::join!(patience("a command", client.command("core show version")), async {
        let asked = peer.action().await;
        assert_eq!((asked.name.as_str(), asked.get("Command")), ("Command", Some("core show version")));
        peer.say(format!("Response: Follows\r\nPrivilege: Command\r\nActionID: {}\r\n", asked.id)).await;
        peer.say("a\nEvent: Fake\n\nb\n--END COMMAND--\r\n\r\n").await;
    });
    assert_eq!(response.expect("text").output(), Some(&b"a\nEvent: Fake\n\nb"[..]));

    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let action = Action::new("CoreShowChannels");
    let (response, ()) = tokio::join!(patience("a list", client.call(&action)), async {
        let id = peer.action().await.id;
        peer.say(format!("Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n")).await;
        for number in 0..3 {
            peer.say(format!("Event: CoreShowChannel\r\nActionID: {id}\r\n\r\n{}", news(number..number + 1))).await;
        }
        peer.say(format!("Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n")).await;
    });
    assert_eq!(response.expect("a list").events().len(), 3);
    assert_eq!(waiting(&mut subscription), ["0", "1", "2"], "events came before the list's end, entries not at all");
}

#[tokio::test]
async fn a_commands_text_without_an_end_is_given_up_with_its_call_and_hides_no_events() {
    let (client, mut peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let command = Action::new("Command").with("Command", "core show version");
    let call = client.call_within(&command, Duration::from_millis(300));
    let (response, ()) = tokio::join!(patience("a command", call), async {
        let id = peer.action().await.id;
        peer.say(format!("Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\na text\r\n\r\n{}", news(0..3)))
            .await;
    });
    assert_eq!(response.expect_err("it has no end").kind(), ErrorKind::OutcomeUnknown);
    for number in ["0000", "0001", "0002"] {
        let event = patience("an event", subscription.next()).await.expect("open");
        assert_eq!(event.text("N").as_deref(), Some(number));
    }
    peer.say(news(3..4)).await;
    patience("an event", subscription.next()).await.expect("the link is there");
    // What was no event is counted where it stood.
    peer.say("Response: Success\r\n\r\nResponse: Success\r\n\r\n").await;
    peer.say(news(4..5)).await;
    let marker = patience("a marker", subscription.next()).await.expect("open");
    assert_eq!((marker.kind(), marker.text("Messages").as_deref()), (Kind::Skipped, Some("2")));
    assert_eq!(patience("an event", subscription.next()).await.expect("open").text("N").as_deref(), Some("0004"));
}

#[tokio::test]
async fn a_servers_event_by_the_name_of_a_marker_is_none() {
    let (client, mut peer) = connected().await;
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    let named = Filter::names(["#gap", "#lagged", "#skipped", "#state", "News"]).expect("names");
    let mut named = client.subscribe(named).expect("a subscription");
    peer.say("Event: #gap\r\nFrom: 1\r\n\r\nEvent: #Lagged\r\nLost: 7\r\n\r\n").await;
    peer.say(news(0..1)).await;
    let first = patience("an event", named.next()).await.expect("open");
    assert_eq!(first.text("N").as_deref(), Some("0000"));
    for name in ["#gap", "#Lagged", "News"] {
        let event = patience("an event", all.next()).await.expect("open");
        assert_eq!((event.kind(), event.name()), (Kind::Event, name.as_bytes()));
    }
}

/// Actions of some hundred kilobytes each, so that a few fill what the system buffers.
fn heavy(number: usize) -> Action {
    (0..100).fold(Action::new("UserEvent").with("Echo", number.to_string()), |action, at| {
        action.with(format!("Filler-{at}"), format!("{number}/{at} {}", "x".repeat(980)))
    })
}

fn check_heavy(asked: &Asked) -> usize {
    let number: usize = asked.get("Echo").and_then(|number| number.parse().ok()).expect("a number");
    assert_eq!(asked.headers.len(), 103);
    for (at, (name, value)) in asked.headers[3..].iter().enumerate() {
        assert_eq!(*name, format!("Filler-{at}"));
        assert_eq!(*value, format!("{number}/{at} {}", "x".repeat(980)));
    }
    number
}

#[tokio::test]
async fn a_server_that_stops_reading_gets_every_byte_once_later() {
    let (client, mut peer) = connected().await;
    let calls: Vec<_> = (0..200).map(|number| spawn_call(&client, heavy(number))).collect();
    // The calls are all made before the server reads on; events still come through.
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    peer.say(news(0..1)).await;
    patience("an event", subscription.next()).await.expect("an event");
    let mut seen = HashSet::new();
    for _ in 0..200 {
        let asked = peer.answer().await;
        assert!(seen.insert(check_heavy(&asked)), "each comes once");
    }
    for (number, call) in calls.into_iter().enumerate() {
        let response = joined(call).await.expect("a response");
        assert_eq!(response.text("Echo").as_deref(), Some(number.to_string().as_str()));
    }
}

#[tokio::test]
async fn what_timed_out_before_it_was_written_never_goes_out() {
    let (client, mut peer) = connected().await;
    let calls: Vec<_> = (0..200)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.call_within(&heavy(number), Duration::from_millis(300)).await })
        })
        .collect();
    let mut unwritten = HashSet::new();
    for (number, call) in calls.into_iter().enumerate() {
        match kind(&joined(call).await) {
            Some(ErrorKind::Timeout) => assert!(unwritten.insert(number)),
            other => assert_eq!(other, Some(ErrorKind::OutcomeUnknown)),
        }
    }
    assert!(!unwritten.is_empty() && unwritten.len() < 200, "{} were not written", unwritten.len());
    let last = spawn_call(&client, Action::new("CoreStatus"));
    let mut written = HashSet::new();
    loop {
        let asked = peer.answer().await;
        if asked.name == "CoreStatus" {
            break;
        }
        assert!(written.insert(check_heavy(&asked)), "each comes once");
    }
    joined(last).await.expect("a response");
    assert!(written.is_disjoint(&unwritten));
    assert_eq!(written.len() + unwritten.len(), 200);
}

// ---- subscriptions ----

#[tokio::test]
async fn filters_choose_by_name_without_case() {
    let (client, mut peer) = connected().await;
    let filter = |names: &[&str]| Filter::names(names.iter().copied()).expect("names");
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    let mut two = client.subscribe(filter(&["HANGUP", " newexten "])).expect("a subscription");
    let mut none = client.subscribe(filter(&["Hang", "Hangups", "#lagged"])).expect("a subscription");
    let mut closed = client.subscribe(Filter::all()).expect("a subscription");
    let frame = |name: &str, number| format!("Event: {name}\r\nN: {number}\r\n\r\n");
    peer.say(
        [frame("Hangup", 1), frame("VarSet", 2), frame("NEWEXTEN", 3), "Other: 4\r\nN: 4\r\n\r\n".into()].concat(),
    )
    .await;
    settle(&client, &mut peer).await;
    closed.close();
    peer.say(frame("hangup", 5)).await;
    settle(&client, &mut peer).await;
    let mut late = client.subscribe(Filter::all()).expect("a subscription");
    assert_eq!(waiting(&mut all), ["1", "2", "3", "4", "5"]);
    assert_eq!(waiting(&mut two), ["1", "3", "5"]);
    assert!(waiting(&mut none).is_empty() && waiting(&mut late).is_empty());
    assert_eq!(kind(&closed.next().await), Some(ErrorKind::Closed));
    for bad in [&[][..], &[""], &["Hangup", " "]] {
        assert_eq!(kind(&Filter::names(bad.iter().copied())), Some(ErrorKind::Invalid));
    }
}

#[tokio::test]
async fn patterns_choose_among_names_and_never_markers() {
    let (client, mut peer) = connected().await;
    let names =
        ["QueueMemberAdded", "queue", "Hangup", "SoftHangupRequest", "AQueue", "", "*", "HangupRequest", "Queu"];
    let cases: [(&[&str], &[&str]); 9] = [
        (&["Queue*"], &["QueueMemberAdded", "queue"]),
        (&["QUEUE*ADDED"], &["QueueMemberAdded"]),
        (&["*hangup*"], &["Hangup", "SoftHangupRequest", "HangupRequest"]),
        (&["*Hangup"], &["Hangup"]),
        (&["Q*u*e*d"], &["QueueMemberAdded"]),
        (&["*u*u*"], &["QueueMemberAdded", "queue", "SoftHangupRequest", "AQueue", "HangupRequest", "Queu"]),
        (&["*queue", "Hangup"], &["queue", "Hangup", "AQueue"]),
        (&["Queue*", "queue", "#gap"], &["QueueMemberAdded", "queue"]),
        (&["?ueue", "H.*", "Queue[*]"], &[]),
    ];
    let mut subscriptions: Vec<_> = cases
        .iter()
        .map(|(wanted, _)| {
            client.subscribe(Filter::names(wanted.iter().copied()).expect("names")).expect("a subscription")
        })
        .collect();
    let frame = |(at, name): (usize, &&str)| format!("Event: {name}\r\nN: {at}\r\n\r\n");
    peer.say(names.iter().enumerate().map(frame).collect::<String>()).await;
    peer.say("Event: #lagged\r\nN: 90\r\n\r\nResponse: Success\r\nN: 91\r\n\r\nEvent: #gap\r\nN: 92\r\n\r\n").await;
    settle(&client, &mut peer).await;
    for (subscription, (wanted, expected)) in subscriptions.iter_mut().zip(cases) {
        let got = waiting(subscription);
        let got: Vec<_> = got.iter().map(|at| names[at.parse::<usize>().expect("a number")]).collect();
        assert_eq!(got, expected, "{wanted:?}");
    }
    for bad in ["#*", "#la*", "#*gap"] {
        let error = Filter::names([bad]).expect_err("no pattern");
        assert!(error.message().contains("in full"), "{error}");
    }
    for all in ["*", "**", " * "] {
        let error = Filter::names(["Hangup", all]).expect_err("every event");
        assert!(error.message().contains("every event"), "{error}");
    }
}

#[tokio::test]
async fn subscribing_before_opening_misses_nothing() {
    let server = Server::start().await;
    let client = Client::new(server.config()).expect("a client");
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let (result, _peer) = tokio::join!(patience("opening", client.open()), async {
        let mut peer = server.accept().await;
        peer.log_in(&news(0..3)).await;
        peer
    });
    result.expect("logged in");
    for expected in ["0000", "0001", "0002"] {
        let event = patience("an event", subscription.next()).await.expect("an event");
        assert_eq!(event.text("N").as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn what_waits_can_be_read_after_the_end() {
    let (client, mut peer) = connected().await;
    let mut one_by_one = client.subscribe(Filter::all()).expect("a subscription");
    let mut in_batches = client.subscribe(Filter::all()).expect("a subscription");
    peer.say(news(0..5)).await;
    settle(&client, &mut peer).await;
    let (closed, _) = tokio::join!(patience("closing", client.close()), peer.answer());
    closed.expect("closed");
    drop(client);
    assert_eq!(waiting(&mut one_by_one), ["0", "1", "2", "3", "4"]);
    let mut count = 0;
    let end = loop {
        match patience("a batch", in_batches.next_batch()).await {
            Ok(batch) => count += batch.len(),
            Err(error) => break error,
        }
    };
    assert_eq!((count, end.kind()), (5, ErrorKind::Closed));
    assert_eq!(kind(&one_by_one.try_next()), Some(ErrorKind::Closed));
}

#[tokio::test]
async fn closing_a_subscription_ends_its_reader() {
    let (client, _peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    subscription.close();
    subscription.close();
    assert_eq!(kind(&patience("the end", subscription.next()).await), Some(ErrorKind::Closed));
}

/// The queue's limits that hold exactly so many of the events of [`news`], by number or by bytes.
async fn limits_for(events: usize, by_bytes: bool, policy: Policy) -> QueueLimits {
    if !by_bytes {
        return QueueLimits::default().events(events).policy(policy);
    }
    let (client, mut peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    peer.say(news(0..1)).await;
    let size = patience("an event", subscription.next()).await.expect("an event").size();
    QueueLimits::default().bytes(events * size).policy(policy)
}

async fn limited(events: usize, by_bytes: bool, policy: Policy) -> (Client, Peer) {
    let server = Server::start().await;
    let config = server.config().event_queue(limits_for(events, by_bytes, policy).await);
    connect(&server, config).await
}

#[tokio::test]
async fn a_full_queue_drops_the_oldest_and_says_so_in_place() {
    for by_bytes in [false, true] {
        let (client, mut peer) = limited(3, by_bytes, Policy::DropOldest).await;
        let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
        peer.say(news(0..3)).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut subscription), ["0", "1", "2"], "exactly at the limit");
        peer.say(news(0..9)).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut subscription), ["lost 6", "6", "7", "8"], "in one burst");

        for number in 0..5 {
            peer.say(news(number..number + 1)).await;
            settle(&client, &mut peer).await;
        }
        let mut read =
            || subscription.try_next().expect("open").map(|event| event.text("N").unwrap_or_default().into_owned());
        assert_eq!(read().as_deref(), Some(""), "the marker stands before what is left");
        assert_eq!(read().as_deref(), Some("0002"));
        for number in 5..7 {
            peer.say(news(number..number + 1)).await;
            settle(&client, &mut peer).await;
        }
        assert_eq!(waiting(&mut subscription), ["lost 1", "4", "5", "6"]);
        assert!(waiting(&mut subscription).is_empty());
    }
}

#[tokio::test]
async fn a_full_queue_drops_the_newest_and_says_so_in_place() {
    for by_bytes in [false, true] {
        let (client, mut peer) = limited(3, by_bytes, Policy::DropNewest).await;
        let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
        peer.say(news(0..9)).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut subscription), ["0", "1", "2", "lost 6"], "in one burst");

        for number in 0..5 {
            peer.say(news(number..number + 1)).await;
            settle(&client, &mut peer).await;
        }
        let first = subscription.try_next().expect("open").expect("an event");
        assert_eq!(first.text("N").as_deref(), Some("0000"));
        for number in 5..7 {
            peer.say(news(number..number + 1)).await;
            settle(&client, &mut peer).await;
        }
        assert_eq!(waiting(&mut subscription), ["1", "2", "lost 2", "5", "lost 1"]);
        assert!(waiting(&mut subscription).is_empty());
    }
}

#[tokio::test]
async fn a_full_queue_may_end_its_subscription_and_no_other() {
    for by_bytes in [false, true] {
        let (client, mut peer) = limited(3, by_bytes, Policy::Close).await;
        let mut full = client.subscribe(Filter::all()).expect("a subscription");
        let mut other = client.subscribe(Filter::names(["Rare"]).expect("names")).expect("a subscription");
        peer.say(news(0..3)).await;
        settle(&client, &mut peer).await;
        peer.say(news(3..4)).await;
        settle(&client, &mut peer).await;
        peer.say(format!("{}Event: Rare\r\nN: 0009\r\n\r\n", news(4..5))).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut full), ["0", "1", "2", "lost 1"]);
        assert_eq!(kind(&full.next().await), Some(ErrorKind::Overflow));
        assert_eq!(waiting(&mut other), ["9"]);
        assert!(client.is_open());
    }
}

#[tokio::test]
async fn lag_markers_come_only_to_lists_that_name_them() {
    for policy in [Policy::DropOldest, Policy::DropNewest] {
        let (client, mut peer) = limited(2, false, policy).await;
        let mut quiet = client.subscribe(Filter::names(["News"]).expect("names")).expect("a subscription");
        let mut told = client.subscribe(Filter::names(["news", "#Lagged"]).expect("names")).expect("a subscription");
        let mut unconcerned =
            client.subscribe(Filter::names(["Rare", "#lagged"]).expect("names")).expect("a subscription");
        peer.say(news(0..5)).await;
        settle(&client, &mut peer).await;
        let (quietly, loudly) = match policy {
            Policy::DropOldest => (["3", "4"], ["lost 3", "3", "4"]),
            _ => (["0", "1"], ["0", "1", "lost 3"]),
        };
        assert_eq!(waiting(&mut quiet), quietly);
        assert_eq!(waiting(&mut told), loudly);
        assert!(waiting(&mut unconcerned).is_empty(), "it lost nothing that it wanted");
    }
}

#[tokio::test]
async fn an_event_larger_than_the_queue_is_lost_and_counted() {
    for policy in [Policy::DropOldest, Policy::DropNewest] {
        let (client, mut peer) = limited(2, true, policy).await;
        let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
        peer.say(format!("Event: Big\r\nN: {}\r\n\r\n", "x".repeat(5000))).await;
        settle(&client, &mut peer).await;
        peer.say(news(1..3)).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut subscription), ["lost 1", "1", "2"], "{policy:?}");
    }
}

#[tokio::test]
async fn a_reader_that_never_reads_harms_nobody() {
    let (client, mut peer) = limited(10, false, Policy::DropOldest).await;
    let mut idle = client.subscribe(Filter::all()).expect("a subscription");
    let mut reader = client.subscribe(Filter::all()).expect("a subscription");
    let reading = tokio::spawn(async move {
        let (mut events, mut lost) = (0, 0);
        while events + lost < 20_000 {
            let event = patience("an event", reader.next()).await.expect("an event");
            match event.kind() {
                Kind::Lagged => lost += event.text("Lost").expect("a number").parse::<usize>().expect("a number"),
                _ => events += 1,
            }
        }
        events + lost
    });
    for block in 0..20 {
        peer.say(news(block * 1000..(block + 1) * 1000)).await;
    }
    settle(&client, &mut peer).await;
    assert_eq!(joined(reading).await, 20_000, "every loss is counted");
    let left = waiting(&mut idle);
    assert_eq!((left.len(), left[0].as_str(), left[10].as_str()), (11, "lost 19990", "19999"));
}

#[tokio::test]
async fn a_server_that_never_pauses_leaves_others_of_the_thread_their_turns() {
    const TOTAL: u64 = 24 << 20;
    let (client, peer) = connected().await;
    let mut stream = peer.stream.into_std().expect("a socket");
    stream.set_nonblocking(false).expect("a socket");
    // On a thread of its own, so that it is ahead nearly always.
    let writing = std::thread::spawn(move || {
        let piece = "Event: Newexten\r\nChannel: SIP/1-1\r\nExtension: 100\r\n\r\n".repeat(1000);
        let mut sent = 0;
        while sent < TOTAL {
            stream.write_all(piece.as_bytes()).expect("the client reads");
            sent += piece.len() as u64;
        }
    });
    let mut last = client.stats().bytes_received;
    let mut most = 0;
    patience("the stream", async {
        while last < TOTAL {
            // A turn comes after timers and sockets were looked at.
            tokio::task::yield_now().await;
            let now = client.stats().bytes_received;
            most = most.max(now - last);
            last = now;
        }
    })
    .await;
    writing.join().expect("written");
    assert!(most <= 1 << 20, "{most} bytes were read between two turns");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_reader_is_woken_for_every_event() {
    let (client, mut peer) = connected().await;
    let woken = Arc::new(tokio::sync::Semaphore::new(0));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
            let woken = Arc::clone(&woken);
            tokio::spawn(async move {
                for number in 0..500 {
                    let event = patience("an event", subscription.next()).await.expect("an event");
                    assert_eq!(event.text("N"), Some(format!("{number:04}").into()));
                    woken.add_permits(1);
                }
            })
        })
        .collect();
    for number in 0..500 {
        peer.say(news(number..number + 1)).await;
        // Each has read it and waits again, or is about to.
        patience("the readers", woken.acquire_many(4)).await.expect("open").forget();
    }
    for reader in readers {
        joined(reader).await;
    }
}

/// A reader that only its own waker keeps alive, as a task of some executors.
struct Task(std::sync::Mutex<Subscription>);

impl std::task::Wake for Task {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_reader_may_go_away_while_it_is_woken() {
    let (done, ended) = std::sync::mpsc::channel();
    // On a thread of its own: a deadlock of the link's task would stop this one too.
    std::thread::spawn(move || {
        runtime().block_on(async {
            let (client, mut peer) = connected().await;
            let task = Arc::new(Task(client.subscribe(Filter::all()).expect("a subscription").into()));
            let waker = std::task::Waker::from(Arc::clone(&task));
            let mut cx = std::task::Context::from_waker(&waker);
            assert!(task.0.lock().expect("no panic").poll_next(&mut cx).is_pending());
            drop((waker, task));
            peer.say(news(0..1)).await;
            settle(&client, &mut peer).await;
        });
        done.send(()).expect("the test waits");
    });
    assert_eq!(ended.recv_timeout(PATIENCE), Ok(()), "the link's task is stuck");
}

// ---- links that come and go ----

fn reconnecting(server: &Server) -> Config {
    let policy = Reconnect::new(Duration::from_millis(5), Duration::from_millis(50));
    server.config().reconnect(policy).keepalive(Duration::ZERO)
}

async fn again(server: &Server) -> Peer {
    let mut peer = server.accept().await;
    peer.log_in("").await;
    peer
}

#[tokio::test]
async fn a_lost_link_is_made_again_and_marked() {
    let server = Server::start().await;
    let client = Client::new(reconnecting(&server)).expect("a client");
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    let mut states = client.subscribe(Filter::names(["#state"]).expect("names")).expect("a subscription");
    let mut gaps = client.subscribe(Filter::names(["#gap"]).expect("names")).expect("a subscription");
    assert_eq!(client.state(), State::New);
    let (opened, mut peer) = tokio::join!(patience("opening", client.open()), again(&server));
    opened.expect("open");
    assert_eq!(client.state(), State::Open);
    peer.say(news(0..2)).await;
    settle(&client, &mut peer).await;
    let before = std::time::SystemTime::now();
    drop(peer);
    patience("the loss", client.until(State::Waiting)).await.expect("lost");
    let mut peer = again(&server).await;
    patience("the next link", client.until(State::Open)).await.expect("open again");
    peer.say(news(2..3)).await;
    settle(&client, &mut peer).await;
    assert_eq!(waiting(&mut all), ["0", "1", "gap", "2"]);
    assert_eq!(waiting(&mut states), ["connecting", "open", "waiting", "connecting", "open"]);
    let gap = gaps.try_next().expect("open").expect("a marker");
    assert_eq!((gap.kind(), gap.name()), (Kind::Gap, &b"#gap"[..]));
    let time = |name: &str| gap.text(name).expect("a time").parse::<f64>().expect("a number");
    let since = |at: std::time::SystemTime| at.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    assert!(time("From") <= since(before) + 0.01 && time("From") > since(before) - 20.0, "{gap:?}");
    assert!(time("From") < time("Until") && time("Until") <= since(std::time::SystemTime::now()) + 0.01, "{gap:?}");
    assert_eq!(gap.text("Cause").as_deref(), Some("the server closed the connection"));
}

#[tokio::test]
async fn a_server_that_is_away_for_a_while_is_found_again() {
    let server = Server::start().await;
    let address = server.listener.local_addr().expect("an address");
    let (client, peer) = connect(&server, reconnecting(&server)).await;
    let mut states = client.subscribe(Filter::names(["#state"]).expect("names")).expect("a subscription");
    drop((server, peer));
    for _ in 0..8 {
        patience("a state", states.next()).await.expect("it goes on");
    }
    let server = Server { listener: TcpListener::bind(address).await.expect("the same port") };
    let mut peer = again(&server).await;
    patience("the next link", client.until(State::Open)).await.expect("open again");
    settle(&client, &mut peer).await;
}

#[tokio::test]
async fn calls_fail_at_once_while_the_link_is_down_or_wait_as_configured() {
    for waits in [false, true] {
        let server = Server::start().await;
        let config = reconnecting(&server).wait_for_reconnect(waits);
        let (client, mut peer) = connect(&server, config).await;
        let written = spawn_call(&client, Action::new("Originate"));
        peer.action().await;
        drop(peer);
        assert_eq!(kind(&joined(written).await), Some(ErrorKind::OutcomeUnknown));
        let call = spawn_call(&client, Action::new("CoreStatus").with("Echo", "later"));
        if waits {
            let mut peer = again(&server).await;
            assert_eq!(peer.answer().await.name, "CoreStatus", "only what was never written");
            assert_eq!(joined(call).await.expect("an answer").text("Echo").as_deref(), Some("later"));
        } else {
            assert_eq!(kind(&joined(call).await), Some(ErrorKind::Disconnected));
        }
    }
}

#[tokio::test]
async fn a_call_that_waits_for_a_link_times_out_in_time() {
    let server = Server::start().await;
    let config = reconnecting(&server).wait_for_reconnect(true);
    let (client, peer) = connect(&server, config).await;
    drop((server, peer));
    patience("the loss", client.until(State::Waiting)).await.expect("lost");
    let outcome = patience("the call", client.call_within(&Action::new("CoreStatus"), Duration::from_millis(50))).await;
    assert_eq!(kind(&outcome), Some(ErrorKind::Timeout));
}

#[tokio::test]
async fn closing_ends_reconnecting_at_once() {
    let server = Server::start().await;
    let policy = Reconnect::new(Duration::from_secs(3600), Duration::from_secs(3600));
    let (client, peer) = connect(&server, server.config().reconnect(policy)).await;
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    drop(peer);
    patience("the loss", client.until(State::Waiting)).await.expect("lost");
    patience("closing", client.close()).await.expect("closed");
    assert_eq!(client.state(), State::Closed);
    assert_eq!(kind(&client.subscribe(Filter::all())), Some(ErrorKind::Closed));
    assert_eq!(kind(&patience("the end", all.next()).await), Some(ErrorKind::Closed));
    assert_eq!(kind(&patience("no more", client.until(State::Open)).await), Some(ErrorKind::Closed));
}

#[tokio::test]
async fn a_refused_login_ends_reconnecting() {
    let server = Server::start().await;
    let (client, peer) = connect(&server, reconnecting(&server)).await;
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    drop(peer);
    let mut peer = server.accept().await;
    let asked = peer.challenge().await;
    peer.say(format!("Response: Error\r\nActionID: {}\r\nMessage: Authentication failed\r\n\r\n", asked.id)).await;
    assert_eq!(kind(&patience("the end", all.next()).await), Some(ErrorKind::Auth));
    assert_eq!(kind(&patience("no more", client.until(State::Open)).await), Some(ErrorKind::Auth));
}

#[tokio::test]
async fn a_half_open_link_is_found_within_the_keepalive() {
    let server = Server::start().await;
    let config =
        reconnecting(&server).keepalive(Duration::from_millis(50)).keepalive_timeout(Duration::from_millis(50));
    let (client, mut silent) = connect(&server, config).await;
    assert_eq!(silent.answer().await.name, "Ping");
    assert_eq!(silent.action().await.name, "Ping", "again after as much silence");
    patience("the loss", client.until(State::Waiting)).await.expect("lost");
    let _peer = again(&server).await;
    patience("the next link", client.until(State::Open)).await.expect("open again");
}

#[tokio::test]
async fn losses_stay_on_their_side_of_a_gap() {
    for policy in [Policy::DropOldest, Policy::DropNewest] {
        let server = Server::start().await;
        let limits = limits_for(3, false, policy).await;
        let (client, mut peer) = connect(&server, reconnecting(&server).event_queue(limits)).await;
        let mut all = client.subscribe(Filter::all()).expect("a subscription");
        peer.say(news(0..5)).await;
        settle(&client, &mut peer).await;
        drop(peer);
        let mut peer = again(&server).await;
        patience("the next link", client.until(State::Open)).await.expect("open again");
        peer.say(news(5..7)).await;
        settle(&client, &mut peer).await;
        peer.say(news(7..10)).await;
        settle(&client, &mut peer).await;
        drop(peer);
        let _peer = again(&server).await;
        patience("the next link", client.until(State::Open)).await.expect("open again");
        let seen = waiting(&mut all);
        match policy {
            Policy::DropOldest => assert_eq!(seen, ["lost 5", "gap", "lost 2", "7", "8", "9", "gap"]),
            _ => assert_eq!(seen, ["0", "1", "2", "lost 2", "gap", "lost 5", "gap"]),
        }
    }
}

#[tokio::test]
async fn markers_that_nobody_reads_are_bounded() {
    let server = Server::start().await;
    let policy = Reconnect::new(Duration::from_micros(1), Duration::from_micros(1));
    let (client, peer) = connect(&server, server.config().reconnect(policy)).await;
    let mut states = client.subscribe(Filter::names(["#state", "#lagged"]).expect("names")).expect("a subscription");
    drop((server, peer));
    // Refused over and over: two markers an attempt.
    let mut watched = client.subscribe(Filter::names(["#state"]).expect("names")).expect("a subscription");
    for _ in 0..3000 {
        patience("a state", watched.next()).await.expect("it goes on");
    }
    patience("closing", client.close()).await.expect("closed");
    let seen = waiting(&mut states);
    assert!(seen[0].starts_with("lost ") && seen.len() == 1001, "{} {}", seen.len(), seen[0]);
}

#[tokio::test]
async fn what_was_done_is_counted() {
    let server = Server::start().await;
    let limits = limits_for(3, false, Policy::DropOldest).await;
    let (client, mut peer) = connect(&server, reconnecting(&server).event_queue(limits)).await;
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    let none = client.subscribe(Filter::names(["Rare"]).expect("names")).expect("a subscription");
    let before = client.stats();
    peer.say(news(0..5)).await;
    settle(&client, &mut peer).await;
    let counted = |of: &Subscription| {
        let counters = of.counters();
        (counters.received, counters.delivered, counters.dropped, counters.waiting)
    };
    assert_eq!(counted(&all), (5, 0, 2, 3));
    assert!(all.counters().waiting_bytes > 3 * news(0..1).len());
    assert_eq!(all.try_next().expect("open").map(|event| event.kind()), Some(Kind::Lagged));
    assert_eq!(counted(&all), (5, 0, 2, 3), "a marker is no event");
    all.try_next().expect("open");
    assert_eq!(counted(&all), (5, 1, 2, 2), "taken together, and not read yet");
    assert_eq!(counted(&none), (0, 0, 0, 0));
    drop(peer);
    let mut peer = again(&server).await;
    patience("the next link", client.until(State::Open)).await.expect("open again");
    let call = spawn_call(&client, Action::new("CoreStatus"));
    peer.action().await;
    let stats = client.stats();
    assert_eq!((stats.events, stats.actions - before.actions, stats.in_flight, stats.reconnects), (5, 2, 1, 1));
    assert_eq!(stats.round_trips.count() - before.round_trips.count(), 1);
    assert!(stats.bytes_received - before.bytes_received > news(0..5).len() as u64);
    assert!(stats.bytes_sent > before.bytes_sent);
    waiting(&mut all);
    assert_eq!(counted(&all), (5, 3, 2, 0));
    assert_eq!(all.counters().waiting_bytes, 0);
    drop(peer);
    assert_eq!(kind(&joined(call).await), Some(ErrorKind::OutcomeUnknown));
}

#[tokio::test]
async fn a_loop_of_calls_that_fail_at_once_lets_the_link_be_made_again() {
    let server = Server::start().await;
    let config = reconnecting(&server);
    let (client, peer) = connect(&server, config).await;
    let _echo = server.echo();
    drop(peer);
    let start = Instant::now();
    // It waits for nothing itself, and the runtime has one thread.
    while client.ping().await.is_err() || client.stats().reconnects == 0 {
        assert!(start.elapsed() < PATIENCE, "the link's task gets its turn");
    }
}
