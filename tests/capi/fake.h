/* A small AMI server inside the test, which does what a real one does too rarely: says nothing, bursts,
 * breaks off. It is written from the wire's description and shares nothing with the library. */
#ifndef FAKE_H
#define FAKE_H

#include "check.h"

typedef struct fake fake;
typedef struct fake_link fake_link;

#define FAKE_HEADERS 140
typedef struct fake_frame {
    int count;
    char *names[FAKE_HEADERS], *values[FAKE_HEADERS];
} fake_frame;

/* The value of a header of the action, or "". */
const char *frame_get(const fake_frame *action, const char *name);

typedef struct fake_options {
    /* The first line; NULL for one of an old server. "" for none: the server says nothing at all. */
    const char *banner;
    /* After the first line it says no more. */
    int mute;
    /* It hangs up as soon as somebody comes. */
    int hang_up;
    /* It knows no challenge: the secret comes as it is. */
    int no_challenge;
    /* The words that it refuses every login with. */
    const char *refusal;
    /* It never answers Logoff. */
    int no_goodbye;
    /* Takes an action first; 1 if that was all. */
    int (*action)(fake_link *link, const fake_frame *action, void *data);
    void *data;
} fake_options;

/* By itself it knows: Ping. Echo: answers with the action's Value. Refuse: an error. List with Count. Silent:
 * no answer. Burst with Count and First: that many Tick events with a Number, then the answer, written at
 * once. Flood: Tick events until the client is gone, with a Pause in ms between every 20. Break: the link is
 * reset. Bye: the link is closed. The rest is unknown. */
fake *fake_start(const fake_options *options);
void fake_stop(fake *server);
uint16_t fake_port(const fake *server);
/* The number of logins, and the number of links that have ended. */
int *fake_logins(fake *server);
int *fake_ends(fake *server);
/* The link that logged in last. It is there until the server is stopped. */
fake_link *fake_newest(fake *server);

void fake_write(fake_link *link, const void *bytes, size_t length);
void fake_say(fake_link *link, const char *format, ...);
/* Answers an action: the lines go between ActionID and the empty line. */
void fake_answer(fake_link *link, const fake_frame *action, const char *lines);
/* Resets the link, as a server does that has died. */
void fake_reset(fake_link *link);
void fake_burst(fake_link *link, int first, int count);

/* A client that is logged in there. */
ami_client *fake_client(fake *server);

#endif
