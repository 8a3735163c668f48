/* A configuration that was refused something connects nothing: a link without what was wanted is worse than
 * none. */
#include "check.h"
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each refuses something; what its error has to say. */
static ami_status refuse(ami_config *config, int which, const char **setter, const char **why) {
#define REFUSAL(name, reason, ...)                                                                           \
    if (which-- == 0) {                                                                                      \
        *setter = #name, *why = reason;                                                                      \
        return name(config, __VA_ARGS__);                                                                    \
    }
    REFUSAL(ami_config_set_tls_ca_file, "CA file is NULL", getenv("NO_SUCH_VARIABLE_IS_SET"))
    REFUSAL(ami_config_set_tls_ca_file, "CA file is empty", "")
    REFUSAL(ami_config_set_tls_server_name, "server name is NULL", NULL)
    REFUSAL(ami_config_set_tls_server_name, "server name is empty", "")
    REFUSAL(ami_config_set_tls_client_certificate, "certificate file is NULL", NULL, "key.pem")
    REFUSAL(ami_config_set_tls_client_certificate, "key file is NULL", "chain.pem", NULL)
    REFUSAL(ami_config_set_host, "host is NULL", NULL)
    REFUSAL(ami_config_set_host, "host is empty", "")
    REFUSAL(ami_config_set_port, "no port 0", 0)
    REFUSAL(ami_config_set_username, "user name is NULL", NULL)
    REFUSAL(ami_config_set_secret, "secret is NULL", NULL)
    REFUSAL(ami_config_set_secret, "secret", SECRET "\n")
    REFUSAL(ami_config_set_event_mask, "event mask is empty", "")
    REFUSAL(ami_config_set_connect_timeout_ms, "0 ms", 0)
    REFUSAL(ami_config_set_action_timeout_ms, "must end", UINT32_MAX)
    REFUSAL(ami_config_set_keepalive_ms, "must end", UINT32_MAX)
    REFUSAL(ami_config_set_keepalive_timeout_ms, "0 ms", 0)
    REFUSAL(ami_config_set_reconnect, "must end", 1, UINT32_MAX)
    REFUSAL(ami_config_set_reconnect, "", 0, 1)
    REFUSAL(ami_config_set_event_queue, "no such queue policy", 1, 1, 3)
    REFUSAL(ami_config_set_event_queue, "at least one event", 0, 1, AMI_QUEUE_CLOSE)
    REFUSAL(ami_config_set_limit, "limit", -1, 1)
    REFUSAL(ami_config_set_dialect, "nokia", "nokia")
    REFUSAL(ami_config_set_parts_timeout_ms, "0 ms", 0)
    REFUSAL(ami_config_set_send_queue, "at least one SMS", 0)
    REFUSAL(ami_config_set_port_rest_ms, "must end", UINT32_MAX)
#undef REFUSAL
    *setter = NULL;
    return AMI_OK;
}

/* Whoever would connect with it is told what was refused, and nobody connects. */
static void refused(const ami_config *config, const char *setter, const char *why) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_gateway *gateway = NULL;
    for (int by = 0; by < 3; by++) {
        if (by == 0   ? FAILS(AMI_E_INVALID, ami_client_new(config, &client, &error))
            : by == 1 ? FAILS(AMI_E_INVALID, ami_client_connect(config, &client, &error))
                      : FAILS(AMI_E_INVALID, ami_gateway_connect(config, &gateway, &error))) {
            CHECK_HAS(ami_error_message(error), setter);
            CHECK_HAS(ami_error_message(error), "was refused");
            CHECK_HAS(ami_error_message(error), why);
        }
        clear(&error);
        CHECK(client == NULL && gateway == NULL);
        ami_client_free(client);
        ami_gateway_free(gateway);
        client = NULL, gateway = NULL;
    }
}

static void config_that_refused_something_does_not_connect(void) {
    fake *server = fake_start(NULL);
    const char *setter = "", *why = "";
    int count = -1;
    while (setter) {
        ami_config *config = loopback(fake_port(server));
        ami_status status = refuse(config, ++count, &setter, &why);
        if (setter && CHECK_INT(status, AMI_E_INVALID))
            refused(config, setter, why);
        ami_config_free(config);
    }
    CHECK(count > 20);
    CHECK_INT(look(fake_logins(server)), 0);
    fake_stop(server);
}

static void config_tells_the_first_refusal_until_its_setter_succeeds(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_E_INVALID, ami_config_set_port(config, 0));
    STATUS(AMI_E_INVALID, ami_config_set_host(config, ""));
    STATUS(AMI_E_INVALID, ami_config_set_limit(config, AMI_LIMIT_LINE, 0));
    refused(config, "ami_config_set_port", "no port 0");
    STATUS(AMI_OK, ami_config_set_port(config, fake_port(server)));
    refused(config, "ami_config_set_host", "host is empty");
    STATUS(AMI_OK, ami_config_set_host(config, "127.0.0.1"));
    /* Another limit is another setting. */
    STATUS(AMI_OK, ami_config_set_limit(config, AMI_LIMIT_HEADERS, 1000));
    refused(config, "ami_config_set_limit", "limit");
    STATUS(AMI_OK, ami_config_set_limit(config, AMI_LIMIT_LINE, 100000));
    OK(ami_client_connect(config, &client, &error));
    ami_client_free(client);
    ami_config_free(config);
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("settings", argc, argv);
    RUN(config_that_refused_something_does_not_connect);
    RUN(config_tells_the_first_refusal_until_its_setter_succeeds);
    return suite_end();
}
