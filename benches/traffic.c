/* The server side of the benchmark: says yes to every login, answers Pings, and sends events when asked to.
 *
 *     traffic CAPTURE      prints its port, and serves any number of clients until its standard input ends
 *     traffic CAPTURE CERTIFICATE KEY      the same through TLS, if it is built with -DTLS; without Seconds
 *
 *     Action: Replay       sends recorded events and then `Event: ReplayEnd`:
 *         Count: n         so many; at full speed unless
 *         Rate: r          each is a write of its own, r a second, as a real server writes;
 *         Headers: n       made-up events with so many headers instead of recorded ones;
 *         Seconds: s       for so long instead of a count, with requests answered in between; then a line of
 * JSON on standard output tells how many were sent and for how long the client has at most kept the server
 * from sending. Action: Spread sends Count events over all sessions in turn, and then ReplayEnd to each
 * Action: List         answers with a list of Items entries Action: Silence      is not answered Action:
 * Flood        sends answers to nothing, as fast as they go, for so many Seconds */
#define _GNU_SOURCE
#include "report.h"
#include "tls.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN = 1 << 16, OUT = 1 << 18, MOST_EVENTS = 100000, STACK = 1 << 18, MADE = 1 << 18 };

static const char BANNER[] = "Asterisk Call Manager/5.0.5\r\n";
static const char END[] = "Event: ReplayEnd\r\nPrivilege: user,all\r\n\r\n";

/* Events one behind the other, to be sent again and again. */
struct stream {
    char *bytes;
    size_t length, count;
    size_t ends[MOST_EVENTS]; /* where each ends */
};

struct session {
    struct session *next, **back;
    int fd;
    double stream_until; /* while it is set, events are sent between requests */
    double due;          /* when the next of them is due, if they have a rate */
    unsigned long rate;
    double stall; /* how long the client has at most kept the server from sending */
    unsigned long sent;
    char in[IN], out[OUT];
};

static struct stream recorded;
static struct session *sessions;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *checked(void *memory) {
    if (!memory) {
        perror("malloc");
        exit(1);
    }
    return memory;
}

/* Keeps the events of the recording and leaves out its answers. */
static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = checked(malloc(size + 1));
    size = fread(text, 1, size, file);
    text[size] = '\0';
    fclose(file);
    recorded.bytes = checked(malloc(size + 1));
    char *at = strchr(text, '\n') + 1;
    for (char *end; (end = strstr(at, "\r\n\r\n")) != NULL && recorded.count < MOST_EVENTS; at = end + 4) {
        if (strncmp(at, "Event:", 6) == 0) {
            memcpy(recorded.bytes + recorded.length, at, (size_t)(end + 4 - at));
            recorded.length += (size_t)(end + 4 - at);
            recorded.ends[recorded.count++] = recorded.length;
        }
    }
    free(text);
}

/* Events with so many headers, as many as fill what is written at once. */
static struct stream *make(unsigned headers) {
    struct stream *stream = checked(malloc(sizeof *stream));
    stream->bytes = checked(malloc(2 * MADE));
    stream->length = stream->count = 0;
    while (stream->length < MADE && stream->count < MOST_EVENTS) {
        char *at = stream->bytes + stream->length;
        at += sprintf(at, "Event: Made\r\nChannel: PJSIP/100-%08zx\r\nUniqueid: 1795375051.%zu\r\n",
                      stream->count, stream->count);
        for (unsigned i = 3; i < headers; i++)
            at += sprintf(at, "Header%u: value %u\r\n", i, i);
        at += sprintf(at, "\r\n");
        stream->length = (size_t)(at - stream->bytes);
        stream->ends[stream->count++] = stream->length;
    }
    return stream;
}

/* Returns whether the client is still there. */
static int send_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = put(fd, bytes, length);
        if (sent <= 0)
            return 0;
        bytes += sent;
        length -= (size_t)sent;
    }
    return 1;
}

static int send_event(int fd, const struct stream *stream, unsigned long number) {
    size_t at = number % stream->count, from = at ? stream->ends[at - 1] : 0;
    return send_all(fd, stream->bytes + from, stream->ends[at] - from);
}

static void send_bulk(int fd, const struct stream *stream, unsigned long count) {
    for (; count >= stream->count; count -= stream->count)
        if (!send_all(fd, stream->bytes, stream->length))
            return;
    if (count > 0)
        send_all(fd, stream->bytes, stream->ends[count - 1]);
}

static void send_paced(int fd, const struct stream *stream, unsigned long count, unsigned long rate) {
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (unsigned long i = 0; i < count && send_event(fd, stream, i); i++) {
        next.tv_nsec += (long)(1000000000UL / rate);
        if (next.tv_nsec >= 1000000000L) {
            next.tv_nsec -= 1000000000L;
            next.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}

/* Sends all events once. As Asterisk does it waits until the socket takes more; that one hangs up if it takes
 * too long, this one remembers how long it took. */
static int stream_once(struct session *self) {
    const char *at = recorded.bytes, *end = at + recorded.length;
    while (at < end) {
        double before = seconds_now();
        struct pollfd room = {.fd = self->fd, .events = POLLOUT};
        poll(&room, 1, -1);
        double waited = seconds_now() - before;
        self->stall = waited > self->stall ? waited : self->stall;
        ssize_t took = send(self->fd, at, (size_t)(end - at), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (took > 0)
            at += took;
        else if (took == 0 || errno != EAGAIN)
            return 0;
    }
    self->sent += recorded.count;
    return 1;
}

/* Sends the events that are due, and waits for the next one's time or a request. */
static int stream_paced(struct session *self) {
    for (double now = seconds_now(); self->due <= now; self->due += 1.0 / (double)self->rate)
        if (!send_event(self->fd, &recorded, self->sent++))
            return 0;
    double left = self->due - seconds_now();
    struct timespec pause = {.tv_nsec = left > 0 ? (long)(left * 1e9) : 0};
    struct pollfd input = {.fd = self->fd, .events = POLLIN};
    ppoll(&input, 1, &pause, NULL);
    return 1;
}

static void end_stream(struct session *self, int alive) {
    if (alive)
        send_all(self->fd, END, sizeof END - 1);
    printf("{\"sent\": %lu, \"stall_ms\": %.1f, \"alive\": %s}\n", self->sent, self->stall * 1e3,
           alive ? "true" : "false");
    fflush(stdout);
    self->stream_until = 0;
}

static void spread(unsigned long count) {
    pthread_mutex_lock(&lock);
    struct session *at = sessions;
    for (unsigned long i = 0; i < count; i++, at = at->next ? at->next : sessions)
        send_event(at->fd, &recorded, i);
    for (at = sessions; at; at = at->next)
        send_all(at->fd, END, sizeof END - 1);
    pthread_mutex_unlock(&lock);
}

static const char *header(const char *frame, const char *name, char *value, size_t size) {
    size_t length = strlen(name);
    value[0] = '\0';
    for (const char *line = frame; *line; line = strchr(line, '\n') + 1) {
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *from = line + length + 1 + strspn(line + length + 1, " ");
            size_t n = strcspn(from, "\r\n");
            snprintf(value, size, "%.*s", (int)n, from);
            break;
        }
    }
    return value;
}

static unsigned long number(const char *frame, const char *name) {
    char value[32];
    return strtoul(header(frame, name, value, sizeof value), NULL, 10);
}

static void replay(struct session *self, const char *request) {
    unsigned long count = number(request, "Count"), rate = number(request, "Rate");
    unsigned long headers = number(request, "Headers"), seconds = number(request, "Seconds");
    if (seconds) {
        self->due = seconds_now();
        self->rate = rate;
        self->stream_until = self->due + (double)seconds;
        self->stall = self->sent = 0;
        return;
    }
    struct stream *stream = headers ? make((unsigned)headers) : &recorded;
    if (rate)
        send_paced(self->fd, stream, count, rate);
    else
        send_bulk(self->fd, stream, count);
    send_all(self->fd, END, sizeof END - 1);
    if (stream != &recorded) {
        free(stream->bytes);
        free(stream);
    }
}

static void list(int fd, const char *id, unsigned long items) {
    static __thread char text[1 << 15];
    size_t filled = 0;
    for (unsigned long i = 0; i < items; i++) {
        filled += (size_t)snprintf(text + filled, sizeof text - filled,
                                   "Event: ListEntry\r\nActionID: %s\r\nObjectName: %lu\r\nTransport: udp\r\n"
                                   "DeviceState: Not in use\r\nActiveChannels: 0\r\n\r\n",
                                   id, i);
        if (filled > sizeof text - 1024) {
            send_all(fd, text, filled);
            filled = 0;
        }
    }
    send_all(fd, text, filled);
    int length = snprintf(
        text, sizeof text,
        "Event: ListComplete\r\nActionID: %s\r\nEventList: Complete\r\nListItems: %lu\r\n\r\n", id, items);
    send_all(fd, text, (size_t)length);
}

static void flood(int fd, unsigned long seconds) {
    static const char foreign[] = "Response: X\r\nActionID: foreign\r\n\r\n";
    enum { LENGTH = sizeof foreign - 1, TIMES = (1 << 16) / LENGTH };
    char text[TIMES * LENGTH];
    for (size_t i = 0; i < TIMES; i++)
        memcpy(text + i * LENGTH, foreign, LENGTH);
    for (double until = seconds_now() + (double)seconds; seconds_now() < until;)
        if (!send_all(fd, text, sizeof text))
            return;
}

/* What is said of an action besides that it went well. The words of a login are what some clients look for.
 */
static const char *answer(const char *action) {
    static const char *const answers[][2] = {
        {"Ping", "Ping: Pong\r\nTimestamp: 1795375051.873508\r\n"},
        {"Challenge", "Challenge: 1795375051\r\n"},
        {"Login", "Message: Authentication accepted\r\n"},
        {"List", "EventList: start\r\nMessage: A list follows\r\n"},
        {"Logoff", "Message: Thanks for all the fish.\r\n"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (strcasecmp(action, answers[i][0]) == 0)
            return answers[i][1];
    return "Message: Yes\r\n";
}

/* Answers the whole requests of the buffer, as many as there are in one write; returns whether to go on. */
static int answer_all(struct session *self, size_t *have) {
    size_t filled = 0;
    char *at = self->in;
    int stay = 1;
    for (char *end; stay && (end = strstr(at, "\r\n\r\n")) != NULL; at = end + 4) {
        char action[64], id[128], said[160] = "";
        end[2] = '\0';
        header(at, "Action", action, sizeof action);
        if (*header(at, "ActionID", id, sizeof id))
            snprintf(said, sizeof said, "ActionID: %s\r\n", id);
        stay = strcasecmp(action, "Logoff") != 0;
        if (strcasecmp(action, "Silence") == 0)
            continue;
        filled += (size_t)snprintf(self->out + filled, OUT - filled, "Response: %s\r\n%s%s\r\n",
                                   stay ? "Success" : "Goodbye", said, answer(action));
        int more = strcasecmp(action, "Replay") == 0   ? 1
                   : strcasecmp(action, "Spread") == 0 ? 2
                   : strcasecmp(action, "List") == 0   ? 3
                   : strcasecmp(action, "Flood") == 0  ? 4
                                                       : 0;
        if (more || filled > OUT - 1024) {
            send_all(self->fd, self->out, filled);
            filled = 0;
        }
        if (more == 1)
            replay(self, at);
        else if (more == 2)
            spread(number(at, "Count"));
        else if (more == 3)
            list(self->fd, id, number(at, "Items"));
        else if (more == 4)
            flood(self->fd, number(at, "Seconds"));
    }
    send_all(self->fd, self->out, filled);
    *have -= (size_t)(at - self->in);
    memmove(self->in, at, *have);
    return stay;
}

static void *serve(void *given) {
    struct session *self = given;
    size_t have = 0;
#ifdef TLS
    int stay = tls_begin(self->fd, 1) && send_all(self->fd, BANNER, sizeof BANNER - 1);
#else
    int stay = send_all(self->fd, BANNER, sizeof BANNER - 1);
#endif
    while (stay) {
        int streams = self->stream_until > 0;
        if (streams) {
            int alive = self->rate ? stream_paced(self) : stream_once(self);
            if (!alive || seconds_now() > self->stream_until)
                end_stream(self, alive);
        }
        ssize_t got = streams ? recv(self->fd, self->in + have, IN - 1 - have, MSG_DONTWAIT)
                              : take(self->fd, self->in + have, IN - 1 - have);
        if (got < 0 && errno == EAGAIN)
            continue;
        if (got <= 0)
            break;
        have += (size_t)got;
        self->in[have] = '\0';
        stay = answer_all(self, &have);
    }
    if (self->stream_until > 0)
        end_stream(self, 0);
    pthread_mutex_lock(&lock);
    *self->back = self->next;
    if (self->next)
        self->next->back = self->back;
    pthread_mutex_unlock(&lock);
#ifdef TLS
    tls_end(self->fd);
#endif
    close(self->fd);
    free(self);
    return NULL;
}

static void start(int fd, const pthread_attr_t *attributes) {
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct session *self = checked(malloc(sizeof *self));
    self->fd = fd;
    self->stream_until = 0;
    pthread_mutex_lock(&lock);
    self->next = sessions;
    self->back = &sessions;
    if (sessions)
        sessions->back = &self->next;
    sessions = self;
    pthread_mutex_unlock(&lock);
    pthread_t thread;
    if ((errno = pthread_create(&thread, attributes, serve, self))) {
        perror("pthread_create");
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s CAPTURE\n", argv[0]);
        return 2;
    }
#ifdef TLS
    tls_serve(argv[2], argv[3]);
#endif
    load(argv[1]);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, SOMAXCONN) ||
        getsockname(listener, (struct sockaddr *)&address, &size)) {
        perror("listen");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    struct pollfd fds[2] = {{.fd = listener, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    while (poll(fds, 2, -1) > 0 && !fds[1].revents) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            start(fd, &attributes);
    }
    return 0;
}
