//! Says how many calls there are, and from then on how each one ends: hangups HOST PORT USER SECRET

use ami::client::FilteredBy;
use ami::typed::EventFilter;
use ami::typed::actions::CoreStatus;
use ami::typed::events::Hangup;
use ami::{Client, Config, Filter};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret] = arguments.as_slice() else {
        return Err("usage: hangups HOST PORT USER SECRET".into());
    };
    let client = Client::connect(Config::new(host, user, secret).port(port.parse()?)).await?;
    // Each action is a type, and each event has a view.
    let status = CoreStatus::new().call(&client).await?;
    println!("calls: {}", status.text("CoreCurrentCalls").unwrap_or_default());
    let mut hangups = client.subscribe(Filter::names(["Hangup"])?)?;
    // The server sends no other events to this session.
    match client.filter_events(&EventFilter::new().include("Hangup")).await? {
        FilteredBy::Criteria => println!("filtered by criteria"),
        FilteredBy::Expressions => println!("filtered by expressions"),
        _ => println!("filtered by client: this server knows no filters"),
    }
    loop {
        let event = hangups.next().await?;
        if let Some(hangup) = event.view::<Hangup>() {
            // `None` if the server did not say it; what libami does not know is in the event itself.
            let name = hangup.channel().name().unwrap_or_default().into_owned();
            let cause = hangup.cause().map(|number| number.to_string()).unwrap_or_default();
            println!("{name} {cause} {}", event.text("Cause-txt").unwrap_or_default());
        }
    }
}
