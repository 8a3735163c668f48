/* Prints SMS as they come in, COUNT of them or for ever: read_sms HOST PORT USER SECRET [COUNT] */
#include <ami.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ended;

/* Runs on a thread of the library's, one call at a time. */
static void on_sms(const ami_sms *sms, void *arrived) {
    printf("from %s on port %s at %s: %s\n", ami_sms_sender(sms), ami_sms_port(sms), ami_sms_time(sms),
           ami_sms_text(sms, NULL));
    fflush(stdout);
    sem_post(arrived);
}

/* Runs when no more will come: the link is lost. */
static void on_end(void *arrived) {
    ended = 1;
    sem_post(arrived);
}

int main(int argc, char **argv) {
    if ((argc != 5 && argc != 6) || argv[2][strspn(argv[2], "0123456789")] != '\0') {
        fprintf(stderr, "usage: %s HOST PORT USER SECRET [COUNT]\n", argv[0]);
        return 2;
    }
    long left = argc == 6 ? atol(argv[5]) : -1;
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]);
    ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]);
    ami_config_set_secret(config, argv[4]);

    sem_t arrived;
    sem_init(&arrived, 0, 0);
    ami_error *error = NULL;
    ami_gateway *gateway = NULL;
    ami_subscription *inbox = NULL;
    ami_status status = ami_gateway_connect(config, &gateway, &error);
    if (status == AMI_OK)
        status = ami_gateway_subscribe_sms(gateway, on_sms, &arrived, on_end, &inbox, &error);
    if (status == AMI_OK) {
        fprintf(stderr, "waiting for SMS\n");
        while (!ended && (left < 0 || left-- > 0))
            sem_wait(&arrived);
    } else {
        fprintf(stderr, "%s: %s\n", ami_status_name(status), ami_error_message(error));
    }
    ami_error_free(error);
    ami_subscription_free(inbox);
    ami_gateway_free(gateway);
    ami_config_free(config);
    return status == AMI_OK ? 0 : 1;
}
