/* Sends a text through every port that is up, side by side, and prints the SMS that come in meanwhile:
 * gateway HOST PORT USER SECRET NUMBER TEXT */
#include <ami.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs on a thread of the library's, once for each SMS, however it ends. */
static void on_end(ami_status status, const ami_receipt *receipt, const ami_error *error, void *ended) {
    const char *port = ami_receipt_port(receipt ? receipt : ami_error_receipt(error));
    /* Some gateways only take an SMS, and do not say what became of it. */
    const char *went = ami_receipt_outcome(receipt) == AMI_SMS_SENT ? "sent" : "queued";
    printf("port %s: %s\n", port, status == AMI_OK ? went : ami_error_message(error));
    sem_post(ended);
}

static void send_by_each(ami_gateway *gateway, ami_subscription *inbox, ami_ports *ports, char **words) {
    sem_t ended;
    sem_init(&ended, 0, 0);
    int left = 0;
    for (size_t at = 0; at < ami_ports_count(ports); at++) {
        ami_sms_request *request = ami_sms_request_new(ami_ports_name_at(ports, at), words[0], words[1]);
        if (ami_ports_is_up_at(ports, at))
            left += ami_gateway_submit(gateway, request, on_end, &ended, NULL, NULL) == AMI_OK;
        ami_sms_request_free(request);
    }
    for (ami_event *event = NULL; left > 0;) {
        ami_status came = ami_subscription_next(inbox, 100, &event, NULL);
        if (came == AMI_OK)
            printf("from %s: %s\n", ami_event_get(event, "Sender", NULL), ami_event_get(event, "Text", NULL));
        ami_event_unref(event);
        left -= (came == AMI_OK || came == AMI_E_TIMEOUT ? sem_trywait(&ended) : sem_wait(&ended)) == 0;
    }
}

int main(int argc, char **argv) {
    if (argc != 7 || argv[2][strspn(argv[2], "0123456789")] != '\0')
        return fprintf(stderr, "usage: %s HOST PORT USER SECRET NUMBER TEXT\n", argv[0]), 2;
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]), ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]), ami_config_set_secret(config, argv[4]);

    ami_error *error = NULL;
    ami_gateway *gateway = NULL;
    ami_subscription *inbox = NULL;
    ami_ports *ports = NULL;
    if (ami_gateway_connect(config, &gateway, &error) == AMI_OK &&
        ami_gateway_open_inbox(gateway, "#sms", &inbox, &error) == AMI_OK &&
        ami_gateway_ports(gateway, &ports, &error) == AMI_OK)
        send_by_each(gateway, inbox, ports, argv + 5);
    ami_status status = ami_error_code(error);
    if (status != AMI_OK)
        fprintf(stderr, "%s: %s\n", ami_status_name(status), ami_error_message(error));
    ami_error_free(error), ami_ports_free(ports), ami_subscription_free(inbox);
    ami_gateway_free(gateway), ami_config_free(config);
    return status == AMI_OK ? 0 : 1;
}
