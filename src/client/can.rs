use std::collections::HashSet;
use std::sync::Arc;

use super::api::Client;
use crate::protocol::{Action, Response, Result};

impl Client {
    /// Tells whether the server knows this action and lets this account call it. The server is asked by `ListCommands` once
    /// a connection, by the first call; another connection may lead to another server.
    ///
    /// # Errors
    /// Those of [`Client::call`] for `ListCommands`.
    pub async fn can(&self, action: &str) -> Result<bool> {
        let link = self.stats().reconnects;
        let names = match self.named().on(link) {
            Some(names) => names,
            None => {
                let names = Arc::new(names_in(&self.call(&Action::new("ListCommands")).await?));
                // If the connection was lost meanwhile, its number has changed, and the next call asks again.
                self.named().note(link, &names);
                names
            }
        };
        Ok(names.contains(&action.to_ascii_lowercase()))
    }
}

/// The names in an answer to ListCommands: each is a header whose value tells the classes.
fn names_in(answer: &Response) -> HashSet<String> {
    let is_action = |value: &[u8]| memchr::memmem::find(value, b"(Priv: ").is_some();
    let headers = answer.message().iter().filter(|(_, value)| is_action(value));
    headers.map(|(name, _)| String::from_utf8_lossy(name).to_ascii_lowercase()).collect()
}
