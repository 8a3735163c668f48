/* Logs in through TLS, to a server whose certificate an authority of a file has signed: tls HOST PORT USER
 * SECRET CA-FILE */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 6 || argv[2][strspn(argv[2], "0123456789")] != '\0') {
        fprintf(stderr, "usage: %s HOST PORT USER SECRET CA-FILE\n", argv[0]);
        return 2;
    }
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]); /* the certificate must be for this name */
    ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]);
    ami_config_set_secret(config, argv[4]);
    ami_config_set_tls_ca_file(config,
                               argv[5]); /* or ami_config_set_tls(config, 1): the system's authorities */

    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_status status = ami_client_connect(config, &client, &error);
    if (status == AMI_OK)
        puts("logged in through TLS");
    else
        fprintf(stderr, "%s: %s\n", ami_status_name(status), ami_error_message(error));
    ami_error_free(error);
    ami_client_free(client);
    ami_config_free(config);
    return status == AMI_OK ? 0 : 1;
}
