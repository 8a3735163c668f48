//! SMS and USSD by a client alone.

use std::time::Duration;

use super::dialect::{Dialect, Driver};
use super::post::{Inbox, Post};
use super::receipt::{Receipt, SendError};
use super::request::{Port, SmsRequest};
use super::send::Route;
use super::ussd::UssdReply;
use crate::client::Client;
use crate::error::Result;
use crate::events::Filter;

impl Client {
    /// What the configuration says, or the open driver of OpenVox: a client does not ask.
    fn line(&self) -> Result<(Dialect, Option<Post>)> {
        let dialect = Dialect::of_setting(&self.config().dialect)?.unwrap_or(Dialect::OpenVox);
        let post = if dialect.blocks() { None } else { Some(Post::of(self, self.config().parts_timeout)?) };
        Ok((dialect, post))
    }

    /// Sends a text of one SMS and waits until the network took it, or did not. For longer ones, line breaks and more there
    /// is [`Gateway`](super::Gateway).
    ///
    /// The gateway serves one session's requests one after the other, so nothing else is answered meanwhile.
    ///
    /// A port that is sending another message of this process, or rests after one whose outcome is unknown or that was only
    /// handed over ([`crate::Config::port_rest`]), is waited for first: for the timeout and the rest together, or the
    /// time of [`SmsRequest::within`]. Then it counts as busy.
    ///
    /// # Errors
    /// [`crate::ErrorKind::SmsFailed`], [`crate::ErrorKind::SmsBusy`] (nothing was sent), [`crate::ErrorKind::OutcomeUnknown`] (it may still
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
    /// [`crate::ErrorKind::SmsFailed`] if the gateway refused it, [`crate::ErrorKind::SmsBusy`] (nothing was sent), and those of
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
    /// [`crate::ErrorKind::Ussd`] with the gateway's words, [`crate::ErrorKind::OutcomeUnknown`] if no reply came in time, and those of
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
    /// As [`Client::subscribe`]; [`crate::ErrorKind::State`] outside a tokio runtime.
    pub fn inbox(&self) -> Result<Inbox> {
        Ok(Inbox::new(Post::of(self, self.config().parts_timeout)?.subscribe(Filter::all())?))
    }
}
