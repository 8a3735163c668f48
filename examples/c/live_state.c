/* Keeps the list of channels, also after a lost connection: live_state HOST PORT USER SECRET */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char channels[5000][40]; /* their Uniqueids, as names may change */
static size_t count;

/* Takes what an event, or an entry of the list, tells of a channel. */
static void apply(const ami_event *event) {
    const char *id = ami_event_get(event, "Uniqueid", NULL);
    int is_gone = strcmp(ami_event_name(event), "Hangup") == 0;
    size_t at = 0;
    while (at < count && strcmp(channels[at], id) != 0)
        at++;
    if (is_gone && at < count)
        memmove(channels[at], channels[--count], sizeof *channels);
    else if (!is_gone && at == count && count < sizeof channels / sizeof *channels)
        snprintf(channels[count++], sizeof *channels, "%s", id);
    printf("channel %s is %s\n", id, is_gone ? "gone" : ami_event_get(event, "Channel", NULL));
}

/* Lists all, as events are missing. If the connection is lost again meanwhile, another gap comes. */
static void rebuild(const ami_client *client) {
    ami_response *list = NULL;
    ami_action *action = ami_action_new("CoreShowChannels");
    ami_status status = AMI_E_TIMEOUT;
    while (status == AMI_E_TIMEOUT || status == AMI_E_OUTCOME_UNKNOWN) /* to ask twice does no harm */
        status = ami_client_call(client, action, AMI_TIMEOUT_DEFAULT, &list, NULL);
    count = 0;
    for (size_t i = 0; list != NULL && i < ami_response_event_count(list); i++)
        apply(ami_response_event_at(list, i));
    printf("%s: %zu channels\n", list != NULL ? "complete" : "not complete", count);
    fflush(stdout), ami_action_free(action), ami_response_unref(list);
}

int main(int argc, char **argv) {
    if (argc != 5 || argv[2][strspn(argv[2], "0123456789")] != '\0')
        return fprintf(stderr, "usage: %s HOST PORT USER SECRET\n", argv[0]), 2;
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]), ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]), ami_config_set_secret(config, argv[4]);
    ami_config_set_reconnect(config, 1000, 60000);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_subscription *events = NULL;
    /* Subscribed before it asks: what happens meanwhile waits in the queue, and is applied to the list. */
    if (ami_client_connect(config, &client, &error) == AMI_OK &&
        ami_client_open_events(client, "Newchannel,Newstate,Hangup,#gap,#lagged", &events, &error) == AMI_OK)
        rebuild(client);
    for (ami_event *event; !error && !ami_subscription_next(events, AMI_WAIT_FOREVER, &event, &error);) {
        ami_event_kind(event) == AMI_EVENT_SERVER ? apply(event) : rebuild(client);
        ami_event_unref(event), fflush(stdout);
    }
    fprintf(stderr, "%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));
    ami_error_free(error), ami_subscription_free(events), ami_client_free(client), ami_config_free(config);
    return 1;
}
