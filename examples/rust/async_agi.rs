//! Answers the calls that the dialplan hands over by AGI(agi:async), asks each for a digit, and gives them back with the
//! variable CHOICE: async_agi HOST PORT USER SECRET

use ami::typed::actions::AGI;
use ami::typed::events::{AsyncAGIExec, AsyncAGIStart};
use ami::{Client, Config, Event, Filter};

/// What happens in a call. The name of a step is the CommandID of its command and comes back with the result, so the program
/// need not remember its calls.
async fn run(client: &Client, of_call: &Event, step: &str, digit: char) {
    // The name of now: a channel may be renamed.
    let channel = of_call.text("Channel").unwrap_or_default();
    let command = match step {
        "menu-answer" => "ANSWER".to_owned(),
        "menu-play" => "STREAM FILE beep \"\"".to_owned(),
        "menu-ask" => "WAIT FOR DIGIT 5000".to_owned(),
        "menu-set" => format!("SET VARIABLE CHOICE {digit}"),
        // The dialplan goes on behind AGI(agi:async).
        _ => "ASYNCAGI BREAK".to_owned(),
    };
    println!("{channel}: {command}");
    // The server only puts the command into the call's queue; an event brings the result.
    if let Err(error) = AGI::new(&*channel).command(command).command_id(step).call(client).await {
        // The call is gone.
        eprintln!("{channel}: {error}");
    }
}

/// The number of a result, which comes as `200%20result%3D53%0A`: a `%XX` stands for a byte.
fn number(result: &str) -> Option<i32> {
    result.strip_prefix("200%20result%3D")?.split('%').next()?.parse().ok()
}

async fn go_on(client: &Client, done: &Event) {
    let step = done.text("CommandID").unwrap_or_default();
    let result = number(&done.text("Result").unwrap_or_default()).unwrap_or(-1);
    match (&*step, u8::try_from(result).map(char::from)) {
        ("menu-answer", _) => run(client, done, "menu-play", ' ').await,
        ("menu-play", _) => run(client, done, "menu-ask", ' ').await,
        // Nothing was pressed.
        ("menu-ask", Ok('\0')) | ("menu-set", _) => run(client, done, "menu-leave", ' ').await,
        ("menu-ask", Ok(digit)) => run(client, done, "menu-set", digit).await,
        // The caller has hung up, another program's command, or our last one.
        _ => {}
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret] = arguments.as_slice() else {
        return Err("usage: async_agi HOST PORT USER SECRET".into());
    };
    let client = Client::connect(Config::new(host, user, secret).port(port.parse()?)).await?;
    let mut calls = client.subscribe(Filter::names(["AsyncAGIStart", "AsyncAGIExec", "AsyncAGIEnd"])?)?;
    eprintln!("waiting for calls");
    loop {
        let event = calls.next().await?;
        if event.view::<AsyncAGIStart>().is_some() {
            run(&client, &event, "menu-answer", ' ').await;
        } else if event.view::<AsyncAGIExec>().is_some() {
            go_on(&client, &event).await;
        } else {
            // Of what was still in its queue, no event tells.
            println!("{}: over", event.text("Channel").unwrap_or_default());
        }
    }
}
