// child.h - other programs that the command calls: the linker, Graphviz. And errors in words, as those calls give them.
#ifndef COMPILER_CHILD_H
#define COMPILER_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

// Sets *error to a text, which is to be freed; NULL without memory. Returns false.
bool set_error(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Waits for a child that runs `program`. *status is its exit status; false with an error if it did not end by itself.
bool child_wait(pid_t child, const char *program, int *status, char **error);

#endif
