/* Gateways as a whole, which the simulator plays: what goes out and what is said of it, what comes in, talks
 * by USSD, ports; and who is told what when a gateway is closed, freed, forked or lost. */
#include "check.h"
#include "child.h"
#include "simulated.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TO "13632919026"

/* Whatever the tests set, with seconds that do not last so long as real ones. */
static ami_simulator *simulate(const char *model, const char *more) {
    ami_simulator *made = NULL;
    char setting[64];
    snprintf(setting, sizeof setting, "model=%s", model);
    SIMULATED(ami_simulator_start(LIST(setting, "second_ms=50", more), &made));
    return made;
}

static ami_config *config_of(const ami_simulator *simulator) {
    ami_config *config = loopback(ami_simulator_port(simulator));
    /* The shortest there is. */
    STATUS(AMI_OK, ami_config_set_port_rest_ms(config, 100));
    return config;
}

/* Takes the configuration. */
static ami_gateway *connect_by(ami_config *config) {
    ami_error *error = NULL;
    ami_gateway *made = NULL;
    OK(ami_gateway_connect(config, &made, &error));
    ami_config_free(config);
    return made;
}

static ami_simulator *simulator;
static ami_gateway *gateway;

static void begin(const char *model) {
    simulator = simulate(model, NULL);
    gateway = connect_by(config_of(simulator));
}

static void end(void) {
    ami_gateway_free(gateway);
    ami_simulator_free(simulator);
    gateway = NULL;
    simulator = NULL;
}

/* A field of a message that was sent. In memory that the next call uses again. */
static const char *sent(size_t index, const char *field) {
    static char buffer[2048];
    return SIMULATED(ami_simulator_sent_at(simulator, index, field, buffer, sizeof buffer)) ? buffer : "";
}

static int await_sent(size_t count) {
    for (uint64_t until = now_ms() + SOON; ami_simulator_sent_count(simulator) < count && now_ms() < until;)
        linger(1);
    return CHECK(ami_simulator_sent_count(simulator) >= count);
}

static void outcome(const char *what) {
    SIMULATED(ami_simulator_next_outcome(simulator, 1, what));
}

static void latency(uint32_t span, uint32_t ms) {
    SIMULATED(ami_simulator_set_latency_ms(simulator, span, ms, ms));
}

/* Sends and frees the request. */
static ami_status send_it(ami_sms_request *request, ami_receipt **receipt, ami_error **error) {
    ami_status status = ami_gateway_send(gateway, request, receipt, error);
    ami_sms_request_free(request);
    return status;
}

/* A request that the gateway tries to send for 3 of our seconds. */
static ami_sms_request *sms(const char *port, const char *text, const char *id) {
    ami_sms_request *request = ami_sms_request_new(port, TO, text);
    STATUS(AMI_OK, ami_sms_request_set_timeout_ms(request, 60000));
    if (id)
        STATUS(AMI_OK, ami_sms_request_set_id(request, id));
    return request;
}

/* The record of a completion. */
typedef struct told {
    int calls, drops;
    ami_status status;
    ami_receipt *receipt;
    /* In order among all. */
    int place;
    /* It waits until it may leave, and then frees the gateway. */
    int blocks, frees;
    int entered, leave;
} told;

static int calls;

static void on_drop(void *data) {
    told *seen = data;
    CHECK_INT(look(&seen->calls), 1);
    bump(&seen->drops);
}

static void on_done(ami_status status, const ami_receipt *receipt, const ami_error *error, void *data) {
    told *seen = data;
    CHECK((receipt != NULL) == (status == AMI_OK));
    CHECK((error == NULL) == (status == AMI_OK));
    CHECK_INT(ami_error_code(error), status);
    CHECK_INT(look(&seen->drops), 0);
    seen->status = status;
    seen->receipt = ami_receipt_ref(receipt ? receipt : ami_error_receipt(error));
    seen->place = bump(&calls);
    bump(&seen->entered);
    if (seen->blocks)
        await(&seen->leave, 1, 2 * SOON);
    if (seen->frees) {
        /* Neither waits here, and what follows is told all the same. */
        ami_receipts *unsent = NULL;
        STATUS(AMI_OK, ami_gateway_close(gateway, &unsent, NULL));
        ami_receipts_free(unsent);
        ami_gateway_free(gateway);
        gateway = NULL;
    }
    bump(&seen->calls);
}

/* Submits and frees the request. */
static ami_status submit(ami_sms_request *request, told *seen, ami_error **error) {
    ami_status status = ami_gateway_submit(gateway, request, on_done, seen, on_drop, error);
    ami_sms_request_free(request);
    return status;
}

static void check_told(told *seen, ami_status status, int32_t outcome, const char *id) {
    if (CHECK(await(&seen->drops, 1, SOON))) {
        CHECK_INT(seen->calls, 1);
        CHECK_INT(seen->drops, 1);
        CHECK_INT(seen->status, status);
        CHECK_INT(ami_receipt_outcome(seen->receipt), outcome);
        CHECK_STR(ami_receipt_id(seen->receipt), id);
    }
    ami_receipt_unref(seen->receipt);
    seen->receipt = NULL;
}

/* ---- which gateway it is ---- */

static const struct model {
    const char *name, *port, *span;
    size_t parts; /* of 306 letters */
} models[] = {
    {"openvox", "2", "2", 3},        {"openvox-firmware", "2", "2", 3}, {"openvox-2013", "2", "2", 3},
    {"allo", "2", "2", 3},           {"yeastar", "2", "2", 2},          {"dongle", "dongle1", "2", 3},
    {"quectel", "quectel1", "2", 3},
};

static void every_dialect_is_found_and_sends(void) {
    for (size_t at = 0; at < sizeof models / sizeof *models; at++) {
        const struct model *model = &models[at];
        ami_error *error = NULL;
        ami_receipt *receipt = NULL;
        size_t length = 9;
        ami_sms_parts *parts = NULL;
        char text[307];
        begin(model->name);
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
        CHECK_INT(ami_receipt_span(receipt), atoi(model->port));
        CHECK_STR(ami_receipt_destination(receipt), TO);
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
        end();
    }
    CHECK_STR(ami_gateway_dialect(NULL), "");
    CHECK_STR(ami_receipt_port(NULL), "");
    CHECK_STR(ami_receipt_destination(NULL), "");
    CHECK_INT(ami_receipt_part_outcome_at(NULL, 0), -1);
    CHECK(ami_receipt_part_words_at(NULL, 0, NULL) == NULL);
}

static void a_command_of_the_callers(void) {
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
    end();
}

static void connecting_can_fail(void) {
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

static void settings_are_checked(void) {
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
    begin("openvox");
    OK(ami_gateway_send_text(gateway, "2", TO, "hello", AMI_TIMEOUT_DEFAULT, &receipt, &error));
    CHECK_INT(ami_receipt_outcome(receipt), AMI_SMS_SENT);
    CHECK_STR(ami_receipt_port(receipt), "2");
    CHECK_STR(ami_receipt_destination(receipt), TO);
    ami_receipt_unref(receipt);
    CHECK_STR(sent(0, "span"), "2");
    CHECK_STR(sent(0, "text"), "hello");
    outcome("failed");
    FAILS(AMI_E_SMS_FAILED, ami_gateway_send_text(gateway, "1", TO, "again", 60000, &receipt, &error));
    CHECK(receipt == NULL);
    CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_FAILED);
    clear(&error);
    end();
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
    OK(submit(ami_sms_request_new(NULL, TO, "first"), &first, &error));
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
    end();
}

/* ---- requests ---- */

static void a_request_that_was_refused_something_is_not_sent(void) {
    ami_error *error = NULL;
    begin("openvox");
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
        FAILS(AMI_E_INVALID, submit(request, &never, &error));
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
    FAILS(AMI_E_INVALID, ami_gateway_submit(NULL, request, on_done, &never, on_drop, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_submit(gateway, NULL, on_done, &never, on_drop, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_submit(gateway, request, NULL, &never, on_drop, &error));
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
    end();
    CHECK_INT(never.calls, 0);
    CHECK_INT(never.drops, 0);
}

static void what_is_asked_for_is_sent(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    begin("openvox");
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
    end();

    begin("yeastar");
    request = sms("2", "at once", NULL);
    STATUS(AMI_OK, ami_sms_request_set_flash(request, 1));
    FAILS(AMI_E_UNSUPPORTED, send_it(request, NULL, &error));
    clear(&error);
    end();
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
    begin("openvox");
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
    end();
}

/* ---- queues ---- */

#define WAITING 4

static void a_port_sends_in_order_and_its_queue_has_an_end(void) {
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
    OK(submit(sms("1", "hello", "first"), &first, &error));
    await_sent(1);
    for (int at = 0; at < WAITING; at++) {
        ami_sms_request *request = sms("1", "hello", ids[at]);
        STATUS(AMI_OK, ami_sms_request_set_priority(request, priorities[at]));
        OK(submit(request, &others[at], &error));
    }
    CHECK_INT(ami_gateway_waiting(gateway, "1"), WAITING);
    CHECK_INT(ami_gateway_waiting(gateway, "2"), 0);
    CHECK_INT(ami_gateway_waiting(gateway, NULL), 0);
    CHECK_INT(ami_gateway_waiting(NULL, "1"), 0);
    FAILS(AMI_E_OVERFLOW, submit(sms("1", "hello", "refused"), &refused, &error));
    CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_NOT_SENT);
    CHECK_STR(ami_receipt_id(ami_error_receipt(error)), "refused");
    clear(&error);
    FAILS(AMI_E_OVERFLOW, send_it(sms("1", "hello", "refused"), NULL, &error));
    clear(&error);
    /* Another port does not wait for this one. */
    OK(submit(sms("2", "hello", "beside"), &beside, &error));
    check_told(&beside, AMI_OK, AMI_SMS_SENT, "beside");
    check_told(&first, AMI_OK, AMI_SMS_SENT, "first");
    for (int at = 0; at < WAITING; at++)
        check_told(&others[at], AMI_OK, AMI_SMS_SENT, ids[at]);
    CHECK_INT(ami_gateway_waiting(gateway, "1"), 0);
    CHECK(beside.place < others[0].place);
    const char *const order[] = {"first", "beside", "high", "a", "b", "low"};
    for (size_t at = 0; at < sizeof order / sizeof *order; at++)
        CHECK_STR(sent(at, "id"), order[at]);
    end();
    CHECK_INT(refused.calls, 0);
    CHECK_INT(refused.drops, 0);
}

static void what_waited_for_too_long_is_not_sent(void) {
    ami_error *error = NULL;
    told first = {0}, late = {0};
    begin("openvox");
    latency(1, 500);
    OK(submit(sms("1", "hello", "first"), &first, &error));
    await_sent(1);
    ami_sms_request *request = sms("1", "hello", "late");
    STATUS(AMI_OK, ami_sms_request_set_within_ms(request, 100));
    OK(submit(request, &late, &error));
    check_told(&late, AMI_E_TIMEOUT, AMI_SMS_NOT_SENT, "late");
    check_told(&first, AMI_OK, AMI_SMS_SENT, "first");
    CHECK_INT(ami_simulator_sent_count(simulator), 1);
    end();
}

static void submit_takes_no_drop_and_no_error(void) {
    told seen = {0};
    begin("openvox");
    ami_sms_request *request = sms("1", "hello", "a");
    STATUS(AMI_OK, ami_gateway_submit(gateway, request, on_done, &seen, NULL, NULL));
    ami_sms_request_free(request);
    CHECK(await(&seen.calls, 1, SOON));
    CHECK_INT(seen.status, AMI_OK);
    ami_receipt_unref(seen.receipt);
    /* The receipt may be of no interest. */
    ami_error *error = NULL;
    OK(send_it(sms("1", "hello", NULL), NULL, &error));
    STATUS(AMI_OK, send_it(sms("1", "hello", NULL), NULL, NULL));
    end();
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

static void many_threads_at_once(void) {
    thread *senders[SENDERS];
    int numbers[SENDERS];
    begin("openvox");
    for (int at = 0; at < SENDERS; at++) {
        numbers[at] = at;
        senders[at] = start(send_some, &numbers[at]);
    }
    for (int at = 0; at < SENDERS; at++)
        join(senders[at]);
    CHECK_INT(ami_simulator_aired_count(simulator), 10 * SENDERS);
    end();
}

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
    begin("openvox");
    latency(1, 500);
    OK(submit(sms("1", "hello", "0"), &under_way, &error));
    await_sent(1);
    for (int at = 0; at < 3; at++)
        OK(submit(sms("1", "hello", ids[at]), &waiting[at], &error));
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
    FAILS(AMI_E_CLOSED, submit(sms("1", "hello", NULL), &never, &error));
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
    end();
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

static void a_thread_that_waits_learns_of_the_close(void) {
    ami_error *error = NULL;
    ami_receipts *unsent = NULL;
    told under_way = {0};
    begin("openvox");
    latency(1, 1000);
    OK(submit(sms("1", "hello", "0"), &under_way, &error));
    await_sent(1);
    thread *sender = start(send_and_be_closed, NULL);
    linger(300);
    OK(ami_gateway_close(gateway, &unsent, &error));
    join(sender);
    CHECK_INT(ami_receipts_count(unsent), 1);
    ami_receipts_free(unsent);
    check_told(&under_way, AMI_OK, AMI_SMS_SENT, "0");
    CHECK_INT(ami_simulator_sent_count(simulator), 1);
    end();
}

static void free_tells_everyone_too(void) {
    ami_error *error = NULL;
    told under_way = {0}, waiting = {0};
    begin("openvox");
    latency(1, 300);
    OK(submit(sms("1", "hello", "0"), &under_way, &error));
    await_sent(1);
    OK(submit(sms("1", "hello", "1"), &waiting, &error));
    ami_gateway_free(gateway);
    CHECK_INT(look(&under_way.drops), 1);
    CHECK_INT(look(&waiting.drops), 1);
    check_told(&under_way, AMI_OK, AMI_SMS_SENT, "0");
    check_told(&waiting, AMI_E_CLOSED, AMI_SMS_NOT_SENT, "1");
    ami_simulator_free(simulator);
}

static void free_inside_a_completion(void) {
    for (int round = 0; round < 5; round++) {
        ami_error *error = NULL;
        told first = {0}, under_way = {0}, waiting[10];
        memset(waiting, 0, sizeof waiting);
        first.blocks = first.frees = 1;
        begin("openvox");
        latency(1, 100);
        latency(2, 300);
        OK(submit(sms("2", "hello", "beside"), &under_way, &error));
        await_sent(1);
        OK(submit(sms("1", "hello", "first"), &first, &error));
        for (int at = 0; at < 10; at++)
            OK(submit(sms("1", "hello", "waits"), &waiting[at], &error));
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

static void a_completion_that_does_not_return(void) {
    ami_error *error = NULL;
    told stuck = {0}, other = {0};
    stuck.blocks = 1;
    simulator = simulate("openvox", NULL);
    ami_config *config = config_of(simulator);
    STATUS(AMI_OK, ami_config_set_action_timeout_ms(config, 500));
    gateway = connect_by(config);
    OK(submit(sms("1", "hello", "stuck"), &stuck, &error));
    CHECK(await(&stuck.entered, 1, SOON));
    /* Everything else goes on. */
    OK(submit(sms("1", "hello", "other"), &other, &error));
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
    end();
}

/* ---- what comes in ---- */

static void deliver(uint32_t span, const char *sender, const char *text, const char *const *settings) {
    SIMULATED(ami_simulator_deliver_sms(simulator, span, sender, text, settings, NULL));
}

static ami_subscription *inbox_of(const char *names) {
    ami_error *error = NULL;
    ami_subscription *inbox = NULL;
    OK(ami_gateway_open_inbox(gateway, names, &inbox, &error));
    return inbox;
}

/* The next event, which must have this name; to be given up. */
static ami_event *next(ami_subscription *inbox, const char *name) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    OK(ami_subscription_next(inbox, SOON, &event, &error));
    CHECK_STR(event ? ami_event_name(event) : "nothing", name);
    return event;
}

static void no_more(ami_subscription *inbox, ami_status end) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    FAILS(end, ami_subscription_next(inbox, SOON, &event, &error));
    CHECK(event == NULL);
    clear(&error);
    ami_subscription_free(inbox);
}

static void an_sms_comes_in_whole(void) {
    char text[401];
    for (int at = 0; at < 400; at++)
        text[at] = (char)('a' + at % 26);
    text[400] = '\0';
    begin("openvox");
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
    CHECK_INT(ami_sms_span(whole), 2);
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
    end();

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

static void parts_that_do_not_come_are_missing(void) {
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
    end();
}

static void reports_ussd_and_what_cannot_be_read(void) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    begin("dongle");
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
    end();
}

static void a_gap_is_marked_and_a_lost_link_ends_it(void) {
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
    end();
}

typedef struct seen {
    int events, sms, drops;
    int closes;
    char texts[8][32];
} seen;

static void on_event(const ami_event *event, void *data) {
    seen *all = data;
    CHECK_INT(look(&all->drops), 0);
    const char *text = ami_event_get(event, "Text", NULL);
    if (all->events < 8)
        snprintf(all->texts[all->events], sizeof all->texts[0], "%s", text ? text : ami_event_name(event));
    if (all->closes) {
        /* Nothing waits in here, and a send is answered. */
        ami_error *error = NULL;
        OK(send_it(sms("1", "from inside", NULL), NULL, &error));
        OK(ami_gateway_close(gateway, NULL, &error));
    }
    bump(&all->events);
}

static void on_sms(const ami_sms *sms, void *data) {
    seen *all = data;
    CHECK(ami_sms_text(sms, NULL) != NULL);
    bump(&all->sms);
}

static void on_seen_drop(void *data) {
    bump(&((seen *)data)->drops);
}

static void what_comes_in_by_callback(void) {
    ami_error *error = NULL;
    seen all = {0}, some = {0}, none = {0};
    ami_subscription *events = NULL, *only_sms = NULL, *refused = (ami_subscription *)&error;
    begin("dongle");
    OK(ami_gateway_subscribe(gateway, NULL, on_event, &all, on_seen_drop, &events, &error));
    OK(ami_gateway_subscribe_sms(gateway, on_sms, &some, on_seen_drop, &only_sms, &error));
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
          ami_gateway_subscribe(gateway, "a,,b", on_event, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_subscribe(NULL, NULL, on_event, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_subscribe(gateway, NULL, on_event, &none, on_seen_drop, NULL, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_subscribe_sms(gateway, NULL, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_subscribe_sms(NULL, on_sms, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_gateway_subscribe_sms(gateway, on_sms, &none, on_seen_drop, NULL, &error));
    clear(&error);

    OK(ami_gateway_close(gateway, NULL, &error));
    CHECK_INT(look(&all.drops), 1);
    FAILS(AMI_E_CLOSED,
          ami_gateway_subscribe(gateway, NULL, on_event, &none, on_seen_drop, &refused, &error));
    clear(&error);
    FAILS(AMI_E_CLOSED, ami_gateway_subscribe_sms(gateway, on_sms, &none, on_seen_drop, &refused, &error));
    clear(&error);
    CHECK_INT(none.drops + none.events + none.sms, 0);
    ami_subscription_free(events);
    end();
    CHECK_INT(all.drops, 1);
    CHECK_INT(some.drops, 1);
}

static void close_inside_a_callback(void) {
    ami_error *error = NULL;
    seen all = {0};
    ami_subscription *events = NULL;
    all.closes = 1;
    begin("openvox");
    OK(ami_gateway_subscribe(gateway, "#sms", on_event, &all, on_seen_drop, &events, &error));
    deliver(1, "10086", "hello", NULL);
    deliver(1, "10086", "no more", NULL);
    CHECK(await(&all.drops, 1, SOON));
    CHECK_INT(look(&all.events), 1);
    CHECK_STR(sent(0, "text"), "from inside");
    OK(ami_gateway_close(gateway, NULL, &error));
    ami_subscription_free(events);
    end();
}

static void an_inbox_outlives_its_gateway(void) {
    char text[201];
    memset(text, 'x', 200);
    text[200] = '\0';
    for (int round = 0; round < 5; round++) {
        begin("openvox");
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

static void menu(const char *code, const char *text, int wants_answer) {
    SIMULATED(ami_simulator_set_ussd(simulator, code, text, wants_answer));
}

static void ussd_codes(void) {
    ami_error *error = NULL;
    begin("openvox");
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
    end();
}

static void a_talk_by_ussd(void) {
    for (size_t at = 0; at < sizeof models / sizeof *models; at++) {
        const char *port = models[at].port;
        ami_error *error = NULL;
        ami_ussd_dialogue *dialogue = NULL;
        begin(models[at].name);
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
        end();
    }
}

static void dialling_can_fail(void) {
    ami_error *error = NULL;
    ami_ussd_dialogue *none = (ami_ussd_dialogue *)&error;
    begin("openvox");
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
    end();
    FAILS(AMI_E_INVALID, ami_ussd_dialogue_answer(NULL, "1", &error));
    clear(&error);
    STATUS(AMI_E_INVALID, ami_ussd_dialogue_end(NULL));
    CHECK(ami_ussd_dialogue_reply(NULL) == NULL);
    CHECK_INT(ami_ussd_dialogue_is_open(NULL), 0);
    ami_ussd_dialogue_free(NULL);
}

/* ---- what is told by port, and what by id ---- */

/* The first one is late, the second never goes: whoever sends it must not be told that it did. */
static void a_port_rests_for_all_gateways_of_the_process(void) {
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
        end();
    }
}

static void an_id_is_that_of_one_sms_at_a_time(void) {
    ami_error *error = NULL;
    begin("yeastar");
    latency(2, 300);
    told seen = {0};
    OK(submit(sms("2", "first", "mine"), &seen, &error));
    FAILS(AMI_E_INVALID, send_it(sms("3", "second", "mine"), NULL, &error));
    CHECK_HAS(ami_error_message(error), "the id mine");
    clear(&error);
    await(&seen.drops, 1, SOON);
    STATUS(AMI_OK, seen.status);
    ami_receipt_unref(seen.receipt);
    OK(send_it(sms("3", "third", "mine"), NULL, &error));
    CHECK_INT(ami_simulator_sent_count(simulator), 2);
    end();
}

/* ---- ports, and everything else ---- */

static void ports_are_shown_as_they_are(void) {
    ami_error *error = NULL;
    for (size_t at = 0; at < sizeof models / sizeof *models; at++) {
        ami_ports *ports = NULL;
        begin(models[at].name);
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
        end();
    }
    ami_ports *ports = NULL;
    begin("openvox");
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
    end();
}

static void power_and_reload(void) {
    ami_error *error = NULL;
    ami_ports *ports = NULL;
    begin("openvox");
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
    end();
    begin("yeastar");
    FAILS(AMI_E_UNSUPPORTED, ami_gateway_power(gateway, "2", AMI_POWER_OFF, &error));
    clear(&error);
    FAILS(AMI_E_UNSUPPORTED, ami_gateway_reload(gateway, "2", &error));
    clear(&error);
    end();
}

static void actions_of_all_kinds(void) {
    ami_error *error = NULL;
    ami_response *response = NULL;
    begin("openvox");
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
    end();
}

static void its_own_session_as_a_client(void) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_subscription *events = NULL, *called = NULL, *none = NULL;
    seen all = {0};
    begin("openvox");
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
    OK(ami_client_subscribe(client, "Thing", on_event, &all, on_seen_drop, &called, &error));
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
    end();
}

/* ---- fork ---- */

static void a_child_forgets_it(void) {
    ami_error *error = NULL;
    ami_subscription *by_callback = NULL, *inbox;
    ami_ussd_dialogue *dialogue = NULL;
    seen all = {0};
    told waiting = {0};
    begin("openvox");
    menu("*100#", "1 balance", 1);
    menu("1", "balance: 10", 0);
    inbox = inbox_of(NULL);
    OK(ami_gateway_subscribe(gateway, NULL, on_event, &all, on_seen_drop, &by_callback, &error));
    OK(ami_gateway_dial(gateway, "1", "*100#", 0, &dialogue, &error));
    latency(2, 500);
    OK(submit(sms("2", "hello", "under-way"), &waiting, &error));
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
        CHILD(ami_gateway_submit(gateway, request, on_done, &waiting, on_drop, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_send_ussd(gateway, "1", "*100#", 0, NULL, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_dial(gateway, "1", "*100#", 0, &second, NULL) == AMI_E_FORKED);
        CHILD(ami_ussd_dialogue_answer(dialogue, "1", NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_ports(gateway, &ports, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_power(gateway, "1", AMI_POWER_OFF, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_reload(gateway, "1", NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_call(gateway, action, 0, NULL, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_open_inbox(gateway, NULL, &other, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_subscribe(gateway, NULL, on_event, &all, NULL, &other, NULL) == AMI_E_FORKED);
        CHILD(ami_gateway_subscribe_sms(gateway, on_sms, &all, NULL, &other, NULL) == AMI_E_FORKED);
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
    end();
}

/* The last of a gateway may be one of its dialogues. */
static void a_child_forgets_a_dialogue(void) {
    ami_error *error = NULL;
    ami_ussd_dialogue *dialogue = NULL;
    begin("openvox");
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
    end();
}

/* A program that becomes a daemon after it has connected frees what it has inherited. Then nobody holds the
 * sessions, those of ports neither, and the gateway learns that they are over. */
static void a_daemon_leaves_no_session_behind(void) {
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
    suite_begin("gateway", argc, argv);
    RUN(every_dialect_is_found_and_sends);
    RUN(a_command_of_the_callers);
    RUN(connecting_can_fail);
    RUN(settings_are_checked);
    RUN(send_text_tells_what_became_of_it);
    RUN(send_without_a_port_goes_by_the_shortest_queue);
    RUN(a_request_that_was_refused_something_is_not_sent);
    RUN(what_is_asked_for_is_sent);
    RUN(receipts_say_what_became_of_it);
    RUN(a_port_sends_in_order_and_its_queue_has_an_end);
    RUN(what_waited_for_too_long_is_not_sent);
    RUN(submit_takes_no_drop_and_no_error);
    RUN(many_threads_at_once);
    RUN(close_says_what_was_not_sent);
    RUN(a_thread_that_waits_learns_of_the_close);
    RUN(free_tells_everyone_too);
    RUN(free_inside_a_completion);
    RUN(a_completion_that_does_not_return);
    RUN(an_sms_comes_in_whole);
    RUN(parts_that_do_not_come_are_missing);
    RUN(reports_ussd_and_what_cannot_be_read);
    RUN(a_gap_is_marked_and_a_lost_link_ends_it);
    RUN(what_comes_in_by_callback);
    RUN(close_inside_a_callback);
    RUN(an_inbox_outlives_its_gateway);
    RUN(ussd_codes);
    RUN(a_talk_by_ussd);
    RUN(dialling_can_fail);
    RUN(a_port_rests_for_all_gateways_of_the_process);
    RUN(an_id_is_that_of_one_sms_at_a_time);
    RUN(ports_are_shown_as_they_are);
    RUN(power_and_reload);
    RUN(actions_of_all_kinds);
    RUN(its_own_session_as_a_client);
    RUN(a_child_forgets_it);
    RUN(a_child_forgets_a_dialogue);
    RUN(a_daemon_leaves_no_session_behind);
    return suite_end();
}
