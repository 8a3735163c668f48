/* libami by its C interface.
 *
 *     libami callback|pull|executor PORT events COUNT [RATE]
 *     libami callback|pull PORT slow SECONDS
 *     libami callback|executor PORT ping|pipelined|window COUNT
 *     libami callback PORT sessions COUNT
 *     libami callback PORT beside paced|bulk|slow SECONDS
 *     libami callback PORT flood SECONDS */
#define _GNU_SOURCE
#include "client.h"
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { DEADLINE_MS = 500, SLOW_US = 1000, PINGS_APART_US = 50000, MOST_PINGS = 1000000, WINDOW = 64 };

static unsigned long handled, checked, lost;
static sem_t finished;
/* With it, callbacks run on this thread. */
static ami_executor *executor;
static int is_over;
static double slow_until;
/* Pings are sent until then, with so long a pause between them. */
static double ping_until;
static unsigned pings_apart_us = PINGS_APART_US;

static void finish(void) {
    is_over = 1;
    sem_post(&finished);
}

/* Waits for `finish`; with an executor, in a loop that runs the callbacks. */
static void await_finish(void) {
    if (executor) {
        struct epoll_event watch = {.events = EPOLLIN}, ready;
        int loop = epoll_create1(EPOLL_CLOEXEC);
        epoll_ctl(loop, EPOLL_CTL_ADD, ami_executor_fd(executor), &watch);
        while (!is_over && epoll_wait(loop, &ready, 1, -1) == 1)
            ami_executor_run(executor, 0);
        close(loop);
    }
    sem_wait(&finished);
}

/* Reads two headers; returns whether it was the last event. */
static int handle(const ami_event *event) {
    if (ami_event_kind(event) == AMI_EVENT_LAGGED) {
        lost += strtoul(ami_event_get(event, "Lost", NULL), NULL, 10);
        return 0;
    }
    size_t channel = 0, id = 0;
    ami_event_get(event, "Channel", &channel);
    ami_event_get(event, "Uniqueid", &id);
    handled++;
    checked += channel + id;
    if (slow_until > 0 && seconds_now() < slow_until)
        usleep(SLOW_US);
    return strcmp(ami_event_name(event), "ReplayEnd") == 0;
}

static void on_event(const ami_event *event, void *unused) {
    (void)unused;
    if (handle(event))
        finish();
}

static void *pull(void *subscription) {
    ami_error *error = NULL;
    for (int over = 0; !over;) {
        ami_event *event = NULL;
        check(ami_subscription_next(subscription, AMI_WAIT_FOREVER, &event, &error), error);
        over = handle(event);
        ami_event_unref(event);
    }
    return NULL;
}

/* All events that the server sends, at a rate or for a time. While the handler is slow, Pings are sent and
 * timed. */
static void events(const ami_client *client, int is_pull, const char *what, const char *much,
                   const char *rate) {
    static double times[MOST_PINGS];
    unsigned long pings = 0;
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    pthread_t thread;
    check(is_pull ? ami_client_open_events(client, NULL, &subscription, &error)
                  : ami_client_subscribe(client, NULL, on_event, NULL, NULL, &subscription, &error),
          error);
    begin();
    ask(client, "Replay", what, much, "Rate", rate);
    if (ping_until > 0) {
        if (is_pull)
            pthread_create(&thread, NULL, pull, subscription);
        while (seconds_now() < ping_until && pings < MOST_PINGS) {
            double asked = seconds_now();
            check(ami_client_ping(client, NULL, &error), error);
            times[pings++] = seconds_now() - asked;
            if (pings_apart_us > 0)
                usleep(pings_apart_us);
        }
        if (is_pull)
            pthread_join(thread, NULL);
    } else if (is_pull) {
        pull(subscription);
    }
    if (!is_pull)
        await_finish();
    if (ping_until > 0 && pings_apart_us == 0)
        report_pings(handled, checked, times, pings);
    else if (ping_until > 0)
        report(handled, checked, "lost", (double)lost, "dropped",
               (double)ami_subscription_stat(subscription, AMI_STAT_DROPPED), "pings", (double)pings,
               "median_us", quantile_us(times, pings, 0.5), "worst_us", quantile_us(times, pings, 1), NULL);
    else
        report(handled, checked, "lost", (double)lost, NULL);
    ami_subscription_free(subscription);
}

static void ping(const ami_client *client, unsigned long count) {
    ami_error *error = NULL;
    ami_action *action = ami_action_new("Ping");
    double *times = malloc(count * sizeof *times);
    begin();
    for (unsigned long i = 0; i < count; i++) {
        ami_response *response;
        double asked = seconds_now();
        check(ami_client_call(client, action, 0, &response, &error), error);
        times[i] = seconds_now() - asked;
        ami_response_unref(response);
    }
    report_pings(count, count, times, count);
    ami_action_free(action);
    free(times);
}

static void on_pong(ami_status status, const ami_response *response, const ami_error *error, void *left) {
    (void)response;
    (void)error;
    __atomic_add_fetch(&checked, status == AMI_OK, __ATOMIC_RELAXED);
    if (__atomic_sub_fetch((unsigned long *)left, 1, __ATOMIC_RELAXED) == 0)
        finish();
}

static void pipelined(const ami_client *client, unsigned long count) {
    ami_error *error = NULL;
    ami_action *action = ami_action_new("Ping");
    unsigned long left = count;
    begin();
    for (unsigned long i = 0; i < count; i++)
        check(ami_client_submit(client, action, 0, on_pong, &left, NULL, &error), error);
    await_finish();
    report(count, checked, NULL);
    ami_action_free(action);
}

/* Pings that follow each other on the thread of an executor: each completion sends the next one. */
static struct {
    const ami_client *client;
    ami_action *action;
    unsigned long count, sent, answered;
    double *times, asked;
} chain;

static void on_link(ami_status status, const ami_response *response, const ami_error *failure, void *unused);

static void send_link(void) {
    ami_error *error = NULL;
    chain.sent++;
    chain.asked = seconds_now();
    check(ami_client_submit(chain.client, chain.action, 0, on_link, NULL, NULL, &error), error);
}

static void on_link(ami_status status, const ami_response *response, const ami_error *failure, void *unused) {
    (void)response;
    (void)failure;
    (void)unused;
    checked += status == AMI_OK;
    if (chain.times)
        chain.times[chain.answered] = seconds_now() - chain.asked;
    if (++chain.answered == chain.count)
        finish();
    else if (chain.sent < chain.count)
        send_link();
}

/* So many Pings, this number of them in flight. Of one at a time the round trips are measured. */
static void keep_chain(const ami_client *client, unsigned long count, unsigned in_flight) {
    chain.client = client;
    chain.action = ami_action_new("Ping");
    chain.count = count;
    chain.times = in_flight == 1 ? malloc(count * sizeof *chain.times) : NULL;
    begin();
    for (unsigned at = 0; at < in_flight; at++)
        send_link();
    await_finish();
    if (chain.times)
        report_pings(count, checked, chain.times, count);
    else
        report(count, checked, NULL);
    ami_action_free(chain.action);
    free(chain.times);
}

static struct {
    pthread_mutex_t lock;
    pthread_cond_t less;
    unsigned in_flight;
} window = {.lock = PTHREAD_MUTEX_INITIALIZER, .less = PTHREAD_COND_INITIALIZER};

static void on_pong_in_window(ami_status status, const ami_response *response, const ami_error *error,
                              void *unused) {
    (void)response;
    (void)error;
    (void)unused;
    pthread_mutex_lock(&window.lock);
    checked += status == AMI_OK;
    window.in_flight--;
    pthread_mutex_unlock(&window.lock);
    pthread_cond_signal(&window.less);
}

/* Waits until fewer Pings than these are in flight. */
static void wait_for_less(unsigned most) {
    pthread_mutex_lock(&window.lock);
    while (window.in_flight >= most)
        pthread_cond_wait(&window.less, &window.lock);
    window.in_flight++;
    pthread_mutex_unlock(&window.lock);
}

/* Keeps a window of Pings in flight. */
static void keep_window(const ami_client *client, unsigned long count) {
    ami_error *error = NULL;
    ami_action *action = ami_action_new("Ping");
    begin();
    for (unsigned long i = 0; i < count; i++) {
        wait_for_less(WINDOW);
        check(ami_client_submit(client, action, 0, on_pong_in_window, NULL, NULL, &error), error);
    }
    wait_for_less(1);
    report(count, checked, NULL);
    ami_action_free(action);
}

/* How long an action takes that is not answered in time. */
static double silence(const ami_client *client) {
    ami_action *action = ami_action_new("Silence");
    double asked = seconds_now();
    ami_client_call(client, action, DEADLINE_MS, NULL, NULL);
    ami_action_free(action);
    return seconds_now() - asked;
}

static void flood(const ami_client *client, const char *seconds) {
    begin();
    double idle = silence(client);
    ask(client, "Flood", "Seconds", seconds, NULL, NULL);
    report(2, 0, "idle_ms", idle * 1e3, "flood_ms", silence(client) * 1e3, NULL);
}

/* The first client starts the threads that all share, and is not counted. */
static void hold(const ami_config *config, unsigned long count) {
    ami_client *first = connect_to(config), **clients = malloc(count * sizeof *clients);
    long before = own("VmRSS"), threads = own("Threads"), fds = own_fds();
    begin();
    for (unsigned long i = 0; i < count; i++)
        clients[i] = connect_to(config);
    double took = seconds_now() - began, memory = (double)(own("VmRSS") - before) / (double)count;
    double idle = cpu_seconds();
    sleep(1);
    idle = cpu_seconds() - idle;
    report(count, 0, "kb_each", memory, "threads_more", (double)(own("Threads") - threads), "fds_each",
           (double)(own_fds() - fds) / (double)count, "idle_cpu_us", idle * 1e6 / (double)count, "connect_s",
           took, NULL);
    for (unsigned long i = 0; i < count; i++)
        ami_client_free(clients[i]);
    ami_client_free(first);
    free(clients);
}

int main(int argc, char **argv) {
    if (argc < 5)
        return 2;
    int is_pull = strcmp(argv[1], "pull") == 0;
    const char *mode = argv[3];
    unsigned long count = strtoul(argv[4], NULL, 10);
    const char *rate = argc > 5 ? argv[5] : "0";
    sem_init(&finished, 0, 0);
    ami_config *config = config_for(argv[2]);
    ami_error *error = NULL;
    if (strcmp(argv[1], "executor") == 0) {
        executor = ami_executor_new(&error);
        check(executor ? ami_config_set_executor(config, executor) : AMI_E_IO, error);
    }
    if (strcmp(mode, "sessions") == 0) {
        hold(config, count);
        ami_config_free(config);
        return 0;
    }
    /* In bulk nothing may be lost: what is measured is the whole path of every event. */
    if (strcmp(mode, "events") == 0 && strcmp(rate, "0") == 0)
        ami_config_set_event_queue(config, (size_t)1 << 24, (size_t)1 << 34, AMI_QUEUE_DROP_OLDEST);
    ami_client *client = connect_to(config);
    if (executor && (strcmp(mode, "ping") == 0 || strcmp(mode, "window") == 0)) {
        keep_chain(client, count, strcmp(mode, "ping") == 0 ? 1 : WINDOW);
    } else if (strcmp(mode, "ping") == 0) {
        ping(client, count);
    } else if (strcmp(mode, "pipelined") == 0) {
        pipelined(client, count);
    } else if (strcmp(mode, "window") == 0) {
        keep_window(client, count);
    } else if (strcmp(mode, "beside") == 0) {
        ping_until = seconds_now() + strtod(argv[5], NULL);
        slow_until = strcmp(argv[4], "slow") == 0 ? ping_until : 0;
        pings_apart_us = 0;
        events(client, 0, "Seconds", argv[5], strcmp(argv[4], "paced") == 0 ? PACE : "0");
    } else if (strcmp(mode, "flood") == 0) {
        flood(client, argv[4]);
    } else {
        int is_slow = strcmp(mode, "slow") == 0;
        ping_until = slow_until = is_slow ? seconds_now() + (double)count : 0;
        events(client, is_pull, is_slow ? "Seconds" : "Count", argv[4], rate);
    }
    ami_client_free(client);
    ami_config_free(config);
    ami_executor_free(executor);
    return 0;
}
