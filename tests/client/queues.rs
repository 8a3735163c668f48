//! Full queues: which events are dropped, and where the markers stand.

use ami::events::OverflowPolicy;
use ami::{ErrorKind, Filter, MessageKind};

use crate::{joined, kind, limited, news, settle, waiting};
use support::clock::patience;

#[tokio::test]
async fn queue_full_drops_the_oldest_and_marks_the_place() {
    for by_bytes in [false, true] {
        let (client, mut peer) = limited(3, by_bytes, OverflowPolicy::DropOldest).await;
        let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
        peer.say(news(0..3)).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut subscription), ["0", "1", "2"], "exactly at the limit");
        peer.say(news(0..9)).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut subscription), ["lost 6", "6", "7", "8"], "in one burst");

        for number in 0..5 {
            peer.say(news(number..number + 1)).await;
            settle(&client, &mut peer).await;
        }
        let mut read =
            || subscription.try_next().expect("open").map(|event| event.text("N").unwrap_or_default().into_owned());
        assert_eq!(read().as_deref(), Some(""), "the marker stands before what is left");
        assert_eq!(read().as_deref(), Some("0002"));
        for number in 5..7 {
            peer.say(news(number..number + 1)).await;
            settle(&client, &mut peer).await;
        }
        assert_eq!(waiting(&mut subscription), ["lost 1", "4", "5", "6"]);
        assert!(waiting(&mut subscription).is_empty());
    }
}

#[tokio::test]
async fn queue_full_drops_the_newest_and_marks_the_place() {
    for by_bytes in [false, true] {
        let (client, mut peer) = limited(3, by_bytes, OverflowPolicy::DropNewest).await;
        let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
        peer.say(news(0..9)).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut subscription), ["0", "1", "2", "lost 6"], "in one burst");

        for number in 0..5 {
            peer.say(news(number..number + 1)).await;
            settle(&client, &mut peer).await;
        }
        let first = subscription.try_next().expect("open").expect("an event");
        assert_eq!(first.text("N").as_deref(), Some("0000"));
        for number in 5..7 {
            peer.say(news(number..number + 1)).await;
            settle(&client, &mut peer).await;
        }
        assert_eq!(waiting(&mut subscription), ["1", "2", "lost 2", "5", "lost 1"]);
        assert!(waiting(&mut subscription).is_empty());
    }
}

#[tokio::test]
async fn queue_full_may_end_its_subscription_and_no_other() {
    for by_bytes in [false, true] {
        let (client, mut peer) = limited(3, by_bytes, OverflowPolicy::Close).await;
        let mut full = client.subscribe(Filter::all()).expect("a subscription");
        let mut other = client.subscribe(Filter::names(["Rare"]).expect("names")).expect("a subscription");
        peer.say(news(0..3)).await;
        settle(&client, &mut peer).await;
        peer.say(news(3..4)).await;
        settle(&client, &mut peer).await;
        peer.say(format!("{}Event: Rare\r\nN: 0009\r\n\r\n", news(4..5))).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut full), ["0", "1", "2", "lost 1"]);
        assert_eq!(kind(&full.next().await), Some(ErrorKind::Overflow));
        assert_eq!(waiting(&mut other), ["9"]);
        assert!(client.is_open());
    }
}

#[tokio::test]
async fn queue_lagged_markers_come_only_to_filters_that_name_them() {
    for policy in [OverflowPolicy::DropOldest, OverflowPolicy::DropNewest] {
        let (client, mut peer) = limited(2, false, policy).await;
        let mut quiet = client.subscribe(Filter::names(["News"]).expect("names")).expect("a subscription");
        let mut told = client.subscribe(Filter::names(["news", "#Lagged"]).expect("names")).expect("a subscription");
        let mut unconcerned =
            client.subscribe(Filter::names(["Rare", "#lagged"]).expect("names")).expect("a subscription");
        peer.say(news(0..5)).await;
        settle(&client, &mut peer).await;
        let (quietly, loudly) = match policy {
            OverflowPolicy::DropOldest => (["3", "4"], ["lost 3", "3", "4"]),
            _ => (["0", "1"], ["0", "1", "lost 3"]),
        };
        assert_eq!(waiting(&mut quiet), quietly);
        assert_eq!(waiting(&mut told), loudly);
        assert!(waiting(&mut unconcerned).is_empty(), "it lost nothing that it wanted");
    }
}

#[tokio::test]
async fn queue_counts_an_event_larger_than_itself_as_lost() {
    for policy in [OverflowPolicy::DropOldest, OverflowPolicy::DropNewest] {
        let (client, mut peer) = limited(2, true, policy).await;
        let mut subscription = client.subscribe(Filter::all()).expect("a subscription");
        peer.say(format!("Event: Big\r\nN: {}\r\n\r\n", "x".repeat(5000))).await;
        settle(&client, &mut peer).await;
        peer.say(news(1..3)).await;
        settle(&client, &mut peer).await;
        assert_eq!(waiting(&mut subscription), ["lost 1", "1", "2"], "{policy:?}");
    }
}

#[tokio::test]
async fn queue_of_a_reader_that_never_reads_harms_nobody() {
    let (client, mut peer) = limited(10, false, OverflowPolicy::DropOldest).await;
    let mut idle = client.subscribe(Filter::all()).expect("a subscription");
    let mut reader = client.subscribe(Filter::all()).expect("a subscription");
    let reading = tokio::spawn(async move {
        let (mut events, mut lost) = (0, 0);
        while events + lost < 20_000 {
            let event = patience("an event", reader.next()).await.expect("an event");
            match event.kind() {
                MessageKind::Lagged => {
                    lost += event.text("Lost").expect("a number").parse::<usize>().expect("a number")
                }
                _ => events += 1,
            }
        }
        events + lost
    });
    for block in 0..20 {
        peer.say(news(block * 1000..(block + 1) * 1000)).await;
    }
    settle(&client, &mut peer).await;
    assert_eq!(joined(reading).await, 20_000, "every loss is counted");
    let left = waiting(&mut idle);
    assert_eq!((left.len(), left[0].as_str(), left[10].as_str()), (11, "lost 19990", "19999"));
}
