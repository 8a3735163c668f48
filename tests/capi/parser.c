/* The parser alone: the recorded sessions, cut anywhere; what is final; what outlives what. The variable
 * AMI_CAPTURES says where the sessions are. */
#include "check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tally {
    unsigned long long hash;
    int responses, events, others, outputs;
} tally;

static void mix(tally *all, const char *text, size_t length) {
    for (size_t at = 0; at <= length; at++)
        all->hash = (all->hash ^ (unsigned char)(at < length ? text[at] : '\n')) * 1099511628211ULL;
}

static void add(tally *all, const ami_message *message) {
    size_t length = 0;
    int32_t kind = ami_message_kind(message);
    all->responses += kind == AMI_MESSAGE_RESPONSE;
    all->events += kind == AMI_MESSAGE_EVENT;
    all->others += kind == AMI_MESSAGE_OTHER;
    mix(all, ami_message_name(message), strlen(ami_message_name(message)));
    for (size_t at = 0; at < ami_message_header_count(message); at++) {
        const char *text = ami_message_header_name_at(message, at, &length);
        CHECK(text && text[length] == '\0');
        mix(all, text, length);
        text = ami_message_header_value_at(message, at, &length);
        CHECK(text && text[length] == '\0');
        mix(all, text, length);
    }
    const char *output = ami_message_output(message, &length);
    if (output) {
        mix(all, output, length);
        all->outputs++;
    }
}

/* Parses the whole in pieces of this size. */
static tally parse(const char *bytes, size_t length, size_t piece) {
    tally all = {14695981039346656037ULL, 0, 0, 0, 0};
    ami_error *error = NULL;
    ami_parser *parser = ami_parser_new();
    for (size_t from = 0; from < length; from += piece) {
        size_t count = length - from < piece ? length - from : piece;
        /* In memory of its own size, so that a read beyond its end is noticed. */
        char *copy = malloc(count);
        memcpy(copy, bytes + from, count);
        if (!OK(ami_parser_feed(parser, copy, count, &error)))
            break;
        memset(copy, '#', count);
        free(copy);
        for (;;) {
            ami_message *message = NULL;
            if (!OK(ami_parser_next(parser, &message, &error)) || !message)
                break;
            add(&all, message);
            ami_message_unref(message);
        }
    }
    OK(ami_parser_finish(parser, &error));
    CHECK_HAS(ami_parser_banner(parser), "Asterisk Call Manager/");
    ami_parser_free(parser);
    return all;
}

static int occurrences(const char *text, size_t length, const char *part) {
    int count = 0;
    size_t size = strlen(part);
    for (size_t at = 0; at + size <= length; at++)
        count += memcmp(text + at, part, size) == 0;
    return count;
}

static char *read_whole(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 22);
    *length = file && bytes ? fread(bytes, 1, 1 << 22, file) : 0;
    if (file)
        fclose(file);
    return bytes;
}

static void parser_reads_recorded_sessions_cut_anywhere(void) {
    const char *const versions[] = {"1.8", "13", "16", "22"};
    const char *captures = getenv("AMI_CAPTURES");
    int files = 0;
    for (int at = 0; at < 4; at++) {
        char folder[600], path[900];
        snprintf(folder, sizeof folder, "%s/asterisk-%s", captures ? captures : "tests/captures",
                 versions[at]);
        DIR *all = opendir(folder);
        for (struct dirent *entry; all && (entry = readdir(all));) {
            size_t length;
            if (!strstr(entry->d_name, ".server.ami"))
                continue;
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            char *bytes = read_whole(path, &length);
            tally whole = parse(bytes, length, length), seven = parse(bytes, length, 7),
                  ones = parse(bytes, length, 1);
            if (!CHECK(whole.hash == seven.hash && whole.hash == ones.hash))
                printf("    in %s\n", path);
            /* A server that answers commands in headers has no text that could look like one. */
            if (at >= 2) {
                CHECK_INT(whole.responses, occurrences(bytes, length, "\r\nResponse: ") -
                                               occurrences(bytes, length, "Event: OriginateResponse"));
                CHECK_INT(whole.events, occurrences(bytes, length, "\r\nEvent: "));
                CHECK_INT(whole.others, 0);
            }
            files++;
            free(bytes);
        }
        if (all)
            closedir(all);
    }
    CHECK_INT(files, 32);
}

static ami_message *only(ami_parser *parser, const char *text) {
    ami_error *error = NULL;
    ami_message *message = NULL;
    OK(ami_parser_feed(parser, text, strlen(text), &error));
    OK(ami_parser_next(parser, &message, &error));
    CHECK(message != NULL);
    return message;
}

static void message_outlives_its_parser(void) {
    ami_error *error = NULL;
    ami_message *none = (ami_message *)&error;
    ami_parser *parser = ami_parser_new();
    CHECK(ami_parser_banner(parser) == NULL);
    OK(ami_parser_next(parser, &none, &error));
    CHECK(none == NULL);
    ami_message *message = only(parser, "Asterisk Call Manager/5.0.5\r\nEvent: Hangup\r\nCause: 16\r\nCause: "
                                        "17\r\nEmpty:\r\n\r\nEvent: Half\r\n");
    CHECK_STR(ami_parser_banner(parser), "Asterisk Call Manager/5.0.5");
    FAILS(AMI_E_PROTOCOL, ami_parser_finish(parser, &error));
    clear(&error);
    ami_message *again = ami_message_ref(message);
    CHECK(again == message);
    ami_message_unref(again);
    ami_parser_free(parser);
    size_t length = 7;
    CHECK_INT(ami_message_kind(message), AMI_MESSAGE_EVENT);
    CHECK_STR(ami_message_name(message), "Hangup");
    CHECK_STR(ami_message_get(message, "cause", &length), "16");
    CHECK_INT(length, 2);
    CHECK_STR(ami_message_get(message, "Empty", &length), "");
    CHECK_INT(ami_message_header_count(message), 4);
    CHECK(ami_message_header_name_at(message, 4, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(ami_message_output(message, &length) == NULL);
    ami_message_unref(message);
}

static void parser_reads_both_shapes_of_a_commands_answer(void) {
    size_t length = 0;
    ami_parser *parser = ami_parser_new();
    STATUS(AMI_OK, ami_parser_expect_action_id(parser, "7"));
    ami_message *old =
        only(parser, "Asterisk Call Manager/1.1\r\nResponse: Follows\r\nPrivilege: Command\r\nActionID: "
                     "7\r\nActionID: 8\nKey: value\n--END COMMAND--\r\n\r\n");
    CHECK_STR(ami_message_output(old, &length), "ActionID: 8\nKey: value");
    CHECK_INT(length, 22);
    CHECK_STR(ami_message_get(old, "ActionID", NULL), "7");
    CHECK(ami_message_get(old, "Key", NULL) == NULL);
    ami_message *modern =
        only(parser, "Response: Success\r\nMessage: Command output follows\r\nOutput: ActionID: 8\r\nOutput: "
                     "Key: value\r\n\r\n");
    CHECK_STR(ami_message_output(modern, &length), "ActionID: 8\nKey: value");
    ami_message_unref(old);
    ami_message_unref(modern);
    ami_parser_free(parser);
}

static void parser_fault_is_final(void) {
    ami_error *error = NULL;
    ami_message *message = NULL;
    ami_parser *parser = ami_parser_new();
    const char *const text = "SSH-2.0-OpenSSH\r\nEvent: A\r\n\r\n";
    OK(ami_parser_feed(parser, text, strlen(text), &error));
    for (int again = 0; again < 2; again++) {
        FAILS(AMI_E_NOT_AMI, ami_parser_next(parser, &message, &error));
        CHECK(message == NULL);
        clear(&error);
        FAILS(AMI_E_NOT_AMI, ami_parser_feed(parser, "x", 1, &error));
        clear(&error);
    }
    FAILS(AMI_E_NOT_AMI, ami_parser_finish(parser, &error));
    clear(&error);
    ami_parser_free(parser);
    /* Messages from before the fault can still be pulled. */
    parser = ami_parser_new();
    STATUS(AMI_OK, ami_parser_set_limit(parser, AMI_LIMIT_LINE, 40));
    const char *const more = "Asterisk Call Manager/1.1\r\nEvent: A\r\n\r\nEvent: B\r\nLine: "
                             "0123456789012345678901234567890123456789\r\n\r\n";
    OK(ami_parser_feed(parser, more, strlen(more), &error));
    OK(ami_parser_next(parser, &message, &error));
    CHECK_STR(ami_message_name(message), "A");
    ami_message_unref(message);
    FAILS(AMI_E_LIMIT, ami_parser_next(parser, &message, &error));
    CHECK(message == NULL);
    clear(&error);
    ami_parser_free(parser);
}

static void parser_refuses_bad_arguments(void) {
    ami_error *error = NULL;
    ami_message *message = (ami_message *)&error;
    ami_parser *parser = ami_parser_new();
    FAILS(AMI_E_INVALID, ami_parser_feed(parser, NULL, 1, &error));
    clear(&error);
    OK(ami_parser_feed(parser, NULL, 0, &error));
    FAILS(AMI_E_INVALID, ami_parser_feed(parser, "x", (size_t)PTRDIFF_MAX + 1, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_parser_feed(NULL, "x", 1, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_parser_next(NULL, &message, &error));
    CHECK(message == NULL);
    clear(&error);
    FAILS(AMI_E_INVALID, ami_parser_next(parser, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_parser_finish(NULL, &error));
    clear(&error);
    STATUS(AMI_E_INVALID, ami_parser_expect_action_id(NULL, "x"));
    STATUS(AMI_E_INVALID, ami_parser_expect_action_id(parser, NULL));
    STATUS(AMI_E_INVALID, ami_parser_set_limit(NULL, AMI_LIMIT_LINE, 1));
    STATUS(AMI_E_INVALID, ami_parser_set_limit(parser, -1, 1));
    STATUS(AMI_E_INVALID, ami_parser_set_limit(parser, 99, 1));
    STATUS(AMI_E_INVALID, ami_parser_set_limit(parser, AMI_LIMIT_LINE, 0));
    STATUS(AMI_OK, ami_parser_set_limit(parser, AMI_LIMIT_LINE, SIZE_MAX));
    CHECK(ami_parser_banner(NULL) == NULL);
    ami_parser_free(NULL);
    ami_parser_free(parser);
    ami_config *config = loopback(1);
    STATUS(AMI_E_INVALID, ami_config_set_limit(NULL, AMI_LIMIT_LINE, 1));
    STATUS(AMI_E_INVALID, ami_config_set_limit(config, 99, 1));
    STATUS(AMI_E_INVALID, ami_config_set_limit(config, AMI_LIMIT_LIST, 0));
    STATUS(AMI_OK, ami_config_set_limit(config, AMI_LIMIT_LIST, 10));
    ami_config_free(config);
    size_t length = 7;
    ami_message_unref(NULL);
    CHECK(ami_message_ref(NULL) == NULL);
    CHECK_INT(ami_message_kind(NULL), -1);
    CHECK_STR(ami_message_name(NULL), "");
    CHECK_INT(ami_message_header_count(NULL), 0);
    CHECK(ami_message_get(NULL, "x", &length) == NULL && length == 0);
    length = 7;
    CHECK(ami_message_header_name_at(NULL, 0, &length) == NULL && length == 0);
    length = 7;
    CHECK(ami_message_header_value_at(NULL, 0, &length) == NULL && length == 0);
    length = 7;
    CHECK(ami_message_output(NULL, &length) == NULL && length == 0);
}

static void headers_that_repeat_are_counted_among_their_name(void) {
    const char bytes[] =
        "Asterisk Call Manager/1.1\r\nEvent: X\r\nVariable: a=1\r\nOther: b\r\nVARIABLE: \r\n"
        "Variables: c\r\nVariable: d=2\r\n\r\n";
    const char *const values[] = {"a=1", "", "d=2"};
    ami_error *error = NULL;
    ami_message *message = NULL;
    ami_parser *parser = ami_parser_new();
    OK(ami_parser_feed(parser, bytes, sizeof bytes - 1, &error));
    OK(ami_parser_next(parser, &message, &error));
    for (size_t at = 0; at < 3; at++) {
        size_t length = 7;
        CHECK_STR(ami_message_get_nth(message, "variable", at, &length), values[at]);
        CHECK_INT(length, strlen(values[at]));
    }
    size_t length = 7;
    CHECK(ami_message_get_nth(message, "variable", 3, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(ami_message_get_nth(message, "nothing", 0, NULL) == NULL);
    CHECK(ami_message_get_nth(message, NULL, 0, NULL) == NULL);
    ami_message_unref(message);
    ami_parser_free(parser);
}

static void escapes_are_undone(void) {
    char plain[64];
    const char *const escaped = "a\\nb\\r\\\\c\\\"d\\q\\";
    memset(plain, '#', sizeof plain);
    size_t length = ami_unescape(escaped, strlen(escaped), plain);
    CHECK_STR(plain, "a\nb\r\\c\"d\\q\\");
    CHECK_INT(length, strlen(plain));
    CHECK_INT(ami_unescape(NULL, 0, plain), 0);
    CHECK_STR(plain, "");
    CHECK_INT(ami_unescape("x", 1, NULL), 0);
    CHECK_INT(ami_unescape("x", (size_t)-1, plain), 0);
    CHECK_STR(plain, "");
    CHECK_INT(ami_escapes_values("16.28.0"), 1);
    CHECK_INT(ami_escapes_values("13.5.0"), 1);
    CHECK_INT(ami_escapes_values("13.4.9"), 0);
    CHECK_INT(ami_escapes_values("1.8.20.0"), 0);
    CHECK_INT(ami_escapes_values(NULL), 0);
    CHECK_INT(ami_escapes_values("nonsense"), 0);
}

static void action_is_encoded_to_bytes(void) {
    const char expected[] = "Action: Login\r\nActionID: 7\r\nAuthType: MD5\r\nKey: x\r\n\r\n";
    char buffer[128], small[8] = "#######", key[33];
    size_t length = 7;
    ami_error *error = NULL;
    ami_action *action = ACTION("Login", "AuthType", "MD5", "ActionID", "7", "Key", "x");
    memset(buffer, '#', sizeof buffer);
    OK(ami_action_encode(action, buffer, sizeof buffer, &length, &error));
    CHECK_INT(length, sizeof expected - 1);
    CHECK(memcmp(buffer, expected, length) == 0 && buffer[length] == '#');
    OK(ami_action_encode(action, buffer, length, NULL, &error));
    FAILS(AMI_E_OVERFLOW,
          ami_action_encode(action, small, length - 1 > sizeof small ? sizeof small : 0, &length, &error));
    CHECK_INT(length, sizeof expected - 1);
    CHECK_HAS(ami_error_message(error), "8");
    CHECK_STR(small, "#######");
    clear(&error);
    FAILS(AMI_E_OVERFLOW, ami_action_encode(action, NULL, 0, &length, &error));
    CHECK_INT(length, sizeof expected - 1);
    clear(&error);
    FAILS(AMI_E_INVALID, ami_action_encode(action, NULL, 4096, &length, &error));
    clear(&error);
    /* A header that was refused when it was added. */
    STATUS(AMI_E_INVALID, ami_action_add(action, "X", "a\r\nAction: Logoff"));
    FAILS(AMI_E_INVALID, ami_action_encode(action, buffer, sizeof buffer, &length, &error));
    CHECK_INT(length, 0);
    clear(&error);
    ami_action_free(action);
    action = ACTION("Ping");
    OK(ami_action_encode(action, buffer, sizeof buffer, &length, &error));
    CHECK(length == 16 && memcmp(buffer, "Action: Ping\r\n\r\n", length) == 0);
    ami_action_free(action);
    FAILS(AMI_E_INVALID, ami_action_encode(NULL, buffer, sizeof buffer, &length, &error));
    clear(&error);
    /* printf 138536221amp111 | md5sum */
    STATUS(AMI_OK, ami_login_key("138536221", "amp111", key));
    CHECK_STR(key, "03e8eb953301e07d1c0b77c59a4d76bd");
    STATUS(AMI_E_INVALID, ami_login_key(NULL, "amp111", key));
    STATUS(AMI_E_INVALID, ami_login_key("1", NULL, key));
    STATUS(AMI_E_INVALID, ami_login_key("1", "\xff", key));
    STATUS(AMI_E_INVALID, ami_login_key("1", "2", NULL));
}

int main(int argc, char **argv) {
    suite_begin("parser", argc, argv);
    RUN(parser_reads_recorded_sessions_cut_anywhere);
    RUN(message_outlives_its_parser);
    RUN(parser_reads_both_shapes_of_a_commands_answer);
    RUN(parser_fault_is_final);
    RUN(parser_refuses_bad_arguments);
    RUN(headers_that_repeat_are_counted_among_their_name);
    RUN(escapes_are_undone);
    RUN(action_is_encoded_to_bytes);
    return suite_end();
}
