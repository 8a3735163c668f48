/* Says how many calls there are, and from then on how each one ends: hangups HOST PORT USER SECRET */
#include <ami.h>
#include <ami_names.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names of ami_names.h let the compiler find a misspelt one. */
static void show(const ami_event *hangup) {
    int64_t cause = 0;
    /* AMI_E_ABSENT if the server did not say it, AMI_E_FORMAT if it is no number. */
    ami_status status = ami_event_get_int(hangup, AMI_HEADER_CAUSE, &cause);
    const char *text = ami_event_get(hangup, AMI_HEADER_CAUSE_TXT, NULL);
    printf("%s", ami_event_get(hangup, AMI_HEADER_CHANNEL, NULL));
    if (status == AMI_OK && text != NULL)
        printf(" %" PRId64 " %s", cause, text);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 5 || argv[2][strspn(argv[2], "0123456789")] != '\0')
        return fprintf(stderr, "usage: %s HOST PORT USER SECRET\n", argv[0]), 2;
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]), ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]), ami_config_set_secret(config, argv[4]);

    static const char *const ways[] = {"criteria", "expressions", "client"};
    int32_t how = 0;
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_response *figures = NULL;
    ami_subscription *hangups = NULL;
    ami_action *status = ami_action_new(AMI_ACTION_CORE_STATUS);
    ami_filter *wanted = ami_filter_new();
    ami_filter_include(wanted, AMI_EVENT_NAME_HANGUP, NULL, AMI_MATCH_EQUALS, NULL);

    /* The last step has the server send no other events to this session. */
    if (ami_client_connect(config, &client, &error) == AMI_OK &&
        ami_client_call(client, status, AMI_TIMEOUT_DEFAULT, &figures, &error) == AMI_OK &&
        ami_client_open_events(client, AMI_EVENT_NAME_HANGUP, &hangups, &error) == AMI_OK &&
        ami_client_filter_events(client, wanted, &how, &error) == AMI_OK) {
        printf("calls: %s\nfiltered by %s\n", ami_response_get(figures, "CoreCurrentCalls", NULL), ways[how]);
        fflush(stdout);
        for (ami_event *event; ami_subscription_next(hangups, AMI_WAIT_FOREVER, &event, &error) == AMI_OK;) {
            show(event);
            ami_event_unref(event);
        }
    }
    fprintf(stderr, "%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));
    ami_error_free(error), ami_response_unref(figures), ami_subscription_free(hangups);
    ami_action_free(status), ami_filter_free(wanted), ami_client_free(client), ami_config_free(config);
    return 1;
}
