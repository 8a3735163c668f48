/* Named tests that count, say what they saw, and cannot hang; and what threads need to wait for each other.
 */
#ifndef CHECK_H
#define CHECK_H

#include <ami.h>
#include <stddef.h>
#include <stdint.h>

/* A suite: begin, tests, and `return suite_end();`. Its last line is `NAME: N passed, M failed`. */
void suite_begin(const char *name, int argc, char **argv);
int suite_end(void);
/* Tells whether the variable AMI_TEST_ONLY, a part of a name, leaves this test in. */
int test_wanted(const char *name);
void test_begin(const char *format, ...);
void test_end(void);
/* A test that needs longer than the others may, in seconds. */
void test_takes(unsigned seconds);
/* The command that started this program, to start it again. */
const char *suite_program(void);

#define RUN(test)                                                                                            \
    do {                                                                                                     \
        if (!test_wanted(#test))                                                                             \
            break;                                                                                           \
        test_begin("%s", #test);                                                                             \
        test();                                                                                              \
        test_end();                                                                                          \
    } while (0)

/* Each gives 1 if it holds; else it says where and what, and the test has failed. Any thread may check. */
#define CHECK(condition) check_that((condition) ? 1 : 0, __FILE__, __LINE__, #condition)
#define CHECK_INT(actual, expected)                                                                          \
    check_int((long long)(actual), (long long)(expected), __FILE__, __LINE__, #actual)
#define CHECK_STR(actual, expected) check_str((actual), (expected), __FILE__, __LINE__, #actual)
#define CHECK_HAS(text, part) check_has((text), (part), __FILE__, __LINE__, #text)
#define CHECK_LACKS(text, part) check_lacks((text), (part), __FILE__, __LINE__, #text)
/* `call` ends in `&error`. OK wants AMI_OK; FAILS wants a status and leaves the error in place, to be looked
 * at. */
#define OK(call) check_call((call), AMI_OK, &error, __FILE__, __LINE__, #call)
#define FAILS(status, call) check_call((call), (status), &error, __FILE__, __LINE__, #call)
/* No event comes for so many milliseconds, and the subscription goes on. */
#define QUIET(subscription, ms) check_nothing((subscription), (ms), __FILE__, __LINE__)
/* For calls without an error. */
#define STATUS(expected, call) check_call((call), (expected), NULL, __FILE__, __LINE__, #call)

/* Says what is wrong, and the test has failed; the lines of one that fails a thousand times are cut short.
 * Always 0. */
int fault(const char *file, int line, const char *format, ...);
int check_that(int good, const char *file, int line, const char *text);
int check_int(long long actual, long long expected, const char *file, int line, const char *text);
int check_str(const char *actual, const char *expected, const char *file, int line, const char *text);
int check_has(const char *actual, const char *part, const char *file, int line, const char *text);
int check_lacks(const char *actual, const char *part, const char *file, int line, const char *text);
int check_call(ami_status actual, ami_status expected, ami_error **error, const char *file, int line,
               const char *text);
int check_nothing(const ami_subscription *subscription, uint32_t ms, const char *file, int line);
/* Frees an error and forgets it. */
void clear(ami_error **error);

/* Numbers that threads change and others await. */
int bump_by(int *number, int by);
int bump(int *number);
void put(int *number, int value);
int look(const int *number);
/* Waits until the number is at least so much; whether it became so in time. */
int await(const int *number, int at_least, int ms);
/* As long as anything may take that is only slow because the machine is. */
#define SOON 20000

uint64_t now_ms(void);
/* Gives something time not to happen. */
void linger(int ms);

/* A list of name, header, value, header, value… */
ami_action *make_action(const char *const *words);
#define ACTION(...) make_action((const char *const[]){__VA_ARGS__, NULL})
/* Calls and frees the action. */
ami_status call(const ami_client *client, ami_action *action, ami_response **response, ami_error **error);

typedef void *thread_fn(void *data);
typedef struct thread thread;
thread *start(thread_fn *run, void *data);
void *join(thread *started);

/* The secret of every configuration here; nothing may ever show it. */
#define SECRET "amp111"
ami_config *loopback(uint16_t port);

#endif
