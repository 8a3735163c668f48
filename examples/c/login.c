/* Logs in and says which Asterisk answered: login HOST PORT USER SECRET */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(ami_error *error) {
    fprintf(stderr, "%s: %s\n", ami_status_name(ami_error_code(error)), ami_error_message(error));
    ami_error_free(error);
    return 1;
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

    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_status status = ami_client_connect(config, &client, &error);
    ami_config_free(config);
    if (status != AMI_OK)
        return fail(error);

    ami_action *action = ami_action_new("CoreSettings");
    ami_response *response = NULL;
    status = ami_client_call(client, action, 0, &response, &error);
    ami_action_free(action);
    if (status == AMI_OK)
        printf("logged in: Asterisk %s\n", ami_response_get(response, "AsteriskVersion", NULL));
    ami_response_unref(response);
    ami_client_free(client);
    return status == AMI_OK ? 0 : fail(error);
}
