//! Calls a phone, connects it to an extension, and says what became of it:
//! originate HOST PORT USER SECRET CHANNEL CONTEXT EXTENSION

use std::time::Duration;

use ami::client::Originate;
use ami::{Client, Config};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret, channel, context, extension] = arguments.as_slice() else {
        return Err("usage: originate HOST PORT USER SECRET CHANNEL CONTEXT EXTENSION".into());
    };
    let client = Client::connect(Config::new(host, user, secret).port(port.parse()?)).await?;
    let call = Originate::new(channel).extension(context, extension, "1").timeout(Duration::from_secs(20));
    let outcome = client.originate(&call).await?;
    println!("{}: {}", outcome.reason().name(), outcome.event().text("Channel").unwrap_or_default());
    client.close().await?;
    if outcome.is_answered() { Ok(()) } else { Err("the call was not answered".into()) }
}
