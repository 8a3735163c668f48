//! Logs in through TLS, to a server whose certificate an authority of a file has signed: tls HOST PORT USER SECRET CA-FILE

use ami::client::Tls;
use ami::{Client, Config};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret, ca_file] = arguments.as_slice() else {
        return Err("usage: tls HOST PORT USER SECRET CA-FILE".into());
    };
    // Or Tls::new() alone: the authorities that the system trusts.
    let config = Config::new(host, user, secret).port(port.parse()?).tls(Tls::new().ca_file(ca_file));
    let client = Client::connect(config).await?;
    println!("logged in through TLS");
    client.close().await?;
    Ok(())
}
