/* The server side of the benchmark: says yes to a login, answers Pings, and replays recorded events when
 * asked to.
 *
 *     traffic CAPTURE      prints its port and serves one client after another until its standard input ends
 *
 * `Action: Replay` with `Count: n` sends n events and then `Event: ReplayEnd`; with `Rate: r` each event is a
 * write of its own, r a second, as a real server writes. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char *events[100000];
static size_t lengths[100000];
static size_t event_count;
static char *bulk;
static size_t bulk_length;

static void die(const char *what) {
    perror(what);
    exit(1);
}

/* Keeps the events of the recording and leaves out its answers. */
static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        die(path);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    if (fread(text, 1, size, file) != size)
        die(path);
    text[size] = '\0';
    fclose(file);
    bulk = malloc(size + 1);
    char *at = strchr(text, '\n') + 1;
    for (char *end; (end = strstr(at, "\r\n\r\n")) != NULL; at = end + 4) {
        if (strncmp(at, "Event:", 6) == 0) {
            lengths[event_count] = (size_t)(end + 4 - at);
            events[event_count] = memcpy(bulk + bulk_length, at, lengths[event_count]);
            bulk_length += lengths[event_count++];
        }
    }
    free(text);
}

static void send_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void replay(int fd, unsigned long count, unsigned long rate) {
    if (rate == 0) {
        for (; count >= event_count; count -= event_count)
            send_all(fd, bulk, bulk_length);
        for (size_t i = 0; i < count; i++)
            send_all(fd, events[i], lengths[i]);
    } else {
        struct timespec next;
        clock_gettime(CLOCK_MONOTONIC, &next);
        for (unsigned long i = 0; i < count; i++) {
            send_all(fd, events[i % event_count], lengths[i % event_count]);
            next.tv_nsec += (long)(1000000000UL / rate);
            if (next.tv_nsec >= 1000000000L) {
                next.tv_nsec -= 1000000000L;
                next.tv_sec++;
            }
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
        }
    }
    const char *end = "Event: ReplayEnd\r\nPrivilege: user,all\r\n\r\n";
    send_all(fd, end, strlen(end));
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

static void serve(int fd) {
    static char in[1 << 16], out[1 << 18];
    size_t have = 0, filled = 0;
    send_all(fd, "Asterisk Call Manager/5.0.5\r\n", 29);
    for (;;) {
        ssize_t got = recv(fd, in + have, sizeof in - 1 - have, 0);
        if (got <= 0)
            return;
        have += (size_t)got;
        in[have] = '\0';
        char *at = in;
        for (char *end; (end = strstr(at, "\r\n\r\n")) != NULL; at = end + 4) {
            char action[64], id[128], count[32], rate[32];
            end[2] = '\0';
            header(at, "Action", action, sizeof action);
            header(at, "ActionID", id, sizeof id);
            int is_ping = strcasecmp(action, "Ping") == 0;
            filled += (size_t)snprintf(out + filled, sizeof out - filled,
                                       "Response: Success\r\nActionID: %s\r\n%s\r\n", id,
                                       is_ping ? "Ping: Pong\r\nTimestamp: 1795375051.873508\r\n"
                                       : strcasecmp(action, "Challenge") == 0 ? "Challenge: 123\r\n"
                                                                              : "Message: Yes\r\n");
            if (filled > sizeof out - 1024) {
                send_all(fd, out, filled);
                filled = 0;
            }
            if (strcasecmp(action, "Replay") == 0) {
                send_all(fd, out, filled);
                filled = 0;
                replay(fd, strtoul(header(at, "Count", count, sizeof count), NULL, 10),
                       strtoul(header(at, "Rate", rate, sizeof rate), NULL, 10));
            }
            if (strcasecmp(action, "Logoff") == 0) {
                send_all(fd, out, filled);
                return;
            }
        }
        send_all(fd, out, filled);
        filled = 0;
        have -= (size_t)(at - in);
        memmove(in, at, have);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s CAPTURE\n", argv[0]);
        return 2;
    }
    load(argv[1]);
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        die("listen");
    printf("%d %zu\n", ntohs(address.sin_port), bulk_length / event_count);
    fflush(stdout);
    struct pollfd fds[2] = {{.fd = listener, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    while (poll(fds, 2, -1) > 0 && !fds[1].revents) {
        int fd = accept(listener, NULL, NULL);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        serve(fd);
        close(fd);
    }
    return 0;
}
