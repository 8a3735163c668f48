/* The outcome of actions: late answers, deadlines, refusals that are told apart, and the rule of statuses. */
#include "fake.h"
#include "real.h"

#include <stdio.h>
#include <string.h>

static const asterisk *servers;

static void error_tells_apart_what_is_not_there(void) {
    for (int at = 0; at < SERVERS; at++) {
        ami_error *error = NULL;
        ami_client *client = log_in(&servers[at], ADMIN, "off");
        ami_action *missing[] = {
            ACTION("DBGet", "Family", "libami", "Key", "nope"),
            ACTION("Hangup", "Channel", "nope"),
            ACTION("Redirect", "Channel", "nope", "Context", "default", "Exten", "echo", "Priority", "1"),
            ACTION("GetConfig", "Filename", "nope.conf"),
            ACTION("ShowDialPlan", "Context", "nope"),
        };
        for (size_t each = 0; each < sizeof missing / sizeof *missing; each++) {
            FAILS(AMI_E_ACTION, ami_client_call(client, missing[each], 0, NULL, &error));
            CHECK_INT(ami_error_is_not_found(error), 1);
            CHECK_INT(ami_error_errno(error), 0);
            clear(&error);
            ami_action_free(missing[each]);
        }
        FAILS(AMI_E_ACTION, call(client, ACTION("Hangup"), NULL, &error));
        CHECK_INT(ami_error_is_not_found(error), 0);
        clear(&error);
        FAILS(AMI_E_COMMAND, ami_client_command(client, "no such command", 0, NULL, &error));
        CHECK_INT(ami_error_is_not_found(error), 0);
        clear(&error);
        ami_client_free(client);
    }
}

static int old_command(fake_link *link, const fake_frame *action, void *data) {
    (void)data;
    if (strcmp(frame_get(action, "Action"), "Command") != 0)
        return 0;
    const char *line = frame_get(action, "Command");
    fake_say(link, "Response: Follows\r\nPrivilege: Command\r\nActionID: %s\r\n",
             frame_get(action, "ActionID"));
    if (strcmp(line, "core show version") == 0)
        fake_say(link, "Asterisk 1.8.20.0 built by root\nKey: value\n\nlast\n--END COMMAND--\r\n\r\n");
    else if (strcmp(line, "core show channels nonsense") == 0)
        fake_say(link, "Usage: core show channels [concise|verbose|count]\n       Lists channels\n--END "
                       "COMMAND--\r\n\r\n");
    else
        fake_say(link,
                 "No such command '%s' (type 'core show help %s' for other possible commands)\n--END "
                 "COMMAND--\r\n\r\n",
                 line, line);
    return 1;
}

/* Before version 14 only the text says so; the outcome is the same. */
static void command_that_an_old_server_does_not_know_fails(void) {
    fake_options options = {0};
    options.action = old_command;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    ami_response *response = NULL;
    ami_client *client = fake_client(server);
    FAILS(AMI_E_COMMAND, ami_client_command(client, "no such thing here", 0, &response, &error));
    CHECK(response == NULL);
    CHECK_STR(ami_error_peer_message(error),
              "No such command 'no such thing here' (type 'core show help no such thing here' for "
              "other possible commands)");
    clear(&error);
    FAILS(AMI_E_COMMAND, ami_client_command(client, "core show channels nonsense", 0, &response, &error));
    CHECK_HAS(ami_error_peer_message(error), "Usage: core show channels");
    clear(&error);
    OK(ami_client_command(client, "core show version", 0, &response, &error));
    CHECK_STR(ami_response_output(response, NULL), "Asterisk 1.8.20.0 built by root\nKey: value\n\nlast");
    CHECK(ami_response_get(response, "Key", NULL) == NULL);
    ami_response_unref(response);
    ami_client_free(client);
    fake_stop(server);
}

static int answer_waits(fake_link *link, const fake_frame *action, void *data) {
    const char *name = frame_get(action, "Action");
    (void)data;
    if (strcmp(name, "Originate") != 0 && strcmp(name, "WaitEvent") != 0)
        return 0;
    fake_say(link, "Response: Error\r\nActionID: %s\r\nMessage: Not here\r\n\r\n",
             frame_get(action, "ActionID"));
    return 1;
}

/* The server's own wait comes on top of the timeout, however long it is. */
static void action_that_asks_for_a_huge_wait_gets_its_answer(void) {
    const char *const waits[][3] = {
        {"WaitEvent", "Timeout", "18446744073709551615"}, {"WaitEvent", "Timeout", "9223372036854775807"},
        {"WaitEvent", "Timeout", "99999999999999999999"}, {"WaitEvent", "Timeout", "-1"},
        {"Originate", "Timeout", "18446744073709551615"}, {"Originate", "Timeout", "nonsense"},
    };
    fake_options options = {0};
    options.action = answer_waits;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    ami_client *client = fake_client(server);
    for (size_t at = 0; at < sizeof waits / sizeof *waits; at++) {
        FAILS(AMI_E_ACTION, call(client, ACTION(waits[at][0], waits[at][1], waits[at][2]), NULL, &error));
        clear(&error);
        OK(ami_client_ping(client, NULL, &error));
    }
    OK(ami_client_close(client, &error));
    ami_client_free(client);
    fake_stop(server);
}

static int answer_late(fake_link *link, const fake_frame *action, void *data) {
    char *late = data;
    if (strcmp(frame_get(action, "Action"), "Late") == 0) {
        snprintf(late, 100, "%s", frame_get(action, "ActionID"));
        return 1;
    }
    if (strcmp(frame_get(action, "Action"), "Now") != 0)
        return 0;
    fake_say(link, "Response: Success\r\nActionID: %s\r\nMessage: Late\r\n\r\n", late);
    fake_answer(link, action, "Message: Now\r\n");
    return 1;
}

/* An answer that comes too late is nobody else's, and frees the ActionID. */
static void answer_that_comes_too_late_goes_to_no_other_action(void) {
    char late[100] = "";
    fake_options options = {0};
    options.action = answer_late;
    options.data = late;
    fake *server = fake_start(&options);
    ami_error *error = NULL;
    ami_response *response = NULL;
    ami_client *client = fake_client(server);
    for (int round = 0; round < 3; round++) {
        ami_action *own = ACTION("Late");
        FAILS(AMI_E_OUTCOME_UNKNOWN, ami_client_call(client, own, 50, NULL, &error));
        CHECK_INT(ami_error_cause(error), AMI_E_TIMEOUT);
        clear(&error);
        ami_action_free(own);
    }
    ami_action *action = ACTION("Late", "ActionID", "mine");
    FAILS(AMI_E_OUTCOME_UNKNOWN, ami_client_call(client, action, 100, NULL, &error));
    clear(&error);
    OK(call(client, ACTION("Now"), &response, &error));
    CHECK_STR(ami_response_get(response, "Message", NULL), "Now");
    ami_response_unref(response);
    FAILS(AMI_E_OUTCOME_UNKNOWN, ami_client_call(client, action, 100, NULL, &error));
    clear(&error);
    ami_action_free(action);
    ami_client_free(client);
    fake_stop(server);
}

static void count_done(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    (void)response;
    (void)error;
    CHECK_INT(status, AMI_E_OUTCOME_UNKNOWN);
    bump(data);
}

/* A short deadline is kept beside long ones, whichever came first. */
static void deadlines_are_kept(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = fake_client(server);
    ami_action *silent = ACTION("Silent");
    int done = 0;
    for (int round = 0; round < 3; round++) {
        OK(ami_client_submit(client, silent, 30000, count_done, &done, NULL, &error));
        uint64_t from = now_ms();
        FAILS(AMI_E_OUTCOME_UNKNOWN, ami_client_call(client, silent, 150, NULL, &error));
        clear(&error);
        CHECK(now_ms() - from >= 150 && now_ms() - from < 5000);
        from = now_ms();
        for (uint32_t ms = 300; ms > 0; ms -= 50)
            OK(ami_client_submit(client, silent, ms, count_done, &done, NULL, &error));
        CHECK(await(&done, (round + 1) * 6, 5000));
        CHECK(now_ms() - from >= 300);
    }
    OK(ami_client_close(client, &error));
    CHECK_INT(look(&done), 21);
    ami_action_free(silent);
    ami_client_free(client);
    fake_stop(server);
}

static int cancel_lists(fake_link *link, const fake_frame *action, void *data) {
    const char *id = frame_get(action, "ActionID");
    (void)data;
    if (strcmp(frame_get(action, "Action"), "Status") != 0)
        return 0;
    fake_say(
        link,
        "Response: Success\r\nActionID: %s\r\nEventList: start\r\nMessage: Channel status will follow\r\n\r\n"
        "Event: Status\r\nActionID: %s\r\nChannel: SIP/1\r\n\r\n"
        "Event: StatusComplete\r\nActionID: %s\r\nEventList: cancelled\r\n\r\n",
        id, id, id);
    return 1;
}

static void list_that_the_server_cancels_fails(void) {
    fake_options options = {0};
    options.action = cancel_lists;
    fake *server = fake_start(&options);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    FAILS(AMI_E_ACTION, call(client, ACTION("Status"), NULL, &error));
    CHECK_HAS(ami_error_message(error), "cancelled the list of Status");
    CHECK_INT(ami_response_event_count(ami_error_response(error)), 1);
    clear(&error);
    ami_client_free(client);
    fake_stop(server);
}

/* Which of them were written, and which may be tried again, by the header's rule of ranges and its
 * exceptions. */
static const struct {
    ami_status status;
    const char *name;
    int was_written, is_retryable;
} statuses[] = {
#define NAMED(status, was_written, is_retryable) {status, #status, was_written, is_retryable}
    NAMED(AMI_OK, 1, 0),
    NAMED(AMI_E_INVALID, 0, 0),
    NAMED(AMI_E_STATE, 0, 0),
    NAMED(AMI_E_BUSY, 0, 1),
    NAMED(AMI_E_FORKED, 0, 0),
    NAMED(AMI_E_CLOSED, 0, 0),
    NAMED(AMI_E_INTERNAL, 1, 0),
    NAMED(AMI_E_UNSUPPORTED, 0, 0),
    NAMED(AMI_E_OVERFLOW, 0, 1),
    NAMED(AMI_E_RESOLVE, 0, 1),
    NAMED(AMI_E_REFUSED, 0, 1),
    NAMED(AMI_E_TIMEOUT, 0, 1),
    NAMED(AMI_E_DISCONNECTED, 0, 1),
    NAMED(AMI_E_TLS, 0, 0),
    NAMED(AMI_E_IO, 0, 1),
    NAMED(AMI_E_NOT_AMI, 0, 0),
    NAMED(AMI_E_PROTOCOL, 0, 0),
    NAMED(AMI_E_LIMIT, 1, 0),
    NAMED(AMI_E_AUTH, 0, 0),
    NAMED(AMI_E_AUTH_METHOD, 0, 0),
    NAMED(AMI_E_ACTION, 1, 0),
    NAMED(AMI_E_PERMISSION, 1, 0),
    NAMED(AMI_E_COMMAND, 1, 0),
    NAMED(AMI_E_SMS_FAILED, 1, 0),
    NAMED(AMI_E_SMS_BUSY, 1, 1),
    NAMED(AMI_E_USSD, 1, 0),
    NAMED(AMI_E_OUTCOME_UNKNOWN, 1, 0),
};

static void status_has_its_name(void) {
    for (size_t at = 0; at < sizeof statuses / sizeof *statuses; at++)
        CHECK_STR(ami_status_name(statuses[at].status), statuses[at].name);
}

static void status_ranges_tell_what_was_written(void) {
    for (size_t at = 0; at < sizeof statuses / sizeof *statuses; at++) {
        ami_status status = statuses[at].status;
        CHECK_INT(ami_status_was_written(status), statuses[at].was_written);
        CHECK_INT(ami_status_is_retryable(status), statuses[at].is_retryable);
        if (status != AMI_OK && status != AMI_E_INTERNAL && status != AMI_E_LIMIT)
            CHECK_INT(ami_status_was_written(status), status >= 300);
        /* A written request may be carried out twice, except at a port that was in use. */
        CHECK(!ami_status_is_retryable(status) || !ami_status_was_written(status) ||
              status == AMI_E_SMS_BUSY);
    }
    /* Those of later versions. */
    CHECK_INT(ami_status_was_written(99), 0);
    CHECK_INT(ami_status_was_written(299), 0);
    CHECK_INT(ami_status_was_written(399), 1);
    CHECK_INT(ami_status_was_written(499), 1);
    CHECK_INT(ami_status_is_retryable(9999), 0);
}

int main(int argc, char **argv) {
    suite_begin("outcomes", argc, argv);
    servers = real_servers();
    RUN(error_tells_apart_what_is_not_there);
    RUN(command_that_an_old_server_does_not_know_fails);
    RUN(action_that_asks_for_a_huge_wait_gets_its_answer);
    RUN(answer_that_comes_too_late_goes_to_no_other_action);
    RUN(deadlines_are_kept);
    RUN(list_that_the_server_cancels_fails);
    RUN(status_has_its_name);
    RUN(status_ranges_tell_what_was_written);
    return suite_end();
}
