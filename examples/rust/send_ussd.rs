//! Sends a USSD code and prints the network's reply: send_ussd HOST PORT USER SECRET SPAN CODE

use std::time::Duration;

use ami::Config;
use ami::gsm::Gateway;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret, span, code] = arguments.as_slice() else {
        return Err("usage: send_ussd HOST PORT USER SECRET SPAN CODE".into());
    };
    let gateway = Gateway::connect(Config::new(host, user, secret).port(port.parse()?)).await?;
    let reply = gateway.send_ussd(span.as_str(), code, Some(Duration::from_secs(30))).await?;
    println!("reply: {}", reply.text());
    if reply.wants_answer() {
        println!("the network waits for an answer: send it as another code");
    }
    gateway.close().await?;
    Ok(())
}
