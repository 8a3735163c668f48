#include "child.h"
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int child_faults;
int child_out = STDOUT_FILENO;

void child_check(int good, const char *what) {
    if (!good) {
        dprintf(child_out, "in a child of fork: not so: %s\n", what);
        child_faults++;
    }
}

int reap(pid_t child, int ms) {
    int status = 0;
    pid_t ended;
    uint64_t until = now_ms() + (uint64_t)ms;
    while ((ended = waitpid(child, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
        if (now_ms() > until)
            kill(child, SIGKILL);
        linger(1);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int ends_well(pid_t child, int ms) {
    int ended = reap(child, ms);
#ifdef __SANITIZE_ADDRESS__
    if (ended == 1000 + SIGKILL)
        return 1;
#endif
    return ended == 0;
}

void child_end(int status) {
    char command[32];
    snprintf(command, sizeof command, "exit %d", status);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(99);
}

int runs(const char *const *command, int ending, const char *saying) {
    int said[2];
    char text[1000];
    size_t length = 0;
    fflush(stdout);
    CHECK(pipe(said) == 0);
    pid_t child = fork();
    if (child == 0) {
        char *arguments[10] = {NULL};
        for (int at = 0; command[at] && at < 9; at++)
            arguments[at] = (char *)(uintptr_t)command[at];
        dup2(said[1], STDOUT_FILENO);
        dup2(said[1], STDERR_FILENO);
        close(said[0]);
        close(said[1]);
        execvp(arguments[0], arguments);
        _exit(99);
    }
    close(said[1]);
    struct pollfd more = {said[0], POLLIN, 0};
    for (char byte; poll(&more, 1, 30000) == 1 && read(said[0], &byte, 1) == 1;)
        if (length < sizeof text - 1)
            text[length++] = byte;
    text[length] = '\0';
    close(said[0]);
    int status = reap(child, 1000);
    return CHECK_INT(status, ending) & CHECK_STR(text, saying);
}

int runs_quietly(const char *const *command) {
    return runs(command, 0, "");
}
