//! Prints SMS as they come in, COUNT of them or for ever: read_sms HOST PORT USER SECRET [COUNT]

use ami::Config;
use ami::gsm::Gateway;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret, count @ ..] = arguments.as_slice() else {
        return Err("usage: read_sms HOST PORT USER SECRET [COUNT]".into());
    };
    let count = count.first().map_or(Ok(u64::MAX), |count| count.parse())?;
    let gateway = Gateway::connect(Config::new(host, user, secret).port(port.parse()?)).await?;
    let mut inbox = gateway.inbox()?;
    eprintln!("waiting for SMS");
    for _ in 0..count {
        let sms = inbox.next().await?;
        println!("from {} on port {} at {}: {}", sms.sender(), sms.port(), sms.time(), sms.text());
    }
    gateway.close().await?;
    Ok(())
}
