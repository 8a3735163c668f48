/* Callbacks of libami in a loop of libevent:
 *
 *     struct event *watch = ami_libevent_watch(base, executor);
 *     event_base_dispatch(base);
 *     event_free(watch); // before ami_executor_free
 */
#ifndef AMI_ADAPTERS_EVENT_H
#define AMI_ADAPTERS_EVENT_H

#include <ami.h>
#include <event2/event.h>

static inline void ami_libevent_run(evutil_socket_t fd, short what, void *executor) {
    (void)fd;
    (void)what;
    ami_executor_run((ami_executor *)executor, 0);
}

/* Has the loop run the executor. Returns the event that watches, or NULL. */
static inline struct event *ami_libevent_watch(struct event_base *base, ami_executor *executor) {
    short what = EV_READ | EV_PERSIST;
    struct event *watch = event_new(base, ami_executor_fd(executor), what, ami_libevent_run, executor);
    if (watch && event_add(watch, NULL) == 0)
        return watch;
    if (watch)
        event_free(watch);
    return NULL;
}

#endif
