//! The client through TLS, against servers on loopback: trust, errors, and the bytes on the way.
#![cfg(feature = "client")]

mod login;
mod stream;
mod trust;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use ami::client::Tls;
use ami::{Client, Config, Error, ErrorKind};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use support::clock::{PATIENCE, patience};
use support::server::{SECRET, ThreadPeer};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];
/// Loopback by another name, which is taken for a network's.
const FAR: &str = "::ffff:127.0.0.1";

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

    /// The result of `talk`.
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
            Some(talk(&mut Peer::new(Box::new(stream))))
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

type Peer = ThreadPeer<Box<dyn Stream>>;

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

/// Checks that the error is one of TLS, with these words in its text.
fn says(error: Option<Error>, words: &[&str]) {
    let error = error.expect("this cannot go well");
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    for word in words {
        assert!(error.message().contains(word), "{word:?} is not in: {error}");
    }
}
