//! Requests to send.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, Result};

/// A port of a gateway.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Port {
    /// A port with a number, from 1.
    Span(u32),
    /// A port with a name, such as `dongle0`.
    Name(Box<str>),
    /// The one that the gateway chooses for an SMS: of those that are ready, the one with the shortest queue. The receipt
    /// tells which it was.
    Any,
}

impl Port {
    /// The number; 0 where ports have names, and as long as none is chosen.
    pub fn span(&self) -> u32 {
        match self {
            Port::Span(span) => *span,
            Port::Name(_) | Port::Any => 0,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        match self {
            Port::Span(0) => Err(Error::invalid("there is no port 0; ports are counted from 1")),
            Port::Span(span) if *span > u32::from(u16::MAX) => {
                Err(Error::invalid(format!("there is no port {span}; ports are counted from 1")))
            }
            Port::Name(name) if !is_word(name, 64) => {
                Err(Error::invalid("the port's name must be 1 to 64 letters, digits, _, . or -"))
            }
            Port::Any => Err(Error::invalid(
                "no port is named; a gateway chooses one for an SMS in its queue, and for nothing else",
            )),
            _ => Ok(()),
        }
    }
}

impl From<u32> for Port {
    fn from(span: u32) -> Port {
        Port::Span(span)
    }
}

/// A number names the port that has it.
impl From<&str> for Port {
    fn from(name: &str) -> Port {
        name.parse().map_or_else(|_| Port::Name(name.into()), Port::Span)
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Span(span) => span.fmt(f),
            Port::Name(name) => name.fmt(f),
            Port::Any => f.write_str("any"),
        }
    }
}

fn is_word(text: &str, most: usize) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    !text.is_empty() && text.len() <= most && text.bytes().all(fits)
}

/// Which of the messages that wait for a port goes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// After all others.
    Low,
    /// The usual.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// A change of a port's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Power {
    /// Turn it on.
    On,
    /// Turn it off.
    Off,
    /// Off and on again.
    Reset,
}

/// An SMS to be sent.
#[derive(Clone)]
pub struct SmsRequest {
    pub(super) port: Port,
    pub(super) destination: Box<str>,
    pub(super) text: Box<str>,
    pub(super) timeout: Option<Duration>,
    pub(super) id: Option<Box<str>>,
    pub(super) flash: bool,
    pub(super) validity: Option<Duration>,
    pub(super) report: bool,
    pub(super) by_pdu: bool,
    pub(super) priority: Priority,
    pub(super) within: Option<Duration>,
    pub(super) plain: bool,
}

impl SmsRequest {
    /// A text for a number, through a port: its number, counted from 1, its name, or [`Port::Any`].
    pub fn new(port: impl Into<Port>, destination: &str, text: &str) -> SmsRequest {
        SmsRequest {
            port: port.into(),
            destination: destination.into(),
            text: text.into(),
            timeout: None,
            id: None,
            flash: false,
            validity: None,
            report: false,
            by_pdu: false,
            priority: Priority::default(),
            within: None,
            plain: false,
        }
    }

    /// Sets the time for which the gateway tries, for each part of the text; the action timeout by default. It counts whole
    /// seconds, so this is rounded up; a day is the most.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> SmsRequest {
        SmsRequest { timeout: Some(timeout), ..self }
    }

    /// A name of the caller's that the gateway repeats where it can: letters, digits, `_`, `.` and `-`, 64 at most.
    ///
    /// If a report with the id tells the result (Yeastar, newer dongles, and what goes as a PDU elsewhere), one message
    /// at a time has it: another one is refused with [`crate::ErrorKind::Invalid`] as long as the first waits or is
    /// under way, and for ten minutes if its outcome is unknown, or queued where its report was waited for (dongles).
    /// Afterwards it is free; but reports of delivery name nothing else, so better give each message its own.
    #[must_use]
    pub fn id(self, id: &str) -> SmsRequest {
        SmsRequest { id: Some(id.into()), ..self }
    }

    /// Sets whether it is to be shown at once and not kept (class 0).
    #[must_use]
    pub fn flash(self, flash: bool) -> SmsRequest {
        SmsRequest { flash, ..self }
    }

    /// For how long the network tries to deliver it.
    #[must_use]
    pub fn validity(self, validity: Duration) -> SmsRequest {
        SmsRequest { validity: Some(validity), ..self }
    }

    /// Sets whether the network is asked to tell when it was delivered. Whether that can be seen depends on the gateway.
    #[must_use]
    pub fn report(self, wanted: bool) -> SmsRequest {
        SmsRequest { report: wanted, ..self }
    }

    /// Sets whether libami codes the message itself and hands it over as a PDU, even where the gateway could code it. What
    /// only a PDU can say goes that way by itself.
    #[must_use]
    pub fn by_pdu(self, by_pdu: bool) -> SmsRequest {
        SmsRequest { by_pdu, ..self }
    }

    /// Its place among the messages that wait for the port, in a gateway's queue.
    #[must_use]
    pub fn priority(self, priority: Priority) -> SmsRequest {
        SmsRequest { priority, ..self }
    }

    /// By when it must have been begun: what waits longer in a gateway's queue, or finds its port busy or resting for
    /// longer, is not sent.
    #[must_use]
    pub fn within(self, time: Duration) -> SmsRequest {
        SmsRequest { within: Some(time), ..self }
    }

    /// Tells whether this can be an id.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`].
    pub fn check_id(id: &str) -> Result<()> {
        if is_word(id, 64) { Ok(()) } else { Err(Error::invalid("the id must be 1 to 64 letters, digits, _, . or -")) }
    }

    /// The same through another port.
    #[must_use]
    pub(super) fn through(self, port: Port) -> SmsRequest {
        SmsRequest { port, ..self }
    }

    /// A text of one SMS, by the gateway's plain command or not at all.
    #[must_use]
    pub(super) fn plain(self) -> SmsRequest {
        SmsRequest { plain: true, ..self }
    }

    pub(super) fn check(&self) -> Result<()> {
        self.port.check()?;
        let digits = self.destination.strip_prefix('+').unwrap_or(&self.destination);
        if digits.is_empty() || digits.len() > 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::invalid(
                "the destination is no telephone number; write 1 to 20 digits, with a + before a country code if wanted",
            ));
        }
        self.id.as_deref().map_or(Ok(()), SmsRequest::check_id)?;
        if self.text.is_empty() {
            return Err(Error::invalid("the text is empty"));
        }
        Ok(())
    }

    /// The private parts: number and text.
    pub(super) fn private(&self) -> [&str; 2] {
        [&self.destination, &self.text]
    }
}

// The text and the number are people's own, so they are not shown.
impl fmt::Debug for SmsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsRequest").field("port", &self.port).field("id", &self.id).finish_non_exhaustive()
    }
}

/// A gateway counts whole seconds, and adds them to the time in 32 bits: it is told a day at most.
pub(super) fn whole_seconds(timeout: Duration) -> u64 {
    timeout.as_secs().saturating_add(u64::from(timeout.subsec_nanos() > 0)).clamp(1, 24 * 60 * 60)
}

/// A USSD code.
pub(super) fn check_ussd(code: &str) -> Result<()> {
    let fits = |byte: u8| matches!(byte, b'0'..=b'9' | b'*' | b'#' | b'+');
    if code.is_empty() || code.len() > 160 || !code.bytes().all(fits) {
        return Err(Error::invalid("the USSD code must be digits, * and #, such as *100#"));
    }
    Ok(())
}

/// The answer to a menu, which may be any text of one line that the network takes.
pub(super) fn check_ussd_answer(answer: &str) -> Result<()> {
    if answer.is_empty() || answer.chars().count() > LONGEST_USSD || answer.chars().any(char::is_control) {
        return Err(Error::invalid("the answer to a USSD menu must have 1 to 182 characters and no line end"));
    }
    Ok(())
}

/// 160 octets hold so many characters of seven bits.
const LONGEST_USSD: usize = 182;
