/* Helpers of all tests that use the library. */
#include "check.h"
#include "fake.h"

#include <string.h>

int check_call(ami_status actual, ami_status expected, ami_error **error, const char *file, int line,
               const char *text) {
    const char *message = error ? ami_error_message(*error) : "";
    if (actual != expected) {
        fault(file, line, "%s gave %s, not %s: %s", text, ami_status_name(actual), ami_status_name(expected),
              message);
        if (error && expected == AMI_OK)
            clear(error);
        return 0;
    }
    if (!error)
        return 1;
    if (ami_error_code(*error) != actual)
        return fault(file, line, "%s gave %s, but its error says %s", text, ami_status_name(actual),
                     ami_status_name(ami_error_code(*error)));
    if (actual == AMI_OK && *error)
        return fault(file, line, "%s gave AMI_OK and an error", text);
    if (actual != AMI_OK && strlen(message) < 10)
        return fault(file, line, "%s gave the error text \"%s\"", text, message);
    if (strstr(message, SECRET))
        return fault(file, line, "%s gave an error text with the secret in it", text);
    return 1;
}

int check_nothing(const ami_subscription *subscription, uint32_t ms, const char *file, int line) {
    ami_error *error = NULL;
    ami_event *event = NULL;
    ami_status status = ami_subscription_next(subscription, ms, &event, &error);
    int good = check_call(status, AMI_E_TIMEOUT, &error, file, line, "ami_subscription_next");
    if (event)
        good = fault(file, line, "an event %s came", ami_event_name(event));
    ami_event_unref(event);
    clear(&error);
    return good;
}

void clear(ami_error **error) {
    ami_error_free(*error);
    *error = NULL;
}

ami_action *make_action(const char *const *words) {
    ami_action *action = ami_action_new(words[0]);
    for (const char *const *word = words + 1; word[0] && word[1]; word += 2)
        ami_action_add(action, word[0], word[1]);
    return action;
}

ami_status call(const ami_client *client, ami_action *action, ami_response **response, ami_error **error) {
    ami_status status = ami_client_call(client, action, 0, response, error);
    ami_action_free(action);
    return status;
}

ami_config *loopback(uint16_t port) {
    ami_config *config = ami_config_new();
    ami_config_set_host(config, "127.0.0.1");
    ami_config_set_port(config, port);
    ami_config_set_username(config, "admin");
    ami_config_set_secret(config, SECRET);
    return config;
}

ami_client *fake_client(fake *server) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    /* It has no modem whose results could come late. */
    STATUS(AMI_OK, ami_config_set_port_rest_ms(config, 0));
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    return client;
}
