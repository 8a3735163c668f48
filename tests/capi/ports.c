/* The rest of gateways, which the simulator plays: close and free, ports, the client, fork. */
#include "child.h"
#include "simulated.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- close and free ---- */

static void *send_and_be_closed(void *data) {
    ami_error *error = NULL;
    (void)data;
    FAILS(AMI_E_CLOSED, send_it(sms("1", "hello", "thread"), NULL, &error));
    CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_NOT_SENT);
    CHECK_STR(ami_receipt_id(ami_error_receipt(error)), "thread");
    clear(&error);
    return NULL;
}

static void close_says_what_was_not_sent(void) {
    const char *const ids[] = {"1", "2", "3"};
    ami_error *error = NULL;
    ami_receipts *unsent = NULL;
    told under_way = {0}, waiting[3];
    memset(waiting, 0, sizeof waiting);
    begin_gateway("openvox");
    latency(1, 500);
    OK(submit_it(sms("1", "hello", "0"), &under_way, &error));
    await_sent(1);
    for (int at = 0; at < 3; at++)
        OK(submit_it(sms("1", "hello", ids[at]), &waiting[at], &error));
    OK(ami_gateway_close(gateway, &unsent, &error));
    /* All is told by now. */
    CHECK_INT(look(&under_way.drops), 1);
    check_told(&under_way, AMI_OK, AMI_SMS_SENT, "0");
    CHECK_INT(ami_receipts_count(unsent), 3);
    for (int at = 0; at < 3; at++) {
        const ami_receipt *receipt = ami_receipts_at(unsent, (size_t)at);
        CHECK_STR(ami_receipt_id(receipt), ids[at]);
        CHECK_INT(ami_receipt_outcome(receipt), AMI_SMS_NOT_SENT);
        CHECK_INT(look(&waiting[at].drops), 1);
        check_told(&waiting[at], AMI_E_CLOSED, AMI_SMS_NOT_SENT, ids[at]);
    }
    CHECK(ami_receipts_at(unsent, 3) == NULL);
    ami_receipt *kept = ami_receipt_ref(ami_receipts_at(unsent, 0));
    ami_receipts_free(unsent);
    CHECK_STR(ami_receipt_id(kept), "1");
    ami_receipt_unref(kept);
    CHECK_INT(ami_simulator_sent_count(simulator), 1);

    /* The second time it does nothing, and nothing else can be done. */
    OK(ami_gateway_close(gateway, &unsent, &error));
    CHECK_INT(ami_receipts_count(unsent), 0);
    CHECK(ami_receipts_at(unsent, 0) == NULL);
    ami_receipts_free(unsent);
    OK(ami_gateway_close(gateway, NULL, &error));
    told never = {0};
    ami_ports *ports = NULL;
    ami_subscription *subscription = NULL;
    ami_ussd_dialogue *dialogue = NULL;
    FAILS(AMI_E_CLOSED, send_it(sms("1", "hello", NULL), NULL, &error));
    CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_NOT_SENT);
    clear(&error);
    FAILS(AMI_E_CLOSED, submit_it(sms("1", "hello", NULL), &never, &error));
    clear(&error);
    FAILS(AMI_E_CLOSED, ami_gateway_send_ussd(gateway, "1", "*100#", 0, NULL, &error));
    clear(&error);
    FAILS(AMI_E_CLOSED, ami_gateway_dial(gateway, "1", "*100#", 0, &dialogue, &error));
    clear(&error);
    FAILS(AMI_E_CLOSED, ami_gateway_ports(gateway, &ports, &error));
    clear(&error);
    FAILS(AMI_E_CLOSED, ami_gateway_power(gateway, "1", AMI_POWER_ON, &error));
    clear(&error);
    FAILS(AMI_E_CLOSED, ami_gateway_reload(gateway, "1", &error));
    clear(&error);
    FAILS(AMI_E_CLOSED, ami_gateway_open_inbox(gateway, NULL, &subscription, &error));
    clear(&error);
    CHECK_STR(ami_gateway_dialect(gateway), "openvox");
    /* The other end sees the end of a session a moment later. */
    for (uint64_t until = now_ms() + SOON; ami_simulator_sessions(simulator) > 0 && now_ms() < until;)
        linger(1);
    CHECK_INT(ami_simulator_sessions(simulator), 0);
    end_gateway();
    CHECK_INT(never.calls, 0);
    CHECK_INT(never.drops, 0);

    unsent = (ami_receipts *)&error;
    FAILS(AMI_E_INVALID, ami_gateway_close(NULL, &unsent, &error));
    CHECK(unsent == NULL);
    clear(&error);
    CHECK_INT(ami_receipts_count(NULL), 0);
    CHECK(ami_receipts_at(NULL, 0) == NULL);
    ami_receipts_free(NULL);
}

static void close_is_told_to_a_thread_that_waits(void) {
    ami_error *error = NULL;
    ami_receipts *unsent = NULL;
    told under_way = {0};
    begin_gateway("openvox");
    latency(1, 1000);
    OK(submit_it(sms("1", "hello", "0"), &under_way, &error));
    await_sent(1);
    thread *sender = start(send_and_be_closed, NULL);
    linger(300);
    OK(ami_gateway_close(gateway, &unsent, &error));
    join(sender);
    CHECK_INT(ami_receipts_count(unsent), 1);
    ami_receipts_free(unsent);
    check_told(&under_way, AMI_OK, AMI_SMS_SENT, "0");
    CHECK_INT(ami_simulator_sent_count(simulator), 1);
    end_gateway();
}

static void gateway_free_tells_everyone_too(void) {
    ami_error *error = NULL;
    told under_way = {0}, waiting = {0};
    begin_gateway("openvox");
    latency(1, 300);
    OK(submit_it(sms("1", "hello", "0"), &under_way, &error));
    await_sent(1);
    OK(submit_it(sms("1", "hello", "1"), &waiting, &error));
    ami_gateway_free(gateway);
    CHECK_INT(look(&under_way.drops), 1);
    CHECK_INT(look(&waiting.drops), 1);
    check_told(&under_way, AMI_OK, AMI_SMS_SENT, "0");
    check_told(&waiting, AMI_E_CLOSED, AMI_SMS_NOT_SENT, "1");
    ami_simulator_free(simulator);
}

static void gateway_free_inside_a_completion_tells_everyone(void) {
    for (int round = 0; round < 5; round++) {
        ami_error *error = NULL;
        told first = {0}, under_way = {0}, waiting[10];
        memset(waiting, 0, sizeof waiting);
        first.blocks = first.frees = 1;
        begin_gateway("openvox");
        latency(1, 100);
        latency(2, 300);
        OK(submit_it(sms("2", "hello", "beside"), &under_way, &error));
        await_sent(1);
        OK(submit_it(sms("1", "hello", "first"), &first, &error));
        for (int at = 0; at < 10; at++)
            OK(submit_it(sms("1", "hello", "waits"), &waiting[at], &error));
        put(&first.leave, 1);
        check_told(&first, AMI_OK, AMI_SMS_SENT, "first");
        check_told(&under_way, AMI_OK, AMI_SMS_SENT, "beside");
        for (int at = 0; at < 10; at++) {
            /* Some may have been under way already. */
            CHECK(await(&waiting[at].drops, 1, SOON));
            CHECK(waiting[at].status == AMI_E_CLOSED || waiting[at].status == AMI_OK);
            CHECK_INT(waiting[at].calls, 1);
            ami_receipt_unref(waiting[at].receipt);
        }
        ami_simulator_free(simulator);
    }
}

static void completion_that_does_not_return_holds_up_no_other_sms(void) {
    ami_error *error = NULL;
    told stuck = {0}, other = {0};
    stuck.blocks = 1;
    simulator = simulate("openvox", NULL);
    ami_config *config = config_of(simulator);
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 500));
    gateway = connect_by(config);
    OK(submit_it(sms("1", "hello", "stuck"), &stuck, &error));
    CHECK(await(&stuck.entered, 1, SOON));
    /* Everything else goes on. */
    OK(submit_it(sms("1", "hello", "other"), &other, &error));
    check_told(&other, AMI_OK, AMI_SMS_SENT, "other");
    ami_receipts *unsent = (ami_receipts *)&error;
    FAILS(AMI_E_BUSY, ami_gateway_close(gateway, &unsent, &error));
    CHECK(unsent == NULL);
    CHECK_HAS(ami_error_message(error), "callback");
    clear(&error);
    FAILS(AMI_E_CLOSED, send_it(sms("1", "hello", NULL), NULL, &error));
    clear(&error);
    CHECK_INT(look(&stuck.drops), 0);
    put(&stuck.leave, 1);
    check_told(&stuck, AMI_OK, AMI_SMS_SENT, "stuck");
    OK(ami_gateway_close(gateway, NULL, &error));
    end_gateway();
}

/* ---- ports, and everything else ---- */

static void ports_are_shown_as_they_are(void) {
    ami_error *error = NULL;
    for (size_t at = 0; at < sizeof models / sizeof *models; at++) {
        ami_ports *ports = NULL;
        begin_gateway(models[at].name);
        OK(ami_gateway_ports(gateway, &ports, &error));
        CHECK_INT(ami_ports_count(ports), 4);
        size_t second = strcmp(models[at].name, "yeastar") == 0 ? 0 : 1;
        CHECK_STR(ami_ports_name_at(ports, second), models[at].port);
        CHECK(strlen(ami_ports_words_at(ports, 0)) > 0);
        CHECK_INT(ami_ports_is_up_at(ports, 0), 1);
        CHECK_INT(ami_ports_has_power_at(ports, 0), 1);
        CHECK_INT(ami_ports_has_sim_at(ports, 0), 1);
        CHECK_INT(ami_ports_is_registered_at(ports, 0), 1);
        CHECK(ami_ports_signal_at(ports, 0) >= -113 && ami_ports_signal_at(ports, 0) <= -51);
        CHECK(ami_ports_bars_at(ports, 0) >= 0 && ami_ports_bars_at(ports, 0) <= 5);
        CHECK_STR(ami_ports_operator_at(ports, 0), "SIMULATED");
        CHECK_INT(ami_ports_is_complete_at(ports, 3), 1);
        CHECK_INT(ami_ports_is_complete_at(ports, 4), 0);
        ami_ports_free(ports);
        OK(ami_gateway_ports_within(gateway, 60000, &ports, &error));
        CHECK_INT(ami_ports_count(ports), 4);
        ami_ports_free(ports);
        FAILS(AMI_E_INVALID, ami_gateway_ports_within(gateway, UINT32_MAX, &ports, &error));
        CHECK(ports == NULL);
        clear(&error);
        end_gateway();
    }
    ami_ports *ports = NULL;
    begin_gateway("openvox");
    OK(ami_gateway_power(gateway, "2", AMI_POWER_OFF, &error));
    OK(ami_gateway_ports(gateway, &ports, &error));
    CHECK_STR(ami_ports_words_at(ports, 0), "Power on, Provisioned, Up, Active,Standard");
    CHECK_INT(ami_ports_is_up_at(ports, 1), 0);
    CHECK_INT(ami_ports_has_power_at(ports, 1), 0);
    CHECK_INT(ami_ports_signal_at(ports, 0), -67);
    CHECK_INT(ami_ports_bars_at(ports, 0), 5);
    CHECK_STR(ami_ports_state_at(ports, 0), "READY");
    CHECK_STR(ami_ports_smsc_at(ports, 0), "+8613800755500");
    CHECK(ami_ports_last_event_at(ports, 0) == NULL);
    size_t length = 9;
    CHECK_STR(ami_ports_get_at(ports, 0, "model imei", &length), "861353000000001");
    CHECK_INT(length, 15);
    CHECK(ami_ports_get_at(ports, 0, "Last event", &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(ami_ports_get_at(ports, 0, "Colour", NULL) == NULL);
    CHECK(ami_ports_get_at(ports, 0, NULL, NULL) == NULL);
    ami_ports *const beyond[] = {ports, NULL};
    for (int at = 0; at < 2; at++) {
        CHECK(ami_ports_name_at(beyond[at], 4) == NULL);
        CHECK(ami_ports_words_at(beyond[at], 4) == NULL);
        CHECK(ami_ports_state_at(beyond[at], 4) == NULL);
        CHECK(ami_ports_operator_at(beyond[at], 4) == NULL);
        CHECK(ami_ports_smsc_at(beyond[at], 4) == NULL);
        CHECK(ami_ports_last_event_at(beyond[at], 4) == NULL);
        CHECK(ami_ports_get_at(beyond[at], 4, "State", &length) == NULL);
        CHECK_INT(ami_ports_is_up_at(beyond[at], 4), 0);
        CHECK_INT(ami_ports_has_power_at(beyond[at], 4), 0);
        CHECK_INT(ami_ports_has_sim_at(beyond[at], 4), 0);
        CHECK_INT(ami_ports_is_registered_at(beyond[at], 4), 0);
        CHECK_INT(ami_ports_signal_at(beyond[at], 4), 0);
        CHECK_INT(ami_ports_bars_at(beyond[at], 4), -1);
    }
    CHECK_INT(ami_ports_count(NULL), 0);
    ami_ports_free(ports);
    ami_ports_free(NULL);
    FAILS(AMI_E_INVALID, ami_gateway_ports(gateway, NULL, &error));
    clear(&error);
    ports = (ami_ports *)&error;
    FAILS(AMI_E_INVALID, ami_gateway_ports(NULL, &ports, &error));
    CHECK(ports == NULL);
    clear(&error);
    end_gateway();
}

static void port_power_and_reload_work(void) {
    ami_error *error = NULL;
    ami_ports *ports = NULL;
    begin_gateway("openvox");
    OK(ami_gateway_power(gateway, "1", AMI_POWER_OFF, &error));
    OK(ami_gateway_power(gateway, "1", AMI_POWER_ON, &error));
    OK(ami_gateway_power(gateway, "2", AMI_POWER_RESET, &error));
    OK(ami_gateway_ports(gateway, &ports, &error));
    CHECK_INT(ami_ports_has_power_at(ports, 0), 1);
    ami_ports_free(ports);
    OK(ami_gateway_reload(gateway, "1", &error));
    FAILS(AMI_E_INVALID, ami_gateway_power(gateway, "1", 3, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_power(gateway, "0", AMI_POWER_ON, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_power(gateway, NULL, AMI_POWER_ON, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_power(NULL, "1", AMI_POWER_ON, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_reload(gateway, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_reload(NULL, "1", &error));
    clear(&error);
    FAILS(AMI_E_COMMAND, ami_gateway_power(gateway, "9", AMI_POWER_OFF, &error));
    clear(&error);
    end_gateway();
    begin_gateway("yeastar");
    FAILS(AMI_E_UNSUPPORTED, ami_gateway_power(gateway, "2", AMI_POWER_OFF, &error));
    clear(&error);
    FAILS(AMI_E_UNSUPPORTED, ami_gateway_reload(gateway, "2", &error));
    clear(&error);
    end_gateway();
}

static void gateway_carries_out_actions(void) {
    ami_error *error = NULL;
    ami_response *response = NULL;
    begin_gateway("openvox");
    ami_action *action = ACTION("CoreSettings");
    OK(ami_gateway_call(gateway, action, 0, &response, &error));
    CHECK(ami_response_get(response, "AsteriskVersion", NULL) != NULL);
    ami_response_unref(response);
    OK(ami_gateway_call(gateway, action, 5000, NULL, &error));
    response = (ami_response *)&error;
    FAILS(AMI_E_INVALID, ami_gateway_call(gateway, action, UINT32_MAX, &response, &error));
    CHECK(response == NULL);
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_call(gateway, NULL, 0, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_call(NULL, action, 0, NULL, &error));
    clear(&error);
    ami_action_free(action);
    action = ACTION("Command", "Command", "no such thing");
    FAILS(AMI_E_COMMAND, ami_gateway_call(gateway, action, 0, NULL, &error));
    clear(&error);
    OK(ami_gateway_close(gateway, NULL, &error));
    FAILS(AMI_E_CLOSED, ami_gateway_call(gateway, action, 0, NULL, &error));
    clear(&error);
    ami_action_free(action);
    end_gateway();
}

static void gateway_session_is_used_as_a_client(void) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *events = NULL, *called = NULL, *none = NULL;
    seen all = {0};
    begin_gateway("openvox");
    const ami_client *client = ami_gateway_client(gateway);
    CHECK(client != NULL && client == ami_gateway_client(gateway));
    CHECK(ami_gateway_client(NULL) == NULL);
    CHECK_INT(ami_client_state(client), AMI_STATE_OPEN);
    OK(ami_client_await_state(client, AMI_STATE_OPEN, 0, &error));
    uint64_t actions = ami_client_stat(client, AMI_STAT_ACTIONS);
    OK(ami_client_ping(client, NULL, &error));
    CHECK_INT(ami_client_stat(client, AMI_STAT_ACTIONS), actions + 1);
    CHECK_INT(ami_simulator_sessions(simulator), 1);
    OK(ami_client_open_events(client, "Thing*", &events, &error));
    OK(ami_client_subscribe(client, "Thing", on_seen_event, &all, on_seen_drop, &called, &error));
    FAILS(AMI_E_INVALID, ami_client_open_events(client, "#sms", &none, &error));
    clear(&error);
    const char *const thing = "Event: Thing\r\nText: x\r\n\r\n";
    SIMULATED(ami_simulator_emit(simulator, "system", thing, strlen(thing), NULL));
    OK(ami_subscription_next(events, SOON, &event, &error));
    CHECK_STR(ami_event_name(event), "Thing");
    ami_event_unref(event);
    /* It goes with the gateway, and not before. */
    FAILS(AMI_E_STATE, ami_client_close(client, &error));
    clear(&error);
    CHECK_INT(ami_client_state(client), AMI_STATE_OPEN);
    OK(ami_gateway_close(gateway, NULL, &error));
    CHECK_INT(all.drops, 1);
    CHECK_INT(ami_client_state(client), AMI_STATE_CLOSED);
    FAILS(AMI_E_CLOSED, ami_client_ping(client, NULL, &error));
    clear(&error);
    ami_subscription_free(events);
    ami_subscription_free(called);
    end_gateway();
}

/* ---- fork ---- */

static void child_forgets_the_gateway(void) {
    ami_error *error = NULL;
    ami_subscription *by_callback = NULL, *inbox;
    ami_ussd_dialogue *dialogue = NULL;
    seen all = {0};
    told waiting = {0};
    begin_gateway("openvox");
    menu("*100#", "1 balance", 1);
    menu("1", "balance: 10", 0);
    inbox = inbox_of(NULL);
    OK(ami_gateway_subscribe(gateway, NULL, on_seen_event, &all, on_seen_drop, &by_callback, &error));
    OK(ami_gateway_dial(gateway, "1", "*100#", 0, &dialogue, &error));
    latency(2, 500);
    OK(submit_it(sms("2", "hello", "under-way"), &waiting, &error));
    await_sent(1);
    uint16_t port = ami_simulator_port(simulator);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        ami_ports *ports = NULL;
        ami_receipts *unsent = NULL;
        ami_subscription *other = NULL;
        ami_ussd_dialogue *second = NULL;
        ami_event *event = NULL;
        ami_action *action = ACTION("Ping");
        ami_sms_request *request = ami_sms_request_new("1", TO, "hello");
        CHILD(ami_gateway_send(gateway, request, NULL, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_send_text(gateway, "1", TO, "x", 0, NULL, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_send_text(gateway, NULL, TO, "x", 0, NULL, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_submit(gateway, request, on_told, &waiting, on_told_drop, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_send_ussd(gateway, "1", "*100#", 0, NULL, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_dial(gateway, "1", "*100#", 0, &second, NULL) == AMI_E_FORKED);
        CHILD(ami_ussd_dialogue_answer(dialogue, "1", NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_ports(gateway, &ports, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_power(gateway, "1", AMI_POWER_OFF, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_reload(gateway, "1", NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_call(gateway, action, 0, NULL, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_open_inbox(gateway, NULL, &other, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_subscribe(gateway, NULL, on_seen_event, &all, NULL, &other, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_subscribe_sms(gateway, on_seen_sms, &all, NULL, &other, NULL) == AMI_E_FORKED);
        CHILD(ami_subscription_next(inbox, 0, &event, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_close(gateway, &unsent, NULL) == AMI_E_FORKED);
        CHILD(unsent == NULL);
        CHILD(strcmp(ami_gateway_dialect(gateway), "openvox") == 0);
        CHILD(strcmp(ami_ussd_reply_text(ami_ussd_dialogue_reply(dialogue), NULL), "1 balance") == 0);
        ami_ussd_dialogue_free(dialogue);
        ami_subscription_free(inbox);
        ami_subscription_free(by_callback);
        ami_gateway_free(gateway);
        CHILD(all.drops == 0 && waiting.drops == 0);
        /* The child makes one of its own. */
        ami_config *config = loopback(port);
        CHILD(ami_gateway_connect(config, &gateway, NULL) == AMI_OK);
        CHILD(ami_gateway_send(gateway, request, NULL, NULL) == AMI_OK);
        ami_gateway_free(gateway);
        ami_config_free(config);
        ami_sms_request_free(request);
        ami_action_free(action);
        child_end(child_faults);
    }
    CHECK(ends_well(child, SOON));
    /* Nothing of it was harmed. */
    check_told(&waiting, AMI_OK, AMI_SMS_SENT, "under-way");
    OK(ami_ussd_dialogue_answer(dialogue, "1", &error));
    CHECK_STR(ami_ussd_reply_text(ami_ussd_dialogue_reply(dialogue), NULL), "balance: 10");
    deliver(1, "10086", "hello", NULL);
    ami_event *event = next(inbox, "#sms");
    ami_event_unref(event);
    CHECK(await(&all.events, 1, SOON));
    ami_ussd_dialogue_free(dialogue);
    ami_subscription_free(inbox);
    ami_subscription_free(by_callback);
    CHECK_INT(look(&all.drops), 1);
    end_gateway();
}

/* The last of a gateway may be one of its dialogues. */
static void child_forgets_a_dialogue(void) {
    ami_error *error = NULL;
    ami_ussd_dialogue *dialogue = NULL;
    begin_gateway("openvox");
    menu("*100#", "1 balance", 1);
    OK(ami_gateway_dial(gateway, "1", "*100#", 0, &dialogue, &error));
    ami_gateway_free(gateway);
    gateway = NULL;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        CHILD(ami_ussd_dialogue_answer(dialogue, "1", NULL) == AMI_E_FORKED);
        CHILD(ami_ussd_dialogue_is_open(dialogue) == 1);
        ami_ussd_dialogue_free(dialogue);
        child_end(child_faults);
    }
    CHECK(ends_well(child, SOON));
    FAILS(AMI_E_CLOSED, ami_ussd_dialogue_answer(dialogue, "1", &error));
    clear(&error);
    ami_ussd_dialogue_free(dialogue);
    end_gateway();
}

/* A program that becomes a daemon after it has connected frees what it has inherited. Then nobody holds the
 * sessions, those of ports neither, and the gateway learns that they are over. */
static void daemon_leaves_no_session_behind(void) {
    simulator = simulate("openvox", NULL);
    uint16_t port = ami_simulator_port(simulator);
    int leave[2];
    CHECK(pipe(leave) == 0);
    fflush(stdout);
    pid_t first = fork();
    if (first == 0) {
        ami_config *config = loopback(port);
        ami_sms_request *request = ami_sms_request_new("1", TO, "hello");
        CHILD(ami_gateway_connect(config, &gateway, NULL) == AMI_OK);
        CHILD(ami_gateway_send(gateway, request, NULL, NULL) == AMI_OK);
        pid_t second = fork();
        if (second != 0)
            child_end(second > 0 ? child_faults : 14);
        ami_gateway_free(gateway);
        /* It stays until it is told to go. */
        char byte;
        close(leave[1]);
        while (read(leave[0], &byte, 1) > 0)
            ;
        child_end(0);
    }
    CHECK(ends_well(first, SOON));
    for (uint64_t until = now_ms() + SOON; ami_simulator_sessions(simulator) > 0 && now_ms() < until;)
        linger(1);
    CHECK_INT(ami_simulator_sessions(simulator), 0);
    close(leave[0]);
    close(leave[1]);
    ami_simulator_free(simulator);
    simulator = NULL;
}

int main(int argc, char **argv) {
    suite_begin("ports", argc, argv);
    RUN(close_says_what_was_not_sent);
    RUN(close_is_told_to_a_thread_that_waits);
    RUN(gateway_free_tells_everyone_too);
    RUN(gateway_free_inside_a_completion_tells_everyone);
    RUN(completion_that_does_not_return_holds_up_no_other_sms);
    RUN(ports_are_shown_as_they_are);
    RUN(port_power_and_reload_work);
    RUN(gateway_carries_out_actions);
    RUN(gateway_session_is_used_as_a_client);
    RUN(child_forgets_the_gateway);
    RUN(child_forgets_a_dialogue);
    RUN(daemon_leaves_no_session_behind);
    return suite_end();
}
