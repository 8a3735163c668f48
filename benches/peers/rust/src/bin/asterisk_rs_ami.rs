//! asterisk-rs-ami: typed events through a bus of a given capacity.

use asterisk_rs_ami::AmiClient;
use asterisk_rs_ami::action::AmiAction;
use asterisk_rs_ami::event::AmiEvent;
use asterisk_rs_core::event::{EventReceive, EventSubscription};
use libami_bench_peers::{Next, Peer};

struct Client(AmiClient);

struct Action {
    name: String,
    headers: Vec<(String, String)>,
}

impl AmiAction for Action {
    fn action_name(&self) -> &str {
        &self.name
    }

    fn to_headers(&self) -> Vec<(String, String)> {
        self.headers.clone()
    }
}

impl Peer for Client {
    type Events = EventSubscription<AmiEvent>;

    async fn connect(port: u16, queue: Option<usize>) -> Client {
        let mut builder = AmiClient::builder().host("127.0.0.1").port(port).credentials("bench", "bench");
        if let Some(queue) = queue {
            builder = builder.event_capacity(queue);
        }
        Client(builder.build().await.expect("logged in"))
    }

    async fn events(&self) -> Self::Events {
        self.0.subscribe()
    }

    async fn next(events: &mut Self::Events) -> Next {
        match events.recv().await {
            EventReceive::Event(event) => Next::event(event.event_name(), event.channel(), event.unique_id()),
            EventReceive::Lagged(count) => Next::Lost(count),
            EventReceive::Closed => Next::End,
        }
    }

    async fn act(&self, name: &str, headers: &[(&str, &str)]) -> bool {
        let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.0.send_action(&Action { name: name.to_owned(), headers }).await.is_ok()
    }
}

fn main() {
    libami_bench_peers::main::<Client>();
}
