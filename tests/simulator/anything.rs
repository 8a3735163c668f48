//! Nothing that a client sends can make a gateway panic or hang.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ami::simulator::{Model, Options};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::{Client, start};
use support::clock::PATIENCE;

/// Words that gateways know, and what may go wrong around them.
fn word() -> impl Strategy<Value = String> {
    let known = [
        "gsm",
        "allogsm",
        "dongle",
        "quectel",
        "core",
        "send",
        "sync",
        "sms",
        "csms",
        "syncsms",
        "pdu",
        "ussd",
        "at",
        "set",
        "show",
        "mode",
        "smsc",
        "coding",
        "text",
        "utf-8",
        "ascii",
        "span",
        "spans",
        "all",
        "power",
        "on",
        "off",
        "reset",
        "stat",
        "reload",
        "check",
        "phone",
        "version",
        "help",
        "devices",
        "dongle0",
        "1",
        "2",
        "0",
        "-1",
        "+111",
        "99999999999999999999",
        "*100#",
        "\"",
        "\\",
        "%",
        "%0A+",
        "\"a b\"",
        "😀",
        "é",
        "0001000391222F000003E1F01B",
    ];
    prop_oneof![
        9 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "[0-9A-F]{0,40}",
        1 => "\\PC{0,12}",
    ]
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    let actions = [
        "Command",
        "smscommand",
        "DongleSendSMS",
        "DongleSendPDU",
        "DongleSendUSSD",
        "DongleReset",
        "DongleShowDevices",
        "QuectelSendSMS",
        "ListCommands",
        "UserEvent",
        "Events",
        "Ping",
        "Dongle",
        "",
    ];
    let headers =
        ["Command", "Device", "Number", "Message", "USSD", "PDU", "Validity", "Report", "EventMask", "ActionID"];
    let header = (proptest::sample::select(headers.to_vec()), proptest::collection::vec(word(), 0..10))
        .prop_map(|(name, words)| format!("{name}: {}\r\n", words.join(" ")));
    prop_oneof![
        9 => (proptest::sample::select(actions.to_vec()), proptest::collection::vec(header, 0..5))
            .prop_map(|(action, headers)| format!("Action: {action}\r\n{}\r\n", headers.concat()).into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..2000),
    ]
}

#[test]
fn simulator_answers_anything_that_a_client_sends() {
    // The gateway's tasks run on this thread, and one that panics tells nobody else.
    let panics = Arc::new(AtomicUsize::new(0));
    let (here, counted, usual) = (std::thread::current().id(), Arc::clone(&panics), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        counted.fetch_add(usize::from(std::thread::current().id() == here), Ordering::Relaxed);
        usual(panic);
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let cases = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) };
    for &model in Model::ALL {
        let options = Options::default()
            .model(model)
            .bg111(true)
            .second(Duration::from_micros(10))
            .numbers(vec!["+111".into(), "222".into()]);
        let gateway = runtime.block_on(start(options));
        let strategy = proptest::collection::vec(request(), 1..12);
        let mut runner = TestRunner::new(cases.clone());
        let result = runner.run(&strategy, |requests| {
            runtime.block_on(async {
                let mut client = Client::login_for(&gateway, "off").await;
                // As there may be half a request before.
                let end = b"\r\n\r\nAction: Ping\r\nActionID: the last\r\n\r\n";
                let (mut reader, mut writer) = client.stream.split();
                let bytes = [requests.concat().as_slice(), end].concat();
                let mut said = Vec::new();
                let all = async {
                    tokio::join!(async { writer.write_all(&bytes).await.expect("it reads") }, async {
                        while !said.ends_with(b"\r\n\r\n") || !said.windows(8).any(|window| window == b"the last") {
                            assert!(reader.read_buf(&mut said).await.expect("it speaks") > 0, "it hung up");
                        }
                    });
                };
                tokio::time::timeout(PATIENCE, all).await.expect("an answer in time");
            });
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{model}: {error}"));
        assert_eq!(panics.load(Ordering::Relaxed), 0, "{model}");
    }
}
