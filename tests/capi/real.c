#include "real.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const account ADMIN = {"admin", "amp111"};
const account READER = {"reader", "readsecret"};
const account COMMANDER = {"commander", "commandsecret"};

const asterisk *real_servers(void) {
    static asterisk servers[SERVERS] = {{16, "", 0}, {22, "", 0}};
    for (int at = 0; at < SERVERS; at++) {
        char variable[32];
        unsigned port;
        snprintf(variable, sizeof variable, "AMI_ASTERISK_%d", servers[at].version);
        const char *place = getenv(variable);
        if (!place || sscanf(place, "%63[^:]:%u", servers[at].host, &port) != 2) {
            printf(
                "%s does not say where Asterisk is; run: python3 tests/asterisk/servers.py exec -- python3 "
                "tests/capi/run.py\n",
                variable);
            exit(2);
        }
        servers[at].port = (uint16_t)port;
    }
    return servers;
}

ami_config *real_config(const asterisk *server, account who) {
    ami_config *config = ami_config_new();
    ami_config_set_host(config, server->host);
    ami_config_set_port(config, server->port);
    ami_config_set_username(config, who.name);
    ami_config_set_secret(config, who.secret);
    return config;
}

ami_client *log_in(const asterisk *server, account who, const char *mask) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = real_config(server, who);
    STATUS(AMI_OK, ami_config_set_event_mask(config, mask));
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    return client;
}

static int fits(const ami_event *event, const char *name, const char *const *headers) {
    if (strcmp(ami_event_name(event), name) != 0)
        return 0;
    for (const char *const *header = headers; header[0] && header[1]; header += 2) {
        const char *value = ami_event_get(event, header[0], NULL);
        if (!value || strcmp(value, header[1]) != 0)
            return 0;
    }
    return 1;
}

static void none_came(const char *name, const char *const *headers) {
    char text[400];
    size_t length = (size_t)snprintf(text, sizeof text, "an event %s comes", name);
    for (const char *const *header = headers; header[0] && header[1] && length < sizeof text; header += 2)
        length += (size_t)snprintf(text + length, sizeof text - length, ", %s: %s", header[0], header[1]);
    check_that(0, __FILE__, __LINE__, text);
}

/* Pulls an event; NULL if none comes in time. Whether there may be more. */
static int come(const ami_subscription *subscription, uint32_t ms, ami_event **event) {
    ami_error *error = NULL;
    ami_status status = ami_subscription_next(subscription, ms, event, &error);
    int open = status == AMI_OK || status == AMI_E_TIMEOUT;
    if (!open)
        fault(__FILE__, __LINE__, "the subscription has ended: %s", ami_error_message(error));
    clear(&error);
    return open;
}

ami_event *await_event(const ami_subscription *subscription, const char *name, const char *const *headers) {
    uint64_t until = now_ms() + SOON;
    for (uint64_t now; (now = now_ms()) < until;) {
        ami_event *event = NULL;
        if (!come(subscription, (uint32_t)(until - now), &event))
            return NULL;
        if (event && fits(event, name, headers))
            return event;
        ami_event_unref(event);
    }
    none_came(name, headers);
    return NULL;
}

int sees_all(const ami_subscription *subscription, const expected *events, int count) {
    uint64_t until = now_ms() + SOON;
    int missing = (1 << count) - 1;
    for (uint64_t now; missing && (now = now_ms()) < until;) {
        ami_event *event = NULL;
        if (!come(subscription, (uint32_t)(until - now), &event))
            return 0;
        for (int at = 0; event && at < count; at++)
            if (fits(event, events[at].name, events[at].headers))
                missing &= ~(1 << at);
        ami_event_unref(event);
    }
    for (int at = 0; at < count; at++)
        if (missing & (1 << at))
            none_came(events[at].name, events[at].headers);
    return !missing;
}

int sees(const ami_subscription *subscription, const char *name, const char *const *headers) {
    const expected one = {name, headers};
    return sees_all(subscription, &one, 1);
}

const char *fresh_id(char id[40]) {
    static int last;
    snprintf(id, 40, "test-%ld-%d", (long)getpid(), bump(&last));
    return id;
}

int originate(const ami_client *client, const ami_subscription *all, const char *channel,
              char near_end[100]) {
    char id[40];
    ami_error *error = NULL;
    near_end[0] = '\0';
    if (!OK(call(client,
                 ACTION("Originate", "ActionID", fresh_id(id), "Channel", channel, "Application", "Wait",
                        "Data", "600", "Timeout", "5000", "Async", "true"),
                 NULL, &error)))
        return 0;
    ami_event *event = await_event(all, "OriginateResponse", HEADERS("ActionID", id));
    int up = event && CHECK_STR(ami_event_get(event, "Response", NULL), "Success");
    if (up)
        snprintf(near_end, 100, "%s", ami_event_get(event, "Channel", NULL));
    ami_event_unref(event);
    return up;
}

void hang_up(const ami_client *client, const char *channel) {
    ami_action *action = ACTION("Hangup", "Channel", channel);
    ami_client_call(client, action, 0, NULL, NULL);
    ami_action_free(action);
}
