/* Every action of the gateway manual on real servers, old and new: its answer's shape, and the events of real
 * calls. */
#include "real.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Things that must exist before the action. */
typedef enum need {
    NOTHING,
    /* A call that holds: {A} and {B} are its near and far end. */
    A_CALL,
    /* Two of them: {A} and {B} are their near ends. */
    TWO_CALLS,
    /* {A} is parked. */
    A_PARKED_CALL,
    /* {A} is a channel that has dialled another and is bridged with it, as for a transfer. */
    A_BRIDGED_CALL,
    /* {A} is a channel that waits for AGI commands. */
    AN_AGI_CALL,
    /* A session of its own, since this one ends, or sees no more. */
    A_SESSION,
} need;

#define ANY (-1)
#define SOME (-2)

typedef struct expected_event {
    const char *name, *headers[7];
} expected_event;

/* {A} and {B}: channels. {P}: something that is this run's own. {I}: the action's ActionID. A * at the end of
 * an expectation stands for anything, and alone for anything but nothing. */
typedef struct row {
    const char *name;
    const char *arguments[17];
    need need;
    /* 0 for both servers. */
    int version;
    ami_status status;
    /* NULL: the answer has no Message. */
    const char *message;
    const char *headers[7];
    /* The closing event of a list, the name of its entries, and how many. */
    const char *closing, *entry;
    int entries;
    expected_event events[3];
} row;

#define UNKNOWN(action)                                                                                      \
    .status = AMI_E_ACTION,                                                                                  \
    .message = "Invalid/unknown command: " action ". Use Action: ListCommands to show available commands."

static const row rows[] = {
    {"Challenge", {"AuthType", "MD5"}, .headers = {"Challenge", "*"}},
    {"Challenge", {"AuthType", "SHA1"}, .status = AMI_E_ACTION, .message = "Must specify AuthType"},
    {"Login", {"Username", "admin", "Secret", "amp111"}, .message = "Already authenticated"},
    {"Ping", {NULL}, .headers = {"Ping", "Pong", "Timestamp", "*"}},
    {"Logoff", {NULL}, A_SESSION, .message = "Thanks for all the fish.", .headers = {"Response", "Goodbye"}},
    {"Events", {"EventMask", "off"}, A_SESSION, .headers = {"Events", "Off"}},
    {"Events", {"EventMask", "on"}, A_SESSION, .headers = {"Events", "On"}},
    {"Events", {"EventMask", "system,call"}, A_SESSION, .headers = {"Events", "On"}},
    {"waitEvent",
     {"Timeout", "1"},
     A_SESSION,
     .message = "Waiting for Event completed.",
     .closing = "WaitEventComplete",
     .entries = ANY},
    {"ListCommands", {NULL}, .headers = {"Ping", "*", "Originate", "*", "DBGet", "*", NULL}},
    {"CoreStatus",
     {NULL},
     .headers = {"CoreStartupDate", "*", "CoreStartupTime", "*", "CoreCurrentCalls", "*"}},
    {"CoreSettings", {NULL}, .version = 16, .headers = {"AMIversion", "5.*", "AsteriskVersion", "16.*"}},
    {"CoreSettings", {NULL}, .version = 22, .headers = {"AMIversion", "11.*", "AsteriskVersion", "22.*"}},
    {"CoreShowChannels",
     {NULL},
     A_CALL,
     .message = "Channels will follow",
     .headers = {"EventList", "start"},
     .closing = "CoreShowChannelsComplete",
     .entry = "CoreShowChannel",
     .entries = SOME},
    {"Status",
     {"Channel", "{A}"},
     A_CALL,
     .message = "Channel status will follow",
     .headers = {"EventList", "start"},
     .closing = "StatusComplete",
     .entry = "Status",
     .entries = 1},
    {"Status",
     {NULL},
     A_CALL,
     .message = "Channel status will follow",
     .closing = "StatusComplete",
     .entry = "Status",
     .entries = SOME},
    {"Status", {"Channel", "nope"}, .status = AMI_E_ACTION, .message = "No such channel"},
    {"ShowDialPlan",
     {"Context", "default"},
     .message = "DialPlan list will follow",
     .headers = {"EventList", "start"},
     .closing = "ShowDialPlanComplete",
     .entry = "ListDialplan",
     .entries = SOME},
    {"ShowDialPlan", {"Context", "nope"}, .status = AMI_E_ACTION, .message = "Did not find context *"},
    {"Command",
     {"Command", "core show version"},
     .message = "Command output follows",
     .headers = {"Output", "Asterisk *"}},
    {"Command",
     {"Command", "core show nonsense"},
     .status = AMI_E_COMMAND,
     .message = "Command output follows"},
    {"DBPut", {"Family", "f{P}", "Key", "k1", "Val", "one"}, .message = "Updated database successfully"},
    {"DBPut",
     {"Family", "f{P}", "Key", "k2", "Val", ""},
     .status = AMI_OK,
     .message = "Updated database successfully"},
    {"DBPut", {"Key", "k1", "Val", "one"}, .status = AMI_E_ACTION, .message = "No family specified"},
    {"DBGet",
     {"Family", "f{P}", "Key", "k1"},
     .message = "Result will follow",
     .headers = {"EventList", "start"},
     .closing = "DBGetComplete",
     .entry = "DBGetResponse",
     .entries = 1},
    {"DBGet",
     {"Family", "f{P}", "Key", "nope"},
     .status = AMI_E_ACTION,
     .message = "Database entry not found"},
    {"DBDel", {"Family", "f{P}", "Key", "k1"}, .message = "Key deleted successfully"},
    {"DBDel",
     {"Family", "f{P}", "Key", "k1"},
     .status = AMI_E_ACTION,
     .message = "Database entry could not be deleted"},
    {"DBDelTree", {"Family", "f{P}"}, .message = "Key tree deleted successfully"},
    {"DBDelTree", {"Family", "f{P}"}, .status = AMI_E_ACTION, .message = "Database entry not found"},
    {"ModuleCheck", {"Module", "app_echo.so"}, .headers = {"Response", "Success"}},
    {"ModuleCheck", {"Module", "app_nope.so"}, .status = AMI_E_ACTION, .message = "Module not loaded"},
    {"ModuleLoad", {"Module", "app_echo.so", "LoadType", "unload"}, .message = "Module unloaded."},
    {"ModuleLoad", {"Module", "app_echo.so", "LoadType", "load"}, .message = "Module loaded."},
    {"ModuleLoad", {"Module", "res_parking.so", "LoadType", "reload"}, .message = "Module reloaded."},
    {"Reload", {"Module", "manager"}, .message = "Module Reloaded"},
    {"Reload", {"Module", "nope"}, .status = AMI_E_ACTION, .message = "No such module"},
    {"UserEvent",
     {"UserEvent", "Alert", "Header1", "one", "Header2", "two words: and a colon"},
     .message = "Event Sent",
     .events = {{"UserEvent",
                 {"ActionID", "{I}", "UserEvent", "Alert", "Header2", "two words: and a colon"}}}},
    {"CreateConfig", {"Filename", "made{P}.conf"}, .message = "New configuration file created successfully"},
    {"CreateConfig", {"Filename", "made{P}.conf"}, .status = AMI_E_ACTION, .message = "File exists"},
    {"UpdateConfig",
     {"SrcFilename", "made{P}.conf", "DstFilename", "made{P}.conf", "Action-000000", "NewCat", "Cat-000000",
      "c1", "Action-000001", "Append", "Cat-000001", "c1", "Var-000001", "k", "Value-000001", "v"},
     .headers = {"Response", "Success"}},
    {"UpdateConfig",
     {"SrcFilename", "../nope.conf", "DstFilename", "../nope.conf"},
     .status = AMI_E_ACTION,
     .message = "File requires escalated priv*"},
    {"ListCategories", {"Filename", "made{P}.conf"}, .headers = {"Category-000000", "c1"}},
    {"GetConfig",
     {"Filename", "made{P}.conf"},
     .headers = {"Category-000000", "c1", "Line-000000-000000", "k=v"}},
    {"GetConfig", {"Filename", "nope{P}.conf"}, .status = AMI_E_ACTION, .message = "Config file not found"},
    {"GetConfigJSON", {"Filename", "made{P}.conf"}, .headers = {"JSON", "{\"c1\":{\"k\":\"v\"}}"}},
    {"MailboxCount",
     {"Mailbox", "1001@default"},
     .message = "Mailbox Message Count",
     .headers = {"NewMessages", "0", "OldMessages", "0"}},
    {"MailboxStatus", {"Mailbox", "1001@default"}, .message = "Mailbox Status", .headers = {"Waiting", "0"}},
    {"ExtensionState",
     {"Context", "default", "Exten", "1001"},
     .message = "Extension Status",
     .headers = {"Status", "0", "Hint", "Custom:x1001"}},
    {"Setvar", {"Variable", "V{P}", "Value", "some value"}, .message = "Variable Set"},
    {"Setvar",
     {"Channel", "nope", "Variable", "V", "Value", "1"},
     .status = AMI_E_ACTION,
     .message = "No such channel"},
    {"Getvar", {"Variable", "V{P}"}, .headers = {"Variable", "V{P}", "Value", "some value"}},
    {"Getvar", {"Channel", "nope", "Variable", "V"}, .status = AMI_E_ACTION, .message = "No such channel"},
    {"Originate",
     {"Channel", "Local/hold@default", "Application", "Wait", "Data", "600", "Timeout", "5000", "Async",
      "true"},
     .message = "Originate successfully queued",
     .events = {{"OriginateResponse", {"ActionID", "{I}", "Response", "Success"}}}},
    {"Originate",
     {"Channel", "Local/short@default", "Application", "Wait", "Data", "1", "Timeout", "3000", "Async",
      "true"},
     .message = "Originate successfully queued",
     .events = {{"OriginateResponse", {"ActionID", "{I}", "Response", "Failure"}}}},
    {"Originate",
     {"Application", "Wait", "Async", "true"},
     .status = AMI_E_ACTION,
     .message = "Channel not specified"},
    {"Bridge",
     {"Channel1", "{A}", "Channel2", "{B}", "Tone", "no"},
     TWO_CALLS,
     .message = "Channels have been bridged",
     .events = {{"BridgeEnter", {"Channel", "{A}"}}, {"BridgeEnter", {"Channel", "{B}"}}}},
    {"Bridge",
     {"Channel1", "nope", "Channel2", "nope", "Tone", "no"},
     .status = AMI_E_ACTION,
     .message = "Channel1 does not exist: nope"},
    {"Park",
     {"Channel", "{A}"},
     A_CALL,
     .message = "Park successful",
     .events = {{"ParkedCall", {"ParkeeChannel", "{A}"}}}},
    {"Park", {"Channel", "nope"}, .status = AMI_E_ACTION, .message = "*"},
    {"ParkedCalls",
     {NULL},
     A_PARKED_CALL,
     .message = "Parked calls will follow",
     .headers = {"EventList", "start"},
     .closing = "ParkedCallsComplete",
     .entry = "ParkedCall",
     .entries = SOME},
    {"Redirect",
     {"Channel", "{A}", "Context", "default", "Exten", "echo", "Priority", "1"},
     A_CALL,
     .message = "Redirect successful",
     .events = {{"Newexten", {"Channel", "{A}", "Exten", "echo", "Application", "Wait"}}}},
    {"Redirect",
     {"Channel", "nope", "Context", "default", "Exten", "echo", "Priority", "1"},
     .status = AMI_E_ACTION,
     .message = "Channel does not exist: nope"},
    /* It dials for the channel: the code of the feature, then the extension. There is none such, for Asterisk
     * 16 may crash when a transfer that is under way is hung up. The first digit is enough to see it: what
     * becomes of the others depends on how far the feature has come. */
    {"Atxfer",
     {"Channel", "{A}", "Exten", "9", "Context", "default"},
     A_BRIDGED_CALL,
     .message = "Atxfer successfully queued",
     .events = {{"DTMFEnd", {"Channel", "{A}", "Digit", "*"}}}},
    {"Atxfer",
     {"Channel", "nope", "Exten", "1001", "Context", "default"},
     .status = AMI_E_ACTION,
     .message = "Channel specified does not exist"},
    {"SendText", {"Channel", "{A}", "Message", "hi"}, A_CALL, .message = "Success"},
    {"SendText", {"Channel", "nope", "Message", "hi"}, .status = AMI_E_ACTION, .message = "No such channel"},
    {"AbsoluteTimeout", {"Channel", "{A}", "Timeout", "120"}, A_CALL, .message = "Timeout Set"},
    {"AbsoluteTimeout",
     {"Channel", "{A}", "Timeout", "1"},
     A_CALL,
     .message = "Timeout Set",
     .events = {{"Hangup", {"Channel", "{A}"}}}},
    {"AbsoluteTimeout",
     {"Channel", "nope", "Timeout", "120"},
     .status = AMI_E_ACTION,
     .message = "No such channel"},
    {"AOCMessage",
     {"Channel", "{A}", "MsgType", "D", "ChargeType", "Free"},
     A_CALL,
     .message = "AOC Message successfully queued on channel"},
    {"AOCMessage",
     {"Channel", "nope", "MsgType", "D", "ChargeType", "Free"},
     .status = AMI_E_ACTION,
     .message = "No such channel"},
    {"AGI",
     {"Channel", "{A}", "Command", "VERBOSE \"hi\" 1", "CommandID", "cmd1"},
     AN_AGI_CALL,
     .message = "Added AGI command to queue",
     .events = {{"AsyncAGIExec", {"Channel", "{A}", "CommandId", "cmd1"}}}},
    {"AGI", {"Channel", "nope", "Command", "VERBOSE hi"}, .status = AMI_E_ACTION, .message = "*"},
    {"Hangup",
     {"Channel", "{A}", "Cause", "17"},
     A_CALL,
     .message = "Channel Hungup",
     .events = {{"Hangup", {"Channel", "{A}", "Cause", "17"}}}},
    {"Hangup",
     {"Channel", "/^Local.hold.*/"},
     TWO_CALLS,
     .message = "Channels hung up will follow",
     .headers = {"EventList", "start"},
     .closing = "ChannelsHungupListComplete",
     .entry = "ChannelHungup",
     .entries = SOME},
    {"Hangup", {"Channel", "nope"}, .status = AMI_E_ACTION, .message = "No such channel"},
    {"SIPpeers",
     {NULL},
     .version = 16,
     .message = "Peer status list will follow",
     .headers = {"EventList", "start"},
     .closing = "PeerlistComplete",
     .entry = "PeerEntry",
     .entries = 1},
    {"SIPshowregistry",
     {NULL},
     .version = 16,
     .message = "Registrations will follow",
     .headers = {"EventList", "start"},
     .closing = "RegistrationsComplete",
     .entries = 0},
    {"SIPshowpeer", {"Peer", "1001"}, .version = 16, .headers = {"Channeltype", "SIP", "ObjectName", "1001"}},
    {"SIPshowpeer",
     {"Peer", "nobody"},
     .version = 16,
     .status = AMI_E_ACTION,
     .message = "Peer nobody not found."},
    {"SIPqualifypeer",
     {"Peer", "1001"},
     .version = 16,
     .message = "SIP peer found - will qualify",
     .events = {{"SIPQualifyPeerDone", {"ActionID", "{I}", "Peer", "1001"}}}},
    {"SIPnotify",
     {"Channel", "127.0.0.1", "Variable", "Event=check-sync"},
     .version = 16,
     .message = "Notify Sent"},
    {"SIPnotify",
     {"Channel", "1001", "Variable", "Event=check-sync"},
     .version = 16,
     .status = AMI_E_ACTION,
     .message = "Could not create address"},
    {"SIPpeers", {NULL}, .version = 22, UNKNOWN("SIPpeers")},
    {"SIPshowregistry", {NULL}, .version = 22, UNKNOWN("SIPshowregistry")},
    {"SIPshowpeer", {"Peer", "1001"}, .version = 22, UNKNOWN("SIPshowpeer")},
    {"SIPqualifypeer", {"Peer", "1001"}, .version = 22, UNKNOWN("SIPqualifypeer")},
    {"SIPnotify",
     {"Channel", "127.0.0.1", "Variable", "Event=check-sync"},
     .version = 22,
     UNKNOWN("SIPnotify")},
    {"DataGet", {"Path", "/asterisk/core/channels"}, .version = 0, UNKNOWN("DataGet")},
};

/* The manual's list. */
static const char *const manual[] = {
    "waitEvent",
    "SIPnotify",
    "SIPshowregistry",
    "SIPqualifypeer",
    "SIPshowpeer",
    "SIPpeers",
    "AGI",
    "DBDelTree",
    "DBDel",
    "DBPut",
    "DBGet",
    "Bridge",
    "Park",
    "ParkedCalls",
    "ShowDialPlan",
    "AOCMessage",
    "ModuleCheck",
    "ModuleLoad",
    "CoreShowChannels",
    "Reload",
    "CoreStatus",
    "CoreSettings",
    "UserEvent",
    "UpdateConfig",
    "SendText",
    "ListCommands",
    "MailboxCount",
    "MailboxStatus",
    "AbsoluteTimeout",
    "ExtensionState",
    "Command",
    "Originate",
    "Atxfer",
    "Redirect",
    "ListCategories",
    "CreateConfig",
    "Status",
    "GetConfigJSON",
    "GetConfig",
    "Getvar",
    "Setvar",
    "Ping",
    "Hangup",
    "Challenge",
    "Login",
    "Logoff",
    "Events",
    "DataGet",
};

/* Runs a row once. */
typedef struct run {
    ami_client *client;
    ami_subscription *all;
    char a[100], b[100], id[40];
} run;

/* Puts in what {A}, {B}, {P} and {I} stand for. */
static const char *filled(const run *run, const char *text, char *into, size_t room) {
    size_t length = 0;
    for (const char *from = text; *from && length < room - 1;) {
        char own[24];
        snprintf(own, sizeof own, "%ld", (long)getpid());
        const char *value = strncmp(from, "{A}", 3) == 0   ? run->a
                            : strncmp(from, "{B}", 3) == 0 ? run->b
                            : strncmp(from, "{P}", 3) == 0 ? own
                            : strncmp(from, "{I}", 3) == 0 ? run->id
                                                           : NULL;
        if (value) {
            length += (size_t)snprintf(into + length, room - length, "%s", value);
            from += 3;
        } else {
            into[length++] = *from++;
        }
    }
    into[length < room ? length : room - 1] = '\0';
    return into;
}

static int check_value(const run *run, const char *actual, const char *expected, const char *what) {
    char text[300];
    filled(run, expected, text, sizeof text);
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] != '*')
        return check_str(actual, text, __FILE__, __LINE__, what);
    text[length - 1] = '\0';
    if (actual && *actual && strncmp(actual, text, length - 1) == 0)
        return 1;
    return check_has(actual, text, __FILE__, __LINE__, what) &&
           CHECK_STR(actual, "something that begins like this");
}

static void far_end(const char *near_end, char *far) {
    snprintf(far, 100, "%s", near_end);
    size_t length = strlen(far);
    if (CHECK(length > 2 && strcmp(far + length - 2, ";1") == 0))
        far[length - 1] = '2';
}

/* A call whose far end does something by itself, perhaps before the call is said to be up; far is that end.
 */
static int far_end_does(const run *run, const char *exten, const char *name, const char *const *headers,
                        char far[100]) {
    char near_end[100];
    ami_error *error = NULL;
    ami_subscription *done = NULL;
    int good = OK(ami_client_open_events(run->client, name, &done, &error)) &&
               originate(run->client, run->all, exten, near_end);
    if (good) {
        far_end(near_end, far);
        good = sees(done, name, headers[0] ? headers : HEADERS("Channel", far));
    }
    ami_subscription_free(done);
    return good;
}

static int prepare(const asterisk *server, need need, run *run) {
    ami_error *error = NULL;
    switch (need) {
    case NOTHING:
        return 1;
    case A_CALL:
        if (!originate(run->client, run->all, "Local/hold@default", run->a))
            return 0;
        far_end(run->a, run->b);
        return 1;
    case TWO_CALLS:
        return originate(run->client, run->all, "Local/hold@default", run->a) &&
               originate(run->client, run->all, "Local/hold@default", run->b);
    case A_PARKED_CALL:
        return originate(run->client, run->all, "Local/hold@default", run->a) &&
               OK(call(run->client, ACTION("Park", "Channel", run->a), NULL, &error)) &&
               sees(run->all, "ParkedCall", HEADERS("ParkeeChannel", run->a));
    case A_BRIDGED_CALL:
        return far_end_does(run, "Local/call@default", "BridgeEnter", HEADERS(NULL), run->a);
    case AN_AGI_CALL:
        return far_end_does(run, "Local/agi@default", "AsyncAGIStart", HEADERS(NULL), run->a);
    case A_SESSION:
        ami_subscription_free(run->all);
        run->all = NULL;
        run->client = log_in(server, ADMIN, "on");
        return OK(ami_client_open_events(run->client, NULL, &run->all, &error));
    }
    return 0;
}

static void check_list(const run *run, const row *row, const ami_response *response) {
    char number[24];
    const ami_event *end = ami_response_end_event(response);
    size_t count = ami_response_event_count(response);
    if (!row->closing) {
        CHECK(end == NULL);
        CHECK_INT(count, 0);
        return;
    }
    CHECK_STR(ami_event_name(end), row->closing);
    CHECK_STR(ami_event_get(end, "ActionID", NULL), run->id);
    if (row->entries == SOME)
        CHECK(count > 0);
    else if (row->entries != ANY)
        CHECK_INT(count, row->entries);
    for (size_t at = 0; at < count; at++) {
        const ami_event *entry = ami_response_event_at(response, at);
        CHECK_INT(ami_event_kind(entry), AMI_EVENT_SERVER);
        if (row->entry) {
            CHECK_STR(ami_event_name(entry), row->entry);
            CHECK_STR(ami_event_get(entry, "actionid", NULL), run->id);
        }
    }
    CHECK(ami_response_event_at(response, count) == NULL);
    if (row->entries == ANY)
        return;
    CHECK_STR(ami_event_get(end, "EventList", NULL), "Complete");
    snprintf(number, sizeof number, "%zu", count);
    /* Some lists count otherwise: ShowDialPlan what it lists, contexts and all; Hangup nothing. */
    const char *items = ami_event_get(end, "ListItems", NULL);
    CHECK(items != NULL);
    if (strcasecmp(row->name, "ShowDialPlan") != 0)
        CHECK_STR(items, number);
}

/* Headers by index are those by name, in order, each followed by a NUL. */
static void check_headers(const ami_response *response) {
    size_t count = ami_response_header_count(response), length = 7;
    CHECK(count >= 2);
    CHECK_STR(ami_response_header_name_at(response, 0, NULL), "Response");
    for (size_t at = 0; at < count; at++) {
        const char *name = ami_response_header_name_at(response, at, &length);
        CHECK(name && strlen(name) == length);
        const char *value = ami_response_header_value_at(response, at, &length);
        CHECK(value && strlen(value) == length);
    }
    CHECK(ami_response_header_name_at(response, count, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(ami_response_header_value_at(response, count, NULL) == NULL);
}

static void check_answer(const run *run, const row *row, const ami_response *response) {
    CHECK_STR(ami_response_get(response, "ActionID", NULL), run->id);
    if (row->message)
        check_value(run, ami_response_get(response, "Message", NULL), row->message, "Message");
    else
        CHECK(ami_response_get(response, "Message", NULL) == NULL);
    if (row->status != AMI_OK)
        CHECK_STR(ami_response_get(response, "Response", NULL), "Error");
    else if (!row->headers[0] || strcmp(row->headers[0], "Response") != 0)
        CHECK_STR(ami_response_get(response, "Response", NULL), "Success");
    for (const char *const *header = row->headers; header[0] && header[1]; header += 2)
        check_value(run, ami_response_get(response, header[0], NULL), header[1], header[0]);
    int is_command = strcasecmp(row->name, "Command") == 0;
    CHECK((ami_response_output(response, NULL) != NULL) == is_command);
    check_list(run, row, response);
    check_headers(response);
}

/* All of them, in whatever order they come. */
static void await_events(const run *run, const row *row) {
    const char *headers[3][8] = {{NULL}};
    char values[3][8][300];
    expected expected[3];
    int count = 0;
    for (; count < 3 && row->events[count].name; count++) {
        const char *const *given = row->events[count].headers;
        for (int at = 0; given[at]; at++)
            headers[count][at] = filled(run, given[at], values[count][at], sizeof values[count][at]);
        expected[count].name = row->events[count].name;
        expected[count].headers = headers[count];
    }
    sees_all(run->all, expected, count);
}

static void run_row(const asterisk *server, ami_client *client, const row *row) {
    run run = {client, NULL, "", "", ""};
    ami_error *error = NULL;
    ami_response *response = (ami_response *)&error;
    char values[17][300];
    OK(ami_client_open_events(client, NULL, &run.all, &error));
    if (prepare(server, row->need, &run)) {
        ami_action *action = ami_action_new(row->name);
        ami_action_add(action, "ActionID", fresh_id(run.id));
        for (int at = 0; row->arguments[at]; at += 2)
            STATUS(AMI_OK,
                   ami_action_add(action, row->arguments[at],
                                  filled(&run, row->arguments[at + 1], values[at], sizeof values[at])));
        FAILS(row->status, ami_client_call(run.client, action, 0, &response, &error));
        ami_action_free(action);
        if (error) {
            CHECK(response == NULL);
            const ami_response *refusal = ami_error_response(error);
            if (CHECK(refusal != NULL))
                check_answer(&run, row, refusal);
            if (row->status == AMI_E_ACTION)
                CHECK_STR(ami_error_peer_message(error), ami_response_get(refusal, "Message", NULL));
            else
                CHECK_STR(ami_error_peer_message(error), ami_response_output(refusal, NULL));
            CHECK_HAS(ami_error_message(error), row->status == AMI_E_ACTION ? row->name : "CLI");
        } else {
            check_answer(&run, row, response);
        }
        await_events(&run, row);
    } else {
        response = NULL;
    }
    if (!error)
        ami_response_unref(response);
    clear(&error);
    if (*run.a)
        hang_up(client, run.a);
    if (*run.b)
        hang_up(client, run.b);
    ami_subscription_free(run.all);
    if (run.client != client)
        ami_client_free(run.client);
}

typedef struct outcome {
    int done;
    ami_status status;
    char end[40];
} outcome;

static void note_outcome(ami_status status, const ami_response *response, const ami_error *error,
                         void *data) {
    outcome *self = data;
    (void)error;
    self->status = status;
    snprintf(self->end, sizeof self->end, "%s", ami_event_name(ami_response_end_event(response)));
    bump(&self->done);
}

/* An event that comes while the session waits for one ends the wait, and reaches subscribers as well. */
static void wait_event_ends_early(const asterisk *server) {
    ami_error *error = NULL;
    ami_client *waiting = log_in(server, ADMIN, "user"), *other = log_in(server, ADMIN, "off");
    ami_subscription *all = NULL;
    outcome seen = {0};
    int sent = 0;
    OK(ami_client_open_events(waiting, NULL, &all, &error));
    ami_action *action = ACTION("WaitEvent", "Timeout", "30");
    /* Something else may happen on the server and end it first, and then it waits once more. */
    for (int round = 0; round < 20 && sent == 0; round++) {
        memset(&seen, 0, sizeof seen);
        /* The seconds that the server may wait come on top of a timeout that would not do. */
        OK(ami_client_submit(waiting, action, 2000, note_outcome, &seen, NULL, &error));
        uint64_t from = now_ms();
        while (!await(&seen.done, 1, 200) && now_ms() - from < 20000)
            sent += OK(call(other, ACTION("UserEvent", "UserEvent", "Early"), NULL, &error));
    }
    ami_action_free(action);
    CHECK_INT(look(&seen.done), 1);
    STATUS(AMI_OK, seen.status);
    CHECK_STR(seen.end, "WaitEventComplete");
    sees(all, "UserEvent", HEADERS("UserEvent", "Early"));
    ami_subscription_free(all);
    ami_client_free(waiting);
    ami_client_free(other);
}

int main(int argc, char **argv) {
    suite_begin("actions", argc, argv);
    const asterisk *servers = real_servers();
    for (int which = 0; which < SERVERS; which++) {
        const asterisk *server = &servers[which];
        ami_client *client = log_in(server, ADMIN, "on");
        for (size_t at = 0; at < sizeof rows / sizeof *rows; at++) {
            const row *row = &rows[at];
            if ((row->version && row->version != server->version) || !test_wanted(row->name))
                continue;
            test_begin("%s on %d, row %zu", row->name, server->version, at);
            run_row(server, client, row);
            test_end();
        }
        for (size_t at = 0; at < sizeof manual / sizeof *manual; at++) {
            int found = 0;
            for (size_t other = 0; other < sizeof rows / sizeof *rows; other++)
                found += (!rows[other].version || rows[other].version == server->version) &&
                         strcmp(rows[other].name, manual[at]) == 0;
            if (!found) {
                test_begin("%s on %d has a row", manual[at], server->version);
                CHECK(found > 0);
                test_end();
            }
        }
        test_begin("WaitEvent on %d ends early", server->version);
        wait_event_ends_early(server);
        test_end();
        ami_client_free(client);
    }
    return suite_end();
}
