/* How the cost of libami grows: `growth KIND PORT SIZE COUNT`, where COUNT is how many events or entries
 * there are.
 *
 *     headers          events with SIZE headers
 *     subscriptions    SIZE subscriptions that want every event
 *     strangers        SIZE subscriptions that want none of them, and one that does
 *     sessions         events spread over SIZE sessions
 *     queue            a queue of SIZE events that nobody reads, so that each event drives another one out
 *     list             lists of SIZE entries */
#define _GNU_SOURCE
#include "client.h"
#include <semaphore.h>

static unsigned long handled;
static sem_t finished;

static void on_event(const ami_event *event, void *unused) {
    (void)unused;
    __atomic_add_fetch(&handled, 1, __ATOMIC_RELAXED);
    if (strcmp(ami_event_name(event), "ReplayEnd") == 0)
        sem_post(&finished);
}

static void subscribe(const ami_client *client, const char *names) {
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    check(ami_client_subscribe(client, names, on_event, NULL, NULL, &subscription, &error), error);
}

static void lists(const ami_client *client, const char *size, unsigned long items, unsigned long count) {
    ami_error *error = NULL;
    ami_action *action = ami_action_new("List");
    ami_action_add(action, "Items", size);
    begin();
    while (handled < count) {
        ami_response *response = NULL;
        check(ami_client_call(client, action, 0, &response, &error), error);
        ami_response_unref(response);
        handled += items;
    }
    ami_action_free(action);
}

int main(int argc, char **argv) {
    if (argc != 5)
        return 2;
    const char *kind = argv[1], *size = argv[3], *count = argv[4];
    unsigned long number = strtoul(size, NULL, 10), readers = 1;
    int is_sessions = strcmp(kind, "sessions") == 0;
    ami_error *error = NULL;
    ami_subscription *unread = NULL;
    sem_init(&finished, 0, 0);
    ami_config *config = config_for(argv[2]);
    ami_config_set_event_queue(config, (size_t)1 << 24, (size_t)1 << 34, AMI_QUEUE_DROP_OLDEST);
    if (strcmp(kind, "queue") == 0)
        ami_config_set_event_queue(config, number, (size_t)1 << 34, AMI_QUEUE_DROP_OLDEST);
    ami_client *client = connect_to(config);
    if (strcmp(kind, "list") == 0) {
        lists(client, size, number, strtoul(count, NULL, 10));
        report(handled, 0, NULL);
        return 0;
    }
    if (is_sessions || strcmp(kind, "subscriptions") == 0)
        readers = number;
    for (unsigned long i = 1; i < readers; i++)
        subscribe(is_sessions ? connect_to(config) : client, NULL);
    for (unsigned long i = 0; strcmp(kind, "strangers") == 0 && i < number; i++)
        subscribe(client, "Hangup,PeerStatus,DeviceStateChange");
    if (strcmp(kind, "queue") == 0) {
        check(ami_client_open_events(client, NULL, &unread, &error), error);
        subscribe(client, "ReplayEnd");
    } else {
        subscribe(client, NULL);
    }
    begin();
    if (is_sessions)
        ask(client, "Spread", "Count", count, NULL, NULL);
    else if (strcmp(kind, "headers") == 0)
        ask(client, "Replay", "Count", count, "Headers", size);
    else
        ask(client, "Replay", "Count", count, strcmp(kind, "strangers") == 0 ? "Headers" : NULL, "8");
    for (unsigned long i = 0; i < readers; i++)
        sem_wait(&finished);
    report(unread ? ami_subscription_stat(unread, AMI_STAT_RECEIVED) : handled, 0, NULL);
    /* The system takes back what thousands of clients and subscriptions hold faster than they go. */
    exit(0);
}
