//! Any command line in a dialplan event: no panic; and what a gateway makes of any text comes back as that text.

#![no_main]

use ami::gsm::Sms;
use ami::protocol::{Message, Parser};
use libfuzzer_sys::fuzz_target;

fn event(app_data: &[u8]) -> Option<Message> {
    let mut parser = Parser::new();
    let mut bytes =
        b"Asterisk Call Manager/1.1\r\nEvent: Newexten\r\nChannel: EXTRA-SMS/3-1\r\nApplication: System\r\nAppData: "
            .to_vec();
    bytes.extend_from_slice(app_data);
    bytes.extend_from_slice(b"\r\nUniqueid: 1\r\n\r\n");
    let _ = parser.feed(&bytes);
    parser.next().ok().flatten()
}

/// The escaping of the gateway's driver.
fn escaped(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '`') {
            line.push_str(r"\\\");
        }
        line.push(c);
    }
    line
}

fuzz_target!(|input: (&[u8], &str)| {
    let (bytes, text) = input;
    if let Some(event) = event(bytes) {
        let _ = Sms::from_event(&event);
    }
    // An empty line ends a message, whatever it stands in; a NUL cannot be in an SMS; an order mark is left out.
    if text.contains("\n\n")
        || text.contains("\n\r\n")
        || text.contains('\0')
        || text.starts_with(['\u{feff}', '\n', '\r'])
    {
        return;
    }
    let line = format!(
        "/my_tools/process_sms \"4\" \"10086\" \"2014/09/11 09:36:47\" \"{}\" > /dev/null 2>&1 &",
        escaped(text)
    );
    let sms = event(line.as_bytes()).and_then(|event| Sms::from_event(&event)).expect("a gateway's own line is an SMS");
    assert_eq!((sms.span(), sms.sender(), sms.time()), (4, "10086", "2014-09-11T09:36:47"));
    assert_eq!(sms.text(), text);
});
