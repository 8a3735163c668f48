/* Programs that do things to themselves while the library is in them: they have many descriptors open, get
 * signals, become a daemon or another program, and end in each way there is. */

/* For quick_exit, which is younger than the C of these tests. */
#define _ISOC11_SOURCE

#include "check.h"
#include "child.h"
#include "fake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int is_slow(void) {
    const char *slow = getenv("AMI_TEST_SLOW");
    return slow && *slow;
}

static void count(const ami_event *event, void *data) {
    (void)event;
    bump(data);
}

static void completed(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    (void)response;
    (void)error;
    if (status == AMI_OK)
        bump(data);
}

/* Pulls so many Ticks and checks that they are the ones from this number on, each once. */
static void expect_ticks(ami_subscription *pulled, int first, int count, int through_descriptor) {
    ami_error *error = NULL;
    for (int number = first; number < first + count;) {
        ami_event *event = NULL;
        if (through_descriptor) {
            struct pollfd ready = {ami_subscription_fd(pulled), POLLIN, 0};
            int found = poll(&ready, 1, SOON);
            if (found < 0 && errno == EINTR)
                continue;
            if (!CHECK_INT(found, 1))
                return;
            OK(ami_subscription_next(pulled, 0, &event, &error));
        } else {
            OK(ami_subscription_next(pulled, SOON, &event, &error));
        }
        if (!CHECK(event != NULL) || !CHECK_INT(atoi(ami_event_get(event, "Number", NULL)), number))
            number = first + count;
        ami_event_unref(event);
        number++;
    }
}

static void burst(const ami_client *client, int first, int count) {
    char from[16], number[16];
    ami_error *error = NULL;
    snprintf(from, sizeof from, "%d", first);
    snprintf(number, sizeof number, "%d", count);
    OK(call(client, ACTION("Burst", "First", from, "Count", number), NULL, &error));
}

/* ---------------------------------------------------------------------------------------------- descriptors
 */

/* select() knows none above 1023, and FD_SET with one writes past its end. */
static void descriptors_above_1024_work(void) {
    enum { FIRST = 1100 };
    static int open_ones[FIRST];
    struct rlimit limit;
    int opened = 0;
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < FIRST + 200) {
        limit.rlim_cur = limit.rlim_max;
        CHECK_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
    }
    while (opened < FIRST) {
        int one = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (!CHECK(one >= 0))
            break;
        open_ones[opened++] = one;
        if (one >= FIRST)
            break;
    }
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_subscription *pulled = NULL, *called = NULL;
    int calls = 0, done = 0;
    ami_client *client = fake_client(server);
    OK(ami_client_open_events(client, "Tick", &pulled, &error));
    OK(ami_client_subscribe(client, "Tick", count, &calls, NULL, &called, &error));
    CHECK(ami_subscription_fd(pulled) > 1023);
    struct pollfd ready = {ami_subscription_fd(pulled), POLLIN, 0};
    CHECK_INT(poll(&ready, 1, 0), 0);
    OK(ami_client_ping(client, NULL, &error));
    burst(client, 0, 100);
    expect_ticks(pulled, 0, 100, 1);
    QUIET(pulled, 0);
    CHECK_INT(poll(&ready, 1, 0), 0);
    CHECK(await(&calls, 100, SOON));
    ami_action *action = ACTION("Echo", "Value", "x");
    for (int at = 0; at < 100; at++)
        OK(ami_client_submit(client, action, 0, completed, &done, NULL, &error));
    ami_action_free(action);
    CHECK(await(&done, 100, SOON));
    OK(ami_client_close(client, &error));
    CHECK_INT(poll(&ready, 1, SOON), 1);
    ami_subscription_free(pulled);
    ami_subscription_free(called);
    ami_client_free(client);
    fake_stop(server);
    while (opened > 0)
        close(open_ones[--opened]);
}

/* -------------------------------------------------------------------------------------------------- signals
 */

/* Threads of the tests take none of these unless they ask for it; those of the library never do. */
#define HAMMER SIGUSR1

static int hits;

static void hit(int number) {
    (void)number;
    __atomic_fetch_add(&hits, 1, __ATOMIC_RELAXED);
}

static int hit_count(void) {
    return __atomic_load_n(&hits, __ATOMIC_RELAXED);
}

/* Without SA_RESTART: every call of the system that waits ends with EINTR. */
static void handle(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = hit;
    __atomic_store_n(&hits, 0, __ATOMIC_RELAXED);
    CHECK_INT(sigaction(HAMMER, &action, NULL), 0);
}

static void take(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, HAMMER);
    pthread_sigmask(how, &set, NULL);
}

/* An interval timer that interrupts this thread, and this one only, all the time. */
static timer_t hammer(void) {
    timer_t timer = 0;
    struct sigevent event;
    struct itimerspec often;
    memset(&event, 0, sizeof event);
    memset(&often, 0, sizeof often);
    handle();
    take(SIG_UNBLOCK);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = HAMMER;
    often.it_value.tv_nsec = often.it_interval.tv_nsec = is_slow() ? 5000000 : 100000;
    CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    CHECK_INT(timer_settime(timer, 0, &often, NULL), 0);
    return timer;
}

static void stop_hammering(timer_t timer) {
    CHECK_INT(timer_delete(timer), 0);
    take(SIG_BLOCK);
    CHECK(hit_count() > 20);
}

/* The record of the server. */
typedef struct asked {
    int echoes, held, strange;
    /* The action that is not answered until the test says so. */
    fake_link *link;
    char id[80];
} asked;

static int note(fake_link *link, const fake_frame *action, void *data) {
    asked *asked = data;
    const char *name = frame_get(action, "Action");
    if (action->count < 2 || strcmp(action->names[0], "Action") != 0 ||
        strcmp(action->names[1], "ActionID") != 0)
        bump(&asked->strange);
    if (strcmp(name, "Echo") == 0)
        bump(&asked->echoes);
    if (strcmp(name, "Hold") != 0)
        return 0;
    asked->link = link;
    snprintf(asked->id, sizeof asked->id, "%s", frame_get(action, "ActionID"));
    bump(&asked->held);
    return 1;
}

static void release(asked *asked) {
    fake_say(asked->link, "Response: Success\r\nActionID: %s\r\nValue: at last\r\n\r\n", asked->id);
}

static void stuck(const ami_event *event, void *data) {
    int *state = data;
    (void)event;
    bump(&state[0]);
    linger(300);
    bump(&state[1]);
}

static void signals_of_an_interval_timer_break_no_call(void) {
    int rounds = is_slow() ? 100 : 2000, done = 0, calls = 0, state[2] = {0, 0};
    asked asked = {0};
    fake_options options = {0};
    options.action = note;
    options.data = &asked;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_subscription *pulled = NULL, *called = NULL, *late = NULL;
    ami_config *config = loopback(fake_port(server));
    timer_t timer = hammer();
    OK(ami_client_connect(config, &client, &error));
    OK(ami_client_open_events(client, "Tick", &pulled, &error));
    OK(ami_client_subscribe(client, "Tick", count, &calls, NULL, &called, &error));
    ami_action *ping = ACTION("Ping");
    for (int round = 0; round < rounds; round++) {
        ami_response *response = NULL;
        char value[16];
        snprintf(value, sizeof value, "%d", round);
        OK(call(client, ACTION("Echo", "Value", value), &response, &error));
        CHECK_STR(ami_response_get(response, "Value", NULL), value);
        ami_response_unref(response);
        OK(ami_client_submit(client, ping, 0, completed, &done, NULL, &error));
        if (round % 10 == 0) {
            OK(call(client, ACTION("List", "Count", "20"), &response, &error));
            CHECK_INT(ami_response_event_count(response), 20);
            ami_response_unref(response);
            FAILS(AMI_E_ACTION, ami_client_command(client, "core show version", 0, NULL, &error));
            clear(&error);
            burst(client, 20 * round, 200);
            expect_ticks(pulled, 20 * round, 200, round % 20 == 0);
        }
    }
    ami_action_free(ping);
    CHECK(await(&done, rounds, SOON));
    CHECK(await(&calls, 20 * rounds, SOON));
    CHECK_INT(look(&asked.echoes), rounds);
    CHECK_INT(look(&asked.strange), 0);
    /* A wait that is interrupted neither ends early nor begins anew. */
    uint64_t from = now_ms();
    QUIET(pulled, 300);
    CHECK(now_ms() - from >= 299 && now_ms() - from < 5000);
    ami_action *silent = ACTION("Silent");
    from = now_ms();
    FAILS(AMI_E_OUTCOME_UNKNOWN, ami_client_call(client, silent, 300, NULL, &error));
    clear(&error);
    CHECK(now_ms() - from >= 299 && now_ms() - from < 5000);
    ami_action_free(silent);
    /* Close waits for a callback that runs. */
    OK(ami_client_subscribe(client, "Tick", stuck, state, NULL, &late, &error));
    burst(client, 0, 1);
    CHECK(await(&state[0], 1, SOON));
    OK(ami_client_close(client, &error));
    CHECK_INT(look(&state[1]), 1);
    ami_subscription_free(late);
    ami_subscription_free(called);
    ami_subscription_free(pulled);
    ami_client_free(client);
    /* Connecting, where most of it waits, again and again. */
    for (int round = 0; round < rounds / 20; round++) {
        OK(ami_client_connect(config, &client, &error));
        OK(ami_client_ping(client, NULL, &error));
        ami_client_free(client);
    }
    CHECK_INT(look(fake_logins(server)), 1 + rounds / 20);
    stop_hammering(timer);
    ami_config_free(config);
    fake_stop(server);
}

typedef struct waiter {
    ami_client *client;
    ami_subscription *pulled;
    ami_config *config;
    pthread_t id;
    int inside, over;
} waiter;

static void *wait_for_answer(void *data) {
    waiter *self = data;
    ami_error *error = NULL;
    ami_response *response = NULL;
    take(SIG_UNBLOCK);
    self->id = pthread_self();
    bump(&self->inside);
    OK(call(self->client, ACTION("Hold"), &response, &error));
    CHECK_STR(ami_response_get(response, "Value", NULL), "at last");
    ami_response_unref(response);
    bump(&self->over);
    take(SIG_BLOCK);
    return NULL;
}

static void *wait_for_event(void *data) {
    waiter *self = data;
    ami_error *error = NULL;
    ami_event *event = NULL;
    take(SIG_UNBLOCK);
    self->id = pthread_self();
    bump(&self->inside);
    OK(ami_subscription_next(self->pulled, AMI_WAIT_FOREVER, &event, &error));
    CHECK_STR(ami_event_get(event, "Number", NULL), "7");
    ami_event_unref(event);
    bump(&self->over);
    take(SIG_BLOCK);
    return NULL;
}

static void *wait_for_server(void *data) {
    waiter *self = data;
    ami_error *error = NULL;
    ami_client *client = NULL;
    take(SIG_UNBLOCK);
    self->id = pthread_self();
    bump(&self->inside);
    FAILS(AMI_E_TIMEOUT, ami_client_connect(self->config, &client, &error));
    clear(&error);
    bump(&self->over);
    take(SIG_BLOCK);
    return NULL;
}

/* The calls wait already when the handler is installed, and are then interrupted many times. */
static void signal_handler_installed_while_calls_wait_breaks_none(void) {
    asked asked = {0};
    fake_options options = {0}, mute = {0};
    options.action = note;
    options.data = &asked;
    mute.mute = 1;
    fake *server = fake_start(&options), *silent = fake_start(&mute);
    ami_error *error = NULL;
    waiter waiters[3];
    thread *threads[3];
    thread_fn *const waits[3] = {wait_for_answer, wait_for_event, wait_for_server};
    memset(waiters, 0, sizeof waiters);
    ami_client *client = fake_client(server);
    waiters[0].client = client;
    OK(ami_client_open_events(client, "Tick", &waiters[1].pulled, &error));
    waiters[2].config = loopback(fake_port(silent));
    STATUS(AMI_OK, ami_config_set_connect_timeout_ms(waiters[2].config, 2000));
    /* Until then the signal is nothing to anybody. */
    signal(HAMMER, SIG_IGN);
    uint64_t from = now_ms();
    for (int at = 0; at < 3; at++)
        threads[at] = start(waits[at], &waiters[at]);
    for (int at = 0; at < 3; at++)
        CHECK(await(&waiters[at].inside, 1, SOON));
    CHECK(await(&asked.held, 1, SOON));
    handle();
    for (int round = 0; round < 300; round++) {
        int before = hit_count();
        for (int at = 0; at < 3; at++)
            if (!look(&waiters[at].over))
                pthread_kill(waiters[at].id, HAMMER);
        /* Signals that wait are merged, so each round waits for its own. */
        for (uint64_t until = now_ms() + 1000; hit_count() < before + 2 && now_ms() < until;)
            sched_yield();
    }
    CHECK(hit_count() >= 600);
    CHECK_INT(look(&waiters[0].over) + look(&waiters[1].over), 0);
    CHECK_INT(look(&asked.held), 1);
    release(&asked);
    CHECK(await(&waiters[0].over, 1, SOON));
    burst(client, 7, 1);
    CHECK(await(&waiters[1].over, 1, SOON));
    CHECK(await(&waiters[2].over, 1, SOON));
    CHECK(now_ms() - from >= 1999);
    for (int at = 0; at < 3; at++)
        join(threads[at]);
    ami_subscription_free(waiters[1].pulled);
    ami_config_free(waiters[2].config);
    ami_client_free(client);
    fake_stop(server);
    fake_stop(silent);
}

/* -------------------------------------------------------------------------------- programs of their own ways
 */

static ami_client *client;
static ami_config *configuration;
static ami_subscription *subscription;
static int calls;

static int has(const char *way, const char *words) {
    return strstr(way, words) != NULL;
}

static int log_in(uint16_t port) {
    ami_error *error = NULL;
    configuration = loopback(port);
    return ami_client_connect(configuration, &client, &error) == AMI_OK &&
           ami_client_ping(client, NULL, &error) == AMI_OK;
}

/* A client that works: calls, callbacks, a descriptor. */
static void use(void) {
    ami_error *error = NULL;
    ami_client *own = NULL;
    ami_subscription *pulled = NULL, *called = NULL;
    int heard = 0;
    CHILD(ami_client_connect(configuration, &own, &error) == AMI_OK);
    CHILD(ami_client_open_events(own, "Tick", &pulled, &error) == AMI_OK);
    CHILD(ami_client_subscribe(own, "Tick", count, &heard, NULL, &called, &error) == AMI_OK);
    CHILD(ami_client_ping(own, NULL, &error) == AMI_OK);
    CHILD(call(own, ACTION("Refuse"), NULL, &error) == AMI_E_ACTION);
    clear(&error);
    CHILD(call(own, ACTION("Burst", "Count", "10", "First", "0"), NULL, &error) == AMI_OK);
    struct pollfd ready = {ami_subscription_fd(pulled), POLLIN, 0};
    CHILD(poll(&ready, 1, SOON) == 1);
    CHILD(await(&heard, 10, SOON));
    CHILD(ami_client_close(own, &error) == AMI_OK);
    CHILD(ami_error_code(error) == AMI_OK);
    ami_subscription_free(pulled);
    ami_subscription_free(called);
    ami_client_free(own);
}

static int well(void) {
    if (child_faults == 0)
        dprintf(child_out, "well\n");
    return child_faults;
}

/* Connects, and becomes a daemon as programs do that follow the book. */
static int daemon_after_connecting(const char *way, uint16_t port) {
    ami_error *error = NULL;
    ami_subscription *pulled = NULL;
    if (!log_in(port))
        return 10;
    if (ami_client_open_events(client, NULL, &pulled, &error) != AMI_OK || ami_subscription_fd(pulled) < 0)
        return 11;
    if (ami_client_subscribe(client, "Tick", count, &calls, NULL, &subscription, &error) != AMI_OK)
        return 12;
    if (call(client, ACTION("Flood", "Pause", "1"), NULL, &error) != AMI_OK)
        return 13;
    pid_t child = fork();
    if (child < 0)
        return 14;
    if (child > 0) {
        if (has(way, "_exit"))
            _exit(0);
        exit(0);
    }
    CHILD(setsid() > 0);
    CHILD(ami_client_ping(client, NULL, &error) == AMI_E_FORKED);
    CHILD(ami_error_code(error) == AMI_E_FORKED);
    clear(&error);
    ami_subscription_free(pulled);
    ami_subscription_free(subscription);
    ami_client_free(client);
    use();
    /* Once the handle is freed here and the parent is gone, nobody holds the first link: the server must not
     * go on writing to it for as long as the daemon lives. The one of `use` has ended as well. */
    ami_client *own = NULL;
    CHILD(ami_client_connect(configuration, &own, &error) == AMI_OK);
    int links = 2;
    for (uint64_t until = now_ms() + SOON / 2; links > 1 && now_ms() < until; linger(10)) {
        ami_response *response = NULL;
        CHILD(call(own, ACTION("Links"), &response, &error) == AMI_OK);
        links = response ? atoi(ami_response_get(response, "Value", NULL)) : 0;
        ami_response_unref(response);
    }
    CHILD(links == 1);
    ami_client_free(own);
    child_end(well());
    return 15;
}

static int daemon_before_connecting(uint16_t port) {
    pid_t child = fork();
    if (child != 0)
        _exit(child > 0 ? 0 : 14);
    CHILD(setsid() > 0);
    child = fork();
    if (child != 0)
        _exit(child > 0 ? 0 : 14);
    child_out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
    CHILD(chdir("/") == 0);
    int nothing = open("/dev/null", O_RDWR);
    for (int at = 0; at < 3; at++)
        CHILD(dup2(nothing, at) == at);
    configuration = loopback(port);
    use();
    ami_config_free(configuration);
    return well();
}

/* The library's own descriptors may then have these numbers, and nothing may be written to them that is no
 * AMI. */
static int without_standard_descriptors(uint16_t port) {
    struct stat status;
    ami_error *error = NULL;
    child_out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
    for (int at = 0; at < 3; at++)
        close(at);
    CHILD(log_in(port));
    int taken = 0, sockets = 0;
    for (int at = 0; at < 3; at++) {
        taken += fstat(at, &status) == 0;
        sockets += fstat(at, &status) == 0 && S_ISSOCK(status.st_mode);
    }
    CHILD(taken == 3);
    CHILD(sockets > 0);
    use();
    /* Whatever goes wrong is said to the caller only. */
    ami_client *other = NULL;
    ami_config *nowhere = loopback(1);
    CHILD(ami_client_connect(nowhere, &other, &error) == AMI_E_REFUSED);
    clear(&error);
    CHILD(ami_client_call(NULL, NULL, 0, NULL, NULL) == AMI_E_INVALID);
    CHILD(ami_config_set_secret(nowhere, "a\nb") == AMI_E_INVALID);
    ami_config_free(nowhere);
    CHILD(call(client, ACTION("Echo", "Value", "a\r\nb"), NULL, &error) == AMI_E_INVALID);
    clear(&error);
    CHILD(call(client, ACTION("Break"), NULL, &error) == AMI_E_OUTCOME_UNKNOWN);
    clear(&error);
    ami_client_free(client);
    ami_config_free(configuration);
    /* Its thread, which has one or two of them, ends by itself. */
    for (uint64_t until = now_ms() + SOON; taken > 0 && now_ms() < until; linger(1)) {
        taken = 0;
        for (int at = 0; at < 3; at++)
            taken += fcntl(at, F_GETFD) >= 0;
    }
    CHILD(taken == 0);
    return well();
}

/* Counts the open descriptors; after exec there must be only those from before. */
static int count_descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    int found = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        found += *entry->d_name != '.' && atoi(entry->d_name) != dirfd(folder);
    closedir(folder);
    return found;
}

static void busy(const ami_event *event, void *data) {
    count(event, data);
    for (volatile int spin = 0; spin < 20000; spin++) {
    }
}

static void *call_all_the_time(void *data) {
    for (;;) {
        ami_client_ping(client, NULL, NULL);
        bump(data);
    }
    return NULL;
}

static void *wait_for_ever(void *data) {
    ami_response *response = NULL;
    (void)data;
    ami_action *action = ACTION("Silent");
    ami_client_call(client, action, 1000000, &response, NULL);
    return NULL;
}

static void *connect_for_ever(void *data) {
    ami_client *other = NULL;
    ami_client_new(configuration, &other, NULL);
    bump(data);
    ami_client_open(other, NULL);
    return NULL;
}

static const char *way_to_end;

static void end(void) {
    if (has(way_to_end, "quick_exit"))
        quick_exit(0);
    if (has(way_to_end, "_exit"))
        _exit(0);
    if (has(way_to_end, "abort"))
        abort();
    if (has(way_to_end, "SIGTERM"))
        kill(getpid(), SIGTERM);
    if (has(way_to_end, "SIGKILL"))
        kill(getpid(), SIGKILL);
    if (has(way_to_end, "exit"))
        exit(0);
    for (;;)
        linger(1000);
}

static void *end_here(void *data) {
    (void)data;
    end();
    return NULL;
}

static void end_in_completion(ami_status status, const ami_response *response, const ami_error *error,
                              void *data) {
    (void)status;
    (void)response;
    (void)error;
    (void)data;
    end();
}

static void end_in_callback(const ami_event *event, void *data) {
    (void)event;
    (void)data;
    end();
}

static void end_in_handler(int number) {
    (void)number;
    _exit(0);
}

static void *free_and_return(void *data) {
    (void)data;
    ami_client_ping(client, NULL, NULL);
    ami_subscription_free(subscription);
    ami_client_free(client);
    ami_config_free(configuration);
    return NULL;
}

/* Ends in the middle of everything: events in callbacks and in a queue, calls that are answered and one that
 * is not. */
static int ending(const char *way, uint16_t port) {
    ami_error *error = NULL;
    ami_subscription *pulled = NULL;
    /* Threads still use it while the first one ends. */
    static int pings;
    int descriptors = count_descriptors();
    struct rlimit none = {0, 0};
    way_to_end = way;
    setrlimit(RLIMIT_CORE, &none);
    if (has(way, "connecting")) {
        configuration = loopback(port);
        start(connect_for_ever, &pings);
        await(&pings, 1, SOON);
        end();
    }
    if (!log_in(port))
        return 10;
    if (ami_client_subscribe(client, "Tick", has(way, "in a callback") ? end_in_callback : busy, &calls, NULL,
                             &subscription, &error) != AMI_OK)
        return 11;
    if (has(way, "the first thread ends")) {
        call(client, ACTION("Flood", "Pause", "1"), NULL, &error);
        start(free_and_return, NULL);
        pthread_exit(NULL);
    }
    if (ami_client_open_events(client, NULL, &pulled, &error) != AMI_OK)
        return 12;
    /* With a pause, so that answers come through as well. */
    call(client, ACTION("Flood", "Pause", "1"), NULL, &error);
    if (has(way, "in a callback"))
        for (;;)
            linger(1000);
    start(call_all_the_time, &pings);
    start(wait_for_ever, NULL);
    await(&calls, 50, SOON);
    await(&pings, 50, SOON);
    if (has(way, "in a handler")) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = end_in_handler;
        sigaction(SIGTERM, &action, NULL);
    }
    if (has(way, "becomes another")) {
        char before[16];
        snprintf(before, sizeof before, "%d", descriptors);
        execl(suite_program(), suite_program(), "has so many descriptors", before, (char *)NULL);
        return 13;
    }
    if (has(way, "in another thread")) {
        start(end_here, NULL);
        call_all_the_time(&pings);
    }
    if (has(way, "in a completion")) {
        ami_action *action = ACTION("Ping");
        ami_client_submit(client, action, 0, end_in_completion, NULL, NULL, &error);
        call_all_the_time(&pings);
    }
    if (has(way, "returns"))
        return 0;
    end();
    return 14;
}

static int other_program(const char *way, uint16_t port) {
    if (has(way, "connects and becomes a daemon"))
        return daemon_after_connecting(way, port);
    if (has(way, "a daemon that connects"))
        return daemon_before_connecting(port);
    if (has(way, "without standard descriptors"))
        return without_standard_descriptors(port);
    if (has(way, "has so many descriptors")) {
        CHILD(count_descriptors() == port);
        return well();
    }
    return ending(way, port);
}

/* -------------------------------------------------------------------------------------------------- daemons
 */

static fake *server;

static int tell_links(fake_link *link, const fake_frame *action, void *data) {
    char line[40];
    if (strcmp(frame_get(action, "Action"), "Links") != 0)
        return note(link, action, data);
    snprintf(line, sizeof line, "Value: %d\r\n", look(fake_logins(server)) - look(fake_ends(server)));
    fake_answer(link, action, line);
    return 1;
}

static void program(const char *way, int ending, const char *saying, int rounds) {
    asked asked = {0};
    fake_options options = {0};
    char port[16];
    options.action = tell_links;
    options.data = &asked;
    options.mute = has(way, "connecting") && !has(way, "daemon");
    server = fake_start(&options);
    snprintf(port, sizeof port, "%d", fake_port(server));
    const char *const command[] = {suite_program(), way, port, NULL};
    for (int round = 0; round < rounds; round++) {
        if (!runs(command, ending, saying)) {
            printf("    when it does: %s\n", way);
            break;
        }
    }
    CHECK_INT(look(&asked.strange), 0);
    fake_stop(server);
}

#ifndef __SANITIZE_ADDRESS__
static void daemon_whose_program_connected_before_works(void) {
    program("connects and becomes a daemon by exit", 0, "well\n", 3);
    program("connects and becomes a daemon by _exit", 0, "well\n", 3);
}
#endif

static void daemon_connects(void) {
    program("a daemon that connects", 0, "well\n", 3);
}

static void program_without_standard_descriptors_works(void) {
    program("without standard descriptors", 0, "well\n", 3);
}

static void program_becomes_another_under_traffic(void) {
    program("becomes another under traffic", 0, "well\n", 3);
}

static void programs_end_under_traffic(void) {
    static const char *const ways[] = {
        "exit",
        "_exit",
        "quick_exit",
        "returns from main",
        "exit in another thread",
        "_exit in another thread",
        "quick_exit in another thread",
        "exit in a completion",
        "quick_exit in a completion",
        "quick_exit in a callback",
        "SIGTERM in a handler",
        "exit while connecting",
        "quick_exit while connecting",
        "the first thread ends and another one frees",
    };
    for (size_t at = 0; at < sizeof ways / sizeof *ways; at++)
        program(ways[at], 0, "", 3);
}

static void programs_are_killed_under_traffic(void) {
    program("SIGTERM", 1000 + SIGTERM, "", 3);
    program("SIGTERM in another thread", 1000 + SIGTERM, "", 3);
    program("SIGTERM in a completion", 1000 + SIGTERM, "", 3);
    program("SIGKILL", 1000 + SIGKILL, "", 3);
    program("abort", 1000 + SIGABRT, "", 3);
    program("abort in a callback", 1000 + SIGABRT, "", 3);
}

int main(int argc, char **argv) {
    suite_begin("processes", argc, argv);
    if (argc == 3)
        return other_program(argv[1], (uint16_t)atoi(argv[2]));
    /* Inherited by all threads. */
    take(SIG_BLOCK);
    /* Programs that end in the middle of everything leave everything behind. */
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    RUN(descriptors_above_1024_work);
    RUN(signals_of_an_interval_timer_break_no_call);
    RUN(signal_handler_installed_while_calls_wait_breaks_none);
#ifndef __SANITIZE_ADDRESS__
    /* The sanitizer's allocator may be locked at the fork, and stays so in the child. */
    RUN(daemon_whose_program_connected_before_works);
#endif
    RUN(daemon_connects);
    RUN(program_without_standard_descriptors_works);
    RUN(program_becomes_another_under_traffic);
    RUN(programs_end_under_traffic);
    RUN(programs_are_killed_under_traffic);
    return suite_end();
}
