/* Sends a USSD code and prints the network's reply: send_ussd HOST PORT USER SECRET GSMPORT CODE */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 7 || argv[2][strspn(argv[2], "0123456789")] != '\0') {
        fprintf(stderr, "usage: %s HOST PORT USER SECRET GSMPORT CODE\n", argv[0]);
        return 2;
    }
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]);
    ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]);
    ami_config_set_secret(config, argv[4]);

    ami_error *error = NULL;
    ami_gateway *gateway = NULL;
    ami_ussd_reply *reply = NULL;
    ami_status status = ami_gateway_connect(config, &gateway, &error);
    if (status == AMI_OK)
        status = ami_gateway_send_ussd(gateway, argv[5], argv[6], 30000, &reply, &error);
    if (status == AMI_OK) {
        printf("reply: %s\n", ami_ussd_reply_text(reply, NULL));
        if (ami_ussd_reply_wants_answer(reply))
            printf("the network waits for an answer: send it as another code\n");
    } else {
        fprintf(stderr, "%s: %s\n", ami_status_name(status), ami_error_message(error));
    }
    ami_error_free(error);
    ami_ussd_reply_unref(reply);
    ami_gateway_free(gateway);
    ami_config_free(config);
    return status == AMI_OK ? 0 : 1;
}
