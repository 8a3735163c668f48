/* Events of real servers: by callback, pulled, behind a descriptor; filtered, in order, kept; and SMS among
 * them. */
#include "real.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const asterisk *server;

/* The record of a callback: names in order, and the last event kept. */
typedef struct record {
    int count, wrong, drops;
    char names[4000];
    ami_event *kept;
    ami_sms *sms[8];
} record;

static void on_drop(void *data) {
    bump(&((record *)data)->drops);
}

static void note_name(const ami_event *event, void *data) {
    record *seen = data;
    const char *channel = ami_event_get(event, "Channel", NULL), *begin = "Local/short@default-", *end;
    if (!channel || strncmp(channel, begin, strlen(begin)) != 0 || !(end = strchr(channel, ';')) ||
        strcmp(end, ";2") != 0)
        return;
    size_t length = strlen(seen->names);
    if (length < sizeof seen->names - 100)
        snprintf(seen->names + length, sizeof seen->names - length, " %s", ami_event_name(event));
    bump(&seen->count);
}

static void user_event(const ami_client *client, const char *name, int number) {
    char text[16];
    ami_error *error = NULL;
    snprintf(text, sizeof text, "%d", number);
    OK(call(client, ACTION("UserEvent", "UserEvent", name, "Number", text), NULL, &error));
}

/* A call that is over at once. */
static void call_there(const ami_client *client, const char *place) {
    char id[40], channel[100];
    ami_error *error = NULL;
    snprintf(channel, sizeof channel, "Local/%s", place);
    OK(call(client,
            ACTION("Originate", "ActionID", fresh_id(id), "Channel", channel, "Application", "Wait", "Data",
                   "1", "Timeout", "5000", "Async", "true"),
            NULL, &error));
}

static void short_call(const ami_client *client, const char *extension) {
    char place[60];
    snprintf(place, sizeof place, "%s@default", extension);
    call_there(client, place);
}

static void callback_gets_what_it_named_in_order(void) {
    ami_error *error = NULL;
    ami_client *client = log_in(server, ADMIN, "on");
    ami_subscription *subscription = NULL;
    record seen = {0};
    OK(ami_client_subscribe(client, "newchannel, NEWEXTEN ,Hangup", note_name, &seen, on_drop, &subscription,
                            &error));
    short_call(client, "short");
    /* The far end comes, walks through three steps of the dialplan, and goes. */
    CHECK(await(&seen.count, 5, SOON));
    ami_subscription_free(subscription);
    CHECK_STR(seen.names, " Newchannel Newexten Newexten Newexten Hangup");
    CHECK_INT(seen.drops, 1);
    ami_client_free(client);
}

static void numbers_in_order(const ami_event *event, void *data) {
    record *seen = data;
    /* The other end of an earlier test's call may hang up only now. */
    if (strcmp(ami_event_name(event), "Hangup") == 0)
        return;
    if (atoi(ami_event_get(event, "Number", NULL)) != look(&seen->count))
        bump(&seen->wrong);
    bump(&seen->count);
}

static void subscriptions_get_their_events_in_order_beside_each_other(void) {
    ami_error *error = NULL;
    ami_client *client = log_in(server, ADMIN, "on");
    ami_subscription *first = NULL, *second = NULL, *pulled = NULL;
    record one = {0}, two = {0};
    OK(ami_client_subscribe(client, "UserEvent", numbers_in_order, &one, on_drop, &first, &error));
    OK(ami_client_subscribe(client, "UserEvent,Hangup", numbers_in_order, &two, on_drop, &second, &error));
    OK(ami_client_open_events(client, "UserEvent", &pulled, &error));
    for (int number = 0; number < 200; number++)
        user_event(client, "Order", number);
    CHECK(await(&one.count, 200, SOON));
    CHECK(await(&two.count, 200, SOON));
    CHECK_INT(look(&one.wrong) + look(&two.wrong), 0);
    for (int number = 0; number < 200; number++) {
        ami_event *event = NULL;
        if (!OK(ami_subscription_next(pulled, SOON, &event, &error)) ||
            !CHECK_INT(atoi(ami_event_get(event, "Number", NULL)), number))
            number = 200;
        ami_event_unref(event);
    }
    ami_client_free(client);
    ami_subscription_free(first);
    ami_subscription_free(second);
    ami_subscription_free(pulled);
}

static void filters_take_nothing_else(void) {
    ami_error *error = NULL;
    ami_client *client = log_in(server, ADMIN, "on");
    ami_subscription *users = NULL, *hangups = NULL, *all = NULL, *none = NULL;
    ami_event *event = NULL;
    OK(ami_client_open_events(client, "userevent", &users, &error));
    OK(ami_client_open_events(client, "Hangup", &hangups, &error));
    OK(ami_client_open_events(client, NULL, &all, &error));
    OK(ami_client_open_events(client, "NoSuchEvent,#gap,#lagged", &none, &error));
    short_call(client, "short");
    CHECK(sees(hangups, "Hangup", HEADERS(NULL)));
    CHECK(sees(all, "Hangup", HEADERS(NULL)));
    user_event(client, "After", 1);
    OK(ami_subscription_next(users, SOON, &event, &error));
    CHECK_STR(ami_event_get(event, "UserEvent", NULL), "After");
    ami_event_unref(event);
    CHECK(sees(all, "UserEvent", HEADERS("UserEvent", "After")));
    QUIET(none, 0);
    ami_subscription_free(users);
    ami_subscription_free(hangups);
    ami_subscription_free(all);
    ami_subscription_free(none);
    ami_client_free(client);
}

static void subscription_made_before_open_misses_nothing(void) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_subscription *all = NULL;
    ami_event *event = NULL;
    ami_config *config = real_config(server, ADMIN);
    OK(ami_client_new(config, &client, &error));
    OK(ami_client_open_events(client, "FullyBooted", &all, &error));
    QUIET(all, 0);
    OK(ami_client_open(client, &error));
    OK(ami_subscription_next(all, SOON, &event, &error));
    CHECK_STR(ami_event_name(event), "FullyBooted");
    CHECK_INT(ami_event_kind(event), AMI_EVENT_SERVER);
    ami_event_unref(event);
    ami_subscription_free(all);
    ami_client_free(client);
    ami_config_free(config);
}

static void event_mask_holds(void) {
    const char *const masks[] = {"off", "user", "call,user"};
    for (int at = 0; at < 3; at++) {
        ami_error *error = NULL;
        ami_client *quiet = log_in(server, ADMIN, masks[at]), *loud = log_in(server, ADMIN, "on");
        ami_subscription *all = NULL, *loud_all = NULL;
        int users = 0, calls = 0, others = 0;
        char mine[16];
        OK(ami_client_open_events(quiet, NULL, &all, &error));
        OK(ami_client_open_events(loud, NULL, &loud_all, &error));
        short_call(loud, "short");
        CHECK(sees(loud_all, "Hangup", HEADERS(NULL)));
        CHECK(sees(loud_all, "Hangup", HEADERS(NULL)));
        /* Other programs use the server too: their events have the same class, but not this name. */
        snprintf(mine, sizeof mine, "Mask%d", at);
        user_event(loud, mine, 1);
        CHECK(sees(loud_all, "UserEvent", HEADERS("UserEvent", mine)));
        OK(ami_client_ping(quiet, NULL, &error));
        for (;;) {
            ami_event *event = NULL;
            if (ami_subscription_next(all, at == 0 ? 50 : 500, &event, NULL) != AMI_OK)
                break;
            const char *privilege = ami_event_get(event, "Privilege", NULL);
            const char *name = ami_event_get(event, "UserEvent", NULL);
            if (privilege && strncmp(privilege, "user", 4) == 0 && at > 0)
                users += name && strcmp(name, mine) == 0;
            else if (privilege && strncmp(privilege, "call", 4) == 0)
                calls++;
            else
                others++;
            ami_event_unref(event);
        }
        CHECK_INT(users, at > 0);
        CHECK((calls > 0) == (at == 2));
        CHECK_INT(others, 0);
        ami_subscription_free(all);
        ami_subscription_free(loud_all);
        ami_client_free(quiet);
        ami_client_free(loud);
    }
}

static void descriptor_is_polled_by_a_loop(void) {
    ami_error *error = NULL;
    ami_client *client = log_in(server, ADMIN, "on");
    ami_subscription *all = NULL;
    int hangups = 0, pulled = 0;
    OK(ami_client_open_events(client, NULL, &all, &error));
    int fd = ami_subscription_fd(all);
    for (int at = 0; at < 10; at++)
        short_call(client, "short");
    uint64_t until = now_ms() + SOON;
    while (hangups < 20 && now_ms() < until) {
        struct pollfd wanted = {fd, POLLIN, 0};
        if (!CHECK_INT(poll(&wanted, 1, SOON), 1))
            break;
        for (;;) {
            ami_event *event = NULL;
            if (ami_subscription_next(all, 0, &event, NULL) != AMI_OK)
                break;
            hangups += strcmp(ami_event_name(event), "Hangup") == 0;
            pulled++;
            ami_event_unref(event);
        }
    }
    CHECK(hangups >= 20);
    CHECK(pulled > 100);
    ami_subscription_free(all);
    ami_client_free(client);
}

static void keep(const ami_event *event, void *data) {
    record *seen = data;
    ami_event *kept = ami_event_ref(event);
    if (kept != event)
        bump(&seen->wrong);
    ami_event_unref(seen->kept);
    seen->kept = kept;
    ami_event_unref(ami_event_ref(event));
    bump(&seen->count);
}

static void event_is_kept_beyond_its_callback_and_its_client(void) {
    ami_error *error = NULL;
    ami_client *client = log_in(server, ADMIN, "on");
    ami_subscription *subscription = NULL;
    record seen = {0};
    OK(ami_client_subscribe(client, "UserEvent", keep, &seen, on_drop, &subscription, &error));
    for (int number = 0; number < 10; number++)
        user_event(client, "Kept", number);
    CHECK(await(&seen.count, 10, SOON));
    ami_client_free(client);
    ami_subscription_free(subscription);
    CHECK_INT(seen.wrong, 0);
    CHECK_STR(ami_event_get(seen.kept, "Number", NULL), "9");
    ami_event *again = ami_event_ref(seen.kept);
    CHECK(again == seen.kept);
    ami_event_unref(seen.kept);
    CHECK_STR(ami_event_get(again, "UserEvent", NULL), "Kept");
    ami_event_unref(again);
}

static void headers_are_in_order_with_their_duplicates_and_bytes(void) {
    ami_error *error = NULL;
    ami_client *client = log_in(server, ADMIN, "on");
    ami_subscription *users = NULL;
    ami_event *event = NULL;
    size_t length = 0;
    const char bytes[] = {'a', (char)0xff, (char)0xfe, ' ', ':', ' ', 'b'};
    OK(ami_client_open_events(client, "UserEvent", &users, &error));
    ami_action *action = ACTION("UserEvent", "UserEvent", "Headers", "Twice", "one", "Empty", "", "Twice",
                                "two", "Text", "您当前帐户余额0元 é", "Spaces", "one behind ");
    STATUS(AMI_OK, ami_action_add_n(action, "Bytes", bytes, sizeof bytes));
    OK(call(client, action, NULL, &error));
    OK(ami_subscription_next(users, SOON, &event, &error));
    CHECK_STR(ami_event_name(event), "UserEvent");
    CHECK_STR(ami_event_get(event, "twice", &length), "one");
    CHECK_STR(ami_event_get_nth(event, "TWICE", 0, NULL), "one");
    CHECK_STR(ami_event_get_nth(event, "twice", 1, &length), "two");
    CHECK_INT(length, 3);
    CHECK(ami_event_get_nth(event, "twice", 2, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(ami_event_get_nth(event, "nothing", 0, NULL) == NULL);
    CHECK_STR(ami_event_get(event, "twice", &length), "one");
    CHECK_INT(length, 3);
    CHECK_STR(ami_event_get(event, "TEXT", &length), "您当前帐户余额0元 é");
    CHECK_INT(length, strlen("您当前帐户余额0元 é"));
    CHECK_STR(ami_event_get(event, "Empty", &length), "");
    CHECK_INT(length, 0);
    const char *value = ami_event_get(event, "Bytes", &length);
    CHECK(value && length == sizeof bytes && memcmp(value, bytes, sizeof bytes) == 0 &&
          value[length] == '\0');
    CHECK_STR(ami_event_get(event, "Spaces", NULL), "one behind ");
    CHECK(ami_event_get(event, "Nothing", &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(ami_event_get(event, NULL, &length) == NULL);
    CHECK(ami_event_get(event, "", &length) == NULL);
    CHECK(ami_event_get(event, "Twic", NULL) == NULL);

    size_t count = ami_event_header_count(event);
    char twice[40] = "";
    CHECK(count >= 8);
    CHECK_STR(ami_event_header_name_at(event, 0, &length), "Event");
    CHECK_INT(length, 5);
    CHECK_STR(ami_event_header_value_at(event, 0, &length), "UserEvent");
    CHECK_STR(ami_event_header_name_at(event, 1, NULL), "Privilege");
    for (size_t at = 0; at < count; at++) {
        const char *name = ami_event_header_name_at(event, at, &length);
        CHECK_INT(length, strlen(name));
        CHECK(ami_event_get(event, name, NULL) != NULL);
        if (strcmp(name, "Twice") == 0)
            snprintf(twice + strlen(twice), sizeof twice - strlen(twice), "%s,",
                     ami_event_header_value_at(event, at, NULL));
    }
    CHECK_STR(twice, "one,two,");
    length = 7;
    CHECK(ami_event_header_name_at(event, count, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(ami_event_header_value_at(event, SIZE_MAX, &length) == NULL);
    ami_event_unref(event);
    ami_subscription_free(users);
    ami_client_free(client);
}

static void list_entries_are_no_news(void) {
    char channel[100];
    ami_error *error = NULL;
    ami_client *client = log_in(server, ADMIN, "on");
    ami_subscription *all = NULL, *lists = NULL;
    ami_response *response = NULL;
    ami_event *kept = NULL;
    OK(ami_client_open_events(client, NULL, &all, &error));
    OK(ami_client_open_events(client,
                              "CoreShowChannel,CoreShowChannelsComplete,Status,StatusComplete,DBGetResponse",
                              &lists, &error));
    originate(client, all, "Local/hold@default", channel);
    OK(call(client, ACTION("CoreShowChannels"), &response, &error));
    CHECK(ami_response_event_count(response) >= 2);
    OK(call(client, ACTION("Status"), NULL, &error));
    OK(ami_client_ping(client, NULL, &error));
    QUIET(lists, 0);
    /* An entry outlives its response, and is the same. */
    const ami_event *entry = ami_response_event_at(response, 1);
    kept = ami_event_ref(entry);
    CHECK(kept == entry);
    ami_response_unref(response);
    hang_up(client, channel);
    ami_client_free(client);
    CHECK_STR(ami_event_name(kept), "CoreShowChannel");
    CHECK(ami_event_get(kept, "Channel", NULL) != NULL);
    ami_event_unref(kept);
    ami_subscription_free(all);
    ami_subscription_free(lists);
}

static void events_that_wait_are_there_after_the_client(void) {
    ami_error *error = NULL;
    ami_client *client = log_in(server, ADMIN, "on");
    ami_subscription *users = NULL, *marker = NULL;
    ami_event *event = NULL;
    OK(ami_client_open_events(client, "UserEvent", &users, &error));
    OK(ami_client_open_events(client, "UserEvent", &marker, &error));
    for (int number = 0; number < 5; number++)
        user_event(client, "Late", number);
    CHECK(sees(marker, "UserEvent", HEADERS("Number", "4")));
    ami_subscription_free(marker);
    ami_client_free(client);
    for (int number = 0; number < 5; number++) {
        OK(ami_subscription_next(users, 0, &event, &error));
        CHECK_INT(atoi(ami_event_get(event, "Number", NULL)), number);
        ami_event_unref(event);
    }
    FAILS(AMI_E_CLOSED, ami_subscription_next(users, AMI_WAIT_FOREVER, &event, &error));
    clear(&error);
    CHECK(event == NULL);
    ami_subscription_free(users);
}

/* ----------------------------------------------------------------------------------------------------------
 * SMS */

static void keep_sms(const ami_sms *sms, void *data) {
    record *seen = data;
    ami_sms *kept = ami_sms_ref(sms);
    if (kept != sms)
        bump(&seen->wrong);
    if (look(&seen->count) < 8)
        seen->sms[look(&seen->count)] = kept;
    else
        ami_sms_unref(kept);
    bump(&seen->count);
}

/* The account is the least that a user of a gateway needs. */
static void sms_come_in(void) {
    const char *text = "He said \"two \\ three\" and `go`, 您当前帐户余额0元; 100% ready";
    ami_error *error = NULL;
    ami_client *caller = log_in(server, ADMIN, "off");
    ami_gateway *gateway = NULL;
    ami_subscription *inbox = NULL;
    size_t length = 0;
    record seen = {0};
    ami_config *config = real_config(server, COMMANDER);
    STATUS(AMI_OK, ami_config_set_event_mask(config, "dialplan"));
    STATUS(AMI_OK, ami_config_set_dialect(config, "openvox"));
    OK(ami_gateway_connect(config, &gateway, &error));
    OK(ami_gateway_subscribe_sms(gateway, keep_sms, &seen, on_drop, &inbox, &error));
    ami_config_free(config);
    /* Neither a call nor an event that merely has such words is an SMS. */
    short_call(caller, "short");
    short_call(caller, "userevent");
    short_call(caller, "sms");
    CHECK(await(&seen.count, 1, SOON));
    call_there(caller, "sms@gsm-2");
    CHECK(await(&seen.count, 2, SOON));
    ami_subscription_free(inbox);
    CHECK_INT(seen.drops, 1);
    ami_gateway_free(gateway);
    ami_client_free(caller);
    CHECK_INT(seen.count, 2);
    CHECK_INT(seen.wrong, 0);

    CHECK_INT(ami_sms_port_number(seen.sms[0]), 4);
    CHECK_STR(ami_sms_port(seen.sms[0]), "4");
    CHECK_STR(ami_sms_sender(seen.sms[0]), "10086");
    CHECK_STR(ami_sms_time(seen.sms[0]), "2014-09-11T09:36:47");
    CHECK_STR(ami_sms_text(seen.sms[0], &length), "hello gateway");
    CHECK_INT(length, 13);
    CHECK_INT(ami_sms_port_number(seen.sms[1]), 2);
    CHECK_STR(ami_sms_port(seen.sms[1]), "2");
    CHECK_STR(ami_sms_sender(seen.sms[1]), "+8613632919026");
    CHECK_STR(ami_sms_time(seen.sms[1]), "2015-03-27T09:44:02");
    CHECK_STR(ami_sms_text(seen.sms[1], &length), text);
    CHECK_INT(length, strlen(text));
    for (int at = 0; at < 2; at++) {
        ami_sms *again = ami_sms_ref(seen.sms[at]);
        CHECK(again == seen.sms[at]);
        ami_sms_unref(again);
        ami_sms_unref(seen.sms[at]);
    }
}

static void event_of_the_dialplan_comes_in(void) {
    ami_error *error = NULL;
    ami_client *client = log_in(server, ADMIN, "on");
    ami_subscription *all = NULL;
    OK(ami_client_open_events(client, "UserEvent", &all, &error));
    short_call(client, "userevent");
    CHECK(sees(all, "UserEvent",
               HEADERS("UserEvent", "SMS", "Span", "4", "Sender", "10086", "Text", "hello gateway", "Exten",
                       "userevent")));
    ami_subscription_free(all);
    ami_client_free(client);
}

int main(int argc, char **argv) {
    suite_begin("events", argc, argv);
    const asterisk *servers = real_servers();
    for (int at = 0; at < SERVERS; at++) {
        server = &servers[at];
        RUN(callback_gets_what_it_named_in_order);
        RUN(subscriptions_get_their_events_in_order_beside_each_other);
        RUN(filters_take_nothing_else);
        RUN(subscription_made_before_open_misses_nothing);
        RUN(event_mask_holds);
        RUN(descriptor_is_polled_by_a_loop);
        RUN(event_is_kept_beyond_its_callback_and_its_client);
        RUN(headers_are_in_order_with_their_duplicates_and_bytes);
        RUN(list_entries_are_no_news);
        RUN(events_that_wait_are_there_after_the_client);
        RUN(sms_come_in);
        RUN(event_of_the_dialplan_comes_in);
    }
    return suite_end();
}
