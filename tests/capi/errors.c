/* Bad input and bad servers: each with a status of its own and a text that names what to do, and never a
 * secret in it. */
#include "fake.h"
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* It must not be in any text. */
#define HIDDEN "Never-Shown-7731"

static const asterisk *servers;

/* All texts so far: no two things that go wrong read the same. */
static char texts[80][400];
static int text_count;

/* The text names what to do, is like no other, and tells no secret. Frees the error. */
static void explained(ami_error **error, const char *part, const char *advice) {
    const char *message = ami_error_message(*error), *peer = ami_error_peer_message(*error);
    CHECK_HAS(message, part);
    CHECK_HAS(message, advice);
    CHECK_LACKS(message, HIDDEN);
    CHECK_LACKS(peer, HIDDEN);
    CHECK_LACKS(message, "\n");
    for (int at = 0; at < text_count; at++)
        CHECK(strcmp(texts[at], message) != 0);
    if (CHECK(text_count < 80))
        snprintf(texts[text_count++], sizeof *texts, "%s", message);
    clear(error);
}

#define EXPLAINED(status, call, part, advice)                                                                \
    do {                                                                                                     \
        FAILS(status, call);                                                                                 \
        explained(&error, part, advice);                                                                     \
    } while (0)

/* A gateway with these commands, which is not asked for its dialect. Takes the configuration. */
static ami_gateway *gateway_of(ami_config *config, const char *dialect) {
    ami_error *error = NULL;
    ami_gateway *gateway = NULL;
    STATUS(AMI_OK, ami_config_set_dialect(config, dialect));
    OK(ami_gateway_connect(config, &gateway, &error));
    ami_config_free(config);
    return gateway;
}

static ami_config *config_for(const char *host, uint16_t port) {
    ami_config *config = ami_config_new();
    STATUS(AMI_OK, ami_config_set_host(config, host));
    STATUS(AMI_OK, ami_config_set_port(config, port));
    STATUS(AMI_OK, ami_config_set_username(config, "someone"));
    STATUS(AMI_OK, ami_config_set_secret(config, HIDDEN));
    return config;
}

/* Takes the configuration. */
static ami_status connect_with(ami_config *config, ami_error **error) {
    ami_client *client = (ami_client *)error;
    ami_status status = ami_client_connect(config, &client, error);
    CHECK((client == NULL) == (status != AMI_OK));
    ami_client_free(client);
    ami_config_free(config);
    return status;
}

static ami_status connect_to(const char *host, uint16_t port, uint32_t timeout_ms, ami_error **error) {
    ami_config *config = config_for(host, port);
    if (timeout_ms)
        STATUS(AMI_OK, ami_config_set_connect_timeout_ms(config, timeout_ms));
    return connect_with(config, error);
}

/* --------------------------------------------------------------------------------------------------
 * connecting */

static void connect_to_a_name_that_no_host_can_have_fails(void) {
    ami_error *error = NULL;
    /* Neither can be a name, so nobody is asked. */
    EXPLAINED(AMI_E_RESOLVE, connect_to("gateway..invalid", 5038, 0, &error), "gateway..invalid", "spelt");
    char label[80];
    memset(label, 'a', 70);
    snprintf(label + 70, sizeof label - 70, ".test");
    EXPLAINED(AMI_E_RESOLVE, connect_to(label, 5038, 0, &error), label, "spelt");
}

static void connect_to_a_port_that_nobody_listens_on_is_refused(void) {
    ami_error *error = NULL;
    struct sockaddr_in place;
    socklen_t length = sizeof place;
    char shown[40];
    memset(&place, 0, sizeof place);
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* Bound and not listening, it stays closed. */
    int taken = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(taken, (struct sockaddr *)&place, length) == 0);
    getsockname(taken, (struct sockaddr *)&place, &length);
    snprintf(shown, sizeof shown, "127.0.0.1:%d", ntohs(place.sin_port));
    EXPLAINED(AMI_E_REFUSED, connect_to("127.0.0.1", ntohs(place.sin_port), 0, &error), shown,
              "manager.conf");
    FAILS(AMI_E_REFUSED, connect_to("127.0.0.1", ntohs(place.sin_port), 0, &error));
    CHECK_INT(ami_error_errno(error), ECONNREFUSED);
    CHECK_INT(ami_error_is_not_found(error), 0);
    clear(&error);
    CHECK_INT(ami_error_errno(NULL), 0);
    CHECK_INT(ami_error_is_not_found(NULL), 0);
    close(taken);
}

static void greet(const char *banner, ami_status status, const char *part, const char *advice) {
    ami_error *error = NULL;
    fake_options options = {0};
    options.banner = banner;
    fake *server = fake_start(&options);
    EXPLAINED(status, connect_to("127.0.0.1", fake_port(server), 400, &error), part, advice);
    fake_stop(server);
}

static void connect_to_a_server_of_another_protocol_fails(void) {
    char garbage[2000];
    greet("SSH-2.0-OpenSSH_9.2p1 Debian-2", AMI_E_NOT_AMI, "SSH-2.0-OpenSSH", "port");
    greet("220 mail.example.org ESMTP", AMI_E_NOT_AMI, "220 mail", "port");
    memset(garbage, 'x', sizeof garbage - 1);
    garbage[sizeof garbage - 1] = '\0';
    greet(garbage, AMI_E_NOT_AMI, "xxxx", "port");
    greet("HTTP/1.1 400 Bad Request", AMI_E_NOT_AMI, "HTTP/1.1 400", "port");
    greet("\x1b[31m\x07/x", AMI_E_NOT_AMI, "\\u{1b}", "port");
}

static void connect_to_a_server_that_says_nothing_times_out(void) {
    uint64_t from = now_ms();
    greet("", AMI_E_TIMEOUT, "said nothing", "manager port");
    CHECK(now_ms() - from >= 400 && now_ms() - from < 10000);
}

/* A listener whose queue is full takes no more connections. */
static void connect_to_a_server_that_takes_no_connection_times_out(void) {
    ami_error *error = NULL;
    struct sockaddr_in place;
    socklen_t length = sizeof place;
    int listener = socket(AF_INET, SOCK_STREAM, 0), fillers[8];
    memset(&place, 0, sizeof place);
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener, (struct sockaddr *)&place, length) == 0 && listen(listener, 0) == 0);
    getsockname(listener, (struct sockaddr *)&place, &length);
    for (int at = 0; at < 8; at++) {
        fillers[at] = socket(AF_INET, SOCK_STREAM, 0);
        fcntl(fillers[at], F_SETFL, O_NONBLOCK);
        connect(fillers[at], (struct sockaddr *)&place, length);
    }
    uint64_t from = now_ms();
    EXPLAINED(AMI_E_TIMEOUT, connect_to("127.0.0.1", ntohs(place.sin_port), 300, &error), "did not accept",
              "firewall");
    CHECK(now_ms() - from >= 300 && now_ms() - from < 10000);
    for (int at = 0; at < 8; at++)
        close(fillers[at]);
    close(listener);
}

/* A name may have several addresses, and the server may listen on the last one only. */
static void connect_finds_a_host_by_its_name(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    OK(connect_to("localhost", fake_port(server), 0, &error));
    CHECK_INT(look(fake_logins(server)), 1);
    fake_stop(server);
}

static void login_that_is_not_answered_times_out(void) {
    ami_error *error = NULL;
    fake_options options = {0};
    options.mute = 1;
    fake *server = fake_start(&options);
    EXPLAINED(AMI_E_TIMEOUT, connect_to("127.0.0.1", fake_port(server), 300, &error),
              "did not answer the login", "manager port");
    fake_stop(server);
}

static void connect_to_a_server_that_hangs_up_fails(void) {
    ami_error *error = NULL;
    fake_options options = {0};
    options.hang_up = 1;
    fake *server = fake_start(&options);
    EXPLAINED(AMI_E_DISCONNECTED, connect_to("127.0.0.1", fake_port(server), 0, &error), "without a word",
              "manager.conf");
    fake_stop(server);
}

static int hang_up_at_login(fake_link *link, const fake_frame *action, void *data) {
    (void)data;
    if (strcmp(frame_get(action, "Action"), "Login") != 0)
        return 0;
    fake_reset(link);
    return 1;
}

static void login_fails_when_the_server_hangs_up(void) {
    ami_error *error = NULL;
    fake_options options = {0};
    options.action = hang_up_at_login;
    fake *server = fake_start(&options);
    ami_status status = connect_to("127.0.0.1", fake_port(server), 0, &error);
    STATUS(AMI_E_DISCONNECTED, status);
    explained(&error, "", "");
    fake_stop(server);
}

static void config_without_a_host_or_user_name_is_refused(void) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = ami_config_new();
    EXPLAINED(AMI_E_INVALID, ami_client_connect(config, &client, &error), "host", "give");
    STATUS(AMI_OK, ami_config_set_host(config, "127.0.0.1"));
    EXPLAINED(AMI_E_INVALID, ami_client_connect(config, &client, &error), "user name", "manager.conf");
    CHECK(client == NULL);
    ami_config_free(config);
}

/* ------------------------------------------------------------------------------------------------------
 * login */

static void login_with_a_wrong_secret_is_refused(void) {
    for (int at = 0; at < SERVERS; at++) {
        ami_error *error = NULL;
        ami_client *client = NULL;
        const account wrong = {"admin", HIDDEN}, nobody = {"nobody", HIDDEN};
        ami_config *config = real_config(&servers[at], wrong);
        FAILS(AMI_E_AUTH, ami_client_connect(config, &client, &error));
        CHECK(client == NULL);
        CHECK_STR(ami_error_peer_message(error), "Authentication failed");
        if (at == 0)
            explained(&error, "\"admin\"", "secret");
        clear(&error);
        ami_config_free(config);
        config = real_config(&servers[at], nobody);
        FAILS(AMI_E_AUTH, ami_client_connect(config, &client, &error));
        CHECK_HAS(ami_error_message(error), "\"nobody\"");
        clear(&error);
        ami_config_free(config);
    }
}

static int echo_secret(fake_link *link, const fake_frame *action, void *data) {
    (void)data;
    if (strcmp(frame_get(action, "Action"), "Login") != 0)
        return 0;
    fake_say(link, "Response: Error\r\nActionID: %s\r\nMessage: wrong secret '%s' for %s\r\n\r\n",
             frame_get(action, "ActionID"), frame_get(action, "Secret"), frame_get(action, "Username"));
    return 1;
}

/* A server that knows no challenge is told the secret on this link, and may say it back. */
static void login_hides_a_secret_that_the_server_says_back(void) {
    ami_error *error = NULL;
    fake_options options = {0};
    options.no_challenge = 1;
    options.action = echo_secret;
    fake *server = fake_start(&options);
    EXPLAINED(AMI_E_AUTH, connect_to("127.0.0.1", fake_port(server), 0, &error), "someone", "secret");
    fake_stop(server);
}

static void login_works_at_a_server_without_a_challenge(void) {
    ami_error *error = NULL;
    fake_options options = {0};
    options.no_challenge = 1;
    fake *server = fake_start(&options);
    OK(connect_to("127.0.0.1", fake_port(server), 0, &error));
    CHECK_INT(look(fake_logins(server)), 1);
    fake_stop(server);
}

static int count_secrets(fake_link *link, const fake_frame *action, void *secrets) {
    (void)link;
    if (*frame_get(action, "Secret"))
        bump(secrets);
    return 0;
}

/* Mapped into IPv6 the address is none of those that pass for loopback, so this link may cross a network. */
static void secret_crosses_no_network_in_the_clear(void) {
    ami_error *error = NULL;
    int secrets = 0;
    fake_options options = {0};
    options.no_challenge = 1;
    options.action = count_secrets;
    options.data = &secrets;
    fake *server = fake_start(&options);
    ami_status status = connect_to("::ffff:127.0.0.1", fake_port(server), 0, &error);
    STATUS(AMI_E_AUTH_METHOD, status);
    CHECK_STR(ami_error_peer_message(error), "Must specify AuthType");
    explained(&error, "no MD5 challenge", "setting allow_plain_login");
    /* All that was sent has been read by then. */
    CHECK(await(fake_ends(server), 1, SOON));
    CHECK_INT(look(&secrets), 0);

    ami_config *config = config_for("::ffff:127.0.0.1", fake_port(server));
    STATUS(AMI_OK, ami_config_set_allow_plain_login(config, 1));
    OK(connect_with(config, &error));
    CHECK_INT(look(&secrets), 1);
    CHECK_INT(look(fake_logins(server)), 1);
    fake_stop(server);
}

static void config_refuses_texts_that_no_line_can_carry(void) {
    char longest[1100];
    const char *const bad[] = {HIDDEN "\r\nAction: Ping", HIDDEN "\n", "\r" HIDDEN, longest,
                               "\xff\xfe" HIDDEN};
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    ami_config *config = loopback(1);
    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++) {
        STATUS(AMI_E_INVALID, ami_config_set_secret(config, bad[at]));
        STATUS(AMI_E_INVALID, ami_config_set_username(config, bad[at]));
        STATUS(AMI_E_INVALID, ami_config_set_host(config, bad[at]));
        STATUS(AMI_E_INVALID, ami_config_set_event_mask(config, bad[at]));
    }
    ami_config_free(config);
}

/* ----------------------------------------------------------------------------------------------
 * configuration */

static void config_refuses_settings_that_make_no_sense(void) {
    ami_config *config = loopback(5038);
    STATUS(AMI_E_INVALID, ami_config_set_host(config, ""));
    STATUS(AMI_E_INVALID, ami_config_set_port(config, 0));
    STATUS(AMI_E_INVALID, ami_config_set_event_mask(config, ""));
    STATUS(AMI_E_INVALID, ami_config_set_connect_timeout_ms(config, 0));
    STATUS(AMI_E_INVALID, ami_config_set_connect_timeout_ms(config, UINT32_MAX));
    STATUS(AMI_E_INVALID, ami_config_set_action_timeout_ms(config, 0));
    STATUS(AMI_E_INVALID, ami_config_set_action_timeout_ms(config, UINT32_MAX));
    STATUS(AMI_E_INVALID, ami_config_set_event_queue(config, 0, 1 << 20, AMI_QUEUE_DROP_OLDEST));
    STATUS(AMI_E_INVALID, ami_config_set_event_queue(config, 10, 0, AMI_QUEUE_DROP_OLDEST));
    STATUS(AMI_E_INVALID, ami_config_set_event_queue(config, 10, 1 << 20, -1));
    STATUS(AMI_E_INVALID, ami_config_set_event_queue(config, 10, 1 << 20, 3));
    STATUS(AMI_E_INVALID, ami_config_set_dialect(config, ""));
    STATUS(AMI_E_INVALID, ami_config_set_dialect(config, "no such gateway"));
    STATUS(AMI_E_INVALID, ami_config_set_dialect(config, "OpenVox\n"));
    STATUS(AMI_OK, ami_config_set_dialect(config, "openvox"));
    STATUS(AMI_OK, ami_config_set_dialect(config, "auto"));
    STATUS(AMI_OK, ami_config_set_port(config, 65535));
    STATUS(AMI_OK, ami_config_set_event_queue(config, SIZE_MAX, SIZE_MAX, AMI_QUEUE_CLOSE));
    STATUS(AMI_OK, ami_config_set_connect_timeout_ms(config, UINT32_MAX - 1));
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, UINT32_MAX - 1));
    ami_config_free(config);
}

/* The client that was made of it is another's. */
static void config_is_copied_into_its_client(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    OK(ami_client_new(config, &client, &error));
    STATUS(AMI_OK, ami_config_set_host(config, "gateway..invalid"));
    STATUS(AMI_OK, ami_config_set_port(config, 1));
    ami_config_free(config);
    OK(ami_client_open(client, &error));
    OK(ami_client_ping(client, NULL, &error));
    ami_client_free(client);
    fake_stop(server);
}

/* -------------------------------------------------------------------------------------------------- refusals
 */

static void account_without_the_class_is_refused_the_action(void) {
    for (int at = 0; at < SERVERS; at++) {
        ami_error *error = NULL;
        ami_client *client = log_in(&servers[at], READER, "off");
        ami_action *const refused[] = {
            ACTION("Command", "Command", "core show version"),
            ACTION("Originate", "Channel", "Local/hold@default", "Application", "Wait", "Data", "1", "Async",
                   "true"),
            ACTION("DBPut", "Family", "f", "Key", "k", "Val", "v"),
            ACTION("Hangup", "Channel", "nope"),
            ACTION("UserEvent", "UserEvent", "x"),
        };
        for (size_t which = 0; which < sizeof refused / sizeof *refused; which++) {
            ami_response *response = NULL;
            FAILS(AMI_E_PERMISSION, ami_client_call(client, refused[which], 0, &response, &error));
            CHECK(response == NULL);
            CHECK_STR(ami_error_peer_message(error), "Permission denied");
            CHECK_STR(ami_response_get(ami_error_response(error), "Response", NULL), "Error");
            if (at == 0)
                explained(&error, "Permission denied", "write=");
            clear(&error);
            ami_action_free(refused[which]);
        }
        FAILS(AMI_E_PERMISSION, ami_client_command(client, "core show uptime", 0, NULL, &error));
        clear(&error);
        ami_gateway *gateway = gateway_of(real_config(&servers[at], READER), "openvox");
        FAILS(AMI_E_PERMISSION, ami_gateway_send_text(gateway, "1", "10086", "hello", 0, NULL, &error));
        CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_NOT_SENT);
        clear(&error);
        ami_gateway_free(gateway);
        OK(call(client, ACTION("CoreStatus"), NULL, &error));
        ami_client_free(client);
    }
}

static void account_with_the_least_classes_may_do_little(void) {
    for (int at = 0; at < SERVERS; at++) {
        ami_error *error = NULL;
        ami_client *client = log_in(&servers[at], COMMANDER, "dialplan");
        OK(ami_client_ping(client, NULL, &error));
        OK(ami_client_command(client, "core show uptime", 0, NULL, &error));
        OK(call(client, ACTION("Events", "EventMask", "off"), NULL, &error));
        OK(call(client, ACTION("ListCommands"), NULL, &error));
        FAILS(AMI_E_PERMISSION, call(client, ACTION("CoreStatus"), NULL, &error));
        clear(&error);
        FAILS(AMI_E_PERMISSION, call(client, ACTION("Status"), NULL, &error));
        clear(&error);
        ami_client_free(client);
    }
}

static void action_that_the_server_does_not_know_fails(void) {
    for (int at = 0; at < SERVERS; at++) {
        ami_error *error = NULL;
        ami_client *client = log_in(&servers[at], ADMIN, "off");
        FAILS(AMI_E_ACTION, call(client, ACTION("NoSuchAction"), NULL, &error));
        CHECK_HAS(ami_error_peer_message(error), "Invalid/unknown command: NoSuchAction.");
        CHECK_HAS(ami_response_get(ami_error_response(error), "Message", NULL), "NoSuchAction");
        if (at == 0)
            explained(&error, "NoSuchAction", "ListCommands");
        clear(&error);
        ami_client_free(client);
    }
}

static void command_that_the_server_does_not_know_fails(void) {
    for (int at = 0; at < SERVERS; at++) {
        ami_error *error = NULL;
        ami_response *response = NULL;
        ami_client *client = log_in(&servers[at], ADMIN, "off");
        FAILS(AMI_E_COMMAND, ami_client_command(client, "no such thing here", 0, &response, &error));
        CHECK(response == NULL);
        CHECK_HAS(ami_error_peer_message(error), "No such command 'no such thing here'");
        CHECK_STR(ami_response_output(ami_error_response(error), NULL), ami_error_peer_message(error));
        if (at == 0)
            explained(&error, "no such CLI command", "core show help");
        clear(&error);
        FAILS(AMI_E_COMMAND, ami_client_command(client, "core show channels nonsense", 0, NULL, &error));
        CHECK_HAS(ami_error_peer_message(error), "Usage: core show channels");
        if (at == 0)
            explained(&error, "did not accept", "peer_message");
        clear(&error);
        /* A text that has such words in it is none. */
        OK(ami_client_command(client, "core show help core show version", 0, &response, &error));
        CHECK_HAS(ami_response_output(response, NULL), "Usage: core show version");
        ami_response_unref(response);
        OK(ami_client_command(client, "core show version", 0, &response, &error));
        CHECK_HAS(ami_response_output(response, NULL), "Asterisk");
        ami_response_unref(response);
        ami_client_free(client);
    }
}

/* ------------------------------------------------------------------------------------------------------
 * actions */

static int last_was(fake_link *link, const fake_frame *action, void *data) {
    (void)link;
    (void)action;
    bump(data);
    return 0;
}

/* Nothing of a refused action reaches the server. */
static void action_refuses_a_value_that_would_end_its_header(void) {
    int arrived = 0;
    fake_options options = {0};
    options.action = last_was;
    options.data = &arrived;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    ami_client *client = fake_client(server);
    const char *const bad[][2] = {
        {"Name", "a\r\nAction: Logoff"},
        {"Name", "a\nb"},
        {"Name", "a\rb"},
        {"Name", "\r"},
        {"Na\nme", "a"},
        {"Na\rme", "a"},
        {"Na:me", "a"},
        {"", "a"},
        {"Name\r\nAction", "Logoff"},
        {"Action", "Ping"},
        {"ActionID", ""},
        {"\xff\xfe", "a"},
        {NULL, "a"},
        {"Name", NULL},
        {"ActionID", "\n"},
        {"Name", " the server drops this blank"},
    };
    int before = look(&arrived);
    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++) {
        ami_action *action = ami_action_new("Echo");
        STATUS(AMI_OK, ami_action_add(action, "Value", "good"));
        STATUS(AMI_E_INVALID, ami_action_add(action, bad[at][0], bad[at][1]));
        STATUS(AMI_OK, ami_action_add(action, "Other", "good"));
        /* It keeps the reason, and says it every time. */
        for (int again = 0; again < 2; again++) {
            FAILS(AMI_E_INVALID, ami_client_call(client, action, 0, NULL, &error));
            clear(&error);
        }
        ami_action_free(action);
    }
    const char nul[] = {'a', '\0', 'b'};
    ami_action *action = ami_action_new("Echo");
    STATUS(AMI_E_INVALID, ami_action_add_n(action, "Value", nul, sizeof nul));
    EXPLAINED(AMI_E_INVALID, ami_client_call(client, action, 0, NULL, &error), "NUL", "encode it");
    ami_action_free(action);
    action = ami_action_new("Echo");
    STATUS(AMI_E_INVALID, ami_action_add(action, "Value", HIDDEN "\r\nSecret: " HIDDEN));
    EXPLAINED(AMI_E_INVALID, ami_client_call(client, action, 0, NULL, &error), "Value holds a CR",
              "take it out");
    ami_action_free(action);
    action = ami_action_new("Echo");
    STATUS(AMI_E_INVALID, ami_action_add(action, "Value", "a\nb"));
    EXPLAINED(AMI_E_INVALID, ami_client_call(client, action, 0, NULL, &error), "Value holds an LF",
              "take it out");
    ami_action_free(action);
    /* A value of no length, and one that does not end with a NUL. */
    action = ami_action_new("Echo");
    STATUS(AMI_OK, ami_action_add_n(action, "Empty", NULL, 0));
    STATUS(AMI_E_INVALID, ami_action_add_n(action, "Missing", NULL, 1));
    ami_action_free(action);
    /* A length that no memory has is a negative number, or a difference the wrong way round. */
    action = ami_action_new("Echo");
    STATUS(AMI_E_INVALID, ami_action_add_n(action, "Endless", "x", (size_t)-1));
    EXPLAINED(AMI_E_INVALID, ami_client_call(client, action, 0, NULL, &error), "length", "negative");
    ami_action_free(action);
    const char *const names[] = {"", "Ping\r\nAction: Logoff", "Ping\n"};
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        action = ami_action_new(names[at]);
        CHECK(action != NULL);
        FAILS(AMI_E_INVALID, ami_client_call(client, action, 0, NULL, &error));
        clear(&error);
        ami_action_free(action);
    }
    CHECK(ami_action_new("\xff") == NULL);
    FAILS(AMI_E_INVALID, ami_client_command(client, "core show version\r\nAction: Logoff", 0, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_command(client, "core show\nversion", 0, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_client_command(client, "\xff\xfe", 0, NULL, &error));
    clear(&error);
    OK(ami_client_ping(client, NULL, &error));
    CHECK_INT(look(&arrived), before + 1);
    ami_client_free(client);
    fake_stop(server);
}

static void action_line_of_1022_bytes_is_sent_and_a_longer_one_is_not(void) {
    char value[1100];
    memset(value, 'v', sizeof value);
    for (int at = 0; at < SERVERS; at++) {
        ami_error *error = NULL;
        ami_client *client = log_in(&servers[at], ADMIN, "user");
        ami_subscription *all = NULL;
        OK(ami_client_open_events(client, "UserEvent", &all, &error));
        /* A line of 1022 bytes arrives whole… */
        ami_action *action = ACTION("UserEvent", "UserEvent", "Long");
        STATUS(AMI_OK, ami_action_add_n(action, "Line", value, 1022 - strlen("Line: ")));
        OK(call(client, action, NULL, &error));
        ami_event *event = await_event(all, "UserEvent", HEADERS("UserEvent", "Long"));
        size_t length = 0;
        ami_event_get(event, "Line", &length);
        CHECK_INT(length, 1022 - strlen("Line: "));
        ami_event_unref(event);
        ami_subscription_free(all);
        ami_client_free(client);
    }
    /* …and one of 1023 is not sent. */
    ami_error *error = NULL;
    ami_client *client = log_in(&servers[0], ADMIN, "off");
    ami_action *action = ACTION("UserEvent", "UserEvent", "Long");
    STATUS(AMI_E_INVALID, ami_action_add_n(action, "Line", value, 1023 - strlen("Line: ")));
    EXPLAINED(AMI_E_INVALID, ami_client_call(client, action, 0, NULL, &error), "1023 bytes", "shorten");
    ami_action_free(action);
    value[1022 - strlen("Command: ")] = '\0';
    FAILS(AMI_E_COMMAND, ami_client_command(client, value, 0, NULL, &error));
    clear(&error);
    value[1022 - strlen("Command: ")] = 'v';
    value[1023 - strlen("Command: ")] = '\0';
    EXPLAINED(AMI_E_INVALID, ami_client_command(client, value, 0, NULL, &error), "Command is 1023 bytes",
              "shorten");
    char name[1100];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    action = ami_action_new(name);
    FAILS(AMI_E_INVALID, ami_client_call(client, action, 0, NULL, &error));
    clear(&error);
    ami_action_free(action);
    OK(ami_client_ping(client, NULL, &error));
    ami_client_free(client);
}

static void action_of_128_headers_is_sent_and_one_of_more_is_not(void) {
    for (int at = 0; at < SERVERS; at++) {
        ami_error *error = NULL;
        ami_client *client = log_in(&servers[at], ADMIN, "user");
        ami_subscription *all = NULL;
        OK(ami_client_open_events(client, "UserEvent", &all, &error));
        for (int own_id = 0; own_id < 2; own_id++) {
            char id[40], name[16];
            ami_action *action = ami_action_new("UserEvent");
            STATUS(AMI_OK, ami_action_add(action, "UserEvent", "Many"));
            if (own_id)
                STATUS(AMI_OK, ami_action_add(action, "ActionID", fresh_id(id)));
            /* Action, ActionID, UserEvent and these are 128. */
            for (int number = 0; number < 125; number++) {
                snprintf(name, sizeof name, "H%d", number);
                STATUS(AMI_OK, ami_action_add(action, name, "x"));
            }
            OK(ami_client_call(client, action, 0, NULL, &error));
            ami_event *event = await_event(all, "UserEvent", HEADERS("UserEvent", "Many"));
            CHECK_STR(ami_event_get(event, "H124", NULL), "x");
            ami_event_unref(event);
            STATUS(AMI_E_INVALID, ami_action_add(action, "OneMore", "x"));
            FAILS(AMI_E_INVALID, ami_client_call(client, action, 0, NULL, &error));
            if (at == 0 && !own_id)
                explained(&error, "128", "OneMore");
            clear(&error);
            ami_action_free(action);
        }
        ami_subscription_free(all);
        ami_client_free(client);
    }
}

static void timeout_of_an_action_for_ever_is_refused(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = fake_client(server);
    ami_action *ping = ACTION("Ping"), *silent = ACTION("Silent");
    EXPLAINED(AMI_E_INVALID, ami_client_call(client, ping, AMI_WAIT_FOREVER, NULL, &error), "for ever",
              "milliseconds");
    FAILS(AMI_E_INVALID, ami_client_command(client, "x", AMI_WAIT_FOREVER, NULL, &error));
    clear(&error);
    ami_gateway *gateway = gateway_of(loopback(fake_port(server)), "openvox");
    FAILS(AMI_E_INVALID, ami_gateway_send_text(gateway, "1", "10086", "x", AMI_WAIT_FOREVER, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_send_ussd(gateway, "1", "*100#", AMI_WAIT_FOREVER, NULL, &error));
    clear(&error);
    ami_gateway_free(gateway);
    OK(ami_client_call(client, ping, UINT32_MAX - 1, NULL, &error));
    uint64_t from = now_ms();
    EXPLAINED(AMI_E_OUTCOME_UNKNOWN, ami_client_call(client, silent, 200, NULL, &error), "Silent",
              "may have been carried out");
    CHECK(now_ms() - from >= 200 && now_ms() - from < 10000);
    /* The link is still good. */
    OK(ami_client_call(client, ping, 1000, NULL, &error));
    ami_action_free(ping);
    ami_action_free(silent);
    ami_client_free(client);
    fake_stop(server);
}

static void action_id_is_used_once(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_response *response = NULL;
    ami_client *client = fake_client(server);
    ami_action *silent = ACTION("Silent", "ActionID", "mine"),
               *echo = ACTION("Echo", "ActionID", "mine", "Value", "1");
    OK(ami_client_call(client, echo, 0, &response, &error));
    CHECK_STR(ami_response_get(response, "ActionID", NULL), "mine");
    ami_response_unref(response);
    FAILS(AMI_E_OUTCOME_UNKNOWN, ami_client_call(client, silent, 100, NULL, &error));
    clear(&error);
    /* Its answer may still come. */
    EXPLAINED(AMI_E_INVALID, ami_client_call(client, echo, 0, NULL, &error), "ActionID", "once");
    ami_action *twice = ACTION("Echo", "ActionID", "a");
    STATUS(AMI_E_INVALID, ami_action_add(twice, "actionid", "b"));
    ami_action_free(twice);
    ami_action_free(silent);
    ami_action_free(echo);
    ami_client_free(client);
    fake_stop(server);
}

static int listen_no_more(fake_link *link, const fake_frame *action, void *data) {
    (void)link;
    if (strcmp(frame_get(action, "Action"), "Deaf") != 0)
        return 0;
    await(data, 1, 2 * SOON);
    return 1;
}

static void count_outcomes(ami_status status, const ami_response *response, const ami_error *error,
                           void *data) {
    int *outcomes = data;
    (void)response;
    (void)error;
    bump(&outcomes[status == AMI_E_TIMEOUT ? 1 : status == AMI_E_OUTCOME_UNKNOWN ? 2 : 3]);
    bump(&outcomes[0]);
}

/* Actions that could not be written end differently from those that were; nothing hangs, and it goes on when
 * the server does. */
static void actions_end_by_what_was_written_when_the_server_stops_reading(void) {
    enum { COUNT = 12000 };
    int listening = 0, outcomes[4] = {0};
    char value[1001];
    fake_options options = {0};
    options.action = listen_no_more;
    options.data = &listening;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    ami_client *client = fake_client(server);
    memset(value, 'v', 1000);
    value[1000] = '\0';
    ami_action *big = ACTION("Echo", "Value", value), *deaf = ACTION("Deaf");
    OK(ami_client_submit(client, deaf, 30000, count_outcomes, outcomes, NULL, &error));
    /* More than the two sockets can hold. */
    for (int at = 0; at < COUNT; at++)
        if (!OK(ami_client_submit(client, big, 1500, count_outcomes, outcomes, NULL, &error)))
            break;
    CHECK(await(&outcomes[0], COUNT, SOON));
    CHECK(look(&outcomes[1]) > 0);
    CHECK(look(&outcomes[2]) > 0);
    CHECK_INT(look(&outcomes[3]), 0);
    EXPLAINED(AMI_E_TIMEOUT, ami_client_call(client, big, 100, NULL, &error), "could not be written",
              "not sent");
    put(&listening, 1);
    OK(ami_client_call(client, big, SOON, NULL, &error));
    OK(ami_client_close(client, &error));
    CHECK_INT(look(&outcomes[0]), COUNT + 1);
    ami_action_free(big);
    ami_action_free(deaf);
    ami_client_free(client);
    fake_stop(server);
}

static void calls_before_open_and_after_close_fail(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    OK(ami_client_new(config, &client, &error));
    EXPLAINED(AMI_E_STATE, ami_client_ping(client, NULL, &error), "not logged in", "open");
    OK(ami_client_open(client, &error));
    EXPLAINED(AMI_E_STATE, ami_client_open(client, &error), "open already", "");
    OK(ami_client_close(client, &error));
    EXPLAINED(AMI_E_CLOSED, ami_client_ping(client, NULL, &error), "closed", "");
    EXPLAINED(AMI_E_CLOSED, ami_client_open(client, &error), "new one", "");
    OK(ami_client_close(client, &error));
    ami_client_free(client);
    ami_config_free(config);
    fake_stop(server);
}

/* ---------------------------------------------------------------------------------- servers that break the
 * rules */

static int send_monster(fake_link *link, const fake_frame *action, void *data) {
    (void)data;
    if (strcmp(frame_get(action, "Action"), "Monster") != 0)
        return 0;
    char *line = malloc(100000);
    memset(line, 'x', 100000);
    fake_say(link, "Event: Huge\r\nValue: ");
    fake_write(link, line, 100000);
    fake_say(link, "\r\n\r\n");
    free(line);
    return 1;
}

static void link_ends_when_the_server_sends_more_than_it_may(void) {
    fake_options options = {0};
    options.action = send_monster;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *all = NULL;
    ami_client *client = fake_client(server);
    OK(ami_client_open_events(client, NULL, &all, &error));
    FAILS(AMI_E_OUTCOME_UNKNOWN, call(client, ACTION("Monster"), NULL, &error));
    CHECK_INT(ami_error_cause(error), AMI_E_LIMIT);
    clear(&error);
    FAILS(AMI_E_LIMIT, ami_subscription_next(all, SOON, &event, &error));
    CHECK_HAS(ami_error_message(error), "65535");
    CHECK_INT(ami_error_cause(error), AMI_OK);
    clear(&error);
    FAILS(AMI_E_DISCONNECTED, ami_client_ping(client, NULL, &error));
    CHECK_INT(ami_error_cause(error), AMI_E_LIMIT);
    clear(&error);
    EXPLAINED(AMI_E_DISCONNECTED, ami_client_ping(client, NULL, &error), "65535 bytes", "limit");
    ami_subscription_free(all);
    ami_client_free(client);
    fake_stop(server);
}

static void link_that_the_server_closes_leaves_the_outcome_unknown(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = fake_client(server), *other = fake_client(server);
    FAILS(AMI_E_OUTCOME_UNKNOWN, call(other, ACTION("Bye"), NULL, &error));
    CHECK_INT(ami_error_cause(error), AMI_E_DISCONNECTED);
    clear(&error);
    ami_client_free(other);
    CHECK_INT(ami_error_cause(NULL), AMI_OK);
    EXPLAINED(AMI_E_OUTCOME_UNKNOWN, call(client, ACTION("Bye"), NULL, &error), "Bye",
              "may have been carried out");
    EXPLAINED(AMI_E_DISCONNECTED, ami_client_ping(client, NULL, &error), "connection is down", "closed");
    ami_client_free(client);
    fake_stop(server);
}

static void event_names_that_are_none_are_refused(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_subscription *none = NULL;
    ami_client *client = fake_client(server);
    const char *const bad[] = {"", ",", "Hangup,", ",Hangup", "Hangup,,Newexten", "  ", "\xff", "*", "#*"};
    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++) {
        none = (ami_subscription *)&error;
        FAILS(AMI_E_INVALID, ami_client_open_events(client, bad[at], &none, &error));
        CHECK(none == NULL);
        if (at == 0)
            explained(&error, "empty", "Newexten,VarSet");
        if (strcmp(bad[at], "*") == 0)
            explained(&error, "no pattern", "every event");
        if (strcmp(bad[at], "#*") == 0)
            explained(&error, "in full", "#gap");
        clear(&error);
    }
    ami_client_free(client);
    fake_stop(server);
}

/* ------------------------------------------------------------------------------------------------ SMS and
 * USSD */

static ami_status send_named(const ami_gateway *gateway, const char *port, const char *to, const char *text,
                             const char *id, ami_receipt **receipt, ami_error **error) {
    ami_sms_request *request = ami_sms_request_new(port, to, text);
    if (id)
        ami_sms_request_set_id(request, id);
    ami_status status = ami_gateway_send(gateway, request, receipt, error);
    ami_sms_request_free(request);
    return status;
}

static void sms_that_cannot_be_sent_is_refused(void) {
    int arrived = 0;
    fake_options options = {0};
    options.action = last_was;
    options.data = &arrived;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    /* A command line of its own has room for one SMS, as it is. */
    ami_gateway *gateway = gateway_of(loopback(fake_port(server)), "gsm send sms {port} {to} {text} {id}");
    char longest[400];
    int before = look(&arrived);
#define SMS(port, to, text, id) send_named(gateway, port, to, text, id, &receipt, &error)
    ami_receipt *receipt = (ami_receipt *)&error;
    EXPLAINED(AMI_E_INVALID, SMS("0", "10086", "hi", NULL), "port 0", "from 1");
    CHECK(receipt == NULL);
    CHECK(ami_error_receipt(error) == NULL);
    EXPLAINED(AMI_E_INVALID, SMS("70000", "10086", "hi", NULL), "port 70000", "from 1");
    EXPLAINED(AMI_E_INVALID, SMS("1", "hello", "hi", NULL), "telephone number", "digits");
    const char *const numbers[] = {
        "", "+", "1234567890123456789012", "10086 1", "1\" 2", "++1", "1+", "0x10", "１００８６", "*100#"};
    for (size_t at = 0; at < sizeof numbers / sizeof *numbers; at++) {
        FAILS(AMI_E_INVALID, SMS("1", numbers[at], "hi", NULL));
        clear(&error);
        FAILS(AMI_E_INVALID, ami_gateway_send_text(gateway, "1", numbers[at], "hi", 0, NULL, &error));
        clear(&error);
    }
    EXPLAINED(AMI_E_INVALID, SMS("1", "10086", "", NULL), "text is empty", "");
    EXPLAINED(AMI_E_INVALID, SMS("1", "10086", "a\r\nAction: Logoff", NULL), "line break", "blank");
    FAILS(AMI_E_INVALID, SMS("1", "10086", "a\nb", NULL));
    clear(&error);
    FAILS(AMI_E_INVALID, SMS("1", "10086", "a\tb", NULL));
    clear(&error);
    EXPLAINED(AMI_E_INVALID, SMS("1", "10086", "\xff\xfe", NULL), "text of the SMS", "UTF-8");
    EXPLAINED(AMI_E_INVALID, SMS("1", "10086", "smile 😀", NULL), "emoji", "leave it out");
    memset(longest, 'x', 161);
    longest[161] = '\0';
    EXPLAINED(AMI_E_INVALID, SMS("1", "10086", longest, NULL), "161 of the 160", "parts");
    /* A bracket takes two places. */
    memset(longest, 'x', 160);
    longest[0] = '[';
    longest[160] = '\0';
    FAILS(AMI_E_INVALID, SMS("1", "10086", longest, NULL));
    clear(&error);
    longest[0] = '\0';
    for (int at = 0; at < 71; at++)
        snprintf(longest + strlen(longest), sizeof longest - strlen(longest), "é");
    EXPLAINED(AMI_E_INVALID, SMS("1", "10086", longest, NULL), "71 of the 70", "parts");
    EXPLAINED(AMI_E_INVALID, SMS("1", "10086", "hi", "not one id"), "id", "letters, digits");
    const char *const ids[] = {"", "a\"", "a\r\nb", "é",
                               "12345678901234567890123456789012345678901234567890123456789012345"};
    for (size_t at = 0; at < sizeof ids / sizeof *ids; at++) {
        FAILS(AMI_E_INVALID, SMS("1", "10086", "hi", ids[at]));
        clear(&error);
    }
    ami_ussd_reply *reply = (ami_ussd_reply *)&error;
    EXPLAINED(AMI_E_INVALID, ami_gateway_send_ussd(gateway, "1", "balance", 0, &reply, &error), "USSD",
              "digits");
    CHECK(reply == NULL);
    const char *const codes[] = {"", "*100#\"", "*100#\r\n", "*100 #", "\xff"};
    for (size_t at = 0; at < sizeof codes / sizeof *codes; at++) {
        FAILS(AMI_E_INVALID, ami_gateway_send_ussd(gateway, "1", codes[at], 0, &reply, &error));
        clear(&error);
    }
    FAILS(AMI_E_INVALID, ami_gateway_send_ussd(gateway, "0", "*100#", 0, &reply, &error));
    clear(&error);
    OK(ami_client_ping(ami_gateway_client(gateway), NULL, &error));
    CHECK_INT(look(&arrived), before + 1);
    ami_gateway_free(gateway);
    fake_stop(server);
}

static void gateway_commands_fail_at_a_server_that_is_no_gateway(void) {
    for (int at = 0; at < SERVERS; at++) {
        ami_error *error = NULL;
        ami_receipt *receipt = NULL;
        ami_gateway *gateway = gateway_of(real_config(&servers[at], ADMIN), "openvox");
        FAILS(AMI_E_UNSUPPORTED,
              ami_gateway_send_text(gateway, "1", "10086", "hello", 1000, &receipt, &error));
        CHECK(receipt == NULL);
        CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_FAILED);
        CHECK_HAS(ami_error_peer_message(error), "No such command");
        if (at == 0)
            explained(&error, "no GSM commands", "dialect");
        clear(&error);
        FAILS(AMI_E_USSD, ami_gateway_send_ussd(gateway, "1", "*100#", 1000, NULL, &error));
        CHECK_HAS(ami_error_message(error), "dialect");
        clear(&error);
        ami_gateway_free(gateway);
        gateway = gateway_of(real_config(&servers[at], ADMIN), "gsm send sms {port} {to} {text} {id}");
        FAILS(AMI_E_UNSUPPORTED, ami_gateway_send_text(gateway, "1", "10086", "hello", 0, NULL, &error));
        clear(&error);
        ami_gateway_free(gateway);
    }
}

int main(int argc, char **argv) {
    suite_begin("errors", argc, argv);
    servers = real_servers();
    RUN(connect_to_a_name_that_no_host_can_have_fails);
    RUN(connect_to_a_port_that_nobody_listens_on_is_refused);
    RUN(connect_to_a_server_of_another_protocol_fails);
    RUN(connect_to_a_server_that_says_nothing_times_out);
    RUN(connect_to_a_server_that_takes_no_connection_times_out);
    RUN(connect_finds_a_host_by_its_name);
    RUN(login_that_is_not_answered_times_out);
    RUN(connect_to_a_server_that_hangs_up_fails);
    RUN(login_fails_when_the_server_hangs_up);
    RUN(config_without_a_host_or_user_name_is_refused);
    RUN(login_with_a_wrong_secret_is_refused);
    RUN(login_hides_a_secret_that_the_server_says_back);
    RUN(login_works_at_a_server_without_a_challenge);
    RUN(secret_crosses_no_network_in_the_clear);
    RUN(config_refuses_texts_that_no_line_can_carry);
    RUN(config_refuses_settings_that_make_no_sense);
    RUN(config_is_copied_into_its_client);
    RUN(account_without_the_class_is_refused_the_action);
    RUN(account_with_the_least_classes_may_do_little);
    RUN(action_that_the_server_does_not_know_fails);
    RUN(command_that_the_server_does_not_know_fails);
    RUN(action_refuses_a_value_that_would_end_its_header);
    RUN(action_line_of_1022_bytes_is_sent_and_a_longer_one_is_not);
    RUN(action_of_128_headers_is_sent_and_one_of_more_is_not);
    RUN(timeout_of_an_action_for_ever_is_refused);
    RUN(action_id_is_used_once);
    RUN(actions_end_by_what_was_written_when_the_server_stops_reading);
    RUN(calls_before_open_and_after_close_fail);
    RUN(link_ends_when_the_server_sends_more_than_it_may);
    RUN(link_that_the_server_closes_leaves_the_outcome_unknown);
    RUN(event_names_that_are_none_are_refused);
    RUN(sms_that_cannot_be_sent_is_refused);
    RUN(gateway_commands_fail_at_a_server_that_is_no_gateway);
    return suite_end();
}
