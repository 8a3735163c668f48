/* A program of a past release: compiled with that release's header, and run with the library of today. Beside
 * it a table of all functions of that release is linked in: baseline HOST PORT */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int talks(ami_client *client) {
    ami_error *error = NULL;
    ami_subscription *events = NULL;
    ami_response *response = NULL;
    ami_event *event = NULL;
    ami_action *action = ami_action_new("UserEvent");
    ami_action_add(action, "UserEvent", "Baseline");
    ami_action_add(action, "Text", "of a past release");
    int good = ami_client_open_events(client, "UserEvent", &events, &error) == AMI_OK &&
               ami_client_open(client, &error) == AMI_OK && ami_client_ping(client, NULL, &error) == AMI_OK &&
               ami_client_call(client, action, 10000, &response, &error) == AMI_OK &&
               strcmp(ami_response_get(response, "Response", NULL), "Success") == 0;
    /* Others may send user events too. */
    while (good && ami_subscription_next(events, 10000, &event, &error) == AMI_OK) {
        const char *text = ami_event_get(event, "Text", NULL);
        int ours = text != NULL && strcmp(text, "of a past release") == 0;
        ami_event_unref(event);
        if (ours)
            break;
    }
    if (error != NULL)
        printf("%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));
    good = good && error == NULL;
    ami_error_free(error);
    ami_action_free(action);
    ami_response_unref(response);
    ami_subscription_free(events);
    return good && ami_client_close(client, NULL) == AMI_OK;
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    ami_config *config = ami_config_new();
    ami_client *client = NULL;
    ami_config_set_host(config, argv[1]);
    ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, "admin");
    ami_config_set_secret(config, "amp111");
    int good = ami_client_new(config, &client, NULL) == AMI_OK && talks(client) &&
               ami_version_number() >= AMI_VERSION_NUMBER;
    ami_client_free(client);
    ami_config_free(config);
    printf("%s %d\n", ami_version(), good);
    return good ? 0 : 1;
}
