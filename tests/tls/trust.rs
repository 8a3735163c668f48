//! Certificates: whom a client trusts, its own certificate, and the files of both.

use std::process::Command;

use ami::client::Tls;
use ami::{Client, Config, ErrorKind};
use rcgen::date_time_ymd;

use crate::{
    Authority, Folder, Peer, Server, VERSIONS, connect, is_authority, names, outcome, says, settings, signed_by_itself,
};
use support::clock::patience;
use support::server::SECRET;

#[tokio::test]
async fn tls_certificate_must_be_good_and_the_error_names_its_fault() {
    let (folder, authority, other) = (Folder::new(), Authority::new(), Authority::new());
    let trusting = || Tls::new().ca_file(folder.file("ca.pem", &authority.certificate));
    let good = authority.sign(&names(&["localhost", "pbx.example.com", "192.0.2.7"]));
    assert!(outcome(&good, trusting()).await.is_none());

    let mistrusting = || Tls::new().ca_file(folder.file("other.pem", &other.certificate));
    says(outcome(&good, mistrusting()).await, &["trusts", "TLS setting ca_file"]);
    says(outcome(&signed_by_itself(&names(&["localhost"])), trusting()).await, &["ca_file"]);
    let (real, twin) = (Authority::named("Twin"), Authority::named("Twin"));
    let mistaken = Tls::new().ca_file(folder.file("twin.pem", &twin.certificate));
    says(outcome(&real.sign(&names(&["localhost"])), mistaken).await, &["trusts", "ca_file"]);

    // By another name, it must be one that it has.
    assert!(outcome(&good, trusting().server_name("pbx.example.com")).await.is_none());
    assert!(outcome(&good, trusting().server_name("192.0.2.7")).await.is_none());
    let words = ["localhost, pbx.example.com, 192.0.2.7", "not for pbx.example.org", "setting server_name"];
    says(outcome(&good, trusting().server_name("pbx.example.org")).await, &words);
    let elsewhere = authority.sign(&names(&["pbx.example.com"]));
    says(outcome(&elsewhere, trusting()).await, &["is for pbx.example.com, not for localhost", "setting server_name"]);
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
async fn tls_certificate_of_a_server_can_be_trusted_by_itself() {
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
async fn tls_system_authorities_are_trusted_unless_others_are_given() {
    const NAME: &str = "trust::tls_system_authorities_are_trusted_unless_others_are_given";
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
    says(Some(none), &["ca-certificates", "TLS setting ca_file"]);
    std::fs::write(&path, &authority.certificate).expect("a file");
    assert!(outcome(&identity, Tls::new()).await.is_none());
    let folder = Folder::new();
    let other = folder.file("other.pem", &Authority::new().certificate);
    says(outcome(&identity, Tls::new().ca_file(other)).await, &["trusts"]);
    // The first authorities that are found count for the process.
    std::fs::write(&path, &Authority::new().certificate).expect("a file");
    assert!(outcome(&identity, Tls::new()).await.is_none());
    std::fs::remove_file(&path).expect("a file");
    assert!(outcome(&identity, Tls::new()).await.is_none());
}

#[tokio::test]
async fn tls_client_certificate_is_shown_on_request() {
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
                says(result.err(), &["certificate of this client", "TLS setting client_certificate"]);
            }
            assert_eq!(server.end().is_some(), is_good);
        }
    }
}

#[tokio::test]
async fn tls_files_are_checked_at_once_and_read_for_each_connection() {
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
        (base().server_name("not a name"), "setting server_name"),
        (base().server_name(""), "setting server_name"),
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
