/* Prints SMS as they come in and sends those typed as "PORT NUMBER TEXT": sms_center HOST PORT USER SECRET */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_event(const ami_event *event, void *unused) {
    (void)unused;
    const char *state = ami_event_get(event, "State", NULL);
    if (!state)
        printf("from %s on port %s: %s\n", ami_event_get(event, "Sender", NULL),
               ami_event_get(event, "Port", NULL), ami_event_get(event, "Text", NULL));
    else if (strcmp(state, "closed") == 0)
        printf("no more SMS come: %s\n", ami_event_get(event, "Cause", NULL));
    fflush(stdout);
}

static void send_line(const ami_gateway *gateway, char *line) {
    char port[32], number[32];
    int text = 0;
    ami_error *error = NULL;
    line[strcspn(line, "\n")] = '\0';
    ami_sms_request *request = NULL;
    ami_receipt *receipt = NULL;
    if (sscanf(line, "%31s %31s %n", port, number, &text) == 2 && text > 0)
        request = ami_sms_request_new(port, number, line + text);
    if (!request)
        puts("write: PORT NUMBER TEXT");
    else if (ami_gateway_send(gateway, request, &receipt, &error) == AMI_OK)
        /* Some gateways only take an SMS, and do not say what became of it. */
        printf("%s to %s\n", ami_receipt_outcome(receipt) == AMI_SMS_SENT ? "sent" : "queued", number);
    else
        printf("%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));
    fflush(stdout);
    ami_error_free(error), ami_receipt_unref(receipt), ami_sms_request_free(request);
}

int main(int argc, char **argv) {
    if (argc != 5 || argv[2][strspn(argv[2], "0123456789")] != '\0')
        return fprintf(stderr, "usage: %s HOST PORT USER SECRET\n", argv[0]), 2;
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]), ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]), ami_config_set_secret(config, argv[4]);

    char line[1024];
    ami_error *error = NULL;
    ami_subscription *inbox = NULL;
    ami_gateway *gateway = NULL;
    ami_status status = ami_gateway_connect(config, &gateway, &error);
    if (status == AMI_OK)
        status = ami_gateway_subscribe(gateway, "#sms,#state", on_event, NULL, NULL, &inbox, &error);
    if (status != AMI_OK)
        fprintf(stderr, "%s: %s\n", ami_status_name(status), ami_error_message(error));
    while (status == AMI_OK && fgets(line, sizeof line, stdin))
        send_line(gateway, line);
    ami_error_free(error), ami_subscription_free(inbox);
    ami_gateway_free(gateway), ami_config_free(config);
    return status == AMI_OK ? 0 : 1;
}
