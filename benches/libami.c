/* libami by its C interface.
 *
 *     libami PORT callback|pull COUNT RATE
 *     libami PORT ping COUNT
 *     libami PORT pipelined COUNT */
#define _GNU_SOURCE
#include "report.h"
#include <ami.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

static unsigned long handled, checked;
static sem_t finished;

static int handle(const ami_event *event) {
    size_t channel = 0, id = 0;
    ami_event_get(event, "Channel", &channel);
    ami_event_get(event, "Uniqueid", &id);
    handled++;
    checked += channel + id;
    return strcmp(ami_event_name(event), "ReplayEnd") == 0;
}

static void on_event(const ami_event *event, void *unused) {
    (void)unused;
    if (handle(event))
        sem_post(&finished);
}

static void on_pong(ami_status status, const ami_response *response, const ami_error *error, void *left) {
    (void)response;
    (void)error;
    __atomic_add_fetch(&checked, status == AMI_OK, __ATOMIC_RELAXED);
    if (__atomic_sub_fetch((unsigned long *)left, 1, __ATOMIC_RELAXED) == 0)
        sem_post(&finished);
}

static void check(ami_status status, ami_error *error) {
    if (status != AMI_OK) {
        fprintf(stderr, "%s\n", ami_error_message(error));
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_subscription *subscription = NULL;
    ami_config *config = ami_config_new();
    ami_config_set_host(config, "127.0.0.1");
    ami_config_set_port(config, (uint16_t)atoi(argv[1]));
    ami_config_set_username(config, "bench");
    ami_config_set_secret(config, "bench");
    ami_config_set_action_timeout_ms(config, 60000);
    /* Nothing may be lost here: what is measured is the whole path of every event. */
    ami_config_set_event_queue(config, (size_t)1 << 24, (size_t)1 << 34, AMI_QUEUE_DROP_OLDEST);
    sem_init(&finished, 0, 0);
    check(ami_client_connect(config, &client, &error), error);
    unsigned long count = strtoul(argv[3], NULL, 10), left = count;
    double start = seconds_now(), cpu = cpu_seconds();
    if (strcmp(argv[2], "ping") == 0) {
        ami_action *ping = ami_action_new("Ping");
        for (; handled < count; handled++) {
            ami_response *response;
            check(ami_client_call(client, ping, 0, &response, &error), error);
            ami_response_unref(response);
        }
        ami_action_free(ping);
    } else if (strcmp(argv[2], "pipelined") == 0) {
        ami_action *ping = ami_action_new("Ping");
        for (; handled < count; handled++)
            check(ami_client_submit(client, ping, 0, on_pong, &left, NULL, &error), error);
        ami_action_free(ping);
        sem_wait(&finished);
    } else {
        int pull = strcmp(argv[2], "pull") == 0;
        check(pull ? ami_client_open_events(client, NULL, &subscription, &error)
                   : ami_client_subscribe(client, NULL, on_event, NULL, NULL, &subscription, &error),
              error);
        ami_action *replay = ami_action_new("Replay");
        ami_action_add(replay, "Count", argv[3]);
        ami_action_add(replay, "Rate", argc > 4 ? argv[4] : "0");
        check(ami_client_call(client, replay, 0, NULL, &error), error);
        ami_action_free(replay);
        for (int over = 0; pull && !over;) {
            ami_event *event = NULL;
            check(ami_subscription_next(subscription, UINT32_MAX, &event, &error), error);
            over = handle(event);
            ami_event_unref(event);
        }
        if (!pull)
            sem_wait(&finished);
    }
    report(seconds_now() - start, cpu_seconds() - cpu, handled, checked);
    ami_subscription_free(subscription);
    ami_client_free(client);
    ami_config_free(config);
    return 0;
}
