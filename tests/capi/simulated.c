#include "simulated.h"

#include <stdio.h>

const model models[7] = {
    {"openvox", "2", "2", 3},        {"openvox-firmware", "2", "2", 3}, {"openvox-2013", "2", "2", 3},
    {"allo", "2", "2", 3},           {"yeastar", "2", "2", 2},          {"dongle", "dongle1", "2", 3},
    {"quectel", "quectel1", "2", 3},
};

ami_simulator *simulate(const char *model, const char *more) {
    ami_simulator *made = NULL;
    char setting[64];
    snprintf(setting, sizeof setting, "model=%s", model);
    SIMULATED(ami_simulator_start(LIST(setting, "second_ms=50", more), &made));
    return made;
}

ami_config *config_of(const ami_simulator *simulator) {
    ami_config *config = loopback(ami_simulator_port(simulator));
    /* The shortest there is. */
    STATUS(AMI_OK, ami_config_set_port_rest_ms(config, 100));
    return config;
}

ami_gateway *connect_by(ami_config *config) {
    ami_error *error = NULL;
    ami_gateway *made = NULL;
    OK(ami_gateway_connect(config, &made, &error));
    ami_config_free(config);
    return made;
}

ami_simulator *simulator;
ami_gateway *gateway;

void begin_gateway(const char *model) {
    simulator = simulate(model, NULL);
    gateway = connect_by(config_of(simulator));
}

void end_gateway(void) {
    ami_gateway_free(gateway);
    ami_simulator_free(simulator);
    gateway = NULL;
    simulator = NULL;
}

const char *sent(size_t index, const char *field) {
    static char buffer[2048];
    return SIMULATED(ami_simulator_sent_at(simulator, index, field, buffer, sizeof buffer)) ? buffer : "";
}

int await_sent(size_t count) {
    for (uint64_t until = now_ms() + SOON; ami_simulator_sent_count(simulator) < count && now_ms() < until;)
        linger(1);
    return CHECK(ami_simulator_sent_count(simulator) >= count);
}

void outcome(const char *what) {
    SIMULATED(ami_simulator_next_outcome(simulator, 1, what));
}

void latency(uint32_t span, uint32_t ms) {
    SIMULATED(ami_simulator_set_latency_ms(simulator, span, ms, ms));
}

ami_status send_it(ami_sms_request *request, ami_receipt **receipt, ami_error **error) {
    ami_status status = ami_gateway_send(gateway, request, receipt, error);
    ami_sms_request_free(request);
    return status;
}

ami_sms_request *sms(const char *port, const char *text, const char *id) {
    ami_sms_request *request = ami_sms_request_new(port, TO, text);
    STATUS(AMI_OK, ami_sms_request_set_timeout_ms(request, 60000));
    if (id)
        STATUS(AMI_OK, ami_sms_request_set_id(request, id));
    return request;
}

int calls;

void on_told_drop(void *data) {
    told *seen = data;
    CHECK_INT(look(&seen->calls), 1);
    bump(&seen->drops);
}

void on_told(ami_status status, const ami_receipt *receipt, const ami_error *error, void *data) {
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

ami_status submit_it(ami_sms_request *request, told *seen, ami_error **error) {
    ami_status status = ami_gateway_submit(gateway, request, on_told, seen, on_told_drop, error);
    ami_sms_request_free(request);
    return status;
}

void check_told(told *seen, ami_status status, int32_t outcome, const char *id) {
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

void on_seen_event(const ami_event *event, void *data) {
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

void on_seen_sms(const ami_sms *sms, void *data) {
    seen *all = data;
    CHECK(ami_sms_text(sms, NULL) != NULL);
    bump(&all->sms);
}

void on_seen_drop(void *data) {
    bump(&((seen *)data)->drops);
}

void deliver(uint32_t span, const char *sender, const char *text, const char *const *settings) {
    SIMULATED(ami_simulator_deliver_sms(simulator, span, sender, text, settings, NULL));
}

ami_subscription *inbox_of(const char *names) {
    ami_error *error = NULL;
    ami_subscription *inbox = NULL;
    OK(ami_gateway_open_inbox(gateway, names, &inbox, &error));
    return inbox;
}

ami_event *next(ami_subscription *inbox, const char *name) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    OK(ami_subscription_next(inbox, SOON, &event, &error));
    CHECK_STR(event ? ami_event_name(event) : "nothing", name);
    return event;
}

void no_more(ami_subscription *inbox, ami_status end) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    FAILS(end, ami_subscription_next(inbox, SOON, &event, &error));
    CHECK(event == NULL);
    clear(&error);
    ami_subscription_free(inbox);
}

void menu(const char *code, const char *text, int wants_answer) {
    SIMULATED(ami_simulator_set_ussd(simulator, code, text, wants_answer));
}
