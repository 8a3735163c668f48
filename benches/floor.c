/* The floor: as little as a C program can do with the same bytes.
 *
 *     floor direct|handed PORT events COUNT [RATE]
 *     floor direct PORT ping|pipelined|sessions COUNT
 *
 * direct reads, splits every header and calls a handler; handed has the events copied and handed to another
 * thread in batches. */
#define _GNU_SOURCE
#include "report.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_HEADERS = 256, READ = 65536, IN_FLIGHT = 1000 };

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
    if (event->headers[0].name_length != 5)
        return; /* the answer to the request */
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

static void ask(int fd, const char *text, size_t length) {
    if (send(fd, text, length, MSG_NOSIGNAL) < 0) {
        perror("send");
        exit(1);
    }
}

/* Connects and reads the banner. */
static int dial(const char *port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    char banner[256];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&address, sizeof address) || recv(fd, banner, sizeof banner, 0) <= 0) {
        perror("connect");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static const char PING[] = "Action: Ping\r\nActionID: 1\r\n\r\n";

static void ping(int fd, unsigned long count) {
    char answer[512];
    double *times = malloc(count * sizeof *times);
    begin();
    for (unsigned long i = 0; i < count; i++) {
        double asked = seconds_now();
        ask(fd, PING, sizeof PING - 1);
        checked += recv(fd, answer, sizeof answer, 0) > 0;
        times[i] = seconds_now() - asked;
    }
    report(count, checked, "median_us", quantile_us(times, count, 0.5), "p99_us",
           quantile_us(times, count, 0.99), NULL);
}

/* Sends as many Pings as may be under way, reads their answers, and so on. */
static void pipelined(int fd, unsigned long count) {
    static char requests[IN_FLIGHT * sizeof PING], answers[READ];
    for (size_t i = 0; i < IN_FLIGHT; i++)
        memcpy(requests + i * (sizeof PING - 1), PING, sizeof PING - 1);
    begin();
    for (unsigned long sent = 0; checked < count;) {
        unsigned long some = count - sent < IN_FLIGHT ? count - sent : IN_FLIGHT;
        ask(fd, requests, some * (sizeof PING - 1));
        for (sent += some; checked < sent;) {
            ssize_t got = recv(fd, answers, sizeof answers, 0);
            if (got <= 0)
                exit(1);
            for (char *at = answers; (at = memchr(at, 'g', (size_t)(answers + got - at))) != NULL; at++)
                checked += at > answers && at[-1] == 'n' && at + 1 < answers + got && at[1] == '\r';
        }
    }
    report(checked, checked, NULL);
}

static void hold(const char *port, unsigned long count) {
    long before = own("VmRSS");
    begin();
    for (; handled < count; handled++)
        dial(port);
    report(handled, 0, "kb_each", (double)(own("VmRSS") - before) / (double)count, NULL);
}

static void events(int fd, int is_handed, const char *count, const char *rate) {
    static char buffer[READ + 65536];
    static const char end[] = "Event: ReplayEnd";
    pthread_t thread;
    begin();
    if (is_handed)
        pthread_create(&thread, NULL, work, NULL);
    char request[128];
    int length =
        snprintf(request, sizeof request, "Action: Replay\r\nCount: %s\r\nRate: %s\r\n\r\n", count, rate);
    ask(fd, request, (size_t)length);
    ssize_t got;
    for (size_t have = 0; !ended && (got = recv(fd, buffer + have, READ, 0)) > 0;) {
        have += (size_t)got;
        size_t done;
        if (is_handed) {
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
    if (is_handed)
        pthread_join(thread, NULL);
    report(handled, checked, NULL);
}

int main(int argc, char **argv) {
    if (argc < 5)
        return 2;
    const char *mode = argv[3];
    unsigned long count = strtoul(argv[4], NULL, 10);
    if (strcmp(mode, "sessions") == 0) {
        hold(argv[2], count);
        return 0;
    }
    int fd = dial(argv[2]);
    if (strcmp(mode, "ping") == 0)
        ping(fd, count);
    else if (strcmp(mode, "pipelined") == 0)
        pipelined(fd, count);
    else
        events(fd, strcmp(argv[1], "handed") == 0, argv[4], argc > 5 ? argv[5] : "0");
    return 0;
}
