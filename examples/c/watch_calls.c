/* Prints calls as they begin and end, also after the connection was lost: watch_calls HOST PORT USER SECRET
 */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *value(const ami_event *event, const char *name) {
    const char *text = ami_event_get(event, name, NULL);
    return text != NULL ? text : "?";
}

static void show(const ami_event *event) {
    switch (ami_event_kind(event)) {
    case AMI_EVENT_GAP: /* The connection was lost: events of that time are missing. */
        printf("gap from %s to %s: %s\n", value(event, "From"), value(event, "Until"), value(event, "Cause"));
        break;
    case AMI_EVENT_LAGGED: /* This program was too slow. */
        printf("lost %s events\n", value(event, "Lost"));
        break;
    default:
        printf("%s %s %s\n", ami_event_name(event), value(event, "Channel"), value(event, "Cause-txt"));
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 5 || argv[2][strspn(argv[2], "0123456789")] != '\0') {
        fprintf(stderr, "usage: %s HOST PORT USER SECRET\n", argv[0]);
        return 2;
    }
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]);
    ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]);
    ami_config_set_secret(config, argv[4]);
    ami_config_set_reconnect(config, 1000, 60000); /* after 1 s, then later and later, at most 60 s */

    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_subscription *calls = NULL;
    /* Subscribed before it connects: so no event is missed. */
    if (ami_client_new(config, &client, &error) == AMI_OK &&
        ami_client_open_events(client, "Newchannel,Hangup,#gap,#lagged", &calls, &error) == AMI_OK &&
        ami_client_open(client, &error) == AMI_OK) {
        fprintf(stderr, "watching\n");
        for (ami_event *event; ami_subscription_next(calls, AMI_WAIT_FOREVER, &event, &error) == AMI_OK;) {
            show(event);
            ami_event_unref(event);
        }
    }
    fprintf(stderr, "%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));
    ami_error_free(error);
    ami_subscription_free(calls);
    ami_client_free(client);
    ami_config_free(config);
    return 1;
}
