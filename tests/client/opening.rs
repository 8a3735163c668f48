//! Opening: refusals, bad settings, and the moments at which an opening can end.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use ami::events::QueueLimits;
use ami::{Client, Config, ErrorKind, Filter};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::{config_of, echo, joined, kind};
use support::clock::patience;
use support::server::{BANNER, SECRET, Server};

#[tokio::test]
async fn connect_to_a_closed_port_is_refused() {
    let config = config_of(&Server::start().await);
    let error = patience("connecting", Client::connect(config)).await.expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.os_code(), Some(libc_code(std::io::ErrorKind::ConnectionRefused)));
}

#[tokio::test]
async fn connect_that_is_reset_at_once_is_disconnected() {
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
async fn connect_to_an_unknown_host_is_not_resolved() {
    let config = Config::new("no-such-host.invalid", "admin", SECRET);
    let error = patience("connecting", Client::connect(config)).await.expect_err("no such host");
    assert_eq!(error.kind(), ErrorKind::Resolve);
    assert!(error.message().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn connect_to_a_silent_server_times_out() {
    for said in ["", "Asterisk Call", BANNER] {
        let server = Server::start().await;
        let start = Instant::now();
        let config = config_of(&server).connect_timeout(Duration::from_millis(150));
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
async fn connect_to_a_port_that_is_not_ami_says_so() {
    for (said, expected) in [
        ("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", ErrorKind::NotAmi),
        ("SSH-2.0-OpenSSH_9.2p1\r\n", ErrorKind::NotAmi),
        ("", ErrorKind::Disconnected),
        ("Asterisk Call", ErrorKind::Disconnected),
        (BANNER, ErrorKind::Disconnected),
    ] {
        let server = Server::start().await;
        let (result, ()) = tokio::join!(patience("connecting", Client::connect(config_of(&server))), async {
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
async fn login_with_a_wrong_secret_is_an_auth_error() {
    let server = Server::start().await;
    let client = Client::new(config_of(&server)).expect("a client");
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
async fn login_sends_no_secret_in_the_clear_over_a_network() {
    for (host, allowed, outcome) in [
        ("127.0.0.1", false, None),
        // Mapped into IPv6 the address is none of those that pass for loopback.
        ("::ffff:127.0.0.1", false, Some(ErrorKind::AuthMethod)),
        ("::ffff:127.0.0.1", true, None),
    ] {
        let server = Server::start().await;
        let config = config_of(&server).host(host).allow_plain_login(allowed);
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
fn config_that_cannot_work_is_refused_at_once() {
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
async fn open_works_once() {
    let server = Server::start().await;
    let client = Client::new(config_of(&server)).expect("a client");
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
async fn open_ends_by_close_at_every_stage() {
    for stage in 0..3 {
        let server = Server::start().await;
        let client = Client::new(config_of(&server)).expect("a client");
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
async fn open_that_is_dropped_closes() {
    let server = Server::start().await;
    let client = Client::new(config_of(&server)).expect("a client");
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
async fn open_and_close_at_once_always_end() {
    let server = Server::start().await;
    let config = config_of(&server);
    let _serving = echo(server);
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
