#include "watch.h"

#include <stdlib.h>

int scale(int rounds) {
    const char *slow = getenv("AMI_TEST_SLOW");
    return slow && *slow ? rounds / 5 : rounds;
}

void on_event(const ami_event *event, void *data) {
    watch *seen = data;
    (void)event;
    if (look(&seen->over) || look(&seen->drops))
        bump(&seen->late);
    bump(&seen->calls);
}

void on_drop(void *data) {
    watch *seen = data;
    if (look(&seen->over))
        bump(&seen->late);
    bump(&seen->drops);
}

void on_done(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    watch *seen = data;
    CHECK((status == AMI_OK) == (response != NULL));
    CHECK((status == AMI_OK) == (error == NULL));
    CHECK_INT(ami_error_code(error), status);
    if (look(&seen->over) || look(&seen->drops))
        bump(&seen->late);
    seen->status = status;
    bump(status == AMI_OK ? &seen->ok : &seen->refused);
    bump(&seen->calls);
}

void subscribe(ami_client *client, const char *names, ami_event_fn on, watch *seen) {
    ami_error *error = NULL;
    OK(ami_client_subscribe(client, names, on, seen, on_drop, &seen->subscription, &error));
}

ami_status submit(const ami_client *client, ami_action *action, watch *seen, ami_error **error) {
    ami_status status = ami_client_submit(client, action, 0, on_done, seen, on_drop, error);
    ami_action_free(action);
    return status;
}

void burst(const ami_client *client, const char *count) {
    ami_error *error = NULL;
    OK(call(client, ACTION("Burst", "Count", count, "First", "0"), NULL, &error));
}

void block(const ami_event *event, void *data) {
    watch *seen = data;
    bump(&seen->entered);
    await(&seen->leave, 1, 2 * SOON);
    on_event(event, data);
}
