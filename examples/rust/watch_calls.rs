//! Prints calls as they begin and end, also after the connection was lost: watch_calls HOST PORT USER SECRET

use std::time::Duration;

use ami::{Client, Config, Filter, Reconnect};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret] = arguments.as_slice() else {
        return Err("usage: watch_calls HOST PORT USER SECRET".into());
    };
    let again = Reconnect::new(Duration::from_secs(1), Duration::from_secs(60));
    let client = Client::new(Config::new(host, user, secret).port(port.parse()?).reconnect(again))?;
    // Subscribed before it connects: so no event is missed.
    let mut calls = client.subscribe(Filter::names(["Newchannel", "Hangup", "#gap", "#lagged"])?)?;
    client.open().await?;
    eprintln!("watching");
    loop {
        let event = calls.next().await?;
        let value = |name| event.text(name).unwrap_or_else(|| "?".into());
        match &*String::from_utf8_lossy(event.name()) {
            // The connection was lost: events of that time are missing.
            "#gap" => println!("gap from {} to {}: {}", value("From"), value("Until"), value("Cause")),
            // This program was too slow.
            "#lagged" => println!("lost {} events", value("Lost")),
            name => println!("{name} {} {}", value("Channel"), value("Cause-txt")),
        }
    }
}
