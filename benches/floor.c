/* The floor: as little as a C program can do with the same bytes.
 *
 *     floor PORT direct COUNT RATE    reads, splits every header, calls a handler
 *     floor PORT handed COUNT RATE    the same, with the events copied and handed to another thread in
 * batches floor PORT ping COUNT           one Ping after the other on a blocking socket */
#define _GNU_SOURCE
#include "report.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_HEADERS = 256, READ = 65536 };

struct header {
    const char *name, *value;
    unsigned name_length, value_length;
};

struct event {
    struct header headers[MOST_HEADERS];
    unsigned count;
};

static unsigned long handled, checked;
static int ended;

static const struct header *find(const struct event *event, const char *name, unsigned length) {
    for (unsigned i = 0; i < event->count; i++)
        if (event->headers[i].name_length == length && strncasecmp(event->headers[i].name, name, length) == 0)
            return &event->headers[i];
    return NULL;
}

static void handle(const struct event *event) {
    const struct header *channel = find(event, "Channel", 7), *id = find(event, "Uniqueid", 8);
    handled++;
    checked += (channel ? channel->value_length : 0) + (id ? id->value_length : 0);
    if (event->headers[0].value_length == 9 && memcmp(event->headers[0].value, "ReplayEnd", 9) == 0)
        ended = 1;
}

/* Handles the whole events of a buffer; returns how many bytes they are. */
static size_t split(const char *bytes, size_t length) {
    static __thread struct event event;
    size_t done = 0;
    const char *line = bytes;
    event.count = 0;
    for (const char *end; (end = memchr(line, '\n', (size_t)(bytes + length - line))) != NULL;
         line = end + 1) {
        const char *stop = end > line && end[-1] == '\r' ? end - 1 : end;
        if (stop == line) {
            if (event.count > 0)
                handle(&event);
            event.count = 0;
            done = (size_t)(end + 1 - bytes);
            continue;
        }
        const char *colon = memchr(line, ':', (size_t)(stop - line));
        if (!colon || event.count == MOST_HEADERS)
            continue;
        struct header *header = &event.headers[event.count++];
        header->name = line;
        header->name_length = (unsigned)(colon - line);
        header->value = colon + 1 + (colon + 1 < stop && colon[1] == ' ');
        header->value_length = (unsigned)(stop - header->value);
    }
    return done;
}

/* Blocks of whole events on their way to the other thread. */
struct block {
    struct block *next;
    size_t length;
    char bytes[];
};
static struct block *first, **last = &first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;

static void *work(void *unused) {
    while (!ended) {
        pthread_mutex_lock(&lock);
        while (!first)
            pthread_cond_wait(&more, &lock);
        struct block *block = first;
        first = NULL;
        last = &first;
        pthread_mutex_unlock(&lock);
        while (block) {
            struct block *next = block->next;
            split(block->bytes, block->length);
            free(block);
            block = next;
        }
    }
    return unused;
}

static void hand_over(const char *bytes, size_t length) {
    struct block *block = malloc(sizeof *block + length);
    block->next = NULL;
    block->length = length;
    memcpy(block->bytes, bytes, length);
    pthread_mutex_lock(&lock);
    int was_empty = !first;
    *last = block;
    last = &block->next;
    pthread_mutex_unlock(&lock);
    if (was_empty)
        pthread_cond_signal(&more);
}

static void ask(int fd, const char *text) {
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0) {
        perror("send");
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
        perror("connect");
        return 1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    static char buffer[READ + 65536];
    unsigned long count = strtoul(argv[3], NULL, 10);
    ssize_t got = recv(fd, buffer, sizeof buffer, 0); /* the banner */
    double start = seconds_now(), cpu = cpu_seconds();
    if (strcmp(argv[2], "ping") == 0) {
        for (unsigned long i = 0; i < count && got > 0; i++) {
            ask(fd, "Action: Ping\r\nActionID: 1\r\n\r\n");
            got = recv(fd, buffer, sizeof buffer, 0);
            checked += (unsigned long)got;
        }
        report(seconds_now() - start, cpu_seconds() - cpu, count, checked);
        return 0;
    }
    int handed = strcmp(argv[2], "handed") == 0;
    pthread_t thread;
    if (handed)
        pthread_create(&thread, NULL, work, NULL);
    char request[128];
    snprintf(request, sizeof request, "Action: Replay\r\nCount: %lu\r\nRate: %s\r\n\r\n", count,
             argc > 4 ? argv[4] : "0");
    ask(fd, request);
    const char *end = "Event: ReplayEnd";
    for (size_t have = 0; !ended && (got = recv(fd, buffer + have, READ, 0)) > 0;) {
        have += (size_t)got;
        size_t done;
        if (handed) {
            char *boundary = memrchr(buffer, '\n', have);
            while (boundary && boundary - buffer >= 3 && memcmp(boundary - 3, "\r\n\r", 3) != 0)
                boundary = memrchr(buffer, '\n', (size_t)(boundary - buffer));
            done = boundary && boundary - buffer >= 3 ? (size_t)(boundary + 1 - buffer) : 0;
            if (done > 0)
                hand_over(buffer, done);
            if (memmem(buffer, done, end, strlen(end)))
                break;
        } else {
            done = split(buffer, have);
        }
        have -= done;
        memmove(buffer, buffer + done, have);
    }
    if (handed)
        pthread_join(thread, NULL);
    report(seconds_now() - start, cpu_seconds() - cpu, handled, checked);
    return 0;
}
