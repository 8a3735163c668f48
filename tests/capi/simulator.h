/* Calls to simulated gateways, whose failures have their text elsewhere than those of libami. */
#ifndef SIMULATOR_H
#define SIMULATOR_H

#include "check.h"

#include <ami_simulator.h>

static inline int simulated(int good, const char *file, int line) {
    return good || fault(file, line, "%s", ami_simulator_error());
}

/* Wants AMI_OK, and shows the text of a failure. */
#define SIMULATED(call) simulated(STATUS(AMI_OK, call), __FILE__, __LINE__)

#endif
