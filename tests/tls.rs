//! The client through TLS, against servers on loopback: whom it trusts, what it says when it does not, and that no byte is
//! lost or doubled on the way.
#![cfg(feature = "client")]

use std::future::{Future, poll_fn};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use ami::client::Tls;
use ami::{Action, Client, Config, Error, ErrorKind, Filter, Reconnect, Response};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};
use tokio::time::timeout;

/// Long enough for any machine; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(20);
const BANNER: &str = "Asterisk Call Manager/5.0.4\r\n";
const SECRET: &str = "s3cr3t-0f-adm1n";
const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];
/// Loopback by another name, which is taken for a network's.
const FAR: &str = "::ffff:127.0.0.1";

async fn patience<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} takes for ever"))
}

// ---- certificates ----

/// A folder that goes away with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("tls-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A certificate and its key, in PEM form.
struct Identity {
    certificate: String,
    key: String,
}

fn names(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("names")
}

fn is_authority(mut params: CertificateParams) -> CertificateParams {
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn signed_by_itself(params: &CertificateParams) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    Identity { certificate: certificate.pem(), key: key.serialize_pem() }
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    fn new() -> Authority {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Authority::named(&format!("Authority {}", NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    fn named(name: &str) -> Authority {
        let (mut params, key) = (is_authority(names(&[])), KeyPair::generate().expect("a key"));
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).expect("a certificate").pem();
        Authority { issuer: Issuer::new(params, key), certificate }
    }

    fn sign(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

// ---- the server's side ----

fn settings(
    identity: &Identity,
    versions: &[&'static SupportedProtocolVersion],
    clients: Option<&str>,
) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_protocol_versions(versions).expect("versions");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).expect("PEM")).expect("an authority");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.expect("a verifier"))
        }
    };
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("PEM");
    builder.with_single_cert(vec![certificate], key).expect("an identity")
}

/// A server for one connection.
struct Server<T> {
    port: u16,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Server<T> {
    fn start(talk: impl FnOnce(TcpStream) -> T + Send + 'static) -> Server<T> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            drop(listener);
            stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
            stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
            talk(stream)
        });
        Server { port, thread }
    }

    fn config(&self) -> Config {
        Config::new("localhost", "admin", SECRET).port(self.port)
    }

    /// What `talk` came to.
    fn end(self) -> T {
        self.thread.join().expect("the server has no complaints")
    }
}

impl<T: Send + 'static> Server<Option<T>> {
    /// Talks once the handshake is done; to a client that goes away in it, not at all.
    fn start_tls(settings: ServerConfig, talk: impl FnOnce(&mut Peer) -> T + Send + 'static) -> Server<Option<T>> {
        Server::start(move |stream| {
            let connection = ServerConnection::new(Arc::new(settings)).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            while stream.conn.is_handshaking() {
                stream.conn.complete_io(&mut stream.sock).ok()?;
            }
            Some(talk(&mut Peer { stream: Box::new(stream), read: Vec::new() }))
        })
    }
}

trait Stream: Read + Write + Send {
    fn refresh_keys(&mut self) {}
}

impl Stream for TcpStream {}

impl Stream for StreamOwned<ServerConnection, TcpStream> {
    fn refresh_keys(&mut self) {
        self.conn.refresh_traffic_keys().expect("TLS 1.3");
    }
}

struct Peer {
    stream: Box<dyn Stream>,
    read: Vec<u8>,
}

impl Peer {
    fn plain(stream: TcpStream) -> Peer {
        Peer { stream: Box::new(stream), read: Vec::new() }
    }

    fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush()).expect("the client reads");
    }

    /// The next action's headers; none at the end of the connection, which a client announces.
    fn try_action(&mut self) -> Option<Vec<(String, String)>> {
        let mut room = [0; 1 << 14];
        let mut from = 0;
        let end = loop {
            if let Some(end) = self.read[from..].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break from + end;
            }
            from = self.read.len().saturating_sub(3);
            match self.stream.read(&mut room).expect("the client does not break off") {
                0 => return None,
                count => self.read.extend_from_slice(&room[..count]),
            }
        };
        let text = String::from_utf8(self.read.drain(..end + 4).collect()).expect("text");
        let lines = text.trim_end().split("\r\n").map(|line| line.split_once(": ").expect("a header"));
        Some(lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn action(&mut self) -> Vec<(String, String)> {
        self.try_action().expect("an action")
    }

    fn succeed(&mut self, asked: &[(String, String)], more: &str) {
        self.say(format!("Response: Success\r\nActionID: {}\r\n{more}\r\n", get(asked, "ActionID").expect("an id")));
    }

    fn log_in(&mut self) {
        self.say(BANNER);
        let challenge = self.action();
        self.succeed(&challenge, "Challenge: 1\r\n");
        let login = self.action();
        assert!(get(&login, "Key").is_some() && get(&login, "Secret").is_none());
        self.succeed(&login, "");
    }

    /// Answers whatever comes until the client has logged off and gone.
    fn serve(&mut self) {
        while let Some(asked) = self.try_action() {
            match get(&asked, "Action") {
                Some("Logoff") => self
                    .say(format!("Response: Goodbye\r\nActionID: {}\r\n\r\n", get(&asked, "ActionID").expect("an id"))),
                _ => self.succeed(&asked, ""),
            }
        }
    }
}

fn get<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
}

async fn connect(config: Config) -> Result<Client, Error> {
    patience("connecting", Client::connect(config)).await
}

/// Connects to a server with this identity; none if all is well.
async fn outcome(identity: &Identity, tls: Tls) -> Option<Error> {
    let server = Server::start_tls(settings(identity, &VERSIONS, None), |peer| {
        peer.log_in();
        peer.serve();
    });
    let result = connect(server.config().tls(tls)).await;
    if let Ok(client) = &result {
        patience("closing", client.close()).await.expect("closed");
    }
    assert_eq!(server.end().is_some(), result.is_ok(), "both sides agree");
    result.err()
}

/// That this went wrong in TLS, with these words in its text.
fn says(error: Option<Error>, words: &[&str]) {
    let error = error.expect("this cannot go well");
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    for word in words {
        assert!(error.message().contains(word), "{word:?} is not in: {error}");
    }
}

// ---- tests ----

#[tokio::test]
async fn a_session_goes_through_either_version() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    for version in VERSIONS {
        let server = Server::start_tls(settings(&identity, &[version], None), |peer| {
            peer.log_in();
            let asked = peer.action();
            peer.say("Event: Before\r\n\r\n");
            peer.succeed(&asked, &format!("Echo: {}\r\n", get(&asked, "Word").expect("the word")));
            peer.serve();
        });
        let client = Client::new(server.config().tls(Tls::new().ca_file(&ca))).expect("a client");
        let mut events = client.subscribe(Filter::all()).expect("a subscription");
        patience("opening", client.open()).await.expect("logged in");
        let echo = patience("the call", client.call(&Action::new("Echo").with("Word", "grüße"))).await;
        assert_eq!(echo.expect("an answer").get("Echo"), Some("grüße".as_bytes()));
        assert!(patience("the event", events.next()).await.expect("an event").is("Before"));
        patience("closing", client.close()).await.expect("closed");
        server.end().expect("a session, and a goodbye of TLS");
    }
}

#[tokio::test]
async fn a_certificate_must_be_good_and_the_error_says_what_is_wrong_with_it() {
    let (folder, authority, other) = (Folder::new(), Authority::new(), Authority::new());
    let trusting = || Tls::new().ca_file(folder.file("ca.pem", &authority.certificate));
    let good = authority.sign(&names(&["localhost", "pbx.example.com", "192.0.2.7"]));
    assert!(outcome(&good, trusting()).await.is_none());

    let mistrusting = || Tls::new().ca_file(folder.file("other.pem", &other.certificate));
    says(outcome(&good, mistrusting()).await, &["trusts", "ami_config_set_tls_ca_file", "ca_file"]);
    says(outcome(&signed_by_itself(&names(&["localhost"])), trusting()).await, &["ca_file"]);
    let (real, twin) = (Authority::named("Twin"), Authority::named("Twin"));
    let mistaken = Tls::new().ca_file(folder.file("twin.pem", &twin.certificate));
    says(outcome(&real.sign(&names(&["localhost"])), mistaken).await, &["trusts", "ca_file"]);

    // By another name, it must be one that it has.
    assert!(outcome(&good, trusting().server_name("pbx.example.com")).await.is_none());
    assert!(outcome(&good, trusting().server_name("192.0.2.7")).await.is_none());
    let words =
        ["localhost, pbx.example.com, 192.0.2.7", "not for pbx.example.org", "tls_server_name", "server_name in"];
    says(outcome(&good, trusting().server_name("pbx.example.org")).await, &words);
    let elsewhere = authority.sign(&names(&["pbx.example.com"]));
    says(outcome(&elsewhere, trusting()).await, &["is for pbx.example.com, not for localhost", "tls_server_name"]);
    assert!(outcome(&elsewhere, trusting().server_name("pbx.example.com")).await.is_none());
    says(outcome(&authority.sign(&names(&[])), trusting()).await, &["subjectAltName", "not for localhost"]);

    let mut expired = names(&["localhost"]);
    expired.not_after = date_time_ymd(2020, 1, 1);
    let expired = authority.sign(&expired);
    says(outcome(&expired, trusting()).await, &["expired", "renew"]);
    let mut future = names(&["localhost"]);
    future.not_before = date_time_ymd(4000, 1, 1);
    says(outcome(&authority.sign(&future), trusting()).await, &["not valid yet", "clock"]);

    // All of that is passed over only if that is asked for.
    for identity in [&good, &elsewhere, &expired] {
        assert!(outcome(identity, mistrusting().danger_accept_any_certificate(true)).await.is_none());
        assert!(outcome(identity, Tls::new().danger_accept_any_certificate(true)).await.is_none());
        says(outcome(identity, mistrusting().danger_accept_any_certificate(false)).await, &[]);
    }
}

#[tokio::test]
async fn a_server_s_own_certificate_can_be_trusted_by_itself() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let mut expired = names(&["localhost"]);
    expired.not_after = date_time_ymd(2020, 1, 1);
    // As `openssl req -x509` makes it, as others do, and one that an authority has signed.
    for own in [
        signed_by_itself(&is_authority(names(&["localhost"]))),
        signed_by_itself(&names(&["localhost"])),
        authority.sign(&names(&["localhost"])),
    ] {
        let trusting = || Tls::new().ca_file(folder.file("own.pem", &own.certificate));
        assert!(outcome(&own, trusting()).await.is_none());
        says(outcome(&own, trusting().server_name("pbx.example.com")).await, &["is for localhost"]);
        // Of one that only looks the same nothing is believed.
        for twin in [signed_by_itself(&is_authority(names(&["localhost"]))), signed_by_itself(&names(&["localhost"]))] {
            says(outcome(&twin, trusting()).await, &[]);
        }
    }
    let nameless = signed_by_itself(&is_authority(names(&[])));
    assert!(outcome(&nameless, Tls::new().ca_file(folder.file("own.pem", &nameless.certificate))).await.is_none());
    for own in [signed_by_itself(&is_authority(expired.clone())), authority.sign(&expired)] {
        let trusting = Tls::new().ca_file(folder.file("own.pem", &own.certificate));
        says(outcome(&own, trusting).await, &["expired"]);
    }
}

/// The system's authorities are read once for a process, so this one is run again in one of its own.
#[tokio::test]
async fn the_system_s_authorities_are_trusted_unless_others_are_given() {
    const NAME: &str = "the_system_s_authorities_are_trusted_unless_others_are_given";
    let Some(path) = std::env::var_os("AMI_TEST_AUTHORITIES") else {
        let folder = Folder::new();
        let path = folder.file("system.pem", "");
        let child = Command::new(std::env::current_exe().expect("a program"))
            .args(["--exact", NAME])
            .env("SSL_CERT_FILE", &path)
            .env_remove("SSL_CERT_DIR")
            .env("AMI_TEST_AUTHORITIES", &path)
            .output()
            .expect("a process");
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        return;
    };
    let authority = Authority::new();
    let identity = authority.sign(&names(&["localhost"]));
    let none = Client::new(Config::new("localhost", "admin", SECRET).tls(Tls::new())).expect_err("nobody to trust");
    says(Some(none), &["ca-certificates", "tls_ca_file"]);
    std::fs::write(&path, &authority.certificate).expect("a file");
    assert!(outcome(&identity, Tls::new()).await.is_none());
    let folder = Folder::new();
    let other = folder.file("other.pem", &Authority::new().certificate);
    says(outcome(&identity, Tls::new().ca_file(other)).await, &["trusts"]);
    // What was found first counts for the process.
    std::fs::write(&path, &Authority::new().certificate).expect("a file");
    assert!(outcome(&identity, Tls::new()).await.is_none());
    std::fs::remove_file(&path).expect("a file");
    assert!(outcome(&identity, Tls::new()).await.is_none());
}

#[tokio::test]
async fn a_client_shows_its_certificate_to_a_server_that_wants_one() {
    let (folder, authority, other) = (Folder::new(), Authority::new(), Authority::new());
    let trusting = || Tls::new().ca_file(folder.file("ca.pem", &authority.certificate));
    let identity = authority.sign(&names(&["localhost"]));
    let client_of = |authority: &Authority, name: &str| {
        let client = authority.sign(&names(&["client.example.com"]));
        let chain = folder.file(&format!("{name}.pem"), &client.certificate);
        trusting().client_certificate(chain, folder.file(&format!("{name}.key"), &client.key))
    };
    for version in VERSIONS {
        for (tls, is_good) in
            [(client_of(&authority, "good"), true), (client_of(&other, "stranger"), false), (trusting(), false)]
        {
            let server = Server::start_tls(settings(&identity, &[version], Some(&authority.certificate)), |peer| {
                peer.log_in();
                peer.serve();
            });
            let result = connect(server.config().tls(tls)).await;
            if is_good {
                patience("closing", result.expect("logged in").close()).await.expect("closed");
            } else {
                says(result.err(), &["certificate of this client", "ami_config_set_tls_client_certificate"]);
            }
            assert_eq!(server.end().is_some(), is_good);
        }
    }
}

#[tokio::test]
async fn a_server_that_cannot_do_it_is_told_apart() {
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
        // What a server says that has only TLS 1.0, and one that has no cipher or wants a certificate.
        (&[0x15, 3, 1, 0, 2, 2, 70], &["version", "1.2 or 1.3"]),
        (&[0x15, 3, 1, 0, 2, 2, 40], &["broke off", "tls_client_certificate", "cipher"]),
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
async fn a_client_without_tls_learns_that_the_port_has_it() {
    let authority = Authority::new();
    let server = Server::start_tls(settings(&authority.sign(&names(&["localhost"])), &VERSIONS, None), |_| ());
    let error = connect(server.config().connect_timeout(Duration::from_millis(200))).await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("ami_config_set_tls,"), "{error}");
    assert!(server.end().is_none());
    // Some say what they miss; the last byte may look like the end of a line.
    for alert in [[0x15, 3, 1, 0, 2, 2, 70], [0x15, 3, 3, 0, 2, 2, 10]] {
        let server = Server::start(move |mut stream| stream.write_all(&alert).expect("the client reads"));
        let error = connect(server.config()).await.expect_err("no AMI");
        assert_eq!(error.kind(), ErrorKind::NotAmi);
        assert!(error.message().contains("ami_config_set_tls(config, 1)"), "{error}");
        server.end();
    }
}

#[tokio::test]
async fn files_are_checked_at_once_and_read_for_each_connection() {
    let (folder, authority, other) = (Folder::new(), Authority::new(), Authority::new());
    let identity = authority.sign(&names(&["localhost"]));
    let ca = folder.file("ca.pem", &authority.certificate);
    let (chain, key) = (folder.file("chain.pem", &identity.certificate), folder.file("key.pem", &identity.key));
    let another = folder.file("another.pem", &other.sign(&names(&["localhost"])).key);
    let start = "-----BEGIN PRIVATE KEY-----";
    let broken = folder.file("broken.pem", &format!("{start}\nQW55-oops\n-----END PRIVATE KEY-----\n"));
    let garbage = folder.file("garbage.pem", &format!("{start}\nR2FyYmFnZQ==\n-----END PRIVATE KEY-----\n"));
    let missing = folder.0.join("missing.pem");
    let base = || Tls::new().ca_file(&ca);
    for (tls, word) in [
        (Tls::new().ca_file(&missing), "missing.pem"),
        (Tls::new().ca_file(&key), "key.pem"),
        (Tls::new().ca_file(folder.file("empty.pem", "")), "empty.pem"),
        (base().client_certificate(&missing, &key), "missing.pem"),
        (base().client_certificate(&chain, &missing), "missing.pem"),
        (base().client_certificate(&chain, &chain), "pass phrase"),
        (base().client_certificate(&chain, &broken), "broken.pem"),
        (base().client_certificate(&chain, &garbage), "garbage.pem"),
        (base().client_certificate(&chain, &another), "another.pem"),
        (base().server_name("not a name"), "tls_server_name"),
        (base().server_name(""), "tls_server_name"),
    ] {
        let error = Client::new(Config::new("localhost", "admin", SECRET).tls(tls)).expect_err(word);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.message().contains(word), "{word:?} is not in: {error}");
        for part in ["QW55", "oops", "R2FyYmFnZQ", "Garbage"] {
            assert!(!format!("{error} {error:?}").contains(part), "{error}");
        }
    }
    let tls = base().client_certificate(&chain, &key);
    let client = Client::new(Config::new("localhost", "admin", SECRET).tls(tls)).expect("a client");
    let line = identity.key.lines().nth(1).expect("a key");
    let shown = format!("{client:?} {:?}", client.config());
    assert!(shown.contains("key.pem") && !shown.contains(line) && !shown.contains(SECRET), "{shown}");
    assert!(shown.contains("port: 5039"), "{shown}");
    let plain = Config::new("localhost", "admin", SECRET);
    assert!(format!("{plain:?}").contains("port: 5038"));
    assert!(format!("{:?}", plain.tls(Tls::new()).tls(None)).contains("port: 5038"));

    // A renewed file counts, and one that has gone is told when it is missed.
    let renewed = folder.file("renewed.pem", &other.certificate);
    let server = Server::start_tls(settings(&identity, &VERSIONS, None), Peer::log_in);
    let client = Client::new(server.config().tls(Tls::new().ca_file(&renewed))).expect("a client");
    std::fs::write(&renewed, &authority.certificate).expect("a file");
    patience("opening", client.open()).await.expect("logged in");
    server.end().expect("a session");
    let server = Server::start(drop);
    let client = Client::new(server.config().tls(Tls::new().ca_file(&renewed))).expect("a client");
    std::fs::remove_file(&renewed).expect("it was there");
    says(patience("opening", client.open()).await.err(), &["renewed.pem"]);
    server.end();
}

/// What a login came to at a server without challenge: whether the secret was told, and the client's error.
async fn plain_login(
    through_tls: Option<&Identity>,
    configure: impl FnOnce(Config) -> Config,
) -> (bool, Option<ErrorKind>) {
    fn talk(peer: &mut Peer) -> bool {
        peer.say(BANNER);
        let challenge = peer.action();
        let id = get(&challenge, "ActionID").expect("an id");
        peer.say(format!("Response: Error\r\nActionID: {id}\r\nMessage: Invalid/unknown command\r\n\r\n"));
        let Some(login) = peer.try_action() else { return false };
        peer.succeed(&login, "");
        get(&login, "Secret") == Some(SECRET)
    }
    let server = match through_tls {
        None => Server::start(|stream| Some(talk(&mut Peer::plain(stream)))),
        Some(identity) => Server::start_tls(settings(identity, &VERSIONS, None), talk),
    };
    let result = connect(configure(server.config())).await;
    (server.end().expect("a handshake"), result.err().map(|error| error.kind()))
}

#[tokio::test]
async fn the_secret_is_told_only_to_loopback_a_verified_server_or_with_leave() {
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
    // Where there is a challenge it is taken, whoever the server is.
    for host in ["localhost", FAR] {
        let server = Server::start_tls(settings(&identity, &VERSIONS, None), Peer::log_in);
        connect(server.config().host(host).tls(insecure.clone())).await.expect("logged in");
        server.end().expect("a login by key");
    }
}

/// So many actions with so many headers of a thousand bytes: more than all buffers between the two sides hold.
const ACTIONS: usize = 80;
const HEADERS: usize = 100;

type Call = Pin<Box<dyn Future<Output = Result<Response, Error>>>>;

/// Calls that were made and not answered.
async fn large_calls(client: &Client) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for number in 0..ACTIONS {
        let mut action = Action::new("Blob").with("Number", number.to_string());
        for at in 0..HEADERS {
            action = action.with("Variable", filling(&number.to_string(), at));
        }
        let client = client.clone();
        calls.push(Box::pin(async move { client.call(&action).await }));
    }
    poll_fn(|cx| {
        assert!(calls.iter_mut().all(|call| call.as_mut().poll(cx).is_pending()), "nothing is answered");
        Poll::Ready(())
    })
    .await;
    calls
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_while_the_server_does_not_read() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    for version in VERSIONS {
        let (go, wait) = mpsc::channel::<()>();
        let server = Server::start_tls(settings(&identity, &[version], None), move |peer| {
            peer.log_in();
            wait.recv_timeout(PATIENCE).expect("the word to go on");
            let mut seen = Vec::new();
            while seen.last() != Some(&"end".to_owned()) {
                let asked = peer.action();
                let number = get(&asked, "Number").expect("only what was sent").to_owned();
                let body: Vec<_> = asked.iter().filter(|(name, _)| name == "Variable").collect();
                let intact = body.iter().enumerate().all(|(at, (_, value))| *value == filling(&number, at));
                assert!(number == "end" || (body.len() == HEADERS && intact), "action {number} is intact");
                peer.succeed(&asked, &format!("Number: {number}\r\n"));
                seen.push(number);
            }
            peer.serve();
            seen
        });
        let config = server.config().tls(Tls::new().ca_file(&ca)).action_timeout(PATIENCE);
        let client = connect(config).await.expect("logged in");
        let calls = large_calls(&client).await;
        // What cannot be written in time is taken back.
        let late = Action::new("Late").with("Number", "late");
        for _ in 0..3 {
            let error = client.call_within(&late, Duration::from_millis(50)).await.expect_err("blocked");
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        }
        go.send(()).expect("the server waits");
        for (number, call) in calls.into_iter().enumerate() {
            let answer = patience("an answer", call).await.expect("an answer");
            assert_eq!(answer.text("Number").as_deref(), Some(number.to_string().as_str()));
        }
        client.call(&Action::new("Blob").with("Number", "end")).await.expect("an answer");
        patience("closing", client.close()).await.expect("closed");
        let expected: Vec<_> = (0..ACTIONS).map(|number| number.to_string()).chain(["end".to_owned()]).collect();
        assert_eq!(server.end().expect("a session"), expected);
    }
}

/// A line that tells its place.
fn filling(number: &str, at: usize) -> String {
    format!("{number}.{at}={}", "x".repeat(990))
}

#[tokio::test]
async fn events_come_whole_and_in_order_however_they_are_packed() {
    const EVENTS: usize = 20_000;
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    for version in VERSIONS {
        let server = Server::start_tls(settings(&identity, &[version], None), move |peer| {
            peer.log_in();
            let mut bytes = Vec::new();
            for number in 0..EVENTS {
                write!(bytes, "Event: One\r\nNumber: {number}\r\nText: {}\r\n\r\n", "y".repeat(number % 300))
                    .expect("memory");
            }
            // Records of a few bytes first, then ever larger ones.
            let (mut rest, mut size) = (&bytes[..], 1);
            while !rest.is_empty() {
                let (record, behind) = rest.split_at(size.min(rest.len()));
                peer.say(record);
                (rest, size) = (behind, size + 1 + size / 8);
                if version == &TLS13 && size % 7 == 0 {
                    peer.stream.refresh_keys();
                }
            }
            peer.serve();
        });
        let client = Client::new(server.config().tls(Tls::new().ca_file(&ca))).expect("a client");
        let mut events = client.subscribe(Filter::all()).expect("a subscription");
        patience("opening", client.open()).await.expect("logged in");
        for number in 0..EVENTS {
            let event = patience("an event", events.next()).await.expect("an event");
            assert_eq!(event.text("Number").as_deref(), Some(number.to_string().as_str()));
            assert_eq!(event.get("Text").map(<[u8]>::len), Some(number % 300));
        }
        patience("pinging", client.ping()).await.expect("an answer");
        patience("closing", client.close()).await.expect("closed");
        server.end().expect("a session");
    }
}

#[tokio::test]
async fn a_link_that_just_ends_is_a_link_that_was_lost() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    // Without a goodbye, and with bytes that are no TLS.
    for behind in ["", "nonsense, and more of it"] {
        let settings = settings(&identity, &VERSIONS, None);
        let server = Server::start(move |stream| {
            let connection = ServerConnection::new(Arc::new(settings));
            let mut raw = stream.try_clone().expect("a socket");
            let mut peer = Peer {
                stream: Box::new(StreamOwned::new(connection.expect("a connection"), stream)),
                read: Vec::new(),
            };
            peer.log_in();
            peer.action();
            peer.say("Event: Last\r\n\r\n");
            raw.write_all(behind.as_bytes()).expect("the client reads");
            raw.shutdown(std::net::Shutdown::Write).expect("a socket");
            let _ = std::io::copy(&mut raw, &mut std::io::sink());
        });
        let client = Client::new(server.config().tls(Tls::new().ca_file(&ca))).expect("a client");
        let mut events = client.subscribe(Filter::all()).expect("a subscription");
        patience("opening", client.open()).await.expect("logged in");
        let error = patience("the call", client.call(&Action::new("Wait"))).await.expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
        assert!(patience("the event", events.next()).await.expect("what came before").is("Last"));
        let error = patience("the end", events.next()).await.expect_err("the end");
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
        assert!(error.message().contains(if behind.is_empty() { "the server closed" } else { "broke" }), "{error}");
        server.end();
    }
}

#[tokio::test]
async fn a_link_that_breaks_while_it_is_written_to_ends_every_call() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let identity = authority.sign(&names(&["localhost"]));
    let (go, wait) = mpsc::channel::<()>();
    let server = Server::start_tls(settings(&identity, &VERSIONS, None), move |peer| {
        peer.log_in();
        wait.recv_timeout(PATIENCE).expect("the word to break off");
    });
    let client =
        connect(server.config().tls(Tls::new().ca_file(&ca)).action_timeout(PATIENCE)).await.expect("logged in");
    let calls = large_calls(&client).await;
    client.call_within(&Action::new("Late"), Duration::from_millis(50)).await.expect_err("blocked");
    // It hangs up without having read, which breaks the link on both ways.
    go.send(()).expect("the server waits");
    let mut kinds = Vec::new();
    for call in calls {
        kinds.push(patience("the outcome", call).await.expect_err("nobody answers").kind());
    }
    let unknown = kinds.iter().take_while(|kind| **kind == ErrorKind::OutcomeUnknown).count();
    assert!(unknown > 0 && unknown < kinds.len(), "some were written and some not: {kinds:?}");
    assert!(kinds[unknown..].iter().all(|kind| *kind == ErrorKind::Disconnected), "{kinds:?}");
    patience("closing", client.close()).await.expect("closed");
    server.end().expect("a session");
}

#[tokio::test]
async fn a_lost_link_is_made_again_through_tls() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let settings = Arc::new(settings(&authority.sign(&names(&["localhost"])), &VERSIONS, None));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        for is_last in [false, false, true] {
            let (stream, _) = listener.accept().expect("a connection");
            stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
            let connection = ServerConnection::new(Arc::clone(&settings)).expect("a connection");
            let mut peer = Peer { stream: Box::new(StreamOwned::new(connection, stream)), read: Vec::new() };
            peer.log_in();
            peer.say(format!("Event: Up\r\nLast: {is_last}\r\n\r\n"));
            if is_last {
                peer.serve();
            }
        }
    });
    let quickly = Reconnect::new(Duration::from_millis(1), Duration::from_millis(5));
    let config = Config::new("localhost", "admin", SECRET).port(port).reconnect(quickly);
    let client = Client::new(config.tls(Tls::new().ca_file(&ca))).expect("a client");
    let mut events = client.subscribe(Filter::names(["Up"]).expect("names")).expect("a subscription");
    patience("opening", client.open()).await.expect("logged in");
    for last in ["false", "false", "true"] {
        let event = patience("the event", events.next()).await.expect("an event");
        assert_eq!(event.text("Last").as_deref(), Some(last));
    }
    patience("pinging", client.ping()).await.expect("an answer");
    patience("closing", client.close()).await.expect("closed");
    server.join().expect("the server has no complaints");
}

/// The caller's own write is what finds out.
#[tokio::test]
async fn a_write_to_a_link_that_is_gone_ends_it() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let ca = folder.file("ca.pem", &authority.certificate);
    let (go, wait) = mpsc::channel::<()>();
    let server = Server::start_tls(settings(&authority.sign(&names(&["localhost"])), &VERSIONS, None), move |peer| {
        peer.log_in();
        wait.recv_timeout(PATIENCE).expect("the word to go");
    });
    let client = connect(server.config().tls(Tls::new().ca_file(&ca))).await.expect("logged in");
    go.send(()).expect("the server waits");
    // The link's task does not run while this waits, so it does not see the end.
    server.end().expect("a session");
    // The first is still taken, and answered by the news that nobody is there.
    let action = Action::new("Write");
    let (mut first, mut second) = (pin!(client.call(&action)), pin!(client.call(&action)));
    poll_fn(|cx| {
        assert!(first.as_mut().poll(cx).is_pending() && second.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    for call in [first, second] {
        let error = patience("the outcome", call).await.expect_err("nobody answers");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    }
    patience("closing", client.close()).await.expect("closed");
}
