//! Errors have the error that caused them as their source.
#![cfg(feature = "simulator")]

use std::error::Error as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use ami::client::Tls;
use ami::gsm::{Gateway, SmsRequest};
use ami::simulator::{Options, Simulator};
use ami::{Action, Client, Config, Error, ErrorKind};
use socket2::{Domain, Socket, Type};

fn io_error(error: &Error) -> &io::Error {
    let source = error.source().unwrap_or_else(|| panic!("no source: {error}"));
    source.downcast_ref().unwrap_or_else(|| panic!("another source: {source:?}"))
}

fn config(port: u16) -> Config {
    Config::new("127.0.0.1", "admin", "amp111").port(port)
}

/// A port that refuses connections as long as its socket is kept: nobody else can get it meanwhile.
fn refusing() -> (Socket, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port");
    let port = socket.local_addr().expect("an address").as_socket().expect("of IP").port();
    (socket, port)
}

#[tokio::test]
async fn error_source_of_a_refused_connection_is_the_systems_error() {
    let (_socket, port) = refusing();
    let error = Client::connect(config(port)).await.expect_err("nothing listens");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(io_error(&error).kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(io_error(&error).raw_os_error(), error.os_code());
    // A copy of the error has the same one.
    let copy = error.clone();
    assert!(std::ptr::eq(io_error(&error), io_error(&copy)));
    // Several addresses have one error, with the source that says most.
    if let Err(error) = Client::connect(config(port).host("localhost")).await {
        assert_eq!(io_error(&error).kind(), io::ErrorKind::ConnectionRefused, "{error}");
    }
}

#[tokio::test]
async fn error_source_of_a_name_is_the_resolvers_error() {
    let error = Client::connect(config(5038).host("no-such-host.invalid")).await.expect_err("no such name");
    assert_eq!(error.kind(), ErrorKind::Resolve);
    io_error(&error);
}

#[tokio::test]
async fn error_source_of_a_broken_connection_reaches_each_action() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        answer_login(&mut stream);
        read_action(&mut stream);
        // A reset, and not an end.
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("a socket");
    });
    let client = Client::connect(config(port)).await.expect("logged in");
    let error = client.call(&Action::new("Ping")).await.expect_err("the server goes");
    server.join().expect("it ends well");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    assert_eq!(io_error(&error).kind(), io::ErrorKind::ConnectionReset, "{error}");
    let error = client.call(&Action::new("Ping")).await.expect_err("no connection");
    assert_eq!(io_error(&error).kind(), io::ErrorKind::ConnectionReset, "{error}");
}

fn read_action(stream: &mut TcpStream) -> Vec<String> {
    use io::BufRead as _;
    let mut lines = Vec::new();
    // A byte at a time: nothing of the next action is read.
    let mut reader = io::BufReader::with_capacity(1, stream);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        match line.trim_end() {
            "" => return lines,
            line => lines.push(line.to_owned()),
        }
    }
}

fn answer_login(stream: &mut TcpStream) {
    use io::Write as _;
    stream.write_all(b"Asterisk Call Manager/5.0.4\r\n").expect("the client reads");
    for more in ["Challenge: 1", "Message: Authentication accepted"] {
        let action = read_action(stream);
        let id = action.iter().find_map(|line| line.strip_prefix("ActionID: ")).expect("an id");
        let answer = format!("Response: Success\r\nActionID: {id}\r\n{more}\r\n\r\n");
        stream.write_all(answer.as_bytes()).expect("the client reads");
    }
}

#[test]
fn error_source_of_an_unreadable_file_is_the_systems_error() {
    let tls = Tls::new().ca_file("/no/such/file.pem");
    let error = Client::new(config(5039).tls(tls)).expect_err("no such file");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(io_error(&error).kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn error_source_of_a_handshake_is_the_error_of_rustls() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = thread::spawn(move || {
        use io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().expect("a client");
        stream.write_all(b"Asterisk Call Manager/5.0.4\r\n").expect("the client reads");
        // Until it hangs up.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let tls = Tls::new().danger_accept_any_certificate(true);
    let error = Client::connect(config(port).tls(tls)).await.expect_err("no TLS");
    server.join().expect("it ends well");
    assert_eq!(error.kind(), ErrorKind::Tls);
    let source = error.source().expect("a source").downcast_ref::<rustls::Error>();
    assert!(matches!(source, Some(rustls::Error::InvalidMessage(_))), "{source:?}");
}

#[tokio::test]
async fn error_source_is_none_where_nothing_caused_it() {
    let simulator = Simulator::start(Options::default()).await.expect("a simulator");
    let client = Client::connect(config(simulator.port())).await.expect("logged in");
    let error = client.call(&Action::new("NoSuchAction")).await.expect_err("refused");
    assert!(error.source().is_none());
    let error = Client::new(Config::new("", "admin", "amp111")).expect_err("no host");
    assert!(error.source().is_none());
}

#[tokio::test]
async fn error_source_of_a_send_error_is_the_error_within() {
    let simulator = Simulator::start(Options::default()).await.expect("a simulator");
    let gateway = Gateway::connect(config(simulator.port())).await.expect("a gateway");
    let error = gateway.send(&SmsRequest::new(1, "", "hi")).await.expect_err("no destination");
    let source = error.source().expect("a source").downcast_ref::<Error>().expect("an error of libami");
    assert_eq!((source.kind(), source.to_string()), (ErrorKind::Invalid, error.to_string()));
}
