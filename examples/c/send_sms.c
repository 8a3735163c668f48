/* Sends an SMS and says what became of it: send_sms HOST PORT USER SECRET GSMPORT NUMBER TEXT */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 8 || argv[2][strspn(argv[2], "0123456789")] != '\0') {
        fprintf(stderr, "usage: %s HOST PORT USER SECRET GSMPORT NUMBER TEXT\n", argv[0]);
        return 2;
    }
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]);
    ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]);
    ami_config_set_secret(config, argv[4]);

    ami_error *error = NULL;
    ami_gateway *gateway = NULL;
    ami_receipt *receipt = NULL;
    ami_status status = ami_gateway_connect(config, &gateway, &error);
    if (status == AMI_OK)
        status = ami_gateway_send_text(gateway, argv[5], argv[6], argv[7], 20000, &receipt, &error);
    switch (status) {
    case AMI_OK: /* Some gateways only take an SMS, and do not say what became of it. */
        printf("%s: %s\n", ami_receipt_outcome(receipt) == AMI_SMS_SENT ? "sent" : "queued",
               ami_receipt_words(receipt, NULL));
        break;
    case AMI_E_OUTCOME_UNKNOWN: /* It may still go out, so a program must not just send it again. */
        printf("unknown: %s\n", ami_error_message(error));
        break;
    default:
        fprintf(stderr, "%s: %s\n", ami_status_name(status), ami_error_message(error));
    }
    ami_error_free(error);
    ami_receipt_unref(receipt);
    ami_gateway_free(gateway);
    ami_config_free(config);
    return status == AMI_OK ? 0 : 1;
}
