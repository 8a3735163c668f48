//! A proxy on loopback that breaks links on cue.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::random::Random;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// The fate of one direction of a connection after a number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The link is closed in good order, both ways.
    Close,
    /// The link is reset, both ways.
    Reset,
    /// Nothing passes any more, either way, and the link stays.
    Stall,
    /// This many random bytes are put in; then it goes on.
    Garbage(usize),
    /// Bytes come without end, and never end a line.
    Endless,
}

#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The number of bytes that are passed on at a time.
    pub piece: usize,
    /// The delay of each piece.
    pub delay: Duration,
    pub end: Option<(usize, End)>,
    /// The bytes of that are counted from the answer to the login on, whose challenge is not always as long.
    pub after_login: bool,
}

/// The end of the answer to a good login.
const LOGGED_IN: &[u8] = b"\r\nMessage: Authentication accepted\r\n\r\n";

impl Default for Way {
    fn default() -> Way {
        Way { piece: 64 * 1024, delay: Duration::ZERO, end: None, after_login: false }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Fault {
    /// Accepts and says nothing.
    pub mute: bool,
    pub to_client: Way,
    pub to_server: Way,
}

impl Fault {
    pub fn to_client(after: usize, end: End) -> Fault {
        Fault { to_client: Way { end: Some((after, end)), ..Way::default() }, ..Fault::default() }
    }

    pub fn after_login(after: usize, end: End) -> Fault {
        let way = Way { end: Some((after, end)), after_login: true, ..Way::default() };
        Fault { to_client: way, ..Fault::default() }
    }

    pub fn to_server(after: usize, end: End) -> Fault {
        Fault { to_server: Way { end: Some((after, end)), ..Way::default() }, ..Fault::default() }
    }
}

/// Chooses the fault of the next link, by its number.
type Plan = Box<dyn FnMut(usize) -> Fault + Send>;

struct Shared {
    target: SocketAddr,
    plan: Mutex<Plan>,
    links: AtomicUsize,
    faults: AtomicUsize,
    endless: AtomicUsize,
    cut: watch::Sender<u64>,
}

pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Proxy {
    pub async fn start(target: SocketAddr, plan: impl FnMut(usize) -> Fault + Send + 'static) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            target,
            plan: Mutex::new(Box::new(plan)),
            links: AtomicUsize::new(0),
            faults: AtomicUsize::new(0),
            endless: AtomicUsize::new(0),
            cut: watch::Sender::new(0),
        });
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(link(Arc::clone(&serving), client));
            }
        });
        Proxy { port, shared, accepting: task.abort_handle() }
    }

    /// The next links are served like this.
    pub fn set(&self, plan: impl FnMut(usize) -> Fault + Send + 'static) {
        *self.shared.plan.lock().expect("no panic") = Box::new(plan);
    }

    /// Resets every link that there is.
    pub fn cut(&self) {
        self.shared.cut.send_modify(|count| *count += 1);
    }

    /// The number of connections, and the number of faults on them.
    pub fn links(&self) -> usize {
        self.shared.links.load(Ordering::SeqCst)
    }

    pub fn faults(&self) -> usize {
        self.shared.faults.load(Ordering::SeqCst)
    }

    /// The number of endless bytes that were taken.
    pub fn endless(&self) -> usize {
        self.shared.endless.load(Ordering::SeqCst)
    }
}

async fn link(shared: Arc<Shared>, client: TcpStream) {
    let number = shared.links.fetch_add(1, Ordering::SeqCst);
    let fault = shared.plan.lock().expect("no panic")(number);
    let mut cut = shared.cut.subscribe();
    if fault.mute {
        let _ = cut.changed().await;
        return;
    }
    let Ok(server) = TcpStream::connect(shared.target).await else { return };
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("a socket");
    }
    let (mut from_client, mut into_client) = client.into_split();
    let (mut from_server, mut into_server) = server.into_split();
    let stalled = watch::Sender::new(false);
    let how = tokio::select! {
        how = pump(&shared, &mut from_server, &mut into_client, fault.to_client, &stalled) => how,
        how = pump(&shared, &mut from_client, &mut into_server, fault.to_server, &stalled) => how,
        _ = cut.changed() => End::Reset,
    };
    let client = from_client.reunite(into_client).expect("two halves");
    if how == End::Reset {
        client.set_zero_linger().expect("a socket");
    }
}

/// Passes bytes on until the link is to end; says how.
async fn pump(
    shared: &Shared,
    from: &mut (impl tokio::io::AsyncRead + Unpin),
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    mut way: Way,
    stalled: &watch::Sender<bool>,
) -> End {
    let mut stop = stalled.subscribe();
    let mut passed = 0;
    let mut login = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        if *stop.borrow() {
            std::future::pending::<()>().await;
        }
        let in_login = way.after_login && !login.ends_with(LOGGED_IN);
        let left = if in_login { 1 } else { way.end.map_or(buffer.len(), |(after, _)| after - passed) };
        if let Some((_, end)) = way.end
            && left == 0
        {
            shared.faults.fetch_add(1, Ordering::SeqCst);
            way.end = None;
            match end {
                End::Close | End::Reset => return end,
                End::Stall => {
                    stalled.send_replace(true);
                    continue;
                }
                End::Garbage(count) => {
                    let mut random = Random::new(0x2545_f491_4f6c_dd1d);
                    let noise: Vec<u8> = (0..count).map(|_| random.below(256) as u8).collect();
                    if to.write_all(&noise).await.is_err() {
                        return End::Close;
                    }
                    continue;
                }
                End::Endless => loop {
                    match to.write(&[b'x'; 4096]).await {
                        Ok(count) => shared.endless.fetch_add(count, Ordering::SeqCst),
                        Err(_) => return End::Close,
                    };
                },
            }
        }
        let room = left.min(buffer.len());
        let read = tokio::select! {
            read = from.read(&mut buffer[..room]) => read,
            _ = stop.changed() => continue,
        };
        let count = match read {
            Ok(count) if count > 0 => count,
            _ => return End::Close,
        };
        if in_login {
            login.extend_from_slice(&buffer[..count]);
        } else {
            passed += count;
        }
        if !way.delay.is_zero() {
            tokio::time::sleep(way.delay).await;
        }
        for piece in buffer[..count].chunks(way.piece) {
            if to.write_all(piece).await.is_err() {
                return End::Close;
            }
        }
    }
}
