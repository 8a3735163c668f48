/* Walks through a USSD menu; each line that is typed answers it: ussd_menu HOST PORT USER SECRET GSMPORT CODE
 */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show(const ami_ussd_dialogue *dialogue) {
    printf("%s\n", ami_ussd_reply_text(ami_ussd_dialogue_reply(dialogue), NULL));
    fflush(stdout);
}

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

    char line[200];
    ami_error *error = NULL;
    ami_gateway *gateway = NULL;
    ami_ussd_dialogue *dialogue = NULL;
    ami_status status = ami_gateway_connect(config, &gateway, &error);
    if (status == AMI_OK)
        status = ami_gateway_dial(gateway, argv[5], argv[6], 30000, &dialogue, &error);
    if (status == AMI_OK)
        show(dialogue);
    while (status == AMI_OK && ami_ussd_dialogue_is_open(dialogue) && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        status = ami_ussd_dialogue_answer(dialogue, line, &error);
        if (status == AMI_OK)
            show(dialogue);
    }
    if (status != AMI_OK)
        fprintf(stderr, "%s: %s\n", ami_status_name(status), ami_error_message(error));
    ami_error_free(error);
    ami_ussd_dialogue_free(dialogue);
    ami_gateway_free(gateway);
    ami_config_free(config);
    return status == AMI_OK ? 0 : 1;
}
