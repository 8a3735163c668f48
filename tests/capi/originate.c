/* Calls that the server sets up, and a first connection that is retried. */
#include "check.h"
#include "fake.h"

#include <stdio.h>
#include <string.h>

/* The answers of the server to an Originate. */
typedef struct script {
    const char *said;
    const char *reason;
    int event_first;
    char variable[100];
} script;

static void tell(fake_link *link, const fake_frame *action, const script *script) {
    fake_say(link,
             "Event: OriginateResponse\r\nActionID: %s\r\nResponse: %s\r\nChannel: PJSIP/100-1\r\n"
             "Reason: %s\r\nUniqueid: 17.1\r\n\r\n",
             frame_get(action, "ActionID"), script->said, script->reason);
}

static int answer(fake_link *link, const fake_frame *action, void *data) {
    script *script = data;
    if (strcmp(frame_get(action, "Action"), "Originate") != 0)
        return 0;
    CHECK_STR(frame_get(action, "Async"), "true");
    snprintf(script->variable, sizeof script->variable, "%s", frame_get(action, "Variable"));
    if (script->said && script->event_first)
        tell(link, action, script);
    fake_answer(link, action, "Message: Originate successfully queued\r\n");
    if (script->said && !script->event_first)
        tell(link, action, script);
    return 1;
}

static ami_action *a_call(void) {
    ami_action *action =
        ACTION("Originate", "Channel", "PJSIP/100", "Context", "default", "Exten", "200", "Priority", "1");
    STATUS(AMI_OK, ami_action_add_variable(action, "A", "x,\"y\""));
    return action;
}

static void originate_tells_its_outcome_whichever_comes_first(void) {
    static const struct {
        const char *said, *number;
        int32_t reason;
    } outcomes[] = {{"Success", "4", AMI_ORIGINATE_ANSWERED},
                    {"Failure", "5", AMI_ORIGINATE_BUSY},
                    {"Failure", "8", AMI_ORIGINATE_CONGESTION},
                    {"Failure", "3", AMI_ORIGINATE_NO_ANSWER},
                    {"Failure", "0", AMI_ORIGINATE_FAILED}};
    for (size_t at = 0; at < sizeof outcomes / sizeof *outcomes; at++) {
        for (int first = 0; first < 2; first++) {
            script script = {outcomes[at].said, outcomes[at].number, first, ""};
            fake_options options = {.action = answer, .data = &script};
            fake *server = fake_start(&options);
            ami_client *client = fake_client(server);
            ami_action *action = a_call();
            ami_error *error = NULL;
            ami_event *event = NULL;
            int32_t reason = -1;
            OK(ami_client_originate(client, action, SOON, &reason, &event, &error));
            CHECK_INT(reason, outcomes[at].reason);
            CHECK_STR(ami_event_name(event), "OriginateResponse");
            CHECK_STR(ami_event_get(event, "Uniqueid", NULL), "17.1");
            CHECK_STR(script.variable, "A=x\\,\\\"y\\\"");
            ami_event_unref(event);
            OK(ami_client_originate(client, action, SOON, NULL, NULL, &error));
            ami_action_free(action);
            ami_client_free(client);
            fake_stop(server);
        }
    }
}

static void originate_outcome_that_is_not_told_is_unknown(void) {
    script script = {NULL, NULL, 0, ""};
    fake_options options = {.action = answer, .data = &script};
    fake *server = fake_start(&options);
    ami_client *client = fake_client(server);
    ami_action *action = a_call();
    ami_error *error = NULL;
    ami_event *event = (ami_event *)&script;
    STATUS(AMI_OK, ami_action_add(action, "Timeout", "50"));
    uint64_t begun = now_ms();
    FAILS(AMI_E_OUTCOME_UNKNOWN, ami_client_originate(client, action, 200, NULL, &event, &error));
    CHECK(event == NULL);
    CHECK(now_ms() - begun >= 250);
    CHECK_HAS(ami_error_message(error), "OriginateResponse");
    clear(&error);
    ami_action_free(action);
    ami_client_free(client);
    fake_stop(server);
}

static void originate_refuses_calls_that_cannot_be(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_action *actions[] = {ACTION("Ping"), ACTION("Originate", "Channel", "PJSIP/100"),
                             ACTION("Originate", "Channel", "PJSIP/100", "Async", "no")};
    for (size_t at = 0; at < sizeof actions / sizeof *actions; at++) {
        FAILS(AMI_E_INVALID, ami_client_originate(client, actions[at], 0, NULL, NULL, &error));
        clear(&error);
        ami_action_free(actions[at]);
    }
    FAILS(AMI_E_INVALID, ami_client_originate(client, NULL, 0, NULL, NULL, &error));
    clear(&error);
    ami_action *action = a_call();
    FAILS(AMI_E_INVALID, ami_client_originate(NULL, action, 0, NULL, NULL, &error));
    clear(&error);
    STATUS(AMI_E_INVALID, ami_action_add_variable(action, NULL, "x"));
    STATUS(AMI_E_INVALID, ami_action_add_variable(action, "A", NULL));
    STATUS(AMI_E_INVALID, ami_action_add_variable(NULL, "A", "x"));
    STATUS(AMI_E_INVALID, ami_action_add_variable(action, "A B", "x"));
    /* It keeps the reason. */
    FAILS(AMI_E_INVALID, ami_client_originate(client, action, 0, NULL, NULL, &error));
    clear(&error);
    ami_action_free(action);
    ami_client_free(client);
    fake_stop(server);
}

static void connect_tries_again_if_wanted(void) {
    fake *server = fake_start(NULL);
    uint16_t port = fake_port(server);
    fake_stop(server);
    ami_config *config = loopback(port);
    ami_error *error = NULL;
    ami_client *client = NULL;
    STATUS(AMI_E_INVALID, ami_config_set_retry_first_connect(NULL, 1));
    STATUS(AMI_OK, ami_config_set_retry_first_connect(config, 1));
    FAILS(AMI_E_INVALID, ami_client_connect(config, &client, &error));
    clear(&error);
    STATUS(AMI_OK, ami_config_set_reconnect(config, 5, 20));
    STATUS(AMI_OK, ami_config_set_reconnect_limit(config, 3, 1000));
    FAILS(AMI_E_REFUSED, ami_client_connect(config, &client, &error));
    CHECK_HAS(ami_error_message(error), "3 attempts");
    clear(&error);
    STATUS(AMI_OK, ami_config_set_retry_first_connect(config, 0));
    FAILS(AMI_E_REFUSED, ami_client_connect(config, &client, &error));
    CHECK_LACKS(ami_error_message(error), "attempts");
    clear(&error);
    ami_config_free(config);
}

int main(int argc, char **argv) {
    suite_begin("originate", argc, argv);
    RUN(originate_tells_its_outcome_whichever_comes_first);
    RUN(originate_outcome_that_is_not_told_is_unknown);
    RUN(originate_refuses_calls_that_cannot_be);
    RUN(connect_tries_again_if_wanted);
    return suite_end();
}
