//! The command line behind the action `Command`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use tokio::time::{sleep, timeout};

use super::{Outcome, Radio, SentSms, Shared, UssdReply, clock, incoming, lock, pdu};

const MAX_ARGUMENTS: usize = 64;
const MAX_DESTINATION: usize = 64;
const MAX_MESSAGE: usize = 320;
const DEFAULT_USSD_TIMEOUT: i64 = 10;

#[derive(Clone, Copy)]
enum Command {
    SendSms,
    SendSyncSms,
    SendUssd,
    ShowSpan,
    ShowSpans,
    ShowVersion,
}

/// The words of each command, and what it prints when its arguments are wrong (known word for word of `sync sms`).
const COMMANDS: [(&str, Command, &str); 6] = [
    (
        "gsm send sms",
        Command::SendSms,
        "Usage: gsm send sms <span> <destination> <message> [id] \n       Send SMS on a given GSM span\n",
    ),
    (
        "gsm send sync sms",
        Command::SendSyncSms,
        "Usage: gsm send sync sms <span> <destination> <message> <timeout> [id] \n       Send SMS on a given GSM span\n",
    ),
    (
        "gsm send ussd",
        Command::SendUssd,
        "Usage: gsm send ussd <span> <message> [timeout] \n       Send USSD on a given GSM span\n",
    ),
    (
        "gsm show span",
        Command::ShowSpan,
        "Usage: gsm show span <span>\n       Displays GSM Information on a given GSM span\n",
    ),
    ("gsm show spans", Command::ShowSpans, "Usage: gsm show spans\n       Displays GSM Information\n"),
    (
        "core show version",
        Command::ShowVersion,
        "Usage: core show version\n       Shows Asterisk version information.\n",
    ),
];

/// First words that a gateway knows from commands which are not simulated; they show in `No such command`.
const OTHER_WORDS: [&str; 1] = ["no"];

/// Why a command is refused.
enum Refusal {
    /// The usage text is printed.
    Usage,
    /// This is printed, and that the command failed.
    Failed(String),
}

/// What a command prints.
type Printed = Result<String, Refusal>;

/// Runs a command line and returns what it prints.
pub(super) async fn run(shared: Arc<Shared>, line: Vec<u8>) -> Vec<u8> {
    let arguments = split(&line);
    if arguments.is_empty() {
        return Vec::new();
    }
    let Some((words, command, usage)) = COMMANDS.iter().find(|(words, ..)| starts_with(&arguments, words)) else {
        return [
            b"No such command '",
            &*line,
            b"' (type 'core show help ",
            &nearest(&arguments),
            b"' for other possible commands)\n",
        ]
        .concat();
    };
    let arguments = &arguments[words.split(' ').count()..];
    let printed = match command {
        Command::SendSms => send_sms(&shared, arguments),
        Command::SendSyncSms => send_sync_sms(&shared, arguments).await,
        Command::SendUssd => send_ussd(&shared, arguments).await,
        Command::ShowSpan => show_span(&shared, arguments),
        Command::ShowSpans => show_spans(&shared, arguments),
        Command::ShowVersion => show_version(&shared, arguments),
    };
    match printed {
        Ok(text) => text.into_bytes(),
        Err(Refusal::Usage) => usage.as_bytes().to_vec(),
        Err(Refusal::Failed(text)) => [text.as_bytes(), b"Command '", &line, b"' failed.\n"].concat(),
    }
}

/// Splits a line into arguments at blanks and tabs. A quote starts or ends a stretch in which those count as text,
/// a backslash makes any next byte text, and a quote that is left open ends with the line.
fn split(line: &[u8]) -> Vec<Vec<u8>> {
    let mut arguments = Vec::new();
    let mut current: Option<Vec<u8>> = None;
    let mut quoted = false;
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                quoted = !quoted;
                current.get_or_insert_default();
            }
            b' ' | b'\t' if !quoted => arguments.extend(current.take()),
            b'\\' => current.get_or_insert_default().extend(bytes.next()),
            _ => current.get_or_insert_default().push(byte),
        }
    }
    arguments.extend(current);
    arguments.truncate(MAX_ARGUMENTS);
    arguments
}

fn starts_with(arguments: &[Vec<u8>], words: &str) -> bool {
    let mut arguments = arguments.iter();
    words.split(' ').all(|word| arguments.next().is_some_and(|argument| argument.eq_ignore_ascii_case(word.as_bytes())))
}

/// The arguments up to the first that no command has at its place.
fn nearest(arguments: &[Vec<u8>]) -> Vec<u8> {
    let known = |count: usize| {
        let begins = |words: &str| {
            let start: Vec<&str> = words.split(' ').take(count).collect();
            start.len() == count && starts_with(arguments, &start.join(" "))
        };
        COMMANDS.iter().any(|(words, ..)| begins(words)) || OTHER_WORDS.iter().any(|word| begins(word))
    };
    let count = (1..=arguments.len()).find(|count| !known(*count)).unwrap_or(arguments.len());
    arguments[..count].join(&b' ')
}

/// The number at the start of an argument, if there is one.
pub(super) fn integer(argument: &[u8]) -> Option<i64> {
    let text = argument.trim_ascii_start();
    let sign = usize::from(text.starts_with(b"-") || text.starts_with(b"+"));
    let digits = text[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..sign + digits]).ok()?.parse().ok()
}

/// The span that an argument names, or what is printed instead.
fn span_of(shared: &Shared, argument: &[u8]) -> Result<u32, Refusal> {
    let number = integer(argument).unwrap_or(0);
    u32::try_from(number).ok().filter(|span| shared.radio(*span).is_some()).ok_or_else(|| {
        let spans = shared.options.spans;
        Refusal::Failed(format!("Invalid span '{number}'.  Should be a number from 1 to {spans}\n"))
    })
}

/// A message that was accepted for sending.
struct Sms {
    span: u32,
    destination: String,
    text: String,
    id: Option<String>,
    outcome: Outcome,
}

impl Sms {
    fn accept(
        shared: &Shared,
        span: &[u8],
        destination: &[u8],
        text: &[u8],
        id: Option<&Vec<u8>>,
    ) -> Result<Sms, Refusal> {
        let span = span_of(shared, span)?;
        let complaint = if destination.is_empty() {
            "Destination number too short.\n"
        } else if destination.len() > MAX_DESTINATION {
            "Destination number too long.\n"
        } else if text.is_empty() {
            "SMS message too short.\n"
        } else if text.len() > MAX_MESSAGE {
            "SMS message too long.\n"
        } else {
            ""
        };
        if !complaint.is_empty() {
            return Err(Refusal::Failed(complaint.to_owned()));
        }
        let text = String::from_utf8_lossy(text).into_owned();
        let configured = shared.radio(span).map(|radio| lock(&radio.conditions).outcome).unwrap_or_default();
        Ok(Sms {
            span,
            destination: String::from_utf8_lossy(destination).into_owned(),
            id: id.map(|id| String::from_utf8_lossy(id).into_owned()),
            // The driver does not split, and no network takes a message that is too long.
            outcome: if pdu::fits_one(&text) { configured } else { Outcome::Failed },
            text,
        })
    }

    /// A PDU takes digits only, after an optional plus sign.
    fn encodes(&self) -> bool {
        let digits = self.destination.strip_prefix('+').unwrap_or(&self.destination);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn record(&self, shared: &Shared, sync: bool, outcome: Outcome) {
        lock(&shared.sent).push(SentSms {
            span: self.span,
            destination: self.destination.clone(),
            text: self.text.clone(),
            id: self.id.clone(),
            sync,
            outcome,
        });
    }

    /// Takes the time on the air and, if the network takes the message, lets it come in where it is addressed to.
    async fn transmit(self, shared: Arc<Shared>) {
        let Some(radio) = shared.radio(self.span) else { return };
        let air = radio.air.lock().await;
        pass(radio).await;
        drop(air);
        if matches!(self.outcome, Outcome::Sent | Outcome::Busy) {
            let numbers = &shared.options.numbers;
            let bare = |number: &str| number.trim_start_matches('+').to_owned();
            let own = |number: &str| !number.is_empty() && bare(number) == bare(&self.destination);
            let to = numbers.iter().zip(1..).find(|(number, _)| own(number));
            if let Some((_, span)) = to {
                let sender = numbers.get(self.span as usize - 1).map_or("", String::as_str);
                let (date, time) = clock::date_and_time(SystemTime::now(), shared.options.time_zone, '/');
                incoming::deliver(&shared, span, sender, &self.text, &format!("{date} {time}"));
            }
        }
    }
}

/// Says nothing about how it goes.
fn send_sms(shared: &Arc<Shared>, arguments: &[Vec<u8>]) -> Printed {
    let [span, destination, text, rest @ ..] = arguments else { return Err(Refusal::Usage) };
    let sms = Sms::accept(shared, span, destination, text, rest.first())?;
    if !sms.encodes() {
        return Err(Refusal::Failed("Encode pdu error\n".to_owned()));
    }
    let outcome = if sms.outcome == Outcome::Busy { Outcome::Sent } else { sms.outcome };
    sms.record(shared, false, outcome);
    tokio::spawn(sms.transmit(Arc::clone(shared)));
    Ok(String::new())
}

async fn send_sync_sms(shared: &Arc<Shared>, arguments: &[Vec<u8>]) -> Printed {
    let [span, destination, text, seconds, rest @ ..] = arguments else { return Err(Refusal::Usage) };
    let sms = Sms::accept(shared, span, destination, text, rest.first())?;
    let mut answer = sms.id.as_ref().map(|id| format!("ID:{id} ")).unwrap_or_default();
    let _ = write!(answer, "SPAN:{} SEND SMS TO PHONE", sms.span);
    let destination = sms.destination.clone();
    if !sms.encodes() {
        return Err(Refusal::Failed(format!("{answer} {destination} ENCODE PDU FAIL\n")));
    }
    let Some(radio) = shared.radio(sms.span) else { return Err(Refusal::Usage) };
    let _using = match InUse::take(&radio.sms_busy) {
        Some(using) if sms.outcome != Outcome::Busy => using,
        _ => {
            sms.record(shared, true, Outcome::Busy);
            return Ok(format!("{answer} {destination} WAS USING\n"));
        }
    };
    let (outcome, wait) = (sms.outcome, shared.seconds(integer(seconds).unwrap_or(0)));
    sms.record(shared, true, outcome);
    let in_time = if outcome == Outcome::TimedOut {
        sleep(wait).await;
        false
    } else {
        // A message that is late is still sent.
        timeout(wait, tokio::spawn(sms.transmit(Arc::clone(shared)))).await.is_ok()
    };
    Ok(match (in_time, outcome) {
        (false, _) => format!("{answer}:{destination} TIMEOUT\n"),
        (true, Outcome::Failed) => format!("{answer}:{destination} WAS FAILED\n"),
        (true, _) => format!("{answer}:{destination} SUCCESSFULLY\n"),
    })
}

async fn send_ussd(shared: &Shared, arguments: &[Vec<u8>]) -> Printed {
    let (span, code, seconds) = match arguments {
        [span, code] => (span, code, DEFAULT_USSD_TIMEOUT),
        [span, code, seconds] => (span, code, integer(seconds).unwrap_or(0)),
        _ => return Err(Refusal::Usage),
    };
    let span = span_of(shared, span)?;
    let Some(radio) = shared.radio(span) else { return Err(Refusal::Usage) };
    let reply = lock(&shared.ussd).get(&*String::from_utf8_lossy(code)).cloned();
    let reply = reply.unwrap_or_else(|| UssdReply::text("UNKNOWN APPLICATION"));
    let _using = match InUse::take(&radio.ussd_busy) {
        Some(using) if reply != UssdReply::Busy => using,
        _ => return Ok(format!("0:Sending USSD now on span {span}\n")),
    };
    let wait = shared.seconds(seconds);
    let answered = timeout(wait, async {
        if reply == UssdReply::TimedOut {
            std::future::pending::<()>().await;
        }
        let _air = radio.air.lock().await;
        pass(radio).await;
    });
    Ok(match (answered.await, reply) {
        (Ok(()), UssdReply::Text { text, responses, dcs }) => {
            format!("1:Recive USSD on span {span},responses:{responses},code:{dcs}\nText:{text}\n")
        }
        (Ok(()), _) => format!("0:Send USSD failed on span {span}\n"),
        // 110 is ETIMEDOUT.
        (Err(_), _) => format!("0:Send USSD timeout on span {span}(110)\n"),
    })
}

/// Takes as long as the network does.
async fn pass(radio: &Radio) {
    let latency = lock(&radio.conditions).latency;
    // Even a sleep of no length waits for the timer's next tick.
    if !latency.is_zero() {
        sleep(latency).await;
    }
}

/// A mark that one synchronous command at a time can hold.
struct InUse<'a>(&'a AtomicBool);

impl InUse<'_> {
    fn take(mark: &AtomicBool) -> Option<InUse<'_>> {
        (!mark.swap(true, Ordering::AcqRel)).then(|| InUse(mark))
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn show_spans(shared: &Shared, arguments: &[Vec<u8>]) -> Printed {
    if !arguments.is_empty() {
        return Err(Refusal::Usage);
    }
    Ok((1..=shared.options.spans).fold(String::new(), |mut text, span| {
        let _ = writeln!(text, "GSM span {span}: Power on, Provisioned, Up, Active,Standard");
        text
    }))
}

/// The escapes in the last lines are printed as such, and no line end follows the last.
fn show_span(shared: &Shared, arguments: &[Vec<u8>]) -> Printed {
    let [argument] = arguments else { return Err(Refusal::Usage) };
    let span = span_of(shared, argument)?;
    let state = match shared.radio(span) {
        Some(radio) if radio.sms_busy.load(Ordering::Acquire) => "SMS SENDING",
        Some(radio) if radio.ussd_busy.load(Ordering::Acquire) => "USSD SENDING",
        _ => "READY",
    };
    let smsc = &shared.options.smsc;
    let channel = 2 * span;
    Ok(format!(
        "D-channel: {channel}\n\
         Status: Power on, Provisioned, Up, Active,Standard\n\
         Type: CPE\n\
         Manufacturer: SIMCOM_Ltd\n\
         Model Name: SIMCOM_SIM840W\n\
         Model IMEI: 86135300000{span:04}\n\
         Revision: Revision:1137B10SIM840W32\n\
         Network Name: SIMULATED\n\
         Network Status: Registered (Home network)\n\
         Signal Quality (0,31): 23\n\
         BER value (0,7): 0\n\
         SIM IMSI: 46001000000{span:04}\n\
         SIM SMS Center Number: {smsc}\n\
         PDD: 0\n\
         ASR: 0\n\
         ACD: 0\n\
         Last event: \n\
         State: {state}\n\
         Last send AT: AT+CREG?\\r\\n\n\
         Last receive AT: +CREG: 0,1\\r\\n"
    ))
}

fn show_version(shared: &Shared, arguments: &[Vec<u8>]) -> Printed {
    if !arguments.is_empty() {
        return Err(Refusal::Usage);
    }
    let (date, time) = clock::date_and_time(shared.started, 0, '-');
    Ok(format!("Asterisk 1.8.20.0 built by root @ simulator on a blackfin running Linux on {date} {time} UTC\n"))
}
