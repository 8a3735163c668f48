/* Records of what subscriptions and completions see, for the suites about their beginning and end. */
#ifndef WATCH_H
#define WATCH_H

#include "check.h"

#include <pthread.h>

/* The record of a registration: a subscription or a completion. */
typedef struct watch {
    int calls, drops;
    /* Calls and drops when nothing was allowed to run any more. */
    int late;
    /* Set by the test when nothing may run any more. */
    int over;
    int refused, ok;
    ami_status status;
    /* For callbacks that do something. */
    ami_client *client;
    ami_subscription *subscription, *other;
    int entered, leave;
    pthread_t thread;
} watch;

/* Fewer rounds where the programs are slow. */
int scale(int rounds);

/* Count calls and drops in a watch, and those that come too late. */
void on_event(const ami_event *event, void *data);
void on_drop(void *data);
void on_done(ami_status status, const ami_response *response, const ami_error *error, void *data);

void subscribe(ami_client *client, const char *names, ami_event_fn on, watch *seen);
/* A callback that stays inside until it may leave. */
void block(const ami_event *event, void *data);

/* Submits and frees the action. */
ami_status submit(const ami_client *client, ami_action *action, watch *seen, ami_error **error);
/* Has the fake server send so many events; they have come when it returns. */
void burst(const ami_client *client, const char *count);

#endif
