/* The library in its process: signals, threads and descriptors that are left, fork and exit. */
#include "check.h"
#include "child.h"
#include "fake.h"
#include "watch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------------------------
 * signals */

static void note_mask(const ami_event *event, void *data) {
    const int numbers[] = {SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD};
    /* A blocked fault kills at once: the program's crash handler would not run. */
    const int faulty[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    watch *seen = data;
    sigset_t mask;
    sigemptyset(&mask);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (size_t at = 0; at < sizeof numbers / sizeof *numbers; at++)
        if (sigismember(&mask, numbers[at]) != 1)
            bump(&seen->refused);
    for (size_t at = 0; at < sizeof faulty / sizeof *faulty; at++)
        if (sigismember(&mask, faulty[at]) != 0)
            bump(&seen->refused);
    on_event(event, data);
}

static void note_mask_in_completion(ami_status status, const ami_response *response, const ami_error *error,
                                    void *data) {
    note_mask(NULL, data);
    bump_by(&((watch *)data)->calls, -1);
    on_done(status, response, error, data);
}

/* The number of threads of the library; each must block the signals that a program handles elsewhere. */
static int library_threads(void) {
    int found = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        char path[300], line[200], name[64] = "";
        int gone = 0;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        FILE *status = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        while (status && fgets(line, sizeof line, status)) {
            sscanf(line, "Name: %63s", name);
            /* Of one that has just ended nothing is told but zeros. */
            gone = gone || strncmp(line, "Threads:\t0", 10) == 0;
            if (!gone && strncmp(name, "ami-", 4) == 0 && strncmp(line, "SigBlk:", 7) == 0) {
                unsigned long long blocked = strtoull(line + 7, NULL, 16);
                unsigned long long wanted = 0;
                const int asynchronous[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM,
                                            SIGTERM, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG};
                for (size_t at = 0; at < sizeof asynchronous / sizeof *asynchronous; at++)
                    wanted |= 1ULL << (asynchronous[at] - 1);
                CHECK((blocked & wanted) == wanted);
                found++;
            }
        }
        if (status)
            fclose(status);
    }
    closedir(tasks);
    return found;
}

static void signals_but_faults_are_blocked_in_threads_of_the_library(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    watch seen = {0};
    sigset_t before, after;
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    ami_client *client = fake_client(server);
    subscribe(client, "Tick", note_mask, &seen);
    burst(client, "5");
    CHECK(await(&seen.calls, 5, SOON));
    ami_action *action = ACTION("Echo", "Value", "1");
    OK(ami_client_submit(client, action, 0, note_mask_in_completion, &seen, NULL, &error));
    ami_action_free(action);
    CHECK(await(&seen.ok, 1, SOON));
    CHECK_INT(look(&seen.refused), 0);
    CHECK(library_threads() >= 2);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    for (int number = 1; number < 32; number++)
        CHECK_INT(sigismember(&after, number), sigismember(&before, number));
    ami_client_free(client);
    ami_subscription_free(seen.subscription);
    fake_stop(server);
}

static void signal_sigpipe_is_not_raised_when_the_server_is_gone(void) {
    fake *server = fake_start(NULL);
    sigset_t mask;
    struct sigaction action;
    sigaction(SIGPIPE, NULL, &action);
    CHECK(action.sa_handler == SIG_DFL);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    CHECK_INT(sigismember(&mask, SIGPIPE), 0);
    for (int round = 0; round < scale(100); round++) {
        ami_error *error = NULL;
        watch seen = {0};
        ami_client *client = fake_client(server);
        fake_link *link = fake_newest(server);
        int submitted = 0;
        if (round % 2)
            fake_reset(link);
        else
            OK(submit(client, ACTION("Bye"), &seen, &error)), submitted++;
        for (int at = 0; at < 50; at++)
            submitted += submit(client, ACTION("Echo", "Value", "x"), &seen, NULL) == AMI_OK;
        ami_status status = ami_client_ping(client, NULL, NULL);
        CHECK(status == AMI_E_DISCONNECTED || status == AMI_E_OUTCOME_UNKNOWN);
        OK(ami_client_close(client, &error));
        ami_client_free(client);
        CHECK_INT(look(&seen.drops), submitted);
    }
    fake_stop(server);
}

static int open_descriptors(void) {
    int count = 0;
    DIR *all = opendir("/proc/self/fd");
    while (all && readdir(all))
        count++;
    closedir(all);
    return count;
}

/* The number of threads of the process. One that has just started does not have its name yet. */
static int threads(void) {
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; tasks && (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

static void clients_that_are_gone_leave_nothing(void) {
    uint64_t until = now_ms() + SOON;
    /* Threads of the tests before this one may still be ending, and they hold descriptors. */
    while (threads() > 1 && now_ms() < until)
        linger(10);
    CHECK_INT(threads(), 1);
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    int before = open_descriptors();
    for (int round = 0; round < 10; round++) {
        ami_client *client = fake_client(server);
        ami_subscription *pulled = NULL;
        watch seen = {0}, done = {0};
        subscribe(client, NULL, on_event, &seen);
        OK(ami_client_open_events(client, NULL, &pulled, &error));
        CHECK(ami_subscription_fd(pulled) >= 0);
        OK(submit(client, ACTION("Echo", "Value", "x"), &done, &error));
        burst(client, "50");
        ami_client_free(client);
        ami_subscription_free(seen.subscription);
        ami_subscription_free(pulled);
        CHECK_INT(look(&done.drops) + look(&seen.drops), 2);
    }
    /* The server keeps its ends open until it is stopped. */
    CHECK(await(fake_ends(server), 10, SOON));
    until = now_ms() + SOON;
    while ((library_threads() > 0 || open_descriptors() > before + 10) && now_ms() < until)
        linger(10);
    CHECK_INT(library_threads(), 0);
    CHECK_INT(open_descriptors(), before + 10);
    fake_stop(server);
}

/* Makes and frees clients until it is told to stop. */
typedef struct churning {
    ami_config *config;
    ami_client *client;
    ami_subscription *pulled;
    int stop, made;
} churning;

static void *churn_clients(void *data) {
    churning *self = data;
    while (!look(&self->stop)) {
        ami_client *client = NULL;
        if (ami_client_new(self->config, &client, NULL) == AMI_OK)
            bump(&self->made);
        ami_client_free(client);
    }
    return NULL;
}

/* Each first client of a process has a thread started and each last one has it end, with its descriptors. */
static void clients_that_come_and_go_fast_leave_no_pile_of_threads(void) {
    churning churn = {0};
    thread *threads[4];
    int most = 0, rounds = scale(200);
    churn.config = loopback(1);
    for (int at = 0; at < 4; at++)
        threads[at] = start(churn_clients, &churn);
    for (int round = 0; round < rounds; round++) {
        int now = library_threads();
        most = now > most ? now : most;
        CHECK(await(&churn.made, look(&churn.made) + 10, SOON));
    }
    put(&churn.stop, 1);
    for (int at = 0; at < 4; at++)
        join(threads[at]);
    /* A thread runs and another ends, which may still be seen a little later. */
    CHECK_STR(most <= 6 ? "few" : "many", "few");
    ami_config_free(churn.config);
}

/* -----------------------------------------------------------------------------------------------------
 * processes */

static void forked(ami_status status, ami_error **error, const char *what) {
    child_check(status == AMI_E_FORKED, what);
    child_check(ami_error_code(*error) == AMI_E_FORKED && strstr(ami_error_message(*error), "fork"), what);
    clear(error);
}

static void child_of_fork_is_told(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    watch seen = {0}, completed = {0}, unused = {0};
    ami_subscription *pulled = NULL, *waiting = NULL, *none = NULL;
    ami_response *answer = NULL;
    ami_event *first = NULL, *event = NULL;
    ami_config *config = loopback(fake_port(server));
    ami_client *client = fake_client(server);
    subscribe(client, "Tick", on_event, &seen);
    OK(ami_client_open_events(client, "Tick", &pulled, &error));
    OK(ami_client_open_events(client, "Tick", &waiting, &error));
    OK(call(client, ACTION("List", "Count", "2"), &answer, &error));
    burst(client, "10");
    /* An event was pulled, more were taken along with it, and in the other subscription all are still in the
     * queue. */
    OK(ami_subscription_next(pulled, SOON, &first, &error));
    CHECK(ami_subscription_fd(pulled) >= 0);
    OK(submit(client, ACTION("Silent"), &completed, &error));
    CHECK(await(&seen.calls, 10, SOON));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        ami_action *action = ACTION("Echo", "Value", "1");
        ami_response *response = NULL;
        uint64_t from = now_ms();
#define FORKED(call) forked((call), &error, #call)
        FORKED(ami_client_call(client, action, 0, &response, &error));
        CHILD(response == NULL);
        FORKED(ami_client_submit(client, action, 0, on_done, &unused, on_drop, &error));
        FORKED(ami_client_command(client, "core show version", 0, &response, &error));
        FORKED(ami_client_ping(client, NULL, &error));
        FORKED(ami_client_subscribe(client, NULL, on_event, &unused, on_drop, &none, &error));
        FORKED(ami_client_open_events(client, NULL, &none, &error));
        FORKED(ami_client_open(client, &error));
        FORKED(ami_client_close(client, &error));
        FORKED(ami_subscription_next(pulled, 1000, &event, &error));
        FORKED(ami_subscription_next(waiting, 1000, &event, &error));
        CHILD(event == NULL);
        CHILD(ami_subscription_fd(pulled) == -1);
        CHILD(ami_subscription_fd(waiting) == -1);
        ami_status status = ami_subscription_close(seen.subscription);
        CHILD(status == AMI_OK || status == AMI_E_FORKED);
        status = ami_subscription_close(pulled);
        CHILD(status == AMI_OK || status == AMI_E_FORKED);
        /* Objects that never change can still be read and released. */
        CHILD(ami_response_event_count(answer) == 2);
        CHILD(strcmp(ami_event_name(first), "Tick") == 0);
        ami_response_unref(answer);
        ami_event_unref(first);
        ami_action_free(action);
        /* Freeing only forgets: nothing is called, nothing is sent. */
        ami_subscription_free(seen.subscription);
        ami_subscription_free(pulled);
        ami_client_free(client);
        ami_subscription_free(waiting);
        CHILD(seen.drops == 0 && completed.calls == 0 && completed.drops == 0);
        CHILD(unused.calls == 0 && unused.drops == 0);
        CHILD(now_ms() - from < 5000);
        /* A client of its own. */
        ami_client *own = NULL;
        CHILD(ami_client_connect(config, &own, &error) == AMI_OK);
        clear(&error);
        CHILD(ami_client_ping(own, NULL, &error) == AMI_OK);
        clear(&error);
        CHILD(ami_client_close(own, &error) == AMI_OK);
        ami_client_free(own);
        child_end(child_faults);
    }
    CHECK(child > 0);
    CHECK(ends_well(child, 30000));
    /* The parent notices nothing. */
    OK(ami_client_ping(client, NULL, &error));
    CHECK_INT(look(&completed.calls), 0);
    CHECK_INT(look(&seen.drops), 0);
    for (int number = 1; number < 10; number++) {
        OK(ami_subscription_next(pulled, SOON, &event, &error));
        CHECK_INT(atoi(ami_event_get(event, "Number", NULL)), number);
        ami_event_unref(event);
    }
    burst(client, "5");
    CHECK(await(&seen.calls, 15, SOON));
    OK(ami_client_close(client, &error));
    CHECK_INT(look(&completed.drops), 1);
    CHECK_INT(look(&seen.drops), 1);
    ami_response_unref(answer);
    ami_event_unref(first);
    ami_subscription_free(seen.subscription);
    ami_subscription_free(pulled);
    ami_subscription_free(waiting);
    ami_client_free(client);
    ami_config_free(config);
    fake_stop(server);
}

static void *churn_events(void *data) {
    churning *self = data;
    while (!look(&self->stop)) {
        ami_event *event = NULL;
        ami_subscription_next(self->pulled, 0, &event, NULL);
        ami_event_unref(event);
        ami_client_ping(self->client, NULL, NULL);
    }
    return NULL;
}

/* Whatever the other threads of the parent were doing at that moment, no lock of theirs may bar the child. */
static void fork_in_the_middle(churning *churn, int (*in_child)(churning *)) {
    int hung = 0, wrong = 0;
#ifdef __SANITIZE_ADDRESS__
    /* Its memory takes long to copy. */
    int rounds = 50;
#else
    int rounds = scale(200);
#endif
    for (int round = 0; round < rounds && hung < 2; round++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            child_end(in_child(churn));
        }
        int ended = reap(child, 5000);
        hung += ended == 1000 + SIGKILL;
        wrong += ended != 0 && ended != 1000 + SIGKILL;
    }
    put(&churn->stop, 1);
#ifdef __SANITIZE_ADDRESS__
    /* The sanitizer's allocator may be locked at the fork, and stays so in the child. */
    CHECK(hung < 2);
#else
    CHECK_INT(hung, 0);
#endif
    CHECK_INT(wrong, 0);
}

static int use_inherited(churning *churn) {
    ami_event *event = NULL;
    int wrong = ami_client_ping(churn->client, NULL, NULL) != AMI_E_FORKED;
    wrong += ami_subscription_next(churn->pulled, 10, &event, NULL) != AMI_E_FORKED;
    wrong += ami_subscription_fd(churn->pulled) != -1;
    ami_subscription_close(churn->pulled);
    ami_subscription_free(churn->pulled);
    ami_client_free(churn->client);
    return wrong;
}

static void child_forked_in_the_middle_of_anything_is_told(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    churning churn = {0};
    churn.client = fake_client(server);
    OK(ami_client_open_events(churn.client, NULL, &churn.pulled, &error));
    OK(call(churn.client, ACTION("Flood", "Pause", "1"), NULL, &error));
    thread *first = start(churn_events, &churn), *second = start(churn_events, &churn);
    fork_in_the_middle(&churn, use_inherited);
    join(first);
    join(second);
    ami_subscription_free(churn.pulled);
    ami_client_free(churn.client);
    fake_stop(server);
}

static int make_own(churning *churn) {
    ami_client *own = NULL;
    int wrong = ami_client_new(churn->config, &own, NULL) != AMI_OK;
    ami_client_free(own);
    return wrong;
}

static void child_forked_in_the_middle_of_anything_makes_a_client(void) {
    churning churn = {0};
    churn.config = loopback(1);
#ifdef __SANITIZE_ADDRESS__
    /* The sanitizer has a lock of its own around starting threads, and does not free it in the child. */
    put(&churn.stop, 1);
#endif
    thread *first = start(churn_clients, &churn), *second = start(churn_clients, &churn);
    fork_in_the_middle(&churn, make_own);
    join(first);
    join(second);
    ami_config_free(churn.config);
}

#ifndef __SANITIZE_ADDRESS__
static int has_child;

/* Without a lock of this program's, which a child would not get either. */
static void *churn_until_forked(void *data) {
    while (!__atomic_load_n(&has_child, __ATOMIC_ACQUIRE))
        make_own(data);
    return NULL;
}

/* Each one of a line of children makes a client while it is forked from. */
static int line_of_forks(churning *churn, int left) {
    start(churn_until_forked, churn);
    int wrong = make_own(churn);
    if (left == 0)
        return wrong;
    pid_t child = fork();
    if (child == 0)
        child_end(line_of_forks(churn, left - 1));
    __atomic_store_n(&has_child, 1, __ATOMIC_RELEASE);
    /* The last ones first, so that none is left behind. */
    return wrong + reap(child, 5000 + 100 * left) > 0;
}

static void child_at_the_end_of_a_line_of_forks_makes_a_client(void) {
    churning churn = {0};
    churn.config = loopback(1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        child_end(line_of_forks(&churn, scale(80)));
    CHECK(ends_well(child, 20000));
    ami_config_free(churn.config);
}
#endif

static void fork_in_callback(const ami_event *event, void *data) {
    watch *seen = data;
    pid_t child = look(&seen->calls) ? -1 : fork();
    if (child == 0) {
        CHILD(ami_client_ping(seen->client, NULL, NULL) == AMI_E_FORKED);
        ami_client_free(seen->client);
        child_end(child_faults);
    }
    if (child > 0)
        CHECK(ends_well(child, 30000));
    on_event(event, data);
}

static void callback_forks(void) {
    fake *server = fake_start(NULL);
    watch seen = {0};
    seen.client = fake_client(server);
    subscribe(seen.client, "Tick", fork_in_callback, &seen);
    fflush(stdout);
    burst(seen.client, "5");
    CHECK(await(&seen.calls, 5, SOON));
    ami_client_free(seen.client);
    ami_subscription_free(seen.subscription);
    fake_stop(server);
}

/* Programs that end in their own ways; each is this one, started again. */

static ami_client *own_client;
static ami_subscription *own_subscription;
static watch own;

static void free_own_client(void) {
    ami_client_free(own_client);
    own_client = NULL;
    if (look(&own.drops) != 1 && !look(&own.entered))
        dprintf(STDOUT_FILENO, "the drop has not run\n");
}

static pthread_t main_thread;

static void drop_anywhere_else(void *data) {
    if (pthread_equal(pthread_self(), main_thread))
        bump(&((watch *)data)->entered);
    bump(&((watch *)data)->drops);
}

static int submit_at_low_priority(void) {
    enum { COUNT = 10000 };
    ami_action *action = ACTION("Echo", "Value", "x");
    main_thread = pthread_self();
    setpriority(PRIO_PROCESS, 0, 19);
    for (int at = 0; at < COUNT; at++)
        if (ami_client_submit(own_client, action, 0, on_done, &own, drop_anywhere_else, NULL) != AMI_OK)
            return 13;
    ami_action_free(action);
    await(&own.drops, COUNT, SOON);
    if (look(&own.entered) > 0)
        printf("%d of %d drops ran inside the call that submits\n", look(&own.entered), COUNT);
    ami_client_free(own_client);
    return 0;
}

static void exit_in_callback(const ami_event *event, void *data) {
    (void)event;
    bump(&((watch *)data)->entered);
    exit(0);
}

static void busy_callback(const ami_event *event, void *data) {
    on_event(event, data);
    for (volatile int spin = 0; spin < 100000; spin++) {
    }
}

static int ending(const char *how, uint16_t port) {
    ami_error *error = NULL;
    ami_config *config = loopback(port);
    if (ami_client_connect(config, &own_client, &error) != AMI_OK)
        return 10;
    ami_config_free(config);
    if (strcmp(how, "submit") == 0)
        return submit_at_low_priority();
    int in_callback = strstr(how, "in a callback") != NULL;
    if (ami_client_subscribe(own_client, "Tick", in_callback ? exit_in_callback : busy_callback, &own,
                             on_drop, &own_subscription, &error) != AMI_OK)
        return 11;
    if (strstr(how, "frees at exit"))
        atexit(free_own_client);
    if (call(own_client, ACTION("Flood"), NULL, &error) != AMI_OK && !in_callback)
        return 12;
    if (in_callback)
        linger(20000);
    await(&own.calls, 50, SOON);
    if (strstr(how, "_exit"))
        _exit(0);
    exit(0);
}

static void programs_end(void) {
    const char *const ways[] = {
        "exit while callbacks run",
        "_exit while callbacks run",
        "exit and frees at exit",
        "exit in a callback",
        "exit in a callback and frees at exit",
    };
    fake *server = fake_start(NULL);
    char port[16];
    snprintf(port, sizeof port, "%d", fake_port(server));
    for (size_t at = 0; at < sizeof ways / sizeof *ways; at++) {
        const char *const command[] = {suite_program(), ways[at], port, NULL};
        int round = 0;
        while (round < 5 && runs_quietly(command))
            round++;
        if (round < 5)
            printf("    when it does: %s\n", ways[at]);
    }
    fake_stop(server);
}

/* A program may hold a lock while it submits that its drop takes as well. The one processor and the low
 * priority make the answer come before the call is back. */
static void drop_never_runs_inside_the_call_that_submits(void) {
    fake *server = fake_start(NULL);
    char port[16];
    snprintf(port, sizeof port, "%d", fake_port(server));
    const char *const command[] = {"taskset", "-c", "0", suite_program(), "submit", port, NULL};
    runs_quietly(command);
    fake_stop(server);
}

/* Thread-local data of the library may be gone by the time that a program's own is let go of. */
static pthread_key_t key;

static void free_in_destructor(void *data) {
    watch *seen = data;
    ami_client_free(seen->client);
    ami_subscription_free(seen->subscription);
}

static void *leave_client_to_destructor(void *data) {
    watch *seen = data;
    ami_error *error = NULL;
    pthread_setspecific(key, seen);
    OK(ami_client_ping(seen->client, NULL, &error));
    return NULL;
}

static void client_is_freed_as_its_thread_ends(void) {
    fake *server = fake_start(NULL);
    watch seen = {0};
    CHECK_INT(pthread_key_create(&key, free_in_destructor), 0);
    seen.client = fake_client(server);
    subscribe(seen.client, "Tick", on_event, &seen);
    join(start(leave_client_to_destructor, &seen));
    CHECK_INT(look(&seen.drops), 1);
    CHECK(await(fake_ends(server), 1, SOON));
    pthread_key_delete(key);
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("forks", argc, argv);
    if (argc == 3)
        return ending(argv[1], (uint16_t)atoi(argv[2]));
    RUN(clients_that_are_gone_leave_nothing);
    RUN(clients_that_come_and_go_fast_leave_no_pile_of_threads);
    RUN(signals_but_faults_are_blocked_in_threads_of_the_library);
    RUN(signal_sigpipe_is_not_raised_when_the_server_is_gone);
    RUN(child_of_fork_is_told);
    RUN(child_forked_in_the_middle_of_anything_is_told);
    RUN(child_forked_in_the_middle_of_anything_makes_a_client);
#ifndef __SANITIZE_ADDRESS__
    /* Among so many forks one meets the sanitizer's allocator locked. */
    RUN(child_at_the_end_of_a_line_of_forks_makes_a_client);
#endif
    RUN(callback_forks);
    RUN(programs_end);
    RUN(drop_never_runs_inside_the_call_that_submits);
    RUN(client_is_freed_as_its_thread_ends);
    return suite_end();
}
