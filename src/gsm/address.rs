//! The address of a gateway.

use crate::client::Config;

/// Where a gateway is, as its user wrote it; host names are compared without case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Address {
    host: Box<str>,
    port: u16,
}

impl Address {
    pub fn of(config: &Config) -> Address {
        let (host, port) = config.place();
        Address { host: host.to_ascii_lowercase().into(), port }
    }
}
