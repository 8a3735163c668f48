//! Logs in and says which Asterisk answered: login HOST PORT USER SECRET

use ami::{Action, Client, Config};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret] = arguments.as_slice() else {
        return Err("usage: login HOST PORT USER SECRET".into());
    };
    let client = Client::connect(Config::new(host, user, secret).port(port.parse()?)).await?;
    let settings = client.call(&Action::new("CoreSettings")).await?;
    println!("logged in: Asterisk {}", settings.text("AsteriskVersion").unwrap_or_default());
    client.close().await?;
    Ok(())
}
