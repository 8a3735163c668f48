#include "fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct fake_link {
    fake *server;
    int socket;
    pthread_mutex_t writing;
    thread *reader, *flood;
    int pause;
    fake_link *next;
};

struct fake {
    fake_options options;
    int socket;
    uint16_t port;
    thread *accepter;
    pthread_mutex_t lock;
    fake_link *links, *newest;
    int logins, ends;
};

static void *checked(void *memory) {
    if (!memory) {
        fprintf(stderr, "no memory\n");
        abort();
    }
    return memory;
}

const char *frame_get(const fake_frame *action, const char *name) {
    for (int at = 0; at < action->count; at++)
        if (strcasecmp(action->names[at], name) == 0)
            return action->values[at];
    return "";
}

void fake_write(fake_link *link, const void *bytes, size_t length) {
    const char *from = bytes;
    pthread_mutex_lock(&link->writing);
    while (length > 0) {
        ssize_t sent = send(link->socket, from, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            break;
        from += sent;
        length -= (size_t)sent;
    }
    pthread_mutex_unlock(&link->writing);
}

void fake_say(fake_link *link, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = checked(malloc((size_t)length + 1));
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    fake_write(link, text, (size_t)length);
    free(text);
}

void fake_answer(fake_link *link, const fake_frame *action, const char *lines) {
    const char *id = frame_get(action, "ActionID");
    if (*id)
        fake_say(link, "Response: Success\r\nActionID: %s\r\n%s\r\n", id, lines);
    else
        fake_say(link, "Response: Success\r\n%s\r\n", lines);
}

void fake_reset(fake_link *link) {
    struct linger hard = {1, 0};
    setsockopt(link->socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    /* A socket that is connected to nothing any more has been reset; its number stays taken until the end. */
    struct sockaddr nowhere;
    memset(&nowhere, 0, sizeof nowhere);
    nowhere.sa_family = AF_UNSPEC;
    connect(link->socket, &nowhere, sizeof nowhere);
    shutdown(link->socket, SHUT_RDWR);
}

static char *ticks(int first, int count, size_t *length) {
    char *text = checked(malloc((size_t)count * 64 + 1));
    *length = 0;
    for (int number = first; number < first + count; number++)
        *length += (size_t)sprintf(text + *length, "Event: Tick\r\nPrivilege: user,all\r\nNumber: %d\r\n\r\n",
                                   number);
    return text;
}

void fake_burst(fake_link *link, int first, int count) {
    size_t length;
    char *text = ticks(first, count, &length);
    fake_write(link, text, length);
    free(text);
}

static void burst(fake_link *link, const fake_frame *action) {
    size_t length;
    int count = atoi(frame_get(action, "Count"));
    char *text = ticks(atoi(frame_get(action, "First")), count, &length);
    text = checked(realloc(text, length + 200));
    length += (size_t)sprintf(text + length, "Response: Success\r\nActionID: %.64s\r\nMessage: Done\r\n\r\n",
                              frame_get(action, "ActionID"));
    fake_write(link, text, length);
    free(text);
}

static void list(fake_link *link, const fake_frame *action) {
    const char *id = frame_get(action, "ActionID");
    int count = atoi(frame_get(action, "Count"));
    fake_answer(link, action, "EventList: start\r\nMessage: Entries follow\r\n");
    for (int number = 0; number < count; number++)
        fake_say(link, "Event: Entry\r\nActionID: %s\r\nNumber: %d\r\n\r\n", id, number);
    fake_say(link, "Event: ListComplete\r\nActionID: %s\r\nEventList: Complete\r\nListItems: %d\r\n\r\n", id,
             count);
}

static void *flood(void *data) {
    fake_link *link = data;
    size_t length;
    char *text = ticks(0, 20, &length);
    while (send(link->socket, text, length, MSG_NOSIGNAL) > 0)
        if (link->pause > 0)
            linger(link->pause);
    free(text);
    return NULL;
}

static int log_in(fake_link *link, const fake_frame *action) {
    fake *server = link->server;
    const char *name = frame_get(action, "Action");
    if (strcasecmp(name, "Challenge") == 0) {
        if (server->options.no_challenge)
            fake_say(link, "Response: Error\r\nActionID: %s\r\nMessage: Must specify AuthType\r\n\r\n",
                     frame_get(action, "ActionID"));
        else
            fake_answer(link, action, "Challenge: 840415273\r\n");
        return 1;
    }
    if (strcasecmp(name, "Login") != 0)
        return 0;
    if (server->options.refusal) {
        fake_say(link, "Response: Error\r\nActionID: %s\r\nMessage: %s\r\n\r\n",
                 frame_get(action, "ActionID"), server->options.refusal);
        return 1;
    }
    pthread_mutex_lock(&server->lock);
    server->newest = link;
    pthread_mutex_unlock(&server->lock);
    fake_answer(link, action, "Message: Authentication accepted\r\n");
    bump(&server->logins);
    return 1;
}

/* Tells whether the link goes on. */
static int act(fake_link *link, const fake_frame *action) {
    const fake_options *options = &link->server->options;
    const char *name = frame_get(action, "Action");
    char line[1400];
    if (options->mute || (options->action && options->action(link, action, options->data)))
        return 1;
    if (log_in(link, action))
        return !options->refusal || strcasecmp(name, "Login") != 0;
    if (strcasecmp(name, "Ping") == 0) {
        fake_answer(link, action, "Ping: Pong\r\nTimestamp: 1360139590.096698\r\n");
    } else if (strcasecmp(name, "Echo") == 0) {
        snprintf(line, sizeof line, "Value: %s\r\n", frame_get(action, "Value"));
        fake_answer(link, action, line);
    } else if (strcasecmp(name, "Refuse") == 0) {
        fake_say(link, "Response: Error\r\nActionID: %s\r\nMessage: Not today\r\n\r\n",
                 frame_get(action, "ActionID"));
    } else if (strcasecmp(name, "List") == 0) {
        list(link, action);
    } else if (strcasecmp(name, "Burst") == 0) {
        burst(link, action);
    } else if (strcasecmp(name, "Flood") == 0) {
        fake_answer(link, action, "");
        link->pause = atoi(frame_get(action, "Pause"));
        if (!link->flood)
            link->flood = start(flood, link);
    } else if (strcasecmp(name, "Break") == 0) {
        fake_reset(link);
        return 0;
    } else if (strcasecmp(name, "Bye") == 0) {
        return 0;
    } else if (strcasecmp(name, "Logoff") == 0) {
        if (!options->no_goodbye) {
            fake_say(link, "Response: Goodbye\r\nActionID: %s\r\nMessage: Thanks for all the fish.\r\n\r\n",
                     frame_get(action, "ActionID"));
            return 0;
        }
    } else if (strcasecmp(name, "Silent") != 0) {
        fake_say(link,
                 "Response: Error\r\nActionID: %s\r\nMessage: Invalid/unknown command: %s. Use Action: "
                 "ListCommands to "
                 "show available commands.\r\n\r\n",
                 frame_get(action, "ActionID"), name);
    }
    return 1;
}

/* Splits one action in place; its end is an empty line. */
static void split(char *text, fake_frame *action) {
    action->count = 0;
    for (char *line = text; *line && action->count < FAKE_HEADERS;) {
        char *end = strstr(line, "\r\n");
        if (end)
            *end = '\0';
        char *colon = strchr(line, ':');
        if (colon) {
            *colon = '\0';
            action->names[action->count] = line;
            action->values[action->count++] = colon + 1 + strspn(colon + 1, " ");
        }
        line = end ? end + 2 : line + strlen(line);
    }
}

static void *serve(void *data) {
    fake_link *link = data;
    fake *server = link->server;
    const fake_options *options = &server->options;
    enum { ROOM = 1 << 18 };
    char *buffer = checked(malloc(ROOM));
    size_t have = 0;
    int going = !options->hang_up;
    if (going && !(options->banner && !*options->banner))
        fake_say(link, "%s\r\n", options->banner ? options->banner : "Asterisk Call Manager/1.1");
    while (going && have < ROOM - 1) {
        ssize_t got = recv(link->socket, buffer + have, ROOM - 1 - have, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        have += (size_t)got;
        buffer[have] = '\0';
        char *end;
        while (going && (end = strstr(buffer, "\r\n\r\n"))) {
            fake_frame action;
            size_t used = (size_t)(end + 4 - buffer);
            end[2] = '\0';
            split(buffer, &action);
            going = act(link, &action);
            memmove(buffer, buffer + used, have - used + 1);
            have -= used;
        }
    }
    shutdown(link->socket, SHUT_RDWR);
    if (link->flood)
        join(link->flood);
    free(buffer);
    bump(&server->ends);
    return NULL;
}

static void *accept_all(void *data) {
    fake *server = data;
    for (;;) {
        int socket = accept(server->socket, NULL, NULL);
        if (socket < 0 && errno == EINTR)
            continue;
        if (socket < 0)
            return NULL;
        struct timeval limit = {10, 0};
        int on = 1;
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        fake_link *link = checked(calloc(1, sizeof *link));
        link->server = server;
        link->socket = socket;
        pthread_mutex_init(&link->writing, NULL);
        pthread_mutex_lock(&server->lock);
        link->next = server->links;
        server->links = link;
        pthread_mutex_unlock(&server->lock);
        link->reader = start(serve, link);
    }
}

fake *fake_start(const fake_options *options) {
    fake *server = checked(calloc(1, sizeof *server));
    if (options)
        server->options = *options;
    pthread_mutex_init(&server->lock, NULL);
    struct sockaddr_in place;
    socklen_t length = sizeof place;
    memset(&place, 0, sizeof place);
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (server->socket < 0 || bind(server->socket, (struct sockaddr *)&place, length) != 0 ||
        listen(server->socket, 64) != 0 ||
        getsockname(server->socket, (struct sockaddr *)&place, &length) != 0) {
        perror("no server can be started");
        abort();
    }
    server->port = ntohs(place.sin_port);
    server->accepter = start(accept_all, server);
    return server;
}

void fake_stop(fake *server) {
    shutdown(server->socket, SHUT_RDWR);
    join(server->accepter);
    close(server->socket);
    for (fake_link *link = server->links; link;) {
        fake_link *next = link->next;
        shutdown(link->socket, SHUT_RDWR);
        join(link->reader);
        close(link->socket);
        pthread_mutex_destroy(&link->writing);
        free(link);
        link = next;
    }
    pthread_mutex_destroy(&server->lock);
    free(server);
}

uint16_t fake_port(const fake *server) {
    return server->port;
}

int *fake_logins(fake *server) {
    return &server->logins;
}

int *fake_ends(fake *server) {
    return &server->ends;
}

fake_link *fake_newest(fake *server) {
    pthread_mutex_lock(&server->lock);
    fake_link *link = server->newest;
    pthread_mutex_unlock(&server->lock);
    return link;
}
