/* A program that used to write to the socket itself, with its functions and their order: log in, send an SMS,
 * read one. legacy HOST PORT USER SECRET PORT-OF-THE-GATEWAY NUMBER TEXT. docs/legacy.md has the lines that
 * change. */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed(ami_error *error) {
    fprintf(stderr, "%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));
    ami_error_free(error);
    return 1;
}

/* [login] */
static int login_fun(ami_gateway **gateway, char **words) {
    ami_config *config = ami_config_new();
    ami_config_set_host(config, words[0]);
    ami_config_set_port(config, (uint16_t)atoi(words[1]));
    ami_config_set_username(config, words[2]);
    ami_config_set_secret(config, words[3]);
    ami_error *error = NULL;
    ami_status status = ami_gateway_connect(config, gateway, &error);
    ami_config_free(config);
    return status == AMI_OK ? 0 : failed(error);
}
/* [/login] */

/* [send] */
static int sendsms_fun(ami_gateway *gateway, const char *port, const char *number, const char *text) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    if (ami_gateway_send_text(gateway, port, number, text, AMI_TIMEOUT_DEFAULT, &receipt, &error) != AMI_OK)
        return failed(error);
    puts(ami_receipt_outcome(receipt) == AMI_SMS_SENT ? "sent" : "queued");
    ami_receipt_unref(receipt);
    return 0;
}
/* [/send] */

/* [read] */
static int readsms_fun(ami_subscription *inbox) {
    ami_event *event = NULL;
    ami_error *error = NULL;
    if (ami_subscription_next(inbox, 60000, &event, &error) != AMI_OK)
        return failed(error);
    printf("from %s: %s\n", ami_event_get(event, "Sender", NULL), ami_event_get(event, "Text", NULL));
    ami_event_unref(event);
    return 0;
}
/* [/read] */

int main(int argc, char **argv) {
    if (argc != 8 || argv[2][strspn(argv[2], "0123456789")] != '\0')
        return fprintf(stderr, "usage: %s HOST PORT USER SECRET GATEWAY-PORT NUMBER TEXT\n", argv[0]), 2;
    /* [main] */
    ami_gateway *gateway = NULL;            /* was: int sock_fd = socket(...) and connect(...) */
    if (login_fun(&gateway, argv + 1) != 0) /* was: login_fun(sock_fd) */
        return 1;
    ami_subscription *inbox = NULL; /* opened before anything is sent, so that no answer is missed */
    ami_gateway_open_inbox(gateway, "#sms", &inbox, NULL);
    int status = sendsms_fun(gateway, argv[5], argv[6], argv[7]) || readsms_fun(inbox);
    ami_subscription_free(inbox);
    ami_gateway_free(gateway); /* was: close(sock_fd) */
    /* [/main] */
    return status;
}
