//! Secrets, texts and numbers are in no log, no `Debug` and no error text, for any failure.
#![cfg(feature = "client")]

use std::error::Error as _;
use std::fmt::{Debug, Display, Write as _};
use std::future::ready;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use ami::client::Tls;
use ami::gsm::{SendError, SmsRequest};
use ami::protocol::{Credentials, Output, Parser, Session, SessionConfig};
use ami::{Action, Client, Config, Error, ErrorKind, Filter, Reconnect, State};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};

use support::clock::{PATIENCE, patience};
use support::server::{Asked, Server};

const SECRET: &str = "Never-Shown-7731";
const CHALLENGE: &str = "138536221";
/// MD5 of both.
const KEY: &str = "dbf86f69c535ab7112c036ac8f6c7fb0";
const OTHER: &str = "Another-Hidden-Word";
const NUMBER: &str = "13632919026";
const TEXT: &str = "people's own words";
const CODE: &str = "*4711*99#";

// ---- what is said ----

/// Everything that was logged, at every level, by everybody.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    /// The log of the whole process: libami's threads write to no other.
    fn start() -> Log {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Log::default();
            tracing::subscriber::set_global_default(log.clone()).expect("no other log");
            log
        })
        .clone()
    }

    fn text(&self) -> String {
        self.0.lock().expect("no panic").clone()
    }
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Line(&mut self.0.lock().expect("no panic")));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().expect("no panic")));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut log = self.0.lock().expect("no panic");
        let (level, target) = (event.metadata().level(), event.metadata().target());
        let _ = write!(log, "{level} {target}:");
        event.record(&mut Line(&mut log));
        log.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Gathers what can be seen and finds what must not be.
#[derive(Default)]
struct Seen(String);

impl Seen {
    fn debug(&mut self, what: &dyn Debug) {
        let _ = writeln!(self.0, "{what:?} {what:#?}");
    }

    fn text(&mut self, what: &dyn Display) {
        let _ = writeln!(self.0, "{what} {what:#}");
    }

    fn error(&mut self, error: &Error) {
        self.debug(error);
        self.text(error);
        self.text(&error.message());
        let mut cause = error.source();
        while let Some(error) = cause {
            self.debug(&error);
            self.text(&error);
            cause = error.source();
        }
        if let Some(response) = error.response() {
            self.debug(response);
            self.debug(response.message());
        }
        // The peer text is available, but no secret is in it.
        let words = String::from_utf8_lossy(error.peer_message().unwrap_or_default()).into_owned();
        for hidden in [SECRET, KEY, CHALLENGE, OTHER] {
            assert!(!words.contains(hidden), "the peer's words hold {hidden}: {words}");
        }
    }

    fn send_error(&mut self, error: &SendError) {
        self.debug(error);
        self.text(error);
        self.error(error.error());
        self.debug(&error.receipt());
    }

    #[track_caller]
    fn check(&self) {
        for hidden in [SECRET, KEY, CHALLENGE, OTHER, NUMBER, TEXT, CODE] {
            let line = self.0.lines().find(|line| line.contains(hidden));
            assert!(line.is_none(), "{hidden} is shown: {}", line.unwrap_or_default());
        }
    }
}

// ---- the server's side ----

/// Answers by a function of the connection's number and the action; `None` hangs up. In an answer `{id}` stands for the
/// action's, `{said}` for all values of the action, `{own}` for those and the secret, and `{all}` for those and all secrets
/// of the login.
async fn serve(answer: impl Fn(usize, &Asked) -> Option<String> + Send + Sync + 'static) -> Config {
    let server = Server::start().await;
    let config = Config::new("127.0.0.1", "admin", SECRET)
        .port(server.port())
        .connect_timeout(Duration::from_millis(300))
        .action_timeout(Duration::from_millis(300));
    server.serve(move |number, asked| {
        let said = asked.headers.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ");
        let reply = answer(number, &asked).map(|reply| {
            reply
                .replace("{id}", &asked.id)
                .replace("{own}", &format!("{said} {SECRET}"))
                .replace("{all}", &format!("{said} {SECRET} {CHALLENGE} {KEY}"))
                .replace("{said}", &said)
        });
        ready(reply)
    });
    config
}

const SUCCESS: &str = "Response: Success\r\nActionID: {id}\r\n\r\n";

fn log_in(asked: &Asked) -> Option<String> {
    Some(match asked.name.as_str() {
        "Challenge" => format!("Response: Success\r\nActionID: {{id}}\r\nChallenge: {CHALLENGE}\r\n\r\n"),
        "Logoff" => "Response: Goodbye\r\nActionID: {id}\r\n\r\n".to_owned(),
        _ => SUCCESS.to_owned(),
    })
}

async fn refused(seen: &mut Seen, config: Config) -> Error {
    seen.debug(&config);
    let client = Client::new(config).expect("a client");
    seen.debug(&client);
    let error = patience("the login", client.open()).await.expect_err("no login");
    seen.error(&error);
    seen.debug(&client);
    error
}

// ---- the tests ----

#[tokio::test]
async fn secrets_are_in_no_text_of_a_failed_login() {
    let (log, mut seen) = (Log::start(), Seen::default());
    let refusal = "Response: Error\r\nActionID: {id}\r\nMessage: {all}\r\n\r\n";
    let refusal_of_plain = "Response: Error\r\nActionID: {id}\r\nMessage: {own}\r\n\r\n";
    // The server's answers to the challenge and to the login, and the result.
    let plain = "Response: Error\r\nActionID: {id}\r\nMessage: Must specify AuthType\r\n\r\n";
    let garbled = "{all}\r\n\r\n{all}: {all}\r\n\r\n";
    type Step = Option<&'static str>;
    let cases: [(Step, Step, ErrorKind); 9] = [
        (None, None, ErrorKind::Disconnected),
        (Some(""), None, ErrorKind::Timeout),
        (Some(plain), Some(refusal_of_plain), ErrorKind::Auth),
        (Some(plain), Some(""), ErrorKind::Timeout),
        (Some(plain), None, ErrorKind::Disconnected),
        (Some("challenge"), Some(refusal), ErrorKind::Auth),
        (Some("challenge"), Some(""), ErrorKind::Timeout),
        (Some("challenge"), None, ErrorKind::Disconnected),
        (Some("challenge"), Some(garbled), ErrorKind::Timeout),
    ];
    for (challenge, login, kind) in cases {
        let config = serve(move |_, asked| match asked.name.as_str() {
            "Challenge" if challenge == Some("challenge") => log_in(asked),
            "Challenge" => challenge.map(str::to_owned),
            _ => login.map(str::to_owned),
        })
        .await;
        let error = refused(&mut seen, config).await;
        assert_eq!(error.kind(), kind, "{challenge:?} {login:?}: {error}");
    }
    // More than it may say, all of it what it was told.
    let flood = serve(|_, asked| match asked.name.as_str() {
        "Challenge" => log_in(asked),
        _ => Some("{all}".repeat(5000)),
    })
    .await;
    let mut limits = ami::protocol::Limits::default();
    limits.line = 4096;
    let error = refused(&mut seen, flood.limits(limits)).await;
    assert_eq!(error.kind(), ErrorKind::Limit);
    // A network that the secret does not cross in the clear.
    let config = serve(move |_, _| Some(plain.to_owned())).await.host("::ffff:127.0.0.1");
    assert_eq!(refused(&mut seen, config).await.kind(), ErrorKind::AuthMethod);
    // TLS where there is none.
    let config = serve(|_, _| None).await.tls(Tls::new().danger_accept_any_certificate(true));
    assert_eq!(refused(&mut seen, config).await.kind(), ErrorKind::Tls);
    for secret in [format!("{SECRET}\r\n"), format!("{SECRET}\0"), SECRET.repeat(100)] {
        let config = Config::new("127.0.0.1", "admin", secret);
        seen.debug(&config);
        seen.error(&Client::new(config).expect_err("no line can carry it"));
    }
    seen.0 += &log.text();
    seen.check();
    assert!(seen.0.contains("refused user \"admin\""), "something was gathered");
}

#[tokio::test]
async fn secrets_are_in_no_text_of_a_reconnect() {
    let (log, mut seen) = (Log::start(), Seen::default());
    // The first link is cut, the second one's login too, the third one's is refused.
    let config = serve(|number, asked| match (number, asked.name.as_str()) {
        (0, "Cut") => None,
        (1, "Login") => None,
        (2, "Login") => Some("Response: Error\r\nActionID: {id}\r\nMessage: {all}\r\n\r\n".to_owned()),
        _ => log_in(asked),
    })
    .await;
    let wait = Duration::from_millis(10);
    let client =
        patience("the login", Client::connect(config.reconnect(Reconnect::new(wait, wait)))).await.expect("open");
    let mut markers = client.subscribe(Filter::names(["#state", "#gap"]).expect("names")).expect("a subscription");
    seen.error(&client.call(&Action::new("Cut").with("Secret", OTHER)).await.expect_err("cut"));
    let end = loop {
        match patience("the end", markers.next()).await {
            Ok(marker) => {
                seen.debug(&marker);
                for (name, value) in marker.iter() {
                    seen.text(&String::from_utf8_lossy(name));
                    seen.text(&String::from_utf8_lossy(value));
                }
            }
            Err(error) => break error,
        }
    };
    assert_eq!(end.kind(), ErrorKind::Auth);
    assert_eq!(client.state(), State::Closed);
    seen.error(&end);
    seen.0 += &log.text();
    seen.check();
}

#[tokio::test]
async fn secrets_are_in_no_text_of_a_failed_action() {
    let (log, mut seen) = (Log::start(), Seen::default());
    let config = serve(|_, asked| {
        let refusal = "Response: Error\r\nActionID: {id}\r\nMessage: {said}\r\n\r\n";
        let output = "Response: Success\r\nActionID: {id}\r\nMessage: Command output follows\r\nOutput: ";
        let command = asked.get("Command").unwrap_or_default();
        Some(match asked.name.as_str() {
            "Command" if command.contains(" 1 ") => refusal.to_owned(),
            "Command" if command.contains(" 2 ") => format!("{output}SPAN:2 SEND SMS {{said}} WAS FAILED\r\n\r\n"),
            "Command" if command.contains(" 3 ") => format!("{output}SPAN:3 SEND SMS {{said}} WAS USING\r\n\r\n"),
            "Command" if command.contains(" 4 ") => format!("{output}SPAN:4 SEND SMS {{said}} TIMEOUT\r\n\r\n"),
            "Command" if command.contains(" 5 ") => format!("{output}{{said}}\r\n\r\n"),
            "Command" if command.contains(" 6 ") => {
                "Response: Error\r\nActionID: {id}\r\nMessage: Command output follows\r\nOutput: {said}\r\n\r\n"
                    .to_owned()
            }
            "Command" => String::new(),
            "Refused" => refusal.to_owned(),
            "All" => {
                "Response: Error\r\nActionID: {id}\r\nMessage: no {said}, but SECRET\r\n\r\n".replace("SECRET", SECRET)
            }
            "Silent" => String::new(),
            _ => return log_in(asked),
        })
    })
    .await;
    let client = patience("the login", Client::connect(config)).await.expect("open");
    for name in ["Refused", "All", "Silent"] {
        let action = Action::new(name).with("Secret", OTHER).with("Other", "value");
        seen.debug(&action);
        let error = patience(name, client.call(&action)).await.expect_err("refused");
        seen.error(&error);
    }
    let login = Action::new("Login").with("Username", "u").with("Key", OTHER).with("Secret", SECRET);
    seen.debug(&login);
    let mut bad = Action::new("Login");
    seen.error(&bad.add("Secret", format!("{SECRET}\r\n")).expect_err("a line end"));
    seen.debug(&bad);
    for span in 1..8 {
        let request = SmsRequest::new(span, NUMBER, TEXT).timeout(Duration::from_millis(1)).id("mine");
        seen.debug(&request);
        if let Err(error) = patience("sending", client.queue_sms(&request)).await {
            seen.send_error(&error);
        }
        let ussd = patience("ussd", client.send_ussd(span, CODE, Some(Duration::from_millis(1)))).await;
        seen.error(&ussd.expect_err("no reply"));
        if span == 7 {
            // The gateway's own time comes on top of the slack there.
            continue;
        }
        let error = patience("sending", client.send_sms(&request)).await.expect_err("not sent");
        seen.send_error(&error);
        assert!(
            matches!(
                error.kind(),
                ErrorKind::SmsFailed | ErrorKind::SmsBusy | ErrorKind::OutcomeUnknown | ErrorKind::Action
            ),
            "{error}"
        );
    }
    seen.debug(&client);
    seen.debug(&client.stats());
    patience("the end", client.close()).await.expect("closed");
    seen.0 += &log.text();
    seen.check();
}

#[tokio::test]
async fn secrets_are_in_no_text_about_an_incoming_sms() {
    let (log, mut seen) = (Log::start(), Seen::default());
    let config = serve(|_, asked| {
        let event = format!(
            "Event: Newexten\r\nChannel: EXTRA-SMS/4\r\nExtension: sms\r\nApplication: System\r\nAppData: process_sms \"4\" \
             \"{NUMBER}\" \"2014/09/11 09:36:47\" \"{TEXT}\" > /dev/null 2>&1 &\r\n\r\n"
        );
        match asked.name.as_str() {
            "Send" => Some(event + SUCCESS),
            _ => log_in(asked),
        }
    }).await;
    let client = patience("the login", Client::connect(config)).await.expect("open");
    let (mut inbox, mut events) = (client.inbox().expect("an inbox"), client.subscribe(Filter::all()).expect("events"));
    client.call(&Action::new("Send")).await.expect("sent");
    let sms = patience("the SMS", inbox.next()).await.expect("an SMS");
    assert_eq!((sms.sender(), sms.text()), (NUMBER, TEXT));
    let event = patience("the event", events.next()).await.expect("an event");
    seen.debug(&sms);
    seen.debug(&event);
    seen.debug(&inbox);
    seen.debug(&events);
    seen.0 += &log.text();
    seen.check();
}

#[test]
fn secrets_are_in_no_debug_text_of_a_type() {
    let mut seen = Seen::default();
    let credentials = Credentials::new("admin", SECRET);
    seen.debug(&credentials);
    let config = SessionConfig::new(credentials.clone(), "own-");
    seen.debug(&config);
    let mut session: Session<u32> = Session::new(config);
    let now = std::time::Instant::now();
    session.connected(true, now + PATIENCE);
    let reply =
        format!("Asterisk Call Manager/5.0\r\nResponse: Success\r\nActionID: own-1\r\nChallenge: {CHALLENGE}\r\n\r\n");
    session.buffer().extend_from_slice(reply.split_inclusive('\n').next().expect("a line").as_bytes());
    session.received(now);
    let asked = session.transmit().len();
    session.transmitted(asked);
    session.buffer().extend_from_slice(reply.split_once("\r\n").expect("lines").1.as_bytes());
    session.received(now);
    assert!(String::from_utf8_lossy(session.transmit()).contains(KEY), "the login holds the key");
    seen.debug(&session);
    let told = session.transmit().len();
    session.transmitted(told);
    let refusal = format!("Response: Error\r\nActionID: own-2\r\nMessage: {SECRET} {KEY} {CHALLENGE}\r\n\r\n");
    session.buffer().extend_from_slice(refusal.as_bytes());
    session.received(now);
    while let Some(output) = session.poll() {
        seen.debug(&output);
        if let Output::Ended(error) = output {
            assert_eq!(error.kind(), ErrorKind::Auth);
            seen.error(&error);
        }
    }
    seen.debug(&Config::default().credentials(credentials));
    seen.debug(&Tls::new().client_certificate("cert.pem", "key.pem"));
    let mut parser = Parser::new();
    parser.feed(format!("Asterisk Call Manager/5.0\r\nEvent: X\r\nY: {SECRET}\r\n\r\n").as_bytes()).expect("fed");
    let message = parser.next().expect("parsed").expect("a message");
    seen.debug(&message);
    seen.debug(&parser);
    seen.check();
}

/// A key's file that cannot be used: neither what is wrong with it nor `Debug` tells what is in it.
#[test]
fn secrets_of_a_private_key_are_in_no_text() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secrets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let identity = rcgen::generate_simple_self_signed(["pbx.test".to_owned()]).expect("a certificate");
    let other = rcgen::generate_simple_self_signed(["pbx.test".to_owned()]).expect("a certificate");
    let key = identity.signing_key.serialize_pem();
    let (certificate_file, key_file) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let lines: Vec<&str> = key.lines().filter(|line| !line.starts_with('-')).collect();
    let mut texts = String::new();
    for (certificate, key) in [
        // Another one's key, none, one cut off, and a key in place of the certificate.
        (other.cert.pem(), key.clone()),
        (identity.cert.pem(), key.replace("-----", "+++++")),
        (identity.cert.pem(), key[..key.len() / 2].to_owned()),
        (identity.cert.pem(), key.replacen(lines[0], &lines[0].replace(|c: char| c.is_ascii_digit(), "!"), 1)),
        (key.clone(), key.clone()),
    ] {
        std::fs::write(&certificate_file, certificate).expect("a file");
        std::fs::write(&key_file, key).expect("a file");
        let tls = Tls::new().danger_accept_any_certificate(true).client_certificate(&certificate_file, &key_file);
        let config = Config::new("127.0.0.1", "admin", SECRET).tls(tls.clone());
        let error = Client::new(config.clone()).expect_err("it cannot be used");
        let _ = write!(texts, "{error} {error:?} {error:#?} {tls:?} {config:#?}");
    }
    std::fs::remove_dir_all(&folder).expect("a folder");
    assert!(texts.contains("key.pem"), "something was gathered");
    for line in lines {
        for at in 0..line.len().saturating_sub(8) {
            assert!(!texts.contains(&line[at..at + 8]), "some of the key is shown: {texts}");
        }
    }
}

/// The log's lines that a user looks for, at their levels.
#[tokio::test]
async fn log_has_every_step_of_a_connection() {
    let log = Log::start();
    let config = serve(|number, asked| match (number, asked.name.as_str()) {
        (0, "Cut") => None,
        (_, "Silent") => Some(String::new()),
        _ => log_in(asked),
    })
    .await;
    let wait = Duration::from_millis(10);
    // The address tells its lines from those of other tests.
    let place = format!("127.0.0.1:{}", config_port(&config));
    let client =
        patience("the login", Client::connect(config.reconnect(Reconnect::new(wait, wait)))).await.expect("open");
    client.call(&Action::new("Silent")).await.expect_err("no answer");
    let mut markers = client.subscribe(Filter::names(["#gap"]).expect("names")).expect("a subscription");
    client.call(&Action::new("Cut")).await.expect_err("cut");
    patience("the next link", markers.next()).await.expect("a gap");
    patience("the end", client.close()).await.expect("closed");
    let mut lines: Vec<String> = Vec::new();
    for line in log.text().lines().filter(|line| line.contains(&place)) {
        lines.push(line.replace(&place, "HERE").replace("message=", ""));
    }
    let expected = [
        (Level::DEBUG, "HERE: connecting"),
        (Level::INFO, "HERE: logged in, Asterisk Call Manager/1.1"),
        (Level::WARN, "HERE: Silent was sent and not answered in time; it may have been carried out"),
        (Level::WARN, "HERE: Cut was sent and the connection ended before its answer; it may have been carried out"),
        (Level::WARN, "HERE: the connection is lost: the server closed the connection; the next attempt is in"),
        (Level::INFO, "HERE: connecting again, attempt 1"),
        (Level::DEBUG, "HERE: connecting"),
        (Level::INFO, "HERE: logged in, Asterisk Call Manager/1.1"),
        (Level::DEBUG, "HERE: closed"),
    ];
    let mut at = lines.iter();
    for (level, text) in expected {
        let wanted = format!("{level} ami::client: {text}");
        let found = at.any(|line| line.starts_with(&wanted));
        assert!(found, "{wanted:?} is not in its place in {lines:#?}");
    }
}

fn config_port(config: &Config) -> u16 {
    let shown = format!("{config:?}");
    let port = shown.split_once("port: ").expect("a port").1;
    port.split(',').next().and_then(|port| port.parse().ok()).expect("a number")
}
