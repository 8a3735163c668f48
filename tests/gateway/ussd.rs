//! USSD: codes, menus, and their place beside messages.

use std::time::Duration;

use ami::gsm::{Incoming, Priority, SmsRequest};
use ami::simulator::{Model, UssdMenu};
use ami::{ErrorKind, simulator};
use tokio::time::timeout;

use crate::{MODELS, both, first, next, next_sms, port};
use support::clock::patience;

#[tokio::test]
async fn ussd_session_follows_menus() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let menu = UssdMenu::new("1 余额\n2 offers")
            .choice("1", UssdMenu::new("余额 10.00"))
            .choice("2", UssdMenu::new("which?").choice("9", UssdMenu::new("thanks")));
        simulator.set_ussd_menu("*100#", menu);
        let port = port(model, first(model));
        let mut dialogue = patience("the menu", gateway.dial(port.clone(), "*100#", None)).await.expect("a menu");
        assert_eq!((dialogue.reply().text(), dialogue.is_open()), ("1 余额\n2 offers", true), "{}", model.name());
        assert_eq!(patience("which", dialogue.answer("2")).await.expect("a menu").text(), "which?");
        let error = patience("the refusal", dialogue.answer("two\nlines")).await.expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(dialogue.is_open(), "nothing was sent");
        let last = patience("the end", dialogue.answer("9")).await.expect("an end");
        assert_eq!((last.text(), last.wants_answer()), ("thanks", false), "{}", model.name());
        let error = patience("the refusal", dialogue.answer("1")).await.expect_err("it is over");
        assert_eq!(error.kind(), ErrorKind::State);

        let mut dialogue = patience("the menu", gateway.dial(port.clone(), "*100#", None)).await.expect("a menu");
        dialogue.end();
        assert!(!dialogue.is_open());

        simulator.set_ussd("*1#", simulator::UssdReply::TimedOut);
        let soon = Some(Duration::from_millis(300));
        let other = self::port(model, first(model) + 1);
        let error = patience("the time-out", gateway.send_ussd(other, "*1#", soon)).await.expect_err("no reply");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{}: {error}", model.name());
    }
}

#[tokio::test]
async fn ussd_text_that_the_network_sends_by_itself_comes_into_the_inbox() {
    let (simulator, gateway) = both(Model::Dongle).await;
    let mut inbox = gateway.inbox().expect("an inbox");
    simulator.deliver_ussd(2, "your balance is low", 1);
    match next(&mut inbox).await {
        Incoming::Ussd(ussd) => {
            assert_eq!((ussd.port(), ussd.text()), ("dongle1", "your balance is low"));
            assert_eq!(ussd.wants_answer(), Some(true));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn ussd_code_goes_before_all_messages() {
    let (simulator, gateway) = both(Model::OpenVox).await;
    simulator.set_latency(1, Duration::from_millis(100));
    simulator.set_ussd("*100#", simulator::UssdReply::text("10.00"));
    let request = SmsRequest::new(1, "10086", "hi").priority(Priority::High).timeout(Duration::from_secs(600));
    let sendings: Vec<_> = (0..5).map(|_| gateway.submit(&request).expect("queued")).collect();
    let code = patience("the reply", gateway.send_ussd(1, "*100#", Some(Duration::from_secs(600)))).await;
    assert_eq!(code.expect("a reply").text(), "10.00");
    assert!(simulator.sent().len() <= 2, "{} went first", simulator.sent().len());
    drop(sendings);
}

#[tokio::test]
async fn ussd_code_in_progress_does_not_hold_up_messages() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let mut inbox = gateway.inbox().expect("an inbox");
        simulator.set_ussd("*100#", simulator::UssdReply::TimedOut);
        let under_way = gateway.send_ussd(port(model, first(model)), "*100#", Some(Duration::from_secs(600)));
        let mut under_way = std::pin::pin!(under_way);
        assert!(timeout(Duration::from_millis(300), &mut under_way).await.is_err(), "it takes its time");
        simulator.deliver_sms(first(model) + 1, "10086", "meanwhile", "2014/09/11 09:36:47");
        assert_eq!(next_sms(&mut inbox).await.text(), "meanwhile", "{}", model.name());
        let request = SmsRequest::new(port(model, first(model) + 1), "10086", "hi");
        patience("the network", gateway.send(&request)).await.expect("sent");
        assert!(timeout(Duration::from_millis(1), &mut under_way).await.is_err(), "{}: it has ended", model.name());
    }
}

#[tokio::test]
async fn ussd_answer_to_a_menu_may_be_a_text_and_a_code_may_not() {
    for model in MODELS {
        let (simulator, gateway) = both(model).await;
        let name = "Jo \"the\" \\ Smith";
        simulator.set_ussd_menu("*100#", UssdMenu::new("Your name?").choice(name, UssdMenu::new("Hello Jo")));
        let port = port(model, first(model));
        let refused = patience("a code", gateway.send_ussd(port.clone(), "hello", None)).await.expect_err("no code");
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        let mut dialogue = patience("a menu", gateway.dial(port, "*100#", None)).await.expect("a menu");
        for bad in ["", "two\nlines", &"x".repeat(183)] {
            let error = patience("an answer", dialogue.answer(bad)).await.expect_err("it cannot be sent");
            assert_eq!(error.kind(), ErrorKind::Invalid, "{bad:?}");
        }
        let reply = patience("an answer", dialogue.answer(name)).await.expect("a reply");
        assert_eq!(reply.text(), "Hello Jo", "{}", model.name());
    }
}
