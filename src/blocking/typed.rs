use std::time::Duration;

use super::client::Client;
use crate::protocol::{Action, Response, Result};
use crate::typed::Caller;

impl Caller for Client {
    type Answer<'a> = Result<Response>;

    fn call_typed(&self, action: Action, timeout: Option<Duration>) -> Result<Response> {
        self.call_within(&action, timeout)
    }
}
