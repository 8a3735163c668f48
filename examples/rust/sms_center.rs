//! Prints SMS as they come in and sends those typed as "PORT NUMBER TEXT": sms_center HOST PORT USER SECRET

use ami::Config;
use ami::gsm::{Gateway, SmsRequest};
use tokio::io::{AsyncBufReadExt, BufReader};

async fn send(gateway: &Gateway, line: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut words = line.splitn(3, ' ');
    let (Some(port), Some(number), Some(text)) = (words.next(), words.next(), words.next()) else {
        return Err("write: PORT NUMBER TEXT".into());
    };
    let receipt = gateway.send(&SmsRequest::new(port, number, text)).await?;
    // "sent", or "queued" where a gateway does not say what became of it.
    Ok(format!("{} to {number}", receipt.outcome().name()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret] = arguments.as_slice() else {
        return Err("usage: sms_center HOST PORT USER SECRET".into());
    };
    let gateway = Gateway::connect(Config::new(host, user, secret).port(port.parse()?)).await?;
    let mut inbox = gateway.inbox()?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            sms = inbox.next() => {
                let sms = sms?;
                println!("from {} on port {}: {}", sms.sender(), sms.port(), sms.text());
            }
            line = lines.next_line() => match line? {
                Some(line) => println!("{}", send(&gateway, &line).await.unwrap_or_else(|error| error.to_string())),
                None => break,
            }
        }
    }
    gateway.close().await?;
    Ok(())
}
