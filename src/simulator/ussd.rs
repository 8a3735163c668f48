//! USSD requests, and the menus that a span is in.

use std::time::Duration;

use tokio::time::timeout;

use super::gateway::Gateway;
use super::radio::{InUse, Radio};
use super::ussd_menu::UssdReply;
use crate::lock::lock;

/// What a code, or the answer to a menu, leads to on a span.
fn lookup(gateway: &Gateway, radio: &Radio, code: &str) -> UssdReply {
    let mut current = lock(&radio.menu);
    let next = match current.take() {
        Some(mut menu) => menu.choices.remove(code).unwrap_or_else(|| {
            let text = "UNKNOWN APPLICATION".to_owned();
            UssdReply::Text { text, responses: 2, dcs: 15 }.into()
        }),
        None => lock(&gateway.ussd).get(code).cloned().unwrap_or_else(|| UssdReply::text("UNKNOWN APPLICATION").into()),
    };
    let reply = next.reply.clone();
    if !next.choices.is_empty() {
        *current = Some(next);
    }
    reply
}

/// Sends a code and waits so long for the network's answer. Two at once are one too many.
pub(super) async fn request(gateway: &Gateway, radio: &Radio, code: &str, wait: Duration) -> UssdReply {
    let Some(_using) = InUse::take(&radio.ussd_busy) else { return UssdReply::Busy };
    if !radio.is_ready() {
        return UssdReply::Failed;
    }
    let reply = lookup(gateway, radio, code);
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
