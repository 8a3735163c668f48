//! What every Asterisk does by itself, on a gateway without calls.

use std::time::Duration;

use super::argument::integer;
use super::classes::Classes;
use super::clock;
use super::frame::Frame;
use super::gateway::Gateway;
use super::request::Request;
use crate::lock::lock;

/// So much room has Asterisk for the line of the ActionID where it makes that by itself.
pub(super) const ID_LINE: usize = 256;
const SHORT_ID_LINE: usize = 150;

/// The frames that answer an action which has no other place; its name is in small letters.
pub(super) fn act(gateway: &Gateway, action: &str, request: &Request) -> Vec<u8> {
    let answered = match action {
        "coresettings" => return core_settings(gateway, request),
        "corestatus" => return core_status(gateway, request),
        "coreshowchannels" => return core_show_channels(request),
        "status" => status(request),
        "hangup" => need(request, "Channel", "No channel specified").and(Err("No such channel".into())),
        "absolutetimeout" => absolute_timeout(request),
        "sendtext" => need(request, "Channel", "No channel specified")
            .and_then(|_| need(request, "Message", "No Message specified"))
            .and(Err("No such channel".into())),
        "redirect" => redirect(request),
        "atxfer" => need(request, "Channel", "No channel specified")
            .and_then(|_| need(request, "Exten", "No extension specified"))
            .and(Err("Channel specified does not exist".into())),
        "setvar" => set_variable(gateway, request),
        "getvar" => get_variable(gateway, request),
        "mailboxstatus" => need(request, "Mailbox", "Mailbox not specified").map(|mailbox| {
            success(request)
                .header("Message", "Mailbox Status")
                .header("Mailbox", mailbox)
                .header("Waiting", "0")
                .finish()
        }),
        "mailboxcount" => need(request, "Mailbox", "Mailbox not specified").map(|mailbox| {
            let frame = success(request).header("Message", "Mailbox Message Count").header("Mailbox", mailbox);
            frame.header("UrgMessages", "0").header("NewMessages", "0").header("OldMessages", "0").finish()
        }),
        "extensionstate" => need(request, "Exten", "Extension not specified").map(|exten| {
            let context = Some(request.get("Context")).filter(|context| !context.is_empty()).unwrap_or(b"default");
            let frame = success(request).header("Message", "Extension Status").header("Exten", exten);
            frame.header("Context", context).header("Hint", "").header("Status", "-1").finish()
        }),
        "dbput" => db_put(gateway, request),
        "dbget" => db_get(gateway, request),
        "dbdel" => db_delete(gateway, request),
        _ => db_delete_tree(gateway, request),
    };
    answered.unwrap_or_else(|words| Frame::response("Error", request.action_id()).header("Message", words).finish())
}

/// The frames of an answer, or why it is refused.
type Answered = Result<Vec<u8>, Vec<u8>>;

fn need<'a>(request: &'a Request, header: &str, otherwise: &str) -> Result<&'a [u8], Vec<u8>> {
    Some(request.get(header)).filter(|value| !value.is_empty()).ok_or_else(|| otherwise.into())
}

fn success(request: &Request) -> Frame {
    Frame::response("Success", request.action_id())
}

fn acknowledged(request: &Request, words: &str) -> Vec<u8> {
    success(request).header("Message", words).finish()
}

fn event(name: &str) -> Frame {
    Frame::default().header("Event", name)
}

fn core_status(gateway: &Gateway, request: &Request) -> Vec<u8> {
    let (date, time) = clock::date_and_time(gateway.started, 0, '-');
    Frame::response("Success", b"")
        .action_id_within(request.action_id(), SHORT_ID_LINE)
        .header("CoreStartupDate", &date)
        .header("CoreStartupTime", &time)
        .header("CoreReloadDate", &date)
        .header("CoreReloadTime", &time)
        .header("CoreCurrentCalls", "0")
        .finish()
}

fn core_settings(gateway: &Gateway, request: &Request) -> Vec<u8> {
    let core = gateway.core();
    Frame::response("Success", b"")
        .action_id_within(request.action_id(), SHORT_ID_LINE)
        .header("AMIversion", core.ami_version())
        .header("AsteriskVersion", core.version())
        .header("SystemName", "")
        .header("CoreMaxCalls", "0")
        .header("CoreMaxLoadAvg", "0.000000")
        .header("CoreRunUser", "")
        .header("CoreRunGroup", "")
        .header("CoreMaxFilehandles", "0")
        .header("CoreRealTimeEnabled", "No")
        .header("CoreCDRenabled", "Yes")
        .header("CoreHTTPenabled", "No")
        .finish()
}

fn core_show_channels(request: &Request) -> Vec<u8> {
    let opening = success(request).header("EventList", "start").header("Message", "Channels will follow").finish();
    let closing = event("CoreShowChannelsComplete")
        .header("EventList", "Complete")
        .header("ListItems", "0")
        .action_id_within(request.action_id(), ID_LINE);
    [opening, closing.finish()].concat()
}

fn status(request: &Request) -> Answered {
    if !request.get("Channel").is_empty() {
        return Err("No such channel".into());
    }
    let closing = event("StatusComplete").action_id_within(request.action_id(), ID_LINE).header("Items", "0");
    Ok([acknowledged(request, "Channel status will follow"), closing.finish()].concat())
}

fn absolute_timeout(request: &Request) -> Answered {
    need(request, "Channel", "No channel specified")?;
    let text = request.text("Timeout");
    let number = text.split(|c: char| !(c.is_ascii_digit() || "+-.".contains(c))).next().unwrap_or_default();
    match number.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 => Err("No such channel".into()),
        _ => Err("No timeout specified".into()),
    }
}

fn redirect(request: &Request) -> Answered {
    let channel = need(request, "Channel", "Channel not specified")?;
    for (header, words) in [("Priority", "Invalid priority"), ("ExtraPriority", "Invalid ExtraPriority")] {
        let priority = request.get(header);
        // There is no label that could be meant.
        if !priority.is_empty() && integer(priority).is_none() {
            return Err(words.into());
        }
    }
    let mut words = [b"Channel does not exist: ", channel].concat();
    words.truncate(ID_LINE - 1);
    Err(words)
}

fn is_function(name: &[u8]) -> bool {
    name.ends_with(b")")
}

fn set_variable(gateway: &Gateway, request: &Request) -> Answered {
    let name = need(request, "Variable", "No variable specified")?;
    if !request.get("Channel").is_empty() {
        return Err("No such channel".into());
    }
    if is_function(name) {
        return Err("Variable not set".into());
    }
    let value = request.get("Value");
    lock(&gateway.variables).insert(name.to_vec(), value.to_vec());
    let frame = Frame::event("VarSet", Classes::DIALPLAN, gateway.options.timestamps).header("Channel", "none");
    let frame = frame.header("Variable", name).header("Value", value).header("Uniqueid", "none");
    gateway.bus.broadcast(&[(Classes::DIALPLAN, frame.finish().into())], Classes::DIALPLAN);
    Ok(acknowledged(request, "Variable Set"))
}

fn get_variable(gateway: &Gateway, request: &Request) -> Answered {
    let name = need(request, "Variable", "No variable specified")?;
    if !request.get("Channel").is_empty() {
        return Err("No such channel".into());
    }
    let value = lock(&gateway.variables).get(name).cloned().unwrap_or_default();
    Ok(success(request).header("Variable", name).header("Value", value).finish())
}

/// A place in the database.
fn place(family: &[u8], key: &[u8]) -> Vec<u8> {
    [b"/", family, b"/", key].concat()
}

fn db_put(gateway: &Gateway, request: &Request) -> Answered {
    let family = need(request, "Family", "No family specified")?;
    let key = need(request, "Key", "No key specified")?;
    lock(&gateway.database).insert(place(family, key), request.get("Val").to_vec());
    Ok(acknowledged(request, "Updated database successfully"))
}

fn db_get(gateway: &Gateway, request: &Request) -> Answered {
    let family = need(request, "Family", "No family specified.")?;
    let key = need(request, "Key", "No key specified.")?;
    let value = lock(&gateway.database).get(&place(family, key)).cloned().ok_or("Database entry not found")?;
    let entry = event("DBGetResponse").header("Family", family).header("Key", key).header("Val", value);
    let frames = [
        acknowledged(request, "Result will follow"),
        entry.action_id_within(request.action_id(), ID_LINE).finish(),
        event("DBGetComplete").action_id_within(request.action_id(), ID_LINE).finish(),
    ];
    Ok(frames.concat())
}

fn db_delete(gateway: &Gateway, request: &Request) -> Answered {
    let family = need(request, "Family", "No family specified.")?;
    let key = need(request, "Key", "No key specified.")?;
    lock(&gateway.database).remove(&place(family, key)).ok_or("Database entry not found")?;
    Ok(acknowledged(request, "Key deleted successfully"))
}

fn db_delete_tree(gateway: &Gateway, request: &Request) -> Answered {
    let family = need(request, "Family", "No family specified.")?;
    let mut root = place(family, request.get("Key"));
    root.pop_if(|last| *last == b'/');
    let is_below = |place: &[u8]| {
        place.get(..root.len()).is_some_and(|start| start.eq_ignore_ascii_case(&root))
            && matches!(place.get(root.len()), None | Some(b'/'))
    };
    let mut database = lock(&gateway.database);
    let before = database.len();
    database.retain(|place, _| !is_below(place));
    if database.len() == before {
        return Err("Database entry not found".into());
    }
    Ok(acknowledged(request, "Key tree deleted successfully"))
}

/// A time as `core show uptime` prints it.
pub(super) fn uptime(time: Duration) -> String {
    const DAY: u64 = 24 * 3600;
    let mut rest = time.as_secs();
    let mut text = String::new();
    for (unit, seconds) in [("year", 365 * DAY), ("week", 7 * DAY), ("day", DAY), ("hour", 3600), ("minute", 60)] {
        // Not at the very second.
        if rest > seconds {
            let count = rest / seconds;
            rest %= seconds;
            let comma = if rest > 0 { "," } else { "" };
            text.push_str(&format!("{count} {unit}{}{comma} ", plural(count)));
        }
    }
    if rest > 0 || text.is_empty() {
        text.push_str(&format!("{rest} second{} ", plural(rest)));
    }
    text
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_as_asterisk_prints_them() {
        for (seconds, text) in [
            (0, "0 seconds "),
            (1, "1 second "),
            (60, "60 seconds "),
            (61, "1 minute, 1 second "),
            (7200, "2 hours "),
            (90_061, "1 day, 1 hour, 1 minute, 1 second "),
            (32_140_861, "1 year, 1 week, 1 minute, 1 second "),
        ] {
            assert_eq!(uptime(Duration::from_secs(seconds)), text);
        }
    }
}
