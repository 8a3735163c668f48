use std::pin::Pin;
use std::time::Duration;

use super::api::Client;
use crate::protocol::{Action, Response, Result};
use crate::typed::Caller;

impl Caller for Client {
    type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response>> + Send + 'a>>;

    fn call_typed(&self, action: Action, timeout: Option<Duration>) -> Self::Answer<'_> {
        Box::pin(async move { self.call_within(&action, timeout).await })
    }
}
