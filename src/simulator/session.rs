//! One connection: lines in, frames out, and what each action does.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io;
use std::pin::pin;
use std::sync::Arc;

use md5::{Digest as _, Md5};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};

use super::argument::integer;
use super::bus::{Event, Peer};
use super::classes::Classes;
use super::frame::Frame;
use super::gateway::Gateway;
use super::request::{Input, LINE_BUFFER, Line, Request, value_of};
use super::transcript::{Speaker, TranscriptLine};
use super::{cli, clock, core};

const MAX_HEADERS: usize = 128;

/// Serves a connection until it ends, unless the gateway is stopped.
pub(super) fn spawn(gateway: &Arc<Gateway>, stream: TcpStream) {
    let (peer, events) = Peer::new();
    let peer = Arc::new(peer);
    let Some(registration) = Registration::new(gateway, &peer) else { return };
    let gateway = Arc::clone(gateway);
    tokio::spawn(async move {
        tokio::select! {
            () = peer.closed() => {}
            _ = Session::new(gateway, Arc::clone(&peer), registration.id, stream, events).run() => {}
        }
        drop(registration);
    });
}

/// Keeps a session in the gateway's list; dropped after the session's socket.
struct Registration {
    gateway: Arc<Gateway>,
    id: u64,
    _task: watch::Receiver<()>,
}

impl Registration {
    /// Nothing if the gateway is stopped, or has no room for another one that is not logged in.
    fn new(gateway: &Arc<Gateway>, peer: &Arc<Peer>) -> Option<Registration> {
        let id = gateway.bus.add(peer, gateway.options.auth_limit)?;
        Some(Registration { gateway: Arc::clone(gateway), id, _task: gateway.tasks.subscribe() })
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.gateway.bus.remove(self.id);
    }
}

struct Session {
    gateway: Arc<Gateway>,
    peer: Arc<Peer>,
    id: u64,
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    events: mpsc::UnboundedReceiver<Event>,
    input: Input,
    request: Request,
    /// The line before was too long.
    after_cut: bool,
    /// Nothing more is read after the current request.
    ended: bool,
    mask: Classes,
    challenge: Option<String>,
}

impl Session {
    fn new(
        gateway: Arc<Gateway>,
        peer: Arc<Peer>,
        id: u64,
        stream: TcpStream,
        events: mpsc::UnboundedReceiver<Event>,
    ) -> Session {
        // Only a matter of speed.
        let _ = stream.set_nodelay(true);
        let (reader, writer) = stream.into_split();
        let keeps_last = gateway.core().keeps_last_byte();
        Session {
            gateway,
            peer,
            id,
            reader,
            writer,
            events,
            input: Input { keeps_last, ..Input::default() },
            request: Request::default(),
            after_cut: false,
            ended: false,
            mask: Classes::ALL,
            challenge: None,
        }
    }

    async fn run(mut self) -> io::Result<()> {
        let banner = format!("Asterisk Call Manager/{}\r\n", self.gateway.core().ami_version());
        self.say(banner.as_bytes()).await?;
        let mut too_late = pin!(tokio::time::sleep(self.gateway.options.auth_timeout));
        let mut chunk = [0; LINE_BUFFER];
        loop {
            // Events go out before each line, whatever it says of them.
            self.tell_waiting().await?;
            while let Some(line) = self.input.next_line() {
                self.hear(line).await?;
                if self.ended {
                    return Ok(());
                }
                self.tell_waiting().await?;
            }
            let room = self.input.room();
            tokio::select! {
                read = self.reader.read(&mut chunk[..room]) => match read? {
                    0 => return Ok(()),
                    count => self.input.bytes.extend_from_slice(&chunk[..count]),
                },
                Some(event) = self.events.recv() => self.tell(event).await?,
                () = too_late.as_mut(), if !self.peer.is_logged_in() => return Ok(()),
            }
        }
    }

    /// Takes a line; an empty one ends the request.
    async fn hear(&mut self, line: Line) -> io::Result<()> {
        self.note_heard(&line);
        match line {
            Line::TooLong => self.request.line_too_long = true,
            Line::Text(line) if !line.is_empty() => {
                if self.request.headers.len() < MAX_HEADERS {
                    self.request.headers.push(line);
                } else {
                    self.request.too_many_lines = true;
                }
            }
            Line::Text(_) => {
                let request = std::mem::take(&mut self.request);
                self.process(&request).await?;
            }
        }
        Ok(())
    }

    async fn process(&mut self, request: &Request) -> io::Result<()> {
        let action = String::from_utf8_lossy(request.action()).to_ascii_lowercase();
        let error = if request.too_many_lines {
            "Too many lines in message or allocation failure"
        } else if request.line_too_long {
            "Failed to parse message: line too long"
        } else if action.is_empty() {
            "Missing action in request"
        } else if !self.peer.is_logged_in() && !matches!(action.as_str(), "login" | "logoff" | "challenge") {
            "Permission denied"
        } else if self.is_in_use(&action, request) {
            return self.turn_away(request, "Login Already In Use").await;
        } else {
            match self.gateway.actions().iter().find(|known| known.name.eq_ignore_ascii_case(&action)) {
                Some(known) if self.may_use(known.classes) => return self.act(&action, request).await,
                Some(_) => "Permission denied",
                None => {
                    let mut message = b"Invalid/unknown command: ".to_vec();
                    message.extend_from_slice(request.action());
                    message.extend_from_slice(b". Use Action: ListCommands to show available commands.");
                    // Asterisk's buffer for it.
                    message.truncate(511);
                    return self.respond(request, "Error", message).await;
                }
            }
        };
        self.respond(request, "Error", error).await
    }

    fn may_use(&self, classes: &str) -> bool {
        classes.is_empty() || !self.gateway.write.and(Classes::named(classes)).is_empty()
    }

    async fn act(&mut self, action: &str, request: &Request) -> io::Result<()> {
        let success = Frame::response("Success", request.action_id());
        let frame = match action {
            "login" => return self.login(request).await,
            "command" => return self.command("Command", request).await,
            "smscommand" => return self.command("SMSCommand", request).await,
            "waitevent" => return self.wait_event(request).await,
            "userevent" => return self.user_event(request).await,
            "logoff" => {
                self.ended = true;
                return self.respond(request, "Goodbye", "Thanks for all the fish.").await;
            }
            "challenge" => {
                if !request.get("AuthType").eq_ignore_ascii_case(b"MD5") {
                    return self.respond(request, "Error", "Must specify AuthType").await;
                }
                let challenge = self.challenge.get_or_insert_with(|| {
                    // The hasher's keys are random; ten digits at most, as from Asterisk.
                    (RandomState::new().hash_one(self.id) >> 33).to_string()
                });
                success.header("Challenge", challenge)
            }
            "ping" => success.header("Ping", "Pong").header("Timestamp", clock::timestamp()),
            "events" => match Classes::mask(request.get("EventMask")) {
                Some(mask) => {
                    self.set_mask(mask);
                    Frame::response("Success", b"")
                        .action_id_within(request.action_id(), core::ID_LINE)
                        .header("Events", if mask.is_empty() { "Off" } else { "On" })
                }
                None => return self.respond(request, "Error", "Invalid event mask").await,
            },
            "listcommands" => self.gateway.actions().iter().filter(|known| self.may_use(known.classes)).fold(
                success,
                |frame, known| {
                    let privilege = if known.classes.is_empty() { "<none>" } else { &format!("{},all", known.classes) };
                    frame.header(&known.name, format!("{} (Priv: {privilege})", known.synopsis))
                },
            ),
            _ => {
                let own = self.gateway.driver.act(&self.gateway, action, request);
                let frames = own.unwrap_or_else(|| core::act(&self.gateway, action, request));
                return self.say(&frames).await;
            }
        };
        self.say(&frame.finish()).await
    }

    async fn login(&mut self, request: &Request) -> io::Result<()> {
        if self.peer.is_logged_in() {
            return self.respond(request, "Success", "Already authenticated").await;
        }
        if !self.credentials_match(request) {
            return self.turn_away(request, "Authentication failed").await;
        }
        self.peer.log_in();
        let mask = Classes::mask(request.get("Events")).unwrap_or(self.mask);
        // Before the answer, so that whoever has read it misses no event.
        self.set_mask(mask);
        self.respond(request, "Success", "Authentication accepted").await?;
        // 1.8.20 looks at the mask only, not at what the account may read.
        if mask.covers(Classes::SYSTEM) {
            let mut frame = Frame::event("FullyBooted", Classes::SYSTEM, false);
            if self.gateway.core().has_output_headers() {
                let uptime = self.gateway.started.elapsed().unwrap_or_default().as_secs().to_string();
                frame = frame.header("Uptime", &uptime).header("LastReload", &uptime);
            }
            self.say(&frame.header("Status", "Fully Booted").finish()).await?;
        }
        Ok(())
    }

    /// Refuses a login, and takes its time for it.
    async fn turn_away(&mut self, request: &Request, words: &str) -> io::Result<()> {
        tokio::time::sleep(self.gateway.options.login_failure_delay).await;
        self.ended = true;
        self.respond(request, "Error", words).await
    }

    /// Whether another session of the account keeps this one from its login.
    fn is_in_use(&self, action: &str, request: &Request) -> bool {
        let options = &self.gateway.options;
        !options.allow_multiple_login
            && !self.peer.is_logged_in()
            && matches!(action, "login" | "challenge")
            && request.get("Username").eq_ignore_ascii_case(options.username.as_bytes())
            && self.gateway.bus.has_login()
    }

    fn credentials_match(&self, request: &Request) -> bool {
        let options = &self.gateway.options;
        if !request.get("Username").eq_ignore_ascii_case(options.username.as_bytes()) {
            return false;
        }
        if !request.get("AuthType").eq_ignore_ascii_case(b"MD5") {
            return request.get("Secret") == options.secret.as_bytes();
        }
        self.challenge.as_ref().is_some_and(|challenge| {
            let digest = Md5::new().chain_update(challenge).chain_update(&options.secret).finalize();
            let key: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
            request.get("Key") == key.as_bytes()
        })
    }

    fn set_mask(&mut self, mask: Classes) {
        self.mask = mask;
        self.peer.set_filter(self.gateway.read.and(mask));
    }

    /// Until the command has ended the session is deaf and mute; of the older framing the head is written before.
    async fn command(&mut self, privilege: &str, request: &Request) -> io::Result<()> {
        let line = request.get("Command");
        if line.is_empty() {
            return self.respond(request, "Error", "No command provided").await;
        }
        // A task of its own, because a command goes on when its session is lost.
        let run = cli::run(Arc::clone(&self.gateway), line.to_vec(), request.action_id().to_vec());
        if self.gateway.core().has_output_headers() {
            let output = tokio::spawn(run).await.map_err(io::Error::other)?;
            let kind = if output.success { "Success" } else { "Error" };
            let head = Frame::response(kind, request.action_id()).header("Message", "Command output follows");
            let text = output.text.strip_suffix(b"\n").unwrap_or(&output.text);
            let frame = text.split(|byte| *byte == b'\n').fold(head, |frame, line| frame.header("Output", line));
            return self.say(&frame.finish()).await;
        }
        let head = Frame::response("Follows", b"").header("Privilege", privilege).action_id(request.action_id());
        self.say(&head.partial()).await?;
        let mut body = tokio::spawn(run).await.map_err(io::Error::other)?.text;
        body.extend_from_slice(b"--END COMMAND--\r\n\r\n");
        self.say(&body).await
    }

    /// Waits for an event, the timeout, or further input.
    async fn wait_event(&mut self, request: &Request) -> io::Result<()> {
        let first = {
            let timeout = async {
                match integer(request.get("Timeout")) {
                    Some(seconds) if seconds >= 0 => tokio::time::sleep(self.gateway.seconds(seconds)).await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                event = self.events.recv() => event,
                // Any event ends it, also one that the session may not see; and any input that was not read yet.
                () = self.peer.stirred() => None,
                _ = self.reader.readable() => None,
                () = timeout => None,
            }
        };
        self.respond(request, "Success", "Waiting for Event completed.").await?;
        if let Some(event) = first {
            self.tell(event).await?;
        }
        self.tell_waiting().await?;
        let complete = Frame::default().header("Event", "WaitEventComplete");
        let complete = complete.action_id_within(request.action_id(), core::ID_LINE);
        self.say(&complete.finish()).await
    }

    /// The event repeats all headers of the action but its name, as they were sent.
    async fn user_event(&mut self, request: &Request) -> io::Result<()> {
        self.respond(request, "Success", "Event Sent").await?;
        let frame = Frame::event("UserEvent", Classes::USER, self.gateway.options.timestamps)
            .header("UserEvent", request.get("UserEvent"));
        let others = request.headers.iter().filter(|line| value_of(line, "UserEvent").is_none());
        let frame = others.fold(frame, |frame, line| frame.line(line));
        self.gateway.bus.broadcast(&[(Classes::USER, frame.finish().into())], Classes::USER);
        Ok(())
    }

    async fn respond(&mut self, request: &Request, kind: &str, message: impl AsRef<[u8]>) -> io::Result<()> {
        let frame = Frame::response(kind, request.action_id()).header("Message", message);
        self.say(&frame.finish()).await
    }

    /// Writes the events that wait now, and not those that come meanwhile.
    async fn tell_waiting(&mut self) -> io::Result<()> {
        for _ in 0..self.events.len() {
            if let Ok(event) = self.events.try_recv() {
                self.tell(event).await?;
            }
        }
        Ok(())
    }

    async fn tell(&mut self, (class, frame): Event) -> io::Result<()> {
        self.peer.dequeued(frame.len());
        // The mask may have changed since it was queued.
        if self.peer.filter().covers(class) { self.say(&frame).await } else { Ok(()) }
    }

    async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.gateway.options.transcript.is_some() {
            let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
            lines.for_each(|line| self.note(Speaker::Gateway, line.strip_suffix(b"\r").unwrap_or(line)));
        }
        tokio::time::timeout(self.gateway.options.write_timeout, self.writer.write_all(bytes)).await?
    }

    /// The rest of a line that was too long may be the rest of a secret.
    fn note_heard(&mut self, line: &Line) {
        match line {
            Line::TooLong => self.note(Speaker::Client, b"(a line too long)"),
            Line::Text(_) if self.after_cut => self.note(Speaker::Client, b"(the rest of it)"),
            Line::Text(line) => self.note(Speaker::Client, line),
        }
        self.after_cut = matches!(line, Line::TooLong);
    }

    fn note(&self, speaker: Speaker, line: &[u8]) {
        let Some(transcript) = &self.gateway.options.transcript else { return };
        let mut text = String::from_utf8_lossy(line).into_owned();
        if let Some((name, _)) = text.split_once(':')
            && ["secret", "key"].iter().any(|hidden| name.trim().eq_ignore_ascii_case(hidden))
        {
            text = format!("{name}: ***");
        }
        transcript(&TranscriptLine { session: self.id, speaker, text });
    }
}
