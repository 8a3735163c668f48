/* A system that starts no more threads: everything that was accepted still ends, exactly once. */
#define _GNU_SOURCE
#include "check.h"
#include "fake.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

/* Threads that may still be started; below 0: any number. */
static int allowed = -1;

typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* In front of the system's, for this program and the library. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data) {
    static create_fn *real;
    if (!__atomic_load_n(&real, __ATOMIC_ACQUIRE)) {
        void *found = dlsym(RTLD_NEXT, "pthread_create");
        create_fn *function;
        memcpy(&function, &found, sizeof function);
        __atomic_store_n(&real, function, __ATOMIC_RELEASE);
    }
    int left = look(&allowed);
    if (left == 0)
        return EAGAIN;
    if (left > 0)
        put(&allowed, left - 1);
    return __atomic_load_n(&real, __ATOMIC_ACQUIRE)(thread, attributes, run, data);
}

typedef struct watch {
    int calls, drops, entered, leave;
    ami_status status;
} watch;

static void on_drop(void *data) {
    bump(&((watch *)data)->drops);
}

static void on_done(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    watch *seen = data;
    (void)response, (void)error;
    seen->status = status;
    bump(&seen->calls);
}

static void on_event(const ami_event *event, void *data) {
    (void)event;
    bump(&((watch *)data)->calls);
}

static void stuck_event(const ami_event *event, void *data) {
    watch *seen = data;
    (void)event;
    bump(&seen->calls);
    bump(&seen->entered);
    await(&seen->leave, 1, SOON);
}

static ami_status submit(const ami_client *client, ami_action *action, watch *seen, ami_error **error) {
    ami_status status = ami_client_submit(client, action, 0, on_done, seen, on_drop, error);
    ami_action_free(action);
    return status;
}

static int thread_count(void) {
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *task; tasks && (task = readdir(tasks));)
        count += task->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return count;
}

/* As many as the program began with: those of the clients before have ended. */
static int at_first;

static void await_the_end_of_all_threads(void) {
    for (uint64_t until = now_ms() + SOON; thread_count() > at_first && now_ms() < until;)
        linger(1);
    CHECK_INT(thread_count(), at_first);
}

static void threads_none_left_refuses_the_submit_and_the_subscription(void) {
    await_the_end_of_all_threads();
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    watch seen = {0}, later = {0};
    put(&allowed, 0);
    if (FAILS(AMI_E_IO, submit(client, ACTION("Echo", "Value", "x"), &seen, &error))) {
        CHECK_HAS(ami_error_message(error), "no thread for callbacks could be started");
        CHECK_HAS(ami_error_message(error), "ulimit -u");
    }
    clear(&error);
    FAILS(AMI_E_IO, ami_client_subscribe(client, "Tick", on_event, &seen, on_drop, &subscription, &error));
    clear(&error);
    CHECK(subscription == NULL);
    /* Calls that need no such thread go on. */
    OK(ami_client_ping(client, NULL, &error));
    put(&allowed, -1);
    OK(submit(client, ACTION("Echo", "Value", "x"), &later, &error));
    CHECK(await(&later.drops, 1, SOON));
    CHECK_INT(later.status, AMI_OK);
    OK(ami_client_close(client, &error));
    ami_client_free(client);
    CHECK_INT(look(&seen.calls) + look(&seen.drops), 0);
    CHECK_INT(look(&later.calls), 1);
    CHECK_INT(look(&later.drops), 1);
    fake_stop(server);
}

static void threads_one_is_enough_for_every_completion_and_event(void) {
    enum { COUNT = 200 };
    await_the_end_of_all_threads();
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    watch events = {0}, done[COUNT] = {{0}}, first = {0};
    put(&allowed, 1);
    OK(submit(client, ACTION("Echo", "Value", "x"), &first, &error));
    CHECK(await(&first.drops, 1, SOON));
    ami_subscription *subscription = NULL;
    OK(ami_client_subscribe(client, "Tick", on_event, &events, on_drop, &subscription, &error));
    for (int at = 0; at < COUNT; at++)
        OK(submit(client, ACTION(at % 2 ? "Silent" : "Echo", "Value", "x"), &done[at], &error));
    OK(call(client, ACTION("Burst", "Count", "50", "First", "0"), NULL, &error));
    CHECK(await(&events.calls, 50, SOON));
    OK(ami_client_close(client, &error));
    int wrong = 0;
    for (int at = 0; at < COUNT; at++)
        wrong += look(&done[at].calls) != 1 || look(&done[at].drops) != 1;
    CHECK_INT(wrong, 0);
    CHECK_INT(look(&events.drops), 1);
    ami_subscription_free(subscription);
    ami_client_free(client);
    put(&allowed, -1);
    fake_stop(server);
}

/* The only thread is stuck in a callback; what waits behind it runs as soon as it comes back. */
static void threads_that_are_stuck_are_followed_by_what_waited(void) {
    await_the_end_of_all_threads();
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 300));
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    watch stuck = {0}, done = {0};
    ami_subscription *subscription = NULL;
    put(&allowed, 1);
    OK(ami_client_subscribe(client, "Tick", stuck_event, &stuck, on_drop, &subscription, &error));
    OK(call(client, ACTION("Burst", "Count", "1", "First", "0"), NULL, &error));
    CHECK(await(&stuck.entered, 1, SOON));
    OK(submit(client, ACTION("Echo", "Value", "x"), &done, &error));
    FAILS(AMI_E_BUSY, ami_client_close(client, &error));
    clear(&error);
    CHECK_INT(look(&done.calls), 0);
    put(&stuck.leave, 1);
    OK(ami_client_close(client, &error));
    CHECK_INT(look(&done.calls), 1);
    CHECK_INT(look(&done.drops), 1);
    CHECK_INT(look(&stuck.drops), 1);
    ami_subscription_free(subscription);
    ami_client_free(client);
    put(&allowed, -1);
    fake_stop(server);
}

static void shut_down_in_callback(ami_status status, const ami_response *response, const ami_error *error,
                                  void *data) {
    watch *seen = data;
    (void)status, (void)response, (void)error;
    seen->status = ami_shutdown(NULL);
    bump(&seen->calls);
}

static void shutdown_waits_for_the_end_of_all_threads(void) {
    ami_error *error = NULL;
    fake *server = fake_start(NULL);
    for (int round = 0; round < 20; round++) {
        ami_client *client = fake_client(server);
        ami_subscription *subscription = NULL;
        watch seen = {0}, events = {0};
        OK(ami_client_subscribe(client, "Tick", on_event, &events, on_drop, &subscription, &error));
        ami_action *action = ACTION("Echo", "Value", "x");
        OK(ami_client_submit(client, action, 0, shut_down_in_callback, &seen, on_drop, &error));
        ami_action_free(action);
        CHECK(await(&seen.drops, 1, SOON));
        CHECK_INT(seen.status, AMI_E_STATE);
        ami_subscription_free(subscription);
        ami_client_free(client);
        OK(ami_shutdown(&error));
    }
    OK(ami_shutdown(&error));
    fake_stop(server);
    CHECK_INT(thread_count(), at_first);
    server = fake_start(NULL);
    ami_client *client = fake_client(server);
    if (FAILS(AMI_E_STATE, ami_shutdown(&error)))
        CHECK_HAS(ami_error_message(error), "free them first");
    clear(&error);
    OK(ami_client_ping(client, NULL, &error));
    ami_client_free(client);
    OK(ami_shutdown(&error));
    fake_stop(server);
}

static void subscription_close_and_free_do_not_wait_for_ever_for_a_callback(void) {
    for (int freeing = 0; freeing < 2; freeing++) {
        fake *server = fake_start(NULL);
        ami_error *error = NULL;
        ami_client *client = NULL;
        ami_config *config = loopback(fake_port(server));
        STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 300));
        OK(ami_client_connect(config, &client, &error));
        ami_config_free(config);
        watch stuck = {0};
        ami_subscription *subscription = NULL;
        OK(ami_client_subscribe(client, "Tick", stuck_event, &stuck, on_drop, &subscription, &error));
        fake_burst(fake_newest(server), 0, 3);
        CHECK(await(&stuck.entered, 1, SOON));
        uint64_t since = now_ms();
        if (freeing)
            ami_subscription_free(subscription);
        else
            STATUS(AMI_E_BUSY, ami_subscription_close(subscription));
        CHECK(now_ms() - since >= 250 && now_ms() - since < SOON / 2);
        CHECK_INT(look(&stuck.drops), 0);
        put(&stuck.leave, 1);
        CHECK(await(&stuck.drops, 1, SOON));
        CHECK_INT(look(&stuck.calls), 1);
        if (!freeing) {
            STATUS(AMI_OK, ami_subscription_close(subscription));
            ami_subscription_free(subscription);
        }
        OK(ami_client_close(client, &error));
        ami_client_free(client);
        CHECK_INT(look(&stuck.drops), 1);
        fake_stop(server);
    }
}

static void threads_none_left_for_input_and_output_is_an_error(void) {
    await_the_end_of_all_threads();
    fake *server = fake_start(NULL);
    ami_client *client = NULL;
    ami_error *error = NULL;
    ami_config *config = loopback(fake_port(server));
    put(&allowed, 0);
    FAILS(AMI_E_IO, ami_client_connect(config, &client, &error));
    clear(&error);
    put(&allowed, -1);
    OK(ami_client_connect(config, &client, &error));
    ami_client_free(client);
    ami_config_free(config);
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("threads", argc, argv);
    at_first = thread_count();
    RUN(threads_none_left_for_input_and_output_is_an_error);
    RUN(threads_none_left_refuses_the_submit_and_the_subscription);
    RUN(threads_one_is_enough_for_every_completion_and_event);
    RUN(threads_that_are_stuck_are_followed_by_what_waited);
    RUN(subscription_close_and_free_do_not_wait_for_ever_for_a_callback);
    RUN(shutdown_waits_for_the_end_of_all_threads);
    return suite_end();
}
