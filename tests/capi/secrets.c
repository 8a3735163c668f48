/* Secrets: in no text, whatever goes wrong, and not in memory once the client is gone. */
#include "check.h"
#include "child.h"
#include "fake.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------------------------
 * texts
 */

#define HIDDEN "Never-Shown-7731"
/* The challenge of the fake server. */
#define CHALLENGE "840415273"
#define NUMBER "13632919026"
#define TEXT "people-own-words"
#define CODE "*4711*99#"

/* No text has any of it; what the gateway said back may be asked for. */
static void silent(ami_error **error) {
    const char *const private[] = {HIDDEN, CHALLENGE, NUMBER, TEXT, CODE};
    const char *message = ami_error_message(*error), *peer = ami_error_peer_message(*error);
    CHECK(*error != NULL);
    for (size_t at = 0; at < sizeof private / sizeof *private; at++)
        CHECK_LACKS(message, private[at]);
    CHECK_LACKS(peer, HIDDEN);
    CHECK_LACKS(peer, CHALLENGE);
    clear(error);
}

#define SILENT(status, call)                                                                                 \
    do {                                                                                                     \
        FAILS(status, call);                                                                                 \
        silent(&error);                                                                                      \
    } while (0)

typedef struct echo {
    /* When: at the login, or later. */
    const char *action;
    /* The beginning of the answer. */
    const char *answer;
    int no_challenge, then_hang_up;
    char key[80];
} echo;

/* Says all back that it was told, in the way that is asked for. */
static int say_back(fake_link *link, const fake_frame *action, void *data) {
    echo *echo = data;
    char words[2000] = "";
    const char *name = frame_get(action, "Action");
    if (strcmp(name, "Login") == 0)
        snprintf(echo->key, sizeof echo->key, "%s", frame_get(action, "Key"));
    if (strcmp(name, echo->action) != 0)
        return 0;
    for (int at = 0; at < action->count; at++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "%s ", action->values[at]);
    fake_say(link, echo->answer, frame_get(action, "ActionID"), words, echo->no_challenge ? "" : CHALLENGE,
             HIDDEN);
    if (echo->then_hang_up)
        fake_reset(link);
    return 1;
}

#define REFUSAL "Response: Error\r\nActionID: %s\r\nMessage: %s %s %s\r\n\r\n"

static ami_status connect_to(fake *server, int reconnect, uint32_t ms, ami_client **client,
                             ami_error **error) {
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_secret(config, HIDDEN));
    STATUS(AMI_OK, ami_config_set_connect_timeout_ms(config, ms));
    if (reconnect)
        STATUS(AMI_OK, ami_config_set_reconnect(config, 10, 10));
    ami_status status = ami_client_connect(config, client, error);
    ami_config_free(config);
    return status;
}

/* A login that fails where the server says everything back in this form. */
static void login_fails(ami_status status, const char *action, const char *answer, int no_challenge,
                        int then_hang_up) {
    echo echo = {action, answer, no_challenge, then_hang_up, ""};
    fake_options options = {0};
    ami_client *client = NULL;
    ami_error *error = NULL;
    options.action = say_back;
    options.data = &echo;
    options.no_challenge = no_challenge;
    fake *server = fake_start(&options);
    FAILS(status, connect_to(server, 0, status == AMI_E_TIMEOUT ? 500 : SOON, &client, &error));
    if (*echo.key) {
        CHECK_LACKS(ami_error_message(error), echo.key);
        CHECK_LACKS(ami_error_peer_message(error), echo.key);
    }
    silent(&error);
    fake_stop(server);
}

static void login_that_fails_tells_no_secret(void) {
    login_fails(AMI_E_AUTH, "Login", REFUSAL, 0, 0);
    login_fails(AMI_E_AUTH, "Login", REFUSAL, 1, 0);
    login_fails(AMI_E_AUTH, "Login", REFUSAL, 0, 1);
    login_fails(AMI_E_TIMEOUT, "Login", "", 0, 0);
    login_fails(AMI_E_TIMEOUT, "Login", "", 1, 0);
    login_fails(AMI_E_DISCONNECTED, "Login", "", 0, 1);
    login_fails(AMI_E_DISCONNECTED, "Login", "", 1, 1);
    /* Said back without being an answer, and as a line that is none. */
    login_fails(AMI_E_DISCONNECTED, "Login", "%s %s %s %s\r\n\r\n", 0, 1);
    login_fails(AMI_E_DISCONNECTED, "Login", "%s: %s %s %s\r\n\r\n", 1, 1);
    login_fails(AMI_E_TIMEOUT, "Challenge", "", 0, 0);
}

static void reconnect_whose_login_is_refused_tells_no_secret(void) {
    echo echo = {"Nothing", REFUSAL, 0, 0, ""};
    fake_options options = {0};
    ami_client *client = NULL;
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *states = NULL;
    options.action = say_back;
    options.data = &echo;
    fake *server = fake_start(&options);
    OK(connect_to(server, 1, SOON, &client, &error));
    OK(ami_client_open_events(client, "#state", &states, &error));
    echo.action = "Login";
    fake_reset(fake_newest(server));
    ami_status status;
    while ((status = ami_subscription_next(states, SOON, &event, &error)) == AMI_OK) {
        for (size_t at = 0; at < ami_event_header_count(event); at++) {
            CHECK_LACKS(ami_event_header_value_at(event, at, NULL), HIDDEN);
            CHECK_LACKS(ami_event_header_value_at(event, at, NULL), CHALLENGE);
            CHECK_LACKS(ami_event_header_value_at(event, at, NULL), echo.key);
        }
        ami_event_unref(event);
        event = NULL;
    }
    CHECK_INT(status, AMI_E_AUTH);
    CHECK_HAS(ami_error_message(error), "refused user");
    CHECK_LACKS(ami_error_message(error), echo.key);
    silent(&error);
    ami_subscription_free(states);
    ami_client_free(client);
    fake_stop(server);
}

static void action_that_fails_tells_no_secret(void) {
    echo echo = {"Nothing", REFUSAL, 0, 0, ""};
    fake_options options = {0};
    ami_client *client = NULL;
    ami_error *error = NULL;
    options.action = say_back;
    options.data = &echo;
    fake *server = fake_start(&options);
    OK(connect_to(server, 0, SOON, &client, &error));
    echo.action = "Other";
    FAILS(AMI_E_ACTION, call(client, ACTION("Other", "Secret", "Another-Hidden-Word"), NULL, &error));
    CHECK_LACKS(ami_error_message(error), "Another-Hidden-Word");
    CHECK_LACKS(ami_error_peer_message(error), "Another-Hidden-Word");
    CHECK_HAS(ami_error_peer_message(error), "***");
    /* The response is what the server said, for whoever asks. */
    CHECK_HAS(ami_response_get(ami_error_response(error), "Message", NULL), "Another-Hidden-Word");
    CHECK_LACKS(ami_error_message(error), HIDDEN);
    clear(&error);
    /* A header that is no secret is not hidden, though it has a name like one. */
    FAILS(AMI_E_ACTION, call(client, ACTION("Other", "Key", "abc"), NULL, &error));
    CHECK_HAS(ami_error_peer_message(error), "abc");
    clear(&error);
    const char *const answers[] = {
        /* The first line of a command's text, a refusal, and nothing. */
        "Response: Error\r\nActionID: %s\r\nMessage: Command output follows\r\nOutput: %s\r\n\r\n",
        "Response: Error\r\nActionID: %s\r\nMessage: Not allowed: %s\r\n\r\n",
        "Response: Success\r\nActionID: %s\r\nMessage: Command output follows\r\nOutput: what is %s\r\n\r\n",
        "Response: Success\r\nActionID: %s\r\nMessage: Command output follows\r\nOutput: SPAN:1 SEND %s WAS "
        "FAILED\r\n\r\n",
        "Response: Success\r\nActionID: %s\r\nMessage: Command output follows\r\nOutput: SPAN:1 SEND %s WAS "
        "USING\r\n\r\n",
        "Response: Success\r\nActionID: %s\r\nMessage: Command output follows\r\nOutput: SPAN:1 SEND %s "
        "TIMEOUT\r\n\r\n",
    };
    /* The first waits for the network, the second hands the SMS over. */
    const char *const dialects[] = {"openvox", "gsm send sms {port} {to} {text} {id}"};
    for (size_t at = 0; at < sizeof answers / sizeof *answers; at++) {
        for (int by = 0; by < 2; by++) {
            ami_gateway *gateway = NULL;
            ami_config *config = loopback(fake_port(server));
            echo.action = "Nothing";
            STATUS(AMI_OK, ami_config_set_secret(config, HIDDEN));
            STATUS(AMI_OK, ami_config_set_dialect(config, dialects[by]));
            STATUS(AMI_OK, ami_config_set_port_rest_ms(config, 0));
            STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 2000));
            OK(ami_gateway_connect(config, &gateway, &error));
            ami_config_free(config);
            echo.action = "Command";
            echo.answer = answers[at];
            CHECK(ami_gateway_send_text(gateway, "1", NUMBER, TEXT, 1000, NULL, &error) != AMI_OK);
            silent(&error);
            CHECK(ami_gateway_send_ussd(gateway, "1", CODE, 1000, NULL, &error) != AMI_OK);
            silent(&error);
            ami_gateway_free(gateway);
        }
    }
    ami_action *silence = ACTION("Silent", "Secret", HIDDEN);
    SILENT(AMI_E_OUTCOME_UNKNOWN, ami_client_call(client, silence, 20, NULL, &error));
    ami_action_free(silence);
    ami_action *bad = ACTION("Other", "Secret", HIDDEN "\r\n");
    SILENT(AMI_E_INVALID, ami_client_call(client, bad, 0, NULL, &error));
    ami_action_free(bad);
    ami_client_free(client);
    fake_stop(server);
}

/* -----------------------------------------------------------------------------------------------------
 * memory
 */

/* The secrets to look for are stored masked, so that this program itself does not hold them. */
#define MASK 0x5a
#define M(c) ((c) ^ MASK)

static const unsigned char secret[] = {M('W'), M('i'), M('p'), M('e'), M('d'), M('-'), M('O'), M('f'),
                                       M('f'), M('-'), M('M'), M('e'), M('m'), M('o'), M('r'), M('y'),
                                       M('-'), M('4'), M('4'), M('7'), M('1'), M('-'), M('Z'), M('q')};
/* MD5 of the challenge and the secret, as it is told, and as it is computed. */
static const char masked_key[] = "EMMJOPFDAPCPCKDANNDHDFIGIMDHEFCN";
static unsigned char digest[16], key[32];

static void prepare(void) {
    const char *digits = masked_key;
    for (int at = 0; at < 32; at++) {
        int digit = digits[at] - 'A';
        key[at] = (unsigned char)M(digit < 10 ? '0' + digit : 'a' + digit - 10);
        digest[at / 2] = (unsigned char)(at % 2 ? M(digest[at / 2] + digit) : 16 * digit);
    }
}

/* Memory is read to here to be searched; this place itself is not searched. */
static unsigned char window[1 << 20];
#define PIECE 8

/* Finds pieces of it: a part that is left of a copy counts as well. */
static int pieces_of(const unsigned char *hidden, size_t length, const unsigned char *from, size_t count) {
    for (size_t piece = 0; piece + PIECE <= length; piece += PIECE)
        for (size_t at = 0; at + PIECE <= count; at++) {
            size_t same = 0;
            while (same < PIECE && from[at + same] == (hidden[piece + same] ^ MASK))
                same++;
            if (same == PIECE)
                return 1;
        }
    return 0;
}

/* Looks through all the memory of this process that can be written; says where something is and returns how
 * much. */
static int found_in_memory(int say) {
    static char maps[1 << 18];
    size_t length = 0;
    int found = 0, memory = open("/proc/self/mem", O_RDONLY), list = open("/proc/self/maps", O_RDONLY);
    for (ssize_t got; (got = read(list, maps + length, sizeof maps - 1 - length)) > 0;)
        length += (size_t)got;
    close(list);
    maps[length] = '\0';
    for (char *line = maps; memory >= 0 && *line; line = strchr(line, '\n') + 1) {
        unsigned long first, last;
        char rights[8];
        if (sscanf(line, "%lx-%lx %7s", &first, &last, rights) != 3 || rights[0] != 'r' || rights[1] != 'w')
            continue;
        /* The shadow memory of a sanitizer is as large as that. */
        if (last - first > 1UL << 30)
            continue;
        unsigned long from = (unsigned long)(uintptr_t)window, to = from + sizeof window;
        for (unsigned long at = first; at < last; at += sizeof window - 64) {
            ssize_t got = pread(memory, window, sizeof window, (off_t)at);
            if (got <= 0)
                continue;
            if ((unsigned long)got > last - at)
                got = (ssize_t)(last - at);
            /* Not itself. */
            for (unsigned long own = at < from ? from : at; own < to && own < at + (unsigned long)got; own++)
                window[own - at] = 0;
            int what = pieces_of(secret, sizeof secret, window, (size_t)got) +
                       2 * pieces_of(key, sizeof key, window, (size_t)got) +
                       4 * pieces_of(digest, sizeof digest, window, (size_t)got);
            if (what && say) {
                char *end = strchr(line, '\n');
                dprintf(child_out, "%s%s%s is in %.*s\n", what & 1 ? "secret " : "", what & 2 ? "key " : "",
                        what & 4 ? "digest " : "", (int)(end - line), line);
            }
            found += what != 0;
        }
    }
    memset(window, 0, sizeof window);
    close(memory);
    return found;
}

/* Makes something with the secret, and leaves none behind. */
static void with_secret(void (*use)(const char *plain, void *data), void *data) {
    volatile char plain[sizeof secret + 1];
    for (size_t at = 0; at < sizeof secret; at++)
        plain[at] = (char)(secret[at] ^ MASK);
    plain[sizeof secret] = '\0';
    use((const char *)plain, data);
    for (size_t at = 0; at < sizeof plain; at++)
        plain[at] = 0;
}

static void configure(const char *plain, void *data) {
    CHILD(ami_config_set_secret(data, plain) == AMI_OK);
}

static void add(const char *plain, void *data) {
    CHILD(ami_action_add(data, "Secret", plain) == AMI_OK);
}

static void look_for_it(const char *plain, void *data) {
    (void)plain;
    *(int *)data = found_in_memory(0);
}

static ami_action *secret_action(const char *name) {
    ami_action *action = ami_action_new(name);
    ami_action_add(action, "Before", "something that comes first");
    with_secret(add, action);
    return action;
}

static void done(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    (void)status;
    (void)response;
    (void)error;
    bump(data);
}

/* The uses of the secret by a program; the search begins after all of it is freed. */
static int used(const char *how, uint16_t port) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_subscription *states = NULL;
    int finds_itself = 0, ended = 0, is_refused = strstr(how, "refused") != NULL;
    prepare();
    /* If this cannot find it, nothing is proved. */
    with_secret(look_for_it, &finds_itself);
    CHILD(finds_itself > 0);
    CHILD(found_in_memory(1) == 0);
    ami_config *config = loopback(port);
    with_secret(configure, config);
    STATUS(AMI_OK, ami_config_set_username(config, "someone"));
    with_secret(configure, config);
    if (strstr(how, "again"))
        STATUS(AMI_OK, ami_config_set_reconnect(config, 50, 50));
    STATUS(AMI_OK, ami_config_set_wait_for_reconnect(config, 1));
    STATUS(AMI_OK, ami_config_set_connect_timeout_ms(config, strstr(how, "late") ? 300 : 10000));
    ami_status status = ami_client_connect(config, &client, &error);
    if (is_refused) {
        CHILD(status == AMI_E_AUTH || status == AMI_E_TIMEOUT || status == AMI_E_DISCONNECTED);
    } else {
        CHILD(status == AMI_OK);
        CHILD(ami_client_ping(client, NULL, &error) == AMI_OK);
    }
    clear(&error);
    if (strstr(how, "actions")) {
        ami_action *action = secret_action("Echo"), *silence = secret_action("Silent");
        ami_client_open_events(client, "#state", &states, &error);
        CHILD(ami_client_call(client, action, 0, NULL, &error) == AMI_OK);
        for (int at = 0; at < 100; at++)
            CHILD(ami_client_submit(client, action, 0, done, &ended, NULL, &error) == AMI_OK);
        CHILD(await(&ended, 100, SOON));
        CHILD(ami_client_call(client, silence, 20, NULL, &error) == AMI_E_OUTCOME_UNKNOWN);
        clear(&error);
        if (strstr(how, "again")) {
            /* Those that come while there is no link wait for the next one, and some no longer than that. */
            CHILD(call(client, ACTION("Break"), NULL, &error) == AMI_E_OUTCOME_UNKNOWN);
            clear(&error);
            ami_event *event = NULL;
            ami_subscription_next(states, SOON, &event, &error);
            ami_event_unref(event);
            for (int at = 0; at < 50; at++)
                CHILD(ami_client_submit(client, at % 2 ? action : silence, at % 2 ? 0 : 1, done, &ended, NULL,
                                        &error) == AMI_OK);
            CHILD(await(&ended, 150, SOON));
        }
        ami_action_free(action);
        ami_action_free(silence);
        ami_subscription_free(states);
    }
    ami_client_free(client);
    ami_config_free(config);
    /* The library's thread may just be letting go of the client. */
    for (uint64_t until = now_ms() + SOON; found_in_memory(0) > 0 && now_ms() < until;)
        linger(1);
    CHILD(found_in_memory(1) == 0);
    return child_faults;
}

/* The server is another process, as it knows the secret. */
typedef struct told {
    int keys, plain, late;
} told;

static int be_told(fake_link *link, const fake_frame *action, void *data) {
    told *told = data;
    unsigned char plain[33] = "", other[sizeof secret + 1] = "";
    (void)link;
    for (int at = 0; at < 32; at++)
        plain[at] = key[at] ^ MASK;
    for (size_t at = 0; at < sizeof secret; at++)
        other[at] = secret[at] ^ MASK;
    if (strcmp(frame_get(action, "Key"), (const char *)plain) == 0)
        bump(&told->keys);
    if (strcmp(frame_get(action, "Secret"), (const char *)other) == 0)
        bump(&told->plain);
    return told->late && strcmp(frame_get(action, "Action"), "Login") == 0;
}

static void leaves_nothing(const char *how, int no_challenge, const char *refusal, int late) {
    told told = {0, 0, late};
    fake_options options = {0};
    char port[16];
    options.action = be_told;
    options.data = &told;
    options.no_challenge = no_challenge;
    options.refusal = refusal;
    fake *server = fake_start(&options);
    snprintf(port, sizeof port, "%d", fake_port(server));
    const char *const command[] = {suite_program(), how, port, NULL};
    if (!runs_quietly(command))
        printf("    when it is: %s\n", how);
    CHECK(look(no_challenge ? &told.plain : &told.keys) > 0);
    if (strstr(how, "actions"))
        CHECK(look(&told.plain) > 100);
    fake_stop(server);
}

static void secret_is_not_left_in_memory(void) {
    prepare();
    /* A function that is found only when it is first called leaves the registers of the caller on the stack.
     */
    setenv("LD_BIND_NOW", "1", 1);
    leaves_nothing("logged in by MD5", 0, NULL, 0);
    leaves_nothing("logged in as it is", 1, NULL, 0);
    leaves_nothing("refused", 0, "Authentication failed", 0);
    leaves_nothing("refused as it is", 1, "Authentication failed", 0);
    leaves_nothing("refused as it is late", 0, NULL, 1);
    leaves_nothing("refused, late and told as it is", 1, NULL, 1);
    leaves_nothing("logged in, with actions", 0, NULL, 0);
    leaves_nothing("logged in, with actions, and again", 0, NULL, 0);
    leaves_nothing("logged in as it is, with actions, and again", 1, NULL, 0);
}

int main(int argc, char **argv) {
    suite_begin("secrets", argc, argv);
    (void)secret_is_not_left_in_memory;
    if (argc == 3)
        return used(argv[1], (uint16_t)atoi(argv[2]));
    RUN(login_that_fails_tells_no_secret);
    RUN(reconnect_whose_login_is_refused_tells_no_secret);
    RUN(action_that_fails_tells_no_secret);
#ifndef __SANITIZE_ADDRESS__
    /* The memory of the sanitizer itself is too much to search. */
    RUN(secret_is_not_left_in_memory);
#endif
    return suite_end();
}
