//! asterisk-ami: events go through a broadcast channel for 32 of them.

use asterisk_ami::{AmiConnection, Packet, Tag, find_tag};
use libami_bench_peers::{Next, Peer};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

struct Client(AmiConnection);

impl Peer for Client {
    type Events = Receiver<Option<Packet>>;

    async fn connect(port: u16, _: Option<usize>) -> Client {
        let client = Client(AmiConnection::connect(("127.0.0.1", port)).await.expect("connected"));
        assert!(client.act("Login", &[("Username", "bench"), ("Secret", "bench")]).await, "logged in");
        client
    }

    async fn events(&self) -> Self::Events {
        self.0.events()
    }

    async fn next(events: &mut Self::Events) -> Next {
        match events.recv().await {
            Ok(Some(event)) => {
                let header = |name| find_tag(&event, name).map(String::as_str);
                Next::event(header("Event").unwrap_or_default(), header("Channel"), header("Uniqueid"))
            }
            Err(RecvError::Lagged(count)) => Next::Lost(count),
            Ok(None) | Err(RecvError::Closed) => Next::End,
        }
    }

    async fn act(&self, name: &str, headers: &[(&str, &str)]) -> bool {
        let mut packet = vec![Tag::from("Action", name)];
        packet.extend(headers.iter().map(|(name, value)| Tag::from(name, value)));
        self.0.send(packet).await.is_some()
    }
}

fn main() {
    libami_bench_peers::main::<Client>();
}
