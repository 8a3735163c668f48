//! Servers that speak AMI as a test tells them: connections that a test drives step by step, in a task or on a thread, and
//! servers that answer each action by a function.

use std::future::Future;
use std::io::{Read, Write};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use crate::clock::patience;

pub const BANNER: &str = "Asterisk Call Manager/1.1\r\n";
pub const SECRET: &str = "s3cr3t-0f-adm1n";

/// An action as a server has read it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub name: String,
    pub id: String,
    pub headers: Vec<(String, String)>,
}

impl Asked {
    /// Takes the first whole action from what was read; `from` is where no end was found so far.
    fn take(read: &mut Vec<u8>, from: &mut usize) -> Option<Asked> {
        let Some(end) = read[*from..].windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            *from = read.len().saturating_sub(3);
            return None;
        };
        let text = String::from_utf8(read.drain(..*from + end + 4).collect()).expect("text");
        *from = 0;
        let lines = text.trim_end().split("\r\n").map(|line| line.split_once(": ").expect("a header"));
        let headers: Vec<_> = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!((headers[0].0.as_str(), headers[1].0.as_str()), ("Action", "ActionID"));
        Some(Asked { name: headers[0].1.clone(), id: headers[1].1.clone(), headers })
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// The reply of this kind with these lines in it, each of which ends.
    pub fn reply(&self, kind: &str, lines: &str) -> String {
        format!("Response: {kind}\r\nActionID: {}\r\n{lines}\r\n", self.id)
    }

    /// Success, with the action's header `Echo` if it has one.
    pub fn success(&self) -> String {
        self.reply("Success", &self.get("Echo").map(|echo| format!("Echo: {echo}\r\n")).unwrap_or_default())
    }

    /// The reply of a server that lets everybody in and everything be done.
    pub fn accept(&self) -> String {
        match self.name.as_str() {
            "Challenge" => self.reply("Success", "Challenge: 1\r\n"),
            "Logoff" => self.reply("Goodbye", ""),
            _ => self.success(),
        }
    }
}

/// A listening socket on loopback, in a runtime.
pub struct Server {
    pub listener: TcpListener,
}

impl Server {
    pub async fn start() -> Server {
        Server { listener: TcpListener::bind("127.0.0.1:0").await.expect("a port") }
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().expect("an address").port()
    }

    pub async fn accept(&self) -> Peer {
        let (stream, _) = patience("the connection", self.listener.accept()).await.expect("a connection");
        Peer::new(stream)
    }

    /// Serves every connection until the runtime ends or the task is aborted: says the banner, and answers each action by
    /// the function, which has the number of the connection, from 0. `None` hangs up; an empty answer is none.
    pub fn serve<F, R>(self, answer: F) -> AbortHandle
    where
        F: Fn(usize, Asked) -> R + Send + Sync + 'static,
        R: Future<Output = Option<String>> + Send,
    {
        let answer = Arc::new(answer);
        let serve = tokio::spawn(async move {
            let mut peers = JoinSet::new();
            for number in 0.. {
                let Ok((stream, _)) = self.listener.accept().await else { return };
                let answer = Arc::clone(&answer);
                peers.spawn(async move {
                    let mut peer = Peer::new(stream);
                    peer.stream.write_all(BANNER.as_bytes()).await.ok()?;
                    while let Some(asked) = peer.try_action().await {
                        let reply = answer(number, asked).await?;
                        peer.stream.write_all(reply.as_bytes()).await.ok()?;
                    }
                    Some(())
                });
            }
        });
        serve.abort_handle()
    }
}

/// A connection that a test drives in a task.
pub struct Peer {
    pub stream: TcpStream,
    read: Vec<u8>,
    searched: usize,
}

impl Peer {
    fn new(stream: TcpStream) -> Peer {
        stream.set_nodelay(true).expect("a socket");
        Peer { stream, read: Vec::new(), searched: 0 }
    }

    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        patience("writing", self.stream.write_all(bytes.as_ref())).await.expect("the client reads");
    }

    /// The next action; none at the end of the connection.
    pub async fn try_action(&mut self) -> Option<Asked> {
        loop {
            if let Some(asked) = Asked::take(&mut self.read, &mut self.searched) {
                return Some(asked);
            }
            self.read.reserve(1 << 16);
            if !self.stream.read_buf(&mut self.read).await.is_ok_and(|count| count > 0) {
                return None;
            }
        }
    }

    pub async fn action(&mut self) -> Asked {
        patience("the next action", self.try_action()).await.expect("an action")
    }

    pub async fn expect_end(&mut self) {
        assert!(patience("the end", self.try_action()).await.is_none(), "the connection has ended");
    }

    /// Answers the challenge; returns the login.
    pub async fn challenge(&mut self) -> Asked {
        self.say(BANNER).await;
        let asked = self.action().await;
        assert_eq!(asked.name, "Challenge");
        self.say(asked.accept()).await;
        self.action().await
    }

    /// Accepts the login and says this in the same write.
    pub async fn log_in(&mut self, behind: &str) {
        let asked = self.challenge().await;
        assert_eq!((asked.name.as_str(), asked.get("Username")), ("Login", Some("admin")));
        self.say(format!("{}{behind}", asked.success())).await;
    }

    pub async fn answer(&mut self) -> Asked {
        let asked = self.action().await;
        self.say(asked.success()).await;
        asked
    }
}

/// A connection that a test drives on a thread, through TLS or not.
pub struct ThreadPeer<S> {
    pub stream: S,
    read: Vec<u8>,
    searched: usize,
}

impl<S: Read + Write> ThreadPeer<S> {
    pub fn new(stream: S) -> ThreadPeer<S> {
        ThreadPeer { stream, read: Vec::new(), searched: 0 }
    }

    pub fn try_say(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush())
    }

    pub fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_say(bytes).expect("the client reads");
    }

    /// The next action; none at the end of the connection.
    ///
    /// # Errors
    ///
    /// The errors of the stream.
    pub fn try_action(&mut self) -> std::io::Result<Option<Asked>> {
        let mut room = [0; 1 << 14];
        loop {
            if let Some(asked) = Asked::take(&mut self.read, &mut self.searched) {
                return Ok(Some(asked));
            }
            match self.stream.read(&mut room)? {
                0 => return Ok(None),
                count => self.read.extend_from_slice(&room[..count]),
            }
        }
    }

    pub fn action(&mut self) -> Asked {
        self.try_action().expect("the client does not break off").expect("an action")
    }

    /// Answers the challenge and the login, which has to keep the secret for itself.
    pub fn log_in(&mut self) {
        self.say(BANNER);
        for name in ["Challenge", "Login"] {
            let asked = self.action();
            assert_eq!(asked.name, name);
            assert_eq!(asked.get("Secret"), None);
            self.say(asked.accept());
        }
    }

    /// Accepts each action until the client has gone.
    pub fn serve(&mut self) {
        while let Some(asked) = self.try_action().expect("the client does not break off") {
            self.say(asked.accept());
        }
    }
}
