/* Asks the callers of AGI(agi:async) for a digit, and sets CHOICE to it: async_agi HOST PORT USER SECRET */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A step's number is the CommandID of its command and comes back with the result: no call need be remembered.
 */
static const char *const STEPS[] = {"ANSWER", "STREAM FILE beep \"\"", "WAIT FOR DIGIT 5000",
                                    "SET VARIABLE CHOICE", "ASYNCAGI BREAK"};
enum { ASK = 2, LEAVE = 4 };

/* Queues a command for the call that an event tells of, by the name that the channel has now. */
static void run(const ami_client *client, const ami_event *event, int step, char digit) {
    char command[40], id[20];
    const char *channel = ami_event_get(event, "Channel", NULL);
    snprintf(command, sizeof command, "%s %c", STEPS[step], digit);
    snprintf(id, sizeof id, "menu-%d", step);
    ami_action *action = ami_action_new("AGI");
    ami_action_add(action, "Channel", channel);
    ami_action_add(action, "Command", command), ami_action_add(action, "CommandID", id);
    ami_status status = ami_client_call(client, action, AMI_TIMEOUT_DEFAULT, NULL, NULL);
    printf("%s: %s%s\n", channel, command, status == AMI_OK ? "" : ": the call is gone");
    ami_action_free(action);
}

static void on_event(const ami_client *client, const ami_event *event) {
    const char *id = ami_event_get(event, "CommandID", NULL), *result = ami_event_get(event, "Result", NULL);
    int step = -1, digit = 0;
    if (strcmp(ami_event_name(event), "AsyncAGIEnd") == 0)
        printf("%s: over\n", ami_event_get(event, "Channel", NULL));
    else if (id != NULL && sscanf(id, "menu-%d", &step) != 1)
        return; /* another program's command */
    else if (step == ASK && sscanf(result, "200%%20result%%3D%d", &digit) == 1 && digit > 0)
        run(client, event, step + 1, (char)digit);
    else if (step < LEAVE)
        run(client, event, step == ASK ? LEAVE : step + 1, ' ');
}

int main(int argc, char **argv) {
    if (argc != 5 || argv[2][strspn(argv[2], "0123456789")] != '\0')
        return fprintf(stderr, "usage: %s HOST PORT USER SECRET\n", argv[0]), 2;
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]), ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]), ami_config_set_secret(config, argv[4]);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_subscription *calls = NULL;
    if (ami_client_connect(config, &client, &error) == AMI_OK &&
        ami_client_open_events(client, "AsyncAGIStart,AsyncAGIExec,AsyncAGIEnd", &calls, &error) == AMI_OK)
        fprintf(stderr, "waiting for calls\n");
    for (ami_event *event; !error && !ami_subscription_next(calls, AMI_WAIT_FOREVER, &event, &error);) {
        on_event(client, event);
        ami_event_unref(event), fflush(stdout);
    }
    fprintf(stderr, "%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));
    ami_error_free(error), ami_subscription_free(calls), ami_client_free(client), ami_config_free(config);
    return 1;
}
