#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The watchdog ends a test that hangs, and counts the tests that then do not run. */
#define TEST_SECONDS 60

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static const char *suite;
static const char *program;
static char test[128];
static int passed, failed, faults;
static uint64_t began;

static void on_alarm(int number) {
    char text[400];
    (void)number;
    int length = snprintf(text, sizeof text, "%s: did not end in time\n%s: %d passed, %d failed\n", test,
                          suite, passed, failed + 1);
    ssize_t written = write(STDOUT_FILENO, text, (size_t)length);
    (void)written;
    _exit(3);
}

void suite_begin(const char *name, int argc, char **argv) {
    suite = name;
    program = argc > 0 ? argv[0] : name;
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    alarm(TEST_SECONDS);
}

const char *suite_program(void) {
    return program;
}

int suite_end(void) {
    alarm(0);
    printf("%s: %d passed, %d failed\n", suite, passed, failed);
    fflush(stdout);
    return failed == 0 && passed > 0 ? 0 : 1;
}

int test_wanted(const char *name) {
    const char *only = getenv("AMI_TEST_ONLY");
    return !only || strstr(name, only);
}

void test_begin(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(test, sizeof test, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&lock);
    faults = 0;
    pthread_mutex_unlock(&lock);
    began = now_ms();
    alarm(TEST_SECONDS);
}

void test_takes(unsigned seconds) {
    alarm(seconds);
}

void test_end(void) {
    if (getenv("AMI_TEST_VERBOSE"))
        printf("%6d ms %s\n", (int)(now_ms() - began), test);
    pthread_mutex_lock(&lock);
    if (faults == 0)
        passed++;
    else
        failed++;
    pthread_mutex_unlock(&lock);
}

int fault(const char *file, int line, const char *format, ...) {
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&lock);
    if (++faults <= 10)
        printf("%s:%d: %s: %s\n", file, line, test, text);
    pthread_mutex_unlock(&lock);
    return 0;
}

int check_that(int good, const char *file, int line, const char *text) {
    return good || fault(file, line, "not so: %s", text);
}

int check_int(long long actual, long long expected, const char *file, int line, const char *text) {
    return actual == expected || fault(file, line, "%s is %lld, not %lld", text, actual, expected);
}

int check_str(const char *actual, const char *expected, const char *file, int line, const char *text) {
    if (actual && expected ? strcmp(actual, expected) == 0 : actual == expected)
        return 1;
    return fault(file, line, "%s is \"%s\", not \"%s\"", text, actual ? actual : "(null)",
                 expected ? expected : "(null)");
}

int check_has(const char *actual, const char *part, const char *file, int line, const char *text) {
    if (actual && strstr(actual, part))
        return 1;
    return fault(file, line, "%s is \"%s\" without \"%s\"", text, actual ? actual : "(null)", part);
}

int check_lacks(const char *actual, const char *part, const char *file, int line, const char *text) {
    if (!actual || !strstr(actual, part))
        return 1;
    return fault(file, line, "%s has a \"%.3s…\" in it that must not be there", text, part);
}

int bump_by(int *number, int by) {
    pthread_mutex_lock(&lock);
    int value = *number += by;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return value;
}

int bump(int *number) {
    return bump_by(number, 1);
}

void put(int *number, int value) {
    pthread_mutex_lock(&lock);
    *number = value;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

int look(const int *number) {
    pthread_mutex_lock(&lock);
    int value = *number;
    pthread_mutex_unlock(&lock);
    return value;
}

int await(const int *number, int at_least, int ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&lock);
    while (*number < at_least && pthread_cond_timedwait(&changed, &lock, &until) != ETIMEDOUT) {
    }
    int reached = *number >= at_least;
    pthread_mutex_unlock(&lock);
    return reached;
}

uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void linger(int ms) {
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

struct thread {
    pthread_t id;
};

thread *start(thread_fn *run, void *data) {
    thread *started = malloc(sizeof *started);
    if (!started || pthread_create(&started->id, NULL, run, data) != 0) {
        fprintf(stderr, "no thread can be started\n");
        abort();
    }
    return started;
}

void *join(thread *started) {
    void *result = NULL;
    pthread_join(started->id, &result);
    free(started);
    return result;
}
