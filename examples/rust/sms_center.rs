//! Prints SMS as they come in and sends those typed as "SPAN NUMBER TEXT": sms_center HOST PORT USER SECRET

use ami::gsm::SmsRequest;
use ami::{Client, Config};
use tokio::io::{AsyncBufReadExt, BufReader};

async fn send(client: &Client, line: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut words = line.splitn(3, ' ');
    let (Some(span), Some(number), Some(text)) = (words.next(), words.next(), words.next()) else {
        return Err("write: SPAN NUMBER TEXT".into());
    };
    client.send_sms(&SmsRequest::new(span, number, text)).await?;
    Ok(format!("sent to {number}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret] = arguments.as_slice() else {
        return Err("usage: sms_center HOST PORT USER SECRET".into());
    };
    let client = Client::connect(Config::new(host, user, secret).port(port.parse()?).event_mask("dialplan")).await?;
    let mut inbox = client.inbox()?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            sms = inbox.next() => {
                let sms = sms?;
                println!("from {} on port {}: {}", sms.sender(), sms.port(), sms.text());
            }
            line = lines.next_line() => match line? {
                Some(line) => println!("{}", send(&client, &line).await.unwrap_or_else(|error| error.to_string())),
                None => break,
            }
        }
    }
    client.close().await?;
    Ok(())
}
