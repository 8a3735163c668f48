/* What a benchmark client says at its end: one line of JSON. */
#include <stdio.h>
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

static inline void report(double wall, double cpu, unsigned long done, unsigned long check) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"seconds\": %.6f, \"cpu_seconds\": %.6f, \"done\": %lu, \"check\": %lu, \"peak_kb\": %ld}\n",
           wall, cpu, done, check, usage.ru_maxrss);
}
