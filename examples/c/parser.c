/* The parser alone, in a program's own poll loop; prints what comes. parser HOST PORT USER SECRET */
#include <ami.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (connect(fd, found->ai_addr, found->ai_addrlen) != 0)
        close(fd), fd = -1;
    freeaddrinfo(found);
    return fd;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: %s HOST PORT USER SECRET\n", argv[0]);
        return 2;
    }
    char bytes[4096];
    int fd = dial(argv[1], argv[2]);
    if (fd < 0)
        return fprintf(stderr, "nothing answers there\n"), 1;
    size_t length = 0;
    ami_error *error = NULL;
    ami_parser *parser = ami_parser_new();
    ami_action *login = ami_action_new("Login");
    ami_action_add(login, "Username", argv[3]), ami_action_add(login, "Secret", argv[4]);
    ami_status status = ami_action_encode(login, bytes, sizeof bytes, &length, &error);
    ami_action_free(login);
    if (status == AMI_OK && send(fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
        status = AMI_E_IO;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    while (status == AMI_OK && poll(&ready, 1, -1) > 0) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0) {
            status = ami_parser_finish(parser, &error);
            break;
        }
        ami_message *message = NULL;
        status = ami_parser_feed(parser, bytes, (size_t)got, &error);
        while (status == AMI_OK && (status = ami_parser_next(parser, &message, &error)) == AMI_OK &&
               message) {
            const char *kind = ami_message_kind(message) == AMI_MESSAGE_RESPONSE ? "answer" : "event";
            printf("%s: %s, %zu headers\n", kind, ami_message_name(message),
                   ami_message_header_count(message));
            ami_message_unref(message), fflush(stdout);
        }
    }
    if (error)
        fprintf(stderr, "%s\n", ami_error_message(error));
    ami_error_free(error), ami_parser_free(parser), close(fd);
    return status == AMI_OK ? 0 : 1;
}
