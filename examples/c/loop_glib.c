/* Prints calls that end, in a loop of GLib, until the connection is lost: loop_glib HOST PORT USER SECRET */
#include <ami.h>
#include <ami/adapters/glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs on the thread of the loop, as all of this program does. */
static void on_event(const ami_event *event, void *loop) {
    const char *state = ami_event_get(event, "State", NULL);
    const char *more = ami_event_get(event, state != NULL ? "Cause" : "Channel", NULL);
    printf("%s %s\n", state != NULL ? state : ami_event_name(event), more != NULL ? more : "");
    fflush(stdout);
    if (state != NULL && strcmp(state, "closed") == 0) /* It could not connect, or the connection is lost. */
        g_main_loop_quit((GMainLoop *)loop);
}

int main(int argc, char **argv) {
    if (argc != 5 || argv[2][strspn(argv[2], "0123456789")] != '\0') {
        fprintf(stderr, "usage: %s HOST PORT USER SECRET\n", argv[0]);
        return 2;
    }
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_subscription *calls = NULL;
    ami_executor *executor = ami_executor_new(NULL);
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]);
    ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]);
    ami_config_set_secret(config, argv[4]);
    ami_config_set_executor(config, executor);

    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    guint watch = ami_glib_watch(executor);
    if (ami_client_new(config, &client, &error) == AMI_OK &&
        ami_client_subscribe(client, "#state,Hangup", on_event, loop, NULL, &calls, &error) == AMI_OK &&
        ami_client_start(client, &error) == AMI_OK)
        g_main_loop_run(loop);
    else
        fprintf(stderr, "%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));

    ami_subscription_free(calls);
    ami_client_free(client);
    g_source_remove(watch);
    g_main_loop_unref(loop);
    ami_executor_free(executor);
    ami_config_free(config);
    ami_error_free(error);
    return 1;
}
