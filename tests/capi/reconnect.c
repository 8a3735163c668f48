/* Links that come and go: reconnecting, its markers and states, keepalive, and what is counted. */
#include "check.h"
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ami_client *connected(ami_config *config) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    return client;
}

static ami_config *reconnecting(const fake *server) {
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_reconnect(config, 5, 50));
    return config;
}

static ami_subscription *open_events(const ami_client *client, const char *names) {
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    OK(ami_client_open_events(client, names, &subscription, &error));
    return subscription;
}

static ami_event *next(const ami_subscription *subscription) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    OK(ami_subscription_next(subscription, SOON, &event, &error));
    CHECK(event != NULL);
    return event;
}

static void expect(const ami_subscription *subscription, int32_t kind, const char *header,
                   const char *value) {
    ami_event *event = next(subscription);
    CHECK_INT(ami_event_kind(event), kind);
    CHECK_STR(ami_event_get(event, header, NULL), value);
    ami_event_unref(event);
}

static void lose(fake *server, const ami_client *client) {
    ami_error *error = NULL;
    int logins = look(fake_logins(server));
    fake_reset(fake_newest(server));
    CHECK(await(fake_logins(server), logins + 1, SOON));
    OK(ami_client_await_state(client, AMI_STATE_OPEN, SOON, &error));
}

static void reconnect_makes_a_lost_link_again_and_marks_it(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = reconnecting(server);
    OK(ami_client_new(config, &client, &error));
    ami_config_free(config);
    ami_subscription *all = open_events(client, NULL), *states = open_events(client, "#state");
    CHECK_INT(ami_client_state(client), AMI_STATE_NEW);
    OK(ami_client_open(client, &error));
    CHECK_INT(ami_client_state(client), AMI_STATE_OPEN);
    OK(call(client, ACTION("Burst", "Count", "2", "First", "0"), NULL, &error));
    lose(server, client);
    OK(call(client, ACTION("Burst", "Count", "1", "First", "2"), NULL, &error));
    expect(all, AMI_EVENT_SERVER, "Number", "0");
    expect(all, AMI_EVENT_SERVER, "Number", "1");
    ami_event *gap = next(all);
    CHECK_INT(ami_event_kind(gap), AMI_EVENT_GAP);
    CHECK_STR(ami_event_name(gap), "#gap");
    double from = atof(ami_event_get(gap, "From", NULL)), until = atof(ami_event_get(gap, "Until", NULL));
    CHECK(from > 1.7e9 && from <= until && until < from + 60);
    CHECK_HAS(ami_event_get(gap, "Cause", NULL), "connection");
    ami_event_unref(gap);
    expect(all, AMI_EVENT_SERVER, "Number", "2");
    const char *const passed[] = {"connecting", "open", "waiting", "connecting", "open"};
    for (int at = 0; at < 5; at++)
        expect(states, AMI_EVENT_STATE, "State", passed[at]);
    CHECK_INT(ami_client_stat(client, AMI_STAT_RECONNECTS), 1);
    OK(ami_client_close(client, &error));
    CHECK_INT(ami_client_state(client), AMI_STATE_CLOSED);
    FAILS(AMI_E_CLOSED, ami_client_await_state(client, AMI_STATE_OPEN, SOON, &error));
    clear(&error);
    ami_subscription_free(all);
    ami_subscription_free(states);
    ami_client_free(client);
    fake_stop(server);
}

static void on_event(const ami_event *event, void *data) {
    if (ami_event_kind(event) == AMI_EVENT_SERVER)
        bump(data);
}

static void callbacks_go_on_after_a_reconnect(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    int seen = 0;
    ami_client *client = connected(reconnecting(server));
    OK(ami_client_subscribe(client, NULL, on_event, &seen, NULL, &subscription, &error));
    for (int round = 1; round <= 5; round++) {
        OK(call(client, ACTION("Burst", "Count", "10", "First", "0"), NULL, &error));
        CHECK(await(&seen, 10 * round, SOON));
        lose(server, client);
    }
    CHECK_INT(look(&seen), 50);
    CHECK_INT(ami_client_stat(client, AMI_STAT_RECONNECTS), 5);
    CHECK_INT(ami_subscription_stat(subscription, AMI_STAT_RECEIVED), 50);
    CHECK_INT(ami_subscription_stat(subscription, AMI_STAT_DELIVERED), 50);
    ami_client_free(client);
    ami_subscription_free(subscription);
    fake_stop(server);
}

static void note_status(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    (void)response;
    CHECK_INT(ami_error_code(error), status);
    put(data, (int)status + 1);
}

static void actions_written_are_unknown_and_the_rest_fails_or_waits(void) {
    for (int waits = 0; waits <= 1; waits++) {
        fake *server = fake_start(NULL);
        ami_error *error = NULL;
        int written = 0;
        ami_config *config = loopback(fake_port(server));
        STATUS(AMI_OK, ami_config_set_reconnect(config, 300, 300));
        STATUS(AMI_OK, ami_config_set_wait_for_reconnect(config, waits));
        ami_client *client = connected(config);
        ami_action *silent = ACTION("Silent");
        OK(ami_client_submit(client, silent, 0, note_status, &written, NULL, &error));
        ami_action_free(silent);
        OK(ami_client_ping(client, NULL, &error));
        fake_reset(fake_newest(server));
        CHECK(await(&written, 1, SOON));
        CHECK_INT(look(&written) - 1, AMI_E_OUTCOME_UNKNOWN);
        ami_response *response = NULL;
        if (waits) {
            OK(call(client, ACTION("Echo", "Value", "later"), &response, &error));
            CHECK_STR(ami_response_get(response, "Value", NULL), "later");
            ami_response_unref(response);
        } else {
            FAILS(AMI_E_DISCONNECTED, call(client, ACTION("Echo", "Value", "later"), &response, &error));
            CHECK_HAS(ami_error_message(error), "connection is down");
            clear(&error);
        }
        ami_client_free(client);
        fake_stop(server);
    }
}

static void keepalive_keeps_a_link_that_answers(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_config *config = reconnecting(server);
    STATUS(AMI_OK, ami_config_set_keepalive_ms(config, 50));
    STATUS(AMI_OK, ami_config_set_keepalive_timeout_ms(config, 10000));
    ami_client *client = connected(config);
    /* Its Pings are answered, each with its time. */
    uint64_t until = now_ms() + SOON;
    while (ami_client_stat(client, AMI_STAT_ROUND_TRIPS) < 3 && now_ms() < until)
        linger(5);
    CHECK(ami_client_stat(client, AMI_STAT_ROUND_TRIPS) >= 3);
    CHECK_INT(ami_client_stat(client, AMI_STAT_RECONNECTS), 0);
    CHECK_INT(ami_client_stat(client, AMI_STAT_ACTIONS), 0);
    OK(ami_client_close(client, &error));
    ami_client_free(client);
    fake_stop(server);
}

static int swallow(fake_link *link, const fake_frame *action, void *data) {
    (void)link;
    (void)data;
    return strcmp(frame_get(action, "Action"), "Ping") == 0;
}

static void keepalive_finds_a_dead_link(void) {
    fake_options options = {0};
    options.action = swallow;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_keepalive_ms(config, 20));
    STATUS(AMI_OK, ami_config_set_keepalive_timeout_ms(config, 20));
    ami_client *client = connected(config);
    FAILS(AMI_E_DISCONNECTED, ami_client_await_state(client, AMI_STATE_WAITING, SOON, &error));
    CHECK_HAS(ami_error_message(error), "silent");
    clear(&error);
    ami_client_free(client);
    fake_stop(server);
}

static void state_wait_has_an_end(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = connected(reconnecting(server));
    FAILS(AMI_E_TIMEOUT, ami_client_await_state(client, AMI_STATE_WAITING, 0, &error));
    clear(&error);
    FAILS(AMI_E_TIMEOUT, ami_client_await_state(client, AMI_STATE_WAITING, 20, &error));
    CHECK_HAS(ami_error_message(error), "waiting");
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_await_state(client, 5, 0, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_await_state(client, -1, 0, &error));
    clear(&error);
    OK(ami_client_await_state(client, AMI_STATE_OPEN, 0, &error));
    ami_client_free(client);
    fake_stop(server);
}

static void reconnect_attempts_end_at_their_limit(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_reconnect_limit(config, 3, 10000));
    STATUS(AMI_OK, ami_config_set_reconnect(config, 1, 1));
    ami_client *client = connected(config);
    fake_stop(server);
    OK(ami_client_await_state(client, AMI_STATE_CLOSED, SOON, &error));
    FAILS(AMI_E_REFUSED, ami_client_await_state(client, AMI_STATE_OPEN, SOON, &error));
    CHECK_HAS(ami_error_message(error), "3 attempts");
    clear(&error);
    CHECK_INT(ami_client_state(client), AMI_STATE_CLOSED);
    ami_client_free(client);
}

static void reconnect_settings_that_cannot_work_are_refused(void) {
    ami_config *config = ami_config_new();
    STATUS(AMI_E_INVALID, ami_config_set_reconnect(config, 0, 1));
    STATUS(AMI_E_INVALID, ami_config_set_reconnect(config, 2, 1));
    STATUS(AMI_E_INVALID, ami_config_set_reconnect(config, 2, UINT32_MAX));
    STATUS(AMI_OK, ami_config_set_reconnect(config, 1, 1));
    STATUS(AMI_OK, ami_config_set_reconnect(config, 0, 0));
    STATUS(AMI_OK, ami_config_set_keepalive_ms(config, 0));
    STATUS(AMI_E_INVALID, ami_config_set_keepalive_ms(config, UINT32_MAX));
    STATUS(AMI_E_INVALID, ami_config_set_keepalive_timeout_ms(config, 0));
    STATUS(AMI_E_INVALID, ami_config_set_keepalive_ms(NULL, 0));
    STATUS(AMI_E_INVALID, ami_config_set_reconnect(NULL, 1, 1));
    STATUS(AMI_E_INVALID, ami_config_set_reconnect_limit(NULL, 1, 1));
    STATUS(AMI_E_INVALID, ami_config_set_wait_for_reconnect(NULL, 1));
    ami_config_free(config);
}

static void statistics_count_what_was_done(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_event_queue(config, 30, 1 << 20, AMI_QUEUE_DROP_OLDEST));
    ami_client *client = connected(config);
    ami_subscription *all = open_events(client, NULL);
    uint64_t up_to = 0, count = 0, sum = 0;
    STATUS(AMI_E_INVALID, ami_client_round_trips_at(client, 0, &up_to, &count));
    uint64_t received = ami_client_stat(client, AMI_STAT_BYTES_RECEIVED),
             sent = ami_client_stat(client, AMI_STAT_BYTES_SENT);
    CHECK(received > 0 && sent > 0);
    OK(call(client, ACTION("Burst", "Count", "100", "First", "0"), NULL, &error));
    ami_event_unref(next(all));
    ami_event_unref(next(all));
    CHECK_INT(ami_subscription_stat(all, AMI_STAT_RECEIVED), 100);
    CHECK_INT(ami_subscription_stat(all, AMI_STAT_DROPPED), 70);
    CHECK_INT(ami_subscription_stat(all, AMI_STAT_DELIVERED), 1);
    CHECK_INT(ami_subscription_stat(all, AMI_STAT_WAITING), 29);
    CHECK(ami_subscription_stat(all, AMI_STAT_WAITING_BYTES) > 29 * 10);
    CHECK_INT(ami_subscription_stat(all, AMI_STAT_EVENTS), 0);
    CHECK_INT(ami_subscription_stat(NULL, AMI_STAT_RECEIVED), 0);
    CHECK_INT(ami_client_stat(client, AMI_STAT_EVENTS), 100);
    CHECK_INT(ami_client_stat(client, AMI_STAT_ACTIONS), 1);
    CHECK_INT(ami_client_stat(client, AMI_STAT_IN_FLIGHT), 0);
    CHECK_INT(ami_client_stat(client, AMI_STAT_ROUND_TRIPS), 1);
    CHECK_INT(ami_client_stat(client, 99), 0);
    CHECK_INT(ami_client_stat(NULL, AMI_STAT_EVENTS), 0);
    CHECK(ami_client_stat(client, AMI_STAT_BYTES_RECEIVED) > received + 1000);
    CHECK(ami_client_stat(client, AMI_STAT_BYTES_SENT) > sent);
    CHECK(ami_client_round_trip_us(client, 0.99) > 0);
    CHECK_INT(ami_client_round_trip_us(NULL, 0.99), 0);
    for (size_t at = 0; ami_client_round_trips_at(client, at, &up_to, &count) == AMI_OK; at++)
        sum += count;
    CHECK_INT(sum, 1);
    CHECK(up_to == UINT64_MAX);
    CHECK_INT(ami_client_state(NULL), -1);
    ami_subscription_free(all);
    ami_client_free(client);
    fake_stop(server);
}

/* The last event of a stream of states, and its end. */
static void expect_closed(ami_subscription *states, ami_status end, const char *cause) {
    ami_error *error = NULL;
    ami_event *event = next(states);
    CHECK_STR(ami_event_name(event), "#state");
    CHECK_INT(ami_event_kind(event), AMI_EVENT_STATE);
    CHECK_STR(ami_event_get(event, "State", NULL), "closed");
    CHECK_HAS(ami_event_get(event, "Cause", NULL), cause);
    ami_event_unref(event);
    FAILS(end, ami_subscription_next(states, SOON, &event, &error));
    clear(&error);
    ami_subscription_free(states);
}

typedef struct states {
    int count, drops;
    char last[64];
} states;

static void note_state(const ami_event *event, void *data) {
    states *seen = data;
    snprintf(seen->last, sizeof seen->last, "%s", ami_event_get(event, "State", NULL));
    bump(&seen->count);
}

static void note_drop(void *data) {
    bump(&((states *)data)->drops);
}

static void state_closed_comes_last_when_a_link_is_lost_for_good(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    OK(ami_client_new(config, &client, &error));
    ami_config_free(config);
    ami_subscription *all = open_events(client, NULL), *pulled = open_events(client, "#state");
    ami_subscription *called = NULL;
    states seen = {0};
    OK(ami_client_subscribe(client, "#state", note_state, &seen, note_drop, &called, &error));
    OK(ami_client_open(client, &error));
    fake_reset(fake_newest(server));
    expect(pulled, AMI_EVENT_STATE, "State", "connecting");
    expect(pulled, AMI_EVENT_STATE, "State", "open");
    expect_closed(pulled, AMI_E_DISCONNECTED, "connection");
    CHECK(await(&seen.drops, 1, SOON));
    CHECK_INT(look(&seen.count), 3);
    CHECK_STR(seen.last, "closed");
    /* A later subscription gets it as well; one that did not name it does not. */
    expect_closed(open_events(client, "Tick,#STATE"), AMI_E_DISCONNECTED, "connection");
    ami_event *event = NULL;
    FAILS(AMI_E_DISCONNECTED, ami_subscription_next(all, SOON, &event, &error));
    clear(&error);
    ami_subscription_free(all);
    ami_subscription_free(called);
    ami_client_free(client);
    fake_stop(server);
}

static void state_closed_comes_last_when_a_login_is_refused_or_attempts_end(void) {
    for (int attempts = 0; attempts < 2; attempts++) {
        fake *server = fake_start(attempts ? NULL : &(fake_options){.refusal = "Authentication failed"});
        ami_error *error = NULL;
        ami_client *client = NULL;
        ami_config *config = reconnecting(server);
        STATUS(AMI_OK, ami_config_set_reconnect_limit(config, 1, 10000));
        OK(ami_client_new(config, &client, &error));
        ami_config_free(config);
        ami_subscription *pulled = open_events(client, "#state");
        if (attempts) {
            OK(ami_client_open(client, &error));
            fake_stop(server);
        } else {
            FAILS(AMI_E_AUTH, ami_client_open(client, &error));
            clear(&error);
        }
        static const char *const words[2][4] = {{"connecting"},
                                                {"connecting", "open", "waiting", "connecting"}};
        for (int at = 0; at < 4 && words[attempts][at]; at++)
            expect(pulled, AMI_EVENT_STATE, "State", words[attempts][at]);
        expect_closed(pulled, attempts ? AMI_E_REFUSED : AMI_E_AUTH, "");
        ami_client_free(client);
        if (!attempts)
            fake_stop(server);
    }
}

static void state_closed_comes_last_when_the_program_closes(void) {
    for (int opened = 0; opened < 2; opened++) {
        fake *server = fake_start(NULL);
        ami_error *error = NULL;
        ami_client *client = NULL;
        ami_config *config = loopback(fake_port(server));
        OK(ami_client_new(config, &client, &error));
        ami_config_free(config);
        ami_subscription *pulled = open_events(client, "#state");
        if (opened) {
            OK(ami_client_open(client, &error));
            expect(pulled, AMI_EVENT_STATE, "State", "connecting");
            expect(pulled, AMI_EVENT_STATE, "State", "open");
        }
        OK(ami_client_close(client, &error));
        expect_closed(pulled, AMI_E_CLOSED, "closed");
        ami_client_free(client);
        fake_stop(server);
    }
}

/* AMI_E_TIMEOUT says that a wait goes on. A login that ran out of time is an end, which has to be told apart.
 */
static void end_by_a_login_out_of_time_is_no_timeout_of_a_wait(void) {
    fake *server = fake_start(&(fake_options){.mute = 1});
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_event *event = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_connect_timeout_ms(config, 200));
    OK(ami_client_new(config, &client, &error));
    ami_config_free(config);
    ami_subscription *all = open_events(client, NULL);
    FAILS(AMI_E_TIMEOUT, ami_client_open(client, &error));
    CHECK_INT(ami_error_cause(error), AMI_OK);
    clear(&error);
    for (int at = 0; at < 2; at++) {
        FAILS(AMI_E_DISCONNECTED, ami_subscription_next(all, AMI_DONT_WAIT, &event, &error));
        CHECK_INT(ami_error_cause(error), AMI_E_TIMEOUT);
        CHECK_HAS(ami_error_message(error), "in time");
        clear(&error);
    }
    FAILS(AMI_E_DISCONNECTED, ami_client_await_state(client, AMI_STATE_OPEN, AMI_WAIT_FOREVER, &error));
    CHECK_INT(ami_error_cause(error), AMI_E_TIMEOUT);
    clear(&error);
    ami_subscription_free(all);
    ami_client_free(client);
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("reconnect", argc, argv);
    RUN(reconnect_makes_a_lost_link_again_and_marks_it);
    RUN(callbacks_go_on_after_a_reconnect);
    RUN(actions_written_are_unknown_and_the_rest_fails_or_waits);
    RUN(keepalive_keeps_a_link_that_answers);
    RUN(keepalive_finds_a_dead_link);
    RUN(state_wait_has_an_end);
    RUN(reconnect_attempts_end_at_their_limit);
    RUN(reconnect_settings_that_cannot_work_are_refused);
    RUN(statistics_count_what_was_done);
    RUN(state_closed_comes_last_when_a_link_is_lost_for_good);
    RUN(state_closed_comes_last_when_a_login_is_refused_or_attempts_end);
    RUN(state_closed_comes_last_when_the_program_closes);
    RUN(end_by_a_login_out_of_time_is_no_timeout_of_a_wait);
    return suite_end();
}
