//! Has two ports of a gateway text each other: gateway HOST PORT USER SECRET SPAN OTHER NUMBER
//!
//! SPAN sends to NUMBER, which is OTHER's, and OTHER answers.

use ami::gsm::{Gateway, InboxItem, Incoming, SmsRequest};
use ami::{Config, Reconnect};
use std::time::Duration;
use tokio::time::timeout;

const TEXT: &str = "Are you there, 您好吗?";
const ANSWER: &str = "I am here";

async fn talk(gateway: &Gateway, port: &str, other: &str, number: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut inbox = gateway.inbox()?;
    let receipt = gateway.send(&SmsRequest::new(port, number, TEXT).id("question")).await?;
    println!("port {}: {}", receipt.port(), receipt.outcome().name());
    loop {
        match timeout(Duration::from_secs(60), inbox.next_item()).await?? {
            InboxItem::Incoming(Incoming::Sms(sms)) if sms.port() == other && sms.text() == TEXT => {
                println!("port {other}: from {}", sms.sender());
                let receipt = gateway.send(&SmsRequest::new(other, sms.sender(), ANSWER).id("answer")).await?;
                println!("port {}: {}", receipt.port(), receipt.outcome().name());
            }
            InboxItem::Incoming(Incoming::Sms(sms)) if sms.port() == port && sms.text() == ANSWER => {
                println!("port {port}: from {}: {}", sms.sender(), sms.text());
                return Ok(());
            }
            InboxItem::Incoming(Incoming::Report(report)) => {
                println!("port {}: {} is {}", report.port(), report.id().unwrap_or("?"), report.outcome().name());
            }
            InboxItem::Marker(_) => eprintln!("something may have been missed"),
            _ => {}
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, at, user, secret, port, other, number] = arguments.as_slice() else {
        return Err("usage: gateway HOST PORT USER SECRET SPAN OTHER NUMBER".into());
    };
    let reconnect = Reconnect::new(Duration::from_secs(1), Duration::from_secs(60));
    let config = Config::new(host, user, secret).port(at.parse()?).reconnect(reconnect);
    let gateway = Gateway::connect(config).await?;
    println!("dialect: {}", gateway.dialect());
    for status in gateway.ports().await? {
        if [port, other].contains(&&status.port().to_string()) {
            println!("port {}: {}; {}", status.port(), status.peer_text(), status.operator().unwrap_or("no network"));
        }
    }
    let talked = talk(&gateway, port, other, number).await;
    gateway.close().await?;
    talked
}
