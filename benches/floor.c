/* The floor: as little as a C program can do with the same bytes.
 *
 *     floor direct|handed PORT events COUNT [RATE]
 *     floor direct|handed PORT ping|window COUNT
 *     floor direct PORT pipelined|sessions COUNT
 *     floor direct PORT beside paced|bulk SECONDS
 *
 * direct reads, splits every header and calls a handler; handed has the events copied and handed to another
 * thread in batches. Built with -DTLS it goes through OpenSSL. A thread that asks and one that reads the
 * answers is what handed means for Pings. */
#define _GNU_SOURCE
#include "report.h"
#include "tls.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_HEADERS = 256, READ = 65536, IN_FLIGHT = 1000, WINDOW = 64 };

struct header {
    const char *name, *value;
    unsigned name_length, value_length;
};

struct event {
    struct header headers[MOST_HEADERS];
    unsigned count;
};

static unsigned long handled, checked;
/* The answers that were split, and those of them that the thread that asks was told of. */
static unsigned long answered, told;
static int ended;

static const struct header *find(const struct event *event, const char *name, unsigned length) {
    for (unsigned i = 0; i < event->count; i++)
        if (event->headers[i].name_length == length && strncasecmp(event->headers[i].name, name, length) == 0)
            return &event->headers[i];
    return NULL;
}

/* Answers come in the order of the Pings. */
static void take_answer(const struct event *event) {
    const struct header *id = find(event, "ActionID", 8);
    checked += id && strtoul(id->value, NULL, 10) == answered;
    answered++;
}

static void handle(const struct event *event) {
    if (event->headers[0].name_length != 5)
        return take_answer(event);
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
    if (put(fd, text, length) <= 0) {
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
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
        perror("connect");
        exit(1);
    }
#ifdef TLS
    tls_check(tls_begin(fd, 0), "the handshake");
#endif
    if (take(fd, banner, sizeof banner) <= 0) {
        perror("banner");
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
        checked += take(fd, answer, sizeof answer) > 0;
        times[i] = seconds_now() - asked;
    }
    report_pings(count, checked, times, count);
}

/* Sends as many Pings as may be under way, reads their answers, and so on; all are the same, and answers are
 * only counted. */
static void pipelined(int fd, unsigned long count) {
    static char requests[IN_FLIGHT * sizeof PING], answers[READ];
    for (size_t i = 0; i < IN_FLIGHT; i++)
        memcpy(requests + i * (sizeof PING - 1), PING, sizeof PING - 1);
    begin();
    for (unsigned long sent = 0; checked < count;) {
        unsigned long some = count - sent < IN_FLIGHT ? count - sent : IN_FLIGHT;
        ask(fd, requests, some * (sizeof PING - 1));
        for (sent += some; checked < sent;) {
            ssize_t got = take(fd, answers, sizeof answers);
            if (got <= 0)
                exit(1);
            for (char *at = answers; (at = memchr(at, 'g', (size_t)(answers + got - at))) != NULL; at++)
                checked += at > answers && at[-1] == 'n' && at + 1 < answers + got && at[1] == '\r';
        }
    }
    report(checked, checked, NULL);
}

/* Sends so many Pings, the first of which has this number. */
static void ask_numbered(int fd, unsigned long from, unsigned long count) {
    static char requests[WINDOW * 64];
    size_t length = 0;
    for (unsigned long i = 0; i < count; i++)
        length += (size_t)sprintf(requests + length, "Action: Ping\r\nActionID: %lu\r\n\r\n", from + i);
    ask(fd, requests, length);
}

/* Reads once, and splits the answers. */
static void read_answers(int fd) {
    static char buffer[2 * READ];
    static size_t have;
    ssize_t got = take(fd, buffer + have, READ);
    if (got <= 0)
        exit(1);
    have += (size_t)got;
    size_t done = split(buffer, have);
    have -= done;
    memmove(buffer, buffer + done, have);
}

/* Keeps so many Pings under way: each read is followed by as many Pings as it brought answers. */
static void window(int fd, unsigned long count, unsigned long most) {
    begin();
    for (unsigned long sent = 0; answered < count;) {
        unsigned long room = most - (sent - answered), left = count - sent, some = room < left ? room : left;
        if (some > 0)
            ask_numbered(fd, sent, some);
        sent += some;
        read_answers(fd);
    }
    report(answered, checked, NULL);
}

static void *read_on(void *fd) {
    for (unsigned long known = 0;; known = answered) {
        read_answers(*(int *)fd);
        pthread_mutex_lock(&lock);
        told += answered - known;
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&more);
    }
    return NULL;
}

/* Keeps so many Pings under way; another thread reads and splits their answers. */
static void window_handed(int fd, unsigned long count, unsigned long most) {
    double *times = malloc(count * sizeof *times);
    pthread_t thread;
    pthread_create(&thread, NULL, read_on, &fd);
    begin();
    for (unsigned long sent = 0, known = 0; known < count;) {
        unsigned long room = most - (sent - known), left = count - sent, some = room < left ? room : left;
        double asked = seconds_now();
        if (some > 0)
            ask_numbered(fd, sent, some);
        sent += some;
        pthread_mutex_lock(&lock);
        while (told == known)
            pthread_cond_wait(&more, &lock);
        unsigned long before = known;
        known = told;
        pthread_mutex_unlock(&lock);
        times[before] = seconds_now() - asked;
    }
    if (most == 1)
        report_pings(count, checked, times, count);
    else
        report(count, checked, NULL);
}

/* One Ping after the other beside events. */
static void beside(int fd, const char *rate, const char *seconds) {
    enum { MOST = 1000000 };
    double *times = malloc(MOST * sizeof *times);
    unsigned long count = 0;
    char request[128];
    int length =
        snprintf(request, sizeof request, "Action: Replay\r\nSeconds: %s\r\nRate: %s\r\n\r\n", seconds, rate);
    begin();
    ask(fd, request, (size_t)length);
    while (answered < 1)
        read_answers(fd);
    while (!ended && count < MOST) {
        double asked = seconds_now();
        ask(fd, PING, sizeof PING - 1);
        for (unsigned long known = answered; !ended && answered == known;)
            read_answers(fd);
        times[count++] = seconds_now() - asked;
    }
    report_pings(handled, checked, times, count);
}

static void hold(const char *port, unsigned long count) {
    long before = own("VmRSS");
    begin();
    for (; handled < count; handled++)
        dial(port);
    report(handled, 0, "kb_each", (double)(own("VmRSS") - before) / (double)count, "connect_s",
           seconds_now() - began, NULL);
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
    for (size_t have = 0; !ended && (got = take(fd, buffer + have, READ)) > 0;) {
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
#ifdef TLS
    tls_trust(getenv("BENCH_TLS"));
#endif
    if (strcmp(mode, "sessions") == 0) {
        hold(argv[2], count);
        return 0;
    }
    int fd = dial(argv[2]), is_handed = strcmp(argv[1], "handed") == 0;
    int is_ping = strcmp(mode, "ping") == 0, is_window = strcmp(mode, "window") == 0;
    if (is_handed && (is_ping || is_window))
        window_handed(fd, count, is_ping ? 1 : WINDOW);
    else if (is_ping)
        ping(fd, count);
    else if (strcmp(mode, "beside") == 0)
        beside(fd, strcmp(argv[4], "paced") == 0 ? PACE : "0", argv[5]);
    else if (is_window)
        window(fd, count, WINDOW);
    else if (strcmp(mode, "pipelined") == 0)
        pipelined(fd, count);
    else
        events(fd, is_handed, argv[4], argc > 5 ? argv[5] : "0");
    return 0;
}
