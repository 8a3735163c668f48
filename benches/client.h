/* What the programs have in common that measure libami by its C interface. */
#include "report.h"
#include <ami.h>

static inline void check(ami_status status, ami_error *error) {
    if (status != AMI_OK) {
        fprintf(stderr, "%s\n", ami_error_message(error));
        exit(1);
    }
}

static inline ami_config *config_for(const char *port) {
    ami_config *config = ami_config_new();
    ami_config_set_host(config, "127.0.0.1");
    ami_config_set_port(config, (uint16_t)atoi(port));
    ami_config_set_username(config, "bench");
    ami_config_set_secret(config, "bench");
    ami_config_set_action_timeout_ms(config, 60000);
    const char *authority = getenv("BENCH_TLS");
    if (authority) {
        ami_config_set_tls(config, 1);
        ami_config_set_tls_ca_file(config, authority);
    }
    return config;
}

static inline ami_client *connect_to(const ami_config *config) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    check(ami_client_connect(config, &client, &error), error);
    return client;
}

/* Sends an action with one header or two; waits for the answer. */
static inline void ask(const ami_client *client, const char *name, const char *header, const char *value,
                       const char *other, const char *other_value) {
    ami_error *error = NULL;
    ami_action *action = ami_action_new(name);
    ami_action_add(action, header, value);
    if (other)
        ami_action_add(action, other, other_value);
    check(ami_client_call(client, action, 0, NULL, &error), error);
    ami_action_free(action);
}
