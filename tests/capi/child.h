/* Children of a test: how they check, how they end, and other programs. */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

/* A check in a child, which cannot count with the suite: it says what is not so, and counts for itself. */
void child_check(int good, const char *what);
#define CHILD(condition) child_check((condition) ? 1 : 0, #condition)
extern int child_faults;
/* The file to which children write; the standard output unless set. */
extern int child_out;

/* Waits for a child, at most so long, and says how it ended: its status, or 1000 and the signal. */
int reap(pid_t child, int ms);
/* Tells whether a child of a fork beside threads ends with 0 in so many milliseconds. The sanitizer's
 * allocator may be locked at the fork, and stays so in the child: a child that hangs for that says nothing of
 * the library. */
int ends_well(pid_t child, int ms);
/* Ends a child with this status. What it only forgot is no leak, so it becomes another program before it
 * ends: then nobody looks for leaks in it. */
void child_end(int status);

/* Runs a program, which has to end in this way, as reap tells it, and say only this, whichever of the
 * processes that it leaves behind says it. */
int runs(const char *const *command, int ending, const char *saying);
/* Runs a program, which has to end well and say nothing. */
int runs_quietly(const char *const *command);

#endif
