//! The dialect: found by what a server has, or chosen by the caller.

use ami::ErrorKind;
use ami::gsm::{Dialect, Gateway};
use ami::simulator::Options;

use crate::{MODELS, both, config, connect, simulate};
use support::clock::patience;

#[tokio::test]
async fn dialect_is_found_without_sending_anything() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        assert_eq!(gateway.dialect().to_string(), model.name());
        assert!(simulator.sent().is_empty(), "{}", model.name());
        patience("the end", gateway.close()).await.expect("closed");
    }
}

#[tokio::test]
async fn dialect_of_a_server_without_gateway_is_unsupported() {
    // Whoever may run no commands learns nothing of them.
    let simulator = simulate(Options::default().write("system".into())).await;
    let error = patience("the answer", Gateway::connect(config(&simulator))).await.expect_err("no gateway");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("choose a dialect"), "{error}");
    // The caller's choice wins.
    let gateway = connect(config(&simulator).dialect("allo")).await;
    assert_eq!(*gateway.dialect(), Dialect::Allo);
    let error =
        patience("the answer", Gateway::connect(config(&simulator).dialect("nokia"))).await.expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("openvox-firmware"), "{error}");
}
