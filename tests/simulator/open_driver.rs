//! Asterisk 1.8.20 and the open driver.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ami::simulator::{Options, Outcome, SentSms, Speaker, TranscriptLine, UssdReply};
use tokio::time::timeout;

use crate::client::{ACCEPTED, BOOTED, Client, DENIED, gateway, hasty, start};
use support::clock::{PATIENCE, until};

// Login and the frame of the protocol.

#[tokio::test]
async fn login_and_logoff() {
    let gateway = gateway().await;
    let mut client = Client::login(&gateway).await;
    assert_eq!(gateway.sessions(), 1);
    client.say("Action: Login\r\nActionID: j2\r\nUsername: admin\r\nSecret: amp111\r\n\r\n").await;
    client.expect("Response: Success\r\nActionID: j2\r\nMessage: Already authenticated\r\n\r\n").await;
    client.say("Action: Logoff\r\nActionID: z9\r\n\r\n").await;
    client.expect("Response: Goodbye\r\nActionID: z9\r\nMessage: Thanks for all the fish.\r\n\r\n").await;
    client.expect_end().await;
}

#[tokio::test]
async fn login_with_a_wrong_secret_closes_the_connection() {
    let gateway = gateway().await;
    for (name, secret) in [("admin", "wrong"), ("nobody", "amp111"), ("admin", "")] {
        let mut client = Client::connect(&gateway).await;
        client.say(format!("Action: Login\r\nActionID: w1\r\nUsername: {name}\r\nSecret: {secret}\r\n\r\n")).await;
        client.expect("Response: Error\r\nActionID: w1\r\nMessage: Authentication failed\r\n\r\n").await;
        client.expect_end().await;
    }
}

#[tokio::test]
async fn login_by_md5() {
    use md5::Digest as _;

    let gateway = gateway().await;
    for (secret, accepted) in [("amp111", true), ("amp112", false)] {
        let mut client = Client::connect(&gateway).await;
        client.say("Action: Challenge\r\nActionID: c1\r\nAuthType: MD5\r\n\r\n").await;
        let answer = client.frame().await;
        let challenge = answer
            .strip_prefix("Response: Success\r\nActionID: c1\r\nChallenge: ")
            .and_then(|rest| rest.strip_suffix("\r\n\r\n"))
            .expect("a challenge");
        assert!(challenge.bytes().all(|byte| byte.is_ascii_digit()));
        let digest = md5::Md5::digest(format!("{challenge}{secret}"));
        let key: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
        client.say(format!("Action: Login\r\nAuthType: MD5\r\nUsername: admin\r\nKey: {key}\r\n\r\n")).await;
        if accepted {
            client.expect(ACCEPTED).await;
        } else {
            client.expect("Response: Error\r\nMessage: Authentication failed\r\n\r\n").await;
        }
    }

    let mut client = Client::connect(&gateway).await;
    client.say("Action: Challenge\r\n\r\n").await;
    client.expect("Response: Error\r\nMessage: Must specify AuthType\r\n\r\n").await;
    client.say("Action: Login\r\nAuthType: MD5\r\nUsername: admin\r\nKey: \r\n\r\n").await;
    client.expect("Response: Error\r\nMessage: Authentication failed\r\n\r\n").await;
}

#[tokio::test]
async fn login_is_needed_before_anything_else() {
    let gateway = gateway().await;
    let mut client = Client::connect(&gateway).await;
    client.say("Action: CoreStatus\r\nActionID: n1\r\n\r\nAction: Ping\r\nActionID: n2\r\n\r\n").await;
    client.expect("Response: Error\r\nActionID: n1\r\nMessage: Permission denied\r\n\r\n").await;
    client.expect("Response: Error\r\nActionID: n2\r\nMessage: Permission denied\r\n\r\n").await;
    assert_eq!(gateway.emit("system", b"Event: Test\r\n\r\n"), 0);
}

#[tokio::test]
async fn headers_are_read_as_asterisk_reads_them() {
    let gateway = gateway().await;
    let mut client = Client::login(&gateway).await;
    // No blank, many blanks, lower case, LF alone, the first of two.
    client.say("action:Events\nACTIONID:   e 1 \nActionID: e2\neventmask:off\n\n").await;
    client.expect("Response: Success\r\nActionID: e 1 \r\nEvents: Off\r\n\r\n").await;
    client.say("\r\n").await;
    client.expect("Response: Error\r\nMessage: Missing action in request\r\n\r\n").await;
    client.say("Action: Nonexistent\r\nActionID: z1\r\n\r\n").await;
    client
        .expect(
            "Response: Error\r\nActionID: z1\r\nMessage: Invalid/unknown command: Nonexistent. \
             Use Action: ListCommands to show available commands.\r\n\r\n",
        )
        .await;
    client.say("Action: Command\r\n\r\n").await;
    client.expect("Response: Error\r\nMessage: No command provided\r\n\r\n").await;
}

#[tokio::test]
async fn lines_and_headers_are_limited() {
    let gateway = gateway().await;
    let mut client = Client::login(&gateway).await;
    let line = |length: usize| format!("X: {}", "x".repeat(length - 3));
    client.say(format!("Action: Events\r\nEventMask: off\r\n{}\r\n\r\n", line(1022))).await;
    client.expect("Response: Success\r\nEvents: Off\r\n\r\n").await;
    client.say(format!("Action: Ping\r\nActionID: l1\r\n{}\r\n\r\n", line(1030))).await;
    client.expect("Response: Error\r\nActionID: l1\r\nMessage: Failed to parse message: line too long\r\n\r\n").await;
    client.expect_pong().await;

    let fits = "X: y\r\n".repeat(126);
    client.say(format!("Action: Events\r\nEventMask: off\r\n{fits}\r\n")).await;
    client.expect("Response: Success\r\nEvents: Off\r\n\r\n").await;
    client.say(format!("Action: Ping\r\nActionID: l2\r\n{fits}X: y\r\n\r\n")).await;
    client
        .expect("Response: Error\r\nActionID: l2\r\nMessage: Too many lines in message or allocation failure\r\n\r\n")
        .await;
    client.expect_pong().await;
}

#[tokio::test]
async fn actions_without_arguments() {
    let gateway = gateway().await;
    let mut client = Client::login(&gateway).await;
    client.say("Action: CoreSettings\r\nActionID: a3\r\n\r\n").await;
    client
        .expect(
            "Response: Success\r\nActionID: a3\r\nAMIversion: 1.1\r\nAsteriskVersion: 1.8.20.0\r\nSystemName: \r\n\
             CoreMaxCalls: 0\r\nCoreMaxLoadAvg: 0.000000\r\nCoreRunUser: \r\nCoreRunGroup: \r\n\
             CoreMaxFilehandles: 0\r\nCoreRealTimeEnabled: No\r\nCoreCDRenabled: Yes\r\nCoreHTTPenabled: No\r\n\r\n",
        )
        .await;
    client.say("Action: Ping\r\nActionID: p1\r\n\r\n").await;
    let pong = client.frame().await;
    assert!(pong.starts_with("Response: Success\r\nActionID: p1\r\nPing: Pong\r\nTimestamp: "), "{pong}");
    client.say("Action: CoreStatus\r\nActionID: a2\r\n\r\n").await;
    let status = client.frame().await;
    assert!(status.starts_with("Response: Success\r\nActionID: a2\r\nCoreStartupDate: 2"), "{status}");
    assert!(status.ends_with("\r\nCoreCurrentCalls: 0\r\n\r\n"), "{status}");
    client.say("Action: ListCommands\r\n\r\n").await;
    let list = client.frame().await;
    assert!(list.contains("\r\nCommand: Execute Asterisk CLI Command (Priv: command,all)\r\n"), "{list}");
    assert!(list.contains("\r\nPing: Keepalive command (Priv: <none>)\r\n"), "{list}");
}

#[tokio::test]
async fn user_events_repeat_the_headers_as_sent() {
    let gateway = gateway().await;
    let mut client = Client::login(&gateway).await;
    client.say("Action: UserEvent\r\nActionID: h1\r\nUserEvent: Ünï\r\nBlank:\r\nNoSpace:x\r\n").await;
    client.say("Colons: a: b: c\r\n\r\nAction: Events\r\nEventMask: off\r\n\r\n").await;
    client
        .expect(
            "Response: Success\r\nActionID: h1\r\nMessage: Event Sent\r\n\r\n\
             Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Ünï\r\nAction: UserEvent\r\nActionID: h1\r\n\
             Blank:\r\nNoSpace:x\r\nColons: a: b: c\r\n\r\n\
             Response: Success\r\nEvents: Off\r\n\r\n",
        )
        .await;
}

#[tokio::test]
async fn wait_event_holds_events_back_until_it_ends() {
    let gateway = start(hasty()).await;
    let mut client = Client::login(&gateway).await;
    let response = "Response: Success\r\nActionID: j3\r\nMessage: Waiting for Event completed.\r\n\r\n";
    let complete = "Event: WaitEventComplete\r\nActionID: j3\r\n\r\n";
    client.say("Action: WaitEvent\r\nActionID: j3\r\nTimeout: 1\r\n\r\n").await;
    client.expect(&format!("{response}{complete}")).await;
    // An event goes out before the next line is looked at, whatever its action says of it.
    client
        .say(
            "Action: UserEvent\r\nUserEvent: One\r\nSuppressEvents: yes\r\n\r\n\
                Action: WaitEvent\r\nActionID: j3\r\nTimeout: 1\r\n\r\n",
        )
        .await;
    client.expect("Response: Success\r\nMessage: Event Sent\r\n\r\n").await;
    let event = "Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: One\r\nAction: UserEvent\r\n\
                 SuppressEvents: yes\r\n\r\n";
    client.expect(&format!("{event}{response}{complete}")).await;
    // An event that comes meanwhile ends it, at the latest before the next action, and is sent in between.
    let mut other = Client::login_for(&gateway, "off").await;
    client.say("Action: WaitEvent\r\nActionID: j3\r\n\r\n").await;
    let mut seen = String::new();
    while !seen.contains("WaitEventComplete") {
        // Until the wait has begun, events are told as ever.
        gateway.emit("user", b"Event: Stir\r\n\r\n");
        seen.push_str(&client.frame().await);
    }
    assert!(seen.ends_with(&format!("{response}Event: Stir\r\n\r\n{complete}")), "{seen}");
    // An event that the session may not see does so too, and so does input.
    other.say("Action: WaitEvent\r\nActionID: j3\r\n\r\n").await;
    until("the other's wait ends", || {
        gateway.emit("user", b"Event: Stir\r\n\r\n");
        matches!(other.stream.try_read(&mut [0; 1]), Ok(1))
    })
    .await;
    other.expect(&format!("{response}{complete}")[1..]).await;
    other.say("Action: WaitEvent\r\nActionID: j3\r\n\r\n").await;
    other.expect_nothing().await;
    other.say("Action: Logoff\r\n\r\n").await;
    other.expect(&format!("{response}{complete}Response: Goodbye\r\n")).await;
}

// Rights of accounts.

#[tokio::test]
async fn account_classes_bound_actions_and_events() {
    let options = Options::default().read("dialplan,system".into()).write("user".into());
    let gateway = start(options).await;
    let mut client = Client::login(&gateway).await;
    client.say("Action: Command\r\nCommand: gsm show spans\r\n\r\n").await;
    client.expect(DENIED).await;
    client.say("Action: CoreSettings\r\n\r\n").await;
    client.expect(DENIED).await;
    client.say("Action: UserEvent\r\nUserEvent: Mine\r\n\r\n").await;
    client.expect("Response: Success\r\nMessage: Event Sent\r\n\r\n").await;
    assert_eq!(gateway.emit("user", b"Event: Test\r\n\r\n"), 0);
    assert_eq!(gateway.emit("no such class", b"Event: Test\r\n\r\n"), 0);
    assert_eq!(gateway.emit("dialplan", b"Event: Test\r\n\r\n"), 1);
    client.expect("Event: Test\r\n\r\n").await;
    client.expect_pong().await;
}

#[tokio::test]
async fn event_mask_bounds_events() {
    let gateway = gateway().await;
    let mut off = Client::login_for(&gateway, "off").await;
    let mut some = Client::login_for(&gateway, "dialplan,user").await;
    assert_eq!(gateway.emit("call", b"Event: Call\r\n\r\n"), 0);
    assert_eq!(gateway.emit("user", b"Event: User\r\n\r\n"), 1);
    some.expect("Event: User\r\n\r\n").await;
    off.say("Action: Events\r\nActionID: h3\r\nEventMask: system,call,log\r\n\r\n").await;
    off.expect("Response: Success\r\nActionID: h3\r\nEvents: On\r\n\r\n").await;
    // The number of the class call.
    some.say("Action: Events\r\nEventMask: 2\r\n\r\n").await;
    some.expect("Response: Success\r\nEvents: On\r\n\r\n").await;
    assert_eq!(gateway.emit("call", b"Event: Call\r\n\r\n"), 2);
    off.expect("Event: Call\r\n\r\n").await;
    some.expect("Event: Call\r\n\r\n").await;
    some.expect_pong().await;
}

// Commands.

#[tokio::test]
async fn manuals_programs_work_unchanged() {
    let gateway = gateway().await;
    let mut client = Client::connect(&gateway).await;
    client.say("action:Login\r\nusername:admin\r\nsecret:amp111\r\n\r\n").await;
    client.expect(&format!("{ACCEPTED}{BOOTED}")).await;
    client.say("action:Command\r\ncommand:GSM send sms 1 13632919026 hello\r\n\r\n").await;
    client.expect("Response: Follows\r\nPrivilege: Command\r\n--END COMMAND--\r\n\r\n").await;
    let expected = SentSms {
        span: 1,
        destination: "13632919026".into(),
        text: "hello".into(),
        command: "gsm send sms".into(),
        parts: 1,
        report: true,
        validity: Some(5),
        ..SentSms::default()
    };
    assert_eq!(gateway.sent(), [expected]);

    // The receiving program finds the fields by counting from `process_sms`.
    assert_eq!(gateway.deliver_sms(2, "+8613632919026", "hello", "2013/08/20 15:17:45"), 1);
    let frame = loop {
        let frame = client.frame().await;
        if frame.contains("AppData") {
            break frame;
        }
    };
    let fields = frame.split_once("process_sms").expect("the program's name").1;
    let at = |offset: usize, length: usize| &fields[offset - "process_sms".len()..][..length];
    assert_eq!(at(13, 1), "2");
    assert_eq!(at(13 + 7, 11), "13632919026");
    assert_eq!(at(13 + 7 + 14, 19), "2013/08/20 15:17:45");
    assert_eq!(at(13 + 7 + 14 + 22, 5), "hello");
}

#[tokio::test]
async fn send_sync_answers_in_the_drivers_words() {
    let gateway = start(hasty()).await;
    let mut client = Client::login(&gateway).await;
    for (outcome, answer) in [
        (Outcome::Sent, "SPAN:1 SEND SMS TO PHONE:13632919026 SUCCESSFULLY\n"),
        (Outcome::Failed, "SPAN:1 SEND SMS TO PHONE:13632919026 WAS FAILED\n"),
        (Outcome::TimedOut, "SPAN:1 SEND SMS TO PHONE:13632919026 TIMEOUT\n"),
        (Outcome::Busy, "SPAN:1 SEND SMS TO PHONE 13632919026 WAS USING\n"),
    ] {
        gateway.set_outcome(1, outcome);
        assert_eq!(client.command("gsm send sync sms 1 13632919026 \"hello world\" 20").await, answer);
        let with_id = client.command("gsm send sync sms 1 13632919026 \"hello world\" 20 42").await;
        assert_eq!(with_id, format!("ID:42 {answer}"));
        let sent = gateway.sent();
        assert!(sent[sent.len() - 2..].iter().all(|sms| sms.outcome == outcome && sms.sync));
    }
    // The firmware's spelling has one argument more; this driver takes the flash flag for the id.
    gateway.set_outcome(1, Outcome::Sent);
    let answer = client.command("gsm send sync sms 1 100 hi 90 0 myid").await;
    assert_eq!(answer, "ID:0 SPAN:1 SEND SMS TO PHONE:100 SUCCESSFULLY\n");
    // Other spans are not concerned.
    gateway.set_outcome(1, Outcome::Failed);
    let answer = client.command("gsm send sync sms 2 100 hi 20").await;
    assert_eq!(answer, "SPAN:2 SEND SMS TO PHONE:100 SUCCESSFULLY\n");
}

#[tokio::test]
async fn send_sync_of_a_late_message_times_out_and_is_sent() {
    let options = hasty().numbers(vec!["+111".into(), "+222".into()]);
    let gateway = start(options).await;
    gateway.set_latency(1, Duration::from_millis(50));
    let mut client = Client::login_for(&gateway, "dialplan").await;
    let answer = client.command("gsm send sync sms 1 222 hi 1").await;
    assert_eq!(answer, "SPAN:1 SEND SMS TO PHONE:222 TIMEOUT\n");
    assert_eq!(gateway.sent()[0].outcome, Outcome::Sent);
    let frame = client.frame().await;
    assert!(frame.contains("\r\nVariable: SMSSRC\r\nValue: +111\r\n"), "{frame}");
}

#[tokio::test]
async fn cli_arguments_are_split_by_its_rules() {
    let gateway = gateway().await;
    let mut client = Client::login(&gateway).await;
    for (written, text) in [
        (r#""hello world""#, "hello world"),
        (r#""a \"b\" \\ $x `y` 'z'; \n""#, r#"a "b" \ $x `y` 'z'; n"#),
        (r#""您当前帐户余额0元，é€""#, "您当前帐户余额0元，é€"),
        (r#"one" two "three"#, "one two three"),
        (r"one\ two", "one two"),
        (r#"it"'"s"#, "it's"),
    ] {
        let answer = client.command(&format!("GSM  Send\tsync SMS 3 +8610086 {written} 20 an-id")).await;
        assert_eq!(answer, "ID:an-id SPAN:3 SEND SMS TO PHONE:+8610086 SUCCESSFULLY\n");
        assert_eq!(gateway.sent().pop().expect("it was sent").text, text);
    }
    // A quote that is left open takes the rest of the line.
    assert_eq!(client.command(r#"gsm send sms 3 100 "open 20 id"#).await, "");
    assert_eq!(gateway.sent().pop().expect("it was sent").text, "open 20 id");
}

#[tokio::test]
async fn cli_wrong_arguments_are_refused_in_the_body() {
    let gateway = gateway().await;
    let mut client = Client::login(&gateway).await;
    let usage = "Usage: gsm send sync sms <span> <destination> <message> <timeout> [id] \n       \
                 Send SMS on a given GSM span\n";
    assert_eq!(client.command("gsm send sync sms 1 100 hello").await, usage);
    assert!(client.command("gsm send sms 1 100").await.starts_with("Usage: gsm send sms "));
    assert!(client.command("gsm send ussd 1 100 *100# 10").await.starts_with("Usage: gsm send ussd "));

    let (long_number, long_text) = ("1".repeat(65), "x".repeat(321));
    for (line, complaint) in [
        ("gsm send sms 1 \"\" hello".to_owned(), "Destination number too short."),
        (format!("gsm send sms 1 {long_number} hello"), "Destination number too long."),
        ("gsm send sync sms 1 100 \"\" 20".to_owned(), "SMS message too short."),
        (format!("gsm send sms 1 100 {long_text}"), "SMS message too long."),
        ("gsm send sms 1 *100# hello".to_owned(), "Encode pdu error"),
        ("gsm send sync sms 1 *100# hi 20 42".to_owned(), "ID:42 SPAN:1 SEND SMS TO PHONE *100# ENCODE PDU FAIL"),
        ("gsm send sms 5 100 hello".to_owned(), "Invalid span '5'.  Should be a number from 1 to 4"),
        ("gsm show span 0".to_owned(), "Invalid span '0'.  Should be a number from 1 to 4"),
        ("gsm send ussd x *100#".to_owned(), "Invalid span '0'.  Should be a number from 1 to 4"),
    ] {
        assert_eq!(client.command(&line).await, format!("{complaint}\nCommand '{line}' failed.\n"));
    }
    assert!(gateway.sent().is_empty());
    // More than one message holds: taken, but no network would carry it.
    let answer = client.command(&format!("gsm send sync sms 1 100 {} 20", "x".repeat(161))).await;
    assert_eq!(answer, "SPAN:1 SEND SMS TO PHONE:100 WAS FAILED\n");
}

#[tokio::test]
async fn cli_unknown_commands() {
    let gateway = gateway().await;
    let mut client = Client::login(&gateway).await;
    for (line, nearest) in [
        ("no such thing", "no such"),
        ("gsm send \"sync\" ussd 1", "gsm send sync ussd"),
        ("GSM send", "GSM send"),
        ("frob", "frob"),
    ] {
        let expected =
            format!("No such command '{line}' (type 'core show help {nearest}' for other possible commands)\n");
        assert_eq!(client.command(line).await, expected);
    }
}

#[tokio::test]
async fn ussd_answers() {
    let gateway = start(hasty()).await;
    let mut client = Client::login(&gateway).await;
    let answer = client.command("gsm send ussd 2 \"*#301#\"").await;
    assert_eq!(answer, "1:Recive USSD on span 2,responses:0,code:15\nText:UNKNOWN APPLICATION\n");
    gateway.set_ussd("*100#", UssdReply::menu("1 Balance\n2 Data"));
    gateway.set_ussd("1", UssdReply::Text { text: "余额 10元".into(), responses: 2, dcs: 72 });
    let answer = client.command("gsm send ussd 1 *100# 10").await;
    assert_eq!(answer, "1:Recive USSD on span 1,responses:1,code:15\nText:1 Balance\n2 Data\n");
    let answer = client.command("gsm send ussd 1 1").await;
    assert_eq!(answer, "1:Recive USSD on span 1,responses:2,code:72\nText:余额 10元\n");
    for (reply, answer) in [
        (UssdReply::Busy, "0:Sending USSD now on span 1\n"),
        (UssdReply::Failed, "0:Send USSD failed on span 1\n"),
        (UssdReply::TimedOut, "0:Send USSD timeout on span 1(110)\n"),
    ] {
        gateway.set_ussd("*101#", reply);
        assert_eq!(client.command("gsm send ussd 1 *101#").await, answer);
    }
}

#[tokio::test]
async fn cli_status_commands() {
    let gateway = start(Options::default().spans(2)).await;
    let mut client = Client::login(&gateway).await;
    let spans = "GSM span 1: Power on, Provisioned, Up, Active,Standard\n\
                 GSM span 2: Power on, Provisioned, Up, Active,Standard\n";
    assert_eq!(client.command("gsm show spans").await, spans);
    let span = client.command("gsm show span 2").await;
    assert!(span.contains("\nSignal Quality (0,31): 23\n"), "{span}");
    assert!(span.contains("\nState: READY\n"), "{span}");
    // The end of the command is glued to the last line, whose escapes are printed.
    assert!(span.ends_with(r"\r\n"), "{span}");
    assert!(client.command("Core Show Version").await.starts_with("Asterisk 1.8.20.0 built by "));
}

#[tokio::test]
async fn cli_command_blocks_its_own_session_only() {
    let gateway = gateway().await;
    gateway.set_latency(1, Duration::from_secs(1));
    let mut blocked = Client::login(&gateway).await;
    let mut free = Client::login(&gateway).await;
    blocked.say("Action: Command\r\nCommand: gsm send sync sms 1 100 hi 20\r\n\r\nAction: Ping\r\n\r\n").await;
    // Written before the command runs.
    blocked.expect("Response: Follows\r\nPrivilege: Command\r\n").await;
    assert_eq!(gateway.emit("user", b"Event: Meanwhile\r\n\r\n"), 2);
    free.expect("Event: Meanwhile\r\n\r\n").await;
    let busy = free.command("gsm send sync sms 1 200 hi 20").await;
    assert_eq!(busy, "SPAN:1 SEND SMS TO PHONE 200 WAS USING\n");
    assert!(free.command("gsm show span 1").await.contains("\nState: SMS SENDING\n"));
    assert!(blocked.stream.try_read(&mut [0]).is_err(), "the session should be blocked");
    blocked.expect("SPAN:1 SEND SMS TO PHONE:100 SUCCESSFULLY\n--END COMMAND--\r\n\r\n").await;
    blocked.expect("Event: Meanwhile\r\n\r\nResponse: Success\r\nPing: Pong\r\n").await;
}

// Incoming messages.

#[tokio::test]
async fn incoming_message_is_a_whole_call_of_a_channel() {
    let gateway = gateway().await;
    let mut client = Client::login(&gateway).await;
    let mut dialplan = Client::login_for(&gateway, "dialplan").await;
    let mut deaf = Client::login_for(&gateway, "call").await;
    assert_eq!(gateway.deliver_sms(2, "+8613632919026", "hellohello", "2014/09/11 09:36:47"), 2);
    assert_eq!(gateway.deliver_sms(5, "+8613632919026", "hello", "2014/09/11 09:36:47"), 0);

    let first = client.frame().await;
    let unique_id = first
        .split_once("Uniqueid: ")
        .and_then(|(_, rest)| rest.strip_suffix("\r\n\r\n"))
        .expect("a Uniqueid ends the frame");
    assert_eq!(
        first,
        format!(
            "Event: Newchannel\r\nPrivilege: call,all\r\nChannel: EXTRA-SMS/3-1\r\nChannelState: 0\r\n\
             ChannelStateDesc: Down\r\nCallerIDNum: \r\nCallerIDName: \r\nAccountCode: \r\nExten: \r\nContext: \r\n\
             Uniqueid: {unique_id}\r\n\r\n"
        )
    );
    let variable = |name: &str, value: &str| {
        format!(
            "Event: VarSet\r\nPrivilege: dialplan,all\r\nChannel: EXTRA-SMS/3-1\r\nVariable: {name}\r\n\
             Value: {value}\r\nUniqueid: {unique_id}\r\n\r\n"
        )
    };
    let rest = [
        variable("SMSSRC", "+8613632919026"),
        variable("SMSTXT", "hellohello"),
        variable("SMSPDU", "0891683108705505F0040D91683136929120F60000419011906374230AE8329BFD4697D9EC37"),
        variable("SMSTIME", "2014/09/11 09:36:47"),
        variable("SMSTZ", "GMT+8"),
        variable("DIALSTATUS", "SMS_END"),
        format!(
            "Event: Newexten\r\nPrivilege: dialplan,all\r\nChannel: EXTRA-SMS/3-1\r\nContext: gsm-2\r\n\
             Extension: sms\r\nPriority: 1\r\nApplication: System\r\nAppData: /my_tools/process_sms \"2\" \
             \"+8613632919026\" \"2014/09/11 09:36:47\" \"hellohello\" > /dev/null 2>&1 &\r\n\
             Uniqueid: {unique_id}\r\n\r\n"
        ),
        variable("SYSTEMSTATUS", "SUCCESS"),
    ];
    let hangup = format!(
        "Event: Hangup\r\nPrivilege: call,all\r\nChannel: EXTRA-SMS/3-1\r\nUniqueid: {unique_id}\r\n\
         CallerIDNum: <unknown>\r\nCallerIDName: <unknown>\r\nConnectedLineNum: <unknown>\r\n\
         ConnectedLineName: <unknown>\r\nCause: 16\r\nCause-txt: Normal Clearing\r\n\r\n"
    );
    client.expect(&format!("{}{hangup}", rest.concat())).await;
    client.expect_pong().await;
    dialplan.expect(&rest.concat()).await;
    dialplan.expect_pong().await;
    deaf.expect(&format!("{first}{hangup}")).await;
}

#[tokio::test]
async fn incoming_text_is_escaped_by_the_driver_and_raw_otherwise() {
    let gateway = gateway().await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    gateway.deliver_sms(4, "10086", "您 \"a\" \\ `b`\r\n$c", "2014/09/11 09:36:47");
    let escaped = "您 \\\\\\\"a\\\\\\\" \\\\\\\\ \\\\\\`b\\\\\\`\r\n$c";
    client.frame().await;
    let text = client.frame().await;
    assert!(text.contains(&format!("\r\nVariable: SMSTXT\r\nValue: {escaped}\r\nUniqueid: ")), "{text}");
    while !client.frame().await.contains("SMS_END") {}
    let newexten = client.frame().await;
    let data = format!(
        "\r\nAppData: /my_tools/process_sms \"4\" \"10086\" \"2014/09/11 09:36:47\" \"{escaped}\" > /dev/null 2>&1 &\r\n"
    );
    assert!(newexten.contains("\r\nChannel: EXTRA-SMS/7-1\r\nContext: gsm-4\r\n"), "{newexten}");
    assert!(newexten.contains(&data), "{newexten}");
}

#[tokio::test]
async fn incoming_long_messages_come_in_parts() {
    let gateway = gateway().await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    gateway.deliver_sms(1, "10086", &"x".repeat(200), "2014/09/11 09:36:47");
    let mut texts = Vec::new();
    while texts.len() < 2 {
        let frame = client.frame().await;
        if let Some((_, rest)) = frame.split_once("Variable: SMSTXT\r\nValue: ") {
            texts.push((rest.find('\r'), frame.contains(&format!("Channel: EXTRA-SMS/1-{}", texts.len() + 1))));
        }
    }
    assert_eq!(texts, [(Some(153), true), (Some(47), true)]);
}

#[tokio::test]
async fn incoming_messages_to_an_own_number_come_in_there() {
    let options = Options::default().numbers(vec!["+8611".into(), "+8622".into()]);
    let gateway = start(options).await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    gateway.set_outcome(2, Outcome::Failed);
    client.command("gsm send sms 2 +8611 lost").await;
    client.command("gsm send sms 1 8622 \"hello there\"").await;
    let source = client.frame().await;
    assert!(source.contains("Channel: EXTRA-SMS/3-1\r\nVariable: SMSSRC\r\nValue: +8611\r\n"), "{source}");
    let text = client.frame().await;
    assert!(text.contains("\r\nVariable: SMSTXT\r\nValue: hello there\r\n"), "{text}");
}

// Life of the gateway.

#[tokio::test]
async fn session_that_does_not_read_is_dropped_and_harms_nobody() {
    let gateway = start(Options::default().backlog(256 << 10)).await;
    let slow = Client::login(&gateway).await;
    let mut quick = Client::login(&gateway).await;
    let event = format!("Event: Flood\r\nX: {}\r\n\r\n", "x".repeat(10_000));
    for round in 0.. {
        assert!(round < 100_000, "the slow session lives on");
        let reached = gateway.emit("user", event.as_bytes());
        assert!(reached >= 1);
        quick.expect(&event).await;
        if reached == 1 {
            break;
        }
    }
    assert_eq!(gateway.sessions(), 1);
    quick.expect_pong().await;
    drop(slow);
}

#[tokio::test]
async fn session_that_disconnects_leaves_its_command_running() {
    let gateway = start(Options::default().numbers(vec!["1".into(), "2".into()])).await;
    gateway.set_latency(1, Duration::from_millis(100));
    let mut client = Client::login(&gateway).await;
    client.say("Action: Command\r\nCommand: gsm send sync sms 1 2 hi 20\r\n\r\n").await;
    client.expect("Response: Follows\r\nPrivilege: Command\r\n").await;
    while gateway.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    gateway.disconnect_all();
    assert_eq!(gateway.sessions(), 0);
    client.expect_end().await;
    let mut again = Client::login_for(&gateway, "dialplan").await;
    assert!(again.frame().await.contains("Variable: SMSSRC"));
    assert_eq!(gateway.sent().len(), 1);
}

#[tokio::test]
async fn simulator_stop_frees_its_port() {
    let gateway = gateway().await;
    let port = gateway.port();
    let mut client = Client::login(&gateway).await;
    gateway.stop();
    client.expect_end().await;
    timeout(PATIENCE, gateway.closed()).await.expect("all sockets closed");
    let again = start(Options::default().port(port)).await;
    let mut client = Client::login(&again).await;
    // The last handle stops it too.
    let handle = again.clone();
    drop(again);
    client.expect_pong().await;
    drop(handle);
    client.expect_end().await;
}

#[tokio::test]
async fn transcript_hides_secrets() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let options = Options::default().transcript(Some(Arc::new({
        let lines = Arc::clone(&lines);
        move |line: &TranscriptLine| lines.lock().expect("no panic").push(line.clone())
    })));
    assert!(!format!("{options:?}").contains("amp111"));
    let gateway = start(options).await;
    let mut client = Client::connect(&gateway).await;
    client.say("action:Login\r\nusername:admin\r\n SECRET :nonsense\r\nkey:abc\r\nsecret:amp111\r\n\r\n").await;
    client.expect(&format!("{ACCEPTED}{BOOTED}")).await;
    let said: Vec<_> = lines.lock().expect("no panic").iter().map(|line| (line.speaker, line.text.clone())).collect();
    let expected = [
        (Speaker::Gateway, "Asterisk Call Manager/1.1"),
        (Speaker::Client, "action:Login"),
        (Speaker::Client, "username:admin"),
        (Speaker::Client, " SECRET : ***"),
        (Speaker::Client, "key: ***"),
        (Speaker::Client, "secret: ***"),
        (Speaker::Client, ""),
        (Speaker::Gateway, "Response: Success"),
        (Speaker::Gateway, "Message: Authentication accepted"),
        (Speaker::Gateway, ""),
    ];
    assert!(said.iter().map(|(speaker, text)| (*speaker, text.as_str())).take(10).eq(expected), "{said:?}");
    assert!(lines.lock().expect("no panic").iter().all(|line| line.session == 1));

    client.say(format!("Action: Ping\r\nSecret: {}wxyz\r\n\r\n", "v".repeat(1014))).await;
    client.expect("Response: Error\r\nMessage: Failed to parse message: line too long\r\n\r\n").await;
    assert!(lines.lock().expect("no panic").iter().all(|line| !line.text.contains("wx")));
}
