//! USSD: what the network answers, and the menus that a span is in.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::timeout;

use super::radio::{InUse, Radio};
use super::{Shared, alphabet, lock};

/// How a USSD request ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UssdReply {
    /// The network answers.
    Text {
        /// Text of the answer, which may have several lines.
        text: String,
        /// First number of `+CUSD`: 0 nothing more to do, 1 an answer is wanted, 2 ended by the network, 3 to 5 errors.
        responses: u8,
        /// Data coding scheme: 15 for the 7-bit alphabet, 72 for UCS-2.
        dcs: u8,
    },
    /// The request could not be sent.
    Failed,
    /// No answer within the command's timeout.
    TimedOut,
    /// Another request is running on the port.
    Busy,
}

/// Data coding scheme of UCS-2.
pub(super) const UCS2: u8 = 72;

/// The data coding scheme that a text needs.
pub(super) fn dcs_of(text: &str) -> u8 {
    if text.chars().all(|c| alphabet::cost(c).is_some()) { 15 } else { UCS2 }
}

impl UssdReply {
    /// A final answer, in the 7-bit alphabet if that has all of it.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        UssdReply::Text { dcs: dcs_of(&text), text, responses: 0 }
    }

    /// A menu: an answer that wants one in return.
    pub fn menu(text: impl Into<String>) -> Self {
        let text = text.into();
        UssdReply::Text { dcs: dcs_of(&text), text, responses: 1 }
    }
}

/// A network's menu. An answer to it on the same span leads on; any other ends it.
///
/// ```
/// use ami::simulator::{UssdMenu, UssdReply};
///
/// let menu = UssdMenu::new("1 Balance\n2 Data")
///     .choice("1", UssdMenu::new("Balance 10"))
///     .choice("2", UssdReply::TimedOut);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UssdMenu {
    pub(super) reply: UssdReply,
    choices: BTreeMap<String, UssdMenu>,
}

impl UssdMenu {
    /// A text; the last one, unless it gets choices.
    pub fn new(text: impl Into<String>) -> Self {
        UssdReply::text(text).into()
    }

    /// Adds an answer to the menu and what it leads to. From now on the text wants an answer.
    #[must_use]
    pub fn choice(mut self, answer: impl Into<String>, next: impl Into<UssdMenu>) -> Self {
        self.choices.insert(answer.into(), next.into());
        if let UssdReply::Text { responses, .. } = &mut self.reply {
            *responses = 1;
        }
        self
    }
}

impl From<UssdReply> for UssdMenu {
    fn from(reply: UssdReply) -> Self {
        UssdMenu { reply, choices: BTreeMap::new() }
    }
}

/// What a code, or the answer to a menu, leads to on a span.
fn lookup(shared: &Shared, radio: &Radio, code: &str) -> UssdReply {
    let mut current = lock(&radio.menu);
    let next = match current.take() {
        Some(mut menu) => menu.choices.remove(code).unwrap_or_else(|| {
            let text = "UNKNOWN APPLICATION".to_owned();
            UssdReply::Text { text, responses: 2, dcs: 15 }.into()
        }),
        None => lock(&shared.ussd).get(code).cloned().unwrap_or_else(|| UssdReply::text("UNKNOWN APPLICATION").into()),
    };
    let reply = next.reply.clone();
    if !next.choices.is_empty() {
        *current = Some(next);
    }
    reply
}

/// Sends a code and waits so long for the network's answer. Two at once are one too many.
pub(super) async fn request(shared: &Shared, radio: &Radio, code: &str, wait: Duration) -> UssdReply {
    let Some(_using) = InUse::take(&radio.ussd_busy) else { return UssdReply::Busy };
    if !radio.is_ready() {
        return UssdReply::Failed;
    }
    let reply = lookup(shared, radio, code);
    if reply == UssdReply::Busy {
        return reply;
    }
    let answered = timeout(wait, async {
        if reply == UssdReply::TimedOut {
            std::future::pending::<()>().await;
        }
        let _air = radio.air.lock().await;
        radio.pass().await;
    });
    if answered.await.is_ok() { reply } else { UssdReply::TimedOut }
}
