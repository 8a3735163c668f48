//! Sends a USSD code and prints the network's reply: send_ussd HOST PORT USER SECRET SPAN CODE

use std::time::Duration;

use ami::{Client, Config};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret, span, code] = arguments.as_slice() else {
        return Err("usage: send_ussd HOST PORT USER SECRET SPAN CODE".into());
    };
    let client = Client::connect(Config::new(host, user, secret).port(port.parse()?).event_mask("off")).await?;
    let reply = client.send_ussd(span.as_str(), code, Some(Duration::from_secs(30))).await?;
    println!("reply: {}", reply.text());
    if reply.wants_answer() {
        println!("the network waits for an answer: send it as another code");
    }
    client.close().await?;
    Ok(())
}
