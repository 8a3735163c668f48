//! Answers of the network to a USSD code: a text or a menu.

use std::collections::BTreeMap;

use super::alphabet;

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
    pub(super) choices: BTreeMap<String, UssdMenu>,
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
