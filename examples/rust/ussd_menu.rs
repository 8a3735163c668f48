//! Walks through a USSD menu; each line that is typed answers it: ussd_menu HOST PORT USER SECRET GSMPORT CODE

use ami::Config;
use ami::gsm::Gateway;
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, at, user, secret, port, code] = arguments.as_slice() else {
        return Err("usage: ussd_menu HOST PORT USER SECRET GSMPORT CODE".into());
    };
    let gateway = Gateway::connect(Config::new(host, user, secret).port(at.parse()?)).await?;
    let mut dialogue = gateway.dial(port.as_str(), code, None).await?;
    println!("{}", dialogue.reply().text());
    let mut lines = BufReader::new(stdin()).lines();
    while dialogue.is_open()
        && let Some(line) = lines.next_line().await?
    {
        println!("{}", dialogue.answer(&line).await?.text());
    }
    gateway.close().await?;
    Ok(())
}
