//! Prints SMS as they come in, COUNT of them or for ever: read_sms HOST PORT USER SECRET [COUNT]

use ami::{Client, Config};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret, count @ ..] = arguments.as_slice() else {
        return Err("usage: read_sms HOST PORT USER SECRET [COUNT]".into());
    };
    let count = count.first().map_or(Ok(u64::MAX), |count| count.parse())?;
    let client = Client::new(Config::new(host, user, secret).port(port.parse()?).event_mask("dialplan"))?;
    // Subscribed before the client is open, so that no SMS is missed.
    let mut inbox = client.inbox()?;
    client.open().await?;
    eprintln!("waiting for SMS");
    for _ in 0..count {
        let sms = inbox.next().await?;
        println!("from {} on port {} at {}: {}", sms.sender(), sms.port(), sms.time(), sms.text());
    }
    client.close().await?;
    Ok(())
}
