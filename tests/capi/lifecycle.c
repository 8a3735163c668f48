/* The order in which things begin, run and end: completions, callbacks and their drops, free in every order;
 * and NULL everywhere. */
#include "check.h"
#include "fake.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------------- completions
 */

static pthread_t main_thread;

static void on_own_thread(ami_status status, const ami_response *response, const ami_error *error,
                          void *data) {
    if (pthread_equal(pthread_self(), main_thread))
        bump(&((watch *)data)->entered);
    on_done(status, response, error, data);
}

static void drop_on_own_thread(void *data) {
    if (pthread_equal(pthread_self(), main_thread))
        bump(&((watch *)data)->entered);
    on_drop(data);
}

static void completions_run_once_on_threads_of_the_library_and_then_drop(void) {
    enum { COUNT = 2000 };
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    watch *seen = calloc(COUNT, sizeof *seen);
    main_thread = pthread_self();
    for (int at = 0; at < COUNT; at++) {
        ami_action *action = ACTION(at % 2 ? "Echo" : "Refuse", "Value", "x");
        OK(ami_client_submit(client, action, 0, on_own_thread, &seen[at], drop_on_own_thread, &error));
        ami_action_free(action);
    }
    int wrong = 0, elsewhere = 0;
    for (int at = 0; at < COUNT; at++) {
        wrong += !await(&seen[at].drops, 1, SOON);
        wrong += look(&seen[at].calls) != 1 || look(&seen[at].drops) != 1 || look(&seen[at].late) != 0;
        wrong += seen[at].status != (at % 2 ? AMI_OK : AMI_E_ACTION);
        elsewhere += look(&seen[at].entered);
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(elsewhere, 0);
    ami_client_free(client);
    fake_stop(server);
    free(seen);
}

static ami_response *kept_response;

static void keep_response(ami_status status, const ami_response *response, const ami_error *error,
                          void *data) {
    kept_response = ami_response_ref(response);
    on_done(status, response, error, data);
}

static void response_can_be_kept_beyond_its_completion_and_client(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    watch seen = {0};
    ami_action *action = ACTION("List", "Count", "3");
    OK(ami_client_submit(client, action, 0, keep_response, &seen, on_drop, &error));
    ami_action_free(action);
    CHECK(await(&seen.drops, 1, SOON));
    ami_client_free(client);
    fake_stop(server);
    CHECK_STR(ami_response_get(kept_response, "message", NULL), "Entries follow");
    CHECK_INT(ami_response_event_count(kept_response), 3);
    ami_event *entry = ami_event_ref(ami_response_event_at(kept_response, 2));
    ami_response_unref(kept_response);
    CHECK_STR(ami_event_get(entry, "Number", NULL), "2");
    ami_event_unref(entry);
}

static void actions_outstanding_end_with_close(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    watch seen[50];
    memset(seen, 0, sizeof seen);
    for (int at = 0; at < 50; at++)
        OK(submit(client, ACTION("Silent"), &seen[at], &error));
    /* Once this is answered, those before it were written. */
    OK(ami_client_ping(client, NULL, &error));
    uint64_t from = now_ms();
    OK(ami_client_close(client, &error));
    CHECK(now_ms() - from < 5000);
    for (int at = 0; at < 50; at++) {
        CHECK_INT(look(&seen[at].calls), 1);
        CHECK_INT(look(&seen[at].drops), 1);
        CHECK_INT(seen[at].status, AMI_E_OUTCOME_UNKNOWN);
        put(&seen[at].over, 1);
    }
    ami_client_free(client);
    fake_stop(server);
    for (int at = 0; at < 50; at++)
        CHECK_INT(seen[at].late, 0);
}

static void actions_outstanding_end_when_the_server_goes(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    watch silent = {0}, last = {0}, after = {0};
    OK(submit(client, ACTION("Silent"), &silent, &error));
    OK(submit(client, ACTION("Bye"), &last, &error));
    CHECK(await(&last.drops, 1, SOON) && await(&silent.drops, 1, SOON));
    CHECK_INT(silent.status, AMI_E_OUTCOME_UNKNOWN);
    CHECK_INT(last.status, AMI_E_OUTCOME_UNKNOWN);
    FAILS(AMI_E_DISCONNECTED, submit(client, ACTION("Echo"), &after, &error));
    CHECK_HAS(ami_error_message(error), "closed the connection");
    clear(&error);
    OK(ami_client_close(client, &error));
    ami_client_free(client);
    fake_stop(server);
    CHECK_INT(after.calls + after.drops, 0);
}

static void submit_that_is_refused_calls_nothing(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    watch seen = {0};
    OK(ami_client_new(config, &client, &error));
    FAILS(AMI_E_STATE, submit(client, ACTION("Echo"), &seen, &error));
    clear(&error);
    OK(ami_client_open(client, &error));
    FAILS(AMI_E_STATE, ami_client_open(client, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, submit(client, ACTION("Echo", "Value", "a\r\nAction: Bye"), &seen, &error));
    clear(&error);
    ami_action *action = ACTION("Echo", "Value", "1");
    FAILS(AMI_E_INVALID, ami_client_submit(client, action, UINT32_MAX, on_done, &seen, on_drop, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_submit(client, action, 0, NULL, &seen, on_drop, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_submit(client, NULL, 0, on_done, &seen, on_drop, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_submit(NULL, action, 0, on_done, &seen, on_drop, &error));
    clear(&error);
    ami_action_free(action);
    OK(ami_client_close(client, &error));
    FAILS(AMI_E_CLOSED, submit(client, ACTION("Echo"), &seen, &error));
    clear(&error);
    FAILS(AMI_E_CLOSED, ami_client_open(client, &error));
    clear(&error);
    ami_client_free(client);
    ami_config_free(config);
    fake_stop(server);
    CHECK_INT(seen.calls + seen.drops, 0);
}

static void subscription_that_is_refused_drops_nothing(void) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(1);
    watch seen = {0};
    ami_subscription *subscription = (ami_subscription *)&seen;
    OK(ami_client_new(config, &client, &error));
    FAILS(AMI_E_INVALID,
          ami_client_subscribe(client, "A,,B", on_event, &seen, on_drop, &subscription, &error));
    CHECK(subscription == NULL);
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_subscribe(client, NULL, NULL, &seen, on_drop, &subscription, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_subscribe(client, NULL, on_event, &seen, on_drop, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_subscribe(NULL, NULL, on_event, &seen, on_drop, &subscription, &error));
    clear(&error);
    ami_client_free(client);
    ami_config_free(config);
    CHECK_INT(seen.calls + seen.drops, 0);
}

/* ------------------------------------------------------------------------------------------- orders of the
 * end */

static void subscription_freed_before_its_client_is_dropped_once(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    watch seen = {0};
    subscribe(client, "Tick", on_event, &seen);
    burst(client, "10");
    CHECK(await(&seen.calls, 10, SOON));
    ami_subscription_free(seen.subscription);
    CHECK_INT(look(&seen.drops), 1);
    put(&seen.over, 1);
    burst(client, "10");
    ami_client_free(client);
    fake_stop(server);
    CHECK_INT(seen.calls, 10);
    CHECK_INT(seen.drops, 1);
    CHECK_INT(seen.late, 0);
}

static void client_freed_before_its_subscription_drops_it_once(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    watch seen = {0};
    subscribe(client, NULL, on_event, &seen);
    burst(client, "10");
    ami_client_free(client);
    CHECK_INT(look(&seen.drops), 1);
    put(&seen.over, 1);
    STATUS(AMI_OK, ami_subscription_close(seen.subscription));
    ami_subscription_free(seen.subscription);
    fake_stop(server);
    CHECK_INT(seen.drops, 1);
    CHECK_INT(seen.late, 0);
}

static void client_never_opened_drops_its_subscription_once(void) {
    ami_error *error = NULL;
    ami_config *config = loopback(1);
    for (int order = 0; order < 2; order++) {
        ami_client *client = NULL;
        watch seen = {0};
        OK(ami_client_new(config, &client, &error));
        subscribe(client, NULL, on_event, &seen);
        if (order)
            ami_client_free(client);
        ami_subscription_free(seen.subscription);
        CHECK_INT(look(&seen.drops), 1);
        if (!order)
            ami_client_free(client);
        CHECK_INT(look(&seen.drops), 1);
        CHECK_INT(seen.calls, 0);
    }
    ami_config_free(config);
}

static void subscription_closed_twice_and_freed_is_dropped_once(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    watch seen = {0};
    subscribe(client, "Tick", on_event, &seen);
    STATUS(AMI_OK, ami_subscription_close(seen.subscription));
    CHECK_INT(look(&seen.drops), 1);
    STATUS(AMI_OK, ami_subscription_close(seen.subscription));
    ami_subscription_free(seen.subscription);
    ami_client_free(client);
    fake_stop(server);
    CHECK_INT(seen.drops, 1);
}

static void subscription_ends_when_the_server_goes(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    watch seen = {0};
    subscribe(client, "Tick", on_event, &seen);
    burst(client, "100");
    FAILS(AMI_E_OUTCOME_UNKNOWN, call(client, ACTION("Bye"), NULL, &error));
    clear(&error);
    CHECK(await(&seen.drops, 1, SOON));
    CHECK_INT(look(&seen.calls), 100);
    CHECK_INT(seen.late, 0);
    ami_subscription_free(seen.subscription);
    ami_client_free(client);
    fake_stop(server);
    CHECK_INT(seen.drops, 1);
}

static void close_in_own_callback(const ami_event *event, void *data) {
    watch *seen = data;
    if (!await(&seen->leave, 1, SOON))
        return;
    STATUS(AMI_OK, ami_subscription_close(seen->subscription));
    on_event(event, data);
    CHECK_INT(look(&seen->drops), 0);
}

static void callback_closes_its_own_subscription(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    watch seen = {0};
    subscribe(client, "Tick", close_in_own_callback, &seen);
    put(&seen.leave, 1);
    burst(client, "20");
    CHECK(await(&seen.drops, 1, SOON));
    CHECK_INT(look(&seen.calls), 1);
    ami_subscription_free(seen.subscription);
    ami_client_free(client);
    fake_stop(server);
    CHECK_INT(seen.drops, 1);
    CHECK_INT(seen.late, 0);
}

static void free_in_own_callback(const ami_event *event, void *data) {
    watch *seen = data;
    if (!await(&seen->leave, 1, SOON))
        return;
    ami_subscription_free(seen->subscription);
    seen->subscription = NULL;
    on_event(event, data);
    CHECK_STR(ami_event_name(event), "Tick");
    CHECK_INT(look(&seen->drops), 0);
}

static void callback_frees_its_own_subscription(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    watch seen = {0};
    subscribe(client, "Tick", free_in_own_callback, &seen);
    put(&seen.leave, 1);
    burst(client, "20");
    CHECK(await(&seen.drops, 1, SOON));
    CHECK_INT(look(&seen.calls), 1);
    ami_client_free(client);
    fake_stop(server);
    CHECK_INT(seen.drops, 1);
    CHECK_INT(seen.late, 0);
}

static void free_client_in_callback(const ami_event *event, void *data) {
    watch *seen = data;
    if (!await(&seen->leave, 1, SOON))
        return;
    on_event(event, data);
    uint64_t from = now_ms();
    ami_client_free(seen->client);
    CHECK(now_ms() - from < 5000);
    CHECK_INT(look(&seen->drops), 0);
    CHECK_STR(ami_event_get(event, "Number", NULL), "0");
}

static void callback_frees_its_client(void) {
    fake *server = fake_start(NULL);
    for (int round = 0; round < 20; round++) {
        watch seen = {0}, other = {0}, outstanding = {0};
        ami_error *error = NULL;
        seen.client = fake_client(server);
        subscribe(seen.client, "Tick", free_client_in_callback, &seen);
        subscribe(seen.client, "Tick", on_event, &other);
        OK(submit(seen.client, ACTION("Silent"), &outstanding, &error));
        ami_action *action = ACTION("Burst", "Count", "5", "First", "0");
        OK(ami_client_submit(seen.client, action, 0, on_done, &seen, NULL, &error));
        ami_action_free(action);
        put(&seen.leave, 1);
        CHECK(await(&seen.drops, 1, SOON));
        CHECK(await(&other.drops, 1, SOON));
        CHECK(await(&outstanding.drops, 1, SOON));
        ami_subscription_free(seen.subscription);
        ami_subscription_free(other.subscription);
        CHECK_INT(look(&seen.drops), 1);
        CHECK_INT(look(&other.drops), 1);
        CHECK_INT(look(&outstanding.calls), 1);
        CHECK_INT(other.late, 0);
        /* The Burst's completion, which has no drop. */
        CHECK(await(&seen.calls, 2, SOON));
    }
    fake_stop(server);
}

static void close_client_in_callback(const ami_event *event, void *data) {
    watch *seen = data;
    ami_error *error = NULL;
    await(&seen->leave, 1, SOON);
    uint64_t from = now_ms();
    OK(ami_client_close(seen->client, &error));
    STATUS(AMI_OK, ami_subscription_close(seen->other));
    CHECK(now_ms() - from < 5000);
    on_event(event, data);
}

static void callback_of_another_subscription_closes_the_client(void) {
    fake *server = fake_start(NULL);
    watch closer = {0}, blocked = {0};
    ami_error *error = NULL;
    ami_client *client = fake_client(server);
    subscribe(client, "Tick", block, &blocked);
    closer.client = client;
    closer.other = blocked.subscription;
    subscribe(client, "Tick", close_client_in_callback, &closer);
    ami_action *action = ACTION("Burst", "Count", "5", "First", "0");
    ami_client_call(client, action, 0, NULL, NULL);
    ami_action_free(action);
    CHECK(await(&blocked.entered, 1, SOON));
    put(&closer.leave, 1);
    /* It waits neither for itself nor for the other one, which is still running. */
    CHECK(await(&closer.drops, 1, SOON));
    CHECK_INT(look(&blocked.drops), 0);
    put(&blocked.leave, 1);
    OK(ami_client_close(client, &error));
    CHECK_INT(look(&blocked.drops), 1);
    CHECK_INT(look(&closer.calls), 1);
    CHECK(look(&blocked.calls) <= 1);
    ami_subscription_free(closer.subscription);
    ami_subscription_free(blocked.subscription);
    ami_client_free(client);
    fake_stop(server);
    CHECK_INT(closer.drops + blocked.drops, 2);
}

static void close_in_completion(ami_status status, const ami_response *response, const ami_error *done,
                                void *data) {
    watch *seen = data;
    ami_error *error = NULL;
    (void)response;
    (void)done;
    seen->status = status;
    OK(ami_client_close(seen->client, &error));
    bump(&seen->calls);
}

static void free_in_completion(ami_status status, const ami_response *response, const ami_error *error,
                               void *data) {
    watch *seen = data;
    ami_client_free(seen->client);
    CHECK_STR(ami_response_get(response, "Value", NULL), "7");
    on_done(status, response, error, data);
}

static void completion_closes_and_another_one_frees_the_client(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    for (int freeing = 0; freeing < 2; freeing++) {
        watch seen = {0}, events = {0};
        ami_client *client = fake_client(server);
        seen.client = client;
        subscribe(client, NULL, on_event, &events);
        ami_action *action = ACTION("Echo", "Value", "7");
        OK(ami_client_submit(client, action, 0, freeing ? free_in_completion : close_in_completion, &seen,
                             on_drop, &error));
        ami_action_free(action);
        CHECK(await(&seen.drops, 1, SOON));
        CHECK(await(&events.drops, 1, SOON));
        if (!freeing) {
            OK(ami_client_close(client, &error));
            ami_client_free(client);
        }
        ami_subscription_free(events.subscription);
        CHECK_INT(look(&seen.calls), 1);
        CHECK_INT(look(&seen.drops), 1);
        CHECK_INT(look(&events.drops), 1);
    }
    fake_stop(server);
}

static void free_all_in_drop(void *data) {
    watch *seen = data;
    ami_subscription_free(seen->subscription);
    ami_client_free(seen->client);
    on_drop(data);
}

static void drop_frees_its_subscription_and_its_client(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    watch seen = {0};
    seen.client = fake_client(server);
    OK(ami_client_subscribe(seen.client, "Tick", on_event, &seen, free_all_in_drop, &seen.subscription,
                            &error));
    ami_action *action = ACTION("Bye");
    OK(ami_client_submit(seen.client, action, 0, on_done, &seen, NULL, &error));
    ami_action_free(action);
    CHECK(await(&seen.drops, 1, SOON));
    /* The completion, which has no drop. */
    CHECK(await(&seen.calls, 1, SOON));
    fake_stop(server);
    CHECK_INT(seen.drops, 1);
}

/* ----------------------------------------------------------------------------------------------------------
 * NULL */

static void null_is_taken_by_everything_that_frees(void) {
    ami_action_free(NULL);
    ami_client_free(NULL);
    ami_config_free(NULL);
    ami_error_free(NULL);
    ami_event_unref(NULL);
    ami_response_unref(NULL);
    ami_sms_unref(NULL);
    ami_receipt_unref(NULL);
    ami_ussd_reply_unref(NULL);
    ami_subscription_free(NULL);
    CHECK(ami_event_ref(NULL) == NULL);
    CHECK(ami_response_ref(NULL) == NULL);
    CHECK(ami_sms_ref(NULL) == NULL);
    CHECK(ami_receipt_ref(NULL) == NULL);
}

static void null_is_refused_where_something_is_needed(void) {
    ami_error *error = NULL;
    ami_client *client = (ami_client *)&error;
    ami_subscription *subscription = (ami_subscription *)&error;
    ami_event *event = (ami_event *)&error;
    ami_response *response = (ami_response *)&error;
    ami_receipt *receipt = (ami_receipt *)&error;
    ami_ussd_reply *reply = (ami_ussd_reply *)&error;
    ami_config *config = ami_config_new();
    ami_action *action = ACTION("Ping");
    STATUS(AMI_E_INVALID, ami_config_set_host(NULL, "x"));
    STATUS(AMI_E_INVALID, ami_config_set_host(config, NULL));
    STATUS(AMI_E_INVALID, ami_config_set_port(NULL, 1));
    STATUS(AMI_E_INVALID, ami_config_set_username(NULL, "x"));
    STATUS(AMI_E_INVALID, ami_config_set_username(config, NULL));
    STATUS(AMI_E_INVALID, ami_config_set_secret(NULL, "x"));
    STATUS(AMI_E_INVALID, ami_config_set_secret(config, NULL));
    STATUS(AMI_E_INVALID, ami_config_set_event_mask(NULL, "on"));
    STATUS(AMI_E_INVALID, ami_config_set_event_mask(config, NULL));
    STATUS(AMI_E_INVALID, ami_config_set_connect_timeout_ms(NULL, 1));
    STATUS(AMI_E_INVALID, ami_config_set_action_timeout_ms(NULL, 1));
    STATUS(AMI_E_INVALID, ami_config_set_event_queue(NULL, 1, 1, AMI_QUEUE_CLOSE));
    STATUS(AMI_E_INVALID, ami_config_set_dialect(NULL, "auto"));
    STATUS(AMI_E_INVALID, ami_config_set_dialect(config, NULL));
    STATUS(AMI_E_INVALID, ami_config_set_allow_plain_login(NULL, 1));
    CHECK(ami_action_new(NULL) == NULL);
    STATUS(AMI_E_INVALID, ami_action_add(NULL, "a", "b"));
    STATUS(AMI_E_INVALID, ami_action_add_n(NULL, "a", "b", 1));
#define REFUSED(call)                                                                                        \
    do {                                                                                                     \
        FAILS(AMI_E_INVALID, (call));                                                                        \
        clear(&error);                                                                                       \
    } while (0)
    REFUSED(ami_client_connect(NULL, &client, &error));
    CHECK(client == NULL);
    client = (ami_client *)&error;
    REFUSED(ami_client_new(NULL, &client, &error));
    CHECK(client == NULL);
    REFUSED(ami_client_connect(config, NULL, &error));
    REFUSED(ami_client_new(config, NULL, &error));
    REFUSED(ami_client_open(NULL, &error));
    REFUSED(ami_client_close(NULL, &error));
    REFUSED(ami_client_call(NULL, action, 0, &response, &error));
    CHECK(response == NULL);
    REFUSED(ami_client_submit(NULL, action, 0, on_done, NULL, NULL, &error));
    response = (ami_response *)&error;
    REFUSED(ami_client_command(NULL, "core show version", 0, &response, &error));
    CHECK(response == NULL);
    REFUSED(ami_client_ping(NULL, NULL, &error));
    REFUSED(ami_gateway_send_text(NULL, "1", "10086", "hi", 0, &receipt, &error));
    CHECK(receipt == NULL);
    receipt = (ami_receipt *)&error;
    REFUSED(ami_gateway_send(NULL, NULL, &receipt, &error));
    CHECK(receipt == NULL);
    REFUSED(ami_gateway_send_ussd(NULL, "1", "*100#", 0, &reply, &error));
    CHECK(reply == NULL);
    REFUSED(ami_client_subscribe(NULL, NULL, on_event, NULL, NULL, &subscription, &error));
    CHECK(subscription == NULL);
    subscription = (ami_subscription *)&error;
    REFUSED(ami_client_open_events(NULL, NULL, &subscription, &error));
    CHECK(subscription == NULL);
    subscription = (ami_subscription *)&error;
    REFUSED(ami_gateway_subscribe_sms(NULL, NULL, NULL, NULL, &subscription, &error));
    CHECK(subscription == NULL);
    REFUSED(ami_subscription_next(NULL, 0, &event, &error));
    CHECK(event == NULL);
    STATUS(AMI_E_INVALID, ami_subscription_close(NULL));
    CHECK_INT(ami_subscription_fd(NULL), -1);
    /* Without a place for the error as well. */
    STATUS(AMI_E_INVALID, ami_client_connect(NULL, NULL, NULL));
    STATUS(AMI_E_INVALID, ami_client_call(NULL, NULL, 0, NULL, NULL));

    /* The one from above connects no more. */
    ami_config_free(config);
    config = loopback(1);
    OK(ami_client_new(config, &client, &error));
    REFUSED(ami_client_call(client, NULL, 0, NULL, &error));
    REFUSED(ami_client_command(client, NULL, 0, NULL, &error));
    REFUSED(ami_client_open_events(client, NULL, NULL, &error));
    OK(ami_client_open_events(client, NULL, &subscription, &error));
    REFUSED(ami_subscription_next(subscription, 0, NULL, &error));
    ami_subscription_free(subscription);
    ami_client_free(client);
    ami_action_free(action);
    ami_config_free(config);
}

static void null_reads_as_nothing(void) {
    size_t length = 7;
#define NOTHING(call)                                                                                        \
    do {                                                                                                     \
        length = 7;                                                                                          \
        CHECK((call) == NULL);                                                                               \
        CHECK_INT(length, 0);                                                                                \
    } while (0)
    NOTHING(ami_response_get(NULL, "a", &length));
    NOTHING(ami_response_header_name_at(NULL, 0, &length));
    NOTHING(ami_response_header_value_at(NULL, 0, &length));
    NOTHING(ami_response_get_nth(NULL, "x", 0, &length));
    NOTHING(ami_message_get_nth(NULL, "x", 0, &length));
    NOTHING(ami_event_get_nth(NULL, "x", 0, &length));
    NOTHING(ami_response_output(NULL, &length));
    NOTHING(ami_event_get(NULL, "a", &length));
    NOTHING(ami_event_header_name_at(NULL, 0, &length));
    NOTHING(ami_event_header_value_at(NULL, 0, &length));
    NOTHING(ami_sms_text(NULL, &length));
    NOTHING(ami_receipt_words(NULL, &length));
    NOTHING(ami_ussd_reply_text(NULL, &length));
    CHECK(ami_response_get(NULL, NULL, NULL) == NULL);
    CHECK_INT(ami_response_header_count(NULL) + ami_response_event_count(NULL) + ami_event_header_count(NULL),
              0);
    CHECK(ami_response_event_at(NULL, 0) == NULL);
    CHECK(ami_response_end_event(NULL) == NULL);
    CHECK_INT(ami_event_kind(NULL), -1);
    CHECK_STR(ami_event_name(NULL), "");
    CHECK_INT(ami_sms_port_number(NULL), 0);
    CHECK_STR(ami_sms_port(NULL), "");
    CHECK_STR(ami_sms_sender(NULL), "");
    CHECK_STR(ami_sms_time(NULL), "");
    CHECK_INT(ami_receipt_outcome(NULL), -1);
    CHECK_INT(ami_receipt_port_number(NULL) + ami_receipt_parts(NULL), 0);
    CHECK(ami_receipt_id(NULL) == NULL);
    CHECK_INT(ami_ussd_reply_wants_answer(NULL), 0);
    CHECK_INT(ami_error_code(NULL), AMI_OK);
    CHECK_STR(ami_error_message(NULL), "");
    CHECK(ami_error_peer_message(NULL) == NULL);
    CHECK(ami_error_response(NULL) == NULL);
    CHECK(ami_error_receipt(NULL) == NULL);
    CHECK_STR(ami_status_name(AMI_OK), "AMI_OK");
    CHECK_STR(ami_status_name(-1), "AMI_E_?");
    CHECK_STR(ami_status_name(9999), "AMI_E_?");
    CHECK_STR(ami_version(), AMI_VERSION_STRING);
    CHECK_INT(ami_version_number(), AMI_VERSION_NUMBER);
    CHECK_INT(ami_sms_time_epoch(NULL), -1);
}

int main(int argc, char **argv) {
    suite_begin("lifecycle", argc, argv);
    RUN(null_is_taken_by_everything_that_frees);
    RUN(null_is_refused_where_something_is_needed);
    RUN(null_reads_as_nothing);
    RUN(completions_run_once_on_threads_of_the_library_and_then_drop);
    RUN(response_can_be_kept_beyond_its_completion_and_client);
    RUN(actions_outstanding_end_with_close);
    RUN(actions_outstanding_end_when_the_server_goes);
    RUN(submit_that_is_refused_calls_nothing);
    RUN(subscription_that_is_refused_drops_nothing);
    RUN(subscription_freed_before_its_client_is_dropped_once);
    RUN(client_freed_before_its_subscription_drops_it_once);
    RUN(client_never_opened_drops_its_subscription_once);
    RUN(subscription_closed_twice_and_freed_is_dropped_once);
    RUN(subscription_ends_when_the_server_goes);
    RUN(callback_closes_its_own_subscription);
    RUN(callback_frees_its_own_subscription);
    RUN(callback_frees_its_client);
    RUN(callback_of_another_subscription_closes_the_client);
    RUN(completion_closes_and_another_one_frees_the_client);
    RUN(drop_frees_its_subscription_and_its_client);
    return suite_end();
}
