//! Servers without TLS and clients without it, and where the secret is sent in the clear.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ami::client::Tls;
use ami::{Client, Config, ErrorKind};

use crate::{Authority, FAR, Folder, Identity, Peer, Server, VERSIONS, connect, names, says, settings};
use support::clock::patience;
use support::server::{BANNER, SECRET};

#[tokio::test]
async fn tls_to_a_server_without_it_is_named() {
    let folder = Folder::new();
    let tls = || Tls::new().ca_file(folder.file("ca.pem", &Authority::new().certificate));
    /// Reads the hello.
    fn hear(stream: &mut TcpStream) {
        assert_eq!(stream.read(&mut [0; 1]).expect("a hello"), 1);
    }
    /// Hangs up so that what was said arrives.
    fn hang_up(mut stream: TcpStream) {
        stream.shutdown(std::net::Shutdown::Write).expect("a socket");
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
    let cases: [(&[u8], &[&str]); 5] = [
        (BANNER.as_bytes(), &["does not speak TLS", "5038", "5039"]),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", &["does not speak TLS"]),
        // The alerts of a server with TLS 1.0 alone, and of one without a common cipher or that wants a certificate.
        (&[0x15, 3, 1, 0, 2, 2, 70], &["version", "1.2 or 1.3"]),
        (&[0x15, 3, 1, 0, 2, 2, 40], &["broke off", "TLS setting client_certificate", "cipher"]),
        (b"", &["during the TLS handshake", "5039"]),
    ];
    for (said, words) in cases {
        let server = Server::start(move |mut stream| {
            hear(&mut stream);
            stream.write_all(said).expect("the client reads");
            hang_up(stream);
        });
        says(connect(server.config().tls(tls())).await.err(), words);
        server.end();
    }
    // Silence, until the client gives up.
    let server = Server::start(|mut stream| {
        std::io::copy(&mut stream, &mut std::io::sink()).expect("a hello and the end");
    });
    let error =
        connect(server.config().tls(tls()).connect_timeout(Duration::from_millis(200))).await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("TLS handshake") && error.message().contains("5039"), "{error}");
    server.end();
    // Closing does not wait for it.
    let (heard, hears) = tokio::sync::oneshot::channel();
    let server = Server::start(|mut stream| {
        hear(&mut stream);
        heard.send(()).expect("somebody waits");
        std::io::copy(&mut stream, &mut std::io::sink()).expect("the end");
    });
    let client = Client::new(server.config().tls(tls())).expect("a client");
    let (opened, closed) = tokio::join!(patience("opening", client.open()), async {
        hears.await.expect("a hello");
        patience("closing", client.close()).await
    });
    assert_eq!(opened.map_err(|error| error.kind()), Err(ErrorKind::Closed));
    closed.expect("closed");
    server.end();
}

#[tokio::test]
async fn tls_port_is_named_to_a_client_without_it() {
    let authority = Authority::new();
    let server = Server::start_tls(settings(&authority.sign(&names(&["localhost"])), &VERSIONS, None), |_| ());
    let error = connect(server.config().connect_timeout(Duration::from_millis(200))).await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("the setting tls is off"), "{error}");
    assert!(server.end().is_none());
    // Some say what they miss; the last byte may look like the end of a line.
    for alert in [[0x15, 3, 1, 0, 2, 2, 70], [0x15, 3, 3, 0, 2, 2, 10]] {
        let server = Server::start(move |mut stream| stream.write_all(&alert).expect("the client reads"));
        let error = connect(server.config()).await.expect_err("no AMI");
        assert_eq!(error.kind(), ErrorKind::NotAmi);
        assert!(error.message().contains("switch on the setting tls"), "{error}");
        server.end();
    }
}

/// A login to a server without challenge: true if the secret was sent, and the client's error.
async fn plain_login(
    through_tls: Option<&Identity>,
    configure: impl FnOnce(Config) -> Config,
) -> (bool, Option<ErrorKind>) {
    fn talk(peer: &mut Peer) -> bool {
        peer.say(BANNER);
        let challenge = peer.action();
        peer.say(challenge.reply("Error", "Message: Invalid/unknown command\r\n"));
        let Some(login) = peer.try_action().expect("the client does not break off") else { return false };
        peer.say(login.reply("Success", ""));
        login.get("Secret") == Some(SECRET)
    }
    let server = match through_tls {
        None => Server::start(|stream| Some(talk(&mut Peer::new(Box::new(stream))))),
        Some(identity) => Server::start_tls(settings(identity, &VERSIONS, None), talk),
    };
    let result = connect(configure(server.config())).await;
    (server.end().expect("a handshake"), result.err().map(|error| error.kind()))
}

#[tokio::test]
async fn tls_plain_login_goes_to_loopback_or_a_verified_server_or_if_allowed() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let tls = Tls::new().ca_file(folder.file("ca.pem", &authority.certificate)).server_name("localhost");
    let insecure = tls.clone().danger_accept_any_certificate(true);
    let identity = authority.sign(&names(&["localhost"]));
    let told = (true, None);
    let kept = (false, Some(ErrorKind::AuthMethod));
    assert_eq!(plain_login(None, |config| config).await, told);
    assert_eq!(plain_login(None, |config| config.host(FAR)).await, kept);
    assert_eq!(plain_login(None, |config| config.host(FAR).allow_plain_login(true)).await, told);
    assert_eq!(plain_login(Some(&identity), |config| config.host(FAR).tls(tls)).await, told);
    assert_eq!(plain_login(Some(&identity), |config| config.host(FAR).tls(insecure.clone())).await, kept);
    let allowed = |config: Config| config.host(FAR).tls(insecure.clone()).allow_plain_login(true);
    assert_eq!(plain_login(Some(&identity), allowed).await, told);
    assert_eq!(plain_login(Some(&identity), |config| config.tls(insecure.clone())).await, told);
    // A challenge is always answered, for any server.
    for host in ["localhost", FAR] {
        let server = Server::start_tls(settings(&identity, &VERSIONS, None), Peer::log_in);
        connect(server.config().host(host).tls(insecure.clone())).await.expect("logged in");
        server.end().expect("a login by key");
    }
}
