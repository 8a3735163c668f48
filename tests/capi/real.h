/* The real servers that the tests are given in AMI_ASTERISK_16 and AMI_ASTERISK_22, each host:port. */
#ifndef REAL_H
#define REAL_H

#include "check.h"

typedef struct asterisk {
    int version;
    char host[64];
    uint16_t port;
} asterisk;

#define SERVERS 2
/* Finds both; without them it says how to have them, and ends the program. */
const asterisk *real_servers(void);

typedef struct account {
    const char *name, *secret;
} account;

/* May do everything; may only ask; may only run commands and see the dialplan. */
extern const account ADMIN, READER, COMMANDER;

ami_config *real_config(const asterisk *server, account who);
ami_client *log_in(const asterisk *server, account who, const char *mask);

/* The next event of this name with these headers, as pairs of name and value, NULL at the end; waits for it.
 * Others on the way are passed over. The caller gives it up. NULL, and a failed test, if none comes. */
ami_event *await_event(const ami_subscription *subscription, const char *name, const char *const *headers);
typedef struct expected {
    const char *name;
    const char *const *headers;
} expected;
/* Waits until all of these have come, in any order; tells whether they did. */
int sees_all(const ami_subscription *subscription, const expected *events, int count);
int sees(const ami_subscription *subscription, const char *name, const char *const *headers);
#define HEADERS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* A new ActionID. */
const char *fresh_id(char id[40]);
/* Starts a call and gives the near end's channel, once it is up. The far end ends in ;2 instead of ;1. */
int originate(const ami_client *client, const ami_subscription *all, const char *channel, char near_end[100]);
void hang_up(const ami_client *client, const char *channel);

#endif
