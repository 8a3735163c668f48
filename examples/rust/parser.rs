//! The parser alone, in a program's own loop: logs in, prints events as they come. parser HOST PORT USER SECRET

use std::io::{Read, Write};
use std::net::TcpStream;

use ami::protocol::Parser;
use ami::{Action, MessageKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret] = arguments.as_slice() else {
        return Err("usage: parser HOST PORT USER SECRET".into());
    };
    let mut socket = TcpStream::connect((host.as_str(), port.parse()?))?;
    let mut parser = Parser::new();
    parser.expect_action_id(b"1");
    let login = Action::new("Login").with("ActionID", "1").with("Username", user).with("Secret", secret);
    socket.write_all(&login.to_bytes()?)?;
    let mut bytes = [0; 4096];
    loop {
        let count = socket.read(&mut bytes)?;
        if count == 0 {
            parser.finish()?;
            return Ok(());
        }
        parser.feed(&bytes[..count])?;
        while let Some(message) = parser.next()? {
            let name = String::from_utf8_lossy(message.name()).into_owned();
            match message.kind() {
                MessageKind::Response => println!("answer: {name}, {}", message.text("Message").unwrap_or_default()),
                _ => println!("event: {name}, {} headers", message.len()),
            }
        }
    }
}
