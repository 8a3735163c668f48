//! SMS and USSD by a client alone.

use std::sync::Arc;
use std::time::Duration;

use super::config::GatewayConfig;
use super::dialect::{Dialect, Driver};
use super::inbox_feed::{Inbox, InboxFeed};
use super::receipt::{Receipt, SendError};
use super::request::{Port, SmsRequest};
use super::sender::Sender;
use super::ussd::UssdReply;
use crate::client::Client;
use crate::error::Result;
use crate::events::Filter;

impl Client {
    /// Sends a text of one SMS and waits until the network took it, or did not, with the commands of OpenVox. For longer texts,
    /// line breaks, other gateways and more there is [`Gateway`](super::Gateway).
    ///
    /// The gateway serves one session's requests one after the other, so nothing else is answered meanwhile.
    ///
    /// A port that is sending another message of this process, or rests after one whose outcome is unknown or that was only
    /// handed over ([`GatewayConfig::port_cooldown`]), is waited for first: for the timeout and the rest together, or the
    /// time of [`SmsRequest::within`]. Then it counts as busy.
    ///
    /// # Errors
    /// [`crate::ErrorKind::SmsFailed`], [`crate::ErrorKind::SmsBusy`] (nothing was sent), [`crate::ErrorKind::OutcomeUnknown`] (it may still
    /// go out; libami never sends it again), each with a receipt; and those of [`Client::call`].
    pub async fn send_sms(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        SmsClient::of(self.clone()).send_sms(request).await
    }

    /// Hands an SMS to the gateway and does not wait for the network; what becomes of it is told by [`Client::inbox`], if
    /// the gateway tells it. The port rests afterwards for messages that wait for a result; it is waited for as by
    /// [`Client::send_sms`], but not for what was only handed over as well.
    ///
    /// # Errors
    /// [`crate::ErrorKind::SmsFailed`] if the gateway refused it, [`crate::ErrorKind::SmsBusy`] (nothing was sent), and those of
    /// [`Client::call`].
    pub async fn queue_sms(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        SmsClient::of(self.clone()).queue_sms(request).await
    }

    /// Sends a USSD code such as `*100#`, or an answer to a menu, and waits for the network's reply. Without a timeout the
    /// action timeout counts; the gateway counts whole seconds, so it is rounded up.
    ///
    /// A reply does not say which code it answers. So after a code without a reply in time the port rests for USSD
    /// ([`GatewayConfig::port_cooldown`]), and one code at a time of this process is under way at a port; that is waited for
    /// first, for the timeout and the rest together.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Ussd`] with the gateway's words, [`crate::ErrorKind::OutcomeUnknown`] if no reply came in time, and those of
    /// [`Client::call`].
    pub async fn send_ussd(&self, port: impl Into<Port>, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        SmsClient::of(self.clone()).send_ussd(port, code, timeout).await
    }

    /// The SMS, reports and USSD texts that come in from now on. A text in parts is put together; five minutes after its
    /// first part it is handed out as it is.
    ///
    /// # Errors
    /// As [`Client::subscribe`]; [`crate::ErrorKind::State`] outside a tokio runtime.
    pub fn inbox(&self) -> Result<Inbox> {
        SmsClient::of(self.clone()).inbox()
    }
}

/// SMS and USSD through a client's one session, in any dialect: a gateway without queues, for the bindings. The dialect `auto`
/// is that of OpenVox here, as a client does not ask.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct SmsClient {
    client: Client,
    /// Those of the gateway alone count.
    settings: Arc<GatewayConfig>,
}

impl SmsClient {
    pub fn new(config: GatewayConfig) -> Result<SmsClient> {
        config.check()?;
        config.wanted_dialect()?;
        Ok(SmsClient { client: Client::new(config.client.clone())?, settings: Arc::new(config) })
    }

    pub(crate) fn of(client: Client) -> SmsClient {
        SmsClient { client, settings: Arc::default() }
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    fn line(&self) -> Result<(Dialect, Option<InboxFeed>)> {
        let dialect = self.settings.wanted_dialect()?.unwrap_or(Dialect::OpenVox);
        let feed = if dialect.blocks() { None } else { Some(self.feed()?) };
        Ok((dialect, feed))
    }

    fn feed(&self) -> Result<InboxFeed> {
        InboxFeed::of(&self.client, self.settings.parts_timeout)
    }

    pub async fn send_sms(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        let request = &request.clone().plain();
        let (dialect, feed) = self.line()?;
        let driver = &Driver::default();
        let sender = Sender { client: &self.client, feed: feed.as_ref(), dialect: &dialect, driver, retry: None };
        sender.send(request, self.settings.port_cooldown).await
    }

    pub async fn queue_sms(&self, request: &SmsRequest) -> Result<Receipt, SendError> {
        let request = &request.clone().plain();
        let (dialect, feed) = self.line()?;
        let driver = &Driver::default();
        let sender = Sender { client: &self.client, feed: feed.as_ref(), dialect: &dialect, driver, retry: None };
        sender.queue(request, self.settings.port_cooldown).await
    }

    pub async fn send_ussd(&self, port: impl Into<Port>, code: &str, timeout: Option<Duration>) -> Result<UssdReply> {
        let (dialect, feed) = self.line()?;
        let driver = &Driver::default();
        let sender = Sender { client: &self.client, feed: feed.as_ref(), dialect: &dialect, driver, retry: None };
        sender.send_ussd(&port.into(), code, timeout, self.settings.port_cooldown).await
    }

    pub fn inbox(&self) -> Result<Inbox> {
        Ok(Inbox::new(self.feed()?.subscribe(Filter::all())?))
    }
}
