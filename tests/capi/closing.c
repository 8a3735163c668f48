/* Close and free from everywhere: inside callbacks, from several threads, while others wait or come. */
#include "check.h"
#include "fake.h"
#include "watch.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void callback_calls_an_action_and_gets_its_answer(void) {
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

static void completion_calls_an_action_and_gets_its_answer(void) {
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

static void callback_makes_a_subscription(void) {
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

static void subscription_calls_are_in_order_and_one_at_a_time(void) {
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

static void subscription_free_waits_for_its_running_callback(void) {
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

static void close_waits_in_several_threads_at_once(void) {
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

static void callback_that_does_not_return_harms_only_its_own(void) {
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

static void completion_that_does_not_return_harms_no_other(void) {
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

static void client_free_does_not_wait_for_ever_for_a_stuck_callback(void) {
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

static void close_ends_though_the_server_says_no_goodbye(void) {
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
static void callback_has_its_time_after_a_slow_goodbye(void) {
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

static void open_from_several_threads_opens_once(void) {
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

static void close_lets_nothing_run_afterwards(void) {
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

static void client_is_called_by_many_threads_at_once(void) {
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

static void clients_of_many_threads_come_and_go_at_once(void) {
    fake *server = fake_start(NULL);
    thread *threads[8];
    for (int at = 0; at < 8; at++)
        threads[at] = start(use_a_client, server);
    for (int at = 0; at < 8; at++)
        join(threads[at]);
    CHECK_INT(look(fake_logins(server)), 80);
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("closing", argc, argv);
    RUN(callback_calls_an_action_and_gets_its_answer);
    RUN(completion_calls_an_action_and_gets_its_answer);
    RUN(callback_makes_a_subscription);
    RUN(subscription_calls_are_in_order_and_one_at_a_time);
    RUN(callbacks_of_two_clients_close_each_other);
    RUN(references_are_counted_from_all_threads);
    RUN(close_waits_for_a_running_callback);
    RUN(subscription_free_waits_for_its_running_callback);
    RUN(close_waits_in_several_threads_at_once);
    RUN(callback_that_does_not_return_harms_only_its_own);
    RUN(completion_that_does_not_return_harms_no_other);
    RUN(client_free_does_not_wait_for_ever_for_a_stuck_callback);
    RUN(close_ends_though_the_server_says_no_goodbye);
    RUN(callback_has_its_time_after_a_slow_goodbye);
    RUN(close_cancels_a_connect_in_progress);
    RUN(close_wakes_calls_that_wait);
    RUN(open_from_several_threads_opens_once);
    RUN(close_lets_nothing_run_afterwards);
    RUN(close_while_others_subscribe);
    RUN(client_is_called_by_many_threads_at_once);
    RUN(clients_of_many_threads_come_and_go_at_once);
    return suite_end();
}
