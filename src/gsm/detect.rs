//! Which dialect a gateway speaks.

use std::time::{Duration, Instant};

use super::dialect::{Abilities, Dialect};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Action;

/// Asks what the gateway understands, by questions that send nothing, until this time; and finds what its driver can do, where
/// its versions differ.
pub(super) async fn detect(client: &Client, until: Instant) -> Result<(Dialect, Abilities)> {
    let mut is_silent = false;
    let mut answered = |error: &Error| {
        is_silent |= error.kind() == ErrorKind::OutcomeUnknown;
        matches!(
            error.kind(),
            ErrorKind::Action | ErrorKind::Permission | ErrorKind::Command | ErrorKind::OutcomeUnknown
        )
    };
    // A question that is not answered leaves half of the time to those behind it.
    let ask = |action: Action| async move {
        let left = until.saturating_duration_since(Instant::now());
        client.call_within(&action, (left / 2).max(Duration::from_millis(1))).await
    };
    match ask(Action::new("ListCommands")).await {
        Ok(list) => {
            let has = |action: &str| list.get(action).is_some();
            for (action, dialect) in [
                ("DongleSendSMS", Dialect::Dongle),
                ("QuectelSendSMS", Dialect::Quectel),
                ("smscommand", Dialect::Yeastar),
            ] {
                if has(action) {
                    let abilities = Abilities::of_list(&dialect, &list);
                    return Ok((dialect, abilities));
                }
            }
        }
        Err(error) if answered(&error) => {}
        Err(error) => return Err(error),
    }
    for (command, dialect) in [
        ("gsm send sync sms", Dialect::OpenVox),
        ("gsm send syncsms", Dialect::OpenVox2013),
        ("allogsm send sync sms", Dialect::Allo),
        ("allogsm send sms", Dialect::Allo),
    ] {
        let help = match ask(Action::new("Command").with("Command", format!("core show help {command}"))).await {
            Ok(answer) => answer.output().unwrap_or_default().to_vec(),
            Err(error) if answered(&error) => continue,
            Err(error) => return Err(error),
        };
        let help = String::from_utf8_lossy(&help).to_ascii_lowercase();
        if help.contains(&format!("usage: {command}")) {
            let has_flash = help.contains("flash") && dialect == Dialect::OpenVox;
            let dialect = if has_flash { Dialect::OpenVoxFirmware } else { dialect };
            return Ok((dialect, Abilities::Unknown));
        }
    }
    match ask(Dialect::Yeastar.command("gsm show spans".to_owned())).await {
        Ok(answer) if answer.output().unwrap_or_default().starts_with(b"GSM span") => {
            return Ok((Dialect::Yeastar, Abilities::Unknown));
        }
        Ok(_) => {}
        Err(error) if answered(&error) => {}
        Err(error) => return Err(error),
    }
    if is_silent {
        return Err(Error::new(
            ErrorKind::Timeout,
            "the gateway accepted the login and did not say in time which dialect it speaks; choose a dialect, or a longer \
             action timeout",
        ));
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        "no gateway's commands were found on this server, or the account may not use them; if it is a gateway all the \
         same, choose a dialect",
    ))
}
