//! Certificates as Asterisk's `ast_tls_cert` makes them, of X.509 version 1 and with a common name only: what the user's own
//! file names is trusted, and nothing else.
#![cfg(feature = "client")]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ami::client::Tls;
use ami::{Client, Config, Error, ErrorKind};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};
use support::clock::PATIENCE;
use support::server::{BANNER, ThreadPeer};

/// A folder with keys and certificates, made by the commands of `ast_tls_cert`; it goes away with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server's certificate: which authority signs it, for what name, with what more.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    authority: &'a str,
    name: &'a str,
    /// As `openssl ca` takes them.
    from: &'a str,
    until: &'a str,
    digest: &'a str,
    bits: u32,
    /// Lines of an extension section, which make it one of version 3.
    extensions: &'a str,
}

const LOCAL: Wanted<'static> = Wanted {
    authority: "ca",
    name: "localhost",
    from: "20200101000000Z",
    until: "20600101000000Z",
    digest: "sha256",
    bits: 2048,
    extensions: "",
};

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("tls-old-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), text).expect("a file");
        self.path(name)
    }

    fn openssl(&self, arguments: &str) {
        let done = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(&self.0)
            .env("OPENSSL_CONF", "/dev/null")
            .output()
            .expect("openssl can be run; install it");
        assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// NAME.crt and NAME.key of an authority.
    fn authority(&self, name: &str, extensions: &str) -> PathBuf {
        self.key(name, 2048);
        let extensions =
            if extensions.is_empty() { String::new() } else { format!("x509_extensions=ext\n[ext]\n{extensions}\n") };
        self.write(
            "ca.cfg",
            format!(
                "[req]\ndistinguished_name=dn\nprompt=no\n{extensions}[dn]\nCN=Asterisk Private CA {name}\nO=PBX\n"
            ),
        );
        self.openssl(&format!("req -config ca.cfg -new -x509 -days 3650 -key {name}.key -out {name}.crt"));
        self.path(&format!("{name}.crt"))
    }

    fn key(&self, name: &str, bits: u32) {
        self.openssl(&format!("genrsa -out {name}.key {bits}"));
    }

    /// NAME.crt and NAME.key of a server.
    fn server(&self, name: &str, wanted: Wanted<'_>) -> PathBuf {
        let Wanted { authority, name: common, from, until, digest, bits, extensions } = wanted;
        self.key(name, bits);
        self.write("req.cfg", format!("[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN={common}\nO=PBX\n"));
        self.openssl(&format!("req -config req.cfg -new -key {name}.key -out {name}.csr"));
        let (section, more) = if extensions.is_empty() {
            ("", String::new())
        } else {
            ("x509_extensions=ext\n", format!("[ext]\n{extensions}\n"))
        };
        self.write("index.txt", "");
        self.write("serial.txt", "01\n");
        let here = self.0.display();
        self.write(
            "sign.cfg",
            format!(
                "[ca]\ndefault_ca=all\n[all]\ndatabase={here}/index.txt\nserial={here}/serial.txt\nnew_certs_dir={here}\n\
                 policy=any\nunique_subject=no\n{section}[any]\ncommonName=supplied\norganizationName=optional\n{more}"
            ),
        );
        self.openssl(&format!(
            "ca -batch -notext -config sign.cfg -cert {authority}.crt -keyfile {authority}.key -md {digest} -startdate {from} \
             -enddate {until} -in {name}.csr -out {name}.crt"
        ));
        let version = if extensions.is_empty() { 1 } else { 3 };
        assert_eq!(version_of(&self.der(name)), version, "openssl makes certificates of another version");
        self.path(&format!("{name}.crt"))
    }

    fn der(&self, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.path(&format!("{name}.crt"))).expect("PEM")
    }

    fn identity(&self, name: &str) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        (self.der(name), self.private_key(name))
    }

    fn private_key(&self, name: &str) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_file(self.path(&format!("{name}.key"))).expect("PEM")
    }
}

/// Two heads of sequences of more than 255 bytes, then the version, if it has one.
fn version_of(der: &[u8]) -> u8 {
    if der[8] == 0xa0 { der[12] + 1 } else { 1 }
}

/// Connects to a server that shows this; none if all is well.
fn outcome_of(
    (certificate, key): (CertificateDer<'static>, PrivateKeyDer<'static>),
    version: &'static SupportedProtocolVersion,
    tls: Tls,
    host: &str,
) -> Option<Error> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let provider = ring::default_provider();
    let key = provider.key_provider.load_private_key(key).expect("a key");
    let settings = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key))));
    let server = std::thread::spawn(move || {
        let (socket, _) = listener.accept().expect("a connection");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let stream = StreamOwned::new(ServerConnection::new(Arc::new(settings)).expect("a connection"), socket);
        let mut peer = ThreadPeer::new(stream);
        peer.try_say(BANNER)?;
        while let Some(asked) = peer.try_action()? {
            peer.try_say(asked.accept())?;
        }
        std::io::Result::Ok(())
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(async {
        let config = Config::new(host, "admin", "s3cr3t").port(port).tls(tls);
        let client = tokio::time::timeout(PATIENCE, Client::connect(config)).await.expect("in time")?;
        client.close().await
    });
    // A client that never came must not keep the server waiting.
    drop(TcpStream::connect(("127.0.0.1", port)));
    let _ = server.join().expect("the server has no complaints");
    result.err()
}

fn outcome(folder: &Folder, name: &str, tls: Tls) -> Option<Error> {
    let [first, second] =
        [&TLS12, &TLS13].map(|version| outcome_of(folder.identity(name), version, tls.clone(), "localhost"));
    assert_eq!(first.as_ref().map(Error::message), second.as_ref().map(Error::message), "both versions of TLS agree");
    first
}

fn trusting(file: &Path) -> Tls {
    Tls::new().ca_file(file)
}

fn says(error: Option<Error>, words: &[&str]) {
    let error = error.expect("this cannot go well");
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    for word in words {
        assert!(error.message().contains(word), "{word:?} is not in: {error}");
    }
}

#[test]
fn tls_version_1_certificate_is_taken_from_an_authority_that_the_user_named() {
    let folder = Folder::new();
    let (ca, other) = (folder.authority("ca", ""), folder.authority("other", ""));
    folder.server("good", LOCAL);
    assert_eq!(version_of(&folder.der("ca")), 1, "as ast_tls_cert makes it");
    assert_eq!(outcome(&folder, "good", trusting(&ca)).map(|error| error.to_string()), None);
    // Among others, and with an authority of version 3.
    let both = [std::fs::read(&other).expect("a file"), std::fs::read(&ca).expect("a file")].concat();
    assert_eq!(
        outcome(&folder, "good", trusting(&folder.write("both.pem", both))).map(|error| error.to_string()),
        None
    );
    let newer = folder.authority("newer", "basicConstraints=critical,CA:TRUE");
    folder.server("under-newer", Wanted { authority: "newer", ..LOCAL });
    assert_eq!(outcome(&folder, "under-newer", trusting(&newer)).map(|error| error.to_string()), None);

    says(outcome(&folder, "good", trusting(&other)), &["trusts", "TLS setting ca_file"]);
    says(
        outcome(&folder, "good", trusting(&ca).server_name("pbx.example.com")),
        &["is for localhost", "TLS setting server_name"],
    );
    // An address is no name of a host.
    says(outcome(&folder, "good", trusting(&ca).server_name("127.0.0.1")), &["is for localhost", "not for 127.0.0.1"]);
    // Whoever shows it must have its key.
    folder.key("forged", 2048);
    for file in [&ca, &folder.path("good.crt")] {
        for version in [&TLS12, &TLS13] {
            let forged = (folder.der("good"), folder.private_key("forged"));
            says(outcome_of(forged, version, trusting(file), "localhost"), &[]);
        }
    }
}

#[test]
fn tls_version_1_certificate_may_name_an_address() {
    let folder = Folder::new();
    let ca = folder.authority("ca", "");
    folder.server("address", Wanted { name: "127.0.0.1", ..LOCAL });
    assert_eq!(outcome(&folder, "address", trusting(&ca).server_name("127.0.0.1")).map(|e| e.to_string()), None);
    says(outcome(&folder, "address", trusting(&ca).server_name("127.0.0.2")), &["is for 127.0.0.1"]);
    says(outcome(&folder, "address", trusting(&ca)), &["is for 127.0.0.1, not for localhost"]);
    // Nothing but the whole name counts.
    for (at, name) in ["local", "localhost.example.com", "*", "xlocalhost"].into_iter().enumerate() {
        let file = format!("other{at}");
        folder.server(&file, Wanted { name, ..LOCAL });
        says(outcome(&folder, &file, trusting(&ca)), &["not for localhost"]);
    }
}

#[test]
fn tls_version_1_certificate_must_be_of_its_time() {
    let folder = Folder::new();
    let ca = folder.authority("ca", "");
    let expired = folder.server("expired", Wanted { until: "20210101000000Z", ..LOCAL });
    let future = folder.server("future", Wanted { from: "20550101000000Z", ..LOCAL });
    for (name, own, words) in
        [("expired", expired, ["expired", "renew"]), ("future", future, ["not valid yet", "clock"])]
    {
        says(outcome(&folder, name, trusting(&ca)), &words);
        says(outcome(&folder, name, trusting(&own)), &words);
    }
}

#[test]
fn tls_version_1_certificate_that_was_changed_is_refused() {
    let folder = Folder::new();
    let ca = folder.authority("ca", "");
    let own = folder.server("good", LOCAL);
    let (der, key) = folder.identity("good");
    // In the name, in the key, in the signature: each by one bit.
    let name = der.windows(9).rposition(|bytes| bytes == b"localhost").expect("its name");
    for at in [name + 1, der.len() - 300 - 40, der.len() - 5] {
        let mut changed = der.to_vec();
        changed[at] ^= 1;
        for ca in [&ca, &own] {
            let identity = (CertificateDer::from(changed.clone()), key.clone_key());
            let error = outcome_of(identity, &TLS13, trusting(ca), "localhost");
            assert!(error.is_some_and(|error| error.kind() == ErrorKind::Tls), "changed at {at} of {}", der.len());
        }
    }
}

#[test]
fn tls_version_1_certificate_can_be_trusted_by_itself() {
    let folder = Folder::new();
    folder.authority("ca", "");
    let own = folder.server("good", LOCAL);
    folder.server("twin", LOCAL);
    assert_eq!(outcome(&folder, "good", trusting(&own)).map(|error| error.to_string()), None);
    says(outcome(&folder, "twin", trusting(&own)), &["trusts"]);
    // Signed by itself, as one of version 1 can be as well.
    let alone = folder.authority("alone", "");
    assert_eq!(outcome(&folder, "alone", trusting(&alone)).map(|error| error.to_string()), None);
    // As with those of version 3 that have no names.
    assert_eq!(
        outcome(&folder, "good", trusting(&own).server_name("pbx.example.com")).map(|error| error.to_string()),
        None
    );
}

#[test]
fn tls_version_1_certificate_with_a_weak_signature_or_key_is_refused() {
    let folder = Folder::new();
    let ca = folder.authority("ca", "");
    folder.server("sha1", Wanted { digest: "sha1", ..LOCAL });
    says(outcome(&folder, "sha1", trusting(&ca)), &["SHA-1", "needs another"]);
    folder.server("short", Wanted { bits: 1024, ..LOCAL });
    says(outcome_of_short(&folder, &ca), &["2048 bits", "needs another"]);
}

/// The server here needs a key that it accepts; the certificate is checked first.
fn outcome_of_short(folder: &Folder, ca: &Path) -> Option<Error> {
    folder.key("long", 2048);
    outcome_of((folder.der("short"), folder.private_key("long")), &TLS13, trusting(ca), "localhost")
}

#[test]
fn tls_common_name_counts_where_there_are_no_other_names() {
    let folder = Folder::new();
    let ca = folder.authority("ca", "basicConstraints=critical,CA:TRUE");
    let usage = "basicConstraints=CA:FALSE";
    folder.server("common", Wanted { extensions: usage, ..LOCAL });
    assert_eq!(outcome(&folder, "common", trusting(&ca)).map(|error| error.to_string()), None);
    says(outcome(&folder, "common", trusting(&ca).server_name("pbx.example.com")), &["not for pbx.example.com"]);
    // Names of the newer kind are all that it has then.
    let named = format!("{usage}\nsubjectAltName=DNS:pbx.example.com");
    folder.server("named", Wanted { extensions: &named, ..LOCAL });
    says(outcome(&folder, "named", trusting(&ca)), &["is for pbx.example.com, not for localhost"]);
    // A certificate that is not for servers, or has expired, is not saved by its name.
    let client = format!("{usage}\nextendedKeyUsage=clientAuth");
    folder.server("client", Wanted { extensions: &client, ..LOCAL });
    says(outcome(&folder, "client", trusting(&ca)), &[]);
    folder.server("expired", Wanted { extensions: usage, until: "20210101000000Z", ..LOCAL });
    says(outcome(&folder, "expired", trusting(&ca)), &["expired"]);
    // An authority that is bound to other names.
    let bound = folder
        .authority("bound", "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:example.com");
    folder.server("outside", Wanted { authority: "bound", extensions: usage, ..LOCAL });
    says(outcome(&folder, "outside", trusting(&bound)), &["not for localhost"]);
    folder.server("outside-old", Wanted { authority: "bound", ..LOCAL });
    says(outcome(&folder, "outside-old", trusting(&bound)), &["trusts"]);
}

#[test]
fn tls_client_certificate_of_version_1_can_be_shown() {
    let folder = Folder::new();
    let ca = folder.authority("ca", "");
    let chain = folder.server("phone", Wanted { name: "phone", ..LOCAL });
    folder.server("good", LOCAL);
    let shown = trusting(&ca).client_certificate(&chain, folder.path("phone.key"));
    assert_eq!(outcome(&folder, "good", shown).map(|error| error.to_string()), None);
    let config = Config::new("localhost", "admin", "s3cr3t");
    let wrong = trusting(&ca).client_certificate(&chain, folder.path("good.key"));
    let error = Client::new(config.tls(wrong)).expect_err("another's key");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().contains("cannot be used"), "{error}");
}
