//! Incoming messages and reports, for each gateway.

use std::time::Duration;

use ami::gsm::{InboxItem, Incoming, Outcome};
use ami::simulator::{Model, Options, UssdReply};
use ami::{ErrorKind, simulator};

use crate::{MODELS, both, client_config, config, connect, first, next, next_sms, of, of_client, port, simulate};
use support::clock::{patience, until};

#[tokio::test]
async fn incoming_sms_come_whole_from_every_gateway() {
    let long = "0123456789".repeat(40);
    let wide = "您当前帐户余额😀".repeat(20);
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let span = first(model) + 1;
        for (sender, text) in [
            ("+8613632919026", "hello"),
            ("10086", "say \"hi\" \\ back `tick` $x"),
            ("OpenVox", "café 您好"),
            ("10086", "two\nlines"),
            ("10086", &long),
            ("10086", &wide),
        ] {
            let message = simulator::Incoming::new(sender, text).time("2014/09/11 09:36:47".into());
            assert!(simulator.deliver(span, &message) > 0);
            let sms = next_sms(&mut inbox).await;
            assert_eq!((sms.sender(), sms.text(), sms.is_complete()), (sender, text, true), "{}", model.name());
            assert_eq!(sms.port(), port(model, span).to_string(), "{}", model.name());
            match model {
                Model::Yeastar => assert_eq!(sms.time(), "2014-09-11T09:36:47"),
                _ => {
                    assert_eq!(sms.time(), "2014-09-11T09:36:47+08:00");
                    assert_eq!((sms.smsc(), sms.pdus().len()), (Some("+8613800755500"), sms.parts() as usize));
                }
            }
        }
        // Each came once.
        simulator.deliver_sms(span, "10086", "the last", "2014/09/11 09:36:47");
        assert_eq!(next_sms(&mut inbox).await.text(), "the last", "{}", model.name());
    }
}

#[tokio::test]
async fn incoming_ten_parts_out_of_order_and_some_twice_make_one_message() {
    let text = "0123456789".repeat(150);
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let parts = vec![7, 3, 3, 10, 1, 9, 2, 8, 7, 4, 6, 5];
        let message = simulator::Incoming::new("10086", &*text).parts(parts);
        simulator.deliver(first(model), &message);
        let sms = next_sms(&mut inbox).await;
        assert_eq!((sms.text(), sms.is_complete()), (&*text, true), "{}", model.name());
        assert_eq!(sms.parts(), 10);
    }
}

#[tokio::test]
async fn incoming_part_that_does_not_come_is_missing_after_a_time() {
    for model in [Model::OpenVox, Model::Allo, Model::Yeastar, Model::Dongle, Model::Quectel] {
        let simulator = of(model).await;
        let gateway = connect(config(&simulator).parts_timeout(Duration::from_millis(200))).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let text = "0123456789".repeat(40);
        let message = simulator::Incoming::new("10086", &*text).parts(vec![3, 1]);
        simulator.deliver(first(model), &message);
        let sms = next_sms(&mut inbox).await;
        assert_eq!((sms.parts(), sms.missing()), (3, &[2][..]), "{}", model.name());
        assert_eq!(sms.text(), [&text[..153], &text[306..]].concat(), "{}", model.name());
    }
}

#[tokio::test]
async fn incoming_parts_that_wait_are_delivered_at_the_end() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    let mut inbox = gateway.inbox().expect("an inbox");
    let message = simulator::Incoming::new("10086", "x".repeat(200)).parts(vec![2]);
    simulator.deliver(1, &message);
    simulator.deliver_sms(1, "10086", "whole", "2014/09/11 09:36:47");
    assert_eq!(next_sms(&mut inbox).await.text(), "whole");
    patience("the end", gateway.close()).await.expect("closed");
    let sms = next_sms(&mut inbox).await;
    assert_eq!((sms.text().len(), sms.missing()), (47, &[1][..]));
    assert_eq!(patience("the end", inbox.next()).await.expect_err("it has ended").kind(), ErrorKind::Closed);
}

#[test]
fn inbox_ends_with_the_runtime_that_read_it() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let readers = runtime();
    let (simulator, mut inbox) = readers.block_on(async {
        let (simulator, gateway) = both(Model::OpenVox).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let part = simulator::Incoming::new("10086", "x".repeat(200)).parts(vec![2]);
        simulator.deliver(1, &part);
        simulator.deliver_sms(1, "10086", "whole", "2014/09/11 09:36:47");
        assert_eq!(next_sms(&mut inbox).await.text(), "whole");
        // It is not closed.
        std::mem::forget(gateway);
        (simulator, inbox)
    });
    drop(readers);
    runtime().block_on(async {
        assert_eq!(next_sms(&mut inbox).await.missing(), [1]);
        let error = patience("the end", inbox.next()).await.expect_err("it has ended");
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
    });
    drop(simulator);
}

#[tokio::test]
async fn incoming_sms_come_to_accounts_that_see_less_and_in_text_mode() {
    for model in [Model::OpenVox, Model::OpenVoxFirmware, Model::Allo] {
        // Without the class of calls nothing tells of the channels.
        for read in ["all", "dialplan,system"] {
            let simulator = simulate(Options::default().model(model).read(read.into())).await;
            let gateway = connect(config(&simulator)).await;
            let mut inbox = gateway.inbox().expect("an inbox");
            let message = |text: &str| simulator::Incoming::new("10086", text).time("2014/09/11 09:36:47".into());
            if model != Model::Allo {
                simulator.deliver(3, &message("by the dialplan \"alone\"").without_variables(true));
                let sms = next_sms(&mut inbox).await;
                assert_eq!((sms.span(), sms.text()), (3, "by the dialplan \"alone\""));
                assert_eq!((sms.sender(), sms.time()), ("10086", "2014-09-11T09:36:47"));
            }
            simulator.deliver(3, &message("in text mode \\ \"x\"").text_mode(true));
            let sms = next_sms(&mut inbox).await;
            assert_eq!((sms.span(), sms.text(), sms.pdus().len()), (3, "in text mode \\ \"x\"", 0), "{}", model.name());
            assert!(sms.time().starts_with("2014-09-11T09:36:47"), "{}", sms.time());
            simulator.deliver(3, &message("at once").flash(true));
            let sms = next_sms(&mut inbox).await;
            assert_eq!((sms.text(), sms.class()), ("at once", Some(0)));
            // A PDU that was cut is of no use; the text is told besides.
            let pdu = Some("07916831087055".to_owned());
            simulator.deliver(3, &message("its PDU is broken").pdu(pdu));
            assert_eq!(next_sms(&mut inbox).await.text(), "its PDU is broken");
        }
    }
}

#[tokio::test]
async fn incoming_sms_that_dongles_repeat_comes_once() {
    for (base64_first, dongle_2019) in [(false, false), (true, false), (false, true), (true, true)] {
        let simulator = simulate(Options::default().model(Model::Dongle).dongle_2019(dongle_2019)).await;
        let gateway = connect(config(&simulator)).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        let long = format!("{}€{}", "x".repeat(200), "[y]".repeat(50));
        for (sender, text) in [
            ("10086", "one"),
            ("10086", "one"),
            ("10086", "two\n\nlines, one of them empty"),
            ("My Shop", "Balance"),
            ("\nMessage:Q", "the true text"),
            ("\r\n\r\nEvent:", "body"),
            ("10086", &long),
            ("10086", "5 € ^{}\\[~]|"),
            ("10086", "last"),
        ] {
            simulator.deliver(1, &simulator::Incoming::new(sender, text).base64_first(base64_first));
            let sms = next_sms(&mut inbox).await;
            assert_eq!((sms.sender(), sms.text()), (sender, text));
        }
        // A PDU that the driver cannot read.
        let pdu = "0791947101670000440B913306000020F10004623040214365400A0605040B8423F0010603".to_owned();
        simulator.deliver(1, &simulator::Incoming::new("", "").pdu(Some(pdu)));
        let notice = next_sms(&mut inbox).await;
        assert_eq!((notice.data(), notice.application_port()), (Some(&[1, 6, 3][..]), Some(2948)));
    }
}

#[tokio::test]
async fn incoming_reports_of_dongles_come_once_with_the_networks_words() {
    for (dongle_2019, id) in [(false, Some("p-7")), (true, None)] {
        let simulator = simulate(Options::default().model(Model::Dongle).dongle_2019(dongle_2019)).await;
        let client = connect(config(&simulator)).await;
        let mut inbox = client.inbox().expect("an inbox");
        let send = ami::Action::new("DongleSendSMS")
            .with("Device", "dongle0")
            .with("Number", "+4915112345")
            .with("Message", "hi")
            .with("Report", "yes")
            .with("Payload", "p-7");
        client.client().call(&send).await.expect("queued");
        let mut next_report = async || match next(&mut inbox).await {
            Incoming::Report(report) => report,
            other => panic!("nothing else comes, but {other:?}"),
        };
        if dongle_2019 {
            // The driver's own word comes first, with its own id.
            let sent = next_report().await;
            assert_eq!((sent.outcome(), sent.reference(), sent.id().is_some()), (Outcome::Sent, Some(0), true));
        }
        let report = next_report().await;
        assert_eq!((report.outcome(), report.id(), report.status()), (Outcome::Delivered, id, Some(0)));
        assert_eq!((report.recipient(), report.reference()), (Some("+4915112345"), Some(0)));
        let time = report.time().expect("a time");
        assert!(time.len() == 25 && time.as_bytes()[10] == b'T' && time.ends_with("+08:00"), "{time}");
    }
}

#[tokio::test]
async fn incoming_ussd_of_dongles_ends_as_the_network_says() {
    for dongle_2019 in [false, true] {
        let simulator = simulate(Options::default().model(Model::Dongle).dongle_2019(dongle_2019)).await;
        let gateway = connect(config(&simulator)).await;
        let reply = |text: &str, responses, dcs| UssdReply::Text { text: text.to_owned(), responses, dcs };
        let device = port(Model::Dongle, 1);
        for (said, text, asks) in [
            (reply("Balance", 0, 15), "Balance", false),
            (reply("1 More\n2 Less", 1, 15), "1 More\n2 Less", true),
            (reply("5€ {x} @ $", 0, 15), "5€ {x} @ $", false),
            (reply("Баланс 10 ₽", 0, 72), "Баланс 10 ₽", false),
            (reply("Session ended", 2, 15), "Session ended", false),
            (reply("", 0, 15), "", false),
        ] {
            simulator.set_ussd("*100#", said);
            let reply = patience("a reply", gateway.send_ussd(device.clone(), "*100#", None)).await.expect("a reply");
            assert_eq!((reply.text(), reply.wants_answer()), (text, asks));
        }
        for (said, kind, why) in [
            (reply("", 2, 15), ErrorKind::Ussd, "ended"),
            (reply("", 3, 15), ErrorKind::Ussd, "something else on the modem"),
            (reply("no", 4, 15), ErrorKind::Ussd, "does not support"),
            (reply("", 5, 15), ErrorKind::OutcomeUnknown, "did not answer"),
        ] {
            simulator.set_ussd("*100#", said);
            let error =
                patience("an end", gateway.send_ussd(device.clone(), "*100#", None)).await.expect_err("no reply");
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(why), "{error}");
        }
        if dongle_2019 {
            simulator.set_ussd("*100#", UssdReply::Failed);
            let error =
                patience("an end", gateway.send_ussd(device.clone(), "*100#", None)).await.expect_err("refused");
            assert!(error.kind() == ErrorKind::Ussd && error.to_string().contains("nothing was sent"), "{error}");
        }
    }
}

#[tokio::test]
async fn inbox_marks_a_gap() {
    let simulator = of(Model::OpenVox).await;
    let again = ami::Reconnect::new(Duration::from_millis(5), Duration::from_millis(50));
    let gateway = connect(of_client(client_config(&simulator).reconnect(again))).await;
    let mut inbox = gateway.inbox().expect("an inbox");
    simulator.deliver_sms(1, "10086", "before", "2014/09/11 09:36:47");
    assert_eq!(next_sms(&mut inbox).await.text(), "before");
    simulator.disconnect_all();
    match patience("the marker", inbox.next_item()).await.expect("an open inbox") {
        InboxItem::Marker(marker) => assert!(marker.is("#gap")),
        other => panic!("{other:?}"),
    }
    patience("an open link", gateway.client().until(ami::State::Open)).await.expect("open again");
    until("the one after", || simulator.deliver_sms(1, "10086", "after", "2014/09/11 09:36:47") > 0).await;
    assert_eq!(next_sms(&mut inbox).await.text(), "after");
}
