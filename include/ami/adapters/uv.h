/* Callbacks of libami in a loop of libuv:
 *
 *     ami_uv_watch(loop, &watch, executor);
 *     uv_run(loop, UV_RUN_DEFAULT);
 *     uv_close((uv_handle_t *)&watch, NULL); // before ami_executor_free
 */
#ifndef AMI_ADAPTERS_UV_H
#define AMI_ADAPTERS_UV_H

#include <ami.h>
#include <uv.h>

static inline void ami_uv_run(uv_poll_t *watch, int status, int events) {
    (void)status;
    (void)events;
    ami_executor_run((ami_executor *)watch->data, 0);
}

/* Has the loop run the executor. Returns 0 or an error of libuv. The watch must stay in place until it is
 * closed. */
static inline int ami_uv_watch(uv_loop_t *loop, uv_poll_t *watch, ami_executor *executor) {
    int error = uv_poll_init(loop, watch, ami_executor_fd(executor));
    watch->data = executor;
    return error ? error : uv_poll_start(watch, UV_READABLE, ami_uv_run);
}

#endif
