//! Sends an SMS and says what became of it: send_sms HOST PORT USER SECRET SPAN NUMBER TEXT

use std::time::Duration;

use ami::gsm::{Gateway, SmsRequest};
use ami::{Config, ErrorKind};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret, span, number, text] = arguments.as_slice() else {
        return Err("usage: send_sms HOST PORT USER SECRET SPAN NUMBER TEXT".into());
    };
    let gateway = Gateway::connect(Config::new(host, user, secret).port(port.parse()?)).await?;
    let request = SmsRequest::new(span.as_str(), number, text).timeout(Duration::from_secs(20));
    match gateway.send(&request).await {
        Ok(receipt) => println!("{}: {}", receipt.outcome().name(), String::from_utf8_lossy(receipt.peer_text())),
        // It may still go out, so a program must not just send it again.
        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => println!("unknown: {error}"),
        Err(error) => return Err(error.into()),
    }
    gateway.close().await?;
    Ok(())
}
