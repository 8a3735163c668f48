/* A program that loads the library by itself, as a host of plugins does, and closes it in the middle of
 * everything. The variable AMI_LIBRARY says where it is. */
#include "check.h"
#include "fake.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The functions that are used. */
typedef struct library {
    void *handle;
    const char *(*version)(void);
    ami_config *(*config_new)(void);
    ami_status (*set_host)(ami_config *, const char *);
    ami_status (*set_port)(ami_config *, uint16_t);
    ami_status (*set_username)(ami_config *, const char *);
    ami_status (*set_secret)(ami_config *, const char *);
    void (*config_free)(ami_config *);
    ami_status (*client_connect)(const ami_config *, ami_client **, ami_error **);
    void (*client_free)(ami_client *);
    ami_action *(*action_new)(const char *);
    void (*action_free)(ami_action *);
    ami_status (*call)(const ami_client *, const ami_action *, uint32_t, ami_response **, ami_error **);
    ami_status (*submit)(const ami_client *, const ami_action *, uint32_t, ami_completion_fn, void *,
                         ami_drop_fn, ami_error **);
    ami_status (*subscribe)(const ami_client *, const char *, ami_event_fn, void *, ami_drop_fn,
                            ami_subscription **, ami_error **);
    void (*subscription_free)(ami_subscription *);
} library;

static library load(void) {
    const char *path = getenv("AMI_LIBRARY");
    library all;
    memset(&all, 0, sizeof all);
    all.handle = dlopen(path ? path : "libami.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!all.handle) {
        printf("AMI_LIBRARY does not name the library: %s\n", dlerror());
        exit(2);
    }
    const struct {
        void *place;
        const char *name;
    } symbols[] = {
        {&all.version, "ami_version"},
        {&all.config_new, "ami_config_new"},
        {&all.set_host, "ami_config_set_host"},
        {&all.set_port, "ami_config_set_port"},
        {&all.set_username, "ami_config_set_username"},
        {&all.set_secret, "ami_config_set_secret"},
        {&all.config_free, "ami_config_free"},
        {&all.client_connect, "ami_client_connect"},
        {&all.client_free, "ami_client_free"},
        {&all.action_new, "ami_action_new"},
        {&all.action_free, "ami_action_free"},
        {&all.call, "ami_client_call"},
        {&all.submit, "ami_client_submit"},
        {&all.subscribe, "ami_client_subscribe"},
        {&all.subscription_free, "ami_subscription_free"},
    };
    for (size_t at = 0; at < sizeof symbols / sizeof *symbols; at++) {
        void *symbol = dlsym(all.handle, symbols[at].name);
        CHECK(symbol != NULL);
        memcpy(symbols[at].place, &symbol, sizeof symbol);
    }
    return all;
}

static ami_client *log_in(const library *ami, fake *server) {
    ami_client *client = NULL;
    ami_config *config = ami->config_new();
    ami->set_host(config, "127.0.0.1");
    ami->set_port(config, fake_port(server));
    ami->set_username(config, "admin");
    ami->set_secret(config, SECRET);
    CHECK_INT(ami->client_connect(config, &client, NULL), AMI_OK);
    ami->config_free(config);
    return client;
}

typedef struct seen {
    int calls, drops;
} seen;

static void on_event(const ami_event *event, void *data) {
    (void)event;
    bump(&((seen *)data)->calls);
}

static void on_done(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    (void)status;
    (void)response;
    (void)error;
    bump(&((seen *)data)->calls);
}

static void on_drop(void *data) {
    bump(&((seen *)data)->drops);
}

static void library_is_loaded_used_and_closed_again_and_again(void) {
    fake *server = fake_start(NULL);
    for (int round = 0; round < 20; round++) {
        library ami = load();
        seen events = {0}, done = {0};
        ami_subscription *subscription = NULL;
        CHECK_HAS(ami.version(), ".");
        ami_client *client = log_in(&ami, server);
        CHECK_INT(ami.subscribe(client, NULL, on_event, &events, on_drop, &subscription, NULL), AMI_OK);
        ami_action *action = ami.action_new("Ping");
        CHECK_INT(ami.submit(client, action, 0, on_done, &done, on_drop, NULL), AMI_OK);
        CHECK_INT(ami.call(client, action, 0, NULL, NULL), AMI_OK);
        ami.action_free(action);
        ami.client_free(client);
        ami.subscription_free(subscription);
        CHECK_INT(look(&events.drops) + look(&done.drops), 2);
        CHECK_INT(dlclose(ami.handle), 0);
    }
    fake_stop(server);
}

static void library_closed_under_traffic_goes_on(void) {
    fake *server = fake_start(NULL);
    for (int round = 0; round < 5; round++) {
        library ami = load();
        seen events = {0};
        ami_subscription *subscription = NULL;
        ami_client *client = log_in(&ami, server);
        CHECK_INT(ami.subscribe(client, NULL, on_event, &events, on_drop, &subscription, NULL), AMI_OK);
        ami_action *action = ami.action_new("Flood");
        CHECK_INT(ami.call(client, action, 0, NULL, NULL), AMI_OK);
        ami.action_free(action);
        CHECK(await(&events.calls, 100, SOON));
        CHECK_INT(dlclose(ami.handle), 0);
        /* Its threads go on: what they run is still there. */
        CHECK(await(&events.calls, look(&events.calls) + 1000, SOON));
        library again = load();
        CHECK(again.client_free == ami.client_free);
        again.client_free(client);
        CHECK_INT(look(&events.drops), 1);
        again.subscription_free(subscription);
        CHECK_INT(dlclose(again.handle), 0);
    }
    fake_stop(server);
}

/* Its last client goes, and at once the library as well, while its threads are still ending. */
static void library_is_closed_while_its_threads_end(void) {
    fake *server = fake_start(NULL);
    for (int round = 0; round < 100; round++) {
        library ami = load();
        ami.client_free(log_in(&ami, server));
        CHECK_INT(dlclose(ami.handle), 0);
    }
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("unload", argc, argv);
    RUN(library_is_loaded_used_and_closed_again_and_again);
    RUN(library_closed_under_traffic_goes_on);
    RUN(library_is_closed_while_its_threads_end);
    return suite_end();
}
