/* The library's log: what reaches the program, how it is replaced and ended, and callbacks that take long. */
#include "check.h"
#include "child.h"
#include "fake.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT 64

typedef struct heard {
    int lines, drops, late, over;
    int32_t levels[KEPT];
    char texts[KEPT][200];
    /* It stays inside until it may leave. */
    int blocks, entered, leave;
    /* It turns the log off, and connects. */
    int acts;
    uint16_t port;
    ami_status status;
} heard;

static void on_line(int32_t level, const char *target, const char *message, void *data) {
    heard *self = data;
    int at = look(&self->lines);
    if (look(&self->over))
        bump(&self->late);
    if (at < KEPT) {
        self->levels[at] = level;
        strncat(self->texts[at], target, 50);
        strcat(self->texts[at], ": ");
        strncat(self->texts[at], message, 120);
    }
    bump(&self->lines);
    if (self->acts) {
        ami_client *client = NULL;
        ami_config *config = loopback(self->port);
        self->acts = 0;
        self->status = ami_log_set(AMI_LOG_OFF, NULL, NULL, NULL);
        if (ami_client_connect(config, &client, NULL) != AMI_OK)
            fault(__FILE__, __LINE__, "a log callback cannot connect");
        ami_client_free(client);
        ami_config_free(config);
        STATUS(AMI_E_STATE, ami_shutdown(NULL));
    }
    if (self->blocks && bump(&self->entered))
        await(&self->leave, 1, SOON);
}

static void on_drop(void *data) {
    heard *self = data;
    if (look(&self->over))
        bump(&self->late);
    bump(&self->drops);
}

static void off(void) {
    STATUS(AMI_OK, ami_log_set(AMI_LOG_OFF, NULL, NULL, NULL));
}

static void log_to(heard *self, int32_t level) {
    STATUS(AMI_OK, ami_log_set(level, on_line, self, on_drop));
}

static int has(const heard *self, int32_t level, const char *part) {
    for (int at = 0; at < self->lines && at < KEPT; at++)
        if (self->levels[at] == level && strstr(self->texts[at], part))
            return 1;
    return 0;
}

static void connect_once(fake *server) {
    ami_error *error = NULL;
    ami_client *client = fake_client(server);
    OK(ami_client_close(client, &error));
    ami_client_free(client);
}

static void log_lines_reach_the_program(void) {
    fake *server = fake_start(NULL);
    heard self = {0};
    log_to(&self, AMI_LOG_DEBUG);
    connect_once(server);
    off();
    self.over = 1;
    CHECK_INT(self.drops, 1);
    CHECK(has(&self, AMI_LOG_DEBUG, ": connecting"));
    CHECK(has(&self, AMI_LOG_INFO, "ami::client: 127.0.0.1:"));
    CHECK(has(&self, AMI_LOG_INFO, ": logged in, Asterisk Call Manager/"));
    CHECK(has(&self, AMI_LOG_DEBUG, ": closed"));
    for (int at = 0; at < self.lines && at < KEPT; at++)
        CHECK_LACKS(self.texts[at], SECRET);
    int before = self.lines;
    connect_once(server);
    CHECK_INT(look(&self.lines), before);
    CHECK_INT(look(&self.late), 0);
    fake_stop(server);
}

static void log_level_leaves_out_what_is_less_urgent(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_response *answer = NULL;
    heard self = {0};
    log_to(&self, AMI_LOG_WARNING);
    ami_client *client = fake_client(server);
    ami_action *silent = ACTION("Silent");
    FAILS(AMI_E_OUTCOME_UNKNOWN, ami_client_call(client, silent, 50, &answer, &error));
    clear(&error);
    ami_action_free(silent);
    ami_client_free(client);
    off();
    CHECK_INT(self.lines, 1);
    CHECK(has(&self, AMI_LOG_WARNING, "Silent was sent and not answered in time"));
    fake_stop(server);
}

static void log_set_replaces_the_callback_before(void) {
    fake *server = fake_start(NULL);
    heard first = {0}, second = {0};
    log_to(&first, AMI_LOG_INFO);
    connect_once(server);
    log_to(&second, AMI_LOG_INFO);
    put(&first.over, 1);
    CHECK_INT(first.drops, 1);
    CHECK(has(&first, AMI_LOG_INFO, "logged in"));
    connect_once(server);
    off();
    CHECK(has(&second, AMI_LOG_INFO, "logged in"));
    CHECK_INT(second.drops, 1);
    CHECK_INT(first.late, 0);
    /* Without a drop, and twice off. */
    STATUS(AMI_OK, ami_log_set(AMI_LOG_ERROR, on_line, &second, NULL));
    off();
    off();
    CHECK_INT(second.drops, 1);
    fake_stop(server);
}

static void log_set_that_fails_changes_nothing(void) {
    fake *server = fake_start(NULL);
    heard self = {0}, other = {0};
    log_to(&self, AMI_LOG_INFO);
    STATUS(AMI_E_INVALID, ami_log_set(AMI_LOG_DEBUG + 1, on_line, &other, on_drop));
    STATUS(AMI_E_INVALID, ami_log_set(-1, on_line, &other, on_drop));
    STATUS(AMI_E_INVALID, ami_log_set(AMI_LOG_INFO, NULL, &other, on_drop));
    connect_once(server);
    CHECK_INT(other.drops, 0);
    CHECK_INT(look(&self.drops), 0);
    off();
    CHECK(has(&self, AMI_LOG_INFO, "logged in"));
    fake_stop(server);
}

static void log_callback_that_blocks_harms_nobody(void) {
    fake *server = fake_start(NULL);
    heard self = {0};
    self.blocks = 1;
    log_to(&self, AMI_LOG_DEBUG);
    for (int round = 0; round < 5; round++)
        connect_once(server);
    CHECK(await(&self.entered, 1, SOON));
    CHECK_INT(look(&self.lines), 1);
    put(&self.leave, 1);
    off();
    CHECK(self.lines >= 15);
    CHECK_INT(self.drops, 1);
    fake_stop(server);
}

static void log_callback_may_call_all_functions(void) {
    fake *server = fake_start(NULL);
    heard self = {0};
    self.acts = 1;
    self.port = fake_port(server);
    log_to(&self, AMI_LOG_INFO);
    connect_once(server);
    CHECK(await(&self.drops, 1, SOON));
    CHECK_INT(self.status, AMI_OK);
    fake_stop(server);
}

static int log_in_child(fake *server, const heard *parent) {
    heard own = {0};
    int before = parent->lines;
    connect_once(server);
    CHILD(parent->lines == before);
    CHILD(ami_log_set(AMI_LOG_INFO, on_line, &own, on_drop) == AMI_OK);
    connect_once(server);
    CHILD(ami_log_set(AMI_LOG_OFF, NULL, NULL, NULL) == AMI_OK);
    CHILD(has(&own, AMI_LOG_INFO, "logged in"));
    CHILD(own.drops == 1);
    CHILD(parent->drops == 0);
    return child_faults;
}

static void log_of_the_parent_does_not_go_on_in_a_child(void) {
    fake *server = fake_start(NULL);
    heard self = {0};
    log_to(&self, AMI_LOG_INFO);
    connect_once(server);
    pid_t child = fork();
    if (child == 0)
        child_end(log_in_child(server, &self));
    CHECK(ends_well(child, SOON));
    off();
    fake_stop(server);
}

/* Another program: it ends while it is connected, and its log is on. */
static int other_program(uint16_t port) {
    static heard own;
    ami_client *client = NULL;
    ami_config *config = loopback(port);
    ami_status status = ami_log_set(AMI_LOG_DEBUG, on_line, &own, on_drop);
    if (status == AMI_OK)
        status = ami_client_connect(config, &client, NULL);
    ami_config_free(config);
    return status == AMI_OK ? 0 : 1;
}

static void log_that_is_on_survives_exit(void) {
    fake *server = fake_start(NULL);
    char port[16];
    snprintf(port, sizeof port, "%u", (unsigned)fake_port(server));
    const char *const command[] = {suite_program(), "exit", port, NULL};
    for (int round = 0; round < 5; round++)
        CHECK(runs_quietly(command));
    fake_stop(server);
}

static void log_ends_with_shutdown(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    heard self = {0};
    log_to(&self, AMI_LOG_INFO);
    connect_once(server);
    OK(ami_shutdown(&error));
    CHECK_INT(self.drops, 1);
    CHECK(has(&self, AMI_LOG_INFO, "logged in"));
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("log", argc, argv);
    if (argc == 3)
        return other_program((uint16_t)atoi(argv[2]));
    /* A program that ends in the middle of everything leaves everything behind. */
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    RUN(log_lines_reach_the_program);
    RUN(log_level_leaves_out_what_is_less_urgent);
    RUN(log_set_replaces_the_callback_before);
    RUN(log_set_that_fails_changes_nothing);
    RUN(log_callback_that_blocks_harms_nobody);
    RUN(log_callback_may_call_all_functions);
    RUN(log_of_the_parent_does_not_go_on_in_a_child);
    RUN(log_that_is_on_survives_exit);
    RUN(log_ends_with_shutdown);
    return suite_end();
}
