/* Callbacks of libami in the main loop of GLib, and so of GTK:
 *
 *     guint watch = ami_glib_watch(executor);
 *     g_main_loop_run(loop);
 *     g_source_remove(watch); // before ami_executor_free
 */
#ifndef AMI_ADAPTERS_GLIB_H
#define AMI_ADAPTERS_GLIB_H

#include <ami.h>
#include <glib-unix.h>

static inline gboolean ami_glib_run(gint fd, GIOCondition condition, gpointer executor) {
    (void)fd;
    (void)condition;
    ami_executor_run((ami_executor *)executor, 0);
    return G_SOURCE_CONTINUE;
}

/* Has the loop of the default context run the executor. Returns the number of the source that watches. */
static inline guint ami_glib_watch(ami_executor *executor) {
    return g_unix_fd_add(ami_executor_fd(executor), G_IO_IN, ami_glib_run, executor);
}

#endif
