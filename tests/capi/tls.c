/* Sessions with real servers through TLS: whom the client believes, and what it says when it does not. */
#include "child.h"
#include "real.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The name in the servers' certificates, beside localhost; their address is not in them. */
#define OTHER_NAME "pbx.example.com"

typedef struct secure {
    const asterisk *plain;
    uint16_t port;
    const char *authority;
} secure;

static secure servers[SERVERS];
/* The one under test, and the one whose authority has not signed its certificate. */
static const secure *server, *stranger;

static void find_servers(void) {
    const asterisk *found = real_servers();
    for (int at = 0; at < SERVERS; at++) {
        char variable[32];
        snprintf(variable, sizeof variable, "AMI_ASTERISK_%d_TLS", found[at].version);
        const char *place = getenv(variable), *colon = place ? strrchr(place, ':') : NULL;
        snprintf(variable, sizeof variable, "AMI_ASTERISK_%d_CA", found[at].version);
        const char *authority = getenv(variable);
        if (!colon || !authority) {
            printf("AMI_ASTERISK_%d_TLS and %s do not say where Asterisk has TLS\n", found[at].version,
                   variable);
            exit(2);
        }
        servers[at] = (secure){&found[at], (uint16_t)atoi(colon + 1), authority};
    }
}

/* With TLS and nothing else: the certificate is not believed as it is. */
static ami_config *with_tls(const char *host) {
    ami_config *config = real_config(server->plain, ADMIN);
    STATUS(AMI_OK, ami_config_set_host(config, host));
    STATUS(AMI_OK, ami_config_set_port(config, server->port));
    STATUS(AMI_OK, ami_config_set_tls(config, 1));
    return config;
}

static ami_config *believing(const char *host, const char *authority) {
    ami_config *config = with_tls(host);
    STATUS(AMI_OK, ami_config_set_tls_ca_file(config, authority));
    return config;
}

/* Connects once and frees the configuration. */
static ami_status connect_by(ami_config *config, ami_error **error) {
    ami_client *client = NULL;
    ami_status status = ami_client_connect(config, &client, error);
    ami_config_free(config);
    if (status == AMI_OK)
        STATUS(AMI_OK, ami_client_ping(client, NULL, NULL));
    ami_client_free(client);
    return status;
}

static void tls_carries_a_whole_session(void) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_subscription *all = NULL;
    ami_response *through_tls = NULL, *plain = NULL;
    ami_config *config = believing("localhost", server->authority);
    if (!OK(ami_client_connect(config, &client, &error)))
        goto done;
    OK(ami_client_open_events(client, NULL, &all, &error));
    OK(call(client, ACTION("UserEvent", "UserEvent", "Through", "By", "TLS"), NULL, &error));
    CHECK(sees(all, "UserEvent", HEADERS("UserEvent", "Through", "By", "TLS")));
    /* Tens of kilobytes, which are the same without TLS. */
    OK(ami_client_command(client, "core show applications", 0, &through_tls, &error));
    ami_client *other = log_in(server->plain, ADMIN, "off");
    OK(ami_client_command(other, "core show applications", 0, &plain, &error));
    size_t length = 0;
    CHECK_STR(ami_response_output(through_tls, &length), ami_response_output(plain, NULL));
    CHECK(length > 5000);
    OK(ami_client_close(other, &error));
    ami_client_free(other);
    OK(ami_client_close(client, &error));
done:
    ami_response_unref(through_tls);
    ami_response_unref(plain);
    ami_subscription_free(all);
    ami_client_free(client);
    ami_config_free(config);
}

static void tls_refuses_an_authority_that_did_not_sign(void) {
    ami_error *error = NULL;
    FAILS(AMI_E_TLS, connect_by(believing("localhost", stranger->authority), &error));
    CHECK_HAS(ami_error_message(error), "TLS setting ca_file");
    clear(&error);
    /* Nor has any that the system trusts, if it trusts some at all. */
    FAILS(AMI_E_TLS, connect_by(with_tls("localhost"), &error));
    CHECK_HAS(ami_error_message(error), "TLS setting ca_file");
    clear(&error);
}

static void tls_refuses_a_name_that_is_not_in_the_certificate(void) {
    ami_error *error = NULL;
    FAILS(AMI_E_TLS, connect_by(believing("127.0.0.1", server->authority), &error));
    CHECK_HAS(ami_error_message(error), "is for localhost, " OTHER_NAME ", not for 127.0.0.1");
    CHECK_HAS(ami_error_message(error), "TLS setting server_name");
    clear(&error);
    ami_config *config = believing("localhost", server->authority);
    STATUS(AMI_OK, ami_config_set_tls_server_name(config, "pbx.example.org"));
    FAILS(AMI_E_TLS, connect_by(config, &error));
    clear(&error);
}

static void tls_name_may_be_other_than_the_host(void) {
    ami_error *error = NULL;
    ami_config *config = believing("127.0.0.1", server->authority);
    STATUS(AMI_OK, ami_config_set_tls_server_name(config, OTHER_NAME));
    OK(connect_by(config, &error));
}

static void tls_takes_any_certificate_if_asked_for(void) {
    ami_error *error = NULL;
    for (int accept = 1; accept >= 0; accept--) {
        ami_config *config = believing("127.0.0.1", stranger->authority);
        STATUS(AMI_OK, ami_config_set_tls_danger_accept_any_certificate(config, 1));
        STATUS(AMI_OK, ami_config_set_tls_danger_accept_any_certificate(config, accept));
        if (accept)
            OK(connect_by(config, &error));
        else
            FAILS(AMI_E_TLS, connect_by(config, &error));
        clear(&error);
    }
}

/* The server has not asked for it, and does not mind. */
static void tls_certificate_of_the_client_is_taken(void) {
    char key[600];
    ami_error *error = NULL;
    ami_config *config = believing("localhost", server->authority);
    const char *slash = strrchr(server->authority, '/');
    if (CHECK(slash != NULL)) {
        snprintf(key, sizeof key, "%.*s/ca.key", (int)(slash - server->authority), server->authority);
        STATUS(AMI_OK, ami_config_set_tls_client_certificate(config, server->authority, key));
    }
    OK(connect_by(config, &error));
}

static void tls_on_the_wrong_one_of_the_two_ports_fails(void) {
    ami_error *error = NULL;
    ami_config *config = believing("localhost", server->authority);
    STATUS(AMI_OK, ami_config_set_port(config, server->plain->port));
    FAILS(AMI_E_TLS, connect_by(config, &error));
    CHECK_HAS(ami_error_message(error), "5039");
    clear(&error);

    config = with_tls("localhost");
    STATUS(AMI_OK, ami_config_set_tls(config, 0));
    STATUS(AMI_OK, ami_config_set_connect_timeout_ms(config, 300));
    FAILS(AMI_E_TIMEOUT, connect_by(config, &error));
    CHECK_HAS(ami_error_message(error), "the setting tls");
    clear(&error);
}

static void tls_settings_are_checked(void) {
    ami_client *client = NULL;
    ami_error *error = NULL;
    ami_config *config = real_config(server->plain, ADMIN);
    STATUS(AMI_E_INVALID, ami_config_set_tls(NULL, 1));
    STATUS(AMI_E_INVALID, ami_config_set_tls_ca_file(NULL, "x"));
    STATUS(AMI_E_INVALID, ami_config_set_tls_ca_file(config, NULL));
    STATUS(AMI_E_INVALID, ami_config_set_tls_ca_file(config, ""));
    STATUS(AMI_E_INVALID, ami_config_set_tls_server_name(NULL, "x"));
    STATUS(AMI_E_INVALID, ami_config_set_tls_server_name(config, NULL));
    STATUS(AMI_E_INVALID, ami_config_set_tls_server_name(config, ""));
    STATUS(AMI_E_INVALID, ami_config_set_tls_server_name(config, "a\r\nb"));
    STATUS(AMI_E_INVALID, ami_config_set_tls_client_certificate(NULL, "x", "y"));
    STATUS(AMI_E_INVALID, ami_config_set_tls_client_certificate(config, NULL, "y"));
    STATUS(AMI_E_INVALID, ami_config_set_tls_client_certificate(config, "x", NULL));
    STATUS(AMI_E_INVALID, ami_config_set_tls_danger_accept_any_certificate(NULL, 1));
    /* A program that ignored that gets no unencrypted connection. */
    FAILS(AMI_E_INVALID, ami_client_connect(config, &client, &error));
    CHECK_HAS(ami_error_message(error), "ami_config_set_tls_ca_file was refused");
    clear(&error);
    CHECK(client == NULL);
    ami_config_free(config);
    config = real_config(server->plain, ADMIN);

    /* Each setting switches it on, and what cannot be used is told before anything is sent. */
    STATUS(AMI_OK, ami_config_set_tls_ca_file(config, "/nonexistent/ca.pem"));
    FAILS(AMI_E_INVALID, ami_client_new(config, &client, &error));
    CHECK_HAS(ami_error_message(error), "/nonexistent/ca.pem");
    clear(&error);
    STATUS(AMI_OK, ami_config_set_tls_ca_file(config, server->authority));
    STATUS(AMI_OK, ami_config_set_tls_client_certificate(config, server->authority, server->authority));
    FAILS(AMI_E_INVALID, ami_client_new(config, &client, &error));
    CHECK_HAS(ami_error_message(error), "private key");
    clear(&error);
    STATUS(AMI_OK, ami_config_set_tls(config, 0));
    STATUS(AMI_OK, ami_config_set_tls_server_name(config, "no name"));
    FAILS(AMI_E_INVALID, ami_client_new(config, &client, &error));
    CHECK_HAS(ami_error_message(error), "TLS setting server_name");
    clear(&error);
    /* Off, and all is forgotten. */
    STATUS(AMI_OK, ami_config_set_tls(config, 0));
    OK(ami_client_connect(config, &client, &error));
    ami_client_free(client);
    ami_config_free(config);
}

/* Makes a client that trusts the system's authorities, and tells how that went. */
static void *trust_the_system(void *data) {
    ami_config *config = with_tls("localhost");
    ami_client *client = NULL;
    *(ami_status *)data = ami_client_new(config, &client, NULL);
    ami_client_free(client);
    ami_config_free(config);
    return NULL;
}

/* A thread that reads the system's authorities at a fork is not in the child, which reads them by itself. */
static void tls_roots_are_read_by_the_child_of_a_fork_while_the_parent_reads(void) {
    char folder[] = "/tmp/libami-tls-XXXXXX", pipe[64];
    if (!CHECK(mkdtemp(folder) != NULL))
        return;
    snprintf(pipe, sizeof pipe, "%s/pipe", folder);
    CHECK_INT(mkfifo(pipe, 0600), 0);
    const char *file = getenv("SSL_CERT_FILE"), *directory = getenv("SSL_CERT_DIR");
    char old_file[512], old_directory[512];
    snprintf(old_file, sizeof old_file, "%s", file ? file : "");
    snprintf(old_directory, sizeof old_directory, "%s", directory ? directory : "");
    unsetenv("SSL_CERT_DIR");
    setenv("SSL_CERT_FILE", pipe, 1);
    ami_status status = AMI_OK;
    thread *reader = start(trust_the_system, &status);
    /* Returns once the thread has opened the other end, and keeps it reading. */
    int writer = open(pipe, O_WRONLY);
    CHECK(writer >= 0);
    pid_t child = fork();
    if (child == 0) {
        ami_status made = AMI_E_INTERNAL;
        setenv("SSL_CERT_FILE", server->authority, 1);
        trust_the_system(&made);
        CHILD(made == AMI_OK);
        /* From now on these count, whatever the variable says. */
        setenv("SSL_CERT_FILE", "/nonexistent", 1);
        trust_the_system(&made);
        CHILD(made == AMI_OK);
        child_end(child_faults);
    }
    CHECK(ends_well(child, SOON));
    close(writer);
    join(reader);
    /* It found none, so the next client of this process looks again. */
    CHECK_INT(status, AMI_E_TLS);
    unsetenv("SSL_CERT_FILE");
    if (file)
        setenv("SSL_CERT_FILE", old_file, 1);
    if (directory)
        setenv("SSL_CERT_DIR", old_directory, 1);
    unlink(pipe);
    rmdir(folder);
}

int main(int argc, char **argv) {
    suite_begin("tls", argc, argv);
    find_servers();
    /* First, as the authorities that the other tests find count for the whole process. */
    server = &servers[0];
    RUN(tls_roots_are_read_by_the_child_of_a_fork_while_the_parent_reads);
    for (int at = 0; at < SERVERS; at++) {
        server = &servers[at];
        stranger = &servers[(at + 1) % SERVERS];
        RUN(tls_carries_a_whole_session);
        RUN(tls_refuses_an_authority_that_did_not_sign);
        RUN(tls_refuses_a_name_that_is_not_in_the_certificate);
        RUN(tls_name_may_be_other_than_the_host);
        RUN(tls_takes_any_certificate_if_asked_for);
        RUN(tls_certificate_of_the_client_is_taken);
        RUN(tls_on_the_wrong_one_of_the_two_ports_fails);
        RUN(tls_settings_are_checked);
    }
    return suite_end();
}
