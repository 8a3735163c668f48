//! SMS and USSD through GSM gateways, on top of the client's public interface.

mod address;
mod cli;
mod desk;
mod detect;
mod dialect;
mod gateway;
mod ids;
mod incoming;
mod parts;
pub mod pdu;
mod port_queue;
mod ports;
mod post;
mod process;
mod reader;
mod receipt;
mod request;
mod resting;
mod send;
mod ussd;

use std::time::Duration;

pub use dialect::{Dialect, Template};
pub use gateway::{Gateway, Power, UssdDialogue};
pub use incoming::{Incoming, Report, Sms, Unreadable, Ussd, UssdMode};
pub use parts::{Repertoire, SmsParts};
pub use port_queue::Sending;
pub use ports::{PortStatus, Signal};
pub use post::{Inbox, Mail};
pub use reader::Reader;
pub use receipt::{Outcome, PartReceipt, Receipt, SendError};
pub use request::{Port, Priority, SmsRequest};
pub use ussd::UssdReply;

use crate::client::{Client, Filter};
use crate::error::{Error, ErrorKind, Result, said};
use cli::quote;
use dialect::Driver;
use post::Post;
use send::Route;

impl Client {
    /// What the configuration says, or the open driver of OpenVox: a client does not ask.
    fn line(&self) -> Result<(Dialect, Option<Post>)> {
        let dialect = Dialect::of_setting(&self.config().dialect)?.unwrap_or(Dialect::OpenVox);
        let post = if dialect.blocks() { None } else { Some(Post::of(self, self.config().parts_timeout)?) };
        Ok((dialect, post))
    }

    /// Sends a text of one SMS and waits until the network took it, or did not. For longer ones, line breaks and more there
    /// is [`Gateway`].
    ///
    /// The gateway serves one session's requests one after the other, so nothing else is answered meanwhile.
    ///
    /// A port that is sending another message of this process, or rests after one whose outcome is unknown or that was only
    /// handed over ([`crate::Config::port_rest`]), is waited for first: for the timeout and the rest together, or the
    /// time of [`SmsRequest::within`]. Then it counts as busy.
    ///
    /// # Errors
    /// [`ErrorKind::SmsFailed`], [`ErrorKind::SmsBusy`] (nothing was sent), [`ErrorKind::OutcomeUnknown`] (it may still
    /// go out; libami never sends it again), each with a receipt; and those of [`Client::call`].
    pub async fn send_sms(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        let request = &request.clone().plain();
        let (dialect, post) = self.line()?;
        let driver = &Driver::default();
        Route { client: self, post: post.as_ref(), dialect: &dialect, driver, patience: None }.send(request).await
    }

    /// Hands an SMS to the gateway and does not wait for the network; what becomes of it is told by [`Client::inbox`], if
    /// the gateway tells it. The port rests afterwards for messages that wait for a result; it is waited for as by
    /// [`Client::send_sms`], but not for what was only handed over as well.
    ///
    /// # Errors
    /// [`ErrorKind::SmsFailed`] if the gateway refused it, [`ErrorKind::SmsBusy`] (nothing was sent), and those of
    /// [`Client::call`].
    pub async fn queue_sms(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        let request = &request.clone().plain();
        let (dialect, post) = self.line()?;
        let driver = &Driver::default();
        Route { client: self, post: post.as_ref(), dialect: &dialect, driver, patience: None }.queue(request).await
    }

    /// Sends a USSD code such as `*100#`, or an answer to a menu, and waits for the network's reply. Without a timeout the
    /// action timeout counts; the gateway counts whole seconds, so it is rounded up.
    ///
    /// A reply does not say which code it answers. So after a code without a reply in time the port rests for USSD
    /// ([`crate::Config::port_rest`]), and one code at a time of this process is under way at a port; that is waited for
    /// first, for the timeout and the rest together.
    ///
    /// # Errors
    /// [`ErrorKind::Ussd`] with the gateway's words, [`ErrorKind::OutcomeUnknown`] if no reply came in time, and those of
    /// [`Client::call`].
    pub async fn send_ussd(&self, port: impl Into<Port>, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        let (dialect, post) = self.line()?;
        let driver = &Driver::default();
        let route = Route { client: self, post: post.as_ref(), dialect: &dialect, driver, patience: None };
        route.send_ussd(&port.into(), code, timeout).await
    }

    /// The SMS, reports and USSD texts that come in from now on. A text in parts is put together; five minutes after its
    /// first part it is handed out as it is.
    ///
    /// # Errors
    /// As [`Client::subscribe`]; [`ErrorKind::State`] outside a tokio runtime.
    pub fn inbox(&self) -> Result<Inbox> {
        Ok(Inbox::new(Post::of(self, self.config().parts_timeout)?.subscribe(Filter::all())?))
    }
}

/// Whether the words repeat one of these, as it is or as it was quoted in the command.
fn repeats(words: &[u8], private: &[&str]) -> bool {
    let has = |what: &str| memchr::memmem::find(words, what.as_bytes()).is_some();
    private.iter().any(|what| !what.is_empty() && (has(what) || has(quote(what).trim_matches('"'))))
}

/// The gateway's refusal of a command as an error of this kind; its words become the peer's.
fn refused(kind: ErrorKind, what: &str, error: &Error, private: &[&str]) -> Error {
    let words = error.peer_message().unwrap_or_default();
    let is_unknown = words.starts_with(b"No such command") || words.starts_with(b"Invalid/unknown command");
    // No other SMS would fare better there.
    let kind = if is_unknown && kind == ErrorKind::SmsFailed { ErrorKind::Unsupported } else { kind };
    let text = if is_unknown {
        "the server knows no GSM commands; is it the gateway, and is the dialect right?".to_owned()
    } else if words.starts_with(b"Usage:") {
        format!("the gateway takes other arguments {what}; is the dialect right?")
    } else {
        // The words echo the command, but as a rule not in their first line.
        let first = words.split(|&byte| byte == b'\n').next().unwrap_or_default();
        if first.starts_with(b"Command '") || repeats(first, private) {
            format!("the gateway refused {what}; its words are in the peer message")
        } else {
            format!("the gateway refused {what}: {}", said(first))
        }
    };
    Error::new(kind, text).with_peer_message(words)
}
