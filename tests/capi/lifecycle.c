/* The order in which things begin, run and end: completions, callbacks and their drops, close and free in
 * every order and from everywhere, threads, signals, fork and exit. */
#include "check.h"
#include "child.h"
#include "fake.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The record of a registration: a subscription or a completion. */
typedef struct watch {
    int calls, drops;
    /* Calls and drops when nothing was allowed to run any more. */
    int late;
    /* Set by the test when nothing may run any more. */
    int over;
    int refused, ok;
    ami_status status;
    /* For callbacks that do something. */
    ami_client *client;
    ami_subscription *subscription, *other;
    int entered, leave;
    pthread_t thread;
} watch;

static int scale(int rounds) {
    const char *slow = getenv("AMI_TEST_SLOW");
    return slow && *slow ? rounds / 5 : rounds;
}

static void on_event(const ami_event *event, void *data) {
    watch *seen = data;
    (void)event;
    if (look(&seen->over) || look(&seen->drops))
        bump(&seen->late);
    bump(&seen->calls);
}

static void on_drop(void *data) {
    watch *seen = data;
    if (look(&seen->over))
        bump(&seen->late);
    bump(&seen->drops);
}

static void on_done(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    watch *seen = data;
    CHECK((status == AMI_OK) == (response != NULL));
    CHECK((status == AMI_OK) == (error == NULL));
    CHECK_INT(ami_error_code(error), status);
    if (look(&seen->over) || look(&seen->drops))
        bump(&seen->late);
    seen->status = status;
    bump(status == AMI_OK ? &seen->ok : &seen->refused);
    bump(&seen->calls);
}

static void subscribe(ami_client *client, const char *names, ami_event_fn on, watch *seen) {
    ami_error *error = NULL;
    OK(ami_client_subscribe(client, names, on, seen, on_drop, &seen->subscription, &error));
}

static ami_status submit(const ami_client *client, ami_action *action, watch *seen, ami_error **error) {
    ami_status status = ami_client_submit(client, action, 0, on_done, seen, on_drop, error);
    ami_action_free(action);
    return status;
}

static void burst(const ami_client *client, const char *count) {
    ami_error *error = NULL;
    OK(call(client, ACTION("Burst", "Count", count, "First", "0"), NULL, &error));
}

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

static void a_response_can_be_kept_beyond_its_completion_and_client(void) {
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

static void what_is_outstanding_ends_with_close(void) {
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

static void what_is_outstanding_ends_when_the_server_goes(void) {
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

static void a_refused_submit_calls_nothing(void) {
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

static void a_refused_subscription_drops_nothing(void) {
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

static void a_subscription_freed_before_its_client(void) {
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

static void a_client_freed_before_its_subscription(void) {
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

static void a_client_never_opened(void) {
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

static void a_subscription_closed_twice_and_freed(void) {
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

static void a_server_that_goes_ends_the_subscription(void) {
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

static void a_callback_closes_its_own_subscription(void) {
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

static void a_callback_frees_its_own_subscription(void) {
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

static void a_callback_frees_its_client(void) {
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

static void block(const ami_event *event, void *data) {
    watch *seen = data;
    bump(&seen->entered);
    await(&seen->leave, 1, 2 * SOON);
    on_event(event, data);
}

static void another_subscriptions_callback_closes_the_client(void) {
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

static void a_completion_closes_and_another_one_frees_the_client(void) {
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

static void a_drop_frees_its_subscription_and_its_client(void) {
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

/* --------------------------------------------------------------------------------------------- inside
 * callbacks */

static void act_in_callback(const ami_event *event, void *data) {
    watch *seen = data;
    ami_error *error = NULL;
    ami_response *response = NULL;
    const char *number = ami_event_get(event, "Number", NULL);
    if (OK(call(seen->client, ACTION("Echo", "Value", number), &response, &error)))
        CHECK_STR(ami_response_get(response, "Value", NULL), number);
    ami_response_unref(response);
    OK(ami_client_ping(seen->client, NULL, &error));
    on_event(event, data);
}

static void an_action_called_in_a_callback_is_answered(void) {
    fake *server = fake_start(NULL);
    watch seen[8];
    memset(seen, 0, sizeof seen);
    ami_client *client = fake_client(server);
    for (int at = 0; at < 8; at++) {
        seen[at].client = client;
        subscribe(client, "Tick", act_in_callback, &seen[at]);
    }
    burst(client, "20");
    for (int at = 0; at < 8; at++)
        CHECK(await(&seen[at].calls, 20, SOON));
    ami_client_free(client);
    for (int at = 0; at < 8; at++)
        ami_subscription_free(seen[at].subscription);
    fake_stop(server);
}

static void act_in_completion(ami_status status, const ami_response *response, const ami_error *done,
                              void *data) {
    watch *seen = data;
    ami_error *error = NULL;
    OK(call(seen->client, ACTION("Echo", "Value", "x"), NULL, &error));
    watch *next = calloc(1, sizeof *next);
    OK(submit(seen->client, ACTION("Echo", "Value", "y"), next, &error));
    CHECK(await(&next->drops, 1, SOON));
    free(next);
    on_done(status, response, done, data);
}

static void an_action_called_in_a_completion_is_answered(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    watch seen = {0};
    seen.client = fake_client(server);
    ami_action *action = ACTION("Echo", "Value", "1");
    for (int at = 0; at < 4; at++)
        OK(ami_client_submit(seen.client, action, 0, act_in_completion, &seen, NULL, &error));
    ami_action_free(action);
    CHECK(await(&seen.calls, 4, SOON));
    ami_client_free(seen.client);
    fake_stop(server);
}

static void subscribe_in_callback(const ami_event *event, void *data) {
    watch *seen = data;
    if (look(&seen->calls) == 0)
        subscribe(seen->client, "Tick", on_event, (watch *)seen->other);
    on_event(event, data);
}

static void a_callback_subscribes(void) {
    fake *server = fake_start(NULL);
    watch seen = {0}, second = {0};
    seen.client = fake_client(server);
    seen.other = (ami_subscription *)&second;
    subscribe(seen.client, "Tick", subscribe_in_callback, &seen);
    burst(seen.client, "1");
    CHECK(await(&seen.calls, 1, SOON));
    burst(seen.client, "5");
    CHECK(await(&second.calls, 5, SOON));
    ami_client_free(seen.client);
    ami_subscription_free(seen.subscription);
    ami_subscription_free(second.subscription);
    fake_stop(server);
    CHECK_INT(second.drops, 1);
}

static void count_overlaps(const ami_event *event, void *data) {
    watch *seen = data;
    if (bump(&seen->entered) != 1)
        bump(&seen->refused);
    /* The order of the numbers is the order of the calls. */
    if (atoi(ami_event_get(event, "Number", NULL)) != look(&seen->calls))
        bump(&seen->refused);
    bump(&seen->calls);
    bump_by(&seen->entered, -1);
}

static void calls_of_one_subscription_are_in_order_and_one_at_a_time(void) {
    fake *server = fake_start(NULL);
    watch seen[4];
    memset(seen, 0, sizeof seen);
    ami_client *client = fake_client(server);
    for (int at = 0; at < 4; at++)
        subscribe(client, "Tick", count_overlaps, &seen[at]);
    for (int at = 0; at < 100; at++)
        fake_burst(fake_newest(server), at * 50, 50);
    for (int at = 0; at < 4; at++) {
        CHECK(await(&seen[at].calls, 5000, SOON));
        CHECK_INT(look(&seen[at].refused), 0);
    }
    ami_client_free(client);
    for (int at = 0; at < 4; at++)
        ami_subscription_free(seen[at].subscription);
    fake_stop(server);
}

static void close_the_other(const ami_event *event, void *data) {
    watch *seen = data;
    ami_error *error = NULL;
    bump(&seen->entered);
    /* Until both are here. */
    await(&seen->leave, 1, SOON);
    OK(ami_client_close(seen->client, &error));
    on_event(event, data);
}

static void callbacks_of_two_clients_close_each_other(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    watch one = {0}, two = {0};
    ami_client *first = fake_client(server), *second = fake_client(server);
    one.client = second;
    two.client = first;
    subscribe(first, "Tick", close_the_other, &one);
    subscribe(second, "Tick", close_the_other, &two);
    burst(first, "1");
    burst(second, "1");
    CHECK(await(&one.entered, 1, SOON) && await(&two.entered, 1, SOON));
    put(&one.leave, 1);
    put(&two.leave, 1);
    CHECK(await(&one.drops, 1, SOON) && await(&two.drops, 1, SOON));
    OK(ami_client_close(first, &error));
    OK(ami_client_close(second, &error));
    ami_subscription_free(one.subscription);
    ami_subscription_free(two.subscription);
    ami_client_free(first);
    ami_client_free(second);
    fake_stop(server);
    CHECK_INT(one.calls + two.calls, 2);
    CHECK_INT(one.drops + two.drops, 2);
}

static ami_event *shared_event;
static ami_response *shared_response;

static void *count_references(void *data) {
    (void)data;
    for (int round = 0; round < scale(20000); round++) {
        ami_event *event = ami_event_ref(shared_event);
        ami_response *response = ami_response_ref(shared_response);
        if (ami_event_get(event, "Number", NULL) == NULL || ami_response_event_count(response) != 20)
            bump(data);
        ami_event_unref(event);
        ami_response_unref(response);
    }
    return NULL;
}

static void references_are_counted_from_all_threads(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    thread *threads[4];
    int wrong = 0;
    OK(call(client, ACTION("List", "Count", "20"), &shared_response, &error));
    shared_event = ami_event_ref(ami_response_event_at(shared_response, 7));
    for (int at = 0; at < 4; at++)
        threads[at] = start(count_references, &wrong);
    for (int at = 0; at < 4; at++)
        join(threads[at]);
    CHECK_INT(wrong, 0);
    ami_response_unref(shared_response);
    ami_client_free(client);
    CHECK_STR(ami_event_get(shared_event, "Number", NULL), "7");
    ami_event_unref(shared_event);
    fake_stop(server);
}

/* ---------------------------------------------------------------------------------------------- close and
 * time */

typedef struct closing {
    ami_client *client;
    int begun, ended;
    ami_status status;
    int drops;
    watch *seen;
} closing;

static void *close_client(void *data) {
    closing *self = data;
    ami_error *error = NULL;
    bump(&self->begun);
    self->status = ami_client_close(self->client, &error);
    if (self->seen)
        self->drops = look(&self->seen->drops);
    clear(&error);
    bump(&self->ended);
    return NULL;
}

static void close_waits_for_a_running_callback(void) {
    fake *server = fake_start(NULL);
    watch seen = {0};
    closing closer = {0};
    closer.client = fake_client(server);
    closer.seen = &seen;
    subscribe(closer.client, "Tick", block, &seen);
    burst(closer.client, "5");
    CHECK(await(&seen.entered, 1, SOON));
    thread *other = start(close_client, &closer);
    linger(200);
    CHECK_INT(look(&closer.ended), 0);
    put(&seen.leave, 1);
    join(other);
    CHECK_INT(closer.status, AMI_OK);
    CHECK_INT(closer.drops, 1);
    CHECK_INT(seen.calls, 1);
    ami_subscription_free(seen.subscription);
    ami_client_free(closer.client);
    fake_stop(server);
}

static void *free_subscription(void *data) {
    watch *seen = data;
    ami_subscription_free(seen->subscription);
    bump(&seen->ok);
    return NULL;
}

static void freeing_a_subscription_waits_for_its_running_callback(void) {
    fake *server = fake_start(NULL);
    watch seen = {0};
    ami_client *client = fake_client(server);
    subscribe(client, "Tick", block, &seen);
    burst(client, "5");
    CHECK(await(&seen.entered, 1, SOON));
    thread *other = start(free_subscription, &seen);
    linger(200);
    CHECK_INT(look(&seen.ok), 0);
    put(&seen.leave, 1);
    join(other);
    CHECK_INT(seen.drops, 1);
    CHECK_INT(seen.calls, 1);
    ami_client_free(client);
    fake_stop(server);
}

static void close_from_several_threads_at_once(void) {
    fake *server = fake_start(NULL);
    watch seen = {0};
    closing closers[4];
    thread *threads[4];
    memset(closers, 0, sizeof closers);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    subscribe(client, "Tick", block, &seen);
    burst(client, "5");
    CHECK(await(&seen.entered, 1, SOON));
    for (int at = 0; at < 4; at++) {
        closers[at].client = client;
        closers[at].seen = &seen;
        threads[at] = start(close_client, &closers[at]);
    }
    linger(300);
    for (int at = 0; at < 4; at++)
        CHECK_INT(look(&closers[at].ended), 0);
    put(&seen.leave, 1);
    for (int at = 0; at < 4; at++) {
        join(threads[at]);
        CHECK_INT(closers[at].status, AMI_OK);
        CHECK_INT(closers[at].drops, 1);
    }
    OK(ami_client_close(client, &error));
    OK(ami_client_close(client, &error));
    ami_subscription_free(seen.subscription);
    ami_client_free(client);
    fake_stop(server);
    CHECK_INT(seen.drops, 1);
}

static void a_callback_that_does_not_return_harms_only_its_own(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    watch stuck[4], other = {0}, done = {0};
    memset(stuck, 0, sizeof stuck);
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 500));
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    for (int at = 0; at < 4; at++)
        subscribe(client, "Tick", block, &stuck[at]);
    subscribe(client, "Tick", on_event, &other);
    burst(client, "50");
    for (int at = 0; at < 4; at++)
        CHECK(await(&stuck[at].entered, 1, SOON));
    /* Everything else goes on. */
    CHECK(await(&other.calls, 50, SOON));
    OK(ami_client_ping(client, NULL, &error));
    OK(submit(client, ACTION("Echo", "Value", "1"), &done, &error));
    CHECK(await(&done.drops, 1, SOON));
    CHECK_INT(done.ok, 1);
    burst(client, "50");
    CHECK(await(&other.calls, 100, SOON));

    uint64_t from = now_ms();
    FAILS(AMI_E_BUSY, ami_client_close(client, &error));
    CHECK_HAS(ami_error_message(error), "callback");
    clear(&error);
    CHECK(now_ms() - from >= 400 && now_ms() - from < 10000);
    CHECK_INT(look(&other.drops), 1);
    FAILS(AMI_E_CLOSED, ami_client_ping(client, NULL, &error));
    clear(&error);
    FAILS(AMI_E_BUSY, ami_client_close(client, &error));
    clear(&error);
    for (int at = 0; at < 4; at++) {
        CHECK_INT(look(&stuck[at].drops), 0);
        put(&stuck[at].leave, 1);
    }
    for (int at = 0; at < 4; at++) {
        CHECK(await(&stuck[at].drops, 1, SOON));
        CHECK_INT(look(&stuck[at].calls), 1);
    }
    OK(ami_client_close(client, &error));
    for (int at = 0; at < 4; at++)
        ami_subscription_free(stuck[at].subscription);
    ami_subscription_free(other.subscription);
    ami_client_free(client);
    fake_stop(server);
    for (int at = 0; at < 4; at++)
        CHECK_INT(stuck[at].drops, 1);
}

static void block_completion(ami_status status, const ami_response *response, const ami_error *error,
                             void *data) {
    watch *seen = data;
    bump(&seen->entered);
    await(&seen->leave, 1, 2 * SOON);
    on_done(status, response, error, data);
}

static void a_completion_that_does_not_return_harms_no_other(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    watch stuck = {0}, events = {0}, done[20];
    memset(done, 0, sizeof done);
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 500));
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    subscribe(client, "Tick", on_event, &events);
    ami_action *action = ACTION("Echo", "Value", "1");
    OK(ami_client_submit(client, action, 0, block_completion, &stuck, on_drop, &error));
    ami_action_free(action);
    CHECK(await(&stuck.entered, 1, SOON));
    for (int at = 0; at < 20; at++)
        OK(submit(client, ACTION("Echo", "Value", "1"), &done[at], &error));
    for (int at = 0; at < 20; at++)
        CHECK(await(&done[at].drops, 1, SOON));
    burst(client, "10");
    CHECK(await(&events.calls, 10, SOON));
    FAILS(AMI_E_BUSY, ami_client_close(client, &error));
    clear(&error);
    put(&stuck.leave, 1);
    CHECK(await(&stuck.drops, 1, SOON));
    OK(ami_client_close(client, &error));
    ami_subscription_free(events.subscription);
    ami_client_free(client);
    fake_stop(server);
    CHECK_INT(stuck.calls, 1);
    CHECK_INT(stuck.drops, 1);
}

static void freeing_the_client_of_a_stuck_callback(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    watch stuck = {0};
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 200));
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    subscribe(client, "Tick", block, &stuck);
    burst(client, "3");
    CHECK(await(&stuck.entered, 1, SOON));
    uint64_t from = now_ms();
    ami_client_free(client);
    CHECK(now_ms() - from < 10000);
    CHECK_INT(look(&stuck.drops), 0);
    put(&stuck.leave, 1);
    CHECK(await(&stuck.drops, 1, SOON));
    ami_subscription_free(stuck.subscription);
    fake_stop(server);
    CHECK_INT(stuck.calls, 1);
    CHECK_INT(stuck.drops, 1);
}

static void a_server_that_does_not_say_goodbye_holds_nobody_up(void) {
    fake_options options = {0};
    options.no_goodbye = 1;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    watch seen = {0}, done = {0};
    ami_client *client = fake_client(server);
    subscribe(client, "Tick", on_event, &seen);
    OK(submit(client, ACTION("Silent"), &done, &error));
    uint64_t from = now_ms();
    OK(ami_client_close(client, &error));
    CHECK(now_ms() - from < 5000);
    CHECK_INT(look(&seen.drops), 1);
    CHECK_INT(look(&done.drops), 1);
    ami_subscription_free(seen.subscription);
    ami_client_free(client);
    /* With a short timeout as well. */
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 100));
    watch second = {0};
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    subscribe(client, "Tick", on_event, &second);
    from = now_ms();
    OK(ami_client_close(client, &error));
    CHECK(now_ms() - from < 5000);
    CHECK_INT(look(&second.drops), 1);
    /* It has gone, so nothing is left to wait for. */
    CHECK(await(fake_ends(server), 2, 500));
    from = now_ms();
    ami_client_free(client);
    CHECK(now_ms() - from < 50);
    ami_subscription_free(second.subscription);
    fake_stop(server);
}

/* However long the session takes to leave, a running callback has the action timeout after that. */
static void a_callback_has_its_time_after_a_slow_goodbye(void) {
    fake_options options = {0};
    options.no_goodbye = 1;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    watch seen = {0};
    closing closer = {0};
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 1000));
    OK(ami_client_connect(config, &closer.client, &error));
    ami_config_free(config);
    subscribe(closer.client, "Tick", block, &seen);
    burst(closer.client, "1");
    CHECK(await(&seen.entered, 1, SOON));
    thread *other = start(close_client, &closer);
    CHECK(await(fake_ends(server), 1, SOON));
    put(&seen.leave, 1);
    join(other);
    CHECK_INT(closer.status, AMI_OK);
    ami_subscription_free(seen.subscription);
    ami_client_free(closer.client);
    fake_stop(server);
}

typedef struct opening {
    ami_client *client;
    int begun, ended;
    ami_status status;
    char message[300];
} opening;

static void *open_client(void *data) {
    opening *self = data;
    ami_error *error = NULL;
    bump(&self->begun);
    self->status = ami_client_open(self->client, &error);
    snprintf(self->message, sizeof self->message, "%s", ami_error_message(error));
    clear(&error);
    bump(&self->ended);
    return NULL;
}

static void cancel_opening(uint16_t port, const char *what) {
    ami_error *error = NULL;
    opening opener = {0};
    watch seen = {0};
    ami_config *config = loopback(port);
    OK(ami_client_new(config, &opener.client, &error));
    ami_config_free(config);
    subscribe(opener.client, NULL, on_event, &seen);
    thread *other = start(open_client, &opener);
    CHECK(await(&opener.begun, 1, SOON));
    linger(100);
    CHECK_STR(look(&opener.ended) ? "ended by itself" : what, what);
    uint64_t from = now_ms();
    OK(ami_client_close(opener.client, &error));
    CHECK_INT(look(&seen.drops), 1);
    CHECK(await(&opener.ended, 1, 5000));
    CHECK(now_ms() - from < 5000);
    join(other);
    STATUS(AMI_E_CLOSED, opener.status);
    ami_subscription_free(seen.subscription);
    ami_client_free(opener.client);
    CHECK_INT(seen.drops, 1);
}

static void close_cancels_a_connect_in_progress(void) {
    fake_options silent = {0}, mute = {0};
    silent.banner = "";
    mute.mute = 1;
    fake *server = fake_start(&silent);
    cancel_opening(fake_port(server), "no first line");
    fake_stop(server);
    server = fake_start(&mute);
    cancel_opening(fake_port(server), "no answer to the login");
    fake_stop(server);

    /* A listener whose queue is full takes no more connections. */
    struct sockaddr_in place;
    socklen_t length = sizeof place;
    memset(&place, 0, sizeof place);
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fillers[8];
    CHECK(bind(listener, (struct sockaddr *)&place, length) == 0 && listen(listener, 0) == 0);
    getsockname(listener, (struct sockaddr *)&place, &length);
    for (int at = 0; at < 8; at++) {
        fillers[at] = socket(AF_INET, SOCK_STREAM, 0);
        fcntl(fillers[at], F_SETFL, O_NONBLOCK);
        connect(fillers[at], (struct sockaddr *)&place, length);
    }
    cancel_opening(ntohs(place.sin_port), "no connection");
    for (int at = 0; at < 8; at++)
        close(fillers[at]);
    close(listener);
}

static void opened_from_several_threads_it_opens_once(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    opening openers[4];
    thread *threads[4];
    int opened = 0;
    memset(openers, 0, sizeof openers);
    ami_config *config = loopback(fake_port(server));
    OK(ami_client_new(config, &openers[0].client, &error));
    ami_config_free(config);
    for (int at = 0; at < 4; at++) {
        openers[at].client = openers[0].client;
        threads[at] = start(open_client, &openers[at]);
    }
    for (int at = 0; at < 4; at++) {
        join(threads[at]);
        opened += openers[at].status == AMI_OK;
        CHECK(openers[at].status == AMI_OK || openers[at].status == AMI_E_STATE);
    }
    CHECK_INT(opened, 1);
    OK(ami_client_ping(openers[0].client, NULL, &error));
    ami_client_free(openers[0].client);
    CHECK_INT(look(fake_logins(server)), 1);
    fake_stop(server);
}

static void *call_silent(void *data) {
    opening *self = data;
    ami_error *error = NULL;
    bump(&self->begun);
    self->status = call(self->client, ACTION("Silent"), NULL, &error);
    clear(&error);
    bump(&self->ended);
    return NULL;
}

static void close_wakes_calls_that_wait(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    opening callers[6];
    thread *threads[6];
    memset(callers, 0, sizeof callers);
    ami_client *client = fake_client(server);
    for (int at = 0; at < 6; at++) {
        callers[at].client = client;
        threads[at] = start(call_silent, &callers[at]);
    }
    for (int at = 0; at < 6; at++)
        CHECK(await(&callers[at].begun, 1, SOON));
    /* Whatever was sent before this is answered has reached the server. */
    linger(100);
    OK(ami_client_ping(client, NULL, &error));
    OK(ami_client_close(client, &error));
    for (int at = 0; at < 6; at++) {
        CHECK(await(&callers[at].ended, 1, 5000));
        join(threads[at]);
        STATUS(AMI_E_OUTCOME_UNKNOWN, callers[at].status);
    }
    ami_client_free(client);
    fake_stop(server);
}

/* ------------------------------------------------------------------------------------------------------
 * hammers */

static void after_close_nothing_runs(void) {
    int rounds = scale(300), late = 0, drops = 0, calls = 0;
    enum { EACH = 8 };
    watch *seen = calloc((size_t)rounds * EACH, sizeof *seen);
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    test_takes(120);
    for (int round = 0; round < rounds; round++) {
        watch *mine = seen + round * EACH;
        ami_client *client = fake_client(server);
        ami_subscription *pulled = NULL;
        subscribe(client, "Tick", on_event, &mine[0]);
        subscribe(client, NULL, on_event, &mine[1]);
        OK(ami_client_open_events(client, NULL, &pulled, &error));
        OK(call(client, ACTION("Flood"), NULL, &error));
        for (int at = 2; at < EACH; at++)
            OK(submit(client, at % 2 ? ACTION("Silent") : ACTION("Echo", "Value", "x"), &mine[at], &error));
        if (round % 3 == 0)
            await(&mine[0].calls, round, 2000);
        if (round % 2)
            OK(ami_client_close(client, &error));
        else
            ami_client_free(client);
        for (int at = 0; at < EACH; at++) {
            put(&mine[at].over, 1);
            drops += look(&mine[at].drops);
        }
        for (int at = 2; at < EACH; at++)
            calls += look(&mine[at].calls);
        ami_subscription_free(mine[0].subscription);
        ami_subscription_free(mine[1].subscription);
        ami_subscription_free(pulled);
        if (round % 2)
            ami_client_free(client);
    }
    fake_stop(server);
    linger(200);
    for (int at = 0; at < rounds * EACH; at++) {
        late += look(&seen[at].late);
        drops += look(&seen[at].drops);
    }
    CHECK_INT(late, 0);
    CHECK_INT(drops, 2 * rounds * EACH);
    CHECK_INT(calls, rounds * (EACH - 2));
    free(seen);
}

typedef struct subscriber {
    ami_client *client;
    int begun, stop;
    int subscribed, late, drops, *over;
} subscriber;

static void on_late_event(const ami_event *event, void *data) {
    subscriber *self = data;
    (void)event;
    if (look(self->over))
        bump(&self->late);
}

static void on_late_drop(void *data) {
    bump(&((subscriber *)data)->drops);
}

static void *subscribe_and_free(void *data) {
    subscriber *self = data;
    ami_subscription *held[2] = {0};
    bump(&self->begun);
    for (int round = 0; !look(&self->stop); round++) {
        ami_subscription **place = &held[round % 2];
        ami_subscription_free(*place);
        *place = NULL;
        if (ami_client_subscribe(self->client, round % 2 ? "Tick" : NULL, on_late_event, self, on_late_drop,
                                 place, NULL) == AMI_OK)
            bump(&self->subscribed);
    }
    for (int at = 0; at < 2; at++)
        ami_subscription_free(held[at]);
    return NULL;
}

static void close_while_others_subscribe(void) {
    int rounds = scale(60);
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    test_takes(120);
    for (int round = 0; round < rounds; round++) {
        subscriber others[3];
        thread *threads[3];
        int over = 0;
        memset(others, 0, sizeof others);
        ami_client *client = fake_client(server);
        OK(call(client, ACTION("Flood", "Pause", "1"), NULL, &error));
        for (int at = 0; at < 3; at++) {
            others[at].client = client;
            others[at].over = &over;
            threads[at] = start(subscribe_and_free, &others[at]);
        }
        for (int at = 0; at < 3; at++)
            CHECK(await(&others[at].subscribed, 5, SOON));
        OK(ami_client_close(client, &error));
        put(&over, 1);
        for (int at = 0; at < 3; at++)
            put(&others[at].stop, 1);
        for (int at = 0; at < 3; at++)
            join(threads[at]);
        ami_client_free(client);
        for (int at = 0; at < 3; at++) {
            CHECK_INT(look(&others[at].late), 0);
            CHECK_INT(look(&others[at].drops), look(&others[at].subscribed));
        }
    }
    fake_stop(server);
}

typedef struct caller {
    ami_client *client;
    int number, rounds, wrong, submitted;
    watch seen;
} caller;

static void *call_often(void *data) {
    caller *self = data;
    for (int round = 0; round < self->rounds; round++) {
        char value[40];
        ami_error *error = NULL;
        ami_response *response = NULL;
        snprintf(value, sizeof value, "%d-%d", self->number, round);
        if (round % 4 == 3) {
            if (OK(submit(self->client, ACTION("Echo", "Value", value), &self->seen, &error)))
                self->submitted++;
            continue;
        }
        if (round % 16 == 5) {
            FAILS(AMI_E_ACTION, call(self->client, ACTION("Refuse"), NULL, &error));
            clear(&error);
            continue;
        }
        if (!OK(call(self->client, ACTION("Echo", "Value", value), &response, &error)) ||
            !CHECK_STR(ami_response_get(response, "Value", NULL), value))
            self->wrong++;
        ami_response_unref(response);
    }
    return NULL;
}

static void many_threads_call_at_once_on_one_client(void) {
    enum { THREADS = 16 };
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    caller callers[THREADS];
    thread *threads[THREADS];
    memset(callers, 0, sizeof callers);
    ami_client *client = fake_client(server);
    test_takes(120);
    OK(call(client, ACTION("Flood", "Pause", "1"), NULL, &error));
    for (int at = 0; at < THREADS; at++) {
        callers[at].client = client;
        callers[at].number = at;
        callers[at].rounds = scale(300);
        threads[at] = start(call_often, &callers[at]);
    }
    for (int at = 0; at < THREADS; at++) {
        join(threads[at]);
        CHECK_INT(callers[at].wrong, 0);
        CHECK(await(&callers[at].seen.drops, callers[at].submitted, SOON));
        CHECK_INT(look(&callers[at].seen.ok), callers[at].submitted);
    }
    OK(ami_client_close(client, &error));
    ami_client_free(client);
    fake_stop(server);
}

static void *use_a_client(void *data) {
    fake *server = data;
    for (int round = 0; round < 10; round++) {
        ami_error *error = NULL;
        ami_client *client = fake_client(server);
        OK(ami_client_ping(client, NULL, &error));
        ami_client_free(client);
    }
    return NULL;
}

static void many_clients_come_and_go_at_once(void) {
    fake *server = fake_start(NULL);
    thread *threads[8];
    for (int at = 0; at < 8; at++)
        threads[at] = start(use_a_client, server);
    for (int at = 0; at < 8; at++)
        join(threads[at]);
    CHECK_INT(look(fake_logins(server)), 80);
    fake_stop(server);
}

/* ------------------------------------------------------------------------------------------------------
 * signals */

static void note_mask(const ami_event *event, void *data) {
    const int numbers[] = {SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD};
    /* A blocked fault kills at once: the program's crash handler would not run. */
    const int faulty[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    watch *seen = data;
    sigset_t mask;
    sigemptyset(&mask);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (size_t at = 0; at < sizeof numbers / sizeof *numbers; at++)
        if (sigismember(&mask, numbers[at]) != 1)
            bump(&seen->refused);
    for (size_t at = 0; at < sizeof faulty / sizeof *faulty; at++)
        if (sigismember(&mask, faulty[at]) != 0)
            bump(&seen->refused);
    on_event(event, data);
}

static void note_mask_in_completion(ami_status status, const ami_response *response, const ami_error *error,
                                    void *data) {
    note_mask(NULL, data);
    bump_by(&((watch *)data)->calls, -1);
    on_done(status, response, error, data);
}

/* The number of threads of the library; each must block the signals that a program handles elsewhere. */
static int library_threads(void) {
    int found = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        char path[300], line[200], name[64] = "";
        int gone = 0;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        FILE *status = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        while (status && fgets(line, sizeof line, status)) {
            sscanf(line, "Name: %63s", name);
            /* Of one that has just ended nothing is told but zeros. */
            gone = gone || strncmp(line, "Threads:\t0", 10) == 0;
            if (!gone && strncmp(name, "ami-", 4) == 0 && strncmp(line, "SigBlk:", 7) == 0) {
                unsigned long long blocked = strtoull(line + 7, NULL, 16);
                unsigned long long wanted = 0;
                const int asynchronous[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM,
                                            SIGTERM, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG};
                for (size_t at = 0; at < sizeof asynchronous / sizeof *asynchronous; at++)
                    wanted |= 1ULL << (asynchronous[at] - 1);
                CHECK((blocked & wanted) == wanted);
                found++;
            }
        }
        if (status)
            fclose(status);
    }
    closedir(tasks);
    return found;
}

static void all_signals_but_faults_are_blocked_in_threads_of_the_library(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    watch seen = {0};
    sigset_t before, after;
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    ami_client *client = fake_client(server);
    subscribe(client, "Tick", note_mask, &seen);
    burst(client, "5");
    CHECK(await(&seen.calls, 5, SOON));
    ami_action *action = ACTION("Echo", "Value", "1");
    OK(ami_client_submit(client, action, 0, note_mask_in_completion, &seen, NULL, &error));
    ami_action_free(action);
    CHECK(await(&seen.ok, 1, SOON));
    CHECK_INT(look(&seen.refused), 0);
    CHECK(library_threads() >= 2);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    for (int number = 1; number < 32; number++)
        CHECK_INT(sigismember(&after, number), sigismember(&before, number));
    ami_client_free(client);
    ami_subscription_free(seen.subscription);
    fake_stop(server);
}

static void no_sigpipe_when_the_server_is_gone(void) {
    fake *server = fake_start(NULL);
    sigset_t mask;
    struct sigaction action;
    sigaction(SIGPIPE, NULL, &action);
    CHECK(action.sa_handler == SIG_DFL);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    CHECK_INT(sigismember(&mask, SIGPIPE), 0);
    for (int round = 0; round < scale(100); round++) {
        ami_error *error = NULL;
        watch seen = {0};
        ami_client *client = fake_client(server);
        fake_link *link = fake_newest(server);
        int submitted = 0;
        if (round % 2)
            fake_reset(link);
        else
            OK(submit(client, ACTION("Bye"), &seen, &error)), submitted++;
        for (int at = 0; at < 50; at++)
            submitted += submit(client, ACTION("Echo", "Value", "x"), &seen, NULL) == AMI_OK;
        ami_status status = ami_client_ping(client, NULL, NULL);
        CHECK(status == AMI_E_DISCONNECTED || status == AMI_E_OUTCOME_UNKNOWN);
        OK(ami_client_close(client, &error));
        ami_client_free(client);
        CHECK_INT(look(&seen.drops), submitted);
    }
    fake_stop(server);
}

static int open_descriptors(void) {
    int count = 0;
    DIR *all = opendir("/proc/self/fd");
    while (all && readdir(all))
        count++;
    closedir(all);
    return count;
}

static void nothing_is_left_of_clients_that_are_gone(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    uint64_t until = now_ms() + SOON;
    /* Those of the tests before this one may still be ending. */
    while (library_threads() > 0 && now_ms() < until)
        linger(10);
    CHECK_INT(library_threads(), 0);
    int before = open_descriptors();
    for (int round = 0; round < 10; round++) {
        ami_client *client = fake_client(server);
        ami_subscription *pulled = NULL;
        watch seen = {0}, done = {0};
        subscribe(client, NULL, on_event, &seen);
        OK(ami_client_open_events(client, NULL, &pulled, &error));
        CHECK(ami_subscription_fd(pulled) >= 0);
        OK(submit(client, ACTION("Echo", "Value", "x"), &done, &error));
        burst(client, "50");
        ami_client_free(client);
        ami_subscription_free(seen.subscription);
        ami_subscription_free(pulled);
        CHECK_INT(look(&done.drops) + look(&seen.drops), 2);
    }
    /* The server keeps its ends open until it is stopped. */
    CHECK(await(fake_ends(server), 10, SOON));
    until = now_ms() + SOON;
    while ((library_threads() > 0 || open_descriptors() > before + 10) && now_ms() < until)
        linger(10);
    CHECK_INT(library_threads(), 0);
    CHECK_INT(open_descriptors(), before + 10);
    fake_stop(server);
}

/* Makes and frees clients until it is told to stop. */
typedef struct churning {
    ami_config *config;
    ami_client *client;
    ami_subscription *pulled;
    int stop, made;
} churning;

static void *churn_clients(void *data) {
    churning *self = data;
    while (!look(&self->stop)) {
        ami_client *client = NULL;
        if (ami_client_new(self->config, &client, NULL) == AMI_OK)
            bump(&self->made);
        ami_client_free(client);
    }
    return NULL;
}

/* Each first client of a process has a thread started and each last one has it end, with its descriptors. */
static void clients_that_come_and_go_fast_leave_no_pile_of_threads(void) {
    churning churn = {0};
    thread *threads[4];
    int most = 0, rounds = scale(200);
    churn.config = loopback(1);
    for (int at = 0; at < 4; at++)
        threads[at] = start(churn_clients, &churn);
    for (int round = 0; round < rounds; round++) {
        int now = library_threads();
        most = now > most ? now : most;
        CHECK(await(&churn.made, look(&churn.made) + 10, SOON));
    }
    put(&churn.stop, 1);
    for (int at = 0; at < 4; at++)
        join(threads[at]);
    /* A thread runs and another ends, which may still be seen a little later. */
    CHECK_STR(most <= 6 ? "few" : "many", "few");
    ami_config_free(churn.config);
}

/* -----------------------------------------------------------------------------------------------------
 * processes */

static void forked(ami_status status, ami_error **error, const char *what) {
    child_check(status == AMI_E_FORKED, what);
    child_check(ami_error_code(*error) == AMI_E_FORKED && strstr(ami_error_message(*error), "fork"), what);
    clear(error);
}

static void a_child_of_fork_is_told(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    watch seen = {0}, completed = {0}, unused = {0};
    ami_subscription *pulled = NULL, *waiting = NULL, *none = NULL;
    ami_response *answer = NULL;
    ami_event *first = NULL, *event = NULL;
    ami_config *config = loopback(fake_port(server));
    ami_client *client = fake_client(server);
    subscribe(client, "Tick", on_event, &seen);
    OK(ami_client_open_events(client, "Tick", &pulled, &error));
    OK(ami_client_open_events(client, "Tick", &waiting, &error));
    OK(call(client, ACTION("List", "Count", "2"), &answer, &error));
    burst(client, "10");
    /* An event was pulled, more were taken along with it, and in the other subscription all are still in the
     * queue. */
    OK(ami_subscription_next(pulled, SOON, &first, &error));
    CHECK(ami_subscription_fd(pulled) >= 0);
    OK(submit(client, ACTION("Silent"), &completed, &error));
    CHECK(await(&seen.calls, 10, SOON));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        ami_action *action = ACTION("Echo", "Value", "1");
        ami_response *response = NULL;
        uint64_t from = now_ms();
#define FORKED(call) forked((call), &error, #call)
        FORKED(ami_client_call(client, action, 0, &response, &error));
        CHILD(response == NULL);
        FORKED(ami_client_submit(client, action, 0, on_done, &unused, on_drop, &error));
        FORKED(ami_client_command(client, "core show version", 0, &response, &error));
        FORKED(ami_client_ping(client, NULL, &error));
        FORKED(ami_client_subscribe(client, NULL, on_event, &unused, on_drop, &none, &error));
        FORKED(ami_client_open_events(client, NULL, &none, &error));
        FORKED(ami_client_open(client, &error));
        FORKED(ami_client_close(client, &error));
        FORKED(ami_subscription_next(pulled, 1000, &event, &error));
        FORKED(ami_subscription_next(waiting, 1000, &event, &error));
        CHILD(event == NULL);
        CHILD(ami_subscription_fd(pulled) == -1);
        CHILD(ami_subscription_fd(waiting) == -1);
        ami_status status = ami_subscription_close(seen.subscription);
        CHILD(status == AMI_OK || status == AMI_E_FORKED);
        status = ami_subscription_close(pulled);
        CHILD(status == AMI_OK || status == AMI_E_FORKED);
        /* Objects that never change can still be read and released. */
        CHILD(ami_response_event_count(answer) == 2);
        CHILD(strcmp(ami_event_name(first), "Tick") == 0);
        ami_response_unref(answer);
        ami_event_unref(first);
        ami_action_free(action);
        /* Freeing only forgets: nothing is called, nothing is sent. */
        ami_subscription_free(seen.subscription);
        ami_subscription_free(pulled);
        ami_client_free(client);
        ami_subscription_free(waiting);
        CHILD(seen.drops == 0 && completed.calls == 0 && completed.drops == 0);
        CHILD(unused.calls == 0 && unused.drops == 0);
        CHILD(now_ms() - from < 5000);
        /* A client of its own. */
        ami_client *own = NULL;
        CHILD(ami_client_connect(config, &own, &error) == AMI_OK);
        clear(&error);
        CHILD(ami_client_ping(own, NULL, &error) == AMI_OK);
        clear(&error);
        CHILD(ami_client_close(own, &error) == AMI_OK);
        ami_client_free(own);
        child_end(child_faults);
    }
    CHECK(child > 0);
    CHECK(ends_well(child, 30000));
    /* The parent notices nothing. */
    OK(ami_client_ping(client, NULL, &error));
    CHECK_INT(look(&completed.calls), 0);
    CHECK_INT(look(&seen.drops), 0);
    for (int number = 1; number < 10; number++) {
        OK(ami_subscription_next(pulled, SOON, &event, &error));
        CHECK_INT(atoi(ami_event_get(event, "Number", NULL)), number);
        ami_event_unref(event);
    }
    burst(client, "5");
    CHECK(await(&seen.calls, 15, SOON));
    OK(ami_client_close(client, &error));
    CHECK_INT(look(&completed.drops), 1);
    CHECK_INT(look(&seen.drops), 1);
    ami_response_unref(answer);
    ami_event_unref(first);
    ami_subscription_free(seen.subscription);
    ami_subscription_free(pulled);
    ami_subscription_free(waiting);
    ami_client_free(client);
    ami_config_free(config);
    fake_stop(server);
}

static void *churn_events(void *data) {
    churning *self = data;
    while (!look(&self->stop)) {
        ami_event *event = NULL;
        ami_subscription_next(self->pulled, 0, &event, NULL);
        ami_event_unref(event);
        ami_client_ping(self->client, NULL, NULL);
    }
    return NULL;
}

/* Whatever the other threads of the parent were doing at that moment, no lock of theirs may bar the child. */
static void fork_in_the_middle(churning *churn, int (*in_child)(churning *)) {
    int hung = 0, wrong = 0;
#ifdef __SANITIZE_ADDRESS__
    /* Its memory takes long to copy. */
    int rounds = 50;
#else
    int rounds = scale(200);
#endif
    for (int round = 0; round < rounds && hung < 2; round++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            child_end(in_child(churn));
        }
        int ended = reap(child, 5000);
        hung += ended == 1000 + SIGKILL;
        wrong += ended != 0 && ended != 1000 + SIGKILL;
    }
    put(&churn->stop, 1);
#ifdef __SANITIZE_ADDRESS__
    /* The sanitizer's allocator may be locked at the fork, and stays so in the child. */
    CHECK(hung < 2);
#else
    CHECK_INT(hung, 0);
#endif
    CHECK_INT(wrong, 0);
}

static int use_inherited(churning *churn) {
    ami_event *event = NULL;
    int wrong = ami_client_ping(churn->client, NULL, NULL) != AMI_E_FORKED;
    wrong += ami_subscription_next(churn->pulled, 10, &event, NULL) != AMI_E_FORKED;
    wrong += ami_subscription_fd(churn->pulled) != -1;
    ami_subscription_close(churn->pulled);
    ami_subscription_free(churn->pulled);
    ami_client_free(churn->client);
    return wrong;
}

static void a_child_forked_in_the_middle_of_anything_is_told(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    churning churn = {0};
    churn.client = fake_client(server);
    OK(ami_client_open_events(churn.client, NULL, &churn.pulled, &error));
    OK(call(churn.client, ACTION("Flood", "Pause", "1"), NULL, &error));
    thread *first = start(churn_events, &churn), *second = start(churn_events, &churn);
    fork_in_the_middle(&churn, use_inherited);
    join(first);
    join(second);
    ami_subscription_free(churn.pulled);
    ami_client_free(churn.client);
    fake_stop(server);
}

static int make_own(churning *churn) {
    ami_client *own = NULL;
    int wrong = ami_client_new(churn->config, &own, NULL) != AMI_OK;
    ami_client_free(own);
    return wrong;
}

static void a_child_forked_in_the_middle_of_anything_makes_a_client(void) {
    churning churn = {0};
    churn.config = loopback(1);
#ifdef __SANITIZE_ADDRESS__
    /* The sanitizer has a lock of its own around starting threads, and does not free it in the child. */
    put(&churn.stop, 1);
#endif
    thread *first = start(churn_clients, &churn), *second = start(churn_clients, &churn);
    fork_in_the_middle(&churn, make_own);
    join(first);
    join(second);
    ami_config_free(churn.config);
}

#ifndef __SANITIZE_ADDRESS__
static int has_child;

/* Without a lock of this program's, which a child would not get either. */
static void *churn_until_forked(void *data) {
    while (!__atomic_load_n(&has_child, __ATOMIC_ACQUIRE))
        make_own(data);
    return NULL;
}

/* Each one of a line of children makes a client while it is forked from. */
static int line_of_forks(churning *churn, int left) {
    start(churn_until_forked, churn);
    int wrong = make_own(churn);
    if (left == 0)
        return wrong;
    pid_t child = fork();
    if (child == 0)
        child_end(line_of_forks(churn, left - 1));
    __atomic_store_n(&has_child, 1, __ATOMIC_RELEASE);
    /* The last ones first, so that none is left behind. */
    return wrong + reap(child, 5000 + 100 * left) > 0;
}

static void the_last_of_a_line_of_children_makes_a_client(void) {
    churning churn = {0};
    churn.config = loopback(1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        child_end(line_of_forks(&churn, scale(80)));
    CHECK(ends_well(child, 20000));
    ami_config_free(churn.config);
}
#endif

static void fork_in_callback(const ami_event *event, void *data) {
    watch *seen = data;
    pid_t child = look(&seen->calls) ? -1 : fork();
    if (child == 0) {
        CHILD(ami_client_ping(seen->client, NULL, NULL) == AMI_E_FORKED);
        ami_client_free(seen->client);
        child_end(child_faults);
    }
    if (child > 0)
        CHECK(ends_well(child, 30000));
    on_event(event, data);
}

static void a_callback_forks(void) {
    fake *server = fake_start(NULL);
    watch seen = {0};
    seen.client = fake_client(server);
    subscribe(seen.client, "Tick", fork_in_callback, &seen);
    fflush(stdout);
    burst(seen.client, "5");
    CHECK(await(&seen.calls, 5, SOON));
    ami_client_free(seen.client);
    ami_subscription_free(seen.subscription);
    fake_stop(server);
}

/* Programs that end in their own ways; each is this one, started again. */

static ami_client *own_client;
static ami_subscription *own_subscription;
static watch own;

static void free_own_client(void) {
    ami_client_free(own_client);
    own_client = NULL;
    if (look(&own.drops) != 1 && !look(&own.entered))
        dprintf(STDOUT_FILENO, "the drop has not run\n");
}

static void drop_anywhere_else(void *data) {
    if (pthread_equal(pthread_self(), main_thread))
        bump(&((watch *)data)->entered);
    bump(&((watch *)data)->drops);
}

static int submit_at_low_priority(void) {
    enum { COUNT = 10000 };
    ami_action *action = ACTION("Echo", "Value", "x");
    main_thread = pthread_self();
    setpriority(PRIO_PROCESS, 0, 19);
    for (int at = 0; at < COUNT; at++)
        if (ami_client_submit(own_client, action, 0, on_done, &own, drop_anywhere_else, NULL) != AMI_OK)
            return 13;
    ami_action_free(action);
    await(&own.drops, COUNT, SOON);
    if (look(&own.entered) > 0)
        printf("%d of %d drops ran inside the call that submits\n", look(&own.entered), COUNT);
    ami_client_free(own_client);
    return 0;
}

static void exit_in_callback(const ami_event *event, void *data) {
    (void)event;
    bump(&((watch *)data)->entered);
    exit(0);
}

static void busy_callback(const ami_event *event, void *data) {
    on_event(event, data);
    for (volatile int spin = 0; spin < 100000; spin++) {
    }
}

static int ending(const char *how, uint16_t port) {
    ami_error *error = NULL;
    ami_config *config = loopback(port);
    if (ami_client_connect(config, &own_client, &error) != AMI_OK)
        return 10;
    ami_config_free(config);
    if (strcmp(how, "submit") == 0)
        return submit_at_low_priority();
    int in_callback = strstr(how, "in a callback") != NULL;
    if (ami_client_subscribe(own_client, "Tick", in_callback ? exit_in_callback : busy_callback, &own,
                             on_drop, &own_subscription, &error) != AMI_OK)
        return 11;
    if (strstr(how, "frees at exit"))
        atexit(free_own_client);
    if (call(own_client, ACTION("Flood"), NULL, &error) != AMI_OK && !in_callback)
        return 12;
    if (in_callback)
        linger(20000);
    await(&own.calls, 50, SOON);
    if (strstr(how, "_exit"))
        _exit(0);
    exit(0);
}

static void programs_end(void) {
    const char *const ways[] = {
        "exit while callbacks run",
        "_exit while callbacks run",
        "exit and frees at exit",
        "exit in a callback",
        "exit in a callback and frees at exit",
    };
    fake *server = fake_start(NULL);
    char port[16];
    snprintf(port, sizeof port, "%d", fake_port(server));
    for (size_t at = 0; at < sizeof ways / sizeof *ways; at++) {
        const char *const command[] = {suite_program(), ways[at], port, NULL};
        int round = 0;
        while (round < 5 && runs_quietly(command))
            round++;
        if (round < 5)
            printf("    when it does: %s\n", ways[at]);
    }
    fake_stop(server);
}

/* A program may hold a lock while it submits that its drop takes as well. The one processor and the low
 * priority make the answer come before the call is back. */
static void a_drop_never_runs_inside_the_call_that_submits(void) {
    fake *server = fake_start(NULL);
    char port[16];
    snprintf(port, sizeof port, "%d", fake_port(server));
    const char *const command[] = {"taskset", "-c", "0", suite_program(), "submit", port, NULL};
    runs_quietly(command);
    fake_stop(server);
}

/* Thread-local data of the library may be gone by the time that a program's own is let go of. */
static pthread_key_t key;

static void free_in_destructor(void *data) {
    watch *seen = data;
    ami_client_free(seen->client);
    ami_subscription_free(seen->subscription);
}

static void *leave_client_to_destructor(void *data) {
    watch *seen = data;
    ami_error *error = NULL;
    pthread_setspecific(key, seen);
    OK(ami_client_ping(seen->client, NULL, &error));
    return NULL;
}

static void a_client_freed_as_its_thread_ends(void) {
    fake *server = fake_start(NULL);
    watch seen = {0};
    CHECK_INT(pthread_key_create(&key, free_in_destructor), 0);
    seen.client = fake_client(server);
    subscribe(seen.client, "Tick", on_event, &seen);
    join(start(leave_client_to_destructor, &seen));
    CHECK_INT(look(&seen.drops), 1);
    CHECK(await(fake_ends(server), 1, SOON));
    pthread_key_delete(key);
    fake_stop(server);
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
    CHECK_INT(ami_sms_span(NULL), 0);
    CHECK_STR(ami_sms_port(NULL), "");
    CHECK_STR(ami_sms_sender(NULL), "");
    CHECK_STR(ami_sms_time(NULL), "");
    CHECK_INT(ami_receipt_outcome(NULL), -1);
    CHECK_INT(ami_receipt_span(NULL) + ami_receipt_parts(NULL), 0);
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
    if (argc == 3)
        return ending(argv[1], (uint16_t)atoi(argv[2]));
    RUN(null_is_taken_by_everything_that_frees);
    RUN(null_is_refused_where_something_is_needed);
    RUN(null_reads_as_nothing);
    RUN(completions_run_once_on_threads_of_the_library_and_then_drop);
    RUN(a_response_can_be_kept_beyond_its_completion_and_client);
    RUN(what_is_outstanding_ends_with_close);
    RUN(what_is_outstanding_ends_when_the_server_goes);
    RUN(a_refused_submit_calls_nothing);
    RUN(a_refused_subscription_drops_nothing);
    RUN(a_subscription_freed_before_its_client);
    RUN(a_client_freed_before_its_subscription);
    RUN(a_client_never_opened);
    RUN(a_subscription_closed_twice_and_freed);
    RUN(a_server_that_goes_ends_the_subscription);
    RUN(a_callback_closes_its_own_subscription);
    RUN(a_callback_frees_its_own_subscription);
    RUN(a_callback_frees_its_client);
    RUN(another_subscriptions_callback_closes_the_client);
    RUN(a_completion_closes_and_another_one_frees_the_client);
    RUN(a_drop_frees_its_subscription_and_its_client);
    RUN(an_action_called_in_a_callback_is_answered);
    RUN(an_action_called_in_a_completion_is_answered);
    RUN(a_callback_subscribes);
    RUN(calls_of_one_subscription_are_in_order_and_one_at_a_time);
    RUN(callbacks_of_two_clients_close_each_other);
    RUN(references_are_counted_from_all_threads);
    RUN(close_waits_for_a_running_callback);
    RUN(freeing_a_subscription_waits_for_its_running_callback);
    RUN(close_from_several_threads_at_once);
    RUN(a_callback_that_does_not_return_harms_only_its_own);
    RUN(a_completion_that_does_not_return_harms_no_other);
    RUN(freeing_the_client_of_a_stuck_callback);
    RUN(a_server_that_does_not_say_goodbye_holds_nobody_up);
    RUN(a_callback_has_its_time_after_a_slow_goodbye);
    RUN(close_cancels_a_connect_in_progress);
    RUN(close_wakes_calls_that_wait);
    RUN(opened_from_several_threads_it_opens_once);
    RUN(after_close_nothing_runs);
    RUN(close_while_others_subscribe);
    RUN(many_threads_call_at_once_on_one_client);
    RUN(many_clients_come_and_go_at_once);
    RUN(nothing_is_left_of_clients_that_are_gone);
    RUN(clients_that_come_and_go_fast_leave_no_pile_of_threads);
    RUN(all_signals_but_faults_are_blocked_in_threads_of_the_library);
    RUN(no_sigpipe_when_the_server_is_gone);
    RUN(a_child_of_fork_is_told);
    RUN(a_child_forked_in_the_middle_of_anything_is_told);
    RUN(a_child_forked_in_the_middle_of_anything_makes_a_client);
#ifndef __SANITIZE_ADDRESS__
    /* Among so many forks one meets the sanitizer's allocator locked. */
    RUN(the_last_of_a_line_of_children_makes_a_client);
#endif
    RUN(a_callback_forks);
    RUN(programs_end);
    RUN(a_drop_never_runs_inside_the_call_that_submits);
    RUN(a_client_freed_as_its_thread_ends);
    return suite_end();
}
