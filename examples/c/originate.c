/* Calls a phone, connects it to an extension, and says what became of it:
 * originate HOST PORT USER SECRET CHANNEL CONTEXT EXTENSION */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *reason_name(int32_t reason) {
    switch (reason) {
    case AMI_ORIGINATE_ANSWERED:
        return "answered";
    case AMI_ORIGINATE_NO_ANSWER:
        return "no answer";
    case AMI_ORIGINATE_BUSY:
        return "busy";
    case AMI_ORIGINATE_CONGESTION:
        return "congestion";
    default:
        return "failed";
    }
}

int main(int argc, char **argv) {
    if (argc != 8 || argv[2][strspn(argv[2], "0123456789")] != '\0') {
        fprintf(stderr, "usage: %s HOST PORT USER SECRET CHANNEL CONTEXT EXTENSION\n", argv[0]);
        return 2;
    }
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]), ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]), ami_config_set_secret(config, argv[4]);

    ami_action *call = ami_action_new("Originate");
    ami_action_add(call, "Channel", argv[5]);
    ami_action_add(call, "Context", argv[6]);
    ami_action_add(call, "Exten", argv[7]);
    ami_action_add(call, "Priority", "1");
    ami_action_add(call, "Timeout", "20000"); /* ms to let it ring */

    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_event *event = NULL;
    int32_t reason = AMI_ORIGINATE_FAILED;
    if (ami_client_connect(config, &client, &error) == AMI_OK &&
        ami_client_originate(client, call, AMI_TIMEOUT_DEFAULT, &reason, &event, &error) == AMI_OK)
        printf("%s: %s\n", reason_name(reason), ami_event_get(event, "Channel", NULL));
    else
        fprintf(stderr, "%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));
    ami_status status = ami_error_code(error);
    ami_error_free(error), ami_event_unref(event), ami_client_free(client);
    ami_action_free(call), ami_config_free(config);
    return status == AMI_OK && reason == AMI_ORIGINATE_ANSWERED ? 0 : 1;
}
