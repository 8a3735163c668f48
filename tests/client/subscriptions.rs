//! Subscriptions: filters, ends, and the waking of readers.

use std::io::Write as _;
use std::sync::Arc;

use ami::{Client, ErrorKind, Filter, Subscription};

use crate::{config_of, connected, joined, kind, news, runtime, settle, waiting};
use support::clock::{PATIENCE, patience};
use support::server::Server;

#[tokio::test]
async fn filter_chooses_by_name_without_case() {
    let (client, mut peer) = connected().await;
    let filter = |names: &[&str]| Filter::names(names.iter().copied()).expect("names");
    let mut all = client.subscribe(Filter::all()).expect("a subscription");
    let mut two = client.subscribe(filter(&["HANGUP", " newexten "])).expect("a subscription");
    let mut none = client.subscribe(filter(&["Hang", "Hangups", "#lagged"])).expect("a subscription");
    let mut closed = client.subscribe(Filter::all()).expect("a subscription");
    let frame = |name: &str, number| format!("Event: {name}\r\nN: {number}\r\n\r\n");
    peer.say(
        [frame("Hangup", 1), frame("VarSet", 2), frame("NEWEXTEN", 3), "Other: 4\r\nN: 4\r\n\r\n".into()].concat(),
    )
    .await;
    settle(&client, &mut peer).await;
    closed.close();
    peer.say(frame("hangup", 5)).await;
    settle(&client, &mut peer).await;
    let mut late = client.subscribe(Filter::all()).expect("a subscription");
    assert_eq!(waiting(&mut all), ["1", "2", "3", "4", "5"]);
    assert_eq!(waiting(&mut two), ["1", "3", "5"]);
    assert!(waiting(&mut none).is_empty() && waiting(&mut late).is_empty());
    assert_eq!(kind(&closed.next().await), Some(ErrorKind::Closed));
    for bad in [&[][..], &[""], &["Hangup", " "]] {
        assert_eq!(kind(&Filter::names(bad.iter().copied())), Some(ErrorKind::Invalid));
    }
}

#[tokio::test]
async fn filter_patterns_choose_names_and_never_markers() {
    let (client, mut peer) = connected().await;
    let names =
        ["QueueMemberAdded", "queue", "Hangup", "SoftHangupRequest", "AQueue", "", "*", "HangupRequest", "Queu"];
    let cases: [(&[&str], &[&str]); 9] = [
        (&["Queue*"], &["QueueMemberAdded", "queue"]),
        (&["QUEUE*ADDED"], &["QueueMemberAdded"]),
        (&["*hangup*"], &["Hangup", "SoftHangupRequest", "HangupRequest"]),
        (&["*Hangup"], &["Hangup"]),
        (&["Q*u*e*d"], &["QueueMemberAdded"]),
        (&["*u*u*"], &["QueueMemberAdded", "queue", "SoftHangupRequest", "AQueue", "HangupRequest", "Queu"]),
        (&["*queue", "Hangup"], &["queue", "Hangup", "AQueue"]),
        (&["Queue*", "queue", "#gap"], &["QueueMemberAdded", "queue"]),
        (&["?ueue", "H.*", "Queue[*]"], &[]),
    ];
    let mut subscriptions: Vec<_> = cases
        .iter()
        .map(|(wanted, _)| {
            client.subscribe(Filter::names(wanted.iter().copied()).expect("names")).expect("a subscription")
        })
        .collect();
    let frame = |(at, name): (usize, &&str)| format!("Event: {name}\r\nN: {at}\r\n\r\n");
    peer.say(names.iter().enumerate().map(frame).collect::<String>()).await;
    peer.say("Event: #lagged\r\nN: 90\r\n\r\nResponse: Success\r\nN: 91\r\n\r\nEvent: #gap\r\nN: 92\r\n\r\n").await;
    settle(&client, &mut peer).await;
    for (subscription, (wanted, expected)) in subscriptions.iter_mut().zip(cases) {
        let got = waiting(subscription);
        let got: Vec<_> = got.iter().map(|at| names[at.parse::<usize>().expect("a number")]).collect();
        assert_eq!(got, expected, "{wanted:?}");
    }
    for bad in ["#*", "#la*", "#*gap"] {
        let error = Filter::names([bad]).expect_err("no pattern");
        assert!(error.message().contains("in full"), "{error}");
    }
    for all in ["*", "**", " * "] {
        let error = Filter::names(["Hangup", all]).expect_err("every event");
        assert!(error.message().contains("every event"), "{error}");
    }
}

#[tokio::test]
async fn subscription_made_before_opening_misses_nothing() {
    let server = Server::start().await;
    let client = Client::new(config_of(&server)).expect("a client");
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    let (result, _peer) = tokio::join!(patience("opening", client.open()), async {
        let mut peer = server.accept().await;
        peer.log_in(&news(0..3)).await;
        peer
    });
    result.expect("logged in");
    for expected in ["0000", "0001", "0002"] {
        let event = patience("an event", subscription.next()).await.expect("an event");
        assert_eq!(event.text("N").as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn subscription_can_be_read_after_the_end() {
    let (client, mut peer) = connected().await;
    let mut one_by_one = client.subscribe(Filter::all()).expect("a subscription");
    let mut in_batches = client.subscribe(Filter::all()).expect("a subscription");
    peer.say(news(0..5)).await;
    settle(&client, &mut peer).await;
    let (closed, _) = tokio::join!(patience("closing", client.close()), peer.answer());
    closed.expect("closed");
    drop(client);
    assert_eq!(waiting(&mut one_by_one), ["0", "1", "2", "3", "4"]);
    let mut count = 0;
    let end = loop {
        match patience("a batch", in_batches.next_batch()).await {
            Ok(batch) => count += batch.len(),
            Err(error) => break error,
        }
    };
    assert_eq!((count, end.kind()), (5, ErrorKind::Closed));
    assert_eq!(kind(&one_by_one.try_next()), Some(ErrorKind::Closed));
}

#[tokio::test]
async fn subscription_close_ends_its_reader() {
    let (client, _peer) = connected().await;
    let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
    subscription.close();
    subscription.close();
    assert_eq!(kind(&patience("the end", subscription.next()).await), Some(ErrorKind::Closed));
}

#[tokio::test]
async fn subscription_under_a_flood_leaves_other_tasks_their_turns() {
    const TOTAL: u64 = 24 << 20;
    let (client, peer) = connected().await;
    let mut stream = peer.stream.into_std().expect("a socket");
    stream.set_nonblocking(false).expect("a socket");
    // On a thread of its own, so that it is ahead nearly always.
    let writing = std::thread::spawn(move || {
        let piece = "Event: Newexten\r\nChannel: SIP/1-1\r\nExtension: 100\r\n\r\n".repeat(1000);
        let mut sent = 0;
        while sent < TOTAL {
            stream.write_all(piece.as_bytes()).expect("the client reads");
            sent += piece.len() as u64;
        }
    });
    let mut last = client.stats().bytes_received;
    let mut most = 0;
    patience("the stream", async {
        while last < TOTAL {
            // A turn comes after timers and sockets were looked at.
            tokio::task::yield_now().await;
            let now = client.stats().bytes_received;
            most = most.max(now - last);
            last = now;
        }
    })
    .await;
    writing.join().expect("written");
    assert!(most <= 1 << 20, "{most} bytes were read between two turns");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscription_reader_is_woken_for_every_event() {
    let (client, mut peer) = connected().await;
    let woken = Arc::new(tokio::sync::Semaphore::new(0));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
            let woken = Arc::clone(&woken);
            tokio::spawn(async move {
                for number in 0..500 {
                    let event = patience("an event", subscription.next()).await.expect("an event");
                    assert_eq!(event.text("N"), Some(format!("{number:04}").into()));
                    woken.add_permits(1);
                }
            })
        })
        .collect();
    for number in 0..500 {
        peer.say(news(number..number + 1)).await;
        // Each has read it and waits again, or is about to.
        patience("the readers", woken.acquire_many(4)).await.expect("open").forget();
    }
    for reader in readers {
        joined(reader).await;
    }
}

/// A reader that only its own waker keeps alive, as a task of some executors.
struct Task(std::sync::Mutex<Subscription>);

impl std::task::Wake for Task {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn subscription_reader_may_be_dropped_while_it_is_woken() {
    let (done, ended) = std::sync::mpsc::channel();
    // On a thread of its own: a deadlock of the link's task would stop this one too.
    std::thread::spawn(move || {
        runtime().block_on(async {
            let (client, mut peer) = connected().await;
            let task = Arc::new(Task(client.subscribe(Filter::all()).expect("a subscription").into()));
            let waker = std::task::Waker::from(Arc::clone(&task));
            let mut cx = std::task::Context::from_waker(&waker);
            assert!(task.0.lock().expect("no panic").poll_next(&mut cx).is_pending());
            drop((waker, task));
            peer.say(news(0..1)).await;
            settle(&client, &mut peer).await;
        });
        done.send(()).expect("the test waits");
    });
    assert_eq!(ended.recv_timeout(PATIENCE), Ok(()), "the link's task is stuck");
}
