/* Everything that comes from a gateway, which the simulator plays: SMS, reports, USSD. */
#include "simulated.h"

#include <poll.h>
#include <string.h>

/* ---- what comes in ---- */

static void sms_comes_in_whole(void) {
    char text[401];
    for (int at = 0; at < 400; at++)
        text[at] = (char)('a' + at % 26);
    text[400] = '\0';
    begin_gateway("openvox");
    ami_subscription *inbox = inbox_of(NULL);
    struct pollfd ready = {ami_subscription_fd(inbox), POLLIN, 0};
    CHECK(ready.fd >= 0);
    CHECK_INT(poll(&ready, 1, 0), 0);
    deliver(2, "10086", text, LIST("time=2014/09/11 09:36:47", "parts=3,1,2"));
    CHECK_INT(poll(&ready, 1, SOON), 1);
    ami_event *event = next(inbox, "#sms");
    CHECK_INT(ami_event_kind(event), AMI_EVENT_DERIVED);
    CHECK_STR(ami_event_get(event, "Span", NULL), "2");
    CHECK_STR(ami_event_get(event, "Port", NULL), "2");
    CHECK_STR(ami_event_get(event, "Sender", NULL), "10086");
    CHECK_STR(ami_event_get(event, "Time", NULL), "2014-09-11T09:36:47+08:00");
    CHECK_STR(ami_event_get(event, "Text", NULL), text);
    CHECK_STR(ami_event_get(event, "Parts", NULL), "3");
    CHECK_STR(ami_event_get(event, "Missing", NULL), "");
    CHECK_STR(ami_event_get(event, "Smsc", NULL), "+8613800755500");
    CHECK(ami_event_get(event, "Class", NULL) == NULL);
    CHECK(ami_event_get(event, "Raw", NULL) != NULL);

    size_t length = 0;
    ami_sms *whole = ami_event_sms(event);
    CHECK_INT(ami_sms_port_number(whole), 2);
    CHECK_STR(ami_sms_port(whole), "2");
    CHECK_STR(ami_sms_sender(whole), "10086");
    CHECK_STR(ami_sms_time(whole), "2014-09-11T09:36:47+08:00");
    CHECK_INT(ami_sms_time_epoch(whole), 1410399407);
    CHECK_STR(ami_sms_text(whole, &length), text);
    CHECK_INT(length, 400);
    CHECK_STR(ami_sms_smsc(whole), "+8613800755500");
    CHECK_INT(ami_sms_class(whole), -1);
    CHECK_INT(ami_sms_part_count(whole), 3);
    CHECK_INT(ami_sms_missing_count(whole), 0);
    CHECK_INT(ami_sms_pdu_count(whole), 3);
    for (size_t at = 0; at < 3; at++)
        CHECK(strlen(ami_sms_pdu_at(whole, at)) > 50);
    CHECK(ami_sms_pdu_at(whole, 3) == NULL);
    CHECK(ami_sms_raw(whole, &length) != NULL && length > 0);
    /* It is there without its event. */
    ami_event_unref(event);
    CHECK_STR(ami_sms_text(whole, NULL), text);
    ami_sms_unref(whole);

    deliver(1, "OpenVox", "at once", LIST("flash=1", "text_mode=1"));
    event = next(inbox, "#sms");
    whole = ami_event_sms(event);
    CHECK_STR(ami_sms_text(whole, NULL), "at once");
    CHECK_INT(ami_sms_pdu_count(whole), 0);
    CHECK(ami_sms_smsc(whole) == NULL);
    ami_sms_unref(whole);
    ami_event_unref(event);
    deliver(1, "OpenVox", "at once, in a PDU", LIST("flash=1"));
    event = next(inbox, "#sms");
    whole = ami_event_sms(event);
    CHECK_INT(ami_sms_class(whole), 0);
    CHECK(ami_sms_data(whole, &length) == NULL && length == 0);
    CHECK_INT(ami_sms_application_port(whole), -1);
    ami_sms_unref(whole);
    ami_event_unref(event);
    /* The notice of an MMS. */
    deliver(1, "OpenVox", "",
            LIST("pdu=0791947101670000440B913306000020F10004623040214365400A0605040B8423F0010603"));
    event = next(inbox, "#sms");
    whole = ami_event_sms(event);
    CHECK_STR(ami_sms_text(whole, NULL), "");
    const void *data = ami_sms_data(whole, &length);
    CHECK(data != NULL && length == 3 && memcmp(data, "\1\6\3", 4) == 0);
    CHECK_INT(ami_sms_application_port(whole), 2948);
    ami_sms_unref(whole);
    ami_event_unref(event);
    ami_subscription_free(inbox);
    end_gateway();

    CHECK(ami_event_sms(NULL) == NULL);
    CHECK(ami_sms_data(NULL, &length) == NULL && length == 0);
    CHECK_INT(ami_sms_application_port(NULL), -1);
    CHECK(ami_sms_smsc(NULL) == NULL);
    CHECK_INT(ami_sms_class(NULL), -1);
    CHECK_INT(ami_sms_part_count(NULL), 0);
    CHECK_INT(ami_sms_missing_count(NULL), 0);
    CHECK_INT(ami_sms_pdu_count(NULL), 0);
    CHECK(ami_sms_pdu_at(NULL, 0) == NULL);
    CHECK(ami_sms_raw(NULL, &length) == NULL && length == 0);
}

static void sms_parts_that_do_not_come_are_missing(void) {
    char text[401];
    memset(text, 'x', 400);
    text[400] = '\0';
    simulator = simulate("openvox", NULL);
    ami_config *config = config_of(simulator);
    STATUS(AMI_OK, ami_config_set_parts_timeout_ms(config, 200));
    gateway = connect_by(config);
    ami_subscription *inbox = inbox_of("#sms");
    deliver(1, "10086", text, LIST("parts=3,1"));
    ami_event *event = next(inbox, "#sms");
    CHECK_STR(ami_event_get(event, "Missing", NULL), "2");
    ami_sms *torn = ami_event_sms(event);
    CHECK_INT(ami_sms_part_count(torn), 3);
    CHECK_INT(ami_sms_missing_count(torn), 1);
    CHECK_INT(ami_sms_pdu_count(torn), 2);
    size_t length = 0;
    ami_sms_text(torn, &length);
    CHECK_INT(length, 400 - 153);
    ami_sms_unref(torn);
    ami_event_unref(event);
    ami_subscription_free(inbox);
    end_gateway();
}

static void inbox_gets_reports_ussd_and_what_cannot_be_read(void) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    begin_gateway("dongle");
    ami_subscription *all = inbox_of(NULL), *some = inbox_of("#Report,#ussd");
    SIMULATED(ami_simulator_deliver_ussd(simulator, 2, "your balance is low", 1, NULL));
    SIMULATED(ami_simulator_deliver_report(simulator, 1, "order-7", 1, NULL));
    const char torn[] = "Event: DongleNewSMSBase64\r\nDevice: dongle0\r\nFrom: 10086\r\nMessage: ?\r\n\r\n";
    SIMULATED(ami_simulator_emit(simulator, "call", torn, strlen(torn), NULL));
    deliver(1, "10086", "hello", NULL);
    for (int at = 0; at < 2; at++) {
        ami_subscription *inbox = at ? all : some;
        event = next(inbox, "#ussd");
        CHECK_STR(ami_event_get(event, "Port", NULL), "dongle1");
        CHECK(ami_event_get(event, "Span", NULL) == NULL);
        CHECK_STR(ami_event_get(event, "Text", NULL), "your balance is low");
        CHECK_STR(ami_event_get(event, "WantsAnswer", NULL), "true");
        CHECK_STR(ami_event_get(event, "Mode", NULL), "question");
        CHECK(ami_event_sms(event) == NULL);
        ami_event_unref(event);
        event = next(inbox, "#report");
        CHECK_STR(ami_event_get(event, "Port", NULL), "dongle0");
        CHECK_STR(ami_event_get(event, "Id", NULL), "order-7");
        CHECK_STR(ami_event_get(event, "Outcome", NULL), "delivered");
        ami_event_unref(event);
    }
    event = next(all, "#unreadable");
    CHECK_STR(ami_event_get(event, "Port", NULL), "dongle0");
    CHECK_HAS(ami_event_get(event, "Why", NULL), "base64");
    CHECK_HAS(ami_event_get(event, "Raw", NULL), "Message: ?");
    ami_event_unref(event);
    event = next(all, "#sms");
    CHECK_STR(ami_event_get(event, "Text", NULL), "hello");
    ami_event_unref(event);
    QUIET(some, 0);
    ami_subscription_free(some);
    ami_subscription_free(all);

    ami_subscription *none = (ami_subscription *)&error;
    FAILS(AMI_E_INVALID, ami_gateway_open_inbox(gateway, "", &none, &error));
    CHECK(none == NULL);
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_open_inbox(NULL, NULL, &none, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_open_inbox(gateway, NULL, NULL, &error));
    clear(&error);
    end_gateway();
}

static void inbox_marks_a_gap_or_ends_with_its_link(void) {
    ami_error *error = NULL;
    simulator = simulate("openvox", NULL);
    ami_config *config = config_of(simulator);
    ami_gateway *for_once = connect_by(config);
    gateway = for_once;
    ami_subscription *ends = inbox_of(NULL);
    config = config_of(simulator);
    STATUS(AMI_OK, ami_config_set_reconnect(config, 5, 50));
    gateway = connect_by(config);
    ami_subscription *goes_on = inbox_of(NULL), *only_sms = inbox_of("#sms"), *states = inbox_of("#state");
    SIMULATED(ami_simulator_disconnect_all(simulator));
    ami_event *event = next(goes_on, "#gap");
    CHECK_INT(ami_event_kind(event), AMI_EVENT_GAP);
    CHECK(ami_event_sms(event) == NULL);
    ami_event_unref(event);
    no_more(ends, AMI_E_DISCONNECTED);
    for (size_t told = 0; told == 0; linger(1))
        SIMULATED(ami_simulator_deliver_sms(simulator, 1, "10086", "after", NULL, &told));
    event = next(goes_on, "#sms");
    CHECK_STR(ami_event_get(event, "Text", NULL), "after");
    ami_event_unref(event);
    event = next(only_sms, "#sms");
    ami_event_unref(event);
    /* Each port has a session of its own, which comes again by itself. */
    OK(send_it(sms("1", "hello", NULL), NULL, &error));
    const char *const told[] = {"waiting", "connecting", "open", "closed"};
    for (int at = 0; at < 4; at++) {
        if (at == 3)
            OK(ami_gateway_close(gateway, NULL, &error));
        event = next(states, "#state");
        CHECK_INT(ami_event_kind(event), AMI_EVENT_STATE);
        CHECK_STR(ami_event_get(event, "State", NULL), told[at]);
        ami_event_unref(event);
    }
    no_more(states, AMI_E_CLOSED);
    ami_subscription_free(goes_on);
    ami_subscription_free(only_sms);
    ami_gateway_free(for_once);
    end_gateway();
}

static void callback_gets_what_comes_in(void) {
    ami_error *error = NULL;
    seen all = {0}, some = {0}, none = {0};
    ami_subscription *events = NULL, *only_sms = NULL, *refused = (ami_subscription *)&error;
    begin_gateway("dongle");
    OK(ami_gateway_subscribe(gateway, NULL, on_seen_event, &all, on_seen_drop, &events, &error));
    OK(ami_gateway_subscribe_sms(gateway, on_seen_sms, &some, on_seen_drop, &only_sms, &error));
    CHECK_INT(ami_subscription_fd(events), -1);
    for (int at = 0; at < 3; at++) {
        char text[] = "number 0";
        text[7] = (char)('0' + at);
        deliver(1, "10086", text, NULL);
        SIMULATED(ami_simulator_deliver_ussd(simulator, 1, text, 0, NULL));
    }
    CHECK(await(&all.events, 6, SOON));
    CHECK(await(&some.sms, 3, SOON));
    for (int at = 0; at < 6; at++) {
        char text[] = "number 0";
        text[7] = (char)('0' + at / 2);
        CHECK_STR(all.texts[at], text);
    }
    ami_subscription_free(only_sms);
    CHECK_INT(look(&some.drops), 1);

    FAILS(AMI_E_INVALID, ami_gateway_subscribe(gateway, NULL, NULL, &none, on_seen_drop, &refused, &error));
    CHECK(refused == NULL);
    clear(&error);
    FAILS(AMI_E_INVALID,
          ami_gateway_subscribe(gateway, "a,,b", on_seen_event, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_INVALID,
          ami_gateway_subscribe(NULL, NULL, on_seen_event, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_INVALID,
          ami_gateway_subscribe(gateway, NULL, on_seen_event, &none, on_seen_drop, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_subscribe_sms(gateway, NULL, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_subscribe_sms(NULL, on_seen_sms, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_subscribe_sms(gateway, on_seen_sms, &none, on_seen_drop, NULL, &error));
    clear(&error);

    OK(ami_gateway_close(gateway, NULL, &error));
    CHECK_INT(look(&all.drops), 1);
    FAILS(AMI_E_CLOSED,
          ami_gateway_subscribe(gateway, NULL, on_seen_event, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_CLOSED,
          ami_gateway_subscribe_sms(gateway, on_seen_sms, &none, on_seen_drop, &refused, &error));
    clear(&error);
    CHECK_INT(none.drops + none.events + none.sms, 0);
    ami_subscription_free(events);
    end_gateway();
    CHECK_INT(all.drops, 1);
    CHECK_INT(some.drops, 1);
}

static void close_inside_a_callback(void) {
    ami_error *error = NULL;
    seen all = {0};
    ami_subscription *events = NULL;
    all.closes = 1;
    begin_gateway("openvox");
    OK(ami_gateway_subscribe(gateway, "#sms", on_seen_event, &all, on_seen_drop, &events, &error));
    deliver(1, "10086", "hello", NULL);
    deliver(1, "10086", "no more", NULL);
    CHECK(await(&all.drops, 1, SOON));
    CHECK_INT(look(&all.events), 1);
    CHECK_STR(sent(0, "text"), "from inside");
    OK(ami_gateway_close(gateway, NULL, &error));
    ami_subscription_free(events);
    end_gateway();
}

static void inbox_outlives_its_gateway(void) {
    char text[201];
    memset(text, 'x', 200);
    text[200] = '\0';
    for (int round = 0; round < 5; round++) {
        begin_gateway("openvox");
        ami_subscription *inbox = inbox_of(NULL);
        struct pollfd ready = {ami_subscription_fd(inbox), POLLIN, 0};
        deliver(1, "10086", text, LIST("parts=2"));
        deliver(1, "10086", "whole", NULL);
        CHECK_INT(poll(&ready, 1, SOON), 1);
        ami_gateway_free(gateway);
        ami_simulator_free(simulator);
        ami_event *event = next(inbox, "#sms");
        CHECK_STR(ami_event_get(event, "Text", NULL), "whole");
        ami_event_unref(event);
        /* An SMS that waited for its other part comes without it. */
        event = next(inbox, "#sms");
        CHECK_STR(ami_event_get(event, "Missing", NULL), "1");
        ami_event_unref(event);
        CHECK_INT(poll(&ready, 1, 0), 1);
        no_more(inbox, AMI_E_CLOSED);
    }
}

/* ---- USSD ---- */

static void ussd_code_gets_its_reply(void) {
    ami_error *error = NULL;
    begin_gateway("openvox");
    menu("*100#", "balance: 10", 0);
    ami_ussd_reply *reply = NULL;
    OK(ami_gateway_send_ussd(gateway, "1", "*100#", 20000, &reply, &error));
    size_t length = 0;
    CHECK_STR(ami_ussd_reply_text(reply, &length), "balance: 10");
    CHECK_INT(length, 11);
    CHECK_INT(ami_ussd_reply_wants_answer(reply), 0);
    ami_ussd_reply *kept = ami_ussd_reply_ref(reply);
    CHECK(kept == reply);
    ami_ussd_reply_unref(reply);
    CHECK_STR(ami_ussd_reply_text(kept, NULL), "balance: 10");
    ami_ussd_reply_unref(kept);
    OK(ami_gateway_send_ussd(gateway, "1", "*100#", 0, NULL, &error));
    CHECK(ami_ussd_reply_ref(NULL) == NULL);

    const char *const wrong[] = {NULL, "", "balance", "*100#\r\nAction: x"};
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        reply = (ami_ussd_reply *)&error;
        FAILS(AMI_E_INVALID, ami_gateway_send_ussd(gateway, "1", wrong[at], 0, &reply, &error));
        CHECK(reply == NULL);
        clear(&error);
    }
    FAILS(AMI_E_INVALID, ami_gateway_send_ussd(gateway, NULL, "*100#", 0, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_send_ussd(gateway, "0", "*100#", 0, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_send_ussd(gateway, "1", "*100#", UINT32_MAX, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_send_ussd(NULL, "1", "*100#", 0, NULL, &error));
    clear(&error);
    SIMULATED(ami_simulator_set_power(simulator, 1, 0));
    FAILS(AMI_E_USSD, ami_gateway_send_ussd(gateway, "1", "*100#", 0, NULL, &error));
    CHECK(ami_error_peer_message(error) != NULL);
    clear(&error);
    latency(2, 60000);
    FAILS(AMI_E_OUTCOME_UNKNOWN, ami_gateway_send_ussd(gateway, "2", "*100#", 1000, NULL, &error));
    clear(&error);
    end_gateway();
}

static void ussd_dialogue_goes_to_its_end(void) {
    for (size_t at = 0; at < sizeof models / sizeof *models; at++) {
        const char *port = models[at].port;
        ami_error *error = NULL;
        ami_ussd_dialogue *dialogue = NULL;
        begin_gateway(models[at].name);
        menu("*100#", "1 balance\n2 offers", 1);
        menu("2", "which?", 1);
        menu("9", "thanks", 0);
        OK(ami_gateway_dial(gateway, port, "*100#", 20000, &dialogue, &error));
        CHECK_STR(ami_ussd_reply_text(ami_ussd_dialogue_reply(dialogue), NULL), "1 balance\n2 offers");
        CHECK_INT(ami_ussd_dialogue_is_open(dialogue), 1);
        ami_ussd_reply *first = ami_ussd_reply_ref(ami_ussd_dialogue_reply(dialogue));
        OK(ami_ussd_dialogue_answer(dialogue, "2", &error));
        CHECK_STR(ami_ussd_reply_text(ami_ussd_dialogue_reply(dialogue), NULL), "which?");
        CHECK_STR(ami_ussd_reply_text(first, NULL), "1 balance\n2 offers");
        ami_ussd_reply_unref(first);
        FAILS(AMI_E_INVALID, ami_ussd_dialogue_answer(dialogue, "", &error));
        clear(&error);
        FAILS(AMI_E_INVALID, ami_ussd_dialogue_answer(dialogue, NULL, &error));
        clear(&error);
        CHECK_INT(ami_ussd_dialogue_is_open(dialogue), 1);
        OK(ami_ussd_dialogue_answer(dialogue, "9", &error));
        CHECK_STR(ami_ussd_reply_text(ami_ussd_dialogue_reply(dialogue), NULL), "thanks");
        CHECK_INT(ami_ussd_dialogue_is_open(dialogue), 0);
        FAILS(AMI_E_STATE, ami_ussd_dialogue_answer(dialogue, "1", &error));
        clear(&error);
        CHECK_STR(ami_ussd_reply_text(ami_ussd_dialogue_reply(dialogue), NULL), "thanks");
        ami_ussd_dialogue_free(dialogue);

        OK(ami_gateway_dial(gateway, port, "*100#", 0, &dialogue, &error));
        STATUS(AMI_OK, ami_ussd_dialogue_end(dialogue));
        CHECK_INT(ami_ussd_dialogue_is_open(dialogue), 0);
        FAILS(AMI_E_STATE, ami_ussd_dialogue_answer(dialogue, "2", &error));
        clear(&error);
        ami_ussd_dialogue_free(dialogue);

        /* An answer that fails ends it; so does the gateway's end, which it outlives. */
        OK(ami_gateway_dial(gateway, port, "*100#", 0, &dialogue, &error));
        ami_gateway_free(gateway);
        gateway = NULL;
        CHECK_INT(ami_ussd_dialogue_is_open(dialogue), 1);
        FAILS(AMI_E_CLOSED, ami_ussd_dialogue_answer(dialogue, "2", &error));
        clear(&error);
        CHECK_INT(ami_ussd_dialogue_is_open(dialogue), 0);
        CHECK_STR(ami_ussd_reply_text(ami_ussd_dialogue_reply(dialogue), NULL), "1 balance\n2 offers");
        ami_ussd_dialogue_free(dialogue);
        end_gateway();
    }
}

static void ussd_dial_can_fail(void) {
    ami_error *error = NULL;
    ami_ussd_dialogue *none = (ami_ussd_dialogue *)&error;
    begin_gateway("openvox");
    FAILS(AMI_E_INVALID, ami_gateway_dial(gateway, "1", "no code", 0, &none, &error));
    CHECK(none == NULL);
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_dial(gateway, "1", "*100#", 0, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_dial(gateway, NULL, "*100#", 0, &none, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_dial(gateway, "1", NULL, 0, &none, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_dial(gateway, "1", "*100#", UINT32_MAX, &none, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_dial(NULL, "1", "*100#", 0, &none, &error));
    clear(&error);
    SIMULATED(ami_simulator_set_power(simulator, 1, 0));
    FAILS(AMI_E_USSD, ami_gateway_dial(gateway, "1", "*100#", 0, &none, &error));
    CHECK(none == NULL);
    clear(&error);
    end_gateway();
    FAILS(AMI_E_INVALID, ami_ussd_dialogue_answer(NULL, "1", &error));
    clear(&error);
    STATUS(AMI_E_INVALID, ami_ussd_dialogue_end(NULL));
    CHECK(ami_ussd_dialogue_reply(NULL) == NULL);
    CHECK_INT(ami_ussd_dialogue_is_open(NULL), 0);
    ami_ussd_dialogue_free(NULL);
}

int main(int argc, char **argv) {
    suite_begin("incoming", argc, argv);
    RUN(sms_comes_in_whole);
    RUN(sms_parts_that_do_not_come_are_missing);
    RUN(inbox_gets_reports_ussd_and_what_cannot_be_read);
    RUN(inbox_marks_a_gap_or_ends_with_its_link);
    RUN(callback_gets_what_comes_in);
    RUN(close_inside_a_callback);
    RUN(inbox_outlives_its_gateway);
    RUN(ussd_code_gets_its_reply);
    RUN(ussd_dialogue_goes_to_its_end);
    RUN(ussd_dial_can_fail);
    return suite_end();
}
