//! A program that speaks to the gateway in raw bytes, and gateways for it.

use std::time::Duration;

use ami::simulator::{Model, Options, Simulator};
use support::clock::PATIENCE;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub const ACCEPTED: &str = "Response: Success\r\nMessage: Authentication accepted\r\n\r\n";
pub const BOOTED: &str = "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n";
pub const DENIED: &str = "Response: Error\r\nMessage: Permission denied\r\n\r\n";

pub struct Client {
    pub stream: TcpStream,
}

impl Client {
    pub async fn connect(gateway: &Simulator) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", gateway.port())).await.expect("the gateway listens");
        let mut client = Client { stream };
        let banner = client.until(b"\r\n").await;
        assert!(banner.starts_with(b"Asterisk Call Manager/"), "{}", String::from_utf8_lossy(&banner));
        client
    }

    pub async fn login(gateway: &Simulator) -> Client {
        let mut client = Client::connect(gateway).await;
        client.say("Action: Login\r\nUsername: admin\r\nSecret: amp111\r\n\r\n").await;
        client.expect(&format!("{ACCEPTED}{BOOTED}")).await;
        client
    }

    /// Logged in to see the given classes of events only.
    pub async fn login_for(gateway: &Simulator, events: &str) -> Client {
        let mut client = Client::connect(gateway).await;
        client.say(&format!("Action: Login\r\nUsername: admin\r\nSecret: amp111\r\nEvents: {events}\r\n\r\n")).await;
        client.expect(ACCEPTED).await;
        client
    }

    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.expect("the gateway reads");
    }

    /// Reads as many bytes as expected and compares them.
    pub async fn expect(&mut self, expected: &str) {
        let mut bytes = Vec::new();
        while bytes.len() < expected.len() {
            let mut chunk = vec![0; expected.len() - bytes.len()];
            let read = timeout(PATIENCE, self.stream.read(&mut chunk)).await;
            match read.unwrap_or_else(|_| panic!("only {:?} came", String::from_utf8_lossy(&bytes))) {
                Ok(0) | Err(_) => break,
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            }
        }
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    /// Reads up to and with these bytes.
    pub async fn until(&mut self, end: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end) {
            let next = timeout(PATIENCE, self.stream.read_u8()).await;
            bytes.push(
                next.unwrap_or_else(|_| panic!("only {:?} came", String::from_utf8_lossy(&bytes))).expect("more"),
            );
        }
        bytes
    }

    /// Reads up to and with the next empty line.
    pub async fn frame(&mut self) -> String {
        String::from_utf8(self.until(b"\r\n\r\n").await).expect("UTF-8")
    }

    /// The next frame with this in it.
    pub async fn frame_with(&mut self, part: &str) -> String {
        loop {
            let frame = self.frame().await;
            if frame.contains(part) {
                return frame;
            }
        }
    }

    pub async fn expect_end(&mut self) {
        let mut byte = [0];
        let read = timeout(PATIENCE, self.stream.read(&mut byte)).await.expect("the end in time");
        assert!(matches!(read, Ok(0) | Err(_)), "more came instead of the end");
    }

    /// Nothing has come so far, nor does it soon.
    pub async fn expect_nothing(&mut self) {
        let byte = timeout(Duration::from_millis(50), self.stream.read_u8()).await;
        assert!(byte.is_err(), "{byte:?} came");
    }

    /// Nothing else has come: the next thing is the answer to a Ping.
    pub async fn expect_pong(&mut self) {
        self.say("Action: Ping\r\n\r\n").await;
        let frame = self.frame().await;
        assert!(frame.starts_with("Response: Success\r\nPing: Pong\r\nTimestamp: "), "{frame}");
    }

    /// Runs a command with the ActionID 7 and returns its text.
    pub async fn command(&mut self, line: &str) -> String {
        self.say(format!("Action: Command\r\nActionID: 7\r\nCommand: {line}\r\n\r\n")).await;
        self.expect("Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n").await;
        let rest = self.frame().await;
        rest.strip_suffix("--END COMMAND--\r\n\r\n").expect("the end of the command").to_owned()
    }
}

pub async fn gateway() -> Simulator {
    start(Options::default()).await
}

pub async fn start(options: Options) -> Simulator {
    Simulator::start(options).await.expect("a free port")
}

/// Timeouts of commands pass quickly.
pub fn hasty() -> Options {
    Options::default().second(Duration::from_millis(20))
}

pub async fn start_model(model: Model) -> Simulator {
    start(hasty().model(model)).await
}
