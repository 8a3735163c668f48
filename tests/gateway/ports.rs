//! Ports: status, power and reload.

use ami::gsm::Power;
use ami::simulator::Model;
use ami::{ErrorKind, simulator};

use crate::{MODELS, both, first, port};
use support::clock::patience;

#[tokio::test]
async fn ports_show_their_state() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let span = first(model) + 1;
        let state = simulator.state(span).expect("a port").sim(simulator::Sim::Missing);
        simulator.set_state(span, state);
        let ports = patience("the ports", gateway.ports()).await.expect("ports");
        assert_eq!(ports.len(), 4, "{}", model.name());
        assert_eq!(ports[0].port(), &port(model, first(model)));
        assert!(ports[0].is_up() && ports[0].has_sim() && !ports[1].is_up(), "{}: {ports:?}", model.name());
        let signal = ports[0].signal().unwrap_or_else(|| panic!("{}: no signal", model.name()));
        assert!((-113..=-51).contains(&signal.dbm()) && signal.bars() <= 5);
        assert!(ports[0].operator().is_some() && ports[0].is_registered(), "{}: {:?}", model.name(), ports[0]);
    }
}

#[tokio::test]
async fn ports_power_and_reload() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let span = first(model);
        let off = patience("the command", gateway.power(port(model, span), Power::Off)).await;
        let has_none = match model {
            Model::Yeastar => Some(ErrorKind::Unsupported),
            Model::OpenVox2013 => Some(ErrorKind::Command),
            _ => None,
        };
        if let Some(kind) = has_none {
            assert_eq!(off.expect_err("it has no such command").kind(), kind);
            continue;
        }
        off.unwrap_or_else(|error| panic!("{}: {error}", model.name()));
        assert!(!simulator.state(span).expect("a port").power, "{}", model.name());
        patience("the command", gateway.power(port(model, span), Power::On)).await.expect("on");
        assert!(simulator.state(span).expect("a port").power, "{}", model.name());
        patience("the command", gateway.power(port(model, span), Power::Reset)).await.expect("reset");
        patience("the command", gateway.reload(port(model, span))).await.expect("reloaded");
    }
}
