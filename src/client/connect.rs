//! Connecting: the name is resolved, and its addresses are tried side by side (RFC 8305), as one that
//! swallows packets must not keep the others from their turn.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout, timeout_at};

use super::config::Config;
use super::tls::lost;
use super::transport::{Transport, handshake};
use super::watch::Watch;
use crate::error::{Error, ErrorKind, Result};

/// An address that has not answered by then gets company by the next one.
const NEXT_ADDRESS: Duration = Duration::from_millis(250);
/// A timer that is set for so much later goes off only after the runtime has looked at its sockets.
const LOOK: Duration = Duration::from_millis(5);

/// Connects, through TLS where it is configured, by the deadline.
pub(super) async fn connect(config: &Config, deadline: Instant) -> Result<(Transport, Watch)> {
    let (host, port) = config.place();
    let place = format!("{host}:{port}");
    let mut race = Race::new(resolve(config, deadline).await?);
    let stream = match within(deadline, race.run()).await {
        Some(Some(stream)) => stream,
        // Some addresses may not even have failed.
        _ => return Err(race.error(&place)),
    };
    // Actions are small and somebody waits for each.
    stream.set_nodelay(true).map_err(lost)?;
    let watch = Watch::new(stream).map_err(lost)?;
    let transport = within(deadline, handshake(&watch, config)).await.unwrap_or_else(|| {
        Err(Error::new(
            ErrorKind::Timeout,
            format!(
                "{place} did not answer the TLS handshake in time; is this a manager port with TLS (5039 as a rule)?"
            ),
        ))
    })?;
    Ok((transport, watch))
}

async fn resolve(config: &Config, deadline: Instant) -> Result<Vec<SocketAddr>> {
    let host = &config.host;
    let error = |text: String| Error::new(ErrorKind::Resolve, format!("the host name {host:?} {text}"));
    let (name, port) = (host.clone(), config.place().1);
    // In a task of its own: tokio panics where no thread can start for it.
    let lookup = tokio::spawn(async move { lookup_host((name, port)).await.map(side_by_side) });
    match within(deadline, lookup).await {
        Some(Ok(Ok(addresses))) => {
            if addresses.is_empty() {
                return Err(error("has no address; check how it is spelt".to_owned()));
            }
            Ok(addresses)
        }
        Some(Ok(Err(why))) => {
            Err(error(format!("could not be resolved: {why}; check how it is spelt")).with_source(why))
        }
        Some(Err(_)) => Err(error(
            "could not be resolved: the system let no thread start for that; let this process have more threads (ulimit -u, \
             pids.max or TasksMax), or more memory"
                .to_owned(),
        )),
        None => Err(error(
            "could not be resolved in time: the name server did not answer; check the resolver of this machine, or give \
             an address"
                .to_owned(),
        )),
    }
}

/// Each address once, those of both families in turn.
fn side_by_side(addresses: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut families = [VecDeque::new(), VecDeque::new()];
    let mut first = None;
    for address in addresses {
        let family = *first.get_or_insert(address.is_ipv6()) != address.is_ipv6();
        let family = &mut families[usize::from(family)];
        if !family.contains(&address) {
            family.push_back(address);
        }
    }
    let [mut one, mut other] = families;
    let mut all = Vec::with_capacity(one.len() + other.len());
    while let Some(address) = one.pop_front().or_else(|| other.pop_front()) {
        all.push(address);
        all.extend(other.pop_front());
    }
    all
}

type Attempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// Attempts to connect to the addresses of a host.
struct Race {
    waiting: VecDeque<SocketAddr>,
    running: Vec<(SocketAddr, Attempt)>,
    failed: Vec<(SocketAddr, io::Error)>,
}

impl Race {
    fn new(addresses: Vec<SocketAddr>) -> Race {
        Race { waiting: addresses.into(), running: Vec::new(), failed: Vec::new() }
    }

    /// The first connection that is accepted; `None` if all addresses have failed.
    async fn run(&mut self) -> Option<TcpStream> {
        self.begin();
        while !self.running.is_empty() {
            let Race { running, waiting, .. } = self;
            let first = std::future::poll_fn(|cx| {
                for (at, (_, attempt)) in running.iter_mut().enumerate() {
                    if let Poll::Ready(result) = attempt.as_mut().poll(cx) {
                        return Poll::Ready((at, result));
                    }
                }
                Poll::Pending
            });
            tokio::select! {
                biased;
                (at, result) = first => {
                    let (address, _) = self.running.swap_remove(at);
                    match result {
                        Ok(stream) => return Some(stream),
                        Err(error) => self.failed.push((address, error)),
                    }
                    self.begin();
                }
                () = sleep(NEXT_ADDRESS), if !waiting.is_empty() => self.begin(),
            }
        }
        None
    }

    fn begin(&mut self) {
        if let Some(address) = self.waiting.pop_front() {
            self.running.push((address, Box::pin(TcpStream::connect(address))));
        }
    }

    /// The error that tells why there is no connection.
    fn error(&self, place: &str) -> Error {
        let unanswered = || io::Error::from(io::ErrorKind::TimedOut);
        let late = self.running.iter().map(|(address, _)| (*address, unanswered()));
        let late = late.chain(self.waiting.iter().map(|address| (*address, unanswered())));
        let mut all: Vec<(SocketAddr, io::Error)> =
            self.failed.iter().map(|(address, error)| (*address, copy(error))).chain(late).collect();
        if all.len() == 1
            && let Some((_, error)) = all.pop()
        {
            return refused(place, error);
        }
        all.sort_by_key(|(address, _)| *address);
        // The most telling error: that somebody is there, then that nobody answers.
        let rank = |kind: io::ErrorKind| match kind {
            io::ErrorKind::ConnectionReset => 0,
            io::ErrorKind::ConnectionRefused => 1,
            io::ErrorKind::TimedOut => 2,
            _ => 3,
        };
        let telling = all.iter().map(|(_, error)| error).min_by_key(|error| rank(error.kind()));
        let telling = telling.map_or_else(unanswered, copy);
        let each: Vec<String> = all
            .iter()
            .map(|(address, error)| match error.kind() {
                io::ErrorKind::ConnectionRefused => format!("nothing listens on {address}"),
                io::ErrorKind::TimedOut => format!("{address} did not accept the connection in time"),
                _ => format!("{address}: {error}"),
            })
            .collect();
        let text = format!(
            "no address of {place} took the connection: {}; check the port, whether the manager is enabled and bound there \
             (manager.conf), and any firewall between",
            each.join(", ")
        );
        refused(place, telling).with_message(text)
    }
}

fn copy(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// Waits for it until the deadline, and then for what may have come before: a process that was stopped goes on with the time
/// that has passed, and only then learns of what its sockets have.
async fn within<F: Future>(deadline: Instant, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    match timeout_at(deadline.into(), future.as_mut()).await {
        Ok(output) => Some(output),
        Err(_) => timeout(LOOK, future).await.ok(),
    }
}

fn refused(place: &str, error: io::Error) -> Error {
    let refused = match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::new(
            ErrorKind::Refused,
            format!(
                "nothing listens on {place}; is the manager enabled and bound there (manager.conf), and the port right?"
            ),
        ),
        io::ErrorKind::TimedOut => Error::new(
            ErrorKind::Timeout,
            format!("{place} did not accept the connection in time; check the address and any firewall between"),
        ),
        // It was accepted, and gone before it could be used.
        io::ErrorKind::ConnectionReset => return lost(error),
        _ => Error::new(ErrorKind::Io, format!("the connection to {place} failed: {error}")),
    };
    refused.with_os_code(error.raw_os_error()).with_source(error)
}

#[cfg(all(test, not(ami_loom)))]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use socket2::{Domain, Socket, Type};

    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(future)
    }

    /// An address that answers nothing, as its backlog is full; what fills it is to be kept.
    fn dead(host: [u8; 4]) -> (SocketAddr, Vec<Socket>) {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        listener.bind(&SocketAddr::from((host, 0)).into()).expect("bound");
        listener.listen(0).expect("it listens");
        let address = listener.local_addr().expect("an address").as_socket().expect("of IP");
        let mut kept = vec![listener];
        for _ in 0..64 {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            let is_full = filler.connect_timeout(&address.into(), Duration::from_millis(50)).is_err();
            kept.push(filler);
            if is_full {
                return (address, kept);
            }
        }
        panic!("the backlog has no end");
    }

    fn free() -> SocketAddr {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port").local_addr().expect("an address")
    }

    #[test]
    fn addresses_of_both_families_are_tried_in_turn_and_each_once() {
        let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
        let list = ["[::1]:1", "[::2]:1", "[::1]:1", "1.1.1.1:1", "[::3]:1", "1.1.1.2:1", "1.1.1.1:1"].map(address);
        let expected = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "[::3]:1"].map(address);
        assert_eq!(side_by_side(list.into_iter()), expected);
        assert!(side_by_side(std::iter::empty()).is_empty());
        assert_eq!(side_by_side([address("1.1.1.1:1"), address("1.1.1.2:1")].into_iter()).len(), 2);
    }

    #[test]
    fn connect_tries_the_next_address_beside_one_that_swallows_packets() {
        let (silent, _kept) = dead([127, 0, 0, 2]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let good = listener.local_addr().expect("an address");
        run(async {
            let mut race = Race::new(vec![silent, good]);
            let deadline = Instant::now() + Duration::from_secs(20);
            let stream = within(deadline, race.run()).await.expect("in time").expect("connected");
            assert_eq!(stream.peer_addr().expect("an address"), good);
        });
    }

    #[test]
    fn connect_cannot_resolve_a_name_without_a_thread() {
        // A stack that no memory has room for.
        let runtime = tokio::runtime::Builder::new_current_thread().thread_stack_size(1 << 46).enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let deadline = Instant::now() + Duration::from_secs(20);
            let named = |host: &str| Config::new(host, "admin", "amp111");
            let error = resolve(&named("localhost"), deadline).await.expect_err("no thread");
            assert_eq!(error.kind(), ErrorKind::Resolve, "{error}");
            assert!(error.to_string().contains("ulimit -u"), "{error}");
            // An address needs none.
            assert_eq!(resolve(&named("127.0.0.1"), deadline).await.expect("an address").len(), 1);
        });
    }

    #[test]
    fn addresses_that_refuse_are_followed_by_the_next() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let good = listener.local_addr().expect("an address");
        run(async {
            let mut race = Race::new(vec![free(), free(), good]);
            assert!(race.run().await.is_some());
            assert_eq!(race.failed.len(), 2);
        });
    }

    #[test]
    fn connect_error_names_the_result_of_each_address() {
        let (silent, _kept) = dead([127, 0, 0, 3]);
        let closed = free();
        run(async {
            let mut race = Race::new(vec![silent, closed]);
            assert!(within(Instant::now() + 2 * NEXT_ADDRESS, race.run()).await.is_none());
            let error = race.error("pbx:5038");
            assert_eq!(error.kind(), ErrorKind::Refused, "somebody is there");
            let text = error.to_string();
            for part in ["no address of pbx:5038", &format!("nothing listens on {closed}")] {
                assert!(text.contains(part), "{text}");
            }
            assert!(text.contains(&format!("{silent} did not accept")), "{text}");
            // A single address has the error for itself.
            let mut race = Race::new(vec![closed]);
            assert!(race.run().await.is_none());
            assert!(race.error("pbx:5038").to_string().starts_with("nothing listens on pbx:5038"));
        });
    }
}
