/* Prints calls that end, in a loop of epoll, until the connection is lost: loop_epoll HOST PORT USER SECRET
 */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Runs on the thread of the loop, as all of this program does. */
static void on_event(const ami_event *event, void *over) {
    const char *state = ami_event_get(event, "State", NULL);
    const char *more = ami_event_get(event, state != NULL ? "Cause" : "Channel", NULL);
    printf("%s %s\n", state != NULL ? state : ami_event_name(event), more != NULL ? more : "");
    fflush(stdout);
    if (state != NULL && strcmp(state, "closed") == 0) /* It could not connect, or the connection is lost. */
        *(int *)over = 1;
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

    int loop = epoll_create1(EPOLL_CLOEXEC), over = 0;
    struct epoll_event watch = {.events = EPOLLIN}, ready;
    epoll_ctl(loop, EPOLL_CTL_ADD, ami_executor_fd(executor), &watch);
    if (ami_client_new(config, &client, &error) == AMI_OK &&
        ami_client_subscribe(client, "#state,Hangup", on_event, &over, NULL, &calls, &error) == AMI_OK &&
        ami_client_start(client, &error) == AMI_OK)
        while (!over && epoll_wait(loop, &ready, 1, -1) == 1)
            ami_executor_run(executor, 0);
    else
        fprintf(stderr, "%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));

    ami_subscription_free(calls);
    ami_client_free(client);
    close(loop);
    ami_executor_free(executor);
    ami_config_free(config);
    ami_error_free(error);
    return 1;
}
