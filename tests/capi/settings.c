/* A configuration that was refused something connects nothing: a link without what was wanted is worse than
 * none. */
#include "check.h"
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each refuses something; what its error has to say. */
static ami_status refuse(ami_config *config, int which, const char **setter, const char **why) {
#define REFUSAL(name, reason, ...)                                                                           \
    if (which-- == 0) {                                                                                      \
        *setter = #name, *why = reason;                                                                      \
        return name(config, __VA_ARGS__);                                                                    \
    }
    REFUSAL(ami_config_set_tls_ca_file, "CA file is NULL", getenv("NO_SUCH_VARIABLE_IS_SET"))
    REFUSAL(ami_config_set_tls_ca_file, "CA file is empty", "")
    REFUSAL(ami_config_set_tls_server_name, "server name is NULL", NULL)
    REFUSAL(ami_config_set_tls_server_name, "server name is empty", "")
    REFUSAL(ami_config_set_tls_client_certificate, "certificate file is NULL", NULL, "key.pem")
    REFUSAL(ami_config_set_tls_client_certificate, "key file is NULL", "chain.pem", NULL)
    REFUSAL(ami_config_set_host, "host is NULL", NULL)
    REFUSAL(ami_config_set_host, "host is empty", "")
    REFUSAL(ami_config_set_port, "no port 0", 0)
    REFUSAL(ami_config_set_username, "user name is NULL", NULL)
    REFUSAL(ami_config_set_secret, "secret is NULL", NULL)
    REFUSAL(ami_config_set_secret, "secret", SECRET "\n")
    REFUSAL(ami_config_set_event_mask, "event mask is empty", "")
    REFUSAL(ami_config_set_connect_timeout_ms, "0 ms", 0)
    REFUSAL(ami_config_set_action_timeout_ms, "must end", UINT32_MAX)
    REFUSAL(ami_config_set_keepalive_ms, "must end", UINT32_MAX)
    REFUSAL(ami_config_set_keepalive_timeout_ms, "0 ms", 0)
    REFUSAL(ami_config_set_reconnect, "must end", 1, UINT32_MAX)
    REFUSAL(ami_config_set_reconnect, "", 0, 1)
    REFUSAL(ami_config_set_event_queue, "no such queue policy", 1, 1, 3)
    REFUSAL(ami_config_set_event_queue, "at least one event", 0, 1, AMI_QUEUE_CLOSE)
    REFUSAL(ami_config_set_limit, "limit", -1, 1)
    REFUSAL(ami_config_set_dialect, "nokia", "nokia")
    REFUSAL(ami_config_set_parts_timeout_ms, "0 ms", 0)
    REFUSAL(ami_config_set_send_queue, "at least one SMS", 0)
    REFUSAL(ami_config_set_port_rest_ms, "must end", UINT32_MAX)
#undef REFUSAL
    *setter = NULL;
    return AMI_OK;
}

/* Whoever would connect with it is told what was refused, and nobody connects. */
static void refused(const ami_config *config, const char *setter, const char *why) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_gateway *gateway = NULL;
    for (int by = 0; by < 3; by++) {
        if (by == 0   ? FAILS(AMI_E_INVALID, ami_client_new(config, &client, &error))
            : by == 1 ? FAILS(AMI_E_INVALID, ami_client_connect(config, &client, &error))
                      : FAILS(AMI_E_INVALID, ami_gateway_connect(config, &gateway, &error))) {
            CHECK_HAS(ami_error_message(error), setter);
            CHECK_HAS(ami_error_message(error), "was refused");
            CHECK_HAS(ami_error_message(error), why);
        }
        clear(&error);
        CHECK(client == NULL && gateway == NULL);
        ami_client_free(client);
        ami_gateway_free(gateway);
        client = NULL, gateway = NULL;
    }
}

static void config_that_refused_something_does_not_connect(void) {
    fake *server = fake_start(NULL);
    const char *setter = "", *why = "";
    int count = -1;
    while (setter) {
        ami_config *config = loopback(fake_port(server));
        ami_status status = refuse(config, ++count, &setter, &why);
        if (setter && CHECK_INT(status, AMI_E_INVALID))
            refused(config, setter, why);
        ami_config_free(config);
    }
    CHECK(count > 20);
    CHECK_INT(look(fake_logins(server)), 0);
    fake_stop(server);
}

static void config_tells_the_first_refusal_until_its_setter_succeeds(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_E_INVALID, ami_config_set_port(config, 0));
    STATUS(AMI_E_INVALID, ami_config_set_host(config, ""));
    STATUS(AMI_E_INVALID, ami_config_set_limit(config, AMI_LIMIT_LINE, 0));
    refused(config, "ami_config_set_port", "no port 0");
    STATUS(AMI_OK, ami_config_set_port(config, fake_port(server)));
    refused(config, "ami_config_set_host", "host is empty");
    STATUS(AMI_OK, ami_config_set_host(config, "127.0.0.1"));
    /* Another limit is another setting. */
    STATUS(AMI_OK, ami_config_set_limit(config, AMI_LIMIT_HEADERS, 1000));
    refused(config, "ami_config_set_limit", "limit");
    STATUS(AMI_OK, ami_config_set_limit(config, AMI_LIMIT_LINE, 100000));
    OK(ami_client_connect(config, &client, &error));
    ami_client_free(client);
    ami_config_free(config);
    fake_stop(server);
}

/* A server that stops reading when it is told to, until it may go on. */
static int stalled, go_on;

static int stall(fake_link *link, const fake_frame *action, void *data) {
    (void)data;
    if (strcmp(frame_get(action, "Action"), "Stall") != 0)
        return 0;
    fake_answer(link, action, "");
    put(&stalled, 1);
    await(&go_on, 1, SOON);
    return 1;
}

typedef struct ends {
    int ok, others, drops;
} ends;

static void on_end(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    ends *seen = data;
    (void)response, (void)error;
    bump(status == AMI_OK ? &seen->ok : &seen->others);
}

static void on_end_drop(void *data) {
    bump(&((ends *)data)->drops);
}

static void actions_that_wait_to_be_written_are_bounded(void) {
    for (int by_bytes = 0; by_bytes < 2; by_bytes++) {
        put(&stalled, 0), put(&go_on, 0);
        fake *server = fake_start(&(fake_options){.action = stall});
        ami_error *error = NULL;
        ami_client *client = NULL;
        ami_config *config = loopback(fake_port(server));
        STATUS(AMI_OK, by_bytes ? ami_config_set_action_queue(config, 1000000, 500000)
                                : ami_config_set_action_queue(config, 500, 100000000));
        STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 100000));
        OK(ami_client_connect(config, &client, &error));
        ami_config_free(config);
        OK(call(client, ACTION("Stall"), NULL, &error));
        CHECK(await(&stalled, 1, SOON));
        static char value[901];
        memset(value, 'x', sizeof value - 1);
        ami_action *action = ACTION("Echo", "Value", value);
        ends seen = {0};
        int taken = 0;
        /* Until the system takes no more for the server either, there is room again after each refusal. */
        for (int refused = 0; refused < 20 && taken < 100000;) {
            ami_status status = ami_client_submit(client, action, 0, on_end, &seen, on_end_drop, &error);
            if (status == AMI_OK) {
                taken++, refused = 0;
                continue;
            }
            CHECK_INT(status, AMI_E_OVERFLOW);
            CHECK_HAS(ami_error_message(error), "wait to be written");
            clear(&error);
            refused++;
            linger(2);
        }
        CHECK(taken < 100000);
        FAILS(AMI_E_OVERFLOW, ami_client_call(client, action, 0, NULL, &error));
        clear(&error);
        CHECK_INT(look(&seen.drops), 0);
        put(&go_on, 1);
        CHECK(await(&seen.drops, taken, SOON));
        CHECK_INT(look(&seen.ok), taken);
        OK(ami_client_call(client, action, 0, NULL, &error));
        CHECK_INT(look(&seen.others), 0);
        ami_action_free(action);
        ami_client_free(client);
        fake_stop(server);
    }
    ami_config *config = ami_config_new();
    STATUS(AMI_E_INVALID, ami_config_set_action_queue(config, 0, 1));
    STATUS(AMI_E_INVALID, ami_config_set_action_queue(config, 1, 0));
    STATUS(AMI_E_INVALID, ami_config_set_action_queue(NULL, 1, 1));
    ami_config_free(config);
}

static void event_mask_that_no_server_knows_is_refused(void) {
    const char *const wrong[] = {"calls", "call,calls",  "System",    "system, call", "call ", ",",
                                 "call,", "system,,all", "call;user", "#state",       "-1"};
    const char *const good[] = {"on",
                                "off",
                                "ON",
                                "yes",
                                "no",
                                "all",
                                "none",
                                "31",
                                "system,call",
                                "log,verbose,command,agent,user,config,dtmf,reporting,cdr,dialplan,originate,"
                                "agi,cc,aoc,test,security,message"};
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        ami_config *config = loopback(1);
        STATUS(AMI_E_INVALID, ami_config_set_event_mask(config, wrong[at]));
        refused(config, "ami_config_set_event_mask", "dialplan, originate, agi");
        ami_config_free(config);
    }
    for (size_t at = 0; at < sizeof good / sizeof *good; at++) {
        ami_config *config = loopback(1);
        STATUS(AMI_OK, ami_config_set_event_mask(config, good[at]));
        ami_config_free(config);
    }
}

static void never(const ami_event *event, void *data) {
    (void)event;
    bump(data);
}

static void event_names_that_can_never_match_are_refused(void) {
    const char *const wrong[] = {"#foo",    "Hangup,#foo", "#sms",        "#SMS",
                                 "#report", "#ussd",       "#unreadable", "#"};
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_subscription *none = NULL;
    int calls = 0;
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        if (FAILS(AMI_E_INVALID, ami_client_open_events(client, wrong[at], &none, &error)))
            CHECK_HAS(ami_error_message(error), "#lagged, #gap, #state, #skipped");
        clear(&error);
        FAILS(AMI_E_INVALID, ami_client_subscribe(client, wrong[at], never, &calls, NULL, &none, &error));
        clear(&error);
        CHECK(none == NULL);
    }
    OK(ami_client_open_events(client, "#lagged,#Gap,#STATE,#skipped,Hangup,NoSuchEvent", &none, &error));
    ami_subscription_free(none);
    ami_client_free(client);
    CHECK_INT(calls, 0);
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("settings", argc, argv);
    RUN(config_that_refused_something_does_not_connect);
    RUN(config_tells_the_first_refusal_until_its_setter_succeeds);
    RUN(event_mask_that_no_server_knows_is_refused);
    RUN(event_names_that_can_never_match_are_refused);
    RUN(actions_that_wait_to_be_written_are_bounded);
    return suite_end();
}
