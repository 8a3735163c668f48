//! The core of Asterisk 1.8.20 as clients notice it: logins, lines, event masks.

use std::time::Duration;

use ami::simulator::{Core, Options};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::client::{ACCEPTED, Client, gateway, start};
use support::clock::{PATIENCE, until};

#[tokio::test]
async fn core_closes_a_session_that_does_not_log_in() {
    let gateway = start(Options::default().auth_timeout(Duration::from_millis(50))).await;
    let mut idle = Client::connect(&gateway).await;
    let mut half = Client::connect(&gateway).await;
    half.say("Action: Login\r\n").await;
    idle.expect_end().await;
    half.expect_end().await;
    // A session that has logged in has no such limit.
    let gateway = start(Options::default().auth_timeout(Duration::from_secs(1))).await;
    let mut client = Client::login_for(&gateway, "off").await;
    Client::connect(&gateway).await.expect_end().await;
    client.expect_pong().await;
}

#[tokio::test]
async fn core_limits_sessions_that_are_not_logged_in() {
    let gateway = start(Options::default().auth_limit(2)).await;
    let mut first = Client::connect(&gateway).await;
    let second = Client::connect(&gateway).await;
    let mut third = TcpStream::connect(("127.0.0.1", gateway.port())).await.expect("it listens");
    let mut said = Vec::new();
    let read = tokio::time::timeout(PATIENCE, third.read_to_end(&mut said)).await.expect("the end in time");
    assert!(read.is_err() || said.is_empty(), "{said:?}");
    // A session that logs in makes room, and so does one that leaves.
    first.say("Action: Login\r\nUsername: admin\r\nSecret: amp111\r\nEvents: off\r\n\r\n").await;
    first.expect(ACCEPTED).await;
    let _fourth = Client::connect(&gateway).await;
    drop(second);
    until("the second has left", || gateway.sessions() == 2).await;
    Client::connect(&gateway).await;
    first.expect_pong().await;
}

#[tokio::test]
async fn core_limits_an_account_to_one_session() {
    let options = || Options::default().allow_multiple_login(false);
    let gateway = start(options()).await;
    let first = Client::login_for(&gateway, "off").await;
    for action in ["Login\r\nSecret: amp111", "Challenge\r\nAuthType: MD5"] {
        let mut second = Client::connect(&gateway).await;
        second.say(format!("Action: {action}\r\nActionID: u\r\nUsername: ADMIN\r\n\r\n")).await;
        second.expect("Response: Error\r\nActionID: u\r\nMessage: Login Already In Use\r\n\r\n").await;
        second.expect_end().await;
    }
    // Without a name nothing is known of whom it is.
    let mut nameless = Client::connect(&gateway).await;
    nameless.say("Action: Challenge\r\nAuthType: MD5\r\n\r\n").await;
    assert!(nameless.frame().await.contains("Challenge: "));
    drop((first, nameless));
    until("they have left", || gateway.sessions() == 0).await;
    Client::login_for(&gateway, "off").await.expect_pong().await;
}

#[tokio::test]
async fn core_delays_a_refusal() {
    let second = Duration::from_millis(300);
    let gateway = start(Options::default().login_failure_delay(second)).await;
    let mut client = Client::connect(&gateway).await;
    let before = std::time::Instant::now();
    client.say("Action: Login\r\nUsername: admin\r\nSecret: wrong\r\n\r\n").await;
    client.expect("Response: Error\r\nMessage: Authentication failed\r\n\r\n").await;
    assert!(before.elapsed() >= second);
    client.expect_end().await;
}

#[tokio::test]
async fn core_reads_masks_with_asterisks_oddities() {
    let gateway = gateway().await;
    let mut client = Client::login_for(&gateway, "off").await;
    for (mask, on, seen) in [
        // Case and blanks count.
        ("System,Call", false, ""),
        ("ALL", false, ""),
        ("system ", false, ""),
        ("system, call", true, "system"),
        ("none", false, ""),
        ("nonsense", false, ""),
        ("hook", false, ""),
        // Yes and no in any case.
        ("ON", true, "system,call,user"),
        ("T", true, "system,call,user"),
        ("oFF", false, ""),
        // All but the last may be shortened.
        ("a,call", true, "system,call,user"),
        (",call", true, "system,call,user"),
        ("c,user", true, "call,user"),
        ("sys,x", true, "system"),
        ("x,sys", false, ""),
        ("systems,x", false, ""),
        ("user,", true, "user"),
        // Numbers.
        ("0", false, ""),
        ("2", true, "call"),
        ("67", true, "system,call,user"),
        ("536870912", true, ""),
        ("-1", false, ""),
    ] {
        client.say(format!("Action: Events\r\nEventMask: {mask}\r\n\r\n")).await;
        let state = if on { "On" } else { "Off" };
        assert_eq!(client.frame().await, format!("Response: Success\r\nEvents: {state}\r\n\r\n"), "{mask:?}");
        for class in ["system", "call", "user"] {
            let count = usize::from(seen.split(',').any(|one| one == class));
            let event = format!("Event: {class}\r\n\r\n");
            assert_eq!(gateway.emit(class, event.as_bytes()), count, "{mask:?}: {class}");
            if count == 1 {
                client.expect(&event).await;
            }
        }
    }
    client.say("Action: Events\r\n\r\n").await;
    client.expect("Response: Error\r\nMessage: Invalid event mask\r\n\r\n").await;
    // In a login the same; what cannot be read changes nothing.
    for (mask, count) in [("System,Call", 0), ("a,call", 1), ("", 1)] {
        let mut client = Client::connect(&gateway).await;
        client.say(format!("Action: Login\r\nUsername: admin\r\nSecret: amp111\r\nEvents: {mask}\r\n\r\n")).await;
        client.expect(ACCEPTED).await;
        assert_eq!(gateway.emit("user", b"Event: Test\r\n\r\n"), count, "{mask:?}");
    }
}

#[tokio::test]
async fn core_reads_bytes_that_are_no_text_as_in_c() {
    let gateway = gateway().await;
    let mut client = Client::login_for(&gateway, "off").await;
    // Bytes after a NUL are ignored, and a line that begins with one is empty.
    client.say("Action: Events\0garbage\r\nEventMask: off\0n\r\n\0 no header\r\n").await;
    client.expect("Response: Success\r\nEvents: Off\r\n\r\n").await;
    // Control characters before a value are like blanks.
    client.say("Action:\x01\x0b\t Ping\r\nActionID: \x1f\x7fid\r\n\r\n").await;
    let pong = client.frame().await;
    assert!(pong.starts_with("Response: Success\r\nActionID: \x7fid\r\nPing: Pong\r\n"), "{pong:?}");
    // The first Action that is not empty; of all else the first.
    client.say("Action:\r\nAction: \x01\r\nAction: Events\r\nEventMask:\r\nEventMask: on\r\n\r\n").await;
    client.expect("Response: Error\r\nMessage: Invalid event mask\r\n\r\n").await;
    client.say("Action:  \r\nActionID: e\r\n\r\n").await;
    client.expect("Response: Error\r\nActionID: e\r\nMessage: Missing action in request\r\n\r\n").await;
}

#[tokio::test]
async fn core_line_too_long_keeps_its_last_byte_in_later_servers() {
    for (core, id) in
        [(Core::V1_8, ""), (Core::V13, ""), (Core::V16, "ActionID: kept\r\n"), (Core::V22, "ActionID: kept\r\n")]
    {
        let gateway = start(Options::default().core(Some(core))).await;
        let mut client = Client::login_for(&gateway, "off").await;
        // The rest of it is the next line; the buffer ends after the A.
        client.say(format!("Action: Ping\r\n{}ActionID: kept\r\n\r\n", "x".repeat(1023))).await;
        client.expect(&format!("Response: Error\r\n{id}Message: Failed to parse message: line too long\r\n\r\n")).await;
        // A line end that is cut in two leaves an empty line behind.
        client.say(format!("Action: Ping\r\nX: {}\r\n", "x".repeat(1020))).await;
        client.expect("Response: Error\r\nMessage: Failed to parse message: line too long\r\n\r\n").await;
        client.expect_pong().await;
    }
}

#[tokio::test]
async fn core_cuts_long_action_ids_where_asterisk_does() {
    let gateway = gateway().await;
    let mut client = Client::login_for(&gateway, "off").await;
    for (length, fits_little, fits_much) in
        [(137, true, true), (138, false, true), (243, false, true), (244, false, false), (900, false, false)]
    {
        let id = "i".repeat(length);
        let line = |room: usize| {
            let mut line = format!("ActionID: {id}\r\n");
            line.truncate(room - 1);
            line
        };
        client.say(format!("Action: CoreSettings\r\nActionID: {id}\r\n\r\n")).await;
        let settings = client.frame().await;
        assert!(settings.starts_with(&format!("Response: Success\r\n{}AMIversion: 1.1\r\n", line(150))), "{settings}");
        assert_eq!(settings.contains(&format!("ActionID: {id}\r\n")), fits_little, "{length}");
        client.say(format!("Action: Events\r\nEventMask: off\r\nActionID: {id}\r\n\r\n")).await;
        let events = client.frame().await;
        assert_eq!(events, format!("Response: Success\r\n{}Events: Off\r\n\r\n", line(256)));
        assert_eq!(events.contains(&format!("ActionID: {id}\r\n")), fits_much, "{length}");
        client.say(format!("Action: Status\r\nActionID: {id}\r\n\r\n")).await;
        let opening = format!("Response: Success\r\nActionID: {id}\r\nMessage: Channel status will follow\r\n\r\n");
        client.expect(&format!("{opening}Event: StatusComplete\r\n{}Items: 0\r\n\r\n", line(256))).await;
        client.say(format!("Action: WaitEvent\r\nTimeout: 0\r\nActionID: {id}\r\n\r\n")).await;
        client
            .expect(&format!("Response: Success\r\nActionID: {id}\r\nMessage: Waiting for Event completed.\r\n\r\n"))
            .await;
        client.expect(&format!("Event: WaitEventComplete\r\n{}\r\n", line(256))).await;
        // The end of the frame is lost with that of the ActionID.
        if !fits_much {
            client.say("Action: Events\r\nEventMask: off\r\n\r\n").await;
            client.expect("Response: Success\r\nEvents: Off\r\n\r\n").await;
        }
    }
}

#[tokio::test]
async fn core_actions_answer_as_without_calls() {
    let gateway = gateway().await;
    let mut client = Client::login_for(&gateway, "dialplan").await;
    let refused = |words: &str| format!("Response: Error\r\nActionID: a\r\nMessage: {words}\r\n\r\n");
    let done = |words: &str| format!("Response: Success\r\nActionID: a\r\nMessage: {words}\r\n\r\n");
    for (request, answer) in [
        (
            "CoreShowChannels",
            "Response: Success\r\nActionID: a\r\nEventList: start\r\nMessage: Channels will follow\r\n\r\n\
             Event: CoreShowChannelsComplete\r\nEventList: Complete\r\nListItems: 0\r\nActionID: a\r\n\r\n"
                .to_owned(),
        ),
        ("Status", format!("{}Event: StatusComplete\r\nActionID: a\r\nItems: 0\r\n\r\n", done("Channel status will follow"))),
        ("Status\r\nChannel: SIP/none-1", refused("No such channel")),
        ("Hangup\r\nChannel: SIP/none-1", refused("No such channel")),
        ("Hangup", refused("No channel specified")),
        ("AbsoluteTimeout\r\nChannel: SIP/none-1\r\nTimeout: 5", refused("No such channel")),
        ("AbsoluteTimeout\r\nChannel: SIP/none-1\r\nTimeout: x", refused("No timeout specified")),
        ("Redirect\r\nChannel: SIP/none-1\r\nPriority: 1", refused("Channel does not exist: SIP/none-1")),
        ("Redirect\r\nChannel: SIP/none-1\r\nPriority: x", refused("Invalid priority")),
        ("Atxfer\r\nChannel: a\r\nExten: 1", refused("Channel specified does not exist")),
        ("SendText\r\nChannel: a\r\nMessage: hi", refused("No such channel")),
        ("SendText\r\nChannel: a", refused("No Message specified")),
        ("Getvar\r\nVariable: NOSUCH", "Response: Success\r\nActionID: a\r\nVariable: NOSUCH\r\nValue: \r\n\r\n".into()),
        ("Getvar\r\nChannel: SIP/none\r\nVariable: X", refused("No such channel")),
        (
            "Setvar\r\nVariable: GLOB\r\nValue: x y",
            format!(
                "{}Event: VarSet\r\nPrivilege: dialplan,all\r\nChannel: none\r\nVariable: GLOB\r\nValue: x y\r\n\
                 Uniqueid: none\r\n\r\n",
                done("Variable Set")
            ),
        ),
        ("Getvar\r\nVariable: GLOB", "Response: Success\r\nActionID: a\r\nVariable: GLOB\r\nValue: x y\r\n\r\n".into()),
        (
            "MailboxCount\r\nMailbox: 1001@default",
            "Response: Success\r\nActionID: a\r\nMessage: Mailbox Message Count\r\nMailbox: 1001@default\r\n\
             UrgMessages: 0\r\nNewMessages: 0\r\nOldMessages: 0\r\n\r\n"
                .into(),
        ),
        (
            "MailboxStatus\r\nMailbox: 1001@default",
            "Response: Success\r\nActionID: a\r\nMessage: Mailbox Status\r\nMailbox: 1001@default\r\nWaiting: 0\r\n\r\n"
                .into(),
        ),
        (
            "ExtensionState\r\nExten: 9999",
            "Response: Success\r\nActionID: a\r\nMessage: Extension Status\r\nExten: 9999\r\nContext: default\r\n\
             Hint: \r\nStatus: -1\r\n\r\n"
                .into(),
        ),
        ("DBPut\r\nFamily: fam\r\nKey: k1\r\nVal: v 1", done("Updated database successfully")),
        (
            "DBGet\r\nFamily: fam\r\nKey: k1",
            format!(
                "{}Event: DBGetResponse\r\nFamily: fam\r\nKey: k1\r\nVal: v 1\r\nActionID: a\r\n\r\n\
                 Event: DBGetComplete\r\nActionID: a\r\n\r\n",
                done("Result will follow")
            ),
        ),
        ("DBGet\r\nFamily: fam\r\nKey: none", refused("Database entry not found")),
        ("DBDel\r\nFamily: fam\r\nKey: k1", done("Key deleted successfully")),
        ("DBDel\r\nFamily: fam\r\nKey: k1", refused("Database entry not found")),
        ("DBDelTree\r\nFamily: fam", refused("Database entry not found")),
        ("DBPut\r\nFamily: fam\r\nKey: a/b\r\nVal: 1", done("Updated database successfully")),
        ("DBPut\r\nFamily: family\r\nKey: c\r\nVal: 1", done("Updated database successfully")),
        ("DBDelTree\r\nFamily: fam\r\nKey: a", done("Key tree deleted successfully")),
        ("DBDelTree\r\nFamily: family", done("Key tree deleted successfully")),
    ] {
        client.say(format!("Action: {request}\r\nActionID: a\r\n\r\n")).await;
        client.expect(&answer).await;
    }
    // Classes as in a real one.
    let narrow = start(Options::default().write("reporting".into())).await;
    let mut reader = Client::login_for(&narrow, "off").await;
    reader.say("Action: Hangup\r\nChannel: a\r\nActionID: a\r\n\r\n").await;
    reader.expect(&refused("Permission denied")).await;
    reader.say("Action: Status\r\nChannel: a\r\nActionID: a\r\n\r\n").await;
    reader.expect(&refused("No such channel")).await;
}

#[tokio::test]
async fn core_commands() {
    let gateway = gateway().await;
    let mut client = Client::login_for(&gateway, "off").await;
    let uptime = client.command("core show uptime").await;
    let lines: Vec<&str> = uptime.lines().collect();
    assert!(lines[0].starts_with("System uptime: ") && lines[0].ends_with(" seconds "), "{uptime}");
    assert!(lines[1].starts_with("Last reload: ") && lines.len() == 2, "{uptime}");
    let seconds = client.command("core show uptime seconds").await;
    let number = seconds.lines().next().and_then(|line| line.strip_prefix("System uptime: ")).expect("a number");
    assert!(number.parse::<u32>().is_ok(), "{seconds}");
    assert!(client.command("core show uptime minutes").await.starts_with("Usage: core show uptime"));
    let none = "0 active channels\n0 active calls\n0 calls processed\n";
    let head = "Channel              Location             State   Application(Data)             \n";
    assert_eq!(client.command("core show channels").await, format!("{head}{none}"));
    assert_eq!(client.command("core show channels count").await, none);
    assert_eq!(client.command("core show channels concise").await, "");
}
