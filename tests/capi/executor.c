/* Executors: callbacks, completions and drops on a thread of the program, and what they leave when they go.
 */
#include "check.h"
#include "child.h"
#include "fake.h"
#include "simulated.h"
#include "watch.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The server and the executor of the running test. */
static fake *server;
static ami_executor *executor;

static void begin(void) {
    ami_error *error = NULL;
    server = fake_start(NULL);
    executor = ami_executor_new(&error);
    CHECK(executor != NULL && error == NULL);
}

static void end(void) {
    ami_executor_free(executor);
    fake_stop(server);
}

/* A client of the running test's, to be opened. */
static ami_client *new_client(uint32_t action_timeout_ms) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, action_timeout_ms));
    STATUS(AMI_OK, ami_config_set_executor(config, executor));
    OK(ami_client_new(config, &client, &error));
    ami_config_free(config);
    return client;
}

static ami_client *open_client(void) {
    ami_error *error = NULL;
    ami_client *client = new_client(SOON);
    OK(ami_client_open(client, &error));
    return client;
}

static int is_readable(void) {
    struct pollfd watched = {ami_executor_fd(executor), POLLIN, 0};
    return poll(&watched, 1, 0) == 1;
}

static int becomes_readable(int ms) {
    struct pollfd watched = {ami_executor_fd(executor), POLLIN, 0};
    return poll(&watched, 1, ms) == 1;
}

/* A loop of this thread's: until the number is so much. */
static int run_until(const int *number, int at_least) {
    uint64_t until = now_ms() + SOON;
    while (look(number) < at_least && now_ms() < until)
        if (becomes_readable(10))
            ami_executor_run(executor, 0);
    return CHECK(look(number) >= at_least);
}

/* Runs all that waits, and tells how many calls that were. A thread of the library's may still be pushing. */
static size_t run_all(void) {
    size_t calls = 0, more;
    do {
        more = ami_executor_run(executor, 0);
        calls += more;
    } while (more > 0 || is_readable());
    return calls;
}

/* Waits until no action is in progress, and all outcomes are with the executor: what comes in is handed on in
 * order. */
static void await_outcomes(const ami_client *client) {
    ami_error *error = NULL;
    for (uint64_t until = now_ms() + SOON;
         ami_client_stat(client, AMI_STAT_IN_FLIGHT) > 0 && now_ms() < until;)
        linger(1);
    OK(ami_client_ping(client, NULL, &error));
}

/* ---- the thread ---- */

/* Counts calls on other threads than the watch's as late, and calls out of order as refused. */
static void on_own_thread(const ami_event *event, void *data) {
    watch *seen = data;
    const char *number = ami_event_get(event, "Number", NULL);
    if (!pthread_equal(pthread_self(), seen->thread))
        bump(&seen->late);
    if (number && atoi(number) != look(&seen->calls))
        bump(&seen->refused);
    on_event(event, data);
}

/* Of a watch that many completions share. */
static void done_on_own_thread(ami_status status, const ami_response *response, const ami_error *failure,
                               void *data) {
    watch *seen = data;
    if (!pthread_equal(pthread_self(), seen->thread) || look(&seen->over))
        bump(&seen->late);
    CHECK((status == AMI_OK) == (response != NULL && failure == NULL));
    bump(status == AMI_OK ? &seen->ok : &seen->refused);
    bump(&seen->calls);
}

static void drop_on_own_thread(void *data) {
    if (!pthread_equal(pthread_self(), ((watch *)data)->thread))
        bump(&((watch *)data)->late);
    on_drop(data);
}

static watch watch_of_this_thread(void) {
    watch seen;
    memset(&seen, 0, sizeof seen);
    seen.thread = pthread_self();
    return seen;
}

static void watch_ticks(ami_client *client, ami_event_fn on, watch *seen) {
    ami_error *error = NULL;
    OK(ami_client_subscribe(client, "Tick", on, seen, drop_on_own_thread, &seen->subscription, &error));
}

static void submit_by(ami_completion_fn done, const ami_client *client, ami_action *action, watch *seen) {
    ami_error *error = NULL;
    OK(ami_client_submit(client, action, 0, done, seen, drop_on_own_thread, &error));
    ami_action_free(action);
}

static void submit_here(const ami_client *client, ami_action *action, watch *seen) {
    submit_by(done_on_own_thread, client, action, seen);
}

static void executor_runs_all_calls_on_its_thread(void) {
    begin();
    watch events = watch_of_this_thread(), done = watch_of_this_thread();
    ami_client *client = open_client();
    watch_ticks(client, on_own_thread, &events);
    burst(client, "500");
    for (int at = 0; at < 50; at++)
        submit_here(client, ACTION("Echo", "Value", "x"), &done);
    run_until(&events.calls, 500);
    run_until(&done.drops, 50);
    CHECK_INT(done.ok, 50);
    ami_subscription_free(events.subscription);
    CHECK_INT(events.drops, 1);
    ami_client_free(client);
    CHECK_INT(events.late + done.late, 0);
    CHECK_INT(events.refused, 0);
    CHECK_INT(events.calls, 500);
    end();
}

static void executor_calls_nothing_outside_of_its_run(void) {
    begin();
    watch events = watch_of_this_thread(), done = watch_of_this_thread();
    ami_client *client = open_client();
    watch_ticks(client, on_own_thread, &events);
    run_all();
    CHECK(!is_readable());
    burst(client, "5");
    submit_here(client, ACTION("Echo", "Value", "x"), &done);
    await_outcomes(client);
    CHECK(becomes_readable(SOON));
    linger(30);
    CHECK_INT(look(&events.calls) + look(&done.calls), 0);
    CHECK(is_readable());
    CHECK_INT(run_all(), 6);
    CHECK_INT(events.calls, 5);
    CHECK_INT(done.drops, 1);
    CHECK(!is_readable());
    CHECK_INT(ami_executor_run(executor, 0), 0);
    CHECK(!is_readable());
    ami_client_free(client);
    ami_subscription_free(events.subscription);
    end();
}

static void *run_in_another_thread(void *data) {
    watch *seen = data;
    seen->thread = pthread_self();
    run_until(&seen->calls, 10);
    return NULL;
}

static void executor_may_be_run_by_another_thread_later(void) {
    begin();
    watch events = watch_of_this_thread();
    ami_client *client = open_client();
    watch_ticks(client, on_own_thread, &events);
    burst(client, "5");
    run_until(&events.calls, 5);
    join(start(run_in_another_thread, (fake_burst(fake_newest(server), 5, 5), &events)));
    CHECK_INT(events.late, 0);
    /* It takes the executor over. */
    events.thread = pthread_self();
    ami_executor_run(executor, 0);
    ami_client_free(client);
    CHECK_INT(events.drops, 1);
    CHECK_INT(events.late, 0);
    ami_subscription_free(events.subscription);
    end();
}

static void *run_once(void *data) {
    *(size_t *)data = ami_executor_run(executor, 0);
    return NULL;
}

static void executor_is_run_by_one_thread_at_a_time(void) {
    begin();
    watch events = watch_of_this_thread();
    size_t calls = 9;
    ami_client *client = open_client();
    watch_ticks(client, block, &events);
    burst(client, "1");
    CHECK(becomes_readable(SOON));
    thread *other = start(run_once, &calls);
    CHECK(await(&events.entered, 1, SOON));
    watch done = watch_of_this_thread();
    submit_here(client, ACTION("Echo", "Value", "x"), &done);
    await_outcomes(client);
    CHECK(becomes_readable(SOON));
    CHECK_INT(ami_executor_run(executor, 0), 0);
    CHECK_INT(look(&done.calls), 0);
    put(&events.leave, 1);
    join(other);
    CHECK_INT(calls, 1);
    CHECK_INT(run_all(), 1);
    CHECK_INT(done.calls, 1);
    events.thread = pthread_self();
    ami_client_free(client);
    ami_subscription_free(events.subscription);
    end();
}

static void executor_has_several_clients(void) {
    begin();
    watch events[4];
    ami_client *clients[4];
    for (int at = 0; at < 4; at++) {
        events[at] = watch_of_this_thread();
        clients[at] = open_client();
        watch_ticks(clients[at], on_own_thread, &events[at]);
        fake_burst(fake_newest(server), 0, 100);
    }
    for (int at = 0; at < 4; at++)
        run_until(&events[at].calls, 100);
    for (int at = 0; at < 4; at++) {
        ami_client_free(clients[at]);
        ami_subscription_free(events[at].subscription);
        CHECK_INT(events[at].late + events[at].refused, 0);
        CHECK_INT(events[at].drops, 1);
    }
    end();
}

/* ---- the descriptor and the bound ---- */

static void run_calls_so_many_functions_at_most(void) {
    begin();
    watch events = watch_of_this_thread(), done = watch_of_this_thread();
    ami_client *client = open_client();
    watch_ticks(client, on_own_thread, &events);
    run_all();
    burst(client, "1000");
    for (int calls = 10; calls <= 100; calls += 10) {
        CHECK_INT(ami_executor_run(executor, 10), 10);
        CHECK_INT(events.calls, calls);
        CHECK(is_readable());
    }
    /* Those of a batch that was begun wait as well. */
    CHECK_INT(ami_subscription_stat(events.subscription, AMI_STAT_DELIVERED), 100);
    CHECK_INT(ami_subscription_stat(events.subscription, AMI_STAT_WAITING), 900);
    CHECK_INT(ami_executor_run(executor, 1), 1);
    CHECK_INT(ami_executor_run(executor, 0), 256);
    CHECK_INT(run_all(), 1000 - 357);
    for (int at = 0; at < 50; at++)
        submit_here(client, ACTION("Echo", "Value", "x"), &done);
    await_outcomes(client);
    CHECK(becomes_readable(SOON));
    CHECK_INT(ami_executor_run(executor, 20), 20);
    CHECK_INT(done.drops, 20);
    CHECK(is_readable());
    CHECK_INT(run_all(), 30);
    CHECK_INT(events.refused, 0);
    ami_client_free(client);
    ami_subscription_free(events.subscription);
    end();
}

static void run_returns_in_a_flood(void) {
    begin();
    ami_error *error = NULL;
    watch events = watch_of_this_thread();
    ami_client *client = open_client();
    OK(ami_client_subscribe(client, "Tick", on_event, &events, NULL, &events.subscription, &error));
    OK(call(client, ACTION("Flood", "Pause", "0"), NULL, &error));
    for (uint64_t until = now_ms() + SOON; events.calls < 5000 && CHECK(now_ms() < until);) {
        CHECK(becomes_readable(SOON));
        ami_executor_run(executor, SIZE_MAX);
    }
    ami_client_free(client);
    ami_subscription_free(events.subscription);
    end();
}

static void submit_again(ami_status status, const ami_response *response, const ami_error *failure,
                         void *data) {
    watch *seen = data;
    ami_error *error = NULL;
    bump(&seen->calls);
    CHECK((status == AMI_OK) == (response != NULL && failure == NULL));
    /* Its answer is here before this one returns. */
    if (!look(&seen->leave)) {
        ami_action *action = ACTION("Echo", "Value", "x");
        OK(ami_client_submit(seen->client, action, 0, submit_again, seen, NULL, &error));
        ami_action_free(action);
        await_outcomes(seen->client);
    }
}

static void run_returns_if_each_completion_brings_another(void) {
    begin();
    ami_error *error = NULL;
    watch done = watch_of_this_thread();
    done.client = open_client();
    ami_action *action = ACTION("Echo", "Value", "x");
    OK(ami_client_submit(done.client, action, 0, submit_again, &done, NULL, &error));
    ami_action_free(action);
    await_outcomes(done.client);
    for (int calls = 1; calls < 4; calls++) {
        CHECK(becomes_readable(SOON));
        CHECK_INT(ami_executor_run(executor, 10), 10);
    }
    put(&done.leave, 1);
    OK(ami_client_close(done.client, &error));
    CHECK_INT(done.calls, 31);
    ami_client_free(done.client);
    end();
}

/* The number that the descriptor holds: of writes that were not taken back. */
static int writes(void) {
    char path[64], line[100];
    int count = -1;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", ami_executor_fd(executor));
    FILE *info = fopen(path, "r");
    while (info && fgets(line, sizeof line, info))
        sscanf(line, "eventfd-count: %x", (unsigned *)&count);
    if (info)
        fclose(info);
    return count;
}

static void descriptor_is_written_once_for_all_that_waits(void) {
    begin();
    watch events = watch_of_this_thread(), done = watch_of_this_thread();
    ami_client *client = open_client();
    watch_ticks(client, on_own_thread, &events);
    run_all();
    CHECK_INT(writes(), 0);
    for (int at = 0; at < 20; at++) {
        burst(client, "50");
        submit_here(client, ACTION("Echo", "Value", "x"), &done);
    }
    await_outcomes(client);
    CHECK(becomes_readable(SOON));
    CHECK_INT(writes(), 1);
    ami_executor_run(executor, 3);
    CHECK_INT(writes(), 1);
    run_until(&done.drops, 20);
    run_all();
    CHECK_INT(writes(), 0);
    ami_client_free(client);
    ami_subscription_free(events.subscription);
    end();
}

/* ---- close and free ---- */

static void close_on_its_thread_runs_what_is_left(void) {
    begin();
    ami_error *error = NULL;
    watch events = watch_of_this_thread(), answered = watch_of_this_thread(), silent = watch_of_this_thread();
    ami_client *client = open_client();
    watch_ticks(client, on_own_thread, &events);
    burst(client, "100");
    ami_executor_run(executor, 10);
    for (int at = 0; at < 10; at++)
        submit_here(client, ACTION("Echo", "Value", "x"), &answered);
    await_outcomes(client);
    for (int at = 0; at < 10; at++)
        submit_here(client, ACTION("Silent"), &silent);
    OK(ami_client_close(client, &error));
    CHECK_INT(answered.ok, 10);
    CHECK_INT(answered.drops, 10);
    CHECK_INT(silent.refused, 10);
    CHECK_INT(silent.drops, 10);
    CHECK_INT(events.calls, 10);
    CHECK_INT(events.drops, 1);
    CHECK_INT(events.late + answered.late + silent.late, 0);
    events.over = answered.over = silent.over = 1;
    CHECK_INT(run_all(), 0);
    ami_client_free(client);
    ami_subscription_free(events.subscription);
    CHECK_INT(events.late + answered.late + silent.late, 0);
    end();
}

static void subscription_free_on_its_thread_runs_the_drop(void) {
    begin();
    watch idle = watch_of_this_thread(), waiting = watch_of_this_thread();
    ami_client *client = open_client();
    watch_ticks(client, on_own_thread, &idle);
    run_all();
    ami_subscription_free(idle.subscription);
    CHECK_INT(idle.drops, 1);
    watch_ticks(client, on_own_thread, &waiting);
    burst(client, "10");
    ami_executor_run(executor, 3);
    STATUS(AMI_OK, ami_subscription_close(waiting.subscription));
    CHECK_INT(waiting.drops, 1);
    CHECK_INT(run_all(), 0);
    CHECK_INT(waiting.calls, 3);
    ami_subscription_free(waiting.subscription);
    ami_client_free(client);
    CHECK_INT(idle.late + waiting.late, 0);
    end();
}

static void free_all_in_callback(const ami_event *event, void *data) {
    watch *seen = data;
    on_event(event, data);
    ami_subscription_free(seen->subscription);
    ami_client_free(seen->client);
    /* Neither has waited, nor has anything been let go of. */
    CHECK_INT(seen->drops, 0);
}

static void client_may_be_freed_in_its_callback(void) {
    begin();
    watch events = watch_of_this_thread(), done = watch_of_this_thread();
    events.client = open_client();
    watch_ticks(events.client, free_all_in_callback, &events);
    for (int at = 0; at < 10; at++)
        submit_here(events.client, ACTION("Silent"), &done);
    burst(events.client, "10");
    run_until(&events.drops, 1);
    run_until(&done.drops, 10);
    CHECK_INT(events.calls, 1);
    CHECK_INT(done.refused, 10);
    CHECK_INT(events.late + done.late, 0);
    end();
}

static void free_executor_in_callback(const ami_event *event, void *data) {
    ami_executor_free(executor);
    free_all_in_callback(event, data);
}

/* The first completion takes so long that a thread of libami would help, if it might. */
static void done_slowly(ami_status status, const ami_response *response, const ami_error *failure,
                        void *data) {
    if (look(&((watch *)data)->calls) == 0)
        linger(50);
    done_on_own_thread(status, response, failure, data);
}

static void executor_may_be_freed_in_its_callback(void) {
    begin();
    watch events = watch_of_this_thread(), done = watch_of_this_thread();
    events.client = open_client();
    watch_ticks(events.client, free_executor_in_callback, &events);
    run_all();
    burst(events.client, "3");
    for (int at = 0; at < 10; at++)
        submit_by(done_slowly, events.client, ACTION("Echo", "Value", "x"), &done);
    await_outcomes(events.client);
    CHECK(becomes_readable(SOON));
    /* One call, and all that waited as it freed the executor: the drop and the completions. */
    CHECK_INT(ami_executor_run(executor, 1), 12);
    CHECK_INT(events.calls, 1);
    CHECK_INT(events.drops, 1);
    CHECK_INT(done.drops, 10);
    CHECK_INT(events.late + done.late, 0);
    fake_stop(server);
}

typedef struct closing {
    ami_client *client;
    ami_status status;
    int ended;
} closing;

static void *close_it(void *data) {
    closing *it = data;
    it->status = ami_client_close(it->client, NULL);
    bump(&it->ended);
    return NULL;
}

static void close_on_another_thread_waits_for_its_thread(void) {
    begin();
    watch events = watch_of_this_thread(), done = watch_of_this_thread();
    closing it = {open_client(), -1, 0};
    watch_ticks(it.client, on_own_thread, &events);
    run_all();
    for (int at = 0; at < 10; at++)
        submit_here(it.client, ACTION("Silent"), &done);
    thread *other = start(close_it, &it);
    CHECK(becomes_readable(SOON));
    linger(20);
    CHECK_INT(look(&it.ended), 0);
    run_until(&it.ended, 1);
    join(other);
    CHECK_INT(it.status, AMI_OK);
    CHECK_INT(events.drops, 1);
    CHECK_INT(done.drops, 10);
    CHECK_INT(events.late + done.late, 0);
    ami_client_free(it.client);
    ami_subscription_free(events.subscription);
    end();
}

static void close_on_another_thread_is_busy_if_its_thread_does_not_run(void) {
    begin();
    ami_error *error = NULL;
    watch events = watch_of_this_thread();
    closing it = {new_client(200), -1, 0};
    OK(ami_client_open(it.client, &error));
    watch_ticks(it.client, on_own_thread, &events);
    run_all();
    join(start(close_it, &it));
    CHECK_INT(it.status, AMI_E_BUSY);
    CHECK_INT(events.drops, 0);
    run_until(&events.drops, 1);
    /* Now nothing is left. */
    OK(ami_client_close(it.client, &error));
    CHECK_INT(events.late, 0);
    ami_client_free(it.client);
    ami_subscription_free(events.subscription);
    end();
}

static void call_in_callback(const ami_event *event, void *data) {
    watch *seen = data;
    ami_error *error = NULL;
    ami_response *response = NULL;
    if (OK(call(seen->client, ACTION("Echo", "Value", "x"), &response, &error)))
        CHECK_STR(ami_response_get(response, "Value", NULL), "x");
    ami_response_unref(response);
    on_own_thread(event, data);
}

static void callback_on_its_thread_may_wait_for_an_answer(void) {
    begin();
    watch events = watch_of_this_thread();
    events.client = open_client();
    watch_ticks(events.client, call_in_callback, &events);
    burst(events.client, "20");
    run_until(&events.calls, 20);
    ami_client_free(events.client);
    ami_subscription_free(events.subscription);
    end();
}

static void run_in_callback(const ami_event *event, void *data) {
    watch *seen = data;
    if (bump(&seen->entered) == 1) {
        /* A loop inside the loop: others are called, and this subscription is not called again meanwhile. */
        submit_here(seen->client, ACTION("Echo", "Value", "x"), (watch *)seen->other);
        run_until(&((watch *)seen->other)->drops, 1);
        CHECK_INT(seen->entered, 1);
    }
    on_own_thread(event, data);
}

static void executor_may_be_run_in_its_callback(void) {
    begin();
    watch events = watch_of_this_thread(), done = watch_of_this_thread();
    events.client = open_client();
    events.other = (ami_subscription *)&done;
    watch_ticks(events.client, run_in_callback, &events);
    burst(events.client, "5");
    run_until(&events.calls, 5);
    CHECK_INT(events.refused + events.late + done.late, 0);
    CHECK(!is_readable());
    ami_client_free(events.client);
    ami_subscription_free(events.subscription);
    end();
}

/* ---- the end of an executor ---- */

static void executor_free_runs_what_waits(void) {
    begin();
    ami_error *error = NULL;
    watch events = watch_of_this_thread(), done = watch_of_this_thread(), later = watch_of_this_thread();
    ami_client *client = open_client(), *none = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_executor(config, executor));
    watch_ticks(client, on_own_thread, &events);
    run_all();
    burst(client, "20");
    for (int at = 0; at < 10; at++)
        submit_here(client, ACTION("Echo", "Value", "x"), &done);
    await_outcomes(client);
    CHECK(becomes_readable(SOON));
    ami_executor_free(executor);
    CHECK_INT(events.calls, 20);
    CHECK_INT(done.drops, 10);
    CHECK_INT(events.late + done.late, 0);
    /* From here on the client has threads of the library's. */
    submit_here(client, ACTION("Echo", "Value", "x"), &later);
    CHECK(await(&later.drops, 1, SOON));
    CHECK_INT(later.ok, 1);
    CHECK_INT(later.late, 2);
    FAILS(AMI_E_STATE, ami_client_new(config, &none, &error));
    CHECK(none == NULL);
    clear(&error);
    FAILS(AMI_E_STATE, ami_client_connect(config, &none, &error));
    clear(&error);
    ami_gateway *no_gateway = NULL;
    FAILS(AMI_E_STATE, ami_gateway_connect(config, &no_gateway, &error));
    clear(&error);
    ami_config_free(config);
    OK(ami_client_close(client, &error));
    CHECK_INT(look(&events.drops), 1);
    ami_client_free(client);
    ami_subscription_free(events.subscription);
    fake_stop(server);
}

static void executor_without_clients_comes_and_goes(void) {
    for (int round = 0; round < 100; round++) {
        ami_error *error = NULL;
        executor = ami_executor_new(&error);
        CHECK(executor != NULL && error == NULL && ami_executor_fd(executor) >= 0);
        CHECK(!is_readable());
        CHECK_INT(ami_executor_run(executor, 0), 0);
        ami_executor_free(executor);
    }
    ami_executor_free(NULL);
    CHECK_INT(ami_executor_fd(NULL), -1);
    CHECK_INT(ami_executor_run(NULL, 5), 0);
    executor = ami_executor_new(NULL);
    ami_config *config = ami_config_new();
    STATUS(AMI_E_INVALID, ami_config_set_executor(NULL, executor));
    /* What connects without the thread that the program wanted would call it on others. */
    STATUS(AMI_E_INVALID, ami_config_set_executor(config, NULL));
    ami_error *error = NULL;
    ami_client *client = NULL;
    FAILS(AMI_E_INVALID, ami_client_new(config, &client, &error));
    CHECK_HAS(ami_error_message(error), "ami_config_set_executor");
    clear(&error);
    STATUS(AMI_OK, ami_config_set_executor(config, executor));
    ami_config_free(config);
    ami_executor_free(executor);
}

static void executor_of_the_parent_does_nothing_in_the_child(void) {
    begin();
    watch events = watch_of_this_thread();
    ami_client *client = open_client();
    watch_ticks(client, on_own_thread, &events);
    run_all();
    burst(client, "5");
    CHECK(becomes_readable(SOON));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        ami_config *config = ami_config_new();
        CHILD(ami_executor_fd(executor) == -1);
        CHILD(ami_executor_run(executor, 0) == 0);
        CHILD(ami_config_set_executor(config, executor) == AMI_E_FORKED);
        ami_config_free(config);
        CHILD(ami_client_start(client, NULL) == AMI_E_FORKED);
        ami_subscription_free(events.subscription);
        ami_client_free(client);
        ami_executor_free(executor);
        CHILD(events.calls == 0 && events.drops == 0);
        /* An own one works. */
        executor = ami_executor_new(NULL);
        CHILD(executor != NULL && ami_executor_fd(executor) >= 0 && !is_readable());
        ami_executor_free(executor);
        child_end(child_faults ? 1 : 0);
    }
    CHECK(ends_well(child, SOON));
    /* The child has taken nothing away. */
    CHECK(is_readable());
    CHECK_INT(run_all(), 5);
    ami_client_free(client);
    ami_subscription_free(events.subscription);
    CHECK_INT(events.drops, 1);
    end();
}

/* ---- connecting without waiting ---- */

typedef struct states {
    /* The number of markers, and of those that tell a result. */
    int count, results;
    char last[32], cause[200];
    ami_subscription *subscription;
} states;

static void on_state(const ami_event *event, void *data) {
    states *seen = data;
    const char *cause = ami_event_get(event, "Cause", NULL);
    snprintf(seen->last, sizeof seen->last, "%s", ami_event_get(event, "State", NULL));
    snprintf(seen->cause, sizeof seen->cause, "%s", cause ? cause : "");
    bump_by(&seen->results, strcmp(seen->last, "open") == 0 || strcmp(seen->last, "closed") == 0);
    bump(&seen->count);
}

static ami_client *start_client(states *seen) {
    ami_error *error = NULL;
    ami_client *client = new_client(SOON);
    memset(seen, 0, sizeof *seen);
    OK(ami_client_subscribe(client, "#state", on_state, seen, NULL, &seen->subscription, &error));
    OK(ami_client_start(client, &error));
    return client;
}

static void client_start_returns_at_once_and_a_marker_tells(void) {
    begin();
    ami_error *error = NULL;
    states seen;
    ami_client *client = start_client(&seen);
    run_until(&seen.results, 1);
    CHECK_STR(seen.last, "open");
    CHECK_INT(ami_client_state(client), AMI_STATE_OPEN);
    OK(ami_client_ping(client, NULL, &error));
    FAILS(AMI_E_STATE, ami_client_start(client, &error));
    clear(&error);
    FAILS(AMI_E_STATE, ami_client_open(client, &error));
    clear(&error);
    OK(ami_client_close(client, &error));
    FAILS(AMI_E_CLOSED, ami_client_start(client, &error));
    clear(&error);
    ami_client_free(client);
    ami_subscription_free(seen.subscription);
    FAILS(AMI_E_INVALID, ami_client_start(NULL, &error));
    clear(&error);
    end();
}

static void client_start_that_fails_is_told_with_its_cause(void) {
    fake_options refusing = {.refusal = "Authentication failed"}, hanging_up = {.hang_up = 1};
    const fake_options *options[] = {&refusing, &hanging_up};
    const ami_status reasons[] = {AMI_E_AUTH, AMI_E_DISCONNECTED};
    for (int at = 0; at < 2; at++) {
        ami_error *error = NULL;
        states seen;
        server = fake_start(options[at]);
        executor = ami_executor_new(&error);
        ami_client *client = start_client(&seen);
        run_until(&seen.results, 1);
        CHECK_STR(seen.last, "closed");
        CHECK(strlen(seen.cause) > 10);
        CHECK_LACKS(seen.cause, SECRET);
        FAILS(reasons[at], ami_client_await_state(client, AMI_STATE_OPEN, SOON, &error));
        clear(&error);
        ami_client_free(client);
        ami_subscription_free(seen.subscription);
        end();
    }
}

static void client_start_does_not_wait_for_a_server_that_is_silent(void) {
    fake_options silent = {.banner = ""};
    ami_error *error = NULL;
    states seen;
    server = fake_start(&silent);
    executor = ami_executor_new(&error);
    ami_client *client = start_client(&seen);
    run_until(&seen.count, 1);
    CHECK_STR(seen.last, "connecting");
    FAILS(AMI_E_TIMEOUT, ami_client_await_state(client, AMI_STATE_OPEN, AMI_DONT_WAIT, &error));
    clear(&error);
    /* Closing ends the attempt. */
    OK(ami_client_close(client, &error));
    CHECK_INT(ami_client_state(client), AMI_STATE_CLOSED);
    ami_client_free(client);
    ami_subscription_free(seen.subscription);
    end();
}

static void client_start_needs_no_executor(void) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    server = fake_start(NULL);
    ami_config *config = loopback(fake_port(server));
    OK(ami_client_new(config, &client, &error));
    OK(ami_client_start(client, &error));
    OK(ami_client_await_state(client, AMI_STATE_OPEN, SOON, &error));
    OK(ami_client_ping(client, NULL, &error));
    ami_client_free(client);
    ami_config_free(config);
    fake_stop(server);
}

/* ---- gateways ---- */

typedef struct texts {
    int sms, events, receipts, drops, late;
    pthread_t thread;
} texts;

static void note(texts *seen, int *number) {
    if (!pthread_equal(pthread_self(), seen->thread))
        bump(&seen->late);
    bump(number);
}

static void on_text(const ami_sms *sms, void *data) {
    CHECK_STR(ami_sms_text(sms, NULL), "hello");
    note(data, &((texts *)data)->sms);
}

static void on_item(const ami_event *event, void *data) {
    CHECK_STR(ami_event_name(event), "#sms");
    note(data, &((texts *)data)->events);
}

static void on_receipt(ami_status status, const ami_receipt *receipt, const ami_error *failure, void *data) {
    CHECK((status == AMI_OK) == (receipt != NULL && failure == NULL));
    note(data, &((texts *)data)->receipts);
}

static void on_texts_drop(void *data) {
    note(data, &((texts *)data)->drops);
}

static void executor_runs_the_calls_of_a_gateway(void) {
    ami_error *error = NULL;
    texts all;
    ami_subscription *by_sms = NULL, *by_event = NULL;
    memset(&all, 0, sizeof all);
    all.thread = pthread_self();
    executor = ami_executor_new(&error);
    simulator = simulate("openvox", NULL);
    ami_config *config = config_of(simulator);
    STATUS(AMI_OK, ami_config_set_executor(config, executor));
    gateway = connect_by(config);
    OK(ami_gateway_subscribe_sms(gateway, on_text, &all, on_texts_drop, &by_sms, &error));
    OK(ami_gateway_subscribe(gateway, "#sms", on_item, &all, on_texts_drop, &by_event, &error));
    deliver(1, "10086", "hello", NULL);
    deliver(1, "10086", "hello", NULL);
    for (int at = 0; at < 3; at++) {
        ami_sms_request *request = sms("1", "out", NULL);
        OK(ami_gateway_submit(gateway, request, on_receipt, &all, on_texts_drop, &error));
        ami_sms_request_free(request);
    }
    run_until(&all.sms, 2);
    run_until(&all.events, 2);
    run_until(&all.receipts, 1);
    OK(ami_gateway_close(gateway, NULL, &error));
    CHECK_INT(all.receipts, 3);
    CHECK_INT(all.drops, 5);
    CHECK_INT(run_all(), 0);
    CHECK_INT(all.late, 0);
    ami_subscription_free(by_sms);
    ami_subscription_free(by_event);
    end_gateway();
    ami_executor_free(executor);
}

/* The number of threads of the library's for callbacks. */
static int callback_threads(void) {
    int found = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        char path[300], name[64] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *comm = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (comm && fgets(name, sizeof name, comm) && strcmp(name, "ami-callback\n") == 0)
            found++;
        if (comm)
            fclose(comm);
    }
    closedir(tasks);
    return found;
}

static void executor_needs_no_thread_for_callbacks(void) {
    begin();
    ami_error *error = NULL;
    watch events = watch_of_this_thread(), done = watch_of_this_thread();
    ami_client *client = open_client();
    watch_ticks(client, on_own_thread, &events);
    burst(client, "5");
    submit_here(client, ACTION("Echo", "Value", "x"), &done);
    run_until(&events.calls, 5);
    run_until(&done.calls, 1);
    CHECK_INT(callback_threads(), 0);
    ami_client_free(client);
    ami_subscription_free(events.subscription);
    end();
    OK(ami_shutdown(&error));
}

int main(int argc, char **argv) {
    suite_begin("executor", argc, argv);
    RUN(executor_needs_no_thread_for_callbacks);
    RUN(executor_runs_all_calls_on_its_thread);
    RUN(executor_calls_nothing_outside_of_its_run);
    RUN(executor_may_be_run_by_another_thread_later);
    RUN(executor_is_run_by_one_thread_at_a_time);
    RUN(executor_has_several_clients);
    RUN(run_calls_so_many_functions_at_most);
    RUN(run_returns_in_a_flood);
    RUN(run_returns_if_each_completion_brings_another);
    RUN(descriptor_is_written_once_for_all_that_waits);
    RUN(close_on_its_thread_runs_what_is_left);
    RUN(subscription_free_on_its_thread_runs_the_drop);
    RUN(client_may_be_freed_in_its_callback);
    RUN(executor_may_be_freed_in_its_callback);
    RUN(close_on_another_thread_waits_for_its_thread);
    RUN(close_on_another_thread_is_busy_if_its_thread_does_not_run);
    RUN(callback_on_its_thread_may_wait_for_an_answer);
    RUN(executor_may_be_run_in_its_callback);
    RUN(executor_free_runs_what_waits);
    RUN(executor_without_clients_comes_and_goes);
    RUN(executor_of_the_parent_does_nothing_in_the_child);
    RUN(client_start_returns_at_once_and_a_marker_tells);
    RUN(client_start_that_fails_is_told_with_its_cause);
    RUN(client_start_does_not_wait_for_a_server_that_is_silent);
    RUN(client_start_needs_no_executor);
    RUN(executor_runs_the_calls_of_a_gateway);
    return suite_end();
}
