/* Originates a call without waiting, and says what became of it:
 * loop_originate HOST PORT USER SECRET CHANNEL CONTEXT EXTENSION */
#include <ami.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All functions run on the thread of the loop, so nothing needs a lock. */
static ami_client *client;
static ami_action *call;
static int over, result = 1;

static void on_answer(ami_status status, const ami_response *answer, const ami_error *error, void *data) {
    (void)answer, (void)data;
    puts(status == AMI_OK ? "accepted" : ami_error_message(error));
    over |= status != AMI_OK;
}

static void on_event(const ami_event *event, void *data) {
    const char *state = ami_event_get(event, "State", NULL), *id = ami_event_get(event, "ActionID", NULL);
    (void)data;
    if (state != NULL && strcmp(state, "open") == 0)
        ami_client_submit(client, call, AMI_TIMEOUT_DEFAULT, on_answer, NULL, NULL, NULL);
    if (state != NULL && strcmp(state, "closed") == 0)
        over = printf("closed %s\n", ami_event_get(event, "Cause", NULL));
    if (id == NULL || strcmp(id, "call-1") != 0) /* Others originate calls too. */
        return;
    const char *outcome = ami_event_get(event, "Response", NULL); /* Its Reason is one of AMI_ORIGINATE_... */
    result = outcome == NULL || strcmp(outcome, "Success") != 0;
    over = printf("call %s\n", result == 0 ? "answered" : "failed");
}

int main(int argc, char **argv) {
    if (argc != 8 || argv[2][strspn(argv[2], "0123456789")] != '\0') {
        fprintf(stderr, "usage: %s HOST PORT USER SECRET CHANNEL CONTEXT EXTENSION\n", argv[0]);
        return 2;
    }
    call = ami_action_new("Originate");
    ami_action_add(call, "Channel", argv[5]), ami_action_add(call, "Context", argv[6]);
    ami_action_add(call, "Exten", argv[7]), ami_action_add(call, "Priority", "1");
    ami_action_add(call, "Async", "true"), ami_action_add(call, "ActionID", "call-1");
    ami_executor *executor = ami_executor_new(NULL);
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]), ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]), ami_config_set_secret(config, argv[4]);
    ami_config_set_executor(config, executor);
    ami_subscription *events = NULL;
    struct pollfd watch = {.fd = ami_executor_fd(executor), .events = POLLIN};
    if (ami_client_new(config, &client, NULL) == AMI_OK &&
        ami_client_subscribe(client, "#state,OriginateResponse", on_event, NULL, NULL, &events, NULL) ==
            AMI_OK &&
        ami_client_start(client, NULL) == AMI_OK)
        while (!over && poll(&watch, 1, -1) == 1)
            ami_executor_run(executor, 0);
    ami_subscription_free(events), ami_client_free(client), ami_executor_free(executor);
    ami_config_free(config), ami_action_free(call);
    return result;
}
