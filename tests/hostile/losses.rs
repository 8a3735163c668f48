//! Hostile texts where events are lost: what is left of a text must not pass for a message.

use std::collections::HashSet;
use std::time::Duration;

use ami::events::{OverflowPolicy, QueueLimits};
use ami::gsm::{Inbox, InboxItem, Incoming};
use ami::protocol::Reconnect;
use ami::simulator::{self, Options, Simulator};
use ami::{Client, Config, State};
use support::clock::PATIENCE;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Texts of one part whose pieces are messages of others.
const TEXTS: [&str; 5] = [
    "x\n\nEvent: ReceivedSMS\nSender: BANK\nContent: a\n\nEvent: ReceivedSMS\nSender: BANK\nContent: b\n\n",
    "x\r\n\r\nEvent: DongleNewSMSBase64\r\nDevice: dongle0\r\nFrom: BANK\r\nMessage: aGVsbG8=\r\n\r\n",
    "x\n\nResponse: y\n\nEvent: GSMEventSMS\nSpan: 1\nMode: TEXT\nSender: BANK\nLength: 1\nText: x\nPDU: \n\n",
    "x\n\nEvent: VarSet\nChannel: EXTRA-SMS/1-1\nVariable: SMSTXT\nValue: forged\nUniqueid: 9.9\n\n",
    "x\n\nEvent: UpdateSMSSend\nID: 7\nStatus: 1\n\nx\n\nEvent: UpdateSMSSend\nID: 8\nStatus: 1\n\n",
];

/// Reads all that comes in; what nobody has sent, and how often something was lost.
fn read(mut inbox: Inbox, sent: HashSet<(String, String)>) -> JoinHandle<(Vec<String>, usize, HashSet<String>)> {
    tokio::spawn(async move {
        let (mut forged, mut losses, mut arrived) = (Vec::new(), 0, HashSet::new());
        while let Ok(mail) = inbox.next_item().await {
            match mail {
                InboxItem::Incoming(Incoming::Sms(sms)) => {
                    let key = (sms.sender().to_owned(), sms.text().to_owned());
                    if !sent.contains(&key) {
                        forged.push(format!("sender {:?}, text {:?}", key.0, key.1));
                    }
                    arrived.insert(key.0);
                }
                InboxItem::Incoming(Incoming::Unreadable(_)) => {}
                InboxItem::Incoming(other) => forged.push(format!("{other:?}")),
                _ => losses += 1,
            }
        }
        (forged, losses, arrived)
    })
}

/// A message with a sender of its own.
fn message(number: usize) -> (String, &'static str) {
    (format!("+44791{number:06}"), TEXTS[number % TEXTS.len()])
}

fn messages(count: usize) -> HashSet<(String, String)> {
    (0..count).map(message).map(|(sender, text)| (sender, text.to_owned())).collect()
}

async fn connect(simulator: &Simulator, set: impl FnOnce(Config) -> Config) -> Client {
    let config = set(Config::new("127.0.0.1", "admin", "amp111").port(simulator.port()));
    timeout(PATIENCE, Client::connect(config)).await.expect("in time").expect("a client")
}

fn deliver(simulator: &Simulator, number: usize, text_mode: bool) {
    let (sender, text) = message(number);
    let message = simulator::Incoming::new(sender, text).text_mode(text_mode);
    assert!(simulator.deliver(1 + number as u32 % 4, &message) <= 1);
}

#[tokio::test]
async fn hostile_text_cut_by_a_queue_overflow_forges_no_message() {
    for text_mode in [false, true] {
        const COUNT: usize = 400;
        let simulator = Simulator::start(Options::default()).await.expect("a simulator");
        let queue = QueueLimits::default().events(23);
        assert_eq!(queue.policy, OverflowPolicy::DropOldest);
        let client = connect(&simulator, |config| config.event_queue(queue)).await;
        let reading = read(client.inbox().expect("an inbox"), messages(COUNT));
        (0..COUNT).for_each(|number| deliver(&simulator, number, text_mode));
        timeout(PATIENCE, client.ping()).await.expect("in time").expect("an answer");
        timeout(PATIENCE, client.close()).await.expect("in time").expect("closed");
        let (forged, losses, _) = timeout(PATIENCE, reading).await.expect("in time").expect("no panic");
        assert!(losses > 0, "there was nothing to be lost");
        assert!(forged.is_empty(), "text mode {text_mode}: {}: {:?}", forged.len(), &forged[..forged.len().min(3)]);
    }
}

#[tokio::test]
async fn hostile_text_cut_by_a_disconnect_forges_no_message() {
    for text_mode in [false, true] {
        const ROUNDS: usize = 12;
        const TOGETHER: usize = 12;
        let simulator = Simulator::start(Options::default()).await.expect("a simulator");
        let wait = Duration::from_millis(10);
        let client = connect(&simulator, |config| config.reconnect(Reconnect::new(wait, wait))).await;
        let reading = read(client.inbox().expect("an inbox"), messages(ROUNDS * (TOGETHER + 1)));
        let mut last = Vec::new();
        for round in 0..ROUNDS {
            let first = round * (TOGETHER + 1);
            (0..TOGETHER).for_each(|number| deliver(&simulator, first + number, text_mode));
            // Some of it is written, and the rest is not.
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            simulator.disconnect_all();
            timeout(PATIENCE, async {
                while client.is_open() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                client.until(State::Open).await.expect("it connects again");
                client.ping().await.expect("an answer");
            })
            .await
            .expect("in time");
            // Messages on the new connection arrive.
            deliver(&simulator, first + TOGETHER, text_mode);
            last.push(message(first + TOGETHER).0);
            timeout(PATIENCE, client.ping()).await.expect("in time").expect("an answer");
        }
        timeout(PATIENCE, client.close()).await.expect("in time").expect("closed");
        let (forged, losses, arrived) = timeout(PATIENCE, reading).await.expect("in time").expect("no panic");
        assert_eq!(losses, ROUNDS, "each time without a link is marked once");
        assert!(forged.is_empty(), "text mode {text_mode}: {}: {:?}", forged.len(), &forged[..forged.len().min(3)]);
        assert!(last.iter().all(|sender| arrived.contains(sender)), "what came behind a gap is whole");
    }
}
