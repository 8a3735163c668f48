/* Simulated gateways and what programs are told of them, for the suites about gateways. */
#ifndef SIMULATED_H
#define SIMULATED_H

#include "check.h"

#include <ami_simulator.h>

#include "simulator.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TO "13632919026"

/* The record of a completion. */
typedef struct told {
    int calls, drops;
    ami_status status;
    ami_receipt *receipt;
    /* In order among all. */
    int place;
    /* It waits until it may leave, and then frees the gateway. */
    int blocks, frees;
    int entered, leave;
} told;

typedef struct seen {
    int events, sms, drops;
    int closes;
    char texts[8][32];
} seen;

/* The gateways that are simulated, each with its second port. */
typedef struct model {
    const char *name, *port, *span;
    size_t parts; /* of 306 letters */
} model;

extern const model models[7];

/* The gateway of the running test. */
extern ami_simulator *simulator;
extern ami_gateway *gateway;
/* The number of completions so far, by which they have their places. */
extern int calls;

/* Whatever the tests set, with seconds that do not last so long as real ones. */
ami_simulator *simulate(const char *model, const char *more);

ami_config *config_of(const ami_simulator *simulator);

/* Takes the configuration. */
ami_gateway *connect_by(ami_config *config);

void begin_gateway(const char *model);

void end_gateway(void);

/* A field of a message that was sent. In memory that the next call uses again. */
const char *sent(size_t index, const char *field);

int await_sent(size_t count);

void outcome(const char *what);

void latency(uint32_t span, uint32_t ms);

/* Sends and frees the request. */
ami_status send_it(ami_sms_request *request, ami_receipt **receipt, ami_error **error);

/* A request that the gateway tries to send for 3 of our seconds. */
ami_sms_request *sms(const char *port, const char *text, const char *id);

void on_told_drop(void *data);

void on_told(ami_status status, const ami_receipt *receipt, const ami_error *error, void *data);

/* Submits and frees the request. */
ami_status submit_it(ami_sms_request *request, told *seen, ami_error **error);

void check_told(told *seen, ami_status status, int32_t outcome, const char *id);

void on_seen_event(const ami_event *event, void *data);

void on_seen_sms(const ami_sms *sms, void *data);

void on_seen_drop(void *data);

void deliver(uint32_t span, const char *sender, const char *text, const char *const *settings);

ami_subscription *inbox_of(const char *names);

/* The next event, which must have this name; to be given up. */
ami_event *next(ami_subscription *inbox, const char *name);

void no_more(ami_subscription *inbox, ami_status end);

void menu(const char *code, const char *text, int wants_answer);

#endif
