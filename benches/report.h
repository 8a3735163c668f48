/* What the C programs of the benchmark measure of themselves, and how they say it: one line of JSON. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static inline double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* A number that the kernel says of this program: VmRSS, VmHWM, Threads. For the most memory getrusage will
 * not do, as it would count the program that started this one. */
static inline long own(const char *name) {
    char line[256];
    long value = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, name, strlen(name)) == 0 && sscanf(line + strlen(name), ": %ld", &value) == 1)
            break;
    if (status)
        fclose(status);
    return value;
}

static inline long own_fds(void) {
    long count = -3; /* the folder itself, and the two names that are in each */
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

static double began, began_cpu;

static inline void begin(void) {
    began_cpu = cpu_seconds();
    began = seconds_now();
}

/* Says what has happened since begin(), and more: names and doubles in turn, then NULL. */
static inline void report(unsigned long done, unsigned long check, ...) {
    double seconds = seconds_now() - began, cpu = cpu_seconds() - began_cpu;
    printf("{\"seconds\": %.6f, \"cpu_seconds\": %.6f, \"done\": %lu, \"check\": %lu, \"peak_kb\": %ld",
           seconds, cpu, done, check, own("VmHWM"));
    va_list more;
    va_start(more, check);
    for (const char *name; (name = va_arg(more, const char *)) != NULL;)
        printf(", \"%s\": %.9g", name, va_arg(more, double));
    va_end(more);
    printf("}\n");
    fflush(stdout);
}

static inline int by_size(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The rate of events that Pings are timed beside. */
#define PACE "10000"

/* So many times took no longer than what is returned, in µs. Sorts them. */
static inline double quantile_us(double *seconds, unsigned long count, double share) {
    if (count == 0)
        return 0;
    qsort(seconds, count, sizeof *seconds, by_size);
    unsigned long at = (unsigned long)((double)count * share);
    return seconds[at < count ? at : count - 1] * 1e6;
}

/* report() with what Pings took. Sorts the times. */
static inline void report_pings(unsigned long done, unsigned long check, double *seconds,
                                unsigned long count) {
    report(done, check, "pings", (double)count, "median_us", quantile_us(seconds, count, 0.5), "p99_us",
           quantile_us(seconds, count, 0.99), "p999_us", quantile_us(seconds, count, 0.999), "worst_us",
           quantile_us(seconds, count, 1), NULL);
}
