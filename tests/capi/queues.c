/* Bounded queues: what they keep, what they lose and how exactly they say so; pulling, waiting, and the
 * descriptor that a program polls. */
#include "check.h"
#include "fake.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ami_client *limited(fake *server, size_t events, size_t bytes, int32_t policy) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_event_queue(config, events, bytes, policy));
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    return client;
}

/* Once it is answered, all events before the answer have been handed out. */
static void burst(const ami_client *client, int first, int count) {
    char from[16], number[16];
    ami_error *error = NULL;
    snprintf(from, sizeof from, "%d", first);
    snprintf(number, sizeof number, "%d", count);
    OK(call(client, ACTION("Burst", "Count", number, "First", from), NULL, &error));
}

static ami_subscription *open_events(const ami_client *client, const char *names) {
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    OK(ami_client_open_events(client, names, &subscription, &error));
    return subscription;
}

static const char *ending(ami_status status) {
    switch (status) {
    case AMI_E_TIMEOUT:
        return "";
    case AMI_E_CLOSED:
        return " closed";
    case AMI_E_OVERFLOW:
        return " overflowed";
    case AMI_E_DISCONNECTED:
        return " disconnected";
    default:
        return " ended otherwise";
    }
}

/* The events that wait, as text: numbers of events as ranges, and lost ones in brackets. */
static const char *waiting(const ami_subscription *subscription) {
    static char text[4000];
    int from = -1, to = -1;
    size_t length = 0;
    text[0] = '\0';
    for (;;) {
        ami_error *error = NULL;
        ami_event *event = NULL;
        ami_status status = ami_subscription_next(subscription, AMI_DONT_WAIT, &event, &error);
        CHECK_INT(ami_error_code(error), status);
        clear(&error);
        int number = event && ami_event_kind(event) == AMI_EVENT_SERVER
                         ? atoi(ami_event_get(event, "Number", NULL))
                         : -2;
        if (from >= 0 && number != to + 1) {
            length += (size_t)snprintf(text + length, sizeof text - length, " %d-%d", from, to);
            from = -1;
        }
        if (number >= 0) {
            from = from < 0 ? number : from;
            to = number;
        } else if (event) {
            CHECK_INT(ami_event_kind(event), AMI_EVENT_LAGGED);
            CHECK_STR(ami_event_name(event), "#lagged");
            length += (size_t)snprintf(text + length, sizeof text - length, " [%s]",
                                       ami_event_get(event, "Lost", NULL));
        }
        if (!event) {
            snprintf(text + length, sizeof text - length, "%s", ending(status));
            return text;
        }
        ami_event_unref(event);
        if (length > sizeof text - 100)
            return "endless";
    }
}

/* -------------------------------------------------------------------------------------------------- policies
 */

static void queue_full_drops_the_oldest(void) {
    fake *server = fake_start(NULL);
    ami_client *client = limited(server, 10, 1 << 20, AMI_QUEUE_DROP_OLDEST);
    ami_subscription *all = open_events(client, NULL);
    ami_subscription *unmarked = open_events(client, "Tick");
    ami_subscription *marked = open_events(client, "#lagged,Tick");
    burst(client, 0, 10);
    CHECK_STR(waiting(all), " 0-9");
    CHECK_STR(waiting(unmarked), " 0-9");
    CHECK_STR(waiting(marked), " 0-9");
    burst(client, 0, 25);
    CHECK_STR(waiting(all), " [15] 15-24");
    CHECK_STR(waiting(unmarked), " 15-24");
    CHECK_STR(waiting(marked), " [15] 15-24");
    burst(client, 25, 3);
    CHECK_STR(waiting(all), " 25-27");
    /* Losses that follow each other are one. */
    burst(client, 0, 11);
    burst(client, 11, 1);
    burst(client, 12, 100);
    CHECK_STR(waiting(all), " [102] 102-111");
    ami_subscription_free(all);
    ami_subscription_free(unmarked);
    ami_subscription_free(marked);
    ami_client_free(client);
    fake_stop(server);
}

static void queue_full_drops_the_newest(void) {
    fake *server = fake_start(NULL);
    ami_client *client = limited(server, 10, 1 << 20, AMI_QUEUE_DROP_NEWEST);
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *all = open_events(client, NULL);
    ami_subscription *unmarked = open_events(client, "Tick");
    burst(client, 0, 25);
    CHECK_STR(waiting(all), " 0-9 [15]");
    CHECK_STR(waiting(unmarked), " 0-9");
    burst(client, 25, 4);
    burst(client, 29, 20);
    burst(client, 49, 3);
    CHECK_STR(waiting(all), " 25-34 [17]");
    CHECK_STR(waiting(unmarked), " 25-34");
    /* The marker stands where the loss was, and more may follow it. */
    burst(client, 0, 4);
    burst(client, 4, 8);
    for (int at = 0; at < 5; at++) {
        OK(ami_subscription_next(all, 0, &event, &error));
        ami_event_unref(event);
    }
    burst(client, 12, 3);
    CHECK_HAS(waiting(all), " 5-9 [2] 12-");
    ami_subscription_free(all);
    ami_subscription_free(unmarked);
    ami_client_free(client);
    fake_stop(server);
}

static void queue_full_closes(void) {
    fake *server = fake_start(NULL);
    ami_client *client = limited(server, 10, 1 << 20, AMI_QUEUE_CLOSE);
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *first = open_events(client, NULL), *second = open_events(client, "tick");
    burst(client, 0, 10);
    CHECK_STR(waiting(first), " 0-9");
    burst(client, 10, 1);
    /* The second one is full now; it takes no more even when there is room again. */
    CHECK_STR(waiting(first), " 10-10");
    CHECK_STR(waiting(second), " 0-9 overflowed");
    burst(client, 11, 5);
    CHECK_STR(waiting(second), " overflowed");
    FAILS(AMI_E_OVERFLOW, ami_subscription_next(second, 1000, &event, &error));
    CHECK(event == NULL);
    CHECK_HAS(ami_error_message(error), "queue");
    clear(&error);
    CHECK_STR(waiting(first), " 11-15");
    burst(client, 0, 30);
    CHECK_STR(waiting(first), " 0-9 [20] overflowed");
    OK(ami_client_ping(client, NULL, &error));
    ami_subscription_free(first);
    ami_subscription_free(second);
    ami_client_free(client);
    fake_stop(server);
}

/* Lost and kept events together are those that were sent, whichever limit was hit. */
static void queue_is_bounded_in_bytes_too(void) {
    const int32_t policies[] = {AMI_QUEUE_DROP_OLDEST, AMI_QUEUE_DROP_NEWEST, AMI_QUEUE_CLOSE};
    for (int at = 0; at < 3; at++) {
        fake *server = fake_start(NULL);
        ami_client *client = limited(server, 100000, 4000, policies[at]);
        ami_subscription *all = open_events(client, NULL);
        int kept = 0, lost = 0, next = 0, first = -1;
        burst(client, 0, 500);
        for (;;) {
            ami_event *event = NULL;
            if (ami_subscription_next(all, 0, &event, NULL) != AMI_OK)
                break;
            if (ami_event_kind(event) == AMI_EVENT_LAGGED) {
                lost += atoi(ami_event_get(event, "Lost", NULL));
                next += atoi(ami_event_get(event, "Lost", NULL));
            } else {
                int number = atoi(ami_event_get(event, "Number", NULL));
                CHECK_INT(number, next);
                first = first < 0 ? number : first;
                next = number + 1;
                kept++;
            }
            ami_event_unref(event);
        }
        CHECK_INT(kept + lost, 500);
        CHECK(kept >= 5 && kept <= 100);
        CHECK((first == 0) == (policies[at] != AMI_QUEUE_DROP_OLDEST));
        ami_subscription_free(all);
        ami_client_free(client);
        fake_stop(server);
    }
}

/* A hundred thousand events, read slowly and in pieces: nothing is lost without being counted, nothing comes
 * twice. */
static void queue_counts_its_losses(void) {
    enum { SENT = 100000, EACH = 2000 };
    for (int policy = AMI_QUEUE_DROP_OLDEST; policy <= AMI_QUEUE_DROP_NEWEST; policy++) {
        fake *server = fake_start(NULL);
        ami_client *client = limited(server, 300, 1 << 20, policy);
        ami_error *error = NULL;
        ami_subscription *all = open_events(client, NULL);
        long next = 0, kept = 0, lost = 0, wrong = 0;
        for (int first = 0; first < SENT; first += EACH) {
            fake_burst(fake_newest(server), first, EACH);
            for (int pulls = 0; pulls < 100; pulls++) {
                ami_event *event = NULL;
                ami_subscription_next(all, 0, &event, NULL);
                if (!event)
                    break;
                if (ami_event_kind(event) == AMI_EVENT_LAGGED) {
                    next += atol(ami_event_get(event, "Lost", NULL));
                    lost += atol(ami_event_get(event, "Lost", NULL));
                } else {
                    wrong += atol(ami_event_get(event, "Number", NULL)) != next++;
                    kept++;
                }
                ami_event_unref(event);
            }
        }
        OK(ami_client_ping(client, NULL, &error));
        for (;;) {
            ami_event *event = NULL;
            ami_subscription_next(all, 0, &event, NULL);
            if (!event)
                break;
            if (ami_event_kind(event) == AMI_EVENT_LAGGED) {
                next += atol(ami_event_get(event, "Lost", NULL));
                lost += atol(ami_event_get(event, "Lost", NULL));
            } else {
                wrong += atol(ami_event_get(event, "Number", NULL)) != next++;
                kept++;
            }
            ami_event_unref(event);
        }
        CHECK_INT(wrong, 0);
        CHECK_INT(kept + lost, SENT);
        ami_subscription_free(all);
        ami_client_free(client);
        fake_stop(server);
    }
}

typedef struct slow {
    int calls, drops, lost, leave, entered;
} slow;

static void on_slow_event(const ami_event *event, void *data) {
    slow *seen = data;
    bump(&seen->entered);
    await(&seen->leave, 1, 2 * SOON);
    if (ami_event_kind(event) == AMI_EVENT_LAGGED)
        bump_by(&seen->lost, atoi(ami_event_get(event, "Lost", NULL)));
    else
        bump(&seen->calls);
}

static void on_slow_drop(void *data) {
    bump(&((slow *)data)->drops);
}

static void callback_that_is_slow_loses_and_is_told(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = limited(server, 50, 1 << 20, AMI_QUEUE_DROP_OLDEST);
    ami_subscription *subscription = NULL, *quick = open_events(client, "Tick");
    slow seen = {0};
    OK(ami_client_subscribe(client, "Tick,#lagged", on_slow_event, &seen, on_slow_drop, &subscription,
                            &error));
    burst(client, 0, 1);
    CHECK(await(&seen.entered, 1, SOON));
    for (int at = 0; at < 20; at++) {
        burst(client, at * 50, 50);
        char range[40];
        snprintf(range, sizeof range, " %d-%d", at * 50, at * 50 + 49);
        CHECK_STR(waiting(quick), range);
    }
    put(&seen.leave, 1);
    CHECK(await(&seen.lost, 950, SOON));
    CHECK(await(&seen.calls, 51, SOON));
    ami_subscription_free(subscription);
    ami_subscription_free(quick);
    ami_client_free(client);
    CHECK_INT(seen.lost, 950);
    CHECK_INT(seen.calls, 51);
    CHECK_INT(seen.drops, 1);
    fake_stop(server);
}

static void callback_whose_queue_closes_is_dropped(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = limited(server, 10, 1 << 20, AMI_QUEUE_CLOSE);
    ami_subscription *subscription = NULL;
    slow seen = {0};
    OK(ami_client_subscribe(client, "Tick", on_slow_event, &seen, on_slow_drop, &subscription, &error));
    burst(client, 0, 1);
    CHECK(await(&seen.entered, 1, SOON));
    burst(client, 1, 30);
    put(&seen.leave, 1);
    CHECK(await(&seen.drops, 1, SOON));
    CHECK_INT(look(&seen.calls), 11);
    ami_subscription_free(subscription);
    ami_client_free(client);
    CHECK_INT(seen.drops, 1);
    fake_stop(server);
}

static uint64_t quickest_burst(const ami_client *client) {
    uint64_t best = UINT64_MAX;
    for (int round = 0; round < 4; round++) {
        uint64_t from = now_ms();
        burst(client, 0, 20000);
        uint64_t took = now_ms() - from;
        best = took < best ? took : best;
    }
    return best;
}

/* Two thousand that came and went must not be asked about every event for ever. */
static void subscriptions_that_were_freed_cost_nothing(void) {
    enum { COUNT = 2000 };
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = fake_client(server);
    static ami_subscription *pushed[COUNT], *pulled[COUNT];
    slow seen = {0};
    uint64_t before = quickest_burst(client);
    for (int at = 0; at < COUNT; at++) {
        OK(ami_client_subscribe(client, "Nothing", on_slow_event, &seen, on_slow_drop, &pushed[at], &error));
        pulled[at] = open_events(client, "Nothing");
    }
    for (int at = 0; at < COUNT; at++) {
        ami_subscription_free(pushed[at]);
        ami_subscription_free(pulled[at]);
    }
    uint64_t after = quickest_burst(client);
    if (after > 5 * before + 20)
        CHECK_INT(after, before);
    ami_client_free(client);
    CHECK_INT(seen.drops, COUNT);
    fake_stop(server);
}

/* -------------------------------------------------------------------------------------------------- pulling
 */

static void pull_waits_as_long_as_it_says(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_subscription *all = open_events(client, NULL);
    ami_event *event = (ami_event *)&error;
    uint64_t from = now_ms();
    FAILS(AMI_E_TIMEOUT, ami_subscription_next(all, AMI_DONT_WAIT, &event, &error));
    CHECK(event == NULL);
    CHECK(now_ms() - from < 1000);
    clear(&error);
    event = (ami_event *)&error;
    STATUS(AMI_E_TIMEOUT, ami_subscription_next(all, AMI_DONT_WAIT, &event, NULL));
    CHECK(event == NULL);
    from = now_ms();
    QUIET(all, 150);
    CHECK(now_ms() - from >= 150 && now_ms() - from < 5000);
    burst(client, 7, 2);
    OK(ami_subscription_next(all, AMI_WAIT_FOREVER, &event, &error));
    CHECK_STR(ami_event_get(event, "number", NULL), "7");
    ami_event_unref(event);
    OK(ami_subscription_next(all, 0, &event, &error));
    CHECK_STR(ami_event_get(event, "NUMBER", NULL), "8");
    ami_event_unref(event);
    ami_subscription_free(all);
    ami_client_free(client);
    fake_stop(server);
}

static void events_that_wait_outlive_the_client(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    for (int way = 0; way < 3; way++) {
        ami_client *client = fake_client(server);
        ami_subscription *all = open_events(client, NULL);
        ami_event *event = NULL;
        burst(client, 0, 20);
        if (way == 0)
            OK(ami_client_close(client, &error));
        if (way == 2) {
            FAILS(AMI_E_OUTCOME_UNKNOWN, call(client, ACTION("Bye"), NULL, &error));
            clear(&error);
        }
        if (way)
            ami_client_free(client);
        CHECK_STR(waiting(all), way == 2 ? " 0-19 disconnected" : " 0-19 closed");
        FAILS(way == 2 ? AMI_E_DISCONNECTED : AMI_E_CLOSED,
              ami_subscription_next(all, AMI_WAIT_FOREVER, &event, &error));
        CHECK(event == NULL);
        CHECK_HAS(ami_error_message(error), "clos");
        clear(&error);
        ami_subscription_free(all);
        if (!way)
            ami_client_free(client);
    }
    fake_stop(server);
}

static void nothing(const ami_event *event, void *data) {
    (void)event;
    (void)data;
}

static void note_drop(void *data) {
    bump(data);
}

static void client_that_is_closed_takes_no_subscription(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    for (int broken = 0; broken < 2; broken++) {
        ami_client *client = fake_client(server);
        ami_subscription *late = (ami_subscription *)server;
        if (broken)
            FAILS(AMI_E_OUTCOME_UNKNOWN, call(client, ACTION("Bye"), NULL, &error));
        clear(&error);
        /* However it ended. */
        OK(ami_client_close(client, &error));
        FAILS(AMI_E_CLOSED, ami_client_open_events(client, NULL, &late, &error));
        CHECK(late == NULL);
        clear(&error);
        late = (ami_subscription *)server;
        FAILS(AMI_E_CLOSED, ami_client_subscribe(client, NULL, nothing, NULL, NULL, &late, &error));
        CHECK(late == NULL);
        clear(&error);
        ami_client_free(client);
    }
    fake_stop(server);
}

/* A program that subscribes just as the link breaks need not know two ways to learn it. */
static void subscription_on_a_broken_link_has_ended(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_subscription *late = NULL, *called = NULL;
    ami_event *event = NULL;
    int drops = 0;
    FAILS(AMI_E_OUTCOME_UNKNOWN, call(client, ACTION("Bye"), NULL, &error));
    clear(&error);
    OK(ami_client_open_events(client, NULL, &late, &error));
    FAILS(AMI_E_DISCONNECTED, ami_subscription_next(late, SOON, &event, &error));
    CHECK_HAS(ami_error_message(error), "closed the connection");
    clear(&error);
    OK(ami_client_subscribe(client, NULL, nothing, &drops, note_drop, &called, &error));
    CHECK(await(&drops, 1, SOON));
    ami_subscription_free(late);
    ami_subscription_free(called);
    ami_client_free(client);
    fake_stop(server);
}

typedef struct puller {
    const ami_subscription *subscription;
    uint32_t timeout;
    int begun, ended, wanted, got;
    uint64_t took;
    ami_status status;
} puller;

static void *pull(void *data) {
    puller *self = data;
    bump(&self->begun);
    for (int at = 0; at < self->wanted; at++) {
        ami_event *event = NULL;
        uint64_t from = now_ms();
        self->status = ami_subscription_next(self->subscription, self->timeout, &event, NULL);
        self->took = now_ms() - from;
        if (event)
            bump(&self->got);
        ami_event_unref(event);
        if (self->status != AMI_OK)
            break;
    }
    bump(&self->ended);
    return NULL;
}

static void close_wakes_who_waits(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    for (int way = 0; way < 2; way++) {
        ami_client *client = fake_client(server);
        ami_subscription *all = open_events(client, NULL);
        puller pullers[3];
        thread *threads[3];
        memset(pullers, 0, sizeof pullers);
        for (int at = 0; at < 3; at++) {
            pullers[at].subscription = all;
            pullers[at].timeout = AMI_WAIT_FOREVER;
            pullers[at].wanted = 1;
            threads[at] = start(pull, &pullers[at]);
        }
        linger(100);
        if (way)
            STATUS(AMI_OK, ami_subscription_close(all));
        else
            OK(ami_client_close(client, &error));
        for (int at = 0; at < 3; at++) {
            CHECK(await(&pullers[at].ended, 1, SOON));
            join(threads[at]);
            STATUS(AMI_E_CLOSED, pullers[at].status);
        }
        ami_subscription_free(all);
        ami_client_free(client);
    }
    fake_stop(server);
}

/* Events that come together are for whoever waits, not only for the one that was woken first. */
static void threads_that_wait_get_one_of_two_events_each(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    for (int with_fd = 0; with_fd < 2; with_fd++) {
        ami_subscription *all = open_events(client, NULL);
        if (with_fd)
            CHECK(ami_subscription_fd(all) >= 0);
        int missed = 0;
        for (int round = 0; round < 10; round++) {
            puller pullers[2];
            thread *threads[2];
            memset(pullers, 0, sizeof pullers);
            for (int at = 0; at < 2; at++) {
                pullers[at].subscription = all;
                pullers[at].timeout = 2000;
                pullers[at].wanted = 1;
                threads[at] = start(pull, &pullers[at]);
            }
            linger(20);
            fake_burst(fake_newest(server), 0, 2);
            for (int at = 0; at < 2; at++) {
                join(threads[at]);
                missed += pullers[at].got != 1 || pullers[at].took > 1500;
            }
            if (missed)
                break;
        }
        CHECK_INT(missed, 0);
        ami_subscription_free(all);
    }
    ami_client_free(client);
    fake_stop(server);
}

static void subscription_is_shared_by_many_threads(void) {
    enum { THREADS = 4, SENT = 8000 };
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_subscription *all = open_events(client, NULL);
    puller pullers[THREADS];
    thread *threads[THREADS];
    int got = 0;
    memset(pullers, 0, sizeof pullers);
    for (int at = 0; at < THREADS; at++) {
        pullers[at].subscription = all;
        pullers[at].timeout = AMI_WAIT_FOREVER;
        pullers[at].wanted = SENT + 1;
        threads[at] = start(pull, &pullers[at]);
    }
    for (int at = 0; at < 40; at++)
        fake_burst(fake_newest(server), 0, SENT / 40);
    OK(ami_client_ping(client, NULL, &error));
    OK(ami_client_close(client, &error));
    for (int at = 0; at < THREADS; at++) {
        join(threads[at]);
        got += look(&pullers[at].got);
    }
    CHECK_INT(got, SENT);
    ami_subscription_free(all);
    ami_client_free(client);
    fake_stop(server);
}

/* -------------------------------------------------------------------------------------------- the descriptor
 */

static int readable(int fd, int ms) {
    struct pollfd wanted = {fd, POLLIN, 0};
    return poll(&wanted, 1, ms) == 1 && wanted.revents & POLLIN;
}

static void descriptor_is_readable_while_something_waits(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *all = open_events(client, "Tick");
    int fd = ami_subscription_fd(all);
    CHECK(fd >= 0);
    CHECK_INT(ami_subscription_fd(all), fd);
    CHECK(!readable(fd, 0));
    OK(ami_client_ping(client, NULL, &error));
    CHECK(!readable(fd, 0));
    for (int round = 0; round < 50; round++) {
        burst(client, 0, 3);
        CHECK(readable(fd, SOON));
        for (int at = 0; at < 3; at++) {
            CHECK(readable(fd, 0));
            CHECK(readable(fd, 0));
            OK(ami_subscription_next(all, at % 2 ? 1000 : 0, &event, &error));
            CHECK(event != NULL);
            ami_event_unref(event);
        }
        /* Until a pull with 0 finds nothing. */
        QUIET(all, 0);
        CHECK(!readable(fd, 0));
    }
    /* A pull that waits and finds nothing does not make it readable. */
    QUIET(all, 20);
    CHECK(!readable(fd, 0));
    burst(client, 0, 1);
    CHECK(readable(fd, SOON));
    OK(ami_subscription_next(all, 0, &event, &error));
    ami_event_unref(event);
    OK(ami_client_close(client, &error));
    CHECK(readable(fd, SOON));
    FAILS(AMI_E_CLOSED, ami_subscription_next(all, 0, &event, &error));
    clear(&error);
    CHECK(readable(fd, 0));
    FAILS(AMI_E_CLOSED, ami_subscription_next(all, 0, &event, &error));
    clear(&error);
    CHECK(readable(fd, 0));
    ami_subscription_free(all);
    ami_client_free(client);
    fake_stop(server);
}

static void descriptor_made_late_knows_what_waits(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *all = open_events(client, "Tick"), *taken = open_events(client, "Tick"),
                     *ended = open_events(client, "Tick");
    burst(client, 0, 5);
    CHECK(readable(ami_subscription_fd(all), 0));
    /* An event was pulled, and others came along with it. */
    OK(ami_subscription_next(taken, 0, &event, &error));
    ami_event_unref(event);
    CHECK(readable(ami_subscription_fd(taken), 0));
    CHECK_STR(waiting(taken), " 1-4");
    CHECK(!readable(ami_subscription_fd(taken), 0));
    ami_client_free(client);
    CHECK_STR(waiting(ended), " 0-4 closed");
    CHECK(readable(ami_subscription_fd(ended), 0));
    CHECK(readable(ami_subscription_fd(all), 0));
    CHECK(readable(ami_subscription_fd(taken), 0));
    ami_subscription_free(all);
    ami_subscription_free(taken);
    ami_subscription_free(ended);
    fake_stop(server);
}

static void descriptor_is_readable_once_its_subscription_is_closed(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *all = open_events(client, NULL);
    int fd = ami_subscription_fd(all);
    CHECK(!readable(fd, 0));
    STATUS(AMI_OK, ami_subscription_close(all));
    CHECK(readable(fd, SOON));
    FAILS(AMI_E_CLOSED, ami_subscription_next(all, 0, &event, &error));
    clear(&error);
    CHECK(readable(fd, 0));
    ami_subscription_free(all);
    ami_client_free(client);
    fake_stop(server);
}

static void callback_subscription_has_no_descriptor_and_no_next(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *pushed = NULL;
    OK(ami_client_subscribe(client, NULL, nothing, NULL, NULL, &pushed, &error));
    CHECK_INT(ami_subscription_fd(pushed), -1);
    FAILS(AMI_E_STATE, ami_subscription_next(pushed, 0, &event, &error));
    clear(&error);
    ami_subscription_free(pushed);
    ami_client_free(client);
    fake_stop(server);
}

typedef struct polling {
    const ami_subscription *subscription;
    int fd, got, ended, stalls;
} polling;

/* As an event loop does it: poll, then pull until there is nothing. */
static void *poll_and_pull(void *data) {
    polling *self = data;
    for (;;) {
        if (!readable(self->fd, SOON)) {
            bump(&self->stalls);
            break;
        }
        ami_event *event = NULL;
        ami_status status;
        while ((status = ami_subscription_next(self->subscription, 0, &event, NULL)) == AMI_OK) {
            bump(&self->got);
            ami_event_unref(event);
        }
        if (status != AMI_E_TIMEOUT)
            break;
    }
    bump(&self->ended);
    return NULL;
}

static void descriptor_loop_misses_nothing(void) {
    enum { ROUNDS = 3000 };
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_subscription *all = open_events(client, "Tick");
    polling self = {0};
    self.subscription = all;
    self.fd = ami_subscription_fd(all);
    thread *loop = start(poll_and_pull, &self);
    for (int round = 0; round < ROUNDS; round++) {
        fake_burst(fake_newest(server), round, 1);
        /* Single events, so that each finds the loop asleep, or just about to be. */
        if (!CHECK(await(&self.got, round + 1, 5000)))
            break;
    }
    OK(ami_client_close(client, &error));
    CHECK(await(&self.ended, 1, SOON));
    join(loop);
    CHECK_INT(self.stalls, 0);
    ami_subscription_free(all);
    ami_client_free(client);
    fake_stop(server);
}

/* Two threads that pull, one of them behind the descriptor: what is left over when the other one has had
 * enough makes it readable. */
static void descriptor_speaks_for_what_another_thread_took_along(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    int stuck = 0;
    for (int round = 0; round < 2000 && !stuck; round++) {
        ami_subscription *all = open_events(client, "Tick");
        puller other = {0};
        int fd = ami_subscription_fd(all), got = 0;
        other.subscription = all;
        other.timeout = 5000;
        other.wanted = 1;
        thread *one = start(pull, &other);
        fake_burst(fake_newest(server), 0, 3);
        while (got + look(&other.got) < 3) {
            ami_event *event = NULL;
            if (ami_subscription_next(all, 0, &event, NULL) == AMI_OK) {
                got++;
                ami_event_unref(event);
                continue;
            }
            /* When the other one has ended, what it has got no longer changes. */
            int ended = look(&other.ended);
            if (got + look(&other.got) < 3 && !readable(fd, ended ? SOON : 1) && ended) {
                stuck = 1;
                break;
            }
        }
        STATUS(AMI_OK, ami_subscription_close(all));
        join(one);
        ami_subscription_free(all);
    }
    CHECK_INT(stuck, 0);
    ami_client_free(client);
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("queues", argc, argv);
    RUN(queue_full_drops_the_oldest);
    RUN(queue_full_drops_the_newest);
    RUN(queue_full_closes);
    RUN(queue_is_bounded_in_bytes_too);
    RUN(queue_counts_its_losses);
    RUN(callback_that_is_slow_loses_and_is_told);
    RUN(callback_whose_queue_closes_is_dropped);
    RUN(subscriptions_that_were_freed_cost_nothing);
    RUN(pull_waits_as_long_as_it_says);
    RUN(events_that_wait_outlive_the_client);
    RUN(client_that_is_closed_takes_no_subscription);
    RUN(subscription_on_a_broken_link_has_ended);
    RUN(close_wakes_who_waits);
    RUN(threads_that_wait_get_one_of_two_events_each);
    RUN(subscription_is_shared_by_many_threads);
    RUN(descriptor_is_readable_while_something_waits);
    RUN(descriptor_made_late_knows_what_waits);
    RUN(descriptor_is_readable_once_its_subscription_is_closed);
    RUN(callback_subscription_has_no_descriptor_and_no_next);
    RUN(descriptor_loop_misses_nothing);
    RUN(descriptor_speaks_for_what_another_thread_took_along);
    return suite_end();
}
