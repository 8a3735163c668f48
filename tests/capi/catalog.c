/* The catalogue of actions and events, the names of ami_names.h, and values of headers by their type. */
#include "check.h"
#include "fake.h"

#include <ami_names.h>
#include <stdio.h>
#include <string.h>

static void names_are_those_of_servers(void) {
    CHECK_STR(AMI_ACTION_ORIGINATE, "Originate");
    CHECK_STR(AMI_ACTION_PJSIP_SHOW_ENDPOINTS, "PJSIPShowEndpoints");
    CHECK_STR(AMI_EVENT_NAME_HANGUP, "Hangup");
    CHECK_STR(AMI_EVENT_NAME_NEWEXTEN, "Newexten");
    CHECK_STR(AMI_HEADER_CHANNEL, "Channel");
    CHECK_STR(AMI_HEADER_DEST_CHANNEL, "DestChannel");
    CHECK_STR(AMI_HEADER_ACTION_ID, "ActionID");
}

static void catalog_knows_actions_in_any_case(void) {
    CHECK_INT(ami_catalog_has_action(AMI_ACTION_ORIGINATE), 1);
    CHECK_INT(ami_catalog_has_action("oRIGINATE"), 1);
    CHECK_INT(ami_catalog_has_action("Originat"), 0);
    CHECK_INT(ami_catalog_has_action(""), 0);
    CHECK_INT(ami_catalog_has_action("\xff"), 0);
    CHECK_INT(ami_catalog_has_action(NULL), 0);
    CHECK_INT(ami_catalog_has_action(AMI_EVENT_NAME_FULLY_BOOTED), 0);
    CHECK_INT(ami_catalog_has_event(AMI_EVENT_NAME_FULLY_BOOTED), 1);
    CHECK_INT(ami_catalog_has_event("Originate"), 0);
    CHECK_INT(ami_catalog_has_event(NULL), 0);
}

static void catalog_tells_versions_classes_and_lists(void) {
    CHECK_STR(ami_catalog_action_since("Originate"), "1.8");
    CHECK(!ami_catalog_action_until("Originate"));
    CHECK_STR(ami_catalog_action_until("Monitor"), "20");
    CHECK_STR(ami_catalog_action_since("BlindTransfer"), "13");
    CHECK_STR(ami_catalog_action_classes("Originate"), "originate");
    CHECK_STR(ami_catalog_action_classes("CoreStatus"), "reporting,system");
    CHECK_STR(ami_catalog_action_classes("QueueStatus"), "");
    CHECK_STR(ami_catalog_action_list_end("QueueStatus"), "QueueStatusComplete");
    CHECK(!ami_catalog_action_list_end("Originate"));
    CHECK_STR(ami_catalog_event_since("DialEnd"), "13");
    CHECK_STR(ami_catalog_event_until("Dial"), "11");
    CHECK(!ami_catalog_event_until("DialEnd"));
    CHECK_STR(ami_catalog_event_classes("DialEnd"), "call");
    CHECK(!ami_catalog_action_since("Nothing") && !ami_catalog_action_until("Nothing"));
    CHECK(!ami_catalog_action_classes("Nothing") && !ami_catalog_action_list_end("Nothing"));
    CHECK(!ami_catalog_event_since(NULL) && !ami_catalog_event_until(NULL) &&
          !ami_catalog_event_classes(NULL));
}

static void catalog_tells_headers(void) {
    int required = -1, found = 0;
    size_t count = ami_catalog_action_header_count("Originate");
    CHECK(count > 10);
    for (size_t at = 0; at < count; at++) {
        const char *name = ami_catalog_action_header_at("Originate", at, &required);
        CHECK_INT(required, strcmp(name, AMI_HEADER_CHANNEL) == 0);
        found += strcmp(name, AMI_HEADER_CHANNEL) == 0 || strcmp(name, "Exten") == 0;
    }
    CHECK_INT(found, 2);
    required = -1;
    CHECK(!ami_catalog_action_header_at("Originate", count, &required));
    CHECK_INT(required, 0);
    CHECK(!ami_catalog_action_header_at("Originate", (size_t)-1, NULL));
    CHECK_INT(ami_catalog_action_header_count("Nothing"), 0);
    CHECK_INT(ami_catalog_action_header_count(NULL), 0);
    found = 0;
    for (size_t at = 0; at < ami_catalog_event_header_count("DialEnd"); at++) {
        const char *name = ami_catalog_event_header_at("DialEnd", at);
        found += strcmp(name, "Uniqueid") == 0 || strcmp(name, "DestUniqueid") == 0 ||
                 strcmp(name, AMI_HEADER_DIAL_STATUS) == 0;
    }
    CHECK_INT(found, 3);
    CHECK(!ami_catalog_event_header_at("DialEnd", 1000));
    CHECK_INT(ami_catalog_event_header_count("Nothing"), 0);
}

static void typed_values_tell_absent_from_wrong(void) {
    fake *server = fake_start(&(fake_options){0});
    ami_client *client = fake_client(server);
    ami_subscription *subscription = NULL;
    ami_event *event = NULL;
    ami_error *error = NULL;
    OK(ami_client_open_events(client, "Typed", &subscription, &error));
    fake_say(fake_newest(server),
             "Event: Typed\r\nCause: 16\r\nExtensionState: -2\r\nNothing: <unknown>\r\nEmpty: \r\n"
             "PT: 200(SR)\r\nAdmin: Yes\r\nPaused: 0\r\nLastCall: 1700000000\r\nLastPause: 0\r\n"
             "Timestamp: 1700000000.250999\r\nEventTV: 2023-11-14T23:13:20.500+0100\r\n"
             "StartTime: 2023-11-14 22:13:20\r\n\r\n");
    OK(ami_subscription_next(subscription, SOON, &event, &error));
    int64_t number = 7;
    int flag = 7;
    STATUS(AMI_OK, ami_event_get_int(event, "cause", &number));
    CHECK_INT(number, 16);
    STATUS(AMI_OK, ami_event_get_int(event, "ExtensionState", &number));
    CHECK_INT(number, -2);
    STATUS(AMI_E_ABSENT, ami_event_get_int(event, "None", &number));
    STATUS(AMI_E_ABSENT, ami_event_get_int(event, "Nothing", &number));
    STATUS(AMI_E_ABSENT, ami_event_get_int(event, "Empty", &number));
    STATUS(AMI_E_FORMAT, ami_event_get_int(event, "PT", &number));
    STATUS(AMI_E_INVALID, ami_event_get_int(event, NULL, &number));
    STATUS(AMI_E_INVALID, ami_event_get_int(NULL, "Cause", &number));
    STATUS(AMI_OK, ami_event_get_int(event, "Cause", NULL));
    CHECK_INT(number, -2);
    STATUS(AMI_OK, ami_event_get_bool(event, "Admin", &flag));
    CHECK_INT(flag, 1);
    STATUS(AMI_OK, ami_event_get_bool(event, "Paused", &flag));
    CHECK_INT(flag, 0);
    STATUS(AMI_E_FORMAT, ami_event_get_bool(event, "Cause", &flag));
    STATUS(AMI_E_ABSENT, ami_event_get_bool(event, "Empty", &flag));
    CHECK_INT(flag, 0);
    STATUS(AMI_OK, ami_event_get_time(event, "LastCall", &number));
    CHECK_INT(number, 1700000000000);
    STATUS(AMI_OK, ami_event_get_time(event, "Timestamp", &number));
    CHECK_INT(number, 1700000000250);
    STATUS(AMI_OK, ami_event_get_time(event, "EventTV", &number));
    CHECK_INT(number, 1700000000500);
    STATUS(AMI_E_ABSENT, ami_event_get_time(event, "LastPause", &number));
    STATUS(AMI_E_FORMAT, ami_event_get_time(event, "StartTime", &number));
    CHECK_STR(ami_status_name(AMI_E_ABSENT), "AMI_E_ABSENT");
    CHECK_STR(ami_status_name(AMI_E_FORMAT), "AMI_E_FORMAT");
    ami_event_unref(event);
    ami_subscription_free(subscription);
    ami_client_free(client);
    fake_stop(server);
}

static int list_commands(fake_link *link, const fake_frame *action, void *data) {
    if (strcmp(frame_get(action, "Action"), "ListCommands") != 0)
        return 0;
    bump(data);
    fake_answer(link, action, "Ping: Keepalive.  (Priv: <none>)\r\nReload: R.  (Priv: system)\r\n");
    return 1;
}

static void can_asks_the_server_once(void) {
    int asked = 0, can = 7;
    ami_error *error = NULL;
    fake *server = fake_start(&(fake_options){.action = list_commands, .data = &asked});
    ami_client *client = fake_client(server);
    OK(ami_client_can(client, "reload", &can, &error));
    CHECK_INT(can, 1);
    OK(ami_client_can(client, AMI_ACTION_ORIGINATE, &can, &error));
    CHECK_INT(can, 0);
    OK(ami_client_can(client, AMI_ACTION_PING, NULL, &error));
    CHECK_INT(look(&asked), 1);
    FAILS(AMI_E_INVALID, ami_client_can(client, NULL, &can, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_can(NULL, "Ping", &can, &error));
    clear(&error);
    ami_client_free(client);
    fake_stop(server);
}

typedef struct filters {
    int count;
    const char *refusal;
    char criteria[100], pattern[100];
} filters;

static int take_filter(fake_link *link, const fake_frame *action, void *data) {
    filters *seen = data;
    if (strcmp(frame_get(action, "Action"), "Filter") != 0)
        return 0;
    if (bump(&seen->count) == 1) {
        fake_say(link, "Response: Error\r\nActionID: %s\r\nMessage: %s\r\n\r\n",
                 frame_get(action, "ActionID"), seen->refusal);
        return 1;
    }
    snprintf(seen->criteria, sizeof seen->criteria, "%s", frame_get(action, "MatchCriteria"));
    snprintf(seen->pattern, sizeof seen->pattern, "%s", frame_get(action, "Filter"));
    fake_answer(link, action, "");
    return 1;
}

static void filter_with(const char *refusal, int32_t by, const char *criteria, const char *pattern) {
    filters seen = {.refusal = refusal};
    int32_t filtered = -1;
    ami_error *error = NULL;
    ami_filter *filter = ami_filter_new();
    STATUS(AMI_OK, ami_filter_include(filter, "Newchannel", "Channel", AMI_MATCH_BEGINS, "PJSIP/"));
    fake *server = fake_start(&(fake_options){.action = take_filter, .data = &seen});
    ami_client *client = fake_client(server);
    OK(ami_client_filter_events(client, filter, &filtered, &error));
    ami_filter_free(filter);
    CHECK_INT(filtered, by);
    CHECK_STR(seen.criteria, criteria);
    CHECK_STR(seen.pattern, pattern);
    ami_client_free(client);
    fake_stop(server);
}

static void filter_is_set_in_the_form_that_the_server_takes(void) {
    filter_with("Filter was formatted incorrectly.", AMI_FILTERED_BY_CRITERIA,
                "action(include) name(Newchannel) header(Channel) method(starts_with)", "PJSIP/");
    filter_with("Filter did not compile.", AMI_FILTERED_BY_EXPRESSIONS, "",
                "^Event: Newchannel[[:cntrl:]].*[[:cntrl:]]Channel: PJSIP/");
    filter_with("Invalid/unknown command", AMI_FILTERED_BY_CLIENT, "", "");
}

static void filter_refuses_what_a_server_cannot_be_told(void) {
    ami_filter *filter = ami_filter_new();
    STATUS(AMI_E_INVALID, ami_filter_include(filter, NULL, NULL, 0, NULL));
    STATUS(AMI_E_INVALID, ami_filter_include(filter, "A)", NULL, 0, NULL));
    STATUS(AMI_E_INVALID, ami_filter_exclude(filter, "A", "B C", AMI_MATCH_EQUALS, "x"));
    STATUS(AMI_E_INVALID, ami_filter_exclude(filter, "A", "B", AMI_MATCH_EQUALS, ""));
    STATUS(AMI_E_INVALID, ami_filter_exclude(filter, "A", "B", AMI_MATCH_EQUALS, NULL));
    STATUS(AMI_E_INVALID, ami_filter_exclude(filter, "A", "B", 4, "x"));
    STATUS(AMI_E_INVALID, ami_filter_include(NULL, "A", NULL, 0, NULL));
    ami_filter_free(filter);
    ami_filter_free(NULL);
}

static void filter_chooses_events_here(void) {
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    ami_filter *filter = ami_filter_new();
    fake *server = fake_start(&(fake_options){0});
    ami_client *client = fake_client(server);
    STATUS(AMI_OK, ami_filter_include(filter, "A", NULL, 0, NULL));
    STATUS(AMI_OK, ami_filter_include(filter, NULL, "X", AMI_MATCH_ENDS, "end"));
    STATUS(AMI_OK, ami_filter_exclude(filter, "A", "X", AMI_MATCH_CONTAINS, "no"));
    OK(ami_client_open_events(client, NULL, &subscription, &error));
    fake_say(fake_newest(server), "Event: A\r\nX: 1\r\n\r\nEvent: A\r\nX: a no\r\n\r\n"
                                  "Event: B\r\nX: the end\r\n\r\nEvent: B\r\nX: ends\r\n\r\n");
    for (int at = 0; at < 4; at++) {
        ami_event *event = NULL;
        OK(ami_subscription_next(subscription, SOON, &event, &error));
        CHECK_INT(ami_filter_matches(filter, event), at == 0 || at == 2);
        CHECK_INT(ami_filter_matches(NULL, event), 1);
        ami_event_unref(event);
    }
    CHECK_INT(ami_filter_matches(filter, NULL), 0);
    ami_filter_free(filter);
    ami_subscription_free(subscription);
    ami_client_free(client);
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("catalog", argc, argv);
    RUN(names_are_those_of_servers);
    RUN(catalog_knows_actions_in_any_case);
    RUN(catalog_tells_versions_classes_and_lists);
    RUN(catalog_tells_headers);
    RUN(typed_values_tell_absent_from_wrong);
    RUN(can_asks_the_server_once);
    RUN(filter_is_set_in_the_form_that_the_server_takes);
    RUN(filter_refuses_what_a_server_cannot_be_told);
    RUN(filter_chooses_events_here);
    return suite_end();
}
