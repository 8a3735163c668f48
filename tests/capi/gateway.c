/* Sending through gateways, which the simulator plays: which gateway it is, requests, receipts and queues. */
#include "simulated.h"

#include <stdlib.h>
#include <string.h>

/* ---- which gateway it is ---- */

static void dialect_of_each_model_is_found_and_sends(void) {
    for (size_t at = 0; at < sizeof models / sizeof *models; at++) {
        const struct model *model = &models[at];
        ami_error *error = NULL;
        ami_receipt *receipt = NULL;
        size_t length = 9;
        ami_sms_parts *parts = NULL;
        char text[307];
        begin_gateway(model->name);
        memset(text, 'x', sizeof text - 1);
        text[sizeof text - 1] = '\0';
        OK(ami_gateway_parts(gateway, text, &parts, &error));
        CHECK_INT(ami_sms_parts_count(parts), model->parts);
        ami_sms_parts_free(parts);
        CHECK_STR(ami_gateway_dialect(gateway), model->name);
        CHECK_INT(ami_simulator_sent_count(simulator), 0);
        OK(send_it(sms(model->port, "hello", "a-1"), &receipt, &error));
        CHECK_INT(ami_receipt_outcome(receipt), AMI_SMS_SENT);
        CHECK_STR(ami_receipt_port(receipt), model->port);
        CHECK_INT(ami_receipt_port_number(receipt), atoi(model->port));
        CHECK_STR(ami_receipt_to(receipt), TO);
        CHECK_STR(ami_receipt_id(receipt), "a-1");
        CHECK_INT(ami_receipt_parts(receipt), 1);
        CHECK_INT(ami_receipt_part_outcome_at(receipt, 0), AMI_SMS_SENT);
        CHECK_INT(ami_receipt_part_outcome_at(receipt, 1), -1);
        CHECK_STR(ami_receipt_part_words_at(receipt, 0, &length), ami_receipt_words(receipt, NULL));
        CHECK_INT(length, strlen(ami_receipt_words(receipt, NULL)));
        CHECK(ami_receipt_part_words_at(receipt, 1, &length) == NULL);
        CHECK_INT(length, 0);
        ami_receipt_unref(receipt);
        CHECK_STR(sent(0, "span"), model->span);
        CHECK_STR(sent(0, "text"), "hello");
        CHECK_STR(sent(0, "id"), "a-1");
        end_gateway();
    }
    CHECK_STR(ami_gateway_dialect(NULL), "");
    CHECK_STR(ami_receipt_port(NULL), "");
    CHECK_STR(ami_receipt_to(NULL), "");
    CHECK_INT(ami_receipt_part_outcome_at(NULL, 0), -1);
    CHECK(ami_receipt_part_words_at(NULL, 0, NULL) == NULL);
}

static void dialect_may_be_a_command_of_the_callers(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    simulator = simulate("openvox", NULL);
    ami_config *config = config_of(simulator);
    STATUS(AMI_E_INVALID, ami_config_set_dialect(config, "gsm send sms {port} {to}"));
    STATUS(AMI_E_INVALID, ami_config_set_dialect(config, "nokia"));
    STATUS(AMI_OK, ami_config_set_dialect(config, "gsm send sync sms {port} {to} {text} {timeout} {id}"));
    gateway = connect_by(config);
    CHECK_STR(ami_gateway_dialect(gateway), "a command of the caller's");
    OK(send_it(sms("1", "say \"hi\" {id}", "a"), &receipt, &error));
    CHECK_INT(ami_receipt_outcome(receipt), AMI_SMS_SENT);
    ami_receipt_unref(receipt);
    CHECK_STR(sent(0, "text"), "say \"hi\" {id}");
    end_gateway();
}

static void gateway_connect_can_fail(void) {
    ami_error *error = NULL;
    ami_gateway *none = (ami_gateway *)&error;
    FAILS(AMI_E_INVALID, ami_gateway_connect(NULL, &none, &error));
    CHECK(none == NULL);
    clear(&error);
    /* An account without commands learns nothing of them. */
    simulator = simulate("openvox", "write=system");
    ami_config *config = config_of(simulator);
    FAILS(AMI_E_INVALID, ami_gateway_connect(config, NULL, &error));
    clear(&error);
    none = (ami_gateway *)&error;
    FAILS(AMI_E_UNSUPPORTED, ami_gateway_connect(config, &none, &error));
    CHECK(none == NULL);
    CHECK_HAS(ami_error_message(error), "choose a dialect");
    clear(&error);
    /* A dialect that the caller sets is not asked for. */
    STATUS(AMI_OK, ami_config_set_dialect(config, "allo"));
    OK(ami_gateway_connect(config, &none, &error));
    CHECK_STR(ami_gateway_dialect(none), "allo");
    ami_gateway_free(none);
    STATUS(AMI_OK, ami_config_set_secret(config, "wrong"));
    FAILS(AMI_E_AUTH, ami_gateway_connect(config, &none, &error));
    clear(&error);
    ami_simulator_stop(simulator);
    FAILS(AMI_E_REFUSED, ami_gateway_connect(config, &none, &error));
    CHECK(none == NULL);
    clear(&error);
    ami_config_free(config);
    ami_simulator_free(simulator);
    ami_gateway_free(NULL);
}

static void gateway_settings_are_checked(void) {
    ami_config *config = ami_config_new();
    STATUS(AMI_E_INVALID, ami_config_set_parts_timeout_ms(config, 0));
    STATUS(AMI_E_INVALID, ami_config_set_parts_timeout_ms(config, UINT32_MAX));
    STATUS(AMI_E_INVALID, ami_config_set_parts_timeout_ms(NULL, 1));
    STATUS(AMI_OK, ami_config_set_parts_timeout_ms(config, 1));
    STATUS(AMI_E_INVALID, ami_config_set_send_queue(config, 0));
    STATUS(AMI_E_INVALID, ami_config_set_send_queue(NULL, 1));
    STATUS(AMI_OK, ami_config_set_send_queue(config, 1));
    STATUS(AMI_E_INVALID, ami_config_set_port_rest_ms(config, UINT32_MAX));
    STATUS(AMI_E_INVALID, ami_config_set_port_rest_ms(NULL, 2000));
    /* A driver's own second attempt would be taken for the next message. */
    STATUS(AMI_OK, ami_config_set_port_rest_ms(config, 1));
    STATUS(AMI_OK, ami_config_set_port_rest_ms(config, 0));
    for (size_t at = 0; at < sizeof models / sizeof *models; at++)
        STATUS(AMI_OK, ami_config_set_dialect(config, models[at].name));
    ami_config_free(config);
}

/* ---- a text by one call ---- */

static void send_text_tells_what_became_of_it(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    begin_gateway("openvox");
    OK(ami_gateway_send_text(gateway, "2", TO, "hello", AMI_TIMEOUT_DEFAULT, &receipt, &error));
    CHECK_INT(ami_receipt_outcome(receipt), AMI_SMS_SENT);
    CHECK_STR(ami_receipt_port(receipt), "2");
    CHECK_STR(ami_receipt_to(receipt), TO);
    ami_receipt_unref(receipt);
    CHECK_STR(sent(0, "span"), "2");
    CHECK_STR(sent(0, "text"), "hello");
    outcome("failed");
    FAILS(AMI_E_SMS_FAILED, ami_gateway_send_text(gateway, "1", TO, "again", 60000, &receipt, &error));
    CHECK(receipt == NULL);
    CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_FAILED);
    clear(&error);
    end_gateway();
}

/* Two ports are up, and each takes one: the second SMS finds the other port ready while the first is under
 * way. */
static void send_without_a_port_goes_by_the_shortest_queue(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    told first = {0};
    simulator = simulate("openvox", "spans=2");
    gateway = connect_by(config_of(simulator));
    latency(1, 300);
    latency(2, 300);
    OK(submit_it(ami_sms_request_new(NULL, TO, "first"), &first, &error));
    OK(ami_gateway_send_text(gateway, NULL, TO, "second", 60000, &receipt, &error));
    CHECK(await(&first.drops, 1, SOON));
    const char *one = ami_receipt_port(first.receipt), *other = ami_receipt_port(receipt);
    CHECK(strcmp(one, other) != 0);
    CHECK(strcmp(one, "1") == 0 || strcmp(one, "2") == 0);
    CHECK(strcmp(other, "1") == 0 || strcmp(other, "2") == 0);
    ami_receipt_unref(receipt);
    ami_receipt_unref(first.receipt);
    /* With none that is up nothing is sent. */
    SIMULATED(ami_simulator_set_power(simulator, 1, 0));
    SIMULATED(ami_simulator_set_power(simulator, 2, 0));
    ami_gateway_free(gateway);
    gateway = connect_by(config_of(simulator));
    FAILS(AMI_E_SMS_FAILED, ami_gateway_send_text(gateway, NULL, TO, "third", 60000, &receipt, &error));
    CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_NOT_SENT);
    clear(&error);
    CHECK_INT(ami_simulator_sent_count(simulator), 2);
    end_gateway();
}

/* ---- requests ---- */

static void request_that_was_refused_something_is_not_sent(void) {
    ami_error *error = NULL;
    begin_gateway("openvox");
#define REFUSED(call)                                                                                        \
    do {                                                                                                     \
        ami_sms_request *request = sms("1", "hello", NULL);                                                  \
        STATUS(AMI_E_INVALID, (call));                                                                       \
        STATUS(AMI_E_INVALID, ami_sms_request_set_flash(request, 0));                                        \
        FAILS(AMI_E_INVALID, send_it(request, NULL, &error));                                                \
        CHECK(ami_error_receipt(error) == NULL);                                                             \
        clear(&error);                                                                                       \
    } while (0)
    REFUSED(ami_sms_request_set_timeout_ms(request, 0));
    REFUSED(ami_sms_request_set_timeout_ms(request, UINT32_MAX));
    REFUSED(ami_sms_request_set_within_ms(request, 0));
    REFUSED(ami_sms_request_set_within_ms(request, UINT32_MAX));
    REFUSED(ami_sms_request_set_validity_seconds(request, 0));
    REFUSED(ami_sms_request_set_id(request, NULL));
    REFUSED(ami_sms_request_set_id(request, ""));
    REFUSED(ami_sms_request_set_id(request, "two words"));
    REFUSED(ami_sms_request_set_id(request, "\xff"));
    REFUSED(ami_sms_request_set_priority(request, -1));
    REFUSED(ami_sms_request_set_priority(request, 3));

    const struct {
        const char *port, *to, *text, *said;
    } wrong[] = {
        {"1", NULL, "x", "number is NULL"},
        {"1", TO, NULL, "text"},
        {"1", TO, "\xff", "UTF-8"},
        {"0", TO, "x", "port 0"},
        {"", TO, "x", "port's name"},
        {"dongle0", TO, "x", "counted"},
        {"1", "12a", "x", "telephone number"},
        {"1", "", "x", "telephone number"},
        {"1", TO, "", "empty"},
    };
    told never = {0};
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        ami_receipt *receipt = (ami_receipt *)&error;
        ami_sms_request *request = ami_sms_request_new(wrong[at].port, wrong[at].to, wrong[at].text);
        FAILS(AMI_E_INVALID, ami_gateway_send(gateway, request, &receipt, &error));
        CHECK_HAS(ami_error_message(error), wrong[at].said);
        CHECK(receipt == NULL);
        clear(&error);
        FAILS(AMI_E_INVALID, submit_it(request, &never, &error));
        clear(&error);
        receipt = (ami_receipt *)&error;
        FAILS(AMI_E_INVALID, ami_gateway_send_text(gateway, wrong[at].port, wrong[at].to, wrong[at].text, 0,
                                                   &receipt, &error));
        CHECK_HAS(ami_error_message(error), wrong[at].said);
        CHECK(receipt == NULL);
        clear(&error);
    }
    FAILS(AMI_E_INVALID, ami_gateway_send_text(gateway, "1", TO, "x", AMI_WAIT_FOREVER, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_send(gateway, NULL, NULL, &error));
    CHECK_HAS(ami_error_message(error), "request is NULL");
    clear(&error);
    ami_sms_request *request = sms("1", "hello", NULL);
    FAILS(AMI_E_INVALID, ami_gateway_send(NULL, request, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_submit(NULL, request, on_told, &never, on_told_drop, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_submit(gateway, NULL, on_told, &never, on_told_drop, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_submit(gateway, request, NULL, &never, on_told_drop, &error));
    clear(&error);
    ami_sms_request_free(request);

    STATUS(AMI_E_INVALID, ami_sms_request_set_timeout_ms(NULL, 1));
    STATUS(AMI_E_INVALID, ami_sms_request_set_id(NULL, "a"));
    STATUS(AMI_E_INVALID, ami_sms_request_set_flash(NULL, 1));
    STATUS(AMI_E_INVALID, ami_sms_request_set_validity_seconds(NULL, 1));
    STATUS(AMI_E_INVALID, ami_sms_request_set_report(NULL, 1));
    STATUS(AMI_E_INVALID, ami_sms_request_set_by_pdu(NULL, 1));
    STATUS(AMI_E_INVALID, ami_sms_request_set_priority(NULL, AMI_PRIORITY_LOW));
    STATUS(AMI_E_INVALID, ami_sms_request_set_within_ms(NULL, 1));
    ami_sms_request_free(NULL);
    CHECK_INT(ami_simulator_sent_count(simulator), 0);
    end_gateway();
    CHECK_INT(never.calls, 0);
    CHECK_INT(never.drops, 0);
}

static void request_is_sent_as_asked_for(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    begin_gateway("openvox");
    ami_sms_request *request = sms("1", "once more", "r-1");
    STATUS(AMI_OK, ami_sms_request_set_timeout_ms(request, 20000));
    OK(ami_gateway_send(gateway, request, &receipt, &error));
    CHECK_STR(sent(0, "sync"), "1");
    CHECK_STR(sent(0, "flash"), "0");
    ami_receipt_unref(receipt);
    /* An SMS that only a PDU can express goes as one, which the gateway only accepts. */
    STATUS(AMI_OK, ami_sms_request_set_validity_seconds(request, 3600));
    STATUS(AMI_OK, ami_sms_request_set_report(request, 1));
    STATUS(AMI_OK, ami_sms_request_set_flash(request, 1));
    OK(ami_gateway_send(gateway, request, &receipt, &error));
    CHECK_INT(ami_receipt_outcome(receipt), AMI_SMS_QUEUED);
    ami_receipt_unref(receipt);
    CHECK_STR(sent(1, "validity"), "60");
    CHECK_STR(sent(1, "report"), "1");
    CHECK_STR(sent(1, "flash"), "1");
    CHECK_STR(sent(1, "id"), "r-1");
    CHECK_HAS(sent(1, "command"), "pdu");
    ami_sms_request_free(request);
    request = sms("1", "as a PDU", NULL);
    STATUS(AMI_OK, ami_sms_request_set_by_pdu(request, 1));
    OK(send_it(request, NULL, &error));
    CHECK_HAS(sent(2, "command"), "pdu");
    CHECK_STR(sent(2, "text"), "as a PDU");
    request = sms("1", "for too long", NULL);
    STATUS(AMI_OK, ami_sms_request_set_validity_seconds(request, 64 * 7 * 86400));
    FAILS(AMI_E_INVALID, send_it(request, NULL, &error));
    clear(&error);
    end_gateway();

    begin_gateway("yeastar");
    request = sms("2", "at once", NULL);
    STATUS(AMI_OK, ami_sms_request_set_flash(request, 1));
    FAILS(AMI_E_UNSUPPORTED, send_it(request, NULL, &error));
    clear(&error);
    end_gateway();
}

/* ---- receipts ---- */

static void receipts_say_what_became_of_it(void) {
    const struct {
        const char *outcome;
        ami_status status;
        int32_t said;
    } ends[] = {
        {"failed", AMI_E_SMS_FAILED, AMI_SMS_FAILED},
        {"busy", AMI_E_SMS_BUSY, AMI_SMS_BUSY},
        {"timeout", AMI_E_OUTCOME_UNKNOWN, AMI_SMS_UNKNOWN},
    };
    ami_error *error = NULL;
    begin_gateway("openvox");
    for (size_t at = 0; at < sizeof ends / sizeof *ends; at++) {
        ami_receipt *receipt = (ami_receipt *)&error;
        ami_sms_request *request = sms("1", "hello", NULL);
        STATUS(AMI_OK, ami_sms_request_set_timeout_ms(request, 1000));
        /* A port that is busy is not asked again in so short a time. */
        if (ends[at].said == AMI_SMS_BUSY)
            STATUS(AMI_OK, ami_sms_request_set_within_ms(request, 400));
        outcome(ends[at].outcome);
        FAILS(ends[at].status, send_it(request, &receipt, &error));
        CHECK(receipt == NULL);
        CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), ends[at].said);
        CHECK_INT(ami_receipt_part_outcome_at(ami_error_receipt(error), 0), ends[at].said);
        clear(&error);
        CHECK_INT(ami_simulator_sent_count(simulator), at + 1);
    }
    /* Of four parts the second one fails. */
    char text[601];
    memset(text, 'x', 600);
    text[600] = '\0';
    outcome("sent");
    outcome("failed");
    FAILS(AMI_E_SMS_FAILED, send_it(sms("1", text, NULL), NULL, &error));
    const ami_receipt *receipt = ami_error_receipt(error);
    CHECK_INT(ami_receipt_parts(receipt), 4);
    CHECK_INT(ami_receipt_outcome(receipt), AMI_SMS_FAILED);
    CHECK_INT(ami_receipt_part_outcome_at(receipt, 0), AMI_SMS_SENT);
    CHECK_INT(ami_receipt_part_outcome_at(receipt, 1), AMI_SMS_FAILED);
    CHECK_INT(ami_receipt_part_outcome_at(receipt, 2), AMI_SMS_NOT_SENT);
    CHECK_INT(ami_receipt_part_outcome_at(receipt, 3), AMI_SMS_NOT_SENT);
    CHECK_HAS(ami_receipt_part_words_at(receipt, 0, NULL), "SUCCESS");
    CHECK_STR(ami_receipt_part_words_at(receipt, 3, NULL), "");
    clear(&error);
    /* The gateway is away. */
    ami_simulator_stop(simulator);
    FAILS(AMI_E_REFUSED, send_it(sms("3", "hello", NULL), NULL, &error));
    CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_NOT_SENT);
    clear(&error);
    end_gateway();
}

/* ---- queues ---- */

#define WAITING 4

static void port_sends_in_order_and_its_queue_has_an_end(void) {
    const int32_t priorities[WAITING] = {AMI_PRIORITY_LOW, AMI_PRIORITY_NORMAL, AMI_PRIORITY_HIGH,
                                         AMI_PRIORITY_NORMAL};
    const char *const ids[WAITING] = {"low", "a", "high", "b"};
    ami_error *error = NULL;
    told first = {0}, others[WAITING], beside = {0}, refused = {0};
    memset(others, 0, sizeof others);
    put(&calls, 0);
    simulator = simulate("openvox", NULL);
    ami_config *config = config_of(simulator);
    STATUS(AMI_OK, ami_config_set_send_queue(config, WAITING));
    gateway = connect_by(config);
    latency(1, 500);
    OK(submit_it(sms("1", "hello", "first"), &first, &error));
    await_sent(1);
    for (int at = 0; at < WAITING; at++) {
        ami_sms_request *request = sms("1", "hello", ids[at]);
        STATUS(AMI_OK, ami_sms_request_set_priority(request, priorities[at]));
        OK(submit_it(request, &others[at], &error));
    }
    CHECK_INT(ami_gateway_waiting(gateway, "1"), WAITING);
    CHECK_INT(ami_gateway_waiting(gateway, "2"), 0);
    CHECK_INT(ami_gateway_waiting(gateway, NULL), 0);
    CHECK_INT(ami_gateway_waiting(NULL, "1"), 0);
    FAILS(AMI_E_OVERFLOW, submit_it(sms("1", "hello", "refused"), &refused, &error));
    CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_NOT_SENT);
    CHECK_STR(ami_receipt_id(ami_error_receipt(error)), "refused");
    clear(&error);
    FAILS(AMI_E_OVERFLOW, send_it(sms("1", "hello", "refused"), NULL, &error));
    clear(&error);
    /* Another port does not wait for this one. */
    OK(submit_it(sms("2", "hello", "beside"), &beside, &error));
    check_told(&beside, AMI_OK, AMI_SMS_SENT, "beside");
    check_told(&first, AMI_OK, AMI_SMS_SENT, "first");
    for (int at = 0; at < WAITING; at++)
        check_told(&others[at], AMI_OK, AMI_SMS_SENT, ids[at]);
    CHECK_INT(ami_gateway_waiting(gateway, "1"), 0);
    CHECK(beside.place < others[0].place);
    const char *const order[] = {"first", "beside", "high", "a", "b", "low"};
    for (size_t at = 0; at < sizeof order / sizeof *order; at++)
        CHECK_STR(sent(at, "id"), order[at]);
    end_gateway();
    CHECK_INT(refused.calls, 0);
    CHECK_INT(refused.drops, 0);
}

static void sms_that_waited_for_too_long_is_not_sent(void) {
    ami_error *error = NULL;
    told first = {0}, late = {0};
    begin_gateway("openvox");
    latency(1, 500);
    OK(submit_it(sms("1", "hello", "first"), &first, &error));
    await_sent(1);
    ami_sms_request *request = sms("1", "hello", "late");
    STATUS(AMI_OK, ami_sms_request_set_within_ms(request, 100));
    OK(submit_it(request, &late, &error));
    check_told(&late, AMI_E_TIMEOUT, AMI_SMS_NOT_SENT, "late");
    check_told(&first, AMI_OK, AMI_SMS_SENT, "first");
    CHECK_INT(ami_simulator_sent_count(simulator), 1);
    end_gateway();
}

static void submit_takes_no_drop_and_no_error(void) {
    told seen = {0};
    begin_gateway("openvox");
    ami_sms_request *request = sms("1", "hello", "a");
    STATUS(AMI_OK, ami_gateway_submit(gateway, request, on_told, &seen, NULL, NULL));
    ami_sms_request_free(request);
    CHECK(await(&seen.calls, 1, SOON));
    CHECK_INT(seen.status, AMI_OK);
    ami_receipt_unref(seen.receipt);
    /* The receipt may be of no interest. */
    ami_error *error = NULL;
    OK(send_it(sms("1", "hello", NULL), NULL, &error));
    STATUS(AMI_OK, send_it(sms("1", "hello", NULL), NULL, NULL));
    end_gateway();
}

#define SENDERS 4

static void *send_some(void *data) {
    ami_error *error = NULL;
    char port[] = "1";
    port[0] = (char)('1' + *(int *)data);
    for (int at = 0; at < 10; at++) {
        OK(send_it(sms(port, "hello", NULL), NULL, &error));
        ami_ports *ports = NULL;
        OK(ami_gateway_ports(gateway, &ports, &error));
        CHECK_INT(ami_ports_count(ports), 4);
        ami_ports_free(ports);
    }
    return NULL;
}

static void gateway_sends_for_many_threads_at_once(void) {
    thread *senders[SENDERS];
    int numbers[SENDERS];
    begin_gateway("openvox");
    for (int at = 0; at < SENDERS; at++) {
        numbers[at] = at;
        senders[at] = start(send_some, &numbers[at]);
    }
    for (int at = 0; at < SENDERS; at++)
        join(senders[at]);
    CHECK_INT(ami_simulator_aired_count(simulator), 10 * SENDERS);
    end_gateway();
}

/* ---- what is told by port, and what by id ---- */

/* The first one is late, the second never goes: whoever sends it must not be told that it did. */
static void port_rests_for_all_gateways_of_the_process(void) {
    for (int by_text = 0; by_text <= 1; by_text++) {
        ami_error *error = NULL;
        simulator = simulate("openvox", NULL);
        outcome("late");
        outcome("timeout");
        for (size_t at = 0; at < 2; at++) {
            gateway = connect_by(config_of(simulator));
            if (by_text) {
                FAILS(AMI_E_OUTCOME_UNKNOWN,
                      ami_gateway_send_text(gateway, "1", TO, "hello", 1000, NULL, &error));
            } else {
                ami_sms_request *request = ami_sms_request_new("1", TO, "hello");
                STATUS(AMI_OK, ami_sms_request_set_timeout_ms(request, 1000));
                FAILS(AMI_E_OUTCOME_UNKNOWN, send_it(request, NULL, &error));
            }
            ami_gateway_free(gateway);
            gateway = NULL;
            CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_UNKNOWN);
            clear(&error);
        }
        CHECK_INT(ami_simulator_aired_count(simulator), 1);
        end_gateway();
    }
}

static void sms_id_is_that_of_one_sms_at_a_time(void) {
    ami_error *error = NULL;
    begin_gateway("yeastar");
    latency(2, 300);
    told seen = {0};
    OK(submit_it(sms("2", "first", "mine"), &seen, &error));
    FAILS(AMI_E_INVALID, send_it(sms("3", "second", "mine"), NULL, &error));
    CHECK_HAS(ami_error_message(error), "the id mine");
    clear(&error);
    await(&seen.drops, 1, SOON);
    STATUS(AMI_OK, seen.status);
    ami_receipt_unref(seen.receipt);
    OK(send_it(sms("3", "third", "mine"), NULL, &error));
    CHECK_INT(ami_simulator_sent_count(simulator), 2);
    end_gateway();
}

int main(int argc, char **argv) {
    suite_begin("gateway", argc, argv);
    RUN(dialect_of_each_model_is_found_and_sends);
    RUN(dialect_may_be_a_command_of_the_callers);
    RUN(gateway_connect_can_fail);
    RUN(gateway_settings_are_checked);
    RUN(send_text_tells_what_became_of_it);
    RUN(send_without_a_port_goes_by_the_shortest_queue);
    RUN(request_that_was_refused_something_is_not_sent);
    RUN(request_is_sent_as_asked_for);
    RUN(receipts_say_what_became_of_it);
    RUN(port_sends_in_order_and_its_queue_has_an_end);
    RUN(sms_that_waited_for_too_long_is_not_sent);
    RUN(submit_takes_no_drop_and_no_error);
    RUN(gateway_sends_for_many_threads_at_once);
    RUN(port_rests_for_all_gateways_of_the_process);
    RUN(sms_id_is_that_of_one_sms_at_a_time);
    return suite_end();
}
