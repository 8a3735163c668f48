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

/* The most memory this program had; what getrusage says would count the one that started it too. */
static inline long peak_kb(void) {
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld kB", &peak) == 1)
            break;
    if (status)
        fclose(status);
    return peak;
}

static inline void report(double wall, double cpu, unsigned long done, unsigned long check) {
    printf("{\"seconds\": %.6f, \"cpu_seconds\": %.6f, \"done\": %lu, \"check\": %lu, \"peak_kb\": %ld}\n",
           wall, cpu, done, check, peak_kb());
}
