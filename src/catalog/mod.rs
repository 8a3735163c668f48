//! What Asterisk knows: for now, the actions whose answers end or match in a way of their own.

use std::time::Duration;

/// How an action is answered where the answer itself does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ActionFacts {
    name: &'static str,
    /// The event that ends the list, for servers that send no `EventList` header.
    pub closing: Option<&'static str>,
    /// The one entry that such a list has at most, for servers that do not send the closing event either.
    pub only_entry: Option<&'static str>,
    /// The event that is the whole answer, without any response.
    pub answer_event: Option<&'static str>,
    /// Old servers leave the ActionID out of the reply, which is told by this header.
    pub reply_without_id: Option<&'static str>,
    /// Events that come between the response and the closing event belong to the answer, though they carry no ActionID.
    pub gathers_events: bool,
}

const PLAIN: ActionFacts = ActionFacts {
    name: "",
    closing: None,
    only_entry: None,
    answer_event: None,
    reply_without_id: None,
    gathers_events: false,
};

const fn list(name: &'static str, closing: &'static str) -> ActionFacts {
    ActionFacts { name, closing: Some(closing), ..PLAIN }
}

/// From the recorded sessions and from what the servers' own documentation names.
const ACTIONS: &[ActionFacts] = &[
    list("Agents", "AgentsComplete"),
    list("BridgeInfo", "BridgeInfoComplete"),
    list("BridgeList", "BridgeListComplete"),
    list("ConfbridgeList", "ConfbridgeListComplete"),
    list("ConfbridgeListRooms", "ConfbridgeListRoomsComplete"),
    list("CoreShowChannels", "CoreShowChannelsComplete"),
    list("DAHDIShowChannels", "DAHDIShowChannelsComplete"),
    ActionFacts { name: "DataGet", answer_event: Some("DataGet Tree"), ..PLAIN },
    ActionFacts { only_entry: Some("DBGetResponse"), ..list("DBGet", "DBGetComplete") },
    list("DongleShowDevices", "DongleShowDevicesComplete"),
    list("FAXSessions", "FAXSessionsComplete"),
    list("IAXpeerlist", "PeerlistComplete"),
    list("IAXpeers", "PeerlistComplete"),
    list("IAXregistry", "RegistrationsComplete"),
    list("MeetmeList", "MeetmeListComplete"),
    list("MeetmeListRooms", "MeetmeListRoomsComplete"),
    list("ParkedCalls", "ParkedCallsComplete"),
    list("Parkinglots", "ParkinglotsComplete"),
    ActionFacts { name: "Ping", reply_without_id: Some("Ping"), ..PLAIN },
    list("QueueStatus", "QueueStatusComplete"),
    list("QueueSummary", "QueueSummaryComplete"),
    list("ShowDialPlan", "ShowDialPlanComplete"),
    list("SIPpeers", "PeerlistComplete"),
    list("SIPpeerstatus", "SIPpeerstatusComplete"),
    list("SIPshowregistry", "RegistrationsComplete"),
    list("Status", "StatusComplete"),
    list("VoicemailUsersList", "VoicemailUserEntryComplete"),
    ActionFacts { gathers_events: true, ..list("WaitEvent", "WaitEventComplete") },
    list("ZapShowChannels", "ZapShowChannelsComplete"),
];

/// What is known of the action of this name.
pub(crate) fn action(name: &str) -> &'static ActionFacts {
    ACTIONS.iter().find(|facts| facts.name.eq_ignore_ascii_case(name)).unwrap_or(&PLAIN)
}

/// How long the server itself may take before it answers, by the action's own headers, if the action makes it wait.
pub(crate) fn own_wait<'a>(name: &str, get: impl Fn(&str) -> Option<&'a [u8]>) -> Option<Duration> {
    let number = |header: &str| std::str::from_utf8(get(header)?).ok()?.trim().parse::<u64>().ok();
    if name.eq_ignore_ascii_case("WaitEvent") {
        // Seconds. Without a number, or with -1, it waits for ever: then only the call's own deadline counts.
        return Some(Duration::from_secs(number("Timeout").unwrap_or(0)));
    }
    if name.eq_ignore_ascii_case("Originate") && !get("Async").is_some_and(is_true) {
        // Milliseconds; 30 seconds unless given. Without Async the answer comes when the call was answered, or was not.
        return Some(Duration::from_millis(number("Timeout").unwrap_or(30_000)));
    }
    None
}

/// What the server takes for yes.
fn is_true(value: &[u8]) -> bool {
    [&b"yes"[..], b"true", b"y", b"t", b"1", b"on"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}
