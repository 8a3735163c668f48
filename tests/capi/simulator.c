/* The simulated gateways as a C program has them: what they are told, what they say to a client of libami's,
 * and what they note. */
#include "simulator.h"
#include "check.h"
#include "child.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SETTINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static ami_simulator *gateway_of(const char *const *settings) {
    ami_simulator *gateway = NULL;
    SIMULATED(ami_simulator_start(settings, &gateway));
    CHECK(ami_simulator_port(gateway) != 0);
    return gateway;
}

static ami_client *client_of(const ami_simulator *gateway) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(ami_simulator_port(gateway));
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    return client;
}

static ami_gateway *connect_to(const ami_simulator *simulator) {
    ami_error *error = NULL;
    ami_gateway *gateway = NULL;
    ami_config *config = loopback(ami_simulator_port(simulator));
    OK(ami_gateway_connect(config, &gateway, &error));
    ami_config_free(config);
    return gateway;
}

/* For so long as no port that is busy is asked again. */
static ami_status send_once(const ami_gateway *gateway, const char *text, const char *id, ami_error **error) {
    ami_sms_request *request = ami_sms_request_new("1", "222", text);
    STATUS(AMI_OK, ami_sms_request_set_timeout_ms(request, 20000));
    STATUS(AMI_OK, ami_sms_request_set_within_ms(request, 500));
    STATUS(AMI_OK, ami_sms_request_set_id(request, id));
    ami_status status = ami_gateway_send(gateway, request, NULL, error);
    ami_sms_request_free(request);
    return status;
}

/* A field of a message that was sent, and of one that was taken. In memory that the next call uses again. */
static const char *sent(const ami_simulator *gateway, size_t index, const char *field) {
    static char buffer[512];
    return SIMULATED(ami_simulator_sent_at(gateway, index, field, buffer, sizeof buffer)) ? buffer : "";
}

static const char *aired(const ami_simulator *gateway, size_t index, const char *field) {
    static char buffer[512];
    return SIMULATED(ami_simulator_aired_at(gateway, index, field, buffer, sizeof buffer)) ? buffer : "";
}

static void simulator_ends_sends_as_scripted(void) {
    ami_simulator *simulator =
        gateway_of(SETTINGS("model=openvox", "numbers=+111,+222", "second_ms=50", "secret=amp111"));
    ami_gateway *gateway = connect_to(simulator);
    ami_error *error = NULL;
    SIMULATED(ami_simulator_set_outcome(simulator, 1, "failed"));
    SIMULATED(ami_simulator_next_outcome(simulator, 1, "busy"));
    SIMULATED(ami_simulator_next_outcome(simulator, 1, "sent"));
    SIMULATED(ami_simulator_set_latency_ms(simulator, 1, 1, 3));
    FAILS(AMI_E_SMS_BUSY, send_once(gateway, "one", "a", &error));
    clear(&error);
    OK(send_once(gateway, "two", "b", &error));
    FAILS(AMI_E_SMS_FAILED, send_once(gateway, "three", "c", &error));
    clear(&error);

    CHECK_INT(ami_simulator_sessions(simulator), 2);
    CHECK_INT(ami_simulator_sent_count(simulator), 3);
    const struct {
        const char *field, *value;
    } fields[] = {
        {"span", "1"},     {"destination", "222"}, {"text", "two"}, {"id", "b"},
        {"sync", "1"},     {"outcome", "sent"},    {"parts", "1"},  {"command", "gsm send sync sms"},
        {"reference", ""}, {"total", ""},          {"flash", "0"},  {"sequence", ""},
        {"report", "1"},   {"validity", "5"},      {"pdu", ""},
    };
    for (size_t at = 0; at < sizeof fields / sizeof *fields; at++)
        CHECK_STR(sent(simulator, 1, fields[at].field), fields[at].value);
    CHECK_INT(ami_simulator_aired_count(simulator), 1);
    CHECK_STR(aired(simulator, 0, "sms"), "1");
    CHECK_STR(aired(simulator, 0, "text"), "two");
    CHECK_STR(aired(simulator, 0, "arrived"), "2");

    char small[3];
    STATUS(AMI_E_INVALID, ami_simulator_sent_at(simulator, 1, "text", small, sizeof small));
    CHECK_HAS(ami_simulator_error(), "4 bytes");
    STATUS(AMI_E_INVALID, ami_simulator_sent_at(simulator, 3, "text", small, sizeof small));
    STATUS(AMI_E_INVALID, ami_simulator_aired_at(simulator, 0, "colour", small, sizeof small));
    ami_gateway_free(gateway);
    ami_simulator_free(simulator);
}

static void on_event(const ami_event *event, void *data) {
    (void)event;
    bump(data);
}

static void simulator_tells_what_comes_in(void) {
    ami_simulator *gateway = gateway_of(SETTINGS("model=dongle", "asterisk=1.8", "spans=2", "seed=7"));
    ami_client *client = client_of(gateway);
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    int events = 0;
    size_t told = 9;
    OK(ami_client_subscribe(client,
                            "DongleNewSMS,DongleNewSMSBase64,DongleNewCUSD,DongleNewUSSD,DongleNewUSSDBase64,"
                            "DongleReport,DongleStatus",
                            on_event, &events, NULL, &subscription, &error));
    SIMULATED(ami_simulator_deliver_sms(gateway, 1, "Bank", "hello", NULL, &told));
    CHECK_INT(told, 1);
    CHECK(await(&events, 2, SOON));
    SIMULATED(ami_simulator_deliver_sms(
        gateway, 2, "1", "hi",
        SETTINGS("time=2014/09/11 09:36:47", "parts=1,1", "coding=ucs-2", "flash=1", "base64_first=1"),
        NULL));
    CHECK(await(&events, 6, SOON));
    SIMULATED(ami_simulator_deliver_ussd(gateway, 1, "Balance 10", 0, &told));
    CHECK(await(&events, 9, SOON));
    SIMULATED(ami_simulator_deliver_report(gateway, 1, "order 7", 1, &told));
    CHECK(await(&events, 10, SOON));
    const char frame[] = "Event: DongleStatus\r\nStatus: Free\r\n\r\n";
    SIMULATED(ami_simulator_emit(gateway, "call", frame, strlen(frame), &told));
    CHECK_INT(told, 1);
    CHECK(await(&events, 11, SOON));
    SIMULATED(ami_simulator_deliver_sms(gateway, 3, "1", "no such span", NULL, &told));
    CHECK_INT(told, 0);
    SIMULATED(ami_simulator_disconnect_all(gateway));
    ami_subscription_free(subscription);
    ami_client_free(client);
    ami_simulator_free(gateway);
}

static void simulator_answers_ussd_and_takes_power_away(void) {
    ami_simulator *simulator = gateway_of(NULL);
    ami_gateway *gateway = connect_to(simulator);
    ami_error *error = NULL;
    ami_ussd_reply *reply = NULL;
    SIMULATED(ami_simulator_set_ussd(simulator, "*100#", "1 Balance", 1));
    OK(ami_gateway_send_ussd(gateway, "1", "*100#", 20000, &reply, &error));
    CHECK_STR(ami_ussd_reply_text(reply, NULL), "1 Balance");
    CHECK_INT(ami_ussd_reply_wants_answer(reply), 1);
    ami_ussd_reply_unref(reply);
    SIMULATED(ami_simulator_set_power(simulator, 1, 0));
    FAILS(AMI_E_USSD, ami_gateway_send_ussd(gateway, "1", "*100#", 20000, &reply, &error));
    clear(&error);
    STATUS(AMI_E_INVALID, ami_simulator_set_power(simulator, 9, 0));
    ami_gateway_free(gateway);
    /* The second time it does nothing; what it notes stays. */
    ami_simulator_stop(simulator);
    ami_simulator_stop(simulator);
    CHECK_INT(ami_simulator_sessions(simulator), 0);
    CHECK_INT(ami_simulator_sent_count(simulator), 0);
    ami_simulator_free(simulator);
}

static ami_status log_in(const ami_simulator *gateway, ami_client **client, ami_error **error) {
    ami_config *config = loopback(ami_simulator_port(gateway));
    ami_status status = ami_client_connect(config, client, error);
    ami_config_free(config);
    return status;
}

static void simulator_lets_in_as_manager_conf_does(void) {
    ami_error *error = NULL;
    ami_client *first = NULL, *second = NULL;
    ami_simulator *gateway =
        gateway_of(SETTINGS("allow_multiple_login=0", "login_failure_delay_ms=300", "auth_timeout_ms=20000"));
    OK(log_in(gateway, &first, &error));
    uint64_t before = now_ms();
    FAILS(AMI_E_DISCONNECTED, log_in(gateway, &second, &error));
    CHECK(now_ms() - before >= 300);
    CHECK_HAS(ami_error_message(error), "allowmultiplelogin=no");
    clear(&error);
    ami_client_free(first);
    ami_simulator_free(gateway);
    gateway = gateway_of(SETTINGS("auth_limit=0"));
    FAILS(AMI_E_DISCONNECTED, log_in(gateway, &second, &error));
    CHECK_HAS(ami_error_message(error), "authlimit");
    clear(&error);
    ami_simulator_free(gateway);
}

static void simulator_refuses_what_there_is_not(void) {
    const char *wrong[] = {
        "model=nokia",
        "asterisk=2",
        "port=70000",
        "spans=-1",
        "spans=0",
        "numbers",
        "colour=blue",
        "second_ms=x",
        "bg111=yes",
        "yeastar_gsm_port=2",
        "allow_multiple_login=yes",
        "auth_limit=-1",
        "auth_timeout_ms=1.5",
        "login_failure_delay_ms=",
    };
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        ami_simulator *none = (ami_simulator *)&none;
        STATUS(AMI_E_INVALID, ami_simulator_start(SETTINGS(wrong[at]), &none));
        CHECK(none == NULL);
    }
    ami_simulator *gateway = gateway_of(SETTINGS("model=yeastar"));
    char port[32];
    snprintf(port, sizeof port, "port=%u", (unsigned)ami_simulator_port(gateway));
    ami_simulator *second = NULL;
    STATUS(AMI_E_IO, ami_simulator_start(SETTINGS(port), &second));
    STATUS(AMI_E_INVALID, ami_simulator_set_outcome(gateway, 2, "lost?"));
    CHECK_HAS(ami_simulator_error(), "timeout");
    STATUS(AMI_E_INVALID, ami_simulator_deliver_sms(gateway, 2, "1", "x", SETTINGS("parts=a"), NULL));
    STATUS(AMI_E_INVALID, ami_simulator_deliver_sms(gateway, 2, "1", "\xff", NULL, NULL));
    STATUS(AMI_E_INVALID, ami_simulator_deliver_sms(NULL, 2, "1", "x", NULL, NULL));
    STATUS(AMI_E_INVALID, ami_simulator_set_ussd(gateway, NULL, "x", 0));
    ami_simulator_free(gateway);
    CHECK_INT(ami_simulator_port(NULL), 0);
    CHECK_INT(ami_simulator_sessions(NULL), 0);
    CHECK_INT(ami_simulator_sent_count(NULL), 0);
    CHECK_INT(ami_simulator_aired_count(NULL), 0);
    ami_simulator_stop(NULL);
    ami_simulator_free(NULL);
}

static void *refused(void *data) {
    CHECK_STR(ami_simulator_error(), "");
    STATUS(AMI_E_INVALID, ami_simulator_start(SETTINGS("colour=blue"), data));
    CHECK_HAS(ami_simulator_error(), "colour");
    return NULL;
}

static void failure_text_belongs_to_its_thread(void) {
    ami_simulator *gateway = NULL;
    STATUS(AMI_E_INVALID, ami_simulator_start(SETTINGS("spans=x"), &gateway));
    join(start(refused, &gateway));
    CHECK_HAS(ami_simulator_error(), "spans");
    /* It stays when a call succeeds. */
    gateway = gateway_of(NULL);
    CHECK_HAS(ami_simulator_error(), "spans");
    ami_simulator_free(gateway);
}

static void child_forgets_the_simulator(void) {
    ami_simulator *gateway = gateway_of(NULL);
    pid_t child = fork();
    if (child == 0) {
        CHILD(ami_simulator_port(gateway) == 0);
        CHILD(ami_simulator_set_outcome(gateway, 1, "sent") == AMI_E_FORKED);
        ami_simulator_stop(gateway);
        ami_simulator_free(gateway);
        child_end(child_faults);
    }
    CHECK(ends_well(child, SOON));
    ami_simulator_free(gateway);
}

int main(int argc, char **argv) {
    suite_begin("simulator", argc, argv);
    RUN(simulator_ends_sends_as_scripted);
    RUN(simulator_tells_what_comes_in);
    RUN(simulator_answers_ussd_and_takes_power_away);
    RUN(simulator_lets_in_as_manager_conf_does);
    RUN(simulator_refuses_what_there_is_not);
    RUN(failure_text_belongs_to_its_thread);
    RUN(child_forgets_the_simulator);
    return suite_end();
}
