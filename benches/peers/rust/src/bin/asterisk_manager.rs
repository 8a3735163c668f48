//! asterisk-manager: events go through a broadcast channel, as JSON that was made into types.

use std::collections::HashMap;

use asterisk_manager::{AmiAction, AmiEvent, Manager, ManagerOptions};
use libami_bench_peers::{Next, Peer};
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::{Stream, StreamExt};

struct Client(Manager);

type Item = Result<AmiEvent, BroadcastStreamRecvError>;

impl Peer for Client {
    type Events = Box<dyn Stream<Item = Item> + Send + Unpin>;

    async fn connect(port: u16, queue: Option<usize>) -> Client {
        let mut manager = queue.map_or_else(Manager::new, Manager::new_with_buffer);
        let options = ManagerOptions {
            port,
            host: "127.0.0.1".to_owned(),
            username: "bench".to_owned(),
            password: "bench".to_owned(),
            events: true,
        };
        manager.connect_and_login(options).await.expect("logged in");
        Client(manager)
    }

    async fn events(&self) -> Self::Events {
        Box::new(self.0.all_events_stream().await)
    }

    async fn next(events: &mut Self::Events) -> Next {
        match events.next().await {
            Some(Ok(AmiEvent::Newchannel(data))) => Next::event("", Some(&data.channel), Some(&data.uniqueid)),
            Some(Ok(AmiEvent::Hangup(data))) => Next::event("", Some(&data.channel), Some(&data.uniqueid)),
            Some(Ok(AmiEvent::PeerStatus(_))) => Next::event("", None, None),
            Some(Ok(AmiEvent::UnknownEvent { event_type, fields })) => {
                let header = |name| fields.get(name).map(String::as_str);
                Next::event(&event_type, header("Channel"), header("Uniqueid"))
            }
            Some(Err(BroadcastStreamRecvError::Lagged(count))) => Next::Lost(count),
            Some(Ok(AmiEvent::InternalConnectionLost { .. })) | None => Next::End,
        }
    }

    async fn act(&self, name: &str, headers: &[(&str, &str)]) -> bool {
        let action = match name {
            "Ping" => AmiAction::Ping { action_id: None },
            name => {
                let params: HashMap<_, _> =
                    headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
                AmiAction::Custom { action: name.to_owned(), params, action_id: None }
            }
        };
        self.0.send_action(action).await.is_ok()
    }
}

fn main() {
    libami_bench_peers::main::<Client>();
}
