/* The floor of parsing: a loop that splits recorded messages with memchr and looks two headers up, in memory.
 *
 *     parse CAPTURE COUNT     goes COUNT times over the recording */
#include "report.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_HEADERS = 256 };

struct header {
    const char *name, *value;
    unsigned name_length, value_length;
};

static struct header headers[MOST_HEADERS];
static unsigned count;
static unsigned long messages, check;

static unsigned find(const char *name, unsigned length) {
    for (unsigned i = 0; i < count; i++)
        if (headers[i].name_length == length && strncasecmp(headers[i].name, name, length) == 0)
            return headers[i].value_length;
    return 0;
}

static void split(const char *bytes, size_t length) {
    const char *line = bytes;
    count = 0;
    for (const char *end; (end = memchr(line, '\n', (size_t)(bytes + length - line))) != NULL;
         line = end + 1) {
        const char *stop = end > line && end[-1] == '\r' ? end - 1 : end;
        if (stop == line) {
            if (count > 0) {
                messages++;
                check += find("Channel", 7) + find("Uniqueid", 8);
            }
            count = 0;
            continue;
        }
        const char *colon = memchr(line, ':', (size_t)(stop - line));
        if (!colon || count == MOST_HEADERS)
            continue;
        struct header *header = &headers[count++];
        header->name = line;
        header->name_length = (unsigned)(colon - line);
        header->value = colon + 1 + (colon + 1 < stop && colon[1] == ' ');
        header->value_length = (unsigned)(stop - header->value);
    }
}

int main(int argc, char **argv) {
    static char bytes[1 << 20];
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: %s CAPTURE COUNT\n", argv[0]);
        return 2;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    char *banner_end = memchr(bytes, '\n', size);
    size_t banner = (size_t)(banner_end + 1 - bytes);
    begin();
    for (long i = atol(argv[2]); i > 0; i--)
        split(bytes + banner, size - banner);
    report(messages, check, NULL);
    return 0;
}
