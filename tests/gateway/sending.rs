//! Sending: encodings, parts, ids, refusals before anything is written, and templates of commands.

use std::time::Duration;

use ami::ErrorKind;
use ami::gsm::{Dialect, Outcome, Port, Repertoire, SmsParts, SmsRequest};
use ami::simulator::{Core, Model, Options};

use crate::{MODELS, both, config, connect, first, of, outcomes, port, refusal, simulate};
use support::clock::patience;

/// Texts, and for each model the number of SMS on the air, the command, and the receipt.
#[tokio::test]
async fn send_text_arrives_unchanged() {
    let long = "0123456789".repeat(40);
    let wide = "您当前帐户余额".repeat(12);
    let texts: [&str; 9] = [
        "hello",
        r#"say "hi" \ back\slash `tick` $HOME 'x' %s ; | &"#,
        "ends in a back-slash \\",
        "café, 您好",
        &long,
        &wide,
        "two\nlines",
        "an emoji 😀",
        "{id} {text} %41 + x",
    ];
    for model in MODELS {
        for (core, texts) in [(None, &texts[..]), (Some(Core::V22), &texts[..3])] {
            if core.is_some() && !matches!(model, Model::Dongle | Model::Quectel) {
                continue;
            }
            let simulator = simulate(Options::default().model(model).core(core)).await;
            let gateway = connect(config(&simulator)).await;
            for text in texts {
                // Its documents know neither parts nor PDUs.
                if model == Model::OpenVox2013 && SmsParts::of(text, Repertoire::Ascii).map_or(0, |p| p.count()) != 1 {
                    let request = SmsRequest::new(1, "10086", text);
                    let kind = refusal(patience("the refusal", gateway.send(&request)).await).0;
                    assert_eq!(kind, ErrorKind::Invalid, "{text:?}");
                    continue;
                }
                let span = first(model) + 1;
                let before = simulator.aired().len();
                let request = SmsRequest::new(port(model, span), "+13632919026", text).timeout(Duration::from_secs(5));
                let receipt = patience("the network", gateway.send(&request)).await;
                let receipt = receipt.unwrap_or_else(|error| panic!("{} {text:?}: {error}", model.name()));
                // A queued message goes out a moment later.
                let aired = patience("what is on the air", async {
                    loop {
                        let aired = simulator.aired().split_off(before);
                        if aired.iter().map(|sms| sms.text.chars().count()).sum::<usize>() >= text.chars().count() {
                            return aired;
                        }
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                })
                .await;
                let joined: String = aired.iter().map(|sms| &*sms.text).collect();
                assert_eq!(joined, *text, "{} {:?}", model.name(), simulator.sent().last());
                assert!(aired.iter().all(|sms| sms.span == span && sms.destination.ends_with("13632919026")));
                if aired.len() > 1 {
                    let places: Vec<_> = aired.iter().filter_map(|sms| sms.concatenation).collect();
                    let order: Vec<u8> = places.iter().map(|place| place.sequence).collect();
                    assert_eq!(order, (1..=aired.len() as u8).collect::<Vec<_>>(), "{}", model.name());
                    assert!(places.iter().all(|place| usize::from(place.total) == aired.len()));
                }
                let good = matches!(receipt.outcome(), Outcome::Sent | Outcome::Queued);
                assert!(good && outcomes(&receipt).len() == receipt.parts() as usize, "{receipt:?}");
            }
            patience("the end", gateway.close()).await.expect("closed");
        }
    }
}

#[tokio::test]
async fn send_waits_for_the_network_where_the_gateway_reports_it() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let request = SmsRequest::new(port(model, first(model)), "10086", "hi").id("my-1");
        let receipt = patience("the network", gateway.send(&request)).await.expect("sent");
        assert_eq!(receipt.outcome(), Outcome::Sent, "{}", model.name());
        assert_eq!((receipt.id(), receipt.destination()), (Some("my-1"), "10086"));
        assert_eq!(simulator.sent()[0].id.as_deref(), Some("my-1"), "{}", model.name());
    }
}

#[tokio::test]
async fn send_flash_validity_and_reports_as_the_dialect_can() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let request = SmsRequest::new(port(model, first(model)), "10086", "hi");
        let is_dongle = matches!(model, Model::Dongle | Model::Quectel);

        let flash = patience("the answer", gateway.send(&request.clone().flash(true))).await;
        let lacks = [Model::OpenVox2013, Model::Yeastar, Model::Dongle, Model::Quectel];
        if lacks.contains(&model) {
            assert_eq!(refusal(flash).0, ErrorKind::Unsupported, "{}", model.name());
        } else {
            flash.expect("sent");
            assert!(simulator.sent().last().expect("it was sent").flash, "{}", model.name());
        }

        let asked = request.clone().validity(Duration::from_secs(3600)).report(true).id("r-1");
        let result = patience("the answer", gateway.send(&asked)).await;
        if matches!(model, Model::OpenVox2013 | Model::Yeastar) {
            assert_eq!(refusal(result).0, ErrorKind::Unsupported);
        } else {
            // The report says that the network took it; of a PDU elsewhere nobody waits for it.
            let outcome = if is_dongle { Outcome::Sent } else { Outcome::Queued };
            assert_eq!(result.expect("handed over").outcome(), outcome);
            let sent = simulator.sent().pop().expect("it was sent");
            assert!(sent.report && sent.validity == Some(60), "{}: {sent:?}", model.name());
            assert_eq!(sent.command.contains("pdu"), !is_dongle, "{}", sent.command);
        }
    }
}

#[tokio::test]
async fn send_refuses_before_anything_is_written() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    let sms = |port: Port, to: &str, text: &str| SmsRequest::new(port, to, text);
    for (request, word) in [
        (sms(0.into(), "10086", "x"), "port"),
        (sms("dongle0".into(), "10086", "x"), "counted"),
        (sms(1.into(), "12a", "x"), "telephone number"),
        (sms(1.into(), "+", "x"), "telephone number"),
        (sms(1.into(), "10086", ""), "empty"),
        (sms(1.into(), "10086", "x").id("two words"), "id"),
        (sms(1.into(), "10086", &"x".repeat(255 * 160)), "255"),
    ] {
        let error = patience("the refusal", gateway.send(&request)).await.expect_err(word);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(gateway.submit(&request).expect_err("refused at once").kind(), ErrorKind::Invalid);
    }
    for code in ["", "balance", "*100#\r\nAction: x", "*100# 1"] {
        let error = patience("the refusal", gateway.send_ussd(1, code, None)).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Invalid, "{code:?}: {error}");
    }
    let (dongles, gateway) = both(Model::Dongle).await;
    let error = patience("the refusal", gateway.send(&sms(1.into(), "10086", "x"))).await.expect_err("named");
    assert!(error.to_string().contains("dongle0"), "{error}");
    let (yeastar, gateway) = both(Model::Yeastar).await;
    let error =
        patience("the refusal", gateway.send(&sms(2.into(), "10086", &"您".repeat(110)))).await.expect_err("long");
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    for simulator in [simulator, dongles, yeastar] {
        assert!(simulator.sent().is_empty());
    }
}

#[tokio::test]
async fn send_by_a_custom_command() {
    let simulator = of(Model::OpenVox).await;
    let own = |command: &str| config(&simulator).dialect(command);
    let gateway = connect(own("gsm send sync sms {port} {to} {text} {timeout} {id}")).await;
    let request = SmsRequest::new(1, "10086", "{to} \"x\"").id("a").timeout(Duration::from_secs(7));
    assert_eq!(patience("the network", gateway.send(&request)).await.expect("sent").outcome(), Outcome::Sent);
    let gateway = connect(own("gsm send sms {port} {to} {text}")).await;
    assert_eq!(patience("the gateway", gateway.send(&request)).await.expect("queued").outcome(), Outcome::Queued);
    let sent: Vec<_> = simulator.sent().into_iter().map(|sms| (sms.text, sms.id, sms.sync)).collect();
    let text = "{to} \"x\"".to_owned();
    assert_eq!(sent, [(text.clone(), Some("a".to_owned()), true), (text, None, false)]);
    let long = SmsRequest::new(1, "10086", &"x".repeat(161));
    assert_eq!(refusal(patience("the refusal", gateway.send(&long)).await).0, ErrorKind::Invalid);
    for command in ["gsm send sms {port} {text}", "x {port} {to} \"{text}\"", "{port} {to} {text} {secret}"] {
        assert_eq!(command.parse::<Dialect>().expect_err("no command").kind(), ErrorKind::Invalid, "{command}");
    }
}

#[tokio::test]
async fn send_timeout_duration_max_does_not_overflow() {
    for model in MODELS {
        let (_simulator, gateway) = both(model).await;
        let request = SmsRequest::new(port(model, first(model)), "10086", "hi");
        for request in [request.clone().within(Duration::MAX), request.timeout(Duration::MAX)] {
            let receipt = patience("the network", gateway.send(&request)).await.expect("sent");
            assert!(matches!(receipt.outcome(), Outcome::Sent | Outcome::Queued), "{}", model.name());
            if model == Model::OpenVox {
                // The one whose commands a client knows by itself.
                let receipt = patience("the network", gateway.client().send_sms(&request)).await.expect("sent");
                assert_eq!(receipt.outcome(), Outcome::Sent);
            }
        }
        let code = gateway.send_ussd(port(model, first(model)), "*100#", Some(Duration::MAX));
        patience("the network", code).await.expect("a reply");
    }
}

#[tokio::test]
async fn send_by_a_custom_command_with_an_id_always_has_one() {
    let simulator = of(Model::OpenVox).await;
    let command = "gsm send sync sms {port} {to} {text} {timeout} {id} {flash}";
    let gateway = connect(config(&simulator).dialect(command)).await;
    patience("the network", gateway.send(&SmsRequest::new(1, "10086", "hi"))).await.expect("sent");
    let id = simulator.sent().pop().and_then(|sms| sms.id).expect("an id");
    assert!(id.starts_with("ami"), "{id} is the argument behind it");
}

/// Two programs at one gateway see each other's reports.
#[test]
fn send_ids_of_two_programs_differ() {
    const CHILD: &str = "AMI_TEST_ID_OF_A_PROGRAM";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let id = runtime.block_on(async {
        let (simulator, gateway) = both(Model::Yeastar).await;
        patience("the network", gateway.send(&SmsRequest::new(2, "10086", "hi"))).await.expect("sent");
        simulator.sent().pop().and_then(|sms| sms.id).expect("an id")
    });
    if std::env::var_os(CHILD).is_some() {
        println!("\n{id}");
        return;
    }
    let program = |id: &str| id.rsplit_once('-').map(|(program, _)| program.to_owned());
    let mut child = std::process::Command::new(std::env::current_exe().expect("a program"));
    let child = child.args(["--exact", "sending::send_ids_of_two_programs_differ", "--nocapture"]).env(CHILD, "1");
    let said = String::from_utf8(child.output().expect("it ran").stdout).expect("a text");
    let other = said.lines().find(|line| line.starts_with("ami")).expect("an id");
    assert!(program(&id).is_some_and(|own| program(other).is_some_and(|other| own != other)), "{id} {other}");
}

#[tokio::test]
async fn send_rejects_a_text_longer_than_a_line() {
    let long = "x".repeat(1100);
    let (dongles, dongle) = both(Model::Dongle).await;
    let exact = "x".repeat(160);
    for (text, why) in [(&*long, "room for 1013"), (&exact, "160 septets exactly"), ("a\0b", "NUL")] {
        let error = dongle.submit(&SmsRequest::new("dongle0", "10086", text)).expect_err("refused at once");
        assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains(why), "{error}");
        assert!(dongle.parts(text).is_err());
    }
    let simulator = of(Model::OpenVox).await;
    let words = "x ".repeat(510);
    let gateway = connect(config(&simulator).dialect(format!("{words} {{port}} {{to}} {{text}}"))).await;
    let error = gateway.submit(&SmsRequest::new(1, "10086", "hi")).expect_err("refused at once");
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(dongles.sent().is_empty() && simulator.sent().is_empty());
}
