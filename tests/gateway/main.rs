//! Gateways of every dialect, played by the simulator: sending, receipts, queues, incoming messages, USSD, ports.
#![cfg(feature = "simulator")]

mod detection;
mod incoming;
mod ports;
mod queue;
mod receipts;
mod sending;
mod ussd;

use std::time::Duration;

use ami::gsm::{Gateway, GatewayConfig, Inbox, InboxItem, Incoming, Outcome, Port, Receipt, SendError, Sms};
use ami::simulator::{Model, Options, Simulator};
use ami::{Config, ErrorKind};

use support::clock::patience;

const MODELS: [Model; 7] = [
    Model::OpenVox,
    Model::OpenVoxFirmware,
    Model::OpenVox2013,
    Model::Allo,
    Model::Yeastar,
    Model::Dongle,
    Model::Quectel,
];

async fn simulate(options: Options) -> Simulator {
    Simulator::start(options).await.expect("a simulator")
}

async fn of(model: Model) -> Simulator {
    simulate(Options::default().model(model).second(Duration::from_millis(50))).await
}

fn client_config(simulator: &Simulator) -> Config {
    Config::new("127.0.0.1", "admin", "amp111").port(simulator.port())
}

fn config(simulator: &Simulator) -> GatewayConfig {
    of_client(client_config(simulator))
}

fn of_client(config: Config) -> GatewayConfig {
    // The simulator's late messages are not so late as real ones.
    GatewayConfig::new(config).port_cooldown(Duration::from_millis(100))
}

async fn connect(config: GatewayConfig) -> Gateway {
    patience("the login", Gateway::connect(config)).await.expect("a gateway")
}

async fn both(model: Model) -> (Simulator, Gateway) {
    let simulator = of(model).await;
    let gateway = connect(config(&simulator)).await;
    (simulator, gateway)
}

/// The port that a span of the simulator is.
fn port(model: Model, span: u32) -> Port {
    match model {
        Model::Dongle => format!("dongle{}", span - 1).as_str().into(),
        Model::Quectel => format!("quectel{}", span - 1).as_str().into(),
        _ => span.into(),
    }
}

fn first(model: Model) -> u32 {
    if model == Model::Yeastar { 2 } else { 1 }
}

async fn next_sms(inbox: &mut Inbox) -> Sms {
    patience("an SMS", inbox.next()).await.expect("an SMS")
}

async fn next(inbox: &mut Inbox) -> Incoming {
    loop {
        match patience("something that comes in", inbox.next_item()).await.expect("an open inbox") {
            InboxItem::Incoming(incoming) => return incoming,
            InboxItem::Marker(_) => {}
            _ => unreachable!("there is nothing else"),
        }
    }
}

fn outcomes(receipt: &Receipt) -> Vec<Outcome> {
    receipt.each_part().iter().map(ami::gsm::PartReceipt::outcome).collect()
}

fn refusal(result: Result<Receipt, SendError>) -> (ErrorKind, Option<Outcome>) {
    let error = result.expect_err("it is not said to be sent");
    (error.kind(), error.receipt().map(Receipt::outcome))
}
