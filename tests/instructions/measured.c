/* What run.py counts of the C face.
 *
 *     measured parser CAPTURE TIMES                goes TIMES over the recording
 *     measured client PORT CALLS HEADERS EVENTS    each call has so many headers and brings so many events
 *     measured submit PORT COUNT                   so many Pings in flight at once
 *
 * Two headers are looked up in each message. */
#include <ami.h>
#include <malloc.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What one read of a client brings. */
enum { READ = 64 * 1024 };

static size_t checked;

static void check(ami_status status, ami_error *error) {
    if (status != AMI_OK) {
        fprintf(stderr, "%s\n", error ? ami_error_message(error) : ami_status_name(status));
        exit(1);
    }
}

static void parse(const char *capture, long times) {
    static char bytes[1 << 20];
    FILE *file = fopen(capture, "rb");
    if (!file) {
        perror(capture);
        exit(1);
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    size_t start = (size_t)((char *)memchr(bytes, '\n', size) + 1 - bytes);
    fclose(file);
    ami_error *error = NULL;
    ami_parser *parser = ami_parser_new();
    check(ami_parser_feed(parser, bytes, start, &error), error);
    for (; times > 0; times--) {
        for (size_t at = start; at < size; at += READ) {
            ami_message *message;
            check(ami_parser_feed(parser, bytes + at, size - at < READ ? size - at : READ, &error), error);
            for (;;) {
                check(ami_parser_next(parser, &message, &error), error);
                if (!message)
                    break;
                size_t channel, id;
                ami_message_get(message, "Channel", &channel);
                ami_message_get(message, "Uniqueid", &id);
                checked += channel + id;
                ami_message_unref(message);
            }
        }
    }
    ami_parser_free(parser);
}

static ami_client *connect_to(uint16_t port) {
    ami_error *error = NULL;
    ami_client *client;
    ami_config *config = ami_config_new();
    ami_config_set_host(config, "127.0.0.1");
    ami_config_set_port(config, port);
    ami_config_set_username(config, "count");
    ami_config_set_secret(config, "count");
    ami_config_set_action_timeout_ms(config, 60000);
    check(ami_client_connect(config, &client, &error), error);
    ami_config_free(config);
    return client;
}

static void count_down(ami_status status, const ami_response *response, const ami_error *error, void *left) {
    (void)response;
    (void)error;
    checked += status == AMI_OK;
    sem_post(left);
}

static void submit(uint16_t port, long count) {
    ami_error *error = NULL;
    ami_client *client = connect_to(port);
    ami_action *action = ami_action_new("Ping");
    sem_t ended;
    sem_init(&ended, 0, 0);
    for (long i = 0; i < count; i++)
        check(ami_client_submit(client, action, 0, count_down, &ended, NULL, &error), error);
    for (long i = 0; i < count; i++)
        sem_wait(&ended);
    ami_action_free(action);
    ami_client_free(client);
}

static void call(uint16_t port, long calls, long headers, const char *events) {
    ami_error *error = NULL;
    ami_client *client = connect_to(port);
    ami_subscription *subscription;
    check(ami_client_open_events(client, NULL, &subscription, &error), error);
    /* A thread that calls again at once does what else another one does, and what is at once is a matter of
     * luck. */
    const struct timespec pause = {0, 3000000};
    for (; calls > 0; calls--) {
        nanosleep(&pause, NULL);
        ami_action *action = ami_action_new("Originate");
        ami_action_add(action, "Count", events);
        for (long i = 0; i < headers; i++)
            ami_action_add(action, "Variable", "CALLERID(name)=Counted");
        check(ami_client_call(client, action, 0, NULL, &error), error);
        ami_action_free(action);
        /* They came before the answer. */
        for (long i = atol(events); i > 0; i--) {
            ami_event *event;
            size_t channel, id;
            check(ami_subscription_next(subscription, 0, &event, &error), error);
            ami_event_get(event, "Channel", &channel);
            ami_event_get(event, "Uniqueid", &id);
            checked += channel + id;
            ami_event_unref(event);
        }
    }
    ami_subscription_free(subscription);
    ami_client_free(client);
}

int main(int argc, char **argv) {
    /* Blocks that are freed beside a large gap, by chance, would have glibc go through all small ones. */
    mallopt(M_MXFAST, 0);
    if (argc == 4 && strcmp(argv[1], "parser") == 0)
        parse(argv[2], atol(argv[3]));
    else if (argc == 4 && strcmp(argv[1], "submit") == 0)
        submit((uint16_t)atoi(argv[2]), atol(argv[3]));
    else if (argc == 6 && strcmp(argv[1], "client") == 0)
        call((uint16_t)atoi(argv[2]), atol(argv[3]), atol(argv[4]), argv[5]);
    else
        return 2;
    printf("%zu\n", checked);
    return 0;
}
