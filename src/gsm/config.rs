//! The settings of a gateway.

use std::time::Duration;

use super::dialect::Dialect;
use crate::client::Config;
use crate::error::{Error, Result};

/// Settings of a [`Gateway`](super::Gateway): those of its connections, and its own. A client's [`Config`] turns into one, with
/// defaults for the rest.
///
/// ```
/// use std::time::Duration;
///
/// use ami::Config;
/// use ami::gsm::GatewayConfig;
///
/// let config = GatewayConfig::new(Config::new("192.0.2.1", "admin", "secret"))
///     .dialect("openvox")
///     .port_cooldown(Duration::from_secs(3));
/// ```
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    pub(crate) client: Config,
    dialect: String,
    pub(super) parts_timeout: Duration,
    pub(super) send_queue: usize,
    pub(super) port_cooldown: Duration,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        GatewayConfig::new(Config::default())
    }
}

impl From<Config> for GatewayConfig {
    fn from(client: Config) -> GatewayConfig {
        GatewayConfig::new(client)
    }
}

impl GatewayConfig {
    /// The settings of the gateway's connections; its own have their defaults.
    pub fn new(client: Config) -> GatewayConfig {
        GatewayConfig {
            client,
            dialect: "auto".to_owned(),
            parts_timeout: Duration::from_secs(300),
            send_queue: 1000,
            port_cooldown: Duration::from_secs(5),
        }
    }

    /// The commands that the gateway understands: the name of a [`Dialect`], a command line of one's own, or `auto`, the default,
    /// to ask the gateway.
    #[must_use]
    pub fn dialect(self, dialect: impl Into<String>) -> GatewayConfig {
        GatewayConfig { dialect: dialect.into(), ..self }
    }

    /// The time that an incoming SMS waits for its parts, from the first one; 5 minutes by default. Afterwards it is handed out
    /// with the parts that came.
    #[must_use]
    pub fn parts_timeout(self, timeout: Duration) -> GatewayConfig {
        GatewayConfig { parts_timeout: timeout, ..self }
    }

    /// The number of messages that may wait for each port; 1,000 by default.
    #[must_use]
    pub fn send_queue(self, messages: usize) -> GatewayConfig {
        GatewayConfig { send_queue: messages, ..self }
    }

    /// The time that a port rests after an SMS whose outcome is unknown, or that was only handed over, and after a USSD code
    /// without a reply; 5 seconds by default. Drivers report results by port, not by message, so a late result may be taken for
    /// that of the next message.
    ///
    /// The rest holds for all gateways and clients of the process that send to the same host and port. It begins when the
    /// gateway has given up; if the connection was lost before, when the message's timeout is over.
    ///
    /// Drivers try again after 2 seconds. With a cooldown shorter than 3 seconds, a message that follows an unknown outcome may
    /// be reported as sent and not be.
    #[must_use]
    pub fn port_cooldown(self, cooldown: Duration) -> GatewayConfig {
        GatewayConfig { port_cooldown: cooldown, ..self }
    }

    /// The dialect that is set; `None` to ask the gateway.
    pub(super) fn wanted_dialect(&self) -> Result<Option<Dialect>> {
        Dialect::of_setting(&self.dialect)
    }

    /// Refuses what no gateway can be made of. The client's settings are checked where the client is made.
    pub(super) fn check(&self) -> Result<()> {
        if self.send_queue == 0 {
            return Err(Error::invalid("a gateway's queue must hold at least one message"));
        }
        Ok(())
    }
}
