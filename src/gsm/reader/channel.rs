//! SMS that come as calls of a channel driver (chan_extra, chan_allogsm, chan_mobile): variables of a channel, then steps of
//! the dialplan.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use memchr::memmem;

use super::assembly::Piece;
use super::command_line::{CommandLine, is_unfinished, unescape};
use super::cut::{Cut, Value};
use super::found::{Found, pdu_in_hex};
use super::wire::{DIALPLAN, before, port_of, split_id, without_end};
use crate::events::Event;
use crate::gsm::incoming::{Report, Sms};
use crate::gsm::outcome::Outcome;
use crate::gsm::text::{decode_text, iso_time, zone_of};
use crate::protocol::MessageKind;

/// Drivers of GSM ports.
const DRIVERS: [&str; 5] = ["EXTRA-SMS/", "EXTRA-SMSSEND/", "AGSM-SMS/", "EXTRA/", "Mobile/"];
/// The step of the dialplan that tells the port comes right behind the variables.
const STEP_WAIT: Duration = Duration::from_secs(1);
/// As long as it takes a driver to set all its variables.
const CALL_WAIT: Duration = Duration::from_secs(10);
/// No server gives a call or a channel a longer name.
const LONGEST_NAME: usize = 256;
/// Values of calls take so many bytes at most, where there are larger ones than a driver writes.
const MOST_BYTES: usize = 4 << 20;
const LARGE: usize = 1024;
/// The number of calls that are watched, and remembered afterwards.
const CALLS: usize = 1024;

/// A call that brings an SMS, or tells of one that was sent.
struct Call {
    id: Vec<u8>,
    channel: Vec<u8>,
    until: Instant,
    context: Vec<u8>,
    sender: Option<Vec<u8>>,
    text: Option<Vec<u8>>,
    pdu: Option<Vec<u8>>,
    time: Option<Vec<u8>>,
    zone: Option<Vec<u8>>,
    sent_id: Option<Vec<u8>>,
    recipient: Option<Vec<u8>>,
}

impl Call {
    /// The bytes of its values.
    fn size(&self) -> usize {
        [&self.sender, &self.text, &self.pdu, &self.time, &self.zone, &self.sent_id, &self.recipient]
            .into_iter()
            .map(|value| value.as_ref().map_or(0, Vec::len))
            .sum()
    }
}

/// The long value of a dialplan event, with the line ends that are in it.
struct Step<'a> {
    event: &'a Event,
    /// Which header it is.
    at: usize,
    /// True if the server writes the call's id behind the value, as up to version 11.
    is_old: bool,
    id: Option<Vec<u8>>,
    value: Vec<u8>,
}

impl Step<'_> {
    fn of<'a>(event: &'a Event, header: &str) -> Option<Step<'a>> {
        let at = event.iter().position(|(have, _)| have.eq_ignore_ascii_case(header.as_bytes()))?;
        let rest = event.rest(at);
        if let Some(id) = before(event, at, "Uniqueid") {
            let (id, value) = (Some(id.to_vec()), without_end(&rest).to_vec());
            return Some(Step { event, at, is_old: false, id, value });
        }
        let (value, id) = split_id(&rest);
        Some(Step { event, at, is_old: true, id, value })
    }

    /// The value of a header before it.
    fn get(&self, name: &str) -> &[u8] {
        before(self.event, self.at, name).unwrap_or_default()
    }

    fn is(&self, name: &str, values: &[&str]) -> bool {
        values.iter().any(|value| self.get(name).eq_ignore_ascii_case(value.as_bytes()))
    }
}

#[derive(Default)]
pub(super) struct Channels {
    calls: VecDeque<Call>,
    /// Ids of calls that are done with; of those without variables, with what the command line says. Digests, with keys that
    /// nobody knows.
    done: VecDeque<u64>,
    digests: RandomState,
    /// Channels that were announced, and their ids.
    announced: VecDeque<(Vec<u8>, Vec<u8>)>,
    /// The same from before events were lost.
    announced_before: VecDeque<(Vec<u8>, Vec<u8>)>,
    /// The server has SMS in events that a text can cut.
    may_be_cut: bool,
    /// True if a driver has set the variables of an SMS, and announced its channel: then it always does.
    sets_variables: bool,
    announces: bool,
}

fn has_prefix(channel: &[u8], prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| channel.starts_with(prefix.as_bytes()))
}

/// Tells whether an SMS may come on this channel.
fn may_bring(channel: &[u8]) -> bool {
    has_prefix(channel, &DRIVERS) || channel.starts_with(DIALPLAN.as_bytes())
}

fn remember<T>(list: &mut VecDeque<T>, id: T) {
    if list.len() == CALLS {
        list.pop_front();
    }
    list.push_back(id);
}

impl Channels {
    /// The value that was cut is whole.
    pub fn whole(&mut self, cut: &Cut, escapes: bool, out: &mut Vec<Found>) {
        let (channel, context) = (cut.get("Channel"), cut.get("Context"));
        let (value, id) = match cut.value {
            Value::LastStep => (cut.bytes.clone(), cut.id.clone()),
            _ => split_id(&cut.bytes),
        };
        match cut.value {
            Value::Variable => {
                self.variable(channel, id, cut.get("Variable"), value, escapes, cut.until(), out);
            }
            _ => self.command(channel, context, id, &value, out),
        }
    }

    /// Tells whether the driver or the server has written this event about another call than the one whose event is cut: then the
    /// end was lost. A text does not know the ids of calls.
    pub fn is_of_another_call(&self, event: &Event, cut: &Cut) -> bool {
        let (Some(channel), Some(id)) = (event.get("Channel"), event.get("Uniqueid")) else { return false };
        event.kind() == MessageKind::Event
            && channel != cut.get("Channel")
            && cut.id.as_deref() != Some(id)
            && (self.id_on(channel) == Some(id)
                || self.announced_before.iter().any(|(known, other)| known == channel && other == id))
    }

    pub fn expect_cuts(&mut self) {
        self.may_be_cut = true;
    }

    pub fn may_be_cut(&self) -> bool {
        self.may_be_cut
    }

    pub fn announced(&mut self, event: &Event) {
        let (Some(channel), Some(id)) = (event.get("Channel"), event.get("Uniqueid")) else { return };
        if has_prefix(channel, &DRIVERS) {
            self.announces = true;
            // Ids are made of the clock: one that starts anew with the gateway brings them again.
            let id = self.digests.hash_one(id);
            self.done.retain(|done| *done != id);
        }
        if channel.len() > LONGEST_NAME || id.len() > LONGEST_NAME {
            return;
        }
        remember(&mut self.announced, (channel.to_vec(), id.to_vec()));
    }

    /// Tells whether each SMS comes by a channel.
    pub fn bring_all(&self) -> bool {
        self.sets_variables
    }

    fn is_done(&self, id: &[u8]) -> bool {
        self.done.contains(&self.digests.hash_one(id))
    }

    fn was_announced(&self, id: &[u8]) -> bool {
        self.announced.iter().any(|(_, announced)| announced == id)
    }

    /// The id of the call on this channel, as far as it is known without its text and the call is not done with.
    fn id_on(&self, channel: &[u8]) -> Option<&[u8]> {
        let call = self.calls.iter().rev().find(|call| call.channel == channel).map(|call| &*call.id);
        let announced = || self.announced.iter().rev().find(|(other, _)| other == channel).map(|(_, id)| id);
        call.or_else(|| announced().filter(|id| !self.is_done(id)).map(|id| &**id))
    }

    pub fn hung_up(&mut self, event: &Event, out: &mut Vec<Found>) {
        if let Some(id) = event.get("Uniqueid") {
            self.finish_call(id, None, out);
        }
    }

    /// A variable was set. Hands out the event if it is cut.
    pub fn set(&mut self, event: &Event, escapes: bool, now: Instant, out: &mut Vec<Found>) -> Option<Cut> {
        let step = Step::of(event, "Value")?;
        self.may_be_cut |= may_bring(step.get("Channel"));
        let (channel, variable, context) = (step.get("Channel"), step.get("Variable"), step.get("Context"));
        // The first variable is the sender, on a channel whose last call may have been another one.
        if self.is_cut(&step, variable != b"SMSSRC") {
            return Some(self.cut(&step, Value::Variable, now));
        }
        if !may_bring(channel) {
            return None;
        }
        self.variable(channel, step.id.clone(), variable, step.value.clone(), escapes, now, out);
        if let Some(call) = self.calls.back_mut().filter(|call| call.channel == channel && !context.is_empty()) {
            call.context = context.to_vec();
        }
        None
    }

    /// Tells whether the value has lost its end: old servers write the id of the call behind each, on every channel. With the
    /// id of another call, a text has brought that one along.
    fn is_cut(&self, step: &Step<'_>, knows_call: bool) -> bool {
        let channel = step.get("Channel");
        let is_of_another =
            |id: &[u8]| knows_call && may_bring(channel) && self.id_on(channel).is_some_and(|known| known != id);
        step.is_old && step.id.as_deref().is_none_or(is_of_another)
    }

    fn cut(&self, step: &Step<'_>, value: Value, now: Instant) -> Cut {
        let id = self.id_on(step.get("Channel")).map(<[u8]>::to_vec);
        Cut::new(step.event, step.at, value, id, now)
    }

    #[allow(clippy::too_many_arguments)]
    fn variable(
        &mut self,
        channel: &[u8],
        id: Option<Vec<u8>>,
        variable: &[u8],
        value: Vec<u8>,
        escapes: bool,
        now: Instant,
        out: &mut Vec<Found>,
    ) {
        let Some(id) = id else { return };
        let is_first = matches!(variable, b"SMSSRC" | b"SMSTXT" | b"SMSPDU" | b"SMS_SEND_ID" | b"SMS_SEND_SENDER");
        if !self.calls.iter().any(|call| call.id == id) {
            if !is_first || self.is_done(&id) {
                return;
            }
            if id.len() > LONGEST_NAME || channel.len() > LONGEST_NAME {
                let why = "the variables of an SMS came on a channel whose name or id is longer than any server's";
                return out.push(Found::unreadable(port_of(b"", channel), why, value));
            }
            let is_driver = has_prefix(channel, &DRIVERS);
            if is_driver && self.announces && !self.was_announced(&id) {
                let why = "the variables of an SMS came on a channel that was never announced";
                return out.push(Found::unreadable(port_of(b"", channel), why, value));
            }
            self.sets_variables |= is_driver;
            self.add_call(id.clone(), channel, now + CALL_WAIT, out);
        }
        let Some(call) = self.calls.iter_mut().find(|call| call.id == id && call.channel == channel) else { return };
        let value = if escapes { crate::protocol::unescape(&value).into_owned() } else { value };
        let is_large = value.len() > LARGE;
        match variable {
            b"SMSSRC" => call.sender = Some(value),
            b"SMSTXT" => call.text = Some(value),
            b"SMSPDU" => call.pdu = Some(value),
            b"SMSTIME" => call.time = Some(value),
            b"SMSTZ" => call.zone = Some(value),
            b"SMS_SEND_ID" => call.sent_id = Some(value),
            b"SMS_SEND_SENDER" => call.recipient = Some(value),
            b"DIALSTATUS" if value == b"SMS_END" || value == b"SMS_SEND_END" => call.until = now + STEP_WAIT,
            // The dialplan's command has been run.
            b"SYSTEMSTATUS" => self.finish_call(&id, None, out),
            _ => {}
        }
        while is_large && self.calls.iter().map(Call::size).sum::<usize>() > MOST_BYTES {
            self.finish_oldest(out);
        }
    }

    /// Hands out the oldest call as it is.
    fn finish_oldest(&mut self, out: &mut Vec<Found>) {
        if let Some(oldest) = self.calls.front().map(|call| call.id.clone()) {
            self.finish_call(&oldest, None, out);
        }
    }

    fn add_call(&mut self, id: Vec<u8>, channel: &[u8], until: Instant, out: &mut Vec<Found>) {
        if self.calls.len() == CALLS {
            self.finish_oldest(out);
        }
        self.calls.push_back(Call {
            id,
            channel: channel.to_vec(),
            until,
            context: Vec::new(),
            sender: None,
            text: None,
            pdu: None,
            time: None,
            zone: None,
            sent_id: None,
            recipient: None,
        });
    }

    /// A step of the dialplan. Hands out the event if it is cut.
    pub fn step(&mut self, event: &Event, now: Instant, out: &mut Vec<Found>) -> Option<Cut> {
        let step = Step::of(event, "AppData")?;
        self.may_be_cut |= has_prefix(step.get("Channel"), &DRIVERS) || step.is("Extension", &["sms"]);
        let is_command = step.is("Application", &["System", "TrySystem", "Exec", "TryExec", "ExecIf"]);
        // The driver escapes quotes, so a text cannot write the end of a command line, which tells that nothing is cut.
        let is_whole = is_command && step.id.is_none() && CommandLine::read(&step.value, true).is_some();
        if !is_whole && self.is_cut(&step, true) {
            return Some(self.cut(&step, Value::Step, now));
        }
        let (channel, context) = (step.get("Channel"), step.get("Context"));
        if !has_prefix(channel, &DRIVERS) && !step.is("Extension", &["sms"]) {
            return None;
        }
        if let Some(id) = &step.id
            && let Some(call) = self.calls.iter_mut().find(|call| call.id == *id)
        {
            call.context = context.to_vec();
            for (extension, outcome) in [("sms_send_ok", Outcome::Sent), ("sms_send_failed", Outcome::Failed)] {
                if step.is("Extension", &[extension]) {
                    self.finish_sent(id, outcome, out);
                    return None;
                }
            }
        }
        if !is_command {
            return None;
        }
        let knows_end = step.is_old && self.id_on(channel).is_some();
        if !knows_end && CommandLine::read(&step.value, true).is_none() && is_unfinished(&step.value) {
            let value = if step.is_old { Value::Step } else { Value::LastStep };
            return Some(self.cut(&step, value, now));
        }
        self.command(channel, context, step.id.clone(), &step.value, out);
        None
    }

    fn command(&mut self, channel: &[u8], context: &[u8], id: Option<Vec<u8>>, line: &[u8], out: &mut Vec<Found>) {
        let command = CommandLine::read(line, true).or_else(|| CommandLine::read(line, false));
        // Without an id of its own it can only stand for itself.
        let is_known = id.is_some();
        let id = id.unwrap_or_default();
        if is_known && self.is_done(&id) {
            return;
        }
        if self.calls.iter().any(|call| call.id == id) {
            if command.is_some() {
                self.finish_call(&id, command, out);
            }
            return;
        }
        let port = port_of(context, channel);
        let is_driver = has_prefix(channel, &DRIVERS);
        let mut refuse = |why: &str| out.push(Found::unreadable(port.clone(), why, line.to_vec()));
        match command {
            None if is_driver => refuse("the command line of a dialplan for SMS cannot be read"),
            None => {}
            Some(_) if self.sets_variables => refuse("the command line of an SMS came without the variables of one"),
            Some(_) if is_driver && self.announces && !self.was_announced(&id) => {
                refuse("the command line of an SMS came on a channel that was never announced");
            }
            Some(command) => {
                // A dialplan may take the same step twice, or hand the same message to two programs.
                let step = self.digests.hash_one((&id, command.sender, command.time, &command.text));
                if !self.done.contains(&step) {
                    out.push(Found::Piece(of_command(&command, &port)));
                }
                if is_known {
                    remember(&mut self.done, step);
                }
            }
        }
    }

    fn take_call(&mut self, id: &[u8]) -> Option<Call> {
        let at = self.calls.iter().position(|call| call.id == id)?;
        remember(&mut self.done, self.digests.hash_one(id));
        self.calls.remove(at)
    }

    fn finish_sent(&mut self, id: &[u8], outcome: Outcome, out: &mut Vec<Found>) {
        let Some(call) = self.take_call(id) else { return };
        let mut report = Report::new(port_of(&call.context, &call.channel), outcome);
        report.id = call.sent_id.as_deref().filter(|id| !id.is_empty()).map(decode_text);
        report.recipient = call.recipient.as_deref().map(decode_text);
        out.push(Found::Report(report));
    }

    fn finish_call(&mut self, id: &[u8], command: Option<CommandLine<'_>>, out: &mut Vec<Found>) {
        let Some(call) = self.take_call(id) else { return };
        let port = match &command {
            Some(command) if !command.port.is_empty() => decode_text(command.port),
            _ => port_of(&call.context, &call.channel),
        };
        if let Some(found) = call.pdu.as_deref().and_then(|hex| pdu_in_hex(hex, &port)) {
            return out.push(found);
        }
        // Newer servers replace what is no UTF-8, but not in the command line.
        let is_damaged = |text: &[u8]| memmem::find(text, "\u{fffd}".as_bytes()).is_some();
        if let Some(text) = call.text.as_ref().filter(|text| command.is_none() || !is_damaged(text)) {
            let time = call.time.as_deref().unwrap_or_default();
            let zone = call.zone.as_deref().and_then(zone_of).unwrap_or_default();
            let plain = unescape(text);
            let sms = Sms {
                port,
                sender: call.sender.as_deref().map(decode_text).unwrap_or_default(),
                time: iso_time(time).map_or_else(|| decode_text(time), |time| time + &zone),
                text: decode_text(&plain),
                parts: 1,
                raw: plain,
                ..Sms::default()
            };
            return out.push(Found::Piece(Piece { sms, place: None, data: None }));
        }
        match (command, call.pdu) {
            (Some(command), _) => out.push(Found::Piece(of_command(&command, &port))),
            (None, Some(pdu)) => out.push(Found::unreadable(port, "the PDU of an SMS cannot be read", pdu)),
            (None, None) => {
                let sender = call.sender.or(call.recipient).unwrap_or_default();
                out.push(Found::unreadable(port, "an SMS came without its text", sender));
            }
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.calls.iter().map(|call| call.until).min()
    }

    pub fn expire(&mut self, now: Instant, out: &mut Vec<Found>) {
        while let Some(id) = self.calls.iter().find(|call| call.until <= now).map(|call| call.id.clone()) {
            self.finish_call(&id, None, out);
        }
    }

    /// Events are lost, and among them perhaps what announced or described what comes next.
    pub fn lose(&mut self) {
        (self.announces, self.sets_variables) = (false, false);
        self.announced_before = std::mem::take(&mut self.announced);
    }

    /// Nothing more will come of what has begun.
    pub fn finish(&mut self, out: &mut Vec<Found>) {
        self.lose();
        while let Some(id) = self.calls.front().map(|call| call.id.clone()) {
            self.finish_call(&id, None, out);
        }
    }
}

fn of_command(command: &CommandLine<'_>, port: &str) -> Piece {
    let port = if command.port.is_empty() { port.to_owned() } else { decode_text(command.port) };
    let sms = Sms {
        port,
        sender: decode_text(command.sender),
        time: iso_time(command.time).unwrap_or_else(|| decode_text(command.time)),
        text: decode_text(&command.text),
        parts: 1,
        raw: command.text.clone(),
        ..Sms::default()
    };
    Piece { sms, place: None, data: None }
}
